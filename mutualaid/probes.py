"""What machines ask: is it alive, can it serve, what are its figures.

`ProbeMiddleware` answers them (docs/operating.md, "Watching"). The answers are the same for
everybody and name neither hosts nor secrets; the figures are for the bearer of METRICS_TOKEN alone.
"""

import functools
import hmac
import logging
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse

from mutualaid import figures, redis_cache
from safety import replicas

log = logging.getLogger(__name__)
KEY = "probes.ready"
WRITTEN_FOR = 60  # seconds: the cache is written to once in so long, over all processes


class NotReady(Exception):  # noqa: N818 -- it ends a check
    pass


def check_database() -> None:
    if replicas.primary_is_away():
        raise NotReady
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_cache() -> None:
    """That it is read, and keeps what is written. Raises NotReady or what the cache raises."""
    if cache.get(KEY) is None:
        cache.set(KEY, 1, WRITTEN_FOR)
        if cache.get(KEY) is None:
            raise NotReady


def check_redis() -> None:
    """That it answered when it was last asked, by the check before this or by a request."""
    if redis_cache.BREAKER.is_away:
        raise NotReady


def check_migrations() -> None:
    """That none is left to do. Once that is so it stays so, until this process is replaced."""
    if not check_migrations.are_done:  # type: ignore[attr-defined]
        if newest_migrations() - MigrationRecorder(connection).applied_migrations().keys():
            raise NotReady
        check_migrations.are_done = True  # type: ignore[attr-defined]


check_migrations.are_done = False  # type: ignore[attr-defined]


@functools.cache
def newest_migrations() -> frozenset[tuple[str, str]]:
    """The last ones of each app, of the code of this process; read from its files once."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "cache": check_cache,
    "migrations": check_migrations,
}
if settings.REDIS_URL:
    CHECKS["redis"] = check_redis
DISPENSABLE = {"redis"}  # it only makes pages faster


def findings() -> dict[str, bool]:
    """What was asked, and whether it works. After something that does not, no more is asked: while
    the database is away each question would wait for it.
    """
    found: dict[str, bool] = {}
    for name, check in CHECKS.items():
        try:
            check()
            found[name] = True
        except Exception as error:  # whatever it is, this process cannot serve now
            log.warning("Not ready: %s (%s)", name, type(error).__name__)
            found[name] = False
            if name not in DISPENSABLE:
                break
    return found


def alive(_request: HttpRequest) -> HttpResponse:
    """That this process answers; it asks nothing else."""
    return JsonResponse({"alive": True})


def ready(_request: HttpRequest) -> HttpResponse:
    """Whether pages can be served: 200, or 503 with what failed. A replica is enough to read from.

    During maintenance what is found is told, with 200: the page that says so needs none of it, and
    a load balancer that gave up on all processes would keep visitors from reading it.
    """
    found = findings()
    is_ready = all(works for name, works in found.items() if name not in DISPENSABLE)
    if settings.DATABASE_REPLICAS:
        readable = len(replicas.fresh())
        is_ready = is_ready or (not found["database"] and readable > 0)
    told: dict[str, int] = {"ready": is_ready and not settings.MAINTENANCE, **found}
    if settings.DATABASE_REPLICAS:
        told["replicas"] = readable
    if settings.MAINTENANCE:
        told["maintenance"] = True
    return JsonResponse(told, status=200 if is_ready or settings.MAINTENANCE else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus. Without the token there is nothing here."""
    given = request.headers.get("Authorization", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not figures.ON or not hmac.compare_digest(given.encode(), wanted.encode()):
        return HttpResponseNotFound()
    return HttpResponse(figures.page(), content_type=figures.CONTENT_TYPE)


ANSWERS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": alive,
    "/readyz": ready,
    "/metrics": metrics,
}
