"""The coordinate systems of China: named, told apart, required, and fitted to coordinates.

A plane is known by its central meridian and its false easting, which is 500 km with or without
the zone number in front (带号): 13 to 23 of the 6° zones, 25 to 45 of the 3° zones.

1980西安 and 1954北京 are refused: they are converted only with parameters, for the steps that PROJ
takes without them change nothing.
"""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

from landgis.errors import CRSError, require
from landgis.language import Lang, say

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Shapes = NDArray[np.object_]
"""Arrays of numbers, of truth values, of geometries."""
Bounds = tuple[float, float, float, float]

CHINESE_NAMES = MappingProxyType(
    {
        4490: "2000国家大地坐标系",
        4610: "1980西安坐标系",
        4214: "1954北京坐标系",
        4555: "1954北京坐标系（新）",
        3857: "Web 墨卡托",
    }
)
"""Chinese names of systems, by EPSG code; those of longitude and latitude also name a plane."""


def zone_of(longitude: ArrayLike) -> Any:
    """Give the number of the 3° zone (3 度带) that a longitude lies in; its meridian is 3 × it.

    Examples
    --------
    >>> int(zone_of(120.1)), zone_of([78.5, 79.6]).tolist()
    (40, [26, 27])
    """
    return np.floor((np.asarray(longitude, dtype=np.float64) + 1.5) / 3).astype(np.int64)


def gk3_epsg(zone: int, *, prefixed: bool = False) -> int:
    """Give the EPSG code of a CGCS2000 3° Gauss-Krüger plane.

    Parameters
    ----------
    zone
        25 to 45.
    prefixed
        Whether eastings carry the zone number in front (40 500 000).

    Examples
    --------
    >>> gk3_epsg(40), gk3_epsg(40, prefixed=True)
    (4549, 4528)
    """
    if not 25 <= zone <= 45:
        raise CRSError(
            f"中国没有 3 度带 {zone}（25 至 45）。",
            f"There is no 3° zone {zone} in China (25 to 45).",
        )
    return zone - 25 + (4513 if prefixed else 4534)


def is_gauss_kruger(crs: Any) -> bool:
    """Tell whether a system is a Gauss-Krüger plane: transverse Mercator at scale 1.

    A description that leaves out scale or meridian is none.

    Examples
    --------
    >>> is_gauss_kruger(4549), is_gauss_kruger(4490), is_gauss_kruger(32650)
    (True, False, False)
    """
    operation = pyproj.CRS(crs).coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator":
        return False
    values = {p.name: float(p.value) for p in operation.params}
    meridian = values.get("Longitude of natural origin", np.nan)
    return values.get("Scale factor at natural origin") == 1 and meridian % 3 == 0


def describe_crs(crs: Any, lang: Lang = "zh") -> str:
    """Name a coordinate system for a reader: its code and name, in Chinese where it has one.

    Examples
    --------
    >>> describe_crs(4490), describe_crs(4490, "en")
    ('EPSG:4490（2000国家大地坐标系）', 'EPSG:4490 (China Geodetic Coordinate System 2000)')
    >>> describe_crs(4549)
    'EPSG:4549（2000国家大地坐标系 3度带 中央经线120°）'
    >>> describe_crs(None, "en")
    'no coordinate system'
    """
    if crs is None:
        return say(lang, "无坐标系", "no coordinate system")
    crs = pyproj.CRS.from_user_input(crs)
    code = crs.to_epsg()
    if code is None:
        return str(crs.name)
    return say(lang, f"EPSG:{code}（{_chinese_name(crs, code)}）", f"EPSG:{code} ({crs.name})")


