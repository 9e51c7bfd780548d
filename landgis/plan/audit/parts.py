"""Parts against totals: what differs, by how much, and where in a cross table it sits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from landgis.findings import Finding, Verdict
from landgis.language import Lang, say
from landgis.plan.audit.figures import Figure, show_area
from landgis.plan.audit.splits import Split, says_incomplete, splits_of
from landgis.units import M2_PER_UNIT, unit_word


def check_parts(figures: Sequence[Figure], lang: Lang) -> Iterator[Finding]:
    """Judge every way in which the figures should add up."""
    splits = list(splits_of([f for f in figures if f.quantity and not f.list_name]))
    roles = _roles(splits)
    failing = [s for s in splits if not s.closes]
    for split in splits:
        verdict = _verdict(split)
        if verdict is None:
            continue
        found = part_finding(split, verdict, lang)
        if not split.closes:
            suspects = _suspects(split, roles)
            message = found.message + _location(split, failing, lang) + _suspicion(suspects, lang)
            where = [found.source, *(f.where for f in suspects if f is not split.total)]
            found = replace(found, message=message, source="；".join(where[:4]))
        yield found


def _verdict(split: Split) -> Verdict | None:
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
    return "unknown" if difference < 0 and says_incomplete(split) else "fail"


def part_finding(split: Split, verdict: Verdict, lang: Lang) -> Finding:
    """Say whether parts and total agree, and by how much not."""
    total, unit = split.total, split.unit
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
        message=_part_message(split, verdict, lang),
        source=total.where,
    )


def _part_message(split: Split, verdict: Verdict, lang: Lang) -> str:
    total, unit = split.total, split.unit
    summed = show_area(total.area_m2 + split.difference_m2, unit)
    stated = show_area(total.area_m2, unit)
    by = show_area(abs(split.difference_m2), unit)
    name, word = total.name(lang), unit_word(unit, "en")
    if split.closes:
        return say(
            lang,
            f"{split.zh}合计{summed}{unit}，与{name}{stated}{unit}相符。",
            f"The sum of {split.en}, {summed} {word}, agrees with {name}, {stated} {word}.",
        )
    more = split.difference_m2 > 0
    message = say(
        lang,
        f"{split.zh}合计{summed}{unit}，比{name}{stated}{unit}{'多' if more else '少'}{by}{unit}。",
        f"The sum of {split.en} is {summed} {word}, {by} {word} {'more' if more else 'less'} than "
        f"{name}, {stated} {word}.",
    )
    return message + _rounding_note(split, verdict, lang)


def _rounding_note(split: Split, verdict: Verdict, lang: Lang) -> str:
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


def _roles(splits: Sequence[Split]) -> dict[int, list[tuple[Split, int]]]:
    """Give for each figure the sums that it stands in: 1 as a part, -1 as the total."""
    roles: dict[int, list[tuple[Split, int]]] = {}
    for split in splits:
        roles.setdefault(id(split.total), []).append((split, -1))
        for part in split.parts:
            roles.setdefault(id(part), []).append((split, 1))
    return roles


def _suspects(split: Split, roles: dict[int, list[tuple[Split, int]]]) -> list[Figure]:
    """Figures that alone, if wrong, explain this difference and all other sums they stand in.

    Such is the cell where a row and a column meet that differ by the same amount.
    """
    suspects = []
    for figure in (*split.parts, split.total):
        errors = {s.difference_m2 * sign for s, sign in roles[id(figure)] if not s.closes}
        closes = any(s.closes and s.exhaustive for s, _ in roles[id(figure)])
        if len(roles[id(figure)]) > 1 and len(errors) == 1 and not closes:
            suspects.append(figure)
    return suspects


def _suspicion(suspects: Sequence[Figure], lang: Lang) -> str:
    if not suspects:
        return ""
    named = [
        say(
            lang,
            f"{f.name(lang)}{f.quantity.value}{f.quantity.unit}",
            f"{f.name(lang)} {f.quantity.value} {unit_word(f.quantity.unit, 'en')}",
        )
        for f in suspects[:5]
        if f.quantity
    ]
    if len(suspects) == 1:
        return say(
            lang,
            f"同一差额也见于另一处合计，两处交会于{named[0]}，此数可疑。",
            f" Another sum differs alike; both hold {named[0]}, which is suspect.",
        )
    return say(
        lang,
        f"同一差额也见于其他合计，可疑的是其中之一：{'、'.join(named)}。",
        f" Other sums differ alike; one of these is suspect: {', '.join(named)}.",
    )


def _location(split: Split, failing: Sequence[Split], lang: Lang) -> str:
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


def _reason(split: Split, failing: Sequence[Split], lang: Lang) -> str:
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
