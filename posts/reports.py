"""Reports: whoever sees something wrong says so. A moderator looks, or the poster is asked."""

from dataclasses import dataclass
from datetime import timedelta

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from posts import moderation, notices
from posts.closing import locked
from posts.models import Case, Harm, HiddenFor, Kind, Post, Report, ReportReason, State
from safety import audit, register
from safety.encryption import digest
from safety.quotas import Quota
from verification.models import Level, Resident
from verification.sms import Template

PER_RESIDENT = Quota("reports", settings.REPORTS_PER_DAY, timedelta(days=1))
PER_ADDRESS = Quota("reports from an address", settings.VISITOR_REPORTS_PER_DAY, timedelta(days=1))
DISMISSED_FOR = timedelta(days=30)
SETTLED_ACCOUNT = timedelta(days=1)


class AlreadyReportedError(Exception):
    """This person has reported this subject before."""


class TooManyReportsError(Exception):
    """This person, or this address, has reported as much as one may in a day."""


@dataclass(frozen=True)
class Reporter:
    """Who reports: a resident, or a visitor known for one day by a digest of his address."""

    resident: Resident | None = None
    visitor: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Reporter":
        if request.user.is_authenticated:
            return cls(resident=request.user)
        return cls(visitor=digest("reporter", f"{timezone.localdate()} {get_ip(request)}"))

    def may_report(self) -> bool:
        """Take one use of the quota."""
        if self.resident:
            return PER_RESIDENT.use(str(self.resident.pk))
        return PER_ADDRESS.use(self.visitor)

    def reports(self) -> QuerySet[Report]:
        if self.resident:
            return Report.objects.filter(resident=self.resident)
        return Report.objects.filter(visitor=self.visitor)


@dataclass(frozen=True)
class Subject:
    """What is reported: a post, or a person met around a post, perhaps for a message."""

    post: Post
    person: Resident | None = None
    quoted: str = ""

    def reasons(self) -> list[ReportReason]:
        """What can be wrong with it: a person is not settled, nor is he a medicine."""
        of_posts = {ReportReason.RESOLVED, ReportReason.UNSAFE, ReportReason.WRONG}
        return [each for each in ReportReason if not self.person or each not in of_posts]

    def reports(self) -> QuerySet[Report]:
        if self.person:
            return Report.objects.filter(person=self.person)
        return Report.objects.filter(post=self.post, person=None)

    def in_case(self) -> dict[str, object]:
        """The columns of a case that say what it is about."""
        if self.person:
            return {"kind": Case.Kind.PERSON, "post": None, "person": self.person}
        return {"kind": Case.Kind.POST, "post": self.post, "person": None}


def earlier(subject: Subject, by: Reporter) -> Report | None:
    """What somebody has reported of this subject already."""
    return (by.reports() & subject.reports()).first()


@transaction.atomic
def report(subject: Subject, by: Reporter, reason: ReportReason, words: str = "") -> Report:
    """File a report. The post or the person gets a case, or the post asks its poster.

    Each person reports a subject once; but who said "settled already" may still say that something
    is wrong. Raises `AlreadyReportedError`, `TooManyReportsError`.
    """
    post = lock(subject, by)
    made = earlier(subject, by) or Report(
        post=post, person=subject.person, resident=by.resident, visitor=by.visitor
    )
    if made.pk and (made.reason != ReportReason.RESOLVED or reason == ReportReason.RESOLVED):
        raise AlreadyReportedError
    if not by.may_report():
        raise TooManyReportsError
    made.reason, made.words, made.at = reason, words, timezone.now()
    made.quoted = subject.quoted
    made.case = None if reason == ReportReason.RESOLVED else case_of(subject, reason.harm)
    made.save()
    record(made)
    if reason == ReportReason.RESOLVED:
        ask_poster(post)
    elif made.case and subject.person is None:
        hide_if_many(post, made.case)
    return made


def lock(subject: Subject, by: Reporter) -> Post:
    """Hold everybody and everything of the report, in the order of all acts: people, then posts."""
    people = [each.pk for each in (subject.person, by.resident) if each]
    list(Resident.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    return locked(subject.post)


def case_of(subject: Subject, harm: Harm) -> Case:
    """The open case of a subject, with the worst harm that anybody has named."""
    case, created = Case.objects.select_for_update().get_or_create(
        **subject.in_case(), closed_at=None, defaults={"harm": harm}
    )
    if not created and case.harm < harm:
        case.harm = harm
        case.save(update_fields=["harm"])
    return case


def record(made: Report) -> None:
    by = {} if made.resident else {"by": "visitor"}
    if made.person:
        audit.record("person reported", made.person, made.resident, reason=made.reason)
    else:
        audit.record("post reported", made.post, made.resident, reason=made.reason, **by)


def ask_poster(post: Post) -> None:
    """Somebody says that it is settled: the poster is asked, everybody else sees no difference."""
    if post.state == State.OPEN and post.doubted_at is None:
        post.doubted_at = timezone.now()
        post.save(update_fields=["doubted_at"])
        notices.tell(post.resident, Template.STILL_THERE, post=post)


def hide_if_many(post: Post, case: Case) -> None:
    """An offer that several known people report leaves the square until a moderator has looked.

    A need never does: hiding it would hurt whoever is ill, and that is what some report it for.
    """
    if post.kind == Kind.OFFER and post.state == State.OPEN and is_enough(case):
        moderation.hide(post, None, HiddenFor.REPORTED)


def is_enough(case: Case) -> bool:
    """Whether REPORTS_TO_HIDE independent people have reported it.

    Independent are different accounts of real-name level that are not all a day old, and none of
    which has lately made a report that a moderator dismissed as unfounded.
    """
    lately = timezone.now() - DISMISSED_FOR
    careless = Report.objects.filter(
        case__outcome=Case.Outcome.DISMISSED, case__closed_at__gt=lately, resident__isnull=False
    )
    known = Resident.objects.filter(
        pk__in=case.reports.values("resident"), level=Level.REAL_NAME, is_active=True
    ).exclude(pk__in=careless.values("resident"))
    joined = list(known.values_list("date_joined", flat=True))
    if len(joined) < settings.REPORTS_TO_HIDE:
        return False
    return min(joined) < timezone.now() - SETTLED_ACCOUNT


def forget_old() -> int:
    """Delete cases that were decided REPORTS_KEPT ago, and reports that never became one."""
    before = timezone.now() - settings.REPORTS_KEPT
    cases = register.delete_in_batches(Case.objects.filter(closed_at__lte=before))
    return cases + register.delete_in_batches(Report.objects.filter(case=None, at__lte=before))
