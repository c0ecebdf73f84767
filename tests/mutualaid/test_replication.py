"""A node with a primary and a replica: what it reads where, and what it does when one is away.

Copies of the test's database stand for both, so that what a page shows tells where it was read.
Real streaming replicas, killed one by one: `make test-cluster`.
"""

import contextlib
import http.cookiejar
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from mutualaid import answers, replication
from posts.models import Draft, Post
from tests.conftest import signed_in
from tests.mutualaid import production, served
from tests.posts.factories import offer

TOKEN = "a" * 32


@pytest.fixture
def at_server() -> Iterator[psycopg.Connection]:
    """A connection to no database of the test's, for what is done to those."""
    where = connection.settings_dict
    with psycopg.connect(
        host=where["HOST"], user=where["USER"], dbname="postgres", autocommit=True
    ) as made:
        yield made


@dataclass
class Copy:
    """A database of the same rows; its posts may say where they were read."""

    name: str
    server: psycopg.Connection

    @property
    def url(self) -> str:
        return served.database_url().rpartition("/")[0] + f"/{self.name}"

    def says(self, words: str) -> None:
        where = connection.settings_dict
        with psycopg.connect(
            host=where["HOST"], user=where["USER"], dbname=self.name, autocommit=True
        ) as made:
            made.execute("UPDATE posts_post SET note = %s", [words])

    def goes(self) -> None:
        self.server.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS false')
        self.server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [self.name],
        )

    def comes_back(self) -> None:
        self.server.execute(f'ALTER DATABASE "{self.name}" ALLOW_CONNECTIONS true')


@dataclass
class Node:
    url: str
    primary: Copy
    replica: Copy


class Browser:
    """Keeps cookies; `get` and `post` give the status and the page."""

    def __init__(self, node: Node, **cookies: str) -> None:
        self.node, self.jar = node, http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.given = {**cookies, "csrftoken": TOKEN}

    def ask(self, path: str, data: bytes | None = None) -> tuple[int, str]:
        request = urllib.request.Request(self.node.url + path, data)  # noqa: S310 -- our own server
        kept = {each.name: each.value or "" for each in self.jar}
        together = "; ".join(f"{name}={value}" for name, value in (self.given | kept).items())
        request.add_unredirected_header("Cookie", together)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def get(self, path: str) -> tuple[int, str]:
        return self.ask(path)

    def post(self, path: str, **typed: str) -> tuple[int, str]:
        fields = {**typed, "csrfmiddlewaretoken": TOKEN}
        return self.ask(path, urllib.parse.urlencode(fields).encode())


@pytest.fixture
def post(resident, transactional_db) -> Post:
    return offer(resident)


@pytest.fixture
def node(post, resident, at_server, tmp_path) -> Iterator[Node]:
    session = signed_in(resident).cookies["sessionid"].value
    original = connection.settings_dict["NAME"]
    connection.close()
    leave_alone(at_server, original)
    copies = [Copy(f"{original}_{name}", at_server) for name in ("primary", "replica")]
    with contextlib.ExitStack() as gone_afterwards:
        for each in copies:
            at_server.execute(f'CREATE DATABASE "{each.name}" TEMPLATE "{original}"')
            drop = f'DROP DATABASE "{each.name}" WITH (FORCE)'
            gone_afterwards.callback(at_server.execute, drop)
        primary, replica = copies
        primary.says("读自主库")
        replica.says("读自副本")
        there = {"DATABASE_URL": primary.url, "DATABASE_REPLICA_URLS": replica.url}
        with served.granian(tmp_path / "log", workers=1, **there) as url:
            made = Node(url, primary, replica)
            wait(lambda: '"replicas": 1' in served.ask(f"{url}/readyz")[1])
            made.session = session  # type: ignore[attr-defined]
            yield made


def leave_alone(server: psycopg.Connection, name: str) -> None:
    """End what threads of tests before this one have left open: else nothing can be copied."""
    server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
    )
    there = "SELECT FROM pg_stat_activity WHERE datname = %s"
    wait(lambda: not server.execute(there, [name]).fetchall())


