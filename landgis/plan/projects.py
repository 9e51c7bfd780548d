"""Projects and plots that running text names with their areas, none of them a figure of the plan.

A project has a name that no list of uses or regions has: it ends like that of a project or plot
(…改造项目, …东侧地块), of a thing that is built or stands there (`facilities` of the lexicon), or
like a number of a plot. Those that stand one a line are read by `landgis.plan.plots`.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from landgis.landuse import canonical
from landgis.plan.lexicon import pieces
from landgis.plan.quantities import Measure
from landgis.plan.scope import Token, Walk
from landgis.plan.statements import Mention

_PROJECT = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9\[\]〔〕—\-－“”．.、（()）]{2,36}?"
    r"(?:项目|地块|片区|单元|工业[区园]|产业园|旧村|街坊|宿舍|市场|号地(?!块)|宗地|[\u4e00-\u9fff]{2}宅地)(?:(?:城市更新|改造|更新|整治)?(?:（[^（）]{1,8}）)?(?:项目|地块|片区|单元)|（[^（）]{1,8}）)?(?![的和及与、])"
)
_AREA_OF_PROJECT = re.compile(
    r"(?:(?:其|该地块|该项目|该宗地|拟|总|占地|用地|规划|改造|土地|实施|拆除|重建|更新|单元|范围|出让|推出|供应)*面积|总?占地|[，,](?:拟|需|预计|计划)*(?:用地|占地|供地)|[，,]共|[，,]|(?<=地块)|(?<=项目)|(?<=片区)|(?<=单元)|(?<=街坊))"
    r"(?:面积|达到|达|为|未|约|共|计|近|\s)*$"
)
_PROJECT_AGAIN = re.compile(
    r"(?:^|[，,]|；|。)(?P<its>[其该此](?:宗?地块?|项目)?|(?:更新|改造|本)单元|(?<![，,；])(?=总?面积))(?:总|占地|用地|土地|出让)*面积(?:达到?|为|约|共|计|近)*\s*$"
)
_ONE = re.compile(
    r"(?P<label>[^，。；：]*?)(?P<one>(?:(?<![这那])[一首]|(?<!\d)1)(?:宗|处|块(?!儿)|幅)[^，。；（）()\d]{0,12}?)"
    r"[、，]?(?:土地|用地|总|净)*(?:面积|占地)?(?:约|为|达|近|共)*$"
)
_ONE_AT = re.compile(
    r"(?:.*[。，：])?[^，：\d]{0,4}(?:[首一][宗幅]|一块(?!儿))(?:地块|宗地|[用土]?地)?[^，。；]{0,12}?(?:位于|坐落于?|在|，)"
    r"(?P<place>[^，。；：\d]{2,20}?)(?:推出|上市|挂牌|出让)?，(?:占地|面积|用地)*(?:大?约|将?近|为)*"
)
"""One plot, and behind it where it lies: 另一宗在东湾片区，6.3公顷."""
_PLOT_BEHIND = re.compile("的?[^，。；、（）()\\d共等]{0,8}?(?:地块|宗地|宅地)(?!中|等|共)")
_SEVERAL = re.compile(
    r"(?:[两三四五六七八九十数多几余]|\d)[余多]?(?:宗|个|幅|块|处|批)|各|均|合计|共计"
)
_LEAST_PLACE = 3
_FAR = 160  # characters before an area in which its plot is named
_ANY_PLOT = re.compile("[^，。；：、（）]{3,24}?(?:地块|宗地)(?=[，。；])")
_AREA_SAID = re.compile("(?:面积|占地)(?:约|为|达到?|是|共|近|有)*$")
_NUMBERED_PLOT = re.compile(
    r"(?P<name>(?:[\[〔（(]\d{4}[\]〕）)])?[\u4e00-\u9fff]{0,6}(?:[A-Z]{1,6})?[\[〔（(]?\d{2,4}[\]〕）)]?"
    r"(?:-?\d{1,4})?号(?=的?(?:地块|宗地|土地)|，位于)|[A-Z]{1,6}\d{2,}[A-Z\d-]*)"
)
_CODED = re.compile(
    r"(?<![A-Z\d])(?:[A-Z]{1,4}|(?<=[\u4e00-\u9fff])(?=\d{3,4}号(?:地块|宗地)?[，（]))(?:\d{3,4}号?(?=地块|宗地|，|位于)|\d{4,}|\d{2,}[-－—]\d+|[(（〔]?\d{4}[)）〕]?[-－]?\d{1,4}号)[A-Z\d-]*"
)
_STANDARD = re.compile(r"(?:GB[TJZ]?|DB[TJ]?|TD[T]?|CJJ?[T]?|JGJ[T]?|CH[T]?)\d{3,}")
_BY_STANDARD = re.compile(
    "(?:[依根]据|按照?|依照|参照|执行|符合|遵循|标准|规范|规程|[《“])[《“（(]?$"
)
_STANDARD_BEHIND = re.compile(
    "号?[》”）)]?(?:等|的|中|国家|地方|行业)*(?:标准|规范|规程|文|通知|分类|要求|[》])"
)
_A_PLOT = re.compile("号?(?:地块|宗地)")
"""What a plot's number stands before, and a standard's or a paper's does not."""
_PLOT_AT = re.compile(
    "(?<![别均都])位于(?P<name>(?!.{0,20}以及)[^，。；：]{3,30}?)(?=[，。；（]|面积|占地)"
)
_SAYS_PLOT = re.compile("地块|宗地|一[宗块处幅]|项目")
"""Words by which a sentence tells of one plot and not of a region's land."""
_OF_A_PLOT = re.compile("容积率|绿地率|建筑密度|四至|东至|[该本此](?:地块|宗地|项目)位于")
_PLOT = re.compile(
    r"(?:^|[。；：，])(?P<name>[^，。；：、（）()\d]{2,20}?(?:地块|宗地|片区|项目))(?=[，：]?[该本此](?:地块|宗地|片区|项目)|位于|[，：]?东至|[，：]?四至)"
)
_NAMES_PROJECT = re.compile(
    r"(?:[是为有了]|最[高大]的)?(?P<name>[A-Z]{1,6}\d[A-Za-z0-9—\-－]{2,16}号?(?:地块|宗地))"
)
_PROJECT_BEHIND = re.compile(
    "的?(?:土地用于(?:建设)?)?(?P<name>[\u4e00-\u9fff“”]{0,16}?(?:项目|地块|片区|单元|[\u4e00-\u9fff]{2}厂))(?=[，；。、等和及与]|$)"
)
_WHERE = re.compile(
    "(?P<name>[\u4e00-\u9fffA-Za-z0-9、]{2,40}?(?:[东西南北]侧|以[东西南北]|周边|附近|[路街巷村厂]|之间|地区))(?:的|将有|占地|有|约)*$"
)
_SPOT = re.compile(
    r"(?:^|[，。；：:、（）()\d])(?:[和及与]|旁的|位于)?(?P<name>[^，。；：:、（）()\d]{2,22}?"
    r"(?:[东西南北][侧岸]|[路巷](?:[东西南北侧旁边])?|(?<!街)道|街|[车高]?[铁站](?:前|旁|附近|周边)|旁|附近|"
    r"对面|[一二三四五]期|厂|地块|宗地|工业园|园(?=的|内)))(?:的|内的?)?"
    r"(?:亦|也|还|拟)?(?:有|推出|挂牌|出让)?(?:一[宗幅块处])?(?:约|近|面积|占地)*[（(]?$"
)
_THE_ONE = re.compile(
    r"(?P<label>[^，。；：、（()）]*)(?<![每单这各第均])(?P<one>[一首那](?:宗|幅|块(?!儿)|处)(?:[^，。；：、（()）\d]{0,6}?地块?)?)"
    r"，?(?:用地|土地|占地|总)*(?:面积)?(?:约|大约|将近|近|为|达|是|有|只有|不过)*[（(]?$"
)
_TOLD_BEFORE = re.compile(
    f"^.*(?:说|是|为|[还另只]有|[推拿搬]出来?|[拍拿]下的|(?:{pieces('project', 'leads')})"
    f"(?!路|街|大道|区))(?=[\u4e00-\u9fff]{{2}})"
)
_PLOT_END = re.compile("[\u4e00-\u9fff]{3}(?:地块|宗地)$")
_AT_A_SPOT = re.compile(
    r"(?:^|[，。；：:、（()）\s])(?P<name>[^，。；：:、（()）\s]{2,24}?(?:以[东西南北]|[东西南北][侧边面岸]|[路街道口园城站桥厂][东西南北]|"
    r"[路街]口?|旁边?|附近|周边|[后前对]面|[旧原]址))(?:的|那块地?|(?:这|那)?(?:地块|宗地))?"
    r"，?(?:用地|土地|占地|总)*(?:面积)?(?:约|大约|将近|近|为|达|有)*[（(]?$"
)
_DOES = re.compile("确保|力争|完成|推进|拆除|整理|盘活|改造|处置|消化|低效")
"""What is done to places of a kind (拆除低效工业园2万亩), none of which is named."""
_AT_SPOT = re.compile(
    r"的?[^，。；、（）()\d]{0,8}?(?:地块|宗地|用地|土地|商住地)"
    r"(?=[，。；、（(）)]|预计|将|已|因|计划|拟|[上下]半年|今年|$)|[，、）)](?!占)"
)
"""What stands behind the area of a plot: its kind, or the end of its bracket."""
_NO_PROJECT = re.compile(
    r"[\d两三四五六七八九十数多余首][余多]?(?:宗|个|幅|块|处|批)|供应地块$|城市更新项目$|(?:向|土地|房地产)市场$|预计|今年|^(?:该|本|此|其|各|上述|以上|其他|涉宅|新|所有|全部|重点|[个宗])|^[^村路号街镇]{0,3}(?:项目|地块|片区)$"
)
_KIND_OF_PROJECT = re.compile(
    "[（(].*|[“”]|三旧|工改[工居商]|旧[村厂城区]镇?|城中村|第[一二三四五六七八九十]|[两三四五六七八九十]个|限价|商品房|保障|安置|产业|用地|公里|平方|级|单元|和|全年|年内|实施|利益统筹|住宅|商业|工业|改造|更新|整治|建设|开发|重点|项目|地块|片区|全面|综合|微|拆除|[一二三]类是|性(?=项目)|类"
)
_LEAD_OF_PROJECT = re.compile(
    r"^.*(?:确保|完成|推进|其中|包括|分别是|分别为|位于|最大的(?:是|为)?|属于?|临近|另外|此外|备受关注的|是|为|即|以及|，|；|：|。|推出|在|以|旁的)"
)
_SUPPLIES = re.compile(
    "范围内|供应|供地|计划|拟|分别|合计|共[^用同]|总量|[和及与]|，[^，]*(?:项目|地块|宗|平方米)"
)

