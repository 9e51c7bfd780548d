"""A layer of regions as delivered: its fields known by their names, its rows conformed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd

from landgis.errors import InputError
from landgis.findings import Finding, define, findings_table, join_findings
from landgis.layers.fields import FIELDS
from landgis.layers.read import LayerRead, fields_of, read_layer, rename_fields
from landgis.recorded import basis_code
from landgis.regions.partition import check_partition
from landgis.schema import REGIONS, as_text, conform, id_text

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
