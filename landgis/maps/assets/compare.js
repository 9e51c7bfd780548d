// Before and after, side by side: parcels supplied by two times, or two versions of the parcels.
// Needs Leaflet, parcels.js and dom.js before it.

/**
 * @param data the page's data
 * @param {{map, parcels, sources: {times: string, earlier: string}, options, paint, busy}} given the
 *   packed layers to compare, the options of a layer, its present paint, whether something is measured
 * @param {{changed: () => any, choose: (record, note: string) => any}} tell
 * @returns {{kind: () => string, apply: (tests) => Promise, sides: () => object[]}}
 */
function landgisCompare(data, given, tell) {
  "use strict";
  const { words, times } = data, { map, parcels } = given, by = landgisBy;
  const place = by("swipe-at"), line = by("swipe-line"), bar = by("swipe");
  let kind = "", earlier = null;

  const share = () => Number(place.value) / 100;
  const chosen = (side) => Number(by(`time-${side}`)?.value ?? 0);
  const title = (side) => {
    if (kind === "earlier") return words[side === "before" ? "version_before" : "version_now"];
    return landgisFill(words.time_until, { time: times.values[chosen(side)] });
  };

  /** Parcels supplied by the time of one side. */
  function timeTest(side) {
    return kind === "times" ? [{ column: times.name, values: times.values.slice(0, chosen(side) + 1) }] : [];
  }

  async function start(wanted) {
    stop();
    kind = wanted;
    bar.hidden = line.hidden = !kind;
    for (const select of bar.querySelectorAll("select")) select.hidden = kind !== "times";
    if (kind) {
      earlier = L.landgisParcels(given.sources[kind], { ...given.options });
      earlier.on("choose", ({ record }) => tell.choose(record, kind === "earlier" ? words.version_before : ""));
      earlier.addTo(map);
      map.on("move zoomend resize viewreset", clip);
      map.getContainer().addEventListener("mousemove", aim, true);
      map.getContainer().addEventListener("click", aim, true);
      clip();
    }
    await tell.changed();
  }

  function stop() {
    if (!earlier) return;
    map.off("move zoomend resize viewreset", clip);
    map.getContainer().removeEventListener("mousemove", aim, true);
    map.getContainer().removeEventListener("click", aim, true);
    earlier.remove();
    earlier._engine.stop();
    earlier = null;
    parcels.setInteractive(true);
    if (parcels.getContainer()) parcels.getContainer().style.clip = "";
    for (const name of ["choropleth", "choropleth-before"]) map.getPane(name).style.clip = "";
  }

  /** Show each version on its side of the line. */
  function clip() {
    if (!earlier) return;
    const size = map.getSize(), start = map.containerPointToLayerPoint([0, 0]);
    const end = start.add(size), at = start.x + size.x * share();
    const left = `rect(${start.y}px, ${at}px, ${end.y}px, ${start.x}px)`;
    const right = `rect(${start.y}px, ${end.x}px, ${end.y}px, ${at}px)`;
    if (earlier.getContainer()) earlier.getContainer().style.clip = left;
    if (parcels.getContainer()) parcels.getContainer().style.clip = right;
    map.getPane("choropleth-before").style.clip = left;
    map.getPane("choropleth").style.clip = right;
    line.style.left = `${share() * 100}%`;
  }

  /** Only the version under the pointer answers it. */
  function aim({ clientX }) {
    const box = map.getContainer().getBoundingClientRect(), after = clientX - box.left > box.width * share();
    parcels.setInteractive(after && !given.busy());
    earlier.setInteractive(!after && !given.busy());
  }

  /** Filter and paint both sides; answers how many parcels the right one shows. */
  async function apply(tests) {
    const shown = await parcels.filter([...tests, ...timeTest("after")]);
    if (!earlier) return shown;
    const layer = earlier;
    await layer.ready;
    const before = await layer.filter([...tests, ...timeTest("before")]);
    await layer.paint(given.paint());
    for (const [side, count] of [["before", before], ["after", shown]]) {
      by(`count-${side}`).textContent = `${title(side)} · ${landgisFill(words.parcels_counted, { count: landgisNumber(count) })}`;
    }
    clip();
    return shown;
  }

  /** The layers of a picture, each with the share of the width where it shows, and its time. */
  function sides() {
    if (!kind) return [{ layer: parcels, from: 0, to: 1, title: "", until: null }];
    const until = (side) => (kind === "times" ? chosen(side) : null);
    return [
      { layer: earlier, from: 0, to: share(), title: title("before"), until: until("before") },
      { layer: parcels, from: share(), to: 1, title: title("after"), until: until("after") },
    ];
  }

  by("compare")?.addEventListener("change", (event) => start(event.target.value));
  place.addEventListener("input", clip);
  for (const select of bar.querySelectorAll("select")) select.addEventListener("change", tell.changed);
  line.addEventListener("pointerdown", (event) => {
    line.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  line.addEventListener("pointermove", (event) => {
    if (!line.hasPointerCapture(event.pointerId)) return;
    const box = map.getContainer().getBoundingClientRect();
    place.value = String(Math.min(100, Math.max(0, (event.clientX - box.left) / box.width * 100)));
    clip();
  });
  return {
    kind: () => kind, apply, sides,
    chosen: () => ["before", "after"].map((side) => times.values[chosen(side)]),
    choose: (values) => ["before", "after"].forEach((side, i) => {
      const at = times ? times.values.indexOf(values[i]) : -1;
      if (at >= 0) by(`time-${side}`).value = String(at);
    }),
  };
}
