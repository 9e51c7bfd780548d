"""Boundary points as the exchange text (报盘, 界址点坐标 TXT), read and written.

Bureaus write the text in many dialects. These rules read all of them: a parcel line ends with
``@``; a point line has a label, a ring number and two coordinates; the declared count and area
are noted, never trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from landgis.errors import InputError
from landgis.files.encoding import decode_text
from landgis.findings import Finding
from landgis.formats.columns import Frames, gathered
from landgis.formats.gdal import Opened
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
    parcels: list[PointList] = []
    for number, line in enumerate(map(_plain, text.splitlines()), start=1):
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
    pairs = [_plain(line).partition("=") for line in text.splitlines() if "=" in _plain(line)]
    if not pairs:
        raise InputError(
            f"{path.name} 中没有“键=值”的行，不能作为 [属性描述] 模板。",
            f"{path.name} has no line of key=value and is no template of a header.",
        )
    return {key.strip(): value.strip() for key, _, value in pairs}


# ---------------------------------------------------------------- reading


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
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    raw = path.read_bytes()
    used = decode_text(raw, name=path.name, encoding=opening.encoding)[1]
    read = read_points_text(raw, name=path.name, encoding=opening.encoding)
    yield points_source(read, path, encoding=used)


def _write(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    frame, findings = readied(gathered(frames), ATTRIBUTES, writing)
    header = text_header(frame.crs) | dict(writing.points.header)
    path.write_bytes(write_points_text(frame, header=header))
    return findings


FORMAT = Format(
    title="界址点 TXT",
    suffixes=(".txt",),
    open=_open,
    write=_write,
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
