"""One run of the flow: the files that a project names, read, examined, and all that is written.

All layers are brought into one coordinate system, that of the parcels. Parcels are read from their
layer, or placed by the plan's list; regions are what the file says that they are made of, or the
ones that the plan speaks of. What was accepted before is marked so. Layers, maps, plates, tables
and the report are written; or many runs at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from landgis.crs import convert_crs, suspect_shift
from landgis.divisions import match_among
from landgis.errors import InputError, LandgisError, require
from landgis.export.run import export_layers
from landgis.files.encoding import decode_text
from landgis.files.machine import chinese_font
from landgis.files.whole import forget, settle_outputs, unwritable, write_whole
from landgis.findings import define, finding_keys, findings_table, join_findings, tell
from landgis.formats.points_files import csv_rows
from landgis.formats.registry import foresee_files
from landgis.landuse import canonical, category_name
from landgis.language import Lang, say
from landgis.layers.faults import repair_layer
from landgis.layers.fields import as_parcels, decide_area_unit
from landgis.layers.read import LayerRead, read_layer, read_list, rename_fields
from landgis.maps.assets import Basemap, choose_basemap
from landgis.maps.atlas import NoParcelsError, draw_atlas
from landgis.maps.page import write_maps
from landgis.maps.plates import write_plates
from landgis.measure import area_m2
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan
from landgis.project.settings import (
    CompareSection,
    LayerSection,
    ListSection,
    MapsSection,
    ParcelsSection,
    Project,
    load_project,
)
from landgis.raster import check_cover
from landgis.regions.compose import RegionSpec, compose_regions, place_projects
from landgis.regions.read import read_regions
from landgis.report.docx import check_template
from landgis.report.write import OverviewLine, write_overview, write_report
from landgis.results import Results, examine, with_earlier
from landgis.schema import PARCELS, RULES, conform, guess_fields, table_of
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
    return _map_uses(LayerRead(parcels, findings), uses)


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
    """Read a list as table ``parcels``; its unit is the one in which it agrees with the map."""
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
    return _map_uses(whole, uses).data


def _map_uses(parcels: LayerRead, uses: Uses) -> LayerRead:
    """Give parcels the uses that a bureau's own words stand for.

    A word that stands for shares of several uses is kept: the balance divides its land.
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


def _read_accepted(path: Path) -> pd.DataFrame:
    """Read the lines of a file in which a person has filled in who accepts, and why."""
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
            accepted = _read_accepted(project.accepted)
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


DOCUMENTS = frozenset(
    {".docx", ".doc", ".wps", ".pdf", ".html", ".htm", ".ofd", ".txt", ".xlsx", ".xls"}
)


def several(files: Sequence[Path | str]) -> list[Path]:
    """Give the plans or projects that a command line stands for, if they are more than one.

    Parameters
    ----------
    files
        Files, folders, and patterns (``计划/*.docx``), which some systems leave to the program.

    Returns
    -------
    list of Path
        Project files if there are any, else documents; empty where there is one, or where a
        layer among them says that they belong to one project.

    Examples
    --------
    >>> [path.name for path in several([Path("data/plans")])][:2]
    ['bachu-2025.txt', 'huzhou-2023-2027.xlsx']
    >>> several([Path("data/projects/lianzhou-2025.toml")])
    []
    """
    found: list[Path] = []
    for file in files:
        if isinstance(file, str):  # a database belongs to one project
            return []
        if any(sign in file.name for sign in "*?["):
            found += sorted(file.parent.glob(file.name))
        elif file.is_dir() and file.suffix.lower() != ".gdb":
            found += sorted(path for path in file.iterdir() if path.is_file())
        else:
            found.append(file)
    found = [path for path in found if not path.name.startswith((".", "~$", "README"))]
    projects = [path for path in found if path.suffix.lower() == ".toml"]
    documents = [path for path in found if path.suffix.lower() in DOCUMENTS]
    if len(projects) > 1:
        return projects
    return documents if not projects and len(documents) == len(found) > 1 else []


