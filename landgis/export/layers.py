"""A run laid out as layers: their names and fields as a reader knows them, and how they look."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from landgis.divisions import level_name
from landgis.export.styles import OTHER, Look
from landgis.findings import per_parcel, verdict_name
from landgis.landuse import UNKNOWN_COLOUR, category_name, colour
from landgis.language import Lang, say
from landgis.making import made, making_day
from landgis.measure import describe_crs
from landgis.recorded import basis_name
from landgis.results import Results
from landgis.schema import CROSSWALK, PARCELS, REGIONS, Table
from landgis.telling import check_title, tell

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
    bases = {*results.parcels["basis"], *results.regions["basis"], *results.townships["basis"]}
    shown = say(lang, "、", ", ").join(basis_name(b, lang) for b in sorted(bases - {""}))
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
