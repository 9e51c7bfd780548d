"""Text files to blocks: a line is a paragraph; lines with tabs or bars, or a csv, are a table.

The bars are those of Markdown and of pages whose tables were copied as words (| 用途 | 面积 |).
"""

from __future__ import annotations

import csv
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import StringIO
from itertools import compress

from landgis.plan.documents.blocks import Block, Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.documents.layout import BEGINS, clean_text, join_lines, lay_out
from landgis.plan.documents.opening import decode, refuse_long_text

WRAP_WIDTHS = range(50, 121)  # columns; a Chinese character takes two
WRAP_SLACK = 4
MIN_WRAPPED = 4
WRAPPED_SHARE = 0.3
RAGGED = 0.7  # of the width: so far a line reaches whose next word is long
SNIFFED_LINES = 20
LINE_ENDS = re.compile(r"\r\n|\r|\n")
LIST_MARK = re.compile(r"[（(]?[\d一二三四五六七八九十]{1,3}[）).、．]?|[—●◆■○·\-*]+")
BAR = re.compile(r"(?<!\\)[|｜┃│┊║]")
BELOW_HEADER = re.compile(r"[\s|｜:\-+=]*[|｜\-][\s|｜:\-+=]*")  # |---|:-:|, or bars alone
_RULED = re.compile(r"[\s|]*[┌├└┏┣┗╔╠╚][─-╿]{3,}\s*")  # ├──┼──┤
HEADING = re.compile(r"\s*#{1,6}\s+(?=\S)")

_LEFT_TAG = re.compile(r"<br\s*/?>(?=\s*(?:[\r\n]|$))", re.IGNORECASE)
_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_COMMA = re.compile(r"[,，](?!\d{3}(?:\D|$))|(?<!\d)[,，]|[,，](?=\d+\.)")
_NUMBER = re.compile(r"\s*\d[\d,，.]*\s*")
_BEGINS_ANEW = re.compile(r"[\u4e00-\u9fff]{2,10}?(?:计划|拟|安排|供应|供地)[^。]*\d")
_SIGN = re.compile("[。；：]")
_ANY_COMMA = re.compile("[,，]")
_SIGNS_BETWEEN = (_COMMA, _ANY_COMMA, *map(re.compile, (r"\s*[/／]\s*", "[;；]", "[、·]")))
"""What may part the cells of a row, each row by the same."""
_BARE = re.compile(r"\s*(?:\d[\d.]*|[-—/]?)\s*")
MIN_COMMAS = 2
MIN_CSV = 5  # commas in every line, from which a text is a csv whatever its name
MIN_BROKEN = 3  # lines of headings; two may be two levels, the lower one moved to the left
MOST_BROKEN = 40
LONGEST_CELL = 16

_ENDS = ("。", "；", "：", "！", "？", "”", "）", ")")
_APART = re.compile(r"\S(?: {2,}|\u3000)\S|^\s*[^\s，。；]+(?: [^\s，。；]+){3,}\s*$")
"""What is a row of a table, its words apart by blanks."""

Row = tuple[int, list[str]]  # the line where it begins, and its words


def read_text(data: bytes, name: str, *, encoding: str | None = None) -> Document:
    r"""Read a text file.

    A table is a run of lines with tabs, or of several with bars. Blank lines and form feeds do not
    end it where the next line repeats its header or goes on with numbers in as many columns. Where
    most lines were broken at one width for print, they are joined into paragraphs again. A file
    whose name ends in .csv is one table, whatever stands between its cells.

    Parameters
    ----------
    data
        The file's bytes; line ends CR, LF or CRLF.
    name
        The file's name.
    encoding
        The encoding, if it is known.

    Raises
    ------
    InputError
        If the bytes are no text, or too many.

    Examples
    --------
    >>> text = "附表\n用途\t面积（亩）\n住宅\t300\n\n用途\t面积（亩）\n商服\t20"
    >>> document = read_text(text.encode(), "a.txt")
    >>> document.tables[0].caption, document.tables[0].texts()
    ('附表', [['用途', '面积（亩）'], ['住宅', '300'], ['商服', '20']])
    """
    refuse_long_text(data, name)
    decoded = decode(data, name, encoding=encoding)
    if "&nbsp;" in decoded.text:  # copied out of the source of a page
        words = html.unescape(_TAG.sub("\n", _LEFT_TAG.sub("", decoded.text)))
        decoded = decoded._replace(text=words)
    rows = _csv_rows(decoded.text) if name.lower().endswith(".csv") else _whole_csv(decoded.text)
    return Document(
        name=name,
        format="txt",
        encoding=decoded.encoding,
        blocks=lay_out(_blocks(decoded.text) if rows is None else _table(rows), pages=True),
        remarks=decoded.remarks,
    )


