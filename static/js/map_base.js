// What all maps of the pages share: Leaflet, fetched when a map is opened, and the base under the
// cells: our own outlines (示意图), or the tiles of the operator's server. All data is WGS-84; only
// tiles in GCJ-02 are moved.
"use strict";

const MapBase = (() => {
  const ZOOM = { min: 3, max: 16 };
  const NEAR = 8; // from this zoom on districts are drawn, and GCJ-02 is off by more than a pixel
  const inChinese = document.documentElement.lang.startsWith("zh");
  let leaflet = null;

  function added(element, properties, place) {
    return new Promise((resolve, reject) => {
      Object.assign(element, properties, { onload: resolve, onerror: reject });
      document.head[place](element);
    });
  }

  const breath = () => new Promise((resolve) => setTimeout(resolve));

  async function load({ styles, scripts }) {
    // Leaflet asks for this of Internet Explorer. Where it is missing, the error it catches makes V8
    // read the whole file again to tell its line: half of the time that an old phone needs for it.
    document.namespaces ??= { add() {} };
    const link = document.createElement("link");
    // before our own style sheet, which has the last word
    const styled = added(link, { rel: "stylesheet", href: styles }, "prepend").catch(() => {});
    for (const src of scripts.split(" ")) await added(document.createElement("script"), { src }, "append");
    await styled;
  }

  // A map in `element`, as the attributes of `part` say ({% map_base %}).
  async function open(part, element, { lat, lng, zoom }) {
    leaflet ??= load(part.dataset);
    await leaflet;
    await breath(); // reading Leaflet was work enough for one go on an old phone
    const options = { minZoom: ZOOM.min, maxZoom: ZOOM.max, zoomControl: false, attributionControl: false };
    const map = L.map(element, options).setView([lat, lng], zoom);
    const { zoomIn, zoomOut } = part.dataset;
    L.control.zoom({ position: "bottomright", zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
    await breath();
    if (part.dataset.tiles) await addTiles(map, part.dataset);
    else addOutlines(map, part.dataset);
    return map;
  }

  // The area that the middle of the view lies in: {code, label}; the code is null abroad.
  async function areaInTheMiddle(map, { at }) {
    const { lat, lng } = map.getCenter().wrap();
    const body = new URLSearchParams(Grid.snap(lat, lng));
    return fetch(at, { method: "POST", body }).then((answer) => answer.json()).catch(() => ({ code: null }));
  }

  // --- our own outlines ------------------------------------------------------------------------
  function label(layer, names) {
    if (!names.name) return;
    const text = document.createTextNode(inChinese ? names.name : names.english);
    layer.bindTooltip(() => text, { permanent: true, direction: "center", className: "map-name" });
  }

  // One outline after the other, so that an old phone answers to a finger in between.
  async function draw(map, url, weight) {
    const answer = await fetch(url);
    if (!answer.ok) return null;
    const { features } = await answer.json();
    const style = { className: "map-land", weight, fillOpacity: 1 };
    const layer = L.geoJSON(null, { style, interactive: false }).addTo(map);
    for (const feature of features) {
      const one = L.geoJSON(feature, layer.options).getLayers()[0];
      label(one, feature.properties);
      layer.addLayer(one);
      one.bringToBack?.();
      await breath();
    }
    return layer;
  }

  // Far off the provinces; near by the districts around the middle of the view, a city at a time:
  // the provinces' coarse borders would not fit the districts'.
  function addOutlines(map, dataset) {
    const drawn = new Set(); // cities, by the first four digits of their codes
    let provinces = null; // once they were looked at

    async function drawForZoom() {
      const isNear = map.getZoom() >= NEAR;
      map.getContainer().classList.toggle("map-far", map.getZoom() < 5); // no room for names
      if (!isNear) provinces ??= draw(map, dataset.outline, 1.5);
      const far = await provinces;
      if (isNear) far?.remove();
      else far?.addTo(map).bringToBack();
      if (!isNear) return;
      const { code } = await areaInTheMiddle(map, dataset);
      const city = code && Math.floor(code / 100);
      if (!city || drawn.has(city)) return;
      drawn.add(city);
      await draw(map, `${dataset.outline}?area=${code}`, 1);
    }

    map.on("moveend", drawForZoom);
    drawForZoom();
  }

  // --- the operator's tiles --------------------------------------------------------------------
  async function addTiles(map, dataset) {
    L.control.attribution({ prefix: false }).addTo(map);
    const Layer = dataset.datum === "gcj02" ? await layerInGcj(map, dataset) : L.TileLayer;
    for (const url of dataset.tiles.split(" ")) {
      // Servers want to know which site asks; they are told that, and never the page.
      const { subdomains, credit: attribution } = dataset;
      new Layer(url, { subdomains, attribution, referrerPolicy: "origin" }).addTo(map);
    }
  }

  // Tiles in GCJ-02 are laid where they belong by showing them as if the map stood at the shifted
  // middle. Across one screen the shift differs by a metre or so, less than a pixel at any zoom; so
  // cells, taps and addresses stay WGS-84 and need no conversion. Both methods are Leaflet 1.9's.
  async function layerInGcj(map, dataset) {
    let inChina = await isShifted(map, dataset);
    const toTiles = (center) => (inChina ? L.latLng(gcj(L.latLng(center))) : center);
    map.on("moveend", async () => {
      if (map.getZoom() < NEAR) return;
      const now = await isShifted(map, dataset);
      if (now === inChina) return;
      inChina = now;
      map.eachLayer((layer) => layer instanceof Shifted && layer._onMoveEnd());
    });
    const Shifted = L.TileLayer.extend({
      _getTiledPixelBounds(center) {
        return L.TileLayer.prototype._getTiledPixelBounds.call(this, toTiles(center));
      },
      _setZoomTransform(level, center, zoom) {
        L.TileLayer.prototype._setZoomTransform.call(this, level, toTiles(center), zoom);
      },
      _onMoveEnd() {
        if (!this._map || this._map._animatingZoom) return;
        this._setZoomTransforms(this._map.getCenter(), this._map.getZoom());
        this._update();
      },
    });
    return Shifted;
  }

  // By the real outline (with some kilometres around it), which the server knows: the usual
  // rectangle holds Seoul and Bangkok. Maps of Taiwan are not shifted.
  async function isShifted(map, dataset) {
    const { code } = await areaInTheMiddle(map, dataset);
    return Boolean(code) && code !== 710000;
  }

  // WGS-84 to GCJ-02, degrees: the well-known formula, after PRCoords by Mingye Wang (CC0),
  // https://github.com/Artoria2e5/PRCoords, on the Krasovsky ellipsoid.
  function gcj({ lat, lng }) {
    const [A, EE] = [6378245, 0.00669342162296594323];
    const { sin, cos, sqrt, abs, PI } = Math;
    const [x, y] = [lng - 105, lat - 35];
    const both = 2 * sin(6 * PI * x) + 2 * sin(2 * PI * x);
    const north = // metres
      -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) +
      (20 / 3) * (both + 2 * sin(PI * y) + 4 * sin((PI * y) / 3) + 16 * sin((PI * y) / 12) + 32 * sin((PI * y) / 30));
    const east =
      300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) +
      (20 / 3) * (both + 2 * sin(PI * x) + 4 * sin((PI * x) / 3) + 15 * sin((PI * x) / 12) + 30 * sin((PI * x) / 30));
    const radians = (lat * PI) / 180;
    const rest = 1 - EE * sin(radians) ** 2;
    const metresOfLat = ((A * (1 - EE)) / rest ** 1.5) * (PI / 180); // of one degree
    const metresOfLng = ((A * cos(radians)) / sqrt(rest)) * (PI / 180);
    return [lat + north / metresOfLat, lng + east / metresOfLng];
  }

  return { open, breath, gcj };
})();
