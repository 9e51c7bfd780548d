"""The search: least deviation rank by rank, then the best score, and how far that is from the best.

What makes it quick is the shape of a plan. Parcels belong to regions, and few rows (a total,
shares, milestones) reach over several: so regions are solved one by one, each with the price that
the relaxation puts on those rows. Their bounds add up to one for the whole (Lagrange), which is far
closer than the relaxation's own. Large regions begin with whole parcels that add up, cell by cell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from operator import le
from typing import TypeVar

import numpy as np
from tqdm.auto import tqdm

from landgis.allocation.cells import MOST, best_subset
from landgis.allocation.eliminate import PricedCell, bound, choices
from landgis.allocation.master import BROKEN, Pool
from landgis.allocation.problem import Flags, Floats, Ints, Problem
from landgis.allocation.solver import Aim, Solved, empty_deviation, solve

RATIO = 100.0
"""Weight of a rank over the next one, where ranks are weighed together."""

TOGETHER = 700
"""Options up to which ranks are also solved one after the other, all candidates at once."""

SMALL = 120
"""Options up to which that is done even where regions apart come close."""

LARGE = 900
"""Options of a region beyond which its parcels are chosen cell by cell only."""

WORK = 120_000
"""Nodes × options that a region may take."""

TURNS = 200
"""Times in all that parts of large regions are gone through, in one round."""

CORE, TIED, TIED_HERE, NARROW = 12, 20, 10, 3000
"""Of such a part: parcels of one use a cell, of several uses in all and a cell; states kept."""

GOOD, GAIN = 0.004, 0.08
"""Gap of the score at which the parts of large regions are left as they are; and the share of the
gap that two rounds must have gained for a third."""

SLACK = ((150, 1e-4), (2000, 5e-4), (5000, 3e-4))
"""Candidates up to which what share of the plan is given up for the score: small problems are
proven to the last sum, and in large ones sums are dense. Beyond: `DENSE`."""

DENSE = 1e-4

STEEP = 20.0
"""First price of a dm² of deviation beside the score, in median points a dm²."""

LISTED = (300, 1500, 5000, 15_000)
"""Choices of a region listed at most, to prove that nothing is better: at first, and later."""

PROVEN = 5e-4
"""Share of the score to which its bound is brought, where a first list has not closed it."""

NEAR = 40
"""Choices kept of each part that was gone through last: what is nearly as good fits others."""

PRICE_ALIKE = 1e-7

ROUNDS, SCORE_ROUNDS, ROUNDS_RANKED, FINE = 5, 14, 3, 30
"""Times that regions are asked again at new prices of the rows across, and where that is quick."""

WORKERS = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Effort:
    """How long the search may go on.

    Parameters
    ----------
    slack
        Share of the plan's area by which the deviation may exceed the least that is proven, for a
        better score; `usual_slack` if not given.
    effort
        Multiplies the solver's limits in nodes.
    seconds
        Stop by the clock: then the same input may give another answer, and ``status`` says so.
    bonuses
        See `Aim`.
    """

    slack: float | None = None
    effort: float = 1.0
    seconds: float | None = None
    bonuses: tuple[tuple[int, int, int], ...] = ()
    progress: bool | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Found:
    """The best answer, and what is known of better ones.

    Parameters
    ----------
    amounts
        Of each option, in dm².
    broken
        By how much rules are broken in all: 0 if there is an answer.
    deviations
        Of each rank, in dm².
    bounds
        No choice has less deviation in this rank (given what the ranks before it reached).
    score, score_bound
        Points, and the most possible at this deviation.
    status
        ``optimal`` (proven), ``feasible``, ``infeasible`` (rules contradict each other or the
        land), ``interrupted``, ``time``.
    steps
        Each better choice: after how many seconds, what its rules are broken by, its deviations
        and its score.
    """

    amounts: Ints
    broken: int
    deviations: Mapping[int, int]
    bounds: Mapping[int, float]
    score: int
    score_bound: float
    status: str
    seconds: float
    steps: tuple[tuple[float, int, tuple[int, ...], int], ...] = ()


@dataclass(eq=False)
class _State:
    """The best choice so far, and the means to better it."""

    problem: Problem
    limits: Effort
    weights: dict[int, float]
    started: float
    best: Ints
    broken: int = 0
    missed: tuple[int, ...] = ()
    score: int = 0
    blocks: list[Flags] = field(default_factory=list)
    coupling: frozenset[int] = frozenset()
    pool: Pool = field(init=False)
    least: list[float] | None = None
    steps: list[tuple[float, int, tuple[int, ...], int]] = field(default_factory=list)

    def measure(self, amounts: Ints) -> tuple[int, tuple[int, ...], int]:
        """Give what rules are broken by, the deviation rank by rank, and the score, exact."""
        deviations = self.problem.deviations(self.problem.totals(amounts))
        broken = deviations.pop(0) + self.unmet(amounts)
        return broken, tuple(deviations.values()), self.problem.score(amounts) + self.bonus(amounts)

    def bonus(self, amounts: Ints) -> int:
        """Add up the points for pairs that are both chosen."""
        if not self.limits.bonuses:
            return 0
        chosen = set(self.problem.candidate[amounts > 0].tolist())
        return sum(p for a, b, p in self.limits.bonuses if a in chosen and b in chosen)

    @property
    def weighed(self) -> float:
        """Weigh the deviations of all ranks together."""
        return sum(w * m for w, m in zip(self.weights.values(), self.missed, strict=True))

    @property
    def enough(self) -> float:
        """Give the weighed deviation that is as good as none, beside what a score may cost."""
        single = len(self.weights) == 1
        return 1.5 * max(self.weights.values()) + single * 0.05 * self.slack

    @property
    def slack(self) -> int:
        """Give what the deviation may exceed the least by, in dm²."""
        rows = self.problem.rows
        plan = sum(row.planned or 0 for row in rows if row.kind == "target" and row.rank)
        return int(Fraction(self.share) * plan)

    @property
    def share(self) -> float:
        """Give what the deviation may exceed the least by, as a share of the plan."""
        given = self.limits.slack
        return usual_slack(self.problem) if given is None else given

    def unmet(self, amounts: Ints) -> int:
        """Count locks that are not kept, as the area of the parcels that must be in."""
        must = np.flatnonzero(self.problem.must)
        if not len(must):
            return 0
        chosen = np.zeros(len(self.problem.must), dtype=bool)
        chosen[self.problem.candidate[amounts > 0]] = True
        area = self.problem.candidates["area_dm2"].to_numpy()
        return int(area[must[~chosen[must]]].sum())

    def offer(self, amounts: Ints | None, most: tuple[float, ...] | None = None) -> bool:
        """Take a choice if it is better; deviations within ``most`` are as good as none."""
        if amounts is None:
            return False
        broken, missed, score = self.measure(amounts)
        new, old = (
            (b, (0,) * len(m) if most and all(map(le, m, most)) else m, -points)
            for b, m, points in (
                (broken, missed, score),
                (self.broken, self.missed, self.score),
            )
        )
        if new >= old:
            return False
        self.best, self.broken, self.missed, self.score = amounts.copy(), broken, missed, score
        self.steps.append((time.monotonic() - self.started, broken, missed, score))
        return True

    def seconds(self) -> float:
        if self.limits.seconds is None:
            return 3600.0
        return max(0.05, self.limits.seconds - (time.monotonic() - self.started))

    @property
    def late(self) -> bool:
        return self.limits.seconds is not None and self.seconds() <= 0.05


def usual_slack(problem: Problem) -> float:
    """Give the share of the plan by which the deviation may exceed the least, if nobody says.

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> usual_slack(empty_problem())
    0.0001
    """
    count = len(problem.candidates)
    return next((share for most, share in SLACK if count <= most), DENSE)


def search(problem: Problem, limits: Effort | None = None, *, start: Ints | None = None) -> Found:
    """Find the best choice that the limits allow.

    Parameters
    ----------
    start
        A choice to begin with.

    Examples
    --------
    >>> from landgis.allocation.problem import empty_problem
    >>> search(empty_problem()).status
    'optimal'
    """
    limits = limits or Effort()
    ranks = problem.ranks
    weights = {rank: RATIO ** (len(ranks) - 1 - n) for n, rank in enumerate(ranks)}
    nothing = np.zeros(len(problem.area), dtype=np.int64)
    state = _State(problem, limits, weights, time.monotonic(), nothing)
    state.broken, state.missed, state.score = state.measure(nothing)
    state.offer(start)
    state.blocks, state.coupling = split(problem)
    state.pool = Pool.of(problem, weights, state.blocks, state.coupling)
    bounds: dict[int, float] = dict.fromkeys(ranks, 0.0)
    score_bound, status = float("inf"), "feasible"
    with tqdm(total=4, disable=limits.progress, leave=False) as bar:
        try:
            status, bounds, score_bound = _stages(state, bar)
        except KeyboardInterrupt:
            status = "interrupted"
    broken, score = state.broken, state.score
    deviations = dict(zip(ranks, state.missed, strict=True))
    if status == "feasible":
        status = (
            "time"
            if state.late
            else "infeasible"
            if broken
            else _proven(deviations, bounds, (score, score_bound), limits)
        )
    return Found(
        amounts=state.best,
        broken=broken,
        deviations=deviations,
        bounds=bounds,
        score=score,
        score_bound=score_bound,
        status=status,
        seconds=time.monotonic() - state.started,
        steps=tuple(state.steps),
    )


def _proven(
    deviations: Mapping[int, int],
    bounds: Mapping[int, float],
    score: tuple[int, float],
    limits: Effort,
) -> str:
    """Say whether nothing better is possible, to a dm² and a millionth of the score."""
    best = all(deviations[rank] <= bounds[rank] + 1.5 for rank in deviations)
    best &= score[1] - score[0] <= 1e-6 * max(1.0, abs(score[1])) + len(limits.bonuses)
    return "optimal" if best else "feasible"


def _stages(state: _State, bar: tqdm) -> tuple[str, dict[int, float], float]:  # type: ignore[type-arg]
    """Relax, choose whole parcels, better them region by region; then the same for the score."""
    problem, ranks = state.problem, state.problem.ranks
    bounds: dict[int, float] = {}
    aim = Aim(weights=state.weights)
    relaxed = solve(problem, aim, relax=True)
    if relaxed.status == "infeasible":
        _least_broken(state)
        return "infeasible", dict.fromkeys(ranks, 0.0), float("inf")
    bar.update()
    if ranks:
        _offer_rounded(state, relaxed)
        bound = _regions(state, relaxed) if len(state.blocks) > 1 else relaxed.bound
        bounds = _one_by_one(state, bound if len(ranks) == 1 else 0.0)
    bar.update()
    if state.broken:
        _least_broken(state)
    if state.broken:
        return "feasible", bounds, float("inf")
    score_bound = _score(state, bounds)
    bar.update(2)
    return "feasible", bounds, score_bound


# ------------------------------------------------------------------ regions


def split(problem: Problem) -> tuple[list[Flags], frozenset[int]]:
    """Split candidates into regions that groups do not tie together, and name the rows across.

    Returns
    -------
    tuple
        Flags of candidates for each part, and the numbers of rows that reach over several.
    """
    count = len(problem.candidates)
    codes = problem.candidates["region"].factorize()[0] if count else np.zeros(0, dtype=np.int64)
    owner = np.arange(codes.max(initial=-1) + 1)
    for row in problem.rows:
        if row.kind in {"all_or_none", "before", "layouts", "at_least", "at_most"}:
            here = np.unique(owner[codes[problem.candidate[row.options]]])
            owner[np.isin(owner, here)] = here.min(initial=0) if len(here) else 0
    part = owner[codes]
    blocks = [part == k for k in np.unique(part)]
    coupling = set()
    for number, row in enumerate(problem.rows):
        here = part[problem.candidate[row.options]]
        if len(here) and (here != here[0]).any():
            coupling.add(number)
    return blocks, frozenset(coupling)


def _nodes(state: _State, size: int, effort: float = 1.0) -> int:
    return int(np.clip(state.limits.effort * effort * WORK / max(1, size), 100, 50_000))


def _priced(state: _State, aim: Aim, duals: Mapping[int, float]) -> tuple[Aim, float]:
    """Give the aim of one region by itself: rows across at their price, and what is left over."""
    prices: dict[int, float] = {}
    constant = 0.0
    for number in state.coupling:
        row, price = state.problem.rows[number], float(duals.get(number, 0.0))
        limit = row.low if price > 0 else row.high
        if limit is None or abs(price) < 1e-9:
            price, limit = 0.0, 0
        most = aim.weights.get(row.rank, 0.0) * row.weight if row.rank else abs(price)
        price = float(np.clip(price, -most, most))
        prices[number] = -price
        constant += price * limit
    return replace(aim, prices=prices), constant


def _worth(problem: Problem, aim: Aim) -> Floats:
    """Give each option's points less what it costs in the rows across."""
    worth = aim.points * problem.points.astype(float)
    for number, price in aim.prices.items():
        row = problem.rows[number]
        worth[row.options] -= price * row.coefs
    return worth


