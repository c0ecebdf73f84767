"""The one queue of the staff: one case after the other, on a phone too, with one tap each.

Reports, waiting notes and identity checks, as far as the rights of whoever looks go.

Contact data is shown to nobody here. Whoever is limited to areas meets the cases of those alone.
"""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from posts import access, cases, identity_admin
from posts.cases import OUTCOMES, Outcome, reasons_of
from posts.closing import NotPossibleError
from posts.models import Case, HiddenFor, Post, Report, ReportReason
from safety.admin import ReadOnlyAdmin, history
from safety.screening import screen
from verification import real_name
from verification.admin import ResidentAdmin
from verification.models import Resident, signed_in
from verification.suspension import Reason

# The history of a person tells of reports too: their reasons are words of this app.
ResidentAdmin.audit_choices["reason"] += ReportReason.choices
SHOWN_REPORTS, SHOWN_HISTORY, SHOWN_OTHERS = 20, 20, 5


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    audit_choices: ClassVar = {
        "outcome": Outcome.choices,
        "reason": [*HiddenFor.choices, *Reason.choices],
    }

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_see_cases(signed_in(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return access.cases_of(signed_in(request))

    def get_urls(self) -> list[URLPattern]:
        acts = [
            path("take/", self.act(self.take_view), name="posts_case_take"),
            *(
                path(f"<uuid:case_id>/{word}/", self.act(view), name=f"posts_case_{name}")
                for word, name, view in [
                    ("decision", "decide", self.decide_view),
                    ("undo", "undo", self.undo_view),
                    ("put-back", "put_back", self.put_back_view),
                ]
            ),
        ]
        return [*acts, *super().get_urls()]

    def act(self, view: Any) -> Any:
        """A view of one act: by POST, with the right to it; what came in between is said."""

        def checked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method != "POST" or not self.has_view_permission(request):
                raise PermissionDenied
            try:
                return view(request, **kwargs)
            except Case.DoesNotExist:
                raise Http404 from None
            except cases.NotHeldError:
                words = _("Another moderator has taken this case, or it has been decided.")
                messages.warning(request, words)
            except NotPossibleError:
                words = _("That is not possible any more: something has changed meanwhile.")
                messages.error(request, words)
            return redirect("admin:posts_case_changelist")

        return self.admin_site.admin_view(checked)

    # --- the queue -------------------------------------------------------------------------------
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Open cases by harm and waiting time; with `decided=1` what was decided, newest first."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        real_name.erase_overdue()  # whoever looks at the queue never sees what is overdue
        is_decided = request.GET.get("decided") == "1"
        read = cases.decided if is_decided else cases.queue
        context = {
            **self.admin_site.each_context(request),
            "title": _("What needs a look"),
            "page": read(signed_in(request), request.GET.get("after", "")),
            "is_decided": is_decided,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/cases.html", context)

    def take_view(self, request: HttpRequest) -> HttpResponse:
        """Hold the case named in `case`, or without one the most urgent."""
        by, chosen = signed_in(request), request.POST.get("case")
        if chosen is None:
            case = cases.take_next(by)
            if case is None:
                messages.success(request, _("Nothing is waiting. Thank you!"))
                return redirect("admin:posts_case_changelist")
        else:
            case = cases.take(case_id_in(chosen), by)
        return redirect("admin:posts_case_change", case.pk)

    # --- one case --------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The post, its history, the reports and the person; the outcomes for whoever holds it.

        An identity has a page of its own.
        """
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        by = signed_in(request)
        case = access.cases_of(by).for_list().filter(pk=case_id_in(object_id)).first()
        if case is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "title": case.get_kind_display(),
            "case": case,
            **self.choices_for(case, by),
            "opts": self.opts,
        }
        if case.identity:
            return identity_admin.page(request, case, context)
        context |= self.about(case, by)
        return TemplateResponse(request, "admin/case.html", context)

    def about(self, case: Case, by: Resident) -> dict[str, Any]:
        """What is known of the subject. A fixed number of queries."""
        person = cases.person_of(case)
        return {
            "post": case.post,
            "note": screen(case.post.held_note) if case.post and is_about_note(case) else None,
            "person": person,
            "reports": reports_of(case),
            "post_history": history(case.post, SHOWN_HISTORY) if case.post else [],
            "person_history": history(person, SHOWN_OTHERS),
            "other_posts": other_posts(case, person, by),
            "earlier": earlier_cases(case, person, by),
        }

    def choices_for(self, case: Case, by: Resident) -> dict[str, Any]:
        """What this moderator can do with the case now."""
        is_mine = case.closed_at is None and case.taken_by_id == by.pk
        may_suspend = access.may_suspend(by)
        outcomes = [
            (outcome.value, outcome.label, reasons_of(outcome))
            for outcome in OUTCOMES[Case.Kind(case.kind)]
            if outcome != Outcome.SUSPENDED or may_suspend
        ]
        return {
            "is_mine": is_mine,
            "is_free": case.closed_at is None and not case.is_held,
            "can_be_undone": cases.can_be_undone(case, by),
            "recalls_all": cases.is_about_unsafe_offer(case),
            "plain": [each for each in outcomes if not each[2]],
            "with_reasons": [each for each in outcomes if each[2]],
        }

    def decide_view(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """`decision=` holds the outcome and, after a space, its reason; `seen=` a waiting note."""
        by = signed_in(request)
        outcome, _space, reason = request.POST.get("decision", "").partition(" ")
        if access.cases_of(by).filter(pk=case_id, kind=Case.Kind.IDENTITY).exists():
            return identity_admin.decide(request, case_id, outcome, reason)
        cases.decide(case_id, by, outcome, reason, request.POST.get("seen", ""))
        return redirect("admin:posts_case_change", case_id)

    def undo_view(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        cases.undo(case_id, signed_in(request))
        messages.success(request, _("Taken back: all is as it was before."))
        return redirect("admin:posts_case_change", case_id)

    def put_back_view(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        cases.put_back(case_id, signed_in(request))
        return redirect("admin:posts_case_changelist")


def is_about_note(case: Case) -> bool:
    """Whether the case is about a note that still waits."""
    return case.kind == Case.Kind.NOTE and case.closed_at is None


def case_id_in(text: str) -> UUID:
    """An id that a browser sent; `Http404` for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def reports_of(case: Case) -> QuerySet[Report]:
    """The newest reports of a case; of a post also those that say it is settled."""
    about = Q(case=case)
    if case.post_id:
        about |= Q(post=case.post_id, case=None)
    found = Report.objects.filter(about).select_related("resident", "post").order_by("-id")
    secret = ["post__contact_phone", "post__contact_wechat", "post__landmark", "resident__phone"]
    return found.defer(*secret)[:SHOWN_REPORTS]


def other_posts(case: Case, person: Resident, by: Resident) -> QuerySet[Post]:
    posts = access.posts_of(by).without_contact().of(person)
    if case.post:
        posts = posts.exclude(pk=case.post.pk)
    return posts.prefetch_related("items__medicine", "items__group")[:SHOWN_OTHERS]


def earlier_cases(case: Case, person: Resident, by: Resident) -> QuerySet[Case]:
    about = Q(post__resident=person) | Q(person=person)
    decided = access.cases_of(by).filter(about, closed_at__isnull=False)
    return decided.exclude(pk=case.pk).order_by("-closed_at")[:SHOWN_OTHERS]
