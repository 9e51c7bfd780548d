"""A project file (project.toml), read: paths made absolute, the first fault in one sentence."""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from landgis.errors import InputError, ProjectError
from landgis.maps.basemaps import SERVICES
from landgis.project.settings import Project


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
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProjectError(
            f"项目文件 {path.name} 不是有效的 TOML（UTF-8）：{error}。"
            "请改正该处，并以 UTF-8 编码保存。",
            f"The project file {path.name} is no valid TOML in UTF-8: {error}.",
        ) from None
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


def _absolute(content: Any, folder: Path) -> Any:
    """Make the paths of the file (``plan``, ``template``, every ``file`` …) absolute."""
    if isinstance(content, list):
        return [_absolute(item, folder) for item in content]
    if not isinstance(content, dict):
        return content
    return {
        key: str(folder / value)
        if key in {"plan", "file", "template"} and isinstance(value, str)
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
    place = ".".join(where)
    for index in {part for part in first["loc"] if isinstance(part, int)}:
        place = place.replace(f".{index}", f"[{index + 1}]")
    if first["type"] == "extra_forbidden":
        known = _keys(tuple(where[:-1]))
        meant = get_close_matches(where[-1], known, n=1, cutoff=0.5)
        zh = f"是否应为“{meant[0]}”？" if meant else f"可用的键：{'、'.join(known)}。"
        en = f"did you mean “{meant[0]}”?" if meant else f"known keys: {', '.join(known)}."
        return ProjectError(
            f"项目文件 {file} 中有不认识的键“{place}”，{zh}",
            f"The project file {file} has an unknown key “{place}”; {en}",
        )
    if first["type"] == "missing":
        return ProjectError(
            f"项目文件 {file} 缺少“{place}”，请补上。",
            f"The project file {file} lacks “{place}”; add it.",
        )
    return ProjectError(
        f"项目文件 {file} 中“{place}”的值 {first['input']!r} 不能用：{first['msg']}。",
        f"In the project file {file} the value {first['input']!r} of “{place}” cannot be used: "
        f"{first['msg']}.",
    )


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
