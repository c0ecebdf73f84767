"""The admin parts that every app uses: audited changes, lists without COUNT, the audit log."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_tasks_db.models import DBTaskResult

from safety import alarms, audit, timed, wording
from safety.bounded import BoundedPaginator
from safety.changes import describe
from safety.models import Alarm, AuditEntry, FailedTask, ScreeningWord
from safety.screening import Field, screen, words

UUID_BEGINS = re.compile(
    r"[0-9a-f]{8}((-[0-9a-f]{4}){0,3}(-[0-9a-f]{0,12})?|[0-9a-f]{24})", re.IGNORECASE
)


def id_range(term: str) -> tuple[UUID, UUID] | None:
    """All ids that begin as `term` does (lists show eight digits): a range, for the index."""
    if not UUID_BEGINS.fullmatch(term):
        return None
    digits = term.replace("-", "")[:32]
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))


class AuditedAdmin(admin.ModelAdmin):
    """Every change, those of inlines too, goes to the audit log; Django's history is not written.

    The log names the fields. It keeps old and new values only where `audits_values` is set: for
    models without any personal data. `audit_choices` puts details of this model's acts into words.
    """

    audits_values = False
    audit_choices: ClassVar[Mapping[str, Any]] = {}
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they would count
    list_per_page = 50
    list_max_show_all = 0

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
        if request.POST.get("select_across") == "1":
            messages.error(request, _("Please choose the rows you have looked at, page by page."))
            return HttpResponseRedirect(request.get_full_path())
        with transaction.atomic():  # Django runs actions outside one; an act and its record are one
            return super().response_action(request, queryset, *args, **options)

    def log_deletions(self, request: HttpRequest, queryset: models.QuerySet) -> Any:
        for obj in queryset:
            audit.record("admin deleted", obj, request.user)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        if obj is None:
            return redirect("admin:index")
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % obj,
            "entries": history(obj),
            "original": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/audit_history.html", context)


class NamesField(SimpleArrayField):
    """Names separated by commas, Chinese ones too."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("，", ",").replace("、", ",").strip(" ,")
        return super().to_python(value)


