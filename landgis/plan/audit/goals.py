"""Totals that a plan sets as limits or goals, against its own figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from landgis.findings import Finding, define
from landgis.plan.audit.splits import top_regions
from landgis.plan.audit.stated import Stated, in_unit, quantity_of, shown
from landgis.plan.model import PLAN_RULES, Plan
from landgis.schema import conform
from landgis.units import Quantity

GOAL = define(
    "audit.goal",
    ("目标", "goals"),
    ("安排的面积是否合乎上限、下限", "whether what is planned keeps to limits and goals"),
    kept=(
        "{subject}要求{limit}{stated}{unit:unit}，安排{have}{unit:unit}，符合。",
        ("{subject} is to be {limit} {stated} {unit:unit}; planned are {have} {unit:unit}."),
    ),
    missed=(
        "{subject}要求{limit}{stated}{unit:unit}，安排{have}{unit:unit}，不符合。",
        (
            "{subject} is to be {limit} {stated} {unit:unit}; planned are {have} "
            "{unit:unit}: it is not."
        ),
    ),
    far=(
        "{subject}要求{limit}{stated}{unit:unit}，安排{have}{unit:unit}，可能不是同一口径，无法判定。",
        (
            "{subject} is to be {limit} {stated} {unit:unit}; planned are {have} {unit:unit}, so "
            "far off that they may be of different things: undecided."
        ),
    ),
    unknown=(
        "{subject}要求{limit}{stated}{unit:unit}，计划中没有相应的数字，无法判定。",
        (
            "{subject} is to be {limit} {stated} {unit:unit}; the plan has no figure of it: "
            "undecided."
        ),
    ),
)

_ABOUT = ("region", "category", "land_source", "supply_mode")
_LIMITS = {
    "min_total": {"zh": "不低于", "en": "at least"},
    "max_total": {"zh": "不超过", "en": "at most"},
}


def check_goals(plan: Plan, figures: Sequence[Stated]) -> Iterator[Finding]:
    """Set limits and goals against the figures of the same land; unknown where there are none."""
    for rule in conform(plan.rules, PLAN_RULES).to_dict("records"):
        goal = quantity_of(rule["value"], rule["unit"], rule["decimals"])
        if rule["kind"] not in _LIMITS or goal is None or "力争" in rule["source"]:
            continue
        reached = _reached(rule, figures) or _summed(rule, figures)
        if reached is None:
            if any(rule[k] for k in _ABOUT):
                yield _finding("unknown", rule, goal)
        elif reached.where != rule["source"]:
            yield _judged(rule, goal, reached)


def _judged(rule: dict[Any, Any], goal: Quantity, reached: Stated) -> Finding:
    difference = reached.area_m2 - goal.area_m2
    least = rule["kind"] == "min_total"
    fits = difference >= -reached.half_m2 if least else difference <= reached.half_m2
    far = 2 * reached.area_m2 < goal.area_m2 if least else reached.area_m2 > 2 * goal.area_m2
    unit = goal.unit
    finding = _finding("kept" if fits else "far" if far else "missed", rule, goal)
    return replace(
        finding,
        verdict="pass" if fits else "unknown" if far else "fail",
        actual=in_unit(reached.area_m2, unit),
        difference=in_unit(difference, unit),
        tolerance=in_unit(reached.half_m2, unit),
        values={**finding.values, "have": shown(reached.area_m2, unit)},
    )


def _finding(kind: str, rule: dict[Any, Any], goal: Quantity) -> Finding:
    return GOAL.finding(
        kind,
        "unknown",
        subject=rule["subject"],
        region=rule["region"],
        category=rule["category"],
        expected=float(goal.value),
        unit=goal.unit,
        values={"limit": _LIMITS[rule["kind"]], "stated": str(goal.value)},
        source=rule["source"],
    )


def _reached(rule: dict[Any, Any], figures: Sequence[Stated]) -> Stated | None:
    about = (rule["region"], rule["category"], rule["land_source"], rule["supply_mode"], "")
    return next((f for f in figures if f.quantity and (f.region, *f.key[1:]) == about), None)


def _summed(rule: dict[Any, Any], figures: Sequence[Stated]) -> Stated | None:
    """Sum over regions or periods, where a goal has no figure of its own in the plan."""
    if any(rule[k] for k in _ABOUT) or rule["due"] == "":
        return None
    plain = [f for f in figures if f.quantity and not f.category and not f.source and not f.mode]
    years = [f for f in plain if not f.region and f.period.endswith("年")]
    parts = years or list(top_regions([f for f in plain if not f.period]))
    if len(parts) < 2 or len({p.quantity.unit for p in parts if p.quantity}) != 1:
        return None
    total = sum((p.quantity.value for p in parts if p.quantity), Decimal(0))
    unit = next(p.quantity.unit for p in parts if p.quantity)
    return replace(parts[0], quantity=Quantity(total, unit), where="")
