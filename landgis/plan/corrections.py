"""Corrections of what was read, made by a person: each held to the words that it was made for.

A correction names its figure by the words around it, not by its number or line, so that it still
finds its place in a re-issued document with paragraphs put in or taken out. Where the words have
changed, it does not fit any more, and that is told; nothing is corrected on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

import pandas as pd

from landgis.divisions import match
from landgis.findings import Finding, define, findings_table, join_findings
from landgis.landuse import canonical, lineage
from landgis.plan.lexicon import genres
from landgis.plan.model import FIGURES, PLAN_PROJECTS, PLAN_TARGETS, ROLES, Plan
from landgis.schema import Column, Table, conform, rows_of
from landgis.units import M2_PER_UNIT, unit_name

EDITABLE = ("role", "region", "category", "value", "unit")
"""What a person may change of a figure."""

CORRECTIONS = Table(
    "corrections",
    (
        Column("row", "text", "更正表的行", "row of the workbook"),
        Column("own", "text", "词句标识", "mark of its words"),
        Column("near", "text", "前后标识", "mark of the words around"),
        Column("words", "text", "原文", "words"),
        *(Column(name, "text", name, name) for name in EDITABLE),
        Column("changed", "list", "更正的栏", "what is changed"),
        Column("cells", "list", "单元格", "cells"),
    ),
)
"""Corrections: for each the marks of the words that it was made for (empty for a figure that was
added), the five columns as a person wants them, which of them were changed, and the workbook's
cells that hold the five."""

CORRECTION = define("""plan.correction 人工更正 | corrections
    人工更正是否仍与文件相符并已采用 | whether corrections still fit the document and were taken
    taken: {row}：“{words}”按人工更正读作：{became:clauses}。
    | {row}: “{words}” was read as corrected: {became:clauses}.
    added: {row}：人工补充：{became:clauses}。 | {row}: added by a person: {became:clauses}.
    unfit: {row}的更正是为“{words}”而作，文件中已没有这句话，未采用；请对照文件重新更正。
    | The correction in {row} was made for “{words}”, which the document does not say any more; it
      was not taken: correct anew.
    several: {row}的更正所指“{words}”在文件中有{count}处，无法确定是哪一处，未采用。
    | The words “{words}” of the correction in {row} stand {count} times; it was not taken.
    unreadable: {row}的更正无法采用：{cell}的{what}“{given}”无法识别；请写{wanted}。
    | The correction in {row} cannot be taken: {what} “{given}”{cell} is not understood; write
      {wanted}.
    blank: {row}的更正无法采用：{cell}的{what}是空的；请写{wanted}，公式请换成算出的数，不要这个数的
      请把角色改为“不计”。
    | The correction in {row} cannot be taken: the {what}{cell} is blank; write {wanted}, a
      formula's number in its place, or give a figure that is not wanted the role “set aside”.
    became: {what}“{given}” | {what} “{given}”""")
NO_TARGETS = define(
    """plan.targets 计划指标 | targets
    是否读到了指标或清单 | whether any target or list was read
    none: {subject}：没有读到任何面积指标或清单，不能当作已经核对；请核对文件，或更正读数表。
    | {subject}: no target and no list was read, so nothing was checked; look at the document, or
      correct the reading.""",
    **{
        code: (
            f"{{subject}}：这是{kind.zh}，不是供应计划，没有任何计划指标，未作核对。",
            f"{{subject}}: this is {kind.en} and holds no target; nothing was checked.",
        )
        for code, kind in genres().items()
        if kind.reason
    },
)
_WHAT = {
    "role": {"zh": "角色", "en": "role"},
    "region": {"zh": "区域", "en": "region"},
    "category": {"zh": "用途", "en": "use"},
    "value": {"zh": "数值", "en": "value"},
    "unit": {"zh": "单位", "en": "unit"},
}
_WANTED = {
    "role": {"zh": "下拉表中的角色", "en": "a role of its list"},
    "value": {"zh": "数字，如 1,234.5", "en": "a number, as 1,234.5"},
    "unit": {"zh": "单位，如公顷、亩、%、宗", "en": "a unit, as 公顷, 亩, %, 宗"},
}
_ALL = re.compile(r"全[部省市区县州旗盟]|总量|[总合]计|all|(?:the )?total", re.IGNORECASE)
_BESIDE = {
    "share": ("share_pct", "share_decimals"),
    "restated": ("restated_value", "restated_decimals"),
    "range": ("range_from", None),
}
"""Columns of a target for the figures that stand beside it, by what they were read as."""
_TOLD = ("targets", "repeats", "projects", "rules", "figures")
_CLAUSE = re.compile(r"[，,。；;：:、！？\n]")
_MOST_DIGITS = 30


# --- where a figure stands ----------------------------------------------------------------------


def marks(plan: Plan) -> pd.DataFrame:
    """Give the marks by which corrections find their figures again.

    Returns
    -------
    DataFrame
        Index as ``plan.figures``; ``own`` is made from the clause or cell of the figure with its
        labels, ``near`` from the clauses around it as well; ``words`` are those of ``own``.
    """
    passages = plan.passages.reset_index(drop=True)
    lines = {line: i for i, line in reversed(list(enumerate(passages["line"])))}
    labels = _Labels(passages)
    rows = []
    for row in plan.figures.to_dict("records"):
        at = lines.get(row["line"])
        if at is None:
            own = near = str(row["words"])
        elif pd.isna(passages.loc[at, "table"]):
            own, near = _clauses(passages.loc[at, "text"], row["start"], row["end"])
        else:
            own, near = labels.of(at)
        count = "" if pd.isna(row["start"]) else str(_ordinal(own, row, passages, at))
        rows.append({"own": _mark(own + count), "near": _mark(near + count), "words": own})
    return pd.DataFrame(rows, index=plan.figures.index, columns=["own", "near", "words"])


def _clauses(text: str, start: Any, end: Any) -> tuple[str, str]:
    """Give the clause around a span, and the same with the clauses beside it."""
    if pd.isna(start) or pd.isna(end):
        return text, text
    before = [0, *(m.end() for m in _CLAUSE.finditer(text, 0, int(start)))]
    after = [m.start() for m in _CLAUSE.finditer(text, int(end))] + [len(text)] * 2
    wide = text[before[max(-2, -len(before))] : after[1]]
    return text[before[-1] : after[0]].strip(), wide


def _ordinal(own: str, row: Mapping[Any, Any], passages: pd.DataFrame, at: int | None) -> int:
    """Count the figures of a clause before this one: 约20—30公顷 holds two."""
    if at is None or passages["table"].notna()[at]:
        return 0
    begin = str(passages.loc[at, "text"]).rfind(own, 0, int(row["end"]) + len(own))
    return len(
        re.findall(
            r"\d+(?:\.\d+)?", str(passages.loc[at, "text"])[max(begin, 0) : int(row["start"])]
        )
    )


class _Labels:
    """What the cells of a table are called by: the words to their left and above."""

    def __init__(self, passages: pd.DataFrame) -> None:
        cells = passages[passages["table"].notna()]
        self._rows: dict[tuple[int, int], list[str]] = {}
        self._columns: dict[tuple[int, int], list[str]] = {}
        self._cells = cells
        for table, row, column, text in zip(
            cells["table"], cells["row"], cells["column"], cells["text"], strict=True
        ):
            if text and not re.fullmatch(r"[\d.,%％\s/—-]+", text):
                self._rows.setdefault((table, row), []).append(text)
                self._columns.setdefault((table, column), []).append(text)

    def of(self, at: int) -> tuple[str, str]:
        cell: Any = self._cells.loc[at]
        row = self._rows.get((cell["table"], cell["row"]), [])
        column = self._columns.get((cell["table"], cell["column"]), [])
        own = " ".join([*row, "/".join(column[:3]), str(cell["text"])])
        return own, f"{own} {cell['table']}"


def _mark(words: str) -> str:
    return blake2b(re.sub(r"\s+", "", words).encode("utf-8", "replace"), digest_size=8).hexdigest()


# --- corrections → plan --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fitted:
    correction: Mapping[str, Any]
    figure: Any
    """Label of the row of ``plan.figures``; None for a figure that is added."""


def correct(plan: Plan, corrections: pd.DataFrame) -> Plan:
    """Apply corrections to a plan.

    Parameters
    ----------
    corrections
        Table `CORRECTIONS`, as `landgis.plan.reading.read_corrections` gives it.

    Returns
    -------
    Plan
        Its tables with what was corrected, ``how`` "corrected" there; its findings tell of every
        correction, taken (a note) or not (unknown).
    """
    corrections = conform(corrections, CORRECTIONS)
    fitted, findings = _fit(plan, corrections.to_dict("records"))
    figures = plan.figures.copy()
    touched: dict[int, Mapping[str, Any]] = {}
    for one in fitted:
        wrong = _unreadable(one.correction)
        if wrong is not None:
            findings.append(wrong)
            continue
        number = _write(figures, one)
        touched[number] = next(rows_of(figures[figures["figure"] == number]))
        findings.append(_taken(one))
    changed = replace(plan, figures=conform(figures, FIGURES))
    changed = _retarget(changed, plan.figures, touched)
    told = plan.findings
    if len(changed.targets) or len(changed.projects):
        told = told[told["check"] != NO_TARGETS.name]
    return replace(changed, findings=join_findings(told, findings_table(findings)))


def mark_got(findings: pd.DataFrame, plan: Plan, *, rests: Collection[int] = ()) -> pd.DataFrame:
    """Mark the findings whose figures a person corrected or OCR read, by the sources they cite.

    Parameters
    ----------
    rests
        Rows of ``findings`` that are known to rest on a corrected figure.

    Examples
    --------
    >>> mark_got(findings_table(), Plan(document="a.txt")).empty
    True
    """
    cited = [(row["source"], row["how"]) for name in _TOLD for row in rows_of(getattr(plan, name))]
    got = {(source, how) for source, how in cited if source and how in ("corrected", "ocr")}
    if not (got or rests):
        return findings
    ways = {
        source: {how for words, how in got if words in source} for source in {*findings["source"]}
    }
    told = [
        {**values, "got": how} if (how := sorted(by | {*values.get("got", ())})) else values
        for values, by in (
            (values, ways[source] | ({"corrected"} if i in rests else set()))
            for i, (values, source) in enumerate(
                zip(findings["values"], findings["source"], strict=True)
            )
        )
    ]
    return findings.assign(values=pd.Series(told, index=findings.index, dtype="object"))


def _fit(
    plan: Plan, corrections: Sequence[Mapping[Any, Any]]
) -> tuple[list[_Fitted], list[Finding]]:
    """Find the figure of each correction by its words, then by those around it."""
    where = marks(plan)
    own = where.groupby("own").groups
    fitted: list[_Fitted] = []
    findings: list[Finding] = []
    for one in corrections:
        if not one["own"]:
            fitted.append(_Fitted(one, None))
            continue
        found = list(own.get(one["own"], ()))
        if len(found) > 1:
            found = [i for i in found if where.loc[i, "near"] == one["near"]] or found
        if len(found) == 1:
            fitted.append(_Fitted(one, found[0]))
        else:
            kind = "several" if found else "unfit"
            findings.append(_told(kind, "unknown", one, count=len(found)))
    return fitted, findings


def _told(kind: str, verdict: Any, one: Mapping[Any, Any], **values: Any) -> Finding:
    return CORRECTION.finding(
        kind,
        verdict,
        subject=one["row"],
        region=one["region"],
        category=one["category"],
        values={"row": one["row"], "words": one["words"], **values},
        source=one["row"],
    )


def _taken(one: _Fitted) -> Finding:
    names = one.correction["changed"] if one.figure is not None else EDITABLE
    became = [
        {"kind": "became", "what": _WHAT[n], "given": _shown(n, one.correction[n])}
        for n in names
        if one.correction[n] or one.figure is not None
    ]
    return _told("added" if one.figure is None else "taken", "note", one.correction, became=became)


def _shown(name: str, given: str) -> Any:
    return dict(zip(("zh", "en"), ROLE_NAMES[given], strict=True)) if name == "role" else given


def _unreadable(one: Mapping[str, Any]) -> Finding | None:
    names = one["changed"] if one["own"] else EDITABLE
    for name in names:
        given = one[name]
        bad = {
            "role": given not in ROLES,
            "value": _number(given) is None,
            "unit": unit_name(given) is None and given not in ("", "个", "宗", "%"),
        }.get(name, False)
        if bad:
            cell = one["cells"][EDITABLE.index(name)] if one["cells"] else ""
            told = {"zh": f"单元格 {cell} " if cell else "其中", "en": cell and f" in cell {cell}"}
            kind = "unreadable" if given else "blank"
            values = {"what": _WHAT[name], "given": given, "wanted": _WANTED[name]}
            return _told(kind, "unknown", one, cell=told, **values)
    return None


def _number(text: str) -> Decimal | None:
    """Read a number of a person's: 1,234.50; what 12,5 is meant to be nobody knows."""
    if not re.fullmatch(r"(?:\d+|\d{1,3}(?:[,，]\d{3})+)(?:\.\d+)?", text.strip()):
        return None
    bare = re.sub("[,，]", "", text.strip())
    if len(bare) > _MOST_DIGITS:
        return None
    try:
        return Decimal(bare)
    except InvalidOperation:
        return None


