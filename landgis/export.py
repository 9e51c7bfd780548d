"""Layers written for other programs: QGIS, ArcGIS, databases, the bureau's exchange formats.

A file appears whole or not at all: it is written beside its place and renamed. What a format
cannot hold (long names and long text in a shapefile, lists) is changed in a stated way and told.
"""

from __future__ import annotations

import csv
import os
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from landgis.errors import CRSError, InputError
from landgis.findings import Finding, findings_table, join_findings, verdict_name
from landgis.landuse import category_name, colour
from landgis.language import Lang, say
from landgis.layers.coordinates import (
    CGCS2000,
    central_meridian,
    convert_crs,
    false_easting,
    finite_bounds,
    legacy_datum,
)
from landgis.layers.dbf import MOST_BYTES, beyond_standard, create_shapefile, dbf_fields
from landgis.layers.points import ATTRIBUTES
from landgis.layers.points_table import write_points_workbook
from landgis.layers.points_text import write_points_text
from landgis.layers.postgis import is_database, write_table
from landgis.measure import describe_crs, gk3_epsg, is_gauss_kruger, zone_of
from landgis.results import Results
from landgis.schema import CROSSWALK, PARCELS, REGIONS, Table

FORMATS = MappingProxyType(
    {
        "gpkg": "GPKG",
        "shp": "ESRI Shapefile",
        "gdb": "OpenFileGDB",
        "geojson": "GeoJSON",
        "json": "GeoJSON",
        "fgb": "FlatGeobuf",
        "kml": "LIBKML",
        "parquet": "",
        "geoparquet": "",
        "txt": "",
        "xlsx": "",
    },
)
"""Formats that can be written, by suffix, with the GDAL driver where there is one."""

POINTS = MappingProxyType({"txt": ATTRIBUTES, "xlsx": ("DKBH", "DKMC")})
"""Formats of boundary points, with the fields that they hold."""

BASIS_NAMES = MappingProxyType(
    {"": "", "sample": "示例", "schematic": "示意", "approximate": "近似"}
)
_NAME_BYTES = 10
_RANK = MappingProxyType({"fail": 0, "unknown": 1, "pass": 2})


def write_layer(
    frame: gpd.GeoDataFrame,
    path: str | os.PathLike[str],
    *,
    layer: str | None = None,
    encoding: str = "UTF-8",
    lang: Lang = "zh",
) -> pd.DataFrame:
    """Write a layer in the format of the suffix.

    Parameters
    ----------
    frame
        A layer with a coordinate system (boundary points need none).
    path
        ``.gpkg .shp .gdb .geojson .fgb .parquet .kml``, boundary points as ``.txt .xlsx``, or
        the address of a database. KML is longitude and latitude (EPSG:4326); boundary points
        are in a Gauss-Krüger plane; every other format keeps the system.
    layer
        Name of the layer in the file; table of a database. The file's name if not given.
    encoding
        Encoding of a shapefile's attributes: UTF-8 or GBK.

    Returns
    -------
    DataFrame
        Findings: what the format could not hold (``export.names``, ``export.text``, …); none if
        it held everything.

    Raises
    ------
    InputError
        If the format is not known, or the folder does not exist.
    CRSError
        If the layer has no coordinate system.

    Notes
    -----
    Field names of a shapefile have ten bytes. Longer ones are cut at a character and made
    distinct; ``NAME.fields.csv`` beside the file maps them to the full names, and `read_layer`
    reads that map.

    Examples
    --------
    >>> from shapely import box
    >>> square = box(509500, 3416500, 509600, 3416600)
    >>> layer = gpd.GeoDataFrame({"地块名称": ["东村"]}, geometry=[square], crs=4549)
    >>> with TemporaryDirectory() as folder:
    ...     findings = write_layer(layer, Path(folder) / "a.gpkg")
    >>> len(findings)
    0
    """
    if is_database(path):
        write_table(frame, str(path), layer or "layer")
        return findings_table()
    path = Path(path)
    kind = _kind(path)
    if frame.crs is None and kind not in POINTS:
        raise CRSError(
            "图层没有坐标系，不能写出：请先声明。",
            "The layer has no coordinate system: declare it.",
        )
    frame, findings = _plain(frame, lang)
    if kind in POINTS:
        frame, more = _in_plane(frame, lang)
        findings += more + _left_out(frame, POINTS[kind], lang)
    with _beside(path) as draft:
        if kind == "txt":
            draft.write_bytes(write_points_text(frame, header=_text_header(frame.crs)))
        elif kind == "xlsx":
            write_points_workbook(frame, draft)
        elif kind in {"parquet", "geoparquet"}:
            frame.to_parquet(draft, index=False)
        elif kind == "shp":
            findings += _write_shapefile(frame, draft, encoding, lang)
        else:
            if kind == "kml":
                frame = convert_crs(frame, 4326)
                # KML has no empty polygon: such a row is written without geometry
                frame = frame.set_geometry(frame.geometry.mask(frame.geometry.is_empty))
            _write_gdal(frame, draft, FORMATS[kind], layer or path.stem)
    return findings_table(replace(finding, subject=path.name) for finding in findings)


