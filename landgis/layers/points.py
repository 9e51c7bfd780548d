"""Boundary points (界址点) ↔ polygons: the exchange text (报盘, TXT) and tables (Excel, CSV).

Bureaus write the text in many dialects. These rules read all of them: a parcel line ends with
``@``; a point line has a label, a ring number and two coordinates; the declared count and area
are noted, never trusted; a new ring starts when the ring number changes or the ring closes;
whether a ring is a hole or a second part is decided by containment; X is north.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import shapely
from numpy.typing import NDArray
from openpyxl.cell import WriteOnlyCell

from landgis.errors import InputError
from landgis.findings import Finding, findings_table
from landgis.language import Lang, say
from landgis.layers.coordinates import FARTHEST, Bounds, gauss_kruger_epsg, legacy_plane
from landgis.layers.encoding import decode_text

ATTRIBUTES = ("JZDS", "DKMJ", "DKBH", "DKMC", "JLTXSX", "TFH", "DKYT", "DLBM")
"""Names of the fields of a parcel line, in the order of the standard text (界址点数, 地块面积,
地块编号, 地块名称, 记录图形属性, 图幅号, 地块用途, 地类编码)."""
MORE_ATTRIBUTES = ("TBLX", "DL", "GQDB", "GHDB", "BZ")
"""Further fields of the thirteen-field text (图斑类型, 地类, 改前等, 改后等, 备注)."""
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
_TABLE_COLUMNS = (
    ("north", re.compile(r"(?i)^(x|x坐标.*|x[（(].*|纵坐标.*|北坐标.*|北|n|northing|纬度|lat.*)$")),
    ("east", re.compile(r"(?i)^(y|y坐标.*|y[（(].*|横坐标.*|东坐标.*|东|e|easting|经度|lon.*)$")),
    ("ring", re.compile(r"^(地块圈号|圈号|环号|圈)$")),
    ("id", re.compile(r"^(地块编号|宗地编号|宗地代码|宗地号|地块号|图斑编号|DKBH|ZDDM)$")),
    ("name", re.compile(r"^(地块名称|宗地名称|项目名称|地块|宗地|DKMC)$")),
    ("label", re.compile(r"^(点号|界址点号?|界址点编号|序号|桩号|顶点号?)$")),
)
_MOST_POINTS = 20_000_000


class PointsRead(NamedTuple):
    """What a file of boundary points holds.

    Parameters
    ----------
    data
        One row a parcel, columns `ATTRIBUTES` as recorded (text; DKMJ a number in the unit of
        the file), geometry x east, y north, no coordinate system yet.
    header
        Keys and values of [属性描述].
    findings
        What does not agree inside the file.
    """

    data: gpd.GeoDataFrame
    header: dict[str, str]
    findings: pd.DataFrame


@dataclass(slots=True)
class _Parcel:
    """A parcel line and the points below it."""

    line: int
    attributes: dict[str, str]
    rings: list[str] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)


def read_points_text(
    raw: bytes, *, name: str = "", encoding: str | None = None, lang: Lang = "zh"
) -> PointsRead:
    r"""Read a boundary-point text (界址点坐标 TXT) in any of its dialects.

    Parameters
    ----------
    raw
        The file's bytes.
    name
        File name, for messages.
    encoding
        Overrides the decision between UTF-8 and GB18030.

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
    parcels: list[_Parcel] = []
    for number, line in enumerate(map(_plain, text.splitlines()), start=1):
        if not line or line.startswith("[") or line.upper() in {"E", "END"}:
            continue
        if line.endswith("@"):
            parcels.append(_Parcel(number, _attributes(line[:-1])))
        elif "=" in line:
            key, _, value = line.partition("=")
            header[key.strip()] = value.strip()
        else:
            if not parcels:
                parcels.append(_Parcel(number, {}))
            _add_point(parcels[-1], line, name, number)
    return _polygons(parcels, header, name, lang)


