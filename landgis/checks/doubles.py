"""Land counted twice: within the layer, and with parcels supplied in earlier years."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import shapely

from landgis.checks.view import View, m2, rounded
from landgis.findings import Finding
from landgis.language import say
from landgis.standards import guess_fields


def overlaps(view: View) -> Iterator[Finding]:
    """Land counted twice within the layer."""
    first, second, shared = view.shared(view.shapes, same=True)
    for i, j, area in zip(first, second, shared, strict=True):
        ids = f"{view.ids[i]} / {view.ids[j]}"
        yield Finding(
            check="parcels.overlap",
            verdict="fail",
            subject=ids,
            category=str(view.drawn["category"][i]),
            expected=0.0,
            actual=rounded(area),
            difference=rounded(area),
            tolerance=view.least,
            unit="平方米",
            message=say(
                view.lang,
                f"{view.noun.zh} {view.ids[i]} 与 {view.ids[j]} 重叠 {m2(area)} 平方米，重复计算。",
                f"{view.noun.en.capitalize()}s {view.ids[i]} and {view.ids[j]} overlap by "
                f"{m2(area)} m², counted twice.",
            ),
        )
    if not len(shared):
        yield view.summary(
            "overlap",
            "pass",
            f"{view.noun.zh}之间没有重叠。",
            f"No {view.noun.en}s overlap.",
        )


def repeats(view: View, history: gpd.GeoDataFrame) -> Iterator[Finding]:
    """Land that was supplied in earlier years."""
    earlier = shapely.make_valid(np.asarray(history.geometry.array, dtype=object))
    names = _ids(history)
    first, second, shared = view.shared(earlier, same=False)
    for i, j, area in zip(first, second, shared, strict=True):
        part = area / view.area[i]
        named = f" {names[j]}".rstrip()
        yield view.finding(
            "history",
            "fail",
            i,
            f"与历年已供宗地{named} 重叠 {m2(area)} 平方米（占本宗 {part:.1%}）",
            f"overlaps parcel{named} of earlier years by {m2(area)} m² ({part:.1%})",
            expected=0.0,
            actual=area,
            tolerance=view.least,
        )
    elsewhere = set(names) & (set(view.ids) - set(view.ids[first])) - {""}
    for i in np.flatnonzero(np.isin(view.ids, list(elsewhere))):
        yield view.finding(
            "history",
            "fail",
            i,
            "与历年已供宗地编号相同，位置不同",
            "has the id of a parcel of earlier years that lies elsewhere",
        )
    if not len(shared) and not elsewhere:
        yield view.summary(
            "history",
            "pass",
            "没有与历年已供宗地重复的宗地。",
            "No parcel repeats one of earlier years.",
        )


def _ids(history: gpd.GeoDataFrame) -> list[str]:
    """Ids of earlier parcels, in whichever field bureaus put them; empty if the layer has none."""
    field = "parcel_id" if "parcel_id" in history else guess_fields(history).get("parcel_id")
    if field is None:
        return [""] * len(history)
    return [str(name) for name in history[field]]
