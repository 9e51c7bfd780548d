"""Any vector source, read in its right place and with its right letters, and what was decided.

Nothing is dropped, repaired or reprojected without being asked for; what was decided on the way
(encoding, coordinate system, order of axes) is returned as findings beside the data.
"""

from __future__ import annotations

import codecs
import os
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import python_calamine
import shapely

from landgis.errors import CRSError, InputError, LandgisError
from landgis.findings import Finding, findings_table, join_findings
from landgis.language import Lang, say
from landgis.layers.archives import check_signature, check_zipped, unpacked
from landgis.layers.coordinates import (
    Placing,
    convert_crs,
    finite_bounds,
    legacy_datum,
    normal_crs,
    place_layer,
    refuse_legacy,
    to_cgcs2000,
)
from landgis.layers.encoding import (
    decide_dbf_encoding,
    decode_text,
    field_names,
    read_dbf_header,
)
from landgis.layers.faults import find_faults
from landgis.layers.points import (
    PointsRead,
    csv_rows,
    header_crs,
    points_file,
    read_points_table,
    read_points_text,
)
from landgis.layers.postgis import is_database, read_table
from landgis.layers.repair import repair_layer
from landgis.layers.shapefile import check_shapes, read_index, rebuild_index, sibling
from landgis.layers.shift import shifted_name, unshift_layer
from landgis.measure import describe_crs

SUFFIXES = (
    ".shp",
    ".zip",
    ".gpkg",
    ".gdb",
    ".geojson",
    ".json",
    ".fgb",
    ".parquet",
    ".geoparquet",
    ".kml",
    ".kmz",
    ".dxf",
    ".txt",
    ".csv",
    ".xlsx",
    ".xls",
)
"""Suffixes of what can be read; a database is given by its address (``postgresql://…``)."""


_KML_OWN = {
    "id", "timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility",
    "drawOrder", "icon",
}  # fmt: skip
"""Columns that GDAL makes for every KML, of how a placemark is shown."""


class LayerRead(NamedTuple):
    """A layer, and what was decided and noticed while reading it.

    Parameters
    ----------
    data
        The rows in file order, numbered from 0, fields named as in the file.
    findings
        Checks ``layer.encoding``, ``layer.crs``, ``layer.axes``, ``layer.shapes`` ….
    """

    data: gpd.GeoDataFrame
    findings: pd.DataFrame


@dataclass(frozen=True, kw_only=True, eq=False)
class LayerReport:
    """What a layer is.

    Parameters
    ----------
    crs
        ``EPSG:n``, the name of a system without a code, or empty if it cannot be decided.
    encoding
        Encoding of the text.
    count
        Number of rows.
    fields
        Names of the fields.
    layers
        Names of the layers in the file.
    findings
        What was decided, and the faults that were found.
    places
        The faults of shape on the map, see `faults.Faults`; a layer to open in QGIS.
    """

    crs: str
    encoding: str
    count: int
    fields: tuple[str, ...]
    layers: tuple[str, ...]
    findings: pd.DataFrame
    places: gpd.GeoDataFrame


@dataclass(frozen=True, slots=True)
class _Raw:
    """A layer as it stands in its file."""

    frame: gpd.GeoDataFrame
    declared: Any = None
    encoding: str = "UTF-8"
    layers: tuple[str, ...] = ()
    findings: list[Finding] = field(default_factory=list)


