// "Back to the square" goes back in the history when the square is where the reader came from, so
// that he finds the place where he was.
"use strict";

(() => {
  const link = document.querySelector("[data-back]");
  const before = document.referrer && new URL(document.referrer);
  if (!link || !before || before.origin !== location.origin || before.pathname !== "/") return;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    history.back();
  });
})();
