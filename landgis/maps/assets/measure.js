// Measuring on the map: distances and areas on the CGCS2000 ellipsoid.

const landgisEllipsoid = (function () {
  "use strict";
  const A = 6378137, F = 1 / 298.257222101, E2 = F * (2 - F), E = Math.sqrt(E2), B = A * (1 - F);
  const radians = Math.PI / 180;

  /** Metres between two places, by the radii of curvature at their middle latitude. */
  function distance(p, q) {
    const middle = (p.lat + q.lat) / 2 * radians, w = 1 - E2 * Math.sin(middle) ** 2;
    const north = A * (1 - E2) / w ** 1.5 * (q.lat - p.lat) * radians;
    const east = A / Math.sqrt(w) * Math.cos(middle) * (q.lng - p.lng) * radians;
    return Math.hypot(north, east);
  }

  /** Area between the equator and a latitude, for one radian of longitude, in m². */
  function zone(latitude) {
    const s = Math.sin(latitude * radians);
    return B * B / 2 * (s / (1 - E2 * s * s) + Math.log((1 + E * s) / (1 - E * s)) / (2 * E));
  }

  /** Square metres inside a ring of places. */
  function area(ring) {
    let sum = 0;
    ring.forEach((p, i) => {
      const q = ring[(i + 1) % ring.length];
      sum += (q.lng - p.lng) * radians * (zone(p.lat) + zone(q.lat)) / 2;
    });
    return Math.abs(sum);
  }

  return { distance, area };
})();

/** Add the two measuring buttons to a map. */
function landgisMeasure(map, words) {
  "use strict";
  const kinds = {
    distance: ["measure_distance", "M3 15 15 3M5 13l2 2M8 10l2 2M11 7l2 2"],
    area: ["measure_area", "M3 6 10 3l6 4-2 8H5Z"],
  };
  const buttons = {};
  let kind = null, points = [], drawn = L.layerGroup().addTo(map), tip = null;

  const bar = L.control({ position: "topleft" });
  bar.onAdd = () => {
    const box = L.DomUtil.create("div", "leaflet-bar landgis-measure");
    for (const [name, [word, path]] of Object.entries(kinds)) {
      const link = buttons[name] = L.DomUtil.create("a", "", box);
      Object.assign(link, { href: "#", title: words[word] });
      link.setAttribute("role", "button");
      link.setAttribute("aria-label", words[word]);
      link.setAttribute("aria-pressed", "false");
      link.innerHTML = `<svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.5"><path d="${path}"/></svg>`;
      L.DomEvent.on(link, "click", (event) => {
        L.DomEvent.stop(event);
        start(kind === name ? null : name);
      });
    }
    L.DomEvent.disableClickPropagation(box);
    return box;
  };
  bar.addTo(map);

  function start(name) {
    kind = name;
    points = [];
    drawn.clearLayers();
    if (tip) tip.remove();
    tip = null;
    for (const [key, link] of Object.entries(buttons)) {
      link.classList.toggle("on", key === name);
      link.setAttribute("aria-pressed", String(key === name));
    }
    map.getContainer().style.cursor = name ? "crosshair" : "";
    map.fire("measuring", { on: Boolean(name) });
    if (name) show(map.getCenter(), words.measure_help);
  }

  function show(place, text) {
    if (!tip) tip = L.tooltip({ permanent: true, direction: "right", offset: [10, 0], className: "landgis-tip" }).setLatLng(place).addTo(map);
    const box = document.createElement("span");
    box.textContent = text;
    tip.setLatLng(place).setContent(box);
  }

  function length(line) {
    return line.slice(1).reduce((sum, point, i) => sum + landgisEllipsoid.distance(line[i], point), 0);
  }

  function answer(line) {
    const shown = (value, digits) => value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    if (kind === "distance") {
      const metres = length(line);
      return metres < 1000 ? `${shown(metres, 1)} m` : `${shown(metres / 1000, 3)} km`;
    }
    const square = landgisEllipsoid.area(line);
    return `${shown(square / 1e4, 4)} ${words["公顷"]} = ${shown(square * 15 / 1e4, 2)} ${words["亩"]}`;
  }

  function draw(line) {
    drawn.clearLayers();
    const style = { color: "#0b57d0", weight: 2.5, interactive: false, fillOpacity: 0.12 };
    (kind === "area" ? L.polygon(line, style) : L.polyline(line, style)).addTo(drawn);
    for (const point of points) L.circleMarker(point, { ...style, radius: 3, fillOpacity: 1 }).addTo(drawn);
    const enough = line.length > (kind === "area" ? 2 : 1);
    show(line[line.length - 1], enough ? `${answer(line)} · ${words.measure_note}` : words.measure_help);
  }

  map.on("click", ({ latlng }) => {
    if (!kind) return;
    if (!points.length || map.latLngToContainerPoint(latlng).distanceTo(map.latLngToContainerPoint(points[points.length - 1])) > 3) points.push(latlng);
    draw(points);
  });
  map.on("mousemove", ({ latlng }) => { if (kind && points.length) draw([...points, latlng]); });
  map.on("dblclick", () => {
    if (!kind) return;
    draw(points);
    kind = null;
    setTimeout(() => map.fire("measuring", { on: false }));   // after the clicks of this double click
    map.getContainer().style.cursor = "";
    for (const link of Object.values(buttons)) {
      link.classList.remove("on");
      link.setAttribute("aria-pressed", "false");
    }
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && (kind || points.length)) start(null); });
  return { busy: () => kind !== null };
}

if (typeof module === "object") module.exports = landgisEllipsoid;
