"""Regions solved one by one, at prices of the rows that reach over several.

What makes the search quick is the shape of a plan. Parcels belong to regions, and few rows (a
total, shares, milestones) reach over several: so regions are solved one by one, each with the price
that the relaxation puts on those rows. Their bounds add up to one for the whole (Lagrange), far
closer than the relaxation's own. Large regions are bettered by parts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from operator import gt, le
from typing import TypeVar

import numpy as np

from landgis.allocation.cells import Choices, PricedCell, choices, programme
from landgis.allocation.master import Listed, Pool, Region, RegionCell, SumLimits, join
from landgis.allocation.problem import GROUPS, Flags, Floats, Ints, Problem
from landgis.allocation.solver import Aim, Solved, empty_deviation, solve

LARGE = 900
"""Options of a region beyond which its parcels are chosen cell by cell only."""

WORK = 120_000
"""Nodes × options that a region may take."""

ROOT = 20
"""Nodes of a region too large for tables, at least."""

TURNS = 200
"""Times in all that parts of large regions are gone through, in one round."""

CORE, TIED, TIED_HERE, NARROW = 12, 20, 10, 3000
"""Of such a part: parcels of one use a cell, of several uses in all and a cell; states kept."""

GOOD, COARSE, FAIR, GAIN = 0.004, 0.009, 0.01, 0.05
"""Gaps of the score at which the parts of large regions are left as they are, also beyond
`WHOLE` candidates, where the next tenth of a percent takes as long as all before; at which less
is done for it; and the share of the gap that two rounds must have gained for a third: a quarter of
that where the gap is larger."""

SLACK = ((150, 1e-4), (2000, 5e-4), (5000, 3e-4))
"""Candidates up to which what share of the plan is given up for the score: small problems are
proven to the last sum, and in large ones sums are dense. Beyond: `DENSE`."""

DENSE = 1e-4

WHOLE = 1000

STEP = 0.3
"""Share of the way from the best prices to new ones."""

STEEP = 20.0
"""First price of a dm² of deviation beside the score, in median points a dm²."""

LISTED = 100_000
"""Choices of a region listed at most, to prove that nothing is better."""

FIRST, WIDER, SLOWER, MANY, TRIES, LOOKS = 50.0, 1.5, 1.2, 1e9, 2, 50
"""What share of what is open is looked through first; how much more each time, and where there are
so many combinations; how often where not all of them could be looked through,
and at most."""

PROVEN = 5e-4
"""Share of the score to which its bound is brought, where a first list has not closed it."""

NEAR = 40
"""Choices kept of each part that was gone through last: what is nearly as good fits others."""

PRICE_ALIKE = 1e-7

ROUNDS, MORE_ROUNDS, SCORE_ROUNDS, ROUNDS_RANKED, FINE = 5, 15, 14, 3, 30
"""Times that regions are asked again at new prices of the rows across: also while the deviation is
not within the slack of its bound, for the score, under several ranks, and where that is quick."""

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


@dataclass(eq=False)
class State:
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
        share = 0.05 if self.small else 0.3
        return 1.5 * max(self.weights.values()) + single * share * self.slack

    @property
    def small(self) -> bool:
        """Whether there are so few candidates that the best is looked for, not what is near it."""
        return len(self.problem.candidates) <= SLACK[0][0]

    @property
    def slack(self) -> float:
        """Give what the deviation may exceed the least by, in dm²."""
        rows = self.problem.rows
        plan = sum(row.planned or 0 for row in rows if row.kind == "target" and row.rank)
        return self.share * int(plan)

    @property
    def share(self) -> float:
        """Give what the deviation may exceed the least by, as a share of the plan."""
        given = self.limits.slack
        return usual_slack(self.problem) if given is None else given

    @property
    def good(self) -> float:
        """Give the gap of the score, as a share of it, that nothing more is done for."""
        if self.small:
            return 1e-6
        many = len(self.problem.candidates) > WHOLE
        return COARSE / max(1.0, self.limits.effort) if many else GOOD

    def near(self, bound: float) -> bool:
        """Whether rules are kept, and the deviation is within the slack of its bound."""
        return not self.broken and self.weighed <= bound + self.slack * max(self.weights.values())

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

    def nodes(self, size: int) -> int:
        """Give the solver's limit for so many options."""
        return int(np.clip(self.limits.effort * WORK / max(1, size), 100, 50_000))

    def seconds(self) -> float:
        """Give the time that is left."""
        if self.limits.seconds is None:
            return np.inf
        return max(0.05, self.limits.seconds - (time.monotonic() - self.started))

    @property
    def late(self) -> bool:
        """Whether the clock says to stop."""
        return self.limits.seconds is not None and self.seconds() <= 0.05


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
        if row.kind in GROUPS:
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


