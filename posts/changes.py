"""What has changed since a moment, in an order that loses nothing: for whoever mirrors the square.

A change is noted while its transaction runs and seen when it has ended, so a later note can be seen
earlier. Whoever asked in between would never hear of the first. So nothing is told that is newer
than the oldest transaction that still writes.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from posts.models import Post, PostQuerySet


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
    behind = Q(changed_at__gt=moment.at) | Q(changed_at=moment.at, pk__gt=moment.post_id)
    # The second condition follows from the first, and lets the index begin at the right place.
    between = Q(changed_at__gte=moment.at, changed_at__lt=until)
    return Post.objects.filter(behind, between).order_by("changed_at", "pk")


def since(moment: Moment, until: datetime, most: int) -> list[Post]:
    """At most so many of them, with all that the public sees. `until` is a `horizon` that was
    asked for before."""
    return list(changed_after(moment, until).with_items().without_contact()[:most])
