"""Where a layer lies: its coordinate system declared, decided from the numbers, or refused.

The numbers say a lot: northings of China are 1.9e6 to 6.1e6, eastings 1e5 to 9e5 or carry the
zone number in front (带号: 13 to 23 of the 6° zones, 25 to 45 of the 3° zones), degrees are small.
They never say the datum. So 1980西安 and 1954北京 have to be declared, and are converted only
with parameters: the steps that PROJ takes without them change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from landgis.errors import CRSError
from landgis.findings import Verdict
from landgis.measure import describe_crs, gk3_epsg, is_gauss_kruger

Floats = NDArray[np.float64]
Bounds = tuple[float, float, float, float]

CGCS2000 = 4490
FARTHEST = 1e9
"""No coordinate on Earth is larger, in whatever system and unit."""
LEGACY = {4610: "1980西安坐标系", 4214: "1954北京坐标系", 4555: "1954北京坐标系（新）"}
"""Geographic systems of the old datums, by EPSG code."""
_LEGACY_PLANES = {4610: 2349, 4214: 2401}  # first of 42 codes in the order of 4513 to 4554


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
        *pass*: declared and in keeping with the numbers. *unknown*: decided from the numbers,
        the datum assumed. *fail*: the declaration contradicts the numbers.
    zh, en
        The evidence, one sentence each.
    """

    crs: pyproj.CRS | None
    swapped: bool
    verdict: Verdict
    zh: str
    en: str


def gauss_kruger_epsg(zone: int, *, degrees: int = 3, prefixed: bool = False) -> int:
    """Give the EPSG code of a CGCS2000 Gauss-Krüger plane of the 3° or the 6° zones.

    Examples
    --------
    >>> gauss_kruger_epsg(40, prefixed=True), gauss_kruger_epsg(20, degrees=6)
    (4528, 4509)
    """
    if degrees == 3:
        return gk3_epsg(zone, prefixed=prefixed)
    if degrees == 6 and 13 <= zone <= 23:
        return zone - 13 + (4491 if prefixed else 4502)
    raise CRSError(
        f"没有 {degrees} 度带 {zone}：3 度带为 25 至 45，6 度带为 13 至 23。",
        f"There is no {degrees}° zone {zone}: 3° zones are 25 to 45, 6° zones 13 to 23.",
    )


def normal_crs(crs: Any) -> pyproj.CRS | None:
    """Give the EPSG form of a coordinate system, if it has one, else the system as it is.

    A description by ESRI never compares equal to the EPSG code of the same system; here both
    become one.

    Examples
    --------
    >>> normal_crs(pyproj.CRS(4549).to_wkt("WKT1_ESRI")).to_epsg()
    4549
    """
    if crs is None:
        return None
    try:
        crs = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise CRSError(
            f"坐标系“{str(crs)[:80]}”无法识别：请用 EPSG 代码（如 EPSG:4549）。",
            f"Unknown coordinate system “{str(crs)[:80]}”: give an EPSG code (EPSG:4549).",
        ) from None
    code = crs.to_epsg(min_confidence=70)
    if code is None and _datum(crs) == CGCS2000 and is_gauss_kruger(crs):
        code = _cgcs2000_plane(crs)  # a description whose name PROJ does not know
    return pyproj.CRS.from_epsg(code) if code else crs


def legacy_datum(crs: Any) -> str:
    """Name the old datum (1980西安, 1954北京) that a system is on; empty if it is on none.

    Examples
    --------
    >>> legacy_datum(2364), legacy_datum(4549)
    ('1980西安坐标系', '')
    """
    return LEGACY.get(_datum(pyproj.CRS(crs)), "")


def legacy_plane(datum: int, cgcs2000: int) -> int:
    """Give the 3° plane of an old datum that answers to one of CGCS2000.

    Parameters
    ----------
    datum
        4610 (1980西安) or 4214 (1954北京).
    cgcs2000
        EPSG code of a 3° plane, 4513 to 4554.

    Examples
    --------
    >>> legacy_plane(4610, 4549), legacy_plane(4214, 4528)
    (2385, 2416)
    """
    start = _LEGACY_PLANES.get(datum)
    if start is None or not 4513 <= cgcs2000 <= 4554:
        raise CRSError(
            f"EPSG:{cgcs2000} 没有对应的{LEGACY.get(datum, '')}平面，请用 crs= 指明。",
            f"EPSG:{cgcs2000} has no counterpart on EPSG:{datum}: name the system with crs=.",
        )
    return start + cgcs2000 - 4513


