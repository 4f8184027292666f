// The academy's own Python, in a worker of its own. The worker stands in /lite/, where the browser lessons have theirs,
// because only there does the site's security policy let WebAssembly run. See academy/site/browser/toolkit.js.

const PLACE = new URL("../lite/toolkit.js", import.meta.url);

let worker;
let asked = new Map();

/** Begin to load Python, if that has not begun. */
export function start() {
  if (worker) return;
  worker = new Worker(PLACE);
  worker.onmessage = ({ data: { id, answer, error } }) => {
    const { resolve, reject } = asked.get(id);
    asked.delete(id);
    if (error === undefined) resolve(answer);
    else reject(new Error(error));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    stop(event.message);
  };
}

/** Call a function of the toolkit, such as "worksheet_form.check", with texts. If Python does not start, the next call tries again. */
export function call(task, ...texts) {
  start();
  return new Promise((resolve, reject) => {
    const id = crypto.getRandomValues(new Uint32Array(1))[0];
    asked.set(id, { resolve, reject });
    worker.postMessage({ id, task, texts });
  }).catch((error) => {
    stop(error.message);
    throw error;
  });
}

function stop(message) {
  worker?.terminate();
  worker = undefined;
  const waiting = asked;
  asked = new Map();
  for (const { reject } of waiting.values()) reject(new Error(message));
}
