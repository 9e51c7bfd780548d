"""Numerals (２０, 二十, 两万), dates and periods (6月底, 第三季度) as Chinese texts write them."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
SCALES = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}

MAX_LENGTH = 40

_HALF_WIDTH = str.maketrans(
    {chr(c): chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F) if chr(c) not in "，：；！？（）～"}
    | dict.fromkeys("\u3000\u00a0\u2002\u2003\u2009\u202f", " ")
    | {"﹪": "%", "−": "-", "﹣": "-", "·": "."},
)


def half_width(text: str) -> str:
    """Write full-width digits, letters, dots and signs as plain ones, one character for one.

    Offsets in the result are offsets in ``text``. Chinese punctuation (，（）：；) stays.

    Examples
    --------
    >>> half_width("１２．５％（约）")
    '12.5%（约）'
    """
    return text.translate(_HALF_WIDTH)


def chinese_number(text: str) -> Decimal | None:
    """Read a number in Chinese characters; None if it is not one, or colloquial (一百五).

    Examples
    --------
    >>> [int(chinese_number(t)) for t in ("二十", "两万三千零五", "二〇二五", "十二亿")]
    [20, 23005, 2025, 1200000000]
    >>> chinese_number("四十点五"), chinese_number("一百五")
    (Decimal('40.5'), None)
    """
    whole, point, fraction = text.partition("点")
    if not whole or len(text) > MAX_LENGTH or set(whole) - DIGITS.keys() - SCALES.keys():
        return None
    if point and (not fraction or set(fraction) - DIGITS.keys()):
        return None
    value = _positional(whole) if not set(whole) & SCALES.keys() else _additive(whole)
    if value is None:
        return None
    decimals = "".join(str(DIGITS[c]) for c in fraction)
    return Decimal(f"{value}.{decimals}") if decimals else Decimal(value)


def _positional(digits: str) -> int:
    return int("".join(str(DIGITS[c]) for c in digits))


def _additive(text: str) -> int | None:
    """Read 两万三千零五: every digit but the last stands before its scale."""
    for scale in ("亿", "万"):
        high, found, low = text.rpartition(scale)
        if found:
            upper = _additive(high)
            lower = _below(low, scale)
            return None if upper is None or lower is None else upper * 10 ** SCALES[scale] + lower
    return _below(text, "")


def _below(text: str, above: str) -> int | None:
    """Read what stands below 万; after ``above``, a lone digit needs a 零 before it."""
    total, digit, last, zero = 0, None, above, False
    for i, character in enumerate(text):
        if character in DIGITS:
            if digit is not None:
                return None
            if DIGITS[character] == 0:
                zero = True
            else:
                digit = DIGITS[character]
            continue
        scale = SCALES[character]
        if scale > 3 or (last in SCALES and scale >= SCALES[last]):
            return None
        if digit is None and (character != "十" or i):
            return None
        total += (1 if digit is None else digit) * 10**scale
        digit, last, zero = None, character, False
    if digit is None:
        return total
    return total + digit if zero or last in ("", "十") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateSpan:
    """A date or period where it stands in a text.

    Parameters
    ----------
    start, end
        Its span in the original text: ``text[start:end]``.
    first, last
        First and last day: of the period (2024年1月1日至12月31日), the year (2027年), the quarter,
        the month; one day twice for a day and for 6月底, 2027年底, 季度末.
    """

    start: int
    end: int
    first: date
    last: date


_CN = "[〇○零一二三四五六七八九十]"
_YEAR = rf"""
    (?<!\d)(?P<year>(?:19|20)\d\d|[一二][〇○零九]{_CN}{{2}})\s*年度?
    |(?P<relative>今年|如今|眼下|现今|本年度?|当年|明年|次年|去年|上年度?)
