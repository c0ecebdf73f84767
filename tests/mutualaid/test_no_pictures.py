"""No picture of a document is asked for: nothing here takes a file."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.urls import get_resolver

from tests.verification.test_real_name import payload

CLONE = Path(__file__).resolve().parents[2]
OURS = ("medicines", "mutualaid", "partners", "places", "posts", "safety", "verification")


def all_forms(base: type = forms.BaseForm) -> Iterator[type]:
    for each in base.__subclasses__():
        yield each
        yield from all_forms(each)


def test_no_form_has_a_field_for_a_file():
    get_resolver().url_patterns  # noqa: B018 -- imports every view, and so every form
    ours = [each for each in all_forms() if each.__module__.startswith(OURS)]
    assert len(ours) > 5
    for form in ours:
        for field in getattr(form, "base_fields", {}).values():
            assert not isinstance(field, forms.FileField), form


def test_no_table_has_a_column_for_a_file():
    for model in apps.get_models():
        for field in model._meta.get_fields():
            assert not isinstance(field, models.FileField), model


def test_no_template_asks_for_a_file_or_a_camera():
    pages = list((CLONE / "templates").rglob("*.html"))
    assert pages
    for page in pages:
        found = re.search(r"type=.?file|multipart/form-data|capture=", page.read_text())
        assert not found, page


@pytest.mark.django_db
def test_a_picture_that_is_sent_all_the_same_is_refused(as_resident, resident):
    picture = SimpleUploadedFile("card.jpg", b"\xff\xd8\xff", "image/jpeg")
    response = as_resident.post("/real-name/", {**payload(), "picture": picture})
    assert response.status_code == 400
    assert not resident.real_name_checks.exists()
