"""The real-name check: the resident's page, the acts behind it, and what is kept."""

import logging
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from safety.models import AuditEntry
from tests.verification.conftest import decision, held_page
from tests.verification.threads import at_once
from verification import consent, identity, real_name
from verification.documents import Document
from verification.identity import Answer, Outcome
from verification.models import Consent, DocumentType, Level, RealNameCheck, Resident
from verification.signals import real_name_verified

pytestmark = pytest.mark.django_db

NUMBER, NAME = "110101199003070011", "刘芳芳"
State, Reason = RealNameCheck.State, RealNameCheck.Reason


def payload(**overrides):
    return {
        "document_type": "id-card",
        "name": NAME,
        "number": NUMBER,
        "consent": "on",
        **overrides,
    }


def document(number=NUMBER):
    return Document(DocumentType.ID_CARD, NAME, number)


@pytest.fixture
def answers(monkeypatch):
    """Make the provider answer this."""

    def answer(outcome, reason=""):
        class Provider:
            accepts_anything = False

            def check(self, document):
                return Answer(outcome, reason)

        monkeypatch.setattr(identity, "provider", Provider)

    return answer


def test_a_good_document_verifies_and_leads_back(as_newcomer, newcomer):
    response = as_newcomer.post("/real-name/?next=/need/check/", payload())
    assert response.url == "/need/check/"
    newcomer.refresh_from_db()
    assert newcomer.level == Level.REAL_NAME
    check = newcomer.real_name_checks.get()
    assert (check.state, check.masked_name, check.provider) == (State.VERIFIED, "刘**", "demo")
    assert (check.name, check.number, check.erase_after) == ("", "", None)


def test_the_consent_is_kept_with_its_version(as_newcomer, newcomer):
    as_newcomer.post("/real-name/", payload())
    given = newcomer.consents.get()
    assert (given.purpose, given.version) == ("real-name", consent.VERSIONS["real-name"])


def test_without_consent_nothing_is_checked(as_newcomer, newcomer):
    response = as_newcomer.post("/real-name/", payload(consent=""))
    assert response.status_code == 422
    assert response.context["form"].has_error("consent")
    assert NAME in response.content.decode()
    assert not newcomer.real_name_checks.exists()
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("document_type", "library-card"), ("name", ""), ("number", "123"), ("number", "\x00")],
)
def test_a_bad_field_is_said_and_nothing_typed_is_lost(as_newcomer, field, value):
    response = as_newcomer.post("/real-name/", payload(**{field: value}))
    assert response.status_code == 422
    assert response.context["form"].has_error(field)
    kept = NAME if field == "number" else NUMBER
    assert kept in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_the_page_asks_for_sign_in_and_comes_back(client):
    response = client.get("/real-name/?next=/need/check/")
    assert response.url == "/signin/?next=%2Freal-name%2F%3Fnext%3D%2Fneed%2Fcheck%2F"


def test_a_staff_account_without_phone_is_told_what_to_do(client, reviewer):
    client.force_login(reviewer)
    response = client.get("/real-name/", follow=True)
    assert response.redirect_chain == [("/account/", 302)]


def test_a_way_back_to_another_site_is_ignored(as_newcomer):
    response = as_newcomer.post("/real-name/?next=https://evil.example/", payload())
    assert response.url == "/account/"


def test_who_is_verified_sees_that_and_cannot_send_another(as_newcomer, newcomer):
    as_newcomer.post("/real-name/", payload())
    response = as_newcomer.post("/real-name/", payload(number="440305196001010014"))
    assert response.status_code == 200
    assert newcomer.real_name_checks.count() == 1


def test_a_refusal_says_why_and_takes_another_document(as_newcomer, newcomer, answers):
    answers(Outcome.REFUSED, Reason.MISMATCH)
    page = as_newcomer.post("/real-name/?next=/need/", payload(), follow=True)
    assert page.status_code == 200
    assert str(Reason.MISMATCH.label) in page.content.decode()
    answers(Outcome.VERIFIED)
    assert as_newcomer.post("/real-name/?next=/need/", payload()).url == "/need/"


def test_a_provider_that_is_away_lets_people_go_on(as_newcomer, newcomer, answers):
    answers(Outcome.TRY_LATER, Reason.PROVIDER_AWAY)
    page = as_newcomer.post("/real-name/?next=/need/check/", payload(), follow=True)
    assert 'href="/need/check/"' in page.content.decode()
    assert newcomer.real_name_checks.get().state == State.TRY_LATER


