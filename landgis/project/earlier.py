"""A run beside what came before: an earlier version (调整前) of plan or parcels, or a day."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd

from landgis.checks.compare import (
    compare_dates,
    compare_parcels,
    compare_plans,
    compare_with_plan,
)
from landgis.findings import join_findings
from landgis.language import Lang
from landgis.plan.extract import read_plan
from landgis.project.layers import read_parcels
from landgis.project.settings import CompareSection, Project
from landgis.results import Results


def compare_earlier(
    project: Project, results: Results, *, lang: Lang = "zh"
) -> dict[str, pd.DataFrame]:
    """Compare a run with the earlier version that the project file names.

    Returns
    -------
    dict of DataFrame
        What the project file names: ``plan`` (see `compare_plans`), ``parcels`` (see
        `compare_parcels`), ``findings`` (of reading both), and with ``checks.as_of``
        ``supply`` (see `compare_supply`).

    Raises
    ------
    InputError
        If a file cannot be used, or parcels have no ids of their own.

    Examples
    --------
    >>> from landgis.project import load_project, run_project
    >>> project = load_project("data/projects/lianzhou-2025.toml")
    >>> compare_earlier(project, run_project(project))
    {}
    """
    changes, noticed = {}, []
    earlier = project.compare or CompareSection()
    if earlier.plan:
        old = read_plan(earlier.plan)
        changes["plan"] = compare_plans(old, results.plan)
        noticed.append(old.findings)
    if earlier.parcels:
        before, findings = read_parcels(earlier.parcels, lang)
        noticed.append(findings)
        changes["parcels"] = compare_parcels(
            before.to_crs(results.parcels.crs),
            results.parcels,
            point_error_m=project.checks.point_error_m,
            lang=lang,
        )
    if noticed:
        changes["findings"] = join_findings(*noticed)
    if project.checks.as_of:
        changes["supply"] = compare_supply(results, (earlier.since, project.checks.as_of))
    return changes


def compare_supply(results: Results, dates: tuple[date | None, date]) -> pd.DataFrame:
    """Compare what is planned with what is supplied by two dates, by region and use.

    Returns
    -------
    DataFrame
        See `landgis.checks.compare.compare_with_plan`.

    Examples
    --------
    >>> from landgis.project import load_project, run_project
    >>> results = run_project(load_project("data/projects/zhengzhou-2024.toml"))
    >>> rows = compare_supply(results, (date(2024, 3, 31), date(2024, 6, 30)))
    >>> (rows[["planned_m2", "second_m2"]].tail(1) / 10_000).round(2).values.tolist()
    [[3927.94, 2128.4]]
    """
    moved = compare_dates(
        results.crosswalk,
        results.parcels,
        regions=results.regions,
        dates=dates,
        year=results.plan.year,
    )
    return compare_with_plan(moved, results.plan)


def read_earlier(
    project: Project, results: Results, *, lang: Lang = "zh"
) -> gpd.GeoDataFrame | None:
    """Read the earlier parcels that the project file names, in the CRS of the present ones.

    Raises
    ------
    InputError
        If the layer cannot be used.

    Examples
    --------
    >>> from landgis.project import load_project, run_project
    >>> project = load_project("data/projects/lianzhou-2025.toml")
    >>> read_earlier(project, run_project(project)) is None
    True
    """
    if project.compare is None or project.compare.parcels is None:
        return None
    return read_parcels(project.compare.parcels, lang).data.to_crs(results.parcels.crs)
