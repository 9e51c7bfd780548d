"""Numbers that no words near them name, where a sum of the document tells what they are.

A whole and all of its parts but one tell the last: 共2400亩。住宅900亩 … 商服600亩 … 工业则往园区
集中，市里只配了900亩. The name is what its own sentence says; without one it stays unread.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Literal

from landgis.landuse import canonical, main_category
from landgis.plan.documents.blocks import Document, Paragraph
from landgis.plan.names import Names
from landgis.plan.quantities import find_quantities
from landgis.plan.roles import is_label, is_place_like, label_of, use_inside, without_glue
from landgis.plan.statements import (
    NO_FACETS,
    Facets,
    Mark,
    Standing,
    Statement,
    excerpt,
    is_odd,
    within_region,
    within_use,
)
from landgis.units import Quantity

_CLAUSE_ENDS, _SENTENCE_ENDS = "，。；：！？?!:\n", "。！？?!；\n"
_CLAUSE = re.compile("[，。；：！？\\n]")
_NUMBER = re.compile(r"\d[\d.,]*\s*(?:万?亩|万?公顷|万?平方(?:米|公里)|%)")
_MAKE_UP = 3  # so many figures that sum to another are no chance
_MANY = 60  # unnamed numbers, of which two make up an area by chance
_ROUNDS = 20  # so many sums are completed at most, each by those before it
_JOIN = re.compile("[、和及与]")
_OF_SAYING = re.compile(
    "(?:答案|说法|回答|底数|口径|盘子|全[市区县州]|本[市区县]|[一总]共)(?:都?就)?[是为]$"
)
_OTHER_PLACE = re.compile(r"(?<=[\u4e00-\u9fff]{2})(?<![全本我各])[市区县州镇乡](?!里)")
_NO_SUPPLY = re.compile("空[着置了出]|闲置|荒[着废了]|烂尾|抱怨|吐槽|诉苦|担心")
_THING_OF = re.compile(  # 滨江新区规划区内的林带
    r"的(?!.*(?:盘子|份额|计划|任务|指标|规模|总?量|面积|[用土供]地|数)[是为有]?$)[\u4e00-\u9fff]{1,6}$"
)
_SHORT_NAMES = (4, 3, 2)  # letters
_MOST = 400  # figures, in a document of tables, that need no such proof
_NEAR = 2  # paragraphs behind the last part in which another may stand

Kind = Literal["use", "region"]


@dataclass(frozen=True)
class _Unnamed:
    """A number that was not understood: its mark, its area, its paragraph."""

    mark: Mark
    area: Quantity
    text: str

    @property
    def before(self) -> str:
        """The words of its sentence before it, from the number before."""
        start = 1 + max(self.text.rfind(end, 0, self.mark.spot.start) for end in _SENTENCE_ENDS)
        words = self.text[start : self.mark.spot.start]
        return _NUMBER.split(words)[-1]

    @property
    def behind(self) -> str:
        """The words of its clause behind it."""
        return _CLAUSE.split(self.text[self.mark.spot.end :], maxsplit=1)[0]


def close_sums(
    statements: list[Statement],
    marks: list[Mark],
    document: Document,
    names: Names,
    *,
    ruled: Collection[Standing | None],
) -> None:
    """Take the numbers that complete a sum out of ``marks`` into ``statements``.

    Those that are ``ruled``, said by a rule, stay there.
    """
    if len(statements) >= _MOST:
        return
    unnamed = [u for u in _without_name(marks, document) if u.mark.spot not in ruled]
    for _ in range(_ROUNDS):
        made = _total(statements, unnamed) or next(_parts(statements, unnamed, names), {})
        if not made:
            return
        for one, (facets, parent) in made.items():
            unnamed.remove(one)
            marks.remove(one.mark)
            _insert(statements, _statement(one, facets, parent))


def _without_name(marks: Sequence[Mark], document: Document) -> Iterator[_Unnamed]:
    for mark in marks:
        if mark.reason not in ("no_name", "not_planned") or not mark.spot.block:
            continue
        block = document.blocks[mark.spot.block - 1]
        text = block.text if isinstance(block, Paragraph) else ""
        found = find_quantities(text[mark.spot.start : mark.spot.end])
        part = mark.facets.source or mark.facets.mode or mark.facets.period
        if len(found) == 1 and found[0].area and not part:
            yield _Unnamed(mark, found[0].area, text)


_Made = dict[_Unnamed, tuple[Facets, Facets | None]]


def _total(statements: Sequence[Statement], unnamed: Sequence[_Unnamed]) -> _Made:
    """Take a number for the whole that the plan's uses or places, or the kinds of a use, make up.

    一共供多少？5200亩。 … 住宅1650亩 … 工业1980亩 …: words that stand like a name beside it tell
    otherwise: 南山郊野生态5200亩.
    """
    told = [s for s in statements if s.quantity]
    sums: dict[Fraction, Facets] = {}
    for main in {main_category(s.facets.use) for s in told if s.facets.use} - {""}:
        whole = Facets(use=main)
        kinds = [s for s in told if within_use(s.facets, whole)]
        if not any(s.facets.key == whole.key for s in told) and (area := _sum(kinds, "use", whole)):
            sums[area] = whole
    if not any(s.facets == NO_FACETS for s in told):
        for kind in ("use", "region"):
            if area := _sum(told, kind, NO_FACETS):
                sums[area] = NO_FACETS
    for one in unnamed:
        facets = sums.get(one.area.area_m2)
        if facets is not None and one.mark.facets.use in ("", facets.use) and not _is_named(one):
            return {one: (facets, None)}
    return {}


def _is_named(one: _Unnamed) -> bool:
    """Whether something that may be a name stands before a number in its clause."""
    start = 1 + max(one.text.rfind(end, 0, one.mark.spot.start) for end in _CLAUSE_ENDS)
    before = one.text[start : one.mark.spot.start]
    region = one.mark.facets.region
    told = region and region in before
    if before.endswith(("是", "为")):
        return bool(told or not _OF_SAYING.search(before) or _OTHER_PLACE.search(before))
    return bool(told or label_of(before))


def _top(told: Sequence[Statement], kind: Kind, whole: Facets) -> list[Statement]:
    """Give the parts of a whole by use or place that are parts of no other of these."""
    bare: dict[str, str] = {kind: getattr(whole, kind)}
    if kind == "region":
        bare["code"] = whole.code
    within = within_use if kind == "use" else within_region
    own: dict[tuple[str, ...], Statement] = {}
    for s in told:
        if s.quantity and replace(s.facets, **bare) == whole != s.facets:
            inside = s.parent and getattr(s.parent, kind) not in ("", getattr(whole, kind))
            if not inside and (kind == "region" or not whole.use or _is_kind(s, whole)):
                own.setdefault(s.facets.key, s)
    parts = list(own.values())
    return [s for s in parts if not any(within(s.facets, o.facets) for o in parts)]


def _is_kind(s: Statement, whole: Facets) -> bool:
    return within_use(s.facets, whole) or (s.parent is not None and s.parent.key == whole.key)


def _sum(told: Sequence[Statement], kind: Kind, whole: Facets) -> Fraction | None:
    """Sum the parts of a whole by use or place; None for fewer than three."""
    parts = _top(told, kind, whole)
    areas = [s.quantity.area_m2 for s in parts if s.quantity]
    return sum(areas, Fraction(0)) if len(areas) >= _MAKE_UP else None


def _parts(
    statements: Sequence[Statement], unnamed: Sequence[_Unnamed], names: Names
) -> Iterator[_Made]:
    """Take numbers for the parts that a whole lacks, by what their own words name."""
    told = [s for s in statements if s.quantity]
    for whole in told:
        if whole.facets != Facets(
            region=whole.facets.region, code=whole.facets.code, use=whole.facets.use
        ):
            continue
        kinds: tuple[Kind, ...] = ("use",) if whole.facets.region else ("use", "region")
        for kind in kinds:
            parts = _top(told, kind, whole.facets)
            for some in _that_complete(whole, parts, unnamed):
                taken = {p.facets.key for p in parts}
                named = {one: _name(one, kind, whole.facets, names) for one in some}
                keys = {f.key for f in named.values() if f}
                if None not in named.values() and len(keys) == len(some) and not keys & taken:
                    inside = any(p.parent and p.parent.key == whole.facets.key for p in parts)
                    parent = whole.facets if inside else None
                    yield {one: (f, parent) for one, f in named.items() if f}


def _that_complete(
    whole: Statement, parts: Sequence[Statement], unnamed: Sequence[_Unnamed]
) -> Iterator[tuple[_Unnamed, ...]]:
    """Give the few numbers near the parts of a whole that it lacks."""
    if not (parts and whole.quantity):
        return
    blocks = [s.spot.block for s in (whole, *parts) if s.spot]
    if len(blocks) <= len(parts) or not all(blocks):
        return
    missing = whole.quantity.area_m2 - sum(s.quantity.area_m2 for s in parts if s.quantity)
    near = [u for u in unnamed if min(blocks) <= u.mark.spot.block <= max(blocks) + _NEAR]
    for some in (_one_of(near, missing), _two_of(near, missing)):
        found = [
            s for s in some if len(s) + len(parts) >= _MAKE_UP or any(is_odd(u.area) for u in s)
        ]
        if len(found) == 1:
            yield found[0]
            return


def _one_of(near: Sequence[_Unnamed], missing: Fraction) -> list[tuple[_Unnamed, ...]]:
    return [(u,) for u in near if u.area.area_m2 == missing]


def _two_of(near: Sequence[_Unnamed], missing: Fraction) -> list[tuple[_Unnamed, ...]]:
    """Give the pairs that make up an area; of many numbers none, as two of them do by chance."""
    areas = {u.area.area_m2 for u in near} if len(near) <= _MANY else ()
    likely = [u for u in near if missing - u.area.area_m2 in areas] if areas else []
    return [
        (a, b) for a, b in combinations(likely, 2) if a.area.area_m2 + b.area.area_m2 == missing
    ]


def _name(one: _Unnamed, kind: Kind, whole: Facets, names: Names) -> Facets | None:
    """Name a part by the words of its sentence; None if these name nothing."""
    told, before = one.mark.facets, one.before
    if _NO_SUPPLY.search(before.split("，")[-1]):
        return None
    label = label_of(before.split("，")[-1], listed=True)
    named = without_glue(label) and all(map(is_label, label.removesuffix("等").split("、")))
    label = label if named else ""
    if kind == "region":
        if _THING_OF.search(before.split("，")[-1]):
            return None
        found = [m for m in names.find(before + "1公顷") if m.kind == "region"]
        if found and not (_JOIN.search(label) and found[-1].name in label):
            return replace(whole, region=found[-1].name, code=found[-1].code)
        tails = (names.region(before.rstrip()[-n:]) for n in _SHORT_NAMES)
        short = next(((name, code) for name, code in tails if code), None)
        if short:
            return replace(whole, region=short[0], code=short[1])
        like = found or is_place_like(label)
        return replace(whole, region=label, code="") if label and like else None
    own = told.use if told.use and told.use in before else ""
    own = label if _JOIN.search(label) and not is_place_like(label) else own  # 道路、绿地及其他
    use = own or use_inside(before) or use_inside(one.behind)
    use = use or (label if label and not is_place_like(label) else "")
    same = (canonical(use) or use) == whole.category
    return None if same or not use else replace(whole, use=use)


def _statement(one: _Unnamed, facets: Facets, parent: Facets | None) -> Statement:
    spot = one.mark.spot
    start = max(0, one.text.rfind("。", 0, spot.start) + 1)
    return Statement(
        facets=facets,
        quantity=one.area,
        place=spot.place,
        words=excerpt(one.text, start, spot.end),
        parent=parent,
        spot=spot,
        why="parts",
    )


def _insert(statements: list[Statement], made: Statement) -> None:
    """Put a figure where it stands in the document."""
    own = made.spot and (made.spot.block, made.spot.start)
    later = (
        i
        for i, s in enumerate(statements)
        if s.spot and s.spot.block and own and (s.spot.block, s.spot.start) > own
    )
    statements.insert(next(later, len(statements)), made)