def write_layers(layers: Mapping[str, pd.DataFrame], path: str | os.PathLike[str]) -> None:
    """Write several layers, and tables without geometry, into one file.

    Parameters
    ----------
    layers
        Name → layer or table.
    path
        ``.gpkg`` or ``.gdb``.

    Raises
    ------
    InputError
        If the format holds one layer only.

    Examples
    --------
    >>> from shapely import box
    >>> town = gpd.GeoDataFrame({"name": ["东镇"]}, geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> with TemporaryDirectory() as folder:
    ...     write_layers({"乡镇": town, "村": town}, Path(folder) / "a.gpkg")
    ...     pyogrio.list_layers(Path(folder) / "a.gpkg")[:, 0].tolist()
    ['乡镇', '村']
    """
    path = Path(path)
    kind = path.suffix.lower().removeprefix(".")
    if kind not in {"gpkg", "gdb"}:
        raise InputError(
            f"{path.name} 只能放一个图层；多个图层请写成 .gpkg 或 .gdb。",
            f"{path.name} holds one layer only; write several as .gpkg or .gdb.",
        )
    _require_folder(path)
    with _beside(path) as draft:
        _write_together(layers, draft, FORMATS[kind], "zh")


def write_crosswalk(
    crosswalk: pd.DataFrame | Iterable[pd.DataFrame], path: str | os.PathLike[str]
) -> None:
    """Write the table ``crosswalk`` for other programs.

    Parameters
    ----------
    crosswalk
        The table, or pieces of one too large for memory; columns and dtypes of all are those of
        the first.
    path
        ``.parquet``, ``.csv`` (UTF-8; an id that a spreadsheet would take for a formula gets
        an apostrophe in front) or ``.gpkg``.

    Raises
    ------
    InputError
        If the format is not known.

    Examples
    --------
    >>> row = {"parcel_id": ["=1"], "region_id": ["r"], "area_m2": [9.0], "share": [1.0]}
    >>> with TemporaryDirectory() as folder:
    ...     write_crosswalk(pd.DataFrame(row), Path(folder) / "a.csv")
    ...     (Path(folder) / "a.csv").read_text("utf-8-sig").split()[1]
    "'=1,r,9.0,1.0"
    """
    path = Path(path)
    require_crosswalk_path(path)
    writers = {".parquet": _pieces_to_parquet, ".csv": _pieces_to_csv, ".gpkg": _pieces_to_gpkg}
    pieces = [crosswalk] if isinstance(crosswalk, pd.DataFrame) else crosswalk
    with _beside(path) as draft:
        writers[path.suffix.lower()](pieces, draft)


