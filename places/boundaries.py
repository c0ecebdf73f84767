"""Which area is this point in."""

from django.contrib.gis.geos import Point

from places.models import Area, Boundary
from safety.replicas import reading

WITHIN_METRES = 5_000
WITHIN_DEGREES = 0.08  # 5 km of longitude at China's northern end (53.5°); the index needs degrees


def area_at(point: Point) -> Area | None:
    """The leaf area of a point (SRID 4326); None abroad, or where no boundaries are loaded.

    A point in a gap (islands, shorelines) belongs to the nearest area within 5 km. Near a border
    the answer can be wrong (97.7 % agree with a finer source), so whoever uses it shows the area
    that was found and lets the person change it.
    """
    covering = Boundary.objects.filter(shape__covers=point).order_by("area_id").first()
    found = covering or _nearest(point)
    return Area.objects.known(found.area_id) if found else None


def may_be_in(point: Point, area: Area) -> bool:
    """Whether a point (SRID 4326) is in an area or some 5 km from it; True if unknown."""
    low, high = area.range
    with reading().cursor() as cursor:
        cursor.execute(
            """
            SELECT NOT EXISTS (
                SELECT FROM places_boundary WHERE area_id BETWEEN %(low)s AND %(high)s
            ) OR EXISTS (
                SELECT FROM places_boundary WHERE area_id BETWEEN %(low)s AND %(high)s
                AND ST_DWithin(shape, ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 4326), %(degrees)s)
            )
            """,
            {"x": point.x, "y": point.y, "degrees": WITHIN_DEGREES, "low": low, "high": high},
        )
        return bool(cursor.fetchone()[0])


def _nearest(point: Point) -> Boundary | None:
    nearest = Boundary.objects.raw(
        """
        SELECT area_id FROM places_boundary, ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 4326) AS here
        WHERE ST_DWithin(shape, here, %(degrees)s)
          AND ST_DWithin(shape::geography, here::geography, %(metres)s)
        ORDER BY ST_Distance(shape::geography, here::geography), area_id
        LIMIT 1
        """,
        {"x": point.x, "y": point.y, "degrees": WITHIN_DEGREES, "metres": WITHIN_METRES},
    )
    return next(iter(nearest), None)
