"""KML, read and written whole: every folder, every field, names and styles.

GDAL gives a layer a folder, leaves out folders in folders, and launders the names of fields; here
all placemarks of a document are one layer, with the folder as a field where there are several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from lxml import etree
from shapely.geometry.base import BaseGeometry

from landgis.crs import convert_crs
from landgis.errors import InputError
from landgis.findings import Finding, define
from landgis.formats.columns import Frames, flat_frames
from landgis.formats.gdal import Opened, damage, no_layer
from landgis.formats.kinds import Format, Opening, Writing, at_once, ends_with
from landgis.landuse import canonical, colour
from landgis.schema import guess_fields

LINKS = define("""layer.links 链接 | links
    文件是否引用别处的图形 | whether a file refers to shapes elsewhere
    kml: {subject} 有 {actual:0} 处 NetworkLink 指向别处的图形，未读取：请另存为完整的 KML。
    | {subject}: {actual:0} NetworkLink{actual:s} not followed: save it as one whole KML.""")

FOLDER = "Folder"
"""Field that names the folder of a placemark, folders in folders joined by a stroke."""

_WGS84 = 4326
_WHOLE = {"int", "uint", "short", "ushort"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PLAIN_FILL = "99ffffff"


def read_kml(path: Path) -> gpd.GeoDataFrame:
    """Read the placemarks of a KML, in longitude and latitude (EPSG:4326).

    Returns
    -------
    GeoDataFrame
        Fields ``Name``, ``description``, those of the data, and `FOLDER` where there is more
        than one folder; text, or numbers where the schema of the document says so.

    Raises
    ------
    InputError
        If it is no XML, or a coordinate is no number; the message gives the line.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.kml"
    >>> layer = gpd.GeoDataFrame({"用途": ["住宅"]}, geometry=[shapely.Point(120, 30)], crs=4326)
    >>> write_kml([layer], file, layer="a")
    >>> read_kml(file)["用途"].tolist()
    ['住宅']
    """
    rows: list[dict[tuple[str, str], str | None]] = []
    shapes: list[Any] = []
    kinds: dict[tuple[str, str], str] = {}
    folders: list[str] = []
    links = 0
    try:
        for event, element in etree.iterparse(
            str(path), events=("start", "end"), resolve_entities=False, no_network=True
        ):
            tag = _tag(element)
            links += (event, tag) == ("end", "NetworkLink")
            if tag in {"Folder", "Document"}:
                if event == "start":
                    folders.append("")
                else:
                    folders.pop()
                    element.clear()
            elif event == "start":
                continue
            elif tag == "name" and _tag(element.getparent()) in {"Folder", "Document"}:
                folders[-1] = (element.text or "").strip()
            elif tag == "Schema":
                kinds |= _schema(element)
            elif tag == "Placemark":
                row = _fields(element)
                # the outermost is the document itself
                row[FOLDER, ""] = "/".join(name for name in folders[1:] if name)
                rows.append(row)
                shapes.append(_shape(element, path))
                element.clear()
    except etree.XMLSyntaxError as error:
        raise InputError(
            f"{path.name} 不是完整的 KML：{error}。请重新索取或重新导出。",
            f"{path.name} is no well-formed KML: {error}. Ask for it again or export it anew.",
        ) from None
    keys = list(dict.fromkeys(k for r in rows for k in r))
    inside = [row[FOLDER, ""] for row in rows]
    # folders that say what a field says are those that `write_kml` makes
    repeated = any(
        [(row.get(key) or "").strip() for row in rows] == inside
        for key in keys
        if key[1] == "fields"
    )
    if rows and (repeated or len(set(inside)) <= 1):
        keys.remove((FOLDER, ""))
    columns = {key: _typed([row.get(key) for row in rows], kinds.get(key, "")) for key in keys}
    named = _joined(columns)
    frame = pd.DataFrame(named, index=pd.RangeIndex(len(rows)))
    read = gpd.GeoDataFrame(frame, geometry=shapes, crs=_WGS84)
    read.attrs["links"] = links
    return read


def _joined(columns: dict[tuple[str, str], pd.Series]) -> dict[str, pd.Series]:
    """Make one column of fields that several schemas have under the same name."""
    joined: dict[str, pd.Series] = {}
    for (stated, _), values in columns.items():
        name = stated if stated != "geometry" else "geometry_1"
        if name not in joined:
            joined[name] = values
        elif joined[name].dtype == values.dtype:
            joined[name] = joined[name].where(joined[name].notna(), values)
        else:
            before, now = (
                v.astype("object").where(v.notna(), None) for v in (joined[name], values)
            )
            both = before.where(before.notna(), now)
            joined[name] = both.map(str, na_action="ignore").astype("str")
    return joined


def _tag(element: Any) -> str:
    tag = element.tag if element is not None else ""
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _schema(element: Any) -> dict[tuple[str, str], str]:
    owner = element.get("id", "")
    return {
        (field.get("name", ""), owner): field.get("type", "string")
        for field in element
        if _tag(field) == "SimpleField"
    }


def _fields(placemark: Any) -> dict[tuple[str, str], str | None]:
    """Give name, description and data of a placemark: (field, schema) → text."""
    row: dict[tuple[str, str], str | None] = {}
    for child in placemark:
        tag = _tag(child)
        if tag in {"name", "description"}:
            row[{"name": "Name"}.get(tag, tag), ""] = child.text
        elif tag == "ExtendedData":
            for data in child:
                if _tag(data) == "Data" and data.get("name"):
                    value = next((v for v in data if _tag(v) == "value"), None)
                    row[data.get("name"), ""] = None if value is None else value.text or ""
                elif _tag(data) == "SchemaData":
                    owner = data.get("schemaUrl", "").rpartition("#")[2]
                    for simple in data:
                        if _tag(simple) == "SimpleData" and simple.get("name"):
                            row[simple.get("name"), owner] = simple.text or ""
    return row


def _typed(texts: list[str | None], kind: str) -> pd.Series:
    """Give a column the kind that its schema states, as far as all of it is of that kind."""
    present = [text for text in texts if text is not None]
    try:
        if kind in _WHOLE and present:
            values = pd.array([pd.NA if t is None else int(t) for t in texts], dtype="Int64")
            return pd.Series(values if None in texts else values.astype("int64"))
        if kind in {"float", "double"} and present:
            numbers = [np.nan if t is None else float(t) for t in texts]
            return pd.Series(numbers, dtype="float64")
        if (
            kind == "bool"
            and present
            and {t.lower() for t in present} <= {"0", "1", "true", "false"}
        ):
            flags = [None if t is None else t.lower() in {"1", "true"} for t in texts]
            return pd.Series(pd.array(flags, dtype="boolean" if None in texts else "bool"))
    except (ValueError, OverflowError):
        pass
    return pd.Series(texts, dtype="str")


def _shape(element: Any, path: Path) -> Any:
    shapes = [shape for child in element for shape in _shapes(child, path)]
    if len(shapes) <= 1:
        return shapes[0] if shapes else None
    return _several(shapes)


def _several(shapes: list[BaseGeometry]) -> Any:
    kinds = {shape.geom_type for shape in shapes}
    makers: dict[str, Any] = {
        "Polygon": shapely.multipolygons,
        "LineString": shapely.multilinestrings,
        "Point": shapely.multipoints,
    }
    make = makers.get(kinds.pop()) if len(kinds) == 1 else None
    return (make or shapely.geometrycollections)(shapes)


def _shapes(element: Any, path: Path) -> Iterator[BaseGeometry]:
    tag = _tag(element)
    if tag in {"MultiGeometry", "MultiTrack"}:
        parts = [shape for child in element for shape in _shapes(child, path)]
        if parts:
            yield _several(parts)
    elif tag == "Polygon":
        rings = [
            (_tag(border), _corners(ring, path))
            for border in element
            for ring in border
            if _tag(ring) == "LinearRing"
        ]
        outer = [ring for tag, ring in rings if tag == "outerBoundaryIs" and len(ring) >= 3]
        if outer:
            inner = [ring for tag, ring in rings if tag == "innerBoundaryIs" and len(ring) >= 3]
            yield shapely.Polygon(outer[0], inner)
    elif tag in {"LineString", "LinearRing", "Track"}:
        corners = _corners(element, path)
        if len(corners) >= 2:
            yield shapely.LineString(corners)
    elif tag == "Point":
        corners = _corners(element, path)
        if len(corners):
            yield shapely.Point(corners[0])


def _corners(element: Any, path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    if _tag(element) == "Track":  # a corner for each moment
        moments = [(child.text or "").split() for child in element if _tag(child) == "coord"]
        text = " ".join(",".join(moment) for moment in moments)
    else:
        node = next((child for child in element if _tag(child) == "coordinates"), None)
        text = node.text or "" if node is not None else ""
    tuples = [part.split(",") for part in re.sub(r"\s*,\s*", ",", text).split()]
    width = min((len(t) for t in tuples), default=2)
    try:
        corners = np.array([t[: min(width, 3)] for t in tuples], dtype=np.float64)
        return corners.reshape(len(tuples), -1)[:, : max(width, 2)]
    except ValueError:
        raise InputError(
            f"{path.name} 第 {element.sourceline} 行的坐标无法识别：“{text.strip()[:40]}”。",
            f"{path.name}, line {element.sourceline}: no coordinates: “{text.strip()[:40]}”.",
        ) from None


# ---------------------------------------------------------------- writing


def write_kml(frames: Iterable[gpd.GeoDataFrame], path: Path, *, layer: str) -> None:
    """Write frames one after another as one KML, in longitude and latitude.

    Placemarks are named by the field known as that of names, else of ids; a polygon has the
    colour of its use; where rows of one use follow each other, each use is a folder. The balloon
    shows the fields. Whole numbers beyond 32 bits are text, as KML has no larger ones.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        folder = ""
        for number, frame in enumerate(frames):
            if number == 0:
                chosen = guess_fields(frame)
                file.write(_head(layer, _simple_fields(frame)))
                use = chosen.get("category")
                sorted_by = use if use in frame and _in_runs(frame[use]) else None
            moved = convert_crs(frame, _WGS84)
            names = _written(frame[sorted_by]) if sorted_by else [None] * len(frame)
            for name, placemark in zip(names, _placemarks(moved, chosen), strict=True):
                if (name or "") != folder:
                    file.write("</Folder>\n" if folder else "")
                    folder = name or ""
                    file.write(f"<Folder><name>{_text(folder)}</name>\n" if folder else "")
                file.write(placemark)
        file.write(("</Folder>\n" if folder else "") + "</Document></kml>\n")


