"""A second reader beside the lists: how much a text reads like the notes that may not stand.

Lists know words, and people find new ones every day. A linear model over single letters and pairs,
learned from labelled notes (scripts/learn_screening.py), says how likely it is that a text trades,
deals in prescription medicine or hides a contact; what the lists found or excused adds to that.
Every few clauses are judged by themselves as well as all together, and so is the clause of a sure
word of trade; the worst counts: kind words around a bad passage make it no better. What only
this reader suspects waits for a moderator; what the lists found passes where it sees no harm.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from operator import concat
from pathlib import Path

from django.conf import settings

from safety.models import ScreeningWord
from safety.screening import prices
from safety.screening.findings import Finding, Reason
from safety.screening.reading import CLAUSE, Reading
from safety.screening.words import Hit

WEIGHTS = Path(settings.BASE_DIR) / "fixtures/screening_weights.json"
DIGITS = frozenset("0123456789" + prices.DIGITS)
# What stands for any goods, any medicine that is not passed on, any number.
SIGNS = {ScreeningWord.Category.GOODS: "Ｇ", ScreeningWord.Category.MEDICINE: "Ｒ"}
NUMBER = "９"
# How it was chosen, and how far that can be trusted: tests/safety/notes/README.md.
SUSPECT = 0.5  # from here on the findings stand, and a moderator looks where there are none
SHORTEST = 5  # letters: less is too little to suspect, or to talk a finding away
CLAUSES_AT_ONCE = 3
BAD_BY_ITSELF = 0.8  # from here on a certain finding stands, however kind the rest of the text


@dataclass(frozen=True)
class Clue:
    """What the lists found or excused among the letters from start to end (exclusive)."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Weights:
    """`grams` gives for each gram its pull and its share in the length of a text."""

    bias: float
    grams: dict[str, tuple[float, float]]
    clues: dict[str, float]
    words: frozenset[str]  # of the lists, as they were when it learned


@cache
def weights() -> Weights:
    kept = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    found = {gram: tuple(both) for gram, both in kept["grams"].items()}
    return Weights(kept["bias"], found, kept["clues"], frozenset(kept["words"]))


@dataclass(frozen=True)
class Passage:
    """Letters that are judged together, by their grams and by the clues among them."""

    grams: set[str]
    clues: set[str]

    @property
    def suspicion(self) -> float:
        """How likely it is that this may not stand: 0 to 1."""
        known = weights()
        met = list(filter(None, map(known.grams.get, self.grams)))
        pulls, shares = zip(*met, strict=True) if met else ((0.0,), (1.0,))
        pull = sum(pulls) / math.sqrt(sum(shares))
        pull += known.bias + sum(known.clues.get(clue, 0.0) for clue in self.clues)
        return 1 / (1 + math.exp(-pull))


def suspicion(reading: Reading, hits: Iterable[Hit], known: Iterable[Clue] = ()) -> float:
    """How likely a text is one that may not stand: 0 to 1, by its worst passage."""
    return max(each.suspicion for each in passages(reading, hits, known))


def passages(
    reading: Reading, hits: Iterable[Hit], known: Iterable[Clue] = ()
) -> Iterator[Passage]:
    """The whole text, and every few clauses that follow each other."""
    signs, known = signs_in(reading, hits), list(known)
    for start, end in spans(reading):
        yield passage(reading, signs, known, start, end)


def passage(reading: Reading, signs: list[str], known: list[Clue], start: int, end: int) -> Passage:
    """The letters from start to end (exclusive)."""
    inside = {clue.name for clue in known if start <= clue.start and clue.end <= end}
    return Passage(grams(reading.letters[start:end], outline(signs[start:end])), inside)


def spans(reading: Reading) -> Iterator[tuple[int, int]]:
    bounds = [*reading.starts[CLAUSE], len(reading.letters)]
    yield 0, len(reading.letters)
    if len(bounds) > CLAUSES_AT_ONCE + 1:
        yield from zip(bounds, bounds[CLAUSES_AT_ONCE:], strict=False)


