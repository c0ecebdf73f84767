// "Use my position" in a form: the browser's position is snapped to the public grid (grid.js) before
// anything is sent; only the row and column of the cell leave the page, in the body of a POST.
"use strict";

const Place = (() => {
  const part = document.querySelector(".position");
  const state = part?.querySelector("[data-position-state]");
  const clearButton = part?.querySelector("[data-position-clear]");
  const field = (name) => part.closest("form").elements[name];

  function say(text, isNews) {
    state.textContent = text;
    state.className = isNews ? "banner" : "";
  }

  // The cell that the form holds now, or null.
  function cell() {
    const [row, column] = [field("row").value, field("column").value];
    return row === "" || column === "" ? null : { row: Number(row), column: Number(column) };
  }

  function areaAt(where) {
    const body = new URLSearchParams(where);
    return fetch(part.dataset.at, { method: "POST", body }).then((answer) => answer.json());
  }

  // Put a cell into the form, show its district, and set the selects to it.
  async function set(where) {
    field("row").value = where.row;
    field("column").value = where.column;
    clearButton.hidden = false;
    say(part.dataset.nowhere, true);
    document.dispatchEvent(new CustomEvent("place:set", { detail: where }));
    const area = await areaAt(where).catch(() => ({ code: null }));
    const now = cell();
    if (!area.code || !now || now.row !== where.row || now.column !== where.column) return;
    say(part.dataset.found + area.label, true);
    window.htmx?.ajax("POST", part.dataset.picker, {
      target: "#picker",
      swap: "outerHTML",
      values: { picker: area.code },
    });
  }

  function clear() {
    field("row").value = field("column").value = "";
    clearButton.hidden = true;
    say("", false);
    document.dispatchEvent(new CustomEvent("place:clear"));
  }

  // Another province or city is another place; another district only mends what was found.
  function selectChanged({ target }) {
    if (cell() === null) return;
    if (target.name === "district") say(part.dataset.set, true);
    if (target.name === "province" || target.name === "city") clear();
  }

  function foundTapped({ target }) {
    if (target.name === "picker" && Number(target.value)) clear();
  }

  function ask() {
    say(part.dataset.asking, true);
    navigator.geolocation.getCurrentPosition(
      (found) => set(Grid.snap(found.coords.latitude, found.coords.longitude)),
      () => say(part.dataset.denied, true),
      { enableHighAccuracy: false, timeout: 15000, maximumAge: 600000 },
    );
  }

  document.documentElement.classList.add("js");
  if (part) {
    part.hidden = false;
    clearButton.addEventListener("click", clear);
    part.closest("form").addEventListener("change", selectChanged);
    part.closest("form").addEventListener("click", foundTapped);
    const button = part.querySelector("[data-position]");
    if (navigator.geolocation) button.addEventListener("click", ask);
    else button.hidden = true;
  }
  return { ...Grid, cell, set, areaAt };
})();
