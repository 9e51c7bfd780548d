"""Parts against totals: what differs, by how much, and where in a cross table it sits."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate
from typing import Any

from landgis.findings import Check, Finding, Verdict, define
from landgis.plan.audit.splits import (
    Judged,
    Split,
    Term,
    says_incomplete,
    splits_of,
    suspects,
    without,
)
from landgis.plan.audit.stated import (
    Ledger,
    Promise,
    Stated,
    Text,
    in_unit,
    ledgers,
    promise,
    shown,
)
from landgis.units import M2_PER_UNIT, Quantity, unit_word

_KINDS = {
    "agrees": (
        "{of}合计{summed}{unit:unit}，与{name}{stated}{unit:unit}相符{allowed:clause}。",
        (
            "The sum of {of}, {summed} {unit:unit}, agrees with {name}, {stated} "
            "{unit:unit}{allowed:clause}."
        ),
    ),
    "more": (
        (
            "{of}合计{summed}{unit:unit}，比{name}{stated}{unit:unit}多{by}"
            "{unit:unit}。{note:clause}{place:clause}{doubt:clause}"
        ),
        (
            "The sum of {of} is {summed} {unit:unit}, {by} {unit:unit} more than "
            "{name}, {stated} {unit:unit}.{note:clause}{place:clause}{doubt:clause}"
        ),
    ),
    "less": (
        (
            "{of}合计{summed}{unit:unit}，比{name}{stated}{unit:unit}少{by}"
            "{unit:unit}。{note:clause}{place:clause}{doubt:clause}"
        ),
        (
            "The sum of {of} is {summed} {unit:unit}, {by} {unit:unit} less than "
            "{name}, {stated} {unit:unit}.{note:clause}{place:clause}{doubt:clause}"
        ),
    ),
    "precision": (
        "（印出的小数位允许相差{allowed}{unit:unit}）",
        " (its decimals leave {allowed} {unit:unit} open)",
    ),
    "approximate": (
        "（文中为约数，允许相差{allowed}{unit:unit}）",
        " (the figures are approximate: {allowed} {unit:unit} are left open)",
    ),
    "floor": ("总量为“以上”，不矛盾。", " The total is a lower limit."),
    "cap": (
        "总量为上限，分项可以不足，无法判定。",
        " The total is an upper limit, which the parts need not reach: undecided.",
    ),
    "over": (
        "总量为上限，分项之和已超出。",
        " The total is an upper limit, which the parts exceed.",
    ),
    "about": ("文中为约数，无法判定。", " The figures are approximate: undecided."),
    "limits": (
        "分项中有上限或下限，无法判定。",
        " Some of the parts are upper or lower limits: undecided.",
    ),
    "incomplete": (
        "所列各项可能不是全部，无法判定。",
        " What is listed need not be all of it: undecided.",
    ),
    "unread": (
        "差额恰为文中未读懂的数字，无法判定。",
        " Figures that were not understood would make it up: undecided.",
    ),
    "other": (
        "分项之和恰为文中另一数，分的可能是那一项，无法判定。",
        " They make up another figure of the text, and may be its parts: undecided.",
    ),
    "far": (
        "相差悬殊，可能不是同一口径，无法判定。",
        " So far off that they may be of different things: undecided.",
    ),
    "rounding": (
        "差额未超过各数分别四舍五入的误差之和，可能由四舍五入造成。",
        " Rounding each figure on its own could explain it.",
    ),
    "beyond": (
        "已超出约数所能解释的范围。",
        " That is more than approximate wording explains.",
    ),
    "sits": (
        "由分区域分用途的数字可知，差额全部在{columns}{others:clause}。",
        " The cross table shows that all of it sits in {columns}{others:clause}.",
    ),
    "closed": ("，其余各行各列均相符", "; all other rows and columns close"),
    "grand": (
        "{of}合计与总量的差额即由此而来。",
        " This is the whole difference between {of} and the total.",
    ),
    "one": (
        "同一差额也见于另一处合计，两处交会于{figure}，此数可疑。",
        " Another sum differs alike; both hold {figure}, which is suspect.",
    ),
    "several": (
        "同一差额也见于其他合计，可疑的是其中之一：{figures}。",
        " Other sums differ alike; one of these is suspect: {figures}.",
    ),
}
_FAR = 20  # times a total by which its parts exceed it, for which no misprint is known
PARTS = define(
    """audit.parts 分项之和 | sums of parts
    分项之和是否等于总数 | whether the parts make up their total""",
    **_KINDS,
)
LIST = define(
    """audit.list 清单 | lists
    清单各项之和是否等于小计和合计 | whether the rows of a list make up its totals""",
    **_KINDS,
)


@dataclass(frozen=True, slots=True)
class _PartSum:
    split: Split
    promise: Promise
    verdict: Verdict
    note: str


def check_parts(
    text: Text, figures: Sequence[Stated], everything: Sequence[Stated]
) -> list[Judged]:
    """Judge every way in which the figures should add up, breath by breath.

    Parameters
    ----------
    figures
        Each figure once, as its finest statement prints it.
    everything
        The figures and their repeats, as each place prints them.
    """
    weighed = list(_weigh(text, figures, everything))
    failing = [w for w in weighed if not w.split.closes and w.verdict == "fail"]
    first = [_judge(w, failing) for w in weighed]
    judged = [replace(j, within=_column(w, weighed)) for j, w in zip(first, weighed, strict=True)]
    return [_doubt(i, judged, weighed) for i in range(len(judged))]


def _weigh(
    text: Text, figures: Sequence[Stated], everything: Sequence[Stated]
) -> Iterator[_PartSum]:
    """Judge the splits of each ledger, then those across the document that no ledger has."""
    told = list(_told(text, figures, everything))
    met = {s.total.key for s, _ in told if s.closes and len(s.parts) > 1}
    by_key = {f.key: f for f in figures}
    seen = set()
    for split, promised in told:
        some = _has_some_regions(split, by_key) or _is_parted_again(text, split)
        given = "open" if some else promised
        across = not any(f.spot and f.spot.table for f in (split.total, *split.parts))
        verdict, note = _verdict(split, given, met=split.total.key in met)
        if verdict == "fail" and is_unread(text, split):
            verdict, note = "unknown", "unread"
        if verdict == "fail" and across and _make_other(text, split, everything):
            verdict, note = "unknown", "other"
        again = (split.by, split.total.key, split.difference_m2) in seen and across
        if verdict and not again:
            seen.add((split.by, split.total.key, split.difference_m2))
            yield _PartSum(split, given, verdict, note)


def _told(
    text: Text, figures: Sequence[Stated], everything: Sequence[Stated]
) -> Iterator[tuple[Split, Promise]]:
    fine = {f.number: f for f in figures}
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for ledger in ledgers(text, [f for f in everything if f.quantity and not f.list_name]):
        said = ledger.figures
        if not ledger.table:
            said = tuple(fine.get(f.number, f) for f in said)
        splits = list(splits_of(_once(said)))
        partial = _partial(ledger, splits)
        for split in splits:
            others = (f.area_m2 for f in said if f is not split.total and f not in split.parts)
            mixed = sum(others, split.difference_m2) == 0 != split.difference_m2  # 新增…，增减挂钩…
            loose = mixed or split.by in partial
            given = "open" if loose else promise(text, split.total, split.parts)
            if split.closes or loose or given in ("whole", "weak"):
                seen.add((split.by, split.total.key))
            yield split, given
    across = [
        s
        for s in splits_of([f for f in figures if f.quantity and not f.list_name])
        if (s.by, s.total.key) not in seen
    ]
    complete = _complete(across)
    yield from ((split, "whole") for split in _said_in_words(text, everything))
    for split in across:
        given = promise(text, split.total, split.parts)
        if _is_made_up(split, figures):
            given = "open"
        all_told = split.by in complete and len(split.parts) > 1
        yield split, "whole" if given == "loose" and all_told else given


_SUM_IN_WORDS = re.compile(
    r"(?P<n>[二三四五六七八九十]|\d{1,2})(?:大|个)*(?P<kind>[项类]|[^，。；\d]{0,2}?(?:[区县市镇乡]|区域|板块|组团))"
    r"(?:用地|面积|供[应地]量?|[的共])*(?:之和|合计|相加|总和|加总)(?:即|就|正好|恰好|应当?)*[为是]?"
    r"(?:(?P<whole>[^，。；\d]{0,12}总量)|约?(?P<value>\d[\d,]*(?:\.\d+)?)\s?(?P<unit>万?(?:公顷|亩|平方米|平方公里)))"
)


def _said_in_words(text: Text, figures: Sequence[Stated]) -> Iterator[Split]:
    """Give the sums of which a sentence says what makes them: 以上三项合计…, 四区之和即为总量."""
    order = sorted((f for f in figures if f.quantity and f.spot), key=_standing)
    for m in _SUM_IN_WORDS.finditer(text.words):
        passage = bisect_right(text.begins, m.start()) - 1
        at = (passage, m.start() - text.begins[passage])
        before = [f for f in order if _standing(f) < at]
        by = "uses" if m["kind"] in "项类" else "regions"
        name = "category" if by == "uses" else "region"
        size = int(m["n"]) if m["n"].isdecimal() else "零一二三四五六七八九十".index(m["n"])
        of = without(name)(before[-1]) if before else ()
        same = [f for f in before if getattr(f, name) and without(name)(f) == of]
        last = {getattr(f, name): f for f in same[-size:]}
        rest = [f for f in before if f not in last.values() and not f.list_name]
        totals = [f for f in rest if not any(f.key[1:])]
        if not m["whole"]:
            area = Quantity(Decimal(m["value"].replace(",", "")), m["unit"]).area_m2
            totals = [f for f in rest if f.area_m2 == area]
        if 1 < len(last) == size and totals:
            yield Split(totals[0], tuple(last.values()), by)


def _standing(f: Stated) -> tuple[int, int]:
    return (f.spot.passage, f.spot.start) if f.spot else (-1, -1)


def _complete(splits: Sequence[Split]) -> set[str]:
    """Ways of splitting that are shown to be complete though nothing says so.

    Where paragraph after paragraph gives a township with its uses, and the townships make up the
    city's figure of one use after the other, they are all of them.
    """
    several = [s for s in splits if len(s.parts) > 1]
    shown = {by: [s.closes for s in several if s.by == by] for by in {s.by for s in several}}
    return {by for by, told in shown.items() if sum(told) > max(2, len(told) - sum(told))}


def _has_some_regions(split: Split, figures: Mapping[tuple[str, ...], Stated]) -> bool:
    """Whether the regions of a use are not all: others make up what their totals fall short by."""
    region, use, *rest = split.total.key
    if split.by != "regions" or not use or split.difference_m2 > 0:
        return False
    whole = figures.get((region, "", *rest))
    parts = tuple(f for p in split.parts if (f := figures.get((p.key[0], "", *rest))))
    if whole is None or len(parts) != len(split.parts):
        return False
    of_all = Split(whole, parts, "regions")
    told = (f for f in figures.values() if f.region and f.key[1:] == ("", *rest))
    others = [f.area_m2 for f in told if f not in parts]
    sums = (s for at in range(len(others)) for s in accumulate(others[at:]))
    return not of_all.closes and any(s == -of_all.difference_m2 for s in sums)


def _is_parted_again(text: Text, split: Split) -> bool:
    """Whether a sign ends the parts that make the whole: 其中全面改造80、微改造40；“工改工”30."""
    spots = [p.spot for p in split.parts]
    sums = accumulate(p.area_m2 for p in split.parts)
    for i, (spot, told) in enumerate(zip(spots[:-1], sums, strict=False)):
        behind = spots[i + 1]
        if not (spot and behind) or spot.table or behind.table:
            return False
        if i and told == split.total.area_m2:
            return bool(re.search("[；。]", text.words[text.at(spot)[1] : text.at(behind)[0]]))
    return False


def _once(figures: Sequence[Stated]) -> list[Stated]:
    """Give each figure of a ledger once, as it is said last before its parts."""
    return list({f.key: f for f in figures}.values())


def _partial(ledger: Ledger, splits: Sequence[Split]) -> set[str]:
    """Ways of splitting in which most rows of a table fall short: what it lists is not all."""
    ways = {s.by for s in splits if ledger.table}
    short = {
        by: [s.difference_m2 < 0 and not s.closes for s in splits if s.by == by] for by in ways
    }
    return {by for by, told in short.items() if len(told) > 2 and 2 * sum(told) > len(told)}


def _verdict(split: Split, given: Promise, *, met: bool) -> tuple[Verdict | None, str]:
    """Judge a split by what its words promise; None where they promise nothing.

    ``met`` tells that the total is made up by other parts, so that it is no mere limit.
    """
    total, difference = split.total, split.difference_m2
    if split.closes:
        return "pass", ""
    if difference > 0 and total.qualifier == "at_least":
        return "pass", "floor"
    # what is said to be some of a figure cannot alone be more than it
    exceeds = given == "open" and any(p.is_open and p.area_m2 > total.area_m2 for p in split.parts)
    if (given in ("open", "loose") and not exceeds) or (difference < 0 and not split.exhaustive):
        return None, ""
    if difference < 0 and total.qualifier == "at_most" and not met:
        return "unknown", "cap"
    if difference < 0 and given == "weak" and met:
        return "unknown", "incomplete"
    return _of_promised(split, given)


def _of_promised(split: Split, given: Promise) -> tuple[Verdict, str]:
    """Judge parts that are said to be all, and do not make their total."""
    total, difference = split.total, split.difference_m2
    share = abs(difference) / total.area_m2 if total.area_m2 else Fraction(1)
    qualifiers = {p.qualifier for p in split.parts}
    # a lower limit that makes the whole surplus is a part of a part: “工改工”不少于85公顷
    inner = any(p.qualifier == "at_least" and p.area_m2 == difference for p in split.parts)
    if inner or ("at_least" in qualifiers if difference < 0 else "at_most" in qualifiers):
        return "unknown", "limits"
    some = _counts_more(split) or says_incomplete(split) or (given == "weak" and _names_some(split))
    if difference < 0 and some:
        return "unknown", "incomplete"
    twice = split.by == "inner uses" and any(p.area_m2 == difference for p in split.parts)
    twice = twice or _parts_a_part(split)
    if difference > _FAR * total.area_m2 or twice:  # one of them may stand beside the whole
        return "unknown", "far"
    if split.is_about:
        surely = share > Fraction(1, 10) and not (difference < 0 and given == "weak")
        return ("fail", "beyond") if surely else ("unknown", "about")
    if abs(difference) <= split.rounding_m2:
        return "unknown", "rounding"
    return "fail", "over" if difference > 0 and total.qualifier == "at_most" else ""


def _parts_a_part(split: Split) -> bool:
    """Whether a part that is the whole surplus is what the parts behind it make up.

    经营性用地50公顷——住宅30公顷、商业20公顷, beside other uses of the whole.
    """
    sizes = [p.area_m2 for p in split.parts]
    more = split.difference_m2
    behind = (sizes[i + 1 :] for i, size in enumerate(sizes) if size == more)
    return any(more in list(accumulate(rest))[1:] for rest in behind)


def _is_made_up(split: Split, figures: Sequence[Stated]) -> bool:
    """Whether what the parts lack is a figure beside them: 填海20公顷，新增90公顷，存量50公顷."""
    passages = {p.spot.passage for p in split.parts if p.spot}
    beside = (f for f in figures if f.spot and not f.spot.table and f.spot.passage in passages)
    plain = (f for f in beside if f not in split.parts and not f.uses_above)
    return any(f.area_m2 == -split.difference_m2 for f in plain)


def is_unread(text: Text, split: Split) -> bool:
    """Whether what the parts fall short of stands in the document, but was not understood."""
    slack = split.precision_m2
    return split.difference_m2 < 0 and text.holds(-split.difference_m2, split.unit, slack)


def _make_other(text: Text, split: Split, figures: Sequence[Stated]) -> bool:
    """Whether the parts make up another figure, read or not.

    甲类90公顷，占住宅用地120公顷的75%，三区分别为40、30、20公顷.
    """
    summed = split.total.area_m2 + split.difference_m2
    use = split.total.category
    near = (f for f in figures if use in (f.category, *f.uses_above) and f not in split.parts)
    others = {f.area_m2 for f in near if f.key != split.total.key}
    unread = {Fraction(v) * M2_PER_UNIT[unit] for v, unit in text.not_read if unit}
    return len(split.parts) > 1 and summed in others | unread


def _names_some(split: Split) -> bool:
    """Whether 其中 may have named the largest parts only.

    So it is where much is missing that no single wrong digit explains, or where but two parts of
    a whole plan are named and a quarter of it is missing.
    """
    total, missing = split.total, -split.difference_m2
    few = len(split.parts) < 3 and not total.category and not total.region
    if few and 4 * missing > total.area_m2:
        return True
    return 10 * missing > total.area_m2 and not _is_one_digit(missing / M2_PER_UNIT[split.unit])


def _counts_more(split: Split) -> bool:
    """Whether a group's name counts more members than are told: 主城三区，其中甲区、乙区."""
    count = _COUNT.search(split.total.region)
    return count is not None and "零一二三四五六七八九十".index(count[0]) > len(split.parts)


