"""The whole flow, from a project file or from a bureau's files as they are."""

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
    from landgis.files.inputs import read_once
    from landgis.findings import count_verdicts, finding_keys
    from landgis.project import foresee, load_project, run_project, write_outputs
    from landgis.project.allocate import run_decided
    from landgis.project.outputs import outputs_asked, run_many, several
    from landgis.project.run import read_inputs
    from landgis.report.chosen import with_reasons

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
    from landgis.report.chosen import with_reasons, write_allocation

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
