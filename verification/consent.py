"""Consent: what a resident agreed to, in which wording; asked again when the wording changes.

Health facts and where somebody is are sensitive data, so that the law (PIPL articles 28-30) wants
a consent of its own for them, apart from the one to the terms. Withdrawing is as easy as giving.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safety import audit
from verification.documents import YOUNGEST
from verification.models import Consent, KeptDigest, Level, RealNameCheck, Resident
from verification.signals import consent_withdrawn

Purpose = Consent.Purpose

# A new version whenever the words below, or what the privacy page promises, change: from then on
# everybody is asked again before the next act.
VERSIONS: dict[str, str] = {
    Purpose.TERMS: "2026-11",
    Purpose.AGE: "2026-11",
    Purpose.SENSITIVE: "2026-11",
    Purpose.REAL_NAME: "2026-11",
}
WORDS: dict[str, Any] = {
    Purpose.TERMS: _("I have read the terms and the privacy page, and agree to them."),
    Purpose.AGE: _("I am %(age)s or older. (Posting for a child is fine.)"),
    Purpose.SENSITIVE: _(
        "I agree separately that my post shows everybody who the medicine is for, health facts "
        "that I enter, and the place roughly, until it is over."
    ),
    Purpose.REAL_NAME: _(
        "I agree that my name and document number are used once, to confirm who I am. Afterwards "
        "only the first character of my name and an unreadable fingerprint of the number are kept."
    ),
}
NEEDED = {
    "join": (Purpose.TERMS, Purpose.AGE),
    "reveal": (Purpose.TERMS, Purpose.AGE),
    "publish": (Purpose.TERMS, Purpose.AGE, Purpose.SENSITIVE),
}


def words(purpose: str) -> str:
    """What somebody agrees to, as it stands beside the box."""
    return str(WORDS[purpose]) % {"age": YOUNGEST}


def given(resident: Resident) -> set[str]:
    """The purposes to whose present wording a resident agrees."""
    standing = resident.consents.filter(withdrawn_at=None).values_list("purpose", "version")
    return {purpose for purpose, version in standing if VERSIONS.get(purpose) == version}


def missing(resident: Resident | AnonymousUser, act: str) -> list[str]:
    """The purposes that an act ("join", "reveal", "publish") needs and that were not agreed to yet.

    Of somebody who is not signed in nobody knows: all of them.
    """
    agreed = given(resident) if resident.is_authenticated else set()
    return [purpose for purpose in NEEDED[act] if purpose not in agreed]


def standing(resident: Resident) -> list[Consent]:
    """What a resident agrees to at present, also in an older wording; newest last."""
    return list(resident.consents.filter(withdrawn_at=None).order_by("id"))


@transaction.atomic
def give(resident: Resident, purposes: Collection[str]) -> None:
    """Record that a resident agrees to the present wording of these purposes. Twice is once."""
    for purpose in purposes:
        _consent, new = Consent.objects.get_or_create(
            resident=resident, purpose=purpose, version=VERSIONS[purpose], withdrawn_at=None
        )
        if new:
            audit.record("consent given", resident, resident, purpose=str(purpose))


@transaction.atomic
def withdraw(resident: Resident, purpose: str) -> None:
    """A resident agrees no longer. What lived from the consent goes in the same transaction.

    Of the real-name check all rows go and the level falls; the document's digest is kept as if the
    account were erased, so that it cannot serve one account after the other.
    """
    resident = Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
    standing = resident.consents.filter(purpose=purpose, withdrawn_at=None)
    if not standing.update(withdrawn_at=timezone.now()):
        return
    if purpose == Purpose.REAL_NAME:
        forget_identity(resident)
    audit.record("consent withdrawn", resident, resident, purpose=str(purpose))
    consent_withdrawn.send(Resident, resident=resident, purpose=purpose)


def forget_identity(resident: Resident) -> None:
    KeptDigest.objects.keep(documents_of(resident))
    resident.real_name_checks.all().delete()
    resident.level = min(resident.level, Level.PHONE)
    resident.save(update_fields=["level"])


def documents_of(resident: Resident) -> list[str]:
    """Digests of the documents with which a resident was verified."""
    verified = resident.real_name_checks.filter(state=RealNameCheck.State.VERIFIED)
    return list(verified.values_list("document_digest", flat=True))
