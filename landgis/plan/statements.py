"""What a plan says of one area, before it becomes a row of a table.

Prose and tables are read by different means into the same `Statement`: a figure, what it is a
figure of (region, use, land source, supply mode, period), what it is a part of, and where it
stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from landgis.landuse import canonical, is_within
from landgis.plan.documents.blocks import Cell, Place
from landgis.units import M2_PER_UNIT, Quantity

_MAX_WORDS = 80
_ODD = 3  # digits


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What a figure is about. An empty facet means all: no facets, the grand total.

    Parameters
    ----------
    region, code
        Region as printed, and the code of its division if it is one.
    use
        Use as printed.
    source
        Land source (土地来源): 新增 or 存量.
    mode
        Supply mode (供应方式): 出让, 划拨, 租赁, 作价出资.
    period
        Part of the plan's time (第一季度, 上半年).
    apart
        The use, where only its printed name tells it from another of the same canonical one.
    """

    region: str = ""
    code: str = ""
    use: str = ""
    source: str = ""
    mode: str = ""
    period: str = ""
    apart: str = ""

    @property
    def category(self) -> str:
        """Canonical name of the use; the printed one where it is not known, or told apart."""
        return self.apart or canonical(self.use) or self.use.removesuffix("类")

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two figures figures of the same thing."""
        return (self.code or self.region, self.category, self.source, self.mode, self.period)

    def over(self, outer: Facets) -> Facets:
        """Fill what is empty here from ``outer``."""
        filled = {
            f.name: getattr(outer, f.name)
            for f in fields(self)
            if not getattr(self, f.name)
            and not (f.name == "code" and self.region)
            and not (f.name == "apart" and self.use)
        }
        return replace(self, **filled)


def within_region(inner: Facets, outer: Facets) -> bool:
    """Whether the region of ``inner`` is known to lie in another region, that of ``outer``."""
    if not outer.region:
        return bool(inner.region)
    if not (inner.code and outer.code) or inner.code == outer.code:
        return False
    return is_below(inner.code, outer.code)


def is_below(code: str, above: str) -> bool:
    """Whether a division code lies below another.

    Examples
    --------
    >>> is_below("441882109", "441882"), is_below("441882109", "441882100")
    (True, False)
    """
    if not above or code == above or len(above) > 6:
        return False
    return code.startswith(re.sub(r"(?:00){1,2}$", "", above))


def within_use(inner: Facets, outer: Facets, members: tuple[str, ...] = ()) -> bool:
    """Whether the use of ``inner`` is known to be a part of another use, that of ``outer``."""
    if not outer.use:
        return bool(inner.use)
    if not inner.use or inner.category == outer.category:
        return False
    composites = {outer.category: members} if members else {}
    return is_within(inner.category, outer.category, composites=composites)


def is_odd(area: Quantity) -> bool:
    """Whether an area is printed with digits enough that it makes up no other by chance."""
    return len(area.value.normalize().as_tuple().digits) >= _ODD


NO_FACETS = Facets()
"""What the grand total is about."""


class Standing(NamedTuple):
    """Where a number stands: number of its paragraph (0 for a cell), its place, its span there."""

    block: int
    place: Place
    start: int
    end: int


GIVES_WAY = "→|⇒|[-—=]{1,3}>"
"""What stands in a cell between a number and that which takes its place: 14200→13050."""
_UP_TO_OWN = re.compile(rf"[^（(\[]*?(?:{GIVES_WAY})")


def cell_spot(cell: Cell) -> Standing:
    """Give where the number of a cell stands, from behind one that gives way up to a note."""
    start = _UP_TO_OWN.match(cell.text)
    end = re.match(r"[^（(\[]*", cell.text)
    return Standing(0, cell.place, start.end() if start else 0, max(1, end.end() if end else 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A figure of a plan and what it is a figure of.

    Parameters
    ----------
    quantity
        The area; None where only a share is stated.
    parent
        Facets of the figure that this one is a part of (其中), if the document says so.
    members
        Canonical names of the uses that a composite is said to include.
    share, share_of, share_qualifier
        Share in percent as printed, what it is a share of where its words say so (占住宅用地), and
        what they promise.
    restated, restated_qualifier
        The same area once more in another unit, and what the words around it promise.
    range_from
        The lower end of a range, whose upper end is the area.
    open_split
        Whether the words (重点, 等) do not promise that the parts are all there are.
    list_name
        The list whose subtotal or total this is; empty for other figures.
    group
        A key that the figures of one list (after 其中, in a bracket, 分别为) have in common; empty
        outside of lists.
    spot, share_spot, restated_spot, range_spot
        Where its numbers stand.
    why
        The stage that took it: total, named, behind, list, each, topic, cell, sum.
    """

    facets: Facets
    quantity: Quantity | None
    place: Place
    words: str
    qualifier: str = "exact"
    parent: Facets | None = None
    members: tuple[str, ...] = ()
    share: Decimal | None = None
    share_of: Facets | None = None
    share_qualifier: str = "exact"
    restated: Quantity | None = None
    restated_qualifier: str = "exact"
    range_from: Quantity | None = None
    open_split: bool = False
    list_name: str = ""
    group: str = ""
    spot: Standing | None = None
    share_spot: Standing | None = None
    restated_spot: Standing | None = None
    range_spot: Standing | None = None
    why: str = ""


