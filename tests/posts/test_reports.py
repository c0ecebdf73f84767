"""Reports: who may, how often, and what many of them do to an offer and to a need."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from posts import cases, closing, moderation, reports
from posts.models import Case, Harm, HiddenFor, Listing, Post, Report, ReportReason, State
from posts.reports import Reporter, Subject, report
from safety.models import AuditEntry
from safety.quotas import Quota
from tests.conftest import make_resident
from tests.posts.factories import need, offer
from tests.verification.threads import at_once
from verification.models import Level, Resident

pytestmark = pytest.mark.django_db
LAST_WEEK = timezone.now() - timedelta(days=7)


@pytest.fixture
def post(resident) -> Post:
    return offer(resident)


def known(number: int, level: Level = Level.REAL_NAME, joined=LAST_WEEK) -> list[Resident]:
    people = [make_resident(f"+861390077{each:04d}", level) for each in range(number)]
    Resident.objects.filter(pk__in=[each.pk for each in people]).update(date_joined=joined)
    return people


def reported(post: Post, people: list[Resident], reason=ReportReason.WRONG) -> Post:
    for each in people:
        report(Subject(post), Reporter(each), reason)
    post.refresh_from_db()
    return post


# --- what a report does ---------------------------------------------------------------------------
def test_a_report_opens_a_case_of_its_harm(post, helper):
    made = report(Subject(post), Reporter(helper), ReportReason.UNSAFE, "拆开的药")
    assert (made.case.kind, made.case.post, made.case.harm) == ("post", post, Harm.HEALTH)
    entry = AuditEntry.objects.get(act="post reported")
    assert (entry.subject, entry.actor, entry.details) == (
        str(post.public_id),
        helper.pk,
        {"reason": "unsafe"},
    )


def test_its_words_are_ciphertext_in_the_database(post, helper):
    made = report(Subject(post), Reporter(helper), ReportReason.UNSAFE, "拆开的药")
    made.refresh_from_db()
    assert made.words == "拆开的药"
    with transaction.get_connection().cursor() as cursor:
        cursor.execute("SELECT words FROM posts_report")
        assert "拆" not in cursor.fetchone()[0]


def test_all_reports_of_a_post_are_one_case_with_the_worst_harm(post, helper, stranger):
    report(Subject(post), Reporter(helper), ReportReason.WRONG)
    report(Subject(post), Reporter(stranger), ReportReason.HARASSMENT)
    report(Subject(post), Reporter(visitor="v" * 64), ReportReason.OTHER)
    case = Case.objects.get()
    assert case.harm == Harm.PERSON
    assert case.reports.count() == 3


def test_a_person_and_a_post_are_two_cases(post, resident, helper):
    report(Subject(post), Reporter(helper), ReportReason.WRONG)
    report(Subject(post, resident), Reporter(helper), ReportReason.HARASSMENT)
    assert set(Case.objects.values_list("kind", "post", "person")) == {
        ("post", post.pk, None),
        ("person", None, resident.pk),
    }


def test_one_person_reports_one_subject_once(post, helper):
    report(Subject(post), Reporter(helper), ReportReason.WRONG)
    with pytest.raises(reports.AlreadyReportedError):
        report(Subject(post), Reporter(helper), ReportReason.SOLD)
    with pytest.raises(reports.AlreadyReportedError):
        report(Subject(post), Reporter(helper), ReportReason.RESOLVED)
    assert Report.objects.get().reason == "wrong"


def test_one_person_is_reported_once_by_another_whatever_the_post(post, resident, helper):
    report(Subject(post, resident), Reporter(helper), ReportReason.SOLD)
    with pytest.raises(reports.AlreadyReportedError):
        report(Subject(offer(resident), resident), Reporter(helper), ReportReason.SOLD)


def test_who_said_settled_may_still_say_unsafe(post, helper):
    report(Subject(post), Reporter(helper), ReportReason.RESOLVED)
    report(Subject(post), Reporter(helper), ReportReason.UNSAFE)
    made = Report.objects.get()
    assert (made.reason, made.case.harm) == ("unsafe", Harm.HEALTH)


def test_a_new_report_after_a_decision_is_a_new_case(post, helper, stranger, moderator):
    first = report(Subject(post), Reporter(helper), ReportReason.WRONG).case
    cases.take(first.pk, moderator)
    cases.decide(first.pk, moderator, "kept")
    assert report(Subject(post), Reporter(stranger), ReportReason.WRONG).case != first


# --- "settled already" ----------------------------------------------------------------------------
def test_settled_already_asks_the_poster_and_nobody_else_notices(
    post, helper, as_resident, as_stranger
):
    before = as_stranger.get(f"/posts/{post.public_id}/").content
    report(Subject(post), Reporter(helper), ReportReason.RESOLVED)
    post.refresh_from_db()
    assert post.asks_its_poster
    assert not post.is_unconfirmed
    assert not Case.objects.exists()
    assert "还在吗" in as_resident.get("/mine/").content.decode()
    assert as_stranger.get(f"/posts/{post.public_id}/").content == before


def test_settled_already_never_hides(post):
    reported(post, known(5), ReportReason.RESOLVED)
    assert post.state == State.OPEN


def test_still_there_answers_the_doubt_and_lifts_nothing(post, helper, resident):
    rank = Listing.objects.filter(post=post)[0].rank
    report(Subject(post), Reporter(helper), ReportReason.RESOLVED)
    after = closing.extend(post, resident)
    assert not after.asks_its_poster
    assert after.confirmed_at == post.confirmed_at
    assert Listing.objects.filter(post=post)[0].rank == rank


# --- enough of them -------------------------------------------------------------------------------
def test_three_known_people_hide_an_offer_until_somebody_looks(post, as_resident):
    assert reported(post, known(2)).state == State.OPEN
    [third] = known_more(1)
    reported(post, [third])
    assert (post.state, post.hidden_for) == (State.HIDDEN, HiddenFor.REPORTED)
    assert not Listing.objects.filter(post=post).exists()
    assert AuditEntry.objects.get(act="post hidden").actor is None
    page = as_resident.get("/mine/").content.decode()
    assert "banner-danger" in page


def known_more(number: int, **options) -> list[Resident]:
    people = [make_resident(f"+861390088{each:04d}", Level.REAL_NAME) for each in range(number)]
    Resident.objects.filter(pk__in=[each.pk for each in people]).update(
        date_joined=options.get("joined", LAST_WEEK)
    )
    return people


def test_a_need_is_never_hidden_by_reports(resident):
    assert reported(need(resident), known(6), ReportReason.SOLD).state == State.OPEN


def test_people_without_a_real_name_hide_nothing(post):
    assert reported(post, known(9, Level.PHONE)).state == State.OPEN


def test_visitors_hide_nothing(post):
    for number in range(9):
        report(Subject(post), Reporter(visitor=f"{number:064d}"), ReportReason.UNSAFE)
    post.refresh_from_db()
    assert post.state == State.OPEN


def test_accounts_that_are_all_new_hide_nothing_until_an_older_one_joins_them(post):
    reported(post, known(4, joined=timezone.now()))
    assert post.state == State.OPEN
    reported(post, known_more(1))
    assert post.state == State.HIDDEN


def test_suspended_people_do_not_count(post):
    people = known(3)
    Resident.objects.filter(pk=people[0].pk).update(is_active=False)
    assert reported(post, people).state == State.OPEN


def test_people_whose_reports_were_dismissed_do_not_count_for_a_month(post, helper, moderator):
    people = known(3)
    other = reported(offer(helper), people[:1])
    case = Case.objects.get(post=other)
    cases.take(case.pk, moderator)
    cases.decide(case.pk, moderator, "dismissed")
    assert reported(post, people).state == State.OPEN
    Case.objects.filter(pk=case.pk).update(closed_at=timezone.now() - timedelta(days=31))
    last = known_more(1)
    assert reported(post, last).state == State.HIDDEN


def test_how_many_it_takes_is_a_setting(post, settings):
    settings.REPORTS_TO_HIDE = 2
    assert reported(post, known(2)).state == State.HIDDEN


def test_a_resolved_offer_is_not_hidden(post, resident):
    closing.resolve(post, resident)
    assert reported(post, known(3)).state == State.RESOLVED


def test_a_moderators_own_reason_goes_before_the_reports(post, moderator):
    reported(post, known(3))
    moderation.hide(post, moderator, HiddenFor.TRADE)
    post.refresh_from_db()
    assert post.hidden_for == HiddenFor.TRADE


# --- limits ---------------------------------------------------------------------------------------
def test_a_resident_reports_so_often_a_day(resident, helper, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    for _each in range(settings.REPORTS_PER_DAY):
        report(Subject(offer(resident)), Reporter(helper), ReportReason.OTHER)
    last = offer(resident)
    with pytest.raises(reports.TooManyReportsError):
        report(Subject(last), Reporter(helper), ReportReason.OTHER)
    assert not last.reports.exists()


def test_an_address_reports_so_often_a_day(resident, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    visitor = Reporter(visitor="v" * 64)
    for _each in range(settings.VISITOR_REPORTS_PER_DAY):
        report(Subject(offer(resident)), visitor, ReportReason.OTHER)
    with pytest.raises(reports.TooManyReportsError):
        report(Subject(offer(resident)), visitor, ReportReason.OTHER)


def test_a_report_that_is_refused_uses_nothing_up(post, helper, resident, monkeypatch):
    monkeypatch.setattr(reports, "PER_RESIDENT", Quota("test reports", 2, timedelta(days=1)))
    report(Subject(post), Reporter(helper), ReportReason.OTHER)
    for _each in range(3):
        with pytest.raises(reports.AlreadyReportedError):
            report(Subject(post), Reporter(helper), ReportReason.OTHER)
    assert report(Subject(offer(resident)), Reporter(helper), ReportReason.OTHER)


@pytest.mark.parametrize(
    "row",
    [
        {"visitor": ""},  # nobody reports
        {"visitor": "v" * 64, "reason": "resolved", "case": True},
        {"visitor": "v" * 64, "case": False},
        {"visitor": "v" * 64, "person": True},
    ],
)
def test_the_database_refuses_a_report_that_makes_no_sense(post, resident, row):
    case = Case.objects.create(kind="post", post=post, harm=1)
    row = {"reason": "wrong", "case": True} | row
    row["case"] = case if row["case"] else None
    row["person"] = resident if row.get("person") else None
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(post=post, **row)


def test_the_database_refuses_a_second_open_case(post, resident):
    for subject in ({"kind": "post", "post": post}, {"kind": "person", "person": resident}):
        Case.objects.create(harm=1, **subject)
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.create(harm=1, **subject)


# --- at the same moment ---------------------------------------------------------------------------
def tried(*what):
    try:
        return report(*what)
    except (reports.AlreadyReportedError, reports.TooManyReportsError) as refused:
        return type(refused).__name__


@pytest.mark.django_db(transaction=True)
def test_three_reports_at_once_hide_an_offer(post):
    calls = [
        lambda each=each: tried(Subject(post), Reporter(each), ReportReason.SOLD)
        for each in known(3)
    ]
    at_once(*calls)
    post.refresh_from_db()
    assert post.state == State.HIDDEN
    assert Case.objects.get().reports.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_is_one_report(post, resident, helper):
    subject = Subject(post, resident)
    results = at_once(
        *[lambda: tried(subject, Reporter(helper), ReportReason.SOLD) for _each in range(4)]
    )
    assert results.count("AlreadyReportedError") == 3
    assert Report.objects.count() == Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["resident", "visitor"])
def test_the_quotas_are_exact_when_many_ask_at_once(resident, helper, monkeypatch, settings, who):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    quota = Quota(f"race of reports by a {who}", 3, timedelta(days=1))
    monkeypatch.setattr(reports, {"resident": "PER_RESIDENT", "visitor": "PER_ADDRESS"}[who], quota)
    by = Reporter(helper) if who == "resident" else Reporter(visitor="v" * 64)
    posts = [offer(resident) for _each in range(8)]
    results = at_once(
        *[lambda each=each: tried(Subject(each), by, ReportReason.OTHER) for each in posts]
    )
    assert results.count("TooManyReportsError") == 5
    assert Report.objects.count() == 3


# --- and then they go -----------------------------------------------------------------------------
def test_old_decisions_and_their_reports_are_deleted(post, helper, stranger, moderator):
    case = report(Subject(post), Reporter(helper), ReportReason.WRONG).case
    cases.take(case.pk, moderator)
    cases.decide(case.pk, moderator, "kept")
    report(Subject(post), Reporter(stranger), ReportReason.RESOLVED)
    waits = report(Subject(post), Reporter(visitor="v" * 64), ReportReason.WRONG)
    call_command("tidy", verbosity=0)
    assert Report.objects.count() == 3
    then = timezone.now() - settings.REPORTS_KEPT
    Case.objects.filter(pk=case.pk).update(closed_at=then)
    Report.objects.update(at=then)
    call_command("tidy", verbosity=0)
    assert Report.objects.get() == waits