def _priced(state: State, aim: Aim, duals: Mapping[int, float]) -> tuple[Aim, float]:
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
    state: State, aim: Aim, *, caps: list[float] | None = None, told: bool = True
) -> list[float]:
    """Solve each region by itself, keep its choices, and give their bounds.

    A region that can be gone through completely is. Any other keeps the relaxation's bound and is
    bettered by parts, or by HiGHS where something ties its parcels together.
    """
    problem, before = state.problem, state.best
    worth = _worth(problem, aim)
    large = sum(len(r.options) for r in state.pool.regions if r.parts and not r.exact)
    shared = 0  # without scores sums are dense: the relaxation comes close enough
    if aim.points:
        shared = max(ROOT, int(state.limits.effort * 2 * WORK / max(1, large)))

    def one(number: int) -> tuple[float, list[Ints], list[Ints]]:
        region = state.pool.regions[number]
        if region.exact and any(aim.weights.values()):
            sure = float(worth[region.fixed].sum())
            upper = _cost(state, number, aim) + sure + 1e-3
            found = choices(problem, region.cells(aim.weights), worth, upper=upper)
            return found.lower - sure, [np.r_[c, region.fixed] for c in found.chosen], []
        if region.parts and not told:
            return -np.inf, [], []
        if region.parts and any(aim.weights.values()):
            cells, sure = region.cells(aim.weights), float(worth[region.fixed].sum())
            least, some = programme(problem, cells, worth, nodes=shared, seconds=state.seconds())
            return least - sure, [np.r_[c, region.fixed] for c in some], []
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
            nodes=state.nodes(len(region.options)),
            seconds=state.seconds(),
            meet=small,
        )
        met = [*answer.met, answer.amounts] if small else []
        least = answer.bound if answer.status != "infeasible" else -np.inf
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


def _cost(state: State, number: int, aim: Aim) -> float:
    """Give what the cheapest known choice of a region costs."""
    region = state.pool.regions[number]
    if not region.chosen:
        return np.inf
    across = {n: p for n, p in aim.prices.items() if p}
    scale = max(aim.weights.values()) / max(state.weights.values())
    return state.pool.cheapest(region, across, scale, aim.points)[1]


