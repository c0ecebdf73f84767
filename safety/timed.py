"""Timed work: what is done every so often, by whichever worker is there (`make work`).

Each app enters its own in its `timed.py`. A row of the database for each work says when it is due
next: it decides, so that as many workers as one likes put a work into the queue once in each
period. The queue, and the worker that takes from it, are django-tasks'. What is entered must bear
being run twice, and beside itself: a worker may die in the middle, and another begins anew.

Arguments, results and failures hold names and numbers, never anything about a person.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import OperationalError, close_old_connections, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from safety import audit, register
from safety.models import FailedTask, TimedWork

Done = dict[str, int]  # how many of what
MOST_TRIES = 5  # 1, 2, 4, 8 minutes apart; then it waits for somebody (the admin's first page)
LONGEST = timedelta(hours=1)  # what has run longer had a worker that died
PATIENCE = timedelta(minutes=10)  # with one that runs; its worker may have died, too
DONE_KEPT, FAILED_KEPT = timedelta(days=1), timedelta(days=14)
LOOKS = 1.0  # seconds between looks at the queue, and at what is due
AWAY = 5.0  # seconds to wait for a database that is away

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Work:
    name: str
    every: timedelta
    do: Callable[[], Done]


WORKS: dict[str, Work] = {}


def every(period: timedelta) -> Callable[[Callable[[], Done]], Callable[[], Done]]:
    """Enter a function as timed work; it returns how many of what it has done."""

    def enter(do: Callable[[], Done]) -> Callable[[], Done]:
        WORKS[do.__name__] = Work(do.__name__, period, do)
        return do

    return enter


@task()
def run(name: str) -> Done:
    """Do a work now."""
    done = WORKS[name].do()
    told = [f"{number} {what}" for what, number in done.items() if number]
    log.info("%s: %s", name, ", ".join(told) or "nothing to do")
    return done


# --- when: at most once in each period ------------------------------------------------------------


def enqueue_due() -> int:
    """Put what is due into the queue; returns how many works. Whoever else does so finds none."""
    known = TimedWork.objects.in_bulk(field_name="name")
    if missing := WORKS.keys() - known.keys():
        TimedWork.objects.bulk_create(map(TimedWork.of, sorted(missing)), ignore_conflicts=True)
    due = TimedWork.objects.filter(next_at__lte=Now(), name__in=WORKS)
    return sum(enqueue(name) for name in due.values_list("name", flat=True))


@transaction.atomic
def enqueue(name: str) -> bool:
    """A work whose time has come, unless its last task waits, or runs and may still end."""
    rows = TimedWork.objects.select_for_update(skip_locked=True)
    row = rows.filter(name=name, next_at__lte=Now()).first()
    if row is None or (row.task and (waiting() | at_work()).filter(pk=row.task).exists()):
        return False
    row.task = UUID(run.enqueue(name).id)
    row.next_at = timezone.now() + WORKS[name].every
    row.save(update_fields=["task", "next_at"])
    return True


# --- what failed ----------------------------------------------------------------------------------


def waiting() -> QuerySet[DBTaskResult]:
    return DBTaskResult.objects.filter(status=TaskResultStatus.READY)


def at_work() -> QuerySet[DBTaskResult]:
    """What a worker does now: for PATIENCE no other one begins the same, so that a long work does
    not take all of them.
    """
    since = timezone.now() - PATIENCE
    return DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__gt=since)


def failed() -> QuerySet[FailedTask]:
    """What no worker tries again by itself."""
    return FailedTask.objects.filter(status=TaskResultStatus.FAILED)


@receiver(pre_save, sender=DBTaskResult)
def forget_words(instance: DBTaskResult, **_rest: object) -> None:
    """The words of an error may quote what somebody typed; the way to it is in the log."""
    instance.traceback = ""


def retry(key: UUID) -> bool:
    """Let a task that failed wait for its next try, if it has one."""
    with transaction.atomic():
        row = DBTaskResult.objects.select_for_update().filter(pk=key).first()
        if row is None or row.status != TaskResultStatus.FAILED:
            return False
        tries = len(row.worker_ids)
        if tries >= MOST_TRIES:
            log.error("Given up after %s tries: %s", tries, row.task_name)
            return False
        row.status = TaskResultStatus.READY
        row.run_after = timezone.now() + timedelta(minutes=2 ** (tries - 1))
        row.save(update_fields=["status", "run_after"])
        return True


def try_again(key: UUID, by: object) -> bool:
    """A moderator lets a failed task run once more, now. The second time does nothing.

    Raises PermissionDenied.
    """
    if not by.has_perm("safety.retry_task"):  # type: ignore[attr-defined]
        raise PermissionDenied
    with transaction.atomic():
        task_row = failed().select_for_update().filter(pk=key).first()
        if task_row is None:
            return False
        task_row.status, task_row.run_after = TaskResultStatus.READY, timezone.now()
        task_row.save(update_fields=["status", "run_after"])
        audit.record("task tried again", task_row, by)
    return True


def take_back_lost() -> int:
    """Tasks whose worker died in the middle: they have failed, and are tried again."""
    running = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)
    lost = list(running.filter(started_at__lte=timezone.now() - LONGEST)[: register.BATCH])
    return sum(give_up(row) and retry(row.pk) for row in lost)


def give_up(row: DBTaskResult) -> bool:
    """Whether it was still running; its worker may have ended it meanwhile."""
    now = timezone.now()
    mine = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.RUNNING)
    return bool(
        mine.filter(started_at=row.started_at).update(
            status=TaskResultStatus.FAILED, finished_at=now, exception_class_path="worker died"
        )
    )


def forget_old() -> int:
    """Delete tasks that were done a day ago, or failed two weeks ago."""
    now = timezone.now()
    done = DBTaskResult.objects.successful().filter(finished_at__lte=now - DONE_KEPT)
    given_up = DBTaskResult.objects.failed().filter(finished_at__lte=now - FAILED_KEPT)
    return register.delete_in_batches(done) + register.delete_in_batches(given_up)


# --- the worker -----------------------------------------------------------------------------------


class TimedWorker(Worker):
    """The worker of django-tasks, that also puts into the queue what is due, and tries again."""

    def run(self) -> None:
        threading.Thread(target=self.keep_the_time, daemon=True).start()
        while self.running:
            try:
                super().run()
            except OperationalError:
                log.warning("The database is away; looking again in %s s", AWAY)
                close_old_connections()
                time.sleep(AWAY)

    def run_task(self, db_task_result: DBTaskResult) -> None:
        super().run_task(db_task_result)
        retry(db_task_result.pk)

    def keep_the_time(self) -> None:
        """In a thread, so that a long task does not hold up what other workers could do."""
        while self.running:
            try:
                enqueue_due()
                take_back_lost()
            except Exception as error:  # of the database: the next look is soon
                log.warning("Nothing could be put into the queue: %s", type(error).__name__)
            close_old_connections()
            time.sleep(self.interval)
