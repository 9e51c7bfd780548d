"""What was read of a plan, laid out as rows of its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate, groupby, permutations
from typing import Any

import pandas as pd

from landgis import divisions
from landgis.findings import Finding, define
from landgis.landuse import COMPOSITES, canonical, is_within, lineage, main_category
from landgis.plan.accounts import Account
from landgis.plan.documents.blocks import Cell, Document, Paragraph
from landgis.plan.names import Names, split_names
from landgis.plan.rules import Count, Placement, RuleRead
from landgis.plan.statements import (
    PART_OF_LAND,
    Facets,
    Item,
    Statement,
    agree,
    cite,
    is_below,
    is_cut_off,
    is_odd,
    within_use,
)
from landgis.units import Quantity

_NEAR = "，是否为“{near:list}”？表中保留原文。"
_NEAR_EN = "; did the plan mean {near:list}? The printed name is kept."
NAME = define(
    """plan.name 名称 | names
    计划中的地名是否在区划名录中。
    | Whether the names of places in the plan are names of divisions.
    item: 第{number}项位置“{subject}”不在区划名录中。
    | No division is called {subject}. The printed name is kept.
    place: 位置“{subject}”不在区划名录中。
    | No division is called {subject}. The printed name is kept.""",
    item_like=(
        "第{number}项位置“{subject}”不在区划名录中" + _NEAR,
        "No division is called {subject}" + _NEAR_EN,
    ),
    place_like=(
        "位置“{subject}”不在区划名录中" + _NEAR,
        "No division is called {subject}" + _NEAR_EN,
    ),
    region=(
        "区域“{subject}”不在区划名录中" + _NEAR,
        "No division is called {subject}" + _NEAR_EN,
    ),
)
_URBAN = ("市区", "市辖区", "中心城区", "主城区")
_ALL_DISTRICTS = re.compile("[四五六七八九十]个?(?:主?城|市辖)?区$")
_SEVERAL = re.compile("[、和及与加]")
_LAST_NAME = re.compile(r"([^\d]*)[\d.,]+\D*$")
_IN_TABLE = ("cell", "sum")
_SURELY = 2
"""More figures than these make up another by no chance."""
_KIND_OF_PLACE = re.compile("片区|板块|组团|新城|新区|园区|开发区|街道|[区县市镇乡]")
_OTHERS = re.compile(r"等\s*\d*\s*个?(?:乡镇|镇街|街道|镇|乡|村|地|处|项目)?.*$")
_TOWN = re.compile(r"([\u4e00-\u9fff]{1,7}?(?:镇|乡|街道|苏木)(?!公路|道|路))")
_SETTLEMENT = re.compile(r"(?:村|社区|居委会|嘎查|农场|林场|牧场|[团连]|组|庄|屯|[区园])$")
_ZONE = r"[\u4e00-\u9fff]{2,8}(?:新区|开发区|高新区|经开区|园区|工业园|产业园|示范区|港区|度假区)"


def project_rows(
    items: Sequence[Item], names: Names, document: str, *, account: Account
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Lay items out as rows of ``projects``; tell of names that match no division."""
    rows: list[dict[str, Any]] = []
    findings: list[Finding] = []
    for item in items:
        region, code = names.region(item.region) if item.region else ("", "")
        townships, unsure = _located(item, code, names)
        source = cite(document, item.place, item.words)
        row = _row(item, region, code, townships, source)
        rows.append({**row, "figure": account.number(item.spot)})
        findings += [_misspelt(match, item, source) for match in unsure]
    return rows, findings


def _located(
    item: Item, code: str, names: Names
) -> tuple[tuple[str, ...], tuple[divisions.Match, ...]]:
    """Locate an item by its address; if that names none, by its region where it is a township."""
    county = code if len(code) == len("330502") else names.code
    townships, unsure = locate(item.location, item.name, within=county)
    if townships or not item.region or code == county:
        return townships, unsure
    return locate(item.region, within=county)


