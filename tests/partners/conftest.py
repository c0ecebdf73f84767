"""What the tests of the open door share: a square on which something of everything stands."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from posts import limits, listing
from posts.models import Kind, Post, Reach
from tests.conftest import make_resident
from tests.posts.factories import (
    FUTIAN,
    FUTIAN_AT,
    NANSHAN,
    NANSHAN_AT,
    YUELU,
    YUELU_AT,
    any_of,
    item,
    need,
    offer,
)
from verification.models import Level, Resident

PLACES = [(NANSHAN, NANSHAN_AT), (FUTIAN, FUTIAN_AT), (YUELU, YUELU_AT)]
SECRETS = {
    "contact_name": "容女士",
    "contact_phone": "+8613800138055",
    "contact_wechat": "liu_123456",
    "landmark": "南门岗亭",
}
PERSONAL = ["容女士", "138 0013 8055", "13800138055", "13800138051", "liu_123456", "南门岗亭"]


@pytest.fixture
def no_limits(settings, monkeypatch):
    """One resident may publish a whole square."""
    settings.OPEN_POSTS_PER_RESIDENT = 1000
    monkeypatch.setattr(limits, "over_cap", lambda *_asked, **_besides: [])


@pytest.fixture
def busy(db, no_limits) -> list[Post]:
    """More than a page of needs and of offers."""
    return some_posts(42)


@pytest.fixture
def few(db, no_limits) -> list[Post]:
    return some_posts(8)


def some_posts(number: int) -> list[Post]:
    """Needs and offers in turn, the same ones each time: all places and ages, with secrets."""
    dice = random.Random(20221212)
    poster = make_resident("+8613800138051", Level.REAL_NAME)
    return [some_post(poster, Kind(1 + nth % 2), dice) for nth in range(number)]


def some_post(poster: Resident, kind: Kind, dice: random.Random) -> Post:
    code, at = dice.choice(PLACES)
    goods = [item("ibuprofen", 9), item("paracetamol", 5), item("antigen-test", 2)]
    fields = {"code": code, "at": at, "note": dice.choice(["", "只要几粒应急"]), **SECRETS}
    if dice.random() < 0.2:
        no_number = {"contact_phone": "", "contact_wechat": ""}
        fields |= {"reached_by": Reach.MESSAGE, **no_number}
    if kind == Kind.NEED:
        whom = dice.sample(["infant", "over_65", "pregnant", "chronic"], k=dice.randint(1, 2))
        months = dice.randint(1, 11) if "infant" in whom else None
        wanted = dice.choice([[any_of("fever")], dice.sample(goods, k=2)])
        facts = {"none_left": dice.random() < 0.5, "people": dice.randint(1, 4)}
        post = need(poster, items=wanted, whom=whom, youngest_months=months, **facts, **fields)
    else:
        given = [item(each.medicine.slug, 9, per_household=3) for each in dice.sample(goods, k=2)]
        post = offer(poster, items=given, **fields)
    post.confirmed_at = timezone.now() - timedelta(minutes=dice.randint(0, 3000))
    post.created_at = post.confirmed_at - timedelta(minutes=dice.randint(0, 100))
    post.in_hand = dice.random() < 0.2
    post.save()
    listing.put(post)
    return post
