// The packed layer as folium adds it: colours, a tooltip and a popup from the layer's settings.
// Needs parcels.js before it.

/**
 * @param {string} id of the element that holds the packed layer; it is taken off the page
 * @param {{column, colours, tooltip: string[], popup: string[], titles: object}} settings
 */
L.landgisFoliumParcels = function (id, settings) {
  "use strict";
  const element = document.getElementById(id);
  element.remove();
  const colours = {};
  for (const [value, hex] of Object.entries(settings.colours)) {
    colours[value] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  }

  /** A table of attributes; every value is text. */
  function table(names, values) {
    const box = document.createElement("table");
    for (const name of names) {
      if (values[name] === "") continue;
      const row = box.insertRow(), head = document.createElement("th");
      head.textContent = settings.titles[name] || name;
      head.style.cssText = "text-align:left;font-weight:400;color:#5b6675;padding-right:1em";
      row.append(head);
      row.insertCell().textContent = values[name];
    }
    return box;
  }

  const layer = L.landgisParcels(element.textContent, {
    paint: { column: settings.column, colours, other: [110, 148, 186] },
    tooltip: ({ values }) => table(settings.tooltip, values),
  });
  layer.on("choose", ({ record, latlng }) => {
    if (!latlng) return;
    L.popup({ maxWidth: 360 }).setLatLng(latlng).setContent(table(settings.popup, record.values))
      .on("remove", () => layer.outline(null)).openOn(layer._map);
  });
  const draws = "draw:drawstart draw:editstart draw:deletestart", ends = "draw:drawstop draw:editstop draw:deletestop";
  const quiet = () => layer.setInteractive(false), heard = () => layer.setInteractive(true);
  layer.on("add", () => layer._map.on(draws, quiet).on(ends, heard));      // while Leaflet.draw has the pointer
  layer.on("remove", () => layer._map.off(draws, quiet).off(ends, heard));
  return layer;
};
