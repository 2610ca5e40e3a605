"""Which cell of the notebook an error comes from.

``model.json`` says which line of ``serving.py`` which cell begins at: ``lines`` is a list of
[first line, cell, its line in the cell].
"""

from __future__ import annotations

import json
import traceback
from bisect import bisect_right
from pathlib import Path
from typing import Any

_SERVING = "serving.py"


def blame(error: BaseException | None, app: Path) -> dict[str, Any]:
    """Return ``cell`` and ``cell_line`` of the innermost line of the notebook's that an error went through.

    Nothing where no line is the notebook's, or nobody knows whose it is.
    """
    line = _line(error, app)
    return {} if line is None else _place(line, app)


def shown(error: BaseException | None, app: Path) -> dict[str, Any]:
    """Return what somebody who debugs is told: the error, its traceback without our own frames, and the cell."""
    if error is None:
        return {}
    own = str(Path(__file__).parents[1])
    first = error.__traceback__
    while first is not None and first.tb_next is not None and first.tb_frame.f_code.co_filename.startswith(own):
        first = first.tb_next
    said = traceback.format_exception(type(error), error, first)
    words = "".join(traceback.format_exception_only(type(error), error)).strip()
    return {"error": words, "traceback": "".join(said), **blame(error, app)}


def _line(error: BaseException | None, app: Path) -> int | None:
    path = str(app / _SERVING)
    while error is not None:
        lines = [number for frame, number in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == path]
        if lines:
            return lines[-1]
        error = error.__cause__ or error.__context__
    return None


def _place(line: int, app: Path) -> dict[str, Any]:
    try:
        table = json.loads((app / "model.json").read_bytes()).get("lines") or []
    except (OSError, ValueError):
        return {}
    at = bisect_right([row[0] for row in table], line) - 1
    if at < 0:
        return {}
    first, cell, cell_line = table[at]
    return {"cell": cell, "cell_line": cell_line + line - first}
