"""What a resident must know before anything else on his own pages."""

from typing import Any

from django import template

from posts import recalls as all_recalls

register = template.Library()


@register.inclusion_tag("posts/parts/recalls.html", takes_context=True)
def recalls(context: dict[str, Any]) -> dict[str, Any]:
    """The recalls that the reader has not yet understood. For pages that nobody keeps."""
    user = context["user"]
    return {"recalls": all_recalls.unread(user) if user.is_authenticated else []}
