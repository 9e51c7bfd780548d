"""Statements and list rows in tables: summary tables (汇总表), cross tables, lists (清单).

A cell of a summary or cross table is a figure of what its row and its column say together, so
that uses may stand in rows and regions in columns or the other way round. A list has a row for
each 片区 or 宗地, with subtotals and a total between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from landgis.landuse import canonical
from landgis.plan.columns import (
    NUMBER_IN_CELL,
    OTHER_UNITS,
    TOTAL,
    UNIT_NOTE,
    Label,
    ReadColumn,
    bare_name,
    caption_facets,
    has_numbers,
    header_rows,
    is_past,
    label_unit,
    read_columns,
    read_label,
    read_number,
    says_among,
    summed_group,
    table_unit,
    values_in,
)
from landgis.plan.documents.blocks import Cell, TableBlock
from landgis.plan.identity import Context
from landgis.plan.names import Names
from landgis.plan.statements import (
    Facets,
    Item,
    Mark,
    Statement,
    add_figure,
    cell_spot,
    told_apart,
    within_use,
)
from landgis.units import Quantity, unit_name

_A_NAME = re.compile(r"(?=.*[\u4e00-\u9fff])[^\d，。；：]{2,16}(?:[A-Z]\d[）)]?)?")
_REST = re.compile("其[他它]")
_COUNTS = re.compile("(?:[宗套户]|项目|地块)数")
_SUM_ROW = re.compile(r"(小计|分计)|(合计|总计|共计|总合计|累计)")


def read_list(
    table: TableBlock,
    body: Sequence[Sequence[Cell]],
    columns: Sequence[ReadColumn],
    unit: str,
    context: Context,
) -> tuple[list[Statement], list[Item]]:
    """Read the rows of a list, and the figures of its headings, subtotals and total."""
    reader = _ListReader(table, columns, unit, context)
    for row in body:
        reader.read(row)
    return reader.statements, reader.items


class _ListReader:
    """A list, read row by row."""

    def __init__(
        self, table: TableBlock, columns: Sequence[ReadColumn], unit: str, context: Context
    ) -> None:
        self.context = context
        self.by_role = _by_role(columns)
        self.area = self.by_role["area"]
        self.unit = self.area.unit or unit
        self.outer = caption_facets(table.caption, context)
        self.list_name = _list_name(table)
        self.items: list[Item] = []
        self.statements: list[Statement] = []
        self.since: list[Item] = []  # the last subtotal
        self.above: dict[str, str] = {}
        self.headed = Facets()

    def read(self, row: Sequence[Cell]) -> None:
        """Read a row: a sum, a heading, or an item."""
        words = {r: re.sub(r"\s+", " ", row[c.index].text) for r, c in self.by_role.items()}
        if summed := _sum_word(row):
            self._sum(row, summed)
        elif heading := _heading(row, words, self.context):
            self.above |= heading
            name, code = self.context.names.region(heading.get("region", ""))
            self.headed = Facets(region=name, code=code, use=heading.get("category", ""))
            if self._area(row):
                self.statements.append(self._figure(row, self.headed))
        elif item := self._item(row, words):
            self.items.append(item)
            self.since.append(item)
            told = (("region", item.region), ("category", item.category))
            self.above |= {k: v for k, v in told if v}

    def _sum(self, row: Sequence[Cell], word: re.Match[str]) -> None:
        grand = bool(word[2])
        facets = _sum_facets(row, self.since, grand, self.context, headed=self.headed)
        if (grand or facets != Facets()) and self._area(row):
            add_figure(self.statements, self._figure(row, facets.over(self.outer)))
        if word[1]:
            self.since = []

    def _area(self, row: Sequence[Cell]) -> Quantity | None:
        read = read_number(row[self.area.index].text)
        unit = (unit_name(read.unit) or self.unit) if read else ""
        return Quantity(read.value, unit) if read and unit else None

    def _figure(self, row: Sequence[Cell], facets: Facets) -> Statement:
        return Statement(
            facets=facets,
            quantity=self._area(row),
            place=row[self.area.index].place,
            words=self.area.words(row),
            list_name=self.list_name,
            spot=cell_spot(row[self.area.index]),
            why="sum",
        )

    def _item(self, row: Sequence[Cell], words: dict[str, str]) -> Item | None:
        number = words.get("number", "").strip(".、 ")
        name, location = words.get("name", ""), words.get("location", "")
        has_area = read_number(row[self.area.index].text) is not None
        if not (name or location) or not (has_area or number.isdecimal()):
            return None
        return Item(
            number=int(number) if number.isdecimal() else None,
            region=words.get("region", "") or self.above.get("region", self.outer.region),
            category=words.get("category", "") or self.above.get("category", self.outer.use),
            name=name,
            location=location,
            quantity=self._area(row),
            stage=words.get("stage", ""),
            source=words.get("source", ""),
            mode=words.get("mode", ""),
            period=words.get("period", ""),
            list_name=self.list_name,
            place=row[self.area.index].place,
            spot=cell_spot(row[self.area.index]) if has_area else None,
            words=" ".join(c.text for c in row if c.text and not c.repeated),
        )


def _sum_word(row: Sequence[Cell]) -> re.Match[str] | None:
    """Find 小计 or 合计 at the end of a short cell."""
    ends = (re.sub(r"\s+", "", c.text)[-5:] for c in row if len(c.text) < 16)
    return next((m for end in ends if (m := _SUM_ROW.search(end))), None)


def _list_name(table: TableBlock) -> str:
    lines = [w for w in table.caption.split("\n") if w and not UNIT_NOTE.match(w)]
    return lines[0] if lines else str(table.place)


def _by_role(columns: Sequence[ReadColumn]) -> dict[str, ReadColumn]:
    by_role: dict[str, ReadColumn] = {}
    for column in columns:
        by_role.setdefault(column.role, column)
    if "name" not in by_role and "id" in by_role:
        by_role["name"] = by_role["id"]
    return by_role


def _sum_facets(
    row: Sequence[Cell], since: Sequence[Item], grand: bool, context: Context, *, headed: Facets
) -> Facets:
    """Give what a subtotal sums: what its words name, the heading, or what its rows share."""
    for cell in row:
        bare = re.sub(r"(?:小计|合计|总计|共计|分计|累计)", "", re.sub(r"\s+", "", cell.text))
        if bare and not read_number(bare) and not cell.repeated:
            facets = read_label(bare, context.names).facets
            if facets != Facets():
                return facets
    if grand or headed != Facets():
        return Facets() if grand else headed
    regions = {i.region for i in since}
    uses = {i.category for i in since}
    if len(regions) == 1 and (region := regions.pop()):
        name, code = context.names.region(region)
        return Facets(region=name, code=code)
    return Facets(use=uses.pop()) if len(uses) == 1 else Facets()


def _heading(row: Sequence[Cell], words: dict[str, str], context: Context) -> dict[str, str]:
    """Read a row that names nothing but the region or use of the rows below it."""
    number = words.get("number", "").strip(".、 ")
    mark = number if len(number) < 4 else ""
    texts = {c.text for c in row if c.text and not read_number(c.text) and c.text != mark}
    if number.isdecimal() or len(texts) != 1:
        return {}
    text = texts.pop()
    facets = read_label(text, context.names).facets
    whole = bare_name(text) in (facets.region, facets.use) or len(bare_name(text)) < 12
    found = (("region", facets.region), ("category", facets.use))
    return {k: v for k, v in found if v} if whole else {}


def read_matrix(
    table: TableBlock,
    body: Sequence[Sequence[Cell]],
    columns: Sequence[ReadColumn],
    unit: str,
    context: Context,
) -> tuple[list[Statement], list[Mark], bool]:
    """Read a summary or cross table: its statements, its subtotals, whether figures lack a unit."""
    outer = _beside_columns(caption_facets(table.caption, context), columns)
    first = _first_figure(columns)
    labels = [c for c in columns if c.index < first and c.role not in ("skip", "unit")]
    partial = _partial_columns(body, columns)
    own_unit = next((c.index for c in columns if c.role == "unit"), None)
    subtotals = _subtotals(body, labels)
    statements: list[Statement] = []
    without_unit = False
    for row, label, parent in _labelled(body, labels, columns, context, subtotals):
        told = row[own_unit].text if own_unit is not None else ""
        if label.share and not label.facets.use and not label.facets.region:
            _give_shares(statements, row, columns)
        elif told not in OTHER_UNITS:
            found, lacking = _row_statements(
                row,
                [c for c in columns if c.role in ("area", "share")],
                label,
                parent=parent,
                outer=outer,
                unit=unit_name(told) or unit,
            )
            open_cells = {row[i].place for i in partial}
            statements += (replace(s, open_split=s.place in open_cells) for s in found)
            without_unit |= lacking
    marks = [_mark(c, "aside", "subtotal") for at in subtotals for c in _numbers(body[at])]
    counted = (row for row in body if any(_COUNTS.search(row[c.index].text) for c in labels))
    marks += [_mark(c, "count", "") for row in counted for c in _numbers(row)]
    return told_apart(statements), marks, without_unit and not statements


def _numbers(row: Sequence[Cell]) -> list[Cell]:
    return [c for c in row if not c.repeated and read_number(c.text)]


def _beside_columns(outer: Facets, columns: Sequence[ReadColumn]) -> Facets:
    """Leave out a use of the title that stands over one column beside those of other uses."""
    uses = [c.facets for c in columns if c.facets.use]
    headed = any(f.category == outer.category for f in uses)
    others = any(f.category != outer.category and not _may_part(f, outer) for f in uses)
    return replace(outer, use="") if headed and others else outer


def _labelled(
    body: Sequence[Sequence[Cell]],
    labels: Sequence[ReadColumn],
    columns: Sequence[ReadColumn],
    context: Context,
    subtotals: set[int],
) -> Iterator[tuple[Sequence[Cell], Label, Facets | None]]:
    """Give the rows of the plan's own time, with their labels and what they are parts of."""
    above: Facets | None = None
    above_at = -1
    kind = _kind_of_rows(body, labels, columns, context.names)
    going_on = _rows_among(body, labels, columns, context.names)
    groups = _groups_summed(body, labels, columns, context.names) if kind else {}
    read = [_row_label(row, labels, context, kind) for row in body]
    for at, group in groups.items():
        label = read[at][0]
        if label and label.total:
            own = replace(label, total=False, facets=Facets(**{kind: group}))
            read[at] = own, read[at][1]
    for at, row in enumerate(body):
        label, parent = read[at]
        below = read[going_on[at]][0] if going_on.get(at, -1) > at else None
        if label and label.total and at in subtotals:
            continue
        words = "".join(row[c.index].text for c in labels)
        if label is None or is_past(words, context) or _COUNTS.search(words):
            continue
        goes_on = going_on.get(at, -2) == above_at and not label.total
        if (label.among or goes_on) and above is not None:
            label, parent = _among(label, above), above
        elif below is not None:
            label, parent = _among(label, below.facets), below.facets
        elif not label.total:
            above, above_at = label.facets, at
        yield row, label, parent


