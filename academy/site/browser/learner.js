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
