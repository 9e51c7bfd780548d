// What a person decides: steps that can be taken back, parcels held, scenarios kept, files written.

/**
 * @param {object} count see count.js
 * @returns {object} turn, undo, redo, hold, scenarios; `changed` is called with the candidates turned
 */
function landgisDecide(count, changed) {
  "use strict";
  const { problem } = count, back = [], forth = [];
  const held = new Uint8Array(problem.n);                 // decided by a person: solving leaves it alone
  const decide = { held, scenarios: [], get canUndo() { return back.length > 0; }, get canRedo() { return forth.length > 0; } };

  function apply(step) {
    const before = step.map(([c, k, much, hold]) => {
      const was = [...count.set(c, k, k < 0 ? null : much), held[c]];
      held[c] = hold;
      return was;
    });
    return before.reverse();                              // one candidate may stand in a step twice
  }

  const tell = (step) => changed(step.map(([c]) => c));

  /** Turn candidates: [candidate, option or −1, amount or null, held]; those that may not are left. */
  decide.turn = (step) => {
    const allowed = step.filter(([c, k]) => problem.open[c] && (k >= 0 || !problem.must[c]));
    if (!allowed.length) return 0;
    back.push(apply(allowed));
    if (back.length > 500) back.shift();
    forth.length = 0;
    tell(allowed);
    return allowed.length;
  };
  const move = (from, to) => {
    if (!from.length) return;
    const step = from.pop();
    to.push(apply(step));
    tell(step);
  };
  decide.undo = () => move(back, forth);
  decide.redo = () => move(forth, back);

  /** Replace the whole decision: one step. */
  decide.load = (list, hold = []) => {
    const next = new Map(list.map((entry) => [entry[0], entry])), kept = new Set(hold), step = [];
    for (let c = 0; c < problem.n; c++) {
      const [, k, much] = next.get(c) || [c, -1, null];
      const same = k === count.taken[c] && (k < 0 || much === null || problem.Z(much) === count.amount[c]);
      const keep = kept.has(c) ? 1 : 0;
      if (problem.open[c] && !(problem.must[c] && k < 0) && (!same || keep !== held[c])) step.push([c, k, much, keep]);
    }
    return decide.turn(step);
  };
  decide.state = () => ({ list: count.list().map(([c, k, much]) => [c, k, String(much)]), held: [...held.keys()].filter((c) => held[c]) });
  /** Put a saved state back; one that does not fit this problem is refused. */
  decide.restore = (state) => {
    const fits = ([c, k, much]) => problem.candidate[k] === c && /^\d+$/.test(String(much));
    if (!state || !Array.isArray(state.list) || !state.list.every((entry) => Array.isArray(entry) && fits(entry))) return false;
    decide.load(state.list, state.held || []);
    return true;
  };
  return decide;
}

/** A decision as rows of a CSV: every candidate that could be turned, or only those held. */
function landgisDecisionRows(count, held, only = false) {
  const { problem, taken, amount } = count, rows = [["parcel_id", "decision", "use", "quarter", "area_m2"]];
  for (let c = 0; c < problem.n; c++) {
    if (only ? !held[c] : !problem.open[c]) continue;
    const k = taken[c], id = problem.ids[c];
    rows.push(k < 0 ? [id, "out", "", "", ""] : [id, "in", problem.uses[problem.use[k]], String(problem.quarter[k]), landgisSquareMetres(amount[c])]);
  }
  return rows;
}

/** dm² as square metres with two decimals, exact, without thousands. */
function landgisSquareMetres(dm2) {
  const text = String(dm2).padStart(3, "0");
  return text.slice(0, -2) + "." + text.slice(-2);
}

/** Rows of a CSV file: quotes, line ends within quotes, and a BOM are understood. */
function landgisReadCsv(text) {
  const rows = [[""]];
  let quoted = false;
  const source = text.replace(/^\ufeff/, "");
  for (let i = 0; i < source.length; i++) {
    const letter = source[i], row = rows[rows.length - 1];
    if (quoted && letter === '"' && source[i + 1] === '"') row[row.length - 1] += source[++i];
    else if (letter === '"' && (quoted || row[row.length - 1] === "")) quoted = !quoted;
    else if (!quoted && letter === ",") row.push("");
    else if (!quoted && letter === "\n") rows.push([""]);
    else if (quoted || letter !== "\r") row[row.length - 1] += letter;
  }
  return rows.filter((row) => row.length > 1 || row[0] !== "");
}

/**
 * Read a file of decisions.
 * @returns {{list, held, unknown: string[], odd: string[]}} ids that are no candidates, and ids whose
 *   use, quarter or area is not possible
 */
function landgisReadDecisions(problem, text) {
  "use strict";
  const NAMES = { "地块编号": "parcel_id", "编号": "parcel_id", "决定": "decision", "用途": "use", "供应时段": "quarter", "面积（平方米）": "area_m2" };
  const IN = new Set(["in", "入选", "必选"]), [head = [], ...rows] = landgisReadCsv(text);
  const at = {};
  head.forEach((name, i) => { at[NAMES[name.trim()] || name.trim()] = i; });
  if (at.parcel_id === undefined) return null;
  const place = new Map();
  problem.ids.forEach((id, c) => { if (!place.has(id)) place.set(id, c); });
  const found = { list: [], held: [], unknown: [], odd: [] }, cell = (row, name) => (row[at[name]] || "").trim();
  for (const row of rows) {
    const id = (row[at.parcel_id] || "").replace(/^'(?=[=+@\t\r-])/, ""), c = place.get(id);
    if (c === undefined) { found.unknown.push(id); continue; }
    found.held.push(c);
    if (at.decision !== undefined && !IN.has(cell(row, "decision"))) continue;
    const use = cell(row, "use"), quarter = cell(row, "quarter").replace(/\.0$/, "");
    const k = [...problem.options(c)].find((o) => (!use || problem.uses[problem.use[o]] === use) && (!quarter || String(problem.quarter[o]) === quarter));
    if (k === undefined) { found.odd.push(id); continue; }
    const dm2 = /^\d+(\.\d+)?$/.test(cell(row, "area_m2")) ? BigInt(Math.round(Number(cell(row, "area_m2")) * 100)) : null;
    const part = dm2 !== null && dm2 !== BigInt(problem.area[c]) && dm2 >= BigInt(problem.least[c]) && dm2 < BigInt(problem.area[c]);
    if (dm2 !== null && !part && dm2 !== BigInt(problem.area[c])) found.odd.push(id);
    found.list.push([c, k, part ? String(dm2) : null]);
  }
  return found;
}

/** Candidates in which two decisions differ: [candidate, option of the one, of the other]. */
function landgisDifference(one, other) {
  const a = new Map(one.map(([c, ...rest]) => [c, rest])), b = new Map(other.map(([c, ...rest]) => [c, rest])), out = [];
  for (const c of new Set([...a.keys(), ...b.keys()])) {
    const [k = -1, much = null] = a.get(c) || [], [l = -1, least = null] = b.get(c) || [];
    if (k !== l || String(much) !== String(least)) out.push([c, k, l]);
  }
  return out.sort((x, y) => x[0] - y[0]);
}

if (typeof module === "object") {
  module.exports = { landgisDecide, landgisDecisionRows, landgisReadCsv, landgisReadDecisions, landgisDifference, landgisSquareMetres };
}
