"""Every number of a document accounted for: the table ``figures``.

What was read (statements, list rows, rules, counts) and what was set aside claims its numbers;
each number that nothing claims is looked at once more, and is told as not understood if no reason
is found for which it is none of the plan. Nothing is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from landgis.plan.columns import NUMBER_IN_CELL
from landgis.plan.documents.blocks import Document, How, Paragraph, Place, TableBlock
from landgis.plan.lexicon import reasons
from landgis.plan.quantities import Measure, find_quantities
from landgis.plan.rules import Count, RuleRead
from landgis.plan.scope import BARE, bare_number
from landgis.plan.statements import (
    NO_FACETS,
    Facets,
    Item,
    Mark,
    Standing,
    Statement,
    agree,
    cite,
)

_THINGS = re.compile(
    r"宗|(?:个|项|块|幅|处|片)(?=[^，。；、（]{0,8}(?:项目|地块|片区|宗地|用地|村庄|区块))|[块幅]"
)
_OF_THINGS = re.compile(r"(?:项目|地块|片区|宗地|改造|更新|整治|整备)(?:共|约|计|总计|合计)*$")
_SHARE = re.compile(r"占|比重|比例|份额")
_CLAUSE = re.compile(r"[，。；！？]")
_ROW_OF_NUMBERS = re.compile(
    r"(?:[^\d\s]{0,14}\s+)?(?:\d[\d,]*(?:\.\d+)?%?\s+){2,}\d[\d,]*(?:\.\d+)?%?\s*"
)
_NEAR = 60
_LONE_NUMBER = re.compile(r"\s*(?:\d[\d,]*(?:\.\d+)?|\.\d+)\s*")
_GOALS = ("min_total", "min_count", "completion")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claim:
    """What claims a number."""

    spot: Standing
    role: str
    reason: str = ""
    why: str = ""
    facets: Facets = NO_FACETS
    of: Standing | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of a document.

    Parameters
    ----------
    first, again
        Figures, and those that state one of them once more.
    items, rules, counts, marks
        List rows and projects, rules and goals, counts, numbers that are none of these.
    set_aside
        Blocks none of whose numbers is the plan's, by their index: the reason.
    """

    first: Sequence[Statement] = ()
    again: Sequence[Statement] = ()
    items: Sequence[Item] = ()
    rules: Sequence[RuleRead] = ()
    counts: Sequence[Count] = ()
    marks: Sequence[Mark] = ()
    set_aside: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """The rows of ``figures``, and the number of each figure by where it stands."""

    rows: list[dict[str, Any]]
    numbers: dict[Standing, int]

    def number(self, spot: Standing | None) -> int | None:
        """Give the number of the figure at a place."""
        return self.numbers.get(spot) if spot else None


def account(document: Document, told: Read) -> Account:
    """Account for every number of a document, in its order."""
    claims: dict[tuple[int, Place], list[_Claim]] = {}
    for claim in _claims(told):
        claims.setdefault((claim.spot.block, claim.spot.place), []).append(claim)
    rows: list[dict[str, Any]] = []
    numbers: dict[Standing, int] = {}
    owed: list[tuple[int, Standing]] = []
    for passage in _passages(document):
        here = claims.get((passage.block, passage.place), [])
        ordered = sorted(here, key=lambda c: c.spot.start)
        at = 0
        for measure in passage.measures():
            while at < len(ordered) and ordered[at].spot.end <= measure.start:
                at += 1
            own = [c for c in ordered[at : at + 4] if c.spot.start < measure.end]
            if not own and (left := _unclaimed(passage, measure, told.set_aside)):
                own = [left]
            if not own:
                continue
            claim = own[0]
            number = len(rows) + 1
            for c in own:
                numbers.setdefault(c.spot, number)
            rows.append(_row(number, passage, measure, claim, document.name))
            if claim.of:
                owed.append((number, claim.of))
    for number, spot in owed:
        rows[number - 1]["of"] = numbers.get(spot)
    return Account(rows, numbers)


# --- claims ---------------------------------------------------------------------------------


