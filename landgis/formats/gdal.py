"""Layers as GDAL reads them: whole through Arrow, or some rows at a time in bounded memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from landgis.errors import InputError, LandgisError
from landgis.findings import Finding, failed
from landgis.language import Lang, say

Frames = Callable[[int | None], Iterator[gpd.GeoDataFrame]]
"""Gives a layer as frames of so many rows at most, or in one for None; may be called again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A layer as it stands in its file, not yet placed.

    Parameters
    ----------
    frames
        The rows, numbered through from 0. What a file declares of its coordinate system is that
        of the frames.
    encoding
        Encoding of the text.
    layers
        Names of the layers in the file.
    findings
        What was decided; grows while frames are read.
    """

    frames: Frames
    encoding: str = "UTF-8"
    layers: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


_NOT_BY_ARROW = {".fgb"}
"""GDAL 3.12 crashes on a FlatGeobuf with a missing shape that is read through Arrow."""


def spatial_layers(path: Path) -> tuple[str, ...]:
    """Name the layers of a file that have geometry.

    Raises
    ------
    InputError
        If GDAL cannot open the file.
    """
    with damage(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is to be told is told when the layer is read
        found = pyogrio.list_layers(path)
    return tuple(str(name) for name, kind in found if kind is not None)


def choose_layer(path: Path, layers: tuple[str, ...], layer: str | None, *, pick: bool) -> str:
    """Give the layer that is meant; ``pick``: of several take the first.

    Raises
    ------
    InputError
        If there is no such layer, or several and none is named; the message lists them.
    """
    if layer is not None and layer not in layers:
        raise no_layer(path, layers, layer)
    if not layers:
        raise InputError(
            f"{path.name} 中没有带图形的图层。", f"{path.name} has no layer with geometry."
        )
    if layer is None and len(layers) > 1 and not pick and path.suffix.lower() != ".kml":
        listed = "、".join(layers)
        raise InputError(
            f"{path.name} 中有 {len(layers)} 个图层：{listed}。请用 layer= 指明。",
            f"{path.name} has {len(layers)} layers: {listed.replace('、', ', ')}. "
            "Choose one with layer=.",
        )
    return layer or layers[0]


def no_layer(path: Path, layers: tuple[str, ...], layer: str) -> InputError:
    """Say that a file has no such layer, and which it has."""
    listed = "、".join(layers)
    return InputError(
        f"{path.name} 中没有图层“{layer}”，现有：{listed}。",
        f"{path.name} has no layer “{layer}”; it has {listed.replace('、', ', ')}.",
    )


def read_frames(
    path: Path,
    layer: str | None = None,
    *,
    rows: int | None,
    noted: list[Finding],
    encoding: str | None = None,
    names: Sequence[str] = (),
    lang: Lang = "zh",
) -> Iterator[gpd.GeoDataFrame]:
    """Read a layer as one frame, or as frames of at most so many rows.

    Parameters
    ----------
    rows
        Rows at a time; None: all in one.
    noted
        Takes what GDAL warns of (``layer.gdal``) and rings that were not closed
        (``layer.unclosed``), as the frames are read.
    names
        Names of all fields, to take the place of GDAL's reading of them.

    Yields
    ------
    GeoDataFrame
        Geometry in the column ``geometry``, rows numbered through from 0; "" for missing text.

    Raises
    ------
    InputError
        If the layer has no geometry, or the file is damaged.
    """
    options = {"layer": layer, "encoding": encoding}
    if rows is None:
        frames = _whole(path, noted, lang, **options)
    elif path.suffix.lower() in _NOT_BY_ARROW:
        frames = _by_number(path, rows, **options)
    else:
        frames = _by_batch(path, rows, noted, lang, **options)
    while True:
        with damage(path), _warned(path, noted, lang):
            frame = next(frames, None)
            if frame is None:
                return
            frame = _tidy(frame, path, names)
        yield frame


def _whole(path: Path, noted: list[Finding], lang: Lang, **options: Any) -> Iterator[pd.DataFrame]:
    arrow = path.suffix.lower() not in _NOT_BY_ARROW
    try:
        yield pyogrio.read_dataframe(path, use_arrow=arrow, **options)
    except shapely.errors.GEOSException:  # a ring does not end where it begins
        fixed = pyogrio.read_dataframe(path, use_arrow=arrow, on_invalid="fix", **options)
        strict = pyogrio.read_dataframe(path, use_arrow=arrow, on_invalid="ignore", **options)
        unclosed = strict.geometry.isna() & ~fixed.geometry.isna()
        noted.append(_unclosed(path, np.flatnonzero(unclosed), lang))
        yield fixed


def _by_batch(
    path: Path, rows: int, noted: list[Finding], lang: Lang, **options: Any
) -> Iterator[pd.DataFrame]:
    """Take batches off one stream of Arrow: the file is gone through once."""
    first = 0
    with pyogrio.open_arrow(path, batch_size=rows, use_pyarrow=True, **options) as (meta, reader):
        geometry = meta["geometry_name"] or "wkb_geometry"
        for batch in reader:
            frame = batch.to_pandas()
            frame.index = pd.RangeIndex(first, first + len(frame))
            if geometry in frame:
                wkb = frame.pop(geometry)
                try:
                    shapes = shapely.from_wkb(wkb)
                except shapely.errors.GEOSException:
                    shapes = shapely.from_wkb(wkb, on_invalid="fix")
                    lost = shapely.is_missing(shapely.from_wkb(wkb, on_invalid="ignore"))
                    unclosed = np.flatnonzero(lost & ~shapely.is_missing(shapes))
                    noted.append(_unclosed(path, first + unclosed, lang))
                frame = gpd.GeoDataFrame(frame, geometry=shapes, crs=meta["crs"])
            first += len(frame)
            yield frame


def _by_number(path: Path, rows: int, **options: Any) -> Iterator[pd.DataFrame]:
    """Read some rows after those read before, which are passed over each time."""
    first = 0
    while True:
        frame = pyogrio.read_dataframe(path, skip_features=first, max_features=rows, **options)
        frame.index = pd.RangeIndex(first, first + len(frame))
        first += len(frame)
        if len(frame):
            yield frame
        if len(frame) < rows:
            return


def _tidy(frame: pd.DataFrame, path: Path, names: Sequence[str]) -> gpd.GeoDataFrame:
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(
            f"{path.name} 没有图形，只是一张表。", f"{path.name} has no geometry: it is a table."
        )
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    if len(names) == len(frame.columns) - 1:  # GDAL passes over fields of kinds it does not know
        frame.columns = [*names, "geometry"]
    gaps = [c for c in frame.columns if frame[c].dtype == "str" and frame[c].hasnans]
    return frame.fillna(dict.fromkeys(gaps, "")) if gaps else frame


def _unclosed(path: Path, at: np.ndarray, lang: Lang) -> Finding:
    rows = "、".join(map(str, at[:10]))
    zh = f"{path.name} 有 {len(at)} 个要素的环未闭合，已补上首点（行 {rows}）。"
    en = f"{path.name}: {len(at)} features with unclosed rings, closed (rows {rows})."
    return failed("layer.unclosed", zh, en, subject=path.name, lang=lang)


@contextmanager
def _warned(path: Path, noted: list[Finding], lang: Lang) -> Iterator[None]:
    """Take what GDAL warns of as findings, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for text in (str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)):
        message = say(
            lang, f"{path.name} 读取时 GDAL 提示：{text}", f"{path.name}: GDAL says {text}"
        )
        told = Finding(check="layer.gdal", subject=path.name, verdict="unknown", message=message)
        if told not in noted:
            noted.append(told)


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """Turn what the libraries raise on a damaged file into one sentence."""
    try:
        # a NaN among the coordinates is a fault to be found later, not a warning of numpy's
        with np.errstate(invalid="ignore"):
            yield
    except LandgisError:
        raise
    except NotImplementedError:  # of shapely, which holds no curves
        raise InputError(
            f"{path.name} 中有含弧段（曲线）的图形，无法读取：请先转为折线"
            "（如 ogr2ogr -nlt CONVERT_TO_LINEAR）。",
            f"{path.name} has geometries with curves, which cannot be read: turn them into "
            "straight edges first (ogr2ogr -nlt CONVERT_TO_LINEAR does).",
        ) from None
    except Exception as error:  # noqa: BLE001 - damage makes the libraries raise anything
        text = " ".join(str(error).split())[:200]
        raise InputError(
            f"{path.name} 无法读取，文件可能已损坏：{text}。请重新索取，或用 QGIS 另存后再读。",
            f"{path.name} cannot be read, it may be damaged: {text}. "
            "Ask for it again, or save it anew from QGIS.",
        ) from None
