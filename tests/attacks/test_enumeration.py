"""Enumeration: guessing which posts, accounts or numbers there are, from how we answer."""

import re
import uuid

import pytest
from django.test import Client

from posts import moderation
from posts.models import HiddenFor
from tests.conftest import signed_in
from tests.mutualaid.test_who_may_what import routes
from tests.posts.factories import offer
from tests.posts.test_publish_need import DETAILS, REACH

pytestmark = pytest.mark.django_db
OF_A_POST = [route for _name, route in routes() if "<uuid:public_id>" in route]
OF_ITS_POSTER = [
    "edit", "resolve", "outcome", "reopen", "extend", "seen", "in-hand", "amount", "published",
]  # fmt: skip


def text_of(page) -> tuple[int, bytes]:
    """Status and page, without what differs on every request."""
    words = re.sub(rb'(csrfmiddlewaretoken" value=|nonce=)"[^"]*"', b"", page.content)
    return page.status_code, re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"", words)


def answers(browser: Client, public_id: uuid.UUID, route: str) -> list[tuple[int, bytes]]:
    url = route.replace("<uuid:public_id>", str(public_id))
    return [text_of(browser.get(url)), text_of(browser.post(url))]


@pytest.mark.parametrize("route", OF_A_POST)
def test_a_hidden_post_answers_like_one_that_never_was(
    client, as_stranger, resident, moderator, route
):
    hidden = moderation.hide(offer(resident), moderator, HiddenFor.TRADE)
    for browser in (client, as_stranger):
        assert answers(browser, hidden.public_id, route) == answers(browser, uuid.uuid4(), route)


@pytest.mark.parametrize("act", OF_ITS_POSTER)
def test_somebody_elses_post_answers_like_one_that_never_was(as_stranger, resident, act):
    post, route = offer(resident), f"/posts/<uuid:public_id>/{act}/"
    assert route in OF_A_POST
    assert answers(as_stranger, post.public_id, route) == answers(as_stranger, uuid.uuid4(), route)


def test_ids_of_posts_are_random_and_not_counted(resident):
    posts = [offer(resident) for _each in range(3)]
    assert all(post.public_id.version == 4 for post in posts)
    page = signed_in(resident).get("/mine/").content.decode()
    for post in posts:
        assert f"/posts/{post.public_id}/" in page
        assert not re.search(rf"/posts/{post.pk}/", page)


def test_no_address_of_a_visitor_takes_a_counted_id():
    """What is counted can be walked through: our public addresses hold random ids or names."""
    counted = [
        (name, route)
        for name, route in routes()
        if "<int:" in route and not route.startswith("/admin/")
    ]
    assert counted == []


def test_proving_a_number_does_not_tell_whether_it_has_an_account(as_stranger, resident):
    """One number belongs to an account, the other to nobody: the pages are alike."""
    pages = []
    for phone in (resident.phone, "+8613800138111"):
        as_stranger.post("/need/details/", DETAILS)
        as_stranger.post("/need/reach/", {**REACH, "phone": phone})
        page = as_stranger.post("/need/check/", follow=True)
        status, words = text_of(page)
        digits = re.sub(rb"\D", b"", phone.encode())[-11:]
        for shown in (digits, digits[-4:], digits[:3] + b" " + digits[3:7] + b" " + digits[7:]):
            words = words.replace(shown, b"")
        pages.append((status, page.redirect_chain, words))
    assert pages[0][0] == pages[1][0] == 200
    assert pages[0][1] == pages[1][1]


def test_a_number_cannot_be_looked_up_by_any_public_search(client, resident):
    """The digests are keyed and no page searches for people."""
    offer(resident)
    for box in ("/medicines/search/", "/place/search/", "/area/", "/"):
        page = client.get(box, {"q": "13800138001"})
        assert "刘女士" not in page.content.decode()
