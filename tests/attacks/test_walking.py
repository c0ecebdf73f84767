"""Walking: an attacker moves his viewpoint until an order or a distance changes.

Against a shown distance that is only rounded this finds the exact place. Here two worlds are made
that differ in nothing but the true place of one post within its cell; ten thousand requests from
everywhere around it, in every sort, filter and page, must be answered alike, byte for byte.
"""

import random
import re
import uuid
from dataclasses import fields
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from django.core.signing import get_cookie_signer
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from places import grid, visitor
from posts import listing, square
from posts.models import Kind, Post
from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, NANSHAN_AT, item, post
from verification.models import Level

pytestmark = pytest.mark.django_db
STEPS = 2_500  # in each world and each of the two sorts: 10,000 requests in all
CELL = grid.snap(*NANSHAN_AT)
WEST, SOUTH, EAST, NORTH = CELL.bounds
TARGETS = {Kind.OFFER: uuid.UUID(int=7), Kind.NEED: uuid.UUID(int=8)}
SINCE = timezone.now() - timedelta(hours=2, minutes=30)  # pages say "2 hours ago" all the while
RANDOM_PARTS = re.compile(r"(nonce-?=?|after=)[^\s'\"&]+")  # of a page; a cursor's are encrypted
HERE = f"cell=0.{CELL.row}.{CELL.column}"  # of the map: the very cell, and four by four with it
AROUND = f"cell=2.{CELL.row >> 2}.{CELL.column >> 2}"
FILTERS = [
    "kind=offer",
    "kind=offer&medicine=ibuprofen",
    "kind=offer&area=440305",
    "kind=offer&medicine=ibuprofen&area=440300",
    f"kind=offer&{HERE}",
    f"kind=offer&{AROUND}&medicine=ibuprofen",
    "kind=need",
    "kind=need&whom=over_65",
    "kind=need&whom=over_65&medicine=ibuprofen&area=440305",
    f"kind=need&{HERE}&whom=over_65",
    f"kind=need&{AROUND}",
]
SORTS = ["distance", "time"]


def as_of(made: Post, at: datetime, public_id: uuid.UUID) -> Post:
    """The post as if it had been published then: clocks and ids must not tell the worlds apart."""
    Post.objects.filter(pk=made.pk).update(
        public_id=public_id,
        confirmed_at=at,
        created_at=at,
        expires_at=at + Kind(made.kind).lifetime,
    )
    made.refresh_from_db()
    listing.put(made)
    return made


def publish_targets(lat: float, lng: float) -> list[Post]:
    """An offer and a need, which are looked for: the same in all but their true place."""
    poster = make_resident(f"+861380077{Post.objects.count():04d}", Level.PHONE)
    return [
        as_of(post(poster, kind, items=[item()], at=(lat, lng)), SINCE, public_id)
        for kind, public_id in TARGETS.items()
    ]


def take_away(made: list[Post]) -> None:
    for each in made:
        listing.take_off(each)
        Post.objects.filter(pk=each.pk).update(public_id=uuid.uuid4())


def neighbours() -> None:
    """Posts in and around the cell: their places are known to the attacker, as rulers."""
    chance = random.Random(1)
    for number in range(24):
        poster = make_resident(f"+86138006{number:05d}", Level.PHONE)
        near = (
            CELL.lat + chance.randint(-3, 3) * 0.005,
            CELL.lng + chance.randint(-3, 3) * 0.006,
        )
        for kind in Kind:
            made = post(poster, kind, items=[item()], at=near, code=NANSHAN)
            public_id = uuid.UUID(int=100 * kind + number)
            as_of(made, SINCE - timedelta(seconds=number + 1), public_id)


def answers(sort: str, seed: int) -> list[str]:
    """What an attacker sees on his walk: the digest of each answer."""
    chance = random.Random(seed)
    client = Client()
    seen = []
    after = ""
    for _step in range(STEPS):
        if not after:  # otherwise he stays where he is and turns the page
            cell = grid.snap(
                CELL.lat + chance.uniform(-0.03, 0.03), CELL.lng + chance.uniform(-0.03, 0.03)
            )
            stands = f"440305.{cell.row}.{cell.column}"
            client.cookies[visitor.COOKIE] = get_cookie_signer(
                salt=visitor.COOKIE + visitor.SALT
            ).sign(stands)
            filters = chance.choice(FILTERS)
            looks_at_the_post = chance.random() < 0.2
        if looks_at_the_post:
            target = TARGETS[chance.choice(list(TARGETS))]
            page = client.get(f"/posts/{target}/").content.decode()
        else:
            page = client.get(f"/?{filters}&sort={sort}&after={after}").content.decode()
        found = re.search(r"after=([^\s'\"&]+)", page)
        after = found[1] if found and not looks_at_the_post else ""
        seen.append(sha256(RANDOM_PARTS.sub("", page).encode()).hexdigest())
    return seen


def test_the_walk_uses_every_filter_and_sort_that_there_is():
    asked = [square.read_filters(QueryDict(f"{f}&sort={s}")) for f in FILTERS for s in SORTS]
    assert not [each.problems for each in asked if each.problems]
    never_set = {
        field.name
        for field in fields(square.Filters)
        if all(getattr(each, field.name) == field.default for each in asked)
    }
    assert never_set == {"after", "problems"}, "pages are turned on the way"
    assert {each.sort for each in asked} == set(square.SORTS)
    assert {each.kind for each in asked} == set(Kind)


@pytest.mark.parametrize("sort", SORTS)
def test_ten_thousand_steps_tell_the_cell_and_nothing_finer(sort):
    neighbours()
    edge = 1e-7  # degrees, a centimetre: the far corners of one cell
    first = publish_targets(SOUTH + edge, WEST + edge)
    seen = answers(sort, seed=3)
    take_away(first)
    other = publish_targets(NORTH - edge, EAST - edge)
    assert answers(sort, seed=3) == seen
    assert len(set(seen)) > STEPS / 10  # he did see many different pages
    take_away(other)


def test_the_walk_would_notice_the_next_cell(monkeypatch):
    """The test above can fail: a centimetre beyond the cell, the answers are others."""
    monkeypatch.setattr("tests.attacks.test_walking.STEPS", 20)
    neighbours()
    first = publish_targets(NORTH - 1e-7, EAST - 1e-7)
    seen = answers("distance", seed=3)
    take_away(first)
    publish_targets(NORTH + 1e-7, EAST + 1e-7)
    assert answers("distance", seed=3) != seen