def wait(holds: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_visitor_reads_the_replica_and_who_has_written_the_primary(node, post):
    page = post.get_absolute_url()
    visitor, poster = Browser(node), Browser(node, sessionid=node.session)
    assert "读自副本" in visitor.get(page)[1]
    assert "读自副本" in poster.get(page)[1]
    visitor.post("/mode/", mode="elder")
    assert "读自副本" in visitor.get(page)[1]
    assert poster.post(f"/posts/{post.public_id}/extend/")[0] == 200
    assert "读自主库" in poster.get(page)[1]
    assert "读自副本" in visitor.get(page)[1]


def test_a_replica_that_dies_is_missed_by_nobody(node, post):
    page = post.get_absolute_url()
    visitor = Browser(node)
    assert "读自副本" in visitor.get(page)[1]
    node.replica.goes()
    for path in (page, "/", "/api/v1/posts", "/map/", "/areas/", "/feed/", page):
        assert visitor.get(path)[0] == 200, path
    assert "读自主库" in visitor.get(page)[1]
    node.replica.comes_back()
    wait(lambda: "读自副本" in visitor.get(page)[1])


def test_without_the_primary_pages_are_read_and_what_is_typed_is_kept(node, post):
    visitor, poster = Browser(node), Browser(node, sessionid=node.session)
    node.primary.goes()
    start = time.monotonic()
    public = ["/", "/api/v1/posts", "/map/", "/areas/", "/stats/", "/feed/"]
    public.append(post.get_absolute_url())
    for path in public:
        assert visitor.get(path)[0] == 200, path
    for path in ["/mine/", "/account/", "/need/", *public]:
        assert poster.get(path)[0] == 200, path
    assert time.monotonic() - start < 15
    status, page = poster.post("/need/details/", medicine="ibuprofen", note='孩子"38.9"度<两天>')
    assert status == 503
    assert 'name="note" value="孩子&quot;38.9&quot;度&lt;两天&gt;"' in page
    assert 'name="medicine" value="ibuprofen"' in page
    assert page.count('name="csrfmiddlewaretoken"') == 1
    wait(lambda: '"database": false' in visitor.get("/readyz")[1])
    assert visitor.get("/readyz")[0] == 200
    assert visitor.post("/mode/", mode="elder")[0] == 200
    wait(lambda: visitor.get("/admin/")[0] == 503)
    assert visitor.get("/api/v1/changes")[0] == 503
    node.primary.comes_back()
    wait(lambda: '"database": true' in visitor.get("/readyz")[1])
    assert poster.post("/need/details/", medicine="ibuprofen", note="x")[0] == 422


def test_every_route_that_is_read_from_a_replica_exists():
    names: set[str] = set()

    def walk(resolver, prefix: str = "") -> None:
        for each in resolver.url_patterns:
            if hasattr(each, "url_patterns"):
                walk(each, f"{prefix}{each.namespace}:" if each.namespace else prefix)
            else:
                names.add(f"{prefix}{each.name}")

    walk(get_resolver())
    assert names >= replication.READ | replication.WRITE_NOTHING


def test_a_page_that_a_replica_made_is_made_again_after_a_change_that_it_did_not_know(settings):
    kept = answers.KeptAnswersMiddleware(lambda _request: HttpResponse())
    now = kept.changes.looked = time.monotonic()
    kept.changes.last = {7: now - 1}  # heard of a second before the page was made
    page = answers.Answer({}, b"", None, now, answers.Offer(frozenset({7}), None))
    assert kept.is_fresh(page)
    settings.DATABASE_REPLICAS = {"replica-1": {}}
    assert not kept.is_fresh(page)
    kept.changes.last = {7: now - 10}
    assert kept.is_fresh(page)


@pytest.mark.django_db
def test_without_replicas_nobody_gets_a_cookie_for_what_he_wrote(resident):
    post = offer(resident)
    poster = signed_in(resident)
    assert not settings.DATABASE_REPLICAS
    assert poster.post(f"/posts/{post.public_id}/extend/").status_code == 302
    assert replication.COOKIE not in poster.cookies


@pytest.mark.django_db
def test_a_form_that_meets_a_broken_database_is_kept(monkeypatch):
    def broken(*_args, **_more):
        raise OperationalError("gone")

    monkeypatch.setattr(Draft, "save", broken)
    browser = Client(raise_request_exception=False)
    page = browser.post("/offer/details/", {"medicine": "ibuprofen", "note": "两盒"})
    assert page.status_code == 503
    assert page["Retry-After"]
    assert "no-store" in page["Cache-Control"]
    assert 'name="note" value="两盒"' in page.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "broken"),
    [("/mine/", "safety.sessions.SessionStore.load"), ("/?src=x", "partners.sources.approved")],
    ids=["in a view", "outside of views"],
)
def test_a_broken_database_is_told_wherever_it_is_met(path, broken, monkeypatch):
    def away(*_args, **_more):
        raise OperationalError("gone")

    monkeypatch.setattr(broken, away)
    browser = Client(raise_request_exception=False)
    browser.cookies["sessionid"] = "a" * 32
    page = browser.get(path, headers={"accept-language": "en"})
    assert page.status_code == 503
    assert "Not possible for a moment" in page.content.decode()
    assert "Incident number" in page.content.decode()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"DATABASE_REPLICA_URLS": "sqlite:///x"}, "DATABASE_REPLICA_URLS must begin"),
        ({"DATABASE_REPLICA_URLS": "nonsense"}, "DATABASE_REPLICA_URLS must begin"),
        ({"DATABASE_REPLICA_LAG_SECONDS": "0"}, "DATABASE_REPLICA_LAG_SECONDS"),
    ],
)
def test_what_is_no_replica_stops_the_start(given, told):
    assert told in production.start("manage.py", "check", **given).stderr
