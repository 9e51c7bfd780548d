"""Tables of text (CSV) with shapes as WKT, read and written as GDAL and QGIS do.

Kinds of columns stand in a .csvt beside the table and the coordinate system in a .prj. A text
that a spreadsheet would take for a formula has an apostrophe in front, taken off on reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.errors import InputError
from landgis.files.encoding import decode_text
from landgis.findings import Finding
from landgis.formats.columns import Frames, distinct, flat_frames
from landgis.formats.gdal import (
    Opened,
    curves_told,
    is_curved,
    nested_told,
    straight,
    too_deep,
)
from landgis.formats.kinds import Format, Opening, Writing, at_once
from landgis.formats.points import points_source
from landgis.formats.points_files import csv_rows, read_points_table

WKT = "WKT"
"""Name of the column of shapes."""

_SHAPES = re.compile(
    r"(?i)\s*(?:SRID=\d+;)?\s*"
    r"(?:(?:MULTI)?(?:POLYGON|LINESTRING|POINT|CURVE|SURFACE)|CURVEPOLYGON|COMPOUNDCURVE"
    r"|CIRCULARSTRING|GEOMETRYCOLLECTION)\b"
)
_NESTED = re.compile(r"(?i)(?:GEOMETRYCOLLECTION[\sZM]*\(\s*){16}")
_CURVED = re.compile(r"(?i)CIRCULARSTRING|CURVE|SURFACE")
_HEX_WKB = re.compile(r"\s*0[01][0-9A-Fa-f]{40,}\s*")
_SRID = re.compile(r"(?i)\s*SRID=(\d+);")
_FORMULA = r"('*(?:[=+@＝＋＠\t\r]|[-－](?![\d.])))"
_NUMBER = r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?"
_KINDS = MappingProxyType(
    {
        "integer(boolean)": "boolean",
        "integer": "Int64",
        "integer64": "Int64",
        "real": "float64",
        "date": "date",
        "datetime": "datetime64[ms]",
    }
)


def safe_text(values: pd.Series) -> pd.Series:
    """Put an apostrophe before text that a spreadsheet would take for a formula.

    Examples
    --------
    >>> safe_text(pd.Series(["=1+1", "-5", "东村"])).tolist()
    ["'=1+1", '-5', '东村']
    """
    return values.str.replace(f"^{_FORMULA}", r"'\1", regex=True)


def shape_column(rows: Sequence[Sequence[str]]) -> int | None:
    """Give the position of the column of WKT; None if a table has none.

    Examples
    --------
    >>> shape_column([["ZL", "WKT"], ["东村", "POINT (1 2)"]])
    1
    >>> shape_column([["点号", "X", "Y"], ["J1", "1", "2"]]) is None
    True
    """
    if not rows:
        return None
    for at in range(len(rows[0])):
        cells = (row[at] for row in rows[1:200] if at < len(row))
        if any(_SHAPES.match(cell) or _HEX_WKB.fullmatch(cell) for cell in cells):
            return at
    named = (at for at, name in enumerate(rows[0]) if name.strip().upper() == WKT)
    return next(named, None)


def read_wkt_table(rows: Sequence[Sequence[str]], path: Path, *, at: int) -> gpd.GeoDataFrame:
    """Read a table with a column of WKT; the first row names the columns.

    Parameters
    ----------
    path
        The file, beside which .csvt and .prj are looked for.
    at
        Position of the column of WKT.

    Raises
    ------
    InputError
        If a shape is no WKT; the message gives the line.
    """
    names = [name.strip() or f"列{k + 1}" for k, name in enumerate(rows[0])]
    body = [[*row, *[""] * len(names)][: len(names)] for row in rows[1:] if any(row)]
    table = pd.DataFrame(body, columns=distinct(names)).astype("str")
    geometry, srid = _geometries(table.pop(table.columns[at]), path)
    stated = _stated_kinds(path, len(names))
    for k, name in enumerate(c for j, c in enumerate(distinct(names)) if j != at):
        kind = stated[k + (k >= at)] if stated else ""
        table[name] = _typed(table[name], kind, stated=bool(stated))
    if "geometry" in table:
        table = table.rename(columns={"geometry": "geometry_1"})
    return gpd.GeoDataFrame(table, geometry=geometry, crs=_stated_crs(path) or srid)


def _geometries(shapes: pd.Series, path: Path) -> tuple[Any, int | None]:
    """Build shapes of WKT, EWKT or WKB in hex; and the system that EWKT or EWKB names."""
    filled = shapes.str.strip() != ""
    hexes = filled & shapes.str.fullmatch(_HEX_WKB)
    texts = shapes.str.replace(_SRID, "", regex=True).astype(object).where(filled & ~hexes, None)
    geometry = shapely.from_wkt(texts, on_invalid="ignore")
    if hexes.any():
        binary = shapes.str.strip().astype(object).where(hexes, None)
        geometry = np.where(hexes, shapely.from_wkb(binary, on_invalid="ignore"), geometry)
    wrong = np.flatnonzero(filled & shapely.is_missing(geometry))
    if len(wrong):
        text = shapes.iloc[wrong[0]][:40]
        raise InputError(
            f"{path.name} 第 {wrong[0] + 2} 行的图形不是有效的 WKT：“{text}”。",
            f"{path.name}, line {wrong[0] + 2}: the shape is no valid WKT: “{text}”.",
        )
    codes = set(shapes.str.extract(_SRID.pattern)[0].dropna()) | {
        str(code) for code in np.unique(shapely.get_srid(geometry[~shapely.is_missing(geometry)]))
    }
    codes -= {"0"}
    return shapely.set_srid(geometry, 0), int(codes.pop()) if len(codes) == 1 else None


def _too_deep(cell: str) -> bool:
    """Tell collections in collections without end, on which GEOS would fill the stack."""
    if _NESTED.search(cell):
        return True
    text = cell.strip() if cell[:8].strip().startswith("0") else ""
    return bool(_HEX_WKB.fullmatch(text)) and too_deep(bytes.fromhex(text[: len(text) // 2 * 2]))


def _curved(cell: str) -> bool:
    """Tell a shape with curves, in WKT or in hex."""
    text = cell.strip()
    return bool(_CURVED.search(text)) or bool(
        _HEX_WKB.fullmatch(text) and is_curved(bytes.fromhex(text[:18]))
    )


def _straightened(cells: Sequence[str]) -> list[str]:
    """Give shapes with curves as ones with edges, in hex; their systems stay."""
    made = np.array(shapely.from_wkb(straight(_SRID.sub("", cell).strip() for cell in cells)))
    shapes = shapely.to_wkb(
        shapely.set_srid(made, [_system(cell) for cell in cells]), hex=True, include_srid=True
    )
    return [cell if shape is None else shape for cell, shape in zip(cells, shapes, strict=True)]


def _system(cell: str) -> int:
    """Give the code of the system that EWKT or EWKB in hex names; 0 if there is none."""
    if named := _SRID.match(cell):
        return int(named[1])
    head = bytes.fromhex(cell.strip()[:18]) if _HEX_WKB.fullmatch(cell) else bytes(9)
    order: Literal["little", "big"] = "little" if head[0] else "big"
    stated = int.from_bytes(head[1:5], order) & 0x2000_0000
    return int.from_bytes(head[5:9], order) if stated else 0


def write_wkt_table(frames: Iterable[gpd.GeoDataFrame], path: Path) -> None:
    """Write frames one after another as a CSV in UTF-8 with its .csvt and .prj.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.csv"
    >>> layer = gpd.GeoDataFrame({"ZL": ["=1"]}, geometry=[shapely.Point(1, 2)])
    >>> write_wkt_table([layer], file)
    >>> file.read_text("utf-8-sig").splitlines()
    ['ZL,WKT', "'=1,POINT (1 2)"]
    """
    kinds: list[str] = []
    for number, frame in enumerate(frames):
        table = pd.DataFrame(frame.drop(columns="geometry"))
        new = [_kind(table[name]) for name in table]
        kinds = [_both(*pair) for pair in zip(kinds or new, new, strict=True)]
        table = table.assign(**{str(name): _written(table[name]) for name in table})
        table[_free(WKT, table)] = shapely.to_wkt(frame.geometry.to_numpy(), rounding_precision=-1)
        with path.open("w" if number == 0 else "a", encoding="utf-8", newline="") as file:
            if number == 0:
                file.write("\ufeff")
            table.to_csv(file, index=False, header=number == 0, lineterminator="\r\n")
        crs = frame.crs
    path.with_suffix(".csvt").write_text(",".join(f'"{k}"' for k in [*kinds, WKT]), "utf-8")
    if crs is not None:
        path.with_suffix(".prj").write_text(crs.to_wkt("WKT1_GDAL"), "utf-8")


def _free(name: str, table: pd.DataFrame) -> str:
    while name in table:
        name += "_"
    return name


def _kind(values: pd.Series) -> str:
    """Name the kind of a column as a .csvt does."""
    inferred = pd.api.types.infer_dtype(values, skipna=True)
    if inferred in {"integer", "floating", "mixed-integer-float", "decimal"}:
        return "Integer64" if inferred == "integer" else "Real"
    if inferred == "datetime64" or pd.api.types.is_datetime64_any_dtype(values):
        return "DateTime"
    return {"boolean": "Integer(Boolean)", "date": "Date"}.get(inferred, "String")


def _both(one: str, other: str) -> str:
    if one == other:
        return one
    return "Real" if {one, other} == {"Integer64", "Real"} else "String"


def _written(values: pd.Series) -> pd.Series:
    kind = _kind(values)
    if kind == "Integer(Boolean)":
        return values.astype("boolean").astype("Int64")
    if kind == "DateTime":
        return values.map(lambda v: v.isoformat(), na_action="ignore")
    if kind != "String":
        return values
    texts = values.map(lambda v: v.hex() if isinstance(v, bytes) else str(v), na_action="ignore")
    return safe_text(texts.astype("str").where(values.notna(), ""))


def _stated_kinds(path: Path, count: int) -> list[str]:
    file = path.with_suffix(".csvt")
    if not file.is_file():
        return []
    rows = csv_rows(file.read_bytes(), name=file.name)
    kinds = [cell.strip().lower() for cell in rows[0]] if rows else []
    return kinds if len(kinds) == count else []


def _stated_crs(path: Path) -> pyproj.CRS | None:
    file = path.with_suffix(".prj")
    if not file.is_file():
        return None
    try:
        return pyproj.CRS(file.read_text("utf-8", errors="replace"))
    except pyproj.exceptions.CRSError:
        return None


def _typed(values: pd.Series, kind: str, *, stated: bool) -> pd.Series:
    """Give a column of text the kind that is stated, or that all its cells have."""
    filled = values[values != ""]
    if not stated and len(filled) and filled.str.fullmatch(_NUMBER).all():
        whole = filled.str.fullmatch(r"-?\d+").all()
        kind = "integer" if whole else "real"
    plain = values.str.replace(f"^'{_FORMULA}", r"\1", regex=True)
    dtype = _KINDS.get(kind.partition("(")[0] if kind != "integer(boolean)" else kind)
    if dtype is None:  # an empty cell and none at all are the same in a CSV
        return plain.where(plain != "", None).astype("str")
    present = values.where(values != "", None)
    try:
        return _converted(present, dtype)
    except (ValueError, TypeError, OverflowError):
        return plain.where(plain != "", None).astype("str")


def _converted(present: pd.Series, dtype: Any) -> pd.Series:
    if dtype == "date":
        times = pd.to_datetime(present, format="ISO8601")
        return times.dt.date.astype("object").where(times.notna(), None)
    if dtype == "datetime64[ms]":
        return pd.to_datetime(present, format="ISO8601").astype(dtype)
    if dtype == "float64":
        return present.astype("float64")
    numbers = present.astype("Int64")
    if dtype == "boolean":
        flags = numbers.astype("boolean")
        return flags if flags.hasnans else flags.astype("bool")
    return numbers if numbers.hasnans else numbers.astype("int64")


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a CSV: with shapes in a column, else one of boundary points."""
    raw = path.read_bytes()
    used = decode_text(raw, name=path.name, encoding=opening.encoding)[1]
    rows = csv_rows(raw, name=path.name, encoding=opening.encoding)
    shapes = shape_column(rows)
    if shapes is None:
        read = read_points_table([(path.stem, rows)], name=path.name)
        yield points_source(read, path, encoding=used)
        return
    filled = [(k, row) for k, row in enumerate(rows[1:]) if shapes < len(row)]
    deep = [(k, row) for k, row in filled if _too_deep(row[shapes])]
    for _, row in deep:
        row[shapes] = ""
    curved = [row for _, row in filled if _curved(row[shapes])]
    edges = _straightened([row[shapes] for row in curved]) if curved else []
    for row, shape in zip(curved, edges, strict=True):
        row[shapes] = shape
    frame = read_wkt_table(rows, path, at=shapes)
    told = [nested_told(path.name, [k for k, _ in deep])] if deep else []
    told += [curves_told(path.name, len(curved))] if curved else []
    yield Opened(frames=at_once(frame), encoding=used, layers=(path.stem,), findings=told)


def _write(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    write_wkt_table(flat_frames(frames, writing.losses), path)
    return []


FORMAT = Format(
    title="CSV",
    suffixes=(".csv",),
    open=_open,
    write=_write,
    keeps=(
        "WKT 图形、字段类型（.csvt）、坐标系（.prj）；另读 EWKT、WKB 和界址点",
        "shapes as WKT, kinds (.csvt), the system (.prj); EWKT, WKB and points are read, too",
    ),
    loses=("空文字与空值的区别", "the difference between empty text and none"),
)
