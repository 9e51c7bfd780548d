"""Tables that copying has flattened into lines, put together again where it is certain how.

From a browser or a PDF a table is often pasted as words with spaces between, or one cell a line;
headings that span columns lose their place. A run of such lines is made a table where its rows
have one shape and its headings fit them in one way, or where row and column sums prove which of
several ways is right. Anything else stays as the text that it is, and is told.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import chain, combinations, islice, pairwise, product
from typing import NamedTuple
from unicodedata import category

from landgis.findings import Finding, Verdict
from landgis.landuse import canonical, is_within
from landgis.plan.documents.blocks import READING, Block, Cell, Paragraph, Place, TableBlock
from landgis.plan.documents.headings import (
    IN_UNIT,
    PROVEN_SHARE,
    Path,
    Proof,
    SumColumn,
    is_heading,
    is_sum,
    kinship,
    over_columns,
    part_units,
    prove,
    sums_of,
    whole_headings,
    whole_lines,
)
from landgis.plan.documents.layout import (
    CAPTION_LINES,
    HEADER,
    TITLE,
    UNIT_NOTE,
    caption_above,
    is_note,
)

MAX_LINE = 160
MAX_RUN = 20_000  # lines
MAX_WORD = 30
MAX_WIDTH = 30
MAX_PLACEMENTS = 5_000
MIN_ROWS = 2
MIN_LOST = 4  # numbers without any words, from which a run is told as a table that fell apart
HEAD_LINES = 3
BROKEN_LINES = 5  # of headings that go on in the next
MIN_PAIRS = 3
MIN_CELLS = 4  # of a row whose cells are lines
MAX_JOINED = 3  # headings that go on in a second line
MAX_HEADS = 12  # headings more than columns

_NUMBER = re.compile(
    r"(?:约?-?\d[\d,，]{0,19}(?:\.\d{1,10})?|\.\d{1,10})(?:[%％]|万?亩|公顷|平方米|平方公里)?"
    r"(?:（\d[\d,，]{0,19}(?:\.\d{1,10})?）)?"
)
_REPLACED = re.compile(rf"(?:{_NUMBER.pattern})\s*(?:→|⇒|[-—=]+>)\s*(?={_NUMBER.pattern})")
_NOTHING = re.compile(r"[-—–－/\\]{1,3}|无|　")
_SENTENCE = re.compile(r"[。；！？]|，(?!\d{3}(?!\d))|(?<!其中)：\S")
_AREA = r"\d[\d,]{0,12}(?:\.\d{1,4})?\s?(?:公顷|万?亩|万?平方米|平方公里)"
_ONLY_AREA = re.compile(rf"约?{_AREA}(?: \d{{1,3}}(?:\.\d{{1,2}})?[%％])?")
_ONLY_NUMBER = re.compile(r"\d[\d,]{0,12}(?:\.\d{1,4})?")
_ONLY_UNIT = re.compile("公顷|万?亩|万?平方米|平方公里")
_THING = re.compile(r"([^\d，。；：、]{1,14})(\d[\d,]{0,12}(?:\.\d{1,4})?)(?=[、，；。]|$)")
_LIST_OF_THINGS = re.compile(rf"[^\d，。；：、]{{2,16}}：(?:{_THING.pattern}[、，]?){{2,}}[；。]?")
_HEAD_OF_AREA = re.compile(r"[^\d，。；：:（()）]{2,20}(?<!面积)")
_NUMBERED = re.compile(rf"(?!{_AREA})\d{{1,2}}(?:\.\d{{1,2}}){{1,2}} ?[^\s\d%％]+")
"""A heading: 2.6 分区分用途指标."""
_AROUND_HEADS = re.compile(r"^[（(]?(?:表头|列名|项目|格式)?：?|[）)：]$")
_BETWEEN_HEADS = re.compile(r"\s*[/／、，,；]\s*|\s+")
_SENTENCE_SIGN = re.compile("[。；，]")
_PAIR = re.compile(
    r"(?:(?<=\s)|^)[^\s：\d]{2,24}：(?:[^\s：\d]{2,24}：)?\s?(?:\d[\d,]{0,12}(?:\.\d{1,8})?|\.\d{1,8})"
    r"(?:%|万?亩|公顷|平方米|平方公里|年)?(?=\s|$)"
)
_TOTAL = re.compile(
    r"[\u4e00-\u9fff]{0,4}(?:合计|总计|共计|小计)(?:（.*）)?|计|全[市区县州省旗盟](?:（.*）)?"
)
_PAGE_NUMBER = re.compile(r"[-—–·]\s*\d{1,4}\s*[-—–·]|第\s?\d{1,4}\s?页(?:\s?共\s?\d{1,4}\s?页)?")
_A_LABEL = re.compile(r"[\u4e00-\u9fff]{2,12}(?:（[^（）]{1,8}）)?")
_PLACE_END = re.compile(r"^[\u4e00-\u9fff]{1,8}(?:[区县市旗镇乡]|街道|新城|片区|组团|本级)$")
_LABEL_HEAD = re.compile(
    r"[区县市镇乡街][别名]|[县区市乡镇旗]（[县区市乡镇街道旗、]+）|组团|用途|类别|类型|地类|分类|性质|区域|区划|政区|地区|[一二三]级|区县|县区|县市|乡镇|镇街|街道|辖区|片区|名称"
    r"|项目|指标|序号|单位|板块|城市|地块|编号|^用地$|^[市县区镇]$"
)
_FIGURE_HEAD = re.compile(r"用地|住房|[小合总]计|总量|存量|新增|[一二三四]季度|公顷|亩")


class Word(NamedTuple):
    """A word of a line that stands by itself: a heading, a label, or a number."""

    cell: Cell
    value: Decimal | None
    is_number: bool

    @property
    def text(self) -> str:
        """Its words."""
        return self.cell.text


class _FlatTable(NamedTuple):
    """A table put together: headings over each column, rows of as many tokens, and the evidence."""

    way: list[Path]
    rows: list[list[Word | None]]
    proof: Proof


def put_together(blocks: Sequence[Block], name: str) -> tuple[tuple[Block, ...], list[Finding]]:
    """Make tables of runs of lines that were tables, and say which and which not.

    Parameters
    ----------
    blocks
        Paragraphs and tables of a document, in its order and in plain words.
    name
        The document's name, for the findings.

    Returns
    -------
    tuple
        The blocks, and a finding for each run that looks like a table.

    Examples
    --------
    >>> from landgis.plan.documents.blocks import Place
    >>> lines = "用途 面积（公顷）", "商服用地 30", "住宅用地 60", "合计 90"
    >>> paragraphs = [Paragraph(t, Place(line=i)) for i, t in enumerate(lines, 1)]
    >>> blocks, _ = put_together(paragraphs, "a.txt")
    >>> blocks[0].texts()
    [['用途', '面积（公顷）'], ['商服用地', '30'], ['住宅用地', '60'], ['合计', '90']]
    """
    whole: list[Block] = []
    told: list[Finding] = []
    run: list[Paragraph] = []
    pages: list[Paragraph] = []  # their numbers, which a table runs over
    for block in (*_one_a_line(_headed_areas([*_listed_rows(blocks)])), None):
        if run and isinstance(block, Paragraph) and _PAGE_NUMBER.fullmatch(block.text):
            pages.append(block)
            continue
        if isinstance(block, Paragraph) and _is_loose(block.text):
            run.append(block)
            continue
        _end_run(run, whole, told, name, below=block)
        whole += pages
        run, pages = [], []
        if block is not None:
            whole.append(
                _filled_down(
                    _realigned(_in_one_column(_outdented(_headed_above(block, whole[-1:]))))
                )
                if isinstance(block, TableBlock)
                else block
            )
    named = (_named_sums(_headed_pairs(b)) if isinstance(b, TableBlock) else b for b in whole)
    parted = (part_units(b) if isinstance(b, TableBlock) else b for b in named)
    return tuple(parted), told


def _listed_rows(blocks: Sequence[Block]) -> Iterator[Block]:
    """Make a table of lines that each list the same things: 东岭镇：住宅6、工业9；."""
    at = 0
    while at < len(blocks):
        end = at
        things: dict[str, None] = {}
        rows: list[tuple[Paragraph, dict[str, tuple[int, int]]]] = []
        while end < len(blocks) and (line := _listing(blocks[end])):
            row = {m[1]: m.span(2) for m in _THING.finditer(line.text)}
            if things and not set(row) & set(things):
                break
            things |= dict.fromkeys(row)
            rows.append((line, row))
            end += 1
        if len(rows) > MIN_ROWS and len(things) > 1:
            yield _table_of_lists(rows, list(things), caption_above(blocks[max(0, at - 3) : at]))
            at = end
        else:
            yield blocks[at]
            at += 1


def _listing(block: Block) -> Paragraph | None:
    """Give a line that lists numbers of several things after a name, if it is one."""
    if not isinstance(block, Paragraph) or not _LIST_OF_THINGS.fullmatch(block.text):
        return None
    things = [m[1] for m in _THING.finditer(block.text)]
    return block if 1 < len(things) == len(set(things)) else None  # each is a column


def _table_of_lists(
    rows: Sequence[tuple[Paragraph, Mapping[str, tuple[int, int]]]],
    things: Sequence[str],
    caption: str,
) -> TableBlock:
    """Lay out lines that list things, a column for each thing."""
    first = rows[0][0]
    heads = tuple(Cell(name, first.place, as_printed="") for name in ("区域", *things))
    body = [
        tuple(
            _token(line, *span, column).cell if span else Cell("", line.place)
            for column, span in enumerate(((0, line.text.index("：")), *map(row.get, things)), 1)
        )
        for line, row in rows
    ]
    return TableBlock((heads, *body), caption, first.place)


def _headed_areas(blocks: Sequence[Block]) -> Iterator[Block]:
    """Put a figure behind the line of words that heads it: 供应总量 | 742 | 公顷.

    So is a unit in brackets behind the heading of a column that it parts: 新增 | （亩）.
    """
    at = 0
    texts = [b.text if isinstance(b, Paragraph) else "" for b in (*blocks, None, None, None)]
    in_rows = _in_rows(texts)
    while at < len(blocks):
        head, parts = blocks[at], 0
        if at + 1 in in_rows:
            pass
        elif isinstance(head, Paragraph) and _HEAD_OF_AREA.fullmatch(head.text):
            if IN_UNIT.fullmatch(texts[at + 1]):
                yield replace(
                    head, text=head.text + texts[at + 1], as_printed=head.text + texts[at + 1]
                )
                at += 2
                continue
            parted = _ONLY_NUMBER.fullmatch(texts[at + 1]) and _ONLY_UNIT.fullmatch(texts[at + 2])
            parts = 2 if parted else 1 if _ONLY_AREA.fullmatch(texts[at + 1]) else 0
        if parts and isinstance(head, Paragraph) and not texts[at + parts + 1][:1].isdigit():
            text = f"{head.text}：{''.join(texts[at + 1 : at + parts + 1])}"
            yield replace(head, text=text, as_printed=text)
        else:
            parts = 0
            yield head
        at += parts + 1


def _in_rows(texts: Sequence[str]) -> set[int]:
    """Give the areas that stand in every fourth line or less often: cells of rows, no figures."""
    areas = [i for i, text in enumerate(texts) if _ONLY_AREA.fullmatch(text)]
    runs = [(a, b) for a, b, c in zip(areas, areas[1:], areas[2:]) if b - a == c - b >= MIN_CELLS]  # noqa: B905
    return {i for a, b in runs for i in (a, b, 2 * b - a)}


def _one_a_line(blocks: Iterable[Block]) -> Iterator[Block]:
    """Part a paragraph that is names and numbers side by side: 商服用地：30 住宅用地：60 …."""
    for block in blocks:
        text = block.text if isinstance(block, Paragraph) else ""
        begins = [] if _SENTENCE_SIGN.search(text) else [m.start() for m in _PAIR.finditer(text)]
        if not isinstance(block, Paragraph) or len(begins) < MIN_PAIRS:
            yield block
            continue
        for a, b in pairwise((0, *begins, len(block.text))):
            text = block.text[a:b]
            skip, rest = len(text) - len(text.lstrip()), text.strip()
            if rest:
                printed = block.printed[a + skip : a + skip + len(rest)]
                yield replace(block, text=rest, as_printed=printed if printed != rest else None)


def _headed_pairs(table: TableBlock) -> TableBlock:
    """Put headings over a table of names and numbers alone, whose first row else would be taken."""
    if table.shape[1] != 2 or len(table.rows) < MIN_ROWS:
        return table
    rows = [[_word(cell) for cell in row] for row in table.rows]
    if not all(bool(a.text) and not a.is_number and b.value is not None for a, b in rows):
        return table
    heads = tuple(Cell(text, table.place, as_printed="") for text in ("指标", "面积"))
    return replace(table, rows=(heads, *table.rows))


def _named_sums(table: TableBlock) -> TableBlock:
    """Let a bare 小计 say what it sums where that is a name above its rows, which they prove."""
    out = list(table.rows)
    group: Cell | None = None
    since: list[list[Decimal | None]] = []
    for at, row in enumerate(table.rows):
        words = [_word(cell) for cell in row]
        labels = [i for i, w in enumerate(words) if w.text and not (w.is_number or row[i].repeated)]
        if not _has_number(words):
            alone = len(labels) == 1 and at > 0
            group, since = (row[labels[0]] if alone else None), []
        elif group and labels and words[labels[0]].text == "小计":
            sums = [
                is_sum(word.value, [r[i] or Decimal(0) for r in since])
                for i, word in enumerate(words)
                if word.value is not None
            ]
            if len(since) > 1 < len(sums) and sum(sums) >= PROVEN_SHARE * len(sums):
                cell = row[labels[0]]
                said = replace(cell, text=f"{group.text}小计", as_printed=cell.printed)
                out[at] = tuple(said if i == labels[0] else c for i, c in enumerate(row))
            group = None
        else:
            since.append([word.value for word in words])
    return replace(table, rows=tuple(out))


def _headed_above(table: TableBlock, above: Sequence[Block]) -> TableBlock:
    """Take the headings of a table without any from the line above: 地区/住宅/商服/合计."""
    words = _BETWEEN_HEADS.split(_AROUND_HEADS.sub("", _text(above)))
    first = [_word(cell) for cell in table.rows[0]]
    numbers = sum(word.value is not None for word in first)
    if len(words) != len(first) or len(words) < MIN_PAIRS or 2 * numbers <= len(first):
        return table
    heads = tuple(Cell(word, table.place) for word in words)
    return replace(table, rows=(heads, *table.rows))


def _outdented(table: TableBlock) -> TableBlock:
    """Put a row that begins with empty cells, as parts of the one above do, under its headings.

    住宅 | 30 | 17%; | 商品房 | 24.
    """
    rows = [[_word(cell) for cell in row] for row in table.rows]
    body = [row for row in rows if _has_number(row)]
    figures = [2 * sum(row[c].is_number for row in body) > len(body) for c in range(table.shape[1])]
    out = []
    for row, words in zip(table.rows, rows, strict=True):
        begin = next((i for i, w in enumerate(words) if w.text), 0)
        moves = _has_number(words) and figures[begin] and not words[begin].is_number
        out.append((*row[begin:], *row[:begin]) if moves and begin == 1 else row)
    return replace(table, rows=tuple(out))


def _in_one_column(table: TableBlock) -> TableBlock:
    """Put the one number of each row in one column, whatever labels stand before it.

    So forms are pasted: 总量 | 60; 产权住宅用地 | 小计 | 40.
    """
    rows = [[_word(cell) for cell in row] for row in table.rows]
    last = [max((i for i, w in enumerate(row) if w.text), default=0) for row in rows]
    body = [i for i, row in enumerate(rows) if _has_number(row)]
    alone = all(sum(w.is_number for w in rows[i]) == 1 and rows[i][last[i]].is_number for i in body)
    if len(body) < MIN_PAIRS or not alone or len({last[i] for i in body}) == 1:
        return table
    moved = []
    for at, row in enumerate(table.rows):
        cells = list(row)
        if last[at] and (rows[at][last[at]].is_number or at < body[0]):
            cells[last[at]], cells[-1] = cells[-1], cells[last[at]]
        moved.append(tuple(cells))
    return replace(table, rows=tuple(moved))


def _realigned(table: TableBlock) -> TableBlock:
    """Put headings over their columns that copying as text with tabs has moved to the left."""
    rows = [[_word(cell) for cell in row] for row in table.rows]
    head = next((i for i, row in enumerate(rows) if _has_number(row)), 0)
    table = _with_parts_inside(table, head)
    levels = [[cell.text for cell in row if cell.text] for row in table.rows[:head]]
    flush = all(row[len(told) - 1].text for row, told in zip(table.rows, levels, strict=False))
    merged = any(cell.repeated for row in table.rows[:head] for cell in row)
    width = table.shape[1]
    if len(levels) < 2 or merged or len(levels[0]) == width:
        return table
    numbers = [[*_values(row), *[None] * (width - len(row))] for row in rows[head:]]
    labels = next(c for c in range(width) if any(row[c] is not None for row in numbers))
    way = over_columns([levels], numbers, labels)
    proven = way is not None and prove(way, numbers).is_given
    if way is None or not (
        flush or (proven and not prove(_as_placed(table, head), numbers).is_given)
    ):
        return table
    return replace(table, rows=(*_head_rows(way, table.place), *table.rows[head:]))


def _filled_down(table: TableBlock) -> TableBlock:
    """Say again in each row what merged cells at the left said once: 东山区 | 住宅; | 工业.

    So it is where the rows of several groups have the same labels behind.
    """
    rows = [[_word(cell) for cell in row] for row in table.rows]
    head = next((i for i, row in enumerate(rows) if _has_number(row)), 0)
    body = [
        row for row in rows[head:] if len(row) > 2 and not (row[0].is_number or row[1].is_number)
    ]
    inner = [row[1].text for row in body if row[1].text and not _TOTAL.fullmatch(row[0].text)]
    named = {row[0].text for row in body if row[0].text and not _TOTAL.fullmatch(row[0].text)}
    if len(named) < MIN_ROWS or len(set(inner)) == len(inner) or not (body and body[0][0].text):
        return table
    told: list[tuple[Cell, ...]] = list(table.rows[:head])
    above: Cell | None = None
    for row in table.rows[head:]:
        first = row[0]
        if first.text:
            above = None if _TOTAL.fullmatch(first.text) else first
        elif above and len(row) > 2 and row[1].text:
            first = replace(above, place=first.place, repeated=True)
        told.append((first, *row[1:]))
    return replace(table, rows=tuple(told))


def _with_parts_inside(table: TableBlock, head: int) -> TableBlock:
    """Move 其中 off the first column of its group, which is the group's own."""
    rows = [list(row) for row in table.rows[:head]]
    for above, row in pairwise(rows):
        for c in range(min(len(above), len(row)) - 1):
            own = row[c].text.startswith("其中") and above[c].text and not above[c].repeated
            if own and not (above[c + 1].text or row[c + 1].text):
                row[c], row[c + 1] = row[c + 1], row[c]
    return replace(table, rows=(*map(tuple, rows), *table.rows[head:]))


