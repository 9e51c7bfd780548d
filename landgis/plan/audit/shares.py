"""Shares against the areas that they are shares of, against 100 %, and growth between two years."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, chain, takewhile
from operator import itemgetter
from typing import Any, NamedTuple

from landgis.findings import Verdict, define
from landgis.landuse import canonical, is_within, lineage
from landgis.plan.audit.splits import (
    Judged,
    Split,
    Term,
    says_incomplete,
    share_half,
    top_regions,
    top_uses,
)
from landgis.plan.audit.stated import Stated, Text, promise
from landgis.units import M2_PER_UNIT, Quantity, half_up, unit_name

SHARE = define("""audit.share 占比 | shares
    占比是否等于面积之比 | whether a share is what the areas give
    agrees: {name}占{base}{share}%，按面积计算为{rounded}%，相符{about:clause}。
    | {name} is said to be {share}% of {base}; the areas give {rounded}%: they agree{about:clause}.
    differs: {name}占{base}{share}%，按面积计算为{rounded}%，不符{about:clause}。
    | {name} is said to be {share}% of {base}; the areas give {rounded}%: they differ{about:clause}.
    last: {name}占{base}{share}%，按面积计算为{rounded}%，末位相差1，可能由凑整引起，无法判定。
    | {name} is said to be {share}% of {base}; the areas give {rounded}%: one in the last digit,
      which may be adjusted for the sum: undecided.
    about: （文中为约数） | " (as an approximate share)"
""")
SHARE_SUM = define("""audit.share_sum 占比之和 | sum of shares
    各项占比之和是否为100% | whether shares make 100 %
    agrees: {of}占比合计{total}%，相符。 | The shares of {of} sum to {total}%.
    differs: {of}占比合计{total}%，不等于100%。
    | The shares of {of} sum to {total}%, not to 100%.""")
GROWTH = define("""audit.growth 增幅 | growth
    增减幅度是否与前后两数相符 | whether a growth is what the two years give
    agrees: {now}比{then}{word}{share}%，按两数计算为{rounded}%，相符。
    | From {then} to {now} {share}% of change is stated; the figures give {rounded}%: they agree.
    differs: {now}比{then}{word}{share}%，按两数计算为{rounded}%，不符。
    | From {then} to {now} {share}% of change is stated; the figures give {rounded}%: they differ.
