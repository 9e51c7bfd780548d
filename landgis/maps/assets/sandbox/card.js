// One candidate: what it is, what is decided, why it cannot be turned, what a turn would do.

/** What an effect means, in words: at most a few sentences. */
function landgisTold(count, effect, words, tables) {
  const { rows } = count.problem, out = [], zero = count.problem.Z(0);
  const size = (away) => (away < zero ? -away : away), name = (r) => (rows[r].kind === "target" ? rows[r].name : rows[r].group || rows[r].say);
  const amount = (r, value) => landgisIn(size(value), rows[r].scale, rows[r].base === "one" ? 0 : Math.max(rows[r].decimals, 2)) + " " + rows[r].unit;
  for (const r of effect.breaks.slice(0, 4)) out.push(["bad", landgisFill(words.would_break, { name: name(r) })]);
  for (const r of effect.mends.slice(0, 4)) out.push(["good", landgisFill(words.would_mend, { name: name(r) })]);
  const targets = effect.moved.filter(([r]) => rows[r].kind === "target" || rows[r].rank > 0);
  targets.sort((a, b) => rows[a[0]].rank - rows[b[0]].rank || Number(size(size(b[2]) - size(b[1])) - size(size(a[2]) - size(a[1]))));
  for (const [r, before, after] of targets.slice(0, 4)) {
    const better = size(after) < size(before), key = after === zero ? "would_meet" : better ? "would_near" : "would_part";
    out.push([better ? "good" : "bad", landgisFill(words[key], { name: name(r) || words.total, before: amount(r, before), after: amount(r, after), side: words[after < zero ? "short" : "over"] })]);
  }
  if (effect.score) out.push(["plain", landgisFill(words.would_score, { by: landgisIn(effect.score, ["100", "1"], 0, true) })]);
  if (!out.length) out.push(["plain", words.would_nothing]);
  return out;
}

