"""Every way in which the figures of a plan should add up: a total, and the parts that make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import chain
from types import MappingProxyType

from landgis.findings import Finding, finding_key
from landgis.landuse import category_name, is_within
from landgis.plan.audit.stated import Stated
from landgis.units import printed_tolerance

Term = tuple[str, int]
"""A printed number: what it is of its figure (area, share, other unit) and the figure's number."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with the numbers it rests on.

    Parameters
    ----------
    terms
        For each number, by how much it is too large if it alone is wrong (m², or percent of a
        share); None where the check cannot tell.
    exact
        Whether the check, if passed, speaks for each of its numbers: a sum that closes to the last
        digit does, a share does not.
    within
        Index of the finding of which this one's whole difference is a part; -1 for none.
    """

    finding: Finding
    terms: Mapping[Term, Fraction | None]
    exact: bool = False
    within: int = -1

    @property
    def fails(self) -> bool:
        """Whether the check failed."""
        return self.finding.verdict == "fail"


def suspects(index: int, judged: Sequence[Judged]) -> list[Term]:
    """Give the numbers that alone, if wrong, explain a failing check and others with it.

    Such is the cell where a row and a column meet that differ by the same amount. A number that
    stands in a sum that closes is none.
    """
    here = judged[index]
    found = []
    for term, error in here.terms.items():
        others = [j for j in judged if j is not here and term in j.terms]
        wrong = {j.terms[term] for j in others if j.fails}
        if any(not j.fails and j.exact for j in others) or not wrong:
            continue
        if wrong == {error} and error is not None:
            found.append(term)
    return found


def tie(judged: Sequence[Judged]) -> list[Finding]:
    """Give the findings, the failing ones of one wrong number pointing to the first of them.

    The number that explains most failing checks is taken first, then that which explains most of
    the others. A total whose difference sits in one of its columns follows from the column's.
    """
    left = {i for i, j in enumerate(judged) if j.fails}
    cleared = {t for j in judged if not j.fails and j.exact for t in j.terms}
    causes: dict[int, int] = {}
    while left:
        group = _largest(left, judged, cleared)
        if len(group) < 2:
            break
        first = min(group)
        causes.update(dict.fromkeys(group - {first}, first))
        left -= group
    for i, j in enumerate(judged):
        if j.fails and i not in causes and j.within not in (-1, i):
            target = causes.get(j.within, j.within)
            if target != i:
                causes[i] = target
                causes |= {k: target for k, first in causes.items() if first == i}
    return [_caused(j.finding, judged, causes.get(i)) for i, j in enumerate(judged)]


def _largest(left: set[int], judged: Sequence[Judged], cleared: Iterable[Term]) -> set[int]:
    """Give the failing checks that one number explains, the largest such set."""
    best: set[int] = set()
    apart = set(cleared)
    terms = dict.fromkeys(t for i in sorted(left) for t in judged[i].terms)
    for term in terms:
        holding = {i for i in left if term in judged[i].terms}
        errors = {judged[i].terms[term] for i in holding} - {None}
        for error in errors or {None}:
            group = {i for i in holding if judged[i].terms[term] in (error, None)}
            rank = (len(group), term not in apart)
            if rank > (len(best), False) and (term not in apart or len(group) > 2):
                best = group
    return best


def _caused(finding: Finding, judged: Sequence[Judged], first: int | None) -> Finding:
    if first is None:
        return finding
    return replace(finding, cause=finding_key(asdict(judged[first].finding)))


_FACETS = ("source", "mode", "period")


SPLITS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "uses": ("各用途", "the uses"),
        "inner uses": ("的各细分用途", "the parts of "),
        "regions": ("各区域", "the regions"),
        "inner regions": ("的各下级区域", "the regions of "),
        "source": ("各土地来源", "the land sources"),
        "mode": ("各供应方式", "the supply modes"),
        "period": ("各时段", "the periods"),
        "members": ("所含各用途", "the uses of "),
        "cells": ("各区域各用途", "the uses of the regions"),
        "list": ("清单各项", "the rows of the list"),
        "subtotals": ("清单各小计", "the subtotals of the list"),
    }
)
"""What a total is split by, in words; those that end in a blank in English go with its name."""


@dataclass(frozen=True, slots=True)
class Split:
    """A total and parts that should make it up, and by what they are split (`SPLITS`)."""

    total: Stated
    parts: tuple[Stated, ...]
    by: str
    exhaustive: bool = True

    @property
    def difference_m2(self) -> Fraction:
        """By how much the parts exceed the total."""
        return sum((p.area_m2 for p in self.parts), Fraction(0)) - self.total.area_m2

    @property
    def is_about(self) -> bool:
        """Whether any of the figures is said to be about (约)."""
        return any(f.qualifier == "about" for f in (self.total, *self.parts))

    @property
    def precision_m2(self) -> Fraction:
        """What print hides: nothing but rounding the exact sum to the total's decimals.

        Figures in another unit hide half a unit of their last digit each.
        """
        other = [p for p in self.parts if p.quantity and p.quantity.unit != self.unit]
        finer = any(p.half_m2 < self.total.half_m2 for p in self.parts)
        own = self.total.half_m2 if finer or other else Fraction(0)
        return sum((p.half_m2 for p in other), own)

    @property
    def approximate_m2(self) -> Fraction:
        """What the words 约, 左右 leave open: half of each such figure's last digit that counts."""
        vague = (f.about_m2 for f in (self.total, *self.parts) if f.qualifier == "about")
        return sum(vague, Fraction(0))

    @property
    def tolerance_m2(self) -> Fraction:
        """What is allowed in all."""
        return max(self.precision_m2, self.total.half_m2 * self.is_about) + self.approximate_m2

    @property
    def unit(self) -> str:
        """Unit of the total."""
        return self.total.quantity.unit if self.total.quantity else "公顷"

    @property
    def rounding_m2(self) -> Fraction:
        """What rounding each figure on its own, to the finest decimals, could explain at most."""
        printed = [f.half_m2 for f in (self.total, *self.parts) if f.quantity]
        return (len(self.parts) + 1) * min(printed, default=Fraction(0))

    @property
    def closes(self) -> bool:
        """Whether the parts make up the total, as far as print can tell."""
        difference, tolerance = self.difference_m2, self.tolerance_m2
        if difference == tolerance == self.total.half_m2:
            return False  # a half is rounded up
        return abs(difference) <= tolerance

    @property
    def of(self) -> dict[str, str]:
        """What the total is split by, in Chinese and in English."""
        zh, en = SPLITS[self.by]
        named = self.total.region if self.by == "inner regions" else ""
        use = self.total.category
        zh_name = named or (use if zh.startswith(("的", "所含")) else "")
        en_name = (named or category_name(use, "en")) if en.endswith(" ") else ""
        return {"zh": zh_name + zh, "en": en + en_name}


