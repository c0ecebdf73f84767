"""How the page of numbers writes them."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()
WITHHELD = "–"


@register.filter
def figure(number: int | None) -> str:
    """A number with its thousands apart; a dash for one that is not told."""
    return WITHHELD if number is None else f"{number:,}"


@register.filter
def percent(number: int | None) -> str:
    return WITHHELD if number is None else f"{number}%"


@register.filter
def hours(number: float | None) -> str:
    """A length of time as people say it: minutes, hours or days."""
    if number is None:
        return WITHHELD
    if number < 1:
        minutes = max(1, round(number * 60))
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if number < 48:
        whole = round(number)
        return ngettext("%(n)s hour", "%(n)s hours", whole) % {"n": whole}
    days = round(number / 24)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


@register.filter
def moment(written: str) -> str:
    """A moment of the document, in the time zone of the site."""
    at = timezone.localtime(datetime.fromisoformat(written))
    return _("%(date)s, %(time)s") % {"date": date_format(at), "time": f"{at:%H:%M}"}


@register.filter
def unlocalized(number: Any) -> str:
    """A number as SVG wants it, in every language."""
    return f"{number:g}"
