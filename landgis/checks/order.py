"""Rules of when: completion by a day, and 存量 before 新增."""

from __future__ import annotations

import numpy as np
import pandas as pd

from landgis.checks.figures import FACETS
from landgis.checks.land import Flags, Land, Rule, agreed, percent, plain, two
from landgis.checks.schedule import is_done
from landgis.findings import Finding
from landgis.language import say


def judge_completion(land: Land, rule: Rule) -> Finding:
    """Judge the share of the plan's area that is supplied by a day.

    Examples
    --------
    >>> from datetime import date
    >>> from landgis.checks.land import two_squares
    >>> land = two_squares(year=2024, quarter=["第一季度", "第三季度"])
    >>> judge_completion(land, Rule("completion", "", 50.0, "%", date(2024, 6, 30), "")).message
    '2024-06-30 前应完成 50%，按供应时间安排为 25.00%（占图上面积）。'
    """
    use = land.use_of(rule)
    if use is None:
        return land.no_subject(rule)
    if rule.due is None:
        return land.unknown(rule, "规则没有期限", "the rule has no date")
    sure, _ = land.chosen(rule, use)
    dates = land.table["date"]
    dated = dates.notna().to_numpy() & sure
    if not dated.any():
        return land.unknown(
            rule, "宗地没有供应时间（quarter）", "parcels lack a supply time (quarter)"
        )
    by_due = np.array([d is not None and d <= rule.due for d in dates]) & sure
    done = is_done(land.table["stage"]).to_numpy()
    real = land.as_of is not None and land.as_of >= rule.due and bool(done.any())
    if real:
        by_due &= done
    whole, basis = _plan_area(land, rule, use, sure)
    low = percent(land.sum(by_due), whole)
    undated = percent(land.sum(sure & ~dated), whole)
    verdict = agreed([end >= rule.value - 1e-9 for end in (low, low + undated)])
    state = say(land.lang, *(("实际", "supplied") if real else ("按供应时间安排", "as scheduled")))
    about = f"{land.name(rule, use)}" if use or rule.facets else ""
    zh = f"{about}{rule.due} 前应完成 {plain(rule.value)}%，{state}为 {two(low)}%（{basis[0]}）"
    en = f"{about + ': ' if about else ''}{plain(rule.value)}% due by {rule.due}, "
    en += f"{state} {two(low)}% ({basis[1]})"
    if undated:
        zh += f"；另有占 {two(undated)}% 的宗地没有供应时间"
        en += f"; a further {two(undated)}% has no supply time"
    return land.found(rule, verdict, zh, en, actual=low, unit="%", category=use)


def _plan_area(land: Land, rule: Rule, use: str, sure: Flags) -> tuple[float, tuple[str, str]]:
    """Find what completion is a share of: the plan's figure, else the mapped area."""
    targets = land.plan.targets
    chosen = targets["region"].eq(land.region) & targets["category"].eq(use)
    for column in FACETS:
        told = targets[column].fillna("") if column in targets else pd.Series("", targets.index)
        chosen &= told.eq(dict(rule.facets).get(column, ""))
    areas = targets.loc[chosen, "area_ha"]
    if len(areas) and not pd.isna(areas.iloc[0]):
        return float(areas.iloc[0]) * 10_000, ("占计划", "of the plan")
    return land.sum(sure), ("占图上面积", "of the mapped area")


def judge_stock_first(land: Land, rule: Rule) -> Finding:
    """Judge whether 存量 is supplied before 新增: never a smaller part of it, at any date.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> quarters, sources = ["第一季度", "第三季度"], ["新增", "存量"]
    >>> land = two_squares(year=2024, quarter=quarters, land_source=sources)
    >>> judge_stock_first(land, Rule("stock_first", "", float("nan"), "", None, "")).message
    '截至 2024-03-31，存量供应 0.00%，低于新增的 100.00%。'
    """
    dates = land.table["date"]
    dated = dates.notna().to_numpy()
    old, new = (land.recorded("land_source", word)[0] & dated for word in ("存量", "新增"))
    if not old.any() or not new.any():
        return land.unknown(
            rule,
            "需要同时有存量与新增宗地的土地来源（land_source）和供应时间（quarter）",
            "needs land source and supply time of both 存量 and 新增 parcels",
        )
    for day in sorted({d for d in dates if d is not None}):
        then = np.array([d is not None and d <= day for d in dates])
        old_share, new_share = (percent(land.sum(k & then), land.sum(k)) for k in (old, new))
        if old_share < new_share - 1e-9:
            return land.found(
                rule,
                "fail",
                f"截至 {day}，存量供应 {two(old_share)}%，低于新增的 {two(new_share)}%",
                f"by {day} 存量 is supplied to {two(old_share)}%, 新增 to {two(new_share)}%",
            )
    return land.found(
        rule,
        "pass",
        "各供应时间存量土地的完成比例均不低于新增",
        "at every date 存量 is supplied at least as far as 新增",
    )
