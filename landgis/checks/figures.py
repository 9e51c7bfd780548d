"""The figures of a plan that mapped areas are compared with, printed or added up from its list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from landgis.checks.sums import decimals_of, shown_area
from landgis.plan.model import Plan
from landgis.units import M2_PER_UNIT, m2_to, printed_tolerance

FACETS = ("land_source", "supply_mode", "period")
"""Columns of targets that narrow a figure down beside its region and use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure of the plan that an area is compared with.

    Parameters
    ----------
    value
        In ``unit``; NaN where the plan names the thing without a figure.
    decimals
        Printed decimals.
    half_width
        What the print leaves open, in ``unit``.
    qualifier
        ``at_most`` (控制在…以内), ``at_least`` (不低于), ``about`` (约), or empty: exactly.
    facets
        What of `FACETS` the figure is narrowed down to: (column, value).
    members
        What a composite use (其他用地) is made of.
    again
        The same quantity as printed a second time, in another unit.
    word
        The unit for a reader; as printed if empty.
    shown
        Decimals of a measured area beside it, see `shown_decimals`.
    """

    check: str
    value: float
    unit: str
    decimals: int
    half_width: float
    region: str = ""
    region_code: str = ""
    category: str = ""
    qualifier: str = ""
    facets: tuple[tuple[str, str], ...] = ()
    members: tuple[str, ...] = ()
    subject: str = ""
    source: str = ""
    again: str = ""
    word: str = ""
    shown: int = 2

    @property
    def value_m2(self) -> float:
        """The figure in m²."""
        return self.value * float(M2_PER_UNIT[self.unit])

    @property
    def half_width_m2(self) -> float:
        """What the print leaves open, in m²."""
        return self.half_width * float(M2_PER_UNIT[self.unit])

    def text(self, area_m2: float) -> str:
        """Write a measured area in the figure's unit."""
        return f"{shown_area(area_m2, self.unit, self.shown):,f} {self.word or self.unit}"


def shown_decimals(plan: Plan) -> dict[str, int]:
    """Give the decimals that measured areas are shown with, by unit: one form everywhere.

    As many as the plan's finest figure in that unit has, and two at least.

    Examples
    --------
    >>> from landgis.schema import TARGETS, table_of
    >>> rows = [{"category": c, "stated_value": v, "stated_unit": "公顷"}
    ...     for c, v in (("住宅用地", 7.2), ("商服用地", 1.125))]
    >>> shown_decimals(Plan(document="p.txt", targets=table_of(rows, TARGETS)))
    {'公顷': 3}
    """
    finest: dict[str, int] = {}
    for figure in (*target_figures(plan), *list_figures(plan)):
        finest[figure.unit] = max(finest.get(figure.unit, 2), figure.decimals)
    return finest


def target_figures(plan: Plan) -> Iterator[Figure]:
    """Give one figure for each quantity among the plan's targets, in their order.

    A quantity that stands twice is taken as it stands first.

    Examples
    --------
    >>> from landgis.schema import TARGETS, table_of
    >>> row = {"category": "住宅用地", "stated_value": 7.2, "stated_unit": "公顷"}
    >>> plan = Plan(document="p.txt", targets=table_of([row], TARGETS))
    >>> [(f.check, f.category, f.value_m2, f.half_width) for f in target_figures(plan)]
    [('totals.use', '住宅用地', 72000.0, 0.05)]
    """
    targets = plan.targets.copy()
    for column in (*FACETS, "qualifier", "restated_unit"):
        told = targets[column] if column in targets else pd.Series("", index=targets.index)
        targets[column] = told.fillna("")
    once = targets.drop_duplicates(["region", "category", *FACETS])
    for row in once.to_dict("records"):
        yield _figure(row)


def _figure(row: dict[Any, Any]) -> Figure:
    region, category = str(row["region"]), str(row["category"])
    check = {
        (False, False): "totals.grand",
        (True, False): "totals.region",
        (False, True): "totals.split" if row["parent_category"] else "totals.use",
        (True, True): "totals.cell",
    }[bool(region), bool(category)]
    value, unit, decimals = row["stated_value"], str(row["stated_unit"]), row["stated_decimals"]
    if unit not in M2_PER_UNIT:
        value, unit, decimals = row["area_ha"], "公顷", pd.NA
    if pd.isna(decimals):
        decimals = 0 if pd.isna(value) else decimals_of(value)
    members, again = row.get("members"), str(row["restated_unit"])
    return Figure(
        check=check,
        value=float(value),
        unit=unit,
        decimals=int(decimals),
        half_width=float(printed_tolerance(int(decimals))),
        region=region,
        region_code=str(row["region_code"]),
        category=category,
        qualifier=str(row["qualifier"]),
        facets=tuple((column, str(row[column])) for column in FACETS if row[column]),
        members=tuple(members) if isinstance(members, list | tuple) else (),
        source=str(row["source"]),
        again=f"{row['restated_value']:,} {again}" if again else "",
    )


