"""Layers written by GDAL, streamed to it through Arrow."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from landgis.errors import InputError
from landgis.findings import Finding
from landgis.formats.columns import (
    Frames,
    Losses,
    Survey,
    as_text,
    flat_frames,
    stream,
    survey,
    without_m,
)
from landgis.formats.libgdal import put_domains
from landgis.formats.names import NAMES, NAMINGS, settle_names, settled_layer, tell_names

DRIVERS = MappingProxyType(
    {
        "gpkg": "GPKG",
        "gdb": "OpenFileGDB",
        "geojson": "GeoJSON",
        "json": "GeoJSON",
        "fgb": "FlatGeobuf",
    }
)
"""Drivers by suffix."""

_OPTIONS: MappingProxyType[str, dict[str, Any]] = MappingProxyType(
    {
        "GPKG": {"VERSION": "1.3"},  # QGIS 3.22 and its contemporaries warn of 1.4
        "OpenFileGDB": {"TARGET_ARCGIS_VERSION": "ALL"},
        # the system is kept in the member crs: degrees of RFC 7946 would move the layer
        "GeoJSON": {"RFC7946": "NO"},
        "FlatGeobuf": {"SPATIAL_INDEX": "NO"},  # it would put the rows in another order
    }
)
_SAID = {
    "GPKG": {"IDENTIFIER": "title", "DESCRIPTION": "description"},
    "OpenFileGDB": {"LAYER_ALIAS": "title"},
}
"""Options of drivers that keep what is said of a layer, and the attribute of a frame that is it."""
_TYPED = {"GPKG", "OpenFileGDB", "FlatGeobuf"}
"""Drivers whose layers have a kind of shapes: single or multiple."""
_MEASURED = {"GPKG", "OpenFileGDB"}
"""Drivers whose M values read back."""


def _options(driver: str, crs: Any) -> dict[str, Any]:
    """Give options of a driver; a GeoJSON in WGS 84 is one by RFC 7946, which knows no other."""
    if driver == "GeoJSON" and crs is not None and crs.to_epsg() == 4326:
        return {"RFC7946": "YES", "COORDINATE_PRECISION": 9}  # a tenth of a millimetre
    return _OPTIONS.get(driver, {})


def _said(driver: str, about: Mapping[Any, Any], path: Path, layer: str) -> dict[str, str]:
    """Give the options that keep title and description; titles in a GeoPackage are distinct."""
    said = {k: str(about[v]) for k, v in _SAID.get(driver, {}).items() if about.get(v)}
    title = said.get("IDENTIFIER")
    if title is not None and path.exists():
        with closing(sqlite3.connect(path)) as database:
            others = database.execute(
                "SELECT identifier FROM gpkg_contents WHERE table_name <> ?", (layer,)
            ).fetchall()
        if (title,) in others:
            said["IDENTIFIER"] = f"{title} ({layer})"
    return said


def write_vector(
    frames: Frames,
    path: Path,
    *,
    driver: str,
    layer: str,
    losses: Losses,
    append: bool = False,
) -> list[Finding]:
    """Write a layer in one stream, so that only one of its frames is in memory.

    Parameters
    ----------
    frames
        What `plain_frames` gives; gone through twice.
    append
        Whether the file is there and the layer comes beside its others; one of the same name is
        replaced.

    Returns
    -------
    list
        Names that the format does not take, and those that were written. The map is an alias of
        the field, or ``NAME.fields.csv`` beside the file.

    Raises
    ------
    InputError
        If the format cannot hold shapes of several kinds, or with and without heights, or GDAL
        cannot write.
    """
    naming = NAMINGS[driver]
    frames = flat_frames(frames, losses)
    first = next(iter(frames()))
    aliases = dict(first.attrs.get("aliases", {}))
    settled = settle_names(first.columns.drop("geometry"), naming)
    written = settled_layer(layer, naming)

    def fitted() -> Iterator[gpd.GeoDataFrame]:
        return (_fitted(frame, driver, losses).rename(columns=settled) for frame in frames())

    found = survey(fitted, losses)
    multiple = driver in _TYPED and any(kind.startswith("Multi") for kind in found.kinds)
    flattened = found.m and driver not in _MEASURED
    if flattened:
        losses["export.m", ""] += 1

    def ready() -> Iterator[gpd.GeoDataFrame]:
        for frame in fitted():
            flat = without_m(frame) if flattened else frame
            yield _multiple(flat) if multiple else flat

    titles = {new: aliases.get(old, old if old != new else "") for old, new in settled.items()}
    stream(
        ready,
        found,
        path,
        aliases=titles if naming.aliases else {},
        layer=written,
        driver=driver,
        geometry_type=_kind(found, path, driver, multiple=multiple),
        append=append,
        **_options(driver, first.crs),
        **_said(driver, first.attrs, path, written),
    )
    domains = {settled[f]: d for f, d in first.attrs.get("domains", {}).items() if f in settled}
    if naming.aliases:
        for name in put_domains(path, written, domains):
            losses["export.domains", name] += 1
    table = path.with_suffix(".fields.csv")
    told = tell_names(settled, naming, table.name)
    if told and not naming.aliases:
        write_names(settled, table)
    if written != layer:
        values = {"format": naming.title, "name": layer, "written": written}
        told.append(NAMES.finding("layer", "fail", values=values))
    return told


def write_names(settled: Mapping[str, str], path: Path) -> None:
    """Write the map of names, field in the file and its own name, beside the file."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        pairs = [(written, name) for name, written in settled.items()]
        csv.writer(file).writerows([("field", "name"), *pairs])


