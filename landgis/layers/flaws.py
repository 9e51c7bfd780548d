"""What is wrong with each shape by itself, found by arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.crs.datums import central_meridian
from landgis.crs.detection import FARTHEST
from landgis.findings import Check, define
from landgis.measure import Rings, area_m2, is_gauss_kruger

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
    ("gap", ("空隙", "gaps"),
     ("区域内有无未覆盖的地", "whether land of the regions is covered"),
     "区域内有 {actual:2} 平方米未覆盖", "{actual:2} m² of the regions are not covered"),
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
        Positions of the rows that have it; -1 where it belongs to none.
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


_BLOCK = 25_000


def find_flaws(shapes: Shapes, crs: Any) -> tuple[NDArray[np.bool_], list[Flaw]]:
    """Find what is wrong with each shape, some thousands at a time.

    Returns
    -------
    tuple
        Which shapes are valid polygons inside their zone, and the flaws: one entry a kind, rows
        in order.
    """
    metres = _metres(shapes, crs)
    blocks = [
        _flaws_of(shapes[k : k + _BLOCK], k, crs, metres)
        for k in range(0, max(len(shapes), 1), _BLOCK)
    ]
    found = [flaw for _, flaws in blocks for flaw in flaws if len(flaw.rows)]
    merged = (_merged([flaw for flaw in found if flaw.check == check]) for check in CHECKS)
    valid = np.concatenate([good for good, _ in blocks])
    return valid, [flaw for flaw in merged if flaw is not None]


def _flaws_of(
    shapes: Shapes, first: int, crs: Any, metres: Floats
) -> tuple[NDArray[np.bool_], list[Flaw]]:
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


def _presence(shapes: Shapes) -> tuple[NDArray[np.bool_], list[Flaw]]:
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


def has_finite(shapes: Shapes) -> NDArray[np.bool_]:
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


def _types(shapes: Shapes, sound: NDArray[np.bool_]) -> list[Flaw]:
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


def _polygonal(shapes: Shapes) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def _validity(shapes: Shapes, sound: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], list[Flaw]]:
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


def _vertices(shapes: Shapes, sound: NDArray[np.bool_], metres: Floats) -> list[Flaw]:
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


def _sizes(shapes: Shapes, valid: NDArray[np.bool_], crs: Any, metres: Floats) -> list[Flaw]:
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


def _zone(
    shapes: Shapes, sound: NDArray[np.bool_], crs: Any
) -> tuple[NDArray[np.bool_], list[Flaw]]:
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