def _subtotals(body: Sequence[Sequence[Cell]], labels: Sequence[ReadColumn]) -> set[int]:
    """Give the rows of 小计 where there are several, or a total beside: none of them is the total.

    What a bare 小计 sums is said by merged cells that the text has lost.
    """
    names = [[bare_name(row[c.index].text) for c in labels] for row in body]
    found = {at for at, told in enumerate(names) if "小计" in told}
    total = any(TOTAL.fullmatch(n) and n != "小计" for told in names for n in told if n)
    return found if len(found) > 1 or total else set()


def _groups_summed(
    body: Sequence[Sequence[Cell]],
    labels: Sequence[ReadColumn],
    columns: Sequence[ReadColumn],
    names: Names,
) -> dict[int, str]:
    """Give what rows sum that are not the total: that stands beside, or no column adds up."""
    told = [[row[c.index].text for c in labels if row[c.index].text] for row in body]
    groups = [_group_of(row, labels, names) for row in body]
    if not any(groups):
        return {}
    beside = (t for texts, g in zip(told, groups, strict=True) if not g for t in texts)
    if any(TOTAL.fullmatch(bare_name(t)) for t in beside):
        return {at: g for at, g in enumerate(groups) if g}
    rows = values_in(body, [c.index for c in columns if c.role == "area"])
    sums = [sum(v or 0 for v in column) for column in zip(*rows, strict=True)]
    return {
        at: g
        for at, g in enumerate(groups)
        if g and not any(v and 2 * v == s for v, s in zip(rows[at], sums, strict=True))
    }