def _chinese_name(crs: pyproj.CRS, code: int) -> str:
    """Name a system of the EPSG register in Chinese, with its zone; others keep their name."""
    if code in CHINESE_NAMES:
        return CHINESE_NAMES[code]
    geodetic = crs.geodetic_crs
    datum = CHINESE_NAMES.get((geodetic and geodetic.to_epsg()) or 0)
    if datum is None or not is_gauss_kruger(crs):
        return str(crs.name)
    zone = int(false_easting(crs) // 1e6)
    zone_name = f"第{zone}带" if zone else f"中央经线{central_meridian(crs):g}°"
    return f"{datum} {3 if '3-degree' in crs.name else 6}度带 {zone_name}"


def require_crs(frame: Any, *, name: str = "") -> pyproj.CRS:
    """Give the coordinate system of a GeoSeries or GeoDataFrame, or refuse.

    Raises
    ------
    CRSError
        If it has none. ``name`` says which layer is meant.

    Examples
    --------
    >>> import geopandas as gpd
    >>> require_crs(gpd.GeoSeries([], crs=4490)).to_epsg()
    4490
    """
    require(frame, gpd.GeoDataFrame, gpd.GeoSeries, name=name.strip() or "layer")
    if frame.crs is None:
        raise CRSError(
            f"图层{name}没有坐标系：请用 set_crs 声明（如 EPSG:4490）。",
            f"The layer {name or 'given'} has no coordinate system: declare it with set_crs.",
        )
    return pyproj.CRS.from_user_input(frame.crs)


def require_same_crs(a: Any, b: Any) -> pyproj.CRS:
    """Give the coordinate system that two layers share, or refuse.

    An ESRI description and the EPSG code of the same system count as the same.

    Raises
    ------
    CRSError
        If one has none, or they differ; the message names both.

    Examples
    --------
    >>> import geopandas as gpd
    >>> here = gpd.GeoSeries([], crs=4490)
    >>> require_same_crs(here, here).to_epsg()
    4490
    """
    ours, theirs = require_crs(a), require_crs(b)
    if ours == theirs:
        return ours
    codes = {_code(ours), _code(theirs)}
    if None in codes or len(codes) > 1:
        raise CRSError(
            f"两个图层坐标系不同：{describe_crs(ours)} 与 {describe_crs(theirs)}。"
            "请先用 to_crs 转换到同一坐标系。",
            f"The layers differ in coordinate system: {describe_crs(ours, 'en')} and "
            f"{describe_crs(theirs, 'en')}. Convert one with to_crs first.",
        )
    return ours


def _code(crs: pyproj.CRS) -> int | None:
    """EPSG code; that of an ESRI description is found with little confidence only."""
    return crs.to_epsg() or crs.to_epsg(min_confidence=25)


def geodetic_of(crs: pyproj.CRS) -> pyproj.CRS:
    """Give the longitude and latitude that a system is built on, or refuse a local one.

    Examples
    --------
    >>> geodetic_of(pyproj.CRS(4549)).to_epsg()
    4490
    """
    geodetic = crs.geodetic_crs
    if geodetic is None:
        raise CRSError(
            f"{describe_crs(crs)} 是地方坐标系，与经纬度没有关系，无法量算椭球面积。",
            f"{describe_crs(crs, 'en')} is a local system without longitude and latitude.",
        )
    return geodetic.to_2d()


def gauss_kruger(meridian: float, crs: pyproj.CRS) -> pyproj.CRS:
    """Lay the Gauss-Krüger plane around a meridian, on the ellipsoid of ``crs``.

    Examples
    --------
    >>> is_gauss_kruger(gauss_kruger(120.0, pyproj.CRS(4490)))
    True
    """
    a, b = semi_axes(crs)
    return pyproj.CRS({"proj": "tmerc", "lon_0": meridian, "x_0": 500_000, "a": a, "b": b})


def semi_axes(crs: pyproj.CRS) -> tuple[float, float]:
    """Give the semi-axes of a system's ellipsoid in m.

    Examples
    --------
    >>> semi_axes(pyproj.CRS(4490))[0]
    6378137.0
    """
    ellipsoid = geodetic_of(crs).ellipsoid
    if ellipsoid is None:
        raise CRSError(
            f"{describe_crs(crs)} 没有椭球。", f"{describe_crs(crs, 'en')} has no ellipsoid."
        )
    return float(ellipsoid.semi_major_metre), float(ellipsoid.semi_minor_metre)


def transformed(points: Floats, source: pyproj.CRS, target: pyproj.CRS) -> Floats:
    """Take points (n, 2) between two systems of the same datum; x or longitude comes first.

    Examples
    --------
    >>> centre = np.array([[120.0, 30.0]])
    >>> transformed(centre, pyproj.CRS(4490), pyproj.CRS(4549)).round(1)
    array([[ 500000. , 3320113.4]])
    """
    if source == target or not len(points):
        return points
    move = pyproj.Transformer.from_crs(source, target, always_xy=True)
    return np.column_stack(move.transform(points[:, 0], points[:, 1]))


def require_fit(crs: pyproj.CRS, bounds: Bounds) -> None:
    """Refuse an extent (xmin, ymin, xmax, ymax) that lies outside a system.

    Examples
    --------
    >>> require_fit(pyproj.CRS(4490), (500_000.0, 3.4e6, 500_100.0, 3.5e6))
    Traceback (most recent call last):
    landgis.errors.CRSError: 坐标范围 [500000, 3400000, 500100, 3500000] 不在 ... 之内：...
    """
    x = np.array([bounds[0], bounds[2], bounds[0], bounds[2]])
    y = np.array([bounds[1], bounds[3], bounds[3], bounds[1]])
    if crs.is_geographic:
        degree = np.degrees(crs.axis_info[0].unit_conversion_factor)
        fits = np.abs(x * degree).max() <= 540 and np.abs(y * degree).max() <= 90 + 1e-9
    else:
        lonlat = transformed(np.column_stack([x, y]), crs, geodetic_of(crs))
        fits = bool(np.isfinite(lonlat).all())
    if not fits:
        raise CRSError(
            f"坐标范围 {bounds_text(bounds)} 不在 {describe_crs(crs)} 之内：坐标系或带号声明有误。",
            f"Coordinates {bounds_text(bounds)} do not fit {describe_crs(crs, 'en')}: "
            "the system or its zone is declared wrongly.",
        )


def bounds_text(bounds: Bounds) -> str:
    """Write an extent for a reader.

    Examples
    --------
    >>> bounds_text((119.5, 30.0, 120.0, 31.25))
    '[119.5, 30, 120, 31.25]'
    """
    return "[" + ", ".join(f"{value:.8g}" for value in bounds) + "]"


# ---------------------------------------------------------------- zones and datums


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


def plane_at(meridian: float, *, prefix: int = 0) -> int | None:
    """Give the EPSG code of the CGCS2000 plane around a meridian; None if no zone has it.

    Parameters
    ----------
    meridian
        Central meridian in degrees.
    prefix
        Zone number that eastings carry in front; 0 if they carry none.

    Examples
    --------
    >>> plane_at(117.0), plane_at(117.0, prefix=39), plane_at(117.0, prefix=20)
    (4548, 4527, 4498)
    >>> plane_at(117.0, prefix=40) is None
    True
    """
    six = 13 <= prefix <= 23
    zone = prefix or round(meridian / 3)
    if meridian != (6 * zone - 3 if six else 3 * zone) or not (six or 25 <= zone <= 45):
        return None
    return gauss_kruger_epsg(zone, degrees=6 if six else 3, prefixed=prefix > 0)


def cgcs2000_plane(crs: pyproj.CRS) -> int | None:
    """Give the CGCS2000 plane of the same meridian and false easting; None if no zone has them.

    Examples
    --------
    >>> cgcs2000_plane(pyproj.CRS(2385)), cgcs2000_plane(pyproj.CRS(3857))
    (4549, None)
    """
    prefix, easting = divmod(false_easting(crs), 1e6)
    if easting != 500_000:
        return None
    return plane_at(central_meridian(crs), prefix=int(prefix))


def zone_of_plane(crs: pyproj.CRS) -> int:
    """Give the number of the 3° zone of a plane, or of the 6° zone that its eastings carry.

    Examples
    --------
    >>> zone_of_plane(pyproj.CRS(4549)), zone_of_plane(pyproj.CRS(4528))
    (40, 40)
    """
    return int(false_easting(crs) // 1e6) or round(central_meridian(crs) / 3)


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


def _parameter(crs: pyproj.CRS, name: str) -> float:
    operation = crs.coordinate_operation
    found = [p.value for p in operation.params if p.name == name] if operation else []
    return float(found[0]) if found else 0.0


CGCS2000 = 4490
LEGACY = {code: CHINESE_NAMES[code] for code in (4610, 4214, 4555)}
"""Geographic systems of the old datums, by EPSG code."""
_LEGACY_PLANES = {4610: 2349, 4214: 2401}  # first of 42 codes in the order of `_PLANES`
_PLANES = range(4513, 4555)
"""The 3° planes of CGCS2000."""


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
    if code is None:
        _require_usable(_wkt_of(crs), crs.name)
    if code is None and datum_of(crs) == CGCS2000 and is_gauss_kruger(crs):
        code = cgcs2000_plane(crs)  # a description whose name PROJ does not know
    return pyproj.CRS.from_epsg(code) if code else crs


def _wkt_of(crs: pyproj.CRS) -> str:
    try:
        return str(crs.to_wkt())
    except pyproj.exceptions.ProjError:
        return ""


@cache
def _require_usable(wkt: str, name: str) -> None:
    """Refuse a system that can be described but not computed with."""
    try:
        crs = pyproj.CRS(wkt)
        if crs.geodetic_crs is None:
            raise pyproj.exceptions.CRSError(crs.name)
        pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)
    except pyproj.exceptions.ProjError:
        raise CRSError(
            f"坐标系“{name[:80]}”的定义不可用（投影或参数有误）：请用 crs= 指明 EPSG 代码。",
            f"The coordinate system “{name[:80]}” cannot be used (projection or parameters are "
            "wrong): name its EPSG code with crs=.",
        ) from None


def datum_of(crs: pyproj.CRS) -> int:
    """Give the EPSG code of the geographic system that a system is built on; 0 if it has none.

    Examples
    --------
    >>> datum_of(pyproj.CRS(4549)), datum_of(pyproj.CRS(2385))
    (4490, 4610)
    """
    geodetic = crs.geodetic_crs
    return (geodetic.to_epsg(min_confidence=20) or 0) if geodetic is not None else 0


def legacy_datum(crs: Any) -> str:
    """Name the old datum (1980西安, 1954北京) that a system is on; empty if it is on none.

    Examples
    --------
    >>> legacy_datum(2364), legacy_datum(4549)
    ('1980西安坐标系', '')
    """
    return LEGACY.get(datum_of(pyproj.CRS(crs)), "")


def refuse_legacy(crs: pyproj.CRS, *, name: str = "") -> None:
    """Refuse a system on an old datum.

    Raises
    ------
    CRSError
        If the datum is 1980西安 or 1954北京: the transformation needs parameters.

    Examples
    --------
    >>> refuse_legacy(pyproj.CRS(4549))
    >>> refuse_legacy(pyproj.CRS(2385), name="a.shp")
    Traceback (most recent call last):
    landgis.errors.CRSError: a.shp 为1980西安坐标系（EPSG:2385...
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
    if start is None or cgcs2000 not in _PLANES:
        raise CRSError(
            f"EPSG:{cgcs2000} 没有对应的{LEGACY.get(datum, '')}平面，请指明坐标系。",
            f"EPSG:{cgcs2000} has no counterpart on EPSG:{datum}: name the system.",
        )
    return start + _PLANES.index(cgcs2000)


def with_prefix(crs: pyproj.CRS, prefix: int) -> pyproj.CRS | None:
    """Give the plane of the same datum and meridian, with a zone number in front or without (0).

    Returns
    -------
    CRS
        None if there is no such plane, or the meridian is not that of the zone.

    Raises
    ------
    CRSError
        If eastings carry no zone number and no zone of China has the meridian.

    Examples
    --------
    >>> with_prefix(pyproj.CRS(2385), 40).to_epsg(), with_prefix(pyproj.CRS(4528), 0).to_epsg()
    (2364, 4549)
    """
    datum, meridian = datum_of(crs), central_meridian(crs)
    if datum not in {CGCS2000, *_LEGACY_PLANES}:
        return None
    code = plane_at(meridian, prefix=prefix) if prefix else gk3_epsg(round(meridian / 3))
    if code is not None and datum in _LEGACY_PLANES:
        code = legacy_plane(datum, code) if code in _PLANES else None
    return None if code is None else pyproj.CRS.from_epsg(code)
