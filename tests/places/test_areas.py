"""The areas of the CSV, as the database holds them."""

import pytest
from django.contrib.gis.geos import Point
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import translation

from places.models import Area

pytestmark = pytest.mark.django_db
LEVELS = Area.Level


def area(code):
    return Area.objects.get(code=code)


def test_all_provinces_cities_and_districts_are_there():
    assert Area.objects.filter(level=LEVELS.PROVINCE).count() == 34
    assert Area.objects.filter(level=LEVELS.CITY).count() == 333
    assert Area.objects.filter(level=LEVELS.DISTRICT).count() == 2847


def test_districts_without_a_city_belong_to_the_province():
    without_city = Area.objects.filter(level=LEVELS.DISTRICT, parent__level=LEVELS.PROVINCE)
    assert without_city.count() == 118
    municipalities = without_city.filter(parent__in=[110000, 120000, 310000, 500000])
    assert municipalities.count() == 85
    assert not Area.objects.filter(name__contains="市辖").exists()


def test_cities_and_provinces_without_districts_are_leaves():
    above = Area.objects.filter(is_leaf=True).exclude(level=LEVELS.DISTRICT)
    assert list(above.values_list("code", flat=True)) == [
        441900, 442000, 460400, 620200, 710000, 810000, 820000,
    ]  # fmt: skip
    assert not Area.objects.filter(is_leaf=True, children__isnull=False).exists()
    assert not Area.objects.filter(is_leaf=False, children__isnull=True).exists()


def test_an_area_is_a_range_of_codes():
    assert area(440000).range == (440000, 449999)
    assert area(440300).range == (440300, 440399)
    assert area(440305).range == (440305, 440305)
    assert area(441900).range == (441900, 441900)
    assert area(710000).range == (710000, 710000)


def test_within_finds_the_area_and_all_below_it():
    shenzhen = Area.objects.within(area(440300))
    assert shenzhen.count() == 1 + shenzhen.filter(parent=440300).count() == 10
    assert Area.objects.within(area(110000)).count() == 17


def test_children_come_in_the_order_of_codes():
    assert Area.objects.children_of(None).count() == 34
    names = [each.name for each in Area.objects.children_of(area(110000))[:2]]
    assert names == ["东城区", "西城区"]


def test_a_name_stands_with_its_parent_in_the_readers_language():
    nanshan = area(440305)
    assert nanshan.full_name == "广东省深圳市南山区"
    with translation.override("zh-hans"):
        assert (nanshan.label, nanshan.short_name) == ("深圳市南山区", "南山区")
        assert area(110105).label == "北京市朝阳区"
        assert area(440000).label == "广东省"
    with translation.override("en"):
        assert (nanshan.label, nanshan.short_name) == ("Nanshan, Shenzhen", "Nanshan")
        assert area(610100).label == "Xi'an, Shaanxi"
        assert area(150000).label == "Inner Mongolia"


def test_every_label_is_the_only_one_of_its_kind():
    with translation.override("zh-hans"):
        labels = [each.label for each in Area.objects.all()]
    assert len(labels) == len(set(labels))


def test_known_areas_are_read_once(django_assert_num_queries):
    Area.objects.forget_known()
    with django_assert_num_queries(1):
        assert Area.objects.known(440305) is Area.objects.known(440305)
    assert Area.objects.known(999999) is None


@pytest.mark.parametrize(
    ("code", "level", "parent"),
    [
        (440398, LEVELS.DISTRICT, 440400),  # another city's
        (440398, LEVELS.DISTRICT, None),
        (440398, LEVELS.CITY, 440000),  # the digits of a district
        (449800, LEVELS.CITY, 430000),
        (449800, LEVELS.CITY, None),
        (440398, LEVELS.PROVINCE, None),
        (98, LEVELS.DISTRICT, 440300),
    ],
)
def test_the_database_refuses_a_level_or_parent_that_contradicts_the_code(code, level, parent):
    wrong = Area(
        code=code,
        name="错区",
        level=level,
        parent_id=parent,
        is_leaf=True,
        path=["错区"],
        english_path=["Wrong"],
        point=Point(114, 22, srid=4326),
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong.save(force_insert=True)


def test_loading_again_changes_nothing(capsys, django_assert_max_num_queries):
    with django_assert_max_num_queries(1):
        call_command("load_areas")
    assert capsys.readouterr().out == "Areas are up to date.\n"


def test_loading_a_changed_file_mends_what_was_there(settings, monkeypatch):
    Area.objects.filter(code=440305).update(name="南 山")
    from places.models import LoadedFile

    LoadedFile.objects.filter(name="areas").delete()
    call_command("load_areas", verbosity=0)
    assert area(440305).name == "南山区"
    assert Area.objects.count() == 3214
