"""What a project gives: maps, layers, or everything at once."""

from __future__ import annotations

from pathlib import Path

import click

from landgis.cli.options import DIRECTORY, FILE, STRICT, common
from landgis.cli.printing import exit_code, print_files, print_findings, print_json
from landgis.language import Lang, say


@click.command("map", short_help="每类一张离线地图 · one offline map page for each category")
@click.argument("project", type=FILE)
@DIRECTORY
@click.option(
    "--plates",
    type=click.Choice(["png", "pdf", "svg"]),
    multiple=True,
    help="另存静态图版，可多次给出 · static plates too",
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
@common
def draw(
    project: Path,
    output: Path,
    plates: tuple[str, ...],
    basemaps: tuple[str, ...],
    key: str | None,
    gcj02: bool,
    as_json: bool,
    lang: Lang,
) -> None:
    """为项目 PROJECT 的每个用途（类别）各做一张离线地图，另有总图。

    Write one map page for each category and an overview.
    """
    from landgis.maps.page import write_maps
    from landgis.maps.plates import write_plates
    from landgis.project import choose_basemaps, load_project, read_earlier, run_project

    settings = load_project(project)
    given = {"basemaps": basemaps, "key": key, "gcj02": gcj02}
    chosen = choose_basemaps(settings.maps.model_copy(update={k: v for k, v in given.items() if v}))
    results = run_project(settings, lang=lang)
    earlier = read_earlier(settings, results, lang=lang)
    maps = write_maps(results, output, basemaps=chosen, earlier=earlier, lang=lang)
    sheets = write_plates(results, maps, output / "plates", formats=plates, lang=lang)
    print_files("maps", [*maps, *sheets], as_json)


@click.command(short_help="写出图层：GeoPackage、shapefile 等 · write the layers")
@click.argument("project", type=FILE)
@DIRECTORY
@common
def export(project: Path, output: Path, as_json: bool, lang: Lang) -> None:
    """写出项目 PROJECT 的图层。

    Write the layers of a project.
    """
    from landgis.export.run import export_layers
    from landgis.project import load_project, run_project

    settings = load_project(project)
    results = run_project(settings, lang=lang)
    files = export_layers(results, output, formats=settings.formats, lang=lang)
    print_files("files", files, as_json)


@click.command(short_help="全流程：报告、表格、地图、图层 · the whole flow")
@click.argument("project", type=FILE)
@DIRECTORY
@STRICT
@common
def run(project: Path, output: Path, strict: bool, as_json: bool, lang: Lang) -> int:
    """按项目文件 PROJECT 走完全流程，报告从 report.html 看起。

    Run the whole flow of a project; begin with report.html.
    """
    from landgis.findings import count_verdicts
    from landgis.project import (
        choose_basemaps,
        compare_earlier,
        load_project,
        read_earlier,
        run_project,
        write_outputs,
    )

    settings = load_project(project)
    basemaps = choose_basemaps(settings.maps)
    results = run_project(settings, lang=lang)
    changes = compare_earlier(settings, results, lang=lang)
    files = write_outputs(
        results,
        output,
        formats=settings.formats,
        plates=settings.plates,
        template=settings.template,
        changes=changes,
        basemaps=basemaps,
        earlier=read_earlier(settings, results, lang=lang),
        lang=lang,
    )
    if as_json:
        print_json({"files": files, "verdict": count_verdicts(results.findings)})
    else:
        click.echo(results.title)
        audit = results.findings[results.findings["check"].str.startswith("audit.")]
        print_findings(audit[audit["verdict"] == "fail"], lang, counted=results.findings)
        click.echo(say(lang, "请打开：", "Open: ") + str(output.resolve() / "report.html"))
    return exit_code(results.findings, strict)
