"""Bodies on other pages: those that somebody publishes for, and the one whose page he came from."""

from typing import Any

from django import template

from partners import access, sources
from posts.models import Member

register = template.Library()


@register.inclusion_tag("partners/cell.html", takes_context=True)
def bodies(context: dict[str, Any]) -> dict[str, Any]:
    """A cell for whoever is on the staff of a body or was invited to one; else nothing."""
    user = context["user"]
    asked = access.invited(user)[:9].count()
    is_member = Member.objects.filter(resident=user).exists()
    return {"asked": asked, "is_shown": asked or is_member}


@register.inclusion_tag("partners/way_back.html", takes_context=True)
def way_back(context: dict[str, Any]) -> dict[str, Any]:
    """A way back to the partner's page from which somebody came to publish; else nothing."""
    return {"source": sources.of(context["request"])}
