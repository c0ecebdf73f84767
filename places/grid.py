"""The public grid: no place is stored or shown finer than one of its cells.

A cell is 0.005° of latitude by 0.006° of longitude (about 500 m) and stands for every point in it;
only its centre is ever used. Snapping once to a fixed grid leaves nothing finer to leak, which
rounding a shown distance or shifting a point does not. static/js/place.js does the same sum in the
browser, so that a visitor's position is snapped before it is sent.
"""

import math
from dataclasses import dataclass

from django.contrib.gis.geos import Point

ROWS_PER_DEGREE = 200  # 1 / 0.005
COLUMNS_PER_DEGREE = 500 / 3  # 1 / 0.006
ROWS = range(-90 * ROWS_PER_DEGREE, 90 * ROWS_PER_DEGREE)
COLUMNS = range(-30_000, 30_000)


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
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north edge, WGS-84 degrees."""
        return (
            self.column * 6 / 1_000,
            self.row * 5 / 1_000,
            (self.column + 1) * 6 / 1_000,
            (self.row + 1) * 5 / 1_000,
        )


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
