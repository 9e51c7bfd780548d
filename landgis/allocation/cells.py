"""Whole parcels that add up: the best subset for a sum, exactly, by meeting in the middle.

A cell of the plan (region × use) is a knapsack over whole numbers. Of up to some 26 parcels all
subsets are weighed at once: both halves are laid out, one is sorted, and each sum of the other
finds its best partner by bisection. The same tells which parcels make a finely printed figure.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from landgis.allocation.problem import DM2_PER_M2, Flags, Floats, Ints
from landgis.errors import InputError

MOST = 26
"""Parcels whose subsets are weighed all at once."""

MOST_EXACT = 40
"""Parcels among which all sums that hit a figure are counted: 2²⁰ sums a half."""


def best_subset(areas: Ints, values: Floats, *, low: int, high: int) -> tuple[Flags, int]:
    """Choose whole parcels whose sum lies between limits and whose value is greatest.

    Parameters
    ----------
    areas, values
        Of each parcel; `MOST` parcels at most.
    low, high
        Limits of the sum, in the unit of ``areas``.

    Returns
    -------
    tuple
        Which parcels are chosen, and by how much the sum misses the limits: 0, or the least that
        is possible (then, of several, the one of greatest value).

    Examples
    --------
    >>> areas = np.array([40, 30, 25, 10])
    >>> flags, miss = best_subset(areas, np.array([1.0, 3.0, 3.0, 1.0]), low=65, high=65)
    >>> flags.tolist(), miss
    ([False, True, True, True], 0)
    >>> best_subset(areas, np.ones(4), low=60, high=60)[1]
    5
    """
    count = len(areas)
    half = count // 2
    sums_a, values_a = subset_sums(areas[:half], values[:half])
    sums_b, values_b = subset_sums(areas[half:], values[half:])
    order = np.lexsort((-values_b, sums_b))
    sums_b, values_b = sums_b[order], values_b[order]
    left = np.searchsorted(sums_b, low - sums_a, side="left")
    right = np.searchsorted(sums_b, high - sums_a, side="right")
    inside = np.flatnonzero(right > left)
    if len(inside):
        partner = range_best(values_b, left[inside], right[inside])
        total = values_a[inside] + values_b[partner]
        best = int(np.argmax(total))
        pair, miss = (int(inside[best]), int(partner[best])), 0
    else:
        below, above = np.maximum(left - 1, 0), np.minimum(right, len(sums_b) - 1)
        gaps = [_miss(sums_a + sums_b[p], low, high) for p in (below, above)]
        partner = np.where(gaps[0] <= gaps[1], below, above)
        gap = np.minimum(*gaps)
        best = int(np.lexsort((-(values_a + values_b[partner]), gap))[0])
        pair, miss = (best, int(partner[best])), int(gap[best])
    bits = pair[0] | (int(order[pair[1]]) << half)
    return np.array([bits >> k & 1 for k in range(count)], dtype=bool), miss


def _miss(sums: Ints, low: int, high: int) -> Ints:
    return np.maximum(np.maximum(low - sums, sums - high), 0)


def subset_sums(areas: Ints, values: Floats) -> tuple[Ints, Floats]:
    """Lay out the sums of all subsets; the bits of a position say which parcels are in it."""
    sums, worth = np.zeros(1 << len(areas), dtype=np.int64), np.zeros(1 << len(areas))
    for k, (area, value) in enumerate(zip(areas, values, strict=True)):
        half = 1 << k
        np.add(sums[:half], area, out=sums[half : 2 * half])
        np.add(worth[:half], value, out=worth[half : 2 * half])
    return sums, worth


def range_best(values: Floats, left: Ints, right: Ints) -> Ints:
    """Find where the greatest of ``values[left:right]`` stands, for many ranges (sparse table)."""
    levels = [np.arange(len(values))]
    width = 1
    longest = int((right - left).max())
    while 2 * width <= longest:
        last = levels[-1]
        first, second = last[:-width], last[width:]
        levels.append(np.where(values[first] >= values[second], first, second))
        width *= 2
    level = np.floor(np.log2(right - left)).astype(np.int64)
    best = np.empty(len(left), dtype=np.int64)
    for k, table in enumerate(levels):
        here = np.flatnonzero(level == k)
        first, second = table[left[here]], table[right[here] - (1 << k)]
        best[here] = np.where(values[first] >= values[second], first, second)
    return best


def which_make(
    parcels: pd.DataFrame,
    figure_m2: Fraction,
    *,
    width_m2: Fraction = Fraction(0),
    most: int = 5,
) -> pd.DataFrame:
    """Tell which whole parcels make a printed figure, and whether only these do.

    Parameters
    ----------
    parcels
        ``parcel_id`` and ``area_m2``; `MOST_EXACT` at most.
    figure_m2, width_m2
        The figure, and what its print leaves open on either side, in m².
    most
        Combinations that are listed at most.

    Returns
    -------
    DataFrame
        A row for each combination, nearest first: ``members`` (ids), ``area_m2``, ``difference_m2``
        and ``combinations`` (how many there are in all: 1 means that only these parcels make the
        figure). No row if none does.

    Raises
    ------
    InputError
        If there are too many parcels to weigh all combinations.

    Examples
    --------
    >>> table = pd.DataFrame({"parcel_id": ["a", "b", "c"], "area_m2": [10.0, 20.5, 7.25]})
    >>> which_make(table, Fraction("17.25"))[["members", "combinations"]].values.tolist()
    [[('a', 'c'), 1]]
    """
    if len(parcels) > MOST_EXACT:
        raise InputError(
            f"{len(parcels)} 宗地的组合太多，最多 {MOST_EXACT} 宗：请按区域和用途分开。",
            f"{len(parcels)} parcels have too many combinations, {MOST_EXACT} at most: take one "
            "region and use at a time.",
        )
    ids = parcels["parcel_id"].astype("str").to_numpy()
    areas = (parcels["area_m2"].to_numpy(dtype=float) * DM2_PER_M2).round().astype(np.int64)
    low = -(-(figure_m2 - width_m2) * DM2_PER_M2 // 1)
    high = (figure_m2 + width_m2) * DM2_PER_M2 // 1
    target = float(figure_m2 * DM2_PER_M2)
    half = len(areas) // 2
    nothing = np.zeros(len(areas))
    sums_a, _ = subset_sums(areas[:half], nothing[:half])
    sums_b, _ = subset_sums(areas[half:], nothing[half:])
    order = np.argsort(sums_b, kind="stable")
    sums_b = sums_b[order]
    left = np.searchsorted(sums_b, int(low) - sums_a, side="left")
    right = np.searchsorted(sums_b, int(high) - sums_a, side="right")
    number = int((right - left).sum())
    pairs = []
    for a in np.flatnonzero(right > left):
        pairs += [
            (abs(float(sums_a[a] + sums_b[b]) - target), int(a), int(b))
            for b in range(left[a], min(right[a], left[a] + most))
        ]
    rows = []
    for _, first, second in sorted(pairs)[:most]:
        bits = first | (int(order[second]) << half)
        chosen = np.array([bits >> k & 1 for k in range(len(areas))], dtype=bool)
        total = int(areas[chosen].sum())
        rows.append(
            {
                "members": tuple(ids[chosen].tolist()),
                "area_m2": total / DM2_PER_M2,
                "difference_m2": float(Fraction(total, DM2_PER_M2) - figure_m2),
                "combinations": number,
            }
        )
    columns = ["members", "area_m2", "difference_m2", "combinations"]
    return pd.DataFrame(rows, columns=columns)
