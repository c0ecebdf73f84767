"""Pages of areas: numbers, newest posts, the way up and down, and what machines read of them."""

import json
import re

import pytest
from django.conf import settings
from django.db import connection

from partners import area_pages
from places.models import Area
from posts import closing, square_map
from posts.models import Listing
from tests.partners import plans
from tests.partners.conftest import PERSONAL
from tests.posts.factories import (
    FUTIAN,
    FUTIAN_AT,
    NANSHAN,
    NANSHAN_AT,
    YUELU,
    YUELU_AT,
    need,
    offer,
)
from tests.posts.test_square import here, shown

pytestmark = pytest.mark.django_db
IN_ENGLISH = {"accept-language": "en"}


def row(page: str, path: str) -> str:
    """What stands in the row that leads to a path, without markup."""
    found = re.search(rf'<a class="cell" href="{re.escape(path)}">(.*?)</a>', page)
    return re.sub("<[^>]+>", " ", found[1]).strip() if found else ""


def machine_readable(page: str) -> dict:
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    return json.loads(text)


# --- for people -----------------------------------------------------------------------------------
def test_numbers_of_an_area_and_of_those_below_it(client, resident):
    need(resident), need(resident, code=FUTIAN, at=FUTIAN_AT)
    offer(resident), offer(resident, code=YUELU, at=YUELU_AT)
    page = client.get("/areas/440300/", headers=IN_ENGLISH).text
    assert row(page, "/?kind=need&amp;area=440300").endswith(" 2")
    assert row(page, "/?kind=offer&amp;area=440300").endswith(" 1")
    assert row(page, "/areas/440305/") == "Nanshan  Needs 1 · Offers 1"
    assert row(page, "/areas/440304/") == "Futian  Needs 1"
    assert row(page, "/areas/440303/") == "Luohu"
    page = client.get("/areas/", headers=IN_ENGLISH).text
    assert row(page, "/areas/440000/") == "Guangdong  Needs 2 · Offers 1"
    assert row(page, "/areas/430000/") == "Hunan  Offers 1"
    assert len(re.findall(r'href="/areas/\d+/"', page)) == 34


def test_nobody_counts_further_than_99(client, db):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            """
            INSERT INTO posts_listing
            (post_id, medicine, kind, code, whom, point, cell, rank, expires_at)
            SELECT -n, 0, 1, 440305, 0, 'SRID=3857;POINT(0 0)', 0, -n, now() + interval '1 day'
            FROM generate_series(1, 300) AS n
            """
        )
    page = client.get("/areas/440300/", headers=IN_ENGLISH).text
    assert row(page, "/?kind=need&amp;area=440300").endswith(" 99+")
    assert row(page, "/areas/440305/") == "Nanshan  Needs 99+"
    (nanshan,) = area_pages.numbers([Area.objects.get(pk=NANSHAN)])
    assert (nanshan.needs, nanshan.offers) == (square_map.COUNTED, 0)
    Listing.objects.filter(post_id__lt=0).delete()  # their posts do not exist


def test_the_newest_posts_of_both_kinds_stand_there(client, resident, no_limits):
    needs = [str(need(resident).public_id) for _each in range(7)]
    offers = [str(offer(resident).public_id) for _each in range(2)]
    need(resident, code=YUELU, at=YUELU_AT)
    expected = [*reversed(needs[2:]), *reversed(offers)]
    for code in (440305, 440300, 440000):
        assert shown(client.get(f"/areas/{code}/")) == expected


def test_a_post_that_is_over_is_neither_shown_nor_counted(client, resident):
    closing.resolve(offer(resident), resident)
    response = client.get("/areas/440305/", headers=IN_ENGLISH)
    assert shown(response) == []
    assert row(response.text, "/?kind=offer&amp;area=440305").endswith(" 0")