def require_crosswalk_path(path: Path) -> None:
    """Refuse a path that `write_crosswalk` cannot write to, before there is anything to write.

    Raises
    ------
    InputError
        If the format is not known or there is no such folder.

    Examples
    --------
    >>> require_crosswalk_path(Path("a.csv"))
    """
    if path.suffix.lower() not in {".parquet", ".csv", ".gpkg"}:
        raise InputError(
            f"叠合结果不能写成 {path.name}，可用 .parquet、.csv、.gpkg。",
            f"The crosswalk cannot be written as {path.name}; use .parquet, .csv or .gpkg.",
        )
    _require_folder(path)


def _pieces_to_parquet(pieces: Iterable[pd.DataFrame], draft: Path) -> None:
    with ExitStack() as stack:
        writer = None
        for piece in pieces:
            table = pa.Table.from_pandas(piece, preserve_index=False)
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(draft, table.schema))
            writer.write_table(table)


def _pieces_to_csv(pieces: Iterable[pd.DataFrame], draft: Path) -> None:
    with draft.open("w", encoding="utf-8-sig", newline="") as file:
        for number, piece in enumerate(pieces):
            texts = piece.select_dtypes("str")
            safe = texts.replace(r"^([=+@\t\r]|-(?![\d.]))", r"'\1", regex=True)
            piece.assign(**safe).to_csv(file, index=False, header=number == 0)


def _pieces_to_gpkg(pieces: Iterable[pd.DataFrame], draft: Path) -> None:
    for number, piece in enumerate(pieces):
        _write_gdal(piece, draft, "GPKG", draft.stem, append=number > 0)


def export_layers(
    results: Results,
    directory: str | os.PathLike[str],
    *,
    formats: Sequence[str] = ("gpkg", "shp"),
    encoding: str = "UTF-8",
    lang: Lang = "zh",
) -> list[Path]:
    """Write the layers of a run: parcels with their verdicts, plan regions, townships, faults.

    Parameters
    ----------
    directory
        Made if it does not exist.
    formats
        Keys of `FORMATS`. A GeoPackage or File Geodatabase holds all layers and the crosswalk in
        one; other formats have a folder of their name with a file a layer, and a list of what
        the format could not hold (导出说明.csv).
    encoding
        Encoding of shapefiles: UTF-8 or GBK.

    Returns
    -------
    list
        The files and folders written, in the order of ``formats``.

    Raises
    ------
    InputError
        If a format is not known.

    Examples
    --------
    >>> from landgis.plan.model import Plan
    >>> from shapely import box
    >>> def layer(**columns):
    ...     return gpd.GeoDataFrame(columns, geometry=[box(0, 0, 9, 9)], crs=4549)
    >>> town = layer(region_id=["r"], name=["东镇"], basis=[""])
    >>> row = {"parcel_id": ["a"], "region_id": ["r"], "area_m2": [81.0], "share": [1.0]}
    >>> results = Results(
    ...     name="demo", title="示例", plan=Plan(document="plan.txt"), regions=town, townships=town,
    ...     parcels=layer(parcel_id=["a"], category=["住宅用地"], basis=["sample"]),
    ...     crosswalk=pd.DataFrame(row), findings=findings_table())
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in export_layers(results, folder, formats=["gpkg", "geojson"])]
    ['demo.gpkg', '宗地.geojson', '计划区域.geojson', '乡镇街道.geojson']
    """
    unknown = [f for f in formats if f not in FORMATS]
    if unknown:
        raise InputError(
            f"不能写出 {'、'.join(unknown)}，可用：{'、'.join(FORMATS)}。",
            f"Cannot write {', '.join(unknown)}; use {', '.join(FORMATS)}.",
        )
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    layers = run_layers(results, lang=lang)
    written = []
    for kind in formats:
        if kind in POINTS:
            written += _export_points(results, directory, kind, lang)
            continue
        if kind in {"gpkg", "gdb"}:
            path = directory / f"{results.name}.{kind}"
            with _beside(path) as draft:
                _write_together(layers, draft, FORMATS[kind], lang)
                if kind == "gpkg":
                    _add_styles(draft, layers, results=results, lang=lang)
            written.append(path)
            continue
        folder = directory / kind
        folder.mkdir(exist_ok=True)
        noted = []
        for name, frame in layers.items():
            if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
                continue
            path = folder / f"{name}.{kind}"
            noted.append(write_layer(frame, path, encoding=encoding, lang=lang))
            written.append(path)
        notes = join_findings(*noted)[["subject", "message"]]
        if len(notes):
            path = folder / say(lang, "导出说明.csv", "notes.csv")
            notes.to_csv(path, index=False, encoding="utf-8-sig")
            written.append(path)
    return written