def test_a_sixth_document_in_a_day_is_refused(as_newcomer, newcomer, answers):
    answers(Outcome.REFUSED, Reason.INVALID)
    statuses = [as_newcomer.post("/real-name/", payload()).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [422]


def test_a_new_account_for_the_same_phone_gets_no_new_tries(newcomer, make_resident, answers):
    answers(Outcome.REFUSED, Reason.INVALID)
    for number in range(5):
        real_name.submit(newcomer, document(f"number {number}"))
    phone = newcomer.phone
    newcomer.delete()
    again = make_resident()
    again.set_phone(phone)
    again.save()
    with pytest.raises(real_name.TooManyTriesError):
        real_name.submit(again, document("another number"))


def test_many_accounts_cannot_guess_the_name_of_one_document(make_resident, answers):
    answers(Outcome.REFUSED, Reason.MISMATCH)
    for _ in range(5):
        real_name.submit(make_resident(), document())
    sixth = make_resident()
    with pytest.raises(real_name.TooManyTriesError):
        real_name.submit(sixth, document())
    answers(Outcome.VERIFIED)
    for _ in range(5):  # the refusal used nothing up
        assert real_name.PER_PERSON.use(str(sixth.pk))


def test_the_page_keeps_what_was_typed_when_the_day_is_used_up(as_newcomer, newcomer):
    while real_name.PER_PERSON.use(str(newcomer.pk)):
        pass
    page = as_newcomer.post("/real-name/", payload(), headers={"accept-language": "en"})
    assert page.status_code == 422
    assert "Please try again tomorrow" in page.content.decode()
    assert NUMBER in page.content.decode()


def test_one_document_serves_one_account(newcomer, make_resident):
    real_name.submit(newcomer, document())
    second = make_resident()
    check = real_name.submit(second, document())
    assert (check.state, check.reason) == (State.REFUSED, Reason.TAKEN)
    second.refresh_from_db()
    assert second.level == Level.PHONE


def test_the_audit_log_holds_states_and_no_person(newcomer):
    check = real_name.submit(newcomer, document())
    entry = AuditEntry.objects.get(act="real-name check")
    assert (entry.actor, entry.subject) == (newcomer.pk, str(check.pk))
    assert set(entry.details) == {"document", "provider", "state", "reason"}


def test_others_hear_of_a_verified_name(newcomer):
    heard = []

    def listen(resident, **rest):
        heard.append(resident.pk)

    real_name_verified.connect(listen)
    try:
        real_name.submit(newcomer, document())
    finally:
        real_name_verified.disconnect(listen)
    assert heard == [newcomer.pk]


def test_a_waiting_check_shows_its_state_and_the_way_on(as_newcomer, newcomer, manual):
    page = as_newcomer.post("/real-name/?next=/need/check/", payload(), follow=True)
    content = page.content.decode()
    assert 'href="/need/check/"' in content
    assert NUMBER not in content
    check = newcomer.real_name_checks.get()
    assert (check.name, check.number) == (NAME, NUMBER)
    assert check.erase_after - check.created_at == timedelta(hours=72)


def test_the_reviewer_decides_and_the_data_goes(newcomer, reviewer, manual):
    check = real_name.submit(newcomer, document())
    seen = real_name.look(check.pk, reviewer)
    assert (seen.name, seen.number) == (NAME, NUMBER)
    real_name.decide(check.pk, reviewer, State.VERIFIED)
    check.refresh_from_db()
    newcomer.refresh_from_db()
    assert (check.state, check.name, check.number) == (State.VERIFIED, "", "")
    assert (check.decided_by, newcomer.level) == (reviewer, Level.REAL_NAME)
    entries = AuditEntry.objects.filter(subject=check.pk).order_by("id")
    acts = list(entries.values_list("act", flat=True))
    assert acts == ["real-name check", "identity seen", "real-name decided"]


def test_a_decision_is_taken_once(newcomer, reviewer, manual):
    check = real_name.submit(newcomer, document())
    real_name.decide(check.pk, reviewer, State.REFUSED, Reason.MISMATCH)
    with pytest.raises(real_name.AlreadyDecidedError):
        real_name.decide(check.pk, reviewer, State.VERIFIED)
    with pytest.raises(real_name.AlreadyDecidedError):
        real_name.look(check.pk, reviewer)


def test_nobody_reviews_their_own_document_or_without_the_right(newcomer, reviewer, manual):
    reviewer.set_phone("+8613700137000")
    reviewer.save()
    own = real_name.submit(reviewer, document())
    other = real_name.submit(newcomer, document())
    for check, person in ((own, reviewer), (other, newcomer)):
        with pytest.raises(PermissionDenied):
            real_name.look(check.pk, person)
        with pytest.raises(PermissionDenied):
            real_name.decide(check.pk, person, State.VERIFIED)


def test_a_confirmed_document_of_another_account_is_refused_all_the_same(
    newcomer, make_resident, reviewer, manual
):
    checks = [real_name.submit(person, document()) for person in (newcomer, make_resident())]
    decided = [real_name.decide(check.pk, reviewer, State.VERIFIED) for check in checks]
    assert [check.state for check in decided] == [State.VERIFIED, State.REFUSED]
    assert decided[1].reason == Reason.TAKEN


def test_what_nobody_decided_in_time_is_erased(newcomer, reviewer, manual, capsys):
    check = real_name.submit(newcomer, document())
    long_ago = timezone.now() - timedelta(hours=73)
    RealNameCheck.objects.update(created_at=long_ago, erase_after=long_ago + timedelta(hours=72))
    with pytest.raises(real_name.AlreadyDecidedError):
        real_name.look(check.pk, reviewer)
    call_command("tidy")
    assert "1" in capsys.readouterr().out
    check.refresh_from_db()
    assert (check.state, check.reason, check.name, check.number) == (
        State.TRY_LATER,
        Reason.OVERDUE,
        "",
        "",
    )
    assert real_name.erase_overdue() == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "verified", "decided_at": timezone.now(), "number": NUMBER},
        {"state": "refused", "reason": "invalid", "decided_at": timezone.now(), "name": NAME},
        {"state": "waiting", "erase_after": None},
        {"state": "waiting", "erase_after": timezone.now() + timedelta(hours=100)},
        {"state": "refused", "reason": "", "decided_at": timezone.now()},
    ],
)
def test_the_database_refuses_what_must_never_be(newcomer, broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        RealNameCheck.objects.create(
            resident=newcomer,
            document_type="id-card",
            document_digest="0" * 64,
            masked_name="刘**",
            provider="manual",
            **broken,
        )


def every_text_in_the_database():
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name, column_name FROM information_schema.columns
               WHERE table_schema = 'public'
               AND data_type IN ('text', 'character varying', 'jsonb', 'json')"""
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT "{column}"::text FROM "{table}"')  # noqa: S608
            yield from (row[0] for row in cursor.fetchall() if row[0])


def test_after_the_decision_the_number_is_nowhere(as_newcomer, newcomer, reviewer, manual, caplog):
    caplog.set_level(logging.DEBUG)
    as_newcomer.post("/real-name/", payload(number="12345"))
    as_newcomer.post("/real-name/", payload())
    check = newcomer.real_name_checks.get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM verification_realnamecheck")
        ciphertext = cursor.fetchone()[0]
    assert NUMBER not in ciphertext
    client = Client()
    client.force_login(reviewer)
    page = held_page(client, check)
    assert NUMBER in client.get(page).content.decode()
    client.post(decision(page), {"decision": "verified"})
    for text in [*every_text_in_the_database(), caplog.text]:
        assert NUMBER not in text
        assert NAME not in text
        assert ciphertext not in text


def test_a_report_of_an_error_holds_neither_name_nor_number(as_newcomer, monkeypatch, reports):
    def fail(document):
        raise RuntimeError("the provider fell over")

    monkeypatch.setattr(identity, "provider", lambda: SimpleNamespace(check=fail))
    as_newcomer.raise_request_exception = False
    assert as_newcomer.post("/real-name/", payload()).status_code == 500
    assert "the provider fell over" in reports[0]
    assert NUMBER not in reports[0]
    assert NAME not in reports[0]


@pytest.mark.django_db(transaction=True)
def test_of_two_accounts_with_one_document_at_once_one_wins(make_resident):
    people = [make_resident(), make_resident()]
    at_once(*(lambda person=person: real_name.submit(person, document()) for person in people))
    states = sorted(RealNameCheck.objects.values_list("state", flat=True))
    assert states == ["refused", "verified"]
    assert Resident.objects.filter(level=Level.REAL_NAME).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_accounts_at_once_ask_about_one_document_five_times(make_resident, monkeypatch):
    """With a provider that costs money, and a number that is being guessed at."""
    asked = []

    class Provider:
        accepts_anything = False

        def check(self, document):
            asked.append(document.digest)
            return Answer(Outcome.REFUSED, Reason.MISMATCH)

    monkeypatch.setattr(identity, "provider", Provider)

    def attempt(person):
        try:
            return real_name.submit(person, document()).reason
        except real_name.TooManyTriesError:
            return "too many"

    people = [make_resident() for _ in range(9)]
    results = at_once(*(lambda person=each: attempt(person) for each in people))
    assert sorted(results) == [Reason.MISMATCH] * 5 + ["too many"] * 4
    assert len(asked) == 5


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_makes_one_check(make_resident, settings):
    settings.REAL_NAME_PROVIDER = "manual"
    person = make_resident()
    at_once(*[lambda: real_name.submit(person, document())] * 4)
    assert RealNameCheck.objects.count() == 1
    assert AuditEntry.objects.filter(act="real-name check").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(make_resident, reviewer, settings):
    settings.REAL_NAME_PROVIDER = "manual"
    check = real_name.submit(make_resident(), document())

    def decide(state, reason=""):
        try:
            real_name.decide(check.pk, reviewer, state, reason)
        except real_name.AlreadyDecidedError:
            return "late"
        return "counted"

    results = at_once(
        lambda: decide(State.VERIFIED), lambda: decide(State.REFUSED, Reason.MISMATCH)
    )
    assert sorted(results) == ["counted", "late"]
    assert AuditEntry.objects.filter(act="real-name decided").count() == 1
