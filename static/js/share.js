// Pass a page on by the phone's own sharing, or copy its link.
"use strict";

(() => {
  const part = document.querySelector("[data-share]");
  if (!part) return;
  const link = part.querySelector("input");
  const system = part.querySelector("[data-system]");
  const copy = part.querySelector("[data-copy]");

  async function copyLink() {
    try {
      await navigator.clipboard.writeText(link.value);
    } catch {
      link.select(); // old browsers, and pages without https
      document.execCommand("copy");
    }
    part.querySelector("[data-said]").textContent = copy.dataset.copied;
  }

  copy.addEventListener("click", copyLink);
  link.addEventListener("focus", () => link.select());
  if (navigator.share) {
    system.hidden = false;
    system.addEventListener("click", () => {
      navigator.share({ title: part.dataset.share, url: link.value }).catch(() => {}); // thought better
    });
  }
  if (/MicroMessenger/i.test(navigator.userAgent)) {
    part.querySelector("[data-wechat]").hidden = false; // its pages cannot open the sheet themselves
  }
})();
