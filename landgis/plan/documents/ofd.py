"""OFD (GB/T 33190) to blocks: a zip of XML parts, whose characters and lines each have a place.

The document names its pages, a page its template; both hold layers of objects: texts, whose
characters stand at steps along a line, and paths, of which the straight ones rule tables. Lengths
are millimetres. What a page shows by pictures alone is told, not read. easyofd and ofdreader were
weighed: one converts by way of temporary files and reportlab, the other is young; neither bounds
what a file may make it do, and the part of the standard that text needs is small.
"""

from __future__ import annotations

import math
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from zipfile import ZipFile

from lxml import etree

from landgis.plan.documents.blocks import Document
from landgis.plan.documents.opening import damaged, open_package, too_large
from landgis.plan.documents.pages import Page, in_order, read_page, ruled_by

MAX_PAGES = 1000
MAX_CHARACTERS = 100_000  # of a page
MAX_NESTING = 50
MAX_LENGTH = 10_000.0  # millimetres
POINTS = 72 / 25.4  # of a millimetre
FULL = 1.05  # of the size of a font, up to which a step is a character's own width
ASCENT = 0.88  # of the size of a font, above its baseline
STRAIGHT = 0.3  # millimetres by which a ruling line may lean
A4 = (0.0, 0.0, 210.0, 297.0)

_ARGUMENTS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


class _Matrix(NamedTuple):
    """A transformation of points: x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Give where a point comes to stand."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def read_ofd(data: bytes, name: str) -> Document:
    """Read the bytes of an OFD file; the name is for messages.

    Raises
    ------
    InputError
        If the file is damaged, unsafe, or holds more than a plan does.
    """
    package = _Package(open_package(data, name), name)
    pages: list[Page] = []
    pictures = []
    for root, document in package.documents():
        templates = {
            part.get("ID", ""): package.joined(root, part.get("BaseLoc", ""))
            for part in _all(document, "TemplatePage")
        }
        box = _box(document)
        for reference in _all(document, "Page"):
            if len(pages) == MAX_PAGES:
                raise too_large(name, f"超过 {MAX_PAGES} 页", f"has more than {MAX_PAGES} pages")
            page = package.part(package.joined(root, reference.get("BaseLoc", "")))
            under = [templates.get(t.get("TemplateID", ""), "") for t in _all(page, "Template")]
            layers = [*(package.part(part) for part in under if part), page]
            read, has_picture = _page(layers, _box(page) or box or A4, len(pages) + 1, name)
            if has_picture and not (read.lines or read.tables):
                pictures.append(len(pages) + 1)
            pages.append(read)
    return Document(name=name, format="ofd", blocks=in_order(pages), pictures=tuple(pictures))


class _Package:
    """The parts of a file, found by the paths that other parts name."""

    def __init__(self, package: ZipFile, name: str) -> None:
        self.package = package
        self.name = name
        self.names = {member.lower(): member for member in package.namelist()}

    def documents(self) -> Iterator[tuple[str, etree._Element]]:
        """Give the documents with their paths; most files hold one."""
        for root in _all(self.part("OFD.xml"), "DocRoot"):
            path = self.joined("", (root.text or "").strip())
            yield path, self.part(path)

    def joined(self, base: str, path: str) -> str:
        """Find a path that a part names: from the root, or from the part's own folder."""
        start = "" if path.startswith("/") else posixpath.dirname(base)
        return posixpath.normpath(posixpath.join("/", start, path.lstrip("/"))).lstrip("/")

    def part(self, path: str) -> etree._Element:
        """Parse a part; without entities, without network."""
        member = self.names.get(path.lower())
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        try:
            if member is None:
                raise damaged(self.name)
            return etree.fromstring(self.package.read(member), parser)
        except etree.XMLSyntaxError as error:
            raise damaged(self.name) from error


