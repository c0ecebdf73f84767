"""Passing a post on: a button copies its link, and without a script the link itself is there."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from posts import closing
from posts.models import Outcome
from tests.conftest import make_resident
from tests.posts.factories import NANSHAN_AT, offer
from verification.models import Level


@pytest.fixture
def poster(transactional_db):
    return make_resident("+8613800138051", Level.REAL_NAME)


def test_a_tap_copies_the_link(person, poster):
    post = offer(poster)
    reader = person("copies", at=NANSHAN_AT)
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reader.opens(post.get_absolute_url())
    reader.taps("复制链接")
    reader.sees("已复制")
    copied = reader.page.evaluate("navigator.clipboard.readText()")
    assert copied == settings.SITE_URL + post.get_absolute_url()


def test_without_a_script_the_link_is_there_to_be_copied_by_hand(person, poster):
    post = offer(poster)
    reader = person("by-hand", javascript=False)
    reader.opens(post.get_absolute_url())
    link = reader.page.get_by_label("链接", exact=True)
    expect(link).to_have_value(settings.SITE_URL + post.get_absolute_url())
    expect(reader.page.get_by_role("button", name="复制链接")).to_be_hidden()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_shared_offer_that_is_gone_leads_to_another_one(person, poster, javascript):
    gone = offer(poster)
    offer(make_resident("+8613800138052", Level.REAL_NAME), contact_name="周先生")
    closing.resolve(gone, poster, Outcome.THROUGH_HERE)
    reader = person(f"gone-{javascript}", javascript=javascript)
    reader.opens(gone.get_absolute_url())
    reader.sees("那附近还有谁在送")
    reader.page.locator(".post-link").first.click()
    reader.page.wait_for_load_state()
    reader.sees("联系周先生")
