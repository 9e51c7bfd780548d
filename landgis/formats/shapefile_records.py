"""What a shapefile claims, checked against its bytes before GDAL reads it.

GDAL gives an empty geometry for a shape it cannot read, without a word. So the index and the
records are looked at first, by arrays.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from landgis.errors import InputError

_POLYGONS = (3, 5, 13, 15, 23, 25)  # with or without Z or M, and lines: parts and points alike


def sibling(path: Path, suffix: str) -> Path | None:
    """Find the file of a shapefile with another suffix, in whatever case; None if there is none.

    Examples
    --------
    >>> sibling(Path("no/such.shp"), ".dbf") is None
    True
    """
    for candidate in (path.with_suffix(suffix), path.with_suffix(suffix.upper())):
        if candidate.is_file():
            return candidate
    return None


def check_shapes(path: Path) -> NDArray[np.int64]:
    """Give the numbers of the records (from 0) whose shape cannot be read.

    Raises
    ------
    InputError
        If the .shp is shorter than its own header says, or its index points nowhere.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(100)
    claimed = 2 * struct.unpack(">i", head[24:28])[0] if len(head) == 100 else 100
    if size < claimed:
        raise InputError(
            f"{path.name} 不完整：文件头称 {claimed} 字节，实有 {size} 字节。"
            "请重新索取或重新复制。",
            f"{path.name} is truncated: its header says {claimed} bytes, it has {size}. "
            "Ask for it again or copy it anew.",
        )
    index = sibling(path, ".shx")
    if index is None:
        return np.empty(0, dtype=np.int64)
    offsets, lengths = read_index(index)
    data = np.memmap(path, dtype=np.uint8, mode="r")
    bad = (offsets < 100) | (lengths < 4) | (offsets + 8 + lengths > size)
    good = np.flatnonzero(~bad)
    kinds = _integers(data, offsets[good] + 8)
    known = (kinds == 0) | np.isin(kinds, (1, 8, 11, 18, 21, 28, 31, *_POLYGONS))
    bad[good[~known]] = True
    polygons = good[np.isin(kinds, _POLYGONS) & (lengths[good] >= 44)]
    parts = _integers(data, offsets[polygons] + 44)
    points = _integers(data, offsets[polygons] + 48)
    needs = 44 + 4 * parts.astype(np.int64) + 16 * points.astype(np.int64)
    bad[polygons[(parts < 0) | (points < 0) | (needs > lengths[polygons])]] = True
    return np.flatnonzero(bad)


def read_index(path: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets and lengths in bytes of the records that a .shx lists."""
    pairs = np.fromfile(path, dtype=">i4", offset=min(100, path.stat().st_size)).astype(np.int64)
    pairs = pairs[: len(pairs) // 2 * 2]
    return 2 * pairs[0::2], 2 * pairs[1::2]


def rebuild_index(path: Path, target: Path) -> None:
    """Write the .shx that a .shp lacks, by walking its records.

    Raises
    ------
    InputError
        If the records do not follow one another to the end of the file.
    """
    raw = path.read_bytes()
    entries: list[bytes] = []
    at = 100
    while at + 8 <= len(raw):
        length = struct.unpack(">i", raw[at + 4 : at + 8])[0]
        if length < 2 or at + 8 + 2 * length > len(raw):
            raise InputError(
                f"{path.name} 缺 .shx，且第 {len(entries) + 1} 条记录已损坏，无法重建。"
                "请重新索取。",
                f"{path.name} has no .shx, and record {len(entries) + 1} is damaged: "
                "it cannot be rebuilt. Ask for it again.",
            )
        entries.append(struct.pack(">ii", at // 2, length))
        at += 8 + 2 * length
    head = raw[:24] + struct.pack(">i", 50 + 4 * len(entries)) + raw[28:100]
    target.write_bytes(head + b"".join(entries))


def _integers(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int32]:
    """Little-endian integers at byte offsets."""
    four = np.stack([data[offsets + k] for k in range(4)], axis=1) if len(offsets) else None
    return np.empty(0, np.int32) if four is None else four.view("<i4")[:, 0]
