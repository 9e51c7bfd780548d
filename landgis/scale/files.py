"""Chapter 3: the two jobs, a crosswalk written to a file and sums of areas.

Parts are done one after the other in this process, or side by side on a Dask cluster.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
from tqdm import tqdm

from landgis.errors import InputError, MissingPackageError
from landgis.findings import Finding, findings_table
from landgis.formats.kinds import BATCH, Part, Source
from landgis.join.overlay import IDS, SLIVER_M2, JoinPlan, plan_join, sliver_finding
from landgis.join.regions import take_regions, tell_regions
from landgis.measure import require_same_crs
from landgis.scale.parts import (
    Task,
    fingerprint,
    join_part,
    kept_tables,
    noted_in,
    repeated_ids,
    resume,
    sum_part,
    summed,
    undisturbed,
)
from landgis.scale.reading import open_source, read_regions_file

Result = TypeVar("Result")

PATIENCE_S = 5
"""Seconds until a scheduler that does not answer, or has no workers, is given up."""
RESTART_S = 120
"""Seconds that workers have to come back, if all were lost."""
ROUNDS = 3
"""How often the regions are sent out, if all workers that had them were lost."""


def each_part(
    function: Callable[[Part, Task], Result],
    parts: Sequence[Part],
    task: Task,
    client: Any = None,
) -> Iterator[tuple[Part, Result]]:
    """Do all parts: in order in this process, or on the workers of a cluster as they finish.

    The task, with the regions, goes to every worker once. A part whose worker dies is done
    again by another one, and so are parts whose results died with it.
    """
    if client is None:
        for part in parts:
            yield part, function(part, task)
        return
    distributed = _distributed()
    left = {part.number: part for part in parts}
    patience = PATIENCE_S
    for _ in range(ROUNDS):
        try:
            _require_workers(client, patience)
            for part, result in _side_by_side(function, [*left.values()], task, client):
                del left[part.number]
                yield part, result
        except distributed.client.FutureCancelledError:
            patience = RESTART_S  # all workers that had the regions are gone
        except distributed.KilledWorker as error:
            raise _dying(error) from error
        else:
            return
    raise _dying("FutureCancelledError")


def _side_by_side(
    function: Callable[[Part, Task], Result], parts: Sequence[Part], task: Task, client: Any
) -> Iterator[tuple[Part, Result]]:
    shared = client.scatter(task, broadcast=True, hash=False)
    futures = client.map(function, parts, task=shared, pure=False)
    asked = dict(zip(futures, parts, strict=True))
    try:
        for future in _distributed().as_completed(futures, loop=client.loop):
            yield asked[future], future.result()
            future.release()
    finally:
        client.cancel([*asked, shared])


def _require_workers(client: Any, seconds: float) -> None:
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError:
        raise InputError(
            f"集群 {client.scheduler.address} 没有工作进程：请先启动 dask worker。",
            f"The cluster {client.scheduler.address} has no workers: start dask workers first.",
        ) from None


def _dying(error: object) -> InputError:
    return InputError(
        f"集群的工作进程反复中断（{error}）：请检查内存，再运行一次会接着做。",
        f"Workers of the cluster died again and again ({error}): look at their memory; "
        "run it again to go on.",
    )


@contextmanager
def connected(scheduler: str) -> Iterator[Any]:
    """Connect to a Dask scheduler, and disconnect afterwards.

    Parameters
    ----------
    scheduler
        Its address, ``tcp://host:port``.

    Yields
    ------
    distributed.Client
        What `landgis.join_file` and `landgis.sum_file` take as ``client``.

    Raises
    ------
    MissingPackageError
        If the extra ``cluster`` is not installed.
    InputError
        If there is no scheduler that answers within `PATIENCE_S`.
    """
    distributed = _distributed()
    try:
        client = distributed.Client(scheduler, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"无法连接调度器 {scheduler}：请核对地址（tcp://主机:端口），并确认它已启动。",
            f"No scheduler answers at {scheduler}: check the address (tcp://host:port) and that "
            "it runs.",
        ) from error
    with client:
        yield client


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 - an extra that few need
    except ImportError:
        raise MissingPackageError(
            "在集群上叠合需要 distributed：pip install landgis[cluster]。",
            "A join on a cluster needs distributed: pip install landgis[cluster].",
        ) from None
    return distributed


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
    from landgis.export.run import require_crosswalk_path  # noqa: PLC0415 - sums do without
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
    from landgis.export.run import write_crosswalk  # noqa: PLC0415 - sums do without

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