def share_half(share: Decimal) -> Fraction:
    """Half a unit of a share's last printed digit, in percent."""
    exponent = share.as_tuple().exponent
    return printed_tolerance(max(0, -exponent) if isinstance(exponent, int) else 0)


def says_incomplete(split: Split) -> bool:
    """Whether the parts' shares, or that of all of them, agree that the parts are not all."""
    shares = [p.share for p in split.parts if p.share is not None]
    if len(shares) != len(split.parts):  # 甲类30公顷、乙类40公顷，占70%: of both together
        return len(shares) == 1 and split.parts[-1].share is not None and _is_share_of_all(split)
    sums = sum(map(Fraction, shares), Fraction(0))
    width = sum((share_half(s) for s in shares), Fraction(0))
    told = 100 * (split.total.area_m2 + split.difference_m2) / split.total.area_m2
    return bool(sums + width < 100 and abs(sums - told) <= width + Fraction(1, 100))


def _is_share_of_all(split: Split) -> bool:
    share = Fraction(split.parts[-1].share or 0)
    told = 100 * (split.total.area_m2 + split.difference_m2) / split.total.area_m2
    half = share_half(split.parts[-1].share or Decimal(0))
    over = split.parts[-1].share_qualifier == "at_least"
    return told < 100 and (share <= told if over else abs(share - told) <= half)


