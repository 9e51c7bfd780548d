"""The columns, dtypes and units of every table that leaves a module.

Text columns hold ``""`` where there is nothing, never NA; number columns hold NaN. So a row of
the grand total has ``region == "" and category == ""``, and nothing falls out of a groupby.

And the field names of the standards, with the columns of table ``parcels`` that they stand for.
Where no name is known, what a field holds can tell: times, supply modes, names of uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import isnan
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

from landgis.errors import InputError
from landgis.landuse import canonical

Kind = Literal["text", "number", "integer", "list", "geometry"]
Frame = TypeVar("Frame", bound=pd.DataFrame)
"""A table, or a table with shapes: it comes back as what it was."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it holds, and how a reader is told of it."""

    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table that leaves a module."""

    name: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(c.name for c in self.columns)


BASIS = ("", "sample", "schematic", "approximate")
"""What a row of parcels, projects or regions rests on. Empty: as delivered. ``sample``: invented
data (示例). ``schematic``: the stated area, placed by name only (示意). ``approximate``: a border
that is not the official one (近似)."""

DRAWN_FROM_PLAN = ("sample", "schematic")
"""What of `BASIS` was drawn from the plan's own figures, and so proves nothing of them."""

_SOURCE = Column("source", "text", "出处", "source")

REGION_CODE = Column("region_code", "text", "区划代码", "region code")
LAND_SOURCE = Column("land_source", "text", "土地来源", "land source")
SUPPLY_MODE = Column("supply_mode", "text", "供应方式", "supply mode")
STATED = (
    Column("stated_value", "number", "原文数值", "printed value"),
    Column("stated_unit", "text", "原文单位", "printed unit"),
    Column("stated_decimals", "integer", "小数位", "decimals"),
)
"""An area as a plan prints it."""

TARGETS = Table(
    "targets",
    (
        Column("region", "text", "区域", "region"),
        REGION_CODE,
        Column("category", "text", "用途", "use"),
        Column("stated_category", "text", "原文用途", "use as printed"),
        Column("parent_category", "text", "上级用途", "parent use"),
        Column("area_ha", "number", "面积（公顷）", "area (ha)"),
        *STATED,
        Column("share_pct", "number", "占比（%）", "share (%)"),
        _SOURCE,
    ),
)
PROJECTS = Table(
    "projects",
    (
        Column("number", "integer", "序号", "no."),
        Column("region", "text", "区县", "region"),
        Column("category", "text", "类别", "category"),
        Column("name", "text", "名称", "name"),
        Column("location", "text", "位置", "location"),
        Column("townships", "list", "乡镇街道", "townships"),
        Column("area_ha", "number", "面积（公顷）", "area (ha)"),
        Column("stage", "text", "实施阶段", "stage"),
        _SOURCE,
    ),
)
PLACEMENTS = Table(
    "placements",
    (
        Column("category", "text", "用途", "use"),
        Column("regions", "list", "区域", "regions"),
        _SOURCE,
    ),
)
RULES = Table(
    "rules",
    (
        Column("kind", "text", "规则", "kind"),
        Column("subject", "text", "对象", "subject"),
        Column("value", "number", "数值", "value"),
        Column("unit", "text", "单位", "unit"),
        Column("due", "text", "期限", "due"),
        _SOURCE,
    ),
)
PARCELS = Table(
    "parcels",
    (
        Column("parcel_id", "text", "宗地编号", "parcel id", required=True),
        Column("name", "text", "名称", "name"),
        Column("category", "text", "用途", "use", required=True),
        Column("recorded_area_m2", "number", "登记面积（平方米）", "recorded area (m²)"),
        SUPPLY_MODE,
        LAND_SOURCE,
        Column("quarter", "text", "供应时间", "quarter"),
        Column("stage", "text", "实施阶段", "stage"),
        Column("region", "text", "登记区域", "recorded region"),
        Column("basis", "text", "数据性质", "basis"),
        Column("geometry", "geometry", "图形", "geometry", required=True),
    ),
)
REGIONS = Table(
    "regions",
    (
        Column("region_id", "text", "区域编号", "region id", required=True),
        Column("name", "text", "名称", "name", required=True),
        Column("level", "text", "级别", "level"),
        Column("code", "text", "区划代码", "code"),
        Column("parent_id", "text", "上级编号", "parent id"),
        Column("basis", "text", "数据性质", "basis"),
        _SOURCE,
        Column("geometry", "geometry", "图形", "geometry", required=True),
    ),
)
CROSSWALK = Table(
    "crosswalk",
    (
        Column("parcel_id", "text", "宗地编号", "parcel id", required=True),
        Column("region_id", "text", "区域编号", "region id", required=True),
        Column("area_m2", "number", "面积（平方米）", "area (m²)", required=True),
        Column("share", "number", "份额", "share", required=True),
    ),
)

