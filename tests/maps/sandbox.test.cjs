// What the sandbox page counts, told to test_sandbox_count.py, and tests of its own, run by node.
const assert = require("node:assert");
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const test = require("node:test");

const source = (name) => require(join(process.env.ASSETS, "sandbox", name + ".js"));
const counting = source("count"), { landgisProblem, landgisCount, landgisIn } = counting;
Object.assign(globalThis, counting, require(join(process.env.ASSETS, "dom.js")));
const deciding = source("decide"), turning = source("turn"), modelling = source("model"), tables = source("tables");
const { data, steps } = JSON.parse(readFileSync(process.env.INPUT, "utf-8"));
const opened = () => { const problem = landgisProblem(structuredClone(data)); return [problem, landgisCount(problem)]; };

function told(count) {
  const { rows } = count.problem, zero = count.problem.Z(0), broken = new Set();
  rows.forEach((row, r) => { if (!row.hidden && row.rank === 0 && count.deviation(r) !== zero) broken.add(row.group || row.name); });
  return {
    totals: rows.map((row, r) => (row.hidden ? null : String(count.totals[r]))).filter((text) => text !== null),
    deviations: rows.filter((row) => !row.hidden).map((row, r) => String(count.deviation(r))),
    ranks: [...count.ranks()].map(([rank, away]) => [rank, String(away)]), broken: [...broken].sort(),
    score: String(count.score), area: String(count.area), chosen: count.chosen, sums: count.sums.map(String),
    cells: Array.from(count.cells, String), left: Array.from(count.left, String),
  };
}

test("every decision is counted", () => {
  const [, count] = opened(), out = [];
  for (const step of steps) {
    for (const [c, k, much] of step) count.set(c, k, much);
    out.push(told(count));
  }
  writeFileSync(process.env.OUTPUT, JSON.stringify(out));
});

test("counting on comes to the same as counting anew", () => {
  const [, count] = opened();
  for (const step of steps) {
    for (const [c, k, much] of step) count.set(c, k, much);
    const [, anew] = opened();
    anew.load(count.list());
    assert.deepEqual(told(anew), told(count));
  }
});

test("undo and redo lead back and forth through every state", () => {
  const [problem, count] = opened(), decide = deciding.landgisDecide(count, () => {}), states = [told(count)];
  let turned = 0;
  for (const step of steps) {
    const allowed = step.filter(([c, k]) => problem.open[c] && (k >= 0 || !problem.must[c]));
    if (decide.turn(step.map(([c, k, much]) => [c, k, much, 1]))) { states.push(told(count)); turned++; }
    else assert.equal(allowed.length, 0);
  }
  for (let i = turned - 1; i >= 0; i--) { decide.undo(); assert.deepEqual(told(count), states[i]); }
  assert.equal(decide.canUndo, false);
  for (let i = 1; i <= turned; i++) { decide.redo(); assert.deepEqual(told(count), states[i]); }
  assert.equal(decide.canRedo, false);
  assert.equal(decide.restore({ list: [[0, problem.m + 5, "1"]] }), false);
});

test("what a turn would do is what it does", () => {
  const [problem, count] = opened(), zero = problem.Z(0);
  for (const [c, k, much] of steps.flat()) {
    if (!problem.options(c).length) continue;
    const effect = turning.landgisEffect(count, [[c, k, k < 0 || much === null ? null : problem.Z(much)]]);
    const before = count.ranks(), score = count.score;
    const stood = problem.rows.map((row, r) => count.deviation(r));
    count.set(c, k, much);
    for (const [rank, away] of count.ranks()) assert.equal(away - (before.get(rank) || zero), effect.ranks.get(rank) || zero);
    assert.equal(count.score - score, effect.score);
    problem.rows.forEach((row, r) => {
      if (row.hidden || row.rank) return;
      assert.equal(effect.breaks.includes(r), stood[r] === zero && count.deviation(r) !== zero);
      assert.equal(effect.mends.includes(r), stood[r] !== zero && count.deviation(r) === zero);
    });
  }
});

test("exchanges are of one region and use, and never of what is held or locked", () => {
  const [problem, count] = opened();
  for (const [c, k, much] of steps[0]) count.set(c, k, much);
  const held = new Uint8Array(problem.n).map((_, c) => c % 3 === 0);
  for (let c = 0; c < problem.n; c++) {
    if (!problem.open[c] || problem.must[c]) continue;
    for (const { other, turns } of turning.landgisExchanges(count, c, held)) {
      assert.ok(problem.open[other] && !held[other] && !problem.must[other]);
      assert.equal(problem.region[other], problem.region[c]);
      assert.notEqual(count.taken[other] >= 0, count.taken[c] >= 0);
      assert.deepEqual(new Set(turns.map(([d]) => d)), new Set([c, other]));
    }
  }
});

