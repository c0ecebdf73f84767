"""The privacy page and the terms: what they say is what the code does."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.html import escape

from places import tiles
from safety import register

pytestmark = pytest.mark.django_db


def read(client, url: str, language: str = "en") -> str:
    return client.get(url, headers={"accept-language": language}).content.decode()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_entry_of_the_register_stands_on_the_page(client, language):
    page = read(client, "/privacy/", language)
    with translation.override(language):
        for holding in register.HOLDINGS:
            for words in (holding.what, holding.why, holding.kept(), holding.seen_by):
                assert escape(str(words)) in page
    assert page.count('<th scope="row">') == len(register.HOLDINGS)


def test_the_times_are_those_of_the_settings(client, settings):
    settings.CONTACT_KEPT = timedelta(days=3)
    settings.REVEALS_KEPT = timedelta(days=77)
    page = read(client, "/privacy/")
    assert "until 3 days after the post is over" in page
    assert "77 days" in page


def test_it_names_the_operator_and_how_to_reach_him(client, settings):
    settings.OPERATOR_NAME, settings.OPERATOR_CONTACT = "Example Street", "help@example.org"
    for url in ("/privacy/", "/terms/"):
        page = read(client, url)
        assert "Example Street" in page
        assert "help@example.org" in page


def test_it_names_tencent_only_where_tencent_is_asked(client, settings):
    settings.REAL_NAME_PROVIDER = "manual"
    assert "Tencent" not in read(client, "/privacy/")
    settings.REAL_NAME_PROVIDER = "tencent"
    assert "Tencent" in read(client, "/privacy/")


def test_it_promises_reading_without_an_account_only_where_that_is_so(client, settings):
    assert "Reading needs no account." in read(client, "/privacy/")
    settings.LEVEL_TO_READ = "phone"
    assert "Reading needs no account." not in read(client, "/privacy/")


def test_what_is_nearest_to_people_comes_first(client):
    page = read(client, "/privacy/")
    first = re.search(r'<th scope="row">([^<]+)', page)
    assert first and first[1].startswith("On a post: phone")


@pytest.mark.parametrize("url", ["/", "/mine/", "/account/data/", "/medicines/"])
def test_every_page_leads_to_both(as_resident, url):
    page = as_resident.get(url).content.decode()
    assert 'href="/privacy/"' in page
    assert 'href="/terms/"' in page


@pytest.mark.parametrize("url", ["/privacy/", "/terms/"])
def test_they_look_at_no_account_and_no_database(as_resident, url):
    with CaptureQueriesContext(connection) as queries:
        assert as_resident.get(url).status_code == 200
    assert [query["sql"] for query in queries] == []


def test_the_privacy_page_names_who_else_is_asked_for_a_map(client, settings):
    assert "地图图片" not in client.get("/privacy/").text
    settings.MAP_TILES = tiles.Tiles(
        layers=("https://{s}.t.example/{z}/{x}/{y}",),
        datum="wgs84",
        attribution="t",
        subdomains="ab",
    )
    assert "地图图片来自a.t.example, b.t.example" in client.get("/privacy/").text
