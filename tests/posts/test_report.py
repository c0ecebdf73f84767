"""The page to report on: who reaches it for whom, and that nothing typed is lost."""

import pytest
from django.test import Client

from posts import closing, contact, messaging, moderation, reports
from posts.models import HiddenFor, Message, Reach, Report, Reveal
from safety.quotas import Quota
from tests.posts.factories import offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(resident):
    return offer(resident)


@pytest.fixture
def reveal(post, helper) -> Reveal:
    contact.reveal(post, helper)
    return Reveal.objects.get()


def url(post, who: object = "") -> str:
    return f"/posts/{post.public_id}/report/" + (f"?who={who}" if who else "")


def test_a_visitor_reports_a_post(client, post):
    assert url(post) in client.get(f"/posts/{post.public_id}/").text
    assert client.get(url(post)).headers["Cache-Control"].count("no-store")
    response = client.post(url(post), {"reason": "sold", "words": "要五十"}, follow=True)
    made = Report.objects.get()
    assert (made.post, made.person, made.resident, made.reason, made.words) == (
        post, None, None, "sold", "要五十",
    )  # fmt: skip
    assert len(made.visitor) == 64
    assert "csrfmiddlewaretoken" not in response.text.partition("<main")[2]  # thanks, and no form


def test_a_visitor_is_known_by_address_for_a_day(post, monkeypatch):
    def send(address):
        Client().post(url(post), {"reason": "wrong"}, REMOTE_ADDR=address)
        return Report.objects.count()

    assert [send("192.0.2.1"), send("192.0.2.1"), send("192.0.2.2")] == [1, 1, 2]
    monkeypatch.setattr("posts.reports.timezone.localdate", lambda: "tomorrow")
    assert send("192.0.2.1") == 3


def test_no_address_is_stored(client, post):
    client.post(url(post), {"reason": "wrong"}, REMOTE_ADDR="192.0.2.77")
    row = Report.objects.values().get()
    assert not any("192.0.2" in str(value) for value in row.values())


def test_a_resident_reports_a_post(as_helper, helper, post):
    as_helper.post(url(post), {"reason": "unsafe"})
    assert Report.objects.get().resident == helper


def test_settled_already_thanks_and_lets_somebody_say_more(as_helper, post):
    page = as_helper.post(url(post), {"reason": "resolved"}, follow=True).text
    assert 'role="status"' in page
    as_helper.post(url(post), {"reason": "unsafe"})
    assert Report.objects.get().reason == "unsafe"


def test_a_second_report_changes_nothing(as_helper, post):
    as_helper.post(url(post), {"reason": "wrong"})
    assert as_helper.post(url(post), {"reason": "sold"}, follow=True).status_code == 200
    assert Report.objects.get().reason == "wrong"


@pytest.mark.parametrize(
    "sent", [{}, {"reason": "dislike"}, {"reason": "sold", "words": "x" * 201}]
)
def test_what_is_missing_or_too_long_is_said_and_kept(client, post, sent):
    response = client.post(url(post), {"words": "写了很久的话"} | sent)
    assert response.status_code == 422
    assert "error-summary" in response.text
    assert sent.get("words", "写了很久的话") in response.text
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "words", ["他电话13800138000", "加他微信wx_abcdef12", "110101199003070011"]
)
def test_words_hold_no_numbers(client, post, words):
    response = client.post(url(post), {"reason": "sold", "words": words})
    assert response.status_code == 422
    assert words in response.text
    assert not Report.objects.exists()


def test_words_about_money_are_what_a_report_is_for(client, post):
    client.post(url(post), {"reason": "sold", "words": "布洛芬一粒要15元,发红包"})
    assert Report.objects.exists()


def test_over_the_limit_it_is_said_and_nothing_typed_is_lost(as_helper, post, monkeypatch):
    quota = Quota("no reports", 1, reports.timedelta(days=1))
    monkeypatch.setattr(reports, "PER_RESIDENT", quota)
    as_helper.post(url(post), {"reason": "resolved"})
    response = as_helper.post(url(post), {"reason": "sold", "words": "写了很久的话"})
    assert response.status_code == 429
    assert "写了很久的话" in response.text
    assert "error-summary" in response.text


def test_ones_own_post_cannot_be_reported(as_resident, post):
    assert as_resident.get(url(post)).status_code == 404
    assert as_resident.post(url(post), {"reason": "wrong"}).status_code == 404


