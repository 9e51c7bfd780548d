"""Field names of the standards, and the columns of table ``parcels`` that they stand for.

Where no name is known, what a field holds can tell: times, supply modes, names of uses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from landgis.errors import InputError
from landgis.landuse import canonical

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
    >>> layer = gpd.GeoDataFrame({"ZDDM": ["1"], "GHYT": ["住宅"]}, geometry=[None])
    >>> guess_fields(layer)
    {'parcel_id': 'ZDDM', 'category': 'GHYT'}
    """
    shapes = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
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
_SOURCE = re.compile(r".*(?:新增|存量|批而未供|闲置|储备).*")
_MOST = 0.8
"""Share of a field's values that must be of a kind for the field to be taken for it."""

_CONTENT: Mapping[str, Callable[[str], bool]] = MappingProxyType(
    {
        "quarter": lambda text: bool(_TIME.fullmatch(text)),
        "supply_mode": lambda text: bool(_MODE.fullmatch(text)),
        "land_source": lambda text: bool(_SOURCE.fullmatch(text)) and len(text) < 9,
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

    Parameters
    ----------
    fields
        Names of the layer's fields.
    column
        Name that is taken before all others.
    known
        Further names, the likeliest first.
    name
        The layer, for the message.

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
