"""Boundary points (界址点) → polygons and back, whatever file they stand in.

A new ring starts when the ring number changes or the ring closes; whether a ring is a hole or a
second part is decided by containment; X is north unless the numbers say otherwise.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from landgis.crs import FARTHEST, Bounds, convert_crs, crs_words, finite_bounds
from landgis.errors import InputError
from landgis.findings import Finding, define, findings_table
from landgis.formats.columns import LOST
from landgis.formats.gdal import Opened
from landgis.formats.kinds import Writing, at_once
from landgis.measure import gk3_epsg, is_gauss_kruger, zone_of
from landgis.measure.systems import (
    CGCS2000,
    central_meridian,
    false_easting,
    gauss_kruger_epsg,
    legacy_datum,
    legacy_plane,
    with_prefix,
    zone_of_plane,
)
from landgis.schema import guess_fields, rows_of

FEW_POINTS = 500
MOST_MET = 50
"""Edges that the extent of an edge may meet on average; in honest shapes it meets a few."""


def polygon_of_rings(rings: Sequence[NDArray[np.float64]]) -> shapely.Geometry | None:
    """Build a polygon from rings in any order; what is a hole is decided by containment.

    Parameters
    ----------
    rings
        Arrays (n, 2) of x, y; closed or not. Those with fewer than three points are left out.

    Returns
    -------
    Polygon or MultiPolygon
        None if no ring has three points. A ring inside an even number of others is a shell, one
        inside an odd number a hole of the smallest around it.

    Examples
    --------
    >>> square = np.array([(0, 0), (0, 9), (9, 9), (9, 0)], dtype=float)
    >>> polygon_of_rings([square / 3 + 1, square]).area
    72.0
    """
    shells = [shapely.Polygon(ring) for ring in rings if len(np.unique(ring, axis=0)) >= 3]
    if len(shells) <= 1:
        return shells[0] if shells else None
    shapes = np.array(shells, dtype=object)
    around, depth = _containment(shapes)
    polygons = []
    for position in np.flatnonzero(depth % 2 == 0):
        holes = np.flatnonzero((depth == depth[position] + 1) & (around == position))
        polygons.append(
            shapely.Polygon(shapes[position].exterior, [shapes[hole].exterior for hole in holes])
        )
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def split_rings(xy: NDArray[np.float64], labels: list[str]) -> list[NDArray[np.float64]]:
    """Cut points into rings: where the ring number changes or the ring closes."""
    rings, start = [], 0
    for end in range(1, len(xy) + 1):
        closed = end - start >= 4 and bool((xy[end - 1] == xy[start]).all())
        if end == len(xy) or labels[end] != labels[start] or closed:
            rings.append(xy[start:end])
            start = end
    return rings


def boundary_points(shape: shapely.Geometry) -> list[tuple[str, int, float, float]]:
    """List the boundary points of a polygon: label, ring, northing, easting, rings closed.

    Each ring runs clockwise from its north-west corner; coordinates have 3 decimals.

    Examples
    --------
    >>> boundary_points(shapely.box(0, 0, 2, 1))[:2]
    [('J1', 1, 1.0, 0.0), ('J2', 1, 1.0, 2.0)]
    """
    polygons = shapely.get_parts(shapely.normalize(shape))
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    points: list[tuple[str, int, float, float]] = []
    for number, ring in enumerate(rings, start=1):
        xy = _from_north_west(np.round(shapely.get_coordinates(ring), 3)).tolist()
        first = len(points) - number + 2  # closing points carry the label of the first
        labels = [f"J{first + k}" for k in range(len(xy) - 1)]
        points += [
            (label, number, y, x) for label, (x, y) in zip([*labels, labels[0]], xy, strict=True)
        ]
    return points


def _containment(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each ring the smallest ring around it (-1 if none) and how many are around it."""
    inside, outside = shapely.STRtree(shapes).query(_inner_points(shapes), predicate="within")
    area = shapely.area(shapes)
    real = (inside != outside) & (area[outside] > area[inside])
    inside, outside = inside[real], outside[real]
    depth = np.bincount(inside, minlength=len(shapes))
    around = np.full(len(shapes), -1)
    order = np.argsort(-area[outside], kind="stable")  # the smallest is written last
    around[inside[order]] = outside[order]
    return around, depth


