"""What goes with a post: the nearest of the other kind, by how like their medicine is."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from medicines.models import Ingredient, Medicine
from posts import closing, nearby
from posts.models import Kind, Listing, Outcome, Post
from posts.nearby import Likeness
from tests.posts.factories import (
    FUTIAN,
    FUTIAN_AT,
    NANSHAN_AT,
    YUELU,
    YUELU_AT,
    any_of,
    item,
    need,
    offer,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def many_posts_allowed(settings):
    settings.OPEN_POSTS_PER_RESIDENT = 1000


def shown(post: Post, kind: Kind | None = None) -> dict[str, list[int]]:
    return {
        match.likeness.value: [row.post.pk for row in match.rows]
        for match in nearby.matches(post, kind)
    }


def test_a_need_finds_the_nearest_offers_of_its_medicine(resident, helper):
    far = offer(helper, code=YUELU, at=YUELU_AT)
    near = offer(helper)
    middle = offer(helper, code=FUTIAN, at=FUTIAN_AT)
    assert shown(need(resident)) == {"same": [near.pk, middle.pk, far.pk]}


def test_an_offer_finds_who_needs_it(resident, helper):
    wanted = need(helper)
    assert shown(offer(resident)) == {"same": [wanted.pk]}


def test_distances_are_from_the_post_and_not_from_the_reader(client, resident, helper):
    offer(helper, code=YUELU, at=YUELU_AT)
    post = need(resident, code=YUELU, at=YUELU_AT)
    cell = {"row": int(NANSHAN_AT[0] * 200), "column": int(NANSHAN_AT[1] * 500 / 3), "next": "/"}
    client.post("/place/", cell)
    page = client.get(post.get_absolute_url()).content.decode()
    assert "离那里约1公里内" in page


def test_the_same_medicine_comes_first_then_its_ingredient_then_its_group(resident, helper):
    ibuprofen, loratadine = (Medicine.objects.get(slug=s) for s in ("ibuprofen", "loratadine"))
    loratadine.ingredients.set(Ingredient.objects.filter(slug="ibuprofen"))
    group = offer(helper, items=[item("paracetamol", 4, per_household=4)])
    ingredient = offer(helper, items=[item("loratadine", 4, per_household=4)])
    same = offer(helper, code=YUELU, at=YUELU_AT)
    post = need(resident, items=[item(ibuprofen.slug)])
    assert list(shown(post).items()) == [
        ("same", [same.pk]), ("ingredient", [ingredient.pk]), ("group", [group.pk]),
    ]  # fmt: skip
    assert "药师" in str(Likeness.GROUP.label)


def test_a_post_stands_once_by_its_best_likeness(resident, helper):
    both = offer(helper, items=[item("paracetamol", 4, per_household=4), item(per_household=4)])
    assert shown(need(resident)) == {"same": [both.pk]}


def test_any_of_a_group_is_met_by_each_of_its_medicines(resident, helper):
    found = offer(helper, items=[item("paracetamol", 4, per_household=4)])
    assert shown(need(resident, items=[any_of("fever")])) == {"same": [found.pk]}


def test_ones_own_and_closed_and_expired_and_foreign_posts_are_left_out(resident, helper):
    post = need(resident)
    offer(resident)
    closing.resolve(offer(helper), helper, Outcome.ELSEWHERE)
    offer(helper, items=[item("antigen-test", 2, per_household=2)])
    old = offer(helper)
    past = timezone.now() - timedelta(minutes=1)
    Post.objects.filter(pk=old.pk).update(created_at=past - timedelta(days=9), expires_at=past)
    Listing.objects.filter(post=old).update(expires_at=past)
    assert shown(post) == {}


def test_there_are_five_at_most_and_the_queries_are_as_many_with_ten_as_with_twenty(
    client, resident, helper
):
    post = need(resident)
    offer(helper)
    client.get(post.get_absolute_url())  # what the catalogue says of its medicine is kept
    counted = []
    for _round in range(2):
        for _each in range(10):
            offer(helper)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(post.get_absolute_url()).content.decode()
        counted.append(len(queries))
        assert len(re.findall("post-card", page)) == 5
    assert counted[0] == counted[1]


def test_the_confirmation_shows_who_has_it(as_resident, resident, helper):
    found = offer(helper)
    post = need(resident)
    page = as_resident.get(f"/posts/{post.public_id}/published/").content.decode()
    assert found.get_absolute_url() in page


def test_a_shared_offer_that_is_gone_says_so_kindly_and_shows_others(client, resident, helper):
    gone, other = offer(resident), offer(helper)
    closing.resolve(gone, resident, Outcome.THROUGH_HERE)
    response = client.get(gone.get_absolute_url())
    page = response.content.decode()
    assert response.status_code == 410
    assert "找到" in page
    assert other.get_absolute_url() in page
    assert "/need/?area=440305&amp;medicine=ibuprofen" in page
    assert "138" not in page
