"""While the site is worked on: a kind page, with nothing lost; and a file for when it is down."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from mutualaid import closed

NOON = datetime(2099, 12, 20, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def closed_now(settings):
    settings.MAINTENANCE = True


@pytest.mark.parametrize("url", ["/", "/mine/", "/m/abc/", "/no-such-page/", "/need/"])
def test_every_page_says_so_without_asking_the_database(client, url, monkeypatch):
    def unreachable(*args, **kwargs):
        raise OperationalError("the database is away")

    client.cookies["sessionid"] = "a" * 32
    monkeypatch.setattr(SessionBase, "_get_session", unreachable)
    page = client.get(url)
    assert page.status_code == 503
    assert "网站马上回来" in page.content.decode()
    assert 'href="tel:120"' in page.content.decode()
    assert page["Retry-After"] == "600"
    assert page["Cache-Control"] == "no-store"
    assert page["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert not page.cookies


def test_a_form_that_was_sent_is_told_the_way_back(client):
    page = client.post("/need/details/", {"note": "x"}, headers={"accept-language": "en"})
    assert page.status_code == 503
    assert "Go back in your browser" in page.content.decode()


def test_the_time_to_come_back_is_said(client, settings):
    settings.MAINTENANCE_UNTIL = NOON
    page = client.get("/")
    assert "2099年12月20日 12:00" in page.content.decode()
    assert int(page["Retry-After"]) > 600
    settings.MAINTENANCE_UNTIL = timezone.now() - timedelta(minutes=1)
    page = client.get("/")
    assert "大约" not in page.content.decode()
    assert page["Retry-After"] == "600"


def test_files_stay(client, db):  # closing a file looks at the connection
    file = client.get("/static/css/site.css")
    assert file.status_code == 200
    file.close()


def test_language_type_and_the_moderators_side_stay(db, moderator):
    client = Client()
    assert client.post("/language/", {"language": "en"}).status_code == 302
    assert client.post("/mode/", {"mode": "elder"}).status_code == 302
    page = client.get("/").content.decode()
    assert "We will be back soon" in page
    assert 'class="elder"' in page
    assert client.get("/admin/").url.startswith("/admin/login/")
    client.force_login(moderator)
    assert client.get("/admin/").status_code == 200


def test_the_file_for_when_we_are_down_is_whole(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.HELP_LINE = ("街道热线", "0755-12345")
    closed.write()
    page = (tmp_path / "unavailable.html").read_text()
    for words in ("网站马上回来", "We will be back soon", "返回", "tel:120", "tel:0755-12345"):
        assert words in page
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"|url\(', page)
    assert all(each.startswith("tel:") for each in addresses)
