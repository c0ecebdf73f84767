"""The admin parts that every app uses: audited changes, lists without COUNT, the audit log."""

from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from safety import audit
from safety.changes import describe
from safety.models import AuditEntry

LONGEST_LIST = 1000


def as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class BoundedPaginator(Paginator):
    """Never counts a whole table: it looks at the first 1,000 rows. Search narrows the rest."""

    @cached_property
    def count(self) -> int:
        if isinstance(self.object_list, models.QuerySet):
            return self.object_list.order_by()[:LONGEST_LIST].count()
        return len(self.object_list)


class AuditedAdmin(admin.ModelAdmin):
    """Every change, those of inlines too, goes to the audit log; Django's history is not written.

    The log names the fields. It keeps old and new values only where `audits_values` is set: for
    models without any personal data.
    """

    audits_values = False
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        audit.record("admin added", obj, request.user, changes=message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        audit.record("admin changed", obj, request.user, changes=message)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return describe(form, formsets, self.audits_values)

    def response_action(
        self, request: HttpRequest, queryset: Any, *args: Any, **options: Any
    ) -> HttpResponse | None:
        with transaction.atomic():  # Django runs actions outside one; an act and its record are one
            return super().response_action(request, queryset, *args, **options)

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet) -> Any:
        for obj in queryset:
            audit.record("admin deleted", obj, request.user)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        subject = str(getattr(obj, "public_id", object_id))
        entries = AuditEntry.objects.filter(
            subject_kind=self.opts.label_lower, subject=subject
        ).order_by("-id")[:100]
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % obj,
            "entries": entries,
            "object": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/audit_history.html", context)


class ReadOnlyAdmin(AuditedAdmin):
    """To look at, not to change."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "act", "subject_kind", "subject", "actor"]
    search_fields = ["subject"]  # what is searched for, see get_search_results
    search_help_text = _("an act, or the whole id of a post or a resident")

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        """By whole ids or acts, each found by an index: the log only ever grows."""
        term = search_term.strip()
        if not term:
            return queryset, False
        kinds = [model._meta.label_lower for model in apps.get_models()]  # leads its index
        found = Q(act=term) | Q(subject_kind__in=kinds, subject=term)
        if identifier := as_uuid(term):
            found |= Q(actor=identifier)
        return queryset.filter(found), False
