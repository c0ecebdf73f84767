"""The moderators' queue: take a case, decide it, undo that. Nobody holds what another holds.

Reports, waiting notes and identity checks are cases alike. An identity cannot be undone: its data
is erased with the decision.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from posts import access, moderation
from posts.closing import NotPossibleError, locked
from posts.models import Case, CaseQuerySet, Harm, HiddenFor, Kind, Post
from safety import audit
from verification import real_name, recovery, suspension
from verification.models import RealNameCheck, Resident

PAGE = 20
Outcome = Case.Outcome
# What can come of a case of each kind.
OUTCOMES = {
    Case.Kind.POST: [Outcome.KEPT, Outcome.DISMISSED, Outcome.HIDDEN, Outcome.SUSPENDED],
    Case.Kind.PERSON: [Outcome.KEPT, Outcome.DISMISSED, Outcome.SUSPENDED],
    Case.Kind.NOTE: [Outcome.RELEASED, Outcome.REFUSED],
    Case.Kind.IDENTITY: [],  # see `decide_identity`
}


class NotHeldError(Exception):
    """Another moderator holds this case, or it has been decided."""


def reasons_of(outcome: str) -> list[tuple[str, str]]:
    """The reasons that an outcome can have; none where no reason is told."""
    if outcome in (Outcome.HIDDEN, Outcome.REFUSED):
        return HiddenFor.by_hand()
    return suspension.Reason.against() if outcome == Outcome.SUSPENDED else []


@transaction.atomic
def take_next(by: Resident) -> Case | None:
    """The most urgent case that nobody holds, now held by this moderator; None if there is none.

    Whoever holds one already is given it again: a double tap takes one. What cannot be decided yet
    is passed over.
    """
    by = Resident.objects.select_for_update(no_key=True).get(pk=by.pk)
    free = access.cases_of(by).free_for(by).select_for_update(
        skip_locked=True, of=("self",)
    )  # fmt: skip
    case = free.filter(taken_by=by, taken_until__gt=timezone.now()).first()
    case = case or free.ready().by_urgency().first()
    return hold(case, by) if case else None


@transaction.atomic
def take(case_id: UUID, by: Resident) -> Case:
    """Hold one case; whatever else this moderator held is free again.

    Raises `NotHeldError` when another holds it, `Case.DoesNotExist` outside his areas.
    """
    by = Resident.objects.select_for_update(no_key=True).get(pk=by.pk)
    allowed = access.cases_of(by).select_for_update(of=("self",))
    case = allowed.get(pk=case_id)
    if case.closed_at or (case.is_held and case.taken_by_id != by.pk):
        raise NotHeldError
    held = Case.objects.filter(taken_by=by, closed_at=None).exclude(pk=case.pk)
    held.update(taken_by=None, taken_until=None)
    return hold(case, by)


@dataclass(frozen=True)
class Page:
    """Twenty cases, and the mark after which the next page begins; empty on the last."""

    cases: list[Case]
    after: str


def queue(by: Resident, after: str = "") -> Page:
    """Open cases by urgency, from a mark on. A mark that cannot be read gives the first page."""
    cases = access.cases_of(by).open().by_urgency()
    if mark := read_mark(after):
        harm, at, key = mark
        later = Q(harm__lt=harm) | Q(harm=harm, opened_at__gt=at)
        later |= Q(harm=harm, opened_at=at, pk__gt=key)
        cases = cases.filter(later, harm__lte=harm)  # the second is for the index
    return page_of(cases, "opened_at")


def decided(by: Resident, after: str = "") -> Page:
    """Decided cases, newest first, from a mark on."""
    cases = access.cases_of(by).filter(closed_at__isnull=False).order_by("-closed_at", "id")
    if mark := read_mark(after):
        _harm, at, key = mark
        cases = cases.filter(Q(closed_at__lt=at) | Q(closed_at=at, pk__gt=key), closed_at__lte=at)
    return page_of(cases, "closed_at")


def page_of(cases: CaseQuerySet, time: str) -> Page:
    found = list(cases.for_list()[: PAGE + 1])
    if len(found) <= PAGE:
        return Page(found, "")
    last = found[PAGE - 1]
    return Page(found[:PAGE], f"{last.harm} {getattr(last, time).isoformat()} {last.pk}")


def read_mark(text: str) -> tuple[int, datetime, UUID] | None:
    try:
        harm, at, key = text.split(" ")
        return Harm(int(harm)), datetime.fromisoformat(at).astimezone(UTC), UUID(key)
    except (ValueError, OverflowError):
        return None


def hold(case: Case, by: Resident) -> Case:
    is_new = case.taken_by_id != by.pk
    case.taken_by, case.taken_until = by, timezone.now() + settings.CASE_HOLD
    case.save(update_fields=["taken_by", "taken_until"])
    if is_new:
        audit.record("case taken", case, by)
    return case


@transaction.atomic
def put_back(case_id: UUID, by: Resident) -> None:
    """Leave a case to others. Raises `NotHeldError`."""
    case = held_by(case_id, by)
    case.taken_by = case.taken_until = None
    case.save(update_fields=["taken_by", "taken_until"])
    audit.record("case put back", case, by)


def held_by(case_id: UUID, by: Resident) -> Case:
    """The case, locked, if this moderator holds it: also over time, until another takes it."""
    case = access.cases_of(by).select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None or case.closed_at or case.taken_by_id != by.pk:
        raise NotHeldError
    return case


def locked_subject(case: Case) -> tuple[Resident, Post | None]:
    """Whom a case is about, and the post if it is about one; locked in the order of all acts."""
    person = Resident.objects.select_for_update(no_key=True).get(pk=person_of(case).pk)
    return person, locked(case.post) if case.post else None


def person_of(case: Case) -> Resident:
    """Whom a case is about: the reported person, or the poster of the reported post."""
    person = case.person
    if about := case.post or case.identity:
        person = about.resident
    assert person is not None  # by a constraint of the database
    return person


@transaction.atomic
def decide(case_id: UUID, by: Resident, outcome: str, reason: str = "", seen: str = "") -> Case:
    """Decide a case that this moderator holds, and do what the decision says. `seen` is the note
    that he read, if the case is about one.

    Suspending somebody recalls all that he offers when the medicine may be unsafe: because the
    moderator gives that reason, or because somebody reported the offer of this case for it,
    whatever the reason given. Then nobody has found it safe, and one warning too many harms nobody.

    Raises `NotHeldError`; `NotPossibleError` for an outcome or a reason that this kind has not, or
    a note that was changed; `PermissionDenied` for a suspension without the right to it, or of
    staff.
    """
    case = access.cases_of(by).select_related("post").filter(pk=case_id).first()
    if case is None:
        raise NotHeldError
    reasons = [value for value, _label in reasons_of(outcome)]
    if outcome not in OUTCOMES[Case.Kind(case.kind)] or reason not in (reasons or [""]):
        raise NotPossibleError
    person, post = locked_subject(case)
    case = held_by(case_id, by)
    if post and case.kind == Case.Kind.NOTE:
        decide_note(case, post, by, outcome, reason, seen)
    else:
        decide_report(case, person, post, by, outcome, reason)
    case.outcome, case.reason, case.decided_by = outcome, reason, by
    case.closed_at = timezone.now()
    case.taken_by = case.taken_until = None
    case.save()
    audit.record("case decided", case, by, outcome=outcome, reason=reason)
    return case


def decide_note(case: Case, post: Post, by: Resident, outcome: str, reason: str, seen: str) -> None:
    """The note goes up or is refused; what it said is kept until it is too late to undo that."""
    if outcome == Outcome.RELEASED:
        moderation.release_note(post, by, seen)
    else:
        moderation.refuse_note(post, by, seen, reason)
    case.decided_note = seen


def decide_report(
    case: Case, person: Resident, post: Post | None, by: Resident, outcome: str, reason: str
) -> None:
    """Suspend, hide, or leave it; the case keeps what it found and left."""
    case.hidden_before = post.hidden_for if post else ""
    before_recall = offers_besides(case, person)
    if outcome == Outcome.SUSPENDED:
        case.has_suspended = suspend(person, by, suspension.Reason(reason))
        if reason == suspension.Reason.UNSAFE or is_about_unsafe_offer(case):
            case.recalled = before_recall
            moderation.recall_offers(person, by)
    if post:
        case.hidden_after = settle(post, by, outcome, reason).hidden_for


@transaction.atomic
def decide_identity(case_id: UUID, by: Resident, state: str, reason: str = "") -> RealNameCheck:
    """Confirm or refuse an identity whose case this reviewer holds; the case goes with it.

    Raises `NotHeldError`; `NotPossibleError` for what is on no list; and as `real_name.decide` and
    `recovery.decide` do.
    """
    cases = access.cases_of(by).filter(kind=Case.Kind.IDENTITY)
    case = cases.select_related("identity").filter(pk=case_id).first()
    if case is None or case.identity is None:
        raise NotHeldError
    if (state, reason) not in identity_outcomes(case.identity):
        raise NotPossibleError
    check = real_name.lock_waiting(case.identity.pk)
    held_by(case_id, by)
    act = recovery.decide if check.recovers_id else real_name.decide
    return act(check.pk, by, RealNameCheck.State(state), reason)


def identity_outcomes(check: RealNameCheck) -> list[tuple[str, str]]:
    """What a reviewer can say of an identity: verified, or refused for one of its reasons."""
    why_not = recovery.WHY_NOT if check.recovers_id else real_name.WHY_NOT
    refused = RealNameCheck.State.REFUSED.value
    return [(RealNameCheck.State.VERIFIED.value, ""), *((refused, each.value) for each in why_not)]


def suspend(person: Resident, by: Resident, reason: suspension.Reason) -> bool:
    """Suspend whom a case is about; whether that changed anything."""
    if not access.may_suspend(by):
        raise PermissionDenied
    suspension.set_suspended(person, by, True, reason)
    return person.is_active  # as it was before


def is_about_unsafe_offer(case: Case) -> bool:
    """Whether somebody said of the reported offer that it may be unsafe."""
    return case.post is not None and case.post.kind == Kind.OFFER and case.harm == Harm.HEALTH


def offers_besides(case: Case, person: Resident) -> dict[str, str]:
    """What a recall would hide besides the post of the case, and what each is hidden for now."""
    offers = Post.objects.filter(resident=person, kind=Kind.OFFER).exclude(cases=case)
    found = offers.exclude(hidden_for=HiddenFor.UNSAFE).values_list("pk", "hidden_for")
    return {str(key): hidden_for for key, hidden_for in found}


def settle(post: Post, by: Resident, outcome: str, reason: str) -> Post:
    """Make the post agree with the decision: nothing stays hidden only until somebody looks."""
    if outcome == Outcome.HIDDEN:
        return moderation.hide(post, by, reason)
    post.refresh_from_db(fields=["state", "hidden_for", "hidden_at"])  # an account takes its posts
    if post.hidden_for != HiddenFor.REPORTED:
        return post
    try:
        return moderation.restore(post, by)
    except NotPossibleError:  # it comes back with its account
        return moderation.hide(post, by, HiddenFor.ACCOUNT)


@transaction.atomic
def undo(case_id: UUID, by: Resident) -> Case:
    """Take one's own decision back, within CASE_UNDO, and hold the case again.

    What others have changed since then stays. Raises `NotPossibleError` when it is too late, or
    when new reports have opened another case; `Case.DoesNotExist` for a case of others.
    """
    case = access.cases_of(by).select_related("post").get(pk=case_id, decided_by=by)
    person, post = locked_subject(case)
    case = Case.objects.select_for_update(of=("self",)).get(pk=case_id)
    if not can_be_undone(case, by) or has_successor(case):
        raise NotPossibleError
    if post and case.kind == Case.Kind.NOTE:
        moderation.let_note_wait(post, by, case.decided_note, case.reason)
    else:
        undo_report(case, person, post, by)
    case.outcome = case.reason = case.hidden_before = case.hidden_after = case.decided_note = ""
    case.recalled = {}
    case.decided_by, case.closed_at, case.has_suspended = None, None, False
    case.taken_by, case.taken_until = by, timezone.now() + settings.CASE_HOLD
    case.save()
    audit.record("decision undone", case, by)
    return case


def undo_report(case: Case, person: Resident, post: Post | None, by: Resident) -> None:
    """Let the person back in and bring the posts back."""
    if case.has_suspended and not person.is_active:
        suspension.set_suspended(person, by, False, suspension.Reason.MISTAKE)
        person.refresh_from_db(fields=["is_active"])
    if post:
        unsettle(post, person, by, case, case.hidden_before, case.hidden_after)
    for offer in Post.objects.filter(pk__in=case.recalled).order_by("-id"):
        before = case.recalled[str(offer.pk)]
        unsettle(locked(offer), person, by, case, before, HiddenFor.UNSAFE)


def can_be_undone(case: Case, by: Resident) -> bool:
    if case.closed_at is None or case.decided_by_id != by.pk:
        return False
    return timezone.now() < case.closed_at + settings.CASE_UNDO


def has_successor(case: Case) -> bool:
    same = Case.objects.open().filter(kind=case.kind, post=case.post_id, person=case.person_id)
    return same.exists()


def forget_notes() -> int:
    """Erase what decided notes said once nobody can undo the decision; returns how many."""
    too_late = Case.objects.filter(closed_at__lte=timezone.now() - settings.CASE_UNDO)
    return too_late.exclude(decided_note="").update(decided_note="")


def unsettle(
    post: Post, person: Resident, by: Resident, case: Case, before: str, after: str
) -> None:
    """Bring a post back to where the decision found it, unless others have moved it since."""
    post.refresh_from_db(fields=["state", "hidden_for", "hidden_at"])
    came_back = case.has_suspended and post.hidden_for == ""
    if post.hidden_for != after and not came_back:
        return
    if before in ("", HiddenFor.ACCOUNT):  # that depends on how the account is now
        before = "" if person.is_active or post.closed_at else HiddenFor.ACCOUNT
    if before == post.hidden_for:
        return
    if before:
        moderation.hide_now(post, by, before)
    else:
        moderation.restore_now(post, by)
