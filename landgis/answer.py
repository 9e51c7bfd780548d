"""The answer of one run in words: one sentence to repeat, and the causes with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from landgis.balance.sheet import UNDRAWN, Row
from landgis.findings import check_title, count_verdicts, finding_key, finding_keys, sentences
from landgis.landuse import category_name
from landgis.language import Lang, say
from landgis.results import Results, once
from landgis.schema import rows_of
from landgis.units import M2_PER_UNIT, unit_word

MOST_NAMED = 3
"""Things that a sentence names; of more there is the number."""

TODO: Mapping[str, tuple[str, str]] = MappingProxyType(
    sentences("""
    对照说明逐项核实。 | Look into each as told.
    audit: 请编制单位对照原文更正计划文件，再重新核对。
    | Have the drafters correct the plan document, then check again.
    plan: 对照原文确认；读错的在更正表中改正（--corrections）。
    | Confirm against the text; correct what was misread (--corrections).
    over: 核对这些宗地是否重复、越界或用途登错；无误则减少安排，或调增计划指标。
    | Look for doubles or wrong uses; if there are none, take land out or raise the figure.
    short: 查有无漏图、用途登错；无误则补选地块（landgis allocate），或调减计划指标。
    | Look for land left out; if there is none, choose more (landgis allocate) or lower it.
    open: 先补登记这些宗地的用途、来源、方式，再核对。
    | Record use, source and mode of these parcels first, then check again.
    place: 补充这些区域的界线图形，或在项目文件中写明由哪些乡镇组成。
    | Supply polygons of these regions, or name their townships in the project file.
    parcels.overlap: 核实界线，重叠部分只留一宗。
    | Settle the boundary; leave the overlap in one parcel only.
    parcels.area: 以测绘成果为准，改正登记面积或图形。
    | Correct the record or the drawing after the survey.
    parcels.sliver: 并入相邻宗地或删去。 | Merge into the neighbour, or delete.
    parcels.use: 补登记用途。 | Record the use.
    parcels: 核对宗地的登记与图形，改正后重新核对。
    | Compare record and drawing, correct, then check again.
    rules: 调整供应的结构或时序，或在报批说明中写明理由。
    | Adjust structure or timing, or give the reason when submitting.
    layer: 按说明补正图层后重新核对。 | Mend the layer as told, then check again.""")
)
"""What to do about a cause, by check, by room, or by which way an area differs."""

SIGNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"": ("", ""), "at_most": ("≤", "≤"), "at_least": ("≥", "≥"), "about": ("约", "ca. ")}
)
"""What stands before a planned figure that is not exact."""

_MOST_WORDED = 200  # findings of a cause that are looked at for its words
_NUMERALS = "零一两三四五六七八九十"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One thing that is wrong or open, and everything that follows from it.

    Parameters
    ----------
    message, todo
        What it is, and what to do about it.
    weight_m2
        The area that it is about; 0 where it is about none.
    findings
        Rows of ``results.findings``, the leading one first.
    name, signed
        Region and use of an area that differs, and by how much, with sign and unit.
    region, category
        As in the findings.
    makes_total
        Whether the difference of the plan's total follows from it.
    """

    check: str
    verdict: str
    message: str
    todo: str
    weight_m2: float
    findings: tuple[int, ...]
    name: str = ""
    signed: str = ""
    region: str = ""
    category: str = ""
    makes_total: bool = False

    @property
    def room(self) -> str:
        """The room that found it: ``audit``, ``totals``, ``parcels`` and so on."""
        return self.check.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a run found, to be said first.

    Parameters
    ----------
    headline
        One sentence on total, plan document, land, and what is undecided.
    causes
        What failed, then what is unknown, each by weight.
    counts
        How many checks there were, notes apart.
    """

    headline: str
    causes: tuple[Cause, ...]
    counts: str


@once
def answer(results: Results, *, lang: Lang = "zh") -> Answer:
    """Say in one sentence what a run found, and name its causes with what to do.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> answer(blank_results()).headline
    '计划没有可与图上比较的数字；计划文件自身未见不符。'
    """
    results = results.told(lang)
    causes = _causes(results, lang)
    counts = count_verdicts(results.findings)
    checks = sum(counts[v] for v in ("pass", "fail", "unknown"))
    return Answer(
        headline=_headline(results, causes, lang),
        causes=causes,
        counts=say(
            lang,
            f"共核对 {checks} 项：通过 {counts['pass']}，不通过 {counts['fail']}，"
            f"无法判定 {counts['unknown']}；另有说明 {counts['note']} 条，不作判定。",
            f"{checks} checks: {counts['pass']} passed, {counts['fail']} failed, "
            f"{counts['unknown']} unknown; besides {counts['note']} notes, which judge nothing.",
        ),
    )


# ---------------------------------------------------------------- causes


def _causes(results: Results, lang: Lang) -> tuple[Cause, ...]:
    """Group what failed or is unknown by what it follows from, the weightiest first."""
    found = results.findings
    wanting = found[found["verdict"].isin(("fail", "unknown"))]
    units = {unit: float(m2) for unit, m2 in M2_PER_UNIT.items()}
    per_unit = wanting["unit"].map(units).astype("float64")
    wanting = wanting.assign(weight_m2=(wanting["difference"].abs() * per_unit).fillna(0.0))
    groups: dict[tuple[str, ...], list[pd.DataFrame]] = {}
    for key, part in _keyed(wanting, results):
        groups.setdefault(key, []).append(part)
    made = [_cause(key, pd.concat(parts), results, lang) for key, parts in groups.items()]
    order = {"fail": 0, "unknown": 1}
    return tuple(sorted(made, key=lambda c: (order[c.verdict], -c.weight_m2)))


def _keyed(
    wanting: pd.DataFrame, results: Results
) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Give findings with what they belong to: figures one by one, land (there is much) at once."""
    placeless = set(_placeless(results))
    figures = wanting["check"].str.startswith(("totals.", "audit.", "rules."))
    lead = set(finding_keys(wanting[figures]))
    named = wanting["subject"].str.split("、").str[0]
    waits = wanting["verdict"].eq("unknown") & (
        wanting["region"].isin(placeless) | named.isin(placeless)
    )
    if waits.any():
        yield ("place",), wanting[waits]
    for at, row in zip(
        wanting.index[figures & ~waits], rows_of(wanting[figures & ~waits]), strict=True
    ):
        yield _key(row, results, lead), wanting.loc[[at]]
    for key, part in wanting[~figures & ~waits].groupby(["check", "verdict"], sort=False):
        yield tuple(map(str, key)), part


