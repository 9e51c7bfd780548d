"""What was read of a document as a workbook for a person, who corrects it there.

Each figure is a row, coloured by its role. Five columns may be changed; beside them, greyed, stand
the same as they were read, and the marks of the words (`landgis.plan.corrections.marks`). A row
that differs is a correction; a row without marks is a figure that was added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from landgis.errors import InputError
from landgis.files.whole import beside, require_folder
from landgis.landuse import canonical
from landgis.language import Lang, say
from landgis.plan.corrections import CORRECTIONS, EDITABLE, GOT, ROLE_NAMES, marks
from landgis.plan.documents.opening import open_package
from landgis.plan.lexicon import reasons
from landgis.plan.model import RULE_NAMES, Plan
from landgis.schema import table_of, whole_text

ROLE_COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "target": "CFE8CF",
        "split": "E4F2DC",
        "share": "DCEBF7",
        "project": "FFF1C9",
        "rule": "F3DFF2",
        "goal": "F3DFF2",
        "placement": "F3DFF2",
        "count": "E7E6F5",
        "aside": "E6E6E6",
        "unknown": "F9D2CC",
    }
)
"""Colours of the roles, on paper and in pages."""

_SHEET = "数字"
_HEADS: Mapping[str, tuple[str, str, int]] = MappingProxyType(
    {
        "figure": ("编号", "no.", 6),
        "line": ("位置", "place", 12),
        "words": ("原文", "words", 44),
        "role": ("角色", "role", 9),
        "region": ("区域", "region", 16),
        "category": ("用途", "use", 20),
        "value": ("数值", "value", 12),
        "unit": ("单位", "unit", 9),
        "reason": ("理由", "reason", 16),
        "how": ("来源方式", "how", 9),
        **{f"read_{n}": (f"读作_{n}", f"as read: {n}", 9) for n in EDITABLE},
        "own": ("标识1", "mark 1", 9),
        "near": ("标识2", "mark 2", 9),
    }
)
_FIRST_ROW = 3
_MOST_ROWS = 100_000


def how_name(how: str, lang: Lang = "zh") -> str:
    """Name how a figure was got, for a reader.

    Examples
    --------
    >>> how_name("corrected"), how_name("ocr", "en")
    ('人工更正', 'read by OCR')
    """
    return say(lang, *GOT.get(how, (how, how)))


def reason_name(reason: str, lang: Lang = "zh") -> str:
    """Name the reason for which a figure was set aside or not understood.

    Examples
    --------
    >>> reason_name("floor_area", "en")
    'floor area'
    """
    known = reasons().get(reason)
    return say(lang, known.zh, known.en) if known else reason


WHYS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "named": ("用途或区域的名称与数字相连", "a use or region is named with it"),
        "total": ("说的是总量", "it is said of the whole"),
        "list": ("一组名称各有一个数字", "as many numbers as names"),
        "topic": ("承上文的话题", "the topic of the words before"),
        "half": ("各占一半", "half each"),
        "share": ("占比换算", "worked out from a share"),
        "range": ("区间的下限", "the lower end of a range"),
        "restated": ("同一数字换了单位", "the same in another unit"),
        "cell": ("表中的单元格", "a cell of a table"),
        "sum": ("表中的合计", "a total of a table"),
        "column": ("表中这一列不是计划数", "the column holds no planned figure"),
        "parts": ("各数之和与总数相符", "they add up to the whole"),
        "count": ("数的是宗数、个数", "it counts parcels or projects"),
        "words": ("前后的文字", "the words around it"),
        "unclaimed": ("没有规则认得它", "nothing claims it"),
        "corrected": ("人工更正", "corrected by a person"),
        **{kind: (f"规则：{zh}", f"rule: {en}") for kind, (zh, en) in RULE_NAMES.items()},
    }
)
"""What decided how a figure was read, in words; the other codes are reasons of the lexicon."""

TOKENS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "area": ("面积", "area"),
        "percent": ("比例", "share"),
        "count": ("个数", "count"),
        "number": ("数字", "number"),
        "other": ("其他数量", "other quantity"),
        "date": ("时间", "date"),
        "region": ("区域", "region"),
        "whole": ("全域", "the whole"),
        "use": ("用途", "use"),
        "source": ("来源", "land source"),
        "mode": ("方式", "supply mode"),
        "period": ("时段", "period"),
        "among": ("其中", "among"),
        "half": ("各半", "half each"),
        "compared": ("比较", "compared"),
        "past": ("已往", "past"),
        "others": ("他处", "other places"),
        "list": ("并列", "list"),
        "comma": ("逗号", "comma"),
        "colon": ("冒号", "colon"),
        "semicolon": ("分号", "semicolon"),
        "stop": ("句号", "stop"),
        "open": ("括号起", "bracket opens"),
        "close": ("括号止", "bracket closes"),
    }
)
"""Kinds of the tokens of `landgis.plan.extract.explain`, in words."""


def why_name(why: str, lang: Lang = "zh") -> str:
    """Say what decided how a figure was read.

    Examples
    --------
    >>> why_name("named", "en"), why_name("floor_area", "en"), why_name("sum")
    ('a use or region is named with it', 'floor area', '表中的合计')
    """
    return say(lang, *WHYS[why]) if why in WHYS else reason_name(why, lang)


def write_reading(
    plan: Plan, path: str | PathLike[str], *, read: Plan | None = None, lang: Lang = "zh"
) -> Path:
    """Write every figure of a plan as a workbook that can be corrected.

    Parameters
    ----------
    path
        Where to write; ends in .xlsx.
    read
        The plan as it was read, where ``plan`` has been corrected, so that what is written still
        holds the corrections.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = write_reading(Plan(document="a.txt"), Path(folder, "reading.xlsx"))
    ...     len(read_corrections(file))
    0
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise InputError(
            f"{path.name}：读数表写成 .xlsx。", f"{path.name}: the reading is written as .xlsx."
        )
    require_folder(path)
    book = Workbook()
    book.remove(book.worksheets[0])
    _fill(book.create_sheet(_SHEET), plan, read or plan, lang)
    _explain(book.create_sheet(say(lang, "如何更正", "how to correct")), lang)
    with beside(path) as place:
        book.save(place)
    return path