def _in_runs(values: pd.Series) -> bool:
    """Tell whether rows of one value follow each other."""
    filled = values.astype("object").where(values.notna(), "")
    return bool((filled != filled.shift()).sum() == filled.nunique())


def _simple_fields(frame: gpd.GeoDataFrame) -> dict[str, str]:
    kinds = {}
    for name in frame.columns.drop("geometry"):
        values = frame[name]
        if pd.api.types.is_bool_dtype(values):
            kind = "bool"
        elif pd.api.types.is_integer_dtype(values):
            small = values.dropna().abs().max() if values.notna().any() else 0
            kind = "int" if small <= np.iinfo(np.int32).max else "string"
        else:
            kind = "double" if pd.api.types.is_float_dtype(values) else "string"
        kinds[str(name)] = kind
    return kinds


def _head(layer: str, kinds: dict[str, str]) -> str:
    fields = "".join(
        f"<SimpleField name={_attribute(name)} type={quoteattr(kind)}/>"
        for name, kind in kinds.items()
        if name not in {"Name", "description"}
    )
    rows = "".join(
        f'<tr><th align="left">{_text(name)}</th><td>$[{_text(layer)}/{_text(name)}]</td></tr>'
        for name in kinds
        if name not in {"Name", "description"}
    )
    card = f"<h3>$[name]</h3>$[description]<table>{rows}</table>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f"<name>{_text(layer)}</name>\n"
        f'<Schema id="fields" name={_attribute(layer)}>{fields}</Schema>\n'
        f'<Style id="card"><BalloonStyle><text>{_text(card)}</text></BalloonStyle></Style>\n'
    )


