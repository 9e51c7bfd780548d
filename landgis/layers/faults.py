"""What is wrong with the shapes of a layer, alone and row against row: as findings, on the map.

Two polygons are compared where an index says that they meet, and judged by the area of what they
share: so identical, contained and crossing ones are all found. Invalid shapes are made valid on
request, with every change of area on record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.crs import FARTHEST
from landgis.findings import Check, Finding, define, findings_table, join_findings
from landgis.formats.columns import NUMBERS
from landgis.formats.points import is_tangled, polygon_of_rings
from landgis.measure import (
    Flags,
    Floats,
    Integers,
    Rings,
    Shapes,
    area_m2,
    is_gauss_kruger,
)
from landgis.measure.systems import central_meridian
from landgis.schema import rows_of

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
    }
)
"""Kinds of invalid shapes as GEOS names them, in both languages."""

SLIVER_WIDTH_M = 0.5
TINY_AREA_M2 = 1.0
SPIKE_DEGREES = 1.0
_SAME_VERTEX_M = 1e-4
_M_PER_DEGREE = 111_320.0
_FAR_DEGREES = 4.5  # a 6° zone and half as much again


def _check(name: str, title: tuple[str, str], means: tuple[str, str], zh: str, en: str) -> Check:
    """Put down a check of shapes that says one thing of a row, or of several together."""
    several = (f"{{subject}}有 {{actual:0}} 个要素{zh}（{{rows:some}}）。",
               f"{{subject}}: {{actual:0}} features {en} ({{rows:some}}).")  # fmt: skip
    each = (f"{{layer}}{{subject}}：{zh}。", f"{{layer}}{{subject}}: {en}.")
    return define(
        f"layer.{name} {' | '.join(title)}\n    {' | '.join(means)}", each=each, several=several
    )


# fmt: off
CHECKS: Mapping[str, Check] = MappingProxyType({
    name: _check(name, title, means, zh, en) for name, title, means, zh, en in (
    ("missing", ("缺图形", "missing shapes"),
     ("每行有无图形", "whether every row has a shape"), "没有图形", "has no shape"),
    ("empty", ("空图形", "empty shapes"),
     ("图形是否为空", "whether shapes are empty"), "图形为空", "is an empty shape"),
    ("not_finite", ("坐标无效", "coordinates that are no place"),
     ("坐标是否在地球上", "whether coordinates are on Earth"),
     "坐标为 NaN、无穷大或不在地球上", "has coordinates that are no place"),
    ("type", ("图形类型", "kinds of shapes"),
     ("图形是否为面", "whether shapes are polygons"),
     "是 {type}，不是面", "is a {type}, not a polygon"),
    ("z", ("Z 值", "Z values"), ("有无 Z 值", "Z values"), "带 Z 值", "have Z values"),
    ("m", ("M 值", "M values"), ("有无 M 值", "M values"), "带 M 值", "have M values"),
    ("multipart", ("多部分", "multiparts"),
     ("图形有无多个部分", "whether shapes have several parts"),
     "由多个部分组成", "have several parts"),
    ("outside_zone", ("带外坐标", "outside the zone"),
     ("坐标是否在本带附近", "whether coordinates lie near their zone"),
     "坐标远在本带之外", "lies far outside the zone"),
    ("invalid", ("图形无效", "invalid shapes"),
     ("图形是否有效", "whether shapes are valid"),
     "图形无效，{reason}（{at}）", "is invalid: {reason} ({at})"),
    ("repeated_vertices", ("重复节点", "repeated vertices"),
     ("相邻节点是否重复", "whether neighbouring vertices are the same"),
     "有重复节点", "have repeated vertices"),
    ("spike", ("尖刺", "spikes"), ("边界有无尖刺", "whether boundaries have spikes"),
     f"有尖刺（夹角小于 {SPIKE_DEGREES:g}°）", f"has a spike (an angle below {SPIKE_DEGREES:g}°)"),
    ("tiny", ("碎小面", "tiny parts"), ("有无碎小的面", "whether parts are tiny"),
     f"面积小于 {TINY_AREA_M2:g} 平方米", f"is below {TINY_AREA_M2:g} m²"),
    ("sliver", ("狭长面", "slivers"), ("有无狭长的面", "whether parts are slivers"),
     f"为狭长面，平均宽不足 {SLIVER_WIDTH_M:g} 米", f"is narrower than {SLIVER_WIDTH_M:g} m"),
    ("duplicate", ("图形重复", "duplicates"),
     ("图形是否完全相同", "whether shapes are the same"),
     "与 {other} 图形完全相同", "has the same shape as {other}"),
    ("near_duplicate", ("图形近似重复", "near duplicates"),
     ("图形是否几乎相同", "whether shapes are nearly the same"),
     "与 {other} 图形几乎相同（{actual:2} 平方米）",
     "has nearly the same shape as {other} ({actual:2} m²)"),
    ("overlap", ("重叠", "overlaps"), ("图形是否重叠", "whether shapes overlap"),
     "与 {other} 重叠（{actual:2} 平方米）", "overlaps {other} ({actual:2} m²)"),
)})
# fmt: on
"""Faults of shapes, in the order in which they are told."""
SOUND = define("""layer.geometry 图形问题 | faults of shape
    图形有无问题 | whether shapes have faults
    none: {subject} 图形未见问题。 | {subject} has no faults of shape.""")


@dataclass(frozen=True, kw_only=True, eq=False)
class Flaw:
    """One kind of fault.

    Parameters
    ----------
    check
        Key of `CHECKS`.
    rows
        Positions of the rows that have it.
    said
        What is said of the rows beside their name and ``actual``, an array each.
    places
        Where; the shapes themselves if not given.
    note
        Whether it may well be meant: one finding for all rows, *unknown*, no places.
    """

    check: str
    rows: Integers
    said: Mapping[str, Shapes] = field(default_factory=dict)
    places: Any = None
    actual: Floats | None = None
    note: bool = False


SHAPES_AT_ONCE = 25_000


def find_flaws(shapes: Shapes, crs: Any) -> tuple[Flags, list[Flaw]]:
    """Find what is wrong with each shape, some thousands at a time.

    Returns
    -------
    tuple
        Which shapes are valid polygons inside their zone, and the flaws: one entry a kind, rows
        in order.
    """
    metres = _metres(shapes, crs)
    blocks = [
        _flaws_of(shapes[k : k + SHAPES_AT_ONCE], k, crs, metres)
        for k in range(0, max(len(shapes), 1), SHAPES_AT_ONCE)
    ]
    found = [flaw for _, flaws in blocks for flaw in flaws if len(flaw.rows)]
    merged = (_merged([flaw for flaw in found if flaw.check == check]) for check in CHECKS)
    valid = np.concatenate([good for good, _ in blocks])
    return valid, [flaw for flaw in merged if flaw is not None]


def _flaws_of(shapes: Shapes, first: int, crs: Any, metres: Floats) -> tuple[Flags, list[Flaw]]:
    """Find the flaws of a block of shapes; ``first`` is the position of its first."""
    sound, flaws = _presence(shapes)
    inside, outside = _zone(shapes, sound, crs)
    valid, invalid = _validity(shapes, sound)
    valid &= inside
    flaws += [*_types(shapes, sound), *outside, *invalid, *_vertices(shapes, sound, metres)]
    flaws += _sizes(shapes, valid, crs, metres)
    return valid, [replace(flaw, rows=flaw.rows + first) for flaw in flaws]


def _merged(flaws: list[Flaw]) -> Flaw | None:
    """Give the flaws of one kind in several blocks as one."""
    if len(flaws) < 2:
        return flaws[0] if flaws else None
    placed = flaws[0].places is not None
    measured = [flaw.actual for flaw in flaws if flaw.actual is not None]
    return replace(
        flaws[0],
        rows=np.concatenate([flaw.rows for flaw in flaws]),
        said={k: np.concatenate([flaw.said[k] for flaw in flaws]) for k in flaws[0].said},
        places=[place for flaw in flaws for place in flaw.places] if placed else None,
        actual=np.concatenate(measured) if measured else None,
    )


def areas_m2(shapes: Shapes, crs: Any) -> Floats:
    """Areas in m²; of the plane where there is no coordinate system."""
    return np.asarray(shapely.area(shapes) if crs is None else area_m2(shapes, crs=crs))


def _metres(shapes: Shapes, crs: Any) -> Floats:
    """Metres in one unit of x and of y, roughly: for widths, never for areas."""
    if crs is None or not crs.is_geographic or not len(shapes):
        return np.ones(2)
    latitudes = shapely.bounds(shapes)[:, [1, 3]]
    latitudes = latitudes[np.isfinite(latitudes)]
    latitude = np.median(latitudes) if len(latitudes) else 0.0
    return _M_PER_DEGREE * np.array([np.cos(np.radians(latitude)), 1.0])


# ---------------------------------------------------------------- one block


def _presence(shapes: Shapes) -> tuple[Flags, list[Flaw]]:
    """Tell which shapes are there, with finite coordinates."""
    missing = shapely.is_missing(shapes)
    empty = shapely.is_empty(shapes) & ~missing
    finite = has_finite(shapes)
    infinite = np.flatnonzero(~finite & ~missing & ~empty)
    nowhere = [None] * len(infinite)
    return finite & ~missing & ~empty, [
        Flaw(check="missing", rows=np.flatnonzero(missing)),
        Flaw(check="empty", rows=np.flatnonzero(empty)),
        Flaw(check="not_finite", rows=infinite, places=nowhere),
    ]


def has_finite(shapes: Shapes) -> Flags:
    """Tell which shapes have no coordinate that is NaN, infinite, or beyond any on Earth.

    Examples
    --------
    >>> has_finite(np.array([shapely.Point(1, 2), shapely.Point(1, np.inf)])).tolist()
    [True, False]
    """
    finite = np.ones(len(shapes), dtype=bool)
    ends = shapely.get_coordinates(shapes)
    if not len(ends) or max(-ends.min(), ends.max()) <= FARTHEST:  # false of NaN
        return finite
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    finite[owner[~(np.abs(coordinates) <= FARTHEST).all(axis=1)]] = False
    return finite


def _types(shapes: Shapes, sound: Flags) -> list[Flaw]:
    polygons = _polygonal(shapes)
    other = np.flatnonzero(sound & ~polygons)
    kinds = np.array([str(shape.geom_type) for shape in shapes[other]], dtype=object)
    several = polygons & (shapely.get_num_geometries(shapes) > 1)
    return [
        Flaw(check="type", rows=other, said={"type": kinds}),
        *(
            Flaw(check=check, rows=np.flatnonzero(sound & has), note=True)
            for check, has in (
                ("z", shapely.has_z(shapes)),
                ("m", shapely.has_m(shapes)),
                ("multipart", several),
            )
        ),
    ]


def _polygonal(shapes: Shapes) -> Flags:
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def _validity(shapes: Shapes, sound: Flags) -> tuple[Flags, list[Flaw]]:
    """Tell which polygons are valid; say of the others what is wrong, and where."""
    valid = np.zeros(len(shapes), dtype=bool)
    valid[sound] = shapely.is_valid(shapes[sound])
    wrong = np.flatnonzero(sound & ~valid)
    reasons, spots, places = [], [], []
    for reason in shapely.is_valid_reason(shapes[wrong]):
        kind, _, rest = reason.partition("[")
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?", rest)[:2]]
        kind_zh, kind_en = REASONS.get(kind.strip(), (kind.strip(), kind.strip()))
        reasons.append({"zh": kind_zh, "en": kind_en})
        spots.append(f"{numbers[0]:.3f}, {numbers[1]:.3f}" if len(numbers) == 2 else "")
        places.append(shapely.Point(numbers) if len(numbers) == 2 else None)
    told = {"reason": np.array(reasons, dtype=object), "at": np.array(spots, dtype=object)}
    invalid = Flaw(check="invalid", rows=wrong, said=told, places=places)
    return valid & _polygonal(shapes), [invalid]


def _vertices(shapes: Shapes, sound: Flags, metres: Floats) -> list[Flaw]:
    """Look along all rings at once for repeated vertices and spikes."""
    rows = np.flatnonzero(sound & _polygonal(shapes))
    rings = Rings.of(shapes[rows])
    if not len(rings.points):
        return []
    edges = np.diff(rings.points, axis=0) * metres
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
        Flaw(check="repeated_vertices", rows=repeated, note=True),
        Flaw(check="spike", rows=rows[owner[at]], places=shapely.points(rings.points[at])),
    ]


def _sizes(shapes: Shapes, valid: Flags, crs: Any, metres: Floats) -> list[Flaw]:
    """Look for slivers, tiny shapes and tiny parts."""
    rows = np.flatnonzero(valid)
    parts, owner = shapely.get_parts(shapes[rows], return_index=True)
    areas = areas_m2(parts, crs)
    scale = float(np.sqrt(np.prod(metres)))
    with np.errstate(divide="ignore", invalid="ignore"):
        width = 2 * areas / (shapely.length(parts) * scale)
    tiny = areas < TINY_AREA_M2
    thin = (width < SLIVER_WIDTH_M) & ~tiny
    return [
        Flaw(check=check, rows=rows[owner[c]], places=parts[c], actual=areas[c])
        for check, c in (("tiny", tiny), ("sliver", thin))
    ]


def _zone(shapes: Shapes, sound: Flags, crs: Any) -> tuple[Flags, list[Flaw]]:
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
    return inside, [Flaw(check="outside_zone", rows=far)]


# ---------------------------------------------------------------- row against row

OVERLAP_M2 = 0.01
CUT_AT_ONCE = 5_000

_NEARLY_SAME = 0.99


def find_duplicates(shapes: Shapes, valid: Flags, labels: Shapes) -> tuple[Integers, list[Flaw]]:
    """Tell which valid rows are the first of their shape; name the others with their first."""
    rows = np.flatnonzero(valid)
    # only shapes with the same extent can be the same
    alike = rows[pd.DataFrame(shapely.bounds(shapes[rows])).duplicated(keep=False)]
    flat = shapely.normalize(shapely.force_2d(shapes[alike]))
    codes, _ = pd.factorize(pd.Series(shapely.to_wkb(flat), dtype=object))
    firsts = np.unique(codes, return_index=True)[1]
    later = np.ones(len(alike), dtype=bool)
    later[firsts] = False
    again = np.isin(rows, alike[later])
    others = labels[alike[firsts[codes[later]]]]
    repeated = Flaw(check="duplicate", rows=rows[again], said={"other": others})
    return rows[~again], [repeated]


def find_overlaps(shapes: Shapes, rows: Integers, labels: Shapes, crs: Any) -> list[Flaw]:
    """Look for near duplicates and overlaps, each pair once, the later row named."""
    left, right, shared = shared_areas(shapes[rows])
    areas = areas_m2(shared, crs)
    real = areas > OVERLAP_M2
    left, right, shared, areas = left[real], right[real], shared[real], areas[real]
    involved, at = np.unique(np.concatenate([left, right]), return_inverse=True)
    sizes = areas_m2(shapes[rows[involved]], crs)[at].reshape(2, -1).sum(axis=0)
    alike = areas / (sizes - areas) >= _NEARLY_SAME
    return [
        Flaw(
            check=check,
            rows=rows[right[chosen]],
            said={"other": labels[rows[left[chosen]]]},
            places=shared[chosen],
            actual=areas[chosen],
        )
        for check, chosen in (("near_duplicate", alike), ("overlap", ~alike))
    ]


def shared_areas(shapes: Shapes, others: Shapes | None = None) -> tuple[Integers, Integers, Shapes]:
    """Give the pairs of valid polygons that share area, and what they share.

    Pairs are of ``shapes`` and ``others``, in the order of ``shapes``; without others of shapes
    among themselves, each pair once, the earlier first. Some thousand shapes are cut at a time.

    Examples
    --------
    >>> boxes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    >>> left, right, shared = shared_areas(boxes)
    >>> left.tolist(), right.tolist(), shapely.area(shared).tolist()
    ([0], [1], [2.0])
    """
    tree, boxes = shapely.STRtree(shapes if others is None else others), shapely.bounds(shapes)
    beside = boxes if others is None else shapely.bounds(others)

    def some(first: int) -> tuple[Integers, Integers, Shapes]:
        left, right = tree.query(shapes[first : first + CUT_AT_ONCE])
        left = left + first
        if others is None:
            once = left < right
            left, right = left[once], right[once]
        # boxes that only touch share no area: most neighbours of a grid end here
        low = np.maximum(boxes[left, :2], beside[right, :2])
        high = np.minimum(boxes[left, 2:], beside[right, 2:])
        deep = (high > low).all(axis=1)
        left, right = left[deep], right[deep]
        shared = shapely.intersection(shapes[left], tree.geometries[right])
        real = shapely.area(shared) > 0  # only borders in common are let go
        return left[real], right[real], shared[real]

    starts = range(0, max(len(shapes), 1), CUT_AT_ONCE)
    with ThreadPoolExecutor() as pool:  # shapely works without the interpreter's lock
        found = list(pool.map(some, starts))
    left, right, shared = zip(*found, strict=True)
    return np.concatenate(left), np.concatenate(right), np.concatenate(shared)


PLACED = ["check", "kind", "subject", "actual", "values", "message"]
"""Columns of findings that places of faults have: what `landgis.findings.tell` needs."""


class Faults(NamedTuple):
    """Faults of a layer.

    Parameters
    ----------
    findings
        One row a fault; one *pass* if there is none.
    places
        The same faults on the map: the columns `PLACED` of the findings and a point or polygon,
        in the coordinate system of the layer. Faults without a place are left out.
    """

    findings: pd.DataFrame
    places: gpd.GeoDataFrame


def find_faults(frame: gpd.GeoDataFrame, *, name: str = "") -> Faults:
    """Find what is wrong with the shapes of a layer.

    Missing, empty and infinite shapes, invalid rings with the kind of fault, repeated vertices,
    Z and M, mixed types, duplicates, overlaps, slivers, spikes, tiny parts, multiparts, and shapes
    far outside the zone.

    Parameters
    ----------
    frame
        A layer of polygons, rows named by ``parcel_id`` if there is one, else by their label.
        Without a coordinate system areas are of its plane.

    Examples
    --------
    >>> boxes = [shapely.box(x, 3416500, x + 10, 3416510) for x in (500000, 500008)]
    >>> faults = find_faults(gpd.GeoDataFrame(geometry=boxes, crs=4549))
    >>> faults.findings[["check", "actual"]].round(2).values.tolist()
    [['layer.overlap', 20.0]]
    """
    shapes: Shapes = np.asarray(frame.geometry.array, dtype=object)
    crs = frame.crs
    valid, faults = find_flaws(shapes, crs)
    labels = row_names(frame)
    kept, repeated = find_duplicates(shapes, valid, labels)
    faults += repeated
    faults += find_overlaps(shapes, kept, labels, crs)
    return _told([fault for fault in faults if len(fault.rows)], shapes, labels, crs, name)


def _told(faults: list[Flaw], shapes: Shapes, labels: Shapes, crs: Any, name: str) -> Faults:
    """Lay faults out as findings and places."""
    findings, places = [], []
    for fault in faults:
        check, count = CHECKS[fault.check], len(fault.rows)
        subjects = labels[fault.rows]
        if fault.note:
            some = check.finding(
                "several",
                "unknown",
                subject=name,
                actual=float(count),
                values={"rows": subjects[:6].tolist()},
            )
            findings.append(findings_table([some]))
            continue
        measured = {} if fault.actual is None else {"actual": fault.actual, "unit": "m²"}
        layer = f"{name} " if name else ""
        found = check.rows(
            "each", "fail", subject=subjects, values={"layer": layer, **fault.said}, **measured
        )
        findings.append(found)
        where = shapes[fault.rows] if fault.places is None else fault.places
        places.append(gpd.GeoDataFrame(found[PLACED], geometry=gpd.GeoSeries(list(where), crs=crs)))
    if not findings:
        findings.append(findings_table([SOUND.finding("none", "pass", subject=name)]))
    empty = gpd.GeoDataFrame(findings_table()[PLACED], geometry=[], crs=crs)
    spots = gpd.GeoDataFrame(pd.concat(places, ignore_index=True), crs=crs) if places else empty
    spots = spots[shapely.get_num_coordinates(spots.geometry.to_numpy()) > 0]
    return Faults(join_findings(*findings), spots.reset_index(drop=True))


def row_names(frame: gpd.GeoDataFrame) -> Shapes:
    """Name the rows of a layer: by ``parcel_id`` if there is one, else by their label."""
    column = frame["parcel_id"] if "parcel_id" in frame.columns else frame.index
    return np.asarray(column.astype("str"), dtype=object)


def count_impossible(frame: gpd.GeoDataFrame) -> Counter[str]:
    """Count values that cannot be: infinite numbers by field, shapes that lie nowhere on Earth.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame({"a": [np.inf]}, geometry=[shapely.Point(1e308, 0)])
    >>> dict(count_impossible(layer))
    {'': 1, 'a': 1}
    """
    nowhere = ~has_finite(np.asarray(frame.geometry.array, dtype=object))
    counts = Counter({"": int(nowhere.sum())})
    for name, values in frame.select_dtypes("float").items():
        counts[str(name)] = int(np.isinf(values.to_numpy(dtype=float, na_value=0)).sum())
    return +counts


def tell_impossible(counts: Counter[str], name: str) -> list[Finding]:
    """Tell of each field with infinite numbers, and of shapes that lie nowhere on Earth."""
    return [
        NUMBERS.finding(
            "infinite" if field else "places",
            "fail",
            subject=name,
            actual=float(count),
            values={"field": field},
        )
        for field, count in counts.items()
    ]


REPAIR = define("""layer.repair 修复 | repair
    无效图形是否修复，面积变化多少 | whether invalid shapes were mended, and what that took
    mended: {subject} 图形已修复，面积 {expected:2} → {actual:2} 平方米。
    | {subject} repaired, area {expected:2} → {actual:2} m².
    holes: {subject} 的内环绕向有误，已作为洞处理，面积 {expected:2} → {actual:2} 平方米。
    | {subject}: rings inside run the wrong way, taken as holes, area {expected:2} → {actual:2} m².
    left: {subject} 未修复：面积会由 {expected:2} → {actual:2} 平方米，超过允许
      的 {tolerance:plain} 平方米。
    | {subject} not repaired: area would go {expected:2} → {actual:2} m², over {tolerance:plain} m².
