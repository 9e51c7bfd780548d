"""The columns of a table: which rows are its header, what each column's headings say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations, pairwise
from types import MappingProxyType
from typing import NamedTuple

from landgis.landuse import canonical, main_category
from landgis.plan.dates import half_width
from landgis.plan.documents.blocks import Cell, TableBlock
from landgis.plan.documents.headings import same_areas
from landgis.plan.identity import Context
from landgis.plan.names import NO_REGION, REGION_LIKE, Names
from landgis.plan.quantities import Qualifier
from landgis.plan.statements import GIVES_WAY, Facets, Mention, facets_of, within_use
from landgis.units import M2_PER_UNIT, UNIT_ALIASES, unit_name

UNITS = "|".join(sorted(map(re.escape, {*M2_PER_UNIT, *UNIT_ALIASES}), key=len, reverse=True))
UNIT_NOTE = re.compile(rf"单位[^，。\n]*?({UNITS})")
_UNIT_BEHIND = re.compile(rf"[（(]\s*(?:面积\s*[：:]\s*)?({UNITS})\s*[)）；;/／]")
_UNIT_IN_LABEL = re.compile(rf"[（(/\[【]\s*({UNITS})\s*[)）\]】]?|({UNITS})$")
_CELL = re.compile(  # a number of 400 digits measures no land
    rf"(?:\s*约?\d[\d,，]{{0,19}}(?:\.\d{{1,20}})?\s*(?:{UNITS})?\s*(?:{GIVES_WAY}))?"
    rf"\s*(?P<before>约|[≥≤><]=?)?\s*(?P<number>\d[\d,，]{{0,19}}(?:\.\d{{1,20}})?|\.\d{{1,20}})"
    rf"\s*(?P<unit>{UNITS}|%)?\s*(?P<after>以上|以内|左右)?"
    r"\s*(?:[*＊※#]|\[\d\])?\s*(?:[（(](?!\s*约?[\d.])[^（()）]*[）)])?\s*"
)
_QUALIFIERS: Mapping[str, Qualifier] = MappingProxyType(
    {
        **dict.fromkeys(("约", "左右"), "about"),
        **dict.fromkeys(("≥", ">", "以上"), "at_least"),
        **dict.fromkeys(("≤", "<", "以内"), "at_most"),
    }
)
NUMBER_IN_CELL = re.compile(
    r"(?>\d[\d,]{0,20}(?:\.\d{1,12})?|(?<!\d)\.\d{1,12})(?!\d|\s?[年月日])"  # no 2025年
)
_NOTE = re.compile(r"[（(][^（()）]*[）)]")
_LIKE_NUMBER = re.compile(rf"[\d\s,，.+＋*＊≥≤><=~～约]*\d[\d\s,，.+＋*＊|]*(?:{UNITS}|%)?[*＊\s]*")
OTHER_UNITS = ("%", "％", "宗", "个", "套", "万元", "亿元")
TOTAL = re.compile(
    r"(?:总计|合计|总量|小计|共计|计|总供应量|供应总量|总面积|全部|.*(?:面积|数量|规模|供应量|供地量|总量|总计|合计))"
)
_ANY_ZONE = re.compile("(?:经济|高新|技术|产业|工业)*(?:开发区|园区)|高新区|经开区|新区")
_IN_BRACKETS = re.compile(r"[（(][^（()）]*[)）]")
_COUNTY = 6  # digits of a county's code
_OF_PAIRS = 2  # columns of names and areas alone: 片区 are places, no projects
_PART_IN_BRACKETS = re.compile(r"[（(][^（()）]{1,8}[内外部侧片][)）]$")  # 江北区（内环内）
_SIZE_OF_HOMES = re.compile("(?:㎡|平方米|平米|平)(?:及?以[上下内])")  # a heading: 90㎡以下
_SUMMED = re.compile(r"(?:总计|合计|总合计|小计|共计)$")
_JOINED_USE = re.compile("(?:用地)?(?:[、和及与]|以及)[\u4e00-\u9fff]{2,14}")
_BEHIND_USE = re.compile(
    r"(?:[（(][^（()）]*[)）]|供应|供地|计划|面积|规模|总量|数量|[小合总共]计|需求|指标|任务|量)+$"
)
_BEFORE_USE = re.compile(
    r"(?!.*(?:新增|存量|出让|划拨|租赁|计划|供应|年度?|全[市县区]|[区县市镇乡]))[\u4e00-\u9fff、]{2,10}"
)
_OF_NO_LAND = re.compile(
    "[套户宗个]数|[率价比]|套$|面积|规模|总量|数量|计划|指标|任务|合计|平均|公顷|亩"
)
_OF_ANY_PLAN = re.compile(
    r"新增|存量|增量|出让|划拨|租赁|作价出资|入股|协议|招拍挂|供应|供地|计划|国有|建设|用地|土地|面积|规模|总量|数量|[合小总共]计|"
    r"年度|20\d\d年?|本年|当年|拟|安排|指标|任务|目标|其中|方式|来源|项目|调整后|全[市县区]|上半年|下半年|季度|改造|更新|再开发|整备|实施|[总计占地的]|"
    r"[（(][^（()）]*[)）]|[\W\d_]"
)
_AMONG = re.compile(r"^\s*(?:其中|包括|含|[#＃])\s*[：:]?\s*")
_NUMBERING = re.compile(r"^\s*(?:[（(]?[一二三四五六七八九十\d]+[）).、．]\s*|[①-⑳]|[-—·•]+)\s*")
_INSIDE = re.compile(r"^[\u4e00-\u9fff]{2,6}[·•・](?=[\u4e00-\u9fff]{2,})")
"""What a place lies in: 湖西·青云区."""
_BY = re.compile(
    "^[按分](?:供应|供地|土地|用地)?(?:来源|类型|类别|用途|性质|方式|结构|区域|区)(?:来?看|划?分)?：?"
)
"""What parts the whole, and is no name: 按来源."""
_CHANGE = re.compile(
    r"调整前|原(?:计划|安排|定|下达)|调整(?:面积|数量?|幅度|情况)|变化|增减|[调核][增减]|^[净]?(?:[增减][加少]|[升降]幅|差额?)"
)
_PAST = re.compile(
    r"上一?年|去年|实际|完成情况|已(?:供|完成)|同比|增长|执行情况|累计|库存|储备|现状"
)
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
    """Leave out the numbering, 其中, how the whole is parted and the unit around a label.

    Examples
    --------
    >>> bare_name("（一）其中：住宅用地（公顷）"), bare_name("按来源分：存量")
    ('住宅用地', '存量')
    """
    text = _NUMBERING.sub("", re.sub(r"\s+", "", text))
    text = _BY.sub("", _AMONG.sub("", text))
    text = _NUMBERING.sub("", text)
    text = re.sub(rf"[（(](?:{UNITS}|[%％]|单位[^）)]*)[）)]", "", text)
    return _INSIDE.sub("", text).strip("：:*＊ ")


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
    name = _of_path(bare_name(text))
    share = bool(re.search(r"占比|比例|比重|[%％]", text))
    if not name:
        return Label(among=among, share=share)
    region, code = _region(name, names)
    if canonical(name) and not (names.code and code):  # but 盐田, a district of the plan's city
        rest = name in ("其他", "其它")
        return Label(Facets(use=name), among=among, share=share, rest=rest)
    summed = _SUMMED.sub("", name)
    if names.is_whole(name) or (summed != name and _is_own(summed, names)):
        return Label(among=among, total=True, share=share)
    joined = summed != name and bool(re.search("[及和与、]", summed))
    group = joined and {m.kind for m in names.find(summed + "1")} == {"region"}
    region, code = (summed, "") if group else (region, code)  # 长乐及县（市）小计
    if group or code or _ANY_ZONE.fullmatch(region) or name in names.learned:
        return Label(Facets(region=region, code=code), among=among, share=share)
    narrowed = REGION_LIKE.fullmatch(region) or _PART_IN_BRACKETS.search(region)
    whole = _IN_BRACKETS.sub("", region)
    if REGION_LIKE.fullmatch(whole) and not (canonical(whole) or NO_REGION.search(whole)):
        return Label(Facets(region=region if narrowed else whole), among=among, share=share)
    mentions = names.find(name + "1")
    facets = facets_of(mentions)
    if facets.region and "、" in name and sum(m.kind == "region" for m in mentions) > 1:
        facets = replace(facets, region=name, code="")
    elif facets != Facets() and not facets.use:
        left = _left(name, mentions)
        facets = replace(facets, use=left if canonical(left) not in ("", "其他用地") else "")
    if facets.use and (printed := _longer_use(name, facets.use)):
        facets = replace(facets, use=printed)
    return Label(facets, among, bool(TOTAL.fullmatch(name)) and facets == Facets(), share)


def _of_path(name: str) -> str:
    """Give the use that a heading with a use above it names: 住宅用地-商品住房, 住宅用地-总量."""
    above, _, own = name.partition("-")
    if not (own and canonical(above)):
        return name
    return above if TOTAL.fullmatch(own) else own if canonical(own) else name


def _left(name: str, mentions: Sequence[Mention]) -> str:
    """Give what is left of a label without the names in it: 商品住宅 of 商品住宅公开出让."""
    cuts = (0, *(at for m in mentions for at in (m.start, m.end)), len(name))
    return "".join(name[a:b] for a, b in zip(cuts[::2], cuts[1::2], strict=True))


def _region(name: str, names: Names) -> tuple[str, str]:
    """Give a region's name, and its code unless it is a guess: 中小 is no 中小镇 of elsewhere."""
    region, code = names.region(name)
    short = not (names.code or REGION_LIKE.fullmatch(region))
    return region, "" if _ANY_ZONE.fullmatch(region) or (short and len(code) > _COUNTY) else code


