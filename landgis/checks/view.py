"""The parcels that are drawn, measured once, and the findings about them as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from landgis.findings import NOTHING, Check, Verdict, findings_table
from landgis.layers.faults import shared_areas
from landgis.measure import area_m2
from landgis.measure.tolerance import survey_tolerance_m2
from landgis.units import half_up_all

Method = Literal["plane", "ellipsoid", "survey"]
Noun = Literal["parcel", "area"]
"""What the land is called in sentences: a parcel (宗地), or an area (片区) of a programme."""
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MANY = 20
"""Up to this many parcels of one fault have a finding each; more are one finding with members."""


@dataclass(frozen=True, slots=True)
class View:
    """The parcels that are drawn.

    Parameters
    ----------
    drawn
        Table ``parcels`` without those that have no geometry, rows numbered from 0.
    ids
        Their ids.
    shapes, area, tolerance
        Valid shapes, their areas and survey tolerances in m².
    method
        How areas are measured.
    least
        Overlaps up to this size (m²) are drawing noise.
    noun
        Whether they are parcels or the areas of a programme.
    """

    drawn: gpd.GeoDataFrame
    ids: npt.NDArray[np.object_]
    shapes: npt.NDArray[np.object_]
    area: Floats
    tolerance: Floats
    method: Method
    least: float
    noun: Noun

    @classmethod
    def of(
        cls,
        drawn: gpd.GeoDataFrame,
        *,
        method: Method,
        point_error_m: float,
        least: float,
        noun: Noun,
    ) -> View:
        """Measure parcels."""
        shapes = np.array(drawn.geometry.array, dtype=object)
        wrong = ~shapely.is_valid(shapes)
        shapes[wrong] = shapely.make_valid(shapes[wrong])  # of a valid one it makes a copy
        return cls(
            drawn=drawn,
            ids=np.asarray(drawn["parcel_id"], dtype=object),
            shapes=shapes,
            area=area_m2(drawn.geometry, method=method).to_numpy(),
            tolerance=survey_tolerance_m2(drawn, point_error_m=point_error_m).to_numpy(),
            method=method,
            least=least,
            noun=noun,
        )

    def shared(self, others: npt.NDArray[np.object_], *, same: bool) -> tuple[Rows, Rows, Floats]:
        """Pairs (parcel, other) that share more than the least overlap, and how much, in m²."""
        first, second, common = shared_areas(self.shapes, None if same else others)
        shared = area_m2(common, crs=self.drawn.crs, method=self.method)
        kept = np.flatnonzero(shared > self.least)
        kept = kept[np.lexsort((second[kept], first[kept]))]
        return first[kept], second[kept], shared[kept]

    def rows(
        self,
        check: Check,
        kind: str,
        verdict: Verdict | npt.NDArray[np.str_],
        rows: Rows,
        *,
        expected: Any = None,
        actual: Floats | None = None,
        tolerance: Any = None,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make a finding for each of the parcels at ``rows``; numbers are arrays in m²."""
        told = {"expected": expected, "actual": actual, "tolerance": tolerance}
        if expected is not None and actual is not None:
            told["difference"] = actual - expected
        numbers = {name: half_up_all(n, 2) for name, n in told.items() if n is not None}
        ids = self.ids[rows]
        return check.rows(
            kind,
            verdict,
            **{"subject": ids, "category": self.drawn["category"].to_numpy()[rows], **columns},
            **numbers,
            unit="" if actual is None else "平方米",
            values={"noun": self.noun, **values},
        )

    def together(
        self,
        check: Check,
        kind: str,
        verdict: Verdict,
        rows: Rows,
        *,
        area: float | None = None,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make one finding for all parcels at ``rows``: their number, area and ids."""
        if area is not None:
            columns |= {"actual": half_up_all([area], 2).item(), "unit": "平方米"}
        return several(check, kind, verdict, self.ids[rows], self.noun, values=values, **columns)

    def summary(
        self,
        check: Check,
        kind: str,
        verdict: Verdict,
        *,
        count: int = 0,
        values: Mapping[str, Any] = NOTHING,
        **columns: Any,
    ) -> pd.DataFrame:
        """Make the finding that a check went well, or could not be made, for ``count`` parcels."""
        told = {"noun": self.noun, "count": count, **values}
        return findings_table([check.finding(kind, verdict, values=told, **columns)])


def several(
    check: Check,
    kind: str,
    verdict: Verdict,
    ids: Iterable[Any],
    noun: Noun,
    *,
    values: Mapping[str, Any] = NOTHING,
    **columns: Any,
) -> pd.DataFrame:
    """Make one finding for all parcels of ``ids``; they are its members.

    Examples
    --------
    >>> from landgis.checks.records import GEOMETRY
    >>> found = several(GEOMETRY, "missing_many", "fail", ["a", "b"], "parcel")
    >>> found[["values", "members"]].values.tolist()
    [[{'noun': 'parcel', 'count': 2}, ('a', 'b')]]
    """
    members = tuple(dict.fromkeys(map(str, ids)))
    told = {"noun": noun, "count": len(members), **values}
    return findings_table([check.finding(kind, verdict, values=told, members=members, **columns)])