def splits_of(figures: Sequence[Stated]) -> Iterator[Split]:
    """Every way in which the figures should add up."""
    by_key = {f.key: f for f in figures}
    yield from _by_use(figures)
    yield from _by_parent_use(figures)
    yield from _by_region(figures, by_key)
    yield from _by_parent_region(figures)
    yield from _by_facets(figures)
    yield from _by_members(figures)
    yield from _by_cells(figures)


def _groups(
    figures: Iterable[Stated], key: Callable[[Stated], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Stated]]:
    groups: dict[tuple[str, ...], list[Stated]] = {}
    for f in figures:
        groups.setdefault(key(f), []).append(f)
    return groups


def without(field: str) -> Callable[[Stated], tuple[str, ...]]:
    """Give a key of figures that leaves one of their facets out."""
    fields = ("region", "category", *_FACETS)
    return lambda f: tuple(
        (f.code or f.region) if n == "region" else getattr(f, n) for n in fields if n != field
    )


def _by_use(figures: Sequence[Stated]) -> Iterator[Split]:
    """Set uses of the first level against the total of their region."""
    crossed = _is_crossed(figures)
    cut: dict[str, set[str]] = {}  # uses that have figures by source, mode or quarter
    for f in figures:
        if f.category and any(getattr(f, facet) for facet in _FACETS):
            cut.setdefault(f.region, set()).add(f.category)
    for group in _groups(figures, without("category")).values():
        total = next((f for f in group if not f.category), None)
        parts = _making(total, group) if total else ()
        if total and parts:
            alone = len(parts) == 1 and not (total.region and crossed)
            rest = cut.get(total.region, set()) - {f.category for f in group}
            kinds = {p.category for p in parts}
            more = any(not any(is_within(c, k, composites={}) for k in kinds) for c in rest)
            yield Split(total, parts, "uses", not (alone or more))


def _making(total: Stated, group: Sequence[Stated]) -> tuple[Stated, ...]:
    """Give the uses that are no part of another one, by the plan or else by the scheme of uses.

    A plan may list uses of two levels as equals (公共管理用地 beside 公用设施用地) or leave out
    what its uses are parts of: those are taken that make the total, if any do.
    """
    parts = top_uses(group)
    kinds = [p.category for p in parts]
    inner = {k for k in kinds for o in kinds if k != o and is_within(k, o, composites={})}
    upper = tuple(p for p in parts if p.category not in inner)
    equals = tuple(f for f in group if f.category)
    ways = (parts, upper, equals)
    return next((way for way in ways if Split(total, way, "uses").closes), parts)


def top_uses(group: Sequence[Stated]) -> tuple[Stated, ...]:
    """Give the uses that are no part of another one in the group."""
    named = [f for f in group if f.category]
    return tuple(f for f in named if not any(_is_part_of_use(f, other) for other in named))


def _is_part_of_use(inner: Stated, outer: Stated) -> bool:
    if inner is outer or inner.category == outer.category:
        return False
    members = {outer.category: outer.members}
    return outer.category in inner.uses_above or (
        bool(outer.members) and is_within(inner.category, outer.category, composites=members)
    )


def _by_parent_use(figures: Sequence[Stated]) -> Iterator[Split]:
    """Parts of a use (其中) against it; those of a part without own figure are its parts."""
    for group in _groups(figures, without("category")).values():
        named = {f.category for f in group if f.category}
        above = {f.number: next((a for a in f.uses_above if a in named), "") for f in group}
        for total in group:
            inner = [f for f in group if above[f.number] == total.category != ""]
            equals = tuple(f for f in group if total.category and total.category in f.uses_above)
            parts = _making_use(total, top_uses(inner), equals)
            also = set(total.members) - {p.category for p in parts}  # 保障房用地（含中小套型）
            if parts and not (also and not Split(total, parts, "inner uses").closes):
                yield Split(total, parts, "inner uses", len(parts) > 1)


