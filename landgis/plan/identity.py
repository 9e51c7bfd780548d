"""What plan a document is: its title, place, year, period, and the headings in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache

from landgis import divisions
from landgis.landuse import canonical
from landgis.plan.dates import DIGITS, DateSpan, find_dates, half_width
from landgis.plan.genre import Genre, decide
from landgis.plan.lexicon import words
from landgis.plan.names import Names
from landgis.plan.quantities import AREA_UNITS, find_quantities
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
    genre
        What kind of document it is.
    planned
        Whether its title, headline or a heading above says that it is a plan.
    spoken
        The year that 今年 is in the text, which may be the one before the plan's.
    unit
        What a line above (单位：公顷) says that lines of a name and a number are in; empty if none.
    """

    names: Names
    start: int | None = None
    end: int | None = None
    facets: Facets = field(default_factory=Facets)
    heading: str = ""
    block: int = 0
    printed: str = ""
    genre: Genre = field(default_factory=Genre)
    planned: bool = True
    spoken: int | None = None
    unit: str = ""

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


_TENTH = r"\d{1,2}[.．]\d{1,2}"  # 2.1 上年实施情况
_WORDS = rf"\s*(?!{AREA_UNITS}|[万亿%％宗倍成个年米元])(?=[\u4e00-\u9fff])"
_LEVELS = (
    re.compile(
        r"^[【\[]?第[一二三四五六七八九十]+(?:[章节]|部分)|^[一二三四五六七八九十]+[、.．]\s*"
    ),
    re.compile(
        rf"^[（(][一二三四五六七八九十\d]{{1,3}}[）)]\s*(?!\d)|^{_TENTH}(?![.．\d]){_WORDS}"
    ),
    re.compile(
        rf"^\d{{1,2}}[.．、]\s*(?!\d)|^[一二三四五六七八九十]+是|^{_TENTH}[.．]\d{{1,2}}(?![.．\d]){_WORDS}"
    ),
    re.compile(r"^[①-⑳]\s*"),
)
_LOOKING_BACK = re.compile(
    r"(?<![与跟和同比较])(?:上年|上一年|去年)|回顾|(?:执行|完成|实施)(?:情况)?(?=(?<=情况)$|(?<=情况)[】\]和及与、（(分评回总]|评[估价])|(?:调出|核减|退出|撤销)的?(?:地块|宗地|项目)|现状|基本情况|工作成效|存在问题|取得.*成效",
)
_ANNEX_BEGINS = re.compile(r"附(?:件|表|录)?\s*[\d一二三四五六七八九十]*\s*[：:][^。]{2,40}$")
"""A line from which on the document is another part, under none of its headings."""
_BEFORE_SUPPLY = re.compile(r"做地|储备(?!土地供应|地块供应|用地供应)|征收|收储|前期开发")
"""What is done with land before it is supplied."""
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


