"""Uses in the words of a plan: those of the classification, and others that are called 用地."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from landgis.landuse import all_names, canonical
from landgis.plan.mentions import Mention

_OTHER_USE_STOP = re.compile(
    r"建设用地$|项目用地$|(?:出让|划拨|租赁|出资)用地$|闲置用地|低效用地|各类用地|^(?:国有|集体|集约|节约|合理|本|全部|其|该|农|"
    r"所需|需要|新增|存量|增量|供应|计划|年度)用地$|(?:储备|收储|征收|报批|转用|整治|复垦|处置|在建|未开工|种植|养殖)用地$|依法|严格|落实|年内"
)
_USE_LEAD = re.compile(
    r"^.*(?:安排|供应|供给|保障(?!性)|其中|包括|以及|用于|计划|优先|重点|的|为|拟|各类|中|年度|是|：|\d)"
)
_BEFORE_FIGURE = r"(?:供应|面积|总量|规模|量|为|共|约|：|:|[（(]|\s)*\d"
_OTHER_USE = re.compile(
    rf"[\u4e00-\u9fff]{{2,16}}?用地(?=(?:类)?{_BEFORE_FIGURE}|[^\d，。；：]{{0,80}}?分别[^\d，。；]{{0,8}}\d)"
)
# 基础设施及公共服务设施用地 is one use, not the end of it.
_FIRST_HALF = (
    r"(?:(?:基础|市政|配套|民生|公益|能源|环保|环境)(?:设施|配套|事业|工程)?(?:及|和|与))?"
)


def find_uses(text: str) -> Iterator[Mention]:
    """Find the uses in a text: the known ones, then others before a figure.

    Examples
    --------
    >>> [m.name for m in find_uses("工业用地和科创用地30公顷、住宅20公顷")]
    ['工业用地', '住宅', '科创用地']
    """
    for m in _use_pattern().finditer(text):
        yield Mention(m.start(), m.end(), "use", m.group())
    for m in _OTHER_USE.finditer(text):
        name = _whole_use(_USE_LEAD.sub("", m.group().removesuffix("用地"))) + "用地"
        start = m.end() - len(name)
        if len(name) > 3 and not _OTHER_USE_STOP.search(name):
            yield Mention(start, m.end(), "use", name)


def begins_with_use(words: str) -> bool:
    """Whether words begin with a known use.

    Examples
    --------
    >>> begins_with_use("住宅用地集中区"), begins_with_use("高新区住宅用地")
    (True, False)
    """
    return bool(_use_pattern().match(words))


@lru_cache(maxsize=1)
def _use_pattern() -> re.Pattern[str]:
    long = [n for n in all_names() if n.endswith(("用地", "片区", "盐田", "宅基地")) or len(n) > 4]
    stems = {n.removesuffix("用地") for n in long if len(n) > len("住宅用地")}
    short = [n for n in {*all_names(), *stems} if n not in long]
    ordered = "|".join(map(re.escape, sorted(long, key=len, reverse=True)))
    brief = "|".join(map(re.escape, sorted(short, key=len, reverse=True)))
    join = r"(?:、|和|及|与|以及)"
    listed = rf"(?:{join}[\u4e00-\u9fff]{{2,12}}?){{1,8}}(?:用地|分别|\d)"
    ends = rf"(?=类?用地|的?(?:占比|比例|比重)|{listed}|(?:[均各](?:供应|安排)?|共|约|为|：|\s)*\d)"
    public = "公共管理[与和及](?:公共)?服务(?:设施)?用地"
    other = r"(?:公共|职工)住房用地"  # no plain 住房用地
    return re.compile(rf"{public}|{other}|{_FIRST_HALF}(?:{ordered})|(?:{brief}){ends}(?:类?用地)?")


def _whole_use(stem: str) -> str:
    """Leave out uses that are only joined to this one (工业和科创用地), keep 停车及配套用地."""
    parts = re.split(r"(?:以?及|和|与)", stem)
    return parts[-1] if any(canonical(p) for p in parts[:-1]) else stem
