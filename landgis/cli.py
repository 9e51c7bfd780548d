"""The command line: thin commands over the functions of the package.

Exit 0: done. 1: done, and a check failed (only with ``--strict``). 2: input that cannot be used,
with one sentence that names the file, the place and the remedy. With ``--json`` the result is on
stdout and nothing else; messages and progress go to stderr.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from landgis.errors import InputError, LandgisError
from landgis.findings import VERDICTS, count_verdicts, verdict_name
from landgis.language import Lang, say

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

    from landgis.results import Results

FILE = click.Path(path_type=Path)
MOST_OF_A_KIND = 8
"""Findings of one check and verdict that are printed one by one."""


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
@click.option("-o", "--output", type=FILE, help="图形问题写成图层 .gpkg .gdb · faults as layers")
@_strict
@_common
def inspect(
    source: str,
    layer: str | None,
    encoding: str | None,
    crs: str | None,
    output: Path | None,
    strict: bool,
    as_json: bool,
    lang: Lang,
) -> int:
    """查看图层 SOURCE：编码、坐标系、字段和图形问题；问题的位置可写成图层，用 QGIS 打开。

    Tell encoding, coordinate system, fields and geometry faults of any vector source.
    """
    from landgis.export.files import write_layers
    from landgis.export.run import fault_layers
    from landgis.layers.read import inspect_layer

    report = inspect_layer(source, layer=layer, encoding=encoding, crs=crs, lang=lang)
    if output is not None:
        write_layers(fault_layers(report.places, lang=lang), output)
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


@commands.command(short_help="图层格式互转，含界址点文本 · between vector formats")
@click.argument("source")
@click.argument("target", type=FILE)
@click.option("--layer", help="文件中的图层名 · layer in the file")
@click.option("--encoding", help="属性编码 · encoding of the attributes")
@click.option("--crs", help="坐标系，如 EPSG:4549 · coordinate system")
@click.option("--to-crs", help="换算到的坐标系 · coordinate system to convert to")
@click.option(
    "--datum-shift",
    help="西安80、北京54 到 2000 的七参数 dx,dy,dz,rx,ry,rz,s（米、角秒、ppm）或 PROJ 管线 · "
    "seven parameters to CGCS2000",
)
@click.option("--layer-name", help="写出的图层名 · name of the layer written")
@click.option("--repair", is_flag=True, help="修复无效图形并记录面积变化 · mend invalid shapes")
@click.option(
    "--to-encoding",
    type=click.Choice(["UTF-8", "GBK"], case_sensitive=False),
    default="UTF-8",
    help="写出 shapefile 的编码 · encoding of a shapefile written",
)
@_common
def convert(
    source: str,
    target: Path,
    layer: str | None,
    encoding: str | None,
    crs: str | None,
    to_crs: str | None,
    datum_shift: str | None,
    layer_name: str | None,
    repair: bool,
    to_encoding: str,
    as_json: bool,
    lang: Lang,
) -> None:
    """把图层 SOURCE 转换为 TARGET，格式由文件名决定。

    Convert a layer; the name of the target decides the format.
    """
    from landgis.export.convert import convert_layer

    rows, findings = convert_layer(
        source,
        target,
        layer_name=layer_name,
        to_encoding=to_encoding,
        layer=layer,
        encoding=encoding,
        crs=crs,
        to_crs=to_crs,
        datum_shift=_numbers(datum_shift) if datum_shift else None,
        repair=repair,
        lang=lang,
    )
    if as_json:
        _print_json({"count": rows})
    else:
        _print_findings(findings, lang)
        click.echo(say(lang, f"已写出 {rows} 个要素：{target}", f"{rows} features: {target}"))


@commands.command(short_help="区县和乡镇街道边界 · district and township layers")
@click.argument("place")
@click.option("-o", "--output", type=FILE, required=True, help="输出文件 · file to write")
@_common
def boundaries(place: str, output: Path, as_json: bool, lang: Lang) -> None:
    """用内置数据做出 PLACE（名称或代码）的区县边界和近似的乡镇街道边界。

    GeoPackage 和 File Geodatabase 分两个图层 districts、townships，其他格式合在一层。

    Make the layers of a county or prefecture from the embedded sources; townships are approximate.
    """
    from landgis.export.files import write_layer, write_layers
    from landgis.layers.boundaries import make_boundaries

    data, findings = make_boundaries(place, lang=lang)
    if output.suffix.lower() in {".gpkg", ".gdb"}:
        levels = {
            "districts": data["level"] != "township",
            "townships": data["level"] == "township",
        }
        write_layers({name: data[rows] for name, rows in levels.items() if rows.any()}, output)
    else:
        write_layer(data, output)
    if as_json:
        _print_json({"count": len(data), "source": sorted(set(data["source"]))})
    else:
        _print_findings(findings, lang)
        click.echo(
            say(lang, f"已写出 {len(data)} 个区域：{output}", f"{len(data)} regions: {output}")
        )


@commands.command(short_help="宗地与区域叠合：每块地在每个区域的面积 · the crosswalk")
@click.argument("parcels")
@click.argument("regions")
@click.option("-o", "--output", type=FILE, required=True, help="输出文件 · .parquet .csv .gpkg")
@click.option("--parcel-id", help="宗地编号字段（默认按字段名推断）· field of the parcels' ids")
@click.option("--region-id", help="区域编号字段（默认按字段名推断）· field of the regions' ids")
@click.option("--layer", help="PARCELS 中的图层名 · layer of the parcels")
@click.option("--region-layer", help="REGIONS 中的图层名 · layer of the regions")
@click.option("--scheduler", help="在 Dask 集群上叠合：tcp://主机:端口 · join on a Dask cluster")
@_common
def join(
    parcels: str,
    regions: str,
    output: Path,
    parcel_id: str | None,
    region_id: str | None,
    layer: str | None,
    region_layer: str | None,
    scheduler: str | None,
    as_json: bool,
    lang: Lang,
) -> None:
    """叠合图层 PARCELS 与 REGIONS，写出每块地在每个区域内的椭球面积。

    大文件（GeoParquet、GeoPackage、shapefile、File Geodatabase、FlatGeobuf）分批读取，中断后再次
    运行会接着做。

    Split parcels over regions and write the area of every piece. Large files are read in parts;
    run it again to go on after a stop.
    """
    from landgis.layers.boundaries import FIELD_NAMES
    from landgis.layers.fields import id_field
    from landgis.layers.read import read_layer
    from landgis.scale import connected, field_names, join_file, worth_streaming

    tiles = read_layer(regions, layer=region_layer, lang=lang).data
    known = (*FIELD_NAMES["code"], *FIELD_NAMES["name"])
    tiles = _take_ids(tiles, "region_id", region_id, known=known, name=regions, lang=lang)
    if scheduler is not None or worth_streaming(parcels):
        if parcel_id is None:
            parcel_id = id_field(field_names(parcels, layer=layer), name=Path(parcels).name)
            _tell_guess("parcel_id", parcel_id, lang)
        with connected(scheduler) if scheduler else nullcontext() as client:
            joined = join_file(
                parcels,
                tiles,
                out=output,
                layer=layer,
                parcel_id=parcel_id,
                to_crs=tiles.crs,
                client=client,
                lang=lang,
            )
        summary = joined._asdict()
        findings = summary.pop("findings")
    else:
        summary, findings = _join_in_memory(parcels, tiles, output, layer, parcel_id, lang)
    if as_json:
        _print_json(summary)
    else:
        _print_findings(findings, lang)
        click.echo(
            say(
                lang,
                "{parcels} 宗地，{regions} 个区域，{pairs} 对；区域内 {inside_m2:.2f} 平方米，"
                "区域外 {outside_m2:.2f} 平方米",
                "{parcels} parcels, {regions} regions, {pairs} pairs; {inside_m2:.2f} m² inside, "
                "{outside_m2:.2f} m² outside",
            ).format(**summary),
        )
        click.echo(output)


def _join_in_memory(
    parcels: str,
    regions: GeoDataFrame,
    output: Path,
    layer: str | None,
    parcel_id: str | None,
    lang: Lang,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Join a source that is small, or that can only be read whole."""
    from landgis.export.crosswalk import write_crosswalk
    from landgis.join.split import crosswalk_with_findings
    from landgis.layers.fields import KNOWN
    from landgis.layers.read import read_layer

    land = read_layer(parcels, layer=layer, to_crs=regions.crs, lang=lang).data
    known = KNOWN["parcel_id"]
    land = _take_ids(land, "parcel_id", parcel_id, known=known, name=parcels, lang=lang)
    pairs, findings = crosswalk_with_findings(land, regions, lang=lang)
    write_crosswalk(pairs, output)
    outside = pairs["region_id"] == ""
    summary = {
        "pairs": len(pairs),
        "parcels": len(land),
        "regions": len(regions),
        "inside_m2": pairs.loc[~outside, "area_m2"].sum(),
        "outside_m2": pairs.loc[outside, "area_m2"].sum(),
    }
    return summary, findings


