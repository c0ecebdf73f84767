"""How long until a post was resolved, kept as a coarse histogram: a median needs no more.

A bucket reaches from 2^(n/4) minutes to 2^((n+1)/4): each is 19 % wider than the one before. The
middle of a bucket (geometric) is at most 9.1 % away from any time in it, and so is the median.
"""

from collections.abc import Mapping
from datetime import timedelta
from math import floor, log2

STEPS = 4  # buckets for each doubling
LAST = 80  # 2^20 minutes: two years
WORST_ERROR = 2 ** (1 / (2 * STEPS)) - 1


def bucket(time: timedelta) -> int:
    """The bucket of a length of time; what is below a minute counts as one."""
    minutes = max(1.0, time.total_seconds() / 60)
    return min(LAST, floor(STEPS * log2(minutes)))


def middle(number: int) -> float:
    """Minutes in the middle of a bucket."""
    return 2 ** ((number + 0.5) / STEPS)


def median(buckets: Mapping[int, int]) -> float:
    """Minutes: the middle of the bucket that holds the median (the lower of two)."""
    total, seen = sum(buckets.values()), 0
    for number in sorted(buckets):
        seen += buckets[number]
        if 2 * seen >= total:
            return middle(number)
    raise ValueError("There is no median of nothing.")