def _claims(told: Read) -> Iterator[_Claim]:
    """Give what claims numbers; of two that claim the same, the first holds."""
    by_key = {s.facets.key: s for s in told.first}
    for statement in told.first:
        yield from _of_statement(statement)
    for statement in told.again:
        yield from _of_repeat(statement, by_key.get(statement.facets.key))
    yield from (_of_item(item, item.spot) for item in told.items if item.spot)
    yield from (_of_rule(rule, rule.spot) for rule in told.rules if rule.spot)
    yield from (_of_mark(mark) for mark in told.marks if mark.role != "unknown")
    for c in told.counts:
        if c.spot:
            yield _Claim(spot=c.spot, role="count", why="count", facets=c.facets, unit=c.unit)
    yield from (_of_mark(mark) for mark in told.marks if mark.role == "unknown")


def _of_item(item: Item, spot: Standing) -> _Claim:
    facets = Facets(region=item.region, use=item.category)
    unit = item.quantity.unit if item.quantity else ""
    why = "list" if item.list_name else "named"
    return _Claim(spot=spot, role="project", why=why, facets=facets, unit=unit)


def _of_rule(rule: RuleRead, spot: Standing) -> _Claim:
    role = "goal" if rule.kind in _GOALS else "rule"
    return _Claim(spot=spot, role=role, why=rule.kind, facets=rule.facets, unit=rule.unit)


def _of_mark(mark: Mark) -> _Claim:
    return _Claim(
        spot=mark.spot,
        role=mark.role,
        reason=mark.reason,
        why=mark.why,
        facets=mark.facets,
        of=mark.of,
    )


def _of_statement(statement: Statement) -> Iterator[_Claim]:
    facets = statement.facets
    part = statement.parent or facets.source or facets.mode or facets.period
    role, own = ("split" if part else "target"), statement.spot
    if own and statement.quantity:
        unit = statement.quantity.unit
        yield _Claim(spot=own, role=role, why=statement.why, facets=facets, unit=unit)
    if statement.range_spot:
        yield _Claim(spot=statement.range_spot, role=role, why="range", facets=facets, of=own)
    if statement.restated_spot:
        unit = statement.restated.unit if statement.restated else ""
        spot = statement.restated_spot
        yield _Claim(spot=spot, role=role, why="restated", facets=facets, of=own, unit=unit)
    if statement.share_spot:
        spot = statement.share_spot
        yield _Claim(spot=spot, role="share", why="share", facets=facets, of=own, unit="%")


def _of_repeat(statement: Statement, told: Statement | None) -> Iterator[_Claim]:
    """Set a figure that is said once more aside; one that is not the same is not understood."""
    of = told.spot if told else None
    in_table = statement.why in ("cell", "sum")  # which is set against the words on its own
    same = told is None or in_table or agree(told, statement)
    role, reason = ("aside", "said_before") if same else ("unknown", "said_otherwise")
    for claim in _of_statement(statement):
        yield _Claim(
            spot=claim.spot,
            role="share" if claim.role == "share" else role,
            reason="" if claim.role == "share" else reason,
            why=claim.why,
            facets=claim.facets,
            of=of,
            unit=claim.unit,
        )


# --- passages -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passage:
    """A paragraph or a cell; ``scattered`` where it is a piece of a table that fell apart."""

    block: int
    place: Place
    text: str
    printed: str
    how: How
    cell: bool = False
    scattered: bool = False

    def measures(self) -> list[Measure]:
        """Give its numbers in their order: quantities, and what looks like one."""
        found = list(find_quantities(self.text))
        taken = bytearray(len(self.text) + 1)
        for m in found:
            taken[m.start : m.end] = b"\x01" * (m.end - m.start)
        bare = NUMBER_IN_CELL if self.cell or self.scattered else BARE
        others = (m for m in bare.finditer(self.text) if not any(taken[m.start() : m.end()]))
        return sorted([*found, *map(bare_number, others)], key=lambda m: m.start)


