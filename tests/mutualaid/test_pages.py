"""The pages around the square: what they say is what this software does."""

import re

import pytest
from django.test import Client

from medicines.models import Medicine

PAGES = ["/about/", "/how-it-works/", "/safety/", "/for-public-bodies/"]
IN_ENGLISH = {"accept-language": "en"}


def read(url: str) -> str:
    page = Client().get(url, headers=IN_ENGLISH)
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize("url", ["/", "/signin/", *PAGES])
def test_the_foot_of_each_page_leads_to_all_of_them(db, url):
    page = read(url)
    for each in [*PAGES, "/privacy/", "/terms/"]:
        assert f'href="{each}"' in page


@pytest.mark.parametrize("url", PAGES)
def test_they_ask_no_database(url):
    """No `db` fixture: pytest-django would fail the test."""
    assert "<h1>" in read(url)


def test_times_and_levels_are_those_of_the_settings(settings):
    page = read("/how-it-works/")
    assert "A need stays for 3 days, an offer for 7 days" in page
    assert "To people whose phone is verified" in page
    settings.NEED_LIFETIME = settings.ASK_AFTER
    settings.LEVEL_TO_REVEAL, settings.LEVEL_TO_PUBLISH = "real-name", "phone"
    settings.LEVEL_TO_READ = "phone"
    page = read("/how-it-works/")
    assert "A need stays for 1 day, an offer" in page
    assert "To people with a verified real name" in page
    assert "your phone number and a code" in page
    assert "To whoever is signed in" in page


def test_the_links_for_public_bodies_are_understood_by_the_square(db, client):
    links = re.findall(r'href="(/\?[^"]+)"', read("/for-public-bodies/"))
    assert len(links) == 3
    for link in links:
        page = client.get(link.replace("&amp;", "&"), headers=IN_ENGLISH)
        assert page.context["filters"].area is not None
        assert not page.context["problems"]


def test_the_warnings_are_those_of_the_catalogue(db):
    """The page repeats three cautions: who takes one out of the catalogue reads this test."""
    page = read("/safety/")
    assert "at most 2 g a day" in page
    for slug in ("ibuprofen", "paracetamol"):
        assert Medicine.objects.get(slug=slug).cautions.exists()


def test_help_lines_are_the_operator_s(settings, db):
    page = read("/safety/")
    assert page.count('href="tel:120"') == 2  # in the warning, and at the foot
    assert "fever clinic" not in page
    settings.FEVER_CLINICS_URL = "https://clinics.example.org/"
    settings.HELP_LINE = ("Our street", "0755-12345")
    for url in ("/", "/safety/", "/need/"):
        page = read(url)
        assert 'href="https://clinics.example.org/" rel="noreferrer"' in page
        assert "Find a fever clinic" in page
        assert 'href="tel:0755-12345"' in page
    settings.FEVER_CLINICS_LABEL = "Clinics <of> Shenzhen"
    assert "Clinics &lt;of&gt; Shenzhen" in read("/safety/")
