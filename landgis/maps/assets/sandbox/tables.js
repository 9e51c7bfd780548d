// The tables that move with every turn: totals against the plan, by period, rules and money.

/** Lines of the totals table: the total, each region with its uses, each use. */
function landgisEntries(problem) {
  "use strict";
  const U = problem.uses.length, R = problem.regions.length, present = new Set();
  for (let k = 0; k < problem.m; k++) present.add(problem.region[problem.candidate[k]] * U + problem.use[k]);
  const targets = new Map(), facets = [];
  problem.rows.forEach((row, r) => {
    if (row.kind !== "target") return;
    const key = row.region + "\u0000" + row.category;
    if (row.facet || targets.has(key)) facets.push(r);
    else targets.set(key, r);
  });
  const known = new Map();
  const entry = (region, category, level, cells) => {
    const key = region + "\u0000" + category, target = targets.has(key) ? targets.get(key) : -1;
    if (known.has(key)) return known.get(key);
    let mine = cells;
    if (target >= 0) {
      const own = new Set();
      problem.each(problem.rows[target], (k) => own.add(problem.region[problem.candidate[k]] * U + problem.use[k]));
      if (own.size) mine = [...own];
    }
    const made = { region, category, level, target, cells: mine };
    known.set(key, made);
    return made;
  };
  const all = [...present].sort((a, b) => a - b), lines = [entry("", "", "total", all)];
  const named = (name) => problem.regions.indexOf(name), usesOf = new Set(problem.uses);
  const regions = new Set(), categories = new Set();      // in the plan's order, then what else there is
  for (const key of targets.keys()) {
    const [region, category] = key.split("\u0000");
    if (region) regions.add(region);
    if (category) categories.add(category);
  }
  for (const region of problem.regions) regions.add(region);
  for (const category of problem.uses) categories.add(category);
  for (const region of regions) {
    const at = named(region), here = all.filter((cell) => Math.floor(cell / U) === at);
    if (region || here.length) lines.push(entry(region || "\u0001", "", "region", here));
    for (const category of categories) {
      const cells = usesOf.has(category) ? here.filter((cell) => cell % U === problem.uses.indexOf(category)) : [];
      if (cells.length || targets.has(region + "\u0000" + category)) {
        if (region) lines.push(entry(region, category, "cell", cells));
        else if (here.length) lines.push({ ...entry("\u0001", category, "cell", cells), region: "\u0001" });
      }
    }
  }
  for (const category of categories) {
    const u = problem.uses.indexOf(category);
    lines.push(entry("", category, "use", all.filter((cell) => cell % U === u)));
  }
  const seen = new Set();
  return { lines: lines.filter((line) => !seen.has(line) && seen.add(line)), facets, R };
}

/** Sums of a line: chosen, by period, what could still be chosen, parcels. */
function landgisLine(count, line) {
  const { problem, cells, left, counts, totals } = count, Q = problem.quarters.length, zero = problem.Z(0);
  const sums = { quarters: new Array(Q).fill(zero), chosen: zero, left: zero, count: 0 };
  for (const cell of line.cells) {
    for (let q = 0; q < Q; q++) sums.quarters[q] += cells[cell * (Q + 1) + q];
    sums.chosen += cells[cell * (Q + 1) + Q];
    sums.left += left[cell];
    sums.count += counts[cell];
  }
  if (line.target >= 0) sums.chosen = totals[line.target];
  return sums;
}

/** How a row stands: met, over or short; of rules kept or broken. */
function landgisVerdict(row, away, zero) {
  if (row.kind === "target" || row.rank > 0) return away === zero ? "met" : away > zero ? "over" : "short";
  return away === zero ? "kept" : "broken";
}

/** What a rule has now, as text: a share in %, an amount in its unit. */
function landgisHas(count, r) {
  const row = count.problem.rows[r], total = BigInt(count.totals[r]);
  if (row.share) {
    const [num, den] = row.share.map(BigInt), whole = BigInt(count.totals[row.whole]);
    if (whole === 0n) return "—";
    return landgisIn((total + num * whole) * 100n, [String(den * whole), "1"], 2) + "%";
  }
  if (row.kind === "completion" && row.planned && row.planned[0] !== "0") {
    return landgisIn(total, row.scale, row.decimals) + " " + row.unit;
  }
  return landgisIn(total, row.scale, row.base === "one" ? 0 : row.decimals) + (row.unit ? " " + row.unit : "");
}

