"""Rules of where: whether a use lies in the regions that the plan places it in (用地布局)."""

from __future__ import annotations

from typing import Any

from landgis.balance.uses import within_use
from landgis.checks.land import CLAUSES, Demand, RuledLand, percent
from landgis.findings import Finding, Verdict, define

PLACEMENT = define(
    "rules.placement",
    ("用地布局", "placement"),
    (
        "某用途的宗地是否在计划布局的区域之内。",
        "Whether the land of a use lies in the regions that the plan places it in.",
    ),
    **CLAUSES,
    no_regions=("没有区域图层，无法核对位置", "there is no layer of regions"),
    no_parcel=("图上没有{use:use}", "no parcel of {use:use}"),
    placed=(
        "{about:clause}分布在{regions:list}：按位置 {actual:2}% 在其中{missing:clause}。",
        "{about:clause} in {regions:list}: {actual:2}% by position{missing:clause}.",
    ),
    placed_mainly=(
        "{about:clause}主要分布在{regions:list}：按位置 {actual:2}% 在其中{missing:clause}。",
        "{about:clause} mainly in {regions:list}: {actual:2}% by position{missing:clause}.",
    ),
    whole=("全部用地", "all land"),
    missing=(
        "；{regions:list}没有图形，按登记计为 {share:2}%",
        "; {regions:list} has no polygon, {share:2}% by record",
    ),
)


def judge_placement(land: RuledLand, row: dict[Any, Any]) -> Finding:
    """Judge one row of the plan's ``placements``.

    Examples
    --------
    >>> from landgis.checks.land import two_squares
    >>> from landgis.findings import findings_table
    >>> from landgis.telling import tell
    >>> row = {"category": "工业用地", "regions": ("东镇",), "source": ""}
    >>> tell(findings_table([judge_placement(two_squares(), row)]))["message"].item()
    '工业用地：没有区域图层，无法核对位置，无法判定。'
    """
    use, named = str(row["category"]), tuple(row["regions"])
    rule = Demand("placement", use, float("nan"), "", None, str(row["source"]))
    if land.pieces is None:
        return land.unknown(rule, "no_regions", category=use)
    sure = within_use(land.pieces["category"], use)
    if not sure.any():
        return land.unknown(rule, "no_parcel", category=use, use=use)
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
    return land.found(
        rule,
        "placed_mainly" if mainly else "placed",
        verdict,
        actual=share,
        unit="%",
        category=use,
        about=land.name(rule, use, "whole"),
        regions=list(named),
        missing={"kind": "missing", "regions": missing, "share": told} if missing else None,
    )
