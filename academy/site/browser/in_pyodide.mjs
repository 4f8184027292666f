// Runs one function of a Python program in Pyodide, under Node, so that the browser's packages are prepared by the very
// Python that will read them, and lessons are tried in it. An async function is awaited. Called by run_in_pyodide of
// academy/site/browser_packages.py:
//     node in_pyodide.mjs FOLDER-OF-PYODIDE FOLDER-OF-PACKAGES FROM TO PROGRAM FUNCTION [PACKAGE ...]

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [pyodideFolder, packageFolder, from, to, program, task, ...packages] = process.argv.slice(2);
const { loadPyodide } = createRequire(import.meta.url)(`${pyodideFolder}/pyodide.js`);

try {
  const python = await loadPyodide({
    indexURL: pyodideFolder,
    lockFileURL: `${packageFolder}/pyodide-lock.json`,
    packageCacheDir: packageFolder,
    packages,
    // Sets in the same order every time, so that the same files come out byte for byte.
    env: { HOME: "/home/pyodide", PYTHONHASHSEED: "0" },
  });
  for (const [place, root] of [["/from", from], ["/to", to]]) {
    python.FS.mkdirTree(place);
    python.FS.mount(python.FS.filesystems.NODEFS, { root }, place);
  }
  python.runPython(readFileSync(program, "utf-8"));
  await python.globals.get(task)();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
