// Where names stand on a map: none over another, and beside small parcels rather than over them.

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

if (typeof module === "object") module.exports = landgisNames;
