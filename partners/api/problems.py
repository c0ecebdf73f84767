"""Errors as problem details for HTTP APIs (RFC 9457), whatever raised them."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ninja import Schema

MEDIA_TYPE = "application/problem+json"
PATH = "/api/"
SENTENCES = {
    400: _("We could not read this request"),
    404: _("There is nothing here."),
    500: _("Something broke on our side"),
    503: _("We will be back soon"),
}


class Wrong(Schema):
    parameter: str
    detail: str


class Problem(Schema):
    """`title` names the kind of error, `detail` says in the reader's language what to mend."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[Wrong] = []


class ProblemError(Exception):
    """Ends a request of the API with a status and a sentence."""

    def __init__(self, status: int, detail: str | Promise) -> None:
        super().__init__(status, detail)
        self.status, self.detail = status, detail


def refuse_others(request: HttpRequest, known: Iterable[str] = ()) -> None:
    """An unknown parameter is an error: a mistyped filter must not answer with all posts."""
    others = sorted(set(request.GET) - set(known))
    if others:
        told = _("There is no parameter %(names)s here.")
        raise ProblemError(
            400, told % {"names": ", ".join(f"`{name[:40]}`" for name in others[:5])}
        )


def problem(status: int, detail: str = "", **more: Any) -> HttpResponse:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    response = JsonResponse(document, status=status, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = MEDIA_TYPE
    response["Cache-Control"] = "no-store"
    return response


class ProblemMiddleware:
    """Under /api/ also the errors of Django itself are problem details: no such path or method, a
    host that is not ours, maintenance, a mistake of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path_info.startswith(PATH) or response.status_code < 400:
            return response
        if response["Content-Type"] == MEDIA_TYPE:
            return response
        said = problem(response.status_code, str(SENTENCES.get(response.status_code, "")))
        response.content = said.content
        for name, value in said.items():
            response[name] = value
        response["Content-Length"] = str(len(said.content))  # that of the page was there already
        return response