def _row(
    item: Item, region: str, code: str, townships: tuple[str, ...], source: str
) -> dict[str, Any]:
    area = item.quantity
    return {
        "number": item.number,
        "region": region,
        "region_code": code,
        "category": canonical(item.category) or item.category,
        "stated_category": item.category,
        "name": item.name,
        "location": item.location,
        "townships": townships,
        "area_ha": float(area.area_ha) if area else float("nan"),
        "stated_value": float(area.value) if area else float("nan"),
        "stated_unit": area.unit if area else "",
        "stated_decimals": area.decimals if area else None,
        "stage": item.stage,
        "land_source": item.source,
        "supply_mode": item.mode,
        "period": item.period,
        "list_name": item.list_name,
        "source": source,
    }


def locate(
    location: str, name: str = "", *, within: str = ""
) -> tuple[tuple[str, ...], tuple[divisions.Match, ...]]:
    """Find the townships that a location as printed names, and the names that are in doubt.

    Short names are completed (林城 → 林城镇), functional zones kept, villages replaced by the
    township in the project's own name where there is one. A name that matches nothing stays as
    printed.

    Parameters
    ----------
    location
        As printed: 织里镇、道场、妙西等乡镇.
    name
        Name of the project, which may tell the township of a village.
    within
        Code of the district that the location is in.

    Examples
    --------
    >>> locate("织里镇、道场、妙西等乡镇", within="330502")[0]
    ('织里镇', '道场乡', '妙西镇')
    >>> locate("箍桶兜村、邢窑村", "双林镇全域整治项目二期", within="330503")[0]
    ('双林镇',)
    >>> places, doubtful = locate("和孚镇、善琮镇", within="330503")
    >>> places, [d.name for d in doubtful[0].candidates]
    (('和孚镇', '善琮镇'), ['善琏镇'])
    """
    scope = within or None
    found: dict[str, None] = {}
    doubtful: list[divisions.Match] = []
    villages: list[str] = []
    for printed in _parts(location, scope):
        part = _below_county(printed, scope)
        match = _match(part, scope)
        inner = _inside(part, scope)
        if match.kind in ("exact", "abbreviated") or (match.kind == "zone" and not inner):
            found[match.name] = None
        elif inner:
            found |= dict.fromkeys(inner)
        elif match.kind in ("suggested", "ambiguous") and re.search(r"(?:镇|乡|街道)$", part):
            found[part] = None
            doubtful.append(match)
        elif town := _TOWN.match(part):
            found[town[1]] = None
            near = _match(town[1], scope)
            doubtful += [near] if near.kind in ("suggested", "ambiguous") else []
        elif _SETTLEMENT.search(part):
            villages.append(part)
    if not found:
        found |= dict.fromkeys(_inside(name, scope) or villages)
    return tuple(found), tuple(doubtful)


def _below_county(part: str, within: str | None) -> str:
    """Take the names of divisions above township off the front: 新绛县南范镇."""
    spans = divisions.find_names(part, within=within)
    above = spans[0].match.division if spans and spans[0].start == 0 else None
    rest = part[spans[0].end :] if spans else ""
    return _below_county(rest, within) if above and above.level != "township" and rest else part


def _parts(location: str, within: str | None) -> list[str]:
    parts = split_names(_OTHERS.sub("", location), within=within)
    return [p for part in parts if (p := part.strip("。.（）() "))]


def _match(part: str, within: str | None) -> divisions.Match:
    match = divisions.match(part, within=within, level="township")
    return match if match.kind != "unknown" else divisions.match(part, within=within)


def _inside(text: str, within: str | None) -> list[str]:
    """Townships named somewhere in a text: 织里镇大港路南侧."""
    spans = divisions.find_names(text, within=within)
    townships = [
        s.match.name for s in spans if s.match.division and s.match.division.level == "township"
    ]
    return townships or re.findall(rf"^{_ZONE}", text)


def _misspelt(match: divisions.Match, item: Item, source: str) -> Finding:
    near = [d.name for d in match.candidates]
    kind = ("item_like" if near else "item") if item.number else ("place_like" if near else "place")
    return NAME.finding(
        kind,
        "unknown",
        subject=match.text,
        region=item.region,
        values={"number": item.number or 0, "near": near},
        source=source,
    )


def region_findings(regions: Iterable[tuple[str, str]], names: Names) -> list[Finding]:
    """Tell of plan regions that are one character off a division's name."""
    findings = []
    for region, source in dict(regions).items():
        if PART_OF_LAND.search(region):
            continue  # 市辖区 is in no list
        match = divisions.match(region, within=names.code or None) if names.code else None
        if match and match.kind == "suggested" and re.search(r"(?:镇|乡|街道|县|区|市)$", region):
            near = [d.name for d in match.candidates]
            finding = NAME.finding(
                "region",
                "unknown",
                subject=region,
                region=region,
                values={"near": near},
                source=source,
            )
            findings.append(finding)
    return findings


