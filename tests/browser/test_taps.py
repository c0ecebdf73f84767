"""How many taps and screens each way costs, played by a thumb, and printed."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from posts import notices
from posts.models import Post, State
from tests.conftest import make_resident
from tests.posts.factories import (
    FUTIAN,
    FUTIAN_AT,
    NANSHAN,
    NANSHAN_AT,
    YUELU,
    YUELU_AT,
    need,
    offer,
)
from tests.posts.test_mine import aged
from tests.posts.texts import Gateway
from verification import sms
from verification.models import Level
from verification.sms import Template


@pytest.fixture
def poster(transactional_db):
    return make_resident("+8613800138051", Level.REAL_NAME)


@pytest.fixture
def cost(say):
    """Print what a way costs; check that it costs no more than it may."""

    def count(way: str, who, taps: int, screens: int | None = None) -> None:
        say(f"taps, {way}: {who.tapped} taps, {who.screens} screens")
        assert who.tapped <= taps
        assert screens is None or who.screens <= screens

    return count


def test_from_a_shared_link_to_nearby_offers(person, poster, cost):
    offer(poster, contact_name="周先生", code=YUELU, at=YUELU_AT)
    near = offer(poster)
    offer(poster, code=FUTIAN, at=FUTIAN_AT)
    visitor = person("nearby", at=NANSHAN_AT)
    visitor.opens("/")
    expect(visitor.page.locator(".post-card").first).to_be_in_viewport()  # an offer on screen one
    visitor.taps("用我的位置")
    visitor.tapped += 1  # the phone asks whether it may
    visitor.page.wait_for_url("**sort=distance*")
    first = visitor.page.locator(".post-card").first
    expect(first).to_contain_text("约1公里内")
    expect(first.locator("a")).to_have_attribute("href", near.get_absolute_url())
    expect(first).to_be_in_viewport()
    cost("from a shared link to the nearest offers", visitor, taps=2, screens=2)


def test_from_an_area_link_offers_are_there_at_once(person, poster, cost):
    offer(poster)
    visitor = person("area-link")
    visitor.opens(f"/?area={NANSHAN}")
    expect(visitor.page.locator(".post-card").first).to_be_in_viewport()
    visitor.sees("南山区")
    cost("from an area link to offers there", visitor, taps=0, screens=1)


def test_to_a_phone_number_when_signed_in(person, poster, cost):
    offer(poster)
    caller = person("caller")
    caller.opens("/account/")
    caller.joins("13800138052")
    offer(poster)
    caller.opens("/")
    caller.page.locator(".post-link").last.click()
    caller.page.wait_for_url("**/posts/**")
    caller.taps("联系刘女士")
    caller.taps("查看电话")
    caller.sees("138 0013 8001")

    caller.opens("/")
    caller.tapped = caller.screens = 0
    caller.page.locator(".post-link").first.click()
    caller.tapped += 1
    caller.page.wait_for_url("**/posts/**")
    caller.taps("联系刘女士")
    caller.taps("查看电话")
    caller.sees("138 0013 8001")
    cost("to a phone number when signed in", caller, taps=3)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_need_is_published_by_somebody_new(person, cost, settings, transactional_db, javascript):
    settings.LEVEL_TO_PUBLISH = "phone"
    zou = person(f"new-{javascript}", javascript=javascript)
    zou.opens(f"/?area={NANSHAN}")
    zou.taps("我需要药 先看附近谁有")
    zou.ticks("布洛芬")
    zou.taps("发求助")
    zou.ticks("65岁以上")
    zou.taps("下一步")
    expect(zou.page.locator("[name=district]")).to_have_value(str(NANSHAN))
    zou.fills("怎么称呼您？", "邹女士")
    zou.fills("电话", "138 0013 8053")
    zou.taps("下一步")
    zou.fills("六位验证码", zou.reads_the_code())
    zou.taps("发布")
    zou.sees("已经发到广场上了")
    post = Post.objects.get()
    assert (post.area_id, post.contact_phone) == (NANSHAN, "+8613800138053")
    zou.screens -= 1  # the confirmation itself
    cost("a need by somebody new, by an area link", zou, taps=14, screens=5)


def test_a_need_for_parents_elsewhere_is_published_by_somebody_new(
    person, cost, settings, transactional_db
):
    settings.LEVEL_TO_PUBLISH = "phone"
    zou = person("new-elsewhere")
    zou.opens("/")
    zou.taps("我需要药 先看附近谁有")
    zou.ticks("布洛芬")
    zou.taps("发求助")
    zou.ticks("65岁以上")
    zou.taps("下一步")
    zou.fills("搜地名", "yuelu")
    zou.taps("长沙市岳麓区")  # found while she types
    expect(zou.page.locator("[name=district]")).to_have_value(str(YUELU))
    zou.fills("怎么称呼您？", "邹女士")
    zou.fills("电话", "138 0013 8053")
    zou.taps("下一步")
    zou.fills("六位验证码", zou.reads_the_code())
    zou.taps("发布")
    zou.sees("已经发到广场上了")
    assert Post.objects.get().area_id == YUELU
    zou.screens -= 1
    cost("a need by somebody new, for elsewhere", zou, taps=14, screens=5)


def test_an_offer_is_published_by_somebody_new(person, cost, settings, transactional_db):
    settings.LEVEL_TO_PUBLISH = "phone"
    liu = person("new-offer")
    liu.opens(f"/?area={NANSHAN}")
    liu.taps("我有多的药 送给需要的人")
    liu.ticks("布洛芬")
    liu.taps("下一步")
    year = timezone.localdate().year + 1
    liu.picks("有效期至（年）", str(year))
    liu.picks("有效期至（月）", "6")
    liu.picks("药物来源", "药店买的，有多")
    liu.taps("下一步")
    liu.fills("怎么称呼您？", "刘女士")
    liu.fills("电话", "138 0013 8053")
    liu.taps("下一步")
    liu.fills("六位验证码", liu.reads_the_code())
    liu.taps("发布")
    liu.sees("已经发到广场上了")
    liu.screens -= 1
    cost("an offer by somebody new", liu, taps=18, screens=5)


def test_resolved_from_a_text_message(person, poster, cost, monkeypatch, settings):
    settings.NOTICES_AT_ONCE = False
    texts = Gateway()
    monkeypatch.setattr(sms, "provider", lambda: texts)
    post = aged(need(poster), hours=25)
    notices.tell(poster, Template.STILL_THERE, post=post)
    notices.send_due()
    zou = person("resolved")
    zou.opens(texts.link())
    zou.tapped += 1  # the link in the message
    zou.taps("已解决")
    post.refresh_from_db()
    assert post.state == State.RESOLVED
    cost("resolved from a text message", zou, taps=2)