def summed_group(text: str, names: Names) -> str:
    """Give what a label sums that is not the plan's whole: 各街道 of 各街道合计; else nothing.

    Examples
    --------
    >>> summed_group("各街道合计", Names()), summed_group("全市合计", Names())
    ('各街道', '')
    """
    name = bare_name(text)
    group = _SUMMED.sub("", name)
    return group if group != name and not _is_own(group, names) else ""


def _is_own(name: str, names: Names) -> bool:
    """Whether a name is the plan's place, in full or by its ending: 新区合计, 全市合计."""
    return not name or names.is_whole(name) or names.jurisdiction.endswith(name)


def _longer_use(name: str, use: str) -> str:
    """Give all of a use's name of which only an end is known: 保障和安置住宅; "" for none."""
    own = _BEHIND_USE.sub("", name)
    before, _, behind = own.partition(use)
    joined = not before and _JOINED_USE.fullmatch(behind)
    return own if joined or (own.endswith(use) and _BEFORE_USE.fullmatch(before)) else ""


def label_unit(text: str) -> str:
    """Give the unit that a heading or row label ends with: 面积（亩）.

    Examples
    --------
    >>> label_unit("供应面积（亩）"), label_unit("供应面积")
    ('亩', '')
    """
    m = _UNIT_IN_LABEL.search(text)
    return (unit_name(m[1] or m[2]) or "") if m else table_unit(text)


