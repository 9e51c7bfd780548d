"""Audit of a plan (plan → findings): the agreement of the document's own figures.

Areas in a plan are added up by the people who print it, so that parts and total are printed from
the same sums: parts must equal their total at the total's printed decimals, and no allowance is
made for rounding each part on its own. Only what print hides is allowed for: half a unit of the
total's last digit where parts are printed finer than the total, and half a unit of the last digit
of each part that is printed coarser than the total or in another unit. A difference that
independent rounding of all parts could explain is still a difference, and its message says so.
Shares are rounded one by one by their nature; their sum has half a unit for each.

All arithmetic is exact (`fractions.Fraction`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pandas as pd

from landgis.findings import Finding, Verdict, findings_table
from landgis.landuse import is_within
from landgis.language import Lang, say
from landgis.plan.model import Plan
from landgis.units import M2_PER_UNIT, Quantity, half_up, printed_tolerance

_NAMED_COUNT = re.compile(r"等\s*(\d+|[两二三四五六七八九十])\s*个?(?:镇街|乡镇|镇|乡|街道)")
_CHINESE = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_FACETS = ("source", "mode", "period")


@dataclass(frozen=True, slots=True)
class Figure:
    """A target's figure with all that it is about, for exact comparison."""

    region: str
    code: str
    category: str
    source: str
    mode: str
    period: str
    parent_category: str
    parent_region: str
    members: tuple[str, ...]
    quantity: Quantity | None
    qualifier: str
    share: Decimal | None
    restated: Quantity | None
    restated_qualifier: str
    is_open: bool
    list_name: str
    where: str

    @property
    def key(self) -> tuple[str, ...]:
        """What the figure is of."""
        return (self.code or self.region, self.category, self.source, self.mode, self.period)

    @property
    def area_m2(self) -> Fraction:
        """The area, exact; 0 where only a share is stated."""
        return self.quantity.area_m2 if self.quantity else Fraction(0)

    @property
    def half_m2(self) -> Fraction:
        """Half a unit of the last printed digit."""
        if self.quantity is None:
            return Fraction(0)
        return self.quantity.half_width * M2_PER_UNIT[self.quantity.unit]

    def name(self, lang: Lang) -> str:
        """Name the figure for a reader."""
        parts = [p for p in (self.region, self.category, self.source, self.mode, self.period) if p]
        joined = " ".join(parts) if lang == "en" else "".join(parts)
        return joined or say(lang, "总量", "the total")


def audit_plan(plan: Plan, *, lang: Lang = "zh") -> pd.DataFrame:
    r"""Check a plan's own figures against each other.

    Parameters
    ----------
    lang
        Language of the messages.

    Returns
    -------
    DataFrame
        Findings, agreements too, in the order: parts and totals (``audit.parts``), repeated
        figures (``audit.repeat``), other units (``audit.units``), shares (``audit.share``,
        ``audit.share_sum``), lists (``audit.list``), counts (``audit.count``), goals
        (``audit.goal``). ``expected`` is the stated total, share or count, ``actual`` what the
        other figures give.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from landgis.plan.extract import read_plan
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "plan.txt"
    >>> _ = file.write_text("连州市2025年度土地供应计划\n供应总量30公顷，其中住宅用地20公顷、"
    ...     "商服用地11公顷。", encoding="utf-8")
    >>> audit_plan(read_plan(file))[["check", "verdict", "difference"]].values.tolist()
    [['audit.parts', 'fail', 1.0]]
    """
    figures = _figures(plan.targets)
    findings = [
        *_check_parts(figures, lang),
        *_check_repeats(figures, _figures(plan.repeats), lang),
        *_check_units([*figures, *_figures(plan.repeats)], lang),
        *_check_shares(figures, lang),
        *_check_lists(plan, figures, lang),
        *_check_counts(plan, lang),
        *_check_goals(plan, figures, lang),
    ]
    return findings_table(findings)


# --- the figures ------------------------------------------------------------------------------


