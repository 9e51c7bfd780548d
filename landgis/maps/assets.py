"""What a page carries (Leaflet, scripts, styles, templates, words), and what it may load.

Backgrounds are off by default, each named by the user; their tiles may be carried along.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import math
import re
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from landgis.errors import InputError
from landgis.language import Lang, say

LIMIT_MB = 8.0
"""Size of the tiles that a page carries at most, in megabytes of picture files."""

MOST_TILES = 4096
"""Tiles of one level at most."""

DEEPEST = 22
_LONGEST = 1 << 19  # bytes of one tile, or of one directory, of a PMTiles file
_STEPS = 200_000_000
_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpeg", b"RIFF": "webp", b"GIF8": "gif"}
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")

_BROKEN = (
    *(ValueError, KeyError, IndexError, TypeError, OverflowError, struct.error, zlib.error),
    *(OSError, EOFError, MemoryError, RecursionError, sqlite3.Error),
)
"""What a broken file may raise, in any of the three readers."""

Bounds = Sequence[float]
"""West, south, east, north in degrees."""


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
        ``data:`` addresses by ``z/x/y``, rows counted from the north; filled by `carry_tiles`.
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
    if what in _ONLINE:
        return _ONLINE[what]
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


_ONLINE = {
    "osm": Basemap(
        name="OpenStreetMap",
        url="https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        attribution="© OpenStreetMap contributors",
        max_zoom=19,
    ),
    "amap": Basemap(
        name="高德",
        url="https://webrd0{s}.is.autonavi.com/appmaptile"
        "?lang=zh_cn&size=1&scale=1&style=8&x={x}&y={y}&z={z}",
        attribution="高德",
        subdomains="1234",
        gcj02=True,
    ),
}


def carry_tiles(basemaps: Iterable[Basemap], bounds: Bounds) -> tuple[Basemap, ...]:
    """Read the tiles of files for an extent, so that pages carry them.

    Parameters
    ----------
    basemaps
        A file is a folder of ``z/x/y.png`` (or jpg, webp), an ``.mbtiles`` or a ``.pmtiles`` file
        of pictures; basemaps without one stay as they are.
    bounds
        West, south, east, north in degrees, in the datum of the tiles.

    Raises
    ------
    InputError
        If a file cannot be read, holds no pictures, none for the extent, or more than its limit
        at the first level; or if PMTiles cannot be read for want of the package.

    Examples
    --------
    >>> osm = choose_basemap("osm")
    >>> carry_tiles([osm], (120, 30, 121, 31)) == (osm,)
    True
    >>> carry_tiles([Basemap(name="a", file=Path("missing.mbtiles"))], (120, 30, 121, 31))
    Traceback (most recent call last):
        ...
    landgis.errors.InputError: 没有这个底图文件或文件夹：missing.mbtiles。
    """
    return tuple(b if b.file is None else _carried(b, b.file, bounds) for b in basemaps)


# ---------------------------------------------------------------- tiles of files


class _FullError(Exception):
    """A level that has no room."""


def _carried(base: Basemap, path: Path, bounds: Bounds) -> Basemap:
    if not path.exists():
        raise InputError(
            f"没有这个底图文件或文件夹：{path}。", f"No such basemap file or folder: {path}."
        )
    try:
        found = _gather(base, _open(path), bounds)
    except InputError:
        raise
    except (*_BROKEN, _FullError) as error:
        raise InputError(
            f"底图文件不可读或已损坏：{path.name}（{type(error).__name__}）。",
            f"The basemap file is not readable or broken: {path.name} ({type(error).__name__}).",
        ) from error
    if not found.pictures:
        raise InputError(
            f"底图 {path.name} 在本图范围内没有图片瓦片，或第一级就超过 {base.limit_mb:g} MB。",
            f"The basemap {path.name} has no picture tiles for this extent, or more than "
            f"{base.limit_mb:g} MB at its first level.",
        )
    return found


def _open(path: Path) -> _Store:
    if path.is_dir():
        return _Folder(path)
    return _Pmtiles(path) if path.suffix.lower() == ".pmtiles" else _Mbtiles(path)


def _gather(base: Basemap, source: _Store, bounds: Bounds) -> Basemap:
    """Take whole levels while there is room, beginning where the extent fills a few tiles."""
    limit = int(base.limit_mb * 1e6)
    pictures: dict[str, str] = {}
    taken: list[int] = []
    levels = [z for z in sorted(source.levels()) if 0 <= z <= DEEPEST]
    wanted = [z for z in levels if z >= min(_fitting(bounds), max(levels, default=0))]
    for z in wanted:
        try:
            level = _level(source, z, bounds, limit)
        except _FullError:
            break
        if not level:
            continue
        pictures |= {f"{z}/{x}/{y}": _picture(data) for (x, y), data in level.items()}
        limit -= sum(map(len, level.values()))
        taken.append(z)
    return replace(
        base,
        pictures=pictures,
        min_zoom=min(taken, default=0),
        max_zoom=max(taken, default=0),
        complete=bool(taken) and taken[-1] == levels[-1],
    )


def _level(source: _Store, z: int, bounds: Bounds, room: int) -> dict[tuple[int, int], bytes]:
    xs, ys = _block(bounds, z)
    if len(xs) * len(ys) > MOST_TILES:
        raise _FullError
    level = {}
    for x, y, data in source.tiles(z, xs, ys, room):
        level[x, y] = data
        room -= len(data)
        if room < 0:
            raise _FullError
    return level


def _fitting(bounds: Bounds) -> int:
    """Level at which the extent is about as wide as a small map, 512 pixels."""
    west, _, east, _ = bounds
    return max(0, math.floor(math.log2(720 / max(east - west, 1e-4))))


def _block(bounds: Bounds, z: int) -> tuple[range, range]:
    """Columns and rows of the tiles that an extent touches."""
    west, south, east, north = bounds
    size = 1 << z

    def column(longitude: float) -> int:
        return min(max(int((longitude + 180) / 360 * size), 0), size - 1)

    def row(latitude: float) -> int:
        sine = math.sin(math.radians(min(max(latitude, -85.0), 85.0)))
        return min(max(int((0.5 - math.atanh(sine) / (2 * math.pi)) * size), 0), size - 1)

    return range(column(west), column(east) + 1), range(row(north), row(south) + 1)


def _picture(data: bytes) -> str:
    """Write a picture as a data address; anything else is refused."""
    kind = next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), None)
    if kind is None:
        raise InputError(
            "底图存的不是图片瓦片（可能是矢量瓦片），不能作底图。",
            "The basemap does not hold pictures (vector tiles?); it cannot be shown.",
        )
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


class _Folder:
    """A folder of ``z/x/y.png``."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def levels(self) -> list[int]:
        return [int(p.name) for p in self.path.iterdir() if p.name.isdecimal() and p.is_dir()]

    def tiles(self, z: int, xs: range, ys: range, room: int) -> Iterator[tuple[int, int, bytes]]:
        for x in xs:
            for y in ys:
                names = (self.path / str(z) / str(x) / f"{y}{suffix}" for suffix in _SUFFIXES)
                file = next((name for name in names if name.is_file()), None)
                if file is not None:
                    if file.stat().st_size > room:
                        raise _FullError
                    yield x, y, file.read_bytes()


