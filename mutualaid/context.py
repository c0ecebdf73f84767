"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from mutualaid import modes


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "operator_name": settings.OPERATOR_NAME,
        "site_url": settings.SITE_URL,
        "is_local": settings.LOCAL,
        "mode": modes.of(request),
    }
