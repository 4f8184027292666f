// The buttons of a worksheet's form: check, keep, open again. Nothing leaves this page; the only requests are for the
// site's own files. Without this script every question is there to read and to print.

import { addRow, controlOf, fieldAt, fieldsOf, mark, read, removeRow, renumber, rowsOf, titleOf, write } from "./worksheet-fields.js";
import { call, start } from "./python.js";

const form = document.querySelector("form.worksheet");
const name = form.dataset.worksheet;
const said = form.querySelector(".progress");
const summary = form.querySelector("[data-summary]");
const keep = form.querySelector("#keep-draft");
const draft = `worksheet:${name}`;
const title = document.title;
const schema = once(async () => {
  const answer = await fetch(`${name}.json`);
  if (!answer.ok) throw new Error(`${name}.json: ${answer.status}`);
  return answer.text();
});
let changed = false;
let busy = false;

for (const tools of form.querySelectorAll("[data-tools], .row-tools")) tools.hidden = false;
for (const table of form.querySelectorAll("[data-kind=table]")) renumber(table);

const filled = () => ({ worksheet: name, ...read(form) });
const asJson = () => `${JSON.stringify(filled(), null, 2)}\n`;

// -- check and keep ---------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => {
  event.preventDefault();
  withPython(async () => {
    const { faults, advice } = await call("worksheet_form.check", asJson(), await schema());
    showFaults(faults);
    showSummary(faults, advice);
    return "";
  });
});

on("[data-markdown]", () =>
  withPython(async () => {
    const texts = [asJson(), await schema()];
    const [page, { faults }] = await Promise.all([call("worksheet_form.page", ...texts), call("worksheet_form.check", ...texts)]);
    download(`${name}.md`, page, "text/markdown");
    const left = faults.length ? ` It is not complete yet: ${things(faults.length)} to mend.` : "";
    return `${name}.md is in your downloads.${left}`;
  }),
);

on("[data-json]", () => {
  download(`${name}.json`, asJson(), "application/json");
  said.textContent = `${name}.json is in your downloads.`;
});

on("[data-print]", () => print());

on("[data-clear]", () => {
  if (!confirm("Clear every answer on this page, and the draft in this browser?")) return;
  write(form, {});
  showFaults([]);
  hideSummary();
  forget();
  keep.checked = false;
  changed = false;
  said.textContent = "The form is empty.";
});

form.querySelector("#open-file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  if (file) tell(openSaved(await file.text(), file.name));
  event.target.value = "";
});

/** Fill in the form from a saved file. Returns what to say of it. */
function openSaved(text, file) {
  let answers;
  try {
    answers = JSON.parse(text);
  } catch {
    answers = null;
  }
  if (!answers?.worksheet) return `${file} is no saved worksheet. Choose a file that you downloaded here as JSON.`;
  if (answers.worksheet !== name) return `${file} belongs to another worksheet: ${answers.worksheet}. Open it there.`;
  const known = new Set(["worksheet", ...fieldsOf(form).map((field) => field.dataset.field)]);
  const unknown = Object.keys(answers).filter((each) => !known.has(each));
  const unfit = write(form, answers).map(titleOf);
  showFaults([]);
  hideSummary();
  edited();
  const again = [...unfit, ...unknown].join(", ");
  return `${file} is open.${again ? ` Look again at these, which the form cannot show as they were: ${again}.` : ""}`;
}

async function withPython(work) {
  if (busy) return;
  busy = true;
  said.textContent = "One moment. The first time, the check takes a few seconds to load.";
  try {
    said.textContent = await work();
  } catch (error) {
    console.error(error);
    said.textContent =
      "The check did not work this time. Your answers are still here. Press again, or download them as JSON.";
  }
  busy = false;
}

// Load Python while the person writes, unless the browser is told to save data.
form.addEventListener("focusin", () => navigator.connection?.saveData || start(), { once: true });

// -- what is to mend --------------------------------------------------------------------------------------------------

