"""What a link to us looks like in a chat: what it is about, a picture, never a person."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from posts import links
from tests.posts.factories import NANSHAN, need, offer

pytestmark = pytest.mark.django_db


def preview(client, url: str, language: str = "zh-CN") -> dict[str, str]:
    page = client.get(url, headers={"Accept-Language": language}).content.decode()
    found = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)">', page))
    return found | {"canonical": "".join(re.findall(r'rel="canonical" href="([^"]*)"', page))}


def test_a_post_says_what_and_where_and_nothing_of_a_person(client, resident):
    post = need(resident, note="只要几粒应急", people=3)
    said = preview(client, post.get_absolute_url())
    assert said["title"] == "求助：布洛芬 · 深圳市南山区"
    assert said["url"] == said["canonical"] == settings.SITE_URL + post.get_absolute_url()
    everything = " ".join(said.values())
    for private in ("65", "3人", "刘女士", "138", "应急"):
        assert private not in everything.replace(str(post.public_id), "")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_picture_is_there_and_large_enough_for_wechat(client, resident, language):
    posts = [offer(resident).get_absolute_url(), need(resident).get_absolute_url()]
    for url in [*posts, "/", "/medicines/ibuprofen/"]:
        said = preview(client, url, language)
        assert said["image"].startswith(settings.SITE_URL + settings.STATIC_URL)
        file = finders.find(said["image"].removeprefix(settings.SITE_URL + settings.STATIC_URL))
        head = Path(file).read_bytes()[:24]
        assert int.from_bytes(head[16:20]) >= 300  # the width in a PNG's header


def test_a_filtered_square_is_known_by_its_filters(client):
    said = preview(client, f"/?kind=offer&medicine=ibuprofen&area={NANSHAN}&after=x")
    assert said["title"] == "帮助信息 · 布洛芬 · 深圳市南山区"
    assert said["canonical"] == (
        f"{settings.SITE_URL}/?kind=offer&amp;medicine=ibuprofen&amp;area={NANSHAN}"
    )


def test_english_readers_get_english_previews(client, resident):
    said = preview(client, offer(resident).get_absolute_url(), "en")
    assert said["title"].startswith("Offer: Ibuprofen")
    assert said["locale"] == "en_GB"


def test_a_page_of_a_text_message_has_no_preview_and_repeats_no_token(client, resident):
    url = links.make(need(resident)).removeprefix(settings.SITE_URL)
    page = client.get(url).content.decode()
    assert "og:" not in page
    assert "canonical" not in page
