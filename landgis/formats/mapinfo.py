"""MapInfo tables (TAB, MIF/MID), read only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import shapely

from landgis.formats.gdal import CURVES, Opened
from landgis.formats.kinds import Format, Opening, opened_by_gdal

_ROUND = (181, 185)
"""Corners that GDAL gives an ellipse, and a rectangle with round corners."""
_NEUTRAL = re.compile(rb"(?i)(charset\s+\"?)neutral")


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a table; round shapes, which GDAL gives an edge every 2° whatever is set, are told."""
    with _stated(path) as file, opened_by_gdal(file, opening) as source:

        def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
            for frame in source.frames(rows):
                shapes = np.asarray(frame.geometry, dtype=object)
                found = sum(
                    map(_is_round, shapes[np.isin(shapely.get_num_coordinates(shapes), _ROUND)])
                )
                if found:
                    told = CURVES.finding(
                        "coarse", "unknown", subject=path.name, actual=float(found)
                    )
                    source.findings.append(told)
                yield frame

        yield replace(source, frames=frames)


def _is_round(shape: shapely.Geometry) -> bool:
    """Tell an ellipse, or a rectangle with round corners, by what it lacks of its box."""
    corners = shapely.get_coordinates(shape)
    size = np.ptp(corners, axis=0)
    radii = size / 2 if len(corners) == _ROUND[0] else np.abs(corners[45] - corners[0])
    lacks, curved = size.prod() - shapely.area(shape), (4 - np.pi) * radii.prod()
    return bool(lacks > 0 and np.isclose(lacks, curved, rtol=2e-3))


@contextmanager
def _stated(path: Path) -> Iterator[Path]:
    """Give a table; of no stated character set (Neutral), a copy: GBK unless it is UTF-8."""
    with path.open("rb") as file:
        head = file.read(65_536)
    if not _NEUTRAL.search(head):
        yield path
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        for side in path.parent.glob(f"{path.stem}.*"):
            copyfile(side, Path(folder) / side.name)
        sides = [path.with_suffix(suffix) for suffix in (".mid", ".MID", ".dat", ".DAT")]
        raw = b"\n".join([head, *(side.read_bytes() for side in sides if side.is_file())])
        utf8 = raw.decode("utf-8", "ignore").encode() == raw
        stated = rb"\1UTF-8" if utf8 else rb"\1WindowsSimpChinese"
        copy = Path(folder) / path.name
        copy.write_bytes(_NEUTRAL.sub(stated, path.read_bytes()))
        yield copy


FORMAT = Format(
    title="MapInfo TAB / MIF",
    suffixes=(".tab", ".mif"),
    open=_open,
    in_parts=True,
    keeps=("字段类型、坐标系", "kinds, coordinate system"),
)
