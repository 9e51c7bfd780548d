"""One wrong figure, seen in a row, a column and a total, is one cause.

A failing row that holds others (a total, a region, a use) follows from those of them that fail if
their differences together make up its own. So a cell that is wrong leads, and what it makes fail
points to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from landgis.balance.rows import Row
from landgis.landuse import is_within


def causes_of(rows: Sequence[Row]) -> dict[int, list[int]]:
    """Give for each row that follows from others their positions, the one that leads first.

    Where several make up a difference, the largest of them leads; rows that cannot be decided
    for want of one region follow the first of it.
    """
    causes = {i: [leader] for i, leader in _of_regions(rows)}
    failing = [i for i, row in enumerate(rows) if row.verdict == "fail"]
    for i in failing:
        for parts in _parts(rows, i, failing):
            if parts and _makes_up(rows, i, parts):
                size = {p: abs(rows[p].difference_m2 or Fraction(0)) for p in parts}
                causes[i] = sorted(parts, key=size.__getitem__, reverse=True)
                break
    return {i: _leaders(i, causes) for i in causes}


def _of_regions(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Point all rows of a region that has no polygon to the first of them."""
    first: dict[tuple[str, str], int] = {}
    for i, row in enumerate(rows):
        kind = str(row.reason.get("kind", ""))
        if kind not in {"no_region", "no_polygon", "incomplete"}:
            continue
        leader = first.setdefault((kind, row.region), i)
        if leader != i:
            yield i, leader


def _parts(rows: Sequence[Row], whole: int, failing: Sequence[int]) -> Iterator[list[int]]:
    """Give sets of failing rows that lie inside one, the finest first: each adds up by itself."""
    row = rows[whole]
    inside = [i for i in failing if i != whole and _within(rows[i], row)]
    levels: dict[tuple[bool, ...], list[int]] = {}
    for i in inside:
        part = rows[i]
        told = part.figure
        level = (
            told.origin == "project",
            bool(told.facets),
            bool(part.region) and bool(told.category),
            bool(told.parent),
            bool(part.region),
        )
        levels.setdefault(level, []).append(i)
    yield from sorted(levels.values(), key=len)
    alone = [i for i in inside if _makes_up(rows, whole, [i])]
    finest = [i for i in alone if not any(_within(rows[j], rows[i]) for j in alone if j != i)]
    if len(finest) == 1:  # what the rest of its level differs by is not in the whole
        yield finest


def _within(part: Row, whole: Row) -> bool:
    """Whether a row is a part of another: finer in region, use or facets, and in none coarser."""
    a, b = part.figure, whole.figure
    if b.origin == "project" or not set(b.facets) <= set(a.facets):
        return False
    region = whole.region in ("", part.region)
    use = b.category in ("", a.category, a.parent) or is_within(a.category, b.category)
    finer = (a.origin == "project") > (b.origin == "project")
    return region and use and (finer or (part.region, a.category, a.facets) != (
        whole.region, b.category, b.facets
    ))  # fmt: skip


def _makes_up(rows: Sequence[Row], whole: int, parts: Sequence[int]) -> bool:
    """Whether the differences of some rows make up that of another, within what all leave open."""
    summed = sum((rows[p].difference_m2 or Fraction(0) for p in parts), Fraction(0))
    slack = rows[whole].tolerance_m2 + sum((rows[p].tolerance_m2 for p in parts), Fraction(0))
    return abs(summed - (rows[whole].difference_m2 or Fraction(0))) <= slack


def _leaders(i: int, causes: dict[int, list[int]]) -> list[int]:
    """Follow each cause to those that have none themselves; a part is finer, so there is an end."""
    found: dict[int, None] = {}
    for j in causes[i]:
        found |= dict.fromkeys(_leaders(j, causes) if j in causes else [j])
    return list(found)
