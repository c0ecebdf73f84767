"""The one way of every free text before it is stored: note, landmark, message, name.

No trade, no forbidden medicine, no personal data in words. A text passes; or it is refused, with
the passages, the reasons and the same text without them; or a moderator looks at it first.
Words come from the database (`words`), amounts and numbers from patterns (`prices`, `personal`),
what stands around a word can excuse it (`excuses`), and a second reader weighs all of it together
with what no list knows yet (`likeness`).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db import models
from django.utils.translation import gettext_lazy as _

from safety.models import ScreeningWord
from safety.screening import likeness, personal, prices, words
from safety.screening.excuses import Surroundings, excuses
from safety.screening.findings import Finding, Reason
from safety.screening.reading import Reading, read, without_tricks
from safety.screening.words import Hit, WordList

__all__ = ["Field", "Finding", "Outcome", "Reason", "Result", "screen", "without_tricks"]

Category = ScreeningWord.Category
REASONS = {
    Category.TRADE: Reason.TRADE,
    Category.HINT: Reason.TRADE,
    Category.MEDICINE: Reason.MEDICINE,
    Category.CONTACT: Reason.CONTACT,
}
MOST_ROUNDS = 6  # of taking passages out: what is left can come together to something new
DEAL_REACH = 8  # letters between a verb of trade and its goods
Place = tuple[str, int, int, bool]  # category, place in the letters, and whether it is certain
AMOUNT = re.compile(rf"{prices.NUMBER}{prices.SEP}[{prices.UNITS}]")


class Field(models.TextChoices):
    """Where a text was typed. Only a note can wait for a moderator: a post can do without it."""

    NOTE = "note", _("note")
    LANDMARK = "landmark", _("landmark")
    MESSAGE = "message", _("message")
    NAME = "name", _("name")


PLACES_AND_NAMES = (Field.LANDMARK, Field.NAME)


class Outcome(models.TextChoices):
    PASSED = "passed", _("passed")
    REFUSED = "refused", _("refused")
    HELD = "held", _("held for a moderator")


@dataclass(frozen=True)
class Result:
    text: str
    field: Field
    findings: list[Finding]
    lists: WordList

    @property
    def outcome(self) -> Outcome:
        if not self.findings:
            return Outcome.PASSED
        is_certain = any(each.is_certain for each in self.findings)
        can_wait = self.field == Field.NOTE and not is_certain
        return Outcome.HELD if can_wait else Outcome.REFUSED

    @property
    def passages(self) -> list[str]:
        return [self.text[each.start : each.end] for each in self.findings]

    @property
    def reasons(self) -> list[Reason]:
        """Each reason once, in the order of the passages."""
        return list(dict.fromkeys(each.reason for each in self.findings))

    @property
    def parts(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is a passage: to show it as it was typed."""
        pieces, done = [], 0
        for each in self.findings:
            pieces += [
                (self.text[done : each.start], False),
                (self.text[each.start : each.end], True),
            ]
            done = each.end
        pieces.append((self.text[done:], False))
        return [(piece, is_passage) for piece, is_passage in pieces if piece]

    @cached_property
    def without(self) -> str:
        """The text without its passages; it passes. Empty if nothing honest is left."""
        text, found = self.text, self.findings
        for _round in range(MOST_ROUNDS):
            text = tidy("".join(cut(text, found)))
            found = findings_in(text, self.lists, self.field)
            if not found:
                return text
        return ""


def screen(text: str, field: str = Field.NOTE) -> Result:
    """Look at a text before it is stored. One query (none for an empty text); never raises."""
    if not text.strip():
        return Result(text, Field(field), [], WordList())
    lists = words.current()
    return Result(text, Field(field), findings_in(text, lists, field), lists)


def findings_in(text: str, lists: WordList, field: str = Field.NOTE) -> list[Finding]:
    """What may not stand, in the order of the text; passages that touch are one."""
    reading = read(text)
    hits = lists.hits(reading)
    found = likeness.second_look(reading, hits, *by_lists(reading, hits, field))
    if field in PLACES_AND_NAMES:  # nobody looks at them: what is not certain passes
        found = [each for each in found if each.is_certain]
    return merged(found)


def by_lists(
    reading: Reading, hits: list[Hit], field: str
) -> tuple[list[Finding], list[likeness.Clue]]:
    """What words and patterns find, and why they excuse what else they met."""
    around = Surroundings(reading, hits)
    found, excused = [*personal.findings(reading)], []
    places = [*words_in(reading, hits, around), *personal_requests(reading)]
    # 一块钱的快乐: people like to be called after money.
    if field != Field.NAME or is_price_list(reading, hits):
        places += sums_in(reading)
    for category, start, end, is_certain in places:
        why = excuses(around, category, start, end)
        excused += [likeness.Clue(excuse, start, end) for excuse in why]
        if not why:
            passage = reading.passage(start, end)
            found.append(Finding(*passage, REASONS[Category(category)], is_certain))
    return found, excused


def is_price_list(reading: Reading, hits: list[Hit]) -> bool:
    """Whether a name says more than a name does: figures, or goods."""
    has_goods = any(hit.word.category == Category.GOODS for hit in hits)
    return has_goods or any(each in "0123456789" for each in reading.letters)


def words_in(reading: Reading, hits: list[Hit], around: Surroundings) -> Iterator[Place]:
    """Listed words; verbs of trade where goods or an amount follow."""
    for hit in hits:
        if hit.word.category in REASONS:
            is_certain = hit.word.outcome == ScreeningWord.Outcome.REFUSE
            yield hit.word.category, hit.start, hit.end, is_certain
        elif hit.word.category == Category.DEAL and is_deal(hit, reading, around):
            yield Category.TRADE, hit.start, hit.end, True


def sums_in(reading: Reading) -> Iterator[Place]:
    yield from in_letters(reading, Category.TRADE, prices.passages(reading))
    yield from in_letters(reading, Category.TRADE, prices.bare(reading), is_certain=False)


def personal_requests(reading: Reading) -> Iterator[Place]:
    return in_letters(reading, Category.CONTACT, personal.requests(reading))


def in_letters(
    reading: Reading,
    category: str,
    passages: Iterable[tuple[int, int]],
    is_certain: bool = True,
) -> Iterator[Place]:
    for passage in passages:
        first, last = reading.letters_of_line(*passage)
        if first < last:
            yield category, first, last, is_certain


def is_deal(verb: Hit, reading: Reading, around: Surroundings) -> bool:
    """Whether goods or an amount follow the verb in its clause."""
    last = min(around.clause(verb.start, verb.end)[1], verb.end + DEAL_REACH)
    if around.named(verb.end, last):
        return True
    return AMOUNT.match(reading.letters, verb.end, last) is not None


def merged(found: list[Finding]) -> list[Finding]:
    """Passages in order; those that overlap become one, with the reason of the first."""
    made: list[Finding] = []
    for each in sorted(found):
        if made and each.start < made[-1].end:
            made.append(together(made.pop(), each))
        else:
            made.append(each)
    return made


def together(one: Finding, other: Finding) -> Finding:
    is_certain = one.is_certain or other.is_certain
    return Finding(one.start, max(one.end, other.end), one.reason, is_certain)


def cut(text: str, found: list[Finding]) -> Iterator[str]:
    done = 0
    for each in found:
        yield text[done : each.start]
        done = each.end
    yield text[done:]


def tidy(text: str) -> str:
    """Without the punctuation that stood around what was taken out."""
    text = re.sub(r"([,，、;；:：。.!！?？~\s])[,，、;；:：\s]+", r"\1", text)
    return text.strip(" ,，、;；:：。.\n\t")
