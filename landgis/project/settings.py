"""A project file (project.toml): its tables, read; the first fault in one sentence."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from landgis.errors import InputError, ProjectError
from landgis.files.archives import is_reserved
from landgis.files.encoding import decode_text
from landgis.files.whole import is_database
from landgis.maps.assets import LIMIT_MB, SERVICES
from landgis.schema import PARCELS, REGIONS

Text = Annotated[str, Field(min_length=1)]


class Section(BaseModel):
    """A table of the project file: fixed keys, values that do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


def _place(value: object) -> object:
    """Keep the address of a database as it is; a path would lose one of its slashes."""
    return str(value) if is_database(str(value)) else Path(str(value))


def _portable(name: str) -> str:
    """Refuse a name of files that cannot be handed to somebody with Windows."""
    if is_reserved(name):
        raise ValueError(
            f"{name} 是 Windows 保留的文件名 · {name} is a name of files that Windows reserves"
        )
    return name


class LayerSection(Section):
    """A vector source (图层) and how to read it where the file does not say so itself."""

    file: Annotated[Path | str, BeforeValidator(_place)]
    """A file, or the address of a database (``postgresql://…``) with its table as ``layer``."""
    layer: Text | None = None
    crs: Text | None = None
    encoding: Text | None = None
    datum_shift: tuple[float, ...] | Text | None = None
    """From 1980西安 or 1954北京 to CGCS2000: seven parameters, or a PROJ pipeline."""
    fields: dict[str, str] = {}
    """Column of landgis → field of the source (``parcel_id = "ZDDM"``)."""

    @property
    def name(self) -> str:
        """Name of the source in messages: that of the file, or of the table."""
        return self.file.name if isinstance(self.file, Path) else self.layer or "PostGIS"


class ParcelsSection(LayerSection):
    """The layer of parcels (宗地) or areas (片区)."""

    area_unit: Literal["平方米", "亩", "公顷"] | None = None
    scheme: Text | None = None
    """Name of the scheme that use codes follow, where the layer holds codes."""
    repair: bool = False
    """Whether to make invalid polygons valid; every change of area is among the findings."""
    reference: LayerSection | None = None
    """A layer with borders in common that lies right: tells whether the parcels are shifted."""


class ListSection(Section):
    """A list of parcels without shapes (宗地清单, 储备库)."""

    file: Path
    layer: Text | None = None
    """Name of the sheet."""
    fields: dict[str, str] = {}
    area_unit: Literal["平方米", "亩", "公顷"] | None = None


class CandidatesSection(LayerSection):
    """Candidates (候选地块): a layer, or a list without shapes; ``fields`` name any column."""

    area_unit: Literal["平方米", "亩", "公顷"] | None = None
    scheme: Text | None = None


class CoverSection(Section):
    """A raster of land cover, and which of its values agree with which use or source."""

    file: Path
    band: Annotated[int, Field(ge=1)] = 1
    expected: dict[str, tuple[int, ...]]
    """Use or 新增, 存量 → values that agree."""
    classes: dict[int, str] = {}
    """Value → its name."""


class ScoreSection(LayerSection):
    """A column of the candidates measured from a raster, or as the distance to a layer."""

    band: Annotated[int, Field(ge=1)] = 1
    statistic: Literal["mean", "min", "max", "median", "sum"] = "mean"
    classes: tuple[int, ...] = ()
    """Values whose share of the candidate is the number."""
    weight: float | None = None
    """What it adds to the score from the least to the most of it among the candidates."""


class SchematicSection(Section):
    """Areas (片区) that have no layer: placed by the plan's list, in the named townships."""

    crs: Text


class BoundariesSection(Section):
    """The boundary layers: districts and townships."""

    districts: LayerSection | None = None
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
    region: str = ""
    category: str = ""
    of: str = ""
    """What a share is a share of (出让, 工矿仓储用地); empty for all land."""
    land_source: str = ""
    supply_mode: str = ""


class ChecksSection(Section):
    """Tolerances and further layers of the checks."""

    relative_tolerance: Annotated[float, Field(ge=0, lt=1)] = 0.0
    point_error_m: Annotated[float, Field(gt=0, le=10)] = 0.05
    area: Literal["recorded", "plane", "ellipsoid", "survey"] | None = None
    """Which area of the land counts against the plan; see `landgis.balance.mapped.map_land`."""
    as_of: date | None = None
    history: LayerSection | None = None
    """Parcels supplied in earlier years."""
    land_cover: CoverSection | None = None
    control_lines: dict[str, LayerSection] = {}
    """Layers of 永久基本农田, 生态保护红线, 城镇开发边界."""