_FACILITY = re.compile(
    rf"(?:{pieces('project', 'facilities')})(?:{pieces('project', 'done_to')})*"
    r"(?:[（(“][^（()）”]{1,12}[)）”])?$|[A-Z]{1,4}\d{0,3}[-－—]\d+[A-Za-z]?(?:-\d+)?$"
)
"""What the name of a thing that is built ends with, or what a plot is numbered."""
_BEFORE_FACILITY = re.compile(rf"^.*(?:{pieces('project', 'leads')})(?!路|街|大道)")
_NO_NAME = re.compile(rf"{pieces('project', 'kinds')}|[（()）“”、]")
_UP_TO_AREA = re.compile(
    "(?:搬迁|腾退|拆除|停产)?后?的?(?:[，,](?:项目)?(?:规划|总|拟|预计|计划)*(?:占地|用地|面积|供地)*|占地|面积)?"
    "(?:约|共|近|为)*[（(]?$"
)
_OPENED = re.compile(
    r"(?:[几两三四五六七八九十\d]+[宗幅块][^，。；：]{0,8}|重[点大]|主要|明星|热门|受?关注的|值得期待的|意向)"
    "[^，。；：]{0,6}?(?:地块|项目|工程|宗地|片区|地|有)(?:(?:主要|分别)?(?:有|包括|是|为|如下)?[：:]|(?<=项目)(?:分别)?(?:为|是|包括))"
)
"""Words that open a list of projects in a sentence: 几宗受关注的地：…, 重大项目包括：…."""
_STAGE = re.compile("^(?:[一二三四五首]期|首开区|起步区|启动区)$")
_EDGE = re.compile(r"^(?:[^\u4e00-\u9fffA-Z\d\[]|\d{1,2}[.．]|[今本]年|把|一个|一家|那个)+")
_DISTRICT = re.compile("(?:[县镇乡市州旗]|街道|(?<![务片园社街校厂城小])区)$")
_MOST_NAME = 22
_MOST_BEFORE = 400  # characters before an area in which its plot is named


