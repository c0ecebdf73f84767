"""What a moderator does to a post: hide it with a reason, restore it."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from posts import listing
from posts.closing import NotPossibleError, locked, locked_with_poster
from posts.models import HiddenFor, Post, State
from safety import audit
from verification.models import Resident


@transaction.atomic
def hide(post: Post, by: Resident | None, reason: str) -> Post:
    """Take a post off the square; its poster sees the reason. Twice is once.

    A post that went with its account can be hidden for itself: it then does not come back with it.
    Raises `PermissionDenied` when `by` moderates other areas only.
    """
    post = locked(post)
    if reason not in HiddenFor.values:
        raise NotPossibleError
    if reason not in HiddenFor.by_system():
        refuse_elsewhere(post, by)
    keeps_reason = post.hidden_for not in HiddenFor.by_system() or reason == post.hidden_for
    if post.state == State.HIDDEN and keeps_reason:
        return post
    return hide_now(post, by, reason)


def hide_now(post: Post, by: Resident | None, reason: str) -> Post:
    """Hide a locked post, or change the reason for which it is hidden."""
    post.state, post.hidden_for, post.hidden_at = State.HIDDEN, reason, timezone.now()
    post.save(update_fields=["state", "hidden_for", "hidden_at"])
    listing.take_off(post)
    audit.record("post hidden", post, by, reason=reason)
    return post


@transaction.atomic
def restore(post: Post, by: Resident) -> Post:
    """A hidden post is again what it was: resolved, or open and on the square until it expires.

    An open one whose contact has been erased meanwhile comes back as what it is by now: run out.
    Raises `NotPossibleError` while its account is suspended, `PermissionDenied` when `by` moderates
    other areas only.
    """
    post = locked_with_poster(post)
    if post.state != State.HIDDEN:
        return post
    if post.hidden_for not in HiddenFor.by_system():
        refuse_elsewhere(post, by)
    post.state = State.RESOLVED if post.closed_at else State.OPEN
    post.hidden_for, post.hidden_at = "", None
    if post.erased_at:
        post.expires_at = min(post.expires_at, post.erased_at)
    post.save(update_fields=["state", "hidden_for", "hidden_at", "expires_at"])
    if post.state == State.OPEN and not post.erased_at:
        listing.put(post)
    audit.record("post restored", post, by)
    return post


def refuse_elsewhere(post: Post, by: Resident | None) -> None:
    """A moderator's areas are the limit of what he does; what follows from an account is not."""
    if by and not by.covers(post.area_id):
        raise PermissionDenied
