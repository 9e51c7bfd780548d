"""A project checked, and two versions or two days of it compared."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from landgis.cli import common as cli
from landgis.errors import InputError
from landgis.language import Lang, say

if TYPE_CHECKING:
    import pandas as pd

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
