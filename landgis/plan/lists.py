"""Lists (清单): a row for each 片区 or 宗地, with headings, subtotals and a total between them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from landgis.plan.columns import (
    UNIT_NOTE,
    ReadColumn,
    bare_name,
    caption_facets,
    read_label,
    read_number,
)
from landgis.plan.documents.blocks import Cell, TableBlock
from landgis.plan.outline import Context
from landgis.plan.statements import Facets, Item, Statement, add_figure, cell_spot
from landgis.units import Quantity, unit_name

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
        unit = (unit_name(read[1]) or self.unit) if read else ""
        return Quantity(read[0], unit) if read and unit else None

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
            spot=cell_spot(row[self.area.index]),
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