def _inner_points(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Give a point in each ring; of rings tangled beyond repair, their first corner."""
    points = shapely.get_point(shapely.get_exterior_ring(shapes), 0)
    sound = np.array([not is_tangled(shape) for shape in shapes])
    points[sound] = shapely.point_on_surface(shapely.make_valid(shapes[sound]))
    return np.asarray(points)


def is_tangled(shape: shapely.Geometry) -> bool:
    """Tell a shape whose edges cross one another so often that no repair comes to an end.

    Examples
    --------
    >>> is_tangled(shapely.box(0, 0, 1, 1))
    False
    """
    if shapely.get_num_coordinates(shape) <= FEW_POINTS or shapely.is_valid(shape):
        return False
    corners, owner = shapely.get_coordinates(shapely.get_rings(shape), return_index=True)
    edges = np.stack([corners[:-1], corners[1:]], axis=1)[owner[:-1] == owner[1:]]
    boxes = np.concatenate([edges.min(axis=1), edges.max(axis=1)], axis=1)
    some = edges[:: max(1, len(edges) // FEW_POINTS)]
    tree = shapely.STRtree(shapely.box(*boxes.T))
    met = tree.query(shapely.linestrings(some), predicate="intersects")[0]
    return len(met) > MOST_MET * len(some)


def _from_north_west(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give a closed ring clockwise from the point nearest the north-west corner of its extent."""
    ring = xy[:-1]
    if shapely.is_ccw(shapely.LinearRing(xy)):
        ring = ring[::-1]
    corner = np.array([ring[:, 0].min(), ring[:, 1].max()])
    start = int(np.argmin(np.abs(ring - corner).sum(axis=1)))
    ring = np.roll(ring, -start, axis=0)
    return np.vstack([ring, ring[:1]])


ATTRIBUTES = ("JZDS", "DKMJ", "DKBH", "DKMC", "JLTXSX", "TFH", "DKYT", "DLBM")
"""Names of the fields of a parcel line, in the order of the standard text (界址点数, 地块面积,
地块编号, 地块名称, 记录图形属性, 图幅号, 地块用途, 地类编码)."""

MORE_ATTRIBUTES = ("TBLX", "DL", "GQDB", "GHDB", "BZ")
"""Further fields of the thirteen-field text (图斑类型, 地类, 改前等, 改后等, 备注)."""

_MOST_POINTS = 20_000_000
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_HEMISPHERE = "[NSEWnsew东西南北]"
_DMS = re.compile(
    rf"(?P<before>{_HEMISPHERE}|北纬|南纬|东经|西经)?\s*(?P<d>\d{{1,3}})\s*[°º度˚:]\s*"
    r"(?:(?P<m>\d{1,2}(?:\.\d+)?)\s*(?:['′’‘分:]|$)\s*)?"
    r"(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:\"|″|”|“|''|′′|秒|$)\s*)?"
    rf"(?P<after>{_HEMISPHERE})?",
    re.ASCII,
)


AXES = define("""layer.axes 坐标次序 | order of axes
    X（北）是否在前 | whether X, the northing, comes first
    all: {subject} 东坐标在前、北坐标在后（标准为 X 北在前），已按数值对调。
    | {subject} gives the easting first (X, north, is the rule); put right.
    zone: {subject} 有 {actual:0} 圈的东坐标没有带号，其他的带号为 {zone}，已补上；请核对。
    | {subject}: {actual:0} easting{actual:s} with no zone in front: {zone} added.
    some: {subject} 中 {parcels:list} 有 {actual:0} 圈的 X、Y 与其他相反，已按数值对调；其他未动。
    | {subject}: {actual:0} ring{actual:s} of {parcels:list} with X and Y the other way round, put
      right; the others are as they were.""")
COUNT = define("""layer.point_count 点数 | counts of points
    界址点数与所称是否相符 | whether parcels have as many points as they claim
    differs: {subject} 称有 {expected:0} 个界址点，实有 {actual:0} 个；按实有点成图。
    | {subject} claims {expected:0} points and has {actual:0}; drawn from those.""")
SHORT = define("""layer.short_ring 点数不足的环 | rings of too few points
    每圈是否至少三点 | whether rings have three points or more
    rings: {subject} 有 {actual:0} 圈不足三个点，未成图。
    | {subject} has {actual:0} ring{actual:s} of fewer than three points, left out.
    none: {subject} 没有界址点，未成图。 | {subject} has no points and no polygon.""")


RENAMED = define("""export.points 报盘字段 | fields of the exchange text
    字段按报盘格式写出 | fields are written under the names of the exchange text
    renamed: 字段按报盘格式写出：{pairs:list}。
    | Fields under the names of the text: {pairs:list}.""")
PLANE = define("""export.crs 坐标系 | coordinate system
    写出时是否换算 | whether what is written was converted
    converted: 界址点以米为单位，已由 {before} 换算到 {after}。
    | Converted from {before} to {after}.""")
_NAMES_OF_POINTS = MappingProxyType(
    {"parcel_id": "DKBH", "name": "DKMC", "category": "DKYT", "recorded_area_m2": "DKMJ"}
)


class PointsRead(NamedTuple):
    """What a file of boundary points holds.

    Parameters
    ----------
    data
        One row a parcel, columns `ATTRIBUTES` as recorded (text; DKMJ a number in the unit of
        the file), geometry x east, y north, no coordinate system yet.
    header
        Keys and values of [属性描述].
    findings
        What does not agree inside the file.
    """

    data: gpd.GeoDataFrame
    header: dict[str, str]
    findings: pd.DataFrame


@dataclass(slots=True)
class PointList:
    """A parcel line and the points below it."""

    line: int
    attributes: dict[str, str]
    rings: list[str] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)


