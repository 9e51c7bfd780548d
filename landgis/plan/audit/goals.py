"""Totals that a plan sets as limits or goals, against its own figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from landgis.findings import Finding
from landgis.language import Lang, say
from landgis.plan.audit.figures import Figure, quantity_of, show_area
from landgis.plan.audit.splits import top_regions
from landgis.plan.model import Plan
from landgis.units import M2_PER_UNIT, Quantity, unit_word

_ABOUT = ("region", "category", "land_source", "supply_mode")


def check_goals(plan: Plan, figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Set limits and goals against the figures of the same land; unknown where there are none."""
    for rule in plan.rules.to_dict("records"):
        goal = quantity_of(rule["value"], rule["unit"], rule["decimals"])
        if rule["kind"] not in ("min_total", "max_total") or goal is None:
            continue
        reached = _reached(rule, figures) or _summed(rule, figures)
        if reached is None:
            if any(rule[k] for k in _ABOUT):
                yield _undecided(rule, goal, lang)
        elif reached.where != rule["source"]:
            yield _judged(rule, goal, reached, lang)


def _undecided(rule: dict[str, Any], goal: Quantity, lang: Lang) -> Finding:
    zh, en = _limit(rule)
    return Finding(
        check="audit.goal",
        verdict="unknown",
        subject=rule["subject"],
        region=rule["region"],
        category=rule["category"],
        expected=float(goal.value),
        unit=goal.unit,
        message=say(
            lang,
            f"{rule['subject']}要求{zh}{goal.value}{goal.unit}，计划中没有相应的数字，无法判定。",
            f"{rule['subject']} is to be {en} {goal.value} {unit_word(goal.unit, 'en')}; the plan "
            "has no figure of it: undecided.",
        ),
        source=rule["source"],
    )


def _limit(rule: dict[str, Any]) -> tuple[str, str]:
    return ("不低于", "at least") if rule["kind"] == "min_total" else ("不超过", "at most")


def _judged(rule: dict[str, Any], goal: Quantity, reached: Figure, lang: Lang) -> Finding:
    least = rule["kind"] == "min_total"
    difference = reached.area_m2 - goal.area_m2
    fits = difference >= -reached.half_m2 if least else difference <= reached.half_m2
    per = M2_PER_UNIT[goal.unit]
    have = show_area(reached.area_m2, goal.unit)
    zh, en = _limit(rule)
    return Finding(
        check="audit.goal",
        verdict="pass" if fits else "fail",
        subject=rule["subject"],
        region=rule["region"],
        category=rule["category"],
        expected=float(goal.area_m2 / per),
        actual=float(reached.area_m2 / per),
        difference=float(difference / per),
        tolerance=float(reached.half_m2 / per),
        unit=goal.unit,
        message=say(
            lang,
            f"{rule['subject']}要求{zh}{goal.value}{goal.unit}，安排{have}{goal.unit}"
            + ("，符合。" if fits else "，不符合。"),
            f"{rule['subject']} is to be {en} {goal.value} {unit_word(goal.unit, 'en')}; planned "
            f"are {have} {unit_word(goal.unit, 'en')}" + ("." if fits else ": it is not."),
        ),
        source=rule["source"],
    )


def _reached(rule: dict[str, Any], figures: Sequence[Figure]) -> Figure | None:
    about = (rule["region"], rule["category"], rule["land_source"], rule["supply_mode"], "")
    return next((f for f in figures if f.quantity and (f.region, *f.key[1:]) == about), None)


def _summed(rule: dict[str, Any], figures: Sequence[Figure]) -> Figure | None:
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