def table_unit(text: str) -> str:
    r"""Give the unit that a caption names for the whole table.

    Examples
    --------
    >>> table_unit("附表1 汇总表\n单位：公顷"), table_unit("宗地清单（亩）")
    ('公顷', '亩')
    """
    m = UNIT_NOTE.search(text) or _UNIT_BEHIND.search(text)
    return (unit_name(m[1]) or "") if m else ""


class CellNumber(NamedTuple):
    """The number of a cell, its unit (empty for none), and what its words promise."""

    value: Decimal
    unit: str
    qualifier: Qualifier = "exact"


def read_number(text: str) -> CellNumber | None:
    """Read a cell that is a number, with its unit if it has one; a note in brackets may follow.

    Examples
    --------
    >>> read_number("1,234.50亩"), read_number("12宗")
    (CellNumber(value=Decimal('1234.50'), unit='亩', qualifier='exact'), None)
    >>> read_number("≥5（含代征2）")
    CellNumber(value=Decimal('5'), unit='', qualifier='at_least')
    >>> read_number("1310 → 1185")
    CellNumber(value=Decimal('1185'), unit='', qualifier='exact')
    """
    m = _CELL.fullmatch(half_width(text))
    if m is None:
        return None
    said = (m["before"] or m["after"] or "").rstrip("=")
    value = Decimal(re.sub("[,，]", "", m["number"]))
    return CellNumber(value, m["unit"] or "", _QUALIFIERS.get(said, "exact"))


