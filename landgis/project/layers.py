"""The layers that a project file names, in one coordinate system: that of the parcels.

Parcels are read from their layer, or placed by the plan's list; regions are what the file says that
they are made of, or the ones that the plan speaks of.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from landgis.crs.conversion import suspect_shift
from landgis.divisions import match_among
from landgis.errors import InputError
from landgis.files.inputs import forget
from landgis.findings import findings_table, join_findings
from landgis.landuse import canonical
from landgis.layers.fields import as_parcels, decide_area_unit
from landgis.layers.lists import read_list
from landgis.layers.read import LayerRead, read_layer, rename_fields
from landgis.layers.repair import repair_layer
from landgis.measure import area_m2
from landgis.plan.model import Plan
from landgis.project.settings import LayerSection, ListSection, ParcelsSection, Project
from landgis.regions.compose import RegionSpec, compose_regions
from landgis.regions.read import read_regions
from landgis.regions.schematic import place_projects
from landgis.schema import PARCELS, conform
from landgis.standards import guess_fields
from landgis.units import M2_PER_UNIT

Uses = Mapping[str, str | Mapping[str, float]]
_NONE: Uses = MappingProxyType({})
_OF_A_SURVEY = {"TBBH", "TBYBH", "TBMJ", "TBDLMJ"}
"""Fields that only the polygons of a land survey (图斑) have."""


class LandRead(NamedTuple):
    """What lies on the map, all in one coordinate system."""

    parcels: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    findings: pd.DataFrame
    surveyed: bool = False
    """Whether the parcels are polygons of a land survey (图斑)."""


def read_land(project: Project, plan: Plan) -> LandRead:
    """Read the layers and make the plan's regions, in the coordinate system of the parcels."""
    given = None if project.parcels is None else read_parcels(project.parcels, project.uses)
    if given is not None:
        said = given.findings["check"].eq("layer.category")  # by the check of parcels, too
        given = LayerRead(given.data, given.findings[~said].reset_index(drop=True))
    crs = given.data.crs if given else project.schematic and project.schematic.crs
    districts, townships = (
        None if section is None else _read_regions(section, crs)
        for section in (project.boundaries.districts, project.boundaries.townships)
    )
    regions = compose_regions(
        _specs(project, plan) or _whole(districts or townships, plan),
        districts=districts and districts.data,
        townships=townships and townships.data,
        within=plan.jurisdiction_code,
    )
    first = districts or townships
    assert first is not None  # noqa: S101 - compose_regions refuses a project without boundaries
    districts = districts or LayerRead(first.data.iloc[:0], findings_table())
    townships = townships or LayerRead(first.data.iloc[:0], findings_table())
    if given is not None:
        given = given._replace(
            data=_recorded_as(given.data, regions.data, townships=townships.data)
        )
    land = given or place_projects(plan.projects, townships.data, regions=regions.data, crs=crs)
    named = project.boundaries.districts or project.boundaries.townships
    shift = [
        finding
        for finding in suspect_shift(
            districts.data, townships.data, name=named.name if named else ""
        )
        if finding.verdict == "fail"  # townships of a part of a district are no evidence
    ]
    findings = (
        land.findings,
        districts.findings,
        townships.findings,
        findings_table(shift),
        regions.findings,
    )
    backdrop = _inside(townships.data, regions.data)
    told = {*land.data.columns, *(project.parcels.fields.values() if project.parcels else ())}
    surveyed = bool(_OF_A_SURVEY & told)
    found = join_findings(*findings)
    return LandRead(land.data, regions.data, backdrop, districts.data, found, surveyed)


