// The reader's choice of light or dark, kept in this browser only. Runs before the page is painted, so nothing flashes.
// A page offers the choice with <select data-color-mode hidden>: "auto", "light" or "dark".
"use strict";
(() => {
  const root = document.documentElement;
  const show = (mode) => {
    if (mode === "light" || mode === "dark") root.dataset.theme = mode;
    else delete root.dataset.theme;
  };
  let kept = null;
  try {
    kept = localStorage.getItem("color-mode");
  } catch {
    // Storage is blocked: the device's own setting holds.
  }
  show(kept);
  addEventListener("DOMContentLoaded", () => {
    for (const choice of document.querySelectorAll("select[data-color-mode]")) {
      choice.value = kept === "light" || kept === "dark" ? kept : "auto";
      choice.closest("[hidden]")?.removeAttribute("hidden");
      choice.addEventListener("change", () => {
        show(choice.value);
        try {
          localStorage.setItem("color-mode", choice.value);
        } catch {
          // The choice holds for this page.
        }
      });
    }
  });
})();
