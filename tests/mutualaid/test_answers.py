"""Whole answers that a process keeps for a moment: never a wrong one, never an old one."""

import gzip
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mutualaid.answers import FRESH, LONGEST, OF_POSTS, KeptAnswersMiddleware
from mutualaid.kept import keep, keep_frame
from partners.numbers import visitors
from places import grid
from posts import changes, closing, erasing, square
from posts.changes import LOOK_EVERY
from posts.models import Post
from tests.posts.factories import NANSHAN_AT, item, need, offer

SQUARE = "/?kind=offer"


@pytest.fixture(autouse=True)
def _keeping(settings):
    settings.KEEP_ANSWERS = True


@pytest.fixture
def clock(monkeypatch):
    """`time.monotonic()` of the modules that keep; it all but stands until it is moved."""

    class Clock:
        now = 1000.0

        def monotonic(self) -> float:
            self.now += 1e-6
            return self.now

        def __getattr__(self, name: str) -> object:
            return getattr(time, name)

    clock = Clock()
    monkeypatch.setattr("mutualaid.answers.time", clock)
    monkeypatch.setattr("posts.changes.time", clock)
    return clock


@pytest.fixture
def post(resident):
    return offer(resident, note="放在门口就行")


def anybody(**headers: str) -> Client:
    return Client(headers={"accept-language": "zh-CN", **headers})


@pytest.fixture
def one():
    """A client; all clients made from it are answered by one process's middleware."""
    return anybody()


def test_a_kept_answer_asks_the_database_nothing(post, clock, one, django_assert_num_queries):
    first = one.get(SQUARE)
    with django_assert_num_queries(0):
        second = one.get(SQUARE)
    assert second.content == first.content
    assert {**second.headers, "X-Request-ID": ""} == {**first.headers, "X-Request-ID": ""}
    assert second.resolver_match.view_name == "square"


def test_a_resolved_post_is_gone_when_the_moment_is_over(post, resident, clock, one):
    assert post.get_absolute_url() in one.get(SQUARE).text
    closing.resolve(Post.objects.get(pk=post.pk), resident)
    clock.now += FRESH - 0.01
    assert post.get_absolute_url() in one.get(SQUARE).text, "or nothing was kept"
    clock.now += 0.02
    assert post.get_absolute_url() not in one.get(SQUARE).text


def test_languages_sizes_hosts_and_packings_are_not_mixed_up(post, settings, one):
    settings.ALLOWED_HOSTS = ["a.example", "b.example"]
    visits = [
        {"host": host, "accept-language": language, "accept-encoding": packing, "cookie": cookie}
        for host in settings.ALLOWED_HOSTS
        for language in ("zh-CN", "en")
        for packing in ("", "gzip")
        for cookie in ("", "mode=elder")
    ]
    fresh = [unpacked(Client().get(SQUARE, headers=visit)) for visit in visits]
    assert len(set(fresh)) == 4, "languages and sizes"
    for _round in range(2):
        assert [unpacked(one.get(SQUARE, headers=visit)) for visit in visits] == fresh
    assert one.get(SQUARE, headers={"host": "c.example"}).status_code == 400


def unpacked(response) -> str:
    packed = response.get("Content-Encoding") == "gzip"
    return (gzip.decompress(response.content) if packed else response.content).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "sessionid=abc"},
        {"cookie": "whatever=1"},
        {"hx-request": "true"},
        {"authorization": "Bearer x"},
        {"origin": "https://a.example"},
        {"range": "bytes=0-9"},
    ],
)
def test_whoever_brings_something_of_his_own_is_answered_anew(post, clock, one, headers):
    one.get(SQUARE)
    with CaptureQueriesContext(connection) as asked:
        one.get(SQUARE, headers=headers)
    assert asked.captured_queries


def at(cell: grid.Cell, of: Client, **headers: str) -> Client:
    """Somebody at this cell, answered by the same process as another client."""
    client = anybody(**headers)
    client.post("/place/", {"row": cell.row, "column": cell.column, "next": "/"})
    client.handler = of.handler
    return client


HERE = grid.snap(*NANSHAN_AT)
THERE = grid.Cell(HERE.row + 8, HERE.column)  # 4 km northwards, in the same district
NEAREST = "/?kind=offer&sort=distance"


def test_what_a_visitor_with_a_place_sees_is_kept_for_nobody(post, clock, one):
    client = at(HERE, one)
    assert 'class="away"' in client.get(SQUARE).text
    assert 'class="away"' not in one.get(SQUARE).text
    assert 'class="away"' in client.get(SQUARE).text


@pytest.mark.parametrize("url", [SQUARE, NEAREST])
def test_neighbours_share_all_but_the_distances(
    post, one, settings, django_assert_num_queries, url
):
    near, further = at(HERE, one), at(THERE, one)
    settings.KEEP_ANSWERS = False
    whole = [client.get(url) for client in (near, further)]
    assert "约4公里" in whole[1].text and "约4公里" not in whole[0].text
    settings.KEEP_ANSWERS = True
    near.get(url)
    for client, expected in ((further, whole[1]), (near, whole[0])):
        with django_assert_num_queries(1):  # of the listing
            answer = client.get(url)
        assert answer.content == expected.content
        assert {**answer.headers, "X-Request-ID": ""} == {**expected.headers, "X-Request-ID": ""}


