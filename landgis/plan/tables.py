"""Statements and list rows in tables: summary tables (汇总表), cross tables, lists (清单).

A cell of a summary or cross table is a figure of what its row and its column say together, so
that uses may stand in rows and regions in columns or the other way round. A list has a row for
each 片区 or 宗地, with subtotals and a total between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from landgis.landuse import canonical
from landgis.plan.documents.blocks import Cell, Place, TableBlock
from landgis.plan.names import Names
from landgis.plan.numerals import half_width
from landgis.plan.prose import Context
from landgis.plan.statements import Facets, Statement
from landgis.units import M2_PER_UNIT, UNIT_ALIASES, Quantity, unit_name

_UNITS = "|".join(sorted(map(re.escape, {*M2_PER_UNIT, *UNIT_ALIASES}), key=len, reverse=True))
_OTHER_UNITS = ("%", "％", "宗", "个", "套", "万元", "亿元")
_UNIT_NOTE = re.compile(rf"单位\s*[：:]?\s*[^，。\n]*?({_UNITS})")
_UNIT_IN_LABEL = re.compile(rf"[（(/\[【]\s*({_UNITS})\s*[)）\]】]?|({_UNITS})$")
_CELL = re.compile(rf"约?\s*(\d[\d,，]*(?:\.\d+)?|\.\d+)\s*({_UNITS}|%)?\s*(?:以上|以内|左右)?")
_TOTAL = re.compile(
    r"(?:总计|合计|总量|小计|共计|计|总供应量|供应总量|总面积|全部|.*(?:面积|数量|规模|供应量|供地量|总量|总计|合计))"
)
_SUM_ROW = re.compile(r"(小计|分计)|(合计|总计|共计|总合计|累计)")
_AMONG = re.compile(r"^\s*(?:其中|包括|含)\s*[：:]?\s*")
_NUMBERING = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十\d]+[）).、．]\s*|[①-⑳]|[-—·•]+)\s*")
_ROLES = (
    (
        "skip",
        r"备注|说明|建筑面积|容积率|绿地率|密度|金额|万元|亿元|价款|起始价|投资|主体|责任|联系|依据|代码|套数|年限|人口|坐标|权属",
    ),
    ("number", r"^(?:序号|编号|No\.?|序|号)$"),
    ("count", r"宗数|地块数|个数|项目数|数量[（(](?:宗|个|块)|[（(](?:宗|个|块)[)）]"),
    ("share", r"占比|比例|比重|占.*[%％]|[（(][%％][)）]"),
    (
        "name",
        r"(?:项目|宗地|地块|片区|工程|单元).*名称|^名称$|项目[（(]宗地|^(?:项目|地块|片区|宗地)$",
    ),
    ("location", r"位置|坐落|座落|四至|地点|所在地"),
    (
        "stage",
        r"阶段|进展|进度|状态|(?:实施|建设|开发|改造|启动|整治).*(?:时序|时间|时段|年度|计划|期限)|^年度$|分期|^期次$",
    ),
    (
        "period",
        r"(?:供应|供地|出让|上市|推出|挂牌).*(?:时间|时序|时段|季度|月份)|^季度$|^月份$|^时间$|^时序$",
    ),
    ("mode", r"(?:供应|供地|出让|交易|配置|取得)方式|^方式$"),
    ("source", r"来源|新增[/／、或]存量"),
    ("category", r"用途|类别|类型|地类|用地性质|分类|性质|用地名称|^用地$"),
    (
        "region",
        r"区县|县区|市区县|[区县市][（(].*[区县市乡镇街].*[)）]|县市区|区域|行政区|辖区|乡镇|镇街|街镇|^(?:镇|街道|乡|区|县)[、（(]?.*$|所属|属地|地区|板块|^单位$|^供应单位$|园区",
    ),
    ("id", r"宗地(?:编号|号)|地块(?:编号|号)|项目编号|编号"),
    ("area", rf"面积|供应量|供地量|规模|总量|合计|小计|总计|(?:{_UNITS})"),
)
_PAST = re.compile(
    r"上一?年|去年|实际|完成情况|已(?:供|完成)|同比|增减|增长|执行情况|累计|库存|储备"
)
_YEAR = re.compile(r"(20\d\d)\s*(?:年|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row of a list: one 片区 or 宗地.

    Parameters
    ----------
    number
        Its number in the list (序号).
    region, category, name, location, stage
        As printed; a region or category that stands only once above its rows is filled in.
    quantity
        Its area; None if it has none.
    source, mode, period
        Land source, supply mode, time of supply, as printed.
    list_name
        Caption of the list.
    """

    number: int | None
    region: str
    category: str
    name: str
    location: str
    quantity: Quantity | None
    stage: str
    source: str
    mode: str
    period: str
    list_name: str
    place: Place
    words: str


