"""The maps in a real browser: counts, taps, keys, and three kinds of base."""

import math
import re
from collections.abc import Iterator
from typing import Any

import prcoords
import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from places import grid, tiles
from posts.square import great_circle
from tests.browser.test_accessibility import PROBLEMS
from tests.browser.tile_server import TileServer
from tests.conftest import make_resident
from tests.posts.factories import FUTIAN, FUTIAN_AT, NANSHAN, NANSHAN_AT, need, offer
from verification.models import Level

PLACES = {  # where the shift of GCJ-02 is checked
    "Shenzhen": NANSHAN_AT, "Beijing": (39.9087, 116.3975), "Urumqi": (43.8256, 87.6168),
    "Lhasa": (29.6525, 91.1721), "Harbin": (45.8038, 126.5349), "Hong Kong": (22.3, 114.17),
}  # fmt: skip
SEOUL, TAIPEI = (37.5665, 126.978), (25.0375, 121.5637)
KEPT_ZOOM = "JSON.parse(sessionStorage.getItem('map') ?? '{}').zoom"


@pytest.fixture
def poster(transactional_db, settings):
    settings.OPEN_POSTS_PER_RESIDENT = 100
    return make_resident("+8613800138051", Level.REAL_NAME)


@pytest.fixture
def server() -> Iterator[TileServer]:
    made = TileServer()
    yield made
    made.close()


@pytest.fixture
def use_tiles(settings, server):
    """`use_tiles("gcj02", path)`: what an operator would write into the environment."""

    def use(datum: str, layers: str = "{host}/{z}/{x}/{y}.png", **given: str) -> tiles.Tiles:
        written = {
            "MAP_TILES": layers.replace("{host}", f"http://127.0.0.1:{server.port}"),
            "MAP_TILES_DATUM": datum,
            "MAP_TILES_ATTRIBUTION": "© 测试地图 https://tiles.example/copyright",
            **given,
        }
        read = tiles.read(written, local=True)
        settings.MAP_TILES = read
        policy = django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        directives = policy | {"img-src": ["'self'", "data:", *read.origins]}
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": directives}
        return read

    return use


def cell_of(at: tuple[float, float]) -> grid.Cell:
    return grid.snap(*at)


def map_at(at: tuple[float, float], kind: str = "offer") -> str:
    """The address of the map that has chosen the cell of a place."""
    cell = cell_of(at)
    return f"/map/?kind={kind}&cell=0.{cell.row}.{cell.column}"


# --- the square on a map --------------------------------------------------------------------------
def test_a_tap_on_a_square_lists_its_posts_below(person, poster):
    offer(poster)
    offer(poster)
    offer(poster, code=FUTIAN, at=FUTIAN_AT)
    who = person("map")
    who.opens(f"/map/?kind=offer&area={NANSHAN}")
    blocks = who.page.locator(".map-square .map-block")
    expect(blocks.first).to_be_attached()
    expect(who.page.locator(".map-count").filter(has_text="2")).to_be_visible()
    expect(who.page.locator(".map-name").first).to_be_attached()
    assert who.page.locator(".map-square img").count() == 0  # no pin, no tile
    who.page.locator(".map-count").filter(has_text="2").evaluate(
        "one => { const box = one.getBoundingClientRect();"
        " document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)"
        ".dispatchEvent(new MouseEvent('click', { bubbles: true })); }"
    )
    expect(who.page.locator("#chosen .post-card")).to_have_count(2)
    assert re.search(r"cell=\d+\.\d+\.\d+", who.page.url)
    expect(who.page.locator(".map-chosen")).to_have_count(1)
    who.picture()
    who.page.reload()
    expect(who.page.locator("#chosen .post-card")).to_have_count(2)


