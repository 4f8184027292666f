// A key without Control or Alt types a letter, or does nothing: JupyterLab would take it for a command, and a learner
// who types beside a box would delete and add cells.
window.addEventListener(
  "keydown",
  (event) => {
    const typing = event.target.closest?.(".cm-content, input, textarea, select, [contenteditable=true]");
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && !typing) event.stopPropagation();
  },
  true,
);

// A double click on a text opens it for writing; put the cursor there, once its box can take it.
// (Listen on the way down: on the way up, the text that was clicked is gone.)
document.addEventListener(
  "dblclick",
  (event) => {
    const cell = event.target.closest(".jp-MarkdownCell");
    if (!cell) return;
    let tries = 40;
    const place = setInterval(() => {
      const box = cell.querySelector(".cm-content");
      box?.focus();
      if (!--tries || document.activeElement === box) clearInterval(place);
    }, 50);
  },
  true,
);

// Names for assistive technology that JupyterLab leaves out: what each box of code is, that cells are articles of a feed,
// and what a chart shows. Cells and outputs come and go, so the page is watched.

function nameParts() {
  document.querySelectorAll(".jp-Notebook .jp-Cell").forEach((cell, index) => {
    const kind = cell.classList.contains("jp-MarkdownCell") ? "Text" : "Code";
    set(cell, "role", "article");
    for (const box of cell.querySelectorAll(".cm-content")) set(box, "aria-label", `${kind} of cell ${index + 1}`);
    for (const chart of cell.querySelectorAll(".jp-OutputArea-output img")) set(chart, "alt", describe(index));
  });
}

/** The words that the lesson's author gave for the chart of a cell. A chart of the learner's own is only named. */
function describe(index) {
  const cells = window.jupyterapp?.shell?.currentWidget?.content?.widgets ?? [];
  return cells[index]?.model?.getMetadata("mystnb")?.image?.alt ?? `Chart drawn by cell ${index + 1}`;
}

function set(element, attribute, value) {
  if (element.getAttribute(attribute) !== value) element.setAttribute(attribute, value);
}

let waiting = false;

new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    nameParts();
  }, 200);
}).observe(document.documentElement, { childList: true, subtree: true });
