// The bar above the notebook: says how Python is doing, and submits, downloads or starts over.

import { Notebook } from "./notebook.js";
import { forgetSaved, readSaved } from "./storage.js";
import { readSession, readSubmission, submit } from "./tracker.js";

const lesson = document.body.dataset.lesson;
const path = `${lesson}/${lesson}.ipynb`;
const tables = document.body.dataset.tables.split(" ").filter(Boolean);
const signIn = `/sign-in/?next=${encodeURIComponent(location.pathname)}`;
const notebook = new Notebook(document.getElementById("notebook"), path, tables);

const statusLine = document.getElementById("status");
const person = document.getElementById("person");
const submitButton = document.getElementById("submit");
const downloadButton = document.getElementById("download");
const startOverButton = document.getElementById("start-over");
const question = document.getElementById("start-over-question");

/** The share of the points that completes a lesson, as in autograder/notebook/lesson.py. */
const PASS_MARK = 0.8;
const SLOW = 60_000;
const LONGEST_WAIT_FOR_A_GRADE = 300_000;

/** True until the learner does something: then the line speaks of that, and no longer of Python. */
let aboutPython = true;

/** Show one message; `kind` is working, good, warn or nothing. Links are {text, address}. */
function say(text, kind = "", ...links) {
  statusLine.dataset.kind = kind;
  statusLine.replaceChildren(text);
  for (const { text: words, address } of links) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = words;
    statusLine.append(" ", link);
  }
}

function sayOfPython(...message) {
  if (aboutPython) say(...message);
}

async function start() {
  aboutPython = true;
  const saved = await readSaved(path).catch(() => null);
  const cameBack = saved && /"execution_count":\s*\d/.test(asText(saved));
  sayOfPython("Python is starting in your browser. This takes about 15 seconds the first time. You can read on.", "working");
  const slow = setTimeout(() => {
    sayOfPython("Python is still starting. On a slow connection this can take some minutes the first time.", "working");
  }, SLOW);
  try {
    await notebook.opened();
    notebook.whenF6(() => submitButton.focus());
    await notebook.dress(document.documentElement.dataset.theme);
    await notebook.pythonReady(restart);
    sayReady(cameBack);
  } catch (problem) {
    sayBroken(problem);
  } finally {
    clearTimeout(slow);
  }
}

async function restart(ready) {
  aboutPython = true;
  sayOfPython("Python is starting again. Then click Run all.", "working");
  await ready.then(() => sayReady(true), sayBroken);
}

function sayReady(cameBack) {
  const words = cameBack
    ? "Your answers are back. Python has started afresh: click Run all once, then go on."
    : "Ready. Run a cell with the Run button, or with Shift and Enter. The key F6 goes to Submit and back.";
  if (notebook.keepsFiles) sayOfPython(words);
  else
    sayOfPython(
      `${words} Files that your code writes are not kept here (this is a private window, or an address without https).` +
        " Before you close a private window, download your notebook.",
      "warn",
    );
}

function sayBroken(problem) {
  console.error(problem);
  sayOfPython("Python could not start in this browser. Reload the page to try again, or", "warn", {
    text: "download the lesson and work in your own program",
    address: `/downloads/${lesson}.zip`,
  });
}

async function showPerson() {
  const session = await readSession();
  document.getElementById("upload").hidden = !session.there;
  if (!session.there) {
    person.textContent = "";
  } else if (session.away) {
    person.textContent = "Offline";
  } else if (session.signedIn) {
    person.textContent = `Signed in as ${session.name}`;
  } else {
    const link = document.createElement("a");
    link.href = signIn;
    link.textContent = "Sign in to submit";
    link.addEventListener("click", saveThenFollow);
    person.replaceChildren(link);
  }
  return session;
}

/** The notebook as text, just saved; null if there is none yet. */
async function savedNotebook() {
  await notebook.save();
  const saved = await readSaved(path);
  return saved && asText(saved);
}