def _as_placed(table: TableBlock, head: int) -> list[Path]:
    """Give the headings over each column as their cells stand."""
    width = table.shape[1]
    levels: list[list[str]] = []
    for row in table.rows[:head]:
        level: list[str] = []
        for text in (*(cell.text for cell in row), *[""] * (width - len(row))):
            level.append(text or (level[-1] if level else ""))
        levels.append(level)
    return [tuple(dict.fromkeys(filter(None, path))) for path in zip(*levels, strict=True)]


# --- runs of lines ---------------------------------------------------------------------------


def _is_loose(text: str) -> bool:
    """Whether a line is words side by side, and no sentence, title or note of a unit."""
    told = bool(_SENTENCE.search(text) or UNIT_NOTE.search(text) or TITLE.search(text))
    told = told or is_note(text) or bool(_NUMBERED.fullmatch(text))
    told = told or (category(text[0]) == "So" and not re.search(r"\d", text))  # ◆供应结构
    return len(text) <= MAX_LINE and not told and all(len(w) <= MAX_WORD for w in text.split(" "))


def _end_run(
    run: Sequence[Paragraph],
    whole: list[Block],
    told: list[Finding],
    name: str,
    *,
    below: Block | None,
) -> None:
    """Add the blocks that a run of loose lines makes: its tables, and the lines around them.

    ``below`` is the block that follows, which may tell a unit.
    """
    lines = [_tokens(line) for line in run] if len(run) <= MAX_RUN else []
    start = 0
    while start < len(lines):
        begin, end = _span(lines, start)
        if end - begin < MIN_ROWS and _count_of_numbers(lines[begin:end]) < MIN_LOST:
            break
        grid, above = _grid(lines[start:end], begin - start)
        if grid is None:
            first, last = _pairs(lines[start:end])
            over = run[start + first - 1].text if start + first else _text(whole[-1:])
            measured = any(w.text[-1] in "顷亩米里" for w in lines[start + first] if w.is_number)
            if last and not (over.endswith("：") and measured):
                whole += run[start : start + first]
                table = _table_of_pairs(lines[start + first : start + last], whole, below)
                whole.append(table)
                told.append(_finding("pieced", "note", run[start + first : start + last], name))
                start += last
                continue
            lost = _is_lost(lines[begin:end])
            if lost:
                told.append(_finding("apart", "unknown", run[begin:end], name))
            whole += run[start:begin]
            whole += [replace(line, apart=lost) for line in run[begin:end]]
        else:
            whole += run[start : start + above]
            whole.append(_table(grid, caption_above(whole[-CAPTION_LINES:])))
            proven = grid.proof.is_given or _columns_add_up(grid.rows)
            kind = "proven" if proven else "pieced"
            told.append(_finding(kind, "note", run[start + above : end], name))
        start = end
    whole += run[start:]


