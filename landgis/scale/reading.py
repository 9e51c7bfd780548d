"""Chapter 1: any file that can be read in parts, in batches of rows, as figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from landgis.crs import convert_crs, converted, finite_bounds, place_layer
from landgis.errors import CRSError, InputError, LandgisError
from landgis.files.whole import note_input
from landgis.findings import Finding
from landgis.formats import geoparquet, kinds
from landgis.formats.gdal import is_curved
from landgis.formats.kinds import Part, Runs, Source
from landgis.formats.registry import IN_PARTS, runs_of
from landgis.join.regions import Figures, flat, from_wkb
from landgis.layers.read import list_layers
from landgis.measure.systems import normal_crs, refuse_legacy

Rows = NDArray[np.int64]
Shapes = NDArray[np.object_]

FIRST_ROWS = 100
"""Rows of GeoParquet that show which way round its axes are."""
REGIONS_AT_ONCE = 500
"""Regions read at a time: each may have thousands of corners."""


def worth_streaming(path: str | Path) -> bool:
    """Tell whether a source can be read in parts, and is so large that it should be.

    Examples
    --------
    >>> worth_streaming("a.parquet"), worth_streaming("a.kml")
    (True, False)
    """
    path = Path(path)
    known = runs_of(path)
    if known is None or (known is not geoparquet.FORMAT.runs and not path.exists()):
        return False
    if known is geoparquet.FORMAT.runs:
        return True
    try:
        layers = list_layers(path)
        return max((known.open(path, layer).rows for layer in layers), default=0) > kinds.PART
    except LandgisError:  # read_layer knows what is wrong with it
        return False


def open_source(
    path: str | Path,
    columns: Sequence[str],
    *,
    layer: str | None = None,
    crs: Any = None,
    to_crs: Any = None,
) -> Source:
    """Open a file of parcels, of which ``columns`` and the geometry will be read.

    Raises
    ------
    InputError
        If it is damaged or empty, of a kind that cannot be read in parts, or lacks a column.
    CRSError
        If its coordinate system is neither declared nor decidable.
    """
    path = Path(path).resolve()
    source = _opened(path, layer, crs=crs)
    missing = [column for column in columns if column not in source.fields]
    if missing:
        names = "、".join(source.fields)
        raise InputError(
            f"{path.name} 缺少列 {'、'.join(missing)}（现有：{names}）。",
            f"{path.name} lacks {', '.join(missing)} (it has: {names.replace('、', ', ')}).",
        )
    wanted = {column: source.fields[column] for column in columns}
    return _turned(source._replace(fields=wanted), to_crs)


def field_names(path: str | Path, *, layer: str | None = None) -> list[str]:
    """List the fields of a file that can be read in parts."""
    return list(_opened(Path(path).resolve(), layer).fields)


def _opened(path: Path, layer: str | None, *, crs: Any = None) -> Source:
    """Open a file, with all its fields, in its place."""
    if not path.exists():
        raise InputError(f"文件不存在：{path.name}。", f"No such file: {path.name}.")
    known = _runs(path)
    note_input(path)
    source = known.open(path, layer)
    if not source.rows:
        raise InputError(f"{path.name} 没有一行。", f"{path.name} has no rows.")
    declared = source.crs if crs is None else normal_crs(crs)
    bounds = source.bounds
    if bounds is None:  # hold what is declared against the first corners
        if declared is None:
            raise CRSError(
                f"{path.name} 没有声明坐标系。", f"{path.name} declares no coordinate system."
            )
        batch = next(batches(source._replace(fields={}), source.parts[0], rows=FIRST_ROWS))
        bounds = finite_bounds(_shapes(batch.column(source.geometry)))
    placing = place_layer(bounds, declared=declared)
    if placing.crs is None:
        raise CRSError(f"{path.name} {placing.zh}。", f"{path.name}: {placing.en}.")
    refuse_legacy(placing.crs, name=path.name)
    told = [placing.finding(path.name)] if source.bounds or placing.verdict != "note" else []
    return source._replace(
        crs=placing.crs,
        to_crs=placing.crs,
        swapped=placing.swapped,
        findings=(*source.findings, *told),
    )


def _runs(path: Path) -> Runs:
    """Give what reads a file in parts, or refuse it."""
    known = runs_of(path)
    if known is None:
        kinds = "、".join(sorted(IN_PARTS))
        raise InputError(
            f"{path.name} 不能分批读取，可分批的格式：{kinds}。请先用 landgis convert 转换。",
            f"{path.name} cannot be read in parts; these can: {kinds.replace('、', ', ')}. "
            "Convert it first with landgis convert.",
        )
    return known


def _turned(source: Source, to_crs: Any) -> Source:
    """Ask for the figures in another system, and say so."""
    target = source.crs if to_crs is None else normal_crs(to_crs)
    if target is None or target == source.crs:
        return source
    told = converted(source.path.name, source.crs, target)
    return source._replace(to_crs=target, findings=(*source.findings, told))


def batches(
    source: Source, part: Part, *, geometry: bool = True, rows: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Read a part, so many rows at a time (`BATCH`), its columns named as they were asked for."""
    names = [*source.fields]
    columns = [*source.fields.values()]
    if geometry:
        names, columns = [*names, source.geometry], [*columns, source.geometry]
    for batch in _runs(source.path).read(source, part, columns, rows or kinds.BATCH):
        yield batch.select(columns).rename_columns(names)