def _write(figures: pd.DataFrame, one: _Fitted) -> int:
    """Put a correction into the table of figures, in place; give the figure's number."""
    given = one.correction
    if one.figure is None:
        number = int(figures["figure"].max() + 1) if len(figures) else 1
        label = len(figures)
        while label in figures.index:
            label += 1
        figures.loc[label, ["figure", "words", "line", "source"]] = [
            number,
            given["words"],
            given["row"],
            given["row"],
        ]
        figures.loc[label, ["qualifier", "land_source", "supply_mode", "period"]] = ""
        names: Iterable[str] = EDITABLE
    else:
        label, names = one.figure, given["changed"]
        number = int(figures.loc[label, "figure"])
    for name in names:
        figures.loc[label, name] = _written(name, given[name])
    value = _number(str(figures.loc[label, "value"]))
    exponent = value.as_tuple().exponent if value is not None else 0
    figures.loc[label, "decimals"] = max(0, -exponent) if isinstance(exponent, int) else 0
    figures.loc[label, ["how", "why", "reason"]] = ["corrected", "corrected", ""]
    return number


def _written(name: str, given: str) -> str:
    if name in ("region", "category") and _ALL.fullmatch(given):
        return ""
    if name == "category":
        return canonical(given) or given
    if name == "unit":
        return unit_name(given) or given
    return f"{_number(given):f}" if name == "value" else given


