"""The partner whose link somebody followed, and the page to which he is led back.

`posts.came_from` keeps the cookie, and says so of a post that is published meanwhile.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from partners import origins
from partners.models import Partner, State
from posts import came_from


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
            came_from.note(response, slug, back)
        return response


def approved(slug: str) -> Partner | None:
    if not (slug.isascii() and slug.isprintable()):
        return None
    partners = Partner.objects.select_related("organisation").filter(state=State.APPROVED)
    return partners.filter(organisation__slug=slug).first()


def of(request: HttpRequest) -> Source | None:
    """The partner who sent this visitor here in the last day, if it still is one."""
    slug, back = came_from.noted(request)
    partner = approved(slug) if slug else None
    if partner is None:
        return None
    return Source(partner, origins.page_of(partner, back) or partner.get_absolute_url())
