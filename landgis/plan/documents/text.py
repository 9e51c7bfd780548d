"""Text files to blocks: a line is a paragraph, a run of lines with tabs is a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from landgis.plan.documents.blocks import Block, Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.documents.containers import refuse_long_text
from landgis.plan.documents.decoding import decode
from landgis.plan.documents.layout import BEGINS, clean_text, join_lines, lay_out

WRAP_WIDTHS = range(50, 121)  # columns; a Chinese character takes two
WRAP_SLACK = 4
MIN_WRAPPED = 4
WRAPPED_SHARE = 0.3
LINE_ENDS = re.compile(r"\r\n|\r|\n")
LIST_MARK = re.compile(r"[（(]?[\d一二三四五六七八九十]{1,3}[）).、．]?|[—●◆■○·\-*]+")


def read_text(data: bytes, name: str, *, encoding: str | None = None) -> Document:
    r"""Read a text file.

    A table is a run of lines with tabs. Blank lines and form feeds do not end it where the next
    line repeats its header or goes on with numbers in as many columns. Where most lines were
    broken at one width for print, they are joined into paragraphs again.

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
    return Document(
        name=name,
        format="txt",
        encoding=decoded.encoding,
        blocks=lay_out(_blocks(decoded.text), pages=True),
        remarks=decoded.remarks,
    )


def _blocks(text: str) -> Iterator[Block]:
    lines = LINE_ENDS.split(text)
    wrap = _wrap_width(lines)
    run: list[tuple[int, str]] = []
    held: Paragraph | None = None
    for number, line in enumerate(lines, 1):
        if held and wrap and _goes_on(lines[number - 2], line, wrap):
            held = replace(held, text=join_lines(held.text, clean_text(line)))
            continue
        if held:
            yield held
            held = None
        if _is_row(line, inside=bool(run)):
            run.append((number, line))
            continue
        yield from _table(run)
        run = []
        if words := clean_text(line):
            held = Paragraph(words, Place(line=number))
    if held:
        yield held
    yield from _table(run)


def _wrap_width(lines: list[str]) -> int:
    """Give the width at which a file's lines were broken for print; 0 where they were not."""
    prose = [line.rstrip() for line in lines if line.strip() and "\t" not in line.strip()]
    widest = max(map(_width, prose), default=0)
    if widest not in WRAP_WIDTHS:
        return 0
    full = [line for line in prose if _width(line) > widest - WRAP_SLACK]
    broken = sum(not line.endswith(("。", "；", "：", "！", "”", "）", ")")) for line in full)
    wrapped = broken >= max(MIN_WRAPPED, WRAPPED_SHARE * len(prose))
    return widest if wrapped else 0


def _width(line: str) -> int:
    """Columns of a terminal that a line takes: two for a Chinese character."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line.rstrip())


def _goes_on(above: str, line: str, wrap: int) -> bool:
    """Whether a line continues the one above, which is as full as its next word allows."""
    word = re.match(r"[\x21-\x7e]*", line)
    reach = _width(above) + (len(word[0]) if word else 0)
    flush = line[:1].strip() and not BEGINS.match(line) and "\t" not in line
    return bool(flush) and reach > wrap - WRAP_SLACK


def _is_row(line: str, *, inside: bool) -> bool:
    """Whether a line is a table's row: words apart by tabs; inside a table, any tab after words."""
    words = [part for part in line.split("\t") if part.strip()]
    return len(words) > 1 or (inside and len(words) == 1 and "\t" in line.strip(" \u3000"))


def _table(run: list[tuple[int, str]]) -> Iterator[Block]:
    """Give a run of lines as a table, or as the numbered list that it is."""
    rows = tuple(
        tuple(
            Cell(clean_text(part), Place(line=number, column=column))
            for column, part in enumerate(line.split("\t"), 1)
        )
        for number, line in run
    )
    if not rows:
        return
    filled = [[cell.text for cell in row if cell.text] for row in rows]
    if all(len(words) == 2 and LIST_MARK.fullmatch(words[0]) for words in filled):
        for (number, _), words in zip(run, filled, strict=True):
            yield Paragraph("".join(words), Place(line=number))
    else:
        yield TableBlock(rows, "", Place(line=run[0][0]))
