"""A project's candidates, chosen for its plan (选地): read, allocated, and decided by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.allocation.allocation import Allocation, allocate, plan_periods, pose, with_decisions
from landgis.allocation.candidates import COLUMN, MOST_NAMED, SPLIT, as_numbers
from landgis.allocation.explain import alternatives
from landgis.balance.mapped import CountedBy, counted_area
from landgis.divisions import match_among
from landgis.errors import InputError
from landgis.findings import Finding, findings_table, join_findings, tell
from landgis.join.overlay import crosswalk_with_findings
from landgis.language import Lang, say
from landgis.layers.fields import as_parcels, decide_area_unit
from landgis.layers.read import LayerRead, read_list, rename_fields
from landgis.maps.sandbox import write_sandbox
from landgis.plan.model import Plan
from landgis.project.run import Inputs, read_beside, read_inputs, read_section, run_project
from landgis.project.settings import CandidatesSection, Project, ScoreSection
from landgis.raster import RASTERS, raster_column
from landgis.report.write import TITLES
from landgis.results import Results
from landgis.schema import as_text, guess_fields
from landgis.units import M2_PER_UNIT

QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")
LISTS = {".csv", ".xlsx", ".xls"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Asked:
    """What a project asks: its plan, candidates and regions, before anything is chosen.

    Parameters
    ----------
    candidates
        As read, with region and area as they count.
    asked
        Arguments of `landgis.allocation.allocation.pose`.
    """

    project: Project
    plan: Plan
    candidates: pd.DataFrame
    regions: gpd.GeoDataFrame
    findings: pd.DataFrame
    asked: Mapping[str, Any]


class Chosen(NamedTuple):
    """What a project asks, and the land that was chosen for it."""

    question: Asked
    allocation: Allocation


def read_question(project: Project, inputs: Inputs | None = None) -> Asked:
    """Read a project's plan, rules and candidates (its parcels if it names none).

    Parameters
    ----------
    inputs
        What is read of the project already.

    Examples
    --------
    >>> from landgis.project import load_project
    >>> question = read_question(load_project("data/projects/lianzhou-2025.toml"))
    >>> len(question.candidates) > 50, sorted(question.asked)[:2]
    (True, ['about', 'control_lines'])
    """
    inputs = inputs or read_inputs(project)
    plan, land = inputs.plan, inputs.land
    found = [land.findings]
    section = project.candidates
    candidates: pd.DataFrame = land.parcels
    if section is not None:
        candidates, told = _read(section, land.parcels.crs)
        found.append(told)
    options, checks = project.allocate, project.checks
    counting = CountedBy(
        area=checks.area, surveyed=land.surveyed, point_error_m=checks.point_error_m
    )
    if section is not None and options.besides_parcels:
        candidates = _beside_parcels(land.parcels, candidates, counting)
    candidates, told = _placed(candidates, land.regions, counting)
    found.append(told)
    candidates = _scored(candidates, options.scores)
    rules = [{**r.model_dump(), "due": str(r.due or "")} for r in (*project.rules, *options.rules)]
    groups = [group.model_dump() for group in options.groups]
    return Asked(
        project=project,
        plan=plan,
        candidates=candidates,
        regions=land.regions,
        findings=join_findings(*found),
        asked={
            "rules": pd.DataFrame(rules) if rules else None,
            "groups": pd.DataFrame(groups) if groups else None,
            "control_lines": inputs.control_lines
            if isinstance(candidates, gpd.GeoDataFrame)
            else None,
            "ranks": options.ranks.model_dump(exclude_none=True) or None,
            "about": options.about,
            "tolerance": project.checks.relative_tolerance,
        },
    )


def run_allocation(
    project: Project | Asked,
    *,
    keep: pd.DataFrame | None = None,
    progress: bool | None = None,
) -> Chosen:
    """Choose land for a project: its candidates, else its parcels, for its plan and rules.

    Parameters
    ----------
    project
        The project, or what `read_question` read of it.
    keep
        Decisions that stand: ``parcel_id decision use quarter area_m2``.

    Examples
    --------
    >>> from landgis.project import load_project
    >>> chosen = run_allocation(load_project("data/projects/lianzhou-2025.toml"))
    >>> chosen.allocation.status, len(chosen.allocation.selected) > 50
    ('optimal', True)
    """
    question = read_question(project) if isinstance(project, Project) else project
    options = question.project.allocate
    answer = allocate(
        question.candidates,
        question.plan,
        keep=keep,
        previous=None if options.previous is None else read_decisions(options.previous),
        slack=options.slack,
        fair=options.fair,
        effort=options.effort,
        seconds=options.seconds,
        progress=progress,
        **question.asked,
    )
    found = join_findings(question.findings, answer.findings)
    return Chosen(question, replace(answer, findings=found))


def _beside_parcels(
    parcels: gpd.GeoDataFrame, candidates: pd.DataFrame, counting: CountedBy
) -> pd.DataFrame:
    """Take what is on the map as chosen already: candidates fill what is lacking, rules see both.

    An id that is on the map is no candidate any more.
    """
    there = parcels.assign(lock="in", parcel_id=as_text(parcels["parcel_id"]))
    new = candidates[~as_text(candidates["parcel_id"]).isin(there["parcel_id"])]
    both = pd.concat([there, new], ignore_index=True)
    for column in ("uses", "lock", "region", "supply_mode", "land_source", "earliest_quarter"):
        if column in both:
            both[column] = as_text(both[column])
    if "uses" in both:
        both["uses"] = both["uses"].where(both["uses"].ne(""), both["category"])
    if "earliest_quarter" in both:  # what is on the map is ready
        both.loc[: len(there) - 1, "earliest_quarter"] = "1"
    if isinstance(candidates, gpd.GeoDataFrame):
        return gpd.GeoDataFrame(both, geometry="geometry", crs=parcels.crs)
    if "area_m2" in new and "recorded_area_m2" not in new:
        both.loc[: len(there) - 1, "area_m2"] = counted_area(parcels, **counting).to_numpy()
    return pd.DataFrame(both.drop(columns=["geometry", "recorded_area_m2"], errors="ignore"))


def allocated_parcels(chosen: Chosen) -> gpd.GeoDataFrame | None:
    """Give what was chosen as parcels, for the checks, maps, reports and layers of a run.

    Returns
    -------
    GeoDataFrame or None
        Table ``parcels``: use and quarter as chosen, the chosen area as the recorded one, and
        why (a key of `landgis.allocation.allocation.WHY`). None where candidates have no shapes.

    Examples
    --------
    >>> from landgis.project import load_project
    >>> chosen = run_allocation(load_project("data/projects/lianzhou-2025.toml"))
    >>> parcels = allocated_parcels(chosen)
    >>> len(parcels) == len(chosen.allocation.selected)
    True
    """
    return _as_parcels(choice_of(chosen), chosen.question)


def _as_parcels(choice: pd.DataFrame, asked: Asked) -> gpd.GeoDataFrame | None:
    table = asked.candidates
    if not isinstance(table, gpd.GeoDataFrame):
        return None
    told = choice[choice["chosen"]].drop_duplicates("parcel_id").set_index("parcel_id")
    ids = as_text(table["parcel_id"])
    parcels = table[ids.isin(told.index) & ~ids.duplicated()].copy()
    ids = as_text(parcels["parcel_id"])
    parcels["category"] = ids.map(told["use"])
    parcels["recorded_area_m2"] = ids.map(told["area_m2"]).astype("float64")
    if len({day.year for day in plan_periods(asked.plan)}) == 1:
        quarter = ids.map(told["quarter"]).map(dict(enumerate(QUARTERS, 1)))
        parcels["quarter"] = quarter.fillna("").astype("str")
    parcels["why"] = ids.map(told["why"])
    dropped = ["uses", "lock", "region", "area_m2", "score", "earliest_quarter"]
    return parcels.drop(columns=dropped, errors="ignore").reset_index(drop=True)


def decided_parcels(
    project: Project, keep: pd.DataFrame, *, inputs: Inputs | None = None
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give what a person decided, on the sandbox page or in a list, as parcels to be checked.

    Candidates that the decisions do not name stay as they are: in, if they are locked in. Beside
    the table ``parcels`` stands ``choice`` of `landgis.results.Results`.

    Raises
    ------
    InputError
        If an id is no candidate, or the candidates have no shapes.

    Examples
    --------
    >>> from landgis.project import load_project
    >>> here = load_project("data/projects/lianzhou-2025.toml")
    >>> keep = pd.DataFrame({"parcel_id": ["441882-01-001"], "decision": ["in"]})
    >>> parcels, choice = decided_parcels(here, keep)
    >>> parcels["category"].tolist(), int(choice["chosen"].sum())
    (['住宅用地'], 1)
    """
    question = read_question(project, inputs)
    named = keep if "decision" in keep else keep.assign(decision="in")
    table = with_decisions(question.candidates, named)
    choice = _told_columns(table)
    blank = pd.Series("", index=table.index)
    choice["chosen"] = as_text(table.get("lock", blank)).str.strip().isin(["in", "入选", "必选"])
    uses = as_text(table.get("uses", blank)).str.split(SPLIT, regex=True).str[0]
    choice["use"] = uses.where(uses.ne(""), as_text(table["category"]))
    for column, given, own in (
        ("quarter", "fixed_quarter", "earliest_quarter"), ("area_m2", "fixed_area_m2", "area_m2")
    ):  # fmt: skip
        values = [pd.to_numeric(table.get(c, blank), errors="coerce") for c in (given, own)]
        choice[column] = values[0].fillna(values[1]).where(choice["chosen"])
    choice["quarter"] = choice["quarter"].astype("Int64")
    choice["why"] = choice["chosen"].map({True: "decided", False: ""})
    parcels = _as_parcels(choice, question)
    if parcels is None:
        raise InputError(
            "候选地块没有图形，不能按决定核对：请给出图层。",
            "The candidates have no shapes to check decisions on: give a layer.",
        )
    return parcels, choice