def finite_bounds(geometries: Any) -> Bounds | None:
    """Extent (xmin, ymin, xmax, ymax) of what lies on Earth at all; None if nothing does."""
    bounds = shapely.bounds(np.asarray(geometries, dtype=object))
    extent = _extent(bounds)
    if not np.abs(extent).max() <= FARTHEST:  # something lies nowhere: leave it out
        extent = _extent(bounds[(np.abs(bounds) <= FARTHEST).all(axis=1)])
    west, south, east, north = extent.tolist()
    return (west, south, east, north) if np.isfinite(extent).all() else None


def _extent(bounds: Floats) -> Floats:
    low = np.fmin.reduce(bounds[:, :2], axis=0, initial=np.inf)
    return np.concatenate([low, np.fmax.reduce(bounds[:, 2:], axis=0, initial=-np.inf)])


def place_layer(
    bounds: Bounds | None,
    *,
    declared: Any = None,
    place: Sequence[float] | None = None,
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
        verdict: Verdict = "pass" if crs is not None else "unknown"
        return Placing(crs, False, verdict, "没有可用的坐标", "there are no coordinates")
    first, second = _kind(bounds[0], bounds[2]), _kind(bounds[1], bounds[3])
    swapped = {first, second} & _UPWARD == {first} and second in _SIDEWAYS
    across = (bounds[1], bounds[3]) if swapped else (bounds[0], bounds[2])
    upward = (bounds[0], bounds[2]) if swapped else (bounds[1], bounds[3])
    kind = second if swapped else first
    if crs is not None:
        return _judged(crs, kind, across, swapped)
    if (kind, first if swapped else second) == ("longitude", "latitude"):
        return _decided(CGCS2000, swapped, "坐标为经纬度", "coordinates are degrees")
    if (first if swapped else second) != "northing" or kind not in {"easting", "prefixed"}:
        return _undecided(bounds, ())
    if kind == "prefixed":
        return _by_prefix(across, upward, swapped, place)
    return _by_place(across, upward, swapped, place)


def refuse_legacy(crs: pyproj.CRS, *, name: str = "") -> None:
    """Refuse a system on an old datum.

    Raises
    ------
    CRSError
        If the datum is 1980西安 or 1954北京: the transformation needs parameters.
    """
    datum = legacy_datum(crs)
    if datum:
        raise CRSError(
            f"{name} 为{datum}（{describe_crs(crs)}），没有转换参数不能换算到 2000 国家大地坐标系，"
            "差值可达百米。请给出七参数 datum_shift=(dx, dy, dz, rx, ry, rz, s) 或 PROJ 管线。",
            f"{name} is on an old datum ({describe_crs(crs, 'en')}); without parameters it cannot "
            "be taken to CGCS2000, and would be off by up to a hundred metres. "
            "Give datum_shift=(dx, dy, dz, rx, ry, rz, s) or a PROJ pipeline.",
        )


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
    code = CGCS2000 if source.is_geographic else _cgcs2000_plane(source)
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
        frame.geometry.array,
        lambda xy: np.column_stack(move.transform(xy[:, 0], xy[:, 1])),
    )
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=target))


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


# ---------------------------------------------------------------- the numbers

_SIDEWAYS = {"easting", "prefixed", "longitude"}
_UPWARD = {"northing", "latitude"}


def _kind(low: float, high: float) -> str:
    """Tell what a range of coordinates can be in China."""
    for kind, floor, ceiling in (
        ("longitude", 73.0, 136.0),
        ("latitude", 3.0, 54.0),
        ("easting", 1e5, 9e5),
        ("northing", 1.9e6, 6.1e6),
        ("prefixed", 13.1e6, 23.9e6),
        ("prefixed", 25.1e6, 45.9e6),
    ):
        if floor <= low and high <= ceiling:
            return kind
    return ""


