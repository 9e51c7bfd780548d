"""Putting a document's tables in order: titles out of the grid, pages joined, captions found.

A reader of a format gives paragraphs and raw tables in the document's order; `lay_out` does the
rest in the same way for all formats.

Everything after the documents understands one way of writing. A plan from Hong Kong, a page typed
with a Latin keyboard, a figure whose point became a full stop are brought to it here, one
character for one, so that a place in the plain words is the same place in the printed ones, and
the printed ones are what is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from landgis.plan.documents.blocks import Block, Cell, Paragraph, Place, TableBlock

if TYPE_CHECKING:
    import opencc

DEBRIS = re.compile(
    r"\[bookmark:[^\]\n]{0,80}\]"
    # the reading in Latin letters with which a site glosses characters, 應(yīng), but no unit, (ha)
    r"|(?<=[\u4e00-\u9fff])[(（](?!(?:ha|hm|km|mu|m)[)）])[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}[)）]"
    r"|[\u00ad\u200b-\u200f\u2060\ufeff\x00-\x08\x0e-\x1f]"
)
# Many PDF files hold the radicals of the dictionary (⽤, ⻓) for the characters (用, 长).
_RADICALS = (
    "⺁厂⺊卜⺎兀⺒巳⺓幺⺙攵⺠民⺩王⺬示⺷羊⻁虎⻃覀⻄西⻅见⻆角⻉贝⻋车⻑長⻓长⻔门⻗雨⻘青⻙韦⻚页⻛风⻜飞"
    "⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟⻧卤⻨麦⻩黄⻪黾⻫斉⻬齐⻮齿⻰龙⻳龟"
)
CHARACTERS = str.maketrans(
    dict(zip(_RADICALS[::2], _RADICALS[1::2], strict=True))
    | {
        chr(code): unicodedata.normalize("NFKC", chr(code))
        for code in (0x2E9F, 0x2EF3, *range(0x2F00, 0x2FD6), *range(0xF900, 0xFA6E))
    }
)
SPACES = re.compile(r"\s+")  # the full-width space too

UNIT_NOTE = re.compile(r"(?:计量|面积)?单位\s*[：:]")
TITLE = re.compile(
    r"^(?:附?表|附件|附(?=.{1,3}[：:]))\s*[\d一二三四五六七八九十]|^附?表[：:]?\s+\S+$|(?:表|清单|名录|目录|台账)(?:（.*）)?$"
)
CONTINUED = re.compile(
    r"^（?\(?续\s*(?:附?表)?\s*[\d一二三四五六七八九十.\-—]*\s*\)?）?$|[（(]续[）)]$"
)
HEADER = re.compile(r"序号|编号|名称|面积|用途|类别|类型|用地|区县|乡镇|位置|坐落|宗数|备注")
BEGINS = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.、．](?!\d)"
    r"|第[一二三四五六七八九十]+[章节条]|附[表件]|——|[●◆■]|单位[：:]|抄送",
)
_HEAD_IN_BRACKETS = re.compile(r"^[【\[]([\u4e00-\u9fff]{2,12})[】\]](?=\s?\d)")
"""What a line is about: 【望海区】12宗61.38公顷."""
_SIGN = re.compile("[，,。；]")
_PARTED_NUMBER = re.compile(
    r"(?<=[\u4e00-\u9fff] )(\d{1,3}) (?=\d{1,3}\.\d{1,4} ?(?:公顷|万?亩|平方|[%％]))"
)
"""A number that the reading of a scan has parted in a sentence: 住宅用地 3 12.5 公顷."""
_FIGURE = re.compile(r"\d\s*(?:[%％]|万?(?:公顷|亩|平方米|平方公里))")
_ROW = re.compile(r"\S(?:\s+[-—]|\s+\d[\d.,]*){2,}$")
_NOTE_BEHIND = re.compile(rf"\s*[（(]?{UNIT_NOTE.pattern}.{{0,12}}$")
CAPTION_LINES = 3
CAPTION_LENGTH = 60


def clean_text(text: str) -> str:
    """Give words on one line: converters' debris out, any white space a single space.

    Radicals and compatibility forms become the characters that they look like.

    Examples
    --------
    >>> clean_text("　[bookmark: _GoBack]（五）建立　奖惩机制 ")
    '（五）建立 奖惩机制'
    >>> clean_text("其中住宅用地 3 12.5 公顷，商服用地 20 公顷")
    '其中住宅用地 312.5 公顷，商服用地 20 公顷'
    >>> clean_text("供應(yīng)計(jì)劃面積(ha)")
    '供應計劃面積(ha)'
    >>> clean_text("建设⽤地⻓度")
    '建设用地长度'
    """
    text = SPACES.sub(" ", DEBRIS.sub("", text)).strip().translate(CHARACTERS)
    text = _HEAD_IN_BRACKETS.sub(r"\1：", text)
    return _PARTED_NUMBER.sub(r"\1", text) if _SIGN.search(text) else text


def join_lines(one: str, other: str) -> str:
    """Join two lines that the width of page or column has parted; only Latin words get a space.

    Examples
    --------
    >>> join_lines("供应总量控制在132.", "72公顷以内"), join_lines("land", "use")
    ('供应总量控制在132.72公顷以内', 'land use')
    """
    latin = (
        one[-1:].isascii() and other[:1].isascii() and one[-1:].isalpha() and other[:1].isalpha()
    )
    return f"{one} {other}" if latin else one + other


def lay_out(blocks: Iterable[Block], *, pages: bool = False) -> tuple[Block, ...]:
    """Bring raw blocks into the shape that `landgis.plan.documents.blocks` promises.

    Parameters
    ----------
    blocks
        Paragraphs and tables in the document's order; empty ones are dropped. Rows of a table may
        differ in length.
    pages
        Whether a table may be cut without a repeated header, by a page's end or a blank line, so
        that a table of the same width that begins with a row of numbers continues the one before.
    """
    whole: list[Block] = []
    for block in in_plain_words(blocks):
        for part in _part(block):
            _append(whole, part, pages=pages)
    return tuple(
        replace(block, caption=caption_above(whole[max(0, i - CAPTION_LINES) : i]))
        if isinstance(block, TableBlock)
        else block
        for i, block in enumerate(whole)
    )


def _part(block: Block) -> list[Block]:
    """Take titles and closing notes out of a table, part it where another begins below."""
    if isinstance(block, Paragraph):
        return [block] if block.text else []
    rows = [row for row in block.rows if any(cell.text for cell in row)]
    starts = [0, *(i for i in range(1, len(rows)) if _begins_table(rows, i)), len(rows)]
    return [
        part
        for start, end in pairwise(starts)
        for part in _titled(rows[start:end], block.place if not start else rows[start][0].place)
    ]


def _titled(rows: Sequence[tuple[Cell, ...]], place: Place) -> list[Block]:
    """Make paragraphs of the rows that span a table at its top and bottom; even out the rest."""
    own = (i for row in rows for i, cell in enumerate(row, 1) if _counts(cell))
    width = max(own, default=0)  # what only repeats a merged cell makes no column
    if width < 2:
        return _spoken(rows)
    top = _title_rows(rows, width)
    bottom = len(rows)
    while bottom > top and is_note(_only_cell(rows[bottom - 1], width)):
        bottom -= 1
    body = tuple(_padded(row[:width], width) for row in rows[top:bottom])
    table = [TableBlock(body, "", place)] if body else []
    return [*_spoken(rows[:top]), *table, *_spoken(rows[bottom:])]


def _title_rows(rows: Sequence[tuple[Cell, ...]], width: int) -> int:
    """Count the rows above the header that say one thing each, merged across the table or not."""
    lone = next((i for i, row in enumerate(rows) if sum(map(_counts, row)) > 1), 0)
    if lone and not _has_number(rows[lone]):
        return lone
    return next((i for i, row in enumerate(rows) if not _only_cell(row, width)), len(rows))


def _spoken(rows: Iterable[Sequence[Cell]]) -> list[Block]:
    """Give the cells of rows that are no table as paragraphs."""
    return [cell.spoken() for row in rows for cell in row if _counts(cell)]


def _begins_table(rows: Sequence[Sequence[Cell]], i: int) -> bool:
    """Whether a title in the midst of a grid has a header below it: another table's beginning."""
    title = _only_cell(rows[i], _width(rows[i]))
    if not (TITLE.search(title) or UNIT_NOTE.search(title)):
        return False
    if _only_cell(rows[i - 1], _width(rows[i - 1])):
        return False
    below = next((row for row in rows[i + 1 :] if not _only_cell(row, _width(row))), ())
    named = sum(bool(HEADER.search(cell.text)) for cell in below)
    return named > 1 and not _has_number(below)


