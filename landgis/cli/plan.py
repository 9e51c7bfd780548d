"""The plan document: read, accounted for, audited, corrected."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import click

from landgis.cli import common as cli
from landgis.errors import InputError
from landgis.language import Lang, say

if TYPE_CHECKING:
    import pandas as pd

    from landgis.plan.model import Plan

_TABLES = ("figures", "targets", "projects", "placements", "rules", "repeats", "counts")
_MOST_UNREAD = 30


@click.command(short_help="读取并审核计划文件 · read and audit a plan document")
@click.argument("documents", metavar="DOCUMENT...", type=cli.FILE, nargs=-1, required=True)
@click.option("--encoding", help="文本编码（默认自动判断）· text encoding")
@cli.writes(
    cli.Written(".xlsx"), "逐个数字写成可更正的 .xlsx · every figure as a workbook", required=False
)
@click.option(
    "--corrections", type=cli.FILE, help="采用更正过的 .xlsx · take a workbook with corrections"
)
@click.option("--explain", metavar="LINE", help="说明某一行怎样读的 · how a line was read")
@cli.STRICT
@cli.common
def plan(
    documents: tuple[Path, ...],
    encoding: str | None,
    output: Path | None,
    corrections: Path | None,
    explain: str | None,
    strict: bool,
    as_json: bool,
    lang: Lang,
) -> int:
    """读取计划文件 DOCUMENT（txt、docx、pdf、ofd、html、xlsx），逐个交代其中的数字并审核。

    Read plan documents, account for every figure, and audit their arithmetic.
    """
    from landgis.files.whole import require_other_file
    from landgis.findings import join_findings
    from landgis.plan.audit import audit_plan
    from landgis.plan.corrections import correct
    from landgis.plan.extract import read_plan

    if output and len(documents) > 1:
        raise InputError(
            "-o 一次只写一份文件的读数表；请逐份运行。",
            "-o writes the reading of one document; run them one by one.",
        )
    if output:
        require_other_file(output, *documents)
    changes = _changes(corrections)
    told, code = [], 0
    for index, document in enumerate(documents):
        read = read_plan(document, encoding=encoding)
        found = read if changes is None else correct(read, changes)
        findings = join_findings(found.findings, audit_plan(found))
        nothing = not (len(found.targets) or len(found.projects))
        code = max(code, cli.exit_code(findings, strict), int(strict and nothing))
        if output:
            from landgis.plan.reading import write_reading

            write_reading(found, output, read=read, lang=lang)
        if as_json:
            told.append(_json(found, findings, lang))
        elif explain is not None:
            _explain(found, explain, lang)
            _print_tokens(document, explain, encoding, lang)
        else:
            if index:
                click.echo("")
            _print(found, findings, lang)
    if as_json:
        cli.print_json(told[0] if len(told) == 1 else told)
    elif output:
        click.echo(str(output))
    return code


def _changes(corrections: Path | None) -> pd.DataFrame | None:
    if corrections is None:
        return None
    from landgis.plan.reading import read_corrections

    return read_corrections(corrections)


def _json(found: Plan, findings: pd.DataFrame, lang: Lang) -> dict[str, Any]:
    from landgis.plan.genre import genre_name

    head = {"title": found.title, "jurisdiction": found.jurisdiction, "year": found.year}
    return {
        "document": found.document,
        **head,
        "kind": {
            "code": found.genre.code,
            "name": genre_name(found.genre, lang),
            "words": [*found.genre.words],
        },
        "period": {"start": found.start, "end": found.end},
        **{name: cli.records(getattr(found, name)) for name in _TABLES},
        "accounted": found.accounted(),
        "findings": cli.finding_records(findings, lang),
    }


# --- for a person ---------------------------------------------------------------------------------


def _print(found: Plan, findings: pd.DataFrame, lang: Lang) -> None:
    click.echo(found.title or found.document)
    span = f"{found.start}—{found.end}" if found.start and found.end else str(found.year or "")
    missing = say(lang, "（未读出）", "(not found)")
    place, span = found.jurisdiction or missing, span or missing
    click.echo(say(lang, f"地区：{place}；时间：{span}", f"Place: {place}; time: {span}"))
    _print_kind(found, lang)
    _print_table(found.overview(lang))
    if found.targets["how"].eq("corrected").any():
        click.echo(say(lang, "  * 人工更正", "  * corrected by a person"))
    counts = [
        (found.targets, "指标", "targets"),
        (found.projects, "片区（宗地）", "projects"),
        (found.placements, "布局", "placements"),
        (found.rules, "规则", "rules"),
    ]
    click.echo(say(lang, "，", ", ").join(f"{say(lang, zh, en)} {len(t)}" for t, zh, en in counts))
    for rule in found.rules["source"]:
        told = rule.removeprefix(found.document).strip()
        click.echo(f"  {say(lang, '规则', 'rule')}：{told}")
    _print_account(found, lang)
    cli.print_findings(findings, lang)


def _print_kind(found: Plan, lang: Lang) -> None:
    from landgis.plan.genre import genre_name

    click.echo(say(lang, "文件性质：", "Kind: ") + genre_name(found.genre, lang))


def _print_account(found: Plan, lang: Lang) -> None:
    """Say what became of the figures, and show the sentences of those not understood."""
    count = found.accounted()
    total = sum(count.values())
    adopted, aside, unknown = count.values()
    click.echo(
        say(
            lang,
            f"面积数字 {total} 个：采用 {adopted}，另有原因不计 {aside}，未读懂 {unknown}",
            f"{total} figures of area: {adopted} taken, {aside} set aside for a reason, {unknown} "
            "not understood",
        )
    )
    unread = found.figures[found.figures["role"] == "unknown"].drop_duplicates(["line", "words"])
    for row in unread.head(_MOST_UNREAD).itertuples():
        click.echo(f"  {row.line}：{row.words}")
    if len(unread) > _MOST_UNREAD:
        more = len(unread) - _MOST_UNREAD
        click.echo(
            say(lang, f"  还有 {more} 处，--json 列出全部。", f"  {more} more, all in --json.")
        )


def _print_table(table: pd.DataFrame) -> None:
    """Print a small table: uses down where there are few regions, else regions down."""
    if not len(table):
        return
    if len(table) < table.shape[1]:
        table = table.T
    rows = [
        ["", *map(str, table.columns)],
        *([str(i), *r] for i, r in zip(table.index, table.values, strict=True)),
    ]
    widths = [max(_width(row[j]) for row in rows) for j in range(len(rows[0]))]
    for row in rows:
        cells = (c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True))
        click.echo(("  " + "  ".join(cells)).rstrip())


def _width(text: str) -> int:
    """Columns that a text takes on a screen: a Chinese character is two wide."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _print_tokens(document: Path, line: str, encoding: str | None, lang: Lang) -> None:
    """Show the words of a line as the reader takes them, one a line; cells have none."""
    from landgis.plan.extract import explain
    from landgis.plan.reading import TOKENS
    from landgis.schema import rows_of

    number = int(line) if line.isdecimal() else 0
    for row in rows_of(explain(document, number, encoding=encoding)):
        text, meant = row["text"], row["stands_for"]
        click.echo(
            f"    [{say(lang, *TOKENS[row['kind']])}] {text}"
            + (f" = {meant}" if meant not in {"", text} else "")
        )


