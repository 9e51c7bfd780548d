"""Words of a report: names of checks, and what its data rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from landgis.findings import VERDICTS
from landgis.language import Lang, say
from landgis.telling import check_title

if TYPE_CHECKING:  # the command line names checks of a plan, which needs no layers
    from landgis.results import Results

CHECKS = {
    "audit": ("计划审核", "audit of the plan"),
    "plan": ("计划读取", "reading of the plan"),
    "layer": ("图层", "layers"),
    "join": ("叠加", "join"),
    "totals": ("面积核对", "areas against the plan"),
    "parcels": ("宗地核对", "parcels"),
    "rules": ("规则核对", "rules"),
    "audit.parts": ("分项之和", "sums of parts"),
    "audit.list": ("清单", "lists"),
    "audit.share": ("占比", "shares"),
    "audit.share_sum": ("占比之和", "sum of shares"),
    "audit.units": ("同一数量的两种单位", "one quantity in two units"),
    "audit.repeat": ("同一数量的两处写法", "one quantity stated twice"),
    "audit.count": ("数量", "counts"),
    "audit.goal": ("目标", "goals"),
    "plan.name": ("名称", "names"),
    "plan.unit": ("单位", "units"),
    "layer.attributes": ("属性", "attributes"),
    "layer.axes": ("坐标轴", "axes"),
    "layer.basis": ("数据性质", "basis"),
    "layer.category": ("用途", "use"),
    "layer.conversion": ("坐标转换", "conversion"),
    "layer.crs": ("坐标系", "coordinate system"),
    "layer.datum": ("基准", "datum"),
    "layer.encoding": ("编码", "encoding"),
    "layer.fields": ("字段", "fields"),
    "layer.ids": ("编号", "ids"),
    "layer.member": ("组成单元", "members of a region"),
    "layer.no_polygon": ("没有图形", "no polygon"),
    "layer.placement": ("示意位置", "schematic placement"),
    "layer.polygon": ("图形", "polygon"),
    "layer.repair": ("修复", "repair"),
    "layer.shapes": ("图形", "shapes"),
    "layer.area_unit": ("面积单位", "unit of area"),
    "layer.count": ("数量", "counts"),
    "layer.cut": ("划分", "cutting"),
    "layer.duplicate": ("图形重复", "duplicates"),
    "layer.empty": ("空图形", "empty shapes"),
    "layer.field_names": ("字段名", "field names"),
    "layer.gap": ("空隙", "gaps"),
    "layer.gdal": ("读取提示", "notes of the reader"),
    "layer.geometry": ("图形问题", "faults of shape"),
    "layer.index": ("索引", "index"),
    "layer.invalid": ("图形无效", "invalid shapes"),
    "layer.m": ("M 值", "M values"),
    "layer.missing": ("缺图形", "missing shapes"),
    "layer.multipart": ("多部分", "multiparts"),
    "layer.near_duplicate": ("图形近似重复", "near duplicates"),
    "layer.not_finite": ("坐标无效", "coordinates that are no place"),
    "layer.open_lines": ("未闭合线", "open lines"),
    "layer.outside_zone": ("带外坐标", "outside the zone"),
    "layer.overlap": ("重叠", "overlaps"),
    "layer.point_count": ("点数", "counts of points"),
    "layer.region_gap": ("区域间空隙", "gaps between regions"),
    "layer.region_id": ("区域编号", "ids of regions"),
    "layer.region_overlap": ("区域重叠", "overlaps of regions"),
    "layer.region_shape": ("区域图形", "shapes of regions"),
    "layer.repeated_vertices": ("重复节点", "repeated vertices"),
    "layer.seat": ("驻地", "seats"),
    "layer.shift": ("坐标偏移", "shift"),
    "layer.short_ring": ("点数不足的环", "rings of too few points"),
    "layer.sliver": ("狭长面", "slivers"),
    "layer.spike": ("尖刺", "spikes"),
    "layer.tiny": ("碎小面", "tiny parts"),
    "layer.type": ("图形类型", "kinds of shapes"),
    "layer.unclosed": ("未闭合环", "unclosed rings"),
    "layer.z": ("Z 值", "Z values"),
    "totals.grand": ("总量", "total"),
    "totals.region": ("分区域", "by region"),
    "totals.use": ("分用途", "by use"),
    "totals.split": ("其中", "split"),
    "totals.cell": ("区域 × 用途", "region × use"),
    "totals.list": ("清单合计", "sums of the list"),
    "totals.project": ("片区面积", "area of each 片区"),
    "parcels.geometry": ("图形", "geometry"),
    "parcels.use": ("用途", "use"),
    "parcels.area": ("登记与图形面积", "recorded and drawn area"),
    "parcels.sliver": ("狭长碎片", "slivers"),
    "parcels.overlap": ("重叠", "overlaps"),
    "parcels.outside": ("区域之外", "outside regions"),
    "parcels.straddle": ("跨区域", "straddling"),
    "parcels.region": ("登记区域", "recorded region"),
    "parcels.history": ("历年重复", "repeats of earlier years"),
    "parcels.control": ("控制线", "control lines"),
    "rules.min_share": ("最低比例", "minimum share"),
    "rules.max_share": ("最高比例", "maximum share"),
    "rules.max_total": ("总量上限", "cap"),
    "rules.min_total": ("总量下限", "floor"),
    "rules.min_count": ("最低数量", "minimum count"),
    "rules.completion": ("完成时序", "completion"),
    "rules.placement": ("用地布局", "placement"),
    "rules.net_land": ("净地供应", "net land"),
    "rules.stock_first": ("存量优先", "存量 first"),
}
"""Names of checks for a reader, by their dotted names and rooms."""


def check_name(check: str, lang: Lang = "zh") -> str:
    """Name a check for a reader; an unknown one keeps its dotted name.

    Examples
    --------
    >>> check_name("totals.cell"), check_name("audit.moon")
    ('面积核对·区域 × 用途', 'audit.moon')
    """
    if check not in CHECKS and check.partition(".")[2]:
        return check_title(check, lang)
    room, _, rest = check.partition(".")
    first = say(lang, *CHECKS[room]) if room in CHECKS else room
    second = say(lang, *CHECKS[check]) if check in CHECKS else rest
    return say(lang, "·", ": ").join(filter(None, [first, second]))


def basis_note(results: Results, lang: Lang = "zh") -> tuple[str, ...]:
    """Say what of the project is sample, schematic or approximate; empty if nothing is.

    Examples
    --------
    >>> from landgis.results import blank_results
    >>> results = blank_results()
    >>> basis_note(results)
    ()
    """
    said = {
        "sample": ("宗地为示例数据，并非实际宗地", "the parcels are invented samples"),
        "schematic": (
            "片区图形为示意：按公布面积绘于所在乡镇，不是实际范围",
            "the areas are drawn schematically, with the stated area, in the named townships",
        ),
        "approximate": ("界线为近似，并非法定界线", "borders are approximate, not official"),
    }
    present: list[str] = []
    for table in (results.parcels, results.regions, results.townships):
        if "basis" in table:
            present += [b for b in table["basis"].unique() if b in said]
    return tuple(say(lang, *said[b]) for b in said if b in present)


def verdict_rows(findings: pd.DataFrame, lang: Lang = "zh") -> list[tuple[str, dict[str, int]]]:
    """Count findings by room and verdict, in the order of rooms in the table.

    Examples
    --------
    >>> from landgis.findings import Finding, findings_table
    >>> table = findings_table([Finding(check="audit.parts", verdict="fail", message="")])
    >>> verdict_rows(table)
    [('计划审核', {'pass': 0, 'fail': 1, 'unknown': 0, 'note': 0})]
    """
    rooms = findings["check"].str.split(".").str[0]
    counted = []
    for room in dict.fromkeys(rooms):
        verdicts = findings.loc[rooms == room, "verdict"]
        name = say(lang, *CHECKS[room]) if room in CHECKS else room
        counted.append((name, {v: int((verdicts == v).sum()) for v in VERDICTS}))
    return counted
