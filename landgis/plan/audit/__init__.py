"""Audit of a plan (plan → findings): the agreement of the document's own figures.

Areas in a plan are added up by the people who print it, so that parts and total are printed from
the same sums: within one unit the parts' exact sum, rounded to the total's decimals, must be the
total. Trailing zeros are dropped as a rule (1.62684 beside 29.488274), so that a part with fewer
decimals is as exact as the others, and no allowance is made for rounding each part on its own. A
difference that such rounding could explain is still a difference, and its message says so. Half a
unit of the last digit is allowed only where a figure is said to be about (约) or is in another
unit. Shares are rounded one by one by their nature; their sum has half a unit for each.

All arithmetic is exact (`fractions.Fraction`).
"""

from __future__ import annotations

import pandas as pd

from landgis.findings import findings_table
from landgis.language import Lang
from landgis.plan.audit.figures import figures_of, finest
from landgis.plan.audit.goals import check_goals
from landgis.plan.audit.lists import check_counts, check_lists
from landgis.plan.audit.parts import check_parts
from landgis.plan.audit.repeats import check_repeats, check_units
from landgis.plan.audit.shares import check_shares
from landgis.plan.model import Plan


def audit_plan(plan: Plan, *, lang: Lang = "zh") -> pd.DataFrame:
    r"""Check a plan's own figures against each other.

    Parameters
    ----------
    lang
        Language of the messages.

    Returns
    -------
    DataFrame
        Findings, agreements too, in the order: parts and totals (``audit.parts``), repeated
        figures (``audit.repeat``), other units (``audit.units``), shares (``audit.share``,
        ``audit.share_sum``), lists (``audit.list``), counts (``audit.count``), goals
        (``audit.goal``). ``expected`` is the stated total, share or count, ``actual`` what the
        other figures give.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from landgis.plan.extract import read_plan
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "plan.txt"
    >>> _ = file.write_text("连州市2025年度土地供应计划\n供应总量30公顷，其中住宅用地20公顷、"
    ...     "商服用地11公顷。", encoding="utf-8")
    >>> audit_plan(read_plan(file))[["check", "verdict", "difference"]].values.tolist()
    [['audit.parts', 'fail', 1.0]]
    """
    figures = figures_of(plan.targets)
    repeats = figures_of(plan.repeats)
    findings = [
        *check_parts(finest(figures, repeats), lang),
        *check_repeats(figures, repeats, lang),
        *check_units([*figures, *repeats], lang),
        *check_shares(figures, lang),
        *check_lists(plan, figures, lang),
        *check_counts(plan, lang),
        *check_goals(plan, figures, lang),
    ]
    return findings_table(findings)
