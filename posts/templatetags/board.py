"""How a post's facts are put into words."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from medicines.units import amount_label
from places import distance
from posts.models import Kind, Post, PublicFacts
from posts.square import Filters
from verification import phones

register = template.Library()
register.filter("masked", phones.masked)


@register.filter
def headline(post: Post) -> str:
    """What a post is about, in a line for titles and link previews; nobody's name or health.

    A preview outlives the post in other people's chats, so that it says no more than this.
    """
    kind = _("Need") if post.is_need else _("Offer")
    named = [item.medicine or item.group for item in post.items.all()]
    goods = _(", ").join(each.label for each in named if each)
    said = {"kind": kind, "goods": goods, "area": post.area.label}
    return _("%(kind)s: %(goods)s · %(area)s") % said


@register.filter
def square_headline(filters: Filters) -> str:
    """What a filtered square shows, in a line."""
    parts = [_("Needs") if filters.kind == Kind.NEED else _("Offers")]
    parts += [each.label for each in (filters.medicine, filters.area) if each]
    return " · ".join(parts)


@register.filter
def amount(item: Any) -> str:
    """How much of an item: "4 tablets"."""
    return amount_label(item.unit, item.amount)


@register.filter
def share(item: Any) -> str:
    """How much of an offer's item one household gets."""
    return amount_label(item.unit, item.per_household)


@register.filter
def away(metres: float | None) -> str:
    """A distance in coarse words; empty without one."""
    return "" if metres is None else distance.coarse(metres)


@register.filter
def ago(then: datetime) -> str:
    """The age of a post: "just now", "5 minutes ago", "3 hours ago", "2 days ago"."""
    passed = timezone.now() - then
    if passed < timedelta(minutes=2):
        return _("just now")
    if passed < timedelta(hours=1):
        minutes = passed // timedelta(minutes=1)
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", minutes) % {"n": minutes}
    if passed < timedelta(days=1):
        hours = passed // timedelta(hours=1)
        return ngettext("%(n)s hour ago", "%(n)s hours ago", hours) % {"n": hours}
    return ngettext("%(n)s day ago", "%(n)s days ago", passed.days) % {"n": passed.days}


@register.filter
def until(then: datetime) -> str:
    """How long somebody has to wait, never too short: "in 6 minutes", "in 3 hours"."""
    left = max(then - timezone.now(), timedelta(minutes=1))
    if left <= timedelta(hours=1):
        minutes = -(-left // timedelta(minutes=1))
        return ngettext("in %(n)s minute", "in %(n)s minutes", minutes) % {"n": minutes}
    hours = -(-left // timedelta(hours=1))
    return ngettext("in %(n)s hour", "in %(n)s hours", hours) % {"n": hours}


@register.filter
def age(months: int | None) -> str:
    """An age in months as people say it: months under two years, then years."""
    if months is None:
        return ""
    if months < 24:
        return ngettext("%(n)s month old", "%(n)s months old", months) % {"n": months}
    years = months // 12
    return ngettext("%(n)s year old", "%(n)s years old", years) % {"n": years}


@register.filter
def facts(post: PublicFacts) -> list[str]:
    """For whom a need is, or how an offer changes hands."""
    if not post.is_need:
        return post.handovers
    said: Any = post
    people = ngettext("for %(people)s person", "for %(people)s people", said.people)
    found = [people % {"people": said.people}, *post.whom_labels]
    return found if said.youngest_months is None else [*found, age(said.youngest_months)]


@register.filter
def up_to_99(number: int) -> str:
    """A count that nobody needs to the end: "1", "2", … "99+"."""
    return str(number) if number <= 99 else "99+"
