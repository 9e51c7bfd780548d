"""What a project gives: maps, layers, or everything at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from landgis.cli import common as cli
from landgis.language import Lang

if TYPE_CHECKING:
    from landgis.formats.postgis import Existing


@click.command("map", short_help="每类一张离线地图 · one offline map page for each category")
@click.argument("project", type=cli.FILE)
@cli.DIRECTORY
@click.option(
    "--plates",
    type=click.Choice(["png", "pdf", "svg"]),
    multiple=True,
    help="另存静态图版，可多次给出 · static plates too",
)
@click.option(
    "--sheet",
    type=click.Choice(["A4", "A3"]),
    default="A4",
    help="图版的幅面，横放 · size of the plates' sheet, lying across",
)
@click.option(
    "--atlas",
    metavar="all|fail|ID,ID…",
    help="宗地图册 plates/atlas.pdf：全部宗地、检查不通过的，或这些编号 · an atlas of parcels",
)
@click.option(
    "--per-plate",
    type=click.IntRange(1, 200),
    help="图册一幅几宗；一宗时带界址点、边长、四至 · parcels on a plate of the atlas",
)
@click.option(
    "--basemap",
    "basemaps",
    multiple=True,
    metavar="NAME|FILE",
    help="底图，可多次给出：tianditu、tianditu-img、osm、amap，瓦片文件夹，.mbtiles、.pmtiles，"
    "或含 {z}/{x}/{y} 的地址；默认没有 · basemaps, none by default",
)
@click.option("--key", help="天地图密钥，会写在网页里 · key for tianditu, stands in the pages")
@click.option("--gcj02", is_flag=True, help="底图文件或地址为 GCJ-02 · tiles are in GCJ-02")
@cli.common
def draw(
    project: Path,
    output: Path,
    plates: tuple[str, ...],
    sheet: Literal["A4", "A3"],
    atlas: str | None,
    per_plate: int | None,
    basemaps: tuple[str, ...],
    key: str | None,
    gcj02: bool,
    as_json: bool,
    lang: Lang,
) -> None:
    """为项目 PROJECT 的每个用途（类别）各做一张离线地图，另有总图；也可做图版和宗地图册。

    Write one map page for each category and an overview; plates and an atlas of parcels on request.
    """
    from landgis.maps.atlas import draw_atlas
    from landgis.maps.page import write_maps
    from landgis.maps.plates import write_plates
    from landgis.project import choose_basemaps, foresee, load_project, run_project

    settings = load_project(project)
    asked = {
        "basemaps": basemaps,
        "key": key,
        "gcj02": gcj02,
        "atlas": atlas,
        "per_plate": per_plate,
    }
    shown = settings.maps.model_copy(update={k: v for k, v in asked.items() if v})
    chosen = choose_basemaps(shown)
    cli.warn_of(foresee(output, plates=plates or (("pdf",) if shown.atlas else ())), lang)
    results = run_project(settings)
    maps = write_maps(results, output, basemaps=chosen, lang=lang)
    folder = output / "plates"
    sheets = write_plates(results, maps, folder, formats=plates, sheet=sheet, lang=lang)
    if shown.atlas:
        book = draw_atlas(
            results,
            folder / "atlas.pdf",
            parcels=shown.atlas,
            per_plate=shown.per_plate,
            sheet=sheet,
            lang=lang,
        )
        sheets.append(book)
    cli.print_files("maps", [*maps, *sheets], as_json)


@click.command(short_help="写出图层：GeoPackage、shapefile 等 · write the layers")
@click.argument("project", type=cli.FILE)
@click.option(
    "-o",
    "--output",
    type=cli.STORE,
    required=True,
    help="输出文件夹，或数据库 postgresql://… · folder to write into, or a database",
)
@cli.EXISTING
@cli.common
def export(
    project: Path, output: Path | str, existing: Existing, as_json: bool, lang: Lang
) -> None:
    """写出项目 PROJECT 的图层。

    Write the layers of a project.
    """
    from landgis.export.run import export_layers, export_tables
    from landgis.project import foresee, load_project, run_project

    settings = load_project(project)
    if isinstance(output, Path):
        cli.warn_of(foresee(output, formats=settings.formats), lang)
    results = run_project(settings)
    if isinstance(output, str):
        tables = export_tables(results, output, existing=existing, lang=lang)
        cli.print_files("tables", tables, as_json)
        return
    files = export_layers(
        results,
        output,
        formats=settings.formats,
        encoding=settings.shapefile_encoding,
        lang=lang,
    )
    cli.print_files("files", files, as_json)


@click.command(short_help="交出随附的报告模板 · hand out the template of the report")
@click.option(
    "--kind",
    type=click.Choice(["report", "summary"]),
    default="report",
    help="report 报告（默认），summary 一页签批稿 · report (default), or the page to be signed",
)
@click.option(
    "-o",
    "--output",
    type=cli.Written(".docx"),
    required=True,
    help="写到哪里（.docx） · where to write it",
)
@cli.common
def template(kind: Literal["report", "summary"], output: Path, as_json: bool, lang: Lang) -> None:  # noqa: ARG001 - common to all commands
    """交出随附的 DOCX 模板，供单位改样式、抬头；改后写入项目文件的 template。

    Write the DOCX template that comes with landgis, to be changed and named in the project file.
    """
    from landgis.files.whole import beside
    from landgis.report.docx import shipped_template

    with beside(output) as draft:
        draft.write_bytes(shipped_template(kind).read_bytes())
    cli.print_files("files", [output], as_json)
