"""Browsers in which a number's owner has signed in before.

Anybody can use up the codes of a number that he knows. Its owner is not locked out by that: codes
and guesses from a browser he has used are counted apart (OWASP's "device cookies").
"""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from safety.encryption import digest

COOKIE = "known" if settings.LOCAL else "__Host-known"
KEPT_FOR = timedelta(days=180)


def remember(response: HttpResponse, phone: str) -> None:
    """Let this browser show later that the owner of a number (E.164) has signed in here."""
    response.set_signed_cookie(
        COOKIE,
        subject(phone),
        max_age=KEPT_FOR,
        secure=not settings.LOCAL,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    response.delete_cookie(COOKIE, samesite="Lax")


def knows(request: HttpRequest, phone: str) -> bool:
    """Whether the owner of a number (E.164) is signed in here, or has been."""
    if request.user.is_authenticated and request.user.phone_digest == digest("phone", phone):
        return True
    try:
        kept = request.get_signed_cookie(COOKIE, max_age=KEPT_FOR)
    except (KeyError, BadSignature):
        return False
    return kept == subject(phone)


def subject(phone: str) -> str:
    """What the codes of a number (E.164) are counted by in browsers that know it: a digest that no
    table holds, so the cookie says nothing to who finds it."""
    return digest("known browser", phone)