def write_plain_table(
    table: pd.DataFrame, path: Path, *, driver: str, layer: str, append: bool = False
) -> None:
    """Write a table without geometry."""
    options = _OPTIONS.get(driver, {})
    pyogrio.write_dataframe(table, path, layer=layer, driver=driver, append=append, **options)


def _fitted(frame: gpd.GeoDataFrame, driver: str, losses: Losses) -> gpd.GeoDataFrame:
    if driver != "OpenFileGDB":
        return frame
    names = frame.columns.drop("geometry")
    return frame.assign(**{name: _as_arcgis(frame[name], losses) for name in names})


def _as_arcgis(values: pd.Series, losses: Losses) -> pd.Series:
    """Give a column a kind that ArcGIS before Pro 3.2 has.

    Whole numbers have 32 bits, larger ones are text, so that codes stay whole; days are times.
    """
    if pd.api.types.infer_dtype(values, skipna=True) == "date":
        return pd.to_datetime(values)
    if not pd.api.types.is_integer_dtype(values):
        return values
    largest = values.abs().max()
    if pd.isna(largest) or largest <= np.iinfo(np.int32).max:
        return values.astype("Int32" if values.hasnans else "int32")
    return as_text(values, losses)


def _kind(found: Survey, path: Path, driver: str, *, multiple: bool) -> str:
    """Name the kind of a layer's shapes in pyogrio's words."""
    if driver == "FlatGeobuf" and found.z and found.flat:
        raise InputError(
            f"{path.name}：FlatGeobuf 不能同时放有高程和无高程的图形，请分开写出，或用 .gpkg。",
            f"{path.name}: FlatGeobuf cannot hold shapes with and without heights together: "
            "write them apart, or as .gpkg.",
        )
    kinds = {kind.removeprefix("Multi") if multiple else kind for kind in found.kinds}
    if len(kinds) > 1 and driver == "OpenFileGDB":
        listed = "、".join(sorted(found.kinds))
        raise InputError(
            f"{path.name}：File Geodatabase 的一个图层只能放一种图形，现有 {listed}："
            "请分开写出，或用 .gpkg。",
            f"{path.name}: a layer of a File Geodatabase holds shapes of one kind, here are "
            f"{listed.replace('、', ', ')}: write them apart, or as .gpkg.",
        )
    if len(kinds) != 1:
        return "MultiPolygon" if driver == "OpenFileGDB" else "Unknown"
    kind = ("Multi" if multiple else "") + kinds.pop()
    if found.m and driver in _MEASURED:
        measured = "PointM" if kind == "Point" else f"Measured {kind}"
        return f"Measured 3D {kind}" if found.z else measured
    return f"{kind} Z" if found.z else kind


def _multiple(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give every shape as one of several parts."""
    shapes = np.asarray(frame.geometry.array, dtype=object).copy()
    for single, several in (
        (shapely.GeometryType.POINT, shapely.multipoints),
        (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
        (shapely.GeometryType.POLYGON, shapely.multipolygons),
    ):
        at = np.flatnonzero(shapely.get_type_id(shapes) == single)
        shapes[at] = several(shapes[at], indices=np.arange(len(at)))
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
