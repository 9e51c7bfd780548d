// One parcel: what stands under the pointer, and the card with all attributes and findings.
// Needs dom.js before it.

/**
 * @param data the page's data
 * @param {{closed: () => any, countedIn: (category, regions) => object[]}} tell
 * @returns {{tooltip: (record) => Element, show: (record, note) => void, close: () => void}}
 */
function landgisCard(data, tell) {
  "use strict";
  const { words } = data, card = landgisBy("card"), make = landgisMake;
  let before = null;                                 // what had the keyboard

  function verdictMark(verdict) {
    const sign = { pass: "✓", fail: "✕", unknown: "?", note: "ⓘ" }[verdict];
    return sign ? make("span", { class: "verdict " + verdict }, make("b", { "aria-hidden": "true" }, sign), make("span", {}, words[verdict])) : null;
  }

  const label = ({ values }) => (values.name ? `${values.name}（${values.parcel_id}）` : values.parcel_id);
  /** An area of m² in the page's unit, as in the table; the record's own m² beside it. */
  const inUnit = (text) => (text === "" ? "—" : `${landgisNumber(Number(text) / data.m2_per_unit, data.decimals)} ${data.unit_word}`);
  const area = (text) => (text === "" || data.m2_per_unit === 1 ? inUnit(text) : `${inUnit(text)}（${landgisNumber(text, 2)} m²）`);

  function tooltip(record) {
    const { values } = record;
    return make("div", {}, make("b", {}, label(record)),
      [values.category, inUnit(values.mapped_area_m2)].filter(Boolean).join(" · "),
      make("br"), verdictMark(values.verdict));
  }

  function attributes(values) {
    const list = make("dl");
    for (const [name, title] of Object.entries(data.titles)) {
      const value = name === "regions" ? values.regions.map((r) => r || words.outside).join("、") : values[name];
      if (value === undefined || value === "") continue;
      const text = name.endsWith("_m2") ? area(value) : words[{ basis: "basis_" + value, verdict: value }[name]] || value;
      list.append(make("dt", {}, name.endsWith("_m2") ? title.replace(/ ?[（(](平方米|m²)[）)]$/, "") : title), make("dd", {}, text));
    }
    return list;
  }

  function findings(list) {
    return list.map(([row, verdict, message]) => {
      const link = make("a", { href: `${data.report}#f${row}`, class: "verdict " + verdict, title: words.report });
      link.append(...verdictMark(verdict).childNodes);
      return make("li", {}, link, message);
    });
  }

  /** The figures that a parcel counts in, each leading to its check. */
  function counted({ category, regions }) {
    return tell.countedIn(category, regions).flatMap(({ name, href, verdict }) => [make("a", { href, class: verdict }, name), " "]);
  }

  /** @param {string} note of which version the parcel is, where versions are compared */
  function show(record, note = "") {
    const { values } = record, passed = Number(values.passed), found = findings(values.findings);
    const notes = [
      found.length || note ? null : words.findings_none,
      passed ? landgisFill(words.findings_passed, { passed }) : null,
      record.box ? null : words.not_drawn,
    ].filter(Boolean);
    if (card.hidden) before = document.activeElement;
    card.replaceChildren(
      make("button", { class: "close", type: "button", "aria-label": words.close, click: close }, "×"),
      make("h2", {}, label(record)),
      ...(note ? [make("p", { class: "version" }, note)] : []),
      ...[verdictMark(values.verdict)].filter(Boolean),
      attributes(values),
      ...(note ? [] : [make("h3", {}, words.counted_in), make("p", { class: "in" }, ...counted(values))]),
      ...(note ? [] : [make("h3", {}, words.findings), make("ul", {}, ...found)]),
      make("p", { class: "foot" }, notes.join(" ")),
      make("p", { class: "foot" }, make("button", { type: "button", class: "link", click: copyLink }, words.copy_link)),
    );
    card.hidden = false;
  }

  function close() {
    if (card.hidden) return;
    const inside = card.contains(document.activeElement);
    card.hidden = true;
    if (inside && before) before.focus();
    tell.closed();
  }

  async function copyLink(event) {
    const button = event.target;
    try {
      await navigator.clipboard.writeText(location.href);
      button.textContent = words.copied;
    } catch {
      const text = make("input", { value: location.href, readonly: "", "aria-label": words.copy_link });
      button.replaceWith(text);
      text.select();
    }
  }

  document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  return { tooltip, show, close, inUnit };
}
