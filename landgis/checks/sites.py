"""Rules of where: whether a use lies in the regions that the plan places it in (用地布局)."""

from __future__ import annotations

from typing import Any

from landgis.checks.land import Land, Rule, percent, two
from landgis.checks.sums import within_use
from landgis.findings import Finding, Verdict
from landgis.landuse import category_name


def judge_placement(land: Land, row: dict[Any, Any]) -> Finding:
    """Judge one row of the plan's ``placements``.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> land = two_squares()
    >>> row = {"category": "工业用地", "regions": ("东镇",), "source": ""}
    >>> judge_placement(land, row).message
    '工业用地：没有区域图层，无法核对位置，无法判定。'
    """
    use, named = str(row["category"]), tuple(row["regions"])
    rule = Rule("placement", use, float("nan"), "", None, str(row["source"]))
    places = "、".join(named)
    if land.pieces is None:
        return land.unknown(
            rule, "没有区域图层，无法核对位置", "there is no layer of regions", category=use
        )
    sure = within_use(land.pieces["category"], use)
    if not sure.any():
        return land.unknown(
            rule, f"图上没有{use}", f"no parcel of {category_name(use, 'en')}", category=use
        )
    area = land.pieces["area_m2"].to_numpy()
    mainly = "主要" in rule.source
    whole = float(area[sure].sum())
    least = 50.0 if mainly else 100 * (1 - 1e-6)
    # by position; by record too, for regions without polygon; and all that no record places
    position, record = (land.pieces[c].isin(named).to_numpy() for c in ("polygon", "region"))
    unplaced = land.pieces["recorded"].eq("").to_numpy()
    missing = sorted(land.undrawn & set(named))
    share, told, most = (
        percent(float(area[sure & flags].sum()), whole)
        for flags in (position, position | record, position | record | unplaced)
    )
    open_ = bool(missing) and most > least
    verdict: Verdict = "pass" if share > least else "unknown" if open_ else "fail"
    zh = f"{use or '全部用地'}{'主要' * mainly}分布在{places}：按位置 {two(share)}% 在其中"
    name = category_name(use, "en") or "all land"
    en = f"{name} {'mainly ' * mainly}in {places}: {two(share)}% by position"
    if missing:
        zh += f"；{'、'.join(missing)}没有图形，按登记计为 {two(told)}%"
        en += f"; {', '.join(missing)} has no polygon, {two(told)}% by record"
    return land.found(rule, verdict, zh, en, actual=share, unit="%", category=use)
