"""The acts of the real-name check: submit, look, decide, erase.

A check that moves a verification from another account is asked for and decided in `recovery`.
"""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from safety import audit
from safety.quotas import Quota
from verification import consent, identity
from verification.documents import Document
from verification.identity import Answer, Outcome
from verification.models import Consent, KeptDigest, Level, RealNameCheck, Resident
from verification.signals import check_moved, real_name_lost, real_name_verified

State, Reason = RealNameCheck.State, RealNameCheck.Reason

LONGEST_WAIT = timedelta(hours=72)
WHY_NOT = [Reason.MISMATCH, Reason.INVALID, Reason.EXPIRED]  # what a reviewer can say
# An account can be made anew, a phone changes hands, a document can be guessed at from many
# accounts: each has a limit of its own.
PER_PERSON = Quota("documents of a person", settings.DOCUMENTS_PER_DAY, timedelta(days=1))
PER_PHONE = Quota("documents from a phone", settings.DOCUMENTS_PER_DAY, timedelta(days=1))
PER_DOCUMENT = Quota("tries of a document", settings.DOCUMENTS_PER_DAY, timedelta(days=1))
STATE_OF = {
    Outcome.VERIFIED: State.VERIFIED,
    Outcome.REFUSED: State.REFUSED,
    Outcome.NEEDS_PERSON: State.WAITING,
    Outcome.TRY_LATER: State.TRY_LATER,
}


class TooManyTriesError(Exception):
    """Enough for today: of this person, from this phone, or with this document."""


class AlreadyDecidedError(Exception):
    """Somebody else decided this check, or its data was erased."""


def latest(resident: Resident) -> RealNameCheck | None:
    """The newest check of a resident: what their page shows."""
    return resident.real_name_checks.order_by("-created_at").defer("name", "number").first()


def masked_names(residents: Iterable[UUID]) -> dict[UUID, str]:
    """The masked names ("刘**") of those of these residents who passed the check."""
    verified = RealNameCheck.objects.filter(resident__in=residents, state=State.VERIFIED)
    return dict(verified.values_list("resident", "masked_name"))


@sensitive_variables("document")
def submit(resident: Resident, document: Document) -> RealNameCheck:
    """Check a document to whose use the resident consents now; returns the check.

    A resident who is verified or waiting gets that check back, and nothing new is sent anywhere.
    Raises `TooManyTriesError`.
    """
    if current := _open_or_verified(resident):
        return current
    _use_up_a_try(resident, document)
    answer = ask(document)
    with transaction.atomic():
        resident = Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
        if current := _open_or_verified(resident):  # a double tap
            return current
        consent.give(resident, [Consent.Purpose.REAL_NAME])
        check = _keep(resident, document, answer)
        audit.record(
            "real-name check",
            check,
            resident,
            document=check.document_type,
            provider=check.provider,
            state=check.state,
            reason=check.reason,
        )
        if check.state == State.VERIFIED:
            raise_level(resident)
    return check


@sensitive_variables("document")
def _use_up_a_try(resident: Resident, document: Document) -> None:
    """Raises `TooManyTriesError`; a refusal uses nothing up."""
    with transaction.atomic():
        for quota, subject in (
            (PER_PERSON, str(resident.pk)),
            (PER_PHONE, str(resident.phone_digest)),
            (PER_DOCUMENT, document.digest),
        ):
            if not quota.use(subject):
                raise TooManyTriesError


@sensitive_variables("document")
def ask(document: Document) -> Answer:
    """What the provider says; nobody is asked about a document whose account was erased lately."""
    if KeptDigest.objects.until(document.digest):
        return Answer(Outcome.REFUSED, Reason.ERASED)
    return identity.provider().check(document)


def _open_or_verified(resident: Resident) -> RealNameCheck | None:
    return resident.real_name_checks.filter(state__in=[State.VERIFIED, State.WAITING]).first()


@sensitive_variables("document", "check")
def _keep(resident: Resident, document: Document, answer: Answer) -> RealNameCheck:
    """The row of an answer; a document that is another account's turns "verified" to "refused"."""
    now = timezone.now()
    check = RealNameCheck(
        resident=resident,
        document_type=document.type,
        document_digest=document.digest,
        masked_name=document.masked_name,
        state=STATE_OF[answer.outcome],
        reason=answer.reason,
        provider=settings.REAL_NAME_PROVIDER,
        created_at=now,
        decided_at=now,
    )
    if check.state == State.WAITING:
        check.name, check.number = document.name, document.number
        check.decided_at, check.erase_after = None, now + LONGEST_WAIT
    _save_unless_taken(check)
    if check.state == State.WAITING:
        check_moved.send(RealNameCheck, check=check)
    return check


def _save_unless_taken(check: RealNameCheck) -> None:
    """Save; the unique index says whether the document belongs to another account already."""
    if check.state == State.VERIFIED:
        try:
            with transaction.atomic():
                check.save()
            return
        except IntegrityError as error:
            if "one_account_per_document" not in str(error):
                raise
        check.state, check.reason = State.REFUSED, Reason.TAKEN
    check.save()


