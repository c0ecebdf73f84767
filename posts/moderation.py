"""What a moderator does to a post: hide it with a reason, restore it."""

from django.db import transaction
from django.utils import timezone

from posts import listing
from posts.closing import NotPossible, locked
from posts.models import HiddenFor, Post, State
from safety import audit
from verification.models import Resident


@transaction.atomic
def hide(post: Post, by: Resident | None, reason: str) -> Post:
    """Take a post off the square; its poster sees the reason. Twice is once."""
    post = locked(post)
    if reason not in HiddenFor.values:
        raise NotPossible
    if post.state == State.HIDDEN:
        return post
    was = post.state
    post.state, post.hidden_for, post.outcome = State.HIDDEN, reason, ""
    post.closed_at = post.closed_at or timezone.now()
    post.save(update_fields=["state", "hidden_for", "outcome", "closed_at"])
    listing.take_off(post)
    audit.record("post hidden", post, by, reason=reason, was=was)
    return post


@transaction.atomic
def restore(post: Post, by: Resident) -> Post:
    """Put a hidden post back; if its time has passed meanwhile, it stays off the square."""
    post = locked(post)
    if post.state != State.HIDDEN:
        return post
    post.state, post.hidden_for, post.closed_at = State.OPEN, "", None
    post.save(update_fields=["state", "hidden_for", "closed_at"])
    listing.put(post)
    audit.record("post restored", post, by)
    return post
