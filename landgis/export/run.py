"""The layers of a run: parcels with their verdicts, plan regions, townships, faults."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd
import shapely

from landgis.crs.conversion import convert_crs
from landgis.errors import InputError
from landgis.export.styles import categorised, cross, fill, save_styles, single
from landgis.files.whole import beside
from landgis.findings import join_findings, per_parcel, verdict_name
from landgis.formats.gdal_write import DRIVERS
from landgis.formats.postgis import Existing, write_tables
from landgis.formats.write import FORMATS, POINTS, write_layer, write_together
from landgis.language import Lang, say
from landgis.measure import gk3_epsg, zone_of
from landgis.raster import write_categories
from landgis.recorded import basis_name
from landgis.results import Results, require_results
from landgis.schema import CROSSWALK, PARCELS, REGIONS, Table
from landgis.telling import tell

_RANK = MappingProxyType({"fail": 0, "unknown": 1, "pass": 2, "note": 3})


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
        Keys of `FORMATS`, or ``tif`` for the uses as a raster of 5 m. A GeoPackage or File
        Geodatabase holds all layers and the crosswalk in one; other formats have a folder of
        their name with a file a layer, and a list of what the format could not hold (导出说明.csv).
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
    ['demo.gpkg', '宗地.geojson', '计划区域.geojson', '乡镇街道.geojson']
    """
    require_results(results, "export_layers")
    known = (*FORMATS, "tif")
    unknown = [f for f in formats if f not in known]
    if unknown:
        raise InputError(
            f"不能写出 {'、'.join(unknown)}，可用：{'、'.join(known)}。",
            f"Cannot write {', '.join(unknown)}; use {', '.join(known)}.",
        )
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    layers = run_layers(results, lang=lang)
    written = []
    for kind in formats:
        if kind in POINTS:
            written += _export_points(results, directory, kind, lang)
            continue
        if kind == "tif":
            written += _export_cells(results, directory, lang)
            continue
        if kind in {"gpkg", "gdb", "gdb.zip"}:
            path = directory / f"{results.name}.{kind}"
            with beside(path) as draft:
                write_together(layers, draft, driver=DRIVERS[kind.removesuffix(".zip")])
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
        notes = tell(join_findings(*noted), lang)[["subject", "message"]]
        if len(notes):
            path = folder / say(lang, "导出说明.csv", "notes.csv")
            notes.to_csv(path, index=False, encoding="utf-8-sig")
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
    comments = {_title(c.zh): f"{c.name}: {c.en}" for c in columns} | dict.fromkeys(layers, about)
    write_tables(layers, address, existing=existing, comments=comments)
    return list(layers)


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
    land = _land_name(results, lang)
    layers = {
        land: _titled(parcels, PARCELS, lang, programme=results.is_programme),
        say(lang, "计划区域", "regions"): _titled(regions, REGIONS, lang),
        say(lang, "乡镇街道", "townships"): _titled(results.townships, REGIONS, lang),
        say(lang, f"{land}与区域", "crosswalk"): _titled(
            results.crosswalk, CROSSWALK, lang, programme=results.is_programme
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


def _export_points(results: Results, directory: Path, kind: str, lang: Lang) -> list[Path]:
    """Write the parcels as boundary points, under the names of the exchange text."""
    parcels = results.parcels[shapely.get_num_coordinates(results.parcels.geometry.array) > 0]
    if parcels.empty:
        return []
    folder = directory / kind
    folder.mkdir(exist_ok=True)
    path = folder / f"{_land_name(results, lang)}.{kind}"
    write_layer(parcels[["parcel_id", "name", "category", "geometry"]], path, lang=lang)
    return [path]


def _export_cells(results: Results, directory: Path, lang: Lang) -> list[Path]:
    """Write the uses of the parcels as a raster, in the 3° plane where they lie in degrees."""
    land = results.parcels
    if land.crs is not None and land.crs.is_geographic and len(land):
        land = convert_crs(land, gk3_epsg(zone_of(float(land.total_bounds[[0, 2]].mean()))))
    if not (shapely.area(land.geometry.to_numpy()) > 0).any():
        return []
    path = directory / f"{_land_name(results, lang)}.tif"
    write_categories(land, path)
    return [path]


def _land_name(results: Results, lang: Lang) -> str:
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


def _titled(
    frame: pd.DataFrame, schema: Table, lang: Lang, *, programme: bool = False
) -> pd.DataFrame:
    """Rename columns to their titles (Chinese), brackets as an underscore; values of basis too."""
    if lang == "en":
        return frame
    titles = {c.name: _title(c.zh) for c in schema.columns}
    titles["geometry"] = "geometry"
    if programme:
        titles |= {"parcel_id": "片区编号", "category": "类别"}
    if "basis" in frame:
        frame = frame.assign(basis=frame["basis"].map(basis_name))
    return frame.rename(columns=titles)


def _title(words: str) -> str:
    """Make a field's name of the title of a column: brackets as an underscore."""
    return words.replace("（", "_").removesuffix("）")


def _add_styles(
    path: Path, layers: Mapping[str, pd.DataFrame], *, results: Results, lang: Lang
) -> None:
    """Add default styles that QGIS reads (table ``layer_styles``)."""
    parcels, regions, townships, _, *faults = layers
    uses = sorted(set(results.parcels["category"]))
    field = "category" if lang == "en" else "类别" if results.is_programme else "用途"
    styles = {parcels: categorised(field, uses, lang)}
    styles |= {name: single(fill("0", "#FFFFFF", "no")) for name in (regions, townships)}
    for name in faults:
        points = (layers[name].geometry.geom_type == "Point").all()
        styles[name] = single(cross() if points else fill("0", "#E31A1C", "b_diagonal"))
    save_styles(path, styles)
