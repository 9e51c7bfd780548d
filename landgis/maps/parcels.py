"""The land of a page: parcels with attributes, verdicts and colours, and borders drawn once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.balance.mapped import STEPS_PER_M2, Mapped
from landgis.checks.compare import changes_text, status_name
from landgis.findings import per_parcel
from landgis.language import Lang, recorded_name, say
from landgis.maps.assets import words
from landgis.maps.legend import SAFE_COLOURS, Legend
from landgis.maps.pack import Coded, Shift
from landgis.results import Results
from landgis.schema import PARCELS, REGIONS, TARGETS, conform, plain_values


def draw_places(
    table: gpd.GeoDataFrame,
    legend: Legend | None = None,
    *,
    shift: Shift | None,
    until: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Any]:
    """Names, rings and borders of regions or townships, in latitude and longitude.

    ``until`` tells of each region the share of its mapped area that is supplied by each time.
    """
    degrees = table.geometry.to_crs(4326) if len(table) else table.geometry
    shapes = np.asarray(degrees.array)
    if shift is not None:
        shapes = shapely.transform(shapes, shift)
    approximate = table["basis"].to_numpy() != ""
    rows = {row.region: row for row in legend.regions} if legend else {}
    places = []
    for name, basis, shape in zip(table["name"], table["basis"], shapes, strict=True):
        row = rows.get(name)
        empty = shape is None or shape.is_empty
        places.append(
            {
                "name": name,
                "basis": basis,
                "point": None if empty else _turn(shape.representative_point())[0],
                "bounds": None if empty else _corners(shape.bounds),
                "rings": [] if empty or legend is None else _polygons(shape),
                "planned": row.stated if row else None,
                "difference": row.amount if row else None,
                "difference_text": row.difference if row else "",
                "until": (until or {}).get(name, ()),
            },
        )
    return {
        "places": places,
        "lines": _borders(shapes[~approximate]),
        "dashed": _borders(shapes[approximate]),
    }


def _borders(shapes: Any) -> list[list[list[float]]]:
    """Borders of polygons, a common one once."""
    edges = shapely.boundary(shapes[~shapely.is_missing(shapes)])
    merged = shapely.line_merge(shapely.union_all(edges))
    return [_turn(line) for line in shapely.get_parts(merged) if not line.is_empty]


def _polygons(shape: Any) -> list[list[list[list[float]]]]:
    return [[_turn(ring) for ring in shapely.get_rings(part)] for part in shapely.get_parts(shape)]


def _turn(shape: Any) -> list[list[float]]:
    """Latitude and longitude to about 0.1 m."""
    return np.round(shapely.get_coordinates(shape)[:, ::-1], 6).tolist()  # type: ignore[no-any-return]


def _corners(bounds: Sequence[float]) -> list[list[float]]:
    west, south, east, north = (float(b) for b in bounds)
    return [[south, west], [north, east]]


def bounds_of(
    layers: Iterable[gpd.GeoDataFrame],
    shift: Shift | None,
) -> list[list[float]] | None:
    """Corners of everything that is drawn."""
    boxes = []
    for layer in layers:
        if len(layer) and not layer.geometry.is_empty.all():
            box = shapely.box(*layer.total_bounds)
            boxes.append(gpd.GeoSeries([box], crs=layer.crs).to_crs(4326).total_bounds)
    if not boxes:
        return None
    low, high = np.min(boxes, axis=0), np.max(boxes, axis=0)
    corners = np.array([low[:2], high[2:]])
    return _corners(np.ravel(corners if shift is None else shift(corners)).tolist())


_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
_RECORDED = ("supply_mode", "land_source", "quarter", "stage")
_THEMES = ("change", *_RECORDED)
_WORST = ("fail", "unknown", "pass", "note", "")


def glossed(results: Results, *, lang: Lang = "zh") -> Results:
    """Give results as they are drawn: recorded values (新增, 出让, 第一季度) glossed in English."""
    parcels = conform(results.parcels, PARCELS)
    shown = {v: recorded_name(v, lang) for c in _RECORDED for v in parcels[c].unique()}
    parcels = parcels.assign(**{c: parcels[c].map(shown).astype("str") for c in _RECORDED})
    return replace(
        results,
        parcels=parcels,
        regions=conform(results.regions, REGIONS),
        townships=conform(results.townships, REGIONS),
        outlines=None if results.outlines is None else conform(results.outlines, REGIONS),
        counted=results.balance,
    )


def with_changes(layer: gpd.GeoDataFrame, changes: pd.DataFrame, *, lang: Lang) -> gpd.GeoDataFrame:
    """Add what became of each parcel since the earlier version: ``change``, ``changes``."""
    rows = changes.set_index("parcel_id").reindex(layer["parcel_id"])
    status = [status_name(s, lang) for s in rows["status"].fillna("")]
    told = [changes_text(c, lang) if isinstance(c, tuple) else "" for c in rows["changes"]]
    return layer.assign(change=status, changes=told)


def drawn_parcels(part: Results, land: Mapped) -> tuple[gpd.GeoDataFrame, dict[str, Coded]]:
    """Parcels with mapped area, verdict and number of passed checks; their regions and faults."""
    ids = pd.Index(part.parcels["parcel_id"].to_numpy(dtype="object"))
    rows, known = pd.factorize(ids)  # an id that stands twice is one parcel
    ids = pd.Index(known)
    pieces = land.pieces[land.pieces["steps"] > 0]
    parcel = ids.get_indexer(pd.Index(pieces["parcel_id"], dtype="object"))
    pieces, parcel = pieces[parcel >= 0], parcel[parcel >= 0]
    steps = np.bincount(parcel, pieces["steps"], len(known))
    drawn = np.bincount(parcel, minlength=len(known)) > 0
    region, regions = pd.factorize(pieces["region"])
    about = per_parcel(part.findings)
    subject = ids.get_indexer(pd.Index(about, dtype="object"))
    about, subject = about[subject >= 0], subject[subject >= 0]
    verdict = part.findings["verdict"].reindex(about.index).to_numpy(dtype="object")
    worst = np.full(len(known), len(_WORST) - 1)
    judged = verdict != "note"  # notes are listed, and judge nothing
    order = pd.Index(_WORST).get_indexer(verdict[judged])
    np.minimum.at(worst, subject[judged], order)
    passed = verdict == "pass"
    named, combined = _combinations(subject[~passed], about.index[~passed].to_numpy(), len(known))
    used = part.findings.loc[np.unique(about.index[~passed]), ["verdict", "message"]]
    words = zip(plain_values(used["verdict"]), plain_values(used["message"]), strict=True)
    told = {row: [row, *said] for row, said in zip(used.index.tolist(), words, strict=True)}
    layer = part.parcels.assign(
        mapped_area_m2=np.where(drawn, steps / STEPS_PER_M2, np.nan)[rows].round(2),
        verdict=np.array(_WORST, dtype=object)[worst][rows],
        passed=np.bincount(subject[passed], minlength=len(known))[rows],
    )
    there, among = _combinations(parcel, region, len(known))
    lists = {
        "regions": Coded(there[rows], [[regions[i] for i in row] for row in among], "list"),
        "findings": Coded(named[rows], [[told[i] for i in row] for row in combined], "list"),
    }
    return layer, lists


def _combinations(
    owner: np.ndarray[Any, Any], values: np.ndarray[Any, Any], count: int
) -> tuple[np.ndarray[Any, Any], list[tuple[int, ...]]]:
    """Give numbers to the combinations of different values that owners have.

    Most owners have none or one: those are found without a loop.

    >>> _combinations(np.array([0, 2, 2]), np.array([7, 7, 8]), 3)
    (array([1, 0, 2]), [(), (7,), (7, 8)])
    """
    pairs = pd.DataFrame({"owner": owner, "value": values}).drop_duplicates()
    owner, values = pairs["owner"].to_numpy(), pairs["value"].to_numpy()
    several = np.bincount(owner, minlength=count)[owner] > 1
    code, single = pd.factorize(values[~several])
    codes = np.zeros(count, dtype=np.int64)
    codes[owner[~several]] = code + 1
    found = [(), *((value,) for value in single.tolist())]
    number = {combination: i for i, combination in enumerate(found)}
    rest = np.flatnonzero(several)
    rest = rest[np.argsort(owner[rest], kind="stable")]
    heads = np.flatnonzero(np.diff(owner[rest], prepend=-1))
    bounds, those = np.append(heads, len(rest)).tolist(), values[rest].tolist()
    for of, head, end in zip(owner[rest[heads]].tolist(), bounds, bounds[1:], strict=False):
        codes[of] = number.setdefault(tuple(those[head:end]), len(number))
    return codes, list(number)


def attribute_titles(
    layer: gpd.GeoDataFrame, lang: Lang, *, programme: bool = False
) -> dict[str, str]:
    """Headings of the attributes that hold anything, in the order shown."""
    columns = (*TARGETS.columns, *PARCELS.columns)
    known = {c.name: say(lang, c.zh, c.en[:1].upper() + c.en[1:]) for c in columns}
    text = words(lang, programme=programme)
    known |= {"parcel_id": text["parcel_id"], "category": text["name_use"]}
    known |= {"change": text["change"], "changes": text["changes"]}
    extra = {"mapped_area_m2": text["mapped_area"], "regions": text["region_names"]}
    shown = [
        c
        for c in layer.columns
        if c not in (layer.geometry.name, "verdict", "passed", "mapped_area_m2")
        and (layer[c].notna() & (layer[c] != "")).any()
    ]
    titles = {c: known.get(c, c) for c in shown}
    return {**titles, **extra, "verdict": text["verdict"]}


def colour_themes(
    layer: gpd.GeoDataFrame,
    titles: Mapping[str, str],
    *,
    also: Mapping[str, Iterable[str]] | None = None,
) -> list[dict[str, Any]]:
    """Attributes with few values, by which parcels can be coloured; ``also`` gives further ones."""
    themes = []
    for name in (n for n in _THEMES if n in titles):
        values = sorted({*layer[name].unique(), *(also or {}).get(name, ())}, key=_in_time)
        if any(values) and len(values) <= len(SAFE_COLOURS):
            colours = [[v, SAFE_COLOURS[i] if v else "#cccccc"] for i, v in enumerate(values)]
            themes.append({"name": name, "title": titles[name], "colours": colours})
    return themes


def supply_times(layer: gpd.GeoDataFrame, titles: Mapping[str, str]) -> dict[str, Any] | None:
    """Quarters or months in order, up to which parcels can be shown; None with less than two."""
    values = sorted((v for v in layer["quarter"].unique() if v), key=_in_time)
    if len(values) < 2:
        return None
    return {"name": "quarter", "title": titles["quarter"], "values": values}


def _in_time(text: str) -> list[tuple[int, str]]:
    """Give the order of times as written: 一 before 二, 9月 before 12月."""
    plain = text.translate(_NUMERALS)
    return [(int(number or -1), other) for number, other in re.findall(r"(\d*)(\D*)", plain)]
