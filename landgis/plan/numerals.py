"""Digits as Chinese texts write them: full-width (２０), Chinese (二十, 两万, 二〇二五)."""

from __future__ import annotations

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
