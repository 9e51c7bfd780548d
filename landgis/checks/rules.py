"""Rules of a plan and of the project: shares, caps, floors, counts, dates, places, order.

The land as rules see it has one row a parcel; which of them a rule is about, surely and perhaps, is
told by their use, source and mode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.balance.figures import FACETS, MAY_BELONG, Uses, figures_of, shown_decimals, within_use
from landgis.balance.mapped import Mapped, map_land
from landgis.checks.supply import is_done, supply_dates
from landgis.findings import (
    CHECKS,
    Finding,
    Verdict,
    define,
    findings_table,
    sentences,
    unproven,
)
from landgis.landuse import canonical
from landgis.measure import Flags, area_m2
from landgis.measure.areas import survey_tolerance_m2
from landgis.plan.model import NOT_RECORDED, RULE_NAMES, Plan
from landgis.schema import DRAWN_FROM_PLAN, PARCELS, RULES, conform
from landgis.units import M2_PER_UNIT, decimals_of, half_up, m2_to

WHOLE = ("总量", "规模", "总面积", "全部", "低效用地", "供应计划", "建设用地")
"""Words of a rule's subject that mean all the land of the plan."""

KINDS_OF_LAND = ("land_source", "supply_mode")
"""Columns that a rule may be narrowed down by: 新增 or 存量, 出让 or 划拨."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A rule of the plan or of the project.

    Parameters
    ----------
    kind, subject, value, unit, due, source
        As in the table ``rules``; ``value`` is NaN where there is none.
    category, region, land_source, supply_mode
        What the rule is about; empty for all.
    base
        What a share is a share of (出让, 工矿仓储用地); empty for all land.
    """

    kind: str
    subject: str
    value: float
    unit: str
    due: date | None
    source: str
    category: str = ""
    region: str = ""
    base: str = ""
    land_source: str = ""
    supply_mode: str = ""

    @classmethod
    def of(cls, row: dict[Any, Any], *, source: str = "") -> Demand:
        """Take a row of the table ``rules``; ``source`` where it names none."""
        value, due = row["value"], row["due"]
        return cls(
            kind=str(row["kind"]),
            subject=str(row["subject"]),
            value=float("nan") if pd.isna(value) else float(value),
            unit=str(row["unit"]),
            due=due if isinstance(due, date) else date.fromisoformat(due) if due else None,
            source=str(row["source"]) or source,
            base=str(row.get("of") or ""),
            **{name: str(row.get(name) or "") for name in ("category", "region", *KINDS_OF_LAND)},
        )

    @property
    def facets(self) -> tuple[tuple[str, str], ...]:
        """What of `KINDS_OF_LAND` the rule is narrowed down to: (column, word)."""
        return tuple((name, getattr(self, name)) for name in KINDS_OF_LAND if getattr(self, name))


