"""Numbers in the words of a plan: which of them are quantities, with unit and printed precision.

A number counts as a quantity by what follows it: a unit of area, %, a counting word, money. Years,
document numbers (〔2010〕117号), standards (GB/T 21010-2017), ordinals and telephone numbers have
none of these, and are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal, cast

from landgis.plan.dates import DIGITS, SCALES, DateSpan, chinese_number, find_dates, half_width
from landgis.units import M2_PER_UNIT, UNIT_ALIASES, Quantity, unit_name

Qualifier = Literal["exact", "about", "at_most", "at_least"]

NEAR = 30
"""Characters, or numbers of a list, beyond which words say nothing about a number."""

_OF = r"(?:[^\d，。；、（）]{0,14}的)?[为达到在至于]?\s*$"
_BEFORE: tuple[tuple[Qualifier, str], ...] = (
    (
        "at_most",
        (
            r"不超过|不突破|不高于|不大于|不多于|不得超过|不得突破|不得高于|控制在|严控在|限制在|上限为?"
            r"|最多|最高|至多|(?<!不)小于|(?<!不)(?<!不得)低于|(?<!不)(?<!不得)少于|≤|<"
        ),
    ),
    (
        "at_least",
        (
            r"不低于|不少于|不小于|不得低于|不得少于|不得小于|至少|最少|最低|下限为?"
            r"|(?<!不)大于|(?<!不)(?<!不得)高于|(?<!不)多于|(?<!不)(?<!不得)超过|≥|>"
        ),
    ),
    ("about", r"大约|约为?|接近|(?<![最靠附邻临])近|大致|大概"),
)
_PATTERNS_BEFORE = tuple((name, re.compile(f"(?:{words}){_OF}")) for name, words in _BEFORE)
_ANY_BEFORE = re.compile(rf"(?:{'|'.join(words for _, words in _BEFORE)}){_OF}")
_AFTER = re.compile(
    r"(?:\s*[（(][^（）()]{0,30}[)）])?\s*[及或]?"
    r"(?:(?P<at_most>以内|之内|以下)|(?P<at_least>以上)|(?P<about>左右|上下|出头))",
)


def qualifier_before(text: str, start: int) -> Qualifier | None:
    """Give what the words before a number that begins at ``start`` promise; None if nothing.

    Examples
    --------
    >>> qualifier_before("供应总量控制在30公顷", 7), qualifier_before("供应总量30公顷", 4)
    ('at_most', None)
    """
    before = text[max(0, start - NEAR) : start]
    if not _ANY_BEFORE.search(before):  # most numbers have none
        return None
    return next((name for name, words in _PATTERNS_BEFORE if words.search(before)), None)


def qualifier_after(text: str, end: int) -> Qualifier | None:
    """Give what the words behind a number that ends at ``end`` promise; None if nothing.

    Examples
    --------
    >>> qualifier_after("30公顷（450亩）左右", 4), qualifier_after("30公顷", 4)
    ('about', None)
    """
    after = _AFTER.match(text, end)
    return cast(Qualifier, after.lastgroup) if after and after.lastgroup else None


Kind = Literal["area", "share", "count", "money", ""]

COUNTS = ("个", "宗", "项", "处", "块", "幅", "家", "套", "户", "座", "栋", "幢", "条", "片")
MONEY = ("亿元", "万元", "元")
MAX_DIGITS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A quantity where it stands in a text.

    Parameters
    ----------
    start, end
        Its span in the original text, number and unit: ``text[start:end]``.
    value
        The printed number, exact, with its printed decimals: ``Decimal("7.20")``.
    unit
        A key of `landgis.units.M2_PER_UNIT` ("公顷", "亩", "万亩" …), "%", a counting word of
        `COUNTS`, "万元"/"亿元"/"元", or the default unit that was asked for.
    qualifier
        What the words around it promise: exactly, about (约), at most (控制在…以内, 不超过), at
        least (不低于, 以上).
    range_end
        The upper end of a range (100-200亩), whose lower end is ``value``; None otherwise. A range
        to keep within (控制在100-200亩) is two measures, the least and the most.
    own_unit
        Whether the unit stands at this number; False where it is shared with the numbers after it
        (1、2、3公顷) or is the default.
    """

    start: int
    end: int
    value: Decimal
    unit: str
    qualifier: Qualifier = "exact"
    range_end: Decimal | None = None
    own_unit: bool = True

    @property
    def decimals(self) -> int:
        """Printed digits after the point."""
        exponent = self.value.as_tuple().exponent
        return max(0, -exponent) if isinstance(exponent, int) else 0

    @property
    def kind(self) -> Kind:
        """What is measured: "area", "share" (%), "count", "money", or "" for a bare number."""
        if self.unit in M2_PER_UNIT:
            return "area"
        if self.unit in COUNTS:
            return "count"
        return "money" if self.unit in MONEY else "share" if self.unit == "%" else ""

    @property
    def area(self) -> Quantity | None:
        """The area that it is; None if it is not one."""
        return Quantity(self.value, self.unit) if self.kind == "area" else None