def _solve_regions(
    state: _State, aim: Aim, *, caps: list[float] | None = None, told: bool = True
) -> list[float]:
    """Solve each region by itself, keep its choices, and give their bounds.

    A region that can be gone through completely is. Any other keeps the relaxation's bound and is
    bettered by parts, or by HiGHS where something ties its parcels together.
    """
    problem, before = state.problem, state.best
    worth = _worth(problem, aim)

    def one(number: int) -> tuple[float, list[Ints], list[Ints]]:
        region = state.pool.regions[number]
        if region.exact and any(aim.weights.values()):
            sure = float(worth[region.fixed].sum())
            upper = _cost(state, number, aim) + sure + 1e-3
            found = choices(problem, region.cells(aim.weights), worth, upper=upper)
            return found.lower - sure, [np.r_[c, region.fixed] for c in found.chosen], []
        if region.parts and not told:
            return -np.inf, [], []
        small = not region.parts and len(region.options) <= LARGE
        own = aim
        if caps is not None and not region.parts:
            own = replace(aim, caps=((state.weights, caps[number]),), alone=True)
        answer = solve(
            problem,
            own,
            amounts=before,
            free=region.block,
            relax=not small,
            nodes=_nodes(state, len(region.options)),
            seconds=state.seconds(),
            meet=small,
        )
        met = [*answer.met, answer.amounts] if small else []
        least = answer.bound if answer.status != "infeasible" else -np.inf
        if region.parts and any(aim.weights.values()):
            prices = np.zeros(len(problem.area))
            for row, dual in zip(problem.rows, answer.duals, strict=True):
                if dual and row.region and row.category:
                    prices[row.options] += dual
            sure = float(worth[region.fixed].sum())
            least = max(least, bound(problem, region.cells(aim.weights), worth, prices) - sure)
        return least, [], [amounts for amounts in met if amounts is not None]

    bounds = []
    regions = state.pool.regions
    for region, (least, whole, met) in zip(regions, _each(one, range(len(regions))), strict=True):
        bounds.append(least)
        state.pool.add_whole(region, whole)
        for amounts in met:
            state.pool.add(region, amounts)
        state.pool.add(region, before)
    return bounds


