"""Whether a number in a sentence is a figure of the plan: the third stage of understanding.

住宅用地30公顷 is one; 建筑面积30公顷, 30公顷/年, 上年30公顷, 盘活存量建设用地1.2万亩 are none, each
for a reason that the lexicon names.
"""

from __future__ import annotations

import re

from landgis.plan.dates import DateSpan, is_deadline
from landgis.plan.lexicon import reasons, words
from landgis.plan.scope import Walk
from landgis.plan.statements import Facets, Mention
from landgis.plan.tokens import Token

_GLUE = words("glue")
_TOTAL = words("total")
_SUPPLY = words("supply")
_GOAL = words("goal")
_GOAL_VERB = words("goal", "verbs")
_REASONS = {code: r for code, r in reasons().items() if r.before or r.after}
_REFUSED = re.compile("|".join(r.before.pattern for r in _REASONS.values() if r.before))
_ONLY_AREA = re.compile(
    r"\s*(?:总|占地|用地|土地|供应|供地|出让|改造|规划|建设)*(?:面积|规模)?(?:总计|合计|共计|近|约|共|为|计|达到?|\s)*"
)
_ASIDE = re.compile(r"[（(][^（()）\d]*[)）]")
_LAST_YEAR = re.compile(r"上一?年|去年|往年|历年|同期|近[一二三四五六两几]年|历史|前期|此前|早前")
_STATE = re.compile(r"现有|现状|库存")
_MAX_OTHER_WORDS = {"use": 10, "region": 4}  # between a name and its figure


def reason_of_past(cue: str) -> str:
    """Give the reason that a word of the past stands for.

    Examples
    --------
    >>> reason_of_past("去年"), reason_of_past("累计"), reason_of_past("现状")
    ('last_year', 'done', 'not_supply')
    """
    if _LAST_YEAR.search(cue):
        return "last_year"
    if _STATE.search(cue):
        return "not_supply"
    return "replaced" if cue.startswith("原") else "done"


def refusal(now: Walk, area: Token) -> str:
    """Say why an area is of another time, compared, per unit, or no area of land; "" if it may be.

    Words before it count outside the names of uses (配套用地 holds 套) and outside of brackets.
    """
    for code, reason in _REASONS.items():
        if reason.after and reason.after.match(now.text, area.end):
            return code
    start = max(now.clause, now.latest.end)
    if _ONLY_AREA.fullmatch(now.text, start, area.start):  # the subject stands in the clause before
        start = max(now.latest.end, now.sentence.start)
    if _REFUSED.search(now.text, start, area.start):
        names = (t.what for t in now.behind(start) if isinstance(t.what, Mention))
        uses = [(n.start, n.end) for n in names if n.kind == "use"]
        before = now.text[start : area.start]
        before = _ASIDE.sub(lambda m: " " * len(m.group()), before)
        for code, reason in _REASONS.items():
            for m in reason.before.finditer(before) if reason.before else ():
                if not any(a <= start + m.start() and start + m.end() <= b for a, b in uses):
                    return code
    return now.stack.dead or now.sentence.dead or ("compared" if now.compared else "")


def why_target(now: Walk, facets: Facets, area: Token) -> str:
    """Say which words around an area make it a figure of the plan; "" if none do."""
    if facets.use or facets.region:
        return "named" if _is_named(now, facets, area) else ""
    if facets.source or facets.mode or facets.period:
        part = (now.told and now.told.facets.source) or now.stack.top.statement
        if not part and _GOAL_VERB.search(now.text, now.since, area.start):
            return ""  # 盘活存量建设用地1.2万亩 is a goal, no part of the supply
        return "named" if now.stack.is_nested or speaks_of_supply(now) else ""
    return "total" if _is_total(now, area) else ""


def speaks_of_supply(now: Walk) -> bool:
    """Whether a sentence with the headings above it is about the supply of land."""
    return bool(_SUPPLY.search(now.context.heading + now.sentence.words))


def _is_named(now: Walk, facets: Facets, area: Token) -> bool:
    """Whether little else stands between a use or region and its figure."""
    begin = min((m.end for m in now.pending if m.start < area.start), default=area.start)
    begin = max(begin, now.latest.end)
    if begin < now.clause and _ONLY_AREA.fullmatch(now.text, now.clause, area.start):
        begin = now.clause  # 甲区9宗，面积101亩
    between = now.without_names(begin, area.start)
    rest = without_glue(_ASIDE.sub("", between))
    near = len(rest) <= _MAX_OTHER_WORDS["use" if facets.use else "region"]
    return near and bool(facets.use or speaks_of_supply(now) or now.stack.is_nested)


def _is_total(now: Walk, area: Token) -> bool:
    """Whether an area without a name is the plan's total."""
    dates = (t.what for t in now.behind(now.since))
    if any(isinstance(d, DateSpan) and is_deadline(now.text, d) for d in dates):
        return False  # 6月底前供应250公顷 is a milestone
    before = now.text[now.since : area.start]
    if is_goal_of_years(now, before):
        return False
    if len(_GLUE.split(now.without_names(now.since, area.start))[-1]) > 1:
        return False  # a name that is not known stands right before it
    headed = now.stack.frames[0].facets != Facets()
    if headed and before and not without_glue(before):
        return True  # 1.商服用地。共安排30公顷
    counted = any(t.kind == "count" for t in now.behind(now.sentence.start))
    if _ONLY_AREA.fullmatch(before) and (before.strip() or counted):
        before = now.text[max(now.latest.end, now.sentence.start) : area.start]
        before = before.replace("，", "").replace("；", "。")
    return says_total(before)


def is_goal_of_years(now: Walk, before: str) -> bool:
    """Whether words name what a programme of several years is to do: 到2027年完成再开发3万亩."""
    return now.context.of_years and bool(_GOAL.search(before))


def says_total(before: str) -> bool:
    """Whether words before an area make it a total.

    Examples
    --------
    >>> says_total("计划供应国有建设用地"), says_total("面积")
    (True, False)
    """
    return bool(_TOTAL.search(before))


def without_glue(between: str) -> str:
    """Leave out the words that may stand between a name and its figure: 计划供应面积为.

    Examples
    --------
    >>> without_glue("计划供应面积约为"), without_glue("道路两侧绿化")
    ('', '道路两侧绿化')
    """
    return _GLUE.sub("", between)
