"""Moving a verification here from an account whose phone is lost.

Name and number were confirmed before (by the check that ended as TAKEN), so a request holds
neither. But whoever knows another's name and number could ask as well. So the other account's phone
is told by text message, whoever signs in there can say no, nobody can confirm before RECOVERY_WAIT
has passed, and then a reviewer decides. Nobody learns whose the other account is.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from safety import audit
from safety.models import AuditEntry
from safety.quotas import Quota
from verification import real_name, sms
from verification.models import Level, RealNameCheck, Resident, Untied, WeixinTie
from verification.real_name import TooManyTriesError
from verification.signals import check_moved, real_name_lost

State, Reason = RealNameCheck.State, RealNameCheck.Reason

WHY_NOT = [Reason.UNPROVEN]  # what a reviewer can say
DECIDED_WITHIN = timedelta(days=7)  # after the wait; then the request ends by itself
TOLD, NOT_TOLD = "recovery told", "recovery not told"  # acts in the audit log
# Each request is a text message to somebody who may be asleep, or ill.
PER_PERSON = Quota("recoveries of a person", 3, timedelta(days=7))
PER_VERIFICATION = Quota("recoveries of a verification", 3, timedelta(days=7))


class NothingToMoveError(Exception):
    """The newest document of this resident is not another account's."""


class TooEarlyError(Exception):
    """The other account can still say no, or was not told yet."""


def holder_of(resident: Resident) -> RealNameCheck | None:
    """Another account's check that stands in the way of this resident's newest one."""
    mine = real_name.latest(resident)
    if mine is None or (mine.state, mine.reason) != (State.REFUSED, Reason.TAKEN):
        return None
    taken = RealNameCheck.objects.filter(
        document_digest=mine.document_digest, state=State.VERIFIED
    ).exclude(resident=resident)
    return taken.defer("name", "number").select_related("resident").first()


def ask(resident: Resident) -> RealNameCheck:
    """Ask to move the verification of one's newest document here; tells the other account's phone.

    Asked again, it gives what is waiting already, and sends the message if that failed before.
    Raises `NothingToMoveError`, `TooManyTriesError`, and `sms.NotSentError`: then the request is
    kept, but it cannot be confirmed until the message went out.
    """
    with transaction.atomic():
        resident = Resident.objects.select_for_update().get(pk=resident.pk)
        check = _waiting(resident)
        if check and check.confirm_after:
            return check
        held = check.recovers if check else holder_of(resident)
        if held is None:
            raise NothingToMoveError
        if not (PER_PERSON.use(str(resident.pk)) and PER_VERIFICATION.use(str(held.pk))):
            raise TooManyTriesError
        check = check or _open(resident, held)
    _tell(check, held.resident.phone)
    return check


def _waiting(resident: Resident) -> RealNameCheck | None:
    return (
        resident.real_name_checks.filter(state=State.WAITING, recovers__isnull=False)
        .select_related("recovers__resident")
        .first()
    )


def _open(resident: Resident, held: RealNameCheck) -> RealNameCheck:
    now = timezone.now()
    check = RealNameCheck.objects.create(
        resident=resident,
        document_type=held.document_type,
        document_digest=held.document_digest,
        masked_name=held.masked_name,
        state=State.WAITING,
        provider=settings.REAL_NAME_PROVIDER,
        created_at=now,
        erase_after=now + settings.RECOVERY_WAIT + DECIDED_WITHIN,
        recovers=held,
    )
    audit.record("recovery asked", check, resident)
    check_moved.send(RealNameCheck, check=check)
    return check


def _tell(check: RealNameCheck, phone: str) -> None:
    """Tell the other phone; from now on the wait counts. A dead number cannot be told, nor can
    anybody sign in with it. Outside any transaction: a gateway may take seconds."""
    act = TOLD
    try:
        sms.send(phone, sms.Template.RECOVERY)
    except sms.BadNumberError:
        act = NOT_TOLD
    with transaction.atomic():
        check.confirm_after = timezone.now() + settings.RECOVERY_WAIT
        told = RealNameCheck.objects.filter(pk=check.pk, state=State.WAITING, confirm_after=None)
        if told.update(confirm_after=check.confirm_after):
            audit.record(act, check)


