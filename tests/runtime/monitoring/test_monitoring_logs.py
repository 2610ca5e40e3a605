"""One line for each request, and where in the notebook an error comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from runtime_process import started, write_app

from jupyter_containerize.runtime import logs
from jupyter_containerize.runtime.http.messages import Answer, Request

SOURCE = """# cell 4
import math


# cell 7
def half(x):
    if x < 0:
        raise ValueError("negative")
    return x / 2


# cell 9
def predict(x: float) -> float:
    return half(x)
"""
LINES = [[2, 4, 1], [6, 7, 3], [13, 9, 1]]
TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose function raises for negative numbers."""
    return write_app(tmp_path_factory.mktemp("made") / "app", SOURCE, lines=LINES)


def test_log__a_failed_call__names_the_cell(app: Path) -> None:
    """The innermost line of the notebook's is told by its cell; the client is told nothing of it."""
    with started(app) as server:
        status, answer = server.predict({"x": -1})
        line = server.wait_for("call failed")
    assert status == 500
    assert (line["cell"], line["cell_line"]) == (7, 5)
    assert line["request_id"] == answer["request_id"]
    assert not {"traceback", "error", "cell"} & set(answer)


def test_log__somebody_debugs__the_client_is_told_too(app: Path) -> None:
    """Only then."""
    with started(app, {"JUPYTER_CONTAINERIZE_DEBUG": "1"}) as server:
        _, answer = server.predict({"x": -1})
    assert (answer["error"], answer["cell"], answer["cell_line"]) == ("ValueError: negative", 7, 5)
    assert "serving.py" in answer["traceback"]
    assert "work.py" not in answer["traceback"]


MODES: dict[str, list[int]] = {"all": [200, 500, 404], "problems": [500, 404], "off": []}


@pytest.mark.parametrize("mode", MODES)
def test_log__mode__says_which_requests_have_a_line(app: Path, mode: str) -> None:
    """Every line is written before the process ends, in the order of the requests."""
    with started(app, {"JUPYTER_CONTAINERIZE_LOG": mode}) as server:
        server.predict({"x": 1})
        server.predict({"x": -1})
        server.ask("GET", "/nowhere")
        server.terminate()
        assert server.exit_code() == 0
    assert [line["status"] for line in server.events("request")] == MODES[mode]


def test_log__a_request_of_a_trace__has_its_id(app: Path) -> None:
    """What the caller's trace is called is in the line; what is no trace is not."""
    with started(app) as server:
        server.ask("GET", "/health/live", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})
        server.ask("GET", "/health/live", headers={"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"})
        first, second = server.wait_for("request"), server.wait_for("request")
    assert first["trace_id"] == TRACE
    assert "trace_id" not in second


PATHS = {
    "plain": "/predict",
    "quotes": '/a"b\\c',
    "line break": "/a\nb",
    "beyond ASCII": "/größe/☃",
    "half a pair": "/\ud800",
    "long": "/" + "a" * 500,
}


@pytest.mark.parametrize("case", PATHS, ids=str)
def test_line__any_path__is_json(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A caller cannot break the line; a long path is cut."""
    lines = logs.Lines()
    request, answer = Request("GET", PATHS[case], "", (), b"in"), Answer(200, b"out!")
    lines.request(request, answer, 0.0123456, "")
    lines.flush()
    (text,) = capsys.readouterr().out.splitlines()
    line: dict[str, Any] = json.loads(text)
    assert text.isascii()
    assert line["path"] == PATHS[case][:200]
    assert (line["status"], line["bytes_in"], line["bytes_out"], line["milliseconds"]) == (200, 2, 4, 12.346)
    assert line["request_id"] == request.request_id
    assert list(line)[:3] == ["time", "level", "event"]


def test_lines__more_than_a_pipe_takes_at_once__are_written_in_pieces_of_whole_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lines of several processes do not mix: no piece is larger than what is written in one."""
    written: list[str] = []

    class Pipe:
        def write(self, text: str) -> None:
            written.append(text)

        def flush(self) -> None:
            pass

    monkeypatch.setattr(logs.sys, "stdout", Pipe())
    lines = logs.Lines()
    lines._due = float("inf")
    for number in range(100):
        lines.request(Request("GET", f"/{number}"), Answer(200, b""), 0.001, "")
    lines.flush()
    assert all(len(piece) <= 4096 and piece.endswith("\n") for piece in written)
    assert [json.loads(line)["path"] for line in "".join(written).splitlines()] == [f"/{n}" for n in range(100)]