def _placeless(results: Results) -> Iterator[str]:
    """Name the regions whose shape is missing, wholly or partly."""
    for row in results.balance.rows:
        if row.reason.get("kind") in UNDRAWN:
            yield row.figure.region
    found = results.findings
    yield from found.loc[found["check"] == "layer.no_polygon", "subject"]


def _key(row: Mapping[Any, Any], results: Results, lead: set[str]) -> tuple[str, ...]:
    """Tell what a finding of a figure belongs to: what it follows from, or others of its kind."""
    check, verdict = row["check"], row["verdict"]
    if row["cause"] in lead:
        return (row["cause"],)
    line = results.balance.row_of(row)
    if line is not None and verdict == "unknown" and line.reason.get("kind") == "undecided":
        return ("open",)
    if check.startswith(("totals.", "audit.")):
        return (finding_key(row),)
    grand = results.balance.by_key.get(("", ""))
    if check in {"rules.max_total", "rules.min_total"} and grand is not None:
        same = grand.verdict == verdict and not (row["region"] or row["category"])
        if same and grand.key in lead:  # the plan's own total, said again as a rule
            return (grand.key,)
    return check, verdict


def _cause(key: tuple[str, ...], found: pd.DataFrame, results: Results, lang: Lang) -> Cause:
    """Put one cause into words; the finding that it is named after leads."""
    led = len(key) == 1
    if led:
        follows = np.array(finding_keys(found)) != key[0]
        found = found.iloc[np.argsort(follows, kind="stable")]
    rows = list(rows_of(found.head(_MOST_WORDED)))
    first = rows[0]
    line = results.balance.row_of(first)
    weights = found["weight_m2"]
    weight = weights.iloc[0] if led and key[0] not in {"place", "open"} else weights.max()
    message, about = str(first["message"]), {"region": "", "category": ""}
    name = signed = ""
    told = first["check"].partition(".")[0]
    if key == ("place",):
        names = dict.fromkeys(p for p in _placeless(results) if p)
        message, told = _placed(names, len(found), lang), "place"
    elif key == ("open",):
        message, told = _undecided(rows, lang), "open"
    elif line is not None and line.difference is not None and first["check"][:6] == "totals":
        about = {"region": line.region, "category": str(first["category"])}
        told = "over" if line.difference > 0 else "short"
        name, signed = _name(first, lang), _signed(line.difference, line.figure.unit, lang)
        others = [_name(row, lang) for row in rows[1:] if row["check"][:6] == "totals"]
        message = _compared(line, name, signed, others, lang)
    elif len(rows) > 1 and not led:
        message = _several(first["check"], rows, len(found), lang)
    check = first["check"]
    todo = next(t for t in (TODO.get(k) for k in (check, told, "")) if t)
    return Cause(
        check=check,
        verdict=str(first["verdict"]),
        message=message,
        todo=say(lang, *todo),
        weight_m2=float(weight if led else weights.sum()),
        findings=tuple(found.index.tolist()),
        name=name,
        signed=signed,
        makes_total=any(row["check"] == "totals.grand" for row in rows[1:]),
        **about,
    )


