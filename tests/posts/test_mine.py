"""My posts: resolve, undo, extend, lower, edit; never somebody else's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import closing
from posts.models import Listing, Outcome, Post, State
from safety.models import AuditEntry
from tests.posts.factories import item, need, offer

pytestmark = pytest.mark.django_db
ACTS = ["in-hand", "resolve", "outcome", "reopen", "extend", "amount", "edit"]


def aged(post: Post, **age: float) -> Post:
    """The same post, published that long ago."""
    past = timezone.now() - timedelta(**age)
    life = post.expires_at - post.confirmed_at
    Post.objects.filter(pk=post.pk).update(
        created_at=past, confirmed_at=past, expires_at=past + life
    )
    Listing.objects.filter(post=post).update(expires_at=past + life)
    post.refresh_from_db()
    return post


def test_one_tap_resolves(as_resident, resident, client):
    post = need(resident)
    response = as_resident.post(f"/posts/{post.public_id}/resolve/", follow=True)
    assert "电话不再显示" in response.content.decode()
    post.refresh_from_db()
    assert post.state == State.RESOLVED
    assert not Listing.objects.filter(post=post).exists()
    assert AuditEntry.objects.filter(act="post resolved", actor=resident.pk).count() == 1


def test_how_it_ended_can_be_told_afterwards(as_resident, resident):
    post = closing.resolve(need(resident), resident)
    as_resident.post(f"/posts/{post.public_id}/outcome/", {"outcome": "through-here"})
    post.refresh_from_db()
    assert post.outcome == Outcome.THROUGH_HERE


def test_a_tap_by_mistake_is_undone_within_a_day(as_resident, resident):
    post = closing.resolve(need(resident), resident)
    as_resident.post(f"/posts/{post.public_id}/reopen/")
    post.refresh_from_db()
    assert post.state == State.OPEN
    assert Listing.objects.filter(post=post).exists()


def test_after_a_day_it_cannot_be_undone(as_resident, resident):
    post = closing.resolve(need(resident), resident)
    Post.objects.filter(pk=post.pk).update(closed_at=timezone.now() - timedelta(hours=25))
    as_resident.post(f"/posts/{post.public_id}/reopen/")
    post.refresh_from_db()
    assert post.state == State.RESOLVED


def test_it_asks_after_a_day_and_one_tap_extends(as_resident, resident):
    post = aged(need(resident), hours=25)
    assert "还需要吗" in as_resident.get("/mine/").content.decode()
    before = post.expires_at
    as_resident.post(f"/posts/{post.public_id}/extend/")
    post.refresh_from_db()
    assert post.expires_at > before
    assert not post.asks_its_poster


def test_a_post_cannot_be_lifted_before_it_asks(as_resident, resident):
    post = need(resident)
    as_resident.post(f"/posts/{post.public_id}/extend/")
    rank = Listing.objects.filter(post=post).values_list("rank", flat=True)[0]
    again = Post.objects.get(pk=post.pk)
    assert again.confirmed_at == post.confirmed_at
    assert Listing.objects.filter(post=post, rank=rank).exists()


def test_a_post_that_was_not_confirmed_sinks_below_one_that_was(client, resident):
    silent = aged(offer(resident), hours=30)
    answered = aged(offer(resident), hours=31)
    closing.extend(answered, resident)
    page = client.get("/").content.decode()
    assert page.index(str(answered.public_id)) < page.index(str(silent.public_id))
    assert "一直没确认" in page


def test_someone_is_on_it_is_seen_on_the_square(as_resident, resident, client):
    post = need(resident)
    as_resident.post(f"/posts/{post.public_id}/in-hand/", {"in_hand": "1"})
    assert "有人在帮了" in client.get("/?kind=need").content.decode()
    as_resident.post(f"/posts/{post.public_id}/in-hand/", {"in_hand": ""})
    assert "有人在帮了" not in client.get("/?kind=need").content.decode()


def test_needs_leave_after_three_days_and_offers_after_seven(resident):
    asking, giving = need(resident), offer(resident)
    assert asking.expires_at - asking.created_at == timedelta(days=3)
    assert giving.expires_at - giving.created_at == timedelta(days=7)


def test_an_offer_is_lowered_until_nothing_is_left(as_resident, resident):
    post = offer(resident)
    line = post.items.get()
    url = f"/posts/{post.public_id}/amount/"
    as_resident.post(url, {"item": line.pk, "left": 3})
    line.refresh_from_db()
    assert (line.amount, line.per_household) == (3, 3)
    as_resident.post(url, {"item": line.pk, "left": 0})
    post.refresh_from_db()
    assert post.state == State.RESOLVED


@pytest.mark.parametrize("left", ["9", "-1", "x", "", "1.5", "99999999999999999999", "1"])
def test_an_amount_that_makes_no_sense_changes_nothing(as_resident, resident, left):
    post = offer(resident, items=[item(amount=8, per_household=4)])
    other = offer(resident)
    target = other.items.get() if left == "1" else post.items.get()
    response = as_resident.post(
        f"/posts/{post.public_id}/amount/", {"item": target.pk, "left": left}
    )
    assert response.status_code == 422
    assert "请填整数" in response.content.decode()
    assert post.items.get().amount == 8
    assert other.items.get().amount == 8


@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_is_told_that_there_is_no_such_post(as_stranger, resident, act):
    post = offer(resident)
    assert as_stranger.post(f"/posts/{post.public_id}/{act}/").status_code in (302, 404)
    post.refresh_from_db()
    assert post.state == State.OPEN
    if act != "amount":
        assert as_stranger.post(f"/posts/{post.public_id}/{act}/").status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_a_visitor_is_asked_to_sign_in(client, resident, act):
    post = offer(resident)
    response = client.post(f"/posts/{post.public_id}/{act}/", {"item": "1", "left": "1"})
    assert response.status_code == 302
    assert response["Location"].startswith("/signin/")


@pytest.mark.parametrize("act", ACTS)
def test_a_link_alone_changes_nothing(as_resident, resident, act):
    post = offer(resident)
    assert as_resident.get(f"/posts/{post.public_id}/{act}/").status_code == 405


def test_a_hidden_post_tells_its_poster_why(as_resident, resident, moderator):
    from posts import moderation

    moderation.hide(offer(resident), moderator, "unsafe")
    assert "药物可能不安全" in as_resident.get("/mine/").content.decode()


def test_a_hidden_post_cannot_be_resolved_back_to_life(resident, moderator):
    from posts import moderation

    post = moderation.hide(offer(resident), moderator, "unsafe")
    with pytest.raises(closing.NotPossibleError):
        closing.resolve(post, resident)
    with pytest.raises(closing.NotPossibleError):
        closing.reopen(post, resident)


@pytest.mark.django_db(transaction=True)
def test_two_taps_on_resolved_leave_one_record(resident):
    post = offer(resident)

    def tap(_number):
        try:
            return closing.resolve(post, resident).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(tap, range(2))) == [State.RESOLVED] * 2
    assert AuditEntry.objects.filter(act="post resolved").count() == 1


def test_my_posts_cost_as_many_queries_for_two_as_for_six(as_resident, resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    counts = []
    for _round in range(2):
        for _each in range(3):
            offer(resident, items=[item(), item("antigen-test", 2)])
        with CaptureQueriesContext(connection) as captured:
            as_resident.get("/mine/")
        counts.append(len(captured))
    assert counts[0] == counts[1]
