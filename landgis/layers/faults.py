"""What is wrong with the shapes of a layer, and where: as findings, and on the map."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.findings import Finding, findings_table, join_findings
from landgis.formats.told import NUMBERS
from landgis.layers.flaws import CHECKS, SOUND, Flaw, Shapes, find_flaws, has_finite
from landgis.layers.overlaps import find_duplicates, find_gaps, find_overlaps
from landgis.measure import require_same_crs

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