def is_like_number(text: str) -> bool:
    """Whether a cell is meant as a number, though it may not be read as one: 3+2, 1.5*.

    Examples
    --------
    >>> is_like_number("3+2"), is_like_number("1.5|0"), is_like_number("5→4")
    (True, True, True)
    >>> is_like_number("3、住宅")
    False
    """
    own = re.split(GIVES_WAY, _NOTE.sub("", half_width(text)))[-1]
    return bool(_LIKE_NUMBER.fullmatch(own))


def caption_facets(caption: str, context: Context) -> Facets:
    """Give what a table's title restricts it to: one region, one use or one source."""
    lines = caption.split("\n")
    mentions = [m for line in lines for m in context.names.find(re.sub(r"\s+", "", line))]
    regions = {(m.name, m.code) for m in mentions if m.kind == "region"}
    uses = {m.name for m in mentions if m.kind == "use"}
    sources = {m.name for m in mentions if m.kind == "source"}
    facets = context.facets
    if len(sources) == 1 and not sources & {m.name for m in context.names.find(context.heading)}:
        facets = replace(facets, source=sources.pop())
    if len(uses) == 1:
        facets = replace(facets, use=uses.pop())
    if len(regions) == 1:
        name, code = regions.pop()
        facets = replace(facets, region=name, code=code)
    return facets


def is_past(text: str, context: Context) -> bool:
    """Whether words say that figures are of another time, or of something else than supply."""
    past = any(m.group() not in context.heading for m in _PAST.finditer(text))
    if past and not re.search(r"拟供|计划供", text):
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


_ROLES = (
    (
        "skip",
        r"备注|说明|建筑|拆除(?!重建)|房屋|旧房|容积率|绿地率|密度|金额|万元|亿元|价款|[单总]价|(?<!竞)地价|起始价|投资|主体|责任|联系|依据|代码|[套人]数|年限|人口|坐标|权属",
    ),
    ("number", r"^(?:序号|编号|No\.?|序|号)$"),
    ("count", r"[宗个户栋]数|地块数|项目数|数量[（(](?:宗|个|块)|[（(](?:宗|个|块)[)）]"),
    ("share", r"占比|比例|比重|占.*[%％]|[（(][%％][)）]"),
    (
        "name",
        r"(?:项目|宗地|地块|片区|工程|单元).*名称|^名称$|项目[（(]宗地|^(?:项目|地块|片区|宗地)$",
    ),
    ("location", r"位置|坐落|座落|四至|地点|所在地"),
    (
        "stage",
        r"阶段|进展|进度|状态|(?:实施|建设|开发|改造|启动|整治).*(?:时序|时间|时段|年度|计划|期限)|^年度$|分期|^期次$",
    ),
    (
        "period",
        r"(?:供应|供地|出让|上市|推出|挂牌).*(?:时间|时序|时段|季度|月份)|^季度$|^月份$|^时间$|^时序$",
    ),
    ("mode", r"(?:供应|供地|出让|交易|配置|取得)方式|^方式$"),
    ("source", r"来源|新增[/／、或]存量"),
    ("category", r"用途|类别|类型|地类|用地性质|分类|性质|用地名称|^用地$"),
    (
        "region",
        r"区县|县区|市区县|[区县市][（(].*[区县市乡镇街].*[)）]|县市区|区域|行政区|辖区|乡镇|镇街|街镇|组团|功能区|^[区县市]别$|^(?:镇|街道|乡|区|县)[、（(]?.*$|所属|属地|地区|板块|^单位$|^供应单位$|园区",
    ),
    ("id", r"宗地(?:编号|号)|地块(?:编号|号)|项目编号|编号"),
    ("area", rf"面积|调整后|供应量|供地量|规模|总量|合计|小计|总计|(?:{UNITS})"),
)