def _cost(state: _State, number: int, aim: Aim) -> float:
    """Give what the cheapest known choice of a region costs."""
    region = state.pool.regions[number]
    if not region.chosen:
        return np.inf
    across = {n: p for n, p in aim.prices.items() if p}
    scale = max(aim.weights.values()) / max(state.weights.values())
    return state.pool.cheapest(region, across, scale, aim.points)[1]


def _improve(
    state: _State,
    aim: Aim,
    close: Floats | None = None,
    bounds: list[float] | None = None,
    *,
    turns: int,
    seed: int,
) -> None:
    """Better the choices of regions too large to be gone through: a part of the parcels at a time.

    Parameters
    ----------
    close
        Of each candidate, what another decision on it would cost by the relaxation: those that
        cost little are moved more often.
    bounds
        Of each region: what is as good as that needs no more.
    """
    problem, pool = state.problem, state.pool
    worth = _worth(problem, aim)
    price = max(aim.weights.values(), default=0.0)
    across = {n: p for n, p in aim.prices.items() if p}

    def one(number: int) -> list[Ints]:
        region = pool.regions[number]
        if region.exact or not region.parts or not region.chosen or not price:
            return []
        g = np.random.default_rng(10_000 * seed + number)
        scale = price / max(state.weights.values(), default=1.0)
        amounts = np.zeros(len(problem.area), dtype=np.int64)
        pool.amounts(region, pool.cheapest(region, across, scale, aim.points)[0], amounts)
        cells = region.cells(aim.weights)
        out: list[Ints] = []
        cost = np.inf
        owners = np.unique(problem.candidate[region.options])
        key = np.ones(len(owners)) if close is None else close[owners] + 1e-3
        enough = -np.inf if bounds is None else bounds[number] + 0.5 * price
        for _ in range(turns):
            if state.late or (out and cost <= enough):
                break
            order = owners[np.argsort(key * g.exponential(size=len(owners)), kind="stable")]
            narrow = _narrow(problem, cells, amounts, order)
            now = sum(cell.price * _off(cell, amounts) for cell in narrow) - sum(
                float(worth[cell.options[amounts[cell.options] > 0]].sum()) for cell in narrow
            )
            found = choices(problem, narrow, worth, upper=now + 1e-3, beam=NARROW)
            if not found.chosen:
                continue
            for cell in narrow:
                amounts[cell.options] = 0
            amounts[found.chosen[0]] = problem.area[found.chosen[0]]
            out.append(np.flatnonzero(amounts))
            cost = sum(cell.price * _off(cell, amounts) for cell in cells) - worth[out[-1]].sum()
        if out and aim.points:
            narrow = _narrow(problem, cells, amounts, order)
            rest = np.setdiff1d(out[-1], np.concatenate([cell.options for cell in narrow]))
            near = choices(problem, narrow, worth, beam=NARROW, most=NEAR)
            out += [np.r_[rest, chosen] for chosen in near.chosen]
        return out[-NEAR - 3 :]

    for region, found in zip(pool.regions, _each(one, range(len(pool.regions))), strict=True):
        pool.add_whole(region, found)


