"""The headings that a paragraph stands under, and what they restrict it to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from landgis.plan.dates import DateSpan
from landgis.plan.names import Names
from landgis.plan.quantities import find_quantities
from landgis.plan.statements import Facets


@dataclass(frozen=True)
class Context:
    """What a sentence or table is read in.

    Parameters
    ----------
    names
        The names of the plan.
    start, end
        First and last year of the plan; figures of other years are passed over.
    facets
        What the headings above restrict the text to (（一）吴兴区).
    heading
        The words of the headings above.
    block
        The number of the paragraph in its document, from 1.
    printed
        The paragraph as printed, to be cited; empty where that is as it is read.
    renewal
        Whether the plan is one of renewal (再开发, 三旧改造, 土地整备), whose figures are of land
        that is renewed.
    planned
        Whether its title or headline says that the document is a plan.
    spoken
        The year that 今年 is in the text, which may be the one before the plan's.
    """

    names: Names
    start: int | None = None
    end: int | None = None
    facets: Facets = field(default_factory=Facets)
    heading: str = ""
    block: int = 0
    printed: str = ""
    renewal: bool = False
    planned: bool = True
    spoken: int | None = None

    @property
    def of_years(self) -> bool:
        """Whether the plan is for several years."""
        return self.start != self.end

    def is_current(self, span: DateSpan) -> bool:
        """Whether a date is one of the plan's own time."""
        if self.start is None or self.end is None:
            return True
        return (
            span.first.year <= self.end
            and span.last.year >= self.start
            and span.last.year - span.first.year <= self.end - self.start
        )

    def why_not_current(self, span: DateSpan) -> str:
        """Say which other time a date is of."""
        past = self.start is not None and span.last.year == self.start - 1
        return "last_year" if past and span.first.year == span.last.year else "other_year"


_LEVELS = (
    re.compile(r"^第[一二三四五六七八九十]+[章节部]|^[一二三四五六七八九十]+[、.．]\s*"),
    re.compile(r"^[（(][一二三四五六七八九十\d]{1,3}[）)]\s*(?!\d)"),
    re.compile(r"^\d{1,2}[.．、]\s*(?!\d)|^[一二三四五六七八九十]+是"),
    re.compile(r"^[①-⑳]\s*"),
)
_LOOKING_BACK = re.compile(
    r"做地|上年|上一年|去年|回顾|执行情况|完成情况|实施情况|现状|基本情况|储备|征收|收储|工作成效|存在问题|取得.*成效",
)
_HEADING_GLUE = re.compile(
    r"国有建设用地|建设用地|土地|供应|供地|计划|结构|布局|安排|情况|方面|年度|20\d\d|规模|总量|用地|指标|任务|分|按|区域|[的年：:。\s、（）()]",
)


@dataclass(frozen=True)
class Heading:
    """A heading that a paragraph stands under."""

    level: int
    words: str
    facets: Facets
    past: bool


def stand_under(outline: Sequence[Heading], text: str, names: Names) -> list[Heading]:
    """Keep the headings that a paragraph stands under, its own included if it is one.

    Examples
    --------
    >>> lines = ("一、上年情况", "二、供应布局", "（一）北湖新区", "住宅用地30公顷。")
    >>> outline = []
    >>> for line in lines:
    ...     outline = stand_under(outline, line, Names(learned=("北湖新区",)))
    >>> [(h.words, h.facets.region) for h in outline]
    [('供应布局', ''), ('北湖新区', '北湖新区')]
    """
    level = next((i for i, pattern in enumerate(_LEVELS) if pattern.match(text)), None)
    if level is None:
        return list(outline)
    kept = [h for h in outline if h.level < level]
    words = re.split(r"[。：:]", _LEVELS[level].sub("", text, count=1))[0]
    if len(words) > 30 or find_quantities(words):
        return kept
    past = bool(_LOOKING_BACK.search(words))
    return [*kept, Heading(level, words, _heading_facets(words, names), past)]


def _heading_facets(words: str, names: Names) -> Facets:
    """Give what a heading restricts its section to, if it says nothing else: （一）吴兴区."""
    mentions = [m for m in names.find(words) if m.kind in ("region", "use")]
    rest = words
    for m in names.find(words):
        rest = rest.replace(words[m.start : m.end], "", 1)
    if len(mentions) != 1 or _HEADING_GLUE.sub("", rest):
        return Facets()
    (m,) = mentions
    return Facets(use=m.name) if m.kind == "use" else Facets(region=m.name, code=m.code)
