"""The one read path: filter, order and page over the listing.

Serves every view of the square. A page costs one query whatever its filters, and three more (posts,
items, medicines) when it holds posts whose cards are not kept (posts/cards.py). Nothing is counted
and no geometry is loaded.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

from cryptography.fernet import InvalidToken
from django.http import QueryDict
from django.utils.translation import gettext as _

from medicines.cautions import PersonKind
from medicines.models import Medicine
from places.grid import Block
from places.models import Area
from places.visitor import VisitorPlace
from posts.models import ANY_MEDICINE, BIT_OF, SELDOM, Kind, Post, owner_of
from safety.encryption import decrypt, digest, encrypt
from safety.replicas import reading

PAGE = 20
DEEPEST = 1000  # posts by distance: deeper pages cost more and more (see ../docs/design)
FAR_FUTURE = 1e16  # a rank later than all: the nearest to it is the newest
EARTH_RADIUS = 6_371_008.8  # metres, mean
SORTS = ("time", "distance")


@dataclass(frozen=True)
class Filters:
    """What a visitor asked for. `problems` are sentences about what could not be understood."""

    kind: Kind = Kind.OFFER
    medicine: Medicine | None = None
    area: Area | None = None
    whom: str = ""
    sort: str = "time"
    block: Block | None = None  # of the map
    after: str = ""
    problems: tuple[str, ...] = ()

    @property
    def whom_label(self) -> str:
        return str(PersonKind(self.whom).label) if self.whom else ""

    def query(self, **changes: Any) -> str:
        """These filters as a query string that can be shared: it never holds a position."""
        return replace(self, **changes).as_query if changes else self.as_query

    @cached_property
    def as_query(self) -> str:
        found = QueryDict(mutable=True)
        found["kind"] = self.kind.word
        if self.medicine:
            found["medicine"] = self.medicine.slug
        if self.area:
            found["area"] = str(self.area.pk)
        if self.whom:
            found["whom"] = self.whom
        if self.sort != "time":
            found["sort"] = self.sort
        if self.block:
            found["cell"] = str(self.block)
        return found.urlencode()


class Placed(Protocol):
    """What distances can be measured from: a visitor's place, or a post."""

    @property
    def at(self) -> tuple[float, float]: ...


@dataclass(frozen=True)
class Row:
    """One post of a page.

    `metres` are from the visitor's place; None without one. The post itself is read when somebody
    asks for it, and then with all others of its page: a card that is kept does without.
    """

    found: "Found"
    metres: float | None
    posts: "Posts"

    @property
    def post(self) -> Post:
        return self.posts.by_id[self.found.post_id]


