"""What has changed since a moment, in an order that loses nothing: for whoever mirrors the square.

A change is noted while its transaction runs and seen when it has ended, so a later note can be seen
earlier. Whoever asked in between would never hear of the first. So nothing is told that is newer
than the oldest transaction that still writes.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from django.db import Error, connection
from django.db.models import Q

from posts.models import GonePost, Post, PostQuerySet
from safety.replicas import primary_is_away


@dataclass(frozen=True, order=True)
class Moment:
    """A place in the order of changes: behind the post with this id that changed then."""

    at: datetime
    post_id: int = 0


def horizon() -> datetime:
    """Up to when all changes can be seen: when the oldest transaction that writes began. The
    database's own housekeeping writes too (ANALYZE its statistics), but no post."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(min(xact_start), clock_timestamp()) FROM pg_stat_activity
            WHERE backend_xid IS NOT NULL AND datname = current_database()
                  AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
            """
        )
        return cursor.fetchone()[0]


def changed_after(moment: Moment, until: datetime) -> PostQuerySet:
    """The posts that changed after a moment and before `until`, in the order of their last changes;
    also those that are not on the square any more."""
    return after(Post.objects, moment, until)


def after(rows: Any, moment: Moment, until: datetime) -> Any:
    behind = Q(changed_at__gt=moment.at) | Q(changed_at=moment.at, pk__gt=moment.post_id)
    # The second condition follows from the first, and lets the index begin at the right place.
    between = Q(changed_at__gte=moment.at, changed_at__lt=until)
    return rows.filter(behind, between).order_by("changed_at", "pk")


def since(moment: Moment, until: datetime, most: int) -> list[Post | GonePost]:
    """At most so many of them, with all that the public sees, and those that were deleted while
    they were open. `until` is a `horizon` that was asked for before."""
    found: list[Post | GonePost] = [
        *changed_after(moment, until).with_items().without_contact()[:most],
        *after(GonePost.objects, moment, until)[:most],
    ]
    return sorted(found, key=lambda each: (each.changed_at, each.pk))[:most]


LOOK_EVERY = 0.5  # seconds
SLOWEST = 15  # seconds from the note of a change to its being seen: no act takes longer
REMEMBERED = 90  # seconds: longer than any answer is kept (mutualaid/answers.py)


class Changes:
    """Which posts have changed lately, as far as this process has heard: it asks now and then.

    A change is noted while its transaction runs and can be seen when it has ended, so each look
    goes `SLOWEST` further back than the one before.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.looked = float("-inf")  # all of these by time.monotonic()
        self.heard: dict[tuple[int, datetime], float] = {}  # when of which change, oldest first
        self.last: dict[int, float] = {}  # … and of a post's last

    def touch(self, posts: Iterable[int], since: float) -> bool:
        """Whether one of these posts (ids) has changed since a moment of `time.monotonic()`, not
        longer ago than `REMEMBERED`.

        What changed in the last half second may not be known yet. Where the database cannot be
        asked, everything counts as changed.
        """
        try:
            self.look()
        except Error:
            return True
        last = self.last
        return any(last.get(post, float("-inf")) >= since for post in posts)

    def look(self) -> None:
        """Ask the database, if that was not done just now. One thread asks for all."""
        if time.monotonic() - self.looked < LOOK_EVERY or primary_is_away():
            return  # (without a primary nothing changes)
        with self.lock:
            passed = time.monotonic() - self.looked
            if passed < LOOK_EVERY:
                return
            found = changed_within(SLOWEST + min(passed, REMEMBERED))
            now = time.monotonic()  # later than all that was found became visible
            heard = {change: at for change, at in self.heard.items() if now - at < REMEMBERED}
            self.heard = heard | {change: now for change in found if change not in heard}
            self.last = {post: at for (post, _changed), at in self.heard.items()}
            self.looked = now


def changed_within(seconds: float) -> list[tuple[int, datetime]]:
    """Posts (ids) whose last change was noted in the last so many seconds, and when."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, changed_at FROM posts_post
            WHERE changed_at > now() - %(seconds)s * interval '1 second'
            UNION ALL SELECT id, changed_at FROM posts_gonepost
            WHERE changed_at > now() - %(seconds)s * interval '1 second'
            """,
            {"seconds": seconds},
        )
        return cursor.fetchall()
