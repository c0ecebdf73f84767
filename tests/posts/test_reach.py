"""A poster chooses how to be reached: when publishing, and later when changing the post."""

import pytest

from posts.models import Post, Reach
from tests.conftest import signed_in
from tests.posts.factories import offer
from tests.posts.test_messaging import ASKS_FIRST
from tests.posts.test_publish_need import REACH, fill_in, words

pytestmark = pytest.mark.django_db
FIRST = {"reached_by": "message"}
NUMBER = "138 0013 8001"


def publish(client, **contact) -> Post:
    fill_in(client, contact=contact)
    client.post("/need/check/")
    return Post.objects.get()


def test_who_says_nothing_shows_the_number(as_resident):
    post = publish(as_resident)
    assert (post.reached_by, post.contact_phone) == (Reach.PHONE, "+8613800138001")


@pytest.mark.parametrize("phone", [NUMBER, "", "not a number"])
def test_who_wants_to_be_asked_first_leaves_no_number_in_the_post(as_resident, phone):
    post = publish(as_resident, **FIRST, phone=phone, wechat="liu_123456")
    assert (post.reached_by, post.contact_phone, post.contact_wechat) == (Reach.MESSAGE, "", "")


def test_the_check_page_says_so_and_shows_no_number(as_resident):
    page = words(fill_in(as_resident, contact={**FIRST, "wechat": "liu_123456"}))
    assert NUMBER not in page
    assert "liu_123456" not in page


def test_the_number_that_was_typed_is_still_there_when_one_changes_his_mind(as_resident):
    fill_in(as_resident, contact={**FIRST, "wechat": "liu_123456"})
    step = words(as_resident.get("/need/reach/"))
    assert NUMBER in step
    assert "liu_123456" in step
    as_resident.post("/need/reach/", {**REACH, "reached_by": "phone"})
    as_resident.post("/need/check/")
    assert Post.objects.get().contact_phone == "+8613800138001"


def test_who_shows_a_number_has_to_give_one(as_resident):
    response = fill_in(as_resident, contact={"reached_by": "phone", "phone": ""})
    assert response.status_code == 422
    assert 'href="#id_phone"' in words(response)


def test_a_way_that_does_not_exist_is_refused(as_resident):
    assert fill_in(as_resident, contact={"reached_by": "pigeon"}).status_code == 422


def test_another_number_need_not_be_proven_when_it_is_not_shown(as_resident):
    post = publish(as_resident, **FIRST, phone="139 1234 5678")
    assert post.asks_first


def test_a_post_can_be_changed_to_ask_first_and_its_number_is_gone(as_resident, resident):
    post = offer(resident, contact_wechat="liu_123456")
    as_resident.post(f"/posts/{post.public_id}/edit/")
    as_resident.post("/offer/reach/", {**REACH, **FIRST})
    as_resident.post("/offer/check/")
    post.refresh_from_db()
    assert (post.reached_by, post.contact_phone, post.contact_wechat) == (Reach.MESSAGE, "", "")


def test_a_post_that_asks_first_can_be_changed_and_stays_so(as_resident, resident):
    post = offer(resident, **ASKS_FIRST)
    as_resident.post(f"/posts/{post.public_id}/edit/")
    check = as_resident.get("/offer/check/")
    assert check.status_code == 200
    assert NUMBER not in words(check)
    as_resident.post("/offer/check/")
    post.refresh_from_db()
    assert (post.reached_by, post.contact_phone) == (Reach.MESSAGE, "")


def test_who_shows_a_number_after_all_finds_the_own_one_filled_in(as_resident, resident):
    post = offer(resident, **ASKS_FIRST)
    as_resident.post(f"/posts/{post.public_id}/edit/")
    assert "13800138001" in words(as_resident.get("/offer/reach/"))
    as_resident.post("/offer/reach/", {**REACH, "reached_by": "phone"})
    as_resident.post("/offer/check/")
    post.refresh_from_db()
    assert (post.reached_by, post.contact_phone) == (Reach.PHONE, "+8613800138001")


def test_pages_of_the_post_say_how(client, resident, as_moderator):
    post = offer(resident, **ASKS_FIRST)
    english = {"Accept-Language": "en"}
    assert "write first" in words(client.get("/", headers=english))
    page = words(client.get(post.get_absolute_url(), headers=english))
    assert f"/posts/{post.public_id}/ask/" in page
    assert f"/posts/{post.public_id}/contact/" not in page
    mine = signed_in(resident)
    assert "Nobody sees your number" in words(
        mine.get(f"/posts/{post.public_id}/published/", headers=english)
    )
    assert "seen your number" not in words(mine.get("/mine/", headers=english))
    admin = words(as_moderator.get(f"/admin/posts/post/{post.public_id}/change/", headers=english))
    assert "Ask me first" in admin
