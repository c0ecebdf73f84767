"""The moderators' side: one admin site for all apps."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache

import partners.access as partner_access
from medicines.models import Medicine
from partners.models import Feedback, FileState, Partner, ProofFile
from partners.models import State as PartnerState
from posts import access
from posts.models import OVER_SINCE, Harm, Message, Notice, Post, Reveal, State
from safety import alarms, audit, timed
from safety.models import Alarm
from verification import reach, staff
from verification.models import Resident, signed_in
from verification.views import staff as staff_views

MOST_COUNTED = 100
MOST_COUNTED_OF_A_DAY = 1000
MOST_ALARMS = 5  # on the first page

# Words of Django's admin and of django-tasks-db that their Chinese lacks, and the names of our
# groups: for our catalogue.
WORDS_TO_TRANSLATE = [
    gettext_noop("Model name"),
    gettext_noop("Add link"),
    gettext_noop("Change or view list link"),
    gettext_noop("identity reviewer"),
    gettext_noop("post moderator"),
    gettext_noop("catalogue editor"),
    gettext_noop("operator"),
    gettext_noop("enqueued at"),
    gettext_noop("started at"),
    gettext_noop("finished at"),
    gettext_noop("exception class path"),
]


@dataclass(frozen=True)
class Number:
    """How many rows somebody with a right would find, and where. Never counted to the end.

    `kind` names one column, and `kind_label` puts its value into words, for "3, of them 2 …".
    """

    name: str | Promise
    permission: str  # or, with a space between, several: each of them is enough
    page: str
    query: str
    rows: Callable[[Resident], QuerySet]
    kind: str = "pk"
    kind_label: Callable[[Any], str | Promise] = lambda _value: ""
    most: int = 0  # 0: as many as of a queue

    def shown(self, by: Resident) -> dict[str, Any]:
        """One query, that reads at most one row more than it says."""
        most = self.most or MOST_COUNTED
        rows = self.rows(by).prefetch_related(None).values_list(self.kind, flat=True)
        found = list(rows[: most + 1])
        kinds = Counter(str(self.kind_label(value)) for value in found[:most])
        return {
            "name": self.name,
            "length": f"{most}+" if len(found) > most else len(found),
            "kinds": [(label, number) for label, number in kinds.items() if label],
            "url": reverse(f"admin:{self.page}_changelist") + self.query if self.page else "",
        }


def queues() -> Iterator[Number]:
    """What waits for somebody."""
    yield Number(
        _("things need a look"),
        "posts.moderate_post verification.review_identity",
        "posts_case",
        "",
        lambda by: access.cases_of(by).open().by_urgency(),
        kind="harm",
        kind_label=lambda harm: Harm(harm).label,
    )
    yield Number(
        _("posts are on the square"),
        "posts.view_post",
        "posts_post",
        "?standing=square",
        lambda by: access.posts_of(by).open().order_by("-id"),
    )
    yield Number(
        _("posts are hidden"),
        "posts.view_post",
        "posts_post",
        "?standing=hidden",
        lambda by: access.posts_of(by).filter(state=State.HIDDEN),
    )
    yield Number(
        _("accounts are suspended"),
        "verification.view_resident",
        "verification_resident",
        "?is_active__exact=0",
        lambda by: reach.within(by, Resident.objects.filter(is_active=False)),
    )
    yield Number(
        _("medicines wait for a pharmacist"),
        "medicines.view_medicine",
        "medicines_medicine",
        f"?status__exact={Medicine.Status.PENDING}",
        lambda _by: Medicine.objects.filter(status=Medicine.Status.PENDING),
    )
    yield Number(
        _("bodies wait for an answer"),
        partner_access.DECIDE,
        "partners_partner",
        f"?state__exact={PartnerState.APPLIED}",
        lambda _by: Partner.objects.filter(state=PartnerState.APPLIED).order_by("applied_at"),
    )
    yield Number(
        _("verification files wait for a look"),
        partner_access.DECIDE,
        "partners_partner",
        f"?files={FileState.WAITING}",
        lambda _by: ProofFile.objects.filter(state=FileState.WAITING).order_by("made_at"),
    )
    yield Number(
        _("pieces of feedback wait"),
        "partners.answer_feedback",
        "partners_feedback",
        f"?state__exact={Feedback.State.NEW}",
        lambda by: partner_access.feedback_for(by).filter(state__in=Feedback.WAITING),
    )
    yield Number(
        _("tasks failed"),
        "safety.view_failedtask",
        "safety_failedtask",
        "",
        lambda _by: timed.failed().order_by("-finished_at"),
    )


def midnight() -> datetime:
    """When this day began, in the time zone of the site."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def newest_since(posts: QuerySet, since: datetime) -> QuerySet:
    """Of the newest posts (no index knows when they were published) those since then."""
    newest = posts.order_by("-id").values("pk")[: MOST_COUNTED_OF_A_DAY + 1]
    return Post.objects.filter(pk__in=newest, created_at__gte=since)


