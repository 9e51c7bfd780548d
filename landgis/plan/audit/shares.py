"""Shares against the areas that they are shares of, and against 100 %."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction

from landgis.findings import Finding, Verdict
from landgis.language import Lang, say
from landgis.plan.audit.figures import Figure
from landgis.plan.audit.splits import Split, says_incomplete, share_half, top_regions, top_uses
from landgis.units import half_up


def check_shares(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Set shares against the areas, and their sums against 100 %."""
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
    exact, half = 100 * f.area_m2 / base.area_m2, share_half(f.share)
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
        tolerance=float(share_half(share)),
        unit="%",
        message=message,
        source=f.where,
    )


def _share_sums(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Shares of all parts of the plan's total make 100 %."""
    top = [f for f in figures if not any(f.key[2:]) and not f.list_name]
    whole = next((f for f in top if not any(f.key) and f.share is not None), None)
    uses = top_uses([f for f in top if not f.region])
    regions = top_regions([f for f in top if not f.category])
    sources = tuple(f for f in figures if f.source and f.key == ("", "", f.source, "", ""))
    modes = tuple(f for f in figures if f.mode and f.key == ("", "", "", f.mode, ""))
    splits = (
        (uses, "各用途", "the uses"),
        (regions, "各区域", "the regions"),
        (sources, "各土地来源", "the land sources"),
        (modes, "各供应方式", "the supply modes"),
    )
    for parts, zh, en in splits:
        shares = [p.share for p in parts if p.share is not None]
        if len(parts) < 2 or len(shares) != len(parts) or not _of_total(parts, figures):
            continue
        total = sum(map(Fraction, shares), Fraction(0))
        if whole and whole.share is not None and whole.share not in (100, total):
            text = (f"所列{zh}", f"{en} as printed")
            yield _sum_finding(
                Fraction(whole.share), Fraction(0), "fail", whole.where, text, lang=lang
            )
        tolerance = sum(map(share_half, shares), Fraction(0))
        agrees = abs(total - 100) <= tolerance
        complete = agrees or total > 100 or not _listed_less(parts, figures)
        verdict: Verdict = "pass" if agrees else "fail" if complete else "unknown"
        yield _sum_finding(total, tolerance, verdict, parts[0].where, (zh, en), lang=lang)


def _sum_finding(
    total: Fraction,
    tolerance: Fraction,
    verdict: Verdict,
    where: str,
    of: tuple[str, str],
    *,
    lang: Lang,
) -> Finding:
    zh, en = of
    agrees = verdict == "pass"
    text = f"{half_up(total, 6).normalize():f}"
    return Finding(
        check="audit.share_sum",
        verdict=verdict,
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
        source=where,
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
    return total is None or says_incomplete(Split(total, tuple(parts), "", ""))
