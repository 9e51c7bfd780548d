// Candidates on a canvas over the map: drawn whole when the map moves, one by one when they turn.
(function () {
  "use strict";
  if (typeof L === "undefined") return;

  const Base = L.Renderer.extend({
    options: { padding: 0.2 },

    /** @param shapes see unpack.js, one row a candidate  @param {(c: number) => object} look fill, line, sign */
    initialize(shapes, look, options) {
      L.setOptions(this, options);
      L.stamp(this);
      this._layers = {};
      this._shapes = shapes;
      this._look = look;
      const n = shapes.count;
      this._least = n > 3000 ? 1.5 : n > 500 || innerWidth < 760 ? 6 : 9; // pixels: what is smaller is drawn as a square of this
      this._row = new Int32Array(n).fill(-1);             // candidate → row of the packed layer
      shapes.row.forEach((c, i) => { this._row[c] = i; });
      this._box = new Int32Array(4 * n);
      for (let i = 0; i < n; i++) this._measure(i);
    },

    _measure(i) {
      const { X, Y, ringStart, vertexStart } = this._shapes, box = this._box;
      let [left, top, right, bottom] = [2 ** 31 - 1, 2 ** 31 - 1, -1, -1];
      for (let v = vertexStart[ringStart[i]]; v < vertexStart[ringStart[i + 1]]; v++) {
        if (X[v] < left) left = X[v];
        if (X[v] > right) right = X[v];
        if (Y[v] < top) top = Y[v];
        if (Y[v] > bottom) bottom = Y[v];
      }
      box.set([left, top, right, bottom], 4 * i);
    },

    drawn(c) {
      const i = this._row[c];
      return i >= 0 && this._box[4 * i + 2] >= 0;
    },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._context = this._container.getContext("2d");
    },
    _destroyContainer() {
      this._container.remove();
      delete this._context;
    },
    _updatePaths() {},
    _onZoomEnd() {},

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      const { min } = this._bounds, size = this._bounds.getSize(), m = Math.min(window.devicePixelRatio || 1, 2);
      L.DomUtil.setPosition(this._container, min);
      this._container.width = m * size.x;
      this._container.height = m * size.y;
      this._container.style.width = size.x + "px";
      this._container.style.height = size.y + "px";
      this._context.setTransform(m, 0, 0, m, -min.x * m, -min.y * m);
      this.draw();
    },

    /** Pixels of the map's layers to one grid unit, and where grid units begin. */
    _place() {
      const scale = 2 ** (this._map.getZoom() + 8 - this._shapes.bits), origin = this._map.getPixelOrigin();
      return { scale, ox: origin.x / scale, oy: origin.y / scale };
    },

    toGrid(latlng) {
      return L.CRS.EPSG3857.latLngToPoint(latlng, 0).multiplyBy(2 ** (this._shapes.bits - 8));
    },
    boundsOf(c) {
      const i = 4 * this._row[c], unit = 2 ** (this._shapes.bits - 8);
      const at = (x, y) => L.CRS.EPSG3857.pointToLatLng(L.point(x, y).divideBy(unit), 0);
      return L.latLngBounds(at(this._box[i], this._box[i + 3]), at(this._box[i + 2], this._box[i + 1]));
    },
    rings(c) {
      const { X, Y, ringStart, vertexStart } = this._shapes, i = this._row[c], unit = 2 ** (this._shapes.bits - 8), out = [];
      for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
        const ring = [];
        for (let v = vertexStart[r]; v < vertexStart[r + 1]; v++) ring.push(L.CRS.EPSG3857.pointToLatLng(L.point(X[v], Y[v]).divideBy(unit), 0));
        out.push(ring);
      }
      return out;
    },

    _trace(i, { scale, ox, oy }) {
      const { X, Y, ringStart, vertexStart } = this._shapes, context = this._context;
      for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
        for (let v = vertexStart[r]; v < vertexStart[r + 1]; v++) {
          const x = (X[v] - ox) * scale, y = (Y[v] - oy) * scale;
          if (v === vertexStart[r]) context.moveTo(x, y);
          else context.lineTo(x, y);
        }
        context.closePath();
      }
    },

    draw() {
      const context = this._context, box = this._box;
      if (!context || !this._bounds) return;
      const { min, max } = this._bounds, place = this._place(), looks = new Map();
      context.clearRect(min.x, min.y, max.x - min.x, max.y - min.y);
      for (let i = 0; i < this._shapes.count; i++) {
        const left = (box[4 * i] - place.ox) * place.scale, top = (box[4 * i + 1] - place.oy) * place.scale;
        const right = (box[4 * i + 2] - place.ox) * place.scale, bottom = (box[4 * i + 3] - place.oy) * place.scale;
        if (box[4 * i + 2] < 0 || right < min.x || left > max.x || bottom < min.y || top > max.y) continue;
        const look = this._look(this._shapes.row[i]), key = look.fill + look.line;
        if (!looks.has(key)) looks.set(key, { look, dots: [], single: [], several: [] });
        const kind = Math.max(right - left, bottom - top) < this._least ? "dots" : this._shapes.ringStart[i + 1] - this._shapes.ringStart[i] === 1 ? "single" : "several";
        looks.get(key)[kind].push(i);
      }
      const order = [...looks.values()].sort((a, b) => a.look.level - b.look.level);
      for (const { look, dots, single, several } of order) {
        context.fillStyle = look.fill;
        context.strokeStyle = look.line;
        context.lineWidth = look.width;
        for (const i of dots) this._dot(i, place);
        context.beginPath();
        for (const i of single) this._trace(i, place);
        context.fill();
        context.stroke();
        for (const i of several) this._fill(i, place);
      }
      for (const { single, several } of order) for (const i of [...single, ...several]) this._sign(i, place);
      this.fire("drawn");
    },

    _dot(i, { scale, ox, oy }) {
      const box = this._box, size = this._least, x = ((box[4 * i] + box[4 * i + 2]) / 2 - ox) * scale, y = ((box[4 * i + 1] + box[4 * i + 3]) / 2 - oy) * scale;
      this._context.fillRect(x - size / 2, y - size / 2, size, size);
      if (size > 3) this._context.strokeRect(x - size / 2, y - size / 2, size, size);
    },

    _fill(i, place) {
      this._context.beginPath();
      this._trace(i, place);
      this._context.fill("evenodd");
      this._context.stroke();
    },

    /** A mark in the middle: locked, out of reach, or decided by a person. */
    _sign(i, place) {
      const box = this._box, { sign } = this._look(this._shapes.row[i]);
      const wide = Math.min((box[4 * i + 2] - box[4 * i]) * place.scale, (box[4 * i + 3] - box[4 * i + 1]) * place.scale);
      if (!sign || wide < 11) return;
      const x = ((box[4 * i] + box[4 * i + 2]) / 2 - place.ox) * place.scale, y = ((box[4 * i + 1] + box[4 * i + 3]) / 2 - place.oy) * place.scale;
      const context = this._context, r = Math.min(5, wide / 4);
      context.beginPath();
      context.lineWidth = 1.4;
      if (sign === "locked") {
        context.fillStyle = context.strokeStyle = "#1c2430";
        context.rect(x - r, y - r * 0.3, 2 * r, 1.5 * r);
        context.fill();
        context.beginPath();
        context.arc(x, y - r * 0.3, r * 0.6, Math.PI, 0);
      } else if (sign === "closed") {
        context.strokeStyle = "#7b858f";
        context.moveTo(x - r, y - r);
        context.lineTo(x + r, y + r);
        context.moveTo(x + r, y - r);
        context.lineTo(x - r, y + r);
      } else {
        context.fillStyle = "#1c2430";
        context.strokeStyle = "#fff";
        context.arc(x, y, Math.min(3.4, r), 0, 2 * Math.PI);
        context.fill();
      }
      context.stroke();
    },

    /** Draw candidates that have turned over what was there. */
    redraw(list) {
      if (!this._context || !this._bounds) return;
      if (list.length > 300) { this.draw(); return; }
      const place = this._place();
      for (const c of list) {
        const i = this._row[c];
        if (i < 0 || this._box[4 * i + 2] < 0) continue;
        const look = this._look(c);
        this._context.fillStyle = look.fill;
        this._context.strokeStyle = look.line;
        this._context.lineWidth = look.width;
        const wide = Math.max(this._box[4 * i + 2] - this._box[4 * i], this._box[4 * i + 3] - this._box[4 * i + 1]) * place.scale;
        if (wide < this._least) this._dot(i, place);
        else this._fill(i, place);
        this._sign(i, place);
      }
    },

    /** The candidate at a place; one nearby where they are small. */
    at(latlng) {
      const { x, y } = this.toGrid(latlng), box = this._box, reach = 7 / this._place().scale;
      let near = -1, best = reach;
      for (let i = this._shapes.count - 1; i >= 0; i--) {
        const right = Math.max(box[4 * i] - x, x - box[4 * i + 2], 0), down = Math.max(box[4 * i + 1] - y, y - box[4 * i + 3], 0);
        if (box[4 * i + 2] < 0 || right > reach || down > reach) continue;
        if (right === 0 && down === 0 && this._inside(i, x, y)) return this._shapes.row[i];
        const away = Math.hypot(right, down);
        if (away > 0 && away < best) [near, best] = [this._shapes.row[i], away];
      }
      return near;
    },

    _inside(i, x, y) {
      const { X, Y, ringStart, vertexStart } = this._shapes;
      let odd = false;
      for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
        for (let v = vertexStart[r], w = vertexStart[r + 1] - 1; v < vertexStart[r + 1]; w = v++) {
          if ((Y[v] > y) !== (Y[w] > y) && x < (X[w] - X[v]) * (y - Y[v]) / (Y[w] - Y[v]) + X[v]) odd = !odd;
        }
      }
      return odd;
    },

    /** Candidates whose middle lies within a line of places. */
    within(latlngs) {
      const line = latlngs.map((latlng) => this.toGrid(latlng)), out = [], box = this._box;
      for (let i = 0; i < this._shapes.count; i++) {
        if (box[4 * i + 2] < 0) continue;
        const x = (box[4 * i] + box[4 * i + 2]) / 2, y = (box[4 * i + 1] + box[4 * i + 3]) / 2;
        let odd = false;
        for (let v = 0, w = line.length - 1; v < line.length; w = v++) {
          const a = line[v], b = line[w];
          if ((a.y > y) !== (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) odd = !odd;
        }
        if (odd) out.push(this._shapes.row[i]);
      }
      return out;
    },
  });

  window.landgisCandidates = (shapes, look) => new Base(shapes, look);
})();
