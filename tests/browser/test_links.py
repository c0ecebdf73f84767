"""From a text message to 已解决: tap the link, tap the button. A recall until it is understood."""

import pytest
from django.utils import timezone

from posts import contact, moderation, notices
from posts.models import Post, Recall, State
from tests.conftest import make_resident
from tests.posts.factories import item, need, offer
from tests.posts.test_mine import aged
from tests.posts.texts import Gateway
from verification import sms
from verification.models import Level, Resident
from verification.sms import Template

PHONE = "+8613800138011"


@pytest.fixture
def texts(monkeypatch, settings) -> Gateway:
    settings.NOTICES_AT_ONCE = False
    made = Gateway()
    monkeypatch.setattr(sms, "provider", lambda: made)
    return made


@pytest.mark.parametrize("javascript", [True, False])
def test_two_taps_from_a_text_message_to_resolved(person, texts, javascript):
    zou = person("link" if javascript else "link-plain", javascript=javascript)
    poster = make_resident(PHONE, Level.REAL_NAME)
    post = aged(need(poster, note="只要几粒应急"), hours=25)
    notices.tell(poster, Template.STILL_THERE, post=post)
    assert notices.send_due() == 1
    token = texts.link().split("/")[2]
    told = []
    zou.page.on("request", lambda request: told.append(request.headers.get("referer", "")))

    zou.opens(texts.link())  # the first tap, in the message
    zou.sees("还需要吗？", "布洛芬", "南山区")
    zou.sees_no("138 0013 8011")
    assert Post.objects.get().state == State.OPEN
    zou.taps("已解决")  # the second

    zou.sees("电话不再显示")
    assert Post.objects.get().state == State.RESOLVED
    assert token not in zou.page.url
    zou.opens("/")
    assert told
    assert not [referer for referer in told if token in referer]

    zou.opens(texts.link())
    zou.sees_no("布洛芬")


def test_an_unsafe_medicine_alarms_who_asked_for_it_until_he_has_understood(person):
    chen = person("recall")
    helper = make_resident(PHONE, Level.REAL_NAME)
    post = offer(make_resident("+8613800138012", Level.REAL_NAME))
    contact.reveal(post, helper)
    boss = Resident.objects.create_superuser("boss", "a long enough password")
    moderation.hide(post, boss, "unsafe")

    chen.opens("/signin/?next=/mine/")
    chen.signs_in("13800138011")
    alarm = chen.page.locator("section.banner-danger[role=alert]")
    assert "布洛芬" in alarm.inner_text()
    alarm.get_by_role("button").click()
    chen.page.wait_for_load_state()
    chen.picture()
    assert alarm.count() == 0
    assert Recall.objects.get().read_at


def test_the_poster_of_an_offer_says_in_the_link_how_much_is_left(person, texts):
    chen = person("left")
    poster = make_resident(PHONE, Level.REAL_NAME)
    post = offer(poster, items=[item(amount=8), item("antigen-test", 5)])
    Post.objects.update(rests_until=timezone.now())
    notices.tell(poster, Template.DEMAND, post=post)
    notices.send_due()

    chen.opens(texts.link())
    chen.sees("药还在吗？")
    chen.page.locator("input[type=number]").first.fill("80")
    chen.taps("还在")
    chen.sees("请填整数，不能比原来多")
    chen.page.locator("input[type=number]").first.fill("3")
    chen.taps("还在")
    chen.sees("继续留在广场上")
    assert list(post.items.values_list("amount", flat=True)) == [3, 5]