def _off(cell: PricedCell, amounts: Ints) -> int:
    total = int(amounts[cell.options].sum())
    return max(0, (cell.low or 0) - total, 0 if cell.high is None else total - cell.high)


def _narrow(
    problem: Problem, cells: list[PricedCell], amounts: Ints, order: Ints
) -> list[PricedCell]:
    """Let the first candidates of an order decide, as many as can be gone through quickly."""
    place = np.full(len(problem.candidates), len(order))
    place[order] = np.arange(len(order))
    tied = np.bincount(
        np.concatenate([np.unique(problem.candidate[c.options]) for c in cells]),
        minlength=len(problem.candidates),
    )
    free = np.zeros(len(problem.candidates), dtype=bool)
    several = order[tied[order] > 1][: 6 * TIED]
    where: dict[int, list[int]] = {c: [] for c in several.tolist()}
    for k, cell in enumerate(cells):
        owners = np.unique(problem.candidate[cell.options])
        alone = owners[tied[owners] == 1]
        free[alone[np.argsort(place[alone], kind="stable")[:CORE]]] = True
        for c in owners[np.isin(owners, several)].tolist():
            where[c].append(k)
    held = np.zeros(len(cells), dtype=np.int64)
    for c, places in where.items():
        if free[several].sum() < TIED and (held[places] < TIED_HERE).all():
            free[c] = True
            held[places] += 1
    out = []
    for cell in cells:
        here = free[problem.candidate[cell.options]]
        kept = int(amounts[cell.options[~here]].sum())
        low, high = (None if limit is None else limit - kept for limit in (cell.low, cell.high))
        out.append(PricedCell(cell.options[here], low, high, cell.price))
    return out


