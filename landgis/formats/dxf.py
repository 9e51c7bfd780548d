"""Drawings (DXF): which of their lines are polygons, and what their letters are."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.errors import InputError
from landgis.files.encoding import decode_text
from landgis.findings import Finding, failed
from landgis.language import Lang

_DEEPEST = 32
MOST_BLOCKS = 1_000_000
"""A drawing that inserts more blocks than this, blocks in blocks counted, is refused."""


def refuse_block_bomb(path: Path) -> None:
    """Refuse a drawing whose blocks hold blocks that hold blocks, until they fill the memory.

    Raises
    ------
    InputError
        If more than `MOST_BLOCKS` would be drawn.
    """
    inserted = _inserted(path.read_bytes())

    @cache
    def drawn(name: bytes, depth: int) -> int:
        if depth > _DEEPEST:  # a block that holds itself; GDAL lets that be
            return 0
        return sum(times * (1 + drawn(block, depth + 1)) for block, times in inserted[name])

    if drawn(b"", 0) > MOST_BLOCKS:
        raise InputError(
            f"{path.name} 的图块层层嵌套，展开后超过 {MOST_BLOCKS} 个，未读取。"
            "请在 CAD 中分解（EXPLODE）所需部分后另存。",
            f"{path.name} has blocks in blocks, more than {MOST_BLOCKS} in all, and is not read. "
            "Explode what is needed in CAD and save that.",
        )


def _inserted(raw: bytes) -> dict[bytes, list[tuple[bytes, int]]]:
    """Give what each block of a drawing inserts, and how often; "" is what is outside of blocks."""
    found: dict[bytes, list[tuple[bytes, int]]] = defaultdict(list)
    if b"INSERT" not in raw:
        return found
    lines = raw.splitlines()
    here, kind, tags = b"", b"", dict[bytes, bytes]()
    for code, value in zip(map(bytes.strip, lines[::2]), lines[1::2], strict=False):
        if code != b"0":
            tags.setdefault(code, value.strip())
            continue
        if kind == b"BLOCK":
            here = tags.get(b"2", b"")
        elif kind == b"ENDBLK":
            here = b""
        elif kind == b"INSERT":
            times = [int(tags.get(count, b"1") or 1) for count in (b"70", b"71")]
            found[here].append((tags.get(b"2", b""), max(times[0], 1) * max(times[1], 1)))
        kind, tags = value.strip(), {}
    return found


def closed_lines(
    frame: gpd.GeoDataFrame, name: str, lang: Lang
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Polygons of a drawing: its hatches and closed polylines; the rest is left out and told.

    What a block draws is taken apart.
    """
    frame = frame.explode(ignore_index=True)
    while (frame.geom_type == "GeometryCollection").any():
        frame = frame.explode(ignore_index=True)
    shapes = frame.geometry.array
    kinds = shapely.get_type_id(shapes)
    coordinates = shapely.get_num_coordinates(shapes)
    closed = (kinds == 1) & (coordinates >= 4)
    closed[closed] = shapely.is_closed(shapes[closed])
    kept = closed | np.isin(kinds, (3, 6))
    left = int((~kept).sum())
    polygons = np.asarray(shapes, dtype=object).copy()
    polygons[closed] = [shapely.Polygon(line.coords) for line in shapes[closed]]
    out = frame.set_geometry(gpd.GeoSeries(polygons, index=frame.index, crs=frame.crs))
    findings = []
    if left:
        zh = f"{name} 中有 {left} 个实体不是闭合多段线或填充，未读作面。"
        en = f"{name}: {left} entities are no closed polylines or hatches and were left out."
        findings.append(failed("layer.open_lines", zh, en, subject=name, lang=lang))
    return out[kept].reset_index(drop=True), findings


def drawn_text(frame: gpd.GeoDataFrame, encoding: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Decode the text of a drawing that names a Western code page and holds Chinese bytes."""
    used = "UTF-8"
    for name in frame.columns[frame.dtypes == "str"] if len(frame) else ():
        try:
            raw = "\n".join(frame[name].fillna("")).encode("latin-1")
        except UnicodeEncodeError:  # decoded already, by the code page that the drawing names
            continue
        text, used = decode_text(raw, name=name, encoding=encoding)
        texts = pd.Series(text.split("\n"), frame.index, dtype="str")
        frame = frame.assign(**{name: texts.where(frame[name].notna(), None)})
    return frame, used
