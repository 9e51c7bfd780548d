"""Plots and projects (宗地、项目) named one a line: in lists below 重点项目, and in announcements.

Their areas are of single plots, and none of them is a figure of the plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from landgis.landuse import canonical
from landgis.plan.dates import chinese_number
from landgis.plan.documents.blocks import Paragraph, TableBlock
from landgis.plan.lexicon import reasons
from landgis.plan.names import Names
from landgis.plan.projects import MOST_PLOT_M2, is_district, is_spot
from landgis.plan.quantities import Measure, find_quantities
from landgis.plan.statements import Item, Mark, Mention, Standing, excerpt
from landgis.units import M2_PER_UNIT

_MARKER = re.compile(
    r"\s*(?:(?P<number>(?P<n>\d{1,3})\s*(?:[.．、](?!\d)|号(?=\s)|\s(?=[\u4e00-\u9fff]{3})))|(?P<bracket>[（(](?P<b>\d{1,3})[）)])|"
    r"(?P<chinese>[（(][一二三四五六七八九十]{1,3}[）)])|(?P<ring>[①-⑳ⅰ-ⅻⅠ-Ⅻ])|(?P<dot>[●■◆▪•·.○□★◎▶-]+\s*)|"
    r"(?P<dash>[—–]{2})|(?P<code>(?=[A-Z]{1,6}[A-Za-z〔〕()（）\d-]*\d{2,}号|[A-Z]{1,4}-?\d{1,4}\s))|"
    r"(?P<bare>(?=[^，。；：\d\s][^，。；：]{2,40}\s\d[\d.]*\s?(?:公顷|亩|平方米)(?:$|[\s｜|]))))"
)
"""What a line of a list begins with; lines of a list all begin with the same kind."""
_OPENS = re.compile(
    r"(?:(?<![分各按个类])(?<!分布)(?:项目|地块|片区|宗地|区块)|用地(?=清单|名单|一览)|部分[^，。；]{0,8}用地|以下[两三四五六七八九十几\d]+宗)"
    r"(?:用地|情况|安排|清单|名单|预告|一览|介绍|推荐|推介|如下|(?:分别|具体|主要)?[为是有]|(?:主要)?包括|[（(][^（）()]*[）)])*[”’」』]?[：:。]?$"
)
"""A heading or lead that a list of plots stands below."""
_COUNTED = re.compile(
    r"(?P<count>\d{1,2}|[两三四五六七八九十]{1,3})(?:[宗幅块]|个[^，。；：（）()\d]{0,4}(?:地块|宗地|项目))"
)
_NAME_END = re.compile(r"[，,。：:；;（(]|\s(?=[\u4e00-\u9fff])")
_PARTS = re.compile(r"[，,；;。、（）()\s]")
_LOCATED = re.compile("(?:位于|坐落于?)(?P<where>[^，。；]{2,30})")
_MOST_LEAD = 40
_LEAST_NAME = 3
_KEYS: Mapping[str, str] = {
    "code": r"(?:地块|宗地|项目|出让)?(?:编号|名称|序号)|地块|宗地",
    "location": r"(?:土地|宗地|地块|项目)?(?:坐落|位置|座落|四至)",
    "use": r"(?:土地|规划|地块)?(?:用途|性质)|规划用地性质|用地性质",
    "area": r"(?:土地|出让|用地|地块|宗地|占地|供地|净用地|总)*面积",
    "mode": r"(?:供应|供地|出让)方式",
}
_FIELDS = "|".join(f"(?P<{name}>{keys})" for name, keys in _KEYS.items())
_FIELD = re.compile(rf"(?:^|(?<=[\s；;，。]))(?:{_FIELDS})\s*[：:]\s*")
_FIELD_END = re.compile(r"\s{2,}|[；;。]|$")


@dataclass(frozen=True, slots=True)
class PlotsRead:
    """What the lines of plots say, and the numbers of their paragraphs."""

    items: list[Item] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _PlotLine:
    """A paragraph with its number in the document."""

    number: int
    block: Paragraph

    def spot(self, measure: Measure) -> Standing:
        """Give where a number of it stands."""
        return Standing(self.number, self.block.place, measure.start, measure.end)

    def set_aside(self, rest: Sequence[Measure], read: PlotsRead) -> None:
        """Tell that the other areas of a plot's line are of that plot."""
        read.lines.add(self.number)
        read.marks.extend(
            Mark(spot=self.spot(m), role="aside", reason="part_of_aside", why="words") for m in rest
        )


