"""Residents, and the queue of those who review identity documents."""

from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from safety.admin import AuditedAdmin, ReadOnlyAdmin, id_range
from safety.encryption import digest
from verification import phones, reach, real_name, staff, suspension
from verification.models import Consent, RealNameCheck, Resident, Untied, WeixinTie, signed_in


class StaffCreationForm(AdminUserCreationForm):
    """Staff have a user name and a password; residents make their accounts by phone."""

    class Meta:
        model = Resident
        fields = ("username",)

    def save(self, commit: bool = True) -> Resident:
        self.instance.is_staff = True
        return super().save(commit)


class SuspensionForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=suspension.Reason.choices)


class GroupsField(forms.ModelMultipleChoiceField):
    """The groups that migrations make, by their names in the reader's language."""

    def label_from_instance(self, group: Group) -> str:
        return _t(group.name)


class AreaCodesField(SimpleArrayField):
    """Codes separated by commas, Chinese ones too."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("，", ",").replace("、", ",").strip(" ,")
        return super().to_python(value)


STAFF_FIELDS = ["username", "is_staff", "groups", "area_limit"]

admin.site.unregister(EmailAddress)  # django-allauth's; nobody here has one
admin.site.unregister(Authenticator)  # its page would show what it holds and change it unrecorded
admin.site.unregister([SocialAccount, SocialApp, SocialToken])  # django-allauth's; always empty
admin.site.unregister(Group)  # migrations make the groups, so that their rights are reviewed code


@admin.register(Resident)
class ResidentAdmin(AuditedAdmin, UserAdmin):
    """Numbers show their last digits only; a whole one can be searched for, not read."""

    audit_choices: ClassVar = {
        "reason": [*suspension.Reason.choices, *Untied.choices],
        "purpose": list(Consent.Purpose.choices),
    }
    add_form = StaffCreationForm
    change_form_template = "admin/resident.html"
    list_display = ["__str__", "masked_phone", "level", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_staff", "level"]
    search_fields = ["username"]
    search_help_text = _(
        "a whole phone number, the beginning of a staff user name, or the first digits of an id"
    )
    ordering = ["-date_joined"]
    sortable_by: ClassVar[list[str]] = []  # only the newest-first order has an index
    readonly_fields = ["masked_phone", "weixin_is_tied", "level", "is_active", "date_joined"]
    fieldsets = [
        (None, {"fields": [*readonly_fields]}),
        (_("Staff"), {"fields": [*STAFF_FIELDS, "is_superuser"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
    ]

    def formfield_for_manytomany(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return GroupsField(
            queryset=Group.objects.order_by("name"),
            required=False,
            label=_("groups"),
            widget=forms.CheckboxSelectMultiple,
        )

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "area_limit":
            kwargs["form_class"] = AreaCodesField
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return reach.within(signed_in(request), super().get_queryset(request))

    @admin.display(description=_("phone"))
    def masked_phone(self, resident: Resident) -> str:
        return phones.masked(resident.phone) if resident.phone else "–"

    @admin.display(description=_("signed in by WeChat"), boolean=True)
    def weixin_is_tied(self, resident: Resident) -> bool:
        return hasattr(resident, "weixin_tie")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """By the beginning of an id or a staff name, or the digest of a number: all by an index."""
        if not search_term:
            return queryset, False
        found = Q(username__startswith=search_term)
        if ids := id_range(search_term.strip()):
            found |= Q(pk__range=ids)
        with suppress(forms.ValidationError):  # the digits of a phone can begin an id as well
            phone = phones.PhoneField().clean(search_term)
            found |= Q(phone_digest=digest("phone", phone))
        return queryset.filter(found), False

    def get_readonly_fields(self, request: HttpRequest, obj: Resident | None = None) -> list[str]:
        """Who manages staff makes staff, a superuser superusers: else one could become another."""
        by = signed_in(request)
        if by.is_superuser:
            return self.readonly_fields
        if obj is None or by.manages(obj):
            return [*self.readonly_fields, "is_superuser"]
        return [*self.readonly_fields, *STAFF_FIELDS, "is_superuser"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not is_above and super().has_change_permission(request, obj)

    def may_suspend(self, request: HttpRequest, resident: Resident) -> bool:
        """Whoever is limited to areas does it from a case of them."""
        by = signed_in(request)
        if self.has_change_permission(request, resident):
            return True
        return by.has_perm("verification.suspend_resident") and not by.area_limit

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        resident = kwargs.get("obj")
        if resident:
            is_staff = resident.is_staff and signed_in(request).manages(resident)
            context["manages_staff"] = is_staff
            context["may_suspend"] = self.may_suspend(request, resident)
            context["may_untie"] = context["may_suspend"] and self.weixin_is_tied(resident)
        return super().render_change_form(request, context, *args, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # an account is suspended; erasing it is its owner's right

    def has_add_permission(self, request: HttpRequest) -> bool:
        return signed_in(request).adds_staff

    def managed(self, request: HttpRequest, resident_id: str) -> Resident:
        """A staff account that this member of staff manages."""
        resident = self.get_object(request, resident_id)
        if resident is None or not resident.is_staff or not signed_in(request).manages(resident):
            raise PermissionDenied
        return resident

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        self.managed(request, id)
        with transaction.atomic():  # Django has none here; an act and its record are one
            return super().user_change_password(request, id, form_url)

    def get_urls(self) -> list[URLPattern]:
        suspend = self.admin_site.admin_view(self.suspension_view)
        untie = self.admin_site.admin_view(require_POST(self.untie_weixin_view))
        new_device = self.admin_site.admin_view(require_POST(self.new_device_view))
        return [
            path("<uuid:resident_id>/suspension/", suspend, name="verification_suspension"),
            path("<uuid:resident_id>/untie-weixin/", untie, name="verification_untie_weixin"),
            path("<uuid:resident_id>/new-device/", new_device, name="verification_new_device"),
            *super().get_urls(),
        ]

    def new_device_view(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """Somebody of the staff lost the phone with the app."""
        resident = self.managed(request, str(resident_id))
        staff.remove_device(resident, signed_in(request))
        messages.success(request, _("Done, and recorded in the audit log."))
        return redirect("admin:verification_resident_change", resident.pk)

    def untie_weixin_view(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """Somebody asks for it whose WeChat is in other hands."""
        resident = self.get_object(request, str(resident_id))
        if resident is None or not self.may_suspend(request, resident):
            raise PermissionDenied
        with transaction.atomic():
            WeixinTie.objects.untie(resident, signed_in(request), Untied.MODERATOR)
        messages.success(request, _("Done, and recorded in the audit log."))
        return redirect("admin:verification_resident_change", resident.pk)

    def suspension_view(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """Ask for the reason; suspend, or let back in."""
        resident = self.get_object(request, str(resident_id))
        if resident is None or not self.may_suspend(request, resident):
            raise PermissionDenied
        form = SuspensionForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            reason = suspension.Reason(form.cleaned_data["reason"])
            suspension.set_suspended(resident, signed_in(request), resident.is_active, reason)
            messages.success(request, _("Done, and recorded in the audit log."))
            return redirect("admin:verification_resident_change", resident.pk)
        title = _("Suspend this account") if resident.is_active else _("Let this account back in")
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "form": form,
            "original": resident,
            "opts": self.opts,
        }
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/suspension.html", context, status=status)


class WaitingFilter(admin.SimpleListFilter):
    """Without a choice, the checks that wait for a person."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*RealNameCheck.State.choices, ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        current = self.value() or RealNameCheck.State.WAITING
        for value, label in self.lookup_choices:
            link = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": value == current, "query_string": link, "display": label}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() or RealNameCheck.State.WAITING)


@admin.register(RealNameCheck)
class RealNameCheckAdmin(ReadOnlyAdmin):
    """All checks with their results, oldest first. Who and with which document is shown nowhere
    here: it is in the queue, for whoever holds the check.
    """

    list_display = [
        "created_at", "masked_name", "document_type", "state", "reason", "is_recovery",
        "confirm_after", "erase_after",
    ]  # fmt: skip
    fields = [
        "created_at", "masked_name", "document_type", "state", "reason", "is_recovery",
        "confirm_after", "erase_after", "provider", "decided_at", "decided_by",
    ]  # fmt: skip
    list_filter = [WaitingFilter, "document_type"]
    ordering = ["created_at"]
    sortable_by: ClassVar[list[str]] = []

    @admin.display(description=_("recovery"), boolean=True)
    def is_recovery(self, check: RealNameCheck) -> bool:
        return check.recovers_id is not None

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("verification.review_identity")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("name", "number")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        real_name.erase_overdue()  # whoever looks at the list never sees what is overdue
        return super().changelist_view(request, extra_context)
