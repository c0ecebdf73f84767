"""The register of personal data is complete: no column escapes it."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.utils import translation

from safety import register
from safety.rotation import encrypted_fields
from verification.models import Resident

# Tables about medicines, places, words, rights and migrations: no row of them is about a person.
ABOUT_THINGS = {
    "auth.Group",
    "auth.Group_permissions",
    "auth.Permission",
    "contenttypes.ContentType",
    "medicines.BlockedName",
    "medicines.CatalogueMark",
    "medicines.Caution",
    "medicines.Ingredient",
    "medicines.Medicine",
    "medicines.MedicineForm",
    "medicines.MedicineUnit",
    "medicines.Medicine_groups",
    "medicines.Medicine_ingredients",
    "medicines.SymptomGroup",
    "places.Area",
    "places.Boundary",
    "places.LoadedFile",
    "places.Outline",
    "safety.ScreeningVersion",
    "safety.ScreeningWord",
    "gis.PostGISGeometryColumns",
    "gis.PostGISSpatialRefSys",
}
# Of Django and allauth: about people, and never written here (tests/mutualaid/test_admin_site.py).
NEVER_WRITTEN = {
    "account.EmailAddress",
    "account.EmailConfirmation",
    "admin.LogEntry",
    "socialaccount.SocialAccount",  # and test_weixin.py
    "socialaccount.SocialApp",
    "socialaccount.SocialToken",
}


def models():
    return {
        model._meta.label: model
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.proxy
    }


def columns(model) -> set[str]:
    meta = model._meta
    fields = [*meta.concrete_fields, *meta.many_to_many]
    return {field.name for field in fields if field.column or field.many_to_many}


def classified(label: str) -> list[str]:
    return [*register.personal_fields(label), *register.NOT_PERSONAL.get(label, ())]


@pytest.mark.parametrize("label", sorted(set(models()) - ABOUT_THINGS - NEVER_WRITTEN))
def test_every_column_is_in_the_register_or_said_to_be_harmless(label):
    model = models()[label]
    assert sorted(classified(label)) == sorted(columns(model))


def test_a_table_that_holds_a_person_or_a_secret_is_never_left_out():
    for label in ABOUT_THINGS:
        model = models()[label]
        assert not encrypted_fields(model), label
        own = [*model._meta.concrete_fields, *model._meta.many_to_many]
        assert Resident not in {field.related_model for field in own}, label


def test_nothing_secret_is_said_to_be_harmless():
    for label, model in models().items():
        harmless = register.NOT_PERSONAL.get(label, ())
        for field in model._meta.concrete_fields:
            is_of_a_person = field.related_model is Resident and not model._meta.auto_created
            is_secret = field in encrypted_fields(model) or is_of_a_person
            assert not (is_secret and field.name in harmless), f"{label}.{field.name}"


def test_every_table_of_the_database_is_known(db):
    with connection.cursor() as cursor:
        tables = {table.name for table in connection.introspection.get_table_list(cursor)}
    known = {model._meta.db_table for model in models().values()}
    others = {
        "cache",
        "django_migrations",
        "raster_columns",
        "raster_overviews",
        "geography_columns",
    }
    assert tables - known <= others
    assert "cache" in {holding.model for holding in register.HOLDINGS}


def test_the_register_names_only_what_exists():
    for holding in register.HOLDINGS:
        if holding.model != "cache":
            assert set(holding.fields) <= columns(models()[holding.model]), holding.model
    for label, fields in register.NOT_PERSONAL.items():
        assert fields <= columns(models()[label]), label


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_entry_says_what_why_how_long_and_who(language):
    with translation.override(language):
        for holding in register.HOLDINGS:
            words = [holding.what, holding.why, holding.kept(), holding.seen_by]
            assert all(len(str(each)) > 1 and "%" not in str(each) for each in words), holding


def test_how_long_follows_the_settings(settings):
    contact = next(each for each in register.HOLDINGS if "contact_phone" in each.fields)
    settings.CONTACT_KEPT = timedelta(days=3)
    with translation.override("en"):
        assert contact.kept() == "until 3 days after the post is over"
        settings.CONTACT_KEPT = timedelta(hours=6)
        assert contact.kept() == "until 6 hours after the post is over"