def _improve(
    state: State,
    aim: Aim,
    close: Floats | None = None,
    bounds: list[float] | None = None,
    *,
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
    turns = max(2, int(state.limits.effort * TURNS / max(1, len(pool.regions))))

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What the regions are asked for: the least deviation, or the best score within ``most``.

    ``weighed`` is the most with all ranks together; ``inside`` that without figures for which there
    is no candidate.
    """

    most: tuple[float, ...] | None = None
    weighed: float = 0.0
    inside: float | None = None

    @property
    def points(self) -> float:
        """Give the weight of the score."""
        return 0.0 if self.most is None else 1.0

    def reached(self, state: State) -> float:
        """Give what the best choice so far costs; infinite if it keeps no rule or limit."""
        if state.broken or (self.most is not None and any(map(gt, state.missed, self.most))):
            return np.inf
        return state.weighed if self.most is None else -float(state.score)

    def open(self, state: State, bound: float) -> bool:
        """Whether something better may still be worth looking for."""
        reached = self.reached(state)
        near = state.enough if self.most is None else state.good * max(1.0, abs(reached))
        return bool(np.isinf(reached)) or reached - bound > near


@dataclass(eq=False)
class _Prices:
    """Prices of the rows across, and of deviation: asked at now, and where the bound was best.

    ``gains`` holds the score after each round.
    """

    duals: Mapping[int, float]
    price: float
    best: tuple[Mapping[int, float], float]
    gains: list[int]

    def smooth(self, state: State, new: Mapping[int, float]) -> bool:
        """Move from the best bound's prices towards new ones (Wentges); tell if they differ."""
        center = self.best[0]
        self.duals = {n: (center.get(n, 0.0) + new.get(n, 0.0)) / 2 for n in state.coupling}
        return any(abs(new.get(n, 0.0) - center.get(n, 0.0)) > PRICE_ALIKE for n in state.coupling)

    def settled(self, new: Mapping[int, float], price: float, *, turn: int, missing: float) -> bool:
        """Ask close to the best prices, at times at the new ones; tell if hardly more is to gain.

        ``missing`` is what the relaxation over all known choices lies above the best bound.
        """
        share = 1.0 if turn % 3 == 2 else STEP
        center, at = self.best
        self.duals = {
            n: center.get(n, 0.0) + share * (dual - center.get(n, 0.0)) for n, dual in new.items()
        }
        self.price = at + share * (price - at)
        return missing <= 0.5

    def on(self, state: State, new: Mapping[int, float], price: float, bound: float) -> bool:
        """Ask steeper or flatter than told where nothing was gained; tell if little is missing.

        The end is where the score is close to its bound, or two rounds brought it hardly nearer.
        """
        self.smooth(state, new)
        last, gains = self.price, self.gains
        self.price = max(price, last / 2)
        if gains[-1] <= gains[-2] and price <= last and bound < np.inf:
            self.price = price / 2 if price and last > 3 * price else 2 * last
        missing = bound - gains[-1]
        share = GAIN if missing <= FAIR * abs(gains[-1]) else GAIN / 4
        slow = bound < np.inf and len(gains) > 3 and gains[-1] - gains[-3] < share * missing
        return missing <= max(GOOD, state.good) * abs(gains[-1]) or slow


def by_regions(state: State, goal: Goal, relaxed: Solved) -> float:
    """Better the choice region by region; give what no choice costs less than, by the regions.

    Each region is asked at the prices of the rows across and, for the score, of deviation; a
    programme over what regions answered tells new prices. The bounds at any prices add up to one.
    """
    exact = all(region.exact for region in state.pool.regions)
    scored, single = goal.most is not None, len(state.weights) == 1
    close = _closeness(state.problem, relaxed) if scored else None
    duals: Mapping[int, float] = dict(enumerate(relaxed.duals))
    price, caps = 1.0, None
    if scored:
        amounts, _, price, _ = state.pool.combine(points=1.0, most=goal.inside)
        state.offer(amounts, goal.most)
        price = price or STEEP * float(np.median(state.problem.points / state.problem.area))
        least = state.least or []
        caps = [own + max(0.0, goal.weighed - sum(least)) for own in least] or None
    own, best = -np.inf, -np.inf if scored else float(relaxed.bound)
    kept: tuple[Aim, list[float]] | None = None
    asked = _Prices(duals, price, (duals, price), [state.score])
    for turn in range(_rounds(state, exact=exact, scored=scored)):
        weights = {rank: asked.price * weight for rank, weight in state.weights.items()}
        aim = Aim(weights=weights, points=goal.points)
        priced, constant = _priced(state, aim, asked.duals)
        told = exact or not scored or turn > 1
        each = _solve_regions(state, priced, caps=caps, told=told)
        empty = empty_deviation(state.problem, aim)
        constant += empty - asked.price * goal.weighed
        if not scored and not any(priced.prices.values()):
            state.least = [max(0.0, value) for value in each]
        if sum(each) + constant > own:
            own, kept, asked.best = sum(each) + constant, (priced, each), (asked.duals, asked.price)
        best = max(best, own)
        _improve(state, priced, close, None if scored else each, seed=turn + 100 * scored)
        amounts, new, new_price, told_most = state.pool.combine(
            points=goal.points,
            most=goal.inside,
            work=float(not exact),
            seconds=state.seconds(),
        )
        state.offer(amounts, goal.most)
        asked.gains.append(state.score)
        if exact:
            missing = told_most + (0.0 if scored else empty) - own
            done = asked.settled(new, new_price if scored else 1.0, turn=turn, missing=missing)
        elif scored:
            done = asked.on(state, new, new_price, -best)
        else:
            done = not asked.smooth(state, new) or (turn + 1 >= ROUNDS and state.near(best))
        if done or not goal.open(state, best) or state.late:
            break
    if kept is None or (scored and not single):
        return best  # of a score under several ranks nothing is told
    if exact and goal.open(state, best):
        amounts = state.pool.combine(points=goal.points, most=goal.inside, seconds=state.seconds())[
            0
        ]
        state.offer(amounts, goal.most)
    return max(best, _complete(state, goal, kept, own)) if goal.open(state, best) else best


def _rounds(state: State, *, exact: bool, scored: bool) -> int:
    """Tell how often regions are asked at most: more often where they answer at once."""
    if exact:
        return FINE
    return MORE_ROUNDS if not scored else SCORE_ROUNDS if len(state.weights) == 1 else ROUNDS_RANKED


def _complete(state: State, goal: Goal, priced: tuple[Aim, list[float]], own: float) -> float:
    """List what could be part of something better in every region, and join that; give a bound.

    At these prices a choice that costs more than its region's best by more than lies between the
    bound ``own`` and what is reached is no part of anything better. That is looked through from
    the bound up, a little further each time, until something is found or too much is open.
    """
    aim, bounds = priced
    problem, regions = state.problem, state.pool.regions
    if not all(region.exact for region in regions) or not any(aim.weights.values()):
        return own
    worth, best = _worth(problem, aim), own
    near = PROVEN if state.small else GOOD
    enough = near * abs(own) if goal.points else state.enough
    signed, limits = _limits(state, goal, aim)
    spare = goal.reached(state) - own + 0.5
    width = min(spare, max(spare / FIRST, enough) if spare < np.inf else enough)
    tries = TRIES
    ties = not goal.points and problem.points.any()  # where nothing else counts: with the score
    for _ in range(LOOKS):
        lists: list[Listed] = []
        found: list[Choices] = []
        room = width
        for region, least in zip(regions, bounds, strict=True):
            sure = least + float(worth[region.fixed].sum())
            cells = region.cells(aim.weights)
            some = choices(problem, cells, worth, upper=sure + width, most=LISTED)
            room = min(room, some.complete - sure)
            extra = np.maximum(some.costs - sure, 0.0)
            lists.append(Listed(extra, _used(state, region, some, signed)))
            found.append(some)
        full = any(len(listed.extra) >= LISTED for listed in lists)
        if ties and full:
            break
        places, _, through = join(lists, limits, width)
        if places is not None:
            amounts = np.zeros(len(problem.area), dtype=np.int64)
            for region, listed, place in zip(regions, found, places, strict=True):
                chosen = np.r_[listed.options(place), region.fixed]
                amounts[chosen] = problem.area[chosen]
            state.offer(amounts, goal.most)
        best = max(best, own + max(0.0, min(room, through)))
        if places is not None or width >= spare or state.late:
            break
        cut = full or through < width - 2e-3
        tries -= cut
        if not tries:
            break
        many = np.prod([float(len(listed.extra)) for listed in lists]) > MANY
        width = min(width * (SLOWER if many and not cut else WIDER), spare)
    return min(best, goal.reached(state))


def _used(state: State, region: Region, listed: Choices, signed: list[Ints | None]) -> Ints:
    """Add up for each choice of a region what it misses (None), or a number of its options."""

    def missed(cell: RegionCell, total: Ints) -> Ints:
        off = np.zeros(len(total), dtype=np.int64)
        if cell.low is not None:
            off = np.maximum(off, cell.low - total)
        if cell.high is not None:
            off = np.maximum(off, total - cell.high)
        return off * int(state.weights.get(cell.rank, 0.0) * cell.weight)

    used: list[Ints] = []
    for coefs in signed:
        if coefs is None:
            totals = listed.sums(state.problem.area)
            each = [missed(cell, totals[:, k]) for k, cell in enumerate(region.parts)]
            used.append(np.sum(each, axis=0))
        else:
            used.append(listed.sums(coefs).sum(axis=1) + coefs[region.fixed].sum())
    return np.column_stack(used)


def _limits(state: State, goal: Goal, aim: Aim) -> tuple[list[Ints | None], SumLimits]:
    """Give the rows across as sums that should not exceed a limit, first what may be missed by.

    Of each sum what every option of the problem adds; None stands for what is missed.
    """
    size = len(state.problem.area)
    signed: list[Ints | None] = []
    columns: list[tuple[int, float, float, float]] = []
    if goal.inside is not None:
        signed.append(None)
        price = max(aim.weights.values()) / max(state.weights.values())
        columns.append((int(goal.inside), price, np.inf, 0.0))
    for number in state.pool.across:
        row, dual = state.problem.rows[number], -aim.prices.get(number, 0.0)
        weight = aim.weights.get(row.rank, 0.0) * row.weight if row.rank else np.inf
        taken = state.weights.get(row.rank, 0.0) * row.weight if goal.points and row.rank else 0.0
        for sign, limit in ((1, row.high), (-1, row.low)):
            if limit is None:
                continue
            coefs = np.zeros(size, dtype=np.int64)
            coefs[row.options] = sign * row.coefs
            signed.append(coefs)
            price = max(0.0, -sign * dual)
            columns.append((sign * limit, price, weight - price, taken))
    if not signed:
        signed, columns = [np.zeros(size, dtype=np.int64)], [(0, 0.0, 0.0, 0.0)]
    table = [np.array(column) for column in zip(*columns, strict=True)]
    return signed, SumLimits(limit=table[0], price=table[1], beyond=table[2], taken=table[3])


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
