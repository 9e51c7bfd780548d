"""A project file (project.toml): one run of the flow, from the plan document to `Results`.

The file names the plan document, the layers and their field names, the boundary layers, what
each plan region is made of, tolerances and outputs. Paths are relative to the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tqdm import tqdm

from landgis.checks.compare import (
    compare_dates,
    compare_parcels,
    compare_plans,
    compare_with_plan,
)
from landgis.checks.parcels import check_parcels
from landgis.checks.rules import check_rules
from landgis.checks.totals import check_totals
from landgis.errors import InputError, ProjectError
from landgis.export.run import export_layers
from landgis.findings import findings_table, join_findings
from landgis.join.split import crosswalk_with_findings
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.layers.boundaries import RegionSpec, compose_regions, read_regions
from landgis.layers.faults import Faults, find_faults
from landgis.layers.fields import as_parcels
from landgis.layers.placement import place_projects
from landgis.layers.read import LayerRead, read_layer
from landgis.layers.repair import repair_layer
from landgis.layers.shift import suspect_shift
from landgis.maps.basemaps import SERVICES, Basemap, choose_basemap
from landgis.maps.page import write_maps
from landgis.maps.plates import write_plates
from landgis.maps.tiles import LIMIT_MB
from landgis.plan.audit import audit_plan
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan
from landgis.report.write import write_report
from landgis.results import Results
from landgis.schema import RULES, table_of

Text = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A table of the project file: fixed keys, values that do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class LayerSection(Section):
    """A vector source (图层) and how to read it where the file does not say so itself."""

    file: Path
    layer: Text | None = None
    crs: Text | None = None
    encoding: Text | None = None
    datum_shift: tuple[float, ...] | Text | None = None
    """From 1980西安 or 1954北京 to CGCS2000: seven parameters, or a PROJ pipeline."""
    fields: dict[str, str] = {}
    """Column of landgis → field of the source (``parcel_id = "ZDDM"``)."""


class ParcelsSection(LayerSection):
    """The layer of parcels (宗地) or areas (片区)."""

    area_unit: Literal["平方米", "亩", "公顷"] | None = None
    scheme: Text | None = None
    """Name of the scheme that use codes follow, where the layer holds codes."""
    repair: bool = False
    """Whether to make invalid polygons valid; every change of area is among the findings."""
    reference: LayerSection | None = None
    """A layer with borders in common that lies right: tells whether the parcels are shifted."""


class SchematicSection(Section):
    """Areas (片区) that have no layer: placed by the plan's list, in the named townships."""

    crs: Text


class BoundariesSection(Section):
    """The boundary layers: districts and townships."""

    districts: LayerSection
    townships: LayerSection | None = None


class RegionSection(Section):
    """A plan region: what it is made of, or that it has no polygon."""

    name: Text
    members: tuple[Text, ...] = ()
    """Names or codes of divisions whose polygons make up the region."""
    polygon: bool = True


class RuleSection(Section):
    """A rule beside those read from the plan."""

    kind: Text
    subject: str = ""
    value: float | None = None
    unit: str = ""
    due: date | None = None
    region: str = ""
    category: str = ""
    of: str = ""
    """What a share is a share of (出让, 工矿仓储用地); empty for all land."""
    land_source: str = ""
    supply_mode: str = ""


class ChecksSection(Section):
    """Tolerances and further layers of the checks."""

    relative_tolerance: Annotated[float, Field(ge=0, lt=1)] = 0.0
    point_error_m: Annotated[float, Field(gt=0, le=10)] = 0.05
    area: Literal["plane", "ellipsoid", "survey"] = "plane"
    as_of: date | None = None
    history: LayerSection | None = None
    """Parcels supplied in earlier years."""
    control_lines: dict[str, LayerSection] = {}
    """Layers of 永久基本农田, 生态保护红线, 城镇开发边界."""


class MapsSection(Section):
    """What the map pages show behind the parcels; nothing by default."""

    basemaps: tuple[Text, ...] = ()
    key: str = ""
    gcj02: bool = False
    tiles_mb: Annotated[float, Field(gt=0, le=500)] = LIMIT_MB


class CompareSection(Section):
    """An earlier version of the same project (调整前), or an earlier day, to compare with."""

    plan: Path | None = None
    parcels: ParcelsSection | None = None
    since: date | None = None
    """The day from which to tell what was supplied until ``checks.as_of``."""


