"""A plan, as read: its tables, each row citing the sentence or cell it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from html import escape
from types import MappingProxyType
from typing import Any

import pandas as pd

from landgis.findings import findings_table
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.plan.genre import Genre
from landgis.schema import (
    LAND_SOURCE,
    PLACEMENTS,
    PROJECTS,
    REGION_CODE,
    RULES,
    STATED,
    SUPPLY_MODE,
    TARGETS,
    Column,
    Table,
    conform,
    table_of,
)
from landgis.units import M2_PER_UNIT, unit_word

RULE_NAMES = MappingProxyType(
    {
        "min_share": ("最低比例", "minimum share"),
        "max_share": ("最高比例", "maximum share"),
        "min_total": ("总量下限", "floor"),
        "max_total": ("总量上限", "cap"),
        "min_count": ("最低数量", "minimum count"),
        "completion": ("完成时序", "completion"),
        "net_land": ("净地供应", "net land"),
        "ban": ("不得", "ban"),
        "priority": ("优先", "what comes first"),
        "way": ("供应方式", "way of supply"),
        "plot_size": ("单宗规模", "size of a plot"),
        "condition": ("前置条件", "condition before supply"),
        "limit": ("出让条件限值", "limit in the terms of sale"),
        "due": ("期限", "time limit"),
        "duty": ("应当", "duty"),
    }
)
"""What a rule of a plan is called, by its kind: as it is read, and as it is checked."""

NOT_RECORDED = (
    *("net_land", "ban", "priority", "way", "plot_size"),
    *("condition", "limit", "due", "duty"),
)
"""Kinds of rules that a person judges: no layer records what they speak of."""

_PERIOD = Column("period", "text", "供应时间", "period")
_FIGURE = Column("figure", "integer", "数字编号", "figure no.")
_HOW = Column("how", "text", "来源方式", "how it was got")
_QUALIFIER = Column("qualifier", "text", "限定", "qualifier")
_LIST_NAME = Column("list_name", "text", "清单", "list")
_FACETS = (
    Column("parent_region", "text", "上级区域", "parent region"),
    LAND_SOURCE,
    SUPPLY_MODE,
    _PERIOD,
    Column("members", "list", "包括用途", "uses included"),
    _QUALIFIER,
    Column("share_decimals", "integer", "占比小数位", "decimals of the share"),
    Column("restated_value", "number", "另一单位数值", "value in the other unit"),
    Column("restated_unit", "text", "另一单位", "the other unit"),
    Column("restated_decimals", "integer", "另一单位小数位", "its decimals"),
    Column("restated_qualifier", "text", "另一单位限定", "its qualifier"),
    _LIST_NAME,
    Column("open", "text", "非穷举", "not exhaustive"),
    Column("range_from", "number", "区间下限", "lower end of the range"),
    Column("share_of", "text", "占比基数", "share of"),
    Column("share_qualifier", "text", "占比限定", "qualifier of the share"),
    _FIGURE,
    _HOW,
)
PLAN_TARGETS = Table("targets", (*TARGETS.columns, *_FACETS))
"""Targets of a plan. ``land_source`` (新增, 存量), ``supply_mode`` (出让, 划拨 …) and ``period``
(第一季度 …) are empty on the row of the whole and name the part on the row of a part.
``qualifier`` is "about", "at_most", "at_least" or empty. ``open`` is "yes" where the words around a
split (重点, 等) do not promise that its parts are all of them. ``list_name`` is the list whose
subtotal or total the figure is, empty for all others. ``range_from`` is the lower end of a range
(319 至 363), whose upper end is the value. ``share_of`` is the use, region, source or mode that a
share is one of where its words say so, empty where they do not; ``figure`` the figure's number in
`FIGURES`, ``how`` as there."""

PLAN_PROJECTS = Table(
    "projects",
    (
        *PROJECTS.columns,
        *STATED,
        Column("stated_category", "text", "原文类别", "category as printed"),
        REGION_CODE,
        LAND_SOURCE,
        SUPPLY_MODE,
        _PERIOD,
        _LIST_NAME,
        _FIGURE,
        _HOW,
    ),
)
"""Rows of the lists of a plan: 片区清单 and 宗地清单."""

PLAN_RULES = Table(
    "rules",
    (
        *RULES.columns,
        Column("category", "text", "用途", "use"),
        Column("region", "text", "区域", "region"),
        Column("of", "text", "基数", "share of"),
        Column("decimals", "integer", "小数位", "decimals"),
        _QUALIFIER,
        LAND_SOURCE,
        SUPPLY_MODE,
        _FIGURE,
        _HOW,
    ),
)
"""Rules of a plan. ``category``, ``region``, ``land_source`` and ``supply_mode`` are what the rule
is about, empty for all; ``of`` is what a share is a share of (出让), empty for the plan's total."""

