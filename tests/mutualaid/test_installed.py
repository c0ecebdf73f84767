"""The manifest, the service worker and the page without network, as they are sent."""

import json
import struct

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from tests.posts.factories import need, offer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "name"), [("zh-hans", "余药互助"), ("en", "Spare medicine, freely given")]
)
def test_the_manifest_names_the_site_in_each_language_and_its_icons_are_there(
    client, language, name
):
    answer = client.get(f"/{language}.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = answer.json()
    assert name in manifest["name"]
    assert manifest["lang"] == language
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    assert manifest["background_color"] in (settings.BASE_DIR / "static/css/site.css").read_text()
    assert {icon.get("purpose") for icon in manifest["icons"]} == {None, "maskable"}
    for icon in manifest["icons"]:
        with open(finders.find(icon["src"].removeprefix("/static/")), "rb") as file:  # noqa: PTH123
            start = file.read(24)
        if icon["src"].endswith(".png"):
            width, height = struct.unpack(">II", start[16:24])
            assert icon["sizes"] == f"{width}x{height}"


def test_each_page_leads_to_the_manifest_of_its_language(client):
    assert 'href="/zh-hans.webmanifest"' in client.get("/medicines/").content.decode()
    client.cookies["django_language"] = "en"
    assert 'href="/en.webmanifest"' in client.get("/medicines/").content.decode()


@pytest.mark.parametrize("url", ["/fr.webmanifest", "/x.webmanifest", "/offline/fr/"])
def test_a_language_that_is_none_is_not_found(client, url):
    assert client.get(url).status_code == 404


def test_the_page_without_network_is_the_same_for_everybody(client, as_resident, helper):
    as_resident.cookies["mode"] = "elder"
    as_resident.cookies["django_language"] = "en"
    pages = [one.get("/offline/zh-hans/").content for one in (client, as_resident)]
    assert pages[0] == pages[1]
    text = pages[0].decode()
    assert "120" in text
    for absent in ("csrf", "<form", "nonce"):
        assert absent not in text


def facts(client) -> dict:
    text = client.get("/worker.js").content.decode()
    line = next(line for line in text.splitlines() if line.startswith("const { version"))
    return json.loads(line.partition(" = ")[2].rstrip(";"))


def test_the_worker_keeps_only_files_and_the_pages_without_network(client):
    found = facts(client)
    assert set(found["pages"].values()) == {"/offline/zh-hans/", "/offline/en/"}
    assert all(file.startswith("/static/") for file in found["files"])
    assert "/signout/" in found["forgets"]
    assert "/place/forget/" in found["forgets"]
    for url in [*found["files"], *found["pages"].values()]:
        answer = client.get(url)
        assert answer.status_code == 200
        answer.close()


def test_another_release_is_another_version(client, monkeypatch):
    before = facts(client)["version"]
    assert facts(client)["version"] == before
    monkeypatch.setattr("mutualaid.installed.offline_page", lambda code: f"a new page {code}")
    assert facts(client)["version"] != before


def test_the_policy_lets_only_our_own_worker_and_manifest_run(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy


def test_signing_out_clears_what_the_device_keeps(as_resident):
    assert as_resident.post("/signout/")["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize(("level", "is_kept"), [("none", True), ("phone", False)])
def test_a_square_that_is_not_for_everybody_is_not_kept(
    as_helper, resident, settings, level, is_kept
):
    need(resident)
    offer(resident)
    settings.LEVEL_TO_READ = level
    page = as_helper.get("/").content.decode()
    assert ("data-keep" in page) == is_kept
