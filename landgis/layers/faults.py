"""What is wrong with the shapes of a layer, found by area and by arrays, and where.

Two polygons are compared where an index says that they meet, and judged by the area of what they
share: so identical, contained and crossing ones are all found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.findings import COLUMNS, NUMBERS, findings_table, join_findings
from landgis.language import Lang, say
from landgis.layers.coordinates import FARTHEST, central_meridian
from landgis.measure import Rings, area_m2, is_gauss_kruger, require_same_crs

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Shapes = NDArray[np.object_]

REASONS = MappingProxyType(
    {
        "Self-intersection": ("边界自相交", "the boundary crosses itself"),
        "Ring Self-intersection": ("环自相接", "a ring touches itself"),
        "Hole lies outside shell": ("洞在外环之外", "a hole lies outside its shell"),
        "Holes are nested": ("洞中有洞", "a hole lies in a hole"),
        "Nested holes": ("洞中有洞", "a hole lies in a hole"),
        "Nested shells": ("面中有面", "a part lies in another"),
        "Interior is disconnected": ("内部不连通", "the interior is not connected"),
        "Duplicate Rings": ("环重复", "a ring occurs twice"),
        "Too few points in geometry component": ("点数不足", "too few points"),
        "Invalid Coordinate": ("坐标无效", "a coordinate is not a number"),
    },
)
"""Kinds of invalid shapes as GEOS names them, in both languages."""

SLIVER_WIDTH_M = 0.5
TINY_AREA_M2 = 1.0
OVERLAP_M2 = 0.01
SPIKE_DEGREES = 1.0
_SAME_VERTEX_M = 1e-4
_NEARLY_SAME = 0.99
_M_PER_DEGREE = 111_320.0
_PAIRS_AT_ONCE = 50_000
_FAR_DEGREES = 4.5  # a 6° zone and half as much again


class Faults(NamedTuple):
    """Faults of a layer.

    Parameters
    ----------
    findings
        One row a fault; one *pass* if there is none.
    places
        The same faults on the map: check, subject, message and a point or polygon, in the
        coordinate system of the layer. Faults without a place are left out.
    """

    findings: pd.DataFrame
    places: gpd.GeoDataFrame


def find_faults(
    frame: gpd.GeoDataFrame,
    *,
    regions: gpd.GeoDataFrame | None = None,
    overlaps: bool = True,
    subject: str | None = None,
    name: str = "",
    lang: Lang = "zh",
) -> Faults:
    """Find what is wrong with the shapes of a layer.

    Missing, empty and infinite shapes, invalid rings with the kind of fault, repeated vertices,
    Z and M, mixed types, duplicates, overlaps, gaps against regions, slivers, spikes, tiny parts,
    multiparts, and shapes far outside the zone.

    Parameters
    ----------
    frame
        A layer of polygons. Without a coordinate system areas are of its plane.
    regions
        Regions that the layer should fill; gaps are looked for if given.
    overlaps
        Whether to look for overlaps between rows.
    subject
        Column that names a row; ``parcel_id`` if there is one, else the row's label.
    name
        Name of the layer, for messages.

    Returns
    -------
    Faults
        Findings and their places.

    Raises
    ------
    CRSError
        If layer and regions differ in their coordinate system.

    Examples
    --------
    >>> boxes = [shapely.box(x, 3416500, x + 10, 3416510) for x in (500000, 500008)]
    >>> faults = find_faults(gpd.GeoDataFrame(geometry=boxes, crs=4549))
    >>> faults.findings[["check", "actual"]].round(2).values.tolist()
    [['layer.overlap', 20.0]]
    """
    if regions is not None:
        require_same_crs(frame, regions)
    shapes: Shapes = np.asarray(frame.geometry.array, dtype=object)
    crs = frame.crs
    sound, faults = _presence(shapes)
    inside, outside = _zone(shapes, sound, crs)
    valid, invalid = _validity(shapes, sound)
    valid &= inside
    faults += [*_types(shapes, sound), *outside, *invalid, *_vertices(shapes, sound, crs)]
    faults += _sizes(shapes, valid, crs)
    column = subject or ("parcel_id" if "parcel_id" in frame.columns else None)
    labels = np.asarray((frame.index if column is None else frame[column]).astype("str"), object)
    kept, repeated = _duplicates(shapes, valid, labels)
    faults += repeated
    if overlaps:
        faults += _overlaps(shapes, kept, labels, crs)
    if regions is not None:
        faults += _gaps(shapes[valid], regions, crs)
    return _told([fault for fault in faults if len(fault.rows)], shapes, labels, crs, name, lang)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Fault:
    """One kind of fault.

    Parameters
    ----------
    rows
        Positions of the rows that have it; -1 where it belongs to none.
    zh, en
        What is said of each row, or of all.
    places
        Where; the shapes themselves if not given.
    note
        Whether it may well be meant: one finding for all rows, *unknown*, no places.
    """

    check: str
    rows: Integers
    zh: str | Sequence[str]
    en: str | Sequence[str]
    places: Any = None
    actual: Floats | None = None
    note: bool = False


def _told(  # noqa: PLR0917 - the parts of the answer
    faults: list[_Fault], shapes: Shapes, labels: Shapes, crs: Any, name: str, lang: Lang
) -> Faults:
    """Lay faults out as findings and places."""
    findings, places = [], []
    for fault in faults:
        said = fault.en if lang == "en" else fault.zh
        count = len(fault.rows)
        subjects = np.where(fault.rows < 0, name, labels[fault.rows])
        if fault.note:
            some = "、".join(subjects[:5]) + ("…" if count > 5 else "")
            zh = f"{name}有 {count} 个要素{said}（{some}）。"
            message = say(lang, zh, f"{name} {count} features {said} ({some}).")
            findings.append(_rows(fault.check, "unknown", [name], [message], float(count)))
            continue
        texts = [said] * count if isinstance(said, str) else said
        messages = [
            say(lang, f"{name} {s}：{text}。", f"{name} {s}: {text}.").strip()
            for s, text in zip(subjects, texts, strict=True)
        ]
        findings.append(_rows(fault.check, "fail", subjects, messages, fault.actual))
        where = shapes[fault.rows] if fault.places is None else fault.places
        told = {"check": f"layer.{fault.check}", "subject": subjects, "message": messages}
        places.append(gpd.GeoDataFrame(told, geometry=gpd.GeoSeries(list(where), crs=crs)))
    if not findings:
        message = say(lang, f"{name} 图形未见问题。", f"{name} has no faults of shape.").strip()
        findings.append(_rows("geometry", "pass", [name], [message], None))
    empty = gpd.GeoDataFrame({"check": [], "subject": [], "message": []}, geometry=[], crs=crs)
    spots = gpd.GeoDataFrame(pd.concat(places, ignore_index=True), crs=crs) if places else empty
    spots = spots[shapely.get_num_coordinates(spots.geometry.array) > 0]
    return Faults(join_findings(*findings), spots.reset_index(drop=True))


def _rows(
    check: str, verdict: str, subjects: Any, messages: Sequence[str], actual: Any
) -> pd.DataFrame:
    """Lay out findings of one check by columns; a layer may have a million."""
    columns = {c: np.nan if c in NUMBERS else "" for c in COLUMNS}
    table = pd.DataFrame(columns, index=range(len(messages))).assign(
        check=f"layer.{check}", verdict=verdict, subject=subjects, message=messages
    )
    if actual is not None:
        table = table.assign(actual=actual, unit="" if verdict == "unknown" else "m²")
    return table.astype(findings_table().dtypes.to_dict())


def _areas(shapes: Shapes, crs: Any) -> Floats:
    """Areas in m²; of the plane where there is no coordinate system."""
    return np.asarray(shapely.area(shapes) if crs is None else area_m2(shapes, crs=crs))


def _metres(shapes: Shapes, crs: Any) -> Floats:
    """Metres in one unit of x and of y, roughly: for widths, never for areas."""
    if crs is None or not crs.is_geographic or not len(shapes):
        return np.ones(2)
    latitude = np.median(shapely.bounds(shapes)[:, [1, 3]])
    return _M_PER_DEGREE * np.array([np.cos(np.radians(latitude)), 1.0])


# ---------------------------------------------------------------- each row by itself


def _presence(shapes: Shapes) -> tuple[NDArray[np.bool_], list[_Fault]]:
    """Tell which shapes are there, with finite coordinates."""
    missing = shapely.is_missing(shapes)
    empty = shapely.is_empty(shapes) & ~missing
    finite = has_finite(shapes)
    infinite = np.flatnonzero(~finite & ~missing & ~empty)
    zh, en = "坐标为 NaN、无穷大或不在地球上", "has coordinates that are no place"
    nowhere = [None] * len(infinite)
    return finite & ~missing & ~empty, [
        _Fault(check="missing", rows=np.flatnonzero(missing), zh="没有图形", en="has no shape"),
        _Fault(check="empty", rows=np.flatnonzero(empty), zh="图形为空", en="is an empty shape"),
        _Fault(check="not_finite", rows=infinite, zh=zh, en=en, places=nowhere),
    ]


def has_finite(shapes: Shapes) -> NDArray[np.bool_]:
    """Tell which shapes have no coordinate that is NaN, infinite, or beyond any on Earth.

    Examples
    --------
    >>> has_finite(np.array([shapely.Point(1, 2), shapely.Point(1, np.inf)])).tolist()
    [True, False]
    """
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    finite = np.ones(len(shapes), dtype=bool)
    finite[owner[~(np.abs(coordinates) <= FARTHEST).all(axis=1)]] = False
    return finite


def _types(shapes: Shapes, sound: NDArray[np.bool_]) -> list[_Fault]:
    polygons = _polygonal(shapes)
    other = np.flatnonzero(sound & ~polygons)
    names = [str(shape.geom_type) for shape in shapes[other]]
    faults = [
        _Fault(
            check="type",
            rows=other,
            zh=[f"是 {kind}，不是面" for kind in names],
            en=[f"is a {kind}, not a polygon" for kind in names],
        )
    ]
    several = polygons & (shapely.get_num_geometries(shapes) > 1)
    for check, has, zh, en in (
        ("z", shapely.has_z(shapes), "带 Z 值", "have Z values"),
        ("m", shapely.has_m(shapes), "带 M 值", "have M values"),
        ("multipart", several, "由多个部分组成", "have several parts"),
    ):
        rows = np.flatnonzero(sound & has)
        faults.append(_Fault(check=check, rows=rows, zh=zh, en=en, note=True))
    return faults


def _polygonal(shapes: Shapes) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def _validity(shapes: Shapes, sound: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], list[_Fault]]:
    """Tell which polygons are valid; say of the others what is wrong, and where."""
    valid = np.zeros(len(shapes), dtype=bool)
    valid[sound] = shapely.is_valid(shapes[sound])
    wrong = np.flatnonzero(sound & ~valid)
    zh, en, places = [], [], []
    for reason in shapely.is_valid_reason(shapes[wrong]):
        kind, _, rest = reason.partition("[")
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", rest)[:2]]
        kind_zh, kind_en = REASONS.get(kind.strip(), (kind.strip(), kind.strip()))
        at = f"{numbers[0]:.3f}, {numbers[1]:.3f}" if len(numbers) == 2 else ""
        zh.append(f"图形无效，{kind_zh}（{at}）")
        en.append(f"is invalid: {kind_en} ({at})")
        places.append(shapely.Point(numbers) if len(numbers) == 2 else None)
    invalid = _Fault(check="invalid", rows=wrong, zh=zh, en=en, places=places)
    return valid & _polygonal(shapes), [invalid]


def _vertices(shapes: Shapes, sound: NDArray[np.bool_], crs: Any) -> list[_Fault]:
    """Look along all rings at once for repeated vertices and spikes."""
    rows = np.flatnonzero(sound & _polygonal(shapes))
    rings = Rings.of(shapely.force_2d(shapes[rows]))
    if not len(rings.points):
        return []
    edges = np.diff(rings.points, axis=0) * _metres(shapes[rows], crs)
    within = np.ones(len(edges), dtype=bool)
    within[rings.starts[1:-1] - 1] = False  # from the end of one ring to the start of the next
    length = np.hypot(edges[:, 0], edges[:, 1])
    owner = np.repeat(rings.owner, np.diff(rings.starts))
    repeated = rows[np.unique(owner[:-1][within & (length <= _SAME_VERTEX_M)])]
    # the edge before each vertex; before a ring's first vertex, its last edge
    before = np.arange(len(edges)) - 1
    before[rings.starts[:-1]] = rings.starts[1:] - 2
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine = -(edges * edges[before]).sum(axis=1) / (length * length[before])
    sharp = within & (cosine > np.cos(np.radians(SPIKE_DEGREES)))
    at = np.flatnonzero(sharp & (np.minimum(length, length[before]) > _SAME_VERTEX_M))
    return [
        _Fault(
            check="repeated_vertices",
            rows=repeated,
            zh="有重复节点",
            en="have repeated vertices",
            note=True,
        ),
        _Fault(
            check="spike",
            rows=rows[owner[at]],
            zh=f"有尖刺（夹角小于 {SPIKE_DEGREES:g}°）",
            en=f"has a spike (an angle below {SPIKE_DEGREES:g}°)",
            places=shapely.points(rings.points[at]),
        ),
    ]


def _sizes(shapes: Shapes, valid: NDArray[np.bool_], crs: Any) -> list[_Fault]:
    """Look for slivers, tiny shapes and tiny parts."""
    rows = np.flatnonzero(valid)
    parts, owner = shapely.get_parts(shapes[rows], return_index=True)
    areas = _areas(parts, crs)
    scale = float(np.sqrt(np.prod(_metres(parts, crs))))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = 2 * areas / (shapely.length(parts) * scale)
    tiny = areas < TINY_AREA_M2
    thin = (width < SLIVER_WIDTH_M) & ~tiny
    zh_tiny, en_tiny = f"面积小于 {TINY_AREA_M2:g} 平方米", f"is below {TINY_AREA_M2:g} m²"
    zh_thin = f"为狭长面，平均宽不足 {SLIVER_WIDTH_M:g} 米"
    en_thin = f"is narrower than {SLIVER_WIDTH_M:g} m"
    return [
        _Fault(check=check, rows=rows[owner[c]], zh=zh, en=en, places=parts[c], actual=areas[c])
        for check, c, zh, en in (
            ("tiny", tiny, zh_tiny, en_tiny),
            ("sliver", thin, zh_thin, en_thin),
        )
    ]


def _zone(
    shapes: Shapes, sound: NDArray[np.bool_], crs: Any
) -> tuple[NDArray[np.bool_], list[_Fault]]:
    """Tell which shapes are not far outside the zone of their plane."""
    inside = np.ones(len(shapes), dtype=bool)
    if crs is None or not is_gauss_kruger(crs) or not sound.any():
        return inside, []
    rows = np.flatnonzero(sound)
    bounds = shapely.bounds(shapes[rows])
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    move = pyproj.Transformer.from_crs(crs, pyproj.CRS(crs).geodetic_crs, always_xy=True)
    lon = np.asarray(move.transform(middle[:, 0], middle[:, 1])[0])
    away = np.abs(lon - central_meridian(pyproj.CRS(crs)))
    far = rows[~(away <= _FAR_DEGREES)]
    inside[far] = False
    zh, en = "坐标远在本带之外", "lies far outside the zone"
    return inside, [_Fault(check="outside_zone", rows=far, zh=zh, en=en)]


# ---------------------------------------------------------------- rows against rows


def _duplicates(
    shapes: Shapes, valid: NDArray[np.bool_], labels: Shapes
) -> tuple[Integers, list[_Fault]]:
    """Tell which valid rows are the first of their shape; name the others with their first."""
    rows = np.flatnonzero(valid)
    flat = shapely.normalize(shapely.force_2d(shapes[rows]))
    codes, _ = pd.factorize(pd.Series(shapely.to_wkb(flat), dtype=object))
    firsts = np.unique(codes, return_index=True)[1]
    again = np.ones(len(rows), dtype=bool)
    again[firsts] = False
    others = labels[rows[firsts[codes[again]]]]
    repeated = _Fault(
        check="duplicate",
        rows=rows[again],
        zh=[f"与 {other} 图形完全相同" for other in others],
        en=[f"has the same shape as {other}" for other in others],
    )
    return rows[~again], [repeated]


def _overlaps(shapes: Shapes, rows: Integers, labels: Shapes, crs: Any) -> list[_Fault]:
    """Look for near duplicates and overlaps, each pair once, the later row named."""
    left, right, shared = shared_areas(shapes[rows])
    areas = _areas(shared, crs)
    real = areas > OVERLAP_M2
    left, right, shared, areas = left[real], right[real], shared[real], areas[real]
    involved, at = np.unique(np.concatenate([left, right]), return_inverse=True)
    sizes = _areas(shapes[rows[involved]], crs)[at].reshape(2, -1).sum(axis=0)
    alike = areas / (sizes - areas) >= _NEARLY_SAME
    faults = []
    for check, chosen, zh, en in (
        ("near_duplicate", alike, "图形几乎相同", "has nearly the same shape as"),
        ("overlap", ~alike, "重叠", "overlaps"),
    ):
        pairs = list(zip(labels[rows[left[chosen]]], areas[chosen], strict=True))
        faults.append(
            _Fault(
                check=check,
                rows=rows[right[chosen]],
                zh=[f"与 {other} {zh}（{area:.2f} 平方米）" for other, area in pairs],
                en=[f"{en} {other} ({area:.2f} m²)" for other, area in pairs],
                places=shared[chosen],
                actual=areas[chosen],
            )
        )
    return faults


def shared_areas(shapes: Shapes) -> tuple[Integers, Integers, Shapes]:
    """Give the pairs of valid polygons that share area, the earlier first, and what they share.

    Examples
    --------
    >>> boxes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    >>> left, right, shared = shared_areas(boxes)
    >>> left.tolist(), right.tolist(), shapely.area(shared).tolist()
    ([0], [1], [2.0])
    """
    left, right = shapely.STRtree(shapes).query(shapes)
    once = left < right
    left, right = left[once], right[once]
    # boxes that only touch share no area: most neighbours of a grid end here
    box = shapely.bounds(shapes)
    low = np.maximum(box[left, :2], box[right, :2])
    high = np.minimum(box[left, 2:], box[right, 2:])
    deep = (high > low).all(axis=1)
    left, right = left[deep], right[deep]
    starts = range(0, len(left), _PAIRS_AT_ONCE)
    groups = [(left[k : k + _PAIRS_AT_ONCE], right[k : k + _PAIRS_AT_ONCE]) for k in starts]
    with ThreadPoolExecutor() as pool:  # shapely works without the interpreter's lock
        cut = list(pool.map(lambda group: _cut(shapes, *group), groups))
    if not cut:
        return left, right, np.empty(0, dtype=object)
    kept, shared = zip(*cut, strict=True)
    real = np.concatenate(kept)
    return left[real], right[real], np.concatenate(shared)


def _cut(shapes: Shapes, left: Integers, right: Integers) -> tuple[NDArray[np.bool_], Shapes]:
    """Tell which pairs share area, and give what those share: borders in common are let go."""
    shared = shapely.intersection(shapes[left], shapes[right])
    real = shapely.area(shared) > 0
    return real, shared[real]


def _gaps(shapes: Shapes, regions: gpd.GeoDataFrame, crs: Any) -> list[_Fault]:
    """Look for land of the regions that no shape covers."""
    whole = shapely.union_all(shapely.make_valid(regions.geometry.dropna().array))
    left = shapely.get_parts(shapely.difference(whole, shapely.union_all(shapes)))
    left = left[shapely.get_type_id(left) == shapely.GeometryType.POLYGON]
    areas = _areas(left, crs)
    left, areas = left[areas > OVERLAP_M2], areas[areas > OVERLAP_M2]
    return [
        _Fault(
            check="gap",
            rows=np.full(len(left), -1),
            zh=[f"区域内有 {area:.2f} 平方米未覆盖" for area in areas],
            en=[f"{area:.2f} m² of the regions are not covered" for area in areas],
            places=left,
            actual=areas,
        )
    ]
