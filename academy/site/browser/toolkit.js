// A worker that runs the toolkit itself, for the forms of the book (book/look/python.js): worksheets are checked and the
// self-assessment is counted here. It takes the Python of the browser lessons, without pandas and the rest. The page
// hands answers to it, and it sends them nowhere.

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
  // Not loadPackage: the wheel asks for pandas, which no form needs.
  const wheel = await get(FOLDER + lock.packages.toolkit.file_name);
  pyodide.unpackArchive(await wheel.arrayBuffer(), "whl");
  return pyodide;
})();

self.onmessage = async ({ data: { id, task, texts } }) => {
  try {
    // Such as "worksheet_form.check": a function of a module of the toolkit.
    const [, module, name] = task.match(/^(.+)\.(\w+)$/);
    const pyodide = await python;
    self.postMessage({ id, answer: JSON.parse(pyodide.pyimport(`toolkit.${module}`)[name](...texts)) });
  } catch (error) {
    self.postMessage({ id, error: String(error.message) });
  }
};
