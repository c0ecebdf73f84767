"""A document that another account holds: its owner gets the verification back, a thief does not."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from posts.models import Post
from safety.models import AuditEntry
from tests.conftest import signed_in
from tests.posts.factories import offer
from tests.verification.conftest import decision, held_page
from tests.verification.test_real_name import NAME, NUMBER, document, payload
from tests.verification.threads import at_once
from verification import own_data, real_name, recovery, sms, suspension
from verification.models import Level, RealNameCheck, Resident
from verification.sms import Message, Template

pytestmark = pytest.mark.django_db
State, Reason = RealNameCheck.State, RealNameCheck.Reason
ENGLISH = {"accept-language": "en"}
QUEUE = "/admin/posts/case/"


@pytest.fixture
def holder(make_resident):
    """Ms Liu's first account; she has lost its phone."""
    holder = make_resident()
    real_name.submit(holder, document())
    holder.refresh_from_db()
    return holder


@pytest.fixture
def taken(holder, newcomer, inbox):
    """Her new account has just been told that another one holds her document."""
    return real_name.submit(newcomer, document())


@pytest.fixture
def asked(taken, newcomer):
    return recovery.ask(newcomer)


@pytest.fixture
def ripe(asked):
    """The wait is over."""
    RealNameCheck.objects.filter(pk=asked.pk).update(confirm_after=timezone.now())
    return asked


def levels(*people):
    return [Resident.objects.get(pk=person.pk).level for person in people]


def test_the_page_names_two_ways_and_nobody(taken, as_newcomer, holder):
    content = as_newcomer.get("/real-name/", headers=ENGLISH).content.decode()
    assert "sign in with that number" in content
    assert 'action="/real-name/recovery/"' in content
    assert not re.search(rf"(?<!\d){holder.phone[-4:]}(?!\d)", content)
    assert str(holder.pk)[:8] not in content


def test_signing_out_there_leads_to_the_sign_in_page(taken, as_newcomer):
    assert as_newcomer.post("/signout/", {"next": "/signin/"}).url == "/signin/"
    assert Client().post("/signout/", {"next": "https://evil.example/"}).url == "/"
    assert Client().post("/signout/", {"next": "admin:nothing"}).status_code == 302


def test_whoever_was_refused_for_another_reason_is_offered_nothing(as_newcomer, newcomer):
    assert b"/real-name/recovery/" not in as_newcomer.get("/real-name/").content
    assert as_newcomer.post("/real-name/recovery/").url == "/real-name/"
    assert not RealNameCheck.objects.exists()


def test_asking_tells_the_other_phone_and_waits(taken, as_newcomer, newcomer, holder, inbox):
    response = as_newcomer.post("/real-name/recovery/?next=/need/check/")
    assert response.url == "/real-name/?next=%2Fneed%2Fcheck%2F"
    assert inbox.messages == [(holder.phone, Message(Template.RECOVERY, ()))]
    check = newcomer.real_name_checks.get(state=State.WAITING)
    assert (check.name, check.number, check.masked_name) == ("", "", "刘**")
    assert check.confirm_after - timezone.now() > timedelta(hours=71)
    assert levels(holder, newcomer) == [Level.REAL_NAME, Level.PHONE]
    content = as_newcomer.get(response.url, headers=ENGLISH).content.decode()
    assert "We told the phone of the other account" in content
    assert 'href="/need/check/"' in content
    assert not re.search(rf"(?<!\d){holder.phone[-4:]}(?!\d)", content)


def test_asking_twice_sends_one_message(asked, as_newcomer, newcomer, inbox):
    as_newcomer.post("/real-name/recovery/")
    assert len(inbox.messages) == 1
    assert newcomer.real_name_checks.filter(state=State.WAITING).count() == 1


def test_strangers_are_led_to_sign_in_and_a_get_asks_nothing(client, as_newcomer, taken, inbox):
    assert client.post("/real-name/recovery/").url == "/signin/?next=%2Freal-name%2F"
    assert as_newcomer.get("/real-name/recovery/").status_code == 405
    assert client.post("/real-name/recovery/no/").url.startswith("/signin/?next=")
    assert inbox.messages == []


def fail_with(monkeypatch, error):
    class Provider:
        shows_codes = False

        def send(self, phone, message):
            raise error

    monkeypatch.setattr(sms, "provider", Provider)


