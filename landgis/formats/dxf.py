"""Drawings (DXF): which of their lines are polygons, and what their letters are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from landgis.errors import InputError
from landgis.files.encoding import decode_text
from landgis.findings import Finding, define
from landgis.formats.apart import read_apart
from landgis.formats.columns import Frames, peeked
from landgis.formats.gdal import (
    OPTIONS,
    Opened,
    choose_layer,
    curves_told,
    damage,
    frame_of,
)
from landgis.formats.kinds import Format, Opening, Writing, at_once
from landgis.schema import guess_fields, id_text

_CURVED = {b"CIRCLE", b"ARC", b"ELLIPSE", b"SPLINE"}
_DEEPEST = 32
MOST_BLOCKS = 1_000_000
"""A drawing that inserts more blocks than this, blocks in blocks counted, is refused."""


TEXTS = define("""layer.drawn_text 图中注记 | text in the drawing
    面内的注记归属于面 | text inside a polygon is given to it
    given: {subject} 有 {actual:0} 个面内的注记已写入字段 Text（可作编号：parcel_id = "Text"）。
    | {subject}: text inside {actual:0} polygon{actual:s} is in the field Text.""")
OPEN = define("""layer.open_lines 未闭合线 | open lines
    图中实体是否为闭合的面 | whether what is drawn closes to polygons
    left_out: {subject} 中有 {actual:0} 个实体不是闭合多段线或填充，未读作面。
    | {subject}: {actual:0} entities are no closed polylines or hatches and were left out.""")


class DrawnText(NamedTuple):
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


def look_into(path: Path) -> DrawnText:
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


def _drawing(raw: bytes) -> DrawnText:
    inserted: dict[bytes, list[tuple[bytes, int]]] = defaultdict(list)
    data: dict[str, str] = {}
    lines = raw.splitlines()
    if b"\0" in raw and not raw.startswith(b"AutoCAD Binary DXF"):
        # GDAL does not come to an end on some of these
        raise InputError(
            "DXF 图中有空字节，已损坏：请重新索取，或在 CAD 中另存后再读。",
            "The drawing has zero bytes in it and is damaged: ask for it again, or save it anew.",
        )
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
            told = [tags.get(count, b"") for count in (b"70", b"71")]
            times = [max(int(n), 1) if re.fullmatch(rb"\d{1,9}", n) else 1 for n in told]
            inserted[here].append((tags.get(b"2", b""), times[0] * times[1]))
        elif kind in _CURVED or (bulge and kind in {b"LWPOLYLINE", b"VERTEX"}):
            arcs += 1
        if texts and b"5" in tags:
            data[tags[b"5"].decode("ascii", "replace")] = b" ".join(texts).decode(
                "gb18030", "replace"
            )
        kind, tags, texts, bulge = value, {}, [], False
    return DrawnText(inserted, arcs, data)


def with_text(
    polygons: gpd.GeoDataFrame, drawn: gpd.GeoDataFrame, drawing: DrawnText, name: str
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give polygons the text that stands inside (field Text) and what is attached to them (XData).

    A text belongs to the smallest polygon around it.
    """
    if drawing.data and "EntityHandle" in polygons:
        polygons = polygons.assign(XData=polygons["EntityHandle"].map(drawing.data).astype("str"))
    if "Text" not in drawn or not len(polygons):
        return polygons, []
    texts = drawn[drawn["Text"].notna() & (drawn["Text"] != "")]
    spots = shapely.point_on_surface(texts.geometry.to_numpy())
    shapes = polygons.geometry.to_numpy()
    text, around = shapely.STRtree(shapes).query(spots, predicate="within")
    order = np.argsort(-shapely.area(shapes[around]), kind="stable")
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


