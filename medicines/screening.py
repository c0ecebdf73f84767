"""What the screening of free text learns from the catalogue: what is given, and what may not be."""

from collections.abc import Iterator
from typing import Any

from medicines.models import BlockedName, Medicine
from safety.models import ScreeningWord
from safety.screening import words

Category, Outcome = ScreeningWord.Category, ScreeningWord.Outcome
SHORTEST = 2  # letters; a single one is a word of everything
SHORTEST_LATIN = 4  # "ors", "wm" are inside too much
SHORTEST_PINYIN = 6
SHORTEST_BY_SOUND = 3


@words.register
def names() -> Iterator[words.Word]:
    """Blocked rows are refused by each of their names; listed ones are goods."""
    for blocked in BlockedName.objects.active():
        yield from medicine(blocked)
    for row in Medicine.objects.all():
        if row.status == Medicine.Status.BLOCKED:
            yield from medicine(row)
        elif row.status == Medicine.Status.LISTED:
            yield from (words.word(name, Category.GOODS) for name in spoken(row))


def medicine(row: BlockedName | Medicine) -> Iterator[words.Word]:
    for name in {*spoken(row), *in_pinyin(row)}:
        by_sound = len(name) >= SHORTEST_BY_SOUND
        yield words.word(name, Category.MEDICINE, Outcome.REFUSE, by_sound=by_sound)


def spoken(row: BlockedName | Medicine) -> list[str]:
    """Name, English name and aliases; 奈玛特韦/利托那韦 as two."""
    names = [row.name, row.name_en, *row.aliases]
    parts = [part.strip() for name in names for part in name.split("/")]
    return [each for each in parts if len(each) >= (SHORTEST_LATIN if each.isascii() else SHORTEST)]


def in_pinyin(row: BlockedName | Medicine) -> list[str]:
    spelled = [each for each in row.pinyin.split() if len(each) >= SHORTEST_PINYIN]
    return spelled + [each for each in row.initials.split() if len(each) >= SHORTEST_LATIN]


def names_changed(**_signal: Any) -> None:
    words.changed()
