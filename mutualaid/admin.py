"""The moderators' side: one admin site for all apps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django.views.decorators.cache import never_cache

from medicines.models import Medicine
from posts.models import Case, Post, State
from safety import alarms, audit
from safety.bounded import bounded_length
from verification import staff
from verification.models import RealNameCheck, Resident, signed_in
from verification.views import staff as staff_views

MOST_COUNTED = 100
MOST_ALARMS = 5  # on the first page

# Words of Django's admin that its Chinese lacks, and the names of our groups: for our catalogue.
WORDS_TO_TRANSLATE = [
    gettext_noop("Model name"),
    gettext_noop("Add link"),
    gettext_noop("Change or view list link"),
    gettext_noop("identity reviewer"),
    gettext_noop("post moderator"),
    gettext_noop("catalogue editor"),
    gettext_noop("operator"),
]


@dataclass(frozen=True)
class Queue:
    """What waits for somebody with a right: how much (never counted beyond 100), and where."""

    name: str | Promise
    permission: str
    page: str
    query: str
    rows: Callable[[Resident], QuerySet]


def queues() -> Iterator[Queue]:
    yield Queue(
        _("reports need a look"),
        "posts.moderate_post",
        "posts_case",
        "",
        lambda by: Case.objects.in_charge_of(by).open(),
    )
    yield Queue(
        _("real-name checks are waiting"),
        "verification.review_identity",
        "verification_realnamecheck",
        "",
        lambda _by: RealNameCheck.objects.filter(state=RealNameCheck.State.WAITING),
    )
    yield Queue(
        _("notes wait to be read"),
        "posts.moderate_post",
        "posts_post",
        "?standing=note",
        lambda by: Post.objects.in_charge_of(by).exclude(held_note="").order_by("-id"),
    )
    yield Queue(
        _("posts are on the square"),
        "posts.view_post",
        "posts_post",
        "?standing=square",
        lambda by: Post.objects.in_charge_of(by).open().order_by("-id"),
    )
    yield Queue(
        _("posts are hidden"),
        "posts.view_post",
        "posts_post",
        "?standing=hidden",
        lambda by: Post.objects.in_charge_of(by).filter(state=State.HIDDEN),
    )
    yield Queue(
        _("accounts are suspended"),
        "verification.view_resident",
        "verification_resident",
        "?is_active__exact=0",
        lambda _by: Resident.objects.filter(is_active=False),
    )
    yield Queue(
        _("medicines wait for a pharmacist"),
        "medicines.view_medicine",
        "medicines_medicine",
        f"?status__exact={Medicine.Status.PENDING}",
        lambda _by: Medicine.objects.filter(status=Medicine.Status.PENDING),
    )


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
        shown = []
        for queue in queues():
            if not request.user.has_perm(queue.permission):
                continue
            length = bounded_length(queue.rows(signed_in(request)), MOST_COUNTED + 1)
            shown.append(
                {
                    "name": queue.name,
                    "length": f"{MOST_COUNTED}+" if length > MOST_COUNTED else length,
                    "url": reverse(f"admin:{queue.page}_changelist") + queue.query,
                }
            )
        context = {"queues": shown, "alarms": open_alarms(request), **(extra_context or {})}
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
