"""What kind of document it is, decided on the whole before any of its figures is read.

Title and headlines decide first, then the lead, then the grammar of all its sentences. Of a
document that is no supply plan (a report of what was done, land taken or converted, a master or
detailed plan, one project) only that counts which says expressly that it is planned to be
supplied: a report that ends with next year's plan, news on sales that quote the year's total.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from landgis.language import Lang, say
from landgis.plan.lexicon import genres, words

_NAMED, _ANNOUNCED = words("supply", "named"), words("supply", "announced")
_PLANS = words("genre", "plans")
_SUPPLY_PLAN = words("genre", "supply_plan")
_KEPT = words("genre", "kept")
_RENEWAL, _SUPPLY = words("genre", "renewal"), words("genre", "supply")
_PLAN_WORDS, _REPORT_WORDS = words("evidence", "plan"), words("evidence", "report")
_PAST = words("genre", "past")
_LAND_SUPPLIED = "(?:[供推]地|供应|用地|土地(?!拍)|宅地|(?<=[亩顷])地|出让|入市)"
_OF_YEAR = re.compile(
    rf"(?:今年|本年|年度|(?<![-—–~至到])20\d\d(?!年?(?:以来|[底末前至到-]|\d+[月-]))年?)[^，,。；]*?{_LAND_SUPPLIED}|"
    rf"{_LAND_SUPPLIED}[^，,。；]*?(?:今年|本年)"
)
"""What is said of land and of a year that has begun; where nothing tells that it was done, it is
planned."""
_COMPARES = re.compile(r"(?:(?<![占对])比(?!例|重|率)|较)[^，。；]*")
_NO_HEADLINE = re.compile(
    r"\s*(?:第?[一二三四五六七八九十\d]+(?:[、.．章节条]|部分)|[（(][一二三四五六七八九十\d]+[)）]|"
    r"[^，。；]{0,12}(?:首页|本页|打印|字体|字号|来源|编辑|作者|记者|通讯员|https?:|分享|登录|>>?)|[\s\d年月日:：./-]+(?:$|星期|来源))"
)
"""Numbered headings, and what a page prints above its text."""
_SENTENCE = re.compile("[。！？\n]")
_AREA = re.compile(r"\d\s*万?(?:公顷|亩|平方)")
_PUBLISHER = re.compile(
    r"《[^》]{0,8}(?:报|网)》|https?:\S+|[^\s，。]{0,12}(?:来源|编辑|作者|发布时间|字体)[:：]?"
)
_FIRST_SENTENCES = 2
_PLANS_MOSTLY, _REPORTS = 0.7, 0.4  # of the evidence
_HEADLINES, _MAX_HEADLINE = 3, 40
_MAX_TITLE = 60
_LEAD, _MAX_LEAD = 2, 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Genre:
    """The kind of a document.

    Parameters
    ----------
    code
        Its entry among `landgis.plan.lexicon.genres`; "plan" where nothing says that it is none.
    words
        The words that decided.
    headed
        Whether title or headline says that it is a plan.
    mostly
        Whether most of what it says is of what is to be done, and not of what was.
    of_year
        Whether it begins with land and its year, and with nothing that was done.
    renewal
        Whether it is of renewal (再开发, 三旧改造, 土地整备), whose figures are of land that is
        renewed.
    on_plan
        Whether it reports on a plan, whose figures it repeats; those of the next year's are none.
    """

    code: str = "plan"
    words: tuple[str, ...] = ()
    headed: bool = True
    mostly: bool = False
    of_year: bool = False
    renewal: bool = False
    on_plan: bool = False

    @property
    def reason(self) -> str:
        """Why a figure that is not expressly planned is none here; empty in a plan."""
        return genres()[self.code].reason

    def says_plan(self, words: str, year: int | None = None) -> bool:
        """Whether words say that it is a plan, expressly where the document is none.

        In a report on a plan that is what names ``year``, the next: nothing of it is done.

        Examples
        --------
        >>> Genre().says_plan("任务分解"), Genre(code="report").says_plan("任务分解")
        (True, False)
        """
        if not self.reason:
            return bool(_PLANS.search(words))
        if self.code in ("elsewhere", "law"):
            return False
        told = _PAST.sub("", words)
        if self.on_plan:
            return bool(re.search(rf"明年|下一?年|{year}年(?!\s*\d)", told))
        announced = self.code == "report" and _ANNOUNCED.search(told)
        return bool(_NAMED.search(told) or announced)


def genre_name(genre: Genre, lang: Lang = "zh") -> str:
    """Say what kind of document it is, and by what words that is known.

    Examples
    --------
    >>> genre_name(Genre(code="report", words=("同比增",)))
    '执行、成交或统计情况（依据：“同比增”）'
    """
    kind = genres()[genre.code]
    by = "".join(f"“{word}”" for word in genre.words)
    name = say(lang, kind.zh, kind.en)
    return say(lang, f"{name}（依据：{by}）", f"{name} (by {by})") if by else name


def decide(lines: Sequence[str], *, title: str = "", elsewhere: str = "") -> Genre:
    """Decide what kind of document it is.

    Parameters
    ----------
    lines
        Its paragraphs.
    title
        Its title.
    elsewhere
        The place, where that is one with another law of land (香港, 澳门, 台湾).

    Examples
    --------
    >>> decide(["青石市上半年供地同比增长两成", "住宅用地30公顷。"]).code
    'report'
    >>> decide(["青石市今年计划供地300公顷", "去年供应了280公顷。"]).code
    'plan'
    """
    text = "\n".join(lines)
    head = [title, *_headlines(lines)]
    above = " ".join(_bare(t) for t in head)
    share, reports = _weigh(text)
    lead, first = _lead(lines), _first_area(lines)
    stands = any(title in t for t in lines if len(t) <= _MAX_TITLE)
    titled = stands and _SUPPLY_PLAN.search(title) and not any(map(_KEPT.search, head))
    code, said = _code(_bare(title) if titled else above, lead, first)
    if elsewhere:
        code, said = "elsewhere", elsewhere
    elif not code and share < _REPORTS and not _PLANS.search(text):
        code, said = "report", "、".join(reports)
    return Genre(
        code=code or "plan",
        words=(said,) if said else (),
        headed=not code and any(map(_PLANS.search, head)),
        mostly=not code and share >= _PLANS_MOSTLY,
        of_year=not code and _is_of_year((*map(_bare, head), *_SENTENCE.split(lead), first)),
        renewal=_is_of_renewal(" ".join(head), text),
        on_plan=code == "report" and bool(_KEPT.search(above)),
    )


def _is_of_year(told: Sequence[str]) -> bool:
    """Whether the beginning of a text speaks of land and its year, and of nothing done."""
    said = [s for s in told if _OF_YEAR.search(s)]
    return bool(said) and not any(_REPORT_WORDS.search(s) or "全部" in s for s in said)


def _bare(text: str) -> str:
    """Take out who published a text and what it says of the past."""
    return _PAST.sub("", _PUBLISHER.sub("", text))


def _headlines(lines: Sequence[str]) -> list[str]:
    """Give the first short lines that stand above the text and are no numbered headings.

    What a page links to below its text is no headline of it.
    """
    above = takewhile(lambda t: len(t) <= _MAX_HEADLINE or "。" not in t, lines)
    short = [t for t in above if len(t) <= _MAX_HEADLINE and not _NO_HEADLINE.match(t)]
    return [t for t in short[:_HEADLINES] if not t.endswith("。")]


def _lead(lines: Sequence[str]) -> str:
    """Give the first sentences of the text below its headlines."""
    for line in lines:
        text = _bare(line)
        if len(text) > _MAX_HEADLINE or text.endswith("。"):
            said = [s for s in _SENTENCE.split(text) if s.strip()][:_LEAD]
            return "。".join(said)[:_MAX_LEAD]
    return ""


def _first_area(lines: Sequence[str]) -> str:
    """Give the first sentence that holds an area; none if that tells of the year before."""
    said = (s for line in lines for s in _SENTENCE.split(line) if _AREA.search(s))
    first = next(said, "")[:_MAX_LEAD]
    return "" if _PAST.search(first) else _bare(first)


def _code(head: str, lead: str, first: str) -> tuple[str, str]:  # noqa: PLR0911 - one a place
    """Give the kind that headlines or lead name, and the words; empty for a plan or none.

    What the lead says first counts, or the ``first`` sentence with an area; 同比 in a headline
    does where these say neither. That a plan was kept is no plan.
    """
    if found := _kind("surely", head):
        return found
    if _SUPPLY_PLAN.search(head) and not _KEPT.search(head):
        return "", ""
    if found := _kind("head", head) or _kind("surely", lead):
        return found
    for sentence in (*_SENTENCE.split(lead), first):
        if _SUPPLY_PLAN.search(_KEPT.sub("", sentence)):
            return "", ""
        if kept := _KEPT.search(sentence):
            return "report", kept.group()
        found = _kind("lead", sentence)
        if found and (sentence is not first or found[0] == "report"):
            return found
    return _kind("lead", head) or ("", "")


def _kind(which: str, told: str) -> tuple[str, str] | None:
    """Give the first kind that words tell by one of its patterns, and which words."""
    for code, kind in genres().items():
        pattern = getattr(kind, which)
        if pattern and (found := pattern.search(told)):
            return code, found.group()
    return None


def _weigh(text: str) -> tuple[float, tuple[str, ...]]:
    """Weigh how much a text plans, from 0 (it tells of what was done) to 1; and what told so."""
    for_it = against = 1
    report: dict[str, None] = {}
    for number, sentence in enumerate(filter(str.strip, _SENTENCE.split(text))):
        weight = 3 if number < _FIRST_SENTENCES else 1
        told = _COMPARES.sub("", sentence)
        plans, reports = (dict.fromkeys(w.findall(told)) for w in (_PLAN_WORDS, _REPORT_WORDS))
        for_it, against = for_it + weight * len(plans), against + weight * len(reports)
        report |= reports
    return for_it / (for_it + against), tuple(report)


def _is_of_renewal(head: str, text: str) -> bool:
    """Whether a document is of renewal: by its headline, or by what it speaks of."""
    if _RENEWAL.search(head):
        return not _SUPPLY.search(head)
    return len(_RENEWAL.findall(text)) > len(_SUPPLY.findall(text))
