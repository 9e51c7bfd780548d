// Draws the tiles of a layer and answers questions about its parcels. Runs in a worker;
// where there is none, on the page itself. Coordinates are grid units (see pack.py), y downwards.

/**
 * @param {{canvas: (width: number, height: number) => any, unpack: (packed: Uint8Array) => any}} host
 * @returns {(message: object) => any} answers one message, {do: name, …}
 */
function landgisPainter(host) {
  "use strict";
  const BLOCK = 64;          // parcels are looked up in blocks; neighbours share one
  const SMALL_PX = 5;        // below this a parcel is filled pixel by pixel, without outline
  const FINE_PX = 14;        // below this the outline is too fine to hide where neighbours meet
  const DOT_PX = 9;          // below this a marked parcel gets a circle
  const NOWHERE = 2 ** 30;   // outside of every grid: boxes of parcels without rings
  const EVERYWHERE = { left: -NOWHERE, top: -NOWHERE, right: NOWHERE, bottom: NOWHERE };
  const MANY = 5000;         // an outline of more vertices is thinned to what a view can show
  const SPARSE = 1500;       // a layer of so few parcels shows those as dots, to be seen

  let count = 0, bits = 28, columns = {}, row;
  let ringStart, vertexStart, X, Y;                 // parcel → rings → vertices
  let minX, minY, maxX, maxY, blocks;
  let style, visible;
  const turns = new Uint8Array(1024);               // of one small parcel, see fillPixels

  // ---------------------------------------------------------------- reading

  /** Read a layer from its letters, given as bytes; `packed` is used up. */
  async function open({ packed }) {
    ({ count, bits, columns, row, X, Y, ringStart, vertexStart } = await host.unpack(packed));
    readBoxes();
    visible = new Uint8Array(count).fill(1);
    style = { fill: new Uint32Array(count).fill(0xff999999), mark: null, dash: null };
    return { count, bits, box: extent(), dots: count <= SPARSE ? centres() : [] };
  }

  function readBoxes() {
    [minX, minY, maxX, maxY] = [1, 2, 3, 4].map(() => new Int32Array(count));
    const xs = X, ys = Y;
    blocks = new Int32Array(Math.ceil(count / BLOCK) * 4);
    for (let b = 0; b < blocks.length; b += 4) {
      let left = NOWHERE, top = NOWHERE, right = -NOWHERE, bottom = -NOWHERE;
      for (let i = b / 4 * BLOCK; i < Math.min(count, (b / 4 + 1) * BLOCK); i++) {
        let x0 = NOWHERE, y0 = NOWHERE, x1 = -NOWHERE, y1 = -NOWHERE;
        const end = vertexStart[ringStart[i + 1]];
        for (let v = vertexStart[ringStart[i]]; v < end; v++) {
          const x = xs[v], y = ys[v];
          if (x < x0) x0 = x;
          if (x > x1) x1 = x;
          if (y < y0) y0 = y;
          if (y > y1) y1 = y;
        }
        minX[i] = x0;
        minY[i] = y0;
        maxX[i] = x1;
        maxY[i] = y1;
        left = Math.min(left, x0);
        top = Math.min(top, y0);
        right = Math.max(right, x1);
        bottom = Math.max(bottom, y1);
      }
      blocks[b] = left;
      blocks[b + 1] = top;
      blocks[b + 2] = right;
      blocks[b + 3] = bottom;
    }
  }

  function extent() {
    const box = [NOWHERE, NOWHERE, -NOWHERE, -NOWHERE];
    for (let b = 0; b < blocks.length; b += 4) {
      for (const k of [0, 1]) box[k] = Math.min(box[k], blocks[b + k]);
      for (const k of [2, 3]) box[k] = Math.max(box[k], blocks[b + k]);
    }
    return box[0] < NOWHERE ? box : null;
  }

  function centres() {
    const drawn = [...Array(count).keys()].filter((i) => minX[i] < NOWHERE);
    return drawn.map((i) => [(minX[i] + maxX[i]) / 2, (minY[i] + maxY[i]) / 2]);
  }

  /** Call `visit` for each visible parcel whose box meets the given one, in drawing order. */
  function within({ left, top, right, bottom }, visit) {
    for (let b = 0; b < blocks.length; b += 4) {
      if (blocks[b] > right || blocks[b + 2] < left || blocks[b + 1] > bottom || blocks[b + 3] < top) {
        continue;
      }
      const end = Math.min(count, (b / 4 + 1) * BLOCK);
      for (let i = (b / 4) * BLOCK; i < end; i++) {
        if (visible[i] && minX[i] <= right && maxX[i] >= left && minY[i] <= bottom && maxY[i] >= top) {
          visit(i);
        }
      }
    }
  }

  // ---------------------------------------------------------------- attributes

  function textOf(name, i) {
    const column = columns[name];
    if (column.kind === "text") return column.text.slice(column.starts[i], column.starts[i + 1]);
    if (column.kind === "code") return column.values[column.codes[i]];
    if (column.kind === "list") return column.values[column.codes[i]].join("、");
    const number = column.numberAt(i);
    return Number.isNaN(number) ? "" : number.toFixed(column.decimals);
  }

  /** One parcel; its rings are for an outline in a `view` {left, top, right, bottom, unit}. */
  function describe({ index, view = null }) {
    const values = {};
    for (const name of Object.keys(columns)) {
      const { kind, codes, values: known } = columns[name];
      values[name] = kind === "list" ? known[codes[index]] : textOf(name, index);
    }
    const drawn = ringStart[index + 1] > ringStart[index];
    const box = drawn ? [minX[index], minY[index], maxX[index], maxY[index]] : null;
    const vertices = vertexStart[ringStart[index + 1]] - vertexStart[ringStart[index]];
    const cut = view !== null && vertices > MANY;
    return { index, values, box, cut, rings: cut ? outline(index, view) : ringsOf(index, EVERYWHERE, 0) };
  }

  /** Rings as fine as a view can show, and of so few vertices that the page stays quick. */
  function outline(i, view) {
    for (let step = view.unit / 2; ; step *= 2) {
      const rings = ringsOf(i, view, step);
      if (rings.reduce((sum, ring) => sum + ring.length, 0) <= MANY + 2 * rings.length) return rings;
    }
  }

  function ringsOf(i, box, step) {
    const rings = [];
    for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
      const ring = [];
      walk(r, box, step, (x, y) => ring.push([x, y]));
      rings.push(ring);
    }
    return rings;
  }

  /**
   * Visit the vertices of a ring, without those nearer than `step` to the one before, and those
   * outside of a box between others on the same side of it: in the box nothing changes.
   */
  function walk(ring, { left, top, right, bottom }, step, visit) {
    const side = (x, y) => (x < left ? 1 : 0) | (x > right ? 2 : 0) | (y < top ? 4 : 0) | (y > bottom ? 8 : 0);
    const first = vertexStart[ring], end = vertexStart[ring + 1];
    let lastX = Infinity, lastY = Infinity, lastSide = 0, here = side(X[first], Y[first]);
    for (let v = first; v < end; v++) {
      const x = X[v], y = Y[v], onward = v + 1 < end ? v + 1 : first, next = side(X[onward], Y[onward]);
      if (!(lastSide & here & next) && !(Math.abs(x - lastX) + Math.abs(y - lastY) < step)) {
        visit(x, y);
        [lastX, lastY, lastSide] = [x, y, here];
      }
      here = next;
    }
  }

  /** Rows whose text in one of `names` contains the words; whole and leading matches first. */
  function find({ text, names, exact = false, limit = 30 }) {
    const wanted = text.trim().toLowerCase(), found = [[], [], []];
    if (!wanted) return [];
    const rank = (value) => {
      const lower = value.toLowerCase();
      if (lower === wanted) return 0;
      return exact || !lower.includes(wanted) ? 3 : lower.startsWith(wanted) ? 1 : 2;
    };
    const known = names.filter((name) => columns[name]);
    const rankings = known.map((name) => ranking(name, wanted, rank));
    for (let i = 0; i < count; i++) {
      let best = 3;
      for (const ranked of rankings) best = Math.min(best, ranked(i));
      if (best < 3 && found[best].length < limit) found[best].push(i);
    }
    return found.flat().slice(0, limit)
      .map((index) => ({ index, texts: known.map((name) => textOf(name, index)) }));
  }

  /** The rank of each row by one column; to be asked row after row. */
  function ranking(name, wanted, rank) {
    const { kind, codes, values, text, starts } = columns[name];
    if (kind === "code") {
      const ranks = values.map(rank);
      return (i) => ranks[codes[i]];
    }
    if (kind !== "text") return (i) => rank(textOf(name, i));
    let hit = false;                                      // does the block hold the words at all?
    return (i) => {
      if (i % BLOCK === 0) {
        const end = starts[Math.min(count, i + BLOCK)];
        hit = text.slice(starts[i], end).toLowerCase().includes(wanted);
      }
      return hit ? rank(textOf(name, i)) : 3;
    };
  }

  /** The first visible rows, in the order of the source, and how many there are. */
  function list({ names, limit }) {
    const rows = [];
    for (let i = 0; i < count; i++) if (visible[i]) rows.push(i);
    rows.sort((a, b) => row[a] - row[b]);
    const known = names.filter((name) => columns[name]);
    return { count: rows.length, rows: rows.slice(0, limit).map((index) => ({ index, texts: known.map((name) => textOf(name, index)) })) };
  }

  /** Comma-separated text of the visible rows, in the order of the source. */
  function table({ titles }) {
    const names = Object.keys(titles).filter((name) => columns[name]);
    const rows = [...Array(count).keys()].filter((i) => visible[i]).sort((a, b) => row[a] - row[b]);
    const lines = rows.map((i) => names.map((name) => {
      const text = textOf(name, i);
      return quoted(columns[name].kind === "number" ? text : harmless(text));
    }).join(","));
    return [names.map((name) => quoted(harmless(titles[name]))).join(","), ...lines].join("\r\n");
  }

  function quoted(text) {
    return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  /** A text that a spreadsheet would take for a formula gets an apostrophe. */
  function harmless(text) {
    return /^[\s]*[=+\-@\t\r]/.test(text) ? "'" + text : text;
  }

  // ---------------------------------------------------------------- style and filter

  /**
   * Colour by one column. `colours` maps its values to [red, green, blue]; `mark` and `dash` name a
   * column and the values whose parcels are ringed, or outlined with dashes.
   */
  function paint({ column, colours, other = [153, 153, 153], mark = null, dash = null }) {
    const rgba = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
    const words = (value) => (value in colours ? rgba(colours[value]) : rgba(other));
    const { kind, codes, values } = columns[column] || {}, fill = new Uint32Array(count);
    const known = kind === "code" ? values.map(words)
      : kind === "list" && values.map((several) => words(several[0]));
    for (let i = 0; i < count; i++) {
      fill[i] = known ? known[codes[i]] : kind ? words(textOf(column, i)) : rgba(other);
    }
    style = { fill, mark: flags(mark), dash: flags(dash) };
    return null;
  }

  function flags(test) {
    return test && columns[test.column] ? matching([test]) : null;
  }

  /** Show the parcels that have one of `values` in each `column`; answers how many. */
  function filter({ tests }) {
    visible = matching(tests);
    return visible.reduce((sum, flag) => sum + flag, 0);
  }

  function matching(tests) {
    const out = new Uint8Array(count).fill(1);
    for (const { column, values } of tests) {
      const wanted = new Set(values), { codes, kind, values: known } = columns[column];
      const good = kind === "code" ? known.map((value) => wanted.has(value))
        : kind === "list" && known.map((several) => several.some((value) => wanted.has(value)));
      for (let i = 0; i < count; i++) {
        if (!(good ? good[codes[i]] : wanted.has(textOf(column, i)))) out[i] = 0;
      }
    }
    return out;
  }

  // ---------------------------------------------------------------- drawing

  /** Draw the box that begins at (left, top), `scale` pixels to a grid unit. */
  function draw({ left, top, scale, width, height, line = 1 }) {
    const canvas = host.canvas(width, height), context = canvas.getContext("2d");
    const margin = 12 * line / scale, right = left + width / scale, bottom = top + height / scale;
    const box = { left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin };
    const tile = { context, box, left, top, scale, line };
    const sparse = count <= SPARSE, limit = (sparse ? DOT_PX : SMALL_PX) * line;
    const dots = [], flat = [], large = [], marked = [];
    within(box, (i) => {
      const px = Math.max(maxX[i] - minX[i], maxY[i] - minY[i]) * scale;
      if (px >= limit) large.push(i);
      else if (sparse) dots.push(i);
      if (px < FINE_PX * line && (px >= limit || !sparse)) flat.push(i);
      if (style.mark && style.mark[i]) marked.push(i);
    });
    const image = context.createImageData(width, height), pixels = new Uint32Array(image.data.buffer);
    for (const i of flat) fillPixels(pixels, width, height, i, left, top, scale);
    context.putImageData(image, 0, 0);
    const radii = apart(dots, scale / line);
    dots.forEach((i, k) => fillDot(tile, i, radii[k]));
    large.forEach((i, k) => { if (!same(i, large[k + 1])) fillPath(tile, i); });
    for (const i of marked) drawMark(tile, i);
    return canvas.transferToImageBitmap ? canvas.transferToImageBitmap() : canvas;
  }

  /**
   * Fill the pixels whose centres lie in a small parcel; without any, the one in its middle. Every
   * edge turns the pixels right of it over, line by line: those inside are turned an odd number of
   * times.
   */
  function fillPixels(pixels, width, height, i, left, top, scale) {
    const colour = style.fill[i], xs = X, ys = Y;
    const x0 = pixel(minX[i] - left, scale), x1 = pixel(maxX[i] - left, scale);
    const y0 = pixel(minY[i] - top, scale), y1 = pixel(maxY[i] - top, scale);
    const columns = x1 - x0, lines = y1 - y0;
    let painted = false;
    if (columns > 0 && lines > 0) {
      for (let k = (columns + 1) * lines; k--;) turns[k] = 0;    // fill() is slow for so few
      for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
        const end = vertexStart[r + 1];
        let x = xs[end - 1], y = ys[end - 1], line = pixel(y - top, scale);
        for (let v = vertexStart[r]; v < end; v++) {
          const nextX = xs[v], nextY = ys[v], next = pixel(nextY - top, scale);
          if (line !== next) {                            // most edges cross no line of centres
            const down = line < next, slope = (nextX - x) / (nextY - y);
            const upX = down ? x : nextX, upY = down ? y : nextY;    // the same from either side
            for (let at = down ? line : next, to = down ? next : line; at < to; at++) {
              const cut = upX + (top + (at + 0.5) / scale - upY) * slope;
              turns[(at - y0) * (columns + 1) + pixel(cut - left, scale) - x0] ^= 1;
            }
          }
          x = nextX;
          y = nextY;
          line = next;
        }
      }
      for (let line = 0, at = 0; line < lines; line++, at++) {
        const y = y0 + line;
        for (let x = x0, inside = 0; x < x1; x++) {
          inside ^= turns[at++];
          if (!inside) continue;
          painted = true;
          if (x >= 0 && x < width && y >= 0 && y < height) pixels[y * width + x] = colour;
        }
      }
    }
    if (painted) return;
    const x = Math.floor(((minX[i] + maxX[i]) / 2 - left) * scale);
    const y = Math.floor(((minY[i] + maxY[i]) / 2 - top) * scale);
    if (x >= 0 && y >= 0 && x < width && y < height) pixels[y * width + x] = colour;
  }

  /** The first pixel whose centre is not before a place. */
  function pixel(away, scale) {
    return Math.ceil(away * scale - 0.5) | 0;             // no -0, which is slow
  }

  /** Whether a parcel lies under one of the very same shape. */
  function same(i, j) {
    if (minX[i] !== minX[j] || minY[i] !== minY[j] || maxX[i] !== maxX[j] || maxY[i] !== maxY[j]) return false;
    const from = vertexStart[ringStart[i]], end = vertexStart[ringStart[i + 1]];
    const shift = vertexStart[ringStart[j]] - from;
    if (vertexStart[ringStart[j + 1]] - shift !== end) return false;
    for (let v = from; v < end; v++) if (X[v] !== X[v + shift] || Y[v] !== Y[v + shift]) return false;
    return true;
  }

  function circle({ context, left, top, scale }, i, radius) {
    const x = ((minX[i] + maxX[i]) / 2 - left) * scale, y = ((minY[i] + maxY[i]) / 2 - top) * scale;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
  }

  /** Radii of dots in pixels of the screen: smaller where they crowd, so that none hides another. */
  function apart(dots, scale) {
    const x = dots.map((i) => (minX[i] + maxX[i]) / 2), y = dots.map((i) => (minY[i] + maxY[i]) / 2);
    return dots.map((_, k) => {
      let nearest = Infinity;
      for (let j = 0; j < dots.length; j++) {
        const away = j === k ? Infinity : Math.hypot(x[j] - x[k], y[j] - y[k]);
        if (away > 0 && away < nearest) nearest = away;
      }
      return Math.min(4, Math.max(1.7, nearest * scale / 2));
    });
  }

  function fillDot(tile, i, radius) {
    const { context, line } = tile;
    circle(tile, i, radius * line);
    context.setLineDash([]);
    context.fillStyle = css(style.fill[i]);
    context.fill();
    context.lineWidth = radius < 3 ? line / 2 : line;
    context.strokeStyle = "rgba(45,52,64,.85)";
    context.stroke();
  }

  function css(colour) {
    return `rgb(${colour & 255},${(colour >> 8) & 255},${(colour >> 16) & 255})`;
  }

  function trace({ context, box, left, top, scale }, i) {
    context.beginPath();
    for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
      let begun = false;
      walk(r, box, 0.4 / scale, (x, y) => {
        if (begun) context.lineTo((x - left) * scale, (y - top) * scale);
        else context.moveTo((x - left) * scale, (y - top) * scale);
        begun = true;
      });
      context.closePath();
    }
  }

  function fillPath(tile, i) {
    const { context, scale, line } = tile;
    trace(tile, i);
    context.fillStyle = css(style.fill[i]);
    context.fill("evenodd");
    const px = Math.max(maxX[i] - minX[i], maxY[i] - minY[i]) * scale / line;
    const dashed = style.dash && style.dash[i] && px > 12;
    context.setLineDash(dashed ? [4 * line, 3 * line] : []);
    context.lineWidth = line * (px < 14 ? 0.5 : 0.9);
    context.strokeStyle = px < 14 ? "rgba(45,52,64,.55)" : "rgba(45,52,64,.8)";
    context.stroke();
  }

  function drawMark(tile, i) {
    const { context, scale, line } = tile;
    const w = (maxX[i] - minX[i]) * scale, h = (maxY[i] - minY[i]) * scale;
    context.setLineDash([]);
    if (Math.max(w, h) < DOT_PX * line) circle(tile, i, 6.5 * line);
    else trace(tile, i);
    for (const [width, colour] of [[4, "rgba(255,255,255,.9)"], [2.2, "#c2185b"]]) {
      context.lineWidth = width * line;
      context.strokeStyle = colour;
      context.stroke();
    }
  }

  // ---------------------------------------------------------------- pointing

  /** The parcel at a point: the one drawn last, or a small one within `reach` grid units. */
  function hit({ x, y, reach = 0 }) {
    let found = -1, near = -1, nearest = Infinity;
    const around = { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach };
    within(around, (i) => {
      if (contains(i, x, y)) found = i;
      const small = Math.max(maxX[i] - minX[i], maxY[i] - minY[i]) < 2 * reach;
      const away = Math.hypot((minX[i] + maxX[i]) / 2 - x, (minY[i] + maxY[i]) / 2 - y);
      if (small && away < nearest) [near, nearest] = [i, away];
    });
    return found >= 0 ? found : near;
  }

  function contains(i, x, y) {
    let inside = false;
    for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
      const last = vertexStart[r + 1] - 1;
      for (let v = vertexStart[r], u = last; v <= last; u = v++) {
        if ((Y[v] > y) !== (Y[u] > y) && x < X[v] + (y - Y[v]) / (Y[u] - Y[v]) * (X[u] - X[v])) {
          inside = !inside;
        }
      }
    }
    return inside;
  }

  const answers = { open, draw, hit, describe, find, filter, list, paint, table };
  return (message) => answers[message.do](message);
}

