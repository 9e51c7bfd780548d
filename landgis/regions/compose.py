"""A plan's own regions, made of districts and townships.

A plan divides its total among regions of its own making: districts, functional zones (功能区) and
accounting units (市直). `compose_regions` makes them of their members, each piece of land in one
region only, as the plan's figures have it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from landgis.divisions import Division, division, match, match_among, short_names
from landgis.errors import InputError
from landgis.findings import Finding, define, findings_table
from landgis.layers.read import LayerRead
from landgis.measure import area_m2, require_same_crs
from landgis.regions.read import NEGLIGIBLE_M2, as_regions, only_polygons
from landgis.schema import REGIONS, conform, shaped

CUT = define("""layer.cut 划分 | cutting
    哪块地划入了别的区域 | land that two regions claim, and which of them has it
    cut: {subject} 中 {actual:0} 平方米划入 {winner}。
    | {actual:0} m² of {subject} were given to {winner}.""")
NO_POLYGON = define("""layer.no_polygon 没有图形 | no polygon
    区域有无图形 | whether a region has a polygon
    none: {subject} 没有图形，按区域的面积核对无法判定。
    | {subject} has no polygon: its areas cannot be checked.""")
SHAPE = define("""layer.region_shape 区域图形 | shapes of regions
    区域图形是否有效 | whether the shapes of regions are valid
    invalid: {region} 的图形无效（{reason}），组成区域时已按修复后的图形计算，源数据未改。
    | The shape of {region} is invalid ({reason}); regions are made of a repaired copy.""")
NAME = define("""layer.name 相近的名称 | names nearly the same
    组成单元是否按相近的名称找到 | whether a member was found by a name nearly its own
    nearly: 边界图层中没有“{subject}”，按名称相近的“{name}”计；如不是，请在 [[regions]] 中写明。
    | No boundary is named “{subject}”; “{name}”, nearly the same, was taken. If it is another, say
      so in [[regions]].""")
MEMBER = define("""layer.member 组成单元 | members of a region
    区域的组成单元有无图形 | whether the members of a region have polygons
    none: {region} 的组成单元 {subject} 在边界图层中没有图形。
    | No boundary layer has a polygon of {subject}, a member of {region}.""")
CODES = define("""layer.code_clash 区划代码 | codes of divisions
    图层的代码是否与区划代码表一致 | whether codes of a layer mean what the list says
    clash: 边界图层有 {actual:0} 个代码与区划代码表不一致（如 {code} 在图层中是{name}，表中是
      {listed}），按图层自己的名称。
    | {actual:0} codes of the boundary layer mean others in the list of divisions ({code} is {name}
      here, {listed} there); names decide.""")


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
    districts: gpd.GeoDataFrame | None = None,
    townships: gpd.GeoDataFrame | None = None,
    within: str = "",
) -> LayerRead:
    """Make a plan's regions of districts and townships, each piece of land in one region only.

    Where two regions lay claim to the same land, a township goes before a district (南太湖新区,
    made of streets, is cut out of 吴兴区), and among equals the region that is listed first.

    A member is looked for by the names that the layers hold, short or with another ending too; an
    embedded code decides only where the layer's own name does not speak against it. A county of
    which the layers show only the townships is their union.

    Parameters
    ----------
    specs
        The plan's regions.
    districts, townships
        Tables ``regions`` in the same coordinate system; one of them may be left out.
    within
        Code of the place that the plan is for: its divisions are meant by the names.

    Returns
    -------
    LayerRead
        ``data``: table ``regions``, a row for each spec in their order; ``region_id`` is the
        code of the one division that a region is, else its name; ``basis`` approximate where a
        polygon that made or cut it is; ``missing`` names members without polygon, with 、
        between; the geometry is empty where there is none.
        ``findings``: ``layer.name`` for a member that was found by a name one character off,
        ``layer.code_clash`` where a layer's codes stand for other names in the list of divisions,
        ``layer.member`` for a member without polygon, ``layer.no_polygon`` for a
        region without, ``layer.cut`` for what went to another region (``actual`` in m²),
        ``layer.region_shape`` for an invalid shape, of which a repaired copy was used.

    Raises
    ------
    CRSError
        If the layers differ in coordinate system.
    InputError
        If two specs have the same name, or there is no layer.

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
    >>> made.findings[["check", "subject", "actual"]].values.tolist()
    [['layer.cut', '甲区', 5000.0]]
    """
    given = [layer for layer in (townships, districts) if layer is not None and len(layer)]
    given = given or [layer for layer in (townships, districts) if layer is not None]
    if not given:
        raise InputError(
            "没有边界图层：请给出乡镇或区县图层。",
            "There is no layer of boundaries: give townships or districts.",
        )
    if len(given) > 1:
        require_same_crs(given[1], given[0])
    names = [spec.name for spec in specs]
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise InputError(
            f"区域“{twice}”列了两次，请合并为一项。",
            f"The region “{twice}” is listed twice; make it one.",
        )
    crs = given[0].crs
    layers, told = zip(*(_repaired(layer) for layer in given), strict=True)
    claims, missing = _claims(specs, layers, within)
    findings = [*chain(*told), *_clashes(layers), *missing]
    if not specs:  # the plan has no figure of a region
        return LayerRead(conform(given[0].iloc[:0], REGIONS), findings_table(findings))
    shapes, bases, cuts = _shared_out(claims, len(specs), crs)
    findings += [
        CUT.finding(
            "cut",
            "note",
            subject=names[loser],
            region=names[loser],
            actual=round(area, 2),
            unit="平方米",
            values={"winner": names[winner]},
        )
        for loser, winner, area in cuts
    ]
    findings += [
        NO_POLYGON.finding("none", "unknown", subject=spec.name, region=spec.name)
        for spec, shape in zip(specs, shapes, strict=True)
        if shapely.is_empty(shape)
    ]
    rows = [_described(spec, claims[claims["owner"] == i], within) for i, spec in enumerate(specs)]
    data = gpd.GeoDataFrame(rows, geometry=shapes, crs=crs)
    data["basis"] = bases
    data["missing"] = ["、".join(f.subject for f in missing if f.region == n) for n in names]
    clash = data["region_id"].duplicated(keep=False)  # own codes that clash with the list's
    data["region_id"] = data["region_id"].mask(clash, data["name"])
    return LayerRead(as_regions(data), findings_table(findings))


# --- who claims what -----------------------------------------------------------------------


def outlines_of(
    regions: gpd.GeoDataFrame, districts: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Give what the regions lie in: the districts around them, or all of them as one.

    Parameters
    ----------
    regions
        Table ``regions``: the plan's regions.
    districts
        Table ``regions`` in the same coordinate system. One that is a plan region itself is no
        outline, nor one in which no region lies.

    Returns
    -------
    GeoDataFrame
        Table ``regions``; no row where no region has a polygon. One made of regions that are not
        official has their ``basis``.

    Examples
    --------
    >>> halves = gpd.GeoDataFrame({"region_id": ["1", "2"], "name": ["东镇", "西镇"],
    ...     "basis": ["", "approximate"]}, geometry=[shapely.box(1, 0, 2, 1),
    ...     shapely.box(0, 0, 1, 1)], crs=4549)
    >>> outline = outlines_of(halves)
    >>> outline["basis"].tolist(), outline.area.tolist()
    (['approximate'], [2.0])
    """
    drawn = shaped(regions)
    if drawn.empty:
        return conform(regions.iloc[:0], REGIONS)
    if districts is not None and len(districts):
        _, around = districts.sindex.query(drawn.representative_point(), predicate="within")
        found = districts.iloc[sorted(set(around))]
        found = found[~found["name"].isin(drawn["name"])]
        if len(found):
            return conform(found, REGIONS)
    bases = [basis for basis in conform(drawn, REGIONS)["basis"] if basis]
    whole = {"region_id": "", "name": "", "basis": bases[0] if bases else ""}
    shape = only_polygons(shapely.union_all(drawn.geometry.to_numpy()))
    return conform(gpd.GeoDataFrame([whole], geometry=[shape], crs=regions.crs), REGIONS)


