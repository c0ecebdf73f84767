"""Where are you? Set and forget the visitor's own place."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from places.picker import PlaceForm
from places.visitor import (
    VisitorPlace,
    for_this_visitor,
    forget_place,
    remember_place,
    visitor_place,
)
from safety.requests import page_before, same_site_post


class VisitorPlaceForm(PlaceForm):
    """A whole city or province will do to measure from, and so will a position abroad."""

    leaf_required = False
    area_required = False

    @staticmethod
    def initial_of(place: VisitorPlace | None) -> dict[str, Any]:
        if place is None:
            return {}
        cell = {"row": place.cell.row, "column": place.cell.column} if place.cell else {}
        return {"area": place.area, **cell}


@same_site_post
@for_this_visitor
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: HttpRequest) -> HttpResponse:
    """`/place/?next=`: say where you are, then go back to where you came from."""
    back = page_before(request)
    now = visitor_place(request)
    sent = request.POST if request.method == "POST" else None
    form = VisitorPlaceForm(sent, initial=VisitorPlaceForm.initial_of(now))
    if form.is_valid():
        response = HttpResponseRedirect(back)
        cleaned = form.cleaned_data
        remember_place(response, VisitorPlace(cleaned["area"], cleaned["cell"]))
        return response
    context = {"form": form, "next": back, "place": now}
    return render(request, "places/place.html", context, status=422 if form.errors else 200)


@same_site_post
@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget where the visitor is."""
    response = HttpResponseRedirect(page_before(request))
    forget_place(response)
    return response
