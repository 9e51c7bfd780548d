// Where names stand on a map: none over another, and beside small parcels rather than over them.

/** Width of a name in characters of Chinese. */
function landgisLength(name) {
  return [...name].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 1 : 0.56), 0);
}

/**
 * The names that a map wants, regions first. A township of the name of a region is not named again,
 * nor is one that is far smaller than its name.
 * @param {{regions, townships}} data places with `name`, `point` and `bounds`
 * @param {{regions: boolean, townships: boolean}} shown
 * @param {(latlng) => [number, number]} at where a place stands
 * @param {{regions: number, townships: number, line: number}} size of a character, of a line
 * @param {(place) => string} note second line of a region
 */
function landgisLabels(data, shown, at, size, note) {
  "use strict";
  const labels = [], named = new Set();
  for (const level of ["regions", "townships"]) {
    if (!shown[level]) continue;
    for (const place of data[level].places) {
      if (!place.point || named.has(place.name)) continue;
      const [x, y] = at(place.point), second = level === "regions" ? note(place) : "";
      const w = (landgisLength(place.name) * size[level] + size.line / 3) / 2;
      const [left, right] = place.bounds.map((corner) => at(corner)[0]);
      if (level === "townships" && right - left < w) continue;
      if (level === "regions") named.add(place.name);
      const wide = Math.max(w, landgisLength(second) * size.townships / 2);
      labels.push({ x, y, w: wide, h: size.line / 2 * (second ? 2 : 1), name: place.name, level, note: second });
    }
  }
  return labels;
}

/**
 * @param {{x, y, w, h}[]} labels wanted centres and half sizes, the most important first
 * @param {[number, number][]} dots places to leave free, in the same units
 * @returns {object[]} the labels that find room, with their centres
 */
function landgisNames(labels, dots) {
  "use strict";
  const STEPS = [[0, 0], [0, -1], [0, 1], [0.7, 0], [-0.7, 0], [0.7, -1], [-0.7, -1], [0.7, 1], [-0.7, 1], [0, -2], [0, 2]];
  const placed = [];
  for (const label of labels) {
    const { w, h } = label;
    const near = dots.filter(([x, y]) => Math.abs(x - label.x) < 2 * w && Math.abs(y - label.y) < 5 * h);
    let best = null, fewest = Infinity;
    for (const [right, down] of STEPS) {
      const x = label.x + right * w, y = label.y + down * 2 * h;
      if (placed.some((p) => Math.abs(p.x - x) < p.w + w && Math.abs(p.y - y) < p.h + h)) continue;
      const covered = near.filter((dot) => Math.abs(dot[0] - x) < w && Math.abs(dot[1] - y) < h).length;
      if (covered < fewest) [best, fewest] = [{ ...label, x, y }, covered];
      if (covered === 0) break;
    }
    if (best) placed.push(best);
  }
  return placed;
}

if (typeof module === "object") module.exports = { landgisLabels, landgisLength, landgisNames };
