"""The chips, and what their values mean."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import QueryDict
from django.utils import translation

from medicines import known
from medicines.choosing import MedicineChoiceField, parse, shelves
from medicines.models import CatalogueMark, Medicine

pytestmark = pytest.mark.django_db


class ChooseForm(forms.Form):
    medicine = MedicineChoiceField(groups=True)


class ExactForm(forms.Form):
    medicine = MedicineChoiceField()


def test_medicines_and_groups_are_found(django_assert_num_queries):
    known.medicines()
    with django_assert_num_queries(2):
        medicines, groups = parse(["ibuprofen", "antigen-test", "ibuprofen", "any:fever"])
    assert [row.slug for row in medicines] == ["ibuprofen", "antigen-test"]
    assert [row.slug for row in groups] == ["fever"]


def test_nothing_chosen_is_nothing():
    assert parse([]) == ([], [])


@pytest.mark.parametrize("status", ["pending", "blocked"])
def test_only_listed_rows_can_be_chosen(status):
    for row in Medicine.objects.filter(status=status):
        with pytest.raises(ValidationError) as error:
            parse(["ibuprofen", row.slug])
        assert row.reason in error.value.messages[0]


@pytest.mark.parametrize(
    "value",
    [
        "heroin",
        "",
        "\x00",
        "布洛芬",
        "any:",
        "any:nothing",
        "any:\x00",
        "any:dry-cough",
        "a" * 9000,
    ],
)
def test_an_unknown_value_is_refused_with_a_sentence(value):
    with translation.override("en"), pytest.raises(ValidationError) as error:
        parse([value])
    assert "not in our list" in error.value.messages[0]


def test_too_many_values_are_refused():
    with pytest.raises(ValidationError):
        parse([str(number) for number in range(1000)])


def test_shelves_hold_every_listed_row_once_and_supplies_come_last():
    found = shelves()
    assert found[-1].group is None
    slugs = [row.slug for shelf in found for row in shelf.medicines]
    assert sorted(slugs) == sorted(Medicine.objects.listed().values_list("slug", flat=True))
    assert "dry-cough" not in {shelf.group.slug for shelf in found if shelf.group}


def test_the_field_cleans_to_a_choice():
    form = ChooseForm(QueryDict("medicine=ibuprofen&medicine=any:fever"))
    assert form.is_valid()
    assert form.cleaned_data["medicine"].medicines[0].slug == "ibuprofen"
    assert form.cleaned_data["medicine"].groups[0].slug == "fever"


def test_a_group_is_refused_where_medicines_must_be_exact():
    assert not ExactForm(QueryDict("medicine=any:fever")).is_valid()


def test_an_empty_form_asks_for_one():
    form = ChooseForm(QueryDict(""))
    assert list(form.errors) == ["medicine"]


def test_chips_are_plain_checkboxes_and_keep_what_was_ticked(django_assert_num_queries):
    form = ChooseForm(QueryDict("medicine=ibuprofen&medicine=any:fever&medicine=nonsense"))
    assert not form.is_valid()
    with django_assert_num_queries(1):
        html = str(form["medicine"])
    assert 'name="medicine" value="ibuprofen" checked' in html
    assert 'value="any:fever" checked' in html
    assert 'value="paracetamol">' in html
    assert "aspirin" not in html
    assert "<script" not in html


def test_groups_are_offered_only_where_asked_for():
    assert "any:" not in str(ExactForm()["medicine"])


def test_any_of_one_is_no_choice():
    html = str(ChooseForm()["medicine"])
    assert "any:fever" in html
    assert "any:blocked-nose" not in html


# --- what each process keeps of the catalogue -----------------------------------------------------
def test_the_catalogue_is_read_once(django_assert_num_queries):
    known.medicines()
    with django_assert_num_queries(1):
        ibuprofen = known.medicines()["ibuprofen"]
        assert ibuprofen.units.all() and ibuprofen.cautions.all() and ibuprofen.ingredients.all()
        assert ibuprofen.group and ibuprofen.forms.all() is not None


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (
            lambda row: Medicine.objects.filter(pk=row.pk).update(pick_up_only=True),
            lambda row: row.pick_up_only,
        ),
        (lambda row: row.groups.clear(), lambda row: row.group is None),
        (lambda row: row.ingredients.clear(), lambda row: not row.ingredients.all()),
        (lambda row: row.cautions.all().delete(), lambda row: not row.cautions.all()),
        (lambda row: row.units.update(cap=99), lambda row: row.units.all()[0].cap == 99),
        (lambda row: row.forms.all().delete(), lambda row: not row.forms.all()),
    ],
)
def test_a_change_of_the_catalogue_is_seen_at_once(change, seen):
    assert not seen(known.medicines()["ibuprofen"])
    change(Medicine.objects.get(slug="ibuprofen"))
    assert seen(known.medicines()["ibuprofen"])


def test_a_change_that_is_taken_back_is_forgotten():
    with transaction.atomic():
        Medicine.objects.filter(slug="ibuprofen").update(pick_up_only=True)
        assert known.medicines()["ibuprofen"].pick_up_only
        transaction.set_rollback(True)
    assert not known.medicines()["ibuprofen"].pick_up_only


def test_without_a_mark_nothing_is_kept():
    CatalogueMark.objects.all().delete()
    known.medicines()
    Medicine.objects.filter(slug="ibuprofen").update(pick_up_only=True)
    assert known.medicines()["ibuprofen"].pick_up_only
