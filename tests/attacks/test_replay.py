"""Replay: a code or a form that did its work once must not do it again."""

import pytest
from django.core.cache import cache
from django.test import Client

from posts.models import Post
from tests.posts.test_publish_need import fill_in
from tests.verification.conftest import inbox  # noqa: F401 -- the phone that receives texts
from verification.models import Resident

pytestmark = pytest.mark.django_db
PHONE = "13800138022"


@pytest.fixture(autouse=True)
def empty_cache(db):
    cache.clear()


def ask(browser: Client) -> None:
    assert browser.post("/signin/", {"phone": PHONE}).status_code == 302


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def test_a_code_signs_in_once(client, inbox):  # noqa: F811
    ask(client)
    client.post("/signin/code/", {"code": inbox.code})
    assert is_signed_in(client)
    client.post("/signout/")
    client.post("/signin/code/", {"code": inbox.code})
    assert not is_signed_in(client)


def test_a_code_works_only_in_the_browser_that_asked_for_it(client, inbox):  # noqa: F811
    """Somebody reads the code over a shoulder and types it on his own phone."""
    ask(client)
    thief = Client()
    thief.post("/signin/code/", {"code": inbox.code})
    assert not is_signed_in(thief)
    overheard = inbox.code
    ask(thief)
    if inbox.code != overheard:
        thief.post("/signin/code/", {"code": overheard})
        assert not is_signed_in(thief)
    assert not Resident.objects.exists()


def test_the_cookies_of_before_sign_in_are_worth_nothing_after_it(client, inbox):  # noqa: F811
    ask(client)
    before = client.cookies["sessionid"].value
    client.post("/signin/code/", {"code": inbox.code})
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/account/").status_code == 302
    assert not is_signed_in(thief)


def test_the_cookie_of_a_session_that_was_signed_out_is_worth_nothing(client, inbox):  # noqa: F811
    ask(client)
    client.post("/signin/code/", {"code": inbox.code})
    stolen = client.cookies["sessionid"].value
    client.post("/signout/")
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get("/account/").status_code == 302


def test_the_same_form_sent_twice_publishes_once(as_resident):
    fill_in(as_resident)
    as_resident.post("/need/check/")
    as_resident.post("/need/check/")
    assert Post.objects.count() == 1