function showFaults(faults) {
  for (const error of form.querySelectorAll(".error")) mark(error.parentElement, "");
  const told = new Map();
  for (const { path, message } of faults) {
    const field = fieldAt(form, path);
    if (!field) continue;
    const number = /checks|lines/.test(field.dataset.kind) && path.length > 1 ? `Number ${path[1] + 1}: ` : "";
    told.set(field, [...(told.get(field) ?? []), number + message]);
  }
  for (const [field, messages] of told) mark(field, messages.join(" "));
}

function showSummary(faults, advice) {
  const heading = element("h2", faults.length ? `${upper(things(faults.length))} to mend` : "Every needed field is filled");
  const list = element("ul");
  for (const { path, sentence } of faults) {
    const field = fieldAt(form, path);
    const item = element("li", field ? "" : sentence);
    if (field) item.append(linkTo(controlOf(field), sentence));
    list.append(item);
  }
  const rest = faults.length ? [list] : [element("p", "Keep it: download it below.")];
  if (advice.length) {
    const meaning = element("ul");
    meaning.append(...advice.map((sentence) => element("li", sentence)));
    rest.push(element("h3", "What these answers mean"), meaning);
  }
  summary.replaceChildren(heading, ...rest);
  // Where there is something to think about, green would say that there is not.
  const mood = advice.length ? "" : "notice-good";
  summary.className = `summary notice ${faults.length ? "notice-bad" : mood}`;
  summary.hidden = false;
  document.title = faults.length ? `${faults.length} to mend: ${title}` : title;
  // A long list is read from its top, which a browser's own scrolling passes over on a phone.
  summary.focus({ preventScroll: true });
  summary.scrollIntoView({ block: "start" });
}

function hideSummary() {
  summary.hidden = true;
  document.title = title;
}

function linkTo(control, sentence) {
  const link = element("a", sentence);
  link.href = `#${control.id}`;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    control.focus();
    control.closest(".field").scrollIntoView({ block: "nearest" });
  });
  return link;
}

// -- rows of a table --------------------------------------------------------------------------------------------------

form.addEventListener("click", ({ target }) => {
  const table = target.closest("[data-kind=table]");
  if (target.matches("[data-add]")) {
    addRow(table).querySelector("input, select, textarea").focus();
    count(table, `Number ${rowsOf(table).length} added.`);
  } else if (target.matches("[data-remove]")) {
    const row = target.closest(".row");
    const number = row.querySelector("[data-number]").textContent;
    removeRow(table, row).querySelector("input, select, textarea").focus();
    count(table, `Number ${number} removed. ${rowsOf(table).length} left.`);
    edited();
  }
});

function count(table, words) {
  table.querySelector(":scope > .row-tools [role=status]").textContent = words;
}

// -- a draft, only where the person wants one -------------------------------------------------------------------------

form.addEventListener("input", (event) => event.target.closest("[data-field]") && edited());
keep.addEventListener("change", () => {
  if (!keep.checked) forget();
  else if (!remember()) keep.checked = false;
});
addEventListener("beforeunload", (event) => {
  if (changed && !keep.checked) event.preventDefault();
});

const kept = recall();
if (kept) {
  keep.checked = true;
  tell(openSaved(kept, "Your draft"));
  changed = false;
}

function edited() {
  changed = true;
  if (keep.checked) remember();
}

function remember() {
  try {
    localStorage.setItem(draft, asJson());
    return true;
  } catch {
    tell("This browser keeps no drafts. Download your answers as JSON instead.");
    return false;
  }
}

function recall() {
  try {
    return localStorage.getItem(draft);
  } catch {
    return null;
  }
}

function forget() {
  try {
    localStorage.removeItem(draft);
  } catch {
    // Then nothing is kept.
  }
}

// -- small things -----------------------------------------------------------------------------------------------------

function download(file, text, kind) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  changed = false;
}

function on(selector, act) {
  form.querySelector(selector).addEventListener("click", act);
}

function tell(words) {
  form.querySelector("[data-opened]").textContent = words;
}

function element(tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

/** A function whose work is done once; if it fails, the next call tries again. */
function once(work) {
  let done;
  return () => (done ??= work().catch((error) => ((done = undefined), Promise.reject(error))));
}

function things(number) {
  return number === 1 ? "one thing" : `${number} things`;
}

function upper(text) {
  return text[0].toUpperCase() + text.slice(1);
}