def _repaired(layer: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Give a table ``regions`` whose shapes are valid, and say which were not."""
    regions = as_regions(layer).reset_index(drop=True)
    shapes = regions.geometry.to_numpy()
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    findings = [
        SHAPE.finding("invalid", "fail", subject=region_id, region=name, values={"reason": reason})
        for region_id, name, reason in zip(
            regions["region_id"][broken],
            regions["name"][broken],
            shapely.is_valid_reason(shapes[broken]),
            strict=True,
        )
    ]
    return regions.set_geometry(shapely.make_valid(shapes), crs=regions.crs), findings


def _claims(
    specs: Sequence[RegionSpec], layers: Sequence[gpd.GeoDataFrame], within: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Look up every member: who claims which polygon, finest layer first, then as listed."""
    rows, findings = [], []
    wanted = [
        (owner, spec, member)
        for owner, spec in enumerate(specs)
        for member in ((spec.members or (spec.name,)) if spec.polygon else ())
    ]
    names = {member for _, _, member in wanted}
    for owner, spec, member in wanted:
        kind, number, row = _find(member, layers, within)
        if row is not None and kind == "suggested":
            if row["name"] in names:  # somebody else is meant by it
                row = None
            else:
                told = {"name": row["name"]}
                findings.append(
                    NAME.finding("nearly", "unknown", subject=member, region=spec.name, values=told)
                )
        if row is not None:
            rows.append({"owner": owner, "layer": number, **row})
        elif spec.members:
            findings.append(MEMBER.finding("none", "unknown", subject=member, region=spec.name))
    columns = ["owner", "layer", *REGIONS.names]
    claims = pd.DataFrame(rows, columns=columns)
    return claims.sort_values(["layer", "owner"], kind="stable", ignore_index=True), findings


def _find(
    member: str, layers: Sequence[gpd.GeoDataFrame], within: str
) -> tuple[str, int, dict[str, Any] | None]:
    """Find a member in the layers: by id or code as written, by name, by its division, nearly.

    A layer's own names go before codes of the list of divisions, which a bureau may have given to
    other townships. A division may stand in several rows (飞地): these are one.
    """
    return next(
        (
            (kind, number, row)
            for way in (_by_id, _by_own_name, _by_division, _nearly_named)
            for kind, number, row in way(member, layers, within)
        ),
        ("unknown", -1, None),
    )


_Hit = tuple[str, int, dict[str, Any]]


def _by_id(member: str, layers: Sequence[gpd.GeoDataFrame], _: str) -> Iterator[_Hit]:
    for column, value in (("region_id", member), ("code", _plain(member))):
        for number, layer in enumerate(layers):
            stored = layer[column].map(_plain) if column == "code" else layer[column]
            hits = layer[(stored == value) & (value != "")]
            if len(hits) and len(set(hits["code"])) == 1:
                yield "exact", number, _united(hits)


def _by_own_name(member: str, layers: Sequence[gpd.GeoDataFrame], _: str) -> Iterator[_Hit]:
    among = [match_among(member, list(layer["name"])) for layer in layers]
    for kind in ("exact", "abbreviated"):
        for number, layer in enumerate(layers):
            if among[number][0] == kind:
                hits = layer[layer["name"] == layer["name"].iloc[among[number][1]]]
                if len(hits) == 1 or (len(set(hits["code"])) == 1 and hits["code"].iloc[0]):
                    yield kind, number, _united(hits)


def _by_division(member: str, layers: Sequence[gpd.GeoDataFrame], within: str) -> Iterator[_Hit]:
    found = match(member, within=within or None)
    if found.division is None:
        return
    for number, layer in enumerate(layers):
        hits = layer[layer["code"].map(_plain) == found.code]
        if len(hits) and _agrees(hits["name"].iloc[0], found.name):
            yield "code", number, _united(hits)
    if found.division.level != "township":
        parts = _parts_of(found.code, layers[0], whole=found.code == within)
        if len(parts):
            own = {"region_id": found.code, "name": found.name, "code": found.code}
            own |= {"level": found.division.level, "parent_id": found.division.parent}
            yield "parts", 0, {**_united(parts), **own}


def _nearly_named(member: str, layers: Sequence[gpd.GeoDataFrame], within: str) -> Iterator[_Hit]:
    if match(member, within=within or None).division is not None:
        return  # no misspelling: a division of that name exists
    for number, layer in enumerate(layers):
        kind, position = match_among(member, list(layer["name"]))
        if kind == "suggested":
            yield kind, number, _united(layer.iloc[[position]])


def _united(rows: gpd.GeoDataFrame) -> dict[str, Any]:
    """Give one row of several of the same division."""
    return {**rows.iloc[0], "geometry": shapely.union_all(rows.geometry.to_numpy())}


def _agrees(name: str, division_name: str) -> bool:
    """Whether a layer's own name, if it is one of a place, may stand for what its code means."""
    return not short_names(name) or match_among(name, [division_name])[1] == 0


def _parts_of(code: str, layer: gpd.GeoDataFrame, *, whole: bool) -> gpd.GeoDataFrame:
    """Give the townships of a county: by code or parent; all, if the plan is for that county."""
    below = layer["code"].str.startswith(code) | layer["parent_id"].eq(code)
    inside = layer[below]
    if whole and not inside.empty and len(inside) < len(layer):
        return inside
    return layer if whole else inside


def _clashes(layers: Sequence[gpd.GeoDataFrame]) -> list[Finding]:
    """Say of a layer that its codes stand for other names in the list of divisions."""
    findings = []
    for layer in layers:
        codes = layer["code"].map(_plain)
        other = [
            (name, code, listed.name)
            for name, code in zip(layer["name"], codes, strict=True)
            if name and (listed := _listed(code)) and not _agrees(name, listed.name)
        ]
        if other:
            name, code, listed_name = other[0]
            findings.append(
                CODES.finding(
                    "clash",
                    "note",
                    actual=float(len(other)),
                    members=tuple(name for name, _, _ in other),
                    values={"name": name, "code": code, "listed": listed_name},
                )
            )
    return findings


def _listed(code: str) -> Division | None:
    try:
        return division(code) if code else None
    except InputError:
        return None


def _plain(code: str) -> str:
    """Leave out the zeros that fill a code up to 9 or 12 digits (330502100000 is 330502100)."""
    return re.sub(r"^(\d{6})000$", r"\1", re.sub(r"^(\d{9})000$", r"\1", code))


# --- sharing out ---------------------------------------------------------------------------


def _shared_out(
    claims: pd.DataFrame, count: int, crs: Any
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
    same = len(claims) == 1 and match_among(spec.name, [claims["name"].iloc[0]])[0]
    if same in {"exact", "abbreviated"}:
        row = claims.iloc[0]
        keys = ("region_id", "level", "code", "parent_id")
        return {"name": spec.name, "source": row["source"], **{k: row[k] for k in keys}}
    known = found.division
    return {
        "name": spec.name,
        "region_id": known.code if known else spec.name,
        "level": known.level if known else found.kind.replace("unknown", "zone"),
        "code": known.code if known else "",
        "parent_id": known.parent if known else within,
        "source": "、".join(dict.fromkeys(claims["name"])),
    }
