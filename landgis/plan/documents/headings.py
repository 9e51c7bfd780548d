"""Which heading stands over which column, when copying has torn the headings from their columns.

Copied as text, a heading that spans columns takes one place instead of several, and everything
after it moves to the left. How the headings of two or three levels can stand over so many columns
is a small number of ways; which of them is right the numbers tell: 小计 is the sum of what stands
beside it, 合计 the sum of all. So they tell, too, whether cells that say one area in two units,
30（450） under 单位：公顷（亩）, are two columns: each number then stands under its own heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, islice, pairwise
from typing import NamedTuple

from landgis.landuse import canonical, is_within
from landgis.plan.documents.blocks import Cell, TableBlock
from landgis.units import M2_PER_UNIT, UNIT_ALIASES, unit_name

MAX_WAYS = 5_000
PROVEN_SHARE = 0.8  # of the sums: a printed table may have an error of its own
PROVEN_ROWS = 2
FIRST_ROWS = 4

Path = tuple[str, ...]  # headings over a column, from the top
Numbers = Sequence[Decimal | None]

IN_UNIT = re.compile("（(?:公顷|万?亩|万?平方米|平方公里|%)）")
"""A heading's unit in brackets: 新增（亩）."""
_SUM = re.compile(r".*(?:小计|合计|总计|总量|总面积|总规模|总供应量)(?:（.*）)?|计|面积")
_SUBTOTALS = ("小计", "计", "合计")
_NO_PART = re.compile(r"占比|比例|比重|[%％]|[宗个套户栋人]数|数量|地块数|序号|备注|^其中")


class SumColumn(NamedTuple):
    """A column that is the sum of others."""

    whole: int
    parts: tuple[int, ...]


class Proof(NamedTuple):
    """How many sums of the rows hold, and how many do not (below 0, so that more is better)."""

    holds: int = 0
    fails: int = 0

    @property
    def is_given(self) -> bool:
        """Whether the numbers prove the columns."""
        tried = self.holds - self.fails
        return self.holds >= PROVEN_ROWS and self.holds >= PROVEN_SHARE * tried


def over_columns(
    options: Iterable[Sequence[Sequence[str]]], rows: Sequence[Numbers], labels: int
) -> list[Path] | None:
    """Find the headings over each column; None where the numbers do not tell.

    Parameters
    ----------
    options
        What the headings may be: those of each level from the top, in their order, without the
        places they span.
    rows
        The numbers of each row, one for each column; None where there is no number.
    labels
        Columns at the left that hold no figures; their headings span no others.

    Examples
    --------
    >>> rows = [[None, *map(Decimal, row)] for row in ((60, 40, 20, 5, 15), (60, 30, 30, 10, 20))]
    >>> heads = ["区", "合计", "工业", "住宅"], ["小计", "保障", "商品"]
    >>> over_columns([heads], rows, 1)
    [('区',), ('合计',), ('工业',), ('住宅', '小计'), ('住宅', '保障'), ('住宅', '商品')]
    """
    found = (way for levels in options for way in _ways(levels, len(rows[0]), labels))
    ways = list(islice(found, MAX_WAYS + 1))
    if len(ways) < 2:
        return ways[0] if ways else None
    if len(ways) > MAX_WAYS:
        return None
    for tried in (rows[:FIRST_ROWS], rows):  # a few rows leave few ways for the others to try
        ranked = sorted(((*_rank(way, tried), way) for way in ways), reverse=True)
        ways = [way for proof, _, way in ranked if proof == ranked[0][0]]
    proof, kin, best = ranked[0]
    if len(ways) > 1 and kin == ranked[1][1]:
        return None
    return best if proof.is_given or kin > 0 else None


def _rank(way: Sequence[Path], rows: Sequence[Numbers]) -> tuple[Proof, int]:
    """Rank a way by the sums that hold and fail, then by the uses that stand under their own."""
    return prove(way, rows), sum(_kinship(a, b) for path in way for a, b in pairwise(path))


