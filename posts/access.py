"""Who may see and do what to a post. Each function gives the post, or says 404."""

from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from posts.models import Post, State
from verification.models import Resident


def readable(public_id: UUID) -> Post:
    """The post for anybody: all but hidden ones, which exist only for their poster."""
    return get_object_or_404(
        Post.objects.with_items().without_contact().exclude(state=State.HIDDEN), public_id=public_id
    )


def seen_by(public_id: UUID, resident: Resident) -> Post:
    """The post for a signed-in resident: his own even when it is hidden."""
    post = get_object_or_404(Post.objects.with_items(), public_id=public_id)
    if post.state == State.HIDDEN and post.resident_id != resident.pk:
        raise Http404
    return post


def own(public_id: UUID, resident: Resident) -> Post:
    """The resident's own post; a stranger is told that there is none."""
    return get_object_or_404(Post.objects.with_items(), public_id=public_id, resident=resident)