def _each(one: Callable[[int], T], numbers: Iterable[int]) -> Iterable[T]:
    """Solve regions two at a time; each is the same whatever the other does."""
    with ThreadPoolExecutor(WORKERS) as pool:
        yield from pool.map(one, numbers)


def _complete(
    state: _State,
    priced: tuple[Aim, list[float]],
    own: float,
    reached: Callable[[], float],
    most: tuple[float, tuple[float, ...]] | None = None,
    *,
    enough: float = 1.5,
) -> float:
    """List what could be part of something better in every region, and combine that; give a bound.

    At these prices a choice that costs more than its region's best by more than lies between the
    bound ``own`` and what is ``reached`` is no part of anything better. Where a list stops earlier,
    whatever has a choice beyond it costs at least as much more than ``own``.
    """
    aim, bounds = priced
    if not all(region.exact for region in state.pool.regions) or not any(aim.weights.values()):
        return own
    worth, best = _worth(state.problem, aim), own
    beyond = empty_deviation(state.problem, aim) if most is None else 0.0
    limits = {} if most is None else {"most": most[0]}
    for listed in LISTED:
        spare = room = reached() - own + 0.5
        pool = state.pool.emptied()
        for region, least in zip(pool.regions, bounds, strict=True):
            sure = least + float(worth[region.fixed].sum())
            cells = region.cells(aim.weights)
            found = choices(state.problem, cells, worth, upper=sure + spare, most=listed)
            pool.add_whole(region, [np.r_[c, region.fixed] for c in found.chosen])
            pool.add(region, state.best)
            room = min(room, found.complete - sure)
        amounts, _, _, told = pool.combine(
            points=float(most is not None), seconds=state.seconds(), **limits
        )
        state.offer(amounts, most and most[1])
        best = max(best, min(told + beyond, own + max(room, 0.0)))
        stuck = told + beyond < reached() - max(enough, 1.5)  # a longer list would be harder
        if stuck or room >= spare - 1e-3 or reached() <= best + enough or state.late:
            break
    return best


def _regions(state: _State, relaxed: Solved) -> float:
    """Make the deviation least region by region; give the bound that the regions add up to."""
    aim = Aim(weights=state.weights)
    beyond = empty_deviation(state.problem, aim)
    duals: Mapping[int, float] = dict(enumerate(relaxed.duals))
    best, tolerance = float(relaxed.bound), state.enough
    own, kept = -np.inf, None
    center = duals
    exact = all(region.exact for region in state.pool.regions)
    for turn in range(FINE if exact else ROUNDS):  # more where regions answer at once
        priced, constant = _priced(state, aim, duals)
        each = _solve_regions(state, priced)
        sum_of = sum(each) + constant + beyond
        if not any(priced.prices.values()):
            state.least = [max(0.0, value) for value in each]
        if sum_of > own:
            own, kept, center = sum_of, (priced, each), duals
        best = max(best, sum_of)
        _improve(state, priced, bounds=each, turns=_turns(state), seed=turn)
        amounts, new, _, _ = state.pool.combine(points=0.0, seconds=state.seconds())
        state.offer(amounts)
        close = not state.broken and state.weighed - best <= tolerance
        duals, moved = _smoothed(state, center, new)
        if close or not moved or state.late:
            break
    if kept and not state.broken and state.weighed - best > tolerance:
        told = _complete(state, kept, own, lambda: state.weighed, enough=tolerance)
        best = max(best, min(told, state.weighed))
    return best


