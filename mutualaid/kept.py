"""What a process has made and may use again for a while: texts that are the same for everybody.

Each process keeps its own, so that nothing has to be told to the others: what can change is part of
the key, and what is kept ends after `LONGEST` even so.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from sys import getsizeof
from threading import Lock
from typing import Any

from cachetools import TLRUCache
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

LONGEST = timedelta(minutes=1)  # the names of medicines, areas and bodies may change meanwhile


class Kept:
    """At most `most` things; the least used goes first."""

    everything: list["Kept"] = []

    def __init__(self, most: int) -> None:
        self.things: TLRUCache = TLRUCache(most, ttu=lambda _key, kept, _now: kept[1], timer=now)
        self.lock = Lock()  # threads share it, and reading moves entries, too
        self.everything.append(self)

    def get(self, key: Hashable) -> Any:
        """None when it is not kept any more."""
        return self.get_each([key])[0]

    def get_each(self, keys: Iterable[Hashable]) -> list[Any]:
        with self.lock, self.things.timer:  # the time is asked for once
            found = [self.things.get(key) for key in keys]
        return [kept and kept[0] for kept in found]

    def put(self, key: Hashable, thing: Any, until: datetime | None = None) -> None:
        """Keep a thing until then, and never longer than `LONGEST`."""
        last = timezone.now() + LONGEST
        with self.lock:
            self.things[key] = thing, (min(until, last) if until else last).timestamp()

    def forget(self) -> None:
        with self.lock:
            self.things.clear()


def now() -> float:
    return timezone.now().timestamp()


Fill = Callable[[HttpRequest], str | None]


@dataclass
class Offer:
    """What a view says of its answer: that everybody gets the same, but for what is filled in, and
    which posts it shows."""

    posts: frozenset[int] | None = None
    until: float | None = None  # seconds since 1970
    fill: Fill | None = None
    beside: int = 0  # bytes that are kept with it


def keep(
    response: HttpResponse, posts: Iterable[int] | None = None, until: float | None = None
) -> HttpResponse:
    """Offer an answer that is the same for all whose language and size are the same.

    With `posts` (ids) it is one that changes only with them, or when the first of them runs out, at
    `until`.
    """
    offer = Offer(None if posts is None else frozenset(posts), until)
    response.kept = offer  # type: ignore[attr-defined]
    return response


def keep_frame(
    response: HttpResponse, frame: str, fill: Callable[[str, HttpRequest], str | None]
) -> HttpResponse:
    """Offer an answer to visitors with a place, of whom another one may be in the same area.

    `frame` is what is dear and the same for all of them. `fill` makes of it the whole text for one;
    None if a view has to look at the request itself.
    """
    offer = Offer(fill=partial(fill, frame), beside=getsizeof(frame))
    response.kept = offer  # type: ignore[attr-defined]
    return response