@dataclass(frozen=True, slots=True)
class RuledLand:
    """The parcels, one row each, area in m².

    Parameters
    ----------
    table
        Table ``parcels`` with ``area_m2``, ``tolerance_m2`` and ``date`` (of supply).
    pieces
        Parcels × regions, if there is a layer of regions.
    undrawn
        Regions that the plan names and that have no polygon.
    region
        The region that ``table`` is narrowed down to; empty for all.
    """

    table: pd.DataFrame
    pieces: pd.DataFrame | None
    undrawn: frozenset[str]
    plan: Plan
    as_of: date | None
    region: str = ""

    @classmethod
    def of(
        cls,
        parcels: gpd.GeoDataFrame,
        plan: Plan,
        *,
        crosswalk: pd.DataFrame | None = None,
        regions: gpd.GeoDataFrame | None = None,
        mapped: Mapped | None = None,
        as_of: date | None = None,
    ) -> RuledLand:
        """Gather what the rules ask of each parcel."""
        table = pd.DataFrame(conform(parcels, PARCELS)).reset_index(drop=True)
        table["tolerance_m2"] = survey_tolerance_m2(parcels).to_numpy()
        pieces, undrawn = None, frozenset[str]()
        if mapped is None and crosswalk is not None and regions is not None:
            mapped = map_land(crosswalk, parcels, regions=regions)
        if mapped is not None:
            table["area_m2"] = table["parcel_id"].map(mapped.parcels["area_m2"])
        elif crosswalk is None:
            table["area_m2"] = area_m2(parcels, method="plane").to_numpy()
        else:
            summed = crosswalk.groupby("parcel_id")["area_m2"].sum()
            table["area_m2"] = table["parcel_id"].map(summed)
        table["area_m2"] = table["area_m2"].fillna(0.0)
        table["date"] = supply_dates(table["quarter"], year=plan.year)
        if mapped is not None:
            pieces = mapped.pieces.copy(deep=False)
            recorded = table.drop_duplicates("parcel_id").set_index("parcel_id")["region"]
            pieces["recorded"] = pieces["parcel_id"].map(recorded).fillna("")
            undrawn = frozenset(mapped.absent)
            named = {region for row in plan.placements["regions"] for region in row}
            undrawn |= named - set(mapped.names)
        return cls(table, pieces, undrawn, plan, as_of)

    def within(self, region: str) -> RuledLand:
        """Take what lies in one region: of each parcel its pieces there; by record without any."""
        if self.pieces is None:
            return replace(self, table=self.table[self.table["region"].eq(region)], region=region)
        pieces = self.pieces[self.pieces["region"].eq(region) & self.pieces["area_m2"].gt(0)]
        summed = pieces.groupby("parcel_id")[["area_m2", "tolerance_m2"]].sum()
        here = self.table["parcel_id"].map(summed["area_m2"]).notna()
        table = self.table[here]
        table = table.assign(**{str(name): table["parcel_id"].map(summed[name]) for name in summed})
        return replace(self, table=table, region=region)

    # ------------------------------------------------------------ which parcels

    def use_of(self, rule: Demand) -> str | None:
        """Find the use that a rule speaks of; empty for all land; None if it is not understood."""
        subject = rule.category or rule.subject
        present: set[str] = set(self.table["category"])
        if subject in present or canonical(subject):
            return canonical(subject) or subject
        known: set[str] = present | set(self.plan.targets["category"])
        for use in sorted(known, key=len, reverse=True):
            if use and use in subject:
                return use
        whole = not subject or any(word in subject for word in WHOLE)
        return "" if whole or (rule.facets and not rule.category) else None

    def chosen(self, rule: Demand, use: str) -> tuple[Flags, Flags]:
        """Tell which parcels a rule is about, by use, source and mode: surely, and perhaps."""
        sure, possible = Uses().flags(self.table["category"], use)
        for column, word in rule.facets:
            is_so, may_be = self.recorded(column, word)
            sure, possible = sure & is_so, possible & (is_so | may_be)
        return sure, possible & ~sure

    def recorded(self, column: str, word: str) -> tuple[Flags, Flags]:
        """Tell which parcels are recorded as ``word`` in a column, and which have no record."""
        told = self.table[column].str.strip()
        return told.str.contains(word, regex=False).to_numpy(), told.eq("").to_numpy()

    def sum(self, flags: Flags) -> float:
        """Add up the area of the parcels chosen, in m²."""
        return float(self.table["area_m2"].to_numpy()[flags].sum())

    # ------------------------------------------------------------ what is said

    def name(self, rule: Demand, use: str, whole: str = "total") -> dict[str, Any]:
        """Name what a rule is about, as a clause of `CLAUSES`."""
        words = [word for _, word in rule.facets]
        facets = {"zh": "".join(words), "en": " ".join([*words, ""])}
        if use:
            return {"kind": "use", "facets": facets, "use": use}
        return {"kind": "land", "facets": facets} if words else {"kind": whole}

    def digits(self, rule: Demand) -> int:
        """Count the decimals of measured numbers: of areas as many as beside the plan's figures."""
        stated = 0 if np.isnan(rule.value) else decimals_of(rule.value)
        return max(2, stated, shown_decimals(figures_of(self.plan)).get(rule.unit, 2))

    def found(
        self,
        rule: Demand,
        kind: str,
        verdict: Verdict,
        *,
        actual: float | None = None,
        unit: str = "",
        category: str = "",
        tolerance: float | None = None,
        **values: Any,
    ) -> Finding:
        """Make the finding of a rule; ``values`` are those of its sentence."""
        digits = self.digits(rule)
        number = None if actual is None else float(half_up(actual, digits))
        expected = None if np.isnan(rule.value) else rule.value
        difference = None
        if number is not None and expected is not None:
            difference = float(half_up(number - expected, digits))
        return CHECKS.get(f"rules.{rule.kind}", OTHER).finding(
            kind,
            verdict,
            subject=rule.subject,
            region=self.region,
            category=category,
            expected=expected,
            actual=number,
            difference=difference,
            tolerance=None if tolerance is None else float(half_up(tolerance, digits + 1)),
            unit=unit,
            values=values,
            source=rule.source,
        )

    def unknown(self, rule: Demand, why: str, *, category: str = "", **values: Any) -> Finding:
        """Say what a rule lacks to be decided: ``why`` is one of the clauses of its check."""
        subject = {"kind": "of", "subject": rule.subject} if rule.subject else None
        reason = {"kind": why, **values}
        return self.found(
            rule, "open", "unknown", unit=rule.unit, category=category, of=subject, why=reason
        )

    def no_record(self, rule: Demand) -> Finding | None:
        """Say that no parcel records what the rule is narrowed down by, if so."""
        for column, _ in rule.facets:
            if self.table[column].str.strip().eq("").all():
                return self.unknown(rule, f"no_{column}")
        return None


CLAUSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    sentences(f"""
    use: {{facets}}{{use:use}} | {{facets}}{{use:use}}
    land: {{facets}}土地 | {{facets}}land
    total: 总量 | total
    number: 总数 | total
    open: {{of:clause}}{{why:clause}}，无法判定。
    | {{of:clause}}{{why:clause}}; this cannot be decided.
    of: {{subject}}： | "{{subject}}: "
    no_subject: 不能确定规则所指的用途 | it is not clear which use the rule speaks of
    no_land_source: 宗地没有登记土地来源（land_source）；如图层有此字段，请在 [parcels.fields] 中指
      明
    | parcels lack a land source; name its field if there is one
    no_supply_mode: 宗地没有登记供应方式（supply_mode）；如图层有此字段，请在 [parcels.fields] 中指
      明
    | parcels lack a supply mode; name its field if there is one
    no_value: 规则没有数值 | the rule has no value
    no_date: 规则没有期限 | the rule has no date
    nothing_in: {{region}}没有宗地或没有图形 | no parcel lies in {{region}}
    may_belong: ；另有 {{more:own}} {{unit:unit}}{MAY_BELONG[0]}
    | ; {{more:own}} {{unit:unit}} {MAY_BELONG[1]}""")
)
"""Clauses that the sentences of every rule may use: what it is about, and why it is open."""

OTHER = define(
    """rules.other 其他规则 | other rules
    规则的种类是否认识。 | Whether the kind of a rule is known.
    kind: 不认识的规则“{name}” | the kind “{name}” is not known""",
    **CLAUSES,
)

_IN_WORDS = """
    计划中的文字规定，由人核对。 | A rule of the plan in words, which a person judges.
    unrecorded: 宗地没有登记这项规定所说的情况 | parcels do not record what it speaks of"""
for _kind in NOT_RECORDED:
    define(f"rules.{_kind} {' | '.join(RULE_NAMES[_kind])}{_IN_WORDS}", **CLAUSES)


def _percent(part: float, whole: float) -> float:
    """Give a share in per cent; 0 of nothing."""
    return 100 * part / whole if whole else 0.0


def _agreed(ends: list[bool]) -> Verdict:
    """Give the verdict that all ends of an interval share."""
    return "pass" if all(ends) else "unknown" if any(ends) else "fail"


KIND_WORDS = MappingProxyType(
    {"supply_mode": ("出让", "划拨", "租赁", "作价出资"), "land_source": ("新增", "存量")}
)
"""Words that narrow down what a share is a share of, by column of parcels."""

