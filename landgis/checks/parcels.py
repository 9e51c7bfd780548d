"""Parcels by themselves: records against drawing, double counting, place, use, control lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from landgis.checks.places import control, inside_regions, overlaps, recorded_regions, repeats
from landgis.checks.records import Method, Noun, View, areas, geometry, slivers, use
from landgis.findings import finding_key, finding_keys, follow, join_findings, unproven
from landgis.measure import require_same_crs
from landgis.measure.areas import POINT_ERROR_M
from landgis.schema import CROSSWALK, DRAWN_FROM_PLAN, PARCELS, REGIONS, conform

LEAST_OVERLAP_M2 = 1.0


_PLACED = ("parcels.region", "parcels.outside", "parcels.straddle", "parcels.control")


def far_away(findings: pd.DataFrame) -> str:
    """Give the key of the finding that a whole layer lies elsewhere; empty if there is none.

    Examples
    --------
    >>> from landgis.findings import findings_table
    >>> far_away(findings_table())
    ''
    """
    found = findings[findings["check"].eq("parcels.outside") & findings["kind"].eq("everything")]
    return finding_key(found.iloc[0].to_dict()) if len(found) else ""


def check_parcels(
    parcels: gpd.GeoDataFrame,
    crosswalk: pd.DataFrame,
    *,
    regions: gpd.GeoDataFrame,
    history: gpd.GeoDataFrame | None = None,
    control_lines: Mapping[str, gpd.GeoDataFrame] | None = None,
    area_method: Method = "plane",
    point_error_m: float = POINT_ERROR_M,
    least_overlap_m2: float = LEAST_OVERLAP_M2,
    programme: bool = False,
    named_uses: Collection[str] = (),
) -> pd.DataFrame:
    """Check parcels one by one and against each other.

    Parameters
    ----------
    parcels
        Table ``parcels``.
    crosswalk
        Parcels × regions.
    regions
        Table ``regions``, in the parcels' coordinate system.
    history
        Parcels supplied in earlier years; their ids in ``parcel_id`` or a field that bureaus
        name so (ZDDM, 宗地代码, …), if they have any.
    control_lines
        Layers by name: 永久基本农田, 生态保护红线 (land keeps out), 城镇开发边界 (land lies
        inside).
    area_method
        How areas are measured: parcels (宗地) on the ``plane``, survey polygons (图斑) by
        ``survey`` or on the ``ellipsoid``.
    point_error_m
        Error of a boundary point (界址点), in m; the tolerance of every area follows from it.
    least_overlap_m2
        Overlaps up to this size are drawing noise.
    programme
        Whether they are the areas (片区) of a programme: messages call them so.
    named_uses
        Uses that the plan or the project names: known, whatever a classification has.

    Returns
    -------
    DataFrame
        Findings in m²: every fault, many of one cause as one finding with its ``members``, and
        for each check what passed in one row. Of land that was drawn from the plan itself
        (``basis`` sample or schematic) nothing passes: it is a note.
        ``parcels.geometry``, ``parcels.use``, ``parcels.area``, ``parcels.sliver``,
        ``parcels.overlap``, ``parcels.outside``, ``parcels.straddle``, ``parcels.region``,
        ``parcels.history``, ``parcels.control``.

    Raises
    ------
    CRSError
        If layers differ in coordinate system, or have none.
    InputError
        If a table lacks a required column.

    Examples
    --------
    >>> from shapely import box
    >>> land = gpd.GeoDataFrame(
    ...     {"parcel_id": ["a", "b"], "category": "住宅用地"},
    ...     geometry=[box(0, 0, 100, 100), box(90, 0, 200, 100)], crs=4549)
    >>> town = gpd.GeoDataFrame(
    ...     {"region_id": ["r"], "name": ["东镇"]}, geometry=[box(0, 0, 999, 999)], crs=4549)
    >>> pairs = pd.DataFrame({"parcel_id": ["a", "b"], "region_id": "r",
    ...     "area_m2": [10_000.0, 11_000.0], "share": 1.0})
    >>> found = check_parcels(land, pairs, regions=town)
    >>> found.loc[found["verdict"] == "fail", ["check", "subject", "actual"]].values.tolist()
    [['parcels.overlap', 'a / b', 1000.0]]
    """
    require_same_crs(parcels, regions)
    noun: Noun = "area" if programme else "parcel"
    land = conform(parcels, PARCELS).reset_index(drop=True)
    there = ~(land.geometry.isna() | land.geometry.is_empty)
    view = View.of(
        land if there.all() else land[there].reset_index(drop=True),
        method=area_method,
        point_error_m=point_error_m,
        least=least_overlap_m2,
        noun=noun,
    )
    pairs = conform(crosswalk, CROSSWALK)
    tiles = gpd.GeoDataFrame(conform(regions, REGIONS))
    found = [
        *geometry(land[~there], len(land), noun),
        *use(land, noun, named=named_uses),
        *areas(view),
        *slivers(view),
        *overlaps(view),
        *inside_regions(view, pairs, tiles),
        *recorded_regions(view, pairs, tiles),
    ]
    if history is not None:
        require_same_crs(parcels, history)
        found += repeats(view, history)
    for name, layer in (control_lines or {}).items():
        require_same_crs(parcels, layer)
        found += control(view, name, layer)
    findings = join_findings(*found)
    if far := far_away(findings):  # the place of each parcel follows from that of the layer
        led = findings["check"].isin(_PLACED) & (np.array(finding_keys(findings)) != far)
        findings = join_findings(findings[~led], follow(findings[led], far))
    drawn_from_plan = len(land) > 0 and land["basis"].isin(DRAWN_FROM_PLAN).all()
    return unproven(findings) if drawn_from_plan else findings
