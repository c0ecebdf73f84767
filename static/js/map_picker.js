// Tap on a map to choose a cell of the grid. The base is drawn from our own outlines (示意图); tiles
// come only if the operator has set a server. A cell is drawn as a rectangle, never as a pin.
"use strict";

(() => {
  const part = document.querySelector(".map-picker");
  if (!part) return;
  const DISTRICTS_FROM_ZOOM = 8;
  const page = document.documentElement;
  const inChinese = page.lang.startsWith("zh");
  const colour = (name) => getComputedStyle(page).getPropertyValue(name).trim();
  const drawn = new Set(); // the cities whose districts are drawn, by their codes' first four digits
  let opened = false;
  let map = null;
  let provinces = null;
  let rectangle = null;

  // Leaflet (45 kB) is fetched when somebody opens the map, not with every page.
  function load(script) {
    return new Promise((resolve, reject) => {
      const element = document.createElement("script");
      Object.assign(element, { src: script, onload: resolve, onerror: reject });
      document.head.append(element);
    });
  }

  async function open() {
    if (!part.open || opened) return;
    opened = true;
    const styles = document.createElement("link");
    Object.assign(styles, { rel: "stylesheet", href: part.dataset.styles });
    const styled = new Promise((resolve) => Object.assign(styles, { onload: resolve, onerror: resolve }));
    document.head.prepend(styles); // before our own, which have the last word
    for (const script of part.dataset.scripts.split(" ")) await load(script);
    await styled;
    window.dispatchEvent(new Event("place-map:open")); // django-leaflet makes the map now
  }

  async function draw(query, weight) {
    const answer = await fetch(part.dataset.outline + query);
    if (!answer.ok) return null;
    const style = { color: colour("--text-2"), weight, fillColor: colour("--surface"), fillOpacity: 1 };
    const layer = L.geoJSON(await answer.json(), { style, interactive: false });
    layer.eachLayer((each) => label(each, each.feature.properties));
    layer.addTo(map);
    rectangle?.bringToFront();
    return layer;
  }

  function label(layer, names) {
    if (!names.name) return;
    const text = document.createTextNode(inChinese ? names.name : names.english);
    layer.bindTooltip(() => text, { permanent: true, direction: "center", className: "map-name" });
  }

  // Near by, the districts around the middle of the view, a city at a time; far off, the provinces,
  // whose coarse borders would not fit the districts'.
  async function drawForZoom() {
    const isNear = map.getZoom() >= DISTRICTS_FROM_ZOOM;
    if (isNear) provinces?.remove();
    else provinces?.addTo(map).bringToBack();
    if (!isNear) return;
    const { lat, lng } = map.getCenter().wrap();
    const area = await Place.areaAt(Place.snap(lat, lng)).catch(() => ({}));
    const city = area.code && Math.floor(area.code / 100);
    if (!city || drawn.has(city)) return;
    drawn.add(city);
    await draw(`?area=${area.code}`, 1);
  }

  function show(cell) {
    if (!map) return;
    rectangle?.remove();
    rectangle = L.rectangle(Place.corners(cell), { color: colour("--need"), weight: 3, interactive: false });
    rectangle.addTo(map);
    map.setView(rectangle.getBounds().getCenter(), Math.max(map.getZoom(), 10));
  }

  window.addEventListener("map:init", (event) => {
    map = event.detail.map;
    map.zoomControl?.setPosition("bottomright");
    map.on("click", ({ latlng }) => {
      const { lat, lng } = latlng.wrap();
      Place.set(Place.snap(lat, lng));
    });
    map.on("moveend", drawForZoom);
    draw("", 1.5).then((layer) => {
      provinces = layer;
      drawForZoom();
    });
    const cell = Place.cell();
    if (cell) show(cell);
  });
  document.addEventListener("place:set", ({ detail }) => show(detail));
  document.addEventListener("place:clear", () => rectangle?.remove());
  part.addEventListener("toggle", open);
})();