def run_many(files: Iterable[Path], directory: Path, *, lang: Lang = "zh") -> list[Path]:
    """Run projects, or read and audit plans, and write one overview of all.

    A file that cannot be used takes no other with it: its line says why.

    Returns
    -------
    list of Path
        ``overview.html``, ``overview.xlsx``, and what the projects gave, each in a folder of its
        name.

    Examples
    --------
    >>> import tempfile
    >>> made = run_many([Path("data/plans/bachu-2025.txt"), Path("data/plans/README.md")],
    ...                 Path(tempfile.mkdtemp()))
    >>> [path.name for path in made]
    ['overview.html', 'overview.xlsx']
    """
    directory.mkdir(parents=True, exist_ok=True)
    lines: list[OverviewLine] = []
    made: list[Path] = []
    for file in tqdm(list(files), disable=None, leave=False):
        try:
            if file.suffix.lower() == ".toml":
                settings = load_project(file)
                results = run_project(settings)
                folder = directory / settings.name
                made += write_outputs(results, folder, **outputs_asked(settings), lang=lang)
                plan, findings = results.plan, results.findings
                link = f"{settings.name}/report.html"
            else:
                plan, link = read_plan(file), ""
                findings = join_findings(plan.findings, audit_plan(plan))
            lines.append(OverviewLine.of(file.name, plan, findings, link=link, lang=lang))
        except (LandgisError, OSError) as error:
            told = error.message(lang) if isinstance(error, LandgisError) else str(error)
            lines.append(OverviewLine(file=file.name, worst=told))
    return [*write_overview(lines, directory, lang=lang), *made]


def choose_basemaps(maps: MapsSection) -> tuple[Basemap, ...]:
    """Give the basemaps of a project file; see `landgis.maps.assets.choose_basemap`.

    Examples
    --------
    >>> [base.name for base in choose_basemaps(MapsSection(basemaps=("osm",)))]
    ['OpenStreetMap']
    """
    return tuple(
        choose_basemap(name, key=maps.key, gcj02=maps.gcj02, limit_mb=maps.tiles_mb)
        for name in maps.basemaps
    )


def outputs_asked(project: Project) -> dict[str, Any]:
    """Give what a project file asks `write_outputs` for.

    Examples
    --------
    >>> from landgis.project import load_project
    >>> outputs_asked(load_project("data/projects/lianzhou-2025.toml"))["per_plate"]
    1
    """
    return {
        "formats": project.formats,
        "encoding": project.shapefile_encoding,
        "plates": project.plates,
        "template": project.template,
        "columns": project.list_columns,
        "basemaps": choose_basemaps(project.maps),
        "atlas": project.maps.atlas,
        "per_plate": project.maps.per_plate,
    }