def _export_points(results: Results, directory: Path, kind: str, lang: Lang) -> list[Path]:
    """Write the parcels as boundary points, under the names of the exchange text."""
    parcels = results.parcels[shapely.get_num_coordinates(results.parcels.geometry.array) > 0]
    if parcels.empty:
        return []
    names = {"parcel_id": "DKBH", "name": "DKMC", "category": "DKYT"}
    folder = directory / kind
    folder.mkdir(exist_ok=True)
    path = folder / f"{say(lang, '宗地', 'parcels')}.{kind}"
    write_layer(parcels[[*names, "geometry"]].rename(columns=names), path, lang=lang)
    return [path]


def run_layers(results: Results, *, lang: Lang = "zh") -> dict[str, pd.DataFrame]:
    """Lay a run out as layers to show: titles as field names, verdicts beside the parcels.

    Returns
    -------
    dict
        Name of a layer → its rows; the crosswalk is a table without geometry.
    """
    parcels = _with_verdicts(
        results.parcels, "parcel_id", results.findings["subject"], results, lang
    )
    regions = _with_verdicts(results.regions, "name", results.findings["region"], results, lang)
    layers = {
        say(lang, "宗地", "parcels"): _titled(parcels, PARCELS, lang),
        say(lang, "计划区域", "regions"): _titled(regions, REGIONS, lang),
        say(lang, "乡镇街道", "townships"): _titled(results.townships, REGIONS, lang),
        say(lang, "宗地与区域", "crosswalk"): _titled(results.crosswalk, CROSSWALK, lang),
    }
    if results.faults is not None and len(results.faults):
        layers |= fault_layers(results.faults, lang=lang)
    return layers


def fault_layers(faults: gpd.GeoDataFrame, *, lang: Lang = "zh") -> dict[str, gpd.GeoDataFrame]:
    """Lay the places of faults out as a layer of points and one of polygons (图形问题).

    A fault that is neither (a line among polygons) is shown by a point on it.

    Parameters
    ----------
    faults
        Places as `landgis.layers.faults.find_faults` gives them.

    Returns
    -------
    dict
        Name of a layer → its rows. A layer without rows is left out; if there are no faults at
        all both stay, so that a file of them can be opened.

    Examples
    --------
    >>> from shapely import Point
    >>> place = {"check": ["layer.spike"], "subject": ["1"], "message": ["1：有尖刺。"]}
    >>> list(fault_layers(gpd.GeoDataFrame(place, geometry=[Point(0, 0)], crs=4549)))
    ['图形问题_点']
    """
    polygons = faults.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    points = faults[~polygons]
    points = points.set_geometry(points.geometry.representative_point())
    titles = {"check": "问题类型", "subject": "对象", "message": "说明"}
    named = {
        say(lang, "图形问题_点", "fault_points"): points,
        say(lang, "图形问题_面", "fault_polygons"): faults[polygons],
    }
    return {
        name: part.rename(columns=titles if lang == "zh" else {})
        for name, part in named.items()
        if len(part) or faults.empty
    }


# ---------------------------------------------------------------- one layer


