"""Backgrounds that a map page may show: off by default, each named by the user."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from landgis.errors import InputError
from landgis.language import Lang, say
from landgis.maps.tiles import LIMIT_MB, Bounds, read_tiles

SERVICES = ("tianditu", "tianditu-img", "osm", "amap")
"""Services that go by a name."""

_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?P<host>[\w.{}-]+)(?P<port>:\d+)?/[^\s'\"<>;\\]*", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basemap:
    """Tiles behind the parcels.

    Parameters
    ----------
    name
        As in the layer control.
    url
        Leaflet template with ``{z}``, ``{x}``, ``{y}``; empty for tiles carried in the page.
    labels
        Template of tiles with names, drawn over those of ``url``.
    gcj02
        Whether the tiles are in GCJ-02 (高德, 腾讯). Shapes are then shifted for display, and the
        page says so.
    file
        Folder, MBTiles or PMTiles file whose tiles the page carries.
    limit_mb
        Size of the tiles that are carried at most.
    pictures
        ``data:`` addresses by ``z/x/y``; filled by `carry_tiles`.
    complete
        Whether the file holds no more detail than is carried.
    """

    name: str
    url: str = ""
    labels: str = ""
    attribution: str = ""
    subdomains: str = "abc"
    min_zoom: int = 0
    max_zoom: int = 18
    gcj02: bool = False
    file: Path | None = None
    limit_mb: float = LIMIT_MB
    pictures: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True

    @property
    def hosts(self) -> tuple[str, ...]:
        """What a content-security policy must allow for the tiles; nothing for carried ones."""
        found = [host for url in (self.url, self.labels) if url for host in self._hosts(url)]
        return tuple(dict.fromkeys(found))

    def _hosts(self, url: str) -> list[str]:
        address = _ADDRESS.fullmatch(url)
        if address is None:
            raise _not_an_address(url)
        letters = self.subdomains if "{s}" in address["host"] else " "
        names = [address["host"].replace("{s}", letter) for letter in letters]
        if not all(re.fullmatch(r"[\w.-]+", name, re.ASCII) for name in names):
            raise _not_an_address(url)
        return [f"{address['scheme']}://{name}{address['port'] or ''}" for name in names]

    def said(self, lang: Lang) -> str:
        """Say for the title block what it is, and how far it goes."""
        if self.file is None:
            return say(lang, f"{self.name}（在线）", f"{self.name} (online)")
        more = say(lang, "，原文件更细", ", the file holds more") if not self.complete else ""
        return say(
            lang,
            f"{self.name}（随页携带，至第 {self.max_zoom} 级{more}）",
            f"{self.name} (carried in the page, to zoom {self.max_zoom}{more})",
        )


def choose_basemap(
    what: str, *, key: str = "", gcj02: bool = False, limit_mb: float = LIMIT_MB
) -> Basemap:
    """Give the basemap that a user names.

    Parameters
    ----------
    what
        ``tianditu`` (map) or ``tianditu-img`` (imagery), ``osm``, ``amap``; a folder of tiles, an
        ``.mbtiles`` or ``.pmtiles`` file; or a template of an address with ``{z}/{x}/{y}``.
    key
        The user's key for 天地图. It stands in the page, for everybody to read.
    gcj02
        Whether tiles of a file or an address are in GCJ-02; known of ``amap``.
    limit_mb
        Size of the tiles of a file that each page carries.

    Raises
    ------
    InputError
        If there is no such basemap, or it lacks a key.

    Examples
    --------
    >>> choose_basemap("amap").gcj02, choose_basemap("osm").hosts
    (True, ('https://tile.openstreetmap.org',))
    """
    if what in ("tianditu", "tianditu-img"):
        return tianditu(key, kind="img" if what.endswith("img") else "vec")
    if what in ("osm", "amap"):
        return {"osm": openstreetmap, "amap": amap}[what]()
    if "://" in what:
        if not all(part in what for part in ("{z}", "{x}", "{y}")):
            raise _not_an_address(what)
        chosen = Basemap(name=what, url=what, gcj02=gcj02)
        return replace(chosen, name=chosen.hosts[0].partition("://")[2])
    path = Path(what)
    if path.is_dir() or path.suffix.lower() in (".mbtiles", ".pmtiles"):
        return Basemap(name=path.stem, file=path, gcj02=gcj02, limit_mb=limit_mb)
    raise InputError(
        f"没有底图“{what}”：可用 {'、'.join(SERVICES)}，或瓦片文件夹、.mbtiles、.pmtiles 文件。",
        f"No basemap “{what}”: use {', '.join(SERVICES)}, a folder of tiles, or an .mbtiles or "
        ".pmtiles file.",
    )


def _not_an_address(url: str) -> InputError:
    return InputError(
        f"底图地址应为含 {{z}}、{{x}}、{{y}} 的 http(s) 地址：{url}。",
        f"A basemap is an http(s) address with {{z}}, {{x}} and {{y}}: {url}.",
    )


def tianditu(key: str, *, kind: str = "vec") -> Basemap:
    """Give 天地图 with the user's key: ``vec`` map or ``img`` imagery. Needs no shift.

    Raises
    ------
    InputError
        If the key is empty or no key.

    Examples
    --------
    >>> tianditu("0123").hosts[0]
    'https://t0.tianditu.gov.cn'
    """
    if not re.fullmatch(r"[0-9A-Za-z]{1,64}", key):
        raise InputError(
            "天地图需要密钥（key），只含字母和数字，可在 console.tianditu.gov.cn 申请。",
            "天地图 needs a key of letters and digits; apply at console.tianditu.gov.cn.",
        )

    def template(layer: str) -> str:
        return (
            f"https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile"
            f"&VERSION=1.0.0&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
            f"&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
        )

    return Basemap(
        name={"vec": "天地图", "img": "天地图影像"}[kind],
        url=template(kind),
        labels=template({"vec": "cva", "img": "cia"}[kind]),
        attribution="天地图",
        subdomains="01234567",
    )


def openstreetmap() -> Basemap:
    """Give OpenStreetMap's own tiles.

    Examples
    --------
    >>> openstreetmap().hosts
    ('https://tile.openstreetmap.org',)
    """
    return Basemap(
        name="OpenStreetMap",
        url="https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        attribution="© OpenStreetMap contributors",
        max_zoom=19,
    )


def amap() -> Basemap:
    """Give 高德, in GCJ-02.

    Examples
    --------
    >>> amap().hosts[0]
    'https://webrd01.is.autonavi.com'
    """
    return Basemap(
        name="高德",
        url="https://webrd0{s}.is.autonavi.com/appmaptile"
        "?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",
        attribution="高德",
        subdomains="1234",
        gcj02=True,
    )


def carry_tiles(basemaps: Iterable[Basemap], bounds: Bounds) -> tuple[Basemap, ...]:
    """Read the tiles of files for an extent, so that pages carry them.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees, as drawn.

    Raises
    ------
    InputError
        If a file cannot be used, see `read_tiles`.

    Examples
    --------
    >>> carry_tiles([openstreetmap()], (120, 30, 121, 31)) == (openstreetmap(),)
    True
    """
    return tuple(
        replace(
            base,
            pictures=(tiles := read_tiles(base.file, bounds, limit_mb=base.limit_mb)).pictures,
            min_zoom=tiles.first,
            max_zoom=tiles.last,
            complete=tiles.complete,
        )
        if base.file is not None
        else base
        for base in basemaps
    )
