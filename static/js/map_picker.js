// Tap on a map to choose a cell of the grid. A cell is drawn as a rectangle, never as a pin.
"use strict";

(() => {
  const part = document.querySelector(".map-picker");
  if (!part) return;
  const COUNTRY = { lat: 34, lng: 108, zoom: 4 };
  const ZOOMS = { 1: 6, 2: 9, 3: 11 }; // of a province, a city, a district
  let opened = false;
  let map = null;
  let rectangle = null;

  // The area that is chosen in the selects; the country before that.
  function start() {
    const { lat, lng, depth } = document.getElementById("picker")?.dataset ?? {};
    return depth ? { lat: Number(lat), lng: Number(lng), zoom: ZOOMS[depth] } : COUNTRY;
  }

  function follow() {
    if (!map || Place.cell()) return;
    const { lat, lng, zoom } = start();
    map.setView([lat, lng], zoom);
  }

  async function open() {
    if (!part.open || opened) return;
    opened = true;
    map = await MapBase.open(part, part.querySelector(".map"), start());
    map.on("click", ({ latlng }) => {
      const { lat, lng } = latlng.wrap();
      Place.set(Place.snap(lat, lng));
    });
    const cell = Place.cell();
    if (cell) show(cell);
  }

  function show(cell) {
    if (!map) return;
    rectangle?.remove();
    rectangle = L.rectangle(Place.corners(cell), { className: "map-cell", weight: 3, interactive: false });
    rectangle.addTo(map);
    map.setView(rectangle.getBounds().getCenter(), Math.max(map.getZoom(), 10));
  }

  document.addEventListener("place:set", ({ detail }) => show(detail));
  document.addEventListener("place:clear", () => rectangle?.remove());
  document.addEventListener("htmx:afterSettle", follow);
  part.addEventListener("toggle", open);
})();
