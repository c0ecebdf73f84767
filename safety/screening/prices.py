"""Amounts of money: with their currency, beside a unit of goods, or beside a verb of trade."""

import re
from collections.abc import Iterator

from safety.screening.reading import Reading

SEP = r"[\s.·•*_~|、:：()（）【】\[\]'\"“”-]{0,3}"
CHINESE = "零〇一二两俩三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟"
NUMBER = rf"(?:\d+(?:{SEP}\d+)*|[{CHINESE}几数半]+(?:{SEP}[{CHINESE}])*)(?:多|来|好几)?"
UNITS = "粒片盒板袋瓶支包个只条颗贴副双份枚罐管件套台箱盒"
# After a number these make it an amount of something else than money.
MEASURES = (
    UNITS
    + "岁月天日号年点时分秒度周米里公斤毫克升人口家位次顿遍级期楼层栋室单弄街路%℃°大小男女老孩娃"
    "宝个后前种样成代左右上下多来余几到至以内外的之半倍胎针方代mgxk*×/～~.:："
)
MONEY = (
    r"元|圆|圓|块钱|块|塊|快钱|块大洋|大洋|rmb|cny|yuan|人民币|软妹币|毛爷爷|大毛|毛钱|块毛|角钱|刀乐|刀|美元|美金|"
    r"港币|日元|￥|¥|💰|💵|💴|💲|💸"
)
NO_MONEY = (
    r"(?!素|旦|气|件|宵|月|首|帅|老|婴|状|儿|头|茎|根|巴|糖|冰|毛巾|退热|退烧|膏药|膏|饼|巧克力|肥皂|香皂|手表|电池|地|板|"
    r"拼|石|小区|空地|肉|豆|红薯|姜|腹肌|屏|面积|区域|牌|布|纱布|敷|电|砖|帖|一起|切|寸)"
)
BLOCK_TOGETHER = r"(?<!一)"

PATTERNS = (
    # 15元, 十五块, 15快
    rf"(?<![\d第]){NUMBER}{SEP}(?:{MONEY}){NO_MONEY}",
    # 一块 alone is "together"; beside a unit it is money
    rf"(?<![\d第]){NUMBER}{SEP}快{SEP}(?:一|每|1|[{UNITS}]|钱|出|包邮|转|卖|拿走|带走)",
    # ¥15, rmb15
    rf"(?:[¥￥$€£]|rmb|💰|💵){SEP}{NUMBER}",
    # 一粒十五, 每盒30, 单盒30
    rf"(?:一|每|每一|单|1|/|论){SEP}[{UNITS}]{SEP}(?:装|算|卖|要|给|收|价|是|就|只要|按|才)?{SEP}"
    rf"(?<!\d){NUMBER}(?!{SEP}[{MEASURES}\d{CHINESE}])",
    # 15一粒, 30/盒, 30每盒
    rf"(?<![\d.第])\d+{SEP}(?:一|每|/|每一|1){SEP}[{UNITS}](?!装|药)",
    rf"(?<![\d.第x*×/])\d+(?:\.\d+)?{SEP}(?:r|w|米|刀|大元|软){SEP}(?:一|每|/)?{SEP}[{UNITS}]",
    # 只要20, 收你20, 卖15, 20出
    rf"(?:卖|售|收你|收您|出价|标价|开价|报价|要价|作价|售价|只收|收取|只卖|转让价|均价|成本|进价|原价|统一价|打包价|总共收|一口价|打包|一共|共收|加到|涨到|给你|给您|补我|补您|补你){SEP}"
    rf"{NUMBER}(?!{SEP}[{MEASURES}\d{CHINESE}])",
    rf"(?<![\d.第]){NUMBER}{SEP}(?:出|转|卖|收|带走|拿走|包邮|一口价|不刀|不议价|自提走|全带走|打包|成交)(?!院|门|汗|来|去|发|现|差|口|生|租|到|件|藏)",
    rf"(?<![\d.第])\d+{SEP}(?:大洋|软妹|个w|rmb|r(?![a-z]))",
)
PRICE = tuple(re.compile(each) for each in PATTERNS)


def passages(reading: Reading) -> Iterator[tuple[int, int]]:
    """Where the line speaks of an amount of money."""
    for pattern in PRICE:
        for found in pattern.finditer(reading.line):
            yield found.span()