def _figures(targets: pd.DataFrame) -> list[Figure]:
    return [
        Figure(
            region=row["region"],
            code=row["region_code"],
            category=row["category"],
            source=row["land_source"],
            mode=row["supply_mode"],
            period=row["period"],
            parent_category=row["parent_category"],
            parent_region=row["parent_region"],
            members=tuple(row["members"]),
            quantity=_quantity(row["stated_value"], row["stated_unit"], row["stated_decimals"]),
            qualifier=row["qualifier"],
            share=_decimal(row["share_pct"], row["share_decimals"]),
            restated=_quantity(
                row["restated_value"], row["restated_unit"], row["restated_decimals"]
            ),
            restated_qualifier=row["restated_qualifier"],
            is_open=row["open"] == "yes",
            list_name=row["list_name"],
            where=row["source"],
        )
        for row in targets.to_dict("records")
    ]


def _decimal(value: float, decimals: Any) -> Decimal | None:
    """Give the number as printed: a float with its printed decimals is exact."""
    if pd.isna(value):
        return None
    return Decimal(f"{value:.{0 if pd.isna(decimals) else int(decimals)}f}")


def _quantity(value: float, unit: str, decimals: Any) -> Quantity | None:
    printed = _decimal(value, decimals)
    return Quantity(printed, unit) if printed is not None and unit else None


def _show(area_m2: Fraction, unit: str, decimals: int = 6) -> str:
    """Write an area in a unit, exactly if it has few decimals."""
    value = area_m2 / M2_PER_UNIT[unit]
    return f"{half_up(value, decimals).normalize():f}"


# --- parts and totals ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Split:
    """A total and parts that should make it up, and by what they are split."""

    total: Figure
    parts: tuple[Figure, ...]
    zh: str
    en: str
    exhaustive: bool = True

    @property
    def difference_m2(self) -> Fraction:
        return sum((p.area_m2 for p in self.parts), Fraction(0)) - self.total.area_m2

    @property
    def tolerance_m2(self) -> Fraction:
        """What print hides; see the module's notes."""
        total = self.total
        unit = total.quantity.unit if total.quantity else ""
        finer = any(p.half_m2 < total.half_m2 for p in self.parts)
        tolerance = total.half_m2 if finer else Fraction(0)
        for p in self.parts:
            if p.quantity and (p.half_m2 > total.half_m2 or p.quantity.unit != unit):
                tolerance += p.half_m2
        return tolerance

    @property
    def rounding_m2(self) -> Fraction:
        """What rounding each figure on its own could explain at most."""
        return sum((p.half_m2 for p in self.parts), self.total.half_m2)

    @property
    def closes(self) -> bool:
        return abs(self.difference_m2) <= self.tolerance_m2


