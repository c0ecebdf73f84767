"""The public page of a post."""

import uuid

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from places import grid
from posts import closing, moderation
from posts.models import Draft, Kind, Listing, Post, State
from tests.posts.factories import FUTIAN, FUTIAN_AT, NANSHAN_AT, any_of, item, need, offer
from tests.posts.test_mine import aged
from verification.suspension import Reason, set_suspended

pytestmark = pytest.mark.django_db


def words(response) -> str:
    return response.content.decode()


def test_it_shows_what_a_helper_needs_to_know(client, resident):
    post = need(
        resident,
        items=[item(amount=6), any_of("cough-phlegm")],
        whom=["child", "over_65"],
        youngest_months=30,
        none_left=True,
        note="只要几粒应急",
    )
    page = words(client.get(post.get_absolute_url()))
    for said in ("布洛芬", "2岁", "65岁以上", "家里没有了", "只要几粒应急", "南山区", "任一种都行"):
        assert said in page


def test_it_reminds_of_what_keeps_people_safe(client, resident):
    page = words(client.get(offer(resident).get_absolute_url()))
    for said in ("免费", "验证码", "有效期", "120"):
        assert said in page


def test_it_says_how_far_away_it_is(client, resident):
    post = offer(resident, code=FUTIAN, at=FUTIAN_AT)
    cell = grid.snap(*NANSHAN_AT)
    client.post("/place/", {"row": cell.row, "column": cell.column, "next": "/"})
    assert "约15公里" in words(client.get(post.get_absolute_url()))


def test_it_says_that_someone_is_on_it_until_it_is_resolved(client, resident):
    post = closing.set_in_hand(need(resident), resident, True)
    assert "已经有人在帮" in words(client.get(post.get_absolute_url()))
    closing.resolve(post, resident)
    page = words(client.get(post.get_absolute_url()))
    assert "已经有人在帮" not in page
    assert "已经解决" in page


def test_the_way_to_the_contact_is_there_while_it_is_open(client, resident):
    post = offer(resident)
    way = f"/posts/{post.public_id}/contact/"
    assert way in words(client.get(post.get_absolute_url()))
    closing.resolve(post, resident)
    response = client.get(post.get_absolute_url())
    assert response.status_code == 410
    assert way not in words(response)
    assert "送到了需要的人手里" in words(response)


def test_an_expired_post_says_so(client, resident):
    response = client.get(aged(offer(resident), days=8).get_absolute_url())
    assert response.status_code == 410
    assert "已到期" in words(response)


def test_a_post_that_was_not_confirmed_for_a_day_says_so(client, resident):
    page = words(client.get(aged(offer(resident), hours=30).get_absolute_url()))
    assert "没有确认" in page


def test_a_hidden_post_does_not_exist_for_others(client, resident, moderator):
    post = moderation.hide(offer(resident), moderator, "trade")
    assert client.get(post.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("key", [uuid.uuid4(), "1", "../admin", "0" * 36])
def test_a_post_cannot_be_guessed(client, resident, key):
    offer(resident)
    assert client.get(f"/posts/{key}/").status_code == 404


def test_it_is_the_same_page_for_everybody(client, as_stranger, as_resident, resident):
    post = offer(resident)
    people = (client, as_stranger, as_resident)
    assert len({words(each.get(post.get_absolute_url())) for each in people}) == 1


def test_it_costs_a_fixed_number_of_queries_and_reads_no_contact(client, resident):
    one = offer(resident)
    three = offer(resident, items=[item(), item("antigen-test", 2), item("loratadine", 2)])
    counts = []
    for post in (one, three):
        with CaptureQueriesContext(connection) as captured:
            client.get(post.get_absolute_url())
        counts.append(len(captured))
        assert not [each for each in captured if "contact_phone" in each["sql"]]
    assert counts[0] == counts[1]


def test_the_posts_of_a_suspended_account_leave_and_come_back(client, resident, moderator):
    post, resolved = offer(resident), closing.resolve(offer(resident), resident)
    set_suspended(resident, moderator, True, Reason.SELLING)
    assert client.get(post.get_absolute_url()).status_code == 404
    assert not Listing.objects.exists()
    set_suspended(resident, moderator, False, Reason.MISTAKE)
    assert client.get(post.get_absolute_url()).status_code == 200
    resolved.refresh_from_db()
    assert resolved.state == State.RESOLVED


def test_tidying_removes_expired_rows_and_old_drafts_and_nothing_else(resident):
    aged(offer(resident), days=8)
    fresh = offer(resident)
    Draft.objects.create(kind=Kind.NEED)
    old = Draft.objects.create(kind=Kind.NEED)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE posts_draft SET touched_at = now() - interval '3 days' WHERE id = %s", [old.pk]
        )
    call_command("tidy")
    assert set(Listing.objects.values_list("post_id", flat=True)) == {fresh.pk}
    assert Draft.objects.count() == 1
    assert Post.objects.count() == 2
