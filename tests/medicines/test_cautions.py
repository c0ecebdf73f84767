"""Which warnings people get for whom a post is for."""

import pytest
from django.utils import translation

from medicines.cautions import Person, PersonKind, Severity, warnings_for
from medicines.models import Ingredient, Medicine

pytestmark = pytest.mark.django_db

ADULT = Person(PersonKind.ADULT)


def medicines(*slugs: str) -> list[Medicine]:
    return [Medicine.objects.get(slug=slug) for slug in slugs]


def personal(slug: str, *people: Person) -> str:
    found = warnings_for(medicines(slug), people)
    return " ".join(warning.text for warning in found if warning.is_personal)


@pytest.mark.parametrize(
    ("slug", "kind", "months", "words"),
    [
        ("ibuprofen", "pregnant", None, "孕妇禁用布洛芬"),
        ("ibuprofen", "breastfeeding", None, "哺乳期不要用布洛芬"),
        ("ibuprofen", "chronic", None, "严重心脏"),
        ("ibuprofen", "chronic", None, "胃溃疡"),
        ("ibuprofen", "infant", 5, "混悬滴剂：满6个月"),
        ("ibuprofen", "infant", 11, "混悬液：满1岁"),
        ("ibuprofen", "infant", None, "混悬滴剂：满6个月"),
        ("ibuprofen", "child", 200, "成人用的"),
        ("paracetamol", "infant", 1, "不满2个月"),
        ("aspirin", "child", 100, "孩子不要用阿司匹林"),
        ("aspirin", "pregnant", None, "最后三个月"),
        ("lianhua-qingwen", "chronic", None, "高血压"),
        ("lianhua-qingwen", "child", 60, "先问医生"),
        ("lianhua-qingwen", "pregnant", None, "先问医生"),
        ("lianhua-qingwen", "breastfeeding", None, "先问医生"),
        ("qingyan", "pregnant", None, "慎用"),
        ("ambroxol", "pregnant", None, "前三个月"),
        ("ambroxol", "chronic", None, "肝、肾"),
        ("acetylcysteine", "chronic", None, "哮喘"),
        ("chlorphenamine", "infant", 0, "新生儿"),
        ("chlorphenamine", "pregnant", None, "慎用"),
        ("chlorphenamine", "breastfeeding", None, "慎用"),
        ("chlorphenamine", "chronic", None, "青光眼"),
        ("loratadine", "child", 23, "满2岁"),
        ("cetirizine", "child", 23, "满2岁"),
        ("cetirizine", "pregnant", None, "前三个月"),
        ("cetirizine", "breastfeeding", None, "不建议"),
        ("xylometazoline", "child", 24, "不满3岁"),
        ("xylometazoline", "child", None, "不满3岁"),
        ("huoxiang-zhengqi", "pregnant", None, "孕妇不要用藿香正气水"),
    ],
)
def test_the_person_is_warned(slug, kind, months, words):
    assert words in personal(slug, Person(kind, months))


@pytest.mark.parametrize(
    ("slug", "kind", "months"),
    [
        ("ibuprofen", "adult", None),
        ("ibuprofen", "over_65", None),
        ("paracetamol", "infant", 2),
        ("paracetamol", "pregnant", None),
        ("loratadine", "child", 24),
        ("xylometazoline", "child", 36),
        ("antigen-test", "infant", 1),
    ],
)
def test_others_are_not(slug, kind, months):
    assert personal(slug, Person(kind, months)) == ""


def test_the_age_limits_of_two_forms_are_told_apart():
    text = personal("ibuprofen", Person("infant", 8))
    assert "混悬液" in text
    assert "混悬滴剂" not in text


def test_everybody_hears_what_concerns_everybody_after_the_personal_ones():
    found = warnings_for(medicines("ibuprofen", "xylometazoline"), [Person("pregnant")])
    assert found[0].text == "孕妇禁用布洛芬"
    assert found[0].severity == Severity.AVOID
    assert [warning.is_personal for warning in found] == sorted(
        [warning.is_personal for warning in found], reverse=True
    )
    assert any("7天" in warning.text for warning in found)


def test_one_ill_person_among_several_is_enough():
    assert "孕妇" in personal("ibuprofen", ADULT, Person("pregnant"))


def test_two_medicines_with_one_ingredient_are_a_double_dose():
    compound = Medicine.objects.create(
        slug="compound-cold", name="复方感冒药", name_en="Compound cold remedy", status="listed"
    )
    compound.ingredients.add(Ingredient.objects.get(slug="paracetamol"))
    found = warnings_for([*medicines("paracetamol"), compound], [ADULT])
    assert {medicine.slug for medicine in found[0].medicines} == {"paracetamol", "compound-cold"}
    assert found[0].is_personal
    assert not any(len(warning.medicines) > 1 for warning in warnings_for([compound], [ADULT]))


def test_no_two_rows_of_the_catalogue_share_an_ingredient():
    found = warnings_for(list(Medicine.objects.all()), [])
    assert all(len(warning.medicines) == 1 for warning in found)


def test_warnings_speak_the_readers_language():
    with translation.override("en"):
        assert personal("ibuprofen", Person("pregnant")) == "No ibuprofen in pregnancy."


def test_the_number_of_queries_does_not_grow(django_assert_num_queries):
    few, many = medicines("ibuprofen"), list(Medicine.objects.all())
    with django_assert_num_queries(2):
        warnings_for(few, [ADULT])
    with django_assert_num_queries(2):
        warnings_for(many, [ADULT])


def test_nothing_chosen_needs_no_warning():
    assert warnings_for([], [ADULT]) == []
