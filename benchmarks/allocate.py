"""Land chosen for a plan, beside plain HiGHS, greedy, rounding of the relaxation, and transport.

    python benchmarks/allocate.py INSTANCES [500x10x7 …] [--noise 0.05] [--seeds 0 1] [--peers]

INSTANCES is a module with ``make(N, R, K, seed, noise, never)``: candidates of unequal area in R
regions with K uses, some with several, quarters from which they are ready, sources and modes; and
targets for every region and use. Rules: a share of at least 40 %, half supplied by the second and
three quarters by the third quarter, the total capped.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from landgis.allocation.allocation import build_problem
from landgis.allocation.problem import Problem
from landgis.allocation.regions import Effort
from landgis.allocation.search import search
from landgis.allocation.solver import Aim, solve

M2_PER_MU = 10_000 / 15


def frames(module, size, seed, noise):
    count, regions, uses = size
    area, region, ready, stock, _, owner, use, score, sold, targets = module.make(
        count, regions, uses, seed, noise
    )
    first = np.searchsorted(owner, np.arange(count))
    last = np.searchsorted(owner, np.arange(count), side="right")

    def lists(values):
        return [";".join(values[a:b]) for a, b in zip(first, last, strict=True)]

    candidates = pd.DataFrame(
        {
            "parcel_id": [f"C{k:06d}" for k in range(count)],
            "region": [f"R{r:02d}" for r in region],
            "area_m2": np.round(area * M2_PER_MU, 2),
            "uses": lists([f"U{k:02d}" for k in use]),
            "score": lists([f"{s:.4f}" for s in score]),
            "supply_mode": lists(["出让" if s else "划拨" for s in sold]),
            "earliest_quarter": [str(q + 1) if q < 4 else "" for q in ready],
            "land_source": np.where(stock, "存量", "新增"),
        }
    )
    rows = [
        (f"R{r:02d}", f"U{k:02d}", round(targets[r, k] * M2_PER_MU, 2))
        for r in range(regions)
        for k in range(uses)
    ]
    plan = pd.DataFrame(rows, columns=["region", "use", "area_m2"])
    total = round(float(targets.sum()) * M2_PER_MU, 2)
    rules = pd.DataFrame(
        [
            {"kind": "min_share", "category": "U00", "of": "出让", "value": 40.0},
            {"kind": "completion", "value": 50.0, "due": "2024-06-30"},
            {"kind": "completion", "value": 75.0, "due": "2024-09-30"},
            {"kind": "max_total", "subject": "总量", "value": total, "unit": "平方米"},
        ]
    )
    return candidates, plan, rules


def told(name, problem, amounts, spent, *, bounds=(None, None), usable=""):
    """One line: deviation, gap to its bound, score and its gap, rules, usable after, CPU s."""
    deviations = problem.deviations(problem.totals(amounts))
    broken = deviations.pop(0)
    missed, score = sum(deviations.values()), problem.score(amounts)
    plan = sum(float(row.planned) for row in problem.rows if row.kind == "target")
    least, most = bounds
    gap = "" if least is None else f"{100 * (missed - least) / plan:.4f}"
    share = "" if not most or most == float("inf") else f"{100 * (most - score) / most:.2f}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"| {name} | {missed / 1e6:.3f} | {gap} | {share} | {broken / 1e6:.3f} | {usable} "
        f"| {spent[0]:.1f} | {spent[1]:.1f} | {peak:.2f} |",
        flush=True,
    )


def clock(start=(0.0, 0.0)):
    """Seconds of processor and of the wall since a start."""
    return time.process_time() - start[0], time.perf_counter() - start[1]


def usable(found, plan):
    """When a choice that keeps every rule first stood, and how far off it was."""
    for seconds, broken, _, _ in found.steps:
        if not broken:
            last = [m for s, b, m, _ in found.steps if not b and s <= max(2.0, seconds)][-1]
            return (
                f"{seconds:.1f} s; {100 * sum(last) / plan:.2f} % off by {max(2.0, seconds):.0f} s"
            )
    return "never"


def greedy(problem: Problem):
    """Best score first, as long as a target has room and no cap is broken."""
    amounts = np.zeros(len(problem.area), dtype=np.int64)
    room = {n: row.high for n, row in enumerate(problem.rows) if row.high is not None}
    touched = [[] for _ in problem.area]
    for number in room:
        row = problem.rows[number]
        for k, coef in zip(row.options, row.coefs, strict=True):
            touched[k].append((number, int(coef)))
    free = np.ones(len(problem.candidates), dtype=bool)
    for k in np.argsort(-problem.points / problem.area, kind="stable"):
        if free[problem.candidate[k]] and all(room[n] >= c for n, c in touched[k]):
            free[problem.candidate[k]] = False
            amounts[k] = problem.area[k]
            for number, coef in touched[k]:
                room[number] -= coef
    return amounts


def rounded(problem: Problem):
    """The relaxation's choice, each candidate to the nearer side."""
    aim = Aim(weights=dict.fromkeys(problem.ranks, 1.0))
    return whole(problem, solve(problem, aim, relax=True))