def list_figures(plan: Plan) -> Iterator[Figure]:
    """Add up a programme's list, where the plan prints no sum itself.

    Examples
    --------
    >>> from landgis.schema import PROJECTS, table_of
    >>> rows = [{"region": "东镇", "name": name, "area_ha": 4.0} for name in ("甲", "乙")]
    >>> plan = Plan(document="p.txt", projects=table_of(rows, PROJECTS))
    >>> [(figure.region, figure.value) for figure in list_figures(plan)]
    [('东镇', 8.0), ('', 8.0)]
    """
    projects, unit, decimals = list_values(plan)
    printed = set(zip(plan.targets["region"], plan.targets["category"], strict=True))
    keys = [
        *((region, "") for region in projects["region"].unique()),
        *(("", category) for category in projects["category"].unique()),
        ("", ""),
    ]
    for region, category in dict.fromkeys(keys):
        chosen = projects[
            projects["region"].isin([region] if region else projects["region"])
            & projects["category"].isin([category] if category else projects["category"])
        ]
        if (region, category) in printed or chosen.empty:
            continue
        yield Figure(
            check="totals.list",
            value=round(float(chosen["value"].sum(skipna=False)), 9),
            unit=unit,
            decimals=decimals,
            half_width=len(chosen) * float(printed_tolerance(decimals)),
            region=region,
            category=category,
            source=plan.document,
        )


def is_programme(plan: Plan) -> bool:
    """Tell whether a plan is nothing but a list of areas (片区清单), as a programme is.

    A supply plan may have a list (宗地清单) beside its uses.

    Examples
    --------
    >>> is_programme(Plan(document="p.txt"))
    False
    """
    return bool(len(plan.projects)) and not any(plan.targets["category"])


def list_values(plan: Plan) -> tuple[pd.DataFrame, str, int]:
    """Give the list's areas as printed: column ``value``, their unit and decimals."""
    projects = plan.projects
    units = projects["stated_unit"] if "stated_unit" in projects else plan.targets["stated_unit"]
    known = [u for u in units if u in M2_PER_UNIT]
    unit = max(known, key=known.count) if known else "公顷"
    value = projects["area_ha"].map(lambda ha: round(m2_to(ha * 10_000, unit), 9))
    decimals = max((decimals_of(v) for v in value.dropna()), default=0)
    return projects.assign(value=value), unit, decimals


def project_figures(plan: Plan, parcels: pd.DataFrame) -> Iterator[tuple[Figure, pd.Series]]:
    """Each area of the list, with the ids of the parcels drawn for it: by name, then number.

    Examples
    --------
    >>> from landgis.schema import PROJECTS, table_of
    >>> rows = [{"region": "东镇", "name": name, "area_ha": 4.0} for name in ("甲", "乙")]
    >>> plan = Plan(document="p.txt", projects=table_of(rows, PROJECTS))
    >>> parcels = pd.DataFrame({"parcel_id": ["1", "2"], "name": ["甲", "丙"]})
    >>> [(figure.subject, ids.tolist()) for figure, ids in project_figures(plan, parcels)]
    [('甲', ['1']), ('乙', [])]
    """
    projects, unit, decimals = list_values(plan)
    single = ~projects["name"].duplicated(keep=False)
    for (_, row), alone in zip(projects.iterrows(), single, strict=True):
        number = "" if pd.isna(row["number"]) else str(int(row["number"]))
        same = parcels["name"].eq(row["name"]) & bool(row["name"]) & alone
        if not same.any():
            same = parcels["parcel_id"].eq(number) & bool(number)
        yield (
            Figure(
                check="totals.project",
                value=float(row["value"]),
                unit=unit,
                decimals=decimals,
                half_width=float(printed_tolerance(decimals)),
                region=str(row["region"]),
                category=str(row["category"]),
                subject=" ".join(filter(None, [number, str(row["name"])])),
                source=str(row["source"]),
            ),
            parcels.loc[same, "parcel_id"],
        )
