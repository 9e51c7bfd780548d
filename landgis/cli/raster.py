"""Rasters: their statistics and classes in zones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from landgis.cli import common as cli
from landgis.errors import InputError
from landgis.language import Lang, say

if TYPE_CHECKING:
    import pandas as pd
    from geopandas import GeoDataFrame

    from landgis.formats.postgis import Existing


@click.command(short_help="分区统计：每个面内栅格的均值、合计、分类面积 · raster statistics")
@click.argument("zones")
@click.argument("raster", type=cli.FILE)
@click.option(
    "-o", "--output", type=cli.STORE, required=True, help="输出文件或数据库 · .gpkg .csv .parquet …"
)
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
    from landgis.crs.conversion import convert_crs
    from landgis.files.whole import beside, require_folder, require_other_file
    from landgis.findings import join_findings
    from landgis.formats.postgis import write_tables
    from landgis.formats.write import write_layer
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
    from landgis.standards import KNOWN, id_field

    known = (*KNOWN["parcel_id"], *FIELD_NAMES["code"], *FIELD_NAMES["name"])
    fields = fields_of(zones)
    if field is None and not {"zone_id", *known} & set(fields):
        return pd.Series(range(1, len(zones) + 1), index=zones.index)
    return zones[id_field(fields, field or "zone_id", known=() if field else known, name=name)]
