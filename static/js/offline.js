// The page without network: shows the square that square.js kept, as long as it is of some use. A
// post cannot be opened now, so nothing in it is a link.
"use strict";

(async () => {
  const KEPT_FOR = 24 * 60; // minutes
  const part = document.querySelector(".kept");
  const square = await caches.open("square");
  const kept = await square.match("/");
  if (!kept) return;
  document.documentElement.className = kept.headers.get("X-Mode") ?? "";
  const age = Math.max(1, Math.round((Date.now() - Date.parse(kept.headers.get("Date"))) / 60000));
  if (!(age <= KEPT_FOR)) {
    await caches.delete("square");
    return;
  }
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang);
  const ago = age < 60 ? words.format(-age, "minute") : words.format(-Math.round(age / 60), "hour");
  const heading = part.querySelector("h2");
  heading.textContent = heading.dataset.says.replace("{ago}", ago);
  const posts = part.querySelector(".posts");
  posts.innerHTML = await kept.text();
  for (const link of posts.querySelectorAll("a")) link.removeAttribute("href");
  part.hidden = false;
})();