def closed_lines(frame: gpd.GeoDataFrame, name: str) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Polygons of a drawing: its hatches and closed polylines; the rest is left out and told.

    What a block draws is taken apart. A drawing without polygons gives its points.
    """
    frame = frame.explode(ignore_index=True)
    while (frame.geom_type == "GeometryCollection").any():
        frame = frame.explode(ignore_index=True)
    shapes = frame.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    coordinates = shapely.get_num_coordinates(shapes)
    closed = (kinds == 1) & (coordinates >= 4)
    closed[closed] = shapely.is_closed(shapes[closed])
    kept = closed | np.isin(kinds, (3, 6))
    if not kept.any():  # a drawing of points; text stands at a point, too
        kept = (kinds == 0) & frame.get("Text", pd.Series("", frame.index)).fillna("").eq("")
        kept = np.asarray(kept, dtype=bool)
    left = int((~kept).sum())
    polygons = np.asarray(shapes, dtype=object).copy()
    polygons[closed] = shapely.remove_repeated_points(
        [shapely.Polygon(line.coords) for line in shapes[closed]]
    )
    out = frame.set_geometry(gpd.GeoSeries(polygons, index=frame.index, crs=frame.crs))
    told = OPEN.finding("left_out", "fail", subject=name, actual=float(left))
    findings = [told] if left else []
    return out[kept].reset_index(drop=True), findings


_ESCAPED = re.compile(r"(?:\\U\+[0-9A-Fa-f]{4})+")


def drawn_text(frame: gpd.GeoDataFrame, encoding: str | None) -> tuple[gpd.GeoDataFrame, str]:
    r"""Decode the text of a drawing that names a Western code page and holds Chinese bytes.

    Letters that are escaped (``\U+4E00``, 16 bits each) are read whatever the code page.
    """
    used = "UTF-8"
    for name in frame.columns[frame.dtypes == "str"] if len(frame) else ():
        try:
            raw = "\n".join(frame[name].fillna("")).encode("latin-1")
        except UnicodeEncodeError:  # decoded already, by the code page that the drawing names
            continue
        text, used = decode_text(raw, name=name, encoding=encoding)
        texts = pd.Series(text.split("\n"), frame.index, dtype="str")
        frame = frame.assign(**{name: texts.where(frame[name].notna(), None)})
    for name in frame.columns[frame.dtypes == "str"] if len(frame) else ():
        frame = frame.assign(**{name: frame[name].str.replace(_ESCAPED, _letters, regex=True)})
    return frame, used


def _letters(escaped: re.Match[str]) -> str:
    return bytes.fromhex(escaped.group().replace("\\U+", "")).decode("utf-16-be", "replace")


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    findings: list[Finding] = []
    with damage(path):
        drawing = look_into(path)
        layers, meta, rows = read_apart(path, opening.layer, options=dict(OPTIONS))
        chosen = choose_layer(path, layers, opening.layer, pick=True)
        drawn = frame_of(path, chosen, meta or {}, rows, noted=findings)
        drawn, used = drawn_text(drawn, opening.encoding)
        frame, more = closed_lines(drawn, path.name)
        frame, given = with_text(frame, drawn, drawing, path.name)
    arcs = [curves_told(path.name, drawing.arcs)] if drawing.arcs else []
    findings += [*arcs, *more, *given]
    yield Opened(frames=at_once(frame), encoding=used, layers=layers, findings=findings)


def write_dxf(frames: Iterable[gpd.GeoDataFrame], path: Path) -> None:
    r"""Write polygons as closed polylines, each with its id as text inside (DXF R2000).

    The layer of a polyline is the use of its parcel, else ``0``; text stands on the layer 注记. The
    letters are GBK, which is named, as GDAL (and so QGIS) does not take DXF for UTF-8; others are
    escaped as drawings do it (``\U+9FA6``).

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.dxf"
    >>> layer = gpd.GeoDataFrame({"DKBH": ["D1"]}, geometry=[shapely.box(0, 0, 20, 10)])
    >>> write_dxf([layer], file)
    >>> file.read_bytes().count(b"LWPOLYLINE"), b"D1" in file.read_bytes()
    (1, True)
    """
    with path.open("w", encoding="gbk", newline="\r\n") as file:
        file.write(_tags((0, "SECTION"), (2, "HEADER"), (9, "$ACADVER"), (1, "AC1015")))
        file.write(_tags((9, "$DWGCODEPAGE"), (3, "ANSI_936")))
        file.write(_tags((0, "ENDSEC"), (0, "SECTION"), (2, "ENTITIES")))
        for frame in frames:
            chosen = guess_fields(frame)
            uses = frame.get(chosen.get("category", ""), pd.Series("", index=frame.index))
            ids = frame.get(chosen.get("parcel_id", ""), pd.Series("", index=frame.index))
            rows = zip(frame.geometry.array, id_text(uses), id_text(ids), strict=True)
            for shape, use, label in rows:
                file.writelines(_entities(shape, _plain(use) or "0", _plain(label)))
        file.write(_tags((0, "ENDSEC"), (0, "EOF")))


def _entities(shape: BaseGeometry | None, layer: str, label: str) -> Iterator[str]:
    if shape is None or shape.is_empty:
        return
    for part in shapely.get_parts(shape):
        if part.geom_type == "Point":
            yield _tags((0, "POINT"), (8, layer), (10, repr(part.x)), (20, repr(part.y)))
            continue
        rings = (part.exterior, *part.interiors) if part.geom_type == "Polygon" else (part,)
        for ring in rings:
            corners = shapely.get_coordinates(ring)
            closed = len(corners) > 1 and bool((corners[0] == corners[-1]).all())
            corners = corners[:-1] if closed else corners
            yield _tags((0, "LWPOLYLINE"), (8, layer), (90, len(corners)), (70, int(closed)))
            yield "".join(_tags((10, repr(x)), (20, repr(y))) for x, y in corners.tolist())
    if label:
        spot = shape.representative_point()
        size = max(float(np.sqrt(shape.area)) / 20, 0.5)
        yield _tags((0, "TEXT"), (8, "注记"), (10, repr(spot.x)), (20, repr(spot.y)))
        yield _tags((40, f"{size:.3f}"), (1, label))


def _tags(*pairs: tuple[int, object]) -> str:
    return "".join(f"{code}\n{value}\n" for code, value in pairs)


def _plain(text: str) -> str:
    """Leave out what ends a line of a drawing, and the marks that a layer's name cannot have."""
    plain = re.sub(r"[\x00-\x1f<>/\\\\\":;?*|=`]+", " ", text).strip()[:250]
    return "".join(map(_in_gbk, plain))


def _in_gbk(letter: str) -> str:
    """Give a letter, or where GBK does not have it the escape of drawings, of 16 bits each."""
    try:
        letter.encode("gbk")
    except UnicodeEncodeError:
        pairs = letter.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\U+{pairs[i : i + 2].hex().upper()}" for i in range(0, len(pairs), 2))
    return letter


def _write(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    first, frames = peeked(frames)
    kept = {guess_fields(first).get(column) for column in ("parcel_id", "category")}
    for name in first.columns.drop("geometry"):
        if name not in kept:
            writing.losses["export.fields", str(name)] += 1
    write_dxf(frames, path)
    return []


FORMAT = Format(
    title="DXF",
    suffixes=(".dxf",),
    open=_open,
    write=_write,
    needs_crs=False,
    keeps=(
        "闭合线和填充、面内注记、扩展数据（XData）",
        "closed lines, hatches, text inside, XData",
    ),
    loses=(
        "坐标系；写出时除编号（注记）和用途（图层名）外的字段",
        "the system; on writing fields other than ids (text) and uses (layers)",
    ),
)