def _all(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Give the elements of a name; producers differ in their namespaces."""
    yield from element.iter(f"{{*}}{name}")


def _numbers(text: str | None) -> list[float]:
    """Read the numbers of a list, up to the first that is none."""
    found: list[float] = []
    for word in (text or "").split():
        try:
            value = float(word)
        except ValueError:
            break
        if not abs(value) <= MAX_LENGTH:  # not a number, either
            break
        found.append(value)
    return found


def _box(element: etree._Element) -> tuple[float, ...] | None:
    """Read the size of a page, or of the pages of a document."""
    for box in _all(element, "PhysicalBox"):
        numbers = _numbers(box.text)
        if len(numbers) == 4:
            return tuple(numbers)
    return None


def _matrix(element: etree._Element) -> _Matrix:
    """Give how the points of an object are moved onto the page."""
    told = _numbers(element.get("CTM"))
    matrix = _Matrix(*told) if len(told) == 6 else _Matrix()
    x, y = (*_numbers(element.get("Boundary")), 0.0, 0.0)[:2]
    return matrix._replace(e=matrix.e + x, f=matrix.f + y)


def _page(
    layers: Sequence[etree._Element], box: Sequence[float], number: int, name: str
) -> tuple[Page, bool]:
    """Read what a page and its template show; say whether there is a picture."""
    characters: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    has_picture = False
    for element in (e for layer in layers for e in _objects(layer, 0)):
        kind = etree.QName(element).localname
        if kind == "TextObject":
            characters += _characters(element, MAX_CHARACTERS + 1 - len(characters))
        elif kind == "PathObject":
            edges += _edges(element)
        else:
            has_picture = True
        if len(characters) > MAX_CHARACTERS:
            raise too_large(name, "有一页字数过多", "has a page with too many characters")
    size = {"width": box[2] * POINTS, "height": box[3] * POINTS}
    return read_page(characters, ruled_by(edges), number=number, **size), has_picture


def _objects(element: etree._Element, depth: int) -> Iterator[etree._Element]:
    """Give the visible objects of a page, those in blocks too."""
    for child in element.iterchildren("{*}*"):
        kind = etree.QName(child).localname
        if child.get("Visible") == "false" or depth > MAX_NESTING:
            continue
        if kind in ("TextObject", "PathObject", "ImageObject"):
            yield child
        elif kind in ("Content", "Layer", "PageBlock"):
            yield from _objects(child, depth + 1)


def _characters(element: etree._Element, most: int) -> Iterator[dict[str, Any]]:
    """Give the characters of a text, in points from the page's top left."""
    matrix = _matrix(element)
    size = next(iter(_numbers(element.get("Size"))), 0.0)
    across = next(iter(_numbers(element.get("HScale"))), 1.0)
    if abs(matrix.b) > abs(matrix.a) or size <= 0:  # written upwards, or not at all
        return
    x = y = 0.0
    for code in element.iterchildren("{*}TextCode"):
        x = next(iter(_numbers(code.get("X"))), x)
        y = next(iter(_numbers(code.get("Y"))), y)
        text = (code.text or "").strip("\r\n\t")[:most]
        right = _steps(code.get("DeltaX"), len(text))
        down = _steps(code.get("DeltaY"), len(text))
        at, low = x, y
        for i, character in enumerate(text):
            own = size * across * (0.5 if character.isascii() else 1.0)
            step = right[i] if i < len(right) else own if not down else 0.0
            fills = 0 < step <= size * across * FULL  # digits may be set as wide as characters
            width = step if fills else min(own, step) if step > 0 else own
            yield _character(character, matrix, (at, low), width, size)
            at += step
            low += down[i] if i < len(down) else 0.0


def _character(
    text: str, matrix: _Matrix, at: tuple[float, float], width: float, size: float
) -> dict[str, Any]:
    """Give a character whose baseline begins at a point of its object, as pages have it."""
    left, base = matrix.at(*at)
    high = size * math.hypot(matrix.c, matrix.d)
    top = base - ASCENT * high
    return {
        "text": text,
        "x0": left * POINTS,
        "x1": (left + width * math.hypot(matrix.a, matrix.b)) * POINTS,
        "top": top * POINTS,
        "bottom": (top + high) * POINTS,
        "size": max(high, 0.01) * POINTS,
    }


def _steps(text: str | None, most: int) -> list[float]:
    """Read the steps from character to character; ``g 3 4.2`` is 4.2 three times."""
    found: list[float] = []
    words = (text or "").split()
    while words and len(found) < most:
        take = words[:3] if words[0] == "g" else words[:1]
        words = words[len(take) :]
        told = _numbers(" ".join(take[1:] if len(take) == 3 else take))
        if len(told) == 2:
            found += [told[1]] * max(0, min(int(told[0]), most - len(found)))
        elif len(told) == 1:
            found += told
        else:
            break
    return found


def _edges(element: etree._Element) -> Iterator[dict[str, Any]]:
    """Give the straight lines of a path, in points, as pdfplumber has them."""
    matrix = _matrix(element)
    for data in element.iterchildren("{*}AbbreviatedData"):
        start = here = (0.0, 0.0)
        for operator, numbers in _operations(data.text or ""):
            there = matrix.at(*numbers[-2:]) if numbers else start
            if operator in ("S", "M"):
                start = there
            elif operator in ("L", "C"):
                yield from _edge(here, there)
            here = there


def _operations(text: str) -> Iterator[tuple[str, list[float]]]:
    """Part a path into its operators, each with its numbers; up to the first that is wrong."""
    words = text.split()
    while words:
        count = _ARGUMENTS.get(words[0], -1)
        numbers = _numbers(" ".join(words[1 : 1 + max(0, count)]))
        if len(numbers) != count:
            return
        yield words[0], numbers
        del words[: 1 + count]


def _edge(one: tuple[float, float], other: tuple[float, float]) -> Iterator[dict[str, Any]]:
    (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    if min(x1 - x0, y1 - y0) > STRAIGHT or max(x1 - x0, y1 - y0) <= STRAIGHT:
        return
    flat = y1 - y0 < x1 - x0
    sides: Mapping[str, float] = {
        "x0": x0,
        "x1": x1 if flat else x0,
        "top": y0,
        "bottom": y0 if flat else y1,
        "width": x1 - x0 if flat else 0.0,
        "height": 0.0 if flat else y1 - y0,
    }
    yield {key: value * POINTS for key, value in sides.items()} | {
        "orientation": "h" if flat else "v",
        "object_type": "line",
    }
