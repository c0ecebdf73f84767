"""Quotas are exact, also when many ask at once, and refill with time."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections, transaction

from safety.quotas import Quota

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
