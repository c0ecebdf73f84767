"""Ask me first, in a real Chromium the size of a phone: written, read, called, taken back."""

import re

import pytest
from playwright.sync_api import Page, expect

from posts.models import Message, Post
from tests.browser.person import Person
from tests.browser.test_accessibility import PROBLEMS
from tests.conftest import make_resident
from tests.posts.factories import offer
from tests.posts.test_messaging import ASKS_FIRST, TEXT, write
from verification.models import Level

ZOU, CHEN = "+8613800138061", "+8613800138062"


def goes_on(who: Person) -> None:
    """Tap the one green button of the form."""
    who.page.locator("main form button.button-primary").first.click()
    who.page.wait_for_load_state()
    who.picture()


def publishes_a_need_without_a_number(who: Person) -> None:
    who.opens("/need/details/?medicine=ibuprofen")
    who.ticks("65岁以上")
    goes_on(who)
    who.page.locator("[name=q]").fill("岳麓")
    who.taps("搜索")
    who.page.get_by_role("button", name=re.compile("岳麓区")).click()
    expect(who.page.locator("[name=district]")).to_have_value("430104")
    who.fills("地标（可不填）", "镇中学东门")
    who.fills("怎么称呼您？", "邹女士")
    phone, wechat = who.page.locator("[name=phone]"), who.page.locator("[name=wechat]")
    expect(wechat).to_be_visible()
    who.page.locator("[name=reached_by][value=message]").check()
    expect(wechat).to_be_hidden()
    expect(phone).to_be_visible()  # it gets the sign-in code, and is shown to nobody
    phone.fill("138 0013 8061")
    who.picture()
    goes_on(who)
    who.sees_no("138 0013 8061")
    who.fills("六位验证码", who.reads_the_code())
    for box in who.page.locator("[name^=agree_]").all():
        box.check()
    goes_on(who)
    who.sees("已经发到广场上了")
    who.sees_no("8061")


def pages_are_accessible(page: Page) -> None:
    assert page.evaluate(PROBLEMS) == [], page.url


@pytest.mark.parametrize("javascript", [True, False])
def test_a_helper_writes_and_the_poster_reads_says_yes_and_calls(person, javascript):
    """The poster's number is on no page; the helper's is one tap from a call."""
    make_resident(ZOU, Level.REAL_NAME)
    make_resident(CHEN, Level.PHONE)
    zou = person("asked-first")
    publishes_a_need_without_a_number(zou)
    post = Post.objects.get()

    chen = person(f"writer-{javascript}", javascript=javascript)
    chen.opens("/?kind=need")
    chen.page.locator(".post-link").first.click()
    chen.page.wait_for_load_state()
    chen.picture()
    chen.page.locator(f"a[href='/posts/{post.public_id}/ask/']").click()
    chen.page.wait_for_load_state()
    chen.signs_in("138 0013 8062")
    chen.page.locator("[name=text]").fill("价格好说,加我微信chen_88888")
    goes_on(chen)
    expect(chen.page.locator(".error-summary")).to_be_visible()
    expect(chen.page.locator("[name=text]")).to_have_value("价格好说,加我微信chen_88888")
    chen.page.locator("[name=text]").fill(TEXT)
    if javascript:
        pages_are_accessible(chen.page)
    goes_on(chen)
    chen.sees(TEXT, "138 0013 8062")
    chen.sees_no("镇中学东门", "8061")

    zou.opens("/mine/")
    zou.page.locator(f"a[href='/posts/{post.public_id}/messages/']").click()
    zou.page.wait_for_load_state()
    zou.picture()
    zou.sees(TEXT, "•••• 8062")
    pages_are_accessible(zou.page)
    expect(zou.page.locator(f"a[href='tel:{CHEN}']")).to_be_visible()
    zou.page.locator("button[name=agreed][value='1']").click()
    zou.page.wait_for_load_state()
    zou.picture()
    expect(zou.page.locator("button[name=agreed][value='']")).to_be_visible()

    chen.opens("/mine/")
    chen.page.locator(f"a[href='/posts/{post.public_id}/ask/']").click()
    chen.page.wait_for_load_state()
    chen.sees("镇中学东门")
    chen.sees_no("8061")
    chen.picture()

    zou.opens("/mine/")
    zou.taps("已解决")
    zou.opens(f"/posts/{post.public_id}/messages/")
    zou.sees_no("8062")
    chen.opens(f"/posts/{post.public_id}/ask/")
    chen.sees_no("镇中学东门")


def test_a_writer_takes_it_back_and_a_poster_blocks(person):
    zou, chen = make_resident(ZOU, Level.REAL_NAME), make_resident(CHEN, Level.PHONE)
    post = offer(zou, **ASKS_FIRST)
    write(post, chen)
    write(post, make_resident("+8613800138063", Level.REAL_NAME))

    writer = person("takes-back")
    writer.opens("/mine/")
    writer.signs_in("138 0013 8062")
    writer.opens(post.get_absolute_url())
    writer.page.locator(f"a[href='/posts/{post.public_id}/ask/']").click()
    writer.page.wait_for_load_state()
    writer.page.locator("main .button-danger").click()
    writer.page.wait_for_load_state()
    writer.picture()
    assert Message.objects.get(sender=chen).text == ""

    poster = person("blocks")
    poster.opens(f"/posts/{post.public_id}/messages/")
    poster.signs_in("138 0013 8061")
    poster.sees_no("8062")
    poster.sees("8063")
    poster.page.locator("button[name=blocked]").click()
    poster.page.wait_for_load_state()
    poster.picture()
    poster.sees_no(TEXT)
    expect(poster.page.locator("main a[href^='tel:']")).to_have_count(0)
