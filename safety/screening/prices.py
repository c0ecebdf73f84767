"""Amounts of money: with their currency, beside a unit of goods, or beside a verb of trade."""

import re
from collections.abc import Iterator

from safety.screening.reading import Reading

BETWEEN = r"[\s.·•*_~|、:：()（）【】\[\]'\"“”-]"
SEP = rf"{BETWEEN}{{0,3}}"
DIGITS = "零〇一二两俩三四五六七八九十百千廿卄卅壹贰叁肆伍陆柒捌玖拾佰仟"
# Possessive: a number never gives digits back, which would take long where many stand together.
CHINESE = rf"[{DIGITS}](?:{SEP}[{DIGITS}]){{0,6}}+"
ARABIC = rf"\d++(?:{BETWEEN}{{1,3}}\d++){{0,4}}+"
NUMBER = rf"(?:{ARABIC}|{CHINESE}|几[十百千]?|数[十百千]|半百|整百)(?:多|来|好几)?"
# What people ask for is no single digit: ten at least.
TENS = rf"(?:\d{{2,5}}|[{DIGITS}]{{0,3}}[十百千拾佰仟廿卄卅][{DIGITS}]{{0,4}}|几[十百千]|半百|整百)"
NO_FEVER = r"(?!三十[五六七八九]|四十[一二]?(?![十百])|3[5-9](?!\d)|4[0-2](?!\d))"
UNITS = "粒片盒板袋瓶支包个只条颗贴副双份枚罐管件套台箱排"
# After a number these make it an amount of something else than money.
MEASURES = (
    UNITS
    + "岁月天日号年点时分秒度周米里公斤毫克升人口家位次顿遍级期楼层栋室单弄街路%℃°大小男女老孩娃"
    "后前种样代左右上下多来余几到至以内外之半倍胎针方mgxk*×/～~.:：户邻同"
)
END = rf"(?!{SEP}[{MEASURES}\d{DIGITS}])"
CURRENCY = (
    r"大毛|块钱|快钱|块大洋|大洋|rmb|rnb|cny|yuan|kuai|人民币|软妹币|毛爷爷|毛钱|角钱|刀乐|美元|美金|美刀|usd|bucks?|dollars?|"
    r"港币|港元|hkd|日元|￥|¥|\$|💰|💵|💴|💲|💸|个w钱?"
)
YUAN = r"(?:元|圆)(?!素|旦|气|件|宵|月|首|帅|老|婴|宝|复|始|桥|坊|里|路|街|村|圈|形|满|滑)"
# 块 is a piece of many things: it is money beside a word of trade or of goods, or at an end.
KUAI = (
    rf"(?:块|塊)(?:[五5]|{SEP}(?=钱|一{SEP}[{UNITS}]|每|/|[{UNITS}]|[二两三四五六七八九\d]|卖|出|收|拿|给|包|求|换|买|打|付|租|以|起|都|全|就|成|转|来|吧|行|够|我|你|您|买|利|左右|"
    r"不(?:讲|议|还|刀|二)|$|[^\w\s]))"
)
SLANG = r"(?:毛|角|园|筷|快|软|米|刀|w|r|张|纸|员|原|源|大毛|肉)"  # 十五筷一盒: only beside goods
NO_DISTANCE = r"(?![远外内处高宽长深路以之的左右开]|就到|就是|范围)"
TAKEN = r"(?:拿走|带走|取走|领走|包邮|成交|不还|不二价|不议|不讲|不刀|一口价|全拿|打包|自提|自取走)"
PAYS = (
    r"(?!收拾|付出|打1[12][0249](?!\d))(?:卖|售|收|要|出|给|付|花|交|押|放|补|贴|加|涨|转|打|租|换|只要|报价|出价|标价|开价|要价|作价|售价|一口价|价格|价钱|价|原价|"
    r"现价|均价|成本|一共|打包|便宜)(?:到|你们|您们|你|您|我们|我这里|我这边|我|大家|每人|一家|才|只|就|个|了|价|是|:|：){0,2}"
)
PRICE = tuple(
    re.compile(each)
    for each in (
        rf"(?<![\d第]){NUMBER}{SEP}(?:{CURRENCY})",
        rf"(?<![\d第])(?!(?:零|0)元){NUMBER}{SEP}{YUAN}",
        rf"(?<![\d第几])(?!一(?:块|塊)(?!钱|一[{UNITS}]|每|/|[{UNITS}]|[二两三四五六七八九])){NUMBER}{SEP}{KUAI}",
        rf"(?<![\d第]){NUMBER}{SEP}{SLANG}{SEP}(?:(?:一|每|/|1)?{SEP}[{UNITS}]|{TAKEN}|出|卖|转)",
        # ¥15, rmb15, HK$60
        rf"(?:[¥￥$€£]|rmb|hk\$|💰|💵){SEP}{NUMBER}",
        # 50米: a price beside a packet, a verb of trade or a medicine; else a distance
        rf"(?:[一每单]{SEP}[粒片盒板瓶袋包罐]|卖|售|收|付|价格?|报价|标价){SEP}(?:你|您|是|就|才|只要)?{SEP}"
        rf"{NUMBER}{SEP}米{NO_DISTANCE}",
        rf"(?:布洛芬|美林|泰诺林|芬必得|连花|清瘟|胶囊|颗粒){SEP}{NUMBER}{SEP}米(?=$|[,，。;；!！、])",
        # 一粒十五, 每盒30, 四粒二十
        rf"(?:每一?|单|/|论){SEP}[{UNITS}]{SEP}(?:装|算|卖|要|给|收|价|是|就|只要|按|才){{0,2}}{SEP}{NUMBER}{END}",
        rf"{NUMBER}{SEP}[{UNITS}]{SEP}(?:算|卖|要|给|收|价|是|就|只要|按|才){{0,2}}{SEP}(?<!个){TENS}{END}",
        rf"{NUMBER}{SEP}个{SEP}{NO_FEVER}{TENS}{END}",
        # 15一粒, 30/盒, 四十五一盒, 半百一盒
        rf"(?<![\d.第])\d+{SEP}(?:一|每|/|每一){SEP}[{UNITS}](?!装|药|剂)",
        rf"{NO_FEVER}(?:[{DIGITS}]{{0,3}}十[一二三四五六七八九]|[二三四五六七八九]十|百|百[二三四五六七八九]十?|半百|整百)(?:一|每|/){SEP}[{UNITS}](?!装|药|剂)",
        rf"(?:半百|整百){SEP}{NUMBER}[{UNITS}]",
        # 收你六十, 放一百五
        rf"{PAYS}{SEP}{TENS}{END}",
        rf"(?<![\d.第]){TENS}{SEP}(?:{TAKEN}|出手|转给|卖|收|买|行不|行吗|可以不|给你|给您|我给|就给|搞定|到手|都给|封顶|拿下|让给|让你|让您|收你|吧|呗|怎么样|如何|我就拿|我要|我拿|我就要)",
        rf"(?<![\d.第]){TENS}{SEP}(?:出|收|转|卖)(?=$|[^\w\s])",
        rf"(?:把|先|另|再|交|留|押|放){TENS}(?:块|元)?{SEP}(?:放|给|交|押|打|转|存|作|当|做)",
        rf"[{UNITS}]\s?[=＝]\s?{TENS}{END}",
        r"(?:送|给|请|带|捎|买)(?:我|咱|点|些|几|两|一|包|条|瓶|斤|箱|好|吃|喝){1,5}[^,，。;；\s]{0,3}?(?:烟(?!酰)|酒(?!精|店)|茶|牛奶|奶粉|蛋糕|火锅|大餐|奶茶)",
        rf"[小大整半单散][{UNITS}]装?{TENS}{END}",
        rf"(?:药|口罩|抗原|布洛芬|美林|泰诺林|芬必得|连花|清瘟|胶囊|颗粒|[只个片贴]|退热贴){SEP}{TENS}(?=$|[,，。;；!！、])",
        r"(?<![\d.a-z])\d{1,4}\s?r(?![a-z])",
        rf"(?<![\d.第:：]){TENS}{SEP}(?:都行|就成|就可以|就当|起批|起拿|起步|以上的价)",
        rf"{TENS}(?:块|元)?{SEP}(?:以下|以内)?{SEP}(?:不出|不卖|不谈|不送|免谈|起出|起卖)",
        rf"{TENS}[\u4e00-\u9fff](?<![{MEASURES}])(?:{TAKEN}|成交)",
        r"(?:才|再|就)(?:肯|能|会)?(?:发货|卖)",
        r"比(?:药店|药房|网上|外面|市场|市价|平台|别家|人家|店里)[^,，。;；]{0,3}(?:贵|便宜|低|高|少|实惠|划算)",
        r"(?:ten|five|twenty|fifty|hundred|一百)\s?(?:块|元|yuan)",
        rf"{TENS}(?:块|元)?{SEP}(?:以内|以下|之内){SEP}(?:都|能|可|接受|行|吧|$|[,，。])",
        r"(?:二手|闲置|自用|九成新|全新)[^,，。;；]{1,8}出(?=$|[^\w])",
        rf"{TENS}包(?:跑腿|邮|送|快递|到家)",
        rf"百零?[{DIGITS}]{{0,2}}[一二三四五六七八九](?:一|每|/){SEP}[{UNITS}](?!装|药|剂)",
        r"药换(?!成|个|一种|药|了|吃|洗|着)[\u4e00-\u9fff]",
        # something of value for it
        r"[拿用以][^,，。;；!！?？]{1,10}?(?:来|去|跟你|和你|跟您|和您|同你)?(?:换|抵)(?!洗|成|个|了|气|衣|水|下|季)",
        rf"满{NUMBER}{SEP}(?:元|块)?{SEP}(?:送|减|赠|返)",
        rf"(?:{NUMBER}|七|八|九|两|三|四|五|六)字头",
        r"买(?!的|了|到|多|来|回|错|不|着|过)[^\W]{1,6}[送赠](?!到|去|往|给)",
    )
)  # fmt: skip