_ALL_LAND = {"", "土地", "用地", "建设用地", "国有建设用地", "供应", "供地", "供应土地"}

_SHARE = {
    **sentences("""
    all: 全部宗地中 | of all parcels
    among: {about:clause}中 | of {about:clause}
    exactly: {low:2}% | {low:2}%
    between: {low:2}%–{high:2}% | {low:2}%–{high:2}%
    coarse: （部分宗地的用途只登记到上级类，或缺供应方式、土地来源，无法判定）
    | " (some parcels have a coarser use, no supply mode or no source: undecided)"
    unrecorded: 宗地没有登记“{name}”中的哪些属此 | parcels do not record what of {name} this is
    nothing: 图上没有{about:clause} | there is no {about:clause} on the map"""),
    **CLAUSES,
}

for _kind, _zh, _en in (("min_share", "不低于", "at least"), ("max_share", "不高于", "at most")):
    define(
        f"""rules.{_kind} {" | ".join(RULE_NAMES[_kind])}
    图上某用途占宗地面积的比例是否{_zh}规则。
    | Whether the share of a use in the mapped land is {_en} what the rule says.
    share: {{among:clause}}{{about:clause}}应{_zh} {{expected:plain}}%，
      图上为 {{mapped:clause}}{{open:clause}}。
    | {{about:clause}}: {_en} {{expected:plain}}% {{among:clause}}, mapped
      {{mapped:clause}}{{open:clause}}.""",
        **_SHARE,
    )

_TOTAL = {
    **sentences("""
    no_area: 单位“{unit}”不是面积单位 | “{unit}” is no unit of area
    not_done: 期限 {due} 已到，但宗地没有登记已完成的实施阶段（stage）
    | {due} has passed, and no parcel records a completed stage
    hectares: （{area:4} 公顷） | " ({area:4} ha)"
    completed: ；期限已到，按已完成计 | ; due, completed land only
    arranged: ；为安排，期限 {due}，已完成 {done:own} {unit:unit}
    | ; as arranged for {due}, {done:own} {unit:unit} completed
    over: ，超出 {gap:own} {unit:unit}{hectares:clause}
    | , above it by {gap:own} {unit:unit}{hectares:clause}
    room: ，余量 {gap:own} {unit:unit}{hectares:clause}
    | , room left {gap:own} {unit:unit}{hectares:clause}
    above: ，高出 {gap:own} {unit:unit}{hectares:clause}
    | , above it by {gap:own} {unit:unit}{hectares:clause}
    short: ，缺口 {gap:own} {unit:unit}{hectares:clause}
    | , short by {gap:own} {unit:unit}{hectares:clause}"""),
    **CLAUSES,
}

for _kind, _zh, _en, _means, _by in (
    (
        *("max_total", "不超过", "at most"),
        "图上面积是否不超过规则的上限。 | Whether mapped area is at most the cap of the rule.",
        "",
    ),
    (
        *("min_total", "不少于", "at least"),
        """图上面积是否不少于规则的下限；期限已到的只计已完成的宗地。
    | Whether mapped area is at least the floor of the rule; completed land only once it is due.""",
        "{state:clause}",
    ),
):
    define(
        f"""rules.{_kind} {" | ".join(RULE_NAMES[_kind])}
    {_means}
    area: {{about:clause}}应{_zh} {{expected:plain}} {{unit:unit}}，
      图上 {{mapped:own}} {{unit:unit}}{{gap:clause}}{{more:clause}}{_by}。
    | {{about:clause}}: {_en} {{expected:plain}} {{unit:unit}}, mapped
      {{mapped:own}} {{unit:unit}}{{gap:clause}}{{more:clause}}{_by}.""",
        **_TOTAL,
    )