def _making_use(
    total: Stated, upper: tuple[Stated, ...], within: tuple[Stated, ...]
) -> tuple[Stated, ...]:
    """Give the uses that make another one; their own sums know better than any scheme.

    A plan may list uses of two levels as equals, or one of them apart from its kind: 限价商品住房
    beside 保障性安居工程, and not in it.
    """
    ways = chain((upper, within), ((*upper, f) for f in within if f not in upper))
    return next((w for w in ways if w and Split(total, w, "inner uses").closes), upper)


def _by_region(figures: Sequence[Stated], by_key: dict[tuple[str, ...], Stated]) -> Iterator[Split]:
    """Regions against the total, and column by column in a cross table."""
    crossed = _is_crossed(figures)
    for key, group in _groups(figures, without("region")).items():
        total = by_key.get(("", *key))
        parts = top_regions(group)
        if total and parts:
            several = len(parts) > 1 or (crossed and bool(total.category))
            yield Split(total, parts, "regions", several)


def top_regions(group: Sequence[Stated]) -> tuple[Stated, ...]:
    """Give the regions that are no part of another one in the group."""
    named = {f.region for f in group if f.region}
    return tuple(f for f in group if f.region and f.parent_region not in named)


def _by_parent_region(figures: Sequence[Stated]) -> Iterator[Split]:
    """Townships against their district."""
    for group in _groups(figures, without("region")).values():
        for total in group:
            parts = tuple(f for f in group if f.parent_region == total.region != "")
            if parts:
                yield Split(total, parts, "inner regions", len(parts) > 1)


def _by_facets(figures: Sequence[Stated]) -> Iterator[Split]:
    """Land sources, supply modes and periods against the whole."""
    for facet in _FACETS:
        for group in _groups(figures, without(facet)).values():
            total = next((f for f in group if not getattr(f, facet)), None)
            parts = tuple(f for f in group if getattr(f, facet))
            if facet == "period":
                parts = _finest_periods(parts)
            if total and parts:
                yield Split(total, parts, facet, len(parts) > 1)


def _finest_periods(parts: tuple[Stated, ...]) -> tuple[Stated, ...]:
    """Quarters and half years overlap: keep the quarters where there are both."""
    quarters = tuple(f for f in parts if f.period.endswith("季度"))
    return (
        quarters
        if len(quarters) == 4 or len(quarters) == len(parts)
        else parts[:0] or tuple(f for f in parts if not f.period.endswith("季度"))
    )


def _by_members(figures: Sequence[Stated]) -> Iterator[Split]:
    """Set a composite use against its members, where all of them have figures."""
    for group in _groups(figures, without("category")).values():
        for total in (f for f in group if len(f.members) > 1):
            parts = tuple(f for f in group if f.category in total.members)
            if len(parts) == len(total.members) and not all(
                f.parent_category == total.category for f in parts
            ):
                more = "、" in total.category  # 甲用地、乙用地和其他…, of which more may be meant
                yield Split(total, parts, "members", not more)


def _by_cells(figures: Sequence[Stated]) -> Iterator[Split]:
    """Set all cells against the total, where neither regions nor uses have sums of their own."""
    for group in _groups(figures, lambda f: f.key[2:]).values():
        total = next((f for f in group if not f.region and not f.category), None)
        cells = [f for f in group if f.region and f.category]
        if total is None or not cells or len(cells) + 1 != len(group):
            continue
        regions = _groups(cells, lambda f: (f.region,)).values()
        parts = tuple(p for region in regions for p in top_uses(region))
        yield Split(total, parts, "cells", len(parts) > 1)


def _is_crossed(figures: Sequence[Stated]) -> bool:
    """Whether at least two regions are divided by use: a cross table, where no cell is nothing.

    One use of each region, listed in a sentence of its own, divides none.
    """
    cells = [f for f in figures if f.region and f.category]
    uses = {f.category for f in cells}
    return len({f.region for f in cells}) > 1 and (len(uses) > 1 or _is_table(cells))


def _is_table(figures: Iterable[Stated]) -> bool:
    return all(f.spot is None or f.spot.table for f in figures)
