// The page around the map: puts the parts together, and what they share.
// Needs Leaflet, parcels.js, dom.js and the scripts of the parts before it.

/** Start the page from what it carries. */
function landgisStart() {
  "use strict";
  const take = (id) => {
    const element = landgisBy(id), text = element.textContent;
    element.remove();
    return text;
  };
  landgisPage(JSON.parse(take("page")), take("packed"), take("earlier"), JSON.parse(take("tiles")));
}

/** @param {string} packed the parcels @param {string} old an earlier version, or nothing */
function landgisPage(data, packed, old, tiles) {
  "use strict";
  const { words } = data, by = landgisBy, make = landgisMake;
  const colours = landgisColours(data);

  function say(text, { quiet = 0, fault = false } = {}) {
    by("status").textContent = text;
    by("status").className = fault ? "fault" : "";
    clearTimeout(say.timer);
    if (quiet) say.timer = setTimeout(() => { by("status").className = "quiet"; }, quiet);
  }

  const counted = () => landgisFill(words.shown, { shown: landgisNumber(parcels.shown), count: landgisNumber(parcels.count) });

  // ---------------------------------------------------------------- map

  const map = L.map("map", { zoomControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90, maxZoom: 22, doubleClickZoom: false, attributionControl: data.basemaps.length > 0 });
  if (map.attributionControl) map.attributionControl.setPrefix(false);
  for (const [name, z] of [["land", 150], ["placed", 170], ["choropleth", 300], ["choropleth-before", 301], ["unchosen", 340], ["townships", 350], ["regions", 360], ["outlines", 365], ["names", 640]]) {
    Object.assign(map.createPane(name).style, { zIndex: z, pointerEvents: "none" });
  }
  L.control.zoom({ position: "topleft", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);

  const card = landgisCard(data, { closed: () => { for (const { layer } of compare.sides()) layer.outline(null); opened = ""; remember(); }, countedIn: (use, places) => table.countedIn(use, places) });
  const options = {
    threads: !/[?&]threads=0/.test(location.search), paint: colours.paint(by("mark").checked), tooltip: card.tooltip, maxZoom: 22,
  };
  const parcels = L.landgisParcels(packed, options);
  const borders = { regions: L.layerGroup(), townships: L.layerGroup(), outlines: L.layerGroup(), unchosen: L.layerGroup() };
  const styles = {
    regions: { color: "#8c2f39", weight: 2.2, opacity: 0.95 },
    townships: { color: "#5b6675", weight: 1, opacity: 0.8 },
    outlines: { color: "#3d2a4d", weight: 3, opacity: 0.9 },
    unchosen: { color: "#6b7280", weight: 1.2, opacity: 0.9 },
  };
  drawBorders();
  const choropleth = L.layerGroup().addTo(map), names = L.layerGroup().addTo(map);
  parcels.addTo(map);

  const bases = landgisBackgrounds(data, tiles);     // none is shown until a reader chooses it
  if (data.basemaps.length) bases[landgisEscaped(words.no_basemap)] = L.layerGroup().addTo(map);
  L.control.layers(bases, {
    [words.parcels]: parcels, [words.regions]: borders.regions, [words.townships]: borders.townships, [words.outlines]: borders.outlines,
    ...(data.unchosen.dashed.length ? { [words.unchosen]: borders.unchosen } : {}), [words.labels]: names,
  }, { position: "topleft" }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  addNorth();
  const measure = landgisMeasure(map, words);

  /** Borders, the ground of the regions, and where the plan puts a use without a figure. */
  function drawBorders() {
    for (const place of data.regions.places) {
      const fill = { interactive: false, stroke: false, fillOpacity: 1 };
      L.polygon(place.rings, { ...fill, pane: "land", fillColor: "#fff" }).addTo(borders.regions);
      if (!data.placed.regions.includes(place.name)) continue;
      L.polygon(place.rings, { ...fill, pane: "placed", fillColor: data.placed.colour, fillOpacity: 0.22 }).addTo(borders.regions);
    }
    for (const level of ["unchosen", "townships", "regions", "outlines"]) {
      for (const [dashed, lines] of [[false, data[level].lines], [true, data[level].dashed]]) {
        L.polyline(lines, {
          ...styles[level], pane: level, interactive: false, fill: false,
          dashArray: dashed ? (level === "unchosen" ? "2 3" : level === "townships" ? "5 4" : "9 6") : null,
        }).addTo(borders[level]);
      }
      borders[level].addTo(map);
    }
  }

  function addNorth() {
    const control = L.control({ position: "topright" });
    control.onAdd = () => {
      const box = make("div", { class: "north", "aria-hidden": "true" }, words.north);
      box.insertAdjacentHTML("beforeend", '<svg width="20" height="34" viewBox="0 0 20 34"><path d="M10 0 18 33 10 26Z" fill="#1c2430"/><path d="M10 0 2 33 10 26Z" fill="#fff" stroke="#1c2430"/></svg>');
      return box;
    };
    control.addTo(map);
  }

  const go = (bounds, options) => map.fitBounds(bounds, { padding: [24, 24], animate: false, ...options });

  function whole() {
    const box = data.bounds || (parcels.box && parcels.boundsOf(parcels.box));
    if (box) go(box, { padding: [18, 18], maxZoom: 18 });
    else map.setView([35, 105], 4);
  }

  function jump(region) {
    const place = data.regions.places.find((p) => p.name === region);
    if (place && place.bounds) go(place.bounds);
  }

  /** Names of regions and townships; a name that finds no room is left out. */
  function placeNames() {
    names.clearLayers();
    const at = (place) => Object.values(map.latLngToLayerPoint(place));
    const dots = map.hasLayer(parcels) ? parcels.dots.map((dot) => at(parcels.toLatLng(dot))) : [];
    for (const { x, y, name, level, note } of landgisNames(landgisLabels(data, shownLevels(), at, { regions: 16, townships: 12.5, line: 20 }, regionNote), dots)) {
      const label = make("span", { class: level === "regions" ? "name region" : "name" }, name);
      if (note) label.append(make("small", {}, note));
      const icon = L.divIcon({ className: "", html: label, iconSize: [0, 0] });
      L.marker(map.layerPointToLatLng([x, y]), { icon, pane: "names", interactive: false, keyboard: false }).addTo(names);
    }
  }

  const shownLevels = () => ({ regions: map.hasLayer(borders.regions), townships: map.hasLayer(borders.townships), outlines: map.hasLayer(borders.outlines), unchosen: map.hasLayer(borders.unchosen) });

  // ---------------------------------------------------------------- colours and filters

  const paintNow = () => colours.paint(by("mark").checked, compare.kind() === "earlier");

  async function setTheme(theme) {
    colours.set(theme);
    for (const swatch of document.querySelectorAll("#table i")) {
      swatch.dataset.plain = swatch.dataset.plain || swatch.style.background;
      swatch.style.background = theme === "safe" ? swatch.dataset.safe : swatch.dataset.plain;
    }
    drawKey();
    drawRegions();
    remember();
    stale();
    await Promise.all(compare.sides().map(({ layer }) => layer.paint(paintNow())));
  }

  /** The time up to which parcels are shown, as an index; null for all. */
  function until() {
    const at = Number(by("time")?.value);
    return compare.kind() !== "times" && at <= data.times?.values.length ? at - 1 : null;
  }

  const untils = () => compare.sides().map((side) => (compare.kind() === "times" ? side.until : until()));
  const regionNote = (place) => colours.note(place, compare.kind() === "times" ? untils() : [until()]);

  function drawRegions() {
    choropleth.clearLayers();
    placeNames();
    if (!colours.regional()) return;
    const panes = compare.kind() === "times" ? ["choropleth-before", "choropleth"] : ["choropleth"];
    panes.forEach((pane, side) => {
      for (const place of data.regions.places) {
        L.polygon(place.rings, { pane, interactive: false, stroke: false, fillColor: colours.fill(place, untils()[side]), fillOpacity: 0.78 }).addTo(choropleth);
      }
    });
  }

  function drawKey() {
    const items = colours.key(), select = by("colour");
    by("key").hidden = !items.length;
    by("key").replaceChildren(make("b", {}, select.options[select.selectedIndex].text), ...items.map(([colour, text, strength = 1]) =>
      make("div", {}, make("i", { style: `background:${colour}${strength < 1 ? "38" : ""}` }), text)));
  }

  async function applyFilter() {
    const time = until() === null ? [] : [{ column: data.times.name, values: data.times.values.slice(0, until() + 1) }];
    by("time-row")?.toggleAttribute("hidden", compare.kind() === "times");
    table.moment(until());
    drawRegions();
    await compare.apply([...table.tests(), ...time]);
    say(counted(), { quiet: 2500 });
    remember();
    stale();
    await listIds();
  }

  const table = landgisTable(data, { filter: applyFilter, jump });
  const compare = landgisCompare(data, {
    map, parcels, options, paint: paintNow, busy: () => measure.busy(), sources: { times: data.times ? packed : "", earlier: old },
  }, { changed: applyFilter, choose: (record, note) => card.show(record, note) });

  /** The ids of what is shown, each leading to its parcel. */
  async function listIds() {
    by("ids-count").textContent = landgisNumber(parcels.shown);
    if (!by("ids").open) return;
    const { count, rows } = await parcels.list(["parcel_id", "mapped_area_m2"], 500);
    const items = rows.map(({ index, texts: [id, area] }) => make("li", {},
      make("button", { type: "button", click: () => open(index) }, id), make("span", {}, card.inUnit(area))));
    if (count > rows.length) items.push(make("li", {}, landgisFill(words.ids_more, { count: landgisNumber(count - rows.length) })));
    by("ids-list").replaceChildren(...items);
  }
  by("ids").addEventListener("toggle", listIds);

  by("time")?.addEventListener("input", () => {
    const text = until() === null ? words.time_all : landgisFill(words.time_until, { time: data.times.values[until()] });
    by("time-now").textContent = text;
    by("time").setAttribute("aria-valuetext", text);
    applyFilter();
  });
  by("colour").addEventListener("change", (event) => setTheme(event.target.value));
  by("mark").addEventListener("change", () => setTheme(colours.theme()));
  by("compare")?.addEventListener("change", () => {  // what changed, came or went is ringed
    by("mark").nextSibling.textContent = ` ${compare.kind() === "earlier" ? words.mark_changed : words.mark_failed}`;
    setTheme(colours.theme());
  });

  // ---------------------------------------------------------------- one parcel, deep links, search

  let opened = "", following = false;

  /** Keep in the address what is shown: filters, colour, day, comparison, the open parcel. */
  function remember() {
    if (following) return;
    const { uses, regions } = table.chosen(), parts = [];
    const put = (name, value) => { if (value) parts.push(`${name}=${encodeURIComponent(value)}`); };
    put("region", regions && (regions.join("|") || "|"));
    put("use", uses && (uses.join("|") || "|"));
    put("colour", by("colour").value !== "use" && by("colour").value);
    put("mark", !by("mark").checked && "0");
    put("day", until() !== null && data.times.values[until()]);
    put("compare", by("compare")?.value);
    put("days", compare.kind() === "times" && compare.chosen().join("|"));
    put("id", opened);
    try { history.replaceState(null, "", parts.length ? "#" + parts.join("&") : location.pathname + location.search); } catch { /* a frame without address */ }
  }

  async function open(index) {
    const record = await parcels.choose(index);
    if (record.box) go(parcels.boundsOf(record.box), { maxZoom: 17.5, padding: [80, 80] });
    return record;
  }

  async function followLink() {
    const link = new URLSearchParams(location.hash.slice(1));
    const id = link.get("id"), some = (name) => link.get(name)?.split("|").filter(Boolean) ?? null;
    const regions = some("region"), uses = some("use"), choose = (select, value) => {
      if (select && [...select.options].some((option) => option.value === value)) select.value = value;
      select?.dispatchEvent(new Event("change"));
    };
    following = true;
    if (link.has("mark")) by("mark").checked = link.get("mark") !== "0";
    if (link.has("days")) compare.choose(some("days"));
    if (link.has("compare")) choose(by("compare"), link.get("compare"));
    if (link.has("colour") || link.has("mark")) choose(by("colour"), link.get("colour") || "use");
    const day = data.times ? data.times.values.indexOf(link.get("day")) : -1;
    if (day >= 0) {
      by("time").value = String(day + 1);
      by("time").dispatchEvent(new Event("input"));
    }
    if (regions || uses) await table.only(uses, regions);
    if (regions?.length === 1) table.jump(regions[0]);
    if (link.has("region") || link.has("use")) by("ids").open = true;
    following = false;
    if (!id) return;
    const [found] = await parcels.find(id, ["parcel_id"], { exact: true, limit: 1 });
    if (found) await open(found.index);
    else say(landgisFill(words.id_unknown, { id }), { quiet: 6000, fault: true });
  }

  landgisSearch(data, { find: (text) => parcels.find(text, ["parcel_id", "name", "category"]), open, go });

  // ---------------------------------------------------------------- export

  function save(blob, name) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  const asCsv = (text) => new Blob(["\ufeff" + text], { type: "text/csv;charset=utf-8" });
  const background = () => Object.values(bases).find((layer) => map.hasLayer(layer));
  const sheet = () => landgisSheet({
    data, map, colours, sides: compare.sides(), untils: untils(), note: regionNote, hidden: table.hidden(), moment: until(),
    carried: background() instanceof L.LandgisCarried ? background() : null,
    shown: { ...shownLevels(), parcels: map.hasLayer(parcels), names: map.hasLayer(names) },
  });
  by("export-table").addEventListener("click", () => save(asCsv(table.csv()), `${data.file}-check.csv`));
  by("export-parcels").addEventListener("click", async () => save(asCsv(await parcels.table(data.titles)), `${data.file}-parcels.csv`));
  by("export-png").addEventListener("click", async () => {
    const canvas = await sheet();
    canvas.toBlob((blob) => save(blob, `${data.file}.png`), "image/png");
    if (background() instanceof L.TileLayer && !(background() instanceof L.LandgisCarried)) say(words.no_basemap_export, { quiet: 4000 });
  });

  /** Put the sheet where it is printed from. */
  async function setSheet() {
    const canvas = await sheet(), image = by("sheet"), old = image.src;
    image.src = URL.createObjectURL(await new Promise((done) => canvas.toBlob(done, "image/png")));
    if (old) URL.revokeObjectURL(old);
    await image.decode();
  }

  // The browser's own menu waits for nothing: the sheet is made in good time, where land is not so
  // much that this would be felt.
  let changes = 0, ready = -1, waiting = 0;
  function stale() {
    const now = ++changes;
    clearTimeout(waiting);
    if (parcels.count <= 20000) waiting = setTimeout(() => setSheet().then(() => { ready = now; }, () => {}), 1500);
  }
  window.addEventListener("beforeprint", () => { if (ready === changes) document.body.classList.add("has-sheet"); });
  by("print").addEventListener("click", async () => {
    clearTimeout(waiting);
    await setSheet();
    ready = changes;
    document.body.classList.add("has-sheet");
    window.print();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    by("print").click();
  });
  window.addEventListener("afterprint", () => document.body.classList.remove("has-sheet"));
  const menu = document.querySelector(".menu");
  for (const button of menu.querySelectorAll("button")) button.addEventListener("click", () => menu.removeAttribute("open"));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.removeAttribute("open"); });

  // ---------------------------------------------------------------- start

  by("grip").addEventListener("click", () => {
    by("grip").setAttribute("aria-expanded", String(by("grip").getAttribute("aria-expanded") !== "true"));
    map.invalidateSize();
  });
  window.addEventListener("hashchange", followLink);
  new ResizeObserver(() => map.invalidateSize()).observe(by("map"));
  map.on("zoomend overlayadd overlayremove", placeNames);
  map.on("moveend overlayadd overlayremove baselayerchange", stale);
  map.on("measuring", ({ on }) => parcels.setInteractive(!on));
  parcels.on("choose", ({ record }) => {
    card.show(record);
    opened = record.values.parcel_id;
    remember();
    const narrow = window.innerWidth <= 760 && record.box;
    if (narrow) setTimeout(() => map.panInside(parcels.boundsOf(record.box).getCenter(), { paddingTopLeft: [20, 20], paddingBottomRight: [20, by("card").offsetHeight + 20] }), 60);
  });
  parcels.on("fault", ({ message }) => say(landgisFill(words.fault, { message }), { fault: true }));
  parcels.on("ready", async () => {
    if (!data.bounds) whole();
    placeNames();                                    // now that it is known where parcels lie
    say(parcels._engine.worker ? counted() : words.old_browser, { quiet: 2500 });
    await followLink();
    stale();
    document.documentElement.dataset.ready = "1";
  });
  parcels.on("load", () => { document.documentElement.dataset.drawn = "1"; });
  whole();
  placeNames();
  Object.assign(window, { landgisMap: map, landgisParcels: parcels, landgisCheckTable: table.csv, landgisSheetNow: sheet, landgisSheetReady: () => ready === changes });
}
