"""One run of the flow: plan, layers, join, checks → `Results`."""

from __future__ import annotations

import pandas as pd
from tqdm import tqdm

from landgis.balance.figures import is_programme
from landgis.balance.sheet import Balance, balance_land
from landgis.checks.listing import check_list
from landgis.checks.parcels import check_parcels
from landgis.checks.rules import check_rules
from landgis.checks.totals import check_totals
from landgis.findings import join_findings
from landgis.join.overlay import crosswalk_with_findings
from landgis.language import Lang, say
from landgis.layers.faults import Faults, find_faults
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan
from landgis.project.accepted import apply_accepted, read_accepted
from landgis.project.layers import Land, read_beside, read_land, read_listed
from landgis.project.settings import Project
from landgis.results import Results
from landgis.schema import RULES, table_of


def run_project(project: Project, *, lang: Lang = "zh") -> Results:
    """Walk the whole flow: plan, layers, join, checks.

    Everything is brought into the coordinate system of the parcels; each conversion is among the
    findings.

    Raises
    ------
    InputError
        If a file cannot be used.

    Examples
    --------
    >>> from landgis.project import load_project
    >>> results = run_project(load_project("data/projects/lianzhou-2025.toml"))
    >>> results.parcels["basis"].unique().tolist(), len(results.regions)
    (['sample'], 10)
    """
    with tqdm(total=4, disable=None, leave=False) as progress:

        def step(zh: str, en: str) -> None:
            progress.set_description(say(lang, zh, en))
            progress.update()

        step("读取计划", "plan")
        plan = read_plan(project.plan)
        step("读取图层", "layers")
        land = read_land(project, plan, lang)
        step("叠合", "join")
        joined = crosswalk_with_findings(land.parcels, land.regions, lang=lang)
        step("核对", "checks")
        findings = [plan.findings, audit_plan(plan), land.findings, joined.findings]
        options = project.checks
        balance = balance_land(
            plan,
            land.parcels,
            crosswalk=joined.table,
            regions=land.regions,
            area=options.area,
            surveyed=land.surveyed,
            relative_tolerance=options.relative_tolerance,
            point_error_m=options.point_error_m,
            splits={word: use for word, use in project.uses.items() if not isinstance(use, str)},
        )
        totals, parcels, rules = _check(project, plan, land, joined.table, balance, lang=lang)
        faults = None
        if project.parcels is not None:
            faults = find_faults(land.parcels, name=project.parcels.name, lang=lang)
            findings.append(_unsaid(faults, parcels))
        findings += [totals, parcels, rules]
        if project.list is not None:
            listed = read_listed(project.list, land.parcels, project.uses)
            findings.append(
                check_list(listed, plan, parcels=land.parcels, regions=land.regions, totals=totals)
            )
        found = join_findings(*findings)
        if project.accepted is not None:
            found = apply_accepted(found, read_accepted(project.accepted))
    return Results(
        name=project.name,
        title=project.title,
        plan=plan,
        parcels=land.parcels,
        regions=land.regions,
        townships=land.townships,
        crosswalk=joined.table,
        findings=found,
        map_number=project.map_number,
        faults=faults and faults.places,
        counted=balance,
    )


def _check(
    project: Project,
    plan: Plan,
    land: Land,
    pieces: pd.DataFrame,
    balance: Balance,
    *,
    lang: Lang,
) -> list[pd.DataFrame]:
    """Run every check of `landgis.checks`, with the project's tolerances and layers."""
    options = project.checks
    crs = land.parcels.crs
    history = options.history and read_beside(options.history, to_crs=crs, lang=lang)
    lines = {n: read_beside(s, to_crs=crs, lang=lang) for n, s in options.control_lines.items()}
    rules = table_of([{**r.model_dump(), "due": str(r.due or "")} for r in project.rules], RULES)
    return [
        check_totals(balance),
        check_parcels(
            land.parcels,
            pieces,
            regions=land.regions,
            history=history,
            control_lines=lines,
            area_method=balance.land.measured,
            programme=is_programme(plan),
            named_uses={*balance.uses.named, *project.uses},
            point_error_m=options.point_error_m,
        ),
        check_rules(
            land.parcels,
            plan,
            crosswalk=pieces,
            regions=land.regions,
            as_of=options.as_of,
            rules=rules,
            rules_source=f"{project.name}.toml",
        ),
    ]


_SAID_OF_PARCELS = {
    "layer.missing": "parcels.geometry",
    "layer.empty": "parcels.geometry",
    "layer.duplicate": "parcels.overlap",
    "layer.near_duplicate": "parcels.overlap",
    "layer.overlap": "parcels.overlap",
    "layer.sliver": "parcels.sliver",
}


def _unsaid(faults: Faults, parcels: pd.DataFrame) -> pd.DataFrame:
    """Leave out the faults that the check of parcels tells of; on the map they stay."""
    findings = faults.findings
    thin = parcels["check"].eq("parcels.sliver") & parcels["verdict"].eq("fail")
    told = set(parcels.loc[thin, "subject"])
    said = findings["check"].isin(_SAID_OF_PARCELS)
    said &= (findings["check"] != "layer.sliver") | findings["subject"].isin(told)
    return findings[~said]
