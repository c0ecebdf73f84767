// One less, one more: the buttons beside a number.
"use strict";

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-step]");
  if (!button) return;
  const field = document.getElementById(button.getAttribute("aria-controls"));
  const wanted = (Number(field.value) || 0) + Number(button.dataset.step);
  field.value = Math.min(Math.max(wanted, Number(field.min)), Number(field.max));
  field.dispatchEvent(new Event("change", { bubbles: true }));
});
