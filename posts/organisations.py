"""Posts in the name of a body: who answers for them, how many there may be, what becomes of them.

A member of staff publishes and answers for what he published; all of the staff may act on it. So a
post has a resident always. When he leaves the staff, erases his account or takes his consent back,
what he published in the body's name is not his to take along: it passes to a colleague, the owner
first. Only where nobody is left does it go with him.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from posts import closing
from posts.models import ActLink, Draft, Member, Notice, Organisation, Post, PostQuerySet, State
from posts.signals import staff_left
from safety import audit
from safety.bounded import bounded_length
from safety.encryption import digest
from safety.quotas import Quota
from verification.models import Resident

PAGE = 20
PER_DAY = Quota(
    "posts of a body", settings.ORGANISATION_POSTS_PER_DAY, timedelta(days=1)
)  # a committee that answers a telephone; a list that somebody pours in is none


def locked(organisation: Organisation) -> Organisation:
    """The body as it is now, held until the transaction ends. Hold the person before it."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def caller_digest(phone: str) -> str:
    """By what two posts for one caller (a number in E.164) are known to be for the same."""
    return digest("caller", phone) if phone else ""


def page(organisation: Organisation, after: UUID | None = None) -> tuple[list[Post], UUID | None]:
    """A page of all that a body posted, newest first, and where the next begins. Three queries."""
    posts: PostQuerySet = Post.objects.of_organisation(organisation)
    if after:
        last = Post.objects.of_organisation(organisation).filter(public_id=after)
        posts = posts.filter(pk__lt=last.order_by().values("pk")[:1])
    found = list(posts.with_items().with_callers()[: PAGE + 1])
    shown = found[:PAGE]
    return shown, shown[-1].public_id if len(found) > PAGE else None


def numbers(organisation: Organisation) -> dict[str, int]:
    """How many posts a body has on the square, and how many it resolved; 1,000 at most."""
    posts = Post.objects.of_organisation(organisation)
    resolved = posts.filter(state=State.RESOLVED)
    return {"open": bounded_length(posts.open(), 1000), "resolved": bounded_length(resolved, 1000)}


def pass_on(organisation: Organisation, leaver: Resident) -> Resident | None:
    """Give all that somebody published for a body to a colleague; None where there is none.

    A one-tap link that the leaver was sent answers for these posts no more. His own number, if he
    gave it as a caller's, makes room for the body's line. Call it in a transaction, with the
    leaver's row locked.
    """
    heir = heir_of(organisation, leaver)
    if heir is None:
        return None
    posts = Post.objects.filter(organisation=organisation, resident=leaver)
    ActLink.objects.filter(post__in=posts).delete()
    Notice.objects.filter(post__in=posts, resident=leaver).delete()
    theirs = posts.filter(caller_digest=caller_digest(leaver.phone)).exclude(caller_digest="")
    for post in theirs.order_by("-id").select_for_update(of=("self",)):
        post.contact_phone, post.contact_wechat, post.caller_digest = organisation.line, "", ""
        post.save(update_fields=["contact_phone", "contact_wechat", "caller_digest"])
    posts.update(resident=heir, level=heir.level)
    Draft.objects.filter(organisation=organisation, resident=leaver).delete()
    return heir


def heir_of(organisation: Organisation, leaver: Resident) -> Resident | None:
    """Who answers after somebody: the owner, else whoever has been there longest."""
    others = Member.objects.filter(organisation=organisation, resident__is_active=True)
    first = others.exclude(resident=leaver).order_by("-is_owner", "joined_at", "id")
    member = first.select_related("resident").first()
    return member.resident if member else None


def pass_all_on(leaver: Resident) -> None:
    """The same for every body that somebody published for; what nobody takes stays his."""
    bodies = Organisation.objects.filter(posts__resident=leaver).distinct()
    for organisation in bodies.order_by("pk"):
        pass_on(organisation, leaver)


@transaction.atomic
def leave(member: Member, by: Resident | None) -> None:
    """Somebody leaves the staff; an owner is followed by whoever is next. Without anybody, the body
    can publish no more.
    """
    organisation = locked(member.organisation)
    heir = pass_on(organisation, member.resident) or heir_of(organisation, member.resident)
    member.delete()
    if heir is None:
        organisation.is_active = False
        organisation.save(update_fields=["is_active"])
    elif member.is_owner:
        Member.objects.filter(organisation=organisation, resident=heir).update(is_owner=True)
    audit.record("left a body", organisation, by)
    staff_left.send(Member, organisation=organisation, resident=member.resident, heir=heir)


def leave_all(leaver: Resident) -> None:
    """Before an account is erased: its posts for bodies pass on, and so does what it owned."""
    pass_all_on(leaver)
    for member in Member.objects.filter(resident=leaver).select_related("organisation"):
        leave(member, leaver)


def close_all(organisation: Organisation, by: Resident | None) -> None:
    """A body can publish no more: what it has on the square leaves it. Call it in a transaction."""
    for post in open_posts(organisation):
        closing.resolve(post, by)


def open_posts(organisation: Organisation) -> QuerySet[Post]:
    return Post.objects.of_organisation(organisation).filter(state=State.OPEN)