def _csv_rows(text: str) -> list[Row] | None:
    """Part the cells of a csv; None where nothing parts them, or they are none of a csv."""
    lines = [line for line in LINE_ENDS.split(text) if line.strip()][:SNIFFED_LINES]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",\t;，"}
    mark = max(counts, key=lambda m: (sum(map(bool, counts[m])), sum(counts[m])))
    if not lines or not any(counts[mark]):
        return None
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark, skipinitialspace=True)
    rows: list[Row] = []
    at = 1
    try:
        for cells in reader:
            rows.append((at, cells))
            at = reader.line_num + 1
    except csv.Error:
        return None
    return rows


def _whole_csv(text: str) -> list[Row] | None:
    """Part the cells of a csv that its name does not tell: every line has as many, and many."""
    lines = [line for line in LINE_ENDS.split(text) if line.strip()]
    if len(lines) < 2 or min(line.count(",") for line in lines) < MIN_CSV:
        return None
    rows = _csv_rows(text)
    # a comma behind the last heading makes no column
    widths = {len(cells) - (not cells[-1].strip()) for _, cells in rows or () if any(cells)}
    return rows if len(widths) == 1 else None


def _blocks(text: str) -> Iterator[Block]:
    numbered = _numbered(text)
    lines = [line for _, line in numbered]
    wrap = _wrap_width(lines)
    run: list[Row] = []
    held: Paragraph | None = None
    for at, (number, line) in enumerate(numbered):
        if held and wrap and _goes_on(lines[at - 1], line, wrap):
            held = replace(held, text=join_lines(held.text, clean_text(line)))
            continue
        if held:
            yield held
            held = None
        if words := _row(line, lines[max(0, at - 1) : at + 2], inside=bool(run)):
            run.append((number, words))
            continue
        if run and BELOW_HEADER.fullmatch(line):
            continue
        yield from _table(run)
        run = []
        if text := clean_text(HEADING.sub("", line)).strip("|｜ "):
            held = Paragraph(text, Place(line=number))
    if held:
        yield held
    yield from _table(run)


def _numbered(text: str) -> list[tuple[int, str]]:
    """Give the lines with their numbers; headings that were broken within their words are whole.

    What rules a table, and is none of its rows, is left out.
    """
    lines = [(i, x) for i, x in enumerate(LINE_ENDS.split(text), 1) if not _RULED.fullmatch(x)]
    told: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        width = line[1].count("\t")
        if width > 1 and _is_of_numbers(line[1]) and not _is_of_numbers(lines[at - 1][1]):
            told[-MOST_BROKEN:] = _whole_heads(told[-MOST_BROKEN:], width)
        told.append(line)
    return told


def _is_of_numbers(line: str) -> bool:
    return any(map(_NUMBER.fullmatch, line.split("\t")[1:]))


def _whole_heads(above: Sequence[tuple[int, str]], width: int) -> list[tuple[int, str]]:
    """Join what makes headings of a width: 区域→居住 | 用地→商业 | 服务业用地 are three."""
    start = max((i for i, (_, line) in enumerate(above) if not line.strip()), default=-1) + 1
    for first in range(start, len(above) - MIN_BROKEN + 1):
        rows: list[tuple[int, str]] = []
        for number, line in above[first:]:
            goes_on = rows and line[:1] != "\t" and rows[-1][1].count("\t") < width
            if rows and (goes_on or "\t" not in line):
                rows[-1] = (rows[-1][0], rows[-1][1] + line)
            else:
                rows.append((number, line))
        told = [line.count("\t") for _, line in rows]  # of several, cells may have been merged
        fits = told == [width] or (len(told) > 1 and max(told) <= width)
        prose = any(_SIGN.search(line) for _, line in above[first:])
        fits = fits and not (prose or any(_is_of_numbers(line) for _, line in rows))
        if fits and "\t" in above[first][1] and len(above) - first - len(rows) >= MIN_BROKEN - 1:
            return [*above[:first], *rows]
    return list(above)


def _wrap_width(lines: list[str]) -> int:
    """Give the width at which a file's lines were broken for print; 0 where they were not."""
    prose = [line.rstrip() for line in lines if line.strip() and not _has_cells(line)]
    widest = max(map(_width, prose), default=0)
    if widest not in WRAP_WIDTHS:
        return 0
    full = [line for line in prose if _width(line) > RAGGED * widest]
    broken = [_width(line) for line in full if not line.endswith(_ENDS)]
    exact = sum(width > widest - WRAP_SLACK for width in broken)
    wrapped = exact >= max(MIN_WRAPPED, WRAPPED_SHARE * len(prose))
    ragged = len(broken) >= max(MIN_WRAPPED, WRAPPED_SHARE * len(prose) / 2, len(full) / 2)
    return widest if wrapped or ragged else 0