def _rows(plan: Plan, read: Plan, lang: Lang) -> Iterator[dict[str, str]]:
    before = {r["figure"]: r for r in read.figures.to_dict("records")}
    own = dict(zip(read.figures["figure"], marks(read).to_dict("records"), strict=True))
    for row in plan.figures.to_dict("records"):
        number = row["figure"]
        as_read = before.get(number, {})
        told = {name: str(row[name]) for name in ("line", "words", *EDITABLE)}
        told |= {"figure": str(number), "role": _role(row["role"], lang)}
        told |= {"reason": reason_name(row["reason"], lang), "how": how_name(row["how"], lang)}
        told |= {f"read_{n}": str(as_read.get(n, "")) for n in EDITABLE}
        told["read_role"] = _role(as_read["role"], lang) if as_read else ""
        mark = own.get(number, {})
        yield told | {"own": mark.get("own", ""), "near": mark.get("near", "")}


def _role(role: str, lang: Lang) -> str:
    return say(lang, *ROLE_NAMES[role])


def _fill(sheet: Worksheet, plan: Plan, read: Plan, lang: Lang) -> None:
    names = list(_HEADS)
    title = f"{plan.title or plan.document} · " + say(lang, "逐个数字", "figure by figure")
    sheet.append([title])
    sheet.cell(1, 1).font = Font(bold=True, size=13)
    sheet.append([say(lang, *_HEADS[n][:2]) for n in names])
    fills = {r: PatternFill("solid", fgColor=c) for r, c in ROLE_COLOURS.items()}
    edit = PatternFill("solid", fgColor="FFFFFF")
    grey = Font(color="999999", size=8)
    for index, (row, role) in enumerate(
        zip(_rows(plan, read, lang), plan.figures["role"], strict=True), _FIRST_ROW
    ):
        for place, name in enumerate(names, 1):
            cell = sheet.cell(index, place)
            cell.value = whole_text(row[name])
            cell.data_type = "s"  # a text that begins with = is text
            cell.number_format = "@"
            cell.fill = edit if name in EDITABLE else fills[role]
            if name == "role":
                cell.fill = fills[role]
            if name.startswith("read_") or name in {"own", "near"}:
                cell.font = grey
    for column, name in enumerate(names, 1):
        top = sheet.cell(2, column)
        top.font = Font(bold=True, color="1F4E79" if name in EDITABLE else "000000")
        top.alignment = Alignment(wrap_text=True, vertical="center")
        letter = get_column_letter(column)
        sheet.column_dimensions[letter].width = _HEADS[name][2]
        if name in {"own", "near"} or name.startswith("read_"):
            sheet.column_dimensions[letter].hidden = True
    last = max(len(plan.figures) + _FIRST_ROW - 1, _FIRST_ROW)
    listed = ",".join(say(lang, *told) for told in ROLE_NAMES.values())
    choice = DataValidation(type="list", formula1=f'"{listed}"', allow_blank=True)
    letter = get_column_letter(names.index("role") + 1)
    choice.add(f"{letter}{_FIRST_ROW}:{letter}{last + 200}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = f"{letter}{_FIRST_ROW}"
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(names))}{last}"