def project_at(now: Walk, token: Token, start: int) -> str:
    """Give the name of the project or plot that an area is of; "" where none is named.

    Parameters
    ----------
    start
        Where the words begin that may name it.
    """
    return (
        one_of_counted(now, token)
        or _facility_before(now, start, token)
        or _project_before(now, start, token)
        or _project_behind(now, start, token)
        or _spot_before(now, start, token)
        or _one_before(now, start, token)
        or _plot_told(now, token)
    )


def plot_at(now: Walk, token: Token, start: int) -> str:
    """Give the plot that an area is of which is no figure of the plan: 江边那块73亩的老厂地.

    What shows it is one (一宗, 那块), its number, or that it lies at a spot and in no district.
    """
    words = now.text[start : token.start]
    if one := _THE_ONE.search(words):
        return _TOLD_BEFORE.sub("", _EDGE.sub("", f"{one['label']}{one['one']}"))
    if (coded := _coded(words)) and not _SEVERAL.search(words, coded.end()):
        return coded.group()
    spot = _AT_A_SPOT.search(words)
    if spot is None or _DOES.search(spot["name"]) or _NO_PROJECT.search(spot["name"]):
        return ""
    return _TOLD_BEFORE.sub("", _EDGE.sub("", spot["name"]))


def is_spot(label: str) -> bool:
    """Whether words name where a plot lies, or a thing that is built there.

    Examples
    --------
    >>> [is_spot(t) for t in ("青石路以东", "永丰织造厂", "北湖区", "住宅用地")]
    [True, True, False, False]
    """
    named = _AT_A_SPOT.fullmatch(label) or _FACILITY.search(label) or _PLOT_END.search(label)
    return bool(named) and not (is_district(label) or canonical(label))


