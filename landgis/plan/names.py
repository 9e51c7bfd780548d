"""Names in the words of a plan: regions, uses, land sources, supply modes, quarters.

Regions are those of the division list, and those that the document itself treats as such: a
functional zone (北湖新区), an accounting unit (市直), a township that the list does not have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from landgis import divisions
from landgis.landuse import all_names, canonical, home_stem
from landgis.plan.dates import DIGITS, chinese_number
from landgis.plan.lexicon import pieces, words
from landgis.plan.quantities import AREA_UNITS
from landgis.plan.statements import PART_OF_LAND, Mention, MentionKind, Taken, is_below

_OTHER_USE_STOP = re.compile(
    r"建设用地$|项目用地$|(?:本级|[市辖]区)用地$|总用地$|(?:出让|划拨|租赁|出资)用地$|闲置用地|存量用地$|低效用地|各类用地|^(?:国有|集体|集约|节约|合理|本|全部|其|该|农|"
    r"所需|需要|新增|存量|增量|供应|计划|年度)用地$|拆除[^，]{0,4}用地$|范围用地$|^涉及用地$|^总|[套户人]均|(?:储备|收储|征收|报批|转用|整治|复垦|处置|在建|未开工|种植|养殖|更新整备|新供应)用地$|^各|^(?:规划|宗地|净|代征|实际|出让)用地$|依法|严格|落实|年内"
)
_USE_LEAD = re.compile(
    r"^.*(?:调整后|整备(?=.{2})|(?<=[\u4e00-\u9fff]{2})等(?=[\u4e00-\u9fff]{3})|安排|供应|供给|保障(?!性)|其中|包括|以及|用于|计划|优先|重点|的|为|拟|各类|中|年度|是|：|\d|"
    r"累计|完成|合计|共计|总计|单列|推出|全[市县区国省]|[我本]市|季度|另外|此外|继续|提供|挂牌|公开|新增|出让|划拨|通过|利用|推进|加快|支持|单列)"
)
_BEFORE_FIGURE = (
    r"(?:(?:单列|另列|另计|单独列出)，?|合计|总计|供应|供地|计划|安排|拟|指标|需求|年度|面积|总量|规模|量|达到?|为|共|约|近|：|[（(]|\s|"
    r"不(?:得|应)?(?:少于|低于|超过|高于)|[全年总的市占]+)*\d"
)
_SOURCE_FIRST = re.compile("(?:使用|利用|盘活|消化)?(?:存量|新增|增量)|现[有状]")
_LAND_OF_FIGURE = re.compile(
    rf"用地(?=(?:类)?(?:[（(][^（()）\d]{{1,40}}[)）])?{_BEFORE_FIGURE}|[^\d，。；：]{{0,80}}?分别[^\d，。；]{{0,8}}\d)"
)
_LETTERS_LAST = re.compile(r"[\u4e00-\u9fff]{2,}$")
_WIDER = re.compile(r"(?P<more>(?P<other>其[他它余])|(?<=“)[\u4e00-\u9fff]{1,6})$")
"""What belongs to the name of a use that follows it: 其他产业用地, “两限普通商品房”用地."""
_USE_ROUND_BRACKET = re.compile(
    r"(特殊|其[他它]|棚户区|城中村|住房|住宅|商服|商业)[（(][^（()）\d，。；]{1,8}[)）](改造(?:安置)?(?:住?房)?(?:用地)?|用地)"
)
# 基础设施及公共服务设施用地 is one use, not the end of it.
_FIRST_HALF = (
    r"(?:(?:基础|市政|配套|民生|公益|能源|环保|环境)(?:设施|配套|事业|工程)?(?:及|和|与))?"
)


def uses_of(text: str) -> tuple[Mention, ...]:
    """Give the uses in a text, left to right, as `Names.find` gives them among all names."""
    return _first_taken(text, (find_uses(text),))


def _first_taken(text: str, found: Iterable[Iterable[Mention]]) -> tuple[Mention, ...]:
    """Give what does not overlap, in its order; what is found first holds."""
    taken = Taken(text)
    free = [m for candidates in found for m in candidates if taken.take(m.start, m.end)]
    return tuple(sorted(free, key=lambda m: m.start))


def find_uses(text: str) -> Iterator[Mention]:
    """Find the uses in a text: the known ones, then others before a figure.

    Examples
    --------
    >>> [m.name for m in find_uses("工业用地和科创用地30公顷、住宅20公顷")]
    ['工业用地', '住宅', '科创用地']
    """
    for m in _USE_ROUND_BRACKET.finditer(text):
        yield Mention(m.start(), m.end(), "use", m[1] + m[2])
    for m in _use_pattern().finditer(text):
        wider = _WIDER.search(text, max(0, m.start() - 8), m.start())
        homes = wider and wider["other"] and "商品住房用地"  # 其他商品房用地 is 商品房用地
        narrowed = wider and canonical(m.group()) not in ("", "其他用地", homes)
        start = wider.start() if wider and narrowed else m.start()
        name = text[start : m.end()]
        brief = not narrowed and re.search("(?<!用)地$", name) and not canonical(name)  # 商住地33亩
        yield Mention(start, m.end(), "use", re.sub("地$", "用地", name) if brief else name)
    for m in _turns_to().finditer(text):
        kind = str(m.lastgroup)
        yield Mention(*m.span(kind), "use", m[kind])
    start = 0
    for m in _LAND_OF_FIGURE.finditer(text):
        start = max(start, m.start() - 16)
        before = _LETTERS_LAST.search(text, start, m.start())
        if before is None:
            continue
        start = m.end()
        name = _whole_use(_USE_LEAD.sub("", before.group())) + "用地"
        if len(name) > 3 and not (_OTHER_USE_STOP.search(name) or _SOURCE_FIRST.match(name)):
            yield Mention(m.end() - len(name), m.end(), "use", name)


_EMPTY = rf"(?:(?!\d{{4}}(?![年\d]))(?:{pieces('glue')}|了))"
_GLUED = rf"{_EMPTY}*+(?=\d)"
"""Words that say nothing of their own, up to a number; a year may be among them."""
_TO_FIGURE = re.compile(_GLUED)
_BEFORE_USE = re.compile(r"(?:^|[^\u4e00-\u9fff“”\d])([\u4e00-\u9fff“”]{1,16})$")
_LEAD_OF_KIND = re.compile(
    r"^.*(?:调整[后前]|(?<=[\u4e00-\u9fff]{2})等(?=[\u4e00-\u9fff]{2}|$)|安排|配置|供应|供给|供地|用于|计划|优先|拟|推出|提供|占|包括|其中|保障(?![性房类型和及与])|增加|减少|各类|"
    r"完成|实施|推进|加快|加强|支持|满足|确保|落实|控制|解决|促进|加大|通过|单列|推介|承担|处置|启动|建设|新建|超过|拆除|清拆|征收|收购|收回|整备|出让|挂牌|"
    rf"[先再单][说看讲谈论]|[含的为是在将对把从向了里])|^(?:{pieces('glue', 'edges')})+|^[和及与]"
)
_JOINED_KIND = re.compile("^.*[和及与]")
_KIND = re.compile(
    "非|(?!市场?$|场|.*(?:现[有状]|流拍))[\u4e00-\u9fff“”]{2,8}(?:[和及与][\u4e00-\u9fff]{2,4})?"
)


def _with_kinds(text: str, found: Sequence[Mention]) -> tuple[Mention, ...]:
    """Make what narrows a use before a figure a part of its name: 旧城安置用地20公顷.

    All that stands between the beginning of an item and its figure names it; to read the known
    word alone would take a kind for the whole.
    """
    told: list[Mention] = []  # from the last to the first
    rest, stated = list(found), False
    while rest:
        m = rest.pop()
        joined = stated and _ITEM_GAP.fullmatch(text, m.end, told[-1].start)
        stated = m.kind == "use" and bool(joined or _TO_FIGURE.match(text, m.end))
        while stated and rest and rest[-1].kind == "use" and rest[-1].end == m.start:
            first = rest.pop()  # 城中村改造安置用地
            m = Mention(first.start, m.end, "use", first.name + m.name)
        if stated:
            start = max(rest[-1].end if rest else 0, m.start - 16)
            before = _BEFORE_USE.search(text[start : m.start])
            whole = _LEAD_OF_KIND.sub("", before[1]) if before else ""
            kinds = (whole, _JOINED_KIND.sub("", whole))  # 保障和安置住宅 is one, 以及安置住宅 not
            kind = next((k for k in kinds if _KIND.fullmatch(k) and not NO_LABEL.search(k)), "")
            place = REGION_LIKE.match(kind)
            if place and not NO_REGION.search(place.group()):
                kind = kind[place.end() :]  # 望江区旧厂房改造
            m = Mention(m.start - len(kind), m.end, "use", kind + m.name)
        told.append(m)
    return tuple(told[::-1])


NO_NAME_LETTER = re.compile(
    r"[的了是为在将被把从向该所于由至到约近超个宗套万年并已且即则须可去这那哪谁若写仅还剩只都很太略些拿最没]|[就便先给](?![业民进行水排])|以(?![内外东西南北])"
)
"""Letters of grammar, which no name has."""
NO_LABEL = re.compile(
    rf"{NO_NAME_LETTER.pattern}|供出|[面稿]上|里|(?<!城)后|更(?!新)|再(?![生开])|能(?!源)|应(?!急)|"
    r"(?<![社])会(?!展)|(?<!未)来|(?<!单)元|(?<!临)时(?!尚)|其(?![他它])|"
    r".上$|因此|所以|不过|其实|如果|面积|规模|[套户人]均|[增减降占比同第]|各(?![市县区镇乡])|完成|实现|推进|计划|安排|上述|以上|一共|启动(?!区)|先行(?!启动区)|左右|方面|情况|次之|较|居前|排|分区|有关|部门|继续|进一步|盘活|使用|利用|目标|任务|优先|力争|突破|确保|截至|底|剩余|年内|季度|全[市县区]"
)
"""Words that no name has, which a text makes for a thing of its own."""


_THAN = re.compile("(?<!不)(?:(?:超过|[高多大低少小]于)|远?超|领先于?|不及|不如|次于|紧随)$")
_SHARED = re.compile(r"[^，。；\d]{0,12}(?:的|\d)")


def _is_compared(text: str, name: Mention) -> bool:
    """Whether a name is only what another is compared with: 甲区的规模远超其他各区，为30公顷.

    What a share is one of stays a name: 超过住宅用地总量的70%.
    """
    than = _THAN.search(text, max(0, name.start - 4), name.start)
    return bool(than) and not _SHARED.match(text, name.end)


def begins_with_use(words: str) -> bool:
    """Whether words begin with a known use.

    Examples
    --------
    >>> begins_with_use("住宅用地集中区"), begins_with_use("高新区住宅用地")
    (True, False)
    """
    return bool(_use_pattern().match(words))


_NO_USE_ALONE = {"住房", "工矿", "其他", "其它", "民生"}
"""Words that are a use with 用地 behind them only; others are before an area: 交通、水利52公顷."""
_ALONE = r"(?:(?<![\u4e00-\u9fff])|(?<=[和及与为含])|(?<=其中)|(?<=包括)|(?<=安排)|(?<=供应))"
"""Where a short name begins one of its own: not in 城西学校（8公顷）."""
_AREA_UNIT = "(?:公顷|亩|万?平方|万?平米|㎡|万[亩㎡]|hm|km)"


@lru_cache(maxsize=1)
def _use_pattern() -> re.Pattern[str]:
    whole = ("用地", "片区", "盐田", "宅基地", "宅地", "改造")
    long = [n for n in all_names() if n.endswith(whole) or len(n) > 4]
    stems = {n.removesuffix("用地") for n in long if len(n) > len("住宅用地")}
    short = [n for n in {*all_names(), *stems} if n not in long]
    spelled = map(_any_home, sorted(long, key=len, reverse=True))
    ordered = "|".join(dict.fromkeys(spelled))
    lands = "|".join(re.escape(n.removesuffix("用地")) for n in long if n.endswith("用地"))
    brief = "|".join(map(re.escape, sorted(short, key=len, reverse=True)))
    join = r"(?:、|和|及|与|以及)"
    listed = rf"(?:{join}[\u4e00-\u9fff]{{2,12}}?){{1,8}}(?:用地|分别|各半|各占|\d)"
    land = (
        "(?:划拨|出让)(?:用地|土地)|(?:性质的?|[类性型])?(?:建设)?(?:用地|地块|宗地)|[类性型]项目|"
        "[类性型]?土地(?=供应|供给|出让|面积)"
    )
    by_place = "按[区县市镇乡街片]"
    follows = (
        rf"{land}|用途|方面|[”\"]|的?(?:占比|比例|比重)|{listed}|供应|供地|计划|项目|{by_place}"
    )
    few = r"\d|[一二三四五六七八九]成"
    aside = r"(?:[（(][^（()）\d]{1,16}[)）])?"  # 工业（含仓储）：30公顷
    lead = r"(?:[均各](?:供应|安排)?|共|约|只?有|仅|为|占了?|：|\s|(?<![村城镇厂])[（(])*"
    glued = rf"(?!{land}|等(?!\d))(?:(?![，、]){_EMPTY})*+，?"
    number = rf"{aside}的?(?<![村城镇厂](?=[（(])){glued}(?:{few})"
    ends = rf"(?={follows}|各半|各占|{number})"
    bare = {n.removesuffix("用地") for n in long if len(n) == len("某某用地")} - _NO_USE_ALONE
    tiny = "|".join(sorted(map(re.escape, bare)))
    area = rf"{lead}\d[\d,.]{{0,12}}\s*{_AREA_UNIT}"
    home = r"住房(?=供地|用地供应|(?:供应|建设)[^，。；\d]{0,12}\d[\d.]{0,8}(?:公顷|亩))"
    public = "公共管理[与和及](?:公共)?服务(?:设施)?用地"
    other = r"(?:公共|职工)住房用地|中小套型?(?:普通)?商品(?:住房|住宅|房)用地"  # no plain 住房用地
    no_place = "(?![区港街镇乡村])"  # 盐田区 is a place
    return re.compile(
        rf"{_ALONE}(?:{tiny})(?=(?:{join}(?:{tiny}))*{area})|{public}|{other}|{home}|{_FIRST_HALF}(?:{ordered}){no_place}|(?:{brief}){ends}(?:[类性型]?(?:建设)?用地|[类性型](?:地块|宗地|项目))?|(?:{lands})地(?=[约共总（(]*\d)"
    )


def _any_home(name: str) -> str:
    """Match a use, and one of homes of a kind in all spellings: 产权住房用地, 产权型住宅用地."""
    stem = home_stem(name) if name.endswith("用地") else ""
    return f"{re.escape(stem)}[类型性]?(?:住房|住宅|房)用地" if stem else re.escape(name)


@lru_cache(maxsize=1)
def _turns_to() -> re.Pattern[str]:
    """Match the short name of a use that a text turns to, or gives land to: 给住宅留了50公顷."""
    brief = "|".join(sorted(map(re.escape, all_names()), key=len, reverse=True))
    turns = rf"(?:[单只再先][看论说讲就]|聚焦|具体到)(?P<use>{brief})(?=[，,呢？?：。])"
    verbs = "(?:留|安排|预留|准备|切|划|拨|腾|拿|供)了?[出足下]?了?"
    given = rf"(?<=[给为])(?P<given>{brief})(?={verbs}[约近]?\d)"
    return re.compile(rf"{turns}|{given}")


def _whole_use(stem: str) -> str:
    """Leave out uses that are only joined to this one (工业和科创用地), keep 停车及配套用地."""
    parts = re.split(r"(?:以?及|和|与)", stem)
    return parts[-1] if any(canonical(p) for p in parts[:-1]) else stem


_ENDINGS = (
    "街道办事处|街道办|街道|镇|乡|苏木|农场|林场|牧场|新区|开发区|示范区|高新区|经开区|航空港区|港区|产业园区|"
    "工业功能区|板块|组团|工业园区|工业园|产业园|园区|保税区|度假区|试验区|管理区|合作区|集聚区|经济区|城镇群|都市圈|新城|科技城|科学城|生态城|大学城|副中心|副城|行政委员会|行委|区|县|旗|市"
)
NO_REGION = re.compile(
    r"(?:^|[全各我本该市县区])(?:市|县|区|乡|镇|街道|园区|开发区|新区)$|^全市|"
    r"^(?!..+工业功能区$)(?:社|小|片|辖|旧屋|.*沉陷|棚户|.*棚户|地|城|老|校|山|景|库|灾|辖|功能|行政|居住|生活|商业|工业|产业|集中|分|专|特|"
    r"保护|.*住宅|中心城|主城|老城|建成|城镇|乡镇|上市|都市|全市|房地产市|土地市|市场|超市|股市|城市|集市|"
    r".*(?:产业|工业|商业|居住|集中|功能|集聚|保护|敏感|建成|试点|小城|城乡|住宅|热点|重点|核心|各)区?)(?:区|市|镇|县|板块)?$|(?:厂|校|库|院|安置小)区$|动工|首批"
)
"""Words that end like a region and are none: 全市, 小区, 集中区."""
_LAST_OF_PLACES = re.compile(
    "[区市县州盟旗]([\u4e00-\u9fff]{2,}(?:新城|新区|开发区|[区县市镇乡]))$"
)
"""The place itself at the end of a name of several: 空港新城 of 甲新区空港新城."""
_KIND_OF_PLACE = "[县市区旗镇乡]"  # in brackets a part of the name: 近郊区（县）
_WHOLE_NOTE = re.compile("[（(](?:省直管|省辖|地级|县级|全域|全[市县区]|合计)[)）]$")
REGION_LIKE = re.compile(
    r"(?:第?[一二三四五六七八九十\d]{1,4}[师团连])(?:[\u4e00-\u9fff]{1,6}镇)?|"
    rf"[\u4e00-\u9fff\U000f0000-\U000fffff]{{1,12}}(?:{_ENDINGS})(?:（{_KIND_OF_PLACE}）)?(?:本级)?|"
    r"[市县区州]直(?:属|管)?|[市县区]?本级"
)
"""A region by its ending."""
_OFFICE = re.compile(r"办事处|(?<=街道)办(?![公理])")
COMMITTEE = re.compile(r"管委会|管理委员会")
"""A zone's committee, which stands for the zone."""
_BEFORE_NAME = (
    r"(?:(?<![\u4e00-\u9fff])|(?<=其中)|(?<=包括)|(?<=[因如]此)|(?<=所以)|(?<=[和及与含]))"
)
_UNTIL_FIGURE = re.compile(
    r"(?:[^\d，,。；;：:（()）]|[（(][^\d（()）]{0,20}[）)]){0,200}+(?=\d)(?!\d{4}年)"
)
GLUE = re.compile(
    rf"(?:保障房|{pieces('glue')}|20\d\d年度?|[\u4e00-\u9fff]{{2,11}}用地|改造|更新|整备|不高于|不得|"
    r"全[市县区]|(?:普通)?商品(?:住宅|住房|房)|住宅|宅地|商住|商业|工业|和|及|与)*+"
)
"""Words that may stand between a region and its figure."""
_SOURCES = {
    "新供应": r"(?<!更)新供应(?:(?:建设)?用地)?",
    "更新整备": r"更新整备(?:供应)?(?:(?:建设)?用地)?",
    "新增": (
        r"新增(?!收储|储备|实施)(?:建设用地|用地|土地)?|新报?批(?:建设用地|用地|土地)|"
        r"增量(?:建设用地|用地|土地)?"
    ),
    "存量": r"存量(?:建设用地|用地|土地)?",
}
_MODES = {
    "出让": (
        r"(?:招拍挂|招标拍卖挂牌|协议|公开|有偿)出让(?=\d+宗)|"
        r"有偿(?:使用|供应)(?=(?:（[^（）\d]*）)?约?\d)|出让(?=约?\d[\d.,]{0,12}(?:公顷|亩)[，、；](?:拟|计划)?划拨)|"
        r"(?<!计划)(?<![拟将可])(?:招拍挂|招标拍卖挂牌|协议|公开|有偿|挂牌)?(?<!计划)(?<![拟将可])"
        r"出让(?!地块|清单|\d+宗)(?:方式|用地|土地)?|招拍挂(?:方式)?"
    ),
    "划拨": r"划拨(?:方式|用地|土地)?",
    "租赁": r"(?:土地)?租赁(?:方式)?(?!住|型|房|市场|保|地块)",
    "作价出资": r"作价出资(?:[（(]?(?:或)?入股[)）]?)?(?:方式)?",
}
_LAND_PARTS = (
    "市区|中心区|核心区|城区|县本级|区本级|本级|县域|县（市）|新城区|新城(?=范围|供应|土地)|郊区新城|[近远]?郊区(?:（市）)?县?|"
    "建成区外"
)
_PLAIN_PARTS = (  # wherever they stand
    "[近远]?郊县（市）|[东西南北中]部(?:地区|城区|区域|片区)|中心市区|(?:县城|城市|城镇)规划区|县城(?=范围)|岛[内外]|市辖区|中心城区|主城区|市本级|"
    "市内[三四五六七]区"
)
_OUTSIDE = re.compile(
    r"(?:市本级|市区|中心城区|主城区)[之以]外的?(?:其他|其余)?[一二三四五六七八九十\d]{0,2}个?"
    r"(?:区县|县区|县市|市县|区|县)(?=[^\d，。；、]{0,24}\d)"
)
_GROUP = (  # 三县一市, 主城四区, 其余9市: several divisions as one, no list of names before it
    r"(?:(?<![\u4e00-\u9fff])|(?<=[在于和及与]))(?:(?:主城|市辖|老城|其余|其他|其它|另外|下辖|所辖)的?)?"
    r"[两二三四五六七八九十\d]{1,2}个?(?:城区|县区|区县|县市区?|市县|镇街|乡镇|街道|[区县市镇旗])(?:[一二三四五]市|（市）)?"
    r"(?=(?:的|合计|共计|总计|共|约|为|计划|安排|供应|则)*\d)|"
    r"(?<=[在于的])(?:主城|市辖|其余|其他|下辖|所辖)?的?[两二三四五六七八九十\d]{1,2}个?(?:城区|县区|区县|县市区?|市县|[区县市镇旗])(?:[一二三四五]市|（市）)?(?=[，。；])"
)
_PART_OF_PLACE = re.compile(
    rf"{_GROUP}|"
    r"\d{1,3}个(?:大中|重点|热点|试点|[一二三]线)+城市|"
    r"(?<=[亩顷米里][，、和；])各(?:县市区|[县区]市|[县市]区|区县|[县区旗镇乡]|街道|园区|开发区)(?=(?:合计|共计|共|约)*\d)|"
    r"(?<![\u4e00-\u9fff])各?县（市(?:、区)?）(?=[^，。；、\d]{0,8}\d)|(?<=各)县（市(?:、区)?）(?=[^，。；、\d]{0,8}\d)|"
    r"(?:其余|其他|其它)(?:各)?(?:镇街|街镇|乡镇街道|乡镇|镇乡|镇区|镇|乡|街道|区县|县区|县市区|县市|旗县|县|旗|县（市、区）|地区|区域|区)|"
    rf"(?:(?:(?<![\u4e00-\u9fff])|(?<=[中在年度市将和、及]))(?:{_LAND_PARTS})|{_PLAIN_PARTS})"
    r"(?=(?:[（(][^（()）\d]{0,60}[)）])?[^\d，。；、]{0,24}[\d，]|范围)|"
    r"(?:(?<![\u4e00-\u9fff])|(?<=[中和与、及]))(?:开发区|高新区|经开区|新区|工业园区|产业园区|园区|度假区|保税港?区|示范区|自贸[片试]?区|科[学技]城|生态城|大学城)"
    r"(?=(?:[（(][^（()）\d]{0,20}[)）])?[^，。；、\d]{0,20}\d)",
)
_NUMERAL = f"[{''.join(DIGITS)}十]"
_ONE_FIGURE = r"(?![^。；\d]{0,24}?(?:分别|依次|各|占))(?=[^，。；、：\d]{0,14}\d)"
_SO_MANY_PLACES = re.compile(
    rf"[等这那]?(?P<kind>(?P<count>{_NUMERAL}{{1,3}})(?:个|大)?[\u4e00-\u9fff“”]{{0,3}}?(?:区域?|[县市镇乡地]|街道|新城|组团|板块|片区)(?:（[市县区旗]）)?)"
    rf"(?:(?P<all>{_GLUED}|{_ONE_FIGURE})|(?P<each>[^。；\d]{{0,24}}?(?:分别|依次|各)))"
)
"""How many places have been listed, and whether one figure follows or one for each."""
_PLACES_OF_KIND = re.compile(
    r"(?:^|[，。；：、（\s在为向给从]|其中)(?P<all>(?!其中|计划|今年|分别|主要|[在从为向以])"
    r"(?P<items>[\u4e00-\u9fff]{2,5}(?:[、和及与][\u4e00-\u9fff]{2,5}){0,6})"
    r"(?:等(?:建制|小?集|中心|周边|其[他余])?(?:乡镇|镇街|街镇|街道|园区|开发区|片区|[镇乡])|"
    r"(?:[、和及与]|以及)其[他它余][\u4e00-\u9fff]{0,4}?(?:乡镇|镇街|街镇|街道|园区|片区|[镇乡县])|"
    rf"[、和及与][\u4e00-\u9fff]{{1,4}}片))(?!区){_ONE_FIGURE}"
)
_PLACES_BEFORE = re.compile(
    r"(?:^|[，。；：、（\s]|[的在是由从向于将把](?=[\u4e00-\u9fff]{2,6}[、和及与]))"
    r"(?P<items>[\u4e00-\u9fff]{2,10}?(?:(?:、|和|及|与)[\u4e00-\u9fff]{2,10}?)+)$"
)
_EACH_OF_LIST = re.compile(
    r"(?P<items>[\u4e00-\u9fff]{2,6}(?:[、和及与][\u4e00-\u9fff]{2,6}){1,12})[^，。；、\d]{0,12}，?[^，。；、\d]{0,8}(?:分别|依次|各[为有是])"
)
_ENDS_ITEM = re.compile(
    rf"[、和及与，]|[两三四五六七八九十]|紧随|[为是最居任领均都]|{pieces('glue')}"
)
_ONE_PLACE = re.compile(r"[\u4e00-\u9fff]{2,10}?(?=[、和及与]|$)")
_QUARTER_OF_NAME = re.compile(rf"(?:新区|新城|片区|板块|组团|开发区|园区)(?={_GLUED})")
_ZONES = {"高新技术产业开发区": "高新区", "经济技术开发区": "经开区", "经济开发区": "经开区"}
_QUARTERS = {"一": "第一季度", "二": "第二季度", "三": "第三季度", "四": "第四季度"}
_DIGITS = str.maketrans("1234", "一二三四")
_PERIOD = re.compile(r"(?<!前)第?([一二三四1-4])季度|(上半年|下半年)")


