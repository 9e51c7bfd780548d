"""What was read of a plan, laid out as rows of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd

from landgis.landuse import lineage
from landgis.plan.accounts import Account
from landgis.plan.documents.blocks import Cell, Document, Paragraph
from landgis.plan.placements import Placement
from landgis.plan.rules import Count, RuleRead
from landgis.plan.statements import Facets, Statement, cite, is_below
from landgis.units import M2_PER_UNIT, Quantity


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
        if _is_finer(statement, told) or _is_sharper(
            statement, told
        ):  # a headline's 7.1万亩 gives way to 71079亩
            told, statement = statement, told  # noqa: PLW2901 - the same pair, the other way round
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


def without_own_scope(statements: Sequence[Statement]) -> list[Statement]:
    """Take 市区 for the whole where a plan has no figure outside of it."""
    regions = {s.facets.region for s in statements if not (s.parent and s.parent.region)}
    (own,) = regions if len(regions) == 1 else ("",)
    if not own.endswith(("市区", "市辖区", "本级")):
        return list(statements)

    def bare(facets: Facets) -> Facets:
        return replace(facets, region="", code="") if facets.region == own else facets

    return [
        replace(s, facets=bare(s.facets), parent=bare(s.parent) if s.parent else None)
        for s in statements
    ]


def _agree(told: Statement, again: Statement) -> bool:
    """Whether two statements may be of one figure, so that each can complete the other."""
    a, b = told.quantity, again.quantity
    if a is None or b is None or "about" in (told.qualifier, again.qualifier):
        return True
    half = a.half_width * M2_PER_UNIT[a.unit] + b.half_width * M2_PER_UNIT[b.unit]
    return abs(a.area_m2 - b.area_m2) <= half


def _is_finer(again: Statement, told: Statement) -> bool:
    """Whether the same figure is printed to a smaller place the second time."""
    a, b = told.quantity, again.quantity
    if a is None or b is None or (again.list_name and not told.list_name):
        return False
    half = [q.half_width * M2_PER_UNIT[q.unit] for q in (a, b)]
    return half[1] * 10 < half[0] and told.spot is not None and again.spot is not None


def _is_sharper(again: Statement, told: Statement) -> bool:
    """Whether the second says exactly what the first said about: 近5000亩, then 4960亩."""
    a, b = told.quantity, again.quantity
    vague = told.qualifier == "about" and again.qualifier == "exact"
    if a is None or b is None or not vague or again.list_name:
        return False
    digits = str(a.value)
    zeros = 0 if a.decimals else len(digits) - len(digits.rstrip("0"))
    open_m2 = a.half_width * M2_PER_UNIT[a.unit] * Fraction(10) ** min(zeros, 3)
    return bool(abs(a.area_m2 - b.area_m2) <= open_m2)


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


def target_row(
    statement: Statement,
    document: str,
    above: dict[str, str],
    codes: dict[str, str],
    *,
    account: Account,
) -> dict[str, Any]:
    """Lay out a figure; ``above`` and ``codes`` as in `parent_category` and `parent_region`."""
    facets, area = statement.facets, statement.quantity
    restated, share = statement.restated, statement.share
    return {
        "region": facets.region,
        "region_code": facets.code,
        "category": facets.category,
        "stated_category": facets.use,
        "parent_category": parent_category(statement, above),
        "parent_region": parent_region(statement, codes),
        "area_ha": float(area.area_ha) if area else float("nan"),
        "stated_value": float(area.value) if area else float("nan"),
        "stated_unit": area.unit if area else "",
        "stated_decimals": area.decimals if area else None,
        "share_pct": float("nan") if share is None else float(share),
        "share_decimals": None if share is None else _decimals(share),
        "land_source": facets.source,
        "supply_mode": facets.mode,
        "period": facets.period,
        "members": statement.members,
        "qualifier": _qualifier(statement.qualifier),
        "restated_value": float(restated.value) if restated else float("nan"),
        "restated_unit": restated.unit if restated else "",
        "restated_decimals": restated.decimals if restated else None,
        "restated_qualifier": _qualifier(statement.restated_qualifier),
        "list_name": statement.list_name,
        "open": "yes" if statement.open_split else "",
        "range_from": float(statement.range_from.value) if statement.range_from else float("nan"),
        "figure": account.number(statement.spot or statement.share_spot),
        "share_of": _base(statement.share_of),
        "share_qualifier": _qualifier(statement.share_qualifier),
        "source": cite(document, statement.place, statement.words),
    }


def _base(facets: Facets | None) -> str:
    """Name what a share is a share of, where its words say so; a use before a region."""
    return (facets.category or facets.region or facets.source or facets.mode) if facets else ""


def _qualifier(qualifier: str) -> str:
    return "" if qualifier == "exact" else qualifier


def _decimals(number: Decimal) -> int:
    return Quantity(number, "公顷").decimals


def placement_rows(placements: Sequence[Placement], document: str) -> list[dict[str, Any]]:
    """Lay out placements."""
    return [
        {"category": p.category, "regions": p.regions, "source": cite(document, p.place, p.words)}
        for p in placements
    ]


def rule_rows(rules: Sequence[RuleRead], document: str, account: Account) -> list[dict[str, Any]]:
    """Lay out rules; one that is said twice stands once."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for r in rules:
        due = r.due.isoformat() if r.due else ""
        row = {
            "kind": r.kind,
            "subject": r.subject,
            "value": float("nan") if r.value is None else float(r.value),
            "unit": r.unit,
            "due": due,
            "category": r.facets.category,
            "region": r.facets.region,
            "land_source": r.facets.source,
            "supply_mode": r.facets.mode,
            "of": r.of,
            "decimals": None if r.value is None else _decimals(r.value),
            "qualifier": _qualifier(r.qualifier),
            "source": cite(document, r.place, r.words),
            "figure": account.number(r.spot),
        }
        rows.setdefault((r.kind, r.subject, r.value, r.unit, due, r.of), row)
    return list(rows.values())


def count_rows(counts: Sequence[Count], document: str, account: Account) -> list[dict[str, Any]]:
    """Lay out counts."""
    return [
        {
            "subject": c.subject,
            "value": c.value,
            "unit": c.unit,
            "source": cite(document, c.place, c.words),
            "figure": account.number(c.spot),
        }
        for c in counts
    ]


def passage_rows(document: Document) -> list[dict[str, Any]]:
    """Lay out the words of a document, a paragraph or a cell a row; a merged cell stands once."""
    rows: list[dict[str, Any]] = []
    tables = 0
    for block in document.blocks:
        if isinstance(block, Paragraph):
            rows.append(_words(block))
            continue
        tables += 1
        rows += [
            {**_words(cell), "table": tables, "row": i, "column": j}
            for i, cells in enumerate(block.rows, 1)
            for j, cell in enumerate(cells, 1)
            if not cell.repeated
        ]
    return rows


def _words(block: Paragraph | Cell) -> dict[str, Any]:
    return {"line": str(block.place), "text": block.text, "printed": block.printed}


def got_by(table: pd.DataFrame, how: Mapping[int, str]) -> pd.DataFrame:
    """Say of each row how its figure was got (read, ocr), by the figures' numbers."""
    got = [how.get(-1 if pd.isna(n) else int(n), "read") for n in table["figure"]]
    return table.assign(how=pd.array(got, dtype="str"))