def _passages(document: Document) -> Iterator[_Passage]:
    blocks = document.blocks
    lone = [isinstance(b, Paragraph) and bool(_LONE_NUMBER.fullmatch(b.text)) for b in blocks]
    for i, block in enumerate(blocks):
        if isinstance(block, TableBlock):
            for row in block.rows:
                for cell in row:
                    if cell.text and not cell.repeated:
                        yield _Passage(
                            block=0,
                            place=cell.place,
                            text=cell.text,
                            printed=cell.printed,
                            how=cell.how,
                            cell=True,
                        )
            continue
        among = lone[i] and (any(lone[max(0, i - 2) : i]) or any(lone[i + 1 : i + 3]))
        yield _Passage(
            block=i + 1,
            place=block.place,
            text=block.text,
            printed=block.printed,
            how=block.how,
            scattered=block.apart or among or bool(_ROW_OF_NUMBERS.fullmatch(block.text)),
        )


def _unclaimed(passage: _Passage, measure: Measure, set_aside: Mapping[int, str]) -> _Claim | None:
    """Say what a number is that nothing claims; None for one that is no figure at all."""
    role, reason, why = _left(passage, measure, set_aside.get(passage.block, ""))
    spot = Standing(passage.block, passage.place, measure.start, measure.end)
    return _Claim(spot=spot, role=role, reason=reason, why=why) if role else None


def _left(passage: _Passage, measure: Measure, heading: str) -> tuple[str, str, str]:
    """Give role, reason and why of a number that is left; no role for what is no figure."""
    if not measure.unit or measure.kind == "money":
        damaged = passage.text[measure.start] in ".．。"
        lost = damaged or (passage.scattered and not measure.unit)
        return ("unknown", "damaged" if damaged else "table", "") if lost else ("", "", "")
    if heading:
        return "aside", heading, "heading"
    if measure.kind == "count":
        return _left_count(passage, measure)
    near = max(0, measure.start - _NEAR)
    ends = (m.end() for m in _CLAUSE.finditer(passage.text, near, measure.start))
    start = max(ends, default=near)
    before = passage.text[start : measure.start]
    for code, told in reasons().items():
        behind = told.after and told.after.match(passage.text, measure.end)
        if behind or (told.before and told.before.search(before)):
            return "aside", code, "words"
    if measure.kind == "share" and not _SHARE.search(before):
        return "aside", "not_plan", "words"
    return "unknown", "no_name", "unclaimed"


def _left_count(passage: _Passage, measure: Measure) -> tuple[str, str, str]:
    things = _THINGS.match(passage.text, measure.end - len(measure.unit))
    if things or _OF_THINGS.search(passage.text, max(0, measure.start - 12), measure.start):
        return "count", "", "count"
    written = passage.text[measure.start].isdecimal()  # 一个目标 is none
    return ("aside", "not_land", "count") if written else ("", "", "")


def _row(
    number: int, passage: _Passage, measure: Measure, claim: _Claim, document: str
) -> dict[str, Any]:
    words = _clause(passage, measure)
    value = measure.range_end if measure.range_end is not None else measure.value
    return {
        "figure": number,
        "value": f"{value:f}",
        "unit": measure.unit or claim.unit,
        "decimals": measure.decimals,
        "qualifier": "" if measure.qualifier == "exact" else measure.qualifier,
        "role": claim.role,
        "reason": claim.reason,
        "region": claim.facets.region,
        "category": claim.facets.category,
        "land_source": claim.facets.source,
        "supply_mode": claim.facets.mode,
        "period": claim.facets.period,
        "line": str(passage.place),
        "words": words,
        "start": measure.start,
        "end": measure.end,
        "how": passage.how,
        "why": claim.why or claim.reason,
        "source": cite(document, passage.place, words),
    }


def _clause(passage: _Passage, measure: Measure) -> str:
    """Give the clause that a number stands in, not more than can be read at a glance."""
    near = max(0, measure.start - _NEAR)
    start = max(
        (m.end() for m in _CLAUSE.finditer(passage.text, near, measure.start)), default=near
    )
    end = _CLAUSE.search(passage.text, measure.end)
    stop = min(end.start() if end else len(passage.text), measure.end + _NEAR)
    return " ".join(passage.printed[start:stop].split())
