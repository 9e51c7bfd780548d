"""The command line as a whole: its commands, and how it ends."""

from __future__ import annotations

import sys
from itertools import pairwise

import click

from landgis.cli.checks import check, compare
from landgis.cli.join import join
from landgis.cli.layers import boundaries, convert, inspect
from landgis.cli.outputs import draw, export, run
from landgis.cli.plan import plan
from landgis.errors import LandgisError
from landgis.language import Lang, say


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
        _fail(_usage(error, lang))
    except (MemoryError, OSError) as error:
        _fail(say(lang, f"系统无法完成：{error}。", f"The system cannot do this: {error}."))
    except (click.Abort, KeyboardInterrupt):
        _fail(say(lang, "已中断。", "Interrupted."), code=130)
    sys.exit(code if isinstance(code, int) else 0)


def _wants_english(arguments: list[str]) -> bool:
    return ("--lang", "en") in pairwise(arguments) or "--lang=en" in arguments


def _usage(error: click.UsageError, lang: Lang) -> str:
    """Say what is wrong with a command line, and where its help is."""
    command = error.ctx.command_path if error.ctx else "landgis"
    detail = error.format_message()
    if isinstance(error, click.NoSuchOption):
        zh = f"没有选项 {error.option_name}"
    elif isinstance(error, click.MissingParameter) and error.param is not None:
        zh = f"缺少参数 {_parameter(error.param)}"
    elif isinstance(error, click.BadParameter) and error.param is not None:
        zh = f"参数 {_parameter(error.param)} 的值不能用（{error.message}）"
    else:
        zh = (
            detail.rstrip(".")
            .replace("No such command", "没有命令")
            .replace("Did you mean", "是否应为")
        )
    return say(lang, f"{zh}。用 {command} --help 查看用法。", f"{detail} See {command} --help.")


def _parameter(parameter: click.Parameter) -> str:
    """Name a parameter as it is written on the command line."""
    word = parameter.opts[-1]
    return word if word.startswith("-") else parameter.human_readable_name


def _fail(sentence: str, code: int = 2) -> None:
    click.echo(sentence, err=True)
    sys.exit(code)


class _Contents(click.Group):
    """Lists the commands in the order of the flow, not of the alphabet."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


@click.group(
    cls=_Contents,
    commands=[plan, inspect, convert, boundaries, join, check, compare, draw, export, run],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="landgis", message="%(prog)s %(version)s")
def commands() -> None:
    """图上的地，加起来等于计划吗？ · Does the land on the map add up to the plan?"""
