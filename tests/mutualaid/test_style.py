"""The style guide shows every piece, to whoever builds pages and nobody else."""

import gzip
import re

import pytest
from django.conf import settings

pytestmark = pytest.mark.django_db


def test_there_is_none_in_production(client):
    assert client.get("/style/").status_code == 404


def test_every_icon_and_kind_of_piece_is_shown(client, settings):
    settings.DEBUG = True
    page = client.get("/style/").content.decode()
    shown = set(re.findall(r'class="([^"]+)"', page))
    classes = {name for each in shown for name in each.split()}
    wanted = {"button-primary", "button-danger", "button-small", "link", "big", "cell", "chip-on",
              "tag-real", "tag-demo", "tabs", "banner-info", "banner-warning", "banner-danger",
              "banner-demo", "post-need", "post-offer", "empty", "error-summary", "field-wrong",
              "errorlist", "hint", "check", "shelf", "safety"}  # fmt: skip
    assert wanted <= classes
    for icon in (settings.BASE_DIR / "templates/icons").glob("*.svg"):
        assert icon.read_text() in page


def test_no_page_but_the_stylesheet_says_how_things_look():
    """No inline style and no colour outside the custom properties."""
    for template in (settings.BASE_DIR / "templates").rglob("*.html"):
        assert not re.search(r"\sstyle=|<style", template.read_text()), template
    css = re.sub(
        r"/\*.*?\*/", "", (settings.BASE_DIR / "static/css/site.css").read_text(), flags=re.S
    )
    rules = re.sub(r"(:root|\.elder|\.largest)[^{]*\{[^}]*\}", "", css, count=4)
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", rules) == []


def test_the_stylesheet_is_small():
    """15 KB compressed is the limit that the page was designed with."""

    css = (settings.BASE_DIR / "static/css/site.css").read_bytes()
    assert len(gzip.compress(css)) <= 15 * 1024
