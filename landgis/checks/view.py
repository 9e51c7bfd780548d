"""The parcels that are drawn, measured once, and how a finding about one is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from landgis.checks.tolerance import survey_tolerance_m2
from landgis.findings import Finding, Verdict
from landgis.language import Lang, say
from landgis.measure import area_m2
from landgis.units import to_decimal

Method = Literal["plane", "ellipsoid", "survey"]


class Noun(NamedTuple):
    """What the land is called in messages: one of it, what stands after a number, in English."""

    zh: str
    counted: str
    en: str


PARCEL, AREA = Noun("宗地", "宗地", "parcel"), Noun("片区", "个片区", "area")


@dataclass(frozen=True, slots=True)
class View:
    """The parcels that are drawn.

    Parameters
    ----------
    drawn
        Table ``parcels`` without those that have no geometry, rows numbered from 0.
    shapes, area, tolerance
        Valid shapes, their areas and survey tolerances in m².
    method
        How areas are measured.
    least
        Overlaps up to this size (m²) are drawing noise.
    noun
        Whether they are parcels (宗地) or the areas (片区) of a programme.
    """

    drawn: gpd.GeoDataFrame
    shapes: npt.NDArray[np.object_]
    area: npt.NDArray[np.float64]
    tolerance: npt.NDArray[np.float64]
    method: Method
    least: float
    noun: Noun
    lang: Lang

    @classmethod
    def of(
        cls,
        drawn: gpd.GeoDataFrame,
        *,
        method: Method,
        point_error_m: float,
        least: float,
        noun: Noun,
        lang: Lang,
    ) -> View:
        """Measure parcels."""
        return cls(
            drawn=drawn,
            shapes=shapely.make_valid(np.asarray(drawn.geometry.array, dtype=object)),
            area=area_m2(drawn.geometry, method=method).to_numpy(),
            tolerance=survey_tolerance_m2(drawn, point_error_m=point_error_m).to_numpy(),
            method=method,
            least=least,
            noun=noun,
            lang=lang,
        )

    @property
    def ids(self) -> npt.NDArray[np.object_]:
        """Ids of the parcels."""
        return np.asarray(self.drawn["parcel_id"], dtype=object)

    def shared(
        self, others: npt.NDArray[np.object_], *, same: bool
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """Pairs (parcel, other) that share more than the least overlap, and how much, in m²."""
        first, second = shapely.STRtree(others).query(self.shapes, predicate="intersects")
        if same:
            once = first < second
            first, second = first[once], second[once]
        common = shapely.intersection(self.shapes[first], others[second])
        shared = area_m2(common, crs=self.drawn.crs, method=self.method)
        kept = np.flatnonzero(shared > self.least)
        kept = kept[np.lexsort((second[kept], first[kept]))]
        return first[kept], second[kept], shared[kept]

    def finding(
        self,
        check: str,
        verdict: Verdict,
        row: int | np.integer[Any],
        zh: str,
        en: str,
        *,
        expected: float | None = None,
        actual: float | None = None,
        tolerance: float | None = None,
        region: str = "",
        source: str = "",
    ) -> Finding:
        """Make the finding about one parcel; ``zh`` and ``en`` go on after its id."""
        parcel = str(self.ids[row])
        difference = None
        if expected is not None and actual is not None:
            difference = rounded(actual - expected)
        return Finding(
            check=f"parcels.{check}",
            verdict=verdict,
            subject=parcel,
            region=region,
            category=str(self.drawn["category"][row]),
            expected=None if expected is None else rounded(expected),
            actual=None if actual is None else rounded(actual),
            difference=difference,
            tolerance=None if tolerance is None else rounded(tolerance),
            unit="" if actual is None else "平方米",
            message=say(
                self.lang,
                f"{self.noun.zh} {parcel} {zh}。",
                f"{self.noun.en.capitalize()} {parcel} {en}.",
            ),
            source=source,
        )

    def summary(
        self, check: str, verdict: Verdict, zh: str, en: str, *, region: str = "", source: str = ""
    ) -> Finding:
        """Make the finding about several parcels."""
        return Finding(
            check=f"parcels.{check}",
            verdict=verdict,
            region=region,
            message=say(self.lang, zh, en),
            source=source,
        )


def rounded(area: float) -> float:
    """Round an area to 0.01 m², half up.

    Examples
    --------
    >>> rounded(1.005)
    1.01
    """
    return float(to_decimal(area, 2))


def m2(area: float, *, sign: bool = False) -> str:
    """Write an area in m².

    Examples
    --------
    >>> m2(12345.678), m2(5.0, sign=True)
    ('12,345.68', '+5.00')
    """
    return f"{to_decimal(area, 2):+,f}" if sign else f"{to_decimal(area, 2):,f}"
