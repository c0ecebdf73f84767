"""The read API, for whoever shows or mirrors the square elsewhere: `/api/v1/`.

Public data only: the coarse place, never a contact. It stands on the square's one read path, so it
gives the posts of the page in the order of the page. Every document holds its words in Chinese and
in English, so an answer is the same for everybody and may be kept by a cache.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from partners.api import areas, changes, medicines, posts, statistics
from partners.api.limits import Key, PerCaller, with_limits
from partners.api.problems import MEDIA_TYPE, ProblemError, problem

DESCRIPTION = """\
Open needs and offers of over-the-counter medicine, as the square shows them. Free to use; please
link each post to its page, where people get in touch. Nothing here tells who somebody is or how to
reach him: a place is a cell of about 500 metres, or a district.

No key is needed. A partner's key, sent as `Authorization: Bearer …` from a server and never from a
page, may ask more often; one that is not known or was stopped is answered with 401.

Errors are problem details (RFC 9457). Each answer says in `RateLimit` how many requests are left
and in `Cache-Control` how long it may be kept; send `If-None-Match` with its `ETag`.
"""


class Api(NinjaAPI):
    def create_response(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return with_limits(request, super().create_response(request, *args, **kwargs))

    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        """Ninja writes every answer as application/json; ours say what they are."""
        schema = super().get_openapi_schema(**kwargs)
        for methods in schema["paths"].values():
            methods.pop("head", None)
            for operation in methods.values():
                operation["security"].append({})  # or none
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {MEDIA_TYPE: answer["content"]["application/json"]}
        return schema


api = Api(
    title="余药互助 · Mutual aid in medicine",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api-1",
    docs_url=None,  # docs.py: readable without a script
    auth=Key(),
    throttle=PerCaller(),
    openapi_extra={"info": {"license": {"name": "MIT", "identifier": "MIT"}}},
    servers=[{"url": settings.SITE_URL}],
)
api.add_router("/posts", posts.router)
api.add_router("/changes", changes.router)
api.add_router("/areas", areas.router)
api.add_router("/medicines", medicines.router)
api.add_router("/statistics", statistics.router)


@api.exception_handler(ProblemError)
def refused(request: HttpRequest, error: ProblemError) -> HttpResponse:
    response = with_limits(request, problem(error.status, str(error.detail)))
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return with_limits(request, problem(404, _("There is nothing here.")))


@api.exception_handler(HttpError)
def stopped(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own: too many requests (`wait` seconds), a body that is no JSON."""
    wait = getattr(error, "wait", None)
    if wait is None:
        return with_limits(request, problem(error.status_code, str(error)))
    told = _("Too many requests. Please try again in %(wait)s seconds.") % {"wait": wait}
    response = with_limits(request, problem(429, told))
    response["Retry-After"] = str(wait)
    return response


@api.exception_handler(ValidationError)
def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What is wrong with each parameter; what was sent is not repeated."""
    errors = [
        {"parameter": parameter_of(each["loc"]), "detail": str(each["msg"])}
        for each in error.errors
    ]
    told = _("These parameters were not understood: %(names)s.") % {
        "names": ", ".join(dict.fromkeys(each["parameter"] for each in errors))
    }
    return with_limits(request, problem(400, told, errors=errors))


def parameter_of(location: Sequence[str | int]) -> str:
    """The name in a place such as ("query", "whom", "literal['pregnant',…]")."""
    return [str(part) for part in location if str(part).isidentifier()][-1]