def read_layer(
    source: str | os.PathLike[str],
    *,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    fields: Mapping[str, str] | None = None,
    to_crs: Any = None,
    datum_shift: Sequence[float] | str | None = None,
    place: Sequence[float] | None = None,
    repair: bool = False,
    lang: Lang = "zh",
) -> LayerRead:
    """Read a vector layer of any kind, in its right place and with its right letters.

    Shapefile, GeoPackage, File Geodatabase, GeoJSON, FlatGeobuf, GeoParquet, KML, DXF, boundary
    points (TXT, CSV, Excel), PostGIS; zipped ones too.

    Parameters
    ----------
    source
        Path, or address of a database (``postgresql://…``).
    layer
        Name of the layer in a file with several; table or SELECT statement of a database.
    crs
        What the coordinates are in, against or without a declaration of the file: an EPSG code,
        or ``GCJ-02`` / ``BD-09``, which are converted to EPSG:4490.
    encoding
        Encoding of the attributes, against what the file says and its bytes show.
    fields
        Names to give to fields: name → field of the source (``{"parcel_id": "ZDDM"}``). Other
        fields keep theirs; one that stands in the way gets ``_1``.
    to_crs
        Coordinate system to convert to.
    datum_shift
        Parameters from 1980西安 or 1954北京 to CGCS2000, see `coordinates.to_cgcs2000`.
    place
        Longitude and latitude of a point near by; decides the zone where the file does not.
    repair
        Whether to make invalid polygons valid, see `repair.repair_layer`.

    Returns
    -------
    LayerRead
        The data and the findings.

    Raises
    ------
    InputError
        If the source is missing, damaged, not of a known kind, or has no such layer or field.
    CRSError
        If the coordinate system is neither declared nor decidable, contradicts the numbers, or
        is on an old datum and no parameters are given.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.geojson"
    >>> square = shapely.box(120, 30, 121, 31)
    >>> gpd.GeoDataFrame({"ZL": ["东村"]}, geometry=[square], crs=4326).to_file(file)
    >>> read_layer(file).data["ZL"].tolist()
    ['东村']
    """
    name = _display(source)
    raw = _load(source, layer=layer, encoding=encoding, pick=False, lang=lang)
    frame, findings, why = _placed(raw, name=name, crs=crs, place=place, lang=lang)
    if frame.crs is None:
        raise CRSError(
            f"{name} {why.zh}。请用 crs= 指明坐标系（如 EPSG:4549），或给出 place=(经度, 纬度)。",
            f"{name}: {why.en}. Name the system with crs= (EPSG:4549), or give place=(lon, lat).",
        )
    if datum_shift is not None:
        before = frame.crs
        frame = to_cgcs2000(frame, datum_shift=datum_shift)
        findings.append(_converted(name, before, frame.crs, lang))
    refuse_legacy(frame.crs, name=name)
    if to_crs is not None and normal_crs(to_crs) != frame.crs:
        before = frame.crs
        frame = convert_crs(frame, to_crs)
        findings.append(_converted(name, before, frame.crs, lang))
    table = findings_table(findings)
    frame = rename_fields(frame, fields or {}, name=name)
    if repair:
        repaired = repair_layer(frame, lang=lang)
        frame, table = repaired.data, join_findings(table, repaired.findings)
    return LayerRead(frame, table)


def rename_fields(
    frame: gpd.GeoDataFrame, fields: Mapping[str, str], *, name: str = ""
) -> gpd.GeoDataFrame:
    """Rename fields of a layer: name → field of the source.

    Raises
    ------
    InputError
        If the layer has no such field; the message lists those it has.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame({"ZDDM": ["1"]}, geometry=[shapely.Point(0, 0)])
    >>> list(rename_fields(layer, {"parcel_id": "ZDDM"}))
    ['parcel_id', 'geometry']
    """
    missing = [source for source in fields.values() if source not in frame.columns]
    if missing:
        names = "、".join(str(c) for c in frame.columns if c != frame.geometry.name)
        raise InputError(
            f"{name} 没有字段 {'、'.join(missing)}，现有：{names}。",
            f"{name} has no field {', '.join(missing)}; it has {names.replace('、', ', ')}.",
        )
    given = {source: column for column, source in fields.items()}
    taken = {c: f"{c}_1" for c in frame.columns if c in fields and c not in given}
    return frame.rename(columns=taken | given)