COUNTS = Table(
    "counts",
    (
        Column("subject", "text", "对象", "subject", required=True),
        Column("value", "integer", "数量", "count", required=True),
        Column("unit", "text", "量词", "counting word"),
        Column("source", "text", "出处", "source"),
        _FIGURE,
    ),
)
"""Counts that a plan states of its own lists (共38宗)."""

ROLES = (
    *("target", "split", "share", "project", "rule", "goal", "placement", "count"),
    *("aside", "unknown"),
)
"""What a figure of a document can be. ``target`` is an area of the plan that its other figures are
parts of or that stands alone, ``split`` one that is a part of another. ``aside`` is a figure that
is none of the plan, for the reason that `FIGURES` gives; ``unknown`` one that was not understood.
"""

FIGURES = Table(
    "figures",
    (
        Column("figure", "integer", "数字编号", "figure no.", required=True),
        Column("value", "text", "数值", "value", required=True),
        Column("unit", "text", "单位", "unit"),
        Column("decimals", "integer", "小数位", "decimals"),
        _QUALIFIER,
        Column("role", "text", "角色", "role", required=True),
        Column("reason", "text", "理由", "reason"),
        Column("region", "text", "区域", "region"),
        Column("category", "text", "用途", "use"),
        LAND_SOURCE,
        SUPPLY_MODE,
        _PERIOD,
        Column("of", "integer", "所属数字", "figure that it belongs to"),
        Column("line", "text", "位置", "place"),
        Column("words", "text", "原文", "words"),
        Column("start", "integer", "起", "start"),
        Column("end", "integer", "止", "end"),
        _HOW,
        Column("why", "text", "依据", "why it was read so"),
        Column("source", "text", "出处", "source"),
    ),
)
"""Every figure of a document: each number with a unit of area, each share, each count of 宗, 个 or
项目, numbers without unit inside a list, damaged ones.

``value`` is the exact number as text, ``unit`` empty where none stands there. ``role`` is one of
`ROLES`; ``reason`` says why a figure was set aside or not understood (a key of the lexicon's
reasons). ``of`` is the figure that a share, a restatement in another unit or a repeat belongs to.
``line`` is the place (第3行, 表2第3行第4列), ``words`` the clause, ``start`` and ``end`` the span
of the number in its paragraph or cell. ``how`` is "read", "corrected" or "ocr"; ``why`` says what
decided: the code of a stage or of an entry of the lexicon."""


