"""The public grid: no place is stored or shown finer than one of its cells.

A cell is 0.005° of latitude by 0.006° of longitude (about 500 m) and stands for every point in it;
only its centre is ever used. Snapping once to a fixed grid leaves nothing finer to leak, which
rounding a shown distance or shifting a point does not. static/js/place.js does the same sum in the
browser, so that a visitor's position is snapped before it is sent.
"""

import math
import re
from dataclasses import dataclass

from django.contrib.gis.geos import Point

ROWS_PER_DEGREE = 200  # 1 / 0.005
COLUMNS_PER_DEGREE = 500 / 3  # 1 / 0.006
ROWS = range(-90 * ROWS_PER_DEGREE, 90 * ROWS_PER_DEGREE)
COLUMNS = range(-30_000, 30_000)
HALF = 1 << 15  # makes rows and columns positive numbers of 16 bits
LEVELS = range(16)  # of blocks: one of level 15 covers a quarter of the earth
WRITTEN = re.compile(r"[0-9]{1,2}\.-?[0-9]{1,5}\.-?[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, by its row (from the equator northwards) and column (from Greenwich eastwards).

    Raises ValueError for a row or column that is not on earth.
    """

    row: int
    column: int

    def __post_init__(self) -> None:
        if self.row not in ROWS or self.column not in COLUMNS:
            raise ValueError(f"There is no cell {self.row}, {self.column}.")

    @property
    def lat(self) -> float:
        """Latitude of the centre, WGS-84 degrees."""
        return (2 * self.row + 1) * 25 / 10_000

    @property
    def lng(self) -> float:
        """Longitude of the centre, WGS-84 degrees."""
        return (2 * self.column + 1) * 3 / 1_000

    @property
    def point(self) -> Point:
        """The centre (SRID 4326)."""
        return Point(self.lng, self.lat, srid=4326)

    @property
    def number(self) -> int:
        """Its place in the order in which the cells of a block follow each other: `Block.span`."""
        return number_of(self.row, self.column)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge, WGS-84 degrees."""
        return (
            self.column * 6 / 1_000,
            self.row * 5 / 1_000,
            (self.column + 1) * 6 / 1_000,
            (self.row + 1) * 5 / 1_000,
        )


@dataclass(frozen=True, slots=True)
class Block:
    """2**level × 2**level cells seen as one, for maps: level 0 is a cell, and nothing is finer.

    Four blocks make one of the next level. Raises ValueError for a block that is not on earth.
    """

    level: int
    row: int
    column: int

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f"There is no level {self.level}.")
        for number, cells in ((self.row, ROWS), (self.column, COLUMNS)):
            if not cells[0] >> self.level <= number <= cells[-1] >> self.level:
                raise ValueError(f"There is no block {self}.")

    def __str__(self) -> str:
        """As it stands in an address: 0.4506.18988. `read` understands it."""
        return f"{self.level}.{self.row}.{self.column}"

    @classmethod
    def read(cls, text: str) -> "Block":
        """The block that an address names. Raises ValueError for anything else."""
        if not WRITTEN.fullmatch(text):
            raise ValueError("A block is written as level.row.column.")
        return cls(*map(int, text.split(".")))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge, WGS-84 degrees."""
        size = 1 << self.level
        return (
            self.column * size * 6 / 1_000,
            self.row * size * 5 / 1_000,
            (self.column + 1) * size * 6 / 1_000,
            (self.row + 1) * size * 5 / 1_000,
        )

    @property
    def span(self) -> tuple[int, int]:
        """First and last number of the cells in it, both included, in the order of `Cell.number`.

        Rows and columns take turns bit by bit (Z-order), so that every block is one unbroken span.
        """
        size = 1 << self.level
        first = number_of(self.row * size, self.column * size)
        return first, first + size * size - 1

    def inside(self, level: int) -> "list[Block]":
        """The blocks of a lower level within this one, from the south-west, row by row."""
        size = 1 << (self.level - level)
        rows, columns = (
            range(
                max(own * size, every[0] >> level), min((own + 1) * size, (every[-1] >> level) + 1)
            )
            for own, every in ((self.row, ROWS), (self.column, COLUMNS))
        )
        return [Block(level, row, column) for row in rows for column in columns]


def snap(lat: float, lng: float) -> Cell:
    """The cell of a point in WGS-84 degrees.

    Raises ValueError for what is no number or not on earth. The north pole and the date line
    belong to the last row and column.
    """
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):  # NaN compares false, so it is refused here
        raise ValueError("Latitude must be within ±90° and longitude within ±180°.")
    row = math.floor(lat * ROWS_PER_DEGREE)
    column = math.floor(lng * COLUMNS_PER_DEGREE)
    return Cell(min(row, ROWS[-1]), min(column, COLUMNS[-1]))


def number_of(row: int, column: int) -> int:
    """A cell's number, 0 to 2**32 - 1: the bits of its row and column by turns."""
    return spread(row + HALF) << 1 | spread(column + HALF)


def spread(number: int) -> int:
    """16 bits with a 0 before each."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        number = (number | number << shift) & mask
    return number