def _rows_among(
    body: Sequence[Sequence[Cell]],
    labels: Sequence[ReadColumn],
    columns: Sequence[ReadColumn],
    names: Names,
) -> dict[int, int]:
    """Give the rows that are parts of a row above or below, which they make up in every column.

    Those below one with 其中 are parts with it; without 其中 the sums of several columns show it
    (中心城区, 甲区, 乙区), or that of one column with 其他 last. A group's sum may stand below it
    (甲区, 乙区, 中心城区小计). Of each the row that it parts is given.
    """
    areas = [c.index for c in columns if c.role == "area"]
    among = [any(says_among(row[c.index].text) for c in labels) for row in body]
    rest = [any(_REST.fullmatch(bare_name(row[c.index].text)) for c in labels) for row in body]
    values = [[v or Decimal(0) for v in row] for row in values_in(body, areas)]
    found: dict[int, int] = {}
    for at in range(len(body) - 1):
        shown = among[at + 1] or sum(map(bool, values[at])) > 1
        if at in found or among[at] or not any(values[at]):
            continue
        summed = values[at + 1]
        for last in range(at + 2, len(body)):
            if among[last] and not among[last - 1]:
                break
            summed = [a + b for a, b in zip(summed, values[last], strict=True)]
            if summed == values[at] and (shown or rest[last]):
                found |= dict.fromkeys(range(at + 1, last + 1), at)
                break
    ends = [at for at, row in enumerate(body) if _group_of(row, labels, names)]
    for begin, at in pairwise((-1, *ends)):
        for first in range(at - 2, begin, -1):
            summed = [sum(column) for column in zip(*values[first:at], strict=True)]
            if summed == values[at] and any(summed) and not found.keys() & {*range(first, at + 1)}:
                found |= dict.fromkeys(range(first, at), at)
                break
    return found


