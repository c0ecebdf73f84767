"""Alarms: a limit of the whole site was met, or somebody guesses; the operator should look.

An alarm says what and how often, never who. It stands on the admin's first page until a moderator
has seen to it, and is one ERROR line in the log for the operator's monitoring.
"""

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from safety import audit
from safety.models import Alarm

logger = logging.getLogger(__name__)


# For the log, which is read by people and programs that may not know Chinese.
ENGLISH = {
    Alarm.Kind.CODES: "the limit of codes for everybody was met",
    Alarm.Kind.NUMBERS: "very many codes were asked for numbers that lie close together",
    Alarm.Kind.GUESSES: "very many wrong codes were typed",
    Alarm.Kind.STAFF: "somebody tries passwords or codes of staff",
}


def ring(kind: Alarm.Kind) -> None:
    """Note that it happened (again). The first time within an hour makes the row and the line.

    Call it outside the transaction of what was refused, which would take the alarm back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO safety_alarm AS alarm (kind, hour, at, times)
            VALUES (%s, date_trunc('hour', now()), now(), 1)
            ON CONFLICT (kind, hour) DO UPDATE SET times = alarm.times + 1
            RETURNING times
            """,
            [kind.value],
        )
        (times,) = cursor.fetchone()
    if times == 1:
        logger.error("ALARM %s: %s", kind.value, ENGLISH[kind])


def unseen() -> QuerySet[Alarm]:
    """What nobody has seen to yet, newest first."""
    return Alarm.objects.filter(acknowledged_at=None).order_by("-id")


def acknowledge(alarm_id: int, by: Any) -> None:
    """A resident has seen to it: the alarm leaves the first page. The second time does nothing.

    Raises PermissionDenied.
    """
    if not by.has_perm("safety.acknowledge_alarm"):
        raise PermissionDenied
    with transaction.atomic():
        alarm = unseen().select_for_update().filter(pk=alarm_id).first()
        if alarm is None:
            return
        alarm.acknowledged_at, alarm.acknowledged_by = timezone.now(), by.pk
        alarm.save(update_fields=["acknowledged_at", "acknowledged_by"])
        audit.record("alarm acknowledged", alarm, by, kind=alarm.kind)