def _counts(cell: Cell) -> bool:
    return bool(cell.text) and not cell.repeated


def _width(row: Sequence[Cell]) -> int:
    """Cells up to the last that shows something."""
    return max((i for i, cell in enumerate(row, 1) if cell.text), default=0)


def _only_cell(row: Sequence[Cell], width: int) -> str:
    """Give the words of a row that says one thing across the whole table, or nothing."""
    told = [i for i, cell in enumerate(row) if _counts(cell)]
    if len(told) != 1:
        return ""
    text = row[told[0]].text
    spans = all(cell.text == text for cell in row[:width]) and len(row) >= width
    named = UNIT_NOTE.search(text) or TITLE.search(text) or is_note(text)
    return text if spans or named else ""


def is_note(text: str) -> bool:
    """Tell a closing note or signature from a row of the table."""
    return bool(text) and bool(
        re.match(r"(?:备注|注|说明|填报|填表|制表|审核|联系)\s*\S*?\s*[：:]|注\s*\d", text)
    )


def _padded(row: Sequence[Cell], width: int) -> tuple[Cell, ...]:
    last = row[-1].place
    missing = (
        Cell("", replace(last, cell="", column=column) if last.column else last)
        for column in range(len(row) + 1, width + 1)
    )
    return (*row, *missing)


