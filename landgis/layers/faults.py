"""What is wrong with the shapes of a layer, and where: as findings, and on the map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from landgis.findings import COLUMNS, NUMBERS, findings_table, join_findings
from landgis.language import Lang, say
from landgis.layers.flaws import Flaw, Shapes, find_flaws
from landgis.layers.overlaps import find_duplicates, find_gaps, find_overlaps
from landgis.measure import require_same_crs


class Faults(NamedTuple):
    """Faults of a layer.

    Parameters
    ----------
    findings
        One row a fault; one *pass* if there is none.
    places
        The same faults on the map: check, subject, message and a point or polygon, in the
        coordinate system of the layer. Faults without a place are left out.
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
    lang: Lang = "zh",
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
    return _told([fault for fault in faults if len(fault.rows)], shapes, labels, crs, name, lang)


def _told(  # noqa: PLR0917 - the parts of the answer
    faults: list[Flaw], shapes: Shapes, labels: Shapes, crs: Any, name: str, lang: Lang
) -> Faults:
    """Lay faults out as findings and places."""
    findings, places = [], []
    for fault in faults:
        said = fault.en if lang == "en" else fault.zh
        count = len(fault.rows)
        subjects = np.where(fault.rows < 0, name, labels[fault.rows])
        if fault.note:
            some = "、".join(subjects[:5]) + ("…" if count > 5 else "")
            zh = f"{name}有 {count} 个要素{said}（{some}）。"
            message = say(lang, zh, f"{name} {count} features {said} ({some}).")
            findings.append(_rows(fault.check, "unknown", [name], [message], float(count)))
            continue
        texts = [said] * count if isinstance(said, str) else said
        messages = [
            say(lang, f"{name} {s}：{text}。", f"{name} {s}: {text}.").strip()
            for s, text in zip(subjects, texts, strict=True)
        ]
        findings.append(_rows(fault.check, "fail", subjects, messages, fault.actual))
        where = shapes[fault.rows] if fault.places is None else fault.places
        told = {"check": f"layer.{fault.check}", "subject": subjects, "message": messages}
        places.append(gpd.GeoDataFrame(told, geometry=gpd.GeoSeries(list(where), crs=crs)))
    if not findings:
        message = say(lang, f"{name} 图形未见问题。", f"{name} has no faults of shape.").strip()
        findings.append(_rows("geometry", "pass", [name], [message], None))
    empty = gpd.GeoDataFrame({"check": [], "subject": [], "message": []}, geometry=[], crs=crs)
    spots = gpd.GeoDataFrame(pd.concat(places, ignore_index=True), crs=crs) if places else empty
    spots = spots[shapely.get_num_coordinates(spots.geometry.array) > 0]
    return Faults(join_findings(*findings), spots.reset_index(drop=True))


def _rows(
    check: str, verdict: str, subjects: Any, messages: Sequence[str], actual: Any
) -> pd.DataFrame:
    """Lay out findings of one check by columns; a layer may have a million."""
    columns = {c: np.nan if c in NUMBERS else "" for c in COLUMNS}
    table = pd.DataFrame(columns, index=range(len(messages))).assign(
        check=f"layer.{check}", verdict=verdict, subject=subjects, message=messages
    )
    if actual is not None:
        table = table.assign(actual=actual, unit="" if verdict == "unknown" else "m²")
    return table.astype(findings_table().dtypes.to_dict())
