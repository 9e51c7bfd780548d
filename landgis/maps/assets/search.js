// Search by id and name, and for regions and townships. Needs dom.js before it.

/**
 * @param data the page's data
 * @param {{find: (text) => Promise<object[]>, open: (index) => any, go: (bounds) => any}} map
 */
function landgisSearch(data, map) {
  "use strict";
  const { words } = data, search = landgisBy("search"), found = landgisBy("found"), make = landgisMake;
  let turn = 0, listed = null;                       // turns of asking, and the text that the list answers

  async function run() {
    const mine = ++turn, text = search.value.trim();
    const hits = text ? await map.find(text) : [];
    if (mine !== turn) return;
    listed = text;
    const places = [...data.regions.places, ...data.townships.places].filter((p) => text && p.bounds && p.name.includes(text));
    const once = places.filter((p, i) => places.findIndex((q) => q.name === p.name) === i).slice(0, 6);
    const items = [
      ...once.map((place) => option(place.name, words.jump, () => map.go(place.bounds))),
      ...hits.map(({ index, texts: [id, ...rest] }) => option(id, rest.filter(Boolean).join(" · "), () => map.open(index))),
    ];
    if (text && !items.length) items.push(make("li", { "aria-disabled": "true" }, words.search_none));
    items.forEach((item, i) => { item.id = `found-${i}`; });
    found.replaceChildren(...items);
    found.hidden = !text;
    search.setAttribute("aria-expanded", String(Boolean(text)));
    select(0);
  }

  function option(text, note, chosen) {
    const item = make("li", { role: "option", mousedown: (event) => { event.preventDefault(); take(item); } }, text, make("small", {}, note));
    item.chosen = chosen;
    return item;
  }

  function select(at) {
    [...found.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (!found.children[at]) return search.removeAttribute("aria-activedescendant");
    search.setAttribute("aria-activedescendant", found.children[at].id);
    return found.children[at].scrollIntoView({ block: "nearest" });
  }

  function take(item) {
    if (!item || !item.chosen) return;
    hide();
    item.chosen();
  }

  function hide() {
    turn++;
    listed = null;
    found.hidden = true;
    search.setAttribute("aria-expanded", "false");
    search.removeAttribute("aria-activedescendant");
  }

  search.addEventListener("input", run);
  search.addEventListener("focus", () => { if (search.value) run(); });
  search.addEventListener("blur", hide);
  search.addEventListener("keydown", async (event) => {
    const items = [...found.children], at = items.findIndex((i) => i.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") select(Math.min(items.length - 1, at + 1));
    else if (event.key === "ArrowUp") select(Math.max(0, at - 1));
    else if (event.key === "Escape") hide();
    else if (event.key === "Enter") {
      if (listed !== search.value.trim()) await run();
      take([...found.children].find((i) => i.getAttribute("aria-selected") === "true"));
    } else return;
    event.preventDefault();
  });
}
