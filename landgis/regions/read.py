"""A layer of regions as delivered: its fields known by their names, its rows conformed.

And whether they cover the land once: land in two of them, and holes between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.errors import InputError
from landgis.findings import Check, Finding, define, findings_table, join_findings
from landgis.language import basis_code
from landgis.layers.faults import shared_areas
from landgis.layers.fields import FIELDS
from landgis.layers.read import LayerRead, fields_of, read_layer, rename_fields
from landgis.measure import Shapes, area_m2
from landgis.schema import REGIONS, as_text, conform, id_text

_M_PER_DEGREE = 111_320.0
NEGLIGIBLE_M2 = 1.0
"""Overlaps, gaps and cuts below this area are the rounding of coordinates."""


NARROW_M = 0.5
"""Land between two regions that is narrower than this is a gap (缝隙), though open at its ends."""

OVERLAP = define("""layer.region_overlap 区域重叠 | regions that overlap
    区域之间是否重叠 | whether regions overlap
    shared: {subject} 与 {other} 重叠 {actual:0} 平方米。
    | {subject} and {other} share {actual:0} m².""")
GAP = define("""layer.region_gap 区域之间的缝隙 | gaps between regions
    区域之间是否有空隙 | whether land between regions belongs to none
    hole: {names:list} 之间有 {actual:0} 平方米不属于任何区域。
    | {actual:0} m² between {names:list} belong to no region.
    strip: {names:list} 之间有宽不足 {width} 米的缝隙，{actual:2} 平方米不属于任何区域。
    | {actual:2} m² in a gap below {width} m between {names:list} belong to no region.""")


def check_partition(regions: gpd.GeoDataFrame) -> list[Finding]:
    """Find land in two regions, holes between regions, and narrow gaps along their borders.

    A hole inside one region is the land of another place (飞地), and approximate regions do not
    claim to meet: neither is a gap.

    Returns
    -------
    list of Finding
        ``layer.region_overlap`` and ``layer.region_gap``, ``actual`` in m².

    Examples
    --------
    >>> at = {"ymin": 3_400_000, "ymax": 3_400_100}
    >>> boxes = [shapely.box(xmin=x, **at, xmax=x + 20) for x in (500_000, 500_010, 500_030.1)]
    >>> rows = {"region_id": ["1", "2", "3"], "name": ["甲镇", "乙镇", "丙镇"]}
    >>> found = check_partition(gpd.GeoDataFrame(rows, geometry=boxes, crs=4549))
    >>> [(f.check, f.actual) for f in found]
    [('layer.region_overlap', 1000.0), ('layer.region_gap', 10.0)]
    """
    shapes = shapely.make_valid(regions.geometry.to_numpy())
    return [*_overlaps(regions, shapes), *_gaps(regions, shapes), *_strips(regions, shapes)]


def _overlaps(regions: gpd.GeoDataFrame, shapes: Shapes) -> Iterator[Finding]:
    left, right, shared = shared_areas(shapes)
    names = regions["name"].to_numpy()
    areas = area_m2(shared, crs=regions.crs)
    for one, other, area in zip(names[left], names[right], areas, strict=True):
        if area > NEGLIGIBLE_M2:
            yield _fault(OVERLAP, "shared", str(one), float(area), {"other": str(other)})


def _gaps(regions: gpd.GeoDataFrame, shapes: Shapes) -> Iterator[Finding]:
    tree = shapely.STRtree(shapes)
    holes = _holes(shapely.union_all(shapes))
    for hole, area in zip(holes, area_m2(holes, crs=regions.crs), strict=True):
        around = regions.iloc[tree.query(hole, predicate="intersects")]
        if area > NEGLIGIBLE_M2 and len(around) > 1 and not _rough(around):
            names = sorted(around["name"])
            yield _fault(GAP, "hole", "、".join(names), float(area), {"names": names})


def _strips(regions: gpd.GeoDataFrame, shapes: Shapes) -> Iterator[Finding]:
    """Find land between two regions that is nowhere wider than `NARROW_M`."""
    wide = NARROW_M / (
        _M_PER_DEGREE if regions.crs is not None and regions.crs.is_geographic else 1
    )
    edges = shapely.coverage_invalid_edges(shapes, gap_width=wide)
    open_ = np.flatnonzero(~shapely.is_empty(edges) & ~shapely.is_missing(shapes))
    tree = shapely.STRtree(shapes[open_])
    left, right = tree.query(shapes[open_], predicate="dwithin", distance=wide)
    names = regions["name"].to_numpy()
    for i, j in zip(open_[left[left < right]], open_[right[left < right]], strict=True):
        if _rough(regions.iloc[[i, j]]):
            continue
        strips = _between(shapes, i, j, edges, wide)
        areas = area_m2(strips, crs=regions.crs)
        if areas.sum() > NEGLIGIBLE_M2:
            pair = sorted([str(names[i]), str(names[j])])
            told = {"names": pair, "width": f"{NARROW_M:g}"}
            yield _fault(GAP, "strip", "、".join(pair), float(areas.sum()), told)


def _between(shapes: Shapes, i: int, j: int, edges: Shapes, wide: float) -> Shapes:
    """Give the land that closes up between two regions and lies in no other, holes left out."""
    place = shapely.buffer(shapely.envelope(shapely.union(edges[i], edges[j])), 4 * wide)
    near = [shapely.clip_by_rect(shapes[k], *shapely.bounds(place)) for k in (i, j)]
    both = shapely.union_all(near)
    closed = shapely.buffer(
        shapely.buffer(both, wide / 2, join_style="mitre", cap_style="flat"),
        -wide / 2,
        join_style="mitre",
        cap_style="flat",
    )
    others = shapes[shapely.STRtree(shapes).query(closed, predicate="intersects")]
    left = shapely.difference(shapely.intersection(closed, place), shapely.union_all(others))
    parts = shapely.get_parts(left)
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    touching = [shapely.distance(parts, shape) <= wide / 100 for shape in near]
    held = np.isin(shapely.area(parts).round(9), shapely.area(_holes(both)).round(9))
    return np.asarray(parts[touching[0] & touching[1] & ~held])


def _rough(around: gpd.GeoDataFrame) -> bool:
    return "basis" in around and bool((around["basis"] == "approximate").any())


def _fault(check: Check, kind: str, region: str, area: float, values: Mapping[str, Any]) -> Finding:
    return check.finding(
        kind,
        "fail",
        subject=region,
        region=region,
        expected=0.0,
        actual=round(area, 2),
        difference=round(area, 2),
        tolerance=NEGLIGIBLE_M2,
        unit="平方米",
        values=values,
    )


def _holes(shape: shapely.Geometry) -> Any:
    """Give the holes of a polygon or multipolygon, as polygons."""
    rings, part = shapely.get_rings(shapely.get_parts(shape), return_index=True)
    inner = np.append(False, part[1:] == part[:-1])[: len(rings)]
    return shapely.polygons(rings[inner])


def only_polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Leave out the points and lines where regions only touch.

    Examples
    --------
    >>> corner = shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(0, 0, 2, 1)])
    >>> only_polygons(corner).area
    2.0
    """
    return shapely.MultiPolygon([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])


