// The square on a map: the server's counts for the blocks in view, drawn as rectangles with numbers;
// a tap lists a block's posts below. Everything stands below the map as links, too.
"use strict";

(() => {
  const KEPT = "map"; // in sessionStorage
  const AT_ONCE = 3; // blocks
  const part = document.querySelector(".map-square");
  const chosen = document.querySelector("#chosen");
  const list = document.querySelector(".map-list");
  const [zoomOfCells, tileLevels, coarsest, counted] = part.dataset.grid.split(" ").map(Number);
  let map = null;
  let layer = null;
  let asking = null;
  let chosenName = part.dataset.chosen;

  // --- the grid: places/grid.py in the browser -------------------------------------------------
  const sizeOf = (level) => 2 ** level;

  function corners([level, row, column]) {
    const size = sizeOf(level);
    const corner = (r, c) => [(r * size * 5) / 1000, (c * size * 6) / 1000];
    return [corner(row, column), corner(row + 1, column + 1)];
  }

  function tilesInView() {
    const level = Math.min(Math.max(zoomOfCells - Math.round(map.getZoom()), 0), coarsest) + tileLevels;
    const [size, view] = [sizeOf(level), map.getBounds()];
    const from = Grid.snap(Math.max(view.getSouth(), -85), Math.max(view.getWest(), -180));
    const to = Grid.snap(Math.min(view.getNorth(), 85), Math.min(view.getEast(), 180));
    const names = [];
    for (let row = Math.floor(from.row / size); row <= Math.floor(to.row / size); row++) {
      for (let column = Math.floor(from.column / size); column <= Math.floor(to.column / size); column++) {
        names.push(`${level}.${row}.${column}`);
      }
    }
    return names;
  }

  // --- what the server counted -----------------------------------------------------------------
  async function countsOf(tile, signal) {
    const answer = await fetch(`${part.dataset.cells}&tile=${tile}`, { signal });
    if (!answer.ok) throw new Error(await answer.text());
    const { blocks, names } = await answer.json();
    return blocks.map(([name, number, area]) => ({ name, number, area: names[area] }));
  }

  async function refresh() {
    keepView();
    asking?.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const found = await Promise.all(tilesInView().map((tile) => countsOf(tile, signal)));
      await show(found.flat(), signal);
    } catch {
      if (!signal.aborted) say(part.dataset.failed);
    }
  }

  // A few at a time: Leaflet measures each number, and an old phone shall answer to a finger.
  async function show(blocks, signal) {
    if (signal.aborted) return;
    layer?.remove();
    const now = (layer = L.layerGroup().addTo(map));
    for (const [nth, block] of blocks.entries()) {
      if (nth % AT_ONCE === AT_ONCE - 1) await MapBase.breath();
      if (signal.aborted) return;
      rectangle(block).addTo(now);
    }
    const view = map.getBounds();
    const seen = blocks.filter(({ name }) => view.intersects(corners(name.split(".").map(Number))));
    list.replaceChildren(...seen.map(entry));
    list.parentElement.hidden = seen.length === 0;
    say(seen.length ? "" : part.dataset.nothing);
  }

  const shown = (number) => (number >= counted ? `${counted - 1}+` : String(number));
  const addressOf = (name) => `${part.dataset.page}&cell=${name}`;

  function rectangle({ name, number }) {
    const much = number >= counted ? 3 : number >= 10 ? 2 : 1;
    const isChosen = name === chosenName;
    const className = `map-block map-block-${much}${isChosen ? " map-chosen" : ""}`;
    const one = L.rectangle(corners(name.split(".").map(Number)), { className, weight: isChosen ? 4 : 1.5 });
    const text = document.createTextNode(shown(number));
    one.bindTooltip(() => text, { permanent: true, direction: "center", className: "map-count" });
    return one.on("click", () => choose(name));
  }

  function entry({ name, number, area }) {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: addressOf(name), className: "chip" });
    link.textContent = `${area} · ${shown(number)}`;
    if (name === chosenName) link.setAttribute("aria-current", "true");
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey) return;
      event.preventDefault();
      choose(name);
    });
    item.append(link);
    return item;
  }

  function say(text) {
    part.querySelector("[role=status]").textContent = text;
  }

  // --- one block chosen --------------------------------------------------------------------------
  async function choose(name) {
    chosenName = name;
    const url = addressOf(name);
    history.replaceState(null, "", url);
    await htmx.ajax("GET", url, { target: chosen, swap: "innerHTML" });
    refresh();
    const heading = chosen.querySelector("h2");
    heading?.focus({ preventScroll: true });
    heading?.scrollIntoView({ block: "nearest" });
  }

  // The view is kept in this tab, not in the address: whoever comes back from a post, or changes a
  // filter, finds it again; another area or another chosen block begins anew.
  function keepView() {
    const { lat, lng } = map.getCenter();
    const now = { lat, lng, zoom: map.getZoom(), start: part.dataset.view, url: location.href };
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(now));
    } catch {
      // no room: the next map begins at its start
    }
  }

  function startOfView() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (kept && (kept.url === location.href || kept.start === part.dataset.view)) return kept;
    const [lat, lng, zoom] = part.dataset.view.split(" ").map(Number);
    return { lat, lng, zoom };
  }

  chosen.addEventListener("click", ({ target }) => {
    if (target.closest("[data-closer]")) map.fitBounds(corners(chosenName.split(".").map(Number)));
  });

  async function open() {
    document.documentElement.classList.add("js");
    part.hidden = false;
    map = await MapBase.open(part, part.querySelector(".map"), startOfView());
    map.on("moveend", refresh);
    refresh();
  }

  open().catch(() => {
    part.querySelector(".map").hidden = true;
    say(part.dataset.failed);
  });
})();