def test_without_the_message_nobody_can_confirm_and_it_can_be_sent_again(
    taken, as_newcomer, newcomer, reviewer, inbox, monkeypatch
):
    with monkeypatch.context() as patch:
        fail_with(patch, sms.NotSentError("the gateway is away"))
        as_newcomer.post("/real-name/recovery/")
        content = as_newcomer.get("/real-name/", headers=ENGLISH).content.decode()
    assert "could not be sent yet" in content
    check = newcomer.real_name_checks.get(state=State.WAITING)
    assert check.confirm_after is None
    with pytest.raises(recovery.TooEarlyError):
        recovery.decide(check.pk, reviewer, State.VERIFIED)
    as_newcomer.post("/real-name/recovery/")
    assert len(inbox.messages) == 1
    check.refresh_from_db()
    assert check.confirm_after


def test_a_dead_number_cannot_be_told_and_holds_nothing_up(taken, newcomer, monkeypatch):
    fail_with(monkeypatch, sms.BadNumberError("no such number"))
    assert recovery.ask(newcomer).confirm_after
    assert AuditEntry.objects.filter(act="recovery not told").count() == 1


def test_a_phone_is_not_bothered_for_ever(holder, make_resident, inbox):
    for count in range(4):
        thief = make_resident()
        real_name.submit(thief, document())
        if count < 3:
            recovery.ask(thief)
    with pytest.raises(real_name.TooManyTriesError):
        recovery.ask(thief)
    assert len(inbox.messages) == 3
    page = signed_in(thief).post("/real-name/recovery/", headers=ENGLISH, follow=True)
    assert "try again next week" in page.content.decode()


def test_the_holder_sees_the_request_and_says_no(asked, holder, newcomer, as_newcomer):
    browser = signed_in(holder)
    for page in ("/account/", "/real-name/"):
        assert 'action="/real-name/recovery/no/"' in browser.get(page).content.decode()
    assert browser.post("/real-name/recovery/no/").url == "/account/"
    assert "/real-name/recovery/no/" not in browser.get("/account/").content.decode()
    asked.refresh_from_db()
    assert (asked.state, asked.reason, asked.recovers) == (State.REFUSED, Reason.OBJECTED, None)
    assert levels(holder, newcomer) == [Level.REAL_NAME, Level.PHONE]
    assert str(Reason.OBJECTED.label) in as_newcomer.get("/real-name/").content.decode()


def test_nobody_says_no_for_another(asked, stranger, newcomer):
    for person in (stranger, newcomer):
        assert recovery.say_no(person) == 0
    asked.refresh_from_db()
    assert asked.state == State.WAITING


def test_nobody_confirms_before_the_wait_is_over(asked, reviewer, as_reviewer, holder, newcomer):
    page = held_page(as_reviewer, asked)
    assert 'value="verified"' not in as_reviewer.get(page).content.decode()
    assert as_reviewer.post(decision(page), {"decision": "verified"}).url == page
    with pytest.raises(recovery.TooEarlyError):
        recovery.decide(asked.pk, reviewer, State.VERIFIED)
    with pytest.raises(ValueError, match=str(asked.pk)):  # nor by the way round
        real_name.decide(asked.pk, reviewer, State.VERIFIED)
    assert levels(holder, newcomer) == [Level.REAL_NAME, Level.PHONE]


def test_a_confirmed_request_moves_the_verification(ripe, as_reviewer, holder, newcomer):
    post = offer(holder)
    assert post.level == Level.REAL_NAME
    page = decision(held_page(as_reviewer, ripe))
    assert as_reviewer.post(page, {"decision": "verified"}).url == QUEUE
    assert levels(holder, newcomer) == [Level.PHONE, Level.REAL_NAME]
    ripe.refresh_from_db()
    assert (ripe.state, ripe.recovers, ripe.confirm_after) == (State.VERIFIED, None, None)
    old = holder.real_name_checks.get()
    assert (old.state, old.reason) == (State.REFUSED, Reason.MOVED)
    assert Post.objects.get(pk=post.pk).level == Level.PHONE
    content = signed_in(holder).get("/real-name/").content.decode()
    assert str(Reason.MOVED.label) in content
    acts = AuditEntry.objects.filter(subject__in=[str(ripe.pk), str(old.pk)]).order_by("id")
    assert list(acts.values_list("act", flat=True)) == [
        "real-name check",
        "recovery asked",
        "recovery told",
        "verification moved",
        "real-name decided",
    ]
    for entry in acts:
        assert not {NAME, NUMBER} & {str(value) for value in entry.details.values()}