/** The tables of the panel; `update` writes only what has changed. */
function landgisTables(count, words, ask) {
  "use strict";
  const { problem } = count, { lines, facets } = landgisEntries(problem), zero = problem.Z(0);
  const body = landgisBy("totals-body"), signs = { met: "✓", over: "▲", short: "▼", kept: "✓", broken: "✕", none: "" };
  const main = problem.rows.find((row) => row.kind === "target" && !row.region && !row.category) || problem.rows.find((row) => row.kind === "target");
  const unit = main ? main.unit : words.ha, scale = main ? main.scale : ["1000000", "1"];
  const digits = Math.max(2, ...lines.map((line) => (line.target < 0 ? 0 : problem.rows[line.target].decimals)));
  const amount = (value, sign = false) => landgisIn(value, scale, digits, sign);
  const nameOf = (use) => (problem.categories[use] || [use])[0];
  const regionOf = (region) => (region === "\u0001" ? words.no_region : region);
  let timed = false;

  const rows = lines.map((line) => {
    const name = line.level === "total" ? words.total : line.level === "region" ? regionOf(line.region) : nameOf(line.category);
    const cells = Array.from({ length: 5 }, () => landgisMake("td"));
    const head = landgisMake("th", { scope: "row" });
    if (line.level === "region") head.append(landgisMake("button", { type: "button", class: "fold", "aria-expanded": "false", "aria-label": words.open_cells + " " + name, click: (event) => { event.stopPropagation(); fold(line, head); } }, "▸"));
    if (line.category) {
      head.append(landgisMake("i", { style: "background:" + problem.categories[line.category][1] }));
    }
    head.append(landgisMake("button", { type: "button", class: "pick", title: words.show_these, click: () => ask.filter(line) }, name));
    const element = landgisMake("tr", { class: line.level + (line.target < 0 ? " bare" : "") }, head, ...cells);
    element.hidden = line.level === "cell";
    return { line, element, cells, told: [] };
  });
  const split = rows.findIndex(({ line }) => line.level === "use");
  body.append(...rows.slice(0, split < 0 ? rows.length : split).map(({ element }) => element));
  landgisBy("totals-uses").append(...(split < 0 ? [] : rows.slice(split).map(({ element }) => element)));

  function fold(line, head) {
    const button = head.querySelector(".fold"), open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    for (const row of rows) if (row.line.level === "cell" && row.line.region === line.region) row.element.hidden = !open;
  }

  function write(row, texts, verdict) {
    texts.forEach((text, i) => {
      if (row.told[i] === text) return;
      row.told[i] = text;
      row.cells[i].textContent = text;
    });
    if (row.verdict !== verdict) {
      row.verdict = verdict;
      row.element.setAttribute("data-verdict", verdict);
    }
  }

  const touching = new Map();
  rows.forEach((row, i) => row.line.cells.forEach((cell) => {
    if (!touching.has(cell)) touching.set(cell, []);
    touching.get(cell).push(i);
  }));

  function line(row) {
    const sums = landgisLine(count, row.line), target = row.line.target;
    if (timed) return write(row, [...Array.from({ length: 4 }, (_, q) => (q < problem.quarters.length ? amount(sums.quarters[q]) : "")), amount(sums.chosen)], row.verdict || "none");
    const plan = target < 0 ? null : problem.rows[target], away = target < 0 ? zero : count.deviation(target);
    const difference = plan ? BigInt(sums.chosen) * BigInt(plan.planned[1]) - BigInt(plan.planned[0]) : 0n;
    const verdict = plan ? landgisVerdict(plan, away, zero) : "none";
    const sense = plan && words["sense_" + plan.sense] || "";
    return write(row, [plan ? sense + plan.plan_text : "—", amount(sums.chosen), plan ? landgisIn(difference, [String(BigInt(scale[0]) * BigInt(plan.planned[1])), scale[1]], digits, true) : "", amount(sums.left), signs[verdict]], verdict);
  }

  // ---- rules, facets and groups
  const list = landgisBy("rules"), groups = new Map(), shown = [];
  const told = (r, text) => {
    const state = landgisMake("b"), has = landgisMake("span", { class: "has" }), item = landgisMake("li", {}, state, landgisMake("span", {}, text), has);
    if (problem.rows[r].source) item.title = problem.rows[r].source;
    shown.push({ rows: [r], state, has, item });
    return item;
  };
  const sections = [[words.rules, []], [words.further_targets, []], [words.groups, []]];
  problem.rows.forEach((row, r) => {
    if (row.hidden || row.kind === "piece") return;
    if (row.group) {
      if (groups.has(row.group)) groups.get(row.group).rows.push(r);
      else { sections[2][1].push(told(r, row.group + "：" + row.say)); groups.set(row.group, shown[shown.length - 1]); }
    } else if (row.kind !== "target") sections[0][1].push(told(r, row.say));
    else if (facets.includes(r)) sections[1][1].push(told(r, row.name + " " + (words["sense_" + row.sense] || "") + row.plan_text + " " + row.unit));
  });
  for (const [title, items] of sections) if (items.length) list.append(landgisMake("h3", {}, title), landgisMake("ul", {}, ...items));
  if (!shown.length) list.append(landgisMake("p", { class: "quiet" }, words.no_rules));
  const money = landgisBy("money");
  const moneyCells = problem.sums.map(({ title, unit: own }) => {
    const cell = landgisMake("dd");
    money.append(landgisMake("dt", {}, title + (own ? "（" + own + "）" : "")), cell);
    return cell;
  });

  function rules() {
    for (const { rows: mine, state, has, item } of shown) {
      const row = problem.rows[mine[0]], away = mine.map((r) => count.deviation(r)), worst = away.find((value) => value !== zero);
      const verdict = landgisVerdict(row, worst === undefined ? zero : worst, zero);
      if (item.dataset.verdict !== verdict) {
        item.dataset.verdict = verdict;
        state.textContent = signs[verdict];
        state.title = words["verdict_" + verdict];
      }
      const text = row.group ? "" : words.now + " " + landgisHas(count, mine[0]);
      if (has.textContent !== text) has.textContent = text;
    }
    moneyCells.forEach((cell, s) => {
      const unknown = count.known[s] ? landgisFill(words.not_known, { n: count.known[s] }) : "";
      cell.textContent = landgisIn(count.sums[s], ["100", "1"], 2) + unknown;
    });
  }

  // ---- the answer in one sentence
  function answer() {
    const broken = shown.filter(({ item }) => item.dataset.verdict === "broken").length;
    const off = rows.filter((row) => row.line.target >= 0 && count.deviation(row.line.target) !== zero).length;
    const total = rows[0], plan = total.line.target < 0 ? null : problem.rows[total.line.target];
    const sums = landgisLine(count, total.line);
    let text = landgisFill(words.answer, { n: count.chosen.toLocaleString("en"), area: amount(sums.chosen), unit });
    if (plan) {
      const difference = BigInt(sums.chosen) * BigInt(plan.planned[1]) - BigInt(plan.planned[0]);
      const by = landgisIn(difference < 0n ? -difference : difference, [String(BigInt(scale[0]) * BigInt(plan.planned[1])), scale[1]], digits);
      text += difference === 0n ? words.answer_equal : landgisFill(difference < 0n ? words.answer_less : words.answer_more, { by, unit });
    }
    text += off ? landgisFill(words.answer_off, { n: off }) : words.answer_met;
    text += broken ? landgisFill(words.answer_broken, { n: broken }) : words.answer_kept;
    const box = landgisBy("answer");
    box.firstElementChild.textContent = text;
    box.className = broken ? "broken" : off ? "off" : "good";
    return text;
  }

  function heads() {
    const plain = [words.planned, words.chosen, words.difference, words.left, ""], quarters = [...problem.quarters.slice(0, 4), words.total];
    while (quarters.length < 5) quarters.splice(quarters.length - 1, 0, "");
    landgisBy("totals-head").replaceChildren(landgisMake("th", { scope: "col" }, words.region_use), ...(timed ? quarters : plain).map((text) => landgisMake("th", { scope: "col" }, text)));
  }

  const tables = {
    lines, unit, amount, shown, nameOf, regionOf, answer, rows,
    /** Write what the turned candidates have changed; everything without a list. */
    update(turned) {
      const dirty = new Set(turned && turned.length < 2000 ? [] : rows.keys());
      if (!dirty.size) for (const c of turned) for (const k of problem.options(c)) for (const i of touching.get(problem.region[c] * problem.uses.length + problem.use[k]) || []) dirty.add(i);
      for (const i of dirty) line(rows[i]);
      rules();
      answer();
    },
    byTime(on) {
      timed = on;
      for (const row of rows) row.told = [];
      heads();
      rows.forEach(line);
    },
  };
  landgisBy("unit").textContent = unit;
  landgisBy("totals").classList.toggle("wide", digits > 3);
  heads();
  return tables;
}

if (typeof module === "object") {
  Object.assign(globalThis, { landgisIn: require("./count.js").landgisIn });
  module.exports = { landgisEntries, landgisLine, landgisHas, landgisVerdict };
}
