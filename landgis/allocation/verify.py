"""The answer weighed again, exactly, by code that knows neither rows nor solver.

It reads the tables that went in and the one that came out, adds whole dm² and fractions one parcel
after another, and says everything that does not hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd

from landgis.findings import Finding, define, findings_table
from landgis.landuse import COMPOSITES, is_within
from landgis.units import M2_PER_UNIT

HELD = define("""allocate.held 复核 | re-check
    选出的地块是否守住每一条件 | whether what was chosen keeps every condition
    all: 复核：{n} 宗地块守住全部条件。 | Re-checked: {n} parcel{n:s} keep every condition.
    parcel: {subject} {what}。 | {subject}: {what}.
    rule: 规则“{subject}”没有守住：应{word} {expected:plain}，实为 {actual:plain}。
    | The rule “{subject}” is not kept: {word} {expected:plain}, got {actual:plain}.
    group: 分组“{subject}”没有守住。 | The group “{subject}” is not kept.
    target: {subject} 的合计应为 {expected:2} 平方米，表中为 {actual:2}。
    | {subject} adds up to {expected:2} m², the table says {actual:2}.""")

WORDS = {
    "unknown": {"zh": "不在候选地块中", "en": "no such candidate"},
    "twice": {"zh": "选了两次", "en": "chosen twice"},
    "kept_out": {"zh": "不能入选", "en": "must not be chosen"},
    "use": {"zh": "不允许这一用途", "en": "this use is not allowed"},
    "early": {"zh": "早于净地时间", "en": "before it is ready"},
    "piece": {
        "zh": "面积既非整宗，也不在可切分的范围内",
        "en": "neither whole nor a piece that may be",
    },
    "missing": {"zh": "锁定入选而未选", "en": "locked in and not chosen"},
}


def verify(
    selected: pd.DataFrame,
    candidates: pd.DataFrame,
    *,
    uses: Mapping[str, Sequence[tuple[str, str]]],
    targets: pd.DataFrame,
    rules: Sequence[Mapping[str, Any]] = (),
    groups: Sequence[Mapping[str, Any]] = (),
    parents: Mapping[str, str] | None = None,
    periods: Sequence[date] = (),
) -> pd.DataFrame:
    """Check a choice against everything that was asked.

    Parameters
    ----------
    selected
        ``parcel_id use quarter area_m2``.
    candidates
        Table of `landgis.allocation.candidates.Candidates`.
    uses
        Id → uses that the candidate may have, each with its supply mode.
    targets
        ``name region use land_source supply_mode members chosen_m2``: sums that were told.
    rules
        Rules that act, each a mapping with ``kind name value`` and what it is about: ``region
        category land_source supply_mode``, of a share ``base`` (a mapping with the same keys), of
        a milestone ``planned_m2``, of a sum ``column``, and ``due``.
    groups
        ``kind members k name``.

    Returns
    -------
    DataFrame
        Findings: one pass, or a fail for everything that is not kept.
    """
    land = {str(row["parcel_id"]): row for row in reversed(candidates.to_dict("records"))}
    chosen = selected.to_dict("records")
    found = list(_parcels(chosen, land, uses))
    pieces = [_piece(row, land, uses) for row in chosen if str(row["parcel_id"]) in land]
    tree = parents or {}
    for row in targets.to_dict("records"):
        total = sum(p["area"] for p in pieces if _about(p, _target(row), tree))
        told = _dm2(row["chosen_m2"])
        if total != told:
            found.append(
                HELD.finding(
                    "target",
                    "fail",
                    subject=str(row["name"]),
                    expected=total / 100,
                    actual=told / 100,
                    unit="平方米",
                )
            )
    for rule in rules:
        broken = _rule(rule, pieces, tree, periods)
        if broken is not None:
            found.append(broken)
    quarters = {str(row["parcel_id"]): int(row["quarter"]) for row in chosen}
    found += [
        HELD.finding("group", "fail", subject=str(group["name"]))
        for group in groups
        if not _group(group, quarters)
    ]
    if not found:
        found.append(HELD.finding("all", "pass", values={"n": len(chosen)}))
    return findings_table(found)


def _dm2(area_m2: Any) -> int:
    return round(Fraction(repr(float(area_m2))) * 100)


def _parcels(
    chosen: list[dict[Any, Any]],
    land: Mapping[str, Mapping[Any, Any]],
    uses: Mapping[str, Sequence[tuple[str, str]]],
) -> list[Finding]:
    """Check each parcel by itself."""
    count = Counter(str(row["parcel_id"]) for row in chosen)
    wrong: list[tuple[str, str]] = [(name, "twice") for name, times in count.items() if times > 1]
    for row in chosen:
        name = str(row["parcel_id"])
        if name not in land:
            wrong.append((name, "unknown"))
            continue
        own = land[name]
        area, whole, least = _dm2(row["area_m2"]), int(own["area_dm2"]), int(own["least_dm2"])
        if own["why"] not in {"", "twice"}:
            wrong.append((name, "kept_out"))
        if str(row["use"]) not in {use for use, _ in uses.get(name, ())}:
            wrong.append((name, "use"))
        if int(row["quarter"]) < int(own["earliest"]):
            wrong.append((name, "early"))
        if area != whole and not least <= area <= whole:
            wrong.append((name, "piece"))
    wrong += [
        (name, "missing")
        for name, own in land.items()
        if own["lock"] == "in" and own["why"] == "" and name not in count
    ]
    return [
        HELD.finding("parcel", "fail", subject=name, values={"what": WORDS[what]})
        for name, what in wrong
    ]


def _piece(
    row: Mapping[Any, Any],
    land: Mapping[str, Mapping[Any, Any]],
    uses: Mapping[str, Sequence[tuple[str, str]]],
) -> dict[str, Any]:
    own = land[str(row["parcel_id"])]
    modes = dict(uses.get(str(row["parcel_id"]), ()))
    return {
        "own": own,
        "area": _dm2(row["area_m2"]),
        "use": str(row["use"]),
        "quarter": int(row["quarter"]),
        "region": str(own["region"]),
        "land_source": str(own["land_source"]),
        "supply_mode": modes.get(str(row["use"]), ""),
    }


def _target(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {**row, "category": row["use"]}


def _about(piece: Mapping[str, Any], what: Mapping[Any, Any], tree: Mapping[str, str]) -> bool:
    """Whether a piece counts towards a figure or rule."""
    region, wanted = piece["region"], what.get("region") or ""
    climbed = set()
    while wanted and region != wanted:
        if region in climbed or region not in tree:
            return False
        climbed.add(region)
        region = tree[region]
    use, members = what.get("category") or "", what.get("members") or ()
    made_of = {**COMPOSITES, use: tuple(members)} if members else COMPOSITES
    if not is_within(piece["use"], use, composites=made_of):
        return False
    return all((what.get(name) or "") in piece[name] for name in ("land_source", "supply_mode"))


def _rule(
    rule: Mapping[str, Any],
    pieces: list[dict[str, Any]],
    tree: Mapping[str, str],
    periods: Sequence[date],
) -> Finding | None:
    kind, value = str(rule["kind"]), Fraction(str(rule["value"]))
    due = str(rule.get("due") or "")[:10]
    last = sum(day.isoformat() <= due for day in periods) if due else len(periods)
    mine = [p for p in pieces if _about(p, rule, tree)]
    in_time = [p for p in mine if not due or p["quarter"] <= last]
    area = Fraction(sum(p["area"] for p in in_time), 100)
    if kind in {"min_share", "max_share", "stock_first"}:
        base = [p for p in pieces if _about(p, rule["base"], tree)]
        inside = [p for p in mine if any(p is q for q in base)] if len(base) < len(pieces) else mine
        whole = sum(p["area"] for p in base)
        got = Fraction(sum(p["area"] for p in inside) * 100, whole) if whole else value
    elif kind == "completion":
        planned = rule.get("planned_m2")
        whole_m2 = Fraction(sum(p["area"] for p in mine), 100) if planned is None else planned
        got = 100 * area / whole_m2 if whole_m2 else value
    elif kind in {"max_total", "min_total"}:
        got = area / M2_PER_UNIT[str(rule["unit"])]
    elif kind in {"max_count", "min_count"}:
        got = Fraction(len(in_time))
    else:
        got = sum((_amount(p, str(rule["column"])) for p in in_time), Fraction(0))
    most = kind.startswith("max")
    if (got <= value) if most else (got >= value):
        return None
    word = {"zh": "不超过", "en": "at most"} if most else {"zh": "不低于", "en": "at least"}
    return HELD.finding(
        "rule",
        "fail",
        subject=str(rule["name"]),
        expected=float(value),
        actual=float(got),
        values={"word": word},
    )


def _amount(piece: Mapping[str, Any], column: str) -> Fraction:
    """Give what a piece brings of a column: of a part of a parcel its part."""
    share = Fraction(piece["area"], int(piece["own"]["area_dm2"]))
    return Fraction(round(float(piece["own"][column]) * 100), 100) * share


def _group(group: Mapping[str, Any], quarters: Mapping[str, int]) -> bool:
    kind, k = str(group["kind"]), int(group.get("k") or 1)
    members = list(group["members"])
    if kind == "layouts":
        states = [{m in quarters for m in layout} for layout in members]
        return all(len(s) == 1 for s in states) and sum(True in s for s in states) <= 1
    inside = [m for m in members if m in quarters]
    if kind == "all_or_none":
        return len(inside) in {0, len(members)}
    if kind == "at_least":
        return len(inside) >= k
    if kind == "at_most":
        return len(inside) <= k
    first = members[0]
    return all(
        m not in quarters or (first in quarters and quarters[first] <= quarters[m])
        for m in members[1:]
    )


def uses_of(candidates: pd.DataFrame, options: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """Give the uses that each candidate may have, with their supply modes, by id."""
    ids = candidates["parcel_id"].to_numpy()[options["candidate"]]
    out: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, use, mode in zip(ids, options["use"], options["supply_mode"], strict=True):
        out[str(name)].append((str(use), str(mode)))
    return dict(out)
