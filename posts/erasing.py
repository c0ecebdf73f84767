"""The end of a post's data: its contact goes first, later the whole row, and a count stays."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from places.models import Area
from posts import access, closing, messaging, organisations, waiting
from posts.models import OVER_SINCE, Draft, Ending, GonePost, Message, Post, Reveal, State
from safety import register
from verification.models import Resident

NOTHING_PERSONAL: dict[str, Any] = {
    "contact_name": "",
    "contact_phone": "",
    "contact_wechat": "",
    "caller_digest": "",
    "landmark": "",
    "note": "",
    "held_note": "",
    "whom": [],
    "youngest_months": None,
    "none_left": False,
    "fever_since": None,
    "by_area": True,
}
# What else has to be done with posts before they are erased, in the same transaction: an app that
# counts them enters it in its `ready`.
BEFORE_REMOVAL: list[Callable[[Sequence[Post]], None]] = []


def over_for(time: timedelta) -> QuerySet[Post]:
    """Posts that were resolved, hidden or expired so long ago."""
    return Post.objects.alias(over=OVER_SINCE).filter(over__lte=timezone.now() - time)


def erase_contacts(posts: QuerySet[Post]) -> int:
    """Empty all that these posts say about people and where they are; returns how many it were.

    What stays is the medicine, the district and the dates. Off the square they must be already.
    """
    middle_of_the_area = Area.objects.filter(pk=OuterRef("area")).values("point")[:1]
    Draft.objects.filter(editing__in=posts).delete()
    messaging.erase_messages(posts)
    waiting.forget_notes(posts)
    return posts.filter(erased_at=None).update(
        point=Subquery(middle_of_the_area), erased_at=timezone.now(), **NOTHING_PERSONAL
    )


def erase_overdue_contacts() -> int:
    """Erase the contact data of posts that have been over for CONTACT_KEPT_DAYS."""
    overdue = over_for(settings.CONTACT_KEPT).filter(erased_at=None)
    erased = 0
    for batch in register.in_batches(overdue):
        with transaction.atomic():
            locked = overdue.filter(pk__in=batch).order_by("-id").select_for_update(of=("self",))
            keys = list(locked.values_list("pk", flat=True))
            erased += erase_contacts(Post.objects.filter(pk__in=keys))
    return erased


def erase_overdue_reveals() -> int:
    """Erase who was shown a contact, REVEALS_KEPT_DAYS after it happened."""
    oldest = timezone.now() - settings.REVEALS_KEPT
    return register.delete_in_batches(Reveal.objects.filter(at__lte=oldest))


def erase_overdue_posts() -> int:
    """Count and delete posts that have been over for POSTS_KEPT_DAYS.

    Not before the last record of who was in touch about it is gone: a law may want that longer.
    """
    was_seen = Exists(Reveal.objects.filter(post=OuterRef("pk")))
    was_written_to = Exists(Message.objects.filter(post=OuterRef("pk")))
    overdue = over_for(settings.POSTS_KEPT).filter(
        ~was_seen, ~was_written_to, erased_at__isnull=False
    )
    removed = 0
    for batch in register.in_batches(overdue):
        with transaction.atomic():
            removed += remove(overdue.filter(pk__in=batch))
    return removed


def forget_gone_posts() -> int:
    """Delete what tells mirrors that a post is gone: all of them have asked by then."""
    long_ago = timezone.now() - settings.POSTS_KEPT
    return register.delete_in_batches(GonePost.objects.filter(changed_at__lt=long_ago))


def remove(posts: QuerySet[Post]) -> int:
    """Count posts and delete them, with all that hangs on them; returns how many it were.

    Call it in a transaction.
    """
    locked = list(posts.select_related("area").order_by("-id").select_for_update(of=("self",)))
    put_counts(Counter(key for post in locked for key in counted_as(post)))
    for part in BEFORE_REMOVAL:
        part(locked)
    Post.objects.filter(pk__in=[post.pk for post in locked]).delete()
    return len(locked)


def counted_as(post: Post) -> list[tuple[date, int, int, str]]:
    """Where a post is counted; nowhere if it was never real."""
    if post.is_demo:
        return []
    day = timezone.localdate(post.created_at)
    return [(day, post.kind, city_of(post.area), ending_of(post))]


def put_counts(numbers: Counter[tuple[date, int, int, str]]) -> None:
    """Add to the counts. The rows are taken in one order, so that two runs never dead-lock."""
    if not numbers:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO posts_postcount AS counted (day, kind, area_id, ending, number)
            VALUES (%s, %s, %s, %s, %s)
            ON CONFLICT (day, kind, area_id, ending)
            DO UPDATE SET number = counted.number + excluded.number
            """,
            [(*key, number) for key, number in sorted(numbers.items())],
        )


def city_of(area: Area) -> int:
    """The code of the city; of the province where there is no city between."""
    return area.code if area.level < Area.Level.DISTRICT else (area.parent_id or area.code)


def ending_of(post: Post) -> str:
    if post.state == State.HIDDEN:
        return Ending.HIDDEN
    if post.state == State.RESOLVED:
        return post.outcome or Ending.RESOLVED
    return Ending.WITHDRAWN if post.is_on_square else Ending.EXPIRED


def leave(resident: Resident) -> None:
    """Before an account is erased: its posts are counted and go, whoever saw them.

    What it posted in the name of a body passes to a colleague.
    """
    organisations.leave_all(resident)
    remove(Post.objects.filter(resident=resident))


def take_back(resident: Resident) -> None:
    """A resident no longer agrees that his words are here: posts leave the square and are emptied,
    drafts and what he wrote to others go. What he published for a body passes to a colleague.
    """
    organisations.pass_all_on(resident)
    posts = Post.objects.filter(resident=resident)
    close_all(posts, resident)
    erase_contacts(posts)
    Draft.objects.filter(resident=resident).delete()
    sent = Message.objects.filter(sender=resident, state__in=Message.STANDING)
    sent.update(text="", phone="", state=Message.State.WITHDRAWN)


def close_below_level(resident: Resident) -> None:
    """A resident took his verification back: where it is needed, his posts leave the square."""
    if not access.keeps_posts_up(resident):
        organisations.pass_all_on(resident)
        close_all(Post.objects.filter(resident=resident), resident)


def close_all(posts: QuerySet[Post], resident: Resident) -> None:
    for post in posts.filter(state=State.OPEN).order_by("-id"):  # locked as suspending does
        closing.resolve(post, resident)