def stand_under(
    outline: Sequence[Heading], text: str, names: Names, *, title: str = ""
) -> list[Heading]:
    """Keep the headings that a paragraph stands under, its own included if it is one.

    In a plan whose ``title`` says that it is of reserve, a chapter on 储备 is of its own figures.

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
        return [] if _ANNEX_BEGINS.match(text) else list(outline)
    kept = [h for h in outline if h.level < level]
    words = re.split(r"[。：:]", _LEVELS[level].sub("", text, count=1))[0]
    if len(words) > 30 or find_quantities(words):
        return kept
    before = {m.group() for m in _BEFORE_SUPPLY.finditer(words)}
    reserve = "储备" in title and bool(before) and "做地" not in before
    past = bool((before and not reserve) or _LOOKING_BACK.search(words))
    kind = "前期开发" if "前期开发" in before else "收储"
    facets = Facets(use=kind) if reserve else _heading_facets(words, names)
    return [*kept, Heading(level, words, facets, past)]


_LISTED_USES = re.compile("、|和|及|与|以及")


def _heading_facets(words: str, names: Names) -> Facets:
    """Give what a heading restricts its section to, if it says nothing else: （一）吴兴区."""
    mentions = [m for m in names.find(words) if m.kind in ("region", "use")]
    listed = _LISTED_USES.split(words)
    if all(canonical(use) or canonical(f"{use}用地") for use in listed) and "其他" not in listed:
        return Facets(use=words)  # 一、住宅及商住
    rest = words
    for m in names.find(words):
        rest = rest.replace(words[m.start : m.end], "", 1)
    if len(mentions) != 1 or _HEADING_GLUE.sub("", rest):
        return Facets()
    (m,) = mentions
    return Facets(use=m.name) if m.kind == "use" else Facets(region=m.name, code=m.code)


_PLAN = r"(?:计划|方案|规划)"
_LETTER = re.compile(
    r"^.*?(?:关于|(?:局|委|厅|政府|办公室)(?=[公印下发]))(?:公布|印发|下达|发布|公示)?(?=[\u4e00-\u9fff]{2,}[省市县区州旗]|20\d\d)|的(?:通知|公告|公示)$"
)
_CLAUSE_LEAD = re.compile(
    r"^(?:为了?)?(?:(?:深入|全面|切实|认真|进一步)*(?:贯彻|落实|推进|执行|做好|完善|加强|保障|配合|根据|按照|依据|依照|遵照|参照|对照|结合|围绕|针对|对于|关于|解读|摘自|编制|公布|印发)+)(?=[\u4e00-\u9fff]{1,8}[市县区州旗]|20\d\d)"
)
_TITLE = re.compile(rf"{_PLAN}\s*(?:[（(][^（）()]*[）)])*$")
_ANNEX = re.compile(rf"^.*?{_PLAN}(?=[^。；]*(?:表|清单)$)")
_LIST = re.compile(r"[^。；，：]{2,30}20\d\d年度?[^。；，：]{0,30}(?:清单|一览表|明细表)")
_IN_TEXT = re.compile(
    rf"(?:[\u4e00-\u9fff]{{2,8}}|^[\u4e00-\u9fff])[市县区州旗](?:市区|市本级|本级)?20\d\d年度?[\u4e00-\u9fff]{{0,12}}?(?:供应|供地|开发){_PLAN}|"
    rf"20\d\d年度?[\u4e00-\u9fff]{{2,8}}[市县区州旗](?:市区|市本级|本级)?[\u4e00-\u9fff]{{0,12}}?(?:供应|供地|开发){_PLAN}",
)
_SAID_BEFORE = re.compile(r"^.*(?:(?:发布|公布|出台|印发|下达)了|(?:源|来|出)自)")
_HEAD_END = re.compile(
    r"\s|20\d\d|二〇|年度|国有|城镇|城市更新|更新|改造|整备|“?三旧|建设用地|土地|用地|低效|住宅|住房|高质量|推进|关于|第|全域|工业|存量|[“”《》（(]",
)
_YEAR = re.compile(r"(20\d\d)\s*年?度?")
_YEARS = re.compile(r"(20\d\d)\s*年?\s*[-–—~～至到]{1,2}\s*(20\d\d)")
_ROLLING = re.compile(
    r"中期[（(]?(20\d\d)\s*年?\s*[-–—~～至到]{1,2}\s*(20\d\d)|(20\d\d)\s*年?\s*[-–—~～至到]{1,2}\s*(20\d\d)年?[^，。；]{0,16}(?:中长?期[规计]划|(?:滚动|供应|更新|整备)计划)"
)
_SPAN_OF_PLAN = re.compile(
    r"(20\d\d)\s*年?\s*[-–—~～至到]{1,2}\s*(20\d\d)(?=[^，。；]{0,16}(?:规划|计划|方案))"
)
_YEARS_OF_HOMES = re.compile(
    r"(?:供应|供地|住[房宅]|更新|改造)[^，。；]{0,8}(?:规划|计划)[》”]?\s*[（(](20\d\d)\s*年?\s*[-–—~～至到]{1,2}\s*(20\d\d)(?!年?[)）]20\d\d)|"
    r"(20\d\d)\s*年?\s*[-–—~～至到]{1,2}\s*(20\d\d)年?(?:期间)?[^，。；]{0,8}[计拟](?:划)?(?:供应|供地|推出)"
)
_SPAN_ABOVE = re.compile(r"[（(]20\d\d\s*年?\s*[-–—~～至到]{1,2}\s*20\d\d年?[)）](?=20\d\d年)")
"""The years of the programme that a yearly plan carries out."""
_YEAR_BEFORE = re.compile(
    r"20\d\d年度?[^，。；\d]{0,20}?(?:执行|完成|实施|工作|供应)(?:情况)?的?(?:评估|总结|报告)?(?:暨|及|和|与)(?=[^，。；]{0,8}20\d\d年)"
)
"""What a title says of the year before: 2021年度计划执行评估暨2022年度计划."""
_FIVE_YEARS = re.compile(r"十([一二三四五])五[”\"’]?[^，。；]{0,12}(?:规划|计划)")
_FIVE_YEARS_END = 2005  # of the 十五 plan, five years before that of 十一五
_PERIOD = re.compile(r"期限|计划期|规划期|实施期|时限|起止")
_OFFICE = re.compile(r"([\u4e00-\u9fff]{2,8}?[市县区旗州])(?:人民政府|自然资源)")
_OPENS = re.compile(r"[\u4e00-\u9fff]{2,6}?(?:省|市(?!区|辖)|县|旗|州(?!市))")
_FRONT = 40
_TOLD_ENOUGH = 2  # below it, a year beside 今年 may be any year
_FIRST_LINES = 6
_HEAD_LINES = 3
_MOST_HEAD = 200
_LEAST_TOLD = 2  # of a place that is named short and once, as by 真金白银
_LEAST_COMPANY = 3
_FRONT_LENGTH = 2000
_ABOUT = re.compile(
    r"关于([\u4e00-\u9fff]{2,10}?[市县区旗州])(?:人民政府)?20\d\d年(?:[^。]{0,24}(?:批复|批次|用地)|$)"
)
"""What an approval is about; who approves it stands before."""
_LEAD = re.compile(
    r"^.*(?:按照|根据|依据|今天|昨天|近日|日前|今日|昨日|获悉|从|在|，|：|为|日电|记者|今年|去年|明年|其中|源自|来自|出自|[】\]])|^年度?|^.{2,3}省(?=.{2})"
)
_VERB = re.compile(r"公布|发布|出台|印发|下达|晒出|推出|举办")
_NO_PLACE = re.compile(
    r"(?:[全我本各])?(?:市?中心区|中心市区|中心城市|市辖区|市区|城区|省|市|县|区|市本级|本级|中心城区|主城区)|"
    r"个.*|.*设区市|棚户区"
)
_ITS_CITIES = re.compile(
    r"([\u4e00-\u9fff]{2,3}省)[\d一二三四五六七八九十]{1,3}个(?:设区|地级)?的?市"
)
_WHOLE = re.compile(r"(.{2,8}?)全([市县区州旗])")
_PLACE = re.compile(r"(?:[市县区州旗盟]|地区|市本级|[市县]直|省|兵团|[第\d]师|园|城|[镇乡]|街道)$")
_SAID_OF = re.compile(
    r"\d+年(?!来)|[市省]?(?:本级|市?区|全[市省区])?(?:国土|规划|自然资源|住房|政府|人民政府|委|街道|20\d\d年|今年|拟|计划|将|土地|国有|住宅|[发公]布|全市)"
)
_NEWSPAPER = re.compile(
    "日报|晚报|早报|晨报|商报|快报|都市报|新闻|网|电视|广播|发布厅|讯|房地产|楼市|乐居"
)
_FURNITURE = re.compile(
    r"(?:(?:指导|建设|主办|承办|主管|技术支持)(?:单位)?[：:]|版权所有|Copyright|ICP|网站标识码|公网安备|上一篇|下一篇|友情链接)[^\n]*|"
    r"(?<=\d\d:\d\d)\s+(?:来自)?[\u4e00-\u9fff]{2,3}(?=\s|$)"
)
"""What a page prints around its text, of whoever keeps it and wherever it was sent from."""
_NATION = re.compile(
    r"(?<![在占居])全国(?=[^，。；]{0,8}(?:[用土宅供]地|供应|住房)|共|各地|\d+个?(?:城市|省))|中国(?=增加|建设用地|今年)|"
    r"(?:^|(?<=[，。；：（）\s据从]))(?:国家发改委|自然资源部|国土资源部|国土部|住建部|住房和城乡建设部)(?!门|[^，。；]{0,8}(?:《|批[准复]|下达|要求))"
)
"""Who speaks for the whole nation, or what is said of it."""
_ITS_ZONE = re.compile("高新区|经开区|(?:高新|经济)技?术?(?:产业)?开发区|综合保税区")
_LONGER_NAME = re.compile(
    r"[东西南北中]?[店镇村路街河山湖桥湾坡岭渠]|[\u4e00-\u9fff]{0,4}(?:园区|开发区|新区|街道|大道|路|村|镇|小区)"
)
_NAME = (
    r"[^\W\da-zA-Z集优暂停治设辖地房宅年用全我本各个供块记者去今的了在是从"
    r"据于将昨日近们拟预计快和与及为其占]"
)
_KIND = "[市县州旗省]|新?区|街道|镇"
_CALLED = re.compile(
    rf"(?:(?<![\u4e00-\u9fff])|(?<=[从据了而是]))(?:(?:转一下|今年|去年|上半年|下半年|20\d\d年度?)(?=[\u4e00-\u9fff]))?"
    rf"(?:(?P<full>{_NAME}{{2,4}}?(?:{_KIND}))(?=中心城区|主城区|市区|本级|\s?20\d\d\s?年|成立|召开|近期|规划|国土|自然资源|"
    r"上半年|一季度|下半年|已供|今年|人民政府|国有|土地|昨|计划|拟|将|[发公]布|全市|住[房宅])|"
    rf"(?P<bare>{_NAME}{{2,4}}?)(?=今年|去年|20\d\d年|中心城区|市区|上半年|首批)|"
    rf"(?:^(?P<head>{_NAME}{{2,4}}?)(?=[:：]\S))|"
    rf"(?P<paper>{_NAME}{{2,3}})(?:日报|晚报|都市报|新闻网|发布(?=\s)|广播电视台))"
)
"""A place at the beginning of what is said of it, or in the name of its newspaper."""
_SIGNED = re.compile(
    rf"(?:^|\s)({_NAME}{{2,4}}?(?:新区|[市县区旗州]))(?:人民政府|管理委员会|国土资源|自然资源)"
)
_ZONE = re.compile(r"([\u4e00-\u9fff]{2,14}?(?:开发区|新区|园区|示范区|试验区))管理?委员?会")
"""A line of who issues: the board of a zone."""
_SUFFIX = re.compile(rf"(?:{_KIND})$")
_SHORTEST = 2
_BUREAUS = ("国土资源", "自然资源", "规划")
_SAID_BEYOND = 12
_LEVEL = re.compile(
    r"全([省市县区])(?!域)|[我本]([省市县区])(?!级|域)|(?<![\u4e00-\u9fff])(?:在|从|据|今年)?(?:([省市县区])(?:国土|自然|规划|本级)|(市)区(?!别))"
)
"""Words of the level that a text speaks for."""
_YEAR_OF_PLAN = re.compile(
    r"(?<![与比较同于至到、和—–~-])(20\d\d)年(?:度)?(?!以来)[^，。；\d]{0,24}(?:计划|供应(?!的)|供地|出让|整备|改造|再开发|目标|清单|批(?![准复回而]))"
)
_PUBLISHED = re.compile(
    r"(20\d\d)\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}|(?<!\d)(20\d\d)(?:0[1-9]|1[0-2])[0-3]\d(?!\d)"
)
_YEAR_ALONE = re.compile(
    r"(?<![\d至到—–-])(20\d\d)(?=年(?!以来|[底末前至到])|(?![年余多套万公亩平户个宗家人])[\u4e00-\u9fff])"
)
_YEARS_TOLD = (
    (re.compile(r"(?<![-—–至到与比较同于])(20\d\d)年度(?!以来)"), 15),
    (_YEAR_OF_PLAN, 20),
    (re.compile(r"(?<![与比较同于到])(?<!(?<!截)至)(20\d\d)(?=年(?!以来|[底末前至到]))"), 3),
    (re.compile(r"(?<![\d年])(20\d\d)(?=-\d{1,3}号)"), 2),
    (re.compile(r"(?<!\d)(20\d\d)(?!\d|年|[-/.]|[余多]?\s*[套万公亩平户个宗家人])"), 1),
)
"""Ways of naming a year, and how much each says that it is the plan's."""
_PART_OF_PLACE = re.compile("(?<=[市县州])(?:[市县]?本级|中心城区|主城区|县域)$")
_CHINESE_YEAR = re.compile("[一二][〇○零九][〇○零一二三四五六七八九]{2}(?=年)")
_BEYOND = ("71", "81", "82")
"""What codes of places with another law of land begin with."""
_PLACES_BEYOND = tuple((place, words("beyond", place)) for place in ("香港", "澳门", "台湾"))
_THIS_YEAR = re.compile(r"今年|本年")
_PLAN_OF_YEAR = re.compile(
    r"(?<![与比较同于至到、和—–~-])(20\d\d)年度?[\u4e00-\u9fff]{0,24}?(?:计划|方案)(?![^。]{0,6}(?:执行|完成|实施)(?:情况|率))"
)
_OF_LAST_YEAR = re.compile("(?<![比较与于和同为])去年(?!同期)")
_DATE_LINE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Title, place, time and kind of a document; what is not stated is empty or None.

    ``code`` is the division that the place is; ``scope`` the one that it is or lies in; ``spoken``
    the year that the text calls 今年.
    """

    title: str = ""
    jurisdiction: str = ""
    code: str = ""
    scope: str = ""
    year: int | None = None
    start: date | None = None
    end: date | None = None
    spoken: int | None = None
    genre: Genre = field(default_factory=Genre)

    @property
    def division(self) -> str:
        """The place without the part of its land that a plan is for (甲市中心城区, but 甲市区).

        Examples
        --------
        >>> Identity(jurisdiction="赣州市中心城区", code="360700").division
        '赣州市'
        """
        return _PART_OF_PLACE.sub("", self.jurisdiction)


def identify(paragraphs: Sequence[str], captions: Iterable[str] = ()) -> Identity:
    """Find title, place and period in the paragraphs of a document.

    Examples
    --------
    >>> found = identify(["附件1", "巴楚县2025年度国有建设用地", "供应计划", "一、总则"])
    >>> found.title, found.jurisdiction, found.code, found.year
    ('巴楚县2025年度国有建设用地供应计划', '巴楚县', '653130', 2025)
    """
    lines = paragraphs
    paragraphs = [half_width(text[:_FRONT_LENGTH]) for text in paragraphs]
    title = _title(paragraphs) or _title_in_text(paragraphs, captions)
    title = _CLAUSE_LEAD.sub("", _LETTER.sub("", re.split(r"[|丨]", title)[-1]))
    jurisdiction, scope = _jurisdiction(title, paragraphs)
    front = paragraphs[:_HEAD_LINES]
    if title and scope and not any(title in text for text in front):
        above = _most_named(front)  # a province's news that names a city's plan further down
        if above[1] in {d.code for d in divisions.ancestors(scope)}:
            title, (jurisdiction, scope) = "", above
    code = "" if divisions.match(jurisdiction).kind == "zone" else scope
    beyond = jurisdiction if scope[:2] in _BEYOND else ""
    genre = decide(lines, title=title, elsewhere=beyond)
    start, end = _period(title, paragraphs, past=bool(genre.reason))
    return Identity(
        title=title,
        jurisdiction=jurisdiction,
        code=code,
        scope=scope,
        year=start.year if start else None,
        start=start,
        end=end,
        spoken=_spoken(paragraphs, start, end),
        genre=genre,
    )


def _spoken(paragraphs: Sequence[str], start: date | None, end: date | None) -> int | None:
    """Give the year that 今年 is: the plan's, or the one before, where 明年 is the plan's."""
    if start is None or end is None:
        return None
    before = start.year - 1
    dated = {int(y) for t in paragraphs for m in _PUBLISHED.finditer(t) for y in m.groups() if y}
    return before if before in dated and any("明年" in t for t in paragraphs) else end.year


def _title(paragraphs: Sequence[str]) -> str:
    """Find the first short line that ends like a title, with the line above it if broken."""
    for i, line in enumerate(paragraphs[:_FRONT]):
        text = re.sub(r"》?的?(?:通知|公告|公示|通告)$", "", line)
        if len(text) > 60 or re.search(r"[。；，：]", text) or not _TITLE.search(text):
            continue
        if re.match(r"^(?:附件|附表|[（(]?[一二三四五六七八九十\d]+[、.）)])", text):
            continue
        named = bool(_YEAR.search(text)) or bool(divisions.find_names(text))
        above = paragraphs[i - 1] if i else ""
        broken = (
            not named and 0 < len(above) <= 40 and not re.search(r"[。；，：]|^附|[）)]$", above)
        )
        if not named and re.search(r"\s\S+\s", text):
            continue  # the headings of a table
        return re.sub(r"\s+", " ", above + text if broken else text).strip()
    return ""


def _title_in_text(paragraphs: Sequence[str], captions: Iterable[str]) -> str:
    """Find what a document without a title line calls itself, in its text or its annexes."""
    found = (m.group() for text in paragraphs for m in _IN_TEXT.finditer(text))
    names = Counter(_SAID_BEFORE.sub("", name) for name in found)
    lines = [line for text in (*paragraphs, *captions) for line in text.split("\n")]
    named = [
        m.group()
        for line in lines
        if (m := _ANNEX.match(re.sub(r"^附?[表件]?\d*[.:：、]*\s*", "", line)))
    ]
    named = [n for n in named if _YEAR.search(n)]
    whole = Counter({n: k for n, k in names.items() if "建设用地" in n})
    names = whole or names  # the plan of all land before that of its homes
    if names:
        return re.sub(r"^.*?[，。；、]", "", names.most_common(1)[0][0])
    return named[0] if named else next(filter(_LIST.fullmatch, lines), "")


def _jurisdiction(title: str, paragraphs: Sequence[str]) -> tuple[str, str]:
    """Give the place that a plan is for, and its code: of the title, an office, or the text."""
    about = next((m[1] for t in paragraphs[:_HEAD_LINES] if (m := _ABOUT.search(t))), "")
    if not title and _code(about):
        return about, _code(about)
    bare = re.sub(r"^.*?印发\s*《?", "", title)
    bare = re.sub(r"^(?:20\d\d\s*[-–—至]?\s*(?:20\d\d)?年度?|《|关于|\s)+", "", bare)
    head = _HEAD_END.split(bare, maxsplit=1)[0]
    head = re.sub(r"(?:人民政府|自然资源(?:和规划)?局).*$", "", head)
    head = re.sub(
        r"^.*(?:公[布开]|印发|批准|下达|发布|组织|实施)(?=[^市县区州旗]{2,6}[市县区州旗])",
        "",
        _LEAD.sub("", head),
    )
    head = re.sub(r"(?<=.)(?:部分|各|所辖|下辖)[市县区旗、（）]{1,6}$", "", head)
    if whole := _WHOLE.fullmatch(head):  # 宁波全市
        head = whole[1] + whole[2]
    before, _, after = re.sub(r"^年度?", "", head).partition(_says(head))
    head = before if divisions.match(before).code or not after else after
    if (
        len(head) >= 2
        and not _NO_PLACE.fullmatch(head)
        and not re.search("[我各个该]|本(?!级)", head)
        and (_PLACE.search(head) or divisions.match(head).code)
    ):
        return (head if _PLACE.search(head) else divisions.match(head).name), _code(head)
    opens = _OPENS.match(bare)  # 甲市城市建设与土地利用规划…
    if opens and opens.group()[0] not in "各我全个" and not _NO_PLACE.fullmatch(opens.group()):
        return opens.group(), _code(opens.group())
    cities = next((m[1] for t in paragraphs[:_HEAD_LINES] if (m := _ITS_CITIES.search(t))), "")
    if cities:
        return cities, _code(cities)
    return _of_office(paragraphs) or _most_named(paragraphs)


def _of_office(paragraphs: Sequence[str]) -> tuple[str, str] | None:
    """Give the place of the office that issues a text: of a place that is known, of a zone, any."""
    told = (m[1] for text in paragraphs for m in _OFFICE.finditer(text))
    offices = Counter(_LEAD.sub("", name) for name in told)
    for name, _ in offices.most_common():
        code = _code(name) if divisions.match(name).code else ""
        above = divisions.ancestors(code)[-1:] if code else ()
        if code and _is_headed(code, above[0].name if above else "", paragraphs):
            return name, code
    zone = next((m[1] for t in paragraphs[:_HEAD_LINES] if (m := _ZONE.fullmatch(t))), "")
    if zone:
        return zone, _code(zone)
    signed = Counter(m[1] for text in paragraphs for m in _SIGNED.finditer(text))
    if signed:  # an office of a place that no list knows
        name = signed.most_common(1)[0][0]
        return name, _code(name)
    return None


def _says(head: str) -> str:
    """Give the verb in a headline: 甲市公布市辖区…计划."""
    verb = _VERB.search(head)
    return verb.group() if verb else "\n"


def _most_named(paragraphs: Sequence[str]) -> tuple[str, str]:
    """Find the place that a text is about: named most, first, and before what a plan says."""
    paragraphs = [_FURNITURE.sub("", t) for t in paragraphs]
    told = "\n".join(t[:_FRONT_LENGTH] for t in paragraphs)
    above, below = _named(paragraphs, told)
    whole = Counter(m[m.lastindex or 0] for text in paragraphs for m in _LEVEL.finditer(text))
    of_city = whole["市"] > whole["区"] + whole["县"]  # whose text is no district's
    name, most = above.most_common(1)[0] if above.total() else ("", 0)
    own, weight = _own_name(paragraphs)
    if of_city and own.endswith(("区", "县")):
        own, weight = "", 0
    weight = _outweighed(weight, own, name, paragraphs)
    if weight > max(most, below.total() / 2):
        return own, _code(own) if _SUFFIX.search(own) else ""
    if name == "全国":
        return name, ""
    code = _below(below, name, most, of_city=of_city)
    code = code if code and _is_headed(code, name, paragraphs, of_city=of_city) else ""
    if not code and of_city and (most < _LEAST_TOLD or name.endswith(("省", "自治区"))):
        code = _of_company(told)
    if code:
        return divisions.division(code).name, code
    return (name, _code(name)) if name else (own, _code(own) if _SUFFIX.search(own) else "")


def _named(paragraphs: Sequence[str], told: str) -> tuple[Counter[str], Counter[str]]:
    """Weigh the places that a text names: those above counties, and counties."""
    above: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for i, text in enumerate(t[:_FRONT_LENGTH] for t in paragraphs):
        near = _nearness(i)
        for m in _above_counties().finditer(text):
            below_it = _counties().match(text, m.start())
            if below_it and below_it.end() > m.end():
                continue  # the name of a city and of a district: 朝阳区
            part = _counties().match(text, m.end())  # 甲市乙区
            above[divisions.match(m.group()).name] += 1 if part else _weight(m, text, near)
        for m in _counties().finditer(text):
            if m.start() or _SUFFIX.search(m.group()) or told.count(m.group()) > 1:
                below[m.group()] += _weight(m, text, near)
        above["全国"] += 2 * near * len(_NATION.findall(text))
    for place, words_of in _PLACES_BEYOND:
        said = set(words_of.findall("\n".join(paragraphs)))
        above[divisions.match(place).name] += _SAID_BEYOND * len(said) if len(said) > 1 else 0
    return above, below


def _of_company(text: str) -> str:
    """Give the city in which most of the places lie that a text names short, if it names some.

    One short name may be any word (通州, 长安); of several that lie in one city each proves the
    others.
    """
    named: dict[str, set[str]] = {}
    for name in {m.group() for m in _short_places()[0].finditer(text)}:
        for code in _short_places()[1][name]:
            named.setdefault(code, set()).add(name)
    ranked = Counter({code: len(names) for code, names in named.items()}).most_common(2)
    first, second = (*ranked, ("", 0), ("", 0))[:2]
    return first[0] if first[1] >= max(_LEAST_COMPANY, 2 * second[1]) else ""


@cache
def _short_places() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """Give the short names of the counties of cities, or of townships, and of which cities."""
    cities: dict[str, list[str]] = {}
    for city in divisions.descendants():
        municipality = city.level == "province" and city.name.endswith("市")
        if city.level != "prefecture" and not municipality:
            continue
        parts = divisions.children(city.code)
        for short in (s for d in parts for s in divisions.short_names(d.name)):
            if len(short) == _SHORTEST:
                cities.setdefault(short, []).append(city.code)
    return re.compile(_any_of(set(cities))), cities


def _outweighed(told: int, own: str, name: str, paragraphs: Sequence[str]) -> int:
    """Weigh a short name that no list knows (甬城) half, where a known city's bureau is named."""
    bureau = name and any(f"{name}{of}" in t for t in paragraphs for of in _BUREAUS)
    return told // 2 if bureau and not _SUFFIX.search(own) else told