def _name(row: Mapping[Any, Any], lang: Lang) -> str:
    """Name a figure: its region and use, its own subject, or the total."""
    words = [row["region"], category_name(row["category"], lang), row["subject"]]
    return say(lang, "", " ").join(filter(None, words)) or say(lang, "总量", "the total")


def _signed(difference: Decimal, unit: str, lang: Lang) -> str:
    return f"{difference:+,f} {unit_word(unit, lang)}".replace("-", "−")


def _compared(line: Row, name: str, signed: str, others: Sequence[str], lang: Lang) -> str:
    planned, mapped = f"{line.figure.value:,f}", f"{line.mapped:,f}"
    limit = {"at_most": ("计划上限", "at most"), "at_least": ("计划下限", "at least")}
    told = say(lang, *limit.get(line.figure.qualifier, ("计划", "planned")))
    also = _listed(others, lang)
    return say(
        lang,
        f"{name} {signed}（{told} {planned}，图上 {mapped}）"
        + (f"；{also}随之不符。" if also else "。"),
        f"{name} {signed} ({told} {planned}, mapped {mapped})"
        + (f"; with it {also}." if also else "."),
    )


def _placed(names: Iterable[str], count: int, lang: Lang) -> str:
    listed = _listed(list(names), lang)
    return say(
        lang,
        f"{listed}没有图形或图形不全，{count} 项不能按位置核对。",
        f"{listed}: without a polygon or with an incomplete one, {count} checks are open.",
    )


def _undecided(rows: Sequence[Mapping[Any, Any]], lang: Lang) -> str:
    names = _listed([_name(row, lang) for row in rows], lang)
    return say(
        lang,
        f"{names}无法判定：有宗地的用途、来源或方式未登记、无法识别或只登记到上级类。",
        f"{names}: undecided, for use, source or mode of some parcels is missing or too coarse.",
    )


def _several(check: str, rows: Sequence[Mapping[Any, Any]], count: int, lang: Lang) -> str:
    title = check_title(check, lang)
    if title == check:  # nobody defined it: its first sentence tells of what kind they are
        more = count - 1
        return str(rows[0]["message"]) + say(lang, f"另有同类 {more} 项。", f" {more} more of it.")
    subjects = _listed([str(row["subject"]) or _name(row, lang) for row in rows], lang, count)
    many = say(lang, f" {count} 项：", f", {count}: ")
    return title + many + subjects + say(lang, "。", ".")


