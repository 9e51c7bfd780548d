// Basemaps: tiles from their own host, or carried in the page. Needs Leaflet and dom.js before it.

/** Tiles that the page carries: pictures by "z/x/y". */
L.LandgisCarried = L.TileLayer.extend({
  initialize(pictures, options) {
    this.pictures = pictures;
    L.TileLayer.prototype.initialize.call(this, "", options);
  },
  getTileUrl({ x, y, z }) {
    return this.pictures[`${z}/${x}/${y}`] || L.Util.emptyImageUrl;
  },
});

/**
 * @param data the page's data
 * @param {object[]} tiles pictures of each basemap by "z/x/y"; empty for those with a host
 * @returns {Object<string, L.Layer>} layers by name, for the layer control
 */
function landgisBackgrounds(data, tiles) {
  "use strict";
  const layers = {};
  data.basemaps.forEach((base, i) => {
    const options = {
      attribution: landgisEscaped(base.attribution), subdomains: base.subdomains, maxZoom: 22,
      minNativeZoom: base.min_zoom, maxNativeZoom: base.max_zoom,
    };
    const layer = base.carried ? new L.LandgisCarried(tiles[i], options) : L.tileLayer(base.url, options);
    const names = base.labels ? [L.tileLayer(base.labels, { ...options, attribution: "" })] : [];
    layers[landgisEscaped(base.name)] = names.length ? L.layerGroup([layer, ...names]) : layer;
  });
  return layers;
}

/** The carried tiles of a level that lie in a box of the world's unit square: [picture, x, y, size]. */
async function landgisCarriedTiles(layer, [west, north, east, south], across) {
  const { minNativeZoom, maxNativeZoom } = layer.options;
  const wanted = Math.ceil(Math.log2(across / 256 / (east - west)));
  const z = Math.min(maxNativeZoom, Math.max(minNativeZoom, wanted)), count = 2 ** z, found = [];
  for (let x = Math.floor(west * count); x <= east * count; x++) {
    for (let y = Math.floor(north * count); y <= south * count; y++) {
      const address = layer.pictures[`${z}/${x}/${y}`];
      if (!address) continue;
      const picture = Object.assign(new Image(), { src: address });
      const shown = await picture.decode().then(() => true, () => false);
      if (shown) found.push([picture, x / count, y / count, 1 / count]);
    }
  }
  return found;
}
