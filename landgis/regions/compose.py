"""A plan's own regions, made of districts and townships.

A plan divides its total among regions of its own making: districts, functional zones (功能区) and
accounting units (市直). `compose_regions` makes them of their members, each piece of land in one
region only, as the plan's figures have it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from landgis.divisions import match
from landgis.errors import InputError
from landgis.findings import Finding, findings_table
from landgis.language import Lang, say
from landgis.layers.read import LayerRead
from landgis.measure import area_m2, require_same_crs
from landgis.regions.partition import NEGLIGIBLE_M2, only_polygons
from landgis.regions.read import as_regions
from landgis.schema import REGIONS


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
    layers, told = zip(*(_repaired(layer, lang) for layer in given), strict=True)
    claims, missing = _claims(specs, layers, within, lang)
    findings = [*chain(*told), *missing]
    shapes, bases, cuts = _shared_out(claims, len(specs), districts.crs)
    findings += [_cut(names[loser], names[winner], area, lang) for loser, winner, area in cuts]
    findings += [
        _without_polygon(spec, lang)
        for spec, shape in zip(specs, shapes, strict=True)
        if shape.is_empty
    ]
    rows = [_described(spec, claims[claims["owner"] == i], within) for i, spec in enumerate(specs)]
    data = gpd.GeoDataFrame(rows, geometry=shapes, crs=districts.crs)
    data["basis"] = bases
    return LayerRead(as_regions(data), findings_table(findings))


# --- who claims what -----------------------------------------------------------------------


def _repaired(layer: gpd.GeoDataFrame, lang: Lang) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give a table ``regions`` whose shapes are valid, and say which were not."""
    regions = as_regions(layer).reset_index(drop=True)
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
        for member in (spec.members or (spec.name,)) if spec.polygon else ():
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


# --- sharing out ---------------------------------------------------------------------------


def _shared_out(
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
        shapes[owner] = only_polygons(shapely.union(shapes[owner], own))
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


# --- what is told --------------------------------------------------------------------------


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
