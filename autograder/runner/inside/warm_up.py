"""Work that every lesson's first chart, table or error would do anew: done once, so that what it leaves in caches is
there. Nothing of it can be seen in a child: no figure is registered, no setting changed, no name given."""

from __future__ import annotations

import contextlib
import importlib
import io
import sys
from typing import Any


def warm_up(shell: Any) -> None:
    from .preload import preloaded

    for package, work in (("pandas", use_tables), ("matplotlib.backends.backend_agg", use_charts)):
        if preloaded(package):
            with contextlib.suppress(Exception):
                work()
    for use in (use_cells, use_errors):
        with contextlib.suppress(Exception):
            use(shell)


def use_tables() -> None:
    import pandas as pd

    table = pd.read_csv(io.StringIO("a,b,c\nx,1,0.5\ny,2,\nx,3,1.5\n"))
    by = table.groupby("a")
    for part in (
        table.head(2),
        table[["a", "b"]],
        table[table["a"] == "x"],
        table[table["b"] > 1].sort_values("b", ascending=False),
        table.loc[0],
        table["b"].mean(),
        table["b"].median(),
        table["b"].astype(float) / 2,
        table["a"].value_counts(),
        table["a"].str.upper(),
        table["a"].isin(["x"]),
        table.set_index("a"),
        table.merge(table, on="a"),
        table.describe(),
        by["b"].sum(),
        by.size(),
        by.cumcount(),
    ):
        repr(part)
    table._repr_html_()


def use_charts() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    for place in (1, 2):
        axes: Any = figure.add_subplot(1, 2, place)
        axes.bar(["a", "b"], [1, 2.5], label="c")
        axes.plot([0, 1], [-1, 2], "o--")
        axes.scatter([0, 1], [1, 2])
        axes.text(0, 1, "0123456789", fontweight="bold", ha="right")
        axes.set_title("Title", loc="left", fontweight="bold")
        axes.set_xlabel("x")
        axes.grid(True)
        axes.legend()
    figure.tight_layout()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    # Pillow loads its file formats with the first picture that is saved: let each child do so.
    pillow: Any = importlib.import_module("PIL.Image")
    pillow._initialized = 0


def use_cells(shell: Any) -> None:
    shell.should_run_async("", transformed_cell=shell.transform_cell("a = 1\n"))


def use_errors(shell: Any) -> None:
    try:
        eval("1 / 0")
    except ZeroDivisionError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
