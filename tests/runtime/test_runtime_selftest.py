"""The notebook's example, asked before the server is ready."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from runtime_process import started, write_app

from jupyter_containerize.lifecycle import prove
from jupyter_containerize.runtime.selftest import same_answer

SOURCE = """
from __future__ import annotations

import asyncio
import pathlib

CALLS = []
LOOP = []


def predict(x: float) -> float:
    CALLS.append(x)
    if x == 13:
        raise ValueError("unlucky")
    return x * 2


def calls() -> list:
    return CALLS


async def same_loop(x: float) -> bool:
    LOOP.append(asyncio.get_running_loop())
    return all(loop is LOOP[0] for loop in LOOP)
"""


def _example(x: float, response: object) -> dict[str, object]:
    return {"request": {"x": x}, "response": response}


class Start(NamedTuple):
    """An example, the setting, and what comes of it: the word in /schema, or None for no start."""

    example: object
    setting: str
    outcome: str | None


STARTS = {
    "the notebook's answer": Start(_example(2, 4.0), "", "passed"),
    "nearly": Start(_example(2, 4.000001), "require", "passed"),
    "another answer": Start(_example(2, 5.0), "", "differs"),
    "another answer, strictly": Start(_example(2, 5.0), "require", None),
    "an error": Start(_example(13, 5.0), "", None),
    "an error, leniently": Start(_example(13, 5.0), "warn", "failed"),
    "an error that nobody asks for": Start(_example(13, 5.0), "off", "none"),
    "does not fit": Start({"request": {"y": 1}, "response": 5.0}, "", None),
    "no example": Start(None, "require", "none"),
}


@pytest.mark.parametrize("case", STARTS.values(), ids=STARTS)
def test_start__an_example__decides_whether_it_is_ready(tmp_path: Path, case: Start) -> None:
    """By default an error keeps the server from starting, and another answer is told."""
    app = write_app(tmp_path / "app", SOURCE, example=case.example)
    environment = {"JUPYTER_CONTAINERIZE_SELFTEST": case.setting}
    with started(app, environment, until="listening") as running:
        if case.outcome is None:
            line = running.wait_for("load failed")
            assert line["part"] == "the example of predict"
            assert "expected 5.0, got " in line["reason"]
            assert running.exit_code() == 1
            return
        running.wait_for("ready")
        assert running.ask("GET", "/schema")[2]["selftest"] == case.outcome
        assert bool(running.events("self-test differs")) is (case.outcome in {"differs", "failed"})


def test_start__several_endpoints__each_is_asked_once(tmp_path: Path) -> None:
    """What is called is warm, and nothing is called twice; an async function keeps the loop that it will have."""
    plain = {"kind": "function", "method": "POST"}
    endpoints = [
        {**plain, "symbol": "predict", "route": "/predict", "example": _example(2, 4.0)},
        {**plain, "symbol": "same_loop", "route": "/loop", "example": {"request": {"x": 1}, "response": True}},
        {**plain, "symbol": "calls", "route": "/calls", "method": "GET", "example": None},
    ]
    with started(write_app(tmp_path / "app", SOURCE, endpoints=endpoints)) as running:
        assert running.ask("GET", "/calls")[2] == [2.0]
        answer = running.ask("POST", "/loop", b'{"x": 1}', {"content-type": "application/json"})
        assert answer[2] is True


def test_setting__not_a_word__ends_with_two(tmp_path: Path) -> None:
    """A word that is none is no default."""
    app = write_app(tmp_path / "app", SOURCE)
    with started(app, {"JUPYTER_CONTAINERIZE_SELFTEST": "maybe"}, until=None) as running:
        line = running.wait_for("bad setting")
        assert line["expected"] == "one of off, warn, errors, require"
        assert running.exit_code() == 2


ANSWERS = {
    "numbers": (1.0, 1.0000001, True),
    "numbers that differ": (1.0, 1.001, False),
    "whole and not": (1, 1.0, True),
    "true is no one": (True, 1, False),
    "beyond floats": (10**400, 10**400 + 1, False),
    "beside a float": (10**400, 1.0, False),
    "texts": ("a", "a", True),
    "a text and a list": ("ab", ["a", "b"], False),
    "lists": ([1.0, [2.0]], [1.0, [2.0000001]], True),
    "longer": ([1], [1, 2], False),
    "objects": ({"a": 1.0}, {"a": 1.0}, True),
    "other names": ({"a": 1.0}, {"b": 1.0}, False),
    "nothing": (None, None, True),
    "nothing and zero": (None, 0, False),
}


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
def test_same_answer__two_answers__as_the_build_compares(case: tuple[object, object, bool]) -> None:
    """The image compares as the build does, which alone may raise for what no float holds."""
    expected, actual, is_same = case
    assert same_answer(expected, actual) is is_same
    if not isinstance(expected, int) or expected < 10**300:
        assert prove.same_answer(expected, actual) is is_same  # type: ignore[arg-type]
