"""What a sentence orders in words: bans, conditions, what comes first, limits, days.

An order is a clause with the grammar of obligation (不得, 须, 方可, 优先, 一律, a number behind
不低于) that speaks of land or of the terms of its sale. What offices do among themselves (报送,
加强协调) orders nothing of land, nor does what somebody expects.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from landgis.plan.lexicon import pieces, words

_PART = re.compile("[^；;]+")
_CLAUSE = re.compile("[^，,]+[，,]?")
_ANY = re.compile(
    "不[得应准许宜予再能可供安受批新推办]|[全都均]|严格|通过|迟于|超出|最低|禁|暂[停缓]|停止|一律|原则上|须|应|先|方[可能予]|才[能可予]|净地|低于|少于|"
    "高于|超过|大于|小于|突破|晚于|早于|控制在|[上下]限|最高|前|内|只[增减租征]|个月|实行|采[取用]|推行|执行|同步"
)
"""What no clause that orders goes without; a quick look before the long one."""
_SHOULD = "(?<![供对响适相反效])应(?![用急届付])当?"
_NUMBER = r"(?:[\d一二三四五六七八九十百两半][\d.,，一二三四五六七八九十百千万]*)"
_BEYOND = "(?:低于|少于|高于|超过|超出|大于|小于|突破|早于|晚于|迟于)"
_LIMIT = re.compile(
    rf"(?:不(?:得|应|能|可|宜)?{_BEYOND}|控制在|[上下]限(?:为|是|由[^，。；]{{0,6}}到)?|最[高低](?=限价|溢价|不))"
    rf"(?P<of>[^，。；、\d]{{0,12}}?){_NUMBER}(?:[%％‰]|[^，。；、\d]{{0,6}})"
)
_MUST_REACH = re.compile(rf"(?:须|{_SHOULD}|必须)[^，。；]{{0,4}}(?:达到?|为){_NUMBER}")
_OF_BEFORE = re.compile("(?:近|前|过去|第)$|年均|平均|同期")
"""Between 不低于 and a number that is no limit: 不低于近五年."""
_DESCRIBED = re.compile(r"[^，。；]{0,4}的(?:要求|规定|标准|水平|区[间域])")
_NOT_ORDERED = re.compile("符合|从未|均未|已(?!列入|供|批)|可(?!售)|鼓励|支持|探索")
"""Words of what is so, or may be, which no limit or way is ordered by."""
_STRONG = "(?:不得|不应(?!只|仅)|严禁|禁止|不准|不许)"
_BAN = re.compile(
    rf"{_STRONG}(?!不|已|重复|[类的]|[^，。；]{{1,8}}的(?:部分|储备|土地|地块|项目)|用地(?:项目)?目录|[^，。；]{{0,3}}目录)(?!{_BEYOND})|"
    rf"(?:不予|一律不|原则上(?:当年)?不|不再|不宜|暂停|停止|暂缓|暂不)(?!{_BEYOND}|计入|单列|重复|另行|[占纳]入?(?:统计|上述))(?:[^，。；]{{0,24}}?)"
    rf"(?:{pieces('order', 'done_to')})(?!的)|"
    "(?:只租[^，。；]{0,8}|[，内外的区业目地]|单独)不(?:单独)?(?:供地|供应(?!地块)|安排|推出|受理|新增|办理供)(?![^，。；]{0,6}的)|"
    "一[宗亩块][^，。；]{0,16}[都也]不(?:供|安排|推)|只[增减征]不[减增供]"
)
_COMES_FIRST = f"优先(?:{pieces('order', 'first')})"
_NOUN = "(?:用地|土地|地块|宗地|项目|指标)"
_FIRST = re.compile(
    rf"(?:{_SHOULD}|须|必须|要|且|一律|{_NOUN}[^，。；]{{0,8}}){_COMES_FIRST}[^，。；]|"
    rf"(?<!同等条件下)(?<!可){_COMES_FIRST}[^，。；]{{0,40}}?{_NOUN}|"
    rf"{_NOUN}[^，。；]{{0,8}}(?:应保尽保)?，?优先(?:供应|供地|安排|保障|审批)?(?=[，。；（]|$)|"
    f"(?<!可)优先供(?:应|地)?(?:[^，。；]{{2}}|(?=[，。；]|$))|"
    "优先于[^，。；]{2}|先于[^，。；]{2,20}|先(?!后|租|进|期|行先|立后破)[^，。；、]{1,8}[、，]?(?<!租)[后再](?!让|续)[^，。；]{1,8}|"
    rf"(?:{_NOUN}|住[房宅]|学校|设施)[^，。；]{{0,6}}(?:须|应|要)?与[^，。；]{{2,16}}同步(?:供应|建设|出让|实施|交付|(?=[，。；]|$))|{_SHOULD}[^，。；]{{0,4}}先行供应"
)
_WAYS = pieces("order", "ways")
_BY = (
    "(?:按照?|以|实行|采用|采取|执行|推行|通过)"
    "(?![^，。；]{2,24}(?:政策|规定|原则|要求|上限|标准(?!地)))"
)
_ALL = f"(?:一律|全部|全面|均|都|必须|{_SHOULD}|须|只|严格|原则上|百分之百|100[%％])"
_WAY = re.compile(
    rf"{_ALL}[^，。；]{{0,6}}{_BY}[^，。；]{{0,20}}(?:出让|供应|供地|拍卖|挂牌|管理|{_WAYS})|"
    rf"(?:出让|供应|供地)[^，。；]{{0,6}}，?{_ALL}(?:按|实行|采用|采取|执行|推行)[^，。；]{{2,}}|"
    rf"(?<!首次)(?:实行|采用|采取|推行)(?![^，。；]*(?:以来|\d))[^，。；]{{0,8}}(?:{_WAYS})|只租不[售卖]|"
    "多少[、，]?供[应地]?多少|一[块片批宗][、，]供应?一[块片批宗]"
)
_CONDITION = re.compile(
    "方(?:可|能|予)|才(?:能|可|予)(?=[供出入挂上办批受])|前置条件|"
    "(?:[出供入挂审报][^，。；]{0,3}|公告|上市|开工|建设|供应|出让)(?:之|以)?前[^，。；]{0,6}?"
    f"(?:{_SHOULD}|必须|须|要|先)(?=[^，。；])|"
    "须经[^，。；]{2,16}(?:同意|批准|核准|论证)后"
)
_IF_STOCK = re.compile(
    f"(?:超过?|高于|低于|不足|小于|大于|长于|短于|在){_NUMBER}(?:[—–~至-]{_NUMBER})?个?月[^，。；]{{0,14}}，?[^，。；]{{0,8}}"
    "(?:停[供止]|暂[停缓]|减[供少量]|压减|持平|加快|(?:显著|适当)?(?:增加|多供))(?!了|于|到)"
)
"""What comes of so much stock: 去化周期超过24个月的板块减供三成."""
_NET = re.compile("净地[”’]?.{0,30}(?:一律不|不得|严禁|不列入|方可|供应|出让制度|出让)")
_NET_PLOTS = re.compile("(?:地块|土地|宗地|净地)[^，；。]{0,4}(?:应当?|必须|须)[^，；。]{0,4}净地")
_MUST = re.compile("一律|严格|推行|实行|必须|应当|不得|坚持|须|全面|严禁|禁止|应达到|应具备|方可")
_DAY = re.compile(
    rf"(?:月底?|月末|月[上中下]旬|(?<=[\d一二三四五六七八九十])[日号]|季度末?|半年|年底|周)(?:之|以)?前|"
    rf"{_NUMBER}个?(?:工作日|月|日|天|年)(?:以|之)?内|提前{_NUMBER}个?(?:工作日|月|日|天|年)"
)
_DEMAND = re.compile(
    f"必须|须|{_SHOULD}|全部|全面|完成(?!率|情况)|到位|完毕|签订|签约|缴[清纳]|付清|[开动]工|竣工|腾空|交地|办结|"
    "公[布告示开]|启动|具备"
)
_DUTY = re.compile(
    f"(?:必须|(?<![必无毋])须|{_SHOULD}(?<=当)|一律(?!不))(?!知)(?=[^，。；]{{2}})|"
    f"{_SHOULD}(?:[将把][^，。；]{{2,16}})?(?={pieces('order', 'duties')})|"
    "原则上(?=[分按在由以]|集中|采[取用])"
)
_WISH = re.compile("拟(?![出供收])|预计|力争|争取|有望|建议|希望|将(?!其|该)")
_OPINION = re.compile(
    "认为|估计|业内|分析师|中介|如果|问[：:]|财政|抵押|违约金|据.{0,4}测算|网友|税收返还"
)
"""What somebody thinks, and the money of offices: nothing behind these words binds land."""
_ONE_PLOT = re.compile(r"[该此](?:宗|幅)?地块|[该此]宗|该项目|容积率(?:均?为|约)?\d")
"""What tells of one plot and its terms, no rule of a plan."""
_HEAD = re.compile(
    "(?:[也均都且并再]|同时|原则上|此外)*(?:[不须应要可其]|必须|一律|严禁|禁止|暂|停止|优先|方)"
)
"""How a clause begins that orders what the one before it names."""
_RESETS = re.compile(f"须|{_SHOULD}|必须|不得|严禁|禁止|原则上|一律|今年|本年度?")
_AREA = re.compile(r"\d\s*(?:公顷|万?亩|平方米|平方公里|㎡)")
_KINDS = (
    ("ban", _BAN),
    ("condition", _CONDITION),
    ("condition", _IF_STOCK),
    ("priority", _FIRST),
)
_MERGED = ("limit", "due", "duty", "condition", "way")
"""Kinds of which a part of a sentence has one, however many clauses say it."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of a kind of `landgis.plan.model.RULE_NAMES`, and where its words stand."""

    kind: str
    start: int
    end: int


