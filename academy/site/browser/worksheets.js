// A worker that checks worksheets with the toolkit itself, for the forms of the book (book/look/worksheet-python.js).
// It takes the Python of the browser lessons, without pandas and the rest. The page sends answers; nothing else does.

importScripts("static/pyodide/pyodide.js");

const FOLDER = new URL("static/pyodide/", self.location).href;

const get = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
};

const python = (async () => {
  const [pyodide, lock] = await Promise.all([
    loadPyodide({ indexURL: FOLDER }),
    get(`${FOLDER}pyodide-lock.json`).then((answer) => answer.json()),
  ]);
  // Not loadPackage: the wheel asks for pandas, which no worksheet needs.
  const wheel = await get(FOLDER + lock.packages.toolkit.file_name);
  pyodide.unpackArchive(await wheel.arrayBuffer(), "whl");
  return pyodide.pyimport("toolkit.worksheet_form");
})();

self.onmessage = async ({ data: { id, task, texts } }) => {
  try {
    const form = await python;
    self.postMessage({ id, answer: JSON.parse(form[task](...texts)) });
  } catch (error) {
    self.postMessage({ id, error: String(error.message) });
  }
};
