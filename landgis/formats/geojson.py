"""GeoJSON, and GeoJSON text sequences (a feature a line)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from landgis.files.contents import refuse_links
from landgis.files.encoding import decode_text
from landgis.formats.gdal import Opened
from landgis.formats.kinds import Format, Opening, opened_by_gdal, written_by_gdal
from landgis.formats.told import ENCODING


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a GeoJSON; one that is not UTF-8 is copied for as long as it is open."""
    refuse_links(path)
    name = _encoding(path, opening.encoding)
    plain = replace(opening, encoding=None)
    if name == "UTF-8":
        with opened_by_gdal(path, plain, single=True) as source:
            yield source
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        copy.write_text(decode_text(path.read_bytes(), encoding=name)[0], encoding="utf-8")
        with opened_by_gdal(copy, plain, single=True) as source:
            told = {"name": name}
            source.findings.append(
                ENCODING.finding("not_utf8", "fail", subject=path.name, values=told)
            )
            yield replace(source, encoding=name)


def _encoding(path: Path, encoding: str | None) -> str:
    """UTF-8 if the file is that throughout, else what its bytes show."""
    if encoding is not None:
        return encoding
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(path):
            decoder.decode(block)
    except UnicodeDecodeError:
        return decode_text(path.read_bytes(), name=path.name)[1]
    return "UTF-8"


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(2**22):
            yield block


FORMAT = Format(
    title="GeoJSON",
    suffixes=(".geojson", ".json"),
    open=_open,
    write=written_by_gdal("GeoJSON"),
    in_parts=True,
    keeps=(
        "坐标系（成员 crs）、64 位整数、空值",
        "the system (crs), 64 bits, missing values",
    ),
    loses=(
        "只差大小写的字段名（改名）、M 值、图层标题和值域",
        "names that differ in case only (renamed), M, titles and domains",
    ),
)
SEQUENCE = Format(
    title="GeoJSONSeq",
    suffixes=(".geojsonl", ".geojsons", ".ndjson"),
    open=_open,
    in_parts=True,
    keeps=("字段类型、空值；坐标为经纬度", "kinds, missing values; degrees"),
)