_COUNT = re.compile("[二三四五六七八九十](?=(?:城区|[个大县市]{0,2}[区县市镇乡])$)")


def _is_one_digit(difference: Fraction) -> bool:
    digits = f"{float(difference):.6f}".replace(".", "").strip("0")
    return len(digits) == 1


def _column(here: _PartSum, weighed: Sequence[_PartSum]) -> int:
    """Find the column in which the whole difference of a grand total sits."""
    if here.verdict != "fail" or here.split.total.category or here.split.total.region:
        return -1
    inner = _inner(here.split, [w.split for w in weighed if w.verdict == "fail"])
    if len(inner) != 1 or inner[0].difference_m2 != here.split.difference_m2:
        return -1
    return next(i for i, w in enumerate(weighed) if w.split is inner[0])


def _inner(split: Split, failing: Sequence[Split]) -> list[Split]:
    return [
        s
        for s in failing
        if s.by == split.by
        and s.total.key[2:] == split.total.key[2:]
        and (s.total.category or s.total.region)
    ]


# --- findings -----------------------------------------------------------------------------------


def split_finding(
    check: Check, split: Split, verdict: Verdict, note: str = "", **values: Any
) -> Finding:
    """Say whether parts and total agree, and by how much not."""
    total, unit = split.total, split.unit
    kind = "agrees" if split.closes else "more" if split.difference_m2 > 0 else "less"
    clauses = {"allowed": _allowed(split), "note": {"kind": note} if note else None}
    table = f"（表{total.spot.table}）" if total.spot and total.spot.table else ""
    return check.finding(
        kind,
        verdict,
        subject=f"{split.of['zh']}与{total.name['zh']}{table}",
        region=total.region,
        category=total.category,
        expected=in_unit(total.area_m2, unit),
        actual=in_unit(total.area_m2 + split.difference_m2, unit),
        difference=in_unit(split.difference_m2, unit),
        tolerance=in_unit(split.tolerance_m2, unit),
        unit=unit,
        values={
            "of": split.of,
            "name": total.name,
            "summed": shown(total.area_m2 + split.difference_m2, unit),
            "stated": shown(total.area_m2, unit),
            "by": shown(abs(split.difference_m2), unit),
            **(clauses | values),
        },
        source=total.where,
    )


