"""The square on a map."""

import json
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import conditional_page, require_safe

from medicines.cautions import PersonKind
from medicines.models import Medicine
from mutualaid.kept import keep
from places.grid import Block
from places.visitor import VisitorPlace, for_this_visitor, visitor_place
from posts import square, square_map
from posts.views.square import chips, tab_order
from safety.requests import HtmxRequest
from verification.levels import require_level

# What static/js/map_square.js has to know of the grid.
GRID = f"{square_map.ZOOM_OF_CELLS} {square_map.TILE} {square_map.COARSEST} {square_map.COUNTED}"
KEPT = 1  # second, and one more here (mutualaid/answers.py): then a resolved post is gone


@for_this_visitor
@require_safe
@require_level("read")
def show(request: HtmxRequest) -> HttpResponse:
    """`/map/?kind=&medicine=&area=&whom=&sort=&cell=`: the filters of the square; `cell` is chosen.

    Without a script it is a list of areas and their counts.
    """
    filters = replace(square.read_filters(request.GET), after="")
    place = visitor_place(request)
    listed = filters if place else replace(filters, sort="time")
    context: dict[str, Any] = {
        "filters": filters,
        "page": square.page(listed, place) if filters.block else None,
    }
    if request.htmx:
        response = render(request, "posts/parts/chosen.html", context)
    else:
        status = 400 if filters.problems else 200
        context |= around(filters, place)
        response = render(request, "posts/map.html", context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def around(filters: square.Filters, place: VisitorPlace | None) -> dict[str, Any]:
    """What the page holds beside the posts of a chosen block."""
    whole = replace(filters, block=None)
    return {
        "on_map": True,
        "problems": filters.problems,
        "tabs": [(kind, filters.query(kind=kind), kind == filters.kind) for kind in tab_order()],
        "chips": chips(whole),
        "without_cell": whole.query(),
        "unfiltered": whole.query(area=None, medicine=None, whom=""),
        "wider": whole.query(area=filters.area.parent if filters.area else None),
        "without_medicine": whole.query(medicine=None),
        "without_whom": whole.query(whom=""),
        "medicines": Medicine.objects.listed(),
        "person_kinds": PersonKind.choices,
        "areas": area_rows(whole),
        "view": "{0.lat:.4f} {0.lng:.4f} {0.zoom}".format(square_map.start(filters, place)),
        "grid": GRID,
        "cells_query": whole.query(sort="time"),
    }


def area_rows(filters: square.Filters) -> list[tuple[str, str, int]]:
    """For each area with posts: its name, the address of its map (of its list, for a leaf), how
    many there are."""
    return [
        (
            each.area.short_name,
            f"{'/' if each.area.is_leaf else '/map/'}?{filters.query(area=each.area)}",
            each.number,
        )
        for each in square_map.areas(filters)
    ]


@conditional_page
@require_safe
@require_level("read")
def cells(request: HttpRequest) -> HttpResponse:
    """`/map/cells/?kind=&medicine=&area=&whom=&lang=&tile=`: the counts of a tile, as JSON.

    The language of the names stands in the address, so that an answer is the same for everybody.
    """
    filters = square.read_filters(request.GET)
    language = request.GET.get("lang", settings.LANGUAGE_CODE)
    if filters.problems:
        return refuse(filters.problems[0])
    if language not in dict(settings.LANGUAGES):
        return refuse(_("There is no such language here."))
    try:
        counts = square_map.blocks(filters, Block.read(request.GET.get("tile", "")))
    except ValueError:
        return refuse(_("There is no such part of the map."))
    with override(language):
        names = {
            each.area: each.area.label if each.area else _("several provinces") for each in counts
        }
    nth = {area: number for number, area in enumerate(names)}
    answer = {
        "blocks": [[str(each.block), each.number, nth[each.area]] for each in counts],
        "names": list(names.values()),
    }
    response = HttpResponse(
        json.dumps(answer, ensure_ascii=False, separators=(",", ":")),
        content_type="application/json",
    )
    shared = "public" if settings.LEVEL_TO_READ == "none" else "private"
    patch_cache_control(response, max_age=KEPT, **{shared: True})
    return keep(response)


def refuse(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=400, content_type="text/plain; charset=utf-8")
