"""The page that the web server in front shows while the application is down: one file, whole."""

from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

FILE = "unavailable.html"


def page() -> str:
    """In both languages, with the stylesheet inside: there is nobody to ask for another file."""
    css = (settings.BASE_DIR / "static/css/site.css").read_text()
    context = {
        "style": mark_safe(f"<style>{css}</style>"),  # noqa: S308 -- our own file
        "fever_clinics_url": settings.FEVER_CLINICS_URL,
        "fever_clinics_label": settings.FEVER_CLINICS_LABEL,
        "help_line": settings.HELP_LINE,
    }
    return render_to_string("unavailable.html", context)


def write() -> None:
    """Put it beside the static files."""
    (Path(settings.STATIC_ROOT) / FILE).write_text(page())
