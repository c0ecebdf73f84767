"""Fill the database in DATABASE_URL with open posts: `python -m bench.fill NUMBER [CLOSED]`.

The first ones are made as `seed_demo` makes them. The others are copies of these within the
database, each at its own time: a million in minutes, over the same places and medicines.
"""

import sys

import django

django.setup()

from django.contrib.postgres.indexes import GistIndex  # noqa: E402 -- Django is ready now
from django.db import connection  # noqa: E402 -- Django is ready now
from tqdm import tqdm  # noqa: E402

from posts import demo  # noqa: E402
from posts.models import Listing, Post, PostItem  # noqa: E402

MADE = 50_000  # in Python
OPEN: dict[str, str] = {}
CLOSED = {"state": "'resolved'", "closed_at": "created_at + interval '1 hour'"}


def columns(model: type, changed: dict[str, str]) -> tuple[str, str]:
    """The names of a table's columns, and what each is in a copy."""
    names = [field.column for field in model._meta.concrete_fields]  # type: ignore[attr-defined]
    values = [changed.get(name, f'"{name}"') for name in names]
    return ", ".join(f'"{name}"' for name in names), ", ".join(values)


def copy_posts(last: int, shift: int, state: dict[str, str]) -> None:
    """One more of each post that was made in Python, published up to an hour earlier."""
    times = ("created_at", "confirmed_at", "expires_at")
    names, values = columns(
        Post,
        {
            "id": f"id + {shift}",
            "public_id": "gen_random_uuid()",
            "submission": "gen_random_uuid()",
            "changed_at": "clock_timestamp()",
            **{name: f"{name} - earlier" for name in times},
            **state,
        },
    )
    run(
        f"""
        INSERT INTO posts_post ({names}) SELECT {values}
        FROM (SELECT *, random() * interval '1 hour' AS earlier FROM posts_post WHERE id <= {last})
        AS made
        """
    )
    key = "nextval(pg_get_serial_sequence('posts_postitem', 'id'))"
    names, values = columns(PostItem, {"id": key, "post_id": f"post_id + {shift}"})
    run(
        f"""
        INSERT INTO posts_postitem ({names})
        SELECT {values} FROM posts_postitem WHERE post_id <= {last}
        """
    )


def list_posts(last: int, shift: int) -> None:
    """The copies' rows of the listing."""
    same = ("medicine", "kind", "code", "whom", "point", "cell")
    names, values = columns(
        Listing,
        {
            "post_id": "post.id",
            "expires_at": "post.expires_at",
            # posts.listing.rank
            "rank": "floor(extract(epoch FROM post.confirmed_at) * 1000) * 1000 + post.id % 1000",
            **{name: f"listing.{name}" for name in same},
        },
    )
    run(
        f"""
        INSERT INTO posts_listing ({names}) SELECT {values}
        FROM posts_listing AS listing JOIN posts_post AS post ON post.id = listing.post_id + {shift}
        WHERE listing.post_id <= {last} ON CONFLICT DO NOTHING
        """
    )


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def fill(number: int, closed: int) -> None:
    """`number` open posts and `closed` resolved ones, both multiples of MADE if they are more."""
    title = f"{number:,} open, {closed:,} closed"
    with tqdm(total=number + closed, unit="post", desc=title) as bar:
        made = min(number, MADE)
        for done in demo.make(made):
            bar.update(done)
        last = Post.objects.order_by("-id").values_list("pk", flat=True)[0]
        run("SET session_replication_role = replica")  # no triggers, no checks of keys
        near = [index for index in Listing._meta.indexes if isinstance(index, GistIndex)]
        with connection.schema_editor() as editor:
            for index in near:
                editor.remove_index(Listing, index)
        shift = 0
        for state, wanted in ((OPEN, number - made), (CLOSED, closed)):
            for _copy in range(wanted // made):
                shift += last + 1
                copy_posts(last, shift, state)
                if state is OPEN:
                    list_posts(last, shift)
                bar.update(made)
        with connection.schema_editor() as editor:
            for index in near:
                editor.add_index(Listing, index)
        run(f"SELECT setval(pg_get_serial_sequence('posts_post', 'id'), {shift + last})")
        run("VACUUM ANALYZE")


if __name__ == "__main__":
    fill(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