@dataclass(frozen=True)
class ReadColumn:
    """A column: its headings from the top, its role, what its headings say of its figures."""

    index: int
    path: tuple[str, ...]
    role: str
    facets: Facets = field(default_factory=Facets)
    unit: str = ""
    parent: Facets | None = None

    @property
    def among(self) -> bool:
        """Whether its own heading begins with 其中."""
        return bool(self.path) and says_among(self.path[-1])

    @property
    def is_share(self) -> bool:
        """Whether its figures are shares."""
        return self.role == "share"

    def words(self, row: Sequence[Cell]) -> str:
        """Give the words by which a row's figure in this column is cited."""
        before = (cell.text for cell in row[: self.index])
        labels = [text for text in before if text and not read_number(text)]
        return " ".join((*labels, "/".join(self.path), row[self.index].text)).strip()


def header_rows(table: TableBlock) -> int:
    """Count the rows above the first that holds figures."""
    for i, row in enumerate(table.rows):
        if any(read_number(c.text) and not _SIZE_OF_HOMES.search(c.text) for c in row) and i:
            if _counts_columns(row):
                return i + 1
            return i - 1 if i > 1 and _heads_rows(table.rows[i - 1]) else i
    return 0 if table.rows and any(read_number(c.text) for c in table.rows[0]) else len(table.rows)


def _heads_rows(row: Sequence[Cell]) -> bool:
    """Whether a row says one thing at its beginning: 一、商服用地, above the rows it holds for."""
    told = [c for c in row if c.text and not c.repeated]
    return len(told) == 1 and bool(row[0].text)


def _counts_columns(row: Sequence[Cell]) -> bool:
    """Whether a row only numbers the columns (甲 乙 1 2 3)."""
    words = [re.sub(r"[（）()\s]", "", c.text) for c in row if c.text]
    figures = [int(w) for w in words if w.isdecimal()]
    return (
        len(figures) > 2
        and figures == list(range(figures[0], figures[0] + len(figures)))
        and all(
            w.isdecimal() or w in "甲乙丙丁戊栏次" or re.fullmatch(r"\d=[\d+]+", w) for w in words
        )
    )


def has_numbers(body: Iterable[Sequence[Cell]]) -> bool:
    """Whether any cell is a number."""
    return any(read_number(c.text) for row in body for c in row)


def read_columns(table: TableBlock, head: int, context: Context) -> list[ReadColumn]:
    """Read what the header of a table, its first ``head`` rows, says of each column."""
    width = table.shape[1]
    columns = []
    headings = _spread(table.rows[:head])
    of_all = caption_facets(table.caption, context).use
    for i in range(width):
        path = tuple(dict.fromkeys(row[i] for row in headings if row[i]))
        cells = [row[i].text for row in table.rows[head:]]
        units_only = ReadColumn(i, path, "unit") if _holds_units(cells) else None
        columns.append(units_only or _column(i, path, cells, context, of_all))
    body = table.rows[head:]
    grouped = any(c.role == "count" for c in columns)  # 宗数: so many plots of each
    if grouped or _is_parted(columns) or "分解" in table.caption or width == _OF_PAIRS:
        columns = [replace(c, role="region") if _heads_quarters(c) else c for c in columns]
    uses = [c for c in columns if c.role == "area" and c.facets.use]
    by_region = _names_places(body, columns, context.names)
    known = any(
        c.facets.code or (not by_region and REGION_LIKE.fullmatch(c.facets.region)) for c in columns
    )
    crossed = bool(uses) or by_region
    columns = [
        _as_use(c, uses) if c.facets.region and crossed and not known else c for c in columns
    ]
    units = {c.unit for c in columns if c.role == "area" and c.unit}
    if len(units) == 1:  # 供应量（公顷） | 其中住宅
        (unit,) = units
        columns = [replace(c, unit=unit) if c.role == "area" else c for c in columns]
    columns = _named_apart(_summing_places(columns, context.names), body)
    columns = _beside_total(_restated(columns, body), body)
    columns = columns if of_all else _of_main_use(columns, body)
    return _below_subtotals(columns, body)


def _is_parted(columns: Sequence[ReadColumn]) -> bool:
    """Whether several columns tell of parts of what a row names: so it is no list of projects."""
    return sum(c.role == "area" and c.facets != Facets() for c in columns) > 1


def _heads_quarters(column: ReadColumn) -> bool:
    """Whether a column names quarters of a town, which may be projects or places: 片区名称."""
    return column.role == "name" and "片区" in "".join(column.path)


