"""Charts of a report, drawn from its own tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pandas as pd

from landgis.checks.supply import completion
from landgis.language import Lang, say
from landgis.report.cells import ReportTable, show
from landgis.report.drawing import Drawing, Shape, line, rectangle, width_of, words
from landgis.results import Results

WIDTH = 720
VALUE, ROW = 130, 38
INK, PALE, LINE = "#1f4e6e", "#c9d4dc", "#8a949b"
NEW, STOCK, NONE = "#b5763a", "#1f4e6e", "#d9d9d4"


def charts(results: Results, tables: Sequence[ReportTable], *, lang: Lang = "zh") -> list[Drawing]:
    """Draw what people would rather look at than read.

    Parameters
    ----------
    results
        One project's tables; supply times and completion rules are taken from them.
    tables
        `landgis.report.tables.report_tables` of the same results and language.
    lang
        Language of titles and legends.

    Returns
    -------
    list of Drawing
        Planned against mapped area by use and by region, 新增 and 存量 by use, completion over
        time: those that there are data for.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> from landgis.report.tables import report_tables
    >>> charts(results, report_tables(results))
    []
    """
    by_key = {table.key: table for table in tables}
    drawn = []
    for key, zh, en in (
        ("summary-use", "计划与图上面积", "Planned and mapped area"),
        ("summary-region", "计划与图上面积", "Planned and mapped area"),
    ):
        rows = _shown(by_key.get(key), ("planned", "mapped"))
        if any(planned is not None for _, (planned, _) in rows):
            unit, by = by_key[key].unit, by_key[key].columns[0].name
            title = say(lang, f"{zh}（按{by}），单位：{unit}", f"{en} by {by} ({unit})")
            drawn.append(_drawing(title, _pairs(rows, lang)))
    sources = _shown(by_key.get("summary-use"), ("new", "stock", "untold"))
    if any(new or stock for _, (new, stock, _) in sources):
        title = say(lang, "新增与存量（图上面积）", "新增 and 存量 land (mapped)")
        drawn.append(_drawing(title, _stacks(sources, lang)))
    series = completion(results.balance.land, results.parcels, results.plan)
    if len(series):
        title = say(lang, "供应进度（按供应时间累计）", "Completion over time")
        drawn.append(_drawing(title, _steps(series, _milestones(results), lang)))
    return drawn


def _milestones(results: Results) -> list[tuple[date, float]]:
    """Give the plan's rules of completion as (day, per cent), in their order."""
    rules = results.plan.rules
    chosen = rules[rules["kind"].eq("completion") & rules["due"].ne("")]
    return [
        (date.fromisoformat(str(due)), float(value))
        for due, value in zip(chosen["due"], chosen["value"], strict=True)
    ]


Row = tuple[str, tuple[Decimal | None, ...]]


def _shown(table: ReportTable | None, keys: Sequence[str]) -> list[Row]:
    """Name and numbers of the rows of a table that are no totals, and not what lies outside."""
    if table is None:
        return []
    columns = [[c if isinstance(c, Decimal) else None for c in table.cells(key)] for key in keys]
    names = [str(row[0]).strip("　") for row in table.rows]
    rows = list(zip(names, zip(*columns, strict=True), strict=True))
    return rows[: min(table.sums, default=len(rows))]


def _label_room(rows: list[Row]) -> float:
    """Give the width that the longest label takes."""
    return max((width_of(name) for name, _ in rows), default=0.0) + 20


def _pairs(rows: list[Row], lang: Lang) -> tuple[float, list[Shape]]:
    """Draw two bars a row: planned pale, mapped dark."""
    most = max((v for _, pair in rows for v in pair if v is not None), default=Decimal(1)) or 1
    start = _label_room(rows)
    room = WIDTH - start - VALUE
    body: list[Shape] = []
    for i, (label, (planned, mapped)) in enumerate(rows):
        top = 34 + i * ROW
        body.append(words(start - 10, top + 17, label, anchor="end"))
        for shift, value, fill in ((0, planned, PALE), (13, mapped, INK)):
            if value is None:
                continue
            width = float(value / most) * room
            body.append(rectangle(start, top + shift, width, 11, fill))
            body.append(words(start + width + 6, top + shift + 10, show(value), size=11))
    legend = [(PALE, say(lang, "计划", "planned")), (INK, say(lang, "图上", "mapped"))]
    return 34 + len(rows) * ROW, [*_legend(legend, start), *body]