def _count_of_numbers(lines: Iterable[Sequence[Word]]) -> int:
    return sum(token.value is not None for line in lines for token in line)


def _finding(kind: str, verdict: Verdict, run: Sequence[Paragraph], name: str) -> Finding:
    where = {"first": run[0].place.words, "last": run[-1].place.words}
    values = {**where, "words": run[0].printed[:MAX_WORD]}
    return READING.finding(kind, verdict, subject=name, values=values)


def _tokens(line: Paragraph) -> list[Word]:
    """Part a line into words, those put together that typing for show has parted (合 计).

    Bars are no words; a number and that which takes its place are one: 14200 → 13050.
    """
    spans: list[tuple[int, int]] = []
    replaced = [m.span() for m in _REPLACED.finditer(line.text)]
    for word in re.finditer(r"[^\s|｜│]+", line.text):
        begin, end = word.span()
        before = line.text[slice(*spans[-1])] if spans else ""
        goes_on = any(a < begin <= b for a, b in replaced)
        if before and (goes_on or _belongs(before, word.group())):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return [_token(line, begin, end, i) for i, (begin, end) in enumerate(spans, 1)]


def _belongs(before: str, word: str) -> bool:
    """Whether a word is the rest of the one before: a letter of 合 计, a bracket behind."""
    if _NUMBER.fullmatch(word) or _NOTHING.fullmatch(word):
        return False
    if _NUMBER.fullmatch(before):
        return bool(re.fullmatch(r"（[\d.,，]+）", word))
    return word[0] in "（(" or (len(word) == 1 and len(before) < 4 and len(before) == 1)