""")

_MOST = 90  # percent of a whole that its parts make where a share is wrong, and none is missing
_PLACED = re.compile(r"集中|分布|位于|布局")
_TOTAL = re.compile(r"总|全[市县区州旗盟]|计划供应|供应计划|年度|供地|土地供应|建设用地|全部")

_AREA = r"(?P<{0}>\d[\d,]*(?:\.\d+)?)\s*(?P<{0}_unit>万?(?:公顷|亩|平方米|平方公里|㎡|hm²))"
_GREW = (
    r"(?P<word>增加|增长|上升|提高|上涨|增幅|减少|下降|降低|下调|缩减|回落|下滑)(?:了|达|到|为|约|幅度|高|近)*\s*"
    r"(?P<share>\d+(?:\.\d+)?)\s*[%％](?!点)"
)
_YEAR = r"(?:去年|上年|上一年|(?:20)?\d\d年度?)[^。；\d增减升降]{0,14}"
# 比上年80公顷增长25%; …100公顷，上年80公顷，同比增长25%
_GROWTHS = tuple(
    re.compile(before + _YEAR + _AREA.format("then") + behind + _GREW)
    for before, behind in (
        (r"(?:较|比|与)", r"[^。；\d]{0,10}?"),
        (r"(?<=[，,（(])", r"[）)]?[，,]?(?:同比|(?:较|比)(?:去|上)年)"),
    )
)
_NOW = re.compile(_AREA.format("now"))
_PASSED = re.compile(
    "(?:比(?!例|重)|较|(?<!新)增|减|多(?!层|功)|(?<!不)(?<!至)少|[升降]|去年|上年)[^，,。；、]*$"
)
"""Before an area that is compared with, or the change: 比上年计划（80公顷）减少5公顷."""
_MOST_BETWEEN = 12
_FALLS = re.compile(r"减|降|下|缩|落")


class _JudgedShare(NamedTuple):
    """A finding on a share, the figure whose share it is, and what it was held to be one of."""

    judged: Judged
    share: Stated
    base: Stated


def check_shares(text: Text, figures: Sequence[Stated]) -> list[Judged]:
    """Set shares against the areas of what they are said to be shares of; sums against 100 %."""
    by_key = {f.key: f for f in figures}
    judged = []
    for f in figures:
        if f.share is None or f.share == 100 or not f.quantity:
            continue
        bases = [b for b in _bases(f, figures, by_key) if not _is_exceeded(b, figures)]
        fitting = next((b for b in bases if _share_fits(f, b)), None)
        if fitting:
            judged.append(_JudgedShare(_share(f, fitting), f, fitting))
        elif (
            bases
            and _is_said(text, f, bases[0], figures)
            and _is_base(text, f, bases[0], figures)
            and not _is_of_several(text, f, bases, figures)
        ):
            beside = _beside(text, f, bases[0], figures)
            found = _share(f, bases[0], beside=beside)
            judged.append(_JudgedShare(found, f, bases[0]))
    told = list(_of_known_base(judged))
    wrong = {j.share: j.base for j in told if j.judged.fails}
    return [*(j.judged for j in told), *_share_sums(text, figures, wrong)]


def _of_known_base(judged: Sequence[_JudgedShare]) -> Iterator[_JudgedShare]:
    """Leave out shares that differ from their likely base, all of them being of another one.

    耕地8公顷，占40%；园地2公顷，占10% beside a total of 30公顷: both are of some 20公顷.
    """
    for base in dict.fromkeys(j.base for j in judged):
        own = [j for j in judged if j.base is base]
        differing = [j for j in own if j.judged.fails and not j.share.share_of]
        ranges = [_implied(j.share) for j in differing]
        low, high = max((a for a, _ in ranges), default=0), min((b for _, b in ranges), default=0)
        apart = len(differing) > 1 and 2 * len(differing) > len(own) and low <= high
        yield from (j for j in own if not (apart and j in differing))


def _implied(f: Stated) -> tuple[Fraction, Fraction]:
    """Give the areas of which a figure may be its share, least and greatest."""
    share, half = Fraction(f.share or 0), share_half(f.share or Decimal(0))
    least = max(share - half, Fraction(1, 10**9))
    return 100 * (f.area_m2 - f.half_m2) / (share + half), 100 * (f.area_m2 + f.half_m2) / least


def check_growth(text: Text, figures: Sequence[Stated]) -> Iterator[Judged]:
    """Set a stated growth against the two years' figures, where both stand beside it."""
    numbers = {text.at(f.spot): f for f in figures if f.spot is not None and not f.spot.table}
    for m in chain.from_iterable(growth.finditer(text.words) for growth in _GROWTHS):
        told = _grown(text, m.start())
        unit, then_unit = unit_name(told["now_unit"]) if told else None, unit_name(m["then_unit"])
        if told is None or unit is None or then_unit is None:
            continue
        now, then = (Decimal(digits.replace(",", "")) for digits in (told["now"], m["then"]))
        a, b = Fraction(now) * M2_PER_UNIT[unit], Fraction(then) * M2_PER_UNIT[then_unit]
        if not b:
            continue
        share = Decimal(m["share"])
        sign = -1 if _FALLS.search(m["word"]) else 1
        exact = 100 * (a - b) / b * sign
        fits = abs(exact - Fraction(share)) <= share_half(share) + 100 * _hidden(now, unit, b)
        own = next((f for (s, e), f in numbers.items() if s <= told.start() < e), None)
        where = own.where if own else " ".join(text.words[told.start() : m.end()].split())
        finding = GROWTH.finding(
            "agrees" if fits else "differs",
            "pass" if fits else "fail",
            subject=own.name["zh"] if own else "总量",
            region=own.region if own else "",
            category=own.category if own else "",
            expected=float(share),
            actual=float(exact),
            difference=float(exact - Fraction(share)),
            tolerance=float(share_half(share)),
            unit="%",
            values={
                "now": f"{told['now']}{unit}",
                "then": f"{m['then']}{then_unit}",
                "word": m["word"],
                "share": str(share),
                "rounded": str(half_up(exact, _decimals(share))),
            },
            source=where,
        )
        terms: dict[Term, Fraction | None] = {("growth", m.start()): None}
        if own:
            terms["area", own.number] = None
        yield Judged(finding, terms)


def _grown(text: Text, end: int) -> re.Match[str] | None:
    """Find the area that a comparison is of: none that the sentence compares, or that changed."""
    start = text.stops[bisect_right(text.stops, end) - 1] if text.stops[:1] <= (end,) else 0
    found = [
        m
        for m in _NOW.finditer(text.words, start, end)
        if not _PASSED.search(text.words, start, m.start())
    ]
    between = text.words[found[-1].end() : end] if found else ""
    clauses = (c for c in re.split("[，,]", between) if not re.search(r"\d", c))
    return found[-1] if found and sum(map(len, clauses)) <= _MOST_BETWEEN else None