_DTYPES: dict[str, Any] = {
    "text": pd.StringDtype(na_value=np.nan),
    "number": np.dtype("float64"),
    "integer": pd.Int64Dtype(),
    "list": np.dtype("object"),
}


def conform(table: Frame, schema: Table) -> Frame:
    """Give ``table`` the columns, order and dtypes of ``schema``; further columns follow.

    The input is not changed and its index is kept. A column that is not required and absent is
    added empty.

    Raises
    ------
    InputError
        If required columns are missing; the message names all of them.

    Examples
    --------
    >>> pieces = pd.DataFrame({"parcel_id": ["a"], "region_id": ["r"], "area_m2": 1, "share": 1})
    >>> conform(pieces, CROSSWALK).dtypes.astype(str).to_dict()["area_m2"]
    'float64'
    """
    missing = [c.name for c in schema.columns if c.required and c.name not in table.columns]
    if missing:
        got = "、".join(map(str, table.columns))
        raise InputError(
            f"{schema.name} 表缺少列 {'、'.join(missing)}（现有：{got}）；请补上或改列名"
            "（宗地可用 landgis.as_parcels）。",
            f"The table {schema.name} lacks {', '.join(missing)} (it has: {got}): add or rename "
            "columns (landgis.as_parcels for parcels).",
        )
    out = table.copy(deep=False)  # the columns are the input's until one is written
    dtypes = dict(zip(out.columns, out.dtypes, strict=True))
    for column in schema.columns:
        if column.kind == "geometry":
            continue
        if column.name not in dtypes:
            out[column.name] = _empty(column.kind, len(out))
            continue
        as_said = dtypes[column.name] == _DTYPES[column.kind]
        if column.kind == "text" and not (as_said and not out[column.name].hasnans):
            out[column.name] = as_text(out[column.name])
        elif column.kind in ("number", "integer") and not as_said:
            out[column.name] = out[column.name].astype(_DTYPES[column.kind])
    known = [c for c in schema.names if c in out.columns]
    order = known + [c for c in out.columns if c not in schema.names]
    chosen: Frame = out if order == list(out.columns) else out[order]
    return chosen  # choosing columns keeps the class


def as_text(values: pd.Series) -> pd.Series:
    r"""Write the values of a column as text, nothing as an empty one.

    Halves of characters (lone surrogates, from damaged text), which no file can hold, become the
    sign for what cannot be shown.

    Examples
    --------
    >>> as_text(pd.Series(["宗地", None, "坏\ud800"], dtype="object")).tolist()
    ['宗地', '', '坏�']
    """
    if values.dtype == "str":  # whole characters already
        return values.fillna("")
    text = values.astype("object").where(values.notna(), "")
    try:
        return text.astype("str")
    except UnicodeError:  # bytes (a field BLOB) are text, too: in hex
        whole = [whole_text(v.hex() if isinstance(v, bytes) else str(v)) for v in text]
        return pd.Series(whole, index=text.index, name=text.name, dtype="str")


def rows_of(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the rows of a table as mappings; text columns are slow to walk one by one.

    Examples
    --------
    >>> list(rows_of(pd.DataFrame({"a": ["x", "y"], "b": [1.0, 2.0]})))
    [{'a': 'x', 'b': 1.0}, {'a': 'y', 'b': 2.0}]
    """
    names = [str(name) for name in table.columns]
    columns = [plain_values(table[name]) for name in table.columns]
    return (dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))


def plain_values(values: pd.Series) -> list[Any]:
    """Give the values of a column as Python's own.

    Examples
    --------
    >>> plain_values(pd.Series(["a", "b"], dtype="str"))
    ['a', 'b']
    """
    plain: list[Any] = values.to_numpy(dtype="object").tolist()
    return plain


def shaped(layer: Frame) -> Frame:
    """Give the rows of a layer that have a shape.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> layer = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[shapely.Point(0, 0), None])
    >>> shaped(layer)["name"].tolist()
    ['a']
    """
    geometry = layer.geometry
    there: Frame = layer[~(geometry.isna() | geometry.is_empty)]
    return there


def whole_text(text: str) -> str:
    r"""Give text whose every character is whole.

    Examples
    --------
    >>> whole_text("坏\ud800")
    '坏�'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def table_of(rows: Iterable[Mapping[str, Any]], schema: Table) -> pd.DataFrame:
    """Lay ``rows`` out as a table of ``schema`` (no geometry), rows numbered from 0.

    Examples
    --------
    >>> table_of([{"category": "住宅用地", "regions": ("连州镇",)}], PLACEMENTS)["source"].tolist()
    ['']
    """
    rows = list(rows)
    named = {c.name: c.kind for c in schema.columns if c.kind != "geometry"}
    told = {n: [r.get(n) for r in rows] for n in dict.fromkeys(chain.from_iterable(rows))}
    known = {
        n: _typed(told[n], kind) if n in told else _empty(kind, len(rows))
        for n, kind in named.items()
    }
    others = {name: values for name, values in told.items() if name not in known}
    return pd.DataFrame(known | others, index=pd.RangeIndex(len(rows)))