class Posts:
    """The posts of a page, read together when the first is wanted."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids

    @cached_property
    def by_id(self) -> dict[int, Post]:
        return Post.objects.with_items().without_contact().defer("point").in_bulk(self.ids)


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    after: str  # the cursor of the next page; empty on the last
    needs_place: bool = False  # sorted by distance, but nobody said from where
    at_the_end: bool = False  # the nearest 1,000 are shown: narrow the area


def read_filters(query: QueryDict, kind: Kind = Kind.OFFER) -> Filters:
    """Understand a query string. What is not understood is left out, with a sentence about it."""
    problems: list[str] = []
    words = {each.word: each for each in Kind}
    asked = query.get("kind", "")
    if asked and asked not in words:
        problems.append(_("There are needs and offers only. Showing offers."))
    medicine = None
    if slug := query.get("medicine", ""):
        medicine = Medicine.objects.listed().filter(slug=clean(slug)).first()
        if medicine is None:
            problems.append(_("This medicine is not in the list. Showing all medicines."))
    area = None
    if code := query.get("area", ""):
        area = area_coded(code)
        if area is None:
            problems.append(_("This area is not known. Showing the whole country."))
    whom = query.get("whom", "")
    if whom and whom not in PersonKind.values:
        problems.append(_("This group of people is not known. Showing everyone."))
        whom = ""
    sort = query.get("sort", "time") or "time"
    if sort not in SORTS:
        problems.append(_("Posts are sorted by time or by distance. Showing the newest first."))
        sort = "time"
    block = None
    if name := query.get("cell", ""):
        try:
            block = Block.read(name)
        except ValueError:
            problems.append(_("There is no such square on the map. Showing all posts."))
    kind = words.get(asked, kind)
    if kind == Kind.OFFER:
        whom = ""  # an offer is for everybody
    return Filters(
        kind=kind,
        medicine=medicine,
        area=area,
        whom=whom,
        sort=sort,
        block=block,
        after=query.get("after", ""),
        problems=tuple(problems),
    )


def clean(text: str) -> str:
    """PostgreSQL takes no NUL in a text."""
    return text.replace("\0", "")


def area_coded(code: str) -> Area | None:
    if not (code.isascii() and code.isdigit() and len(code) == 6):
        return None
    return Area.objects.known(int(code))


def page(filters: Filters, place: VisitorPlace | None) -> Page:
    """One page of open posts.

    Raises `ValueError` for a cursor that is not ours or belongs to other filters.
    """
    if filters.sort == "distance" and place is None:
        return Page([], "", needs_place=True)
    cursor = read_cursor(filters, place)
    found = (
        nearest(filters, place, cursor) if filters.sort == "distance" else newest(filters, cursor)
    )
    more = len(found) > PAGE
    found = found[:PAGE]
    shown = cursor.shown + len(found)
    after, at_the_end = "", False
    if more and filters.sort == "distance" and shown >= DEEPEST:
        at_the_end = True
    elif more:
        last = found[-1]
        after = write_cursor(filters, place, Cursor(last.distance, last.rank, shown))
    return Page(rows_of(found, place, filters.sort), after, at_the_end=at_the_end)


@dataclass(frozen=True)
class Cursor:
    """The place in an order: behind the post with this distance (map metres) and rank."""

    distance: float = -1.0
    rank: float = FAR_FUTURE
    shown: int = 0


@dataclass(frozen=True)
class Found:
    """What the listing says of a post; lat and lng of its public cell in degrees."""

    lat: float
    lng: float
    owner: tuple[str, Any]
    post_id: int
    medicine: int  # under which it was found
    rank: float
    distance: float  # map metres (stretched by latitude): for the order, not for people
    changed: float  # seconds since 1970, as Found.expires: cheaper to read than a datetime
    expires: float
    rests: bool


def conditions(filters: Filters) -> tuple[str, dict[str, Any]]:
    """The WHERE of the listing. The casts keep the GiST index in use: its columns are narrow."""
    where = ["medicine = %(medicine)s::int4", "kind = %(kind)s::int2", "expires_at > now()"]
    values: dict[str, Any] = {
        "medicine": filters.medicine.pk if filters.medicine else ANY_MEDICINE,
        "kind": int(filters.kind),
        "limit": PAGE + 1,
    }
    if filters.area:
        where.append("code BETWEEN %(low)s::int4 AND %(high)s::int4")
        values["low"], values["high"] = filters.area.range
    if filters.whom:
        where.append("(whom & %(whom)s) > 0")  # as the indexes say it
        values["whom"] = BIT_OF[filters.whom]
    if filters.block:
        where.append("cell BETWEEN %(first)s::int8 AND %(last)s::int8")
        values["first"], values["last"] = filters.block.span
    return " AND ".join(where), values


def newest(filters: Filters, cursor: Cursor) -> list[Found]:
    """By time of the last confirmation. Where a GiST index is narrower it gives this order too."""
    where, values = conditions(filters)
    values |= {"rank": cursor.rank, "future": FAR_FUTURE}
    order = "rank DESC"
    if filters.area or filters.block or filters.whom in SELDOM:
        order = "rank <-> %(future)s::float8"
    if filters.block:
        # The index knows points, not cells: a little wider, so that no edge loses a post.
        where += " AND point && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)"
        values |= dict(zip(("west", "south", "east", "north"), around(filters.block), strict=True))
    return run(
        f"""
        SELECT post_id, medicine, rank, 0::float8 AS distance, point FROM posts_listing
        WHERE {where} AND rank < %(rank)s::float8
        ORDER BY {order} LIMIT %(limit)s
        """,  # noqa: S608 -- made of constants above
        values,
    )


def nearest(filters: Filters, place: VisitorPlace | None, cursor: Cursor) -> list[Found]:
    """By distance from the visitor's cell, ties newest first: a total order inside the index."""
    assert place is not None
    where, values = conditions(filters)
    x, y = to_mercator(*place.at)
    values |= {"x": x, "y": y, "future": FAR_FUTURE}
    values |= {"distance": cursor.distance, "rank": cursor.rank}
    here = "ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 3857)"
    return run(
        f"""
        SELECT post_id, medicine, rank, point <-> {here} AS distance, point FROM posts_listing
        WHERE {where} AND (point <-> {here} > %(distance)s::float8
              OR (point <-> {here} = %(distance)s::float8 AND rank < %(rank)s::float8))
        ORDER BY point <-> {here}, rank <-> %(future)s::float8 LIMIT %(limit)s
        """,  # noqa: S608 -- made of constants above
        values,
    )


def nearest_of_each(
    kind: Kind, medicines: Sequence[int], place: Placed | None, most: int
) -> list[Found]:
    """For each medicine (by id) the open posts nearest to a place, or the newest without one.

    One query, one walk along the index for each medicine; `most` posts of each, in the order of
    `medicines`.
    """
    if not medicines:
        return []
    values: dict[str, Any] = {"medicines": list(medicines), "kind": int(kind), "most": most}
    distance, order = "0::float8", "rank DESC"
    if place is not None:
        values["x"], values["y"] = to_mercator(*place.at)
        values["future"] = FAR_FUTURE
        distance = "point <-> ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), 3857)"
        order = f"{distance}, rank <-> %(future)s::float8"
    found = run(
        f"""
        SELECT found.* FROM unnest(%(medicines)s::int4[]) AS wanted
        CROSS JOIN LATERAL (
            SELECT post_id, medicine, rank, {distance} AS distance, point FROM posts_listing
            WHERE medicine = wanted AND kind = %(kind)s::int2 AND expires_at > now()
            ORDER BY {order} LIMIT %(most)s
        ) AS found
        """,  # noqa: S608 -- made of constants above
        values,
    )
    turn = {medicine: number for number, medicine in enumerate(medicines)}
    return sorted(found, key=lambda each: turn[each.medicine])