def _inside(townships: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep the townships of the plan's regions; all of them if no region has a polygon."""
    ground = regions.geometry.union_all()
    return (
        townships if ground.is_empty else townships[townships.representative_point().within(ground)]
    )


def read_parcels(section: ParcelsSection, uses: Uses = _NONE) -> LayerRead:
    """Read a layer of parcels; whether it is shifted, and what was mended, is in the findings.

    ``uses`` are a bureau's own words and codes; no classification is asked for these.
    """
    parcels, findings = as_parcels(
        read_section(section),
        fields=section.fields,
        category_scheme=section.scheme,
        area_unit=section.area_unit,
        own=[word for word, use in uses.items() if use],
        name=section.name,
    )
    if section.reference is not None:
        beside = read_beside(section.reference)
        shift = suspect_shift(parcels, beside, name=section.name)
        findings = join_findings(findings, findings_table(shift))
    if section.repair:
        repaired = repair_layer(parcels)
        parcels, findings = repaired.data, join_findings(findings, repaired.findings)
    return map_uses(LayerRead(parcels, findings), uses)


def _read_regions(section: LayerSection, crs: Any) -> LayerRead:
    read = read_section(section, to_crs=crs)
    regions = read_regions(read.data, fields=section.fields)
    return LayerRead(regions.data, join_findings(read.findings, regions.findings))


def read_section(section: LayerSection, *, to_crs: Any = None) -> LayerRead:
    """Read a layer in the way that its table of the project file says."""
    read = read_layer(
        section.file,
        layer=section.layer,
        crs=section.crs,
        encoding=section.encoding,
        datum_shift=section.datum_shift,
        to_crs=to_crs,
    )
    forget(section.file, section.layer)  # nobody reads it after this
    return read


def read_beside(section: LayerSection, *, to_crs: Any = None) -> gpd.GeoDataFrame:
    """Read a layer to hold the parcels against: earlier parcels, control lines, a survey."""
    read = read_section(section, to_crs=to_crs)
    return rename_fields(read.data, section.fields, name=section.name)


def read_listed(
    section: ListSection,
    parcels: gpd.GeoDataFrame,
    uses: Mapping[str, str | Mapping[str, float]],
) -> gpd.GeoDataFrame:
    """Read a list as table ``parcels``; its unit is the one in which it agrees with the map.

    Raises
    ------
    InputError
        If the file has no head, no use or no area, or the unit of its areas cannot be told.
    """
    table = read_list(section.file, sheet=section.layer)
    fields = guess_fields(table, fields=section.fields)
    title = str(table.attrs.get("title", ""))
    lacking = [c for c in ("parcel_id", "category", "recorded_area_m2") if c not in fields]
    if lacking:
        titles = "、".join(c.zh for c in PARCELS.columns if c.name in lacking)
        raise InputError(
            f"清单 {section.file.name} 中认不出{titles}，请在 [list.fields] 中指明。",
            f"No field of the list {section.file.name} is known for {', '.join(lacking)}; name it "
            "in [list.fields].",
        )
    listed = rename_fields(table, fields, name=section.file.name)
    area = pd.to_numeric(listed["recorded_area_m2"], errors="coerce").astype("float64")
    drawn = parcels.drop_duplicates("parcel_id").set_index("parcel_id")
    beside = area_m2(drawn.geometry, method="plane").reindex(listed["parcel_id"].astype("str"))
    unit, _ = decide_area_unit(
        area.to_numpy(),
        beside.to_numpy(),
        field=fields["recorded_area_m2"] + title,
        declared=section.area_unit,
    )
    if not unit:
        raise InputError(
            f"清单 {section.file.name} 的面积单位无法判定，请写明 area_unit。",
            f"The unit of areas in the list {section.file.name} cannot be told: state area_unit.",
        )
    listed["recorded_area_m2"] = area * float(M2_PER_UNIT[unit])
    listed["stated_category"] = listed["category"].fillna("").astype("str")
    listed["category"] = listed["stated_category"].map(lambda word: canonical(word) or word)
    whole = LayerRead(gpd.GeoDataFrame(conform(listed, PARCELS)), findings_table())
    return map_uses(whole, uses).data


def map_uses(parcels: LayerRead, uses: Uses) -> LayerRead:
    """Give parcels the uses that a bureau's own words stand for.

    A word that stands for shares of several uses is kept: the balance divides its land.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame({"stated_category": ["产业用地"], "category": ["产业用地"]},
    ...     geometry=[None])
    >>> read = LayerRead(layer, findings_table())
    >>> map_uses(read, {"产业用地": "工矿仓储用地"}).data["category"].tolist()
    ['工矿仓储用地']
    """
    if not uses:
        return parcels
    data = parcels.data.copy()
    stated = data["stated_category"] if "stated_category" in data else data["category"]
    meant = {
        word: (canonical(use) or use) if isinstance(use, str) else word
        for word, use in uses.items()
        if use
    }
    pairs = zip(stated, data["category"], strict=True)
    data["category"] = pd.array([meant.get(word, use) for word, use in pairs], dtype="str")
    return LayerRead(data, parcels.findings)


def _recorded_as(
    parcels: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, *, townships: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Name the recorded regions as the plan does: 金北街道 is the plan's 金北办事处.

    A township inside a region of the plan (塔集镇 of 金湖县) stands for that region.
    """
    names = list(regions["name"])
    members = [str(source).split("、") for source in regions["source"]]
    inside = gpd.sjoin(
        townships.set_geometry(townships.representative_point())[["name", "geometry"]],
        regions[["name", "geometry"]].rename(columns={"name": "region"}),
    )
    towns = inside.drop_duplicates("name", keep=False)
    known: dict[str, str] = {}
    for text in parcels["region"].unique():
        kind, at = match_among(str(text), names)
        if kind not in {"exact", "abbreviated"}:
            at = next((i for i, m in enumerate(members) if match_among(str(text), m)[1] >= 0), -1)
        town = match_among(str(text), list(towns["name"]))[1] if at < 0 else -1
        known[text] = names[at] if at >= 0 and text else text
        if town >= 0 and text:
            known[text] = str(towns["region"].iloc[town])
    return parcels.assign(region=parcels["region"].map(known).astype("str"))


def _specs(project: Project, plan: Plan) -> list[RegionSpec]:
    """Give what the project file says of regions, and the plan's other ones as they are named."""
    told = [RegionSpec(name=r.name, members=r.members, polygon=r.polygon) for r in project.regions]
    named = {spec.name for spec in told}
    return [*told, *(RegionSpec(name=n) for n in _plan_regions(plan) if n not in named)]


def _whole(boundaries: LayerRead | None, plan: Plan) -> list[RegionSpec]:
    """Give the one region of a plan that names none: all that the boundaries show of its place."""
    if boundaries is None or boundaries.data.empty:
        return []
    layer = boundaries.data
    own = layer["code"].fillna("").str.startswith(plan.jurisdiction_code or " ")
    names = layer.loc[own if own.any() else slice(None), "name"].unique()
    called = str(names[0]) if len(names) == 1 else "全域"
    return [RegionSpec(name=called, members=tuple(map(str, names)))]


def _plan_regions(plan: Plan) -> list[str]:
    """Name the regions that the plan's figures and list speak of, in its order."""
    named = [*plan.targets["region"], *plan.projects["region"]]
    named += [name for regions in plan.placements["regions"] for name in regions]
    return [name for name in dict.fromkeys(named) if name]
