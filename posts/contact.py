"""Contact: a resident is shown how to reach a poster, and that is recorded."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from posts import listing
from posts.models import Kind, Post, Reveal
from safety import audit
from safety.quotas import Quota
from verification.levels import has_level
from verification.models import Resident

REVEALS = Quota("reveal", settings.REVEALS_PER_HOUR, timedelta(hours=1))


class NotShownError(Exception):
    """A contact that is not shown, with the reason in one word: closed, level, quota, resting."""


def was_shown(post: Post, resident: Resident) -> bool:
    return Reveal.objects.filter(post=post, resident=resident).exists()


@transaction.atomic
def reveal(post: Post, resident: Resident) -> Post:
    """Record that `resident` sees the contact of `post`, and return the post with its contact.

    Looking again is free. Raises `NotShownError` when the post is off the square ("closed"), when
    the resident is not known well enough ("level"), has looked at too many ("quota"), or when many
    others have looked at this offer just now ("resting").
    """
    if not has_level(resident, "reveal"):
        raise NotShownError("level")
    # The lock lets a resolve that is under way finish first: a closed post shows no phone.
    post = Post.objects.select_for_update(of=("self",)).get(pk=post.pk)
    if post.resident_id == resident.pk:
        return post
    if not post.is_on_square:
        raise NotShownError("closed")
    if was_shown(post, resident):
        return post
    if post.rests:
        raise NotShownError("resting")
    Reveal.objects.create(post=post, resident=resident)
    if not REVEALS.use(str(resident.pk)):
        raise NotShownError("quota")
    audit.record("contact revealed", post, resident)
    if post.kind == Kind.OFFER and is_in_great_demand(post):
        let_rest(post)
    return post


def is_in_great_demand(post: Post) -> bool:
    """Whether so many people saw the contact lately that one helper cannot answer them all."""
    lately = timezone.now() - settings.OFFER_REST
    since = max(lately, post.confirmed_at)
    return Reveal.objects.filter(post=post, at__gt=since).count() >= settings.OFFER_REVEALS


def let_rest(post: Post) -> None:
    """An offer takes no new callers for a while and sinks; its poster is asked what is left."""
    post.rests_until = timezone.now() + settings.OFFER_REST
    post.save(update_fields=["rests_until"])
    listing.put(post)
    audit.record("offer rests", post)


def how_many_saw(post: Post) -> int:
    return Reveal.objects.filter(post=post).count()
