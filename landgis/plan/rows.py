"""What was read of a plan, laid out as rows of its tables."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from landgis.plan.merge import parent_category, parent_region
from landgis.plan.placements import Placement
from landgis.plan.rules import Count, Rule
from landgis.plan.statements import Statement, cite
from landgis.units import Quantity


def target_row(
    statement: Statement, document: str, above: dict[str, str], codes: dict[str, str]
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
        "source": cite(document, statement.place, statement.words),
    }


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


def rule_rows(rules: Sequence[Rule], document: str) -> list[dict[str, Any]]:
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
        }
        rows.setdefault((r.kind, r.subject, r.value, r.unit, due, r.of), row)
    return list(rows.values())


def count_rows(counts: Sequence[Count], document: str) -> list[dict[str, Any]]:
    """Lay out counts."""
    return [
        {
            "subject": c.subject,
            "value": c.value,
            "unit": c.unit,
            "source": cite(document, c.place, c.words),
        }
        for c in counts
    ]
