"""What every map of the pages has in common."""

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape, format_html_join
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def map_base() -> str:
    """The data attributes of a map's part: static/js/map_base.js reads them."""
    given = {
        "outline": reverse("place-outline"),
        "at": reverse("place-at"),
        "styles": static("leaflet/leaflet.css"),
        "scripts": static("leaflet/leaflet.js"),
        "zoom-in": _("Zoom in"),
        "zoom-out": _("Zoom out"),
    }
    if tiles := settings.MAP_TILES:
        given |= {
            "tiles": " ".join(tiles.layers),
            "subdomains": tiles.subdomains,
            "datum": tiles.datum,
            "credit": escape(tiles.credit),  # HTML within an attribute
        }
    return format_html_join(" ", 'data-{}="{}"', given.items())


@register.simple_tag
def tile_hosts() -> str:
    """Who else is asked for pictures of the map; empty by default."""
    origins = settings.MAP_TILES.origins if settings.MAP_TILES else []
    return ", ".join(sorted({origin.partition("://")[2] for origin in origins}))


@register.simple_tag
def map_is_schematic() -> bool:
    """Whether the base is drawn from our own outlines: such a map is marked 示意图."""
    return settings.MAP_TILES is None
