"""What people told about the site, for those who answer it."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from partners import access
from partners.feedback import acts
from partners.feedback.models import Feedback
from safety.admin import ReadOnlyAdmin
from safety.screening import without_tricks
from verification.models import signed_in

IN_LIST = 60  # characters of a text


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    """What people told about the site. It lies in no area: whoever is limited to some does not see
    it.
    """

    audit_choices: ClassVar = {"state": Feedback.State.choices}
    change_form_template = "admin/feedback.html"
    list_display = ["at", "state", "beginning", "page", "can_be_answered"]
    list_filter = ["state"]
    ordering = ["-at", "id"]
    sortable_by: ClassVar[list[str]] = []
    fields = ["at", "state", "page", "text", "answer", "handled_by", "handled_at", "read_at"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_answer(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        return super().get_queryset(request).select_related("handled_by")

    @admin.display(description=_("text"))
    def beginning(self, feedback: Feedback) -> str:
        text = feedback.text
        return text if len(text) <= IN_LIST else f"{text[:IN_LIST]}…"

    @admin.display(description=_("can be answered"), boolean=True)
    def can_be_answered(self, feedback: Feedback) -> bool:
        return feedback.resident_id is not None

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.handle_view)
        mine = path("<uuid:feedback_id>/handle/", view, name="partners_feedback_handle")
        return [mine, *super().get_urls()]

    def handle_view(self, request: HttpRequest, feedback_id: UUID) -> HttpResponse:
        """`act=` take, answer (with `answer=`) or close, by POST."""
        if request.method != "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        by, act = signed_in(request), request.POST.get("act", "")
        text = without_tricks(request.POST.get("answer", "")).strip()[: Feedback.LONGEST_ANSWER]
        try:
            if act == "take":
                acts.take(feedback_id, by)
            elif act == "answer":
                acts.answer(feedback_id, by, text)
            elif act == "close":
                acts.close(feedback_id, by)
            messages.success(request, _("Done, and recorded in the audit log."))
        except Feedback.DoesNotExist:
            raise Http404 from None
        except acts.NotPossibleError:
            words = _("That is not possible any more: something has changed meanwhile.")
            messages.error(request, words)
        return redirect("admin:partners_feedback_change", feedback_id)
