"""The parts of a page that htmx and the map fetch. A position comes in the body, never in a URL."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from places.boundaries import area_at
from places.picker import SHOW, AreaPickerForm, cell_of
from safety.requests import same_site_post


@same_site_post
@require_POST
@never_cache
def picker(request: HttpRequest) -> HttpResponse:
    """The area picker alone, for what is chosen or typed in it so far."""
    typed = request.POST.copy()
    typed.setdefault("picker", SHOW)
    return render(request, "places/picker.html", {"form": AreaPickerForm(typed)})


@same_site_post
@require_POST
@never_cache
def at(request: HttpRequest) -> JsonResponse:
    """The area of a cell (`row`, `column`), as {code, label}; code is null where none is known."""
    cell = cell_of(request.POST.get("row"), request.POST.get("column"))
    if cell is None:
        return JsonResponse({"error": _("This is no place on earth.")}, status=400)
    area = area_at(cell.point)
    return JsonResponse({"code": area.code if area else None, "label": area.label if area else ""})
