"""One run of the flow: the files that a project names, read, examined, and what was accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from landgis.crs.conversion import convert_crs
from landgis.errors import InputError
from landgis.examining import examine, with_earlier
from landgis.files.encoding import decode_text
from landgis.files.inputs import forget
from landgis.findings import define, finding_keys, findings_table, join_findings, tell
from landgis.formats.points_table import csv_rows
from landgis.language import Lang
from landgis.layers.read import LayerRead
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan
from landgis.project.layers import LandRead, read_beside, read_land, read_listed, read_parcels
from landgis.project.settings import CompareSection, Project, load_project
from landgis.raster import check_cover
from landgis.results import Results
from landgis.schema import RULES, table_of

COLUMNS = ("finding", "verdict", "message", "expected", "actual", "unit", "who", "when", "why")
_NUMBERS = ("expected", "actual")

ACCEPTED = define("""project.accepted 已认可的问题 | accepted findings
    认可过的问题是否仍是当时的数字
    | whether accepted findings still have the numbers they were accepted with
    changed: “{subject}”由{who}于{when}认可，但数字已变，须重新认可。
    | “{subject}”, accepted by {who} on {when}, has other numbers now: accept it anew.
    gone: 认可过的“{subject}”（{who}，{when}）本次没有出现。
    | “{subject}”, accepted by {who} on {when}, did not occur this time.""")


def open_findings(findings: pd.DataFrame, *, lang: Lang = "zh") -> pd.DataFrame:
    """List what failed and what is unknown, for a person to accept.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`; ``who``, ``when`` and ``why`` are empty.

    Examples
    --------
    >>> from landgis.findings import Finding
    >>> found = findings_table([Finding(check="totals.use", verdict="fail", category="住宅用地",
    ...                                 message="少 1 亩。", expected=2.0, actual=1.0, unit="亩")])
    >>> open_findings(found)[["finding", "actual"]].values.tolist()
    [['totals.use|住宅用地', 1.0]]
    """
    told = tell(findings[findings["verdict"].isin(["fail", "unknown"])], lang)
    table = told[["verdict", "message", "expected", "actual", "unit"]].copy()
    table.insert(0, "finding", finding_keys(told))
    return table.assign(who="", when="", why="").reset_index(drop=True)


def read_accepted(path: Path) -> pd.DataFrame:
    """Read the lines of a file in which a person has filled in who accepts.

    Raises
    ------
    InputError
        If the file lacks a column, or a line is accepted without saying who and why.
    """
    if not path.is_file():
        raise InputError(
            f"没有认可文件 {path}。请检查路径，或从运行结果的 findings.csv 另存。",
            f"No file of accepted findings {path}: check the path, or make it of findings.csv.",
        )
    text, _ = decode_text(path.read_bytes(), name=path.name)
    head, *lines = csv_rows(text.encode(), name=path.name, encoding="utf-8") or [[]]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise InputError(
            f"{path.name} 缺少列 {'、'.join(missing)}；请从运行结果的 findings.csv 另存。",
            f"{path.name} lacks {', '.join(missing)}; make it of the findings.csv of a run.",
        )
    table = pd.DataFrame([line[: len(head)] for line in lines], columns=head, dtype="object")
    table = table[list(COLUMNS)].fillna("").astype("str")
    filled = table[["who", "when", "why"]] != ""
    half = filled.any(axis=1) & ~filled[["who", "why"]].all(axis=1)
    if half.any():
        line = table.loc[half, "finding"].iloc[0]
        raise InputError(
            f"{path.name} 中“{line}”未写明认可人（who）和理由（why）。",
            f"{path.name}: “{line}” lacks who accepts it, or why.",
        )
    return table[filled.all(axis=1) | filled[["who", "why"]].all(axis=1)].reset_index(drop=True)


def apply_accepted(findings: pd.DataFrame, accepted: pd.DataFrame) -> pd.DataFrame:
    """Show accepted findings as notes with who accepted them, when and why.

    One whose numbers differ from those it was accepted with keeps its verdict, and a finding
    ``project.accepted`` says so; so does one that no longer occurs, as a note.

    Examples
    --------
    >>> from landgis.findings import Finding
    >>> found = findings_table([Finding(check="totals.use", verdict="fail", category="住宅用地",
    ...                                 message="少 1 亩。", expected=2.0, actual=1.0, unit="亩")])
    >>> lines = open_findings(found).assign(who="甲", when="2025-07-01", why="已批准").astype("str")
    >>> apply_accepted(found, lines)["verdict"].tolist()
    ['note']
    >>> apply_accepted(found.assign(actual=1.5), lines)["verdict"].tolist()
    ['fail', 'unknown']
    """
    out, values = findings.copy(), findings["values"].tolist()
    keys = finding_keys(findings)
    more = []
    for line in accepted.to_dict("records"):
        name = str(line["finding"])
        told = {"who": line["who"], "when": line["when"], "why": line["why"]}
        here = [i for i, key in enumerate(keys) if key == name]
        open_ = [i for i in here if findings["verdict"].iloc[i] in {"fail", "unknown"}]
        if not open_:
            more.append(ACCEPTED.finding("gone", "note", subject=name, values=told))
        elif all(_same(findings.iloc[i], line) for i in open_):
            for i in open_:
                out.loc[findings.index[i], "verdict"] = "note"
                values[i] = {**values[i], "accepted": told}
        else:
            more.append(ACCEPTED.finding("changed", "unknown", subject=name, values=told))
    out["values"] = pd.Series(values, index=out.index, dtype="object")
    return join_findings(out, findings_table(more))


def _same(finding: pd.Series, line: Mapping[Any, Any]) -> bool:
    """Whether a finding has the numbers that it was accepted with."""
    was = np.array([_number(line[name]) for name in _NUMBERS])
    now = finding[list(_NUMBERS)].to_numpy(dtype="float64")
    return bool(np.allclose(now, was, rtol=0, atol=1e-9, equal_nan=True))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


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
