"""Chapter 3: what GDAL reads (GeoPackage, shapefile …), whose parts are runs of rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyogrio

from landgis.crs.datums import refuse_legacy
from landgis.crs.detection import place_layer
from landgis.errors import CRSError, InputError
from landgis.files.contents import refuse_endless_views
from landgis.files.inputs import note_input
from landgis.findings import Finding
from landgis.formats.dbf import decide_dbf_encoding, field_names, read_dbf_header
from landgis.formats.gdal import damage, offline, open_batches
from landgis.formats.shapefile_records import sibling
from landgis.layers.read import list_layers
from landgis.scale import sources
from landgis.scale.sources import Part, Source

UNINDEXED_PARTS = 16
"""Parts at most of a file whose rows can only be reached by passing over those before."""


def open_features(path: Path, layer: str | None, *, crs: Any = None) -> Source:
    """Open a source that GDAL reads, and decide where it lies and how its text is encoded."""
    if path.suffix.lower() == ".gpkg":
        refuse_endless_views(path)
    note_input(path)
    layers = list_layers(path)
    chosen = [name for name in layers if layer in {None, name}]
    if len(chosen) != 1:
        listed = "、".join(layers)
        raise InputError(
            f"{path.name} 中的图层：{listed or '无'}。"
            "请用 layer= 指明一个（区域用 region_layer=）。",
            f"{path.name} has the layers: {listed.replace('、', ', ') or 'none'}. "
            "Choose one with layer= (of regions with region_layer=).",
        )
    layer = chosen[0]
    encoding, decode, names, findings = _text(path)
    with damage(path), offline():
        info = pyogrio.read_info(
            path, layer=layer, encoding=encoding, force_feature_count=True, force_total_bounds=True
        )
    bounds = info["total_bounds"]
    known = bounds is not None and np.isfinite(bounds).all()
    placing = place_layer(
        tuple(bounds) if known else None, declared=info["crs"] if crs is None else crs
    )
    if placing.crs is None:
        raise CRSError(f"{path.name} {placing.zh}。", f"{path.name}: {placing.en}.")
    refuse_legacy(placing.crs, name=path.name)
    findings.append(placing.finding(path.name))
    rows, fields = int(info["features"]), [str(field) for field in info["fields"]]
    size = sources.PART
    if not info["capabilities"]["fast_set_next_by_index"]:
        size = max(sources.PART, -(-rows // UNINDEXED_PARTS))
    return Source(
        path,
        layer,
        rows,
        _runs(rows, size),
        info["geometry_name"] or "wkb_geometry",
        dict(zip(names if len(names) == len(fields) else fields, fields, strict=True)),
        placing.crs,
        placing.crs,
        placing.swapped,
        encoding,
        decode,
        tuple(findings),
    )


def _runs(rows: int, size: int) -> tuple[Part, ...]:
    starts = range(0, rows, size)
    return tuple(
        Part(k, first, first + size if first + size < rows else None, min(size, rows - first))
        for k, first in enumerate(starts)
    )


def _text(path: Path) -> tuple[str | None, str, list[str], list[Finding]]:
    """Decide how a shapefile is read: encoding for GDAL, what Latin-1 stands for, field names."""
    dbf = sibling(path, ".dbf") if path.suffix.lower() == ".shp" else None
    if dbf is None:
        return None, "", [], []
    header = read_dbf_header(dbf)
    decided = decide_dbf_encoding(dbf, header)
    names, cut = field_names(header, decided.name)
    if cut or decided.cut:  # iconv refuses half a character: Latin-1 keeps all bytes
        return "ISO-8859-1", decided.name, names, [decided.finding]
    return decided.name, "", names, [decided.finding]


def read_features(
    source: Source, part: Part, columns: list[str], rows: int
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a part, so many at a time."""
    wanted = part.last and part.last - part.first
    reading = open_batches(
        source.path,
        source.layer,
        encoding=source.encoding,
        rows=rows,
        columns=[c for c in columns if c != source.geometry],
        geometry=source.geometry in columns,
        first=part.first,
    )
    with closing(reading):
        for _, batch in reading:
            some = batch if wanted is None else batch.slice(0, wanted)
            yield some
            if wanted is not None:
                wanted -= len(some)
                if not wanted:
                    return


def count_features(path: Path) -> int:
    """Count the rows of the largest layer; 0 where the file cannot be read."""
    try:
        infos = [
            pyogrio.read_info(path, layer=layer, force_feature_count=True, encoding="ISO-8859-1")
            for layer in list_layers(path)
        ]
    except (RuntimeError, ValueError, InputError):  # read_layer knows what is wrong with it
        return 0
    return max((int(info["features"]) for info in infos), default=0)
