// What a turn would do: which rules break or mend, which figures come nearer, what could be exchanged.

/** Option to take when a candidate comes in: the one least away from the figures, the earliest of those. */
function landgisBestOption(count, c) {
  let best = -1, told = null;
  for (const k of count.problem.options(c)) {
    const effect = landgisEffect(count, [[c, k]]);
    if (best < 0 || landgisCompare(effect, told) < 0) [best, told] = [k, effect];
  }
  return best;
}

/**
 * What some turns would do, without doing them.
 * @param {[number, number, any][]} turns candidate, option (−1: out) and amount (none: whole)
 * @returns {{breaks: number[], mends: number[], moved: [number, any, any][], ranks: Map, score}} rows of
 *   rules, targets with their deviation before and after, change of the deviation of each rank
 */
function landgisEffect(count, turns) {
  "use strict";
  const { problem, totals, taken, amount } = count, { Z, rows, start, rowOf, coef, area, wide, points } = problem;
  const zero = Z(0), change = new Map();
  let score = zero;
  const part = (row, value, much, c) => (much === area[c] ? value : landgisPart(row, value, much, area[c], wide));
  const add = (c, k, much, sign) => {
    for (let i = start[k]; i < start[k + 1]; i++) {
      const by = part(rows[rowOf[i]], coef[i], much, c), was = change.get(rowOf[i]) || zero;
      change.set(rowOf[i], sign > 0 ? was + by : was - by);
    }
    const by = part({ low: 0 }, points[k], much, c);
    score = sign > 0 ? score + by : score - by;
  };
  for (const [c, k, much = null] of turns) {
    if (taken[c] >= 0) add(c, taken[c], amount[c], -1);
    if (k >= 0) add(c, k, much === null ? area[c] : much, 1);
  }
  const effect = { breaks: [], mends: [], moved: [], ranks: new Map(), score };
  for (const [r, by] of change) {
    const row = rows[r];
    if (row.hidden || by === zero) continue;
    const before = landgisDeviation(row, totals[r]), after = landgisDeviation(row, totals[r] + by);
    if (before === after) continue;
    const size = (away) => (away < zero ? -away : away);
    effect.ranks.set(row.rank, (effect.ranks.get(row.rank) || zero) + row.weight * (size(after) - size(before)));
    if (before === zero && row.rank === 0) effect.breaks.push(r);
    else if (after === zero && row.rank === 0) effect.mends.push(r);
    effect.moved.push([r, before, after]);
  }
  return effect;
}

/** Which of two effects is better: rules first, then figures by rank, then the score. */
function landgisCompare(one, other) {
  const ranks = [...new Set([...one.ranks.keys(), ...other.ranks.keys()])].sort((a, b) => a - b);
  for (const rank of ranks) {
    const a = one.ranks.get(rank) || 0, b = other.ranks.get(rank) || 0;
    if (a < b) return -1;
    if (a > b) return 1;
  }
  return one.score > other.score ? -1 : one.score < other.score ? 1 : 0;
}

/**
 * Candidates that could be exchanged for `c`: taken for it if it is in, given up for it if it is out.
 * @returns {{turns, effect, other}[]} the best few
 */
function landgisExchanges(count, c, held, most = 3) {
  const { problem, taken } = count, inside = taken[c] >= 0;
  const uses = new Set([...problem.options(c)].map((k) => problem.use[k])), near = [];
  const away = (d) => Math.abs(Number(problem.area[d]) - Number(problem.area[c]));
  for (let d = 0; d < problem.n; d++) {
    if (d === c || !problem.open[d] || problem.must[d] || held[d] || (taken[d] >= 0) === inside) continue;
    if (problem.region[d] !== problem.region[c]) continue;
    if ([...problem.options(d)].some((k) => uses.has(problem.use[k]))) near.push(d);
  }
  near.sort((a, b) => away(a) - away(b) || a - b);
  const found = [];
  for (const d of near.slice(0, 60)) {
    const comes = inside ? d : c, goes = inside ? c : d;
    for (const k of problem.options(comes)) {
      const turns = [[goes, -1], [comes, k]];
      found.push({ turns, other: d, effect: landgisEffect(count, turns) });
    }
  }
  found.sort((a, b) => landgisCompare(a.effect, b.effect));
  const seen = new Set();
  return found.filter(({ other }) => !seen.has(other) && seen.add(other)).slice(0, most);
}

if (typeof module === "object") {
  const { landgisDeviation, landgisPart } = require("./count.js");
  Object.assign(globalThis, { landgisDeviation, landgisPart });
  module.exports = { landgisBestOption, landgisEffect, landgisCompare, landgisExchanges };
}
