"""Figures for Prometheus, where METRICS_TOKEN is set (docs/operating.md, "Watching").

Of all processes of one machine together: each writes its own into PROMETHEUS_MULTIPROC_DIR, and
whoever is asked adds them up. Labels are names from the code (routes, acts, templates), never a
path, an identifier or anything that somebody typed.
"""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.models import QuerySet
from django.db.models.signals import post_save
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from posts.models import Case, Notice
from safety import timed
from safety.models import AuditEntry
from safety.wording import ACTS
from verification import sms

ON = bool(settings.METRICS_TOKEN)
CONTENT_TYPE = CONTENT_TYPE_LATEST
FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
MOST_COUNTED = 10_000  # of a queue: no figure costs more the longer it is
POOL_LOOKED_AT = 5  # seconds
PID = re.compile(r"_(\d+)\.db$")

REQUESTS = Counter("mutualaid_requests", "Requests answered.", ["route", "method", "status"])
DURATION = Histogram(
    "mutualaid_request_seconds", "How long an answer took.", ["route"], buckets=SECONDS
)
ACTS_DONE = Counter("mutualaid_acts", "Acts, by their names in the audit log.", ["act"])
TEXTS = Counter("mutualaid_text_messages", "Given to the provider.", ["template", "outcome"])
POOL = Gauge("mutualaid_database_pool", "Connections.", ["state"], multiprocess_mode="livesum")


def note_request(route: str, method: str, status: int, seconds: float) -> None:
    REQUESTS.labels(route, method, status).inc()
    DURATION.labels(route).observe(seconds)
    note_pool()


class Pool:
    looked_at = float("-inf")


def note_pool() -> None:
    """The pool of this process, every few seconds."""
    pool = getattr(connection, "pool", None)
    if pool is None or time.monotonic() - Pool.looked_at < POOL_LOOKED_AT:
        return
    Pool.looked_at = time.monotonic()
    found = pool.get_stats()
    POOL.labels("open").set(found.get("pool_size", 0))
    POOL.labels("free").set(found.get("pool_available", 0))
    POOL.labels("awaited").set(found.get("requests_waiting", 0))


def note_act(instance: AuditEntry, created: bool, **_rest: Any) -> None:
    """An act counts once its transaction stands."""
    act = instance.act if instance.act in ACTS else "other"
    if created:
        transaction.on_commit(ACTS_DONE.labels(act).inc, robust=True)


def note_text(template: str, went: bool, **_rest: Any) -> None:
    TEXTS.labels(template, "sent" if went else "failed").inc()


def queues() -> dict[str, QuerySet]:
    """What waits, to be counted up to MOST_COUNTED."""
    return {
        "cases": Case.objects.open(),
        "text messages": Notice.objects.all(),
        "tasks": timed.waiting(),
        "failed tasks": timed.failed(),
    }


class Queues(Collector):
    """Lengths of queues, asked when somebody looks; none while the database is away."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "mutualaid_queue", f"What waits, up to {MOST_COUNTED}.", labels=["queue"]
        )
        try:
            for name, rows in queues().items():
                family.add_metric([name], rows.order_by()[:MOST_COUNTED].count())
        except Error:
            return
        yield family

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is asked when it is registered."""
        return []


def page() -> bytes:
    """All figures, in the format of Prometheus."""
    if not FOLDER:  # one process alone, as `make run` is
        registry = REGISTRY
        return generate_latest(registry) + generate_latest(only_queues())
    registry = only_queues()
    forget_the_dead()
    MultiProcessCollector(registry, FOLDER)
    return generate_latest(registry)


def only_queues() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(Queues())
    return registry


def forget_the_dead() -> None:
    """Gauges of processes that are no more; what they counted stays."""
    for file in Path(FOLDER).glob("gauge_live*.db"):
        found = PID.search(file.name)
        if found and not Path(f"/proc/{found[1]}").exists():
            mark_process_dead(int(found[1]), FOLDER)


def start() -> None:
    """Count from now on."""
    if ON:
        post_save.connect(note_act, sender=AuditEntry)
        sms.answered.connect(note_text)
