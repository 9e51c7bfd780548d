"""Chapter 5: the two jobs, a crosswalk written to a file and sums of areas."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from tqdm import tqdm

from landgis.errors import InputError
from landgis.findings import Finding, findings_table
from landgis.formats.kinds import BATCH, Part, Source
from landgis.join.overlay import IDS, sliver_finding
from landgis.join.regions import take_regions, tell_regions
from landgis.join.split import SLIVER_M2, JoinPlan, plan_join
from landgis.measure import require_same_crs
from landgis.scale.cluster import each_part
from landgis.scale.keep import fingerprint, kept_tables, noted_in, repeated_ids, resume, undisturbed
from landgis.scale.parts import Task, join_part, sum_part, summed
from landgis.scale.reading import open_source, read_regions_file

Result = TypeVar("Result")

OWN_COLUMNS = ("region_id", "area_m2", "pieces")
"""Columns that sums have, whatever they are made by."""


class Joined(NamedTuple):
    """What `join_file` did.

    Parameters
    ----------
    pairs, parcels, regions
        Rows of the crosswalk, parcels read, regions with a polygon.
    inside_m2, outside_m2
        Area joined to regions, and area in none.
    findings
        As of `landgis.join.crosswalk_with_findings`, and ids that are missing or repeated
        (``join.id``).
    """

    pairs: int
    parcels: int
    regions: int
    inside_m2: float
    outside_m2: float
    findings: pd.DataFrame


def sum_file(
    parcels: str | Path,
    regions: gpd.GeoDataFrame | str | Path,
    *,
    by: Sequence[str] = ("category",),
    layer: str | None = None,
    region_layer: str | None = None,
    region_id: str = "region_id",
    precedence: Sequence[str] = (),
    sliver_m2: float = SLIVER_M2,
    client: Any = None,
) -> pd.DataFrame:
    """Sum the areas of parcels in a file of any size by region and by columns of the parcels.

    Parameters
    ----------
    parcels
        GeoParquet, GeoPackage, shapefile, File Geodatabase or FlatGeobuf; only its geometry and
        the columns ``by`` are read.
    regions
        A layer, or a file that can be read so too, of which only the ids and polygons are read.
    region_id, precedence, sliver_m2
        As of `landgis.join.crosswalk_with_findings`.
    by
        Columns of the parcels, none of them named as another column of the sums.
    layer, region_layer
        Layer of the file of parcels, and of that of regions, if it has several.
    client
        A ``distributed.Client``: its workers do the work. They must see the file under the same
        path. The sums are the same to the last bit.

    Returns
    -------
    DataFrame
        ``region_id`` (empty: outside), the columns ``by``, ``area_m2``, ``pieces``, sorted.
        Invalid parcels add nothing; ``attrs["invalid"]`` counts them. ``attrs["findings"]``
        are what was decided on opening the files: `landgis.tell` words a table of them.

    Examples
    --------
    >>> import tempfile
    >>> import shapely
    >>> parcel = gpd.GeoDataFrame({"category": ["住宅用地"]}, geometry=[shapely.box(0, 0, 3, 1)])
    >>> region = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[shapely.box(0, 0, 2, 1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "parcels.parquet")
    ...     parcel.set_crs(4549).to_parquet(file)
    ...     sums = sum_file(file, region.set_crs(4549))
    >>> sums[["region_id", "category", "pieces"]].values.tolist()
    [['', '住宅用地', 1], ['r', '住宅用地', 1]]
    """
    by = [*dict.fromkeys(by)]
    _require_free(by)
    source = open_source(parcels, by, layer=layer)
    regions, told = _regions(regions, region_layer, region_id)
    plan = _plan(source, regions, region_id, precedence)
    task = Task(source, plan, sliver_m2)
    sums = {}
    for part, some in _shown(each_part(sum_part, source.parts, task, client), source):
        sums[part.number] = some
    # in the order of the file, whoever finished first: floats then add up to the same last bit
    table = summed([sums[part.number].table for part in source.parts], by)
    table["region_id"] = np.append(plan.regions.ids, "")[table["region_id"]]
    table = table.sort_values(["region_id", *by]).reset_index(drop=True)
    table.attrs["invalid"] = sum(some.invalid for some in sums.values())
    table.attrs["findings"] = (*source.findings, *told)
    return table


def _require_free(by: Sequence[str]) -> None:
    """Refuse columns named as those that the sums have anyway."""
    taken = [column for column in by if column in OWN_COLUMNS]
    if taken:
        raise InputError(
            f"by 中的 {'、'.join(taken)} 与结果自身的列（{'、'.join(OWN_COLUMNS)}）同名："
            "请先改字段名。",
            f"{', '.join(taken)} in by is named as a column of the sums "
            f"({', '.join(OWN_COLUMNS)}): rename the field first.",
        )


def join_file(
    parcels: str | Path,
    regions: gpd.GeoDataFrame | str | Path,
    *,
    out: str | Path,
    layer: str | None = None,
    region_layer: str | None = None,
    parcel_id: str = "parcel_id",
    region_id: str = "region_id",
    precedence: Sequence[str] = (),
    sliver_m2: float = SLIVER_M2,
    crs: Any = None,
    to_crs: Any = None,
    client: Any = None,
) -> Joined:
    """Write the crosswalk of a file of any size.

    Finished parts are kept in the folder ``<out>.parts`` until the result is whole. If the work
    is stopped, the same call goes on with the parts that are missing; other parcels, regions or
    options start anew.

    Parameters
    ----------
    parcels
        GeoParquet, GeoPackage, shapefile, File Geodatabase or FlatGeobuf.
    out
        File to write (.parquet, .csv, .gpkg), not one of those that are read; appears whole or
        not at all.
    layer, region_layer
        Layer of the file of parcels, and of that of regions, if it has several.
    regions
        A layer, or a file that can be read so too, of which only the ids and polygons are read.
    parcel_id, region_id, precedence, sliver_m2
        As of `landgis.join.crosswalk_with_findings`. Parcels whose id is missing or repeated
        are joined, and told in the findings.
    crs
        System of the parcels, against or without a declaration of the file.
    to_crs
        System to convert the parcels to, that of the regions; without it, another one is refused.
    client
        A ``distributed.Client``: its workers do the work. They must see the file and the folder
        of ``out`` under the same paths.

    Examples
    --------
    >>> import tempfile
    >>> import shapely
    >>> parcel = gpd.GeoDataFrame({"parcel_id": ["a"]}, geometry=[shapely.box(0, 0, 3, 1)])
    >>> region = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[shapely.box(0, 0, 2, 1)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file, out = Path(folder, "parcels.parquet"), Path(folder, "crosswalk.parquet")
    ...     parcel.set_crs(4549).to_parquet(file)
    ...     joined = join_file(file, region.set_crs(4549), out=out)
    ...     joined.pairs, pd.read_parquet(out)["region_id"].tolist()
    (2, ['r', ''])
    """
    from landgis.export.crosswalk import require_crosswalk_path  # noqa: PLC0415 - sums do without
    from landgis.files.whole import require_other_file  # noqa: PLC0415 - the same

    out = Path(out).resolve()
    require_crosswalk_path(out)
    read = [parcels] if isinstance(regions, gpd.GeoDataFrame) else [parcels, regions]
    require_other_file(out, *read)
    source = open_source(parcels, [parcel_id], layer=layer, crs=crs, to_crs=to_crs)
    regions, told = _regions(regions, region_layer, region_id)
    more = tell_regions(regions, region_id=region_id, precedence=precedence)
    source = source._replace(findings=(*source.findings, *told, *more))
    plan = _plan(source, regions, region_id, precedence)
    folder = out.with_name(out.name + ".parts")
    task = Task(source, plan, sliver_m2, folder)
    options = (region_id, tuple(precedence), sliver_m2)
    with undisturbed(source, folder):
        left = resume(folder, fingerprint(source, regions, options), source.parts)
        done = source.rows - sum(part.rows for part in left)
        for _ in _shown(each_part(join_part, left, task, client), source, done=done):
            pass  # what a part came to is in the folder
        joined = _put_together(task, folder / out.name)
        (folder / out.name).replace(out)
        shutil.rmtree(folder)
    return joined


def _regions(
    regions: gpd.GeoDataFrame | str | Path, layer: str | None, region_id: str
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """Take regions, or read them; and what was decided then."""
    if isinstance(regions, gpd.GeoDataFrame):
        return regions, ()
    return read_regions_file(regions, region_id, layer=layer)


def _plan(
    source: Source, regions: gpd.GeoDataFrame, region_id: str, precedence: Sequence[str]
) -> JoinPlan:
    require_same_crs(gpd.GeoSeries([], crs=source.to_crs), regions)
    taken = take_regions(regions, region_id=region_id, precedence=precedence)
    return plan_join(taken, parcels=source.rows)


def _shown(
    finished: Iterator[tuple[Part, Result]], source: Source, *, done: int = 0
) -> Iterator[tuple[Part, Result]]:
    """Show progress on stderr, if there is a terminal and more than a moment's work."""
    if source.rows <= BATCH:  # even a bar that shows nothing takes milliseconds to set up
        yield from finished
        return
    with tqdm(total=source.rows, initial=done, unit="parcel", disable=None) as progress:
        for part, result in finished:
            progress.update(part.rows)
            yield part, result


def _put_together(task: Task, whole: Path) -> Joined:
    """Make one file of the parts, and say what is in it."""
    from landgis.export.crosswalk import write_crosswalk  # noqa: PLC0415 - sums do without

    parts = task.source.parts
    noted = noted_in(task.folder, parts)
    counted: list[tuple[int, float, float]] = []

    def tables() -> Iterator[pd.DataFrame]:
        for table in kept_tables(task.folder, parts):
            outside = table["region_id"] == ""
            area = table["area_m2"]
            counted.append((len(table), area[~outside].sum(), area[outside].sum()))
            yield table

    write_crosswalk(tables(), whole)
    findings = [*task.source.findings, *noted.findings, *_nameless(noted.nameless)]
    findings += repeated_ids(task.folder, task.source)
    if noted.slivers:
        findings.append(sliver_finding(noted.slivers, task.sliver_m2))
    pairs, inside, outside = np.array(counted).sum(axis=0).tolist()
    regions = len(task.plan.regions.ids)
    return Joined(int(pairs), noted.parcels, regions, inside, outside, findings_table(findings))


def _nameless(count: int) -> list[Finding]:
    told = IDS.finding("nameless", "fail", actual=float(count), values={"count": count})
    return [told] if count else []