def run(sql: str, values: dict[str, Any]) -> list[Found]:
    """What the listing found, nearest and newest first, with what the posts say of themselves.

    `sql` has a LIMIT: its few rows are sorted again here, since a join may shuffle them.
    """
    with reading().cursor() as cursor:
        cursor.execute(
            f"""
            SELECT ST_X(found.point), ST_Y(found.point), organisation_id, resident_id,
                   post_id, medicine, rank, distance,
                   extract(epoch FROM changed_at)::float8,
                   extract(epoch FROM posts_post.expires_at)::float8,
                   COALESCE(rests_until > now(), false)
            FROM ({sql}) AS found JOIN posts_post ON id = post_id
            """,  # noqa: S608 -- made of constants of this module
            values,
        )
        found = [
            Found(*from_mercator(x, y), owner_of(organisation, resident), *others)
            for x, y, organisation, resident, *others in cursor.fetchall()
        ]
    return sorted(found, key=lambda each: (each.distance, -each.rank))


def rows_of(found: list[Found], place: Placed | None, sort: str) -> list[Row]:
    """The rows of a page.

    By distance they are put in true order (the index's is approximate), and an offer that rests
    sinks to the end of its page: its calls wait for half an hour.
    """
    posts = Posts([each.post_id for each in found])
    if place is None:
        return [Row(each, None, posts) for each in found]
    lat, lng = place.at
    rows = [Row(each, great_circle(lat, lng, each.lat, each.lng), posts) for each in found]
    if sort == "distance":
        rows.sort(key=lambda row: (row.found.rests, row.metres or 0.0))
    return rows


def with_posts(rows: list[Row]) -> list[Row]:
    """The same rows with their posts read; without those that were erased at this very moment."""
    return [row for row in rows if row.found.post_id in row.posts.by_id]


def metres_to(post: Post, place: VisitorPlace | None) -> float | None:
    """How far a post is from the visitor's place; None without one."""
    if place is None:
        return None
    return great_circle(*place.at, *post.at)


def great_circle(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Distance in metres between two points in degrees (haversine)."""
    lat, lng = math.radians(lat), math.radians(lng)
    other_lat, other_lng = math.radians(other_lat), math.radians(other_lng)
    half = (
        math.sin((other_lat - lat) / 2) ** 2
        + math.cos(lat) * math.cos(other_lat) * math.sin((other_lng - lng) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(half))


def around(block: Block) -> tuple[float, float, float, float]:
    """West, south, east and north of a block in EPSG:3857 metres, a metre outside its edges."""
    west, south, east, north = block.bounds
    left, low = to_mercator(max(south, -FARTHEST), west)
    right, high = to_mercator(min(north, FARTHEST), east)
    return left - 1, low - 1, right + 1, high + 1


FARTHEST = 89.9  # degrees of latitude: the projection has no poles
MERCATOR_RADIUS = 6_378_137.0  # metres, of EPSG:3857


def to_mercator(lat: float, lng: float) -> tuple[float, float]:
    """EPSG:4326 degrees to EPSG:3857 metres (x, y)."""
    y = MERCATOR_RADIUS * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
    return MERCATOR_RADIUS * math.radians(lng), y


def from_mercator(x: float, y: float) -> tuple[float, float]:
    """EPSG:3857 metres to EPSG:4326 degrees (lat, lng)."""
    lat = 2 * math.atan(math.exp(y / MERCATOR_RADIUS)) - math.pi / 2
    return math.degrees(lat), math.degrees(x / MERCATOR_RADIUS)


def mark(filters: Filters, place: VisitorPlace | None) -> str:
    """Ties a cursor to its filters and, by distance, to the visitor's place, without naming it."""
    from_where = ""
    if place is not None and filters.sort == "distance":
        lat, lng = place.at
        from_where = f"{lat:.6f},{lng:.6f}"
    return digest("cursor", f"{filters.query()}|{from_where}")[:16]


def write_cursor(filters: Filters, place: VisitorPlace | None, cursor: Cursor) -> str:
    """Encrypted: a distance from the visitor would tell whoever sees the URL where he is."""
    document = [mark(filters, place), cursor.distance, cursor.rank, cursor.shown]
    return encrypt(json.dumps(document))


def read_cursor(filters: Filters, place: VisitorPlace | None) -> Cursor:
    if not filters.after:
        return Cursor()
    try:
        marked, distance, rank, shown = json.loads(decrypt(filters.after))
    except (InvalidToken, ValueError) as error:
        raise ValueError("not a cursor of ours") from error
    if marked != mark(filters, place):
        raise ValueError("a cursor of other filters or another place")
    return Cursor(distance, rank, shown)
