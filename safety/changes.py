"""What a form of the admin changed, in the words of the audit log."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.forms import BaseModelFormSet, ModelForm


def plain(value: Any) -> Any:
    """A value as JSON can hold it: rows as their keys, lists item by item, the rest as text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, models.Model):
        return plain(value.pk)
    if isinstance(value, models.QuerySet | list | tuple | set):
        return [plain(item) for item in value]
    return str(value)


def fields_of(form: ModelForm, with_values: bool, is_gone: bool = False) -> Any:
    """The names of the changed fields; with their old and new values if those may be kept."""
    names = form.fields if is_gone else form.changed_data
    names = [name for name in names if name != "DELETE"]
    if not with_values:
        return names
    old = {name: plain(form.get_initial_for_field(form.fields[name], name)) for name in names}
    new = {} if is_gone else form.cleaned_data
    return {name: [old[name], plain(new.get(name))] for name in names}


def describe(
    form: ModelForm, formsets: Iterable[BaseModelFormSet] | None, with_values: bool
) -> list[dict[str, Any]]:
    """One entry for the row itself and one for each row of its inlines that was touched.

    Values are written only `with_values`: never for a model that holds personal data.
    """
    entries = []
    if form.changed_data:
        entries.append({"fields": fields_of(form, with_values)})
    for formset in formsets or []:
        for row in formset.forms:
            is_new, is_gone = row in formset.extra_forms, row in formset.deleted_forms
            if is_new and is_gone or not (is_gone or row.has_changed()):
                continue
            did = "deleted" if is_gone else "added" if is_new else "changed"
            entries.append(
                {
                    "row": f"{row.instance._meta.model_name} {row.initial.get('id', row.instance.pk)}",
                    "did": did,
                    "fields": fields_of(row, with_values, is_gone),
                }
            )
    return entries
