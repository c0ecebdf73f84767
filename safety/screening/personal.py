"""Personal data in words: phones, accounts, links, document numbers, doors.

A note is public. Whoever writes his number there gives it to everybody, for ever. Digits are found
in every dress: full-width, Chinese, spoken (幺, 洞), split by signs, or by a few words in between.
"""

import re
from collections.abc import Iterator

from safety.screening.findings import Finding, Reason
from safety.screening.reading import Reading

# In all of these each letter of the line becomes one sign, so that places stay the same.
DIGITS = str.maketrans(
    "零〇洞一幺妖腰壹二贰两三叁四肆五伍六陆七柒拐八捌九玖勾", "000111112223344556677788999"
)
SPOKEN_IN_ENGLISH = "zero one two three four five six seven eight nine".split()  # noqa: SIM905
# Characters that only sound like digits: they count in an unbroken row.
SOUNDS_LIKE = str.maketrans(
    "依医亿灵林铃玲尔而儿伞散山思死似斯舞武午吾溜留流刘起期其妻棋爸把巴吧罢酒就久",
    "11100002223334444555566667777788888999",
)
ENGLISH = {word: str(n) for n, word in enumerate(SPOKEN_IN_ENGLISH)}
ENGLISH_DIGIT = re.compile("|".join(ENGLISH))
LETTER_AS_DIGIT = re.compile(
    r"(?<![a-z])[oil](?=\d{2})|(?<=\d)[oil]{1,8}(?=\d|\b)|(?<=\d)[oil](?=[oil]{0,8}\d)|"
    r"(?<![a-z])o{1,4}(?![a-z])"  # 138 oo 138 ooo
)
MEASURES = frozenset("粒片盒板袋瓶支包个只条颗贴副双份枚罐管岁月天日年时分秒度人口家顿级期楼层")
DATE = re.compile(
    r"(?<!\d)(?:19|20)\d{2}[-./年 ]{0,2}(?:1[0-2]|0?[1-9])"
    r"(?:[-./月 ]{0,2}(?:3[01]|[12]\d|0?[1-9]))?(?!\d)"
)
CLOCK = re.compile(r"(?<!\d)(?:[01]?\d|2[0-4])[::][0-5]\d(?!\d)")
BATCH = re.compile(r"(?:批号|批次|条码|准字|追溯码|注册证)[^\d]{0,6}[a-z]?\d+")

SEP = r"[^\w+]{0,3}"
GAP = r"[^\dM]{0,4}"  # M: a measure; before it the digits are an amount
DOCUMENT = re.compile(
    rf"(?<!\d)[1-9](?:{SEP}\d){{5}}{SEP}(?:1{SEP}9|2{SEP}0)(?:{SEP}\d){{2}}{SEP}"
    rf"(?:0{SEP}[1-9]|1{SEP}[0-2]){SEP}(?:[0-2]{SEP}\d|3{SEP}[01])(?:{SEP}\d){{3}}{SEP}[\dx]"
)
DOCUMENT_NAME = (
    r"(?:身份证|护照|通行证|证件|居住证|驾照|驾驶证|社保卡?|医保卡?|回乡证|台胞证|军官证|士兵证|学生证|出生证|户口本?|"
    r"银行卡|储蓄卡|信用卡|卡号|工号|就诊卡|病历号|passport|sfz|id\s?card|id\s?no)"
)
NAMED_DOCUMENT = re.compile(
    rf"{DOCUMENT_NAME}[^。!?;\n]{{0,12}}?[a-z]{{0,2}}\d(?:[^\w]{{0,2}}[\dx]){{5,}}"
)
PERMIT = re.compile(  # the last one: Hong Kong, with its check digit
    r"(?<![a-z\d])(?:[a-z]\d{8,10}|[a-z]{2}\d{7}|[a-z]{1,2}\d{6}\s?\([\da]\))(?!\w)"
)
BANK_CARD = re.compile(r"(?<!\d)\d(?:[^\w+]?\d){14,18}(?!\d)")
MOBILE = re.compile(rf"(?<!\d)(?:\+?86{SEP}|0086{SEP})?1{GAP}[3-9](?:{GAP}\d){{9}}(?!{SEP}\d)")
IN_PARTS = re.compile(r"(?<!\d)1[3-9]\d[^\dM]{0,10}\d{4}[^\dM]{0,8}\d{4}(?!\d)")
IN_SOUNDS = re.compile(r"(?<!\d)1[^\w]{0,2}[3-9](?:[^\w]{0,2}\d){9}(?!\d)")
CUT_UP = re.compile(
    r"(?<!\d)1[3-9]\d[^\dM]{0,3}(?:后面|接着|接|加|跟|再|然后)?是?\d个\d|"
    r"(?<!\d)1[3-9]\d\s?(?:这个|那个)?(?:开头|打头|起头|字头|那个|的号|号段)|"
    r"(?:开头|打头|号段|前三位|前面是|前面)[^。!?\n]{0,12}(?:\d{3,}|\d个)[^。!?\n]{0,16}"
    r"(?:末尾|结尾|尾号|最后|后面|后四位|收尾)[^。!?\n]{0,6}\d{2,}|"
    r"(?<!\d)1[3-9]\d[^。!?\n]{0,10}(?:中间|接着|后面|再)[^。!?\n]{0,14}(?:末尾|结尾|尾号|最后|后面)[^。!?\n]{0,6}\d{2,}"
)
V_IS = re.compile(r"(?<![a-z])(?:v|vx|wx)\s?[:：]")
SPLIT_LANDLINE = re.compile(r"(?<!\d)0(?:[^\w+]\d){9,11}(?!\d)")
LANDLINE = re.compile(rf"(?<!\d)0\d{{2,3}}{SEP}\d{{3,4}}{SEP}\d{{4}}(?!\d)")
AREA_CODE = re.compile(r"区号[^\d]{0,3}\d{3,4}[^\d]{0,6}(?:\d[^\w]?){7,8}")
HOTLINE = re.compile(r"(?<!\d)[48]00[- ]\d{3,4}[- ]?\d{3,4}(?!\d)")
FOREIGN = re.compile(r"\+\d{1,3}(?:[ -]?\d){7,12}(?!\d)")
LONG_NUMBER = re.compile(r"(?<![\d.])\d{7,}(?![\d.])")
CALLED = re.compile(
    r"(?:电话|手机|座机|固话|号码|拨打|拨|呼我|打我|打给我|短信|致电|来电|热线|call|tel|phone|mobile)"
    r"[^\d。!?;\n]{0,12}(\d(?:[^\w+]{0,2}\d){6,14})(?!\d)"
)
SPOKEN = re.compile(
    r"(?:(?:yao|yi|er|san|si|wu|liu|qi|ba|jiu|ling|dong|guai|gou|zero|one|two|three|four|five|six|"
    r"seven|eight|nine)[\s,.·-]*){7,}"
)

