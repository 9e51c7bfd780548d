// Exact totals of a decision, kept up to date parcel by parcel. Whole numbers only: areas in 0.01 m²,
// as doubles while every sum is below 2⁵², else as BigInt (`wide`).

/** A number of the page's data, as the arithmetic of this problem wants it. */
function landgisWhole(wide) {
  return wide ? BigInt : Number;
}

/** Lay the packed problem out: options of each candidate, and rows of each option. */
function landgisProblem(data) {
  "use strict";
  const Z = landgisWhole(data.wide), n = data.ids.length, m = data.candidate.length;
  const numbers = (values) => (data.wide ? values.map(BigInt) : Float64Array.from(values));
  const area = numbers(data.area), least = data.least.length ? numbers(data.least) : area;
  const candidate = new Int32Array(m), first = new Int32Array(n + 1);
  for (let k = 0, at = 0; k < m; k++) candidate[k] = at += data.candidate[k];
  // Options of a candidate need not stand together: they are listed, in their own order.
  for (let k = 0; k < m; k++) first[candidate[k] + 1]++;
  for (let c = 0; c < n; c++) first[c + 1] += first[c];
  const place = first.slice(), listed = new Int32Array(m);
  for (let k = 0; k < m; k++) listed[place[candidate[k]]++] = k;

  const rows = data.rows.map((row) => ({
    ...row, low: row.low === null ? null : Z(row.low), high: row.high === null ? null : Z(row.high),
    weight: Z(row.weight), hidden: false,
  }));
  for (const row of rows.slice()) {                       // what a share is a share of
    if (!row.share) continue;
    row.whole = rows.length;
    const runs = row.runs.map((value, i) => (i % 3 === 2 ? 1 : value));
    rows.push({ ...row, runs, share: null, kind: "whole", rank: 0, low: null, high: null, hidden: true });
  }
  const start = new Int32Array(m + 1);
  const each = (row, visit) => {
    let k = 0, nth = 0;
    for (let i = 0; i < row.runs.length; i += 3) {
      k += row.runs[i];
      for (const end = k + row.runs[i + 1]; k < end; k++) visit(k, row.runs[i + 2], nth++);
    }
  };
  for (const row of rows) each(row, (k) => { start[k + 1]++; });
  for (let k = 0; k < m; k++) start[k + 1] += start[k];
  const at = start.slice(), rowOf = new Int32Array(start[m]);
  const coef = data.wide ? new Array(start[m]) : new Float64Array(start[m]);
  rows.forEach((row, r) => each(row, (k, factor, nth) => {
    rowOf[at[k]] = r;
    coef[at[k]++] = row.base === "area" ? area[candidate[k]] * Z(factor) : row.base === "one" ? Z(factor) : Z(row.given[nth]);
  }));
  for (const row of rows) row.given = null;
  const why = Object.entries(data.why), must = new Uint8Array(n), reason = new Map(why.map(([c, text]) => [Number(c), text]));
  for (const c of data.must) must[c] = 1;
  const open = new Uint8Array(n);                         // may be turned; what must be in, to another option
  for (let c = 0; c < n; c++) open[c] = first[c + 1] > first[c] && (must[c] || !reason.has(c)) ? 1 : 0;
  return {
    ...data, Z, n, m, area, least, candidate, first, listed, rows, start, rowOf, coef, reason, open, must,
    points: numbers(data.points), options: (c) => listed.subarray(first[c], first[c + 1]), each,
  };
}

/** How far a sum lies outside a row's limits: below them less than 0. */
function landgisDeviation(row, total) {
  if (row.low !== null && total < row.low) return total - row.low;
  if (row.high !== null && total > row.high) return total - row.high;
  return total - total;
}

/** What a part of a parcel adds: its part, rounded against the row's limit. */
function landgisPart(row, coef, amount, area, wide) {
  if (row.counted) return coef;
  const product = BigInt(coef) * BigInt(amount), whole = BigInt(area);
  let part = product / whole;
  if (product % whole !== 0n) {                           // division of BigInt is towards 0
    if (row.low === null && product > 0n) part += 1n;
    if (row.low !== null && product < 0n) part -= 1n;
  }
  return wide ? part : Number(part);
}

