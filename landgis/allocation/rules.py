"""The plan's figures, rules and groups as rows: which options count, between which limits.

This and no other place knows where figures stand: in ``plan.targets``, or in a table of the
caller's. Rules and groups are rows that must hold: shares, caps, floors, counts, milestones, money.
A rule that the candidates cannot decide (no land source, a column that is not there) is told as
unknown and left out; it never acts by half.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from landgis.allocation.candidates import MOST_NAMED, as_numbers
from landgis.allocation.problem import DM2_PER_M2, GROUPS, Flags, Ints, LimitedSum
from landgis.errors import InputError
from landgis.findings import Finding, define
from landgis.landuse import COMPOSITES, all_names, canonical, is_within
from landgis.plan.model import NOT_RECORDED, Plan
from landgis.units import M2_PER_UNIT, printed_tolerance

RANKS: Mapping[str, int] = MappingProxyType({"total": 1, "region": 2, "use": 2, "cell": 3})
"""Which deviations are made least first: rules and control lines hold; then the total, then regions
and uses, then the cells of both."""

ABOUT = Fraction(5, 100)
"""What 约 leaves open, as a share of the figure."""

FACETS = ("land_source", "supply_mode")

DEFAULTS = define("""allocate.defaults 起作用的默认值 | defaults that act
    没有给出、按默认取值的设置 | settings that were not given
    ranks: 没有给出先后：先总量，再区域和用途，最后区域×用途。
    | No order was given: first the total, then regions and uses, then cells.
    about: {subject} 为约数：按 ±{share:0%} 取（about）。
    | {subject} is an about: taken as ±{share:0%} (about).""")
FIGURE = define("""allocate.figures 计划数字 | figures of the plan
    计划的哪些数字不能作为目标 | figures that cannot be aimed at
    missing: {subject} 没有数值，不作目标。 | {subject} has no value and is no target.
    period: {subject} 按时段给出，不作目标。 | {subject} is for a period and is no target.
    apart: {what} {members:list} 不在计划的数字中：这些候选不计入任何有{what}的目标。
    | The plan has no figure for {what} {members:list}: they count towards no {what} of it.
    unit: {subject} 的单位 {unit} 不是面积，不作目标。 | {subject}: {unit} is no unit of area.""")


class Sorting(NamedTuple):
    """What rows ask of options, as codes: each different word is judged once."""

    region: Ints
    regions: tuple[str, ...]
    use: Ints
    uses: tuple[str, ...]
    facets: Mapping[str, Any]
    parents: Mapping[str, str]

    def choose(
        self, region: str, category: str, facets: Mapping[str, str], members: tuple[str, ...] = ()
    ) -> Flags:
        """Tell which options lie in a region, have a use, and are of a source and mode."""
        flags: Flags = np.ones(len(self.region), dtype=bool)
        if region:
            flags &= np.array([self._inside(r, region) for r in self.regions], bool)[self.region]
        if category:
            made_of = {**COMPOSITES, category: members} if members else COMPOSITES
            fits = [is_within(use, category, composites=made_of) for use in self.uses]
            flags &= np.array(fits, dtype=bool)[self.use]
        for name, word in facets.items():
            if word:
                flags &= self.facets[name].str.contains(word, regex=False).to_numpy(dtype=bool)
        return flags

    def _inside(self, region: str, outer: str) -> bool:
        seen: set[str] = set()
        while region and region not in seen:
            if region == outer:
                return True
            seen.add(region)
            region = self.parents.get(region, "")
        return False


def target_rows(
    targets: Plan | pd.DataFrame,
    sorting: Sorting,
    areas: Ints,
    *,
    ranks: Mapping[str, int] | None = None,
    about: float | None = None,
    tolerance: float = 0.0,
) -> tuple[list[LimitedSum], list[Finding]]:
    """Turn figures into rows that may be missed, each with its rank.

    Parameters
    ----------
    targets
        A plan, or a table with ``region``, ``category`` (or ``use``) and a figure: ``area_m2``, or
        ``stated_value`` with ``stated_unit`` and ``stated_decimals``, or ``area_ha``. Without
        decimals nothing is known of the print, and a figure is taken to the letter. Optional:
        ``qualifier`` (at_most, at_least, about, empty), ``rank``, ``weight``, ``land_source``,
        ``supply_mode``.
    ranks
        Ranks for ``total``, ``region``, ``use``, ``cell``; `RANKS` if not given.
    about
        Share of a figure that 约 leaves open; `ABOUT` if not given.
    tolerance
        Share of every figure by which a sum may differ from it without deviating.
    """
    table = targets.targets if isinstance(targets, Plan) else _named(targets)
    found: list[Finding] = []
    rows: list[LimitedSum] = []
    order = {**RANKS, **(ranks or {})}
    seen: set[tuple[str, ...]] = set()
    for record in table.to_dict("records"):
        region, category = _text(record, "region"), _text(record, "category")
        facets = {name: _text(record, name) for name in FACETS}
        key = (region, category, *facets.values(), _text(record, "period"))
        name = "·".join(part for part in (region, category, *facets.values()) if part) or "总量"
        if key in seen:
            continue
        seen.add(key)
        figure = _figure(record)
        if figure is None:
            found.append(FIGURE.finding("missing", "unknown", subject=name))
            continue
        value, unit, decimals, printed = figure
        if unit not in M2_PER_UNIT:
            found.append(FIGURE.finding("unit", "unknown", subject=name, unit=unit))
            continue
        if _text(record, "period"):
            found.append(FIGURE.finding("period", "unknown", subject=name))
            continue
        sense = _text(record, "qualifier") or _text(record, "sense") or "exact"
        planned = value * M2_PER_UNIT[unit] * DM2_PER_M2
        open_width = printed_tolerance(decimals) if printed else Fraction(0)
        width = open_width * M2_PER_UNIT[unit] * DM2_PER_M2
        width = max(width, planned * Fraction(repr(tolerance)))
        if sense == "about":
            open_share = ABOUT if about is None else Fraction(str(about))
            width = max(width, planned * open_share)
            if about is None:
                told = {"share": float(open_share)}
                found.append(DEFAULTS.finding("about", "note", subject=name, values=told))
        members = record.get("members")
        made_of = tuple(members) if isinstance(members, list | tuple) else ()
        flags = sorting.choose(region, category, facets, made_of)
        here = np.flatnonzero(flags)
        given = record.get("rank")
        kind = {(0, 0): "total", (1, 0): "region", (0, 1): "use"}.get(
            (int(bool(region)), int(bool(category))), "cell"
        )
        low, high = limits(sense, planned, width)
        rows.append(
            LimitedSum(
                name=name,
                kind="target",
                options=here,
                coefs=areas[here],
                low=low,
                high=high,
                rank=order[kind] if given is None or pd.isna(given) else int(given),
                weight=1 if pd.isna(record.get("weight", 1)) else int(record.get("weight", 1)),
                region=region,
                category=category,
                sense=sense,
                planned=planned,
                unit=unit,
                per_unit=M2_PER_UNIT[unit] * DM2_PER_M2,
                decimals=max(decimals, 2),
                source=_text(record, "source"),
                facets=facets,
                members=made_of,
            )
        )
    found += _apart(rows, sorting)
    if rows and ranks is None and "rank" not in table and len({row.rank for row in rows}) > 1:
        found.append(DEFAULTS.finding("ranks", "note"))
    return rows, found


def _apart(rows: list[LimitedSum], sorting: Sorting) -> Iterator[Finding]:
    """Tell uses and regions of candidates that none of the figures by use, by region, counts."""
    for column, word, codes, words in (
        ("category", {"zh": "用途", "en": "use"}, sorting.use, sorting.uses),
        ("region", {"zh": "区域", "en": "region"}, sorting.region, sorting.regions),
    ):
        counted = [row.options for row in rows if getattr(row, column)]
        left = set(codes.tolist()) - set(
            codes[np.concatenate(counted)].tolist() if counted else codes
        )
        if odd := tuple(words[k] for k in sorted(left) if words[k]):
            yield FIGURE.finding("apart", "unknown", members=odd, values={"what": word})


def limits(sense: str, planned: Fraction, width: Fraction) -> tuple[int | None, int | None]:
    """Give the limits of a sum in whole dm²: what the print leaves open, rounded inwards.

    A cap (以内) and a floor (不低于) are taken to the letter, without what the print leaves open.

    Examples
    --------
    >>> limits("exact", Fraction(20_000_000, 3), Fraction(500_000, 3))
    (6500000, 6833333)
    >>> limits("at_most", Fraction(1327282300), Fraction(500))
    (None, 1327282300)
    """
    if sense == "at_most":
        return None, floor(planned)
    if sense == "at_least":
        return ceil(planned), None
    low, high = ceil(planned - width), floor(planned + width)
    if low > high:  # printed finer than a dm²
        low = high = floor(planned + Fraction(1, 2))
    return max(0, low), high


def _named(table: pd.DataFrame) -> pd.DataFrame:
    table = table.rename(columns={"use": "category"} if "category" not in table else {})
    if not {"area_m2", "area_ha", "stated_value"} & set(table.columns):
        raise InputError(
            "目标表没有数值：请给出 area_m2、area_ha 或 stated_value（及 stated_unit）。",
            "The targets have no figures: give area_m2, area_ha, or stated_value with stated_unit.",
        )
    return table


def _figure(record: Mapping[Any, Any]) -> tuple[Fraction, str, int, bool] | None:
    """Give a figure: value, unit, decimals, and whether these are known to be as printed."""
    for column, fixed in (("stated_value", ""), ("area_m2", "平方米"), ("area_ha", "公顷")):
        value = record.get(column)
        if value is None or pd.isna(value):
            continue
        unit = fixed or str(record.get("stated_unit") or "")
        if not unit:
            continue
        exact = Decimal(str(value))
        printed = record.get("stated_decimals") if column == "stated_value" else None
        exponent = exact.normalize().as_tuple().exponent
        short = max(0, -exponent) if isinstance(exponent, int) else 0
        if printed is not None and not pd.isna(printed):
            return Fraction(exact), unit, int(printed), True
        return Fraction(exact), unit, short, False
    return None


def _text(record: Mapping[Any, Any], name: str) -> str:
    value = record.get(name)
    text = "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value)
    return (canonical(text) or text) if name == "category" else text


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