def parcels_of_points(parcels: list[PointList], header: dict[str, str], name: str) -> PointsRead:
    """Build the polygons of lists of points, and tell what does not agree in them.

    Raises
    ------
    InputError
        If there is no point at all.
    """
    parcels = [parcel for parcel in parcels if parcel.first or parcel.attributes]
    if not any(parcel.first for parcel in parcels):
        raise InputError(
            f"{name} 中没有界址点：应有“点号,圈号,X,Y”的行。",
            f"{name} has no boundary points: lines of label, ring, X, Y are needed.",
        )
    points = sum(len(parcel.first) for parcel in parcels)
    if points > _MOST_POINTS:
        raise InputError("界址点过多，请拆分文件。", "Too many boundary points: split the file.")
    findings: list[Finding] = []
    drawn, rows = list[list[NDArray[np.float64]]](), []
    turned, count = dict[str, None](), 0
    for parcel in parcels:
        xy = np.column_stack([parcel.first, parcel.second]).reshape(-1, 2)
        rings = split_rings(xy, parcel.rings)
        north_first = [_north_first(ring) for ring in rings]
        if not all(north_first):
            about = (parcel.attributes.get(key) for key in ("DKBH", "DKMC"))
            turned[" ".join(filter(None, about)) or name_of(parcel, name)] = None
        count += len(rings) - sum(north_first)
        rings = [
            ring[:, ::-1] if north else ring for ring, north in zip(rings, north_first, strict=True)
        ]
        drawn.append(rings)
        rows.append(
            {key: parcel.attributes.get(key, "") for key in (*ATTRIBUTES, *MORE_ATTRIBUTES)}
        )
        findings += _ring_findings(parcel, rings, name)
    if turned:
        kind = "all" if count == sum(map(len, drawn)) else "some"
        told = {"parcels": list(turned)[:10]}
        findings.append(AXES.finding(kind, "fail", subject=name, actual=float(count), values=told))
    findings += _one_plane(drawn, name)
    geometries = [polygon_of_rings(rings) for rings in drawn]
    table = pd.DataFrame(rows)
    table = table.drop(columns=[c for c in MORE_ATTRIBUTES if (table[c] == "").all()])
    table["DKMJ"] = [_area_figure(text) for text in table["DKMJ"]]
    data = gpd.GeoDataFrame(table, geometry=np.array(geometries, dtype=object))
    return PointsRead(data, header, findings_table(findings))


