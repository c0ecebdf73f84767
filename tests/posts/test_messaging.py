"""Ask me first: a poster shows no number, people leave a few words and theirs."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from posts import access, closing, contact, messaging, moderation
from posts.allowances import MESSAGES
from posts.models import Block, HiddenFor, Message, Post, Reach, Recall, Report, Reveal
from safety.encryption import digest
from safety.models import AuditEntry, QuotaUse
from tests.conftest import make_resident
from tests.posts.factories import need, offer
from tests.verification.threads import at_once
from verification import consent
from verification.models import Consent, Level, PhoneProof, Resident
from verification.sms import NotSentError, demo

pytestmark = pytest.mark.django_db
PER_HOUR = settings.MESSAGES_PER_HOUR
ASKS_FIRST = {"reached_by": Reach.MESSAGE, "contact_phone": "", "contact_wechat": ""}
TEXT = "我家有两盒,今晚可以送到小区门口"
SENT = {"text": TEXT, "phone": "138 0013 8002"}


@pytest.fixture
def post(resident) -> Post:
    return offer(resident, **ASKS_FIRST, landmark="南门岗亭")


@pytest.fixture
def message(post, helper) -> Message:
    return write(post, helper)


@pytest.fixture
def texts(monkeypatch) -> list[tuple[str, str]]:
    """The text messages that were sent: to whom, and all that they say."""
    sent: list[tuple[str, str]] = []

    def note(self, phone, message):
        sent.append((phone, " ".join((message.template, *message.values))))

    monkeypatch.setattr(demo.Provider, "send", note)
    return sent


def write(post: Post, person: Resident) -> Message:
    return messaging.send(post, person, TEXT, person.phone)


def url(post: Post, page: str = "ask") -> str:
    return f"/posts/{post.public_id}/{page}/"


def words(response) -> str:
    return response.content.decode()


def people(number: int, level: Level = Level.PHONE) -> list[Resident]:
    return [make_resident(f"+86139001390{index:02d}", level) for index in range(number)]


# --- leaving a message ---------------------------------------------------------------------------
def test_it_reaches_the_poster_with_the_name_the_words_and_the_number(as_helper, as_resident, post):
    assert "刘女士" in words(as_helper.get(url(post)))
    assert as_helper.post(url(post), SENT)["Location"] == url(post)
    page = words(as_resident.get(url(post, "messages")))
    for said in (TEXT, "tel:+8613800138002", "138 0013 8002", "•••• 8002"):
        assert said in page
    assert url(post, "messages") in words(as_resident.get("/mine/"))


def test_the_sender_sees_that_he_has_asked_and_others_do_not(
    as_helper, as_stranger, client, post, message
):
    assert TEXT in words(as_helper.get(url(post)))
    assert url(post) in words(as_helper.get("/mine/"))
    page = post.get_absolute_url()
    english = {"Accept-Language": "en"}
    assert "You wrote to" in words(as_helper.get(page, headers=english))
    assert TEXT not in words(as_helper.get(page))
    assert words(as_stranger.get(page)) == words(client.get(page))
    assert "You wrote to" not in words(client.get(page, headers=english))


def test_it_asks_for_sign_in_and_comes_back(client, post):
    location = client.get(url(post))["Location"]
    assert location.startswith("/signin/?next=")
    assert str(post.public_id) in location


def test_it_refuses_a_level_that_is_too_low(as_helper, post, settings):
    settings.LEVEL_TO_REVEAL = "real-name"
    assert "/real-name/" in as_helper.post(url(post), SENT)["Location"]
    assert not Message.objects.exists()


@pytest.mark.parametrize("page", ["ask", "messages"])
def test_its_pages_are_never_stored(as_helper, as_resident, post, message, page):
    browser = as_helper if page == "ask" else as_resident
    assert "no-store" in browser.get(url(post, page))["Cache-Control"]


@pytest.mark.parametrize(
    "changed",
    [{"text": ""}, {"text": "x" * 201}, {"text": "\u200b"}, {"text": "打我电话13912345678"},
     {"phone": ""}, {"phone": "123"}],
)  # fmt: skip
def test_bad_input_gets_a_sentence_and_nothing_typed_is_lost(as_helper, post, changed):
    typed = {**SENT, **changed}
    response = as_helper.post(url(post), typed)
    assert response.status_code == 422
    assert 'class="error-summary"' in words(response)
    for value in typed.values():
        assert value in words(response)
    assert not Message.objects.exists()


def test_a_double_tap_is_one_message(as_helper, post):
    as_helper.post(url(post), SENT)
    as_helper.post(url(post), {**SENT, "text": "第二次"})
    assert Message.objects.get().text == TEXT


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_message(resident, helper):
    post = offer(resident, **ASKS_FIRST)
    made = at_once(*[lambda: write(post, helper).pk] * 4)
    assert len(set(made)) == 1
    assert AuditEntry.objects.filter(act="message sent").count() == 1


def test_another_number_is_proven_first_and_nothing_typed_is_lost(as_helper, helper, post, texts):
    other = {**SENT, "phone": "139 1234 5678"}
    assert as_helper.post(url(post), other)["Location"] == "/phone/prove/"
    assert not Message.objects.exists()
    back = words(as_helper.get(url(post)))
    assert TEXT in back
    assert "+8613912345678" in back or "139 1234 5678" in back
    PhoneProof.objects.create(resident=helper, phone_digest=digest("phone", "+8613912345678"))
    as_helper.post(url(post), other)
    assert Message.objects.get().phone == "+8613912345678"
    assert "message" not in as_helper.session


def test_what_was_typed_for_one_post_is_not_put_into_another(as_helper, resident, post):
    as_helper.post(url(post), {**SENT, "phone": "139 1234 5678"})
    assert TEXT not in words(as_helper.get(url(offer(resident, **ASKS_FIRST))))


def test_nobody_can_leave_a_number_that_is_not_his(helper, post):
    with pytest.raises(ValueError, match="own"):
        messaging.send(post, helper, TEXT, "+8613912345678")
    assert not Message.objects.exists()


# --- who may not ---------------------------------------------------------------------------------
def test_who_is_blocked_cannot_write(as_helper, resident, helper, post):
    Block.objects.create(by=resident, blocked=helper)
    assert as_helper.get(url(post)).status_code == 403
    response = as_helper.post(url(post), SENT)
    assert response.status_code == 403
    assert TEXT in words(response), "nothing typed is lost"
    assert not Message.objects.exists()


def test_nobody_writes_about_a_resolved_post(as_helper, resident, post):
    closing.resolve(post, resident)
    assert as_helper.get(url(post)).status_code == 410
    assert as_helper.post(url(post), SENT).status_code == 410
    assert not Message.objects.exists()


def test_a_hidden_post_does_not_exist(as_helper, moderator, post):
    moderation.hide(post, moderator, HiddenFor.UNSAFE)
    assert as_helper.get(url(post)).status_code == 404
    assert as_helper.post(url(post), SENT).status_code == 404


def test_who_is_suspended_meanwhile_cannot_write(helper, post):
    Resident.objects.filter(pk=helper.pk).update(is_active=False)
    with pytest.raises(access.NotShownError, match="suspended"):
        write(post, helper)


def test_nobody_writes_to_a_poster_who_shows_a_number(as_helper, helper, resident):
    post = offer(resident)
    with pytest.raises(access.NotShownError, match="way"):
        write(post, helper)
    assert as_helper.get(url(post))["Location"] == url(post, "contact")


def test_nobody_writes_to_himself(as_resident, resident, post):
    with pytest.raises(access.NotShownError, match="own"):
        write(post, resident)
    assert as_resident.get(url(post))["Location"] == url(post, "messages")


def test_a_post_that_asks_first_reveals_no_number_to_anybody(as_helper, helper, post):
    with pytest.raises(access.NotShownError, match="way"):
        contact.reveal(post, helper)
    for call in (as_helper.get, as_helper.post):
        assert call(url(post, "contact"))["Location"] == url(post)
    assert not Reveal.objects.exists()


def test_who_saw_the_number_before_the_poster_changed_his_mind_sees_it_no_more(
    as_helper, helper, resident
):
    post = offer(resident)
    contact.reveal(post, helper)
    Post.objects.filter(pk=post.pk).update(**ASKS_FIRST)
    with pytest.raises(access.NotShownError, match="way"):
        contact.reveal(post, helper)
    page = as_helper.get(url(post, "contact"), follow=True)
    assert "138 0013 8001" not in words(page)


@pytest.mark.parametrize("kept", ["contact_phone", "contact_wechat"])
def test_the_database_keeps_no_number_of_a_poster_who_asks_first(post, kept):
    with pytest.raises(IntegrityError, match="post_asking_first_holds_no_number"):
        Post.objects.filter(pk=post.pk).update(**{kept: "liu_123456"})


def test_the_database_knows_two_ways_of_being_reached(post):
    with pytest.raises(IntegrityError, match="post_asking_first_holds_no_number"):
        Post.objects.filter(pk=post.pk).update(reached_by="pigeon")


# --- the poster's page ---------------------------------------------------------------------------
def test_it_refuses_everybody_but_the_poster(as_stranger, as_helper, client, post, message):
    assert client.get(url(post, "messages"))["Location"].startswith("/signin/")
    for other in (as_stranger, as_helper):
        assert other.get(url(post, "messages")).status_code == 404
        sent = {"message": message.public_id, "agreed": "1"}
        assert other.post(url(post, "messages"), sent).status_code == 404
    message.refresh_from_db()
    assert message.state == Message.State.WAITING


def test_whom_the_poster_says_yes_to_sees_that_and_the_landmark(
    as_resident, as_helper, post, message
):
    assert "南门岗亭" not in words(as_helper.get(url(post)))
    as_resident.post(url(post, "messages"), {"message": message.public_id, "agreed": "1"})
    assert "南门岗亭" in words(as_helper.get(url(post)))
    as_resident.post(url(post, "messages"), {"message": message.public_id, "agreed": ""})
    assert "南门岗亭" not in words(as_helper.get(url(post)))
    entries = AuditEntry.objects.filter(act="message answered", subject=str(post.public_id))
    assert [each.details["agreed"] for each in entries.order_by("pk")] == [True, False]


def test_the_landmark_goes_with_the_post(as_helper, resident, post, message):
    messaging.set_agreed(post, resident, message.public_id, True)
    closing.resolve(post, resident)
    assert "南门岗亭" not in words(as_helper.get(url(post)))


@pytest.mark.parametrize("where", ["this post", "another post"])
def test_blocking_takes_a_yes_and_the_landmark_back(
    as_resident, as_helper, helper, resident, post, message, where
):
    shown = offer(resident)
    contact.reveal(shown, helper)
    messaging.set_agreed(post, resident, message.public_id, True)
    if where == "this post":
        messaging.set_blocked(post, resident, message.public_id, True)
    else:
        contact.set_blocked(shown, resident, Reveal.objects.get().pk, True)
    assert "南门岗亭" not in words(as_helper.get(url(post)))
    with pytest.raises(closing.NotPossibleError):
        messaging.set_agreed(post, resident, message.public_id, True)
    message.refresh_from_db()
    assert message.state == Message.State.WAITING


def test_a_blocked_writer_is_read_no_more_and_sees_no_number_of_the_poster(
    as_resident, helper, resident, post, message
):
    as_resident.post(url(post, "messages"), {"message": message.public_id, "blocked": "1"})
    page = words(as_resident.get(url(post, "messages")))
    assert TEXT not in page
    assert "8613800138002" not in page
    with pytest.raises(access.NotShownError, match="blocked"):
        contact.reveal(offer(resident), helper)
    as_resident.post(url(post, "messages"), {"message": message.public_id, "blocked": ""})
    assert TEXT in words(as_resident.get(url(post, "messages")))


def test_a_suspended_writer_is_not_shown(as_resident, helper, post, message):
    Resident.objects.filter(pk=helper.pk).update(is_active=False)
    assert "8002" not in words(as_resident.get(url(post, "messages")))
    assert url(post, "messages") not in words(as_resident.get("/mine/"))


def test_once_the_post_is_closed_the_numbers_are_hidden(as_resident, resident, post, message):
    closing.resolve(post, resident)
    assert "8002" not in words(as_resident.get(url(post, "messages")))
    with pytest.raises(closing.NotPossibleError):
        messaging.set_agreed(post, resident, message.public_id, True)


@pytest.mark.parametrize("sent", ["", "x", "1", "00000000-0000-0000-0000-000000000000", "１" * 32])
@pytest.mark.parametrize("act", ["agreed", "blocked"])
def test_a_message_that_is_not_there_changes_nothing(as_resident, post, message, sent, act):
    response = as_resident.post(url(post, "messages"), {"message": sent, act: "1"})
    assert response.status_code == 302
    assert not Block.objects.exists()
    assert as_resident.get(url(post, "messages"), {"after": sent}).status_code == 200


def test_a_message_about_somebody_elses_post_changes_nothing(as_resident, helper, resident, post):
    theirs = write(offer(helper, **ASKS_FIRST), resident)
    as_resident.post(url(post, "messages"), {"message": theirs.public_id, "agreed": "1"})
    theirs.refresh_from_db()
    assert theirs.state == Message.State.WAITING


def test_a_long_list_comes_in_pages_without_a_gap_and_with_the_same_queries(
    as_resident, resident, settings
):
    post, counts, seen = need(resident, **ASKS_FIRST), [], []
    everybody = people(messaging.PAGE + 5)
    for number, person in enumerate(everybody):
        write(post, person)
        if number in (1, messaging.PAGE + 4):
            with CaptureQueriesContext(connection) as queries:
                as_resident.get(url(post, "messages"))
            counts.append(len(queries))
    assert counts[0] == counts[1]
    after = None
    for _page in range(2):
        writers, after = messaging.who_wrote(post, after)
        seen += [writer.phone for writer in writers]
    assert after is None
    assert seen == [person.phone for person in reversed(everybody)]


def test_my_posts_ask_no_more_queries_for_more_messages(as_resident, as_helper, resident, helper):
    counts = []
    for number in (1, 3):
        for _each in range(number):
            write(offer(resident, **ASKS_FIRST), helper)
        with CaptureQueriesContext(connection) as queries:
            as_resident.get("/mine/")
            as_helper.get("/mine/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- taking it back, and what is erased ----------------------------------------------------------
def test_the_sender_takes_it_back_and_it_is_gone(as_helper, as_resident, post, message):
    as_helper.post(url(post, "take-back"))
    message.refresh_from_db()
    assert (message.state, message.text, message.phone) == (Message.State.WITHDRAWN, "", "")
    assert TEXT not in words(as_resident.get(url(post, "messages")))
    assert AuditEntry.objects.filter(act="message withdrawn").count() == 1


def test_taking_it_back_is_done_by_post_alone_and_asks_for_sign_in(client, as_helper, post):
    assert as_helper.get(url(post, "take-back")).status_code == 405
    assert client.post(url(post, "take-back"))["Location"].startswith("/signin/")


def test_others_take_nothing_back(as_stranger, post, message):
    as_stranger.post(url(post, "take-back"))
    message.refresh_from_db()
    assert message.stands


def test_who_took_it_back_may_write_again_without_a_second_text_message(
    django_capture_on_commit_callbacks, helper, post, texts
):
    with django_capture_on_commit_callbacks(execute=True):
        write(post, helper)
        messaging.withdraw(post, helper)
        assert write(post, helper).stands
    assert len(texts) == 1


def been_over_for(post: Post, length: timedelta) -> None:
    then = timezone.now() - length
    Post.objects.filter(pk=post.pk).update(created_at=then - timedelta(days=1), expires_at=then)


def test_words_and_numbers_go_with_the_contact_of_the_post(resident, helper, stranger):
    over, fresh, goes_on = (offer(resident, **ASKS_FIRST) for _each in range(3))
    for each in (over, fresh, goes_on):
        write(each, helper)
    write(over, stranger)
    been_over_for(over, settings.CONTACT_KEPT + timedelta(minutes=1))
    been_over_for(fresh, settings.CONTACT_KEPT - timedelta(minutes=1))
    call_command("tidy", verbosity=0)
    for each in Message.objects.filter(post=over):
        assert (each.text, each.phone, each.state) == ("", "", Message.State.ERASED)
    assert Message.objects.exclude(post=over).filter(state=Message.State.WAITING).count() == 2


def test_who_wrote_to_whom_goes_later_and_the_post_after_that(message):
    kept = max(settings.REVEALS_KEPT, settings.POSTS_KEPT)
    been_over_for(message.post, kept + timedelta(days=1))
    Message.objects.update(at=timezone.now() - settings.REVEALS_KEPT + timedelta(minutes=1))
    call_command("tidy", verbosity=0)
    assert Message.objects.get().state == Message.State.ERASED
    Message.objects.update(at=timezone.now() - settings.REVEALS_KEPT)
    call_command("tidy", verbosity=0)
    assert not Message.objects.exists()
    assert not Post.objects.exists()


@pytest.mark.parametrize("fields", [{"state": "withdrawn"}, {"text": ""}, {"phone": ""}])
def test_the_database_keeps_words_and_number_as_long_as_it_stands_and_no_longer(message, fields):
    with pytest.raises(IntegrityError, match="message_holds"), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**fields)


def test_the_database_keeps_words_and_number_as_ciphertext(message):
    with connection.cursor() as cursor:
        cursor.execute("SELECT text, phone FROM posts_message")
        row = cursor.fetchone()
    assert TEXT not in row[0]
    assert "138" not in row[1] or row[1].startswith("gAAAA")


def test_the_audit_log_holds_neither_words_nor_numbers(resident, helper, post, message):
    messaging.set_agreed(post, resident, message.public_id, True)
    messaging.withdraw(post, helper)
    said = str(list(AuditEntry.objects.values()))
    assert TEXT not in said
    assert "1380013" not in said


# --- the text message to the poster --------------------------------------------------------------
def test_the_poster_is_told_without_words_or_number(
    django_capture_on_commit_callbacks, as_helper, post, texts
):
    with django_capture_on_commit_callbacks(execute=True):
        as_helper.post(url(post), SENT)
    assert texts == [("+8613800138001", "message")]


def test_a_gateway_that_is_away_does_not_break_the_message(
    django_capture_on_commit_callbacks, as_helper, post, monkeypatch
):
    def fail(self, phone, message):
        raise NotSentError("away")

    monkeypatch.setattr(demo.Provider, "send", fail)
    with django_capture_on_commit_callbacks(execute=True):
        assert as_helper.post(url(post), SENT).status_code == 302
    assert Message.objects.get().stands


# --- quotas, and offers that rest ----------------------------------------------------------------
def test_the_quota_is_said_kindly_with_the_time_and_the_words_are_kept(
    as_helper, resident, settings
):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    posts = [offer(resident, **ASKS_FIRST) for _each in range(PER_HOUR + 1)]
    answers = [as_helper.post(url(post), SENT) for post in posts]
    assert [each.status_code for each in answers] == [302] * PER_HOUR + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600 / PER_HOUR
    assert TEXT in words(answers[-1])
    assert Message.objects.count() == PER_HOUR


def test_a_real_name_may_write_more(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    known = make_resident("+8613800138044", Level.REAL_NAME)
    for _each in range(settings.MESSAGES_PER_HOUR_REAL_NAME):
        write(offer(resident, **ASKS_FIRST), known)
    with pytest.raises(access.NotShownError, match="quota"):
        write(offer(resident, **ASKS_FIRST), known)
    assert settings.MESSAGES_PER_HOUR_REAL_NAME > PER_HOUR


def test_what_the_day_refuses_is_not_sent_and_costs_no_hour(helper, post):
    hour, day = MESSAGES[Level.PHONE]
    full_at = timezone.now() + day.period
    QuotaUse.objects.create(name=day.name, subject=str(helper.pk), full_at=full_at)
    with pytest.raises(access.NotShownError, match="quota"):
        write(post, helper)
    assert not Message.objects.exists()
    assert not QuotaUse.objects.filter(name=hour.name).exists()


@pytest.mark.django_db(transaction=True)
def test_many_messages_at_the_edge_of_the_quota_are_exactly_as_many_as_are_left(
    resident, helper, settings
):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    posts = [offer(resident, **ASKS_FIRST) for _each in range(PER_HOUR + 3)]
    for post in posts[: PER_HOUR - 1]:
        write(post, helper)

    def attempt(post):
        try:
            return write(post, helper) and "sent"
        except access.NotShownError as refusal:
            return str(refusal)

    tried = at_once(*[lambda post=post: attempt(post) for post in posts[PER_HOUR - 1 :]])
    assert sorted(tried) == ["quota", "quota", "quota", "sent"]
    assert Message.objects.count() == PER_HOUR


@pytest.mark.django_db(transaction=True)
def test_ten_people_at_once_leave_an_offer_exactly_five_messages(resident):
    post = offer(resident, **ASKS_FIRST)

    def attempt(person):
        try:
            return write(post, person) and "sent"
        except access.NotShownError as refusal:
            return str(refusal)

    tried = at_once(*[lambda person=person: attempt(person) for person in people(10)])
    assert sorted(tried) == ["resting"] * 5 + ["sent"] * 5


def test_an_offer_rests_after_as_many_looks_and_messages_together(resident, settings):
    settings.OFFER_REVEALS = 3
    post, (first, second, third, late) = offer(resident), people(4)
    contact.reveal(post, first)
    contact.reveal(post, second)
    Post.objects.filter(pk=post.pk).update(**ASKS_FIRST)
    write(post, third)
    with pytest.raises(access.NotShownError, match="resting"):
        write(post, late)


def test_taking_messages_back_wakes_no_offer(resident, settings):
    settings.OFFER_REVEALS = 1
    post, (first, late) = offer(resident, **ASKS_FIRST), people(2)
    write(post, first)
    messaging.withdraw(post, first)
    with pytest.raises(access.NotShownError, match="resting"):
        write(post, late)


def test_a_need_never_rests_because_many_wrote(resident, settings):
    settings.OFFER_REVEALS = 1
    post = need(resident, **ASKS_FIRST)
    for person in people(3):
        write(post, person)
    post.refresh_from_db()
    assert not post.rests_until


# --- what follows when somebody means ill --------------------------------------------------------
def test_the_poster_reports_a_writer_and_a_writer_the_poster(
    as_resident, as_helper, helper, resident, post, message
):
    for browser, page, who in [
        (as_resident, "messages", message.public_id),
        (as_helper, "ask", "poster"),
    ]:
        report = f"{url(post, 'report')}?who={who}"
        assert report in words(browser.get(url(post, page)))
        assert browser.post(report, {"reason": "harassment"}).status_code == 302
    made = Report.objects.order_by("pk").values_list("resident", "person")
    assert list(made) == [(resident.pk, helper.pk), (helper.pk, resident.pk)]


def test_who_has_nothing_to_do_with_a_message_reports_nobody(as_stranger, as_helper, post, message):
    for browser, who in [(as_stranger, message.public_id), (as_helper, message.public_id),
                         (as_stranger, "poster")]:  # fmt: skip
        report = f"{url(post, 'report')}?who={who}"
        assert browser.post(report, {"reason": "harassment"}).status_code == 404
    assert not Report.objects.exists()


def test_a_message_about_another_post_reports_nobody(as_resident, helper, resident, post):
    theirs = write(offer(helper, **ASKS_FIRST), resident)
    report = f"{url(post, 'report')}?who={theirs.public_id}"
    assert as_resident.post(report, {"reason": "harassment"}).status_code == 404


def test_who_wrote_is_told_when_the_offer_is_found_unsafe(helper, moderator, post, message):
    moderation.hide(post, moderator, HiddenFor.UNSAFE)
    assert Recall.objects.get().resident == helper


def test_who_was_shown_the_contact_and_wrote_is_told_once(resident, helper, moderator):
    post = offer(resident)
    contact.reveal(post, helper)
    Post.objects.filter(pk=post.pk).update(**ASKS_FIRST)
    write(post, helper)
    moderation.hide(post, moderator, HiddenFor.UNSAFE)
    assert Recall.objects.count() == 1


def test_who_has_not_agreed_to_the_terms_is_asked_before_a_message_goes(as_helper, helper, post):
    Consent.objects.filter(resident=helper).delete()
    assert 'name="agree_' in words(as_helper.get(url(post)))
    refused = as_helper.post(url(post), SENT)
    assert refused.status_code == 422
    assert TEXT in words(refused)
    assert not Message.objects.exists()
    agreed = {f"agree_{purpose}": "on" for purpose in consent.missing(helper, "reveal")}
    as_helper.post(url(post), {**SENT, **agreed})
    assert Message.objects.exists()
    assert not consent.missing(helper, "reveal")


def test_one_tap_takes_refused_words_out(as_helper, post):
    typed = {**SENT, "text": "今晚可以送,打我电话13912345678"}
    refused = words(as_helper.post(url(post), typed))
    button = re.search(r'name="([^"]+)" value="text"', refused)
    assert button
    as_helper.post(url(post), {**typed, button[1]: "text"})
    assert "13912345678" not in Message.objects.get().text


def test_fields_that_the_form_has_not_change_nothing(as_helper, helper, stranger, post):
    forged = {"state": "agreed", "sender": str(stranger.pk), "at": "2020-01-01", "post": "1"}
    as_helper.post(url(post), {**SENT, **forged})
    made = Message.objects.get()
    assert (made.sender, made.state, made.post) == (helper, Message.State.WAITING, post)
