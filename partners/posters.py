"""Posters that lead to the square by a code: one drawing, on paper or on a phone, in any format.

templates/partners/poster.typ is how they look; here is what they say.
"""

import json
import re
import subprocess
import sys
from dataclasses import astuple, dataclass
from functools import lru_cache
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

import qrcode
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import override
from qrcode.image.svg import SvgPathImage

from partners.models import Partner
from places.models import Area

TEMPLATE = settings.BASE_DIR / "templates/partners/poster.typ"
MARK = settings.BASE_DIR / "static/icon.svg"
# The first of these that is installed. Debian: fonts-noto-cjk (scripts/setup.py), fonts-wqy-*.
FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei"]
FORMATS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "preview": "image/png",
}
PREVIEW = 360  # dots across: nearly three to a CSS pixel where two stand side by side on a phone
LONGEST = 60  # seconds that a drawing may take; it takes one
PATIENCE = 2  # seconds to wait for another drawing
PREVIEWS_KEPT = 7 * 24 * 3600  # seconds


@dataclass(frozen=True)
class Size:
    """Lengths in mm. `margin` is more than home printers leave white; `code` is how wide the QR
    code is, its quiet zone counted in; `ppi` makes the PNG."""

    width: int
    height: int
    margin: int
    code: int
    ppi: float


SIZES = {
    "a4": Size(width=210, height=297, margin=15, code=86, ppi=300),
    "phone": Size(width=90, height=160, margin=6, code=50, ppi=1080 / 90 * 25.4),  # 1080 x 1920
}


@dataclass(frozen=True)
class Poster:
    """What differs from one poster to another; `link` is what the code opens, `body` who hangs it
    up, if it is a partner."""

    title: str
    place: str
    link: str
    operator: str
    language: str
    body: str = ""


def of_area(area: Area | None, language: str, partner: Partner | None = None) -> Poster:
    """The poster of an area, or of the whole country; with a partner's name, it counts for it."""
    asked = {"area": str(area.code)} if area else {}
    if partner:
        asked["src"] = partner.organisation.slug
    link = f"{settings.SITE_URL}/" + (f"?{urlencode(asked)}" if asked else "")
    with override(language):
        title, place = _("Spare medicine"), area.label if area else _("Whole country")
    body = partner.organisation.name if partner else ""
    return Poster(title, place, link, settings.OPERATOR_NAME, language, body)


class BusyError(Exception):
    """Too many posters are wanted at once."""


_drawing = Lock()  # a page of A4 takes 200 MB while its dots are set: one at a time for a process


@lru_cache(maxsize=64)  # 10-200 kB each
def draw(poster: Poster, size: str, file_format: str) -> bytes:
    """The file of a poster, by a word of SIZES and one of FORMATS. There must be a `font()`.

    Raises BusyError when others are being drawn: who waits here keeps pages from being served.
    """
    wanted = SIZES[size]
    said = words(poster) | {
        "mark": MARK.read_text(),
        "code": code(poster.link),
        "font": font(),
        "width": wanted.width,
        "height": wanted.height,
        "margin": wanted.margin,
        "code_size": wanted.code,
    }
    ppi = PREVIEW / wanted.width * 25.4 if file_format == "preview" else wanted.ppi
    if not _drawing.acquire(timeout=PATIENCE):
        raise BusyError
    try:
        return by_child(
            {
                "template": str(TEMPLATE),
                "root": str(TEMPLATE.parent),
                "words": said,
                "file_format": file_format,
                "ppi": ppi,
            }
        )
    finally:
        _drawing.release()


def preview(poster: Poster, size: str) -> bytes:
    """The small picture on the page, drawn once for all processes: somebody waits for it. Raises
    BusyError as `draw` does.
    """
    key = f"poster {size} {TEMPLATE.stat().st_mtime_ns} {astuple(poster)}"
    found: bytes | None = cache.get(key)
    if found is None:
        found = draw(poster, size, "preview")
        cache.set(key, found, PREVIEWS_KEPT)
    return found


def draw_first() -> None:
    """Draw what the page shows first, before anybody asks."""
    if font():
        for language, _name in settings.LANGUAGES:
            preview(of_area(None, language), next(iter(SIZES)))


def by_child(wanted: dict[str, Any]) -> bytes:
    """What `partners.drawing` answers, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "partners.drawing"],
        cwd=settings.BASE_DIR,
        input=json.dumps(wanted).encode(),
        capture_output=True,
        timeout=LONGEST,
        check=True,
    )
    return done.stdout


def words(poster: Poster) -> dict[str, object]:
    """All that stands on a poster, in its language."""
    with override(poster.language):
        return {
            "language": poster.language[:2],
            "title": poster.title,
            "operator": _("Run by %(operator_name)s") % {"operator_name": poster.operator},
            "body": poster.body,
            "headline": coloured(_("Scan to <need>ask for</need> or <offer>give</offer> medicine")),
            "place": poster.place,
            "promise": _("Given free, never sold"),
            "hint": _("Cannot scan? Type this into a browser:"),
            "address": short(poster.link),
            "what": _("Neighbours give each other spare over-the-counter medicine and supplies."),
            "warnings": [
                _("Asked to pay first, or for a code? Say no."),
                _("Cannot breathe, chest pain, will not wake: call 120 now."),
            ],
        }


def coloured(text: str) -> list[tuple[str, str]]:
    """The parts of a text with its marks: [("", "Scan to "), ("need", "ask for"), …]."""
    found = re.findall(r"<(need|offer)>(.*?)</\1>|([^<]+)", text)
    return [(kind, marked or plain) for kind, marked, plain in found]


def short(link: str) -> str:
    """An address to be typed by hand: without https://, and without a slash that says nothing."""
    return link.removeprefix(f"{urlsplit(link).scheme}://").removesuffix("/")


def code(link: str) -> str:
    """The QR code as SVG, its quiet zone of four modules around it. A quarter of it may be lost to
    dirt or a fold."""
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=4)
    made.add_data(link)
    return made.make_image(image_factory=SvgPathImage).to_string(encoding="unicode")


@lru_cache
def font() -> str | None:
    """The Chinese font to draw with; None if none is installed."""
    there = json.loads(by_child({}))
    return next((name for name in FONTS if name in there), None)
