"""Chapter 4 of a join: its stages, planned by the size of the work, and the crosswalk as a table.

The residue makes sums close; what was noticed on the way is told.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypedDict, Unpack

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from landgis.errors import CRSError
from landgis.findings import Finding, define, findings_table
from landgis.join import grid as grids
from landgis.join.grid import OUTSIDE, UNCLEAR, Grid
from landgis.join.pieces import RegionTiles, TangledError, clipped, shared_areas
from landgis.join.regions import (
    Figures,
    Regions,
    flat,
    settle,
    take_regions,
    tell_regions,
    text_ids,
)
from landgis.measure import (
    AreaForm,
    Flags,
    Floats,
    Integers,
    Shapes,
    area_form,
    area_m2,
    perimeter_m,
    require_same_crs,
)

SLIVER_M2 = 0.01
"""A piece smaller than this is a sliver: the step to which areas are recorded."""
SLIVER_M = 1e-4
"""A piece narrower than this on average is a sliver, however long."""
PREPARED_CORNERS = 500_000
"""Corners of regions that are prepared at a time, and kept so from batch to batch."""
PREPARED_ONCE = 50_000
"""Corners that are prepared at a time where one batch is all there is: room is used again."""
FEW = 6
"""For so few parcels a region is clipped to each rather than prepared."""


GRID_FROM = 30_000
"""Parcels from which drawing the regions on a grid pays."""
GRID_CORNERS = 10
"""Corners of regions to a parcel, up to which it pays."""
GRID_CELLS = 1_000_000
"""Cells of that grid; up to four times as many for very many regions."""
CELLS_TO_A_REGION = 1_000
TILES_FROM = 500
"""Parcels to a region, from which cutting regions up beforehand pays."""
CHECKED_CORNERS = 50_000
"""Corners of regions up to which all overlaps are looked for, however few the parcels."""


class JoinPlan(NamedTuple):
    """How parcels will be joined: the regions, their measure, and what of them is made ready."""

    regions: Regions
    form: AreaForm | None
    grid: Grid | None
    tiles: RegionTiles | None


def plan_join(regions: Regions, *, parcels: int) -> JoinPlan:
    """Choose the way by the size of the work.

    Many parcels: overlaps of regions are settled once, a grid finds the parcels away from
    borders, and the regions are cut up for the others. Few parcels: a search tree finds them; and
    if the regions have very many corners, only those that meet in a parcel are looked at.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from landgis.join.regions import take_regions
    >>> layer = gpd.GeoDataFrame({"region_id": ["r"]}, geometry=[shapely.box(0, 0, 9, 9)], crs=4549)
    >>> plan_join(take_regions(layer), parcels=10).grid is None
    True
    """
    corners = int(shapely.get_num_coordinates(regions.shapes).sum())
    few = corners <= max(CHECKED_CORNERS, 4 * parcels)
    if not regions.settled and (few or regions.precedence):
        regions = settle(regions)
    if not len(regions.ids):
        return JoinPlan(regions, None, None, None)
    form = area_form(regions.crs, tuple(shapely.total_bounds(regions.shapes)))
    pays = parcels >= GRID_FROM and corners <= GRID_CORNERS * parcels
    cells = min(max(GRID_CELLS, CELLS_TO_A_REGION * len(regions.ids)), 4 * GRID_CELLS)
    grid = grids.draw(regions.shapes, cells=cells) if pays else None
    tiles = RegionTiles.of(regions.shapes) if parcels >= TILES_FROM * len(regions.ids) else None
    return JoinPlan(regions, form, grid, tiles)


class Pieces(NamedTuple):
    """What parcels share with regions: positions, `OUTSIDE` for no region, and m²."""

    parcel: Integers
    region: Integers
    area_m2: Floats


class SplitParcels(NamedTuple):
    """Parcels split, one row a piece, by parcel and then by share.

    ``parcel`` and ``region`` are positions, ``region`` `OUTSIDE` what lies in none; ``invalid``
    are the parcels that have no pieces because they cannot be cut.
    """

    parcel: Integers
    region: Integers
    area_m2: Floats
    share: Floats
    invalid: Integers = np.empty(0, dtype=np.int64)
    slivers: int = 0


def split(figures: Figures, plan: JoinPlan, *, sliver_m2: float = SLIVER_M2) -> SplitParcels:
    """Take parcels through the stages."""
    easy = sort_out(figures, plan)
    cut = cut_at_borders(easy.near, plan, sliver_m2=sliver_m2)
    rows = np.concatenate([easy.parcel, easy.near.parcel[cut.parcel]])
    order = np.argsort(rows, kind="stable")
    return SplitParcels(
        rows[order],
        np.concatenate([easy.region, cut.region])[order],
        np.concatenate([easy.area_m2, cut.area_m2])[order],
        np.concatenate([np.ones(len(easy.parcel)), cut.share])[order],
        easy.invalid,
        cut.slivers,
    )


NOTHING = SplitParcels(*np.empty((2, 0), dtype=np.int64), *np.empty((2, 0)))
"""No pieces."""


class Near(NamedTuple):
    """Parcels that a border may cut: positions, geometries, areas in m².

    ``covered`` ones are known to have no part outside all regions, if they touch one.
    """

    parcel: Integers
    shapes: Shapes
    area_m2: Floats
    covered: Flags


class Sorted(NamedTuple):
    """Parcels that lie whole in a region or outside, and those that may not."""

    parcel: Integers
    region: Integers
    area_m2: Floats
    near: Near
    invalid: Integers


def sort_out(figures: Figures, plan: JoinPlan) -> Sorted:
    """Stage 1: measure all parcels, and find those whose box no border passes through."""
    valid = figures.valid()
    boxes = figures.boxes()
    areas, where = np.zeros(figures.count), np.full(figures.count, UNCLEAR)
    if plan.form is not None:
        areas = figures.areas(plan.form)
        if plan.form.wrap is not None:  # what crosses the antimeridian is torn apart in the plane
            valid &= ~(boxes[2] - boxes[0] > plan.form.wrap / 2)
    if plan.grid is not None:
        where = plan.grid.locate(boxes)
    beyond = np.flatnonzero(valid & ~_within(plan.form, boxes))
    areas[beyond] = _measured(figures.shapes(beyond), plan.regions.crs)
    valid &= np.isfinite(areas)
    # most parcels of a county end here, whole in one region, by the grid alone and without a cut
    far = np.flatnonzero(valid & (where != UNCLEAR))
    near = np.flatnonzero(valid & (where == UNCLEAR))
    covered = np.zeros(len(near), dtype=bool)
    if plan.grid is not None:
        covered = plan.grid.covered(boxes[:, near])
    return Sorted(
        far,
        where[far],
        areas[far],
        Near(near, figures.shapes(near), areas[near], covered),
        np.flatnonzero(~valid),
    )


def cut_at_borders(near: Near, plan: JoinPlan, *, sliver_m2: float = SLIVER_M2) -> SplitParcels:
    """Stages 2 to 4: find the regions that hold parcels whole, and cut the others.

    ``parcel`` of the result is the position in ``near``.
    """
    if not len(near.parcel):
        return NOTHING
    inside, region, parcel = _holding(near, plan)
    whole, rest = np.flatnonzero(inside != UNCLEAR), np.flatnonzero(inside == UNCLEAR)
    touching = np.isin(parcel, rest)
    pairs = np.searchsorted(rest, parcel[touching]), region[touching]
    cut = _cut(
        Near(near.parcel[rest], near.shapes[rest], near.area_m2[rest], near.covered[rest]),
        pairs,
        plan,
        sliver_m2,
    )
    rows = np.concatenate([whole, rest[cut.parcel]])
    order = np.argsort(rows, kind="stable")
    return SplitParcels(
        rows[order],
        np.concatenate([inside[whole], cut.region])[order],
        np.concatenate([near.area_m2[whole], cut.area_m2])[order],
        np.concatenate([np.ones(len(whole)), cut.share])[order],
        slivers=cut.slivers,
    )


def _within(form: AreaForm | None, boxes: Floats) -> Flags:
    """Tell which boxes (4, n) lie where a measure holds."""
    if form is None:
        return np.zeros(boxes.shape[1], dtype=bool)
    bounds = np.array(form.bounds)[:, None]
    return np.asarray(((bounds[:2] <= boxes[:2]) & (boxes[2:] <= bounds[2:])).all(0))


def _measured(shapes: Shapes, crs: pyproj.CRS) -> Floats:
    """Measure parcels far from the regions; NaN for one that does not fit the coordinate system."""
    try:
        return np.asarray(area_m2(shapes, crs=crs))
    except CRSError:
        half = len(shapes) // 2
        if not half:
            return np.full(1, np.nan)
        return np.concatenate([_measured(shapes[:half], crs), _measured(shapes[half:], crs)])


def _form(plan: JoinPlan, boxes: Floats) -> AreaForm:
    """Take the measure of the regions, unless parcels lie beyond it."""
    bounds = (*np.nanmin(boxes[:2], axis=1), *np.nanmax(boxes[2:], axis=1))
    if plan.form is not None and plan.form.holds(bounds):
        return plan.form
    return area_form(plan.regions.crs, bounds)


def _holding(near: Near, plan: JoinPlan) -> tuple[Integers, Integers, Integers]:
    """Stage 2: find the region that holds each parcel, `UNCLEAR` where it takes a cut.

    While regions may still overlap, a parcel that touches a second one takes a cut as well. Also
    gives the regions that a parcel touches, as pairs of region and parcel. Regions are prepared
    few at a time: an index takes several times the room of what it indexes. One that would be
    prepared for `FEW` parcels only is clipped to their surroundings instead.
    """
    regions, at_once = plan.regions, PREPARED_ONCE if plan.grid is None else PREPARED_CORNERS
    inside, tree = np.full(len(near.shapes), UNCLEAR), shapely.STRtree(near.shapes)
    region, parcel = tree.query(regions.shapes)
    # what two regions cover, and neither alone, lies in both: that need not be asked
    in_both = np.bincount(parcel, minlength=len(near.shapes)) == 2
    in_both &= near.covered & regions.settled
    meets = np.zeros(len(parcel), dtype=bool)
    corners = np.cumsum(shapely.get_num_coordinates(regions.shapes))
    few_at_once = np.flatnonzero(np.diff(corners // at_once)) + 1
    for some in np.split(np.arange(len(parcel)), np.searchsorted(region, few_at_once)):
        here, there = regions.shapes[region[some]], near.shapes[parcel[some]]
        shapely.prepare(here)  # indices are built at the first question
        if len(few_at_once):
            alone = np.flatnonzero(np.bincount(region[some])[region[some]] <= FEW)
            here[alone] = clipped(here[alone], shapely.bounds(there[alone]))
        holds = shapely.covers(here, there)
        inside[parcel[some][holds]] = region[some][holds]
        unsure = ~holds & ((inside[parcel[some]] == UNCLEAR) | (not regions.settled))
        unsure &= ~in_both[parcel[some]]
        holds[unsure] = shapely.intersects(here[unsure], there[unsure])
        meets[some] = holds
        if len(few_at_once):
            shapely.destroy_prepared(here)
    meets |= in_both[parcel]
    region, parcel = region[meets], parcel[meets]
    if not regions.settled:
        inside[np.bincount(parcel, minlength=len(near.shapes)) > 1] = UNCLEAR
    return inside, region, parcel


def _cut(
    near: Near, pairs: tuple[Integers, Integers], plan: JoinPlan, sliver_m2: float
) -> SplitParcels:
    """Stage 3: measure the pieces of parcels on a border, and what is left of them outside.

    ``pairs`` are the positions of parcels in ``near``, and the regions that they touch.
    """
    shapes, areas, regions = near.shapes, near.area_m2, plan.regions
    if not len(shapes):
        return NOTHING
    parcel, region = pairs
    # Of a parcel that regions cover, one piece is what the others leave: half the cuts are saved,
    # and the pieces sum to the parcel whatever rounds.
    rest = _last_of_covered(parcel, near.covered)
    shared = np.zeros(len(parcel))
    if len(parcel):
        form = _form(plan, shapely.bounds(shapes[np.unique(parcel)]).T)
        pairs = parcel[~rest], region[~rest]
        shared[~rest] = shared_areas(shapes, regions.shapes, *pairs, form, tiles=plan.tiles)
    outside = areas - np.bincount(parcel, shared, minlength=len(shapes))
    shared[rest] = np.maximum(outside[parcel[rest]], 0.0)
    outside[parcel[rest]] = 0.0
    # Pieces that do not add up to their parcel are the sign of regions that overlap just there:
    # those few are settled among themselves, and only then is everything cut again.
    if not regions.settled:
        odd = np.flatnonzero(np.abs(outside) > _noise(areas))
        there = np.isin(parcel, odd)
        overlaps = _meeting(shapes, regions, parcel[there], region[there])
        if len(overlaps):
            settled = plan._replace(regions=settle(regions, overlaps), tiles=None)
            alone = near._replace(parcel=np.arange(len(shapes)))
            return cut_at_borders(alone, settled, sliver_m2=sliver_m2)
    some = np.flatnonzero(outside > 0)
    pieces = Pieces(
        np.append(parcel, some),
        np.append(region, np.full(len(some), OUTSIDE)),
        np.append(shared, outside[some]),
    )
    return _residue(pieces, shapes, areas, regions, sliver_m2)


def _last_of_covered(parcel: Integers, covered: Flags) -> Flags:
    """Choose one region of each covered parcel whose piece is what the others leave."""
    last = np.zeros(len(parcel), dtype=bool)
    _, backwards = np.unique(parcel[::-1], return_index=True)
    last[len(parcel) - 1 - backwards] = True
    return last & covered[parcel]


def _meeting(shapes: Shapes, regions: Regions, parcel: Integers, region: Integers) -> Integers:
    """Pairs (n, 2) of regions whose insides meet in one of the parcels."""
    if not len(parcel):
        return np.empty((0, 2), dtype=np.int64)
    table = pd.DataFrame({"parcel": parcel, "region": region})
    pairs = table.merge(table, on="parcel", suffixes=("", "_2")).query("region < region_2")
    i, j = pairs["region"].to_numpy(), pairs["region_2"].to_numpy()
    here = shapes[pairs["parcel"].to_numpy()]
    overlap = shapely.intersection(
        shapely.intersection(here, regions.shapes[i]), shapely.intersection(here, regions.shapes[j])
    )
    return np.unique(np.column_stack([i, j])[shapely.area(overlap) > 0], axis=0)


def _noise(areas: Floats) -> Floats:
    """Say what rounding of coordinates may leave of an area, in m²."""
    return 1e-9 * np.sqrt(areas) + 1e-10 * areas


def _residue(
    pieces: Pieces, shapes: Shapes, areas: Floats, regions: Regions, sliver_m2: float
) -> SplitParcels:
    """Stage 4: fold slivers into each parcel's largest piece, which takes the residue too."""
    parcel, region, area = pieces
    # by parcel, then by size; of equal pieces the earlier region first, and outside (-1, which the
    # remainder makes the last number) after all of them, so that a tie never goes to nowhere
    order = np.lexsort((region % (len(regions.ids) + 1), -area, parcel))
    parcel, region, area = parcel[order], region[order], area[order]
    largest = np.ones(len(parcel), dtype=bool)
    largest[1:] = parcel[1:] != parcel[:-1]
    nothing = (area <= _noise(areas)[parcel]) & ~largest
    sliver = (area < sliver_m2) & ~largest & ~nothing
    thin = area < SLIVER_M * perimeter_m(shapes, crs=regions.crs)[parcel]
    # a piece is thin only if it is thinner than the whole parcel's outline lets it be: the few that
    # may be are cut out and measured, since a perimeter costs a cut and an area does not
    doubtful = np.flatnonzero(thin & ~sliver & ~largest & ~nothing)
    lengths = _lengths(shapes, parcel[doubtful], region[doubtful], regions)
    sliver[doubtful] = 2 * area[doubtful] < SLIVER_M * lengths

    kept = ~sliver & ~nothing
    parcel, region, area, largest = parcel[kept], region[kept], area[kept], largest[kept]
    # the largest piece is the parcel less the others, not as measured: the sum closes to the digit
    others = np.bincount(parcel, np.where(largest, 0.0, area), minlength=len(areas))
    area[largest] = (areas - others)[parcel[largest]]
    return SplitParcels(parcel, region, area, area / areas[parcel], slivers=int(sliver.sum()))


def _lengths(shapes: Shapes, parcel: Integers, region: Integers, regions: Regions) -> Floats:
    """Perimeters in m of a few pieces, by cutting them out."""
    pieces = [
        shapely.difference(
            shapes[p], shapely.union_all(regions.shapes[_touching(shapes[p], regions)])
        )
        if r == OUTSIDE
        else shapely.intersection(shapes[p], regions.shapes[r])
        for p, r in zip(parcel, region, strict=True)
    ]
    return np.asarray(perimeter_m(np.array(pieces, dtype=object), crs=regions.crs))


def _touching(shape: shapely.Geometry, regions: Regions) -> Integers:
    return np.flatnonzero(shapely.intersects(shape, regions.shapes))


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
        than `landgis.join.overlay.CHECKED_CORNERS` corners overlaps are noticed by parcels whose
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
