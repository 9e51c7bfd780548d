"""The command line as a whole: its commands, and how it ends."""

from __future__ import annotations

import errno
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TextIO

import click

from landgis.cli.doctor import doctor
from landgis.cli.flow import init, run
from landgis.cli.join import join, zonal
from landgis.cli.layers import boundaries, convert, inspect
from landgis.cli.plan import plan
from landgis.cli.project import allocate, check, compare, draw, export, sandbox, template
from landgis.errors import LandgisError
from landgis.files.inputs import inputs_kept
from landgis.language import Lang, say


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; the only place where errors become sentences and exit codes."""
    # pyarrow's own pool keeps what it once had; a large run needs it back between its stages
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    arguments = sys.argv[1:] if arguments is None else arguments
    lang: Lang = "en" if _wants_english(arguments) else "zh"
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding=_encoding(stream, arguments), errors="replace")  # type: ignore[union-attr]
    try:
        with inputs_kept(), ticking():
            code = commands.main(arguments, prog_name="landgis", standalone_mode=False)
    except LandgisError as error:
        _fail(error.message(lang))
    except click.UsageError as error:
        _fail(_usage(error, lang))
    except OSError as error:
        _fail(_refused(error, lang))
    except MemoryError as error:
        _fail(say(lang, f"内存不足：{error}。", f"Out of memory: {error}."))
    except (click.Abort, KeyboardInterrupt):
        _fail(say(lang, "已中断。", "Interrupted."), code=130)
    sys.exit(code if isinstance(code, int) else 0)


@contextmanager
def ticking(every: float = 1.0) -> Iterator[None]:
    """Have the clocks of progress bars move on within a step, however long it takes."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(every):
            bars = getattr(sys.modules.get("tqdm"), "tqdm", None)  # none yet, for most commands
            for bar in list(getattr(bars, "_instances", ())):
                started = getattr(bar, "start_t", None)  # the last that a new bar is given
                if started is not None and time.time() - started >= bar.delay:
                    with bar.get_lock():  # closing waits for it, and wipes the bar away then
                        if not bar.disable:
                            bar.refresh(nolock=True)

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _encoding(stream: TextIO, arguments: list[str]) -> str | None:
    """Name UTF-8 for JSON, and where what is redirected would lose its Chinese (code page 1252)."""
    try:
        "图".encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return "utf-8"
    return "utf-8" if "--json" in arguments else None


def _refused(error: OSError, lang: Lang) -> str:
    """Say what the system would not do, where, and what to do about it."""
    file = Path(str(error.filename or ""))
    if file.name.startswith("."):  # a draft beside the file that it was to become
        file = file.parent
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return say(
            lang,
            f"没有权限写入或读取 {file}：请换一个文件夹，或先关闭打开着它的程序。",
            f"No permission to write or read {file}: choose another folder, or close the program "
            "that has it open.",
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return say(
            lang,
            f"{file} 处已有同名文件，不是文件夹：请换一个输出文件夹。",
            f"At {file} there is a file, not a folder: choose another folder to write into.",
        )
    if error.errno == errno.ENOSPC:
        return say(
            lang,
            "磁盘已满：请腾出空间，或换一个输出文件夹。",
            "The disk is full: make room, or choose another folder to write into.",
        )
    return say(lang, f"系统无法完成：{error}。", f"The system cannot do this: {error}.")


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
        zh = next((re.sub(p, t, detail) for p, t in _SAID if re.fullmatch(p, detail)), detail)
    return say(lang, f"{zh}。用 {command} --help 查看用法。", f"{detail} See {command} --help.")


_SAID = (
    (r"No such command '(.+?)'\.? ?Did you mean '?([^'?]+)'?\??", r"没有命令 \1，是否应为 \2"),
    (r"No such command '(.+?)'\.?", r"没有命令 \1"),
    (r"Option '(.+?)' requires an argument\.?", r"选项 \1 后面要有值"),
    (r"Got unexpected extra arguments? \((.+)\)\.?", r"多出的参数：\1"),
    (r"Option '(.+?)' does not take a value\.?", r"选项 \1 后面不能有值"),
    (r"Missing command\.?", "缺少命令"),
)
"""What click says of a command line, and the same in Chinese."""


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
    commands=[
        plan,
        inspect,
        convert,
        boundaries,
        join,
        check,
        compare,
        allocate,
        sandbox,
        draw,
        export,
        template,
        zonal,
        init,
        run,
        doctor,
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="landgis", message="%(prog)s %(version)s")
def commands() -> None:
    """图上的地，加起来等于计划吗？ · Does the land on the map add up to the plan?"""