def _hidden(value: Decimal, unit: str, base_m2: Fraction) -> Fraction:
    """Give what the last digit of an area hides, as a part of a base."""
    return Fraction(1, 2 * 10 ** _decimals(value)) * M2_PER_UNIT[unit] / base_m2


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


# --- shares of areas ------------------------------------------------------------------------------


def _bases(
    f: Stated, figures: Sequence[Stated], by_key: dict[tuple[str, ...], Stated]
) -> list[Stated]:
    """Give what a share may be a share of: the base that is named, else the likeliest first."""
    named = f.share_of
    likely = [b for b in _likely(f, by_key) if b.quantity]
    if not named or (_TOTAL.search(named) and not canonical(named)):
        return likely
    same = [b for b in figures if b.quantity and b.key != f.key and _is_named(named, b)]
    if _is_named(named, f) or (f.mode and f.mode in named):
        return []  # the share is of what it was given to: 保障房占住宅 read as one of 住宅
    return [b for b in same if b.region == f.region or not b.region] or same


def _is_said(text: Text, f: Stated, base: Stated, figures: Sequence[Stated]) -> bool:
    """Whether a share is said of this base: beside its area, in one breath, of no other figure."""
    if not f.spot and not base.spot and not f.share_spot:
        return True  # a bare table
    if f.spot and base.spot and f.spot.table:
        return f.spot.table == base.spot.table
    if not f.spot or not base.spot or not f.share_spot or f.share_spot.table or base.spot.table:
        return False
    if _PLACED.search(text.words[text.at(f.spot)[1] : text.at(f.share_spot)[0]]):
        return False  # 主要集中在三区，占比约80%: the share is of the places
    own, share, of = (text.sentence(s) for s in (f.spot, f.share_spot, base.spot))
    beside = [o for o in _beside(text, f, base, figures) if _share_fits(o, base)]
    if own != share or (not f.share_of and own - of not in (0, 1) and len(beside) < 2):
        return False
    near = [
        o for o in figures if o.spot and not o.spot.table and own - text.sentence(o.spot) in (0, 1)
    ]
    return not any(_nearly(f, o) for o in near if o.number not in (f.number, base.number))


def _is_exceeded(base: Stated, figures: Sequence[Stated]) -> bool:
    """Whether one of the parts of a base is larger than the base, so that it is no whole."""
    return any(
        p.area_m2 > base.area_m2 and p.qualifier != "at_most" and p.key[2:] == base.key[2:]
        for p in figures
        if base.region in ("", p.region, p.parent_region)
        and (not base.category or is_within(p.category, base.category, composites={}))
    )


def _is_of_several(
    text: Text, f: Stated, bases: Sequence[Stated], figures: Sequence[Stated]
) -> bool:
    """Whether a share is one of some figures together: 甲用地30公顷、乙用地40公顷，占70%."""
    if not (f.spot and f.share_spot) or f.spot.table:
        return False
    end = text.at(f.spot)[0]
    told = ((o, text.at(o.spot)[0]) for o in figures if o.spot and not o.spot.table)
    own = [(at, o) for o, at in told if at < end and text.is_one(at, end)]
    behind = (o for _, o in sorted(own, key=itemgetter(0), reverse=True))
    run = takewhile(lambda o: o.share is None and o.quantity and o not in bases, behind)
    sums = [*accumulate((o.area_m2 for o in run), initial=f.area_m2)][1:]
    together = (replace(f, quantity=_square_metres(area)) for area in sums)
    return any(_share_fits(t, b) for t in together for b in bases)


def _square_metres(area_m2: Fraction) -> Quantity:
    return Quantity(half_up(area_m2, 1), "平方米")


def _is_base(text: Text, f: Stated, base: Stated, figures: Sequence[Stated]) -> bool:
    """Whether the words name the base, or the other shares beside this one are of it."""
    if f.share_of or not f.share_spot or f.share_spot.table:
        return True
    beside = _beside(text, f, base, figures)
    fitting = sum(_share_fits(o, base) for o in beside)
    return (
        2 * fitting > len(beside)
        if beside
        else bool(base.spot and f.spot and text.sentence(f.spot) == text.sentence(f.share_spot))
    )


def _beside(text: Text, f: Stated, base: Stated, figures: Sequence[Stated]) -> list[Stated]:
    """Give the other shares of a share's sentence, which may be of the same base."""
    if not f.share_spot or f.share_spot.table:
        return []
    sentence = text.sentence(f.share_spot)
    return [
        o
        for o in figures
        if o is not f and o.share is not None and o.share_spot and not o.share_spot.table
        if text.sentence(o.share_spot) == sentence and o.key != base.key and o.quantity
    ]


