// What the colours of a map mean: uses, verdicts, one attribute, or whole regions.

/** Steps of completion and the colours of verdicts; apart for the colour-blind (see the tests). */
const LANDGIS_COMPLETION = [
  [0, "#b35806", "< 50%"], [0.5, "#f1a340", "50–80%"], [0.8, "#fee0b6", "80–95%"],
  [0.95, "#f7f7f7", "95–105%"], [1.05, "#c3c0df", "105–120%"], [1.2, "#7a6fb0", "> 120%"],
];
const LANDGIS_DIFFERENCE = ["#b35806", "#f1a340", "#f7f7f7", "#998ec3", "#542788"];
const LANDGIS_VERDICTS = { fail: "#d55e00", unknown: "#f0c85a", pass: "#56a0d3", "": "#cdd1d6" };
const LANDGIS_NO_FIGURE = "#c4c9cf";

/**
 * Colours of parcels and regions in one theme at a time.
 * @param data the page's data
 * @returns set(theme), paint(marked), regional(), key(), fill(place, until), note(place, untils)
 */
function landgisColours(data) {
  "use strict";
  const { words } = data;
  let theme = "use";

  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  const regional = () => theme === "completion" || theme === "difference";
  const own = () => data.themes.find((t) => "column:" + t.name === theme);

  /** Hexadecimal colours by value of the column that the theme shows. */
  function table() {
    if (regional()) return ["", []];
    if (theme === "verdict") return ["verdict", Object.entries(LANDGIS_VERDICTS)];
    if (own()) return [own().name, own().colours];
    return ["category", data.colours.map(([use, standard, safe]) => [use, theme === "safe" ? safe : standard])];
  }

  /** What the painter needs to colour the parcels. */
  function paint(marked, versions = false) {
    const moved = { column: "change", values: data.moved }, failed = { column: "verdict", values: ["fail"] };
    const [column, pairs] = table();
    return {
      column, colours: Object.fromEntries(pairs.map(([value, hex]) => [value, rgb(hex)])),
      other: regional() ? [214, 217, 221] : [153, 153, 153],
      mark: marked ? (versions ? moved : failed) : null,
      dash: { column: "basis", values: ["schematic", "approximate"] },
    };
  }

  /** Completion or difference of a region, of all its parcels or of those supplied by a time. */
  function valueOf(place, until) {
    if (place.planned === null || place.difference === null) return null;
    const mapped = (place.planned + place.difference) * (until === null ? 1 : place.until[until] || 0);
    if (theme === "difference") return mapped - place.planned;
    return place.planned ? mapped / place.planned : null;
  }

  function differenceSteps() {
    const most = Math.max(...data.regions.places.map((p) => Math.abs(p.difference || 0)), 0);
    if (most < 0.5 * 10 ** -data.decimals) return [[-Infinity, LANDGIS_DIFFERENCE[2], "0"]];
    const shown = (share) => (most * share).toLocaleString("en", { maximumSignificantDigits: 2 });
    const from = [-Infinity, -0.5 * most, -0.1 * most, 0.1 * most, 0.5 * most];
    const said = [
      `${words.under} > ${shown(0.5)}`, `${words.under} ${shown(0.1)}–${shown(0.5)}`, `± ${shown(0.1)}`,
      `${words.over} ${shown(0.1)}–${shown(0.5)}`, `${words.over} > ${shown(0.5)}`,
    ];
    return from.map((at, i) => [at, LANDGIS_DIFFERENCE[i], said[i]]);
  }

  const steps = () => (theme === "completion" ? LANDGIS_COMPLETION : differenceSteps());

  /** Colour of a region. */
  function fill(place, until = null) {
    const value = valueOf(place, until);
    return value === null ? LANDGIS_NO_FIGURE : [...steps()].reverse().find(([from]) => value >= from)?.[1] || steps()[0][1];
  }

  /** What stands below a region's name: its value, or its values at two times. */
  function note(place, untils = [null]) {
    if (!regional()) return "";
    if (valueOf(place, null) === null) return words.no_figure;
    return untils.map((until) => {
      const value = valueOf(place, until);
      if (theme === "completion") return (value * 100).toFixed(1) + "%";
      return until === null ? place.difference_text : (value > 0 ? "+" : "") + value.toFixed(data.decimals).replace("-", "−");
    }).join(" → ");
  }

  /** What the colours mean, where the check table does not say it: [colour, text]. */
  function key() {
    const undrawn = data.regions.places.filter((place) => !place.bounds).map((place) => place.name).join("、");
    const placed = data.placed.regions.length ? [[data.placed.colour, words.placed, 0.22]] : [];
    if (regional()) {
      const none = undrawn ? [["transparent", landgisFill(words.no_polygon_named, { names: undrawn })]] : [];
      return [...steps().map(([, colour, text]) => [colour, text]), [LANDGIS_NO_FIGURE, words.no_figure], ...none, ...placed];
    }
    if (theme === "verdict") return [...table()[1].map(([value, hex]) => [hex, words[value || "unchecked"]]), ...placed];
    return [...(own() ? own().colours.map(([value, hex]) => [hex, value || "—"]) : []), ...placed];
  }

  return { set: (name) => { theme = name; }, theme: () => theme, paint, regional, fill, note, key };
}

if (typeof module === "object") {
  module.exports = { landgisColours, LANDGIS_COMPLETION, LANDGIS_DIFFERENCE, LANDGIS_VERDICTS };
}
