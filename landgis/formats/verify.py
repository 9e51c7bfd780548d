"""What was written is looked at before it gets its name: a full disk may cut it off unsaid."""

from __future__ import annotations

import errno
import mmap
import os
import struct
import warnings
from pathlib import Path

import pyogrio

from landgis.files.whole import unwritable
from landgis.formats.gdal import offline


def require_whole(draft: Path, kind: str, rows: int, *, layer: str) -> None:
    """Refuse a draft that does not hold the rows that were written.

    Raises
    ------
    InputError
        If it is cut off.
    """
    if kind in {"gpkg", "gdb"}:
        whole = _counted(draft, layer, rows)
    elif kind == "shp":
        whole = _counted(draft, None, rows) and _as_long_as_it_says(draft)
    elif kind == "fgb":
        whole = _features(draft) == rows
    elif kind in {"geojson", "json"}:
        whole = _ends(draft, b"}") and _count(draft, b'"type": "Feature",') == rows
    elif kind == "kml":
        whole = _ends(draft, b"</kml>")
    else:  # written by Python, which says so itself
        whole = True
    if not whole:
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        raise unwritable(draft, error)


def _counted(draft: Path, layer: str | None, rows: int) -> bool:
    try:
        with offline(), warnings.catch_warnings(action="ignore"):  # M values: told when written
            names = pyogrio.list_layers(draft)[:, 0].tolist()
            name = layer if layer in names else names[-1]
            info = pyogrio.read_info(draft, layer=name, force_feature_count=True)
    except (RuntimeError, ValueError, LookupError):
        return False
    return bool(info["features"] == rows)


def _as_long_as_it_says(draft: Path) -> bool:
    with draft.open("rb") as file:
        head = file.read(28)
    table = draft.with_suffix(".dbf").read_bytes()[:12]
    records, header, length = struct.unpack("<IHH", table[4:12])
    size = draft.with_suffix(".dbf").stat().st_size
    claimed = 2 * int(struct.unpack(">i", head[24:28])[0])
    return bool(draft.stat().st_size == claimed and size >= header + records * length)


def _features(draft: Path) -> int:
    """Count the features of a FlatGeobuf by walking along their sizes."""
    with draft.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
        at, count = 8, 0
        if len(raw) < 12:
            return -1
        at += 4 + struct.unpack_from("<I", raw, at)[0]
        while at + 4 <= len(raw):
            at += 4 + struct.unpack_from("<I", raw, at)[0]
            count += 1
        return count if at == len(raw) else -1


def _ends(draft: Path, mark: bytes) -> bool:
    with draft.open("rb") as file:
        file.seek(max(draft.stat().st_size - 64, 0))
        return file.read().rstrip().endswith(mark)


def _count(draft: Path, mark: bytes) -> int:
    count, tail = 0, b""
    with draft.open("rb") as file:
        while block := file.read(2**22):
            text = tail + block
            count += text.count(mark)
            tail = text[-(len(mark) - 1) :]
    return count