# --- figures → targets and projects --------------------------------------------------------------


def _retarget(plan: Plan, read: pd.DataFrame, touched: Mapping[int, Mapping[str, Any]]) -> Plan:
    """Lay the corrected figures out in the plan's tables again."""
    if not touched:
        return plan
    both, beside = _beside(
        pd.concat([plan.targets, plan.repeats], ignore_index=True), read, touched=touched
    )
    codes = dict(zip(both["region"], both["region_code"], strict=True))
    rows = {int(r["figure"]): r for r in both.to_dict("records") if not pd.isna(r["figure"])}
    own = {n: figure for n, figure in touched.items() if n not in beside}
    kept = both[~both["figure"].isin(list(own))]
    new = [
        _target(figure, rows.get(number, {}), codes, plan.jurisdiction_code)
        for number, figure in own.items()
        if (figure["role"] in ("target", "split") and figure["unit"] in M2_PER_UNIT)
        or (figure["role"] == "share" and figure["unit"] == "%")
    ]
    told = conform(pd.concat([kept, pd.DataFrame(new)], ignore_index=True), PLAN_TARGETS)
    told = told.sort_values("figure", kind="stable", ignore_index=True)
    told["parent_category"] = _parents(told, touched)
    key = told[["region", "category", "land_source", "supply_mode", "period"]]
    again = key.duplicated() & told["list_name"].eq("")
    gone = {n for n, f in touched.items() if f["role"] not in ("target", "split", "project")}
    counts = _edited(plan.counts, touched, {"count"})
    return replace(
        plan,
        targets=told[~again].reset_index(drop=True),
        repeats=told[again].reset_index(drop=True),
        projects=_projects(plan, touched),
        rules=_edited(plan.rules, touched, {"rule", "goal"}),
        counts=counts[~counts["figure"].isin(list(gone))],
    )


