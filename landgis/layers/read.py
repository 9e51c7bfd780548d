"""Any vector source, read in its right place and with its right letters, and what was decided.

Nothing is dropped, repaired or reprojected without being asked for; what was decided on the way
(encoding, coordinate system, order of axes) is returned as findings beside the data. Lists of
parcels without shapes (宗地清单, 储备库) are read as rows under heads; a layer goes from one format
to another in bounded memory, whatever its size.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from tqdm import tqdm

from landgis.crs import (
    Bounds,
    Placing,
    convert_crs,
    converted,
    finite_bounds,
    place_layer,
    shifted_name,
    to_cgcs2000,
    unshift_layer,
)
from landgis.errors import CRSError, InputError, require
from landgis.files.whole import inputs_kept, is_database, once
from landgis.findings import Finding, define, findings_table, join_findings
from landgis.formats.columns import distinct
from landgis.formats.gdal import Frames, spatial_layers
from landgis.formats.kinds import PLAIN_POINTS, PointsOptions
from landgis.formats.points_files import csv_rows, read_sheets
from landgis.formats.postgis import Existing, list_tables
from landgis.formats.registry import READABLE, check_content, format_of, open_source, write_layer
from landgis.layers.faults import count_impossible, find_faults, repair_layer, tell_impossible
from landgis.measure.systems import CGCS2000, legacy_datum, normal_crs, refuse_legacy
from landgis.schema import KNOWN, guess_fields

DATUM = define("""layer.datum 基准 | datum
    图层是否在旧基准上 | whether a layer is on an old datum
    old: {why} | {why}""")


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

    def __repr__(self) -> str:
        """Say how much there is, not all of it."""
        return f"<LayerRead: data {self.data.shape}, findings {self.findings.shape}>"


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
    data
        The rows, in their place; ``attrs`` holds what the file says of the layer: ``title``,
        ``description``, ``aliases`` and ``domains`` of fields.
    """

    crs: str
    encoding: str
    count: int
    fields: tuple[str, ...]
    layers: tuple[str, ...]
    findings: pd.DataFrame
    places: gpd.GeoDataFrame
    data: gpd.GeoDataFrame


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
        Parameters from 1980西安 or 1954北京 to CGCS2000, see `conversion.to_cgcs2000`.
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
    require(source, os.PathLike, str, name="source")
    wanted = {"crs": crs, "place": place, "datum_shift": datum_shift, "to_crs": to_crs}
    name = display_name(source)

    def whole() -> tuple[gpd.GeoDataFrame, list[Finding]]:
        with open_source(source, layer=layer, encoding=encoding) as raw:
            (frame,) = raw.frames(None)
        return frame, list(raw.findings)

    frame, told = once(source, (layer, encoding), whole)
    walk, more = _route(frame.iloc[:0], finite_bounds(frame.geometry.array), name, wanted)
    table = findings_table([*told, *more])
    frame = rename_fields(walk(frame), fields or {}, name=name)
    if repair:
        repaired = repair_layer(frame)
        frame, table = repaired.data, join_findings(table, repaired.findings)
    return LayerRead(frame, table)


KEPT_PARTS = 15
"""Frames of a layer that are kept in memory rather than read again."""


@contextmanager
def stream_layer(
    source: str | os.PathLike[str],
    *,
    rows: int,
    layer: str | None = None,
    encoding: str | None = None,
    **wanted: Any,
) -> Iterator[tuple[Iterator[gpd.GeoDataFrame], list[Finding]]]:
    """Open a layer to go through it in its place, so many rows at a time, and say what was decided.

    It is gone through before for its extent, which decides where it lies. A source that can only
    be read whole (boundary points, a drawing, a database) comes in one frame. What is wanted is as
    of `read_layer`: ``crs``, ``to_crs``, ``datum_shift`` and ``place``.
    """
    with open_source(source, layer=layer, encoding=encoding) as raw:
        sample, bounds, again = _surveyed(raw.frames, rows)
        walk, more = _route(sample, bounds, display_name(source), wanted)
        yield map(walk, again), [*raw.findings, *more]