def _kinship(above: str, below: str) -> int:
    """Give 1 for 住宅用地 over 商品住房, -1 for 商服用地 over it, 0 where words are unknown."""
    outer, inner = canonical(_bare(above)), canonical(_bare(below))
    if not (outer and inner) or outer == inner or _bare(below).startswith("其他"):
        return 0
    return 1 if is_within(inner, outer) else -1


def _bare(heading: str) -> str:
    return re.sub(r"（.*）|^其中：?", "", heading)


def _ways(levels: Sequence[Sequence[str]], width: int, labels: int) -> Iterator[list[Path]]:
    """Give every way in which headings can stand over so many columns."""
    if len(levels) == 1:
        if len(levels[0]) == width:
            yield [(heading,) for heading in levels[0]]
        return
    upper, lower = levels[0], levels[1:]
    if labels and "小计" in upper:  # it stands below another
        return
    below = sum(map(len, lower))
    for taken in range(2, width - labels + 1):  # columns under headings of the upper level
        groups = len(upper) - (width - taken)
        if not 0 < groups <= min(len(upper) - labels, taken, below):
            continue
        for inner in _ways(lower, taken, 0):
            yield from _under(upper, inner, groups, labels)


def _under(
    upper: Sequence[str], inner: Sequence[Path], groups: int, labels: int
) -> Iterator[list[Path]]:
    """Give the ways in which some headings of a level span columns of the level below."""
    cuts = [
        i for i in range(1, len(inner)) if inner[i][:1] != inner[i - 1][:1] or len(inner[i]) < 2
    ]
    for spanning in combinations(range(labels, len(upper)), groups):
        for chosen in combinations(cuts, groups - 1):
            spans = list(pairwise((0, *chosen, len(inner))))
            if not all(_is_group([path[0] for path in inner[a:b]]) for a, b in spans):
                continue
            over = dict(zip(spanning, spans, strict=True))
            way: list[Path] = []
            for i, heading in enumerate(upper):
                begin, end = over.get(i, (0, 0))
                way += [(heading, *path) for path in inner[begin:end]] or [(heading,)]
            yield way


def _is_group(headings: Sequence[str]) -> bool:
    """Whether headings can stand under one: several, with 小计 once at an end, if at all."""
    at = [i for i, heading in enumerate(headings) if heading in _SUBTOTALS]
    return len(headings) > 1 and (not at or at in ([0], [len(headings) - 1]))


def sums_of(way: Sequence[Path]) -> list[SumColumn]:
    """Tell from headings which columns are sums of which; those of another unit are none's.

    Examples
    --------
    >>> sums_of([("合计",), ("工业",), ("住宅", "小计"), ("住宅", "商品"), ("住宅", "保障")])
    [SumColumn(whole=2, parts=(3, 4)), SumColumn(whole=0, parts=(1, 2))]
    """
    found: list[SumColumn] = []
    _total(list(enumerate(way)), 0, found)
    units = ["".join(IN_UNIT.findall("".join(path))) for path in way]
    alike = (
        SumColumn(
            whole,
            tuple(i for i in parts if "" in (units[i], units[whole]) or units[i] == units[whole]),
        )
        for whole, parts in found
    )
    return [s for s in alike if s.parts]


def _total(
    columns: Sequence[tuple[int, Path]], depth: int, found: list[SumColumn]
) -> tuple[int, ...]:
    """Give the columns whose sum a group of columns is, and note the sums inside it."""
    if len(columns) == 1:
        return (columns[0][0],)
    nodes: list[list[tuple[int, Path]]] = []
    for column in columns:
        name = column[1][depth : depth + 1]
        if nodes and name and nodes[-1][0][1][depth : depth + 1] == name:
            nodes[-1].append(column)
        else:
            nodes.append([column])
    totals = [_total(node, depth + 1, found) if len(node) > 1 else (node[0][0],) for node in nodes]
    names = ["".join(node[0][1][depth : depth + 1]) for node in nodes]
    counted = [not any(map(_NO_PART.search, node[0][1][depth:])) for node in nodes]
    whole = next((i for i, n in enumerate(names) if len(nodes[i]) == 1 and _SUM.fullmatch(n)), None)
    if whole is None:
        _by_kind(nodes, names, depth, found)
        return tuple(c for total, ok in zip(totals, counted, strict=True) if ok for c in total)
    parts = [t for i, t in enumerate(totals) if i != whole and counted[i]]
    found.append(SumColumn(nodes[whole][0][0], tuple(c for part in parts for c in part)))
    return (nodes[whole][0][0],)