def _names_places(
    body: Sequence[Sequence[Cell]], columns: Sequence[ReadColumn], names: Names
) -> bool:
    """Whether the rows are places: most name one, or 区域 stands over what names no uses.

    区域 may stand over uses, too: in the corner of a table whose columns are the places.
    """
    first = (next((c.text for c in row if c.text and not read_number(c.text)), "") for row in body)
    told = [read_label(text, names).facets for text in first if text]
    places, uses = sum(bool(f.region) for f in told), sum(bool(f.use) for f in told)
    headed = any(c.role == "region" for c in columns)
    return 2 * places > len(told) or (headed and 2 * uses <= len(told))


def _summing_places(columns: list[ReadColumn], names: Names) -> list[ReadColumn]:
    """Take 外围片区小计 for what it sums where another column is the total of all."""
    areas = [c for c in columns if c.role == "area" and c.facets == Facets() and c.path]
    groups = {c.index: summed_group(c.path[-1], names) for c in areas}
    places = {i: g for i, g in groups.items() if REGION_LIKE.fullmatch(g) and not canonical(g)}
    if len(places) == len(areas):
        return columns
    return [
        replace(c, facets=Facets(region=places[c.index])) if c.index in places else c
        for c in columns
    ]


def _restated(columns: list[ReadColumn], body: Sequence[Sequence[Cell]]) -> list[ReadColumn]:
    """Let a column of another's areas in another unit be of the same: 面积（公顷） | 折合（亩）.

    One that names a use or place of its own is of that, whatever its numbers: 工业（亩）.
    """
    out = list(columns)
    for one, other in combinations([c for c in columns if c.role == "area" and c.unit], 2):
        if one.unit == other.unit or not (other.facets == one.facets or _names_none(other)):
            continue
        rows = values_in(body, [one.index, other.index])
        pairs = [(a, b) for a, b in rows if a is not None and b is not None and (a or b)]
        if len(pairs) > 1 and same_areas(pairs, (one.unit, other.unit)):
            told = out[one.index]
            out[other.index] = replace(out[other.index], facets=told.facets, parent=told.parent)
    return out


def _names_none(column: ReadColumn) -> bool:
    """Whether a heading names nothing that is known, nor a sum: 折合（亩）."""
    heading = bare_name("".join(column.path[-1:]))
    unknown = not canonical(column.facets.use) and replace(column.facets, use="") == Facets()
    return unknown and not heading.endswith("计")


def _named_apart(columns: list[ReadColumn], body: Sequence[Sequence[Cell]]) -> list[ReadColumn]:
    """Let columns of areas that are headed apart by words that nothing knows be no total.

    完成改造面积 beside 实施改造面积; 净地面积 beside 供应面积. One that the others make up is it.
    """
    areas = [c for c in columns if c.role == "area"]
    if len({bare_name(c.path[-1]) for c in areas if c.path}) < 2:
        return columns
    rows = values_in(body, [c.index for c in areas])
    told = [[v or Decimal(0) for v in row] for row in rows if any(row)]
    wholes = [
        c
        for i, c in enumerate(areas)
        if len(areas) > 2 and told and all(2 * row[i] == sum(row) for row in told)
    ]
    wholes += [c for c, below in pairwise(areas) if below.among and not c.among]
    keys = {c.index: _said(c.facets).key for c in areas}
    alike = Counter(keys.values())
    sums = {c.index for c in areas if TOTAL.fullmatch(bare_name("".join(c.path[-1:])))}
    summed = {keys[c.index] for c in areas if c.facets.use and c.index in sums}
    return [
        _by_heading(
            c,
            alike=alike[keys[c.index]] > 1,
            apart=keys[c.index] in summed and c.index not in sums,
        )
        if c in areas and c not in wholes
        else c
        for c in columns
    ]


def _said(facets: Facets) -> Facets:
    """Leave out a way of supply that the use already says: 租赁住房用地."""
    return replace(facets, mode="") if facets.mode and facets.mode in facets.use else facets


def values_in(body: Sequence[Sequence[Cell]], columns: Sequence[int]) -> list[list[Decimal | None]]:
    """Give of each row the numbers in some columns; None where a cell is none."""
    numbers = ([read_number(row[i].text) for i in columns] for row in body)
    return [[n.value if n else None for n in row] for row in numbers]