def whole(problem: Problem, answer):
    """Give each candidate wholly to what has most of it, if that is more than half."""
    values = answer.values  # noqa: PD011 - of an answer, not of pandas
    order = np.lexsort((-values, problem.candidate))
    first = order[np.r_[True, np.diff(problem.candidate[order]) != 0]]
    amounts = np.zeros(len(values), dtype=np.int64)
    chosen = first[values[first] > 0.5]
    amounts[chosen] = problem.area[chosen]
    return amounts


def transport(problem: Problem):
    """Land Use Scanner's way: a minimum and maximum claim a cell, the best score by transport.

    Rules are not known to it, parcels may be split; what is split goes to the larger part.
    """
    claims = tuple(row for row in problem.rows if row.kind == "target")
    aim = Aim(weights=dict.fromkeys(problem.ranks, 100.0), points=1.0)
    return whole(problem, solve(replace(problem, rows=claims), aim, relax=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("instances", type=Path)
    parser.add_argument("sizes", nargs="*", default=["150x10x7", "500x10x7"])
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0])
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--slack", type=float)
    parser.add_argument("--seconds", type=float)
    given = parser.parse_args()
    spec = importlib.util.spec_from_file_location("instances", given.instances)
    module = importlib.util.module_from_spec(spec)
    sys.modules["instances"] = module
    spec.loader.exec_module(module)
    print(
        "| case | deviation, 公顷 | above its bound, % of plan | score gap, % | rules broken, 公顷 "
        "| usable after | CPU s | s | peak GB |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for text in given.sizes:
        for seed in given.seeds:
            size = tuple(map(int, text.split("x")))
            name = f"{text} seed {seed} off {given.noise:.0%}"
            tables = frames(module, size, seed, given.noise)
            start = clock()
            problem = build_problem(*tables[:2], rules=tables[2], year=2024)
            found = search(problem, Effort(progress=True, slack=given.slack, seconds=given.seconds))
            bounds = (sum(found.bounds.values()), found.score_bound)
            plan = sum(float(row.planned) for row in problem.rows if row.kind == "target")
            when = usable(found, plan)
            own, spent = f"{name} landgis", clock(start)
            told(own, problem, found.amounts, spent, bounds=bounds, usable=when)
            if not given.peers:
                continue
            for choose in (greedy, rounded, transport):
                start = clock()
                amounts = choose(problem)
                told(f"{name} {choose.__name__}", problem, amounts, clock(start), bounds=bounds)
            start = clock()
            aim = Aim(weights=dict.fromkeys(problem.ranks, 1.0))
            plain = solve(problem, aim, seconds=20.0, nodes=10**8)
            if plain.amounts is not None:
                both = (bounds[0], None)
                told(f"{name} plain HiGHS, 20 s", problem, plain.amounts, clock(start), bounds=both)


if __name__ == "__main__":
    main()
