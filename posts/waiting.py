"""What waits for a person by itself, without a report: it has an open case as long as it waits.

Call these in the transaction that changed what they are about.
"""

from django.db.models import QuerySet

from posts.models import Case, Harm, Post
from verification.models import RealNameCheck


def follow_note(post: Post) -> None:
    """A note that waits has an open case; one that does not has none.

    Nobody reads it yet, so it harms nobody: it stands behind whatever does. Other words wait in the
    place of the first ones.
    """
    if post.held_note:
        Case.objects.get_or_create(
            kind=Case.Kind.NOTE, post=post, closed_at=None, defaults={"harm": Harm.OTHER}
        )
    else:
        Case.objects.open().filter(kind=Case.Kind.NOTE, post=post).delete()


def forget_notes(posts: QuerySet[Post]) -> None:
    """The notes of these posts are erased: nothing of them waits, and none can come back."""
    notes = Case.objects.filter(kind=Case.Kind.NOTE, post__in=posts)
    notes.open().delete()
    notes.exclude(decided_note="").update(decided_note="")


def follow_identity(check: RealNameCheck) -> None:
    """The same for an identity check. What became of it stands in the check itself."""
    if check.state == RealNameCheck.State.WAITING:
        Case.objects.get_or_create(
            kind=Case.Kind.IDENTITY,
            identity=check,
            closed_at=None,
            defaults={"harm": Harm.OTHER, "opened_at": check.created_at},
        )
    else:
        Case.objects.open().filter(identity=check).delete()
