// The list of candidates: also the way in for the keyboard, and for candidates without shapes.

/** The list of candidates: found by words, filtered by a line of the table, a page of 200 at a time. */
function landgisCandidateList(count, words, choose, flip) {
  "use strict";
  const { problem } = count, box = landgisBy("list"), find = landgisBy("find"), MOST = 200, rows = new Map();
  const name = problem.told.find((column) => column.name === "name");
  const list = { tables: null, filter, show, mark };
  let only = null;

  function fits(c, text) {
    if (landgisBy("only-chosen").checked && count.taken[c] < 0) return false;
    if (only) {
      if (only.region && problem.regions[problem.region[c]] !== (only.region === "\u0001" ? "" : only.region)) return false;
      if (only.category && ![...problem.options(c)].some((k) => only.uses.has(problem.use[k]))) return false;
    }
    return !text || problem.ids[c].toLowerCase().includes(text) || (name && name.values[name.codes[c]].toLowerCase().includes(text));
  }

  function show() {
    const text = find.value.trim().toLowerCase(), found = [];
    for (let c = 0; c < problem.n; c++) if (fits(c, text)) found.push(c);
    rows.clear();
    box.replaceChildren(...found.slice(0, MOST).map((c) => {
      const state = landgisMake("span", { class: "state" }), turn = landgisMake("button", { type: "button", class: "turn", click: () => flip(c) });
      const item = landgisMake("li", {}, turn, landgisMake("button", { type: "button", class: "id", click: () => choose(c) }, problem.ids[c], landgisMake("small", {}, (name ? name.values[name.codes[c]] + " " : "") + problem.regions[problem.region[c]])), state);
      rows.set(c, { item, state, turn });
      return item;
    }));
    mark([...rows.keys()]);
    landgisBy("found").textContent = landgisFill(found.length > MOST ? words.found_first : words.found, { n: found.length.toLocaleString("en"), most: MOST });
    const head = landgisBy("only");
    head.hidden = !only;
    if (only) head.firstElementChild.textContent = [only.region && (only.region === "\u0001" ? words.no_region : only.region), only.category].filter(Boolean).join(" · ") || words.total;
  }

  function mark(turned) {
    for (const c of turned) {
      const row = rows.get(c);
      if (!row) continue;
      const k = count.taken[c], shut = !problem.open[c];
      row.turn.textContent = k >= 0 ? "✓" : shut ? "×" : "○";
      row.turn.setAttribute("aria-label", problem.ids[c] + " " + (k >= 0 ? words.drop : words.take));
      row.turn.disabled = shut || Boolean(problem.must[c]);
      row.item.className = k >= 0 ? "in" : shut ? "shut" : "";
      row.state.textContent = k >= 0 ? problem.use_names[problem.use[k]] + " " + (problem.quarters[problem.quarter[k] - 1] || "") : problem.reason.get(c) || "";
    }
  }

  function filter(line) {
    only = line.region || line.category ? { ...line, uses: new Set() } : null;
    if (only && line.category) {
      for (const row of problem.rows) if (row.kind === "target" && row.category === line.category) problem.each(row, (k) => only.uses.add(problem.use[k]));
      only.uses.add(problem.uses.indexOf(line.category));
    }
    show();
  }
  find.addEventListener("input", show);
  landgisBy("only-chosen").addEventListener("change", show);
  landgisBy("only-off").addEventListener("click", () => filter({}));
  return list;
}
