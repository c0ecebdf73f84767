"""Races: many hands at the edge of every limit that the code has.

Every `Quota`, whatever it limits; then how many open posts a resident may have and how much he may
ask for, whatever puts a post on the square. The other limits have their race beside their rule.
"""

import gc
import importlib
import pkgutil
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from medicines.models import Medicine
from posts import closing, limits, publishing
from posts.models import Kind, Post
from safety.models import QuotaUse
from safety.quotas import Quota
from tests.posts.factories import item, post
from tests.verification.threads import at_once

APPS = [each.name for each in apps.get_app_configs() if Path(each.path).parent == settings.BASE_DIR]
LEFT, HANDS = 2, 8


def all_quotas() -> dict[str, Quota]:
    """Every quota of the code, by name: whoever adds one need not think of this test."""
    for app in APPS:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if not any(part in module.name for part in ("migrations", "commands", "wsgi")):
                importlib.import_module(module.name)
    return {each.name: each for each in gc.get_objects() if type(each) is Quota}


QUOTAS = {name: quota for name, quota in all_quotas().items() if not name.startswith("test")}


def test_all_quotas_are_among_them():
    """But one that is made anew at each use: see `test_own_data.py`."""
    files = [each for app in APPS for each in (settings.BASE_DIR / app).rglob("*.py")]
    named = {
        name for each in files for name in re.findall(r'\bQuota\(\s*"([^"]+)"', each.read_text())
    }
    assert named - set(QUOTAS) == {"copies of own data"}
    assert {
        "codes to a phone",
        "guesses of a code",
        "reports",
        "staff passwords of a name",
    } <= named


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(QUOTAS))
def test_of_many_at_the_edge_exactly_as_many_pass_as_are_left(name):
    quota = QUOTAS[name]
    step = quota.period.total_seconds() / quota.capacity
    left = min(LEFT, quota.capacity)
    almost = quota.period - timedelta(seconds=left * step)
    began = time.monotonic()
    QuotaUse.objects.create(name=name, subject="one", full_at=timezone.now() + almost)
    passed = sum(at_once(*[lambda: quota.use("one")] * HANDS))
    refilled = int((time.monotonic() - began) / step)  # a large quota refills while we race
    assert left <= passed <= min(HANDS, left + refilled)


# --- how many open posts, and how much of a medicine ----------------------------------------------
def full(kind: Kind) -> dict:
    """What makes one need as large as its cap."""
    units = Medicine.objects.get(slug="ibuprofen").units.all()
    amount = next(each.cap for each in units)
    return {"items": [item(amount=amount)], "people": 1} if kind == Kind.NEED else {}


def publish(resident, kind: Kind) -> Callable[[], object]:
    return lambda: post(resident, kind, **full(kind))


def reopen(resident, kind: Kind) -> Callable[[], object]:
    made = aged(post(resident, kind, **full(kind)))
    closing.resolve(made, resident)
    return lambda: closing.reopen(made, resident)


def extend(resident, kind: Kind) -> Callable[[], object]:
    """A post that ran out an hour ago."""
    made = aged(post(resident, kind, **full(kind)))
    Post.objects.filter(pk=made.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    return lambda: closing.extend(made, resident)


def aged(made: Post) -> Post:
    """Published longer ago than caps look back."""
    long_ago = timezone.now() - limits.COUNTED_FOR - timedelta(days=1)
    Post.objects.filter(pk=made.pk).update(created_at=long_ago, confirmed_at=long_ago)
    return made


WAYS = [publish, reopen, extend]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "ways", [*([way] for way in WAYS), WAYS], ids=["publish", "reopen", "extend", "all"]
)
@pytest.mark.parametrize("kind", Kind)
def test_of_many_at_the_edge_of_what_a_resident_may_have_one_passes(resident, settings, kind, ways):
    """Offers at the last open post, needs at the last packet; each way onto the square, and all."""
    settings.OPEN_POSTS_PER_RESIDENT = 100
    acts = [way(resident, kind) for _number in range(4) for way in ways]
    if kind == Kind.OFFER:
        settings.OPEN_POSTS_PER_RESIDENT = 1

    def attempt(act: Callable[[], object]) -> bool:
        try:
            act()
        except (publishing.RefusedError, closing.NotPossibleError):
            return False
        return True

    assert sum(at_once(*[lambda act=act: attempt(act) for act in acts])) == 1
    assert Post.objects.open().count() == 1
