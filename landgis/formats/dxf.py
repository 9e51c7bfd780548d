"""Drawings (DXF): which of their lines are polygons, and what their letters are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.errors import InputError
from landgis.files.encoding import decode_text
from landgis.findings import Finding, define, failed
from landgis.formats.gdal import ARC_STEP_DEGREES
from landgis.formats.told import CURVES
from landgis.language import Lang

_CURVED = {b"CIRCLE", b"ARC", b"ELLIPSE", b"SPLINE"}
_DEEPEST = 32
MOST_BLOCKS = 1_000_000
"""A drawing that inserts more blocks than this, blocks in blocks counted, is refused."""


TEXTS = define(
    "layer.drawn_text",
    ("图中注记", "text in the drawing"),
    ("面内的注记归属于面", "text inside a polygon is given to it"),
    given=(
        '{subject} 有 {actual:0} 个面内的注记已写入字段 Text（可作编号：parcel_id = "Text"）。',
        "{subject}: text inside {actual:0} polygon{actual:s} is in the field Text.",
    ),
)


class Drawing(NamedTuple):
    """What the text of a drawing shows that GDAL does not tell.

    Parameters
    ----------
    inserted
        What each block inserts, and how often; "" is what is outside of blocks.
    arcs
        Entities with arcs: circles, ellipses, splines, polylines with bulges.
    data
        Handle of an entity → the texts attached to it (XData).
    """

    inserted: Mapping[bytes, list[tuple[bytes, int]]]
    arcs: int
    data: Mapping[str, str]


def look_into(path: Path) -> Drawing:
    """Look through the text of a drawing.

    Raises
    ------
    InputError
        If blocks hold blocks that hold blocks, more than `MOST_BLOCKS`.
    """
    drawing = _drawing(path.read_bytes())

    @cache
    def drawn(name: bytes, depth: int) -> int:
        if depth > _DEEPEST:  # a block that holds itself; GDAL lets that be
            return 0
        inner = drawing.inserted.get(name, [])
        return sum(times * (1 + drawn(block, depth + 1)) for block, times in inner)

    if drawn(b"", 0) > MOST_BLOCKS:
        raise InputError(
            f"{path.name} 的图块层层嵌套，展开后超过 {MOST_BLOCKS} 个，未读取。"
            "请在 CAD 中分解（EXPLODE）所需部分后另存。",
            f"{path.name} has blocks in blocks, more than {MOST_BLOCKS} in all, and is not read. "
            "Explode what is needed in CAD and save that.",
        )
    return drawing


def _drawing(raw: bytes) -> Drawing:
    inserted: dict[bytes, list[tuple[bytes, int]]] = defaultdict(list)
    data: dict[str, str] = {}
    lines = raw.splitlines()
    here, kind, arcs = b"", b"", 0
    tags, texts, bulge = dict[bytes, bytes](), list[bytes](), False
    for code, line in zip(map(bytes.strip, lines[::2]), lines[1::2], strict=False):
        value = line.strip()
        if code != b"0":
            tags.setdefault(code, value)
            bulge |= code == b"42" and value.strip(b"+-0.") not in {b"", b"e", b"E"}
            if code == b"1000":
                texts.append(value)
            continue
        if kind == b"BLOCK":
            here = tags.get(b"2", b"")
        elif kind == b"ENDBLK":
            here = b""
        elif kind == b"INSERT":
            times = [_count(tags.get(count, b"1")) for count in (b"70", b"71")]
            inserted[here].append((tags.get(b"2", b""), times[0] * times[1]))
        elif kind in _CURVED or (bulge and kind in {b"LWPOLYLINE", b"VERTEX"}):
            arcs += 1
        if texts and b"5" in tags:
            data[tags[b"5"].decode("ascii", "replace")] = b" ".join(texts).decode(
                "gb18030", "replace"
            )
        kind, tags, texts, bulge = value, {}, [], False
    return Drawing(inserted, arcs, data)


def _count(text: bytes) -> int:
    return max(int(text), 1) if re.fullmatch(rb"\d{1,9}", text) else 1


def tell_arcs(drawing: Drawing, name: str) -> list[Finding]:
    """Say how many entities with arcs were straightened."""
    if not drawing.arcs:
        return []
    values = {"step": f"{ARC_STEP_DEGREES:g}"}
    count = float(drawing.arcs)
    return [CURVES.finding("straightened", "note", subject=name, actual=count, values=values)]


def with_text(
    polygons: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, drawing: Drawing, name: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give polygons the text that stands inside (field Text) and what is attached to them (XData).

    A text belongs to the smallest polygon around it.
    """
    if drawing.data and "EntityHandle" in polygons:
        polygons = polygons.assign(XData=polygons["EntityHandle"].map(drawing.data).astype("str"))
    if "Text" not in drawn or not len(polygons):
        return polygons, []
    texts = drawn[drawn["Text"].notna() & (drawn["Text"] != "")]
    spots = shapely.point_on_surface(texts.geometry.array)
    text, around = shapely.STRtree(polygons.geometry.array).query(spots, predicate="within")
    order = np.argsort(-shapely.area(polygons.geometry.array[around]), kind="stable")
    owner = dict(zip(text[order].tolist(), around[order].tolist(), strict=True))
    found: dict[int, list[str]] = defaultdict(list)
    for row, polygon in sorted(owner.items()):
        found[polygon].append(str(texts["Text"].iloc[row]))
    if not found:
        return polygons, []
    own = (
        polygons["Text"].astype("object").where(polygons["Text"].notna(), None).to_numpy(copy=True)
    )
    for polygon, words in found.items():
        own[polygon] = own[polygon] or " ".join(words)
    told = TEXTS.finding("given", "note", subject=name, actual=float(len(found)))
    return polygons.assign(Text=pd.array(own, dtype="str")), [told]


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
    polygons[closed] = shapely.remove_repeated_points(
        [shapely.Polygon(line.coords) for line in shapes[closed]]
    )
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
