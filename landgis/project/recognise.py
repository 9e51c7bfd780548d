"""What each file of a bureau is, told by what it holds: plan, parcels, townships, a list.

Nothing depends on names of files, but for what no content shows: a layer called 永久基本农田 is
a control line, one called 储备地块 holds candidates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

import geopandas as gpd
import pandas as pd

from landgis.divisions import match_among, short_names
from landgis.errors import CRSError, InputError
from landgis.files.whole import is_database
from landgis.layers.read import list_layers, read_layer, read_list
from landgis.plan.extract import read_plan
from landgis.plan.model import Plan
from landgis.regions.read import region_fields
from landgis.schema import PARCELS, guess_fields

Role = Literal[
    "plan", "parcels", "candidates", "earlier", "districts", "townships", "list", "line", "unknown"
]

ROLES = MappingProxyType(
    {
        "plan": ("计划文件", "the plan"),
        "parcels": ("宗地图层", "the layer of parcels"),
        "candidates": ("备选地块", "candidates"),
        "earlier": ("上一版宗地", "earlier parcels"),
        "districts": ("区县边界", "boundaries of districts"),
        "townships": ("乡镇边界", "boundaries of townships"),
        "list": ("宗地清单", "the list of parcels"),
        "line": ("控制线", "control lines"),
        "unknown": ("认不出", "not recognised"),
    }
)

_DOCUMENTS = frozenset({".docx", ".doc", ".wps", ".pdf", ".html", ".htm", ".mht", ".ofd", ".md"})
_EITHER = frozenset({".txt", ".xlsx", ".xls", ".csv"})
_TABLES = frozenset({".xlsx", ".xls", ".csv"})
_SIDE_FILES = frozenset(
    {".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".qpj", ".qml", ".sld", ".xml"}
    | {".toml", ".csvt", ".lock", ".gpkg-wal", ".gpkg-shm"}
)
_LINES = MappingProxyType(
    {
        "永久基本农田": ("基本农田", "YJJBNT", "JBNT"),
        "生态保护红线": ("生态保护红线", "生态红线", "STBHHX"),
        "城镇开发边界": ("开发边界", "CZKFBJ"),
    }
)
_CANDIDATES = re.compile(r"储备|候选|备选|批而未供|闲置|潜力|candidate", re.IGNORECASE)
_EARLIER = re.compile(
    r"调整前|上一版|上期|上年|去年|原始|历年|已供|旧版|_old\b|earlier", re.IGNORECASE
)
_MOST = 0.6
"""Share of the names in a layer that must be of a level for the layer to be of that level."""


_NAMED = 0.75
"""Share of a plan's regions that a field must name to be one of regions."""
_LAND = ("parcels", "candidates", "earlier")


@dataclass(frozen=True, kw_only=True, eq=False)
class Recognised:
    """A file (or one layer of it), and what it is.

    Parameters
    ----------
    file
        Its path; the address of a database.
    why
        The evidence, in Chinese and English.
    layer
        Name of the layer, if the file has several; of the table.
    name
        Of a control line: which one.
    frame
        Rows of a layer or list as read, fields named as in the file.
    plan
        The plan as read.
    crs
        The coordinate system that the file does not declare and that the others show.
    fields
        Column → field of the layer that is known by its content beside the plan only.
    """

    file: Path | str
    role: Role
    why: tuple[str, str]
    layer: str | None = None
    name: str = ""
    frame: pd.DataFrame | None = None
    plan: Plan | None = None
    crs: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """What it is called where a person reads of it: no address of a database."""
        file = "" if is_database(self.file) else Path(self.file).name
        return f"{file} {self.layer or ''}".strip()


def recognise(files: Iterable[Path | str]) -> list[Recognised]:
    """Tell what each file is.

    Parameters
    ----------
    files
        Documents, tables and layers, in any order; a folder stands for the files in it, the
        address of a database for its tables, ``address#schema.table`` for one of them.

    Returns
    -------
    list of Recognised
        In the order given; several rows for a file of several layers. What is nothing of these
        has the role ``unknown`` and says why.

    Raises
    ------
    InputError
        If a file does not exist.

    Examples
    --------
    >>> found = recognise(["data/plans/lianzhou-2025.pdf", "data/parcels/lianzhou-2025.gpkg",
    ...                    "data/boundaries/lianzhou.gpkg"])
    >>> [(one.role, one.layer) for one in found]
    [('plan', None), ('parcels', None), ('districts', 'districts'), ('townships', 'townships')]
    """
    found = [one for file in _unfolded(files) for one in _looked_into(file)]
    return _named_by_the_plan(_settled(_placed(found)))


