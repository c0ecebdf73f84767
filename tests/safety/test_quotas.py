"""Quotas are exact, also when many ask at once, and refill with time."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from safety.models import QuotaUse
from safety.quotas import Quota, UsedUpError, use_all
from tests.verification.threads import at_once

pytestmark = pytest.mark.django_db


def test_so_many_and_no_more():
    quota = Quota("test", 3, timedelta(hours=1))
    assert [quota.use("me") for _each in range(4)] == [True, True, True, False]


def test_one_subject_does_not_use_up_anothers():
    quota = Quota("test", 1, timedelta(hours=1))
    assert quota.use("me")
    assert quota.use("you")
    assert not quota.use("me")


def test_it_refills_with_time():
    quota = Quota("test", 2, timedelta(seconds=0.4))
    assert quota.use("me")
    assert quota.use("me")
    assert not quota.use("me")
    time.sleep(0.25)
    assert quota.use("me")


def test_a_use_that_is_rolled_back_is_given_back():
    quota = Quota("test", 1, timedelta(hours=1))
    with transaction.atomic():
        assert quota.use("me")
        transaction.set_rollback(True)
    assert quota.use("me")


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_pass_exactly_five_times():
    quota = Quota("test", 5, timedelta(hours=1))

    def use(_number):
        try:
            return quota.use("me")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(use, range(20))) == 5


def test_of_several_quotas_all_are_used_or_none():
    hour, day = Quota("test", 5, timedelta(hours=1)), Quota("test day", 1, timedelta(days=1))
    use_all([hour, day], "me")
    before = QuotaUse.objects.get(name="test").full_at
    with pytest.raises(UsedUpError):
        use_all([hour, day], "me")
    assert QuotaUse.objects.get(name="test").full_at == before


def test_a_refusal_says_when_there_is_room_again():
    hour, day = Quota("test", 1, timedelta(hours=1)), Quota("test day", 4, timedelta(days=1))
    use_all([hour, day], "me")
    with pytest.raises(UsedUpError) as refused:
        use_all([hour, day], "me")
    wait = refused.value.free_at - timezone.now()
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)


def test_it_is_free_again_when_it_said():
    quota = Quota("test", 2, timedelta(seconds=0.4))
    assert quota.use("me")
    assert quota.use("me")
    time.sleep(max(0, (quota.free_at("me") - timezone.now()).total_seconds()))
    assert quota.use("me")
    assert not quota.use("me")


def test_who_has_used_nothing_is_free_now():
    assert Quota("test", 2, timedelta(hours=1)).free_at("nobody") <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_pass_as_often_as_the_smaller_quota_allows_and_use_the_other_as_often():
    hour, day = Quota("test", 5, timedelta(hours=1)), Quota("test day", 3, timedelta(days=1))

    def attempt() -> bool:
        try:
            use_all([hour, day], "me")
        except UsedUpError:
            return False
        return True

    assert sum(at_once(*[attempt] * 8)) == 3
    left = 0
    while hour.use("me"):
        left += 1
    assert left == 2