def read_points_table(
    sheets: Iterable[tuple[str, Sequence[Sequence[object]]]], *, name: str = "", lang: Lang = "zh"
) -> PointsRead:
    """Read tables of boundary points: merged headers, label rows, a sheet a parcel or all in one.

    Parameters
    ----------
    sheets
        Name and rows of each sheet.
    name
        File name, for messages.

    Returns
    -------
    PointsRead
        A parcel's name is that of its own column, of the label row above it, or of its sheet.

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
    parcels = [parcel for title, rows in sheets for parcel in _table_parcels(title, rows)]
    if not parcels:
        raise InputError(
            f"{name} 中没有界址点坐标：没有一张表有北坐标（X）与东坐标（Y）两列。",
            f"{name} holds no boundary points: no sheet has a column of northings (X) "
            "and one of eastings (Y).",
        )
    return _polygons(parcels, {}, name, lang)


def csv_rows(raw: bytes, *, name: str = "", encoding: str | None = None) -> list[list[str]]:
    """Give the rows of a CSV file; comma, semicolon or tab, whichever its first lines have most of.

    Examples
    --------
    >>> csv_rows("点号;X;Y".encode("gbk"))
    [['点号', 'X', 'Y']]
    """
    text, _ = decode_text(raw, name=name, encoding=encoding)
    delimiter = max(",;\t", key=text[:10_000].count)
    try:
        return list(csv.reader(io.StringIO(text.replace("\0", "")), delimiter=delimiter))
    except csv.Error as error:
        raise InputError(
            f"{name} 不是可读的 CSV：{error}。", f"{name} is not a readable CSV: {error}."
        ) from None


def polygon_of_rings(rings: Sequence[NDArray[np.float64]]) -> shapely.Geometry | None:
    """Build a polygon from rings in any order; what is a hole is decided by containment.

    Parameters
    ----------
    rings
        Arrays (n, 2) of x, y; closed or not. Those with fewer than three points are left out.

    Returns
    -------
    Polygon or MultiPolygon
        None if no ring has three points. A ring inside an even number of others is a shell, one
        inside an odd number a hole of the smallest around it.

    Examples
    --------
    >>> square = np.array([(0, 0), (0, 9), (9, 9), (9, 0)], dtype=float)
    >>> polygon_of_rings([square / 3 + 1, square]).area
    72.0
    """
    shells = [shapely.Polygon(ring) for ring in rings if len(np.unique(ring, axis=0)) >= 3]
    if len(shells) <= 1:
        return shells[0] if shells else None
    shapes = np.array(shells, dtype=object)
    around, depth = _containment(shapes)
    polygons = []
    for position in np.flatnonzero(depth % 2 == 0):
        holes = np.flatnonzero((depth == depth[position] + 1) & (around == position))
        polygons.append(
            shapely.Polygon(shapes[position].exterior, [shapes[hole].exterior for hole in holes])
        )
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


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
    >>> layer = gpd.GeoDataFrame({"DKMC": ["东村"]}, geometry=[shapely.box(0, 0, 200, 100)])
    >>> write_points_text(layer).decode("gbk").splitlines()[11:14]
    ['[地块坐标]', '5,2.0000,1,东村,面,,,,@', 'J1,1,100.000,0.000']
    """
    _require_polygons(frame)
    lines = ["[属性描述]"]
    lines += [f"{key}={value}" for key, value in (HEADER | (header or {})).items()]
    lines.append("[地块坐标]")
    for position in range(len(frame)):
        lines += _parcel_lines(frame.iloc[position], position + 1)
    return ("\r\n".join(lines) + "\r\n").encode("gb18030")


def write_points_workbook(frame: gpd.GeoDataFrame, path: Path) -> None:
    """Write polygons as a table of boundary points (.xlsx), one sheet, text as text.

    Parameters
    ----------
    frame
        Polygons; ids and names from the columns DKBH and DKMC where there are any.
    path
        The file to write.

    Raises
    ------
    InputError
        If a row has no polygon.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.xlsx"
    >>> write_points_workbook(gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2, 1)]), path)
    >>> [[c.value for c in row] for row in openpyxl.load_workbook(path).active][1]
    ['1', None, 'J1', 1, 1, 0]
    """
    _require_polygons(frame)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("界址点")
    sheet.append(["地块编号", "地块名称", "点号", "圈号", "X", "Y"])
    for position in range(len(frame)):
        row = frame.iloc[position]
        names = [_text(row.get("DKBH")) or str(position + 1), _text(row.get("DKMC"))]
        for label, ring, north, east in boundary_points(row.geometry):
            cells = [WriteOnlyCell(sheet, value=text) for text in (*names, label)]
            for cell in cells:
                cell.data_type = "s"  # a name that begins with = is a name
            sheet.append([*cells, ring, north, east])
    book.save(path)


