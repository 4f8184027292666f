// Two comforts; every page can be read without them.
"use strict";

// "On this page" is folded on a narrow screen and open where there is room for it beside the text.
const contents = document.querySelector("details.page-contents");
if (contents) contents.open = matchMedia("(min-width: 80rem)").matches;

// A table or a line of code that is wider than the screen scrolls: by keyboard too, if it can be focused.
const reach = new ResizeObserver((changes) => {
  for (const { target } of changes) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const box of document.querySelectorAll(".scrolls, .highlight pre")) reach.observe(box);
