"""The visitor's place in a real browser: the position is snapped there, before it is sent."""

import random

import pytest
from playwright.sync_api import expect

from places.grid import snap

HERE = (22.5431, 113.9312)  # in Nanshan, Shenzhen


def points(number):
    """All over the earth, and on the very edges of cells."""
    chance = random.Random(20221208)
    for _ in range(number):
        yield chance.uniform(-90, 90), chance.uniform(-180, 180)
        yield chance.randrange(-18_000, 18_001) * 0.005, chance.randrange(-30_000, 30_001) * 0.006
        yield chance.randrange(-18_000, 18_001) / 200, chance.randrange(-30_000, 30_001) * 3 / 500


def test_the_browser_and_the_server_snap_alike(person):
    page = person("grid").page
    page.goto("/place/")
    wanted = [point for point in points(5000) if abs(point[0]) <= 90 and abs(point[1]) <= 180]
    found = page.evaluate(
        "points => points.map(([lat, lng]) => Object.values(Place.snap(lat, lng)))", wanted
    )
    assert found == [[cell.row, cell.column] for cell in (snap(*point) for point in wanted)]


@pytest.mark.parametrize("where", ["NaN, 0", "0, Infinity", "91, 0", "0, -181", "undefined, 0"])
def test_the_browser_refuses_what_is_not_on_earth(person, where):
    page = person("grid").page
    page.goto("/place/")
    refused = page.evaluate(
        f"() => {{ try {{ Place.snap({where}) }} catch (error) {{ return error.name }} }}"
    )
    assert refused == "RangeError"


def test_only_the_cell_leaves_the_phone(person):
    who = person("position", at=HERE)
    bodies = []
    who.page.on("request", lambda request: bodies.append(f"{request.url} {request.post_data}"))
    who.opens("/place/?next=/place/")
    who.page.locator("[data-position]").click()
    expect(who.page.locator("[data-position-state]")).to_contain_text("深圳市南山区")
    expect(who.page.locator("#id_district")).to_have_value("440305")
    who.page.locator("form .button-primary").click()
    expect(who.page.locator("main .cells")).to_contain_text("深圳市南山区")
    cell = snap(*HERE)
    assert any(f"row={cell.row}&column={cell.column}" in body for body in bodies)
    assert not [body for body in bodies if "22.5" in body or "113.9" in body]
    assert not [body for body in bodies if str(cell.column) in body.split(" ")[0]]


def test_another_province_is_another_place(person):
    who = person("elsewhere", at=HERE)
    who.opens("/place/")
    who.page.locator("[data-position]").click()
    expect(who.page.locator("#id_district")).to_have_value("440305")
    who.page.locator("#id_province").select_option("430000")
    expect(who.page.locator("#id_city")).to_contain_text("长沙市")
    expect(who.page.locator("#id_row")).to_have_value("")


def test_a_tap_on_the_map_marks_a_cell(person):
    who = person("map", at=HERE)
    who.opens("/place/")
    who.page.locator("[data-position]").click()
    expect(who.page.locator("#id_district")).to_have_value("440305")
    before = who.page.locator("#id_row").input_value()
    who.page.locator(".map-picker summary").click()
    expect(who.page.locator("#place-map path[stroke-width='3']")).to_be_visible()
    expect(who.page.locator(".map-name").first).to_be_attached()
    who.page.locator("#place-map").click(position={"x": 160, "y": 60})
    expect(who.page.locator("#id_row")).not_to_have_value(before)
    assert who.page.locator("#place-map img").count() == 0  # no pin, no tile


# Whether the label that begins so stands in the map, at most half of its size from the middle.
IN_THE_MIDDLE = """(name) => {
  const map = document.getElementById("place-map").getBoundingClientRect();
  const labels = [...document.querySelectorAll(".map-name")];
  const label = labels.find((one) => one.innerText.startsWith(name));
  if (!label) return false;
  const box = label.getBoundingClientRect();
  return Math.abs(box.x + box.width / 2 - map.x - map.width / 2) < map.width / 2
    && Math.abs(box.y + box.height / 2 - map.y - map.height / 2) < map.height / 2;
}"""


def test_the_map_opens_on_the_chosen_area_and_follows_the_choice(person):
    who = person("map")
    who.opens("/place/")
    who.page.locator("#id_province").select_option("430000")
    expect(who.page.locator("#id_city")).to_contain_text("长沙市")
    who.page.locator(".map-picker summary").click()
    who.page.wait_for_function(IN_THE_MIDDLE, arg="湖南")
    who.page.locator("#id_city").select_option("430100")
    who.page.wait_for_function(IN_THE_MIDDLE, arg="岳麓")


def test_typing_finds_places(person):
    who = person("search")
    who.opens("/place/")
    who.page.locator("#id_q").press_sequentially("futain")
    who.page.get_by_role("button", name="深圳市福田区").click()
    expect(who.page.locator("#id_district")).to_have_value("440304")


def test_without_javascript_the_selects_are_enough(person):
    who = person("plain", javascript=False)
    who.opens("/place/?next=/place/")
    assert not who.page.locator("[data-position]").is_visible()
    for level, code in (("province", "440000"), ("city", "440300")):
        who.page.locator(f"#id_{level}").select_option(code)
        who.page.locator("[value=show]").click()
    who.page.locator("#id_district").select_option("440305")
    who.page.locator("form .button-primary").click()
    expect(who.page.locator("main .cells")).to_contain_text("深圳市南山区")
