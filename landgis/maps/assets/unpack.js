// Unpacks a layer (see pack.py) to arrays.

/**
 * @param {Uint8Array} packed letters of base64, or of seven bits each; used up
 * @param {(bytes: Uint8Array) => any} inflate
 * @returns {Promise<object>} count, bits, row, columns, and the rings {X, Y, ringStart, vertexStart}
 */
async function landgisUnpack(packed, inflate) {
  "use strict";
  const zipped = packed[0] === 15 ? fromSevens(packed) : fromBase64(packed);  // as gzip begins
  release(packed);
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

  /** Seven bits a letter; those that a page would change stand as À to Ã, of two bytes. */
  function fromSevens(letters) {
    const escaped = [0, 10, 13, 60];
    let count = 0, hold = 0, held = 0, at = 0;
    for (const letter of letters) if (letter !== 0xc3) count++;
    const bytes = new Uint8Array(Math.floor(count * 7 / 8));
    for (let i = 0; i < letters.length; i++) {
      const value = letters[i] === 0xc3 ? escaped[letters[++i] & 3] : letters[i];
      hold = (hold << 7 | value) & 0x3fff;
      held += 7;
      if (held < 8) continue;
      held -= 8;
      bytes[at++] = hold >> held;
    }
    return bytes;
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
    const whole = signed ? [Int8Array, Int8Array, Int16Array, Int32Array, Int32Array]
      : [Uint8Array, Uint8Array, Uint16Array, Int32Array, Uint32Array];
    const out = new (whole[width] || Float64Array)(length);
    for (let i = 0; i < length; i++) {
      let value = 0;
      for (let plane = width; plane--;) value = value * 256 + bytes[at + plane * length + i];
      out[i] = !signed ? value : value < 2 ** 31 ? value >>> 1 ^ -(value & 1) : unzigzag(value);
    }
    return out;
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
  function sums(values, more = 0) {
    const out = new Int32Array(values.length + 1);
    for (let i = 0; i < values.length; i++) out[i + 1] = out[i] + values[i] + more;
    return out;
  }

  /** Put the rings together from their arcs (see arcs.py): parcel → rings → vertices. */
  function readRings({ rings, points, arcs = [], refs, lengths, dx, dy, ...starts }) {
    const ringStart = sums(rings), vertexStart = new Int32Array(arcs.length + 1);
    const x = new Int32Array(points[0]), y = new Int32Array(points[0]);
    const read = { X: x, Y: y, ringStart, vertexStart };
    if (!arcs.length) return read;
    const arcStart = sums(lengths, 1), size = arcStart[lengths.length];
    const ax = new Int32Array(size), ay = new Int32Array(size);
    const startX = starts["start x"], startY = starts["start y"];
    let vertex = 0, ref = 0, known = 0, start = 0, step = 0, ringX = 0, ringY = 0;
    for (let ring = 0; ring < arcs.length; ring++) {
      const first = vertex, firstRef = ref, lastRef = ref + arcs[ring];
      let hereX = 0, hereY = 0;
      for (; ref < lastRef; ref++) {
        let arc = known;
        if (refs[ref] === 0) {
          if (ref === firstRef) {
            hereX = ringX += startX[start];
            hereY = ringY += startY[start++];
          }
          known++;
          const from = arcStart[arc], to = arcStart[known] - 1, closes = ref === lastRef - 1;
          ax[from] = hereX;
          ay[from] = hereY;
          for (let i = from + 1; i <= to - (closes ? 1 : 0); i++, step++) {
            ax[i] = hereX += dx[step];
            ay[i] = hereY += dy[step];
          }
          if (closes) {
            ax[to] = first === vertex ? ax[from] : x[first];
            ay[to] = first === vertex ? ay[from] : y[first];
          }
        } else {
          arc -= refs[ref] >> 1;
        }
        const backwards = refs[ref] & 1, by = backwards ? -1 : 1;
        const from = backwards ? arcStart[arc + 1] - 1 : arcStart[arc];
        const to = backwards ? arcStart[arc] : arcStart[arc + 1] - 1;
        for (let i = from; i !== to; i += by, vertex++) {
          x[vertex] = ax[i];
          y[vertex] = ay[i];
        }
        hereX = ax[to];
        hereY = ay[to];
      }
      vertexStart[ring + 1] = vertex;
    }
    for (const array of [ax, ay, dx, dy, refs]) release(array);
    return read;
  }
}

if (typeof module === "object") module.exports = landgisUnpack;