def find_orders(
    text: str,
    start: int,
    end: int,
    *,
    past: Sequence[int] = (),
    taken: Sequence[int] = (),
) -> Iterator[Order]:
    """Find what a sentence orders in words.

    Parameters
    ----------
    start, end
        Where the sentence stands in the text.
    past
        Where words of the past, or of another year, stand, in order.
    taken
        Where figures stand of which a rule has been read.

    Examples
    --------
    >>> text = "园区外不得新增工业用地，容积率不低于1.8；出让前须完成勘探。"
    >>> [(o.kind, text[o.start : o.start + 3]) for o in find_orders(text, 0, len(text))]
    [('ban', '园区外'), ('limit', '容积率'), ('condition', '出让前')]
    """
    if not _ANY.search(text, start, end):
        return
    for part in _PART.finditer(text, start, end):
        words_of_part = part.group().strip("。 ")
        if _is_net(words_of_part):
            yield Order("net_land", part.start(), part.start() + len(part.group().rstrip("。 ")))
        elif _speaks_of_land(words_of_part):
            yield from _of_part(text, part.start(), part.end(), past, taken)


def _is_net(part: str) -> bool:
    return bool(_NET_PLOTS.search(part) or (_NET.search(part) and _MUST.search(part)))


def _speaks_of_land(part: str) -> bool:
    return not (re.search("[?？]", part) or _ONE_PLOT.search(part)) and bool(
        words("order", "land").search(part) or words("order", "terms").search(part)
    )


