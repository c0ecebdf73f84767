"""Operators: the bodies that applied, one tap for each answer. `partners.applying` does it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from partners import access, applying
from partners.applying import NotPossibleError
from partners.feedback import admin as _feedback  # noqa: F401 -- registers its own
from partners.models import FileState, Partner, ProofFile, Refusal, origin_of
from posts import organisations
from posts.models import Member, Organisation
from safety.admin import AuditedAdmin, NamesField, history
from verification.models import signed_in
from verification.phones import LineField, as_said

SHOWN = 20  # of the history, on the page of a partner


class OriginsField(NamesField):
    """Sites with commas between, each cut down to its origin."""

    def clean(self, value: Any) -> Any:
        return [origin_of(each) for each in super().clean(value) or []]


class PartnerForm(forms.ModelForm):
    """What only the operator changes, after another call: by it people know who posts."""

    name = forms.CharField(label=_("name of the body"), min_length=2, max_length=40)
    line = LineField(label=_("phone line"))

    class Meta:
        model = Partner
        fields = ("origins",)
        field_classes = {"origins": OriginsField}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        organisation = self.instance.organisation
        self.initial["name"] = organisation.name
        self.initial["line"] = as_said(organisation.line)

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        twins = Organisation.objects.filter(name=name, is_active=True)
        if twins.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("A partner of this name is here already."))
        return name

    def save(self, commit: bool = True) -> Any:
        organisation = self.instance.organisation
        organisation.name, organisation.line = self.cleaned_data["name"], self.cleaned_data["line"]
        organisation.save(update_fields=["name", "line"])
        return super().save(commit)


class ProofFileInline(admin.StackedInline):
    """A body asks for them on its own page; here they are let pass or not."""

    model = ProofFile
    fields = ("name", "content", "state")
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.may_decide(signed_in(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return access.decides_on(obj, signed_in(request)) if obj else False

    has_delete_permission = has_change_permission


class WaitingFileFilter(admin.SimpleListFilter):
    title = _("verification files")
    parameter_name = "files"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(FileState.WAITING.value, FileState.WAITING.label)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Partner]) -> QuerySet[Partner]:
        waiting = ProofFile.objects.filter(state=FileState.WAITING).values("partner")
        return queryset.filter(pk__in=waiting) if self.value() else queryset


@admin.register(Partner)
class PartnerAdmin(AuditedAdmin):
    """Bodies, newest first; the page of each with its contact person, who is there to be called."""

    form = PartnerForm
    audit_choices: ClassVar = {"reason": Refusal.choices}
    change_form_template = "admin/partner.html"
    inlines = (ProofFileInline,)
    view_on_site = False  # its short name leads there once it is public
    list_display = ["called", "kind", "state", "where", "applied_at"]
    list_filter = ["state", "kind", WaitingFileFilter]
    search_fields = ["organisation__name", "organisation__slug"]
    search_help_text = _("the name of a body, or its short name")
    ordering = ["-applied_at"]
    sortable_by: ClassVar[list[str]] = []  # only the newest-first order has an index
    list_select_related = ["organisation"]
    readonly_fields = [
        "kind", "about", "state", "reason", "line_link", "slug", "where", "shows",
        "contact_name", "contact_phone_link", "contact_email", "applicant_link",
        "applied_at", "decided_at", "decided_by", "posts", "staff",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": ["kind", "about", "state", "reason"]}),
        (
            _("To call"),
            {"fields": ["line_link", "contact_name", "contact_phone_link", "contact_email"]},
        ),
        (_("What it gets"), {"fields": ["slug", "where", "shows"]}),
        (_("What you can change"), {"fields": ["name", "line", "origins"]}),
        (_("Here"), {"fields": ["posts", "staff"]}),
        (_("Record"), {"fields": ["applicant_link", "applied_at", "decided_at", "decided_by"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # somebody answers for a body: whoever applied

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Partner]:
        partners = super().get_queryset(request).select_related("organisation")
        return partners.prefetch_related("areas")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.decision_view)
        mine = path("<path:object_id>/decision/", view, name="partners_partner_decision")
        return [mine, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        partner = kwargs.get("obj")
        if partner:
            context |= {
                "may_decide": access.may_decide(signed_in(request)),
                "refusals": Refusal.for_refusing(),
                "endings": Refusal.for_ending(),
                "entries": history(partner, SHOWN),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def decision_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One tap: `answer=` is approve, refuse or end; the last two with a `reason=`."""
        if request.method != "POST" or not access.may_decide(signed_in(request)):
            raise PermissionDenied
        partner = self.get_object(request, object_id)
        if partner is None:
            raise Http404
        answer, reason = request.POST.get("answer", ""), request.POST.get("reason", "")
        try:
            self.decide(partner, signed_in(request), answer, reason)
        except NotPossibleError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.message_user(request, _("Done, and recorded in the audit log."), messages.SUCCESS)
        return redirect("admin:partners_partner_change", partner.pk)

    def decide(self, partner: Partner, by: Any, answer: str, reason: str) -> None:
        if answer == "approve":
            applying.approve(partner.pk, by)
        elif answer == "refuse" and reason in Refusal.for_refusing():
            applying.refuse(partner.pk, by, reason)
        elif answer == "end" and reason in Refusal.for_ending():
            applying.end(partner.pk, by, reason)
        else:
            raise PermissionDenied

    @admin.display(description=_("name of the body"))
    def called(self, partner: Partner) -> str:
        return partner.organisation.name

    @admin.display(description=_("short name"))
    def slug(self, partner: Partner) -> str:
        if not partner.is_approved:
            return partner.organisation.slug
        return format_html(
            '<a href="{}">{}</a>', partner.get_absolute_url(), partner.organisation.slug
        )

    @admin.display(description=_("areas"))
    def where(self, partner: Partner) -> str:
        return "、".join(area.label for area in partner.areas.all())

    @admin.display(description=_("phone line"))
    def line_link(self, partner: Partner) -> str:
        line = partner.organisation.line
        return format_html('<a href="tel:{}">{}</a>', line, as_said(line))

    @admin.display(description=_("phone of the contact person"))
    def contact_phone_link(self, partner: Partner) -> str:
        phone = partner.contact_phone
        return format_html('<a href="tel:{}">{}</a>', phone, as_said(phone)) if phone else "–"

    @admin.display(description=_("its links show"))
    def shows(self, partner: Partner) -> str:
        parts = [partner.get_shows_kind_display(), partner.get_shows_sort_display()]
        if partner.shows_medicine:
            parts.insert(1, partner.shows_medicine.label)
        return " · ".join(map(str, parts))

    @admin.display(description=_("applied by"))
    def applicant_link(self, partner: Partner) -> str:
        if partner.applicant_id is None:
            return "–"
        url = reverse("admin:verification_resident_change", args=[partner.applicant_id])
        return format_html('<a href="{}">{}</a>', url, partner.applicant)

    @admin.display(description=_("posts"))
    def posts(self, partner: Partner) -> str:
        numbers = organisations.numbers(partner.organisation)
        return str(_("%(open)s open · %(resolved)s resolved") % numbers)

    @admin.display(description=_("staff"))
    def staff(self, partner: Partner) -> int:
        return Member.objects.filter(organisation=partner.pk).count()
