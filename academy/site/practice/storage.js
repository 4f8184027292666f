// What JupyterLite keeps in this browser. The database's name holds the address of /lite/: that must never move.

const DATABASE = "JupyterLite Storage - /lite/";
const SAVED = "files";
const EARLIER = "checkpoints";

/** The notebook as last saved in this browser, or null. */
export async function readSaved(path) {
  const record = await withStore(SAVED, "readonly", (store) => store.get(path));
  return record?.content ?? null;
}

/** Forget what was saved of a notebook, and its earlier versions. */
export async function forgetSaved(path) {
  await withStore(SAVED, "readwrite", (store) => store.delete(path));
  await withStore(EARLIER, "readwrite", (store) => store.delete(path));
}

/** The result of one request to a store; null where the browser keeps nothing. */
async function withStore(name, mode, ask) {
  const database = await open();
  if (!database) return null;
  try {
    if (!database.objectStoreNames.contains(name)) return null;
    return await answer(ask(database.transaction(name, mode).objectStore(name)));
  } finally {
    database.close();
  }
}

/** The database if it is there. It is never made here: JupyterLite makes it, with its own stores. */
function open() {
  return new Promise((resolve) => {
    const request = indexedDB.open(DATABASE);
    request.onupgradeneeded = () => request.transaction.abort();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
}

function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
