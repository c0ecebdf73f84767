"""The square under one thumb: filters, chips, larger type, and the way back to where one was."""

import pytest
from playwright.sync_api import expect

from tests.conftest import make_resident
from tests.posts.factories import NANSHAN, need, offer
from verification.models import Level


@pytest.fixture
def poster(transactional_db):
    return make_resident("+8613800138051", Level.REAL_NAME)


@pytest.fixture
def offers(poster, settings):
    """45 offers: three pages of the square."""
    settings.OPEN_POSTS_PER_RESIDENT = 100
    return [offer(poster) for _post in range(45)]


def test_the_filters_lie_under_the_thumb_and_cover_nothing(person, offers):
    visitor = person("thumb")
    visitor.page.set_viewport_size({"width": 360, "height": 640})
    visitor.opens("/")
    bar = visitor.page.locator(".filters").bounding_box()
    assert bar["y"] > 640 * 2 / 3
    assert bar["y"] + bar["height"] == 640
    visitor.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    last = visitor.page.locator(".foot > :last-child").bounding_box()
    assert last["y"] + last["height"] < bar["y"]


def test_a_choice_is_sent_at_once_and_a_chip_takes_it_back(person, poster):
    offer(poster)
    visitor = person("chooses")
    visitor.opens(f"/?area={NANSHAN}")
    visitor.page.locator("[name=medicine]").select_option(label="氯雷他定")
    visitor.page.wait_for_url("**medicine=loratadine*")
    visitor.sees_no("刘女士")
    chips = visitor.page.locator(".chips .chip-on")
    expect(chips).to_have_count(2)
    visitor.picture()
    chips.filter(has_text="氯雷他定").click()
    visitor.page.wait_for_url(lambda url: "medicine" not in url and f"area={NANSHAN}" in url)
    expect(visitor.page.locator(".post-card")).to_have_count(1)


def test_without_a_script_a_button_sends_the_choice(person, poster):
    need(poster)
    visitor = person("plain", javascript=False)
    visitor.opens("/?kind=need")
    visitor.page.locator("[name=whom]").select_option(label="孕妇")
    visitor.taps("查看")
    assert "whom=pregnant" in visitor.page.url
    visitor.taps("去掉筛选： 孕妇")
    assert "whom" not in visitor.page.url


@pytest.mark.parametrize("way", ["link", "browser"])
def test_whoever_comes_back_from_a_post_finds_his_place(person, offers, way):
    visitor = person(f"back-{way}")
    visitor.opens("/?kind=offer")
    cards = visitor.page.locator(".post-card")
    for shown in (40, 45):
        visitor.page.locator(".more a").click()
        expect(cards).to_have_count(shown)
    card = cards.nth(42)
    card.scroll_into_view_if_needed()
    before = card.bounding_box()["y"]
    card.locator(".post-link").click()
    visitor.page.wait_for_url("**/posts/**")
    if way == "link":
        visitor.page.locator("[data-back]").click()
    else:
        visitor.page.go_back()
    visitor.page.wait_for_url("**/?kind=offer")
    expect(cards).to_have_count(45)
    expect(card).to_be_in_viewport()
    assert abs(card.bounding_box()["y"] - before) < 5


def test_a_new_visit_begins_at_the_top_with_the_newest(person, offers):
    visitor = person("anew")
    visitor.opens("/?kind=offer")
    visitor.page.locator(".more a").click()
    expect(visitor.page.locator(".post-card")).to_have_count(40)
    visitor.opens("/need/")
    visitor.opens("/?kind=offer")
    expect(visitor.page.locator(".post-card")).to_have_count(20)
    assert visitor.page.evaluate("scrollY") == 0


@pytest.mark.parametrize("javascript", [True, False])
def test_larger_type_is_one_tap_away_and_stays(person, poster, javascript):
    offer(poster)
    old = person("elder", javascript=javascript)

    def size() -> float:
        return float(old.page.locator(".post-place").first.evaluate(
            "one => getComputedStyle(one).fontSize"
        ).removesuffix("px"))  # fmt: skip

    old.opens("/?kind=offer")
    standard = size()
    old.taps("长辈版")
    assert old.page.url.endswith("/?kind=offer")
    assert size() >= 18 > standard
    old.taps("字再大些")
    assert size() >= 30
    old.opens("/?kind=need")
    expect(old.page.locator("html.largest")).to_have_count(1)
    old.taps("标准版")
    old.opens("/?kind=offer")
    assert size() == standard
