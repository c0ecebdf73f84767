"""Manners that a WebView asks for: mini-programs and apps show one page in one window, under a
notch, with a back button of their own."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.conftest import make_resident
from tests.posts.factories import need, offer
from verification.models import Level

OURS = [
    *(settings.BASE_DIR / "templates").rglob("*.html"),
    *(settings.BASE_DIR / "static/js").glob("*.js"),
]
SECOND_WINDOW = re.compile(r"_blank|window\.open|(?<![-\w])target=\"(?!_self|_top)")
TRAP = re.compile(r"pushState|onbeforeunload|[\"']beforeunload|[\"']popstate|\balert\(|\bprompt\(")
NOTCH = {"top": 47, "right": 44, "bottom": 34, "left": 44}
OUTSIDE = """(notch) => {
    const room = {left: notch.left, right: innerWidth - notch.right, top: notch.top};
    return [...document.querySelectorAll("a, button, input, select, h1, h2, p")]
        .filter((one) => one.getClientRects().length && !one.closest(".skip"))
        .map((one) => [one, one.getBoundingClientRect()])
        .filter(([, box]) => box.left < room.left || box.right > room.right || box.top < room.top)
        .map(([one]) => one.outerHTML.slice(0, 80));
}"""


def test_nothing_opens_a_second_window_or_holds_anybody_back():
    for file in OURS:
        if "admin" not in file.parts:
            text = file.read_text()
            assert not SECOND_WINDOW.search(text), file
            assert not TRAP.search(text), file
    assert len(OURS) > 150
    assert SECOND_WINDOW.search('<a target="_new">') and TRAP.search("history.pushState(")


@pytest.fixture
def posts(transactional_db):
    poster = make_resident("+8613800138051", Level.REAL_NAME)
    return [offer(poster), need(poster)]


@pytest.mark.parametrize("url", ["/", "/?kind=need", "/need/", "/signin/", "/partners/help/"])
def test_nothing_lies_under_the_notch(person, posts, url):
    who = person("notch")
    who.page.set_viewport_size({"width": 780, "height": 360})  # lying on its side
    session = who.page.context.new_cdp_session(who.page)
    session.send("Emulation.setSafeAreaInsetsOverride", {"insets": NOTCH})
    who.opens(url)
    assert who.page.evaluate(OUTSIDE, NOTCH) == []
    room = who.page.evaluate("getComputedStyle(document.body).paddingLeft")
    assert room == f"{NOTCH['left']}px", "the browser knows of the notch"


def test_what_stays_at_the_bottom_keeps_clear_of_the_home_bar(person, posts):
    who = person("home-bar")
    session = who.page.context.new_cdp_session(who.page)
    session.send("Emulation.setSafeAreaInsetsOverride", {"insets": NOTCH})
    who.opens("/")
    bottom = """innerHeight - Math.max(...[...document.querySelectorAll(".filters *")]
        .filter((one) => one.getClientRects().length)
        .map((one) => one.getBoundingClientRect().bottom))"""
    assert who.page.evaluate(bottom) >= NOTCH["bottom"]


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no script"])
def test_each_tap_of_the_back_button_goes_one_page_back(person, posts, javascript):
    who = person("back", javascript=javascript)
    who.opens("/?src=nobody")
    gone_through = [who.page.url]

    def arrives() -> None:
        who.page.wait_for_load_state()
        assert who.page.url != gone_through[-1]
        gone_through.append(who.page.url)

    who.page.locator(".big.need").click()
    arrives()
    who.ticks("布洛芬")
    who.page.locator("[formaction='/need/details/']").first.click()
    arrives()
    who.ticks("65岁以上")
    who.page.locator("main button.button-primary").last.click()
    arrives()
    for url in reversed(gone_through[:-1]):
        who.page.go_back()
        expect(who.page).to_have_url(url)
        expect(who.page.locator("main h1, main .promise").first).to_be_visible()


def test_a_telephone_link_is_one_that_an_app_can_dial(person, posts):
    who = person("dials")
    who.opens("/safety/")
    for link in who.page.locator("a[href^='tel:']").all():
        assert re.fullmatch(r"tel:\+?[0-9]+", link.get_attribute("href"))
        assert link.get_attribute("target") is None
