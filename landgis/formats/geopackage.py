"""GeoPackage: any number of layers in one SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from landgis.files.contents import refuse_endless_views
from landgis.formats.gdal import Opened
from landgis.formats.gdal_write import Driver, counted
from landgis.formats.kinds import Format, Opening, opened_by_gdal
from landgis.formats.names import Naming
from landgis.formats.runs import Runs, Source, open_runs, read_run

DRIVER = Driver(
    name="GPKG",
    naming=Naming(
        "GeoPackage",
        frozenset({"fid", "geom", "rowid", "oid", "_rowid_"}),
        aliases=True,
        prefix="gpkg",
    ),
    options=lambda _: {"VERSION": "1.3"},  # QGIS 3.22 and its contemporaries warn of 1.4
    said={"IDENTIFIER": "title", "DESCRIPTION": "description"},
    measured=True,
)


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    refuse_endless_views(path)
    with opened_by_gdal(path, opening, describes=True) as source:
        yield source


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