def _word(cell: Cell) -> Word:
    """Take a cell for the number that it is, without its unit, or for words."""
    text = _REPLACED.sub("", cell.text)
    digits = _NUMBER.fullmatch(text) and re.match(r"约?(-?[\d,，]*(?:\.\d+)?)", text)
    value = Decimal(re.sub("[,，]", "", digits[1])) if digits else None
    return Word(cell, value, value is not None or bool(_NOTHING.fullmatch(cell.text)))


def _token(line: Paragraph, begin: int, end: int, column: int) -> Word:
    text = re.sub(r"\s", "", line.text[begin:end])
    printed = line.printed[begin:end] if line.printed[begin:end] != text else None
    place = replace(line.place, column=column) if line.place.line else line.place
    return _word(Cell(text, place, as_printed=printed, how=line.how, confidence=line.confidence))


def _span(lines: Sequence[Sequence[Word]], start: int) -> tuple[int, int]:
    """Give the lines from the first to behind the last number of what may be the next table.

    Below its numbers, several words in a line without a number are another table's headings, but
    for those that repeat its own.
    """
    begin = next((i for i in range(start, len(lines)) if _has_number(lines[i])), len(lines))
    end = begin
    heads = [_texts(line) for line in lines[max(start, begin - HEAD_LINES) : begin]]
    for i in range(begin, len(lines)):
        empty = len(lines[i]) > 1 and all(t.is_number for t in lines[i][1:])  # 崇文区 — — —
        if empty or _has_number(lines[i]):
            end = i + 1
            continue
        headed = len(lines[i]) > 1 and _texts(lines[i]) not in heads
        if headed or (len(lines[begin]) > 1 and _opens(lines[i : i + 2])):
            break
    return begin, end


