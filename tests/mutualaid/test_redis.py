"""Redis for cache and sessions: used while it answers, missed by nobody when it does not."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import ANY

import pytest
import redis
from cryptography.fernet import Fernet
from django.core.cache import caches
from django.db import connection
from django.test import Client

from mutualaid import redis_cache
from mutualaid.redis_cache import ANSWERS_WITHIN, BREAKER
from safety.cached_sessions import SessionStore
from scripts.own_server import free_port
from tests.conftest import signed_in
from tests.mutualaid import production, served
from tests.posts.factories import offer


class Server:
    """A Redis of the test's own, on a port or stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port)
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--dir", self.folder]
        self.running = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        for _try in range(100):
            try:
                self.client.ping()
                return
            except redis.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("Redis did not start")

    def stop(self) -> None:
        self.running.kill()
        self.running.wait(10)


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def nothing_failed_yet(monkeypatch):
    monkeypatch.setattr(BREAKER, "closed_until", 0.0)


@pytest.fixture
def with_redis(server, settings, db):
    """The caches of a start with REDIS_URL."""
    ours = {
        "BACKEND": "mutualaid.redis_cache.RedisCache",
        "LOCATION": [server.url],
        "KEY_FUNCTION": "safety.encryption.cache_key",
    }
    settings.CACHES = {
        "default": {**ours, "OPTIONS": {"IN_ITS_PLACE": "database"}},
        "database": settings.CACHES["default"],
        "sessions": {**ours, "OPTIONS": {"IN_ITS_PLACE": "nothing", "LONGEST": 30}},
        "nothing": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    }
    settings.SESSION_ENGINE, settings.SESSION_CACHE_ALIAS = "safety.cached_sessions", "sessions"
    return server


def test_what_redis_holds_is_ciphertext_under_a_digest(with_redis):
    caches["default"].set("+8613800138000", ["+8613800138000"], 60)
    (key,) = with_redis.client.keys()
    assert b"138" not in key
    assert b"138" not in with_redis.client.get(key)
    assert caches["default"].get("+8613800138000") == ["+8613800138000"]


def test_pictures_come_back_as_they_were(with_redis):
    caches["default"].set("poster", b"\x89PNG\0\xff")
    assert caches["default"].get("poster") == b"\x89PNG\0\xff"


def test_numbers_are_counted_by_redis_itself(with_redis):
    caches["default"].set("tries", 1)
    assert caches["default"].incr("tries", 2) == 3
    assert caches["default"].get("tries") == 3


def test_what_an_old_key_wrote_is_not_there(with_redis, settings):
    caches["default"].set("name", ["value"])
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert caches["default"].get("name", []) == []
    assert not BREAKER.is_away


def test_the_database_counts_while_redis_is_away(with_redis):
    with_redis.stop()
    cache = caches["default"]
    assert cache.add("lock", True, 10)
    assert not cache.add("lock", True, 10)
    cache.set("history", [1.5])
    assert cache.get("history") == [1.5]
    assert BREAKER.is_away
    cache.delete("lock")
    assert cache.add("lock", True, 10)


def test_a_redis_that_hangs_holds_up_one_request_for_a_moment(with_redis):
    caches["default"].get("name")
    with_redis.running.send_signal(19)  # SIGSTOP: it still takes connections
    start = time.monotonic()
    for _each in range(50):
        caches["default"].get("name")
    assert time.monotonic() - start < 3 * ANSWERS_WITHIN
    with_redis.running.send_signal(18)


def test_it_is_asked_again_after_a_while(with_redis, monkeypatch):
    with_redis.stop()
    caches["default"].set("name", "of the database")
    with_redis.start()
    assert caches["default"].get("name") == "of the database"
    monkeypatch.setattr(BREAKER, "closed_until", time.monotonic() - 1)
    assert caches["default"].get("name") is None
    assert not BREAKER.is_away


def test_one_thread_tries_and_the_others_wait_for_what_it_finds(monkeypatch):
    breaker = redis_cache.Breaker()
    breaker.note_failure(redis.ConnectionError())
    monkeypatch.setattr(breaker, "closed_until", time.monotonic() - 1)
    assert [breaker.lets_through() for _each in range(3)] == [True, False, False]


def test_a_session_is_read_from_redis(with_redis, resident, django_assert_num_queries):
    offer(resident)
    person = signed_in(resident)
    person.get("/mine/")
    with django_assert_num_queries(0):
        session = SessionStore(person.cookies["sessionid"].value)
        assert session["_auth_user_id"] == str(resident.pk)


def test_losing_redis_signs_nobody_out(with_redis, resident):
    person = signed_in(resident)
    assert person.get("/account/").status_code == 200
    with_redis.stop()
    assert person.get("/account/").status_code == 200
    fresh = signed_in(resident)
    assert fresh.get("/account/").status_code == 200


def test_who_signs_out_is_out_also_while_redis_is_away(with_redis, resident):
    person = signed_in(resident)
    stolen = Client()
    stolen.cookies["sessionid"] = person.cookies["sessionid"].value
    assert stolen.get("/account/").status_code == 200
    with_redis.stop()
    person.post("/signout/")
    assert stolen.get("/account/").status_code == 302


def test_no_copy_of_a_session_outlives_what_we_leave_redis_alone_for(with_redis, resident):
    """So what ended while it was away is not found there when it is asked again."""
    signed_in(resident).get("/account/")
    lives = [with_redis.client.ttl(key) for key in with_redis.client.scan_iter()]
    assert lives
    assert all(0 < each <= redis_cache.LEFT_ALONE for each in lives)
    caches["sessions"].set("for ever", 1, None)
    assert all(0 < with_redis.client.ttl(key) <= 30 for key in with_redis.client.scan_iter())


@pytest.mark.django_db(transaction=True)
def test_a_node_stays_ready_and_serves_when_redis_goes(resident, server, tmp_path):
    offer(resident)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache")
    cookie = f"sessionid={signed_in(resident).cookies['sessionid'].value}"
    with served.granian(tmp_path / "log", workers=1, REDIS_URL=server.url) as url:
        status, told = served.ask(f"{url}/readyz")
        assert (status, '"redis": true' in told) == (200, True), told
        assert served.ask(f"{url}/account/", Cookie=cookie)[0] == 200
        assert server.client.dbsize() == 2  # the probe's mark, and the session
        server.stop()
        for path in ("/", "/account/", "/mine/"):
            assert served.ask(f"{url}{path}", Cookie=cookie) == (200, ANY), path
        status, told = served.ask(f"{url}/readyz")
        assert (status, '"redis": false' in told) == (200, True), told


def test_an_address_that_is_none_stops_the_start():
    done = production.start("manage.py", "check", REDIS_URL="http://127.0.0.1")
    assert "REDIS_URL must begin with redis://" in done.stderr