def test_zooming_in_ends_at_the_public_cells_and_never_below(person, poster):
    post = offer(poster)
    cell = cell_of(NANSHAN_AT)
    who = person("zoom")
    who.opens(map_at(NANSHAN_AT))
    asked: list[str] = []
    who.page.on("request", lambda request: asked.append(request.url))
    for _tap in range(2):
        who.page.locator(".leaflet-control-zoom-in").click()
        who.page.wait_for_timeout(400)
    expect(who.page.locator(".map-block")).to_have_count(1)
    levels = {re.search(r"tile=(\d+)", url)[1] for url in asked if "/map/cells/" in url}
    assert levels == {"3"}
    where = who.page.evaluate(
        """() => { const box = document.querySelector(".map-block").getBoundingClientRect();
        return [box.width, box.height]; }"""
    )
    zoom = 16
    width = 0.006 / 360 * 256 * 2**zoom
    assert abs(where[0] - width) < 10  # and its border
    assert abs(where[1] - width * 5 / 6 / math.cos(math.radians(cell.lat))) < 10
    assert post.point.y == cell.lat


@pytest.mark.parametrize("way", ["link", "browser"])
def test_who_comes_back_from_a_post_finds_the_same_map(person, poster, way):
    offer(poster)
    who = person(f"back-{way}")
    who.opens(map_at(NANSHAN_AT))
    expect(who.page.locator(".map-block")).to_have_count(1)
    who.page.locator(".leaflet-control-zoom-in").click()
    who.page.wait_for_function(f"() => {KEPT_ZOOM} === 15")
    who.page.locator("#chosen .post-link").click()
    who.page.wait_for_url("**/posts/**")
    if way == "link":
        who.page.locator("[data-back]").click()
    else:
        who.page.go_back()
    expect(who.page.locator(".map-block")).to_have_count(1)
    assert who.page.evaluate(KEPT_ZOOM) == 15


def test_another_medicine_is_looked_for_in_the_same_view_another_area_is_not(person, poster):
    who = person("view")
    who.opens(f"/map/?kind=offer&area={NANSHAN}")
    who.page.locator(".leaflet-control-zoom-in").click()
    who.page.wait_for_function(f"() => {KEPT_ZOOM} === 12")
    who.page.locator("[name=medicine]").select_option(label="氯雷他定")
    who.page.wait_for_url("**medicine=loratadine*")
    expect(who.page.locator(".leaflet-control-zoom-in")).to_be_visible()
    assert who.page.evaluate(KEPT_ZOOM) == 12
    who.opens("/map/?kind=offer&area=430000")
    who.page.wait_for_function(f"() => {KEPT_ZOOM} === 6")


def test_the_keyboard_reaches_every_square(person, poster):
    offer(poster)
    offer(poster, code=FUTIAN, at=FUTIAN_AT)
    who = person("keys")
    who.opens("/map/?kind=offer&area=440300")
    expect(who.page.locator(".map-count")).to_have_count(2)
    keys = who.page.keyboard
    summary = who.page.locator("details:has(.map-list) summary")
    summary.focus()
    keys.press("Enter")
    links = who.page.locator(".map-list a")
    expect(links).to_have_count(2)
    expect(links.filter(has_text="深圳市南山区 · 1")).to_be_visible()
    keys.press("Tab")
    expect(links.first).to_be_focused()
    keys.press("Enter")
    expect(who.page.locator("#chosen .post-card")).to_have_count(1)
    expect(who.page.locator("#chosen h2")).to_be_focused()
    assert who.page.evaluate(PROBLEMS) == []


def test_without_javascript_areas_lead_to_the_posts(person, poster):
    offer(poster)
    who = person("plain", javascript=False)
    who.opens("/?kind=offer")
    who.taps("地图")
    expect(who.page.locator(".map-square")).to_be_hidden()
    for name in ("广东省 1", "深圳市 1", "南山区 1"):
        who.taps(name)
    expect(who.page.locator(".post-card")).to_have_count(1)
    who.opens(map_at(NANSHAN_AT))
    expect(who.page.locator("#chosen .post-card")).to_have_count(1)