REGION_ID = define("""layer.region_id 区域编号 | ids of regions
    区域编号是否唯一 | whether every region has an id of its own
    repeated: 区域编号“{subject}”出现 {actual:0} 次，应唯一。
    | The region id “{subject}” stands {actual:0} times; it must be unique.""")
FIELD_NAMES = MappingProxyType(
    {
        "name": ("XZQMC", "XZMC", "QYMC", "行政区名称", "乡镇名称", "区域名称", "名称", "NAME"),
        "code": ("XZQDM", "XZQHDM", "行政区代码", "区划代码", "ADCODE", "CODE"),
        "basis": ("数据性质",),
        "missing": ("缺少的成员",),
    }
)
"""Fields under which bureaus keep a region's name and code (行政区名称、行政区代码), and landgis
what its own layers say besides."""


_OWN = {*FIELD_NAMES["name"], *FIELD_NAMES["code"], "REGION_ID"} - {"名称", "NAME", "CODE"}
_DIVISION = r"[\u4e00-\u9fff]{1,18}(?:[镇乡县区市旗]|街道|苏木|办事处|管委会|林场|农场)"
_MOST = 0.8
"""Share of the texts of a field that are names of divisions where it is a field of names."""
MOST_REGIONS = 2_000
"""Rows of a layer that may be one of regions."""


def read_regions(
    source: str | Path | gpd.GeoDataFrame,
    *,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    to_crs: Any = None,
    fields: Mapping[str, str] | None = None,
) -> LayerRead:
    """Read a layer of districts, townships or other regions, and look for overlaps and gaps.

    Parameters
    ----------
    source
        A vector source, as for `read_layer`, or a layer that was read before.
    layer, crs, encoding, to_crs
        As for `read_layer`.
    fields
        Column of the table ``regions`` → field of the source (``{"name": "XZQMC"}``). Not given,
        name and code are looked for in `FIELD_NAMES`. ``region_id`` is the code if there is one,
        else the name.

    Returns
    -------
    LayerRead
        ``data``: table ``regions`` in the order and coordinate system of the source.
        ``findings``: ``layer.region_overlap`` for each pair that shares more than 1 m²,
        ``layer.region_gap`` for each hole between regions, ``layer.region_id`` for an id that
        stands for several regions, ``layer.fields`` where fields were found by their names, and
        those of reading.

    Raises
    ------
    InputError
        If there is no name, or no field of a name that is given.

    Examples
    --------
    >>> from shapely import box
    >>> boxes = [box(0, 0, 2, 1), box(1, 0, 3, 1)]
    >>> layer = gpd.GeoDataFrame({"XZQMC": ["甲镇", "乙镇"]}, geometry=boxes, crs=4549)
    >>> read = read_regions(layer, fields={"name": "XZQMC"})
    >>> read.data["region_id"].tolist(), read.findings["check"].tolist()
    (['甲镇', '乙镇'], [])
    """
    if isinstance(source, gpd.GeoDataFrame):
        name = "区域图层（regions）"
        read = LayerRead(source, findings_table())
    else:
        name = Path(source).name
        read = read_layer(source, layer=layer, crs=crs, encoding=encoding, to_crs=to_crs)
    guessed = {} if fields else region_fields(read.data)
    named = rename_fields(read.data, fields or guessed, name=name)
    if "name" not in named:
        kept = "、".join(fields_of(named))
        raise InputError(
            f'{name} 没有找到名称字段（现有：{kept}）：请在 fields 中指明，如 name = "XZQMC"。',
            f"{name} has no field of names (it has: {kept}): tell it in fields.",
        )
    regions = as_regions(named)
    noticed = findings_table(
        [*_fields_found(guessed), *_repeated(regions), *check_partition(regions)]
    )
    return LayerRead(regions, join_findings(read.findings, noticed))