def _require_folder(path: Path) -> None:
    if not path.parent.is_dir():
        raise InputError(f"文件夹不存在：{path.parent}。", f"No such folder: {path.parent}.")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a place to write, hidden beside ``path``; on success what was written moves there."""
    with TemporaryDirectory(prefix=".landgis-", dir=path.parent) as folder:
        draft = Path(folder) / path.name
        yield draft
        # a shapefile is several files; all else is the one
        for part in sorted(Path(folder).iterdir()):
            target = path.parent / part.name
            if target.is_dir():
                target.rename(Path(folder) / f"old-{target.name}")
            part.replace(target)


def _kind(path: Path) -> str:
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        known = [f".{k}" for k in FORMATS]
        raise InputError(
            f"不能写出 {path.suffix or path.name}，可用：{'、'.join(known)}。",
            f"Cannot write {path.suffix or path.name}; use {', '.join(known)}.",
        )
    _require_folder(path)
    return kind


def _plain(frame: gpd.GeoDataFrame, lang: Lang) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Rows numbered from 0, geometry named geometry, lists as text."""
    frame = frame.reset_index(drop=True)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    frame.columns = [str(c) for c in frame.columns]
    lists = []
    for name in frame.columns.drop("geometry"):
        values = frame[name]
        if values.dtype == object and values.map(lambda v: isinstance(v, list | tuple)).any():
            frame[name] = values.map(lambda v: "、".join(map(str, v)))
            lists.append(name)
        elif isinstance(values.dtype, pd.CategoricalDtype):
            frame[name] = values.astype(values.cat.categories.dtype)
    if not lists:
        return frame, []
    zh = f"列表字段以顿号连接写出：{'、'.join(lists)}。"
    return frame, [_lost("export.lists", zh, f"Lists joined by 、: {', '.join(lists)}.", lang)]


