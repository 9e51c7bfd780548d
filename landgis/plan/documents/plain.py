"""Words in plain form: simplified characters, Chinese punctuation, a point where a point is meant.

Everything after the documents understands one way of writing. A plan from Hong Kong, a page typed
with a Latin keyboard, a figure whose point became a full stop are brought to it here, one
character for one, so that a place in the plain words is the same place in the printed ones, and
the printed ones are what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from landgis.plan.documents.blocks import Block, Cell, Paragraph

if TYPE_CHECKING:
    import opencc

Words = TypeVar("Words", Paragraph, Cell)

# 乾 and 後 occur in simplified texts too, as names; one odd name makes no traditional text.
TRADITIONAL_SHARE = 0.01
MIN_TRADITIONAL = 2

_HAN = re.compile(r"[\u4e00-\u9fff]")
_FORMS = str.maketrans("﹐﹑﹔﹕︰﹙﹚｡､︒﹪", "，、；：：（）。、。%")
_WIDE = str.maketrans(",;:!?", "，；：！？")
_BESIDE = r"\u4e00-\u9fff，。；：、！？（）《》“”％"
_MARK = re.compile(rf"(?<=[{_BESIDE}])[,;:!?]|[,;:!?](?=\s?[{_BESIDE}])")
_BRACKETS = re.compile(r"[(（]([^()（）]{0,200})[)）]")
_STOP = re.compile(
    r"(?<=[\u4e00-\u9fff）%])(?<![一二三四五六七八九十])\.(?=\s*(?:[\u4e00-\u9fff（“]|$))"
)
_UNIT = r"\s*(?:[万亿千]|公[顷頃倾]|市?[亩畝]|平方|平米|hm|ha|km|m[2²]|㎡|㎢|[%％])"
_NUMBER_BEFORE = r"(?<![\d.,。第件表图注号条款章页年月日])"
_FULL_STOP = re.compile(rf"{_NUMBER_BEFORE}(\d{{1,6}})。(\d{{1,4}})(?={_UNIT})")
_FULL_STOP_ALONE = re.compile(r"(?<!\S)(\d{1,6})。(\d{1,4})(?!\S)")
_APART = re.compile(rf"(?<=[\u4e00-\u9fff])(\d{{1,6}})(?:\. | \.)(\d{{1,4}})(?={_UNIT})")


def plain_words(text: str, *, traditional: bool = False) -> str:
    """Give words in plain form, character for character.

    Parameters
    ----------
    text
        Words on one line, as printed.
    traditional
        Whether to take traditional characters for simplified ones: where the document is written
        in them.

    Examples
    --------
    >>> plain_words("其中,东山区最多(住宅6。25平方公里).")
    '其中，东山区最多（住宅6.25平方公里）。'
    >>> plain_words("今年擬供應土地1,872公頃", traditional=True)
    '今年拟供应土地1,872公顷'
    """
    plain = text.translate(_FORMS)
    if traditional:
        plain = _simplified(plain)
    if "(" in plain or ")" in plain:
        plain = _BRACKETS.sub(lambda m: _bracketed(m, plain), plain)
    plain = _MARK.sub(lambda m: m.group().translate(_WIDE), plain)
    plain = _STOP.sub("。", plain)
    plain = _FULL_STOP.sub(r"\1.\2", plain)
    plain = _FULL_STOP_ALONE.sub(r"\1.\2", plain)
    return _APART.sub(r" \1.\2", plain)


def _bracketed(found: re.Match[str], text: str) -> str:
    """Widen brackets around or beside Chinese words; those of a formula stay."""
    around = text[max(0, found.start() - 1) : found.end() + 1]
    return f"（{found[1]}）" if _HAN.search(around) else found.group()


def in_plain_words(blocks: Iterable[Block]) -> list[Block]:
    """Give blocks whose words are plain and which keep the printed ones."""
    whole = list(blocks)
    traditional = is_traditional(whole)

    def plain(block: Block) -> Block:
        if isinstance(block, Paragraph):
            return _with_plain(block, traditional=traditional)
        rows = tuple(tuple(_with_plain(c, traditional=traditional) for c in r) for r in block.rows)
        return replace(block, rows=rows)

    return [plain(block) for block in whole]


def _with_plain(words: Words, *, traditional: bool) -> Words:
    plain = plain_words(words.text, traditional=traditional)
    return words if plain == words.text else replace(words, text=plain, as_printed=words.printed)


def is_traditional(blocks: Iterable[Block]) -> bool:
    """Whether a document is written in traditional characters.

    Examples
    --------
    >>> from landgis.plan.documents.blocks import Place
    >>> [is_traditional([Paragraph(t, Place())]) for t in ("國有建設用地", "乾县、鍾家村的用地")]
    [True, False]
    """
    seen: dict[str, int] = {}
    for block in blocks:
        cells = [block] if isinstance(block, Paragraph) else [c for r in block.rows for c in r]
        for words in cells:
            for character in words.text:
                seen[character] = seen.get(character, 0) + 1
    han = sum(n for c, n in seen.items() if _HAN.match(c))
    odd = {c: n for c, n in seen.items() if c > "\u4e00" and not _in_gb2312(c)}
    if len(odd) < MIN_TRADITIONAL:
        return False
    traditional = {c: n for c, n in odd.items() if _HAN.match(c) and _simplified(c) != c}
    return (
        len(traditional) >= MIN_TRADITIONAL and sum(traditional.values()) >= TRADITIONAL_SHARE * han
    )


def _in_gb2312(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@cache
def _converter() -> opencc.OpenCC:
    import opencc  # noqa: PLC0415 - its dictionaries are loaded for traditional texts alone

    return opencc.OpenCC("t2s")


def _simplified(text: str) -> str:
    converted = _converter().convert(text)
    if len(converted) == len(text):
        return str(converted)
    return "".join(_converter().convert(c)[:1] or c for c in text)