def boundary_points(shape: shapely.Geometry) -> list[tuple[str, int, float, float]]:
    """List the boundary points of a polygon: label, ring, northing, easting, rings closed.

    Each ring runs clockwise from its north-west corner; coordinates have 3 decimals.

    Examples
    --------
    >>> boundary_points(shapely.box(0, 0, 2, 1))[:2]
    [('J1', 1, 1.0, 0.0), ('J2', 1, 1.0, 2.0)]
    """
    polygons = shapely.get_parts(shapely.normalize(shape))
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    points: list[tuple[str, int, float, float]] = []
    for number, ring in enumerate(rings, start=1):
        xy = _from_north_west(np.round(shapely.get_coordinates(ring), 3)).tolist()
        first = len(points) - number + 2  # closing points carry the label of the first
        labels = [f"J{first + k}" for k in range(len(xy) - 1)]
        points += [
            (label, number, y, x) for label, (x, y) in zip([*labels, labels[0]], xy, strict=True)
        ]
    return points


def _require_polygons(frame: gpd.GeoDataFrame) -> None:
    kinds = frame.geometry.geom_type
    empty = ~kinds.isin(["Polygon", "MultiPolygon"]) | frame.geometry.is_empty
    if empty.any():
        rows = "、".join(map(str, frame.index[empty][:5]))
        raise InputError(
            f"界址点只能由面写出：{int(empty.sum())} 行没有面（{rows}）。",
            f"Boundary points are of polygons only: {int(empty.sum())} rows have none ({rows}).",
        )


# ---------------------------------------------------------------- text


def _plain(line: str) -> str:
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
    first_is_count = tokens[0].isdigit()
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


def _add_point(parcel: _Parcel, line: str, name: str, number: int) -> None:
    tokens = [token.strip() for token in (line.split(",") if "," in line else line.split())]
    while len(tokens) > 2 and not tokens[-1]:
        tokens.pop()
    if len(tokens) not in (2, 3, 4):
        raise _bad_line(name, number, line)
    first, second = _number(tokens[-2]), _number(tokens[-1])
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


# ---------------------------------------------------------------- tables


def _table_parcels(title: str, rows: Sequence[Sequence[object]]) -> list[_Parcel]:
    """Parcels of one sheet; none if it has no coordinates."""
    columns = _coordinate_columns(rows)
    if columns is None:
        return []
    parcels: list[_Parcel] = []
    current = None
    named = ""
    for number, row in enumerate(rows, start=1):
        cells = {key: row[at] if at < len(row) else "" for key, at in columns.items()}
        first, second = _number(cells["north"]), _number(cells["east"])
        if first is None or second is None:
            texts = [str(cell).strip() for cell in row if str(cell).strip()]
            if len(texts) == 1 and _number(texts[0]) is None:
                named, current = texts[0], None  # a row that names the parcel below it
            continue
        key = tuple(str(cells.get(k, "")).strip() for k in ("id", "name"))
        if current is None or (any(key) and key != current):
            # merged cells hold their value in the first row only
            current = key
            attributes = {"DKBH": key[0], "DKMC": key[1] or named or title}
            parcels.append(_Parcel(number, attributes))
        parcels[-1].rings.append(str(cells.get("ring", "")).strip())
        parcels[-1].first.append(first)
        parcels[-1].second.append(second)
    return parcels


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
            value = _number(cell)
            if value is not None and (abs(value) >= 1e5 or value != int(value)):
                numeric[at] = numeric.get(at, 0) + 1
    best = sorted(sorted(numeric, key=lambda at: -numeric[at])[:2])
    if len(best) < 2:
        return None
    return columns | {"north": best[0], "east": best[1]}


def _number(cell: object) -> float | None:
    """Take a coordinate from a cell; None if it is none, or not on Earth."""
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        value = float(cell) if isinstance(cell, int | float) else float(str(cell).strip())
    except (ValueError, OverflowError):
        return None
    return value if abs(value) <= FARTHEST else None


# ---------------------------------------------------------------- rings


