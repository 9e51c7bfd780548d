"""Every way in which the figures of a plan should add up: a total, and the parts that make it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from landgis.landuse import is_within
from landgis.plan.audit.figures import Figure
from landgis.units import printed_tolerance

_FACETS = ("source", "mode", "period")


@dataclass(frozen=True, slots=True)
class Split:
    """A total and parts that should make it up, and by what they are split."""

    total: Figure
    parts: tuple[Figure, ...]
    zh: str
    en: str
    exhaustive: bool = True

    @property
    def difference_m2(self) -> Fraction:
        """By how much the parts exceed the total."""
        return sum((p.area_m2 for p in self.parts), Fraction(0)) - self.total.area_m2

    @property
    def tolerance_m2(self) -> Fraction:
        """What print hides: nothing but rounding the exact sum to the total's decimals.

        Figures in another unit, and those that are about (约), hide half a unit each.
        """
        vague = [p for p in self.parts if self._is_vague(p)]
        finer = any(p.half_m2 < self.total.half_m2 for p in self.parts)
        own = finer or vague or self.total.qualifier == "about"
        return sum((p.half_m2 for p in vague), self.total.half_m2 if own else Fraction(0))

    def _is_vague(self, part: Figure) -> bool:
        other = part.quantity and self.total.quantity and part.quantity.unit != self.unit
        return bool(other) or part.qualifier == "about"

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


def share_half(share: Decimal) -> Fraction:
    """Half a unit of a share's last printed digit, in percent."""
    exponent = share.as_tuple().exponent
    return printed_tolerance(max(0, -exponent) if isinstance(exponent, int) else 0)


def says_incomplete(split: Split) -> bool:
    """Whether the parts' shares agree that the parts named are not all."""
    shares = [p.share for p in split.parts if p.share is not None]
    if len(shares) != len(split.parts):
        return False
    sums = sum(map(Fraction, shares), Fraction(0))
    width = sum((share_half(s) for s in shares), Fraction(0))
    told = 100 * (split.total.area_m2 + split.difference_m2) / split.total.area_m2
    return bool(sums + width < 100 and abs(sums - told) <= width + Fraction(1, 100))


def splits_of(figures: Sequence[Figure]) -> Iterator[Split]:
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
    figures: Iterable[Figure], key: Callable[[Figure], tuple[str, ...]]
) -> dict[tuple[str, ...], list[Figure]]:
    groups: dict[tuple[str, ...], list[Figure]] = {}
    for f in figures:
        groups.setdefault(key(f), []).append(f)
    return groups


def _without(field: str) -> Callable[[Figure], tuple[str, ...]]:
    fields = ("region", "category", *_FACETS)
    return lambda f: tuple(
        (f.code or f.region) if n == "region" else getattr(f, n) for n in fields if n != field
    )


def _by_use(figures: Sequence[Figure]) -> Iterator[Split]:
    """Set uses of the first level against the total of their region."""
    crossed = _is_crossed(figures)
    for group in _groups(figures, _without("category")).values():
        total = next((f for f in group if not f.category), None)
        parts = top_uses(group)
        if total and parts:
            alone = len(parts) == 1 and not (total.region and crossed)
            exhaustive = not alone and not _open(parts, total)
            yield Split(total, parts, "各用途", "the uses", exhaustive)


def top_uses(group: Sequence[Figure]) -> tuple[Figure, ...]:
    """Give the uses that are no part of another one in the group."""
    named = [f for f in group if f.category]
    return tuple(f for f in named if not any(_is_part_of_use(f, other) for other in named))


def _is_part_of_use(inner: Figure, outer: Figure) -> bool:
    if inner is outer or inner.category == outer.category:
        return False
    members = {outer.category: outer.members}
    return outer.category in inner.uses_above or (
        bool(outer.members) and is_within(inner.category, outer.category, composites=members)
    )


