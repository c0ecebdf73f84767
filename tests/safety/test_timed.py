"""Timed work: once in each period whoever asks, tried again, and done whatever dies in between."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from posts import links, notices
from posts.models import ActLink, Notice, Post
from safety import register, timed
from safety.models import AuditEntry, FailedTask, TimedWork
from tests.conftest import make_resident, signed_in
from tests.mutualaid import served
from tests.mutualaid.production import CLONE
from tests.posts.factories import offer
from tests.posts.test_mine import aged
from tests.verification.threads import at_once
from verification.models import Level, Resident
from verification.sms import Template

pytestmark = pytest.mark.django_db
SECRET = "138 0013 8055 is what somebody typed"


@pytest.fixture
def works(monkeypatch):
    """Only these are due, each a second long."""
    done = Counter()

    def count() -> timed.Done:
        done["count"] += 1
        return {"counted": 1}

    def fail() -> timed.Done:
        done["fail"] += 1
        raise ValueError(SECRET)

    second = timedelta(minutes=1)
    given = {each.__name__: timed.Work(each.__name__, second, each) for each in (count, fail)}
    monkeypatch.setattr(timed, "WORKS", given)
    return done


def worker() -> timed.TimedWorker:
    return timed.TimedWorker(
        queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False,
        max_tasks=None, worker_id="worker", excluded_queue_names=[],
    )  # fmt: skip


def work_off() -> None:
    """All that waits, as a worker does it."""
    while row := DBTaskResult.objects.ready().first():
        row.claim("worker")
        worker().run_task(row)


def time_passes(**span: float) -> None:
    past = timezone.now() - timedelta(**span)
    TimedWork.objects.update(next_at=past)
    DBTaskResult.objects.filter(status=TaskResultStatus.READY).update(run_after=past)


def test_the_works_are_those_of_all_apps():
    periods = {name: work.every for name, work in timed.WORKS.items()}
    assert periods == {
        "ask_posters": timedelta(minutes=1),
        "send_notices": timedelta(minutes=1),
        "count_numbers": timedelta(minutes=10),
        "tidy": timedelta(minutes=10),
    }


def test_each_work_is_put_into_the_queue_once_in_its_period(works):
    assert timed.enqueue_due() == 2
    assert timed.enqueue_due() == 0
    work_off()
    assert timed.enqueue_due() == 0
    time_passes(minutes=1)
    assert timed.enqueue_due() == 1, "the one that failed still waits for its next try"


@pytest.mark.django_db(transaction=True)
def test_once_also_when_many_workers_ask_at_once(works):
    counts = at_once(*[timed.enqueue_due] * 6)
    assert sum(counts) == 2
    assert DBTaskResult.objects.count() == 2


def test_what_was_not_begun_is_not_put_in_again(works):
    timed.enqueue_due()
    for _each in range(5):
        time_passes(minutes=1)
        assert timed.enqueue_due() == 0
    assert DBTaskResult.objects.count() == 2


def test_a_long_work_does_not_take_all_workers(works):
    timed.enqueue_due()
    for row in DBTaskResult.objects.all():
        row.claim("busy")
    time_passes(minutes=1)
    assert timed.enqueue_due() == 0, "both are at work"
    DBTaskResult.objects.update(started_at=timezone.now() - timed.PATIENCE)
    assert timed.enqueue_due() == 2, "their worker may have died"


def test_what_fails_is_tried_again_later_and_later_and_then_waits_for_somebody(works, caplog):
    timed.run.enqueue("fail")
    waits = []
    for _each in range(timed.MOST_TRIES):
        assert not timed.failed().exists()
        work_off()
        row = DBTaskResult.objects.get()
        waits.append(round((row.run_after - timezone.now()).total_seconds() / 60))
        time_passes(minutes=0)
    assert waits[:-1] == [1, 2, 4, 8]
    assert timed.failed().get().exception_class_path == "builtins.ValueError"
    assert works["fail"] == timed.MOST_TRIES
    assert "Given up after 5 tries: run" in caplog.text


def test_the_database_keeps_no_word_of_an_error(works):
    timed.run.enqueue("fail")
    work_off()
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM django_tasks_database_dbtaskresult t")
        (row,) = cursor.fetchone()
    assert "ValueError" in row
    assert "8055" not in row
    assert "Traceback" not in row


def given_up(works) -> FailedTask:
    timed.run.enqueue("fail")
    for _each in range(timed.MOST_TRIES):
        work_off()
        time_passes(minutes=0)
    return timed.failed().get()


def test_staff_see_what_failed_and_let_it_run_again(works, as_moderator):
    task = given_up(works)
    assert re.search(r">1<.{0,80}tasks failed", as_english(as_moderator, "/admin/"))
    listed = as_english(as_moderator, "/admin/safety/failedtask/")
    for words in ("fail", "builtins.ValueError", str(timed.MOST_TRIES)):
        assert words in listed
    assert "8055" not in listed
    assert as_moderator.get(f"/admin/safety/failedtask/{task.pk}/change/").status_code == 200
    chosen = {"action": "try_again", "_selected_action": [str(task.pk)]}
    as_moderator.post("/admin/safety/failedtask/", chosen)
    assert not timed.failed().exists()
    assert AuditEntry.objects.filter(act="task tried again").count() == 1
    as_moderator.post("/admin/safety/failedtask/", chosen)
    assert AuditEntry.objects.filter(act="task tried again").count() == 1
    before = works["fail"]
    work_off()
    assert works["fail"] == before + 1


def as_english(browser, url: str) -> str:
    page = browser.get(url, headers={"accept-language": "en"}).content.decode()
    return " ".join(page.replace("<b>", "").replace("</b>", "").replace("</a>", "").split())


def test_who_may_only_look_lets_nothing_run(works, clerk):
    task = given_up(works)
    with pytest.raises(PermissionDenied):
        timed.try_again(task.pk, clerk)
    assert signed_in(clerk).get("/admin/safety/failedtask/").status_code == 403


@pytest.fixture
def clerk():
    return Resident.objects.create_user("clerk", "a long enough password", is_staff=True)


def test_a_task_whose_worker_died_is_tried_again(works):
    timed.run.enqueue("count")
    row = DBTaskResult.objects.get()
    row.claim("killed")
    assert timed.take_back_lost() == 0
    DBTaskResult.objects.update(started_at=timezone.now() - timed.LONGEST)
    assert timed.take_back_lost() == 1
    time_passes(minutes=0)
    work_off()
    assert works["count"] == 1
    assert DBTaskResult.objects.get().status == TaskResultStatus.SUCCESSFUL


def test_what_is_over_is_forgotten(works):
    timed.run.enqueue("count")
    work_off()
    task = given_up(works)
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=2))
    assert register.DEADLINES["tasks that are over"]() == 1
    assert timed.failed().get() == task
    DBTaskResult.objects.update(finished_at=timezone.now() - timedelta(days=15))
    assert timed.forget_old() == 1


def test_the_list_of_failures_is_found_by_its_index():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "failed_task" in timed.failed().order_by("-finished_at")[:50].explain()


# --- two real workers, of which one is killed ---------------------------------------------------


@pytest.fixture
def gateway():
    """A gateway that sends once for one Idempotency-Key (verification.sms.http). It has the sixth
    message and does not answer until its sender was killed.
    """

    class Handler(BaseHTTPRequestHandler):
        asked: Counter = Counter()
        sent: dict[str, dict] = {}
        has_the_sixth, was_killed = threading.Event(), threading.Event()

        def do_POST(self):  # noqa: N802
            body = self.rfile.read(int(self.headers["Content-Length"]))
            key = self.headers["Idempotency-Key"]
            self.sent.setdefault(key, json.loads(body))
            self.asked[key] += 1
            if len(self.sent) == 6:
                self.has_the_sixth.set()
                self.was_killed.wait(30)
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    Handler.asked, Handler.sent = Counter(), {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.url = f"http://127.0.0.1:{server.server_port}/"
    yield Handler
    server.shutdown()
    server.server_close()


def start_worker(gateway, log) -> subprocess.Popen:
    provider = {"SMS_PROVIDER": "http", "SMS_HTTP_URL": gateway.url, "SMS_HTTP_KEY": "k" * 40}
    return subprocess.Popen(
        [sys.executable, "manage.py", "work", "--skip-checks"],
        cwd=CLONE, env=served.environment(**provider), stdout=log, stderr=log,
    )  # fmt: skip


def until(holds, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)


def due_again() -> None:
    """Minutes pass: what was claimed is due, and so is the next round."""
    DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING).update(
        started_at=timezone.now() - timed.PATIENCE
    )
    Notice.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    TimedWork.objects.update(next_at=timezone.now() - timedelta(minutes=1))


def sender() -> int | None:
    """The process that sends now."""
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    row = running.filter(args_kwargs__args=["send_notices"]).first()
    return int(row.worker_ids[-1].split("-")[0]) if row else None


@pytest.mark.django_db(transaction=True)
def test_every_message_arrives_once_though_a_worker_is_killed_in_the_middle(
    gateway, settings, tmp_path
):
    settings.NOTICES_AT_ONCE = False
    people = [make_resident(f"+86139001390{n:02d}", Level.REAL_NAME) for n in range(40)]
    for person in people:
        notices.tell(person, Template.STILL_THERE, post=aged(offer(person), hours=25))
    Post.objects.update(asked_at=timezone.now())  # no other work asks, and sends on its own
    with (tmp_path / "log").open("w") as log:
        workers = {
            each.pid: each for each in (start_worker(gateway, log), start_worker(gateway, log))
        }
        try:
            assert gateway.has_the_sixth.wait(60)
            victim = workers.pop(sender())
            victim.send_signal(signal.SIGKILL)
            assert victim.wait(10) == -signal.SIGKILL
            gateway.was_killed.set()
            until(lambda: due_again() or time.sleep(2) or not Notice.objects.exists())
            (left,) = workers.values()
            assert left.poll() is None
        finally:
            for each in workers.values():
                each.terminate()
                each.wait(20)
    phones = Counter(each["phone"] for each in gateway.sent.values())
    assert phones == {person.phone: 1 for person in people}
    assert max(gateway.asked.values()) == 2, "the message in the air was tried again"
    tokens = [each["values"][0].split("/")[-2] for each in gateway.sent.values()]
    good = ActLink.objects.filter(digest__in=map(links.digest_of, tokens))
    assert good.count() == len(people), "each link that arrived works"
    assert "139001390" not in (tmp_path / "log").read_text()
