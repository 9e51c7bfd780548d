"""Completion over time: what is supplied by when, and by when the plan wants how much."""

from __future__ import annotations

from datetime import date

import pandas as pd

from landgis.checks.schedule import supply_dates
from landgis.results import Results
from landgis.schema import PARCELS, conform


def completion_series(results: Results) -> pd.DataFrame:
    """Add up the area supplied by each supply time of the parcels.

    Returns
    -------
    DataFrame
        ``date`` (last day of each supply time, in order), ``share_pct`` (of the plan's total, or
        of the mapped area if the plan has none). Empty where no parcel has a supply time.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> completion_series(results).empty
    True
    """
    land = conform(results.parcels, PARCELS)
    area = results.crosswalk.groupby("parcel_id")["area_m2"].sum()
    dates = supply_dates(land["quarter"], year=results.plan.year)
    dated = pd.DataFrame({"date": dates, "area": land["parcel_id"].map(area)}).dropna()
    summed = dated.groupby("date", sort=True)["area"].sum().cumsum()
    targets = results.plan.targets
    total = targets.loc[targets["region"].eq("") & targets["category"].eq(""), "area_ha"].dropna()
    whole = total.iloc[0] * 10_000 if len(total) else area.sum()
    return pd.DataFrame({"date": summed.index, "share_pct": 100 * summed.to_numpy() / whole})


def milestones(results: Results) -> list[tuple[date, float]]:
    """Give the plan's rules of completion as (day, per cent), in their order.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> milestones(results)
    []
    """
    rules = results.plan.rules
    chosen = rules[rules["kind"].eq("completion") & rules["due"].ne("")]
    return [
        (date.fromisoformat(str(due)), float(value))
        for due, value in zip(chosen["due"], chosen["value"], strict=True)
    ]
