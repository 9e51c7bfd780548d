"""Why a line of a plan was read as it was: its tokens, and what its numbers were taken for."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike
from typing import Any

import pandas as pd

from landgis.plan.documents.blocks import Document
from landgis.plan.documents.read import read_blocks
from landgis.plan.extract import extract_plan, names_of
from landgis.plan.statements import Mention
from landgis.plan.tokens import tokens
from landgis.schema import Column, Table, table_of

EXPLAINED = Table(
    "explained",
    (
        Column("line", "text", "位置", "place"),
        Column("start", "integer", "起", "start"),
        Column("end", "integer", "止", "end"),
        Column("text", "text", "原文", "text"),
        Column("kind", "text", "词类", "kind"),
        Column("stands_for", "text", "所指", "stands for"),
        Column("role", "text", "角色", "role"),
        Column("reason", "text", "理由", "reason"),
        Column("region", "text", "区域", "region"),
        Column("category", "text", "用途", "use"),
        Column("why", "text", "依据", "why it was read so"),
        Column("figure", "integer", "数字编号", "figure no."),
    ),
)
"""A row a token: names (region, use, source, mode, period, whole), numbers (area, percent, count,
number), dates, cues (among, past, compared) and signs. Numbers carry what they were read as, with
the region and use that hold there; ``why`` is the stage or the entry of the lexicon that decided.
"""


def explain(path: str | PathLike[str], line: int, *, encoding: str | None = None) -> pd.DataFrame:
    r"""Give the tokens of a line, and what its numbers were read as.

    Parameters
    ----------
    line
        Line of a text file, or paragraph of a document without fixed lines, from 1.

    Returns
    -------
    DataFrame
        Table `EXPLAINED`, in the line's order; empty where nothing stands there.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "plan.txt"
    >>> _ = file.write_text(
    ...     "连州市2025年度土地供应计划\n供应总量30公顷，上年25公顷。", encoding="utf-8")
    >>> explain(file, 2)[["text", "kind", "role", "reason"]].values.tolist()[:2]
    [['30公顷', 'area', 'target', ''], ['，', 'comma', '', '']]
    """
    document = read_blocks(path, encoding=encoding)
    plan = extract_plan(document)
    figures = plan.figures.set_index(["line", "start"]).to_dict("index")
    return table_of(_rows(document, line, figures), EXPLAINED)


def _rows(
    document: Document, line: int, figures: dict[Any, dict[Any, Any]]
) -> Iterator[dict[str, Any]]:
    names, year = names_of(document)
    for number, block in enumerate(document.paragraphs, 1):
        if line not in (block.place.line, block.place.paragraph) and (
            block.place.line or block.place.paragraph or line != number
        ):
            continue
        for token in tokens(block.text, names, year):
            read = figures.get((str(block.place), token.start), {})
            yield {
                "line": str(block.place),
                "start": token.start,
                "end": token.end,
                "text": block.printed[token.start : token.end],
                "kind": token.what.kind if isinstance(token.what, Mention) else token.kind,
                "stands_for": token.what.name if isinstance(token.what, Mention) else "",
                **{k: read.get(k, "") for k in ("role", "reason", "region", "category", "why")},
                "figure": read.get("figure"),
            }