def test_each_neighbour_is_told_of_what_his_browser_has(post, one):
    near, further = at(HERE, one), at(THERE, one)
    etag = near.get(NEAREST)["ETag"]
    assert near.get(NEAREST, headers={"if-none-match": etag}).status_code == 304
    assert further.get(NEAREST, headers={"if-none-match": etag}).status_code == 200


def test_a_neighbour_with_another_language_or_size_gets_his_own(post, one):
    at(HERE, one).get(NEAREST)
    english = at(HERE, one, **{"accept-language": "en"}).get(NEAREST).text
    assert "within 1 km" in english and "公里" not in english
    elder = at(HERE, one)
    elder.cookies["mode"] = "elder"
    assert 'class="elder"' in elder.get(NEAREST).text


def test_a_post_that_was_resolved_or_published_a_moment_ago_is_right_by_distance(
    post, resident, clock, one
):
    client = at(HERE, one)
    assert post.get_absolute_url() in client.get(NEAREST).text
    another = offer(resident, note="另一份")
    closing.resolve(Post.objects.get(pk=post.pk), resident)
    text = client.get(NEAREST).text
    assert another.get_absolute_url() in text and post.get_absolute_url() not in text
    closing.resolve(Post.objects.get(pk=another.pk), resident)
    assert "/posts/" not in client.get(NEAREST).text, "the page of an empty square"


def test_the_page_of_a_post_is_not_shared_by_neighbours(post, one):
    near, further = at(HERE, one), at(THERE, one)
    assert "约4公里" not in near.get(post.get_absolute_url()).text
    assert "约4公里" in further.get(post.get_absolute_url()).text


def test_a_frame_whose_database_fails_is_left_to_the_view(post, one, monkeypatch):
    client = at(HERE, one)
    client.get(NEAREST)
    real, calls = square.run, []

    def fails_once(*arguments):
        calls.append(arguments)
        if len(calls) == 1:
            raise OperationalError
        return real(*arguments)

    monkeypatch.setattr(square, "run", fails_once)
    assert post.get_absolute_url() in client.get(NEAREST).text
    assert len(calls) == 2


