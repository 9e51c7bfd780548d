"""Files of boundary points: the exchange text (报盘, 界址点坐标 TXT), and tables (Excel, CSV).

Bureaus write the text in many dialects. These rules read all of them: a parcel line ends with
``@``; a point line has a label, a ring number and two coordinates; the declared count and area
are noted, never trusted.

In tables headers are merged or missing, labels stand in rows of their own, points repeat; a sheet
holds a parcel, or one sheet all of them. The coordinate system stands in rows of two cells, a key
of the exchange text (坐标系, 带号, 几度分带) and its value: above the points, or on a sheet
属性描述.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import python_calamine
from openpyxl.cell import WriteOnlyCell

from landgis.errors import InputError
from landgis.files.archives import check_workbook
from landgis.files.encoding import decode_text
from landgis.findings import Finding
from landgis.formats.columns import NUMBERS, Frames, gathered
from landgis.formats.gdal import Opened, no_layer
from landgis.formats.kinds import Format, Opening, Writing
from landgis.formats.points import (
    ATTRIBUTES,
    MORE_ATTRIBUTES,
    PointList,
    PointsRead,
    boundary_points,
    coordinate,
    parcels_of_points,
    plain_text,
    points_source,
    readied,
    require_polygons,
    text_header,
)

HEADER = MappingProxyType(
    {
        "格式版本号": "1.01版本",
        "数据产生单位": "",
        "数据产生日期": "",
        "坐标系": "2000国家大地坐标系",
        "几度分带": "3",
        "投影类型": "高斯克吕格",
        "计量单位": "米",
        "带号": "",
        "精度": "0.001",
        "转换参数": ",,,,,,",
    },
)
"""Keys of [属性描述] in order, with what the writer puts there unless told otherwise."""

_SHAPES = {"面", "线", "点"}


def read_points_text(raw: bytes, *, name: str = "", encoding: str | None = None) -> PointsRead:
    r"""Read a boundary-point text (界址点坐标 TXT) in any of its dialects.

    Raises
    ------
    InputError
        If there is no point, or a line is neither a parcel line nor a point; the message gives
        the line.

    Examples
    --------
    >>> text = "[地块坐标]\n4,1,7,东村,面,,,,@\n"
    >>> text += "J1,1,3416600,509500\nJ2,1,3416600,509700\nJ3,1,3416500,509700\nJ4,1,3416500,509500"
    >>> parcel = read_points_text(text.encode("gbk")).data.loc[0]
    >>> parcel["DKMC"], parcel.geometry.area
    ('东村', 20000.0)
    """
    text, _ = decode_text(raw, name=name, encoding=encoding)
    header: dict[str, str] = {}
    parcels: list[PointList] = []
    for number, line in enumerate(map(_half_width, text.splitlines()), start=1):
        if not line or line.startswith("[") or line.upper() in {"E", "END"}:
            continue
        if line.endswith("@"):
            parcels.append(PointList(number, _attributes(line[:-1])))
        elif "=" in line:
            key, _, value = line.partition("=")
            header[key.strip()] = value.strip()
        else:
            if not parcels:
                parcels.append(PointList(number, {}))
            _add_point(parcels[-1], line, name, number)
    return parcels_of_points(parcels, header, name)


def write_points_text(frame: gpd.GeoDataFrame, *, header: dict[str, str] | None = None) -> bytes:
    """Write boundary-point text: GBK, CRLF, X north, rings clockwise from the north-west.

    Parameters
    ----------
    frame
        Polygons; columns of `ATTRIBUTES` where there are any. Coordinates are written as they
        are, to 3 decimals.
    header
        Values of [属性描述] other than the usual ones.

    Returns
    -------
    bytes
        The file. DKMJ is written in 公顷 with 4 decimals: the column ``DKMJ`` where it is within
        10 % of the drawing in 公顷, else the plane area. Characters that GBK lacks are written in
        GB18030.

    Raises
    ------
    InputError
        If a row has no polygon.

    Examples
    --------
    >>> from shapely import box
    >>> layer = gpd.GeoDataFrame({"DKMC": ["东村"]}, geometry=[box(0, 0, 200, 100)])
    >>> write_points_text(layer).decode("gbk").splitlines()[11:14]
    ['[地块坐标]', '5,2.0000,1,东村,面,,,,@', 'J1,1,100.000,0.000']
    """
    require_polygons(frame)
    lines = ["[属性描述]"]
    lines += [f"{key}={value}" for key, value in (HEADER | (header or {})).items()]
    lines.append("[地块坐标]")
    for position in range(len(frame)):
        lines += _parcel_lines(frame.iloc[position], position + 1)
    return ("\r\n".join(lines) + "\r\n").encode("gb18030")


def read_header(path: Path) -> dict[str, str]:
    r"""Read the values of [属性描述] from a text, which may be a template without parcels.

    Raises
    ------
    InputError
        If there is no such file, or no line of key and value in it.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = file.write_text("[属性描述]\n数据产生单位=某局\n[地块坐标]\n", "gbk")
    >>> read_header(file)
    {'数据产生单位': '某局'}
    """
    if not path.is_file():
        raise InputError(f"文件不存在：{path}。", f"No such file: {path}.")
    text = decode_text(path.read_bytes(), name=path.name)[0]
    pairs = [
        _half_width(line).partition("=") for line in text.splitlines() if "=" in _half_width(line)
    ]
    if not pairs:
        raise InputError(
            f"{path.name} 中没有“键=值”的行，不能作为 [属性描述] 模板。",
            f"{path.name} has no line of key=value and is no template of a header.",
        )
    return {key.strip(): value.strip() for key, _, value in pairs}


# ---------------------------------------------------------------- reading


def _half_width(line: str) -> str:
    """Give a line half-width separators, and trim it."""
    return line.translate({0xFF0C: ",", 0xFF1D: "=", 0xFF20: "@", 0x3000: " ", 0xFEFF: " "}).strip()


def _attributes(line: str) -> dict[str, str]:
    """Name the fields of a parcel line, whatever its dialect.

    面 / 线 / 点 stands where it stands in all dialects that have it: after the name.
    """
    tokens = [token.strip() for token in line.split(",")]
    if tokens and not tokens[-1] and len(tokens) > 8:
        tokens.pop()  # the comma before @
    anchor = next((k for k, token in enumerate(tokens[:5]) if token in _SHAPES), None)
    first_is_count = tokens[0].isdecimal()
    if anchor == 4 or (anchor is None and first_is_count and len(tokens) >= 7):
        named = dict(zip((*ATTRIBUTES, *MORE_ATTRIBUTES), tokens, strict=False))
    elif anchor == 3:
        named = dict(zip(ATTRIBUTES[1:], tokens, strict=False))
    elif anchor == 2 and first_is_count and len(tokens) > 3 and tokens[3]:
        named = dict(zip(("JZDS", "DKMC", "JLTXSX", "DKYT"), tokens, strict=False))
    elif anchor == 2:
        named = dict(zip(("DKBH", "DKMC", "JLTXSX"), tokens, strict=False))
    else:
        named = {"DKMC": next((token for token in tokens if token), "")}
    return named


def _add_point(parcel: PointList, line: str, name: str, number: int) -> None:
    tokens = [token.strip() for token in (line.split(",") if "," in line else line.split())]
    while len(tokens) > 2 and not tokens[-1]:
        tokens.pop()
    if len(tokens) not in (2, 3, 4):
        raise _bad_line(name, number, line)
    first, second = coordinate(tokens[-2]), coordinate(tokens[-1])
    if first is None or second is None:
        raise _bad_line(name, number, line)
    parcel.rings.append(tokens[1] if len(tokens) == 4 else "")
    parcel.first.append(first)
    parcel.second.append(second)


def _bad_line(name: str, number: int, line: str) -> InputError:
    return InputError(
        f"{name} 第 {number} 行无法识别：“{line[:60]}”。应为“点号,圈号,X,Y”，或以 @ 结尾的地块行。",
        f"{name}, line {number}: “{line[:60]}” is neither a point (label, ring, X, Y) "
        "nor a parcel line that ends with @.",
    )


# ---------------------------------------------------------------- writing


def _parcel_lines(row: pd.Series, number: int) -> list[str]:
    """Write the parcel line and the point lines of one polygon."""
    points = boundary_points(row.geometry)
    drawn_ha, recorded = row.geometry.area / 10_000, row.get("DKMJ", float("nan"))
    # a recorded figure near the drawing is in 公顷; what its unit is otherwise is not known
    area_ha = recorded if abs(recorded - drawn_ha) <= 0.1 * drawn_ha else drawn_ha
    fields = [str(len(points)), f"{area_ha:.4f}", plain_text(row.get("DKBH")) or str(number)]
    fields += [
        plain_text(row.get("DKMC")),
        "面",
        *(plain_text(row.get(k)) for k in ("TFH", "DKYT", "DLBM")),
    ]
    return [
        ",".join(fields) + ",@",
        *(f"{label},{ring},{north:.3f},{east:.3f}" for label, ring, north, east in points),
    ]


@contextmanager
def _open_text(path: Path, opening: Opening) -> Iterator[Opened]:
    raw = path.read_bytes()
    used = decode_text(raw, name=path.name, encoding=opening.encoding)[1]
    read = read_points_text(raw, name=path.name, encoding=opening.encoding)
    yield points_source(read, path, encoding=used)


def _write_text(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    frame, findings = readied(gathered(frames), ATTRIBUTES, writing)
    header = text_header(frame.crs) | dict(writing.points.header)
    path.write_bytes(write_points_text(frame, header=header))
    return findings


POINTS_TEXT = Format(
    title="界址点 TXT",
    suffixes=(".txt",),
    open=_open_text,
    write=_write_text,
    needs_crs=False,
    keeps=(
        "界址点、八至十三个字段、坐标系与带号",
        "points, eight to thirteen fields, the system",
    ),
    loses=(
        "其他字段、毫米以下、经纬度（换算到 3 度带）",
        "other fields, degrees",
    ),
)


LONGEST = 1e15
"""Whole numbers of a spreadsheet below this have all their digits."""
HEADER_SHEET = "属性描述"
"""Title of the sheet that states the coordinate system of the others."""

_HEADER_KEYS = {"坐标系", "几度分带", "带号"}
_TABLE_COLUMNS = (
    ("north", re.compile(r"(?i)^(x|x坐标.*|x[（(].*|纵坐标.*|北坐标.*|北|n|northing|纬度|lat.*)$")),
    ("east", re.compile(r"(?i)^(y|y坐标.*|y[（(].*|横坐标.*|东坐标.*|东|e|easting|经度|lon.*)$")),
    ("ring", re.compile(r"^(地块圈号|圈号|环号|圈)$")),
    (
        "id",
        re.compile(r"^(地块编号|宗地编号|宗地代码|宗地号|地块号|图斑编号|编号|地块ID|DKBH|ZDDM)$"),
    ),
    ("name", re.compile(r"^(地块名称|宗地名称|项目名称|地块|宗地|DKMC)$")),
    ("label", re.compile(r"^(点号|界址点号?|界址点编号|序号|桩号|顶点号?)$")),
)


_LIKE_NUMBER = re.compile(r"(?i)[NSEW东西南北+-]?[经纬]?\s*\d")


def read_points_table(
    sheets: Iterable[tuple[str, Sequence[Sequence[object]]]], *, name: str = ""
) -> PointsRead:
    """Read tables of boundary points: merged headers, label rows, a sheet a parcel or all in one.

    Returns
    -------
    PointsRead
        A parcel's name is that of its own column, of the label row above it, or of its sheet;
        the header is what the rows 坐标系, 带号 and 几度分带 say.

    Raises
    ------
    InputError
        If no sheet has two columns of coordinates.

    Examples
    --------
    >>> rows = [("点号", "X", "Y"), (1, 3416600, 509500), (2, 3416600, 509700)]
    >>> rows += [(3, 3416500, 509700), (1, 3416600, 509500)]
    >>> read_points_table([("一号地", rows)]).data["DKMC"].tolist()
    ['一号地']
    """
    sheets = list(sheets)
    parcels = [parcel for title, rows in sheets for parcel in _table_parcels(title, rows)]
    if not parcels:
        raise InputError(
            f"{name} 中没有界址点坐标：没有一张表有北坐标（X）与东坐标（Y）两列。",
            f"{name} holds no boundary points: no sheet has a column of northings (X) "
            "and one of eastings (Y).",
        )
    header = {key: value for _, rows in sheets for key, value in _header_rows(rows)}
    return parcels_of_points(parcels, header, name)


def csv_rows(raw: bytes, *, name: str = "", encoding: str | None = None) -> list[list[str]]:
    """Give the rows of a CSV file; comma, semicolon or tab, whichever its first line has most of.

    Examples
    --------
    >>> csv_rows("点号;X;Y".encode("gbk"))
    [['点号', 'X', 'Y']]
    """
    text, _ = decode_text(raw, name=name, encoding=encoding)
    begin = text[:10_000]
    head = next((line for line in begin.splitlines() if line.strip()), "")
    # shapes as WKT hold more commas than a table has of its own; the names of its columns none
    delimiter = max(",;\t", key=lambda mark: (head.count(mark), begin.count(mark)))
    csv.field_size_limit(2**31 - 1)  # a polygon of many corners is one long field
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(
            f"{name} 不是可读的 CSV：{error}。", f"{name} is not a readable CSV: {error}."
        ) from None


def write_points_workbook(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write polygons as a table of boundary points (界址点成果表), text as text.

    Each point stands with the length of the side to the next, in metres.

    Parameters
    ----------
    frame
        Polygons; ids and names from the columns DKBH and DKMC where there are any. Their system
        and zone, if they have one, go to a second sheet, `HEADER_SHEET`.

    Raises
    ------
    InputError
        If a row has no polygon.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> path = Path(tempfile.mkdtemp()) / "a.xlsx"
    >>> write_points_workbook(gpd.GeoDataFrame(geometry=[box(0, 0, 2, 1)]), path)
    >>> [[c.value for c in row] for row in openpyxl.load_workbook(path).active][1]
    ['1', None, 'J1', 1, 1, 0, 2]
    """
    require_polygons(frame)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("界址点")
    sheet.append(["地块编号", "地块名称", "点号", "圈号", "X", "Y", "边长"])
    for position in range(len(frame)):
        row = frame.iloc[position]
        names = [plain_text(row.get("DKBH")) or str(position + 1), plain_text(row.get("DKMC"))]
        points = boundary_points(row.geometry)
        for (label, ring, north, east), after in zip(points, [*points[1:], None], strict=True):
            cells = [WriteOnlyCell(sheet, value=text) for text in (*names, label)]
            for cell in cells:
                cell.data_type = "s"  # a name that begins with = is a name
            side = None  # of the closing point
            if after is not None and after[1] == ring:
                side = round(math.hypot(after[2] - north, after[3] - east), 3)
            sheet.append([*cells, ring, north, east, side])
    header = text_header(frame.crs)
    if header:
        described = book.create_sheet(HEADER_SHEET)
        for pair in header.items():
            described.append(pair)
    book.save(path)


