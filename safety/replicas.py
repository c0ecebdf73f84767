"""Reading from streaming replicas of the database (DATABASE_REPLICA_URLS), writing to the primary.

Whoever answers a request says where it may read: `read_from(alias)`. Everything else, and all
that runs in a transaction or after a write of the same request, goes to the primary.

A thread of each process asks every server twice a second where it stands in the write-ahead log
(LSN). A replica is fresh when it had replayed what the primary had DATABASE_REPLICA_LAG seconds
before: this needs no clocks to agree, an idle primary makes nobody late, and a replica that has
lost its primary is found out. No request ever measures.
"""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS as PRIMARY
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

log = logging.getLogger(__name__)
ASKED_EVERY = 0.5  # seconds
SEEN_WITHIN = 2  # seconds: a replica that has not answered for so long is left out
AWAY_AFTER = 3  # seconds without an answer from the primary …
REFUSED_TWICE = 2  # … or at once when nobody listens there
STANDS = """
    SELECT pg_is_in_recovery(),
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                ELSE pg_current_wal_flush_lsn() END - '0/0'
"""
# Apps whose rows bear no delay: quotas, alarms, sessions, the cache table.
ONLY_TO_BE_RIGHT = {"safety", "sessions", "django_cache"}

_reads: ContextVar[str] = ContextVar("reads", default=PRIMARY)
_writes: ContextVar[bool] = ContextVar("writes", default=True)


# --- of this request ------------------------------------------------------------------------------
@contextmanager
def one_request() -> Iterator[None]:
    """It begins at the primary; what it chooses ends with it."""
    reads, writes = _reads.set(PRIMARY), _writes.set(True)
    try:
        yield
    finally:
        _reads.reset(reads)
        _writes.reset(writes)


def read_from(alias: str, writes: bool = True) -> None:
    """From now on; without `writes`, whatever wants the primary fails at once."""
    _reads.set(alias)
    _writes.set(writes)


def is_read_only() -> bool:
    """Whether this request has to do without the primary."""
    return not _writes.get()


def read_alias() -> str:
    """Where to read now: what a transaction reads, its own database must answer."""
    alias = _reads.get()
    if alias != PRIMARY and not is_read_only() and connections[PRIMARY].in_atomic_block:
        return PRIMARY
    return alias


def reading() -> BaseDatabaseWrapper:
    """The connection for SQL that only reads, as `django.db.connection` is for all other."""
    return connections[read_alias()]  # type: ignore[return-value]


class Router:
    """The same for the ORM, for DATABASE_ROUTERS."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        if model._meta.app_label in ONLY_TO_BE_RIGHT and not is_read_only():
            return PRIMARY
        return read_alias()

    def db_for_write(self, _model: type[Model], **_hints: Any) -> str:
        """The primary; from now on this request reads there too what it has written."""
        if is_read_only():
            raise OperationalError("The primary is away.")
        _reads.set(PRIMARY)
        return PRIMARY

    def allow_relation(self, *_objects: Model, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, *_names: str, **_hints: Any) -> bool:
        return db == PRIMARY


# --- of this process ------------------------------------------------------------------------------
class Server:
    """What a process knows about one of the servers: when it last answered, and where it stood."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.seen_at = time.monotonic()  # not away before it was asked
        self.refused = 0  # times, one after the other
        self.stood: deque[tuple[float, int]] = deque(maxlen=600)  # at a time: LSN in bytes

    def note(self, lsn: int) -> None:
        self.seen_at, self.refused = time.monotonic(), 0
        self.stood.append((self.seen_at, lsn))

    def is_silent(self, seconds: float) -> bool:
        return time.monotonic() - self.seen_at > seconds

    def note_failure(self) -> None:
        """It has just failed somebody: leave it out until it answers again."""
        self.seen_at = float("-inf")

    def stood_at(self, moment: float) -> int:
        """The last LSN that is known from then or before; 0 if none is."""
        return next((lsn for at, lsn in reversed(self.stood) if at <= moment), 0)

    def ask_on(self) -> None:
        """Ask for ever. Whatever fails, it is asked again."""
        while True:
            try:
                self.ask_over_one_connection()
            except Exception as error:
                self.refused += 1
                log.debug("%s: %s", self.alias, type(error).__name__)
            time.sleep(ASKED_EVERY)

    def ask_over_one_connection(self) -> None:
        parameters = connections[self.alias].get_connection_params()
        with psycopg.connect(**{**parameters, "connect_timeout": SEEN_WITHIN}) as connection:
            connection.autocommit = True
            while True:
                is_replica, lsn = connection.execute(STANDS).fetchone() or (True, None)
                # A server that only reads is no primary, whatever its address says.
                if lsn is not None and not (self.alias == PRIMARY and is_replica):
                    self.note(int(lsn))
                time.sleep(ASKED_EVERY)


class Watched:
    """The servers of this process, once somebody watches them; a command watches none."""

    servers: dict[str, Server] = {}
    lock = threading.Lock()


def watch() -> None:
    """Begin to ask the servers. Twice is once; without replicas there is nothing to ask."""
    with Watched.lock:
        if Watched.servers or not settings.DATABASE_REPLICAS:
            return
        Watched.servers = {alias: Server(alias) for alias in (PRIMARY, *settings.DATABASE_REPLICAS)}
        for server in Watched.servers.values():
            name = f"watch {server.alias}"
            threading.Thread(target=server.ask_on, name=name, daemon=True).start()


def primary_is_away() -> bool:
    primary = Watched.servers.get(PRIMARY)
    if primary is None:
        return False
    return primary.is_silent(AWAY_AFTER) or primary.refused >= REFUSED_TWICE


def fresh() -> list[str]:
    """The replicas that may be read from now."""
    servers = Watched.servers.values()
    return [each.alias for each in servers if each.alias != PRIMARY and is_fresh(each)]


def is_fresh(replica: Server) -> bool:
    if replica.is_silent(SEEN_WITHIN) or not replica.stood:
        return False
    at, lsn = replica.stood[-1]
    return lsn >= Watched.servers[PRIMARY].stood_at(at - settings.DATABASE_REPLICA_LAG)


def may_be_behind() -> float:
    """Seconds that what was read here may be older than the primary, until that is noticed."""
    return settings.DATABASE_REPLICA_LAG + SEEN_WITHIN if settings.DATABASE_REPLICAS else 0


def any_fresh() -> str | None:
    """One of them; None if there is none."""
    found = fresh()
    return random.choice(found) if found else None  # noqa: S311 -- to share the load


def note_failure(alias: str) -> None:
    """A query failed there: close what is left of the connection and leave the server out."""
    connections[alias].close()
    if alias in Watched.servers and alias != PRIMARY:
        Watched.servers[alias].note_failure()


def failed() -> set[str]:
    """The databases whose connections have failed this thread."""
    there = connections.all(initialized_only=True)
    return {each.alias for each in there if each.errors_occurred}
