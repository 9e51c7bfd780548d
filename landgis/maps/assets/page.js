// The page around the map: check table, search, one parcel, deep links.
// Needs Leaflet, parcels.js, names.js, measure.js and sheet.js before it.

/** Start the page from its JSON and its packed layer. */
function landgisPage(data, packed) {
  "use strict";
  const { words } = data, by = (id) => document.getElementById(id);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
  const state = { theme: "use", uses: null, regions: null, record: null };

  /** An element with attributes and children; texts stay text. */
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(key, value);
      else element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  /** Text as markup that shows it: Leaflet takes markup in names and attributions. */
  function escaped(text) {
    return make("span", {}, text).innerHTML;
  }

  function say(text, { quiet = 0, fault = false } = {}) {
    by("status").textContent = text;
    by("status").className = fault ? "fault" : "";
    clearTimeout(say.timer);
    if (quiet) say.timer = setTimeout(() => { by("status").className = "quiet"; }, quiet);
  }

  const VERDICTS = { fail: [213, 94, 0], unknown: [240, 200, 90], pass: [86, 160, 211], "": [205, 209, 214] };
  const STEPS = {
    completion: [[0, "#b35806", "< 50%"], [0.5, "#f1a340", "50–80%"], [0.8, "#fee0b6", "80–95%"], [0.95, "#f7f7f7", "95–105%"], [1.05, "#d8daeb", "105–120%"], [1.2, "#998ec3", "> 120%"]],
  };

  // ---------------------------------------------------------------- map

  const map = L.map("map", { zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90, maxZoom: 22, doubleClickZoom: false, attributionControl: data.basemaps.length > 0 });
  if (map.attributionControl) map.attributionControl.setPrefix(false);
  for (const [name, z] of [["choropleth", 150], ["townships", 350], ["regions", 360], ["names", 640]]) {
    map.createPane(name).style.zIndex = z;
    if (name !== "choropleth") map.getPane(name).style.pointerEvents = "none";
  }
  map.getPane("choropleth").style.zIndex = 390;
  map.getPane("choropleth").style.pointerEvents = "none";
  L.control.zoom({ position: "topleft", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);

  const parcels = L.landgisParcels(packed, {
    threads: !/[?&]threads=0/.test(location.search), paint: themePaint(), tooltip, maxZoom: 22,
  });
  const borders = { regions: L.layerGroup(), townships: L.layerGroup() };
  const styles = {
    regions: { color: "#8c2f39", weight: 2.2, opacity: 0.95 },
    townships: { color: "#5b6675", weight: 1, opacity: 0.8 },
  };
  for (const place of data.regions.places) {         // where the plan puts this use, without a figure
    if (!data.placed.regions.includes(place.name) || !place.rings.length) continue;
    L.polygon(place.rings, { pane: "townships", interactive: false, stroke: false, fillColor: data.placed.colour, fillOpacity: 0.22 }).addTo(borders.regions);
  }
  for (const level of ["townships", "regions"]) {
    for (const [dashed, lines] of [[false, data[level].lines], [true, data[level].dashed]]) {
      L.polyline(lines, {
        ...styles[level], pane: level, interactive: false, fill: false,
        dashArray: dashed ? (level === "regions" ? "9 6" : "5 4") : null,
      }).addTo(borders[level]);
    }
    borders[level].addTo(map);
  }
  const choropleth = L.layerGroup().addTo(map);
  const names = L.layerGroup().addTo(map);
  parcels.addTo(map);

  const bases = {};                                  // none is shown until a reader chooses it
  for (const base of data.basemaps) {
    bases[escaped(base.name)] = L.tileLayer(base.url, { attribution: escaped(base.attribution), subdomains: base.subdomains, maxNativeZoom: base.max_zoom, maxZoom: 22 });
  }
  L.control.layers(bases, {
    [words.parcels]: parcels, [words.regions]: borders.regions, [words.townships]: borders.townships, [words.labels]: names,
  }, { position: "topleft" }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  addNorth();
  const measure = landgisMeasure(map, words);

  function addNorth() {
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const box = make("div", { class: "north", "aria-hidden": "true" }, words.north);
      box.insertAdjacentHTML("beforeend", '<svg width="20" height="34" viewBox="0 0 20 34"><path d="M10 0 18 33 10 26Z" fill="#1c2430"/><path d="M10 0 2 33 10 26Z" fill="#fff" stroke="#1c2430"/></svg>');
      return box;
    };
    control.addTo(map);
  }

  function whole() {
    const box = data.bounds || (parcels.box && parcels.boundsOf(parcels.box));
    if (box) map.fitBounds(box, { padding: [18, 18], animate: false });
    else map.setView([35, 105], 4);
  }

  /** Names of regions and townships; a name that finds no room is left out. */
  function placeNames() {
    names.clearLayers();
    const labels = [];
    for (const level of ["regions", "townships"]) {
      if (!map.hasLayer(borders[level])) continue;
      for (const place of data[level].places) {
        if (!place.point) continue;
        const note = level === "regions" ? regionNote(place) : "";
        const w = place.name.length * (level === "regions" ? 16 : 12.5) / 2 + 4;
        labels.push({ ...map.latLngToLayerPoint(place.point), w, h: note ? 19 : 10, place, level, note });
      }
    }
    const dots = parcels.dots.map((dot) => Object.values(map.latLngToLayerPoint(parcels.toLatLng(dot))));
    for (const { x, y, place, level, note } of landgisNames(labels, map.hasLayer(parcels) ? dots : [])) {
      const label = make("span", { class: level === "regions" ? "name region" : "name" }, place.name);
      if (note) label.append(make("small", {}, note));
      const icon = L.divIcon({ className: "", html: label, iconSize: [0, 0] });
      L.marker(map.layerPointToLatLng([x, y]), { icon, pane: "names", interactive: false, keyboard: false }).addTo(names);
    }
  }

  // ---------------------------------------------------------------- colours

  function rgb(hex) {
    return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }

  /** What the painter needs to colour the parcels in the present theme. */
  function themePaint() {
    const mark = by("mark").checked ? { column: "verdict", values: ["fail"] } : null;
    const dash = { column: "basis", values: ["schematic", "approximate"] };
    const own = state.theme.startsWith("column:") && data.themes.find((t) => "column:" + t.name === state.theme);
    const colours = {};
    let column = "category";
    if (state.theme === "verdict") {
      Object.assign(colours, VERDICTS);
      column = "verdict";
    } else if (own) {
      for (const [value, hex] of own.colours) colours[value] = rgb(hex);
      column = own.name;
    } else {
      for (const [value, hex, safe] of data.colours) colours[value] = rgb(state.theme === "safe" ? safe : hex);
    }
    const other = regional() ? [214, 217, 221] : [153, 153, 153];
    return { column: regional() ? "" : column, colours, other, mark, dash };
  }

  function regional() {
    return state.theme === "completion" || state.theme === "difference";
  }

  async function setTheme(theme) {
    state.theme = theme;
    for (const swatch of document.querySelectorAll("#table i")) {
      swatch.dataset.plain = swatch.dataset.plain || swatch.style.background;
      swatch.style.background = theme === "safe" ? swatch.dataset.safe : swatch.dataset.plain;
    }
    drawChoropleth();
    drawKey();
    placeNames();
    await parcels.paint(themePaint());
  }

  function differenceSteps() {
    const most = Math.max(...data.regions.places.map((p) => Math.abs(p.difference || 0)), 1e-9);
    const shown = (share) => (most * share).toLocaleString("en", { maximumSignificantDigits: 2 });
    return [
      [-Infinity, "#b35806", `${words.under} > ${shown(0.5)}`], [-0.5 * most, "#f1a340", `${words.under} ${shown(0.1)}–${shown(0.5)}`],
      [-0.1 * most, "#f7f7f7", `± ${shown(0.1)}`],
      [0.1 * most, "#998ec3", `${words.over} ${shown(0.1)}–${shown(0.5)}`], [0.5 * most, "#542788", `${words.over} > ${shown(0.5)}`],
    ];
  }

  const stepsNow = () => (state.theme === "completion" ? STEPS.completion : differenceSteps());
  const colourOf = (value) => value === null ? null : stepsNow().filter(([from]) => value >= from).pop()[1];

  function regionNote(place) {
    if (!regional()) return "";
    if (place[state.theme] === null) return words.no_figure;
    return state.theme === "completion" ? (place.completion * 100).toFixed(1) + "%" : place.difference_text;
  }

  function drawChoropleth() {
    choropleth.clearLayers();
    if (!regional()) return;
    for (const place of data.regions.places) {
      if (!place.rings.length) continue;
      const colour = colourOf(place[state.theme]);
      L.polygon(place.rings, { pane: "choropleth", interactive: false, stroke: false, fillColor: colour || "#c4c9cf", fillOpacity: 0.78 }).addTo(choropleth);
    }
  }

  /** What the colours mean, where the check table does not say it. */
  function keyItems() {
    if (regional()) return [["#c4c9cf", words.no_figure], ...stepsNow().map(([, colour, text]) => [colour, text])];
    if (state.theme === "verdict") {
      return Object.entries(VERDICTS).map(([key, c]) => [`rgb(${c})`, words[key || "unchecked"]]);
    }
    const own = data.themes.find((t) => "column:" + t.name === state.theme);
    return own ? own.colours.map(([value, hex]) => [hex, value || "—"]) : [];
  }

  function drawKey() {
    const items = keyItems(), box = by("key");
    box.hidden = !items.length;
    const select = by("colour");
    box.replaceChildren(make("b", {}, select.options[select.selectedIndex].text), ...items.map(([colour, text]) =>
      make("div", {}, Object.assign(make("i"), { style: `background:${colour}` }), text)));
  }

  // ---------------------------------------------------------------- check table and filters

  const rows = [...document.querySelectorAll("#table tbody tr:not(.head):not(.cell)")].map((element) => ({
    element, category: element.dataset.category, region: element.dataset.region,
    box: element.querySelector("input"), kind: element.parentNode.classList.contains("uses") ? "uses" : "regions",
  }));

  function tests() {
    const off = (kind) => rows.some((row) => row.kind === kind && !row.box.checked);
    const on = (kind) => rows.filter((row) => row.kind === kind && row.box.checked);
    const list = [];
    if (off("uses")) {
      const hidden = new Set(rows.filter((r) => r.kind === "uses" && !r.box.checked).flatMap((r) => data.values[r.category]));
      const shown = on("uses").flatMap((r) => data.values[r.category]);
      list.push({ column: "category", values: shown.filter((value) => !hidden.has(value) || deepest(value).box.checked) });
    }
    if (off("regions")) list.push({ column: "regions", values: on("regions").map((r) => r.region) });
    const time = Number(by("time")?.value);
    if (time <= data.times?.values.length) list.push({ column: data.times.name, values: data.times.values.slice(0, time) });
    return list;
  }

  /** The most specific row of a use: the one that covers the fewest categories. */
  function deepest(value) {
    const covering = rows.filter((r) => r.kind === "uses" && data.values[r.category].includes(value));
    return covering.reduce((a, b) => (data.values[b.category].length <= data.values[a.category].length ? b : a));
  }

  async function applyFilter() {
    for (const row of rows) row.element.classList.toggle("off", !row.box.checked);
    const shown = await parcels.filter(tests());
    say(fill(words.shown, { shown: shown.toLocaleString("en"), count: parcels.count.toLocaleString("en") }), { quiet: 2500 });
  }

  /** Switch a row, and with a use the uses that are part of it. */
  function toggle(row, on) {
    const part = (r) => r.kind === "uses" && row.kind === "uses" && data.values[r.category].length
      && data.values[r.category].every((value) => data.values[row.category].includes(value));
    for (const r of rows) if (r === row || part(r)) r.box.checked = on;
    for (const r of rows) {
      if (on && r.kind === "uses" && row.kind === "uses" && data.values[r.category].length
        && rows.filter((s) => s.kind === "uses" && s !== r && data.values[s.category].every((v) => data.values[r.category].includes(v)))
          .some((s) => s.box.checked)) r.box.checked = true;
    }
  }

  function isolate(row) {
    const alone = rows.every((r) => r.kind !== row.kind || r.box.checked === (r === row));
    for (const r of rows) if (r.kind === row.kind) r.box.checked = alone;
    if (!alone) {
      toggle(row, true);
      if (row.kind === "regions") jump(row.region);
    }
    applyFilter();
  }

  for (const row of rows) {
    row.box.addEventListener("change", () => { toggle(row, row.box.checked); applyFilter(); });
    row.box.addEventListener("keydown", (event) => { if (event.key === "Enter") isolate(row); });
    row.element.addEventListener("click", (event) => {
      if (event.target.closest("a, button, label")) return;
      row.box.checked = !row.box.checked;
      row.box.dispatchEvent(new Event("change"));
    });
    row.element.addEventListener("dblclick", (event) => {
      if (event.target.closest("a, button")) return;
      event.preventDefault();
      isolate(row);
    });
    const button = row.element.querySelector(".jump");
    if (button) button.addEventListener("click", () => jump(row.region));
  }
  by("all").addEventListener("click", () => {
    for (const row of rows) row.box.checked = true;
    applyFilter();
  });

  /** Show the parcels up to one time (a quarter, a month, a stage): before and after. */
  by("time")?.addEventListener("input", () => {
    const { values } = data.times, at = Number(by("time").value);
    const text = at > values.length ? words.time_all : fill(words.time_until, { time: values[at - 1] });
    by("time-now").textContent = text;
    by("time").setAttribute("aria-valuetext", text);
    applyFilter();
  });

  function jump(name) {
    const place = data.regions.places.find((p) => p.name === name);
    if (place && place.bounds) map.fitBounds(place.bounds, { padding: [24, 24], animate: false });
    for (const cell of document.querySelectorAll("#table .cell")) cell.hidden = cell.dataset.region !== name;
  }

  // ---------------------------------------------------------------- one parcel

  function verdictMark(verdict) {
    const sign = { pass: "✓", fail: "✕", unknown: "?" }[verdict];
    return sign ? make("span", { class: "verdict " + verdict }, make("b", { "aria-hidden": "true" }, sign), make("span", {}, words[verdict])) : null;
  }

  const label = (record) => record.values.name ? `${record.values.name}（${record.values.parcel_id}）` : record.values.parcel_id;

  function tooltip(record) {
    const { values } = record;
    return make("div", {}, make("b", {}, label(record)),
      [values.category, number(values.mapped_area_m2) + " m²"].filter(Boolean).join(" · "),
      make("br"), verdictMark(values.verdict));
  }

  function number(text) {
    return text === "" ? "—" : Number(text).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  }

  function attributeList(values) {
    const list = make("dl");
    for (const [name, title] of Object.entries(data.titles)) {
      const value = name === "regions" ? values.regions.map((r) => r || words.outside).join("、") : values[name];
      if (value === undefined || value === "") continue;
      const text = name.endsWith("_m2") ? number(value) : name === "basis" ? words["basis_" + value] || value : value;
      list.append(make("dt", {}, title), make("dd", {}, text));
    }
    return list;
  }

  function findingItems(findings) {
    return findings.map(([row, verdict, message]) => {
      const link = make("a", { href: `${data.report}#f${row}`, class: "verdict " + verdict, title: words.report });
      link.append(...verdictMark(verdict).childNodes);
      return make("li", {}, link, message);
    });
  }

  function showCard(record) {
    state.record = record;
    const { values } = record, passed = Number(values.passed);
    const findings = findingItems(values.findings);
    const notes = [
      findings.length ? null : words.findings_none,
      passed ? fill(words.findings_passed, { passed }) : null,
      record.box ? null : words.not_drawn,
    ].filter(Boolean);
    by("card").replaceChildren(
      make("button", { class: "close", type: "button", "aria-label": words.close, click: closeCard }, "×"),
      make("h2", {}, label(record)),
      ...[verdictMark(values.verdict)].filter(Boolean),
      attributeList(values),
      make("h3", {}, words.findings),
      make("ul", {}, ...findings),
      make("p", { class: "foot" }, notes.join(" ")),
      make("p", { class: "foot" }, make("button", { type: "button", click: copyLink }, words.copy_link)),
    );
    by("card").hidden = false;
    remember("id=" + encodeURIComponent(values.parcel_id));
  }

  function closeCard() {
    by("card").hidden = true;
    parcels.outline(null);
    state.record = null;
    remember("");
  }

  async function copyLink(event) {
    const button = event.target;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = words.copied;
    } catch {
      button.replaceWith(make("input", { value: location.href, readonly: "", "aria-label": words.copy_link }));
    }
  }

  function remember(hash) {
    try { history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search); } catch { /* a frame without address */ }
  }

  async function open(index) {
    const record = await parcels.choose(index);
    if (record.box) map.fitBounds(parcels.boundsOf(record.box), { maxZoom: 17.5, padding: [80, 80], animate: false });
    return record;
  }

  async function followLink() {
    const link = new URLSearchParams(location.hash.slice(1));
    const id = link.get("id"), region = link.get("region");
    if (region) jump(region);
    if (!id) return;
    const [found] = await parcels.find(id, ["parcel_id"], { exact: true, limit: 1 });
    if (found) await open(found.index);
    else say(fill(words.id_unknown, { id }), { quiet: 6000, fault: true });
  }

  // ---------------------------------------------------------------- search

  const search = by("search"), found = by("found");
  let searched = 0, listed = null;                  // turns of asking, and the text that the list answers

  async function runSearch() {
    const turn = ++searched, text = search.value.trim();
    const hits = text ? await parcels.find(text, ["parcel_id", "name", "category"]) : [];
    if (turn !== searched) return;
    listed = text;
    const places = text ? [...data.regions.places, ...data.townships.places].filter((p) => p.bounds && p.name.includes(text)).slice(0, 6) : [];
    const items = [
      ...places.map((place) => option(place.name, words.jump, () => map.fitBounds(place.bounds, { padding: [24, 24], animate: false }))),
      ...hits.map(({ index, texts: [id, ...rest] }) => option(id, rest.filter(Boolean).join(" · "), () => open(index))),
    ];
    if (text && !items.length) items.push(make("li", { "aria-disabled": "true" }, words.search_none));
    found.replaceChildren(...items);
    found.hidden = !text;
    search.setAttribute("aria-expanded", String(Boolean(text)));
    select(0);
  }

  function option(text, note, run) {
    const item = make("li", { role: "option", mousedown: (event) => { event.preventDefault(); take(item); } }, text, make("small", {}, note));
    item.run = run;
    return item;
  }

  function select(at) {
    [...found.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (found.children[at]) found.children[at].scrollIntoView({ block: "nearest" });
  }

  function take(item) {
    if (!item || !item.run) return;
    hideFound();
    item.run();
  }

  function hideFound() {
    searched++;
    listed = null;
    found.hidden = true;
    search.setAttribute("aria-expanded", "false");
  }

  search.addEventListener("input", runSearch);
  search.addEventListener("focus", () => { if (search.value) runSearch(); });
  search.addEventListener("blur", hideFound);
  search.addEventListener("keydown", async (event) => {
    const items = [...found.children], at = items.findIndex((i) => i.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") select(Math.min(items.length - 1, at + 1));
    else if (event.key === "ArrowUp") select(Math.max(0, at - 1));
    else if (event.key === "Escape") hideFound();
    else if (event.key === "Enter") {
      if (listed !== search.value.trim()) await runSearch();
      take([...found.children].find((i) => i.getAttribute("aria-selected") === "true"));
    } else return;
    event.preventDefault();
  });

  // ---------------------------------------------------------------- export

  function save(blob, name) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  const csv = (text) => new Blob(["\ufeff" + text], { type: "text/csv;charset=utf-8" });

  function checkTable() {
    const quoted = (text) => '"' + text.replace(/^(?=[=+@\t\r]|-(?![\d.]))/, "'").replace(/"/g, '""') + '"';
    const head = [words.name_region, words.name_use, words.count, words.planned, words.mapped, words.difference, words.verdict];
    const lines = [...document.querySelectorAll("#table tr[data-category]")].map((row) => [
      row.dataset.region, row.dataset.category, ...[...row.querySelectorAll("td")].map((cell, i) => (i < 4
        ? cell.textContent.replace(/,/g, "").replace("−", "-").replace(/^[+—]/, "")
        : (cell.querySelector("[title]") || { title: "" }).title)),
    ]);
    return [[...head, data.unit], ...lines].map((line) => line.map(quoted).join(",")).join("\r\n");
  }

  /** Rows of the check table whose parcels are hidden. */
  const hidden = () => new Set(rows.filter((r) => !r.box.checked).map((r) => `${r.kind} ${r.kind === "uses" ? r.category : r.region}`));
  const sheet = () => landgisSheet({ data, hidden: hidden(), map, parcels, borders, key: keyItems(), regional: regional(), colourOf: (p) => colourOf(p[state.theme]), note: regionNote, hasNames: map.hasLayer(names) });
  by("export-table").addEventListener("click", () => save(csv(checkTable()), `${data.file}-check.csv`));
  by("export-parcels").addEventListener("click", async () => save(csv(await parcels.table(data.titles)), `${data.file}-parcels.csv`));
  by("export-png").addEventListener("click", async () => {
    const canvas = await sheet();
    canvas.toBlob((blob) => save(blob, `${data.file}.png`), "image/png");
    if (data.basemaps.length) say(words.no_basemap_export, { quiet: 4000 });
  });
  by("print").addEventListener("click", async () => {
    const image = by("sheet");
    image.src = (await sheet()).toDataURL("image/png");
    await image.decode();
    document.body.classList.add("has-sheet");
    window.print();
  });
  window.addEventListener("afterprint", () => document.body.classList.remove("has-sheet"));
  for (const button of document.querySelectorAll(".menu button")) {
    button.addEventListener("click", () => button.closest("details").removeAttribute("open"));
  }

  // ---------------------------------------------------------------- start

  by("colour").addEventListener("change", (event) => setTheme(event.target.value));
  by("mark").addEventListener("change", () => parcels.paint(themePaint()));
  by("grip").addEventListener("click", () => {
    const open = by("grip").getAttribute("aria-expanded") !== "true";
    by("grip").setAttribute("aria-expanded", String(open));
    map.invalidateSize();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !by("card").hidden) closeCard();
  });
  window.addEventListener("hashchange", followLink);
  new ResizeObserver(() => map.invalidateSize()).observe(by("map"));
  map.on("zoomend overlayadd overlayremove", placeNames);
  map.on("measuring", ({ on }) => parcels.setInteractive(!on));
  parcels.on("choose", ({ record }) => showCard(record));
  parcels.on("fault", ({ message }) => say(fill(words.fault, { message }), { fault: true }));
  parcels.on("ready", async () => {
    if (!data.bounds) whole();
    placeNames();                                    // now that it is known where parcels lie
    say(parcels._engine.worker ? fill(words.shown, { shown: parcels.shown.toLocaleString("en"), count: parcels.count.toLocaleString("en") }) : words.old_browser, { quiet: 2500 });
    await followLink();
    document.documentElement.dataset.ready = "1";
  });
  parcels.on("load", () => { document.documentElement.dataset.drawn = "1"; });
  whole();
  placeNames();
  Object.assign(window, { landgisMap: map, landgisParcels: parcels, landgisCheckTable: checkTable, landgisSheetNow: sheet, landgisMeasureNow: measure });
}
