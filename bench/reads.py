"""How long the listing takes to answer: `python -m bench.reads NUMBER`, JSON on stdout.

For every combination of filters and orders, from many random visitors, the first page and the
tenth. Each page is read, and then explained: what counts is how long the server says that it took
to plan and to read it again, warm. Its plan is looked at, too.
"""

import itertools
import json
import random
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402 -- Django is ready now
from tqdm import tqdm  # noqa: E402

from medicines.models import Medicine  # noqa: E402
from places import grid  # noqa: E402
from places.models import Area  # noqa: E402
from places.visitor import VisitorPlace  # noqa: E402
from posts import square  # noqa: E402
from posts.models import Kind, Listing, Post  # noqa: E402

VISITORS = 40
DEEP_VISITORS = 5
DEEP = 10  # the page that is looked at, too
MOST_SORTED = 5000  # rows of one sort
FAR_FROM_SHENZHEN = (45.80, 126.53)  # Harbin
AREAS = {"none": None, "province": 440000, "city": 440300, "district": 440305, "far city": 440300}


class Listener:
    """What the last question to the listing was."""

    def __init__(self) -> None:
        self.asked: tuple[str, Any] = ("", None)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if "posts_listing" in sql and not sql.startswith("EXPLAIN"):
            self.asked = sql, params
        return execute(sql, params, many, context)

    def explained(self) -> dict[str, Any]:
        sql, params = self.asked
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
            [(found,)] = cursor.fetchall()
        return found[0]


@contextmanager
def listening() -> Iterator[Listener]:
    one = Listener()
    with connection.execute_wrapper(one):
        yield one


def medicines() -> dict[str, Medicine | None]:
    """None, the one with most open posts, and one with few."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT medicine FROM posts_listing WHERE medicine > 0"
            " GROUP BY medicine ORDER BY count(*)"
        )
        found = [pk for (pk,) in cursor.fetchall()]
    return {
        "any": None,
        "common": Medicine.objects.get(pk=found[-1]),
        "rare": Medicine.objects.get(pk=found[0]),
    }


def visitors(number: int) -> list[VisitorPlace]:
    """Random ones, as thick as posts are."""
    keys = Post.objects.order_by("-id").values_list("pk", flat=True)
    chance = random.Random(7)  # noqa: S311 -- the same each time
    last = keys[0]
    found: list[VisitorPlace] = []
    while len(found) < number:
        post = Post.objects.filter(pk__gte=chance.randrange(last)).order_by("pk").first()
        if post:
            cell = grid.snap(post.point.y, post.point.x)
            found.append(
                VisitorPlace(None, grid.Cell(cell.row + chance.randrange(-9, 10), cell.column))
            )
    return found


def combinations() -> Iterator[tuple[str, square.Filters, bool]]:
    """Name, filters, and whether the visitor is far away."""
    kinds, wanted = {"need": Kind.NEED, "offer": Kind.OFFER}, medicines()
    for kind, medicine, area, sort, whom in itertools.product(
        kinds, wanted, AREAS, square.SORTS, ("anyone", "infant")
    ):
        if kind == "offer" and whom != "anyone":
            continue  # an offer is for everybody
        code = AREAS[area]
        filters = square.Filters(
            kind=kinds[kind],
            medicine=wanted[medicine],
            area=Area.objects.get(pk=code) if code else None,
            sort=sort,
            whom="" if whom == "anyone" else whom,
        )
        yield f"{kind}, {medicine}, {area}, {sort}, {whom}", filters, area == "far city"


def milliseconds(explained: dict[str, Any]) -> float:
    return explained["Planning Time"] + explained["Execution Time"]


def problems_of(explained: dict[str, Any]) -> set[str]:
    """What a plan should not do."""
    found = set()
    nodes = [explained["Plan"]]
    while nodes:
        node = nodes.pop()
        children = node.get("Plans", [])
        if node["Node Type"] == "Seq Scan" and node["Relation Name"].startswith("posts_"):
            found.add(f"walks through {node['Relation Name']}")
        rows = sum(each["Actual Rows"] * each["Actual Loops"] for each in children)
        if node["Node Type"] == "Sort" and rows > MOST_SORTED:
            found.add(f"sorts {rows:,.0f} rows")
        nodes += children
    return found


def measure(filters: square.Filters, places: list[VisitorPlace], deep: int) -> dict[str, Any]:
    """Milliseconds in the database, of first pages and of tenth ones where there are so many."""
    firsts, tenths = [], []
    problems: set[str] = set()
    with listening() as listener:
        for number, place in enumerate(places):
            page = square.page(filters, place)
            explained = listener.explained()
            firsts.append(milliseconds(explained))
            problems |= problems_of(explained)
            for _next in range(DEEP - 1 if number < deep else 0):
                if not page.after:
                    break
                page = square.page(replace(filters, after=page.after), place)
            else:
                tenths += [milliseconds(listener.explained())] if number < deep else []
    return {"first": firsts, "tenth": tenths, "problems": sorted(problems)}


def main(number: int) -> None:
    near, far = visitors(VISITORS), [VisitorPlace(None, grid.snap(*FAR_FROM_SHENZHEN))] * VISITORS
    found = []
    for name, filters, is_far in tqdm(list(combinations()), desc=f"reads of {number:,}"):
        taken = measure(filters, far if is_far else near, DEEP_VISITORS)
        for page in ("first", "tenth"):
            if times := taken[page]:
                found.append(
                    {
                        "name": f"{page} page: {name}",
                        "posts": number,
                        "median": round(statistics.median(times), 3),
                        "worst": round(max(times), 3),
                        "problems": taken["problems"],
                    }
                )
    json.dump({"reads": found, "sizes": sizes()}, sys.stdout)


def sizes() -> dict[str, int]:
    """Bytes of what the square reads, and of all posts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size('posts_listing'), pg_total_relation_size('posts_post')"
            " + pg_total_relation_size('posts_postitem')"
        )
        listing, posts = cursor.fetchone()
    return {"listing": listing, "posts": posts, "rows": Listing.objects.count()}


if __name__ == "__main__":
    main(int(sys.argv[1]))
