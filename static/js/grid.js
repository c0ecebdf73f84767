// The public grid, by the same sum as places/grid.py: cells of 0.005° of latitude by 0.006° of
// longitude. A position is snapped to it in the browser, before anything is sent.
"use strict";

const Grid = {
  snap(lat, lng) {
    if (!(lat >= -90 && lat <= 90 && lng >= -180 && lng <= 180)) {
      throw new RangeError("not on earth");
    }
    const row = Math.min(Math.floor(lat * 200), 17999);
    const column = Math.min(Math.floor(lng * (500 / 3)), 29999);
    return { row, column };
  },

  // South-west and north-east corner, [lat, lng] each, as Leaflet wants them.
  corners({ row, column }) {
    return [
      [(row * 5) / 1000, (column * 6) / 1000],
      [((row + 1) * 5) / 1000, ((column + 1) * 6) / 1000],
    ];
  },
};
