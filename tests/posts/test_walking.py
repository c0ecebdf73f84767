"""Walking through all pages while others publish and resolve: what stays open is shown once."""

import math
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest
from django.db import connection

from places import grid
from places.visitor import VisitorPlace
from posts import closing, square
from posts.models import Post
from tests.posts.factories import NANSHAN_AT, offer
from verification.models import Resident

pytestmark = pytest.mark.django_db(transaction=True)
STAY, GO = 30, 20


@pytest.fixture(autouse=True)
def many_short_pages(settings, monkeypatch):
    settings.OPEN_POSTS_PER_RESIDENT = 10_000
    monkeypatch.setattr(square, "PAGE", 3)


def somewhere(chance: random.Random) -> tuple[float, float]:
    """Within some 30 km; many share a cell."""
    lat, lng = NANSHAN_AT
    return lat + chance.randrange(60) * 0.005, lng + chance.randrange(6) * 0.006


@dataclass
class Others:
    """People who publish and resolve all the time."""

    resident: Resident
    chance: random.Random
    going: list[Post]
    published: list[int] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def acts(self) -> int:
        return len(self.published) + len(self.resolved)

    def work(self) -> None:
        try:
            while not self.over.is_set():
                if self.going and len(self.resolved) <= len(self.published):
                    gone = closing.resolve(self.going.pop(), self.resident)
                    self.resolved.append(gone.pk)
                else:
                    made = offer(self.resident, at=somewhere(self.chance))
                    self.published.append(made.pk)
        finally:
            connection.close()


@contextmanager
def busy(others: Others) -> Iterator[None]:
    thread = threading.Thread(target=others.work)
    thread.start()
    try:
        yield
    finally:
        others.over.set()
        thread.join()


def walk(
    filters: square.Filters, place: VisitorPlace | None, others: Others
) -> tuple[list[square.Found], bool]:
    """All that the pages show, one after the other, and whether they end at the deepest.

    Between two pages the others have done something.
    """
    shown: list[square.Found] = []
    while True:
        page = square.page(filters, place)
        shown += [row.found for row in page.rows]
        if not page.after:
            return shown, page.at_the_end
        filters = replace(filters, after=page.after)
        before, end = others.acts, time.monotonic() + 10
        while others.acts == before and time.monotonic() < end:
            time.sleep(0.005)


def prepared(resident: Resident, seed: int) -> tuple[list[Post], Others]:
    """Posts that stay, mixed with those that will go."""
    chance = random.Random(seed)
    kinds = ["stay"] * STAY + ["go"] * GO
    chance.shuffle(kinds)
    made = [(kind, offer(resident, at=somewhere(chance))) for kind in kinds]
    going = [post for kind, post in made if kind == "go"]
    chance.shuffle(going)
    return [post for kind, post in made if kind == "stay"], Others(resident, chance, going)


@pytest.mark.parametrize("seed", range(3))
def test_by_time_to_the_end(seed, resident):
    staying, others = prepared(resident, seed)
    with busy(others):
        shown, _deepest = walk(square.Filters(), None, others)
    ids = [each.post_id for each in shown]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {post.pk for post in staying}
    assert others.resolved
    assert others.published


@pytest.mark.parametrize("seed", range(3))
def test_by_distance_to_the_end_of_the_nearest(seed, resident, monkeypatch):
    monkeypatch.setattr(square, "DEEPEST", 30)
    staying, others = prepared(resident, seed)
    place = VisitorPlace(None, grid.snap(*NANSHAN_AT))
    with busy(others):
        shown, deepest = walk(square.Filters(sort="distance"), place, others)
    ids = [each.post_id for each in shown]
    assert len(ids) == len(set(ids))
    assert deepest
    assert len(ids) == 30
    here = square.to_mercator(place.point.y, place.point.x)
    farthest = max(each.distance for each in shown)
    nearer = {
        post.pk
        for post in staying
        if math.dist(here, square.to_mercator(post.point.y, post.point.x)) < farthest - 0.01
    }
    assert nearer
    assert set(ids) >= nearer
    assert others.resolved
    assert others.published