def _by_heading(column: ReadColumn, *, alike: bool, apart: bool) -> ReadColumn:
    """Take the heading for the use; where columns are ``alike``, for a part of their use.

    工业用地 over 小计, M1 and M0; 租赁住房 over 小计, 国有建设用地 and 其他租赁. Such a heading is
    ``apart`` whatever it says, since another column has the sum.
    """
    facets = _said(column.facets)
    heading = bare_name("".join(column.path[-1:]))
    known = (facets.use and not (alike and len(column.path) > 1)) or facets.region or facets.period
    apart |= len(_OF_ANY_PLAN.sub("", heading)) > 1 and not unit_name(heading)
    if known or not apart or (facets.use and canonical(heading) == facets.category):
        return column
    own = replace(facets if facets.use else Facets(), use=heading.removesuffix("面积"))
    return replace(column, facets=own, parent=facets if facets.use else column.parent)


def _beside_total(columns: list[ReadColumn], body: Sequence[Sequence[Cell]]) -> list[ReadColumn]:
    """Put a use that nothing knows under the column before it where the others make the total.

    合计 | 住宅用地 | 商品住房 | 中小 | 工业用地: 中小 are some of 商品住房.
    """
    areas = [c for c in columns if c.role == "area"]
    total = next((c for c in areas if c.facets == Facets()), None)
    uses = [c for c in areas if c.facets.use and not c.parent]
    outer = [c for c in uses if not any(within_use(c.facets, o.facets) for o in uses)]
    if total is None or len(outer) < 2:
        return columns
    rows = values_in(body, [total.index, *(c.index for c in outer)])
    told = [[v or Decimal(0) for v in row] for row in rows if row[0] is not None]
    parts = [
        c
        for i, c in enumerate(outer, 1)
        if not canonical(c.facets.use)
        and len(told) > 1
        and all(sum(row[1:]) - row[i] == row[0] for row in told)
        and any(row[i] for row in told)
    ]
    return [replace(c, parent=columns[c.index - 1].facets) if c in parts else c for c in columns]


def _of_main_use(columns: list[ReadColumn], body: Sequence[Sequence[Cell]]) -> list[ReadColumn]:
    """Take a total for that of a main use where all that it sums are kinds of it: homes."""
    areas = [c for c in columns if c.role == "area"]
    totals = [c for c in areas if c.facets == Facets()]
    uses = [c for c in areas if c.facets.use and not c.among]
    kinds = {main_category(c.facets.use) for c in uses if canonical(c.facets.use)}
    if len(totals) != 1 or len(uses) < len(areas) - 1 or len(uses) < 2 or len(kinds) != 1:
        return columns
    (kind,) = kinds
    rows = values_in(body, [totals[0].index, *(c.index for c in uses)])
    closes = [sum(v or 0 for v in row[1:]) == row[0] for row in rows if row[0] is not None]
    if any(c.facets.category == kind for c in uses) or 2 * sum(closes) <= len(closes):
        return columns
    of_kind = Facets(use=kind)
    return [replace(c, facets=of_kind) if c is totals[0] else c for c in columns]


def _below_subtotals(
    columns: Sequence[ReadColumn], body: Sequence[Sequence[Cell]]
) -> list[ReadColumn]:
    """Put columns under the one beside them that they make in every row: 产权小计, 商品, 共有.

    Regions may stand behind the one that they make without 小计: 中心城区, 甲区, 乙区.
    """
    out = list(columns)
    areas = [c.index for c in columns if c.role == "area"]
    rows = values_in(body, areas)
    for at, i in enumerate(areas):
        summed = bool(columns[i].path and columns[i].path[-1].endswith("小计"))
        if not (summed or columns[i].facets.region):
            continue
        spans = [(at + 1, end) for end in range(len(areas), at + (1 if summed else 2), -1)]
        spans += [(begin, at) for begin in range(at if summed else 0)]
        told = [[v or Decimal(0) for v in row] for row in rows if row[at] is not None]
        made = (s for s in spans if all(sum(row[slice(*s)]) == row[at] for row in told))
        begin, end = next(made, (0, 0)) if len(told) > 1 else (0, 0)
        for k in areas[begin:end]:
            out[k] = replace(out[k], parent=columns[i].facets)
    return out


