"""What somebody's own account page says of the bodies that he publishes for."""

from typing import Any

from django import template

from partners import access
from posts.models import Member

register = template.Library()


@register.inclusion_tag("partners/cell.html", takes_context=True)
def bodies(context: dict[str, Any]) -> dict[str, Any]:
    """A cell for whoever is on the staff of a body or was invited to one; else nothing."""
    user = context["user"]
    asked = access.invited(user)[:9].count()
    is_member = Member.objects.filter(resident=user).exists()
    return {"asked": asked, "is_shown": asked or is_member}
