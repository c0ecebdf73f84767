// "Use my position" on the square: one tap, and what is nearest comes first.
"use strict";

(() => {
  const form = document.querySelector("[data-where]");
  if (!form) return;
  const button = form.querySelector("button");
  if (!navigator.geolocation) {
    button.hidden = true;
    return;
  }

  function send({ coords }) {
    Object.entries(Grid.snap(coords.latitude, coords.longitude)).forEach(([name, value]) => {
      form.elements[name].value = value;
    });
    form.submit();
  }

  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      send,
      () => (form.querySelector("[role=status]").textContent = form.dataset.denied),
      { enableHighAccuracy: false, timeout: 15000, maximumAge: 600000 },
    );
  });
})();