def is_district(label: str) -> bool:
    """Whether words name a district, and no plot in it."""
    return bool(_DISTRICT.search(label))


def _facility_before(now: Walk, start: int, token: Token) -> str:
    """Give the thing that stands or is built on an area: 市二院迁建（12公顷）, 老纺织厂3公顷.

    Areas that make up a figure of the plan are no projects, whatever their names.
    """
    if now.whole:
        return ""
    words = now.text[max(start, token.start - 2 * _MOST_NAME) : token.start]
    bare = _UP_TO_AREA.sub("", words)
    end = token.start - len(words) + len(bare)
    label, outer = _labels(bare)
    if _STAGE.match(label):  # 某某产业园（首期20公顷）
        label, end = f"{outer}{label}", end - len(label)
    elif outer and _DISTRICT.search(label):
        label, end = outer, end - len(bare) + len(bare.rpartition("（")[0])  # （甲区，20公顷）
    label = _EDGE.sub("", _BEFORE_FACILITY.sub("", label))
    kind = _FACILITY.search(label)
    opened = _opened_at(now.sentence.words) <= end - now.sentence.start
    names = (t.what for t in now.behind(end - len(label)) if t.end == end)
    known = (n for n in names if isinstance(n, Mention))
    apart = any(
        n.code or not (opened if n.kind == "region" else _is_of_thing(n, label)) for n in known
    )
    if len(label) > _MOST_NAME or apart:
        return ""
    proper = _NO_NAME.sub("", label[: kind.start()] if kind else label if opened else "")
    numbered = bool(kind) and label[-1].isascii()
    if _DOES.search(label[: kind.start()]) if kind else _DISTRICT.search(label):
        return ""
    named = (len(proper) > 1 or numbered) and not canonical(label) and not canonical(f"{label}用地")
    return label if named else ""