class ReadOnlyAdmin(AuditedAdmin):
    """To look at, not to change."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def with_names(entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """With the user names of those who acted, where they are staff, in the same query."""
    staff = get_user_model().objects.filter(pk=OuterRef("actor"))
    return entries.annotate(actor_name=Subquery(staff.values("username")[:1]))


def history(obj: models.Model, longest: int = 100) -> list[dict[str, Any]]:
    """What was done to one row, newest first, in words."""
    entries = AuditEntry.objects.filter(
        subject_kind=obj._meta.label_lower, subject=str(getattr(obj, "public_id", obj.pk))
    )
    return [
        {
            "at": entry.at,
            "act": wording.act(entry),
            "actor": actor(entry),
            "details": wording.details(entry),
        }
        for entry in with_names(entries).order_by("-id")[:longest]
    ]


def actor(entry: Any) -> str:
    """Who did it: a member of staff by name, a resident by the beginning of the id."""
    if entry.actor is None:
        return str(_("the system"))
    return entry.actor_name or f"{get_user_model()._meta.verbose_name} {str(entry.actor)[:8]}"


class ActFilter(admin.SimpleListFilter):
    """The known acts. Django's own filter would walk the whole log to find them."""

    title = _("act")
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(wording.ACTS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(act=self.value()) if self.value() else queryset


def subject_kinds() -> list[str]:
    """What an entry can be about: the index of subjects begins with it."""
    return [model._meta.label_lower for model in apps.get_models()]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "act_in_words", "subject_link", "actor_link", "details_in_words"]
    list_filter = [ActFilter]
    search_fields = ["subject"]  # what is searched for, see get_search_results
    search_help_text = _("the id of a post or of a resident; also its first eight digits")
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []  # only the newest-first order has an index
    fields = ["at", "act_in_words", "subject_link", "actor_link", "details_in_words"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The log knows no areas: whoever is limited to some reads the history of each post."""
        limited = getattr(request.user, "area_limit", [])
        return not limited and super().has_view_permission(request, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return with_names(super().get_queryset(request))

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """By the id of the subject, or of who acted: both are found by an index."""
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        found = Q(subject_kind__in=subject_kinds(), subject=term)
        if ids := id_range(term):
            low, high = map(str, ids)
            found |= Q(subject_kind__in=subject_kinds(), subject__range=(low, high))
            found |= Q(actor__range=ids)
        return queryset.filter(found), False

    @admin.display(description=_("act"))
    def act_in_words(self, entry: AuditEntry) -> str:
        return wording.act(entry)

    @admin.display(description=_("subject"))
    def subject_link(self, entry: AuditEntry) -> str:
        url = wording.subject_url(entry)
        words = wording.subject(entry)
        return format_html('<a href="{}">{}</a>', url, words) if url else words

    @admin.display(description=_("by whom"))
    def actor_link(self, entry: AuditEntry) -> str:
        if entry.actor is None:
            return actor(entry)
        meta = get_user_model()._meta
        url = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[entry.actor])
        return format_html('<a href="{}">{}</a>', url, actor(entry))

    @admin.display(description=_("details"))
    def details_in_words(self, entry: AuditEntry) -> str:
        lines = ((line,) for line in wording.details(entry))
        return format_html_join(SafeString("<br>"), "{}", lines) or "–"


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """What happened to the whole site. The first page shows what nobody has seen to."""

    list_display = ["at", "kind", "times", "acknowledged_at"]
    list_filter = ["kind"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    fields = ["at", "kind", "times", "acknowledged_at", "seen_by"]

    @admin.display(description=_("by whom"))
    def seen_by(self, alarm: Alarm) -> str:
        if alarm.acknowledged_by is None:
            return "–"
        staff = get_user_model()._default_manager.filter(pk=alarm.acknowledged_by).first()
        return str(staff or str(alarm.acknowledged_by)[:8])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.acknowledge_view))
        mine = path("<int:alarm_id>/acknowledge/", view, name="safety_alarm_acknowledge")
        return [mine, *super().get_urls()]

    def acknowledge_view(self, request: HttpRequest, alarm_id: int) -> HttpResponse:
        alarms.acknowledge(alarm_id, request.user)
        messages.success(request, _("Done, and recorded in the audit log."))
        return redirect("admin:index")


admin.site.unregister(DBTaskResult)  # it would show the words of errors


@admin.register(FailedTask)
class FailedTaskAdmin(ReadOnlyAdmin):
    """Work that no worker tries again by itself. What went wrong stands in the log."""

    list_display = ["finished_at", "what", "tries", "exception_class_path"]
    list_display_links = None
    ordering = ["-finished_at"]  # by the index failed_task
    sortable_by: ClassVar[list[str]] = []
    fields = ["what", "enqueued_at", "started_at", "finished_at", "tries", "exception_class_path"]
    actions = ["try_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return timed.failed()

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("safety.retry_task")

    @admin.display(description=_("work"))
    def what(self, task: FailedTask) -> str:
        return task.what

    @admin.display(description=_("tries"))
    def tries(self, task: FailedTask) -> int:
        return len(task.worker_ids)

    @admin.action(description=_("Try again"), permissions=["retry"])
    def try_again(self, request: HttpRequest, chosen: QuerySet) -> None:
        number = sum(
            timed.try_again(key, request.user) for key in chosen.values_list("pk", flat=True)
        )
        messages.success(
            request,
            ngettext("%(n)s task runs again.", "%(n)s tasks run again.", number) % {"n": number},
        )


class WordForm(forms.ModelForm):
    class Meta:
        field_classes = {"exceptions": NamesField}

    def clean_word(self) -> str:
        word = self.cleaned_data["word"].strip()
        if not words.letters_of(word):
            raise forms.ValidationError(_("A word needs a letter, a digit or a sign of money."))
        return word


class TryForm(forms.Form):
    """A text to try, and where it would be typed."""

    text = forms.CharField(
        label=_("Text"), max_length=500, widget=forms.Textarea(attrs={"rows": 4, "cols": 60})
    )
    field = forms.ChoiceField(label=_("Typed as"), choices=Field.choices)


@admin.register(ScreeningWord)
class ScreeningWordAdmin(AuditedAdmin):
    """The words of the screening. A change takes effect at once, in all processes."""

    form = WordForm
    audits_values = True
    change_list_template = "admin/screening_words.html"
    list_display = ["word", "category", "outcome", "exceptions_in_words", "by_sound", "is_active"]
    list_filter = ["category", "outcome", "is_active"]
    search_fields = ["word"]
    ordering = ["category", "id"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        words.changed()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.try_view)
        return [path("try/", view, name="safety_screeningword_try"), *super().get_urls()]

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """Try a text: what becomes of it, where, why, and what would be left. Nothing is kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryForm(request.POST or None)
        shown = {
            **self.admin_site.each_context(request),
            "title": _("Try a text"),
            "opts": self.opts,
            "form": form,
            "result": screen(**form.cleaned_data) if form.is_valid() else None,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/try_text.html", shown, status=status)

    @admin.display(description=_("except inside"))
    def exceptions_in_words(self, word: ScreeningWord) -> str:
        return "、".join(word.exceptions)
