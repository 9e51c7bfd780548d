"""The one table that every check returns: what was expected, what was found, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Literal

import pandas as pd

from landgis.errors import InputError
from landgis.language import Lang, say

Verdict = Literal["pass", "fail", "unknown"]

COLUMNS = (
    "check",
    "subject",
    "region",
    "category",
    "expected",
    "actual",
    "difference",
    "tolerance",
    "unit",
    "verdict",
    "message",
    "source",
)
NUMBERS = ("expected", "actual", "difference", "tolerance")

VERDICTS = MappingProxyType(
    {"pass": ("通过", "pass"), "fail": ("不通过", "fail"), "unknown": ("无法判定", "unknown")},
)
"""The three verdicts, in Chinese and English. What cannot be decided is unknown, never a pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of one check.

    Numbers are in ``unit``; ``difference`` is actual less expected; a missing number is None.

    Parameters
    ----------
    check
        Dotted name of the check, ``room.check`` (``audit.parts``, ``totals.cell``,
        ``parcels.overlap``, ``layer.encoding`` …).
    subject
        What the finding is about: a parcel's id, a file, a total.
    region, category
        As in the plan; empty means all of them.
    message
        One sentence for a planner: what, where, by how much.
    source
        Where the expected number stands: document, line or cell, and the words.
    """

    check: str
    verdict: Verdict
    message: str
    subject: str = ""
    region: str = ""
    category: str = ""
    expected: float | None = None
    actual: float | None = None
    difference: float | None = None
    tolerance: float | None = None
    unit: str = ""
    source: str = ""


def failed(check: str, zh: str, en: str, *, subject: str = "", lang: Lang = "zh") -> Finding:
    """Make the finding of a check that failed, in one of two languages.

    Examples
    --------
    >>> failed("layer.shapes", "图形损坏。", "Damaged.", lang="en").message
    'Damaged.'
    """
    return Finding(check=check, subject=subject, verdict="fail", message=say(lang, zh, en))


def findings_table(findings: Iterable[Finding] = ()) -> pd.DataFrame:
    """Lay findings out as a table, in their order.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`: text (empty where there is none) and float64 (NaN where
        there is none); rows numbered from 0.

    Examples
    --------
    >>> table = findings_table([Finding(check="audit.parts", verdict="pass", message="相符。")])
    >>> table[["check", "verdict"]].values.tolist()
    [['audit.parts', 'pass']]
    """
    table = pd.DataFrame([asdict(f) for f in findings], columns=list(COLUMNS))
    return table.astype({c: "float64" if c in NUMBERS else "str" for c in COLUMNS})


def join_findings(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack tables of findings, in the order given, rows numbered anew.

    Raises
    ------
    InputError
        If a table does not have exactly the columns of findings.
    """
    for table in tables:
        if tuple(table.columns) != COLUMNS:
            got = "、".join(map(str, table.columns))
            raise InputError(
                f"检查结果表的列应为 {'、'.join(COLUMNS)}，实为 {got}。",
                f"Findings have the columns {', '.join(COLUMNS)}; got {got}.",
            )
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else findings_table()


def count_verdicts(findings: pd.DataFrame) -> dict[str, int]:
    """Count findings by verdict: ``{"pass": n, "fail": n, "unknown": n}``.

    Examples
    --------
    >>> count_verdicts(findings_table())
    {'pass': 0, 'fail': 0, 'unknown': 0}
    """
    counts = findings["verdict"].value_counts()
    return {verdict: int(counts.get(verdict, 0)) for verdict in VERDICTS}


def verdict_name(verdict: str, lang: Lang = "zh") -> str:
    """Name a verdict for a reader.

    Examples
    --------
    >>> verdict_name("unknown")
    '无法判定'
    """
    return say(lang, *VERDICTS[verdict])
