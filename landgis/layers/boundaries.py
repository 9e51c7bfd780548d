"""Regions: boundary layers as delivered, as made from packages, and a plan's own regions.

A plan divides its total among regions of its own making: districts, functional zones (功能区) and
accounting units (市直). `compose_regions` makes them of districts and townships, each piece of
land in one region only, as the plan's figures have it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.divisions import match
from landgis.errors import InputError
from landgis.findings import Finding, findings_table, join_findings
from landgis.language import Lang, say
from landgis.layers.gazetteer import Source, divisions_of
from landgis.layers.read import LayerRead, read_layer, rename_fields
from landgis.measure import area_m2, require_same_crs
from landgis.schema import REGIONS, conform

FIELD_NAMES = MappingProxyType(
    {
        "name": ("XZQMC", "XZMC", "QYMC", "行政区名称", "乡镇名称", "区域名称", "名称", "NAME"),
        "code": ("XZQDM", "XZQHDM", "行政区代码", "区划代码", "ADCODE", "CODE"),
    },
)
"""Fields under which bureaus keep a region's name and code (行政区名称、行政区代码)."""

NEGLIGIBLE_M2 = 1.0
"""Overlaps, gaps and cuts below this area are the rounding of coordinates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSpec:
    """What a plan region is made of.

    Parameters
    ----------
    name
        As in the plan.
    members
        Names or codes of the districts and townships that make it up; none: the division of its
        own name.
    polygon
        False for a region without land of its own (市直), or whose land no layer shows.

    Examples
    --------
    >>> RegionSpec(name="南太湖新区", members=("龙溪街道", "凤凰街道")).polygon
    True
    """

    name: str
    members: tuple[str, ...] = ()
    polygon: bool = True


def read_regions(
    source: str | Path | gpd.GeoDataFrame,
    *,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    to_crs: Any = None,
    fields: Mapping[str, str] | None = None,
    lang: Lang = "zh",
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
    >>> boxes = [shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)]
    >>> layer = gpd.GeoDataFrame({"XZQMC": ["甲镇", "乙镇"]}, geometry=boxes, crs=4549)
    >>> read = read_regions(layer, fields={"name": "XZQMC"})
    >>> read.data["region_id"].tolist(), read.findings["check"].tolist()
    (['甲镇', '乙镇'], [])
    """
    if isinstance(source, gpd.GeoDataFrame):
        name, read = (
            say(lang, "区域图层", "The layer of regions"),
            LayerRead(source, findings_table()),
        )
    else:
        name = Path(source).name
        read = read_layer(source, layer=layer, crs=crs, encoding=encoding, to_crs=to_crs, lang=lang)
    guessed = {} if fields else _known_fields(read.data)
    named = rename_fields(read.data, fields or guessed, name=name)
    if "name" not in named:
        kept = "、".join(str(c) for c in named.columns if c != named.geometry.name)
        raise InputError(
            f'{name} 没有找到名称字段（现有：{kept}）：请在 fields 中指明，如 name = "XZQMC"。',
            f"{name} has no field of names (it has: {kept}): tell it in fields.",
        )
    regions = _as_regions(named)
    noticed = findings_table(
        [
            *_fields_found(guessed, lang),
            *_repeated(regions, lang),
            *check_partition(regions, lang=lang),
        ],
    )
    return LayerRead(regions, join_findings(read.findings, noticed))


