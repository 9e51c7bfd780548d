"""Findings that a person has accepted: who, when, why; they come back when their numbers change.

``findings.csv`` of a run lists what failed and what is unknown. Whoever accepts a line fills in
``who``, ``when`` and ``why`` and keeps the file as ``accepted.csv``, named in the project file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from landgis.errors import InputError
from landgis.files.encoding import decode_text
from landgis.findings import define, finding_keys, findings_table, join_findings
from landgis.formats.points_table import csv_rows
from landgis.language import Lang
from landgis.telling import tell

COLUMNS = ("finding", "verdict", "message", "expected", "actual", "unit", "who", "when", "why")
_NUMBERS = ("expected", "actual")

ACCEPTED = define("""project.accepted 已认可的问题 | accepted findings
    认可过的问题是否仍是当时的数字
    | whether accepted findings still have the numbers they were accepted with
    changed: “{subject}”由{who}于{when}认可，但数字已变，须重新认可。
    | “{subject}”, accepted by {who} on {when}, has other numbers now: accept it anew.
    gone: 认可过的“{subject}”（{who}，{when}）本次没有出现。
    | “{subject}”, accepted by {who} on {when}, did not occur this time.""")


def open_findings(findings: pd.DataFrame, *, lang: Lang = "zh") -> pd.DataFrame:
    """List what failed and what is unknown, for a person to accept.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`; ``who``, ``when`` and ``why`` are empty.

    Examples
    --------
    >>> from landgis.findings import Finding
    >>> found = findings_table([Finding(check="totals.use", verdict="fail", category="住宅用地",
    ...                                 message="少 1 亩。", expected=2.0, actual=1.0, unit="亩")])
    >>> open_findings(found)[["finding", "actual"]].values.tolist()
    [['totals.use|住宅用地', 1.0]]
    """
    told = tell(findings[findings["verdict"].isin(["fail", "unknown"])], lang)
    table = told[["verdict", "message", "expected", "actual", "unit"]].copy()
    table.insert(0, "finding", finding_keys(told))
    return table.assign(who="", when="", why="").reset_index(drop=True)


def read_accepted(path: Path) -> pd.DataFrame:
    """Read the lines of a file in which a person has filled in who accepts.

    Raises
    ------
    InputError
        If the file lacks a column, or a line is accepted without saying who and why.
    """
    if not path.is_file():
        raise InputError(
            f"没有认可文件 {path}。请检查路径，或从运行结果的 findings.csv 另存。",
            f"No file of accepted findings {path}: check the path, or make it of findings.csv.",
        )
    text, _ = decode_text(path.read_bytes(), name=path.name)
    head, *lines = csv_rows(text.encode(), name=path.name, encoding="utf-8") or [[]]
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise InputError(
            f"{path.name} 缺少列 {'、'.join(missing)}；请从运行结果的 findings.csv 另存。",
            f"{path.name} lacks {', '.join(missing)}; make it of the findings.csv of a run.",
        )
    table = pd.DataFrame([line[: len(head)] for line in lines], columns=head, dtype="object")
    table = table[list(COLUMNS)].fillna("").astype("str")
    filled = table[["who", "when", "why"]] != ""
    half = filled.any(axis=1) & ~filled[["who", "why"]].all(axis=1)
    if half.any():
        line = table.loc[half, "finding"].iloc[0]
        raise InputError(
            f"{path.name} 中“{line}”未写明认可人（who）和理由（why）。",
            f"{path.name}: “{line}” lacks who accepts it, or why.",
        )
    return table[filled.all(axis=1) | filled[["who", "why"]].all(axis=1)].reset_index(drop=True)


def apply_accepted(findings: pd.DataFrame, accepted: pd.DataFrame) -> pd.DataFrame:
    """Show accepted findings as notes with who accepted them, when and why.

    One whose numbers differ from those it was accepted with keeps its verdict, and a finding
    ``project.accepted`` says so; so does one that no longer occurs, as a note.

    Examples
    --------
    >>> from landgis.findings import Finding
    >>> found = findings_table([Finding(check="totals.use", verdict="fail", category="住宅用地",
    ...                                 message="少 1 亩。", expected=2.0, actual=1.0, unit="亩")])
    >>> lines = open_findings(found).assign(who="甲", when="2025-07-01", why="已批准").astype("str")
    >>> apply_accepted(found, lines)["verdict"].tolist()
    ['note']
    >>> apply_accepted(found.assign(actual=1.5), lines)["verdict"].tolist()
    ['fail', 'unknown']
    """
    out, values = findings.copy(), findings["values"].tolist()
    keys = finding_keys(findings)
    more = []
    for line in accepted.to_dict("records"):
        name = str(line["finding"])
        told = {"who": line["who"], "when": line["when"], "why": line["why"]}
        here = [i for i, key in enumerate(keys) if key == name]
        open_ = [i for i in here if findings["verdict"].iloc[i] in {"fail", "unknown"}]
        if not open_:
            more.append(ACCEPTED.finding("gone", "note", subject=name, values=told))
        elif all(_same(findings.iloc[i], line) for i in open_):
            for i in open_:
                out.loc[findings.index[i], "verdict"] = "note"
                values[i] = {**values[i], "accepted": told}
        else:
            more.append(ACCEPTED.finding("changed", "unknown", subject=name, values=told))
    out["values"] = pd.Series(values, index=out.index, dtype="object")
    return join_findings(out, findings_table(more))


def _same(finding: pd.Series, line: Mapping[Any, Any]) -> bool:
    """Whether a finding has the numbers that it was accepted with."""
    was = np.array([_number(line[name]) for name in _NUMBERS])
    now = finding[list(_NUMBERS)].to_numpy(dtype="float64")
    return bool(np.allclose(now, was, rtol=0, atol=1e-9, equal_nan=True))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