@dataclass(frozen=True)
class Reading:
    """What a table says: its statements, and its rows if it is a list."""

    statements: tuple[Statement, ...] = ()
    items: tuple[Item, ...] = ()
    without_unit: bool = False


@dataclass(frozen=True)
class Column:
    """A column: its headings from the top, its role, what its headings say of its figures."""

    index: int
    path: tuple[str, ...]
    role: str
    facets: Facets = field(default_factory=Facets)
    unit: str = ""
    parent: Facets | None = None

    @property
    def is_share(self) -> bool:
        """Whether its figures are shares."""
        return self.role == "share"


def read_table(table: TableBlock, context: Context, *, note: str = "") -> Reading:
    """Read the statements and list rows of a table.

    Parameters
    ----------
    note
        Words near the table that may tell the unit, if its own caption does not.
    """
    head = _header_rows(table)
    body = table.rows[head:]
    if not body or _is_past(table.caption.replace("\n", " "), context) or not _has_numbers(body):
        return Reading()
    unit = _table_unit(table.caption) or _table_unit(note)
    columns = _columns(table, head, context)
    roles = {c.role for c in columns}
    crossed = sum(bool(c.facets.use or c.facets.region) for c in columns if c.role == "area") > 1
    if (
        not crossed
        and roles & {"name", "location", "id"}
        and any(c.role == "area" for c in columns)
    ):
        return _read_list(table, body, columns, unit, context)
    return _read_matrix(table, body, columns, unit, context)


# --- header ------------------------------------------------------------------------------


def _header_rows(table: TableBlock) -> int:
    """Count the rows above the first that holds figures."""
    for i, row in enumerate(table.rows):
        if any(_number(c.text) for c in row) and i:
            if _counts_columns(row):
                return i + 1
            return i - 1 if i > 1 and _heads_rows(table.rows[i - 1]) else i
    return 0 if table.rows and any(_number(c.text) for c in table.rows[0]) else len(table.rows)


def _heads_rows(row: Sequence[Cell]) -> bool:
    """Whether a row says one thing at its beginning: 一、商服用地, above the rows it holds for."""
    told = [c for c in row if c.text and not c.repeated]
    return len(told) == 1 and bool(row[0].text)


def _counts_columns(row: Sequence[Cell]) -> bool:
    """Whether a row only numbers the columns (甲 乙 1 2 3)."""
    words = [re.sub(r"[（）()\s]", "", c.text) for c in row if c.text]
    figures = [int(w) for w in words if w.isdigit()]
    return (
        len(figures) > 2
        and figures == list(range(figures[0], figures[0] + len(figures)))
        and all(
            w.isdigit() or w in "甲乙丙丁戊栏次" or re.fullmatch(r"\d=[\d+]+", w) for w in words
        )
    )


def _has_numbers(body: Iterable[Sequence[Cell]]) -> bool:
    return any(_number(c.text) for row in body for c in row)


def _columns(table: TableBlock, head: int, context: Context) -> list[Column]:
    width = table.shape[1]
    columns = []
    headings = _spread(table.rows[:head])
    for i in range(width):
        path = tuple(dict.fromkeys(row[i] for row in headings if row[i]))
        cells = [row[i].text for row in table.rows[head:]]
        unit = Column(i, path, "unit") if _holds_units(cells) else None
        columns.append(unit or _column(i, path, cells, context))
    return columns


