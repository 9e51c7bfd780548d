"""Statements of the same figure made one, and which figure each is a part of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from landgis.landuse import lineage
from landgis.plan.statements import Statement, is_below
from landgis.units import M2_PER_UNIT


def merge(statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Part what is said first from what is said again; a later share or unit is not lost."""
    first: dict[tuple[str, ...], Statement] = {}
    again: list[Statement] = []
    for statement in statements:
        told = first.get(statement.facets.key)
        if told is None:
            first[statement.facets.key] = statement
            continue
        if told.list_name and not statement.list_name:  # the text goes before a list's subtotal
            told, statement = statement, told  # noqa: PLW2901 - the same pair, the other way round
        if not _agree(told, statement):
            again.append(statement)
            continue
        first[statement.facets.key] = replace(
            told,
            quantity=told.quantity or statement.quantity,
            share=told.share if told.share is not None else statement.share,
            restated=told.restated or statement.restated,
            restated_qualifier=told.restated_qualifier
            if told.restated
            else statement.restated_qualifier,
            members=told.members or statement.members,
            parent=told.parent or statement.parent,
            open_split=told.open_split and statement.open_split,
            qualifier=told.qualifier if told.quantity else statement.qualifier,
        )
        if told.quantity and statement.quantity:
            again.append(statement)
    return list(first.values()), again


def _agree(told: Statement, again: Statement) -> bool:
    """Whether two statements may be of one figure, so that each can complete the other."""
    a, b = told.quantity, again.quantity
    if a is None or b is None or "about" in (told.qualifier, again.qualifier):
        return True
    half = a.half_width * M2_PER_UNIT[a.unit] + b.half_width * M2_PER_UNIT[b.unit]
    return abs(a.area_m2 - b.area_m2) <= half


def hierarchy(statements: Sequence[Statement]) -> dict[str, str]:
    """Give the use that each one belongs to by the hierarchy, of those that the plan names.

    It is left out where the plan lists uses of both levels as equals: where its total is the sum
    of all of them, and not that of the upper ones.
    """
    categories = dict.fromkeys(s.facets.category for s in statements)
    lines = ((c, [a for a in lineage(c)[1:] if a in categories]) for c in categories if c)
    above = {c: line[0] for c, line in lines if line}
    whole = [s for s in statements if s.quantity and not (s.facets.region or any(s.facets.key[2:]))]
    total = next((s.quantity for s in whole if not s.facets.use), None)
    uses = [s for s in whole if s.facets.use and not (s.parent and s.parent.use)]
    if total is None:
        return above

    def closes(parts: Iterable[Statement]) -> bool:
        summed = sum((s.quantity.area_m2 for s in parts if s.quantity), Fraction(0))
        return abs(summed - total.area_m2) < total.half_width * M2_PER_UNIT[total.unit]

    upper = [s for s in uses if s.facets.category not in above]
    return {} if closes(uses) and not closes(upper) else above


def parent_category(statement: Statement, above: dict[str, str]) -> str:
    """Give the use that this one is a part of, by the document or by the uses' hierarchy."""
    own = statement.facets.category
    if statement.parent and statement.parent.category not in ("", own):
        return statement.parent.category
    return above.get(own, "")


def parent_region(statement: Statement, codes: dict[str, str]) -> str:
    """Give the region that this one lies in, by the document or the list of divisions.

    ``codes`` names the regions of the plan by their codes.
    """
    facets = statement.facets
    if statement.parent and statement.parent.region not in ("", facets.region):
        return statement.parent.region
    above = [c for c in codes if facets.code and is_below(facets.code, c)]
    return codes[max(above, key=len)] if above else ""