PASSAGES = Table(
    "passages",
    (
        Column("line", "text", "位置", "place", required=True),
        Column("text", "text", "文字", "text", required=True),
        Column("printed", "text", "原文", "as printed"),
        Column("table", "integer", "表", "table"),
        Column("row", "integer", "行", "row"),
        Column("column", "integer", "列", "column"),
    ),
)
"""The document's words in its order, a paragraph or a cell a row. ``line`` is the place that
`FIGURES` names, with spans in ``text``; ``printed`` is as long, in the characters of the document;
``table``, ``row`` and ``column`` are empty for paragraphs, and count from 1."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
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
    genre
        What kind of document it is, and by what words that is known.
    targets, projects, placements, rules
        Tables of the same names in `landgis.schema`, with the further columns of `PLAN_TARGETS`,
        `PLAN_PROJECTS` and `PLAN_RULES`.
    repeats
        Like ``targets``: figures that state a target once more, in the text or in an annex.
    counts
        Table `COUNTS`.
    figures
        Table `FIGURES`: every figure of the document, with what it was read as and why.
    passages
        Table `PASSAGES`: the text that was read.
    findings
        What was noticed while reading: names that match no division, or only nearly.

    Examples
    --------
    >>> Plan(document="p.txt", title="某市供应计划", year=2024)
    <Plan p.txt: 某市供应计划, 2024; 0 targets, 0 projects, 0 rules>
    """

    document: str
    title: str = ""
    jurisdiction: str = ""
    jurisdiction_code: str = ""
    year: int | None = None
    start: date | None = None
    end: date | None = None
    genre: Genre = field(default_factory=Genre)
    targets: pd.DataFrame = field(default_factory=lambda: table_of((), PLAN_TARGETS))
    projects: pd.DataFrame = field(default_factory=lambda: table_of((), PLAN_PROJECTS))
    placements: pd.DataFrame = field(default_factory=lambda: table_of((), PLACEMENTS))
    rules: pd.DataFrame = field(default_factory=lambda: table_of((), PLAN_RULES))
    repeats: pd.DataFrame = field(default_factory=lambda: table_of((), PLAN_TARGETS))
    counts: pd.DataFrame = field(default_factory=lambda: table_of((), COUNTS))
    figures: pd.DataFrame = field(default_factory=lambda: table_of((), FIGURES))
    passages: pd.DataFrame = field(default_factory=lambda: table_of((), PASSAGES))
    findings: pd.DataFrame = field(default_factory=findings_table)

    def __post_init__(self) -> None:
        """Give every table all its columns, so that a reader meets the ones it knows."""
        tables = {
            "targets": PLAN_TARGETS,
            "projects": PLAN_PROJECTS,
            "rules": PLAN_RULES,
            "placements": PLACEMENTS,
            "repeats": PLAN_TARGETS,
            "counts": COUNTS,
            "figures": FIGURES,
        }
        for name, schema in tables.items():
            object.__setattr__(self, name, conform(getattr(self, name), schema))

    def __repr__(self) -> str:
        """Say in one line what plan it is, and how much was read of it."""
        told = ", ".join(str(t) for t in (self.title, self.year) if t) or "?"
        counts = (f"{len(getattr(self, name))} {name}" for name in ("targets", "projects", "rules"))
        return f"<Plan {self.document}: {told}; {', '.join(counts)}>"

    def overview(self, lang: Lang = "zh") -> pd.DataFrame:
        """Lay the targets out for a reader: a row a region, a column a use, as printed.

        A figure of a source, mode, time or list has a use of its own, which names it. ≤, ≥ and 约
        stand before a figure that is a limit or approximate, * behind one that a person has
        corrected.

        Examples
        --------
        >>> Plan(document="a.txt").overview().shape
        (0, 0)
        """
        rows = conform(self.targets, PLAN_TARGETS)
        rows = rows[rows["stated_unit"].ne("")]
        narrowing = ["land_source", "supply_mode", "period", "list_name"]
        narrowed = rows[narrowing].itertuples(index=False)
        told = pd.DataFrame(
            {
                "region": [r or say(lang, "全部", "all") for r in rows["region"]],
                "use": [
                    (category_name(c, lang) or say(lang, "总量", "total"))
                    + "".join(say(lang, f"（{part}）", f" ({part})") for part in parts if part)
                    for c, parts in zip(rows["category"], narrowed, strict=True)
                ],
                "text": [_as_printed(row, lang) for row in rows.to_dict("records")],
            }
        )
        same = told.groupby(["region", "use"])["text"]
        wide = same.agg(lambda texts: "、".join(dict.fromkeys(texts))).unstack(fill_value="")  # noqa: PD010
        rows_in_order = list(dict.fromkeys(told["region"]))
        columns_in_order = list(dict.fromkeys(told["use"]))
        return wide.loc[rows_in_order, columns_in_order].rename_axis(index=None, columns=None)

    def accounted(self) -> dict[str, int]:
        """Count the figures of area: adopted, set aside for a reason, not understood.

        Examples
        --------
        >>> Plan(document="a.txt").accounted()
        {'adopted': 0, 'aside': 0, 'unknown': 0}
        """
        roles = self.figures["role"]
        area = self.figures["unit"].isin(list(M2_PER_UNIT))
        unknown, aside = roles.eq("unknown"), roles.eq("aside") & area
        adopted = area & ~unknown & ~aside
        counted = {"adopted": adopted, "aside": aside, "unknown": unknown}
        return {name: int(mask.sum()) for name, mask in counted.items()}

    def _repr_html_(self) -> str:
        """Show a plan in a notebook: what it is, its targets, how much was understood."""
        told, count = self.overview(), self.accounted()
        head = " · ".join(filter(None, (self.title or self.document, str(self.year or ""))))
        table = told.iloc[:_MOST_SHOWN, :_MOST_SHOWN].to_html(border=0, escape=True)
        more = max(len(told) - _MOST_SHOWN, 0), max(told.shape[1] - _MOST_SHOWN, 0)
        rest = f"<p>… 另有 {more[0]} 个区域、{more[1]} 种用途</p>" if any(more) else ""
        numbers = "；".join(
            f"{name} {len(rows)}"
            for name, rows in (
                ("片区（宗地）", self.projects),
                ("规则", self.rules),
                ("布局", self.placements),
            )
            if len(rows)
        )
        account = (
            f"面积数字：采用 {count['adopted']}，不计 {count['aside']}，未读懂 {count['unknown']}"
        )
        lines = "".join(f"<p>{escape(line)}</p>" for line in (numbers, account) if line)
        return f"<p><b>{escape(head)}</b></p>{table}{rest}{lines}"


_SIGNS = MappingProxyType({"at_most": "≤", "at_least": "≥", "about": "约"})
_MOST_SHOWN = 8


def _as_printed(row: Mapping[Any, Any], lang: Lang) -> str:
    """Write a target's figure as printed, with its sign."""
    sign = _SIGNS.get(row["qualifier"], "")
    sign = "c. " if lang == "en" and sign == "约" else sign
    low = "" if pd.isna(row["range_from"]) else f"{row['range_from']:g}–"
    decimals = 0 if pd.isna(row["stated_decimals"]) else int(row["stated_decimals"])
    star = "*" if row["how"] == "corrected" else ""
    return (
        f"{sign}{low}{row['stated_value']:.{decimals}f} {unit_word(row['stated_unit'], lang)}{star}"
    )