def read_regions_file(
    path: str | Path, region_id: str, *, layer: str | None = None
) -> tuple[gpd.GeoDataFrame, tuple[Finding, ...]]:
    """Read regions, few at a time: no more of a file is held than its polygons.

    Returns
    -------
    GeoDataFrame
        ``region_id`` as text (empty where there is none) and the polygons.
    tuple
        What was decided on opening the file.

    Raises
    ------
    InputError
        As `open_source`, or if a polygon cannot be read.
    """
    source = open_source(path, [region_id], layer=layer)
    ids: list[Shapes] = []
    shapes: list[Shapes] = []
    for part in source.parts:
        for batch in batches(source, part, rows=REGIONS_AT_ONCE):
            column = batch.column(source.geometry)
            ids.append(texts(batch.column(0)))
            shapes.append(_shapes(column))
            broken = shapely.is_missing(shapes[-1]) & np.asarray(column.is_valid())
            if broken.any():
                first = int(np.flatnonzero(broken)[0])
                name, (zh, en) = ids[-1][first], why_unread(column[first].as_py())
                raise InputError(
                    f"{source.path.name} 中区域 {name} 的{zh}。",
                    f"{source.path.name}: region {name} cannot be used: {en}.",
                )
    moved = _moved(source, np.concatenate(shapes))
    table = gpd.GeoDataFrame({region_id: np.concatenate(ids)}, geometry=moved, crs=source.to_crs)
    return table, source.findings


def figures_of(source: Source, batch: pa.RecordBatch) -> Iterator[tuple[Figures, Rows]]:
    """Polygons of one ring straight from their bytes, the others as shapes; and which rows."""
    wkb = batch.column(source.geometry)
    if source.swapped or source.to_crs != source.crs:
        yield Figures.of(_moved(source, _shapes(wkb))), np.arange(len(wkb))
        return
    figures, easy = from_wkb(wkb)
    yield figures, np.flatnonzero(easy)
    if not easy.all():
        others = np.flatnonzero(~easy)
        yield Figures.of(_shapes(wkb.take(pa.array(others)))), others


def _shapes(wkb: pa.Array) -> Shapes:
    """Build geometries; what cannot be read is missing."""
    column = wkb.to_numpy(zero_copy_only=False)
    with np.errstate(invalid="ignore"):  # corners may be anything
        try:
            return flat(shapely.from_wkb(column, on_invalid="ignore"))
        except NotImplementedError:  # shapely holds no curves
            straight = [None if value and is_curved(value) else value for value in column]
            return flat(shapely.from_wkb(straight, on_invalid="ignore"))


def why_unread(wkb: bytes) -> tuple[str, str]:
    """Say in Chinese and English why no geometry could be built.

    Examples
    --------
    >>> why_unread(b"junk")[1]
    'its geometry cannot be read (the WKB is broken, or a ring not closed)'
    """
    if wkb and is_curved(wkb):
        return (
            "图形含弧段（曲线），请先转为折线（如 ogr2ogr -nlt CONVERT_TO_LINEAR）",
            "its geometry has curves: straighten them first (ogr2ogr -nlt CONVERT_TO_LINEAR does)",
        )
    return (
        "图形无法读取（WKB 已损坏，或环未闭合）",
        "its geometry cannot be read (the WKB is broken, or a ring not closed)",
    )


def _moved(source: Source, shapes: Shapes) -> Shapes:
    if source.swapped:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    if source.to_crs == source.crs:
        return shapes
    frame = gpd.GeoDataFrame(geometry=shapes, crs=source.crs)
    return np.asarray(convert_crs(frame, source.to_crs).geometry, dtype=object)


def texts(column: pa.Array) -> Shapes:
    """Take a column as text: whole numbers without a point, nothing as empty.

    Examples
    --------
    >>> texts(pa.array([7, None])).tolist()
    ['7', '']
    """
    values = column.to_pandas(integer_object_nulls=True)
    return np.asarray(values.astype("str").where(values.notna(), ""), dtype=object)