def _is_of_thing(use: Mention, label: str) -> bool:
    """Whether a use is only the end of a thing's name: 学校 in 城西九年一贯制学校."""
    before = label[: len(label) - (use.end - use.start)]
    other = use.kind == "use" and bool(before or not canonical(use.name))
    return other and not before.endswith(("里", "中", "内", "上"))


@lru_cache(maxsize=1)
def _opened_at(sentence: str) -> float:
    """Where a sentence opens its list of projects; asked again for each of its figures."""
    found = _OPENED.search(sentence)
    return found.end() if found else math.inf


def _labels(words: str) -> tuple[str, str]:
    """Give the words that stand like a name at the end, and those before an open bracket."""
    before, bracket, _ = words.rpartition("（")
    outer = (
        re.split("[，、；：。]", before)[-1] if bracket and "）" not in words[len(before) :] else ""
    )
    return re.split("[，、；：。（()）]", words)[-1].strip(), outer


def _spot_before(now: Walk, start: int, token: Token) -> str:
    """Give the spot that a plot lies at, which no region is: 车站路东侧71亩住宅用地."""
    spot = _SPOT.search(now.text[start : token.start])
    behind = _AT_SPOT.match(now.text, token.end)
    if spot is None or behind is None or canonical(spot["name"]):
        return ""
    return "" if _NO_PROJECT.search(spot["name"]) or _DOES.search(spot["name"]) else spot["name"]


def _one_before(now: Walk, start: int, token: Token) -> str:
    """Give the place of the one plot that an area is of: 站前一宗86亩宅地, 民治4.38公顷地块."""
    words = now.text[start : token.start]
    if alone := _ONE_AT.fullmatch(words[-_FAR:].rpartition("；")[2]):
        return alone["place"]
    told = _ONE.search(words)
    plot = _PLOT_BEHIND.match(now.text, token.end)
    label = told["label"] if told else re.split("[，；。：]", words)[-1]
    if not (told or plot) or _SEVERAL.search(label):
        return ""
    label = _EDGE.sub("", _BEFORE_FACILITY.sub("", label))
    label = re.split("[、（()）]", label)[-1].rstrip("的有 ")
    bare = len(label) < _LEAST_PLACE or canonical(label) or _NO_PROJECT.search(label)
    if bare or re.search("[用宅商土]地$|[及和与]$|地块|[全各本该其]|面积|计划|供应|占", label):
        return ""
    if told and told["one"].startswith("1") and _is_counted(now, start, label):
        return ""
    return f"{label}{told['one']}" if told else label