def inspect_layer(
    source: str | os.PathLike[str],
    *,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    place: Sequence[float] | None = None,
    lang: Lang = "zh",
) -> LayerReport:
    """Tell what a layer is: encoding, coordinate system, fields, layers, faults.

    A layer that `read_layer` refuses for its coordinate system is still reported, with the
    reason in the findings. Of several layers the first is looked into.

    Raises
    ------
    InputError
        If the source cannot be read at all.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.geojson"
    >>> square = shapely.box(120, 30, 121, 31)
    >>> gpd.GeoDataFrame({"ZL": ["东村"]}, geometry=[square], crs=4326).to_file(file)
    >>> report = inspect_layer(file)
    >>> report.crs, report.encoding, report.count, report.fields
    ('EPSG:4326', 'UTF-8', 1, ('ZL',))
    """
    name = _display(source)
    raw = _load(source, layer=layer, encoding=encoding, pick=True, lang=lang)
    frame, findings, _ = _placed(raw, name=name, crs=crs, place=place, lang=lang)
    if frame.crs is not None and legacy_datum(frame.crs):
        try:
            refuse_legacy(frame.crs, name=name)
        except CRSError as error:
            findings.append(_failed("layer.datum", error.zh, error.en, name, lang))
    faults = find_faults(frame, name=name, lang=lang)
    return LayerReport(
        crs=_crs_text(frame.crs),
        encoding=raw.encoding,
        count=len(frame),
        fields=tuple(str(c) for c in frame.columns if c != frame.geometry.name),
        layers=raw.layers,
        findings=join_findings(findings_table(findings), faults.findings),
        places=faults.places,
    )


def list_layers(source: str | os.PathLike[str]) -> tuple[str, ...]:
    """Name the layers of a source that have geometry.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "a.gpkg"
    >>> layer = gpd.GeoDataFrame(geometry=[shapely.box(120, 30, 121, 31)], crs=4326)
    >>> layer.to_file(file, layer="地块")
    >>> list_layers(file)
    ('地块',)
    """
    path = Path(source)
    check_signature(path)
    return _spatial_layers(path)


# ---------------------------------------------------------------- where it lies


def _placed(
    raw: _Raw, *, name: str, crs: Any, place: Sequence[float] | None, lang: Lang
) -> tuple[gpd.GeoDataFrame, list[Finding], Placing]:
    """Put a layer where it lies; without a system if that cannot be decided."""
    frame = raw.frame
    system = shifted_name(crs) if crs is not None else ""
    if system:
        frame = unshift_layer(frame, system=system)
        zh = f"声明为 {system}，已还原为 EPSG:4490"
        placing = Placing(frame.crs, False, "pass", zh, f"declared as {system}, now in EPSG:4490")
    else:
        bounds = finite_bounds(frame.geometry.array)
        placing = place_layer(bounds, declared=raw.declared if crs is None else crs, place=place)
        if crs is not None and placing.crs != normal_crs(crs):
            raise CRSError(
                f"{name} {placing.zh}：请核对 crs=。", f"{name}: {placing.en}; check crs=."
            )
        if placing.swapped:
            swapped = shapely.transform(frame.geometry.array, lambda xy: xy[:, ::-1])
            frame = frame.set_geometry(gpd.GeoSeries(swapped, index=frame.index))
        frame = frame.set_crs(placing.crs, allow_override=True)
    finding = Finding(
        check="layer.crs",
        subject=name,
        verdict=placing.verdict,
        message=say(lang, f"{name} {placing.zh}。", f"{name}: {placing.en}."),
    )
    return frame, [*raw.findings, finding], placing


def _converted(name: str, before: Any, after: Any, lang: Lang) -> Finding:
    zh = f"{name} 由 {describe_crs(before)} 换算到 {describe_crs(after)}。"
    en = f"{name} converted from {describe_crs(before, 'en')} to {describe_crs(after, 'en')}."
    message = say(lang, zh, en)
    return Finding(check="layer.conversion", subject=name, verdict="pass", message=message)


def _crs_text(crs: Any) -> str:
    if crs is None:
        return ""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.name)


# ---------------------------------------------------------------- kinds of sources