def _group_of(row: Sequence[Cell], labels: Sequence[ReadColumn], names: Names) -> str:
    """Give the group that a row sums; nothing for other rows and the total."""
    return next((g for c in labels if (g := summed_group(row[c.index].text, names))), "")


def _among(label: Label, above: Facets) -> Label:
    """Put a label with 其中 under the row that it parts."""
    label = label.under(above.use)
    outer = replace(above, use="") if label.facets.use else above
    return replace(label, facets=label.facets.over(outer))


def _first_figure(columns: Sequence[ReadColumn]) -> int:
    return next((c.index for c in columns if c.role in ("area", "share", "count")), len(columns))


def _partial_columns(body: Sequence[Sequence[Cell]], columns: Sequence[ReadColumn]) -> list[int]:
    """Give the columns headed 其中 that fall short of the column before them in most rows."""
    areas = [c for c in columns if c.role == "area"]
    parts = [c.index for c in areas if c.among]
    whole = [c.index for c in areas if parts and c.index < parts[0]]
    if not whole:
        return []
    rows = values_in(body, [whole[-1], *parts])
    told = [[v for v in row if v is not None] for row in rows if row[0] is not None]
    short = [sum(row[1:]) < row[0] for row in told]
    return parts if 2 * sum(short) > len(short) else []


def _kind_of_rows(
    body: Sequence[Sequence[Cell]],
    labels: Sequence[ReadColumn],
    columns: Sequence[ReadColumn],
    names: Names,
) -> str:
    """Say what the rows of a table are, regions or uses, as its other side and most rows tell."""
    areas = [c.facets for c in columns if c.role == "area"]
    if any(f.use for f in areas) != any(f.region for f in areas):
        return "region" if any(f.use for f in areas) else "use"
    told = [read_label(row[c.index].text, names).facets for row in body for c in labels]
    by_region, by_use = sum(bool(f.region) for f in told), sum(bool(f.use) for f in told)
    return "" if by_region == by_use else "region" if by_region > by_use else "use"


def _row_label(
    row: Sequence[Cell], labels: Sequence[ReadColumn], context: Context, kind: str
) -> tuple[Label | None, Facets | None]:
    """Read the label cells of a row: outer ones first, each inner one narrows them.

    A name that nothing knows is one of the rows' ``kind``; no row without one is the total.
    """
    facets, parent = Facets(), None
    among = total = share = told = False
    for column in labels:
        text = row[column.index].text
        counted = column.role == "number" and not TOTAL.fullmatch(bare_name(text))
        if not text or read_number(text) or counted:  # 合计 may stand where the numbers do
            continue
        told = True
        label = read_label(text, context.names).under(facets.use)
        label = _as_role(label, text, column, context.names)
        if _narrows(label.facets, facets):
            parent = facets
        among = (among or label.among) and not total  # 合计 | 其中：存量 is the plan's own 存量
        share = share or label.share
        # words that name nothing leave the whole the whole: 某县 | 某县2015年度供应计划
        total = label.total or (total and label.facets == Facets() and not label.among)
        facets = label.facets.over(facets)
    unknown = facets == Facets() and not (total or share)
    if told and unknown and kind:
        text = next(row[c.index].text for c in labels if row[c.index].text)
        name = summed_group(text, context.names) or bare_name(text)
        facets = Facets(**{kind: name}) if _A_NAME.fullmatch(name) else facets
    if not told or (unknown and facets == Facets()):
        return None, None
    whole = total and facets == Facets()
    return Label(facets, among, whole, share, rest=label.rest), parent


