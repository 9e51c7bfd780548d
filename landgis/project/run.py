"""One run of the flow: the files that a project names, read, and examined → `Results`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
from tqdm.auto import tqdm

from landgis.crs.conversion import convert_crs
from landgis.errors import InputError
from landgis.examining import examine, with_earlier
from landgis.files.inputs import forget
from landgis.layers.read import LayerRead
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan
from landgis.project.accepted import apply_accepted, read_accepted
from landgis.project.layers import LandRead, read_beside, read_land, read_listed, read_parcels
from landgis.project.settings import CompareSection, Project, load_project
from landgis.raster import check_cover
from landgis.results import Results
from landgis.schema import RULES, table_of


class Inputs(NamedTuple):
    """The files that a project names, read: each once, whatever is then made of them."""

    plan: Plan
    land: LandRead
    listed: gpd.GeoDataFrame | None
    history: gpd.GeoDataFrame | None
    control_lines: dict[str, gpd.GeoDataFrame]
    earlier_plan: Plan | None
    earlier_parcels: LayerRead | None


def read_inputs(project: Project) -> Inputs:
    """Read all files of a project, in the coordinate system of its parcels.

    Examples
    --------
    >>> len(read_inputs(load_project("data/projects/lianzhou-2025.toml")).land.regions)
    10
    """
    options, earlier = project.checks, project.compare or CompareSection()
    plan = read_plan(project.plan, corrections=project.corrections)
    forget(project.plan)
    land = read_land(project, plan)
    crs = land.parcels.crs
    return Inputs(
        plan,
        land,
        read_listed(project.list, land.parcels, project.uses) if project.list else None,
        read_beside(options.history, to_crs=crs) if options.history else None,
        {name: read_beside(line, to_crs=crs) for name, line in options.control_lines.items()},
        read_plan(earlier.plan) if earlier.plan else None,
        read_parcels(earlier.parcels, project.uses) if earlier.parcels else None,
    )


def run_project(
    project: Project | Path | str,
    *,
    parcels: gpd.GeoDataFrame | None = None,
    inputs: Inputs | None = None,
) -> Results:
    """Walk the whole flow: plan, layers, join, balance, checks, and what came before.

    Everything is brought into the coordinate system of the parcels; each conversion is among the
    findings.

    Parameters
    ----------
    project
        A project file, or what `load_project` made of it.
    parcels
        In place of the project's own: land that was chosen for the plan, say.
    inputs
        What is read of the project already.

    Raises
    ------
    InputError
        If a file cannot be used.

    Examples
    --------
    >>> results = run_project("data/projects/lianzhou-2025.toml")
    >>> results.parcels["basis"].unique().tolist(), len(results.regions)
    (['sample'], 10)
    """
    if isinstance(project, str | Path):
        project = load_project(project)
    if not isinstance(project, Project):
        raise InputError(
            f"run_project 需要项目文件（.toml），实为 {type(project).__name__}。",
            f"run_project takes a project file (.toml), not {type(project).__name__}.",
        )
    options = project.checks
    with tqdm(total=3, disable=None, leave=False) as progress:

        def step(words: str) -> None:
            progress.set_description(words)
            progress.update()

        step("读取计划和图层 plan, layers")
        inputs = inputs or read_inputs(project)
        land = inputs.land
        if parcels is not None:
            land = land._replace(parcels=convert_crs(parcels, land.parcels.crs))
        step("叠合与核对 join, checks")
        results = examine(
            inputs.plan,
            land.parcels,
            regions=land.regions,
            townships=land.townships,
            districts=land.districts,
            area=options.area,
            surveyed=land.surveyed,
            relative_tolerance=options.relative_tolerance,
            point_error_m=options.point_error_m,
            rules=table_of(
                [{**r.model_dump(), "due": str(r.due or "")} for r in project.rules], RULES
            ),
            rules_source=f"{project.name}.toml",
            as_of=options.as_of,
            history=inputs.history,
            control_lines=inputs.control_lines,
            splits={word: use for word, use in project.uses.items() if not isinstance(use, str)},
            known_uses=project.uses,
            listed=inputs.listed,
            noticed=[land.findings, *_covered(project, land.parcels)],
            layer=project.parcels.name if project.parcels else "",
            name=project.name,
            title=project.title,
            map_number=project.map_number,
        )
        if project.accepted is not None:
            accepted = read_accepted(project.accepted)
            results = replace(results, findings=apply_accepted(results.findings, accepted))
        step("与上一版比较 earlier version")
        return _beside_earlier(project, results, inputs)


def _covered(project: Project, parcels: gpd.GeoDataFrame) -> list[pd.DataFrame]:
    """Hold the parcels against the land cover that the project names."""
    cover = project.checks.land_cover
    if cover is None:
        return []
    options = {"expected": cover.expected, "classes": cover.classes, "band": cover.band}
    return [check_cover(parcels, cover.file, **options)]  # type: ignore[arg-type]


def _beside_earlier(project: Project, results: Results, inputs: Inputs) -> Results:
    """Compare with the earlier version that a project file names."""
    earlier, options = project.compare or CompareSection(), project.checks
    plan, before = inputs.earlier_plan, inputs.earlier_parcels
    noticed = [] if plan is None else [plan.findings]
    noticed += [] if before is None else [before.findings]
    since = (earlier.since, options.as_of) if options.as_of and earlier.since else None
    return with_earlier(
        results,
        plan=plan,
        parcels=before and before.data,
        since=since,
        point_error_m=options.point_error_m,
        noticed=noticed,
    )