def _surveyed(
    frames: Frames, rows: int
) -> tuple[gpd.GeoDataFrame, Bounds | None, Iterator[gpd.GeoDataFrame]]:
    """Go through a layer for its columns and extent, then again; a small one is kept."""
    kept: list[gpd.GeoDataFrame] = []
    corners, held, some = [], 0, None
    for frame in frames(rows):
        some = frame if some is None else some
        held += len(frame)
        if held <= KEPT_PARTS * rows:
            kept.append(frame)
        else:
            kept.clear()
        found = finite_bounds(frame.geometry.array)
        corners += [shapely.box(*found)] if found else []
    if some is None:
        (some,) = frames(None)
        kept = [some]
    again = frames(rows) if held > KEPT_PARTS * rows else iter(kept)
    return some.iloc[:0], finite_bounds(corners), again


def fields_of(frame: gpd.GeoDataFrame) -> list[str]:
    """Name the fields of a layer: its columns but for the shapes.

    Examples
    --------
    >>> fields_of(gpd.GeoDataFrame({"ZDDM": ["1"]}, geometry=[shapely.Point(0, 0)]))
    ['ZDDM']
    """
    return [str(column) for column in frame.columns if column != frame.geometry.name]


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
        names = "、".join(fields_of(frame))
        raise InputError(
            f"{name} 没有字段 {'、'.join(missing)}，现有：{names}。",
            f"{name} has no field {', '.join(missing)}; it has {names.replace('、', ', ')}.",
        )
    given = {source: column for column, source in fields.items()}
    others = sorted((c for c in frame.columns if c not in given), key=fields.__contains__)
    free = distinct([*fields, *others])[len(fields) :]
    named = frame.rename(columns=dict(zip(others, free, strict=True)) | given)
    again = {column: given[source] for column, source in fields.items() if column not in named}
    return named.assign(**{column: named[other] for column, other in again.items()})


