"""What a rule is about: the part and the whole of a share, the words of a goal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from landgis.plan.mentions import Mention

WITHIN = re.compile(
    r"(?:土地|用地|总供应量?|供应|供地|计划|总量|总面积|总规模|面积|规模|的)*(?:之中|中|内)(?!心)"
)
"""Words behind what a share is a share of: 出让土地中."""
_OF = re.compile(r"占(?:用|全[市县区州]|同期|年度|当年|本年|计划|[的])*$")
_SUPPLIED = re.compile(r"的?(?:比例|比重|占比|率)")
_LEAD = re.compile(
    r"^.*(?:打造|建成|建设|完成|实施|推进|培育|启动|新建|力争|确保|实现|安排|富有特色的?|共有?|到|年|，|、|：|其中)(?!项目|片区|改造)",
)


def part_and_whole(
    named: Sequence[Mention], text: str
) -> tuple[Sequence[Mention], Sequence[Mention]]:
    """Tell the part of a share from its whole, by the words around the names in a text.

    The part's last name is its own. A share 出让 of a use (工业用地出让比例) is one of that use.

    Examples
    --------
    >>> granted, use = Mention(0, 4, "mode", "出让"), Mention(5, 9, "use", "工业用地")
    >>> part, whole = part_and_whole([granted, use], "出让土地中工业用地比例")
    >>> part == [use], whole == [granted]
    (True, True)
    """
    groups: list[list[Mention]] = []
    for mention in named:
        kinds = [m.kind for m in groups[-1]] if groups else [mention.kind]
        adjacent = groups and groups[-1][-1].end == mention.start and mention.kind not in kinds
        whole = "source" in kinds or WITHIN.match(text, mention.end)
        if adjacent and mention.kind == "use" and whole:
            groups[-1].append(mention)
        else:
            groups.append([mention])
    for group in groups:
        after = WITHIN.match(text, group[-1].end)
        before = _OF.search(text, max(0, group[0].start - 8), group[0].start)
        others = [g for g in groups if g is not group]
        if others and (after or before):
            return others[-1 if after else 0], group
    if len(groups) == 2 and groups[1][0].kind == "mode":  # 工业用地出让比例
        return groups[0], groups[0] if _SUPPLIED.match(text, groups[1][0].end) else groups[1]
    return groups[-1], groups[0] if len(groups) > 1 else []


def subject_of(clause: str) -> str:
    """Take what a goal is about out of its clause; nothing if it is the plan's supply.

    Examples
    --------
    >>> subject_of("到2027年底，累计完成低效用地再开发"), subject_of("完成供应")
    ('低效用地再开发', '')
    """
    words = re.sub(r"\s+", "", clause)
    words = re.sub(r"^.*(?:月底|月末|月|日|年底|年末|季度末|半年)(?:之?前|以前)?", "", words)
    if re.fullmatch(
        r"(?:计划|完成)?(?:供应|供地)(?:面积|规模)?(?:不少于|不低于|达到|达|约)?", words
    ):
        return ""
    if re.search(r"供(?:应|地)(?:总量|总规模|总面积|规模)$|总量", words):
        return ""
    words = _LEAD.sub("", words)
    words = re.sub(r"^(?:[全我本][市县区州旗]|累计|盘活|处置|消化)+(?=.)", "", words)
    return re.sub(r"(?:不少于|不低于|不超过|控制在|达到|达|约|以上|面积|为)+$", "", words).strip(
        "：:，、“”"
    )
