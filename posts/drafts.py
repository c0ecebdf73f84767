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
from safety.encryption import digest
from safety.quotas import Quota
from verification.models import Resident
from verification.phones import as_said, e164
from verification.requests import address_digest
from verification.signin import SHARED_IDLE

KEPT_FOR = timedelta(days=2)
KEPT_WHERE_SHARED = timedelta(seconds=SHARED_IDLE)  # as long as a session there
# Nobody has to sign in to begin one: a machine would fill the disk. Many people share an address.
NEW_ONES = Quota("new drafts from an address", 120, timedelta(hours=1))
DETAILS, REACH = "details", "reach"
STEPS = (DETAILS, REACH)
# Tokens, buttons, searches.
NO_ANSWERS = ("csrfmiddlewaretoken", "go", "picker", "q", "weixin", "without")
LONGEST_STEP = 20_000  # characters; the longest honest one has about 2,000


def cookie_name(kind: Kind) -> str:
    return ("" if settings.LOCAL else "__Host-") + f"draft-{kind.word}"


def find(request: HttpRequest, kind: Kind) -> Draft | None:
    """The draft of this browser. Once a resident has opened it, nobody else can."""
    draft = somebodys(request, kind)
    if draft is None or draft.resident_id not in (None, request.user.pk):
        return None
    return draft


def somebodys(request: HttpRequest, kind: Kind) -> Draft | None:
    """The draft that this browser points at, whoever's it is by now: not to be shown."""
    key = key_in(request, kind)
    draft = Draft.objects.filter(pk=key, kind=kind).first() if key else None
    if draft is None:
        return None
    kept_for = KEPT_WHERE_SHARED if is_on_shared_device(draft) else KEPT_FOR
    return draft if draft.touched_at > timezone.now() - kept_for else None


def may_begin(request: HttpRequest) -> bool:
    """Whether there is room for a new draft; counts it."""
    return request.user.is_authenticated or NEW_ONES.use(address_digest(request))


def is_on_shared_device(draft: Draft) -> bool:
    """Whether whoever typed it, not signed in yet, said that others use the device too."""
    return draft.resident_id is None and bool(draft.data.get(REACH, {}).get("shared"))


def key_in(request: HttpRequest, kind: Kind) -> UUID | None:
    """The id in the cookie, whether or not the draft is still there (it goes when published)."""
    try:
        return UUID(request.get_signed_cookie(cookie_name(kind), max_age=KEPT_FOR))
    except (KeyError, BadSignature, ValueError):
        return None


def claim(draft: Draft, resident: Resident) -> bool:
    """From now on the draft is this resident's alone; whether it is.

    Who signs in with another number than the one in the draft is somebody else, at a device that
    others use too: where and how to be reached is not theirs to see, and falls.
    """
    if draft.resident_id is None:
        phone = sign_in_phone(draft)
        if phone and digest("phone", phone) != resident.phone_digest:
            draft.data = {step: typed for step, typed in draft.data.items() if step != REACH}
        reach = draft.data.get(REACH, {})
        if "phone" in reach and not "".join(reach["phone"]):  # left for WeChat without typing one
            draft.data[REACH] = {**reach, "phone": [as_said(resident.phone)]}
        nobodys = Draft.objects.filter(pk=draft.pk, resident=None)
        if nobodys.update(resident=resident, data=draft.data):
            draft.resident = resident
    return draft.resident_id == resident.pk


def sign_in_phone(draft: Draft) -> str:
    """The number (E.164) that whoever is not signed in wants a code for; else empty."""
    return e164("".join(draft.data.get(REACH, {}).get("phone", [])[-1:]))


def remember(response: HttpResponse, draft: Draft) -> HttpResponse:
    """Point this browser at the draft."""
    response.set_signed_cookie(
        cookie_name(Kind(draft.kind)),
        str(draft.pk),
        max_age=None if is_on_shared_device(draft) else KEPT_FOR,
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


def put(draft: Draft, step: str, typed: QueryDict) -> None:
    """Put one step in as it was typed, except for what is not an answer. Does not save."""
    answers: dict[str, list[str]] = {}
    room = LONGEST_STEP
    for name, values in typed.lists():
        room -= sum(map(len, [name, *values]))
        if name not in NO_ANSWERS and room >= 0:
            answers[name] = values
    draft.data = {**draft.data, step: answers}


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
