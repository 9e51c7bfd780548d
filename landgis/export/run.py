"""The layers of a run: parcels with their verdicts, plan regions, townships, faults; the crosswalk.

Laid out with names and fields as a reader knows them, each with its look, and written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from landgis.crs import convert_crs
from landgis.divisions import level_name
from landgis.errors import InputError, require
from landgis.export.qgis import OTHER, Look, qml, save_styles, sld, write_project
from landgis.files.whole import beside, is_database, require_folder
from landgis.findings import check_title, join_findings, per_parcel, tell, verdict_name
from landgis.formats.csv_table import safe_text
from landgis.formats.drivers import DRIVER
from landgis.formats.gdal_write import write_plain_table
from landgis.formats.postgis import Existing, write_tables
from landgis.formats.registry import DRIVERS, FORMATS, POINTS, write_layer, write_together
from landgis.formats.shapefile import short_names
from landgis.landuse import UNKNOWN_COLOUR, category_name, colour
from landgis.language import Lang, basis_name, made, making_day, say
from landgis.measure import describe_crs, gk3_epsg, zone_of
from landgis.raster import write_categories
from landgis.results import Results
from landgis.schema import CROSSWALK, PARCELS, REGIONS, Table


def write_crosswalk(
    crosswalk: pd.DataFrame | Iterable[pd.DataFrame],
    path: str | os.PathLike[str],
    *,
    table: str = "crosswalk",
    existing: Existing = "refuse",
) -> None:
    """Write the table ``crosswalk`` for other programs.

    Parameters
    ----------
    crosswalk
        The table, or pieces of one too large for memory; columns and dtypes of all are those of
        the first.
    path
        ``.parquet``, ``.csv`` (UTF-8; an id that a spreadsheet would take for a formula gets
        an apostrophe in front) or ``.gpkg``; or the address of a database.
    table, existing
        Of a database: name of the table, and what to do where it is there already.

    Examples
    --------
    >>> row = {"parcel_id": ["=1"], "region_id": ["r"], "area_m2": [9.0], "share": [1.0]}
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_crosswalk(pd.DataFrame(row), Path(folder) / "a.csv")
    ...     (Path(folder) / "a.csv").read_text("utf-8-sig").split()[1]
    "'=1,r,9.0,1.0"
    """
    if is_database(path):
        write_tables({table: crosswalk}, str(path), existing=existing)
        return
    path = Path(path)
    require_crosswalk_path(path)
    writers = {".parquet": _pieces_to_parquet, ".csv": _pieces_to_csv, ".gpkg": _pieces_to_gpkg}
    pieces = [crosswalk] if isinstance(crosswalk, pd.DataFrame) else crosswalk
    with beside(path) as draft:
        writers[path.suffix.lower()](pieces, draft)


def require_crosswalk_path(path: Path) -> None:
    """Refuse a path that `write_crosswalk` cannot write to, before there is anything to write.

    Examples
    --------
    >>> require_crosswalk_path(Path("a.csv"))
    """
    if path.suffix.lower() not in {".parquet", ".csv", ".gpkg"}:
        raise InputError(
            f"叠合结果不能写成 {path.name}，可用 .parquet、.csv、.gpkg。",
            f"The crosswalk cannot be written as {path.name}; use .parquet, .csv or .gpkg.",
        )
    require_folder(path)


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
            safe = {str(c): safe_text(piece[c]) for c in piece if piece[c].dtype == "str"}
            piece.assign(**safe).to_csv(file, index=False, header=number == 0)


def _pieces_to_gpkg(pieces: Iterable[pd.DataFrame], draft: Path) -> None:
    for number, piece in enumerate(pieces):
        write_plain_table(piece, draft, driver=DRIVER, layer=draft.stem, append=number > 0)


_NONE: Mapping[str, str] = MappingProxyType({})
_RANK = MappingProxyType({"fail": 0, "unknown": 1, "pass": 2, "note": 3})


def run_layers(results: Results, *, lang: Lang = "zh") -> dict[str, pd.DataFrame]:
    """Lay a run out as layers to show: titles as field names, verdicts beside the parcels.

    Returns
    -------
    dict
        Name of a layer → its rows; the crosswalk is a table without geometry.
    """
    results = results.told(lang)
    about = per_parcel(results.findings)
    parcels = _with_verdicts(results.parcels, "parcel_id", about, results, lang)
    regions = _with_verdicts(results.regions, "name", results.findings["region"], results, lang)
    targets = results.plan.targets
    corrected = set(targets.loc[targets["how"].eq("corrected"), "region"])
    if corrected:
        told = regions["name"].isin(corrected).map({True: say(lang, "是", "yes"), False: ""})
        regions = regions.assign(**{say(lang, "人工更正", "corrected"): told})
    land = land_name(results, lang)
    layers = {
        land: _titled(parcels, PARCELS, lang, names=_titles(results)),
        say(lang, "计划区域", "regions"): _titled(regions, REGIONS, lang),
        say(lang, "乡镇街道", "townships"): _titled(results.townships, REGIONS, lang),
        say(lang, f"{land}与区域", "crosswalk"): _titled(
            results.crosswalk, CROSSWALK, lang, names=_titles(results)
        ),
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
    if "kind" in faults:
        faults = gpd.GeoDataFrame(tell(faults, lang).drop(columns=["kind", "actual", "values"]))
    if "check" in faults:
        faults = faults.assign(check=faults["check"].map(lambda name: check_title(name, lang)))
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


def run_looks(layers: Mapping[str, pd.DataFrame], results: Results, lang: Lang) -> dict[str, Look]:
    """Say how the layers of a run look: uses in their colours, borders, places of faults."""
    parcels, regions, townships, _, *faults = layers
    field = "category" if lang == "en" else "类别" if results.is_programme else "用途"
    uses = {
        u: (category_name(u, lang), colour(u)) for u in sorted(set(results.parcels["category"]))
    }
    other = {OTHER: (say(lang, "其他或未注明", "other or not stated"), UNKNOWN_COLOUR)}
    border = {OTHER: ("", "#FFFFFF")}
    label, place = (
        ("parcel_id", "name") if lang == "en" else (_titles(results)["parcel_id"], "名称")
    )
    looks = {
        parcels: Look({k: v for k, v in uses.items() if k} | other, field, label=label),
        regions: Look(border, brush="no", label=place, width=0.7),
        townships: Look(border, brush="no", label=place),
    }
    for name in faults:
        points = (layers[name].geometry.geom_type == "Point").all()
        looks[name] = Look({OTHER: ("", "#E31A1C")}, brush="cross2" if points else "b_diagonal")
    columns = [c for table in (PARCELS, REGIONS) for c in table.columns]
    shown = (
        {c.name: c.en for c in columns}
        if lang == "en"
        else {field_title(c.zh): c.zh for c in columns}
    )
    return {
        name: look._replace(
            aliases={str(c): shown.get(str(c), str(c)) for c in layers[name] if c != "geometry"}
        )
        for name, look in looks.items()
    }


def title_notes(results: Results, lang: Lang) -> list[str]:
    """Give the lines of a title block: plan, source, system, what is not as surveyed."""
    plan = results.plan
    shown = say(lang, "、", ", ").join(basis_name(b, lang) for b in sorted(results.bases))
    source = " ".join(filter(None, [plan.title, plan.document]))
    lines = {
        say(lang, "计划", "Plan"): source,
        say(lang, "图号", "Map no."): results.map_number,
        say(lang, "坐标系", "CRS"): describe_crs(results.parcels.crs, lang),
        say(lang, "数据性质", "Basis"): shown,
        say(lang, "制图", "Made"): made(making_day(), lang),
    }
    mark = say(lang, "：", ": ")
    return [f"{key}{mark}{text}" for key, text in lines.items() if text]


def land_name(results: Results, lang: Lang) -> str:
    """Name what lies on the map: parcels, or the areas of a programme."""
    if results.is_programme:
        return say(lang, "片区", "areas")
    return say(lang, "宗地", "parcels")


def _with_verdicts(
    frame: gpd.GeoDataFrame, key: str, subjects: pd.Series, results: Results, lang: Lang
) -> gpd.GeoDataFrame:
    """Add the worst verdict on each row, and what was said of it."""
    found = results.findings.loc[subjects.index]
    about = pd.DataFrame(
        {
            "key": subjects.to_numpy(),
            "rank": found["verdict"].map(_RANK).to_numpy(),
            "message": found["message"].to_numpy(),
        }
    )
    # as objects: a column of text asks for one value after the other
    drawn = about["key"].astype("object").isin(frame[key].to_numpy(dtype="object"))
    about = about[(about["key"] != "") & drawn]
    names = {rank: verdict_name(verdict, lang) for verdict, rank in _RANK.items()}
    worst = about.groupby("key")["rank"].min().map(names)
    wanting = about[about["rank"] < 2]
    several = wanting["key"].duplicated(keep=False)  # most have one message: nothing to join
    joined = wanting[several].groupby("key")["message"].agg("\n".join)
    told = pd.concat([wanting[~several].set_index("key")["message"], joined])
    return frame.assign(
        **{
            title: said.reindex(frame[key]).fillna("").astype("str").to_numpy()
            for title, said in (
                (say(lang, "检查结果", "verdict"), worst),
                (say(lang, "检查说明", "messages"), told),
            )
        }
    )


def _titled(
    frame: pd.DataFrame, schema: Table, lang: Lang, *, names: Mapping[str, str] = _NONE
) -> pd.DataFrame:
    """Rename columns to their titles (Chinese), brackets as an underscore; code words too."""
    if lang == "en":
        return frame
    titles = {c.name: field_title(c.zh) for c in schema.columns}
    titles |= {"geometry": "geometry", "missing": "缺少的成员"}
    titles |= names
    for column, name in (("basis", basis_name), ("level", level_name)):
        if column in frame:
            frame = frame.assign(**{column: frame[column].map(name)})
    return frame.rename(columns=titles)


def _titles(results: Results) -> dict[str, str]:
    """Name the columns of parcels that are called otherwise on this run."""
    own = {"stated_category": "原文用途"}
    if results.is_programme:
        return own | {"parcel_id": "片区编号", "category": "类别"}
    return own | {"parcel_id": "宗地编号"}


def field_title(words: str) -> str:
    """Make a field's name of the title of a column: brackets as an underscore."""
    return words.replace("（", "_").removesuffix("）")


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
        Keys of `FORMATS`; ``tif`` for the uses as a raster of 5 m; ``rfc7946`` for GeoJSON in
        WGS 84 by that standard, as web maps take it. A GeoPackage or File Geodatabase holds all
        layers and the crosswalk in one; other formats have a folder of their name with a file a
        layer, and a list of what the format could not hold (导出说明.csv).
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
    >>> from landgis.findings import findings_table
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
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in export_layers(results, folder, formats=["gpkg", "geojson"])]
    ['demo.gpkg', 'demo.qgz', '宗地.geojson', '计划区域.geojson', '乡镇街道.geojson']
    """
    require(results, Results, name="results")
    known = (*FORMATS, "rfc7946", "tif")
    unknown = [f for f in formats if f not in known]
    if unknown:
        raise InputError(
            f"不能写出 {'、'.join(unknown)}，可用：{'、'.join(known)}。",
            f"Cannot write {', '.join(unknown)}; use {', '.join(known)}.",
        )
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    layers = run_layers(results, lang=lang)
    looks = run_looks(layers, results, lang)
    written: list[Path] = []
    for kind in formats:
        if kind in POINTS:
            written += _export_points(results, directory, kind, lang)
        elif kind == "tif":
            written += _export_cells(results, directory, lang)
        elif kind in {"gpkg", "gdb", "gdb.zip"}:
            path = directory / f"{results.name}.{kind}"
            written += _export_together(path, layers, looks=looks, results=results, lang=lang)
        else:
            folder = directory / kind
            written += _export_each(folder, layers, looks=looks, encoding=encoding, lang=lang)
    return written


def _export_together(
    path: Path,
    layers: Mapping[str, pd.DataFrame],
    *,
    looks: Mapping[str, Look],
    results: Results,
    lang: Lang,
) -> list[Path]:
    """Write all layers into one file; a GeoPackage has their looks and a QGIS project beside it."""
    notes = title_notes(results, lang)
    layers = {name: frame.copy(deep=False) for name, frame in layers.items()}
    for name, look in looks.items():
        layers[name].attrs["aliases"] = dict(look.aliases)
    with beside(path) as draft:
        write_together(layers, draft, driver=DRIVERS[draft.suffix.removeprefix(".")])
        if path.suffix == ".gpkg":
            save_styles(draft, looks, about="\n".join(notes))
    if path.suffix != ".gpkg":
        return [path]
    *shown, crosswalk = list(layers)[:4]
    order = [*list(layers)[4:], *shown, crosswalk]  # places of faults above the land
    project = path.with_suffix(".qgz")
    with beside(project) as draft:
        write_project(
            draft,
            {name: layers[name] for name in order},
            source=path.name,
            looks=looks,
            title=results.title,
            notes=notes,
            lang=lang,
        )
    return [path, project]


def _export_each(
    folder: Path,
    layers: Mapping[str, pd.DataFrame],
    *,
    looks: Mapping[str, Look],
    encoding: str,
    lang: Lang,
) -> list[Path]:
    """Write a file a layer, looks beside shapefiles, and a list of what could not be held."""
    folder.mkdir(exist_ok=True)
    written, noted = [], []
    for name, frame in layers.items():
        if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
            continue
        abroad = folder.name == "rfc7946"
        path = folder / f"{name}.{'geojson' if abroad else folder.name}"
        moved = convert_crs(frame, 4326) if abroad else frame
        if folder.name == "kml" and looks[name].field:  # a folder for each use
            moved = frame.sort_values(looks[name].field, kind="stable")
        noted.append(write_layer(moved, path, encoding=encoding))
        written.append(path)
        if folder.name == "shp":
            written += _write_looks(path, frame, looks[name], encoding)
    losses = tell(join_findings(*noted), lang)[["subject", "message"]]
    if len(losses):
        path = folder / say(lang, "导出说明.csv", "notes.csv")
        losses.to_csv(path, index=False, encoding="utf-8-sig")
        written.append(path)
    return written


def export_tables(
    results: Results, address: str, *, existing: Existing = "refuse", lang: Lang = "zh"
) -> list[str]:
    """Write the layers of a run into a PostGIS database, all of them or none.

    Parameters
    ----------
    address
        ``postgresql://…``.
    existing
        Whether to refuse, replace or append to tables that are there.

    Returns
    -------
    list
        The tables, ``schema.table``; the schema is named as the project. What the plan is, and
        the name of each column in landgis, stand beside them as comments.

    Raises
    ------
    InputError, CRSError, MissingPackageError
        As `landgis.formats.postgis.write_tables`.
    """
    schema = results.name.replace(".", "_")
    layers = {f"{schema}.{name}": frame for name, frame in run_layers(results, lang=lang).items()}
    about = say(lang, "；", "; ").join(filter(None, [results.title, results.plan.document]))
    columns = (c for table in (PARCELS, REGIONS, CROSSWALK) for c in table.columns)
    comments = {field_title(c.zh): f"{c.name}: {c.en}" for c in columns} | dict.fromkeys(
        layers, about
    )
    write_tables(layers, address, existing=existing, comments=comments)
    return list(layers)


def _export_points(results: Results, directory: Path, kind: str, lang: Lang) -> list[Path]:
    """Write the parcels as boundary points, under the names of the exchange text."""
    parcels = results.parcels[shapely.get_num_coordinates(results.parcels.geometry.to_numpy()) > 0]
    if parcels.empty:
        return []
    folder = directory / kind
    folder.mkdir(exist_ok=True)
    path = folder / f"{land_name(results, lang)}.{kind}"
    write_layer(parcels[["parcel_id", "name", "category", "geometry"]], path)
    return [path]


def _export_cells(results: Results, directory: Path, lang: Lang) -> list[Path]:
    """Write the uses of the parcels as a raster, in the 3° plane where they lie in degrees."""
    land = results.parcels
    if land.crs is not None and land.crs.is_geographic and len(land):
        land = convert_crs(land, gk3_epsg(zone_of(float(land.total_bounds[[0, 2]].mean()))))
    if not (shapely.area(land.geometry.to_numpy()) > 0).any():
        return []
    path = directory / f"{land_name(results, lang)}.tif"
    write_categories(land, path)
    return [path]


def _write_looks(path: Path, frame: pd.DataFrame, look: Look, encoding: str) -> list[Path]:
    """Write the look of a shapefile beside it, under the short names of its fields."""
    names = [str(c) for c in frame.columns if c != "geometry"]
    short = {full: name for name, full in short_names(names, encoding=encoding).items()}
    files = {".qml": qml(look.renamed(short)), ".sld": sld(look.renamed(short), path.stem)}
    for suffix, text in files.items():
        with beside(path.with_suffix(suffix)) as draft:
            draft.write_text(text, "utf-8")
    return [path.with_suffix(suffix) for suffix in files]
