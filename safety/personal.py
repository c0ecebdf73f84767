"""What the ground floor and Django itself hold about people: their part of the register."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from safety import quotas, register, timed
from safety.models import AuditEntry

NOBODY = _("nobody: the machine alone")


def of_audit_log(person: Any) -> QuerySet[AuditEntry]:
    """What somebody did, and what was done to the account."""
    kind = get_user_model()._meta.label_lower
    mine = Q(actor=person.pk) | Q(subject_kind=kind, subject=str(person.pk))
    return AuditEntry.objects.filter(mine).order_by("id")


def forget_sessions() -> int:
    return register.delete_in_batches(Session.objects.filter(expire_date__lte=timezone.now()))


def forget_cached() -> int:
    """Delete what the cache does not give out any more: Django would leave it in the table."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache WHERE expires <= now()")
        return cursor.rowcount


register.hold(
    "safety.AuditEntry",
    "at",
    "act",
    "actor",
    "subject_kind",
    "subject",
    "details",
    what=_("Record of acts: what was done, when, by which random identifier"),
    why=_("so that whatever is disputed later can be looked at"),
    kept=lambda: str(
        _("for good; once an account is erased, its identifier stands for nobody any more")
    ),
    seen_by=_("moderators"),
)
register.rows("safety.AuditEntry", of_audit_log, but=("actor", "subject"))
register.not_personal("safety.AuditEntry", "id")

register.hold(
    "safety.QuotaUse",
    "name",
    "subject",
    "full_at",
    what=_("How often a number, a network address or an account did something lately"),
    why=_("so that nobody floods others with text messages or collects numbers"),
    kept=lambda: str(_("at most a week; numbers and addresses as an unreadable fingerprint only")),
    seen_by=NOBODY,
)
register.not_personal("safety.QuotaUse", "id")
register.deadline("used-up quotas", quotas.forget_full)

register.hold(
    "safety.Alarm",
    "acknowledged_by",
    "acknowledged_at",
    what=_("Of staff: who has seen to an alarm, and when"),
    why=_("so that two do not do the same"),
    kept=lambda: str(_("as long as the alarm")),
    seen_by=_("moderators"),
)
register.not_personal("safety.Alarm", "id", "kind", "hour", "at", "times")

register.hold(
    "sessions.Session",
    "session_key",
    "session_data",
    "expire_date",
    what=_("Your signed-in browser"),
    why=_("so that you stay signed in"),
    kept=lambda: str(_("two weeks, or until you sign out; encrypted")),
    seen_by=NOBODY,
)
register.deadline("sessions", forget_sessions)

register.hold(
    "cache",
    "cache_key",
    "value",
    "expires",
    what=_("Counters of sign-in tries"),
    why=_("so that nobody guesses codes"),
    kept=lambda: str(_("at most a day; numbers and addresses as an unreadable fingerprint only")),
    seen_by=NOBODY,
)
register.deadline("counters in the cache", forget_cached)

register.not_personal(
    "safety.ScreeningWord",
    "id",
    "word",
    "category",
    "outcome",
    "exceptions",
    "by_sound",
    "note",
    "is_active",
)
register.not_personal("safety.ScreeningVersion", "id", "mark")

register.not_personal("safety.TimedWork", "name", "next_at", "task")
register.not_personal(  # names from the code and numbers: see safety.timed
    "django_tasks_database.DBTaskResult",
    "id",
    "status",
    "enqueued_at",
    "started_at",
    "finished_at",
    "args_kwargs",
    "priority",
    "task_path",
    "worker_ids",
    "queue_name",
    "backend_name",
    "run_after",
    "return_value",
    "exception_class_path",
    "traceback",
)
register.deadline("tasks that are over", timed.forget_old)
