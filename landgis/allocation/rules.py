"""Rules and groups as rows that must hold: shares, caps, floors, counts, milestones, money.

A rule that the candidates cannot decide (no land source, a column that is not there) is told as
unknown and left out; it never acts by half.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
import pandas as pd

from landgis.allocation.candidates import MOST_NAMED, as_numbers
from landgis.allocation.problem import DM2_PER_M2, GROUPS, Flags, Ints, LimitedSum
from landgis.allocation.targets import FACETS, Sorting
from landgis.errors import InputError
from landgis.findings import Finding, define
from landgis.landuse import all_names, canonical
from landgis.plan.model import NOT_RECORDED
from landgis.units import M2_PER_UNIT

STOCK_RANK = 90
"""存量 before 新增 without a figure: the least 新增 land, after all targets, before the score."""

CENTS = 100
"""What a column of the candidates holds (万元, 个) is summed in hundredths."""

WHOLE = ("总量", "规模", "总面积", "全部", "低效用地", "供应计划", "建设用地")
MODES = ("出让", "划拨", "租赁", "作价出资")
SOURCES = ("新增", "存量")

RULE = define("""allocate.rules 规则 | rules
    哪些规则不能用于选地 | rules that cannot act on the choice
    subject: 规则“{subject}”所指的用途不明，未采用。
    | It is not clear what the rule “{subject}” is about; it does not act.
    column: 规则“{subject}”需要字段 {column}，候选地块没有登记，未采用。
    | The rule “{subject}” needs {column}, which the candidates lack; it does not act.
    lacking: 规则“{subject}”所用的字段 {column} 有 {n} 宗没有数值（{members:list}），规则未采用。
    | “{subject}” does not act: {n} candidate{n:s} lack a number of {column} ({members:list}).
    value: 规则“{subject}”没有可用的数值、单位或期限，未采用。
    | The rule “{subject}” has no usable value, unit or date; it does not act.
    kind: 规则“{subject}”的类型 {rule} 不用于选地。
    | Rules of the kind {rule} (“{subject}”) do not act on the choice.
    stock: 存量优先：在满足目标的前提下，新增用地取最少。
    | 存量 first: as little 新增 land as the targets allow.""")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Weighed:
    """What rules are weighed on: the options, in the order of `Problem`."""

    sorting: Sorting
    area: Ints
    quarter: Ints
    candidate: Ints
    table: pd.DataFrame
    periods: Sequence[date]
    targets: Sequence[LimitedSum]


def rule_rows(rules: pd.DataFrame, ground: Weighed) -> tuple[list[LimitedSum], list[Finding]]:
    """Turn rules into rows.

    Parameters
    ----------
    rules
        Columns as ``plan.rules``: ``kind subject value unit due category region of land_source
        supply_mode``. Kinds: ``min_share max_share max_total min_total min_count max_count
        completion stock_first``, and ``max_sum``, ``min_sum`` of a ``column`` of the candidates
        (money, 新增指标, a number of places). ``region`` may be ``*``: one row for each region.
        With ``due``, what is supplied until that day. ``rank`` makes a rule one that may be missed.
    """
    rows: list[LimitedSum] = []
    found: list[Finding] = []
    for record in rules.to_dict("records"):
        rule = {str(k): _plain(v) for k, v in record.items()}
        everywhere = ground.sorting.regions if rule.get("region") == "*" else [rule.get("region")]
        for region in everywhere:
            made = _rule({**rule, "region": region or ""}, ground)
            if isinstance(made, Finding):
                found.append(made)
                break
            rows.append(made)
            if made.rank == STOCK_RANK:
                found.append(RULE.finding("stock", "note", subject=made.name))
    return _distinct(rows), found


def _plain(value: Any) -> Any:
    missing = value is None or (not isinstance(value, list | tuple) and pd.isna(value))
    return "" if missing else value


def _distinct(rows: list[LimitedSum]) -> list[LimitedSum]:
    """Leave out a rule that says the same as an earlier one."""
    kept: dict[tuple[Any, ...], LimitedSum] = {}
    for row in rows:
        key = (row.kind, row.low, row.high, row.options.tobytes(), row.coefs.tobytes())
        kept.setdefault(key, row)
    return list(kept.values())


def _rule(rule: dict[str, Any], ground: Weighed) -> LimitedSum | Finding:
    name = _name(rule)
    if rule["kind"] in NOT_RECORDED:
        return RULE.finding("kind", "note", subject=name, values={"rule": str(rule["kind"])})
    use = _use_of(rule, ground)
    if use is None:
        return RULE.finding("subject", "unknown", subject=str(rule.get("subject", "")) or name)
    facets = _facets(rule)
    if str(rule["kind"]) == "stock_first" and rule.get("value", "") != "":
        facets["land_source"] = "存量"
    column = _unrecorded(rule, facets, ground)
    if column:
        return RULE.finding("column", "unknown", subject=name, values={"column": column})
    region, given = str(rule["region"]), rule.get("rank", "")
    told: dict[str, Any] = {
        "kind": str(rule["kind"]),
        "name": name,
        "value": str(rule.get("value", "")),
        "region": region,
        "category": use,
        **facets,
        "due": str(rule.get("due", ""))[:10],
        "unit": str(rule.get("unit", "")),
        "column": str(rule.get("column", "")),
    }
    common = {
        "name": name,
        "kind": str(rule["kind"]),
        "rank": 0 if given == "" else int(given),
        "region": region,
        "category": use,
        "source": str(rule.get("source", "")),
        "told": told,
    }
    return _row_of(rule, ground, common, ground.sorting.choose(region, use, facets))


def _row_of(
    rule: dict[str, Any], ground: Weighed, common: dict[str, Any], flags: Flags
) -> LimitedSum | Finding:
    """Lay a rule down by its kind."""
    kind, name, value = common["kind"], common["name"], rule.get("value", "")
    if kind == "stock_first" and value == "":
        return _stock_first(ground, common)
    period = _period(rule, ground)
    if value == "" or (kind == "completion" and period is None):
        return RULE.finding("value", "unknown", subject=name)
    number = Fraction(str(value))
    if kind in {"min_share", "max_share", "stock_first"}:
        use, words = _base(rule)
        common["told"]["base"] = {"region": common["region"], "category": use, **words}
        base = ground.sorting.choose(common["region"], use, words)
        return _share(ground, common, (flags, base, number / 100))
    if period is not None:
        flags = flags & (ground.quarter <= period)
    if kind == "completion":
        return _completion(ground, common, (flags, number / 100))
    return _amount(rule, ground, common, (flags, number))


def _amount(
    rule: dict[str, Any], ground: Weighed, common: dict[str, Any], what: tuple[Flags, Fraction]
) -> LimitedSum | Finding:
    """Lay down a cap or floor of areas, of parcels counted, or of a column summed."""
    (flags, number), kind = what, common["kind"]
    unit = str(rule.get("unit", ""))
    if kind in {"max_total", "min_total"}:
        if unit not in M2_PER_UNIT:
            return RULE.finding("value", "unknown", subject=common["name"])
        scale = M2_PER_UNIT[unit] * DM2_PER_M2
        return _limit(common, (flags, ground.area, number * scale), (unit, scale), area=True)
    if kind in {"min_count", "max_count"}:
        ones = np.ones(len(flags), dtype=np.int64)
        return _limit(common, (flags, ones, number), (unit or "宗", Fraction(1)), area=False)
    if kind in {"max_sum", "min_sum"}:
        column = str(rule.get("column", ""))
        values = as_numbers(ground.table[column]) * CENTS
        usable = np.isin(np.arange(len(values)), ground.candidate)  # what may be chosen
        bad = ground.table.loc[values.isna() & usable, "parcel_id"]
        if len(bad):
            told, names = {"column": column, "n": len(bad)}, tuple(bad[:MOST_NAMED])
            name = common["name"]
            return RULE.finding("lacking", "unknown", subject=name, members=names, values=told)
        values = values.fillna(0.0)
        cents = values.round().to_numpy(dtype=np.int64)[ground.candidate]
        scale = Fraction(CENTS)
        return _limit(common, (flags, cents, number * scale), (unit, scale), area=False)
    return RULE.finding("kind", "note", subject=common["name"], values={"rule": kind})


def _name(rule: dict[str, Any]) -> str:
    """Name a rule by what it is about, its kind, value and day."""
    about = [str(rule.get(k, "")) for k in ("region", "subject", "category", "column", *FACETS)]
    words = [*dict.fromkeys(filter(None, about)), str(rule["kind"])]
    words += [f"{rule.get('value', '')}{rule.get('unit', '')}", str(rule.get("due", ""))[:10]]
    return " ".join(filter(None, words))


def _use_of(rule: dict[str, Any], ground: Weighed) -> str | None:
    """Find the use that a rule is about: empty for all land, None if it is not understood."""
    subject = str(rule.get("category") or rule.get("subject", ""))
    known = canonical(subject)
    if known or subject in ground.sorting.uses:
        return known or subject
    uses = {*ground.sorting.uses, *all_names()}
    for use in sorted(uses, key=lambda word: (-len(word), word)):
        if len(use) > 1 and use in subject:
            return canonical(use) or use
    whole = (
        not subject
        or any(word in subject for word in WHOLE)
        or str(rule["kind"])
        in {
            "completion",
            "stock_first",
            "max_sum",
            "min_sum",
        }
    )
    return "" if whole or any(rule.get(name) for name in FACETS) else None


def _facets(rule: dict[str, Any]) -> dict[str, str]:
    return {name: str(rule.get(name, "")) for name in FACETS}


def _base(rule: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Say what a share is a share of: a use, and a source and mode."""
    granted = not rule.get("supply_mode") and "出让" in f"{rule.get('subject')}{rule.get('source')}"
    base = str(rule.get("of") or ("出让" if granted else ""))
    words = {
        "supply_mode": next((word for word in MODES if word in base), ""),
        "land_source": next((word for word in SOURCES if word in base), ""),
    }
    rest = base
    for word in words.values():
        rest = rest.replace(word, "")
    return canonical(rest), words


