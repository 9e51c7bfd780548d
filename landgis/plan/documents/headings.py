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
from functools import cache, lru_cache
from itertools import combinations, islice, pairwise
from math import prod
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
_ENDS_IN_UNIT = re.compile(rf"{IN_UNIT.pattern}$")
_SUM = re.compile(r".*(?:小计|合计|总计|总量|总面积|总规模|总供应量)(?:（.*）)?|计|面积")
_SUBTOTALS = ("小计", "计", "合计")
_SPLITS = {
    "source": re.compile("(?:其中：?)?(?:新增|存量|增量|盘活)"),
    "mode": re.compile("(?:其中：?)?(?:出让|划拨|协议|招拍挂|有偿|租赁(?!住|房|型|类))"),
    "time": re.compile("(?:第?[一二三四]季度|[上下]半年)"),
}
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


# --- headings broken over lines ----------------------------------------------------------------

_PLAN = (
    r"(?:20\d\d年?|年度|本年|国有|建设|用地|土地|计划|规划|拟|总|供应|供地|出让|安排|需求|其中|各类"
    "|全[市区县])*"
)
_HEADING = re.compile(
    r"(?!.*(..).*\1)(?:"  # no 用地 or 供应 twice
    # what the rows are
    r"(?:用地|土地|行政|计划|规划|区域|所在|主要|其中|[按分一二三]级?)*(?:类型|类别|用途|性质|分类|地类|区域|区划|区县|县区|县市区?|市县区?|辖区"
    r"|片区|板块|组团|乡镇|镇街|街镇|镇|街道|区|县|市|单位|项目|指标|名称|结构|来源|方式|序号|编号|备注|说明|位置|类)(?:划?分)?"
    # how much, of which land, when
    rf"|{_PLAN}(?:面积|规模|总量|数量|指标|任务|供应量|供地量|量)|(?:供应|供地|年度)计划|[合总小共]?计"
    rf"|(?:其中)?(?:新增|存量|增量|盘活|有偿使用|招拍挂|协议|划拨|出让){_PLAN}(?:面积|规模|总量|数量)?"
    rf"|(?:所?占)?{_PLAN}(?:占比|比例|比重|百分比)|占.{{0,8}}[%％比]|[%％]|(?:计划|拟)(?:供应|供地|安排)"
    r"|.{0,4}(?:[宗套户人栋]数|地块数|方式|主体|时间)|(?:第?[一二三四]季度|[上下]半年))"
)
_PLACE = re.compile(r"[\u4e00-\u9fff]{2,8}(?:[区县市旗镇乡]|街道|片区|新城|组团|本级)")
_JOINT = re.compile("[及和与、]|以及")
_TAIL = re.compile(rf"(?!用地){_PLAN}(?:面积|规模|总量|数量|[小合]计|供应量|量)$")
_ASIDE = re.compile(r"（[^（）]*）|\([^()]*\)|^其中：?|\s")
_MAX_PIECES = 4  # of a heading
_MAX_HEAD_WORDS = 40
_MAX_STATES = 5_000  # of how far each line of headings is read
_A_JOINT = 0.01  # a heading is whole rather than joined
_KNOWN_APART = 0.2  # and not joined of what are headings by themselves, but for their number


_Joined = tuple[float, tuple[tuple[int, int], ...]]  # what it costs, and where each is joined


@lru_cache(maxsize=4096)
def is_heading(text: str) -> bool:
    """Whether words are a heading that is whole, as those of uses, sums, places and labels are.

    Examples
    --------
    >>> is_heading("其中：住宅用地面积（公顷）"), is_heading("储用地"), is_heading("供应总量")
    (True, False, True)
    """
    bare = _ASIDE.sub("", text)
    measured = bool(bare) and bool(_ENDS_IN_UNIT.search(text))
    return measured or _certainty(bare) > 0 or bool(_PLACE.fullmatch(bare))


def _certainty(bare: str) -> int:
    """Give 3 for the name of a use, 2 for other headings, 1 for a name of several, 0 for none."""
    if _use_of(bare):
        return 3
    if _HEADING.fullmatch(bare) or unit_name(bare):
        return 2
    parts = _JOINT.split(_TAIL.sub("", bare))
    ends = ("", *(end for end in ("住房", "用地") if parts[-1].endswith(end)))
    return int(len(parts) > 1 and all(any(canonical(p + end) for end in ends) for p in parts))


def _use_of(bare: str) -> str:
    """Give the use that a heading names, as it names it: 住宅用地 of 住宅用地面积; "" for none."""
    ends = (len(bare), *(m.start() for m in _TAIL.finditer(bare, 1)))
    return next((bare[:end] for end in ends if canonical(bare[:end])), "")


def whole_headings(
    parts: Sequence[str], count: int = 0, *, eager: bool = False
) -> list[tuple[int, int]]:
    """Join pieces of headings that only together are one; give where each begins and ends.

    Parameters
    ----------
    count
        How many there must be, if that is known; nothing is given where they cannot.
    eager
        Whether to join, too, what are headings apart and one use together: 工矿, 仓储用地.

    Examples
    --------
    >>> parts = ["区域", "工矿仓", "储用地", "住宅", "用地", "合计"]
    >>> ["".join(parts[a:b]) for a, b in whole_headings(parts)]
    ['区域', '工矿仓储用地', '住宅用地', '合计']
    """
    best: list[dict[int, _Joined]] = [{0: (0.0, ())}]
    for end in range(1, len(parts) + 1):
        ways: dict[int, _Joined] = {}
        for begin in range(max(0, end - _MAX_PIECES), end):
            cost = _cost(tuple(parts[begin:end]), eager=eager)
            for n, (before, spans) in best[begin].items() if cost is not None else ():
                way = (before + (cost or 0), (*spans, (begin, end)))
                told = n + (count > 0)
                ways[told] = min(ways.get(told, way), way)
        best.append(ways)
    return list(best[-1].get(count, (0.0, ()))[1])