def grams(letters: str, outlined: str) -> set[str]:
    """The letters and pairs of a passage, as it stands and in outline."""
    words = f"{letters} {outlined}"
    return {*words, *map(concat, words, words[1:])}


def signs_in(reading: Reading, hits: Iterable[Hit]) -> list[str]:
    """For each letter what is shown of it: a sign for named goods, medicines and numbers."""
    shown = [NUMBER if letter in DIGITS else letter for letter in reading.letters]
    for hit in sorted(hits, key=lambda hit: hit.end - hit.start):
        sign = SIGNS.get(ScreeningWord.Category(hit.word.category))
        if sign and hit.end - hit.start > 1:
            shown[hit.start : hit.end] = [sign] + [""] * (hit.end - hit.start - 1)
    return shown


def outline(shown: list[str]) -> str:
    """The signs as one text; a number is one sign, however long."""
    return re.sub(f"{NUMBER}+", NUMBER, "".join(shown))


def second_look(
    reading: Reading, hits: list[Hit], found: list[Finding], excused: list[Clue]
) -> list[Finding]:
    """What stands of the lists' findings, and what a moderator has to look at besides."""
    if len(reading.letters) < SHORTEST:
        return found
    known = clues(reading, found, excused)
    if suspicion(reading, hits, known) >= SUSPECT:
        return found or [Finding(*worst_clause(reading), Reason.UNCLEAR, is_certain=False)]
    # Moderators' own words, and new names of the catalogue: it has never seen them used.
    new = {
        reading.passage(hit.start, hit.end)
        for hit in hits
        if hit.word.letters not in weights().words
    }
    return [
        each
        for each in found
        if (each.start, each.end) in new
        or is_beyond_doubt(reading, each)
        or is_bad_by_itself(reading, hits, known, each)
    ]


def is_bad_by_itself(
    reading: Reading, hits: list[Hit], known: list[Clue], finding: Finding
) -> bool:
    """Whether a sure word of trade stands in a clause that reads badly without the others.

    Sums and medicines are mentioned honestly too often: they are judged with what is around them.
    """
    if not finding.is_certain or finding.reason != Reason.TRADE:
        return False
    if DIGITS.intersection(reading.typed[finding.start : finding.end]):
        return False
    start, end = reading.letters_of(finding.start, finding.end)
    span = reading.begins(start), reading.ends(end - 1)
    return passage(reading, signs_in(reading, hits), known, *span).suspicion >= BAD_BY_ITSELF


def clues(reading: Reading, found: list[Finding], excused: list[Clue]) -> list[Clue]:
    """What was excused; and for each finding that there is one, and of which kind."""
    kinds = [("found", each) for each in found] + [
        (f"{each.reason} {'certain' if each.is_certain else 'unsure'}", each) for each in found
    ]
    return [
        *excused,
        *(Clue(kind, *reading.letters_of(each.start, each.end)) for kind, each in kinds),
    ]


def is_beyond_doubt(reading: Reading, finding: Finding) -> bool:
    """Personal data and a sum for a piece of goods are never talked away."""
    if not finding.is_certain or finding.reason == Reason.MEDICINE:
        return False
    return finding.reason != Reason.TRADE or is_price(reading.typed[finding.start : finding.end])


def is_price(passage: str) -> bool:
    return bool(DIGITS.intersection(passage) and set(prices.UNITS).intersection(passage))


def worst_clause(reading: Reading) -> tuple[int, int]:
    """Where the clause was typed that is suspected most."""
    clauses = pairwise([*reading.starts[CLAUSE], len(reading.letters)])
    start, end = max(clauses, key=lambda span: alone(reading.letters[slice(*span)]).suspicion)
    return reading.passage(start, end)


def alone(letters: str) -> Passage:
    return Passage(grams(letters, ""), set())
