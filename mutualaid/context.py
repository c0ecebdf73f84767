"""What every template may use."""

from django.conf import settings
from django.http import HttpRequest

from mutualaid import modes


def site(request: HttpRequest) -> dict[str, object]:
    """It asks neither database nor session: the pages for what is broken use it too."""
    return {
        "operator_name": settings.OPERATOR_NAME,
        "site_url": settings.SITE_URL,
        "is_local": settings.LOCAL,
        "mode": modes.of(request),
        "fever_clinics_url": settings.FEVER_CLINICS_URL,
        "fever_clinics_label": settings.FEVER_CLINICS_LABEL,
        "help_line": settings.HELP_LINE,
    }
