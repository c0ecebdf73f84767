"""What the load asks for: `python -m bench.targets FOLDER` writes a file of requests for each page.

A line is a path, and after a tab a cookie.
"""

import random
import sys
from pathlib import Path

import django

django.setup()

from django.core import signing  # noqa: E402 -- Django is ready now

from bench import reads  # noqa: E402
from places import grid, visitor  # noqa: E402
from posts import square_map  # noqa: E402
from posts.models import Post  # noqa: E402

MANY = 1000
SEEN_AGAIN = 200  # posts that are looked at more than once within a minute
AREAS = (440300, 310000, 330100, 110000, 440305)
MEDICINES = ("ibuprofen", "paracetamol", "antigen-test")


def place_cookie(place: visitor.VisitorPlace) -> str:
    assert place.cell
    signer = signing.get_cookie_signer(salt=visitor.COOKIE + visitor.SALT)
    return f"{visitor.COOKIE}={signer.sign(f'0.{place.cell.row}.{place.cell.column}')}"


def tiles() -> list[str]:
    """Over all zooms, where posts are."""
    chance = random.Random(3)  # noqa: S311 -- the same each time
    places = reads.visitors(200)
    found = []
    for _each in range(MANY):
        place = chance.choice(places)
        level = chance.randrange(square_map.FINEST, square_map.COARSEST + 1) + square_map.TILE
        cell = grid.snap(place.point.y, place.point.x)
        tile = f"{level}.{cell.row >> level}.{cell.column >> level}"
        found.append(f"/map/cells/?kind=need&lang=zh-hans&tile={tile}")
    return found


def targets() -> dict[str, list[str]]:
    posts = Post.objects.filter(state="open").order_by("public_id")[: 2 * MANY]
    places = [place_cookie(place) for place in reads.visitors(MANY)]
    return {
        "square by time": ["/?kind=need"],
        "square by distance": [f"/?kind=need&sort=distance\t{cookie}" for cookie in places],
        "square by area and medicine": [
            f"/?kind=need&area={area}&medicine={medicine}"
            for area in AREAS
            for medicine in MEDICINES
        ],
        "post page": [post.get_absolute_url() for post in posts[:SEEN_AGAIN]],
        "post page, made anew": [post.get_absolute_url() for post in posts[MANY:]],
        "map clusters": tiles(),
        "API": [f"/api/v1/posts?kind=need&area={area}" for area in AREAS],
    }


def main(folder: Path) -> None:
    for name, lines in targets().items():
        (folder / "pages" / name).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
