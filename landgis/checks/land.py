"""The land as the rules of a plan see it: one row a parcel, and which of them a rule is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely import box

from landgis.balance.figures import MAY_BELONG, Uses, figures_of, shown_decimals
from landgis.balance.mapped import Mapped, map_land
from landgis.checks.supply import supply_dates
from landgis.findings import CHECKS, Check, Finding, Verdict, define, sentences
from landgis.landuse import canonical
from landgis.measure import area_m2
from landgis.measure.areas import survey_tolerance_m2
from landgis.plan.model import RULE_NAMES, Plan
from landgis.schema import PARCELS, conform
from landgis.units import decimals_of, half_up

Flags = npt.NDArray[np.bool_]

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

    def everything(self) -> Flags:
        """Choose every parcel."""
        return np.ones(len(self.table), dtype=bool)

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
        return rule_check(rule.kind).finding(
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


def rule_check(kind: str) -> Check:
    """Give the check of a kind of rule; `OTHER` of one that nobody judges.

    Examples
    --------
    >>> rule_check("moon_share").name
    'rules.other'
    """
    return CHECKS.get(f"rules.{kind}", OTHER)


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

NET_LAND = define(
    f"""rules.net_land {" | ".join(RULE_NAMES["net_land"])}
    是否只供应净地；宗地没有登记，不能核对。 | Whether only 净地 is supplied; no parcel records it.
    unrecorded: 宗地没有是否净地的登记 | parcels do not record whether they are 净地""",
    **CLAUSES,
)


def two_squares(*, year: int | None = None, **columns: list[str]) -> RuledLand:
    """Give land to try a rule on: 1 公顷 of 工业用地 and 3 公顷 of 住宅用地.

    Parameters
    ----------
    year
        Year of the plan.
    **columns
        Further columns of the two parcels.

    Examples
    --------
    >>> two_squares(quarter=["第一季度", "第三季度"]).table["area_m2"].tolist()
    [10000.0, 30000.0]
    """
    squares = gpd.GeoDataFrame(
        {"parcel_id": ["a", "b"], "category": ["工业用地", "住宅用地"], **columns},
        geometry=[box(0, 0, 100, 100), box(200, 0, 300, 300)],
        crs=4549,
    )
    return RuledLand.of(squares, Plan(document="p.txt", year=year))


def percent(part: float, whole: float) -> float:
    """Give a share in per cent; 0 of nothing.

    Examples
    --------
    >>> percent(1.0, 4.0), percent(0.0, 0.0)
    (25.0, 0.0)
    """
    return 100 * part / whole if whole else 0.0


def agreed(ends: list[bool]) -> Verdict:
    """Give the verdict that all ends of an interval share.

    Examples
    --------
    >>> agreed([True, True]), agreed([False, True])
    ('pass', 'unknown')
    """
    return "pass" if all(ends) else "unknown" if any(ends) else "fail"
