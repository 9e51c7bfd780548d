"""Figures made to add up: margins spread over their cells (分摊), areas to control areas (平差).

What margins imply for each cell (Fréchet), the spread that keeps to a stated prior (raking), and
printed decimals that add up exactly (controlled rounding). Every figure made here is derived, and
its table says so; it is not to be taken for the balance, which compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import highspy
import numpy as np
import pandas as pd

from landgis.allocation.problem import DM2_PER_M2, Floats, Ints
from landgis.allocation.solver import Columns, set_up
from landgis.errors import InputError, require
from landgis.units import half_up

TURNS = 2000
CLOSE = 1e-12
REACH = 3
"""Steps of the last digit by which a cell may leave its neighbours, where three margins ask it."""


def spread_margins(
    rows: pd.Series,
    columns: pd.Series,
    *,
    prior: pd.DataFrame | None = None,
    prior_name: str = "given",
    decimals: int = 2,
) -> pd.DataFrame:
    """Spread two margins over their cells: by a prior, exact at the printed decimals.

    Parameters
    ----------
    rows, columns
        Figures of regions and of uses, by name, in one unit; both add up to the same.
    prior
        Weights, regions × uses; equal if not given. A cell of weight 0 stays empty.
    prior_name
        What the weights are (``existing`` land, ``candidates``, ``given``), told in the table.
    decimals
        Of the result.

    Returns
    -------
    DataFrame
        ``region use value raked low high basis prior departure``: the rounded value and the raked
        one behind it, what the margins imply at least and at most, ``basis`` always ``derived``,
        and by how many steps of the last digit the value leaves the two nearest (0 in two
        dimensions).

    Raises
    ------
    InputError
        If the margins do not add up to the same at the printed decimals, or the cells that the
        prior leaves open cannot hold them.

    Examples
    --------
    >>> regions = pd.Series({"东镇": 7.0, "西镇": 3.0})
    >>> uses = pd.Series({"住宅用地": 5.0, "商服用地": 5.0})
    >>> spread_margins(regions, uses)[["region", "use", "value", "low", "high"]].values.tolist()[0]
    ['东镇', '住宅用地', 3.5, 2.0, 5.0]
    """
    for name, margin in (("rows", rows), ("columns", columns)):
        require(margin, pd.Series, name=name)
    if prior is None:
        prior, prior_name = pd.DataFrame(1.0, rows.index, columns.index), "equal"
    weights = prior.reindex(index=rows.index, columns=columns.index).fillna(0.0).to_numpy(float)
    steps = [_steps(margin, decimals) for margin in (rows, columns)]
    if steps[0].sum() != steps[1].sum():
        first, second = (float(s.sum()) / 10**decimals for s in steps)
        raise InputError(
            f"两组合计不等（{first:g} 与 {second:g}），不能分摊：请先核对计划。",
            f"The two margins add up to {first:g} and {second:g}: check the plan first.",
        )
    raked = rake(weights, margins={(0,): steps[0], (1,): steps[1]})
    rounded, departure = round_cells(raked, margins={(0,): steps[0], (1,): steps[1]})
    total = int(steps[0].sum())
    least = np.maximum(0, steps[0][:, None] + steps[1][None, :] - total)
    most = np.minimum(steps[0][:, None], steps[1][None, :])
    scale = 10.0**decimals
    names = pd.MultiIndex.from_product([rows.index, columns.index], names=["region", "use"])
    table = pd.DataFrame(
        {
            "value": rounded.ravel() / scale,
            "raked": raked.ravel() / scale,
            "low": least.ravel() / scale,
            "high": most.ravel() / scale,
            "basis": "derived",
            "prior": prior_name,
            "departure": departure.ravel(),
        },
        index=names,
    )
    return table.reset_index()


def _steps(margin: pd.Series, decimals: int) -> Ints:
    """Give figures in steps of the last printed digit."""
    return np.array(
        [round(Fraction(repr(float(value))) * 10**decimals) for value in margin], dtype=np.int64
    )


def rake(prior: Floats, *, margins: Mapping[tuple[int, ...], Any]) -> Floats:
    """Rake a table to its margins: proportional fitting, again and again (IPF).

    Parameters
    ----------
    prior
        Weights in any number of dimensions.
    margins
        Axes that are kept → sums over all others.

    Raises
    ------
    InputError
        If the cells that the prior leaves open cannot hold the margins.

    Examples
    --------
    >>> rake(np.array([[1.0, 1.0], [1.0, 3.0]]), margins={(0,): [4.0, 4.0], (1,): [3.0, 5.0]}).sum()
    np.float64(8.0)
    """
    table = np.asarray(prior, dtype=float).copy()
    away = np.inf
    for _ in range(TURNS):
        before = away
        away = 0.0
        for axes, given in margins.items():
            others = tuple(k for k in range(table.ndim) if k not in axes)
            wanted = np.asarray(given, dtype=float)
            sums = table.sum(axis=others)
            away = max(away, float(np.abs(sums - wanted).max(initial=0.0)))
            factor = np.divide(wanted, sums, out=np.zeros_like(sums), where=sums > 0)
            table *= np.expand_dims(factor, others)
        if away <= CLOSE * max(1.0, float(table.sum())) or away == before:
            break
    worst = max(
        float(np.abs(table.sum(axis=tuple(k for k in range(table.ndim) if k not in a)) - m).max())
        for a, m in margins.items()
    )
    if worst > 0.25:
        raise InputError(
            "权重为 0 的格子使合计无法满足：请给这些格子权重，或核对合计。",
            "Cells of weight 0 leave no room for the margins: give them a weight, or check the "
            "margins.",
        )
    return table


def round_cells(table: Floats, *, margins: Mapping[tuple[int, ...], Any]) -> tuple[Ints, Ints]:
    """Round a table so that every margin holds exactly (controlled rounding).

    Each cell becomes one of its two nearest whole numbers; in two dimensions that is always
    possible (a transport problem), in three it may not be: then the least departure is chosen, and
    told.

    Parameters
    ----------
    table
        Cells that add up to the margins, in steps of the last digit.
    margins
        Axes that are kept → sums over all others, whole.

    Returns
    -------
    tuple
        Whole cells, and by how many steps each leaves its two nearest numbers.

    Raises
    ------
    InputError
        If no whole table near by has these margins.

    Examples
    --------
    >>> cells = np.array([[0.5, 0.5], [0.5, 0.5]])
    >>> whole, departure = round_cells(cells, margins={(0,): [1, 1], (1,): [1, 1]})
    >>> whole.sum(axis=0).tolist(), int(departure.sum())
    ([1, 1], 0)
    """
    near = np.rint(table)
    table = np.where(np.abs(table - near) < 1e-6, near, table)
    for reach in (0, REACH):
        whole = _transport(table, margins, reach)
        if whole is not None:
            low, high = np.floor(table), np.ceil(table)
            departure = np.maximum(0, np.maximum(low - whole, whole - high)).astype(np.int64)
            return whole, departure
    raise InputError(
        "找不到各合计都精确成立的取整：请核对合计是否相容。",
        "No rounding keeps every margin: check whether the margins agree.",
    )


def _transport(table: Floats, margins: Mapping[tuple[int, ...], Any], reach: int) -> Ints | None:
    """Choose whole cells of least distance: one step up or not, and ``reach`` further each way."""
    flat, base = table.ravel(), np.floor(table).ravel()
    build = Columns()
    rest = flat - base
    step = build.add(1.0 - 2.0 * rest, 0.0, np.where(rest > 0, 1.0, 0.0), whole=True)
    parts = [(step, 1.0)]
    if reach:
        far = np.full(len(flat), 100.0)
        parts.append((build.add(far, 0.0, float(reach), whole=True), 1.0))
        parts.append((build.add(far, 0.0, np.minimum(reach, base), whole=True), -1.0))
    index = np.indices(table.shape).reshape(table.ndim, -1)
    for axes, given in margins.items():
        wanted = np.asarray(given)
        key = np.ravel_multi_index(tuple(index[list(axes)]), wanted.shape)
        sums = np.bincount(key, base, minlength=wanted.size)
        for k, total in enumerate(wanted.ravel()):
            cells = np.flatnonzero(key == k)
            columns = np.concatenate([c[cells] for c, _ in parts])
            values = np.concatenate([np.full(len(cells), sign) for _, sign in parts])
            build.row(columns, values, float(total - sums[k]), float(total - sums[k]))
    highs = set_up(20_000, 60.0, 0.0)
    highs.passModel(build.model(relax=table.ndim == 2 and not reach))
    highs.run()
    feasible = int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if highs.getInfo().primal_solution_status != feasible:
        return None
    values = np.rint(np.asarray(highs.getSolution().col_value)).astype(np.int64)
    whole = base.astype(np.int64)
    for columns, sign in parts:
        whole = whole + int(sign) * values[columns]
    return whole.reshape(table.shape)


# ---------------------------------------------------------------- areas made to add up


def adjust_areas(
    areas: pd.DataFrame, controls: pd.DataFrame, *, most_relative: float = 0.01
) -> pd.DataFrame:
    """Make areas add up to their control areas (控制面积), level after level.

    A difference is spread in proportion to area, rounded to 0.01 m², and what is left over goes to
    the largest, one step each; every correction is on record.

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