def asked_of(resident: Resident) -> RealNameCheck | None:
    """The oldest waiting request to move this resident's own verification away."""
    asked = RealNameCheck.objects.filter(recovers__resident=resident, state=State.WAITING)
    return asked.order_by("created_at").first()


def say_no(resident: Resident) -> int:
    """Keep one's own verification: ends all requests to move it away; returns how many."""
    asked = RealNameCheck.objects.filter(recovers__resident=resident, state=State.WAITING)
    ended = 0
    for check_id in asked.values_list("pk", flat=True):
        with transaction.atomic():
            try:
                check = real_name.lock_waiting(check_id)
            except real_name.AlreadyDecidedError:  # decided between the list and the lock
                continue
            real_name.close(check, State.REFUSED, Reason.OBJECTED, resident)
        ended += 1
    return ended


def facts(check: RealNameCheck) -> dict[str, object]:
    """What a reviewer may know of a waiting request: nothing that says who somebody is."""
    held = RealNameCheck.objects.select_related("resident").get(recoveries=check)
    rivals = held.recoveries.filter(state=State.WAITING).exclude(pk=check.pk)
    told = AuditEntry.objects.filter(
        subject_kind=check._meta.label_lower, subject=str(check.pk), act__in=[TOLD, NOT_TOLD]
    )
    return {
        "held": held,
        "rivals": rivals.exists(),
        "told": told.values_list("act", flat=True).first(),
        "may_confirm": _wait_is_over(check) and _may_leave(held),
    }


def _wait_is_over(check: RealNameCheck) -> bool:
    return check.confirm_after is not None and check.confirm_after <= timezone.now()


def _may_leave(held: RealNameCheck) -> bool:
    """From a suspended account, nobody takes his name to a new one."""
    return held.state == State.VERIFIED and held.resident.is_active


def decide(
    check_id: UUID, reviewer: Resident, state: RealNameCheck.State, reason: str = ""
) -> RealNameCheck:
    """Move the verification (VERIFIED), or refuse (REFUSED with a `Reason`).

    The other account falls back to the phone level. If it was suspended or lost its verification
    meanwhile, the request is refused whatever the reviewer said. Raises `AlreadyDecidedError`,
    `TooEarlyError`, and PermissionDenied for a check of one's own, on either side.
    """
    with transaction.atomic():
        check = real_name.lock_waiting(check_id)
        real_name.may_review(reviewer, check)
        held = RealNameCheck.objects.select_related("resident").get(recoveries=check)
        if held.resident_id == reviewer.pk:
            raise PermissionDenied
        if state == State.VERIFIED:
            if not _wait_is_over(check):
                raise TooEarlyError
            if _may_leave(held):
                _take_away(held, reviewer)
            else:
                state, reason = State.REFUSED, Reason.TAKEN
        real_name.close(check, state, reason, reviewer)
        if check.state == State.VERIFIED:
            real_name.raise_level(check.resident)
    return check


def _take_away(held: RealNameCheck, reviewer: Resident) -> None:
    """The verification leaves an account; its row stays, and says why. Its phone is lost, so it is
    entered no more, and its owner's WeChat is free for the other account."""
    held.state, held.reason, held.decided_at = State.REFUSED, Reason.MOVED, timezone.now()
    held.save(update_fields=["state", "reason", "decided_at"])
    held.resident.level = Level.PHONE
    held.resident.save(update_fields=["level"])
    WeixinTie.objects.untie(held.resident, reviewer, Untied.MOVED)
    real_name_lost.send(sender=Resident, resident=held.resident)
    audit.record("verification moved", held, reviewer)