/** The card: shown for a candidate, told again after every turn. */
function landgisCard(count, decide, words, tables, go) {
  "use strict";
  const { problem } = count, box = landgisBy("card");
  const card = { now: -1, show, hide };
  let waiting = 0;
  const list = (items) => landgisMake("ul", {}, ...items.map(([kind, text]) => landgisMake("li", { class: kind }, text)));
  const square = (dm2) => landgisIn(dm2, ["100", "1"], 2) + " m²（" + landgisIn(dm2, ["200000", "3"], 2) + " " + words.mu + "）";

  function turn(k, much = null) {
    decide.turn([[card.now, k, much, 1]]);
    show(card.now);
  }

  function choice(c) {
    const k = count.taken[c], options = [...problem.options(c)], uses = [...new Set(options.map((o) => problem.use[o]))];
    const current = k >= 0 ? problem.use[k] : -1;
    const find = (use, quarter) => options.find((o) => problem.use[o] === use && problem.quarter[o] === quarter) ?? options.find((o) => problem.use[o] === use);
    const use = landgisMake("select", { id: "card-use", "aria-label": words.use, change: (event) => turn(find(Number(event.target.value), problem.quarter[count.taken[c]])) },
      ...uses.map((u) => landgisMake("option", { value: u, ...(u === current ? { selected: "" } : {}) }, problem.use_names[u])));
    const quarters = [...new Set(options.filter((o) => problem.use[o] === current).map((o) => problem.quarter[o]))];
    const quarter = landgisMake("select", { id: "card-quarter", "aria-label": words.quarter, change: (event) => turn(find(current, Number(event.target.value))) },
      ...quarters.map((q) => landgisMake("option", { value: q, ...(k >= 0 && q === problem.quarter[k] ? { selected: "" } : {}) }, problem.quarters[q - 1] || String(q))));
    const out = landgisMake("button", { type: "button", id: "card-turn", class: k < 0 ? "take" : "drop", click: () => turn(k < 0 ? landgisBestOption(count, c) : -1) }, k < 0 ? words.take : words.drop);
    if (problem.must[c]) out.disabled = true;
    const hold = landgisMake("label", { class: "hold" }, landgisMake("input", { type: "checkbox", id: "card-hold", ...(decide.held[c] ? { checked: "" } : {}), change: (event) => { decide.turn([[c, count.taken[c], count.taken[c] < 0 ? null : count.amount[c], event.target.checked ? 1 : 0]]); } }), words.hold);
    const row = landgisMake("div", { class: "choice" }, out, ...(k < 0 ? [] : [use, quarter]), hold);
    if (k >= 0 && problem.least[c] < problem.area[c]) {
      const part = landgisMake("input", { id: "card-part", type: "number", step: "0.01", min: String(Number(problem.least[c]) / 100), max: String(Number(problem.area[c]) / 100), value: landgisSquareMetres(count.amount[c]), change: (event) => {
        const much = BigInt(Math.round(Number(event.target.value) * 100)), least = BigInt(problem.least[c]), most = BigInt(problem.area[c]);
        turn(k, String(much < least ? least : much > most ? most : much));
      } });
      row.append(landgisMake("label", { class: "part" }, words.piece, part, " m² ", landgisMake("small", {}, landgisFill(words.piece_from, { least: landgisIn(problem.least[c], ["100", "1"], 2) }))));
    }
    return row;
  }

  function why(c) {
    if (!problem.open[c]) return [];
    const k = count.taken[c], out = [];
    if (k >= 0 && !problem.must[c]) out.push(landgisMake("h3", {}, words.if_out), list(landgisTold(count, landgisEffect(count, [[c, -1]]), words, tables)));
    if (k < 0) {
      const best = landgisBestOption(count, c), seen = new Set();
      for (const o of [best, ...problem.options(c)]) {
        if (seen.has(problem.use[o])) continue;
        seen.add(problem.use[o]);
        out.push(landgisMake("h3", {}, landgisFill(words.if_in, { use: problem.use_names[problem.use[o]] })), list(landgisTold(count, landgisEffect(count, [[c, o]]), words, tables)));
      }
    }
    if (problem.must[c]) return out;
    const swaps = landgisExchanges(count, c, decide.held);
    if (swaps.length) {
      out.push(landgisMake("h3", {}, k < 0 ? words.swap_out : words.swap_in), landgisMake("ul", { class: "swaps" }, ...swaps.map(({ turns, other, effect }) => {
        const told = landgisTold(count, effect, words, tables).slice(0, 2);
        return landgisMake("li", {}, landgisMake("button", { type: "button", click: () => { decide.turn(turns.map(([d, o]) => [d, o, null, 1])); show(c); } }, problem.ids[other]),
          " ", landgisIn(problem.area[other], ["100", "1"], 2) + " m²", ...told.map(([kind, text]) => landgisMake("span", { class: kind }, text)));
      })));
    }
    return out;
  }

  function show(c) {
    const reasons = landgisMake("div", { class: "why" });
    card.now = c;
    box.hidden = false;
    const name = problem.told.find((column) => column.name === "name"), title = name && name.values[name.codes[c]];
    const facts = [[words.region, tables.regionOf(problem.regions[problem.region[c]] || "\u0001")], [words.area, square(problem.area[c])]];
    for (const column of problem.told) if (column.name !== "name" && column.values[column.codes[c]]) facts.push([column.title, column.values[column.codes[c]]]);
    for (const { title: head, unit, values } of problem.sums) if (values[c] !== null) facts.push([head, landgisIn(values[c], ["100", "1"], 2) + (unit ? " " + unit : "")]);
    const first = problem.options(c)[0];
    if (first !== undefined) facts.push([words.earliest, problem.quarters[Math.min(...[...problem.options(c)].map((k) => problem.quarter[k])) - 1] || ""]);
    box.replaceChildren(
      landgisMake("button", { type: "button", class: "close", "aria-label": words.close, click: hide }, "×"),
      landgisMake("h2", {}, problem.ids[c], title ? landgisMake("small", {}, title) : ""),
      ...(problem.reason.has(c) ? [landgisMake("p", { class: "locked" }, problem.reason.get(c))] : []),
      ...(problem.open[c] ? [choice(c)] : []),
      landgisMake("dl", {}, ...facts.filter(([, text]) => text).flatMap(([head, text]) => [landgisMake("dt", {}, head), landgisMake("dd", {}, text)])),
      reasons,
    );
    // First the totals and the map are shown, then what a turn would do is worked out.
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => setTimeout(() => { if (card.now === c) reasons.replaceChildren(...why(c)); }));
    go(c);
  }

  function hide() {
    box.hidden = true;
    card.now = -1;
    go(-1);
  }
  return card;
}
