"""The listing: written when a post opens, changes or closes; read by the square alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.gis.geos import Point
from django.db import IntegrityError, transaction
from django.utils import timezone

from medicines.models import Medicine
from places import grid
from posts.models import ANY_MEDICINE, BIT_OF, Listing, Post, PostItem

MERCATOR = 3857  # `<->` on it is 2.7 times faster than on geography
SUNK_BY = timedelta(days=1)


def put(post: Post) -> None:
    """Put a post on the square, or replace what is there. Call it in the act's transaction."""
    take_off(post)
    add(post, PostItem.objects.filter(post=post))


def add(post: Post, items: Iterable[PostItem]) -> None:
    """Put a post on the square that is not there yet."""
    made = rows(post, medicines_in(items))
    while not inserted(made):
        for row in made:
            row.rank += 1


def inserted(made: list[Listing]) -> bool:
    """Whether the rows could be put in; False when another post has the same rank by chance."""
    try:
        with transaction.atomic():
            Listing.objects.bulk_create(made)
    except IntegrityError as error:
        if "listing_newest" not in str(error):
            raise
        return False
    return True


def take_off(post: Post) -> None:
    """Take a post off the square. Call it in the act's transaction."""
    Listing.objects.filter(post=post).delete()


def rows(post: Post, medicines: Iterable[int]) -> list[Listing]:
    """The rows of a post: one for each medicine's id, and one for the post as a whole."""
    point = Point(post.point.x, post.point.y, srid=4326)
    point.transform(MERCATOR)
    return [
        Listing(
            post_id=post.pk,
            medicine=medicine,
            kind=post.kind,
            code=post.area_id,
            whom=bits(post.whom),
            point=point,
            cell=grid.snap(post.point.y, post.point.x).number,
            rank=rank(freshness(post), post.pk),
            expires_at=post.expires_at,
        )
        for medicine in sorted({ANY_MEDICINE, *medicines})
    ]


def medicines_in(items: Iterable[PostItem]) -> set[int]:
    """Ids of the medicines under which a post is found; "any of a group" is found under each."""
    found: set[int] = set()
    for item in items:
        if item.medicine_id:
            if item.amount:
                found.add(item.medicine_id)
        else:
            listed = Medicine.objects.listed().filter(groups=item.group_id)
            found.update(listed.values_list("pk", flat=True))
    return found


def bits(whom: Iterable[str]) -> int:
    """One bit for each kind of person, so that the listing row stays narrow."""
    return sum(BIT_OF[kind] for kind in set(whom))


def freshness(post: Post) -> datetime:
    """Where a post stands in the order by time: an offer that many have called about sinks a day.

    It rises again when its poster says that there is some left.
    """
    return post.confirmed_at - SUNK_BY if post.rests_until else post.confirmed_at


def rank(confirmed_at: datetime, post_id: int) -> float:
    """Microseconds since 1970, its last three digits taken from the post's id.

    Exact in a float8 until the year 2255. Two posts have the same rank only if they are confirmed
    in one millisecond and their ids differ by a multiple of 1,000: about once in a million posts.
    The unique index notices, and `put` moves the later one by a microsecond.
    """
    return float(int(confirmed_at.timestamp() * 1000) * 1000 + post_id % 1000)


def remove_expired() -> int:
    """Delete the rows of expired posts (the square leaves them out anyway); returns how many."""
    return Listing.objects.filter(expires_at__lte=timezone.now()).delete()[0]