def test_the_old_account_may_ask_for_it_back(ripe, reviewer, holder, inbox):
    recovery.decide(ripe.pk, reviewer, State.VERIFIED)
    holder.refresh_from_db()
    assert real_name.submit(holder, document()).reason == Reason.TAKEN
    assert recovery.ask(holder).state == State.WAITING
    assert inbox.messages[-1][0] == ripe.resident.phone


def test_a_reviewer_may_refuse_at_any_time(asked, as_reviewer, as_newcomer, holder, newcomer):
    page = decision(held_page(as_reviewer, asked))
    as_reviewer.post(page, {"decision": "refused mismatch"})  # no reason of a recovery
    assert not RealNameCheck.objects.filter(pk=asked.pk, state=State.REFUSED).exists()
    as_reviewer.post(page, {"decision": "refused unproven"})
    assert levels(holder, newcomer) == [Level.REAL_NAME, Level.PHONE]
    assert str(Reason.UNPROVEN.label) in as_newcomer.get("/real-name/").content.decode()


def test_the_reviewer_sees_what_it_is_and_no_number(asked, as_reviewer, holder, newcomer, inbox):
    listed = as_reviewer.get(QUEUE, headers=ENGLISH).content.decode()
    assert "asks to move a verification" in listed
    checks = as_reviewer.get("/admin/verification/realnamecheck/", headers=ENGLISH)
    assert 'alt="True"' in checks.content.decode()
    content = as_reviewer.get(held_page(as_reviewer, asked), headers=ENGLISH).content.decode()
    assert "The other phone was told" in content
    assert "Another account asks" not in content
    for person in (holder, newcomer):
        assert str(person.pk)[:8] in content
        assert not re.search(rf"(?<!\d){person.phone[-4:]}(?!\d)", content)
    assert NUMBER not in content


def test_the_reviewer_sees_a_rival(asked, as_reviewer, make_resident):
    rival = make_resident()
    real_name.submit(rival, document())
    recovery.ask(rival)
    content = as_reviewer.get(held_page(as_reviewer, asked), headers=ENGLISH).content.decode()
    assert "Another account asks" in content


def test_of_two_that_are_ripe_one_gets_it(ripe, reviewer, make_resident):
    rival = make_resident()
    real_name.submit(rival, document())
    other = recovery.ask(rival)
    RealNameCheck.objects.filter(pk=other.pk).update(confirm_after=timezone.now())
    recovery.decide(ripe.pk, reviewer, State.VERIFIED)
    late = recovery.decide(other.pk, reviewer, State.VERIFIED)
    assert (late.state, late.reason) == (State.REFUSED, Reason.TAKEN)
    assert levels(ripe.resident, rival) == [Level.REAL_NAME, Level.PHONE]


def test_a_suspended_account_keeps_its_name(
    ripe, reviewer, as_reviewer, holder, newcomer, moderator
):
    suspension.set_suspended(holder, moderator, True, suspension.Reason.SELLING)
    page = as_reviewer.get(held_page(as_reviewer, ripe), headers=ENGLISH).content.decode()
    assert "The other account is suspended" in page
    assert 'value="verified"' not in page
    check = recovery.decide(ripe.pk, reviewer, State.VERIFIED)
    assert (check.state, check.reason) == (State.REFUSED, Reason.TAKEN)
    assert levels(holder, newcomer) == [Level.REAL_NAME, Level.PHONE]


def test_no_reviewer_decides_between_his_own_accounts(ripe, reviewer, newcomer, holder):
    for person in (newcomer, holder):
        person.is_staff = True
        person.save()
        person.user_permissions.set(reviewer.user_permissions.all())
        with pytest.raises(PermissionDenied):
            recovery.decide(ripe.pk, Resident.objects.get(pk=person.pk), State.VERIFIED)


def test_a_request_that_nobody_decides_ends_by_itself(asked, newcomer):
    assert real_name.erase_overdue() == 0
    RealNameCheck.objects.filter(pk=asked.pk).update(erase_after=timezone.now())
    assert real_name.erase_overdue() == 1
    asked.refresh_from_db()
    assert (asked.state, asked.reason, asked.recovers) == (State.TRY_LATER, Reason.OVERDUE, None)


