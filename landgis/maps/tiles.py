"""Tiles of a folder, an MBTiles or a PMTiles file, carried inside a page.

Whole levels of zoom are taken from the smallest on, for the extent of the page only, as long as
they stay within a limit of size; nothing of a file is read that goes beyond it.
"""

from __future__ import annotations

import base64
import importlib
import math
import sqlite3
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from landgis.errors import InputError

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """Pictures for an extent.

    Parameters
    ----------
    pictures
        ``data:`` address by ``z/x/y``, rows counted from the north.
    first, last
        Levels of zoom that are there.
    complete
        Whether the source has no deeper level.
    """

    pictures: Mapping[str, str]
    first: int
    last: int
    complete: bool


class _TileStore(Protocol):
    """Something that holds tiles."""

    def levels(self) -> list[int]: ...

    def tiles(self, z: int, xs: range, ys: range, room: int) -> Iterator[tuple[int, int, bytes]]:
        """Give the tiles of a level in a block of columns and rows; none larger than ``room``."""
        ...


class _FullError(Exception):
    """A level that has no room."""


def read_tiles(path: str | Path, bounds: Bounds, *, limit_mb: float = LIMIT_MB) -> Tiles:
    """Read the tiles of an extent.

    Parameters
    ----------
    path
        A folder of ``z/x/y.png`` (or jpg, webp), an ``.mbtiles`` or a ``.pmtiles`` file of
        pictures.
    bounds
        West, south, east, north in degrees, in the datum of the tiles.
    limit_mb
        Size of all pictures together.

    Raises
    ------
    InputError
        If the source cannot be read, holds no pictures, none for the extent, or more than the
        limit at its first level; or if PMTiles cannot be read for want of the package.

    Examples
    --------
    >>> read_tiles("missing.mbtiles", (120, 30, 121, 31))
    Traceback (most recent call last):
        ...
    landgis.errors.InputError: 没有这个底图文件或文件夹：missing.mbtiles。
    """
    path = Path(path)
    if not path.exists():
        raise InputError(
            f"没有这个底图文件或文件夹：{path}。", f"No such basemap file or folder: {path}."
        )
    try:
        found = _gather(_open(path), bounds, int(limit_mb * 1e6))
    except InputError:
        raise
    except (*_BROKEN, _FullError) as error:
        raise InputError(
            f"底图文件不可读或已损坏：{path.name}（{type(error).__name__}）。",
            f"The basemap file is not readable or broken: {path.name} ({type(error).__name__}).",
        ) from error
    if not found.pictures:
        raise InputError(
            f"底图 {path.name} 在本图范围内没有图片瓦片，或第一级就超过 {limit_mb:g} MB。",
            f"The basemap {path.name} has no picture tiles for this extent, or more than "
            f"{limit_mb:g} MB at its first level.",
        )
    return found


def _open(path: Path) -> _TileStore:
    if path.is_dir():
        return _Folder(path)
    if path.suffix.lower() == ".pmtiles":
        return _Pmtiles(path)
    return _Mbtiles(path)


def _gather(source: _TileStore, bounds: Bounds, limit: int) -> Tiles:
    """Take whole levels while there is room, beginning where the extent fills a few tiles."""
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
    return Tiles(
        pictures=pictures,
        first=min(taken, default=0),
        last=max(taken, default=0),
        complete=bool(taken) and taken[-1] == levels[-1],
    )


def _level(source: _TileStore, z: int, bounds: Bounds, room: int) -> dict[tuple[int, int], bytes]:
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
