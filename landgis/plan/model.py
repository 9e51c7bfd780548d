"""A plan, as read: its tables, each row citing the sentence or cell it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from landgis.findings import findings_table
from landgis.schema import PLACEMENTS, PROJECTS, RULES, TARGETS, table_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """A land plan read from a document (供应计划, 再开发方案).

    Parameters
    ----------
    document
        Name of the file it was read from.
    title
        As published.
    jurisdiction, jurisdiction_code
        The place that the plan is for, as published, and the division it was matched to.
    year
        Year of a yearly plan; the first year of a programme. None if not stated.
    start, end
        First and last day of the plan's period.
    targets, projects, placements, rules
        Tables of the same names in `landgis.schema`.
    findings
        What was noticed while reading: names that match no division, or only nearly.
    """

    document: str
    title: str = ""
    jurisdiction: str = ""
    jurisdiction_code: str = ""
    year: int | None = None
    start: date | None = None
    end: date | None = None
    targets: pd.DataFrame = field(default_factory=lambda: table_of((), TARGETS))
    projects: pd.DataFrame = field(default_factory=lambda: table_of((), PROJECTS))
    placements: pd.DataFrame = field(default_factory=lambda: table_of((), PLACEMENTS))
    rules: pd.DataFrame = field(default_factory=lambda: table_of((), RULES))
    findings: pd.DataFrame = field(default_factory=findings_table)
