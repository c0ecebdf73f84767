"""Chinese first and complete; English complete."""

import re
import subprocess

import pytest
from django.conf import settings

from tests.posts.factories import need, offer

CATALOGUE = settings.BASE_DIR / "locale/zh_Hans/LC_MESSAGES/django.po"
NAMES = r"(刘女士|简体中文|本地演示)"  # what people wrote, the switch of languages, the operator


def test_no_text_is_left_untranslated():
    command = ["msgattrib", "--untranslated", "--no-obsolete", str(CATALOGUE)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


def test_no_translation_is_a_guess():
    command = ["msgattrib", "--only-fuzzy", "--no-obsolete", str(CATALOGUE)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


@pytest.fixture
def pages(client, resident) -> list[str]:
    post = offer(resident)
    need(resident)
    return [
        "/", "/?kind=need", "/?medicine=loratadine", "/?sort=distance", "/place/", "/area/",
        "/need/", "/need/?medicine=ibuprofen", "/need/details/?medicine=ibuprofen",
        "/offer/", "/offer/details/?medicine=ibuprofen", "/medicines/", "/medicines/ibuprofen/",
        "/medicines/search/?q=ibuprofen", "/signin/", "/privacy/", "/terms/",
        "/no-such-page/", f"/posts/{post.public_id}/",
    ]  # fmt: skip


def said(client, url: str, language: str) -> str:
    page = client.get(url, headers={"Accept-Language": language}).content.decode()
    page = re.sub(r"(?s)<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", " ", page)
    return re.sub(NAMES, "", page)


def test_english_pages_hold_no_chinese(client, pages, db):
    for url in pages:
        found = re.findall(r"[\u4e00-\u9fff]+", said(client, url, "en"))
        assert not found, url


def test_chinese_pages_hold_no_english_sentence(client, pages, db):
    for url in pages:
        found = re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}", said(client, url, "zh-CN"))
        assert not found, url
