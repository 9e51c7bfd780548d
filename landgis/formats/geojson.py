"""GeoJSON, and GeoJSON text sequences (a feature a line)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from landgis.errors import CRSError
from landgis.files.archives import look_into_json
from landgis.files.encoding import decode_text
from landgis.formats.columns import NUMBERS, Survey
from landgis.formats.gdal import Opened
from landgis.formats.gdal_write import Driver
from landgis.formats.kinds import ENCODING, Format, Opening, ends_with, opened_by_gdal

_WIDE = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:\s*)(-?\d{19,400})(?=\s*[,}])')


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a GeoJSON; one that is not UTF-8 is copied for as long as it is open."""
    utf8, wide = look_into_json(path)
    name = opening.encoding or "UTF-8"
    if not utf8 and opening.encoding is None:
        name = decode_text(path.read_bytes(), name=path.name)[1]
    plain = replace(opening, encoding=None)
    if name == "UTF-8" and not wide:
        with opened_by_gdal(path, plain, single=True) as source:
            yield source
        return
    with TemporaryDirectory(prefix="landgis-") as folder:
        copy = Path(folder) / path.name
        fields: dict[str, None] = {}
        text = decode_text(path.read_bytes(), encoding=name)[0]
        text = _WIDE.sub(lambda found: _quoted(found, fields), text) if wide else text
        copy.write_text(text, encoding="utf-8")
        with opened_by_gdal(copy, plain, single=True) as source:
            source.findings.extend(
                NUMBERS.finding("text", "note", subject=path.name, values={"field": field})
                for field in fields
            )
            if name != "UTF-8":
                told = {"name": name}
                source.findings.append(
                    ENCODING.finding("not_utf8", "fail", subject=path.name, values=told)
                )
            yield replace(source, encoding=name)


def _quoted(found: re.Match[str], fields: dict[str, None]) -> str:
    """Give a whole number as text if 64 bits do not hold it: GDAL would round it."""
    if -(2**63) <= int(found[3]) < 2**63:
        return found[0]
    fields[found[1]] = None
    return f'"{found[1]}"{found[2]}"{found[3]}"'


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(2**22):
            yield block


def _options(crs: Any) -> dict[str, Any]:
    """Give how it is written: by RFC 7946, which knows no other system, where it is in WGS 84."""
    if crs is not None and crs.to_epsg() == 4326:
        return {"RFC7946": "YES", "COORDINATE_PRECISION": 9}  # a tenth of a millimetre
    # the system is kept in the member crs: degrees of RFC 7946 would move the layer
    return {"RFC7946": "NO"}


def _refuse(found: Survey, path: Path) -> None:
    if found.crs is not None and found.crs.to_epsg() is None:
        raise CRSError(
            f"{path.name}：GeoJSON 只记得下有 EPSG 代码的坐标系，现为“{found.crs.name}”："
            "请先换算（--to-crs EPSG:4490），或用 .gpkg。",
            f"{path.name}: a GeoJSON holds systems with an EPSG code only, here is "
            f"“{found.crs.name}”: convert it (--to-crs EPSG:4490), or write a .gpkg.",
        )


def _whole(draft: Path, rows: int, _: str) -> bool:
    mark, count, tail = b'"type": "Feature",', 0, b""
    for block in _blocks(draft):
        count += (tail + block).count(mark)
        tail = (tail + block)[-(len(mark) - 1) :]
    return count == rows and ends_with(draft, b"}")


FORMAT = Format(
    title="GeoJSON",
    suffixes=(".geojson", ".json"),
    open=_open,
    write=Driver(
        name="GeoJSON", title="GeoJSON", options=_options, typed=False, refuse=_refuse
    ),
    whole=_whole,
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
