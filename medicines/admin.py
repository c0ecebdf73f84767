"""Moderators and pharmacists edit the whole catalogue here; every change is in the audit log.

Rows are not deleted: posts refer to them, and the next load would bring them back. Block them.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from medicines.models import (
    BlockedName,
    Caution,
    Ingredient,
    Medicine,
    MedicineForm,
    MedicineUnit,
    SymptomGroup,
)
from safety.admin import AuditedAdmin, NamesField


class NamesForm(forms.ModelForm):
    class Meta:
        field_classes = {"aliases": NamesField}


class MedicineRowForm(NamesForm):
    def clean(self) -> dict[str, Any]:
        row = super().clean() or self.cleaned_data
        is_listed_medicine = (
            row.get("status") == Medicine.Status.LISTED
            and row.get("kind") == Medicine.Kind.MEDICINE
        )
        if is_listed_medicine and not row.get("groups"):
            self.add_error("groups", _("A listed medicine needs a symptom group."))
        return row


class UnitFormSet(forms.BaseInlineFormSet):
    def clean(self) -> None:
        """People choose amounts in units: a listed row without one could not be asked for."""
        super().clean()
        left = [form for form in self.forms if form.has_changed() or form.instance.pk]
        left = [form for form in left if form not in self.deleted_forms]
        if self.instance.is_listed and not left:
            raise ValidationError(_("A listed row needs at least one unit with a cap."))


class UnitInline(admin.TabularInline):
    model = MedicineUnit
    formset = UnitFormSet
    extra = 0


class FormInline(admin.TabularInline):
    model = MedicineForm
    extra = 0


class CautionInline(admin.StackedInline):
    model = Caution
    extra = 0
    fields = [("rule", "months", "form", "severity"), "text", "text_en", "source"]


class CatalogueAdmin(AuditedAdmin):
    """Nothing of the catalogue is about a person: old and new values go to the audit log."""

    audits_values = True

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Medicine)
class MedicineAdmin(CatalogueAdmin):
    form = MedicineRowForm
    list_display = ["name", "name_en", "kind", "status", "shown_under", "order"]
    list_filter = ["status", "kind", "groups"]
    search_fields = ["name", "name_en", "slug", "pinyin", "initials"]
    ordering = ["order", "id"]
    autocomplete_fields = ["ingredients"]
    filter_horizontal = ["groups"]
    inlines = [UnitInline, FormInline, CautionInline]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["slug"] if obj else []  # links and the file know a row by it

    @admin.display(description=_("symptom groups"))
    def shown_under(self, medicine: Medicine) -> str:
        return "、".join(group.label for group in medicine.groups.all())


@admin.register(BlockedName)
class BlockedNameAdmin(CatalogueAdmin):
    form = NamesForm
    list_display = ["name", "name_en", "reason", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "name_en", "pinyin", "initials"]
    ordering = ["id"]


@admin.register(SymptomGroup)
class SymptomGroupAdmin(CatalogueAdmin):
    list_display = ["name", "name_en", "order"]
    ordering = ["order", "id"]


@admin.register(Ingredient)
class IngredientAdmin(CatalogueAdmin):
    list_display = ["name", "name_en", "slug"]
    search_fields = ["name", "name_en", "slug"]
    ordering = ["slug"]