def _spread(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Words of the header; a heading over several columns stands over each of them.

    Formats with merged cells come filled; plain text leaves the cells behind a heading empty.
    """
    words = [[re.sub(r"\s+", "", c.text) for c in row] for row in rows]
    for above, below in pairwise(words):
        for i in range(1, len(above)):
            if not above[i] and below[i]:
                above[i] = above[i - 1]
    return words


def _column(index: int, path: tuple[str, ...], cells: Sequence[str], context: Context) -> Column:
    joined = "".join(path)
    numeric = _is_numeric(cells)
    unit = next((u for u in map(_label_unit, reversed(path)) if u), "")
    if numeric and _is_past(joined, context):
        return Column(index, path, "skip")
    role = next((name for name, pattern in _ROLES if re.search(pattern, joined)), "")
    facets, parent = Facets(), None
    for piece in path:
        told = _label(piece, context.names).under(facets.use).facets
        parent = facets if told.use and facets.use else parent
        facets = told.over(facets)
    facets = replace(facets, period=facets.period or _year_of_programme(joined, context))
    if not numeric:
        return Column(index, path, role if role not in ("area", "share", "count") else "")
    if role in ("number", "skip", "count", "share", "id"):
        return Column(index, path, role, facets, unit)
    if facets != Facets() or role == "area":
        return Column(index, path, "area", facets, unit, parent)
    if role in ("", "region") and path:
        return Column(index, path, "area", _unknown_region(path[-1], context.names), unit)
    return Column(index, path, role, facets, unit)


def _holds_units(cells: Sequence[str]) -> bool:
    """Whether a column names the unit of each row."""
    told = [c for c in cells if c]
    areas = [c for c in told if unit_name(c)]
    return bool(areas) and all(unit_name(c) or c in _OTHER_UNITS for c in told)


def _is_numeric(cells: Sequence[str]) -> bool:
    told = [c for c in cells if c and not re.fullmatch(r"[—–\-/／\s]+", c)]
    return bool(told) and sum(_number(c) is not None for c in told) * 2 > len(told)


def _unknown_region(text: str, names: Names) -> Facets:
    name = _bare(text)
    if (
        not name
        or names.is_whole(name)
        or _TOTAL.fullmatch(name)
        or not re.fullmatch(r"[\u4e00-\u9fff]{2,12}", name)
    ):
        return Facets()
    return Facets(region=name, code=names.region(name)[1])


def _is_past(text: str, context: Context) -> bool:
    """Whether words say that figures are of another time, or of something else than supply."""
    if _PAST.search(text) and not re.search(r"拟供|计划供", text):
        return True
    years = [int(y) for y in _YEAR.findall(text)]
    start, end = context.start, context.end
    if not years or start is None or end is None:
        return False
    return not any(start <= y <= end for y in years)


def _year_of_programme(text: str, context: Context) -> str:
    """Name a single year of a plan of several years: a part of its time."""
    years = _YEAR.findall(text)
    several = context.start is not None and context.start != context.end
    return f"{years[0]}年" if several and len(years) == 1 else ""


# --- labels ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Label:
    """What the words of a heading or row label say."""

    facets: Facets = field(default_factory=Facets)
    among: bool = False
    total: bool = False
    share: bool = False
    rest: bool = False

    def under(self, use: str) -> Label:
        """Take 其他 under a use as the rest of that use: 其他住宅用地."""
        if not (self.rest and use):
            return self
        return replace(self, facets=replace(self.facets, use=f"其他{use}"), rest=False)


def _bare(text: str) -> str:
    text = _NUMBERING.sub("", re.sub(r"\s+", "", text))
    text = _AMONG.sub("", text)
    text = _NUMBERING.sub("", text)
    text = re.sub(rf"[（(](?:{_UNITS}|[%％]|单位[^）)]*)[）)]", "", text)
    return text.strip("：:*＊ ")


def _label(text: str, names: Names) -> Label:
    """Read a row label or heading: uses, regions, land sources … in it, 其中, 合计."""
    among = bool(_AMONG.match(_NUMBERING.sub("", text)))
    bare = _bare(text)
    share = bool(re.search(r"占比|比例|比重|[%％]", text))
    if not bare:
        return Label(among=among, share=share)
    if canonical(bare):
        rest = bare in ("其他", "其它")
        return Label(Facets(use=bare), among=among, share=share, rest=rest)
    if names.is_whole(bare):
        return Label(among=among, total=True, share=share)
    region, code = names.region(bare)
    if code or bare in names.learned:
        return Label(Facets(region=region, code=code), among=among, share=share)
    values: dict[str, str] = {}
    for m in names.find(bare + "1"):
        if m.kind != "whole":
            values.setdefault(m.kind, m.name)
            if m.kind == "region":
                values.setdefault("code", m.code)
    return Label(Facets(**values), among, bool(_TOTAL.fullmatch(bare)) and not values, share)


def _label_unit(text: str) -> str:
    m = _UNIT_IN_LABEL.search(text)
    return (unit_name(m[1] or m[2]) or "") if m else ""


def _table_unit(text: str) -> str:
    m = _UNIT_NOTE.search(text) or re.search(rf"[（(]\s*({_UNITS})\s*[)）]", text)
    return (unit_name(m[1]) or "") if m else ""


def _number(text: str) -> tuple[Decimal, str] | None:
    """Read a cell that is a number, with its unit if it has one."""
    m = _CELL.fullmatch(half_width(text).strip())
    if m is None:
        return None
    return Decimal(re.sub("[,，]", "", m[1])), m[2] or ""


# --- summary and cross tables ---------------------------------------------------------------


def _read_matrix(
    table: TableBlock,
    body: Sequence[Sequence[Cell]],
    columns: Sequence[Column],
    unit: str,
    context: Context,
) -> Reading:
    outer = _caption_facets(table.caption, context)
    first = _first_figure(columns)
    labels = [c for c in columns if c.index < first and c.role not in ("skip", "unit")]
    own_unit = next((c.index for c in columns if c.role == "unit"), None)
    statements: list[Statement] = []
    without_unit = False
    parent: Facets | None = None
    for row in body:
        label, row_parent = _row_label(row, labels, context)
        if label is None or _is_past("".join(row[c.index].text for c in labels), context):
            continue
        if label.among and parent is not None:
            label = label.under(parent.use)
            label = replace(
                label,
                facets=label.facets.over(replace(parent, use="") if label.facets.use else parent),
            )
            row_parent = parent
        elif not label.total:
            parent = label.facets
        if label.share and not label.facets.use and not label.facets.region:
            _give_shares(statements, row, columns)
            continue
        told = row[own_unit].text if own_unit is not None else ""
        if told in _OTHER_UNITS:
            continue
        found, lacking = _row_statements(
            row, columns, label, parent=row_parent, outer=outer, unit=unit_name(told) or unit
        )
        statements += found
        without_unit |= lacking
    return Reading(tuple(statements), without_unit=without_unit and not statements)


def _first_figure(columns: Sequence[Column]) -> int:
    return next((c.index for c in columns if c.role in ("area", "share", "count")), len(columns))


def _caption_facets(caption: str, context: Context) -> Facets:
    """Give what a table's title restricts it to: one region, or one use."""
    lines = caption.split("\n")
    mentions = [m for line in lines for m in context.names.find(re.sub(r"\s+", "", line))]
    regions = {(m.name, m.code) for m in mentions if m.kind == "region"}
    uses = {m.name for m in mentions if m.kind == "use"}
    facets = context.facets
    if len(uses) == 1:
        facets = replace(facets, use=uses.pop())
    if len(regions) == 1:
        name, code = regions.pop()
        facets = replace(facets, region=name, code=code)
    return facets


def _row_label(
    row: Sequence[Cell], labels: Sequence[Column], context: Context
) -> tuple[Label | None, Facets | None]:
    """Read the label cells of a row: outer ones first, each inner one narrows them."""
    facets, parent = Facets(), None
    among = total = share = told = False
    for column in labels:
        text = row[column.index].text
        counted = column.role == "number" and not _TOTAL.fullmatch(_bare(text))
        if not text or _number(text) or counted:  # 合计 may stand where the numbers do
            continue
        told = True
        label = _label(text, context.names).under(facets.use)
        label = _as_role(label, text, column, context.names)
        if label.facets.use and facets.use and label.facets.use != facets.use:
            parent = facets
        among, share = among or label.among, share or label.share
        total = label.total
        facets = label.facets.over(facets)
    if not told:
        return None, None
    whole = total and facets == Facets()
    return Label(facets, among, whole, share, rest=label.rest), parent


def _as_role(label: Label, text: str, column: Column, names: Names) -> Label:
    """Take a label that names nothing known by what its column is for."""
    bare = _bare(text)
    if label.facets != Facets() or label.total or label.share or not bare or bare == "其中":
        return label
    if column.role == "region":
        name, code = names.region(bare)
        return replace(label, facets=Facets(region=name, code=code))
    if column.role == "category" or bare.endswith(("用地", "住房")):
        return replace(label, facets=Facets(use=bare))
    if re.search(r"(?:镇|乡|街道|区|县|市|旗|农场|林场|新城)$", bare):
        return replace(label, facets=Facets(region=bare))
    return label


def _row_statements(
    row: Sequence[Cell],
    columns: Sequence[Column],
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
        read = _number(cell.text)
        if read is None or cell.repeated or column.role not in ("area", "share"):
            continue
        value, own = read
        facets = label.facets.over(column.facets).over(outer)
        if column.is_share or own == "%":
            _give_share(statements, facets, value, cell, parent or column.parent)
            continue
        measured = unit_name(own) or column.unit or _label_unit(row[0].text) or unit
        if not measured or label.share:
            lacking |= not measured
            continue
        _add(
            statements,
            Statement(
                facets=facets,
                quantity=Quantity(value, measured),
                place=cell.place,
                words=_words(row, column),
                parent=parent or column.parent,
            ),
        )
    return statements, lacking


def _words(row: Sequence[Cell], column: Column) -> str:
    labels = [row[i].text for i in range(column.index) if row[i].text and not _number(row[i].text)]
    return " ".join((*labels, "/".join(column.path), row[column.index].text)).strip()


def _add(statements: list[Statement], new: Statement) -> None:
    """Add a figure, or take it as the same area in another unit."""
    for i, told in enumerate(statements):
        if (
            told.facets == new.facets
            and told.quantity
            and new.quantity
            and not told.restated
            and told.quantity.unit != new.quantity.unit
        ):
            statements[i] = replace(told, restated=new.quantity)
            return
    statements.append(new)


def _give_share(
    statements: list[Statement], facets: Facets, share: Decimal, cell: Cell, parent: Facets | None
) -> None:
    for i, told in enumerate(statements):
        if told.facets == facets and told.share is None:
            statements[i] = replace(told, share=share)
            return
    statements.append(
        Statement(
            facets=facets,
            quantity=None,
            place=cell.place,
            words=cell.text,
            parent=parent,
            share=share,
        ),
    )


def _give_shares(
    statements: list[Statement], row: Sequence[Cell], columns: Sequence[Column]
) -> None:
    """Give each figure of the row above its share from a row of shares."""
    for column in columns:
        read = _number(row[column.index].text)
        if read is None or column.role != "area":
            continue
        above = [
            i
            for i, s in enumerate(statements)
            if s.share is None and column.facets == s.facets.over(column.facets) == s.facets
        ]
        if above:
            statements[above[-1]] = replace(statements[above[-1]], share=read[0])


# --- lists ---------------------------------------------------------------------------------


def _read_list(
    table: TableBlock,
    body: Sequence[Sequence[Cell]],
    columns: Sequence[Column],
    unit: str,
    context: Context,
) -> Reading:
    by_role = _by_role(columns)
    area = next(c for c in columns if c.role == "area")
    outer = _caption_facets(table.caption, context)
    measured = area.unit or unit
    items: list[Item] = []
    statements: list[Statement] = []
    since: list[Item] = []
    above: dict[str, str] = {}
    headed = Facets()
    for row in body:
        words = {role: re.sub(r"\s+", " ", row[c.index].text) for role, c in by_role.items()}
        summed = next(
            (
                m
                for c in row
                if (m := _SUM_ROW.search(re.sub(r"\s+", "", c.text)[-5:])) and len(c.text) < 16
            ),
            None,
        )
        read = _number(row[area.index].text)
        if summed is not None:
            facets = _sum_facets(row, since, bool(summed[2]), context, headed=headed)
            known = bool(summed[2]) or facets != Facets()
            facets = facets.over(outer)
            if known and read and (unit_name(read[1]) or measured):
                quantity = Quantity(read[0], unit_name(read[1]) or measured)
                told = Statement(
                    facets=facets,
                    quantity=quantity,
                    place=row[area.index].place,
                    words=_words(row, area),
                    list_name=_list_name(table),
                )
                _add(statements, told)
            since = [] if summed[1] else since
            continue
        if heading := _heading(row, words, context):
            above |= heading
            name, code = context.names.region(heading.get("region", ""))
            headed = Facets(region=name, code=code, use=heading.get("category", ""))
            if read and (unit_name(read[1]) or measured):
                statements.append(
                    Statement(
                        facets=headed,
                        quantity=Quantity(read[0], unit_name(read[1]) or measured),
                        place=row[area.index].place,
                        words=_words(row, area),
                        list_name=_list_name(table),
                    ),
                )
            continue
        item = _item(row, words, above, read=read, unit=measured, table=table, area=area)
        if item is not None:
            items.append(item)
            since.append(item)
            above |= {k: v for k, v in (("region", item.region), ("category", item.category)) if v}
    return Reading(tuple(statements), tuple(items), without_unit=not measured)


def _list_name(table: TableBlock) -> str:
    lines = [w for w in table.caption.split("\n") if w and not _UNIT_NOTE.match(w)]
    return lines[0] if lines else str(table.place)


def _by_role(columns: Sequence[Column]) -> dict[str, Column]:
    by_role: dict[str, Column] = {}
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
        if bare and not _number(bare) and not cell.repeated:
            facets = _label(bare, context.names).facets
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
    texts = {c.text for c in row if c.text and not _number(c.text) and c.text != mark}
    if number.isdigit() or len(texts) != 1:
        return {}
    text = texts.pop()
    facets = _label(text, context.names).facets
    whole = _bare(text) in (facets.region, facets.use) or len(_bare(text)) < 12
    found = (("region", facets.region), ("category", facets.use))
    return {k: v for k, v in found if v} if whole else {}


def _item(
    row: Sequence[Cell],
    words: dict[str, str],
    above: dict[str, str],
    *,
    read: tuple[Decimal, str] | None,
    unit: str,
    table: TableBlock,
    area: Column,
) -> Item | None:
    name = words.get("name", "")
    location = words.get("location", "")
    if not (name or location) or (
        read is None and not words.get("number", "").strip(".、").isdigit()
    ):
        return None
    number = words.get("number", "").strip(".、 ")
    measured = (unit_name(read[1]) or unit) if read else ""
    return Item(
        number=int(number) if number.isdigit() else None,
        region=words.get("region", "") or above.get("region", ""),
        category=words.get("category", "") or above.get("category", ""),
        name=name,
        location=location,
        quantity=Quantity(read[0], measured) if read and measured else None,
        stage=words.get("stage", ""),
        source=words.get("source", ""),
        mode=words.get("mode", ""),
        period=words.get("period", ""),
        list_name=_list_name(table),
        place=row[area.index].place,
        words=" ".join(c.text for c in row if c.text and not c.repeated),
    )
