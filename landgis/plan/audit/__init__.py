"""Audit of a plan (plan → findings): the agreement of the document's own figures.

A check fails only what the text promises (`promise`): parts are compared with a whole where one
list or one table gives them as the whole, repeats where both are of one thing, one scope and one
kind, shares with the base that they name. What differs without such a promise is unknown or no
finding.

What may differ is kept apart, and the message says which was applied, as accounting standards do
(XBRL Calculations 1.1 takes a printed value as the interval that its decimals leave open, EN 16931
takes totals as exact sums rounded once):

printed precision
    Areas in a plan are added up by the people who print it, so that parts and total are printed
    from the same sums: within one unit the parts' exact sum, rounded to the total's decimals, must
    be the total. Trailing zeros are dropped as a rule (1.62684 beside 29.488274), so that a part
    with fewer decimals is as exact as the others. A difference that rounding each figure on its
    own could explain is undecided, and its message says so. Figures in another unit leave half a
    unit of their last digit open, and 1 in 10,000 for a factor of 666.67. Shares are rounded one by
    one by their nature; their sum has half a unit for each.
approximate wording
    约, 左右 leave half a unit of the last digit open that is no zero at the end; what lies beyond
    is undecided up to a tenth, and fails above.
caps and floors
    控制在…以内 and 以上 are kept by anything on their side.

Survey tolerance (recorded against measured land) is none of the audit's: no figure of a plan is
measured.

Failing checks that follow from one wrong figure are tied (`tie`): all but the first name its
`finding_key` in ``cause``. All arithmetic is exact (`fractions.Fraction`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from landgis.errors import require
from landgis.findings import findings_table
from landgis.plan.audit.lists import check_counts, check_goals, check_lists
from landgis.plan.audit.parts import check_parts
from landgis.plan.audit.repeats import check_repeats, check_units
from landgis.plan.audit.shares import check_growth, check_shares
from landgis.plan.audit.splits import Judged, tie
from landgis.plan.audit.stated import Stated, finest, running_text, stated_in
from landgis.plan.corrections import mark_got
from landgis.plan.model import Plan


def audit_plan(plan: Plan) -> pd.DataFrame:
    r"""Check a plan's own figures against each other.

    Parameters
    ----------
    plan
        As read. A plan made of the table ``targets`` alone is audited as one table.

    Returns
    -------
    DataFrame
        Findings, agreements too, in the order: parts and totals (``audit.parts``), repeated
        figures (``audit.repeat``), other units (``audit.units``), shares (``audit.share``,
        ``audit.share_sum``), growth (``audit.growth``), lists (``audit.list``), counts
        (``audit.count``), goals (``audit.goal``). ``expected`` is the stated total, share or
        count, ``actual`` what the other figures give. `landgis.tell` puts them into words.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from landgis.plan.extract import read_plan
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "plan.txt"
    >>> _ = file.write_text("连州市2025年度土地供应计划\n供应总量30公顷，其中住宅用地20公顷、"
    ...     "商服用地13公顷。", encoding="utf-8")
    >>> audit_plan(read_plan(file))[["check", "verdict", "difference"]].values.tolist()
    [['audit.parts', 'fail', 3.0]]
    """
    require(plan, Plan, name="plan")
    first, again = stated_in(plan)
    everything = [*first, *again]
    text = running_text(plan)
    judged = [
        *check_parts(text, finest(first, again), _understood(plan, everything)),
        *check_repeats(text, first, again),
        *check_units(everything),
        *check_shares(text, first),
        *check_growth(text, everything),
        *check_lists(plan, text, first, everything),
        *check_counts(plan, text),
        *(Judged(finding, {}) for finding in check_goals(plan, first)),
    ]
    figures = plan.figures.loc[plan.figures["how"].eq("corrected"), "figure"]
    kinds = ("area", "share", "unit")
    changed = {(kind, f.number) for f in everything if f.corrected for kind in kinds}
    changed |= {("count", number) for number in figures}
    rests = [i for i, j in enumerate(judged) if changed & set(j.terms)]
    return mark_got(findings_table(tie(judged)), plan, rests=rests)


def _understood(plan: Plan, everything: Sequence[Stated]) -> list[Stated]:
    """Leave out what seems to state a figure once more and is another: 五个新城合计, as the total.

    Sums are not judged by it, since nobody knows of what it is.
    """
    roles = plan.figures.loc[plan.figures["role"].eq("unknown"), "figure"]
    again = plan.repeats["figure"].isin(roles)
    doubtful = {len(plan.targets) + i for i, doubt in enumerate(again) if doubt}
    return [f for f in everything if f.number not in doubtful]
