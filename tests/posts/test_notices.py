"""The outbox of text messages: sent once, tried again, never a flood, never a word too much."""

import logging
import threading
import time
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from posts import asking, closing, contact, notices, reports
from posts.models import ActLink, Notice, Post, ReportReason
from tests.conftest import make_resident
from tests.posts.factories import need, offer
from tests.posts.test_mine import aged
from tests.verification.threads import at_once
from verification import sms
from verification.models import Level
from verification.sms import Template

pytestmark = pytest.mark.django_db


def minutes_pass(minutes: float) -> None:
    past = timezone.now() - timedelta(minutes=minutes)
    Notice.objects.update(due_at=past, created_at=past)


def test_a_message_waits_until_it_is_sent_and_is_then_erased(resident, gateway):
    notices.tell(resident, Template.MESSAGE)
    assert not gateway.sent
    assert notices.send_due() == 1
    [(phone, message)] = gateway.sent
    assert (phone, message.template, message.values) == (resident.phone, "message", ())
    assert not Notice.objects.exists()
    assert notices.send_due() == 0


def test_an_act_that_is_undone_tells_nobody(resident, gateway):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        notices.tell(resident, Template.MESSAGE)
        raise ZeroDivisionError
    assert notices.send_due() == 0


def test_what_happens_many_times_before_it_is_sent_is_told_once(resident, gateway):
    first, second = offer(resident), offer(resident)
    for post in (first, first, None, None, second):
        notices.tell(resident, Template.MESSAGE, post=post)
    notices.send_due()
    assert len(gateway.sent) == 3


def test_what_happens_after_a_try_that_may_have_arrived_is_told_as_something_new(
    resident, monkeypatch
):
    keys = []

    def send(phone, template, values, key):
        keys.append(key)
        if len(keys) < 3:
            raise sms.NotSentError("no answer: it may have arrived")

    monkeypatch.setattr(notices.sms, "send", send)
    notices.tell(resident, Template.MESSAGE)
    for _try in range(2):
        notices.send_due()
        Notice.objects.update(due_at=timezone.now())
    assert keys[0] == keys[1]
    notices.tell(resident, Template.MESSAGE)
    assert notices.send_due() == 1
    assert keys[2] != keys[0]
    assert not Notice.objects.exists()


def test_what_happens_while_a_message_is_sent_is_told_later(resident, monkeypatch):
    sent = []

    def send(phone, template, values, key):
        sent.append(key)
        if len(sent) == 1:
            notices.tell(resident, Template.MESSAGE)

    monkeypatch.setattr(notices.sms, "send", send)
    notices.tell(resident, Template.MESSAGE)
    notices.send_due()
    Notice.objects.update(due_at=timezone.now())
    notices.send_due()
    assert len(set(sent)) == len(sent) == 2
    assert not Notice.objects.exists()


def test_nobody_is_flooded(resident, helper, gateway, settings):
    for _each in range(settings.NOTICES_PER_DAY + 3):
        notices.tell(resident, Template.MESSAGE)
        notices.tell(helper, Template.MESSAGE)
        notices.send_due()
    assert len(gateway.sent) == 2 * settings.NOTICES_PER_DAY
    assert not Notice.objects.exists()
    notices.tell(resident, Template.RECALL)
    assert notices.send_due() == 1, "one kind of message does not use up another's"


def test_an_operator_can_send_none(resident, gateway, settings):
    settings.NOTICES_PER_DAY = 0
    notices.tell(resident, Template.MESSAGE)
    assert notices.send_due() == 0
    assert not Notice.objects.exists()


def test_a_gateway_that_is_away_is_tried_again_later(resident, gateway):
    post = aged(need(resident), hours=25)
    notices.tell(resident, Template.STILL_THERE, post=post)
    gateway.away = True
    assert notices.send_due() == 0
    gateway.away = False
    assert notices.send_due() == 0, "not at once"
    minutes_pass(0)
    assert notices.send_due() == 1
    assert ActLink.objects.count() == 2, "the first may have arrived all the same: its link is good"