def _take_ids(
    frame: GeoDataFrame,
    column: str,
    field: str | None,
    *,
    known: Sequence[str],
    name: str,
    lang: Lang,
) -> GeoDataFrame:
    """Name the field of ids as landgis does; which one it is, is guessed and told if not given."""
    from landgis.layers.fields import id_field
    from landgis.layers.read import rename_fields

    name = Path(name).name
    if field is None:
        names = [str(other) for other in frame.columns if other != frame.geometry.name]
        field = id_field(names, column, known=known, name=name)
        _tell_guess(column, field, lang)
    return rename_fields(frame, {column: field}, name=name)


def _tell_guess(column: str, field: str, lang: Lang) -> None:
    if field != column:
        option = f"--{column.replace('_', '-')}"
        told = say(
            lang,
            f"编号字段取 {field}（按字段名推断；可用 {option} 另指）。",
            f"Ids are taken from {field} (guessed by its name; {option} names another).",
        )
        click.echo(told, err=True)


@commands.command(short_help="按项目文件核对面积、宗地和规则 · all checks of a project")
@click.argument("project", type=FILE)
@_strict
@_common
def check(project: Path, strict: bool, as_json: bool, lang: Lang) -> int:
    """核对项目 PROJECT：计划自身、各区域各用途面积、宗地、规则。

    Run every check of a project.
    """
    findings = _run(project, lang).findings
    if as_json:
        _print_json({"findings": _records(findings)})
    else:
        _print_findings(findings, lang)
    return _exit_code(findings, strict)


