// Tap on a map to choose a cell of the grid. A cell is drawn as a rectangle, never as a pin.
"use strict";

(() => {
  const part = document.querySelector(".map-picker");
  if (!part) return;
  const COUNTRY = { lat: 34, lng: 108, zoom: 4 };
  let opened = false;
  let map = null;
  let rectangle = null;

  async function open() {
    if (!part.open || opened) return;
    opened = true;
    map = await MapBase.open(part, part.querySelector(".map"), COUNTRY);
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
  part.addEventListener("toggle", open);
})();