def _text_header(crs: Any) -> dict[str, str]:
    """State system and zone of a plane in the keys of [属性描述]."""
    if crs is None or not is_gauss_kruger(crs):
        return {}
    prefix = int(false_easting(crs) // 1e6)
    wide = 13 <= prefix <= 23
    zone = prefix or round(central_meridian(crs) / 3)
    system = legacy_datum(crs) or "2000国家大地坐标系"
    return {"坐标系": system, "几度分带": "6" if wide else "3", "带号": str(zone)}


def _in_plane(frame: gpd.GeoDataFrame, lang: Lang) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Take degrees to the 3° plane of their middle: boundary points are metres."""
    bounds = finite_bounds(frame.geometry.array)
    if frame.crs is None or is_gauss_kruger(frame.crs) or bounds is None:
        return frame, []
    west, _, east, _ = convert_crs(frame, CGCS2000).total_bounds
    moved = convert_crs(frame, gk3_epsg(int(zone_of((west + east) / 2))))
    zh = f"界址点以米为单位，已由 {describe_crs(frame.crs)} 换算到 {describe_crs(moved.crs)}。"
    en = f"Converted from {describe_crs(frame.crs, 'en')} to {describe_crs(moved.crs, 'en')}."
    return moved, [Finding(check="export.crs", verdict="pass", message=say(lang, zh, en))]


def _left_out(frame: gpd.GeoDataFrame, kept: Sequence[str], lang: Lang) -> list[Finding]:
    names = [c for c in frame.columns if c not in {*kept, "geometry"}]
    if not names:
        return []
    zh = f"界址点没有这些字段，未写出：{'、'.join(names)}。"
    en = f"Boundary points have no such fields, left out: {', '.join(names)}."
    return [_lost("export.fields", zh, en, lang)]


def _write_gdal(
    frame: pd.DataFrame, path: Path, driver: str, layer: str, *, append: bool = False
) -> None:
    options: dict[str, Any] = {}
    if driver == "OpenFileGDB":
        options["TARGET_ARCGIS_VERSION"] = "ALL"
    elif driver == "GeoJSON":
        # the system is kept in the member crs: degrees of RFC 7946 would move the layer
        options["RFC7946"] = "NO"
    elif driver == "FlatGeobuf":
        options["SPATIAL_INDEX"] = "NO"  # it would put the rows in another order
    if driver in {"OpenFileGDB", "LIBKML"}:
        frame = _small_integers(frame)
    spatial = isinstance(frame, gpd.GeoDataFrame)
    if spatial and driver in {"OpenFileGDB", "GPKG", "FlatGeobuf"}:
        options["promote_to_multi"] = bool((frame.geometry.geom_type == "MultiPolygon").any())
    if spatial and driver == "OpenFileGDB" and frame.geometry.isna().all():
        options["geometry_type"] = "MultiPolygon"
    pyogrio.write_dataframe(frame, path, layer=layer, driver=driver, append=append, **options)


def _small_integers(frame: pd.DataFrame) -> pd.DataFrame:
    """Give whole numbers 32 bits where they fit: what ArcGIS before Pro 3.2 and KML can hold."""
    limit = np.iinfo(np.int32).max
    fits = {
        name: "Int32" if frame[name].hasnans else "int32"
        for name in frame.columns
        if pd.api.types.is_integer_dtype(frame[name]) and frame[name].abs().max() <= limit
    }
    return frame.astype(fits)


def _write_shapefile(
    frame: gpd.GeoDataFrame, path: Path, encoding: str, lang: Lang
) -> list[Finding]:
    """Write a shapefile with its .cpg, its language byte, and the map of shortened names."""
    if encoding not in {"UTF-8", "GBK"}:
        raise InputError(
            f"shapefile 的编码应为 UTF-8 或 GBK，不是 {encoding}。",
            f"A shapefile is written in UTF-8 or GBK, not {encoding}.",
        )
    names = short_names([c for c in frame.columns if c != "geometry"], encoding=encoding)
    _require_encodable(frame, encoding)
    findings = _long_text(frame, encoding, lang)
    shortened = {short: full for short, full in names.items() if short != full}
    frame = _dbf_types(frame.rename(columns={full: short for short, full in names.items()}))
    fields = dbf_fields(frame, encoding=encoding)
    create_shapefile(frame, path, fields=fields, encoding=encoding)
    with warnings.catch_warnings():
        # GDAL warns of text it cuts; `_long_text` has told it already, with the fields
        warnings.filterwarnings("ignore", message=".*truncated to 254 characters")
        # into the fields made above; text goes to GDAL as UTF-8, which writes what the .cpg says
        pyogrio.write_dataframe(frame, path, driver="ESRI Shapefile", encoding="UTF-8", append=True)
    findings += _wider(fields, lang)
    if encoding == "GBK":
        with path.with_suffix(".dbf").open("r+b") as file:
            file.seek(29)
            file.write(b"\x4d")  # LDID of code page 936
    # written whether names were shortened or not: an older map must not outlive its shapefile
    with path.with_suffix(".fields.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([("field", "name"), *names.items()])
    if shortened:
        pairs = "、".join(f"{full}→{short}" for short, full in shortened.items())
        zh = f"字段名超过 10 字节，已缩短（对照表 {path.stem}.fields.csv）：{pairs}。"
        en = f"Field names over ten bytes shortened (map in {path.stem}.fields.csv): {pairs}."
        findings.append(_lost("export.names", zh, en, lang))
    return findings


def _wider(fields: dict[str, str], lang: Lang) -> list[Finding]:
    return [
        _lost(
            "export.width",
            f"字段 {name} 的内容超出标准（{stated}），已按 {fields[name]} 写出，未截断。",
            f"Field {name} needs more than the standard's {stated}: written as {fields[name]}.",
            lang,
        )
        for name, stated in beyond_standard(fields).items()
    ]


def short_names(names: Sequence[str], *, encoding: str = "UTF-8") -> dict[str, str]:
    """Give field names of at most ten bytes, cut between characters and distinct.

    Returns
    -------
    dict
        Short name → full name, in order. Distinct also without regard to case.

    Examples
    --------
    >>> short_names(["登记面积_平方米", "登记面积_亩", "用途"])
    {'登记面': '登记面积_平方米', '登记面1': '登记面积_亩', '用途': '用途'}
    """
    taken: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        number, short = 0, _cut(name, _NAME_BYTES, encoding)
        while short.upper() in used or not short:
            number += 1
            short = _cut(name, _NAME_BYTES - len(str(number)), encoding) + str(number)
        used.add(short.upper())
        taken[short] = name
    return taken


def _cut(text: str, size: int, encoding: str) -> str:
    return text.encode(encoding, "replace")[:size].decode(encoding, "ignore")


def _require_encodable(frame: gpd.GeoDataFrame, encoding: str) -> None:
    for name in frame.columns.drop("geometry"):
        texts = frame[name].dropna() if pd.api.types.is_string_dtype(frame[name]) else ()
        for text in (name, *texts):
            try:
                text.encode(encoding)
            except UnicodeEncodeError as error:
                bad = text[error.start : error.end]
                raise InputError(
                    f"字段 {name} 中的“{bad}”不在 {encoding} 字符集中，请用 UTF-8 写出。",
                    f"“{bad}” in field {name} is not in {encoding}: write UTF-8.",
                ) from None


def _long_text(frame: gpd.GeoDataFrame, encoding: str, lang: Lang) -> list[Finding]:
    findings = []
    for name in frame.columns.drop("geometry"):
        if not pd.api.types.is_string_dtype(frame[name]):
            continue
        texts = frame[name].dropna()
        long = texts[texts.str.len() * 4 > MOST_BYTES]
        sizes = long.map(lambda text: len(text.encode(encoding, "replace")))
        count = int((sizes > MOST_BYTES).sum())
        if count:
            zh = f"字段 {name} 有 {count} 行超过 254 字节，shapefile 存不下，已截断。"
            en = f"Field {name}: {count} texts over 254 bytes are cut by the shapefile."
            findings.append(_lost("export.text", zh, en, lang))
    return findings


def _dbf_types(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Turn times into ISO text, which a DBF has no type for."""
    times = [c for c in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[c])]
    for name in times:
        iso = frame[name].map(lambda value: "" if pd.isna(value) else value.isoformat())
        frame[name] = iso.astype("str")
    return frame


