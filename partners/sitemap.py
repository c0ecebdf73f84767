"""What search engines are told: which pages there are, and which are not for them."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap, views
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from medicines.models import Medicine
from partners.access import partners
from partners.area_pages import path_of
from partners.models import State
from places.models import Area

PAGES = [
    "square", "areas", "medicines:catalogue", "about", "how_it_works", "safety", "public_bodies",
    "partner-help", "posters", "stats", "api-docs", "terms", "privacy",
]  # fmt: skip
OF_STAFF = ["change", "files", "keys", "leave", "need", "offer", "people", "posts", "staff"]
# Forms, people's own pages, every filter of the square; and posts, which speak of people and are
# over in days: not every search engine heeds "noindex", but all heed this.
CLOSED = [
    "/*?", "/account/", "/admin/", "/api/", "/area/", "/feedback/", "/m/", "/map/cells/",
    "/medicines/search/", "/mine/", "/need/", "/offer/", "/phone/", "/place/", "/posts/",
    "/real-name/", "/signin/", "/partners/apply/", "/partners/invitations/",
    # A body's own page is for everybody; what its staff do is not. `*` as in RFC 9309.
    *(f"/partners/*/{page}/" for page in OF_STAFF),
]  # fmt: skip
OPEN = ["feed", "api-docs"]  # though they would be closed by those; some feed readers heed it too
an_hour = cache_control(public=True, max_age=3600)


class OurPages(Sitemap):
    """Fixed pages, provinces and cities, medicines, partners: three queries. Districts are linked
    there."""

    def items(self) -> list[str]:
        areas = Area.objects.filter(level__lt=Area.Level.DISTRICT)
        return [
            *(reverse(name) for name in PAGES),
            *(path_of(each) for each in areas.only("code")),
            *(each.get_absolute_url() for each in Medicine.objects.listed()),
            *(each.get_absolute_url() for each in partners().filter(state=State.APPROVED)),
        ]

    def location(self, item: str) -> str:
        return item

    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


@an_hour
@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """`/sitemap.xml`: the same for everybody, and without a single post."""
    return views.sitemap(request, {"pages": OurPages})


@an_hour
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """`/robots.txt`: what is of no use to search engines, or not for them to keep."""
    lines = [
        "User-agent: *",
        *(f"Allow: {reverse(name)}" for name in OPEN),
        *(f"Disallow: {path}" for path in CLOSED),
        "",
        f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