def _spelled(unit: str) -> str:
    """Give a pattern for a unit; within 万亩 there may be a space, after a Latin one no letter."""
    pattern = re.escape(unit)
    if unit.startswith("万"):
        pattern = r"万\s*" + re.escape(unit[1:])
    if unit.endswith("平方"):
        pattern += "(?![公千英厘米])"
    return pattern + _LATIN_END if unit[-1].isascii() else pattern


_LATIN_END = r"(?![A-Za-z0-9])"
_AREAS = sorted({*M2_PER_UNIT, *UNIT_ALIASES}, key=len, reverse=True)
AREA_UNITS = "|".join(map(_spelled, _AREAS))
"""A pattern for a unit of area."""
_UNIT = "|".join(
    (
        *map(_spelled, _AREAS),
        "%",
        r"亿\s*元|万\s*元|元",
        "个(?!月|百分点|工作日|自然日|小时|季度|[大中重点热试一二三线]{2,6}城市)",
        *COUNTS[1:],
    ),
)
_DIGIT = f"[{''.join(DIGITS)}]"
_NUMERAL = f"[{''.join((*DIGITS, *SCALES))}]"
_TOKEN = re.compile(
    rf"""
    百分之\s*(?P<percent>\d+(?:\.\d+)?|{_NUMERAL}+(?:点{_DIGIT}+)?)
    |(?<![第\d])(?<!{_NUMERAL})(?P<tenths>[一二两三四五六七八九])成(?P<half>半)?(?![立为功交效果本都员型长套分片品熟])
    |(?:
        (?<![\d.])(?P<plain>(?:(?<![^(（：:为是长降])-)?(?:
            \d{{1,3}}(?:[,，]\d{{3}})+(?!\d)(?:\.\d+)?
            |\d{{1,3}}(?:[ ]\d{{3}})+(?!\d)(?:\.\d+)?(?=\s*(?:{_UNIT}|$))
            |\d+(?:\.\d+)?
        ))(?!\.\d)
        |(?P<chinese>(?<![第几数上\d])(?<!{_NUMERAL})[一二两三四五六七八九十]{_NUMERAL}*(?:点{_DIGIT}+)?)
    )
    (?:\s*(?P<more>[余多来])?\s*(?P<scale>[十百千万亿]*?)\s*(?P<over>[余多])?(?P<unit>{_UNIT}))?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LIST_MARK = re.compile(r"\s*(?:[（(]\d{1,2}[)）](?=\s*\S)|\d{1,2}(?:[)）、．]|\.)(?=\s*[^\d\s]))")
_NO_START = re.compile(r"(?:[A-Za-z]-|[A-Za-z第№#〔【+/]|第\s)$")
_NO_UNIT = re.compile(
    r"\s*(?:[年月日号期级层楼届时分秒天周岁度倍版章节款组班路#℃米吨人名次批种类个〕\]】]"
    r"|公里|千米|[A-Za-z]|[./]\d)",
)
_UNIT_BEFORE = re.compile(rf"[（(](?:单位[:：])?({AREA_UNITS})[)）]\s*[:：]\s*$")
_SLOGAN = re.compile(r"(?:“|[每同任何某另这那有]一$)")
_NOT_ONE = re.compile("地?[都也]?[不没]")  # 一亩不能少
_PLACE = re.compile(r"[\u4e00-\u9fff]{0,2}(?:镇|乡|市|县|街道|村|农场)")
_RANGE = re.compile(r"\s*(?:[-–—~～]{1,2}|至|(?P<to>到))\s*")
_LIST = re.compile(r"\s*(?:、|以及|和|及|与|(?P<comma>[，,]))\s*约?\s*")
_NAMED = re.compile(r"[^。！？\n]*[\u4e00-\u9fff）]{2}\s*[：为约]*\s*")
_LIST_ENDS = re.compile(r"\s*(?:[，。；、）)]|$)")
"""What stands before a number of a list that names what each is of, and behind the last one."""
_RESPECTIVELY = re.compile(r"(?:分别|依次)[^。；;]*$")


@dataclass(frozen=True, slots=True)
class _Number:
    """A number as found, before it is known whether it is a quantity."""

    start: int
    end: int
    value: Decimal
    unit: str = ""
    range_end: Decimal | None = None
    middle: int = 0  # end of a range's lower number
    own_unit: bool = True
    vague: bool = False
    chinese: bool = False
    barred: bool = False


@lru_cache(maxsize=64)  # several readers look at the same paragraph one after the other
def find_quantities(text: str, *, default_unit: str = "") -> tuple[Measure, ...]:
    """Find the quantities in a text, in its order.

    Parameters
    ----------
    text
        A sentence, a paragraph, or the words of a table's cell.
    default_unit
        Unit of numbers that stand without one: that of the column in a table. Without it, bare
        numbers are left out, but those of a list that ends with a unit (1、2、3公顷) share it.

    Examples
    --------
    >>> found = find_quantities("控制在383.73公顷（约575.95亩）内")
    >>> [(str(m.value), m.unit, m.qualifier) for m in found]
    [('383.73', '公顷', 'at_most'), ('575.95', '亩', 'about')]
    >>> [(str(m.value), m.qualifier) for m in find_quantities("控制在30—40公顷")]
    [('30', 'at_least'), ('40', 'at_most')]
    >>> [str(m.value) for m in find_quantities("分别为1、2.50和3公顷（国土资发〔2010〕117号）")]
    ['1', '2.50', '3']
    >>> find_quantities("1,234.5", default_unit="亩")[0].area
    Quantity(value=Decimal('1234.5'), unit='亩')
    """
    plain = half_width(text)
    tokens = _share_units(_join_ranges(_bar(_tokens(plain), plain), plain), plain)
    tokens = _give_unit_of_whole(tokens, plain)
    if default_unit:
        tokens = _give_units(tokens, plain, default_unit)
    return tuple(
        bound
        for i, token in enumerate(tokens)
        if token.unit and not token.barred
        for bound in _bounds(token, _qualifier(tokens, i, plain))
    )


def _bounds(token: _Number, qualifier: Qualifier) -> tuple[Measure, ...]:
    """Make a measure of a token, two of a range to keep within: at least 30, at most 40."""
    measure = Measure(
        start=token.start,
        end=token.end,
        value=token.value,
        unit=token.unit,
        qualifier=qualifier,
        range_end=token.range_end,
        own_unit=token.own_unit,
    )
    if token.range_end is None or qualifier != "at_most":
        return (measure,)
    least = replace(measure, end=token.middle, qualifier="at_least", range_end=None)
    return least, replace(measure, start=token.middle, value=token.range_end, range_end=None)


def _tokens(plain: str) -> list[_Number]:
    """Find all numbers, with the units that stand at them."""
    mark = _LIST_MARK.match(plain)
    at = mark.end() if mark else 0
    tokens = []
    while match := _TOKEN.search(plain, at):
        token = _token(match)
        if token and "，" in match[0] and _is_list(match, plain):
            end = match.start() + match[0].index("，")
            token = _Number(match.start(), end, Decimal(plain[match.start() : end]))
        if token:
            tokens.append(token)
        at = token.end if token else match.end()
    return tokens


def _is_list(match: re.Match[str], plain: str) -> bool:
    """Whether 100，200公顷 are two numbers: 分别 before them, and no other separator after."""
    after = re.match(r"\s*[、和及与，]", plain[match.end() : match.end() + NEAR])
    return _says_respectively(plain, match.start()) and not after


def _says_respectively(plain: str, end: int) -> bool:
    """Whether the sentence says 分别 before this place."""
    return bool(_RESPECTIVELY.search(plain[max(0, end - 10 * NEAR) : end]))


_NO_SIGNS = str.maketrans("", "", ",， ")


def _token(match: re.Match[str]) -> _Number | None:
    """Read what `_TOKEN` found."""
    if match["tenths"]:  # 六成半
        value = Decimal(10 * DIGITS[match["tenths"]] + (5 if match["half"] else 0))
        return _Number(match.start(), match.end(), value, "%", vague=True)
    digits = match["percent"] or match["plain"] or match["chinese"]
    if len(digits) > MAX_DIGITS:
        return None
    if match["plain"] or digits.isascii():
        value = Decimal(digits.translate(_NO_SIGNS))
    else:
        number = chinese_number(digits)
        if number is None:
            return None
        value = number
    unit = "%" if match["percent"] else _canonical(match["unit"] or "")
    for character in match["scale"] or "":
        value = Decimal(f"{value.scaleb(SCALES[character]):f}")
    return _Number(
        match.start(),
        match.end(),
        value,
        unit,
        vague=bool(match["more"] or match["over"]),
        chinese=bool(match["chinese"]),
    )


@cache
def _canonical(unit: str) -> str:
    unit = re.sub(r"\s", "", unit)
    return unit_name(unit) or unit


def _bar(tokens: list[_Number], plain: str) -> list[_Number]:
    """Bar the numbers that words around them make something else than a quantity."""
    barred: list[_Number] = []
    for token in tokens:
        if not token.unit and (
            named := _UNIT_BEFORE.search(plain, max(0, token.start - NEAR), token.start)
        ):
            barred.append(replace(token, unit=_canonical(named[1]), own_unit=False))
            continue
        before = plain[max(0, token.start - 2) : token.start]
        after = plain[token.end : token.end + NEAR]
        bar = (
            bool(_NO_START.search(before))
            or (token.unit != "" and after.lstrip().startswith("/") and token.unit not in MONEY)
            or (token.unit in COUNTS and token.chinese and _is_words(token, plain))
            or (token.chinese and token.value == 1 and bool(_NOT_ONE.match(after)))
            or (not token.unit and bool(_NO_UNIT.match(after)))
            or bool(barred and _follows_barred(barred[-1], token, plain))
        )
        barred.append(replace(token, barred=True) if bar else token)
    return barred


def _is_words(token: _Number, plain: str) -> bool:
    """Tell “两个维护”, 每一宗, and the places 八家子镇 and 五家渠市 from counts."""
    slogan = _SLOGAN.search(plain[max(0, token.start - 1) : token.start + 1])
    return bool(slogan or (token.unit in "家户座条处块片" and _PLACE.match(plain, token.end)))


def _follows_barred(last: _Number, token: _Number, plain: str) -> bool:
    """Whether a number goes on with one that is none: 3 in 第1、2、3宗, 2017 in GB/T 21010-2017."""
    gap = plain[last.end : token.start]
    listed = _LIST.fullmatch(gap)
    apart = listed and listed["comma"] and token.unit  # 东湾A-2005，4.9公顷
    goes_on = (listed and not apart) or _RANGE.fullmatch(gap)
    return last.barred and not last.unit and bool(goes_on)


def _join_ranges(tokens: list[_Number], plain: str) -> list[_Number]:
    """Make one of the two ends of a range."""
    joined: list[_Number] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and _is_range(last, token, plain):
            joined[-1] = replace(
                token,
                start=last.start,
                value=last.value,
                range_end=token.value,
                middle=last.end,
            )
        else:
            joined.append(token)
    return joined


def _is_range(last: _Number, token: _Number, plain: str) -> bool:
    gap = _RANGE.fullmatch(plain, last.end, token.start)
    units = {"", token.unit} if gap and not gap["to"] else {""}
    return (
        gap is not None
        and last.unit in units
        and last.range_end is None
        and last.chinese == token.chinese
        and not (last.barred or token.barred)
        and last.value < token.value
    )


def _share_units(tokens: list[_Number], plain: str) -> list[_Number]:
    """Give the numbers of a list the unit that stands at its end."""
    shared = list(tokens)
    for i in range(len(shared) - 2, -1, -1):
        token, following = shared[i], shared[i + 1]
        gap = _LIST.fullmatch(plain, token.end, following.start)
        if gap is None or token.unit or not following.unit or token.barred or token.chinese:
            continue
        if not gap["comma"] or _says_respectively(plain, token.start):
            shared[i] = replace(token, unit=following.unit, own_unit=False)
    return shared


def _give_unit_of_whole(tokens: list[_Number], plain: str) -> list[_Number]:
    """Give parts that make up the area before them its unit: 90亩（住宅60，商服30）."""
    given = list(tokens)
    for i, whole in enumerate(tokens):
        left, end = whole.value, whole.end
        parts: list[int] = []
        if whole.unit not in M2_PER_UNIT or whole.barred:
            continue
        for k, token in enumerate(tokens[i + 1 :], i + 1):
            named = _NAMED.fullmatch(plain, end, token.start)
            if token.unit or token.chinese or token.barred or not named or token.value > left:
                break
            left, end = left - token.value, token.end
            parts.append(k)
            if not left and len(parts) > 1 and _LIST_ENDS.match(plain, end):
                given[k - len(parts) + 1 : k + 1] = [
                    replace(given[p], unit=whole.unit, own_unit=False) for p in parts
                ]
                break
    return given


def _give_units(tokens: list[_Number], plain: str, unit: str) -> list[_Number]:
    """Give the default unit to bare numbers, but not to dates, codes and telephone numbers."""
    dates = find_dates(plain)
    return [
        replace(token, unit=unit, own_unit=False)
        if not (token.unit or token.chinese) and _is_number(token, dates, plain)
        else token
        for token in tokens
    ]


def _is_number(token: _Number, dates: tuple[DateSpan, ...], plain: str) -> bool:
    """Whether a bare number may be a quantity; one that is the whole text always is."""
    words = plain[token.start : token.end]
    if words == plain.strip():
        return True
    is_date = any(d.start < token.end and token.start < d.end for d in dates)
    is_code = bool(re.match(r"0\d|1\d{10}$", words))
    return not (is_date or is_code)


def _qualifier(tokens: list[_Number], i: int, plain: str) -> Qualifier:
    """Read the words around a number, or around the list that it stands in."""
    first = last = i
    while first > max(0, i - NEAR) and _same_list(tokens[first - 1], tokens[first], plain):
        first -= 1
    while last + 1 < min(len(tokens), i + NEAR) and _same_list(
        tokens[last], tokens[last + 1], plain
    ):
        last += 1
    return (
        qualifier_after(plain, tokens[last].end)
        or qualifier_before(plain, tokens[i].start)
        or qualifier_before(plain, tokens[first].start)
        or ("about" if tokens[i].vague else "exact")
    )


def _same_list(token: _Number, following: _Number, plain: str) -> bool:
    """Whether a number takes its unit from the next one."""
    return (
        bool(token.unit)
        and not token.own_unit
        and token.unit == following.unit
        and _LIST.fullmatch(plain, token.end, following.start) is not None
    )
