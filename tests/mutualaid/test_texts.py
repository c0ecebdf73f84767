"""Chinese first and complete; English complete."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.template.base import Lexer, TokenType

from tests.posts.factories import need, offer

CATALOGUE = settings.BASE_DIR / "locale/zh_Hans/LC_MESSAGES/django.po"
NAMES = r"(刘女士|简体中文|本地演示)"  # what people wrote, the switch of languages, the operator


def test_no_text_is_left_untranslated():
    command = ["msgattrib", "--untranslated", "--no-obsolete", str(CATALOGUE)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


class Words(HTMLParser):
    """What people read or hear of a template's own text: nodes, and attributes that are said."""

    SAID = ("aria-label", "alt", "title", "placeholder")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        if self.cdata_elem is None:  # a script
            self.found += re.findall(r"[A-Za-z\u4e00-\u9fff]{2,}", data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in self.SAID:
                self.handle_data(value or "")


CLASSES = (["bodyclass"], ["coltype"], ["body_class"])  # blocks that hold attributes


def own_text(template: str) -> str:
    """A template without its tags, variables, comments and translated blocks."""
    text, inside = "", ""
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.BLOCK:
            word, *rest = token.split_contents()
            if word in ("blocktranslate", "comment") or rest[:1] in CLASSES:
                inside = f"end{word}"
            elif word == inside:
                inside = ""
            text += "1"
        elif token.token_type == TokenType.TEXT and not inside:
            text += token.contents
    return text


TEMPLATES = sorted(
    path.relative_to(settings.BASE_DIR).as_posix()
    for path in (settings.BASE_DIR / "templates").rglob("*.html")
    if path.name != "style.html"  # for whoever builds pages: English alone
    and path.parent.name != "examples"  # what bodies publish, in the language of their readers
)


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_says_a_word_past_the_translations(name):
    words = Words()
    words.feed(own_text(Path(settings.BASE_DIR, name).read_text()))
    assert words.found == []


def test_words_past_the_translations_are_found():
    """The test above can fail."""
    words = Words()
    words.feed(own_text('<p aria-label="{% x %} said">{% translate "no" %} read {{ it }}</p>'))
    assert words.found == ["said", "read"]


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
        "/about/", "/how-it-works/", "/safety/", "/for-public-bodies/", "/posters/",
        "/areas/", "/areas/440000/", "/areas/440305/", "/areas/999999/",
        "/stats/", "/feedback/", "/no-such-page/", f"/posts/{post.public_id}/",
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
