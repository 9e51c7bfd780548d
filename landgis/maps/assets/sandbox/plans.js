// Scenarios side by side, the decision as a file, and the table for the minutes of the meeting.

/** Give a file to the reader. */
function landgisSaveFile(name, text, kind) {
  const link = landgisMake("a", { href: URL.createObjectURL(new Blob([text], { type: kind })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Scenarios: saved, named, loaded, compared. Kept by the browser where it lets us. */
function landgisPlans(count, decide, words, tables, page, say) {
  "use strict";
  const { problem } = count, key = "landgis-sandbox-" + page.key, plans = { list: [], keep, restore };
  let stored = true;

  function keep() {
    const saved = plans.list.map(({ name, state, own }) => ({ name, state, own }));
    try { localStorage.setItem(key, JSON.stringify({ now: decide.state(), saved: saved.filter(({ own }) => own) })); stored = true; } catch { stored = false; }
    landgisBy("stored").textContent = stored ? words.kept_here : words.not_kept;
  }

  function restore() {
    let told = null;
    try { told = JSON.parse(localStorage.getItem(key) || "null"); } catch { stored = false; }
    if (!told || !decide.restore(told.now)) return false;
    for (const { name, state } of told.saved || []) plans.list.push({ name: String(name), state, own: true });
    return true;
  }

  /** What a scenario amounts to, counted anew. */
  function weigh(state) {
    const own = landgisCount(problem);
    own.load(state.list);
    const zero = problem.Z(0), broken = new Set();
    let off = 0;
    problem.rows.forEach((row, r) => {
      if (row.hidden || own.deviation(r) === zero) return;
      if (row.rank === 0) broken.add(row.group || r);
      else if (row.kind === "target") off++;
    });
    return { count: own, off, broken: broken.size };
  }

  plans.add = (name, state = decide.state(), own = true) => {
    const taken = new Set(plans.list.map((plan) => plan.name));
    let unique = name || words.scenario + " " + (plans.list.length + 1), n = 2;
    while (taken.has(unique)) unique = (name || words.scenario) + " " + n++;
    plans.list.push({ name: unique, state, own });
    plans.show();
    keep();
    return unique;
  };

  plans.show = () => {
    const all = [{ name: words.present, state: decide.state(), present: true }, ...plans.list];
    const table = landgisBy("plans"), weighed = all.map(({ state }) => weigh(state));
    const ranks = [...new Set(problem.rows.filter((row) => row.rank > 0 && !row.hidden).map((row) => row.rank))].sort((a, b) => a - b);
    const main = problem.rows.find((row) => row.kind === "target");
    const scale = main ? main.scale : ["1000000", "1"];
    const lines = [
      [words.parcels, ({ count: c }) => c.chosen.toLocaleString("en")],
      [words.area + "（" + tables.unit + "）", ({ count: c }) => tables.amount(c.area)],
      ...ranks.map((rank) => [words["rank_" + rank] || landgisFill(words.rank, { rank }), ({ count: c }) => landgisIn(c.ranks().get(rank) || 0, scale, 2)]),
      [words.targets_off, ({ off }) => String(off)], [words.rules_broken, ({ broken }) => String(broken)],
      ...problem.sums.map(({ title, unit }, s) => [title + (unit ? "（" + unit + "）" : ""), ({ count: c }) => landgisIn(c.sums[s], ["100", "1"], 2)]),
      [words.score, ({ count: c }) => landgisIn(c.score, ["100", "1"], 0)],
    ];
    const head = landgisMake("tr", {}, landgisMake("th", {}), ...all.map((plan) => landgisMake("th", { scope: "col" }, plan.name,
      ...(plan.present ? [] : [landgisMake("span", { class: "does" },
        landgisMake("button", { type: "button", click: () => { decide.restore(plan.state); say(landgisFill(words.loaded, { name: plan.name })); plans.show(); } }, words.load),
        ...(plan.own ? [landgisMake("button", { type: "button", "aria-label": words.remove + " " + plan.name, click: () => { plans.list.splice(plans.list.indexOf(plan), 1); plans.show(); keep(); } }, "×")] : []))]))));
    table.replaceChildren(landgisMake("thead", {}, head), landgisMake("tbody", {}, ...lines.map(([title, give]) => landgisMake("tr", {}, landgisMake("th", { scope: "row" }, title), ...weighed.map((own) => landgisMake("td", {}, give(own)))))));
    for (const id of ["plan-a", "plan-b"]) {
      const select = landgisBy(id), was = select.value;
      select.replaceChildren(...all.map((plan, i) => landgisMake("option", { value: i }, plan.name)));
      select.value = Number(was) < all.length && was !== "" ? was : id === "plan-a" ? "0" : String(Math.min(1, all.length - 1));
    }
    compare(all, weighed);
  };

  function compare(all, weighed) {
    const [a, b] = ["plan-a", "plan-b"].map((id) => Number(landgisBy(id).value)), box = landgisBy("differences");
    const listed = all.map(({ state }) => state.list);
    const apart = landgisDifference(listed[a], listed[b]), what = (k) => (k < 0 ? words.out : problem.use_names[problem.use[k]] + " " + (problem.quarters[problem.quarter[k] - 1] || ""));
    const totals = tables.lines.map((line) => [line, landgisLine(weighed[a].count, line).chosen, landgisLine(weighed[b].count, line).chosen]).filter(([line, x, y]) => line.level !== "cell" && x !== y);
    box.replaceChildren(
      landgisMake("h3", {}, landgisFill(words.differ, { n: apart.length })),
      landgisMake("ul", {}, ...apart.slice(0, 300).map(([c, k, l]) => landgisMake("li", {}, landgisMake("button", { type: "button", click: () => plans.go(c) }, problem.ids[c]), " " + what(k) + " → " + what(l)))),
      ...(totals.length ? [landgisMake("h3", {}, words.differ_totals), landgisMake("ul", {}, ...totals.map(([line, x, y]) => landgisMake("li", {}, (line.region ? tables.regionOf(line.region) : line.category ? tables.nameOf(line.category) : words.total) + " " + tables.amount(x) + " → " + tables.amount(y))))] : []),
    );
  }
  for (const id of ["plan-a", "plan-b"]) landgisBy(id).addEventListener("change", () => plans.show());

  /** The decision as a CSV that the program takes with --keep. */
  plans.save = (only) => {
    landgisSaveFile(page.file + (only ? words.file_held : words.file_decision) + ".csv", "\ufeff" + landgisCsv(landgisDecisionRows(count, decide.held, only)) + "\r\n", "text/csv");
    say(only ? words.saved_held : words.saved);
  };
  plans.open = async (file) => {
    const found = landgisReadDecisions(problem, await file.text());
    if (!found) return say(words.no_ids);
    decide.load(found.list, found.held);
    const odd = [...found.unknown.map((id) => id + words.is_unknown), ...found.odd.map((id) => id + words.is_odd)];
    return say(landgisFill(words.opened, { n: found.held.length }) + (odd.length ? odd.slice(0, 5).join("；") + (odd.length > 5 ? "…" : "") : ""));
  };

  // ---- the minutes
  plans.chosenRows = () => {
    const name = problem.told.find((column) => column.name === "name"), rows = [];
    for (let c = 0; c < problem.n; c++) {
      const k = count.taken[c];
      if (k < 0) continue;
      rows.push([String(rows.length + 1), problem.ids[c], ...(name ? [name.values[name.codes[c]]] : []), tables.regionOf(problem.regions[problem.region[c]] || "\u0001"), problem.use_names[problem.use[k]], problem.quarters[problem.quarter[k] - 1] || "", landgisIn(count.amount[c], ["100", "1"], 2), landgisIn(count.amount[c], ["200000", "3"], 2), decide.held[c] ? words.decided_here : problem.must[c] ? words.locked_in : ""]);
    }
    const head = [words.number, words.parcel_id, ...(name ? [name.title] : []), words.region, words.use, words.quarter, words.square_metres, words.in_mu, words.note];
    return [head, ...rows];
  };
  const totalsRows = () => [[words.region_use, words.planned, words.chosen, words.difference, ...problem.quarters.slice(0, 12)],
    ...tables.lines.filter((line) => line.level !== "cell" || line.target >= 0).map((line) => {
      const sums = landgisLine(count, line), plan = line.target < 0 ? null : problem.rows[line.target];
      const difference = plan ? BigInt(sums.chosen) * BigInt(plan.planned[1]) - BigInt(plan.planned[0]) : 0n;
      const title = line.level === "cell" ? tables.regionOf(line.region) + " " + tables.nameOf(line.category) : line.region ? tables.regionOf(line.region) : line.category ? tables.nameOf(line.category) : words.total;
      const scale = plan ? plan.scale : ["1000000", "1"];
      return [title, plan ? (words["sense_" + plan.sense] || "") + plan.plan_text : "—", tables.amount(sums.chosen), plan ? landgisIn(difference, [String(BigInt(scale[0]) * BigInt(plan.planned[1])), scale[1]], 2, true) : "", ...sums.quarters.slice(0, 12).map((value) => tables.amount(value))];
    })];
  const asTable = ([head, ...rows]) => landgisMake("table", {}, landgisMake("thead", {}, landgisMake("tr", {}, ...head.map((text) => landgisMake("th", {}, text)))), landgisMake("tbody", {}, ...rows.map((row) => landgisMake("tr", {}, ...row.map((text) => landgisMake("td", /^[≤≥约−+\d]|^$/.test(text) ? {} : { class: "text" }, text))))));

  plans.minutes = () => {
    const chosen = plans.chosenRows(), totals = totalsRows(), box = landgisBy("minutes-body");
    const rules = tables.shown.map(({ item, has }) => [item.children[1].textContent, has.textContent, words["verdict_" + item.dataset.verdict]]);
    const copied = [totals, chosen];
    box.replaceChildren(
      landgisMake("h1", {}, page.title), landgisMake("p", { class: "date" }, words.minutes + "　" + new Date().toLocaleDateString(page.lang === "en" ? "en-GB" : "zh-CN")),
      ...page.marks.map((mark) => landgisMake("p", { class: "mark" }, mark)),
      landgisMake("p", {}, tables.answer()),
      landgisMake("h2", {}, words.totals + "（" + tables.unit + "）"), asTable(totals),
      ...(rules.length ? [landgisMake("h2", {}, words.rules), asTable([[words.rules, words.now, ""], ...rules])] : []),
      landgisMake("h2", {}, landgisFill(words.chosen_list, { n: chosen.length - 1 })), asTable(chosen),
      landgisMake("p", { class: "sign" }, words.signatures),
    );
    landgisBy("minutes").hidden = false;
    document.body.classList.add("minutes");
    landgisBy("minutes-copy").onclick = async () => {
      const text = copied.map((table) => table.map((row) => row.join("\t")).join("\n")).join("\n\n");
      const html = [...box.querySelectorAll("table")].map((table) => table.outerHTML).join("<br>");
      try {
        await navigator.clipboard.write([new ClipboardItem({ "text/plain": new Blob([text], { type: "text/plain" }), "text/html": new Blob([html], { type: "text/html" }) })]);
        say(words.copied);
      } catch {                                           // no clipboard here: mark it, for Ctrl+C
        getSelection().selectAllChildren(box);
        say(words.marked);
      }
    };
    landgisBy("minutes-csv").onclick = () => landgisSaveFile(page.file + words.file_minutes + ".csv", "\ufeff" + landgisCsv([...totals, [], ...chosen]) + "\r\n", "text/csv");
    landgisBy("minutes-close").focus();
  };
  plans.closeMinutes = () => {
    landgisBy("minutes").hidden = true;
    document.body.classList.remove("minutes");
  };
  return plans;
}