def _narrows(inner: Facets, outer: Facets) -> bool:
    """Whether a label names a use under a use, or a region under a region."""
    use = inner.use and outer.use and inner.use != outer.use
    return bool(use or (inner.region and outer.region and inner.region != outer.region))


def _as_role(label: Label, text: str, column: ReadColumn, names: Names) -> Label:
    """Take a label that names nothing known by what its column is for."""
    name = summed_group(text, names) or bare_name(text)
    if label.facets != Facets() or label.total or label.share or not name or name == "其中":
        return label
    if column.role == "region":
        name, code = names.region(name)
        return replace(label, facets=Facets(region=name, code=code))
    if column.role == "category" or name.endswith(("用地", "住房")):
        return replace(label, facets=Facets(use=name))
    if re.search(r"(?:镇|乡|街道|区|县|市|旗|农场|林场|新城)$", name):
        return replace(label, facets=Facets(region=name))
    return label


def _row_statements(
    row: Sequence[Cell],
    columns: Sequence[ReadColumn],
    label: Label,
    *,
    parent: Facets | None,
    outer: Facets,
    unit: str,
) -> tuple[list[Statement], bool]:
    statements: list[Statement] = []
    lacking = False
    for column in columns:
        cell = row[column.index]
        read = read_number(cell.text)
        if read is None or cell.repeated:
            continue
        own = read.unit
        own_facets = label.facets.over(column.facets)
        facets = own_facets.over(outer)
        above = parent.over(column.parent or Facets()) if parent else column.parent
        if outer.use and _may_part(own_facets, outer):
            above = above or replace(facets, use=outer.use)
        if column.is_share or own == "%":
            _give_share(statements, facets, read.value, cell, above)
            continue
        measured = unit_name(own) or column.unit or label_unit(row[0].text) or unit
        if not measured or label.share:
            lacking |= not measured
            continue
        add_figure(
            statements,
            Statement(
                facets=facets,
                quantity=Quantity(read.value, measured),
                qualifier=read.qualifier,
                place=cell.place,
                words=column.words(row),
                parent=above,
                spot=cell_spot(cell),
                why="cell",
            ),
        )
    return statements, lacking


def _may_part(inner: Facets, outer: Facets) -> bool:
    """Whether a use in a table is a part of the one that the table's title names."""
    known = canonical(inner.use)
    return bool(inner.use) and (within_use(inner, outer) or not known)


def _give_share(
    statements: list[Statement], facets: Facets, share: Decimal, cell: Cell, parent: Facets | None
) -> None:
    for i, told in enumerate(statements):
        if told.facets == facets and told.share is None:
            statements[i] = replace(told, share=share, share_spot=cell_spot(cell))
            return
    statements.append(
        Statement(
            facets=facets,
            quantity=None,
            place=cell.place,
            words=cell.text,
            parent=parent,
            share=share,
            share_spot=cell_spot(cell),
            why="cell",
        ),
    )


def _give_shares(
    statements: list[Statement], row: Sequence[Cell], columns: Sequence[ReadColumn]
) -> None:
    """Give each figure of the row above its share from a row of shares."""
    for column in columns:
        read = read_number(row[column.index].text)
        if read is None or column.role != "area":
            continue
        above = [
            i
            for i, s in enumerate(statements)
            if s.share is None and column.facets == s.facets.over(column.facets) == s.facets
        ]
        if above:
            spot = cell_spot(row[column.index])
            statements[above[-1]] = replace(
                statements[above[-1]], share=read.value, share_spot=spot
            )


@dataclass(frozen=True)
class TableStated:
    """What a table says: its statements, and its rows if it is a list."""

    statements: tuple[Statement, ...] = ()
    items: tuple[Item, ...] = ()
    marks: tuple[Mark, ...] = ()
    without_unit: bool = False


