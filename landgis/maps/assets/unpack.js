// Unpacks a layer (see pack.py) to arrays.

/**
 * @param {Uint8Array} packed letters of base64, or of seven bits each; used up
 * @param {(bytes: Uint8Array) => any} inflate
 * @returns {Promise<object>} count, bits, row, columns, and the rings {X, Y, ringStart, vertexStart}
 */
async function landgisUnpack(packed, inflate) {
  "use strict";
  const zipped = packed[0] === 15 ? fromSevens(packed) : fromBase64(packed);  // as gzip begins
  const bytes = await inflate(zipped);
  release(zipped);
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + size)));
  const arrays = readArrays(bytes, 4 + size, header.arrays);
  release(bytes);
  const columns = {};
  for (const [name, column] of Object.entries(header.columns)) columns[name] = readColumn(arrays, name, column);
  return { count: header.count, bits: header.bits, row: arrays.row, columns, ...readRings(arrays) };

  /** Give the memory of an array back now; the garbage collector may take its time. */
  function release({ buffer }) {
    if (buffer.transfer) buffer.transfer(0);
  }

  /** Seven bits a letter, in place; those that a page would change stand as À to Ã, of two bytes. */
  function fromSevens(letters) {
    const escaped = new Uint8Array([0, 10, 13, 60]);
    let count = 0;
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i];
      letters[count++] = letter === 0xc3 ? escaped[letters[++i] & 3] : letter;
    }
    for (let i = 0, at = 0; i < count; i += 8, at += 7) {  // what lies beyond the end is cut off
      const b = letters[i + 1], c = letters[i + 2], d = letters[i + 3], e = letters[i + 4];
      const f = letters[i + 5], g = letters[i + 6];
      letters[at] = letters[i] << 1 | b >> 6;
      letters[at + 6] = g << 7 | letters[i + 7];
      letters[at + 1] = b << 2 | c >> 5;
      letters[at + 2] = c << 3 | d >> 4;
      letters[at + 3] = d << 4 | e >> 3;
      letters[at + 4] = e << 5 | f >> 2;
      letters[at + 5] = f << 6 | g >> 1;
    }
    return letters.subarray(0, Math.floor(count * 7 / 8));
  }

  function fromBase64(letters) {
    const values = new Uint8Array(128);
    [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"]
      .forEach((letter, value) => { values[letter.charCodeAt(0)] = value; });
    let end = letters.length;
    while (letters[end - 1] === 61) end--;                // "=" fills the last four up
    const bytes = new Uint8Array(Math.floor(end * 3 / 4));
    for (let i = 0, at = 0; at < bytes.length; i += 4) {
      const three = values[letters[i]] << 18 | values[letters[i + 1]] << 12
        | values[letters[i + 2]] << 6 | values[letters[i + 3]];
      bytes[at++] = three >> 16;                          // what lies beyond the end is not kept
      bytes[at++] = three >> 8;
      bytes[at++] = three;
    }
    return bytes;
  }

  function readArrays(bytes, at, layout) {
    const arrays = {};
    for (const [name, length, width, signed] of layout) {
      arrays[name] = readArray(bytes, at, length, width, signed);
      at += length * width;
    }
    return arrays;
  }

  function readArray(bytes, at, length, width, signed) {
    if (width === 1 && !signed) return bytes.slice(at, at + length);
    if (width > 4) return readLong(bytes, at, length, width, signed);
    const out = new Int32Array(length);
    for (let plane = 0; plane < width; plane++) join(out, bytes.subarray(at + plane * length), 8 * plane);
    if (signed) unfold(out);
    if (width > 2) return width === 4 && !signed ? new Uint32Array(out.buffer) : out;
    const narrow = signed ? [Int8Array, Int8Array, Int16Array] : [Uint8Array, Uint8Array, Uint16Array];
    const kept = new narrow[width](out);
    release(out);
    return kept;
  }

  function join(out, plane, shift) {
    for (let i = 0; i < out.length; i++) out[i] |= plane[i] << shift;
  }

  function unfold(out) {
    for (let i = 0; i < out.length; i++) out[i] = out[i] >>> 1 ^ -(out[i] & 1);
  }

  function readLong(bytes, at, length, width, signed) {
    return Float64Array.from({ length }, (_, i) => {
      let value = 0;
      for (let plane = width; plane--;) value = value * 256 + bytes[at + plane * length + i];
      return signed ? unzigzag(value) : value;
    });
  }

  function unzigzag(value) {
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  /** A column with its codes, its numbers, or one long text and where in it each row begins. */
  function readColumn(arrays, name, column) {
    const codes = arrays["column " + name];
    if (column.kind === "text") {
      return { ...column, text: new TextDecoder().decode(arrays["text " + name]), starts: sums(codes) };
    }
    const numberAt = (i) => (codes[i] ? unzigzag(codes[i] - 1) / 10 ** column.decimals : NaN);
    return column.kind === "number" ? { ...column, numberAt } : { ...column, codes };
  }

  /** Sums of all values before each, and of all. */
  function sums(values) {
    const out = new Int32Array(values.length + 1);
    for (let i = 0; i < values.length; i++) out[i + 1] = out[i] + values[i];
    return out;
  }

  /** Put the rings together from their arcs (see arcs.py): parcel → rings → vertices. */
  function readRings({ rings, points, arcs = [], refs, lengths, dx, dy, ...starts }) {
    const ringStart = sums(rings), vertexStart = new Int32Array(arcs.length + 1);
    const x = new Int32Array(points[0]), y = new Int32Array(points[0]);
    const read = { X: x, Y: y, ringStart, vertexStart };
    if (!arcs.length) return read;
    // A new arc is drawn where its ring needs it, and copied from there by the rings beside.
    const arcFrom = new Int32Array(lengths.length), arcEnd = new Int32Array(lengths.length);
    const startX = starts["start x"], startY = starts["start y"];
    let vertex = 0, ref = 0, known = 0, start = 0, step = 0, ringX = 0, ringY = 0;
    for (let ring = 0; ring < arcs.length; ring++) {
      const first = vertex, last = ref + arcs[ring] - 1;
      let hereX = 0, hereY = 0;
      if (refs[ref] === 0) {
        hereX = ringX += startX[start];
        hereY = ringY += startY[start++];
      }
      for (; ref <= last; ref++) {
        if (refs[ref] === 0) {
          const end = vertex + lengths[known];
          arcFrom[known] = vertex;
          arcEnd[known++] = ref < last ? end : first;
          x[vertex] = hereX;
          y[vertex] = hereY;
          for (vertex++; vertex < end; vertex++, step++) {
            x[vertex] = hereX += dx[step];
            y[vertex] = hereY += dy[step];
          }
          if (ref === last) break;
          x[end] = hereX += dx[step];                     // where the ring goes on
          y[end] = hereY += dy[step++];
          continue;
        }
        const arc = known - (refs[ref] >> 1), backwards = refs[ref] & 1, end = vertex + lengths[arc];
        const by = backwards ? -1 : 1;
        let from = backwards ? arcEnd[arc] : arcFrom[arc];
        x[vertex] = x[from];
        y[vertex++] = y[from];
        for (from = backwards ? arcFrom[arc] + lengths[arc] - 1 : from + 1; vertex < end; vertex++, from += by) {
          x[vertex] = x[from];
          y[vertex] = y[from];
        }
        from = backwards ? arcFrom[arc] : arcEnd[arc];
        hereX = x[from];
        hereY = y[from];
      }
      ref = last + 1;
      vertexStart[ring + 1] = vertex;
    }
    for (const array of [dx, dy, refs]) release(array);
    return read;
  }
}

if (typeof module === "object") module.exports = landgisUnpack;
