"""Files of rows: each with its prediction, in order, and nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from runtime_process import PATIENCE_SECONDS, ROOT
from terminal_words import Terminal, endpoint, environment, write_terminal_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of several functions."""
    return write_terminal_app(tmp_path_factory.mktemp("made") / "app")


@pytest.fixture
def say(app: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Says words to it."""
    return Terminal(app, capfd, monkeypatch)


class Batch(NamedTuple):
    """Words after ``batch - -``, the rows, and what comes of them. ``err`` is part of standard error."""

    words: str
    given: str
    code: int
    out: str = ""
    err: str = ""


CSV = "--format csv"
LINES = "--format jsonl"
BATCHES = {
    "one call for each row": Batch(CSV, "x,y\n1,2\n3,4\n", 0, "x,y,prediction\n1,2,2.0\n3,4,12.0\n", "2 rows in"),
    "columns of nobody stay": Batch(CSV, "id,x\na,1\nb,2\n", 0, "id,x,prediction\na,1,2.0\nb,2,4.0\n"),
    "text as it was": Batch(CSV, 'x,note\n1.50,"a, ""b"""\n', 0, 'x,note,prediction\n1.50,"a, ""b""",3.0\n'),
    "byte order mark": Batch(CSV, "\ufeffx\n1\n", 0, "x,prediction\n1,2.0\n"),
    "lines of Windows": Batch(CSV, "x\r\n1\r\n", 0, "x,prediction\n1,2.0\n"),
    "unicode": Batch(CSV, "x,name\n1,Zoë 🦊\n", 0, "x,name,prediction\n1,Zoë 🦊,2.0\n"),
    "an empty cell is left out": Batch(CSV, "x,y\n1,\n", 0, "x,y,prediction\n1,,2.0\n"),
    "no row": Batch(CSV, "x,y\n", 0, "x,y,prediction\n"),
    "tabs": Batch(CSV + " --delimiter \\t", "x\ty\n1\t2\n", 0, "x\ty\tprediction\n1\t2\t2.0\n"),
    "a column is taken": Batch(CSV, "x,prediction\n1,2\n", 0, "x,prediction,prediction_2\n1,2,2.0\n"),
    "arrays by place": Batch(CSV + " --endpoint rows", "a,b\n1,2\n3,4\n", 0, "a,b,prediction\n1,2,3.0\n3,4,7.0\n"),
    "chosen columns": Batch(
        CSV + " --endpoint rows --columns b", "a,b\nk,2\nl,4\n", 0, "a,b,prediction\nk,2,2.0\nl,4,4.0\n"
    ),
    "no header": Batch(CSV + " --endpoint rows --no-header", "1,2\n3,4\n", 0, "1,2,3.0\n3,4,7.0\n"),
    "objects in the answer": Batch(
        CSV + " --endpoint named", "a\n1\n3\n", 0, "a,prediction,more.b,more.c\n1,1.0,0.5,x\n3,3.0,1.5,x\n"
    ),
    "async": Batch(CSV + " --endpoint later", "x\n1\n", 0, 'x,prediction\n1,"[1.0, 1.0]"\n'),
    "smaller chunks": Batch(
        CSV + " --endpoint rows --chunk 1", "a\n1\n2\n3\n", 0, "a,prediction\n1,1.0\n2,2.0\n3,3.0\n"
    ),
    "JSON Lines": Batch(
        LINES, '{"x": 1, "id": [1]}\n\n{"x": 2}\n', 0, '{"x":1,"id":[1],"prediction":2.0}\n{"x":2,"prediction":4.0}\n'
    ),
    "lines that are arrays": Batch(
        LINES + " --endpoint rows",
        "[1, 2]\n[3, 4]",
        0,
        '{"input":[1,2],"prediction":3.0}\n{"input":[3,4],"prediction":7.0}\n',
    ),
    "an object in a line": Batch(
        LINES + " --endpoint named", '{"a": 1}\n', 0, '{"a":1,"prediction":1.0,"more":{"b":0.5,"c":"x"}}\n'
    ),
    "from one to the other": Batch(CSV + " --to jsonl", "x,y\n1,2\n", 0, '{"x":1,"y":2,"prediction":2.0}\n'),
    "wrong row fails": Batch(CSV, "x\n1\nb\n", 1, "", 'row 2: x: expected number, got string "b"'),
    "wrong row is left out": Batch(
        CSV + " --errors skip", "x\n1\nb\n3\n", 0, "x,prediction\n1,2.0\n3,6.0\n", "3 rows in"
    ),
    "wrong row is marked": Batch(
        CSV + " --errors mark",
        "x\n1\nb\n",
        0,
        'x,prediction,error\n1,2.0,\nb,,"x: expected number, got string ""b"""\n',
    ),
    "only wrong rows": Batch(CSV + " --errors skip", "x\nb\n", 0, "x,prediction\n", "1 of them left out"),
    "first row is wrong": Batch(
        CSV + " --endpoint named --errors mark",
        "a\nz\n1\n",
        0,
        'a,prediction,more.b,more.c,error\nz,,,,"a: expected number, got string ""z"""\n1,1.0,0.5,x,\n',
    ),
    "one of a table": Batch(
        CSV + " --endpoint rows --errors mark",
        "a\n1\nb\n13\n2\n",
        0,
        'a,prediction,error\n1,1.0,\nb,,"a: expected number, got string ""b"""\n13,,ValueError: unlucky\n2,2.0,\n',
    ),
    "too few cells": Batch(
        CSV + " --errors skip", "x,y\n1\n2,3\n", 0, "x,y,prediction\n2,3,6.0\n", "row 1: has 1 cells"
    ),
    "the function raises": Batch(CSV, "x\n1\n13\n", 1, "", "row 2: ValueError: unlucky"),
    "the function exits": Batch(
        CSV + " --errors skip", "x\n14\n2\n", 0, "x,prediction\n2,4.0\n", "row 1: SystemExit: 3"
    ),
    "a line that is no JSON": Batch(
        LINES + " --errors mark",
        '{"x": 1}\n{"x": NaN}\n',
        0,
        '{"x":1,"prediction":2.0,"error":null}\n'
        '{"input":"{\\"x\\": NaN}","prediction":null,"error":"is not JSON: NaN is not JSON; use null"}\n',
    ),
    "not one answer for each row": Batch(
        CSV + " --endpoint total", "a\n1\n2\n", 1, "", "total does not answer with one prediction"
    ),
    "a column is missing": Batch(CSV, "z\n1\n", 2, "", "there is no column x; there is z"),
    "a chosen column is missing": Batch(CSV + " --columns q", "x\n1\n", 2, "", "there is no column q; there is x"),
    "a column is there twice": Batch(CSV, "x,x\n1,2\n", 2, "", "two columns are called 'x'"),
    "nothing at all": Batch(CSV, "", 2, "", "the file is empty"),
    "a quote without an end": Batch(CSV, 'x\n"1\n', 2, "", "unexpected end of data"),
    "no format": Batch("", "x\n1\n", 2, "", "which format?"),
    "no such endpoint": Batch(CSV + " --endpoint none", "x\n1\n", 2, "", "none: not known"),
    "no delimiter": Batch(CSV + " --delimiter ab", "x\n1\n", 2, "", "takes one character"),
    "no number of rows": Batch(CSV + " --chunk 0", "x\n1\n", 2, "", "a whole number above 0"),
}


