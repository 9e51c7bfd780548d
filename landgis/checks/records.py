"""What parcels record of themselves, against their drawing: shape, use, area."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd

from landgis.balance.mapped import record_precision_m2
from landgis.checks.view import MANY, Floats, Noun, Rows, View, several
from landgis.findings import Verdict, define, findings_table
from landgis.landuse import classified
from landgis.measure import perimeter_m

SLIVER_WIDTH_M = 1.0

GEOMETRY = define(
    "parcels.geometry",
    ("图形", "geometry"),
    ("每宗地在图层中是否有图形。", "Whether every parcel of the layer has a shape."),
    missing=("{noun:land} {subject} 没有图形。", "{noun:Land} {subject} has no geometry."),
    missing_many=(
        "{count} {noun:counted}没有图形：{members:some}。",
        "{count} {noun:land}s have no geometry: {members:some}.",
    ),
    drawn=("{count} {noun:counted}均有图形。", "All {count} {noun:land}s have a geometry."),
)

USE = define(
    "parcels.use",
    ("用途", "use"),
    (
        "每宗地登记的用途是否在用途分类之中。",
        "Whether the recorded use of every parcel is one of a classification, or of the plan.",
    ),
    missing=("{noun:land} {subject} 没有登记用途。", "{noun:Land} {subject} has no use."),
    missing_many=(
        "{count} {noun:counted}没有登记用途：{members:some}。",
        "{count} {noun:land}s have no use: {members:some}.",
    ),
    unknown=(
        "{noun:land} {subject} 的用途“{category}”不在用途分类中，未计入任何用途。",
        (
            "The use “{category}” of {noun:land} {subject} is in no classification "
            "and counts for none."
        ),
    ),
    unknown_many=(
        "{count} {noun:counted}的用途“{category}”不在用途分类中，未计入任何用途：{members:some}。",
        (
            "The use “{category}” of {count} {noun:land}s is in no classification and counts for "
            "none: {members:some}."
        ),
    ),
    known=(
        "{count} {noun:counted}均有可识别的用途。",
        "All {count} {noun:land}s have a known use.",
    ),
)

AREA = define(
    "parcels.area",
    ("登记与图形面积", "recorded and drawn area"),
    (
        "登记面积与图形面积之差是否在界址点误差之内。",
        "Whether recorded and drawn area agree within the error of boundary points.",
    ),
    differs=(
        (
            "{noun:land} {subject} 登记 {expected:2} 平方米，图形{basis:clause} {actual:2} 平方米，"
            "相差 {difference:+2} 平方米（{part:+2%}）。"
        ),
        (
            "{noun:Land} {subject}: recorded {expected:2} m², {basis:clause} {actual:2} m², "
            "{difference:+2} m² apart ({part:+2%})."
        ),
    ),
    nothing=(
        "{noun:land} {subject} 登记 0 平方米，图形{basis:clause} {actual:2} 平方米。",
        "{noun:Land} {subject}: recorded 0 m², {basis:clause} {actual:2} m².",
    ),
    factor=(
        (
            "{count} {noun:counted}的登记面积都是图形{basis:clause}的 {factor:6} 倍，"
            "应是面积单位或口径不同，并非各宗有误：{members:some}。"
        ),
        (
            "The recorded areas of {count} {noun:land}s are all "
            "{factor:6} times the {basis:clause}: "
            "another unit or kind of area, not an error of each: {members:some}."
        ),
    ),
    unrecorded=(
        "{count} {noun:counted}没有登记面积，无法与图形核对。",
        "{count} {noun:counted}{count:s} without a recorded area to compare.",
    ),
    agrees=(
        "{count} {noun:counted}的登记面积与图形{basis:clause}之差在界址点误差之内。",
        (
            "{count} {noun:counted}{count:s}: recorded and drawn ({basis:clause}) agree "
            "within boundary-point error."
        ),
    ),
    plane=("平面面积", "plane area"),
    ellipsoid=("椭球面积", "ellipsoid area"),
    survey=("图斑椭球面积", "survey area"),
)

SLIVER = define(
    "parcels.sliver",
    ("狭长碎片", "slivers"),
    (
        "宗地的平均宽度（2 × 面积 ÷ 周长）是否在 1 米以上。",
        "Whether the mean width of a parcel (2 × area ÷ perimeter) is 1 m at least.",
    ),
    thin=(
        "{noun:land} {subject} 为狭长碎片：平均宽度 {width:2} 米，面积 {actual:2} 平方米。",
        "{noun:Land} {subject} is a sliver: mean width {width:2} m, area {actual:2} m².",
    ),
    none=("没有狭长碎片。", "No {noun:land} is a sliver."),
)


def geometry(missing: pd.DataFrame, count: int, noun: Noun) -> Iterator[pd.DataFrame]:
    """Tell the parcels that are not drawn."""
    ids = missing["parcel_id"].to_numpy()
    if len(ids) > MANY:
        yield several(GEOMETRY, "missing_many", "fail", ids, noun)
    elif len(ids):
        yield GEOMETRY.rows("missing", "fail", subject=ids, values={"noun": noun})
    else:
        values = {"noun": noun, "count": count}
        yield findings_table([GEOMETRY.finding("drawn", "pass", values=values)])


def use(land: pd.DataFrame, noun: Noun, *, named: Collection[str] = ()) -> Iterator[pd.DataFrame]:
    """Tell the parcels of no use, or of one that neither a classification nor the plan knows."""
    uses = land["category"]
    strange = [name for name in uses.unique() if not classified(name) and name not in named]
    for name in sorted(strange):
        ids = land.loc[uses == name, "parcel_id"].to_numpy()
        kind = "unknown" if name else "missing"
        verdict: Verdict = "unknown" if name else "fail"
        if len(ids) > (1 if name else MANY):
            yield several(USE, f"{kind}_many", verdict, ids, noun, category=name)
        else:
            yield USE.rows(kind, verdict, subject=ids, category=name, values={"noun": noun})
    if not strange:
        values = {"noun": noun, "count": len(land)}
        yield findings_table([USE.finding("known", "pass", values=values)])


def areas(view: View) -> Iterator[pd.DataFrame]:
    """Compare recorded with drawn area."""
    recorded = view.drawn["recorded_area_m2"].to_numpy()
    bound = view.tolerance + record_precision_m2(recorded)
    basis = {"basis": {"kind": view.method}}
    far = np.flatnonzero(np.abs(view.area - recorded) > bound)
    alike, factor = _one_factor(recorded[far], view.area[far], bound[far])
    if alike.any():
        told = {**basis, "factor": factor}
        total = float(view.area[far[alike]].sum())
        yield view.together(AREA, "factor", "fail", far[alike], area=total, values=told)
    single = far[~alike]
    nought = recorded[single] == 0
    for kind, rows in (("differs", single[~nought]), ("nothing", single[nought])):
        if len(rows):
            part = {"part": view.area[rows] / recorded[rows] - 1} if kind == "differs" else {}
            yield view.rows(
                AREA,
                kind,
                "fail",
                rows,
                expected=recorded[rows],
                actual=view.area[rows],
                tolerance=bound[rows],
                values=basis | part,
            )
    absent = int(np.isnan(recorded).sum())
    good = len(recorded) - absent - len(far)
    if absent:
        yield view.summary(AREA, "unrecorded", "unknown", count=absent)
    if good:
        yield view.summary(AREA, "agrees", "pass", count=good, values=basis)


def _one_factor(
    recorded: Floats, drawn: Floats, bound: Floats
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], float]:
    """Find the factor that most of many differing parcels have in common: another unit, say."""
    none = np.zeros(len(recorded), dtype=bool)
    if len(recorded) <= MANY or not (recorded > 0).any():
        return none, 1.0
    factor = float(np.median(recorded / np.maximum(drawn, 1e-9)))
    alike = np.abs(recorded - factor * drawn) <= bound * max(factor, 1e-4)
    return (alike, factor) if alike.sum() > max(MANY, len(recorded) / 2) else (none, 1.0)


def slivers(view: View) -> Iterator[pd.DataFrame]:
    """Parcels too thin to be parcels: mean width 2A/P below `SLIVER_WIDTH_M`."""
    around = perimeter_m(view.drawn).to_numpy()
    width = 2 * view.area / np.where(around > 0, around, np.inf)
    thin: Rows = np.flatnonzero(width < SLIVER_WIDTH_M)
    if len(thin):
        told = {"width": width[thin]}
        yield view.rows(SLIVER, "thin", "fail", thin, actual=view.area[thin], values=told)
    else:
        yield view.summary(SLIVER, "none", "pass")