def read_plots(blocks: Sequence[Paragraph | TableBlock], names: Names) -> PlotsRead:
    """Read the plots that stand one a line.

    Examples
    --------
    >>> from landgis.plan.documents.blocks import Place
    >>> lines = ("四、重点项目", "1．桥头物流园，拟用地6公顷；", "2．北门学校，用地2公顷。")
    >>> found = read_plots([Paragraph(t, Place(line=i)) for i, t in enumerate(lines, 1)], Names())
    >>> [(i.number, i.name, str(i.quantity.value)) for i in found.items], sorted(found.lines)
    ([(1, '桥头物流园', '6'), (2, '北门学校', '2')], [2, 3])
    """
    read = PlotsRead()
    opened = kind = own = ""
    record: dict[str, str] = {}
    for number, block in enumerate(blocks, 1):
        if isinstance(block, TableBlock):
            opened, record = "", {}
            continue
        line = _PlotLine(number, block)
        if _read_record(line, record, names, read):
            continue
        marker = _MARKER.match(block.text)
        of_kind = _kind(marker)
        if opened and marker and of_kind in ((kind,) if kind else _KINDS - {own}):
            if _read_line(line, marker, opened, names, read):
                kind = of_kind
            continue
        head = re.split("[。；]", block.text.rstrip("。"))[-1]
        names_them = len(head) <= _MOST_LEAD and _OPENS.search(head) and not _areas(head)
        below = blocks[number : number + _MOST_LINES]
        if names_them or _counts_lines(head, below) or _lists_plots(head, of_kind, below):
            opened, kind, own = head, "", of_kind
        elif kind or marker or len(block.text) > _MOST_LEAD:
            opened = ""
    return read


def _counts_lines(head: str, below: Sequence[Paragraph | TableBlock]) -> bool:
    """Whether a lead counts as many plots as lines of one list with an area each follow it."""
    told = list(_COUNTED.finditer(head)) if head.endswith(("：", ":")) else []
    if not told:
        return False
    count = told[-1]["count"]
    many = int(count if count.isdecimal() else chinese_number(count) or 0)
    lines = [b.text if isinstance(b, Paragraph) else "" for b in below[: many + 1]]
    kinds = [_kind(_MARKER.match(t)) if len(_areas(t)) == 1 else "" for t in lines]
    own, after = set(kinds[:many]), kinds[many:]
    return 1 < many <= len(kinds) and len(own) == 1 and "" not in own and own != set(after)


def _lists_plots(head: str, own: str, below: Sequence[Paragraph | TableBlock]) -> bool:
    """Whether lines of one list with an area each follow, most of which name a spot."""
    texts = [b.text if isinstance(b, Paragraph) else "" for b in below]
    first = _kind(_MARKER.match(texts[0])) if texts else ""
    if first in ("", own):  # the head is a line of the list
        return False
    same = takewhile(lambda t: _kind(_MARKER.match(t)) == first, texts)
    single = takewhile(lambda t: len(_areas(t)) == 1, same)
    lines = [t for t in single if not _COUNTED.search(t, 0, _areas(t)[0].start)]  # 甲镇4宗，30亩
    heads = len(head) <= _MOST_LEAD
    listed = heads and bool(_OF_PLOTS.search(head) or _COUNTED.search(head))
    named = [t for t in lines if any(map(_is_named if listed else is_spot, _labels(t)))]
    return len(lines) > 1 and 2 * len(named) > len(lines)


def _labels(text: str) -> list[str]:
    """Give the words of a line before its area, part by part."""
    marker = _MARKER.match(text)
    before = text[marker.end() if marker else 0 : _areas(text)[0].start]
    return [part for part in _PARTS.split(before) if part]


def _is_named(label: str) -> bool:
    """Whether the words of a line are a name, and no use or district."""
    return len(label) > _LEAST_NAME and not (is_district(label) or canonical(label))


