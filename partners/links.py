"""Where a partner sends people: addresses to copy, each with who sent them (`src=`)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from partners.area_pages import path_of
from partners.models import Partner
from places.models import Area


@dataclass(frozen=True)
class Ways:
    """The ways into one area, or without one into the whole country. Paths on this site."""

    slug: str
    area: Area | None
    square: str
    page: str
    poster: str
    embed: str

    @property
    def square_address(self) -> str:
        return settings.SITE_URL + self.square

    @property
    def page_address(self) -> str:
        return settings.SITE_URL + self.page

    @property
    def snippet(self) -> str:
        """A link as HTML, to paste into a page."""
        return f'<a href="{self.square_address.replace("&", "&amp;")}">余药互助</a>'

    @property
    def frame(self) -> str:
        """The square in a frame as HTML, without a script: of one height."""
        address = f"{settings.SITE_URL}{self.embed}"
        return f'<iframe src="{address}" title="余药互助" width="100%" height="640"></iframe>'

    @property
    def script(self) -> str:
        """The same by a line of script: as high as what is in it."""
        area = f' data-area="{self.area.code}"' if self.area else ""
        source = f"{settings.SITE_URL}{reverse('embed-script')}"
        return f'<script src="{source}" data-partner="{self.slug}"{area} async></script>'


def of(partner: Partner, areas: list[Area]) -> list[Ways]:
    """For each area of a partner, the whole country if it has none."""
    return [ways(partner, area) for area in (areas or (None,))]


def ways(partner: Partner, area: Area | None) -> Ways:
    source = urlencode({"src": partner.organisation.slug})
    slug = partner.organisation.slug
    poster = reverse("posters") + f"?partner={slug}" + (f"&area={area.code}" if area else "")
    return Ways(
        slug=slug,
        area=area,
        square=f"/?{partner.filters(area).query()}&{source}",
        page=f"{path_of(area) if area else reverse('areas')}?{source}",
        poster=poster,
        embed=reverse("embed", args=[slug]) + (f"?area={area.code}" if area else ""),
    )


def example_with_key(key: str) -> str:
    """How a server asks the API with a key."""
    return f"curl -H 'Authorization: Bearer {key}' '{settings.SITE_URL}/api/v1/posts?kind=need'"
