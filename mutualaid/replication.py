"""Which requests read from a replica, and what becomes of those that meet a database that is away.

Reading goes on while any server answers; what cannot be taken in now is kept on the page.
"""

import functools
import logging
import math
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS as PRIMARY
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string

from mutualaid.context import site
from mutualaid.logs import request_id
from safety import replicas

log = logging.getLogger(__name__)
AWAY = (OperationalError, InterfaceError)
SAFE = {"GET", "HEAD"}
OF_THE_PRIMARY = "/admin/"  # who decides about others sees how things stand
# Routes that everybody reads. The changes of the API are none: they ask who still writes.
READ = {
    *("square", "square-area", "map", "map-cells", "post", "areas", "area", "embed", "feed"),
    *("partner", "partner-help", "posters", "poster-file", "proof-file", "sitemap", "robots"),
    *("stats", "stats-days", "stats-cities", "stats-medicines", "stats-json"),
    *("place-outline", "medicines:catalogue", "medicines:search", "medicines:medicine"),
    *("api-1:posts", "api-1:post", "api-1:areas", "api-1:at", "api-1:area", "api-1:medicines"),
    "api-1:statistics",
}
WRITE_NOTHING = {  # whatever their method: a cookie at most
    *("set_language", "set_mode", "place", "place-forget", "place-picker", "place-at"),
}
COOKIE = "wrote" if settings.LOCAL else "__Host-wrote"
# As long as a fresh replica may be behind, with the time until that is noticed.
OWN_WRITES = math.ceil(replicas.may_be_behind()) + 1  # seconds
SOON = 60  # seconds


class ReplicaMiddleware:
    """Reads from a fresh replica where that is safe, and elsewhere where a server fails.

    Whoever has just sent a form reads from the primary for some seconds, by a cookie: so he sees
    what he has written. (A time, not an LSN: it costs no query.)
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        replicas.watch()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with replicas.one_request():
            response = self.get_response(request)
        if settings.DATABASE_REPLICAS and writes(request) and response.status_code < 500:
            remember_writing(response)
        return response

    def process_view(
        self, request: HttpRequest, _view: Callable, _args: tuple, _names: dict[str, Any]
    ) -> HttpResponse | None:
        if replicas.primary_is_away():
            if writes(request) or not read_without_the_primary(request):
                return page(request)
        elif may_lag(request):
            replicas.read_from(replicas.any_fresh() or PRIMARY)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Ask for the page again, of a server that has not failed yet."""
        if not isinstance(error, AWAY):
            return None
        tries = 0 if writes(request) else len(settings.DATABASE_REPLICAS)
        for _each in range(tries):
            failed = replicas.failed()
            log.warning("Failed: %s (%s)", ", ".join(sorted(failed)), type(error).__name__)
            for alias in failed:
                replicas.note_failure(alias)
            if PRIMARY not in failed and not replicas.is_read_only():
                replicas.read_from((may_lag(request) and replicas.any_fresh()) or PRIMARY)
            elif not read_without_the_primary(request):
                break
            try:
                return view_of(request)()
            except AWAY as another:
                error = another
        log.error("A database is away", exc_info=error)
        return page(request)


def route(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def view_of(request: HttpRequest) -> Callable[[], HttpResponse]:
    match = request.resolver_match
    assert match  # or there was no view to fail
    return functools.partial(match.func, request, *match.args, **match.kwargs)


def writes(request: HttpRequest) -> bool:
    return request.method not in SAFE and route(request) not in WRITE_NOTHING


def may_lag(request: HttpRequest) -> bool:
    """Whether a page may show what was so a moment ago."""
    if request.method not in SAFE or route(request) not in READ:
        return False
    return request.get_signed_cookie(COOKIE, default=None, max_age=OWN_WRITES) is None


def read_without_the_primary(request: HttpRequest) -> bool:
    """Read what there is to read; False if nothing can be."""
    replica = replicas.any_fresh()
    if replica is None or request.path_info.startswith(OF_THE_PRIMARY):
        return False
    replicas.read_from(replica, writes=False)
    return True


def remember_writing(response: HttpResponse) -> None:
    response.set_signed_cookie(
        COOKIE,
        "1",
        max_age=OWN_WRITES,
        secure=not settings.LOCAL,
        httponly=True,
        samesite="Lax",
    )


def page(request: HttpRequest) -> HttpResponse:
    """Nothing can be taken in now; what was typed is on the page, to be sent again as it was."""
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    context = {**site(request), "typed": typed, "where": request.get_full_path()}
    context |= {"csrf_token": get_token(request), "incident": request_id.get()}
    return HttpResponse(
        render_to_string("away.html", context),
        status=503,
        headers={"Retry-After": str(SOON), "Cache-Control": "no-store"},
    )