def _as_use(column: ReadColumn, uses: Sequence[ReadColumn]) -> ReadColumn:
    """Take an unknown heading among uses for one: 工业用地 | 其中：标准厂房."""
    above = next((c.facets for c in reversed(uses) if c.index < column.index), None)
    parent = above if column.among else column.parent
    return replace(column, facets=Facets(use=column.facets.region), parent=parent)


def _spread(rows: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Words of the header; a heading over several columns stands over each of them.

    Formats with merged cells come filled; plain text leaves the cells behind a heading empty.
    """
    words = [[re.sub(r"\s+", "", c.text) for c in row] for row in rows]
    for above, below in pairwise(words):
        for i in range(1, len(above)):
            if not above[i] and below[i]:
                above[i] = above[i - 1]
    return words


def _column(
    index: int, path: tuple[str, ...], cells: Sequence[str], context: Context, of_all: str
) -> ReadColumn:
    """Read a column of a table whose title is of one use or of none: ``of_all``."""
    joined = "".join(path)
    numeric = _is_numeric(cells)
    unit = next((u for u in map(label_unit, reversed(path)) if u), "")
    if numeric and (is_past(joined, context) or is_replaced(joined)):
        return ReadColumn(index, path, "skip")
    role = next((name for name, pattern in _ROLES if re.search(pattern, joined)), "")
    if role == "name" and joined == "片区" and _is_grouping(cells):
        role = "region"
    facets, parent = Facets(), None
    for piece in path:
        label = read_label("县域" if piece == "县" and len(path) > 1 else piece, context.names)
        told = label.under(facets.use or of_all).facets
        if facets.use and told == Facets() and not (label.total or label.share):
            told = Facets(use=_kind_of_use(piece))
        parent = facets if told.use and facets.use else parent
        facets = told.over(facets)
    facets = replace(facets, period=facets.period or year_of_programme(joined, context))
    if not numeric:
        role = "" if role == "skip" and not index else role  # 储备主体 names the rows
        role = role if role not in ("area", "share", "count") else ""
        return ReadColumn(index, path, role, unit=unit)
    if role in ("number", "skip", "count", "share", "id"):
        return ReadColumn(index, path, role, facets, unit)
    if facets != Facets() or role == "area":
        return ReadColumn(index, path, "area", facets, unit, parent)
    if role in ("", "region") and path:
        return ReadColumn(index, path, "area", _unknown_region(path[-1], context.names), unit)
    return ReadColumn(index, path, role, facets, unit)


def _kind_of_use(text: str) -> str:
    """Give the name of what stands under a use and no list has: 大户型、高档; "" for 供应面积."""
    name = bare_name(text)
    told = re.fullmatch(r"[\u4e00-\u9fff、\d]{2,12}", name) and _OF_ANY_PLAN.sub("", name)
    return name if told and not _OF_NO_LAND.search(name) else ""


def _is_grouping(cells: Sequence[str]) -> bool:
    """Whether a column says the same of several rows: 主城片区, above its townships."""
    told = [c for c in cells if c]
    return 4 * len(set(told)) < 3 * len(told)


def _holds_units(cells: Sequence[str]) -> bool:
    """Whether a column names the unit of each row."""
    told = [c for c in cells if c]
    areas = [c for c in told if unit_name(c)]
    return bool(areas) and all(unit_name(c) or c in OTHER_UNITS for c in told)


def _is_numeric(cells: Sequence[str]) -> bool:
    told = [c for c in cells if c and not re.fullmatch(r"[—–\-/／\s]+", c)]
    return bool(told) and sum(map(is_like_number, told)) * 2 > len(told)


def _unknown_region(text: str, names: Names) -> Facets:
    name = bare_name(text)
    if (
        not name
        or names.is_whole(name)
        or TOTAL.fullmatch(name)
        or not _OF_ANY_PLAN.sub("", name)
        or not re.fullmatch(r"[\u4e00-\u9fff]{2,12}", name)
    ):
        return Facets()
    return Facets(region=name, code=_region(name, names)[1])
