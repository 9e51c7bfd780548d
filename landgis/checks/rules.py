"""Rules of a plan and of the project: shares, caps, floors, counts, dates, places, order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.checks.figures import shown_decimals
from landgis.checks.schedule import is_done, supply_dates
from landgis.checks.sums import (
    decimals_of,
    mapped_pieces,
    undecided_use,
    unit_word,
    within_use,
    without_polygon,
)
from landgis.checks.tolerance import survey_tolerance_m2
from landgis.findings import Finding, Verdict, findings_table
from landgis.landuse import canonical, category_name
from landgis.language import Lang, say
from landgis.measure import area_m2
from landgis.plan.model import Plan
from landgis.schema import PARCELS, RULES, conform
from landgis.units import M2_PER_UNIT, m2_to, to_decimal

Flags = npt.NDArray[np.bool_]

WHOLE = ("总量", "规模", "总面积", "全部", "低效用地", "供应计划", "建设用地")
"""Words of a rule's subject that mean all the land of the plan."""


def check_rules(
    parcels: gpd.GeoDataFrame,
    plan: Plan,
    *,
    crosswalk: pd.DataFrame | None = None,
    regions: gpd.GeoDataFrame | None = None,
    as_of: date | None = None,
    rules: pd.DataFrame | None = None,
    lang: Lang = "zh",
) -> pd.DataFrame:
    """Check the plan's rules, the project's own, and where the plan places its uses.

    Parameters
    ----------
    parcels
        Table ``parcels``: use, supply mode, land source, quarter and stage decide.
    plan
        Its ``rules`` and ``placements``.
    crosswalk, regions
        Parcels × regions and the regions, for placements. Areas are those of the crosswalk; in
        the plane if there is none.
    as_of
        The day on which the question is asked. What falls due later is judged as arranged;
        without a day, everything is.
    rules
        Further rules, columns as ``plan.rules``; kind ``stock_first`` asks that 存量 is supplied
        before 新增.
    lang
        Language of the messages.

    Returns
    -------
    DataFrame
        Findings ``rules.<kind>``, one for each rule and placement. A rule that cannot be decided
        is unknown, and says what is lacking.

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
    >>> check_rules(land, plan)[["check", "actual", "verdict"]].values.tolist()
    [['rules.min_share', 25.0, 'fail']]
    """
    land = _Land.of(parcels, plan, crosswalk=crosswalk, regions=regions, as_of=as_of, lang=lang)
    every = [plan.rules] if rules is None else [plan.rules, conform(rules, RULES)]
    findings = [
        land.judge(_Rule.of(row, table is plan.rules, lang))
        for table in every
        for row in table.to_dict("records")
    ]
    findings += [land.placement(row) for row in plan.placements.to_dict("records")]
    return findings_table(findings)


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    subject: str
    value: float
    unit: str
    due: date | None
    source: str
    category: str = ""
    region: str = ""
    base: str = ""

    @classmethod
    def of(cls, row: dict[Any, Any], from_plan: bool, lang: Lang) -> _Rule:
        """Take a row of the table ``rules``."""
        value = row["value"]
        source = str(row["source"]) or ("" if from_plan else say(lang, "项目文件", "project file"))
        due = row["due"]
        return cls(
            kind=str(row["kind"]),
            subject=str(row["subject"]),
            value=float("nan") if pd.isna(value) else float(value),
            unit=str(row["unit"]),
            due=due if isinstance(due, date) else date.fromisoformat(due) if due else None,
            source=source,
            category=str(row.get("category") or ""),
            region=str(row.get("region") or ""),
            base=str(row.get("of") or ""),
        )


