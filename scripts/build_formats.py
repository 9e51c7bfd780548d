"""Write docs/formats.md: what is read, written, kept and lost, format by format."""

from pathlib import Path

from landgis.formats.registry import CONVERT_FIRST, REGISTRY

HEAD = """# 图层格式 · Formats of layers

Made by `scripts/build_formats.py` from `landgis/formats/registry.py`. What a format cannot hold
is changed in a stated way and told (`export.*`), never left out in silence. Whole numbers stay
whole in every format (text where the format has no room for them); missing stays missing.

| 格式 · format | 后缀 · suffixes | 读 · read | 写 · written | 保留 · kept | 不能保留 · lost |
|---|---|---|---|---|---|
"""
TAIL = """
Archives: `.zip`, `.gdb.zip`, `.shp.zip` and `.kmz` are read; the first three are written. A
database is given by its address (`postgresql://…`).

Curves (弧段) of GeoPackage, File Geodatabase, GeoParquet and DXF become edges with a corner every
0.1°: an area differs by less than one in a million.

An existing GeoPackage or File Geodatabase keeps its other layers; a layer of the same name is
replaced. An input is never written over. Files appear whole or not at all, with all that belongs
to them.

Changed at random and read (`tests/fuzz/mutate_layers.py`), 2,300 files of each of the 18 kinds,
41,400 in all: without a find but for 4 of DXF on which GDAL did not end, and 1 workbook of an
unknown version of zip, all of which are refused now. Killed while writing 26 times, and out of
room 26 times (`tests/fuzz/stops.py`): whole files or none, no litter.

Anew after the last changes: 560 layer files of each of 18 kinds, 10,080 in all, and plan documents
(`tests/fuzz/fuzz_plans.py`), 2,000 each of md, csv, ofd, pdf, doc and wps, 1,000 of xls: nothing
found. Of .doc and .wps 3,689 got as far as LibreOffice, which converted 2,447 of them, in batches;
100 were read alone as well, to the same effect.

## 需先转换 · To be converted first

| 后缀 · suffix | |
|---|---|
"""


def page() -> str:
    """Give the page as it is to be."""
    rows = []
    for form in REGISTRY:
        suffixes = " ".join(f"`{s}`" for s in form.suffixes)
        read = "" if form.open is None else "分批 · in parts" if form.in_parts else "整体 · whole"
        written = "" if form.write is None else "✓"
        kept, lost = (" · ".join(filter(None, pair)) for pair in (form.keeps, form.loses))
        rows.append(f"| {form.title} | {suffixes} | {read} | {written} | {kept} | {lost} |")
    hints = [f"| `{s}` | {zh} · {en} |" for s, (zh, en) in CONVERT_FIRST.items()]
    return HEAD + "\n".join(rows) + "\n" + TAIL + "\n".join(hints) + "\n"


if __name__ == "__main__":
    Path(__file__).parent.parent.joinpath("docs", "formats.md").write_text(page(), "utf-8")
