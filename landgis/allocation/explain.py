"""Why a parcel is in or out, what else would do, and who is next in line.

Everything here asks the search again with one thing changed, and tells the difference.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from landgis.allocation.allocation import Allocation
from landgis.allocation.problem import DM2_PER_M2, Ints, LimitedSum, Problem
from landgis.allocation.regions import Effort
from landgis.allocation.search import search
from landgis.allocation.solver import SCALE, Aim, solve
from landgis.errors import InputError, require
from landgis.schema import as_text


def explain_parcel(answer: Allocation, parcel_id: str, *, effort: float = 0.5) -> pd.DataFrame:
    """Turn one parcel round and say what that would cost.

    Returns
    -------
    DataFrame
        One row: ``parcel_id chosen why``, ``deviation_m2`` and ``score`` (what turning it adds,
        at the least), ``comes`` and ``goes`` (ids that would be exchanged for it), ``tie`` (turning
        it costs nothing: the id decided) and ``possible`` (rules and locks allow it).

    Raises
    ------
    InputError
        If there is no such candidate.

    Examples
    --------
    >>> from landgis.allocation.allocation import allocate
    >>> land = pd.DataFrame({"parcel_id": ["a", "b"], "area_m2": [100.0, 100.0],
    ...                      "category": ["住宅用地"] * 2, "score": [2.0, 1.0]})
    >>> answer = allocate(land, pd.DataFrame({"use": ["住宅用地"], "area_m2": [100.0]}))
    >>> explain_parcel(answer, "b")[["deviation_m2", "score", "comes", "goes"]].values.tolist()
    [[0.0, -100.0, ('b',), ('a',)]]
    """
    require(answer, Allocation, name="answer")
    problem = answer.problem
    ids = problem.candidates["parcel_id"]
    if parcel_id not in set(ids):
        raise InputError(
            f"没有编号为 {parcel_id} 的候选地块：请核对编号。",
            f"There is no candidate {parcel_id}: check the id.",
        )
    place = int(ids.eq(parcel_id).to_numpy().argmax())
    chosen = bool(answer.amounts[problem.candidate == place].any())
    why = pd.concat([answer.selected, answer.others]).set_index("parcel_id")["why"]
    told = {"parcel_id": parcel_id, "chosen": chosen, "why": why.get(parcel_id, "")}
    turned = _turned(problem, place, chosen=chosen)
    found = None if turned is None else search(turned[0], Effort(effort=effort, progress=True))
    if turned is None or found is None or found.broken:
        empty = {"deviation_m2": np.nan, "score": np.nan, "comes": (), "goes": (), "tie": False}
        return pd.DataFrame([{**told, **empty, "possible": False}])
    amounts = np.zeros(len(problem.area), dtype=np.int64)
    amounts[turned[1]] = found.amounts
    before, after = (_chosen_ids(problem, a) for a in (answer.amounts, amounts))
    deviation = sum(found.deviations.values()) / DM2_PER_M2 - answer.deviation_m2
    score = (problem.score(amounts) - problem.score(answer.amounts)) / DM2_PER_M2
    return pd.DataFrame(
        [
            {
                **told,
                "deviation_m2": round(deviation, 2),
                "score": round(score, 2),
                "comes": tuple(sorted(after - before)),
                "goes": tuple(sorted(before - after)),
                "tie": deviation == 0 and score == 0,
                "possible": True,
            }
        ]
    )


def _turned(problem: Problem, place: int, *, chosen: bool) -> tuple[Problem, Ints] | None:
    """Give the problem with one candidate forced out, or in; and the options that stay."""
    mine = problem.candidate == place
    if chosen:
        if problem.must[place]:
            return None
        return without_options(problem, ~mine)
    if not mine.any():
        return None
    must = problem.must.copy()
    must[place] = True
    return replace(problem, must=must), np.arange(len(mine))


def without_options(problem: Problem, stay: np.ndarray) -> tuple[Problem, Ints]:
    """Give a problem of fewer options, and the positions that those had before."""
    new = np.cumsum(stay) - 1
    rows = tuple(
        replace(row, options=new[row.options[kept]], coefs=row.coefs[kept])
        for row in problem.rows
        for kept in [stay[row.options]]
    )
    smaller = replace(
        problem,
        candidate=problem.candidate[stay],
        options=problem.options[stay].reset_index(drop=True),
        area=problem.area[stay],
        least=problem.least[stay],
        points=problem.points[stay],
        rows=rows,
    )
    return smaller, np.flatnonzero(stay)


def _chosen_ids(problem: Problem, amounts: Ints) -> set[str]:
    ids = problem.candidates["parcel_id"].to_numpy()[problem.candidate[amounts > 0]]
    return {str(name) for name in ids}


def alternatives(
    answer: Allocation, *, count: int = 5, within: float = 0.01, nodes: int = 3000
) -> tuple[list[pd.DataFrame], pd.DataFrame]:
    """Find plans nearly as good and as different as possible.

    Parameters
    ----------
    count
        Plans, the first of which is the answer itself.
    within
        What an alternative may lose: this share of the score, and of the plan's area in deviation.

    Returns
    -------
    tuple
        Tables ``parcel_id use area_m2``, and for each candidate ``parcel_id plans share role``: in
        how many plans it is, and whether ``always``, ``sometimes`` or ``never``.

    Examples
    --------
    >>> from landgis.allocation.allocation import allocate
    >>> land = pd.DataFrame({"parcel_id": ["a", "b", "c"], "area_m2": [100.0, 100.0, 50.0],
    ...                      "category": ["住宅用地"] * 3})
    >>> answer = allocate(land, pd.DataFrame({"use": ["住宅用地"], "area_m2": [150.0]}))
    >>> alternatives(answer, count=2)[1][["parcel_id", "role"]].values.tolist()
    [['a', 'sometimes'], ['b', 'sometimes'], ['c', 'always']]
    """
    problem = answer.problem
    plans = [answer.amounts]
    missed = problem.deviations(problem.totals(answer.amounts))
    plan = float(answer.targets["planned_m2"].max() or 0.0) * DM2_PER_M2
    caps = tuple(({rank: 1.0}, missed[rank] + within * plan + 0.5) for rank in problem.ranks)
    own = problem.score(answer.amounts)
    floor = LimitedSum(
        name="score",
        kind="score",
        options=np.flatnonzero(problem.points),
        coefs=problem.points[problem.points != 0],
        low=own - int(within * abs(own)),
    )
    asked = replace(problem, rows=(*problem.rows, floor))
    for _ in range(count - 1):
        times = np.sum([p > 0 for p in plans], axis=0)
        taken = np.bincount(problem.candidate, times, minlength=len(problem.candidates))
        new = (len(plans) - 2 * taken)[problem.candidate] * SCALE
        other = solve(
            replace(asked, points=new.astype(np.int64)),
            Aim(weights={}, points=1.0, caps=caps),
            nodes=nodes,
        )
        if other.amounts is None or any((other.amounts == p).all() for p in plans):
            break
        if problem.deviations(problem.totals(other.amounts))[0]:
            break
        plans.append(other.amounts)
    sets = [_chosen_ids(problem, p) for p in plans]
    ids = problem.candidates["parcel_id"].drop_duplicates()
    number = np.array([sum(i in s for s in sets) for i in ids])
    role = np.where(number == len(plans), "always", np.where(number == 0, "never", "sometimes"))
    share = number / len(plans)
    told = pd.DataFrame(
        {"parcel_id": ids.to_numpy(), "plans": number, "share": share, "role": role}
    )
    return [_plan_table(problem, p) for p in plans], told


def _plan_table(problem: Problem, amounts: Ints) -> pd.DataFrame:
    here = np.flatnonzero(amounts)
    here = here[np.argsort(problem.candidate[here], kind="stable")]
    return pd.DataFrame(
        {
            "parcel_id": problem.candidates["parcel_id"].to_numpy()[problem.candidate[here]],
            "use": problem.options["use"].to_numpy()[here],
            "area_m2": amounts[here] / DM2_PER_M2,
        }
    )


def compare_choices(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Tell what moved between two choices of land.

    Parameters
    ----------
    before, after
        ``parcel_id``, and ``use quarter area_m2 decision`` as far as they are there (as `selected`
        of an answer, or as decisions; what was decided out is not chosen).

    Returns
    -------
    DataFrame
        ``parcel_id change before after``: ``in``, ``out``, ``use``, ``quarter``, ``area_m2``; in
        the order of ids.

    Examples
    --------
    >>> was = pd.DataFrame({"parcel_id": ["a", "b"], "use": ["住宅用地", "商服用地"]})
    >>> now = pd.DataFrame({"parcel_id": ["b", "c"], "use": ["住宅用地", "住宅用地"]})
    >>> compare_choices(was, now)[["parcel_id", "change"]].values.tolist()
    [['a', 'out'], ['b', 'use'], ['c', 'in']]
    """
    was, now = (_chosen_of(table) for table in (before, after))
    rows = []
    for name in sorted(set(was.index) | set(now.index)):
        if name not in now.index or name not in was.index:
            change = "in" if name in now.index else "out"
            use = (now if name in now.index else was).get("use", pd.Series(dtype="str"))
            told = str(use.get(name, ""))
            rows.append(
                (name, change, "" if change == "in" else told, told if change == "in" else "")
            )
            continue
        rows += [
            (name, column, str(was[column][name]), str(now[column][name]))
            for column in ("use", "quarter", "area_m2")
            if column in was and column in now and was[column][name] != now[column][name]
        ]
    return pd.DataFrame(rows, columns=["parcel_id", "change", "before", "after"])


