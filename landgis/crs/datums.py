"""What a declared system is: its EPSG code, its zone (分带) and its datum (基准).

A plane is known by its central meridian and its false easting, which is 500 km with or without
the zone number in front (带号): 13 to 23 of the 6° zones, 25 to 45 of the 3° zones.

1980西安 and 1954北京 are refused: they are converted only with parameters, for the steps that PROJ
takes without them change nothing.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyproj

from landgis.errors import CRSError
from landgis.measure import CHINESE_NAMES, describe_crs, gk3_epsg, is_gauss_kruger


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
