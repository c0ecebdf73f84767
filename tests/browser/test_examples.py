"""The examples of `/partners/help/`, taken off the page as a partner would copy them, and run."""

import json
import re
import subprocess
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from partners.models import Partner
from tests.browser.test_embed import host  # noqa: F401 -- a fixture
from tests.conftest import make_resident
from tests.partners.bodies import approved
from tests.posts.factories import offer
from verification.models import Level

FILES = {
    "menu.txt", "article.html", "square.wxml", "square.js", "square.json", "h5.html",
    "script.html", "frame.html", "Square.kt", "Square.swift", "api.sh", "api.html",
}  # fmt: skip
POLICY = (
    "default-src 'none'; script-src {site} 'unsafe-inline'; frame-src {site}; connect-src {site}"
)


@pytest.fixture
def partner(transactional_db, host, settings, live_server) -> Partner:  # noqa: F811
    settings.SITE_URL = live_server.url
    resident = make_resident("+8613800138051", Level.REAL_NAME)
    made = approved(resident)
    Partner.objects.update(origins=[host.url])
    offer(resident)
    host.policy = POLICY.format(site=live_server.url)
    return made


@pytest.fixture
def copied(person, partner) -> dict[str, str]:
    """Each file as it stands on the page."""
    reader = person("reader")
    reader.opens("/partners/help/?partner=yuehai")
    files = {
        each.get_attribute("data-file"): each.text_content()  # also of what is below the screen
        for each in reader.page.locator("pre[data-file]").all()
    }
    assert files.keys() == FILES
    return files


def visits(person, host, page: str):  # noqa: F811
    """Somebody opens a page of the body's own site, which holds what was copied."""
    host.page = page
    who = person("visitor")
    who.page.goto(f"{host.url}/page/")
    return who


def test_every_address_in_every_example_is_there(copied, client, live_server):
    found = set()
    for name, text in copied.items():
        assert "nanshan-yuehai" not in text and "example.org" not in text, name
        whole = text.replace("&amp;", "&").replace("$site", f"{live_server.url}/")
        found |= set(re.findall(rf"{live_server.url}/[^\s\"'`$]*", whole))
    assert len(found) >= 6
    for address in found:
        parts = urlsplit(address)
        answer = client.get(f"{parts.path}?{parts.query}")
        assert answer.status_code == 200, address
        if "src=" in parts.query:
            assert "came_from" in client.cookies


@pytest.mark.parametrize("name", ["menu.txt", "article.html"])
def test_the_link_of_a_menu_or_an_article_opens_the_square(person, host, copied, name):  # noqa: F811
    text = copied[name]
    link = f'<a href="{text}">余药互助</a>' if name == "menu.txt" else text
    who = visits(person, host, link)
    who.page.get_by_role("link", name="余药互助").click()
    who.sees("我需要药", "布洛芬")
    assert "came_from" in {each["name"] for each in who.page.context.cookies()}


def test_the_mini_program_opens_the_square(person, copied):
    assert json.loads(copied["square.json"]) == {"navigationBarTitleText": "余药互助"}
    address = re.fullmatch(r'<web-view src="([^"]+)"></web-view>', copied["square.wxml"])[1]
    who = person("mini-program")
    shared = who.page.evaluate(
        """(source) => {
            let page;
            new Function("Page", source)((definition) => { page = definition; });
            return page.onShareAppMessage();
        }""",
        copied["square.js"],
    )
    assert shared["path"] == "/pages/square/square"
    who.page.goto(address)
    who.sees("我需要药", "布洛芬")


def test_the_buttons_of_an_h5_page_lead_to_the_forms_and_know_the_way_back(
    person,
    host,  # noqa: F811
    copied,
):
    who = visits(person, host, copied["h5.html"])
    who.page.get_by_role("link", name="我需要药").click()
    who.sees("您需要什么药")
    who.page.go_back()
    who.page.get_by_role("link", name="我有多的药").click()
    who.page.wait_for_url("**/offer/**")
    assert f"back={host.url}/" in who.page.url


@pytest.mark.parametrize("name", ["script.html", "frame.html"])
def test_the_frame_shows_the_square(person, host, copied, name):  # noqa: F811
    who = visits(person, host, copied[name])
    expect(who.page.frame_locator("iframe").locator(".post-card")).to_have_count(1)


def test_the_posts_stand_in_a_list_of_the_page(person, host, copied):  # noqa: F811
    who = visits(person, host, copied["api.html"])
    row = who.page.locator("#yuyao a")
    expect(row).to_have_text("布洛芬 · 广东省深圳市南山区")
    row.click()
    who.sees("布洛芬", "南山区")
    assert "came_from" in {each["name"] for each in who.page.context.cookies()}


def test_curl_reads_the_posts(copied):
    done = subprocess.run(
        ["sh", "-c", copied["api.sh"]], capture_output=True, timeout=30, check=True
    )
    (post,) = json.loads(done.stdout)["posts"]
    assert post["items"][0]["name"]["zh"] == "布洛芬"


@pytest.mark.parametrize("name", ["Square.kt", "Square.swift"])
def test_an_app_opens_the_square_and_its_brackets_match(copied, live_server, name):
    """No compiler of theirs is here."""
    code = re.sub(r'"[^"]*"|//.*', "", copied[name])
    for opening, closing in ("()", "{}"):
        assert code.count(opening) == code.count(closing) > 3
    assert f'"{live_server.url}/"' in copied[name] and "?src=yuehai" in copied[name]


def test_without_a_body_they_hold_a_sample_and_say_so(person, transactional_db):
    who = person("reader")
    who.opens("/partners/help/")
    who.sees("请把nanshan-yuehai换成您单位的短名", "https://www.example.org/")
    who.page.set_viewport_size({"width": 1200, "height": 900})
    who.picture()
