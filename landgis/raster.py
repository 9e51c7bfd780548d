"""Rasters and regions: zonal statistics, shares of classes, weights for a crosswalk, land as cells.

A cell counts with the exact fraction of it that a zone covers (exactextract), not by its middle: a
parcel smaller than a cell has a value, and pieces of a parcel sum to the parcel.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import rasterio.features
import rasterio.shutil
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from landgis.crs import convert_crs
from landgis.errors import CRSError, InputError, MissingPackageError
from landgis.files.whole import beside, require_folder
from landgis.findings import Finding, define, findings_table
from landgis.join.sums import weights_of
from landgis.landuse import colour, is_within
from landgis.measure import area_m2, describe_crs, require_crs
from landgis.schema import as_text

RASTERS = frozenset({".tif", ".tiff", ".img", ".vrt", ".asc"})
"""Suffixes of rasters, where a layer might stand as well."""

STATISTICS = ("count", "sum", "mean", "min", "max", "median")

CELLS_IN_MEMORY = 10_000_000
"""Cells read at a time: a zone larger than that is gone through in blocks (80 MB of float64)."""


CACHE_MB = 64
"""Memory for blocks that were read or wait to be written; GDAL would keep a twentieth of all."""


def zonal_statistics(
    zones: gpd.GeoDataFrame,
    raster: str | Path,
    *,
    band: int = 1,
    statistics: Sequence[str] = STATISTICS,
) -> pd.DataFrame:
    """Summarise the cells of a raster in each zone, each cell by the fraction that the zone covers.

    Parameters
    ----------
    zones
        Valid polygons in the coordinate system of the raster.
    raster
        File that rasterio reads, of any size: zones are gone through in blocks.
    band
        Band to read, from 1.
    statistics
        Some of `STATISTICS`. The median holds every different value of a zone in memory.

    Returns
    -------
    DataFrame
        ``count`` of cells with a value (a sum of fractions), their ``sum``, ``mean``, ``min``,
        ``max``, ``median``, one row for each zone with its index. NaN where a zone meets no cell
        with a value.

    Raises
    ------
    CRSError
        If the coordinate systems differ or one is missing.
    InputError
        If the raster cannot be read, is rotated, or has no such band; if a zone is no valid
        polygon; if a statistic is not known.
    MissingPackageError
        If exactextract is not installed (there is none for Linux on ARM).

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> zones = gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(0, 0, 2, 1.5)], crs=4549)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "r.tif")
    ...     options = dict(width=2, height=2, count=1, dtype="float64", crs="EPSG:4549")
    ...     grid = rasterio.Affine(1, 0, 0, 0, -1, 2)
    ...     with rasterio.open(file, "w", transform=grid, **options) as raster:
    ...         raster.write(np.array([[1.0, 2.0], [3.0, 4.0]]), 1)
    ...     zonal_statistics(zones, file, statistics=["count", "sum"]).values.tolist()
    [[3.0, 8.5]]
    """
    unknown = [name for name in statistics if name not in STATISTICS]
    if unknown:
        raise InputError(
            f"没有统计量 {'、'.join(unknown)}，可用：{'、'.join(STATISTICS)}。",
            f"No statistic {', '.join(unknown)}; there are {', '.join(STATISTICS)}.",
        )
    table = _extracted(zones, raster, band, [*statistics, "cells=count"]).astype("float64")
    empty = ~(table.pop("cells") > 0)
    table.loc[empty, :] = np.nan
    return table.fillna({"count": 0.0})


def zonal_categories(zones: gpd.GeoDataFrame, raster: str | Path, *, band: int = 1) -> pd.DataFrame:
    """Split the area of each zone by the classes of a raster (land cover, slope classes).

    Parameters
    ----------
    zones, raster, band
        As of `zonal_statistics`; the values are whole numbers.

    Returns
    -------
    DataFrame
        ``zone`` (label of the index) | ``category`` (value; missing for what the raster does not
        know) | ``share`` of the zone | ``area_m2``, by zone and value. Shares of a zone sum to 1,
        areas to its area on the ellipsoid. In a raster in degrees cells count by their area in
        degrees, which is exact for zones that are small from north to south.

    Raises
    ------
    InputError
        If the values are no whole numbers; otherwise as `zonal_statistics`.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> zones = gpd.GeoDataFrame(geometry=[box(0, 0, 2, 1.5)], index=["a"], crs=4549)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "r.tif")
    ...     options = dict(width=2, height=2, count=1, dtype="uint8", crs="EPSG:4549", nodata=0)
    ...     grid = rasterio.Affine(1, 0, 0, 0, -1, 2)
    ...     with rasterio.open(file, "w", transform=grid, **options) as raster:
    ...         raster.write(np.array([[10, 0], [10, 20]], dtype="uint8"), 1)
    ...     zonal_categories(zones, file)[["category", "share"]].round(3).values.tolist()
    [[10, 0.5], [20, 0.333], [<NA>, 0.167]]
    """
    with _opened(raster, band) as source:
        cell = abs(source.transform.a * source.transform.e)
        if not np.issubdtype(source.dtypes[band - 1], np.integer):
            raise InputError(
                f"{Path(raster).name} 的值是小数（{source.dtypes[band - 1]}），不是分类："
                "请先重分类为整数。",
                f"The values of {Path(raster).name} are no whole numbers "
                f"({source.dtypes[band - 1]}) and no classes: reclassify them first.",
            )
    found = _extracted(zones, raster, band, ["count", "unique", "frac"])
    cells = shapely.area(zones.geometry.to_numpy()) / cell
    rows: list[tuple[int, int | None, float]] = []
    for number, (values, parts) in enumerate(zip(found["unique"], found["frac"], strict=True)):
        if not cells[number] > 0:
            continue
        known = found["count"].iloc[number] / cells[number] if np.size(values) else 0.0
        for value, part in sorted(zip(np.atleast_1d(values), np.atleast_1d(parts), strict=True)):
            if known:
                rows.append((number, int(value), part * known))
        if 1 - known > _ROUNDING:
            rows.append((number, None, 1 - known))
    table = pd.DataFrame(rows, columns=["zone", "category", "share"])
    at = table["zone"].to_numpy("int64")
    area = area_m2(zones.geometry).to_numpy() if len(zones) else np.empty(0)
    return table.assign(
        zone=zones.index.to_numpy()[at],
        category=table["category"].astype("Int64"),
        share=table["share"].astype("float64"),
        area_m2=table["share"].to_numpy("float64") * area[at],
    )


COVER = define("""raster.cover 现状地类核对 | land cover
    宗地登记的用途或来源，与地类栅格中的现状是否相符；栅格分类有误差，所以不相符的一律是“无法判定”
    | whether the recorded use or source of parcels agrees with a raster of land cover; such a
      raster errs, so that what disagrees is unknown
    agree: {subject}：{n} 宗中 {actual:0} 宗的现状地类（{raster}）有一半以上相符。
    | {subject}: of {n} parcels {actual:0} have a land cover ({raster}) that agrees in half of their
      area or more.
    differ: {subject}：{n} 宗中 {actual:0} 宗的现状地类（{raster}）有一半以上是{covers:list}：
      {members:some}。请核对现状或登记。
    | {subject}: of {n} parcels {actual:0} have another land cover ({raster}) in more than half of
      their area, {covers:list}: {members:some}. Check the land or the record.
    unread: {subject}：{n} 宗中 {actual:0} 宗大部在 {raster} 以外或没有值：{members:some}。
    | {subject}: of {n} parcels {actual:0} lie mostly beyond {raster} or where it has no value:
      {members:some}.""")


def check_cover(
    parcels: gpd.GeoDataFrame,
    raster: str | Path,
    *,
    expected: Mapping[str, Sequence[int]],
    classes: Mapping[int, str] | None = None,
    band: int = 1,
) -> pd.DataFrame:
    """Hold the recorded use or source of parcels against the land cover that a raster shows.

    Parameters
    ----------
    parcels
        Table ``parcels``; another system than the raster's is converted.
    raster, band
        Of whole numbers, as of `zonal_categories`.
    expected
        A use (with all that is within it) or a source (新增, 存量) → the values that agree.
    classes
        Value → what it is called in sentences.

    Returns
    -------
    DataFrame
        Findings ``raster.cover``, by key of ``expected``: a pass for parcels that agree in half
        of their area or more, unknown for those of which more than half is another class, and
        for those of which too little is known.

    Raises
    ------
    CRSError, InputError, MissingPackageError
        As `zonal_categories`.

    Examples
    --------
    >>> check_cover(gpd.GeoDataFrame(geometry=[], crs=4549), "none.tif", expected={}).empty
    True
    """
    found: list[Finding] = []
    if not expected or parcels.empty:
        return findings_table(found)
    shapes = parcels[["geometry"]].reset_index(drop=True)
    usable = shapes.is_valid & ~shapes.is_empty
    table = zonal_categories(convert_crs(shapes[usable], raster_crs(raster)), raster, band=band)
    shares = table.pivot_table(index="zone", columns="category", values="share", aggfunc="sum")
    shares = shares.reindex(range(len(shapes))).fillna(0.0)
    ids = parcels["parcel_id"].astype("str").to_numpy()
    for key, values in expected.items():
        mask = np.array([is_within(str(use), key) for use in parcels["category"]])
        if "land_source" in parcels:
            mask |= (as_text(parcels["land_source"]) == key).to_numpy()
        here = shares[mask]
        agreed = here[[c for c in here if c in values]].sum(axis=1)
        other = here.sum(axis=1) - agreed
        kinds = np.select([agreed >= 0.5, other > 0.5], ["agree", "differ"], "unread")
        for kind in dict.fromkeys(sorted(kinds)):
            rows = here.index[kinds == kind]
            seen = here.loc[rows].drop(columns=[c for c in here if c in values]).sum()
            covers = [v for v in seen.sort_values(ascending=False).index if seen[v] > 0][:3]
            found.append(
                COVER.finding(
                    kind,
                    "pass" if kind == "agree" else "unknown",
                    subject=key,
                    actual=float(len(rows)),
                    values={
                        "n": len(here),
                        "raster": Path(raster).name,
                        "covers": [(classes or {}).get(int(v), str(v)) for v in covers],
                    },
                    members=() if kind == "agree" else tuple(ids[rows]),
                )
            )
    return findings_table(found)


def raster_column(
    layer: gpd.GeoDataFrame,
    raster: str | Path,
    *,
    statistic: str = "mean",
    classes: Sequence[int] = (),
    band: int = 1,
) -> pd.Series:
    """Give one number of a raster for each polygon of a layer, in whatever system it is.

    Parameters
    ----------
    statistic
        One of `STATISTICS` (mean slope, largest height).
    classes
        Values whose share of the polygon is wanted instead (built-up land).

    Returns
    -------
    Series
        With the index of the layer; NaN where the raster knows nothing or the polygon is invalid.

    Raises
    ------
    CRSError, InputError, MissingPackageError
        As `zonal_statistics`.

    Examples
    --------
    See `zonal_statistics` and `zonal_categories`, which this calls.
    """
    rows = layer[["geometry"]].reset_index(drop=True)
    usable = rows[rows.is_valid & ~rows.is_empty]
    there = convert_crs(usable, raster_crs(raster))
    if not classes:
        column = zonal_statistics(there, raster, band=band, statistics=[statistic])[statistic]
    else:
        table = zonal_categories(there, raster, band=band)
        known = table[table["category"].notna()].groupby("zone")["share"].sum()
        wanted = table[table["category"].isin(list(classes))].groupby("zone")["share"].sum()
        column = wanted.reindex(known.index, fill_value=0.0) / known
    return column.reindex(rows.index).set_axis(layer.index)


def raster_weights(
    crosswalk: pd.DataFrame, pieces: gpd.GeoDataFrame, raster: str | Path, *, band: int = 1
) -> pd.Series:
    """Weigh the pieces of a crosswalk by a raster, say of population, instead of area.

    Parameters
    ----------
    crosswalk
        Table ``crosswalk``.
    pieces
        Geometry of each row, as `landgis.join.sums.cut_pieces` gives it, in the system of
        the raster.
    raster, band
        As of `zonal_statistics`; cells are amounts, none below 0.

    Returns
    -------
    Series
        ``weight``, with the index of ``crosswalk``: a piece's part of the amount in its parcel;
        a cell on a border gives each side its fraction. Weights of a parcel sum to 1. What the
        raster does not know stays so: a parcel that meets a cell without data, or that lies in
        the raster with one part and more than half a cell beyond it with another, has NaN, for
        which `landgis.join.sums.apportion` gives nothing and counts the parcel as missing. A
        parcel whose cells are all 0, or that lies wholly beyond the raster, keeps its shares of
        area.

    Raises
    ------
    CRSError, MissingPackageError
        As `zonal_statistics`.
    InputError
        If a sum is negative, or ``pieces`` has another index than ``crosswalk``; otherwise as
        `zonal_statistics`.

    Examples
    --------
    See `landgis.join.sums.apportion`, which takes the weights as a column.
    """
    if not crosswalk.index.equals(pieces.index):
        raise InputError(
            "pieces 的索引应与 crosswalk 相同。", "pieces must have the index of the crosswalk."
        )
    operations = ["count", "sum", "all=count(default_value=0)"]
    cells = _extracted(pieces, raster, band, operations).astype("float64").fillna(0.0)
    unknown = cells["all"] - cells["count"] > _ROUNDING * cells["all"]
    met = (cells["all"] > 0).groupby(crosswalk["parcel_id"]).transform("any")
    return weights_of(cells["sum"].mask(unknown | (met & _beyond(pieces, raster))), crosswalk)


def write_categories(
    layer: gpd.GeoDataFrame, path: str | Path, *, column: str = "category", cell_m: float = 5.0
) -> dict[int, str]:
    """Write the categories of a layer as a cloud-optimised GeoTIFF with their map colours.

    Parameters
    ----------
    layer
        Polygons in a plane system; of two that overlap the later is seen.
    path
        ``.tif``.
    column
        Column of categories, 255 different ones at most.
    cell_m
        Side of a cell. A cell has the category in which its middle lies, 0 where there is none.

    Returns
    -------
    dict
        Value of a cell → category; also the names of the classes in the file.

    Raises
    ------
    CRSError
        If the layer has no system, or one in degrees.
    InputError
        If there are too many categories or cells, or nothing to write.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame({"category": ["住宅用地"]}, geometry=[box(0, 0, 20, 10)], crs=4549)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     classes = write_categories(land, Path(folder, "land.tif"))
    >>> classes
    {1: '住宅用地'}
    """
    path = Path(path)
    require_folder(path)
    crs = require_crs(layer)
    if crs.is_geographic:
        raise CRSError(
            f"{describe_crs(crs)} 以度为单位，像元无法以米计：请先转换到平面坐标系。",
            f"{describe_crs(crs, 'en')} is in degrees, cells are in metres: convert it to a plane.",
        )
    land = layer[shapely.area(layer.geometry.to_numpy()) > 0]
    names = sorted(land[column].dropna().astype(str).unique())
    if not names:
        raise InputError("没有可写成栅格的图斑。", "There is no polygon to write as a raster.")
    left, bottom, right, top = land.total_bounds
    west, north = np.floor(left / cell_m) * cell_m, np.ceil(top / cell_m) * cell_m
    width, height = int(np.ceil((right - west) / cell_m)), int(np.ceil((north - bottom) / cell_m))
    if len(names) > 255 or width * height > _MOST_CELLS:
        raise InputError(
            f"{len(names)} 个类别、{width}×{height} 个像元，超出 255 类或 {_MOST_CELLS:,} 个像元："
            "请增大像元或合并类别。",
            f"{len(names)} categories and {width}×{height} cells are more than 255 or "
            f"{_MOST_CELLS:,}: take larger cells or join categories.",
        )
    classes = dict(enumerate(names, 1))
    numbers = {name: number for number, name in classes.items()}
    grid = rasterio.Affine(cell_m, 0, west, 0, -cell_m, north)
    values = land[column].astype("object").map(numbers).fillna(0).to_numpy(int)
    shapes = land.geometry.to_numpy()
    tree = shapely.STRtree(shapes)
    form = {"width": width, "height": height, "count": 1, "dtype": "uint8", "nodata": 0}
    form |= {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "DEFLATE"}
    # The COG driver copies a finished raster, so that the colours must stand in one beforehand.
    with (
        rasterio.Env(GDAL_CACHEMAX=CACHE_MB),
        beside(path) as draft,
        rasterio.MemoryFile() as memory,
    ):
        with memory.open(driver="GTiff", crs=crs, transform=grid, **form) as target:
            target.write_colormap(1, {n: _rgb(colour(name)) for n, name in classes.items()})
            target.update_tags(1, **{f"class_{n}": name for n, name in classes.items()})
            # in blocks: only what is packed is held whole
            for row, col in itertools.product(range(0, height, _SIDE), range(0, width, _SIDE)):
                wide, high = min(_SIDE, width - col), min(_SIDE, height - row)
                x, y = west + col * cell_m, north - row * cell_m
                block = shapely.box(x, y - high * cell_m, x + wide * cell_m, y)
                here = np.sort(tree.query(block))
                if len(here):
                    grid = rasterio.features.rasterize(
                        zip(shapes[here], values[here], strict=True),
                        (high, wide),
                        transform=rasterio.Affine(cell_m, 0, x, 0, -cell_m, y),
                        dtype="uint8",
                    )
                    target.write(grid, 1, window=Window(col, row, wide, high))
        with memory.open() as source:
            rasterio.shutil.copy(
                source, draft, driver="COG", compress="DEFLATE", overview_resampling="nearest"
            )
    return classes


def raster_crs(raster: str | Path) -> Any:
    """Give the coordinate system of a raster, or None."""
    with _opened(raster, 1) as source:
        return None if source.crs is None else source.crs.to_wkt()


# ---------------------------------------------------------------- reading cells

_ROUNDING = 1e-6
"""Fraction of a zone below which an area is rounding of coordinates in single cells."""

_MOST_CELLS = 4_000_000_000

_SIDE = 4096
"""Side of the blocks in which categories are written, a multiple of that of the file's tiles."""


