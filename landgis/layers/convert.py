"""A layer from one format to another, in bounded memory whatever its size."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
from tqdm import tqdm

from landgis.files.inputs import inputs_kept
from landgis.findings import findings_table, join_findings
from landgis.formats.kinds import PLAIN_POINTS, PointsOptions
from landgis.formats.postgis import Existing
from landgis.formats.registry import write_layer
from landgis.layers.faults import count_impossible, tell_impossible
from landgis.layers.read import display_name, stream_layer
from landgis.layers.repair import repair_layer


class Converted(NamedTuple):
    """What `convert_layer` did.

    Parameters
    ----------
    rows
        Rows written.
    findings
        What was decided and noticed while reading, and what the target could not hold.
    """

    rows: int
    findings: pd.DataFrame


def convert_layer(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    layer_name: str | None = None,
    to_encoding: str = "UTF-8",
    points: PointsOptions = PLAIN_POINTS,
    existing: Existing = "refuse",
    rows: int = 20_000,
    repair: bool = False,
    **reading: Any,
) -> Converted:
    """Convert a layer; the suffix of the target decides the format.

    Rows pass through memory some at a time, where source and target allow that: shapefile,
    GeoPackage, File Geodatabase, GeoJSON, FlatGeobuf, GeoParquet; CSV as a target. Boundary
    points, drawings, KML and databases are held whole.

    Parameters
    ----------
    layer_name
        Name of the layer written.
    to_encoding
        Encoding of a shapefile written: UTF-8 or GBK.
    points
        How boundary points are written: with the zone in front or not, and the header.
    existing
        As of `landgis.formats.registry.write_layer`.
    rows
        Rows in memory at a time.
    repair
        Whether to make invalid polygons valid.
    **reading
        ``layer``, ``crs``, ``encoding``, ``to_crs``, ``datum_shift`` and ``place`` of
        `landgis.layers.read.read_layer`.

    Raises
    ------
    InputError, CRSError
        As `landgis.layers.read.read_layer` and `landgis.formats.registry.write_layer`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from shapely import box
    >>> layer = gpd.GeoDataFrame({"ZL": ["东村"]}, geometry=[box(120, 30, 121, 31)], crs=4490)
    >>> with TemporaryDirectory() as folder:
    ...     layer.to_file(Path(folder) / "a.gpkg")
    ...     convert_layer(Path(folder) / "a.gpkg", Path(folder) / "a.shp").rows
    1
    """
    with inputs_kept(), stream_layer(source, rows=rows, **reading) as (placed, decided):
        noticed: list[pd.DataFrame] = []
        impossible: Counter[str] = Counter()
        count = 0

        def frames() -> Iterator[gpd.GeoDataFrame]:
            nonlocal count
            with tqdm(delay=2, disable=None, leave=False, unit=" rows") as progress:
                for frame in placed:
                    mended = frame
                    if repair:
                        mended, _, told = repair_layer(frame)
                        noticed.append(told)
                    impossible.update(count_impossible(mended))
                    count += len(mended)
                    progress.update(len(mended))
                    yield mended

        lost = write_layer(
            frames(),
            target,
            layer=layer_name,
            encoding=to_encoding,
            points=points,
            existing=existing,
        )
        told = findings_table(tell_impossible(impossible, display_name(source)))
        return Converted(count, join_findings(findings_table(decided), *noticed, told, lost))
