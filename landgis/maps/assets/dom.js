// Small helpers of the page's scripts. Texts stay text, whatever they hold.

/** The element of an id. */
function landgisBy(id) {
  return document.getElementById(id);
}

/** An element with attributes, listeners (functions) and children. */
function landgisMake(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Text as markup that shows it: Leaflet takes markup in names and attributions. */
function landgisEscaped(text) {
  return landgisMake("span", {}, text).innerHTML;
}

/** A sentence with its {places} filled. */
function landgisFill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

/** A number with thousands parted, as in the check table. */
function landgisNumber(value, digits = 0) {
  return Number(value).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Rows of texts as CSV that a spreadsheet takes for text, never for a formula. */
function landgisCsv(rows) {
  const cell = (text) => '"' + text.replace(/^(?=[=+@\t\r]|-(?!\d[\d.]*$))/, "'").replace(/"/g, '""') + '"';
  return rows.map((row) => row.map(cell).join(",")).join("\r\n");
}

if (typeof module === "object") module.exports = { landgisCsv, landgisFill };