def write_outputs(
    results: Results,
    directory: Path | str,
    *,
    formats: Sequence[str] = ("gpkg", "shp"),
    encoding: str = "UTF-8",
    plates: Sequence[str] = (),
    basemaps: Sequence[Basemap] = (),
    atlas: Sequence[str] | str = "",
    per_plate: int = 1,
    template: Path | None = None,
    columns: Sequence[str] = (),
    lang: Lang = "zh",
) -> list[Path]:
    """Write layers, maps, tables and the report of one run; begin reading with report.html.

    ``encoding`` is that of shapefiles (UTF-8 or GBK). Static plates (图版) go to the folder
    ``plates``, in the formats of ``plates``, and beside them the parcels of ``atlas`` (see
    `draw_atlas`); ``basemaps`` are shown by the maps (see `write_maps`); ``template`` makes
    report.docx (see `landgis.report.docx`); ``columns`` are the fields of the parcels' layer in
    the list of parcels.

    One output that cannot be made does not stop the others. What an earlier run wrote here and
    this one does not make is removed, see `landgis.files.whole`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    InputError
        At the end, if outputs could not be made: which, and why.

    Examples
    --------
    >>> import tempfile
    >>> from landgis.project import load_project, run_project
    >>> results = run_project(load_project("data/projects/lianzhou-2025.toml"))
    >>> files = write_outputs(results, tempfile.mkdtemp(), formats=["gpkg"])
    >>> files[0].name
    'report.html'
    """
    require(results, Results, name="results")
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    results = results.told(lang)  # once for all that is written
    missing: list[tuple[str, LandgisError]] = []
    broken: list[Exception] = []

    def attempt(what: str, make: Callable[[], list[Path]]) -> list[Path]:
        """Make one output; if it fails the others still appear."""
        try:
            return make()
        except NoParcelsError:  # none that fails
            return []
        except LandgisError as error:
            missing.append((what, error))
        except OSError as error:
            missing.append((what, unwritable(directory / what, error)))
        except Exception as error:  # noqa: BLE001 - a fault of landgis's stops no other output
            broken.append(error)
            said = f"{type(error).__name__}: {error}"
            missing.append((what, LandgisError(f"程序出错 {said}", f"a fault of landgis, {said}")))
        return []

    with tqdm(total=3, disable=None, leave=False) as progress:
        layers: list[Path] = []
        for kind in formats:
            export = partial(export_layers, results, directory, formats=[kind])
            layers += attempt(kind, partial(export, encoding=encoding, lang=lang))
        progress.update()
        maps = attempt(
            say(lang, "地图", "maps"),
            lambda: write_maps(results, directory, basemaps=basemaps, lang=lang),
        )
        sheets = attempt(
            say(lang, "图版", "plates"),
            lambda: write_plates(results, maps, directory / "plates", formats=plates, lang=lang),
        )
        if atlas:
            book = directory / "plates" / "atlas.pdf"
            draw = partial(draw_atlas, results, book, parcels=atlas, per_plate=per_plate, lang=lang)
            sheets += attempt(say(lang, "宗地图册", "atlas"), lambda: [draw()])
        progress.update()
        report = attempt(
            say(lang, "报告", "report"),
            lambda: write_report(
                results,
                directory,
                maps=[(_map_title(page, lang), page.name) for page in maps],
                files=[file.relative_to(directory).as_posix() for file in [*layers, *sheets]],
                template=template,
                columns=columns,
                lang=lang,
            ),
        )
        progress.update()
    wanting, csv = open_findings(results.findings, lang=lang), directory / "findings.csv"
    to_csv = partial(wanting.to_csv, index=False, encoding="utf-8-sig")
    listed = attempt(csv.name, lambda: [write_whole(csv, to_csv)])
    made = [*report, *maps, *sheets, *layers, *listed]
    settle_outputs(directory, made)
    if missing:
        raise _not_made(missing) from (broken[0] if broken else None)
    return made


def foresee(
    directory: Path | str,
    *,
    formats: Sequence[str] = (),
    plates: Sequence[str] = (),
    template: Path | None = None,
) -> list[LandgisError]:
    """Look, before the work is done, at what its outputs need; give what will not be there.

    A typeface for the plates, the template, the driver of each format, room on the disk.

    Examples
    --------
    >>> foresee("out", formats=["gpkg"])
    []
    """
    found = foresee_files(directory, formats)
    needs: list[Callable[[], object]] = [chinese_font] if plates else []
    needs += [partial(check_template, template)] if template else []
    for need in needs:
        try:
            need()
        except LandgisError as error:
            found.append(error)
    return found


def _not_made(missing: Sequence[tuple[str, LandgisError]]) -> InputError:
    """Name the outputs that could not be made, each with its reason."""
    zh = "；".join(f"{what}（{error.zh.rstrip('。')}）" for what, error in missing)
    en = "; ".join(f"{what} ({error.en.rstrip('.')})" for what, error in missing)
    return InputError(
        f"有 {len(missing)} 项成果未写出，其余均已写出：{zh}。",
        f"{len(missing)} outputs could not be made, all others are there: {en}.",
    )


def _map_title(page: Path, lang: Lang) -> str:
    name = page.stem.removeprefix("map-").replace("overview", say(lang, "总图", "overview"))
    return category_name(name, lang)