def test_the_map_follows_the_filters_and_leads_back_to_the_list(person, poster):
    offer(poster)
    need(poster)
    who = person("filters")
    who.opens(f"/map/?kind=offer&area={NANSHAN}")
    who.page.locator("[name=medicine]").select_option(label="氯雷他定")
    who.page.wait_for_url("**/map/*medicine=loratadine*")
    expect(who.page.locator(".map-square [role=status]")).to_contain_text("这一带现在没有")
    who.taps("求助信息")
    who.taps("列表")
    assert who.page.url.endswith(f"/?kind=need&medicine=loratadine&area={NANSHAN}")


def test_a_map_that_cannot_be_fetched_says_so(person, poster):
    offer(poster)
    who = person("offline")
    who.page.route("**/map/cells/**", lambda route: route.abort())
    who.opens(f"/map/?kind=offer&area={NANSHAN}")
    expect(who.page.locator(".map-square [role=status]")).to_contain_text("地图没有加载出来")
    who.problems = [each for each in who.problems if "ERR_FAILED" not in each]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_map_page_is_accessible(person, poster, colours):
    offer(poster)
    who = person(f"accessible-{colours}")
    who.page.emulate_media(color_scheme=colours)
    for url in ("/map/", f"/map/?kind=offer&area={NANSHAN}", map_at(NANSHAN_AT)):
        who.opens(url)
        expect(who.page.locator(".leaflet-control-zoom-in")).to_be_visible()
        assert who.page.evaluate(PROBLEMS) == [], url


# --- three kinds of base --------------------------------------------------------------------------
def tile_numbers(lat: float, lng: float, zoom: int) -> tuple[float, float]:
    """Where a point lies among the tiles of a zoom: the usual sum of web maps."""
    across = 2**zoom
    y = math.asinh(math.tan(math.radians(lat)))
    return (lng + 180) / 360 * across, (1 - y / math.pi) / 2 * across


def point_of(x: float, y: float, zoom: int) -> tuple[float, float]:
    across = 2**zoom
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / across))))
    return lat, x / across * 360 - 180


# The middle of the chosen cell on the screen, and a loaded tile with its address and its corner.
SCREEN = """() => {
  const box = document.querySelector(".map-chosen, .map-cell").getBoundingClientRect();
  const tiles = [...document.querySelectorAll(".leaflet-tile-loaded")].map((one) => {
    const corner = one.getBoundingClientRect();
    return { src: one.src, x: corner.x, y: corner.y, size: corner.width };
  });
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, tiles };
}"""
ADDRESS = re.compile(r"/(\d+)/(\d+)/(\d+)\.png")


def seen_at(page: Page) -> tuple[tuple[float, float], int]:
    """What the tiles under the middle of the cell show, in their own degrees; and the zoom."""
    screen: dict[str, Any] = page.evaluate(SCREEN)
    zooms = [int(ADDRESS.search(each["src"])[1]) for each in screen["tiles"]]
    best = max(zooms)
    found = []
    for tile, zoom in zip(screen["tiles"], zooms, strict=True):
        across = (screen["x"] - tile["x"]) / tile["size"]
        down = (screen["y"] - tile["y"]) / tile["size"]
        if zoom == best and 0 <= across < 1 and 0 <= down < 1:
            x, y = map(int, ADDRESS.search(tile["src"]).groups()[1:])
            found.append(point_of(x + across, y + down, zoom))
    assert found, "no tile lies under the cell"
    return found[0], best


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    return great_circle(*one, *other)


def wait_for_tiles(page: Page) -> None:
    page.wait_for_function(
        """() => { const tiles = [...document.querySelectorAll(".leaflet-tile")];
        return document.querySelector(".map-chosen, .map-cell") && tiles.length
          && tiles.every((one) => one.classList.contains("leaflet-tile-loaded")); }"""
    )
    page.wait_for_timeout(500)  # tiles fade in, a zoom glides


