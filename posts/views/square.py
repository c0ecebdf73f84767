"""The info square, the first page of the site."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from medicines.cautions import PersonKind
from medicines.models import Medicine
from places.picker import AreaPickerForm
from places.visitor import for_this_visitor, visitor_place
from posts import square
from posts.models import Kind
from safety.requests import HtmxRequest, same_site_post
from verification.levels import require_level


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
    context = {
        "filters": filters,
        "place": place,
        "page": page,
        "problems": problems,
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
    # A list with fragments of itself: htmx asks for the next page alone.
    template = "posts/parts/page.html" if request.htmx and filters.after else "posts/square.html"
    response = render(request, template, context, status=400 if problems else 200)
    patch_vary_headers(response, ["HX-Request"])
    return response


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
