"""Personal data in words: phones, accounts, links, document numbers, doors.

A note is public. Whoever writes his number there gives it to everybody, for ever. Digits are found
in every dress: full-width, Chinese, spoken (幺, 洞), split by signs, or by a few words in between.
"""

import re
from collections.abc import Iterator

from safety.screening.findings import Finding, Reason
from safety.screening.reading import Reading

# Each letter of the line becomes one sign, so that places stay the same.
DIGITS = str.maketrans(
    "零〇洞一幺妖腰壹二贰三叁四肆五伍六陆七柒拐八捌九玖勾", "00011111223344556677788999"
)
MEASURES = frozenset(
    "粒片盒板袋瓶支包个只条颗贴副双份枚罐管岁月天日号年点时分秒度人口家位次顿级期楼层"
)
DATE = re.compile(
    r"(?<!\d)(?:19|20)\d{2}[-./年 ]{0,2}(?:1[0-2]|0?[1-9])(?:[-./月 ]{0,2}(?:3[01]|[12]\d|0?[1-9]))?(?!\d)"
)
CLOCK = re.compile(r"(?<!\d)(?:[01]?\d|2[0-4])[::][0-5]\d(?!\d)")
BATCH = re.compile(r"(?:批号|批次|条码|准字|追溯码|注册证)[^\d]{0,6}[a-z]?\d+")

SEP = r"[^\w+]{0,3}"
GAP = r"[^\dM]{0,4}"  # M: a measure; after it the digits are an amount
DOCUMENT = re.compile(
    rf"(?<!\d)[1-9](?:{SEP}\d){{5}}{SEP}(?:1{SEP}9|2{SEP}0)(?:{SEP}\d){{2}}{SEP}"
    rf"(?:0{SEP}[1-9]|1{SEP}[0-2]){SEP}(?:[0-2]{SEP}\d|3{SEP}[01])(?:{SEP}\d){{3}}{SEP}[\dx]"
)
NAMED_DOCUMENT = re.compile(
    r"(?:身份证|护照|通行证|证件|居住证|驾照|驾驶证|社保卡?|医保卡?|回乡证|台胞证|军官证|学生证|passport|sfz|id\s?card|id\s?no)"
    r"[号码是为:：\s的前后几位no.]{0,10}[a-z]{0,2}(?:[^\w]?[\dx]){4,}"
)
PERMIT = re.compile(r"(?<![a-z\d])(?:[a-z]\d{8,10}|[a-z]{2}\d{7})(?!\w)")
BANK_CARD = re.compile(r"(?<!\d)\d(?:[^\w+]?\d){15,18}(?!\d)")
MOBILE = re.compile(rf"(?<![\d])(?:\+?86{SEP}|0086{SEP})?1{GAP}[3-9](?:{GAP}\d){{9}}(?!{SEP}\d)")
LANDLINE = re.compile(rf"(?<!\d)0\d{{2,3}}{SEP}\d{{3,4}}{SEP}\d{{4}}(?!\d)")
FOREIGN = re.compile(r"\+\d{1,3}(?:[ -]?\d){7,12}(?!\d)")
LONG_NUMBER = re.compile(r"(?<![\d.])\d{7,}(?![\d.])")
CALLED = re.compile(
    r"(?:电话|手机|座机|固话|号码|拨打|拨|呼我|打我|短信|致电|来电|热线|call|tel|phone|mobile)"
    r"[^\d。!?;\n]{0,8}(\d(?:[^\w+]?\d){6,14})(?!\d)"
)
SPOKEN = re.compile(
    r"(?:(?:yao|yi|er|san|si|wu|liu|qi|ba|jiu|ling|dong|guai|gou|zero|one|two|three|four|five|six|"
    r"seven|eight|nine)[\s,.·-]*){7,}"
)