def _typed(values: list[Any], kind: Kind) -> Any:
    """Make a column of a kind at once: to let pandas guess first takes several times as long."""
    if kind == "list":
        return pd.Series(values, dtype="object").array  # of a bare list pandas would make numbers
    if kind == "text":
        texts = ["" if _lacks(v) else v if isinstance(v, str) else str(v) for v in values]
        try:
            return pd.array(texts, dtype=_DTYPES[kind])
        except UnicodeError:
            return pd.array([whole_text(t) for t in texts], dtype=_DTYPES[kind])
    nothing = pd.NA if kind == "integer" else float("nan")
    return pd.array([nothing if _lacks(v) else v for v in values], dtype=_DTYPES[kind])


def _lacks(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and isnan(value))


def _empty(kind: Kind, count: int) -> Any:
    return _typed([() if kind == "list" else None] * count, kind)


def id_text(values: pd.Series) -> pd.Series:
    """Take a column of ids as text: whole numbers without a point, "" where there is none.

    Examples
    --------
    >>> id_text(pd.Series([330502001.0, None])).tolist()
    ['330502001', '']
    """
    present = values.notna()
    if pd.api.types.is_float_dtype(values):
        numbers = values[present]
        if (numbers % 1 == 0).all() and (numbers.abs() <= 2**53).all():
            values = values.astype("Int64")
    return values.astype("object").where(present, "").astype("str")


_NAMES = """\
parcel_id         ZDDM 宗地代码 DKBH 地块编号 宗地编号 DZJGH 电子监管号 BDCDYH 不动产单元号 XMBH
parcel_id         项目编号 DKBM 地块编码 ZDBH 宗地号 DKH 地块号 GDBH 储备编号 TBBH 图斑编号
parcel_id         PQBH 片区编号 DCDYBH BSM 标识码 编号 序号
name              DKMC 地块名称 ZDMC 宗地名称 XMMC 项目名称 PQMC 片区名称 名称
category          GHYT 规划用途 GHYDXZ 规划用地性质 DKYT 地块用途 TDYT 土地用途 YDXZ 用地性质
category          YT 用途 YTMC 用途名称 PZYT 批准用途 YDLX 用地类型 GHDLBM 规划地类编码
category          DLBM 地类编码 DLMC 地类名称 PQLX 片区类型 类别 类型
recorded_area_m2  ZDMJ 宗地面积 DKMJ 地块面积 PZMJ 批准面积 TBMJ 图斑面积 GDMJ 供地面积
recorded_area_m2  GYMJ 供应面积 出让面积 JYDMJ 净用地面积 YDMJ 用地面积 TDMJ 土地面积
recorded_area_m2  MJ 面积 总面积
supply_mode       GDFS 供地方式 GYFS 供应方式 出让方式
land_source       TDLY 土地来源 用地来源
quarter           GYSJ 供应时间 供应季度 GDSJ 供地时间 NGSJ 拟供时间 计划供应时间 供应时序
quarter           JD 季度
stage             SSJD 实施阶段 SSSX 实施时序
region            XZQMC 行政区名称 SZXZQ SZXZ 所在乡镇 SSXZ 所属乡镇 XZMC 所在镇 乡镇 乡镇街道
region            镇街 所在区域 区县 行政区 属地 登记区域
basis             数据性质
"""


def _known() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for line in _NAMES.splitlines():
        column, *names = line.split()
        table[column] = (*table.get(column, ()), *names)
    return MappingProxyType(table)


KNOWN = _known()
"""Fields that are known for a column of table ``parcels``, the likeliest first. Names are compared
without case and up to the ten bytes that a shapefile leaves of them."""


