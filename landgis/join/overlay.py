"""The crosswalk of parcels and regions as a table, and what was noticed while making it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypedDict, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.findings import Finding, define, findings_table
from landgis.join.figures import Figures
from landgis.join.pieces import TangledError
from landgis.join.regions import flat, take_regions, tell_regions, text_ids
from landgis.join.split import SLIVER_M, SLIVER_M2, SplitParcels, plan_join, split
from landgis.measure import Integers, Shapes, require_same_crs

MANY = 20
"""Up to this many parcels of one fault have a finding each; more are one finding with members."""

GEOMETRY = define("""join.geometry 图形 | geometry
    宗地的图形能否与区域叠置。 | Whether the shape of every parcel can be joined with the regions.
    missing: 宗地 {subject} 未参加叠置：没有图形。
    | Parcel {subject} is not joined: it has no geometry.
    type: 宗地 {subject} 未参加叠置：图形是 {type}，不是面。
    | Parcel {subject} is not joined: its geometry is a {type}.
    outside: 宗地 {subject} 未参加叠置：坐标超出坐标系的范围，或跨越 180° 经线，请检查坐标系，或在该
      处切开。
    | Parcel {subject} is not joined: it does not fit the coordinate system, or crosses the
      antimeridian: cut it there.
    invalid: 宗地 {subject} 未参加叠置：图形自相交或无效（{reason}）。
    | Parcel {subject} is not joined: {reason}.
    missing_many: {count} 宗地未参加叠置，没有图形：{members:some}。
    | {count} parcels are not joined, for they have no geometry: {members:some}.
    type_many: {count} 宗地未参加叠置，图形是 {type}，不是面：{members:some}。
    | {count} parcels are not joined, for their geometry is a {type}: {members:some}.
    outside_many: {count} 宗地未参加叠置，坐标超出坐标系的范围，或跨越 180° 经线，请检查坐标系，或在
      该处切开：{members:some}。
    | {count} parcels are not joined: they do not fit the coordinate system, or cross the
      antimeridian: {members:some}.
    invalid_many: {count} 宗地未参加叠置，图形自相交或无效：{members:some}。
    | {count} parcels are not joined, for their shapes are invalid: {members:some}.
    unread: 宗地 {subject} 未参加叠置：{why}。 | Parcel {subject} is not joined: {why}.""")

SLIVER = define("""join.sliver 碎片 | slivers
    叠置中并入所在宗地最大部分的碎片；只是说明，不是核对。
    | Slivers that went to the largest piece of their parcel; told, not checked.
    folded: {count} 个碎片（小于 {area} m² 或窄于 {width} mm）并入所在宗地的最大部分。
    | {count} slivers (under {area} m² or {width} mm wide) went to the largest piece of their
      parcel.""")

IDS = define("""join.id 编号 | ids
    每宗地是否有编号，编号是否唯一。 | Whether every parcel has an id, and one of its own.
    repeated: 宗地编号有 {count} 个重复：{members:some}。
    | {count} parcel ids are repeated: {members:some}.
    nameless: {count} 个宗地没有编号。 | {count} parcels have no id.""")


class Crosswalk(NamedTuple):
    """A crosswalk and what was noticed while making it.

    Parameters
    ----------
    data
        Table ``crosswalk`` of `landgis.schema`.
    findings
        Parcels that could not be joined (``join.geometry``) and slivers (``join.sliver``).
    """

    data: pd.DataFrame
    findings: pd.DataFrame

    def __repr__(self) -> str:
        """Say how much there is, not all of it."""
        return f"<Crosswalk: data {self.data.shape}, findings {self.findings.shape}>"


class Joining(TypedDict, total=False):
    """What a join may be told, see `crosswalk_with_findings`."""

    parcel_id: str
    region_id: str
    precedence: Sequence[str]
    sliver_m2: float


def crosswalk(
    parcels: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    **options: Unpack[Joining],
) -> pd.DataFrame:
    """Split every parcel over the regions it touches.

    The table of `crosswalk_with_findings`, where the parameters are explained; call that one to
    learn which parcels could not be joined.

    Returns
    -------
    DataFrame
        ``parcel_id``, ``region_id`` (text), ``area_m2``, ``share``, in the order of the parcels,
        larger shares first. What lies in no region has a row with ``region_id`` empty. Shares of
        a parcel sum to 1, areas to its area on the ellipsoid.

    Examples
    --------
    >>> box = shapely.box
    >>> parcels = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a", "b"]}, geometry=[box(1, 1, 3, 2), box(3, 1, 7.5, 2)], crs=4549
    ... )
    >>> regions = gpd.GeoDataFrame(
    ...     {"region_id": ["west", "east"]}, geometry=[box(0, 0, 4, 4), box(4, 0, 6, 4)], crs=4549
    ... )
    >>> crosswalk(parcels, regions)[["parcel_id", "region_id", "share"]].round(3).values.tolist()
    [['a', 'west', 1.0], ['b', 'east', 0.444], ['b', '', 0.333], ['b', 'west', 0.222]]
    """
    return crosswalk_with_findings(parcels, regions, **options).data


def crosswalk_with_findings(
    parcels: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    *,
    parcel_id: str = "parcel_id",
    region_id: str = "region_id",
    precedence: Sequence[str] = (),
    sliver_m2: float = SLIVER_M2,
) -> Crosswalk:
    """Split every parcel over the regions it touches, and say what could not be joined.

    Parameters
    ----------
    parcels, regions
        Polygon layers in the same coordinate system. Regions without a polygon are ignored.
    parcel_id, region_id
        Columns with the ids, unique in each layer.
    precedence
        Ids of regions that are carved out of the others (a functional zone 功能区 inside a
        district), the first before the next. Any other overlap is refused, except strips
        narrower than `landgis.join.regions.HAIRLINE_M`, which the earlier region keeps.
    sliver_m2
        Pieces smaller than this, or narrower than `SLIVER_M`, go to the parcel's largest piece.

    Raises
    ------
    CRSError
        If a coordinate system is missing or the two differ.
    InputError
        If ids are missing or repeated, or regions are invalid or overlap. In a layer of more
        than `landgis.join.split.CHECKED_CORNERS` corners overlaps are noticed by parcels whose
        pieces do not add up: one that touches no parcel may pass, or one that a gap of the same
        area inside the same parcel makes up for.

    Examples
    --------
    >>> bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    >>> parcels = gpd.GeoDataFrame({"parcel_id": ["x"]}, geometry=[bow], crs=4549)
    >>> square = shapely.box(0, 0, 9, 9)
    >>> regions = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[square], crs=4549)
    >>> from landgis.findings import tell
    >>> tell(crosswalk_with_findings(parcels, regions).findings, "en")["message"].tolist()
    ['Parcel x is not joined: Self-intersection[0.5 0.5].']
    """
    require_same_crs(parcels, regions)
    ids = text_ids(parcels, parcel_id, "parcels")
    taken = take_regions(regions, region_id=region_id, precedence=precedence)
    plan = plan_join(taken, parcels=len(parcels))
    shapes = flat(parcels.geometry.to_numpy())
    try:
        pieces = split(Figures.of(shapes), plan, sliver_m2=sliver_m2)
    except TangledError as error:
        raise error.named(ids, shapes) from None
    findings = tell_regions(regions, region_id=region_id, precedence=precedence)
    findings += unusable(ids, shapes, pieces.invalid)
    if pieces.slivers:
        findings.append(sliver_finding(pieces.slivers, sliver_m2))
    return Crosswalk(table_of_pieces(pieces, ids, taken.ids), findings_table(findings))


# ---------------------------------------------------------------- what comes out


def table_of_pieces(pieces: SplitParcels, ids: Shapes, region_ids: Shapes) -> pd.DataFrame:
    """Lay pieces out as the table ``crosswalk``."""
    names = np.append(region_ids, "")
    return pd.DataFrame(
        {
            "parcel_id": pd.array(ids[pieces.parcel], dtype="str"),
            "region_id": pd.array(names[pieces.region], dtype="str"),
            "area_m2": pieces.area_m2,
            "share": pieces.share,
        },
    )


_TYPES = {
    int(kind): "".join(word.title() for word in re.split("(MULTI|GEOMETRY|LINEAR|LINE)", kind.name))
    for kind in shapely.GeometryType
}
"""GeometryCollection for 7, as people write it."""


def unusable(ids: Shapes, shapes: Shapes, rows: Integers) -> list[Finding]:
    """Say of the parcels that could not be joined why; many of one kind are one finding."""
    chosen, names = shapes[rows], ids[rows].astype(str)
    kinds = shapely.get_type_id(chosen)
    # asked of polygons only: other kinds, arcs above all, cannot be
    areal = np.isin(kinds, (3, 6))
    reasons = np.full(len(chosen), "", dtype=object)
    reasons[areal] = shapely.is_valid_reason(chosen[areal])
    nothing = shapely.is_missing(chosen) | shapely.is_empty(chosen)
    told = np.select(
        [nothing, ~areal, reasons == "Valid Geometry"], ["missing", "type", "outside"], "invalid"
    )
    findings: dict[int, Finding] = {}
    for kind, number in dict.fromkeys(zip(told, np.where(told == "type", kinds, 0), strict=True)):
        at = np.flatnonzero((told == kind) & ((kinds == number) | (kind != "type")))
        said = {"type": _TYPES.get(int(number), "")} if kind == "type" else {}
        if len(at) > MANY:
            findings[int(at[0])] = GEOMETRY.finding(
                f"{kind}_many",
                "fail",
                values={"count": len(at), **said},
                members=tuple(names[at].tolist()),
            )
            continue
        for i in at.tolist():
            values = {"reason": str(reasons[i])} if kind == "invalid" else {**said}
            findings[i] = GEOMETRY.finding(kind, "fail", subject=names[i], values=values)
    return [findings[i] for i in sorted(findings)]


def sliver_finding(count: int, sliver_m2: float) -> Finding:
    """Say how many slivers were folded into their neighbours."""
    values = {"count": count, "area": sliver_m2, "width": SLIVER_M * 1000}
    return SLIVER.finding("folded", "note", actual=float(count), values=values)
