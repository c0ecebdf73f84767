"""Draws one poster and ends: `python -m partners.drawing < wanted.json > file`.

Typst keeps fonts, glyphs and dots for the next time: 120 MB that a process which serves pages would
never give back. So this one does the work, knows nothing of Django, and takes its memory along.
"""

import io
import json
import sys
from typing import Any

import typst
from PIL import Image

PREVIEW_COLOURS = 32  # flat fields and grey edges: nobody sees that it was more


def fonts() -> typst.Fonts:
    return typst.Fonts(include_embedded_fonts=False)


def draw(template: str, root: str, words: dict[str, Any], file_format: str, ppi: float) -> bytes:
    """A file of a poster; `preview` is a small PNG."""
    drawn = typst.compile(  # type: ignore[call-overload]
        template,
        root=root,
        font_paths=fonts(),
        format="png" if file_format == "preview" else file_format,
        ppi=ppi,
        sys_inputs={"poster": json.dumps(words)},
    )
    return in_few_colours(drawn) if file_format == "preview" else drawn


def in_few_colours(picture: bytes) -> bytes:
    """A third of its bytes."""
    small = io.BytesIO()
    rows = Image.open(io.BytesIO(picture)).convert("RGB")
    dither = Image.Dither.NONE
    rows.quantize(PREVIEW_COLOURS, dither=dither).save(small, "PNG", optimize=True)
    return small.getvalue()


def main() -> None:
    wanted = json.load(sys.stdin)
    made = draw(**wanted) if wanted else json.dumps(fonts().families()).encode()
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