def _nearly(f: Stated, base: Stated) -> bool:
    """Whether a share is about what a base would give, to two of its last digit."""
    if f.share is None or not base.area_m2:
        return False
    off = abs(100 * f.area_m2 / base.area_m2 - Fraction(f.share))
    return off <= 4 * share_half(f.share)


def _is_named(words: str, f: Stated) -> bool:
    use = canonical(words) or canonical(words + "用地")
    if use:
        return use == f.category
    bare = f.category.removesuffix("用地")
    return (bool(bare) and (bare in words or words in f.category)) or f.region == words != ""


def _likely(f: Stated, by_key: dict[tuple[str, ...], Stated]) -> Iterator[Stated]:
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


def _share_range(f: Stated, base: Stated) -> tuple[Fraction, Fraction]:
    """Give the shares that the printed areas allow, in percent."""
    low = (f.area_m2 - f.half_m2) / (base.area_m2 + base.half_m2)
    high = (f.area_m2 + f.half_m2) / max(base.area_m2 - base.half_m2, Fraction(1, 10**9))
    return 100 * low, 100 * high


def _share_fits(f: Stated, base: Stated) -> bool:
    """Whether a share is what the areas give, as far as their own print can tell.

    A share that stands exactly between two printed ones is rounded up (14.45 → 14.5). One that is
    about (约) may be off by one in its last digit.
    """
    if f.share is None or not base.area_m2:
        return False
    exact, half = 100 * f.area_m2 / base.area_m2, _share_tolerance(f)
    if f.share_qualifier == "at_least":
        return exact >= Fraction(f.share) - half
    if exact - Fraction(f.share) == half and not f.is_share_about:
        return False
    low, high = _share_range(f, base)
    return low <= Fraction(f.share) + half and Fraction(f.share) - half <= high


def _share_tolerance(f: Stated) -> Fraction:
    """Give what a share may be off by: half of its last digit; 约30% a tenth, at most 3 points.

    A share printed with decimals was calculated, and 约 before it widens that by one digit only.
    """
    if f.share is None:
        return Fraction(0)
    half = share_half(f.share)
    if not f.is_share_about:
        return half
    rough = min(Fraction(f.share) / 10, Fraction(3)) if not _decimals(f.share) else Fraction(0)
    return max(2 * half, rough)


def _share(f: Stated, base: Stated, *, beside: Sequence[Stated] = ()) -> Judged:
    """Judge a share; one of several may be adjusted in its last digit to make 100 %."""
    share = f.share if f.share is not None else Decimal(0)
    exact = 100 * f.area_m2 / base.area_m2 if base.area_m2 else Fraction(0)
    fits = _share_fits(f, base)
    off = abs(exact - Fraction(share))
    last = _is_adjusted(f, off, beside)
    verdict: Verdict = "pass" if fits else "unknown" if last else "fail"
    finding = SHARE.finding(
        "agrees" if fits else "last" if last else "differs",
        verdict,
        subject=f.name["zh"],
        region=f.region,
        category=f.category,
        expected=float(share),
        actual=float(exact),
        difference=float(exact - Fraction(share)),
        tolerance=float(_share_tolerance(f)),
        unit="%",
        values={
            "name": f.name,
            "base": base.name,
            "share": str(share),
            "rounded": str(half_up(exact, _decimals(share))),
            "about": {"kind": "about"} if f.is_share_about else None,
        },
        source=f.where,
    )
    terms: dict[Term, Fraction | None] = {
        ("share", f.number): None,
        ("area", f.number): None,
        ("area", base.number): None,
    }
    return Judged(finding, terms)


def _is_adjusted(f: Stated, off: Fraction, beside: Sequence[Stated]) -> bool:
    """Whether a share may differ in its last digit for the sum of all: 26、34、24、17 make 101."""
    share = f.share if f.share is not None else Decimal(0)
    kin = [o.share for o in beside if (o.region != "") == (f.region != "") and o.share is not None]
    full = sum(kin, share) == 100
    return len(beside) > 1 and off <= share_half(share) * (3 if _decimals(share) else 2 * full)


# --- sums of shares -------------------------------------------------------------------------------