def _by_kind(
    nodes: Sequence[Sequence[tuple[int, Path]]],
    names: Sequence[str],
    depth: int,
    found: list[SumColumn],
) -> None:
    """Note the sums of 合计: 宗数, 面积 over the same columns of every other group."""
    whole = next((i for i, n in enumerate(names) if len(nodes[i]) > 1 and _SUM.fullmatch(n)), None)
    if whole is None:
        return
    inner = [path[depth + 1 :] for _, path in nodes[whole]]
    others = [
        node
        for i, node in enumerate(nodes)
        if i != whole and [path[depth + 1 :] for _, path in node] == inner
    ]
    for k, (column, _) in enumerate(nodes[whole]):
        found.append(SumColumn(column, tuple(node[k][0] for node in others)))


def prove(way: Sequence[Path], rows: Sequence[Numbers]) -> Proof:
    """Count in how many rows the sums that the headings promise hold."""
    holds = fails = 0
    for whole, every in sums_of(way):
        parts = _outer(every, way, rows)
        for row in rows:
            told = row[whole]
            given = [row[i] for i in parts]
            if told is None or not any(n is not None for n in given):
                continue
            if is_sum(told, [n for n in given if n is not None]):
                holds += 1
            else:
                fails -= 1
    return Proof(holds, fails)


def _outer(parts: Sequence[int], way: Sequence[Path], rows: Sequence[Numbers]) -> list[int]:
    """Leave out the columns behind a 小计 that it sums by the numbers: 产权小计, 商品, 共有."""
    outer: list[int] = []
    at = 0
    while at < len(parts):
        outer.append(parts[at])
        at += 1
        if not way[outer[-1]][-1].endswith("小计"):
            continue
        for end in range(len(parts), at, -1):
            if all(_sums(row, outer[-1], parts[at:end]) for row in rows):
                at = end
                break
    return outer


def _sums(row: Numbers, whole: int, parts: Sequence[int]) -> bool:
    told = row[whole]
    return told is not None and is_sum(told, [row[i] or Decimal(0) for i in parts])


def is_sum(whole: Decimal, parts: Sequence[Decimal]) -> bool:
    """Whether numbers add up to another, but for the rounding of each.

    Examples
    --------
    >>> is_sum(Decimal("10.0"), [Decimal("3.3"), Decimal("6.6")])
    True
    """
    exponents = [n.as_tuple().exponent for n in (whole, *parts)]
    decimals = min(-e for e in exponents if isinstance(e, int))
    slack = Decimal(1).scaleb(-decimals) * (len(parts) + 1) / 2 if len(parts) > 1 else Decimal(0)
    if decimals <= 0:
        slack = Decimal(0)  # whole numbers are counted, not rounded
    return abs(whole - sum(parts, Decimal(0))) <= slack


# --- columns of two units ----------------------------------------------------------------------

AGREEING = 0.8  # share of the cells: a printed table may have an error of its own
NEAR = Decimal("0.01")  # relative, for numbers that were rounded

_UNIT = "|".join(sorted(map(re.escape, {*M2_PER_UNIT, *UNIT_ALIASES}), key=len, reverse=True))
_PAIR = re.compile(
    rf"(?:单位\s*[：:]\s*)?[（(]?\s*({_UNIT})\s*[（(/／、]\s*({_UNIT})\s*[）)]*", re.IGNORECASE
)
_NUMBER = r"(\d[\d,，]{0,19}(?:\.\d{1,10})?)"
_ONE = re.compile(rf"{_NUMBER}\s*({_UNIT})?")
_TWO = re.compile(
    rf"{_NUMBER}\s*({_UNIT})?\s*"
    rf"(?:[（(]\s*(?:折?合|约|即|折)*{_NUMBER}\s*({_UNIT})?\s*[）)]|[/／]\s*{_NUMBER}\s*({_UNIT})?)"
)


