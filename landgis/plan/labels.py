"""What the words of a table say: captions, headings, row labels, units, numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal

from landgis.landuse import canonical
from landgis.plan.context import Context
from landgis.plan.mentions import facets_of
from landgis.plan.names import Names
from landgis.plan.numerals import half_width
from landgis.plan.statements import Facets
from landgis.units import M2_PER_UNIT, UNIT_ALIASES, unit_name

UNITS = "|".join(sorted(map(re.escape, {*M2_PER_UNIT, *UNIT_ALIASES}), key=len, reverse=True))
UNIT_NOTE = re.compile(rf"单位\s*[：:]?\s*[^，。\n]*?({UNITS})")
_UNIT_IN_LABEL = re.compile(rf"[（(/\[【]\s*({UNITS})\s*[)）\]】]?|({UNITS})$")
_CELL = re.compile(rf"约?\s*(\d[\d,，]*(?:\.\d+)?|\.\d+)\s*({UNITS}|%)?\s*(?:以上|以内|左右)?")
OTHER_UNITS = ("%", "％", "宗", "个", "套", "万元", "亿元")
TOTAL = re.compile(
    r"(?:总计|合计|总量|小计|共计|计|总供应量|供应总量|总面积|全部|.*(?:面积|数量|规模|供应量|供地量|总量|总计|合计))"
)
_AMONG = re.compile(r"^\s*(?:其中|包括|含)\s*[：:]?\s*")
_NUMBERING = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十\d]+[）).、．]\s*|[①-⑳]|[-—·•]+)\s*")
_CHANGE = re.compile(
    r"调整前|原(?:计划|安排|定|下达)|调整(?:面积|数量?|幅度|情况)|变化|增减|调[增减]"
)
_PAST = re.compile(r"上一?年|去年|实际|完成情况|已(?:供|完成)|同比|增长|执行情况|累计|库存|储备")
_YEAR = re.compile(r"(20\d\d)\s*(?:年|$)")


@dataclass(frozen=True)
class Label:
    """What the words of a heading or row label say."""

    facets: Facets = field(default_factory=Facets)
    among: bool = False
    total: bool = False
    share: bool = False
    rest: bool = False

    def under(self, use: str) -> Label:
        """Take 其他 under a use as the rest of that use: 其他住宅用地."""
        if not (self.rest and use):
            return self
        return replace(self, facets=replace(self.facets, use=f"其他{use}"), rest=False)


def bare_name(text: str) -> str:
    """Leave out the numbering, 其中 and the unit around a label.

    Examples
    --------
    >>> bare_name("（一）其中：住宅用地（公顷）")
    '住宅用地'
    """
    text = _NUMBERING.sub("", re.sub(r"\s+", "", text))
    text = _AMONG.sub("", text)
    text = _NUMBERING.sub("", text)
    text = re.sub(rf"[（(](?:{UNITS}|[%％]|单位[^）)]*)[）)]", "", text)
    return text.strip("：:*＊ ")


def says_among(text: str) -> bool:
    """Whether a heading or row label begins with 其中.

    Examples
    --------
    >>> says_among("其中：工业用地"), says_among("工业用地")
    (True, False)
    """
    return bool(_AMONG.match(_NUMBERING.sub("", text)))


def read_label(text: str, names: Names) -> Label:
    """Read a row label or heading: uses, regions, land sources … in it, 其中, 合计.

    Examples
    --------
    >>> label = read_label("其中：存量住宅用地", Names())
    >>> label.among, label.facets.use, label.facets.source
    (True, '住宅用地', '存量')
    """
    among = says_among(text)
    name = bare_name(text)
    share = bool(re.search(r"占比|比例|比重|[%％]", text))
    if not name:
        return Label(among=among, share=share)
    if canonical(name):
        rest = name in ("其他", "其它")
        return Label(Facets(use=name), among=among, share=share, rest=rest)
    if names.is_whole(name):
        return Label(among=among, total=True, share=share)
    region, code = names.region(name)
    if code or name in names.learned:
        return Label(Facets(region=region, code=code), among=among, share=share)
    facets = facets_of(names.find(name + "1"))
    return Label(facets, among, bool(TOTAL.fullmatch(name)) and facets == Facets(), share)


def label_unit(text: str) -> str:
    """Give the unit that a heading or row label ends with: 面积（亩）.

    Examples
    --------
    >>> label_unit("供应面积（亩）"), label_unit("供应面积")
    ('亩', '')
    """
    m = _UNIT_IN_LABEL.search(text)
    return (unit_name(m[1] or m[2]) or "") if m else ""


def table_unit(text: str) -> str:
    r"""Give the unit that a caption names for the whole table.

    Examples
    --------
    >>> table_unit("附表1 汇总表\n单位：公顷"), table_unit("宗地清单（亩）")
    ('公顷', '亩')
    """
    m = UNIT_NOTE.search(text) or re.search(rf"[（(]\s*({UNITS})\s*[)）]", text)
    return (unit_name(m[1]) or "") if m else ""


def read_number(text: str) -> tuple[Decimal, str] | None:
    """Read a cell that is a number, with its unit if it has one.

    Examples
    --------
    >>> read_number("1,234.50亩"), read_number("12宗")
    ((Decimal('1234.50'), '亩'), None)
    """
    m = _CELL.fullmatch(half_width(text).strip())
    if m is None:
        return None
    return Decimal(re.sub("[,，]", "", m[1])), m[2] or ""


def caption_facets(caption: str, context: Context) -> Facets:
    """Give what a table's title restricts it to: one region, or one use."""
    lines = caption.split("\n")
    mentions = [m for line in lines for m in context.names.find(re.sub(r"\s+", "", line))]
    regions = {(m.name, m.code) for m in mentions if m.kind == "region"}
    uses = {m.name for m in mentions if m.kind == "use"}
    facets = context.facets
    if len(uses) == 1:
        facets = replace(facets, use=uses.pop())
    if len(regions) == 1:
        name, code = regions.pop()
        facets = replace(facets, region=name, code=code)
    return facets


def is_past(text: str, context: Context) -> bool:
    """Whether words say that figures are of another time, or of something else than supply."""
    if _PAST.search(text) and not re.search(r"拟供|计划供", text):
        return True
    years = [int(y) for y in _YEAR.findall(text)]
    start, end = context.start, context.end
    if not years or start is None or end is None:
        return False
    return not any(start <= y <= end for y in years)


def is_replaced(text: str) -> bool:
    """Whether a heading's figures are not those that hold: former ones, and changes to them.

    Examples
    --------
    >>> is_replaced("调整前"), is_replaced("原计划供应面积"), is_replaced("调整后供应面积")
    (True, True, False)
    """
    return bool(_CHANGE.search(text))


def year_of_programme(text: str, context: Context) -> str:
    """Name a single year of a plan of several years: a part of its time."""
    years = _YEAR.findall(text)
    several = context.start is not None and context.start != context.end
    return f"{years[0]}年" if several and len(years) == 1 else ""