class _Mbtiles:
    """An MBTiles file: a table in SQLite, rows counted from the south."""

    def __init__(self, path: Path) -> None:
        self.address = f"{path.absolute().as_uri()}?mode=ro"

    def levels(self) -> list[int]:
        return [int(z) for (z,) in self._rows("SELECT DISTINCT zoom_level FROM tiles LIMIT 64")]

    def tiles(self, z: int, xs: range, ys: range, room: int) -> Iterator[tuple[int, int, bytes]]:
        last = (1 << z) - 1
        for x, row, size, data in self._rows(
            "SELECT tile_column, tile_row, length(tile_data),"
            " CASE WHEN length(tile_data) <= ? THEN tile_data END FROM tiles"
            " WHERE zoom_level = ? AND tile_column BETWEEN ? AND ? AND tile_row BETWEEN ? AND ?",
            (room, z, xs[0], xs[-1], last - ys[-1], last - ys[0]),
        ):
            if data is None and size is not None:
                raise _FullError
            if not isinstance(data, bytes):
                raise ValueError(type(data))  # noqa: TRY004 (a broken file, not a broken call)
            yield int(x), last - int(row), data

    def _rows(self, query: str, values: Sequence[int] = ()) -> Iterator[tuple[Any, ...]]:
        """Ask the file; a view that never ends is broken off."""
        with closing(sqlite3.connect(self.address, uri=True)) as base:
            asked = iter(range(_STEPS // 10_000))
            base.set_progress_handler(lambda: next(asked, None) is None, 10_000)
            yield from base.execute(query, values)


class _Pmtiles:
    """A PMTiles file, read by the package of that name."""

    def __init__(self, path: Path) -> None:
        try:
            reader = importlib.import_module("pmtiles.reader")
        except ImportError:
            raise InputError(
                f"读取 {path.name} 需要安装 pmtiles：pip install 'landgis[tiles]'。",
                f"Reading {path.name} needs pmtiles: pip install 'landgis[tiles]'.",
            ) from None
        self.path = path
        if self._bytes(0, 8) != b"PMTiles\x03":
            raise ValueError(path)
        self.reader = reader.Reader(self._bytes)
        self.header = self.reader.header()

    def levels(self) -> list[int]:
        return list(range(self.header["min_zoom"], min(self.header["max_zoom"], DEEPEST) + 1))

    def tiles(self, z: int, xs: range, ys: range, room: int) -> Iterator[tuple[int, int, bytes]]:
        for x in xs:
            for y in ys:
                data = self.reader.get(z, x, y)
                if data is not None:
                    if len(data) > room:
                        raise _FullError
                    yield x, y, data

    def _bytes(self, offset: int, length: int) -> bytes:
        if length > _LONGEST:
            raise _FullError
        with self.path.open("rb") as file:
            file.seek(offset)
            data = file.read(length)
        if len(data) < length:
            raise EOFError(self.path)
        return data


_Store = _Folder | _Mbtiles | _Pmtiles
"""What holds tiles: its ``levels``, and the ``tiles`` of a level in a block of columns and rows.

None larger than ``room`` is read."""


ALLOWED_URLS = frozenset({"http://www.w3.org/2000/svg", "https://leafletjs.com"})
"""Addresses that may stand in the scripts: a namespace, and Leaflet's own name in its credit."""


def content_policy(basemaps: Iterable[Basemap], inline: Iterable[str]) -> str:
    """Content-security policy: these scripts, no network but tiles of the chosen basemaps."""
    hashes = " ".join(f"'sha256-{_digest(text)}'" for text in inline)
    hosts = " ".join(dict.fromkeys(host for base in basemaps for host in base.hosts))
    return (
        f"default-src 'none'; script-src {hashes} blob:; worker-src blob:; "
        f"style-src 'unsafe-inline'; img-src data: blob: {hosts}".rstrip()
        + "; connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


class _Addresses(HTMLParser):
    """Collect every address that a page could load or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name.split(":")[-1] in (
                "href", "src", "srcset", "action", "formaction", "poster", "data", "ping", "cite",
            ):  # fmt: skip
                self.found.append(value or "")
            elif name == "style":
                self.found += _css_addresses(value or "")
        kind = dict(attrs).get("type") or "text/javascript"
        self.inside = tag if tag == "style" or (tag == "script" and "javascript" in kind) else ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 (the parser's own signature)
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style":
            self.found += _css_addresses(data)
        elif self.inside == "script":
            self.found += re.findall(r"(?:https?|wss?|ftp):(?:\\?/){2}[\w.\-/]*[\w.-]", data)


def _css_addresses(text: str) -> list[str]:
    return re.findall(r"url\(\s*['\"]?([^'\")]*)", text) + re.findall(r"@import\s+(\S+)", text)


def check_addresses(page: str, *, allowed: Iterable[str] = ()) -> None:
    """Raise if a page names an address that it should not.

    Allowed are ``data:`` pictures, places within the page, `ALLOWED_URLS`, and ``allowed`` with
    or without a fragment. Words that a person reads, and data, are not addresses.

    Examples
    --------
    >>> check_addresses('<a href="report.html#f1">3</a>', allowed=["report.html"])
    >>> check_addresses('<img src="https://example.com/a.png">')
    Traceback (most recent call last):
        ...
    landgis.errors.InputError: 页面引用了未经允许的地址：https://example.com/a.png。
    """
    parser = _Addresses()
    parser.feed(page)
    good = {*ALLOWED_URLS, *allowed}
    bad = [
        a
        for a in parser.found
        if not (a.startswith(("data:image/", "#")) or a.partition("#")[0] in good or a in good)
    ]
    if bad:
        told = "、".join(dict.fromkeys(bad))
        raise InputError(
            f"页面引用了未经允许的地址：{told}。",
            f"The page names addresses that are not allowed: {told}.",
        )


LEAFLET = ("leaflet/leaflet.js",)
LAYER = ("inflate.js", "unpack.js", "painter.js", "parcels.js")
"""Scripts of the packed layer, in the order in which they are loaded."""


@cache
def asset(name: str) -> str:
    """Read a text file of ``landgis/maps/assets``.

    Examples
    --------
    >>> "BSD 2-Clause" in asset("leaflet/LICENSE")
    True
    """
    return files("landgis.maps").joinpath("assets", name).read_text(encoding="utf-8")


@cache
def scripts(*names: str) -> str:
    """Join scripts for one ``<script>`` element: nothing in them can end it.

    Examples
    --------
    >>> "sourceMappingURL" in scripts(*LEAFLET)
    False
    """
    joined = "\n".join(re.sub(r"//# sourceMappingURL=.*", "", asset(name)) for name in names)
    return re.sub(r"<(?=/script|!--)", r"\\x3c", joined, flags=re.IGNORECASE)


@cache
def styles(*names: str) -> str:
    """Join style sheets, their pictures inside as data.

    Examples
    --------
    >>> "url(images" in styles("leaflet/leaflet.css")
    False
    """
    joined = "\n".join(asset(name) for name in names)
    return re.sub(r"url\((images/[\w.-]+)\)", lambda m: f"url({_inlined(m[1])})", joined)


@cache
def words(lang: Lang, *, programme: bool = False, file: str = "words.json") -> Mapping[str, str]:
    """Give the words of a page in one language, by key.

    Those of a ``programme`` speak of areas (片区, counted in 个) and kinds instead of parcels
    (宗地, counted in 宗) and uses.

    Examples
    --------
    >>> words("zh")["search"]
    '查编号或名称'
    >>> words("zh")["parcels_counted"], words("zh", programme=True)["parcels_counted"]
    ('{count} 宗', '{count} 个')
    """
    return {
        key: say(lang, *(said[-2:] if programme else said[:2]))
        for key, said in json.loads(asset(file)).items()
    }


@cache
def template(name: str) -> jinja2.Template:
    """Give the template of a page; style, script, start and data go into it as they are.

    Examples
    --------
    >>> template("page.html").name is None
    True
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters["tojson"] = as_json
    source = asset(name).replace("{{ head }}", asset("head.html"))
    return environment.from_string(
        re.sub(r"\{\{ (style|script|start|data) \}\}", r"{{ \1|safe }}", source)
    )


def start_script(function: str) -> str:
    """Start a page, readable to any browser: one that cannot read it shows a sentence instead.

    Examples
    --------
    >>> "landgisStart()" in start_script("landgisStart")
    True
    """
    return (
        "(function(){var s=document.getElementById('status');try{" + function + "();}catch(e){"
        "s.textContent=s.getAttribute('data-old');s.className='fault';throw e;}})();"
    )


def as_json(value: Any) -> str:
    r"""Write JSON that can stand inside a script element.

    Examples
    --------
    >>> as_json({"a": "</script>"})
    '{"a":"\\u003c/script>"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else str(value)


def _inlined(name: str) -> str:
    data = files("landgis.maps").joinpath("assets", "leaflet", name).read_bytes()
    return "data:image/png;base64," + base64.b64encode(data).decode("ascii")
