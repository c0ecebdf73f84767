"""Choosing medicines as large chips: the form field, and what the chosen values mean.

A value is the slug of a medicine, or `any:<slug of a symptom group>` for "any of these".
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import slug_re
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from medicines import known
from medicines.models import Medicine, SymptomGroup

ANY = "any:"
LONGEST_CHOICE = 60  # values; the catalogue has fewer


class Choice(NamedTuple):
    """The chosen medicines and the groups of which any will do, without doubles."""

    medicines: list[Medicine]
    groups: list[SymptomGroup]


class Shelf(NamedTuple):
    """One heading with the medicines under it; no group for the supplies."""

    group: SymptomGroup | None
    medicines: list[Medicine]

    @property
    def label(self) -> str:
        return self.group.label if self.group else _("Tests, masks and other supplies")

    @property
    def any_value(self) -> str:
        """The value for "any of these"; empty where there is no choice between several."""
        return f"{ANY}{self.group.slug}" if self.group and len(self.medicines) > 1 else ""


def shelves(medicines: Iterable[Medicine] | None = None) -> list[Shelf]:
    """The listed medicines (or the given ones) under their first group, supplies last.

    Empty groups are left out. One query.
    """
    if medicines is None:
        medicines = [each for each in known.medicines().values() if each.is_listed]
    by_group: dict[SymptomGroup | None, list[Medicine]] = {}
    for medicine in medicines:
        by_group.setdefault(medicine.group, []).append(medicine)
    found = [Shelf(group, rows) for group, rows in by_group.items()]
    return sorted(found, key=lambda shelf: (shelf.group is None, shelf.group and shelf.group.order))


def parse(values: Sequence[str]) -> Choice:
    """The medicines and groups behind submitted values, in catalogue order.

    Two queries. Raises ValidationError with a sentence for a value that is unknown, blocked or
    still waits for a pharmacist, and for a group in which nothing is listed.
    """
    asked = list(dict.fromkeys(values))
    if len(asked) > LONGEST_CHOICE:
        raise ValidationError(_("Please choose fewer medicines."), code="too_many")
    group_slugs = {value.removeprefix(ANY) for value in asked if value.startswith(ANY)}
    slugs = {value for value in asked if not value.startswith(ANY)}
    if not all(slug_re.match(slug) for slug in group_slugs | slugs):
        raise unknown()
    medicines = [each for slug, each in known.medicines().items() if slug in slugs]
    groups = list(usable_groups(group_slugs)) if group_slugs else []
    refused = [medicine for medicine in medicines if not medicine.is_listed]
    if refused:
        raise ValidationError([refusal(medicine) for medicine in refused])
    if len(medicines) < len(slugs) or len(groups) < len(group_slugs):
        raise unknown()
    return Choice(medicines, groups)


def usable_groups(slugs: Iterable[str]) -> Iterable[SymptomGroup]:
    listed = Medicine.Status.LISTED
    return SymptomGroup.objects.filter(slug__in=slugs, medicines__status=listed).distinct()


def refusal(medicine: Medicine) -> ValidationError:
    values = {"medicine": medicine.label, "reason": medicine.why}
    return ValidationError(_("%(medicine)s is not here: %(reason)s"), "refused", values)


def unknown() -> ValidationError:
    return ValidationError(
        _("One of these medicines is not in our list. Please choose from the list."), "unknown"
    )


class MedicineChips(forms.CheckboxSelectMultiple):
    """Checkboxes as large chips under their symptom groups, supplies last."""

    template_name = "medicines/chips.html"

    def __init__(self, *, groups: bool = False) -> None:
        super().__init__()
        self.groups = groups

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        # Not the parent's: its options are a flat list, and ours come from the catalogue.
        context = forms.Widget.get_context(self, name, value, attrs)
        context["widget"]["chosen"] = [str(chosen) for chosen in value or []]
        context["widget"]["offers_groups"] = self.groups
        context["widget"]["shelves"] = shelves()
        return context

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return ""  # it is a group of controls: the host draws a fieldset with a legend


class MedicineChoiceField(forms.Field):
    """Medicines (and, with `groups=True`, "any of a group"), cleaned to a `Choice`.

    Name it `medicine` in your form, so that links with `?medicine=<slug>` fill it.
    """

    default_error_messages = {"required": gettext_lazy("Please choose at least one medicine.")}

    def __init__(self, *, groups: bool = False, **kwargs: Any) -> None:
        self.groups = groups
        super().__init__(widget=MedicineChips(groups=groups), **kwargs)

    def to_python(self, value: Any) -> Choice:
        choice = parse(value or [])
        if choice.groups and not self.groups:
            raise unknown()
        return choice

    def validate(self, value: Choice) -> None:
        if self.required and not any(value):
            raise ValidationError(self.error_messages["required"], code="required")