def _below(below: Counter[str], above: str, most: int, *, of_city: bool) -> str:
    """Give the county that a text is about, or the city of its districts; "" for what is above."""
    cities = {n: k for n, k in below.items() if divisions.match(n).name.endswith("市")}
    if of_city and (above or cities):
        below = Counter(cities)
    counties = _codes_of(below, _code(above) if above else "")
    code, weight = counties.most_common(1)[0] if counties else ("", 0)
    return code if weight > most and weight >= 2 * (sum(counties.values()) - weight) else ""


def _is_headed(code: str, above: str, paragraphs: Sequence[str], *, of_city: bool = False) -> bool:
    """Whether the first lines name a county, where they name its city or the text is a city's."""
    headed = paragraphs[: _HEAD_LINES if above else 1]
    head = "\n".join(t[:_MOST_HEAD] for t in headed)
    own = divisions.division(code).name
    if own[-1] in "市省" or any(short in head for short in divisions.short_names(own)):
        return True
    named = above and any(s in head for s in (above, *divisions.short_names(above)))
    return not (named or (of_city and not above))


def _known(name: str, paper: str | None) -> bool:
    """Whether a list knows a place: a city for a newspaper; townships are called anything."""
    found = divisions.match(name).division
    return found is not None and found.level not in ("township", "county" if paper else "")


