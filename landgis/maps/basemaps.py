"""Backgrounds that a map page may show: off by default, each named by the user."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """Tiles behind the parcels.

    Parameters
    ----------
    url
        Leaflet template with ``{z}/{x}/{y}``; relative for a folder of tiles beside the page.
    gcj02
        Whether the tiles are in GCJ-02. Shapes are then shifted for display, and the page says so.
    """

    name: str
    url: str
    attribution: str = ""
    subdomains: str = "abc"
    max_zoom: int = 18
    gcj02: bool = False

    @property
    def host(self) -> str:
        """What a content-security policy must allow for the tiles."""
        parts = urlsplit(self.url.replace("{s}", "*"))
        if not parts.netloc:
            return "'self' file:"
        host = parts.netloc
        return f"{parts.scheme}://{'*.' + host.split('.', 1)[1] if '*' in host else host}"


def tianditu(key: str, *, kind: str = "vec") -> Basemap:
    """天地图 with the user's key: ``vec`` map or ``img`` imagery.

    Examples
    --------
    >>> tianditu("0123").host
    'https://*.tianditu.gov.cn'
    """
    query = (
        f"SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={quote(kind)}&STYLE=default"
        f"&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}"
        f"&tk={quote(key)}"
    )
    return Basemap(
        name="天地图",
        url=f"https://t{{s}}.tianditu.gov.cn/{quote(kind)}_w/wmts?{query}",
        attribution="天地图",
        subdomains="01234567",
    )


def openstreetmap() -> Basemap:
    """OpenStreetMap's own tiles.

    Examples
    --------
    >>> openstreetmap().host
    'https://tile.openstreetmap.org'
    """
    return Basemap(
        name="OpenStreetMap",
        url="https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        attribution="© OpenStreetMap contributors",
        max_zoom=19,
    )
