"""What the database refuses, whoever writes."""

import pytest
from django.db import IntegrityError, transaction

from medicines.models import BlockedName, Caution, Medicine, MedicineForm, MedicineUnit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ibuprofen() -> Medicine:
    return Medicine.objects.get(slug="ibuprofen")


def refuses(make) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


@pytest.mark.parametrize("status", ["pending", "blocked"])
@pytest.mark.parametrize("missing", ["reason", "source"])
def test_a_row_that_is_not_listed_says_why(status, missing):
    fields = {"reason": "why", "source": "where", missing: ""}
    refuses(
        lambda: Medicine.objects.create(slug="x", name="x", name_en="x", status=status, **fields)
    )


@pytest.mark.parametrize("fields", [{"status": "sold"}, {"kind": "toy"}])
def test_an_unknown_status_or_kind_is_refused(fields):
    row = {"slug": "x", "name": "x", "name_en": "x", "reason": "r", "source": "s", **fields}
    refuses(lambda: Medicine.objects.create(**row))


@pytest.mark.parametrize(
    "changes",
    [{"cap": 0}, {"suggested": 0}, {"suggested": 7}, {"cap_basis": ""}],
)
def test_caps_are_positive_and_suggestions_within_them(ibuprofen, changes):
    row = {"unit": "pair", "cap": 6, "suggested": 2, "cap_basis": "why", **changes}
    refuses(lambda: MedicineUnit.objects.create(medicine=ibuprofen, **row))


def test_a_unit_and_a_form_come_once(ibuprofen):
    row = {"unit": "tablet", "cap": 6, "suggested": 2, "cap_basis": "why"}
    refuses(lambda: MedicineUnit.objects.create(medicine=ibuprofen, **row))
    refuses(lambda: MedicineForm.objects.create(medicine=ibuprofen, form="tablet"))


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "under_age", "months": None},
        {"rule": "under_age", "months": 0},
        {"rule": "pregnant", "months": 3},
        {"rule": "general", "severity": 9},
    ],
)
def test_an_age_limit_and_only_that_has_months(ibuprofen, changes):
    row = {"severity": 1, "text": "t", "text_en": "t", "source": "s", **changes}
    refuses(lambda: Caution.objects.create(medicine=ibuprofen, **row))


def test_a_blocked_name_says_why_and_comes_once():
    refuses(lambda: BlockedName.objects.create(name="x", name_en="x", source="s"))
    row = {"name": "胰岛素", "name_en": "x", "reason": "r", "source": "s"}
    refuses(lambda: BlockedName.objects.create(**row))