# 不贵,五十: a sum at an end, of whatever; not an age, a temperature, a count of something named.
BARE = re.compile(
    r"(?<![烧温度到岁年氧率压脉满过近快第楼重纪龄号码下点跳太口伴亲辈友妈爸爷奶婆公娘爹叔姨姐哥弟妹人他她我你娃宝儿女孩约概多是了又及和与至说"
    rf"{DIGITS}\d.~*×xn:：/、kv打拨-])(?!1[12]0(?:急救|了|等))(?!20[0-9]{{2}})(?!五十[六七])(?:在)?{TENS}(?=\s*(?:$|[,，。;；!！?？]))"
)

FEVER = re.compile("[烧热温度]")
TEMPERATURE = re.compile("三十[五六七八九]|四十[一二]?|3[5-9]|4[0-2]")


def bare(reading: Reading) -> Iterator[tuple[int, int]]:
    """Where a sum may be meant: nobody can be sure."""
    has_fever = FEVER.search(reading.line)
    for found in BARE.finditer(reading.line):
        if not (has_fever and TEMPERATURE.fullmatch(found[0])):
            yield found.span()


def passages(reading: Reading) -> Iterator[tuple[int, int]]:
    """Where the line speaks of an amount of money."""
    for pattern in PRICE:
        for found in pattern.finditer(reading.line):
            yield found.span()
