"""A project file (project.toml), read: paths made absolute, the first fault in one sentence."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from landgis.errors import InputError, ProjectError
from landgis.files.encoding import decode_text
from landgis.files.whole import is_database
from landgis.maps.basemaps import SERVICES
from landgis.project.settings import Project
from landgis.schema import PARCELS, REGIONS


def load_project(path: Path | str) -> Project:
    """Read a project file.

    Parameters
    ----------
    path
        A TOML file.

    Raises
    ------
    InputError
        If there is no such file.
    ProjectError
        If it is no TOML, lacks a key, or has one that is not known; a misspelt key is told
        with the one that was probably meant.

    Examples
    --------
    >>> load_project("data/projects/huzhou-2024.toml").regions[0].polygon
    False
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(
            f"项目文件不存在：{path}。请检查路径，示例见 data/projects。",
            f"No such project file: {path}. Check the path; data/projects has examples.",
        )
    content = _content(path)
    _check_fields(content, path.name)
    try:
        project = Project.model_validate(_absolute(content, path.parent.resolve()))
    except ValidationError as error:
        raise _explain(error, path.name) from None
    if (project.parcels is None) == (project.schematic is None):
        raise ProjectError(
            f"项目文件 {path.name} 须有 [parcels]（宗地图层）或 [schematic]（按清单示意）之一。",
            f"The project file {path.name} needs either [parcels] (a layer) or [schematic] "
            "(areas placed by the plan's list).",
        )
    return project


def _content(path: Path) -> dict[str, Any]:
    """Read the TOML; Notepad's GBK is read as well as UTF-8."""
    raw = path.read_bytes()
    if raw[:4] in {b"PK\x03\x04", b"%PDF"} or b"\0" in raw[:1000]:
        raise ProjectError(
            f"{path.name} 不是项目文件（TOML），像是文档或图层。计划、宗地、边界可直接一起给出："
            "landgis run 计划.docx 宗地.shp 乡镇.shp -o out。",
            f"{path.name} is no project file (TOML) but a document or layer. Give the files "
            "themselves: landgis run plan.docx parcels.shp townships.shp -o out.",
        )
    text, encoding = decode_text(raw.replace(b"\r\n", b"\n"), name=path.name)
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise _fault(error, text, f"{path.name}（{encoding}）") from None


_CURES = (
    (
        r"\\",
        "路径中的 \\ 请改成 /，或用单引号括起路径：file = 'D:\\数据\\宗地.shp'",
        "write / for \\ in paths, or put the path in single quotes",
    ),
    (
        "Cannot overwrite|Cannot declare|Cannot mutate",
        "同一个键（或表）写了两次，请删去一处",
        "a key or table stands twice: remove one",
    ),
    (
        "Invalid value|Invalid statement",
        '文字要用引号括起：title = "甲县2025年"；标点须为半角',
        "put text in quotes; punctuation must be half-width",
    ),
    (
        "Expected '='|Expected \\]|Expected ']'",
        "键和值之间用半角 =，表名用半角方括号：[parcels]",
        "use = between key and value, and [parcels] for a table",
    ),
    (
        "Illegal character|Unterminated|Expected newline",
        "引号没有成对，或一行写了两项",
        "quotes do not match",
    ),
)


def _fault(error: tomllib.TOMLDecodeError, text: str, file: str) -> ProjectError:
    """Say where a project file is no TOML, what stands there, and how it is written."""
    where = re.search(r"at line (\d+)", str(error))
    number = int(where[1]) if where else text.count("\n") + 1
    line = (text.splitlines() or [""])[min(number, len(text.splitlines())) - 1].strip()
    cure = next(((zh, en) for pattern, zh, en in _CURES if re.search(pattern, str(error))), None)
    zh, en = cure or (
        "请检查该行的引号、括号和等号",
        "check quotes, brackets and the = of that line",
    )
    return ProjectError(
        f"项目文件 {file}第 {number} 行写法有误：{line}。{zh}。",
        f"The project file {file} is no TOML in line {number}: {line}; {en}.",
    )


PATHS = frozenset({"plan", "file", "template", "accepted", "corrections", "previous"})
"""Keys whose values are paths."""


