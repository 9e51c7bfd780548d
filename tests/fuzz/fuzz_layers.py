"""Fuzz the readers of boundary points and shapefiles, guided by coverage (atheris, libFuzzer).

    python tests/fuzz/fuzz_layers.py txt CORPUS -max_total_time=600

``txt``, ``xlsx`` or ``shp``; CORPUS is a folder, filled with sound files first. Whatever the
bytes, a reader gives a layer or raises a LandgisError: anything else is a find, and belongs into
``tests/layers/test_read_hostile.py``.
"""

from __future__ import annotations

import struct
import sys
import tempfile
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["landgis"]):
    from landgis.errors import LandgisError
    from landgis.formats.points_files import read_points_text
    from landgis.layers.read import inspect_layer

import geopandas as gpd
import openpyxl
from shapely import box

FOLDER = Path(tempfile.mkdtemp(prefix="landgis-fuzz-"))
SHEET = "xl/worksheets/sheet1.xml"
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def text(data: bytes) -> None:
    """Bytes as a boundary-point text."""
    with suppress(LandgisError):
        read_points_text(data, name="a.txt")


def workbook(data: bytes) -> None:
    """Bytes as the one sheet of a workbook that is otherwise sound."""
    with zipfile.ZipFile(FOLDER / "a.xlsx", "w") as archive:
        for name, sound in _workbook_parts().items():
            archive.writestr(name, data if name == SHEET else sound)
    with suppress(LandgisError):
        inspect_layer(FOLDER / "a.xlsx")


def shapefile(data: bytes) -> None:
    """Bytes as the files of a shapefile, each with its length before it."""
    for suffix, part in zip(PARTS, _unpacked(data), strict=True):
        path = FOLDER / f"a{suffix}"
        path.write_bytes(part) if part else path.unlink(missing_ok=True)
    with suppress(LandgisError):
        inspect_layer(FOLDER / "a.shp")


def _unpacked(data: bytes) -> list[bytes]:
    parts, at = [], 0
    for _ in PARTS:
        (size,) = struct.unpack("<H", data[at : at + 2].ljust(2, b"\0"))
        parts.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return parts


def _workbook_parts() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for row in [("点号", "X", "Y"), *[(k, 3416500 + k * k, 509500 + 9 * k) for k in range(4)]]:
        book.active.append(row)
    memory = BytesIO()
    book.save(memory)
    with zipfile.ZipFile(memory) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def seeds(kind: str) -> list[bytes]:
    """Sound files to begin with."""
    if kind == "txt":
        head = "[属性描述]\n坐标系=2000国家大地坐标系\n几度分带=3\n带号=40\n[地块坐标]\n"
        points = (
            "J1,1,3416600,509500\nJ2,1,3416600,509700\nJ3,1,3416500,509700\nJ1,1,3416600,509500\n"
        )
        lines = ("4,2.0,7,东村,面,,住宅,0701,@\n", "东村,面,,@\n", "")
        codecs = ("gbk", "utf-8-sig", "utf-16")
        return [(head + line + points).encode(codec) for line in lines for codec in codecs]
    if kind == "xlsx":
        return [_workbook_parts()[SHEET]]
    shapes = [box(509500, 3416500, 509700, 3416600), None]
    layer = gpd.GeoDataFrame({"DKBH": ["1", "2"], "名称": ["东", ""]}, geometry=shapes, crs=4549)
    found = []
    for encoding in ("UTF-8", "GBK"):
        layer.to_file(FOLDER / "a.shp", encoding=encoding)
        parts = [(FOLDER / f"a{suffix}").read_bytes() for suffix in PARTS]
        found.append(b"".join(struct.pack("<H", len(part)) + part for part in parts))
    return found


def main() -> None:
    """Fill the corpus and run libFuzzer."""
    kind, corpus = sys.argv[1], Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(kind)):
        (corpus / f"seed-{number}").write_bytes(data)
    target = {"txt": text, "xlsx": workbook, "shp": shapefile}[kind]
    atheris.Setup([sys.argv[0], str(corpus), *sys.argv[3:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