def _cuts_off(headline: Quantity, body: Quantity) -> bool:
    """Whether a headline's round hundreds are those of a figure: 2400公顷 of 2402.6公顷, or 2470.

    They may be cut off or rounded, but by no more than the place behind their first digit: 1000公顷
    is 1090公顷, and not 1900公顷.
    """
    exponent = headline.value.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < 2:
        return False
    place = min(exponent, headline.value.adjusted() - 1)
    unit = Fraction(10**place) * M2_PER_UNIT[headline.unit]
    return -unit <= 2 * (body.area_m2 - headline.area_m2) < 2 * unit


_OVER = re.compile(r"[逾超]\s?[\d,.]+\s?万?(?:公顷|亩)")


def is_cut_off(told: Statement) -> bool:
    """Whether words or place tell that a figure may be cut off: a headline, 逾1500公顷."""
    return told.place.line == 1 or bool(_OVER.search(told.words))


def agree(told: Statement, again: Statement) -> bool:
    """Whether two statements may be of one figure, so that each can complete the other."""
    a, b = told.quantity, again.quantity
    if a is None or b is None:
        return True
    if "about" in (told.qualifier, again.qualifier):
        return 10 * abs(a.area_m2 - b.area_m2) <= max(a.area_m2, b.area_m2)
    if is_cut_off(told) and _cuts_off(a, b):
        return True
    return abs(a.area_m2 - b.area_m2) <= a.open_m2 + b.open_m2


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a number in the document was read as, where it is no figure of a `Statement`.

    Parameters
    ----------
    spot
        Where it stands.
    role, reason, why
        As in `landgis.plan.model.FIGURES`.
    facets
        What it is about, as far as its words say.
    of
        The number that it belongs to: that which it is compared with or a change of.
    """

    spot: Standing
    role: str
    reason: str = ""
    why: str = ""
    facets: Facets = NO_FACETS
    of: Standing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A row of a list, or a project that the text names: one 片区 or 宗地.

    Parameters
    ----------
    number
        Its number in the list (序号).
    region, category, name, location, stage
        As printed; a region or category that stands only once above its rows is filled in.
    quantity
        Its area; None if it has none.
    source, mode, period
        Land source, supply mode, time of supply, as printed.
    list_name
        Caption of the list.
    """

    number: int | None
    region: str
    category: str
    name: str
    location: str
    quantity: Quantity | None
    stage: str
    source: str
    mode: str
    period: str
    list_name: str
    place: Place
    words: str
    spot: Standing | None = None


_NOT_OF_A_USE = re.compile("用地|土地|性质|类|的|[“”（）()\\s]")


def told_apart(statements: Sequence[Statement]) -> list[Statement]:
    """Tell uses of one sentence or table apart by their printed names if the canonical is one.

    商业用地3宗5.6公顷，商业金融业用地1宗2公顷: two figures, and no two words on one.
    """
    same: dict[tuple[str, ...], list[Statement]] = {}
    for s in statements:
        if s.quantity and s.facets.use:
            same.setdefault(s.facets.key, []).append(s)
    names: set[str] = set()
    for first, *others in same.values():
        told = {_bare_use(s.facets) for s in (first, *others)}
        if len(told) > len(others) > 0 and not any(agree(first, s) for s in others):
            names |= told
    return as_printed(statements, names)


def as_printed(statements: Sequence[Statement], names: set[str]) -> list[Statement]:
    """Call some uses by their printed names."""

    def own(facets: Facets) -> Facets:
        return replace(facets, apart=facets.use) if _bare_use(facets) in names else facets

    if not names:
        return list(statements)
    return [replace(s, facets=own(s.facets), parent=s.parent and own(s.parent)) for s in statements]


def all_told_apart(statements: Sequence[Statement]) -> list[Statement]:
    """Call uses everywhere by the printed names by which a sentence or table tells them apart."""
    return as_printed(statements, {_bare_use(s.facets) for s in statements if s.facets.apart})


