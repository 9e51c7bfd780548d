"""Regions that a document itself names: zones, accounting units, townships not on the list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from landgis import divisions
from landgis.landuse import canonical
from landgis.plan.names import COMMITTEE, GLUE, NO_REGION, REGION_LIKE, Names
from landgis.plan.uses import begins_with_use

_NO_NAME = re.compile(
    r"[一二三四五六七八九十两几]个|[的按照为是对把该其所并了须应各等]|推进|支持|加快|促进|完善|重点|主要|供应|安排|计划"
)
_LEAD = re.compile(
    r"^(?:其中|包括|包含|含|分别为|分别是|以及|主要|位于|分布在|即|按区域分|按区域|分区域看|从区域看|\d+[.．、]|"
    r"[（(][一二三四五六七八九十\d]+[）)]|[一二三四五六七八九十]是|和|及|与|在|由|，)*+"
)
# Characters that part names, or stand before them, wherever they are no part of a listed name.
_PARTING = "和及与含由在即"
_SHIELD = {ord(c): 0xF0000 + ord(c) for c in _PARTING}
_UNSHIELD = {there: here for here, there in _SHIELD.items()}
_ASIDE = re.compile(r"[（(][^（()）\d]{0,20}[)）]")
_HOLDING = re.compile(r"[（(](?:其中|含|包括)[^（()）]{1,80}[)）](?=[^，。；、（(]{0,8}\d)")
_RESPECTIVELY = re.compile(r"[，,](?=分别|依次)")
_ZONE_WORD = re.compile(r"开发区|高新区|经开区|新区|园区|经济区|度假区")  # 经济开发区 is a name
_CLAUSE = re.compile(r"[，。；：（）\s;:()]")
_NUMBER = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]\s*")
_HEADING_END = re.compile(r"[。：]")
_MAX_NAME = 14


def learn_names(jurisdiction: str, code: str, texts: Iterable[str]) -> Names:
    """Collect the regions that a document names beside those of the division list.

    A name is taken where figures stand behind it, or where it stands in a list with such names.

    Examples
    --------
    >>> text = "其中北湖新区供应30公顷，市直5公顷，城关镇、东关镇分别为1、2公顷"
    >>> learn_names("曹州市", "", [text]).learned
    ('北湖新区', '市直', '城关镇', '东关镇')
    """
    bare = Names(jurisdiction, code)
    found: dict[str, None] = {}
    for text in texts:
        for name in _stated_regions(text, code):
            clean = bare.region(name)[0]
            whole = bare.is_whole(name) or bare.is_whole(clean)
            if not (whole or _is_listed(clean, code) or _is_phrase(clean, code)):
                found[clean] = None
    order = sorted(found, key=len, reverse=True) if _nested(found) else list(found)
    return Names(jurisdiction, code, tuple(order))


def _is_listed(name: str, code: str) -> bool:
    """Whether the division list has a name; townships of a name are too many without a scope."""
    listed = divisions.match(name, within=code or None)
    division = listed.division if listed.kind == "exact" else None
    return division is not None and (bool(code) or division.level != "township")


def _nested(names: Iterable[str]) -> bool:
    names = list(names)
    return any(a != b and a in b for a in names for b in names)


@lru_cache(maxsize=64)
def _names_that_part(code: str) -> re.Pattern[str]:
    """Match the listed names that hold a character which parts names elsewhere: 和田市, 含山县."""
    if code:
        above = (*divisions.ancestors(code), divisions.division(code))
        listed = (*above, *divisions.descendants(code))
    else:
        listed = tuple(d for d in divisions.descendants() if d.level != "township")
    names = {d.name for d in listed} | {
        short for d in listed if d.level != "township" for short in divisions.short_names(d.name)
    }
    names = {n for n in names if set(n) & set(_PARTING)}
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(words or r"(?!)")


def _stated_regions(text: str, code: str) -> Iterator[str]:
    """Give the names before figures, and those of headings, listed or not."""
    text = _names_that_part(code).sub(lambda m: m.group().translate(_SHIELD), text)
    if heading := _region_of_heading(text):
        yield heading.translate(_UNSHIELD)
    text = _RESPECTIVELY.sub("", _ASIDE.sub("", text))
    whole = _HOLDING.sub("", text)
    for clause in _CLAUSE.split(text if whole == text else f"{text}。{whole}"):
        for name in _regions_of_clause(clause):
            if len(name) >= 2 and not NO_REGION.search(name) and not canonical(name):
                yield name


def _region_of_heading(text: str) -> str:
    """Give the region that a numbered heading names: （一）北湖新区."""
    number = _NUMBER.match(text)
    heading = _HEADING_END.split(text[number.end() :], maxsplit=1)[0] if number else ""
    return heading if REGION_LIKE.fullmatch(heading) and not NO_REGION.search(heading) else ""


def _regions_of_clause(clause: str) -> Iterator[str]:
    """Give what stands before the last figure and looks like a region; "" where nothing does."""
    stated = re.match(r".*\d|", clause)
    words = stated.group() if stated else ""
    for start in (0, *(m.end() for m in re.finditer(r"[、和及与]", words))):
        rest = re.match(r"\D*", _LEAD.sub("", words[start : start + 60], count=1))
        told = rest.group() if rest else ""
        name = _name_at_start(re.split(r"[、和及与]", told)[0]) or _name_at_start(told)
        yield name.translate(_UNSHIELD)


def _name_at_start(words: str) -> str:
    """Give the longest beginning that ends like a region and has only 供应, 共 … behind it."""
    if begins_with_use(words):
        return ""
    for length in range(min(len(words), _MAX_NAME), 1, -1):
        if REGION_LIKE.fullmatch(words, 0, length):
            committee = COMMITTEE.match(words, length)
            if GLUE.fullmatch(words, committee.end() if committee else length):
                return words[:length]
    return ""


def _is_phrase(name: str, code: str) -> bool:
    """Whether words that end like a region are more than a name (必须严格按照巴楚县)."""
    inside = divisions.find_names(name, within=code or None)
    ends = (s.match.text for s in inside if s.start and s.end == len(name))
    return bool(_NO_NAME.search(name)) or any(not _ZONE_WORD.fullmatch(end) for end in ends)
