"""The square on a map: counts by the server, the posts of one block, and the way without a map."""

import json
import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from places import grid
from places.grid import Block
from places.models import Area
from posts import closing, square_map
from posts.models import Kind, Listing
from posts.square import Filters
from tests.posts.factories import (
    FUTIAN,
    FUTIAN_AT,
    NANSHAN,
    NANSHAN_AT,
    YUELU,
    YUELU_AT,
    item,
    need,
    offer,
)  # fmt: skip
from tests.posts.test_square import here, shown

pytestmark = pytest.mark.django_db
MIGRATION = import_module("posts.migrations.0012_listing_cell")
KILOBYTES = 1024


@pytest.fixture(autouse=True)
def many_posts_allowed(settings):
    settings.OPEN_POSTS_PER_RESIDENT = 1000


def block_at(lat: float, lng: float, level: int) -> Block:
    cell = grid.snap(lat, lng)
    return Block(level, cell.row >> level, cell.column >> level)


def tile_at(lat: float, lng: float, level: int) -> Block:
    """The tile that holds a point, in which blocks have this level."""
    return block_at(lat, lng, level + square_map.TILE)


def answer(client: Client, tile: Block, query: str = "kind=offer"):
    return client.get(f"/map/cells/?{query}&tile={tile}")


def counted(client: Client, tile: Block, query: str = "kind=offer") -> dict[str, int]:
    return {name: number for name, number, _area in answer(client, tile, query).json()["blocks"]}


@pytest.mark.parametrize("level", range(square_map.FINEST, square_map.COARSEST + 1))
def test_every_zoom_counts_each_post_once(client, resident, level):
    for at, code in ((NANSHAN_AT, NANSHAN), (FUTIAN_AT, FUTIAN), (YUELU_AT, YUELU)):
        offer(resident, code=code, at=at)
    offer(resident)
    found: dict[str, int] = {}
    for at in (NANSHAN_AT, FUTIAN_AT, YUELU_AT):
        found |= counted(client, tile_at(*at, level))
    assert sum(found.values()) == 4
    assert found[str(block_at(*NANSHAN_AT, level))] >= 2


def test_a_block_says_which_area_holds_its_posts(client, resident):
    offer(resident, code=NANSHAN, at=NANSHAN_AT)
    level = 6  # of some 35 km: Nanshan and Futian in one
    tile = tile_at(*NANSHAN_AT, level)
    assert answer(client, tile).json()["names"] == ["深圳市南山区"]
    assert answer(client, tile, "kind=offer&lang=en").json()["names"] == ["Nanshan, Shenzhen"]
    offer(resident, code=FUTIAN, at=NANSHAN_AT)
    assert answer(client, tile).json()["names"] == ["广东省深圳市"]
    offer(resident, code=YUELU, at=NANSHAN_AT)
    assert answer(client, tile).json()["names"] == ["跨省"]


@pytest.mark.parametrize(
    ("low", "high", "area"),
    [
        (440305, 440305, 440305), (440304, 440305, 440300), (440103, 440305, 440000),
        (110101, 110105, 110000), (430104, 440305, None), (810000, 810000, 810000),
    ],
)  # fmt: skip
def test_the_area_that_two_codes_have_in_common(low, high, area):
    assert square_map.common(low, high) == (Area.objects.known(area) if area else None)


def test_the_filters_are_those_of_the_square(client, resident):
    offer(resident)
    need(resident, items=[item("paracetamol")], whom=["infant"], youngest_months=8)
    tile = tile_at(*NANSHAN_AT, 0)
    for query, number in {
        "kind=offer": 1, "kind=offer&medicine=ibuprofen": 1, "kind=offer&medicine=paracetamol": 0,
        "kind=need": 1, "kind=need&whom=infant": 1, "kind=need&whom=pregnant": 0,
        "kind=offer&area=440305": 1, "kind=offer&area=440300": 1, "kind=offer&area=430000": 0,
    }.items():  # fmt: skip
        assert sum(counted(client, tile, query).values()) == number, query


