// Counts clocks down between refreshes, and says when the connection is lost. Pages can be read without it.
"use strict";
(() => {
  const words = document.body.dataset;
  let ahead = 0; // the venue's clock minus this machine's, in milliseconds

  const read = (root) => {
    const marked = root.matches?.("[data-now]") ? root : root.querySelector("[data-now]");
    if (marked) ahead = Number(marked.dataset.now) - Date.now();
  };
  const left = (milliseconds) => {
    if (milliseconds <= 0) return words.overdue;
    const seconds = Math.floor(milliseconds / 1000);
    const parts = [[Math.floor(seconds / 86400), words.day], [Math.floor(seconds / 3600) % 24, words.hour],
      [Math.floor(seconds / 60) % 60, words.minute], [seconds % 60, words.second]];
    const first = parts.findIndex(([count]) => count > 0);
    return parts.slice(first < 0 ? 3 : first).map(([count, unit]) => `${count} ${unit}`).join(" ");
  };
  const tick = () => {
    for (const clock of document.querySelectorAll("time[data-due]")) {
      clock.textContent = left(Number(clock.dataset.due) - Date.now() - ahead);
    }
  };
  const fresh = document.getElementById("fresh");
  const say = (good) => {
    if (!fresh) return;
    const text = good ? fresh.dataset.fresh : fresh.dataset.stale;
    if (fresh.textContent !== text) fresh.textContent = text;
    fresh.classList.toggle("stale", !good);
    fresh.hidden = false;
  };

  read(document);
  tick();
  setInterval(tick, 1000);
  if (window.htmx) say(true);
  document.body.addEventListener("htmx:load", (event) => { read(event.detail.elt); tick(); });
  document.body.addEventListener("htmx:afterRequest", (event) => say(Boolean(event.detail.successful)));
})();