def _smoothed(
    state: _State, center: Mapping[int, float], new: Mapping[int, float]
) -> tuple[dict[int, float], bool]:
    """Move from the prices of the best bound towards those of the master programme (Wentges)."""
    duals = {n: (center.get(n, 0.0) + new.get(n, 0.0)) / 2 for n in state.coupling}
    moved = any(abs(new.get(n, 0.0) - center.get(n, 0.0)) > 1e-7 for n in state.coupling)
    return duals, moved


def _turns(state: _State) -> int:
    return max(2, int(state.limits.effort * TURNS / max(1, len(state.pool.regions))))


# ------------------------------------------------------------------ whole parcels, cell by cell


def _offer_rounded(state: _State, relaxed: Solved, most: tuple[float, ...] | None = None) -> None:
    """Offer the relaxation's choice as whole parcels: rounded, then cell by cell made to add up."""
    problem = state.problem
    amounts = _rounded(problem, relaxed.values)
    prices = {
        n: float(d)
        for n, (row, d) in enumerate(zip(problem.rows, relaxed.duals, strict=True))
        if not row.rank and d
    }
    for turn in range(4):
        state.offer(amounts, most)
        for region in state.pool.regions:
            state.pool.add(region, amounts)
        if turn and not state.broken:
            break
        for number, row in enumerate(problem.rows):
            off = 0 if row.rank or not row.area else row.deviation(problem.total(row, amounts))
            if turn and off:  # what fits broke a rule: its parcels count for more, or for less
                prices[number] = prices.get(number, 0.0) - np.sign(off) * 0.5
        amounts = _fit(state, amounts, relaxed, most, prices)


def _rounded(problem: Problem, values: Floats) -> Ints:
    """Choose of each candidate the option that is taken most, if more is taken than left."""
    order = np.lexsort((-values, problem.candidate))
    owner = problem.candidate[order]
    first = order[np.r_[True, owner[1:] != owner[:-1]]] if len(order) else order
    total = np.bincount(problem.candidate, values, minlength=len(problem.candidates))
    amounts = np.zeros(len(values), dtype=np.int64)
    chosen = first[total[problem.candidate[first]] > 0.5]
    amounts[chosen] = problem.area[chosen]
    return amounts


def _fit(
    state: _State,
    amounts: Ints,
    relaxed: Solved,
    most: tuple[float, ...] | None,
    prices: Mapping[int, float],
) -> Ints:
    """Choose in each cell among the parcels that the relaxation was least sure of."""
    problem = state.problem
    amounts = amounts.copy()
    tied = np.zeros(len(problem.candidates), dtype=bool)
    tied[problem.must] = True
    for row in problem.rows:
        if row.kind in {"all_or_none", "before", "layouts", "at_least", "at_most"}:
            tied[problem.candidate[row.options]] = True
    worth = problem.points.astype(float)
    for number, price in prices.items():
        row = problem.rows[number]
        worth[row.options] += price * row.coefs
    taken = np.bincount(problem.candidate, amounts > 0, minlength=len(problem.candidates)) > 0
    cells = _cells(problem)
    slack = 0.0 if most is None else state.share
    for cell, low, high in cells:
        open_here = cell[~tied[problem.candidate[cell]] & ~problem.divisible[cell]]
        elsewhere = taken[problem.candidate[open_here]] & (amounts[open_here] == 0)
        open_here = open_here[~elsewhere]
        wanted = (low, high)
        if low is None and high is None:
            total = round(float(relaxed.values[cell] @ problem.area[cell]))
            wanted = (total, total)
        if len(open_here) > MOST - 4:
            sure = np.abs(relaxed.reduced[open_here]) + 1e-9 * np.arange(len(open_here))
            core = open_here[np.argsort(sure, kind="stable")[: MOST - 4]]
        else:
            core = open_here
        fixed = int(amounts[cell].sum() - amounts[core].sum())
        lower = 0 if wanted[0] is None else wanted[0]
        upper = 2**62 if wanted[1] is None else wanted[1]
        margin = int(slack * max(lower, 1))
        flags, _ = best_subset(
            problem.area[core], worth[core], low=lower - fixed - margin, high=upper - fixed + margin
        )
        amounts[core] = np.where(flags, problem.area[core], 0)
        taken[problem.candidate[core]] = flags
    return amounts