def raise_level(resident: Resident) -> None:
    """Give a resident the level of a real name; others hear of it."""
    resident.level = Level.REAL_NAME
    resident.save(update_fields=["level"])
    real_name_verified.send(sender=Resident, resident=resident)


def lapse_if_long_away(resident: Resident) -> None:
    """At sign-in by code: REAL_NAME_LASTS after the last one, the name has to be confirmed again.

    Numbers are given to new people after some months; whoever reads the text messages of this one
    now must not appear under the name of who had it. Sessions of before end too. A suspended
    account keeps its verification: its document must not become free for a new one.
    """
    if not resident.is_active:
        return
    seen = resident.phone_last_proven
    if resident.level < Level.REAL_NAME or seen > timezone.now() - settings.REAL_NAME_LASTS:
        return
    with transaction.atomic():
        still = Resident.objects.filter(pk=resident.pk, level=Level.REAL_NAME, is_active=True)
        if still.update(level=Level.PHONE):  # of two sign-ins at once, the first does it
            resident.real_name_checks.filter(state=State.VERIFIED).update(
                state=State.TRY_LATER, reason=Reason.LAPSED
            )
            resident.end_sessions()
            real_name_lost.send(sender=Resident, resident=resident)
            audit.record("real-name lapsed", resident)
    resident.refresh_from_db(fields=["level", "session_epoch"])


def look(check_id: UUID, reviewer: Resident) -> RealNameCheck:
    """A waiting check with its name and number, for a reviewer's eyes; every look is recorded.

    Raises `AlreadyDecidedError`, and PermissionDenied for one's own check.
    """
    with transaction.atomic():
        check = RealNameCheck.objects.filter(
            pk=check_id, state=State.WAITING, erase_after__gt=timezone.now()
        ).first()
        if check is None:
            raise AlreadyDecidedError
        may_review(reviewer, check)
        audit.record("identity seen", check, reviewer)
    return check


def decide(
    check_id: UUID, reviewer: Resident, state: RealNameCheck.State, reason: str = ""
) -> RealNameCheck:
    """Confirm (VERIFIED) or refuse (REFUSED with a `Reason`) a waiting check; its data is erased.

    A document that another account has is refused whatever the reviewer said. Raises
    `AlreadyDecidedError`, and PermissionDenied for one's own check.
    """
    if state not in (State.VERIFIED, State.REFUSED):
        raise ValueError(state)
    with transaction.atomic():
        check = lock_waiting(check_id)
        may_review(reviewer, check)
        if check.recovers_id:  # `recovery.decide` looks at more
            raise ValueError(check_id)
        close(check, state, reason, reviewer)
        if check.state == State.VERIFIED:
            raise_level(check.resident)
    return check


def may_review(reviewer: Resident, check: RealNameCheck) -> None:
    """Raises PermissionDenied for somebody without the right, and for one's own check."""
    if not reviewer.has_perm("verification.review_identity") or reviewer.pk == check.resident_id:
        raise PermissionDenied


def lock_waiting(check_id: UUID) -> RealNameCheck:
    """A waiting check, locked, with all residents it is about.

    Locks are taken in the order of `submit`: residents, then the check. Raises
    `AlreadyDecidedError`.
    """
    about = RealNameCheck.objects.filter(Q(pk=check_id) | Q(recoveries=check_id)).values("resident")
    list(Resident.objects.select_for_update(no_key=True).filter(pk__in=about).order_by("pk"))
    check = (
        RealNameCheck.objects.select_for_update(of=["self"])
        .select_related("resident")
        .filter(pk=check_id, state=State.WAITING)
        .first()
    )
    if check is None:
        raise AlreadyDecidedError
    return check


def close(check: RealNameCheck, state: RealNameCheck.State, reason: str, by: Resident) -> None:
    """Save somebody's decision of a locked check."""
    check.state, check.reason, check.decided_by = state, reason, by
    _forget(check)
    audit.record("real-name decided", check, by, state=check.state, reason=check.reason)


def _forget(check: RealNameCheck) -> None:
    """Save a decided check without name and number."""
    check.recovers = check.confirm_after = None
    check.name = check.number = ""
    check.erase_after = None
    check.decided_at = timezone.now()
    _save_unless_taken(check)
    check_moved.send(RealNameCheck, check=check)


def erase_overdue() -> int:
    """Erase name and number of checks that nobody decided in time; returns how many."""
    overdue = RealNameCheck.objects.filter(state=State.WAITING, erase_after__lte=timezone.now())
    erased = 0
    for check_id in overdue.values_list("pk", flat=True):
        with transaction.atomic():
            try:
                check = lock_waiting(check_id)
            except AlreadyDecidedError:  # decided between the list and the lock
                continue
            check.state, check.reason = State.TRY_LATER, Reason.OVERDUE
            _forget(check)
            audit.record("identity erased", check, reason=check.reason)
        erased += 1
    return erased
