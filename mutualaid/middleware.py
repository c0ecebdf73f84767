"""What every answer carries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.gzip import GZipMiddleware

OFF = ["camera", "microphone", "payment", "usb", "serial", "bluetooth", "midi", "display-capture"]
HEADERS = {
    # Nobody else's page may load what we answer, as a picture or a script, to learn from it.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(["geolocation=(self)", *(f"{name}=()" for name in OFF)]),
}


class HeadersMiddleware:
    """Headers of pages, files, redirects and errors alike; a view may say otherwise.

    It stands first, so that nothing that answers early goes without. Django and django-csp set the
    other headers (see `# --- security` in the settings).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class CompressMiddleware(GZipMiddleware):
    """Compresses pages, but none that nobody may keep.

    How far a page shrinks tells what it repeats (BREACH): a page with a secret on it, such as a
    phone, must not be compressed beside something that a stranger wrote. Tokens of forms are masked
    anew each time, and Django adds up to 100 random bytes to the length of every other page.
    """

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if "no-store" in response.get("Cache-Control", ""):
            return response
        return super().process_response(request, response)