def _extracted(
    zones: gpd.GeoDataFrame, raster: str | Path, band: int, operations: list[str]
) -> pd.DataFrame:
    """Run operations of exactextract; rows as the zones, missing where a zone has no shape."""
    crs = require_crs(zones, name=" zones ")
    shapes = zones.geometry.to_numpy()
    filled = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    wrong = filled & ~(shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2))
    if wrong.any():
        first = zones.index[wrong][0]
        raise InputError(
            f"{wrong.sum()} 个统计区不是有效的面，最前的是 {first}：请先修复（--repair）。",
            f"{wrong.sum()} zones are no valid polygons, the first is {first}: repair them first.",
        )
    tool = _exactextract()
    names = [operation.split("=")[0] if "=" in operation else operation for operation in operations]
    names = [name.split("(")[0] for name in names]
    if not filled.any():
        return pd.DataFrame(np.nan, index=zones.index, columns=names, dtype="object")
    with _opened(raster, band) as source:
        theirs = None if source.crs is None else source.crs.to_wkt()
        if theirs is None or crs != theirs:
            raise CRSError(
                f"面图层与栅格坐标系不同：{describe_crs(crs)} 与 {describe_crs(theirs)}。",
                f"Zones and raster differ in coordinate system: {describe_crs(crs, 'en')} and "
                f"{describe_crs(theirs, 'en')}.",
            )
        # named as the raster names it: exactextract compares the words of the two systems
        drawn = gpd.GeoDataFrame({"row": np.flatnonzero(filled)}, geometry=shapes[filled])
        found: pd.DataFrame = tool.exact_extract(
            _source_of(tool, source, band),
            drawn.set_crs(source.crs.wkt),
            operations,
            include_cols=["row"],
            output="pandas",
            max_cells_in_memory=CELLS_IN_MEMORY,
        )
    return found.set_index("row").reindex(range(len(zones))).set_axis(zones.index)