ENDING = (
    r"(?:com|cn|net|org|top|xyz|cc|me|vip|shop|io|co|link|site|ltd|tk|info|app|store|club|fun|live|"
    r"example|test|ru|hk|tw|us|uk)"
)
DOT = r"\s?(?:[.。．]|点|dot)\s?"
LINK = re.compile(
    rf"h\s?t\s?t\s?p\s?s?\s?(?::|冒号|\W)|www{DOT}|"
    rf"(?<![a-z0-9-])[a-z0-9-]+{DOT}{ENDING}(?![a-z])(?:\s?(?:/|斜杠)\s?[^\s\u4e00-\u9fff]*)?"
)
PATH = re.compile(r"[a-z0-9-]{2,}\.[a-z]{2,}/[a-z0-9][^\s\u4e00-\u9fff]*")
COPIED = re.compile(r"[￥¥$€₤][a-z0-9]{6,}[￥¥$€₤]|复制.{0,12}(?:打开|口令)")
EMAIL = re.compile(
    rf"(?<![a-z0-9._-])[a-z0-9._-]{{3,}}\s?(?:@|\(at\)|艾特|\bat\b)\s?(?:[a-z0-9-]+{DOT}[a-z]+|qq|163|126|gmail|outlook|hotmail|foxmail|新浪)"
)
HANDLE = re.compile(r"(?<![\w.])@\s?[a-z][a-z0-9_]{3,}")
WEIXIN = r"[微威薇徽维唯卫喂围危惟葳巍嶶][\W_心]{0,2}[信心芯星辛新欣]"
NETWORK = (
    rf"(?:{WEIXIN}|v[\W_]{{0,2}}[信心芯星x]|wei\s?xin|wechat|we\s?chat|v\s?x|w\s?x|扣扣|企鹅|球球|秋秋|蔻蔻|"
    r"q\s?q|q\s?号|telegram|whatsapp|signal|line|insta(?:gram)?|facebook|fb|twitter|skype|钉钉|飞书|抖音|快手|"
    r"小红书|小程序|公众号|微博|b站|豆瓣|知乎|陌陌|探探|soul|某东|某宝|某音|某书|支付宝|淘宝|闲鱼|拼多多|京东|旺旺|tg|dy|xhs)"
)
ACCOUNT = re.compile(
    rf"{NETWORK}[^\w。!?\n]{{0,3}}[号码是为加我群搜名称叫昵账户帐同城:：\s]{{0,6}}(?:id)?[^\w\n]{{0,3}}"
    rf"(?=[a-z0-9_-]*[a-z_-]|\d{{5,}})[a-z0-9][a-z0-9_-]{{4,}}"
)
ACCOUNT_NAMED = re.compile(
    rf"{NETWORK}\s?(?:号|同名|同号|同手机|就是手机|私信|私聊|私我|搜|里搜|上搜|搜索|id|账号|昵称|小店|店铺|搜店|橱窗|主页|直播间|口令|链接|群\s?\d)"
)
GIVE_ACCOUNT = re.compile(
    rf"(?:加|留|给|报|丢|发|扔|甩|扫|搜|换|要)(?:一?个|一下|下|你的|您的|你|您|我的|我)?\s?"
    rf"(?:{WEIXIN}|[微薇葳](?!波|量|笑|型|小|生|博|乐|热|烧|调|创)|企鹅|扣扣)"
)
JOIN_GROUP = re.compile(r"(?:进|加|入|拉|建|扫)[^\W的了过]{0,4}群(?!众|体|里|居|聊)")
SAME_AS_PHONE = re.compile(
    r"(?<![a-z])(?:v|vx|wx|微|薇|威)\s?(?:同(?!学|事|城|时|情|住|样|意)|号?就是|也是手机)"
)
UNDERSCORED = re.compile(r"(?<![a-z0-9])(?=[a-z0-9]*_)[a-z0-9_]{6,}")
NAMED_ID = re.compile(
    r"(?:私人号|小号|账号|微号|id|号是|号为)\s?[是为:：]?\s?(?=[a-z0-9_-]*[_\d-])[a-z][a-z0-9_-]{5,}"
)
SHORT_V = re.compile(
    r"(?<![a-z])(?:v|q|w|微|薇|威)[号id是为:：加我\s]{0,4}[^\w\n]{0,2}(?=[a-z0-9_-]*\d)[a-z][a-z0-9_-]{4,19}"
)
QQ_NUMBER = re.compile(
    r"(?<![a-z])(?:q\s?q|q|扣|扣扣|球球|企鹅|秋秋|群号|搜群)[号群是为:：加我,，\s]{0,4}[^\w\n]{0,2}\d(?:[^\w\n]{0,2}\d){4,10}"
)