# ---------------------------------------------------------------- sheets


def _table_parcels(title: str, rows: Sequence[Sequence[object]]) -> list[PointList]:
    """Parcels of one sheet; none if it has no coordinates."""
    columns = _coordinate_columns(rows)
    if columns is None:
        return []
    parcels: list[PointList] = []
    current = None
    named = begun = ""
    unnamed = "label" in columns and not {"id", "name", "ring"} & set(columns)
    for number, row in enumerate(rows, start=1):
        cells = {key: row[at] if at < len(row) else "" for key, at in columns.items()}
        first, second = coordinate(cells["north"]), coordinate(cells["east"])
        if first is None or second is None:
            texts = [str(cell).strip() for cell in row if str(cell).strip()]
            if len(texts) == 1 and coordinate(texts[0]) is None:
                named, current = texts[0], None  # a row that names the parcel below it
            _require_known(row, number, (cells["north"], cells["east"]), title)
            continue
        key = tuple(_cell_text(cells.get(k, "")) for k in ("id", "name"))
        label = _cell_text(cells.get("label", ""))
        # points counted anew elsewhere, where nothing names parcels or rings, are another parcel
        again = bool(parcels) and unnamed and label == begun
        again = again and (parcels[-1].first[0], parcels[-1].second[0]) != (first, second)
        if current is None or again or (any(key) and key != current):
            # merged cells hold their value in the first row only
            current, begun = key, label
            attributes = {"DKBH": key[0], "DKMC": key[1] or named or title}
            parcels.append(PointList(number, attributes))
        parcels[-1].rings.append(str(cells.get("ring", "")).strip())
        parcels[-1].first.append(first)
        parcels[-1].second.append(second)
    return parcels


