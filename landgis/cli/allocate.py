"""Land chosen for a plan: which, when, why, and what cannot be had together."""

from __future__ import annotations

from pathlib import Path

import click

from landgis.cli import common as cli
from landgis.language import Lang, say


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
@click.option(
    "-o",
    "--output",
    type=cli.Written(".html"),
    required=True,
    help="输出网页 page.html · the page to write",
)
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
