// Tests of the page's scripts, run by node; the packed layer comes from test_pack.py.
const assert = require("node:assert");
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const test = require("node:test");
const zlib = require("node:zlib");

const source = (name) => require(join(process.env.ASSETS, name));
const inflate = source("inflate.js"), painter = source("painter.js"), ellipsoid = source("measure.js");
const { landgisLabels, landgisLength, landgisNames } = source("names.js");
const { landgisCsv, landgisFill } = source("dom.js");
const packed = readFileSync(process.env.PACKED);
const unpack = (letters) => source("unpack.js")(letters, inflate);
const expected = JSON.parse(readFileSync(process.env.EXPECTED, "utf-8"));
const canvas = () => { throw new Error("nothing is drawn here"); };

async function opened() {
  const ask = painter({ unpack, canvas });
  const { count, box } = await ask({ do: "open", packed: new Uint8Array(packed) });
  const index = {};
  for (let i = 0; i < count; i++) index[ask({ do: "describe", index: i }).values.parcel_id] = i;
  const grid = (longitude, latitude) => {
    const s = Math.sin(latitude * Math.PI / 180), size = 2 ** 28;
    return { x: (longitude + 180) / 360 * size, y: (0.5 - Math.atanh(s) / (2 * Math.PI)) * size };
  };
  const at = (longitude, latitude, reach = 0) => ask({ do: "hit", ...grid(longitude, latitude), reach });
  return { ask, count, box, index, at };
}