function asText(saved) {
  return typeof saved === "string" ? saved : JSON.stringify(saved);
}

async function handIn() {
  say("Saving your work…", "working");
  const saved = await savedNotebook();
  if (!saved) return say("There is nothing to submit yet. Wait until the notebook shows, and answer a task.", "warn");
  const session = await showPerson();
  if (!session.there) {
    return say("This copy of the site keeps no scores. Your work is safe in this browser; Download makes a file of it.");
  }
  if (session.away) return sayAway();
  if (!session.signedIn) return saySignedOut();
  say("Sending your work…", "working");
  const sent = await submit(lesson, saved, session.csrf);
  if (sent.away) return sayAway();
  if (sent.status === 401) return saySignedOut();
  if (sent.status === 413) {
    const words = "Your notebook is too large to submit. Remove large outputs: Run all from the top, then submit again.";
    return say(sent.message ?? words, "warn");
  }
  if (!sent.id) return say(sent.message ?? "The notebook was not accepted. Reload the page and submit again.", "warn");
  await followGrading(sent);
}

async function followGrading({ id, results }) {
  const link = { text: "See your results", address: results };
  const end = Date.now() + LONGEST_WAIT_FOR_A_GRADE;
  say("Stored. Being graded…", "working");
  for (let pause = 500; Date.now() < end; pause = Math.min(pause * 1.3, 5000)) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const { state, points, possible, passed, message } = await readSubmission(id);
    if (state === "graded") {
      const score = `You earned ${points} of ${possible} points.`;
      if (passed) return say(`${score} You completed this lesson.`, "good", link);
      const enough = Math.ceil(possible * PASS_MARK);
      return say(`${score} ${enough} complete the lesson. Change your answers and submit again.`, "warn", link);
    }
    if (state === "problem") return say(message ?? "Your notebook could not be graded.", "warn", link);
  }
  say("Stored. Grading takes longer than usual. You can close this page and look later.", "", link);
}

function sayAway() {
  say("The server cannot be reached. Your work is safe in this browser; submit when you are back.", "warn");
}

function saySignedOut() {
  say("You are signed out. Your work is safe in this browser. Sign in, come back here, and submit.", "warn", {
    text: "Sign in",
    address: signIn,
  });
}

async function download() {
  const saved = await savedNotebook();
  if (!saved) return say("There is nothing to download yet. Wait until the notebook shows.", "warn");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([saved], { type: "application/x-ipynb+json" }));
  link.download = `${lesson}.ipynb`;
  link.click();
  URL.revokeObjectURL(link.href);
  say(`Saved as ${link.download} in your downloads.`);
}

async function startOver() {
  await forgetSaved(path);
  notebook.reload();
  // The old app must be gone before the new one is waited for.
  await new Promise((resolve) => notebook.frame.addEventListener("load", resolve, { once: true }));
  await start();
}

/** Links that lead away from here: without this, the notebook asks whether to leave unsaved work. */
async function saveThenFollow(event) {
  event.preventDefault();
  const { href } = event.currentTarget;
  await notebook.save().catch(console.error);
  location.assign(href);
}

/** One thing at a time: a second press while the first is at work does nothing. */
function whenPressed(button, action) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.ariaDisabled === "true") return;
    button.ariaDisabled = "true";
    aboutPython = false;
    try {
      await action();
    } catch (problem) {
      console.error(problem);
      say("That did not work. Your work is safe in this browser. Reload the page and try again.", "warn");
    } finally {
      button.ariaDisabled = "false";
    }
  });
}

whenPressed(submitButton, handIn);
whenPressed(downloadButton, download);
whenPressed(startOverButton, () => question.showModal());
question.addEventListener("close", () => {
  if (question.returnValue === "delete") startOver();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "F6") {
    event.preventDefault();
    notebook.focus();
  }
});
document.getElementById("back").addEventListener("click", saveThenFollow);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) notebook.save().catch(console.error);
});
showPerson();
start();