def _unrecorded(rule: dict[str, Any], facets: dict[str, str], ground: Weighed) -> str:
    """Name the column that a rule needs and no candidate has; nothing if all is there."""
    needed = {name for name, word in facets.items() if word}
    kind = str(rule["kind"])
    if kind in {"min_share", "max_share"}:
        needed |= {name for name, word in _base(rule)[1].items() if word}
    if kind == "stock_first":
        needed.add("land_source")
    for name in sorted(needed):
        if ground.sorting.facets[name].eq("").all():
            return name
    column = str(rule.get("column", ""))
    if kind in {"max_sum", "min_sum"} and column not in ground.table:
        return column or "column"
    return ""


def _period(rule: dict[str, Any], ground: Weighed) -> int | None:
    due = str(rule.get("due", ""))[:10]
    if not due:
        return None
    day = date.fromisoformat(due)
    return sum(last <= day for last in ground.periods)


def _stock_first(ground: Weighed, common: dict[str, Any]) -> LimitedSum:
    facets = {"land_source": "新增"}
    flags = ground.sorting.choose(common["region"], common["category"], facets)
    here = np.flatnonzero(flags)
    row = {**common, "rank": common["rank"] or STOCK_RANK, "told": {}}
    return LimitedSum(
        options=here,
        coefs=ground.area[here],
        high=0,
        sense="at_most",
        unit="公顷",
        planned=Fraction(0),
        per_unit=M2_PER_UNIT["公顷"] * DM2_PER_M2,
        **row,
    )


