"""Where a layer lies: its system declared, decided from the numbers, or refused; and converted.

The numbers say a lot: northings of China are 1.9e6 to 6.1e6, eastings 1e5 to 9e5 or carry the
zone number in front (带号: 13 to 23 of the 6° zones, 25 to 45 of the 3° zones), degrees are small.
They never say the datum: 1980西安 and 1954北京 have to be declared, and a layer is taken to another
datum only by given parameters.

GCJ-02 and BD-09, the shifted degrees of Chinese web maps, are taken to true degrees and back.
Source: the reverse-engineered formula that is public since 2010 (eviltransform, coordtransform,
gcoord): an offset on the Krasovsky ellipsoid made of sines of the distance from 105°E 35°N;
BD-09 rotates and scales that once more. There is no closed inverse: it is iterated to 1e-11°,
which is a micrometre.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from landgis.errors import CRSError
from landgis.findings import Finding, Verdict, define
from landgis.measure import Floats, describe_crs, is_gauss_kruger
from landgis.measure.systems import (
    CGCS2000,
    central_meridian,
    cgcs2000_plane,
    false_easting,
    gauss_kruger_epsg,
    legacy_datum,
    normal_crs,
    refuse_legacy,
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


CONVERTED = define("""layer.conversion 坐标转换 | conversion
    由哪个坐标系换算到哪个 | from which coordinate system to which
    converted: {subject} 由 {before} 换算到 {after}。
    | {subject} converted from {before} to {after}.""")


def crs_words(crs: Any) -> dict[str, str]:
    """Describe a system in both languages, for a finding."""
    return {"zh": describe_crs(crs), "en": describe_crs(crs, "en")}


def converted(name: str, before: Any, after: Any) -> Finding:
    """Say that a layer was taken from one system to another."""
    told = {"before": crs_words(before), "after": crs_words(after)}
    return CONVERTED.finding("converted", "note", subject=name, values=told)


def convert_crs(frame: gpd.GeoDataFrame, crs: Any) -> gpd.GeoDataFrame:
    """Take a layer to another coordinate system; a change of datum without parameters is refused.

    Raises
    ------
    CRSError
        If the layer has no system, one of the two is on an old datum and the other is not, or
        coordinates come out infinite (a wrong zone).

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(geometry=[shapely.Point(509500, 3416500)], crs=4549)
    >>> convert_crs(layer, 4528).geometry.x.round(3).tolist()
    [40509500.0]
    """
    source, target = normal_crs(frame.crs), normal_crs(crs)
    if source is None or target is None:
        raise CRSError(
            "图层没有坐标系，不能转换：请先声明。",
            "The layer has no coordinate system: declare it.",
        )
    if legacy_datum(source) != legacy_datum(target):
        refuse_legacy(source)
        refuse_legacy(target)
    if source == target:
        return frame.set_crs(target, allow_override=True)
    moved = frame.to_crs(target)
    before, after = finite_bounds(frame.geometry), finite_bounds(moved.geometry)
    if before is not None and (after is None or not np.isfinite(moved.total_bounds).all()):
        raise CRSError(
            f"坐标超出 {describe_crs(source)} 的范围，换算为无穷大：请核对带号与坐标系。",
            f"Coordinates lie outside {describe_crs(source, 'en')} and become infinite: "
            "check the zone.",
        )
    return moved


def to_cgcs2000(frame: gpd.GeoDataFrame, *, datum_shift: Sequence[float] | str) -> gpd.GeoDataFrame:
    """Take a layer on an old datum to CGCS2000, same projection, by given parameters.

    Parameters
    ----------
    datum_shift
        Seven parameters of the Bursa-Wolf model (布尔莎, position vector rotation): dx, dy, dz in
        metres, rx, ry, rz in seconds of arc, s in parts per million; or a PROJ pipeline that
        takes coordinates of the layer to coordinates of the result.

    Returns
    -------
    GeoDataFrame
        The same rows in the CGCS2000 system of the same projection.

    Raises
    ------
    CRSError
        If the parameters are not seven numbers, or the pipeline is not valid.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(geometry=[shapely.Point(500000, 3400000)], crs=2385)
    >>> moved = to_cgcs2000(layer, datum_shift=(0, 0, 0, 0, 0, 0, 0))
    >>> moved.crs.to_epsg()
    4549
    """
    source = normal_crs(frame.crs)
    if source is None or not legacy_datum(source):
        raise CRSError(
            f"datum_shift 只用于西安80、北京54 的图层，本图层为 {describe_crs(frame.crs)}。",
            f"datum_shift is for old datums; this layer is {describe_crs(frame.crs, 'en')}.",
        )
    code = CGCS2000 if source.is_geographic else cgcs2000_plane(source)
    if code is None:
        raise CRSError(
            f"{describe_crs(source)} 不是标准分带（中央经线、东偏），没有对应的 2000 坐标系。",
            f"{describe_crs(source, 'en')} is no standard zone: CGCS2000 has no such plane.",
        )
    target = pyproj.CRS.from_epsg(code)
    try:
        move = pyproj.Transformer.from_pipeline(
            datum_shift if isinstance(datum_shift, str) else _pipeline(source, target, datum_shift)
        )
    except (pyproj.exceptions.ProjError, ValueError):
        raise CRSError(
            f"转换参数无法使用：{datum_shift!r}。应为七个数（米、角秒、ppm）或一条 PROJ 管线。",
            f"Unusable parameters: {datum_shift!r}. Give seven numbers (m, arc seconds, ppm) "
            "or a PROJ pipeline.",
        ) from None
    geometry = shapely.transform(
        frame.geometry.to_numpy(), lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1]))
    )
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=target))


def _pipeline(source: pyproj.CRS, target: pyproj.CRS, shift: Sequence[float]) -> str:
    """Write the seven-parameter transformation as a PROJ pipeline (EPSG method 9606)."""
    dx, dy, dz, rx, ry, rz, scale = (float(value) for value in shift)
    if not np.isfinite([dx, dy, dz, rx, ry, rz, scale]).all():
        raise ValueError("not finite")
    return (
        f"+proj=pipeline {_step(source, inverse=True)} +step +proj=push +v_3 "
        f"+step +proj=cart {_ellipsoid(source)} "
        f"+step +proj=helmert +x={dx} +y={dy} +z={dz} +rx={rx} +ry={ry} +rz={rz} +s={scale} "
        f"+convention=position_vector +step +inv +proj=cart {_ellipsoid(target)} "
        f"+step +proj=pop +v_3 {_step(target, inverse=False)}"
    )


def _step(crs: pyproj.CRS, *, inverse: bool) -> str:
    if crs.is_geographic:
        return (
            "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
            if inverse
            else "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )
    return (
        f"+step {'+inv ' if inverse else ''}+proj=tmerc +lat_0=0 +k=1 "
        f"+lon_0={central_meridian(crs)} +x_0={false_easting(crs)} +y_0=0 {_ellipsoid(crs)}"
    )


def _ellipsoid(crs: pyproj.CRS) -> str:
    ellipsoid = crs.ellipsoid
    if ellipsoid is None:
        raise CRSError("坐标系没有椭球参数。", "The coordinate system has no ellipsoid.")
    return f"+a={ellipsoid.semi_major_metre!r} +rf={ellipsoid.inverse_flattening!r}"


SHIFT = define("""layer.shift 坐标偏移 | shift
    坐标是否为 GCJ-02 或 BD-09 | whether coordinates are GCJ-02 or BD-09
    unknown: {who}与参考图层界线相距 {actual:0} 米，无法判定有无偏移。
    | {who} {actual:0} m from the reference: whether it is shifted cannot be told.
    none: {who}与参考图层界线相距 {actual:1} 米，没有偏移迹象。
    | {who} {actual:1} m from the reference: no sign of a shift.
    shifted: {who}疑为 {system} 坐标：与参考图层界线相距 {actual:0} 米，按 {system} 还原
      后 {left:0} 米。如确是，请指明坐标系为 {system}。
    | {who} looks like {system}: {actual:0} m from the reference, {left:0} m after undoing it. If
      so, name {system} as its system.""")
SHIFTED = ("GCJ-02", "BD-09")
_A, _EE = 6378245.0, 0.00669342162296594323
_BD = np.pi * 3000.0 / 180.0
_TOLERANCE = 1e-11


def shifted_name(crs: object) -> str:
    """Normalise a name of a shifted system; empty if it is none.

    Examples
    --------
    >>> shifted_name("gcj02"), shifted_name("BD-09"), shifted_name(4490)
    ('GCJ-02', 'BD-09', '')
    """
    plain = str(crs).upper().replace("-", "").replace("_", "").replace(" ", "")
    return {"GCJ02": "GCJ-02", "BD09": "BD-09", "BD09LL": "BD-09"}.get(plain, "")


def to_shifted(lonlat: Floats, *, system: str) -> Floats:
    """Shift true degrees (n, 2) to GCJ-02 or BD-09; points outside China stay.

    Examples
    --------
    >>> to_shifted(np.array([[116.404, 39.915]]), system="GCJ-02").round(6).tolist()
    [[116.410244, 39.916404]]
    """
    return _forward(system)(np.asarray(lonlat, dtype=np.float64))


def from_shifted(lonlat: Floats, *, system: str) -> Floats:
    """Take GCJ-02 or BD-09 degrees (n, 2) back to true ones, to 1e-6 m.

    Examples
    --------
    >>> there = to_shifted(np.array([[120.1, 30.9]]), system="BD-09")
    >>> from_shifted(there, system="BD-09").round(9).tolist()
    [[120.1, 30.9]]
    """
    target = np.asarray(lonlat, dtype=np.float64)
    forward = _forward(system)
    guess = target.copy()
    for _ in range(50):
        step = target - forward(guess)
        step[~np.isfinite(step)] = 0.0
        guess += step
        if np.abs(step).max(initial=0.0) < _TOLERANCE:
            break
    return guess


def unshift_layer(frame: gpd.GeoDataFrame, *, system: str) -> gpd.GeoDataFrame:
    """Take a layer in GCJ-02 or BD-09 degrees to CGCS2000 degrees (EPSG:4490).

    Examples
    --------
    >>> layer = gpd.GeoDataFrame(geometry=[shapely.Point(116.410244, 39.916404)])
    >>> unshift_layer(layer, system="GCJ-02").geometry.x.round(5).tolist()
    [116.404]
    """
    geometry = shapely.transform(
        frame.geometry.to_numpy(), lambda lonlat: from_shifted(lonlat, system=system)
    )
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=CGCS2000))


def suspect_shift(
    frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame, *, name: str = ""
) -> list[Finding]:
    """Judge by a reference layer of the same place whether a layer is in GCJ-02 or BD-09.

    The distance from the layer's vertices to the lines of the reference is taken as it is and
    after undoing each shift. A shift that brings most of it away is suspected.

    Parameters
    ----------
    frame, reference
        Layers with coordinate systems, with borders in common (the same districts, parcels
        along the same roads).

    Returns
    -------
    list
        One finding (check ``layer.shift``): *fail* if a shift is suspected, with the distance
        in metres; *pass* if the layer lies on the reference; *unknown* otherwise.

    Raises
    ------
    CRSError
        If a layer has no coordinate system.

    Examples
    --------
    >>> here = gpd.GeoDataFrame(geometry=[shapely.box(120.1, 30.8, 120.2, 30.9)], crs=4490)
    >>> [finding.verdict for finding in suspect_shift(here, here)]
    ['pass']
    """
    lines = shapely.boundary(convert_crs(reference, CGCS2000).geometry.to_numpy())
    lines = lines[shapely.get_num_coordinates(lines) > 0]
    points = shapely.get_coordinates(convert_crs(frame, CGCS2000).geometry.to_numpy())
    points = points[np.isfinite(points).all(axis=1)]
    points = points[:: max(1, len(points) // 2000)]
    if not len(points) or not len(lines):
        return []
    tree = shapely.STRtree(lines)
    distances = {"": _distance_m(points, tree)}
    for system in SHIFTED:
        distances[system] = _distance_m(from_shifted(points, system=system), tree)
    found = min(distances, key=lambda system: distances[system])
    now = distances[""]
    kind: str = "unknown"
    verdict: Verdict = "unknown"
    if now <= 50:
        kind, verdict = "none", "pass"
    elif found and distances[found] < now / 4:
        kind, verdict = "shifted", "fail"
    told = {
        "who": {"zh": name, "en": name or "The layer"},
        "system": found,
        "left": distances[found],
    }
    return [SHIFT.finding(kind, verdict, subject=name, actual=now, unit="m", values=told)]


def _distance_m(points: Floats, tree: shapely.STRtree) -> float:
    """Median distance in metres from points to the lines of a tree, both in degrees."""
    shapes = shapely.points(points)
    _, distance = tree.query_nearest(shapes, return_distance=True, all_matches=False)
    return float(np.median(distance)) * 111_320.0 * float(np.cos(np.radians(points[0, 1])))


def _forward(system: str) -> Callable[[Floats], Floats]:
    forwards = {"GCJ-02": _gcj02, "BD-09": lambda lonlat: _bd09(_gcj02(lonlat))}
    if system not in forwards:
        raise CRSError(
            f"偏移坐标系只有 {'、'.join(SHIFTED)}，没有“{system}”。",
            f"The shifted systems are {', '.join(SHIFTED)}; “{system}” is none.",
        )
    return forwards[system]


def _gcj02(lonlat: Floats) -> Floats:
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    x, y = lon - 105.0, lat - 35.0
    wave = _waves(x, ((20, 6), (20, 2)))
    root = np.sqrt(np.abs(x))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += _waves(y, ((20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30)))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += _waves(x, ((20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30)))
    phi = np.radians(lat)
    magic = 1 - _EE * np.sin(phi) ** 2
    north = np.degrees(north / (_A * (1 - _EE) / (magic * np.sqrt(magic))))
    east = np.degrees(east / (_A / np.sqrt(magic) * np.cos(phi)))
    inside = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    return lonlat + np.where(inside[:, None], np.column_stack([east, north]), 0.0)


def _waves(at: Floats, waves: tuple[tuple[float, float], ...]) -> Floats:
    return np.asarray(sum(a * np.sin(at * f * np.pi) for a, f in waves) * (2 / 3))


def _bd09(lonlat: Floats) -> Floats:
    x, y = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD)
    return np.column_stack([radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006])
