"""A text as a reader's eye takes it, with a way back to what was typed.

Full-width letters are narrowed, traditional characters simplified, invisible ones dropped, letters
in boxes and circles opened. What stands between letters (spaces, dots, emoji, commas) is taken out
and remembered, so that 红·包 and 红 包 are found as one word and 红，包 is not.
"""

import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from django.conf import settings

KEPT = {"\n", "\u200d"}  # a new line; what joins two emoji into one

TRADITIONAL = (
    "價价錢钱塊块賣卖買买轉转賬账帳账紅红優优換换電电話话號号碼码聯联繫系絡络醫医藥药處处費费運运遞递郵邮閃闪補补償偿謝谢禮礼報报團团購购單单銷销貨货質质進进場场點点"
    "實实際际絕绝對对說说議议談谈講讲請请讓让給给個个們们來来這这裡里裏里還还過过時时間间後后從从會会應应該该當当發发開开關关門门樓楼層层棟栋區区縣县鄉乡鎮镇莊庄園园"
    "圓圆東东車车馬马證证護护駕驾駛驶執执數数條条張张顆颗種种類类樣样兩两幾几萬万億亿貳贰參叁陸陆貼贴劑剂鹽盐顏颜體体溫温燒烧劇剧膠胶黴霉綠绿藍蓝鏈链網网頁页掃扫維维"
    "視视頻频訊讯飛飞書书聽听認认識识詢询問问題题寶宝貝贝財财資资銀银匯汇幣币額额貴贵賤贱賞赏傭佣勞劳動动務务員员師师習习學学歲岁廠厂產产業业經经濟济國国內内無无為为"
    "於于與与並并雙双隻只邊边變变備备夠够奪夺婦妇媽妈孫孙寫写導导屬属嗎吗嚴严圖图壓压壞坏壯壮奧奥獎奖嬰婴廳厅彈弹彙汇復复徵征懇恳懷怀懶懒戶户拋抛擇择據据擔担擾扰攜携"
    "敗败斷断昇升暫暂曬晒榮荣樂乐櫃柜權权歡欢殘残氣气決决沒没淚泪淨净湯汤準准滿满漲涨潔洁濕湿災灾煩烦煉炼熱热爭争爺爷獨独現现環环畢毕畫画異异療疗癒愈盡尽監监眾众睏困"
    "礦矿確确禦御稅税積积穩稳窮穷筆笔節节範范簡简簽签糧粮糾纠純纯紙纸級级細细終终組组結结統统絲丝綁绑綜综緊紧線线緩缓練练縮缩總总績绩織织續续罵骂羅罗義义聖圣聞闻職职"
    "脈脉脫脱腦脑腫肿臉脸臨临興兴舊旧艙舱蘋苹蘇苏蘭兰虛虚蟲虫術术衛卫衝冲裝装複复見见規规覺觉觀观訂订計计記记設设許许訴诉診诊詐诈詳详試试誠诚誤误誰谁課课調调諒谅論论"
    "諾诺謊谎豐丰負负貢贡責责販贩貪贪貫贯貸贷賠赔賴赖賺赚贈赠贏赢趕赶跡迹踐践軟软輕轻較较載载輛辆輸输轎轿辦办辭辞農农遠远適适選选遲迟遺遗鄰邻醬酱釋释針针釣钓鈣钙鈔钞"
    "鉀钾銳锐鋪铺錄录錶表鍾钟鏡镜鐘钟鐵铁長长閉闭閒闲閱阅闆板隊队陽阳階阶隨随險险隱隐難难雲云霧雾靈灵靜静項项順顺須须預预頭头願愿顧顾顯显風风飯饭飲饮養养餘余館馆騎骑"
    "騙骗驗验驚惊髮发鬆松魚鱼麗丽麥麦麼么黃黄齊齐齡龄囑嘱嚐尝嘗尝佔占佈布佇伫併并侶侣俠侠倉仓倆俩側侧傳传傷伤僅仅儘尽儲储兒儿剛刚創创劃划劉刘勢势勸劝匱匮協协卻却厭厌"
    "啟启喪丧嘆叹噴喷圍围塵尘墊垫奮奋媧娲"
)
# What is typed to look like another letter: Greek, Cyrillic and mathematical signs.
LOOKALIKES = "νvѵv∨vхxеeоoаaсcрpωwιiіi➕+"
OTHER_LETTERS = {
    **dict(zip(TRADITIONAL[::2], TRADITIONAL[1::2], strict=True)),
    **dict(zip(LOOKALIKES[::2], LOOKALIKES[1::2], strict=True)),
}
BEHIND_ACCENTS = 0x2000  # all letters with accents lie before it; Korean, which parts too, behind
LETTERS_IN_BOXES = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)  # each begins an alphabet of capitals
SOUNDS = Path(settings.BASE_DIR) / "fixtures/sounds.txt"
SPEAKING_EMOJI = {
    **dict.fromkeys("❤♥💗💖💕💓💛💙💜🧡🖤", "心"),
    **dict.fromkeys("⭐🌟★☆", "星"),
    "🥩": "肉",
    **{chr(first + n): str(n + 1) for first in (0x2776, 0x2780, 0x278A) for n in range(10)},
    "🔟": "10",
    "💯": "100",
}
MONEY_EMOJI = frozenset("💰🧧💴💵💶💷💲🪙🤑💸💳")
CLAUSE_ENDS = frozenset("。！？；，\n!?;,…")
SENTENCE_ENDS = frozenset("。！？\n!?…")
NOTHING, SPACE, CLAUSE, SENTENCE = range(4)  # what stands before a letter


