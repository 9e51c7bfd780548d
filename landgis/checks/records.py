"""What parcels record of themselves, against their drawing: shape, use, area."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from landgis.checks.sums import decimals_of
from landgis.checks.tolerance import perimeter_m
from landgis.checks.view import Noun, View, m2
from landgis.findings import Finding, Verdict
from landgis.landuse import canonical
from landgis.language import Lang, say
from landgis.units import printed_tolerance

SLIVER_WIDTH_M = 1.0


def geometry(missing: pd.DataFrame, count: int, noun: Noun, lang: Lang) -> Iterator[Finding]:
    """Tell the parcels that are not drawn."""
    for parcel in missing["parcel_id"]:
        message = say(
            lang,
            f"{noun.zh} {parcel} 没有图形。",
            f"{noun.en.capitalize()} {parcel} has no geometry.",
        )
        yield Finding(
            check="parcels.geometry", verdict="fail", subject=str(parcel), message=message
        )
    if missing.empty:
        message = say(
            lang,
            f"{count} {noun.counted}均有图形。",
            f"All {count} {noun.en}s have a geometry.",
        )
        yield Finding(check="parcels.geometry", verdict="pass", message=message)


def use(land: pd.DataFrame, noun: Noun, lang: Lang) -> Iterator[Finding]:
    """Tell the parcels of no use, or of one that no classification knows."""
    known = land["category"].map({u: bool(canonical(u)) for u in land["category"].unique()})
    for _, row in land[~known.astype(bool)].iterrows():
        parcel, use = row["parcel_id"], row["category"]
        verdict: Verdict = "unknown" if use else "fail"
        message = (
            say(
                lang,
                f"{noun.zh} {parcel} 的用途“{use}”不在用途分类中，未计入任何用途。",
                f"The use “{use}” of {noun.en} {parcel} is in no classification "
                "and counts for none.",
            )
            if use
            else say(
                lang,
                f"{noun.zh} {parcel} 没有登记用途。",
                f"{noun.en.capitalize()} {parcel} has no use.",
            )
        )
        yield Finding(
            check="parcels.use", verdict=verdict, subject=parcel, category=use, message=message
        )
    if known.all():
        message = say(
            lang,
            f"{len(land)} {noun.counted}均有可识别的用途。",
            f"All {len(land)} {noun.en}s have a known use.",
        )
        yield Finding(check="parcels.use", verdict="pass", message=message)


def areas(view: View) -> Iterator[Finding]:
    """Compare recorded with drawn area."""
    recorded = view.drawn["recorded_area_m2"].to_numpy()
    printed = [
        0.0 if np.isnan(v) else float(printed_tolerance(min(decimals_of(v), 2))) for v in recorded
    ]
    bound = view.tolerance + np.array(printed)
    basis = {
        "plane": ("平面面积", "plane area"),
        "ellipsoid": ("椭球面积", "ellipsoid area"),
        "survey": ("图斑椭球面积", "survey area"),
    }[view.method]
    far = np.flatnonzero(np.abs(view.area - recorded) > bound)
    for i in far:
        yield view.finding(
            "area",
            "fail",
            i,
            f"登记 {m2(recorded[i])} 平方米，图形{basis[0]} {m2(view.area[i])} 平方米，"
            f"相差 {m2(view.area[i] - recorded[i], sign=True)} 平方米"
            f"（{(view.area[i] - recorded[i]) / recorded[i]:+.2%}）"
            if recorded[i]
            else f"登记 0 平方米，图形{basis[0]} {m2(view.area[i])} 平方米",
            f"recorded {m2(recorded[i])} m², {basis[1]} {m2(view.area[i])} m²",
            expected=recorded[i],
            actual=view.area[i],
            tolerance=bound[i],
        )
    absent = np.isnan(recorded)
    good = int((~absent).sum()) - len(far)
    if absent.any():
        yield view.summary(
            "area",
            "unknown",
            f"{int(absent.sum())} {view.noun.counted}没有登记面积，无法与图形核对。",
            f"{int(absent.sum())} {view.noun.en}s have no recorded area to compare.",
        )
    if good:
        yield view.summary(
            "area",
            "pass",
            f"{good} {view.noun.counted}的登记面积与图形{basis[0]}之差在界址点误差之内。",
            f"{good} {view.noun.en}s: recorded and drawn ({basis[1]}) agree "
            "within boundary-point error.",
        )


def slivers(view: View) -> Iterator[Finding]:
    """Parcels too thin to be parcels: mean width 2A/P below `SLIVER_WIDTH_M`."""
    around = perimeter_m(view.drawn)
    width = 2 * view.area / np.where(around > 0, around, np.inf)
    thin = np.flatnonzero(width < SLIVER_WIDTH_M)
    for i in thin:
        yield view.finding(
            "sliver",
            "fail",
            i,
            f"为狭长碎片：平均宽度 {width[i]:.2f} 米，面积 {m2(view.area[i])} 平方米",
            f"is a sliver: mean width {width[i]:.2f} m, area {m2(view.area[i])} m²",
            actual=view.area[i],
        )
    if not len(thin):
        yield view.summary("sliver", "pass", "没有狭长碎片。", f"No {view.noun.en} is a sliver.")
