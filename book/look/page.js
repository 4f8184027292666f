// Four comforts; every page can be read without them.
"use strict";

// "On this page" is folded on a narrow screen and open where there is room for it beside the text.
const contents = document.querySelector("details.page-contents");
if (contents && !contents.closest(".page-data")) contents.open = matchMedia("(min-width: 80rem)").matches;

// A table or a line of code that is too large for its box scrolls: by keyboard too, if it can be focused.
const reach = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    if (target.scrollWidth > target.clientWidth || target.scrollHeight > target.clientHeight) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".scrolls, .highlight pre")) reach.observe(box);

// A button copies a text, and says so. Where the browser does not let it, there is no button.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.parentElement.hidden = false;
    button.addEventListener("click", async () => {
      const said = button.parentElement.querySelector("[role=status]");
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        said.textContent = "Copied.";
      } catch {
        said.textContent = "Not copied. Mark the text and copy it yourself.";
      }
    });
  }
}

// Who opens a lesson from a path's page is led along that path, in this tab, until they choose another or leave it.
const ways = [...document.querySelectorAll("nav[data-path]")];
const asked = new URLSearchParams(location.search).get("path");
if (asked === "" || ways.some((way) => way.dataset.path === asked)) keepPath(asked);
const along = ways.filter((way) => way.dataset.path === (asked ?? keptPath()));
for (const way of along) way.hidden = false;
if (along.length) document.querySelector(".turn").hidden = true;

function keepPath(path) {
  try {
    sessionStorage.setItem("path", path);
  } catch {
    // This browser keeps nothing. The links of the path name it too.
  }
}

function keptPath() {
  try {
    return sessionStorage.getItem("path");
  } catch {
    return null;
  }
}