def _polygons(parcels: list[_Parcel], header: dict[str, str], name: str, lang: Lang) -> PointsRead:
    parcels = [parcel for parcel in parcels if parcel.first or parcel.attributes]
    if not any(parcel.first for parcel in parcels):
        raise InputError(
            f"{name} 中没有界址点：应有“点号,圈号,X,Y”的行。",
            f"{name} has no boundary points: lines of label, ring, X, Y are needed.",
        )
    north_first = _north_first(parcels)
    findings: list[Finding] = []
    geometries, rows = [], []
    for parcel in parcels:
        xy = np.column_stack([parcel.first, parcel.second]).reshape(-1, 2)
        if north_first:
            xy = xy[:, ::-1]
        rings = _split_rings(xy, parcel.rings)
        geometries.append(polygon_of_rings(rings))
        rows.append(
            {key: parcel.attributes.get(key, "") for key in (*ATTRIBUTES, *MORE_ATTRIBUTES)}
        )
        findings += _ring_findings(parcel, rings, name, lang)
    if not north_first:
        findings.append(
            Finding(
                check="layer.axes",
                subject=name,
                verdict="fail",
                message=say(
                    lang,
                    f"{name} 东坐标在前、北坐标在后（标准为 X 北在前），已按数值对调。",
                    f"{name} gives the easting first (X, north, is the rule); put right.",
                ),
            )
        )
    table = pd.DataFrame(rows)
    table = table.drop(columns=[c for c in MORE_ATTRIBUTES if (table[c] == "").all()])
    table["DKMJ"] = [_area_figure(text) for text in table["DKMJ"]]
    data = gpd.GeoDataFrame(table, geometry=geometries)
    return PointsRead(data, header, findings_table(findings))


def _area_figure(text: str) -> float:
    """Take the number of an area with or without a unit behind it; NaN if there is none."""
    found = re.match(r"\s*(\d+(?:\.\d+)?)", text)
    return float(found[1]) if found else float("nan")


def _north_first(parcels: list[_Parcel]) -> bool:
    """Whether the first coordinate is the northing; X is north unless the numbers say otherwise."""
    first = np.concatenate([np.asarray(p.first) for p in parcels])
    second = np.concatenate([np.asarray(p.second) for p in parcels])
    if len(first) > _MOST_POINTS:
        raise InputError("界址点过多，请拆分文件。", "Too many boundary points: split the file.")
    first, second = np.median(first), np.median(second)
    northings, latitudes = (1.9e6, 6.1e6), (3.0, 54.0)
    eastings, longitudes = ((1e5, 9e5), (13e6, 46e6)), (73.0, 136.0)
    if latitudes[0] <= second <= latitudes[1] and longitudes[0] <= first <= longitudes[1]:
        return False
    inside = [low <= first <= high for low, high in eastings]
    return not (any(inside) and northings[0] <= second <= northings[1])


def _split_rings(xy: NDArray[np.float64], labels: list[str]) -> list[NDArray[np.float64]]:
    """Cut points into rings: where the ring number changes or the ring closes."""
    rings, start = [], 0
    for end in range(1, len(xy) + 1):
        closed = end - start >= 4 and bool((xy[end - 1] == xy[start]).all())
        if end == len(xy) or labels[end] != labels[start] or closed:
            rings.append(xy[start:end])
            start = end
    return rings


