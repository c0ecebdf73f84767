"""Posters that lead to the square by a code: one drawing, on paper or on a phone, in any format.

templates/partners/poster.typ is how they look; here is what they say.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from urllib.parse import urlsplit

import qrcode
import typst
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override
from qrcode.image.svg import SvgPathImage

from places.models import Area

TEMPLATE = settings.BASE_DIR / "templates/partners/poster.typ"
MARK = settings.BASE_DIR / "static/icon.svg"
# The first of these that is installed. Debian: fonts-noto-cjk (scripts/setup.py), fonts-wqy-*.
FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei"]
FORMATS = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml"}


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
    """What differs from one poster to another; `link` is what the code opens."""

    title: str
    place: str
    link: str
    operator: str
    language: str


def of_area(area: Area | None, language: str) -> Poster:
    """The poster of an area, or of the whole country."""
    link = f"{settings.SITE_URL}/" + (f"?area={area.code}" if area else "")
    with override(language):
        title, place = _("Spare medicine"), area.label if area else _("Whole country")
    return Poster(title, place, link, settings.OPERATOR_NAME, language)


_drawing = Lock()  # a page of A4 takes 70 MB while its dots are set: one at a time in a process


@lru_cache(maxsize=64)  # 10-200 kB each
def draw(poster: Poster, size: str, file_format: str) -> bytes:
    """The file of a poster, by a word of SIZES and one of FORMATS. There must be a `font()`."""
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
    with _drawing:
        return typst.compile(  # type: ignore[call-overload]
            TEMPLATE,
            root=TEMPLATE.parent,
            font_paths=installed_fonts(),
            format=file_format,
            ppi=wanted.ppi,
            sys_inputs={"poster": json.dumps(said)},
        )


def words(poster: Poster) -> dict[str, object]:
    """All that stands on a poster, in its language."""
    with override(poster.language):
        return {
            "language": poster.language[:2],
            "title": poster.title,
            "operator": _("Run by %(operator_name)s") % {"operator_name": poster.operator},
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
def installed_fonts() -> typst.Fonts:
    return typst.Fonts(include_embedded_fonts=False)


def font() -> str | None:
    """The Chinese font to draw with; None if none is installed."""
    there = installed_fonts().families()
    return next((name for name in FONTS if name in there), None)