def test_a_try_that_failed_does_not_count_for_the_quota(resident, gateway, settings):
    notices.tell(resident, Template.MESSAGE)
    gateway.away = True
    for _each in range(settings.NOTICES_PER_DAY + 1):
        notices.send_due()
        minutes_pass(0)
    gateway.away = False
    assert notices.send_due() == 1


def test_a_message_is_given_up_after_some_hours(resident, gateway, caplog):
    notices.tell(resident, Template.MESSAGE)
    gateway.away = True
    for _each in range(notices.MOST_TRIES + 1):
        notices.send_due()
        minutes_pass(0)
    assert not Notice.objects.exists()
    assert "1 text messages could not be sent and were dropped" in caplog.text


def test_a_gateway_that_is_away_is_not_asked_for_every_message(gateway, caplog):
    people = [make_resident(f"+86139001391{n:02d}", Level.PHONE) for n in range(10)]
    notices.tell_all([each.pk for each in people], Template.MESSAGE)
    gateway.away = True
    notices.send_due()
    refused = [record for record in caplog.records if "was not sent" in record.getMessage()]
    assert len(refused) == notices.AWAY_AFTER


def test_a_failure_is_logged_without_a_number_or_a_value(resident, gateway, caplog):
    caplog.set_level(logging.DEBUG)
    notices.tell(resident, Template.MESSAGE, ("secret-value",))
    gateway.away = True
    notices.send_due()
    assert "A text message (message) was not sent: the gateway refused: 503" in caplog.text
    assert "1380013" not in caplog.text
    assert "secret-value" not in caplog.text


def test_values_are_kept_as_ciphertext(resident):
    notices.tell(resident, Template.MESSAGE, ("secret-value",))
    with connection.cursor() as cursor:
        cursor.execute("SELECT values FROM posts_notice")
        assert "secret-value" not in cursor.fetchone()[0]
    assert Notice.objects.get().values == ["secret-value"]


def test_a_suspended_account_gets_none(resident, gateway):
    notices.tell(resident, Template.MESSAGE)
    resident.is_active = False
    resident.save()
    assert notices.send_due() == 0


def test_a_demo_post_reaches_no_phone(resident, gateway):
    post = offer(resident)
    Post.objects.update(is_demo=True)
    notices.tell(resident, Template.MESSAGE, post=post)
    assert notices.send_due() == 0


