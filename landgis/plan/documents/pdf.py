"""PDF to blocks: its characters and ruling lines, page by page, are read as any page's are."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pdfplumber
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psparser import literal_name
from tqdm import tqdm

from landgis.errors import InputError
from landgis.plan.documents.blocks import Document
from landgis.plan.documents.opening import damaged, encrypted, too_large
from landgis.plan.documents.pages import Page, Ruled, in_order, read_page

MAX_PAGES = 1000
MIN_CONTENTS = 100  # bytes: an empty page has fewer
MAX_RULINGS = 20_000
MAX_CHARACTERS = 100_000
MAX_FORMS = 20_000
MAX_NESTING = 30
GARBLED_SHARE = 0.2


def read_pdf(data: bytes, name: str) -> Document:
    """Read the words of a PDF; the name is for messages.

    Pages that are only pictures (扫描件) are named in ``pictures``; all are, where fonts have no
    codes to tell their characters by.

    Raises
    ------
    InputError
        If the file is damaged or protected.
    """
    try:
        with _quiet():
            pages, blank = _read_pages(data, name)
    except (InputError, MemoryError):
        raise
    except Exception as error:
        if "Password" in repr(error) or "Encryption" in repr(error):
            raise encrypted(name) from error
        raise damaged(name) from error
    return Document(name=name, format="pdf", blocks=in_order(pages), pictures=tuple(blank))


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pdfminer's remarks about odd fonts from the reader's terminal."""
    logger = logging.getLogger("pdfminer")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def _read_pages(data: bytes, name: str) -> tuple[list[Page], list[int]]:
    """Read all pages; those that hold something but no text are named apart."""
    pages: list[Page] = []
    blank: list[int] = []
    characters = garbled = 0
    with pdfplumber.open(BytesIO(data)) as document:
        if len(document.pages) > MAX_PAGES:
            raise too_large(
                name, f"有 {len(document.pages)} 页", f"has {len(document.pages)} pages"
            )
        _refuse_many_forms(document.pages, name)
        for page in tqdm(document.pages, desc=name, unit="页", delay=2, disable=None):
            found = page.dedupe_chars().chars
            upright = [c for c in found if c["upright"]]
            if len(upright) > MAX_CHARACTERS:
                raise too_large(name, "有一页字数过多", "has a page with too many characters")
            inked = sum(not c["text"].isspace() for c in upright)
            characters += inked
            garbled += sum(c["text"].startswith(("(cid:", "\ufffd")) for c in upright)
            if not inked and (page.images or _is_unread(page)):
                blank.append(page.page_number)
            size = {"height": float(page.height), "width": float(page.width)}
            pages.append(read_page(upright, _ruled(page), number=page.page_number, **size))
            page.close()
    if not characters or garbled > GARBLED_SHARE * characters:
        return [], list(range(1, len(pages) + 1))
    return pages, blank


def _refuse_many_forms(pages: Sequence[Any], name: str) -> None:
    """Refuse a file whose forms draw each other so often that reading them would not end."""
    drawn: dict[int, int] = {}
    total = sum(_draws(page.page_obj.resources, None, drawn, 0) for page in pages)
    if total > MAX_FORMS:
        raise too_large(name, "的图形层层相套", "has forms inside forms without end")


def _draws(resources: Any, contents: bytes | None, drawn: dict[int, int], depth: int) -> int:
    """Count the forms that are drawn with these resources, each as often as contents name it."""
    if depth > MAX_NESTING:
        return MAX_FORMS + 1
    listed = resolve1((resolve1(resources) or {}).get("XObject")) or {}
    count = 0
    for key, reference in listed.items() if isinstance(listed, dict) else ():
        form = resolve1(reference)
        if not isinstance(form, PDFStream) or literal_name(form.get("Subtype")) != "Form":
            continue
        at = getattr(reference, "objid", id(form))
        if at not in drawn:
            drawn[at] = 0  # a form inside itself is drawn no more than that
            data = form.get_data()
            drawn[at] = 1 + _draws(form.get("Resources"), data, drawn, depth + 1)
        times = 1 if contents is None else contents.count(b"/" + key.encode() + b" Do")
        count += times * drawn[at]
    return count


def _is_unread(page: Any) -> bool:
    """Whether nothing comes of a page that is not empty: its contents are damaged."""
    written = sum(int(resolve1(s.attrs.get("Length", 0))) for s in page.page_obj.contents)
    return not page.objects and written > MIN_CONTENTS


def _ruled(page: Any) -> Iterator[Ruled]:
    """Find the tables of a page that ruling lines draw, unless it is a drawing of its own."""
    if len(page.rects) + len(page.lines) + len(page.curves) <= MAX_RULINGS:
        yield from (Ruled(table.bbox, table.cells) for table in page.find_tables())