def _check_parts(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    splits = list(_splits([f for f in figures if f.quantity and not f.list_name]))
    failing = [s for s in splits if not s.closes]
    for split in splits:
        verdict = _verdict(split)
        if verdict is not None:
            yield _part_finding(split, verdict, failing, lang)


def _verdict(split: _Split) -> Verdict | None:
    """None where the parts named need not be all, and do not exceed the total."""
    difference = split.difference_m2
    if split.closes:
        return "pass"
    if difference < 0 and not split.exhaustive:
        return None
    qualifiers = {p.qualifier for p in split.parts}
    if difference > 0 and split.total.qualifier == "at_least":
        return "pass"
    if "about" in qualifiers or split.total.qualifier == "about" or "at_least" in qualifiers:
        return "unknown"
    return "unknown" if difference < 0 and _says_incomplete(split) else "fail"


def _says_incomplete(split: _Split) -> bool:
    """Whether the parts' shares agree that the parts named are not all."""
    shares = [p.share for p in split.parts if p.share is not None]
    if len(shares) != len(split.parts):
        return False
    sums = sum(map(Fraction, shares), Fraction(0))
    width = sum((_share_half(s) for s in shares), Fraction(0))
    told = 100 * (split.total.area_m2 + split.difference_m2) / split.total.area_m2
    return bool(sums + width < 100 and abs(sums - told) <= width + Fraction(1, 100))


def _splits(figures: Sequence[Figure]) -> Iterator[_Split]:
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


def _by_use(figures: Sequence[Figure]) -> Iterator[_Split]:
    """Set uses of the first level against the total of their region."""
    crossed = _is_crossed(figures)
    for group in _groups(figures, _without("category")).values():
        total = next((f for f in group if not f.category), None)
        parts = _top_uses(group)
        if total and parts:
            alone = len(parts) == 1 and not (total.region and crossed)
            yield _Split(total, parts, "各用途", "the uses", not alone and not _open(parts))


def _top_uses(group: Sequence[Figure]) -> tuple[Figure, ...]:
    """Give the uses that are no part of another one in the group."""
    named = [f for f in group if f.category]
    return tuple(f for f in named if not any(_is_part_of_use(f, other) for other in named))


def _is_part_of_use(inner: Figure, outer: Figure) -> bool:
    if inner is outer or inner.category == outer.category:
        return False
    if inner.parent_category == outer.category:
        return True
    composites = {outer.category: outer.members} if outer.members else {}
    return is_within(inner.category, outer.category, composites=composites)


def _by_parent_use(figures: Sequence[Figure]) -> Iterator[_Split]:
    """Parts of a use (其中) against it."""
    for group in _groups(figures, _without("category")).values():
        for total in group:
            inner = [f for f in group if f.parent_category == total.category != ""]
            parts = _top_uses(inner)
            if parts:
                zh = f"{total.category}的各细分用途"
                whole = len(parts) > 1 and not _open(parts)
                yield _Split(total, parts, zh, f"the parts of {total.category}", whole)


def _by_region(
    figures: Sequence[Figure], by_key: dict[tuple[str, ...], Figure]
) -> Iterator[_Split]:
    """Regions against the total, and column by column in a cross table."""
    crossed = _is_crossed(figures)
    for key, group in _groups(figures, _without("region")).items():
        total = by_key.get(("", *key))
        parts = _top_regions(group)
        if total and parts:
            whole = (len(parts) > 1 or (crossed and bool(total.category))) and not _open(parts)
            yield _Split(total, parts, "各区域", "the regions", whole)


def _top_regions(group: Sequence[Figure]) -> tuple[Figure, ...]:
    named = {f.region for f in group if f.region}
    return tuple(f for f in group if f.region and f.parent_region not in named)


def _by_parent_region(figures: Sequence[Figure]) -> Iterator[_Split]:
    """Townships against their district."""
    for group in _groups(figures, _without("region")).values():
        for total in group:
            parts = tuple(f for f in group if f.parent_region == total.region != "")
            if parts:
                whole = len(parts) > 1 and not _open(parts)
                zh = f"{total.region}的各下级区域"
                yield _Split(total, parts, zh, f"the regions of {total.region}", whole)


def _by_facets(figures: Sequence[Figure]) -> Iterator[_Split]:
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
                yield _Split(total, parts, zh, en, len(parts) > 1 and not _open(parts))


def _finest_periods(parts: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Quarters and half years overlap: keep the quarters where there are both."""
    quarters = tuple(f for f in parts if f.period.endswith("季度"))
    return (
        quarters
        if len(quarters) == 4 or len(quarters) == len(parts)
        else parts[:0] or tuple(f for f in parts if not f.period.endswith("季度"))
    )


def _by_members(figures: Sequence[Figure]) -> Iterator[_Split]:
    """Set a composite use against its members, where all of them have figures."""
    for group in _groups(figures, _without("category")).values():
        for total in (f for f in group if len(f.members) > 1):
            parts = tuple(f for f in group if f.category in total.members)
            if len(parts) == len(total.members) and not all(
                f.parent_category == total.category for f in parts
            ):
                zh = f"{total.category}所含各用途"
                yield _Split(total, parts, zh, f"the uses of {total.category}")


def _by_cells(figures: Sequence[Figure]) -> Iterator[_Split]:
    """Set all cells against the total, where neither regions nor uses have sums of their own."""
    for group in _groups(figures, lambda f: f.key[2:]).values():
        total = next((f for f in group if not f.region and not f.category), None)
        cells = [f for f in group if f.region and f.category]
        if total is None or not cells or len(cells) + 1 != len(group):
            continue
        regions = _groups(cells, lambda f: (f.region,)).values()
        parts = tuple(p for region in regions for p in _top_uses(region))
        yield _Split(total, parts, "各区域各用途", "the uses of the regions", len(parts) > 1)


def _is_crossed(figures: Sequence[Figure]) -> bool:
    """Whether at least two regions are divided by use: a cross table, where no cell is nothing."""
    return len({f.region for f in figures if f.region and f.category}) > 1


def _open(parts: Iterable[Figure]) -> bool:
    return any(p.is_open for p in parts)


def _part_finding(
    split: _Split, verdict: Verdict, failing: Sequence[_Split], lang: Lang
) -> Finding:
    total = split.total
    unit = total.quantity.unit if total.quantity else "公顷"
    per = M2_PER_UNIT[unit]
    summed = total.area_m2 + split.difference_m2
    return Finding(
        check="audit.parts",
        verdict=verdict,
        subject=say(
            lang,
            f"{split.zh}合计与{total.name(lang)}",
            f"sum of {split.en} and {total.name(lang)}",
        ),
        region=total.region,
        category=total.category,
        expected=float(total.area_m2 / per),
        actual=float(summed / per),
        difference=float(split.difference_m2 / per),
        tolerance=float(split.tolerance_m2 / per),
        unit=unit,
        message=_part_message(split, verdict, failing, lang),
        source=total.where,
    )


def _part_message(split: _Split, verdict: Verdict, failing: Sequence[_Split], lang: Lang) -> str:
    total = split.total
    unit = total.quantity.unit if total.quantity else "公顷"
    summed = _show(total.area_m2 + split.difference_m2, unit)
    stated = _show(total.area_m2, unit)
    by = _show(abs(split.difference_m2), unit)
    name = total.name(lang)
    if split.closes:
        return say(
            lang,
            f"{split.zh}合计{summed}{unit}，与{name}{stated}{unit}相符。",
            f"The sum of {split.en}, {summed} {unit}, agrees with {name}, {stated} {unit}.",
        )
    more = split.difference_m2 > 0
    message = say(
        lang,
        f"{split.zh}合计{summed}{unit}，比{name}{stated}{unit}{'多' if more else '少'}{by}{unit}。",
        f"The sum of {split.en} is {summed} {unit}, {by} {unit} {'more' if more else 'less'} than "
        f"{name}, {stated} {unit}.",
    )
    return message + _rounding_note(split, verdict, lang) + _location(split, failing, lang)


def _rounding_note(split: _Split, verdict: Verdict, lang: Lang) -> str:
    if verdict == "pass":
        return say(lang, "总量为“以上”，不矛盾。", " The total is a lower limit.")
    if verdict == "unknown":
        return say(
            lang,
            "文中为约数或未列全，无法判定。",
            " The figures are approximate or not complete: undecided.",
        )
    if abs(split.difference_m2) <= split.rounding_m2:
        return say(
            lang,
            "差额未超过各数分别四舍五入的误差之和，可能由四舍五入造成。",
            " Rounding each figure on its own could explain it.",
        )
    return ""


def _location(split: _Split, failing: Sequence[_Split], lang: Lang) -> str:
    """Where in the cross table a difference sits: the columns or rows that do not close."""
    total = split.total
    if total.category or total.region:
        return _reason(split, failing, lang)
    inner = [
        s
        for s in failing
        if s.en == split.en
        and s.total.key[2:] == total.key[2:]
        and (s.total.category or s.total.region)
    ]
    crossing = [s for s in failing if s.en != split.en and s.total.region]
    if not inner or sum((s.difference_m2 for s in inner), Fraction(0)) != split.difference_m2:
        return ""
    where = "、".join(s.total.name(lang) for s in inner)
    closed = say(
        lang,
        "，其余各行各列均相符" if not crossing else "",
        "; all other rows and columns close" if not crossing else "",
    )
    return say(
        lang,
        f"由分区域分用途的数字可知，差额全部在{where}{closed}。",
        f" The cross table shows that all of it sits in {where}{closed}.",
    )


def _reason(split: _Split, failing: Sequence[_Split], lang: Lang) -> str:
    grand = next(
        (
            s
            for s in failing
            if s.en == split.en
            and not s.total.region
            and not s.total.category
            and s.total.key[2:] == split.total.key[2:]
        ),
        None,
    )
    if grand is None or grand is split or grand.difference_m2 != split.difference_m2:
        return ""
    return say(
        lang,
        f"{grand.zh}合计与总量的差额即由此而来。",
        f" This is the whole difference between {grand.en} and the total.",
    )


# --- repeats and units ---------------------------------------------------------------------------


class _Said(NamedTuple):
    """An area as it is said at one place of the document."""

    quantity: Quantity
    qualifier: str
    where: str

    @property
    def half_m2(self) -> Fraction:
        """Half of the last printed digit; of the last two zeros' place for a round 约 figure."""
        half = self.quantity.half_width * M2_PER_UNIT[self.quantity.unit]
        if self.qualifier != "about" or self.quantity.decimals or not self.quantity.value:
            return half
        digits = str(self.quantity.value)
        zeros = min(2, len(digits) - len(digits.rstrip("0")))
        return half * Fraction(10**zeros)


def _check_repeats(
    figures: Sequence[Figure], repeats: Sequence[Figure], lang: Lang
) -> Iterator[Finding]:
    first = {f.key: f for f in figures}
    for again in repeats:
        told = first[again.key]
        if told.quantity and again.quantity:
            stated = _Said(told.quantity, told.qualifier, told.where)
            other = _Said(again.quantity, again.qualifier, again.where)
            yield _compared("audit.repeat", told, stated, other, lang)


def _check_units(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    for f in figures:
        if f.quantity and f.restated:
            stated = _Said(f.restated, f.restated_qualifier, f.where)
            yield _compared("audit.units", f, stated, _Said(f.quantity, f.qualifier, f.where), lang)


def _compared(check: str, f: Figure, stated: _Said, against: _Said, lang: Lang) -> Finding:
    """Compare two statements of the same area, in the unit of ``stated``."""
    unit, other = stated.quantity.unit, against.quantity.unit
    per = M2_PER_UNIT[unit]
    difference = against.quantity.area_m2 - stated.quantity.area_m2
    tolerance = stated.half_m2 + against.half_m2
    if unit == other and "about" not in (stated.qualifier, against.qualifier):
        finer = stated.quantity.decimals != against.quantity.decimals
        tolerance = max(stated.half_m2, against.half_m2) if finer else Fraction(0)
    agrees = abs(difference) <= tolerance
    exact = _show(against.quantity.area_m2, unit, max(2, stated.quantity.decimals))
    converted = (f"（合{exact}{unit}）", f" ({exact} {unit})") if other != unit else ("", "")
    by, name = _show(abs(difference), unit), f.name(lang)
    message = say(
        lang,
        f"{name}{against.quantity.value}{other}{converted[0]}与{stated.quantity.value}{unit}"
        + ("相符。" if agrees else f"不符，相差{by}{unit}。"),
        f"{name}: {against.quantity.value} {other}{converted[1]} and "
        f"{stated.quantity.value} {unit} " + ("agree." if agrees else f"differ by {by} {unit}."),
    )
    return Finding(
        check=check,
        verdict="pass" if agrees else "fail",
        subject=name,
        region=f.region,
        category=f.category,
        expected=float(stated.quantity.area_m2 / per),
        actual=float(against.quantity.area_m2 / per),
        difference=float(difference / per),
        tolerance=float(tolerance / per),
        unit=unit,
        message=message,
        source=f.where if stated.where == against.where else f"{stated.where}；{against.where}",
    )


# --- shares --------------------------------------------------------------------------------------


def _share_half(share: Decimal) -> Fraction:
    exponent = share.as_tuple().exponent
    return printed_tolerance(max(0, -exponent) if isinstance(exponent, int) else 0)


def _check_shares(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    by_key = {f.key: f for f in figures}
    for f in figures:
        bases = [b for b in _bases(f, by_key) if b.quantity]
        if f.share is not None and f.share != 100 and f.quantity and bases:
            fitting = next((b for b in bases if _share_fits(f, b)), bases[0])
            yield _share_finding(f, fitting, lang)
    yield from _share_sums(figures, lang)


def _bases(f: Figure, by_key: dict[tuple[str, ...], Figure]) -> Iterator[Figure]:
    """Give what a share may be a share of, the likeliest first."""
    region, facets = f.key[0], f.key[2:]
    keys = [
        (region, f.parent_category, *facets) if f.parent_category else None,
        (region, "", *facets) if f.category else None,
        (f.parent_region, f.category, *facets) if f.parent_region else None,
        ("", f.category, *facets) if region else None,
        ("", "", *facets),
        (region, f.category, "", "", "") if any(facets) else None,
        ("", "", "", "", ""),
    ]
    for key in keys:
        if key is not None and key != f.key and key in by_key:
            yield by_key[key]


def _share_range(f: Figure, base: Figure) -> tuple[Fraction, Fraction]:
    """Give the shares that the printed areas allow, in percent."""
    low = (f.area_m2 - f.half_m2) / (base.area_m2 + base.half_m2)
    high = (f.area_m2 + f.half_m2) / max(base.area_m2 - base.half_m2, Fraction(1, 10**9))
    return 100 * low, 100 * high


def _share_fits(f: Figure, base: Figure) -> bool:
    """Whether a share is what the areas give, as far as their own print can tell.

    A share that stands exactly between two printed ones is rounded up (14.45 → 14.5).
    """
    if f.share is None or not base.area_m2:
        return False
    exact, half = 100 * f.area_m2 / base.area_m2, _share_half(f.share)
    if exact - Fraction(f.share) == half:
        return False
    low, high = _share_range(f, base)
    return low <= Fraction(f.share) + half and Fraction(f.share) - half <= high


def _share_finding(f: Figure, base: Figure, lang: Lang) -> Finding:
    share = f.share if f.share is not None else Decimal(0)
    exact = 100 * f.area_m2 / base.area_m2 if base.area_m2 else Fraction(0)
    exponent = share.as_tuple().exponent
    decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    rounded = half_up(exact, decimals)
    fits = _share_fits(f, base)
    name, of = f.name(lang), base.name(lang)
    message = say(
        lang,
        f"{name}占{of}{share}%，按面积计算为{rounded}%" + ("，相符。" if fits else "，不符。"),
        f"{name} is said to be {share}% of {of}; the areas give {rounded}%"
        + (": they agree." if fits else ": they differ."),
    )
    return Finding(
        check="audit.share",
        verdict="pass" if fits else "fail",
        subject=name,
        region=f.region,
        category=f.category,
        expected=float(share),
        actual=float(exact),
        difference=float(exact - Fraction(share)),
        tolerance=float(_share_half(share)),
        unit="%",
        message=message,
        source=f.where,
    )


def _share_sums(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Shares of all parts of the plan's total make 100 %."""
    top = [f for f in figures if not any(f.key[2:]) and not f.list_name]
    uses = _top_uses([f for f in top if not f.region])
    regions = _top_regions([f for f in top if not f.category])
    for parts, zh, en in ((uses, "各用途", "the uses"), (regions, "各区域", "the regions")):
        shares = [p.share for p in parts if p.share is not None]
        if len(parts) < 2 or len(shares) != len(parts) or not _of_total(parts, figures):
            continue
        total = sum(map(Fraction, shares), Fraction(0))
        tolerance = sum(map(_share_half, shares), Fraction(0))
        agrees = abs(total - 100) <= tolerance
        complete = agrees or total > 100 or not _listed_less(parts, figures)
        text = f"{half_up(total, 6).normalize():f}"
        yield Finding(
            check="audit.share_sum",
            verdict="pass" if agrees else "fail" if complete else "unknown",
            subject=say(lang, f"{zh}占比合计", f"shares of {en}"),
            expected=100.0,
            actual=float(total),
            difference=float(total - 100),
            tolerance=float(tolerance),
            unit="%",
            message=say(
                lang,
                f"{zh}占比合计{text}%" + ("，相符。" if agrees else "，不等于100%。"),
                f"The shares of {en} sum to {text}%" + ("." if agrees else ", not to 100%."),
            ),
            source=parts[0].where,
        )


def _of_total(parts: Sequence[Figure], figures: Sequence[Figure]) -> bool:
    """Whether the parts' shares are of the plan's total, and not each of something else."""
    by_key = {f.key: f for f in figures}
    total = by_key.get(("", "", "", "", ""))
    if total is None or not total.quantity or not all(p.quantity for p in parts):
        return True
    others = [p for p in parts if not _share_fits(p, total)]
    return len(others) <= 1 and all(p.share != 100 for p in parts)


def _listed_less(parts: Sequence[Figure], figures: Sequence[Figure]) -> bool:
    """Whether the parts' areas say as well that they are not all."""
    total = next((f for f in figures if f.key == ("", "", "", "", "") and f.quantity), None)
    return total is None or _says_incomplete(_Split(total, tuple(parts), "", ""))


# --- lists, counts, goals ------------------------------------------------------------------------


def _check_lists(plan: Plan, figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Subtotals and totals of the lists against their rows."""
    everything = [*figures, *_figures(plan.repeats)]
    for list_name, rows in plan.projects.groupby("list_name", sort=False):
        for total in (f for f in everything if f.list_name == list_name and f.quantity):
            split = _Split(total, _items(rows, total), "清单各项", "the rows of the list")
            if split.parts:
                yield _list_finding(split, lang)
        subtotals = tuple(f for f in everything if f.list_name == list_name and f.region)
        whole = next((f for f in everything if f.list_name == list_name and not any(f.key)), None)
        if whole is None and (plan_total := _exceeded(rows, figures)):
            yield _list_finding(plan_total, lang)
        if whole and len(subtotals) > 1 and not any(f.category for f in subtotals):
            yield _list_finding(
                _Split(whole, subtotals, "清单各小计", "the subtotals of the list"), lang
            )


def _exceeded(rows: pd.DataFrame, figures: Sequence[Figure]) -> _Split | None:
    """Set a list without a total of its own against the plan's total, of which it may be a part."""
    total = next((f for f in figures if f.quantity and not any(f.key)), None)
    split = (
        _Split(total, _items(rows, total), "清单各项", "the rows of the list") if total else None
    )
    return split if split and (split.closes or split.difference_m2 > 0) else None


def _items(rows: pd.DataFrame, total: Figure) -> tuple[Figure, ...]:
    """Give the rows of a list that a subtotal is about, as figures."""
    within = pd.Series(data=True, index=rows.index)
    if total.code:
        within &= rows["region_code"] == total.code
    elif total.region:
        within &= rows["region"] == total.region
    if total.category:
        within &= rows["category"].map(lambda c: is_within(c, total.category, composites={}))
    return tuple(
        replace(
            total,
            quantity=_quantity(row["stated_value"], row["stated_unit"], row["stated_decimals"]),
            where=row["source"],
        )
        for row in rows[within].to_dict("records")
    )


def _list_finding(split: _Split, lang: Lang) -> Finding:
    found = _part_finding(split, "pass" if split.closes else "fail", (), lang)
    return replace(found, check="audit.list")


def _check_counts(plan: Plan, lang: Lang) -> Iterator[Finding]:
    """Set counts that the text names against the rows of the lists."""
    projects = plan.projects
    for rule in plan.rules.to_dict("records"):
        rows = _rows_of(projects, rule) if rule["kind"] == "min_count" else 0
        if rows:
            fits = (
                rows >= rule["value"] if rule["qualifier"] == "at_least" else rows == rule["value"]
            )
            yield _count_finding(
                rule["subject"], rule["value"], rows, fits=fits, source=rule["source"], lang=lang
            )
    for count in plan.counts.to_dict("records"):
        sizes = _list_sizes(projects, count["subject"])
        if sizes:
            fits = count["value"] in sizes
            rows = count["value"] if fits else max(sizes)
            yield _count_finding(
                count["subject"], count["value"], rows, fits=fits, source=count["source"], lang=lang
            )
    yield from _named_counts(projects, lang)
    yield from _numbering(projects, lang)


def _rows_of(projects: pd.DataFrame, rule: dict[str, Any]) -> int:
    """List rows of the kind that a goal counts; all of them if it only says 片区 or 项目."""
    if rule["category"]:
        return int((projects["category"] == rule["category"]).sum())
    general = re.fullmatch(
        r"(?:重点|改造|再开发|低效用地再开发)*(?:片区|项目|地块|宗地)", rule["subject"]
    )
    return len(projects) if general else 0


def _list_sizes(projects: pd.DataFrame, subject: str) -> set[int]:
    """Sizes of the lists that a count may be about."""
    if not len(projects):
        return set()
    for column in ("category", "stated_category", "region"):
        for name in filter(None, projects[column].unique()):
            if name in subject:
                return {int((projects[column] == name).sum())}
    return {len(projects), *projects.groupby("list_name").size()}


def _named_counts(projects: pd.DataFrame, lang: Lang) -> Iterator[Finding]:
    """等2镇 in the name of a row against its location."""
    for row in projects.to_dict("records"):
        named = _NAMED_COUNT.search(f"{row['name']} {row['location']}")
        if named and "等" not in row["location"]:
            value = int(named[1]) if named[1].isdigit() else _CHINESE[named[1]]
            found = len(row["townships"])
            yield _count_finding(
                row["name"], value, found, fits=value == found, source=row["source"], lang=lang
            )


def _numbering(projects: pd.DataFrame, lang: Lang) -> Iterator[Finding]:
    """Row numbers of a list run on from 1, or begin anew."""
    for list_name, rows in projects.groupby("list_name", sort=False):
        numbers = [int(n) for n in rows["number"].dropna()]
        broken = [b for a, b in zip([0, *numbers], numbers, strict=False) if b not in (a + 1, 1)]
        if broken:
            yield Finding(
                check="audit.count",
                verdict="fail",
                subject=str(list_name),
                message=say(
                    lang,
                    f"清单“{list_name}”序号不连续："
                    f"{'、'.join(map(str, broken[:5]))}之前有缺号或重号。",
                    f"The numbers of the list {list_name} do not run on before "
                    f"{', '.join(map(str, broken[:5]))}.",
                ),
                source=rows["source"].iloc[0],
            )


def _count_finding(
    subject: str, stated: float, found: int, *, fits: bool, source: str, lang: Lang
) -> Finding:
    return Finding(
        check="audit.count",
        verdict="pass" if fits else "fail",
        subject=subject,
        expected=float(stated),
        actual=float(found),
        difference=float(found - stated),
        tolerance=0.0,
        unit="个",
        message=say(
            lang,
            f"{subject}：文中称{stated:g}个，清单中有{found}个"
            + ("，相符。" if fits else "，不符。"),
            f"{subject}: the text says {stated:g}, the list has {found}"
            + ("." if fits else ": they differ."),
        ),
        source=source,
    )


def _check_goals(plan: Plan, figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Totals that the plan sets as limits or goals against its own figures."""
    for rule in plan.rules.to_dict("records"):
        if rule["kind"] not in ("min_total", "max_total"):
            continue
        reached = _reached(rule, figures) or _summed(rule, figures)
        goal = _quantity(rule["value"], rule["unit"], rule["decimals"])
        if reached is None or goal is None or reached.where == rule["source"]:
            continue
        least = rule["kind"] == "min_total"
        difference = reached.area_m2 - goal.area_m2
        fits = difference >= -reached.half_m2 if least else difference <= reached.half_m2
        per = M2_PER_UNIT[goal.unit]
        have = _show(reached.area_m2, goal.unit)
        word_zh, word_en = ("不低于", "at least") if least else ("不超过", "at most")
        yield Finding(
            check="audit.goal",
            verdict="pass" if fits else "fail",
            subject=rule["subject"],
            region=rule["region"],
            category=rule["category"],
            expected=float(goal.area_m2 / per),
            actual=float(reached.area_m2 / per),
            difference=float(difference / per),
            tolerance=float(reached.half_m2 / per),
            unit=goal.unit,
            message=say(
                lang,
                f"{rule['subject']}要求{word_zh}{goal.value}{goal.unit}，安排{have}{goal.unit}"
                + ("，符合。" if fits else "，不符合。"),
                f"{rule['subject']} is to be {word_en} {goal.value} {goal.unit}; planned are "
                f"{have} {goal.unit}" + ("." if fits else ": it is not."),
            ),
            source=rule["source"],
        )


def _reached(rule: dict[str, Any], figures: Sequence[Figure]) -> Figure | None:
    return next(
        (
            f
            for f in figures
            if f.quantity
            and (f.region, f.category) == (rule["region"], rule["category"])
            and not any(f.key[2:])
        ),
        None,
    )


def _summed(rule: dict[str, Any], figures: Sequence[Figure]) -> Figure | None:
    """Sum over regions or periods, where a goal has no figure of its own in the plan."""
    if rule["region"] or rule["category"] or rule["due"] == "":
        return None
    plain = [f for f in figures if f.quantity and not f.category and not f.source and not f.mode]
    years = [f for f in plain if not f.region and f.period.endswith("年")]
    parts = years or list(_top_regions([f for f in plain if not f.period]))
    if len(parts) < 2 or len({p.quantity.unit for p in parts if p.quantity}) != 1:
        return None
    total = sum((p.quantity.value for p in parts if p.quantity), Decimal(0))
    unit = next(p.quantity.unit for p in parts if p.quantity)
    return replace(parts[0], quantity=Quantity(total, unit), where="")
