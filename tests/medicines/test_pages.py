"""The catalogue and one medicine, as people see them."""

import pytest
from django.urls import reverse

from medicines.models import BlockedName, Caution, Medicine, MedicineUnit

pytestmark = pytest.mark.django_db


def test_the_catalogue_shows_every_row_and_why_some_are_not_here(client):
    text = client.get(reverse("medicines:catalogue")).text
    for row in Medicine.objects.all():
        assert row.name in text
        assert row.why in text
    for name in BlockedName.objects.all():
        assert name.name in text
        assert name.reason in text


def test_the_catalogue_is_complete_in_english(client):
    text = client.get(reverse("medicines:catalogue"), headers={"Accept-Language": "en"}).text
    assert "no medical advice" in text
    assert "No ibuprofen in pregnancy." in text
    assert "Insulin" in text


def test_the_number_of_queries_does_not_grow(client, django_assert_num_queries):
    with django_assert_num_queries(5):
        client.get(reverse("medicines:catalogue"))
    for number in range(10):
        row = Medicine.objects.create(
            slug=f"new-{number}", name=f"新药{number}", name_en="New", status="listed"
        )
        MedicineUnit.objects.create(
            medicine=row, unit="tablet", cap=2, suggested=1, cap_basis="测试"
        )
        Caution.objects.create(
            medicine=row, rule="general", severity=3, text="提醒", text_en="Note", source="测试"
        )
    with django_assert_num_queries(5):
        client.get(reverse("medicines:catalogue"))


@pytest.mark.parametrize("slug", Medicine.Status.values)
def test_one_medicine_of_each_status_has_a_page(client, slug):
    row = Medicine.objects.filter(status=slug).first()
    response = client.get(row.get_absolute_url())
    assert response.status_code == 200
    assert row.name in response.text
    assert row.why in response.text


def test_a_medicine_says_its_forms_caps_and_cautions(client, django_assert_num_queries):
    with django_assert_num_queries(5):
        text = client.get("/medicines/ibuprofen/", headers={"Accept-Language": "en"}).text
    assert "Suspension" in text
    assert "6 capsules" in text
    assert "from 1 year of age" in text
    assert "/need/?medicine=ibuprofen" in text


def test_what_is_blocked_cannot_be_asked_for_from_its_page(client):
    assert "/need/" not in client.get("/medicines/pholcodine/").text


def test_an_unknown_medicine_is_not_found(client):
    assert client.get("/medicines/nothing-of-the-kind/").status_code == 404