def _explain(found: Plan, line: str, lang: Lang) -> None:
    """Show how the figures of a line were read, and why."""
    from landgis.plan.corrections import ROLE_NAMES
    from landgis.plan.reading import how_name, reason_name, why_name
    from landgis.schema import rows_of

    name = f"第{line}行" if re.fullmatch(r"\d+", line) else line
    here = found.passages[found.passages["line"] == name]
    if not len(here):
        lines = [*found.passages["line"]] or ["—"]
        raise InputError(
            f"{found.document} 中没有“{name}”；能说明的位置从“{lines[0]}”到“{lines[-1]}”。",
            f"{found.document} has no place {name}; places run from {lines[0]} to {lines[-1]}.",
        )
    _print_kind(found, lang)
    click.echo(f"{name}：{here['printed'].iloc[0]}")
    narrowed = ("region", "category", "land_source", "supply_mode", "period")
    for row in rows_of(found.figures[found.figures["line"] == name]):
        about = " ".join(row[column] for column in narrowed if row[column])
        role = say(lang, *ROLE_NAMES[row["role"]])
        reason = f"（{reason_name(row['reason'], lang)}）" if row["reason"] else ""
        why = "" if row["why"] == row["reason"] else why_name(row["why"], lang)
        told = (f"{role}{reason}", about, why, how_name(row["how"], lang))
        click.echo(f"  {row['value']}{row['unit']} → " + " · ".join(filter(None, told)))
