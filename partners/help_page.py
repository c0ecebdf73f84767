"""How a partner puts the square into its own things: `/partners/help/`, the one place that says so.

The examples are files in templates/partners/examples/; tests take them off the page and run them.
"""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from partners import sources
from partners.models import Partner
from verification.levels import level_needed
from verification.models import Level

SAMPLE = "nanshan-yuehai"  # a short name for whoever has none yet
PAGE = "https://www.example.org/"


@dataclass(frozen=True)
class Example:
    """Files to copy, and what else has to be done. `is_read`: it shows posts to whoever looks."""

    slug: str
    title: str | Promise
    steps: tuple[str | Promise, ...]
    files: tuple[str, ...]
    is_read: bool = False


EXAMPLES = [
    Example(
        "menu",
        _("A menu of an official account"),
        (
            _("In the account’s back end: Custom menu, “Go to a web page”, and this address."),
            _("WeChat allows other sites in a menu to certified accounts."),
        ),
        ("menu.txt",),
    ),
    Example(
        "article",
        _("An article"),
        (
            _(
                "In an official account: put the address above under “Read the original”, or a "
                "poster with its code into the text."
            ),
            _("On your own site or in a newsletter, as HTML:"),
        ),
        ("article.html",),
    ),
    Example(
        "mini-program",
        _("A mini-program"),
        (
            _("It has to belong to a body: WeChat allows no web-view to those of persons."),
            _(
                "WeChat gives you a verification file for a business domain. Ask for it on your "
                "page here, under “Verification files”."
            ),
            _(
                "When it is here, add this site’s domain in the mini-program’s back end, and make"
                " a page pages/square/square of these files:"
            ),
        ),
        ("square.wxml", "square.js", "square.json"),
    ),
    Example(
        "h5",
        _("An H5 page"),
        (
            _(
                "The two buttons of the square on your page. `back` is your own page, at a site "
                "that you told us: whoever has published is offered the way back to it."
            ),
        ),
        ("h5.html",),
    ),
    Example(
        "page",
        _("A web page: the square in a frame"),
        (
            _(
                "One line. The frame is as high as what is in it. Only sites that you told us may"
                " show it."
            ),
            _(
                "Has your page a Content-Security-Policy? Then it needs this site in script-src "
                "and frame-src."
            ),
        ),
        ("script.html",),
        is_read=True,
    ),
    Example(
        "frame",
        _("The same without a script"),
        (_("For systems that take no script. Its height stays as it is."),),
        ("frame.html",),
        is_read=True,
    ),
    Example(
        "android",
        _("An app on Android (Kotlin)"),
        (
            _(
                "The back button goes back within the square. Telephone links dial, other sites "
                "open in the browser."
            ),
        ),
        ("Square.kt",),
    ),
    Example("ios", _("An app on iOS (Swift)"), (_("The same for iOS."),), ("Square.swift",)),
    Example(
        "api",
        _("The posts as data"),
        (_("No key is needed for a try. With a key of your page your server may ask more often."),),
        ("api.sh",),
        is_read=True,
    ),
    Example(
        "api-page",
        _("The posts in your own list (JavaScript)"),
        (_("Each row leads to the post’s page here: people get in touch there, never on yours."),),
        ("api.html",),
        is_read=True,
    ),
]


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """`/partners/help/?partner=`: the examples, with the short name of a partner in them."""
    slug = request.GET.get("partner", "")
    partner = sources.approved(slug) if slug else None
    is_open = level_needed("read") == Level.NONE
    context = {
        "partner": partner,
        "slug": slug_of(partner),
        "examples": [
            {"example": each, "files": files_of(each, partner)}
            for each in EXAMPLES
            if is_open or not each.is_read
        ],
    }
    return render(request, "partners/help.html", context)


def slug_of(partner: Partner | None) -> str:
    return partner.organisation.slug if partner else SAMPLE


def files_of(example: Example, partner: Partner | None) -> list[tuple[str, str]]:
    """The name and the text of each file."""
    page = f"{partner.origins[0]}/" if partner and partner.origins else PAGE
    said = {"site": settings.SITE_URL, "slug": slug_of(partner), "page": page}
    return [
        (name, render_to_string(f"partners/examples/{name}", said).strip())
        for name in example.files
    ]