def _share(
    ground: Weighed, common: dict[str, Any], what: tuple[Flags, Flags, Fraction]
) -> LimitedSum:
    """Lay a share down without a fraction: denominator × part − numerator × whole."""
    flags, base, share = what
    here = np.flatnonzero(base)
    part = flags[here].astype(np.int64)
    most = common["kind"] == "max_share"
    return LimitedSum(
        options=here,
        coefs=ground.area[here] * (share.denominator * part - share.numerator),
        low=None if most else 0,
        high=0 if most else None,
        sense="at_most" if most else "at_least",
        unit="公顷",
        per_unit=M2_PER_UNIT["公顷"] * DM2_PER_M2 * share.denominator,
        planned=Fraction(0),
        **common,
    )


def _completion(
    ground: Weighed, common: dict[str, Any], what: tuple[Flags, Fraction]
) -> LimitedSum:
    """Lay a milestone down: a share of the plan's figure, or of all that is chosen without one."""
    flags, share = what
    use, scale = common["category"], M2_PER_UNIT["公顷"] * DM2_PER_M2
    for row in ground.targets:
        if (row.region, row.category) == (common["region"], use) and row.planned is not None:
            planned = row.planned
            break
    else:
        cells = [r for r in ground.targets if r.region and r.category]
        if use or common["region"] or not cells or len(cells) != len(ground.targets):
            everything = ground.sorting.choose(common["region"], use, {})
            return _share(ground, common, (flags, everything, share))
        planned = sum((row.planned or Fraction(0) for row in cells), Fraction(0))
    common["told"]["planned_m2"] = planned / DM2_PER_M2
    return _limit(common, (flags, ground.area, planned * share), ("公顷", scale), area=True)


def _limit(
    common: dict[str, Any],
    what: tuple[Flags, Ints, Fraction],
    unit: tuple[str, Fraction],
    *,
    area: bool,
) -> LimitedSum:
    flags, values, number = what
    here = np.flatnonzero(flags)
    cap = common["kind"].startswith("max")
    return LimitedSum(
        options=here,
        coefs=values[here],
        low=None if cap else ceil(number),
        high=floor(number) if cap else None,
        planned=number,
        sense="at_most" if cap else "at_least",
        unit=unit[0],
        per_unit=unit[1],
        area=area,
        **common,
    )


# ------------------------------------------------------------------------- groups