def _placemarks(frame: gpd.GeoDataFrame, chosen: dict[str, str]) -> Iterator[str]:
    fields = [str(name) for name in frame.columns.drop("geometry")]
    label = next(
        (f for f in ("Name", chosen.get("name"), chosen.get("parcel_id")) if f in fields), None
    )
    use = chosen.get("category")
    columns = [_written(frame[name]) for name in fields]
    for values, shape in zip(
        zip(*columns, strict=True) if columns else ((),) * len(frame),
        frame.geometry.array,
        strict=True,
    ):
        row = dict(zip(fields, values, strict=True))
        named = row.get(label) if label else None
        yield "<Placemark>" + "".join(
            [
                f"<name>{_text(named)}</name>" if named is not None else "",
                f"<description>{_text(row['description'])}</description>"
                if row.get("description") is not None
                else "",
                "<styleUrl>#card</styleUrl>",
                _style(row.get(use) if use else None, shape),
                '<ExtendedData><SchemaData schemaUrl="#fields">',
                *(
                    f"<SimpleData name={_attribute(name)}>{_text(value)}</SimpleData>"
                    for name, value in row.items()
                    if value is not None and name not in {"Name", "description"}
                ),
                "</SchemaData></ExtendedData>",
                _geometry(shape),
                "</Placemark>\n",
            ]
        )


