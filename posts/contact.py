"""Contact: a resident is shown how to reach a poster, and that is recorded."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from posts.models import Post, Reveal
from safety import audit
from safety.quotas import Quota
from verification.levels import has_level
from verification.models import Resident

REVEALS = Quota("reveal", settings.REVEALS_PER_HOUR, timedelta(hours=1))


class NotShownError(Exception):
    """A contact that is not shown, with the reason in one word: closed, level, quota."""


def was_shown(post: Post, resident: Resident) -> bool:
    return Reveal.objects.filter(post=post, resident=resident).exists()


@transaction.atomic
def reveal(post: Post, resident: Resident) -> Post:
    """Record that `resident` sees the contact of `post`, and return the post with its contact.

    Looking again is free. Raises `NotShownError` when the post is off the square ("closed"), when
    the resident is not known well enough ("level"), or has looked at too many ("quota").
    """
    if not has_level(resident, "reveal"):
        raise NotShownError("level")
    # The lock lets a resolve that is under way finish first: a closed post shows no phone.
    post = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    if post.resident_id == resident.pk:
        return post
    if not post.is_on_square:
        raise NotShownError("closed")
    shown, is_new = Reveal.objects.get_or_create(post=post, resident=resident)
    if not is_new:
        return post
    if not REVEALS.use(str(resident.pk)):
        raise NotShownError("quota")
    audit.record("contact revealed", post, resident)
    return post


def how_many_saw(post: Post) -> int:
    return Reveal.objects.filter(post=post).count()