def _append(whole: list[Block], block: Block, *, pages: bool) -> None:
    """Add a block, or join a table to the one that it continues."""
    if isinstance(block, TableBlock):
        at = _table_above(whole)
        above = whole[at] if at >= 0 else None
        if isinstance(above, TableBlock):
            repeated = _common_head(above, block)
            if repeated or (pages and _continues(above, block)):
                whole[at:] = [_joined(above, block.rows[repeated:])]
                return
        block = _joined(replace(block, rows=block.rows[:1]), block.rows[1:])
    whole.append(block)


def _table_above(whole: Sequence[Block]) -> int:
    """Find the table that the next one may continue: only 续表 or its title again in between."""
    at = len(whole) - 1
    while at >= 0 and len(whole) - 1 - at <= CAPTION_LINES and isinstance(whole[at], Paragraph):
        at -= 1
    titles = {b.text for b in whole[max(0, at - CAPTION_LINES) : at] if isinstance(b, Paragraph)}
    between = [b.text for b in whole[at + 1 :] if isinstance(b, Paragraph)]
    again = all(CONTINUED.search(text) or text in titles for text in between)
    return at if again else -1


def _common_head(above: TableBlock, below: TableBlock) -> int:
    """Count the rows with which both tables begin: a header repeated on a new page."""
    count = 0
    for one, other in zip(above.rows, below.rows, strict=False):
        if _words(one) != _words(other) or (count and _has_number(other)):
            break
        count += 1
    return count


def _words(row: Sequence[Cell]) -> list[str]:
    return [cell.text.replace(" ", "") for cell in row[: _width(row)]]


def _continues(above: TableBlock, below: TableBlock) -> bool:
    """Whether a table without header has the width of the one above and starts with numbers."""
    return above.shape[1] == below.shape[1] and _has_number(below.rows[0])


def _has_number(row: Sequence[Cell]) -> bool:
    """Tell a row of figures from a row of a header."""
    return any(re.fullmatch(r"[\d.,，]+%?", cell.text) for cell in row)


def _joined(above: TableBlock, rows: Iterable[tuple[Cell, ...]]) -> TableBlock:
    """Add rows, leaving out those that only repeat the header."""
    head = _words(above.rows[0])
    more = [row for row in rows if _words(row) != head]
    width = max(map(len, (*above.rows, *more)))
    return replace(above, rows=tuple(_padded(row, width) for row in (*above.rows, *more)))


def caption_above(above: Sequence[Block]) -> str:
    """Give the lines directly above a table that name it or its unit."""
    lines: list[str] = []
    for block in reversed(above):
        if not isinstance(block, Paragraph):
            break
        text = block.text
        opens = text.endswith(("：", ":")) or UNIT_NOTE.search(text)
        if text.endswith(("。", "；", ";", "！")) or (len(text) > CAPTION_LENGTH and not opens):
            break
        if _FIGURE.search(text) or _ROW.search(text) or (lines and text.endswith("：")):
            break  # a line of another list or table
        lines.insert(0, text)
        if TITLE.search(_NOTE_BEHIND.sub("", text)) and not UNIT_NOTE.match(text):
            break
    return "\n".join(lines)


# --- plain words -------------------------------------------------------------------------------

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