def _written(values: pd.Series) -> list[str | None]:
    if pd.api.types.is_float_dtype(values):
        return [None if pd.isna(v) else repr(float(v)) for v in values]
    if pd.api.types.is_bool_dtype(values):
        return [None if pd.isna(v) else str(int(v)) for v in values]
    if pd.api.types.is_datetime64_any_dtype(values):
        return [None if pd.isna(v) else v.isoformat() for v in values]
    return [None if v is None or v is pd.NA or pd.isna(v) else str(v) for v in values]


def _style(use: str | None, shape: Any) -> str:
    if shape is None or not shape.geom_type.endswith("Polygon"):
        return ""
    fill = _PLAIN_FILL
    if use and canonical(use):
        red, green, blue = (colour(canonical(use))[k : k + 2] for k in (1, 3, 5))
        fill = f"99{blue}{green}{red}".lower()
    return (
        "<Style><LineStyle><color>ff3c3c3c</color></LineStyle>"
        f"<PolyStyle><color>{fill}</color></PolyStyle></Style>"
    )


def _geometry(shape: Any) -> str:
    if shape is None or shape.is_empty:
        return ""
    kind = shape.geom_type
    if kind == "Polygon":
        inner = "".join(
            f"<innerBoundaryIs>{_line('LinearRing', ring)}</innerBoundaryIs>"
            for ring in shape.interiors
        )
        outer = f"<outerBoundaryIs>{_line('LinearRing', shape.exterior)}</outerBoundaryIs>"
        return f"<Polygon>{outer}{inner}</Polygon>"
    if kind in {"LineString", "LinearRing", "Point"}:
        return _line("Point" if kind == "Point" else "LineString", shape)
    return f"<MultiGeometry>{''.join(map(_geometry, shapely.get_parts(shape)))}</MultiGeometry>"


def _line(tag: str, shape: Any) -> str:
    rows = shapely.get_coordinates(shape, include_z=bool(shape.has_z)).tolist()
    corners = " ".join(",".join(map(repr, row)) for row in rows)
    return f"<{tag}><coordinates>{corners}</coordinates></{tag}>"


def _text(value: object) -> str:
    return escape(_NOT_XML.sub("\ufffd", str(value)))


def _attribute(value: str) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", value))


@contextmanager
def _open(path: Path, opening: Opening) -> Iterator[Opened]:
    """Open a KML; a folder can be chosen as a layer."""
    with damage(path):
        frame = read_kml(path)
    links = frame.attrs.pop("links")
    told = [LINKS.finding("kml", "fail", subject=path.name, actual=float(links))] if links else []
    layers = tuple(frame[FOLDER].unique()) if FOLDER in frame else (path.stem,)
    if opening.layer is not None and opening.layer not in layers:
        raise no_layer(path, layers, opening.layer)
    if opening.layer is not None and FOLDER in frame:
        frame = frame[frame[FOLDER] == opening.layer].reset_index(drop=True)
    yield Opened(frames=at_once(frame), layers=layers, findings=told)


def _write(frames: Frames, path: Path, writing: Writing) -> list[Finding]:
    write_kml(flat_frames(frames, writing.losses), path, layer=writing.layer)
    return []


FORMAT = Format(
    title="KML / KMZ",
    suffixes=(".kml",),
    open=_open,
    write=_write,
    whole=lambda draft, *_: ends_with(draft, b"</kml>"),
    keeps=("各层文件夹、字段、名称和颜色", "folders, fields, names and colours"),
    loses=(
        "坐标系（换算为 EPSG:4326）、32 位以外的整数和日期（写成文字）、M 值",
        "the system (EPSG:4326), whole numbers beyond 32 bits and days (text), M",
    ),
)