NUMBER = (
    r"(?:[甲乙丙丁]?\d{1,5}|[一二两三四五六七八九十百零〇壹贰叁肆伍陆柒捌玖拾甲乙丙丁东西]{1,5})"
)
ADDRESS = re.compile(
    rf"(?:(?<![a-z\d])[a-z]\d?\s?(?:栋|幢|座|单元|号楼)|{NUMBER}[a-z]?\s?(?:栋|幢|号楼|单元|室|号院|支?弄|#))"
    rf"(?:\s?[-,，、#]?\s?[a-z]?{NUMBER}[a-z]?\s?(?:栋|幢|号楼|单元|室|号|楼|层|户|房|门|座|#)?)*"
)
LONE_BUILDING = re.compile(rf"(?:[a-z]\d?|{NUMBER}[a-z]?)\s?(栋|幢|座|号楼|单元|号院|支?弄|#)")
ROAD = re.compile(
    rf"[\u4e00-\u9fff]{{1,6}}(?:路|街|巷|道|胡同|里|村|坊|苑|园|庄)\s?{NUMBER}\s?(?:号|栋|幢|座)(?!线|口|出口|门|附近|店)"
    rf"(?:\s?{NUMBER}\s?\S{{0,2}}[楼室])?"
)
FLOOR_AND_DOOR = re.compile(
    rf"{NUMBER}\s?[楼层门]\s?(?:\d{{3,4}}|[一二三四五六七八九零〇]{{3,4}}|{NUMBER}\s?号)"
    r"(?!\d|[粒片盒个元块])|"
    rf"{NUMBER}\s?号\s?\d{{3,4}}\s?[房室]"
)
BLOCK_AND_DOOR = re.compile(r"\d{1,2}\s?[栋幢座门]\s?\d{3,4}(?!\d)")
ROW_OF_HOUSES = re.compile(
    rf"{NUMBER}\s?排(?:第)?\s?{NUMBER}\s?[号户家]|门牌[号是:：\s]{{0,3}}\d{{1,4}}"
)
SIDE_OF_FLOOR = re.compile(rf"{NUMBER}\s?[楼层]\s?[东西南北中左右][户边手侧]")
ROOM = re.compile(
    rf"(?:门牌|房号|房间|门号|住|房|楼左手|楼右手|左手|右手)[号是为在:：\s]{{0,4}}"
    rf"(?:\d{{3,4}}|{NUMBER}\s?-\s?{NUMBER})(?!\d|[粒片盒个元块])"
)
DASHED_DOOR = re.compile(
    r"(?<![\d./-])[a-z]?\d{1,2}\s?[-#—]\s?\d{1,2}\s?[-#—]\s?\d{3,4}(?![\d./-])"
)
DOOR_CODE = re.compile(r"(?:密码|门禁)[^\d]{0,4}[\d#*]{3,}")
ENGLISH_DOOR = re.compile(
    r"\b(?:room|rm|flat|apt|apartment|unit|building|bldg|block|tower)\.?\s?#?\s?[a-z]?\d+[a-z]?\b"
)
HARMLESS_DOOR = re.compile(
    rf"{NUMBER}室{NUMBER}厅|一单元(?!\d)|(?:体|教|办公|会议|诊|治疗|地下)室|一座(?!\d)|{NUMBER}弄(?:丢|坏|错|好)"
)