def guess_fields(frame: pd.DataFrame, *, fields: Mapping[str, str] | None = None) -> dict[str, str]:
    """Guess which field of a layer is which column of table ``parcels``.

    Parameters
    ----------
    fields
        Column → field, as the user says.

    Returns
    -------
    dict
        Column → field: those that are given, then the likeliest known name for each other one,
        then the one field whose values can be nothing else (quarters, modes, sources, uses).

    Examples
    --------
    >>> import geopandas as gpd
    >>> layer = gpd.GeoDataFrame({"ZDDM": ["1"], "GHYT": ["住宅"]}, geometry=[None])
    >>> guess_fields(layer)
    {'parcel_id': 'ZDDM', 'category': 'GHYT'}
    """
    shapes = getattr(getattr(frame, "geometry", None), "name", None)  # geopandas is not loaded here
    present = [str(c) for c in frame.columns if c != shapes]
    chosen = dict(fields or {})
    for column, names in KNOWN.items():
        if column in chosen or column in frame.columns:
            continue
        field = _first_known(present, names)
        if field is not None and field not in chosen.values() and _may_hold(frame[field], column):
            chosen[column] = field
    free = [field for field in present if field not in chosen.values() and field not in KNOWN]
    for column, known in _CONTENT.items():
        if column in chosen or column in frame.columns:
            continue
        alike = [field for field in free if _share(frame[field], known) >= _MOST]
        if len(alike) == 1:
            chosen[column] = alike[0]
            free.remove(alike[0])
    return chosen


_TIME = re.compile(
    r"(?:20\d\d年?)?(?:第?[一二三四1-4]季度?|Q[1-4]|[上下]半年|全年|年底|1?\d月)"
    r"|20\d\d[-/.年]?(?:1[0-2]|0?[1-9])?(?:[-/.月]\d{1,2})?日?",
    re.IGNORECASE,
)
_MODE = re.compile(r".*(?:出让|划拨|租赁|挂牌|拍卖|招标|作价出资|招拍挂).*")
_LAND_SOURCES = re.compile(r".*(?:新增|存量|批而未供|闲置|储备).*")
_MOST = 0.8
"""Share of a field's values that must be of a kind for the field to be taken for it."""

_CONTENT: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "quarter": lambda text: bool(_TIME.fullmatch(text)),
        "supply_mode": lambda text: bool(_MODE.fullmatch(text)),
        "land_source": lambda text: bool(_LAND_SOURCES.fullmatch(text)) and len(text) < 9,
        "category": lambda text: bool(canonical(text)),
    }
)


def _may_hold(values: pd.Series, column: str) -> bool:
    """Whether a field of a known name holds what the name says: JD is a quarter or a longitude."""
    return column != "quarter" or not pd.api.types.is_float_dtype(values.dtype)


def _share(values: pd.Series, known: Callable[[str], bool]) -> float:
    """Give the share of a field's different values that are of a kind; 0 of nothing, or numbers."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return 0.0
    try:
        texts = {str(value).strip() for value in values.dropna().unique()} - {""}
    except TypeError:  # lists and records are no words
        return 0.0
    return sum(map(known, texts)) / len(texts) if texts else 0.0


def id_field(
    fields: Iterable[str],
    column: str = "parcel_id",
    *,
    known: Sequence[str] = KNOWN["parcel_id"],
    name: str = "",
) -> str:
    """Choose the field of a layer that holds its ids, where the user names none.

    Raises
    ------
    InputError
        If no field is known as one of ids; the message lists those there are.

    Examples
    --------
    >>> id_field(["DKMC", "ZDDM"])
    'ZDDM'
    """
    present = list(fields)
    found = column if column in present else _first_known(present, known)
    if found is None:
        option = f"--{column.replace('_', '-')}"
        names = "、".join(present)
        raise InputError(
            f"{name} 没有可作编号的字段（现有：{names}），请用 {option} 指明。",
            f"{name} has no field known as one of ids (it has {names.replace('、', ', ')}); "
            f"name it with {option}.",
        )
    return found


def _first_known(fields: Sequence[str], names: Sequence[str]) -> str | None:
    """Give the first of the fields that is known by the earliest of the names."""
    present = {_key(field): field for field in reversed(fields)}
    return next((present[key] for name in names for key in _keys(name) if key in present), None)


def _key(name: str) -> str:
    return name.strip().upper().split("（", 1)[0].split("(", 1)[0].split("_", 1)[0]


def _keys(name: str) -> tuple[str, ...]:
    """Give the name, and what ten bytes leave of it in GBK and in UTF-8."""
    return (
        name,
        name.encode("gbk")[:10].decode("gbk", "ignore"),
        name.encode()[:10].decode("utf-8", "ignore"),
    )
