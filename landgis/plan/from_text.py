"""Text files to blocks: a line is a paragraph, a run of lines with tabs is a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from landgis.plan.blocks import Block, Cell, Document, Paragraph, Place, TableBlock
from landgis.plan.containers import MAX_TEXT_BYTES, too_large
from landgis.plan.decoding import decode
from landgis.plan.layout import clean_text, lay_out

LINE_ENDS = re.compile(r"\r\n|\r|\n")
LIST_MARK = re.compile(r"[（(]?[\d一二三四五六七八九十]{1,3}[）).、．]?|[—●◆■○·\-*]+")


def read_text(data: bytes, name: str, *, encoding: str | None = None) -> Document:
    r"""Read a text file.

    A table is a run of lines with tabs. Blank lines and form feeds do not end it where the next
    line repeats its header or goes on with numbers in as many columns.

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
    if len(data) > MAX_TEXT_BYTES:
        raise too_large(name, f"有 {len(data) >> 20} MB 文字", f"has {len(data) >> 20} MB of text")
    decoded = decode(data, name, encoding=encoding)
    return Document(
        name=name,
        format="txt",
        encoding=decoded.encoding,
        blocks=lay_out(_blocks(decoded.text), pages=True),
        remarks=decoded.remarks,
    )


def _blocks(text: str) -> Iterator[Block]:
    run: list[tuple[int, str]] = []
    for number, line in enumerate(LINE_ENDS.split(text), 1):
        if _is_row(line, inside=bool(run)):
            run.append((number, line))
            continue
        yield from _table(run)
        run = []
        if words := clean_text(line):
            yield Paragraph(words, Place(line=number))
    yield from _table(run)


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
