"""Checks of a request's origin, for forms on pages that are kept for many visitors."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django_htmx.middleware import HtmxDetails

View = Callable[..., HttpResponse]


def is_same_site(request: HttpRequest) -> bool:
    """Whether our own pages sent this request, by the headers that only a browser can set.

    Sec-Fetch-Site decides where it is sent; older browsers send Origin with every POST. A request
    with neither comes from no browser page, so it carries nobody's cookies against his will.
    """
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from:
        return fetched_from in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == request.get_host()


def same_site_post(view: View) -> View:
    """In place of a CSRF token, which would keep a page from being cached: refuse foreign POSTs."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and not is_same_site(request):
            return HttpResponseForbidden(_("This form must be sent from our own page."))
        return view(request, *args, **kwargs)

    return csrf_exempt(checked)


def page_before(request: HttpRequest) -> str:
    """The page of ours that a visitor came from, by `next` or the Referer; else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if not wanted:
        _scheme, _colon, rest = request.headers.get("Referer", "").partition("://")
        host, _slash, path = rest.partition("/")
        wanted = f"/{path}" if host == request.get_host() else "/"
    is_path = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_path else "/"


class HtmxRequest(HttpRequest):
    """A request that passed django-htmx's middleware; `htmx` is false for a plain one."""

    htmx: HtmxDetails
