"""Rules of when: completion by a day, and 存量 before 新增."""

from __future__ import annotations

import numpy as np
import pandas as pd

from landgis.balance.figures import FACETS
from landgis.checks.land import CLAUSES, Demand, Flags, RuledLand, agreed, percent
from landgis.checks.supply import is_done
from landgis.findings import Finding, define

COMPLETION = define(
    "rules.completion",
    ("完成时序", "completion"),
    (
        "到期限时已供应或安排供应的面积占计划的比例是否达到规则。",
        "Whether enough of the plan's area is supplied, or scheduled, by the day of the rule.",
    ),
    **CLAUSES,
    no_quarter=("宗地没有供应时间（quarter）", "parcels lack a supply time (quarter)"),
    scheduled=(
        (
            "{about:clause}{due} 前应完成 {expected:plain}%，按供应时间安排为 {actual:2}%"
            "{base:clause}{undated:clause}。"
        ),
        (
            "{about:clause}{expected:plain}% due by {due}, as scheduled {actual:2}%"
            "{base:clause}{undated:clause}."
        ),
    ),
    supplied=(
        (
            "{about:clause}{due} 前应完成 {expected:plain}%，实际为 {actual:2}%"
            "{base:clause}{undated:clause}。"
        ),
        (
            "{about:clause}{expected:plain}% due by {due}, supplied {actual:2}%"
            "{base:clause}{undated:clause}."
        ),
    ),
    use_of=("{about:clause}", "{about:clause}: "),
    of_plan=("（占计划）", " (of the plan)"),
    of_map=("（占图上面积）", " (of the mapped area)"),
    undated=(
        "；另有占 {share:2}% 的宗地没有供应时间",
        "; a further {share:2}% has no supply time",
    ),
)

STOCK_FIRST = define(
    "rules.stock_first",
    ("存量优先", "存量 first"),
    (
        "每个供应时间，存量土地供应的比例是否不低于新增。",
        "Whether at every date 存量 is supplied at least as far as 新增.",
    ),
    **CLAUSES,
    no_record=(
        "需要同时有存量与新增宗地的土地来源（land_source）和供应时间（quarter）",
        "needs land source and supply time of both 存量 and 新增 parcels",
    ),
    behind=(
        "截至 {day}，存量供应 {stock:2}%，低于新增的 {new:2}%。",
        "By {day} 存量 is supplied to {stock:2}%, 新增 to {new:2}%.",
    ),
    first=(
        "各供应时间存量土地的完成比例均不低于新增。",
        "At every date 存量 is supplied at least as far as 新增.",
    ),
)


def judge_completion(land: RuledLand, rule: Demand) -> Finding:
    """Judge the share of the plan's area that is supplied by a day.

    Examples
    --------
    >>> from datetime import date
    >>> from landgis.checks.land import two_squares
    >>> from landgis.findings import findings_table
    >>> from landgis.telling import tell
    >>> land = two_squares(year=2024, quarter=["第一季度", "第三季度"])
    >>> rule = Demand("completion", "", 50.0, "%", date(2024, 6, 30), "")
    >>> tell(findings_table([judge_completion(land, rule)]))["message"].item()
    '2024-06-30 前应完成 50%，按供应时间安排为 25.00%（占图上面积）。'
    """
    use = land.use_of(rule)
    if use is None:
        return land.unknown(rule, "no_subject")
    if rule.due is None:
        return land.unknown(rule, "no_date")
    sure, _ = land.chosen(rule, use)
    dates = land.table["date"]
    dated = dates.notna().to_numpy() & sure
    if not dated.any():
        return land.unknown(rule, "no_quarter")
    by_due = np.array([d is not None and d <= rule.due for d in dates]) & sure
    done = is_done(land.table["stage"]).to_numpy()
    real = land.as_of is not None and land.as_of >= rule.due and bool(done.any())
    if real:
        by_due &= done
    whole, basis = _plan_area(land, rule, use, sure)
    low = percent(land.sum(by_due), whole)
    undated = percent(land.sum(sure & ~dated), whole)
    verdict = agreed([end >= rule.value - 1e-9 for end in (low, low + undated)])
    about = {"kind": "use_of", "about": land.name(rule, use)}
    return land.found(
        rule,
        "supplied" if real else "scheduled",
        verdict,
        actual=low,
        unit="%",
        category=use,
        about=about if use or rule.facets else None,
        due=str(rule.due),
        base={"kind": basis},
        undated={"kind": "undated", "share": undated} if undated else None,
    )


def _plan_area(land: RuledLand, rule: Demand, use: str, sure: Flags) -> tuple[float, str]:
    """Find what completion is a share of: the plan's figure, else the mapped area."""
    targets = land.plan.targets
    chosen = targets["region"].eq(land.region) & targets["category"].eq(use)
    for column in FACETS:
        told = targets[column].fillna("") if column in targets else pd.Series("", targets.index)
        chosen &= told.eq(dict(rule.facets).get(column, ""))
    areas = targets.loc[chosen, "area_ha"]
    if len(areas) and not pd.isna(areas.iloc[0]):
        return float(areas.iloc[0]) * 10_000, "of_plan"
    return land.sum(sure), "of_map"


def judge_stock_first(land: RuledLand, rule: Demand) -> Finding:
    """Judge whether 存量 is supplied before 新增: never a smaller part of it, at any date.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> quarters, sources = ["第一季度", "第三季度"], ["新增", "存量"]
    >>> land = two_squares(year=2024, quarter=quarters, land_source=sources)
    >>> from landgis.findings import findings_table
    >>> from landgis.telling import tell
    >>> found = judge_stock_first(land, Demand("stock_first", "", float("nan"), "", None, ""))
    >>> tell(findings_table([found]))["message"].item()
    '截至 2024-03-31，存量供应 0.00%，低于新增的 100.00%。'
    """
    dates = land.table["date"]
    dated = dates.notna().to_numpy()
    old, new = (land.recorded("land_source", word)[0] & dated for word in ("存量", "新增"))
    if not old.any() or not new.any():
        return land.unknown(rule, "no_record")
    for day in sorted({d for d in dates if d is not None}):
        then = np.array([d is not None and d <= day for d in dates])
        old_share, new_share = (percent(land.sum(k & then), land.sum(k)) for k in (old, new))
        if old_share < new_share - 1e-9:
            return land.found(rule, "behind", "fail", day=str(day), stock=old_share, new=new_share)
    return land.found(rule, "first", "pass")
