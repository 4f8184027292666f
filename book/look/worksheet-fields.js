// The fields of a worksheet's form: what a person wrote there, as the worksheet's JSON has it, and back.
// The form itself is made by book/parts/worksheet-fields.md.jinja.

const CONTROLS = "input, select, textarea";
const NUMBER = /^-?(\d+\.?\d*|\.\d+)$/;

/** The rows of a table that were read last, without those that are empty: where a fault's row number leads. */
const rowsRead = new WeakMap();

export const fieldsOf = (box) => [...box.querySelectorAll(":scope > [data-field]")];
export const rowsOf = (table) => [...table.querySelectorAll(":scope > .rows > .row")];
export const titleOf = (field) => field.querySelector("label, legend").firstChild.textContent.trim();

/** What is written in a form or a row, by the names of its fields. An empty field is left out. */
export function read(box) {
  const answers = fieldsOf(box).map((field) => [field.dataset.field, answerOf(field)]);
  return Object.fromEntries(answers.filter(([, answer]) => answer !== undefined));
}

/** Write answers into a form or a row. Returns the fields that cannot show their answer as it is. */
export function write(box, answers) {
  return fieldsOf(box).filter((field) => {
    const answer = answers[field.dataset.field];
    show(field, answer);
    return JSON.stringify(answerOf(field)) !== JSON.stringify(answer);
  });
}

/** The field that a fault's path leads to, the deepest that there is; undefined for what the form does not have. */
export function fieldAt(form, [name, row, column]) {
  const field = fieldsOf(form).find((each) => each.dataset.field === name);
  if (field?.dataset.kind !== "table" || row === undefined) return field;
  const cells = fieldsOf(rowsRead.get(field)?.[row] ?? field);
  return cells.find((cell) => cell.dataset.field === column) ?? field;
}

/** Where to put the cursor to mend a field: in a table, the first box that is still empty. */
export function controlOf(field) {
  const controls = [...field.querySelectorAll(CONTROLS)];
  const empty = field.dataset.kind === "table" && controls.find((control) => !control.value);
  return empty || field.querySelector("input:checked") || controls[0];
}

/** Show a fault below the title of its field; without a message, show none. */
export function mark(field, message) {
  const error = field.querySelector(":scope > .error");
  error.replaceChildren();
  if (message) {
    const prefix = document.createElement("strong");
    prefix.textContent = "To mend: ";
    error.append(prefix, message);
  }
  error.hidden = !message;
  const { kind } = field.dataset;
  if (kind === "table") return;
  for (const part of kind === "radio" ? [field] : field.querySelectorAll(CONTROLS)) {
    if (message) part.setAttribute("aria-invalid", "true");
    else part.removeAttribute("aria-invalid");
  }
}

/** Put one more empty row below the others. Returns it. */
export function addRow(table) {
  const rows = rowsOf(table);
  // Ids are never used twice, so that a row keeps its own when one above it goes.
  const place = (Number(table.dataset.rowsMade) || rows.length) + 1;
  table.dataset.rowsMade = place;
  const holder = document.createElement("template");
  holder.innerHTML = table.querySelector(":scope > template").innerHTML.replaceAll("__ROW__", place);
  table.querySelector(":scope > .rows").append(holder.content);
  renumber(table);
  return rowsOf(table).at(-1);
}

/** Take a row away. Returns the row that is now in its place, or the one above. */
export function removeRow(table, row) {
  const place = rowsOf(table).indexOf(row);
  row.remove();
  renumber(table);
  const left = rowsOf(table);
  return left[place] ?? left.at(-1);
}

export function renumber(table) {
  const rows = rowsOf(table);
  rows.forEach((row, place) => {
    for (const number of row.querySelectorAll("[data-number]")) number.textContent = place + 1;
    // A table keeps one row: there is nothing to write in none.
    row.querySelector(":scope > .row-tools").hidden = rows.length === 1;
  });
}

function answerOf(field) {
  const box = field.querySelector(CONTROLS);
  switch (field.dataset.kind) {
    case "table": {
      const rows = rowsOf(field).map((row) => [row, read(row)]).filter(([, cells]) => Object.keys(cells).length);
      rowsRead.set(field, rows.map(([row]) => row));
      return orNothing(rows.map(([, cells]) => cells));
    }
    case "checks":
      return orNothing([...field.querySelectorAll(":checked")].map((choice) => choice.value));
    case "lines":
      return orNothing(box.value.split("\n").map((line) => line.trim()).filter(Boolean));
    case "radio":
      return field.querySelector(":checked")?.value;
    case "number":
      return NUMBER.test(box.value.trim()) ? Number(box.value) : box.value || undefined;
    case "date":
      // A browser gives half a date as nothing at all.
      return box.validity.badInput ? "not a whole date" : box.value || undefined;
    default:
      return box.value || undefined;
  }
}

function show(field, answer) {
  const box = field.querySelector(CONTROLS);
  const several = Array.isArray(answer) ? answer : [];
  switch (field.dataset.kind) {
    case "table": {
      const count = Math.max(several.length, rowsOf(field).length);
      for (const row of rowsOf(field)) row.remove();
      for (let place = 0; place < count; place += 1) write(addRow(field), Object(several[place]));
      break;
    }
    case "checks":
    case "radio":
      for (const choice of field.querySelectorAll("input")) {
        choice.checked = choice.value === answer || several.includes(choice.value);
      }
      break;
    case "lines":
      box.value = several.join("\n");
      break;
    default:
      box.value = answer ?? "";
  }
}

const orNothing = (list) => (list.length ? list : undefined);