def _unfolded(files: Iterable[Path | str]) -> list[Path | str]:
    """Give the files themselves: folders opened, side files of shapefiles left out."""
    out: list[Path | str] = []
    for given in files:
        if is_database(given):
            out.append(str(given))
            continue
        path = Path(given)
        if not path.exists():
            raise InputError(
                f"文件不存在：{path}。请检查路径。", f"No such file: {path}. Check the path."
            )
        inside = path.is_dir() and path.suffix.lower() != ".gdb"
        listed = sorted(path.iterdir()) if inside else [path]
        out += [
            p
            for p in listed
            if not (inside and (p.name.startswith((".", "~$")) or p.suffix.lower() in _SIDE_FILES))
        ]
    return list(dict.fromkeys(out))


def _looked_into(file: Path | str) -> list[Recognised]:
    """Open a file as what its name allows: layer, document or table."""
    if isinstance(file, str):
        return _as_tables(file)
    suffix = file.suffix.lower()
    refused: tuple[str, str] = ("", "")
    doubtful: list[Recognised] = []
    ways: list[Callable[[Path], list[Recognised]]] = []
    if suffix not in _DOCUMENTS:
        ways.append(_as_layers)
    if suffix in _DOCUMENTS | _EITHER:
        ways += [_as_list, _as_plan] if suffix in _EITHER - {".txt"} else [_as_plan]
    for way in ways:
        try:
            told = way(file)
        except InputError as error:
            refused = (error.zh, error.en)
            continue
        if any(one.role != "unknown" and one.crs != "?" for one in told):
            return told
        doubtful = doubtful or told  # a table of figures may look like one of coordinates
    return doubtful or [Recognised(file=file, role="unknown", why=refused)]


# --- documents and lists ---------------------------------------------------------------------


def _as_plan(file: Path) -> list[Recognised]:
    plan = read_plan(file)
    figures, listed = len(plan.targets), len(plan.projects)
    if not figures and not listed:
        return []
    zh = f"{plan.title or '无标题'}：{figures} 个指标，清单 {listed} 行"
    en = f"{plan.title or 'no title'}: {figures} targets, {listed} rows of a list"
    return [Recognised(file=file, role="plan", why=(zh, en), plan=plan)]


def _as_list(file: Path) -> list[Recognised]:
    """Take a table without coordinates for a list of parcels, if it has ids and uses or areas."""
    table = read_list(file)
    fields = guess_fields(table)
    coded = sum(re.fullmatch(r"[A-Za-z_]+", str(field)) is not None for field in table)
    if not {"category", "recorded_area_m2"} <= set(fields) or len(fields) < 4 or coded < 3:
        return []
    zh = f"{len(table)} 行，有{'、'.join(fields.values())}，没有坐标"
    en = f"{len(table)} rows with {', '.join(fields.values())} and no coordinates"
    return [Recognised(file=file, role="list", why=(zh, en), frame=table)]


# --- layers ----------------------------------------------------------------------------------


def _as_layers(file: Path) -> list[Recognised]:
    names = list_layers(file)
    several = len(names) > 1
    return [_as_layer(file, name if several else None) for name in (names or ("",))]


def _as_tables(given: str) -> list[Recognised]:
    """Look into the table of a database that an address names, or into all with a geometry."""
    address, _, table = given.partition("#")
    if urlsplit(address).password:
        raise InputError(
            "数据库地址里有密码，会写进项目文件：请去掉，放在环境变量 PGPASSWORD 或 ~/.pgpass 中。",
            "The address of the database has a password, which would stand in the project file: "
            "leave it out, and put it into PGPASSWORD or ~/.pgpass.",
        )
    return [_as_layer(address, name) for name in ([table] if table else list_layers(address))]


