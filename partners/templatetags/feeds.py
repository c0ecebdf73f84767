"""Links to feeds, for every page that shows the square or a part of it."""

from django import template
from django.conf import settings

from partners import feeds
from posts.square import Filters

register = template.Library()


@register.simple_tag
def feed_of(filters: Filters) -> str:
    """Path of the feed with these filters; empty where reading takes an account."""
    return feeds.address(filters) if settings.LEVEL_TO_READ == "none" else ""
