"""Quotas: so many times in so long, exact under concurrency, kept in PostgreSQL.

The generic cell rate algorithm needs one time stamp per subject: the moment when its allowance is
full again. One use moves it by period / capacity; a use is refused when the stamp would be further
away than one period. One statement does both, so two requests at the edge cannot both pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from safety.models import QuotaUse


@dataclass(frozen=True)
class Quota:
    """`capacity` uses at once, and as many again spread over each `period`."""

    name: str
    capacity: int
    period: timedelta

    @property
    def step(self) -> timedelta:
        """After this time a subject has one use more."""
        return self.period / self.capacity

    def use(self, subject: str) -> bool:
        """Take one use; False if the subject has none left. A rolled-back use is given back.

        `subject` must be a random identifier or a digest, never a phone number.
        """
        return self.take(subject) is not None

    def take(self, subject: str) -> int | None:
        """Take one use, as above: how many are left after it; None if there was none."""
        period = self.period.total_seconds()
        values: dict[str, str | float] = {"name": self.name, "subject": subject, "period": period}
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO safety_quotause AS use (name, subject, full_at)
                VALUES (%(name)s, %(subject)s,
                        clock_timestamp() + make_interval(secs => %(step)s))
                ON CONFLICT (name, subject) DO UPDATE
                SET full_at = greatest(use.full_at, clock_timestamp())
                              + make_interval(secs => %(step)s)
                WHERE greatest(use.full_at, clock_timestamp()) + make_interval(secs => %(step)s)
                      <= clock_timestamp() + make_interval(secs => %(period)s)
                RETURNING extract(epoch FROM full_at - clock_timestamp())::float8
                """,
                values | {"step": self.step.total_seconds()},
            )
            row = cursor.fetchone()
        return None if row is None else round((period - row[0]) // self.step.total_seconds())

    def free_at(self, subject: str) -> datetime:
        """When the subject has one use left again; a time gone by if it has one now."""
        use = QuotaUse.objects.filter(name=self.name, subject=subject).first()
        full_at = use.full_at if use else timezone.now()
        return full_at + self.step - self.period

    def forget(self, subject: str) -> None:
        """Give a subject its whole allowance back: a right password ends a count of wrong ones."""
        QuotaUse.objects.filter(name=self.name, subject=subject).delete()


class UsedUpError(Exception):
    """A subject has used one of its quotas up; there is room again `free_at`."""

    def __init__(self, free_at: datetime) -> None:
        super().__init__()
        self.free_at = free_at


def use_all(quotas: Sequence[Quota], subject: str) -> None:
    """Take one use of each of these quotas, or of none. Raises `UsedUpError`.

    Name them in the same order everywhere: two takers who lock them crosswise would wait for ever.
    """
    try:
        with transaction.atomic():  # what was taken before a refusal is given back
            if not all(quota.use(subject) for quota in quotas):
                raise UsedUpError(timezone.now())
    except UsedUpError:
        raise UsedUpError(max(quota.free_at(subject) for quota in quotas)) from None


def forget_full() -> int:
    """Delete the rows of subjects whose allowance is full again: they say nothing any more."""
    return QuotaUse.objects.filter(full_at__lte=timezone.now()).delete()[0]