/** The totals of one decision. `set` turns one candidate; all else follows. */
function landgisCount(problem) {
  "use strict";
  const { Z, n, wide, area, rows, start, rowOf, coef, use, quarter, region, points } = problem;
  const zero = Z(0), U = problem.uses.length, Q = problem.quarters.length;
  const filled = (size) => (wide ? new Array(size).fill(zero) : new Float64Array(size));
  const taken = new Int32Array(n).fill(-1), amount = filled(n);
  const totals = filled(rows.length), cells = filled(problem.regions.length * U * (Q + 1));
  const counts = new Int32Array(problem.regions.length * U), left = filled(counts.length);
  const sums = problem.sums.map(() => 0n), known = problem.sums.map(() => 0);
  const count = { problem, taken, amount, totals, cells, counts, left, sums, known, chosen: 0, area: zero, score: zero };
  const seen = new Set();

  /** Which options count as what is left: one for each use. */
  function eachUse(c, visit) {
    seen.clear();
    for (const k of problem.options(c)) {
      if (seen.has(use[k])) continue;
      seen.add(use[k]);
      visit(region[c] * U + use[k]);
    }
  }

  function add(c, k, much, sign) {
    const whole = much === area[c], plus = sign > 0;
    for (let i = start[k]; i < start[k + 1]; i++) {
      const r = rowOf[i], part = whole ? coef[i] : landgisPart(rows[r], coef[i], much, area[c], wide);
      totals[r] = plus ? totals[r] + part : totals[r] - part;
    }
    const cell = region[c] * U + use[k], at = cell * (Q + 1);
    const q = quarter[k] - 1;
    if (q >= 0 && q < Q) cells[at + q] = plus ? cells[at + q] + much : cells[at + q] - much;
    cells[at + Q] = plus ? cells[at + Q] + much : cells[at + Q] - much;
    counts[cell] += sign;
    count.chosen += sign;
    count.area = plus ? count.area + much : count.area - much;
    const score = whole ? points[k] : landgisPart({ low: 0 }, points[k], much, area[c], wide);
    count.score = plus ? count.score + score : count.score - score;
    problem.sums.forEach(({ values }, s) => {
      if (values[c] === null) { known[s] += sign; return; }
      const value = whole ? BigInt(values[c]) : BigInt(landgisPart({ low: null }, values[c], much, area[c], false));
      sums[s] += plus ? value : -value;
    });
  }

  /** Take candidate `c` with option `k` (−1: not), whole or a part; answers what it was. */
  count.set = (c, k, much = null) => {
    const before = [c, taken[c], amount[c]];
    if (taken[c] >= 0) add(c, taken[c], amount[c], -1);
    if (problem.open[c] && (taken[c] >= 0) !== (k >= 0)) {
      eachUse(c, (cell) => { left[cell] = k >= 0 ? left[cell] - area[c] : left[cell] + area[c]; });
    }
    taken[c] = k;
    amount[c] = k < 0 ? zero : much === null ? area[c] : Z(much);
    if (k >= 0) add(c, k, amount[c], 1);
    return before;
  };
  count.deviation = (r) => landgisDeviation(rows[r], totals[r]);
  /** Weighted deviation of each rank; of rank 0, how much rules are broken by. */
  count.ranks = () => {
    const out = new Map([[0, zero]]);
    rows.forEach((row, r) => {
      if (row.hidden) return;
      const away = count.deviation(r);
      out.set(row.rank, (out.get(row.rank) || zero) + row.weight * (away < zero ? -away : away));
    });
    return new Map([...out].sort(([a], [b]) => a - b));
  };
  /** Everything anew, for a decision as a list of [candidate, option, amount]. */
  count.load = (list) => {
    for (let c = 0; c < n; c++) if (taken[c] >= 0) count.set(c, -1);
    for (const [c, k, much] of list) count.set(c, k, much);
  };
  count.list = () => {
    const out = [];
    for (let c = 0; c < n; c++) if (taken[c] >= 0) out.push([c, taken[c], amount[c]]);
    return out;
  };
  for (let c = 0; c < n; c++) if (problem.open[c]) eachUse(c, (cell) => { left[cell] += area[c]; });
  return count;
}

/** A whole number of dm² (or hundredths) in its unit, half up, with thousands parted. */
function landgisIn(value, [numerator, denominator], digits, sign = false) {
  const n = BigInt(numerator), exact = BigInt(value) * BigInt(denominator) * 10n ** BigInt(digits);
  const positive = exact < 0n ? -exact : exact;
  const rounded = (2n * positive + n) / (2n * n), text = String(rounded).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ",");
  const written = digits ? whole + "." + text.slice(-digits) : whole;
  return (exact < 0n && rounded ? "−" : sign && rounded ? "+" : "") + written;
}

if (typeof module === "object") module.exports = { landgisProblem, landgisCount, landgisDeviation, landgisIn, landgisPart };