_OF_PLOTS = re.compile(
    r"(?:清单|名单|一览|项目|[地宗]块|宗地|用地)表?(?:[（(][^（）()]*[）)])*[：:]?$"
)
_MOST_LINES = 100
_KINDS = frozenset(("number", "bracket", "chinese", "ring", "dot", "dash", "code", "bare"))


def _kind(marker: re.Match[str] | None) -> str:
    return next((k for k in _KINDS if marker[k] is not None), "") if marker else ""


def _areas(text: str) -> list[Measure]:
    """Give the areas of land in some words; those of floors are none."""
    floors = reasons()["floor_area"].before
    found = []
    for m in find_quantities(text):
        start = max(text.rfind(c, 0, m.start) for c in "，；。：、") + 1
        if m.unit in M2_PER_UNIT and not (floors and floors.search(text[start : m.start])):
            found.append(m)
    return found


def _read_line(
    line: _PlotLine, marker: re.Match[str], head: str, names: Names, read: PlotsRead
) -> bool:
    """Take a line of a list as a plot, if it begins with a name that is no use's alone."""
    text = line.block.text
    areas = _areas(text)
    begin = len(text) - len(text[marker.end() :].lstrip())
    stop = _NAME_END.search(text, begin)
    end = min([stop.start() if stop else len(text), *(m.start for m in areas[:1])])
    name = text[begin:end].strip(" 、的")
    large = any(a.area and a.area.area_m2 > MOST_PLOT_M2 for a in areas)
    district = marker["bare"] is not None and is_district(name)
    own = names.find(name)
    uses = sum(m.end - m.start for m in own if m.kind == "use")
    of_use = canonical(name) and 2 * uses >= len(name)  # 教育 in 合川中学新校区 is no use alone
    if large or district or len(name) < _LEAST_NAME or of_use or name.endswith("用地") or not areas:
        return False
    apart = [m for part in _PARTS.split(text[end:]) for m in names.find(part) if m.end == len(part)]
    said = _joined([*own, *(m for m in apart if m.kind != "region" and not m.start)])
    located = _LOCATED.search(text, end)
    digits = marker["n"] or marker["b"]
    read.items.append(
        Item(
            number=int(digits) if digits else None,
            region=said.get("region", "") if said.get("region") != name else "",
            category=said.get("use", ""),
            name=name,
            location=located["where"] if located else "",
            quantity=areas[0].area,
            stage="",
            source=said.get("source", ""),
            mode=said.get("mode", ""),
            period=said.get("period", ""),
            list_name=head,
            place=line.block.place,
            words=excerpt(line.block.printed, marker.end(), len(text)),
            spot=line.spot(areas[0]),
        )
    )
    line.set_aside(areas[1:], read)
    return True


def _joined(found: Sequence[Mention]) -> dict[str, str]:
    """Give the first name of each kind."""
    said: dict[str, str] = {}
    for m in found:
        said.setdefault(m.kind, m.name)
    return said


def _read_record(line: _PlotLine, record: dict[str, str], names: Names, read: PlotsRead) -> bool:
    """Take a line of a plot's record (土地面积：3200平方米); the area is what makes it a plot."""
    block = line.block
    told = {str(m.lastgroup): m for m in _FIELD.finditer(block.text)}
    first = _FIELD.match(block.text)
    if first is None or (not record and first.lastgroup != "code"):
        return False
    for key, m in told.items():
        end = _FIELD_END.search(block.text, m.end())
        value = block.text[m.end() : end.start() if end else None].strip()
        if key == "code":
            record.clear()
        if key != "area":
            record[key] = value
            continue
        areas = [a for a in _areas(block.text) if a.start >= m.end()]
        if not areas or not record:
            continue
        said = _joined(names.find(record.get("location", "")))
        read.items.append(
            Item(
                number=None,
                region=said.get("region", ""),
                category=record.get("use", ""),
                name=record.get("code", ""),
                location=record.get("location", ""),
                quantity=areas[0].area,
                stage="",
                source="",
                mode=record.get("mode", ""),
                period="",
                list_name="",
                place=block.place,
                words=excerpt(block.printed, 0, len(block.text)),
                spot=line.spot(areas[0]),
            )
        )
        line.set_aside(areas[1:], read)
    return True
