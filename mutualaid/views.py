"""Pages that belong to no app."""

import sys

from django.conf import settings
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    HttpResponseServerError,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from mutualaid import modes, replication
from mutualaid.context import site
from mutualaid.logs import request_id
from safety import register
from safety.requests import page_before, same_site_post
from verification.models import DocumentType


@csrf_exempt  # a page kept for many visitors can hold no token; the worst is another language
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie and go back to where the visitor was."""
    return i18n.set_language(request)


@same_site_post
@require_POST
def set_mode(request: HttpRequest) -> HttpResponse:
    """Remember how large the visitor wants to read, and go back to where he was."""
    response = HttpResponseRedirect(page_before(request))
    modes.remember(response, request.POST.get("mode", ""))
    return response


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/about.html", {"contact": settings.OPERATOR_CONTACT})


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    """Step by step, with the levels and times of today's settings."""
    context = {
        "open_to_read": settings.LEVEL_TO_READ == "none",
        "reveal_by_phone": settings.LEVEL_TO_REVEAL == "phone",
        "publish_by_real_name": settings.LEVEL_TO_PUBLISH == "real-name",
        "documents": DocumentType.labels,
        "asked_after": register.days(settings.ASK_AFTER),
        "need_lasts": register.days(settings.NEED_LIFETIME),
        "offer_lasts": register.days(settings.OFFER_LIFETIME),
        "reopen_within": register.days(settings.REOPEN_WITHIN),
    }
    return render(request, "pages/how_it_works.html", context)


@require_safe
def safety(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/safety.html")


@require_safe
def public_bodies(request: HttpRequest) -> HttpResponse:
    """What a city, a committee or a newspaper can do with the square as it is."""
    links = [
        (_("What is given in Nanshan District, Shenzhen"), "?area=440305"),
        (_("Who needs medicine there"), "?kind=need&area=440305"),
        (_("Ibuprofen in the whole city of Shenzhen"), "?medicine=ibuprofen&area=440300"),
    ]
    context = {
        "links": [(label, f"{settings.SITE_URL}/{query}", f"/{query}") for label, query in links],
        "contact": settings.OPERATOR_CONTACT,
        "open_to_read": settings.LEVEL_TO_READ == "none",
    }
    return render(request, "pages/public_bodies.html", context)


def server_error(request: HttpRequest) -> HttpResponse:
    """What failed inside: say so, with the number of the request, which is in the log.

    The page is made without the request, so that it needs neither database nor session.
    """
    if isinstance(sys.exc_info()[1], replication.AWAY):  # met outside of a view
        with translation.override(translation.get_language_from_request(request)):
            return replication.page(request)
    with translation.override(translation.get_language_from_request(request)):
        page = render_to_string("500.html", {**site(request), "incident": request_id.get()})
    return HttpResponseServerError(page)