def _cells(problem: Problem) -> list[tuple[Ints, int | None, int | None]]:
    """Give the finest targets as sets of options that do not overlap, with their limits.

    An option that no cell of the plan holds belongs to its region and use, without limits.
    """
    rows = [row for row in problem.rows if row.kind == "target" and row.region and row.category]
    owner = np.full(len(problem.area), -1, dtype=np.int64)
    for number, row in sorted(enumerate(rows), key=lambda pair: -len(pair[1].options)):
        owner[row.options] = number
    order = np.argsort(owner, kind="stable")
    edges = np.searchsorted(owner[order], np.arange(len(rows) + 1))
    out: list[tuple[Ints, int | None, int | None]] = [
        (order[first:last], row.low, row.high)
        for row, first, last in zip(rows, edges[:-1], edges[1:], strict=True)
        if last > first
    ]
    rest = np.flatnonzero(owner < 0)
    if len(rest):
        regions = problem.candidates["region"].factorize()[0][problem.candidate[rest]]
        uses = problem.options["use"].factorize()[0][rest]
        keys = regions * (uses.max() + 1) + uses
        out += [(rest[keys == key], None, None) for key in np.unique(keys)]
    return out


# ------------------------------------------------------------------ ranks, rules, score


def _one_by_one(state: _State, least: float) -> dict[int, float]:
    """Minimise rank after rank, all candidates at once; give a bound of each.

    ``least`` is what is known of the first rank from the regions.
    """
    problem = state.problem
    bounds: dict[int, float] = {}
    held: list[tuple[Mapping[int, float], float]] = []
    small = _together(state)
    for rank in problem.ranks:
        aim = Aim(weights={rank: 1.0}, caps=tuple(held))
        answer = solve(problem, aim, relax=True)
        bounds[rank] = max(least, answer.bound) if answer.amounts is not None else least
        if small and not state.broken:
            done = state.missed[problem.ranks.index(rank)]
            if done > bounds[rank] + 1:
                answer = solve(
                    problem,
                    aim,
                    amounts=state.best,
                    start=True,
                    seconds=state.seconds(),
                    nodes=_nodes(state, len(problem.area)),
                )
                bounds[rank] = max(bounds[rank], min(answer.bound, done))
                state.offer(answer.amounts)
        done = state.missed[problem.ranks.index(rank)]
        held.append(({rank: 1.0}, done + 0.5))
    return bounds


def _together(state: _State) -> bool:
    """Whether all candidates are also solved at once: where regions apart do not say it all."""
    problem = state.problem
    apart = len(state.blocks) > 1 and len(problem.ranks) == 1 and not state.limits.bonuses
    return len(problem.area) <= (SMALL if apart else TOGETHER)


def _least_broken(state: _State) -> None:
    """Look for a choice that breaks rules least, where none keeps them all."""
    problem = state.problem
    soft = {n: BROKEN for n, row in enumerate(problem.rows) if row.rank == 0}
    answer = solve(
        problem,
        Aim(weights=state.weights or {1: 1.0}),
        amounts=state.best,
        soft=soft,
        nodes=_nodes(state, len(problem.area)),
        seconds=min(state.seconds(), 60.0),
    )
    state.offer(answer.amounts)


def _score(state: _State, bounds: Mapping[int, float]) -> float:
    """Better the score within the deviation reached; give the most that is possible."""
    problem, limits = state.problem, state.limits
    if not problem.points.any() and not limits.bonuses:
        return 0.0
    single = len(problem.ranks) <= 1
    extra = float(state.slack) if single else 0.5
    known = bounds if single else {}
    most = tuple(
        max(float(missed), known.get(rank, float(missed)) + extra)
        for rank, missed in zip(problem.ranks, state.missed, strict=True)
    )
    caps = tuple(({rank: 1.0}, cap) for rank, cap in zip(problem.ranks, most, strict=True))
    aim = Aim(weights={}, points=1.0, caps=caps, bonuses=limits.bonuses)
    relaxed = solve(problem, aim, relax=True)
    bound = -relaxed.bound if relaxed.amounts is not None else float("inf")
    _offer_rounded(state, relaxed, most)
    if not limits.bonuses and len(state.blocks) > 1:
        told = _score_regions(
            state, relaxed, most, float(np.dot(list(state.weights.values()), most))
        )
        bound = min(bound, told) if single else bound
    if _together(state) and _apart(state, bound):
        answer = solve(
            problem,
            aim,
            amounts=state.best,
            start=True,
            seconds=state.seconds(),
            nodes=_nodes(state, len(problem.area)) * 3,
        )
        bound = min(bound, -answer.bound)
        state.offer(answer.amounts, most)
    return max(bound, float(state.score))


