"""The rows that are asked for: different ones in turn, so that nobody gains by remembering an answer."""

from __future__ import annotations

import json

# The first is versicolor, class 1.
ROWS = tuple([round(6.1 - n / 50, 2), round(2.9 + n / 100, 2), round(4.7 - n / 20, 2), 1.4] for n in range(32))


def v2_bodies(name: str) -> tuple[str, ...]:
    """Return each row as a tensor of the Open Inference Protocol."""
    return tuple(
        json.dumps({"inputs": [{"name": name, "shape": [1, len(row)], "datatype": "FP64", "data": row}]})
        for row in ROWS
    )
