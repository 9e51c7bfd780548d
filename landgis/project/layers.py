"""The layers that a project file names, in one coordinate system: that of the parcels.

Parcels are read from their layer, or placed by the plan's list; regions are what the file says that
they are made of, or the ones that the plan speaks of.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd

from landgis.crs.shift import suspect_shift
from landgis.findings import findings_table, join_findings
from landgis.language import Lang
from landgis.layers.fields import as_parcels
from landgis.layers.read import LayerRead, read_layer, rename_fields
from landgis.layers.repair import repair_layer
from landgis.plan.model import Plan
from landgis.project.settings import LayerSection, ParcelsSection, Project
from landgis.regions.compose import RegionSpec, compose_regions
from landgis.regions.read import read_regions
from landgis.regions.schematic import place_projects


class Land(NamedTuple):
    """What lies on the map, all in one coordinate system."""

    parcels: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    findings: pd.DataFrame


def read_land(project: Project, plan: Plan, lang: Lang) -> Land:
    """Read the layers and make the plan's regions, in the coordinate system of the parcels."""
    given = None if project.parcels is None else read_parcels(project.parcels, lang)
    crs = given.data.crs if given else project.schematic and project.schematic.crs
    districts = _read_regions(project.boundaries.districts, crs, lang)
    finer = project.boundaries.townships
    townships = (
        _read_regions(finer, crs, lang)
        if finer
        else LayerRead(districts.data.iloc[:0], findings_table())
    )
    specs = [RegionSpec(name=r.name, members=r.members, polygon=r.polygon) for r in project.regions]
    regions = compose_regions(
        specs or [RegionSpec(name=name) for name in _plan_regions(plan)],
        districts=districts.data,
        townships=townships.data,
        within=plan.jurisdiction_code,
        lang=lang,
    )
    land = given or place_projects(
        plan.projects, townships.data, regions=regions.data, crs=crs, lang=lang
    )
    shift = [
        finding
        for finding in suspect_shift(
            districts.data, townships.data, name=project.boundaries.districts.file.name, lang=lang
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
    return Land(land.data, regions.data, backdrop, join_findings(*findings))


def _inside(townships: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep the townships of the plan's regions; all of them if no region has a polygon."""
    place = regions.geometry.union_all()
    return (
        townships if place.is_empty else townships[townships.representative_point().within(place)]
    )


def read_parcels(section: ParcelsSection, lang: Lang) -> LayerRead:
    """Read a layer of parcels; whether it is shifted, and what was mended, is in the findings."""
    parcels, findings = as_parcels(
        read_section(section, lang=lang),
        fields=section.fields,
        category_scheme=section.scheme,
        area_unit=section.area_unit,
        name=section.file.name,
        lang=lang,
    )
    if section.reference is not None:
        beside = read_beside(section.reference, lang=lang)
        shift = suspect_shift(parcels, beside, name=section.file.name, lang=lang)
        findings = join_findings(findings, findings_table(shift))
    if section.repair:
        repaired = repair_layer(parcels, lang=lang)
        parcels, findings = repaired.data, join_findings(findings, repaired.findings)
    return LayerRead(parcels, findings)


def _read_regions(section: LayerSection, crs: Any, lang: Lang) -> LayerRead:
    read = read_section(section, to_crs=crs, lang=lang)
    regions = read_regions(read.data, fields=section.fields, lang=lang)
    return LayerRead(regions.data, join_findings(read.findings, regions.findings))


def read_section(section: LayerSection, *, to_crs: Any = None, lang: Lang) -> LayerRead:
    """Read a layer in the way that its table of the project file says."""
    return read_layer(
        section.file,
        layer=section.layer,
        crs=section.crs,
        encoding=section.encoding,
        datum_shift=section.datum_shift,
        to_crs=to_crs,
        lang=lang,
    )


def read_beside(section: LayerSection, *, to_crs: Any = None, lang: Lang) -> gpd.GeoDataFrame:
    """Read a layer to hold the parcels against: earlier parcels, control lines, a survey."""
    read = read_section(section, to_crs=to_crs, lang=lang)
    return rename_fields(read.data, section.fields, name=section.file.name)


def _plan_regions(plan: Plan) -> list[str]:
    """Name the regions that the plan's figures and list speak of, in its order."""
    named = [*plan.targets["region"], *plan.projects["region"]]
    named += [name for regions in plan.placements["regions"] for name in regions]
    return [name for name in dict.fromkeys(named) if name]
