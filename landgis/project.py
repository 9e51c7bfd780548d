"""A project file (project.toml): one run of the flow, from the plan document to `Results`.

The file names the plan document, the layers and their field names, the boundary layers, what
each plan region is made of, tolerances and outputs. Paths are relative to the file.
"""

from __future__ import annotations

import tomllib
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from landgis.errors import InputError, ProjectError

Text = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A table of the project file: fixed keys, values that do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class LayerSection(Section):
    """A vector source (图层) and how to read it where the file does not say so itself."""

    file: Path
    layer: Text | None = None
    crs: Text | None = None
    encoding: Text | None = None
    fields: dict[str, str] = {}
    """Column of landgis → field of the source (``parcel_id = "ZDDM"``)."""


class ParcelsSection(LayerSection):
    """The layer of parcels (宗地) or areas (片区)."""

    area_unit: Literal["平方米", "亩", "公顷"] | None = None


class SchematicSection(Section):
    """Areas (片区) that have no layer: placed by the plan's list, in the named townships."""

    crs: Text


class BoundariesSection(Section):
    """The boundary layers: districts and townships."""

    districts: LayerSection
    townships: LayerSection | None = None


class RegionSection(Section):
    """A plan region: what it is made of, or that it has no polygon."""

    name: Text
    members: tuple[Text, ...] = ()
    """Names or codes of divisions whose polygons make up the region."""
    polygon: bool = True


class RuleSection(Section):
    """A rule beside those read from the plan."""

    kind: Text
    subject: str = ""
    value: float | None = None
    unit: str = ""
    due: date | None = None


class ChecksSection(Section):
    """Tolerances and further layers of the checks."""

    relative_tolerance: Annotated[float, Field(ge=0, lt=1)] = 0.0
    point_error_m: Annotated[float, Field(gt=0, le=10)] = 0.05
    area: Literal["plane", "ellipsoid"] = "plane"
    as_of: date | None = None


class Project(Section):
    """A project file, read. Paths are absolute.

    Examples
    --------
    >>> Project.model_fields["plan"].is_required()
    True
    """

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    title: Text
    plan: Path
    map_number: str = ""
    parcels: ParcelsSection | None = None
    schematic: SchematicSection | None = None
    boundaries: BoundariesSection
    regions: tuple[RegionSection, ...] = ()
    rules: tuple[RuleSection, ...] = ()
    checks: ChecksSection = ChecksSection()
    formats: tuple[Text, ...] = ("gpkg", "shp")


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
            f"项目文件 {path.name} 不是有效的 TOML（UTF-8）：{error}。",
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
    """Make the paths of the file (``plan`` and every ``file``) absolute."""
    if isinstance(content, dict):
        return {
            key: str(folder / value)
            if key in {"plan", "file"} and isinstance(value, str)
            else _absolute(value, folder)
            for key, value in content.items()
        }
    return [_absolute(item, folder) for item in content] if isinstance(content, list) else content


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