_DAY = click.DateTime(["%Y-%m-%d"])


@commands.command(short_help="两个版本或两个日期的变化 · what moved between two versions or days")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE, required=False)
@click.option("--from", "since", type=_DAY, help="起始日期，如 2024-06-30 · first day")
@click.option("--to", "until", type=_DAY, help="截止日期，如 2024-09-30 · last day")
@_common
def compare(
    before: Path,
    after: Path | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
    lang: Lang,
) -> None:
    """比较 BEFORE 与 AFTER：两个计划文件，或两个项目文件（计划和宗地）；或一个项目的两个日期。

    Tell what moved between two plan documents, two project files, or two days of one project:
    landgis compare 项目.toml --from 2024-06-30 --to 2024-09-30.
    """
    from landgis.report.changes import change_lines

    if after is not None and not since and not until:
        changes = _changes_of_files(before, after, lang)
    elif after is None and until:
        changes = _changes_of_days(before, since and since.date(), until.date(), lang)
    else:
        raise InputError(
            "compare 需要两个文件，或一个项目文件和截止日期 --to（可另加起始日期 --from）。",
            "compare takes two files, or one project file with --to (and --from).",
        )
    if as_json:
        _print_json({name: _records(table) for name, table in changes.items()})
        return
    if "findings" in changes:
        _print_findings(changes["findings"], lang)
    for line in change_lines(changes, lang=lang):
        click.echo(line)


def _changes_of_files(before: Path, after: Path, lang: Lang) -> dict[str, pd.DataFrame]:
    from landgis.checks.compare import compare_parcels, compare_plans
    from landgis.plan.extract import read_plan

    if before.suffix.lower() == after.suffix.lower() == ".toml":
        was, now = _run(before, lang), _run(after, lang)
        noticed = was.findings["check"].str.startswith(("plan.", "layer."))
        old = was.parcels.to_crs(now.parcels.crs)
        return {
            "plan": compare_plans(was.plan, now.plan),
            "parcels": compare_parcels(old, now.parcels, lang=lang),
            "findings": was.findings[noticed],
        }
    plans = [read_plan(path, lang=lang) for path in (before, after)]
    return {"plan": compare_plans(*plans), "findings": plans[0].findings}