def _opens(lines: Sequence[Sequence[Word]]) -> bool:
    """Whether two lines are no heading within a table of lines, but open one of a cell a line."""
    ends = bool(lines[0]) and lines[0][-1].text.endswith("：")
    return ends or (len(lines) > 1 and all(len(n) == 1 and n[0].value is None for n in lines))


def _has_number(line: Sequence[Word]) -> bool:
    return any(token.value is not None for token in line)


def _texts(line: Iterable[Word]) -> list[str]:
    return [token.text for token in line]


def _is_lost(lines: Sequence[Sequence[Word]]) -> bool:
    """Whether numbers without units stand about as they do when a table has fallen apart."""
    bare = [t.value for line in lines for t in line if t.value is not None and t.text[-1].isdigit()]
    in_order = all(b - a == 1 for a, b in pairwise(bare))  # the pages of a site: 1 2 3 4 5
    return len(bare) >= MIN_LOST and not in_order


def _text(blocks: Sequence[Block]) -> str:
    return "".join(block.text for block in blocks if isinstance(block, Paragraph))


def _pairs(lines: Sequence[Sequence[Word]]) -> tuple[int, int]:
    """Find the lines that are names of uses or places and their numbers alone, by turns; or 0, 0.

    The name may stand on the number's line or on one of its own, without any heading above; below
    the first it may be any on the line of its number.
    """
    best = (0, 0)
    for begin in range(len(lines)):
        if begin and begin < best[1]:
            continue
        words = [(i, word) for i, line in enumerate(lines[begin:], begin) for word in line]
        count = 0
        for (i, a), (k, b) in zip(words[::2], words[1::2], strict=False):
            named = _is_name(a.text) or (count and i == k and _A_LABEL.fullmatch(a.text))
            if not (named and b.value is not None):
                break
            count += 1
        while count and 2 * count < len(words) and words[2 * count][0] == words[2 * count - 1][0]:
            count -= 1  # a line goes on
        end = words[2 * count - 1][0] + 1 if count else 0
        if count >= MIN_PAIRS and end - begin > best[1] - best[0]:
            best = (begin, end)
    return best


def _is_name(text: str) -> bool:
    """Whether words name a use, a place by their ending, or a total."""
    bare = text.rstrip("：")
    use = canonical(bare) or canonical(bare.removesuffix("用地")) or bare.endswith("用地")
    return bool(use or _PLACE_END.search(bare) or _TOTAL.fullmatch(bare))


def _table_of_pairs(
    lines: Sequence[Sequence[Word]], above: Sequence[Block], below: Block | None
) -> TableBlock:
    """Make a table of names and numbers, with headings of its own."""
    words = [word for line in lines for word in line]
    rows: list[list[Word | None]] = [list(pair) for pair in zip(words[::2], words[1::2])]  # noqa: B905
    caption = caption_above(above[-CAPTION_LINES:])
    unit = below.text if isinstance(below, Paragraph) and UNIT_NOTE.match(below.text) else ""
    grid = _FlatTable([("指标",), ("面积",)], rows, Proof())
    return _table(grid, "\n".join(filter(None, (caption, unit))))


# --- rows ------------------------------------------------------------------------------------

Shape = tuple[bool, ...]  # of each column, whether it holds numbers
Row = list[Word | None]


def _grid(lines: Sequence[Sequence[Word]], begin: int) -> tuple[_FlatTable | None, int]:
    """Put lines together of which the first number stands in line ``begin``, with their headings.

    Gives the grid and the line at which it begins.
    """
    if sum(len(line) == 1 for line in lines) > PROVEN_SHARE * len(lines):
        return _from_cells(lines)
    heads = [_texts(line) for line in lines[max(0, begin - BROKEN_LINES) : begin]]
    if any(w.value is not None and w.text[-1] in "顷亩米里" for w in lines[begin]):
        opens = [i for i, line in enumerate(heads, 1) if line[-1].endswith("：")]
        heads = heads[max(opens, default=0) :]  # 按用途分： announces what a sentence would say
    while len(heads) > 1 and len(heads[-1]) == 1 and len(heads[-2]) == len(lines[begin]):
        if _count(whole_lines(heads)) <= _count(whole_lines(heads[:-1])):
            break  # it ends a heading
        begin -= 1  # the name of a group above its rows
        heads.pop()
    rows = [list(line) for line in lines[begin:] if _texts(line) not in heads[-HEAD_LINES:]]
    found = [
        (grid, begin - count)
        for eager in (False, True)
        for count, levels in _joined_lines(heads, eager=eager)
        if (grid := _fit([levels], rows)) is not None and _is_enough(grid)
    ]
    return _best(found) or (None, begin)