/** The same inside a worker: messages {number, do, …} are answered by {number, answer}. */
function landgisWorker(scope) {
  "use strict";
  const unpack = (packed) => landgisUnpack(packed, landgisUnzip);
  const answer = landgisPainter({ unpack, canvas: (w, h) => new OffscreenCanvas(w, h) });
  const waiting = [];        // tiles wait here, so that a question about a parcel overtakes them
  const turn = new MessageChannel();                      // unlike a timer, at once
  const reply = async (message) => {
    try {
      const value = await answer(message);
      const bitmap = typeof ImageBitmap === "function" && value instanceof ImageBitmap;
      scope.postMessage({ number: message.number, answer: value }, bitmap ? [value] : []);
    } catch (error) {
      scope.postMessage({ number: message.number, error: String(error && error.message || error) });
    }
  };
  const next = () => {
    const message = waiting.shift();
    if (message) reply(message).then(() => { if (waiting.length) turn.port2.postMessage(null); });
  };
  turn.port1.onmessage = next;
  scope.onmessage = ({ data }) => {
    if (data.do === "forget") {
      const at = waiting.findIndex((message) => message.number === data.number);
      if (at >= 0) waiting.splice(at, 1);
    } else if (data.do !== "draw") {
      reply(data);
    } else if (waiting.push(data) === 1) {
      turn.port2.postMessage(null);
    }
  };
}

if (typeof module === "object") module.exports = landgisPainter;
