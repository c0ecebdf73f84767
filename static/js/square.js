// The square: a choice in the filters is sent at once, and whoever comes back from a post finds the
// pages that were open and the place where he was.
"use strict";

(() => {
  const KEPT = "square"; // in sessionStorage: this tab's alone; cards hold no contact
  const KEPT_FOR = 10 * 60 * 1000; // milliseconds: older posts may be settled
  const posts = document.querySelector(".posts");
  const filters = document.querySelector(".filters");

  // With a mouse or keys, lists report each row that is passed by: there the button sends.
  if (matchMedia("(pointer: coarse)").matches) {
    filters.addEventListener("change", () => filters.requestSubmit());
  }

  function keep() {
    if (!posts) return;
    const now = { url: location.href, at: Date.now(), top: scrollY, html: posts.innerHTML };
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(now));
    } catch {
      sessionStorage.removeItem(KEPT); // no room: the page begins at its top
    }
  }

  function bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (!posts || kept?.url !== location.href || Date.now() - kept.at > KEPT_FOR) return;
    posts.innerHTML = kept.html;
    window.htmx?.process(posts);
    scrollTo(0, kept.top);
  }

  const [arrived] = performance.getEntriesByType("navigation");
  if (arrived?.type === "back_forward") bringBack();
  addEventListener("pagehide", keep);
})();