MIN_COUNT = define(
    f"""rules.min_count {" | ".join(RULE_NAMES["min_count"])}
    图上宗地（片区）的个数是否不少于规则。
    | Whether there are at least as many parcels (areas) on the map as the rule says.
    count: {{about:clause}}应不少于 {{expected:plain}} {{unit}}，
      图上 {{least}} {{unit}}{{more:clause}}。
    | {{about:clause}}: at least {{expected:plain}}, mapped {{least}}{{more:clause}}.""",
    **CLAUSES,
)


def _share(land: RuledLand, rule: Demand) -> Finding:
    """Judge the share of a use in all land, or in the land that the rule names."""
    use = land.use_of(rule)
    if use is None or not (use or rule.facets):
        return land.unknown(rule, "no_subject")
    whole = _base(land, rule, use)
    if isinstance(whole, Finding):
        return whole
    among, base, open_base = whole
    sure, maybe = land.chosen(rule, use)
    least, most = land.sum(sure & base), land.sum((sure | maybe) & (base | open_base))
    low = _percent(least, least + land.sum((base | open_base) & ~(sure & base)))
    high = _percent(most, most + land.sum(base & ~(sure | maybe)))
    wanted = rule.kind == "min_share"
    ends = [
        (end >= rule.value - 1e-9) if wanted else (end <= rule.value + 1e-9) for end in (low, high)
    ]
    verdict = _agreed(ends)
    return land.found(
        rule,
        "share",
        verdict,
        actual=low,
        unit="%",
        category=use,
        about=land.name(rule, use),
        among=among,
        mapped={"kind": "exactly" if low == high else "between", "low": low, "high": high},
        open={"kind": "coarse"} if verdict == "unknown" else None,
    )


def _base(land: RuledLand, rule: Demand, use: str) -> tuple[dict[str, Any], Flags, Flags] | Finding:
    """Say what a share is a share of, which parcels are in it, and which may be."""
    granted = not rule.supply_mode and "出让" in rule.subject + rule.source
    named = rule.base or ("出让" if granted else "")
    if not named or named.endswith(("总量", "计划")):
        everything = np.ones(len(land.table), dtype=bool)
        return {"kind": "all"}, everything, ~everything
    rest, kinds = named, dict[str, str]()
    for column, words in KIND_WORDS.items():
        for word in words:
            if word in rest:
                rest, kinds[column] = rest.replace(word, ""), word
    within = canonical(rest)
    understood = within or (kinds and rest in _ALL_LAND)
    if not understood or (within == use and not kinds):
        return land.unknown(rule, "unrecorded", name=named)
    whole = replace(
        rule,
        land_source=kinds.get("land_source", ""),
        supply_mode=kinds.get("supply_mode", ""),
    )
    if lacking := land.no_record(whole):
        return lacking
    base, open_base = land.chosen(whole, within)
    about = land.name(whole, within)
    if not (base | open_base).any():
        return land.unknown(rule, "nothing", about=about)
    return {"kind": "among", "about": about}, base, open_base


def _total(land: RuledLand, rule: Demand) -> Finding:
    """Judge a cap or floor of an area, in the rule's own unit; a floor may fall due on a day."""
    use = land.use_of(rule)
    if use is None:
        return land.unknown(rule, "no_subject")
    if rule.unit not in M2_PER_UNIT:
        return land.unknown(rule, "no_area", unit=rule.unit)
    floor = rule.kind == "min_total"
    due = floor and rule.due is not None and land.as_of is not None and land.as_of >= rule.due
    done = is_done(land.table["stage"]).to_numpy()
    if due and not done.any():
        return land.unknown(rule, "not_done", due=str(rule.due))
    sure, maybe = land.chosen(rule, use)
    counted = done if due else np.ones(len(done), dtype=bool)
    least, most = land.sum(sure & counted), land.sum((sure | maybe) & counted)
    value = rule.value * float(M2_PER_UNIT[rule.unit])
    slack = float(np.sqrt((land.table["tolerance_m2"][sure | maybe] ** 2).sum()))
    ends = [(a >= value - slack) if floor else (a <= value + slack) for a in (least, most)]
    actual, more = (half_up(m2_to(a, rule.unit), land.digits(rule)) for a in (least, most - least))
    return land.found(
        rule,
        "area",
        _agreed(ends),
        actual=float(actual),
        unit=rule.unit,
        category=use,
        tolerance=m2_to(slack, rule.unit),
        about=land.name(rule, use),
        mapped=str(actual),
        gap=_gap(land, rule, least),
        more={"kind": "may_belong", "more": str(more), "unit": rule.unit} if most > least else None,
        state=_state(land, rule, sure | maybe, due=due) if rule.due and floor else None,
    )


