"""Contrast, computed from the custom properties of the stylesheet (WCAG 2.2: 4.5:1 for text)."""

import re

import pytest
from django.conf import settings

CSS = (settings.BASE_DIR / "static/css/site.css").read_text()
TEXT_ON = [
    ("text", "bg"), ("text", "surface"), ("text", "surface-2"), ("text", "info-bg"),
    ("text-2", "bg"), ("text-2", "surface"), ("text-2", "surface-2"),
    ("link", "bg"), ("link", "surface"), ("on-button", "button"), ("mark", "surface"),
    ("danger", "bg"), ("danger", "surface"), ("danger", "danger-bg"), ("warn", "warn-bg"),
    ("warn", "surface"), ("need", "need-bg"), ("offer", "offer-bg"), ("offer", "surface"),
    ("need", "surface"), ("on-button", "need-button"), ("on-button", "offer-button"),
    ("on-button", "button-down"), ("text-elder", "bg"), ("text-elder", "surface"),
    ("text-elder", "surface-2"), ("mark", "info-bg"), ("link", "surface-2"),
]  # fmt: skip


MODES = ["light", "dark", "elder", "dark elder"]


def properties(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", block))


def larger(colours: dict[str, str]) -> dict[str, str]:
    """What 长辈版 and 特大字 make of a set of colours: stronger ones of the same set."""
    rule = re.search(r"\.elder, \.largest \{(.*?)\}", CSS, re.S)[1]
    assert not re.search(r"\n\.(elder|largest) \{[^}]*#", CSS), "a colour of its own in a mode"
    stronger = re.findall(r"--([\w-]+): var\(--([\w-]+)\)", rule)
    return colours | {name: colours[other] for name, other in stronger}


def modes() -> dict[str, dict[str, str]]:
    light = properties(re.search(r":root \{(.*?)\}", CSS, re.S)[1])
    dark = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", CSS, re.S)[1]
    dark = light | properties(dark)
    return {"light": light, "dark": dark, "elder": larger(light), "dark elder": larger(dark)}


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * each for each in digits) if len(digits) == 3 else digits
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ground", ["bg", "surface"])
@pytest.mark.parametrize("edge", ["border", "focus"])
def test_the_edge_of_a_field_can_be_seen(mode, edge, ground):
    colours = modes()[mode]
    assert contrast(colours[edge], colours[ground]) >= 3


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_can_be_read(mode, text, ground):
    colours = modes()[mode]
    assert contrast(colours[text], colours[ground]) >= 4.5


def test_black_on_white_is_the_known_maximum():
    assert round(contrast("#000", "#fff"), 1) == 21.0


def test_larger_type_is_also_stronger():
    """Of what is quiet otherwise: 7:1, as for whoever sees badly (WCAG 2.2, AAA)."""
    for mode in ("elder", "dark elder"):
        colours = modes()[mode]
        for ground in ("bg", "surface", "surface-2"):
            assert contrast(colours["text-2"], colours[ground]) >= 7, (mode, ground)