_COUNTS_PLOTS = re.compile(
    "(?<=[宗块幅])(?!儿)|(?<=[个处])[^，。；、（()）\\d]{0,8}?(?:地块|宗地|项目)"
)
_ALL_TOGETHER = re.compile("合计|共计|总|小计")
_OF_EACH = re.compile(
    "[，：、；（(]|单宗|分别|依次|各|面积|占地|用地|约|(?<!附)近|为|是|和|与|及|[)）]"
)
_ITEMS = re.compile("[、，：；]")
_LIES_AT = re.compile("^(?:分别|都|均)?(?:位于|坐落|[在于])+")
_OF_COUNTED = re.compile("(?:用地|地块|土地|地|共|计|有)*")
_REST = re.compile("^(?:其[余他它]|剩余|余下)")
_PARTED = re.compile("(?:分[作为成]|由)了?$")
_MOST_PLOTS = 12
MOST_PLOT_M2 = 1_000_000
"""No single plot is larger."""


def one_of_counted(now: Walk, token: Token) -> str:
    """Give the plot that an area is of where as many areas follow as plots are counted.

    城门、盖山有两宗，41亩和56.8亩; 首批两块：东湾A-5，4.9公顷；西湾A-8，6.2公顷. As many figures as
    plots are one each, unless each is said of a place or one is the sum of the others.
    """
    latest = now.counted()
    count = token if latest is None else now.tokens[latest]
    many = int(count.what.value) if isinstance(count.what, Measure) else 0
    if (
        latest is None
        or not 1 < many <= _MOST_PLOTS
        or _PARTED.search(now.text, max(0, count.start - 3), count.start)
    ):
        return ""
    plots = _COUNTS_PLOTS.match(now.text, count.end)
    areas = _areas_behind(now, count, many) if plots else []
    if len(areas) != many or token not in areas:
        return ""
    sizes = [a.what.area.area_m2 for a in areas if isinstance(a.what, Measure) and a.what.area]
    words = [now.text[a.end : b.start] for a, b in pairwise((count, *areas))]
    if 2 * max(sizes) == sum(sizes) or any(map(_ALL_TOGETHER.search, words)):
        return ""
    at = areas.index(token)
    kinds = [_kind_of(now, a, b) for a, b in pairwise((count, *areas))]
    listed = [x for x in _ITEMS.split(_OF_EACH.sub("、", words[0])) if len(x) > 1]
    if len(listed) == many and not any(
        kinds[1:]
    ):  # 三宗，分别在城门、盖山和三江口，单宗41亩、56.8亩、72亩
        return _EDGE.sub("", _LIES_AT.sub("", listed[at]))
    rest = any(kinds[1:]) and (all(kinds) or any(map(_REST.search, kinds)))  # 住宅3公顷，其余5公顷
    if rest or not any(_unnamed(now, a, b) for a, b in pairwise((count, *areas))):
        return ""  # 住宅用地两宗，甲区3公顷、乙区4公顷
    names = [x for x in _ITEMS.split(_OF_EACH.sub("、", words[at])) if x]
    name = _EDGE.sub("", _LIES_AT.sub("", names[0])) if names else ""
    return name if len(name) > 1 else f"{now.text[count.start : count.end]}之{at + 1}"


def use_of_counted(now: Walk, token: Token) -> str:
    """Give the use of all plots that are counted, for each: 住宅用地两宗，甲片3公顷，乙片4公顷."""
    latest = now.counted()
    if not latest:
        return ""
    use, count = now.tokens[latest - 1 : latest + 1]
    if use.start < now.sentence.start or not isinstance(use.what, Mention):
        return ""
    if use.what.kind != "use":
        return ""
    bare = _OF_COUNTED.fullmatch(now.text, use.end, count.start)
    return use.what.name if bare and one_of_counted(now, token) else ""


def _kind_of(now: Walk, before: Token, area: Token) -> str:
    """Give the use or the rest that stands as the whole of an item before its area."""
    words = _OF_EACH.split(now.text[before.end : area.start])
    last = next((x for x in reversed(words) if x), "")
    return last if canonical(last) or canonical(f"{last}用地") or _REST.match(last) else ""


