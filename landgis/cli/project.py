"""A project run, from its file or a bureau's files as they are; checked, compared, drawn, exported.

And land chosen for its plan.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from landgis.cli import common as cli
from landgis.errors import InputError
from landgis.language import Lang, say

if TYPE_CHECKING:
    from landgis.project.draft import Draft
    from landgis.project.run import Inputs
    from landgis.project.settings import Project
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

    from landgis.formats.postgis import Existing


@click.command(short_help="全流程：报告、表格、地图、图层 · the whole flow")
@click.argument("files", type=cli.STORE, nargs=-1, required=True, metavar="PROJECT [NEWER]|FILES…")
@cli.DIRECTORY
@cli.DECISIONS
@cli.STRICT
@cli.common
def run(
    files: tuple[Path | str, ...],
    output: Path,
    keep: Path | None,
    strict: bool,
    as_json: bool,
    lang: Lang,
) -> int:
    """按项目文件走完全流程；或直接给出文件（计划、宗地、乡镇 …，次序不限），项目文件随即写成。

    图层也可以是数据库里的表：postgresql://用户@主机/库#模式.表。

    项目文件后再给一个宗地图层，即用新一期的宗地继续该项目，并与原来的比较。

    Run the whole flow of a project file, or of files in any order; the project file used is
    written into the folder. Begin with report.html.
    """
    from landgis.answer import answer
    from landgis.files.whole import read_once
    from landgis.findings import count_verdicts, finding_keys
    from landgis.project import foresee, load_project, run_project, write_outputs
    from landgis.project.allocate import run_decided
    from landgis.project.run import outputs_asked, read_inputs, run_many, several
    from landgis.report.write import with_reasons

    if many := several(files):
        made = run_many(many, output, lang=lang)
        cli.print_files("files", made, as_json)
        return 0
    with read_once():
        project, written = _project_of(files, output, lang)
        settings = load_project(project)
        asked = outputs_asked(settings)  # a basemap that cannot be used is told at once
        drawn = settings.plates or settings.maps.atlas
        needed = {"formats": settings.formats, "plates": drawn}
        cli.warn_of(foresee(output, template=settings.template, **needed), lang)
        inputs = read_inputs(settings) if settings.allocate.run or keep else None
        if keep is None:
            results = run_project(settings, inputs=inputs)
        else:
            results = run_decided(settings, keep, inputs)
            results = replace(results, parcels=with_reasons(results.parcels, lang))
    write: Callable[..., list[Path]] = partial(write_outputs, **asked, lang=lang)
    made = write(results, output)
    if settings.allocate.run:
        made += _allocated(settings, inputs, output / "allocation", write, lang)
    if as_json:
        cli.print_json({"files": [*written, *made], "verdict": count_verdicts(results.findings)})
    else:
        click.echo(results.title)
        click.echo(answer(results, lang=lang).headline)
        failed = results.findings[results.findings["verdict"] == "fail"]
        leads = finding_keys(failed[failed["cause"] == ""])
        cli.print_findings(failed[~failed["cause"].isin(leads)], lang, counted=results.findings)
        for path in written:
            click.echo(say(lang, "所用的项目文件：", "The project file used: ") + str(path))
        click.echo(say(lang, "请打开：", "Open: ") + str(output.resolve() / "report.html"))
    return cli.exit_code(results.findings, strict)


def _allocated(
    settings: Project,
    inputs: Inputs | None,
    output: Path,
    write: Callable[..., list[Path]],
    lang: Lang,
) -> list[Path]:
    """Choose land, and report on it as on the parcels of a run."""
    from landgis.project import run_project
    from landgis.project.allocate import (
        allocated_parcels,
        choice_of,
        read_question,
        run_allocation,
    )
    from landgis.report.write import with_reasons, write_allocation

    chosen = run_allocation(read_question(settings, inputs))
    choice = choice_of(chosen)
    made = write_allocation(chosen.allocation, choice, output, title=settings.title, lang=lang)
    parcels = allocated_parcels(chosen)
    if parcels is not None and len(parcels):
        parcels = with_reasons(parcels, lang)
        results = run_project(settings, parcels=parcels, inputs=inputs)
        made += write(replace(results, choice=choice), output)
    return made


@click.command(short_help="按文件写一个项目文件 · write a project file from files")
@click.argument("files", type=cli.STORE, nargs=-1, required=True, metavar="FILES…")
@cli.writes(cli.Written(".toml"), "项目文件 · project file, .toml")
@cli.common
def init(files: tuple[Path | str, ...], output: Path, as_json: bool, lang: Lang) -> None:
    """辨认给出的文件（计划、宗地、乡镇 …，次序不限），写出带说明的项目文件，不运行。

    Recognise the files and write the commented project file, without running it. On a terminal,
    what is open is asked.
    """
    from landgis.files.whole import beside
    from landgis.project.draft import ask, draft_project, write_draft

    if output.exists():
        raise InputError(
            f"{output} 已存在，不会覆盖：请换一个名字，或先移走它。",
            f"{output} exists and is not overwritten: choose another name, or move it away.",
        )
    draft = draft_project(files)
    if sys.stdin.isatty() and not as_json:
        draft = ask(draft, lambda text: _asked(say(lang, *text), lang))
    output.parent.mkdir(parents=True, exist_ok=True)
    with beside(output) as path:
        path.write_text(write_draft(draft, output), "utf-8")
    if not as_json:
        _tell_draft(draft, lang)
    cli.print_files("files", [output], as_json)


def _asked(text: str, lang: Lang) -> str:
    hint = say(lang, "（直接回车：不知道）", " (Enter: not known)")
    return str(click.prompt(text + hint, default="", show_default=False, err=True))


def _project_of(files: tuple[Path | str, ...], output: Path, lang: Lang) -> tuple[Path, list[Path]]:
    """Give the project file, or draft one from the files into the folder of outputs."""
    from landgis.files.whole import beside
    from landgis.project.draft import continue_project, draft_project, write_draft

    projects = [f for f in files if isinstance(f, Path) and f.suffix.lower() == ".toml"]
    if len(projects) == len(files) == 1:
        return projects[0], []
    output.mkdir(parents=True, exist_ok=True)
    draft = None
    if projects:
        others = [file for file in files if file not in projects]
        if len(projects) > 1 or len(others) > 1:
            raise InputError(
                f"项目文件 {projects[0].name} 之外只能再给一个新的宗地图层；其他请写在项目文件中。",
                f"Beside the project file {projects[0].name} give one newer layer of parcels; "
                "the rest belongs into the file.",
            )
        newer = others[0]
        called = newer.stem if isinstance(newer, Path) else newer.rpartition("#")[2]
        path = output / f"{projects[0].stem}-{called}.toml"
        text = continue_project(projects[0], newer, path)
    else:
        draft = draft_project(files)
        path = output / f"{draft.name}.toml"
        text = write_draft(draft, path)
    if path.exists() and path.read_text("utf-8") != text:
        raise InputError(
            f"{path} 已存在，与按文件写成的不同（可能改过）：请用它运行"
            f"（landgis run {path} -o {output}），或换一个输出文件夹。",
            f"{path} exists and differs, as if it had been edited: run it "
            f"(landgis run {path} -o {output}), or choose another folder.",
        )
    with beside(path) as new:
        new.write_text(text, "utf-8")
    if draft is not None:
        _tell_draft(draft, lang)
    return path, [path]


def _tell_draft(draft: Draft, lang: Lang) -> None:
    """Say what each file was taken for, and what is open."""
    from landgis.project.recognise import ROLES

    for one in (*draft.sources, *draft.left_out):
        why = say(lang, *one.why)
        click.echo(f"{one.source}：{say(lang, *ROLES[one.role])}（{why}）", err=True)
    for question in draft.questions:
        click.echo(say(lang, "待定：", "Open: ") + say(lang, *question.text), err=True)


@click.command(short_help="按项目文件核对面积、宗地和规则 · all checks of a project")
@click.argument("project", type=cli.FILE)
@cli.DECISIONS
@cli.STRICT
@cli.common
def check(project: Path, keep: Path | None, strict: bool, as_json: bool, lang: Lang) -> int:
    """核对项目 PROJECT：计划自身、各区域各用途面积、宗地、规则。

    Run every check of a project, or of what was decided on its sandbox page.
    """
    from landgis.project import load_project, run_project
    from landgis.project.allocate import run_decided

    settings = load_project(project)
    results = run_project(settings) if keep is None else run_decided(settings, keep)
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
    from landgis.checks.supply import changes_text
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
    from landgis.plan.extract import read_plan
    from landgis.project import run_project
    from landgis.results import compare as compared

    if before.suffix.lower() == after.suffix.lower() == ".toml":
        was, now = run_project(before), run_project(after)
        noticed = was.findings["check"].str.startswith(("plan.", "layer."))
        return {**compared(was, now), "findings": was.findings[noticed]}
    plans = [read_plan(path) for path in (before, after)]
    return {"plan": compared(*plans), "findings": plans[0].findings}


def _changes_of_days(project: Path, since: date | None, until: date) -> dict[str, pd.DataFrame]:
    from landgis.project import run_project
    from landgis.results import compare_supply

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
    return {"supply": compare_supply(run_project(project), (since, until))}


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
    from landgis.findings import tell
    from landgis.project import load_project
    from landgis.project.allocate import choice_of, read_decisions, run_allocation
    from landgis.report.write import write_allocation

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
