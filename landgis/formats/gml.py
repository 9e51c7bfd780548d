"""GML, read only: no schema and no link is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from landgis.files.archives import refuse_entities
from landgis.formats.gdal import Opened
from landgis.formats.kinds import Format, Opening, opened_by_gdal


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    refuse_entities(path)
    # GDAL writes what it learns of the fields beside the file: beside a copy, not beside an input
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        copyfile(path, copy)
        schema = path.with_suffix(".xsd")
        if schema.is_file():
            copyfile(schema, copy.with_suffix(".xsd"))
        with opened_by_gdal(copy, opening, DOWNLOAD_SCHEMA="NO", WRITE_GFS="NO") as source:
            yield source


FORMAT = Format(
    title="GML",
    suffixes=(".gml",),
    open=_open,
    in_parts=True,
    many_layers=True,
    keeps=("字段类型（有 .xsd 时）", "kinds, where there is an .xsd"),
)
