"""What machines ask: alive, ready, the figures."""

import json
import re
import subprocess
import sys

import pytest
from django.contrib.sessions.backends.base import SessionBase
from django.core.cache import cache
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from mutualaid import probes
from partners.models import VisitorDay
from tests.mutualaid import production, served
from tests.posts.factories import offer

TOKEN = "a token of more than thirty-two characters"


@pytest.fixture
def machine(settings) -> Client:
    """A load balancer: it asks by number, without https."""
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["example.org"]
    return Client(SERVER_NAME="10.0.0.7", raise_request_exception=False)


@pytest.fixture(autouse=True)
def just_started(monkeypatch):
    monkeypatch.setattr(probes.check_migrations, "are_done", False)


def test_alive_asks_neither_database_nor_session(machine, monkeypatch):
    """Without the mark for the database pytest-django refuses each query."""
    monkeypatch.setattr(SessionBase, "_get_session", lambda *_args, **_more: 1 / 0)
    machine.cookies["sessionid"] = "a" * 32
    answer = machine.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Request-ID"]


def test_other_addresses_still_look_at_the_host(machine, db):
    assert machine.get("/about/").status_code == 400


@pytest.mark.django_db
def test_ready_when_all_works(machine, settings):
    settings.COUNT_VISITORS = True
    answer = machine.get("/readyz", headers={"user-agent": "Mozilla/5.0"})
    told = {"ready": True, "database": True, "cache": True, "migrations": True}
    assert (answer.status_code, answer.json()) == (200, told)
    assert not answer.cookies
    assert not VisitorDay.objects.exists()


@pytest.mark.django_db
def test_ready_costs_little(machine, django_assert_max_num_queries):
    machine.get("/readyz")
    with django_assert_max_num_queries(2):
        machine.get("/readyz")


@pytest.mark.django_db
def test_a_migration_that_was_not_made_is_told(machine):
    MigrationRecorder.Migration.objects.order_by("-id").filter(app="posts")[0].delete()
    answer = machine.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": True, "cache": True, "migrations": False}


@pytest.mark.django_db(transaction=True)
def test_a_cache_that_keeps_nothing_is_told(machine):
    cache.clear()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cache RENAME TO cache_away")
        try:
            answer = machine.get("/readyz")
        finally:
            cursor.execute("ALTER TABLE cache_away RENAME TO cache")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": True, "cache": False}
    assert machine.get("/readyz").status_code == 200


@pytest.mark.parametrize("closed", ["false", "true"])
def test_a_database_that_is_away_is_told_and_not_where_it_is(closed):
    """A real start in production, whose DATABASE_URL leads nowhere."""
    ask = (
        "import mutualaid.wsgi; from django.test import Client; c = Client(SERVER_NAME='10.0.0.7');"
        "a = c.get('/healthz'); b = c.get('/readyz');"
        "print(a.status_code, b.status_code, b.content.decode())"
    )
    done = production.start("-c", ask, MAINTENANCE=closed)
    alive, ready, told = done.stdout.split(" ", 2)
    known = {"ready": False, "database": False}
    assert alive == "200", done.stderr
    assert (ready, json.loads(told)) == (
        ("200", {**known, "maintenance": True}) if closed == "true" else ("503", known)
    )
    assert "127.0.0.1" not in told


@pytest.mark.django_db
def test_maintenance_is_told_and_keeps_the_page_that_says_so_in_reach(machine, settings):
    settings.MAINTENANCE = True
    assert machine.get("/healthz").status_code == 200
    answer = machine.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is False
    assert answer.json()["maintenance"] is True


@pytest.mark.parametrize("url", ["/healthz", "/readyz", "/metrics"])
def test_nothing_can_be_sent_there(machine, url):
    assert machine.post(url, {"note": "x"}).status_code == 405


def test_without_the_setting_there_are_no_figures(machine):
    assert machine.get("/metrics").status_code == 404
    assert machine.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


