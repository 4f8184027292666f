// The self-assessment: counts the points and finds the path in the page, by the toolkit's own rule. Nothing leaves it.
// Without this script the questions are there to read, and a key to count by hand.

import { controlOf, fieldAt, fieldsOf, mark, read, titleOf, write } from "./worksheet-fields.js";
import { call, start } from "./python.js";

const form = document.querySelector("[data-self-assessment]");
const facts = document.getElementById("facts").textContent;
const { lessons } = JSON.parse(facts);
const said = form.querySelector(".progress");
const summary = form.querySelector("[data-summary]");
let busy = false;

form.querySelector("[data-tools]").hidden = false;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  busy = true;
  said.textContent = "One moment. The first time, counting takes a few seconds to load.";
  try {
    const result = await call("survey.self_assessment.assess", JSON.stringify(read(form)), facts);
    said.textContent = "";
    showLeft(result.left);
    if (!result.left.length) show("notice-good", ...told(result));
  } catch (error) {
    console.error(error);
    said.textContent = "Counting did not work this time. Your answers are still here. Press again, or count by hand below.";
  }
  busy = false;
});

// Load Python while the person reads, unless the browser is told to save data.
form.addEventListener("focusin", () => navigator.connection?.saveData || start(), { once: true });
form.querySelector("[data-print]").addEventListener("click", () => {
  // On paper there is a result, or the key to count one by hand.
  document.querySelector(".key").open ||= summary.hidden;
  print();
});
form.querySelector("[data-clear]").addEventListener("click", () => {
  write(form, {});
  for (const field of fieldsOf(form)) mark(field, "");
  summary.hidden = true;
  said.textContent = "All answers are cleared.";
});

/** Mark the questions that have no answer, and list them. */
function showLeft(left) {
  for (const field of fieldsOf(form)) {
    mark(field, left.includes(field.dataset.field) ? "Choose the answer that is most like you." : "");
  }
  if (!left.length) return;
  const list = element("ul");
  list.append(...left.map((name) => item(linkTo(fieldAt(form, [name])))));
  const heading = left.length === 1 ? "One question has no answer yet" : `${left.length} questions have no answer yet`;
  show("notice-bad", element("h2", heading), list);
}

/** What a result says, as elements. */
function told({ points, most, band, path, first, besides, rule }) {
  const parts = [
    element("h2", `${band.name}: ${points} of ${most} points`),
    element("p", band.text),
    element("p", "The points are what you say of yourself. They are no grade, and nobody else sees them."),
  ];
  if (path) {
    const words = element("p", "The path that fits best: ");
    words.append(link(`paths/${path.id}.html`, path.title), ". Paths are named after kinds of work. Take it whatever your work is, or choose another: every lesson counts on every path.");
    parts.push(element("h3", "Where to go from here"), words);
    if (first.length) parts.push(element("p", "Of its lessons, begin with these:"), listOf(first));
    if (besides.length) parts.push(element("p", "These would help you too, and are not on that path:"), listOf(besides));
  } else {
    parts.push(element("h3", "Where to go from here"), element("p", "You need no lesson by this rule. Take what interests you."));
  }
  const why = element("details");
  why.append(element("summary", "How the path was chosen"), element("p", rule));
  return [...parts, why];
}

function show(mood, ...content) {
  summary.replaceChildren(...content);
  summary.className = `summary notice ${mood}`;
  summary.hidden = false;
  summary.focus({ preventScroll: true });
  summary.scrollIntoView({ block: "start" });
}

function listOf(slugs) {
  const list = element("ul");
  list.append(...slugs.map((slug) => {
    const { title, ready } = lessons[slug];
    return ready ? item(link(`lessons/${slug}.html`, title)) : element("li", `${title} (still to come)`);
  }));
  return list;
}

function linkTo(field) {
  const control = controlOf(field);
  const made = link(`#${control.id}`, titleOf(field));
  made.addEventListener("click", (event) => {
    event.preventDefault();
    control.focus();
    field.scrollIntoView({ block: "nearest" });
  });
  return made;
}

function link(address, words) {
  const made = element("a", words);
  made.href = address;
  return made;
}

function item(content) {
  const made = element("li");
  made.append(content);
  return made;
}

function element(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}
