"""Compare what somebody typed with the spellings of a name, allowing small typing errors."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

Row = TypeVar("Row")
LONGEST = 40  # characters that are looked at; no name is longer


def normal(text: str) -> str:
    """Lower case, full-width letters made plain, only letters and digits kept."""
    plain = unicodedata.normalize("NFKC", text[: 4 * LONGEST]).casefold()
    return "".join(letter for letter in plain if letter.isalnum())[:LONGEST]


def edits(one: str, other: str) -> int:
    """How many letters to add, drop, change or swap with a neighbour to turn one into the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            steps = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                steps = min(steps, before[j - 2] + 1)
            row.append(steps)
        before, last = last, row
    return last[-1]


def allowed_edits(word: str) -> int:
    """Chinese names are short and every character counts; Latin ones allow more."""
    if not word.isascii():
        return 1 if len(word) >= 3 else 0
    return 2 if len(word) >= 8 else 1 if len(word) >= 5 else 0


def is_whole_name_inside(word: str, typed: str) -> bool:
    """阿莫西林 inside 阿莫西林胶囊. Short Latin words are left out: "ors" is inside many."""
    return len(word) >= (5 if word.isascii() else 2) and word in typed


def closeness(typed: str, words: Iterable[str]) -> int | None:
    """0 the same, 1 begins so, 2 contains it or is contained, 3 a typing error, None not alike.

    Both sides must be `normal`.
    """
    found = None
    for word in words:
        if word == typed:
            return 0
        if word.startswith(typed):
            rank = 1
        elif is_whole_name_inside(word, typed) or (len(typed) > 1 and typed in word):
            rank = 2
        elif is_slip(typed, word):
            rank = 3
        else:
            continue
        found = rank if found is None else min(found, rank)
    return found


def is_slip(typed: str, word: str) -> bool:
    allowed = min(allowed_edits(word), allowed_edits(typed))
    if not allowed or abs(len(word) - len(typed)) > allowed:
        return False
    return edits(typed, word) <= allowed


def best(
    text: str, rows: Iterable[Row], words: Callable[[Row], Iterable[str]], limit: int = 12
) -> list[Row]:
    """The rows whose words are nearest to the text, nearest first; none for an empty text.

    Typing errors are forgiven only when nothing is spelled as typed.
    """
    typed = normal(text)
    if not typed:
        return []
    ranked = [(closeness(typed, map(normal, words(row))), row) for row in rows]
    found = [(rank, row) for rank, row in ranked if rank is not None]
    if any(rank < 3 for rank, _row in found):
        found = [(rank, row) for rank, row in found if rank < 3]
    return [row for _rank, row in sorted(found, key=lambda pair: pair[0])][:limit]