def _containment(shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each ring the smallest ring around it (-1 if none) and how many are around it."""
    inside, outside = shapely.STRtree(shapes).query(
        shapely.point_on_surface(shapely.make_valid(shapes)), predicate="within"
    )
    area = shapely.area(shapes)
    real = (inside != outside) & (area[outside] > area[inside])
    inside, outside = inside[real], outside[real]
    depth = np.bincount(inside, minlength=len(shapes))
    around = np.full(len(shapes), -1)
    order = np.argsort(-area[outside], kind="stable")  # the smallest is written last
    around[inside[order]] = outside[order]
    return around, depth


def _ring_findings(
    parcel: _Parcel, rings: list[NDArray[np.float64]], name: str, lang: Lang
) -> list[Finding]:
    """Compare the declared count with the points, and tell rings too short to be one."""
    who = parcel.attributes.get("DKMC") or parcel.attributes.get("DKBH") or f"{name}:{parcel.line}"
    where = say(lang, f"{name} 第 {parcel.line} 行", f"{name}, line {parcel.line}")
    findings = []
    declared, points = parcel.attributes.get("JZDS", ""), len(parcel.first)
    closing = sum(len(r) > 1 and bool((r[0] == r[-1]).all()) for r in rings)
    if declared.isdigit() and int(declared) not in (points, points - closing, points + len(rings)):
        findings.append(
            Finding(
                check="layer.point_count",
                subject=who,
                verdict="fail",
                expected=float(declared),
                actual=float(points),
                difference=float(points - int(declared)),
                unit="点",
                message=say(
                    lang,
                    f"{who} 称有 {declared} 个界址点，实有 {points} 个；按实有点成图。",
                    f"{who} claims {declared} points and has {points}; drawn from those.",
                ),
                source=where,
            )
        )
    short = [ring for ring in rings if len(np.unique(ring, axis=0)) < 3]
    if short or not rings:
        findings.append(
            Finding(
                check="layer.short_ring",
                subject=who,
                verdict="fail",
                actual=float(len(short)),
                message=say(
                    lang,
                    f"{who} 有 {len(short)} 圈不足三个点，未成图。"
                    if rings
                    else f"{who} 没有界址点，未成图。",
                    f"{who} has {len(short)} rings of fewer than three points, left out."
                    if rings
                    else f"{who} has no points and no polygon.",
                ),
                source=where,
            )
        )
    return findings


# ---------------------------------------------------------------- writing


def _parcel_lines(row: pd.Series, number: int) -> list[str]:
    """Write the parcel line and the point lines of one polygon."""
    points = boundary_points(row.geometry)
    drawn_ha, recorded = row.geometry.area / 10_000, row.get("DKMJ", float("nan"))
    # a recorded figure near the drawing is in 公顷; what its unit is otherwise is not known
    area_ha = recorded if abs(recorded - drawn_ha) <= 0.1 * drawn_ha else drawn_ha
    fields = [str(len(points)), f"{area_ha:.4f}", _text(row.get("DKBH")) or str(number)]
    fields += [_text(row.get("DKMC")), "面", *(_text(row.get(k)) for k in ("TFH", "DKYT", "DLBM"))]
    return [
        ",".join(fields) + ",@",
        *(f"{label},{ring},{north:.3f},{east:.3f}" for label, ring, north, east in points),
    ]


def _from_north_west(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give a closed ring clockwise from the point nearest the north-west corner of its extent."""
    ring = xy[:-1]
    if shapely.is_ccw(shapely.LinearRing(xy)):
        ring = ring[::-1]
    corner = np.array([ring[:, 0].min(), ring[:, 1].max()])
    start = int(np.argmin(np.abs(ring - corner).sum(axis=1)))
    ring = np.roll(ring, -start, axis=0)
    return np.vstack([ring, ring[:1]])


def _text(value: object) -> str:
    """Write a value as a field of the text: no separators, no control characters."""
    text = "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - NaN
    return re.sub(r"[,，@\x00-\x1f]+", " ", text).strip()


def header_crs(header: dict[str, str], bounds: Bounds | None) -> int | None:
    """Give the EPSG code that [属性描述] states (坐标系, 带号, 几度分带); None if it states none.

    Parameters
    ----------
    bounds
        Extent of the points, x east: tells whether eastings carry the zone number.

    Examples
    --------
    >>> header = {"坐标系": "2000国家大地坐标系", "带号": "40"}
    >>> header_crs(header, (509500, 3416500, 509700, 3416600))
    4549
    """
    zone = re.search(r"\d+", header.get("带号", ""))
    if zone is None or bounds is None or bounds[2] < 1000:
        return None
    width = header.get("几度分带") or header.get("分带") or "3"
    degrees = 6 if "6" in width else 3
    prefixed = bounds[0] > 1e7
    code = gauss_kruger_epsg(int(zone[0]), degrees=degrees, prefixed=prefixed)
    system = header.get("坐标系", "")
    if "80" in system or "西安" in system:
        return legacy_plane(4610, code)
    return legacy_plane(4214, code) if "54" in system or "北京" in system else code


def points_file(path: Path) -> bool:
    """Tell whether a file name is one of boundary points (.txt, .csv, .xlsx, .xls).

    Examples
    --------
    >>> points_file(Path("界址点.TXT")), points_file(Path("a.shp"))
    (True, False)
    """
    return path.suffix.lower() in {".txt", ".csv", ".xlsx", ".xls", ".xlsm"}
