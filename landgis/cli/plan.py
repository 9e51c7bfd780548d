"""The plan document: read and audited."""

from __future__ import annotations

from pathlib import Path

import click

from landgis.cli.options import FILE, STRICT, common
from landgis.cli.printing import exit_code, finding_records, print_findings, print_json, records
from landgis.language import Lang, say


@click.command(short_help="读取并审核计划文件 · read and audit a plan document")
@click.argument("document", type=FILE)
@click.option("--encoding", help="文本编码（默认自动判断）· text encoding")
@STRICT
@common
def plan(document: Path, encoding: str | None, strict: bool, as_json: bool, lang: Lang) -> int:
    """读取计划文件 DOCUMENT（txt、docx、pdf、html、xlsx）并审核其中的数字。

    Read a plan document and audit its own figures.
    """
    from landgis.findings import join_findings
    from landgis.plan.audit import audit_plan
    from landgis.plan.extract import read_plan

    found = read_plan(document, encoding=encoding)
    findings = join_findings(found.findings, audit_plan(found))
    if as_json:
        period = {"start": found.start, "end": found.end}
        head = {"title": found.title, "jurisdiction": found.jurisdiction, "year": found.year}
        tables = {
            n: records(getattr(found, n)) for n in ("targets", "projects", "placements", "rules")
        }
        print_json(
            {**head, "period": period, **tables, "findings": finding_records(findings, lang)}
        )
    else:
        click.echo(found.title)
        counts = [
            (found.targets, "指标", "targets"),
            (found.projects, "片区（宗地）", "projects"),
            (found.placements, "布局", "placements"),
            (found.rules, "规则", "rules"),
        ]
        click.echo(
            say(lang, "，", ", ").join(f"{say(lang, zh, en)} {len(t)}" for t, zh, en in counts)
        )
        print_findings(findings, lang)
    return exit_code(findings, strict)
