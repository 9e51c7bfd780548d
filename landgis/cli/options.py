"""What several commands take: options of the same name, words and meaning."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path)


class _Place(click.Path):
    """A file, or a database by its address, which is no path: ``//`` would not survive."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path | str:
        if str(value).startswith(("postgresql://", "postgres://")):
            return str(value)
        return Path(str(super().convert(value, param, ctx)))


PLACE = _Place(path_type=Path)
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
DIRECTORY = click.option(
    "-o", "--output", type=FILE, required=True, help="输出文件夹 · folder to write into"
)


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every command takes."""
    return _JSON(_LANG(command))
