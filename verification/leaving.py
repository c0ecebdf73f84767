"""Erasing an account: by its owner, by the operator on request, or because nobody uses it."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from safety import audit, register
from verification.consent import documents_of
from verification.models import Consent, KeptDigest, Level, RealNameCheck, Resident

LAST_SEEN = Coalesce("last_login", "date_joined")


@transaction.atomic
def erase(resident: Resident, by: Resident | None) -> None:
    """Erase an account with all that is known of it. `by` is None for the timer and the operator.

    The audit log stays whole: its random identifier stands for nobody any more. Digests of the
    number and the document are kept for a short time, for a suspended account longer. Raises
    PermissionDenied for staff, whose rights somebody has to take away first, and for a suspended
    resident, who would wash himself clean.
    """
    resident = Resident.objects.select_for_update().get(pk=resident.pk)
    if resident.is_staff or (by is not None and not resident.is_active):
        raise PermissionDenied
    keep_digests(resident)
    audit.record("account erased", resident, by)
    for part in register.FAREWELLS:
        part(resident)
    resident.delete()


def rejoin_after() -> timedelta:
    """How long the number of an erased account cannot make a new one (REJOIN_AFTER_DAYS)."""
    return settings.REJOIN_AFTER


def keep_digests(resident: Resident) -> None:
    time = settings.REJOIN_AFTER if resident.is_active else settings.SUSPENDED_KEPT
    digests = [resident.phone_digest, *documents_of(resident)]
    KeptDigest.objects.keep((each for each in digests if each), time)


def unseen_for(time: timedelta) -> QuerySet[Resident]:
    """Residents who have not signed in for so long. Staff are the operator's matter."""
    people = Resident.objects.filter(is_staff=False).alias(last_seen=LAST_SEEN)
    return people.filter(last_seen__lte=timezone.now() - time)


def erase_unused() -> int:
    """Erase accounts to which nobody has signed in for ACCOUNT_KEPT_DAYS."""
    return erase_all(unseen_for(settings.ACCOUNT_KEPT))


def erase_unfinished() -> int:
    """Erase accounts that proved a number and then did nothing for UNFINISHED_KEPT_DAYS.

    Who published, looked at a contact or was looked at by a reviewer has agreed to something.
    """
    agreed = Exists(Consent.objects.filter(resident=OuterRef("pk")))
    checked = Exists(RealNameCheck.objects.filter(resident=OuterRef("pk")))
    people = unseen_for(settings.UNFINISHED_KEPT).filter(level__lte=Level.PHONE, is_active=True)
    return erase_all(people.filter(~agreed, ~checked))


def erase_all(people: QuerySet[Resident]) -> int:
    """Erase accounts one by one, each in its own transaction; returns how many it were."""
    erased = 0
    for batch in register.in_batches(people):
        for key in batch:
            erased += erase_if_still(people, key)
    return erased


@transaction.atomic
def erase_if_still(people: QuerySet[Resident], key: UUID) -> bool:
    """Erase one account, unless somebody has signed in to it meanwhile."""
    resident = people.filter(pk=key).select_for_update(of=("self",)).first()
    if resident is None:
        return False
    erase(resident, None)
    return True


def forget_digests() -> int:
    """Erase the digests of erased accounts whose time is over."""
    return register.delete_in_batches(KeptDigest.objects.filter(erase_after__lte=timezone.now()))


def erase_refused_checks() -> int:
    """Erase checks that led to nothing, REFUSED_CHECKS_KEPT_DAYS after the decision."""
    useless = [RealNameCheck.State.REFUSED, RealNameCheck.State.TRY_LATER]
    oldest = timezone.now() - settings.REFUSED_CHECKS_KEPT
    return register.delete_in_batches(
        RealNameCheck.objects.filter(state__in=useless, created_at__lte=oldest)
    )