def _lost(check: str, zh: str, en: str, lang: Lang) -> Finding:
    return Finding(check=check, verdict="fail", message=say(lang, zh, en))


# ---------------------------------------------------------------- the layers of a run


def _with_verdicts(
    frame: gpd.GeoDataFrame, key: str, subjects: pd.Series, results: Results, lang: Lang
) -> gpd.GeoDataFrame:
    """Add the worst verdict on each row, and what was said of it."""
    about = pd.DataFrame(
        {
            "key": subjects,
            "rank": results.findings["verdict"].map(_RANK),
            "message": results.findings["message"],
        }
    )
    about = about[(about["key"] != "") & about["key"].isin(frame[key])]
    names = {rank: verdict_name(verdict, lang) for verdict, rank in _RANK.items()}
    worst = about.groupby("key")["rank"].min().map(names).to_dict()
    told = about[about["rank"] < 2].groupby("key")["message"].agg("\n".join).to_dict()
    return frame.assign(
        **{
            title: frame[key].map(lambda k, said=said: said.get(k, "")).astype("str")
            for title, said in (
                (say(lang, "检查结果", "verdict"), worst),
                (say(lang, "检查说明", "messages"), told),
            )
        }
    )


def _titled(frame: pd.DataFrame, schema: Table, lang: Lang) -> pd.DataFrame:
    """Rename columns to their titles (Chinese), brackets as an underscore; values of basis too."""
    if lang == "en":
        return frame
    titles = {c.name: c.zh.replace("（", "_").removesuffix("）") for c in schema.columns}
    titles["geometry"] = "geometry"
    if "basis" in frame:
        frame = frame.assign(basis=frame["basis"].map(lambda v: BASIS_NAMES.get(v, v)))
    return frame.rename(columns=titles)


