"""The form of a report's tables, and what they stand on: cells rounded once, for all files."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pandas as pd

from landgis.balance.sheet import Balance, Line, Row
from landgis.language import Lang, say
from landgis.results import Results
from landgis.units import decimals_of, half_up, unit_word

Cell = str | Decimal | int | None

Head = str | tuple[str, str, int]
"""Columns of `HEADS` with their widths (``region:14 use:18``), or one in Chinese and English."""


def words_of(text: str) -> Mapping[str, tuple[str, ...]]:
    """Read what columns are called: ``key 中文|English``, two spaces or a new line between."""
    told = (entry.split(" ", 1) for entry in re.split(r"\n|  ", text))
    return MappingProxyType({key: tuple(names.split("|")) for key, names in told})


HEADS = words_of("""\
blank |  number 序号|no.  region 区域|region  use 用途|use  kind 类别|kind  total 合计|total
region_use 区域、用途|region, use  planned 计划|planned  mapped 图上|mapped  left 余下|left
difference 差值|difference  tolerance 容差|tolerance  unit 单位|unit  verdict 结论|verdict
check 检查|check  finding 检查序号|finding  subject 对象|subject  expected 应为|expected
actual 实为|actual  message 说明|message  source 出处|source  value 数值|value
printed_use 原文用途|use as printed  known_use 规范用途|use  printed 原文数值|printed
ha 公顷|ha  share 占比（%）|share (%)  rule 规则|rule  due 期限或区域|due, or regions
county 区县|region  category 类别|category  area_name 片区名称|name  location 位置|location
stated 公布面积|stated  mapped_area 图上面积|mapped  stage 实施阶段|stage
parcel_id 宗地编号|parcel id  name 项目（宗地）名称|name
recorded 登记面积（平方米）|recorded (m²)  land_source 土地来源|land source
supply_mode 供应方式|supply mode  quarter 供应时间|supply time  basis 数据性质|basis
candidate 地块编号|parcel  decision 决定|decision  period 供应时段|period
chosen 选出面积（平方米）|chosen area, m²  why 理由|why  housing 住宅用地合计|housing land
undivided 未细分|not divided  before 调整前|before  after 调整后|after  change 变化|change
status 情况|status  changed 说明|what changed  place 地方|place  year 年度|year
title 标题|title  whole 总量|total  worst 最要紧的一处|worst finding  file 文件|file""")
"""What the columns of all tables are called, in Chinese and English."""
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)
FORMULA_STARTS = frozenset("=+-@\t\r\n")
"""What spreadsheets take for the beginning of a formula."""
MOST_LINES = 20_000
"""Rows of a table that the workbook holds; a longer list is whole in a CSV beside it."""
CUT_LINES = 2_000
"""Rows of a longer list that the workbook shows."""
MOST_CHARACTERS = 32_767
"""What a cell of a workbook holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetColumn:
    """A column: its heading, its width in characters, and whether it holds numbers.

    ``key`` names the columns of the summaries that charts are drawn from: ``planned``,
    ``share``, ``mapped``, ``new``, ``stock``, ``untold``, ``count``.
    """

    name: str
    key: str = ""
    width: int = 12
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTable:
    """A table as it is shown: cells are text, decimals rounded for print, counts, or empty.

    Parameters
    ----------
    key
        Its anchor and file-safe name.
    title
        For a reader, unit included.
    columns, rows
        Headings and cells.
    sums
        Positions of the rows that are totals or subtotals.
    note
        What a reader must know about it.
    unit
        Unit of its areas, where the headings do not say it.
    count, every
        How many rows there are, and all of them made anew, where ``rows`` are not all.
    """

    key: str
    title: str
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sums: frozenset[int] = frozenset()
    note: str = ""
    unit: str = ""
    count: int = 0
    every: Callable[[], Iterable[tuple[Cell, ...]]] | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Count the rows, unless there are more than given."""
        object.__setattr__(self, "count", self.count or len(self.rows))

    def head(self, count: int) -> tuple[tuple[int, tuple[Cell, ...]], ...]:
        """Give the first rows, numbered from 0, and the closing total also where it is beyond."""
        rows = tuple(enumerate(self.rows))
        if len(rows) <= count:
            return rows
        return (*rows[:count], *rows[-1:]) if len(rows) - 1 in self.sums else rows[:count]

    def cut(self, count: int) -> ReportTable:
        """Give the table with its first rows and closing total only; `every` has them all."""
        if len(self.rows) <= count or self.every:
            return self
        kept = self.head(count)
        return replace(
            self,
            rows=tuple(row for _, row in kept),
            sums=frozenset(at for at, (number, _) in enumerate(kept) if number in self.sums),
            every=lambda: self.rows,
        )

    def cells(self, key: str) -> list[Cell]:
        """Give the cells of the column ``key``; nothing in each row where it was left out."""
        at = next((j for j, c in enumerate(self.columns) if c.key == key), None)
        return [None if at is None else row[at] for row in self.rows]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ground:
    """One project as its tables see it."""

    results: Results
    lang: Lang
    columns: tuple[str, ...] = ()

    @property
    def balance(self) -> Balance:
        """The plan beside the map."""
        return self.results.balance

    @property
    def unit(self) -> str:
        """The one unit of the plan."""
        return self.balance.unit

    @property
    def decimals(self) -> int:
        """Decimals of measured areas in the plan's unit."""
        return self.balance.decimals[self.unit]

    def say(self, zh: str, en: str) -> str:
        """Say a word in the tables' language."""
        return say(self.lang, zh, en)

    def area(self, area_m2: Fraction) -> Decimal:
        """Give an area in the plan's unit."""
        return self.balance.shown(area_m2)

    def planned(self, row: Row | None) -> tuple[Cell, Cell]:
        """Give the plan's figure in the plan's unit, and its share, if it prints them."""
        if row is None:
            return None, None
        return self.balance.planned(row.figure), row.figure.share

    def line(self, line: Line) -> tuple[Cell, ...]:
        """Give planned, share, mapped, of which 新增, 存量 and neither, and the parcels."""
        parts = (line.area_m2, line.new, line.stock, line.untold)
        return (*self.planned(line.row), *map(self.area, parts), line.count)

    def printed_decimals(self, finding: Mapping[Any, Any]) -> int:
        """Count the printed decimals of a finding's expected figure."""
        if math.isnan(finding["expected"]):
            return 0
        least = decimals_of(finding["expected"])
        if not finding["check"].startswith("totals"):
            return least
        row = self.balance.row_of(finding)
        return max(least, row.figure.decimals) if row else least

    def table(
        self,
        key: str,
        title: tuple[str, str],
        columns: Iterable[Head] | str,
        rows: Iterable[Sequence[Cell]],
        *,
        unit: bool = True,
        **more: Any,
    ) -> ReportTable:
        """Lay out a table, see `lay_out`; with ``unit`` its title ends with the plan's unit."""
        word = unit_word(self.unit, self.lang)
        ends = (f"（单位：{self.unit}）", f" ({word})") if unit else ("", "")
        titles = (title[0] + ends[0], title[1] + ends[1])
        told = word if unit else ""
        return lay_out(key, titles, columns, rows, lang=self.lang, unit=told, **more)


