"""What is to be decided, in whole numbers: options, rows, and what a choice makes of them.

Areas are integers of 0.01 m² (dm²), so that every sum and comparison is exact. A plan's figure in
亩 is a fraction of that; what its print leaves open is rounded inwards to whole dm².
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from landgis.findings import findings_table

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

DM2_PER_M2 = 100
"""The unit of every area in a problem is 0.01 m², one dm²."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LimitedSum:
    """A sum over options with limits: a target that may be missed, or a rule that may not.

    Parameters
    ----------
    name
        Names the row in findings and conflicts; unique in its problem.
    kind
        ``target``, the kind of a rule, or of a group.
    options, coefs
        Positions of options, and what each adds when it is chosen whole.
    low, high
        Limits of the sum; None where there is none.
    rank
        0 must hold. A row of rank 1 and more may be missed; the least deviation of a smaller rank
        comes first.
    weight
        Of one dm² of deviation, among rows of the same rank.
    planned
        The figure itself in the units of ``coefs``, exact; None for groups.
    per_unit
        How many units of ``coefs`` are one ``unit`` for a reader.
    facets, members
        What else narrows a figure down, and what a plan says that its use is made of.
    told
        A rule as it was given, for the re-check.
    area
        Whether ``coefs`` are areas: then a part of a divisible parcel adds its part exactly.
    """

    name: str
    kind: str
    options: Ints
    coefs: Ints
    low: int | None = None
    high: int | None = None
    rank: int = 0
    weight: int = 1
    region: str = ""
    category: str = ""
    sense: str = "exact"
    planned: Fraction | None = None
    unit: str = ""
    per_unit: Fraction = Fraction(1)
    decimals: int = 2
    area: bool = True
    source: str = ""
    facets: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    told: Mapping[str, Any] = field(default_factory=dict)

    def deviation(self, total: int) -> int:
        """Give how far a sum lies outside the limits: below them less than 0."""
        if self.low is not None and total < self.low:
            return total - self.low
        if self.high is not None and total > self.high:
            return total - self.high
        return 0


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """Options and rows. Of one candidate at most one option is chosen.

    Parameters
    ----------
    candidates
        One row a candidate: ``parcel_id region area_dm2 least_dm2 lock reason`` and what the
        rules ask of it.
    candidate
        Position of each option's candidate.
    options
        One row an option: ``use quarter supply_mode``.
    area, least
        Area of each option, and the smallest part of it that may be chosen, in dm²; equal where
        the parcel is chosen whole or not at all.
    points
        What choosing an option whole adds to the score.
    must
        Candidates that must be chosen.
    rows
        Targets first, then rules, then groups.
    groups
        The groups as given: ``kind members k name``.
    findings
        What was noticed, and every default that acts.
    """

    candidates: pd.DataFrame
    candidate: Ints
    options: pd.DataFrame
    area: Ints
    least: Ints
    points: Ints
    must: Flags
    rows: tuple[LimitedSum, ...] = ()
    groups: tuple[Mapping[str, Any], ...] = ()
    findings: pd.DataFrame = field(default_factory=findings_table)

    @property
    def divisible(self) -> Flags:
        """Tell which options may be chosen in part."""
        return self.least < self.area

    @property
    def ranks(self) -> tuple[int, ...]:
        """Give the ranks of rows that may be missed, first one first."""
        return tuple(sorted({row.rank for row in self.rows if row.rank}))

    @property
    def cells(self) -> Ints:
        """Number the region × use of each option."""
        regions = self.candidates["region"].factorize()[0][self.candidate]
        uses = self.options["use"].factorize()[0]
        keys: Ints = regions * (uses.max(initial=0) + 1) + uses
        return keys

    def totals(self, amounts: Ints) -> list[int]:
        """Give the exact sum of each row, for an amount (dm²) of each option.

        A part of a parcel adds its part of what is no area (a cost, a number of places), rounded
        against the row's limit.
        """
        return [self.total(row, amounts) for row in self.rows]

    def total(self, row: LimitedSum, amounts: Ints) -> int:
        """Give the exact sum of one row."""
        here = amounts[row.options]
        taken = here > 0
        part = taken & (here < self.area[row.options])
        total = int(row.coefs[taken & ~part].sum())
        for k in np.flatnonzero(part):
            total += self._part(row, int(k), int(here[k]))
        return total

    def _part(self, row: LimitedSum, k: int, amount: int) -> int:
        if row.kind in COUNTED:
            return int(row.coefs[k])
        exact = Fraction(int(row.coefs[k]) * amount, int(self.area[row.options[k]]))
        return -((-exact.numerator) // exact.denominator) if row.low is None else int(exact // 1)

    def deviations(self, totals: list[int]) -> dict[int, int]:
        """Give the weighted deviation of each rank, in dm²; rank 0 is what rules are broken by."""
        sums = dict.fromkeys((0, *self.ranks), 0)
        for row, total in zip(self.rows, totals, strict=True):
            sums[row.rank] += row.weight * abs(row.deviation(total))
        return sums

    def score(self, amounts: Ints) -> int:
        """Give the score of a choice; of a part of a parcel its part, rounded down."""
        whole = amounts == self.area
        total = int(self.points[whole].sum())
        for k in np.flatnonzero((amounts > 0) & ~whole):
            total += int(self.points[k]) * int(amounts[k]) // int(self.area[k])
        return total

    def to_record(self) -> dict[str, Any]:
        """Give the problem as whole numbers and text, for another program to solve or check it.

        Examples
        --------
        >>> from landgis.allocation.problem import empty_problem
        >>> sorted(empty_problem().to_record())
        ['candidates', 'options', 'rows', 'unit']
        """
        told = self.candidates[["parcel_id", "region", "lock"]]
        return {
            "unit": "dm2",
            "candidates": [
                {**row, "must": bool(must)}
                for row, must in zip(told.to_dict("records"), self.must, strict=True)
            ],
            "options": [
                {"use": str(row["use"]), "quarter": int(row["quarter"])}
                | {name: int(getattr(self, name)[k]) for name in _OF_OPTION}
                for k, row in enumerate(self.options.to_dict("records"))
            ],
            "rows": [
                {name: getattr(row, name) for name in _OF_ROW}
                | {"options": row.options.tolist(), "coefs": row.coefs.tolist()}
                for row in self.rows
            ],
        }


_OF_OPTION = ("candidate", "area", "least", "points")
_OF_ROW = ("name", "kind", "region", "category", "sense", "rank", "weight", "low", "high")

GROUPS = ("all_or_none", "at_least", "at_most", "before", "layouts")
"""Kinds of groups."""

COUNTED = frozenset({*GROUPS, "min_count", "max_count"})
"""Kinds of rows that count parcels: a part of one counts as one."""


def empty_problem() -> Problem:
    """Give a problem without candidates, to try things on."""
    none = np.zeros(0, dtype=np.int64)
    return Problem(
        candidates=pd.DataFrame({"parcel_id": [], "region": [], "lock": []}, dtype="str"),
        candidate=none,
        options=pd.DataFrame({"use": [], "quarter": [], "supply_mode": []}),
        area=none,
        least=none,
        points=none,
        must=none.astype(bool),
    )