def _write_together(
    layers: Mapping[str, pd.DataFrame], path: Path, driver: str, lang: Lang
) -> None:
    for number, (name, frame) in enumerate(layers.items()):
        plain = _plain(frame, lang)[0] if isinstance(frame, gpd.GeoDataFrame) else frame
        _write_gdal(plain, path, driver, name, append=number > 0)


def _add_styles(
    path: Path, layers: Mapping[str, pd.DataFrame], *, results: Results, lang: Lang
) -> None:
    """Add default styles that QGIS reads (table ``layer_styles``)."""
    parcels, regions, townships, _, *faults = layers
    uses = sorted(set(results.parcels["category"]))
    field = say(lang, "用途", "category")
    styles = [(parcels, _categorised(field, uses, lang))]
    styles += [(name, _single(_symbol("0", "#FFFFFF", "no"))) for name in (regions, townships)]
    for name in faults:
        points = (layers[name].geometry.geom_type == "Point").all()
        styles.append(
            (name, _single(_cross() if points else _symbol("0", "#E31A1C", "b_diagonal")))
        )
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, "
            "f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256), "
            "f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT, "
            "useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), "
            "update_time DATETIME DEFAULT CURRENT_TIMESTAMP)"
        )
        database.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles')"
        )
        database.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, "
            "f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner) "
            "VALUES ('', '', ?, ?, 'landgis', ?, '', 1, 'landgis', '')",
            [(name, "geom", qml) for name, qml in styles],
        )


def _categorised(field: str, uses: Sequence[str], lang: Lang) -> str:
    """Give a QGIS style (QML) with a colour a category."""
    rows = "".join(
        f"<category value={quoteattr(use)} label={quoteattr(category_name(use, lang))} "
        f'symbol="{k}" render="true"/>'
        for k, use in enumerate(uses)
    )
    symbols = "".join(_symbol(str(k), colour(use), "solid") for k, use in enumerate(uses))
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22"><renderer-v2 type="categorizedSymbol" '
        f"attr={quoteattr(field)}><categories>{rows}</categories>"
        f"<symbols>{symbols}</symbols></renderer-v2></qgis>"
    )


def _single(symbol: str) -> str:
    """Give a QGIS style (QML) of one symbol for all rows."""
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22"><renderer-v2 type="singleSymbol">'
        f"<symbols>{symbol}</symbols></renderer-v2></qgis>"
    )


def _cross() -> str:
    """Give a red cross, which marks the place of a fault."""
    options = {"name": "cross2", "outline_color": "227,26,28,255", "size": "4"}
    return (
        '<symbol type="marker" name="0" alpha="1"><layer class="SimpleMarker" enabled="1">'
        f"{_options(options)}</layer></symbol>"
    )


def _symbol(name: str, fill: str, style: str) -> str:
    red, green, blue = (int(fill[k : k + 2], 16) for k in (1, 3, 5))
    options = {
        "color": f"{red},{green},{blue},200",
        "style": style,
        "outline_color": "60,60,60,255",
        "outline_width": "0.26",
        "outline_style": "solid",
    }
    return (
        f'<symbol type="fill" name="{name}" alpha="1"><layer class="SimpleFill" enabled="1">'
        f"{_options(options)}</layer></symbol>"
    )


def _options(options: Mapping[str, str]) -> str:
    written = "".join(
        f'<Option type="QString" name="{key}" value="{value}"/>' for key, value in options.items()
    )
    return f'<Option type="Map">{written}</Option>'