def of_today() -> Iterator[Number]:
    """What has happened since midnight, and the text messages that are in the outbox."""
    since, now = midnight(), timezone.now()
    most = MOST_COUNTED_OF_A_DAY
    yield Number(
        _("posts published"),
        "posts.view_post",
        "posts_post",
        "",
        lambda by: newest_since(access.posts_of(by), since),
        most=most,
    )
    yield Number(
        _("posts resolved"),
        "posts.view_post",
        "posts_post",
        "?standing=resolved",
        lambda by: (
            access.posts_of(by)
            .annotate(over=OVER_SINCE)
            .filter(erased_at=None, over__range=(since, now), state=State.RESOLVED)
        ),
        most=most,
    )
    yield Number(
        _("contacts shown"),
        "posts.view_reveal",
        "posts_reveal",
        "",
        lambda by: access.around_posts_of(by, Reveal.objects.filter(at__gte=since)),
        most=most,
    )
    yield Number(
        _("messages left"),
        "posts.view_message",
        "posts_message",
        "",
        lambda by: access.around_posts_of(by, Message.objects.filter(at__gte=since)),
        most=most,
    )
    yield Number(
        _("new residents"),
        "verification.view_resident",
        "verification_resident",
        "",
        lambda by: reach.within(by, Resident.objects.filter(date_joined__gte=since)),
        most=most,
    )
    yield Number(
        _("alarms"),
        "safety.view_alarm",
        "safety_alarm",
        "",
        lambda _by: Alarm.objects.filter(at__gte=since),
        most=most,
    )
    yield Number(
        _("text messages wait to be sent"),
        "safety.acknowledge_alarm",
        "",
        "",
        lambda _by: Notice.objects.filter(due_at__lte=now),
        most=most,
    )
    yield Number(
        _("text messages failed and are tried again"),
        "safety.acknowledge_alarm",
        "",
        "",
        lambda _by: Notice.objects.filter(due_at__gt=now),
        most=most,
    )


def for_somebody(numbers: Iterator[Number], request: HttpRequest) -> list[dict[str, Any]]:
    """Those that this member of staff has a right to, and within the own areas."""
    by = signed_in(request)
    return [each.shown(by) for each in numbers if any(map(by.has_perm, each.permission.split()))]


def open_alarms(request: HttpRequest) -> QuerySet | list:
    """The newest alarms that nobody has seen to, for whoever may do so."""
    if not request.user.has_perm("safety.acknowledge_alarm"):
        return []
    return alarms.unseen()[:MOST_ALARMS]


class Site(admin.AdminSite):
    site_header = _("Medicine mutual aid · moderators")
    site_title = _("Moderators")
    index_title = _("What is waiting")
    index_template = "admin/first_page.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff, and only after the second factor."""
        return super().has_permission(request) and staff.passed(request)

    def get_urls(self) -> list[Any]:
        return [
            path("second-factor/", staff_views.second_factor, name="second_factor"),
            path("second-factor/set-up/", staff_views.set_up, name="second_factor_set_up"),
            path(
                "recovery-codes/",
                self.admin_view(staff_views.recovery_codes),
                name="recovery_codes",
            ),
            *super().get_urls(),
        ]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """User name and password, as Django asks for them; then on to the second factor."""
        if request.method == "GET" and self.has_permission(request):
            return redirect("admin:index")
        context = {
            **self.each_context(request),
            "title": _("Sign in"),
            "subtitle": None,
            "app_path": request.get_full_path(),
            "username": request.user.get_username(),
            **(extra_context or {}),
        }
        return staff_views.PasswordStep.as_view(extra_context=context)(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {
            "queues": for_somebody(queues(), request),
            "today": for_somebody(of_today(), request),
            "alarms": open_alarms(request),
            **(extra_context or {}),
        }
        return super().index(request, context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """One's own password. An act and its record are one."""
        with transaction.atomic():
            response = super().password_change(request, extra_context)
            if response.status_code == 302:
                audit.record("password changed", signed_in(request), request.user)
        return response
