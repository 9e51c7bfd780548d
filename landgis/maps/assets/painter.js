// Unpacks a layer, draws its tiles and answers questions about its parcels. Runs in a worker;
// where there is none, on the page itself. Coordinates are grid units (see pack.py), y downwards.

/**
 * @param {{canvas: (width: number, height: number) => any, inflate: (bytes: Uint8Array) => any}} host
 * @returns {(message: object) => any} answers one message, {do: name, …}
 */
function landgisPainter(host) {
  "use strict";
  const BLOCK = 64;          // parcels are looked up in blocks; neighbours share one
  const SMALL_PX = 5;        // below this a parcel is filled pixel by pixel, without outline
  const DOT_PX = 9;          // below this a marked parcel gets a circle
  const SPARSE = 1500;       // a layer of so few parcels shows those as dots, to be seen

  let count = 0, bits = 28, columns = {}, row;
  let ringStart, vertexStart, X, Y;                 // parcel → rings → vertices
  let minX, minY, maxX, maxY, blocks;
  let style, visible;

  // ---------------------------------------------------------------- reading

  async function open({ text }) {
    const bytes = await host.inflate(fromBase64(text));
    const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
    const arrays = readArrays(bytes, 4 + size, header.arrays);
    count = header.count;
    bits = header.bits;
    row = arrays.row;
    for (const [name, column] of Object.entries(header.columns)) {
      columns[name] = { ...column, codes: arrays["column " + name] };
    }
    readRings(arrays);
    readBoxes();
    visible = new Uint8Array(count).fill(1);
    style = { fill: new Uint32Array(count).fill(0xff999999), mark: null, dash: null };
    return { count, bits, box: extent(), dots: count <= SPARSE ? centres() : [] };
  }

  function fromBase64(text) {
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const characters = atob(text), bytes = new Uint8Array(characters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
    return bytes;
  }

  function readArrays(bytes, at, layout) {
    const arrays = {};
    for (const [name, length, width, signed] of layout) {
      const wide = width > 4 || (width === 4 && !signed);
      const out = wide ? new Float64Array(length) : new Int32Array(length);
      for (let plane = 0, unit = 1; plane < width; plane++, unit *= 256) {
        for (let i = 0; i < length; i++) out[i] += bytes[at++] * unit;
      }
      if (signed) for (let i = 0; i < length; i++) out[i] = unzigzag(out[i]);
      arrays[name] = out;
    }
    return arrays;
  }

  function unzigzag(value) {
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  function readRings(a) {
    const points = a.points[0], rings = a.arcs ? a.arcs.length : 0;
    X = new Int32Array(points);
    Y = new Int32Array(points);
    ringStart = new Int32Array(count + 1);
    for (let i = 0; i < count; i++) ringStart[i + 1] = ringStart[i] + a.rings[i];
    vertexStart = new Int32Array(rings + 1);
    if (!rings) return;
    const arcs = a.lengths.length, arcStart = new Int32Array(arcs + 1);
    for (let i = 0; i < arcs; i++) arcStart[i + 1] = arcStart[i] + a.lengths[i] + 1;
    const ax = new Int32Array(arcStart[arcs]), ay = new Int32Array(arcStart[arcs]);
    let vertex = 0, ref = 0, known = 0, start = 0, step = 0, startX = 0, startY = 0;
    for (let ring = 0; ring < rings; ring++) {
      const first = vertex, lastRef = ref + a.arcs[ring];
      let x = 0, y = 0;
      for (const firstRef = ref; ref < lastRef; ref++) {
        let from, to, by = 1;
        if (a.refs[ref] === 0) {
          if (ref === firstRef) {
            x = startX += a["start x"][start];
            y = startY += a["start y"][start++];
          }
          from = arcStart[known];
          to = arcStart[++known] - 1;
          const closes = ref === lastRef - 1;
          ax[from] = x;
          ay[from] = y;
          for (let i = from + 1; i <= to - (closes ? 1 : 0); i++, step++) {
            ax[i] = x += a.dx[step];
            ay[i] = y += a.dy[step];
          }
          if (closes) {
            ax[to] = first === vertex ? ax[from] : X[first];
            ay[to] = first === vertex ? ay[from] : Y[first];
          }
        } else {
          const arc = known - (a.refs[ref] >> 1);
          from = arcStart[arc];
          to = arcStart[arc + 1] - 1;
          if (a.refs[ref] & 1) [from, to, by] = [to, from, -1];
        }
        for (let i = from; i !== to; i += by, vertex++) {
          X[vertex] = ax[i];
          Y[vertex] = ay[i];
        }
        x = ax[to];
        y = ay[to];
      }
      vertexStart[ring + 1] = vertex;
    }
  }

  function readBoxes() {
    [minX, minY] = [new Float64Array(count).fill(Infinity), new Float64Array(count).fill(Infinity)];
    [maxX, maxY] = [new Float64Array(count).fill(-Infinity), new Float64Array(count).fill(-Infinity)];
    blocks = new Float64Array(Math.ceil(count / BLOCK) * 4);
    for (let b = 0; b < blocks.length / 4; b++) {
      let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = b * BLOCK; i < Math.min(count, (b + 1) * BLOCK); i++) {
        const end = vertexStart[ringStart[i + 1]];
        for (let v = vertexStart[ringStart[i]]; v < end; v++) {
          if (X[v] < minX[i]) minX[i] = X[v];
          if (X[v] > maxX[i]) maxX[i] = X[v];
          if (Y[v] < minY[i]) minY[i] = Y[v];
          if (Y[v] > maxY[i]) maxY[i] = Y[v];
        }
        left = Math.min(left, minX[i]);
        top = Math.min(top, minY[i]);
        right = Math.max(right, maxX[i]);
        bottom = Math.max(bottom, maxY[i]);
      }
      blocks.set([left, top, right, bottom], b * 4);
    }
  }

  function extent() {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let b = 0; b < blocks.length; b += 4) {
      for (const k of [0, 1]) box[k] = Math.min(box[k], blocks[b + k]);
      for (const k of [2, 3]) box[k] = Math.max(box[k], blocks[b + k]);
    }
    return count && box[0] < Infinity ? box : null;
  }

  function centres() {
    const drawn = [...Array(count).keys()].filter((i) => minX[i] < Infinity);
    return drawn.map((i) => [(minX[i] + maxX[i]) / 2, (minY[i] + maxY[i]) / 2]);
  }

  /** Call `visit` for each visible parcel whose box meets the given one, in drawing order. */
  function within(left, top, right, bottom, visit) {
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
    if (column.kind === "text") return column.values[i];
    if (column.kind === "code") return column.values[column.codes[i]];
    if (column.kind === "list") return column.values[column.codes[i]].join("、");
    const code = column.codes[i];
    return code === 0 ? "" : (unzigzag(code - 1) / 10 ** column.decimals).toFixed(column.decimals);
  }

  function describe({ index }) {
    const values = {};
    for (const name of Object.keys(columns)) {
      const { kind, codes, values: known } = columns[name];
      values[name] = kind === "list" ? known[codes[index]] : textOf(name, index);
    }
    const drawn = ringStart[index + 1] > ringStart[index];
    const box = drawn ? [minX[index], minY[index], maxX[index], maxY[index]] : null;
    return { index, values, box, rings: ringsOf(index) };
  }

  function ringsOf(i) {
    const rings = [];
    for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
      const ring = [];
      for (let v = vertexStart[r]; v < vertexStart[r + 1]; v++) ring.push([X[v], Y[v]]);
      rings.push(ring);
    }
    return rings;
  }

  /** Rows whose text in one of `names` contains the words; whole and leading matches first. */
  function find({ text, names, exact = false, limit = 30 }) {
    const wanted = text.trim().toLowerCase(), ranks = [[], [], []];
    if (!wanted) return [];
    for (let i = 0; i < count; i++) {
      let rank = 3;
      for (const name of names) {
        if (!columns[name]) continue;
        const value = textOf(name, i).toLowerCase();
        if (value === wanted) rank = 0;
        else if (!exact && value.startsWith(wanted)) rank = Math.min(rank, 1);
        else if (!exact && value.includes(wanted)) rank = Math.min(rank, 2);
      }
      if (rank < 3) ranks[rank].push(i);
    }
    return ranks.flat().slice(0, limit).map((index) => ({
      index,
      texts: names.filter((name) => columns[name]).map((name) => textOf(name, index)),
    }));
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
    const margin = 12 * line / scale;
    const small = [], large = [], marked = [], limit = (count <= SPARSE ? DOT_PX : SMALL_PX) * line;
    within(left - margin, top - margin, left + width / scale + margin, top + height / scale + margin, (i) => {
      const px = Math.max(maxX[i] - minX[i], maxY[i] - minY[i]) * scale;
      (px < limit ? small : large).push(i);
      if (style.mark && style.mark[i]) marked.push(i);
    });
    if (count <= SPARSE) {
      for (const i of small) fillDot(context, i, left, top, scale, line);
    } else {
      const image = context.createImageData(width, height);
      const pixels = new Uint32Array(image.data.buffer);
      for (const i of small) fillPixels(pixels, width, height, i, left, top, scale);
      context.putImageData(image, 0, 0);
    }
    for (const i of large) fillPath(context, i, left, top, scale, line);
    for (const i of marked) drawMark(context, i, left, top, scale, line);
    return canvas.transferToImageBitmap ? canvas.transferToImageBitmap() : canvas;
  }

  function fillPixels(pixels, width, height, i, left, top, scale) {
    const colour = style.fill[i], end = ringStart[i + 1];
    const y0 = Math.max(0, Math.ceil((minY[i] - top) * scale - 0.5));
    const y1 = Math.min(height - 1, Math.floor((maxY[i] - top) * scale - 0.5));
    let painted = false;
    for (let y = y0; y <= y1; y++) {
      const line = top + (y + 0.5) / scale, crossings = [];
      for (let r = ringStart[i]; r < end; r++) {
        const last = vertexStart[r + 1] - 1;
        for (let v = vertexStart[r], u = last; v <= last; u = v++) {
          if ((Y[v] > line) !== (Y[u] > line)) {
            crossings.push(X[v] + (line - Y[v]) / (Y[u] - Y[v]) * (X[u] - X[v]));
          }
        }
      }
      crossings.sort((a, b) => a - b);
      for (let k = 0; k + 1 < crossings.length; k += 2) {
        const x0 = Math.max(0, Math.ceil((crossings[k] - left) * scale - 0.5));
        const x1 = Math.min(width - 1, Math.ceil((crossings[k + 1] - left) * scale - 0.5) - 1);
        for (let x = x0; x <= x1; x++) pixels[y * width + x] = colour;
        painted = painted || x1 >= x0;
      }
    }
    if (painted) return;
    const x = Math.floor(((minX[i] + maxX[i]) / 2 - left) * scale);
    const y = Math.floor(((minY[i] + maxY[i]) / 2 - top) * scale);
    if (x >= 0 && y >= 0 && x < width && y < height) pixels[y * width + x] = colour;
  }

  function fillDot(context, i, left, top, scale, line) {
    context.beginPath();
    const x = ((minX[i] + maxX[i]) / 2 - left) * scale, y = ((minY[i] + maxY[i]) / 2 - top) * scale;
    context.arc(x, y, 4 * line, 0, 2 * Math.PI);
    context.setLineDash([]);
    context.fillStyle = css(style.fill[i]);
    context.fill();
    context.lineWidth = line;
    context.strokeStyle = "rgba(45,52,64,.85)";
    context.stroke();
  }

  function css(colour) {
    return `rgb(${colour & 255},${(colour >> 8) & 255},${(colour >> 16) & 255})`;
  }

  function trace(context, i, left, top, scale) {
    context.beginPath();
    for (let r = ringStart[i]; r < ringStart[i + 1]; r++) {
      let lastX = Infinity, lastY = Infinity;
      for (let v = vertexStart[r]; v < vertexStart[r + 1]; v++) {
        const x = (X[v] - left) * scale, y = (Y[v] - top) * scale;
        if (Math.abs(x - lastX) + Math.abs(y - lastY) < 0.4) continue;
        if (lastX === Infinity) context.moveTo(x, y);
        else context.lineTo(x, y);
        [lastX, lastY] = [x, y];
      }
      context.closePath();
    }
  }

  function fillPath(context, i, left, top, scale, line) {
    trace(context, i, left, top, scale);
    context.fillStyle = css(style.fill[i]);
    context.fill("evenodd");
    const px = Math.max(maxX[i] - minX[i], maxY[i] - minY[i]) * scale / line;
    const dashed = style.dash && style.dash[i] && px > 12;
    context.setLineDash(dashed ? [4 * line, 3 * line] : []);
    context.lineWidth = line * (px < 14 ? 0.5 : 0.9);
    context.strokeStyle = px < 14 ? "rgba(45,52,64,.55)" : "rgba(45,52,64,.8)";
    context.stroke();
  }

  function drawMark(context, i, left, top, scale, line) {
    const w = (maxX[i] - minX[i]) * scale, h = (maxY[i] - minY[i]) * scale;
    context.setLineDash([]);
    if (Math.max(w, h) < DOT_PX * line) {
      context.beginPath();
      const x = ((minX[i] + maxX[i]) / 2 - left) * scale, y = ((minY[i] + maxY[i]) / 2 - top) * scale;
      context.arc(x, y, 6.5 * line, 0, 2 * Math.PI);
    } else {
      trace(context, i, left, top, scale);
    }
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
    within(x - reach, y - reach, x + reach, y + reach, (i) => {
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

  const answers = { open, draw, hit, describe, find, filter, paint, table };
  return (message) => answers[message.do](message);
}

/** The same inside a worker: messages {number, do, …} are answered by {number, answer}. */
function landgisWorker(scope) {
  "use strict";
  const inflate = (bytes) => (typeof DecompressionStream === "function"
    ? new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")))
      .arrayBuffer().then((buffer) => new Uint8Array(buffer))
    : landgisInflate(bytes));
  const answer = landgisPainter({ inflate, canvas: (w, h) => new OffscreenCanvas(w, h) });
  const waiting = [];        // tiles wait here, so that a question about a parcel overtakes them
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
    if (message) reply(message).then(() => { if (waiting.length) setTimeout(next); });
  };
  scope.onmessage = ({ data }) => {
    if (data.do === "forget") {
      const at = waiting.findIndex((message) => message.number === data.number);
      if (at >= 0) waiting.splice(at, 1);
    } else if (data.do !== "draw") {
      reply(data);
    } else if (waiting.push(data) === 1) {
      setTimeout(next);
    }
  };
}

if (typeof module === "object") module.exports = landgisPainter;
