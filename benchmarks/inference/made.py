"""Writes synthetic notebooks of any size: cells as people write them, with what our rules look at."""

# ruff: noqa: E501 - pieces of code, one a line

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

_SOURCES = (
    "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
    "%matplotlib inline\nimport matplotlib.pyplot as plt",
    "%pip install -q xgboost==2.1.0 'pandas[excel]'",
    "frame = pd.read_csv('data/in.csv')\nframe = frame.dropna()\nframe.head()",
    "for name in frame.columns:\n    if frame[name].dtype == object:\n        frame[name] = frame[name].astype('category')",
    "def features(rows):\n    table = pd.DataFrame(rows)\n    table['ratio'] = table['a'] / table['b'].clip(lower=1)\n    return table",
    "model = LogisticRegression(max_iter=500)\nmodel.fit(frame[['a', 'b']], frame['y'])\nprint(model.score(frame[['a', 'b']], frame['y']))",
    "fig, axes = plt.subplots(2, 2, figsize=(10, 8))\nfor axis, name in zip(axes.flat, 'abcd'):\n    axis.hist(frame[name], bins=30)\n    axis.set_title(name)",
    "try:\n    import ujson as json\nexcept ImportError:\n    import json\nsettings = json.load(open('settings.json'))",
    "remote = pd.read_parquet('s3://bucket/part.parquet')\nremote.to_excel('out.xlsx')",
    "class Net:\n    def __init__(self, width):\n        self.width = width\n\n    def __call__(self, x):\n        return [value * self.width for value in x]",
    "net = Net(3)\nresult = {key: net(value) for key, value in {'a': [1, 2], 'b': [3]}.items()}\nresult",
    "import os\ntoken = os.environ.get('TOKEN', '')\n!ls -la data",
)  # fmt: skip


def write_notebook(path: Path, cells: int, output_bytes: int = 0) -> None:
    """Write a notebook of ``cells`` code cells, with about ``output_bytes`` of outputs spread over them."""
    with path.open("w") as file:
        file.write(
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {"language_info": {"name": "python"}}, "cells": [\n'
        )
        for number, source in enumerate(islice(cycle(_SOURCES), cells)):
            file.write(",\n" if number else "")
            cell = {
                "cell_type": "code",
                "id": f"cell{number}",
                "metadata": {},
                "execution_count": number,
                # The name differs from cell to cell, or a cache by text would answer for all.
                "source": f"step_{number} = {number}\n{source}".splitlines(keepends=True)
                if not source.startswith("%")
                else source.splitlines(keepends=True),
                "outputs": list(_outputs(output_bytes // cells)),
            }
            file.write(json.dumps(cell))
        file.write("\n]}\n")


def _outputs(size: int) -> Iterator[dict[str, object]]:
    if size:
        # Half a picture in base64, half lines of text, as notebooks with large outputs have them.
        picture = "iVBORw0KGgoAAAANSUhEUgAA" * (size // 48)
        yield {
            "output_type": "display_data",
            "metadata": {},
            "data": {"image/png": picture, "text/plain": ["<Figure>"]},
        }
        lines = [f"epoch {number} loss 0.123456 accuracy 0.987654 seconds 12.345\n" for number in range(size // 140)]
        yield {"output_type": "stream", "name": "stdout", "text": lines}
