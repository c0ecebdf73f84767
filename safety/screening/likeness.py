"""A second reader beside the lists: how much a text reads like the notes that may not stand.

Lists know words, and people find new ones every day. A linear model over single letters and pairs,
learned from labelled notes (scripts/learn_screening.py), says how likely it is that a text trades,
deals in prescription medicine or hides a contact. It refuses nothing by itself: what only it
suspects waits for a moderator, and what the lists were not sure of passes where it sees no harm.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from django.conf import settings

from safety.models import ScreeningWord
from safety.screening import prices
from safety.screening.findings import Finding, Reason
from safety.screening.reading import Reading
from safety.screening.words import Hit

WEIGHTS = Path(settings.BASE_DIR) / "fixtures/screening_weights.json"
DIGITS = frozenset("0123456789" + prices.DIGITS)
# What stands for any goods, any medicine that is not passed on, any number.
SIGNS = {ScreeningWord.Category.GOODS: "Ｇ", ScreeningWord.Category.MEDICINE: "Ｒ"}
NUMBER = "９"
# How they were chosen, and how far that can be trusted: tests/safety/notes/README.md.
SUSPECT = 0.8  # from here on a moderator looks
SHORTEST = 6  # letters: less is too little to suspect
HARMLESS = 0.25  # below, short words pass that the lists were unsure of (价, 买, 表示)
SHORT_WORD = 2  # letters
# Below, even names that the lists are sure of pass: a medicine that somebody takes or avoids.
# All else, and longer words that a moderator holds or refuses, is never talked away.
TALKED_AWAY = {Reason.MEDICINE: 0.2}


@dataclass(frozen=True)
class Weights:
    """`grams` gives for each letter or pair its pull and its share in the length of a text."""

    bias: float
    grams: dict[str, tuple[float, float]]


@cache
def weights() -> Weights:
    kept = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Weights(kept["bias"], {gram: tuple(both) for gram, both in kept["grams"].items()})


def grams(reading: Reading, hits: Iterable[Hit]) -> set[str]:
    """The letters and pairs of a text, as it stands and in outline."""
    words = f"{reading.letters} {outline(reading, hits)}"
    return {*words, *map("".join, pairwise(words))}


def outline(reading: Reading, hits: Iterable[Hit]) -> str:
    """The letters with signs in place of named goods, of medicines and of numbers."""
    letters = list(reading.letters)
    for hit in sorted(hits, key=lambda hit: hit.end - hit.start):
        sign = SIGNS.get(ScreeningWord.Category(hit.word.category))
        if sign and hit.end - hit.start > 1:
            letters[hit.start : hit.end] = [sign] + [""] * (hit.end - hit.start - 1)
    made: list[str] = []
    for letter in "".join(letters):
        shown = NUMBER if letter in DIGITS else letter
        if shown != NUMBER or made[-1:] != [NUMBER]:
            made.append(shown)
    return "".join(made)


def suspicion(reading: Reading, hits: Iterable[Hit]) -> float:
    """How likely a text is one that may not stand: 0 to 1."""
    return likely(grams(reading, hits))


def likely(found: Iterable[str]) -> float:
    known = weights()
    pulls = [known.grams[gram] for gram in found if gram in known.grams]
    length = math.sqrt(sum(share for _pull, share in pulls))
    pull = sum(pull for pull, _share in pulls) / length if length else 0.0
    return 1 / (1 + math.exp(-(pull + known.bias)))


def second_look(reading: Reading, hits: list[Hit], found: list[Finding]) -> list[Finding]:
    """What stands of the lists' findings, and what a moderator has to look at besides."""
    if not reading.letters:
        return found
    suspected = suspicion(reading, hits)
    asks = any(hit.word.category == ScreeningWord.Category.PASSES_ON for hit in hits)
    stands = [each for each in found if suspected >= talked_away_below(each, asks)]
    if stands or suspected < SUSPECT or len(reading.letters) < SHORTEST:
        return stands
    return [Finding(*worst_clause(reading), Reason.UNCLEAR, is_certain=False)]


def talked_away_below(finding: Finding, asks: bool) -> float:
    """The suspicion below which a finding of the lists falls; 0 if it always stands.

    A medicine in a text that `asks` for something or passes it on stands, however kind the text.
    """
    if finding.is_certain:
        return 0 if asks else TALKED_AWAY.get(finding.reason, 0)
    return HARMLESS if finding.end - finding.start <= SHORT_WORD else 0


def worst_clause(reading: Reading) -> tuple[int, int]:
    """Where the clause was typed that is suspected most."""
    clauses: list[tuple[float, int, int]] = []
    start = 0
    while start < len(reading.letters):
        end = reading.ends(start)
        words = reading.letters[start:end]
        clauses.append((likely({*words, *map("".join, pairwise(words))}), start, end))
        start = end
    _likely, start, end = max(clauses)
    return reading.passage(start, end)
