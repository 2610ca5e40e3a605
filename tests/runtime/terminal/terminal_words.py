"""The words of an image, said in this process, and an application folder for them."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from runtime_process import write_app

from jupyter_containerize.runtime.terminal.words import run

SOURCE = '''
from __future__ import annotations

import sys
from dataclasses import dataclass


def predict(x: float, y: int = 2, name: str = "") -> float:
    """Multiply."""
    if name:
        print("a word of the notebook's own")
    if x == 13:
        raise ValueError("unlucky")
    if x == 14:
        sys.exit(3)
    return x * y


def rows(rows: list[list[float]]) -> list[float]:
    if any(row[0] == 13 for row in rows):
        raise ValueError("unlucky")
    return [sum(row) for row in rows]


def named(rows: list[dict[str, float]]) -> dict:
    return {"predictions": [row["a"] for row in rows], "more": [{"b": row["a"] / 2, "c": "x"} for row in rows]}


def total(rows: list[list[float]]) -> float:
    return sum(row[0] for row in rows)


async def later(x: float) -> list[float]:
    return [x, x]


def bad(x: float) -> object:
    return object()


def refused(x: int) -> object:
    # What a predict that is made for a model raises.
    from jupyter_containerize.runtime.errors import RowsNotTaken

    raise RowsNotTaken(ValueError(x))


def post_say(REQUEST: str) -> str:
    return REQUEST
'''
NAMED = {"request": {"rows": [{"a": 1.0}]}, "response": {"predictions": [1.0], "more": [{"b": 0.5, "c": "x"}]}}


class Said(NamedTuple):
    """What came of some words."""

    code: int
    out: str
    err: str


def endpoint(symbol: str, **more: object) -> dict[str, object]:
    """Return an entry of model.json."""
    plain = {"symbol": symbol, "kind": "function", "route": f"/{symbol}", "method": "POST", "example": None}
    return plain | more


def write_terminal_app(folder: Path, *endpoints: dict[str, object], source: str = SOURCE) -> Path:
    """Write a folder of several functions, or of those that are given."""
    every = [
        endpoint("predict", example={"request": {"x": 2.0}, "response": 4.0}),
        endpoint("rows", example={"request": {"rows": [[1.0, 2.0]]}, "response": [3.0]}),
        endpoint("named", example=NAMED),
        endpoint("total", example={"request": {"rows": [[1.0]]}, "response": 1.0}),
        endpoint("later"),
        endpoint("bad"),
        endpoint("refused"),
        endpoint("post_say", kind="cell"),
    ]
    return write_app(folder, source, endpoints=list(endpoints) or every)


class Terminal:
    """Says words to one application folder."""

    def __init__(self, app: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._app, self._capture, self._patch = app, capture, patch

    def __call__(self, *words: str, given: bytes = b"") -> Said:
        """Say the words, with ``given`` on standard input."""
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        before = signal.getsignal(signal.SIGTERM)
        path = list(sys.path)
        try:
            code = run(self._app, words)
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            signal.signal(signal.SIGTERM, before)
            sys.path[:] = path
        out, err = self._capture.readouterr()
        return Said(code, out, err)


def environment(app: Path) -> dict[str, str]:
    """Return the environment of a process that says words."""
    return {"PATH": os.environ["PATH"], "JUPYTER_CONTAINERIZE_APP": str(app)}
