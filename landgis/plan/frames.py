"""The stack of frames: what has been said so far in a sentence that later figures may be parts of.

连州镇…公顷，其中： opens a frame that the uses after it fall into, until a figure comes that cannot
be a part of it, such as the next township's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from landgis.divisions import is_zone
from landgis.landuse import canonical, main_category
from landgis.plan.mentions import Mention
from landgis.plan.statements import Facets, Statement, within_region, within_use
from landgis.units import Quantity

Opener = Literal["context", "among", "bracket", "carried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure that looks for its place.

    Parameters
    ----------
    facets, quantity
        What it is about, as far as its own words say, and its area.
    total
        Whether its words call it a total.
    joined
        Whether it goes on a list (、) with the figure before it.
    """

    facets: Facets
    quantity: Quantity | None = None
    total: bool = False
    joined: bool = False


@dataclass(slots=True)
class Frame:
    """Something said that later figures may be parts of.

    Parameters
    ----------
    facets
        What it is about.
    opener
        What opened it: the headings (context), 其中 (among), a bracket, or only its being named
        first (carried): 吴兴区住宅用地1亩、商服用地2亩.
    statement, at
        The figure that later ones are parts of, and its index.
    strict
        Whether only what is known to lie inside may follow: after a semicolon.
    dead, dead_before
        Whether figures in it are none of the plan's; whether they were before its bracket.
    open_split
        Whether its words (重点, 等) do not promise that the parts are all there are.
    named
        What a bracket stands behind that has no figure yet: 甲开发区（含乙新区50公顷）350公顷.
    parts_m2
        The sum of the parts so far.
    """

    facets: Facets
    opener: Opener
    statement: Statement | None = None
    strict: bool = False
    dead: bool = False
    dead_before: bool = False
    at: int | None = None
    open_split: bool = False
    named: list[Mention] = field(default_factory=list)
    parts_m2: Fraction = Fraction(0)

    def accepts(self, figure: Figure) -> bool:
        """Whether a figure can be a part of what this frame says."""
        outer, facets, quantity = self.facets, figure.facets, figure.quantity
        if figure.total:
            return self.opener == "context" and not outer.use
        if any(getattr(facets, k) and getattr(outer, k) for k in ("source", "mode", "period")):
            return False
        if not _region_fits(self, facets):
            return False
        if not (_use_fits(self, facets) or self._is_said_to_hold(figure)):
            return False
        if self.opener == "carried":
            told = self.statement.quantity if self.statement else None
            fits = told is None or quantity is None or quantity.area_m2 <= told.area_m2
            return fits and facets.over(outer).key != outer.key
        return self.opener != "among" or facets != Facets()

    def _is_said_to_hold(self, figure: Figure) -> bool:
        """Whether 其中 makes a use a part that the hierarchy puts beside, not below.

        保障性住房用地30公顷，其中棚改安置用地20公顷、公租房用地10公顷: there must be room for it,
        and it comes first, goes on a list, or makes the parts full.
        """
        told = self.statement.quantity if self.statement and self.opener == "among" else None
        kin = main_category(figure.facets.use) == main_category(self.facets.use) != ""
        if told is None or figure.quantity is None or not kin:
            return False
        left = told.area_m2 - self.parts_m2
        first = not self.parts_m2 and not self.strict
        goes_on = first or figure.joined or figure.quantity.area_m2 == left
        return goes_on and figure.quantity.area_m2 <= left


@dataclass(slots=True)
class Stack:
    """Frames, the innermost last; the first is that of the headings and always there."""

    frames: list[Frame] = field(default_factory=lambda: [Frame(Facets(), "context")])

    @property
    def top(self) -> Frame:
        """The innermost frame."""
        return self.frames[-1]

    @property
    def is_dead(self) -> bool:
        """Whether any frame says that its figures are none of the plan's."""
        return any(f.dead for f in self.frames)

    @property
    def is_nested(self) -> bool:
        """Whether a figure now is a part of something."""
        return any(f.opener in ("among", "bracket") or f.facets != Facets() for f in self.frames)

    @property
    def in_bracket(self) -> bool:
        """Whether a bracket is open."""
        return any(f.opener == "bracket" for f in self.frames)

    def push(self, frame: Frame) -> None:
        """Open a frame."""
        self.frames.append(frame)

    def fit(self, figure: Figure) -> Frame:
        """Leave the frames that a figure cannot be a part of; give the innermost of the others."""
        while len(self.frames) > 1 and not self.top.accepts(figure):
            self.frames.pop()
        return self.top

    def end_clause(self) -> None:
        """Pass a semicolon: what was only named is forgotten, what was opened becomes strict."""
        self.frames = [f for f in self.frames if f.opener != "carried"]
        for frame in self.frames:
            frame.strict = frame.opener != "context"

    def close_bracket(self) -> Frame | None:
        """Leave the innermost bracket with all in it; give its frame, if there is one."""
        depth = range(len(self.frames) - 1, -1, -1)
        mark = next((i for i in depth if self.frames[i].opener == "bracket"), None)
        if mark is None:
            return None
        frame = self.frames[mark]
        del self.frames[mark:]
        return frame

    def amend(self, told: Statement, statement: Statement) -> None:
        """Put ``statement`` in the place of a former one that later figures part."""
        for frame in self.frames:
            if frame.statement is told:
                frame.statement = statement


def _region_fits(frame: Frame, facets: Facets) -> bool:
    outer = frame.facets
    if not (facets.region and outer.region) or within_region(facets, outer):
        return True
    if frame.opener == "context" and facets.region == outer.region:
        return True
    if frame.opener == "bracket" and not facets.code:
        return True
    nested = frame.opener in ("among", "bracket") and not frame.strict
    return nested and _may_lie_in(facets, outer)


def _use_fits(frame: Frame, facets: Facets) -> bool:
    outer = frame.facets
    members = frame.statement.members if frame.statement else ()
    if not (facets.use and outer.use) or within_use(facets, outer, members):
        return True
    if frame.opener == "context" and facets.category == outer.category:
        return True
    if frame.opener == "bracket" and frame.statement and facets.category != outer.category:
        return True  # what stands in brackets is a part, whatever the hierarchy of uses says
    unknown = not canonical(facets.use) and facets.category != outer.category
    return unknown and frame.opener != "carried" and not frame.strict


def _may_lie_in(inner: Facets, outer: Facets) -> bool:
    """Whether a region may lie in another, where no list of divisions says so.

    Towns and villages lie in districts and zones, districts in 市区 and 中心城区.
    """
    town = inner.region.endswith(("镇", "乡", "街道", "村", "园区", "园"))
    if outer.code:
        return town and not inner.code
    zone = is_zone(outer.region)
    return (
        town or len(inner.code) == len("330502100") or (not zone and inner.region != outer.region)
    )
