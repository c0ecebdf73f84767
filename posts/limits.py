"""How much one resident may ask for: the caps of the catalogue, enforced here alone.

A cap is for one person in need. All needs of a resident count that are open or were published in
the last seven days, and the largest number of people named in any of them: asking twice for the
same two parents does not double what they may have.

A body asks for many people who do not know each other. There the needs of one caller count together
(known by his number), each other need by itself; how many posts it may have is a limit of its own.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from medicines.caps import share_of_cap
from medicines.choosing import refusal
from medicines.models import Medicine
from medicines.units import amount_label
from posts.models import Kind, Organisation, Post, PostItem, State
from verification.models import Resident

COUNTED_FOR = timedelta(days=7)


def over_cap(
    resident: Resident,
    people: int,
    wanted: Iterable[tuple[Medicine, str, int]],
    besides: Post | None = None,
    organisation: Organisation | None = None,
    caller: str = "",
) -> list[str]:
    """Sentences about each medicine that would go over its cap; empty when all is well.

    `wanted` holds (medicine, unit, amount); `besides` is a post that is being edited and does not
    count. In the name of an `organisation`, `caller` is the digest of whom it is for. Call it with
    the row of the resident, or of the organisation, locked, or two posts at once could both pass.
    """
    recent = counted(needs_of(resident, organisation, caller), besides)
    most_people = max([people, *filter(None, recent.values_list("people", flat=True))])
    used: dict[int, Fraction] = defaultdict(Fraction)
    lines = PostItem.objects.filter(post__in=recent, medicine__isnull=False)
    for item in lines.select_related("medicine").prefetch_related("medicine__units"):
        if item.medicine:
            used[item.medicine.pk] += share_of(item)
    problems = []
    for medicine, unit, amount in wanted:
        asked = used[medicine.pk] + share_of_cap(medicine, unit, amount)
        if asked <= most_people:
            used[medicine.pk] = asked
            continue
        left = largest_amount(medicine, unit, most_people - used[medicine.pk])
        problems.append(sentence(medicine, unit, left, most_people))
    return problems


def share_of(item: PostItem) -> Fraction:
    """The share of a cap that a published line takes; none in a unit that was since taken away."""
    assert item.medicine is not None
    try:
        return share_of_cap(item.medicine, item.unit, item.amount or 0)
    except ValueError:
        return Fraction(0)


def needs_of(resident: Resident, organisation: Organisation | None, caller: str) -> QuerySet[Post]:
    """The needs for which the same people get medicine."""
    if organisation is None:
        return Post.objects.filter(resident=resident, organisation=None, kind=Kind.NEED)
    if not caller:
        return Post.objects.none()
    theirs = Post.objects.filter(organisation=organisation, caller_digest=caller)
    return theirs.filter(kind=Kind.NEED)


def counted(needs: QuerySet[Post], besides: Post | None) -> QuerySet[Post]:
    needs = needs.filter(
        Q(state=State.OPEN, expires_at__gt=timezone.now())
        | Q(created_at__gt=timezone.now() - COUNTED_FOR)
    )
    needs = needs.exclude(state=State.HIDDEN)
    return needs.exclude(pk=besides.pk) if besides else needs


def largest_amount(medicine: Medicine, unit: str, shares: Fraction) -> int:
    """How many whole units fit into so many shares of a cap."""
    one = share_of_cap(medicine, unit, 1)
    return max(0, int(shares / one))


def sentence(medicine: Medicine, unit: str, left: int, people: int) -> str:
    if left == 0:
        return _(
            "You have already asked for as much %(medicine)s as %(people)s people need "
            "in a week. This keeps enough for everybody."
        ) % {"medicine": medicine.label, "people": people}
    return _(
        "%(medicine)s: for %(people)s people you can still ask for %(left)s. "
        "This keeps enough for everybody."
    ) % {"medicine": medicine.label, "people": people, "left": amount_label(unit, left)}


def too_many_posts(resident: Resident, organisation: Organisation | None = None) -> str:
    """A sentence when a resident, or a body, has as many open posts as one may; else empty."""
    if organisation:
        limit, posts = (
            settings.OPEN_POSTS_PER_ORGANISATION,
            Post.objects.of_organisation(organisation),
        )
    else:
        limit, posts = settings.OPEN_POSTS_PER_RESIDENT, Post.objects.of(resident)
    if posts.open()[:limit].count() < limit:
        return ""
    return _("You have %(limit)s open posts already. Please close one first.") % {"limit": limit}


def against_staying(post: Post) -> list[str]:
    """Why a post may not stay on the square, or come back to it; empty when it may.

    Coming back counts like publishing: else whoever lets posts run out or resolves them, publishes
    others and then takes the first ones back would have as many as he likes. Call it with the row
    of the resident, and of the organisation, locked.
    """
    items = list(post.items.select_related("medicine").prefetch_related("medicine__units"))
    problems = [sentence for item in items for sentence in against_item(item)]
    if problems or post.is_on_square:
        return problems
    if sentence := too_many_posts(post.resident, post.organisation):
        return [sentence]
    if not post.is_need:
        return []
    wanted = [(item.medicine, item.unit, item.amount or 0) for item in items if item.medicine]
    return over_cap(
        post.resident,
        post.people or 1,
        wanted,
        besides=post,
        organisation=post.organisation,
        caller=post.caller_digest,
    )


def against_item(item: PostItem) -> list[str]:
    """Why a published line may not go on: blocked since then, or expired."""
    if item.medicine is None:
        return []
    if not item.medicine.is_listed:
        return refusal(item.medicine).messages
    if item.expiry and item.expiry < timezone.localdate().replace(day=1):
        sentence = _("%(medicine)s has expired. Expired medicine cannot be passed on.")
        return [sentence % {"medicine": item.medicine.label}]
    return []
