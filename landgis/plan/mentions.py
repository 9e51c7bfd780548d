"""Names found in a text, and what several of them say together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from landgis.plan.statements import Facets

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
        if m.kind == "whole":
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