def test_it_leads_to_the_square_the_map_and_publishing_with_its_area(client, db):
    page = client.get("/areas/440305/").text
    for path in ("/?kind=need&amp;area=440305", "/?kind=offer&amp;area=440305"):
        assert row(page, path)
        assert client.get(path.replace("&amp;", "&")).context["filters"].area.pk == NANSHAN
    assert row(page, "/map/?area=440305")
    for kind in ("need", "offer"):
        assert f'href="/{kind}/?area=440305"' in page


@pytest.mark.parametrize(
    ("code", "above"),
    [
        (440305, ["广东省", "深圳市"]), (440300, ["广东省"]), (440000, []),
        (110105, ["北京市"]), (810000, []), (469001, ["海南省"]),
    ],
)  # fmt: skip
def test_the_way_down_to_an_area(client, db, code, above):
    page = client.get(f"/areas/{code}/").text
    nav = re.search(r'(?s)<ol class="chips">(.*?)</ol>', page)[1]
    assert re.findall(r">([^<>\s]+)</a>", nav) == ["全部区域", *above]
    for path in re.findall(r'href="([^"]+)"', nav):
        assert client.get(path).status_code == 200


def test_every_area_has_its_page(client, db):
    """One of each shape of code; the rest differ by name alone."""
    codes = Area.objects.values_list("pk", flat=True)
    for code in [*codes[::97], *Area.objects.filter(level=1).values_list("pk", flat=True)]:
        assert client.get(f"/areas/{code}/").status_code == 200


@pytest.mark.parametrize(
    ("code", "near"),
    [
        ("440399", 440300),
        ("449999", 440000),
        ("999999", None),
        ("shenzhen", None),
        ("４４０３０５", None),
    ],
)
def test_an_unknown_code_leads_on(client, db, code, near):
    response = client.get(f"/areas/{code}/", headers=IN_ENGLISH)
    assert response.status_code == 404
    assert "No area has this code" in response.text
    assert re.findall(r'href="/areas/(\d+)/"', response.text) == ([str(near)] if near else [])
    assert 'href="/areas/"' in response.text


# --- who may read what ----------------------------------------------------------------------------
def test_it_is_the_same_for_everybody(client, as_resident, few):
    here(as_resident, *NANSHAN_AT)
    for url in ("/areas/", "/areas/440300/", "/areas/440305/"):
        mine, plain = as_resident.get(url), client.get(url)
        assert mine.content == plain.content
        assert not plain.cookies
        assert 'class="away"' not in plain.text


def test_no_byte_of_it_is_personal(client, few):
    for code in (440000, 440300, 440305, 430104):
        page = client.get(f"/areas/{code}/").text
        assert shown(client.get(f"/areas/{code}/"))
        assert not [each for each in PERSONAL if each in page]


def test_where_reading_takes_an_account_there_are_numbers_and_links_alone(
    client, as_helper, resident, settings
):
    need(resident, note="只要几粒应急"), offer(resident)
    settings.LEVEL_TO_READ = "phone"
    for browser in (client, as_helper):
        response = browser.get("/areas/440305/", headers=IN_ENGLISH)
        assert response.status_code == 200
        assert row(response.text, "/?kind=need&amp;area=440305").endswith(" 1")
        assert shown(response) == []
        assert "应急" not in response.text
        assert "/feed/" not in response.text
        assert "after signing in" in response.text


# --- for machines ---------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/areas/", "/areas/440000/", "/areas/440305/"])
def test_search_engines_may_know_it_by_one_address(client, resident, path):
    offer(resident)
    page = client.get(f"{path}?from=weibo").text
    assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in page
    assert f'<meta property="og:url" content="{settings.SITE_URL}{path}">' in page
    assert "noindex" not in page
    title = re.search("<title>([^<]+)</title>", page)[1]
    said = re.search('<meta property="og:title" content="([^"]+)">', page)[1]
    assert title.startswith(said)


