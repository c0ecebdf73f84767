"""Small numbers are not told, nor can they be found by subtracting what is.

`FEWEST` is the rule: no number from 1 to 4 stands anywhere, and no difference between a published
total and its published parts is one. A withheld part looks the same whatever the reason, so nobody
can say whether it is small or stands beside a small one.
"""

from collections.abc import Container, Hashable, Mapping
from typing import TypeVar

FEWEST = 5
Key = TypeVar("Key", bound=Hashable)


def told(number: int) -> int | None:
    """A number that stands alone."""
    return number if number >= FEWEST else None


def part(number: int, whole: int) -> int | None:
    """A part whose whole is told too: what is left of the whole is a number like any other."""
    rest = whole - number
    return told(number) if rest == 0 or rest >= FEWEST else None


def parts(numbers: Mapping[Key, int], withheld: Container[Key] = ()) -> dict[Key, int | None]:
    """Parts of a sum that is told: None where one is withheld.

    After the small ones (and those that are `withheld` anyway) the smallest others are withheld
    until the rest, which everybody can compute, is no small number and belongs to two at least.
    """
    hidden = [key for key, n in numbers.items() if n < FEWEST or key in withheld]
    shown = sorted(numbers.keys() - set(hidden), key=lambda key: (numbers[key], str(key)))
    while shown and is_betrayed([numbers[key] for key in hidden]):
        hidden.append(shown.pop(0))
    return {key: None if key in hidden else number for key, number in numbers.items()}


def is_betrayed(hidden: list[int]) -> bool:
    """Whether the sum of what is withheld tells something: it is small, belongs to one alone, or is
    as large as small numbers can be, so that each is known.
    """
    rest = sum(hidden)
    if rest == 0:
        return False  # they are all nothing, and nobody is among them
    all_are_small = max(hidden) < FEWEST
    most = (FEWEST - 1) * len(hidden)
    return rest < FEWEST or len(hidden) < 2 or (all_are_small and rest == most)
