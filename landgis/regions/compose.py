"""A plan's own regions: made of districts and townships, or drawn where it only lists them.

A plan divides its total among regions of its own making: districts, functional zones (功能区) and
accounting units (市直). `compose_regions` makes them of their members, each piece of land in one
region only, as the plan's figures have it.

Areas (片区) that a plan only lists get a schematic footprint where it names a place: of the stated
area, exactly, and in the named township; nothing more of it is true. One named for several
townships is spread over them in equal parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from landgis.divisions import Division, division, match, match_among, short_names
from landgis.errors import CRSError, InputError
from landgis.findings import Finding, Verdict, define, findings_table
from landgis.layers.read import LayerRead
from landgis.measure import Floats, area_m2, describe_crs, require_same_crs
from landgis.regions.read import NEGLIGIBLE_M2, as_regions, only_polygons
from landgis.schema import PARCELS, REGIONS, conform, shaped

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


PLACEMENT = define("""layer.placement 示意位置 | schematic placement
    示意图斑置于何处 | where a schematic footprint was put
    no_room: {subject}：找不到可容纳的位置，未绘制。 | {subject}: there is no room; not drawn.
    inside: {subject}：示意图斑置于{inside:list}。 | {subject}: drawn in {inside:list}.
    absent: {subject}：{absent:list}没有图形，示意图斑置于{region}。
    | {subject}: no polygon of {absent:list}: drawn in {region}.
    unplaced: {subject}：位置“{location}”没有乡镇图形，示意图斑置于{region}。
    | {subject}: no township polygon for “{location}”: drawn in {region}.""")
WIDTH_TO_HEIGHT = 4 / 3
GAP = 0.15
"""Free land left around a footprint, in parts of its height."""
STEP = 0.5
"""Distance between the places that are tried, in parts of the height."""


class _Host(NamedTuple):
    """Land that a part of a footprint may stand on, best first; the township, if it is one."""

    township: str
    shapes: tuple[BaseGeometry, ...]


@dataclass
class _BuiltUpon:
    """What is built upon already: extents (xmin, ymin, xmax, ymax) of all footprints so far."""

    crs: pyproj.CRS
    taken: list[Floats] = field(default_factory=list)

    def build(self, shapes: Iterable[BaseGeometry], area: float) -> BaseGeometry | None:
        """Put a rectangle of ``area`` m² into the first shape that has room, near its middle."""
        height = np.sqrt(area / WIDTH_TO_HEIGHT)
        half = np.array([WIDTH_TO_HEIGHT * height, height]) / 2
        for shape in shapes:
            shapely.prepare(shape)
            for centres in _outwards(shape, STEP * height):
                boxes = np.hstack([centres - half, centres + half])
                boxes = boxes[self._free(boxes, GAP * height)]
                inside = shapely.contains_properly(shape, shapely.box(*boxes.T))
                if inside.any():
                    self.taken.append(self._exact(boxes[inside][0], area))
                    return shapely.box(*self.taken[-1])
        return None

    def _free(self, boxes: Floats, gap: float) -> NDArray[np.bool_]:
        """Which boxes keep ``gap`` from all that is built upon."""
        taken = np.array(self.taken).reshape(-1, 4)
        right = boxes[:, None, :2] > taken[:, 2:] + gap
        left = boxes[:, None, 2:] < taken[:, :2] - gap
        return np.asarray(np.all(np.any(right | left, axis=2), axis=1))

    def _exact(self, box: Floats, area: float) -> Floats:
        """Scale a box about its middle until it measures ``area`` on the ellipsoid."""
        middle = (box[:2] + box[2:]) / 2
        for _ in range(3):
            scale = np.sqrt(area / area_m2([shapely.box(*box)], crs=self.crs)[0])
            half = (box[2:] - middle) * scale
            box = np.hstack([middle - half, middle + half])
        return box


def place_projects(
    projects: pd.DataFrame, townships: gpd.GeoDataFrame, *, regions: gpd.GeoDataFrame, crs: Any
) -> LayerRead:
    """Draw the areas (片区) of a plan's list as schematic footprints.

    Each area becomes rectangles of together its stated area (on the ellipsoid), one for each
    township it names, inside the township's polygon and the region's; no two touch. An area whose
    township has no polygon, or that names none, stands in the land of its region that no township
    polygon covers. The same list gives the same drawing.

    Parameters
    ----------
    projects
        Table ``projects`` of a plan.
    townships
        Table ``regions`` of townships.
    regions
        Table ``regions`` of the plan's regions, found by ``name``.
    crs
        Plane coordinate system of the drawing; the layers are transformed to it.

    Returns
    -------
    LayerRead
        ``data``: table ``parcels`` in ``crs``, ``basis`` schematic, index and order of
        ``projects``; ``parcel_id`` is the number in the list, the geometry a multipolygon, empty
        where there was no place. ``findings``: ``layer.placement`` for each area: a note where it
        stands in the townships named, unknown where only in the region, fail where nowhere.

    Raises
    ------
    CRSError
        If ``crs`` is no plane.

    Examples
    --------
    >>> town = {"region_id": ["t"], "name": ["织里镇"]}
    >>> square = [shapely.box(500_000, 3_400_000, 510_000, 3_410_000)]
    >>> townships = gpd.GeoDataFrame(town, geometry=square, crs=4549)
    >>> regions = townships.assign(name="吴兴区")
    >>> rows = {"number": [1], "region": ["吴兴区"], "category": ["低效工业片区"], "name": ["一期"]}
    >>> rows |= {"townships": [("织里镇",)], "area_ha": [20.0], "stage": [""], "location": [""]}
    >>> placed = place_projects(pd.DataFrame(rows), townships, regions=regions, crs=4549)
    >>> area_m2(placed.data).round(4).tolist(), placed.data["basis"].tolist()
    ([200000.0], ['schematic'])
    """
    plane = pyproj.CRS(crs)
    if not plane.is_projected:
        raise CRSError(
            f"示意图斑需要平面坐标系，{describe_crs(plane)} 不是；请用 3 度带投影，如 EPSG:4549。",
            f"Footprints need a plane; {describe_crs(plane, 'en')} is none. Use e.g. EPSG:4549.",
        )
    townships, regions = townships.to_crs(plane), regions.to_crs(plane)
    ground = _BuiltUpon(plane)
    shapes, findings = [], []
    row: Any
    for row in projects.itertuples():
        hosts = _hosts(row, townships, regions)
        share = row.area_ha * 10_000 / max(len(hosts), 1)
        tried = (ground.build(host.shapes, share) for host in hosts if share > 0)
        parts: list[Any] = [part for part in tried if part is not None]
        drawn = len(parts) == len(hosts) > 0
        shapes.append(shapely.MultiPolygon(parts if drawn else []))
        findings.append(_placement(row, hosts, drawn=drawn))
    data = gpd.GeoDataFrame(
        {
            "parcel_id": _numbers(projects),
            "name": projects["name"],
            "category": projects["category"],
            "recorded_area_m2": projects["area_ha"] * 10_000,
            "stage": projects["stage"],
            "region": projects["region"],
            "basis": "schematic",
            "location": projects["location"],
        },
        geometry=shapes,
        crs=plane,
        index=projects.index,
    )
    data = gpd.GeoDataFrame(conform(data, PARCELS), geometry="geometry", crs=plane)
    return LayerRead(data, findings_table(findings))


def _hosts(row: Any, townships: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> list[_Host]:
    """Find the land for each part: each named township, else the rest of the region."""
    found = regions[(regions["name"] == row.region) & ~regions.geometry.is_empty]
    region = found.geometry.iloc[0] if len(found) else None
    hosts = []
    for name in row.townships or ("",):
        named = townships[townships["name"] == name]
        land = named.geometry if region is None else named.geometry.intersection(region)
        there = [shape for shape in land if not shape.is_empty]
        if there:
            hosts.append(_Host(name, (there[0],)))
        elif region is not None:
            rest = shapely.difference(region, shapely.union_all(townships.geometry.to_numpy()))
            hosts.append(_Host("", (region,) if rest.is_empty else (rest, region)))
    return hosts


def _outwards(shape: BaseGeometry, step: float) -> Iterator[Floats]:
    """Give the points of a grid in the extent of ``shape``, from its middle outwards, in chunks."""
    middle = shape.centroid if shape.contains(shape.centroid) else shape.representative_point()
    x0, y0, x1, y1 = shape.bounds
    east = np.arange(np.floor((x0 - middle.x) / step), np.ceil((x1 - middle.x) / step) + 1)
    north = np.arange(np.floor((y0 - middle.y) / step), np.ceil((y1 - middle.y) / step) + 1)
    grid = np.stack(np.meshgrid(east, north), axis=-1).reshape(-1, 2)
    order = np.lexsort((grid[:, 0], grid[:, 1], (grid**2).sum(axis=1)))
    points = grid[order] * step + [middle.x, middle.y]
    for start in range(0, len(points), 512):
        yield points[start : start + 512]


def _numbers(projects: pd.DataFrame) -> list[str]:
    """Give the numbers of the list; to an area without one that of its row."""
    return [
        str(int(number)) if pd.notna(number) else f"#{position}"
        for position, number in enumerate(projects["number"], start=1)
    ]


def _placement(row: Any, hosts: list[_Host], *, drawn: bool) -> Finding:
    """Say where a footprint was put, and why."""
    inside = [h.township for h in hosts if h.township]
    absent = [name for name in row.townships if name not in inside]
    verdict: Verdict = "unknown"
    kind = "absent" if absent else "unplaced"
    if not drawn:
        verdict, kind = "fail", "no_room"
    elif len(inside) == len(hosts):
        verdict, kind = "note", "inside"
    return PLACEMENT.finding(
        kind,
        verdict,
        subject=str(row.name),
        region=str(row.region),
        category=str(row.category),
        actual=float(row.area_ha),
        unit="公顷",
        source=str(getattr(row, "source", "")),
        values={"inside": inside, "absent": absent, "location": row.location},
    )