def read_table(table: TableBlock, context: Context, *, note: str = "") -> TableStated:
    """Read the statements and list rows of a table.

    Parameters
    ----------
    note
        Words near the table that may tell the unit, if its own caption does not.
    """
    head = header_rows(table)
    body = table.rows[head:]
    if not body or not has_numbers(body):
        return TableStated()
    if is_past(table.caption.replace("\n", " "), context):
        return TableStated(marks=aside_table(table, "heading"))
    columns = read_columns(table, head, context)
    corner = next((c.unit for c in columns[: _first_figure(columns)] if c.unit), "")
    unit = table_unit(table.caption) or corner or table_unit(note) or _unit_of_total(body, context)
    unit = unit or _unit_of_sums(body, columns)
    roles = {c.role for c in columns}
    areas = [c for c in columns if c.role == "area"]
    crossed = sum(bool(c.facets.use or c.facets.region) for c in areas) > 1
    if not crossed and roles & {"name", "location", "id"} and areas:
        statements, items = read_list(table, body, columns, unit, context)
        area = next(c for c in columns if c.role == "area")
        lacking = not (area.unit or unit)
        marks = _marks(body, columns, lacking=lacking)
        return TableStated(tuple(statements), tuple(items), marks, without_unit=lacking)
    statements, subtotals, lacking = read_matrix(table, body, columns, unit, context)
    marks = (*subtotals, *_marks(body, columns, lacking=lacking))
    return TableStated(tuple(statements), marks=marks, without_unit=lacking)


def _unit_of_total(body: Sequence[Sequence[Cell]], context: Context) -> str:
    """Give the unit that the total names for all rows: 总量（公顷）; other rows have their own.

    The total of a form may name its use, in the first row: 住宅用地供应总量（公顷）.
    """
    units = {
        unit
        for i, row in enumerate(body)
        if (unit := label_unit(row[0].text))
        and (name := bare_name(row[0].text)) != "小计"
        and (read_label(row[0].text, context.names).total or (not i and TOTAL.fullmatch(name)))
    }
    return units.pop() if len(units) == 1 else ""


def _unit_of_sums(body: Sequence[Sequence[Cell]], columns: Sequence[ReadColumn]) -> str:
    """Give the unit that each row's total is printed with, beside columns of uses that have none.

    A column of anything else, money perhaps, might have taken it for its own.
    """
    areas = [c for c in columns if c.role == "area"]
    printed = {c.index: [read_number(row[c.index].text) for row in body] for c in areas}
    units = {c.index: {unit_name(n.unit) for n in printed[c.index] if n} for c in areas}
    sums = [c for c in areas if c.facets == Facets()]
    told = units[sums[0].index] if len(sums) == 1 else set()
    bare = all(units[c.index] <= {None} for c in areas if c not in sums)
    return told.pop() or "" if len(told) == 1 and bare else ""


def aside_table(table: TableBlock, reason: str) -> tuple[Mark, ...]:
    """Set the figures of a whole table aside."""
    body = table.rows[header_rows(table) :]
    every = (c for row in body for c in row if not c.repeated and read_number(c.text))
    return tuple(_mark(cell, "aside", reason) for cell in every)


def _marks(
    body: Sequence[Sequence[Cell]], columns: Sequence[ReadColumn], *, lacking: bool
) -> tuple[Mark, ...]:
    """Say of every number in a table what it is where no figure or row takes it."""
    whys = {
        "skip": ("aside", "column"),
        "count": ("count", ""),
        "share": ("aside", "not_plan"),
        "area": ("unknown", "no_unit" if lacking else "no_name"),
    }
    cells = ((c.role, row[c.index]) for row in body for c in columns if c.role in whys)
    return tuple(
        mark for role, cell in cells if not cell.repeated for mark in _marks_of(cell, *whys[role])
    )


def _marks_of(cell: Cell, role: str, reason: str) -> Iterator[Mark]:
    """Say what the numbers of a cell are: that which it is read as, and those beside it.

    Of several numbers in a cell (3+2) nobody knows what they make; in a note in brackets they are
    no figures of the table, nor is one that gives way to another (3→2).
    """
    read = read_number(cell.text)
    if read:
        yield _mark(cell, role, reason)
    own = cell_spot(cell)
    beside = (
        ("aside", "note" if read else reason) if read or role == "aside" else ("unknown", "cell")
    )
    for m in NUMBER_IN_CELL.finditer(cell.text):
        spot = own._replace(start=m.start(), end=m.end())
        if read and m.end() <= own.start:
            yield Mark(spot=spot, role="aside", reason="replaced", why="column")
        elif not read or m.start() >= own.end:
            yield Mark(spot=spot, role=beside[0], reason=beside[1], why="column")


def _mark(cell: Cell, role: str, reason: str) -> Mark:
    return Mark(spot=cell_spot(cell), role=role, reason=reason, why="column")
