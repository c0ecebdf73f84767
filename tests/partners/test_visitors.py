"""How many people come: about right, and nobody can say who."""

import hashlib
import threading
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from partners.models import VisitorDay
from partners.numbers import visitors
from partners.numbers.visitors import Collected, Sketch, close_days
from tests.aging import tables, texts

PHONE = "Mozilla/5.0 (Linux; Android 10) MicroMessenger/8.0"


@pytest.fixture
def counted(db, settings, monkeypatch) -> Collected:
    settings.COUNT_VISITORS = True
    made = Collected()
    monkeypatch.setattr(visitors, "COLLECTED", made)
    return made


def visit(address: str = "203.0.113.7", browser: str = PHONE, url: str = "/", **headers: str):
    return Client().get(
        url, REMOTE_ADDR=address, headers={"user-agent": browser, **headers}
    )  # fmt: skip


def today() -> VisitorDay:
    return VisitorDay.objects.get(day=timezone.localdate())


@pytest.mark.parametrize("number", [1, 10, 300, 5_000, 20_000, 200_000])
def test_the_estimate_is_within_some_per_cent(number):
    sketch = Sketch()
    for nth in range(number):
        for _twice in range(2):
            sketch.add(hashlib.blake2b(str(nth).encode(), digest_size=8).digest())
    assert sketch.estimate() == pytest.approx(number, rel=0.05, abs=1)


def test_two_sketches_together_see_each_visitor_once():
    one, other, both = Sketch(), Sketch(), Sketch()
    for nth in range(6_000):
        fingerprint = hashlib.blake2b(str(nth).encode(), digest_size=8).digest()
        both.add(fingerprint)
        if nth < 4_000:
            one.add(fingerprint)
        if nth >= 2_000:
            other.add(fingerprint)
    one.merge(bytes(other.registers))
    assert one.registers == both.registers


def test_people_are_told_apart_by_address_and_browser(counted):
    for _again in range(3):
        visit("203.0.113.7")
        visit("203.0.113.8")
        visit("203.0.113.8", "Mozilla/5.0 (iPhone)")
    counted.write()
    assert (today().visitors, today().views) == (3, 9)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/", {"user-agent": "Googlebot/2.1"}),
        ("/", {"user-agent": ""}),
        ("/", {"user-agent": PHONE, "hx-request": "true"}),
        ("/no-such-page/", {"user-agent": PHONE}),
        ("/api/v1/docs/", {"user-agent": PHONE}),
        ("/admin/login/", {"user-agent": PHONE}),
        ("/stats/numbers.json", {"user-agent": PHONE}),
        ("/robots.txt", {"user-agent": PHONE}),
    ],
)
def test_what_is_no_view_of_a_page_is_not_counted(counted, url, headers):
    Client().get(url, headers=headers)
    counted.write()
    assert not VisitorDay.objects.filter(views__gt=0).exists()


def test_a_page_kept_and_asked_for_again_is_a_view(counted):
    tag = visit()["ETag"]
    assert visit(**{"if-none-match": tag}).status_code == 304
    counted.write()
    assert today().views == 2


def test_a_view_writes_nothing_until_a_minute_has_passed(counted, monkeypatch):
    visit()
    assert today().views == 1  # the first of a process is written at once
    with CaptureQueriesContext(connection) as captured:
        for _each in range(20):
            visit()
    assert not [each for each in captured if "visitorday" in each["sql"]]
    counted.written_at -= visitors.WRITTEN_EVERY
    visit()
    assert today().views == 22


def test_an_operator_can_do_without(counted, settings):
    settings.COUNT_VISITORS = False
    visit()
    counted.write()
    assert not VisitorDay.objects.exists()


def test_nothing_of_a_visitor_is_in_any_table(counted):
    visit("203.0.113.77", "Mozilla/5.0 (a browser that nobody else has)")
    counted.write()
    known = hashlib.blake2b(b"203.0.113.77 Mozilla/5.0 (a browser that nobody else has)")
    for table in tables():
        for row in texts(table):
            for told in ("203.0.113.77", "that nobody else has", known.hexdigest()[:16]):
                assert told not in row, table


def test_secret_and_sketch_go_with_the_day(counted, monkeypatch):
    visit()
    counted.write()
    yesterday = timezone.localdate() - timedelta(days=1)
    VisitorDay.objects.update(day=yesterday)
    now = timezone.now()
    midnight = timezone.localtime().replace(hour=0, minute=30)
    monkeypatch.setattr(visitors.timezone, "now", lambda: midnight)
    assert close_days() == 0  # others may still write what they have collected
    monkeypatch.setattr(visitors.timezone, "now", lambda: midnight + timedelta(hours=1))
    assert close_days() == 1
    monkeypatch.setattr(visitors.timezone, "now", lambda: now)
    row = VisitorDay.objects.get(day=yesterday)
    assert (row.salt, row.sketch, row.visitors, row.views) == (None, None, 1, 1)


def test_what_comes_after_a_day_is_closed_is_not_added(counted):
    visit()
    counted.views += 3
    VisitorDay.objects.update(salt=None, sketch=None)
    counted.write()
    assert today().views == 1


def test_a_new_day_has_a_new_secret(counted, monkeypatch):
    visit()
    first = bytes(today().salt)
    tomorrow: date = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(visitors.timezone, "localdate", lambda *_at: tomorrow)
    visit()
    counted.write()
    rows = VisitorDay.objects.order_by("day")
    assert [row.views for row in rows] == [1, 1]
    assert bytes(rows[1].salt) != first


def test_a_database_that_is_away_keeps_nobody_from_a_page(counted, monkeypatch):
    visit()

    def fail(*_given):
        raise DatabaseError

    monkeypatch.setattr(visitors, "put", fail)
    counted.written_at -= visitors.WRITTEN_EVERY
    assert visit().status_code == 200
    monkeypatch.undo()
    counted.write()
    assert today().views == 2  # it was only late


@pytest.mark.django_db(transaction=True)
def test_many_threads_and_processes_lose_no_view(settings):
    processes = [Collected() for _each in range(3)]

    def look(collected: Collected, thread: int) -> None:
        for nth in range(200):
            collected.add(f"{thread % 2} {nth}")
            collected.written_at -= visitors.WRITTEN_EVERY / 20
        connection.close()

    threads = [
        threading.Thread(target=look, args=(collected, nth))
        for collected in processes
        for nth in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for collected in processes:
        collected.write()
    assert today().views == 3 * 3 * 200
    assert today().visitors == pytest.approx(400, rel=0.05)


def test_the_privacy_page_says_what_is_kept(client, db):
    page = client.get("/privacy/", headers={"accept-language": "en"}).text
    assert "a sketch from which their number is estimated" in page
