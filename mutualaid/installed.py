"""The site on a home screen: its manifest, its service worker, its page without network."""

import hashlib
import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

LANGUAGES = [code for code, _name in settings.LANGUAGES]
GROUND = "#ededed"  # --bg of site.css
# Whoever sends a form to one of these wants the device to forget, or is somewhere else now.
FORGETS = ["place", "place-forget", "account_logout", "erase"]
an_hour = cache_control(public=True, max_age=3600)


def known(language: str) -> str:
    if language in LANGUAGES:
        return language
    raise Http404


@an_hour
@require_safe
def manifest(request: HttpRequest, language: str) -> HttpResponse:
    """What a phone needs to put the site on its home screen. Browsers ask for it without cookies:
    so the language is in the address.
    """
    with translation.override(known(language)):
        words = {
            "name": _("Spare medicine, freely given"),
            "short_name": _("Spare medicine"),
            "description": _(
                "Neighbours give each other spare over-the-counter medicine. Free, never sold."
            ),
            "shortcuts": [
                {"name": _("I need medicine"), "url": reverse("need-choose")},
                {"name": _("I have some to spare"), "url": reverse("offer-choose")},
            ],
        }
    icons = [
        {"src": static("icon.svg"), "type": "image/svg+xml", "sizes": "any"},
        {"src": static("icons/icon-192.png"), "sizes": "192x192"},
        {"src": static("icons/icon-512.png"), "sizes": "512x512"},
        {"src": static("icons/maskable-512.png"), "sizes": "512x512", "purpose": "maskable"},
    ]
    colours = {"background_color": GROUND, "theme_color": GROUND}
    fixed = {"id": "/", "start_url": "/", "scope": "/", "display": "standalone", "lang": language}
    content = {**words, **fixed, **colours, "icons": icons, "categories": ["health", "medical"]}
    return JsonResponse(content, content_type="application/manifest+json")


@an_hour
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. It stands at the root, so that it may answer for every page.

    Its pages without network name their files by their content: so a new release gives another
    version, and the files of the old one are thrown away.
    """
    pages = {code: reverse("offline", args=[code]) for code in LANGUAGES}
    texts = [offline_page(code) for code in LANGUAGES]
    facts = {
        "version": hashlib.sha256("".join(texts).encode()).hexdigest()[:12],
        "pages": pages,
        "files": [static("css/site.css"), static("js/offline.js")],
        "forgets": [reverse(name) for name in FORGETS],
    }
    context = {"facts": json.dumps(facts)}
    return render(request, "worker.js", context, content_type="text/javascript; charset=utf-8")


@an_hour
@require_safe
def offline(request: HttpRequest, language: str) -> HttpResponse:
    """What the worker shows when there is no network; it is fetched while there is one."""
    return HttpResponse(offline_page(known(language)))


def offline_page(language: str) -> str:
    """The same for everybody: made without the request."""
    with translation.override(language):
        return render_to_string("offline.html")
