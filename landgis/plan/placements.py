"""Where a plan says that a use goes, without figures: 工矿仓储用地主要分布在：…乡、…镇."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from landgis import divisions
from landgis.plan.documents.blocks import Place
from landgis.plan.names import Names, split_names
from landgis.plan.numerals import chinese_number
from landgis.plan.outline import Context
from landgis.plan.quantities import find_quantities
from landgis.plan.statements import Facets, Mention, excerpt

_WHERE = re.compile(
    r"(?:主要|重点|集中|全部|全都|均|都|分别)*(?:分布|布局|布置|安排|集中|位于|坐落|供应|落户|选址)(?:区域|范围)?(?:主要|集中)?(?:在|于|到|为|是)?\s*[：:]?",
)
_SCOPE = re.compile(
    r"(?:计划|供应|实施|适用|编制|供地)?范围(?:主要)?(?:包括|包含|涵盖|涉及|为|是)[：:]?"
)
_BETWEEN = re.compile(
    r"(?:供应|用地|计划|拟|项目|地块|等|布局|面积|约|共|，?占(?:比|供应总量的|总量的)?|、|"
    r"\d[\d.,]*\s*(?:公顷|万?亩|平方米|hm²|宗|%)|[（(][^（()）]{0,30}[）)]|"
    r")*+，?"
)
_END = re.compile(r"[，,；;。！？（(]")
_URBAN = re.compile(r"(?:市内|主城|城市|中心城|老城|市辖)([一二三四五六七八九十两\d]+)个?(?:城)?区")
_PLACE_LIKE = re.compile(r"(?:区|镇|乡|街道|园|新城|组团|片|农场|林场|县|市|旗|村|社区|集镇|基地)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A use (empty: all of the plan) and the regions it goes to."""

    use: str
    regions: tuple[str, ...]
    place: Place
    words: str

    @property
    def category(self) -> str:
        """Canonical name of the use."""
        return Facets(use=self.use).category


def find_placements(text: str, place: Place, context: Context) -> list[Placement]:
    """Find the placements of a paragraph, and the list of regions that a plan is for.

    Examples
    --------
    >>> context = Context(Names("巴楚县", "653130"))
    >>> text = "商服用地主要分布在：巴楚县巴楚镇、三岔口镇；特殊用地主要分布在：三岔口镇。"
    >>> [(p.category, p.regions) for p in find_placements(text, Place(line=1), context)]
    [('商服用地', ('巴楚镇', '三岔口镇')), ('特殊用地', ('三岔口镇',))]
    """
    return [p for part, start in _parts(text) for p in _read(part, start, place, context)]


def _parts(text: str) -> Iterator[tuple[str, int]]:
    start = 0
    for m in re.finditer(r"[；;。]|$", text):
        yield text[start : m.start()], start
        start = m.end()


def _read(part: str, start: int, place: Place, context: Context) -> Iterator[Placement]:
    if not (_WHERE.search(part) or _SCOPE.search(part)):
        return
    names, headed = context.names, context.facets.use
    words = excerpt(context.printed[start : start + len(part)] or part, 0, len(part))
    scope = _SCOPE.search(part)
    if scope:
        regions = _regions(part[scope.end() :], names)
        if len(regions) > 1:
            yield Placement(use="", regions=regions, place=place, words=words)
        return
    named = [m for m in names.find(part) if m.kind == "use"]
    for cue in _WHERE.finditer(part) if named or headed else ():
        uses = [m for m in named if m.end <= cue.start()]
        if not _BETWEEN.fullmatch(part, uses[-1].end if uses else 0, cue.start()):
            continue
        told = _END.split(part[cue.end() :])[0]
        if regions := () if find_quantities(told) else _regions(told, names):
            for use in _listed_last(part, uses) or [headed]:
                yield Placement(use=use, regions=regions, place=place, words=words)
            return


def _listed_last(part: str, uses: Sequence[Mention]) -> list[str]:
    """Give the last use and those on one list with it."""
    return [
        m.name for m in uses if re.fullmatch(r"[^，,\d]*", part[m.end : max(m.end, uses[-1].start)])
    ]


def _regions(words: str, names: Names) -> tuple[str, ...]:
    """Read a list of regions; nothing if its first item is no place."""
    words = _END.split(words.strip())[0]
    items = [re.sub(r"\s+", "", w) for w in split_names(words, within=names.code or None)]
    found = [
        _region(re.sub(r"等(?:地|区域|乡镇|镇街|\d*个.*)?$", "", item), names)
        for item in items
        if item
    ]
    if not found or not found[0] or all(names.is_whole(f) for f in found):
        return ()
    return tuple(dict.fromkeys(_expand([f for f in found if f], names)))


def _region(item: str, names: Names) -> str:
    name, code = names.region(item)
    if code and (names.code or divisions.division(code).name == name):
        return divisions.division(code).name
    known = name in names.learned or divisions.match(name, within=names.code or None).kind in (
        "zone",
        "account",
        "suggested",
        "ambiguous",
    )
    likely = len(name) <= 12 and _PLACE_LIKE.search(name) and not re.match(r"[各全]", name)
    return name if known or likely or _URBAN.fullmatch(name) else ""


def _expand(regions: Sequence[str], names: Names) -> Iterator[str]:
    """Name the districts behind 市内五区: the 区 of the city less those named on their own."""
    for region in regions:
        urban = _URBAN.fullmatch(region)
        districts = [
            d.name
            for d in (divisions.children(names.code) if urban and names.code else ())
            if d.name.endswith("区") and d.name not in regions and not divisions.is_zone(d.name)
        ]
        count = (
            chinese_number(urban[1])
            if urban and not urban[1].isdigit()
            else urban and int(urban[1])
        )
        if districts and count == len(districts):
            yield from districts
        else:
            yield region
