"""From which partner somebody came (`?src=`), and the page there to which he is led back (`back=`).

It lives for a day in a signed cookie of the visitor's own and is kept nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse

from partners import origins
from partners.models import Partner, State

COOKIE = "came_from"
SALT = "partners.sources"
KEPT = 24 * 3600  # seconds


@dataclass(frozen=True)
class Source:
    """`back`: a page on one of the partner's sites, or the partner's page here."""

    partner: Partner
    back: str


class SourceMiddleware:
    """Notes the partner whose link was followed; a request without `src` costs nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        slug = request.GET.get("src", "") if request.method == "GET" else ""
        if slug and response.status_code == 200 and (partner := approved(slug)):
            back = origins.page_of(partner, request.GET.get("back"))
            response.set_signed_cookie(
                COOKIE,
                f"{slug} {back}",
                salt=SALT,
                max_age=KEPT,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response


def approved(slug: str) -> Partner | None:
    if not (slug.isascii() and slug.isprintable()):
        return None
    partners = Partner.objects.select_related("organisation").filter(state=State.APPROVED)
    return partners.filter(organisation__slug=slug).first()


def of(request: HttpRequest) -> Source | None:
    """The partner who sent this visitor here in the last day, if it still is one."""
    try:
        noted = request.get_signed_cookie(COOKIE, salt=SALT, max_age=KEPT)
    except (KeyError, BadSignature):
        return None
    slug, _space, back = (noted or "").partition(" ")
    partner = approved(slug)
    if partner is None:
        return None
    return Source(partner, origins.page_of(partner, back) or partner.get_absolute_url())
