// The rest of a decision as a programme for the solver, and its stages: rules, figures by rank, score.
// The solver works within tolerances: its answer is counted again in whole numbers by who asked.

/**
 * @param {object} count see count.js  @param {Uint8Array} held candidates that stay as they are
 * @returns {object} plain arrays: columns of options, rows with constants taken off
 */
function landgisModel(count, held) {
  "use strict";
  const { problem, taken, amount } = count, { rows, start, rowOf, coef, area, least, points } = problem;
  const part = (r, i, c) => (amount[c] === area[c] ? coef[i] : landgisPart(rows[r], coef[i], amount[c], area[c], problem.wide));
  const fixed = Array.from(count.totals, Number), free = [], options = [], owner = [], begin = [];
  for (let c = 0; c < problem.n; c++) {
    if (!problem.open[c] || held[c]) continue;
    free.push(c);
    if (taken[c] >= 0) for (let i = start[taken[c]]; i < start[taken[c] + 1]; i++) fixed[rowOf[i]] -= Number(part(rowOf[i], i, c));
    const seen = new Map();                               // quarters that no row tells apart: one will do
    for (const k of problem.options(c)) {
      let sign = "";
      for (let i = start[k]; i < start[k + 1]; i++) sign += rowOf[i] + ":" + coef[i] + " ";
      const same = seen.get(sign + points[k]);
      if (same !== undefined) {
        if (k === taken[c]) [options[same], begin[same]] = [k, 1];
        continue;
      }
      seen.set(sign + points[k], options.length);
      options.push(k);
      owner.push(free.length - 1);
      begin.push(k === taken[c] ? 1 : 0);
    }
  }
  const lines = new Map();
  options.forEach((k, x) => {
    for (let i = start[k]; i < start[k + 1]; i++) {
      const r = rowOf[i];
      if (rows[r].hidden) continue;
      if (!lines.has(r)) lines.set(r, []);
      lines.get(r).push([x, Number(coef[i])]);
    }
  });
  const list = [...lines].map(([r, entries]) => {
    const row = rows[r], scale = row.base === "area" ? 1e3 * Math.max(...row.runs.filter((_, i) => i % 3 === 2).map(Math.abs)) : row.base === "given" ? 100 : 1;
    const limit = (value) => (value === null ? null : (Number(value) - fixed[r]) / scale);
    return { rank: row.rank, weight: Number(row.weight), counted: row.counted, scale, low: limit(row.low), high: limit(row.high), entries };
  });
  const stay = new Map();                                 // what no free candidate can change
  rows.forEach((row, r) => {
    if (!row.hidden && !lines.has(r)) stay.set(row.rank, (stay.get(row.rank) || 0) + Number(row.weight) * Math.abs(Number(count.deviation(r))));
  });
  return {
    free, options, owner, begin, list, stay: [...stay], must: free.map((c) => problem.must[c]),
    area: free.map((c) => Number(area[c])), least: free.map((c) => Number(least[c])), points: options.map((k) => Number(points[k])),
  };
}

/** Choices of the solver as [candidate, option, amount in dm² or null for all of it]. */
function landgisAnswer(model, values) {
  const out = [];
  model.options.forEach((k, x) => {
    if (values[x] < 0.5) return;
    const f = model.owner[x], area = model.area[f], least = model.least[f], share = model.shareOf[x];
    const much = share < 0 ? area : Math.min(area, Math.max(least, Math.round(values[share] * area)));
    out.push([model.free[f], k, much === area ? null : String(much)]);
  });
  return out;
}

/** Lay a stage out for HiGHS; `soft` lets rules be missed too, after all else fails. */
function landgisStage(model, soft) {
  "use strict";
  const inf = Infinity, cost = [], lower = [], upper = [], kind = [], rowLower = [], rowUpper = [], starts = [0], indices = [], values = [];
  const column = (low, high, whole) => { cost.push(0); lower.push(low); upper.push(high); kind.push(whole); return cost.length - 1; };
  const line = (entries, low, high) => {
    for (const [x, value] of entries) { indices.push(x); values.push(value); }
    starts.push(indices.length);
    rowLower.push(low);
    rowUpper.push(high);
  };
  const away = new Map(), of = model.free.map(() => []);
  model.options.forEach((_, x) => { column(0, 1, 1); of[model.owner[x]].push(x); });
  model.shareOf = model.options.map((_, x) => {
    const f = model.owner[x];
    if (model.least[f] >= model.area[f]) return -1;
    const s = column(0, 1, 0);
    line([[s, 1], [x, -1]], -inf, 0);
    line([[s, 1], [x, -model.least[f] / model.area[f]]], 0, inf);
    return s;
  });
  of.forEach((xs, f) => { if (xs.length > 1 || model.must[f]) line(xs.map((x) => [x, 1]), model.must[f] ? 1 : -inf, 1); });
  for (const row of model.list) {
    const entries = row.entries.map(([x, value]) => [row.counted || model.shareOf[x] < 0 ? x : model.shareOf[x], value / row.scale]);
    if (row.rank > 0 || soft) {
      const each = (sign) => { const v = column(0, inf, 0); entries.push([v, sign]); return [v, row.weight * row.scale / 1e3]; };
      const misses = [...(row.low === null ? [] : [each(1)]), ...(row.high === null ? [] : [each(-1)])];
      away.set(row.rank, [...(away.get(row.rank) || []), ...misses]);
    }
    // Pieces, and what of a row is theirs, are rounded to whole numbers afterwards: a rule is kept with room for that.
    const room = row.rank > 0 || soft || row.counted ? 0 : row.entries.reduce((sum, [x, value]) => sum + (model.shareOf[x] < 0 ? 0 : (Math.abs(value) / model.area[model.owner[x]] + 1) / row.scale), 0);
    line(entries, row.low === null ? -inf : row.low + room, row.high === null ? inf : row.high - room);
  }
  return { cost, lower, upper, kind, rowLower, rowUpper, starts, indices, values, away, line };
}