def _stacks(rows: list[Row], lang: Lang) -> tuple[float, list[Shape]]:
    """Draw one bar of 100 % a row: 新增, 存量, not recorded."""
    start = _label_room(rows)
    room = WIDTH - start - VALUE
    body: list[Shape] = []
    told = [(label, [part or Decimal(0) for part in parts]) for label, parts in rows]
    drawn = [(label, parts) for label, parts in told if sum(parts)]
    for i, (label, parts) in enumerate(drawn):
        top, left = 34 + i * 28, start
        body.append(words(start - 10, top + 13, label, anchor="end"))
        for value, fill in zip(parts, (NEW, STOCK, NONE), strict=True):
            width = float(value / sum(parts)) * room
            body.append(rectangle(left, top, width, 16, fill))
            left += width
        stock = f"存量 {float(parts[1] / sum(parts)):.1%}"
        body.append(words(left + 6, top + 13, stock, size=11))
    names = [("新增", "新增 (new)"), ("存量", "存量 (stock)"), ("未登记", "not recorded")]
    untold = any(parts[2] for _, parts in drawn)
    legend = [(f, say(lang, *w)) for f, w in zip((NEW, STOCK, NONE), names, strict=True)]
    legend = legend if untold else legend[:2]
    return 34 + len(drawn) * 28, [*_legend(legend, start), *body]


def _steps(
    series: pd.DataFrame, required: list[tuple[date, float]], lang: Lang
) -> tuple[float, list[Shape]]:
    """Draw completion as a stair over a year or more, with the plan's milestones."""
    left, right, top, height = 50, WIDTH - 70, 40, 200
    days = [*series["date"], *(due for due, _ in required)]
    first, last = date(min(days).year, 1, 1), max(days)
    most = max(100.0, float(series["share_pct"].max()))

    def x(day: date) -> float:
        return float(left + (day - first).days / max((last - first).days, 1) * (right - left))

    def y(share: float) -> float:
        return top + height - share / most * height

    body: list[Shape] = []
    for share in (0, 25, 50, 75, 100):
        body.append(line([(left, y(share)), (right, y(share))], "#e4e6e6"))
        body.append(words(left - 8, y(share) + 4, f"{share}%", anchor="end", size=11))
    points, before = [(float(left), y(0))], 0.0
    for day, share in zip(series["date"], series["share_pct"], strict=True):
        points += [(x(day), y(before)), (x(day), y(share))]
        before = float(share)
        body.append(words(x(day), top + height + 18, f"{day:%Y-%m-%d}", anchor="middle", size=11))
    body.append(line(points, INK, width=2.5))
    for day, share in zip(series["date"], series["share_pct"], strict=True):
        body.append(words(x(day) - 6, y(share) - 7, f"{share:.1f}%", anchor="end", size=11))
    for due, percent in required:
        body.append(Shape(at=(x(due), y(percent)), radius=5, fill="#ffffff", stroke="#a8322d"))
        body.append(words(x(due) + 9, y(percent) + 15, f"{percent:g}%", size=11, fill="#a8322d"))
    legend = [(INK, say(lang, "按供应时间累计", "supplied"))]
    if required:
        legend.append(("#a8322d", say(lang, "计划要求", "required")))
    return top + height + 30, [*_legend(legend, left), *body]


def _drawing(title: str, drawn: tuple[float, list[Shape]]) -> Drawing:
    height, shapes = drawn
    return Drawing(title=title, width=WIDTH, height=height, shapes=tuple(shapes))


def _legend(entries: list[tuple[str, str]], left: float) -> list[Shape]:
    body: list[Shape] = []
    for fill, word in entries:
        body += [rectangle(left, 6, 12, 12, fill), words(left + 18, 16, word, size=12)]
        left += 44 + width_of(word)
    return body
