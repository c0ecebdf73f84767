"""Who may see and do what with posts, the people around them and their cases: all rules of it.

The first functions give the post or say 404; the next say why somebody may not be in touch; the
last are for moderators, whom their areas limit. How far somebody is known: verification.levels.
"""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from posts.models import (
    Block,
    Case,
    CaseQuerySet,
    Member,
    Message,
    Organisation,
    Post,
    PostQuerySet,
    Reach,
    Report,
    Reveal,
    State,
)
from posts.reports import Subject
from verification import reach
from verification.levels import Readiness, has_level, publish_state
from verification.models import Level, Resident

Row = TypeVar("Row", bound=Model)
MODERATE, REVIEW = "posts.moderate_post", "verification.review_identity"
WAYS_TO_MEET = [
    (Post, "resident"),
    (Reveal, "resident"),
    (Message, "sender"),
    (Report, "resident"),
    (Report, "person"),
]


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


def missing_level(resident: Resident | AnonymousUser) -> Level | None:
    """The level that somebody must reach before publishing; None if nothing is in the way."""
    states = {
        Readiness.NEEDS_SIGN_IN: Level.PHONE,
        Readiness.NEEDS_REAL_NAME: Level.REAL_NAME,
    }
    return states.get(publish_state(resident))


def keeps_posts_up(resident: Resident) -> bool:
    """Whether somebody is still known well enough for the posts that he has on the square."""
    return has_level(resident, "publish")


# --- moderators -----------------------------------------------------------------------------------
def posts_of(moderator: Resident) -> PostQuerySet:
    """Posts of the areas that a moderator is limited to; all, without a limit."""
    return Post.objects.filter(moderator.in_charge("area__code"))


def around_posts_of(moderator: Resident, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Those of the rows that hang on such a post by `post`: who was in touch about it."""
    return rows.filter(moderator.in_charge("post__area__code"))


def may_see_cases(by: Resident) -> bool:
    return any(by.has_perm(each) for each in (MODERATE, REVIEW))


def cases_of(moderator: Resident) -> CaseQuerySet:
    """What somebody may judge: reports and notes with one right, identities with another.

    Of reports and notes those about posts of his areas. One about a person is his when all the
    posts around which that person was reported are. A document lies in no area: whoever may
    review identities reviews them all. Nobody judges himself.
    """
    rights = Q(pk__in=[])
    if may_moderate(moderator):
        rights |= cases_of_areas(moderator)
    if moderator.has_perm(REVIEW):
        rights |= Q(kind=Case.Kind.IDENTITY)
    staff = Member.objects.filter(organisation=OuterRef("post__organisation"), resident=moderator)
    own = (
        Q(person=moderator)
        | Q(post__resident=moderator)
        | Q(Exists(staff))
        | Q(identity__resident=moderator)
        | Q(identity__recovers__resident=moderator)
    )
    return Case.objects.filter(rights).exclude(own)


def cases_of_areas(moderator: Resident) -> Q:
    """Cases that a post moderator's areas let him see."""
    about_posts = Q(kind__in=[Case.Kind.POST, Case.Kind.NOTE])
    if not moderator.area_limit:
        return about_posts | Q(kind=Case.Kind.PERSON)
    here = moderator.in_charge("post__area__code")
    elsewhere = Report.objects.filter(case=OuterRef("pk")).exclude(here)
    return about_posts & here | Q(kind=Case.Kind.PERSON) & Q(~Exists(elsewhere))


def may_moderate(by: Resident) -> bool:
    return by.has_perm(MODERATE)


def may_suspend(by: Resident) -> bool:
    return by.has_perm("verification.suspend_resident")


def check_judge(post: Post, by: Resident | None) -> None:
    """Raises PermissionDenied where `by` may not judge a post: it lies outside of his areas, which
    limit what a moderator does but not what follows from an account (`by` is None); or is his own,
    or of a body whose staff he is.
    """
    if by and (not by.covers(post.area_id) or post.resident_id == by.pk or post.belongs_to(by)):
        raise PermissionDenied


def met_in_areas(moderator: Resident) -> Q:
    """Whom a moderator of areas may look up: whoever posted there, was shown a contact or wrote to
    somebody there, reported something there or was reported: all that he meets on the pages of
    those posts and of their cases. Each way has an index on the person.
    """
    found = Q()
    for model, person in WAYS_TO_MEET:
        rows = model._default_manager.filter(**{person: OuterRef("pk")})
        area = "area__code" if model is Post else "post__area__code"
        found |= Q(Exists(rows.filter(moderator.in_charge(area))))
    return found


reach.in_areas(met_in_areas)