/**
 * Solve stage by stage, each within what the one before reached.
 * @param {object} highs the loaded solver  @param {(answer, stage) => void} tell of better answers
 * @returns {{answer, stages: {rank, best, bound, proven}[], soft: boolean}} deviations in dm²; no answer
 *   where none was found in time
 */
function landgisSolve(highs, model, seconds, tell = () => {}) {
  const { modelStatus, callbackType } = highs.constants, end = Date.now() + seconds * 1000;
  let soft = false, stage = landgisStage(model, soft), values = null, answer = null;
  const stages = [], stay = new Map(model.stay);

  function run(share) {
    const data = {
      numCols: stage.cost.length, numRows: stage.rowLower.length, colCost: stage.cost, colLower: stage.lower, colUpper: stage.upper,
      rowLower: stage.rowLower, rowUpper: stage.rowUpper, integrality: Int32Array.from(stage.kind),
      matrix: { format: "csr", numRows: stage.rowLower.length, numCols: stage.cost.length, starts: Int32Array.from(stage.starts), indices: Int32Array.from(stage.indices), values: Float64Array.from(stage.values) },
    };
    return highs.withModel(data, (solver) => {
      const time = Math.max(0.2, (end - Date.now()) / 1000 * share);
      solver.options.set({ output_flag: false, time_limit: time, mip_rel_gap: 0, mip_abs_gap: 4e-4, mip_feasibility_tolerance: 1e-9, random_seed: 1 });
      solver.setSolution({ colValue: Float64Array.from(values || stage.cost.map((_, x) => model.begin[x] || 0)) });
      solver.run({ [callbackType.mipImprovingSolution]: (event) => tell(landgisAnswer(model, event.data.mip_solution), stages.length) });
      const status = solver.getModelStatus(), found = Number(solver.info.get("primal_solution_status")) === 2;
      const bound = Number(solver.info.get("mip_dual_bound"));
      return { status, bound, value: found ? solver.getObjectiveValue() : NaN, values: found ? Array.from(solver.getSolution().colValue) : null };
    });
  }

  const asked = () => [...stage.away.keys()].sort((a, b) => a - b);
  let ranks = asked();
  for (let at = 0; at <= ranks.length; at++) {
    const rank = ranks[at], last = at === ranks.length;
    if (last && !model.points.some(Boolean)) break;
    stage.cost.fill(0);
    if (!last) for (const [v, weight] of stage.away.get(rank)) stage.cost[v] = weight;
    else model.points.forEach((value, x) => { stage.cost[model.shareOf[x] < 0 ? x : model.shareOf[x]] = -value / 1e3; });
    const done = run(at === 0 ? 0.5 : 1 / (ranks.length - at + 1));
    if (at === 0 && !soft && done.status === modelStatus.infeasible) {
      soft = true;                                        // rules contradict what is held: as little as possible
      stage = landgisStage(model, soft);
      ranks = asked();
      values = null;
      at = -1;
      continue;
    }
    if (!done.values) break;
    values = done.values;
    answer = landgisAnswer(model, values);
    const more = last ? 0 : stay.get(rank) || 0;
    stages.push({ rank: last ? "score" : rank, best: done.value * 1e3 + more, bound: Number.isFinite(done.bound) ? done.bound * 1e3 + more : null, proven: done.status === modelStatus.optimal });
    tell(answer, stages.length);
    if (!last) stage.line(stage.away.get(rank), -Infinity, done.value + 5e-4);
    if (Date.now() > end) break;
  }
  return { answer, stages, soft };
}

if (typeof module === "object") {
  Object.assign(globalThis, { landgisPart: require("./count.js").landgisPart });
  module.exports = { landgisModel, landgisSolve, landgisAnswer };
}
