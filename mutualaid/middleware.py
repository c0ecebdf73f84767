"""What every answer carries, and what is noted about it."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.template.loader import render_to_string
from django.utils import timezone

from mutualaid import figures, probes
from mutualaid.context import site
from mutualaid.logs import new_request_id, request_id, route_of

log = logging.getLogger("mutualaid.requests")
METHODS = {"GET", "HEAD", "POST", "OPTIONS"}

OFF = ["camera", "microphone", "payment", "usb", "serial", "bluetooth", "midi", "display-capture"]
HEADERS = {
    # Nobody else's page may load what we answer, as a picture or a script, to learn from it.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(["geolocation=(self)", *(f"{name}=()" for name in OFF)]),
}
NOT_MODIFIED = 304
OF_ONE_PAGE = ("Content-Security-Policy", "X-Frame-Options", "Cross-Origin-Resource-Policy")


class HeadersMiddleware:
    """Headers of pages, files, redirects and errors alike; a view may say otherwise.

    It stands first, so that nothing that answers early goes without. Django and django-csp set the
    other headers (see `# --- security` in the settings).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == NOT_MODIFIED:
            # Its headers would take the place of those that the browser has kept: a partner's frame
            # or script would be blocked the second time, and a nonce would fit no script.
            for name in OF_ONE_PAGE:
                response.headers.pop(name, None)
            return response
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class RequestMiddleware:
    """Gives each request a number, for its answer, its lines in the log and its error page.

    What came is told to the log (as JSON, see LOG_FORMAT) and to the figures: by the name of the
    route, never by path, query, address or person. It stands first, so that it sees every answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusts_proxy = settings.BEHIND_PROXY
        self.writes = settings.LOG_FORMAT == "json"

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "") if self.trusts_proxy else ""
        number = new_request_id(given)
        token = request_id.set(number)
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = number
            if request.path_info not in probes.ANSWERS:
                self.note(request, response, time.perf_counter() - start)
            return response
        finally:
            request_id.reset(token)

    def note(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        route = route_of(request)
        method = request.method if request.method in METHODS else "other"
        if self.writes:
            facts = {"route": route, "method": method, "status": response.status_code}
            log.info("answered", extra={**facts, "ms": round(seconds * 1000, 1)})
        if figures.ON:
            try:
                figures.note_request(route, str(method), response.status_code, seconds)
            except Exception as error:  # a full disk: the answer is there, and goes out
                log.error("Not counted: %s", type(error).__name__)


class ProbeMiddleware:
    """Answers what machines ask (`probes.ANSWERS`), before anything that is for people.

    Neither the Host is looked at (load balancers ask by number; nothing of it is in the answer),
    nor session, language or maintenance; nobody is sent to https or counted as a visitor.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = probes.ANSWERS.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = answer(request)
        response.headers["Cache-Control"] = "no-store"
        return response


class CompressMiddleware(GZipMiddleware):
    """Compresses pages, but none that nobody may keep.

    How far a page shrinks tells what it repeats (BREACH): a page with a secret on it, such as a
    phone, must not be compressed beside something that a stranger wrote. Tokens of forms are masked
    anew each time, and Django adds up to 100 random bytes to the length of every other page.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if "no-store" in response.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)


WHILE_CLOSED = ("/admin/", "/language/", "/mode/")  # for staff; and to read the page in comfort
SOON = 600  # seconds


class MaintenanceMiddleware:
    """While MAINTENANCE is on, every page says so with a 503; the admin and files stay.

    Whoever sent a form gets the same page: the browser's way back still has what was typed.
    Neither database nor session is asked, since they may be what is being worked on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.MAINTENANCE or request.path.startswith(WHILE_CLOSED):
            return self.get_response(request)
        until = settings.MAINTENANCE_UNTIL
        left = (until - timezone.now()).total_seconds() if until else 0
        page = render_to_string("503.html", {**site(request), "until": until if left > 0 else None})
        wait = str(int(left) if left > 0 else SOON)
        return HttpResponse(
            page, status=503, headers={"Retry-After": wait, "Cache-Control": "no-store"}
        )
