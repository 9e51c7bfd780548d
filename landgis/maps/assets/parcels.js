// The packed layer as a Leaflet layer: tiles drawn by a worker, parcels found by asking it.
// Needs Leaflet, inflate.js, unpack.js and painter.js before it.

(function () {
  "use strict";

  /** Ask the worker, or the page itself where no worker can draw: `ask(message) → Promise`. */
  class Engine {
    constructor(threads = true) {
      this.waiting = new Map();
      this.number = 0;
      this.worker = threads ? early || startWorker() : null;
      early = null;
      if (this.worker) {
        this.worker.onmessage = ({ data }) => this.settle(data);
        this.worker.onerror = (event) => this.fail(event.message);
      } else {
        const unpack = (packed) => landgisUnpack(packed, landgisUnzip);
        this.local = landgisPainter({ unpack, canvas: newCanvas });
      }
    }

    ask(message, handed = []) {
      const number = ++this.number;
      const promise = new Promise((resolve, reject) => this.waiting.set(number, { resolve, reject }));
      if (this.worker) this.worker.postMessage({ ...message, number }, handed);
      else setTimeout(() => this.answerHere({ ...message, number }));
      promise.number = number;
      return promise;
    }

    /** Give up a question, so that tiles out of sight are not drawn; its answer is null. */
    forget(number) {
      if (!this.waiting.has(number)) return;
      this.settle({ number, answer: null });
      if (this.worker) this.worker.postMessage({ do: "forget", number });
    }

    async answerHere(message) {
      if (!this.waiting.has(message.number)) return;
      try {
        this.settle({ number: message.number, answer: await this.local(message) });
      } catch (error) {
        this.settle({ number: message.number, error: error.message });
      }
    }

    settle({ number, answer, error }) {
      const asked = this.waiting.get(number);
      if (!asked) return;
      this.waiting.delete(number);
      if (error) asked.reject(new Error(error));
      else asked.resolve(answer);
    }

    fail(reason) {
      for (const { reject } of this.waiting.values()) reject(new Error(reason));
      this.waiting.clear();
    }

    stop() {
      if (this.worker) this.worker.terminate();
    }
  }

  function startWorker() {
    if (typeof Worker !== "function" || typeof OffscreenCanvas !== "function") return null;
    const source = [landgisUnzip, landgisInflate, landgisUnpack, landgisPainter, landgisWorker, "landgisWorker(self);"].join("\n");
    try {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      const worker = new Worker(url);
      URL.revokeObjectURL(url);
      return worker;
    } catch {
      return null;
    }
  }

  let early = startWorker();                              // while the page is still being read

  function newCanvas(width, height) {
    return Object.assign(document.createElement("canvas"), { width, height });
  }

  /**
   * A packed layer. Options: `paint` and `tests` as in painter.js, `tooltip(record) → Element or
   * null`, `threads: false` to draw on the page itself.
   * Events: ready {box, count}, hover {index}, choose {record}, painted, fault {message}.
   */
  L.LandgisParcels = L.GridLayer.extend({
    options: {
      tileSize: 512, updateWhenZooming: false, keepBuffer: 1, maxZoom: 23, className: "landgis-tiles",
      paint: null, tests: [], tooltip: null, threads: true, interactive: true,
    },

    initialize(packed, options) {
      L.GridLayer.prototype.initialize.call(this, options);
      this._engine = new Engine(this.options.threads);
      this.shown = 0;
      this.dots = [];                                     // centres of a layer of few parcels
      this.ready = this._open(packed);
      this.ready.catch((error) => this.fire("fault", { message: error.message }));
    },

    async _open(packed) {
      const letters = new TextEncoder().encode(packed);
      const opened = this._engine.ask({ do: "open", packed: letters }, [letters.buffer]);
      packed = null;
      const { count, bits, box, dots } = await opened;
      this._bits = bits;
      this.count = this.shown = count;
      this.box = box;
      this.dots = dots;
      if (this.options.paint) await this._engine.ask({ do: "paint", ...this.options.paint });
      if (this.options.tests.length) await this.filter(this.options.tests);
      this.fire("ready", { count, box });
      return this;
    },

    onAdd(map) {
      L.GridLayer.prototype.onAdd.call(this, map);
      map.on("mousemove", this._onMove, this).on("click", this._onClick, this).on("moveend", this._onMoved, this);
      map.getContainer().addEventListener("mouseleave", this._leave = () => this._forgetPointer());
    },

    onRemove(map) {
      map.off("mousemove", this._onMove, this).off("click", this._onClick, this).off("moveend", this._onMoved, this);
      map.getContainer().removeEventListener("mouseleave", this._leave);
      this._forgetPointer();
      this.outline(null);
      L.GridLayer.prototype.onRemove.call(this, map);
    },

    createTile(coords, done) {
      const tile = document.createElement("canvas");
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      const pixels = Math.round(this.options.tileSize * ratio);
      tile.width = tile.height = pixels;
      this.ready.then(() => (tile.gone ? null : this._paint(tile, coords, pixels, ratio)))
        .then(() => done(null, tile), (error) => done(error, tile));
      return tile;
    },

    /** Paint a tile; who waits for a painting that a newer one overtakes waits for the newer. */
    _paint(tile, ...rest) {
      tile.painted = this._paintTile(tile, ...rest);
      return tile.painted;
    },

    async _paintTile(tile, { x, y, z }, pixels, ratio) {
      const units = 2 ** (this._bits - 8 - z);           // grid units to one pixel of the map
      const size = this.options.tileSize * units;
      if (tile.question) this._engine.forget(tile.question);
      const asked = this._engine.ask({
        do: "draw", left: x * size, top: y * size, scale: ratio / units,
        width: pixels, height: pixels, line: ratio,
      });
      tile.question = asked.number;
      const picture = await asked;
      if (!picture) return tile.painted;
      tile.question = 0;
      const bitmap = this._engine.worker && tile.getContext("bitmaprenderer");
      if (bitmap) bitmap.transferFromImageBitmap(picture);
      else {
        const context = tile.getContext("2d");
        context.clearRect(0, 0, pixels, pixels);
        context.drawImage(picture, 0, 0);
      }
      return null;
    },

    _removeTile(key) {
      const tile = this._tiles[key];
      if (tile) tile.el.gone = true;
      if (tile && tile.el.question) {
        tile.el.painted = null;
        this._engine.forget(tile.el.question);
      }
      L.GridLayer.prototype._removeTile.call(this, key);
    },

    /** Draw all tiles anew in place, without a flash. */
    async repaint() {
      const ratio = Math.min(window.devicePixelRatio || 1, 2);
      await Promise.all(Object.values(this._tiles || {}).map(({ el, coords }) =>
        this._paint(el, coords, el.width, ratio)));
      this.fire("painted");
    },

    async paint(paint) {
      await this.ready;
      await this._engine.ask({ do: "paint", ...paint });
      return this.repaint();
    },

    /** Show only the parcels that pass all `tests`; answers how many are shown. */
    async filter(tests) {
      this.shown = await this._engine.ask({ do: "filter", tests });
      if (this._map) this.repaint();
      this.fire("filtered", { shown: this.shown });
      return this.shown;
    },

    async record(index) {
      await this.ready;
      return this._engine.ask({ do: "describe", index, view: this._view() });
    },

    /** What an outline must show: the map and as much again around it, in grid units. */
    _view() {
      if (!this._map || !this._map._loaded) return null;
      const bounds = this._map.getBounds().pad(1);
      const low = this.toGrid(bounds.getSouthWest()), high = this.toGrid(bounds.getNorthEast());
      const unit = 2 ** (this._bits - 8 - this._map.getZoom());
      return { left: low.x, top: high.y, right: high.x, bottom: low.y, unit };
    },

    /** Outlines that were cut to the view are cut anew. */
    async _onMoved() {
      if (this._halo && this._halo.cut) this._forgetPointer();
      const outlined = this._outlined;
      if (!outlined || !outlined.cut) return;
      const record = await this.record(outlined.index);
      if (this._outlined === outlined) this.outline(record);
    },

    async find(text, names, options) {
      await this.ready;
      return this._engine.ask({ do: "find", text, names, ...options });
    },

    async table(titles) {
      await this.ready;
      return this._engine.ask({ do: "table", titles });
    },

    /** The first rows that are shown, with some of their columns, and how many there are. */
    async list(names, limit) {
      await this.ready;
      return this._engine.ask({ do: "list", names, limit });
    },

    /** A picture of any box of grid units, for export. */
    async picture(request) {
      await this.ready;
      return this._engine.ask({ do: "draw", ...request });
    },

    /** Grid units at a place, and back. */
    toGrid(latlng) {
      const size = 2 ** (this._bits - 8), point = L.CRS.EPSG3857.latLngToPoint(L.latLng(latlng), 0);
      return point.multiplyBy(size);
    },
    toLatLng([x, y]) {
      return L.CRS.EPSG3857.pointToLatLng(L.point(x, y).divideBy(2 ** (this._bits - 8)), 0);
    },
    boundsOf([left, top, right, bottom]) {
      return L.latLngBounds(this.toLatLng([left, bottom]), this.toLatLng([right, top]));
    },

    async at(latlng) {
      await this.ready;
      const { x, y } = this.toGrid(latlng), units = 2 ** (this._bits - 8 - this._map.getZoom());
      return this._engine.ask({ do: "hit", x, y, reach: 5 * units });
    },

    _forgetPointer() {
      this._pointer = null;
      this._setHover(-1);
    },

    async _onMove({ latlng }) {
      if (!this.options.interactive) return;
      this._pointer = latlng;
      if (this._asking) return;                           // one question at a time, the latest place
      this._asking = true;
      while (this._pointer && this._map) {
        const place = this._pointer;
        this._pointer = null;
        await this._setHover(await this.at(place), place);
        this.pointed = place;
      }
      this._asking = false;
    },

    async _setHover(index, latlng) {
      if (index !== this.hovered) {
        this.hovered = index;
        const record = index >= 0 ? await this.record(index) : null;
        this._drawHover(record);
        this.fire("hover", { index, record });
      }
      if (this._tip && latlng) this._tip.setLatLng(latlng);
    },

    _drawHover(record) {
      const map = this._map;
      if (this._halo) this._halo.remove();
      if (this._tip) this._tip.remove();
      this._halo = this._tip = null;
      if (!map || !record) return;
      this._halo = this._polygon(record, { color: "#111827", weight: 2, className: "landgis-halo" }).addTo(map);
      this._halo.cut = record.cut;
      const content = this.options.tooltip && this.options.tooltip(record);
      if (content) {
        this._tip = L.tooltip({ className: "landgis-tip", direction: "top", offset: [0, -6] })
          .setContent(content).setLatLng(this._halo.getBounds().getCenter()).addTo(map);
      }
    },

    _polygon(record, options) {
      const rings = record.rings.map((ring) => ring.map((point) => this.toLatLng(point)));
      return L.polygon(rings, { fill: false, interactive: false, ...options });
    },

    /** Outline one parcel until the next call; null removes the outline. */
    outline(record) {
      if (this._outline) this._outline.remove();
      this._outlined = record;
      this._outline = record && this._map
        ? L.layerGroup([
          this._polygon(record, { color: "#fff", weight: 6 }),
          this._polygon(record, { color: "#0b57d0", weight: 3 }),
        ]).addTo(this._map)
        : null;
    },

    /** Answer the pointer, or leave it to others. */
    setInteractive(on) {
      this.options.interactive = on;
      if (!on) this._forgetPointer();
    },

    async _onClick({ latlng }) {
      if (!this.options.interactive) return;
      const index = await this.at(latlng);
      if (index >= 0) this.choose(index, latlng);
    },

    /** Select a parcel: outline it and tell those who listen. */
    async choose(index, latlng = null) {
      const record = await this.record(index);
      this.outline(record);
      this.fire("choose", { record, latlng });
      return record;
    },
  });

  L.landgisParcels = (packed, options) => new L.LandgisParcels(packed, options);
})();
