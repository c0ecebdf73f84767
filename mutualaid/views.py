"""Pages that belong to no app."""

import secrets

from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    HttpResponseServerError,
)
from django.template.loader import render_to_string
from django.utils import translation
from django.views import i18n
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from mutualaid import modes
from safety.requests import page_before, same_site_post


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


def server_error(request: HttpRequest) -> HttpResponse:
    """What failed inside: say so, with a number that is in the log (`logs.PrivateFormatter`).

    The page is made without the request, so that it needs neither database nor session.
    """
    incident = secrets.token_hex(3)
    request.incident = incident  # type: ignore[attr-defined]
    with translation.override(translation.get_language_from_request(request)):
        page = render_to_string("500.html", {"incident": incident})
    return HttpResponseServerError(page)