"""
_WITHIN_YEAR = rf"""
    (?<![\d个])(?P<month>1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])\s*月份?
        (?:\s*(?P<day>3[01]|[12]\d|0?[1-9]|{_CN}{{1,3}})\s*[日号]|(?P<month_end>[底末]))?
    |第?\s*(?P<quarter>[一二三四1-4])\s*季度(?P<quarter_end>[底末])?
    |前(?P<quarters>[二两三])个?季度
    |(?P<half>[上下])半年
    |(?P<year_end>(?<=年)[底末]|(?<=年度)[底末]|年[底末])
"""
_POINT = re.compile(
    rf"(?:{_YEAR})?\s*(?:{_WITHIN_YEAR})|{_YEAR.replace('?P<', '?P<only_')}", re.VERBOSE
)
_NUMERIC = re.compile(
    r"(?<![\d.])(?P<year>(?:19|20)\d\d)([-./])(?P<month>1[0-2]|0?[1-9])\2"
    r"(?P<day>3[01]|[12]\d|0?[1-9])(?![\d.])"
)
_BEGINS = re.compile(
    r"(?:19|20)\d\d|[一二][〇○零九]|\d{1,2}\s*(?:[月季]|[-–—~～至到])|"
    r"[一二三四五六七八九十]{1,2}\s*[月季]|第\s*[一二三四1-4]|前[二两三]|[上下]半|[今本当明次去上]年|如今|眼下|现今|"
    r"年[底末]|十[一二三四五六]五"
)
_TO = r"\s*[-–—~～至到]{1,2}\s*"
_YEARS = re.compile(
    rf"(?<!\d)(?P<one>(?:19|20)\d\d)(?:\s*年度?)?{_TO}(?P<two>(?:19|20)\d\d)(?!\d)(?:\s*年度?(?!\s*\d))?"
)
_MONTHS = re.compile(rf"(?<!\d)(?P<one>1[0-2]|[1-9]){_TO}(?P<two>1[0-2]|[1-9])\s*月份?(?!\s*\d)")
_FIVE_YEARS = re.compile(r"十(?P<plan>[一二三四五六])五”?(?:规划)?(?:期间|时期|期内|(?<=规划)期)")
_BETWEEN = re.compile(rf"\s*起?{_TO}")
_DAY = re.compile(r"(3[01]|[12]\d|0?[1-9])\s*[日号]")
_UNTIL = re.compile(r"(?:[到至]|截止)\s*$")
_BEFORE = re.compile(r"\s*(?:年?[底末]|之?前|以前|止)")
_SHIFT = {"明": 1, "次": 1, "去": -1, "上": -1}


def is_deadline(text: str, span: DateSpan) -> bool:
    """Whether a date in a text is one until which something is to be done.

    Examples
    --------
    >>> [is_deadline(t, find_dates(t, 2025)[0]) for t in ("6月底完成", "6月29日电", "9月30日前")]
    [True, False, True]
    """
    ends = text[span.start : span.end].endswith(("底", "末"))
    until = _UNTIL.search(text[max(0, span.start - 4) : span.start])
    return bool(ends or until or _BEFORE.match(text, span.end))


def find_dates(text: str, year: int | None = None) -> tuple[DateSpan, ...]:
    """Find the dates and periods in a text, in its order.

    Parameters
    ----------
    text
        A sentence or paragraph.
    year
        The plan's year, for dates without one (6月底, 今年). Without it, the last year named
        before in the text is taken; a date of no known year is left out.

    Examples
    --------
    >>> [(str(d.first), str(d.last)) for d in find_dates("2025年1月1日至12月31日；6月底", 2025)]
    [('2025-01-01', '2025-12-31'), ('2025-06-30', '2025-06-30')]
    >>> find_dates("到 2027 年，完成20000亩以上")[0].last
    datetime.date(2027, 12, 31)
    """
    plain = half_width(text)
    found: list[DateSpan] = []
    at = 0
    while begin := _BEGINS.search(plain, at):
        at = begin.start()
        known = year or (found[-1].last.year if found else None)
        span = _period(plain, at, known) or _point(plain, at, known)
        if span is None:
            at += 1
        else:
            found.append(span)
            at = span.end
    return tuple(found)


def _period(text: str, at: int, year: int | None) -> DateSpan | None:
    """Read a period that begins exactly here."""
    if years := _years(text, at):
        return years
    begin = _point(text, at, year)
    if begin is None:
        if year and (match := _MONTHS.match(text, at)):
            return _months(match, year)
        return None
    between = _BETWEEN.match(text, begin.end)
    if between is None:
        return None
    end = _point(text, between.end(), begin.first.year)
    if end is None and (match := _DAY.match(text, between.end())):
        end = _day_of(match, begin)
    if end is None or end.last < begin.first:
        return None
    return DateSpan(start=at, end=end.end, first=begin.first, last=end.last)


def _years(text: str, at: int) -> DateSpan | None:
    """Read 2021—2025年 and “十四五”期间."""
    match = _YEARS.match(text, at)
    if match and match["one"] <= match["two"]:
        one, two = int(match["one"]), int(match["two"])
    elif match := _FIVE_YEARS.match(text, at):
        one = 2001 + 5 * DIGITS[match["plan"]]  # the eleventh plan began in 2006
        two = one + 4
    else:
        return None
    return DateSpan(start=at, end=match.end(), first=date(one, 1, 1), last=date(two, 12, 31))


def _months(match: re.Match[str], year: int) -> DateSpan | None:
    """Read 1-6月."""
    one, two = int(match["one"]), int(match["two"])
    if one >= two:
        return None
    return DateSpan(
        start=match.start(), end=match.end(), first=date(year, one, 1), last=_month_end(year, two)
    )


def _day_of(match: re.Match[str], begin: DateSpan) -> DateSpan | None:
    """Read the 15日 of 6月1日至15日."""
    try:
        day = begin.first.replace(day=int(match[1]))
    except ValueError:
        return None
    return DateSpan(start=match.start(), end=match.end(), first=day, last=day)


def _point(text: str, at: int, year: int | None) -> DateSpan | None:
    """Read a day, month, quarter, half or whole year that begins exactly here."""
    match = _NUMERIC.match(text, at) or _POINT.match(text, at)
    if match is None or text[at].isspace():
        return None
    parts = match.groupdict()
    stated = parts["year"] or parts.get("only_year")
    relative = parts.get("relative") or parts.get("only_relative") or ""
    if stated:
        year = _integer(stated)
    elif year and relative:
        year += _SHIFT.get(relative[0], 0)
    if not year:
        return None
    try:
        first, last = _days(parts, year)
    except ValueError:  # 2月30日
        return None
    return DateSpan(start=at, end=match.end(), first=first, last=last)


def _days(parts: dict[str, str | None], year: int) -> tuple[date, date]:
    """Give the first and last day that the parts of a match say."""
    if month := parts["month"]:
        end = _month_end(year, _integer(month))
        if day := parts["day"]:
            end = end.replace(day=_integer(day))
        return (end if day or parts.get("month_end") else end.replace(day=1)), end
    if quarter := parts.get("quarter"):
        end = _month_end(year, 3 * _integer(quarter))
        return (end if parts["quarter_end"] else date(year, end.month - 2, 1)), end
    if quarters := parts.get("quarters"):
        return date(year, 1, 1), _month_end(year, 3 * _integer(quarters))
    if half := parts.get("half"):
        return (
            (date(year, 1, 1), date(year, 6, 30))
            if half == "上"
            else (date(year, 7, 1), date(year, 12, 31))
        )
    end = date(year, 12, 31)
    return (end if parts.get("year_end") else date(year, 1, 1)), end


def _month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _integer(text: str) -> int:
    """Read digits of either kind."""
    number = int(text) if text.isascii() else chinese_number(text)
    if number is None:
        raise ValueError(text)
    return int(number)
