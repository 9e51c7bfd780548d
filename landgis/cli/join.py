"""The join: in memory or part by part, with the fields of ids given or found."""

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


@click.command(short_help="宗地与区域叠合：每块地在每个区域的面积 · the crosswalk")
@click.argument("parcels")
@click.argument("regions")
@click.option(
    "-o", "--output", type=cli.STORE, required=True, help="输出文件或数据库 · .parquet .csv .gpkg"
)
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

    from landgis.export.crosswalk import write_crosswalk
    from landgis.files.whole import require_other_file
    from landgis.findings import findings_table, join_findings
    from landgis.layers.read import fields_of, read_layer, rename_fields
    from landgis.regions.read import FIELD_NAMES, MOST_REGIONS, find_gaps
    from landgis.scale import connected, field_names, join_file, worth_streaming
    from landgis.standards import id_field

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
    from landgis.telling import tell

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
    from landgis.export.crosswalk import write_crosswalk
    from landgis.findings import join_findings
    from landgis.join.overlay import crosswalk_with_findings
    from landgis.layers.read import fields_of, read_layer, rename_fields
    from landgis.standards import id_field

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
