"""Who may see and do what to a post: all rules of it, in one place.

The first functions give the post or say 404; the others say why somebody may not be in touch.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from posts.models import Block, Member, Message, Organisation, Post, Reach, Reveal, State
from posts.reports import Subject
from verification.levels import has_level
from verification.models import Resident


class NotShownError(Exception):
    """A contact that somebody may not have; the reason in one word, as in parts/refusal.html.

    `again_at` says when to try again, where that is known.
    """

    def __init__(self, reason: str, again_at: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason, self.again_at = reason, again_at


def readable(public_id: UUID) -> Post:
    """The post for anybody: all but hidden ones, which exist only for their poster."""
    return get_object_or_404(
        Post.objects.with_items().without_contact().exclude(state=State.HIDDEN), public_id=public_id
    )


def seen_by(public_id: UUID, resident: Resident) -> Post:
    """The post for a signed-in resident: his own even when it is hidden."""
    post = get_object_or_404(Post.objects.with_items(), public_id=public_id)
    if post.state == State.HIDDEN and not post.belongs_to(resident):
        raise Http404
    return post


def written_about(public_id: UUID, sender: Resident) -> Post:
    """The post that somebody wrote about, even a hidden one: his words are his to take back."""
    return get_object_or_404(Post, public_id=public_id, messages__sender=sender)


def own(public_id: UUID, resident: Resident) -> Post:
    """A post that the resident answers for: his own, or of a body whose staff he is. A stranger is
    told that there is none.
    """
    posts = Post.objects.belonging_to(resident).with_items()
    return get_object_or_404(posts, public_id=public_id)


def organisation_of(slug: str, resident: Resident) -> Organisation:
    """The body in whose name somebody may publish; anybody else is told that there is none."""
    found = Organisation.objects.filter(is_active=True, slug=slug, members__resident=resident)
    return get_object_or_404(found)


def may_publish_as(organisation: Organisation, resident: Resident) -> bool:
    """Whether somebody is on the staff of a body that may publish, at this moment."""
    staff = Member.objects.active().filter(organisation=organisation, resident=resident)
    return staff.exists()


def reportable(public_id: UUID, viewer: Resident | AnonymousUser, who: str) -> Subject:
    """What somebody may report: a post of another that he can read, without `who`; or a person.

    `who` is "poster" for whoever was shown the poster's contact or wrote to him; or, for the poster
    himself, the number of a reveal or the id of a message: whom he met around his post.
    """
    if not who:
        post = readable(public_id)
        if viewer.is_authenticated and post.belongs_to(viewer):
            raise Http404
        return Subject(post)
    if not viewer.is_authenticated:
        raise Http404
    if who == "poster":
        post = get_object_or_404(Post.objects.select_related("resident"), public_id=public_id)
        was_shown = Reveal.objects.filter(post=post, resident=viewer).exists()
        if not was_shown and not Message.objects.filter(post=post, sender=viewer).exists():
            raise Http404
        return Subject(post, post.resident)
    post = own(public_id, viewer)
    return met_around(post, who)


def met_around(post: Post, who: str) -> Subject:
    """A person who was shown the contact of a post, by reveal; or wrote about it, by message."""
    if who.isascii() and who.isdigit() and len(who) < 19:
        reveals = Reveal.objects.select_related("resident")
        return Subject(post, get_object_or_404(reveals, pk=int(who), post=post).resident)
    try:
        message_id = UUID(who)
    except ValueError:
        raise Http404 from None
    messages = Message.objects.select_related("sender")
    message = get_object_or_404(messages, public_id=message_id, post=post)
    return Subject(post, message.sender, quoted=message.text)


def check_contact(post: Post, resident: Resident, way: Reach, known: bool = False) -> None:
    """Whether somebody may get in touch with the poster of a post that is not his own.

    `known`: they are in touch already, and an offer that rests turns only newcomers away. Call it
    with the post's row locked. Raises `NotShownError`: the resident is not known well enough
    ("level") or suspended ("suspended"), the post is off the square ("closed"), the poster blocked
    him ("blocked") or wants to be reached in another way ("way"), or many others were in touch just
    now ("resting").
    """
    if not has_level(resident, "reveal"):
        raise NotShownError("level")
    if not Resident.objects.filter(pk=resident.pk, is_active=True).exists():
        raise NotShownError("suspended")  # since this request began
    if not post.is_on_square:
        raise NotShownError("closed")
    if is_blocked(resident, post):
        raise NotShownError("blocked")
    if post.reached_by != way:
        raise NotShownError("way")
    if post.rests and not known:
        raise NotShownError("resting", again_at=post.rests_until)


def blocks_of(post: Post) -> QuerySet[Block]:
    """Whom the poster does not want to be reached by; on a body's post, whom the body does not."""
    if post.organisation_id:
        return Block.objects.filter(by_organisation=post.organisation_id)
    return Block.objects.filter(by=post.resident_id)


def is_blocked(resident: Resident, post: Post) -> bool:
    return blocks_of(post).filter(blocked=resident).exists()


def poster_sees(post: Post) -> bool:
    """Whether a poster still reads who wrote to him. When a post closes, it hides both sides."""
    return post.state == State.OPEN


def sender_sees_landmark(post: Post, message: Message) -> bool:
    """Whom the poster agreed with learns where to come, as long as the post is on the square."""
    if message.state != Message.State.AGREED or not post.is_on_square:
        return False
    return not is_blocked(message.sender, post)