def _load(
    source: str | os.PathLike[str],
    *,
    layer: str | None,
    encoding: str | None,
    pick: bool,
    lang: Lang,
) -> _Raw:
    """Read a source as it stands. ``pick``: of several layers take the first."""
    if is_database(source):
        frame = read_table(str(source), layer)
        return _Raw(frame, frame.crs)
    path = Path(source)
    check_signature(path)
    if path.suffix.lower() in {".zip", ".kmz"}:
        with unpacked(path, layer=layer) as inside:
            inner = None if inside.stem == layer and inside.suffix.lower() != ".gdb" else layer
            return _load(inside, layer=inner, encoding=encoding, pick=pick, lang=lang)
    if points_file(path):
        return _from_points(path, layer, encoding, lang)
    # a NaN among the coordinates is a fault to be found later, not a warning of numpy's
    with _damage(path), np.errstate(invalid="ignore"):
        if path.suffix.lower() == ".shp":
            return _from_shapefile(path, encoding, lang)
        if path.suffix.lower() in {".parquet", ".geoparquet"}:
            frame = gpd.read_parquet(path)
            return _Raw(frame.reset_index(drop=True), frame.crs, layers=(path.stem,))
        if path.suffix.lower() not in SUFFIXES:
            raise InputError(
                f"不支持的格式：{path.name}。可读：{'、'.join(SUFFIXES)}，或 postgresql:// 地址。",
                f"{path.name} is of no known kind; known are {', '.join(SUFFIXES)} "
                "and postgresql:// addresses.",
            )
        return _from_gdal(path, layer, encoding, pick=pick, lang=lang)


def _from_gdal(
    path: Path,
    layer: str | None,
    encoding: str | None,
    pick: bool,
    lang: Lang,
) -> _Raw:
    layers = _spatial_layers(path)
    chosen = _choose(path, layers, layer, pick=pick)
    if path.suffix.lower() in {".geojson", ".json"}:
        name = _text_encoding(path, encoding)
        if name != "UTF-8":
            with TemporaryDirectory(prefix="landgis-") as folder:
                copy = Path(folder) / path.name
                copy.write_text(decode_text(path.read_bytes(), encoding=name)[0], encoding="utf-8")
                raw = _from_gdal(copy, None, None, pick=pick, lang=lang)
            zh = f"{path.name} 不是 UTF-8，按 {name} 读取（GeoJSON 应为 UTF-8）。"
            en = f"{path.name} is not UTF-8, read as {name} (GeoJSON has to be UTF-8)."
            finding = _failed("layer.encoding", zh, en, path.name, lang)
            return replace(raw, encoding=name, findings=[*raw.findings, finding])
    frame, findings = _bulk(path, chosen, None, lang)
    if path.suffix.lower() == ".kml":
        frame = frame.drop(columns=[c for c in frame.columns if c in _KML_OWN])
    if path.suffix.lower() == ".dxf":
        frame, more = _closed_lines(frame, path.name, lang)
        frame, used = _drawn_text(frame, encoding)
        return _Raw(frame, frame.crs, used, layers, findings + more)
    return _Raw(frame, frame.crs, "UTF-8", layers, findings)