def _chosen_of(table: pd.DataFrame) -> pd.DataFrame:
    out = table.assign(parcel_id=as_text(table["parcel_id"]))
    if "decision" in out:
        out = out[~as_text(out["decision"]).isin(["out", "排除", "不选"])]
    for column in ("quarter", "area_m2"):
        if column in out:
            out[column] = pd.to_numeric(out[column], errors="coerce").fillna(-1.0)
    return out.drop_duplicates("parcel_id").set_index("parcel_id")


def reserve(answer: Allocation, *, most: int = 3) -> pd.DataFrame:
    """Name who is next in line for each chosen parcel, should it fail (备选).

    Returns
    -------
    DataFrame
        ``parcel_id use reserve change_m2``: for each chosen parcel up to ``most`` candidates of
        its region and use that are not chosen, nearest in area first, and what the sum would
        change by.

    Examples
    --------
    >>> from landgis.allocation.allocation import allocate
    >>> land = pd.DataFrame({"parcel_id": ["a", "b"], "area_m2": [100.0, 90.0],
    ...                      "category": ["住宅用地"] * 2})
    >>> answer = allocate(land, pd.DataFrame({"use": ["住宅用地"], "area_m2": [100.0]}))
    >>> reserve(answer).values.tolist()
    [['a', '住宅用地', 'b', -10.0]]
    """
    problem = answer.problem
    idle = np.ones(len(problem.candidates), dtype=bool)
    idle[problem.candidate[answer.amounts > 0]] = False
    ids, cells = problem.candidates["parcel_id"].to_numpy()[problem.candidate], problem.cells
    open_yet = np.flatnonzero(idle[problem.candidate])
    # of a candidate's quarters the first stands for all
    pair = np.column_stack([cells[open_yet], problem.candidate[open_yet]])
    open_yet = open_yet[np.unique(pair, axis=0, return_index=True)[1]]
    edges = np.searchsorted(cells[open_yet], [cells, cells + 1])
    rows = []
    for k in np.flatnonzero(answer.amounts):
        near = open_yet[edges[0, k] : edges[1, k]]
        change = problem.area[near] - answer.amounts[k]
        order = np.lexsort((ids[near], -problem.points[near], np.abs(change)))[:most]
        rows += [
            {
                "parcel_id": ids[k],
                "use": problem.options["use"].iloc[k],
                "reserve": ids[near[j]],
                "change_m2": change[j] / DM2_PER_M2,
            }
            for j in order
        ]
    return pd.DataFrame(rows, columns=["parcel_id", "use", "reserve", "change_m2"])
