"""面积平差: polygon areas made to add up to control areas, with every correction on record.

Not to be taken for the balance, which compares. A difference is spread in proportion to area,
rounded to 0.01 m², and what is left over goes to the largest, one step each.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

from landgis.allocation.problem import DM2_PER_M2, Ints
from landgis.errors import InputError
from landgis.units import half_up


def adjust_areas(
    areas: pd.DataFrame, controls: pd.DataFrame, *, most_relative: float = 0.01
) -> pd.DataFrame:
    """Make areas add up to their control areas (控制面积), level after level.

    Parameters
    ----------
    areas
        ``id area_m2 parent``: polygons (图斑), each in its village.
    controls
        ``id area_m2 parent``: control areas of villages, townships, the county. One whose parent is
        no row is kept as it is; all others are first made to add up to their parents.
    most_relative
        Largest correction that is still one of adjustment, as a share of the area; more is a fault
        of the data and is refused.

    Returns
    -------
    DataFrame
        ``id parent level measured_m2 correction_m2 adjusted_m2``: controls first (level 0 the top),
        then polygons, in their order.

    Raises
    ------
    InputError
        If a parent is not known, parents go round in a circle, or a correction is too large.

    Examples
    --------
    >>> plots = pd.DataFrame({"id": ["a", "b"], "area_m2": [60.0, 39.99], "parent": ["v", "v"]})
    >>> village = pd.DataFrame({"id": ["v"], "area_m2": [100.0], "parent": [""]})
    >>> adjust_areas(plots, village)[["id", "correction_m2"]].values.tolist()
    [['v', 0.0], ['a', 0.01], ['b', 0.0]]
    """
    for table in (areas, controls):
        if lacking := {"id", "area_m2", "parent"} - set(table.columns):
            raise InputError(
                f"平差的表缺少列 {'、'.join(sorted(lacking))}：列应为 id、area_m2、parent。",
                f"A table to adjust lacks {', '.join(sorted(lacking))}: give id, area_m2, parent.",
            )
    _known_parents(areas, controls)
    measured = {str(i): _dm2(a) for i, a in zip(controls["id"], controls["area_m2"], strict=True)}
    parent = dict(zip(controls["id"].astype(str), controls["parent"].astype(str), strict=True))
    level = {name: _level(name, parent) for name in parent}
    adjusted = dict(measured)
    for depth in range(1, max(level.values(), default=0) + 1):
        for top in dict.fromkeys(parent[n] for n in level if level[n] == depth):
            names = [n for n in level if level[n] == depth and parent[n] == top]
            own = np.array([measured[n] for n in names], dtype=np.int64)
            spread = spread_difference(own, adjusted[top], where=top, most_relative=most_relative)
            adjusted.update(zip(names, spread.tolist(), strict=True))
    own = np.array([_dm2(a) for a in areas["area_m2"]], dtype=np.int64)
    new = own.copy()
    codes, villages = pd.factorize(areas["parent"].astype(str))
    for k, village in enumerate(villages):
        here = np.flatnonzero(codes == k)
        new[here] = spread_difference(
            own[here], adjusted[village], where=village, most_relative=most_relative
        )
    before = np.array([*(measured[name] for name in parent), *own.tolist()], dtype=np.int64)
    after = np.array([*(adjusted[name] for name in parent), *new.tolist()], dtype=np.int64)
    return pd.DataFrame(
        {
            "id": [*parent, *areas["id"]],
            "parent": [*parent.values(), *areas["parent"]],
            "level": [*level.values(), *(level[str(name)] + 1 for name in areas["parent"])],
            "measured_m2": before / DM2_PER_M2,
            "correction_m2": (after - before) / DM2_PER_M2,
            "adjusted_m2": after / DM2_PER_M2,
        }
    )


def _dm2(area_m2: float) -> int:
    return round(Fraction(repr(float(area_m2))) * DM2_PER_M2)


def _known_parents(areas: pd.DataFrame, controls: pd.DataFrame) -> None:
    unknown = sorted(set(areas["parent"].astype(str)) - set(controls["id"].astype(str)))
    if unknown:
        raise InputError(
            f"没有 {'、'.join(unknown[:5])} 的控制面积：请补上，或核对图斑所属。",
            f"There is no control area for {', '.join(unknown[:5])}.",
        )


def _level(name: str, parent: Mapping[str, str]) -> int:
    seen = [name]
    while parent.get(seen[-1], "") in parent:
        seen.append(parent[seen[-1]])
        if len(seen) > len(parent):
            raise InputError(
                f"{name} 的上级关系成环：请核对 parent 列。",
                f"The parents of {name} go round in a circle: check the column parent.",
            )
    return len(seen) - 1


def spread_difference(
    areas: Ints, total: int, *, where: str = "", most_relative: float = 1.0
) -> Ints:
    """Spread what is lacking to a total in proportion to area, leftovers to the largest.

    Parameters
    ----------
    areas, total
        In whole steps.

    Raises
    ------
    InputError
        If the difference is larger than a correction may be.

    Examples
    --------
    >>> spread_difference(np.array([10, 30, 60]), 103).tolist()
    [10, 31, 62]
    """
    measured = int(areas.sum())
    lacking = total - measured
    if abs(lacking) > most_relative * measured:
        raise InputError(
            f"{where} 的面积与控制面积相差 {lacking / 100:.2f} 平方米，超出平差限度：请查明原因。",
            f"{where}: the areas differ from their control by {lacking / 100:.2f} m², more than an "
            "adjustment may take: look for the cause first.",
        )
    if not lacking:
        return areas.copy()
    exact = [Fraction(lacking * int(area), measured) for area in areas]
    steps = np.array([int(abs(e)) * (1 if e > 0 else -1) for e in exact], dtype=np.int64)
    left = lacking - int(steps.sum())
    largest = np.argsort(-areas, kind="stable")
    steps[largest[: abs(left)]] += 1 if left > 0 else -1
    result: Ints = areas + steps
    return result


def level_table(values: pd.Series, total: Decimal, *, decimals: int = 2) -> pd.DataFrame:
    """Make a column of printed figures add up to their printed total (强制调平).

    Parameters
    ----------
    values
        Unrounded figures (公顷, 亩).
    total
        The total as printed, which stands.

    Returns
    -------
    DataFrame
        ``rounded`` (each by itself), ``correction`` and ``levelled``, all exact decimals, with the
        index of ``values``. Corrections are of one last digit each, at the largest figures.

    Examples
    --------
    >>> level_table(pd.Series([1.004, 2.004, 3.004]), Decimal("6.01"))["levelled"].tolist()
    [Decimal('1.00'), Decimal('2.00'), Decimal('3.01')]
    """
    step = Decimal(1).scaleb(-decimals)
    rounded = [half_up(float(value), decimals) for value in values]
    lacking = int((total - sum(rounded, Decimal(0))) / step)
    correction = [0] * len(rounded)
    order = sorted(range(len(rounded)), key=lambda k: (-rounded[k], k))
    for n in range(abs(lacking)):
        correction[order[n % len(order)]] += 1 if lacking > 0 else -1
    return pd.DataFrame(
        {
            "rounded": rounded,
            "correction": [step * c for c in correction],
            "levelled": [r + step * c for r, c in zip(rounded, correction, strict=True)],
        },
        index=values.index,
    )