def _from_shapefile(path: Path, encoding: str | None, lang: Lang) -> _Raw:
    if sibling(path, ".shx") is None:
        with TemporaryDirectory(prefix="landgis-") as folder:
            copy = Path(folder) / path.name
            for suffix in (".shp", ".dbf", ".prj", ".cpg"):
                part = sibling(path, suffix)
                if part is not None:
                    shutil.copyfile(part, copy.with_suffix(suffix))
            rebuild_index(copy, copy.with_suffix(".shx"))
            raw = _from_shapefile(copy, encoding, lang)
        zh = f"{path.name} 缺 .shx 索引，已按 .shp 中的记录临时重建（原文件未改动）。"
        en = f"{path.name} has no .shx; rebuilt from the records for this reading only."
        finding = _failed("layer.index", zh, en, path.name, lang)
        return replace(raw, findings=[finding, *raw.findings])
    findings: list[Finding] = []
    bad = check_shapes(path)
    if len(bad):
        rows = "、".join(str(row) for row in bad[:10])
        zh = f"{path.name} 有 {len(bad)} 条图形记录已损坏，读作空图形（行 {rows}）。"
        en = f"{path.name} has {len(bad)} damaged shapes, read as missing (rows {rows})."
        findings.append(_failed("layer.shapes", zh, en, path.name, lang))
    dbf = sibling(path, ".dbf")
    if dbf is None:
        zh = f"{path.name} 缺 .dbf，只有图形，没有属性。"
        en = f"{path.name} has no .dbf: shapes without attributes."
        findings.append(_failed("layer.attributes", zh, en, path.name, lang))
        frame, more = _bulk(path, None, None, lang)
        return _Raw(frame, frame.crs, "UTF-8", (path.stem,), findings + more)
    header = read_dbf_header(dbf)
    findings += _count_findings(path, header.count, lang)
    decided = decide_dbf_encoding(dbf, header, encoding=encoding, lang=lang)
    names, cut = field_names(header, decided.name)
    if cut:
        zh = f"{path.name} 的字段名在 10 字节处截断了汉字：{'、'.join(cut)}。"
        en = f"{path.name}: field names cut within a character at ten bytes: {', '.join(cut)}."
        findings.append(_failed("layer.field_names", zh, en, path.name, lang))
    # what iconv cannot decode is read as bytes (Latin-1 keeps them all) and decoded here
    through = "ISO-8859-1" if cut or decided.cut else decided.name
    frame, more = _bulk(path, None, through, lang, names)
    lost = [name for name in names if name not in frame.columns]
    if lost:
        zh = f"{path.name} 的字段 {'、'.join(lost)} 无法读取（类型不明或名为 geometry）。"
        en = (
            f"{path.name}: fields {', '.join(lost)} cannot be read (of no known kind, or geometry)."
        )
        findings.append(_failed("layer.field_names", zh, en, path.name, lang))
    if through != decided.name:
        frame = _decoded(frame, decided.name)
    frame, renamed = _full_names(frame, path, lang)
    findings = [decided.finding, *findings, *more, *renamed]
    return _Raw(frame, frame.crs, decided.name, (path.stem,), findings)


def _count_findings(path: Path, records: int, lang: Lang) -> list[Finding]:
    index = sibling(path, ".shx")
    shapes = len(read_index(index)[0]) if index is not None else records
    if shapes == records:
        return []
    zh = f"{path.name} 有 {shapes} 个图形、{records} 条属性，数目不符，按先后对应。"
    en = f"{path.name} has {shapes} shapes and {records} records; matched in order."
    finding = _failed("layer.count", zh, en, path.name, lang)
    return [replace(finding, expected=float(shapes), actual=float(records))]