@pytest.mark.parametrize("case", BATCHES.values(), ids=BATCHES)
def test_batch__rows__come_out_with_their_predictions(say: Terminal, case: Batch) -> None:
    """Whatever is printed by the function goes elsewhere."""
    said = say("batch", "-", "-", *case.words.split(), given=case.given.encode())
    if case.code == 0:
        assert said.out == case.out
    assert said.code == case.code, said.err
    assert case.err in said.err


def test_batch__bytes_that_are_no_utf8__cost_their_row_alone(
    app: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is told, and goes out as it came."""
    terminal = Terminal(app, capfdbinary, monkeypatch)  # type: ignore[arg-type]
    said = terminal("batch", "-", "-", "--format", "csv", "--errors", "mark", given=b"x,name\n1,caf\xe9\n2,b\n")
    assert said.out == b"x,name,prediction,error\n1,caf\xe9,,name: is not UTF-8\n2,b,4.0,\n"  # type: ignore[comparison-overlap]


def test_batch__target_is_a_file__has_its_name_only_when_complete(say: Terminal, tmp_path: Path) -> None:
    """An earlier file of that name stays if the new one fails."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    target.write_text("earlier")
    source.write_text("x\n1\nb\n")
    assert say("batch", str(source), str(target)).code == 1
    assert target.read_text() == "earlier"
    source.write_text("x\n1\n")
    assert say("batch", str(source), str(target)).code == 0
    assert target.read_text() == "x,prediction\n1,2.0\n"
    assert sorted(tmp_path.iterdir()) == [source, target]
    assert target.stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    found = os.umask(0o022)
    os.umask(found)
    return found


PLACES = {
    "source is not there": (("none.csv", "out.csv"), 2, "none.csv: No such file"),
    "source is a folder": ((".", "out.csv"), 2, "Is a directory"),
    "target's folder is not there": (("in.csv", "none/out.csv"), 1, "cannot write to"),
}


@pytest.mark.parametrize(("files", "code", "words"), PLACES.values(), ids=PLACES)
def test_batch__a_place_that_is_none__is_said(
    say: Terminal, tmp_path: Path, files: tuple[str, str], code: int, words: str
) -> None:
    """2 for the source, 1 for the target."""
    (tmp_path / "in.csv").write_text("x\n1\n")
    said = say("batch", *(str(tmp_path / name) for name in files), "--format", "csv")
    assert said.code == code
    assert words in said.err


SLOW = """
import pathlib, time

def predict(x: float) -> float:
    pathlib.Path({marker!r}).touch()
    time.sleep(0.05)
    return x
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_batch__told_to_stop__leaves_nothing_half_written(tmp_path: Path, number: signal.Signals) -> None:
    """No file of that name, and none beside it."""
    marker, out = tmp_path / "called", tmp_path / "out"
    out.mkdir()
    app = write_terminal_app(tmp_path / "app", endpoint("predict"), source=SLOW.format(marker=str(marker)))
    source = tmp_path / "in.csv"
    source.write_text("x\n" + "1\n" * 100_000)
    command = [sys.executable, "-m", "jupyter_containerize.runtime", "batch", str(source), str(out / "out.csv")]
    with subprocess.Popen(
        [*command, "--chunk", "5"], cwd=ROOT, env=environment(app), stderr=subprocess.PIPE
    ) as running:
        until = time.monotonic() + PATIENCE_SECONDS
        while not marker.exists() and time.monotonic() < until:
            time.sleep(0.01)
        running.send_signal(number)
        running.communicate(timeout=PATIENCE_SECONDS)
    assert running.returncode == 128 + number
    assert list(out.iterdir()) == []


def test_batch__reader_goes_away__ends_without_a_complaint(app: Path) -> None:
    """As with ``head``."""
    command = [sys.executable, "-m", "jupyter_containerize.runtime", "batch", "-", "-", "--format", "csv"]
    rows = b"x\n" + b"1\n" * 50_000
    with subprocess.Popen(
        [*command, "--endpoint", "rows"],
        cwd=ROOT,
        env=environment(app),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        running.stdout.close()
        try:
            running.stdin.write(rows)
            running.stdin.close()
        except BrokenPipeError:
            pass
        assert running.stderr is not None
        complaints = running.stderr.read()
        running.wait(timeout=PATIENCE_SECONDS)
    assert b"Traceback" not in complaints
    assert running.returncode == 1