def _joined_lines(
    heads: Sequence[Sequence[str]], *, eager: bool
) -> Iterator[tuple[int, list[list[str]]]]:
    """Give how many lines may be headings, and these by levels; no heading is cut in the midst."""
    whole = [whole_lines(heads[-n:], eager=eager) for n in range(1, len(heads) + 1)]
    joints = [_count(heads[-n:]) - _count(levels) for n, levels in enumerate(whole, 1)]
    for count, levels in enumerate(whole, 1):
        if joints[count - 1] == max(joints) and (max(joints) or count <= HEAD_LINES):
            yield count, levels


def _count(lines: Iterable[Sequence[str]]) -> int:
    return sum(map(len, lines))


def _best(found: Iterable[tuple[_FlatTable, int]]) -> tuple[_FlatTable, int] | None:
    """Choose a grid that sums prove, then one whose corner heads labels, then the nearest."""
    ranked = {_rank(grid): (grid, at) for grid, at in reversed(list(found))}
    return ranked[max(ranked)] if ranked else None


def _rank(grid: _FlatTable) -> tuple[bool, bool, bool, bool, int, int]:
    corner = grid.way[0]
    named = sum(any(t and is_heading(t.text) for t in row) for row in grid.rows)
    return (
        grid.proof.is_given,
        4 * named > 3 * len(grid.rows),
        bool(_LABEL_HEAD.search(corner[0])),
        corner != ("",),
        grid.proof.holds + grid.proof.fails,
        kinship(grid.way),
    )


def _from_cells(lines: Sequence[Sequence[Word]]) -> tuple[_FlatTable | None, int]:
    """Put together a table of which each line is a cell: its rows have one shape, again and again.

    What stands before the first row are the headings, of one level or of several, and perhaps
    lines that are none of the table's.
    """
    tokens = [token for line in lines for token in line]
    at_line = [i for i, line in enumerate(lines) for _ in line]
    first = next(i for i, token in enumerate(tokens) if token.value is not None)
    found: list[tuple[_FlatTable, int]] = []
    filled = _with_blanks(tokens, first)
    cuts = chain(_cut(filled, first) if len(filled) > len(tokens) else (), _cut(tokens, first))
    for rows, start in cuts:
        width = max(map(len, rows))
        pieces = _texts(tokens[:start])[-2 * (width + MAX_HEADS) :]
        readings = [tuple(whole_headings(pieces, eager=eager)) for eager in (False, True)]
        if "其中" in pieces:  # which may stand over several, and so begin no heading of one
            if any(
                not any(row[i : i + 1] and row[i].cell.text for row in rows) for i in range(width)
            ):
                continue  # and has a cell of its own that is always empty
            readings.append(tuple((i, i + 1) for i in range(len(pieces))))
        for spans in dict.fromkeys(readings):
            heads = ["".join(pieces[a:b]) for a, b in spans]
            for count in range(1, min(len(heads), width + MAX_HEADS) + 1):
                grid = _first_fit(_options(heads[-count:], width), rows, alone=count <= width)
                if grid is not None and _is_enough(grid):
                    found.append((grid, at_line[start - len(pieces) + spans[-count][0]]))
                    if grid.proof.is_given and _LABEL_HEAD.search(grid.way[0][0]):
                        break
        if found and _rank(found[-1][0])[:3:2] == (True, True):
            break
    return _best(found) or (None, 0)


def _with_blanks(tokens: Sequence[Word], first: int) -> list[Word]:
    """Put an empty cell for each empty line too many behind the first number."""
    lines = [token.cell.place.line or 0 for token in tokens]
    step = min((b - a for a, b in pairwise(lines[first:]) if b > a), default=1)
    told = list(tokens[: first + 1])
    for i in range(first + 1, len(tokens)):
        place = tokens[i].cell.place
        told += [
            Word(Cell("", replace(place, line=line)), None, is_number=True)
            for line in range(lines[i - 1] + step, lines[i], step)
        ]
        told.append(tokens[i])
    return told


def _first_fit(
    ways: Iterable[Sequence[Sequence[Sequence[str]]]],
    rows: Sequence[Sequence[Word]],
    *,
    alone: bool,
) -> _FlatTable | None:
    """Give the first grid that sums prove, or that no sum belies where headings stand ``alone``."""
    for options in ways:
        grid = _fit(options, rows)
        if grid and (grid.proof.is_given or (alone and grid.proof.holds >= -grid.proof.fails)):
            return grid
    return None


def _is_enough(grid: _FlatTable) -> bool:
    """Whether a grid has several rows, or a sum in its only one, and no heading in pieces."""
    whole = all(is_heading(heading) for path in grid.way for heading in path)
    return len(grid.rows) >= MIN_ROWS or (whole and grid.proof.holds > 0 == grid.proof.fails)


def _options(head: Sequence[str], width: int) -> Iterator[list[list[Sequence[str]]]]:
    """Give the ways to part headings into levels: one, or else two, or else three.

    One of more headings than columns are those of which some go on in a second line.
    """
    if len(head) <= width:
        yield [[head]]
        return
    few = len(head) - width <= MAX_JOINED
    whole = [head[a:b] for a, b in whole_headings(head, width)] if few else []
    yield [[head[:i], head[i:]] for i in range(1, len(head))]
    yield [[head[:i], head[i:k], head[k:]] for i, k in combinations(range(1, len(head)), 2)]
    if whole:
        yield [[["".join(pieces) for pieces in whole]]]


