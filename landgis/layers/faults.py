"""What is wrong with the shapes of a layer, alone and row against row: as findings, on the map.

Two polygons are compared where an index says that they meet, and judged by the area of what they
share: so identical, contained and crossing ones are all found.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from landgis.findings import Finding, findings_table, join_findings
from landgis.formats.columns import NUMBERS
from landgis.layers.flaws import (
    CHECKS,
    SOUND,
    Flaw,
    Integers,
    Shapes,
    areas_m2,
    find_flaws,
    has_finite,
)
from landgis.measure import require_same_crs

OVERLAP_M2 = 0.01
_BLOCK = 5_000

_NEARLY_SAME = 0.99


def find_duplicates(
    shapes: Shapes, valid: NDArray[np.bool_], labels: Shapes
) -> tuple[Integers, list[Flaw]]:
    """Tell which valid rows are the first of their shape; name the others with their first."""
    rows = np.flatnonzero(valid)
    # only shapes with the same extent can be the same
    alike = rows[pd.DataFrame(shapely.bounds(shapes[rows])).duplicated(keep=False)]
    flat = shapely.normalize(shapely.force_2d(shapes[alike]))
    codes, _ = pd.factorize(pd.Series(shapely.to_wkb(flat), dtype=object))
    firsts = np.unique(codes, return_index=True)[1]
    later = np.ones(len(alike), dtype=bool)
    later[firsts] = False
    again = np.isin(rows, alike[later])
    others = labels[alike[firsts[codes[later]]]]
    repeated = Flaw(check="duplicate", rows=rows[again], said={"other": others})
    return rows[~again], [repeated]


def find_overlaps(shapes: Shapes, rows: Integers, labels: Shapes, crs: Any) -> list[Flaw]:
    """Look for near duplicates and overlaps, each pair once, the later row named."""
    left, right, shared = shared_areas(shapes[rows])
    areas = areas_m2(shared, crs)
    real = areas > OVERLAP_M2
    left, right, shared, areas = left[real], right[real], shared[real], areas[real]
    involved, at = np.unique(np.concatenate([left, right]), return_inverse=True)
    sizes = areas_m2(shapes[rows[involved]], crs)[at].reshape(2, -1).sum(axis=0)
    alike = areas / (sizes - areas) >= _NEARLY_SAME
    return [
        Flaw(
            check=check,
            rows=rows[right[chosen]],
            said={"other": labels[rows[left[chosen]]]},
            places=shared[chosen],
            actual=areas[chosen],
        )
        for check, chosen in (("near_duplicate", alike), ("overlap", ~alike))
    ]


def shared_areas(shapes: Shapes, others: Shapes | None = None) -> tuple[Integers, Integers, Shapes]:
    """Give the pairs of valid polygons that share area, and what they share.

    Pairs are of ``shapes`` and ``others``, in the order of ``shapes``; without others of shapes
    among themselves, each pair once, the earlier first. Some thousand shapes are cut at a time.

    Examples
    --------
    >>> boxes = np.array([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], dtype=object)
    >>> left, right, shared = shared_areas(boxes)
    >>> left.tolist(), right.tolist(), shapely.area(shared).tolist()
    ([0], [1], [2.0])
    """
    tree, boxes = shapely.STRtree(shapes if others is None else others), shapely.bounds(shapes)
    beside = boxes if others is None else shapely.bounds(others)

    def some(first: int) -> tuple[Integers, Integers, Shapes]:
        left, right = tree.query(shapes[first : first + _BLOCK])
        left = left + first
        if others is None:
            once = left < right
            left, right = left[once], right[once]
        # boxes that only touch share no area: most neighbours of a grid end here
        low = np.maximum(boxes[left, :2], beside[right, :2])
        high = np.minimum(boxes[left, 2:], beside[right, 2:])
        deep = (high > low).all(axis=1)
        left, right = left[deep], right[deep]
        shared = shapely.intersection(shapes[left], tree.geometries[right])
        real = shapely.area(shared) > 0  # only borders in common are let go
        return left[real], right[real], shared[real]

    starts = range(0, max(len(shapes), 1), _BLOCK)
    with ThreadPoolExecutor() as pool:  # shapely works without the interpreter's lock
        found = list(pool.map(some, starts))
    left, right, shared = zip(*found, strict=True)
    return np.concatenate(left), np.concatenate(right), np.concatenate(shared)


def find_gaps(shapes: Shapes, regions: gpd.GeoDataFrame, crs: Any) -> list[Flaw]:
    """Look for land of the regions that no shape covers."""
    whole = shapely.union_all(shapely.make_valid(regions.geometry.to_numpy()))
    left = shapely.get_parts(shapely.difference(whole, shapely.union_all(shapes)))
    left = left[shapely.get_type_id(left) == shapely.GeometryType.POLYGON]
    areas = areas_m2(left, crs)
    left, areas = left[areas > OVERLAP_M2], areas[areas > OVERLAP_M2]
    return [Flaw(check="gap", rows=np.full(len(left), -1), places=left, actual=areas)]


PLACED = ["check", "kind", "subject", "actual", "values", "message"]
"""Columns of findings that places of faults have: what `landgis.telling.tell` needs."""


class Faults(NamedTuple):
    """Faults of a layer.

    Parameters
    ----------
    findings
        One row a fault; one *pass* if there is none.
    places
        The same faults on the map: the columns `PLACED` of the findings and a point or polygon,
        in the coordinate system of the layer. Faults without a place are left out.
    """

    findings: pd.DataFrame
    places: gpd.GeoDataFrame


def find_faults(
    frame: gpd.GeoDataFrame,
    *,
    regions: gpd.GeoDataFrame | None = None,
    overlaps: bool = True,
    subject: str | None = None,
    name: str = "",
) -> Faults:
    """Find what is wrong with the shapes of a layer.

    Missing, empty and infinite shapes, invalid rings with the kind of fault, repeated vertices,
    Z and M, mixed types, duplicates, overlaps, gaps against regions, slivers, spikes, tiny parts,
    multiparts, and shapes far outside the zone.

    Parameters
    ----------
    frame
        A layer of polygons. Without a coordinate system areas are of its plane.
    regions
        Regions that the layer should fill; gaps are looked for if given.
    overlaps
        Whether to look for overlaps between rows.
    subject
        Column that names a row; ``parcel_id`` if there is one, else the row's label.
    name
        Name of the layer, for messages.

    Returns
    -------
    Faults
        Findings and their places.

    Raises
    ------
    CRSError
        If layer and regions differ in their coordinate system.

    Examples
    --------
    >>> boxes = [shapely.box(x, 3416500, x + 10, 3416510) for x in (500000, 500008)]
    >>> faults = find_faults(gpd.GeoDataFrame(geometry=boxes, crs=4549))
    >>> faults.findings[["check", "actual"]].round(2).values.tolist()
    [['layer.overlap', 20.0]]
    """
    if regions is not None:
        require_same_crs(frame, regions)
    shapes: Shapes = np.asarray(frame.geometry.array, dtype=object)
    crs = frame.crs
    valid, faults = find_flaws(shapes, crs)
    column = subject or ("parcel_id" if "parcel_id" in frame.columns else None)
    labels = np.asarray((frame.index if column is None else frame[column]).astype("str"), object)
    kept, repeated = find_duplicates(shapes, valid, labels)
    faults += repeated
    if overlaps:
        faults += find_overlaps(shapes, kept, labels, crs)
    if regions is not None:
        faults += find_gaps(shapes[valid], regions, crs)
    return _told([fault for fault in faults if len(fault.rows)], shapes, labels, crs, name)


def _told(faults: list[Flaw], shapes: Shapes, labels: Shapes, crs: Any, name: str) -> Faults:
    """Lay faults out as findings and places."""
    findings, places = [], []
    for fault in faults:
        check, count = CHECKS[fault.check], len(fault.rows)
        subjects = np.where(fault.rows < 0, name, labels[fault.rows])
        if fault.note:
            some = check.finding(
                "several",
                "unknown",
                subject=name,
                actual=float(count),
                values={"rows": subjects[:6].tolist()},
            )
            findings.append(findings_table([some]))
            continue
        measured = {} if fault.actual is None else {"actual": fault.actual, "unit": "m²"}
        layer = f"{name} " if name else ""
        found = check.rows(
            "each", "fail", subject=subjects, values={"layer": layer, **fault.said}, **measured
        )
        findings.append(found)
        where = shapes[fault.rows] if fault.places is None else fault.places
        places.append(gpd.GeoDataFrame(found[PLACED], geometry=gpd.GeoSeries(list(where), crs=crs)))
    if not findings:
        findings.append(findings_table([SOUND.finding("none", "pass", subject=name)]))
    empty = gpd.GeoDataFrame(findings_table()[PLACED], geometry=[], crs=crs)
    spots = gpd.GeoDataFrame(pd.concat(places, ignore_index=True), crs=crs) if places else empty
    spots = spots[shapely.get_num_coordinates(spots.geometry.to_numpy()) > 0]
    return Faults(join_findings(*findings), spots.reset_index(drop=True))


def count_impossible(frame: gpd.GeoDataFrame) -> Counter[str]:
    """Count values that cannot be: infinite numbers by field, shapes that lie nowhere on Earth.

    Examples
    --------
    >>> layer = gpd.GeoDataFrame({"a": [np.inf]}, geometry=[shapely.Point(1e308, 0)])
    >>> dict(count_impossible(layer))
    {'': 1, 'a': 1}
    """
    nowhere = ~has_finite(np.asarray(frame.geometry.array, dtype=object))
    counts = Counter({"": int(nowhere.sum())})
    for name, values in frame.select_dtypes("float").items():
        counts[str(name)] = int(np.isinf(values.to_numpy(dtype=float, na_value=0)).sum())
    return +counts


def tell_impossible(counts: Counter[str], name: str) -> list[Finding]:
    """Tell of each field with infinite numbers, and of shapes that lie nowhere on Earth."""
    return [
        NUMBERS.finding(
            "infinite" if field else "places",
            "fail",
            subject=name,
            actual=float(count),
            values={"field": field},
        )
        for field, count in counts.items()
    ]