def inspect_layer(
    source: str | os.PathLike[str],
    *,
    layer: str | None = None,
    crs: Any = None,
    encoding: str | None = None,
    place: Sequence[float] | None = None,
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
    name = display_name(source)
    with open_source(source, layer=layer, encoding=encoding, pick=True) as raw:
        (frame,) = raw.frames(None)
    bounds = finite_bounds(frame.geometry.array)
    placing, step = _placing(frame.crs, bounds, name, crs=crs, place=place)
    frame = step(frame)
    findings = [*raw.findings, placing.finding(name)]
    if frame.crs is not None and legacy_datum(frame.crs):
        try:
            refuse_legacy(frame.crs, name=name)
        except CRSError as error:
            findings.append(
                DATUM.finding(
                    "old", "fail", subject=name, values={"why": {"zh": error.zh, "en": error.en}}
                )
            )
    faults = find_faults(frame, name=name)
    infinite = count_impossible(frame)
    del infinite[""]  # shapes are told one by one
    findings += tell_impossible(infinite, name)
    return LayerReport(
        crs=_crs_text(frame.crs),
        encoding=raw.encoding,
        count=len(frame),
        fields=tuple(fields_of(frame)),
        layers=raw.layers,
        findings=join_findings(findings_table(findings), faults.findings),
        places=faults.places,
        data=frame,
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
    if is_database(source):
        return list_tables(str(source))
    path = Path(source)
    check_content(path)
    if path.suffix.lower() in READABLE and not format_of(path.suffix.lower()).in_parts:
        with open_source(path, pick=True) as opened:
            return opened.layers
    return spatial_layers(path)


# ---------------------------------------------------------------- from the file to its place

Step = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]


def _route(
    sample: gpd.GeoDataFrame, bounds: Bounds | None, name: str, wanted: Mapping[str, Any]
) -> tuple[Step, list[Finding]]:
    """Decide by its extent how rows of a layer get to where they lie, and what is told of it.

    Parameters
    ----------
    sample
        The layer without its rows.
    wanted
        ``crs``, ``place``, ``datum_shift``, ``to_crs`` of `read_layer`.
    """
    declared, shift, target = (wanted.get(key) for key in ("crs", "datum_shift", "to_crs"))
    placing, placed = _placing(sample.crs, bounds, name, crs=declared, place=wanted.get("place"))
    if placing.crs is None:
        raise CRSError(
            f"{name} {placing.zh}。请指明坐标系，如 EPSG:4549（命令行 --crs，项目文件 crs）。",
            f"{name}: {placing.en}. Name the system, EPSG:4549 say (--crs; crs in a project file).",
        )
    steps, findings = [placed], [placing.finding(name)]
    here = placing.crs

    def convert(step: Step) -> Any:
        there = step(sample.iloc[:0].set_crs(here, allow_override=True)).crs
        steps.append(step)
        findings.append(converted(name, here, there))
        return there

    if shift is not None:
        here = convert(lambda frame: to_cgcs2000(frame, datum_shift=shift))
    refuse_legacy(here, name=name)
    if target is not None and normal_crs(target) != here:
        convert(lambda frame: convert_crs(frame, target))

    def walk(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        for step in steps:
            frame = step(frame)
        return frame

    return walk, findings


def _placing(
    declared: Any, bounds: Bounds | None, name: str, *, crs: Any, place: Sequence[float] | None
) -> tuple[Placing, Step]:
    """Decide where a layer lies, and give the step that puts its rows there."""
    system = shifted_name(crs) if crs is not None else ""
    if system:
        zh = f"声明为 {system}，已还原为 EPSG:4490"
        en = f"declared as {system}, now in EPSG:4490"
        placing = Placing(normal_crs(CGCS2000), False, "note", zh, en)
        return placing, lambda frame: unshift_layer(frame, system=system)
    placing = place_layer(bounds, declared=declared if crs is None else crs, place=place)
    if crs is not None and placing.crs != normal_crs(crs):
        raise CRSError(
            f"{name} {placing.zh}：请核对所指明的坐标系。",
            f"{name}: {placing.en}; check the system named.",
        )

    def put(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        crs: Any = placing.crs
        if placing.swapped:
            as_it_is: Any = None  # of two or three dimensions, which the stubs do not know
            shapes = frame.geometry.to_numpy()
            turned = [1, 0, 2]
            shapes = shapely.transform(
                shapes, lambda c: c[:, turned[: c.shape[1]]], include_z=as_it_is
            )
            frame = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index))
        return frame.set_crs(crs, allow_override=True)

    return placing, put


def _crs_text(crs: Any) -> str:
    if crs is None:
        return ""
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else str(crs.name)


def display_name(source: str | os.PathLike[str]) -> str:
    """Name a source in a message: never a password, never a whole path."""
    if is_database(source):
        return str(source).rsplit("@", 1)[-1].split("?", 1)[0]
    return Path(source).name


_MOST_ROWS_ABOVE = 20
_TOTAL = re.compile(r"\s*(?:合\s*计|总\s*计|小\s*计|共\s*计)")


def read_list(path: Path | str, *, sheet: str | None = None) -> gpd.GeoDataFrame:
    r"""Read a list of parcels that has no shapes.

    The head is the first row with two names of fields that are known, or more; what stands above
    it (a title, a unit) and rows of totals (合计, 小计) are no parcels and left out.

    Parameters
    ----------
    path
        XLSX, XLS or CSV.
    sheet
        Name of the sheet; the first with a head if not given.

    Returns
    -------
    GeoDataFrame
        The rows in their order, fields named as in the head, without shapes and coordinate system;
        ``attrs["title"]`` is what stands above the head.

    Raises
    ------
    InputError
        If the file cannot be read, or no row is a head.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "清单.csv")
    >>> text = "宗地清单\n地块编号,用途,面积（亩）\nA1,工业用地,30\n合计,,30\n"
    >>> _ = file.write_text(text, "utf-8")
    >>> rows = read_list(file)
    >>> rows[["地块编号", "面积（亩）"]].values.tolist(), rows.attrs["title"]
    ([['A1', 30]], '宗地清单')
    """
    path = Path(path)
    table: gpd.GeoDataFrame = once(path, ("list", sheet), lambda: _read_list(path, sheet))
    return table


def _read_list(path: Path, sheet: str | None) -> gpd.GeoDataFrame:
    if path.suffix.lower() == ".csv":
        sheets = [(path.stem, [list(row) for row in csv_rows(path.read_bytes(), name=path.name)])]
    else:
        sheets = read_sheets(path, sheet)
    for _, rows in sheets:
        at = _head(rows)
        if at is not None:
            return _table(rows, at)
    raise InputError(
        f"{path.name} 没有可作宗地清单的表头（至少两个认得的字段，如 地块编号、用途、面积）。",
        f"{path.name} has no head of a list of parcels (two known fields or more).",
    )


def _head(rows: Sequence[Sequence[Any]]) -> int | None:
    """Find the row that names fields: the first with the most that are known, of the upper rows."""
    best, at = 1, None
    for number, row in enumerate(rows[:_MOST_ROWS_ABOVE]):
        names = [str(v).strip() for v in row if isinstance(v, str) and v.strip()]
        known = len(guess_fields(pd.DataFrame({n: [] for n in names})))
        if known > best:
            best, at = known, number
    return at


def _table(rows: Sequence[Sequence[Any]], at: int) -> gpd.GeoDataFrame:
    names = [re.sub(r"\s+", "", str(v)) for v in rows[at]]
    used = [i for i, name in enumerate(names) if name]
    body = [[row[i] if i < len(row) else None for i in used] for row in rows[at + 1 :]]
    kept = [r for r in body if any(v not in ("", None) for v in r) and not _is_total(r)]
    table = pd.DataFrame(kept, columns=distinct(names[i] for i in used)).replace("", None)
    for name in table:
        numbers = pd.to_numeric(table[name], errors="coerce")
        if numbers.notna().sum() == table[name].notna().sum() and _is_measure(str(name)):
            table[name] = numbers
    out = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(None, index=table.index))
    above = [str(v).strip() for row in rows[:at] for v in row if v not in ("", None)]
    out.attrs["title"] = " ".join(above)
    return out


