"""From which body's link somebody came (`?src=`), and the page there to lead back to (`back=`).

It lives for a day in a signed cookie of the visitor's own, past signing in; a post published in
that time says which body brought it, and nothing says so of a person.
"""

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from posts.models import Organisation

COOKIE = "came_from"
SALT = "partners.sources"
KEPT = 24 * 3600  # seconds


def note(response: HttpResponse, slug: str, back: str) -> None:
    response.set_signed_cookie(
        COOKIE,
        f"{slug} {back}",
        salt=SALT,
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def noted(request: HttpRequest) -> tuple[str, str]:
    """The short name of the body and the page to lead back to; both empty without."""
    try:
        kept = request.get_signed_cookie(COOKIE, salt=SALT, max_age=KEPT)
    except (KeyError, BadSignature):
        return "", ""
    slug, _space, back = (kept or "").partition(" ")
    return slug, back


def body(request: HttpRequest) -> Organisation | None:
    """The body that brought this visitor here in the last day, if it is still one of ours."""
    slug, _back = noted(request)
    return Organisation.objects.filter(slug=slug, is_active=True).first() if slug else None