def _own_name(paragraphs: Sequence[str]) -> tuple[str, int]:
    """Find the place that no list knows and a text is about; and how much tells so."""
    text = "\n".join(t[:_FRONT_LENGTH] for t in paragraphs)
    stems: dict[str, None] = {}
    for i, line in enumerate(paragraphs):
        for m in _CALLED.finditer(line[:_FRONT_LENGTH]):
            name = m["full"] or m["bare"] or m["head"] or m["paper"]
            stem = _SUFFIX.sub("", name)
            if (m["head"] and i >= _HEAD_LINES) or _is_no_name(name, stem):
                continue
            if m["head"] and len(re.findall(rf"(?m)^{name}[:：]", text)) > 1:
                continue  # who speaks
            heads = i < _FIRST_LINES and (m["paper"] or (i == 0 and m.start() == 0))
            heads = heads or (m["full"] and i < _HEAD_LINES)
            again = rf"(?<![\u4e00-\u9fff]){stem}" if m["head"] and i else stem  # 时间：
            twice = len(re.findall(again, text)) > 1
            if len(stem) >= _SHORTEST and (heads or twice) and not _known(name, m["paper"]):
                stems[stem] = None
    told: Counter[str] = Counter()
    for i, line in enumerate(paragraphs):
        for stem in stems:
            for m in re.finditer(rf"{stem}(?:{_KIND})?", line[:_FRONT_LENGTH]):
                told[stem] += _weight(m, line, _nearness(i))
    if not told:
        return "", 0
    stem, most = told.most_common(1)[0]
    full = Counter(re.findall(rf"{stem}(?:{_KIND})(?!区)", text))
    return (full.most_common(1)[0][0] if full else stem), most


