// Reads gzip (RFC 1952 and RFC 1951), also where the browser has no DecompressionStream.

/** @param {Uint8Array} bytes one gzip member  @returns {Promise<Uint8Array>} its content */
async function landgisUnzip(bytes) {
  "use strict";
  if (typeof DecompressionStream !== "function") return landgisInflate(bytes);
  const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4);
  const content = new Uint8Array(end.getUint32(0, true)), stream = new DecompressionStream("gzip");
  const writer = stream.writable.getWriter(), reader = stream.readable.getReader();
  Promise.all([writer.write(bytes), writer.close()]).catch(() => {});  // the reader tells of faults
  for (let filled = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return content;
    content.set(value, filled);
    filled += value.length;
  }
}

/** @param {Uint8Array} input one gzip member  @returns {Uint8Array} its content */
function landgisInflate(input) {
  "use strict";
  const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67,
    83, 99, 115, 131, 163, 195, 227, 258];
  const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5,
    5, 5, 0];
  const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

  const size = new DataView(input.buffer, input.byteOffset + input.length - 4).getUint32(0, true);
  const output = new Uint8Array(size);
  let at = headerLength(), hold = 0, held = 0, filled = 0;

  function headerLength() {
    const flags = input[3];
    let i = 10;
    if (flags & 4) i += 2 + input[i] + 256 * input[i + 1];
    for (const bit of [8, 16]) if (flags & bit) while (input[i++] !== 0);
    return flags & 2 ? i + 2 : i;
  }

  function bits(count) {
    while (held < count) {
      if (at >= input.length) throw new Error("landgis: the packed layer is damaged");
      hold |= input[at++] << held;
      held += 8;
    }
    const value = hold & ((1 << count) - 1);
    hold >>>= count;
    held -= count;
    return value;
  }

  /** Canonical code: how many codes of each length, and their symbols in order. */
  function code(lengths) {
    const counts = new Uint16Array(16), next = new Uint16Array(16);
    for (const length of lengths) counts[length]++;
    counts[0] = 0;
    for (let i = 1; i < 16; i++) next[i] = next[i - 1] + counts[i - 1];
    const symbols = new Uint16Array(lengths.length);
    lengths.forEach((length, symbol) => { if (length) symbols[next[length]++] = symbol; });
    return { counts, symbols };
  }

  function symbol({ counts, symbols }) {
    let value = 0, first = 0, index = 0;
    for (let length = 1; length < 16; length++) {
      value |= bits(1);
      const count = counts[length];
      if (value - first < count) return symbols[index + value - first];
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw new Error("landgis: the packed layer is damaged");
  }

  function fixedCodes() {
    const lengths = new Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
    return [code(lengths), code(new Array(30).fill(5))];
  }

  function storedCodes() {
    const literals = bits(5) + 257, distances = bits(5) + 1, count = bits(4) + 4;
    const lengths = new Array(19).fill(0);
    for (let i = 0; i < count; i++) lengths[CODE_ORDER[i]] = bits(3);
    const lengthCode = code(lengths), all = [];
    while (all.length < literals + distances) {
      const s = symbol(lengthCode);
      if (s < 16) { all.push(s); continue; }
      const repeat = s === 16 ? 3 + bits(2) : s === 17 ? 3 + bits(3) : 11 + bits(7);
      const value = s === 16 ? all[all.length - 1] : 0;
      for (let i = 0; i < repeat; i++) all.push(value);
    }
    return [code(all.slice(0, literals)), code(all.slice(literals))];
  }

  function copyStored() {
    hold = held = 0;
    const count = input[at] + 256 * input[at + 1];
    output.set(input.subarray(at + 4, at + 4 + count), filled);
    at += 4 + count;
    filled += count;
  }

  function copyCoded([literals, distances]) {
    for (;;) {
      let s = symbol(literals);
      if (s === 256) return;
      if (s < 256) { output[filled++] = s; continue; }
      s -= 257;
      const length = LENGTH_BASE[s] + bits(LENGTH_EXTRA[s]), d = symbol(distances);
      const distance = d < 4 ? d + 1 : ((2 + (d & 1)) << ((d >> 1) - 1)) + 1 + bits((d >> 1) - 1);
      for (let i = 0; i < length; i++, filled++) output[filled] = output[filled - distance];
    }
  }

  for (let last = 0; !last;) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) copyStored();
    else copyCoded(kind === 1 ? fixedCodes() : storedCodes());
  }
  return output;
}

if (typeof module === "object") module.exports = landgisInflate;