def make_boundaries(
    place: str,
    *,
    level: Literal["county", "township"] | None = None,
    source: Source = "amap",
    lang: Lang = "zh",
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
        Whose district polygons: see `landgis.layers.gazetteer.county_polygons`.

    Returns
    -------
    LayerRead
        ``data``: table ``regions`` in EPSG:4326, townships with ``basis`` approximate.
        ``findings``: as `landgis.layers.gazetteer.divisions_of`.

    Raises
    ------
    InputError
        If no county or prefecture has this name or code, or several have the name.
    MissingPackageError
        If an optional package is not installed; the message says how to install it.

    Examples
    --------
    >>> make_boundaries("连州市", level="township").data["name"].tolist()[:2]
    ['连州镇', '星子镇']
    """
    made = divisions_of(place, source=source, lang=lang)
    layers = {"county": [made.districts], "township": [made.townships]}
    chosen = layers[level] if level else [made.districts, made.townships]
    return LayerRead(pd.concat(chosen, ignore_index=True), made.findings)


def check_partition(regions: gpd.GeoDataFrame, *, lang: Lang = "zh") -> list[Finding]:
    """Find land in two regions, and holes between regions.

    A hole inside one region is the land of another place (飞地), and approximate regions do not
    claim to meet: neither is a gap.

    Returns
    -------
    list of Finding
        ``layer.region_overlap`` and ``layer.region_gap``, ``actual`` in m².

    Examples
    --------
    >>> at = {"ymin": 3_400_000, "ymax": 3_400_010}
    >>> boxes = [shapely.box(xmin=x, **at, xmax=x + 20) for x in (500_000, 500_010)]
    >>> rows = {"region_id": ["1", "2"], "name": ["甲镇", "乙镇"]}
    >>> [f.message for f in check_partition(gpd.GeoDataFrame(rows, geometry=boxes, crs=4549))]
    ['甲镇 与 乙镇 重叠 100 平方米。']
    """
    findings = []
    shapes = shapely.make_valid(regions.geometry.to_numpy())
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    pairs = np.column_stack([left, right])[left < right]
    common = shapely.intersection(shapes[pairs[:, 0]], shapes[pairs[:, 1]])
    areas = area_m2(common, crs=regions.crs)
    names = regions["name"].to_numpy()
    for (a, b), area in zip(pairs, areas, strict=True):
        if area > NEGLIGIBLE_M2:
            findings.append(
                _finding(
                    "layer.region_overlap",
                    names[a],
                    area,
                    say(
                        lang,
                        f"{names[a]} 与 {names[b]} 重叠 {area:.0f} 平方米。",
                        f"{names[a]} and {names[b]} share {area:.0f} m².",
                    ),
                ),
            )
    holes = _holes(shapely.union_all(shapes))
    for hole, area in zip(holes, area_m2(holes, crs=regions.crs), strict=True):
        around = regions.iloc[tree.query(hole, predicate="intersects")]
        rough = "basis" in around and (around["basis"] == "approximate").any()
        if area > NEGLIGIBLE_M2 and len(around) > 1 and not rough:
            place = "、".join(sorted(around["name"]))
            findings.append(
                _finding(
                    "layer.region_gap",
                    place,
                    area,
                    say(
                        lang,
                        f"{place} 之间有 {area:.0f} 平方米不属于任何区域。",
                        f"{area:.0f} m² between {place} belong to no region.",
                    ),
                ),
            )
    return findings


def compose_regions(
    specs: Sequence[RegionSpec],
    *,
    districts: gpd.GeoDataFrame,
    townships: gpd.GeoDataFrame | None = None,
    within: str = "",
    lang: Lang = "zh",
) -> LayerRead:
    """Make a plan's regions of districts and townships, each piece of land in one region only.

    Where two regions lay claim to the same land, a township goes before a district (南太湖新区,
    made of streets, is cut out of 吴兴区), and among equals the region that is listed first.

    Parameters
    ----------
    specs
        The plan's regions.
    districts, townships
        Tables ``regions`` in the same coordinate system.
    within
        Code of the place that the plan is for: its divisions are meant by the names.

    Returns
    -------
    LayerRead
        ``data``: table ``regions``, a row for each spec in their order; ``region_id`` is the
        code of the one division that a region is, else its name; ``basis`` approximate where a
        polygon that made or cut it is; the geometry is empty where there is none.
        ``findings``: ``layer.member`` for a member without polygon, ``layer.no_polygon`` for a
        region without, ``layer.cut`` for what went to another region (``actual`` in m²),
        ``layer.region_shape`` for an invalid shape, of which a repaired copy was used.

    Raises
    ------
    CRSError
        If the layers differ in coordinate system.
    InputError
        If two specs have the same name.

    Examples
    --------
    >>> def layer(names, boxes, basis=""):
    ...     rows = {"region_id": names, "name": names, "basis": basis}
    ...     return gpd.GeoDataFrame(rows, geometry=boxes, crs=4549)
    >>> town = shapely.box(500_000, 3_400_000, 500_100, 3_400_100)
    >>> districts = layer(["甲区"], [town])
    >>> east = shapely.box(500_050, 3_400_000, 500_100, 3_400_100)
    >>> streets = layer(["乙街道"], [east], "approximate")
    >>> specs = [RegionSpec(name="甲区"), RegionSpec(name="新区", members=("乙街道",))]
    >>> made = compose_regions(specs, districts=districts, townships=streets)
    >>> made.data.geometry.area.tolist(), made.data["basis"].tolist()
    ([5000.0, 5000.0], ['approximate', 'approximate'])
    >>> made.findings["message"].tolist()
    ['甲区 中 5000 平方米划入 新区。']
    """
    if townships is not None:
        require_same_crs(districts, townships)
    names = [spec.name for spec in specs]
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise InputError(
            f"区域“{twice}”列了两次，请合并为一项。",
            f"The region “{twice}” is listed twice; make it one.",
        )
    given = [districts] if townships is None else [townships, districts]
    repaired = [_repaired(layer, lang) for layer in given]
    claims, findings = _claims(specs, [layer for layer, _ in repaired], within, lang)
    findings = [*(f for _, found in repaired for f in found), *findings]
    shapes, bases, cuts = _partition(claims, len(specs), districts.crs)
    findings += [_cut(names[loser], names[winner], area, lang) for loser, winner, area in cuts]
    findings += [
        _without_polygon(spec, lang)
        for spec, shape in zip(specs, shapes, strict=True)
        if shape.is_empty
    ]
    rows = [_described(spec, claims[claims["owner"] == i], within) for i, spec in enumerate(specs)]
    data = gpd.GeoDataFrame(rows, geometry=shapes, crs=districts.crs)
    data["basis"] = bases
    return LayerRead(_as_regions(data), findings_table(findings))


# --- reading -------------------------------------------------------------------------------


def _known_fields(frame: gpd.GeoDataFrame) -> dict[str, str]:
    """Find name and code among the fields, unless the layer has the columns of landgis."""
    upper = {str(field).upper(): str(field) for field in frame.columns}
    return {
        column: next(upper[name] for name in names if name in upper)
        for column, names in FIELD_NAMES.items()
        if column not in frame.columns and any(name in upper for name in names)
    }


def _fields_found(fields: Mapping[str, str], lang: Lang) -> list[Finding]:
    if not fields:
        return []
    told = "、".join(f"{column} = {field}" for column, field in fields.items())
    return [
        Finding(
            check="layer.fields",
            verdict="pass",
            message=say(
                lang,
                f"区域图层未指定字段，按字段名识别：{told}。",
                f"No fields were given for the regions; found by their names: {told}.",
            ),
        )
    ]


def _as_regions(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Conform to the table ``regions``; the id is the code, else the name."""
    frame = frame.copy()
    if "region_id" not in frame.columns:
        ids = frame.get("code", frame.get("name"))
        if ids is not None:
            ids = ids.astype("object").where(ids.notna(), "").astype("str")
            frame["region_id"] = ids.where(ids != "", frame.get("name", ids))
    name = frame.geometry.name
    frame = frame.rename_geometry("geometry") if name != "geometry" else frame
    return gpd.GeoDataFrame(conform(frame, REGIONS), geometry="geometry", crs=frame.crs)


def _repeated(regions: gpd.GeoDataFrame, lang: Lang) -> list[Finding]:
    counts = regions["region_id"].value_counts(sort=False)
    return [
        Finding(
            check="layer.region_id",
            verdict="fail",
            subject=str(region_id),
            expected=1,
            actual=int(count),
            difference=int(count) - 1,
            message=say(
                lang,
                f"区域编号“{region_id}”出现 {count} 次，应唯一。",
                f"The region id “{region_id}” stands {count} times; it must be unique.",
            ),
        )
        for region_id, count in counts[counts > 1].items()
    ]


def _holes(shape: shapely.Geometry) -> Any:
    """Give the holes of a polygon or multipolygon, as polygons."""
    rings, part = shapely.get_rings(shapely.get_parts(shape), return_index=True)
    inner = np.append(False, part[1:] == part[:-1])[: len(rings)]
    return shapely.polygons(rings[inner])


def _only_polygons(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Leave out the points and lines where regions only touch."""
    return shapely.MultiPolygon([p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"])


# --- composing -----------------------------------------------------------------------------


def _repaired(layer: gpd.GeoDataFrame, lang: Lang) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give a table ``regions`` whose shapes are valid, and say which were not."""
    regions = _as_regions(layer).reset_index(drop=True)
    shapes = regions.geometry.to_numpy()
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    findings = [
        Finding(
            check="layer.region_shape",
            verdict="fail",
            subject=region_id,
            region=name,
            message=say(
                lang,
                f"{name} 的图形无效（{reason}），组成区域时已按修复后的图形计算，源数据未改。",
                f"The shape of {name} is invalid ({reason}); regions are made of a repaired copy.",
            ),
        )
        for region_id, name, reason in zip(
            regions["region_id"][broken],
            regions["name"][broken],
            shapely.is_valid_reason(shapes[broken]),
            strict=True,
        )
    ]
    return regions.set_geometry(shapely.make_valid(shapes), crs=regions.crs), findings


def _claims(
    specs: Sequence[RegionSpec],
    layers: Sequence[gpd.GeoDataFrame],
    within: str,
    lang: Lang,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Look up every member: who claims which polygon, finest layer first, then as listed."""
    rows, findings = [], []
    for owner, spec in enumerate(specs):
        for member in spec.members or (spec.name,):
            if not spec.polygon:
                continue
            found = _find(member, layers, within)
            if found:
                rows.append({"owner": owner, "layer": found[0], **found[1]})
            elif spec.members:
                findings.append(_missing_member(spec, member, lang))
    columns = ["owner", "layer", *REGIONS.names]
    claims = pd.DataFrame(rows, columns=columns)
    return claims.sort_values(["layer", "owner"], kind="stable", ignore_index=True), findings


def _find(
    member: str,
    layers: Sequence[gpd.GeoDataFrame],
    within: str,
) -> tuple[int, dict[str, Any]] | None:
    """Find a member in the layers by id, code or name, or by the division that it stands for.

    A division may stand in several rows (飞地): these are one. Several divisions of one name are
    no answer.
    """
    code = match(member, within=within or None).code
    keys = (("region_id", member), ("code", _plain(member)), ("code", code), ("name", member))
    for column, value in keys:
        for number, layer in enumerate(layers):
            stored = layer[column].map(_plain) if column == "code" else layer[column]
            hits = layer[(stored == value) & (value != "")]
            if len(hits) and len(set(hits["code"])) == 1 and (len(hits) == 1 or column != "name"):
                shape = shapely.union_all(hits.geometry.to_numpy())
                return number, {**hits.iloc[0], "geometry": shape}
    return None


def _plain(code: str) -> str:
    """Leave out the zeros that fill a code up to 9 or 12 digits (330502100000 is 330502100)."""
    return re.sub(r"^(\d{6})000$", r"\1", re.sub(r"^(\d{9})000$", r"\1", code))


def _partition(
    claims: pd.DataFrame,
    count: int,
    crs: Any,
) -> tuple[list[shapely.Geometry], list[str], list[tuple[int, int, float]]]:
    """Share the land out: each claim gets what no region before it has taken."""
    shapes: list[shapely.Geometry] = [shapely.MultiPolygon()] * count
    approximate = [False] * count
    cuts = []
    for owner, basis, shape in claims[["owner", "basis", "geometry"]].itertuples(index=False):
        own, rough = shape, basis == "approximate"
        for other in range(count):
            if other == owner or not shapely.intersects(own, shapes[other]):
                continue
            area = float(area_m2([shapely.intersection(own, shapes[other])], crs=crs)[0])
            if area > NEGLIGIBLE_M2:
                cuts.append((owner, other, area))
                rough = rough or approximate[other]
            own = shapely.difference(own, shapes[other])
        shapes[owner] = _only_polygons(shapely.union(shapes[owner], own))
        approximate[owner] = approximate[owner] or rough
    return shapes, ["approximate" if rough else "" for rough in approximate], cuts


def _described(spec: RegionSpec, claims: pd.DataFrame, within: str) -> dict[str, str]:
    """Give a region its id, level and code: those of the division that it is, if it is one."""
    found = match(spec.name, within=within or None)
    single = len(claims) == 1 and claims["name"].iloc[0] in (spec.name, found.name)
    if single:
        row = claims.iloc[0]
        keys = ("region_id", "level", "code", "parent_id")
        return {"name": spec.name, "source": row["source"], **{k: row[k] for k in keys}}
    division = found.division
    return {
        "name": spec.name,
        "region_id": division.code if division else spec.name,
        "level": division.level if division else found.kind.replace("unknown", "zone"),
        "code": division.code if division else "",
        "parent_id": division.parent if division else within,
        "source": "、".join(dict.fromkeys(claims["name"])),
    }


def _finding(check: str, region: str, area: float, message: str) -> Finding:
    return Finding(
        check=check,
        verdict="fail",
        subject=region,
        region=region,
        expected=0.0,
        actual=round(area, 2),
        difference=round(area, 2),
        tolerance=NEGLIGIBLE_M2,
        unit="平方米",
        message=message,
    )


def _cut(loser: str, winner: str, area: float, lang: Lang) -> Finding:
    return Finding(
        check="layer.cut",
        verdict="pass",
        subject=loser,
        region=loser,
        actual=round(area, 2),
        unit="平方米",
        message=say(
            lang,
            f"{loser} 中 {area:.0f} 平方米划入 {winner}。",
            f"{area:.0f} m² of {loser} were given to {winner}.",
        ),
    )


def _missing_member(spec: RegionSpec, member: str, lang: Lang) -> Finding:
    return Finding(
        check="layer.member",
        verdict="unknown",
        subject=member,
        region=spec.name,
        message=say(
            lang,
            f"{spec.name} 的组成单元 {member} 在边界图层中没有图形。",
            f"No boundary layer has a polygon of {member}, a member of {spec.name}.",
        ),
    )


def _without_polygon(spec: RegionSpec, lang: Lang) -> Finding:
    return Finding(
        check="layer.no_polygon",
        verdict="unknown",
        subject=spec.name,
        region=spec.name,
        message=say(
            lang,
            f"{spec.name} 没有图形，按区域的面积核对无法判定。",
            f"{spec.name} has no polygon: its areas cannot be checked.",
        ),
    )
