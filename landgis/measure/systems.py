"""The coordinate systems of China: named, told apart, required, and fitted to coordinates."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

from landgis.errors import CRSError, require
from landgis.language import Lang, say

Floats = NDArray[np.float64]
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
    geodetic, operation = crs.geodetic_crs, crs.coordinate_operation
    datum = CHINESE_NAMES.get((geodetic and geodetic.to_epsg()) or 0)
    if datum is None or operation is None or not is_gauss_kruger(crs):
        return str(crs.name)
    values = {p.name: float(p.value) for p in operation.params}
    zone = int(values["False easting"] // 1_000_000)
    zone_name = f"第{zone}带" if zone else f"中央经线{values['Longitude of natural origin']:g}°"
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
