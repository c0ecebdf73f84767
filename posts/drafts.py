"""What somebody has filled in so far: kept encrypted in the database, found by a signed cookie.

Each step is kept exactly as it was typed, right or wrong, and checked by its form whenever it is
read. So nothing typed is lost, and a post is only ever made from what the forms accept now.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from posts.models import Draft, Kind
from safety import register
from verification.models import Resident

KEPT_FOR = timedelta(days=2)
DETAILS, REACH = "details", "reach"
STEPS = (DETAILS, REACH)
NO_ANSWERS = ("csrfmiddlewaretoken", "go", "picker", "q", "without")  # tokens, buttons, searches
LONGEST_STEP = 20_000  # characters; the longest honest one has about 2,000


def cookie_name(kind: Kind) -> str:
    return ("" if settings.LOCAL else "__Host-") + f"draft-{kind.word}"


def find(request: HttpRequest, kind: Kind) -> Draft | None:
    """The draft of this browser. Once a resident has opened it, nobody else can."""
    try:
        key = UUID(request.get_signed_cookie(cookie_name(kind), max_age=KEPT_FOR))
    except (KeyError, BadSignature, ValueError):
        return None
    oldest = timezone.now() - KEPT_FOR
    draft = Draft.objects.filter(pk=key, kind=kind, touched_at__gt=oldest).first()
    if draft is None:
        return None
    if draft.resident_id is None:
        return draft
    return draft if draft.resident_id == request.user.pk else None


def key_in(request: HttpRequest, kind: Kind) -> UUID | None:
    """The id in the cookie, whether or not the draft is still there (it goes when published)."""
    try:
        return UUID(request.get_signed_cookie(cookie_name(kind), max_age=KEPT_FOR))
    except (KeyError, BadSignature, ValueError):
        return None


def claim(draft: Draft, resident: Resident) -> None:
    """From now on the draft is this resident's alone."""
    if draft.resident_id is None:
        draft.resident = resident
        draft.save(update_fields=["resident"])


def remember(response: HttpResponse, draft: Draft) -> HttpResponse:
    """Point this browser at the draft."""
    response.set_signed_cookie(
        cookie_name(Kind(draft.kind)),
        str(draft.pk),
        max_age=KEPT_FOR,
        secure=not settings.LOCAL,
        httponly=True,
        samesite="Lax",
    )
    return response


def forget(response: HttpResponse, kind: Kind) -> HttpResponse:
    response.set_cookie(
        cookie_name(kind), "", max_age=0, secure=not settings.LOCAL, httponly=True, samesite="Lax"
    )
    return response


def keep(draft: Draft, step: str, typed: QueryDict) -> None:
    """Keep one step as it was typed, except for what is not an answer."""
    answers: dict[str, list[str]] = {}
    room = LONGEST_STEP
    for name, values in typed.lists():
        room -= sum(map(len, [name, *values]))
        if name not in NO_ANSWERS and room >= 0:
            answers[name] = values
    draft.data = {**draft.data, step: answers}
    draft.save()


def typed_in(draft: Draft, step: str) -> "MultiValueDict[str, str] | None":
    """What was typed in a step, or None if it has not been reached."""
    answers = draft.data.get(step)
    return None if answers is None else MultiValueDict(answers)


def of(resident: Resident) -> QuerySet[Draft]:
    """What a resident has not published yet."""
    return Draft.objects.filter(resident=resident).select_related("editing").order_by("touched_at")


def remove_old() -> int:
    """Erase drafts that nobody came back to; returns how many."""
    return register.delete_in_batches(
        Draft.objects.filter(touched_at__lte=timezone.now() - KEPT_FOR)
    )
