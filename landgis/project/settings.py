"""The keys of a project file, and what each may hold.

``docs/project-file.md`` explains every one of them.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from landgis.files.archives import is_reserved
from landgis.files.whole import is_database
from landgis.maps.tiles import LIMIT_MB

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