def is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cf", "Cc")


def without_tricks(text: str) -> str:
    """Text without characters that cannot be seen. Some turn the order of others around: digits
    that are no phone number as they were typed would be read as one.
    """
    unseen = {each for each in text if is_unseen(each)}
    return text.translate({ord(each): " " if each.isspace() else None for each in unseen - KEPT})


@lru_cache(maxsize=8192)
def plain(letter: str) -> str:
    """One typed character as the eye takes it; empty for what cannot be seen."""
    code = ord(letter)
    for first in LETTERS_IN_BOXES:
        if first <= code < first + 26:
            return chr(ord("a") + code - first)
    shown = SPEAKING_EMOJI.get(letter, letter)
    parts_accents = code < BEHIND_ACCENTS  # tóubāo: each is then a mark of its own, and not shown
    narrowed = unicodedata.normalize("NFKD" if parts_accents else "NFKC", shown).casefold()
    simple = (OTHER_LETTERS.get(each, each) for each in narrowed)
    return "".join(each for each in simple if each == "\n" or is_shown(each))


def is_shown(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cf", "Cc", "Mn", "Me")


@lru_cache(maxsize=8192)
def is_word_letter(letter: str) -> bool:
    """Letters, digits and signs of money; `+`, since +v is a word."""
    if letter.isalnum() or letter in MONEY_EMOJI or letter == "+":
        return True
    return unicodedata.category(letter) == "Sc"


@dataclass(frozen=True)
class Reading:
    """`line` is the plain text, `letters` the same without what stands in between.

    `line_at` and `letters_at` give the place of each character in the text as it was typed,
    `before` what was left out before each letter.
    """

    typed: str
    line: str
    line_at: list[int]
    letters: str
    letters_at: list[int]
    before: list[int]

    @cached_property
    def sounds(self) -> str:
        """The letters as they are spoken, one sign for each."""
        return sound_of(self.letters)

    def passage(self, start: int, end: int) -> tuple[int, int]:
        """Where the letters from start to end (exclusive) were typed."""
        return self.letters_at[start], self.letters_at[end - 1] + 1

    def passage_of_line(self, start: int, end: int) -> tuple[int, int]:
        return self.line_at[start], self.line_at[end - 1] + 1

    def letters_of_line(self, start: int, end: int) -> tuple[int, int]:
        """The letters of a passage of the line."""
        return self.letters_of(*self.passage_of_line(start, end))

    def letters_of(self, first: int, last: int) -> tuple[int, int]:
        """The letters of a passage of the text as it was typed."""
        return bisect_left(self.letters_at, first), bisect_left(self.letters_at, last)

    def begins(self, at: int, boundary: int = CLAUSE) -> int:
        """The first letter of the clause (or sentence) that holds the letter `at`."""
        starts = self.starts[boundary]
        return starts[bisect_right(starts, at) - 1]

    def ends(self, at: int, boundary: int = CLAUSE) -> int:
        """One past the last letter of the clause (or sentence) that holds the letter `at`."""
        starts = self.starts[boundary]
        following = bisect_right(starts, at)
        return starts[following] if following < len(starts) else len(self.letters)

    @cached_property
    def starts(self) -> dict[int, list[int]]:
        """The first letters of all clauses and of all sentences."""
        inner = list(enumerate(self.before))[1:]
        return {
            boundary: [0, *(at for at, gap in inner if gap >= boundary)]
            for boundary in (CLAUSE, SENTENCE)
        }


def read(text: str) -> Reading:
    line: list[str] = []
    line_at: list[int] = []
    for place, letter in enumerate(text):
        for shown in plain(letter):
            line.append(shown)
            line_at.append(place)
    letters: list[str] = []
    letters_at: list[int] = []
    before: list[int] = []
    gap = NOTHING
    for place, shown in zip(line_at, line, strict=True):
        if is_word_letter(shown):
            letters.append(shown)
            letters_at.append(place)
            before.append(gap)
            gap = NOTHING
        else:
            gap = max(gap, boundary(shown))
    return Reading(text, "".join(line), line_at, "".join(letters), letters_at, before)


def is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


@cache
def syllables() -> dict[int, str]:
    """For each character the first one of those that are spoken alike."""
    lines = [line.split() for line in SOUNDS.read_text(encoding="utf-8").splitlines()]
    return {ord(each): alike[0] for _sound, alike in lines for each in alike}


def sound_of(letters: str) -> str:
    return letters.translate(syllables())


def boundary(sign: str) -> int:
    if sign in SENTENCE_ENDS:
        return SENTENCE
    return CLAUSE if sign in CLAUSE_ENDS else SPACE