def _as_layer(file: Path | str, layer: str | None) -> Recognised:
    try:
        frame, crs = read_layer(file, layer=layer).data, ""
    except CRSError as error:
        unplaced = _unplaced(file, layer)
        if unplaced is None and Path(file).suffix.lower() in _EITHER:
            raise  # a document or a list, then
        if unplaced is None:
            return Recognised(file=file, layer=layer, role="unknown", why=(error.zh, error.en))
        frame, crs = unplaced, "?"
    role, why, name = _role_of(frame, f"{Path(file).stem} {layer or ''}")
    return Recognised(file=file, layer=layer, role=role, why=why, name=name, frame=frame, crs=crs)


def _unplaced(file: Path | str, layer: str | None) -> gpd.GeoDataFrame | None:
    """Read a layer whose coordinate system is not known, for what its fields hold."""
    try:
        frame = read_layer(file, layer=layer, crs="EPSG:4549").data
        shapes = gpd.GeoSeries(frame.geometry.to_numpy(), index=frame.index)
        return None if shapes.isna().all() else frame.set_geometry(shapes)
    except InputError:
        return None


def _role_of(frame: gpd.GeoDataFrame, called: str) -> tuple[Role, tuple[str, str], str]:
    for line, words in _LINES.items():
        if any(word in called.upper() for word in words):
            return "line", (f"名为{line}", f"it is called {line}"), line
    fields = columns_of(frame)
    names = _region_names(frame)
    levels = {
        level: sum(_ends(name, ends) for name in names) / max(len(names), 1)
        for level, ends in (("townships", "镇乡道木区"), ("districts", "区县市旗"))
    }
    towns = sum(_ends(name, "镇乡木") or name.endswith("街道") for name in names)
    level = max(levels, key=lambda key: levels[key])
    if names and "category" not in fields and levels[level] >= _MOST:
        level = "townships" if 2 * towns >= len(names) else level
        few = "、".join(names[:3])
        return (
            "townships" if level == "townships" else "districts",
            (f"{len(frame)} 个区域：{few}…", f"{len(frame)} regions: {few} …"),
            "",
        )
    if "category" in fields and (len(fields) > 1 or len(frame)):
        told = "、".join(fields.values())
        why = (f"{len(frame)} 个面，有{told}", f"{len(frame)} shapes with {told}")
        if _CANDIDATES.search(called):
            return "candidates", why, ""
        return ("earlier" if _EARLIER.search(called) else "parcels"), why, ""
    listed = "、".join(str(c) for c in frame.columns if c != frame.geometry.name)
    return (
        "unknown",
        (
            f"字段中没有用途，也没有区域名称（现有：{listed}）",
            f"neither a use nor names ({listed})",
        ),
        "",
    )


def columns_of(frame: pd.DataFrame) -> dict[str, str]:
    """Give column of the table of parcels → field of the layer, its own names of columns too.

    Examples
    --------
    >>> columns_of(pd.DataFrame({"parcel_id": ["1"], "TDYT": ["工业用地"]}))
    {'parcel_id': 'parcel_id', 'category': 'TDYT'}
    """
    own = {name: name for name in PARCELS.names if name in frame and name != "geometry"}
    return own | guess_fields(frame)


def _region_names(frame: gpd.GeoDataFrame) -> list[str]:
    """Give the different names in the field that regions are named in, if there is one."""
    field = "name" if "name" in frame else region_fields(frame).get("name")
    return [] if field is None else [str(v) for v in frame[field].dropna().unique() if str(v)]


def _ends(name: str, ends: str) -> bool:
    return name[-1] in ends and (bool(short_names(name)) or len(name) > 2)


# --- what only all of them together tell -----------------------------------------------------


def _placed(found: Sequence[Recognised]) -> list[Recognised]:
    """Decide the coordinate system of a layer that declares none from where the others lie."""
    known = [one for one in found if isinstance(one.frame, gpd.GeoDataFrame) and one.frame.crs]
    if not known:
        return list(found)
    west, south, east, north = gpd.GeoSeries(known[0].frame.geometry).to_crs(4490).total_bounds  # type: ignore[union-attr]
    middle = ((west + east) / 2, (south + north) / 2)
    out = []
    for one in found:
        if one.crs == "?":
            try:
                read = read_layer(one.file, layer=one.layer, place=middle).data
            except CRSError as error:
                out.append(replace(one, role="unknown", why=(error.zh, error.en), crs=""))
                continue
            code = read.crs and read.crs.to_epsg()
            one = replace(one, frame=read, crs=f"EPSG:{code}")  # noqa: PLW2901
        out.append(one)
    return out


