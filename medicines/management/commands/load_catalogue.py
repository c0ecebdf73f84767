"""Load the catalogue that comes with the code."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction

from medicines.models import (
    BlockedName,
    Caution,
    Ingredient,
    Medicine,
    MedicineForm,
    MedicineUnit,
    SymptomGroup,
)
from safety import audit

CATALOGUE = Path(settings.BASE_DIR) / "fixtures/catalogue.toml"

Row = dict[str, Any]
Save = Callable[[Row, int], models.Model]


class Command(BaseCommand):
    help = (
        "Load fixtures/catalogue.toml. Only rows that are not in the database yet are loaded, with "
        "their forms, units and cautions: what moderators edited in the admin stays as it is. "
        "With --overwrite every row of the file replaces the one in the database, edits included; "
        "rows that only the database has stay. Both write the audit log."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--overwrite", action="store_true", help="replace moderators' edits by the file's rows"
        )

    @transaction.atomic
    def handle(self, *, overwrite: bool, **options: Any) -> None:
        catalogue = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
        defaults = catalogue["defaults"]
        blocked = [
            {**name, **{key: value for key, value in shared.items() if key != "names"}}
            for shared in catalogue["blocked"]
            for name in shared["names"]
        ]

        def medicine(row: Row, order: int) -> Medicine:
            return save_medicine({"source": defaults["source"], **row}, order, defaults)

        written = (
            load(SymptomGroup, "slug", catalogue["group"], save_group, overwrite)
            + load(Ingredient, "slug", catalogue["ingredient"], save_ingredient, overwrite)
            + load(Medicine, "slug", catalogue["medicine"], medicine, overwrite)
            + load(BlockedName, "name", blocked, save_blocked_name, overwrite)
        )
        self.stdout.write(f"Catalogue: {written} rows written.")


def load(model: type[models.Model], key: str, rows: list[Row], save: Save, overwrite: bool) -> int:
    """Save the rows whose key is new, or all of them; returns how many. One query if none is."""
    known = set(model._default_manager.values_list(key, flat=True))
    written = 0
    for order, row in enumerate(rows, 1):
        is_new = row[key] not in known
        if is_new or overwrite:
            saved = save(row, order)
            audit.record("catalogue added" if is_new else "catalogue overwritten", saved)
            written += 1
    return written


def save_group(row: Row, order: int) -> SymptomGroup:
    fields = {"name": row["name"], "name_en": row["name_en"], "order": order}
    return SymptomGroup.objects.update_or_create(slug=row["slug"], defaults=fields)[0]


def save_ingredient(row: Row, order: int) -> Ingredient:
    fields = {"name": row["name"], "name_en": row["name_en"]}
    return Ingredient.objects.update_or_create(slug=row["slug"], defaults=fields)[0]


def whole(model: type[models.Model], row: Row) -> Row:
    """The row, with every field that the file leaves out at its default: no edit stays behind."""
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    return {field.name: field.get_default() for field in fields} | row


def save_blocked_name(row: Row, order: int) -> BlockedName:
    fields = whole(BlockedName, row)
    return BlockedName.objects.update_or_create(name=row["name"], defaults=fields)[0]


def save_medicine(row: Row, order: int, defaults: Row) -> Medicine:
    """Save one medicine with its rows: forms, units and cautions are replaced as a whole."""
    lists = ("groups", "ingredients", "forms", "childrens_forms", "units", "cautions")
    fields = {key: value for key, value in row.items() if key not in lists}
    fields = whole(Medicine, {**fields, "order": order * 10})
    medicine, _ = Medicine.objects.update_or_create(slug=row["slug"], defaults=fields)
    medicine.groups.set(SymptomGroup.objects.filter(slug__in=row.get("groups", [])))
    medicine.ingredients.set(Ingredient.objects.filter(slug__in=row.get("ingredients", [])))
    for rows in (medicine.forms, medicine.units, medicine.cautions):
        rows.all().delete()
    MedicineForm.objects.bulk_create(forms_of(medicine, row))
    MedicineUnit.objects.bulk_create(
        MedicineUnit(medicine=medicine, order=order, **unit)
        for order, unit in enumerate(row.get("units", []))
    )
    Caution.objects.bulk_create(
        caution_of(medicine, {"source": defaults["caution_source"], **caution})
        for caution in row.get("cautions", [])
    )
    return medicine


def forms_of(medicine: Medicine, row: Row) -> list[MedicineForm]:
    forms = [(form, False) for form in row.get("forms", [])]
    forms += [(form, True) for form in row.get("childrens_forms", [])]
    return [
        MedicineForm(medicine=medicine, form=form, for_children=for_children, order=order)
        for order, (form, for_children) in enumerate(forms)
    ]


def caution_of(medicine: Medicine, row: Row) -> Caution:
    """A caution; the file names its severity: avoid, care or note. KeyError for another word."""
    return Caution(
        medicine=medicine, **{**row, "severity": Caution.Severity[row["severity"].upper()]}
    )
