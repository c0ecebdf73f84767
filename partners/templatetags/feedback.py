"""That an answer is there, for pages of somebody's own."""

from typing import Any

from django import template

from partners.feedback import acts

register = template.Library()


@register.inclusion_tag("partners/answered.html", takes_context=True)
def answers(context: dict[str, Any]) -> dict[str, Any]:
    """Says that feedback has been answered, until the reader has seen the answer."""
    user = context["user"]
    return {"has_answer": user.is_authenticated and acts.unread(user).exists()}
