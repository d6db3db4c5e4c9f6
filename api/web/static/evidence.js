// Hashes a chosen file in the browser and asks for its SHA-256: the file itself goes nowhere.
"use strict";
(() => {
  const LARGEST = 512 * 1024 * 1024; // bytes: WebCrypto takes a file in one piece
  const form = document.getElementById("evidence-form");
  const file = document.getElementById("evidence-file");
  const typed = document.getElementById("evidence-hash");
  const status = document.getElementById("evidence-status");
  const words = form.dataset;
  const say = (text) => { status.textContent = text; };
  const find = (sha256) => location.assign(`/evidence?sha256=${sha256}`);

  form.hidden = false;
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    if (!window.crypto?.subtle) return say(words.insecure);
    if (chosen.size > LARGEST) return say(words.tooLarge);
    say(words.hashing);
    let digest;
    try {
      digest = await crypto.subtle.digest("SHA-256", await chosen.arrayBuffer());
    } catch {
      return say(words.unreadable); // it was moved or changed since it was chosen
    }
    find([...new Uint8Array(digest)].map((each) => each.toString(16).padStart(2, "0")).join(""));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const sha256 = typed.value.trim().toLowerCase();
    if (/^[0-9a-f]{64}$/.test(sha256)) find(sha256);
    else say(words.noHash);
  });
})();