def _beside(
    rows: pd.DataFrame, read: pd.DataFrame, *, touched: Mapping[int, Mapping[str, Any]]
) -> tuple[pd.DataFrame, set[int]]:
    """Correct what stands beside a target: its share, its other unit, the end of its range.

    Gives the rows, and the numbers of the figures that have no row of their own.
    """
    found = read["figure"].isin(list(touched)) & read["of"].notna() & read["why"].isin([*_BESIDE])
    named = ["role", "region", "category"]
    beside: set[int] = set()
    for one in read[found].to_dict("records"):
        figure = touched[one["figure"]]
        owner = rows["figure"].eq(one["of"])
        if rows["figure"].eq(one["figure"]).any() or not owner.any():
            continue
        stays = all(one[name] == figure[name] for name in named)
        value, decimals = _BESIDE[one["why"]]
        rows.loc[owner, value] = float(figure["value"]) if stays else float("nan")
        if decimals:
            rows.loc[owner, decimals] = figure["decimals"] if stays else None
        if one["why"] == "restated":
            rows.loc[owner, "restated_unit"] = figure["unit"] if stays else ""
        if stays:
            rows.loc[owner, "how"] = "corrected"
            beside.add(one["figure"])
    return rows, beside


def _target(
    figure: Mapping[str, Any], row: Mapping[Any, Any], codes: Mapping[str, str], within: str
) -> dict[Any, Any]:
    region = figure["region"]
    same = row.get("category") == figure["category"]
    return {
        **row,
        "region": region,
        "region_code": codes[region]
        if region in codes
        else match(region, within=within).code
        if region
        else "",
        "category": figure["category"],
        "stated_category": row.get("stated_category", "") if same else figure["category"],
        "parent_category": row.get("parent_category", "") if same else "",
        **_stated(figure),
        "qualifier": figure["qualifier"],
        "land_source": figure["land_source"],
        "supply_mode": figure["supply_mode"],
        "period": figure["period"],
        "source": figure["source"],
        "members": row.get("members", ()),
        "figure": figure["figure"],
        "how": "corrected",
    }


