"""What must not be handed to a parser: links to be fetched, queries and sheets without an end."""

from __future__ import annotations

import codecs
import json
import re
import sqlite3
import time
import zipfile
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from landgis.errors import InputError

MOST_CELLS = 20_000_000
"""Cells of a sheet, from its first corner to the last that is filled; readers hold them all."""
MOST_SECONDS = 5.0
"""Seconds that a view of a GeoPackage may take to be counted."""

_MOST_JSON = 200 * 2**20
_AROUND = 512
_NAMED_SYSTEM = re.compile(  # all of it: of two members of one name the last would count
    rb'"crs"\s*:\s*(?:null|\{\s*"type"\s*:\s*"name"\s*,\s*"properties"\s*:'
    rb'\s*\{\s*"name"\s*:\s*"[^"\\]*"\s*\}\s*\})'
)
_HIDDEN = re.compile(rb"\\u00[2-7]")
_WIDE = re.compile(rb":\s{0,40}-?\d{19}")
"""A number that 64 bits may not hold."""
_CELL = re.compile(rb'<(?:\w+:)?(?:c|row)\b[^>]*?\br="([A-Za-z]{0,7})(\d{1,10})"')
_BLOCK = 2**16


class JsonText(NamedTuple):
    """What the text of a GeoJSON is: whether all of it is UTF-8, whether it has long numbers."""

    utf8: bool
    wide: bool


def look_into_json(path: Path) -> JsonText:
    """Look at the text of a GeoJSON, once, before GDAL does.

    Raises
    ------
    InputError
        If its coordinate system is a link, which GDAL would fetch, or something that may hide
        one is in a file too large to look into.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    suspect, utf8, wide = False, True, False
    text, kept, left = bytearray(_AROUND + _BLOCK), 0, path.stat().st_size
    with path.open("rb", buffering=0) as file, memoryview(text) as view:
        while size := file.readinto(view[kept : kept + _BLOCK]) or 0:
            end, left = kept + size, left - size
            wide = wide or _WIDE.search(text, 0, end) is not None
            suspect = suspect or _suspect(text, end, last=left <= 0)
            try:
                utf8 = utf8 and decoder.decode(view[kept:end]) is not None
            except UnicodeDecodeError:
                utf8 = False
            kept = min(_AROUND, end)
            view[:kept] = view[end - kept : end]
    if suspect:
        _refuse_links(path)
    return JsonText(utf8, wide)


def _suspect(text: bytearray, end: int, *, last: bool) -> bool:
    """Look for a system that is not given by its name, or for letters that hide what they are."""
    at = text.find(b'"crs"', 0, end)
    while at >= 0:
        whole = last or at + _AROUND <= end  # else it comes again
        if whole and not _NAMED_SYSTEM.match(text, at, end):
            return True
        at = text.find(b'"crs"', at + 5, end)
    escape = text.find(b"\\", 0, end)  # seldom; many times quicker than to look for all of it
    return escape >= 0 and _HIDDEN.search(text, escape, end) is not None


def _refuse_links(path: Path) -> None:
    linked: list[Any] = []

    def look(found: dict[str, Any]) -> dict[str, Any]:
        crs = found.get("crs")
        if isinstance(crs, dict) and str(crs.get("type", "")).lower() in {"link", "url"}:
            linked.append(crs)
        return found

    if path.stat().st_size <= _MOST_JSON:
        try:
            json.loads(path.read_bytes().decode("utf-8-sig", "replace"), object_hook=look)
        except (ValueError, RecursionError):
            return  # no JSON: the reader will say so
    else:
        linked.append(None)
    if linked:
        raise InputError(
            f"{path.name} 的坐标系是一个网络链接，未读取（不访问网络）。请改为 EPSG 代码，"
            "或删去它并另行指明坐标系（--crs）。",
            f"{path.name} gives its coordinate system as a link, and no network is used: write an "
            "EPSG code in its place, or take it away and name the system (--crs).",
        )


def refuse_endless_views(path: Path) -> None:
    """Refuse a GeoPackage with a view that does not come to an end.

    Raises
    ------
    InputError
        If a view cannot be counted within `MOST_SECONDS`, or the file is no database.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            views = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'view'"
            ).fetchall()
            for (name,) in views:
                end = time.monotonic() + MOST_SECONDS
                database.set_progress_handler(partial(_late, end), 10_000)
                quoted = str(name).replace('"', '""')
                database.execute(f'SELECT COUNT(*) FROM "{quoted}"').fetchone()  # noqa: S608
    except sqlite3.OperationalError as error:
        if "interrupt" not in str(error):
            return  # what is wrong with it the reader says
        raise InputError(
            f"{path.name} 中的视图 {name} 没有尽头（{MOST_SECONDS:g} 秒内数不完），未读取。"
            "请导出为普通图层后再读。",
            f"{path.name}: the view {name} has no end (not counted in {MOST_SECONDS:g} s) and is "
            "not read. Export it as a layer.",
        ) from None
    except (sqlite3.Error, UnicodeError):
        return


def _late(end: float) -> bool:
    return time.monotonic() > end


def refuse_far_cells(path: Path) -> None:
    """Refuse a workbook (.xlsx) with a sheet so far across that it does not fit in memory.

    Readers lay a sheet out from its first corner to the last filled one: one cell at XFD1048576
    would take 500 GB.

    Raises
    ------
    InputError
        If a sheet has more than `MOST_CELLS`, or a row beyond those that a workbook can have.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = [n for n in archive.namelist() if re.search(r"(?i)worksheets?/[^/]*\.xml$", n)]
            for sheet in sheets:
                rows, columns = _corner(archive, sheet)
                if rows * columns > MOST_CELLS or rows > 1_048_576 or columns > 16_384:
                    raise InputError(  # noqa: TRY301 - all sheets are looked into at once
                        f"{path.name} 的表 {Path(sheet).stem} 伸展到第 {rows} 行第 {columns} 列，"
                        "过大，未读取。请删去远处的单元格后另存。",
                        f"{path.name}: sheet {Path(sheet).stem} reaches to row {rows}, column "
                        f"{columns}, and is not read. Delete the far cells and save it anew.",
                    )
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged archive raises anything
        raise InputError(
            f"{path.name} 已损坏，打不开（{error}）。",
            f"{path.name} is damaged and cannot be opened ({error}).",
        ) from None


def _corner(archive: zipfile.ZipFile, sheet: str) -> tuple[int, int]:
    """Give the last row and column that any cell of a sheet names."""
    rows, columns, tail = 1, 1, b""
    with archive.open(sheet) as stream:
        while block := stream.read(_BLOCK):
            text = tail + block
            for letters, digits in _CELL.findall(text):
                rows = max(rows, int(digits))
                if letters:
                    columns = max(columns, _number(letters))
            tail = text[-256:]
    return rows, columns


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