def test_a_resolved_post_is_gone_within_two_seconds(client, resident):
    post = offer(resident)
    tile = tile_at(*NANSHAN_AT, 11)
    first = answer(client, tile)
    assert first.json()["blocks"]
    assert {*first["Cache-Control"].split(", ")} == {"max-age=1", "public"}
    closing.resolve(post, resident)
    assert answer(client, tile).json()["blocks"] == []


def test_an_expired_post_is_gone_though_no_job_has_run(client, resident):
    post = offer(resident)
    past = timezone.now() - timedelta(minutes=1)
    Listing.objects.filter(post=post).update(expires_at=past)
    assert counted(client, tile_at(*NANSHAN_AT, 0)) == {}
    assert "深圳市" not in client.get("/map/?area=440000").text


def test_an_answer_that_has_not_changed_is_not_sent_again(client, resident):
    offer(resident)
    tile = tile_at(*NANSHAN_AT, 0)
    tag = answer(client, tile)["ETag"]
    again = client.get(f"/map/cells/?kind=offer&tile={tile}", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    offer(resident)
    again = client.get(f"/map/cells/?kind=offer&tile={tile}", headers={"if-none-match": tag})
    assert again.status_code == 200


def test_who_has_to_sign_in_to_read_gets_no_answer_that_others_may_share(
    client, as_helper, resident, settings
):
    offer(resident)
    settings.LEVEL_TO_READ = "phone"
    tile = tile_at(*NANSHAN_AT, 0)
    assert answer(client, tile)["Location"].startswith("/signin/")
    assert "private" in answer(as_helper, tile)["Cache-Control"]
    assert client.get("/map/")["Location"].startswith("/signin/")


def full_tile(level: int, names: int = 64) -> Block:
    """A tile with more posts than are counted in each of its blocks, of many areas, in SQL."""
    tile = tile_at(*NANSHAN_AT, level)
    codes = sorted(Area.objects.filter(is_leaf=True), key=lambda area: -len(area.label))[:names]
    rows = []
    for block, area in zip(tile.inside(level), codes * 64, strict=False):
        rows += [(area.pk, block.span[0]) for _each in range(120)]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.executemany(
            """
            INSERT INTO posts_listing
            (post_id, medicine, kind, code, whom, point, cell, rank, expires_at)
            VALUES (%s, 0, 2, %s, 0, 'SRID=3857;POINT(0 0)', %s, %s, now() + interval '1 day')
            """,
            [(-number, code, cell, -number) for number, (code, cell) in enumerate(rows, 1)],
        )
    return tile


@pytest.mark.parametrize("level", [0, 5, 11])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_fullest_answer_is_small(client, level, language):
    tile = full_tile(level)
    response = answer(client, tile, f"kind=offer&lang={language}")
    blocks = response.json()["blocks"]
    assert len(blocks) >= 48  # a tile of the coarsest level reaches beyond the earth
    assert {number for _name, number, _area in blocks} == {square_map.COUNTED}
    assert len(response.content) <= 30 * KILOBYTES
    Listing.objects.filter(post_id__lt=0).delete()


def test_a_map_reads_its_own_index_alone_and_no_more_than_it_counts(client):
    full_tile(5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE posts_listing")
    square_map.blocks(Filters(kind=Kind.OFFER), tile_at(*NANSHAN_AT, 5))  # areas are kept then
    with CaptureQueriesContext(connection) as captured:
        square_map.blocks(Filters(kind=Kind.OFFER), tile_at(*NANSHAN_AT, 5))
    (query,) = captured
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) {query['sql']}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    Listing.objects.filter(post_id__lt=0).delete()
    scans = re.findall(r"Scan .*on posts_listing.*|Scan .*using (\w+) on posts_listing", plan)
    assert set(filter(None, scans)) <= {"listing_cells"}, plan
    assert plan.count("using listing_cells") == 2, plan
    assert f"rows={square_map.COUNTED} loops=64" in plan, plan


@pytest.mark.parametrize(
    "query",
    [
        "", "tile=", "tile=x", "tile=3.1", "tile=3.1.1.1", "tile=2.1.1", "tile=15.0.0",
        "tile=99.0.0", "tile=-3.1.1", "tile=3.99999.1", "tile=3.1.99999", "tile=3.1.-99999",
        "tile=3.1e3.1", "tile=%00", "tile=%D9%A3.1.1", "tile=" + "9" * 500, "tile=3.1.1%0A",
        "tile=3.1.1&lang=xx", "tile=3.1.1&lang=%00", "tile=3.1.1&medicine=paxlovid",
        "tile=3.1.1&area=999999", "tile=3.1.1&kind=gift", "tile=3.1.1&kind=need&whom=cats",
    ],
)  # fmt: skip
def test_what_is_no_part_of_the_map_is_refused_with_a_sentence(client, query):
    response = client.get(f"/map/cells/?{query}")
    assert response.status_code == 400
    assert response["Content-Type"].startswith("text/plain")
    assert 5 < len(response.text) < 60


# --- the posts of a block -------------------------------------------------------------------------
def test_a_block_lists_its_posts_on_the_map_and_on_the_square(client, resident):
    near = offer(resident, at=NANSHAN_AT)
    offer(resident, code=FUTIAN, at=FUTIAN_AT)
    cell = block_at(*NANSHAN_AT, 0)
    for page in ("/map/", "/"):
        assert shown(client.get(f"{page}?kind=offer&cell={cell}")) == [str(near.public_id)]
    coarse = block_at(*NANSHAN_AT, 9)
    assert len(shown(client.get(f"/map/?kind=offer&cell={coarse}"))) == 2
    assert shown(client.get("/map/?kind=offer")) == []


@pytest.mark.parametrize("sort", ["time", "distance"])
@pytest.mark.parametrize("level", [0, 4, 11])
def test_the_pages_of_a_block_show_every_post_once(client, resident, sort, level):
    made = {str(offer(resident).public_id) for _each in range(25)}
    offer(resident, code=YUELU, at=YUELU_AT)
    if level == 11:  # of 1,000 km
        made = None
    here(client, *NANSHAN_AT)
    url = f"/map/?kind=offer&sort={sort}&cell={block_at(*NANSHAN_AT, level)}"
    page = client.get(url)
    first = shown(page)
    assert len(first) == 20
    more = re.search(r'href="(/\?[^"]*after=[^"]*)"', page.text)[1].replace("&amp;", "&")
    assert f"cell={block_at(*NANSHAN_AT, level)}" in more
    second = shown(client.get(more))
    assert len({*first, *second}) == len(first) + len(second)
    assert made is None or {*first, *second} == made


def test_a_post_on_the_very_edge_belongs_to_one_block(client, resident):
    """An area's own point may lie on an edge of the grid, where cells' centres never do."""
    post = offer(resident)
    edge = Area.objects.get(pk=NANSHAN)
    edge.point.y, edge.point.x = 22.535, 113.928
    type(post).objects.filter(pk=post.pk).update(point=edge.point)
    post.refresh_from_db()
    from posts import listing

    listing.put(post)
    own = block_at(22.535, 113.928, 0)
    around = [Block(0, own.row + r, own.column + c) for r in (-1, 0, 1) for c in (-1, 0, 1)]
    holding = [block for block in around if shown(client.get(f"/?kind=offer&cell={block}"))]
    assert holding == [own]
    assert counted(client, tile_at(22.535, 113.928, 0)) == {str(own): 1}


@pytest.mark.parametrize("page", ["/map/", "/"])
@pytest.mark.parametrize("cell", ["x", "0.1", "0.99999.1", "16.0.0", "%00", "0.1.1.1", "-1.0.0"])
def test_a_block_that_is_not_there_is_said_and_left_out(client, resident, page, cell):
    offer(resident)
    response = client.get(f"{page}?kind=offer&cell={cell}")
    assert response.status_code == 400
    assert "地图上没有这一格" in response.text


def test_the_map_costs_the_same_queries_for_ten_posts_as_for_twenty(client, resident):
    cell = block_at(*NANSHAN_AT, 3)
    offer(resident)
    client.get(f"/map/?kind=offer&area=440300&cell={cell}")  # the catalogue's names are kept
    counts = []
    for _round in range(2):
        for _each in range(10):
            offer(resident, items=[item(), item("antigen-test", 2)])
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/map/?kind=offer&area=440300&cell={cell}")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 8


def test_htmx_gets_the_posts_of_a_block_alone(client, resident):
    offer(resident)
    url = f"/map/?kind=offer&cell={block_at(*NANSHAN_AT, 0)}"
    part = client.get(url, headers={"hx-request": "true"})
    assert len(shown(part)) == 1
    assert "<html" not in part.text
    assert "HX-Request" in part["Vary"]


# --- the way without a map ------------------------------------------------------------------------
def test_areas_with_their_counts_lead_down_to_a_list(client, resident):
    post = offer(resident)
    offer(resident, code=YUELU, at=YUELU_AT)
    url, seen = "/map/?kind=offer", []
    for name in ("广东省", "深圳市", "南山区"):
        page = client.get(url).text
        link = re.search(rf'href="([^"]*)"><span>{name}</span><span[^>]*>1</span>', page)
        assert link, name
        url = link[1].replace("&amp;", "&")
        seen.append(url.partition("?")[0])
    assert seen == ["/map/", "/map/", "/"]
    assert shown(client.get(url)) == [str(post.public_id)]


def test_list_and_map_lead_to_each_other_with_the_filters(client, resident):
    query = "kind=need&medicine=ibuprofen&area=440300&whom=infant"
    as_html = query.replace("&", "&amp;")
    assert f'href="/map/?{as_html}"' in client.get(f"/?{query}").text
    page = client.get(f"/map/?{query}").text
    assert f'href="/?{as_html}"' in page
    assert f'href="/area/?{as_html}&amp;map=1"' in page
    assert '<form class="filters" method="get" action="/map/"' in page


def test_an_area_chosen_from_the_map_leads_back_to_the_map(client):
    typed = {"province": "440000", "city": "440300", "district": ""}
    assert client.post("/area/?kind=need&map=1", typed)["Location"].startswith("/map/?kind=need")
    assert client.post("/area/?kind=need", typed)["Location"].startswith("/?kind=need")


def test_a_filter_that_is_not_understood_is_said(client):
    for query in ("kind=gift", "area=x", "medicine=%00", "sort=price"):
        response = client.get(f"/map/?{query}")
        assert response.status_code == 400
        assert 'role="alert"' in response.text


def test_the_map_page_needs_no_nonce(client):
    response = client.get("/map/")
    assert "nonce" not in response["Content-Security-Policy"]
    assert "style=" not in response.text


# --- where it begins ------------------------------------------------------------------------------
def test_the_map_begins_at_the_area_or_the_visitors_city_and_never_at_his_cell(client):
    def view() -> list[str]:
        return re.search(r'data-view="([^"]*)"', client.get(url).text)[1].split()

    url = "/map/"
    assert view()[2] == "4"
    here(client, *NANSHAN_AT)
    city = Area.objects.get(pk=440300).point
    assert view() == [f"{city.y:.4f}", f"{city.x:.4f}", "9"]
    url = "/map/?area=430104"
    assert view()[2] == "11"
    cell = grid.snap(*YUELU_AT)
    url = f"/map/?cell=0.{cell.row}.{cell.column}"
    assert view() == [f"{cell.lat:.4f}", f"{cell.lng:.4f}", "14"]


# --- the grid in the database ---------------------------------------------------------------------
def test_rows_from_before_get_their_cells(resident):
    for at, code in ((NANSHAN_AT, NANSHAN), (FUTIAN_AT, FUTIAN), (YUELU_AT, YUELU)):
        offer(resident, code=code, at=at)
    before = list(Listing.objects.order_by("post_id").values_list("post_id", "medicine", "cell"))
    Listing.objects.update(cell=0)
    with connection.cursor() as cursor:
        cursor.execute(MIGRATION.FILL)
    after = Listing.objects.order_by("post_id").values_list("post_id", "medicine", "cell")
    assert sorted(after) == sorted(before)


def test_an_answer_holds_counts_and_names_and_nothing_else(client, resident):
    offer(resident, landmark="南门岗亭", note="门口自取")
    found = json.loads(answer(client, tile_at(*NANSHAN_AT, 0)).content)
    assert found == {"blocks": [[str(block_at(*NANSHAN_AT, 0)), 1, 0]], "names": ["深圳市南山区"]}