def run_decided(project: Project, keep: Path, inputs: Inputs | None = None) -> Results:
    """Run a project on what a person decided: see `decided_parcels` and `read_decisions`."""
    inputs = inputs or read_inputs(project)
    parcels, choice = decided_parcels(project, read_decisions(keep), inputs=inputs)
    return replace(run_project(project, parcels=parcels, inputs=inputs), choice=choice)


def _read(section: CandidatesSection, crs: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read candidates: a layer, or a list without shapes."""
    if Path(section.name).suffix.lower() in LISTS:
        return _read_list(section)
    read = read_section(section, to_crs=crs)
    frame = rename_fields(read.data, section.fields, name=section.name)
    if "uses" in frame and "category" not in frame:
        frame["category"] = as_text(frame["uses"]).str.split(SPLIT, regex=True).str[0]
    parcels = as_parcels(
        LayerRead(frame, read.findings),
        category_scheme=section.scheme,
        area_unit=section.area_unit,
        name=section.name,
    )
    return parcels.data, parcels.findings


def _read_list(section: CandidatesSection) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read a list without shapes; its fields as they are named, areas in the unit that is told."""
    rows = read_list(Path(section.file), sheet=section.layer)
    own = {*section.fields, *rows.columns}
    fields = guess_fields(pd.DataFrame(rows.drop(columns="geometry")), fields=section.fields)
    for name, beside_it in (("uses", "category"), ("area_m2", "recorded_area_m2")):
        if name in own and beside_it not in own:  # what is said stands
            fields.pop(beside_it, None)
    if "earliest_quarter" in own and "quarter" not in own:
        fields.pop("quarter", None)
    table = rename_fields(rows, fields, name=section.name)
    data = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    guessed = tuple(f"{fields[name]} → {name}" for name in fields if name not in own)
    found = [COLUMN.finding("taken", "note", members=guessed)] if guessed else []
    for column in ("area_m2", "recorded_area_m2"):
        if column not in data:
            continue
        values = as_numbers(data[column])
        head = fields.get(column, "") + str(rows.attrs.get("title", ""))
        none = np.full(len(values), np.nan)
        unit, _ = decide_area_unit(values.to_numpy(), none, field=head, declared=section.area_unit)
        if not unit and fields.get(column, column) != column:
            raise InputError(
                f"候选清单 {section.name} 的面积单位无法判定，请写明 area_unit。",
                f"The unit of areas in the list {section.name} cannot be told: state area_unit.",
            )
        data[column] = values * float(M2_PER_UNIT[unit or "平方米"])
    return data, findings_table(found)


def _not_as_recorded(table: pd.DataFrame) -> list[Finding]:
    """Tell which candidates have no recorded area, or one that their drawing does not bear out."""
    recorded = pd.to_numeric(table["recorded_area_m2"], errors="coerce")
    effect = {"zh": "按图形面积计", "en": "the drawn area counts"}
    found = []
    if missing := int(recorded.isna().sum()):
        told: dict[str, Any] = {"n": missing, "effect": effect}
        found.append(COLUMN.finding("unread", "note", subject="recorded_area_m2", values=told))
    unlike = recorded.notna() & recorded.ne(table["area_m2"])
    if unlike.any():
        names = tuple(as_text(table["parcel_id"])[unlike].head(MOST_NAMED))
        told = {"n": int(unlike.sum()), "effect": effect}
        subject = "recorded_area_m2"
        found.append(COLUMN.finding("unlike", "note", subject=subject, members=names, values=told))
    return found


def _placed(
    candidates: pd.DataFrame, regions: gpd.GeoDataFrame, counting: CountedBy
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each candidate its region, and its area as the checks will count it."""
    table = candidates.copy()
    found: list[Finding] = []
    tables: list[pd.DataFrame] = []
    drawn = table if isinstance(table, gpd.GeoDataFrame) else None
    if "area_m2" not in table and drawn is not None:
        table["area_m2"] = counted_area(drawn, **counting)
        if counting["area"] in (None, "recorded") and "recorded_area_m2" in table:
            found = _not_as_recorded(table)
    elif "area_m2" not in table and "recorded_area_m2" in table:
        table["area_m2"] = as_numbers(table["recorded_area_m2"])
    named = as_text(table["region"]) if "region" in table else pd.Series("", index=table.index)
    names = list(regions["name"])
    for text in filter(None, sorted({*named} - {*names})):  # 连州 is the plan's 连州镇
        kind, at = match_among(text, names)
        if kind in {"exact", "abbreviated"}:
            named = named.mask(named.eq(text), names[at])
    open_here = ~named.isin(regions["name"])
    if drawn is not None and open_here.any():
        joined = crosswalk_with_findings(drawn.loc[open_here], regions)
        tables.append(joined.findings)
        pieces = joined.data.sort_values("area_m2", ascending=False, kind="stable")
        most = pieces.drop_duplicates("parcel_id").set_index("parcel_id")["region_id"]
        called = regions.drop_duplicates("region_id").set_index("region_id")["name"]
        where = as_text(as_text(table["parcel_id"]).map(most).map(called))
        named = named.mask(open_here, where)
    table["region"] = named.astype("str")
    return table, join_findings(*tables, findings_table(found))


def _scored(candidates: pd.DataFrame, scores: Mapping[str, ScoreSection]) -> pd.DataFrame:
    """Measure columns of the candidates, and add to their score what has a weight.

    A weight counts from the least to the most among the candidates (min-max, as in weighted
    linear combination): 1 where the most is best, -1 where the least is; so units do not matter.
    """
    if scores and not isinstance(candidates, gpd.GeoDataFrame):
        raise InputError(
            "候选地块没有图形，量不出 [allocate.scores] 的各列：请给出图层。",
            "The candidates have no shapes from which to measure [allocate.scores]: give a layer.",
        )
    table = candidates.copy()
    for name, section in scores.items():
        if Path(section.name).suffix.lower() in RASTERS:
            options = {"statistic": section.statistic, "classes": section.classes}
            values = raster_column(table, str(section.file), band=section.band, **options)  # type: ignore[arg-type]
        else:
            other = read_beside(section, to_crs=table.crs).geometry
            values = table.geometry.distance(other.union_all()).where(~table.geometry.is_empty)
        table[name] = values
        if section.weight is not None:
            least, most = values.min(), values.max()
            point = (values - least) / (most - least) if most > least else values * 0.0
            point = point if section.weight > 0 else 1 - point
            own = pd.to_numeric(table["score"], errors="coerce") if "score" in table else 0.0
            table["score"] = own + abs(section.weight) * point
    return table


def read_decisions(path: Path | str) -> pd.DataFrame:
    r"""Read decisions from a CSV: ``parcel_id decision use quarter``, in either language.

    Raises
    ------
    InputError
        If there is no such file, or no column of ids.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "keep.csv")
    >>> _ = file.write_text("地块编号,决定\nA1,入选\n", "utf-8")
    >>> read_decisions(file).values.tolist()
    [['A1', '入选']]
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"没有文件 {path}：请核对路径。", f"No such file: {path}.")
    names = {zh: key for key, (zh, _) in TITLES.items()} | {"决定": "decision", "编号": "parcel_id"}
    table = pd.read_csv(path, dtype="str", encoding="utf-8-sig").fillna("").rename(columns=names)
    if "parcel_id" in table:  # what is no formula in a spreadsheet stands behind an apostrophe
        table["parcel_id"] = table["parcel_id"].str.replace(r"^'(?=[=+@\t\r-])", "", regex=True)
    if "parcel_id" not in table:
        raise InputError(
            f"{path.name} 没有地块编号列：列应为 parcel_id、decision、use、quarter。",
            f"{path.name} has no column parcel_id: give parcel_id, decision, use, quarter.",
        )
    return table