def _unnamed(now: Walk, before: Token, area: Token) -> str:
    """Give what stands before an area beside the names of uses and places."""
    words = now.text[before.end : area.start]
    at = before.end + max(words.rfind(c) for c in "：，；、—") + 1
    inside = [t for t in now.tokens if at <= t.start < area.start and isinstance(t.what, Mention)]
    words = now.text[at : area.start]
    for t in inside:
        words = words.replace(now.text[t.start : t.end], "", 1)
    named = inside or words.endswith("用地")
    return _OF_EACH.sub("", words.removesuffix("用地")) if named else "-"


def _areas_behind(now: Walk, count: Token, many: int) -> list[Token]:
    """Give the areas behind a count up to the end of its clause, or of the list that : opens."""
    found: list[Token] = []
    last = bisect_left(now.tokens, count.start, key=lambda t: t.start)
    listed = False
    for at in range(last + 1, len(now.tokens)):
        t = now.tokens[at]
        listed = listed or (t.kind == "colon" and not found)
        if t.kind in ("stop", "count") or (t.kind == "semicolon" and not listed):
            break
        again = found and _AGAIN.fullmatch(now.text, found[-1].end, t.start)
        if t.kind == "area" and not again:
            found.append(t)
        if len(found) > many:
            break
    return found


_AGAIN = re.compile(r"\s*[（(]?(?:约|折)?合?(?:约|为)?\s*")


def _is_counted(now: Walk, start: int, label: str) -> bool:
    """Whether a number of plots is one of several that a sentence gives by kind or by district."""
    return bool(
        re.search("(?<![片园新])区$|[县市]$", label)
        or _SEVERAL.search(now.text, max(now.sentence.start, start - _FAR), start)
    )


def _plot_told(now: Walk, token: Token) -> str:
    """Give the plot that a sentence describes: 柳河道地块该地块位于…，面积3公顷，容积率2.5."""
    begin = max(0, now.sentence.start - 1, token.start - _MOST_BEFORE)
    if _is_of_a_plot(now.sentence.words):
        told = list(_PLOT.finditer(now.text, begin, token.start))
        if told:
            return told[-1]["name"]
    words = now.text[max(begin, now.latest.end, token.start - _FAR) : token.start]
    if (coded := _coded(words)) and not _SEVERAL.search(words, coded.end()):
        return coded.group()  # 河东片GC2020-083，商住用地，41.9亩
    if not _AREA_SAID.search(words, max(0, len(words) - 12)):
        return ""
    numbered = [m for p in (_NUMBERED_PLOT, _PLOT_AT) for m in p.finditer(words)]
    last = max(numbered, key=lambda m: m.end(), default=None)
    counted = last.end() if last and last.re is not _PLOT_AT else 0  # 7幅地块，位于甲区、乙区
    alone = last and not _SEVERAL.search(words, counted) and "分别" not in words[last.end() :]
    return last["name"] if last and alone and _SAYS_PLOT.search(words) else ""


def _coded(words: str) -> re.Match[str] | None:
    """Find the number of a plot, which is none of a standard: 依据GB50137-2011."""
    return next((m for m in _CODED.finditer(words) if not _is_of_standard(words, m)), None)


def _is_of_standard(words: str, number: re.Match[str]) -> bool:
    behind = words[number.end() :]
    return not _A_PLOT.match(behind) and bool(
        _STANDARD.match(number.group())
        or _BY_STANDARD.search(words, 0, number.start())
        or _STANDARD_BEHIND.match(behind)
    )


@lru_cache(maxsize=1)
def _is_of_a_plot(sentence: str) -> bool:
    """Whether a sentence describes a plot; asked again for each of its figures."""
    return bool(_OF_A_PLOT.search(sentence))