def test_a_hidden_post_cannot_be_reported_and_a_resolved_one_can(client, resident, moderator, post):
    other = closing.resolve(offer(resident), resident)
    moderation.hide(post, moderator, HiddenFor.TRADE)
    assert client.post(url(post), {"reason": "wrong"}).status_code == 404
    assert client.post(url(other), {"reason": "wrong"}).status_code == 302


# --- people ---------------------------------------------------------------------------------------
def test_a_poster_reports_who_looked(as_resident, resident, helper, post, reveal):
    link = url(post, reveal.pk)
    assert link in as_resident.get(f"/posts/{post.public_id}/seen/").text
    as_resident.post(link, {"reason": "harassment"})
    made = Report.objects.get()
    assert (made.person, made.resident, made.case.kind) == (helper, resident, "person")


def test_who_was_shown_a_contact_reports_its_poster(as_helper, resident, post, reveal):
    link = url(post, "poster")
    assert link in as_helper.get(f"/posts/{post.public_id}/contact/").text
    as_helper.post(link, {"reason": "sold"})
    assert Report.objects.get().person == resident


def test_the_poster_can_be_reported_also_after_his_post_was_hidden(
    as_helper, moderator, post, reveal
):
    moderation.hide(post, moderator, HiddenFor.UNSAFE)
    assert as_helper.post(url(post, "poster"), {"reason": "sold"}).status_code == 302
    assert Report.objects.exists()


@pytest.mark.parametrize("reason", ["resolved", "unsafe", "wrong"])
def test_a_person_is_not_reported_for_what_only_a_post_can_be(as_helper, post, reveal, reason):
    assert as_helper.post(url(post, "poster"), {"reason": reason}).status_code == 422


def test_strangers_report_no_people(client, as_stranger, as_helper, post, reveal):
    for browser in (client, as_stranger):
        for who in ("poster", reveal.pk):
            assert browser.post(url(post, who), {"reason": "sold"}).status_code == 404
    assert as_helper.post(url(post, reveal.pk), {"reason": "sold"}).status_code == 404
    assert not Report.objects.exists()


@pytest.mark.parametrize("who", ["x", "-1", "999999", "9" * 40, "１", "0x1", "poster "])
def test_a_person_who_is_not_there_is_not_reported(as_resident, post, reveal, who):
    assert as_resident.post(url(post, who), {"reason": "sold"}).status_code == 404


def test_a_reveal_of_another_post_is_not_reported_there(as_resident, resident, post, reveal):
    other = offer(resident)
    assert as_resident.get(url(other, reveal.pk)).status_code == 404


def test_the_report_page_shows_no_contact(as_helper, post, reveal):
    for who in ("", "poster"):
        assert "138 0013" not in as_helper.get(url(post, who)).text


def test_a_poster_learns_that_it_is_hidden_and_not_by_whom(as_resident, moderator, post, helper):
    moderation.hide(post, None, HiddenFor.REPORTED)
    page = as_resident.get("/mine/").text
    assert "banner-danger" in page
    assert str(helper.pk)[:8] not in page


# --- messages -------------------------------------------------------------------------------------
@pytest.fixture
def message(resident, helper) -> Message:
    asks_first = {"reached_by": Reach.MESSAGE, "contact_phone": "", "contact_wechat": ""}
    return messaging.send(offer(resident, **asks_first), helper, "你这人怎么这样", helper.phone)


def test_a_message_is_reported_and_the_moderator_reads_it_also_when_it_was_taken_back(
    as_resident, as_moderator, helper, message
):
    link = url(message.post, message.public_id)
    assert link in as_resident.get(f"/posts/{message.post.public_id}/messages/").text
    as_resident.post(link, {"reason": "harassment"})
    messaging.withdraw(message.post, helper)
    made = Report.objects.get()
    assert (made.person, made.quoted) == (helper, "你这人怎么这样")
    page = as_moderator.get(f"/admin/posts/case/{made.case_id}/change/").text
    assert "你这人怎么这样" in page
    assert "13800138002" not in page


def test_who_wrote_to_a_poster_reports_him(as_helper, resident, message):
    as_helper.post(url(message.post, "poster"), {"reason": "sold"})
    made = Report.objects.get()
    assert (made.person, made.quoted) == (resident, "")


def test_nobody_else_reports_a_message(client, as_stranger, as_helper, resident, message):
    for browser in (client, as_stranger, as_helper):
        sent = browser.post(url(message.post, message.public_id), {"reason": "sold"})
        assert sent.status_code == 404
    assert not Report.objects.exists()