def lay_out(
    key: str,
    title: tuple[str, str],
    columns: Iterable[Head] | str,
    rows: Iterable[Sequence[Cell]],
    *,
    lang: Lang,
    numeric: Iterable[int] = (),
    sums: Iterable[int] = (),
    **more: Any,
) -> ReportTable:
    """Lay out a table of headings and rows.

    ``numeric`` are positions of columns whose numbers are text, or that have no rows yet; ``sums``
    and ``more`` are other fields of a `ReportTable`.

    Examples
    --------
    >>> table = lay_out("t", ("表", "table"), [("面积", "area", 9)], [(Decimal(7),)], lang="en")
    >>> table.title, table.columns[0].name, table.columns[0].numeric
    ('table', 'area', True)
    """
    cells = tuple(tuple(row) for row in rows)
    known = set(numeric)
    heads = tuple(
        SheetColumn(
            name=say(lang, zh, en),
            width=width,
            numeric=j in known or any(isinstance(row[j], Decimal | int) for row in cells),
        )
        for j, (zh, en, width) in enumerate(_heads(columns))
    )
    return ReportTable(
        key=key,
        title=say(lang, *title),
        columns=heads,
        rows=cells,
        sums=frozenset(sums),
        **more,
    )


def _heads(columns: Iterable[Head] | str) -> Iterator[tuple[str, str, int]]:
    for head in [columns] if isinstance(columns, str) else columns:
        if not isinstance(head, str):
            yield head
            continue
        for name, _, width in (part.partition(":") for part in head.split()):
            zh, en = HEADS[name]
            yield zh, en, int(width)


def show(cell: Cell) -> str:
    """Write a cell as text: thousands separated, decimals as rounded, empty for nothing.

    Examples
    --------
    >>> show(Decimal("14000.50")), show(None), show(66)
    ('14,000.50', '', '66')
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    return f"{cell:,f}" if isinstance(cell, Decimal) else f"{cell:,}"


def plain(text: str) -> str:
    r"""Give text without the characters that no file can hold, or that turn what follows around.

    Control characters break workbooks and documents; the overrides of the direction of writing
    (U+202A to U+202E, U+2066 to U+2069) would make a reader see ``12.34`` as ``43.21``.

    Examples
    --------
    >>> plain("宗地\x0b一\u202e12")
    '宗地一12'
    """
    seen = text if text.isprintable() else _UNSEEN.sub("", text)
    return seen[:MOST_CHARACTERS]


def decimal(value: Any, decimals: int) -> Decimal | None:
    """Round a number for print, half up; nothing where it is missing.

    Examples
    --------
    >>> decimal(7.125, 2), decimal(float("nan"), 2)
    (Decimal('7.13'), None)
    """
    if not isinstance(value, float):
        value = float("nan") if pd.isna(value) else float(value)
    return None if math.isnan(value) else half_up(value, decimals)