class Project(Section):
    """A project file, read. Paths are absolute.

    Examples
    --------
    >>> Project.model_fields["plan"].is_required()
    True
    """

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    title: Text
    plan: Path
    map_number: str = ""
    parcels: ParcelsSection | None = None
    schematic: SchematicSection | None = None
    boundaries: BoundariesSection
    regions: tuple[RegionSection, ...] = ()
    rules: tuple[RuleSection, ...] = ()
    checks: ChecksSection = ChecksSection()
    formats: tuple[Text, ...] = ("gpkg", "shp")
    plates: tuple[Literal["png", "pdf", "svg"], ...] = ()
    """Formats of static map plates (图版); none by default."""
    template: Path | None = None
    """A DOCX template of the bureau's own for the report."""
    maps: MapsSection = MapsSection()
    compare: CompareSection | None = None


def load_project(path: Path | str) -> Project:
    """Read a project file.

    Parameters
    ----------
    path
        A TOML file.

    Raises
    ------
    InputError
        If there is no such file.
    ProjectError
        If it is no TOML, lacks a key, or has one that is not known; a misspelt key is told
        with the one that was probably meant.

    Examples
    --------
    >>> load_project("data/projects/huzhou-2024.toml").regions[0].polygon
    False
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            f"项目文件不存在：{path}。请检查路径，示例见 data/projects。",
            f"No such project file: {path}. Check the path; data/projects has examples.",
        )
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"项目文件 {path.name} 不是有效的 TOML（UTF-8）：{error}。"
            "请改正该处，并以 UTF-8 编码保存。",
            f"The project file {path.name} is no valid TOML in UTF-8: {error}.",
        ) from None
    try:
        project = Project.model_validate(_absolute(content, path.parent.resolve()))
    except ValidationError as error:
        raise _explain(error, path.name) from None
    if (project.parcels is None) == (project.schematic is None):
        raise ProjectError(
            f"项目文件 {path.name} 须有 [parcels]（宗地图层）或 [schematic]（按清单示意）之一。",
            f"The project file {path.name} needs either [parcels] (a layer) or [schematic] "
            "(areas placed by the plan's list).",
        )
    return project


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
    >>> results = run_project(load_project("data/projects/lianzhou-2025.toml"))
    >>> results.parcels["basis"].unique().tolist(), len(results.regions)
    (['sample'], 10)
    """
    with tqdm(total=4, disable=None, leave=False) as progress:

        def step(zh: str, en: str) -> None:
            progress.set_description(say(lang, zh, en))
            progress.update()

        step("读取计划", "plan")
        plan = read_plan(project.plan, lang=lang)
        step("读取图层", "layers")
        land = _read_land(project, plan, lang)
        step("叠合", "join")
        joined = crosswalk_with_findings(land.parcels, land.regions, lang=lang)
        step("核对", "checks")
        findings = [plan.findings, audit_plan(plan, lang=lang), land.findings, joined.findings]
        totals, parcels, rules = _check(project, plan, land, joined.table, lang)
        faults = None
        if project.parcels is not None:
            faults = find_faults(land.parcels, name=project.parcels.file.name, lang=lang)
            findings.append(_unsaid(faults, parcels))
        findings += [totals, parcels, rules]
    return Results(
        name=project.name,
        title=project.title,
        plan=plan,
        parcels=land.parcels,
        regions=land.regions,
        townships=land.townships,
        crosswalk=joined.table,
        findings=join_findings(*findings),
        map_number=project.map_number,
        faults=faults and faults.places,
    )


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
    >>> project = load_project("data/projects/lianzhou-2025.toml")
    >>> compare_earlier(project, run_project(project))
    {}
    """
    changes, noticed = {}, []
    earlier = project.compare or CompareSection()
    if earlier.plan:
        old = read_plan(earlier.plan, lang=lang)
        changes["plan"] = compare_plans(old, results.plan)
        noticed.append(old.findings)
    if earlier.parcels:
        before, findings = _read_parcels(earlier.parcels, lang)
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
    >>> project = load_project("data/projects/lianzhou-2025.toml")
    >>> read_earlier(project, run_project(project)) is None
    True
    """
    if project.compare is None or project.compare.parcels is None:
        return None
    return _read_parcels(project.compare.parcels, lang).data.to_crs(results.parcels.crs)


