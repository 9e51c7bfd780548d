"""Land counted twice: within the layer, and with parcels supplied in earlier years."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.checks.view import View
from landgis.findings import define
from landgis.standards import guess_fields
from landgis.units import half_up_all

MOST_PAIRS = 1000
"""Overlaps that are told one by one, the largest; the others are one finding with its parcels."""

OVERLAP = define(
    "parcels.overlap",
    ("重叠", "overlaps"),
    (
        "宗地之间有没有公共面积，即重复计算的土地。",
        "Whether parcels share area, which would be counted twice.",
    ),
    pair=(
        "{noun:land} {one} 与 {other} 重叠 {actual:2} 平方米，重复计算。",
        "{noun:Land}s {one} and {other} overlap by {actual:2} m², counted twice.",
    ),
    others=(
        (
            "此外还有 {pairs} 处较小的重叠，涉及 {count} {noun:counted}，共 {actual:2} 平方米，"
            "逐处见图形问题图层：{members:some}。"
        ),
        (
            "{pairs} smaller overlaps more, of {count} {noun:land}s, "
            "{actual:2} m² in all; each is in "
            "the layer of faults: {members:some}."
        ),
    ),
    none=("{noun:land}之间没有重叠。", "No {noun:land}s overlap."),
)

HISTORY = define(
    "parcels.history",
    ("历年重复", "repeats of earlier years"),
    (
        "宗地与历年已供宗地有没有公共面积或相同编号。",
        "Whether a parcel shares area or its id with one supplied in an earlier year.",
    ),
    again=(
        (
            "{noun:land} {subject} 与历年已供宗地{old:clause} 重叠 {actual:2} "
            "平方米（占本宗 {part:1%}）。"
        ),
        (
            "{noun:Land} {subject} overlaps parcel{old:clause} of earlier years by {actual:2} m² "
            "({part:1%})."
        ),
    ),
    named=(" {name}", " {name}"),
    others=(
        (
            "此外还有 {pairs} 处与历年已供宗地的较小重叠，涉及 {count} {noun:counted}，"
            "共 {actual:2} 平方米：{members:some}。"
        ),
        (
            "{pairs} smaller overlaps more with parcels of earlier years, of {count} {noun:land}s, "
            "{actual:2} m² in all: {members:some}."
        ),
    ),
    same_id=(
        "{noun:land} {subject} 与历年已供宗地编号相同，位置不同。",
        "{noun:Land} {subject} has the id of a parcel of earlier years that lies elsewhere.",
    ),
    none=("没有与历年已供宗地重复的宗地。", "No parcel repeats one of earlier years."),
)


def overlaps(view: View) -> Iterator[pd.DataFrame]:
    """Land counted twice within the layer."""
    first, second, shared = view.shared(view.shapes, same=True)
    if not len(shared):
        yield view.summary(OVERLAP, "none", "pass")
        return
    told, rest = _largest(shared)
    pairs = list(zip(view.ids[first].tolist(), view.ids[second].tolist(), strict=True))
    amounts = half_up_all(shared[told], 2)
    yield OVERLAP.rows(
        "pair",
        "fail",
        subject=[f"{pairs[k][0]} / {pairs[k][1]}" for k in told],
        category=view.drawn["category"].to_numpy()[first[told]],
        expected=0.0,
        actual=amounts,
        difference=amounts,
        tolerance=view.least,
        unit="平方米",
        members=[pairs[k] for k in told],
        values={
            "noun": view.noun,
            "one": [pairs[k][0] for k in told],
            "other": [pairs[k][1] for k in told],
        },
    )
    if len(rest):
        rows = np.unique(np.concatenate([first[rest], second[rest]]))
        count, total = {"pairs": len(rest)}, float(shared[rest].sum())
        yield view.together(OVERLAP, "others", "fail", rows, area=total, values=count)


def _largest(shared: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Part overlaps into the largest, that are told one by one, and the rest; in their order."""
    ranked = np.argsort(-shared, kind="stable")
    return np.sort(ranked[:MOST_PAIRS]), np.sort(ranked[MOST_PAIRS:])


def repeats(view: View, history: gpd.GeoDataFrame) -> Iterator[pd.DataFrame]:
    """Land that was supplied in earlier years."""
    earlier = shapely.make_valid(np.asarray(history.geometry.array, dtype=object))
    names = _ids(history)
    first, second, shared = view.shared(earlier, same=False)
    told, rest = _largest(shared)
    if len(told):
        rows = first[told]
        old = [{"kind": "named", "name": names[j]} if names[j] else None for j in second[told]]
        yield view.rows(
            HISTORY,
            "again",
            "fail",
            rows,
            expected=np.zeros(len(rows)),
            actual=shared[told],
            tolerance=np.full(len(rows), view.least),
            values={"old": old, "part": shared[told] / view.area[rows]},
        )
    if len(rest):
        count, total = {"pairs": len(rest)}, float(shared[rest].sum())
        rows = np.unique(first[rest])
        yield view.together(HISTORY, "others", "fail", rows, area=total, values=count)
    elsewhere = set(names) & (set(view.ids) - set(view.ids[first])) - {""}
    again = np.flatnonzero(np.isin(view.ids.astype(str), list(elsewhere)))
    if len(again):
        yield view.rows(HISTORY, "same_id", "fail", again)
    if not len(shared) and not elsewhere:
        yield view.summary(HISTORY, "none", "pass")


def _ids(history: gpd.GeoDataFrame) -> list[str]:
    """Ids of earlier parcels, in whichever field bureaus put them; empty if the layer has none."""
    field = "parcel_id" if "parcel_id" in history else guess_fields(history).get("parcel_id")
    if field is None:
        return [""] * len(history)
    return [str(name) for name in history[field]]