def _of_part(
    text: str, start: int, end: int, past: Sequence[int], taken: Sequence[int]
) -> Iterator[Order]:
    """Read a part of a sentence clause by clause, each with what it speaks of."""
    pending: Order | None = None
    free = start
    for clause in _CLAUSE.finditer(text, start, end):
        at, stop = clause.start(), clause.start() + len(clause.group().rstrip("，,。 "))
        if _OPINION.search(text, at, stop):
            break
        if _stands(taken, at, stop) or _is_past(text, start, at, stop, past):
            free = clause.end()
            continue
        led = _HEAD.match(text, at, stop) and at > free
        begin = max(free, text.rfind("，", free, at - 1) + 1) if led else at
        kind = _kind(text[at:stop]) or (
            "priority"
            if led and _FIRST.search(text, begin, stop) and "优先" in text[at:stop]
            else ""
        )
        if not kind:
            continue
        if pending and pending.kind == kind and kind in _MERGED:
            pending = Order(kind, pending.start, stop)
        else:
            if pending:
                yield pending
            pending = Order(kind, begin, stop)
        free = clause.end()
    if pending:
        yield pending


def _is_past(text: str, start: int, at: int, stop: int, past: Sequence[int]) -> bool:
    """Whether a clause is of the past: what it orders comes before 上年, if it orders anything."""
    last = bisect_left(past, stop) - 1
    if last < 0 or past[last] < start:
        return False
    return not _RESETS.search(text, at, past[last] if past[last] >= at else stop)


def _stands(spots: Sequence[int], start: int, end: int) -> bool:
    """Whether one of some spots in order lies between two places."""
    at = bisect_left(spots, start)
    return at < len(spots) and spots[at] < end


def _kind(clause: str) -> str:
    """Tell what a clause orders; "" for nothing."""
    if words("order", "offices").search(clause):
        return "ban" if re.search(_STRONG, clause) and _BAN.search(clause) else ""
    if kind := next((kind for kind, pattern in _KINDS if pattern.search(clause)), ""):
        return kind
    duty = _DUTY.search(clause)
    if not duty and (_WISH.search(clause) or _NOT_ORDERED.search(clause)):
        return ""
    dated = _DAY.search(clause) and _DEMAND.search(clause) and (duty or not _AREA.search(clause))
    duty = None if re.search("[后前]$", clause) else duty  # 须在…以后，方可
    told = {"way": _WAY.search(clause), "limit": _is_limit(clause), "due": dated, "duty": duty}
    return next((kind for kind, found in told.items() if found), "")


def _is_limit(clause: str) -> bool:
    limit = _LIMIT.search(clause)
    if limit and (_OF_BEFORE.search(limit["of"]) or _DESCRIBED.match(clause, limit.end())):
        return False
    if not (limit or _MUST_REACH.search(clause)) or _AREA.search(clause):
        return False
    counted = re.search(f"{_NUMBER}(?:宗|次|批|块|幅|个|层|年|月|天|日|工作日|倍|成|分之)", clause)
    return bool(counted or words("order", "terms").search(clause))