test("a decision written and read is the same, also with odd ids", () => {
  const [problem, count] = opened(), held = new Uint8Array(problem.n);
  problem.ids = problem.ids.map((id, c) => (c === 0 ? "=1+1" : c === 1 ? 'a,"b"\nc' : c === 2 ? "-7" : id));
  for (const [c, k, much] of steps[steps.length - 1]) count.set(c, k, much);
  for (let c = 0; c < problem.n; c++) if (!problem.open[c] && count.taken[c] >= 0) count.set(c, -1);
  const text = "\ufeff" + landgisCsv(deciding.landgisDecisionRows(count, held)) + "\r\n";
  const read = deciding.landgisReadDecisions(problem, text);
  assert.deepEqual([read.unknown, read.odd], [[], []]);
  const now = count.list().map(([c, k, much]) => [c, k, String(much)]);
  const [, other] = opened();
  other.load(read.list);
  assert.deepEqual(other.list().map(([c, k, much]) => [c, k, String(much)]), now);
  assert.equal(deciding.landgisReadDecisions(problem, "x,y\n1,2"), null);
  assert.deepEqual(deciding.landgisReadDecisions(problem, "编号,决定\nnobody,入选").unknown, ["nobody"]);
});

test("numbers are rounded half up, exactly, in every unit", () => {
  assert.equal(landgisIn(1234567890123, ["1000000", "1"], 2), "1,234,567.89");
  assert.equal(landgisIn(5000, ["1000000", "1"], 2), "0.01");
  assert.equal(landgisIn(-4999, ["1000000", "1"], 2), "0.00");
  assert.equal(landgisIn(-5000, ["1000000", "1"], 2, true), "−0.01");
  assert.equal(landgisIn(66667, ["200000", "3"], 4, true), "+1.0000");
  assert.equal(landgisIn(9007199254740993n * 1000000n, ["1000000", "1"], 0), "9,007,199,254,740,993");
});

test("lines of the table hold every cell once, whatever is shown of them", () => {
  const [problem, count] = opened(), { lines } = tables.landgisEntries(problem);
  for (const [c, k, much] of steps[0]) count.set(c, k, much);
  const sum = (level) => lines.filter((line) => line.level === level && (level !== "cell" || line.region)).reduce((all, line) => all + landgisLineChosen(count, line), 0n);
  const total = BigInt(count.area);
  assert.equal(sum("region"), total);
  assert.equal(sum("cell"), total);
  assert.equal(sum("use"), total);
  function landgisLineChosen(own, line) {
    const { quarters, chosen } = tables.landgisLine(own, line);
    assert.equal(quarters.reduce((all, value) => all + BigInt(value), 0n), BigInt(chosen));
    return BigInt(chosen);
  }
});

test("the solver completes a decision, keeps what is held, and is counted again", { timeout: 120000 }, async () => {
  const [problem, count] = opened(), held = new Uint8Array(problem.n);
  if (problem.n > 200) return;
  for (let c = 0; c < problem.n; c++) if (problem.must[c]) count.set(c, problem.options(c)[0]);
  const hold = [...Array(problem.n).keys()].filter((c) => problem.open[c] && !problem.must[c]).slice(0, 2);
  for (const c of hold) { count.set(c, problem.options(c)[0]); held[c] = 1; }
  const empty = count.ranks();
  const highs = await require(join(process.env.ASSETS, "highs", "highs.js"))({ instantiateWasm: (imports, done) => { WebAssembly.instantiate(readFileSync(join(process.env.ASSETS, "highs", "highs.wasm")), imports).then(({ instance }) => done(instance)); return {}; } });
  const model = modelling.landgisModel(count, held), kept = hold.map((c) => [c, count.taken[c]]);
  const { answer, stages, soft } = modelling.landgisSolve(highs, model, 15);
  assert.ok(answer && stages.length);
  assert.ok(answer.every(([c]) => !held[c]));
  count.load([...answer, ...kept.map(([c, k]) => [c, k, null])]);
  const ranks = count.ranks();
  if (!soft) assert.equal(ranks.get(0), problem.Z(0));
  const [{ rank, best, bound }] = stages;
  assert.ok(Math.abs(Number(ranks.get(rank)) - best) <= 600, `${ranks.get(rank)} ${best}`);
  assert.ok(bound === null || bound <= Number(ranks.get(rank)) + 1);
  assert.ok(soft || Number(ranks.get(rank)) <= Number(empty.get(rank)) || empty.get(0) !== problem.Z(0));
  writeFileSync(process.env.OUTPUT + ".solved", JSON.stringify({ list: count.list().map(([c, k, much]) => [c, k, String(much)]), ...told(count) }));
});