def _cut(tokens: Sequence[Word], first: int) -> Iterator[tuple[list[list[Word]], int]]:
    """Cut cells into rows of one shape; the last may be a shorter total, or lack a remark."""
    for width in range(2, MAX_WIDTH):
        for words in range(min(width, first + 1)):
            start = first - words
            shape = _shape_below(tokens[start:], width)
            if not any(shape) or all(shape):
                continue
            at = start
            while _has_shape(tokens[at : at + width], shape):
                at += width
            rows = [list(tokens[i : i + width]) for i in range(start, at, width)]
            rest = list(tokens[at:])
            if len(rows) > 1 and rest and not all(t.text for t in tokens):
                empty = Word(replace(tokens[-1].cell, text=""), None, is_number=True)
                last = [*rest, *[empty] * (width - len(rest))]
                if _has_shape(last, shape):
                    rows, rest = [*rows, last], []
            short = _shape_of(rest) == shape[: len(rest)] and not any(
                (shape[0], *shape[len(rest) :])
            )
            if len(rows) > bool(rest) and (not rest or short or _TOTAL.fullmatch(rest[0].text)):
                yield [*rows, rest] if rest else rows, start
    yield from _cut_at_labels(tokens, first)


def _shape_below(tokens: Sequence[Word], width: int) -> Shape:
    """Give the shape of rows of a width, in which an empty cell may be of either kind."""
    told = ((t for t in tokens[i : width * MIN_LOST : width] if t.text) for i in range(width))
    return tuple(next((t.is_number for t in column), True) for column in told)


def _has_shape(row: Sequence[Word], shape: Shape) -> bool:
    fits = (not t.text or t.is_number == kind for t, kind in zip(row, shape, strict=False))
    return len(row) == len(shape) and all(fits)


def _cut_at_labels(tokens: Sequence[Word], first: int) -> Iterator[tuple[list[list[Word]], int]]:
    """Cut cells into rows that begin where a word follows a number: some may lack a cell.

    Where the rows are numbered, they begin with their number.
    """
    begins = [
        i
        for i in range(first + 1, len(tokens))
        if not tokens[i].is_number and tokens[i - 1].is_number
    ]
    number = 1
    numbered = []
    for i in begins:
        own = tokens[i - 1].value == number
        numbered.append(i - 1 if own else i)
        number += own
    if number > MIN_ROWS and numbered[0] == first:
        yield [list(tokens[a:b]) for a, b in pairwise((*numbered, len(tokens)))], first
    words = {next((k for k, t in enumerate(tokens[i:]) if t.is_number), 0) for i in begins}
    for count in sorted(words, reverse=True):
        cuts = (first - count, *begins, len(tokens))
        if 0 < count <= first and len(begins) + 1 >= MIN_ROWS:
            yield [list(tokens[a:b]) for a, b in pairwise(cuts)], cuts[0]


def _shape_of(row: Sequence[Word]) -> Shape:
    return tuple(token.is_number for token in row)


def _fit(
    options: Sequence[Sequence[Sequence[str]]], rows: Sequence[Sequence[Word]]
) -> _FlatTable | None:
    """Fit rows of tokens to the shape of most of them, and headings to its columns."""
    shapes = Counter(_shape_of(row) for row in rows if any(t.is_number for t in row))
    for shape, _ in sorted(shapes.items(), key=lambda s: (-s[1], -len(s[0]))):
        if all(shape):
            continue
        placed = [_placements(row, shape) for row in rows]
        if not all(placed):
            continue
        full = all(len(row) == len(shape) for row in rows)
        grid = _headed(options, placed, shape, full=full)
        if grid is not None:
            return grid
    return None


def _placements(row: Sequence[Word], shape: Shape) -> list[Row]:
    """Give the ways in which a row's tokens can stand in the columns of a shape."""
    kinds = _shape_of(row)
    if kinds == shape or _fits_but_for_dashes(row, shape):
        return [list(row)]
    if not any(kinds):
        return [[row[0], *[None] * (len(shape) - 1)]] if len(row) == 1 else []
    if len(row) > len(shape):
        joined = _joined(row, len(row) - len(shape))
        return [joined] if _shape_of([t for t in joined if t]) == shape else []
    return _of_total(row, shape) or _of_short(row, shape)


def _fits_but_for_dashes(row: Sequence[Word], shape: Shape) -> bool:
    """Whether a row has a dash where others have words: 合计 — 2875."""
    return len(row) == len(shape) and all(
        word.is_number == figures or (word.is_number and word.value is None)
        for word, figures in zip(row, shape, strict=True)
    )


def _of_total(row: Sequence[Word], shape: Shape) -> list[Row]:
    """Place a total, whose one label stands for all: its numbers in the columns of figures."""
    labels = _labels(shape)
    figures = [i for i in range(labels, len(shape)) if shape[i]]
    if not _TOTAL.fullmatch(row[0].text) or not all(_shape_of(row[1:])):
        return []
    if len(figures) != len(row) - 1:
        return []
    told = dict(zip((0, *figures), row, strict=True))
    return [[told.get(i) for i in range(len(shape))]]


def _of_short(row: Sequence[Word], shape: Shape) -> list[Row]:
    """Place a row that lacks labels, which stand above it, or lacks figures anywhere."""
    kinds, labels, width = _shape_of(row), _labels(shape), len(shape)
    words = labels if kinds[:labels] == shape[:labels] else kinds.index(True)
    if kinds == shape[: len(row)] and not any(shape[len(row) :]):
        return [[*row, *[None] * (width - len(row))]]  # without a remark at its end
    if 0 < words < labels and kinds[words:] == shape[labels:] and not shape[0]:
        return [[*[None] * (labels - words), *row]]
    if words != labels or not all((*kinds[words:], *shape[labels:])):
        return []
    places = combinations(range(labels, width), len(row) - words)
    return [
        [told.get(i) for i in range(width)]
        for place in islice(places, MAX_PLACEMENTS)
        for told in [dict(zip((*range(words), *place), row, strict=True))]
    ]


def _labels(shape: Shape) -> int:
    """Count the columns before the first figures; a number before words is only a row's own."""
    words = shape.index(False)
    return next((i for i in range(words, len(shape)) if shape[i]), len(shape))