def _allowed(split: Split) -> dict[str, Any] | None:
    """Say which tolerance a sum took that closes, but not to the last digit."""
    difference = abs(split.difference_m2)
    if not split.closes or not difference:
        return None
    kind = "precision" if difference <= split.precision_m2 else "approximate"
    allowed = split.precision_m2 if kind == "precision" else split.tolerance_m2
    unit = split.unit
    return {"kind": kind, "allowed": shown(allowed, unit), "unit": unit}


def split_terms(split: Split) -> dict[Term, Fraction | None]:
    """By how much each figure of a sum is too large, if it alone is wrong."""
    off = split.difference_m2
    terms: dict[Term, Fraction | None] = {("area", p.number): off for p in split.parts}
    return terms | {("area", split.total.number): -off}


def _judge(here: _PartSum, failing: Sequence[_PartSum]) -> Judged:
    split = here.split
    place = _place(split, [w.split for w in failing]) if here.verdict == "fail" else None
    finding = split_finding(PARTS, split, here.verdict, here.note, place=place)
    exact = split.closes and (split.exhaustive or len(split.parts) > 1)
    return Judged(finding, split_terms(split), exact)


def _doubt(index: int, judged: Sequence[Judged], weighed: Sequence[_PartSum]) -> Judged:
    """Name the figures that would explain this difference and those of other sums."""
    here = judged[index]
    if not here.fails:
        return here
    split = weighed[index].split
    by_term = {("area", f.number): f for f in (*split.parts, split.total)}
    found = [by_term[t] for t in suspects(index, judged) if by_term[t].quantity]
    if not found:
        return here
    named = [_printed(f) for f in found[:5]]
    doubt: dict[str, Any] = {
        "kind": "several",
        "figures": {
            k: ("、" if k == "zh" else ", ").join(n[k] for n in named) for k in ("zh", "en")
        },
    }
    if len(found) == 1:
        doubt = {"kind": "one", "figure": named[0]}
    where = [split.total.where, *(f.where for f in found if f is not split.total)]
    finding = replace(
        here.finding,
        values={**here.finding.values, "doubt": doubt},
        members=tuple(n["zh"] for n in named),
        source="；".join(where[:4]),
    )
    return replace(here, finding=finding)