def _listed(names: Sequence[str], lang: Lang, count: int = 0) -> str:
    """Name the first few, and say how many there are."""
    named = list(dict.fromkeys(names))
    count = count or len(named)
    listed = say(lang, "、", ", ").join(named[:MOST_NAMED])
    if count > MOST_NAMED:
        listed += say(lang, f"等 {count} 项", f" and {count - MOST_NAMED} more")
    return listed


# ---------------------------------------------------------------- one sentence


def _headline(results: Results, causes: Sequence[Cause], lang: Lang) -> str:
    failed = [c for c in causes if c.verdict == "fail"]
    own = [c for c in failed if c.room in {"audit", "plan"}]
    beside = [c for c in failed if c.room not in {"audit", "plan", "totals"}]
    undecided = len(causes) - len(failed)
    audited = results.findings["check"].str.startswith("audit.").any()
    parts = [_whole(results, [c for c in failed if c.room == "totals"], lang)]
    if own:
        n = len(own)
        told = f"the plan document has {n} fault{'s' * (n > 1)} of its own"
        parts.append(say(lang, f"计划文件自身{_few(n)}处不符", told))
    elif audited:
        told = "no fault in the plan document itself"
        parts.append(say(lang, "计划文件自身未见不符", told))
    if beside:
        n = len(beside)
        told = f"{n} fault{'s' * (n > 1)} of parcels or rules"
        parts.append(say(lang, f"宗地与规则另有{_few(n)}类不符", told))
    if undecided:
        parts.append(say(lang, f"{_few(undecided)}项待定", f"{undecided} undecided"))
    return say(lang, "；", "; ").join(parts) + say(lang, "。", ".")


def _whole(results: Results, failed: Sequence[Cause], lang: Lang) -> str:
    """Say how the total stands, and where the difference is."""
    row = results.balance.by_key.get(("", ""))
    grand = results.findings["verdict"][results.findings["check"] == "totals.grand"]
    verdict = next(iter(grand), "")
    difference = None if row is None else row.difference
    if row is None or difference is None or not verdict:
        if not any(r.verdict != "unknown" for r in results.balance.rows):
            return say(lang, "计划没有可与图上比较的数字", "Nothing in the plan can be compared")
        told = say(lang, "计划没有总量可比", "The plan has no total to compare")
        return told + _where(failed, 0, lang)
    size = f"{abs(difference):,f} {unit_word(row.figure.unit, lang)}"
    if verdict == "fail":
        limit = {"at_most": ("上限", " allows"), "at_least": ("下限", " demands")}
        zh, en = limit.get(row.figure.qualifier, ("", ""))
        more, other = (("多", "more"), 1) if difference > 0 else (("少", "less"), -1)
        told = say(
            lang,
            f"图上比计划{zh}{more[0]} {size}",
            f"The map has {size} {more[1]} than the plan{en}",
        )
        return told + _where(failed, other, lang)
    words = {
        "pass": ("图上与计划总量相符", "The map agrees with the plan's total"),
        "unknown": ("总量无法判定", "The total is undecided"),
        "note": ("总量与图上出自同一来源，不能互证", "Total and map come from one source"),
    }
    return say(lang, *words[verdict]) + _where(failed, 0, lang)


def _where(failed: Sequence[Cause], sign: int, lang: Lang) -> str:
    """Name where the difference is: what the total follows from, else what goes the same way."""
    parts = [c for c in failed if c.region or c.category]
    same = [c for c in parts if c.makes_total] or [
        c for c in parts if not sign or (c.signed[:1] == "+") == (sign > 0)
    ]
    named = say(lang, "、", ", ").join(f"{c.name}（{c.signed}）" if lang == "zh" else
                                     f"{c.name} ({c.signed})" for c in same[:2])  # fmt: skip
    if not named:
        return ""
    rest = len(parts) - len(same[:2])
    more = say(lang, f"，另有{_few(rest)}处不符", f", and {rest} more differ") if rest else ""
    if not sign:
        return say(lang, f"，但{named}不符", f", but {named} differ") + more
    told = say(lang, "，超出在" if sign > 0 else "，缺口在", ", in ")
    return told + named + more


def _few(count: int) -> str:
    """Write a small number as one says it."""
    return _NUMERALS[count] if count < len(_NUMERALS) else f" {count} "