@dataclass(frozen=True, slots=True)
class _Land:
    """The parcels as the rules see them: one row each, area in m²."""

    table: pd.DataFrame
    pieces: pd.DataFrame | None
    undrawn: frozenset[str]
    plan: Plan
    as_of: date | None
    lang: Lang
    region: str = ""

    @classmethod
    def of(
        cls,
        parcels: gpd.GeoDataFrame,
        plan: Plan,
        *,
        crosswalk: pd.DataFrame | None,
        regions: gpd.GeoDataFrame | None,
        as_of: date | None,
        lang: Lang,
    ) -> _Land:
        """Gather what the rules ask of each parcel."""
        table = pd.DataFrame(conform(parcels, PARCELS)).reset_index(drop=True)
        table["tolerance_m2"] = survey_tolerance_m2(parcels).to_numpy()
        pieces, undrawn = None, frozenset[str]()
        if crosswalk is None:
            table["area_m2"] = area_m2(parcels, method="plane").to_numpy()
        else:
            summed = crosswalk.groupby("parcel_id")["area_m2"].sum()
            table["area_m2"] = table["parcel_id"].map(summed)
        table["area_m2"] = table["area_m2"].fillna(0.0)
        table["date"] = supply_dates(table["quarter"], year=plan.year)
        if crosswalk is not None and regions is not None:
            pieces = mapped_pieces(crosswalk, parcels, regions=regions)
            recorded = table.drop_duplicates("parcel_id").set_index("parcel_id")["region"]
            pieces["recorded"] = pieces["parcel_id"].map(recorded).fillna("")
            undrawn = frozenset(without_polygon(regions))
            named = {region for row in plan.placements["regions"] for region in row}
            undrawn |= named - set(regions["name"])
        return cls(table, pieces, undrawn, plan, as_of, lang)

    def judge(self, rule: _Rule) -> Finding:
        """Judge one rule by its kind."""
        judged = {
            "min_share": self.share,
            "max_share": self.share,
            "max_total": self.total,
            "min_total": self.total,
            "min_count": self.count,
            "completion": self.completion,
            "stock_first": self.stock_first,
        }.get(rule.kind)
        if rule.kind == "net_land":
            return self._unknown(
                rule, "宗地没有是否净地的登记", "parcels do not record whether they are 净地"
            )
        if judged is None:
            return self._unknown(
                rule, f"不认识的规则“{rule.kind}”", f"the kind “{rule.kind}” is not known"
            )
        if np.isnan(rule.value) and rule.kind != "stock_first":
            return self._unknown(rule, "规则没有数值", "the rule has no value")
        if rule.region:
            inside = self._inside(rule.region)
            if inside.empty:
                return self._unknown(
                    rule, f"{rule.region}没有宗地或没有图形", f"no parcel lies in {rule.region}"
                )
            land = replace(self, table=inside, region=rule.region)
            return land.judge(replace(rule, region=""))
        return judged(rule)

    def _inside(self, region: str) -> pd.DataFrame:
        """Take what lies in one region: of each parcel its pieces there; by record without any."""
        if self.pieces is None:
            return self.table[self.table["region"].eq(region)]
        pieces = self.pieces[self.pieces["region"].eq(region) & self.pieces["area_m2"].gt(0)]
        summed = pieces.groupby("parcel_id")[["area_m2", "tolerance_m2"]].sum()
        table = self.table[self.table["parcel_id"].isin(summed.index)]
        return table.assign(**{name: table["parcel_id"].map(summed[name]) for name in summed})

    # ------------------------------------------------------------ one kind each

    def share(self, rule: _Rule) -> Finding:
        """Share of a use in the area of all parcels, or of those that the rule names."""
        use = self._use(rule)
        if not use:
            return self._no_subject(rule)
        whole = self._base(rule, use)
        if isinstance(whole, Finding):
            return whole
        among, base, open_base = whole
        sure, maybe = self._uses(use)
        least = self._sum(sure & base)
        most = self._sum((sure | maybe) & (base | open_base))
        low = _percent(least, least + self._sum((base | open_base) & ~(sure & base)))
        high = _percent(most, most + self._sum(base & ~(sure | maybe)))
        wanted = rule.kind == "min_share"
        ends = [(end >= rule.value) if wanted else (end <= rule.value) for end in (low, high)]
        verdict = _agreed(ends)
        word = say(self.lang, "不低于" if wanted else "不高于", "at least" if wanted else "at most")
        told = f"{_two(low)}%" if low == high else f"{_two(low)}%–{_two(high)}%"
        name = category_name(use, self.lang)
        zh = f"{among}{name}应{word} {_plain(rule.value)}%，图上为 {told}"
        en = f"{name}: {word} {_plain(rule.value)}% {among}, mapped {told}"
        if verdict == "unknown":
            zh += "（部分宗地的用途只登记到上级类，或缺供应方式，无法判定）"
            en += " (some parcels have a coarser use or no supply mode, so this is undecided)"
        return self._found(rule, verdict, zh, en, actual=low, unit="%", category=use)

    def _base(self, rule: _Rule, use: str) -> tuple[str, Flags, Flags] | Finding:
        """Say what a share is a share of, which parcels are in it, and which may be."""
        if "出让" in (rule.base or rule.subject + rule.source):
            return self._granted(rule)
        if not rule.base or rule.base.endswith(("总量", "计划")):
            return say(self.lang, "全部宗地中", "of all parcels"), self._all(), ~self._all()
        within = canonical(rule.base)
        if not within or within == use:
            zh = f"宗地没有登记“{rule.base}”中的哪些属此"
            return self._unknown(rule, zh, f"parcels do not record what of {rule.base} this is")
        base, may = self._uses(within)
        if not (base | may).any():
            return self._unknown(rule, f"没有{within}的宗地", f"no parcel is {within}")
        return say(self.lang, f"{within}中", f"of {within}"), base, may & ~base

    def _granted(self, rule: _Rule) -> tuple[str, Flags, Flags] | Finding:
        mode = self.table["supply_mode"].str.strip()
        base, may = mode.str.contains("出让").to_numpy(), mode.eq("").to_numpy()
        if may.all():
            return self._unknown(
                rule, "宗地没有登记供应方式（supply_mode）", "parcels lack a supply mode"
            )
        if not (base | may).any():
            return self._unknown(rule, "没有出让的宗地", "no parcel is supplied by 出让")
        return say(self.lang, "出让土地中", "of land granted (出让)"), base, may

    def total(self, rule: _Rule) -> Finding:
        """Cap or floor of an area, in the rule's own unit; a floor may fall due on a day."""
        use = self._use(rule)
        if use is None:
            return self._no_subject(rule)
        if rule.unit not in M2_PER_UNIT:
            return self._unknown(
                rule, f"单位“{rule.unit}”不是面积单位", f"“{rule.unit}” is no unit of area"
            )
        due = rule.due is not None and self.as_of is not None and self.as_of >= rule.due
        done = is_done(self.table["stage"]).to_numpy()
        if due and rule.kind == "min_total" and not done.any():
            return self._unknown(
                rule,
                f"期限 {rule.due} 已到，但宗地没有登记已完成的实施阶段（stage）",
                f"{rule.due} has passed, and no parcel records a completed stage",
            )
        sure, maybe = self._uses(use)
        chosen = done if due and rule.kind == "min_total" else self._all()
        least, most = self._sum(sure & chosen), self._sum((sure | maybe) & chosen)
        value = rule.value * float(M2_PER_UNIT[rule.unit])
        slack = float(np.sqrt((self.table["tolerance_m2"][sure | maybe] ** 2).sum()))
        floor = rule.kind == "min_total"
        ends = [(a >= value - slack) if floor else (a <= value + slack) for a in (least, most)]
        digits = self._digits(rule)
        actual = to_decimal(m2_to(least, rule.unit), digits)
        gap = actual - to_decimal(rule.value, digits)
        name = category_name(use, self.lang) or say(self.lang, "总量", "total")
        word = ("不少于", "at least") if floor else ("不超过", "at most")
        word_en = unit_word(rule.unit, "en")
        zh = f"{name}应{word[0]} {_plain(rule.value)} {rule.unit}，图上 {actual:,f} {rule.unit}"
        en = f"{name}: {word[1]} {_plain(rule.value)} {word_en}, mapped {actual:,f} {word_en}"
        zh, en = (
            zh + self._room(gap, rule.unit, floor)[0],
            en + self._room(gap, rule.unit, floor)[1],
        )
        if rule.due and floor:
            finished = f"{to_decimal(m2_to(self._sum((sure | maybe) & done), rule.unit), 2):,f}"
            zh += (
                "；期限已到，按已完成计"
                if due
                else f"；为安排，期限 {rule.due}，已完成 {finished} {rule.unit}"
            )
            en += (
                "; due, completed land only"
                if due
                else f"; as arranged for {rule.due}, {finished} {word_en} completed"
            )
        return self._found(
            rule,
            _agreed(ends),
            zh,
            en,
            actual=float(actual),
            unit=rule.unit,
            category=use,
            tolerance=m2_to(slack, rule.unit),
        )

    def count(self, rule: _Rule) -> Finding:
        """How many parcels or 片区 there are of a kind; parts of one name count once."""
        use = self._use(rule)
        if use is None:
            return self._no_subject(rule)
        sure, maybe = self._uses(use)
        label = self.table["name"].where(self.table["name"].ne(""), self.table["parcel_id"])
        least, most = label[sure].nunique(), label[sure | maybe].nunique()
        name = category_name(use, self.lang) or say(self.lang, "总数", "total")
        unit = rule.unit or "个"
        return self._found(
            rule,
            _agreed([least >= rule.value, most >= rule.value]),
            f"{name}应不少于 {_plain(rule.value)} {unit}，图上 {least} {unit}",
            f"{name}: at least {_plain(rule.value)}, mapped {least}",
            actual=float(least),
            unit=unit,
            category=use,
        )

    def completion(self, rule: _Rule) -> Finding:
        """Share of the plan's area supplied by a day."""
        use = self._use(rule)
        if use is None:
            return self._no_subject(rule)
        if rule.due is None:
            return self._unknown(rule, "规则没有期限", "the rule has no date")
        sure, _ = self._uses(use)
        dates = self.table["date"]
        dated = dates.notna().to_numpy() & sure
        if not dated.any():
            return self._unknown(
                rule, "宗地没有供应时间（quarter）", "parcels lack a supply time (quarter)"
            )
        by_due = np.array([d is not None and d <= rule.due for d in dates]) & sure
        passed = self.as_of is not None and self.as_of >= rule.due
        done = is_done(self.table["stage"]).to_numpy()
        if passed and done.any():
            by_due &= done
        whole, basis = self._plan_area(use, sure)
        low = _percent(self._sum(by_due), whole)
        undated = self._sum(sure & ~dated)
        high = _percent(self._sum(by_due) + undated, whole)
        verdict = _agreed([low >= rule.value - 1e-9, high >= rule.value - 1e-9])
        state = say(
            self.lang,
            *(
                ("实际", "supplied")
                if passed and done.any()
                else ("按供应时间安排", "as scheduled")
            ),
        )
        wanted = _plain(rule.value)
        zh = f"{rule.due} 前应完成 {wanted}%，{state}为 {_two(low)}%（{basis[0]}）"
        en = f"{wanted}% due by {rule.due}, {state} {_two(low)}% ({basis[1]})"
        if undated:
            zh += f"；另有占 {_two(_percent(undated, whole))}% 的宗地没有供应时间"
            en += f"; a further {_two(_percent(undated, whole))}% has no supply time"
        return self._found(rule, verdict, zh, en, actual=low, unit="%", category=use)

    def stock_first(self, rule: _Rule) -> Finding:
        """Whether 存量 is supplied before 新增: never a smaller part of it, at any date."""
        origin = self.table["land_source"].str.strip()
        dates = self.table["date"]
        old = origin.str.contains("存量").to_numpy() & dates.notna().to_numpy()
        new = origin.str.contains("新增").to_numpy() & dates.notna().to_numpy()
        if not old.any() or not new.any():
            return self._unknown(
                rule,
                "需要同时有存量与新增宗地的土地来源（land_source）和供应时间（quarter）",
                "needs land source and supply time of both 存量 and 新增 parcels",
            )
        behind = []
        for day in sorted({d for d in dates if d is not None}):
            then = np.array([d is not None and d <= day for d in dates])
            shares = [_percent(self._sum(k & then), self._sum(k)) for k in (old, new)]
            if shares[0] < shares[1] - 1e-9:
                behind.append((day, *shares))
        if not behind:
            return self._found(
                rule,
                "pass",
                "各供应时间存量土地的完成比例均不低于新增",
                "at every date 存量 is supplied at least as far as 新增",
            )
        day, old_share, new_share = behind[0]
        return self._found(
            rule,
            "fail",
            f"截至 {day}，存量供应 {_two(old_share)}%，低于新增的 {_two(new_share)}%",
            f"by {day} 存量 is supplied to {_two(old_share)}%, 新增 to {_two(new_share)}%",
        )

    def placement(self, row: dict[Any, Any]) -> Finding:
        """Whether a use lies in the regions that the plan names for it."""
        use, named = str(row["category"]), tuple(row["regions"])
        rule = _Rule("placement", use, float("nan"), "", None, str(row["source"]))
        places = "、".join(named)
        if self.pieces is None:
            return self._unknown(
                rule, "没有区域图层，无法核对位置", "there is no layer of regions", category=use
            )
        sure = within_use(self.pieces["category"], use)
        if not sure.any():
            return self._unknown(
                rule, f"图上没有{use}", f"no parcel of {category_name(use, 'en')}", category=use
            )
        area = self.pieces["area_m2"].to_numpy()
        mainly = "主要" in rule.source
        whole = float(area[sure].sum())
        least = 50.0 if mainly else 100 * (1 - 1e-6)
        # by position; by record too, for regions without polygon; and all that no record places
        position, record = (self.pieces[c].isin(named).to_numpy() for c in ("polygon", "region"))
        unplaced = self.pieces["recorded"].eq("").to_numpy()
        missing = sorted(self.undrawn & set(named))
        share, told, most = (
            _percent(float(area[sure & flags].sum()), whole)
            for flags in (position, position | record, position | record | unplaced)
        )
        open_ = bool(missing) and most > least
        verdict: Verdict = "pass" if share > least else "unknown" if open_ else "fail"
        zh = f"{use or '全部用地'}{'主要' * mainly}分布在{places}：按位置 {_two(share)}% 在其中"
        name = category_name(use, "en") or "all land"
        en = f"{name} {'mainly ' * mainly}in {places}: {_two(share)}% by position"
        if missing:
            zh += f"；{'、'.join(missing)}没有图形，按登记计为 {_two(told)}%"
            en += f"; {', '.join(missing)} has no polygon, {_two(told)}% by record"
        return self._found(rule, verdict, zh, en, actual=share, unit="%", category=use)

    # ------------------------------------------------------------ what they share

    def _use(self, rule: _Rule) -> str | None:
        """Find the use that a rule speaks of; empty for all land; None if it is not understood."""
        subject = rule.category or rule.subject
        present: set[str] = set(self.table["category"])
        if subject in present or canonical(subject):
            return canonical(subject) or subject
        known: set[str] = present | set(self.plan.targets["category"])
        for use in sorted(known, key=len, reverse=True):
            if use and use in subject:
                return use
        return "" if not subject or any(word in subject for word in WHOLE) else None

    def _uses(self, use: str) -> tuple[Flags, Flags]:
        categories = self.table["category"]
        return within_use(categories, use), undecided_use(categories, use)

    def _all(self) -> Flags:
        return np.ones(len(self.table), dtype=bool)

    def _sum(self, flags: Flags) -> float:
        return float(self.table["area_m2"].to_numpy()[flags].sum())

    def _plan_area(self, use: str, sure: Flags) -> tuple[float, tuple[str, str]]:
        """Find what completion is a share of: the plan's figure, else the mapped area."""
        targets = self.plan.targets
        row = targets[targets["region"].eq(self.region) & targets["category"].eq(use)]
        if len(row) and not pd.isna(row["area_ha"].iloc[0]):
            return float(row["area_ha"].iloc[0]) * 10_000, ("占计划", "of the plan")
        return self._sum(sure), ("占图上面积", "of the mapped area")

    def _room(self, gap: Decimal, unit: str, floor: bool) -> tuple[str, str]:
        """Say what is left or missing, in 公顷 too."""
        hectares = to_decimal(abs(float(gap)) * float(M2_PER_UNIT[unit]) / 10_000, 4)
        more = ("", "") if unit == "公顷" else (f"（{hectares:,f} 公顷）", f" ({hectares:,f} ha)")
        word = {
            (True, True): ("高出", "above it by"),
            (True, False): ("缺口", "short by"),
            (False, True): ("超出", "above it by"),
            (False, False): ("余量", "room left"),
        }[floor, gap > 0]
        return (
            f"，{word[0]} {abs(gap):,f} {unit}{more[0]}",
            f", {word[1]} {abs(gap):,f} {unit_word(unit, 'en')}{more[1]}",
        )

    def _found(
        self,
        rule: _Rule,
        verdict: Verdict,
        zh: str,
        en: str,
        *,
        actual: float | None = None,
        unit: str = "",
        category: str = "",
        tolerance: float | None = None,
    ) -> Finding:
        digits = self._digits(rule)
        number = None if actual is None else float(to_decimal(actual, digits))
        expected = None if np.isnan(rule.value) else rule.value
        difference = None
        if number is not None and expected is not None:
            difference = float(to_decimal(number - expected, digits))
        return Finding(
            check=f"rules.{rule.kind}",
            verdict=verdict,
            subject=rule.subject,
            category=category,
            expected=expected,
            actual=number,
            difference=difference,
            tolerance=None if tolerance is None else float(to_decimal(tolerance, digits + 1)),
            unit=unit,
            message=say(self.lang, zh + "。", en + "."),
            source=rule.source,
        )

    def _digits(self, rule: _Rule) -> int:
        """Count the decimals of measured numbers: of areas as many as beside the plan's figures."""
        stated = 0 if np.isnan(rule.value) else decimals_of(rule.value)
        return max(2, stated, shown_decimals(self.plan).get(rule.unit, 2))

    def _unknown(self, rule: _Rule, zh: str, en: str, *, category: str = "") -> Finding:
        return self._found(
            rule,
            "unknown",
            f"{rule.subject}：{zh}，无法判定" if rule.subject else f"{zh}，无法判定",
            f"{rule.subject}: {en}; this cannot be decided",
            unit=rule.unit,
            category=category,
        )

    def _no_subject(self, rule: _Rule) -> Finding:
        return self._unknown(
            rule, "不能确定规则所指的用途", "it is not clear which use the rule speaks of"
        )


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0


def _plain(value: float) -> str:
    return f"{to_decimal(value, decimals_of(value)):,f}"


def _two(value: float) -> str:
    return str(to_decimal(value, 2))


def _agreed(ends: list[bool]) -> Verdict:
    """Give the verdict that all ends share."""
    return "pass" if all(ends) else "unknown" if any(ends) else "fail"