def _gap(land: RuledLand, rule: Demand, mapped_m2: float) -> dict[str, Any] | None:
    """Say what is left or missing, in 公顷 too; nothing if the figures are the same."""
    floor, unit = rule.kind == "min_total", rule.unit
    actual = half_up(m2_to(mapped_m2, unit), land.digits(rule))
    gap = actual - half_up(rule.value, land.digits(rule))
    if not gap:
        return None
    kinds = ("above", "short") if floor else ("over", "room")
    hectares = abs(mapped_m2 - rule.value * float(M2_PER_UNIT[unit])) / 10_000
    return {
        "kind": kinds[gap < 0],
        "gap": str(abs(gap)),
        "unit": unit,
        "hectares": None if unit == "公顷" else {"kind": "hectares", "area": hectares},
    }


def _state(land: RuledLand, rule: Demand, chosen: Flags, *, due: bool) -> dict[str, Any]:
    """Say whether a floor with a date is judged by what is completed or by what is arranged."""
    if due:
        return {"kind": "completed"}
    done = is_done(land.table["stage"]).to_numpy()
    finished = half_up(m2_to(land.sum(chosen & done), rule.unit), land.digits(rule))
    return {"kind": "arranged", "due": str(rule.due), "done": str(finished), "unit": rule.unit}


def _count(land: RuledLand, rule: Demand) -> Finding:
    """Judge how many parcels or 片区 there are of a kind; parts of one name count once."""
    use = land.use_of(rule)
    if use is None:
        return land.unknown(rule, "no_subject")
    sure, maybe = land.chosen(rule, use)
    table = land.table
    label = table["name"].where(table["name"].ne(""), table["parcel_id"])
    least, most = label[sure].nunique(), label[sure | maybe].nunique()
    unit = rule.unit or "个"
    more = {"kind": "may_belong", "more": str(most - least), "unit": unit}
    return land.found(
        rule,
        "count",
        _agreed([least >= rule.value, most >= rule.value]),
        actual=float(least),
        unit=unit,
        category=use,
        about=land.name(rule, use, "number"),
        least=least,
        more=more if most > least else None,
    )


COMPLETION = define(
    f"""rules.completion {" | ".join(RULE_NAMES["completion"])}
    到期限时已供应或安排供应的面积占计划的比例是否达到规则。
    | Whether enough of the plan's area is supplied, or scheduled, by the day of the rule.
    no_quarter: 宗地没有供应时间（quarter） | parcels lack a supply time (quarter)
    scheduled: {{about:clause}}{{due}} 前应完成 {{expected:plain}}%，
      按供应时间安排为 {{actual:2}}%{{base:clause}}{{undated:clause}}。
    | {{about:clause}}{{expected:plain}}% due by {{due}}, as scheduled
      {{actual:2}}%{{base:clause}}{{undated:clause}}.
    supplied: {{about:clause}}{{due}} 前应完成 {{expected:plain}}%，
      实际为 {{actual:2}}%{{base:clause}}{{undated:clause}}。
    | {{about:clause}}{{expected:plain}}% due by {{due}}, supplied
      {{actual:2}}%{{base:clause}}{{undated:clause}}.
    use_of: {{about:clause}} | "{{about:clause}}: "
    of_plan: （占计划） | " (of the plan)"
    of_map: （占图上面积） | " (of the mapped area)"
    undated: ；另有占 {{share:2}}% 的宗地没有供应时间
    | ; a further {{share:2}}% has no supply time""",
    **CLAUSES,
)
STOCK_FIRST = define(
    """rules.stock_first 存量优先 | 存量 first
    每个供应时间，存量土地供应的比例是否不低于新增。
    | Whether at every date 存量 is supplied at least as far as 新增.
    no_record: 需要同时有存量与新增宗地的土地来源（land_source）和供应时间（quarter）
    | needs land source and supply time of both 存量 and 新增 parcels
    behind: 截至 {day}，存量供应 {stock:2}%，低于新增的 {new:2}%。
    | By {day} 存量 is supplied to {stock:2}%, 新增 to {new:2}%.
    first: 各供应时间存量土地的完成比例均不低于新增。
    | At every date 存量 is supplied at least as far as 新增.""",
    **CLAUSES,
)


