"""How many people come, counted without cookies and without knowing who.

Of each view an unreadable fingerprint (network address, browser, and a secret of the day) is mixed
into a HyperLogLog sketch: 4,096 small numbers from which the count of different fingerprints can
be estimated to about 2 %, and nothing else. The fingerprint is kept nowhere; secret and sketch go
when the day is over, so that a visitor of yesterday is a stranger today. People behind one address
with the same browser are one, one person with two phones is two.

A view costs some microseconds: each process collects its own and writes them once a minute.
"""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from math import log

from allauth.core.internal.ratelimit import get_ip
from django.conf import settings
from django.db import Error, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from partners.numbers.models import VisitorDay
from safety.replicas import primary_is_away

log_of_errors = logging.getLogger(__name__)
REGISTERS = 4096  # 2^12: a standard error of 1.04 / 64 = 1.6 %
INDEX_BITS, HASH_BITS = 12, 64
SALT_BYTES = 16
WRITTEN_EVERY = 60  # seconds
LATE = timedelta(hours=1)  # after midnight processes may still write of the day before
MACHINES = ("bot", "spider", "crawl", "curl", "python", "monitor", "preview")
NOT_COUNTED = ("/admin/", "/api/", "/style/")


class Sketch:
    """A HyperLogLog: of each register the longest run of zero bits that was seen there."""

    def __init__(self, registers: bytes = bytes(REGISTERS)) -> None:
        self.registers = bytearray(registers)

    def add(self, fingerprint: bytes) -> None:
        """`fingerprint`: eight evenly distributed bytes."""
        number = int.from_bytes(fingerprint[:8], "big")
        index = number >> (HASH_BITS - INDEX_BITS)
        rest = number & ((1 << (HASH_BITS - INDEX_BITS)) - 1)
        run = HASH_BITS - INDEX_BITS - rest.bit_length() + 1
        self.registers[index] = max(self.registers[index], run)

    def merge(self, other: bytes) -> None:
        self.registers = bytearray(map(max, self.registers, other))

    def estimate(self) -> int:
        """How many different fingerprints it has seen, about (Flajolet et al. 2007)."""
        empty = self.registers.count(0)
        alpha = 0.7213 / (1 + 1.079 / REGISTERS)
        raw = alpha * REGISTERS**2 / sum(2.0**-run for run in self.registers)
        if raw <= 2.5 * REGISTERS and empty:
            return round(REGISTERS * log(REGISTERS / empty))
        return round(raw)


class Collected:
    """What one process has seen since it wrote last."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.start(None, b"")
        self.written_at = float("-inf")

    def start(self, day: date | None, salt: bytes) -> None:
        self.day, self.salt = day, salt
        self.sketch, self.views = Sketch(), 0

    def add(self, who: str) -> None:
        """Count one view; now and then write. Raises `django.db.Error`, with what it has kept."""
        today = timezone.localdate()
        if self.day != today:
            if self.day:
                self.write()
            salt = salt_of(today)
            with self.lock:
                if self.day != today:
                    self.start(today, salt)
        with self.lock:
            fingerprint = hashlib.blake2b(who.encode(), digest_size=8, key=self.salt).digest()
            self.sketch.add(fingerprint)
            self.views += 1
        if time.monotonic() - self.written_at >= WRITTEN_EVERY:
            self.write()

    def write(self) -> None:
        """Put what was collected into the database and begin anew."""
        with self.lock:
            self.written_at = time.monotonic()
            day, salt, sketch, views = self.day, self.salt, self.sketch, self.views
            self.start(day, salt)
        if day is None or not views:
            return
        try:
            same_day = put(day, salt, sketch, views)
        except Error:
            with self.lock:  # it is only late
                if self.day == day:
                    self.sketch.merge(bytes(sketch.registers))
                    self.views += views
            raise
        if not same_day:
            with self.lock:
                self.start(None, b"")


@transaction.atomic
def put(day: date, salt: bytes, sketch: Sketch, views: int) -> bool:
    """Add to a day. False if it is closed, or has another secret (a database that was put back):
    the sketches of two secrets cannot be one.
    """
    row = VisitorDay.objects.select_for_update().filter(day=day).first()
    if row is None or row.salt is None or bytes(row.salt) != salt:
        return False
    merged = Sketch(bytes(row.sketch or bytes(REGISTERS)))
    merged.merge(bytes(sketch.registers))
    row.sketch = bytes(merged.registers)
    row.visitors, row.views = merged.estimate(), row.views + views
    row.save(update_fields=["sketch", "visitors", "views"])
    return True


def salt_of(day: date) -> bytes:
    """The secret of a day, the same for all processes; made by whoever needs it first. Empty once
    the day is closed: then nothing is written any more.
    """
    row, _new = VisitorDay.objects.get_or_create(
        day=day,
        defaults={"salt": secrets.token_bytes(SALT_BYTES), "sketch": bytes(REGISTERS)},
    )
    return bytes(row.salt or b"")


def close_days() -> int:
    """Throw secret and sketch of past days away; how many days it were."""
    today: date = timezone.localdate(timezone.now() - LATE)
    past = VisitorDay.objects.filter(day__lt=today, salt__isnull=False)
    return past.update(salt=None, sketch=None)


COLLECTED = Collected()


class CountVisitors:
    """Counts views of pages that are made; a kept one is counted where it is kept."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        count(request, response)
        return response


def count(request: HttpRequest, response: HttpResponse) -> None:
    """Count an answer if it is a view. What fails here keeps nobody from a page."""
    if settings.COUNT_VISITORS and is_view(request, response) and not primary_is_away():
        try:
            COLLECTED.add(f"{get_ip(request)} {request.headers.get('User-Agent', '')}")
        except Error as error:
            log_of_errors.warning("Views are counted later: %s", type(error).__name__)


def is_view(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether somebody looks at a page: no part of one, no file, no machine that says what it is.

    A page that was read ahead by a browser is one as well.
    """
    browser = request.headers.get("User-Agent", "").lower()
    return (
        request.method == "GET"
        and response.status_code == 200
        and response.get("Content-Type", "").startswith("text/html")
        and not request.headers.get("HX-Request")
        and not request.path_info.startswith(NOT_COUNTED)
        and bool(browser)
        and not any(word in browser for word in MACHINES)
    )