def choose_basemaps(maps: MapsSection) -> tuple[Basemap, ...]:
    """Give the basemaps of a project file; see `landgis.maps.basemaps.choose_basemap`.

    Examples
    --------
    >>> [base.name for base in choose_basemaps(MapsSection(basemaps=("osm",)))]
    ['OpenStreetMap']
    """
    return tuple(
        choose_basemap(name, key=maps.key, gcj02=maps.gcj02, limit_mb=maps.tiles_mb)
        for name in maps.basemaps
    )


def write_outputs(
    results: Results,
    directory: Path | str,
    *,
    formats: Sequence[str] = ("gpkg", "shp"),
    plates: Sequence[str] = (),
    changes: Mapping[str, pd.DataFrame] | None = None,
    basemaps: Sequence[Basemap] = (),
    earlier: gpd.GeoDataFrame | None = None,
    template: Path | None = None,
    lang: Lang = "zh",
) -> list[Path]:
    """Write layers, maps, tables and the report of one run; begin reading with report.html.

    Static plates (图版) go to the folder ``plates``, in the formats of ``plates``; ``changes``
    (see `compare_earlier`) have a section in the report; ``basemaps`` and ``earlier`` are shown
    by the maps (see `write_maps`); ``template`` makes report.docx (see `landgis.report.docx`).

    Returns
    -------
    list of Path
        The files written.

    Examples
    --------
    >>> import tempfile
    >>> results = run_project(load_project("data/projects/lianzhou-2025.toml"))
    >>> files = write_outputs(results, tempfile.mkdtemp(), formats=["gpkg"])
    >>> [file.name for file in files][:3]
    ['report.html', 'tables.xlsx', 'report.docx']
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    with tqdm(total=3, disable=None, leave=False) as progress:
        layers = export_layers(results, directory, formats=formats, lang=lang)
        progress.update()
        maps = write_maps(results, directory, basemaps=basemaps, earlier=earlier, lang=lang)
        sheets = write_plates(results, maps, directory / "plates", formats=plates, lang=lang)
        progress.update()
        report = write_report(
            results,
            directory,
            maps=[(_map_title(page, lang), page.name) for page in maps],
            files=[file.relative_to(directory).as_posix() for file in [*layers, *sheets]],
            changes=changes,
            template=template,
            lang=lang,
        )
        progress.update()
    return [*report, *maps, *sheets, *layers]


def _map_title(page: Path, lang: Lang) -> str:
    name = page.stem.removeprefix("map-").replace("overview", say(lang, "总图", "overview"))
    return category_name(name, lang)


class _Land(NamedTuple):
    """What lies on the map, all in one coordinate system."""

    parcels: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    townships: gpd.GeoDataFrame
    findings: pd.DataFrame


def _read_land(project: Project, plan: Plan, lang: Lang) -> _Land:
    """Read the layers and make the plan's regions, in the coordinate system of the parcels."""
    given = None if project.parcels is None else _read_parcels(project.parcels, lang)
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
    return _Land(land.data, regions.data, backdrop, join_findings(*findings))


