"""Cards and frames that a process keeps: always what it would make anew."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from medicines.models import Medicine
from mutualaid.kept import Kept
from places import grid
from posts import closing, square
from posts.models import Post
from posts.views.square import FRAMES
from tests.posts.factories import NANSHAN_AT, need, offer

CHANGSHA_AT = (28.2278, 112.9388)
VISITS = [  # path, language, mode, place
    ("/?kind=offer", "zh-hans", "", None),
    ("/?kind=offer", "en", "", None),
    ("/?kind=offer", "zh-hans", "elder", None),
    ("/?kind=offer", "zh-hans", "", NANSHAN_AT),
    ("/?kind=offer&sort=distance", "zh-hans", "", NANSHAN_AT),
    ("/?kind=offer&sort=distance", "zh-hans", "", CHANGSHA_AT),
    ("/?kind=offer&medicine=ibuprofen", "zh-hans", "", None),
    ("/?kind=need", "en", "largest", CHANGSHA_AT),
]


def forget() -> None:
    for kept in Kept.everything:
        kept.forget()


def visit(path, language, mode, place, client: Client | None = None) -> str:
    client = client or Client()
    client.cookies["django_language"] = language
    client.cookies["mode"] = mode
    if place:
        cell = grid.snap(*place)
        client.post("/place/", {"row": cell.row, "column": cell.column, "next": "/"})
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def posts(resident, helper):
    return [offer(resident), need(helper), offer(helper)]


def test_nothing_kept_is_mixed_up_between_languages_sizes_places_and_filters(posts):
    anew = []
    for each in VISITS:
        forget()
        anew.append(visit(*each))
    assert len(set(anew)) == len(VISITS)
    forget()
    for _round in range(2):
        assert [visit(*each) for each in VISITS] == anew


def test_whoever_is_signed_in_is_shown_what_everybody_is(posts, as_helper):
    first = visit(*VISITS[0], client=as_helper)
    assert len(FRAMES.things) == 1
    assert visit(*VISITS[0]) == first
    forget()
    assert visit(*VISITS[0]) == first


def test_a_second_look_reads_the_listing_alone(posts, django_assert_num_queries):
    visit(*VISITS[0])
    with django_assert_num_queries(1):
        visit(*VISITS[0])


def test_a_card_follows_its_post(posts, resident):
    assert "有人在帮了" not in visit("/?kind=need", "zh-hans", "", None)
    post = Post.objects.get(pk=posts[1].pk)
    closing.set_in_hand(post, post.resident, True)
    assert "有人在帮了" in visit("/?kind=need", "zh-hans", "", None)


def test_a_card_follows_the_clock(posts, monkeypatch):
    assert "刚刚" in visit(*VISITS[0])
    for later, words in (
        (timedelta(minutes=1, seconds=55), "刚刚"),
        (timedelta(minutes=2, seconds=5), "2分钟前"),
        (timedelta(minutes=3, seconds=5), "3分钟前"),
        (timedelta(hours=1, seconds=5), "1小时前"),
        (timedelta(hours=25), "1天前"),
    ):
        now = timezone.now() + later
        with monkeypatch.context() as patch:
            patch.setattr(timezone, "now", lambda now=now: now)
            assert words in visit(*VISITS[0]).replace(" ", "")


def test_a_resolved_post_is_gone_from_what_is_kept(posts, resident):
    shown = posts[0].get_absolute_url()
    assert shown in visit(*VISITS[0])
    closing.resolve(Post.objects.get(pk=posts[0].pk), resident)
    assert shown not in visit(*VISITS[0])


def test_a_post_that_is_erased_while_the_page_is_made_leaves_no_gap(posts, monkeypatch):
    found = square.page(square.Filters(), None)
    Post.objects.filter(pk=posts[0].pk).delete()
    monkeypatch.setattr(square, "page", lambda filters, place: found)
    page = visit(*VISITS[0])
    assert page.count("post-card") == 1


def test_a_name_is_kept_for_a_minute_at_most(posts, monkeypatch):
    assert "布洛芬" in visit(*VISITS[0])
    Medicine.objects.filter(slug="ibuprofen").update(name="布洛芬新名")
    now = timezone.now() + timedelta(minutes=1, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert "布洛芬新名" in visit(*VISITS[0])