def _completion(land: RuledLand, rule: Demand) -> Finding:
    """Judge the share of the plan's area that is supplied by a day."""
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
    low = _percent(land.sum(by_due), whole)
    undated = _percent(land.sum(sure & ~dated), whole)
    verdict = _agreed([end >= rule.value - 1e-9 for end in (low, low + undated)])
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


def _stock_first(land: RuledLand, rule: Demand) -> Finding:
    """Judge whether 存量 is supplied before 新增: never a smaller part of it, at any date."""
    dates = land.table["date"]
    dated = dates.notna().to_numpy()
    old, new = (land.recorded("land_source", word)[0] & dated for word in ("存量", "新增"))
    if not old.any() or not new.any():
        return land.unknown(rule, "no_record")
    for day in sorted({d for d in dates if d is not None}):
        then = np.array([d is not None and d <= day for d in dates])
        old_share, new_share = (_percent(land.sum(k & then), land.sum(k)) for k in (old, new))
        if old_share < new_share - 1e-9:
            return land.found(rule, "behind", "fail", day=str(day), stock=old_share, new=new_share)
    return land.found(rule, "first", "pass")


JUDGES: Mapping[str, Callable[[RuledLand, Demand], Finding]] = MappingProxyType(
    {
        "min_share": _share,
        "max_share": _share,
        "max_total": _total,
        "min_total": _total,
        "min_count": _count,
        "completion": _completion,
        "stock_first": _stock_first,
    },
)
"""Who judges a rule, by its kind."""


def check_rules(
    plan: Plan,
    parcels: gpd.GeoDataFrame,
    *,
    crosswalk: pd.DataFrame | None = None,
    regions: gpd.GeoDataFrame | None = None,
    mapped: Mapped | None = None,
    as_of: date | None = None,
    rules: pd.DataFrame | None = None,
    rules_source: str = "",
) -> pd.DataFrame:
    """Check the plan's rules, the project's own, and where the plan places its uses.

    Parameters
    ----------
    plan
        Its ``rules`` and ``placements``.
    parcels
        Table ``parcels``: use, supply mode, land source, quarter and stage decide.
    mapped
        The land that counts, if it is known already: `landgis.balance.mapped.map_land`.
    crosswalk, regions
        Parcels × regions and the regions, for placements. Areas are those of the crosswalk; in
        the plane if there is none.
    as_of
        The day on which the question is asked. What falls due later is judged as arranged;
        without a day, everything is.
    rules
        Further rules, columns as ``plan.rules``; kind ``stock_first`` asks that 存量 is supplied
        before 新增.
    rules_source
        Where they stand, if their rows do not say it: the name of the project file.

    Returns
    -------
    DataFrame
        Findings ``rules.<kind>``, one for each rule and placement. A rule that cannot be decided
        is unknown, and says what is lacking. Of land that was drawn from the plan itself nothing
        passes: it is a note.

    Raises
    ------
    InputError
        If a table lacks a required column.

    Examples
    --------
    >>> from shapely import box
    >>> from landgis.schema import table_of
    >>> land = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a", "b"], "category": ["工业用地", "住宅用地"], "supply_mode": "出让"},
    ...     geometry=[box(0, 0, 100, 100), box(200, 0, 300, 300)], crs=4549)
    >>> share = {"kind": "min_share", "subject": "工业用地", "value": 40, "unit": "%"}
    >>> plan = Plan(document="p.txt", rules=table_of([share], RULES))
    >>> check_rules(plan, land)[["check", "actual", "verdict"]].values.tolist()
    [['rules.min_share', 25.0, 'fail']]
    """
    land = RuledLand.of(
        parcels, plan, crosswalk=crosswalk, regions=regions, mapped=mapped, as_of=as_of
    )
    own = pd.DataFrame() if rules is None else conform(rules, RULES)
    told = [Demand.of(row) for row in plan.rules.to_dict("records")]
    told += [Demand.of(row, source=rules_source) for row in own.to_dict("records")]
    findings = [_judged(land, rule) for rule in told]
    findings += [_placement(land, row) for row in plan.placements.to_dict("records")]
    table = findings_table(findings)
    basis = conform(parcels, PARCELS)["basis"]
    return unproven(table) if len(basis) and basis.isin(DRAWN_FROM_PLAN).all() else table


