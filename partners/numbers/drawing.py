"""The pictures of `/stats/`: shapes for SVG, computed here and drawn by the templates.

Everything is in the units of a picture's viewBox, 320 wide: about a pixel on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import cos, radians, sqrt
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, LinearRing, LineString, Polygon
from django.utils.translation import get_language

from partners.numbers.publishing import day_of
from places.models import LoadedFile, Outline

WIDTH = 320


def name_of(row: dict[str, Any]) -> str:
    """A row's name in the reader's language."""
    return row["name"]["zh" if (get_language() or "zh").startswith("zh") else "en"]


# --- by day ---------------------------------------------------------------------------------------
DAYS_HIGH, MIDDLE = 150, 80  # needs rise from a line, offers hang from it
HALF, WIDEST = 60, 24  # of a bar


@dataclass(frozen=True)
class DayBar:
    x: float
    width: float
    needs: float  # lengths
    offers: float

    @property
    def top(self) -> float:
        return round(MIDDLE - self.needs, 1)


@dataclass(frozen=True)
class DayChart:
    bars: list[DayBar]
    first: date
    last: date
    most: int  # posts that the longest bar stands for
    height: int = DAYS_HIGH
    middle: int = MIDDLE


def by_day(rows: Sequence[dict[str, Any]]) -> DayChart | None:
    """Needs above a line, offers below; None without any number to draw."""
    numbers = {day_of(row): (row["needs"] or 0, row["offers"] or 0) for row in rows}
    most = max((max(pair) for pair in numbers.values()), default=0)
    if not most:
        return None
    first, last = min(numbers), max(numbers)
    length = (last - first).days + 1
    step = WIDTH / length
    bars = []
    for nth in range(length):
        needs, offers = numbers.get(first + timedelta(days=nth), (0, 0))
        if needs or offers:
            lengths = [round(HALF * number / most, 1) for number in (needs, offers)]
            bars.append(DayBar(round(nth * step, 1), round(min(0.8 * step, WIDEST), 1), *lengths))
    return DayChart(bars, first, last, most)


# --- the longest rows of a table ------------------------------------------------------------------
ROW_HIGH, BASE = 44, 26  # room for the name in the largest type


@dataclass(frozen=True)
class Bar:
    name: str
    number: int
    y: int
    width: float

    @property
    def bar_y(self) -> int:
        return self.y + 5


@dataclass(frozen=True)
class BarChart:
    bars: list[Bar]
    height: int


def top(rows: Sequence[dict[str, Any]], column: str, most: int = 5) -> BarChart | None:
    """The rows with the largest numbers in a column, each a bar below its name."""
    found = sorted((row for row in rows if row[column]), key=lambda row: -row[column])[:most]
    if not found:
        return None
    longest = found[0][column]
    bars = [
        Bar(
            name_of(row),
            row[column],
            ROW_HIGH * nth + BASE,
            round(WIDTH * row[column] / longest, 1),
        )
        for nth, row in enumerate(found)
    ]
    return BarChart(bars, ROW_HIGH * len(bars))


# --- the map --------------------------------------------------------------------------------------
WEST, NORTH, SOUTH = 73.0, 54.0, 3.0  # degrees: all of China
SCALE = 6.2  # units for a degree of latitude
SHRINK = cos(radians(35))  # of longitude: it looks right in the middle of the country
MAP_HIGH = round((NORTH - SOUTH) * SCALE)
LARGEST = 16  # the radius of the largest city
LETTERS = 5  # cities that are named


def projected(lng: float, lat: float) -> tuple[float, float]:
    return round((lng - WEST) * SHRINK * SCALE, 1), round((NORTH - lat) * SCALE, 1)


@dataclass(frozen=True)
class City:
    """Half a disc of needs on the left, half a disc of offers on the right; areas are numbers."""

    name: str
    needs: int | None
    offers: int | None
    x: float
    y: float
    left: float  # radii
    right: float

    def half(self, radius: float, sweep: int) -> str:
        top = round(self.y - radius, 1)
        return f"M{self.x} {top}a{radius} {radius} 0 0 {sweep} 0 {2 * radius:g}z"

    @property
    def needs_path(self) -> str:
        return self.half(self.left, 0)

    @property
    def offers_path(self) -> str:
        return self.half(self.right, 1)

    @property
    def ratio(self) -> str:
        """Needs for one offer."""
        return f"{self.needs / self.offers:.1f}" if self.needs and self.offers else ""


@dataclass(frozen=True)
class Map:
    land: str
    borders: str
    cities: list[City]
    height: int = MAP_HIGH


def map_of(rows: Sequence[dict[str, Any]]) -> Map | None:
    """The cities on the outlines of the provinces; None without any city."""
    most = max((max(row["needs"] or 0, row["offers"] or 0) for row in rows), default=0)
    if not most:
        return None

    def radius(number: int | None) -> float:
        return round(LARGEST * sqrt((number or 0) / most), 1)

    cities = [
        City(
            name_of(row),
            row["needs"],
            row["offers"],
            *projected(row["lng"], row["lat"]),
            radius(row["needs"]),
            radius(row["offers"]),
        )
        for row in rows
    ]
    loaded = LoadedFile.objects.filter(name="boundaries").values_list("digest", flat=True).first()
    land, borders = outlines(loaded)
    return Map(land, borders, cities)  # the largest first: small ones lie above


@lru_cache(maxsize=2)  # the argument makes a new loading count
def outlines(loaded: str | None) -> tuple[str, str]:
    """The provinces, and border lines that belong to none, as two paths of an SVG."""
    land: list[str] = []
    borders: list[str] = []
    for outline in Outline.objects.order_by("area_id"):
        target = borders if outline.area_id is None else land
        target += [path for ring in rings(outline.shape) if (path := path_of(ring))]
    return "".join(land), "".join(borders)


def rings(shape: GEOSGeometry) -> list[Any]:
    """All lines of a shape, whatever it is made of."""
    if isinstance(shape, LineString | LinearRing):
        return [shape]
    if isinstance(shape, Polygon):
        return [shape.exterior_ring]  # enclaves are drawn by themselves
    return [ring for each in shape for ring in rings(each)]  # type: ignore[attr-defined]


def path_of(line: Any) -> str:
    """A line in whole units, in steps from point to point: three times shorter."""
    points = [tuple(map(round, projected(*point[:2]))) for point in line.coords]
    steps = [
        (x - before_x, y - before_y)
        for (before_x, before_y), (x, y) in zip(points, points[1:], strict=False)
        if (x, y) != (before_x, before_y)
    ]
    if len(steps) < 2:
        return ""
    moved = "".join(f"{x} {y}" if nth == 0 else f" {x} {y}" for nth, (x, y) in enumerate(steps))
    return f"M{points[0][0]} {points[0][1]}l{moved.replace(' -', '-')}"
