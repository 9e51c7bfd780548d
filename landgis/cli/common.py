"""What several commands take and print: options of one meaning; findings, line by line or JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from landgis.errors import InputError, LandgisError
from landgis.language import Lang, say

if TYPE_CHECKING:
    import pandas as pd

FILE = click.Path(path_type=Path)


class _Store(click.Path):
    """A file, or a database by its address, which is no path: ``//`` would not survive."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | str:
        if str(value).startswith(("postgresql://", "postgres://")):
            return str(value)
        return Path(str(super().convert(value, param, ctx)))


STORE = _Store(path_type=Path)


class Written(click.Path):
    """A file of one kind to write: a name without an ending gets it, another kind is refused."""

    def __init__(self, suffix: str) -> None:
        super().__init__(path_type=Path)
        self._suffix = suffix

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Give the name as it is written, ending and all."""
        path = Path(str(super().convert(value, param, ctx)))
        if path.suffix.lower() == self._suffix:
            return path
        if path.suffix[1:].isalpha():
            raise InputError(
                f"{path.name} 的后缀不对：这里写出的是 {self._suffix} 文件。",
                f"{path.name} has the wrong ending: what is written here is a {self._suffix} file.",
            )
        return path.with_name(path.name + self._suffix)  # 2025.1 has no ending, but a number


LAYER = click.option("--layer", help="文件中的图层名 · layer in the file")
ENCODING = click.option("--encoding", help="属性编码 · encoding of the attributes")
CRS = click.option("--crs", help="坐标系，如 EPSG:4549 · coordinate system")
EXISTING = click.option(
    "--existing",
    type=click.Choice(["refuse", "replace", "append"]),
    default="refuse",
    help="数据库里已有同名表时：拒绝、替换、追加 · where a database has the table already",
)
LAYER_NAME = click.option(
    "--layer-name", help="写出的图层名；数据库的 模式.表 · name of the layer or table written"
)
_LANG = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="zh", help="语言 · language"
)
_JSON = click.option(
    "--json", "as_json", is_flag=True, help="结果以 JSON 写到标准输出 · result as JSON on stdout"
)
STRICT = click.option(
    "--strict", is_flag=True, help="有检查不通过时退出码为 1 · exit 1 if a check fails"
)
DECISIONS = click.option(
    "--keep",
    type=FILE,
    help="按这份决定（沙盘存出的 CSV）：选中的候选即为宗地 · decisions of the sandbox, as parcels",
)


def writes(what: click.Path, told: str, *, required: bool = True) -> Callable[..., Any]:
    """Give the option of what a command writes."""
    return click.option("-o", "--output", type=what, required=required, help=told)


DIRECTORY = writes(FILE, "输出文件夹 · folder to write into")


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes."""
    return _JSON(_LANG(command))


MOST_OF_A_KIND = 8
"""Findings of one check and verdict that are printed one by one."""


def print_findings(
    findings: pd.DataFrame,
    lang: Lang,
    *,
    counted: pd.DataFrame | None = None,
    notes: bool = False,
    err: bool = False,
) -> None:
    """Print what is not a pass, one line each, and the count of verdicts (of ``counted``).

    ``notes`` prints notes, too: what was decided or changed on the way. Of many of one kind the
    first are printed, and how many more there are. ``err`` prints them where messages go that are
    not the result.
    """
    from landgis.findings import VERDICTS, check_title, count_verdicts, tell, verdict_name
    from landgis.schema import rows_of

    hidden = ["pass"] if notes else ["pass", "note"]
    wanting = tell(findings[~findings["verdict"].isin(hidden)], lang)
    kinds = wanting.groupby(["check", "verdict"])["message"]
    turns, sizes = kinds.cumcount(), kinds.transform("size")
    for row, turn, size in zip(rows_of(wanting), turns, sizes, strict=True):
        verdict = verdict_name(row["verdict"], lang)
        if turn < MOST_OF_A_KIND or size == MOST_OF_A_KIND + 1:
            click.echo(f"[{verdict}] {row['message']}", err=err)
        elif turn == MOST_OF_A_KIND:
            name, more = check_title(row["check"], lang), size - MOST_OF_A_KIND
            zh = f"{name}还有 {more} 项，--json 列出全部。"
            told = say(lang, zh, f"{name}: {more} more, all with --json.")
            click.echo(f"[{verdict}] {told}", err=err)
    counts = count_verdicts(findings if counted is None else counted)
    parts = [f"{verdict_name(v, lang)} {counts[v]}" for v in VERDICTS if v != "note" or counts[v]]
    click.echo(say(lang, "检查结果：", "Checks: ") + say(lang, "，", ", ").join(parts), err=err)


def exit_code(findings: pd.DataFrame, strict: bool) -> int:
    """Give 1 if a check failed and the user asked to be told (``--strict``)."""
    return int(strict and bool((findings["verdict"] == "fail").any()))


def source_name(source: Path | str) -> str:
    """Name a file, or a database without whoever reads it and the password."""
    return str(source).rsplit("@", 1)[-1]


def print_files(name: str, files: Sequence[Path | str], as_json: bool) -> None:
    """Print the files written, one a line, or as JSON under ``name``."""
    if as_json:
        print_json({name: list(files)})
    else:
        click.echo("\n".join(map(str, files)))


def print_json(result: Any) -> None:
    """Print a result as JSON; missing numbers are null."""
    click.echo(json.dumps(_plain(result), ensure_ascii=False, indent=1, allow_nan=False))


def finding_records(findings: pd.DataFrame, lang: Lang) -> list[dict[str, Any]]:
    """Rows of findings for JSON, each with its sentence."""
    from landgis.findings import tell

    return records(tell(findings, lang))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table for JSON, without geometry; None where nothing is known."""
    told = table.drop(columns="geometry", errors="ignore").astype("object")
    rows = told.where(told.notna(), None).to_dict("records")
    return [{str(k): v for k, v in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    """Turn what tables hold into what JSON holds: missing is null, dates are ISO."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def warn_of(errors: Iterable[LandgisError], lang: Lang) -> None:
    """Say, before the work begins, what of its outputs will not appear."""
    for error in errors:
        click.echo(say(lang, f"[预先检查] {error.zh}", f"[beforehand] {error.en}"), err=True)
