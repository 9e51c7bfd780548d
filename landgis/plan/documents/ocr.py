"""Pictures of pages to blocks: their words recognised (文字识别), each with its confidence.

Optional, as the extra ``ocr``: rapidocr carries its models in its package and asks no network.
What it reads is never taken for printed words: paragraphs and cells say how they were read, and
every page is told with the least confidence on it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import islice
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError
from tqdm import tqdm

from landgis.errors import InputError
from landgis.findings import Finding
from landgis.plan.documents.blocks import READING, Document
from landgis.plan.documents.opening import damaged, too_large
from landgis.plan.documents.pages import Page, in_order, read_page, ruled_by

DPI = 200
MAX_SIDE = 5_000  # pixels
MAX_PAGES = 300
MIN_LINE = 40  # pixels of a ruling line
INK = 128  # darker pixels are ink

Picture = np.ndarray[Any, np.dtype[np.uint8]]


def read_pictures(data: bytes, name: str, pages: Sequence[int] = ()) -> Document:
    """Recognise the words of a picture, or of pages of a PDF.

    Parameters
    ----------
    data, name
        The file's bytes and its name, for messages.
    pages
        Pages of a PDF, from 1; empty for a picture, all of whose pages are read.

    Raises
    ------
    InputError
        If the file is damaged or far too large, or no words are found on any page.
    """
    from rapidocr import RapidOCR  # noqa: PLC0415 - optional

    engine = RapidOCR(params={"Global.log_level": "critical"})
    read: list[Page] = []
    told: list[Finding] = []
    shown = _of_pdf(data, name, pages) if pages else _of_picture(data, name)
    for number, picture, dpi in tqdm(shown, desc=name, unit="页", delay=2, disable=None):
        characters = _characters(engine(picture), 72 / dpi)
        if not characters:
            told.append(
                READING.finding("blank", "unknown", subject=name, values={"pages": [number]})
            )
            continue
        height, width = (side * 72 / dpi for side in picture.shape[:2])
        ruled = ruled_by(_rulings(picture, characters, 72 / dpi))
        read.append(read_page(characters, ruled, number=number, height=height, width=width))
        least = min(c["confidence"] for c in characters)
        values = {"page": number, "confidence": least}
        told.append(READING.finding("recognised", "unknown", subject=name, values=values))
    if not read:
        raise InputError(
            f"{name} 的图像里没有识别出文字；请换用清晰的扫描件，或有文字的版本。",
            f"No words were recognised in the pictures of {name}; use a clearer scan, or a version "
            "with text.",
        )
    return Document(name=name, format="ocr", blocks=in_order(read), remarks=tuple(told))


def _of_pdf(data: bytes, name: str, pages: Sequence[int]) -> Iterator[tuple[int, Picture, float]]:
    """Draw pages of a PDF, grey, with their number and the pixels of an inch."""
    if len(pages) > MAX_PAGES:
        raise too_large(name, f"有 {len(pages)} 页图像", f"has {len(pages)} pages of pictures")
    try:
        document = pypdfium2.PdfDocument(data)
        for number in pages:
            page = document[number - 1]
            dpi = min(DPI, 72 * MAX_SIDE / max(*page.get_size(), 1.0))
            bitmap = page.render(scale=dpi / 72, grayscale=True)
            yield number, np.asarray(bitmap.to_pil().convert("L")), dpi
            page.close()
    except pypdfium2.PdfiumError as error:
        raise damaged(name) from error


def _of_picture(data: bytes, name: str) -> Iterator[tuple[int, Picture, float]]:
    """Give the pages of a picture file, grey, the way up that it says."""
    try:
        with Image.open(BytesIO(data)) as picture:
            if max(picture.size) > 4 * MAX_SIDE:
                raise too_large(name, "的图像过大", "is too large a picture")
            frames = islice(ImageSequence.Iterator(picture), MAX_PAGES)
            for number, frame in enumerate(frames, 1):
                upright = ImageOps.exif_transpose(frame).convert("L")
                upright.thumbnail((MAX_SIDE, MAX_SIDE))
                yield number, np.asarray(upright), DPI
    except (OSError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise damaged(name) from error


def _characters(found: Any, scale: float) -> list[dict[str, Any]]:
    """Spread the words found in each box over it, wide characters twice as wide as others."""
    if found.boxes is None:
        return []
    characters: list[dict[str, Any]] = []
    for box, words, score in zip(found.boxes, found.txts, found.scores, strict=True):
        (x0, top), (x1, bottom) = box.min(axis=0) * scale, box.max(axis=0) * scale
        widths = [2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words]
        step = (x1 - x0) / max(1, sum(widths))
        at = float(x0)
        for character, width in zip(words, widths, strict=True):
            characters.append(
                {
                    "text": character,
                    "x0": at,
                    "x1": at + width * step,
                    "top": float(top),
                    "bottom": float(bottom),
                    "size": min(float(bottom - top), 2 * step),
                    "confidence": round(float(score), 3),
                }
            )
            at += width * step
    return characters


def _rulings(
    picture: Picture, characters: Sequence[dict[str, Any]], scale: float
) -> list[dict[str, Any]]:
    """Find the ruling lines of a picture: runs of ink, longer than any stroke of a character."""
    import cv2  # noqa: PLC0415 - optional

    ink = (picture < INK).astype(np.uint8)
    high = max(c["bottom"] - c["top"] for c in characters)
    length = max(MIN_LINE, round(high / scale))
    edges: list[dict[str, Any]] = []
    for orientation, shape in (("h", (length, 1)), ("v", (1, length))):
        runs = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape[::-1], np.uint8))
        _, _, stats, _ = cv2.connectedComponentsWithStats(runs)
        for left, top, width, height, _ in stats[1:].tolist():
            flat = orientation == "h"
            middle = top + height / 2 if flat else left + width / 2
            x0, x1 = (left, left + width) if flat else (middle, middle)
            y0, y1 = (middle, middle) if flat else (top, top + height)
            sides = {"x0": x0, "x1": x1, "top": y0, "bottom": y1}
            sides |= {"width": x1 - x0, "height": y1 - y0}
            edges.append(
                {key: value * scale for key, value in sides.items()}
                | {"orientation": orientation, "object_type": "line"}
            )
    return edges
