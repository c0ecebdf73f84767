// "Back to the square" goes back in the history when the square (or its map) is where the reader came from, so
// that he finds the place where he was.
"use strict";

(() => {
  const link = document.querySelector("[data-back]");
  const before = document.referrer && new URL(document.referrer);
  if (!link || !before || before.origin !== location.origin) return;
  if (!["/", "/map/"].includes(before.pathname)) return;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    history.back();
  });
})();
