// The map of a post in the admin: the districts around it (示意图, from our own outlines) and its cell
// as a rectangle, never a pin. A post that shows its area only has that area coloured instead.
"use strict";

(() => {
  const page = document.documentElement;
  const inChinese = page.lang.startsWith("zh");
  const colour = (name) => getComputedStyle(page).getPropertyValue(name).trim();
  const part = () => document.querySelector(".post-map");

  // In place of the pin that django-leaflet would make of the point.
  L.CellStore = L.FieldStore.extend({
    load() {
      const [lng, lat] = JSON.parse(this.formfield.value).coordinates;
      const { byArea } = part().dataset;
      const style = { color: colour("--error-fg"), weight: 3, interactive: false };
      if (byArea !== undefined) Object.assign(style, { stroke: false, fill: false }); // only to centre
      return L.rectangle(Place.corners(Place.snap(lat, lng)), style);
    },
  });

  function label(layer, { name, english }) {
    const text = document.createTextNode(inChinese ? name : english);
    layer.bindTooltip(() => text, { permanent: true, direction: "center", className: "map-name" });
  }

  window.addEventListener("map:init", async ({ detail: { map } }) => {
    const { outline, area, byArea } = part().dataset;
    const answer = await fetch(outline);
    if (!answer.ok) return;
    const style = ({ properties }) => ({
      color: colour("--body-quiet-color"),
      weight: 1,
      fillColor: colour(byArea !== undefined && properties.name === area ? "--selected-row" : "--body-bg"),
      fillOpacity: 1,
    });
    const districts = L.geoJSON(await answer.json(), { style, interactive: false });
    districts.eachLayer((layer) => label(layer, layer.feature.properties));
    districts.addTo(map).bringToBack();
    if (byArea !== undefined) map.fitBounds(districts.getBounds());
    else map.setZoom(Math.min(map.getZoom(), 11)); // far enough to see whose borders are near
  });
})();
