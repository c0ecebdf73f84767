// The square on a partner's page, as high as what is in it:
//   <script src="https://…/embed.js" data-partner="…" data-area="440300" async></script>
// More: data-kind="need" or "offer", data-medicine, data-whom, data-compact="1". It sets no cookie,
// and needs of the page's Content-Security-Policy this site in script-src and frame-src.
"use strict";

(() => {
  const script = document.currentScript;
  const site = new URL(script.src).origin;
  const { partner, ...filters } = script.dataset;
  const query = new URLSearchParams({ ...filters, back: location.origin + location.pathname });
  const frame = document.createElement("iframe");
  frame.src = `${site}/embed/${encodeURIComponent(partner)}/?${query}`;
  frame.title = "余药互助";
  frame.width = "100%";
  frame.height = "640";
  frame.loading = "lazy";
  frame.style.border = "0";
  script.after(frame);
  addEventListener("message", (event) => {
    if (event.origin !== site || event.source !== frame.contentWindow) return;
    const height = Number(event.data?.height);
    if (height > 0 && height < 30000) frame.height = String(Math.ceil(height));
  });
})();
