"""The info square, the first page of the site."""

from dataclasses import replace
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from medicines.cautions import PersonKind
from medicines.models import Medicine
from mutualaid import modes
from mutualaid.kept import Kept, keep, keep_frame
from places.picker import AreaPickerForm
from places.visitor import VisitorPlace, for_this_visitor, visitor_place
from posts import cards, square
from posts.models import Kind
from safety.requests import HtmxRequest, same_site_post
from verification.levels import require_level

CARDS = mark_safe("<!-- cards -->")
FRAMES = Kept(most=500)  # of about 25 kB each


@for_this_visitor
@require_safe
@require_level("read")
def show(request: HtmxRequest) -> HttpResponse:
    """`/?kind=&medicine=&area=&whom=&sort=&after=`: open posts, twenty at a time."""
    filters = square.read_filters(request.GET)
    place = visitor_place(request)
    problems = list(filters.problems)
    try:
        page = square.page(filters, place)
    except ValueError:
        problems.append(_("This next page is not there any more. Showing the first page."))
        filters = square.read_filters(without_cursor(request))
        page = square.page(filters, place)
    if request.htmx and filters.after:  # the next page alone, for the list that is there
        response = HttpResponse(cards.listed(filters, page))
    elif problems or not page.rows:
        context = around(filters, place, page) | {"problems": problems}
        status = 400 if problems else 200
        response = render(request, "posts/square.html", context, status=status)
    else:
        frame = framed(request, filters, place, page)
        response = HttpResponse(filled(frame, filters, page))
        if place is None:
            keep(response)
        elif not filters.after:
            keep_frame(response, frame, partial(filled_for, filters))
    patch_vary_headers(response, ["HX-Request"])
    return response


def framed(
    request: HttpRequest, filters: square.Filters, place: VisitorPlace | None, page: square.Page
) -> str:
    """The page without its cards. It is kept: it is the same for everybody who reads in this
    language and size, with these filters, and is told the same place.
    """
    where = place and place.told
    key = get_language(), modes.of(request), filters.query(), bool(filters.after), where
    frame = FRAMES.get(key)
    if frame is None:
        context = around(filters, place, page) | {"cards": CARDS}
        frame = render_to_string("posts/square.html", context, request)
        FRAMES.put(key, frame)
    return frame


def filled(frame: str, filters: square.Filters, page: square.Page) -> str:
    return frame.replace(CARDS, cards.listed(filters, page))


def filled_for(filters: square.Filters, frame: str, request: HttpRequest) -> str | None:
    """The same page for another visitor in the same area."""
    page = square.page(filters, visitor_place(request))
    return filled(frame, filters, page) if page.rows else None


def around(
    filters: square.Filters, place: VisitorPlace | None, page: square.Page
) -> dict[str, Any]:
    """What the page says beside its posts."""
    return {
        "filters": filters,
        "place": place,
        "page": page,
        "tabs": [(kind, filters.query(kind=kind), kind == filters.kind) for kind in tab_order()],
        "here": f"/?{filters.query()}",
        "nearest": f"/?{filters.query(sort='distance')}",
        "chips": chips(filters),
        "wider": filters.query(area=filters.area.parent if filters.area else None),
        "unfiltered": filters.query(area=None, medicine=None, whom="", block=None),
        "without_medicine": filters.query(medicine=None),
        "without_whom": filters.query(whom=""),
        "medicines": Medicine.objects.listed(),
        "person_kinds": PersonKind.choices,
        "open_to_read": settings.LEVEL_TO_READ == "none",
    }


@same_site_post
@require_http_methods(["GET", "HEAD", "POST"])
def choose_area(request: HttpRequest) -> HttpResponse:
    """`/area/?…`: choose the area of the square (with `map`, of the map); the rest stays."""
    filters = replace(square.read_filters(request.GET), block=None)
    back = "/map/" if "map" in request.GET else "/"
    form = AreaFilterForm(request.POST or None, initial={"area": filters.area})
    if form.is_valid():
        return redirect(f"{back}?{filters.query(area=form.cleaned_data['area'])}")
    context = {"form": form, "filters": filters, "whole": f"{back}?{filters.query(area=None)}"}
    return render(request, "posts/area.html", context, status=422 if form.errors else 200)


def chips(filters: square.Filters) -> list[tuple[str, str]]:
    """What narrows the square: the words for it, and the query without it."""
    found = []
    if filters.area:
        found.append((filters.area.label, filters.query(area=None)))
    if filters.medicine:
        found.append((filters.medicine.label, filters.query(medicine=None)))
    if filters.whom:
        found.append((filters.whom_label, filters.query(whom="")))
    if filters.block:
        found.append((_("one square of the map"), filters.query(block=None)))
    return found


class AreaFilterForm(AreaPickerForm):
    leaf_required = False


def tab_order() -> list[Kind]:
    return [Kind.NEED, Kind.OFFER]


def without_cursor(request: HttpRequest):
    query = request.GET.copy()
    query.pop("after", None)
    return query