def _project_before(now: Walk, start: int, token: Token) -> str:
    """Give the name of the project whose area follows; "" where none is named."""
    segment = now.text[start : token.start].rstrip(" （(")
    if again := _PROJECT_AGAIN.search(segment):
        earlier = [m["name"] for m in _NAMES_PROJECT.finditer(now.text, 0, token.start)]
        if not earlier and again["its"][:1] not in ("其", "该", "此"):
            earlier = _first_project(
                now.text[max(0, now.sentence.start - 90) : start + again.start()]
            )
        if not earlier and re.match("[该此](?:宗?地)", again["its"]):
            earlier = _ANY_PLOT.findall(now.text[max(0, now.sentence.start - 90) : start])
            earlier = [_EDGE.sub("", _BEFORE_FACILITY.sub("", name)) for name in earlier]
        return earlier[-1] if earlier else ""
    told = _AREA_OF_PROJECT.search(segment, max(0, len(segment) - 24))
    found = list(_PROJECT.finditer(segment, 0, told.start())) if told else []
    if told is None or not found or _SUPPLIES.search(segment, found[-1].end(), told.start()):
        return ""
    at, end = _joined_span(found)
    at, end = start + at, start + end
    lead = _LEAD_OF_PROJECT.search(now.text[at:end])
    if lead and len(_KIND_OF_PROJECT.sub("", now.text[at + lead.end() : end])) > 1:
        at += lead.end()
    regions = {t.start: t.end for t in now.behind(at) if _is_region(t)}
    beside = now.statements[now.sentence.first :][-1:]
    begins = [a for a, b in regions.items() if b == end]
    listed_place = begins and not now.text[at : begins[0]].strip("、和及与")
    if listed_place and beside and beside[0].facets.region:
        return ""  # 甲区806亩、乙片区846亩
    inner = at
    while inner in regions and regions[inner] < end - 4:
        inner = regions[inner]
    name = now.text[inner if _KIND_OF_PROJECT.sub("", now.text[inner:end]) else at : end]
    name = name.lstrip("的将、")
    proper = _KIND_OF_PROJECT.sub("", name)
    kind = re.sub("类?(?:项目|地块|片区)$", "", name)
    if len(proper) < 2 or _NO_PROJECT.search(name) or canonical(name) or canonical(f"{kind}用地"):
        return ""
    counted = any(t.kind in ("count", "percent") for t in now.behind(end))
    named_since = any(
        isinstance(t.what, Mention) and t.what.kind == "use" and t.start >= now.clause
        for t in now.behind(end)
    )
    return "" if counted or named_since else name


def _project_behind(now: Walk, start: int, token: Token) -> str:
    """Give the project that an area stands before: 占地6公顷的清溪村改造项目."""
    found = _PROJECT_BEHIND.match(now.text, token.end)
    if found is None:
        return ""
    if len(_KIND_OF_PROJECT.sub("", found["name"])) > 1:
        return "" if _NO_PROJECT.search(found["name"]) else found["name"]
    before = re.split("[，；。：]|其中|包括|以及|地块[及和]", now.text[start : token.start])[-1]
    where = _WHERE.search(before)
    return f"{where['name']}{found['name']}" if where else ""


def _first_project(words: str) -> list[str]:
    """Give the first name of a project in some words, if that says which."""
    found = list(_PROJECT.finditer(words))[:2]
    if not found:
        return []
    at, end = _joined_span(found if found[0].end() == found[-1].start() else found[:1])
    name = words[at:end]
    return [name] if _KIND_OF_PROJECT.sub("", name) and not _NO_PROJECT.search(name) else []


def _is_region(token: Token) -> bool:
    return isinstance(token.what, Mention) and token.what.kind == "region"


def _joined_span(found: Sequence[re.Match[str]]) -> tuple[int, int]:
    """Give where the last name lies, with those right before it: 甲市场“三旧”改造项目."""
    at, end = found[-1].span()
    for m in found[-2::-1]:
        if m.end() != at:
            break
        at = m.start()
    return at, end
