"""The square on a map: how many posts lie in each block of the public grid, and in each area.

Cells, not pins: the smallest block is a cell of the public grid, so that the map tells nothing that
a post's page does not. Nobody reads further than 99+, so nothing is counted further: of each block
so many rows of one index are looked at, however many posts there are. Measured with 1,000,000 open
needs (3.1 million rows): 0.6-1.8 ms for a tile at any zoom, where GROUP BY took 1-560 ms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from places.grid import Block
from places.models import Area, known
from places.visitor import VisitorPlace
from posts import square
from posts.square import Filters
from safety.replicas import reading

COUNTED = 100  # and no further: shown as 99+
TILE = 3  # levels from a block to its tile: 8 × 8 blocks are one answer
FINEST, COARSEST = 0, 11  # levels of blocks


@dataclass(frozen=True, slots=True)
class BlockCount:
    """How many posts (at most COUNTED) lie in a block, and the area that holds them.

    Of a block that is full, `area` holds the first ones and the last; None is the whole country.
    """

    block: Block
    number: int
    area: Area | None


@dataclass(frozen=True, slots=True)
class AreaCount:
    """How many posts (at most COUNTED) lie in an area and all below it."""

    area: Area
    number: int


def blocks(filters: Filters, tile: Block) -> list[BlockCount]:
    """The blocks of a tile that hold posts. Raises ValueError for what is no tile."""
    if not FINEST <= tile.level - TILE <= COARSEST:
        raise ValueError("A tile holds 8 × 8 blocks.")
    wanted = tile.inside(tile.level - TILE)
    where, values = square.conditions(replace(filters, block=None))
    values |= {
        "counted": COUNTED,
        "firsts": [block.span[0] for block in wanted],
        "lasts": [block.span[1] for block in wanted],
    }
    found = run(
        f"""
        SELECT nth - 1, number, least(low, final), greatest(high, final)
        FROM unnest(%(firsts)s::int8[], %(lasts)s::int8[]) WITH ORDINALITY
            AS span (lowest, highest, nth),
        LATERAL (
            SELECT count(*) AS number, min(code) AS low, max(code) AS high FROM (
                SELECT code FROM posts_listing WHERE {where} AND cell BETWEEN lowest AND highest
                ORDER BY cell LIMIT %(counted)s
            ) AS looked_at
        ) AS counted,
        LATERAL (
            SELECT code AS final FROM posts_listing
            WHERE {where} AND cell BETWEEN lowest AND highest
            ORDER BY cell DESC LIMIT 1
        ) AS ending
        ORDER BY nth
        """,  # noqa: S608 -- made of constants and the square's own conditions
        values,
    )
    return [BlockCount(wanted[nth], number, common(low, high)) for nth, number, low, high in found]


def areas(filters: Filters) -> list[AreaCount]:
    """The areas directly below the filters' area (else the provinces) that hold posts."""
    below = list(Area.objects.children_of(filters.area))
    return [each for each in in_each(below, filters) if each.number]


def in_each(areas: Sequence[Area], filters: Filters) -> list[AreaCount]:
    """How many posts lie in each of some areas, in their order. One query."""
    where, values = square.conditions(filters)
    values |= {
        "counted": COUNTED,
        "lows": [area.range[0] for area in areas],
        "highs": [area.range[1] for area in areas],
    }
    found = run(
        f"""
        SELECT nth - 1, number
        FROM unnest(%(lows)s::int4[], %(highs)s::int4[]) WITH ORDINALITY
            AS area (lowest, highest, nth),
        LATERAL (
            SELECT count(*) AS number FROM (
                SELECT FROM posts_listing WHERE {where} AND code BETWEEN lowest AND highest
                ORDER BY code <-> lowest LIMIT %(counted)s
            ) AS looked_at
        ) AS counted
        ORDER BY nth
        """,  # noqa: S608 -- made of constants and the square's own conditions
        values,
    )
    return [AreaCount(areas[nth], number) for nth, number in found]


def common(low: int, high: int) -> Area | None:
    """The smallest area that holds two codes; None if only the country does."""
    for step in (1, 100, 10_000):
        if low // step == high // step and (area := known(low // step * step)):
            return area
    return None


def run(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with reading().cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@dataclass(frozen=True, slots=True)
class View:
    """Where a map begins: its middle in WGS-84 degrees, and the zoom of Leaflet."""

    lat: float
    lng: float
    zoom: int


COUNTRY = View(35.5, 104.0, 4)
ZOOMS = {Area.Level.PROVINCE: 6, Area.Level.CITY: 9, Area.Level.DISTRICT: 11}
ZOOM_OF_CELLS = 14  # where a block of level 0 is 70 px wide; one zoom less for each level more


def start(filters: Filters, place: VisitorPlace | None) -> View:
    """At the chosen block or area, or else the visitor's city: an address that a map asks for
    tells where it looks, so that it never begins at the visitor's own cell."""
    if filters.block:
        west, south, east, north = filters.block.bounds
        return View((south + north) / 2, (west + east) / 2, ZOOM_OF_CELLS - filters.block.level)
    area = filters.area
    if area is None and place and place.area:
        area = city_of(place.area)
    return View(area.point.y, area.point.x, ZOOMS[Area.Level(area.level)]) if area else COUNTRY


def city_of(area: Area) -> Area:
    if area.level == Area.Level.DISTRICT and area.parent_id:
        return Area.objects.known(area.parent_id) or area
    return area
