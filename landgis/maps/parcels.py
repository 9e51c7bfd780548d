"""The parcels of one page: their attributes, verdicts, and what they can be coloured by."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.balance.mapped import STEPS_PER_M2, Mapped
from landgis.checks.compare import changes_text, status_name
from landgis.findings import per_parcel
from landgis.language import Lang, say
from landgis.maps.assets import words
from landgis.maps.legend import SAFE_COLOURS, counts_for
from landgis.recorded import recorded_name
from landgis.results import Results
from landgis.schema import PARCELS, REGIONS, TARGETS, conform, plain_values

_NUMERALS = str.maketrans("一二三四五六七八九", "123456789")
_RECORDED = ("supply_mode", "land_source", "quarter", "stage")
_PLACE = ("parcel_id", "region")
_THEMES = ("change", *_RECORDED)
_WORST = ("fail", "unknown", "pass", "note", "")


def part_of(results: Results, category: str, *, lang: Lang = "zh") -> Results:
    """Take the parcels of one use; all for the overview.

    Recorded values (新增, 出让, 第一季度) are glossed in English.
    """
    parcels = conform(results.parcels, PARCELS)
    shown = {v: recorded_name(v, lang) for c in _RECORDED for v in parcels[c].unique()}
    parcels = parcels.assign(**{c: parcels[c].map(shown).astype("str") for c in _RECORDED})
    if category:
        uses = [use for use in parcels["category"].unique() if counts_for(use, category)]
        parcels = parcels[parcels["category"].isin(uses)]
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


def drawn_parcels(
    part: Results, land: Mapped
) -> tuple[gpd.GeoDataFrame, dict[str, list[list[Any]]]]:
    """Parcels with mapped area, verdict and number of passed checks; their regions and faults."""
    ids = plain_values(part.parcels["parcel_id"])
    here = set(ids)
    pieces = land.pieces[land.pieces["steps"] > 0]
    pieces = pieces[_among(pieces["parcel_id"], here)]
    regions: dict[str, dict[str, None]] = {}
    for parcel, region in zip(*(plain_values(pieces[c]) for c in _PLACE), strict=True):
        regions.setdefault(parcel, {})[region] = None
    area = pieces.groupby("parcel_id")["steps"].sum() / STEPS_PER_M2
    about = per_parcel(part.findings)
    about = about[_among(about, here)]
    found = part.findings.loc[about.index]
    verdicts: dict[str, set[str]] = {}  # notes are listed, and judge nothing
    faults: dict[str, list[list[Any]]] = {}
    passed: Counter[str] = Counter()
    columns = (plain_values(c) for c in (about, found["verdict"], found["message"]))
    for row, subject, verdict, message in zip(found.index, *columns, strict=True):
        if verdict != "note":
            verdicts.setdefault(subject, set()).add(verdict)
        if verdict == "pass":
            passed[subject] += 1
        else:
            faults.setdefault(subject, []).append([int(row), verdict, message])
    layer = part.parcels.assign(
        mapped_area_m2=area.reindex(ids).round(2).to_numpy(dtype="float64"),
        verdict=[min(verdicts.get(i, {""}), key=_WORST.index) for i in ids],
        passed=[passed[i] for i in ids],
    )
    lists: dict[str, list[list[Any]]] = {
        "regions": [list(regions.get(i, ())) for i in ids],
        "findings": [faults.get(i, []) for i in ids],
    }
    return layer, lists


def _among(ids: pd.Series, here: set[str]) -> np.ndarray[Any, Any]:
    """Tell which ids are among those here; of none a mask too, where a list would be no mask."""
    return np.array([parcel in here for parcel in plain_values(ids)], dtype=bool)


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
