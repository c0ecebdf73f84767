"""Somebody agrees, posts, looks at what is stored about her, takes it along, and leaves."""

import json

import pytest
from playwright.sync_api import expect

from posts.models import PostCount
from tests.conftest import make_resident
from tests.posts.factories import need, offer
from verification.models import Consent, KeptDigest, Level, Resident

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("javascript", [True, False])
def test_she_takes_her_data_along_and_leaves(person, javascript):
    liu = person("leaves", javascript=javascript)
    liu.opens("/account/")
    liu.joins("13800138061")
    need(Resident.objects.get(), contact_wechat="liu_123456")
    liu.page.locator("a[href='/account/data/']").click()
    liu.picture()
    with liu.page.expect_download() as download:
        liu.page.locator("form[action='/account/data/copy/'] button").click()
    data = json.loads(download.value.path().read_text())["data"]
    assert data["posts.Post"][0]["contact_wechat"] == "liu_123456"

    liu.page.locator("main a[href='/privacy/']").click()
    liu.picture()
    liu.page.locator("main a[href='/account/data/']").click()
    liu.page.locator("a[href='/account/erase/']").click()
    liu.picture()
    liu.page.locator("main form button.button-danger").click()
    expect(liu.page.locator("main p[role=status]")).to_be_visible()
    liu.picture()
    assert not Resident.objects.exists()
    assert KeptDigest.objects.count() == PostCount.objects.count() == 1

    liu.opens("/signin/")
    liu.signs_in("13800138061")
    expect(liu.page).to_have_url(liu.page.url)
    assert not Resident.objects.exists()
    liu.picture()


def test_the_boxes_are_ticked_by_hand_and_by_keyboard(person):
    """A box of its own for each consent, empty at first, large enough for a thumb."""

    post = offer(make_resident("+8613800138062", Level.REAL_NAME))
    chen = person("agrees")
    chen.opens(f"/posts/{post.public_id}/contact/")
    chen.signs_in("13800138063")
    boxes = chen.page.locator("[name^=agree_]")
    expect(boxes).to_have_count(2)
    chen.page.locator("main form button.button-primary").click()
    expect(chen.page.locator(".error-summary")).to_be_focused()
    chen.picture()
    for box in boxes.all():
        expect(box).not_to_be_checked()
        assert box.evaluate("one => one.closest('label').offsetHeight") >= 44
        box.focus()
        chen.page.keyboard.press("Space")
    chen.page.locator("main form button.button-primary").click()
    chen.taps("查看电话")  # back where she came from
    expect(chen.page.locator(".call, a[href^='tel:']").first).to_be_visible()
    assert Consent.objects.filter(resident__phone_digest__isnull=False).count() >= 2
