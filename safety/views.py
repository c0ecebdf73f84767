"""What the operator promises: the privacy page, made from the register, and the terms."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from safety import register

NEAREST = ["posts", "verification"]  # what people ask about first


def nearest_first(holding: register.Holding) -> int:
    app = holding.model.partition(".")[0]
    return NEAREST.index(app) if app in NEAREST else len(NEAREST)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is stored, why, how long, who sees it: the register itself, with today's settings."""
    context = {
        "holdings": sorted(register.HOLDINGS, key=nearest_first),
        "contact": settings.OPERATOR_CONTACT,
        "outside_identity": settings.REAL_NAME_PROVIDER == "tencent",
        "weixin": bool(settings.WEIXIN_APP_ID),
        "open_to_read": settings.LEVEL_TO_READ == "none",
        "copies": settings.EXPORTS_PER_DAY,
    }
    return render(request, "safety/privacy.html", context)


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The rules of the square."""
    return render(request, "safety/terms.html", {"contact": settings.OPERATOR_CONTACT})
