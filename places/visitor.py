"""The visitor's own place: a cell of the grid or a chosen area, in a signed cookie of its own.

It is kept nowhere else: no session, no URL, no log, no database. Whoever holds the cookie is the
visitor; the signature only keeps others from writing places of their own into it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.geos import Point
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_cookie

from places.grid import Cell
from places.models import Area

View = Callable[..., HttpResponse]
COOKIE = "place" if settings.LOCAL else "__Host-place"
SALT = "places.visitor"
MAX_AGE = 30 * 24 * 3600  # seconds


def for_this_visitor(view: View) -> View:
    """A page that tells where the visitor is (a distance does): no shared cache may keep it."""
    return vary_on_cookie(cache_control(private=True)(view))


@dataclass(frozen=True)
class VisitorPlace:
    """Where distances are measured from.

    With a cell, the visitor gave a position; without one he chose the area (`by_area`), and its own
    point stands for him. A cell abroad, or where no boundaries are loaded, has no area.
    """

    area: Area | None
    cell: Cell | None = None

    def __post_init__(self) -> None:
        if self.area is None and self.cell is None:
            raise ValueError("A visitor's place needs an area or a cell.")

    @property
    def at(self) -> tuple[float, float]:
        """The latitude and longitude of `point`, without making one: it is dear."""
        if self.cell:
            return self.cell.lat, self.cell.lng
        return self.point.y, self.point.x

    @property
    def point(self) -> Point:
        """Centre of the cell, or the area's own point (SRID 4326)."""
        if self.cell:
            return self.cell.point
        assert self.area is not None
        return self.area.point

    @property
    def by_area(self) -> bool:
        """Whether distances are only estimated, from the area's own point."""
        return self.cell is None

    @property
    def told(self) -> tuple[int, bool]:
        """What pages tell of it beside distances: the code of the area, and whether it is all."""
        return (self.area.code if self.area else 0), self.by_area

    @property
    def label(self) -> str:
        return self.area.label if self.area else _("your position")


def visitor_place(request: HttpRequest) -> VisitorPlace | None:
    """The place in the visitor's cookie. No cookie, or one that is forged or too old: None."""
    if not hasattr(request, "visitor_place"):  # several parts of a page ask
        request.visitor_place = read_place(request)  # type: ignore[attr-defined]
    return request.visitor_place  # type: ignore[attr-defined,no-any-return]


def read_place(request: HttpRequest) -> VisitorPlace | None:
    value = request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=MAX_AGE) or ""
    try:
        code, *cell = (int(part) for part in value.split("."))
        area = Area.objects.known(code) if code else None
        return VisitorPlace(area, Cell(*cell) if cell else None)
    except (TypeError, ValueError):
        return None


def remember_place(response: HttpResponse, place: VisitorPlace) -> None:
    """Put a place into the visitor's cookie, for 30 days."""
    parts = [place.area.code if place.area else 0]
    if place.cell:
        parts += [place.cell.row, place.cell.column]
    response.set_signed_cookie(
        COOKIE,
        ".".join(map(str, parts)),
        salt=SALT,
        max_age=MAX_AGE,
        secure=not settings.LOCAL,
        httponly=True,
        samesite="Lax",
    )


def forget_place(response: HttpResponse) -> None:
    """Take the place out of the visitor's cookies."""
    response.delete_cookie(COOKIE, samesite="Lax")
