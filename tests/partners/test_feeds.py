"""Feeds: valid Atom, the square's own posts in its order, and nothing that a card does not say."""

import random
import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from itertools import product
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from places import grid
from places.grid import Block
from posts import closing
from posts.models import Post
from tests.attacks.test_injection import PAYLOADS, is_injected
from tests.partners import plans
from tests.partners.conftest import PERSONAL
from tests.posts.factories import NANSHAN_AT, need, offer
from tests.posts.test_square import here, shown

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
A_CELL = grid.snap(*NANSHAN_AT)
FILTERS = [
    "&".join(filter(None, parts))
    for parts in product(
        ("", "kind=need", "kind=offer"),
        ("", "medicine=ibuprofen", "medicine=antigen-test"),
        ("", "area=440000", "area=440305", "area=430100"),
        ("", "whom=infant", "whom=over_65"),
        ("", f"cell={Block(0, A_CELL.row, A_CELL.column)}"),
    )
]
QUERIES = ["kind=need", "kind=offer", *random.Random(2022).sample(FILTERS, 22)]  # always the same


def read(client: Client, query: str = "", **headers: str):
    """A feed's root, by a real parser of XML."""
    response = client.get(f"/feed/?{query}", headers=headers)
    assert response.status_code == 200, response.text
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)  # noqa: S314 -- our own


def ids(feed) -> list[str]:
    return [each.text.removeprefix("urn:uuid:") for each in feed.findall(f"{ATOM}entry/{ATOM}id")]


def text_of(html: str) -> str:
    """The words of a piece of HTML, with single spaces."""

    class Words(HTMLParser):
        found = ""

        def handle_data(self, data: str) -> None:
            self.found += f" {data}"

    words = Words()
    words.feed(html)
    return " ".join(words.found.split())


# --- the format -----------------------------------------------------------------------------------
def one(parent, name: str):
    found = parent.findall(ATOM + name)
    assert len(found) == 1, name
    return found[0]


def moment(parent, name: str) -> datetime:
    """RFC 3339, with an offset."""
    text = one(parent, name).text
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text)
    return datetime.fromisoformat(text)


def test_a_feed_has_all_that_rfc_4287_asks_for(client, busy):
    for query, length in {"kind=need&lang=en": 20, "": 20, "medicine=loratadine": 0}.items():
        feed = read(client, query)
        check_feed(feed)
        entries = feed.findall(f"{ATOM}entry")
        for entry in entries:
            check_entry(entry)
            assert moment(entry, "updated") <= moment(feed, "updated")
        assert len({*ids(feed)}) == len(entries) == length


def check_feed(feed) -> None:
    assert feed.tag == f"{ATOM}feed"
    assert one(feed, "title").text
    assert one(one(feed, "author"), "name").text == settings.OPERATOR_NAME
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
    assert links["self"] == one(feed, "id").text
    assert links["self"].startswith(f"{settings.SITE_URL}/feed/?")
    assert links["alternate"].startswith(f"{settings.SITE_URL}/?")


def check_entry(entry) -> None:
    assert one(entry, "title").text
    assert one(entry, "summary").get("type") == "html"
    assert one(entry, "link").get("rel") == "alternate"
    assert moment(entry, "published") <= moment(entry, "updated")


def test_an_entry_is_known_by_its_post_and_dated_by_its_confirmation(client, resident):
    post = need(resident)
    now = timezone.now()
    Post.objects.filter(pk=post.pk).update(confirmed_at=now)
    entry = one(read(client, "kind=need"), "entry")
    assert one(entry, "id").text == f"urn:uuid:{post.public_id}"
    assert moment(entry, "updated") == now
    assert moment(entry, "published") == post.created_at
    assert one(entry, "title").text == "求助：布洛芬 · 深圳市南山区"
    assert one(entry, "link").get("href") == settings.SITE_URL + post.get_absolute_url()


def test_an_empty_feed_is_the_same_a_moment_later(client, db):
    assert client.get("/feed/").content == client.get("/feed/").content


# --- the posts ------------------------------------------------------------------------------------
def test_a_feed_is_the_square_for_every_filter(client, busy):
    lengths = set()
    for query in QUERIES:
        found = ids(read(client, query))
        assert found == shown(client.get(f"/?{query}")), query
        lengths.add(len(found))
    assert {0, 20} < lengths


def test_an_entry_says_what_its_card_says_and_no_more(client, busy):
    for query in ("kind=need", "kind=offer", "kind=need&area=430104"):
        cards = client.get(f"/?{query}").text.split("<article")[1:]
        entries = read(client, query).findall(f"{ATOM}entry")
        assert len(cards) == len(entries) > 0
        for card, entry in zip(map(text_of, cards), entries, strict=True):
            for part in re.split(r"[·“”\n]|</?p>|<br>", one(entry, "summary").text):
                assert text_of(part) in card.replace(" · ", " ")
            goods = re.findall(r"<strong>(.*?)</strong>", one(entry, "summary").text)
            assert goods


def test_the_words_of_an_entry_are_in_the_language_of_its_address(client, resident):
    need(resident, none_left=True, note="只要几粒应急")
    said = {
        language: text_of(
            one(one(read(client, f"kind=need&lang={language}"), "entry"), "summary").text
        )
        for language in ("zh-hans", "en")
    }
    assert said["zh-hans"] == (
        "布洛芬 4粒 深圳市南山区 2人用 · 65岁以上 · 家里没有了 “只要几粒应急” 实名已验证"
    )
    assert said["en"] == (
        "Ibuprofen 4 capsules Nanshan, Shenzhen for 2 people · over 65 · none left "
        "“只要几粒应急” real name verified"
    )