def choice_of(chosen: Chosen) -> pd.DataFrame:
    """Give the candidates with what became of them: ``choice`` of `landgis.results.Results`."""
    answer, layer = chosen.allocation, _told_columns(chosen.question.candidates)
    ids = as_text(layer["parcel_id"])
    told = answer.selected.set_index("parcel_id")
    why = pd.concat([answer.selected, answer.others]).drop_duplicates("parcel_id")
    layer["chosen"] = ids.isin(told.index)
    layer["use"] = ids.map(told["use"]).fillna("").astype("str")
    layer["quarter"] = ids.map(told["quarter"]).astype("Int64")
    layer["area_m2"] = ids.map(told["area_m2"]).astype("float64")
    layer["why"] = ids.map(why.set_index("parcel_id")["why"]).fillna("").astype("str")
    return layer


def _told_columns(table: pd.DataFrame) -> pd.DataFrame:
    known = ("parcel_id", "name", "category", "region", "basis", "geometry")
    return table[[c for c in known if c in table]].copy()


# ------------------------------------------------------------------ decided by hand


MOST_ALTERNATIVES = 150
"""Candidates up to which a page offers other plans nearly as good."""


def write_project_sandbox(
    project: Project,
    path: Path | str,
    *,
    keep: pd.DataFrame | None = None,
    choose: bool = True,
    solver: bool = True,
    lang: Lang = "zh",
) -> Path:
    """Write the page on which a project's plan is decided by hand (沙盘).

    Parameters
    ----------
    keep
        A decision to begin with, as `read_decisions` reads it.
    choose
        Choose land first: the page then begins with that, and tells what cannot be had together.
    solver
        See `landgis.maps.sandbox.write_sandbox`.

    Examples
    --------
    >>> import tempfile
    >>> from landgis.project import load_project
    >>> here = load_project("data/projects/lianzhou-2025.toml")
    >>> page = Path(tempfile.mkdtemp(), "sandbox.html")
    >>> write_project_sandbox(here, page, choose=False, solver=False).name
    'sandbox.html'
    """
    question = read_question(project)
    problem, lined = pose(question.candidates, question.plan, timed=True, **question.asked)
    starts = {} if keep is None else {say(lang, "已有决定", "as given"): keep}
    sentences: list[str] = []
    if choose and len(question.candidates):
        answer = run_allocation(question).allocation
        starts[say(lang, "程序推荐", "proposed")] = answer.selected
        if answer.status == "optimal" and len(question.candidates) <= MOST_ALTERNATIVES:
            others, _ = alternatives(answer, count=3, nodes=200)
            for number, other in enumerate(others[1:], 2):
                starts[say(lang, f"另案{number - 1}", f"other {number - 1}")] = other
        told = tell(answer.findings, lang)
        asked = told["check"].isin(["allocate.result", "allocate.conflicts"])
        sentences = told.loc[asked & told["verdict"].ne("pass"), "message"].tolist()
    lines = tell(lined, lang)
    return write_sandbox(
        problem,
        path,
        land=question.candidates,
        regions=question.regions,
        periods=plan_periods(question.plan),
        title=say(lang, f"{project.title} · 沙盘", f"{project.title} · sandbox"),
        starts=starts,
        told=sentences,
        why=dict(zip(lines["subject"], lines["message"], strict=True)),
        source=question.plan.document,
        solver=solver,
        lang=lang,
    )