def _explain(sheet: Worksheet, lang: Lang) -> None:
    told = [
        (
            f"在“{_SHEET}”表里直接改：角色、区域、用途、数值、单位五栏可改，其余各栏请勿改动。",
            (
                f"Correct in the sheet {_SHEET}: role, region, use, value and unit may be changed, "
                "nothing else."
            ),
        ),
        (
            "漏读的数字：在表末空行填写五栏，“原文”栏写明出自哪句话。",
            (
                "A figure that is missing: fill the five columns of an empty row at the end, and "
                "the words that it is from."
            ),
        ),
        (
            "区域、用途为空表示全部；单位写公顷、亩、平方米、平方公里、万亩等。",
            "An empty region or use means all; units are 公顷, 亩, 平方米, 平方公里, 万亩 …",
        ),
        (
            (
                "保存后：landgis plan 文件 --corrections 本表.xlsx，或在项目文件中写 "
                'corrections = "本表.xlsx"。'
            ),
            (
                "Then: landgis plan DOC --corrections THIS.xlsx, or in the project file "
                'corrections = "THIS.xlsx".'
            ),
        ),
        (
            (
                "更正按原文的词句定位，不按行号：文件重新印发、段落移动后仍然有效；词句变了的更正"
                "不会采用，并会提示。"
            ),
            (
                "A correction is found by the words around its figure, so that it survives a "
                "re-issued document; where the words have changed it is not taken, and that is "
                "told."
            ),
        ),
        (
            "采用了的更正在各项成果中注明“人工更正”。",
            "What was corrected says so in every output.",
        ),
        ("角色：", "Roles:"),
    ]
    for line in told:
        sheet.append([say(lang, *line)])
    for role, names in ROLE_NAMES.items():
        sheet.append([say(lang, *names)])
        sheet.cell(sheet.max_row, 1).fill = PatternFill("solid", fgColor=ROLE_COLOURS[role])
    sheet.column_dimensions["A"].width = 110


# --- the workbook read again ----------------------------------------------------------------------


def read_corrections(path: str | PathLike[str]) -> pd.DataFrame:
    """Read what a person has changed in a workbook of `write_reading`.

    Returns
    -------
    DataFrame
        The table `landgis.plan.corrections.CORRECTIONS`: the rows that differ from what was read.

    Raises
    ------
    InputError
        If the file cannot be read, or is none of these workbooks.
    """
    path = Path(path)
    rows = _sheet_rows(path)
    heads = {text: name for name, told in _HEADS.items() for text in told[:2]}
    names = [heads.get(text, "") for text in (rows[1] if len(rows) > 1 else [])]
    if not {"own", *EDITABLE, *(f"read_{n}" for n in EDITABLE)} <= set(names):
        raise InputError(
            f"{path.name} 不是读数表（缺少“{_SHEET}”表或其栏目）；请用 landgis plan 文件 -o "
            "reading.xlsx 生成后再改。",
            f"{path.name} is no workbook of a reading; make one with landgis plan DOC -o "
            "reading.xlsx and correct that.",
        )
    found = []
    for number, cells in enumerate(rows[2:], _FIRST_ROW):
        row = {n: c for n, c in zip(names, cells, strict=False) if n}
        where = [f"{get_column_letter(names.index(n) + 1)}{number}" for n in EDITABLE]
        one = _correction(row, f"{path.name} 第{number}行", where)
        if one is not None:
            found.append(one)
    return table_of(found, CORRECTIONS)


def _correction(row: Mapping[str, str], place: str, cells: Sequence[str]) -> dict[str, Any] | None:
    given = {name: row.get(name, "").strip() for name in EDITABLE}
    if not (any(given.values()) or row.get("own")):
        return None
    roles = {text: role for role, told in ROLE_NAMES.items() for text in told}
    read = {name: row.get(f"read_{name}", "") for name in EDITABLE}
    changed = [n for n in EDITABLE if not _same(n, given[n], read[n])]
    added = not row.get("own")
    if not changed and not added:
        return None
    return {
        "row": place,
        "own": row.get("own", ""),
        "near": row.get("near", ""),
        "words": row.get("words", ""),
        **given,
        "role": roles.get(given["role"], given["role"] or ("target" if added else "")),
        "changed": tuple(changed),
        "cells": tuple(cells),
    }


def _same(name: str, given: str, read: str) -> bool:
    if name == "value":
        return given.replace(",", "") == read.replace(",", "")
    if name == "category":
        return (canonical(given) or given) == (canonical(read) or read)
    return given == read


def _sheet_rows(path: Path) -> Sequence[Sequence[str]]:
    if not path.is_file():
        raise InputError(f"没有这个更正表：{path}。", f"No such workbook of corrections: {path}.")
    try:
        data = path.read_bytes()
        open_package(data, path.name)
        book = load_workbook(BytesIO(data), read_only=True, data_only=True)
        sheet = book[_SHEET] if _SHEET in book.sheetnames else None
        rows = sheet.iter_rows(max_row=_MOST_ROWS, values_only=True) if sheet else ()
        return [[_text(cell) for cell in row] for row in rows]
    except Exception as error:  # openpyxl fails in many ways on what is no workbook
        raise InputError(
            f"{path.name} 不是能打开的 .xlsx 文件；请用 landgis plan 文件 -o reading.xlsx "
            "生成后再改。",
            f"{path.name} is no .xlsx that can be opened; make one with landgis plan DOC -o "
            "reading.xlsx and correct that.",
        ) from error


def _text(value: Any) -> str:
    """Write a cell as text; a number that Excel made of a text is as short as it is."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.15g}"
    return str(value)
