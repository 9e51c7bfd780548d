// The sandbox page: map, tables, card, scenarios and solver around one exact count.

async function landgisSandbox() {
  "use strict";
  const page = JSON.parse(landgisBy("page").textContent), { words } = page, status = landgisBy("status");
  const packed = async (id) => landgisUnzip(Uint8Array.from(atob(landgisBy(id).textContent), (letter) => letter.charCodeAt(0)));
  let quiet = 0;
  const say = (text) => {
    status.textContent = text;
    status.className = "";
    clearTimeout(quiet);
    quiet = setTimeout(() => { status.className = "quiet"; }, 5000);
  };
  addEventListener("unhandledrejection", ({ reason }) => { status.className = "fault"; status.textContent = String(reason && reason.message || reason); });

  const problem = landgisProblem(JSON.parse(new TextDecoder().decode(await packed("problem")))), count = landgisCount(problem);
  for (let c = 0; c < problem.n; c++) if (problem.must[c] && problem.options(c).length) count.set(c, problem.options(c)[0]);
  const starts = Object.entries(page.starts);
  if (starts.length) for (const [c, k, much] of starts[0][1]) if (problem.open[c]) count.set(c, k, much);
  const first = { list: count.list().map(([c, k, much]) => [c, k, String(much)]), held: [] };

  // ---- the map
  const shapes = landgisBy("shapes").textContent ? await landgisUnpack(new TextEncoder().encode(landgisBy("shapes").textContent), landgisUnzip) : null;
  const map = L.map("map", { zoomSnap: 0.25, zoomControl: false, attributionControl: false, minZoom: 3, maxZoom: 22 });
  L.control.zoom({ position: "topright", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.setView([30, 110], 4, { animate: false });
  if (page.bounds) map.fitBounds(page.bounds, { padding: [20, 20], animate: false });
  if (page.regions) {
    const { places, lines, dashed } = page.regions;
    for (const [set, dash] of [[lines, null], [dashed, "7 5"]]) L.polyline(set, { color: "#8c2f39", weight: 1.6, dashArray: dash, interactive: false }).addTo(map);
    for (const { name, point } of places) if (point) L.marker(point, { interactive: false, keyboard: false, icon: L.divIcon({ className: "name", html: landgisEscaped(name), iconSize: null }) }).addTo(map);
  }
  const theme = landgisBy("colour"), brush = { use: landgisBy("brush-use"), quarter: landgisBy("brush-quarter") };
  const QUARTERS = ["#cfe3f5", "#8fbde3", "#3f87c5", "#164d86", "#7c5aa6", "#4d2d74", "#b06a2c", "#7a3d10"];
  const mix = (colour, part) => "#" + [1, 3, 5].map((i) => Math.round(255 + (parseInt(colour.slice(i, i + 2), 16) - 255) * part).toString(16).padStart(2, "0")).join("");
  const pale = problem.colours.map((pair) => pair.map((colour) => mix(colour, 0.2)));
  function look(c) {
    const k = count.taken[c], kind = theme.value === "safe" ? 1 : 0;
    const shut = !problem.open[c];
    if (k < 0) {
      const own = problem.options(c)[0];
      if (shut) return { fill: "#e3e5e8", line: "#bcc2c9", width: 0.7, level: 0, sign: "closed" };
      return { fill: theme.value === "quarter" ? "#f7f7f5" : pale[problem.use[own]][kind], line: "#9aa4b0", width: 0.8, level: 1, sign: decide.held[c] ? "held" : "" };
    }
    const fill = theme.value === "quarter" ? QUARTERS[(problem.quarter[k] - 1) % QUARTERS.length] : problem.colours[problem.use[k]][kind];
    return { fill, line: "#1c2430", width: 1.5, level: 2, sign: problem.must[c] ? "locked" : decide.held[c] ? "held" : "" };
  }

  let waiting = 0;
  const decide = landgisDecide(count, (turned) => {
    if (layer) layer.redraw(turned);
    tables.update(turned);
    landgisBy("undo").disabled = !decide.canUndo;
    landgisBy("redo").disabled = !decide.canRedo;
    list.mark(turned);
    if (card.now >= 0 && turned.includes(card.now)) card.show(card.now);
    clearTimeout(waiting);
    waiting = setTimeout(() => { waiting = 0; plans.keep(); if (!landgisBy("tab-plans").hidden) plans.show(); }, 400);
  });
  addEventListener("pagehide", () => { if (waiting) plans.keep(); }); // what was decided last is kept, too
  const layer = shapes && landgisCandidates(shapes, look);
  let cursor = -1, ring = null;
  function go(c, pan) {
    cursor = c;
    if (ring) ring.remove();
    ring = null;
    if (c < 0 || !layer || !layer.drawn(c)) return;
    ring = L.polygon(layer.rings(c), { fill: false, color: "#0b57d0", weight: 3, interactive: false }).addTo(map);
    if (pan && !map.getBounds().pad(-0.1).contains(layer.boundsOf(c))) map.fitBounds(layer.boundsOf(c), { maxZoom: Math.max(map.getZoom(), 15), padding: [60, 60] });
  }

  // ---- tables, list, scenarios, solver
  const list = landgisCandidateList(count, words, (c) => { card.show(c); go(c, true); }, (c) => { flip(c); card.show(c); });
  const tables = landgisTables(count, words, { filter: (line) => { tab("list"); list.filter({ region: line.region, category: line.category }); } });
  list.tables = tables;
  const card = landgisCard(count, decide, words, tables, (c) => go(c));
  const plans = landgisPlans(count, decide, words, tables, page, say);
  plans.go = (c) => { card.show(c); go(c, true); };
  const solving = landgisSolving(count, decide, words, tables, say);
  starts.forEach(([name, entries]) => plans.list.push({ name, own: false, state: { list: entries.map(([c, k, much]) => [c, k, String(much)]), held: [] } }));
  for (const text of page.told) landgisBy("told").append(landgisMake("li", {}, text));
  landgisBy("told").parentElement.hidden = !page.told.length;

  /** The option that the brush asks for; where it cannot be, none. */
  function wanted(c) {
    const use = brush.use.value, quarter = brush.quarter.value;
    const fits = [...problem.options(c)].filter((k) => (use === "" || problem.use[k] === Number(use)) && (quarter === "" || problem.quarter[k] === Number(quarter)));
    if (!fits.length) return -1;
    return use === "" && quarter === "" ? landgisBestOption(count, c) : fits[0];
  }
  function flip(c) {
    if (problem.must[c] && problem.open[c]) return say(problem.ids[c] + "：" + words.locked_in);
    if (!problem.open[c]) return say(problem.ids[c] + "：" + (problem.reason.get(c) || words.cannot));
    if (count.taken[c] >= 0) return decide.turn([[c, -1, null, 1]]);
    const k = wanted(c);
    return k < 0 ? say(problem.ids[c] + "：" + words.brush_cannot) : decide.turn([[c, k, null, 1]]);
  }

  let mode = "turn";
  function setMode(name) {
    mode = name;
    for (const button of document.querySelectorAll("#modes button")) button.setAttribute("aria-pressed", String(button.dataset.mode === name));
    map.dragging[name.startsWith("lasso") ? "disable" : "enable"]();
    landgisBy("map").classList.toggle("lasso", name.startsWith("lasso"));
  }
  for (const button of document.querySelectorAll("#modes button")) button.addEventListener("click", () => setMode(button.dataset.mode));
  if (layer) {
    layer.addTo(map);
    map.on("click", ({ latlng }) => {
      if (mode.startsWith("lasso")) return;
      const c = layer.at(latlng);
      if (c < 0) { card.hide(); return; }
      if (mode === "turn") flip(c);
      card.show(c);
    });
    const box = landgisBy("map");
    let line = null;
    box.addEventListener("pointerdown", (event) => {
      if (!mode.startsWith("lasso") || event.target.closest(".leaflet-control")) return;
      box.setPointerCapture(event.pointerId);
      line = L.polygon([map.mouseEventToLatLng(event)], { color: "#0b57d0", weight: 2, dashArray: "5 4", fillOpacity: 0.08, interactive: false }).addTo(map);
    });
    box.addEventListener("pointermove", (event) => { if (line) line.addLatLng(map.mouseEventToLatLng(event)); });
    const end = () => {
      if (!line) return;
      const inside = layer.within(line.getLatLngs()[0]);
      line.remove();
      line = null;
      const step = [];
      let not = 0;
      for (const c of inside) {
        if (!problem.open[c] || (mode === "lasso-out" && problem.must[c])) { not++; continue; }
        if (mode === "lasso-out") { if (count.taken[c] >= 0) step.push([c, -1, null, 1]); continue; }
        const k = count.taken[c] >= 0 && brush.use.value === "" && brush.quarter.value === "" ? count.taken[c] : wanted(c);
        if (k < 0) not++;
        else if (k !== count.taken[c]) step.push([c, k, null, 1]);
      }
      decide.turn(step);
      say(landgisFill(words.lassoed, { n: step.length }) + (not ? landgisFill(words.lassoed_not, { n: not }) : ""));
    };
    box.addEventListener("pointerup", end);
    box.addEventListener("pointercancel", end);
  } else landgisBy("no-map").hidden = false;
  theme.addEventListener("change", () => { if (layer) layer.draw(); key(); });
  function key() {
    const rows = theme.value === "quarter" ? problem.quarters.map((name, q) => [name, QUARTERS[q % QUARTERS.length]]) : problem.use_names.map((name, u) => [name, problem.colours[u][theme.value === "safe" ? 1 : 0]]);
    landgisBy("key").replaceChildren(...rows.slice(0, 14).map(([name, colour]) => landgisMake("div", {}, landgisMake("i", { style: "background:" + colour }), name)), landgisMake("div", { class: "quiet" }, words.key_pale));
  }
  problem.use_names.forEach((name, u) => brush.use.append(landgisMake("option", { value: u }, name)));
  problem.quarters.forEach((name, q) => brush.quarter.append(landgisMake("option", { value: q + 1 }, name)));

  // ---- buttons and keys
  function tab(name) {
    for (const button of document.querySelectorAll("#tabs button")) {
      const on = button.dataset.tab === name;
      button.setAttribute("aria-selected", String(on));
      landgisBy("tab-" + button.dataset.tab).hidden = !on;
    }
    if (name === "plans") plans.show();
    if (name === "list") list.show();
  }
  for (const button of document.querySelectorAll("#tabs button")) button.addEventListener("click", () => tab(button.dataset.tab));
  const on = (id, act, event = "click") => landgisBy(id).addEventListener(event, act);
  on("undo", () => { decide.undo(); if (card.now >= 0) card.show(card.now); });
  on("redo", () => { decide.redo(); if (card.now >= 0) card.show(card.now); });
  on("plan-add", () => { const box = landgisBy("plan-name"); say(landgisFill(words.added, { name: plans.add(box.value.trim()) })); box.value = ""; });
  on("save", () => plans.save(false));
  on("save-held", () => plans.save(true));
  on("open", ({ target }) => { if (target.files[0]) plans.open(target.files[0]); target.value = ""; }, "change");
  on("minutes-open", plans.minutes);
  on("minutes-close", plans.closeMinutes);
  on("minutes-print", () => print());
  on("hold-all", () => decide.turn(count.list().filter(([c]) => !decide.held[c]).map(([c, k, much]) => [c, k, much, 1])));
  on("free-all", () => decide.turn([...decide.held.keys()].filter((c) => decide.held[c]).map((c) => [c, count.taken[c], count.taken[c] < 0 ? null : count.amount[c], 0])));
  on("restart", () => { decide.restore(first); say(words.restarted); });
  on("clear", () => { decide.load([]); say(words.cleared); });
  on("by-time", ({ target }) => tables.byTime(target.checked), "change");
  on("grip", () => { const open = document.body.classList.toggle("folded"); landgisBy("grip").setAttribute("aria-expanded", String(!open)); setTimeout(() => map.invalidateSize(), 50); });
  const step = (by) => { const n = problem.n; if (n) { let c = cursor < 0 ? (by > 0 ? -1 : n) : cursor; c = (c + by + n) % n; card.show(c); go(c, true); } };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea") || event.altKey) return;
    const letter = event.key.toLowerCase(), command = event.ctrlKey || event.metaKey;
    if (command && letter === "z") { event.preventDefault(); decide[event.shiftKey ? "redo" : "undo"](); if (card.now >= 0) card.show(card.now); return; }
    if (command && letter === "y") { event.preventDefault(); decide.redo(); if (card.now >= 0) card.show(card.now); return; }
    if (command) return;
    if (letter === "escape") { if (!landgisBy("minutes").hidden) plans.closeMinutes(); else if (solving.running) solving.cancel(); else { card.hide(); setMode("turn"); } }
    if (!landgisBy("minutes").hidden) return;
    if (letter === "/") { event.preventDefault(); tab("list"); landgisBy("find").focus(); }
    if (letter === "]") step(1);
    if (letter === "[") step(-1);
    if (cursor < 0 || event.target.closest("button, a, summary")) return;
    if (letter === " ") { event.preventDefault(); flip(cursor); card.show(cursor); }
    const k = count.taken[cursor], q = Number(letter);
    if (k >= 0 && q >= 1 && q <= problem.quarters.length) {
      const other = [...problem.options(cursor)].find((o) => problem.use[o] === problem.use[k] && problem.quarter[o] === q);
      if (other === undefined) say(words.not_then);
      else { decide.turn([[cursor, other, null, 1]]); card.show(cursor); }
    }
    if (k >= 0 && letter === "u") {
      const uses = [...new Set([...problem.options(cursor)].map((o) => problem.use[o]))], next = uses[(uses.indexOf(problem.use[k]) + 1) % uses.length];
      const other = [...problem.options(cursor)].filter((o) => problem.use[o] === next), same = other.find((o) => problem.quarter[o] === problem.quarter[k]);
      decide.turn([[cursor, same === undefined ? other[0] : same, null, 1]]);
      card.show(cursor);
    }
    if (letter === "h" && problem.open[cursor]) { decide.turn([[cursor, k, k < 0 ? null : count.amount[cursor], decide.held[cursor] ? 0 : 1]]); card.show(cursor); }
  });
  addEventListener("beforeprint", () => { if (layer) layer.draw(); });

  key();
  tables.update(null);
  const restored = plans.restore();
  tab("totals");
  setMode("turn");
  landgisBy("undo").disabled = !decide.canUndo;
  say(restored ? words.restored : problem.n ? landgisFill(words.ready, { n: problem.n.toLocaleString("en") }) : words.no_candidates);
  window.landgisDeciding = { problem, count, decide, tables, plans, solving, map, layer, card, list, page };
  document.documentElement.dataset.ready = "";
}