def _settled(found: Sequence[Recognised]) -> list[Recognised]:
    """Choose one plan, the document with most figures; another with a list is the list."""
    plans = [one.plan for one in found if one.plan is not None]
    if len(plans) < 2:
        return list(found)
    best = max(plans, key=lambda plan: (len(plan.targets), len(plan.projects)))
    out = []
    for one in found:
        if one.plan is None or one.plan is best:
            out.append(one)
        elif len(one.plan.projects) > len(one.plan.targets) and Path(one.file).suffix in _TABLES:
            out.append(replace(one, role="list", frame=one.plan.projects))
        else:
            zh, en = f"另一个计划文件：{one.why[0]}", f"another plan: {one.why[1]}"
            out.append(replace(one, role="unknown", why=(zh, en)))
    return out


def _named_by_the_plan(found: Sequence[Recognised]) -> list[Recognised]:
    """Know fields of region names, and layers by them: they hold the names that the plan uses."""
    plans = [one.plan for one in found if one.plan is not None]
    names = list(dict.fromkeys(filter(None, (r for p in plans for r in p.targets["region"]))))
    return [_with_names(one, names) for one in found] if names else list(found)


def _with_names(one: Recognised, names: Sequence[str]) -> Recognised:
    frame = one.frame
    if not isinstance(frame, gpd.GeoDataFrame) or "region" in columns_of(frame):
        return one
    known = next((c for c in _texts_of(frame) if _names_regions(frame[c], names)), None)
    if known is None:
        return one
    if one.role in _LAND:
        return replace(one, fields={"region": known})
    if one.role != "unknown" or not frame[known].is_unique:
        return one
    districts = sum(name[-1] in "区县市旗" for name in names) * 2 > len(names)
    why = (
        f"字段 {known} 是计划的区域名称，{len(frame)} 个",
        f"field {known} holds the plan's regions, {len(frame)}",
    )
    role: Role = "districts" if districts else "townships"
    return replace(one, role=role, why=why, fields={"name": known})


def _texts_of(frame: pd.DataFrame) -> list[str]:
    """Give the fields of text."""
    others = [str(c) for c in frame.columns if c != "geometry"]
    return [c for c in others if pd.api.types.is_string_dtype(frame[c].dropna())]


def _names_regions(column: pd.Series, names: Sequence[str]) -> bool:
    """Whether most of a plan's regions are among the texts of a field, and most texts are one."""
    told = [str(value) for value in column.dropna().unique() if str(value)]
    if not told or len(told) > 2 * len(names) + 2:
        return False
    meant = [match_among(name, told)[0] in {"exact", "abbreviated"} for name in names]
    return sum(meant) >= _NAMED * max(len(names), len(told))


def describe_layer(frame: gpd.GeoDataFrame, called: str) -> dict[str, Any]:
    """Describe what a layer holds: role, fields as columns with samples, uses with their counts.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame({"DKBH": ["1", "2"], "TDYT": ["工业用地", "工业用地"]},
    ...     geometry=[box(0, 0, 1, 1), box(2, 0, 3, 1)], crs=4549)
    >>> told = describe_layer(land, "宗地")
    >>> told["role"], told["fields"]["category"], told["uses"]
    ('parcels', {'field': 'TDYT', 'samples': ['工业用地']}, {'工业用地': 2})
    """
    role, _, _ = _role_of(frame, called)
    fields = columns_of(frame)
    told = {
        column: {
            "field": field,
            "samples": [str(v) for v in frame[field].dropna().unique()[:3]],
        }
        for column, field in fields.items()
    }
    uses = frame[fields["category"]].value_counts() if "category" in fields else pd.Series()
    counts = {str(use): int(count) for use, count in uses.items()}
    return {"role": role, "fields": told, "uses": counts}