def test_no_byte_of_a_feed_is_personal(client, few):
    for query in QUERIES[:6]:
        answer = client.get(f"/feed/?{query}").text
        assert not [each for each in PERSONAL if each in answer]


def test_what_is_over_leaves_the_feed_within_seconds(client, resident):
    gone, stays = offer(resident), offer(resident)
    first = client.get("/feed/")
    assert first["Cache-Control"] == "public, max-age=2"
    closing.resolve(gone, resident)
    assert ids(read(client)) == [str(stays.public_id)]
    # The newest post is still the newest: dates alone would say that nothing has changed.
    again = {"if-modified-since": http_date((timezone.now() + timedelta(days=1)).timestamp())}
    assert client.get("/feed/", headers=again).status_code == 200
    assert client.get("/feed/", headers={"if-none-match": first["ETag"]}).status_code == 200


def test_an_unchanged_feed_is_not_sent_again(client, resident):
    offer(resident)
    tag = client.get("/feed/")["ETag"]
    assert client.get("/feed/", headers={"if-none-match": tag}).status_code == 304


# --- who asks -------------------------------------------------------------------------------------
def test_everybody_gets_the_same_bytes(client, as_resident, few):
    here(as_resident, *NANSHAN_AT)
    plain = client.get("/feed/?kind=need")
    other = as_resident.get("/feed/?kind=need", headers={"accept-language": "en"})
    assert plain.content == other.content
    assert plain["Content-Language"] == other["Content-Language"] == "zh-hans"
    assert "Cookie" not in other["Vary"]
    assert not other.cookies


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("kind=gift", "kind"), ("medicine=paxlovid", "medicine"), ("medicine=%00", "medicine"),
        ("area=999999&sort=time", "area"), ("kind=need&whom=cats&sort=time", "whom"),
        ("cell=x", "cell"), ("sort=price", "sort"), ("kind=need&whom=infant&area=x", "area"),
        ("sort=distance", "order of time"), ("lang=fr", "language"),
    ],
)  # fmt: skip
def test_a_filter_that_is_not_understood_is_refused(client, resident, query, word):
    offer(resident)
    response = client.get(f"/feed/?{query}", headers={"accept-language": "en"})
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert word in response.text
    assert "Cache-Control" not in response


def test_where_reading_takes_an_account_there_is_no_feed(as_helper, few, settings):
    settings.LEVEL_TO_READ = "phone"
    response = as_helper.get("/feed/")
    assert response.status_code == 403
    assert "订阅" in response.text
    page = as_helper.get("/").text
    assert "/feed/" not in page
    assert shown(as_helper.get("/"))


def test_no_search_engine_keeps_a_feed(client, db):
    assert client.get("/feed/")["X-Robots-Tag"] == "noindex"


# --- what people type -----------------------------------------------------------------------------
@pytest.mark.parametrize("payload", PAYLOADS)
def test_markup_in_a_note_is_text(client, resident, payload):
    post = need(resident)
    Post.objects.filter(pk=post.pk).update(note=payload)
    summary = one(one(read(client, "kind=need"), "entry"), "summary").text
    assert not is_injected(summary)
    assert payload in text_of(summary)


def test_a_sign_that_xml_cannot_hold_breaks_no_feed(client, resident):
    post = need(resident)
    Post.objects.filter(pk=post.pk).update(note="急\x01用\x0b\x1f\uffff")
    assert "急用" in one(one(read(client, "kind=need"), "entry"), "summary").text


# --- where it is found ----------------------------------------------------------------------------
def test_the_square_leads_to_the_feed_of_its_filters(client, few):
    here(client, *NANSHAN_AT)
    for query in ("", "kind=need&medicine=ibuprofen&area=440300&whom=over_65"):
        for sort in ("", "&sort=distance"):
            address = leads_to(client.get(f"/?{query}{sort}", headers={"accept-language": "en"}))
            feed = read(client, address.removeprefix("/feed/?"))
            assert one(feed, "id").text == settings.SITE_URL + address
            assert address.endswith("&lang=en")
            assert ids(feed) == shown(client.get(f"/?{query}")) != []


def leads_to(page) -> str:
    """The feed in the head of a page, which a link names too."""
    (found,) = re.findall(
        r'<link rel="alternate" type="application/atom\+xml" title="[^"]+" href="([^"]+)">',
        page.text,
    )
    assert f'<a href="{found}">Subscribe to this list</a>' in page.text
    return found.replace("&amp;", "&")


# --- what it costs --------------------------------------------------------------------------------
@pytest.mark.parametrize("query", ["kind=need", "medicine=ibuprofen&area=440300"])
def test_a_feed_costs_as_many_queries_for_ten_posts_as_for_twenty(
    client, resident, no_limits, query
):
    client.get(f"/feed/?{query}")
    counts = []
    for _round in range(2):
        for _each in range(10):
            need(resident)
            offer(resident)
        counts.append(plans.number_of_queries(client, f"/feed/?{query}"))
    assert counts[0] == counts[1] <= 6


@pytest.mark.parametrize(
    ("query", "index"),
    [("kind=need", "listing_newest"), ("area=440300&medicine=ibuprofen", "listing_offers")],
)
def test_a_feed_is_read_from_an_index_without_sorting(client, resident, query, index):
    offer(resident)
    (plan,) = plans.of(client, f"/feed/?{query}")
    assert index in plan
    assert "Sort" not in plan