def pixel(at: tuple[float, float], zoom: int) -> float:
    """Metres."""
    return 156_543.03 * math.cos(math.radians(at[0])) / 2**zoom


def centre(at: tuple[float, float]) -> tuple[float, float]:
    return cell_of(at).lat, cell_of(at).lng


def zoomed_in(who, at: tuple[float, float], times: int) -> Page:
    who.opens(map_at(at))
    wait_for_tiles(who.page)
    for _tap in range(times):
        who.page.locator(".leaflet-control-zoom-in").click()
        who.page.wait_for_timeout(500)
    wait_for_tiles(who.page)
    return who.page


def post_at(poster, at: tuple[float, float]) -> None:
    offer(poster, code=NANSHAN, at=at)


def test_tiles_in_wgs84_lie_where_they_belong(person, poster, use_tiles, server):
    use_tiles("wgs84")
    post_at(poster, NANSHAN_AT)
    page = zoomed_in(person("wgs84"), NANSHAN_AT, times=2)
    found, zoom = seen_at(page)
    assert zoom == 16
    assert metres_between(found, centre(NANSHAN_AT)) < 2 * pixel(NANSHAN_AT, zoom)
    x, y = (math.floor(each) for each in tile_numbers(*centre(NANSHAN_AT), 16))
    assert f"/16/{x}/{y}.png" in {each["path"] for each in server.asked}
    credit = page.locator(".leaflet-control-attribution a")
    expect(credit).to_have_text("© 测试地图")
    expect(credit).to_have_attribute("href", "https://tiles.example/copyright")
    assert "示意图" not in page.locator(".map-square").inner_text()
    assert page.locator(".map-land").count() == 0


@pytest.mark.parametrize("name", PLACES)
def test_tiles_in_gcj02_lie_where_prcoords_says(person, poster, use_tiles, server, name):
    """On each zoom the cell covers the spot of the tiles that the library computes for it."""
    use_tiles("gcj02")
    at = PLACES[name]
    post_at(poster, at)
    who = person(f"gcj02-{name}")
    wanted = tuple(prcoords.wgs_gcj(centre(at)))
    shift = metres_between(wanted, centre(at))
    assert shift > 39  # the least there is
    for times in (0, 2):
        page = zoomed_in(who, at, times)
        found, zoom = seen_at(page)
        error = metres_between(found, wanted)
        print(f"{name}: zoom {zoom}, shift {shift:.0f} m, error {error:.1f} m")
        assert error < 1 + pixel(at, zoom)
        x, y = (math.floor(each) for each in tile_numbers(*wanted, zoom))
        assert f"/{zoom}/{x}/{y}.png" in {each["path"] for each in server.asked}


def test_tiles_in_gcj02_stay_in_place_while_the_map_is_moved(person, poster, use_tiles):
    """Dragged far away and back, step by step: the shift is always that of the middle."""
    use_tiles("gcj02")
    post_at(poster, NANSHAN_AT)
    page = zoomed_in(person("drag"), NANSHAN_AT, times=0)
    keys = page.keyboard
    page.locator(".map-square .map").focus()
    for key in ["ArrowRight"] * 2 + ["ArrowDown"]:
        keys.press(key)
        page.wait_for_timeout(400)
    wait_for_tiles(page)
    found, zoom = seen_at(page)
    wanted = tuple(prcoords.wgs_gcj(centre(NANSHAN_AT)))
    assert metres_between(found, wanted) < 2 * pixel(NANSHAN_AT, zoom)


@pytest.mark.parametrize("at", [SEOUL, TAIPEI], ids=["Seoul", "Taipei"])
def test_tiles_in_gcj02_are_not_shifted_where_such_maps_are_not(person, poster, use_tiles, at):
    use_tiles("gcj02")
    post_at(poster, at)
    page = zoomed_in(person("abroad"), at, times=2)
    found, zoom = seen_at(page)
    assert prcoords.sanity_in_china_p(prcoords.Coords(*at))  # the usual rectangle would shift it
    assert metres_between(found, centre(at)) < 2 * pixel(at, zoom)


