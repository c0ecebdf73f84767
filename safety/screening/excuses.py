"""What makes a listed word honest: a "no", a warning, the courier's fee, somebody else's deal."""

import re
from collections import defaultdict
from dataclasses import dataclass

from safety.models import ScreeningWord
from safety.screening import prices
from safety.screening.reading import SENTENCE, Reading
from safety.screening.words import Hit

Category = ScreeningWord.Category
WEAK, RIGHT_BEFORE = frozenset("不没无非免"), 3  # 没拆封的口罩 denies nothing farther away
SUM = re.compile(rf"[\d{prices.DIGITS}]")
AMOUNT = re.compile(rf"{prices.NUMBER}[{prices.UNITS}]")
OWN_NO = ("我没", "我不要", "我不收", "我一", "一律", "一概", "没要", "没搭理", "没理", "别管")
SWALLOWS = frozenset("吃服打喝")
NOT_SO = (
    "不是",
    "并非",
    "绝非",
    "不当",
    "不做",
    "也不是什么",
    "不是什么",
    "不",
)  # 我不是骗子 warns of nothing
NEAR_BEFORE, NEAR_AFTER = 9, 10  # letters between a word and the "no" that belongs to it


@dataclass
class Surroundings:
    """The words of a text that change what stands beside them."""

    reading: Reading
    hits: list[Hit]

    def __post_init__(self) -> None:
        self.by_category: dict[str, list[Hit]] = defaultdict(list)
        for hit in self.hits:
            self.by_category[hit.word.category].append(hit)

    def within(self, category: str, start: int, end: int) -> list[Hit]:
        return [hit for hit in self.by_category[category] if start <= hit.start and hit.end <= end]

    def clause(self, start: int, end: int) -> tuple[int, int]:
        return self.reading.begins(start), self.reading.ends(end - 1)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        return self.reading.begins(start, SENTENCE), self.reading.ends(end - 1, SENTENCE)

    def is_denied(self, start: int, end: int) -> bool:
        """Whether one "no" belongs to the words; two undo each other (没红包的免谈)."""
        first, last = self.clause(start, end)
        weak = RIGHT_BEFORE if SUM.search(self.reading.letters, start, end) else NEAR_BEFORE
        before = [
            hit for hit in self.within(Category.NO_BEFORE, first, start)
            if start - hit.end <= (weak if hit.word.letters in WEAK else NEAR_BEFORE)
        ]  # fmt: skip
        after = [
            hit for hit in self.within(Category.NO_AFTER, end, last)
            if hit.start - end <= NEAR_AFTER
        ]  # fmt: skip
        return bool(before) != bool(after or self.is_turned_down(last))

    def is_turned_down(self, after: int) -> bool:
        """Whether the next clause begins with somebody's own "no": 我没要, 一律不回."""
        if after == len(self.reading.letters):
            return False
        said = self.within(Category.NO_AFTER, after, self.reading.ends(after))
        return any(hit.start - after <= 1 and hit.word.letters.startswith(OWN_NO) for hit in said)

    def is_warned_of(self, start: int, end: int) -> bool:
        """Whether the sentence, or the clause that follows it, warns; 不是骗子 is no warning."""
        first, last = self.sentence(start, end)
        if last < len(self.reading.letters):
            last = self.reading.ends(last)
        warnings = self.within(Category.WARNING, first, last)
        return any(not self.reading.letters[: hit.start].endswith(NOT_SO) for hit in warnings)

    def pays_the_courier(self, start: int, end: int) -> bool:
        """Whether it is about the way: named in this clause, or before it and no goods since."""
        first, last = self.clause(start, end)
        if self.within(Category.COURIER, first, last):
            return True
        begin = self.reading.begins(start, SENTENCE)
        earlier = self.within(Category.COURIER, begin, first)
        if (
            not earlier
            and last < len(self.reading.letters)
            and self.reading.before[last] < SENTENCE
        ):
            return bool(
                self.within(Category.COURIER, last, min(last + 3, len(self.reading.letters)))
            )
        return bool(earlier) and not self.within(Category.GOODS, earlier[-1].end, last)

    def is_others(self, start: int, end: int) -> bool:
        """Whether the clause tells, before the words, of shops or of other people."""
        first, _last = self.clause(start, end)
        return bool(self.within(Category.OTHERS, first, start))

    def is_avoided(self, start: int, end: int) -> bool:
        """Whether the clause says that somebody must not take a medicine, or that there is none."""
        first, last = self.clause(start, end)
        if self.within(Category.AVOIDS, first, last):
            return True
        if last == len(self.reading.letters) or self.within(Category.PASSES_ON, first, last):
            return False
        after = self.reading.ends(last)
        says = self.within(Category.AVOIDS, last, after)
        return bool(says) and not self.within(Category.PASSES_ON, last, says[0].start)

    def is_taken(self, start: int, end: int) -> bool:
        """Whether somebody takes a medicine, and neither here nor later it is passed on."""
        first, last = self.clause(start, end)
        takes = self.within(Category.TAKES, first, last)
        if not takes and self.reading.letters[max(first, start - 1) : start] not in SWALLOWS:
            return False
        if self.within(Category.PASSES_ON, first, last):
            return False
        return not self.is_asked_for_later(last)

    def is_asked_for_later(self, after: int) -> bool:
        """Whether a later request names no goods of its own: it is still about the medicine."""
        later = self.within(Category.PASSES_ON, after, len(self.reading.letters))
        return not all(self.names_goods(after, request) for request in later)

    def is_beside_the_point(self, start: int, end: int) -> bool:
        """Whether a medicine is only mentioned, while another clause asks for or gives goods."""
        first, last = self.clause(start, end)
        if self.within(Category.PASSES_ON, first, last) or self.named(first, last):
            return False
        if last - first <= end - start + 1:  # named and nothing said of it: on a list
            return False
        if AMOUNT.search(self.reading.letters, first, last) or self.is_asked_for_later(last):
            return False
        return any(
            self.within(Category.PASSES_ON, *self.clause(goods.start, goods.end))
            for goods in self.named(0, len(self.reading.letters))
        )

    def names_goods(self, after: int, request: Hit) -> bool:
        """Whether something honest is named between a place and the end of the request's clause."""
        return bool(self.named(after, self.reading.ends(request.end - 1)))

    def named(self, start: int, end: int) -> list[Hit]:
        """Goods that are called by a name: 药 alone says nothing."""
        return [hit for hit in self.within(Category.GOODS, start, end) if len(hit.word.letters) > 1]


EXCUSES = {
    Category.TRADE: ("is_denied", "is_warned_of", "pays_the_courier", "is_others"),
    Category.HINT: ("is_denied", "is_warned_of"),
    Category.CONTACT: ("is_denied", "is_warned_of"),
    Category.MEDICINE: (
        "is_denied",
        "is_warned_of",
        "is_avoided",
        "is_taken",
        "is_beside_the_point",
    ),
}


SAYS_NO_ITSELF = frozenset("不没勿无非白免")


def excuses(around: Surroundings, category: str, start: int, end: int) -> list[str]:
    """The excuses of the category that hold. Who says no to taking for free sells."""
    known = EXCUSES[Category(category)]
    if SAYS_NO_ITSELF & set(around.reading.letters[start:end]):
        known = tuple(each for each in known if each != "is_denied")
    return [each for each in known if getattr(around, each)(start, end)]
