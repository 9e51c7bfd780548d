"""Rules of how much: shares, caps and floors, counts."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from landgis.checks.land import Flags, Land, Rule, agreed, percent, plain, two
from landgis.checks.schedule import is_done
from landgis.checks.sums import MAY_BELONG
from landgis.findings import Finding
from landgis.landuse import canonical
from landgis.language import say
from landgis.units import M2_PER_UNIT, m2_to, to_decimal, unit_word

KIND_WORDS = MappingProxyType(
    {"supply_mode": ("出让", "划拨", "租赁", "作价出资"), "land_source": ("新增", "存量")}
)
"""Words that narrow down what a share is a share of, by column of parcels."""

_ALL_LAND = {"", "土地", "用地", "建设用地", "国有建设用地", "供应", "供地", "供应土地"}


def judge_share(land: Land, rule: Rule) -> Finding:
    """Judge the share of a use in all land, or in the land that the rule names.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> land = two_squares()
    >>> judge_share(land, Rule("min_share", "工业用地", 40.0, "%", None, "")).message
    '全部宗地中工业用地应不低于 40%，图上为 25.00%。'
    """
    use = land.use_of(rule)
    if use is None or not (use or rule.facets):
        return land.no_subject(rule)
    whole = _base(land, rule, use)
    if isinstance(whole, Finding):
        return whole
    among, base, open_base = whole
    sure, maybe = land.chosen(rule, use)
    least, most = land.sum(sure & base), land.sum((sure | maybe) & (base | open_base))
    low = percent(least, least + land.sum((base | open_base) & ~(sure & base)))
    high = percent(most, most + land.sum(base & ~(sure | maybe)))
    wanted = rule.kind == "min_share"
    ends = [
        (end >= rule.value - 1e-9) if wanted else (end <= rule.value + 1e-9) for end in (low, high)
    ]
    verdict = agreed(ends)
    word = ("不低于", "at least") if wanted else ("不高于", "at most")
    told = f"{two(low)}%" if low == high else f"{two(low)}%–{two(high)}%"
    name = land.name(rule, use)
    zh = f"{among}{name}应{word[0]} {plain(rule.value)}%，图上为 {told}"
    en = f"{name}: {word[1]} {plain(rule.value)}% {among}, mapped {told}"
    if verdict == "unknown":
        zh += "（部分宗地的用途只登记到上级类，或缺供应方式、土地来源，无法判定）"
        en += " (some parcels have a coarser use, no supply mode or no source: undecided)"
    return land.found(rule, verdict, zh, en, actual=low, unit="%", category=use)


def _base(land: Land, rule: Rule, use: str) -> tuple[str, Flags, Flags] | Finding:
    """Say what a share is a share of, which parcels are in it, and which may be."""
    granted = not rule.supply_mode and "出让" in rule.subject + rule.source
    named = rule.base or ("出让" if granted else "")
    if not named or named.endswith(("总量", "计划")):
        everything = land.everything()
        return say(land.lang, "全部宗地中", "of all parcels"), everything, ~everything
    rest, kinds = named, dict[str, str]()
    for column, words in KIND_WORDS.items():
        for word in words:
            if word in rest:
                rest, kinds[column] = rest.replace(word, ""), word
    within = canonical(rest)
    understood = within or (kinds and rest in _ALL_LAND)
    if not understood or (within == use and not kinds):
        zh = f"宗地没有登记“{named}”中的哪些属此"
        return land.unknown(rule, zh, f"parcels do not record what of {named} this is")
    whole = replace(
        rule,
        land_source=kinds.get("land_source", ""),
        supply_mode=kinds.get("supply_mode", ""),
    )
    if lacking := land.no_record(whole):
        return lacking
    base, open_base = land.chosen(whole, within)
    name = land.name(whole, within)
    if not (base | open_base).any():
        return land.unknown(rule, f"图上没有{name}", f"there is no {name} on the map")
    return say(land.lang, f"{name}中", f"of {name}"), base, open_base


def judge_total(land: Land, rule: Rule) -> Finding:
    """Judge a cap or floor of an area, in the rule's own unit; a floor may fall due on a day.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> land = two_squares()
    >>> judge_total(land, Rule("max_total", "供应总量", 12.0, "公顷", None, "")).message
    '总量应不超过 12 公顷，图上 4.00 公顷，余量 8.00 公顷。'
    """
    use = land.use_of(rule)
    if use is None:
        return land.no_subject(rule)
    if rule.unit not in M2_PER_UNIT:
        return land.unknown(
            rule, f"单位“{rule.unit}”不是面积单位", f"“{rule.unit}” is no unit of area"
        )
    floor = rule.kind == "min_total"
    due = floor and rule.due is not None and land.as_of is not None and land.as_of >= rule.due
    done = is_done(land.table["stage"]).to_numpy()
    if due and not done.any():
        return land.unknown(
            rule,
            f"期限 {rule.due} 已到，但宗地没有登记已完成的实施阶段（stage）",
            f"{rule.due} has passed, and no parcel records a completed stage",
        )
    sure, maybe = land.chosen(rule, use)
    counted = done if due else land.everything()
    least, most = land.sum(sure & counted), land.sum((sure | maybe) & counted)
    value = rule.value * float(M2_PER_UNIT[rule.unit])
    slack = float(np.sqrt((land.table["tolerance_m2"][sure | maybe] ** 2).sum()))
    ends = [(a >= value - slack) if floor else (a <= value + slack) for a in (least, most)]
    actual = to_decimal(m2_to(least, rule.unit), land.digits(rule))
    said = [_compared(land, rule, use, least)]
    if most > least:
        said.append(_perhaps_more(land, rule, most - least))
    if rule.due and floor:
        said.append(_state(land, rule, sure | maybe, due))
    zh, en = ("".join(words) for words in zip(*said, strict=True))
    return land.found(
        rule,
        agreed(ends),
        zh,
        en,
        actual=float(actual),
        unit=rule.unit,
        category=use,
        tolerance=m2_to(slack, rule.unit),
    )


def _compared(land: Land, rule: Rule, use: str, mapped_m2: float) -> tuple[str, str]:
    """Say both figures, and what is left or missing, in 公顷 too."""
    floor, unit = rule.kind == "min_total", rule.unit
    actual = to_decimal(m2_to(mapped_m2, unit), land.digits(rule))
    gap = actual - to_decimal(rule.value, land.digits(rule))
    hectares = to_decimal(abs(mapped_m2 - rule.value * float(M2_PER_UNIT[unit])) / 10_000, 4)
    more = ("", "") if unit == "公顷" else (f"（{hectares:,f} 公顷）", f" ({hectares:,f} ha)")
    word = {
        (True, True): ("高出", "above it by"),
        (True, False): ("缺口", "short by"),
        (False, True): ("超出", "above it by"),
        (False, False): ("余量", "room left"),
    }[floor, gap > 0]
    limit = ("不少于", "at least") if floor else ("不超过", "at most")
    name, unit_en = land.name(rule, use), unit_word(unit, "en")
    zh = f"{name}应{limit[0]} {plain(rule.value)} {unit}，图上 {actual:,f} {unit}"
    en = f"{name}: {limit[1]} {plain(rule.value)} {unit_en}, mapped {actual:,f} {unit_en}"
    if not gap:
        return zh, en
    return (
        f"{zh}，{word[0]} {abs(gap):,f} {unit}{more[0]}",
        f"{en}, {word[1]} {abs(gap):,f} {unit_en}{more[1]}",
    )


def _perhaps_more(land: Land, rule: Rule, mapped_m2: float) -> tuple[str, str]:
    """Say how much land more may count, of which not enough is recorded."""
    more = to_decimal(m2_to(mapped_m2, rule.unit), land.digits(rule))
    return (
        f"；另有 {more:,f} {rule.unit}{MAY_BELONG[0]}",
        f"; {more:,f} {unit_word(rule.unit, 'en')} {MAY_BELONG[1]}",
    )


def _state(land: Land, rule: Rule, chosen: Flags, due: bool) -> tuple[str, str]:
    """Say whether a floor with a date is judged by what is completed or by what is arranged."""
    if due:
        return "；期限已到，按已完成计", "; due, completed land only"
    done = is_done(land.table["stage"]).to_numpy()
    finished = f"{to_decimal(m2_to(land.sum(chosen & done), rule.unit), land.digits(rule)):,f}"
    return (
        f"；为安排，期限 {rule.due}，已完成 {finished} {rule.unit}",
        f"; as arranged for {rule.due}, {finished} {unit_word(rule.unit, 'en')} completed",
    )


def judge_count(land: Land, rule: Rule) -> Finding:
    """Judge how many parcels or 片区 there are of a kind; parts of one name count once.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> land = two_squares()
    >>> judge_count(land, Rule("min_count", "住宅用地", 2.0, "宗", None, "")).message
    '住宅用地应不少于 2 宗，图上 1 宗。'
    """
    use = land.use_of(rule)
    if use is None:
        return land.no_subject(rule)
    sure, maybe = land.chosen(rule, use)
    table = land.table
    label = table["name"].where(table["name"].ne(""), table["parcel_id"])
    least, most = label[sure].nunique(), label[sure | maybe].nunique()
    name = land.name(rule, use, ("总数", "total"))
    unit = rule.unit or "个"
    zh = f"{name}应不少于 {plain(rule.value)} {unit}，图上 {least} {unit}"
    en = f"{name}: at least {plain(rule.value)}, mapped {least}"
    if most > least:
        zh += f"；另有 {most - least} {unit}{MAY_BELONG[0]}"
        en += f"; {most - least} {MAY_BELONG[1]}"
    verdict = agreed([least >= rule.value, most >= rule.value])
    return land.found(rule, verdict, zh, en, actual=float(least), unit=unit, category=use)