def part_units(table: TableBlock) -> TableBlock:
    """Part the columns of a table whose cells hold an area in two units.

    Examples
    --------
    >>> from landgis.plan.documents.blocks import Place
    >>> rows = ["用途", "面积"], ["商服", "2（30）"], ["住宅", "4（60）"]
    >>> cells = tuple(tuple(Cell(text, Place()) for text in row) for row in rows)
    >>> table = part_units(TableBlock(cells, "单位：公顷（亩）", Place()))
    >>> [[cell.text for cell in row] for row in table.rows]
    [['用途', '面积（公顷）', '面积（亩）'], ['商服', '2', '30'], ['住宅', '4', '60']]
    """
    head = _first_row(table)
    if not head:
        return table
    units = [_units(table, head, column) for column in range(table.shape[1])]
    if not any(units):
        return table
    rows = tuple(
        tuple(
            part
            for cell, pair in zip(row, units, strict=True)
            for part in (_parts(cell, pair, r - head) if pair else (cell,))
        )
        for r, row in enumerate(table.rows)
    )
    return replace(table, rows=rows)


def _first_row(table: TableBlock) -> int:
    """Find the first row of numbers, if some of the cells hold two; else 0."""
    rows = table.rows
    first = next((i for i, row in enumerate(rows) if any(_two(c) for c in row)), 0)
    while first > 1 and any(_ONE.fullmatch(c.text) for c in rows[first - 1]):
        first -= 1
    return first


def _two(cell: Cell) -> tuple[str, str] | None:
    found = _TWO.fullmatch(cell.text)
    return (found[1], found[3] or found[5]) if found else None


def _units(table: TableBlock, head: int, column: int) -> tuple[str, str] | None:
    """Give the two units of a column, where they are named and its numbers agree with them."""
    heading = " ".join(row[column].text for row in table.rows[:head])
    named = _PAIR.search(heading) or _PAIR.search(table.caption)
    cells = [m for row in table.rows[head:] if (m := _TWO.fullmatch(row[column].text))]
    own = {(m[2] or "", m[4] or m[6] or "") for m in cells}
    told = own if len(own) == 1 and all(*own) else {(named[1], named[2])} if named else set()
    if not cells or not told:
        return None
    ((one, other),) = told
    units = unit_name(one) or "", unit_name(other) or ""
    return units if _agree([(m[1], m[3] or m[5]) for m in cells], units) else None


def _agree(pairs: Sequence[tuple[str, str]], units: tuple[str, str]) -> bool:
    """Whether most pairs of numbers are one area in the two units."""
    ratio = M2_PER_UNIT[units[0]] / M2_PER_UNIT[units[1]]
    right = 0
    for pair in pairs:
        one, other = (Decimal(re.sub("[,，]", "", text)) for text in pair)
        expected = one * ratio.numerator / ratio.denominator
        right += abs(expected - other) <= max(Decimal(1), NEAR * expected)
    return right >= AGREEING * len(pairs)


def _parts(cell: Cell, units: tuple[str, str], row: int) -> tuple[Cell, Cell]:
    """Part a cell of such a column; ``row`` is counted from the first below the headings."""
    printed = cell.printed
    if row < -1:
        return cell, replace(cell, repeated=True, as_printed="")
    if row == -1:
        name = _PAIR.sub("", cell.text)
        one, other = (f"{name}（{unit}）" for unit in units)
    else:
        one, other = _two(cell) or (cell.text, "")
    second = replace(cell.place, part=2) if other and row >= 0 else cell.place
    own = replace(cell, text=other, place=second, as_printed=None if row >= 0 else "")
    return replace(cell, text=one, as_printed=printed), own