def _apart(state: _State, bound: float) -> bool:
    return not bound < np.inf or bound - state.score > 1e-6 * max(1.0, abs(bound))


def _score_regions(
    state: _State, relaxed: Solved, most: tuple[float, ...], weighed: float
) -> float:
    """Better the score region by region, deviation at its price, and bound it by the regions.

    Where regions that cannot be gone through have something that ties their parcels together,
    each may use all that the whole may still miss: what the others miss at least is known, so no
    choice of the whole is left out.
    """
    least = state.least or []
    caps = [own + max(0.0, weighed - sum(least)) for own in least] or None
    duals: Mapping[int, float] = dict(enumerate(relaxed.duals))
    close = _closeness(state.problem, relaxed)
    inside = weighed - empty_deviation(state.problem, Aim(weights=state.weights))
    amounts, _, price, _ = state.pool.combine(points=1.0, most=inside)
    state.offer(amounts, most)
    exact = all(region.exact for region in state.pool.regions)
    price = price or STEEP * float(np.median(state.problem.points / state.problem.area))
    best, center = float("inf"), (duals, price)
    kept: tuple[Aim, list[float]] | None = None
    straight, gains = False, [state.score]
    for turn in range(FINE if exact else SCORE_ROUNDS if len(most) == 1 else ROUNDS_RANKED):
        weights = {rank: price * weight for rank, weight in state.weights.items()} if price else {}
        aim = Aim(weights=weights, points=1.0)
        priced, constant = _priced(state, aim, duals)
        size = state.pool.size
        each = _solve_regions(state, priced, caps=caps, told=exact or turn % 3 == 2)
        beyond = empty_deviation(state.problem, aim)
        told = -(sum(each) + constant + beyond - price * weighed)
        reached, center_price = state.score, price
        if told < best:
            best, kept, center = told, (priced, each), (duals, price)
        _improve(state, priced, close, turns=_turns(state), seed=100 + turn)
        amounts, new, new_price, _ = state.pool.combine(
            points=1.0, most=inside, work=float(not exact), seconds=state.seconds()
        )
        state.offer(amounts, most)
        if exact:  # prices between the best and the new ones; where these ask nothing new, the new
            fresh = state.pool.size > size
            done = straight and not fresh and new_price > 0
            straight = not fresh
            duals, moved = _smoothed(state, center[0], new)
            price = (center[1] + new_price) / 2
            if straight:
                duals = {n: new.get(n, 0.0) for n in state.coupling}
                price = max(new_price, center_price / 4)
            done |= not moved and abs(new_price - center[1]) <= PRICE_ALIKE
        else:
            duals, _ = _smoothed(state, center[0], new)
            price = _next_price(new_price, center_price, gained=state.score > reached)
            gains.append(state.score)
            done = _slow(gains, best)
        if done or not _apart(state, best) or state.late:
            break
    if kept is None or len(most) > 1 or not _apart(state, best):  # several ranks tell no bound
        return best
    if exact:
        state.offer(state.pool.combine(points=1.0, most=inside, seconds=state.seconds())[0], most)
    told = _complete(state, kept, -best, lambda: -state.score, (inside, most), enough=PROVEN * best)
    return min(best, max(-told, float(state.score)))


def _next_price(new: float, last: float, *, gained: bool) -> float:
    """Give the next price of deviation; steeper or flatter than told where nothing was gained."""
    if gained or new > last:
        return max(new, last / 2)
    return new / 2 if new and last > 3 * new else 2 * last


def _slow(gains: list[int], bound: float) -> bool:
    """Whether the score is close to its bound, or two rounds have brought it hardly nearer."""
    missing = bound - gains[-1]
    slow = len(gains) > 3 and gains[-1] - gains[-3] < GAIN * missing
    return missing <= GOOD * abs(gains[-1]) or (slow and bound < np.inf)


def _closeness(problem: Problem, relaxed: Solved) -> Floats:
    """Tell for each candidate what its second best decision costs more than its best."""
    profit = problem.points.astype(float)
    for row, dual in zip(problem.rows, relaxed.duals, strict=True):
        if dual:
            profit[row.options] += dual * row.coefs
    count = len(problem.candidates)
    first, second = np.zeros(count), np.full(count, -np.inf)
    for k in np.argsort(profit, kind="stable"):
        owner, value = problem.candidate[k], profit[k]
        if value >= first[owner]:
            first[owner], second[owner] = value, first[owner]
        elif value > second[owner]:
            second[owner] = value
    gap: Floats = first - second
    return np.where(np.isfinite(gap), gap, np.abs(first))