def _printed(f: Stated) -> dict[str, str]:
    value, unit = (f.quantity.value, f.quantity.unit) if f.quantity else ("", "")
    name = f.name
    return {
        "zh": f"{name['zh']}{value}{unit}",
        "en": f"{name['en']} {value} {unit_word(unit, 'en')}",
    }


def _place(split: Split, failing: Sequence[Split]) -> dict[str, Any] | None:
    """Where in the cross table a difference sits: the columns or rows that do not close."""
    total = split.total
    if total.category or total.region:
        return _grand(split, failing)
    inner = _inner(split, failing)
    crossing = [s for s in failing if s.by != split.by and s.total.region]
    if not inner or sum((s.difference_m2 for s in inner), Fraction(0)) != split.difference_m2:
        return None
    names = [s.total.name for s in inner]
    return {
        "kind": "sits",
        "columns": {
            k: ("、" if k == "zh" else ", ").join(n[k] for n in names) for k in ("zh", "en")
        },
        "others": None if crossing else {"kind": "closed"},
    }


def _grand(split: Split, failing: Sequence[Split]) -> dict[str, Any] | None:
    grand = next(
        (
            s
            for s in failing
            if s.by == split.by
            and not s.total.region
            and not s.total.category
            and s.total.key[2:] == split.total.key[2:]
        ),
        None,
    )
    if grand is None or grand is split or grand.difference_m2 != split.difference_m2:
        return None
    return {"kind": "grand", "of": grand.of}