def _by_parent_use(figures: Sequence[Figure]) -> Iterator[Split]:
    """Parts of a use (其中) against it."""
    for group in _groups(figures, _without("category")).values():
        for total in group:
            inner = [f for f in group if f.parent_category == total.category != ""]
            parts = top_uses(inner)
            if parts:
                zh = f"{total.category}的各细分用途"
                whole = len(parts) > 1 and not _open(parts, total)
                yield Split(total, parts, zh, f"the parts of {total.name('en')}", whole)


def _by_region(figures: Sequence[Figure], by_key: dict[tuple[str, ...], Figure]) -> Iterator[Split]:
    """Regions against the total, and column by column in a cross table."""
    crossed = _is_crossed(figures)
    for key, group in _groups(figures, _without("region")).items():
        total = by_key.get(("", *key))
        parts = top_regions(group)
        if total and parts:
            several = len(parts) > 1 or (crossed and bool(total.category))
            exhaustive = several and not _open(parts, total)
            yield Split(total, parts, "各区域", "the regions", exhaustive)


def top_regions(group: Sequence[Figure]) -> tuple[Figure, ...]:
    """Give the regions that are no part of another one in the group."""
    named = {f.region for f in group if f.region}
    return tuple(f for f in group if f.region and f.parent_region not in named)


def _by_parent_region(figures: Sequence[Figure]) -> Iterator[Split]:
    """Townships against their district."""
    for group in _groups(figures, _without("region")).values():
        for total in group:
            parts = tuple(f for f in group if f.parent_region == total.region != "")
            if parts:
                whole = len(parts) > 1 and not _open(parts, total)
                zh = f"{total.region}的各下级区域"
                yield Split(total, parts, zh, f"the regions of {total.region}", whole)


def _by_facets(figures: Sequence[Figure]) -> Iterator[Split]:
    """Land sources, supply modes and periods against the whole."""
    names = {
        "source": ("各土地来源", "the land sources"),
        "mode": ("各供应方式", "the supply modes"),
        "period": ("各时段", "the periods"),
    }
    for facet, (zh, en) in names.items():
        for group in _groups(figures, _without(facet)).values():
            total = next((f for f in group if not getattr(f, facet)), None)
            parts = tuple(f for f in group if getattr(f, facet))
            if facet == "period":
                parts = _finest_periods(parts)
            if total and parts:
                yield Split(total, parts, zh, en, len(parts) > 1 and not _open(parts, total))


def _finest_periods(parts: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Quarters and half years overlap: keep the quarters where there are both."""
    quarters = tuple(f for f in parts if f.period.endswith("季度"))
    return (
        quarters
        if len(quarters) == 4 or len(quarters) == len(parts)
        else parts[:0] or tuple(f for f in parts if not f.period.endswith("季度"))
    )


def _by_members(figures: Sequence[Figure]) -> Iterator[Split]:
    """Set a composite use against its members, where all of them have figures."""
    for group in _groups(figures, _without("category")).values():
        for total in (f for f in group if len(f.members) > 1):
            parts = tuple(f for f in group if f.category in total.members)
            if len(parts) == len(total.members) and not all(
                f.parent_category == total.category for f in parts
            ):
                zh = f"{total.category}所含各用途"
                yield Split(total, parts, zh, f"the uses of {total.name('en')}")


def _by_cells(figures: Sequence[Figure]) -> Iterator[Split]:
    """Set all cells against the total, where neither regions nor uses have sums of their own."""
    for group in _groups(figures, lambda f: f.key[2:]).values():
        total = next((f for f in group if not f.region and not f.category), None)
        cells = [f for f in group if f.region and f.category]
        if total is None or not cells or len(cells) + 1 != len(group):
            continue
        regions = _groups(cells, lambda f: (f.region,)).values()
        parts = tuple(p for region in regions for p in top_uses(region))
        yield Split(total, parts, "各区域各用途", "the uses of the regions", len(parts) > 1)


def _is_crossed(figures: Sequence[Figure]) -> bool:
    """Whether at least two regions are divided by use: a cross table, where no cell is nothing."""
    return len({f.region for f in figures if f.region and f.category}) > 1


def _open(parts: Iterable[Figure], total: Figure) -> bool:
    """Whether the parts need not be all; a total that is open itself is so in another split."""
    return not total.is_open and any(p.is_open for p in parts)