def _judged(land: RuledLand, rule: Demand) -> Finding:
    """Judge one rule by its kind, on the land that it is about."""
    if rule.kind in NOT_RECORDED:
        return land.unknown(rule, "unrecorded")
    judge = JUDGES.get(rule.kind)
    if judge is None:
        return land.unknown(rule, "kind", name=rule.kind)
    if np.isnan(rule.value) and rule.kind != "stock_first":
        return land.unknown(rule, "no_value")
    here = land.within(rule.region) if rule.region else land
    if here.table.empty and rule.region:
        return land.unknown(rule, "nothing_in", region=rule.region)
    return here.no_record(rule) or judge(here, rule)


# ---------------------------------------------------------------- where a use is placed

PLACEMENT = define(
    """rules.placement 用地布局 | placement
    某用途的宗地是否在计划布局的区域之内。
    | Whether the land of a use lies in the regions that the plan places it in.
    no_regions: 没有区域图层，无法核对位置 | there is no layer of regions
    no_parcel: 图上没有{use:use} | no parcel of {use:use}
    placed: {about:clause}分布在{regions:list}：按位置 {actual:2}% 在其中{missing:clause}。
    | {about:clause} in {regions:list}: {actual:2}% by position{missing:clause}.
    placed_mainly: {about:clause}主要分布在{regions:list}：按位置 {actual:2}% 在其中
      {missing:clause}。
    | {about:clause} mainly in {regions:list}: {actual:2}% by position{missing:clause}.
    whole: 全部用地 | all land
    missing: ；{regions:list}没有图形，按登记计为 {share:2}%
    | ; {regions:list} has no polygon, {share:2}% by record""",
    **CLAUSES,
)


def _placement(land: RuledLand, row: dict[Any, Any]) -> Finding:
    """Judge one row of the plan's ``placements``."""
    use, named = str(row["category"]), tuple(row["regions"])
    rule = Demand("placement", use, float("nan"), "", None, str(row["source"]))
    if land.pieces is None:
        return land.unknown(rule, "no_regions", category=use)
    sure = within_use(land.pieces["category"], use)
    if not sure.any():
        return land.unknown(rule, "no_parcel", category=use, use=use)
    area = land.pieces["area_m2"].to_numpy()
    mainly = "主要" in rule.source
    whole = float(area[sure].sum())
    least = 50.0 if mainly else 100 * (1 - 1e-6)
    # by position; by record too, for regions without polygon; and all that no record places
    position, record = (land.pieces[c].isin(named).to_numpy() for c in ("polygon", "region"))
    unplaced = land.pieces["recorded"].eq("").to_numpy()
    missing = sorted(land.undrawn & set(named))
    share, told, most = (
        _percent(float(area[sure & flags].sum()), whole)
        for flags in (position, position | record, position | record | unplaced)
    )
    open_ = bool(missing) and most > least
    verdict: Verdict = "pass" if share > least else "unknown" if open_ else "fail"
    return land.found(
        rule,
        "placed_mainly" if mainly else "placed",
        verdict,
        actual=share,
        unit="%",
        category=use,
        about=land.name(rule, use, "whole"),
        regions=list(named),
        missing={"kind": "missing", "regions": missing, "share": told} if missing else None,
    )