def _is_measure(name: str) -> bool:
    """Whether a field holds an amount, so that its text is read as numbers; ids stay text."""
    bare = name.split("（", 1)[0].split("(", 1)[0]
    return bare in KNOWN["recorded_area_m2"]


def _is_total(row: Sequence[Any]) -> bool:
    texts = [v for v in row if isinstance(v, str) and v.strip()]
    return bool(texts) and bool(_TOTAL.match(texts[0]))


class Converted(NamedTuple):
    """What `convert_layer` did.

    Parameters
    ----------
    rows
        Rows written.
    findings
        What was decided and noticed while reading, and what the target could not hold.
    """

    rows: int
    findings: pd.DataFrame


def convert_layer(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    layer_name: str | None = None,
    to_encoding: str = "UTF-8",
    points: PointsOptions = PLAIN_POINTS,
    existing: Existing = "refuse",
    rows: int = 20_000,
    repair: bool = False,
    **reading: Any,
) -> Converted:
    """Convert a layer; the suffix of the target decides the format.

    Rows pass through memory some at a time, where source and target allow that: shapefile,
    GeoPackage, File Geodatabase, GeoJSON, FlatGeobuf, GeoParquet; CSV as a target. Boundary
    points, drawings, KML and databases are held whole.

    Parameters
    ----------
    layer_name
        Name of the layer written.
    to_encoding
        Encoding of a shapefile written: UTF-8 or GBK.
    points
        How boundary points are written: with the zone in front or not, and the header.
    existing
        As of `landgis.formats.registry.write_layer`.
    rows
        Rows in memory at a time.
    repair
        Whether to make invalid polygons valid.
    **reading
        ``layer``, ``crs``, ``encoding``, ``to_crs``, ``datum_shift`` and ``place`` of
        `landgis.layers.read.read_layer`.

    Raises
    ------
    InputError, CRSError
        As `landgis.layers.read.read_layer` and `landgis.formats.registry.write_layer`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from shapely import box
    >>> layer = gpd.GeoDataFrame({"ZL": ["东村"]}, geometry=[box(120, 30, 121, 31)], crs=4490)
    >>> with TemporaryDirectory() as folder:
    ...     layer.to_file(Path(folder) / "a.gpkg")
    ...     convert_layer(Path(folder) / "a.gpkg", Path(folder) / "a.shp").rows
    1
    """
    with inputs_kept(), stream_layer(source, rows=rows, **reading) as (placed, decided):
        noticed: list[pd.DataFrame] = []
        impossible: Counter[str] = Counter()
        count = 0

        def frames() -> Iterator[gpd.GeoDataFrame]:
            nonlocal count
            with tqdm(delay=2, disable=None, leave=False, unit=" rows") as progress:
                for frame in placed:
                    mended = frame
                    if repair:
                        mended, _, told = repair_layer(frame)
                        noticed.append(told)
                    impossible.update(count_impossible(mended))
                    count += len(mended)
                    progress.update(len(mended))
                    yield mended

        lost = write_layer(
            frames(),
            target,
            layer=layer_name,
            encoding=to_encoding,
            points=points,
            existing=existing,
        )
        told = findings_table(tell_impossible(impossible, display_name(source)))
        return Converted(count, join_findings(findings_table(decided), *noticed, told, lost))