def _full_names(
    frame: gpd.GeoDataFrame, path: Path, lang: Lang
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Undo the shortening of field names by the map beside the shapefile, if there is one."""
    table = path.with_suffix(".fields.csv")
    if not table.is_file():
        return frame, []
    rows = csv_rows(table.read_bytes(), name=table.name)
    pairs = {row[0]: row[1] for row in rows[1:] if len(row) == 2 and row[0] in frame.columns}
    pairs = {short: full for short, full in pairs.items() if short != full}
    if not pairs:
        return frame, []
    zh = f"{path.name} 的 {len(pairs)} 个字段名按 {table.name} 还原。"
    en = f"{path.name}: {len(pairs)} field names restored from {table.name}."
    message = say(lang, zh, en)
    finding = Finding(check="layer.field_names", subject=path.name, verdict="pass", message=message)
    return frame.rename(columns=pairs), [finding]


def _from_points(path: Path, layer: str | None, encoding: str | None, lang: Lang) -> _Raw:
    name = path.name
    if path.suffix.lower() == ".txt":
        raw = path.read_bytes()
        read = read_points_text(raw, name=name, encoding=encoding, lang=lang)
        used = decode_text(raw, encoding=encoding)[1]
    elif path.suffix.lower() == ".csv":
        raw = path.read_bytes()
        rows = csv_rows(raw, name=name, encoding=encoding)
        read = read_points_table([(path.stem, rows)], name=name, lang=lang)
        used = decode_text(raw, encoding=encoding)[1]
    else:
        read, used = _from_workbook(path, layer, lang), "UTF-8"
    declared = header_crs(read.header, finite_bounds(read.data.geometry.array))
    findings = [Finding(**row) for row in read.findings.to_dict("records")]
    return _Raw(read.data, declared, used, (path.stem,), findings)


def _from_workbook(path: Path, layer: str | None, lang: Lang) -> PointsRead:
    if path.suffix.lower() != ".xls":
        check_zipped(path)
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        titles = book.sheet_names if layer is None else [layer]
        if layer is not None and layer not in book.sheet_names:
            raise _no_layer(path, tuple(book.sheet_names), layer)
        sheets = [(title, book.get_sheet_by_name(title).to_python()) for title in titles]
    except (python_calamine.CalamineError, OSError) as error:
        raise InputError(
            f"{path.name} 打不开（已损坏或加密）：{error}。",
            f"{path.name} cannot be opened: {error}.",
        ) from None
    return read_points_table(sheets, name=path.name, lang=lang)


# ---------------------------------------------------------------- GDAL


def _bulk(
    path: Path,
    layer: str | None,
    encoding: str | None,
    lang: Lang,
    names: Sequence[str] = (),
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Read a layer through Arrow; what GDAL warns of comes back as findings.

    ``names``: names of all fields, to take the place of GDAL's reading of them.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            # GDAL 3.12 crashes on a FlatGeobuf with a missing shape that is read through Arrow
            arrow = path.suffix.lower() != ".fgb"
            frame = pyogrio.read_dataframe(path, layer=layer, encoding=encoding, use_arrow=arrow)
            unclosed: list[int] = []
        except shapely.errors.GEOSException:
            frame, unclosed = _closed(path, layer, encoding)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError(
            f"{path.name} 没有图形，只是一张表。", f"{path.name} has no geometry: it is a table."
        )
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    if len(names) == len(frame.columns) - 1:  # GDAL passes over fields of kinds it does not know
        frame.columns = [*names, "geometry"]
    gaps = [c for c in frame.columns if frame[c].dtype == "str" and frame[c].hasnans]
    if gaps:
        frame = frame.fillna(dict.fromkeys(gaps, ""))
    told = dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, RuntimeWarning))
    findings = [
        Finding(
            check="layer.gdal",
            subject=path.name,
            verdict="unknown",
            message=say(
                lang, f"{path.name} 读取时 GDAL 提示：{text}", f"{path.name}: GDAL says {text}"
            ),
        )
        for text in told
    ]
    if unclosed:
        rows = "、".join(map(str, unclosed[:10]))
        zh = f"{path.name} 有 {len(unclosed)} 个要素的环未闭合，已补上首点（行 {rows}）。"
        en = f"{path.name}: {len(unclosed)} features with unclosed rings, closed (rows {rows})."
        findings.append(_failed("layer.unclosed", zh, en, path.name, lang))
    return frame, findings


def _closed(
    path: Path, layer: str | None, encoding: str | None
) -> tuple[gpd.GeoDataFrame, list[int]]:
    """Read a layer some of whose rings do not end where they begin, and close them."""
    options = {"layer": layer, "encoding": encoding, "use_arrow": True}
    fixed = pyogrio.read_dataframe(path, on_invalid="fix", **options)
    strict = pyogrio.read_dataframe(path, on_invalid="ignore", **options)
    lost = strict.geometry.isna() & ~fixed.geometry.isna()
    return fixed, np.flatnonzero(lost).tolist()


def _spatial_layers(path: Path) -> tuple[str, ...]:
    with _damage(path):
        found = pyogrio.list_layers(path)
    return tuple(str(name) for name, kind in found if kind is not None)


def _choose(path: Path, layers: tuple[str, ...], layer: str | None, *, pick: bool) -> str:
    if layer is not None and layer not in layers:
        raise _no_layer(path, layers, layer)
    if not layers:
        raise InputError(
            f"{path.name} 中没有带图形的图层。", f"{path.name} has no layer with geometry."
        )
    if layer is None and len(layers) > 1 and not pick and path.suffix.lower() != ".kml":
        listed = "、".join(layers)
        raise InputError(
            f"{path.name} 中有 {len(layers)} 个图层：{listed}。请用 layer= 指明。",
            f"{path.name} has {len(layers)} layers: {listed.replace('、', ', ')}. "
            "Choose one with layer=.",
        )
    return layer or layers[0]


def _no_layer(path: Path, layers: tuple[str, ...], layer: str) -> InputError:
    listed = "、".join(layers)
    return InputError(
        f"{path.name} 中没有图层“{layer}”，现有：{listed}。",
        f"{path.name} has no layer “{layer}”; it has {listed.replace('、', ', ')}.",
    )


def _decoded(frame: gpd.GeoDataFrame, encoding: str) -> gpd.GeoDataFrame:
    """Decode text that was read byte by byte; half a character at the end is left out."""

    def decode(text: Any) -> Any:
        return text.encode("latin-1").decode(encoding, "ignore") if isinstance(text, str) else text

    for name in frame.columns:
        if name != "geometry" and pd.api.types.is_string_dtype(frame[name]):
            frame[name] = frame[name].map(decode).astype("str")
    return frame


def _closed_lines(
    frame: gpd.GeoDataFrame, name: str, lang: Lang
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Polygons of a drawing: its hatches and closed polylines; the rest is left out and told."""
    shapes = frame.geometry.array
    kinds = shapely.get_type_id(shapes)
    coordinates = shapely.get_num_coordinates(shapes)
    closed = (kinds == 1) & (coordinates >= 4)
    closed[closed] = shapely.is_closed(shapes[closed])
    kept = closed | np.isin(kinds, (3, 6))
    left = int((~kept).sum())
    polygons = np.asarray(shapes, dtype=object).copy()
    polygons[closed] = shapely.polygons(
        [shapely.LinearRing(line.coords) for line in shapes[closed]]
    )
    out = frame.set_geometry(gpd.GeoSeries(polygons, index=frame.index, crs=frame.crs))
    findings = []
    if left:
        zh = f"{name} 中有 {left} 个实体不是闭合多段线或填充，未读作面。"
        en = f"{name}: {left} entities are no closed polylines or hatches and were left out."
        findings.append(_failed("layer.open_lines", zh, en, name, lang))
    return out[kept].reset_index(drop=True), findings


def _drawn_text(frame: gpd.GeoDataFrame, encoding: str | None) -> tuple[gpd.GeoDataFrame, str]:
    """Decode the text of a drawing that names a Western code page and holds Chinese bytes."""
    used = "UTF-8"
    for name in frame.columns[frame.dtypes == "str"]:
        try:
            raw = "\n".join(frame[name]).encode("latin-1")
        except UnicodeEncodeError:  # decoded already, by the code page that the drawing names
            continue
        text, used = decode_text(raw, name=name, encoding=encoding)
        frame = frame.assign(**{name: pd.Series(text.split("\n"), frame.index, dtype="str")})
    return frame, used


def _text_encoding(path: Path, encoding: str | None) -> str:
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
        read: Callable[[], bytes] = lambda: file.read(2**22)  # noqa: E731 - iter() takes a callable
        yield from iter(read, b"")


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    """Turn what the libraries raise on a damaged file into one sentence."""
    try:
        yield
    except LandgisError:
        raise
    except Exception as error:  # noqa: BLE001 - damage makes the libraries raise anything
        text = " ".join(str(error).split())[:200]
        raise InputError(
            f"{path.name} 无法读取，文件可能已损坏：{text}。请重新索取，或用 QGIS 另存后再读。",
            f"{path.name} cannot be read, it may be damaged: {text}. "
            "Ask for it again, or save it anew from QGIS.",
        ) from None


def _display(source: str | os.PathLike[str]) -> str:
    """Name a source in a message: never a password, never a whole path."""
    if is_database(source):
        return str(source).rsplit("@", 1)[-1].split("?", 1)[0]
    return Path(source).name


def _failed(check: str, zh: str, en: str, subject: str, lang: Lang) -> Finding:
    return Finding(check=check, subject=subject, verdict="fail", message=say(lang, zh, en))