def _judged(crs: pyproj.CRS, kind: str, across: tuple[float, float], swapped: bool) -> Placing:
    """Judge a declared system by the numbers; a prefix too many or too few is put right."""
    name_zh, name_en = describe_crs(crs), describe_crs(crs, "en")
    if not crs.is_geographic and not is_gauss_kruger(crs):
        return Placing(crs, False, "pass", f"声明为 {name_zh}", f"declared as {name_en}")
    if crs.is_geographic:
        fits = kind in {"longitude", ""}
        right = None
    else:
        declared = false_easting(crs)
        prefix = int(across[0] // 1e6) if kind == "prefixed" else 0
        fits = kind == "" or (kind != "longitude" and prefix == int(declared // 1e6))
        right = _with_prefix(crs, prefix)
    if fits:
        order_zh = "，但文件中北坐标在前，已对调" if swapped else ""
        order_en = ", but the file has northing first; put right" if swapped else ""
        return Placing(
            crs,
            swapped,
            "fail" if swapped else "pass",
            f"声明为 {name_zh}{order_zh}",
            f"declared as {name_en}{order_en}",
        )
    low, high = (f"{value:.10g}" for value in across)
    if right is not None and kind in {"easting", "prefixed"}:
        return Placing(
            right,
            swapped,
            "fail",
            f"声明为 {name_zh}，而东坐标 {low}–{high} 的带号与之不符，"
            f"按 {describe_crs(right)} 读取",
            f"declared as {name_en}, but the zone prefix of eastings {low}–{high} differs; "
            f"read as {describe_crs(right, 'en')}",
        )
    return Placing(
        None,
        False,
        "fail",
        f"声明为 {name_zh}，与坐标 {low}–{high} 不符",
        f"declared as {name_en}, which coordinates {low}–{high} contradict",
    )


def _with_prefix(crs: pyproj.CRS, prefix: int) -> pyproj.CRS | None:
    """Give the plane of the same datum and meridian, with or without its zone number in front."""
    meridian = central_meridian(crs)
    six = 13 <= prefix <= 23
    if prefix and meridian != (6 * prefix - 3 if six else 3 * prefix):
        return None
    datum = _datum(crs)
    degrees = 6 if six else 3
    zone = prefix or round(meridian / 3)
    if datum == CGCS2000:
        return pyproj.CRS.from_epsg(gauss_kruger_epsg(zone, degrees=degrees, prefixed=prefix > 0))
    if datum not in _LEGACY_PLANES or six:
        return None
    return pyproj.CRS.from_epsg(legacy_plane(datum, gk3_epsg(zone, prefixed=prefix > 0)))


def _by_prefix(
    across: tuple[float, float],
    upward: tuple[float, float],
    swapped: bool,
    place: Sequence[float] | None,
) -> Placing:
    zones = {int(value // 1e6) for value in across}
    if len(zones) > 1:
        return Placing(
            None,
            swapped,
            "fail",
            f"东坐标跨 {min(zones)}、{max(zones)} 两带，一个图层只能用一个带：请按带拆分后再读",
            f"eastings lie in zones {min(zones)} and {max(zones)}; split the layer by zone",
        )
    zone = zones.pop()
    degrees = 6 if zone <= 23 else 3
    code = gauss_kruger_epsg(zone, degrees=degrees, prefixed=True)
    # Web Mercator has the same range of x as the 6° zones 13 to 15
    mercator = zone <= 15
    if mercator and place is None:
        bounds = (across[0], upward[0], across[1], upward[1])
        return _undecided(bounds, (code, 3857))
    if mercator and place is not None:
        code = min((code, 3857), key=lambda c: _distance(c, across, upward, place))
    return _decided(
        code,
        swapped,
        f"东坐标带 {degrees} 度带带号 {zone}",
        f"eastings carry the {degrees}° zone {zone}",
    )


def _by_place(
    across: tuple[float, float],
    upward: tuple[float, float],
    swapped: bool,
    place: Sequence[float] | None,
) -> Placing:
    codes = [gauss_kruger_epsg(zone) for zone in range(25, 46)]
    if place is None:
        return _undecided((across[0], upward[0], across[1], upward[1]), codes)
    code = min(codes, key=lambda c: _distance(c, across, upward, place))
    distance = _distance(code, across, upward, place)
    if distance > 1.5:
        bounds = (across[0], upward[0], across[1], upward[1])
        return _undecided(bounds, codes)
    return _decided(
        code,
        swapped,
        f"东坐标不带带号，按所给位置（{place[0]:.4g}, {place[1]:.4g}）取中央经线",
        f"eastings carry no prefix; the stated place ({place[0]:.4g}, {place[1]:.4g}) "
        "decides the meridian",
    )


def _distance(
    code: int, across: tuple[float, float], upward: tuple[float, float], place: Sequence[float]
) -> float:
    """Degrees between the middle of an extent under a system and a place."""
    move = pyproj.Transformer.from_crs(code, CGCS2000, always_xy=True)
    lon, lat = move.transform(sum(across) / 2, sum(upward) / 2)
    return float(np.hypot(lon - place[0], lat - place[1]))


def _decided(code: int, swapped: bool, zh: str, en: str) -> Placing:
    order_zh = "；文件中北坐标在前，已对调" if swapped else ""
    order_en = "; the file has northing first, put right" if swapped else ""
    return Placing(
        pyproj.CRS.from_epsg(code),
        swapped,
        "unknown",
        f"文件没有坐标系：{zh}，按 EPSG:{code} 读取（基准无法由数值判定，按 2000 国家大地坐标系）"
        f"{order_zh}",
        f"the file has no system: {en}, read as EPSG:{code} (numbers do not tell the datum; "
        f"CGCS2000 assumed){order_en}",
    )


def _undecided(bounds: Bounds, codes: Sequence[int]) -> Placing:
    extent = "[" + ", ".join(f"{value:.10g}" for value in bounds) + "]"
    if not codes:
        return Placing(
            None,
            False,
            "unknown",
            f"坐标范围 {extent} 不像中国境内的任何坐标系（可能是地方坐标系）",
            f"coordinates {extent} fit no system of China (a local one, perhaps)",
        )
    listed = "、".join(f"EPSG:{c}" for c in codes)
    return Placing(
        None,
        False,
        "unknown",
        f"坐标范围 {extent} 可能属于 {listed}，仅凭数值不能判定",
        f"coordinates {extent} may be in any of {listed.replace('、', ', ')}",
    )


# ---------------------------------------------------------------- systems


def _datum(crs: pyproj.CRS) -> int:
    """EPSG code of the geographic system below; 0 if it has none."""
    geodetic = crs.geodetic_crs
    return (geodetic.to_epsg(min_confidence=20) or 0) if geodetic is not None else 0


def _parameter(crs: pyproj.CRS, name: str) -> float:
    operation = crs.coordinate_operation
    found = [p.value for p in operation.params if p.name == name] if operation else []
    return float(found[0]) if found else 0.0


def false_easting(crs: pyproj.CRS) -> float:
    """Give the false easting (东偏) of a plane, in metres: 500 000 with or without a zone number.

    Examples
    --------
    >>> false_easting(pyproj.CRS(4528))
    40500000.0
    """
    return _parameter(crs, "False easting")


def central_meridian(crs: pyproj.CRS) -> float:
    """Give the central meridian (中央经线) of a plane, in degrees.

    Examples
    --------
    >>> central_meridian(pyproj.CRS(4549))
    120.0
    """
    return _parameter(crs, "Longitude of natural origin")


def _cgcs2000_plane(crs: pyproj.CRS) -> int | None:
    """Give the CGCS2000 plane of the same meridian and false easting, if a zone has them."""
    easting, meridian = false_easting(crs), central_meridian(crs)
    prefix = int(easting // 1e6)
    degrees = 6 if 13 <= prefix <= 23 else 3
    zone = prefix or round(meridian / 3)
    fits = meridian == (6 * zone - 3 if degrees == 6 else 3 * zone)
    if not fits or easting % 1e6 != 500_000 or not (25 <= zone <= 45 or degrees == 6):
        return None
    return gauss_kruger_epsg(zone, degrees=degrees, prefixed=prefix > 0)


def _pipeline(source: pyproj.CRS, target: pyproj.CRS, shift: Sequence[float]) -> str:
    """Write the seven-parameter transformation as a PROJ pipeline (EPSG method 9606)."""
    dx, dy, dz, rx, ry, rz, scale = (float(value) for value in shift)
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