def _require_known(
    row: Sequence[object], number: int, cells: tuple[object, object], title: str
) -> None:
    """Refuse a point whose coordinates begin as numbers and are none: it would be left out."""
    texts = [str(cell).strip() for cell in cells if cell is not None]
    if len(texts) == 2 and all(map(_LIKE_NUMBER.match, texts)) and len(row) > 1:
        shown = "、".join(texts)
        raise InputError(
            f"表“{title}”第 {number} 行的坐标无法识别：{shown}。请改为米或度（小数或度分秒）。",
            f"Table “{title}”, row {number}: no coordinates: {shown.replace('、', ', ')}. "
            "Give metres or degrees (decimal, or degrees, minutes and seconds).",
        )


def _cell_text(cell: object) -> str:
    """Give a cell as text: a code that a spreadsheet holds as a number, without a point."""
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if whole else cell).strip()  # type: ignore[call-overload]


def _header_rows(rows: Sequence[Sequence[object]]) -> Iterator[tuple[str, str]]:
    """Give the rows of two cells that state the coordinate system: key and value."""
    for row in rows[:50]:
        texts = [text for cell in row if cell is not None and (text := str(cell).strip())]
        if len(texts) == 2 and (key := texts[0].rstrip(":：")) in _HEADER_KEYS:
            yield key, texts[1]


