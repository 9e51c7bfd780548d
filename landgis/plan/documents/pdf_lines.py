"""Characters of a PDF page → its lines.

Only the places of the characters tell what stands side by side: fonts of other heights share a
line, a raised ² belongs to its hm, a wide gap may part the columns of a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from landgis.plan.documents.blocks import Place
from landgis.plan.documents.layout import clean_text

LATIN_GAP = 0.15  # of the size of the font
WIDE_GAP = 0.5
COLUMN_GAP = 1.0


class Part(NamedTuple):
    """Words of a line between two wide gaps, from ``x0`` to ``x1``."""

    text: str
    x0: float
    x1: float


class Line(NamedTuple):
    """A line of text on a page, in points from the page's top left."""

    text: str
    place: Place
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    parts: tuple[Part, ...]


def middle_of(character: dict[str, Any]) -> tuple[float, float]:
    """Give the middle of a character, from the left and from the top of the page."""
    return (
        (character["x0"] + character["x1"]) / 2,
        (character["top"] + character["bottom"]) / 2,
    )


def rows_of(characters: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Gather characters that stand side by side, whatever the heights of their fonts."""
    rows: list[list[dict[str, Any]]] = []
    for character in sorted(characters, key=lambda c: (c["top"] + c["bottom"], c["x0"])):
        if rows and any(_side_by_side(c, character) for c in rows[-1][-8:]):
            rows[-1].append(character)
        else:
            rows.append([character])
    return [sorted(row, key=lambda c: float(c["x0"])) for row in rows]


def _side_by_side(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether one character's middle is at the height of the other, as that of ² in hm² is."""
    return bool(
        one["top"] < middle_of(other)[1] < one["bottom"]
        or other["top"] < middle_of(one)[1] < other["bottom"]
    )


def row_text(row: list[dict[str, Any]]) -> str:
    """Write a row's characters, with spaces where there are gaps."""
    text = ""
    for i, character in enumerate(row):
        if i:
            before = row[i - 1]
            gap = (character["x0"] - before["x1"]) / max(1.0, character["size"])
            latin = before["text"].isascii() and character["text"].isascii()
            text += " " if gap > (LATIN_GAP if latin else WIDE_GAP) else ""
        text += character["text"]
    return text


def lines_of(characters: list[dict[str, Any]], page: int) -> list[Line]:
    """Give the lines of a page from the top."""
    lines: list[Line] = []
    for row in rows_of(characters):
        inked = [c for c in row if not c["text"].isspace()]
        if inked:
            line = Line(
                clean_text(row_text(row)),
                Place(page=page, line=len(lines) + 1),
                inked[0]["x0"],
                max(c["x1"] for c in inked),
                min(c["top"] for c in inked),
                max(c["bottom"] for c in inked),
                Counter(round(c["size"], 1) for c in inked).most_common(1)[0][0],
                tuple(_parts(inked)),
            )
            lines.append(line)
    return lines


def _parts(inked: list[dict[str, Any]]) -> Iterator[Part]:
    """Cut a line where a gap is as wide as a character: between the columns of a table."""
    begin = 0
    for i in range(1, len(inked) + 1):
        if i == len(inked) or inked[i]["x0"] - inked[i - 1]["x1"] > COLUMN_GAP * inked[i]["size"]:
            part = inked[begin:i]
            yield Part(clean_text(row_text(part)), part[0]["x0"], part[-1]["x1"])
            begin = i
