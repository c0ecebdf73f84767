"""Taking a copy of everything that is stored about oneself."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from safety import audit, register
from safety.quotas import Quota
from verification.models import Resident


class TooManyCopiesError(Exception):
    """This resident has taken enough copies for today."""


@transaction.atomic
def take_copy(resident: Resident) -> dict[str, Any]:
    """All that the register of personal data knows of a resident, by model and column.

    Raises `TooManyCopiesError` after EXPORTS_PER_DAY.
    """
    if not copies().use(str(resident.pk)):
        raise TooManyCopiesError
    audit.record("data exported", resident, resident)
    return {"made_at": timezone.now(), "data": register.export(resident)}


def copies() -> Quota:
    return Quota("copies of own data", settings.EXPORTS_PER_DAY, timedelta(days=1))
