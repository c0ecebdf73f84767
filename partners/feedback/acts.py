"""What is done with feedback: sent, looked at, answered, closed, read, forgotten."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import Resolver404, resolve
from django.utils import timezone

from partners.feedback.models import Feedback
from safety import audit, register
from safety.quotas import Quota
from verification.models import Resident

PER_RESIDENT = Quota("feedback", settings.FEEDBACK_PER_DAY, timedelta(days=1))
PER_ADDRESS = Quota("feedback of an address", settings.VISITOR_FEEDBACK_PER_DAY, timedelta(days=1))
SHOWN = 10
SECRET = {"token"}  # parts of addresses that whoever reads them may use
OVER_SINCE = Coalesce("handled_at", "at")


class TooMuchError(Exception):
    """This person, or this address, has sent as much as one may in a day."""


class NotPossibleError(Exception):
    """It has been answered or closed meanwhile, or there is nobody to answer."""


def page_named(path: str) -> str:
    """The page that feedback is about: an address of ours without its query and without secrets;
    empty for anything else.
    """
    path = path.partition("?")[0].partition("#")[0]
    try:
        match = resolve(path)
    except Resolver404:
        return ""
    if SECRET & match.kwargs.keys() or len(path) > Feedback.LONGEST_PAGE:
        return f"/{match.route}"[: Feedback.LONGEST_PAGE]
    return path


@transaction.atomic
def send(resident: Resident | None, address: str, text: str, page: str) -> Feedback:
    """Keep a screened text. `address` is a digest that only counts. Raises `TooMuchError`."""
    is_allowed = PER_RESIDENT.use(str(resident.pk)) if resident else PER_ADDRESS.use(address)
    if not is_allowed:
        raise TooMuchError
    sent = Feedback.objects.create(resident=resident, text=text, page=page_named(page))
    audit.record("feedback sent", sent, resident)
    return sent


def of(resident: Resident) -> list[Feedback]:
    """What somebody has told, the newest first, with the answers."""
    return list(Feedback.objects.filter(resident=resident).order_by("-at")[:SHOWN])


def unread(resident: Resident) -> QuerySet[Feedback]:
    """What has an answer that its sender has not seen."""
    answered = Feedback.State.ANSWERED
    return Feedback.objects.filter(resident=resident, state=answered, read_at=None)


def read(resident: Resident) -> None:
    """Somebody has all answers before his eyes."""
    unread(resident).update(read_at=timezone.now())


def waiting(feedback_id: UUID) -> Feedback:
    """One that is not settled, locked. Raises `NotPossibleError`, `Feedback.DoesNotExist`."""
    found = Feedback.objects.select_for_update(of=("self",)).get(pk=feedback_id)
    if found.state not in Feedback.WAITING:
        raise NotPossibleError
    return found


@transaction.atomic
def take(feedback_id: UUID, by: Resident) -> None:
    """Say that somebody is looking at it."""
    handle(waiting(feedback_id), by, Feedback.State.LOOKING)


@transaction.atomic
def answer(feedback_id: UUID, by: Resident, text: str) -> None:
    """Answer whoever sent it; the answer stands on the own pages. A visitor cannot be answered."""
    found = waiting(feedback_id)
    if found.resident_id is None or not text:
        raise NotPossibleError
    found.answer = text
    handle(found, by, Feedback.State.ANSWERED)


@transaction.atomic
def close(feedback_id: UUID, by: Resident) -> None:
    """Settled without an answer."""
    handle(waiting(feedback_id), by, Feedback.State.CLOSED)


def handle(found: Feedback, by: Resident, state: Feedback.State) -> None:
    found.state, found.handled_by, found.handled_at = state, by, timezone.now()
    found.save(update_fields=["state", "answer", "handled_by", "handled_at"])
    audit.record("feedback handled", found, by, state=state)


def forget_old() -> int:
    """Delete what was settled, or never looked at, FEEDBACK_KEPT ago; returns how many."""
    before = timezone.now() - settings.FEEDBACK_KEPT
    old = Feedback.objects.alias(over=OVER_SINCE).filter(over__lte=before)
    return register.delete_in_batches(old)