def _joined(row: Sequence[Word], extra: int) -> Row:
    """Put the words of a label together that are parted by spaces: the first that stand so."""
    out = list(row)
    for _ in range(extra):
        for at, (one, other) in enumerate(pairwise(out)):
            if not (one.is_number or other.is_number):
                printed = f"{one.cell.printed} {other.cell.printed}"
                cell = replace(one.cell, text=one.text + other.text, as_printed=printed)
                out[at : at + 2] = [Word(cell, None, is_number=False)]
                break
    return list(out)


# --- headings, and cells that are missing -----------------------------------------------------


def _headed(
    options: Sequence[Sequence[Sequence[str]]],
    placed: Sequence[list[Row]],
    shape: Shape,
    *,
    full: bool,
) -> _FlatTable | None:
    """Put headings over the columns of placed rows, and choose where cells are missing.

    ``full`` tells that no row lacks any, so that columns that add up prove them.
    """
    labels = _labels(shape)
    certain = [_values(rows[0]) for rows in placed if len(rows) == 1]
    if not certain:
        return None
    blank = [[[""] * labels + list(levels[0]), *levels[1:]] for levels in options]
    noted = [[*row, None] for row in certain]
    for tried, numbers in ((options, certain), (options, noted), (blank, certain)):
        way = over_columns(tried, numbers, labels)
        if way is None:
            continue
        if numbers is noted and not re.search("备注|说明", way[-1][0]):
            continue
        wide = [[[*row, None] for row in rows] for rows in placed] if numbers is noted else placed
        rows = _chosen(way, wide)
        proof = prove(way, [_values(r) for r in rows or ()])
        proven = proof.is_given or (full and _columns_add_up(rows or ()))
        if not (proven or _speaks(way, labels)):
            continue
        return _FlatTable(way, rows, proof) if rows else None
    return None


def _speaks(way: Sequence[Path], labels: int) -> bool:
    """Whether headings are words that stand over columns of a plan."""
    if way[0] == ("",):
        return all(HEADER.search(p[-1]) or _FIGURE_HEAD.search(p[-1]) for p in way[labels:])
    return bool(_LABEL_HEAD.search(way[0][0]))


def _values(row: Sequence[Word | None]) -> list[Decimal | None]:
    return [token.value if token else None for token in row]


def _chosen(way: Sequence[Path], placed: Sequence[Sequence[Row]]) -> list[Row] | None:
    """Choose the one placing of rows with missing cells that sums of rows and columns allow."""
    whole = [_values(rows[0]) for rows in placed if len(rows) == 1]
    # what does not hold where no cell is missing, says nothing of where one is
    sums = [s for s in sums_of(way) if 2 * sum(_adds_up([s], row) for row in whole) >= len(whole)]
    options = [
        rows if len(rows) == 1 else [row for row in rows if _adds_up(sums, _values(row))]
        for rows in placed
    ]
    count = 1
    for rows in options:
        count *= len(rows)
    if not 0 < count <= MAX_PLACEMENTS:
        return None
    if count == 1:
        return [rows[0] for rows in options]
    fits = [list(rows) for rows in product(*options) if _columns_add_up(rows)]
    return fits[0] if len(fits) == 1 else None


def _adds_up(sums: Sequence[SumColumn], row: Sequence[Decimal | None]) -> bool:
    told = [number or Decimal(0) for number in row]
    return all(is_sum(told[whole], [told[i] for i in parts]) for whole, parts in sums)


def _columns_add_up(rows: Sequence[Row]) -> bool:
    """Whether the row of the total, if there is one, is the sum of the others in every column."""
    at = next((i for i in (0, len(rows) - 1) if _is_total(rows[i])), None)
    if at is None:
        return False
    others = [_values(row) for i, row in enumerate(rows) if i != at]
    return all(
        is_sum(told, [row[i] or Decimal(0) for row in others])
        for i, told in enumerate(_values(rows[at]))
        if told is not None
    )


def _is_total(row: Row) -> bool:
    return row[0] is not None and bool(_TOTAL.fullmatch(row[0].text))


def _table(grid: _FlatTable, caption: str) -> TableBlock:
    """Lay a grid out as a table; headings over several columns and labels over rows repeated."""
    first = next(token.cell for row in grid.rows for token in row if token)
    heads = _head_rows(grid.way, first.place)
    body: list[tuple[Cell, ...]] = []
    columns = list(zip(*grid.rows, strict=True))
    labels = next((i for i, c in enumerate(columns) if any(t and t.is_number for t in c)), 0)
    for row in grid.rows:
        begins, place = next((i, token.cell.place) for i, token in enumerate(row) if token)
        above = body[-1] if body else ()
        label = row[begins]
        if above and label and 0 < begins < labels and _is_outer(label.text, above[0].text):
            row[0], row[begins], begins = label, None, 0
        body.append(
            tuple(
                token.cell
                if token
                else replace(above[i], place=place, repeated=True)
                if i < min(begins, labels) and above
                else Cell("", place)
                for i, token in enumerate(row)
            )
        )
    return TableBlock((*heads, *body), caption, first.place)


def _is_outer(label: str, above: str) -> bool:
    """Whether a use is no kind of the one that the rows above are of, but stands beside it."""
    use, group = canonical(label), canonical(above)
    return bool(use and group) and not is_within(use, group)


def _head_rows(way: Sequence[Path], place: Place) -> tuple[tuple[Cell, ...], ...]:
    """Give the rows of headings, those over several columns or rows repeated."""
    return tuple(
        tuple(
            Cell(path[min(d, len(path) - 1)], place, repeated=_covered(way, d, c))
            for c, path in enumerate(way)
        )
        for d in range(max(map(len, way)))
    )


def _covered(way: Sequence[Path], level: int, column: int) -> bool:
    """Whether a heading stands here only because it spans this place too."""
    path = way[column]
    left = way[column - 1] if column else ()
    return level >= len(path) or left[: level + 1] == path[: level + 1]