def test_the_demo_sends_at_the_end_of_the_act(
    resident, gateway, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        notices.tell(resident, Template.MESSAGE)
    assert len(gateway.sent) == 1


def test_whatever_breaks_on_the_way_the_act_stands(
    resident, gateway, caplog, monkeypatch, django_capture_on_commit_callbacks
):
    def broken(*args):
        raise RuntimeError("+8613800138001")

    monkeypatch.setattr(gateway, "send", broken)
    with django_capture_on_commit_callbacks(execute=True):
        notices.tell(resident, Template.MESSAGE)
    assert "could not be sent now: RuntimeError" in caplog.text
    assert "1380013" not in caplog.text
    assert Notice.objects.get().tries == 1


def test_in_production_no_visitor_waits_for_the_gateway(
    resident, gateway, settings, django_capture_on_commit_callbacks
):
    settings.NOTICES_AT_ONCE = False
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        notices.tell(resident, Template.MESSAGE)
    assert not callbacks
    assert Notice.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_senders_send_each_message_once(gateway, settings):
    settings.NOTICES_AT_ONCE = False
    people = [make_resident(f"+86139001391{n:02d}", Level.PHONE) for n in range(12)]
    notices.tell_all([each.pk for each in people], Template.MESSAGE)
    counts = at_once(*[notices.send_due] * 3)
    assert sum(counts) == 12
    assert len({phone for phone, _message in gateway.sent}) == len(gateway.sent) == 12


# --- when posters are asked ---------------------------------------------------------------------


def test_a_poster_is_asked_once_in_each_period(resident, gateway):
    post = aged(need(resident), hours=25)
    aged(offer(resident), hours=23)
    call_command("send_notices")
    call_command("send_notices")
    assert gateway.templates == ["still-there"]
    assert gateway.sent[0][1].values[0].startswith("http://127.0.0.1:8000/m/")
    closing.extend(post, resident)
    call_command("send_notices")
    assert len(gateway.sent) == 1
    aged(Post.objects.get(pk=post.pk), hours=25)
    call_command("send_notices")
    assert len(gateway.sent) == 2


@pytest.mark.parametrize("end", ["resolved", "expired", "answered"])
def test_a_post_that_has_nothing_to_ask_is_not_asked_about(resident, gateway, end):
    post = aged(need(resident), hours=100 if end == "expired" else 25)
    if end == "resolved":
        closing.resolve(post, resident)
    if end == "answered":
        notices.tell(resident, Template.STILL_THERE, post=post)
        closing.extend(post, resident)
    call_command("send_notices")
    assert not gateway.sent


def test_asking_about_many_posts_costs_as_many_queries_as_about_one(
    resident, django_assert_num_queries, settings, gateway
):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    for number in (1, 10):
        for _each in range(number):
            aged(offer(resident), hours=25)
        with django_assert_num_queries(5):  # of which two are the savepoint
            assert asking.ask_posters() == number


def test_the_timer_finds_what_to_ask_and_what_to_send_by_an_index(resident):
    with connection.cursor() as cursor:
        # In an empty table all plans cost the same: leave those that find and order by index.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "post_to_ask" in asking.unasked(timezone.now())[:10].explain()
    due = Notice.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "id")
    assert "notice_due" in due[:1].explain()


def test_more_posts_than_fit_into_one_batch_are_all_asked_about(resident, monkeypatch, gateway):
    monkeypatch.setattr(asking, "BATCH", 2)
    for _each in range(5):
        aged(offer(resident), hours=25)
    assert asking.ask_posters() == 5
    assert Notice.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_two_timers_at_once_ask_about_each_post_once(resident, gateway, settings):
    settings.NOTICES_AT_ONCE = False
    settings.OPEN_POSTS_PER_RESIDENT = 100
    for _each in range(6):
        aged(offer(resident), hours=25)
    assert sum(at_once(asking.ask_posters, asking.ask_posters)) == 6
    assert Notice.objects.count() == 6


def test_the_poster_of_an_offer_that_rests_is_asked_what_is_left(resident, gateway, settings):
    settings.OFFER_REVEALS = 2
    post = offer(resident)
    for number in range(2):
        contact.reveal(post, make_resident(f"+861390013900{number}", Level.PHONE))
    notices.send_due()
    assert gateway.templates == ["demand"]
    assert gateway.sent[0][0] == resident.phone


def test_a_poster_is_asked_once_whether_it_is_settled_as_somebody_says(resident, gateway, helper):
    post = need(resident)
    for person in (helper, make_resident("+8613900139001", Level.PHONE)):
        by = reports.Reporter(resident=person)
        reports.report(reports.Subject(post), by, ReportReason.RESOLVED)
        notices.send_due()
    assert gateway.templates == ["still-there"]


@pytest.mark.django_db(transaction=True)
def test_telling_a_poster_who_is_just_answering_never_locks_the_two_up(resident, gateway, settings):
    settings.OFFER_REVEALS = 1
    settings.NOTICES_AT_ONCE = False
    post = aged(offer(resident), hours=25)
    caller = make_resident("+8613900139001", Level.PHONE)
    is_shown = threading.Event()

    def look():
        with transaction.atomic():
            contact.reveal(post, caller)  # holds the post, writes a notice to its poster
            is_shown.set()
            time.sleep(0.5)  # until the poster holds himself and waits for the post
        return "shown"

    def extend():
        is_shown.wait(10)
        return closing.extend(post, resident).state

    assert at_once(look, extend) == ["shown", "open"]
    assert Notice.objects.filter(template=Template.DEMAND).exists()