def coordinate(cell: object) -> float | None:
    """Take a coordinate from a cell; None if it is none, or not on Earth."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return float(cell) if abs(cell) <= FARTHEST else None
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if _DECIMAL.fullmatch(text):
        value = float(text)
        return value if abs(value) <= FARTHEST else None
    return _degrees(text)


def _degrees(text: str) -> float | None:
    r"""Take degrees, minutes and seconds (度分秒) as degrees.

    Examples
    --------
    >>> _degrees("120°30′15.00″"), _degrees("30度30分"), _degrees("N 30°30'36\"")
    (120.50416666666666, 30.5, 30.51)
    """
    found = _DMS.fullmatch(text)
    if found is None:
        return None
    degrees, minutes, seconds = (float(part or 0) for part in found.group("d", "m", "s"))
    if degrees > 180 or minutes >= 60 or seconds >= 60:
        return None
    south = (found["before"] or found["after"] or "").upper() in {"S", "W", "南", "西"}
    value = degrees + minutes / 60 + seconds / 3600
    return -value if south else value


def require_polygons(frame: gpd.GeoDataFrame) -> None:
    """Refuse rows that have no polygon: boundary points are of polygons only."""
    kinds = frame.geometry.geom_type
    empty = ~kinds.isin(["Polygon", "MultiPolygon"]) | frame.geometry.is_empty
    if empty.any():
        rows = "、".join(map(str, frame.index[empty][:5]))
        raise InputError(
            f"界址点只能由面写出：{int(empty.sum())} 行没有面（{rows}）。",
            f"Boundary points are of polygons only: {int(empty.sum())} rows have none ({rows}).",
        )


def plain_text(value: object) -> str:
    """Write a value as a field of the text: no separators, no control characters."""
    text = "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - NaN
    return re.sub(r"[,，@\x00-\x1f]+", " ", text).strip()


# ---------------------------------------------------------------- what does not agree


def _area_figure(text: str) -> float:
    """Take the number of an area with or without a unit behind it; NaN if there is none."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)", text)
    return float(found[1]) if found else float("nan")


def _north_first(ring: NDArray[np.float64]) -> bool:
    """Whether the first coordinate is the northing; X is north unless the numbers say otherwise."""
    first, second = np.median(ring, axis=0) if len(ring) else (0.0, 0.0)
    northings, latitudes = (1.9e6, 6.1e6), (3.0, 54.0)
    eastings, longitudes = ((1e5, 9e5), (13e6, 46e6)), (73.0, 136.0)
    if latitudes[0] <= second <= latitudes[1] and longitudes[0] <= first <= longitudes[1]:
        return False
    inside = [low <= first <= high for low, high in eastings]
    return not (any(inside) and northings[0] <= second <= northings[1])


