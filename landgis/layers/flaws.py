"""What is wrong with each shape by itself, found by arrays."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.crs.extent import FARTHEST
from landgis.crs.zones import central_meridian
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
    },
)
"""Kinds of invalid shapes as GEOS names them, in both languages."""

SLIVER_WIDTH_M = 0.5

TINY_AREA_M2 = 1.0

SPIKE_DEGREES = 1.0

_SAME_VERTEX_M = 1e-4

_M_PER_DEGREE = 111_320.0

_FAR_DEGREES = 4.5  # a 6° zone and half as much again


@dataclass(frozen=True, kw_only=True, eq=False)
class Flaw:
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


_ORDER = (
    *("missing", "empty", "not_finite", "type", "z", "m", "multipart", "outside_zone", "invalid"),
    *("repeated_vertices", "spike", "tiny", "sliver"),
)
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
    merged = (_merged([flaw for flaw in found if flaw.check == check]) for check in _ORDER)
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

    def texts(parts: list[str | Sequence[str]]) -> str | list[str]:
        first = parts[0]
        return first if isinstance(first, str) else [text for part in parts for text in part]

    placed = flaws[0].places is not None
    measured = [flaw.actual for flaw in flaws if flaw.actual is not None]
    return replace(
        flaws[0],
        rows=np.concatenate([flaw.rows for flaw in flaws]),
        zh=texts([flaw.zh for flaw in flaws]),
        en=texts([flaw.en for flaw in flaws]),
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
    zh, en = "坐标为 NaN、无穷大或不在地球上", "has coordinates that are no place"
    nowhere = [None] * len(infinite)
    return finite & ~missing & ~empty, [
        Flaw(check="missing", rows=np.flatnonzero(missing), zh="没有图形", en="has no shape"),
        Flaw(check="empty", rows=np.flatnonzero(empty), zh="图形为空", en="is an empty shape"),
        Flaw(check="not_finite", rows=infinite, zh=zh, en=en, places=nowhere),
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


def _types(shapes: Shapes, sound: NDArray[np.bool_]) -> list[Flaw]:
    polygons = _polygonal(shapes)
    other = np.flatnonzero(sound & ~polygons)
    names = [str(shape.geom_type) for shape in shapes[other]]
    faults = [
        Flaw(
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
        faults.append(Flaw(check=check, rows=rows, zh=zh, en=en, note=True))
    return faults


def _polygonal(shapes: Shapes) -> NDArray[np.bool_]:
    return np.isin(shapely.get_type_id(shapes), (3, 6))


def _validity(shapes: Shapes, sound: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], list[Flaw]]:
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
    invalid = Flaw(check="invalid", rows=wrong, zh=zh, en=en, places=places)
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
        Flaw(
            check="repeated_vertices",
            rows=repeated,
            zh="有重复节点",
            en="have repeated vertices",
            note=True,
        ),
        Flaw(
            check="spike",
            rows=rows[owner[at]],
            zh=f"有尖刺（夹角小于 {SPIKE_DEGREES:g}°）",
            en=f"has a spike (an angle below {SPIKE_DEGREES:g}°)",
            places=shapely.points(rings.points[at]),
        ),
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
    zh_tiny, en_tiny = f"面积小于 {TINY_AREA_M2:g} 平方米", f"is below {TINY_AREA_M2:g} m²"
    zh_thin = f"为狭长面，平均宽不足 {SLIVER_WIDTH_M:g} 米"
    en_thin = f"is narrower than {SLIVER_WIDTH_M:g} m"
    return [
        Flaw(check=check, rows=rows[owner[c]], zh=zh, en=en, places=parts[c], actual=areas[c])
        for check, c, zh, en in (
            ("tiny", tiny, zh_tiny, en_tiny),
            ("sliver", thin, zh_thin, en_thin),
        )
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
    zh, en = "坐标远在本带之外", "lies far outside the zone"
    return inside, [Flaw(check="outside_zone", rows=far, zh=zh, en=en)]
