"""The info square: what is on it, in which order, and how one pages through it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from places import grid
from posts import closing, moderation, square
from posts.models import Kind, Listing
from tests.posts.factories import (
    FUTIAN,
    FUTIAN_AT,
    NANSHAN,
    NANSHAN_AT,
    YUELU,
    YUELU_AT,
    any_of,
    item,
    need,
    offer,
)

pytestmark = pytest.mark.django_db


def shown(response) -> list[str]:
    """The ids of the posts on a page, in its order."""
    return re.findall(r'href="/posts/([0-9a-f-]{36})/"', response.content.decode())


@pytest.fixture(autouse=True)
def many_posts_allowed(settings):
    settings.OPEN_POSTS_PER_RESIDENT = 1000


def test_offers_and_needs_are_two_tabs(client, resident):
    giving, asking = offer(resident), need(resident)
    assert shown(client.get("/?kind=offer")) == [str(giving.public_id)]
    assert shown(client.get("/?kind=need")) == [str(asking.public_id)]


def test_newest_posts_come_first(client, resident):
    first, second = offer(resident), offer(resident)
    assert shown(client.get("/")) == [str(second.public_id), str(first.public_id)]


def test_a_medicine_filters(client, resident):
    ibuprofen = offer(resident)
    offer(resident, items=[item("antigen-test", 2, per_household=2)])
    assert shown(client.get("/?medicine=ibuprofen")) == [str(ibuprofen.public_id)]


def test_any_fever_medicine_is_found_under_each_of_them(client, resident):
    asking = need(resident, items=[any_of("fever")])
    for slug in ("ibuprofen", "paracetamol"):
        assert shown(client.get(f"/?kind=need&medicine={slug}")) == [str(asking.public_id)]
    assert shown(client.get("/?kind=need&medicine=antigen-test")) == []


def test_an_area_means_all_below_it(client, resident):
    nanshan = offer(resident, code=NANSHAN, at=NANSHAN_AT)
    futian = offer(resident, code=FUTIAN, at=FUTIAN_AT)
    offer(resident, code=YUELU, at=YUELU_AT)
    both = [str(futian.public_id), str(nanshan.public_id)]
    assert shown(client.get("/?area=440305")) == both[1:]
    assert shown(client.get("/?area=440300")) == both
    assert shown(client.get("/?area=440000")) == both


def test_who_it_is_for_filters_needs(client, resident):
    infant = need(resident, whom=["infant"], youngest_months=8)
    need(resident, whom=["over_65"])
    assert shown(client.get("/?kind=need&whom=infant")) == [str(infant.public_id)]


def here(client: Client, lat: float, lng: float) -> None:
    """Give a visitor a place, through the page that does it."""
    cell = grid.snap(lat, lng)
    client.post("/place/", {"row": cell.row, "column": cell.column, "next": "/"})


def test_distance_asks_for_a_place_first(client, resident):
    offer(resident)
    response = client.get("/?sort=distance")
    assert response.status_code == 200
    assert shown(response) == []
    assert "/place/?next=" in response.content.decode()


def test_distance_sorts_from_the_visitors_place(client, resident):
    far = offer(resident, code=YUELU, at=YUELU_AT)
    near = offer(resident, code=FUTIAN, at=FUTIAN_AT)
    nearest = offer(resident, code=NANSHAN, at=NANSHAN_AT)
    here(client, *NANSHAN_AT)
    expected = [str(each.public_id) for each in (nearest, near, far)]
    assert shown(client.get("/?sort=distance")) == expected


def test_a_card_shows_a_coarse_distance_only(client, resident):
    offer(resident, code=FUTIAN, at=FUTIAN_AT)
    here(client, *NANSHAN_AT)
    assert "约15公里" in client.get("/").content.decode()


def test_pages_show_every_post_once_by_time(client, resident):
    made = [str(offer(resident).public_id) for _each in range(45)]
    assert walk(client, "/?kind=offer") == list(reversed(made))


def test_pages_show_every_post_once_by_distance_though_all_are_in_one_cell(client, resident):
    made = [str(offer(resident).public_id) for _each in range(45)]
    here(client, *NANSHAN_AT)
    found = walk(client, "/?kind=offer&sort=distance")
    assert sorted(found) == sorted(made)


def test_pages_within_an_area_show_every_post_once(client, resident):
    made = [str(offer(resident).public_id) for _each in range(25)]
    offer(resident, code=YUELU, at=YUELU_AT)
    assert walk(client, "/?kind=offer&area=440300") == list(reversed(made))


def walk(client: Client, url: str) -> list[str]:
    """All posts of a list, page by page, along its own links."""
    found: list[str] = []
    while url:
        page = client.get(url).content.decode()
        found += re.findall(r'href="/posts/([0-9a-f-]{36})/"', page)
        link = re.search(r'rel="next"', page)
        match = re.search(r'href="(/\?[^"]*after=[^"]*)"', page)
        url = match[1].replace("&amp;", "&") if link and match else ""
    return found


def test_a_resolved_post_is_gone_at_once(client, resident):
    post = offer(resident)
    closing.resolve(post, resident)
    assert shown(client.get("/")) == []


def test_an_expired_post_is_gone_though_no_job_has_run(client, resident):
    post = offer(resident)
    past = timezone.now() - timedelta(minutes=1)
    Listing.objects.filter(post=post).update(expires_at=past)
    assert shown(client.get("/")) == []
    assert Listing.objects.filter(post=post).exists()


def test_a_hidden_post_is_gone_and_comes_back(client, resident, moderator):
    post = offer(resident)
    moderation.hide(post, moderator, "trade")
    assert shown(client.get("/")) == []
    moderation.restore(post, moderator)
    assert shown(client.get("/")) == [str(post.public_id)]


@pytest.mark.parametrize(
    "query",
    [
        "kind=gift", "medicine=paxlovid", "medicine=%00", "area=999999", "area=44030", "area=x",
        "area=%EF%BC%94%EF%BC%94%EF%BC%90%EF%BC%93%EF%BC%90%EF%BC%95", "kind=need&whom=cats",
        "sort=price", "after=x", "after=%00", "sort=distance&after=gAAAA",
    ],
)  # fmt: skip
def test_a_filter_that_is_not_understood_is_said_and_left_out(client, resident, query):
    post = offer(resident)
    here(client, *NANSHAN_AT)
    response = client.get(f"/?{query}")
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    if "need" not in query:
        assert shown(response) == [str(post.public_id)]


def test_a_cursor_of_other_filters_leads_to_the_first_page(client, resident):
    for _each in range(21):
        offer(resident)
    page = client.get("/?kind=offer").content.decode()
    after = re.search(r"after=([^\"]+)", page)[1]
    assert client.get(f"/?kind=offer&after={after}").status_code == 200
    assert client.get(f"/?kind=offer&medicine=ibuprofen&after={after}").status_code == 400


def test_a_distance_cursor_tells_nothing_and_is_of_no_use_elsewhere(client, resident):
    for _each in range(21):
        offer(resident)
    here(client, *NANSHAN_AT)
    page = client.get("/?kind=offer&sort=distance").content.decode()
    url = re.search(r'href="(/\?[^"]*after=[^"]*)"', page)[1].replace("&amp;", "&")
    assert "113." not in url
    assert "22." not in url
    elsewhere = Client()
    here(elsewhere, *YUELU_AT)
    assert client.get(url).status_code == 200
    assert elsewhere.get(url).status_code == 400


def test_links_carry_no_position(client, resident):
    offer(resident)
    here(client, *NANSHAN_AT)
    for link in re.findall(r'href="([^"]*)"', client.get("/?sort=distance").content.decode()):
        assert "lat" not in link
        assert "row" not in link


@pytest.mark.parametrize("sort", ["time", "distance"])
def test_a_page_costs_as_many_queries_for_ten_posts_as_for_twenty(client, resident, sort):
    here(client, *NANSHAN_AT)
    offer(resident)
    client.get(f"/?sort={sort}")  # what is around the posts is kept
    counts = []
    for _round in range(2):
        for _each in range(10):
            offer(resident, items=[item(), item("antigen-test", 2)])
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/?sort={sort}")
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 5
    assert not [each for each in captured if "COUNT(" in each["sql"]]


def test_an_operator_may_ask_for_sign_in_before_reading(client, as_helper, resident, settings):
    post = offer(resident)
    settings.LEVEL_TO_READ = "phone"
    for url in ("/", post.get_absolute_url(), "/need/?medicine=ibuprofen"):
        assert client.get(url)["Location"].startswith("/signin/?next=")
        assert as_helper.get(url).status_code == 200


def test_nothing_found_says_what_to_do_next(client):
    page = client.get("/?medicine=ibuprofen&area=440305").content.decode()
    assert "/need/?medicine=ibuprofen" in page
    assert "area=440300" in page


def test_a_visitor_gets_no_session_and_no_token(client, resident):
    offer(resident)
    response = client.get("/")
    assert not response.cookies
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_pages_that_know_the_visitors_place_are_never_shared(client, resident):
    post = offer(resident)
    for url in ("/", post.get_absolute_url(), "/need/"):
        assert "Cookie" in client.get(url)["Vary"]


def test_no_page_of_the_square_holds_a_contact(client, resident):
    post = offer(resident, landmark="南门岗亭", contact_wechat="liu_123456")
    for url in ("/", f"/posts/{post.public_id}/"):
        page = client.get(url).content.decode()
        for secret in ("13800138001", "138 0013 8001", "南门岗亭", "liu_123456"):
            assert secret not in page


NEAREST = "point <-> ST_SetSRID(ST_MakePoint(0, 0), 3857), rank <-> 1e16"
BABIES = square.Filters(kind=Kind.NEED, whom="infant")


@pytest.mark.parametrize(
    ("filters", "order", "index"),
    [
        (square.Filters(), NEAREST, "listing_offers"),
        (square.Filters(), "rank DESC", "listing_newest"),
        (square.Filters(kind=Kind.NEED), NEAREST, "listing_needs "),
        (BABIES, NEAREST, "listing_needs_infant"),
        (BABIES, "rank <-> 1e16", "listing_needs_infant"),
    ],
)
def test_each_order_is_read_from_its_index_without_sorting(db, filters, order, index):
    where, values = square.conditions(filters)
    with connection.cursor() as cursor:
        if filters.whom:  # in an empty table the wider index would do as well
            cursor.execute("DROP INDEX listing_needs")
        # In an empty table a sort costs nothing: only an order that no index gives is sorted now.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(
            f"EXPLAIN SELECT post_id FROM posts_listing WHERE {where} ORDER BY {order} LIMIT 21",
            values,
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan
    assert "Sort" not in plan
