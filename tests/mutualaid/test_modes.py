"""长辈版: larger type, remembered on the device, with or without a script."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def root(client: Client, url: str = "/") -> str:
    page = client.get(url).content.decode()
    return page[page.index("<html") : page.index(">", page.index("<html"))]


@pytest.mark.parametrize("mode", ["elder", "largest"])
def test_a_mode_is_remembered_and_marks_every_page(client, mode):
    response = client.post("/mode/", {"mode": mode})
    assert response.status_code == 302
    assert response.cookies["mode"]["max-age"] > 300 * 24 * 3600
    for url in ("/", "/need/", "/medicines/", "/signin/", "/no-such-page/"):
        assert f'class="{mode}"' in root(client, url), url


def test_one_tap_leads_back_to_the_standard_type(client):
    client.post("/mode/", {"mode": "elder"})
    client.post("/mode/", {"mode": ""})
    assert "class" not in root(client)


@pytest.mark.parametrize("mode", ["huge", '"><script>', "\0", "elder largest"])
def test_what_is_no_mode_is_the_standard_one(client, mode):
    client.cookies["mode"] = mode
    assert "class" not in root(client)
    client.post("/mode/", {"mode": mode})
    assert not client.cookies["mode"].value


def test_the_visitor_stays_where_he_was(client):
    came_from = {"Referer": "http://testserver/medicines/?x=1"}
    assert client.post("/mode/", {"mode": "elder"}, headers=came_from).url == "/medicines/?x=1"
    assert client.post("/mode/", {"mode": "elder", "next": "/terms/"}).url == "/terms/"


@pytest.mark.parametrize(
    "sent", [{"next": "https://evil.example/"}, {"next": "//evil.example"}, {"next": "x"}]
)
def test_no_page_of_somebody_else_is_led_to(client, sent):
    assert client.post("/mode/", {"mode": "elder"} | sent).url == "/"
    came_from = {"Referer": "https://evil.example/medicines/"}
    assert client.post("/mode/", {"mode": "elder"}, headers=came_from).url == "/"


def test_no_foreign_page_changes_it(client):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/mode/", {"mode": "elder"}, headers=foreign).status_code == 403
    assert client.get("/mode/").status_code == 405
