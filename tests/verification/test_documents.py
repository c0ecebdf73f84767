"""Documents: what is well formed, and what is wrong with what is not."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from stdnum.cn import ric

from verification.documents import Document, clean_name, clean_number
from verification.models import DocumentType as Type


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def complete(first_17):
    """An 18-digit number with its right checksum."""
    return first_17 + ric.calc_check_digit(first_17 + "0")


def without_numbers(value):
    """Invented or not, no document number stands in the output of the tests."""
    return value.value if isinstance(value, Type) else "…"


@pytest.mark.parametrize(
    ("kind", "typed", "cleaned"),
    [
        (Type.ID_CARD, "110101199003070011", "110101199003070011"),
        (Type.ID_CARD, " 110101 19900307 0011 ", "110101199003070011"),
        (Type.ID_CARD, "１１０１０１１９９００３０７００１１", "110101199003070011"),
        (Type.ID_CARD, complete("44030519600101001"), "440305196001010014"),  # older than its code
        (Type.PASSPORT, "e12345678", "E12345678"),
        (Type.PASSPORT, "123456789", "123456789"),
        (Type.HK_MACAO_PERMIT, "h12345678", "H12345678"),
        (Type.HK_MACAO_PERMIT, "M1234567801", "M1234567801"),
        (Type.TAIWAN_PERMIT, "01234567", "01234567"),
        (Type.TAIWAN_PERMIT, "0123456702(B)", "0123456702B"),
        (Type.FOREIGN_RESIDENT, "usa110080010101", "USA110080010101"),
        (Type.FOREIGN_RESIDENT, "90110119900307001x", complete("90110119900307001")),
        (Type.RESIDENCE_PERMIT, complete("81000019900307001"), "810000199003070015"),
        (Type.RESIDENCE_PERMIT, complete("83000019900307001"), complete("83000019900307001")),
    ],
    ids=without_numbers,
)
def test_a_well_formed_number_is_accepted(kind, typed, cleaned):
    assert clean_number(kind, typed) == cleaned


@pytest.mark.parametrize(
    ("kind", "typed", "says"),
    [
        (Type.ID_CARD, "11010119900307001", "18 characters; this one has 17"),
        (Type.ID_CARD, "1101011990030700AB", "digits only"),
        (Type.ID_CARD, "110101199003070012", "not right"),
        (Type.ID_CARD, complete("11010119901340001"), "not a birth date"),
        (Type.ID_CARD, complete("11010129900307001"), "not a birth date"),
        (Type.ID_CARD, complete("11010100000307001"), "not a birth date"),
        (Type.ID_CARD, complete("99000019900307001"), "not the code of a region"),
        (Type.ID_CARD, complete("11019919900307001"), "not the code of a region"),
        (Type.ID_CARD, "810000199003070015", "residence permit"),
        (Type.PASSPORT, "E1", "5 to 15"),
        (Type.PASSPORT, "ABCDEFGH", "5 to 15"),
        (Type.HK_MACAO_PERMIT, "X12345678", "H or M"),
        (Type.TAIWAN_PERMIT, "1234567", "8 digits"),
        (Type.FOREIGN_RESIDENT, "12A110080010101", "three letters"),
        (Type.FOREIGN_RESIDENT, "110101199003070011", "begins with 9"),
        (Type.RESIDENCE_PERMIT, "110101199003070011", "begins with 810000"),
        (Type.RESIDENCE_PERMIT, "H12345678", "18 characters"),
    ],
    ids=without_numbers,
)
def test_what_is_wrong_is_said(kind, typed, says):
    with pytest.raises(ValidationError, match=says):
        clean_number(kind, typed)


def test_under_14_a_parent_is_asked():
    born = timezone.localdate() - timedelta(days=13 * 365)
    with pytest.raises(ValidationError, match="parent"):
        clean_number(Type.ID_CARD, complete(f"110101{born:%Y%m%d}001"))


def test_old_cards_of_foreigners_have_a_short_birth_date():
    born = timezone.localdate() - timedelta(days=13 * 365)
    with pytest.raises(ValidationError, match="parent"):
        clean_number(Type.FOREIGN_RESIDENT, f"USA1100{born:%y%m%d}01")
    grown = timezone.localdate() - timedelta(days=15 * 366)
    assert clean_number(Type.FOREIGN_RESIDENT, f"USA1100{grown:%y%m%d}01")
    assert clean_number(Type.FOREIGN_RESIDENT, "USA110099999901")  # no date: a reviewer looks


@pytest.mark.parametrize("kind", Type)
@pytest.mark.parametrize(
    "typed", ["", "x", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦٧٨", "²" * 18, "😀" * 9, "1" * 18, "X" * 18]
)
def test_nonsense_is_refused_with_a_sentence(kind, typed):
    try:
        clean_number(kind, typed)
    except ValidationError as error:
        assert error.messages[0]


@pytest.mark.parametrize(
    "name", ["刘芳", "阿卜杜拉·买买提", "Anne-Marie O'Neill", "José da Silva", "Ng"]
)
def test_names_of_many_peoples_are_accepted(name):
    assert clean_name(f"  {name} ") == name


@pytest.mark.parametrize("name", ["刘", "13800138000", "", "  ", "刘2", "a@b.c", "<b>"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValidationError):
        clean_name(name)


@pytest.mark.parametrize(("name", "masked"), [("刘芳", "刘**"), ("刘", "刘**"), ("Li Na", "L***")])
def test_a_masked_name_shows_one_character(name, masked):
    assert Document(Type.PASSPORT, name, "E12345678").masked_name == masked


def test_a_renewed_permit_is_the_same_document():
    first, renewed = (Document(Type.HK_MACAO_PERMIT, "陈", f"H12345678{n}") for n in ("", "02"))
    assert first.digest == renewed.digest
    assert Document(Type.PASSPORT, "陈", "H12345678").digest != first.digest


def test_a_document_in_a_traceback_shows_nothing():
    assert "芳" not in repr(Document(Type.ID_CARD, "刘芳", "110101199003070011"))
    assert "1990" not in repr(Document(Type.ID_CARD, "刘芳", "110101199003070011"))