""")


class Repaired(NamedTuple):
    """A layer after repair.

    Parameters
    ----------
    data
        The rows as they came, index kept, repaired where that was possible.
    changes
        One row a shape that was invalid: subject, area_before_m2, area_after_m2,
        difference_m2, repaired, holes (parts that lie in others were taken as holes whose points
        run the wrong way round, whatever area that takes); its index is that of the layer.
    findings
        The same as findings (check ``layer.repair``): a note if repaired, *fail* if not.
    """

    data: gpd.GeoDataFrame
    changes: pd.DataFrame
    findings: pd.DataFrame


def repair_layer(frame: gpd.GeoDataFrame, *, tolerance_m2: float = 1.0) -> Repaired:
    """Make invalid polygons valid, unless that changes an area by more than the tolerance.

    Parameters
    ----------
    frame
        Layer of polygons with a coordinate system.
    tolerance_m2
        Largest change of area that is accepted. The area before is that of the rings as they
        run: loops of a crossed ring count against one another.

    Returns
    -------
    Repaired
        Data, changes, findings. Lines and points that a repair leaves behind (a spike) are
        dropped; they have no area.

    Raises
    ------
    CRSError
        If the layer has no coordinate system.

    Examples
    --------
    >>> spike = shapely.Polygon([(0, 0), (10, 0), (10, 5), (15, 5), (10, 5), (10, 10), (0, 10)])
    >>> layer = gpd.GeoDataFrame(geometry=[spike], crs=4549)
    >>> repaired = repair_layer(layer)
    >>> bool(repaired.data.geometry.is_valid[0]), repaired.changes["repaired"].tolist()
    (True, [True])
    """
    shapes = np.asarray(frame.geometry.array, dtype=object)
    wrong = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    wrong = wrong[has_finite(shapes[wrong])]
    knots = np.array([is_tangled(shape) for shape in shapes[wrong]], dtype=bool)
    before = area_m2(shapes[wrong], crs=frame.crs)
    mended = shapes[wrong].copy()
    mended[~knots] = _polygons(
        shapely.make_valid(mended[~knots], method="structure", keep_collapsed=False)
    )
    turned = np.zeros(len(wrong), dtype=bool)
    for at, shape in enumerate(shapes[wrong]):
        hollow = _hollow(shape)
        if hollow is not None:
            mended[at], turned[at] = hollow, True
    after = area_m2(mended, crs=frame.crs)
    accepted = (turned | (np.abs(after - before) <= tolerance_m2)) & (after > 0) & ~knots
    changes = pd.DataFrame(
        {
            "subject": row_names(frame)[wrong],
            "area_before_m2": before,
            "area_after_m2": after,
            "difference_m2": after - before,
            "repaired": accepted,
            "holes": turned,
        },
        index=frame.index[wrong],
    ).astype({"subject": "str"})
    result = shapes.copy()
    result[wrong[accepted]] = mended[accepted]
    data = frame.set_geometry(gpd.GeoSeries(result, index=frame.index, crs=frame.crs))
    return Repaired(data, changes, _findings(changes, tolerance_m2))


def _hollow(shape: Any) -> Any:
    """Make holes of parts that lie wholly in others: rings that run the wrong way round."""
    if shape.geom_type != "MultiPolygon" or "Nested shells" not in shapely.is_valid_reason(shape):
        return None
    parts = shapely.get_parts(shape)
    if not shapely.is_valid(parts).all():
        return None
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(parts)]
    made: Any = polygon_of_rings(rings)
    return made if made is not None and made.is_valid else None


def _polygons(shapes: np.ndarray) -> np.ndarray:
    """Keep the polygons of what a repair gives."""
    shapes = shapes.copy()
    for at in np.flatnonzero(
        shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    ):
        parts = [p for p in shapely.get_parts(shapes[at]) if p.geom_type.endswith("Polygon")]
        shapes[at] = shapely.union_all(parts) if parts else shapely.Polygon()
    return shapes


def _findings(changes: pd.DataFrame, tolerance_m2: float) -> pd.DataFrame:
    return findings_table(
        REPAIR.finding(
            ("holes" if row["holes"] else "mended") if row["repaired"] else "left",
            "note" if row["repaired"] else "fail",
            subject=str(row["subject"]),
            expected=float(row["area_before_m2"]),
            actual=float(row["area_after_m2"]),
            difference=float(row["difference_m2"]),
            tolerance=tolerance_m2,
            unit="m²",
        )
        for row in rows_of(changes)
    )
