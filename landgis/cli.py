"""The command line: thin commands over the functions of the package.

Exit 0: done. 1: done, and a check failed (only with ``--strict``). 2: input that cannot be used,
with one sentence that names the file, the place and the remedy. With ``--json`` the result is on
stdout and nothing else; messages and progress go to stderr.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pandas as pd

from landgis.errors import LandgisError
from landgis.findings import VERDICTS, count_verdicts, verdict_name
from landgis.language import Lang, say

FILE = click.Path(path_type=Path)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the only place where errors become sentences and exit codes."""
    arguments = sys.argv[1:] if arguments is None else arguments
    lang: Lang = "en" if _wants_english(arguments) else "zh"
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8" if "--json" in arguments else None, errors="replace")  # type: ignore[union-attr]
    try:
        code = commands.main(arguments, prog_name="landgis", standalone_mode=False)
    except LandgisError as error:
        _fail(error.message(lang))
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "landgis"
        _fail(
            say(
                lang,
                f"命令写法有误：{error.format_message()} 用 {command} --help 查看用法。",
                f"{error.format_message()} See {command} --help.",
            ),
        )
    except (MemoryError, OSError) as error:
        _fail(say(lang, f"系统无法完成：{error}。", f"The system cannot do this: {error}."))
    except (click.Abort, KeyboardInterrupt):
        _fail(say(lang, "已中断。", "Interrupted."), code=130)
    sys.exit(code if isinstance(code, int) else 0)


def _wants_english(arguments: list[str]) -> bool:
    return ("--lang", "en") in pairwise(arguments) or "--lang=en" in arguments


def _fail(sentence: str, code: int = 2) -> None:
    click.echo(sentence, err=True)
    sys.exit(code)


_lang = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="语言 · language"
)
_json = click.option(
    "--json", "as_json", is_flag=True, help="结果以 JSON 写到标准输出 · result as JSON on stdout"
)
_strict = click.option(
    "--strict", is_flag=True, help="有检查不通过时退出码为 1 · exit 1 if a check fails"
)


def _common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes."""
    return _json(_lang(command))


class _Contents(click.Group):
    """Lists the commands in the order of the flow, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


@click.group(cls=_Contents, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="landgis", message="%(prog)s %(version)s")
def commands() -> None:
    """图上的地，加起来等于计划吗？ · Does the land on the map add up to the plan?"""


@commands.command(short_help="读取并审核计划文件 · read and audit a plan document")
@click.argument("document", type=FILE)
@click.option("--encoding", help="文本编码（默认自动判断）· text encoding")
@_strict
@_common
def plan(document: Path, encoding: str | None, strict: bool, as_json: bool, lang: Lang) -> int:
    """读取计划文件 DOCUMENT（txt、docx、pdf、html、xlsx）并审核其中的数字。

    Read a plan document and audit its own figures.
    """
    from landgis.plan.audit import audit_plan
    from landgis.plan.extract import read_plan

    found = read_plan(document, encoding=encoding, lang=lang)
    findings = pd.concat([found.findings, audit_plan(found, lang=lang)], ignore_index=True)
    if as_json:
        period = {"start": found.start, "end": found.end}
        head = {"title": found.title, "jurisdiction": found.jurisdiction, "year": found.year}
        tables = {
            n: _records(getattr(found, n)) for n in ("targets", "projects", "placements", "rules")
        }
        _print_json({**head, "period": period, **tables, "findings": _records(findings)})
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
        _print_findings(findings, lang)
    return _exit_code(findings, strict)


@commands.command(short_help="查看图层：编码、坐标系、字段、图形问题 · look into a layer")
@click.argument("source")
@click.option("--layer", help="文件中的图层名 · layer in the file")
@click.option("--encoding", help="属性编码 · encoding of the attributes")
@click.option("--crs", help="坐标系，如 EPSG:4549 · coordinate system")
@_strict
@_common
def inspect(source: str, layer: str | None, encoding: str | None, crs: str | None, strict: bool,
            as_json: bool, lang: Lang) -> int:  # fmt: skip
    """查看图层 SOURCE：编码、坐标系、字段和图形问题。

    Tell encoding, coordinate system, fields and geometry faults of any vector source.
    """
    from landgis.layers.read import inspect_layer

    report = inspect_layer(source, layer=layer, encoding=encoding, crs=crs, lang=lang)
    if as_json:
        _print_json(
            {
                "crs": report.crs,
                "encoding": report.encoding,
                "count": report.count,
                "fields": report.fields,
                "layers": report.layers,
                "issues": _records(report.findings),
            },
        )
    else:
        labels = {
            say(lang, "坐标系", "CRS"): report.crs,
            say(lang, "编码", "encoding"): report.encoding,
            say(lang, "要素数", "features"): report.count,
            say(lang, "字段", "fields"): say(lang, "、", ", ").join(report.fields),
        }
        for label, value in labels.items():
            click.echo(f"{label}{say(lang, '：', ': ')}{value}")
        _print_findings(report.findings, lang)
    return _exit_code(report.findings, strict)


def _print_json(result: Any) -> None:
    click.echo(json.dumps(_plain(result), ensure_ascii=False, indent=1, allow_nan=False))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table for JSON, without geometry."""
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore"))
    return [{str(k): v for k, v in row.items()} for row in plain.to_dict("records")]


def _plain(value: Any) -> Any:
    """Turn what tables hold into what JSON holds: missing is null, dates are ISO."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _print_findings(findings: pd.DataFrame, lang: Lang) -> None:
    """Print what is not a pass, one line each, and the count of verdicts."""
    for finding in findings[findings["verdict"] != "pass"].itertuples():
        click.echo(f"[{verdict_name(finding.verdict, lang)}] {finding.message}")
    click.echo(_count_line(findings, lang))


def _count_line(findings: pd.DataFrame, lang: Lang) -> str:
    counts = count_verdicts(findings)
    parts = [f"{verdict_name(v, lang)} {counts[v]}" for v in VERDICTS]
    return say(lang, "检查结果：", "Checks: ") + say(lang, "，", ", ").join(parts)


def _exit_code(findings: pd.DataFrame, strict: bool) -> int:
    return int(strict and bool((findings["verdict"] == "fail").any()))