def test_the_browsers_sum_is_that_of_the_library(person, db):
    who = person("sum")
    who.opens("/map/")
    places = [(18.0 + row * 2.7, 74.0 + column * 4.1) for row in range(13) for column in range(14)]
    found = who.page.evaluate(
        "places => places.map(([lat, lng]) => MapBase.gcj({ lat, lng }))", places
    )
    for place, shifted in zip(places, found, strict=True):
        assert metres_between(tuple(shifted), tuple(prcoords.wgs_gcj(place))) < 0.01, place


def test_layers_keys_subdomains_and_who_is_told_what(person, poster, use_tiles, server):
    """In 天地图's manner: two layers on numbered hosts, with the operator's key."""
    read = use_tiles(
        "wgs84",
        f"http://t{{s}}.localhost:{server.port}/vec/{{z}}/{{x}}/{{y}}.png?tk={{key}}"
        f" http://t{{s}}.localhost:{server.port}/cva/{{z}}/{{x}}/{{y}}.png?tk={{key}}",
        MAP_TILES_KEY="operators-key-01",
        MAP_TILES_SUBDOMAINS="0123",
    )
    post_at(poster, NANSHAN_AT)
    who = person("layers")
    page = zoomed_in(who, NANSHAN_AT, times=0)
    policy = page.request.get("/map/").headers["content-security-policy"]
    images = re.search(r"img-src ([^;]*)", policy)[1].split()
    hosts = {f"http://t{n}.localhost:{server.port}" for n in range(4)}
    assert set(images) == {"'self'", "data:", *hosts} == {"'self'", "data:", *read.origins}
    assert {each["path"].split("/")[1] for each in server.asked} == {"vec", "cva"}
    assert all(each["path"].endswith("?tk=operators-key-01") for each in server.asked)
    assert {f"http://{each['host']}" for each in server.asked} <= hosts
    assert len({each["host"] for each in server.asked}) > 1
    origin = re.match(r"http://[^/]+/", page.url)[0]
    assert {each["referer"] for each in server.asked} == {origin}  # which site, and no page
    assert {each["cookie"] for each in server.asked} == {""}
    allowed = [each for each in who.problems if ".localhost:" in each]
    assert len(allowed) == len(server.asked)
    who.problems = [each for each in who.problems if each not in allowed]


def test_the_map_in_a_form_has_the_same_base(person, use_tiles, server):
    use_tiles("gcj02")
    who = person("picker")
    who.opens("/place/")
    cell = cell_of(NANSHAN_AT)
    who.page.evaluate(f"Place.set({{ row: {cell.row}, column: {cell.column} }})")
    who.page.locator(".map-picker summary").click()
    wait_for_tiles(who.page)
    closer = who.page.locator(".leaflet-control-zoom-in")
    while "leaflet-disabled" not in closer.get_attribute("class"):  # how often: as it opened
        closer.click()
        who.page.wait_for_timeout(500)
    wait_for_tiles(who.page)
    found, zoom = seen_at(who.page)
    wanted = tuple(prcoords.wgs_gcj(centre(NANSHAN_AT)))
    assert zoom == 16
    assert metres_between(found, wanted) < 1 + 2 * pixel(NANSHAN_AT, zoom)
    assert "示意图" not in who.page.locator(".map-picker").inner_text()
    before = who.page.locator("#id_column").input_value()
    who.page.locator("#place-map").click(position={"x": 20, "y": 160})
    expect(who.page.locator("#id_column")).not_to_have_value(before)


def test_without_tiles_nothing_is_asked_of_anybody(person, poster):
    offer(poster)
    who = person("alone")  # whom a request to a third party would make fail
    who.opens(map_at(NANSHAN_AT))
    expect(who.page.locator(".map-land").first).to_be_attached()
    assert "示意图" in who.page.locator(".map-square").inner_text()
    assert who.page.locator(".leaflet-tile").count() == 0