def _share_sums(
    text: Text, figures: Sequence[Stated], wrong: Mapping[Stated, Stated]
) -> Iterator[Judged]:
    """Shares of all parts of the plan's total make 100 %.

    What is off by one that is ``wrong`` by its own area, is told with that.
    """
    top = [f for f in figures if not any(f.key[2:]) and not f.list_name and not _of_use(f)]
    whole = next((f for f in top if not any(f.key) and f.share is not None), None)
    uses = top_uses([f for f in top if not f.region])
    regions = top_regions([f for f in top if not f.category])
    sources = tuple(f for f in figures if f.source and f.key == ("", "", f.source, "", ""))
    modes = tuple(f for f in figures if f.mode and f.key == ("", "", "", f.mode, ""))
    splits = (
        (uses, {"zh": "各用途", "en": "the uses"}),
        (regions, {"zh": "各区域", "en": "the regions"}),
        (sources, {"zh": "各土地来源", "en": "the land sources"}),
        (modes, {"zh": "各供应方式", "en": "the supply modes"}),
    )
    for parts, of in splits:
        shares = [p.share for p in parts if p.share is not None]
        if len(parts) < 2 or len(shares) != len(parts) or not _of_total(parts, figures):
            continue
        places = [name for p in parts for name in p.region.split("、") if name]
        if len(set(places)) < len(places):
            continue  # 园区、甲镇、乙镇 and again 甲镇、乙镇
        total = sum(map(Fraction, shares), Fraction(0))
        if whole and whole.share is not None and whole.share not in (100, total):
            printed = {"zh": f"所列{of['zh']}", "en": f"{of['en']} as printed"}
            yield _sum(Fraction(whole.share), Fraction(0), "fail", [whole], printed)
        tolerance = sum(map(share_half, shares), Fraction(0))
        agrees = abs(total - 100) <= tolerance
        off = [(p, wrong[p]) for p in parts if p in wrong]
        right = sum(100 * p.area_m2 / b.area_m2 - Fraction(p.share or 0) for p, b in off)
        if not agrees and len(off) == 1 and abs(total + right - 100) <= tolerance:
            continue
        overlap = total - 100 >= max(shares)  # no one wrong share makes so much
        complete = agrees or (not overlap and _are_all(text, parts, figures))
        verdict: Verdict = "pass" if agrees else "fail" if complete else "unknown"
        yield _sum(total, tolerance, verdict, parts, of)


def _of_use(f: Stated) -> bool:
    """Whether a share is said to be one of a use: 占住宅用地供应总量的85.91%, 占全部住宅用地的…."""
    base = lineage(f.share_of) if f.share is not None and f.share_of else ()
    return bool(base) and f.category not in base[:2]  # the name, and what it narrows


def _sum(
    total: Fraction,
    tolerance: Fraction,
    verdict: Verdict,
    parts: Sequence[Stated],
    of: dict[str, Any],
) -> Judged:
    finding = SHARE_SUM.finding(
        "agrees" if verdict == "pass" else "differs",
        verdict,
        subject=f"{of['zh']}占比合计",
        expected=100.0,
        actual=float(total),
        difference=float(total - 100),
        tolerance=float(tolerance),
        unit="%",
        values={"of": of, "total": f"{half_up(total, 6).normalize():f}"},
        source=parts[0].where,
    )
    terms: dict[Term, Fraction | None] = {("share", p.number): total - 100 for p in parts}
    return Judged(finding, terms, exact=False)


def _are_all(text: Text, parts: Sequence[Stated], figures: Sequence[Stated]) -> bool:
    """Whether shares that do not make 100 % should: said together, and not less by the areas."""
    total = next((f for f in figures if f.key == ("", "", "", "", "") and f.quantity), None)
    if total and says_incomplete(Split(total, tuple(parts), "uses")):
        return False
    spots = [s for s in (p.share_spot or p.spot for p in parts) if s]
    if len(spots) != len(parts):
        return not spots
    told = sum((Fraction(p.share) for p in parts if p.share is not None), Fraction(0))
    if total and told < _MOST and promise(text, total, parts) != "whole":
        return False  # 在供应总量中 may have named the largest only
    tables = {s.table for s in spots}
    return len(tables) == 1 and (tables != {0} or len({text.sentence(s) for s in spots}) == 1)


def _of_total(parts: Sequence[Stated], figures: Sequence[Stated]) -> bool:
    """Whether the parts' shares are of the plan's total, and not each of something else."""
    by_key = {f.key: f for f in figures}
    total = by_key.get(("", "", "", "", ""))
    if total is None or not total.quantity or not all(p.quantity for p in parts):
        return True
    others = [p for p in parts if not _share_fits(p, total)]
    return len(others) <= 1 and all(p.share != 100 for p in parts)