class AllocateRule(RuleSection):
    """A rule of the choice of land, also on a column of the candidates."""

    column: str = ""
    """What is summed by ``max_sum`` and ``min_sum``."""
    rank: Annotated[int, Field(ge=1)] | None = None
    """Makes it a rule that may be missed, in this order among the targets."""


class GroupSection(Section):
    """Candidates that belong together."""

    kind: Literal["all_or_none", "at_least", "at_most", "before", "layouts"]
    members: tuple[Text | tuple[Text, ...], ...]
    k: Annotated[int, Field(ge=0)] = 1
    name: str = ""


class RanksSection(Section):
    """Which deviations are made least first."""

    total: int | None = None
    region: int | None = None
    use: int | None = None
    cell: int | None = None


class AllocateSection(Section):
    """How land is chosen for the plan."""

    ranks: RanksSection = RanksSection()
    about: Annotated[float, Field(ge=0, lt=1)] | None = None
    """What 约 leaves open, as a share of the figure."""
    slack: Annotated[float, Field(ge=0, lt=1)] | None = None
    fair: bool = False
    """Whether regions are treated equally, the worst off first (leximin)."""
    effort: Annotated[float, Field(gt=0)] = 1.0
    seconds: Annotated[float, Field(gt=0)] | None = None
    previous: Path | None = None
    """An earlier choice, of which as little as possible is changed."""
    run: bool = False
    """Whether `landgis run` chooses land, too, and reports on what was chosen."""
    besides_parcels: bool = False
    """Whether the parcels count as chosen already, and candidates fill what is lacking."""
    scores: dict[str, ScoreSection] = {}
    """Name of a column → how it is measured."""
    rules: tuple[AllocateRule, ...] = ()
    groups: tuple[GroupSection, ...] = ()


class MapsSection(Section):
    """What the map pages show behind the parcels, and the atlas; nothing by default."""

    basemaps: tuple[Text, ...] = ()
    key: str = ""
    gcj02: bool = False
    tiles_mb: Annotated[float, Field(gt=0, le=500)] = LIMIT_MB
    atlas: Text | tuple[Text, ...] = ""
    """The parcels of plates/atlas.pdf: ``all``, ``fail``, or ids."""
    per_plate: Annotated[int, Field(ge=1, le=200)] = 1


class CompareSection(Section):
    """An earlier version of the same project (调整前), or an earlier day, to compare with."""

    plan: Path | None = None
    parcels: ParcelsSection | None = None
    since: date | None = None
    """The day from which to tell what was supplied until ``checks.as_of``."""


class Project(Section):
    """A project file, read. Paths are absolute.

    Examples
    --------
    >>> Project.model_fields["plan"].is_required()
    True
    """

    name: Annotated[str, Field(pattern=r"^[\w.-]+$"), AfterValidator(_portable)]
    title: Text
    plan: Path
    corrections: Path | None = None
    """A workbook in which a person corrected what was read of the plan."""
    map_number: str = ""
    accepted: Path | None = None
    """Findings that somebody has accepted (accepted.csv)."""
    parcels: ParcelsSection | None = None
    schematic: SchematicSection | None = None
    list: ListSection | None = None
    candidates: CandidatesSection | None = None
    allocate: AllocateSection = AllocateSection()
    boundaries: BoundariesSection
    uses: dict[str, str | dict[str, float]] = {}
    """Own word for a use → use of the plan, or shares of several."""
    regions: tuple[RegionSection, ...] = ()
    rules: tuple[RuleSection, ...] = ()
    checks: ChecksSection = ChecksSection()
    formats: tuple[Text, ...] = ("gpkg", "shp")
    shapefile_encoding: Literal["UTF-8", "GBK"] = "UTF-8"
    """GBK keeps five characters of a field's name, UTF-8 three; older programs read GBK only."""
    plates: tuple[Literal["png", "pdf", "svg"], ...] = ()
    """Formats of static map plates (图版); none by default."""
    template: Path | None = None
    """A DOCX template of the bureau's own for the report."""
    list_columns: tuple[Text, ...] = ()
    """Fields of the parcels' layer that 宗地清单 shows (坐落, 责任主体, 容积率)."""
    maps: MapsSection = MapsSection()
    compare: CompareSection | None = None


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
