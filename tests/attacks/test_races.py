"""Races: many hands at the edge of every quota that the code has, whatever it limits."""

import gc
import importlib
import pkgutil
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from safety.models import QuotaUse
from safety.quotas import Quota
from tests.verification.threads import at_once

APPS = ["medicines", "mutualaid", "places", "posts", "safety", "verification"]
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
    assert {"codes to a phone", "guesses of a code"} <= set(QUOTAS)


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
