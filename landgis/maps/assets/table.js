// The check table as legend and filter: a click hides, a double click shows one row alone.
// Needs dom.js before it.

/**
 * @param data the page's data
 * @param {{filter: () => any, jump: (region: string) => any}} tell called after every change
 * @returns {{tests: () => object[], hidden: () => Set<string>, csv: () => string}}
 */
function landgisTable(data, tell) {
  "use strict";
  const { words } = data, by = landgisBy;
  const rows = [...document.querySelectorAll("#table :is(.uses, .regions) tr:not(.head):not(.cell)")].map((element) => ({
    element, category: element.dataset.category, region: element.dataset.region,
    box: element.querySelector("input"), kind: element.parentNode.classList.contains("uses") ? "uses" : "regions",
  }));
  const uses = rows.filter((row) => row.kind === "uses"), regions = rows.filter((row) => row.kind === "regions");
  const values = (row) => data.values[row.category];

  /** What the shown rows ask of a parcel, for the painter. */
  function tests() {
    const list = [], off = (row) => !row.box.checked, on = (row) => row.box.checked;
    if (uses.some(off)) {
      const hidden = new Set(uses.filter(off).flatMap(values));
      const shown = uses.filter(on).flatMap(values);
      list.push({ column: "category", values: shown.filter((value) => !hidden.has(value) || deepest(value).box.checked) });
    }
    if (regions.some(off)) list.push({ column: "regions", values: regions.filter(on).map((row) => row.region) });
    return list;
  }

  /** The most specific row of a use: the one that covers the fewest categories. */
  function deepest(value) {
    return uses.filter((row) => values(row).includes(value)).reduce((a, b) => (values(b).length <= values(a).length ? b : a));
  }

  /** Whether a use is part of another. */
  function within(part, whole) {
    return values(part).length > 0 && values(part).every((value) => values(whole).includes(value));
  }

  /** Switch a row, with a use the uses that are part of it, and those it is part of. */
  function toggle(row, on) {
    row.box.checked = on;
    if (row.kind !== "uses") return;
    for (const other of uses) if (within(other, row)) other.box.checked = on;
    for (const other of uses) if (on && within(row, other)) other.box.checked = true;
  }

  function isolate(row) {
    const same = row.kind === "uses" ? uses : regions;
    const alone = same.every((other) => other.box.checked === (other === row));
    for (const other of same) other.box.checked = alone;
    if (!alone) {
      toggle(row, true);
      if (row.kind === "regions") jump(row.region);
    }
    changed();
  }

  function changed() {
    for (const row of rows) row.element.classList.toggle("off", !row.box.checked);
    return tell.filter();
  }

  /** Go to a region and open its rows. */
  function jump(region) {
    tell.jump(region);
    for (const cell of document.querySelectorAll("#table .cell")) cell.hidden = cell.dataset.region !== region;
  }

  for (const row of rows) {
    row.box.addEventListener("change", () => { toggle(row, row.box.checked); changed(); });
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
    row.element.querySelector(".jump")?.addEventListener("click", () => jump(row.region));
  }
  by("all").addEventListener("click", () => {
    for (const row of rows) row.box.checked = true;
    changed();
  });

  /** Show only some uses and regions; null shows all of a kind. */
  function only(wantedUses, wantedRegions) {
    for (const row of regions) row.box.checked = !wantedRegions || wantedRegions.includes(row.region);
    for (const row of uses) row.box.checked = !wantedUses;
    for (const row of wantedUses ? uses.filter((use) => wantedUses.includes(use.category)) : []) toggle(row, true);
    return changed();
  }

  /** What is shown, for a link: names of uses and regions, null where all are. */
  function chosen() {
    const top = uses.filter((row) => row.box.checked && !uses.some((other) => other !== row && other.box.checked && within(row, other)));
    const some = (list, names) => (list.every((row) => row.box.checked) ? null : names);
    return { uses: some(uses, top.map((row) => row.category)), regions: some(regions, regions.filter((row) => row.box.checked).map((row) => row.region)) };
  }

  const lines = [...document.querySelectorAll("#table tr[data-category]")].map((element) => {
    const cells = [...element.querySelectorAll("td")].slice(2);
    return { moments: data.moments[`${element.dataset.region}|${element.dataset.category}`], cells, kept: cells.map((cell) => [...cell.childNodes]) };
  });

  /** Let the numbers stand for what is supplied by a time (an index), or for all (null). */
  function moment(until) {
    const time = until === null ? "" : data.times.values[until];
    by("moment").hidden = until === null;
    by("moment").textContent = landgisFill(words.moment, { time });
    by("head-mapped").textContent = until === null ? words.mapped : landgisFill(words.mapped_by, { time });
    by("head-verdict").textContent = until === null ? words.verdict : words.progress;
    for (const { moments, cells, kept } of lines) {
      cells.forEach((cell, i) => cell.replaceChildren(...(until === null ? kept[i] : [(moments && moments[until][i]) || "—"])));
    }
  }

  /** Rows in whose numbers a parcel counts: name, and the address of the check. */
  function countedIn(category, places) {
    return [...document.querySelectorAll("#table tr[data-category]")].flatMap((row) => {
      const use = row.dataset.category, region = row.dataset.region, link = row.querySelector("a.verdict");
      if (!link || (region && !places.includes(region))) return [];
      if (use && !(data.values[use] || [use]).includes(category)) return [];
      return [{ name: [region, use].filter(Boolean).join(" ") || words.total, href: link.getAttribute("href"), verdict: link.className }];
    });
  }

  /** The rows as they stand, in the form of the report's tables. */
  function csv() {
    const head = [words.name_region, words.name_use, words.count, words.planned, words.mapped, words.difference, words.verdict];
    const texts = [...document.querySelectorAll("#table tr[data-category]")].map((row) => [
      row.dataset.region, row.dataset.category, ...[...row.querySelectorAll("td")].map((cell, i) => (i < 4
        ? cell.textContent.replace(/,/g, "").replace("−", "-").replace(/^[+—]/, "")
        : (cell.querySelector("[title]") || { title: "" }).title)),
    ]);
    return landgisCsv([[...head, data.unit], ...texts]);
  }

  /** Rows whose parcels are hidden: "uses 住宅用地", "regions 东区". */
  const hidden = () => new Set(rows.filter((r) => !r.box.checked).map((r) => `${r.kind} ${r.kind === "uses" ? r.category : r.region}`));

  return { tests, hidden, csv, jump, only, chosen, moment, countedIn };
}
