// Tap on a map to choose a cell of the grid. The base is drawn from our own outlines (示意图); tiles
// come only if the operator has set a server. A cell is drawn as a rectangle, never as a pin.
"use strict";

(() => {
  const part = document.querySelector(".map-picker");
  if (!part) return;
  const DISTRICTS_FROM_ZOOM = 8;
  const line = getComputedStyle(document.documentElement);
  const colour = (name) => line.getPropertyValue(name).trim();
  const loaded = new Set(); // the cities whose districts are drawn, by the first four digits
  let map = null;
  let rectangle = null;

  const style = (weight) => ({ color: colour("--text-2"), weight, fillColor: colour("--surface"), fillOpacity: 1 });

  async function draw(query, weight, label) {
    const answer = await fetch(part.dataset.outline + query);
    if (!answer.ok) return;
    const layer = L.geoJSON(await answer.json(), { style: style(weight), interactive: false });
    if (label) layer.eachLayer((each) => each.bindTooltip(each.feature.properties.name, { permanent: true, direction: "center", className: "map-name" }));
    layer.addTo(map);
    rectangle?.bringToFront();
  }

  // The districts around the middle of the view, a city at a time.
  async function drawDistricts() {
    if (map.getZoom() < DISTRICTS_FROM_ZOOM) return;
    const { lat, lng } = map.getCenter().wrap();
    const area = await Place.areaAt(Place.snap(lat, lng)).catch(() => ({}));
    const city = area.code && Math.floor(area.code / 100);
    if (!city || loaded.has(city)) return;
    loaded.add(city);
    await draw(`?area=${area.code}`, 1, true);
  }

  function mark(cell) {
    rectangle?.remove();
    rectangle = L.rectangle(Place.corners(cell), { color: colour("--need"), weight: 3, interactive: false });
    rectangle.addTo(map);
  }

  function show(cell) {
    if (!map) return;
    mark(cell);
    map.setView(rectangle.getBounds().getCenter(), Math.max(map.getZoom(), 12));
  }

  // django-leaflet made the map, with the operator's settings.
  window.addEventListener("map:init", (event) => {
    map = event.detail.map;
    map.zoomControl?.setPosition("bottomright");
    map.on("click", ({ latlng }) => {
      const { lat, lng } = latlng.wrap();
      Place.set(Place.snap(lat, lng));
    });
    map.on("moveend", drawDistricts);
    draw("", 1.5, false).then(drawDistricts);
    const cell = Place.cell();
    if (cell) show(cell);
  });
  document.addEventListener("place:set", ({ detail }) => show(detail));
  document.addEventListener("place:clear", () => rectangle?.remove());
  part.addEventListener("toggle", () => {
    if (part.open && !map) window.dispatchEvent(new Event("place-map:open"));
  });
})();
