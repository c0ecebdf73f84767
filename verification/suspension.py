"""Suspending a resident and taking it back."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from safety import audit
from safety.models import AuditEntry
from verification.models import Resident
from verification.signals import suspension_changed


class Reason(models.TextChoices):
    """Codes from a list: they stand in the audit log."""

    SELLING = "selling", _("asked for money")
    UNSAFE = "unsafe", _("gave medicine that may be unsafe")  # his offers are recalled
    FALSE = "false", _("false posts")
    HARASSMENT = "harassment", _("harassed others")
    SPAM = "spam", _("advertising")
    STOLEN = "stolen", _("the phone is in other hands")
    MISTAKE = "mistake", _("it was a mistake")
    SETTLED = "settled", _("the matter is settled")

    @classmethod
    def against(cls) -> list[tuple[str, Any]]:
        """The reasons to suspend; the others let somebody back in."""
        return [each for each in cls.choices if each[0] not in (cls.MISTAKE, cls.SETTLED)]


def reason_of(resident: Resident) -> str:
    """Why somebody is suspended, in words for him; empty if nobody ever wrote it down."""
    entry = AuditEntry.objects.filter(
        subject_kind=Resident._meta.label_lower, subject=str(resident.pk), act="suspended"
    ).first()
    return str(Reason(entry.details["reason"]).label) if entry else ""


def set_suspended(resident: Resident, by: Resident, suspended: bool, reason: Reason) -> None:
    """Suspend (signed out everywhere, cannot sign in) or let back in. Does nothing twice.

    Staff are suspended by whoever manages staff, nobody suspends themselves: PermissionDenied.
    Whoever listens to `suspension_changed` does what else follows, in the same transaction.
    """
    with transaction.atomic():
        resident = Resident.objects.select_for_update(no_key=True).get(pk=resident.pk)
        if resident.pk == by.pk or (resident.is_staff and not by.manages(resident)):
            raise PermissionDenied
        if resident.is_active != suspended:
            return
        resident.is_active = not suspended
        resident.save(update_fields=["is_active"])
        if suspended:
            resident.end_sessions()
        audit.record("suspended" if suspended else "restored", resident, by, reason=reason.value)
        suspension_changed.send(Resident, resident=resident, by=by, reason=reason)