def _coordinate_columns(rows: Sequence[Sequence[object]]) -> dict[str, int] | None:
    """Which column is what, from the lowest header rows; by the numbers if no header says so."""
    columns: dict[str, int] = {}
    for row in rows[:50]:
        for at, cell in enumerate(row):
            label = re.sub(r"\s", "", str(cell))
            for key, pattern in _TABLE_COLUMNS:
                if pattern.match(label):
                    columns[key] = at
        if "north" in columns and "east" in columns:
            return columns
    numeric: dict[int, int] = {}
    for row in rows[:1000]:
        for at, cell in enumerate(row):
            value = coordinate(cell)
            if value is not None and (abs(value) >= 1e5 or value != int(value)):
                numeric[at] = numeric.get(at, 0) + 1
    best = sorted(sorted(numeric, key=lambda at: -numeric[at])[:2])
    if len(best) < 2:
        return None
    return columns | {"north": best[0], "east": best[1]}


def read_sheets(path: Path, layer: str | None = None) -> list[tuple[str, list[list[Any]]]]:
    """Read the sheets of a workbook as rows of values; one sheet and its header, if named.

    Raises
    ------
    InputError
        If it is damaged, or has no such sheet.
    """
    if path.suffix.lower() != ".xls":
        check_workbook(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        if layer is not None and layer not in book.sheet_names:
            raise no_layer(path, tuple(book.sheet_names), layer)
        titles = [t for t in book.sheet_names if layer in (None, t) or t == HEADER_SHEET]
        return [(title, book.get_sheet_by_name(title).to_python()) for title in titles]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path.name} 打不开（已损坏或加密）：{error}。",
            f"{path.name} cannot be opened: {error}.",
        ) from None


@contextmanager
def _open_table(path: Path, opening: Opening) -> Iterator[Opened]:
    sheets = read_sheets(path, opening.layer)
    source = points_source(read_points_table(sheets, name=path.name), path)
    long = {
        cell
        for _, rows in sheets
        for row in rows
        for cell in row
        if isinstance(cell, float) and abs(cell) >= LONGEST
    }
    if long:
        told = NUMBERS.finding("spreadsheet", "fail", subject=path.name, actual=float(len(long)))
        source.findings.append(told)
    yield source


def _write_table(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    frame, findings = readied(gathered(frames), ("DKBH", "DKMC"), writing)
    write_points_workbook(frame, path)
    return findings


POINTS_TABLE = Format(
    title="界址点成果表 XLSX",
    suffixes=(".xlsx", ".xls", ".xlsm"),
    open=_open_table,
    write=_write_table,
    needs_crs=False,
    keeps=("编号、名称、点号、圈号、坐标、边长", "ids, names, points, rings, side lengths"),
    loses=(
        "其他字段、毫米以下、经纬度（换算到 3 度带）",
        "other fields, degrees",
    ),
)
