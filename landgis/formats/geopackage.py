"""GeoPackage: any number of layers in one SQLite file."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import geopandas as gpd

from landgis.files.archives import refuse_endless_views
from landgis.formats.columns import put_numbers
from landgis.formats.gdal import Opened
from landgis.formats.gdal_write import Driver, counted
from landgis.formats.kinds import Format, Opening, Runs, Source, open_runs, opened_by_gdal, read_run

DRIVER = Driver(
    name="GPKG",
    title="GeoPackage",
    reserved=frozenset({"fid", "geom", "rowid", "oid", "_rowid_"}),
    prefix="gpkg",
    aliases=True,
    options=lambda _: {"VERSION": "1.3"},  # QGIS 3.22 and its contemporaries warn of 1.4
    said={"IDENTIFIER": "title", "DESCRIPTION": "description"},
    measured=True,
)

_NUMERIC = re.compile(r"(?i)(tiny|small|medium|big)?int|real|double|float|numeric|decimal")


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    refuse_endless_views(path)
    with opened_by_gdal(path, opening, describes=True) as source:
        layer = opening.layer or next(iter(source.layers), "")

        def frames(rows: int | None) -> Iterator[gpd.GeoDataFrame]:
            odd = _texts_of_numbers(path, layer)
            for frame in source.frames(rows):
                for field, cells in odd.items() if len(frame) else ():
                    at = [row - frame.index[0] for row in cells if row in frame.index]
                    texts = [text for row, text in cells.items() if row in frame.index]
                    if at and field in frame:
                        told = put_numbers(frame, field, at, texts, name=path.name)
                        source.findings.extend(t for t in told if t not in source.findings)
                yield frame

        yield replace(source, frames=frames)


def _texts_of_numbers(path: Path, layer: str) -> dict[str, dict[int, str]]:
    """Find text in fields of numbers, which SQLite holds and GDAL reads as 0: row → text."""
    table = layer.replace('"', '""')
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "replace")
            kinds = database.execute(f'PRAGMA table_info("{table}")').fetchall()
            names = [str(row[1]) for row in kinds if _NUMERIC.match(str(row[2]))]
            if not names:
                return {}
            quoted = {name: '"' + name.replace('"', '""') + '"' for name in names}
            some = ", ".join(f"MAX(typeof({q}) = 'text')" for q in quoted.values())
            flags = database.execute(f'SELECT {some} FROM "{table}"').fetchone()  # noqa: S608
            return {
                name: {
                    row: str(value).strip()
                    for row, (value,) in enumerate(
                        database.execute(f'SELECT {quoted[name]} FROM "{table}" ORDER BY rowid')  # noqa: S608
                    )
                    if isinstance(value, str)
                }
                for name, flag in zip(names, flags, strict=True)
                if flag
            }
    except sqlite3.Error:
        return {}


def _open_runs(path: Path, layer: str | None) -> Source:
    refuse_endless_views(path)
    return open_runs(path, layer)


FORMAT = Format(
    title="GeoPackage",
    suffixes=(".gpkg",),
    open=_open,
    write=DRIVER,
    whole=counted,
    in_parts=True,
    runs=Runs(_open_runs, read_run),
    many_layers=True,
    keeps=(
        "字段类型、64 位整数、空值、图层标题、字段别名、值域",
        "kinds, 64 bits, missing values, titles, aliases, domains of coded values",
    ),
    loses=("fid、geom 等保留字段名（改名）", "names that it reserves, fid and geom (renamed)"),
)
