"""The Gauss-Krüger zones (分带) of CGCS2000: the code of a zone's plane, and the zone of a plane.

A plane is known by its central meridian and its false easting, which is 500 km with or without
the zone number in front (带号): 13 to 23 of the 6° zones, 25 to 45 of the 3° zones.
"""

from __future__ import annotations

import pyproj

from landgis.errors import CRSError
from landgis.measure import gk3_epsg


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
