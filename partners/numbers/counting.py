"""Keeps the roll-ups: counts again what has changed, and nothing else.

A post that changed is taken out as it was counted and put in as it is now, so that no order of
acts, reopenings or edits can count it twice. What has changed is noted by a trigger in the act's
own transaction (migration 0004): a late transaction is simply seen later. (`posts.changes` would
not do: it tells what the public may see, not how a poster said that it ended, nor what has been
erased.) Posts that are erased leave their last word before they go, and stay counted.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from django.utils import timezone

from partners.numbers.facts import COLUMNS, FACTS, values
from partners.numbers.models import OPEN, ChangedPost, CountedPost
from posts.models import Post

BATCH = 5000  # notes in one transaction
ONE_AT_A_TIME = 20221212  # the number of PostgreSQL's advisory lock
# The posts of a batch as they are now; of one that is gone, as it was at last. They are noted
# before they are read here: what changes meanwhile is noted once more, for the next time.
NOW = f"""
    CREATE TEMPORARY TABLE now_is AS {FACTS}
        AND post.id NOT IN (
            SELECT post_id FROM partners_changedpost WHERE id = ANY(%(notes)s) AND last IS NOT NULL
        )
    UNION ALL
    SELECT {", ".join(f"(was).{name.strip()}" for name in COLUMNS.split(","))} FROM (
        SELECT jsonb_populate_record(NULL::partners_countedpost, last) AS was
        FROM partners_changedpost WHERE id = ANY(%(notes)s) AND last IS NOT NULL
    ) AS gone
"""  # noqa: S608 -- made of constants
# What has to be added to a roll-up: +1 as a post is now, -1 as it was counted.
CHANGES = """
    SELECT {keys}, sum(change) AS change FROM (
        SELECT *, 1 AS change FROM (SELECT {columns} FROM now_is) AS now
        UNION ALL
        SELECT *, -1 FROM (
            SELECT {columns} FROM partners_countedpost
            WHERE post_id IN (SELECT post_id FROM now_is)
        ) AS before
    ) AS either, unnest(subjects) AS subject
    WHERE {counts}
    GROUP BY {keys} HAVING sum(change) <> 0
"""
ADD = """
    MERGE INTO {table} AS kept USING ({changes}) AS given ON {same}
    WHEN MATCHED AND number + change = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET number = number + change
    WHEN NOT MATCHED THEN INSERT ({keys}, number) VALUES ({given}, change)
"""
FORGET_GONE = """
    DELETE FROM partners_countedpost WHERE post_id IN (
        SELECT post_id FROM partners_changedpost WHERE id = ANY(%(notes)s) AND last IS NOT NULL
    )
"""
REMEMBER = f"""
    INSERT INTO partners_countedpost ({COLUMNS})
    SELECT {COLUMNS} FROM now_is WHERE post_id NOT IN (
        SELECT post_id FROM partners_changedpost WHERE id = ANY(%(notes)s) AND last IS NOT NULL
    )
    ON CONFLICT (post_id) DO UPDATE SET ({COLUMNS}) = ROW (
        {", ".join(f"excluded.{name.strip()}" for name in COLUMNS.split(","))}
    )
"""  # noqa: S608 -- made of constants
# Each post once; a body may be gone since.
BROUGHT = "subject = '' AND brought_by_id IN (SELECT id FROM posts_organisation)"
LAST_WORDS = f"""
    INSERT INTO partners_changedpost (post_id, last)
    SELECT post_id, to_jsonb(facts) FROM ({FACTS}) AS facts ORDER BY post_id
"""  # noqa: S608 -- made of constants


def addition(table: str, keys: list[str], counts: str) -> str:
    """The statement that brings one roll-up up to date."""
    names = ", ".join(keys)
    changes = CHANGES.format(keys=names, columns=COLUMNS, counts=counts)
    same = " AND ".join(f"kept.{key} = given.{key}" for key in keys)
    given = ", ".join(f"given.{key}" for key in keys)
    return ADD.format(table=table, keys=names, changes=changes, same=same, given=given)


STATEMENTS = [
    NOW,
    addition("partners_postnumber", ["subject", "kind", "day", "area_id", "standing"], "true"),
    addition("partners_timenumber", ["subject", "kind", "bucket"], "bucket IS NOT NULL"),
    addition("partners_broughtnumber", ["brought_by_id", "kind", "standing"], BROUGHT),
    FORGET_GONE,
    REMEMBER,
    "DELETE FROM partners_changedpost WHERE id = ANY(%(notes)s)",
    "DROP TABLE now_is",
]


def count() -> int:
    """Count all posts again that have changed or run out since the last time; returns how many it
    were (0 while another process does it).
    """
    counted, more = 0, True
    while more:
        number, more = count_some()
        counted += number
    return counted


@transaction.atomic
def count_some() -> tuple[int, bool]:
    """One batch: how many posts it were, and whether there are more."""
    if not alone():
        return 0, False
    now = timezone.now()
    notes = dict(ChangedPost.objects.order_by("pk").values_list("pk", "post_id")[:BATCH])
    run_out = CountedPost.objects.filter(standing=OPEN, expires_at__lte=now)
    over = list(run_out.order_by("expires_at").values_list("pk", flat=True)[:BATCH])
    ids = {*notes.values(), *over}
    if ids:
        with connection.cursor() as cursor:
            for statement in STATEMENTS:
                cursor.execute(statement, {**values(ids, now), "notes": list(notes)})
    return len(ids), BATCH in (len(notes), len(over))


def alone() -> bool:
    """Whether no other process counts; until the transaction ends none will."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        return cursor.fetchone()[0]


def note_last_words(posts: Sequence[Post]) -> None:
    """Posts are about to be erased: note as what they count, since nobody can look afterwards.

    Called by `posts.erasing` in its transaction, with the rows locked.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            LAST_WORDS, values((post.pk for post in posts), timezone.now(), are_leaving=True)
        )
