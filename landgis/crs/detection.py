"""Where a layer lies: its coordinate system declared, decided from the numbers, or refused.

The numbers say a lot: northings of China are 1.9e6 to 6.1e6, eastings 1e5 to 9e5 or carry the
zone number in front (带号: 13 to 23 of the 6° zones, 25 to 45 of the 3° zones), degrees are small.
They never say the datum: 1980西安 and 1954北京 have to be declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyproj
import shapely

from landgis.findings import Finding, Verdict, define
from landgis.measure import Floats, describe_crs, is_gauss_kruger
from landgis.measure.systems import (
    CGCS2000,
    false_easting,
    gauss_kruger_epsg,
    normal_crs,
    with_prefix,
)

Bounds = tuple[float, float, float, float]

FARTHEST = 1e9
"""No coordinate on Earth is larger, in whatever system and unit."""


def finite_bounds(geometries: Any) -> Bounds | None:
    """Give the extent (xmin, ymin, xmax, ymax) of what lies on Earth at all; None if nothing does.

    Examples
    --------
    >>> finite_bounds([shapely.box(0, 0, 2, 1), shapely.Point(1e300, 0), None])
    (0.0, 0.0, 2.0, 1.0)
    """
    bounds = shapely.bounds(np.asarray(geometries, dtype=object))
    extent = _extent(bounds)
    if not np.abs(extent).max() <= FARTHEST:  # something lies nowhere: leave it out
        extent = _extent(bounds[(np.abs(bounds) <= FARTHEST).all(axis=1)])
    west, south, east, north = extent.tolist()
    return (west, south, east, north) if np.isfinite(extent).all() else None


def _extent(bounds: Floats) -> Floats:
    low = np.fmin.reduce(bounds[:, :2], axis=0, initial=np.inf)
    return np.concatenate([low, np.fmax.reduce(bounds[:, 2:], axis=0, initial=-np.inf)])


PLACED = define("""layer.crs 坐标系 | coordinate system
    图层所在的坐标系，有何依据 | where a layer lies, and why
    placed: {subject} {why}。 | {subject}: {why}.""")


@dataclass(frozen=True, slots=True)
class Placing:
    """The coordinate system a layer is in, and why.

    Parameters
    ----------
    crs
        The system; None if it cannot be decided.
    swapped
        Whether the file has y before x.
    verdict
        *note*: declared and in keeping with the numbers. *unknown*: decided from the numbers,
        the datum assumed. *fail*: the declaration contradicts the numbers.
    zh, en
        The evidence, one sentence each.
    """

    crs: pyproj.CRS | None
    swapped: bool
    verdict: Verdict
    zh: str
    en: str

    def finding(self, name: str) -> Finding:
        """Say where a layer lies, and why."""
        why = {"zh": self.zh, "en": self.en}
        return PLACED.finding("placed", self.verdict, subject=name, values={"why": why})


def place_layer(
    bounds: Bounds | None, *, declared: Any = None, place: Sequence[float] | None = None
) -> Placing:
    """Decide where a layer lies from what it declares and from its numbers.

    Parameters
    ----------
    bounds
        Extent of the layer as it stands in the file; None if there is none.
    declared
        What the file says of its system; None if it says nothing.
    place
        Longitude and latitude in degrees of a point near by, which decides between zones.

    Returns
    -------
    Placing
        ``crs`` is None where the numbers fit no system, or several.

    Examples
    --------
    >>> place_layer((40509500, 3416500, 40509700, 3416600)).crs.to_epsg()
    4528
    >>> place_layer((509500, 3416500, 509700, 3416600)).crs is None
    True
    >>> place_layer((509500, 3416500, 509700, 3416600), place=(120.1, 30.9)).crs.to_epsg()
    4549
    """
    crs = normal_crs(declared)
    if bounds is None:
        verdict: Verdict = "note" if crs is not None else "unknown"
        return Placing(crs, False, verdict, "没有可用的坐标", "there are no coordinates")
    numbers = _numbers(bounds)
    if crs is not None:
        return _judged(crs, numbers)
    if numbers.kinds == ("longitude", "latitude"):
        return _decided(CGCS2000, numbers, "坐标为经纬度", "coordinates are degrees")
    if numbers.kinds == ("prefixed", "northing"):
        return _by_prefix(numbers, place)
    if numbers.kinds == ("easting", "northing"):
        return _by_place(numbers, place)
    return _undecided(bounds, ())


# ---------------------------------------------------------------- what the numbers can be

Range = tuple[float, float]

_ACROSS = {"easting", "prefixed", "longitude"}
_UPWARD = {"northing", "latitude"}


class _Axes(NamedTuple):
    """The extent of a layer, eastings (or longitudes) told from northings (or latitudes)."""

    across: Range
    upward: Range
    kinds: tuple[str, str]
    """What each of the two can be in China, see `_kind`."""
    swapped: bool
    """Whether the file has y before x."""

    @property
    def extent(self) -> Bounds:
        return (self.across[0], self.upward[0], self.across[1], self.upward[1])


def _numbers(bounds: Bounds) -> _Axes:
    """Tell which of the two axes of a file is which."""
    first, second = (bounds[0], bounds[2]), (bounds[1], bounds[3])
    kinds = _kind(first), _kind(second)
    if kinds[0] in _UPWARD and kinds[1] in _ACROSS:
        return _Axes(second, first, kinds[::-1], swapped=True)
    return _Axes(first, second, kinds, swapped=False)


def _kind(values: Range) -> str:
    """Tell what a range of coordinates can be in China."""
    for kind, floor, ceiling in (
        ("longitude", 73.0, 136.0),
        ("latitude", 3.0, 54.0),
        ("easting", 1e5, 9e5),
        ("northing", 1.9e6, 6.1e6),
        ("prefixed", 13.1e6, 23.9e6),
        ("prefixed", 25.1e6, 45.9e6),
    ):
        if floor <= values[0] and values[1] <= ceiling:
            return kind
    return ""


# ---------------------------------------------------------------- a declared system


def _judged(crs: pyproj.CRS, numbers: _Axes) -> Placing:
    """Judge a declared system by the numbers; a prefix too many or too few is put right."""
    name_zh, name_en = describe_crs(crs), describe_crs(crs, "en")
    if not crs.is_geographic and not is_gauss_kruger(crs):
        return Placing(crs, False, "note", f"声明为 {name_zh}", f"declared as {name_en}")
    kind, swapped = numbers.kinds[0], numbers.swapped
    if crs.is_geographic:
        fits = kind in {"longitude", ""}
        right = None
    else:
        prefix = int(numbers.across[0] // 1e6) if kind == "prefixed" else 0
        fits = kind == "" or (kind != "longitude" and prefix == int(false_easting(crs) // 1e6))
        right = with_prefix(crs, prefix)
    if fits:
        zh, en = f"声明为 {name_zh}", f"declared as {name_en}"
        if swapped:
            zh += "，但文件中北坐标在前，已对调"
            en += ", but the file has northing first; put right"
        return Placing(crs, swapped, "fail" if swapped else "note", zh, en)
    low, high = (f"{value:.10g}" for value in numbers.across)
    if right is not None and kind in {"easting", "prefixed"}:
        zh = f"东坐标 {low}–{high} 的带号与之不符，按 {describe_crs(right)} 读取"
        en = (
            f"the zone prefix of eastings {low}–{high} differs; read as {describe_crs(right, 'en')}"
        )
        zh, en = f"声明为 {name_zh}，而{zh}", f"declared as {name_en}, but {en}"
        return Placing(right, swapped, "fail", zh, en)
    zh = f"声明为 {name_zh}，与坐标 {low}–{high} 不符"
    return _nowhere(zh, f"declared as {name_en}, which coordinates {low}–{high} contradict", "fail")


# ---------------------------------------------------------------- no declared system


def _by_prefix(numbers: _Axes, place: Sequence[float] | None) -> Placing:
    """Decide by the zone number that eastings carry."""
    zones = {int(value // 1e6) for value in numbers.across}
    if len(zones) > 1:
        zh = f"东坐标跨 {min(zones)}、{max(zones)} 两带，一个图层只能用一个带：请按带拆分后再读"
        en = f"eastings lie in zones {min(zones)} and {max(zones)}; split the layer by zone"
        return Placing(None, numbers.swapped, "fail", zh, en)
    zone = zones.pop()
    degrees = 6 if zone <= 23 else 3
    code = gauss_kruger_epsg(zone, degrees=degrees, prefixed=True)
    if zone <= 15:  # Web Mercator has the same range of x as the 6° zones 13 to 15
        codes = (code, 3857)
        if place is None:
            return _undecided(numbers.extent, codes)
        code = _nearest(codes, numbers, place)[0]
    return _decided(
        code,
        numbers,
        f"东坐标带 {degrees} 度带带号 {zone}",
        f"eastings carry the {degrees}° zone {zone}",
    )


def _by_place(numbers: _Axes, place: Sequence[float] | None) -> Placing:
    """Decide between the zones by a place near by: eastings carry no zone number."""
    codes = [gauss_kruger_epsg(zone) for zone in range(25, 46)]
    if place is None:
        return _undecided(numbers.extent, codes)
    code, distance = _nearest(codes, numbers, place)
    if distance > 1.5:
        return _undecided(numbers.extent, codes)
    return _decided(
        code,
        numbers,
        f"东坐标不带带号，按所给位置（{place[0]:.4g}, {place[1]:.4g}）取中央经线",
        f"eastings carry no prefix; the stated place ({place[0]:.4g}, {place[1]:.4g}) "
        "decides the meridian",
    )


def _nearest(codes: Sequence[int], numbers: _Axes, place: Sequence[float]) -> tuple[int, float]:
    """Give the system that puts the middle of an extent nearest to a place, and how near (°)."""
    x, y = sum(numbers.across) / 2, sum(numbers.upward) / 2
    distances = {}
    for code in codes:
        move = pyproj.Transformer.from_crs(code, CGCS2000, always_xy=True)
        lon, lat = move.transform(x, y)
        distances[code] = float(np.hypot(lon - place[0], lat - place[1]))
    return min(distances.items(), key=lambda pair: pair[1])


def _decided(code: int, numbers: _Axes, zh: str, en: str) -> Placing:
    zh = f"{zh}，按 EPSG:{code} 读取（基准无法由数值判定，按 2000 国家大地坐标系）"
    en = f"{en}, read as EPSG:{code} (numbers do not tell the datum; CGCS2000 assumed)"
    if numbers.swapped:
        zh, en = f"{zh}；文件中北坐标在前，已对调", f"{en}; the file has northing first, put right"
    found, swapped = pyproj.CRS.from_epsg(code), numbers.swapped
    zh, en = f"文件没有坐标系：{zh}", f"the file has no system: {en}"
    return Placing(found, swapped, "unknown", zh, en)


def _runs(codes: Sequence[int]) -> list[str]:
    """Write codes short: those that follow each other as first and last.

    Examples
    --------
    >>> _runs([4534, 4535, 4536, 4549])
    ['EPSG:4534–4536', 'EPSG:4549']
    """
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and code == runs[-1][-1] + 1:
            runs[-1].append(code)
        else:
            runs.append([code])
    return [f"EPSG:{r[0]}" + (f"–{r[-1]}" if len(r) > 1 else "") for r in runs]


def _nowhere(zh: str, en: str, verdict: Verdict = "unknown") -> Placing:
    return Placing(None, False, verdict, zh, en)


def _undecided(bounds: Bounds, codes: Sequence[int]) -> Placing:
    extent = "[" + ", ".join(f"{value:.10g}" for value in bounds) + "]"
    if not codes:
        zh = f"坐标范围 {extent} 不像中国境内的任何坐标系（可能是地方坐标系）"
        return _nowhere(zh, f"coordinates {extent} fit no system of China (a local one, perhaps)")
    listed = "、".join(_runs(codes))
    zh = f"坐标范围 {extent} 可能属于 {listed}，仅凭数值不能判定"
    return _nowhere(zh, f"coordinates {extent} may be in any of {listed.replace('、', ', ')}")