@dataclass(frozen=True)
class Names:
    """The names that a plan's figures can be about.

    Parameters
    ----------
    jurisdiction
        The plan's place as published (湖州市区); figures for it are totals.
    code
        Code of its division; empty if it is none.
    learned
        Regions that the document itself names and the division list does not have.

    Examples
    --------
    >>> names = Names("湖州市区", "330500", ("南太湖新区",))
    >>> [(m.kind, m.name) for m in names.find("湖州市区住宅用地，南太湖新区存量")]
    [('whole', '湖州市区'), ('use', '住宅用地'), ('region', '南太湖新区'), ('source', '存量')]
    """

    jurisdiction: str = ""
    code: str = ""
    learned: tuple[str, ...] = ()

    def find(self, text: str) -> tuple[Mention, ...]:
        """Find all names in ``text``, left to right, not overlapping; uses before regions."""
        found = _first_taken(text, (find_uses(text), self._regions(text), _facets(text)))
        own = [m for m in found if not _is_compared(text, m)]
        return _with_kinds(text, own)

    def region(self, name: str) -> tuple[str, str]:
        """Give a region's name without the jurisdiction before it, and its code or nothing.

        A zone's committee (管委会) stands for the zone.
        """
        bare = re.sub(rf"\s+|^[我本全][市县区](?=..)|(?:{COMMITTEE.pattern})$", "", name)
        for own in (self.jurisdiction, divisions.division(self.code).name if self.code else ""):
            if own and bare.startswith(own) and len(bare) > len(own) + 1:
                bare = bare.removeprefix(own)
        bare = "市辖区" if bare == "辖区" else bare  # of 青岛市辖区
        found = divisions.match(bare, within=self.code or None)
        return bare, found.code

    def is_whole(self, name: str) -> bool:
        """Whether a name stands for the plan's whole area."""
        return bool(self._whole.fullmatch(_WHOLE_NOTE.sub("", re.sub(r"\s+", "", name))))

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        own = {self.jurisdiction, divisions.division(self.code).name if self.code else ""}
        own |= {
            self.jurisdiction[-n:] for n in (2, 3) if self.jurisdiction.endswith(("市区", "本级"))
        }
        own |= {core for core in ("中心城区", "主城区") if self.jurisdiction.endswith(core)}
        own |= {m[1] for m in [_LAST_OF_PLACES.search(self.jurisdiction)] if m}
        own |= {re.sub("[省市]$", "", n) for n in own if len(n) > len("市辖")}
        own |= {short for full, short in _ZONES.items() if self.jurisdiction.endswith(full)}
        words = "|".join(map(re.escape, sorted(filter(None, own), key=len, reverse=True)))
        general = (
            r"(?:全|我|本)(?:地区|市|县|区|省|州|旗|盟|师|国)(?:（[市县区]）|\([市县区]\))?|师市"
        )
        return re.compile(rf"{words}|{general}" if words else general)

    def _regions(self, text: str) -> Iterator[Mention]:
        whole = {m.end(): m for m in self._whole.finditer(text)}
        taken = Taken(text)
        begins = {m.start() for m in whole.values()}
        own = [m.span() for m in whole.values() if PART_OF_LAND.search(m.group())]
        for start, close, printed, code in self._named(text):
            if any(a <= start and close <= b for a, b in own) or close in begins:
                continue  # 市本级 in a plan for 某市本级 is all of it; 甲市 in 甲市乙新区
            if not printed:
                taken.take(start, close)
                continue
            lead = whole.get(start)  # 巴楚县 in 巴楚县三岔口镇
            office = _OFFICE.match(text, close)
            name = printed + office.group() if office else printed
            behind = office or COMMITTEE.match(text, close)
            end = behind.end() if behind else close
            if taken.take(lead.start() if lead else start, end):
                yield Mention(lead.start() if lead else start, end, "region", name, code)
        for m in whole.values():
            if taken.take(*m.span()):
                yield Mention(m.start(), m.end(), "whole", m.group())

    def _named(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        yield from self._named_for_all(text)
        yield from self._counted(text)
        for m in _OUTSIDE.finditer(text):  # 市本级之外4区
            yield m.start(), m.end(), m.group(), ""
        for name in self.learned:
            at = text.find(name)
            while at >= 0:
                yield at, at + len(name), name, self.region(name)[1]
                at = text.find(name, at + len(name))
        for m in (*self._urban_core.finditer(text), *_PART_OF_PLACE.finditer(text)):
            yield m.start(), m.end(), m.group(), ""
        for span in divisions.find_names(text, within=self.code or None):
            own = self.code and not is_below(span.match.code, self.code)
            own = own or bool(_GOES_ON.match(text, span.end - 1))  # 新城区块
            if not own and not self._whole.fullmatch(span.match.text):
                yield span.start, span.end, span.match.text, span.match.code
        yield from self._abbreviated(text)

    def _named_for_all(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """Find places of a kind of which some are named: 东湖、西坪等乡镇21公顷."""
        for m in _PLACES_OF_KIND.finditer(text):
            listed = re.split("[、和及与]", m["items"])
            if not any(canonical(name) or NO_REGION.search(name) for name in listed):
                yield *m.span("all"), m["all"], ""

    def _counted(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """Find places that are as many as is said behind them: 东湖、西坪、北岭三个区共30公顷.

        Each is one where 分别 or 各 parts the figures; else they are one together.
        """
        for closed in _SO_MANY_PLACES.finditer(text):
            items = _PLACES_BEFORE.search(text, max(0, closed.start() - 80), closed.start())
            spans = (
                [m.span() for m in _ONE_PLACE.finditer(text, *items.span("items"))] if items else []
            )
            if not spans or len(spans) != chinese_number(closed["count"]):
                continue
            (a, b), *rest = spans
            lead = re.match("(?:.*[的在是由从向将把年])?(?=..)", text[a:b])
            spans = [(a + (lead.end() if lead else 0), b), *rest]
            printed = [text[a:b] for a, b in spans]
            if any(map(canonical, printed)) or all(map(NO_REGION.search, printed)):
                continue
            if closed["each"]:
                yield from ((a, b, *self._place(text[a:b])) for a, b in spans)
            elif closed["all"] is not None:
                a, b = spans[0][0], spans[-1][1]
                whole = all(REGION_LIKE.fullmatch(text, *span) for span in spans)
                yield a, b, text[a : b if whole else closed.end("kind")], ""
            yield closed.start("kind"), closed.end("kind"), "", ""  # no place of its own

    def subject_at(self, text: str, start: int) -> Mention | None:
        """Give the place below the plan's, in short, that a sentence begins with.

        In 东山还是重头，112公顷 no figure stands near it.
        """
        m = self._short_names.match(text, start)
        m = None if m and _QUARTER_OF_NAME.match(text, m.end()) else m
        found = divisions.match(m.group(), within=self.code) if m else None
        if m is None or found is None or found.kind != "abbreviated":
            return None
        return Mention(m.start(), m.end(), "region", found.name, found.code)

    def _place(self, name: str) -> tuple[str, str]:
        """Give the listed name and code of a place that may be abbreviated."""
        found = divisions.match(name, within=self.code or None)
        known = self.code and found.kind in ("exact", "abbreviated")
        return (found.name, found.code) if known else (name, "")

    def _abbreviated(self, text: str) -> Iterator[tuple[int, int, str, str]]:
        """Find 林城 for 林城镇 where only other names stand between it and a figure."""
        each = [m.span("items") for m in _EACH_OF_LIST.finditer(text)]
        for m in self._short_names.finditer(text):
            found = divisions.match(m.group(), within=self.code)
            rest = _UNTIL_FIGURE.match(text, m.end())
            if quarter := _QUARTER_OF_NAME.match(text, m.end()):  # 徐湾片区 is no 徐湾街道
                yield m.start(), quarter.end(), text[m.start() : quarter.end()], ""
                continue
            own = self._whole.match(text, m.start())  # 云溪 in 云溪区 is no 云溪街道
            if own or found.kind != "abbreviated":
                continue
            alone = any(a <= m.start() and m.end() <= b for a, b in each)
            if alone and _ENDS_ITEM.match(text, m.end()):
                yield m.start(), m.end(), found.name, found.code
                continue
            if rest is None:
                continue
            others = REGION_LIKE.sub("", self._short_names.sub("", _ASIDE.sub("", rest.group())))
            if GLUE.fullmatch(others):
                yield m.start(), m.end(), found.name, found.code

    @cached_property
    def elsewhere(self) -> re.Pattern[str]:
        """Match provinces and cities that are no part of the plan's place, by name or in short."""
        if not self.code:
            return re.compile(r"(?!)")
        own = divisions.division(self.code)
        around = {own.code, *(d.code for d in divisions.ancestors(own.code))}
        below = {n for d in divisions.descendants(own.code) for n in divisions.short_names(d.name)}
        others = [d for d in divisions.descendants() if d.level in ("province", "prefecture")]
        if own.level == "county":
            others += divisions.children(own.parent)
        names = {
            name
            for d in others
            if d.code not in around and not is_below(d.code, own.code)
            for name in (d.name, *divisions.short_names(d.name))
        }
        names -= {*below, *divisions.short_names(own.name), *self.learned, "市辖区"}
        if own.level != "province":
            names |= {"全省", "全国"}
        names = {n for n in names if len(n) > 1}
        words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        return re.compile(rf"(?:(?<![\u4e00-\u9fff])|(?<=[、和与及在像跟比而看对]))(?:{words})")

    @cached_property
    def _urban_core(self) -> re.Pattern[str]:
        """Match 阿拉尔市区 with its own figure, in a plan for all of 阿拉尔市."""
        own = divisions.division(self.code).name if self.code else self.jurisdiction
        part = own.endswith("市") and not self.jurisdiction.endswith("市区")
        return re.compile(rf"{re.escape(own)}区(?={_GLUED})" if part else r"(?!)")

    @cached_property
    def _short_names(self) -> re.Pattern[str]:
        below = divisions.descendants(self.code) if self.code else ()
        province = bool(self.code) and divisions.division(self.code).level == "province"
        brief = {
            name
            for d in below
            if not (province and d.level == "township")
            for name in divisions.short_names(d.name)
            if not (canonical(name) or GLUE.fullmatch(name) or NO_REGION.search(name))
            and name not in ("余下", "其余")
        }
        words = "|".join(map(re.escape, sorted(brief, key=len, reverse=True)))
        own = self.jurisdiction.removesuffix("市")
        before = rf"(?:{_BEFORE_NAME}|(?<={re.escape(own)}))" if own else _BEFORE_NAME
        return re.compile(rf"{before}(?:{words})" if words else r"(?!)")


def _facets(text: str) -> Iterator[Mention]:
    kinds: tuple[tuple[MentionKind, dict[str, str]], ...] = (("source", _SOURCES), ("mode", _MODES))
    for kind, patterns in kinds:
        for name, pattern in patterns.items():
            for m in re.finditer(pattern, text):
                yield Mention(m.start(), m.end(), kind, name)
    for m in _PERIOD.finditer(text):
        name = m[2] or _QUARTERS[m[1].translate(_DIGITS)]
        yield Mention(m.start(), m.end(), "period", name)


def split_names(text: str, *, within: str | None = None) -> list[str]:
    """Split a list of places; 和 and 及 part names only where they are no part of one.

    Examples
    --------
    >>> split_names("和孚镇、练市镇和双林镇", within="330503")
    ['和孚镇', '练市镇', '双林镇']
    """
    parts: list[str] = []
    for item in re.split(r"[、，,；;/／\s]+", text):
        known = (
            divisions.match(item, within=within).kind in ("exact", "abbreviated") if item else True
        )
        pieces = [item] if known else re.split(r"以及|(?<=[镇乡道区县园场市])(?:和|及|与)", item)
        parts += [p for p in pieces if p]
    return parts


_NO_NAME = re.compile(
    r"^占|^分[到给]|[一二三四五六七八九十两几][个大宗幅块]|[的按照为是对把该其所并了须应各等]|另行|单列|通过|结合|实现|布局|推进|支持|加快|促进|完善|重点|主要|供应|安排|计划|"
    r"确保|拆除|整理|低效|改造|发布|集中|本次|此次|推出|挂牌|面积|公布|出让|目标|收储|储备|"
    r"^他|[大中小]城市|[上入]市|将[在把向于]|[拟已]在|首批|动工|之外|.因|剩下|[率程目]$"
)
_LEAD = re.compile(
    r"^(?:[—–●•·■◆▪*-]|其中|属于|今年|去年|全年|本年|包括|包含|含|(?:而|[我本]市)(?=.{2,}[区县市镇])|分别为|分别是|以及|主要|(?:分别|主要)?(?:位于|分布[在于])|即|按区域分|按区域|分区域看|从区域看|(?:计划|拟|将)(?=在)|\d+[.．、]|"
    r"[（(][一二三四五六七八九十\d]+[）)]|[一二三四五六七八九十]是|和|及|与|在|由|，)*+"
)
# Characters that part names, or stand before them, wherever they are no part of a listed name.
_PARTING = "和及与含由在即"
_SHIELD = {ord(c): 0xF0000 + ord(c) for c in _PARTING}
_UNSHIELD = {there: here for here, there in _SHIELD.items()}
_ASIDE = re.compile(rf"[（(](?!{_KIND_OF_PLACE}[)）])[^（()）\d]{{0,20}}[)）]")
_HOLDING = re.compile(r"[（(](?:其中|含|包括)[^（()）]{1,80}[)）](?=[^，。；、（(]{0,8}\d)")
_RESPECTIVELY = re.compile(r"[，,](?=分别|依次)")
_SOME_AREA = rf"约?\d[\d,]{{0,9}}(?:\.\d{{1,6}})?(?:{AREA_UNITS})"
_ITEM = re.compile(rf"([\u4e00-\u9fff]{{2,16}}?){_SOME_AREA}")
_ITEM_GAP = re.compile(r"(?:、|和|及|，|\s)\s*")
_GLUE_WORD = words("glue")
_BRACKETED = re.compile(rf"([\u4e00-\u9fff]{{2,8}})[（(]{_SOME_AREA}[)）][、，和及]?")
_PLACES_IN_BRACKETS = re.compile(rf"(?<=[在于向到至])(?P<items>(?:{_BRACKETED.pattern})+)")
_FIGURE_INSIDE = re.compile(r"[（(](?=[约占共]?\d)")  # 甲区（33公顷）
_ZONE_WORD = re.compile(
    r"城区|郊区|矿区|开发区|高新区|经开区|新区|园区|经济区|度假区"
)  # 经济开发区 is a name
_CLAUSE = re.compile(rf"[，。；：\s;:()①-⑳]|（(?!{_KIND_OF_PLACE}）)|(?<!（{_KIND_OF_PLACE})）")
_GOES_ON = re.compile("市[政场容民域]|区[域间块]|县域|乡村|镇村")  # 交通市政用地 is of no 交通市
_NEXT_NAME = re.compile(
    r"[、和及与]|重点向|(?:计划|拟|将|预计|继续)(?:在|安排|供应)|(?:安排|集中|布局|分布|选址|投放|倾斜|布置|落户|集聚)[在于向到至]|投向|位于|落在|"
    r"(?:的|其次|再次|最后|依次|首先|分别)[是为]"
)
_NUMBER = re.compile(r"[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]\s*")
_AT_BOUNDARY = re.compile(
    r"(?:^|[，。；：:\s、①-⑳]|其中|(?:(?<=[的数])|其次|再次|次之|最后|其余)[是为]|[和及与])(?=([\u4e00-\u9fff]{1,6}?(?:街道|新区|开发区|高新区|经开区|新城|园区|[镇区县]))"
    r"(?:[：:]|最[多少大小]|次之|居|以?[和及与、][\u4e00-\u9fff]{2,8}(?:街道|[城镇区县])|[，合]|分别)[^。；：]{0,24}\d)"
)
_HEADING_END = re.compile(r"[。：]")
_QUARTER = re.compile(r"[\u4e00-\u9fff]{2,8}(?:[—－-][\u4e00-\u9fff]{2,8})?(?:片区|组团|板块)")
_MAX_NAME = 14
_HEAD_OF_PART = re.compile(
    rf"(?:[^；。，：]{{2,8}}[，：])?(?P<name>[\u4e00-\u9fff]{{1,4}}?(?:新区|开发区|[区县镇]))(?![区县市镇])(?:(?P<figure>{_GLUED})|[^；。]*\d)"
)
_LINE_OF_PLACE = re.compile(r"\s*[●•·■◆▪*-]?\s*([\u4e00-\u9fff]{2,5})\d{1,3}宗(?:地块?)?，[^。]*\d")


def learn_names(jurisdiction: str, code: str, texts: Iterable[str]) -> Names:
    """Collect the regions that a document names beside those of the division list.

    A name is taken where figures stand behind it, or where it stands in a list with such names.

    Examples
    --------
    >>> text = "其中北湖新区供应30公顷，市直5公顷，城关镇、东关镇分别为1、2公顷"
    >>> learn_names("曹州市", "", [text]).learned
    ('北湖新区', '市直', '城关镇', '东关镇')
    """
    bare = Names(jurisdiction, code)
    found: dict[str, None] = {}
    texts = list(texts)
    found |= dict.fromkeys(_beside_listed_lines(texts, code))
    for text in texts:
        for name in dict.fromkeys(_stated_regions(text, code)):
            clean = bare.region(name)[0]
            whole = bare.is_whole(name) or bare.is_whole(clean)
            whole = whole or bool(jurisdiction and clean.endswith(jurisdiction))  # 根据曹州市
            if not (whole or _is_listed(clean, code) or _is_phrase(clean, code)):
                found[clean] = None
    order = sorted(found, key=len, reverse=True) if _nested(found) else list(found)
    return Names(jurisdiction, code, tuple(order))


def _beside_listed_lines(texts: Sequence[str], code: str) -> list[str]:
    """Give unknown names at the head of lines like those of listed ones: ● 银杏湾2宗，15亩."""
    names = [m[1] for m in map(_LINE_OF_PLACE.match, texts) if m]
    known = {n for n in names if divisions.match(n, within=code).code} if code else set()
    return [n for n in names if n not in known] if 2 * len(known) > len(names) else []


def _is_listed(name: str, code: str) -> bool:
    """Whether the division list has a name; townships of a name are too many without a scope."""
    listed = divisions.match(name, within=code or None)
    division = listed.division if listed.kind == "exact" else None
    return division is not None and (bool(code) or division.level != "township")


def _nested(names: Iterable[str]) -> bool:
    names = list(names)
    return any(a != b and a in b for a in names for b in names)


@lru_cache(maxsize=64)
def _names_that_part(code: str) -> re.Pattern[str]:
    """Match the listed names that hold a character which parts names elsewhere: 和田市, 含山县."""
    if code:
        above = (*divisions.ancestors(code), divisions.division(code))
        listed = (*above, *divisions.descendants(code))
    else:
        listed = tuple(d for d in divisions.descendants() if d.level != "township")
    names = {d.name for d in listed} | {
        short for d in listed if d.level != "township" for short in divisions.short_names(d.name)
    }
    names = {n for n in names if set(n) & set(_PARTING)}
    words = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.compile(words or r"(?!)")


def _stated_regions(text: str, code: str) -> Iterator[str]:
    """Give the names before figures, and those of headings, listed or not."""
    yield from _beside_regions(text)
    yield from _in_brackets(text)
    yield from _beside_parts(text)
    text = _names_that_part(code).sub(lambda m: m.group().translate(_SHIELD), text)
    if heading := _region_of_heading(text):
        yield heading.translate(_UNSHIELD)
    printed = text
    text = _FIGURE_INSIDE.sub("", _RESPECTIVELY.sub("", _ASIDE.sub("", text)))
    whole = _HOLDING.sub("", text)
    for clause in _CLAUSE.split(text if whole == text else f"{text}。{whole}"):
        for name in _regions_of_clause(clause):
            if len(name) >= 2 and not NO_REGION.search(name) and not canonical(name):
                yield name
    for m in _AT_BOUNDARY.finditer(
        printed
    ):  # 石塘街道：项目6个，面积233亩; 最多的是临江区和望海新区
        name = _LEAD.sub("", m[1], count=1)
        if REGION_LIKE.fullmatch(name) and not NO_REGION.search(name):
            yield name.translate(_UNSHIELD)


def _beside_regions(text: str) -> Iterator[str]:
    """Give names without a region's ending in a list with regions: 银杏湖69公顷、西河区36公顷."""
    runs: list[list[tuple[str, str]]] = []
    last = -1
    for m in _ITEM.finditer(text):
        if last < 0 or not _ITEM_GAP.fullmatch(text, last, m.start()):
            runs.append([])
        last = m.end()
        words = _GLUE_WORD.split(m[1])
        alone = "".join(words) if sum(map(bool, words)) == 1 else ""  # 银杏湖供应
        name = _LEAD.sub("", words[-1] or alone, count=1)
        behind = m[1].rpartition(name)[2] if name else ""
        runs[-1].append((name if len(name) > 1 and not canonical(name) else "", behind))
    for run in runs:
        said = {behind for name, behind in run if name and REGION_LIKE.fullmatch(name)}
        for name, behind in run:
            if name and behind in said and not REGION_LIKE.fullmatch(name):
                begins = REGION_LIKE.match(name)  # 石塘经开区要拿走; 老旧厂区更新 is none
                place = begins.group() if begins else name
                if not NO_REGION.search(place):
                    yield place


def _beside_parts(text: str) -> Iterator[str]:
    """Give what begins a part of a sentence as others do with a place: 甲区9亩；乙区不多，8亩."""
    heads = [_HEAD_OF_PART.match(part) for part in re.split("[；。]", text)]
    found = [(_LEAD.sub("", m["name"], count=1), m["figure"]) for m in heads if m]
    found = [(name, figure) for name, figure in found if not NO_REGION.search(name)]
    if any(figure is not None for _, figure in found):
        yield from (name for name, _ in found if len(name) > 1)


def _in_brackets(text: str) -> Iterator[str]:
    """Give places that are listed with figures in brackets: 集中在北湖（5公顷）和石塘（4公顷）."""
    for run in _PLACES_IN_BRACKETS.finditer(text):
        names = _BRACKETED.findall(run["items"])
        if len(names) > 1 and not any(map(canonical, names)):
            yield from names


def _region_of_heading(text: str) -> str:
    """Give the region that a numbered heading names: （一）北湖新区."""
    number = _NUMBER.match(text)
    heading = _HEADING_END.split(text[number.end() :], maxsplit=1)[0] if number else ""
    place = REGION_LIKE.fullmatch(heading) and not NO_REGION.search(heading)
    return heading if place or _QUARTER.fullmatch(heading) else ""


def _regions_of_clause(clause: str) -> Iterator[str]:
    """Give what stands before the last figure and looks like a region; "" where nothing does."""
    stated = re.match(r".*\d|", clause)
    words = stated.group() if stated else ""
    for start in (0, *(m.end() for m in _NEXT_NAME.finditer(words))):
        rest = re.match(r"\D*", _LEAD.sub("", words[start : start + 60], count=1))
        told = rest.group() if rest else ""
        name = _name_at_start(re.split(r"[、和及与]", told)[0]) or _name_at_start(told)
        yield name.translate(_UNSHIELD)


def _name_at_start(words: str) -> str:
    """Give the longest beginning that ends like a region and has only 供应, 共 … behind it."""
    if begins_with_use(words):
        return ""
    for length in range(min(len(words), _MAX_NAME), 1, -1):
        if REGION_LIKE.fullmatch(words, 0, length) and not _GOES_ON.match(words, length - 1):
            committee = COMMITTEE.match(words, length)
            if GLUE.fullmatch(words, committee.end() if committee else length):
                return words[:length]
    return ""


def _is_phrase(name: str, code: str) -> bool:
    """Whether words that end like a region are more than a name (必须严格按照巴楚县)."""
    inside = divisions.find_names(name, within=code or None)
    ends = (s.match.text for s in inside if s.start and s.end == len(name))
    return bool(_NO_NAME.search(name)) or any(not _ZONE_WORD.fullmatch(end) for end in ends)
