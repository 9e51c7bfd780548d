// The printed map: one A4 sheet, landscape, with everything that a map needs, as a canvas.

/**
 * @param {{data, map, colours, carried, sides: object[], untils: (number | null)[],
 *   note: (place) => string, hidden: Set<string>, shown: object}} given the parts of the page, and
 *   what is shown: see page.js; `moment` is the time up to which land is counted, null for all
 * @returns {Promise<HTMLCanvasElement>} 8 pixels to a millimetre
 */
async function landgisSheet(given) {
  "use strict";
  const { data, map, colours, carried, sides, untils, note, hidden, shown, moment } = given;
  const parcels = sides[sides.length - 1].layer, key = colours.key();
  const MM = 8, WIDTH = 297, HEIGHT = 210, FRAME = { x: 10, y: 27, w: 190, h: 152 };
  const TABLE = { x: 206, y: 27, w: 81 };
  const { words } = data;
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH * MM, height: HEIGHT * MM });
  const context = canvas.getContext("2d");
  const fonts = getComputedStyle(document.body).fontFamily;
  context.scale(MM, MM);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, WIDTH, HEIGHT);

  function write(text, x, y, { size = 3.2, weight = 400, colour = "#1c2430", align = "left", halo = false, width = 0 } = {}) {
    context.font = `${weight} ${size}px ${fonts}`;
    context.textAlign = align;
    context.textBaseline = "middle";
    const limit = width ? [width] : [];
    if (halo) {
      Object.assign(context, { lineWidth: 0.9, lineJoin: "round", strokeStyle: "rgba(255,255,255,.92)" });
      context.strokeText(text, x, y, ...limit);
    }
    context.fillStyle = colour;
    context.fillText(text, x, y, ...limit);
  }

  function rule(x0, y0, x1, y1, width = 0.15, colour = "#8a94a1") {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    Object.assign(context, { lineWidth: width, strokeStyle: colour });
    context.setLineDash([]);
    context.stroke();
  }

  // ---------------------------------------------------------------- map

  const view = map.getBounds(), corner = parcels.toGrid(view.getNorthWest()), far = parcels.toGrid(view.getSouthEast());
  const scale = Math.min(FRAME.w / (far.x - corner.x), FRAME.h / (far.y - corner.y));   // mm to a grid unit
  const left = (corner.x + far.x) / 2 - FRAME.w / 2 / scale, top = (corner.y + far.y) / 2 - FRAME.h / 2 / scale;
  const place = (latlng) => {
    const { x, y } = parcels.toGrid(latlng);
    return [FRAME.x + (x - left) * scale, FRAME.y + (y - top) * scale];
  };

  /** Where a share of the page's map lies in the frame. */
  function across(share) {
    if (share === 0 || share === 1) return share;
    const at = (corner.x + share * (far.x - corner.x) - left) * scale / FRAME.w;
    return Math.min(1, Math.max(0, at));
  }

  const halves = sides.map((side) => ({ ...side, from: across(side.from), to: across(side.to) }));

  async function drawMap() {
    context.save();
    context.beginPath();
    context.rect(FRAME.x, FRAME.y, FRAME.w, FRAME.h);
    context.clip();
    await drawGround();
    for (const [i, side] of halves.entries()) await drawSide(side, untils[i]);
    for (const level of ["unchosen", "townships", "regions", "outlines"]) {
      if (!shown[level]) continue;
      for (const line of data[level].lines) border(line, level, []);
      for (const line of data[level].dashed) border(line, level, [2.2, 1.4]);
    }
    if (shown.names) drawNames();
    for (const half of halves.length > 1 ? halves : []) drawVersion(half);
    context.restore();
    context.setLineDash([]);
    Object.assign(context, { lineWidth: 0.35, strokeStyle: "#1c2430" });
    context.strokeRect(FRAME.x, FRAME.y, FRAME.w, FRAME.h);
  }

  function trace(line) {
    line.forEach((point, i) => (i ? context.lineTo(...place(point)) : context.moveTo(...place(point))));
  }

  function fill(place, colour, strength) {
    context.beginPath();
    place.rings.flat().forEach((ring) => { trace(ring); context.closePath(); });
    context.globalAlpha = strength;
    context.fillStyle = colour;
    context.fill("evenodd");
    context.globalAlpha = 1;
  }

  /** The carried basemap, and the regions where the plan puts a use without a figure. */
  async function drawGround() {
    const world = 2 ** parcels._bits;
    if (carried) {
      const box = [left, top, left + FRAME.w / scale, top + FRAME.h / scale].map((at) => at / world);
      for (const [picture, x, y, size] of await landgisCarriedTiles(carried, box, FRAME.w * MM / 2)) {
        const edge = size * world * scale;
        context.drawImage(picture, FRAME.x + (x * world - left) * scale, FRAME.y + (y * world - top) * scale, edge, edge);
      }
    }
    if (!shown.regions) return;
    for (const place of data.regions.places) if (data.placed.regions.includes(place.name)) fill(place, data.placed.colour, 0.22);
  }

  /** Parcels, or colours of regions, on one side of the line that parts two versions. */
  async function drawSide({ layer, from, to }, until) {
    context.save();
    context.beginPath();
    context.rect(FRAME.x + FRAME.w * from, FRAME.y, FRAME.w * (to - from), FRAME.h);
    context.clip();
    if (shown.parcels) {
      const picture = await layer.picture({ left, top, scale: scale * MM, width: FRAME.w * MM, height: FRAME.h * MM, line: MM / 4 });
      context.drawImage(picture, FRAME.x, FRAME.y, FRAME.w, FRAME.h);
    }
    if (colours.regional()) for (const place of data.regions.places) fill(place, colours.fill(place, until), 0.78);
    context.restore();
  }

  function drawVersion({ from, to, title }) {
    const x = FRAME.x + FRAME.w * (from + to) / 2;
    if (from > 0) rule(FRAME.x + FRAME.w * from, FRAME.y, FRAME.x + FRAME.w * from, FRAME.y + FRAME.h, 0.5, "#1c2430");
    write(title, x, FRAME.y + 5, { size: 3.6, weight: 600, align: "center", halo: true });
  }

  function border(line, level, dash) {
    context.beginPath();
    trace(line);
    context.setLineDash(dash);
    const [lineWidth, strokeStyle] = { unchosen: [0.2, "#6b7280"], townships: [0.25, "#5b6675"], regions: [0.6, "#8c2f39"], outlines: [0.9, "#3d2a4d"] }[level];
    Object.assign(context, { lineWidth, strokeStyle });
    context.stroke();
  }

  function drawNames() {
    const lies = ([gx, gy]) => [FRAME.x + (gx - left) * scale, FRAME.y + (gy - top) * scale];
    const labels = landgisLabels(data, shown, place, { regions: 4, townships: 3, line: 5.2 }, note);
    for (const { x, y, name, level, note: second } of landgisNames(labels, shown.parcels ? parcels.dots.map(lies) : [])) {
      const big = level === "regions";
      write(name, x, second ? y - 2 : y, { size: big ? 4 : 3, weight: big ? 600 : 400, colour: big ? "#7d1f2d" : "#333c48", align: "center", halo: true });
      if (second) write(second, x, y + 2.2, { size: 2.9, align: "center", halo: true });
    }
  }

  function drawNorth() {
    const x = FRAME.x + FRAME.w - 8, y = FRAME.y + 5;
    write(words.north, x, y, { size: 3.6, weight: 600, align: "center", halo: true });
    for (const [points, colour] of [[[[0, 0], [2.6, 11], [0, 8.6]], "#1c2430"], [[[0, 0], [-2.6, 11], [0, 8.6]], "#fff"]]) {
      context.beginPath();
      points.forEach(([dx, dy], i) => (i ? context.lineTo(x + dx, y + 3 + dy) : context.moveTo(x + dx, y + 3 + dy)));
      context.closePath();
      context.fillStyle = colour;
      context.fill();
      Object.assign(context, { lineWidth: 0.2, strokeStyle: "#1c2430" });
      context.stroke();
    }
  }

  function drawScale() {
    const middle = map.getCenter();
    const metres = landgisEllipsoid.distance(middle, parcels.toLatLng([parcels.toGrid(middle).x + 1 / scale, parcels.toGrid(middle).y]));
    const wanted = 45 * metres, power = 10 ** Math.floor(Math.log10(wanted));
    const whole = [5, 2, 1].find((n) => n * power <= wanted) * power, w = whole / metres;
    const x = FRAME.x + 6, y = FRAME.y + FRAME.h - 6;
    context.fillStyle = "rgba(255,255,255,.9)";
    context.fillRect(x - 3, y - 7, Math.max(w + 12, 28), 11);
    for (let i = 0; i < 4; i++) {
      context.fillStyle = i % 2 ? "#fff" : "#1c2430";
      context.fillRect(x + i * w / 4, y - 1.2, w / 4, 1.2);
    }
    Object.assign(context, { lineWidth: 0.15, strokeStyle: "#1c2430" });
    context.strokeRect(x, y - 1.2, w, 1.2);
    const label = (m) => (whole >= 2000 ? `${m / 1000}` : `${m}`);
    write("0", x, y - 3.4, { size: 2.6, align: "center" });
    write(label(whole / 2), x + w / 2, y - 3.4, { size: 2.6, align: "center" });
    write(`${label(whole)} ${whole >= 2000 ? "km" : "m"}`, x + w, y - 3.4, { size: 2.6, align: "center" });
    const ratio = Number((metres * 1000).toPrecision(3));
    write(`1 : ${ratio.toLocaleString("en").replace(/,/g, " ")}`, x, y + 2.2, { size: 2.8 });
  }

  // ---------------------------------------------------------------- table, title, title block

  function drawTable() {
    const total = data.legend[data.legend.length - 1];
    const regions = data.region_rows.filter((row) => !hidden.has(`regions ${row.region}`));
    const rows = [
      { ...total, name: hidden.size ? words.total_all : words.total, heavy: true },
      ...data.legend.slice(0, -1).filter((row) => !hidden.has(`uses ${row.category}`)).map((row) => ({ ...row })),
      ...(regions.length ? [{ head: words.by_region }] : []),
      ...regions.map((row) => ({ ...row, name: row.region, colour: "" })),
    ];
    const day = moment === null ? "" : data.times.values[moment];
    if (day) for (const row of rows.filter((each) => !each.head)) {
      const [mapped, difference, share] = data.moments[`${row.region}|${row.category}`]?.[moment] || [];
      Object.assign(row, { mapped, difference, share: share || "—" });
    }
    const bottom = FRAME.y + FRAME.h - (key.length ? key.length * 4.4 + 8 : 0);
    const step = Math.max(3.1, Math.min(5.4, (bottom - TABLE.y - 12) / (rows.length + 1)));
    const room = Math.floor((bottom - TABLE.y - 12) / step) - 1, size = Math.min(2.9, step * 0.62);
    const right = columns(rows, size);
    let y = TABLE.y + 2;
    write(words.table_title, TABLE.x, y, { size: 3.8, weight: 600 });
    write(data.unit, TABLE.x + TABLE.w, y, { size: 2.7, colour: "#5b6675", align: "right" });
    y += 5;
    rule(TABLE.x, y - 2, TABLE.x + TABLE.w, y - 2, 0.25);
    write(words.name_use, TABLE.x, y + 0.7, { size: 2.6, colour: "#5b6675" });
    [words.planned, day ? landgisFill(words.mapped_by, { time: day }) : words.mapped, words.difference].forEach((text, i) => write(text, right[i], y + 0.7, { size: 2.6, colour: "#5b6675", align: "right" }));
    y += step;
    for (const row of rows.slice(0, room)) {
      rule(TABLE.x, y - step / 2, TABLE.x + TABLE.w, y - step / 2, row.head || row.heavy ? 0.25 : 0.1);
      if (row.head) write(row.head, TABLE.x, y, { size: 2.6, colour: "#5b6675" });
      else drawRow(row, y, size, right);
      y += step;
    }
    rule(TABLE.x, y - step / 2, TABLE.x + TABLE.w, y - step / 2, 0.25);
    if (rows.length > room) write("……", TABLE.x, y, { size });
    return y;
  }

  /** Right edges of the three columns of numbers, each as wide as its longest. */
  function columns(rows, size) {
    const edges = [];
    let edge = TABLE.x + TABLE.w - (moment === null ? 6 : 9);
    for (const [name, head] of [["difference", words.difference], ["mapped", moment === null ? words.mapped : landgisFill(words.mapped_by, { time: data.times.values[moment] })], ["planned", words.planned]]) {
      edges.unshift(edge);
      edge -= 2.5 + Math.max(...rows.map((row) => width(row[name] || "", size, row.heavy ? 600 : 400)), width(head, 2.6));
    }
    return [...edges, edge];
  }

  function width(text, size, weight = 400) {
    context.font = `${weight} ${size}px ${fonts}`;
    return context.measureText(text).width;
  }

  function drawRow(row, y, size, right) {
    const weight = row.heavy ? 600 : 400;
    if (row.colour && !row.heavy && !colours.regional()) {
      context.fillStyle = document.getElementById("colour").value === "safe" ? row.safe_colour : row.colour;
      context.fillRect(TABLE.x, y - 1.2, 3.6, 2.4);
      Object.assign(context, { lineWidth: 0.12, strokeStyle: "#4b5563" });
      context.strokeRect(TABLE.x, y - 1.2, 3.6, 2.4);
    }
    const inset = row.colour && !row.heavy ? 5 : 0;
    write(row.name, TABLE.x + inset, y, { size, weight, width: right[3] - TABLE.x - inset });
    [row.planned, row.mapped, row.difference].forEach((text, i) => write(text || "—", right[i], y, { size, weight, align: "right" }));
    if (row.share) {
      write(row.share, TABLE.x + TABLE.w, y, { size, align: "right" });
      return;
    }
    const [sign, colour] = { pass: ["✓", "#0b6e4f"], fail: ["✕", "#b3261e"], unknown: ["?", "#6b5b00"] }[row.verdict] || ["", ""];
    write(sign, TABLE.x + TABLE.w - 1, y, { size: size * 1.1, weight: 700, colour, align: "right" });
  }

  function drawKey(y) {
    key.forEach(([colour, text], i) => {
      const line = y + 3 + i * 4.4;
      context.fillStyle = colour;
      context.fillRect(TABLE.x, line - 1.3, 4.4, 2.6);
      Object.assign(context, { lineWidth: 0.12, strokeStyle: "#4b5563" });
      context.strokeRect(TABLE.x, line - 1.3, 4.4, 2.6);
      write(text, TABLE.x + 6.5, line, { size: 2.8 });
    });
  }

  function drawTitle() {
    write(data.title, WIDTH / 2, 13, { size: 7, weight: 600, align: "center", width: WIDTH - 24 });
    write(data.subtitle, WIDTH / 2, 20.5, { size: 3.4, colour: "#5b6675", align: "center", width: WIDTH - 24 });
  }

  function drawBlock() {
    let x = FRAME.x, y = FRAME.y + FRAME.h + 6;
    const day = moment === null ? [] : [["", landgisFill(words.moment, { time: data.times.values[moment] })]];
    const lines = [...data.marks.map((mark) => ["", mark]), ...day, ...data.block];
    for (const [title, value] of lines) {
      const text = title ? `${title}${data.lang === "en" ? ": " : "："}${value}` : `※ ${value}`;
      const long = width(text, 2.8);
      if (x > FRAME.x && x + long > WIDTH - 10) {
        x = FRAME.x;
        y += 4.6;
      }
      write(text, x, y, { size: 2.8, colour: title ? "#333c48" : "#8a4b00", width: WIDTH - 20 });
      x += long + 7;
    }
  }

  await drawMap();
  drawNorth();
  drawScale();
  drawKey(drawTable());
  drawTitle();
  drawBlock();
  return canvas;
}