LINK = re.compile(
    r"https?\s?:|www\s?[.。点]|"
    r"[a-z0-9][a-z0-9-]*\s?(?:[.。．]|点|dot)\s?(?:com|cn|net|org|top|xyz|cc|me|vip|shop|io|co|link|site|ltd|tk|info)(?![a-z])"
    r"(?:/[^\s一-鿿]*)?"
)
EMAIL = re.compile(
    r"[a-z0-9._-]{3,}\s?(?:@|\(at\)|艾特|at)\s?(?:[a-z0-9-]+\s?(?:[.。]|点|dot)\s?[a-z]+|qq|163|126|gmail|outlook|hotmail|foxmail|新浪)"
)
NETWORK = (
    r"(?:[微威薇徽维唯卫喂围魏v][\W_]{0,2}[信芯心星❤x♥]|weixin|wei\s?xin|wechat|we\s?chat|v\s?x|w\s?x|"
    r"扣扣|企鹅|球球|秋秋|蔻蔻|qq|q\s?号|telegram|tele|whatsapp|signal|line|抖音|快手|小红书|微博|支付宝|淘宝|闲鱼|陌陌|探探|tg|dy|xhs)"
)
ACCOUNT = re.compile(
    rf"{NETWORK}[^\w。!?\n]{{0,3}}[号码是为加我群搜名称叫id账户帐同:：\s]{{0,6}}[^\w\n]{{0,2}}"
    rf"(?=[a-z0-9_-]*[a-z_-]{{1,}}[a-z0-9_-]*|\d{{5,}})[a-z0-9][a-z0-9_-]{{4,}}"
)
SHORT_V = re.compile(
    r"(?<![a-z])(?:v|q|w|微|薇|威)[号id是为:：加我\s]{0,4}[^\w\n]{0,2}(?=[a-z0-9_-]*\d)[a-z][a-z0-9_-]{4,19}"
)
QQ_NUMBER = re.compile(
    r"(?<![a-z])(?:q|qq|扣|扣扣|球球|企鹅|秋秋)[号群是为:：加我\s]{0,4}[^\w\n]{0,2}\d(?:[^\w\n]?\d){4,10}"
)

NUMBER = r"(?:\d+|[一二两三四五六七八九十百零〇]+)"
DOOR_WORD = r"(?:栋|幢|号楼|单元|室|号院|弄|支弄|座|#)"
ADDRESS = re.compile(
    rf"(?:(?<![a-z\d])[a-z](?:栋|幢|座|单元|号楼)|{NUMBER}[a-z]?\s?{DOOR_WORD})"
    rf"(?:\s?[-,，、#]?\s?(?:[a-z]?{NUMBER}[a-z]?\s?(?:栋|幢|号楼|单元|室|号|楼|层|户|房|门|座|#)?))*"
)
ROAD = re.compile(
    rf"[\u4e00-\u9fff]{{1,6}}(?:路|街|巷|道|胡同|弄|村|大道|里)\s?{NUMBER}\s?号(?!线|口|出口|门|楼?附近|店)(?:\s?{NUMBER}\s?\S{{0,2}}[楼室])?"
)
ROOM = re.compile(
    rf"(?:门牌|房号|房间|门号|住|房)[号是为在:：\s]{{0,4}}(?:\d{{3,4}}|{NUMBER}\s?[-]\s?{NUMBER})(?!\d|[粒片盒个元块])"
)
DASHED_DOOR = re.compile(r"(?<![\d./-])\d{1,2}\s?[-#—]\s?\d{1,2}\s?[-#—]\s?\d{3,4}(?![\d./-])")
HARMLESS_DOOR = re.compile(
    rf"{NUMBER}室{NUMBER}厅|一单元(?!\d)|(?:体|教|办公|会议|诊|治疗|地下)室|一座(?!\d)|{NUMBER}座城|{NUMBER}弄(?:丢|坏|错|好)"
)


def findings(reading: Reading) -> Iterator[Finding]:
    """Every passage with personal data."""
    line = reading.line
    digits = line.translate(DIGITS)
    numbers = blank(blank(blank(digits, DATE), CLOCK), BATCH)
    measured = "".join("M" if each in MEASURES else each for each in numbers)
    for pattern, text, reason in (
        (DOCUMENT, digits, Reason.DOCUMENT),
        (NAMED_DOCUMENT, digits, Reason.DOCUMENT),
        (PERMIT, line, Reason.DOCUMENT),
        (BANK_CARD, numbers, Reason.DOCUMENT),
        (LINK, line, Reason.CONTACT),
        (EMAIL, line, Reason.CONTACT),
        (ACCOUNT, line, Reason.CONTACT),
        (SHORT_V, line, Reason.CONTACT),
        (QQ_NUMBER, digits, Reason.CONTACT),
        (MOBILE, measured, Reason.PHONE),
        (LANDLINE, numbers, Reason.PHONE),
        (FOREIGN, numbers, Reason.PHONE),
        (LONG_NUMBER, numbers, Reason.PHONE),
        (CALLED, numbers, Reason.PHONE),
        (SPOKEN, line, Reason.PHONE),
        (ADDRESS, blank(line, HARMLESS_DOOR), Reason.ADDRESS),
        (ROAD, line, Reason.ADDRESS),
        (ROOM, line, Reason.ADDRESS),
        (DASHED_DOOR, numbers, Reason.ADDRESS),
    ):
        for found in pattern.finditer(text):
            if found.end() > found.start():
                yield Finding(*reading.passage_of_line(*found.span()), reason)


def blank(text: str, pattern: re.Pattern[str]) -> str:
    """The text with what the pattern finds blotted out, at the same length."""
    return pattern.sub(lambda found: "M" * len(found[0]), text)
