"""Write to the audit log. Call it inside the transaction of the act it records."""

from typing import Any
from uuid import UUID

from django.db import models, transaction

from safety.models import AuditEntry


def record(act: str, subject: models.Model, actor: Any = None, **details: Any) -> AuditEntry:
    """Record that `actor` (a resident, or None for the system) did `act` to `subject`.

    `details` must hold no personal data: states, reasons from a list, field names, amounts.
    Raises RuntimeError outside a transaction, since act and record must stand or fall together.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An audit entry belongs in the transaction of its act.")
    actor_id = actor.pk if isinstance(actor, models.Model) else actor
    return AuditEntry.objects.create(
        act=act,
        actor=actor_id if isinstance(actor_id, UUID) else None,
        subject_kind=subject._meta.label_lower,
        subject=str(getattr(subject, "public_id", subject.pk)),
        details=details,
    )