def _bare_use(facets: Facets) -> str:
    return _NOT_OF_A_USE.sub("", facets.use)


def add_figure(statements: list[Statement], new: Statement) -> None:
    """Add a figure to those of a row or list, or take it as the same area in another unit."""
    for i, told in enumerate(statements):
        if (
            told.facets == new.facets
            and told.quantity
            and new.quantity
            and not told.restated
            and told.quantity.unit != new.quantity.unit
        ):
            statements[i] = replace(told, restated=new.quantity, restated_spot=new.spot)
            return
    statements.append(new)


def excerpt(text: str, start: int, end: int) -> str:
    """Give the words from ``start`` to ``end``, not more than can be read at a glance."""
    near = max(start, end - 10 * _MAX_WORDS)
    words = " ".join(text[near:end].split())
    return words if near == start and len(words) <= _MAX_WORDS else "…" + words[-_MAX_WORDS:]


PART_OF_LAND = re.compile(
    r"(?:市区|市辖区|[市县区]?本级|县域|中心城区|主城区|城区|县（市）|[市县区州]直|新城|建成区|规划区)$"
)
"""Parts of a city's land that a text turns to, and stays with (市区范围内)."""


def cite(document: str, place: Place, words: str) -> str:
    """Say where something stands: document, place, words.

    Examples
    --------
    >>> cite("a.txt", Place(line=3), "住宅用地30公顷")
    'a.txt 第3行：“住宅用地30公顷”'
    """
    return f"{document} {place}：“{words}”" if words else f"{document} {place}"


MentionKind = Literal["region", "whole", "use", "source", "mode", "period"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text: ``text[start:end]``, its kind, and the name that it stands for.

    ``name`` is the region as published without the jurisdiction before it, the use as printed,
    or the canonical word of a land source, mode or period. ``code`` is a region's division code.
    """

    start: int
    end: int
    kind: MentionKind
    name: str
    code: str = ""


class Taken:
    """The characters of a text that already belong to something."""

    def __init__(self, text: str) -> None:
        self._marks = bytearray(len(text) + 1)

    def take(self, start: int, end: int) -> bool:
        """Take ``text[start:end]`` if none of it is taken; say whether it was free."""
        if any(self._marks[start:end]):
            return False
        self._marks[start:end] = b"\x01" * (end - start)
        return True


def facets_of(mentions: Iterable[Mention]) -> Facets:
    """Give what names say together: the first of each kind.

    Examples
    --------
    >>> found = (Mention(0, 2, "source", "存量"), Mention(2, 6, "use", "住宅用地"))
    >>> facets_of(found) == Facets(source="存量", use="住宅用地")
    True
    """
    values: dict[str, str] = {}
    for m in mentions:
        if m.kind != "whole":
            values.setdefault(m.kind, m.name)
            if m.kind == "region":
                values.setdefault("code", m.code)
    return Facets(**values)


def facets_together(mentions: Iterable[Mention]) -> Facets:
    """Give what names say of one figure: those of a kind are one name, as they are written.

    Examples
    --------
    >>> facets_together((Mention(0, 4, "use", "工业用地"), Mention(5, 9, "use", "住宅用地"))).use
    '工业用地、住宅用地'
    """
    values: dict[str, str] = {}
    for m in mentions:
        if m.kind == "whole" or (m.kind == "mode" and values.get("mode") == m.name):
            continue
        together = f"{values[m.kind]}、" if m.kind in values else ""
        values[m.kind] = together + m.name
        if m.kind == "region":
            values["code"] = "" if together else m.code
    return Facets(**values)


def categories(mentions: Iterable[Mention]) -> tuple[str, ...]:
    """Give the canonical names of the uses among some names.

    Examples
    --------
    >>> categories((Mention(0, 2, "source", "存量"), Mention(2, 4, "use", "工业")))
    ('工业用地',)
    """
    return tuple(Facets(use=m.name).category for m in mentions if m.kind == "use")


def listed(mentions: Sequence[Mention]) -> list[Mention]:
    """Give the names of the kind of which there are several; none where each stands alone.

    Examples
    --------
    >>> found = (Mention(0, 2, "source", "存量"), Mention(2, 6, "use", "住宅用地"))
    >>> listed(found), len(listed((*found, Mention(7, 11, "use", "工业用地"))))
    ([], 2)
    """
    for kind in ("use", "region", "source", "mode", "period"):
        same = [m for m in mentions if m.kind == kind]
        if len(same) > 1:
            return same
    return []
