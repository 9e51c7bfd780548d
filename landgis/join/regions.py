"""Chapter 1 of a join: regions that no two of which overlap, and parcels as outlines.

Most parcels never become geometry objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.errors import InputError
from landgis.findings import Finding, define
from landgis.measure import (
    AreaForm,
    Flags,
    Floats,
    Integers,
    Outlines,
    Rings,
    Shapes,
    area_m2,
    perimeter_m,
    require_crs,
)
from landgis.measure.rings import POINT, items
from landgis.schema import id_text

NEGLIGIBLE_M2 = 1.0
"""Overlaps below this area are the rounding of coordinates."""
HAIRLINE_M = 0.05
"""Regions may overlap by a strip this narrow on average (5 cm, the accuracy of a boundary point
界址点): the earlier region keeps it."""


NOWHERE = define("""join.region_shape 没有图形的区域 | regions without a polygon
    每个区域是否都有图形 | whether every region has a polygon
    none: 区域 {names:list} 没有图形：其中的宗地计入“区域外”或相邻区域。
    | Regions {names:list} have no polygon: their parcels count as outside, or elsewhere.""")
STRIPS = define("""join.region_overlap 区域的细条重叠 | strips in two regions
    区域之间是否有细条重叠 | whether regions overlap by strips
    strip: 区域 {subject} 与 {other} 沿界线重叠 {actual:2} 平方米（窄于 5 厘米），计入 {subject}。
    | {actual:2} m² along their border, below 5 cm wide, lie in {subject} and {other}.""")


def tell_regions(
    frame: gpd.GeoDataFrame, *, region_id: str, precedence: Sequence[str] = ()
) -> list[Finding]:
    """Name the regions without a polygon, and strips that lie in two regions, with their area.

    Examples
    --------
    >>> boxes = [shapely.box(0, 0, 9, 900), shapely.box(8.99, 0, 20, 900), None]
    >>> layer = gpd.GeoDataFrame({"region_id": list("abc")}, geometry=boxes, crs=4549)
    >>> [f.check for f in tell_regions(layer, region_id="region_id")]
    ['join.region_shape', 'join.region_overlap']
    """
    nowhere = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    findings = []
    if nowhere.any():
        names = id_text(frame[region_id])[nowhere].tolist()
        findings.append(
            NOWHERE.finding(
                "none",
                "unknown",
                subject="、".join(names[:3]),
                actual=float(len(names)),
                values={"names": names[:10]},
            )
        )
    taken = take_regions(frame, region_id=region_id, precedence=precedence)
    rank = ranks(taken)
    for i, j in sorted(map(tuple, _overlapping(taken.shapes).tolist())):
        shared = [shapely.intersection(taken.shapes[i], taken.shapes[j])]
        area = float(area_m2(shared, crs=taken.crs)[0])
        if rank[i] == rank[j] and area > NEGLIGIBLE_M2:
            findings.append(
                STRIPS.finding(
                    "strip",
                    "fail",
                    subject=str(taken.ids[i]),
                    region=str(taken.ids[i]),
                    actual=area,
                    difference=area,
                    tolerance=NEGLIGIBLE_M2,
                    unit="平方米",
                    values={"other": str(taken.ids[j])},
                )
            )
    return findings


@dataclass(frozen=True, eq=False)
class Regions:
    """Regions ready to be joined.

    Parameters
    ----------
    ids
        Their ids (object array of str), in the order of the layer.
    shapes
        Their polygons, valid.
    crs
        Their coordinate system.
    precedence
        Ids of the regions carved out of the others, the first before the next.
    settled
        Whether overlaps have been cut off.
    """

    ids: Shapes
    shapes: Shapes
    crs: pyproj.CRS
    precedence: tuple[str, ...] = ()
    settled: bool = False


def take_regions(
    frame: gpd.GeoDataFrame, *, region_id: str = "region_id", precedence: Sequence[str] = ()
) -> Regions:
    """Take the regions that have a polygon; the others (市直 and the like) hold no parcel.

    Raises
    ------
    InputError
        If ids are missing or repeated, or a polygon is not valid.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[shapely.box(0, 0, 9, 9)], crs=4549)
    >>> take_regions(layer).ids.tolist()
    ['r']
    """
    crs = require_crs(frame, name=" regions ")
    nowhere = (frame.geometry.isna() | frame.geometry.is_empty).to_numpy()
    frame = frame[~nowhere] if nowhere.any() else frame
    ids = text_ids(frame, region_id, "regions")
    shapes = flat(frame.geometry.to_numpy())
    good = shapely.is_valid(shapes) & np.isin(shapely.get_type_id(shapes), (3, 6))
    if not good.all():
        reason = shapely.is_valid_reason(shapes[~good][0])
        raise InputError(
            f"区域 {'、'.join(ids[~good][:5])} 的图形不是有效的面（{reason}）：请先修复。",
            f"Regions {', '.join(ids[~good][:5])} have no valid polygon ({reason}): "
            "repair them first.",
        )
    if crs.is_geographic:
        boxes = shapely.bounds(shapes) * crs.axis_info[0].unit_conversion_factor
        across = boxes[:, 2] - boxes[:, 0] > np.pi
        if across.any():
            names = ids[across][:5]
            raise InputError(
                f"区域 {'、'.join(names)} 跨越 180° 经线：请先在该经线处切成两部分。",
                f"Regions {', '.join(names)} cross the antimeridian: cut them in two there first.",
            )
    unknown = [name for name in precedence if name not in set(ids)]
    if unknown:
        raise InputError(
            f"precedence 中的区域不存在：{'、'.join(unknown)}。",
            f"No such regions in precedence: {', '.join(unknown)}.",
        )
    return Regions(ids, shapes, crs, tuple(precedence))


def flat(shapes: Shapes) -> Shapes:
    """Leave heights out, where there are any.

    Examples
    --------
    >>> flat(np.array([shapely.Point(1, 2, 3), shapely.Point(4, 5)])).tolist()
    [<POINT (1 2)>, <POINT (4 5)>]
    """
    return np.asarray(shapely.force_2d(shapes) if shapely.has_z(shapes).any() else shapes)


def text_ids(frame: pd.DataFrame, column: str, name: str) -> Shapes:
    """Take a column of ids as text, each of them there and only once.

    Raises
    ------
    InputError
        Otherwise; the message names the layer (``name``) and the ids.

    Examples
    --------
    >>> text_ids(pd.DataFrame({"no": [1, 2]}), "no", "parcels").tolist()
    ['1', '2']
    """
    if column not in frame.columns:
        got = "、".join(map(str, frame.columns))
        raise InputError(
            f"{name} 没有编号列 {column!r}（现有：{got}）；请用参数 parcel_id、region_id 指明。",
            f"{name} has no id column {column!r} (it has: {got}); name it: parcel_id, region_id.",
        )
    text = id_text(frame[column])
    empty = int((text == "").sum())
    if empty:
        raise InputError(
            f"{name} 有 {empty} 行没有编号（{column}）。",
            f"{empty} rows of {name} have no id ({column}).",
        )
    repeated = text[text.duplicated()].unique()
    if len(repeated):
        few = "、".join(repeated[:5])
        raise InputError(
            f"{name} 的编号 {column} 有 {len(repeated)} 个重复：{few}。请先合并或改号。",
            f"{len(repeated)} ids of {name} ({column}) are repeated: {few}. "
            "Merge or renumber them first.",
        )
    return np.asarray(text, dtype=object)


def ranks(regions: Regions) -> Integers:
    """Give the rank of each region in the order of precedence; equal for those not named in it.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(
    ...     {"region_id": ["city", "zone"]}, geometry=[shapely.box(0, 0, 9, 9)] * 2, crs=4549
    ... )
    >>> ranks(take_regions(layer, precedence=["zone"])).tolist()
    [1, 0]
    """
    rank = {name: k for k, name in enumerate(regions.precedence)}
    return np.array([rank.get(name, len(rank)) for name in regions.ids], dtype=np.int64)


def settle(regions: Regions, pairs: Integers | None = None) -> Regions:
    """Cut overlaps off the region that has to give way; refuse where nothing says which.

    Parameters
    ----------
    pairs
        Positions (n, 2) of the regions that overlap; if left out, they are looked for.

    Raises
    ------
    InputError
        If regions overlap by more than a hairline and neither takes precedence. The message
        names the largest overlap.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(
    ...     {"region_id": ["city", "zone"]},
    ...     geometry=[shapely.box(0, 0, 9, 9), shapely.box(4, 4, 6, 6)],
    ...     crs=4549,
    ... )
    >>> shapely.area(settle(take_regions(layer, precedence=["zone"])).shapes).tolist()
    [77.0, 4.0]
    """
    if pairs is None:
        pairs = _overlapping(regions.shapes)
    rank = ranks(regions)
    shapes, ids, refused = regions.shapes.copy(), regions.ids, []
    for i, j in sorted(map(tuple, pairs.tolist())):
        if rank[i] == rank[j]:
            area = _more_than_a_hairline(regions.shapes[i], regions.shapes[j], regions.crs)
            if area:
                refused.append((area, i, j))
        winner, loser = (i, j) if rank[i] <= rank[j] else (j, i)
        shapes[loser] = shapely.difference(shapes[loser], regions.shapes[winner])
    if refused:
        area, i, j = max(refused)
        raise InputError(
            f"区域 {ids[i]} 与 {ids[j]} 重叠 {area:.2f} m²（共 {len(refused)} 对重叠）："
            "请修正边界，或用 precedence 指明哪个区域优先。",
            f"Regions {ids[i]} and {ids[j]} overlap by {area:.2f} m² ({len(refused)} pairs "
            "in all): mend the borders, or say in precedence which region comes first.",
        )
    return Regions(ids, shapes, regions.crs, regions.precedence, settled=True)


def _more_than_a_hairline(a: Any, b: Any, crs: pyproj.CRS) -> float:
    """Area of an overlap in m², 0 if it is a strip narrower than `HAIRLINE_M`."""
    overlap = [shapely.intersection(a, b)]
    area, length = float(area_m2(overlap, crs=crs)[0]), float(perimeter_m(overlap, crs=crs)[0])
    return area if 2 * area > HAIRLINE_M * length else 0.0


def _overlapping(shapes: Shapes) -> Integers:
    """Integers of regions whose insides meet."""
    if shapely.geos_version >= (3, 12) and shapely.coverage_is_valid(shapes):
        return np.empty((0, 2), dtype=np.int64)
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    first, second = first[first < second], second[first < second]
    meet = shapely.area(shapely.intersection(shapes[first], shapes[second])) > 0
    return np.column_stack([first[meet], second[meet]])


WKB_HEADER = 13
"""Bytes before the first coordinate of a polygon of one ring: order, type, rings, points."""


@dataclass(frozen=True, eq=False)
class Figures:
    """Parcels of one block.

    Parameters
    ----------
    outlines
        Their rings.
    sign, owner
        1 for a shell, -1 for a hole; and the position of the parcel that each ring belongs to.
    count
        Number of parcels.
    shapes
        Builds the geometry objects of chosen positions.
    """

    outlines: Outlines
    sign: Floats
    owner: Integers
    count: int
    shapes: Callable[[Integers], Shapes]

    @classmethod
    def of(cls, shapes: Shapes) -> Figures:
        """Take geometry objects; anything but a polygon has no rings."""
        polygons = shapes.copy()
        polygons[~_are_polygons(shapes)] = None
        rings = Rings.of(polygons)
        outlines = Outlines.of(rings.points, rings.starts)
        return cls(
            outlines, rings.sign, rings.owner, rings.count, lambda rows: np.asarray(shapes[rows])
        )

    def areas(self, form: AreaForm) -> Floats:
        """Areas on the ellipsoid in m²."""
        areas = self.sign * np.abs(form.ring_areas(self.outlines))
        return np.bincount(self.owner, areas, minlength=self.count).astype(np.float64)

    def boxes(self) -> Floats:
        """Extents (4, n): xmin, ymin, xmax, ymax; NaN where there are no rings."""
        if len(self.owner) == self.count:
            return self.outlines.boxes
        boxes = np.full((4, self.count), np.nan)
        for side, (box, bounds) in enumerate(zip(boxes, self.outlines.boxes, strict=True)):
            (np.fmin if side < 2 else np.fmax).at(box, self.owner, bounds)
        return boxes

    def valid(self) -> Flags:
        """Tell which are valid: most are proven to be, and GEOS is asked about the others."""
        valid = np.zeros(self.count, dtype=bool)
        alone = np.bincount(self.owner, minlength=self.count)[self.owner] == 1
        valid[self.owner[alone]] = self.outlines.simple[alone]
        rest = np.flatnonzero(~valid)
        shapes = self.shapes(rest)
        polygons = _are_polygons(shapes)
        shapes = shapes[polygons]
        valid[rest[polygons]] = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
        return valid


def _are_polygons(shapes: Shapes) -> Flags:
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def from_wkb(wkb: pa.Array) -> tuple[Figures, Flags]:
    """Take the polygons of one closed ring in a column of WKB, without building geometries.

    Returns
    -------
    Figures
        Those parcels.
    array
        Which rows of the column they are; the others are for `Figures.of`.

    Examples
    --------
    >>> column = pa.array(shapely.to_wkb([shapely.box(0, 0, 1, 1), shapely.Point(0, 0)]))
    >>> figures, easy = from_wkb(column)
    >>> figures.boxes().tolist(), easy.tolist()
    ([[0.0], [0.0], [1.0], [1.0]], [True, False])
    """
    data, offsets = _bytes(wkb)
    length = pc.fill_null(pc.binary_length(wkb), 0).to_numpy(zero_copy_only=False)
    header = np.zeros((len(wkb), WKB_HEADER), dtype=np.uint8)
    long = length >= WKB_HEADER
    header[long] = items(data, WKB_HEADER, offsets[long]).view(np.uint8).reshape(-1, WKB_HEADER)
    kind = np.array([1, 3, 0, 0, 0, 1, 0, 0, 0], dtype=np.uint8)  # little-endian polygon, 1 ring
    counts = header[:, 9:].copy().view("<u4").ravel().astype(np.int64)
    easy = (header[:, :9] == kind).all(1) & (length == WKB_HEADER + POINT * counts) & (counts > 3)
    rows = np.flatnonzero(easy)
    start = offsets[rows] + WKB_HEADER
    last = start + POINT * (counts[rows] - 1)
    ends = (items(data, POINT, corner).view("<f8").reshape(-1, 2) for corner in (start, last))
    closed = np.equal(*ends).all(1)  # corners that are no numbers are not
    easy[rows] = closed
    rows = rows[closed]

    def shapes(some: Integers) -> Shapes:
        chosen = wkb.take(pa.array(rows[some]))
        with np.errstate(invalid="ignore"):  # corners may be anything
            return np.asarray(shapely.from_wkb(chosen.to_numpy(zero_copy_only=False)))

    outlines = Outlines.seen(data, start[closed], counts[rows])
    return Figures(outlines, np.ones(len(rows)), np.arange(len(rows)), len(rows), shapes), easy


def _bytes(column: pa.Array) -> tuple[NDArray[np.uint8], Integers]:
    """All bytes of a binary column, and where each value starts."""
    wide = column.type in (pa.large_binary(), pa.large_string())
    _, ends, data = column.buffers()
    offsets = np.frombuffer(ends, dtype=np.int64 if wide else np.int32)
    starts = offsets[column.offset : column.offset + len(column)].astype(np.int64)
    return np.frombuffer(data or b"", dtype=np.uint8), starts
