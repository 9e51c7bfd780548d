"""What a format is: its suffixes, what opens and writes it, and what it cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from landgis.findings import Finding
from landgis.formats.columns import Frames, Losses
from landgis.formats.gdal import Opened, choose_layer, read_frames, spatial_layers
from landgis.formats.gdal_write import Driver
from landgis.formats.libgdal import described
from landgis.formats.runs import Runs
from landgis.formats.told import NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How a file is to be opened: its layer, its encoding, whether the first layer may be taken."""

    layer: str | None = None
    encoding: str | None = None
    pick: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsOptions:
    """How boundary points are written.

    Parameters
    ----------
    prefix
        Whether eastings carry the zone number in front; as the layer has it if None.
    header
        Values of [属性描述] other than the usual ones.
    """

    prefix: bool | None = None
    header: Mapping[str, str] = field(default_factory=dict)


PLAIN_POINTS = PointsOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a layer is to be written: its name, its encoding; and the count of what gets lost."""

    layer: str
    encoding: str = "UTF-8"
    losses: Losses = field(default_factory=Losses)
    points: PointsOptions = PLAIN_POINTS


Open = Callable[[Path, Opening], AbstractContextManager[Opened]]
Write = Callable[[Frames, Path, Writing], list[Finding]]
Whole = Callable[[Path, int, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of layers. `landgis.formats.registry` has a line for each.

    Parameters
    ----------
    title
        Its name.
    suffixes
        Of its files, with the dot, in small letters; the first is the usual one.
    begins
        What its files begin with, blanks aside: GDAL opens by content, not by suffix, so that a
        format that it reads has to say it (those of `landgis.files.archives` do). Any if empty.
    open, write
        What reads and what writes it, a driver of GDAL's or a function; None where landgis does
        not.
    whole
        Tells whether a file that was written holds so many rows in the layer of a name: a full
        disk may cut it off unsaid. What Python writes says so itself.
    needs_crs
        Whether it is written of layers that have a coordinate system only.
    in_parts
        Whether it is read some rows at a time, so that files may be larger than memory.
    runs
        What reads it in parts, each by a process of its own.
    many_layers
        Whether a file holds several layers.
    keeps, loses
        What it keeps, and what it cannot hold, in Chinese and English: rows of docs/formats.md.
    """

    title: str
    suffixes: tuple[str, ...]
    begins: tuple[bytes, ...] = ()
    open: Open | None = None
    write: Driver | Write | None = None
    whole: Whole = lambda *_: True
    needs_crs: bool = True
    in_parts: bool = False
    runs: Runs | None = None
    many_layers: bool = False
    keeps: tuple[str, str] = ("", "")
    loses: tuple[str, str] = ("", "")

    @property
    def driver(self) -> Driver | None:
        """The driver of GDAL's that writes it, if one does."""
        return self.write if isinstance(self.write, Driver) else None


@contextmanager
def opened_by_gdal(
    path: Path, opening: Opening, *, describes: bool = False, single: bool = False, **options: Any
) -> Iterator[Opened]:
    """Open what GDAL reads.

    Parameters
    ----------
    describes
        Whether the file may have titles and domains of fields.
    single
        Whether it holds one layer, so that none need be listed: of a text GDAL would read it all.
    """
    alone = single and opening.layer in {None, path.stem}
    layers = (path.stem,) if alone else spatial_layers(path)
    chosen = None if alone else choose_layer(path, layers, opening.layer, pick=opening.pick)
    findings: list[Finding] = []

    about = described(path, chosen).attrs if describes and chosen else {}

    def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
        for frame in read_frames(
            path, chosen, rows=rows, noted=findings, encoding=opening.encoding, **options
        ):
            frame.attrs.update(about)
            tell_rounded(frame, path.name, findings)
            yield frame

    yield Opened(frames=frames, layers=layers, findings=findings)


def ends_with(draft: Path, mark: bytes) -> bool:
    """Tell whether a file ends with a mark."""
    with draft.open("rb") as file:
        file.seek(max(draft.stat().st_size - 64, 0))
        return file.read().rstrip().endswith(mark)


def tell_rounded(frame: gpd.GeoDataFrame, name: str, noted: list[Finding]) -> None:
    """Tell fields of floats that hold whole numbers (codes) of more digits than floats have."""
    for column in frame.columns[frame.dtypes == "float64"]:
        values = frame[column].to_numpy()
        count = int((np.isfinite(values) & (np.abs(values) > 2**53)).sum())
        if count:
            told = {"field": str(column)}
            noted.append(
                NUMBERS.finding("rounded", "fail", subject=name, actual=float(count), values=told)
            )


def at_once(frame: gpd.GeoDataFrame) -> Callable[[int | None], Iterator[gpd.GeoDataFrame]]:
    """Give a frame that is in memory already."""
    return lambda _: iter([frame])