def test_a_browser_that_has_the_page_is_told_so(post, clock, one):
    first = one.get(SQUARE)
    again = one.get(SQUARE, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "Content-Security-Policy" not in again


def test_each_view_of_a_kept_page_is_counted(post, clock, one, settings, monkeypatch):
    settings.COUNT_VISITORS = True
    seen = []
    monkeypatch.setattr(visitors.COLLECTED, "add", seen.append)
    agent = {"user-agent": "Mozilla/5.0 MicroMessenger"}
    etags = [one.get(SQUARE, headers=agent)["ETag"] for _each in range(3)]
    assert one.get(SQUARE, headers={**agent, "if-none-match": etags[0]}).status_code == 304
    assert len(seen) == 4


def answering(view):
    """The middleware around a view, and how often the view was asked."""
    asked = []

    def counted(request):
        asked.append(request)
        return view(request)

    return KeptAnswersMiddleware(counted), asked


@pytest.mark.parametrize(
    "change",
    [
        lambda response: response.set_cookie("a", "b"),
        lambda response: response.headers.__setitem__("Cache-Control", "no-store"),
        lambda response: response.headers.__setitem__("Content-Security-Policy", "'nonce-abc'"),
        lambda response: setattr(response, "status_code", 410),
        lambda response: delattr(response, "kept"),
    ],
)
def test_an_answer_that_is_not_the_same_for_all_is_not_kept(rf, change):
    def view(_request):
        response = keep(HttpResponse("x"))
        change(response)
        return response

    middleware, asked = answering(view)
    for _each in range(2):
        middleware(rf.get("/"))
    assert len(asked) == 2


def test_while_one_makes_it_anew_others_get_the_old_one_but_not_for_long(rf, clock):
    go_on, texts = Event(), iter(["old", "new", "third"])

    def view(_request):
        text = next(texts)
        if text == "new":
            go_on.wait(10)
        return keep(HttpResponse(text))

    middleware, asked = answering(view)
    assert middleware(rf.get("/")).content == b"old"
    clock.now += FRESH + 0.1
    with ThreadPoolExecutor(1) as other:
        new = other.submit(middleware, rf.get("/"))
        while len(asked) < 2:
            time.sleep(0.01)
        assert middleware(rf.get("/")).content == b"old"
        clock.now += LONGEST - FRESH
        assert middleware(rf.get("/")).content == b"third"
        go_on.set()
        assert new.result().content == b"new"


def test_many_addresses_do_not_fill_the_memory(rf, monkeypatch):
    monkeypatch.setattr("mutualaid.answers.MOST", 100_000)
    middleware, asked = answering(lambda _request: keep(HttpResponse("x" * 8_000)))
    for number in [*range(50), 49, 49, 0]:
        middleware(rf.get(f"/?{number}"))
    assert len(middleware.answers) == 10
    assert len(asked) == 51, "the last one was kept, the first was not"
    big, asked = answering(lambda _request: keep(HttpResponse("x" * 200_000)))
    assert [big(rf.get("/")).status_code for _each in range(2)] == [200, 200]
    assert len(asked) == 2


def test_frames_do_not_fill_the_memory_either(db, rf, monkeypatch):
    monkeypatch.setattr("mutualaid.answers.MOST", 1_000_000)
    frame = "药" * 40_000  # two bytes each
    view = answering(lambda _request: keep_frame(HttpResponse("x"), frame, lambda text, _who: text))
    middleware, _asked = view
    somewhere = anybody()
    somewhere.post("/place/", {"row": HERE.row, "column": HERE.column, "next": "/"})
    for number in range(50):
        request = rf.get(f"/?{number}")
        request.COOKIES["place"] = somewhere.cookies["place"].value
        middleware(request)
    assert len(middleware.answers) == 12


def test_a_view_that_fails_is_asked_again(rf):
    def view(_request):
        raise ZeroDivisionError

    middleware, asked = answering(view)
    for _each in range(2):
        with pytest.raises(ZeroDivisionError):
            middleware(rf.get("/"))
    assert len(asked) == 2
    assert not middleware.making


# --- what changes with its posts alone ---------------------------------------------------------


@pytest.fixture
def beside(transactional_db, resident, helper):
    """An offer, and a need that stands beside it on its page."""
    return offer(resident), need(helper, items=[item("ibuprofen")])


def test_a_posts_page_is_kept_until_a_post_on_it_changes(beside, clock, one, helper):
    shown, other = beside
    path = shown.get_absolute_url()
    first = one.get(path).text
    assert other.get_absolute_url() in first
    clock.now += LOOK_EVERY
    one.get(path)  # the first look: both had just been published
    clock.now += LOOK_EVERY
    with CaptureQueriesContext(connection) as asked:
        assert one.get(path).text == first
        assert one.get(path).text == first
    assert len(asked) == 1, "what has changed since the last look"
    closing.resolve(Post.objects.get(pk=other.pk), helper)
    clock.now += LOOK_EVERY + 0.01
    assert other.get_absolute_url() not in one.get(path).text
    clock.now += LOOK_EVERY
    with CaptureQueriesContext(connection) as asked:
        one.get(path)
    assert len(asked) == 1, "it is kept again"


def test_a_post_that_is_not_open_any_more_is_not_kept_as_if_it_were(beside, clock, one, resident):
    shown, _other = beside
    assert one.get(shown.get_absolute_url()).status_code == 200
    closing.resolve(Post.objects.get(pk=shown.pk), resident)
    clock.now += LOOK_EVERY + 0.01
    assert one.get(shown.get_absolute_url()).status_code == 410


def test_a_post_that_is_deleted_with_its_account_goes_at_once(beside, clock, one, helper):
    shown, other = beside
    one.get(shown.get_absolute_url())
    clock.now += LOOK_EVERY
    assert other.get_absolute_url() in one.get(shown.get_absolute_url()).text
    with transaction.atomic():
        erasing.leave(helper)
    clock.now += LOOK_EVERY
    assert other.get_absolute_url() not in one.get(shown.get_absolute_url()).text


def test_a_post_that_runs_out_goes_from_the_pages_of_others(beside, clock, one, monkeypatch):
    shown, other = beside
    assert other.get_absolute_url() in one.get(shown.get_absolute_url()).text
    ends = Post.objects.get(pk=other.pk).expires_at
    monkeypatch.setattr(timezone, "now", lambda: ends)
    with CaptureQueriesContext(connection) as asked:
        one.get(shown.get_absolute_url())
    assert len(asked) > 1, "made anew: the database leaves out what has run out"


def test_an_unchanged_page_is_made_anew_after_a_while_for_new_posts(beside, clock, one, helper):
    shown, _other = beside
    one.get(shown.get_absolute_url())
    late = need(helper, items=[item("ibuprofen")])
    clock.now += OF_POSTS + 0.01
    assert late.get_absolute_url() in one.get(shown.get_absolute_url()).text


def test_a_change_is_heard_after_a_long_silence(beside, clock):
    shown, _other = beside
    heard = changes.Changes()
    assert heard.touch([shown.pk], since=clock.now), "it was just published"
    assert not heard.touch([shown.pk], since=clock.now + 0.1)
    clock.now += 40
    Post.objects.filter(pk=shown.pk).update(in_hand=True)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE posts_post DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE posts_post SET changed_at = now() - interval '35 seconds' WHERE id = %s",
            [shown.pk],
        )
        cursor.execute("ALTER TABLE posts_post ENABLE TRIGGER USER")
    assert heard.touch([shown.pk], since=clock.now - 36)


def test_where_the_database_cannot_be_asked_everything_counts_as_changed(clock, monkeypatch):
    def away(_seconds):
        raise OperationalError

    monkeypatch.setattr(changes, "changed_within", away)
    assert changes.Changes().touch([1], since=clock.now)