def _exactextract() -> Any:
    try:
        return importlib.import_module("exactextract")
    except ImportError:
        raise MissingPackageError(
            "栅格统计需要 exactextract：pip install exactextract（Linux ARM 上请用 conda 安装）。",
            "Zonal statistics need exactextract: pip install exactextract (from conda on Linux "
            "ARM).",
        ) from None


def _source_of(tool: Any, source: rasterio.DatasetReader, band: int) -> Any:
    """Give exactextract the cells of a band; one that is no number is one without data."""

    class ZoneCells(tool.raster.RasterioRasterSource):  # type: ignore[misc]
        def read_window(self, *window: int) -> NDArray[Any]:
            values = super().read_window(*window)
            return np.ma.masked_invalid(values, copy=False) if self.isfloat else values

    return ZoneCells(source, band)


@contextmanager
def _opened(raster: str | Path, band: int) -> Iterator[rasterio.DatasetReader]:
    name = Path(raster).name
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_MB), rasterio.open(raster) as source:
            if not 1 <= band <= source.count:
                raise InputError(
                    f"{name} 没有波段 {band}，共 {source.count} 个。",
                    f"{name} has no band {band}; it has {source.count}.",
                )
            t = source.transform
            if t.b or t.d or t.a <= 0 or t.e >= 0:
                raise InputError(
                    f"{name} 有旋转、倒置或没有定位，请先重采样为正北方向。",
                    f"{name} is rotated, upside down or not placed: warp it to north-up first.",
                )
            yield source
    except rasterio.errors.RasterioIOError as error:
        raise InputError(
            f"栅格 {name} 读不出来：{error}。请核对路径和格式。",
            f"The raster {name} cannot be read: {error}. Check its path and format.",
        ) from None


def _beyond(zones: gpd.GeoDataFrame, raster: str | Path) -> pd.Series:
    """Tell which zones reach so far beyond the raster that a cell there could be theirs."""
    with _opened(raster, 1) as source:
        left, bottom, right, top = source.bounds
        width, height = np.array(source.res) / 2
    box = zones.bounds
    beyond: pd.Series = box["minx"].lt(left - width) | box["maxx"].gt(right + width)
    beyond |= box["miny"].lt(bottom - height) | box["maxy"].gt(top + height)
    return beyond


def _rgb(name: str) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(name.removeprefix("#"))
    return red, green, blue, 255