def test_a_document_whose_other_account_is_gone_is_nobodys(asked, holder, newcomer):
    holder.delete()
    assert not newcomer.real_name_checks.filter(state=State.WAITING).exists()
    assert real_name.submit(newcomer, document()).state == State.VERIFIED


def test_erasing_the_other_account_later_takes_nothing_away(ripe, reviewer, holder, newcomer):
    recovery.decide(ripe.pk, reviewer, State.VERIFIED)
    holder.delete()
    assert newcomer.real_name_checks.filter(state=State.VERIFIED).exists()


@pytest.mark.parametrize(
    "broken",
    [
        {"number": NUMBER},
        {"name": NAME},
        {"state": "verified", "decided_at": timezone.now(), "erase_after": None},
    ],
)
def test_the_database_refuses_a_request_with_a_document_or_a_decision(asked, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        RealNameCheck.objects.filter(pk=asked.pk).update(**broken)


def test_the_database_refuses_a_wait_without_a_request(newcomer, manual):
    check = real_name.submit(newcomer, document())
    with pytest.raises(IntegrityError), transaction.atomic():
        RealNameCheck.objects.filter(pk=check.pk).update(confirm_after=timezone.now())


def test_a_copy_of_ones_data_does_not_say_whose_the_other_account_is(asked, holder, newcomer):
    for _ in range(2):
        copy = str(own_data.take_copy(newcomer))
        assert str(asked.pk) in copy
        assert str(asked.recovers_id) not in copy
        assert str(holder.pk) not in copy
        recovery.say_no(holder)


def test_a_document_confirmed_by_a_reviewer_can_be_recovered_as_well(
    holder, newcomer, reviewer, manual, inbox
):
    check = real_name.submit(newcomer, document())
    assert real_name.decide(check.pk, reviewer, State.VERIFIED).reason == Reason.TAKEN
    assert recovery.ask(newcomer).confirm_after


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_makes_one_request(holder, newcomer, inbox):
    real_name.submit(newcomer, document())
    at_once(*[lambda: recovery.ask(newcomer)] * 4)
    assert newcomer.real_name_checks.filter(state=State.WAITING).count() == 1
    assert AuditEntry.objects.filter(act="recovery asked").count() == 1
    assert AuditEntry.objects.filter(act="recovery told").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_no_and_a_confirmation_at_once_one_counts(holder, newcomer, reviewer, inbox):
    real_name.submit(newcomer, document())
    check = recovery.ask(newcomer)
    RealNameCheck.objects.filter(pk=check.pk).update(confirm_after=timezone.now())

    def confirm():
        try:
            return recovery.decide(check.pk, reviewer, State.VERIFIED).state
        except real_name.AlreadyDecidedError:
            return "late"

    confirmed, refused = at_once(confirm, lambda: recovery.say_no(holder))
    assert (confirmed, refused) in [(State.VERIFIED, 0), ("late", 1)]
    expected = [Level.PHONE, Level.REAL_NAME] if refused == 0 else [Level.REAL_NAME, Level.PHONE]
    assert levels(holder, newcomer) == expected


@pytest.mark.django_db(transaction=True)
def test_two_requests_confirmed_at_once_move_it_once(holder, make_resident, reviewer, inbox):
    people = [make_resident(), make_resident()]
    checks = []
    for person in people:
        real_name.submit(person, document())
        checks.append(recovery.ask(person))
    RealNameCheck.objects.filter(state=State.WAITING).update(confirm_after=timezone.now())
    decide = recovery.decide
    done = at_once(*(lambda c=each: decide(c.pk, reviewer, State.VERIFIED) for each in checks))
    assert sorted(each.state for each in done) == [State.REFUSED, State.VERIFIED]
    assert sorted(levels(holder, *people)) == [Level.PHONE, Level.PHONE, Level.REAL_NAME]


def test_the_sign_in_of_the_holder_is_not_disturbed(ripe, reviewer, holder):
    browser = signed_in(holder)
    recovery.decide(ripe.pk, reviewer, State.VERIFIED)
    assert browser.get("/account/").status_code == 200


def test_the_form_of_another_document_stays_open_beside_it(taken, as_newcomer):
    content = as_newcomer.get("/real-name/").content.decode()
    assert 'name="number"' in content
    page = as_newcomer.post("/real-name/", payload(number="123"))
    assert page.status_code == 422