def _is_no_name(name: str, stem: str) -> bool:
    """Whether words are a verb, or go on behind a listed place: 下达2017年, 广汉敲定.

    With an ending of a place they may be one that no list has.
    """
    begins = (stem[:n] for n in range(_SHORTEST, len(stem)) if name == stem)
    words_of = _NO_PLACE.fullmatch(name) or _VERB.search(stem) or _LEAD.search(stem)
    return bool(words_of) or any(_known(place, None) for place in begins)


def _nearness(line: int) -> int:
    """Say how much more a line tells what a text is about than one far below."""
    return 6 if line == 0 else 3 if line < _FIRST_LINES else 1


def _weight(found: re.Match[str], text: str, near: int) -> int:
    """Say how much a name tells that the text is about it."""
    if _NEWSPAPER.match(text, found.end()) or text.startswith("今日", found.start() - 2):
        return 1
    full = _PLACE.search(found.group()) is not None
    if not full and _LONGER_NAME.match(text, found.end()):
        return near if _ITS_ZONE.match(text, found.end()) else 0  # 朝阳 in 朝阳化工园区
    said = 3 if _SAID_OF.match(text, found.end()) else 1
    return (2 if full or said > 1 else 1) * near * said


def _codes_of(names: Counter[str], above: str) -> Counter[str]:
    """Give the weights of counties by their codes, those alone that are known without doubt."""
    codes: Counter[str] = Counter()
    for name, weight in names.items():
        found = divisions.match(name, within=above or None)
        found = found if found.code else divisions.match(name)
        if found.division and found.division.level == "county":
            codes[found.code] += weight
    return codes


