"""A plan document (计划文件) of any kind → its paragraphs and tables, each with its place."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from landgis.errors import InputError
from landgis.plan.blocks import Block, Cell, Document, Paragraph, Place, Remark, TableBlock
from landgis.plan.encodings import decode
from landgis.plan.from_text import read_text

__all__ = [
    "Block",
    "Cell",
    "Document",
    "Paragraph",
    "Place",
    "Remark",
    "TableBlock",
    "read_blocks",
]


def read_blocks(path: str | PathLike[str], *, encoding: str | None = None) -> Document:
    """Read a document into blocks."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"文件不存在：{path}。", f"No such file: {path}.")
    decoded = decode(path.read_bytes(), path.name, encoding=encoding)
    return Document(
        name=path.name,
        format="txt",
        encoding=decoded.encoding,
        blocks=read_text(decoded.text),
        remarks=decoded.remarks,
    )