def test_each_area_has_a_title_and_a_description_of_its_own(client, db):
    titles, descriptions = set(), set()
    for code in (440000, 440300, 440305, 430104):
        page = client.get(f"/areas/{code}/").text
        titles.add(re.search("<title>([^<]+)</title>", page)[1])
        descriptions.add(re.search('<meta name="description" content="([^"]+)">', page)[1])
    assert "深圳市南山区：谁需要药，谁有多的" in titles
    assert len(titles) == len(descriptions) == 4


def test_what_a_search_engine_keeps_holds_no_post(client, resident):
    """Neither a copy of the page, nor a piece of a card, nor structured data, nor a post's page."""
    post = need(resident, note="只要几粒应急")
    page = client.get("/areas/440305/").text
    assert '<meta name="robots" content="noarchive">' in page
    for card in re.finditer("<article", page):
        assert page[: card.start()].rstrip().endswith('<div class="posts" data-nosnippet>')
    assert str(post.public_id) not in json.dumps(machine_readable(page))
    assert '<meta name="robots" content="noindex">' in client.get(post.get_absolute_url()).text


def test_its_structured_data_says_where_it_is_and_what_lies_below(client, db):
    said = machine_readable(client.get("/areas/440300/").text)
    assert said["@context"] == "https://schema.org"
    assert said["url"] == f"{settings.SITE_URL}/areas/440300/"
    assert said["about"]["name"] == "广东省深圳市"
    crumbs = said["breadcrumb"]["itemListElement"]
    assert [each["position"] for each in crumbs] == [1, 2, 3]
    assert [each["item"]["name"] for each in crumbs] == ["全部区域", "广东省", "深圳市"]
    below = said["mainEntity"]["itemListElement"]
    assert f"{settings.SITE_URL}/areas/440305/" in {each["item"]["@id"] for each in below}
    for each in [*crumbs, *below]:
        assert each["@type"] == "ListItem"
        path = each["item"]["@id"].removeprefix(settings.SITE_URL)
        assert client.get(path).status_code == 200
    assert "mainEntity" not in machine_readable(client.get("/areas/440305/").text)
    assert len(machine_readable(client.get("/areas/").text)["mainEntity"]["itemListElement"]) == 34


def test_no_name_ends_the_script_that_holds_it():
    odd = Area(code=999900, level=1, path=["</script><!--&"], english_path=["x"])
    text = str(area_pages.structured(odd, [], []))
    assert not {*"<>&"} & {*text}
    assert json.loads(text)["name"] == "</script><!--&"


def test_structured_data_needs_no_nonce(client, db):
    response = client.get("/areas/440305/")
    assert "nonce" not in response["Content-Security-Policy"]


def test_both_feeds_of_the_area_are_found(client, resident):
    post = need(resident)
    offer(resident, code=YUELU, at=YUELU_AT)
    page = client.get("/areas/440305/").text
    in_head = re.findall(
        r'<link rel="alternate" type="application/atom\+xml"[^>]*href="([^"]+)"', page
    )
    assert len(in_head) == 2
    found = ""
    for path in in_head:
        assert f'<a href="{path}">' in page
        found += client.get(path.replace("&amp;", "&")).text
    assert re.findall("<id>urn:uuid:([^<]+)", found) == [str(post.public_id)]


# --- what it costs --------------------------------------------------------------------------------
@pytest.mark.parametrize("url", ["/areas/", "/areas/440000/", "/areas/440305/"])
def test_it_costs_as_many_queries_for_two_posts_as_for_many(client, resident, no_limits, url):
    counts = []
    for _round in range(2):
        need(resident), offer(resident)
        client.get(url)
        counts.append(plans.number_of_queries(client, url))
        for _each in range(8):
            need(resident, code=FUTIAN, at=FUTIAN_AT), offer(resident)
    assert counts[0] == counts[1] <= 8


def test_all_its_questions_are_answered_from_an_index(client, resident):
    offer(resident)
    found = plans.of(client, "/areas/440300/")
    assert len(found) == 4  # how many needs and offers, the newest of each
    for plan in found:
        assert "listing_needs" in plan or "listing_offers" in plan
        assert "Seq Scan" not in plan