def _stated(figure: Mapping[str, Any]) -> dict[str, Any]:
    """Give the columns that hold a figure: those of an area, or those of a share."""
    value, decimals = Decimal(figure["value"]), figure["decimals"]
    if figure["unit"] == "%":
        return {"area_ha": float("nan"), "share_pct": float(value), "share_decimals": decimals}
    per = M2_PER_UNIT[figure["unit"]]
    return {
        "area_ha": float(value * per.numerator / per.denominator / 10_000),
        "stated_value": float(value),
        "stated_unit": figure["unit"],
        "stated_decimals": decimals,
    }


def _parents(told: pd.DataFrame, touched: Mapping[int, Mapping[str, Any]]) -> list[str]:
    """Give corrected uses the use above them that the plan names."""
    uses = set(told["category"])
    return [
        next((a for a in lineage(use)[1:] if a in uses), "")
        if number in touched and use and not parent
        else parent
        for number, use, parent in zip(
            told["figure"].fillna(-1), told["category"], told["parent_category"], strict=True
        )
    ]


def _projects(plan: Plan, touched: Mapping[int, Mapping[str, Any]]) -> pd.DataFrame:
    own = _edited(plan.projects, touched, {"project"})
    known = set(own["figure"].dropna().astype(int))
    new = [
        {
            "region": figure["region"],
            "category": figure["category"],
            "name": figure["words"],
            **{
                k: v
                for k, v in _target(figure, {}, {}, plan.jurisdiction_code).items()
                if k.startswith(("area", "stated_value", "stated_unit", "stated_dec", "source"))
            },
            "figure": number,
            "how": "corrected",
        }
        for number, figure in touched.items()
        if figure["role"] == "project" and number not in known and figure["unit"] in M2_PER_UNIT
    ]
    return (
        conform(pd.concat([own, pd.DataFrame(new)], ignore_index=True), PLAN_PROJECTS)
        if new
        else own
    )


def _edited(
    table: pd.DataFrame, touched: Mapping[int, Mapping[str, Any]], roles: set[str]
) -> pd.DataFrame:
    """Give a table whose corrected figures have their new values; those of other roles are out."""
    here = table["figure"].isin([n for n, f in touched.items()])
    wrong = table["figure"].isin([n for n, f in touched.items() if f["role"] not in roles])
    if not here.any():
        return table
    out = table.copy()
    for label in table.index[here & ~wrong]:
        figure = touched[int(table.loc[label, "figure"])]
        given = {
            "region": figure["region"],
            "category": figure["category"],
            "value": float(figure["value"]),
            "unit": figure["unit"],
            "stated_value": float(figure["value"]),
            "stated_unit": figure["unit"],
            "stated_decimals": figure["decimals"],
            "decimals": figure["decimals"],
            "how": "corrected",
        }
        for name, value in given.items():
            if name in out.columns:
                out.loc[label, name] = value
        if "area_ha" in out.columns and figure["unit"] in M2_PER_UNIT:
            per = M2_PER_UNIT[figure["unit"]]
            out.loc[label, "area_ha"] = float(figure["value"]) * float(per) / 10_000
    return out[~wrong].reset_index(drop=True)


ROLE_NAMES: Mapping[str, tuple[str, str]] = {
    "target": ("指标", "target"),
    "split": ("分项", "part"),
    "share": ("占比", "share"),
    "project": ("项目", "project"),
    "rule": ("规则", "rule"),
    "goal": ("目标", "goal"),
    "placement": ("布局", "placement"),
    "count": ("数量", "count"),
    "aside": ("不计", "set aside"),
    "unknown": ("未读懂", "not understood"),
}
"""What roles are called, in Chinese and English."""

GOT: Mapping[str, tuple[str, str]] = {
    "read": ("程序读取", "read"),
    "ocr": ("文字识别", "read by OCR"),
    "corrected": ("人工更正", "corrected by a person"),
}
"""How a figure was got, in Chinese and English."""