def findings(reading: Reading) -> Iterator[Finding]:
    """Every passage with personal data."""
    line = reading.line
    digits = ENGLISH_DIGIT.sub(as_digit, line.translate(DIGITS))
    digits = LETTER_AS_DIGIT.sub(
        lambda found: found[0].translate(str.maketrans("oil", "011")), digits
    )
    numbers = blank(blank(blank(digits, DATE), CLOCK), BATCH)
    measured = "".join("M" if each in MEASURES else each for each in numbers)
    for pattern, text, reason in (
        (DOCUMENT, digits, Reason.DOCUMENT),
        (NAMED_DOCUMENT, digits, Reason.DOCUMENT),
        (PERMIT, line, Reason.DOCUMENT),
        (BANK_CARD, numbers, Reason.DOCUMENT),
        (LINK, line, Reason.CONTACT),
        (PATH, line, Reason.CONTACT),
        (COPIED, line, Reason.CONTACT),
        (EMAIL, line, Reason.CONTACT),
        (HANDLE, line, Reason.CONTACT),
        (ACCOUNT, line, Reason.CONTACT),
        (ACCOUNT_NAMED, line, Reason.CONTACT),
        (UNDERSCORED, line, Reason.CONTACT),
        (SAME_AS_PHONE, line, Reason.CONTACT),
        (NAMED_ID, line, Reason.CONTACT),
        (SHORT_V, line, Reason.CONTACT),
        (QQ_NUMBER, digits, Reason.CONTACT),
        (MOBILE, measured, Reason.PHONE),
        (IN_PARTS, measured, Reason.PHONE),
        (CUT_UP, numbers, Reason.PHONE),
        (IN_SOUNDS, numbers.translate(SOUNDS_LIKE), Reason.PHONE),
        (V_IS, line, Reason.CONTACT),
        (SPLIT_LANDLINE, numbers, Reason.PHONE),
        (LANDLINE, numbers, Reason.PHONE),
        (AREA_CODE, numbers, Reason.PHONE),
        (HOTLINE, numbers, Reason.PHONE),
        (FOREIGN, numbers, Reason.PHONE),
        (LONG_NUMBER, numbers, Reason.PHONE),
        (CALLED, numbers, Reason.PHONE),
        (SPOKEN, line, Reason.PHONE),
        (ROAD, line, Reason.ADDRESS),
        (FLOOR_AND_DOOR, line, Reason.ADDRESS),
        (BLOCK_AND_DOOR, line, Reason.ADDRESS),
        (ROW_OF_HOUSES, line, Reason.ADDRESS),
        (SIDE_OF_FLOOR, line, Reason.ADDRESS),
        (ROOM, line, Reason.ADDRESS),
        (DASHED_DOOR, numbers, Reason.ADDRESS),
        (DOOR_CODE, line, Reason.ADDRESS),
        (ENGLISH_DOOR, line, Reason.ADDRESS),
    ):
        for found in pattern.finditer(text):
            yield Finding(*reading.passage_of_line(*found.span()), reason)
    for start, end, is_certain in addresses(line):
        yield Finding(*reading.passage_of_line(start, end), Reason.ADDRESS, is_certain)


def addresses(line: str) -> Iterator[tuple[int, int, bool]]:
    """Doors, and (less certain) buildings by number alone; an entrance alone is none."""
    for found in ADDRESS.finditer(blank(line, HARMLESS_DOOR)):
        alone = LONE_BUILDING.fullmatch(found[0].strip())
        if alone is None or alone[1] != "单元":
            yield *found.span(), alone is None


def requests(reading: Reading) -> Iterator[tuple[int, int]]:
    """Where the line asks for, or gives, an account elsewhere: a "no" beside it makes it honest."""
    for pattern in (GIVE_ACCOUNT, JOIN_GROUP):
        for found in pattern.finditer(reading.line):
            yield found.span()


def as_digit(word: re.Match[str]) -> str:
    return ENGLISH[word[0]].ljust(len(word[0]), "_")


def blank(text: str, pattern: re.Pattern[str]) -> str:
    """The text with what the pattern finds blotted out, at the same length."""
    return pattern.sub(lambda found: "M" * len(found[0]), text)