def acting_rules(rows: Sequence[LimitedSum]) -> list[Mapping[str, Any]]:
    """Give the rules that must hold, as they were given."""
    return [row.told for row in rows if row.told and not row.rank]


def group_rows(
    groups: pd.DataFrame, ground: Weighed
) -> tuple[list[LimitedSum], list[dict[str, Any]]]:
    """Turn groups into rows; give the groups too, as they were understood.

    Parameters
    ----------
    groups
        ``kind members k name``. ``all_or_none``; ``at_least`` and ``at_most`` k; ``before`` (the
        first member before the others); ``layouts``: members are lists, at most one of which is
        chosen, whole (列表之间择一).

    Raises
    ------
    InputError
        If a kind is not known, or a member is no candidate.
    """
    places = {name: n for n, name in enumerate(ground.table["parcel_id"])}
    by_candidate = _positions(ground.candidate, len(ground.table))
    rows: list[LimitedSum] = []
    told: list[dict[str, Any]] = []
    for number, record in enumerate(groups.to_dict("records"), 1):
        kind = str(record["kind"])
        if kind not in GROUPS:
            raise InputError(
                f"分组类型 {kind} 不认识，可用：{'、'.join(GROUPS)}。",
                f"Unknown kind of group {kind}; use {', '.join(GROUPS)}.",
            )
        name = str(_plain(record.get("name", "")) or f"{kind}#{number}")
        members = _members(record["members"])
        flat = [m for member in members for m in (member if isinstance(member, list) else [member])]
        unknown = [m for m in flat if m not in places]
        if unknown:
            raise InputError(
                f"分组 {name} 中的 {'、'.join(unknown[:5])} 不在候选地块中：请核对编号。",
                f"The group {name} names {', '.join(unknown[:5])}, which are no candidates.",
            )
        numbers = [
            [places[m] for m in member] if isinstance(member, list) else places[member]
            for member in members
        ]
        k = int(_plain(record.get("k", "")) or 1)
        rows += _group(kind, name, (numbers, k), by_candidate, ground)
        if kind == "layouts":
            members = [m if isinstance(m, list) else [m] for m in members]
        told.append({"kind": kind, "name": name, "members": members, "k": k})
    return rows, told


def _members(members: Any) -> list[Any]:
    if isinstance(members, str):
        parts = [part.strip() for part in members.replace("；", ";").split(";") if part.strip()]
        return [p.replace("，", ",").split(",") if "," in p or "，" in p else p for p in parts]
    return [list(m) if isinstance(m, list | tuple) else m for m in members]


def _positions(candidate: Ints, count: int) -> list[Ints]:
    order = np.argsort(candidate, kind="stable")
    return np.split(order, np.searchsorted(candidate[order], np.arange(1, count)))


def _group(
    kind: str, name: str, what: tuple[list[Any], int], options: list[Ints], ground: Weighed
) -> Iterator[LimitedSum]:
    members, k = what
    told: dict[str, Any] = {"kind": kind, "area": False, "unit": "宗"}

    def difference(number: str, a: int, b: int, *, until: int | None = None) -> LimitedSum:
        plus, minus = (
            o if until is None else o[ground.quarter[o] <= until] for o in (options[a], options[b])
        )
        coefs = np.r_[np.ones(len(plus)), -np.ones(len(minus))].astype(np.int64)
        low = 0 if kind != "before" else None
        return LimitedSum(
            name=f"{name}{number}", options=np.r_[plus, minus], coefs=coefs, low=low, high=0, **told
        )

    if kind == "all_or_none":
        for n, member in enumerate(members[1:], 1):
            yield difference(f".{n}", members[0], member)
    elif kind in {"at_least", "at_most"}:
        here = np.concatenate([options[m] for m in members])
        ones = np.ones(len(here), dtype=np.int64)
        low, high = (k, None) if kind == "at_least" else (None, k)
        yield LimitedSum(
            name=name,
            options=here,
            coefs=ones,
            low=low,
            high=high,
            planned=Fraction(k),
            sense=kind,
            **told,
        )
    elif kind == "before":
        for n, member in enumerate(members[1:], 1):
            for period in range(1, len(ground.periods) + 1):
                yield difference(f".{n}.{period}", member, members[0], until=period)
    else:
        lists = [m if isinstance(m, list) else [m] for m in members]
        kind = "layouts"
        for n, layout in enumerate(lists, 1):
            for j, member in enumerate(layout[1:], 1):
                yield difference(f".{n}.{j}", layout[0], member)
        here = np.concatenate([options[layout[0]] for layout in lists])
        yield LimitedSum(
            name=name, options=here, coefs=np.ones(len(here), dtype=np.int64), high=1, **told
        )