@cache
def _above_counties() -> re.Pattern[str]:
    """Match the names of provinces, prefectures and municipalities, in full or short."""
    above = (d for d in divisions.descendants() if d.level in ("province", "prefecture"))
    named = [d for d in above if d.level == "province" or _PLACE.search(d.name)]
    short = {s for d in named for s in divisions.short_names(d.name) if len(s) > 1}
    return re.compile(_any_of({d.name for d in named} | short))


@cache
def _counties() -> re.Pattern[str]:
    """Match the names of counties and districts in full, and short where something is said."""
    named = {d.name for d in divisions.descendants() if d.level == "county" and len(d.name) > 2}
    short = {n[:-1] for n in named if len(n) == len("某某区")}
    return re.compile(
        rf"{_any_of(named)}|(?:^|(?<=·))(?:{_any_of(short)})(?!{_KIND}|{_LONGER_NAME.pattern})|(?:(?<![\u4e00-\u9fff])|(?<=[在从据对使获市年中]))(?:{_any_of(short)})"
        r"(?=分局|今年|去年|土地|供地|供应|计划|拟|将|区|推进|推地|举办|街道|公布|发布|出台|印发|住宅|\d|[，、,])"
    )


def _any_of(names: set[str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


def _code(name: str) -> str:
    found = divisions.match(name)
    if found.code and found.division and found.division.level != "township":
        return found.code
    for length in range(len(name) - 1, 1, -1):
        part = divisions.match(name[:length])
        if part.kind == "exact" and part.division and part.division.level != "township":
            return part.code
    return ""


def _period(
    title: str, paragraphs: Sequence[str], *, past: bool
) -> tuple[date | None, date | None]:
    title = _YEAR_BEFORE.sub("", _SPAN_ABOVE.sub("", _years_in_digits(title)))
    paragraphs = [_years_in_digits(text) for text in paragraphs]
    short = [t for t in paragraphs[:_HEAD_LINES] if len(t) <= _DATE_LINE and t[-1:] != "。"]
    head = title or " ".join(_PUBLISHED.sub("", t) for t in short)
    own = _year_of(head, title=title)
    rolling = next((m for t in paragraphs[:_FIRST_LINES] if (m := _ROLLING.search(t))), None)
    if m := _YEARS.search(title) or _SPAN_OF_PLAN.search(head) or (None if own else rolling):
        first, last = (int(y) for y in m.groups() if y)
        return date(first, 1, 1), date(last, 12, 31)
    five = _FIVE_YEARS.search(head)
    if five and not own:
        last = _FIVE_YEARS_END + 5 * ("一二三四五".index(five[1]) + 1)
        return date(last - 4, 1, 1), date(last, 12, 31)
    for text in paragraphs:
        for sentence in re.split("[。；]", text):
            if _PERIOD.search(sentence):
                spans = [s for s in find_dates(sentence) if (s.last - s.first).days > 300]
                if spans and not (own and spans[0].last.year > spans[0].first.year + 1):
                    return spans[0].first, spans[0].last
    several = (_YEARS_OF_HOMES.search(t) for t in paragraphs[:_FIRST_LINES])
    if not own and (span := next(filter(None, several), None)):
        first, last = (int(y) for y in span.groups() if y)
        return date(first, 1, 1), date(last, 12, 31)
    year = own or _year_in_text(paragraphs, past=past)
    return (date(year, 1, 1), date(year, 12, 31)) if year else (None, None)


def _year_of(head: str, *, title: str) -> int | None:
    """Give the first year of a title, or the only one that a headline names."""
    if title:
        return int(m[1]) if (m := _YEAR.search(title)) else None
    named = {int(y) for y in _YEAR_ALONE.findall(head)}
    return named.pop() if len(named) == 1 else None


def _years_in_digits(text: str) -> str:
    """Write years in digits: 二〇一二年度."""
    return _CHINESE_YEAR.sub(lambda m: "".join(str(DIGITS.get(c, c)) for c in m.group()), text)


def _year_in_text(paragraphs: Sequence[str], *, past: bool) -> int | None:
    """Find the year of a plan that no headline names: in which it is dated, or that is most told.

    今年 is the year in which a text is published, whatever other years it tells of; 去年 alone in
    its headline is the one before.
    """
    dated = _dated(paragraphs)
    relative = any(_THIS_YEAR.search(t) for t in paragraphs)
    head = "".join(t for t in paragraphs[:_HEAD_LINES] if len(t) <= _FRONT)
    plans = {int(m[1]) for t in paragraphs for m in _PLAN_OF_YEAR.finditer(t)}
    told = {int(m[1]) for t in paragraphs for m in _YEAR_OF_PLAN.finditer(t)} | plans
    of_last = _OF_LAST_YEAR.search(head) and not _THIS_YEAR.search(head)
    if dated and of_last and dated not in told:
        return dated - 1
    older = len(plans) != 1 and max(plans, default=0) < (dated or 0)
    if dated and relative and (dated in plans or older):
        return dated
    weights: Counter[int] = Counter()
    for i, text in enumerate(paragraphs):
        near = 2 if i < _FIRST_LINES else 1
        for pattern, weight in _YEARS_TOLD:
            for m in pattern.finditer(text):
                weights[int(m[1])] += weight * near
        for m in _PUBLISHED.finditer(text):
            line = i < _FIRST_LINES and len(text) <= _FRONT
            weights[int(m[1] or m[2])] += 60 if past else 20 if relative else 12 if line else 1
    year = max(weights, key=lambda y: (weights[y], y)) if weights else None
    return None if relative and year and weights[year] < _TOLD_ENOUGH else year


def _dated(paragraphs: Sequence[str]) -> int | None:
    """Give the year in which a text was published, by a date in its first lines or its last."""
    lines = [*paragraphs[:_FIRST_LINES], *paragraphs[_FIRST_LINES:][-1:]]
    dates = (m for t in lines if len(t) <= _DATE_LINE for m in _PUBLISHED.finditer(t))
    return next((int(m[1] or m[2]) for m in dates), None)
