"""What a moderator does to a post: hide it with a reason, restore it."""

from django.db import transaction
from django.utils import timezone

from posts import access, listing, recalls
from posts.closing import NotPossibleError, locked, locked_with_poster
from posts.models import Case, HiddenFor, Kind, Post, State
from safety import audit
from verification.models import Resident


class HeldByAnotherError(Exception):
    """Another moderator is about to decide on this post; its text is who."""


@transaction.atomic
def hide(post: Post, by: Resident | None, reason: str) -> Post:
    """Take a post off the square; its poster sees the reason. Twice is once.

    A post that went with its account can be hidden for itself: it then does not come back with it.
    An offer can be found unsafe after it was hidden for another reason.
    Raises `PermissionDenied` when `by` moderates other areas only, `HeldByAnotherError`.
    """
    post = locked(post)
    if reason not in HiddenFor.values:
        raise NotPossibleError
    if reason not in HiddenFor.by_system():
        access.check_judge(post, by)
        refuse_held(post, by)
    if post.state == State.HIDDEN and not outweighs(reason, post.hidden_for):
        return post
    return hide_now(post, by, reason)


def hide_now(post: Post, by: Resident | None, reason: str) -> Post:
    """Hide a locked post, or change the reason for which it is hidden.

    Whoever got in touch about an offer that a moderator finds unsafe is told; what nobody has
    seen of that is taken back with the finding.
    """
    if post.hidden_for == HiddenFor.UNSAFE:
        recalls.take_back(post)
    post.state, post.hidden_for, post.hidden_at = State.HIDDEN, reason, timezone.now()
    post.save(update_fields=["state", "hidden_for", "hidden_at"])
    listing.take_off(post)
    audit.record("post hidden", post, by, reason=reason)
    if by and reason == HiddenFor.UNSAFE and post.kind == Kind.OFFER:
        recalls.recall(post, by)
    return post


@transaction.atomic
def recall_offers(poster: Resident, by: Resident) -> None:
    """Hide every offer of somebody as unsafe, wherever it is and whatever became of it: what he
    gave away is the more dangerous. Everybody who got in touch about one is told.

    It follows from a suspension, so a moderator's areas are no limit here. One that was found
    unsafe before was recalled then.
    """
    offers = Post.objects.filter(resident=poster, kind=Kind.OFFER).exclude(
        hidden_for=HiddenFor.UNSAFE
    )
    for post in offers.order_by("-id"):  # locked as suspending does
        hide_now(locked(post), by, HiddenFor.UNSAFE)


def outweighs(reason: str, earlier: str) -> bool:
    """Whether a hidden post is to be hidden for a new reason."""
    by_hand = earlier not in HiddenFor.by_system()
    return reason != earlier and (reason == HiddenFor.UNSAFE or not by_hand)


@transaction.atomic
def restore(post: Post, by: Resident) -> Post:
    """A hidden post is again what it was: resolved, or open and on the square until it expires.

    Whoever has not yet seen that an offer was recalled will not.
    An open one whose contact has been erased meanwhile comes back as what it is by now: run out.
    Raises `NotPossibleError` while its account is suspended, `PermissionDenied` when `by` moderates
    other areas only, `HeldByAnotherError` for what somebody hid or reports did.
    """
    post = locked_with_poster(post)
    if post.state != State.HIDDEN:
        return post
    if post.hidden_for not in HiddenFor.by_system():
        access.check_judge(post, by)
    if post.hidden_for != HiddenFor.ACCOUNT:
        refuse_held(post, by)
    return restore_now(post, by)


def restore_now(post: Post, by: Resident) -> Post:
    """Bring a hidden post back that is locked, and so is its poster, whose account is active."""
    if post.hidden_for == HiddenFor.UNSAFE:
        recalls.take_back(post)
    post.state = State.RESOLVED if post.closed_at else State.OPEN
    post.hidden_for, post.hidden_at = "", None
    if post.erased_at:
        post.expires_at = min(post.expires_at, post.erased_at)
    post.save(update_fields=["state", "hidden_for", "hidden_at", "expires_at"])
    if post.state == State.OPEN and not post.erased_at:
        listing.put(post)
    audit.record("post restored", post, by)
    return post


def refuse_held(post: Post, by: Resident | None) -> None:
    """Two moderators never work on one post: whoever holds its case decides. The rows are locked,
    so that nobody takes it at the same moment.
    """
    if by is None:
        return
    cases = Case.objects.select_for_update(of=("self",)).filter(post=post, kind=Case.Kind.POST)
    list(cases.open().order_by("id"))
    if case := cases.held_by_others(by).select_related("taken_by").first():
        raise HeldByAnotherError(str(case.taken_by))


@transaction.atomic
def release_note(post: Post, by: Resident, seen: str) -> Post:
    """Put a waiting note up, as the moderator saw it. Raises as `waiting` does.

    `posts.cases` calls this and the next, and closes the case.
    """
    post = waiting(post, by, seen)
    post.note, post.held_note = post.held_note, ""
    post.save(update_fields=["note", "held_note"])
    audit.record("note released", post, by)
    return post


@transaction.atomic
def refuse_note(post: Post, by: Resident, seen: str, reason: str) -> Post:
    """Erase a waiting note; its poster is told the reason, and the post stays as it is.

    Raises as `waiting` does, and `NotPossibleError` for a reason that is on no list.
    """
    if reason not in dict(HiddenFor.by_hand()):
        raise NotPossibleError
    post = waiting(post, by, seen)
    post.held_note, post.note_refused_for = "", reason
    post.save(update_fields=["held_note", "note_refused_for"])
    audit.record("note refused", post, by, reason=reason)
    return post


@transaction.atomic
def let_note_wait(post: Post, by: Resident, note: str, refused_for: str) -> Post:
    """Take either back: the note waits again, if nothing else has become of it since.

    Raises `NotPossibleError`.
    """
    post = locked(post)
    access.check_judge(post, by)
    was = ("" if refused_for else note, "", refused_for)
    if not note or post.erased_at or (post.note, post.held_note, post.note_refused_for) != was:
        raise NotPossibleError
    post.note, post.held_note, post.note_refused_for = "", note, ""
    post.save(update_fields=["note", "held_note", "note_refused_for"])
    audit.record("note waits again", post, by)
    return post


def waiting(post: Post, by: Resident, seen: str) -> Post:
    """The post, locked, if the note that the moderator saw still waits.

    Raises `NotPossibleError` when it was changed or decided meanwhile, `PermissionDenied` when `by`
    moderates other areas only.
    """
    post = locked(post)
    access.check_judge(post, by)
    if not post.held_note or post.held_note != seen:
        raise NotPossibleError
    return post