test("inflate reads what gzip writes, at every level", () => {
  const random = Buffer.from(Array.from({ length: 70000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255));
  for (const content of [Buffer.from(""), Buffer.from("abc"), Buffer.alloc(100000, 7), random]) {
    for (const level of [0, 1, 6, 9]) {
      assert.deepEqual(Buffer.from(inflate(new Uint8Array(zlib.gzipSync(content, { level })))), content);
    }
    const fixed = zlib.gzipSync(content, { strategy: zlib.constants.Z_FIXED });
    assert.deepEqual(Buffer.from(inflate(new Uint8Array(fixed))), content);
  }
});

test("a damaged layer is an error, not a hang", async () => {
  const ask = painter({ unpack, canvas });
  await assert.rejects(async () => ask({ do: "open", packed: new Uint8Array(packed.subarray(0, packed.length / 2 & ~3)) }));
});

/** A ring begun at its least corner. */
function turned(ring) {
  let at = 0;
  ring.forEach(([x, y], i) => { if (x < ring[at][0] || (x === ring[at][0] && y < ring[at][1])) at = i; });
  return [...ring.slice(at), ...ring.slice(0, at)];
}

test("every corner and every text comes back as it was packed", async () => {
  const { ask, count, index } = await opened();
  assert.equal(count, expected.id.length);
  expected.id.forEach((id, i) => {
    const { values, rings } = ask({ do: "describe", index: index[id] });
    assert.equal(values.note, expected.note[i]);
    assert.deepEqual(rings.map(turned), expected.rings[i]);
  });
});

test("an outline of many corners is thinned to the view, and right in it", async () => {
  const { ask, index } = await opened();
  const whole = ask({ do: "describe", index: index.lake });
  const [left, top, right, bottom] = whole.box;
  const far = ask({ do: "describe", index: index.lake, view: { left, top, right, bottom, unit: (right - left) / 500 } });
  assert.ok(far.cut && far.rings[0].length <= 5002 && far.rings[0].length > 500, String(far.rings[0].length));
  const view = { left, top, right: left + (right - left) / 50, bottom, unit: 1 };
  const near = ask({ do: "describe", index: index.lake, view });
  const inside = (rings) => turned(rings[0]).filter(([x]) => x <= view.right);
  assert.deepEqual(inside(near.rings), inside(whole.rings));
  assert.ok(near.rings[0].length < 10000, String(near.rings[0].length));
  assert.ok(!ask({ do: "describe", index: index.ring, view }).cut);
});

test("every parcel is found where it lies, and nowhere else", async () => {
  const { at, index } = await opened();
  assert.equal(at(120.001, 30.001), index.ring);
  assert.equal(at(120.0045, 30.0045), index.filling);
  assert.equal(at(120.0205, 30.0005), index.parts);
  assert.equal(at(120.0305, 30.0005), index.parts);
  assert.equal(at(120.025, 30.0005), -1);
  assert.equal(at(120.040015, 30.000015), index.tiny);
  assert.equal(at(120.0401, 30.0001), -1);
  assert.equal(at(120.0401, 30.0001, 200), index.tiny);
});

test("attributes come back as text, lists as lists", async () => {
  const { ask, index } = await opened();
  const values = (id) => ask({ do: "describe", index: index[id] }).values;
  assert.deepEqual(values("parts"), { parcel_id: "parts", category: "住宅用地", area_m2: "", note: "2号\n𠀀Ж", regions: ["r", "s"] });
  assert.equal(values("tiny").area_m2, "-3.00");
  assert.equal(ask({ do: "describe", index: index.ring }).rings.length, 2);
});

test("a hidden parcel does not answer", async () => {
  const { ask, at, index } = await opened();
  assert.equal(ask({ do: "filter", tests: [{ column: "category", values: ["住宅用地"] }] }), 2);
  assert.equal(at(120.0045, 30.0045), -1);
  assert.equal(ask({ do: "filter", tests: [{ column: "regions", values: ["s"] }] }), 2);
  assert.equal(at(120.0205, 30.0005), index.parts);
  assert.equal(ask({ do: "filter", tests: [] }), expected.id.length);
});

test("search puts whole matches before parts of words", async () => {
  const { ask, index } = await opened();
  const ids = (text, options) => ask({ do: "find", text, names: ["parcel_id", "category"], ...options }).map((hit) => hit.index);
  assert.deepEqual(ids("TINY"), [index.tiny]);
  assert.deepEqual(ids("ing").sort(), [index.ring, index.filling].sort());
  assert.deepEqual(ids("ing", { exact: true }), []);
  assert.deepEqual(ids(expected.id[4321], { exact: true }), [index[expected.id[4321]]]);
  assert.equal(ids("33050").length, 30);
  assert.deepEqual(ids(""), []);
});

test("a table is in the order of the source and harmless in a spreadsheet", async () => {
  const { ask } = await opened();
  const text = ask({ do: "table", titles: { parcel_id: "编号", category: "用途, 类", area_m2: "面积" } });
  assert.deepEqual(text.split("\r\n").slice(0, 5), ['编号,"用途, 类",面积', "ring,住宅用地,1.50", "filling,商服用地,2.25", "parts,住宅用地,", "tiny,'=1+1,-3.00"]);
});

test("measuring agrees with the ellipsoid", () => {
  // One minute of latitude at 30° N on CGCS2000 is 1847.54 m, of longitude 1608.10 m.
  assert.ok(Math.abs(ellipsoid.distance({ lat: 29.5 + 29.5 / 60, lng: 120 }, { lat: 29.5 + 30.5 / 60, lng: 120 }) - 1847.54) < 0.05);
  assert.ok(Math.abs(ellipsoid.distance({ lat: 30, lng: 120 }, { lat: 30, lng: 120 + 1 / 60 }) - 1608.105) < 0.05);
  const ring = [[30, 120], [30, 120.01], [30.01, 120.01], [30.01, 120]].map(([lat, lng]) => ({ lat, lng }));
  assert.ok(Math.abs(ellipsoid.area(ring) / 1069521.2 - 1) < 1e-4, String(ellipsoid.area(ring)));
});

test("a cell is never a formula, and a number stays one", () => {
  const cells = ["=1+1", "+1", "@a", "-a", "-1.5", "-2+3", "\tx", 'say "hi"', "a,b"];
  assert.equal(landgisCsv([cells]), `"'=1+1","'+1","'@a","'-a","-1.5","'-2+3","'\tx","say ""hi""","a,b"`);
  assert.equal(landgisFill("{a} of {b}", { a: "{b}", b: 2 }), "{b} of 2");
});

test("names lie apart, and beside parcels rather than on them", () => {
  const label = (x, y) => ({ x, y, w: 20, h: 6 });
  const placed = landgisNames([label(0, 0), label(5, 2), label(3, 1)], []);
  for (const a of placed) for (const b of placed) assert.ok(a === b || Math.abs(a.x - b.x) >= 40 || Math.abs(a.y - b.y) >= 12);
  const [beside] = landgisNames([label(0, 0)], [[0, 0], [5, 1]]);
  assert.ok(Math.abs(beside.y) >= 12 || Math.abs(beside.x) > 5);
});

test("a township of a region's name, or smaller than its name, is not named", () => {
  const place = (name, x, width = 900) => ({ name, point: [0, x], bounds: [[0, x - width / 2], [9, x + width / 2]] });
  const data = { regions: { places: [place("东镇", 0), { name: "市直", point: null }] }, townships: { places: [place("东镇", 0), place("西镇", 500), place("小镇", 900, 9)] } };
  const named = (shown) => landgisLabels(data, shown, ([y, x]) => [x, y], { regions: 16, townships: 12, line: 20 }, () => "").map((l) => l.name);
  assert.deepEqual(named({ regions: true, townships: true }), ["东镇", "西镇"]);
  assert.deepEqual(named({ regions: false, townships: true }), ["东镇", "西镇"]);
  assert.ok(landgisLength("Wu") < landgisLength("吴兴"));
});