def _changes_of_days(
    project: Path, since: date | None, until: date, lang: Lang
) -> dict[str, pd.DataFrame]:
    from landgis.project import compare_supply

    if project.suffix.lower() != ".toml":
        raise InputError(
            f"按日期比较需要项目文件（.toml），实为 {project.name}。",
            f"Days are compared of a project file (.toml), not of {project.name}.",
        )
    if since is not None and since >= until:
        raise InputError(
            f"起始日期 {since} 应早于截止日期 {until}。",
            f"The first day, {since}, must come before the last, {until}.",
        )
    return {"supply": compare_supply(_run(project, lang), (since, until))}


_directory = click.option(
    "-o", "--output", type=FILE, required=True, help="输出文件夹 · folder to write into"
)


@commands.command("map", short_help="每类一张离线地图 · one offline map page for each category")
@click.argument("project", type=FILE)
@_directory
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
@_common
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
    _tell_files("maps", [*maps, *sheets], as_json)


@commands.command(short_help="写出图层：GeoPackage、shapefile 等 · write the layers")
@click.argument("project", type=FILE)
@_directory
@_common
def export(project: Path, output: Path, as_json: bool, lang: Lang) -> None:
    """写出项目 PROJECT 的图层。

    Write the layers of a project.
    """
    from landgis.export.run import export_layers
    from landgis.project import load_project, run_project

    settings = load_project(project)
    results = run_project(settings, lang=lang)
    files = export_layers(results, output, formats=settings.formats, lang=lang)
    _tell_files("files", files, as_json)


@commands.command(short_help="全流程：报告、表格、地图、图层 · the whole flow")
@click.argument("project", type=FILE)
@_directory
@_strict
@_common
def run(project: Path, output: Path, strict: bool, as_json: bool, lang: Lang) -> int:
    """按项目文件 PROJECT 走完全流程，报告从 report.html 看起。

    Run the whole flow of a project; begin with report.html.
    """
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
        _print_json({"files": files, "verdict": count_verdicts(results.findings)})
    else:
        click.echo(results.title)
        audit = results.findings[results.findings["check"].str.startswith("audit.")]
        _print_findings(audit[audit["verdict"] == "fail"], lang, counted=results.findings)
        click.echo(say(lang, "请打开：", "Open: ") + str(output.resolve() / "report.html"))
    return _exit_code(results.findings, strict)


def _run(project: Path, lang: Lang) -> Results:
    from landgis.project import load_project, run_project

    return run_project(load_project(project), lang=lang)


def _numbers(text: str) -> list[float] | str:
    """Read numbers between commas; any other text stays as it is (a PROJ pipeline)."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return text


def _tell_files(name: str, files: list[Path], as_json: bool) -> None:
    if as_json:
        _print_json({name: files})
    else:
        click.echo("\n".join(map(str, files)))


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


def _print_findings(
    findings: pd.DataFrame, lang: Lang, *, counted: pd.DataFrame | None = None
) -> None:
    """Print what is not a pass, one line each, and the count of verdicts (of ``counted``).

    Of many of one kind the first are printed, and how many more there are.
    """
    from landgis.report.names import check_name

    wanting = findings[findings["verdict"] != "pass"]
    kinds = wanting.groupby(["check", "verdict"])["message"]
    places, sizes = kinds.cumcount(), kinds.transform("size")
    for row, place, size in zip(wanting.itertuples(), places, sizes, strict=True):
        verdict = verdict_name(row.verdict, lang)
        if place < MOST_OF_A_KIND or size == MOST_OF_A_KIND + 1:
            click.echo(f"[{verdict}] {row.message}")
        elif place == MOST_OF_A_KIND:
            name, more = check_name(row.check, lang), size - MOST_OF_A_KIND
            zh = f"{name}还有 {more} 项，--json 列出全部。"
            click.echo(f"[{verdict}] " + say(lang, zh, f"{name}: {more} more, all with --json."))
    counts = count_verdicts(findings if counted is None else counted)
    parts = [f"{verdict_name(v, lang)} {counts[v]}" for v in VERDICTS]
    click.echo(say(lang, "检查结果：", "Checks: ") + say(lang, "，", ", ").join(parts))


def _exit_code(findings: pd.DataFrame, strict: bool) -> int:
    return int(strict and bool((findings["verdict"] == "fail").any()))
