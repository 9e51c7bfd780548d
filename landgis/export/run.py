"""The layers of a run: parcels with their verdicts, plan regions, townships, faults."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from landgis.crs.conversion import convert_crs
from landgis.errors import InputError, require
from landgis.export.layers import field_title, land_name, run_layers, run_looks, title_notes
from landgis.export.qgis import write_project
from landgis.export.styles import Look, qml, save_styles, sld
from landgis.files.whole import beside
from landgis.findings import join_findings
from landgis.formats.postgis import Existing, write_tables
from landgis.formats.registry import DRIVERS
from landgis.formats.shapefile import short_names
from landgis.formats.write import FORMATS, POINTS, write_layer, write_together
from landgis.language import Lang, say
from landgis.measure import gk3_epsg, zone_of
from landgis.raster import write_categories
from landgis.results import Results
from landgis.schema import CROSSWALK, PARCELS, REGIONS
from landgis.telling import tell


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