def _inside(townships: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep the townships of the plan's regions; all of them if no region has a polygon."""
    place = regions.geometry.union_all()
    return (
        townships if place.is_empty else townships[townships.representative_point().within(place)]
    )


def _read_parcels(section: ParcelsSection, lang: Lang) -> LayerRead:
    parcels, findings = as_parcels(
        _read(section, lang=lang),
        fields=section.fields,
        category_scheme=section.scheme,
        area_unit=section.area_unit,
        name=section.file.name,
        lang=lang,
    )
    if section.reference is not None:
        beside = _read(section.reference, lang=lang).data
        shift = suspect_shift(parcels, beside, name=section.file.name, lang=lang)
        findings = join_findings(findings, findings_table(shift))
    if section.repair:
        repaired = repair_layer(parcels, lang=lang)
        parcels, findings = repaired.data, join_findings(findings, repaired.findings)
    return LayerRead(parcels, findings)


def _read_regions(section: LayerSection, crs: Any, lang: Lang) -> LayerRead:
    read = _read(section, to_crs=crs, lang=lang)
    regions = read_regions(read.data, fields=section.fields, lang=lang)
    return LayerRead(regions.data, join_findings(read.findings, regions.findings))


def _read(section: LayerSection, *, to_crs: Any = None, lang: Lang) -> LayerRead:
    return read_layer(
        section.file,
        layer=section.layer,
        crs=section.crs,
        encoding=section.encoding,
        datum_shift=section.datum_shift,
        to_crs=to_crs,
        lang=lang,
    )


def _plan_regions(plan: Plan) -> list[str]:
    """Name the regions that the plan's figures and list speak of, in its order."""
    named = [*plan.targets["region"], *plan.projects["region"]]
    named += [name for regions in plan.placements["regions"] for name in regions]
    return [name for name in dict.fromkeys(named) if name]


def _check(
    project: Project,
    plan: Plan,
    land: _Land,
    pieces: pd.DataFrame,
    lang: Lang,
) -> list[pd.DataFrame]:
    """Run every check of `landgis.checks`, with the project's tolerances and layers."""
    options = project.checks
    crs = land.parcels.crs
    history = options.history and _read(options.history, to_crs=crs, lang=lang).data
    lines = {n: _read(s, to_crs=crs, lang=lang).data for n, s in options.control_lines.items()}
    rules = table_of([{**r.model_dump(), "due": str(r.due or "")} for r in project.rules], RULES)
    layers = {"parcels": land.parcels, "regions": land.regions}
    point_error_m = options.point_error_m
    return [
        check_totals(
            pieces,
            plan,
            **layers,
            relative_tolerance=options.relative_tolerance,
            point_error_m=point_error_m,
            lang=lang,
        ),
        check_parcels(
            land.parcels,
            pieces,
            regions=land.regions,
            history=history,
            control_lines=lines,
            area_method=options.area,
            point_error_m=point_error_m,
            lang=lang,
        ),
        check_rules(
            land.parcels,
            plan,
            crosswalk=pieces,
            regions=land.regions,
            as_of=options.as_of,
            rules=rules,
            lang=lang,
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


def _absolute(content: Any, folder: Path) -> Any:
    """Make the paths of the file (``plan``, ``template``, every ``file`` …) absolute."""
    if isinstance(content, list):
        return [_absolute(item, folder) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        key: str(folder / value)
        if key in {"plan", "file", "template"} and isinstance(value, str)
        else [_absolute_basemap(name, folder) for name in value]
        if key == "basemaps" and isinstance(value, list)
        else _absolute(value, folder)
        for key, value in content.items()
    }


def _absolute_basemap(name: Any, folder: Path) -> Any:
    known = not isinstance(name, str) or name in SERVICES or "://" in name
    return name if known else str(folder / name)


def _explain(error: ValidationError, file: str) -> ProjectError:
    """Say the first fault of a project file in one sentence."""
    faults = error.errors(include_url=False)
    first = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    where = [str(part) for part in first["loc"]]
    place = ".".join(where)
    for index in {part for part in first["loc"] if isinstance(part, int)}:
        place = place.replace(f".{index}", f"[{index + 1}]")
    if first["type"] == "extra_forbidden":
        known = _keys(tuple(where[:-1]))
        meant = get_close_matches(where[-1], known, n=1, cutoff=0.5)
        zh = f"是否应为“{meant[0]}”？" if meant else f"可用的键：{'、'.join(known)}。"
        en = f"did you mean “{meant[0]}”?" if meant else f"known keys: {', '.join(known)}."
        return ProjectError(
            f"项目文件 {file} 中有不认识的键“{place}”，{zh}",
            f"The project file {file} has an unknown key “{place}”; {en}",
        )
    if first["type"] == "missing":
        return ProjectError(
            f"项目文件 {file} 缺少“{place}”，请补上。",
            f"The project file {file} lacks “{place}”; add it.",
        )
    return ProjectError(
        f"项目文件 {file} 中“{place}”的值 {first['input']!r} 不能用：{first['msg']}。",
        f"In the project file {file} the value {first['input']!r} of “{place}” cannot be used: "
        f"{first['msg']}.",
    )


def _keys(where: tuple[str, ...]) -> list[str]:
    """List the known keys of the table at ``where`` (indices of arrays are passed over)."""
    model: type[BaseModel] = Project
    for part in where:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        model = _models(annotation)[0]
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models(inner)]