# --- figures --------------------------------------------------------------------------------------


def value(page: str, name: str, **labels: str) -> float:
    for line in page.splitlines():
        found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
        if found and dict(re.findall(r'(\w+)="([^"]*)"', found[1] or "")) == labels:
            return float(found[2])
    return 0


@pytest.mark.django_db(transaction=True)
def test_figures_of_several_processes_are_one_and_name_nobody(resident, helper, tmp_path):
    post = offer(resident)
    setting = {"METRICS_TOKEN": TOKEN, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "figures")}
    with served.granian(tmp_path / "log", workers=2, **setting) as url:
        for _each in range(20):
            assert served.ask(f"{url}/posts/{post.public_id}/?q=13800138000")[0] == 200
        for _each in range(3):
            assert served.ask(f"{url}/no/13800138000/")[0] == 404
        assert served.ask(f"{url}/metrics")[0] == 404
        assert served.ask(f"{url}/metrics", Authorization="Bearer wrong")[0] == 404
        pages = [served.ask(f"{url}/metrics", Authorization=f"Bearer {TOKEN}") for _ in range(8)]
    seen = {"route": "post", "method": "GET", "status": "200"}
    assert {status for status, _page in pages} == {200}
    assert {value(page, "mutualaid_requests_total", **seen) for _s, page in pages} == {20}
    page = pages[-1][1]
    lost = {"route": "(no such page)", "method": "GET", "status": "404"}
    assert value(page, "mutualaid_requests_total", **lost) == 3
    assert value(page, "mutualaid_request_seconds_count", route="post") == 20
    assert 'mutualaid_queue{queue="cases"} 0.0' in page
    for secret in (str(post.public_id), "13800138", str(resident.pk), "healthz"):
        assert secret not in page
    assert len(list((tmp_path / "figures").glob("counter_*.db"))) >= 2, "both workers counted"


ACTS = """
import mutualaid.wsgi
from prometheus_client import REGISTRY
from posts import closing, contact, notices
from posts.models import Post
from verification import sms
from verification.models import Resident
post, helper = Post.objects.get(), Resident.objects.get(phone_digest=%r)
contact.reveal(post, helper)
closing.resolve(post, post.resident)
sms.send(helper.phone, sms.Template.MESSAGE)
from mutualaid import figures
print(figures.page().decode())
"""


@pytest.mark.django_db(transaction=True)
def test_acts_and_text_messages_are_counted(resident, helper):
    """In a process with the setting: the tests' own has none."""
    offer(resident)
    done = subprocess.run(
        [sys.executable, "-c", ACTS % helper.phone_digest],
        cwd=production.CLONE, env=served.environment(METRICS_TOKEN=TOKEN), timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert value(done.stdout, "mutualaid_acts_total", act="contact revealed") == 1
    assert value(done.stdout, "mutualaid_acts_total", act="post resolved") == 1
    sent = {"template": "message", "outcome": "sent"}
    assert value(done.stdout, "mutualaid_text_messages_total", **sent) == 1
    assert helper.phone not in done.stdout.replace("[demo", "")


@pytest.mark.django_db(transaction=True)
def test_the_pools_of_production_are_told(tmp_path):
    show = (
        "import mutualaid.wsgi; from django.db import connection; connection.ensure_connection();"
        "connection.pool.wait(10);"  # it opens the others beside our work
        "from mutualaid import figures; figures.note_pool(); print(figures.page().decode())"
    )
    folder = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "figures")}
    done = production.start(
        "-c", show, METRICS_TOKEN=TOKEN, DATABASE_URL=served.database_url(), **folder
    )
    assert done.returncode == 0, done.stderr
    there = value(done.stdout, "mutualaid_database_pool", state="open")
    free = value(done.stdout, "mutualaid_database_pool", state="free")
    assert there - free == 1, "the one in use"
    assert (tmp_path / "figures").stat().st_mode & 0o777 == 0o700
