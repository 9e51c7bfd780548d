"""Backgrounds that a map page may show: off by default, each named by the user."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from landgis.errors import InputError

_PICTURES = {b"\x89PNG": "png", b"\xff\xd8\xff\xe0": "jpg", b"\xff\xd8\xff\xe1": "jpg"}
_PICTURES |= {b"\xff\xd8\xff\xdb": "jpg", b"RIFF": "webp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """Tiles behind the parcels.

    Parameters
    ----------
    name
        As in the layer control.
    url
        Leaflet template with ``{z}/{x}/{y}``; relative for a folder of tiles beside the page.
    gcj02
        Whether the tiles are in GCJ-02 (高德, 腾讯). Shapes are then shifted for display, and the
        page says so.
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
        if parts.scheme in {"http", "https"} and parts.netloc:
            any_host = "*" in parts.netloc
            host = "*." + parts.netloc.split(".", 1)[1] if any_host else parts.netloc
            return f"{parts.scheme}://{host}"
        if not parts.scheme and not parts.netloc:
            return "'self' file:"
        raise InputError(
            f"底图地址应为 http(s) 地址或页面旁的相对路径：{self.url}。",
            f"A basemap is an http(s) address or a path relative to the page: {self.url}.",
        )


def tianditu(key: str, *, kind: str = "vec") -> Basemap:
    """Give 天地图 with the user's key: ``vec`` map or ``img`` imagery. Needs no shift.

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
    """Give OpenStreetMap's own tiles.

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


def unpack_mbtiles(path: str | Path, directory: str | Path, *, folder: str = "tiles") -> Basemap:
    """Unpack an MBTiles file of pictures into a folder beside the pages.

    Parameters
    ----------
    directory
        Where the map pages are; tiles go to ``folder`` in it, as ``z/x/y``.

    Raises
    ------
    InputError
        If the file is no MBTiles file, or holds vector tiles.

    Examples
    --------
    >>> unpack_mbtiles("missing.mbtiles", ".")
    Traceback (most recent call last):
        ...
    landgis.errors.InputError: 不是可读的 MBTiles 文件：missing.mbtiles。
    """
    path, target = Path(path), Path(directory) / folder
    suffix, deepest = "", 0
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
            rows = base.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles")
            for zoom, x, row, data in rows:
                suffix = _PICTURES.get(bytes(data[:4]), "")
                if not suffix:
                    raise InputError(
                        f"{path.name} 存的不是图片瓦片，无法作底图。",
                        f"{path.name} does not hold pictures; it cannot be a basemap.",
                    )
                y = (1 << int(zoom)) - 1 - int(row)  # MBTiles count rows from the south
                tile = target / str(int(zoom)) / str(int(x)) / f"{y}.{suffix}"
                tile.parent.mkdir(parents=True, exist_ok=True)
                tile.write_bytes(data)
                deepest = max(deepest, int(zoom))
    except sqlite3.Error as error:
        raise InputError(
            f"不是可读的 MBTiles 文件：{path.name}。",
            f"Not a readable MBTiles file: {path.name}.",
        ) from error
    url = f"{quote(folder)}/{{z}}/{{x}}/{{y}}.{suffix or 'png'}"
    return Basemap(name=path.stem, url=url, max_zoom=deepest)