def merge(statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
    """Part what is said first from what is said again; a later share or unit is not lost."""
    first: dict[tuple[str, ...], Statement] = {}
    again: list[Statement] = []
    for statement in statements:
        told = first.get(statement.facets.key)
        if told is None:
            first[statement.facets.key] = statement
            continue
        if told.list_name and not statement.list_name:  # the text goes before a list's subtotal
            told, statement = statement, told  # noqa: PLW2901 - the same pair, the other way round
        if not agree(told, statement):
            again.append(statement)
            continue
        if _is_finer(statement, told) or _is_sharper(
            statement, told
        ):  # a headline's 7.1万亩 gives way to 71079亩
            told, statement = statement, told  # noqa: PLW2901 - the same pair, the other way round
        first[statement.facets.key] = replace(
            told,
            quantity=told.quantity or statement.quantity,
            spot=told.spot or statement.spot,
            share=told.share if told.share is not None else statement.share,
            restated=told.restated or statement.restated,
            restated_qualifier=told.restated_qualifier
            if told.restated
            else statement.restated_qualifier,
            members=told.members or statement.members,
            parent=told.parent or statement.parent,
            open_split=told.open_split and statement.open_split,
            qualifier=told.qualifier if told.quantity else statement.qualifier,
        )
        if told.quantity and statement.quantity:
            again.append(statement)
    return list(first.values()), again


_MOST_PLACES = 100  # that are compared with one another


def as_told_elsewhere(statements: Sequence[Statement]) -> list[Statement]:
    """Give a figure without a use that of the same number elsewhere: one number is one thing.

    今年宅地共26公顷。… 6宗地，总面积26公顷。 A headline may have cut its number off.
    """
    told: dict[Quantity, list[Statement]] = {}
    parted = {s.parent for s in statements if s.parent and s.parent.region}
    for s in statements:
        if s.quantity:
            told.setdefault(s.quantity, []).append(s)

    def same(one: Statement) -> list[Statement]:
        if one.quantity is None or one.facets.use or one.why in _IN_TABLE or one.facets in parted:
            return []
        if one is statements[0] and one.place.line == 1 and one.facets == Facets():
            return [s for s in statements if s.place != one.place and s.quantity and agree(one, s)]
        place = _of_place(one)
        again = told[one.quantity] if one.facets == place else []
        few = again if len(again) <= _MOST_PLACES else []  # what is told so often is no one thing
        return [s for s in few if s is not one and _of_place(s) == place]

    def full(one: Statement) -> Statement:
        again = same(one)
        known = again and all(s.facets.use and not s.parent for s in again)
        return replace(one, facets=again[0].facets, parent=None) if known else one

    return [full(s) for s in statements]


def with_one_region(statements: Sequence[Statement]) -> list[Statement]:
    """Give places together the name of that of which they have the figure: the whole, 市区.

    东湖、西坪两区和新区今年供地900公顷。… 东湖区400公顷，西坪区300公顷，新区200公顷: all of them.
    """
    told = [s for s in statements if s.quantity and s.facets == _of_place(s, s.facets.use)]
    main = {"", told[0].facets.category if told else ""}
    by_use: dict[str, list[Statement]] = {}
    for s in told:
        by_use.setdefault(s.facets.category, []).append(s)
    named: dict[int, str] = {}
    for s in told:
        alike = by_use[s.facets.category]
        few = s.facets.category in main and len(alike) <= _MOST_PLACES
        if few and s.facets.region and not (s.facets.code or s.parent or s.why in _IN_TABLE):
            named |= {id(s): region for region in _whole_of(s, alike)}
    others = {s.facets.key for s in told if id(s) not in named}
    made = {  # 甲、乙两区和新区900公顷, read as of 新区, that has 200公顷 of its own
        s.facets.region: named[id(s)] for s in told if id(s) in named and s.facets.key not in others
    }

    def full(facets: Facets) -> Facets:
        return replace(facets, region=made.get(facets.region, facets.region))

    def own(s: Statement) -> Facets:
        return replace(s.facets, region=named[id(s)]) if id(s) in named else full(s.facets)

    return [replace(s, facets=own(s), parent=s.parent and full(s.parent)) for s in statements]


def _whole_of(s: Statement, alike: Sequence[Statement]) -> list[str]:
    """Give the name of the whole whose figure a place has, or that all other places make up."""
    size = _area(s)
    whole = [
        o.facets.region
        for o in alike
        if o.facets.region != s.facets.region and o.quantity == s.quantity
        if o.facets.region in ("", *_URBAN)
    ]
    parts = {
        o.facets.key: _area(o)
        for o in alike
        if o.facets.region and o.quantity != s.quantity
        if not (o.parent and o.parent.region) or o.parent == s.facets
    }
    others = {_area(o) for o in alike if not o.facets.region} - {size}
    if any(area > size or area in parts.values() for area in others):
        return []
    name = _LAST_NAME.search(s.words)
    several = _SEVERAL.search(s.facets.region) or (name and _SEVERAL.search(name[1]))
    odd = len(parts) > 1 and s.quantity and is_odd(s.quantity)
    sure = several and (odd or len(parts) > _SURELY)
    return whole or ([""] if sure and sum(parts.values()) == size else [])


def without_own_scope(statements: Sequence[Statement]) -> list[Statement]:
    """Take 市区 for the whole where a plan has no figure outside of it, or no other total."""
    outer = [s for s in statements if not (s.parent and s.parent.region)]
    regions = {s.facets.region for s in outer}
    core = _URBAN[:2]
    (only,) = regions if len(regions) == 1 else ("",)
    alone = only == "城区" or only.endswith((*core, "本级")) or _ALL_DISTRICTS.search(only)
    own = {only} if alone else set()
    if not own and len(regions) > 1:
        first = next((s.facets.use for s in outer if s.quantity), "")
        uses = tuple(dict.fromkeys((first, "")))
        ways = (
            way(told, use)
            for way, told in ((_own_of_totals, outer), (_own_of_first, statements))
            for use in uses
        )
        own = next(filter(None, ways), set())
    inside = max((_area(s) for s in statements if s.facets.region in own), default=Fraction(0))
    if any(not s.facets.region and _area(s) > inside for s in outer):
        return list(statements)  # what has less than the whole, of any use, is a part

    def bare(facets: Facets) -> Facets:
        return replace(facets, region="", code="") if facets.region in own else facets

    return [
        replace(s, facets=bare(s.facets), parent=bare(s.parent) if s.parent else None)
        for s in statements
    ]


def _own_of_totals(outer: Sequence[Statement], use: str) -> set[str]:
    """Give the part of the place that has the total of a use, if nothing else has another."""
    totals = [s for s in outer if s.quantity and s.facets == _of_place(s, use)]
    own = [s for s in totals if s.facets.region.endswith(_URBAN) and "个" not in s.facets.region]
    if not own:  # 全部六城区9860亩, of which each has its own
        own = [s for s in totals if _ALL_DISTRICTS.search(s.facets.region)]
    told = {s.facets.region for s in own}
    named = {"市区" if region.endswith("市区") else region for region in told}  # 青石市区, 市区
    alone = len(named) == 1 or len(set(map(_area, own))) == 1
    size = max(map(_area, own), default=Fraction(0))  # 五城区286公顷, 住宅用地902公顷: no whole
    larger = any(_area(s) > size for s in outer if not s.facets.region)
    same = {_area(s) for s in totals if not s.facets.region} <= set(map(_area, own))
    return told if alone and same and not larger else set()


def _own_of_first(statements: Sequence[Statement], main: str) -> set[str]:
    """Give the places that a text begins with, if all of its uses are of these.

    东湖、西坪两区及新区共900公顷。住宅用地300公顷 …: the uses have no other whole, and they close,
    or what they are of is no one place of a list.
    """
    told = [s for s in statements if s.quantity and s.facets == _of_place(s, s.facets.use)]
    bare = [s for s in told if s.facets.use == main]
    first = bare[0] if bare else None
    if first is None or first.facets.code or any(not s.facets.region for s in bare):
        return set()
    own = ("", first.facets.region)
    parts = {
        s.facets.use: _area(s)
        for s in told
        if s.facets.use != main and s.facets.region in own and not (s.parent and s.parent.use)
    }
    uses = [Facets(use=use) for use in parts]
    upper = [parts[f.use] for f in uses if not any(within_use(f, o) for o in uses)]
    closes = len(upper) > 1 and sum(upper) == _area(first)
    several = bool(_SEVERAL.search(first.facets.region)) and 0 < max(upper, default=0) < _area(
        first
    )
    whole = all(_area(s) <= _area(first) for s in bare)
    return {first.facets.region} if whole and (closes or (several and not main)) else set()


def _of_place(s: Statement, use: str = "") -> Facets:
    """Give what the figure of a place is about that no source, way or time narrows."""
    return replace(_bare_place(s.facets), use=use)


def with_main_use(statements: Sequence[Statement]) -> list[Statement]:
    """Give places without a use that of the whole, where all figures are of that and its parts."""
    told = [s for s in statements if s.quantity and not s.parent]
    whole = [s for s in told if s.facets == Facets(use=s.facets.use)]
    bare = [s for s in statements if s.facets.region and not s.facets.use]
    main = whole[0].facets if whole else Facets()
    area = max((_area(s) for s in whole if s.facets == main), default=Fraction(0))
    others = [s.facets for s in told if s.facets.use and s.facets.category != main.category]
    if (
        not main.use
        or main_category(main.use) != main.category
        or told[0] not in whole
        or any(not s.facets.use for s in whole)
        or any(_area(s) > area or s.why in _IN_TABLE for s in bare)
        or any(canonical(f.use) and not within_use(replace(f, region=""), main) for f in others)
    ):
        return list(statements)

    def full(facets: Facets) -> Facets:
        return facets if facets.use or not facets.region else replace(facets, use=main.use)

    return [
        replace(s, facets=full(s.facets), parent=s.parent and full(s.parent)) for s in statements
    ]


def with_uses_of_sums(statements: Sequence[Statement]) -> list[Statement]:
    """Give places that stand one behind the other the use of which they make up the figure.

    住宅480公顷怎么分？ … 东湖区135公顷 … 西坪县 …: a sum that closes tells what they are of,
    however far it stands. What is the total of all uses too tells nothing.
    """
    told = [s for s in statements if s.quantity]
    uses: dict[Fraction, set[str]] = {}
    for s in told:
        plain = s.facets == _of_place(s, s.facets.use)
        one = main_category(s.facets.use) not in (
            "",
            *COMPOSITES,
        )  # 经营性用地 is all land for sale
        if plain and not s.facets.code and (one or not s.facets.use):
            uses.setdefault(_area(s), set()).add(s.facets.use)
    given: dict[int, str] = {}
    for run in _runs_of_places(told):
        for places in _that_make_up(run, uses):
            (use,) = uses[sum(map(_area, places), Fraction(0))]
            given |= {id(s): use for s in places}
    named = [(s.facets.region, s.quantity, given[id(s)]) for s in told if id(s) in given]
    for s in told:
        if s.facets == _of_place(s) and id(s) not in given:  # the same once more, below
            again = (u for r, q, u in named if q == s.quantity and s.facets.region.startswith(r))
            given |= {id(s): use for use in again}
    return [
        replace(s, facets=replace(s.facets, use=given[id(s)])) if id(s) in given else s
        for s in statements
    ]


def _runs_of_places(told: Sequence[Statement]) -> Iterator[list[Statement]]:
    """Give the figures of places without a use that no other stands between."""
    for bare, run in groupby(told, key=lambda s: s.facets == _of_place(s) != Facets()):
        if bare:
            yield list(run)


def _that_make_up(
    run: Sequence[Statement], uses: Mapping[Fraction, set[str]]
) -> Iterator[Sequence[Statement]]:
    """Give the places of a run that have together the figure of one use, and no other's."""
    start = 0
    while uses and start < len(run):
        sums = list(accumulate(map(_area, run[start : start + _MOST_PLACES])))
        ends = [n for n, area in enumerate(sums, 1) if n > 1 and len(uses.get(area, ())) == 1]
        closed = next((n for n in reversed(ends) if "" not in uses[sums[n - 1]]), 0)
        places = run[start : start + closed]
        odd = any(s.quantity and is_odd(s.quantity) for s in places)
        several, all_of_them = closed > _SURELY, closed == len(run)
        if odd + several + all_of_them > 1:
            yield places
        start += closed or 1


def _area(statement: Statement) -> Fraction:
    return statement.quantity.area_m2 if statement.quantity else Fraction(0)


def with_full_names(statements: Sequence[Statement]) -> list[Statement]:
    """Give what a table cuts short its name of the text: 道路市政 for 道路及市政设施用地."""
    told = [s.facets for s in statements if s.why not in _IN_TABLE]
    uses, regions = {f.use for f in told}, {f.region for f in told if not f.code}

    @cache
    def use_of(name: str) -> str:
        if not name or name in uses:
            return name
        kind = canonical(name)
        found = [u for u in uses if canonical(u) == kind and _is_cut(name, u, known=bool(kind))]
        return found[0] if len(found) == 1 else name

    @cache
    def region_of(name: str) -> str:
        found = [] if not name or name in regions else [r for r in regions if r.startswith(name)]
        whole = found[0] if len(found) == 1 else name
        return whole if _KIND_OF_PLACE.fullmatch(whole, len(name)) else name

    def full(facets: Facets) -> Facets:
        region = facets.region if facets.code else region_of(facets.region)
        return replace(facets, use=use_of(facets.use), region=region)

    return [
        replace(s, facets=full(s.facets), parent=s.parent and full(s.parent))
        if s.why in _IN_TABLE
        else s
        for s in statements
    ]


_MOST_ALIKE = 12  # places with one figure, among which two names of one are looked for


def with_one_name(statements: Sequence[Statement]) -> list[Statement]:
    """Give a place one name where two, one the end or beginning of the other, have its figures.

    沿江鱼洲开发区9.4公顷 in the text, 鱼洲 | 9.4 in the table: nothing said of both differs.
    """
    in_table = {_bare_place(s.facets) for s in statements if s.why in _IN_TABLE}
    names: dict[Facets, Facets] = {}
    for short, longer in _longer_names(statements).items():
        pair = [*longer, short]
        if len(longer) == 1 and len(in_table.intersection(pair)) == 1:  # 江北、江北新区 are two
            one = max(pair, key=lambda f: (bool(f.code), f in in_table))
            names |= {f: one for f in pair if f != one}

    def named(facets: Facets) -> Facets:
        one = names.get(_bare_place(facets))
        return replace(facets, region=one.region, code=one.code) if one else facets

    return [
        replace(s, facets=named(s.facets), parent=s.parent and named(s.parent)) for s in statements
    ]


def _bare_place(facets: Facets) -> Facets:
    return Facets(region=facets.region, code=facets.code)


def _longer_names(statements: Sequence[Statement]) -> dict[Facets, set[Facets]]:
    """Give for a place's name the longer ones that have a figure of it and none that differs."""
    told: dict[Facets, dict[Facets, Fraction]] = {}
    alike: dict[tuple[Facets, Fraction], set[Facets]] = {}
    for s in statements:
        place, of_what = _bare_place(s.facets), replace(s.facets, region="", code="")
        if s.quantity and place.region:
            told.setdefault(place, {}).setdefault(of_what, _area(s))
            alike.setdefault((of_what, _area(s)), set()).add(place)
    found: dict[Facets, set[Facets]] = {}
    for places in alike.values():
        for short, long in permutations(places, 2) if len(places) <= _MOST_ALIKE else ():
            ends = long.region.startswith(short.region) or long.region.endswith(short.region)
            differs = any(told[short].get(f, area) != area for f, area in told[long].items())
            if ends and short.region != long.region and not (differs or (short.code and long.code)):
                found.setdefault(short, set()).add(long)
    return found


def _is_cut(name: str, whole: str, *, known: bool) -> bool:
    """Whether a name is the end of a longer one of its kind, or letters of it from its first."""
    name = name.removesuffix("用地")
    if whole.removesuffix("用地").endswith(name):
        return True
    letters = iter(whole)
    own = known or len(name) > 2  # two letters alone may be another's
    return own and name[0] == whole[:1] and all(c in letters for c in name)


def _is_finer(again: Statement, told: Statement) -> bool:
    """Whether the same figure is printed to a smaller place the second time."""
    a, b = told.quantity, again.quantity
    if a is None or b is None or (again.list_name and not told.list_name):
        return False
    return b.open_m2 * 10 < a.open_m2 and told.spot is not None and again.spot is not None


def _is_sharper(again: Statement, told: Statement) -> bool:
    """Whether the second says exactly what the first said about: 近5000亩, then 4960亩."""
    a, b = told.quantity, again.quantity
    rough = told.qualifier == "about" or is_cut_off(told)
    vague = rough and again.qualifier == "exact"
    if a is None or b is None or not vague or again.list_name:
        return False
    digits = str(a.value)
    zeros = 0 if a.decimals else len(digits) - len(digits.rstrip("0"))
    open_m2 = a.open_m2 * Fraction(10) ** min(zeros, 3)
    more = b.area_m2 - a.area_m2
    cut_off = is_cut_off(told) and 0 <= more < 2 * open_m2  # 超3700公顷 is 3760公顷
    return bool(cut_off or abs(more) <= open_m2)


def hierarchy(statements: Sequence[Statement]) -> dict[str, str]:
    """Give the use that each one belongs to by the hierarchy, of those that the plan names.

    It is left out where the plan lists uses of both levels as equals: where its total is the sum
    of all of them, and not that of the upper ones; and for a use that is somewhere larger than the
    one above it.
    """
    categories = dict.fromkeys(s.facets.category for s in statements)
    lines = ((c, [a for a in lineage(c)[1:] if a in categories]) for c in categories if c)
    above = {c: line[0] for c, line in lines if line}
    areas = {s.facets.key: s.quantity.area_m2 for s in statements if s.quantity}
    for (region, own, *rest), area in areas.items():  # 科研用地 beside 公共管理与公共服务用地
        if own in above and area > areas.get((region, above[own], *rest), area):
            del above[own]
    whole = [s for s in statements if s.quantity and not (s.facets.region or any(s.facets.key[2:]))]
    total = next((s.quantity for s in whole if not s.facets.use), None)
    uses = [s for s in whole if s.facets.use and not (s.parent and s.parent.use)]
    if total is None:
        return above

    def closes(parts: Iterable[Statement]) -> bool:
        summed = sum((s.quantity.area_m2 for s in parts if s.quantity), Fraction(0))
        return abs(summed - total.area_m2) < total.open_m2

    upper = [s for s in uses if s.facets.category not in above]
    return {} if closes(uses) and not closes(upper) else above


def nested(statements: Sequence[Statement], above: dict[str, str]) -> list[Statement]:
    """Put uses under the nearest use above them where those of one in the document exceed it.

    So it is where a title's use is all that the document says of its uses of several levels.
    """
    areas = {s.facets.key: s.quantity for s in statements if s.quantity}
    sums: dict[tuple[str, ...], Fraction] = {}
    for s in statements:
        if s.quantity and s.parent and s.parent.use and not s.facets.region:
            sums[s.parent.key] = sums.get(s.parent.key, Fraction(0)) + s.quantity.area_m2
    crowded = {key[1] for key, area in sums.items() if key in areas and area > areas[key].area_m2}

    def near(s: Statement) -> Statement:
        use = above.get(s.facets.category, "")
        outer = s.parent.category if s.parent else ""
        if outer not in crowded or not is_within(use, outer, composites={}):
            return s
        return replace(s, parent=replace(s.parent, use=use)) if s.parent else s

    return [near(s) for s in statements] if crowded else list(statements)


def parent_category(statement: Statement, above: dict[str, str]) -> str:
    """Give the use that this one is a part of, by the document or by the uses' hierarchy."""
    own = statement.facets.category
    if statement.parent and statement.parent.category not in ("", own):
        return statement.parent.category
    return above.get(own, "")


def parent_region(statement: Statement, codes: dict[str, str]) -> str:
    """Give the region that this one lies in, by the document or the list of divisions.

    ``codes`` names the regions of the plan by their codes.
    """
    facets = statement.facets
    if statement.parent and statement.parent.region not in ("", facets.region):
        return statement.parent.region
    above = [c for c in codes if facets.code and is_below(facets.code, c)]
    return codes[max(above, key=len)] if above else ""


def target_row(
    statement: Statement,
    document: str,
    above: dict[str, str],
    codes: dict[str, str],
    *,
    account: Account,
) -> dict[str, Any]:
    """Lay out a figure; ``above`` and ``codes`` as in `parent_category` and `parent_region`."""
    facets, area = statement.facets, statement.quantity
    restated, share = statement.restated, statement.share
    return {
        "region": facets.region,
        "region_code": facets.code,
        "category": facets.category,
        "stated_category": facets.use,
        "parent_category": parent_category(statement, above),
        "parent_region": parent_region(statement, codes),
        "area_ha": float(area.area_ha) if area else float("nan"),
        "stated_value": float(area.value) if area else float("nan"),
        "stated_unit": area.unit if area else "",
        "stated_decimals": area.decimals if area else None,
        "share_pct": float("nan") if share is None else float(share),
        "share_decimals": None if share is None else _decimals(share),
        "land_source": facets.source,
        "supply_mode": facets.mode,
        "period": facets.period,
        "members": statement.members,
        "qualifier": _qualifier(statement.qualifier),
        "restated_value": float(restated.value) if restated else float("nan"),
        "restated_unit": restated.unit if restated else "",
        "restated_decimals": restated.decimals if restated else None,
        "restated_qualifier": _qualifier(statement.restated_qualifier),
        "list_name": statement.list_name,
        "open": "yes" if statement.open_split else "",
        "range_from": float(statement.range_from.value) if statement.range_from else float("nan"),
        "figure": account.number(statement.spot or statement.share_spot),
        "share_of": _base(statement.share_of),
        "share_qualifier": _qualifier(statement.share_qualifier),
        "source": cite(document, statement.place, statement.words),
    }


def _base(facets: Facets | None) -> str:
    """Name what a share is a share of, where its words say so; a use before a region."""
    return (facets.category or facets.region or facets.source or facets.mode) if facets else ""


def _qualifier(qualifier: str) -> str:
    return "" if qualifier == "exact" else qualifier


def _decimals(number: Decimal) -> int:
    return Quantity(number, "公顷").decimals


def placement_rows(placements: Sequence[Placement], document: str) -> list[dict[str, Any]]:
    """Lay out placements."""
    return [
        {"category": p.category, "regions": p.regions, "source": cite(document, p.place, p.words)}
        for p in placements
    ]


def rule_rows(rules: Sequence[RuleRead], document: str, account: Account) -> list[dict[str, Any]]:
    """Lay out rules; one that is said twice stands once."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for r in rules:
        due = r.due.isoformat() if r.due else ""
        row = {
            "kind": r.kind,
            "subject": r.subject,
            "value": float("nan") if r.value is None else float(r.value),
            "unit": r.unit,
            "due": due,
            "category": r.facets.category,
            "region": r.facets.region,
            "land_source": r.facets.source,
            "supply_mode": r.facets.mode,
            "of": r.of,
            "decimals": None if r.value is None else _decimals(r.value),
            "qualifier": _qualifier(r.qualifier),
            "source": cite(document, r.place, r.words),
            "figure": account.number(r.spot),
        }
        said = r.words if r.value is None else ""
        rows.setdefault((r.kind, r.subject, r.value, r.unit, due, r.of, said), row)
    return list(rows.values())


def count_rows(counts: Sequence[Count], document: str, account: Account) -> list[dict[str, Any]]:
    """Lay out counts."""
    return [
        {
            "subject": c.subject,
            "value": c.value,
            "unit": c.unit,
            "source": cite(document, c.place, c.words),
            "figure": account.number(c.spot),
        }
        for c in counts
    ]


def passage_rows(document: Document) -> list[dict[str, Any]]:
    """Lay out the words of a document, a paragraph or a cell a row; a merged cell stands once."""
    rows: list[dict[str, Any]] = []
    tables = 0
    for block in document.blocks:
        if isinstance(block, Paragraph):
            rows.append(_words(block))
            continue
        tables += 1
        rows += [
            {**_words(cell), "table": tables, "row": i, "column": j}
            for i, cells in enumerate(block.rows, 1)
            for j, cell in enumerate(cells, 1)
            if not cell.repeated
        ]
    return rows


def _words(block: Paragraph | Cell) -> dict[str, Any]:
    return {"line": str(block.place), "text": block.text, "printed": block.printed}


def got_by(table: pd.DataFrame, how: Mapping[int, str]) -> pd.DataFrame:
    """Say of each row how its figure was got (read, ocr), by the figures' numbers."""
    got = [how.get(-1 if pd.isna(n) else int(n), "read") for n in table["figure"]]
    return table.assign(how=pd.array(got, dtype="str"))
