"""A project checked, compared, drawn, exported; and land chosen for its plan."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from landgis.cli import common as cli
from landgis.errors import InputError
from landgis.language import Lang, say

if TYPE_CHECKING:
    import pandas as pd

    from landgis.formats.postgis import Existing
    from landgis.results import Results


@click.command(short_help="按项目文件核对面积、宗地和规则 · all checks of a project")
@click.argument("project", type=cli.FILE)
@cli.DECISIONS
@cli.STRICT
@cli.common
def check(project: Path, keep: Path | None, strict: bool, as_json: bool, lang: Lang) -> int:
    """核对项目 PROJECT：计划自身、各区域各用途面积、宗地、规则。

    Run every check of a project, or of what was decided on its sandbox page.
    """
    from landgis.project import load_project
    from landgis.project.allocate import run_decided

    results = _run(project) if keep is None else run_decided(load_project(project), keep)
    findings = results.findings
    if as_json:
        cli.print_json({"findings": cli.finding_records(findings, lang)})
    else:
        cli.print_findings(findings, lang)
    return cli.exit_code(findings, strict)


_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(short_help="两个版本或两个日期的变化 · what moved between two versions or days")
@click.argument("before", type=cli.FILE)
@click.argument("after", type=cli.FILE, required=False)
@click.option("--from", "since", type=_DAY, help="起始日期，如 2024-06-30 · first day")
@click.option("--to", "until", type=_DAY, help="截止日期，如 2024-09-30 · last day")
@cli.common
def compare(
    before: Path,
    after: Path | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    lang: Lang,
) -> None:
    """比较 BEFORE 与 AFTER：两个计划文件、项目文件或选地结果（selected.csv）；或项目的两个日期。

    Tell what moved between two plan documents, two project files, two choices of land
    (selected.csv or decisions.csv), or two days of one project:
    landgis compare 项目.toml --from 2024-06-30 --to 2024-09-30.
    """
    from landgis.checks.compare import changes_text
    from landgis.report.changes import change_lines

    if after is not None and before.suffix.lower() == after.suffix.lower() == ".csv":
        _compare_choices(before, after, as_json=as_json, lang=lang)
        return
    if after is not None and not since and not until:
        changes = _changes_of_files(before, after)
    elif after is None and until:
        changes = _changes_of_days(before, since and since.date(), until.date())
    else:
        raise InputError(
            "compare 需要两个文件，或一个项目文件和截止日期 --to（可另加起始日期 --from）。",
            "compare takes two files, or one project file with --to (and --from).",
        )
    if as_json:
        found = changes.pop("findings", None)
        told = {} if found is None else {"findings": cli.finding_records(found, lang)}
        if "parcels" in changes:
            moved = changes["parcels"]
            words = [changes_text(each, lang) for each in moved["changes"]]
            changes["parcels"] = moved.assign(changes=words)
        cli.print_json({**{name: cli.records(table) for name, table in changes.items()}, **told})
        return
    if "findings" in changes:
        cli.print_findings(changes["findings"], lang)
    for line in change_lines(changes, lang=lang):
        click.echo(line)


CHANGES = {
    "in": ("新入选", "comes in"),
    "out": ("不再入选", "goes out"),
    "use": ("用途改变", "use"),
    "quarter": ("供应时段改变", "period"),
    "area_m2": ("面积改变", "area"),
}


def _compare_choices(before: Path, after: Path, *, as_json: bool, lang: Lang) -> None:
    """Tell what moved between two choices of land, parcel by parcel."""
    from landgis.allocation.explain import compare_choices
    from landgis.project.allocate import read_decisions

    moved = compare_choices(read_decisions(before), read_decisions(after))
    if as_json:
        cli.print_json({"allocation": cli.records(moved)})
        return
    for row in cli.records(moved):
        sides = " → ".join(filter(None, (row["before"], row["after"])))
        click.echo(f"{row['parcel_id']}  {say(lang, *CHANGES[row['change']])}  {sides}")
    click.echo(say(lang, f"共 {len(moved)} 处变化。", f"{len(moved)} changes."))


def _changes_of_files(before: Path, after: Path) -> dict[str, pd.DataFrame]:
    from landgis.examining import compare as compared
    from landgis.plan.extract import read_plan

    if before.suffix.lower() == after.suffix.lower() == ".toml":
        was, now = _run(before), _run(after)
        noticed = was.findings["check"].str.startswith(("plan.", "layer."))
        return {**compared(was, now), "findings": was.findings[noticed]}
    plans = [read_plan(path) for path in (before, after)]
    return {"plan": compared(*plans), "findings": plans[0].findings}


def _changes_of_days(project: Path, since: date | None, until: date) -> dict[str, pd.DataFrame]:
    from landgis.examining import compare_supply

    if project.suffix.lower() != ".toml":
        raise InputError(
            f"按日期比较需要项目文件（.toml），实为 {project.name}。",
            f"Days are compared of a project file (.toml), not of {project.name}.",
        )
    if since is not None and since >= until:
        raise InputError(
            f"起始日期 {since} 应早于截止日期 {until}。",
            f"The first day, {since}, must come before the last, {until}.",
        )
    return {"supply": compare_supply(_run(project), (since, until))}


def _run(project: Path) -> Results:
    from landgis.project import load_project, run_project

    return run_project(load_project(project))


@click.command("map", short_help="每类一张离线地图 · one offline map page for each category")
@click.argument("project", type=cli.FILE)
@cli.DIRECTORY
@click.option(
    "--plates",
    type=click.Choice(["png", "pdf", "svg"]),
    multiple=True,
    help="另存静态图版，可多次给出 · static plates too",
)
@click.option(
    "--sheet",
    type=click.Choice(["A4", "A3"]),
    default="A4",
    help="图版的幅面，横放 · size of the plates' sheet, lying across",
)
@click.option(
    "--atlas",
    metavar="all|fail|ID,ID…",
    help="宗地图册 plates/atlas.pdf：全部宗地、检查不通过的，或这些编号 · an atlas of parcels",
)
@click.option(
    "--per-plate",
    type=click.IntRange(1, 200),
    help="图册一幅几宗；一宗时带界址点、边长、四至 · parcels on a plate of the atlas",
)
@click.option(
    "--basemap",
    "basemaps",
    multiple=True,
    metavar="NAME|FILE",
    help="底图，可多次给出：tianditu、tianditu-img、osm、amap，瓦片文件夹，.mbtiles、.pmtiles，"
    "或含 {z}/{x}/{y} 的地址；默认没有 · basemaps, none by default",
)
@click.option("--key", help="天地图密钥，会写在网页里 · key for tianditu, stands in the pages")
@click.option("--gcj02", is_flag=True, help="底图文件或地址为 GCJ-02 · tiles are in GCJ-02")
@cli.common
def draw(
    project: Path,
    output: Path,
    plates: tuple[str, ...],
    sheet: Literal["A4", "A3"],
    atlas: str | None,
    per_plate: int | None,
    basemaps: tuple[str, ...],
    key: str | None,
    gcj02: bool,
    as_json: bool,
    lang: Lang,
) -> None:
    """为项目 PROJECT 的每个用途（类别）各做一张离线地图，另有总图；也可做图版和宗地图册。

    Write one map page for each category and an overview; plates and an atlas of parcels on request.
    """
    from landgis.maps.atlas import draw_atlas
    from landgis.maps.page import write_maps
    from landgis.maps.plates import write_plates
    from landgis.project import choose_basemaps, foresee, load_project, run_project

    settings = load_project(project)
    asked = {
        "basemaps": basemaps,
        "key": key,
        "gcj02": gcj02,
        "atlas": atlas,
        "per_plate": per_plate,
    }
    shown = settings.maps.model_copy(update={k: v for k, v in asked.items() if v})
    chosen = choose_basemaps(shown)
    cli.warn_of(foresee(output, plates=plates or (("pdf",) if shown.atlas else ())), lang)
    results = run_project(settings)
    maps = write_maps(results, output, basemaps=chosen, lang=lang)
    folder = output / "plates"
    sheets = write_plates(results, maps, folder, formats=plates, sheet=sheet, lang=lang)
    if shown.atlas:
        book = draw_atlas(
            results,
            folder / "atlas.pdf",
            parcels=shown.atlas,
            per_plate=shown.per_plate,
            sheet=sheet,
            lang=lang,
        )
        sheets.append(book)
    cli.print_files("maps", [*maps, *sheets], as_json)


@click.command(short_help="写出图层：GeoPackage、shapefile 等 · write the layers")
@click.argument("project", type=cli.FILE)
@cli.writes(cli.STORE, "输出文件夹，或数据库 postgresql://… · folder to write into, or a database")
@cli.EXISTING
@cli.common
def export(
    project: Path, output: Path | str, existing: Existing, as_json: bool, lang: Lang
) -> None:
    """写出项目 PROJECT 的图层。

    Write the layers of a project.
    """
    from landgis.export.run import export_layers, export_tables
    from landgis.project import foresee, load_project, run_project

    settings = load_project(project)
    if isinstance(output, Path):
        cli.warn_of(foresee(output, formats=settings.formats), lang)
    results = run_project(settings)
    if isinstance(output, str):
        tables = export_tables(results, output, existing=existing, lang=lang)
        cli.print_files("tables", tables, as_json)
        return
    files = export_layers(
        results,
        output,
        formats=settings.formats,
        encoding=settings.shapefile_encoding,
        lang=lang,
    )
    cli.print_files("files", files, as_json)


@click.command(short_help="交出随附的报告模板 · hand out the template of the report")
@click.option(
    "--kind",
    type=click.Choice(["report", "summary"]),
    default="report",
    help="report 报告（默认），summary 一页签批稿 · report (default), or the page to be signed",
)
@cli.writes(cli.Written(".docx"), "写到哪里（.docx） · where to write it")
@cli.common
def template(kind: Literal["report", "summary"], output: Path, as_json: bool, lang: Lang) -> None:  # noqa: ARG001 - common to all commands
    """交出随附的 DOCX 模板，供单位改样式、抬头；改后写入项目文件的 template。

    Write the DOCX template that comes with landgis, to be changed and named in the project file.
    """
    from landgis.files.whole import beside
    from landgis.report.docx import shipped_template

    with beside(output) as draft:
        draft.write_bytes(shipped_template(kind).read_bytes())
    cli.print_files("files", [output], as_json)


@click.command(short_help="按计划选地：选哪些、何时、为何 · choose land for the plan")
@click.argument("project", type=cli.FILE)
@cli.DIRECTORY
@click.option(
    "--keep",
    type=cli.FILE,
    help="保留的决定，CSV：parcel_id、decision（in/out）、use、quarter · decisions that stand",
)
@cli.STRICT
@cli.common
def allocate(
    project: Path, output: Path, keep: Path | None, strict: bool, as_json: bool, lang: Lang
) -> int:
    """为项目 PROJECT 的计划从候选地块中选地；不能满足的，说明原因和最少让步。

    Choose land among the candidates of a project. Ctrl-C gives the best choice so far.
    """
    from landgis.project import load_project
    from landgis.project.allocate import choice_of, read_decisions, run_allocation
    from landgis.report.chosen import write_allocation
    from landgis.telling import tell

    settings = load_project(project)
    kept = None if keep is None else read_decisions(keep)
    chosen = run_allocation(settings, keep=kept, progress=True if as_json else None)
    answer = chosen.allocation
    files = write_allocation(answer, choice_of(chosen), output, title=settings.title, lang=lang)
    findings = tell(answer.findings, lang)
    mine = findings[findings["check"].str.startswith("allocate.")]
    if as_json:
        cli.print_json(
            {
                "status": answer.status,
                "gap": answer.gap,
                "bound": answer.bound_m2,
                "deviation": answer.deviation_m2,
                "score": answer.score,
                "score_bound": answer.score_bound,
                "selected": cli.records(answer.selected),
                "targets": cli.records(answer.targets),
                "conflicts": cli.records(answer.conflicts),
                "findings": cli.records(findings),
                "files": files,
            }
        )
    else:
        click.echo(settings.title)
        for message in mine["message"]:
            click.echo(message)
        click.echo(say(lang, "请打开：", "Open: ") + str(output.resolve() / "allocation.xlsx"))
    return cli.exit_code(mine, strict)


@click.command(short_help="沙盘：一张离线网页，在图上定计划 · decide the plan on a map page")
@click.argument("project", type=cli.FILE)
@cli.writes(cli.Written(".html"), "输出网页 page.html · the page to write")
@click.option(
    "--keep",
    type=cli.FILE,
    help="从这份决定开始，CSV：parcel_id、decision、use、quarter、area_m2 · begin with decisions",
)
@click.option("--empty", is_flag=True, help="不先由程序选地，打开更快 · do not choose land first")
@click.option(
    "--no-solver", is_flag=True, help="网页里不带求解器，小约 1.6 MB · leave the solver out"
)
@cli.common
def sandbox(
    project: Path,
    output: Path,
    keep: Path | None,
    empty: bool,
    no_solver: bool,
    as_json: bool,
    lang: Lang,
) -> None:
    """写出项目 PROJECT 的沙盘：在图上选地、定用途和时段，合计与规则随之变动，一个文件，离线可用。

    Write one offline page on which candidates are taken in and out, with totals, rules, money,
    scenarios and the solver beside the map. Its decision goes back by `landgis allocate --keep`.
    """
    from landgis.project import load_project
    from landgis.project.allocate import read_decisions, write_project_sandbox

    page = write_project_sandbox(
        load_project(project),
        output,
        keep=None if keep is None else read_decisions(keep),
        choose=not empty,
        solver=not no_solver,
        lang=lang,
    )
    cli.print_files("pages", [page], as_json)
