"""A page for each area, which newspapers link to and search engines read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from places.models import Area
from posts import square, square_map
from posts.models import Kind
from posts.square import Filters, Row

SHOWN = 5  # posts of each kind
IN_HTML = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"}  # so that no text ends a script


@dataclass(frozen=True)
class Board:
    """Posts of one kind in an area: how many (at most `square_map.COUNTED`), and the newest."""

    filters: Filters
    number: int
    rows: list[Row]

    @property
    def is_of_needs(self) -> bool:
        return self.filters.kind == Kind.NEED


@dataclass(frozen=True)
class Numbers:
    """How many needs and offers (at most `square_map.COUNTED` each) lie in an area."""

    area: Area
    needs: int
    offers: int


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """`/areas/`: the provinces, each with its numbers. Three queries."""
    provinces = list(Area.objects.children_of(None))
    context = {
        "path": reverse("areas"),
        "below": numbers(provinces),
        "structured": structured(None, [], provinces),
    }
    return render(request, "partners/areas.html", context)


@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    """`/areas/<code>/`: an area's numbers, its newest needs and offers, the areas below it.

    It looks at no account. Where reading takes one, the page has numbers and links alone.
    """
    area = square.area_coded(code)
    if area is None:
        return render(request, "partners/no_such_area.html", {"near": near(code)}, status=404)
    above, below = areas_above(area), list(Area.objects.children_of(area))
    here, *parts = numbers([area, *below])
    context = {
        "area": area,
        "path": path_of(area),
        "above": above,
        "boards": boards(area, here),
        "below": parts,
        "structured": structured(area, above, below),
        "open_to_read": settings.LEVEL_TO_READ == "none",
    }
    return render(request, "partners/area.html", context)


def path_of(area: Area) -> str:
    return reverse("area", args=[area.code])


def areas_above(area: Area) -> list[Area]:
    """The province first."""
    found: list[Area] = []
    parent = area.parent_id and Area.objects.known(area.parent_id)
    while parent:
        found.insert(0, parent)
        parent = parent.parent_id and Area.objects.known(parent.parent_id)
    return found


def near(code: str) -> Area | None:
    """The smallest area that an unknown code would lie in: districts are merged and renumbered."""
    return square.area_coded(f"{code[:4]}00") or square.area_coded(f"{code[:2]}0000")


def numbers(areas: Sequence[Area]) -> list[Numbers]:
    """In the order of the areas. Two queries, however many there are."""
    needs, offers = (square_map.in_each(areas, Filters(kind=kind)) for kind in Kind)
    return [
        Numbers(need.area, need.number, offer.number)
        for need, offer in zip(needs, offers, strict=True)
    ]


def boards(area: Area, here: Numbers) -> list[Board]:
    """Needs, then offers. The posts of both are read together."""
    filters = [Filters(kind=kind, area=area) for kind in Kind]
    rows: list[Row] = []
    if settings.LEVEL_TO_READ == "none":
        found = [square.newest(each, square.Cursor())[:SHOWN] for each in filters]
        rows = square.with_posts(square.rows_of([*found[0], *found[1]], place=None, sort="time"))
    return [
        Board(each, number, [row for row in rows if row.post.kind == each.kind])
        for each, number in zip(filters, (here.needs, here.offers), strict=True)
    ]


def structured(area: Area | None, above: Sequence[Area], below: Sequence[Area]) -> SafeString:
    """The page in words of schema.org, as JSON-LD: where it is, and the areas below it.

    No post is in it: search engines keep it longer than a post lasts. It is data and no script, so
    that the content policy asks for no nonce and the page stays the same for everybody.
    """
    path = [*above, area] if area else []
    crumbs = [(_("All areas"), reverse("areas"))]
    crumbs += [(each.short_name, path_of(each)) for each in path]
    page: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "url": settings.SITE_URL + crumbs[-1][1],
        "name": area.label if area else crumbs[-1][0],
        "inLanguage": get_language(),
        "isPartOf": {
            "@type": "WebSite",
            "name": _("Spare medicine, freely given"),
            "url": f"{settings.SITE_URL}/",
        },
        "breadcrumb": {"@type": "BreadcrumbList", "itemListElement": listed(crumbs)},
    }
    if area:
        page["about"] = {"@type": "AdministrativeArea", "name": area.full_name}
    if below:
        parts = [(each.label, path_of(each)) for each in below]
        page["mainEntity"] = {"@type": "ItemList", "itemListElement": listed(parts)}
    return mark_safe(json.dumps(page, ensure_ascii=False).translate(IN_HTML))  # noqa: S308


def listed(links: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Names and paths as numbered items."""
    return [
        {
            "@type": "ListItem",
            "position": nth,
            "item": {"@id": settings.SITE_URL + path, "name": name},
        }
        for nth, (name, path) in enumerate(links, 1)
    ]
