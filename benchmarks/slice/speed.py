"""How long cutting a notebook takes, in ms of processor time: ``python benchmarks/slice/speed.py [CELLS...]``.

The notebook is made of what notebooks are made of: a frame with new columns and plots of them, functions that copy
and change it, a model at the end. Reading and analysing it is not counted; the median of seven warm rounds is.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from jupyter_containerize.analysis import analyze, slice_for
from jupyter_containerize.notebooks import read_notebook

HEAD = [
    "import pandas as pd\nimport matplotlib.pyplot as plt\nfrom sklearn.linear_model import LogisticRegression",
    "df = pd.DataFrame({'a': range(10), 'b': range(10)})",
]
TAIL = [
    "m = LogisticRegression().fit(df[['a', 'b']], df['a'] > 3)",
    "def predict(x: float) -> int:\n    return int(m.predict([[x, x]])[0])",
    "predict(3)",
]
COLUMN = "df['cN'] = df['a'] * N\ndf['cN'].hist()\nplt.title('cN')\nplt.show()"
FUNCTION = """\
def fN(x):
    y = x.copy()
    y['z'] = y['a'] + N
    return y
dfN = fN(df)
print(dfN.describe())
"""
ROUNDS = 7


def cells(count: int) -> list[str]:
    """Return that many cells."""
    made = list(HEAD)
    while len(made) < count - len(TAIL):
        number = str(len(made))
        made += [cell.replace("N", number) for cell in (COLUMN, FUNCTION)]
    return [*made, *TAIL]


def main(counts: list[int]) -> None:
    """Print a line for each count of cells."""
    for count in counts:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "made.ipynb"
            sources = cells(count)
            code = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
            path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": code}))
            notebook = read_notebook(path)
        analysis = analyze(notebook, root=None)
        times = []
        for _ in range(ROUNDS):
            start = time.process_time()
            found = slice_for(notebook, analysis, "predict")
            times.append(time.process_time() - start)
        runs = sum(statement.training for statement in found.statements)
        took = statistics.median(times) * 1000
        print(f"{len(sources):5} cells: {took:6.1f} ms, {runs} of {len(found.statements)} statements run")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [50, 200, 1000])
