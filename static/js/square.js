// The square: a choice in the filters is sent at once, and whoever comes back from a post finds the
// pages that were open and the place where he was. For the page without network (offline.js) the
// cards are kept on the phone.
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

  const cards = () => [...posts.querySelectorAll(".post-card")];

  // The place is kept as the first card in sight: cards out of sight are not laid out (site.css), so
  // a number of pixels would lead astray.
  function keep() {
    if (!posts) return;
    history.scrollRestoration = "auto";
    const tops = cards().map((card) => card.getBoundingClientRect());
    const card = tops.findIndex(({ bottom }) => bottom > 0);
    const now = { url: location.href, at: Date.now(), card, top: tops[card]?.top, html: posts.innerHTML };
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(now));
    } catch {
      sessionStorage.removeItem(KEPT); // no room: the page begins at its top
    }
  }

  function bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (!posts || kept?.url !== location.href || Date.now() - kept.at > KEPT_FOR) return;
    posts.classList.add("whole"); // laid out in full: a place among cards that are not is a guess
    posts.innerHTML = kept.html;
    window.htmx?.process(posts);
    const card = cards()[kept.card];
    if (!card) return;
    history.scrollRestoration = "manual"; // the browser knows pixels only
    card.scrollIntoView();
    scrollBy(0, card.getBoundingClientRect().top - kept.top);
  }

  // Nothing of the visitor's own: not how far away each post is. Kept only where the service worker
  // is there to forget it, with the place or on signing out, and only what everybody may read.
  async function keepForOffline() {
    const { controller, ready } = navigator.serviceWorker;
    if (!controller) await ready;
    const cards = document.createElement("template");
    cards.innerHTML = posts.innerHTML;
    for (const part of cards.content.querySelectorAll(".away, .more")) part.remove();
    const page = document.documentElement;
    const headers = {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Language": page.lang,
      Date: new Date().toUTCString(),
      "X-Mode": page.className,
    };
    const square = await caches.open("square");
    await square.put("/", new Response(cards.innerHTML, { headers }));
  }

  async function install() {
    await navigator.serviceWorker.register("/worker.js", { updateViaCache: "all" });
    if (posts?.dataset.keep !== undefined) await keepForOffline();
  }

  // After everything else, and without it all works the same.
  if (navigator.serviceWorker) addEventListener("load", () => install().catch(() => {}));

  const [arrived] = performance.getEntriesByType("navigation");
  if (arrived?.type === "back_forward") bringBack();
  addEventListener("pagehide", keep);
})();