@lru_cache(maxsize=16_384)
def _cost(parts: tuple[str, ...], *, eager: bool) -> float | None:
    """Give what it costs to take pieces for one heading; None where they are none."""
    if len(parts) == 1:
        return float(not is_heading(parts[0]))
    whole = _ASIDE.sub("", "".join(parts))
    certain = _certainty(whole)
    opens = parts[-1][0] == "（" or parts[-2].count("（") > parts[-2].count("）")
    in_brackets = opens and _ENDS_IN_UNIT.search("".join(parts))
    if not (certain or in_brackets):
        return None
    apart = _KNOWN_APART * all(map(is_heading, parts))
    if apart and len(_ASIDE.sub("", "".join(parts[:-1]))) >= len(_use_of(whole)):
        return None  # 住宅用地, 小计
    apart = -apart if eager else apart
    return _A_JOINT * (len(parts) + 3 - certain) + apart


def whole_lines(lines: Sequence[Sequence[str]], *, eager: bool = False) -> list[list[str]]:
    """Join headings of which some go on in the lines below; give those of each level.

    Examples
    --------
    >>> whole_lines([["区域", "公共管理与", "住宅用地", "合计"], ["公共服务用地"]])
    [['区域', '公共管理与公共服务用地', '住宅用地', '合计']]
    """
    many = sum(map(len, lines)) > _MAX_HEAD_WORDS or prod(len(n) + 1 for n in lines) > _MAX_STATES
    if len(lines) < 2 or many:
        return [list(line) for line in lines]
    upper, lower = lines[0], lines[1:]
    at = [0] * len(lower)
    whole: list[str] = []
    below = [list[str]() for _ in lower]
    for step in _steps(upper, lower, eager=eager):
        taken = [lower[k][at[k]] for k in step.lines]
        for k in step.lines:
            at[k] += 1
        if step.below:
            below[step.lines[0]] += taken
        else:
            whole.append("".join((upper[len(whole)], *taken)))
    return [whole, *whole_lines([line for line in below if line], eager=eager)]


class _Step(NamedTuple):
    """What the next heading of a level takes of the lines below, or one of a level below it."""

    below: bool
    lines: tuple[int, ...]


def _steps(
    upper: Sequence[str], lower: Sequence[Sequence[str]], *, eager: bool
) -> tuple[_Step, ...]:
    """Find how headings go on in the lines below so that the fewest are left in pieces."""

    @cache
    def best(i: int, at: tuple[int, ...]) -> tuple[float, tuple[_Step, ...]]:
        left = [k for k, begin in enumerate(at) if begin < len(lower[k])]
        ways = [] if left or i < len(upper) else [(0.0, tuple[_Step, ...]())]
        taken = [c for n in range(len(left) + 1) for c in combinations(left, n)]
        for lines in taken if i < len(upper) else ():
            cost = _cost((upper[i], *(lower[k][at[k]] for k in lines)), eager=eager)
            if cost is not None:
                step = tuple(n + (k in lines) for k, n in enumerate(at))
                more, told = best(i + 1, step)
                ways.append((cost + more, (_Step(False, lines), *told)))
        for k in left:
            step = tuple(n + (k == m) for m, n in enumerate(at))
            more, told = best(i, step)
            cost = float(not is_heading(lower[k][at[k]]))
            ways.append((cost + more, (_Step(True, (k,)), *told)))
        return min(ways)

    return best(0, (0,) * len(lower))[1]


# --- headings over columns ---------------------------------------------------------------------


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
    return prove(way, rows), kinship(way)


def kinship(way: Sequence[Path]) -> int:
    """Count the uses that stand under their own, less those that stand under others.

    Examples
    --------
    >>> kinship([("区",), ("住宅用地", "商品住房"), ("住宅用地", "小计")])
    1
    """
    return sum(_kinship(a, b) for path in way for a, b in pairwise(path))


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
    splits: dict[str, list[int]] = {}
    for i, node in enumerate(nodes):
        if i != whole and counted[i]:
            splits.setdefault(_split_of(node[0][1][depth:]), []).extend(totals[i])
    several = [parts for parts in splits.values() if len(parts) > 1] or splits.values()
    found += [SumColumn(nodes[whole][0][0], tuple(parts)) for parts in several]
    return (nodes[whole][0][0],)


def _split_of(path: Path) -> str:
    """Say by what a column parts the whole: its uses, or by source, manner or time once more."""
    return next((kind for kind, said in _SPLITS.items() if any(map(said.match, path))), "")


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
    pairs = [(_decimal(m[1]), _decimal(m[3] or m[5])) for m in cells]
    return units if same_areas(pairs, units) else None


def _decimal(text: str) -> Decimal:
    return Decimal(re.sub("[,，]", "", text))


def same_areas(pairs: Sequence[tuple[Decimal, Decimal]], units: tuple[str, str]) -> bool:
    """Whether most pairs of numbers are one area in the two units.

    Examples
    --------
    >>> same_areas([(Decimal("2.5"), Decimal("37.5"))], ("公顷", "亩"))
    True
    """
    ratio = M2_PER_UNIT[units[0]] / M2_PER_UNIT[units[1]]
    right = 0
    for one, other in pairs:
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
