"""Lists of plots as they are pasted: a field a line, or the fields of a plot parted by slashes.

Most of their columns are words, so that no sums prove how a row is cut; but their headings name
what every list of plots has (位置, 用途, 面积), and how many they are is how wide a row is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from landgis.plan.documents.blocks import Block, Cell, Paragraph, TableBlock
from landgis.plan.documents.layout import UNIT_NOTE, caption_above

_OF_PLOT = "(?:地块|宗地|项目|出让|土地|用地|规划|建设|片区)*"
_UNIT = "(?:公顷|万?亩|万?平方米|㎡|m²|平方公里)"
_NAMED = rf"{_OF_PLOT}(?:编号|名称|位置|[坐座]落|四至|区位|地点|范围)|地块|宗地|项目"
_AREA = (
    rf"(?:{_OF_PLOT}(?:占地|净|总|供地|拟?供应)*面积|面积)"
    rf"(?:\s*[（(][^（()）]*{_UNIT}[^（()）]*[)）])?"
)
_OTHER = (
    rf"序号|{_OF_PLOT}(?:用途|性质|类型|方式|条件)|所[在属]?(?:区县?|区域|街道|镇街|板块)|区域|属地|行政区|"
    r"[^，。；：\d]{0,6}(?:容积率|密度|绿地率|时间|时序|季度|月份|方式|主体|单位|人|价|率|备注|年限|状态|进度)"
    r"(?:[（(][^（()）]{1,8}[)）])?"
)
_HEADS = tuple(re.compile(p) for p in (_NAMED, _AREA, _OTHER))
_PART = re.compile(r"\s+[/／|｜]\s+|\s*[｜|]\s*")
_NUMBER = re.compile(r"约?\d[\d,，]{0,12}(?:\.\d{1,4})?")
_TOTAL = re.compile(r"[小合总]\s*计")
_FIELD_BELOW = re.compile(r"\s*([^\s：:，。]{2,8})[：:]\s*(\S[^。]{0,40})")
_MOST_WORDS = 44
_LEAST_HEADS, _MOST_HEADS = 3, 12
_LEAST_ROWS = 2


def list_records(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Make tables of the lists of plots among the paragraphs of a document.

    Examples
    --------
    >>> from landgis.plan.documents.blocks import Place
    >>> told = ["位置", "用途", "面积（亩）", "桥东路北", "住宅", "30", "站前街", "商服", "12.5"]
    >>> lines = [Paragraph(t, Place(line=i)) for i, t in enumerate(told, 1)]
    >>> list_records(lines)[-1].texts()
    [['位置', '用途', '面积（亩）'], ['桥东路北', '住宅', '30'], ['站前街', '商服', '12.5']]
    """
    whole: list[Block] = []
    at = 0
    while at < len(blocks):
        rows, behind = _by_slashes(blocks, at)
        if not rows:
            rows, behind = _by_lines(blocks, at)
        block = blocks[at]
        if rows and isinstance(block, Paragraph) and _has_unit(rows[0], caption_above(whole)):
            whole.append(TableBlock(tuple(map(tuple, rows)), caption_above(whole), block.place))
            at = behind
        else:
            whole.append(block)
            at += 1
    return tuple(whole)


def _kind(text: str) -> int:
    """Give which kind of heading a word is, from 1; 0 for none."""
    bare = re.sub(r"\s", "", text) if len(text) <= _MOST_WORDS else ""
    return next((i for i, head in enumerate(_HEADS, 1) if head.fullmatch(bare)), 0)


def _is_head(words: Sequence[str]) -> bool:
    """Whether words are the headings of a list of plots: names, one area, and others."""
    kinds = [_kind(w) for w in words]
    fits = _LEAST_HEADS <= len(words) <= _MOST_HEADS and all(kinds) and 1 in kinds
    return fits and kinds.count(2) == 1


def _has_unit(head: Sequence[Cell], caption: str) -> bool:
    told = "".join(cell.text for cell in head)
    return bool(re.search(_UNIT, told) or UNIT_NOTE.search(caption))


def _cell(line: Paragraph, text: str = "") -> Cell:
    shown = text or line.text.strip()
    printed = line.printed.strip() if not text and line.printed.strip() != shown else None
    return Cell(shown, line.place, as_printed=printed, how=line.how, confidence=line.confidence)


def _by_lines(blocks: Sequence[Block], at: int) -> tuple[list[list[Cell]], int]:
    """Read a list of a field a line from its headings, and give where it ends."""
    heads = list(takewhile(lambda b: bool(_kind(b.text)), _lines(blocks, at, _MOST_HEADS)))
    width = len(heads)
    if not _is_head([b.text for b in heads]):
        return [], at
    column = next(i for i, b in enumerate(heads) if _kind(b.text) == 2)
    rows = [[_cell(b) for b in heads]]
    at += width
    while True:
        row = list(_lines(blocks, at, width))
        fits = len(row) == width and all(len(b.text) <= _MOST_WORDS for b in row)
        if fits and _NUMBER.fullmatch(row[column].text.strip()):
            rows.append([_cell(b) for b in row])
            at += width
            continue
        if len(row) > 1 and _TOTAL.fullmatch(row[0].text) and _NUMBER.fullmatch(row[1].text):
            rows.append(_sum_row(row, width, column))
            at += 2
        return (rows, at) if len(rows) > _LEAST_ROWS else ([], at)


def _sum_row(row: Sequence[Paragraph], width: int, column: int) -> list[Cell]:
    empty = Cell("", row[0].place)
    told = {0: _cell(row[0]), column: _cell(row[1])}
    return [told.get(c, empty) for c in range(width)]


def _lines(blocks: Sequence[Block], at: int, most: int) -> Iterator[Paragraph]:
    for block in blocks[at : at + most]:
        if not isinstance(block, Paragraph):
            return
        yield block


def _by_slashes(blocks: Sequence[Block], at: int) -> tuple[list[list[Cell]], int]:
    """Read a list whose fields slashes part, and fields that stand below a row (用途：住宅)."""
    head = blocks[at]
    if not isinstance(head, Paragraph) or not _is_head(_PART.split(head.text.strip())):
        return [], at
    names = _PART.split(head.text.strip())
    rows: list[list[Cell]] = []
    below: list[dict[str, Cell]] = []
    for behind in range(at + 1, len(blocks) + 1):
        line = blocks[behind] if behind < len(blocks) else None
        parts = _PART.split(line.text.strip()) if isinstance(line, Paragraph) else []
        field = _FIELD_BELOW.fullmatch(line.text) if isinstance(line, Paragraph) else None
        if isinstance(line, Paragraph) and len(parts) == len(names) and not _is_head(parts):
            rows.append([_cell(line, p) for p in parts])
            below.append({})
        elif isinstance(line, Paragraph) and rows and field and _kind(field[1]):
            below[-1][field[1]] = _cell(line, field[2])
        else:
            break
    added = list(dict.fromkeys(name for told in below for name in told))
    table = [
        [*row, *(told.get(name, replace(row[0], text="")) for name in added)]
        for row, told in zip(rows, below, strict=True)
    ]
    top = [_cell(head, name) for name in (*names, *added)]
    return ([top, *table], behind) if len(rows) >= _LEAST_ROWS else ([], at)
