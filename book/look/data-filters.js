// Narrows the list of datasets by topic, agency, place and words. The choice stands in the address, so that it can be
// shared and come back to. Without this script the whole list is there, and no form.
"use strict";
(() => {
  const form = document.querySelector("form.filters");
  const said = form.querySelector("[role=status]");
  const datasets = [...document.querySelectorAll(".dataset")];
  const texts = new Map(datasets.map((each) => [each, `${each.textContent} ${each.dataset.words}`.toLowerCase()]));
  let waiting;

  const matches = (each, { topic, agency, place, words }) =>
    (!topic || each.dataset.topic === topic) &&
    (!agency || each.dataset.agency.split("|").includes(agency)) &&
    (!place || each.dataset.place === place) &&
    words.toLowerCase().split(/\s+/).every((word) => texts.get(each).includes(word));

  const show = () => {
    const wanted = Object.fromEntries(new FormData(form));
    let count = 0;
    for (const each of datasets) {
      each.hidden = !matches(each, wanted);
      if (!each.hidden) count += 1;
    }
    for (const topic of document.querySelectorAll(".topic")) topic.hidden = !topic.querySelector(".dataset:not([hidden])");
    const chosen = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    history.replaceState(null, "", location.pathname + (chosen.size ? `?${chosen}` : "") + location.hash);
    // A screen reader hears one number when the typing pauses, not one for each letter.
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const all = datasets.length;
      said.textContent = count === all ? `${all} datasets` : `${count} of ${all} datasets`;
    }, 300);
  };

  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (!field || !("value" in field)) continue;
    field.value = value;
    // A name that is not on the list chooses nothing.
    if (field.value !== value) field.value = "";
  }
  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (sent) => sent.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  show();
})();