def _width(line: str) -> int:
    """Columns of a terminal that a line takes: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip())


def _goes_on(above: str, line: str, wrap: int) -> bool:
    """Whether a line continues the one above, which is as full as its next word allows."""
    word = re.match(r"[\x21-\x7e]*", line)
    reach = _width(above) + (len(word[0]) if word else 0)
    flush = line[:1].strip() and not BEGINS.match(line) and not _has_cells(line)
    flush = flush and not _BEGINS_ANEW.match(line)
    full = wrap - WRAP_SLACK if above.rstrip().endswith(_ENDS) else RAGGED * wrap
    return bool(flush) and reach > full and not (_APART.search(line) or _APART.search(above))


def _row(line: str, around: Sequence[str], *, inside: bool) -> list[str]:
    """Part a line that is a table's row; nothing if it is none.

    Words apart by tabs make one, inside a table any tab after words; bars only where the line
    above or below has as many: one alone parts the links of a page.
    """
    cells = line.split("\t")
    told = sum(bool(cell.strip()) for cell in cells)
    if told > 1 or (inside and told == 1 and "\t" in line.strip(" \u3000")):
        return cells
    bars = _bars(line)
    alike = sum(_bars(other) == bars for other in around) > 1
    # above a row of numbers also without the bars at its ends
    inner = [_inner_bars(other) for other in around if other != line and re.search(r"\d", other)]
    if bars > 1 and (alike or _inner_bars(line) in inner):
        cells = BAR.split(line.strip())
        # a blank before the first bar is an empty cell, but for bars at both ends
        border = not cells[0] and (not cells[-1] or not line[:1].isspace())
        cells = cells[border:]
        cells = cells if cells[-1:] != [""] else cells[:-1]
        return [] if BELOW_HEADER.fullmatch(line) else [c.replace("\\|", "|") for c in cells]
    return _by_signs(line, around)


def _by_signs(line: str, around: Sequence[str]) -> list[str]:
    """Part a line of short cells between signs of a kind beside one that is mostly bare numbers.

    Commas part thousands, unless that gives the lines unequal cells, and all commas equal ones.
    """
    able = {s: cells for s in _SIGNS_BETWEEN if _are_cells(cells := s.split(line.strip()))}
    told = ([x for y in around if len(x := sign.split(y.strip())) > 1] for sign in able)
    equal = compress(able, [len(set(map(len, rows))) == 1 for rows in told])
    for sign in (*equal, *(sign for sign in able if sign is _COMMA)):
        cells = able[sign]
        others = [sign.split(other.strip()) for other in around if other.strip() != line.strip()]
        alike = [other for other in (cells, *others) if len(other) == len(cells)]
        numbers = [sum(map(bool, map(_BARE.fullmatch, other[1:]))) for other in alike]
        if len(alike) > 1 and 2 * max(numbers) > len(cells):
            return cells
    return []


def _are_cells(cells: Sequence[str]) -> bool:
    """Whether what stands between signs may be a row: short words, and first no bare number."""
    first = cells[0] and _BARE.fullmatch(cells[0])
    return len(cells) > MIN_COMMAS and max(map(len, cells)) <= LONGEST_CELL and not first


def _has_cells(line: str) -> bool:
    return "\t" in line.strip() or _bars(line) > 1


def _bars(line: str) -> int:
    return len(BAR.findall(line))


def _inner_bars(line: str) -> int:
    """Bars between cells: those at a line's ends may be left out in one of its rows."""
    ends = sum(bool(BAR.fullmatch(end)) for end in (line.strip()[:1], line.strip()[1:][-1:]))
    return _bars(line) - ends


def _table(run: Sequence[Row]) -> Iterator[Block]:
    """Give a run of lines as a table, or as the numbered list that it is."""
    rows = tuple(
        tuple(
            Cell(clean_text(words), Place(line=number, column=column))
            for column, words in enumerate(cells, 1)
        )
        for number, cells in run
    )
    filled = [[cell.text for cell in row if cell.text] for row in rows]
    if all(len(words) == 2 and LIST_MARK.fullmatch(words[0]) for words in filled):
        for (number, _), words in zip(run, filled, strict=True):
            yield Paragraph("".join(words), Place(line=number))
    else:
        yield TableBlock(rows, "", Place(line=run[0][0]))
