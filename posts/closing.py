"""The end of a post, and what keeps it from ending: resolve, reopen, extend, lower an amount."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from posts import limits, listing
from posts.models import LARGEST_AMOUNT, Kind, Organisation, Outcome, Post, PostItem, State
from safety import audit
from verification.models import Resident

NO_AMOUNT = gettext_lazy("Please give a whole number that is not larger than before.")


class NotPossibleError(Exception):
    """This cannot be done to the post as it is; its text, if any, tells the poster why."""


def locked(post: Post) -> Post:
    """The post as it is now, held until the transaction ends.

    `no_key`, here and for people: rows that point at a held one (who was shown it, what its poster
    is told) can still be written. Else an act that holds a post and writes to its poster, and one
    that holds the poster and wants the post, would wait for each other.
    """
    return Post.objects.select_for_update(of=("self",), no_key=True).get(pk=post.pk)


def locked_with_poster(post: Post) -> Post:
    """The same with its poster's row, locked first as publishing does, for what puts a post on the
    square; and its body's, if it is in the name of one. Raises `NotPossibleError` while the account
    is suspended, or the body may publish no more.
    """
    poster = Resident.objects.select_for_update(no_key=True).get(pk=post.resident_id)
    if not poster.is_active:
        raise NotPossibleError
    bodies = Organisation.objects.select_for_update(of=("self",), no_key=True)
    organisation = bodies.filter(posts=post).first()
    if organisation and not organisation.is_active:
        raise NotPossibleError
    post = locked(post)
    post.resident, post.organisation = poster, organisation
    return post


def refuse_against_limits(post: Post) -> None:
    if problems := limits.against_staying(post):
        raise NotPossibleError(" ".join(problems))


@transaction.atomic
def resolve(post: Post, by: Resident | None, outcome: str = "") -> Post:
    """Take a post off the square because it has done its work. Twice is once."""
    post = locked(post)
    if post.state == State.HIDDEN:
        raise NotPossibleError
    if post.state == State.RESOLVED:
        return post
    post.state, post.closed_at, post.outcome = State.RESOLVED, timezone.now(), outcome
    post.save(update_fields=["state", "closed_at", "outcome"])
    listing.take_off(post)
    audit.record("post resolved", post, by, outcome=outcome)
    return post


@transaction.atomic
def tell_outcome(post: Post, by: Resident, outcome: str) -> Post:
    """How a resolved post ended, if its poster likes to say."""
    post = locked(post)
    if post.state != State.RESOLVED or outcome not in Outcome.values:
        raise NotPossibleError
    post.outcome = outcome
    post.save(update_fields=["outcome"])
    audit.record("post outcome", post, by, outcome=outcome)
    return post


@transaction.atomic
def reopen(post: Post, by: Resident) -> Post:
    """Undo 已解决, within a day. Raises `NotPossibleError` after that, or over a limit."""
    post = locked_with_poster(post)
    if post.state == State.OPEN:
        return post
    if not post.can_be_reopened:
        raise NotPossibleError
    refuse_against_limits(post)
    post.state, post.closed_at, post.outcome = State.OPEN, None, ""
    post.expires_at = max(post.expires_at, next_expiry(post))
    post.save(update_fields=["state", "closed_at", "outcome", "expires_at"])
    listing.put(post)
    audit.record("post reopened", post, by)
    return post


@transaction.atomic
def extend(post: Post, by: Resident) -> Post:
    """ "Still needed" / "still there": a new lifetime, and up in the order.

    Only once the post has begun to ask, so that nobody lifts his post above others all day.
    Raises `NotPossibleError` for a closed post, or over a limit.
    """
    post = locked_with_poster(post)
    if post.state != State.OPEN:
        raise NotPossibleError
    if post.erased_at:
        raise NotPossibleError(_("Its contact has been erased by now. Please write a new post."))
    if not post.asks_its_poster:
        return post
    refuse_against_limits(post)
    is_only_doubted, post.doubted_at = not post.is_unconfirmed, None
    if is_only_doubted:  # else a friend's report would lift a post all day
        post.save(update_fields=["doubted_at"])
        audit.record("post confirmed", post, by)
        return post
    post.confirmed_at, post.rests_until, post.asked_at = timezone.now(), None, None
    post.expires_at = next_expiry(post)
    changed = ["confirmed_at", "expires_at", "rests_until", "asked_at", "doubted_at"]
    post.save(update_fields=changed)
    listing.put(post)
    audit.record("post extended", post, by)
    return post


@transaction.atomic
def set_in_hand(post: Post, by: Resident, in_hand: bool) -> Post:
    """Say that someone is on it, or no longer: the middle state between open and resolved."""
    post = locked(post)
    if post.state != State.OPEN:
        raise NotPossibleError
    post.in_hand = in_hand
    post.save(update_fields=["in_hand"])
    audit.record("post in hand", post, by, in_hand=in_hand)
    return post


@transaction.atomic
def set_amount_left(post: Post, by: Resident, item_id: int, amount: int) -> Post:
    """Lower what an offer has left. At nothing left of anything, the offer is resolved.

    Raises `NotPossibleError`, with a sentence when the amount makes no sense.
    """
    post = locked(post)
    if post.state != State.OPEN or post.kind != Kind.OFFER:
        raise NotPossibleError
    item = PostItem.objects.filter(post=post, pk=item_id).first()
    if item is None or item.amount is None or not 0 <= amount <= item.amount:
        raise NotPossibleError(NO_AMOUNT)
    others = PostItem.objects.filter(post=post, amount__gt=0).exclude(pk=item_id)
    if amount == 0 and not others.exists():
        return resolve(post, by, Outcome.THROUGH_HERE)  # undoing it brings the last amount back
    item.amount = amount
    if item.per_household:
        item.per_household = max(1, min(item.per_household, amount))
    item.save(update_fields=["amount", "per_household"])
    audit.record("offer lowered", post, by, left=amount)
    listing.put(post)
    return post


def is_amount(typed: str, most: int) -> bool:
    """Whether somebody typed a whole number that is not larger than `most`."""
    digits = typed.strip()
    return digits.isascii() and digits.isdigit() and len(digits) < 10 and int(digits) <= most


def amount_typed(typed: str) -> int:
    """An amount as somebody typed it. Raises `NotPossibleError` with a sentence."""
    if not is_amount(typed, LARGEST_AMOUNT):
        raise NotPossibleError(NO_AMOUNT)
    return int(typed)


def next_expiry(post: Post) -> datetime:
    return timezone.now() + Kind(post.kind).lifetime