def _absolute(content: Any, folder: Path) -> Any:
    """Make the paths of the file (``plan``, ``template``, every ``file`` …) absolute."""
    if isinstance(content, list):
        return [_absolute(item, folder) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        key: value
        if is_database(str(value))
        else str(folder / value)
        if key in PATHS and isinstance(value, str)
        else [_absolute_basemap(name, folder) for name in value]
        if key == "basemaps" and isinstance(value, list)
        else _absolute(value, folder)
        for key, value in content.items()
    }


def _absolute_basemap(name: Any, folder: Path) -> Any:
    known = not isinstance(name, str) or name in SERVICES or "://" in name
    return name if known else str(folder / name)


def _explain(error: ValidationError, file: str) -> ProjectError:
    """Say the first fault of a project file in one sentence."""
    faults = error.errors(include_url=False)
    first = next((f for f in faults if f["type"] == "extra_forbidden"), faults[0])
    where = [str(part) for part in first["loc"]]
    key = ".".join(where)
    for index in {part for part in first["loc"] if isinstance(part, int)}:
        key = key.replace(f".{index}", f"[{index + 1}]")
    if first["type"] == "extra_forbidden":
        known = _keys(tuple(where[:-1]))
        meant = get_close_matches(where[-1], known, n=1, cutoff=0.5)
        zh = f"是否应为“{meant[0]}”？" if meant else f"可用的键：{'、'.join(known)}。"
        en = f"did you mean “{meant[0]}”?" if meant else f"known keys: {', '.join(known)}."
        return ProjectError(
            f"项目文件 {file} 中有不认识的键“{key}”，{zh}",
            f"The project file {file} has an unknown key “{key}”; {en}",
        )
    if first["type"] == "missing":
        return ProjectError(
            f"项目文件 {file} 缺少“{key}”，请补上。",
            f"The project file {file} lacks “{key}”; add it.",
        )
    wanted = _WANTED.get(first["type"], first["msg"])
    if first["type"] == "literal_error":
        wanted = f"应为 {first['ctx']['expected'].replace(' or ', '、')} 之一"
    return ProjectError(
        f"项目文件 {file} 中“{key}”的值 {first['input']!r} 不能用：{wanted}。",
        f"In the project file {file} the value {first['input']!r} of “{key}” cannot be used: "
        f"{first['msg']}.",
    )


_WANTED = {
    "string_type": "应为文字（加引号）",
    "string_too_short": "不能为空",
    "string_pattern_mismatch": "只能用文字、数字和 _ . -",
    "path_type": "应为文件路径（加引号）",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "tuple_type": "应为方括号中的列表",
    "dict_type": "应为一个表",
    "model_type": "应为一个表",
    "date_type": "应为日期，如 2025-06-30",
    "date_from_datetime_parsing": "应为日期，如 2025-06-30",
    "date_from_datetime_inexact": "应为日期，如 2025-06-30",
    "greater_than": "数字太小",
    "greater_than_equal": "数字太小",
    "less_than": "数字太大",
    "less_than_equal": "数字太大",
}
"""What a value should be, by the kind of fault that pydantic finds."""

_FIELDS = tuple(dict.fromkeys([*PARCELS.names, *REGIONS.names]))


def _check_fields(content: Any, file: str) -> None:
    """Refuse a column that landgis does not have in a table of fields, with the nearest it has."""
    if isinstance(content, list):
        for item in content:
            _check_fields(item, file)
    if not isinstance(content, dict):
        return
    for key, value in content.items():
        if key == "fields" and isinstance(value, dict):
            for column in value:
                if column not in _FIELDS:
                    meant = get_close_matches(column, _FIELDS, n=1, cutoff=0.4)
                    zh = f"是否应为“{meant[0]}”？" if meant else f"可用：{'、'.join(_FIELDS)}。"
                    en = f"did you mean “{meant[0]}”?" if meant else f"use {', '.join(_FIELDS)}."
                    raise ProjectError(
                        f"项目文件 {file} 的 fields 中有不认识的列“{column}”，{zh}",
                        f"The fields of the project file {file} hold an unknown column "
                        f"“{column}”; {en}",
                    )
        elif key != "candidates":  # a rule may sum any column of theirs
            _check_fields(value, file)


def _keys(where: tuple[str, ...]) -> list[str]:
    """List the known keys of the table at ``where`` (indices of arrays are passed over)."""
    model: type[BaseModel] = Project
    for part in where:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        model = _models(annotation)[0]
    return list(model.model_fields)


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for inner in getattr(annotation, "__args__", ()) for m in _models(inner)]
