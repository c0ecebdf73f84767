"""Caps: for each person in need, over all open needs and the last seven days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from medicines.models import Medicine
from posts import closing
from posts.models import Kind, Post, PostItem
from posts.publishing import RefusedError
from tests.posts.factories import item, need, offer, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def cap(db) -> int:
    """How many of ibuprofen's first unit one person may have."""
    return Medicine.objects.get(slug="ibuprofen").units.all()[0].cap


def test_the_cap_is_for_each_person(resident, cap):
    need(resident, people=2, items=[item(amount=2 * cap)])
    assert Post.objects.count() == 1


def test_one_more_than_the_cap_is_refused_with_what_is_left(resident, cap):
    with pytest.raises(RefusedError) as refusal:
        need(resident, people=2, items=[item(amount=2 * cap + 1)])
    assert str(2 * cap) in refusal.value.problems[0]
    assert not Post.objects.exists()


def test_all_open_needs_count_together(resident, cap):
    need(resident, people=1, items=[item(amount=cap)])
    with pytest.raises(RefusedError):
        need(resident, people=1, items=[item(amount=1)])


def test_naming_the_same_two_people_twice_does_not_double_the_cap(resident, cap):
    need(resident, people=2, items=[item(amount=2 * cap)])
    with pytest.raises(RefusedError):
        need(resident, people=2, items=[item(amount=1)])


def test_a_resolved_need_counts_for_seven_days(resident, cap):
    first = closing.resolve(need(resident, people=1, items=[item(amount=cap)]), resident)
    with pytest.raises(RefusedError):
        need(resident, people=1, items=[item(amount=1)])
    eight_days_ago = timezone.now() - timedelta(days=8)
    Post.objects.filter(pk=first.pk).update(created_at=eight_days_ago)
    need(resident, people=1, items=[item(amount=cap)])


def test_units_of_one_medicine_add_up(resident):
    units = list(Medicine.objects.get(slug="ibuprofen").units.all())
    assert len(units) > 1
    full = item(amount=units[0].cap, unit=units[0].unit)
    need(resident, people=1, items=[full])
    with pytest.raises(RefusedError):
        need(resident, people=1, items=[item(amount=1, unit=units[1].unit)])


def test_somebody_elses_needs_do_not_count(resident, helper, cap):
    need(resident, people=1, items=[item(amount=cap)])
    need(helper, people=1, items=[item(amount=cap)])


def test_an_offer_has_no_cap(resident, cap):
    assert offer(resident, items=[item(amount=cap * 20, per_household=4)])


def test_so_many_open_posts_and_no_more(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 2
    offer(resident)
    last = offer(resident)
    with pytest.raises(RefusedError):
        offer(resident)
    closing.resolve(last, resident)
    offer(resident)


@pytest.mark.django_db(transaction=True)
def test_two_needs_at_once_cannot_both_pass_the_cap(resident, cap):
    def ask(_number):
        try:
            return post(resident, Kind.NEED, items=[item(amount=cap)], people=1).pk
        except RefusedError:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as threads:
        made = [pk for pk in threads.map(ask, range(3)) if pk]
    assert len(made) == 1
    assert PostItem.objects.count() == 1