def _one_plane(drawn: list[list[NDArray[np.float64]]], name: str) -> list[Finding]:
    """Put the zone before eastings that lack it, where all others of the file have the same."""
    rings = [ring for some in drawn for ring in some if len(ring)]
    zones = [int(np.median(ring[:, 0]) // 1e6) for ring in rings]
    bare = [
        ring
        for ring, zone in zip(rings, zones, strict=True)
        if zone == 0 and 1e5 <= np.median(ring[:, 0]) <= 9e5 and np.median(ring[:, 1]) >= 1.9e6
    ]
    stated = {zone for zone in zones if 13 <= zone <= 45}
    if not bare or len(stated) != 1:
        return []
    (zone,) = stated
    for ring in bare:
        ring[:, 0] += zone * 1e6
    told = {"zone": zone}
    return [AXES.finding("zone", "fail", subject=name, actual=float(len(bare)), values=told)]


def name_of(parcel: PointList, file: str) -> str:
    """Name a parcel as it does itself, else by its line."""
    return parcel.attributes.get("DKMC") or parcel.attributes.get("DKBH") or f"{file}:{parcel.line}"


def _ring_findings(parcel: PointList, rings: list[NDArray[np.float64]], name: str) -> list[Finding]:
    """Compare the declared count with the points, and tell rings too short to be one."""
    who = name_of(parcel, name)
    where = f"{name}:{parcel.line}"
    findings = []
    declared, points = parcel.attributes.get("JZDS", ""), len(parcel.first)
    closing = sum(len(r) > 1 and bool((r[0] == r[-1]).all()) for r in rings)
    if re.fullmatch(r"[0-9]{1,9}", declared) and int(declared) not in (
        points,
        points - closing,
        points + len(rings),
    ):
        findings.append(
            COUNT.finding(
                "differs",
                "fail",
                subject=who,
                expected=float(declared),
                actual=float(points),
                difference=float(points - int(declared)),
                unit="点",
                source=where,
            )
        )
    short = [ring for ring in rings if len(np.unique(ring, axis=0)) < 3]
    if short or not rings:
        kind, count = ("rings" if rings else "none"), float(len(short))
        findings.append(SHORT.finding(kind, "fail", subject=who, actual=count, source=where))
    return findings


# ---------------------------------------------------------------- files of points


def points_source(read: PointsRead, path: Path, *, encoding: str = "UTF-8") -> Opened:
    """Give parcels of boundary points as a source, in the system that the file states."""
    declared = header_crs(read.header, finite_bounds(read.data.geometry.array))
    return Opened(
        frames=at_once(read.data if declared is None else read.data.set_crs(declared)),
        encoding=encoding,
        layers=(path.stem,),
        findings=[Finding(**row) for row in rows_of(read.findings)],
    )


def header_crs(header: dict[str, str], bounds: Bounds | None) -> int | None:
    """Give the EPSG code that [属性描述] states (坐标系, 带号, 几度分带); None if it states none.

    Parameters
    ----------
    bounds
        Extent of the points, x east: tells whether eastings carry the zone number.

    Examples
    --------
    >>> header = {"坐标系": "2000国家大地坐标系", "带号": "40"}
    >>> header_crs(header, (509500, 3416500, 509700, 3416600))
    4549
    """
    zone = re.search(r"\d+", header.get("带号", ""))
    if zone is None or bounds is None or bounds[2] < 1000:
        return None
    width = header.get("几度分带") or header.get("分带") or "3"
    degrees = 6 if "6" in width else 3
    prefixed = bounds[0] > 1e7
    code = gauss_kruger_epsg(int(zone[0]), degrees=degrees, prefixed=prefixed)
    system = header.get("坐标系", "")
    if "80" in system or "西安" in system:
        return legacy_plane(4610, code)
    return legacy_plane(4214, code) if "54" in system or "北京" in system else code


def text_header(crs: Any) -> dict[str, str]:
    """State system and zone of a plane in the keys of [属性描述]."""
    if crs is None or not is_gauss_kruger(crs):
        return {}
    prefix = int(false_easting(crs) // 1e6)
    wide = 13 <= prefix <= 23
    zone = prefix or round(central_meridian(crs) / 3)
    system = legacy_datum(crs) or "2000国家大地坐标系"
    return {"坐标系": system, "几度分带": "6" if wide else "3", "带号": str(zone)}


def readied(
    frame: gpd.GeoDataFrame, kept: Sequence[str], writing: Writing
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Bring a layer to a plane and to the names of the exchange text."""
    frame, findings = _in_plane(frame)
    if writing.points.prefix is not None and frame.crs is not None:
        wanted = with_prefix(frame.crs, zone_of_plane(frame.crs) if writing.points.prefix else 0)
        frame = frame if wanted is None else convert_crs(frame, wanted)
    frame, more = _point_names(frame, kept)
    return frame, [*findings, *more, *_left_out(frame, kept)]


def _point_names(
    frame: gpd.GeoDataFrame, kept: Sequence[str]
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give fields that are known and kept the names of the exchange text, and tell which."""
    known = {"parcel_id", "name", "category"}
    guessed = {c: f for c, f in guess_fields(frame).items() if c in known}
    guessed |= {c: c for c in _NAMES_OF_POINTS if c in frame}
    named = {field: _NAMES_OF_POINTS[column] for column, field in guessed.items()}
    named = {f: name for f, name in named.items() if name not in frame and name in kept}
    if "recorded_area_m2" in named:
        frame = frame.assign(recorded_area_m2=frame["recorded_area_m2"] / 10_000)
    if not named:
        return frame, []
    pairs = [f"{field}→{name}" for field, name in named.items()]
    told = RENAMED.finding("renamed", "note", values={"pairs": pairs})
    return frame.rename(columns=named), [told]


def _in_plane(frame: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Take degrees to the 3° plane of their middle: boundary points are metres."""
    bounds = finite_bounds(frame.geometry.array)
    if frame.crs is None or is_gauss_kruger(frame.crs) or bounds is None:
        return frame, []
    west, _, east, _ = convert_crs(frame, CGCS2000).total_bounds
    moved = convert_crs(frame, gk3_epsg(int(zone_of((west + east) / 2))))
    told = {"before": crs_words(frame.crs), "after": crs_words(moved.crs)}
    return moved, [PLANE.finding("converted", "note", values=told)]


def _left_out(frame: gpd.GeoDataFrame, kept: Sequence[str]) -> list[Finding]:
    names = [c for c in frame.columns if c not in {*kept, "geometry"}]
    told = LOST["export.fields"].finding("named", "fail", values={"names": names})
    return [told] if names else []