def looks_like_regions(fields: Iterable[str]) -> bool:
    """Tell by its fields whether a layer may be one of districts or townships.

    Examples
    --------
    >>> looks_like_regions(["XZQDM", "XZQMC"]), looks_like_regions(["DKBH", "名称"])
    (True, False)
    """
    upper = {str(field).upper() for field in fields}
    return bool(upper & _OWN)


def find_gaps(frame: gpd.GeoDataFrame) -> list[Finding]:
    """Find gaps between the rows of a layer of regions; none if no field tells all apart.

    Examples
    --------
    >>> from shapely import box
    >>> boxes = [box(5e5, 34e5, 500_100, 3_400_100), box(500_100.1, 34e5, 500_200, 3_400_100)]
    >>> layer = gpd.GeoDataFrame({"XZQMC": ["甲镇", "乙镇"]}, geometry=boxes, crs=4549)
    >>> [finding.actual for finding in find_gaps(layer)]
    [10.0]
    """
    names = [c for c in frame.columns if str(c).upper() in _OWN and frame[c].is_unique]
    if not names:
        return []
    named = gpd.GeoDataFrame(
        {"name": id_text(frame[names[-1]])}, geometry=frame.geometry.to_numpy(), crs=frame.crs
    )
    polygons = named[named.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    return [found for found in check_partition(polygons) if found.check == "layer.region_gap"]


def as_regions(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Conform to the table ``regions``; the id is the code, else the name.

    Examples
    --------
    >>> from shapely import box
    >>> rows = {"name": ["甲镇", "乙镇"], "code": ["330502100", None]}
    >>> layer = gpd.GeoDataFrame(rows, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs=4549)
    >>> as_regions(layer)["region_id"].tolist()
    ['330502100', '乙镇']
    """
    frame = frame.copy()
    for column in {"code", "region_id", "parent_id"} & set(frame.columns):
        frame[column] = id_text(frame[column])
    if "basis" in frame:
        frame["basis"] = as_text(frame["basis"]).map(basis_code)
    if "region_id" not in frame.columns:
        ids = frame.get("code", frame.get("name"))
        if ids is not None:
            ids = id_text(ids)
            frame["region_id"] = ids.where(ids != "", frame.get("name", ids))
    name = frame.geometry.name
    frame = frame.rename_geometry("geometry") if name != "geometry" else frame
    return gpd.GeoDataFrame(conform(frame, REGIONS), geometry="geometry", crs=frame.crs)


def region_fields(frame: pd.DataFrame) -> dict[str, str]:
    """Find the fields of name and code: by what they are called, a name also by what it holds.

    Columns of table ``regions`` that the layer has under that name are left out. A name by its
    content is a field of different texts, most of which end as divisions do (镇, 街道, 县).

    Examples
    --------
    >>> region_fields(pd.DataFrame({"XZJMC": ["城关街道办事处", "石岭乡"], "XZQDM": ["1", "2"]}))
    {'code': 'XZQDM', 'name': 'XZJMC'}
    """
    upper = {str(field).upper(): str(field) for field in frame.columns}
    found = {
        column: next(upper[name] for name in names if name in upper)
        for column, names in FIELD_NAMES.items()
        if column not in frame.columns and any(name in upper for name in names)
    }
    if "name" not in frame.columns and "name" not in found:
        named = [str(field) for field in frame.columns if _holds_divisions(frame[field])]
        found |= {"name": named[0]} if named else {}
    return found


def _holds_divisions(column: pd.Series) -> bool:
    told = column.dropna()
    if not pd.api.types.is_string_dtype(told) or told.empty or not told.is_unique:
        return False
    return bool(told.astype(str).str.fullmatch(_DIVISION).mean() >= _MOST)


def _fields_found(fields: Mapping[str, str]) -> list[Finding]:
    pairs = [f"{column} = {field}" for column, field in fields.items()]
    return [FIELDS.finding("regions", "note", values={"pairs": pairs})] if pairs else []


def _repeated(regions: gpd.GeoDataFrame) -> list[Finding]:
    counts = regions["region_id"].value_counts(sort=False)
    return [
        REGION_ID.finding(
            "repeated",
            "fail",
            subject=str(region_id),
            expected=1,
            actual=int(count),
            difference=int(count) - 1,
        )
        for region_id, count in counts[counts > 1].items()
    ]
