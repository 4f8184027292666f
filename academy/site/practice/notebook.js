// The notebook in the frame: is it there, is Python ready, save it. The frame is of this origin, so its app can be asked.

const OFTEN = 200;
/** The command of the Run all button, as academy/site/browser/jupyter-lite.json names it. */
const RUN_ALL = "academy:run-all";

export class Notebook {
  /** `tables` are the names of the data files beside the notebook. */
  constructor(frame, path, tables) {
    this.frame = frame;
    this.path = path;
    this.tables = tables;
  }

  /** JupyterLite in the frame, or undefined while it loads. */
  get app() {
    return this.frame.contentWindow?.jupyterapp;
  }

  /** True if files that the learner's code writes are kept, which takes a service worker or an isolated page. */
  get keepsFiles() {
    const inside = this.frame.contentWindow;
    return Boolean(inside.crossOriginIsolated || inside.navigator.serviceWorker?.controller);
  }

  /** Wait until the cells are there. */
  async opened() {
    while (!this.#panel()?.sessionContext?.isReady) await wait(OFTEN);
    const { commands } = this.app;
    if (commands.hasCommand(RUN_ALL)) return;
    commands.addCommand(RUN_ALL, { label: "Run all", execute: () => this.#runAll() });
    // The button of this command was drawn before there was one.
    commands.notifyCommandChanged(RUN_ALL);
  }

  /**
   * Wait until Python runs, with the lesson's data beside it and its libraries loaded, so that the first cell is quick.
   * Calls `restarted` with a promise of the same whenever the learner restarts Python.
   */
  async pythonReady(restarted) {
    const session = this.#panel().sessionContext;
    await this.#prepare(session);
    let restarting = false;
    session.statusChanged.connect((_, status) => {
      if (status === "restarting" || status === "autorestarting") restarting = true;
      else if (restarting && status === "idle") {
        restarting = false;
        restarted(this.#prepare(session));
      }
    });
  }

  /**
   * Save in the browser's storage, if the notebook is there. JupyterLab's own save command also asks the server for the
   * lesson as it was, and so fails without a network.
   */
  async save() {
    const context = this.#panel()?.context;
    if (context?.isReady) await context.save();
  }

  /** Dress the notebook as this page: by the reader's own choice of "light" or "dark", else as the device asks. */
  async dress(choice) {
    const dark = choice ? choice === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = dark ? "JupyterLab Dark" : "JupyterLab Light";
    if (this.frame.contentDocument.body.dataset.jpThemeName !== theme) {
      await this.app.commands.execute("apputils:change-theme", { theme });
    }
  }

  /** Put the keyboard into the notebook, where it last was. */
  focus() {
    const inside = this.frame.contentDocument;
    this.frame.focus();
    (inside.querySelector(".jp-Notebook .jp-Cell.jp-mod-active") ?? inside.querySelector(".jp-Notebook"))?.focus();
  }

  /** Do something when F6 is pressed in the notebook: the way out of it for a keyboard. */
  whenF6(action) {
    this.frame.contentWindow.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "F6") return;
        event.preventDefault();
        event.stopPropagation();
        action();
      },
      true,
    );
  }

  /** Load the lesson as it was given. */
  reload() {
    this.frame.contentWindow.location.reload();
  }

  #panel() {
    return this.app?.shell?.currentWidget ?? null;
  }

  /** Run every cell from the top, one after the other: JupyterLite forgets what waits behind a cell that fails. */
  async #runAll() {
    const { content } = this.#panel();
    const here = content.activeCellIndex;
    for (const [index, cell] of content.widgets.entries()) {
      if (cell.model.type !== "code") continue;
      content.activeCellIndex = index;
      await this.app.commands.execute("notebook:run-cell");
    }
    content.activeCellIndex = here;
  }

  async #prepare(session) {
    const folder = new URL(`/lite/files/${this.path.split("/")[0]}/`, location.href).href;
    const request = { code: preparation(folder, this.tables), silent: true, store_history: false };
    while (!session.session?.kernel) await wait(OFTEN);
    for (let tries = 3; ; tries--) {
      try {
        const reply = await session.session.kernel.requestExecute(request).done;
        if (reply.content.status === "ok") return;
        throw new Error(reply.content.evalue);
      } catch (problem) {
        // A restart cancels what Python was asked before it.
        if (tries === 1 || !/cancel/i.test(String(problem))) throw problem;
        await wait(OFTEN * 5);
      }
    }
  }
}

/**
 * Python that loads the slow libraries and, where the browser gives no files, fetches the tables. It leaves no name
 * behind, and counts as no cell: the learner's first cell is number 1.
 */
function preparation(folder, tables) {
  return `
async def _prepare_lesson():
    from pathlib import Path
    from pyodide.http import pyfetch
    for name in ${JSON.stringify(tables)}:
        if not Path(name).exists():
            Path(name).write_bytes(await (await pyfetch(${JSON.stringify(folder)} + name)).bytes())
    import matplotlib.pyplot, pandas
    from toolkit import plain_messages
    plain_messages()
    get_ipython().execution_count -= 1

await _prepare_lesson()
del _prepare_lesson
`;
}

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
