"""The square in a frame on a partner's own page.

Nobody else may frame it, and no other page of ours can be framed at all.
"""

from urllib.parse import urlencode

from csp.constants import NONE
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from partners import access, origins
from partners.models import Partner
from posts import square
from posts.models import Kind
from posts.square import Filters, Page
from verification.levels import level_needed
from verification.models import Level

COMPACT = 5  # posts
FILTERS = ("kind", "medicine", "area", "whom", "after")
SCRIPT_KEPT = 3600  # seconds


@xframe_options_exempt
@require_safe
def show(request: HttpRequest, body: str) -> HttpResponseBase:
    """`/embed/<body>/?kind=&medicine=&area=&whom=&compact=1&back=&after=`: the newest open posts.

    What is not asked for is as the partner chose. It reads no cookie but the language's and sets
    none, so it works where browsers block those of frames. `back` is the page around it, to which
    whoever publishes is led back.
    """
    if level_needed("read") != Level.NONE:
        raise Http404  # who reads needs an account, and a frame knows nobody
    partner = access.shown(body)
    may_frame = csp_replace({"frame-ancestors": partner.origins or [NONE]})
    response = may_frame(lambda asked: framed(asked, partner))(request)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, no_cache=True)  # a resolved post is gone at once
    return response


def framed(request: HttpRequest, partner: Partner) -> HttpResponse:
    filters = filters_of(request.GET, partner)
    page, filters = first_or_next(filters)
    is_compact = bool(request.GET.get("compact"))
    # A tap within the frame makes us the referrer: the page around it stays in the address.
    around = origins.page_of(partner, request.GET.get("back"), request.headers.get("referer"))
    back = {"back": around} if around else {}
    stays = urlencode({"compact": "1"} | back if is_compact else back)
    sends = urlencode({"src": partner.organisation.slug} | back)
    context = {
        "partner": partner,
        "filters": filters,
        "rows": page.rows[:COMPACT] if is_compact else page.rows,
        "after": "" if is_compact else page.after,
        "nearest": filters.query(sort="distance"),
        "stays": stays,
        "sends": sends,
        "tabs": [
            (kind, filters.query(kind=kind), kind == filters.kind)
            for kind in (Kind.NEED, Kind.OFFER)
        ],
    }
    return render(request, "partners/embed.html", context)


def filters_of(asked: QueryDict, partner: Partner) -> Filters:
    """The partner's own filters; whatever the address says goes before them."""
    query = QueryDict(partner.filters(partner.areas.first()).query(), mutable=True)
    for name in FILTERS:
        if name in asked:
            query[name] = asked.get(name, "")
    query["sort"] = "time"  # a frame does not know where its reader is
    return square.read_filters(query)


def first_or_next(filters: Filters) -> tuple[Page, Filters]:
    try:
        return square.page(filters, None), filters
    except ValueError:  # a next page of other filters
        first = square.read_filters(QueryDict(filters.query()))
        return square.page(first, None), first


@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """`/embed.js`: makes the frame, as high as what is in it. The same for every partner."""
    response = render(request, "partners/embed.js", content_type="text/javascript; charset=utf-8")
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, max_age=SCRIPT_KEPT)
    return response
