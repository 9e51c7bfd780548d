"""Field names of the standards, and the columns of table ``parcels`` that they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import geopandas as gpd

from landgis.errors import InputError

KNOWN = MappingProxyType(
    {
        "parcel_id": (
            "ZDDM",
            "宗地代码",
            "DKBH",
            "地块编号",
            "宗地编号",
            "DZJGH",
            "电子监管号",
            "BDCDYH",
            "TBBH",
            "图斑编号",
            "PQBH",
            "片区编号",
            "BSM",
            "标识码",
            "编号",
            "序号",
        ),
        "name": ("DKMC", "地块名称", "宗地名称", "XMMC", "项目名称", "PQMC", "片区名称", "名称"),
        "category": (
            "GHYT",
            "规划用途",
            "DKYT",
            "地块用途",
            "土地用途",
            "YT",
            "用途",
            "GHDLBM",
            "规划地类编码",
            "DLBM",
            "地类编码",
            "DLMC",
            "地类名称",
            "类别",
        ),
        "recorded_area_m2": (
            "ZDMJ",
            "宗地面积",
            "DKMJ",
            "地块面积",
            "PZMJ",
            "批准面积",
            "TBMJ",
            "图斑面积",
            "GYMJ",
            "供应面积",
            "出让面积",
            "面积",
        ),
        "supply_mode": ("GDFS", "供地方式", "供应方式"),
        "land_source": ("TDLY", "土地来源"),
        "quarter": ("GYSJ", "供应时间", "供应季度"),
        "stage": ("SSJD", "实施阶段"),
        "region": ("XZQMC", "行政区名称", "SZXZQ", "所在区域", "区县", "行政区"),
        "basis": (),
    }
)
"""Fields that are known for a column of table ``parcels``, the likeliest first. Names are compared
without case and up to the ten bytes that a shapefile leaves of them."""


def guess_fields(
    frame: gpd.GeoDataFrame, *, fields: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Guess which field of a layer is which column of table ``parcels``.

    Parameters
    ----------
    fields
        Column → field, as the user says.

    Returns
    -------
    dict
        Column → field: those that are given, then the likeliest known name for each other one.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame({"ZDDM": ["1"], "GHYT": ["住宅"]}, geometry=[None])
    >>> guess_fields(layer)
    {'parcel_id': 'ZDDM', 'category': 'GHYT'}
    """
    present = [str(c) for c in frame.columns if c != frame.geometry.name]
    chosen = dict(fields or {})
    for column, names in KNOWN.items():
        if column in chosen or column in frame.columns:
            continue
        field = _first_known(present, names)
        if field is not None and field not in chosen.values():
            chosen[column] = field
    return chosen


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
