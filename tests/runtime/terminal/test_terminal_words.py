"""The words of an image beside serving: selftest, predict, and those that are no word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from runtime_process import ROOT, started
from terminal_words import Terminal, endpoint, environment, write_terminal_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of several functions."""
    return write_terminal_app(tmp_path_factory.mktemp("made") / "app")


@pytest.fixture
def say(app: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Says words to it."""
    return Terminal(app, capfd, monkeypatch)


class Predict(NamedTuple):
    """Words after ``predict``, what is on standard input, and what comes of it."""

    words: tuple[str, ...]
    given: str
    code: int
    out: str = ""
    err: str = ""


PREDICTIONS = {
    "first endpoint": Predict((), '{"x": 3}', 0, "6.0\n"),
    "by name": Predict(("--endpoint", "rows"), '{"rows": [[1, 2]]}', 0, "[3.0]\n"),
    "by route": Predict(("--endpoint", "/rows"), '{"rows": [[1, 2]]}', 0, "[3.0]\n"),
    "async": Predict(("--endpoint", "later"), '{"x": 1}', 0, "[1.0,1.0]\n"),
    "unicode": Predict((), '{"x": 3, "name": "Zoë 🦊"}', 0, "6.0\n"),
    "huge integer": Predict((), '{"x": 1, "y": 123456789012345678901234567890}', 0, "1.2345678901234568e+29\n"),
    "a cell": Predict(
        ("--endpoint", "post_say"), "hello", 0, '{"body": "hello", "args": {}, "path": {}, "headers": {}}\n'
    ),
    "no JSON": Predict((), "{", 2, "", "the input is not JSON"),
    "nothing": Predict((), "", 2, "", "the body is empty"),
    "NaN": Predict((), '{"x": NaN}', 2, "", "NaN is not JSON; use null"),
    "beyond floats": Predict((), '{"x": 1e999}', 2, "", "a number is too large"),
    "too many digits": Predict((), '{"x": ' + "9" * 500 + "}", 2, "", "x: expected number, got number 9999"),
    "deep": Predict((), '{"x": ' + "[" * 150 + "]" * 150 + "}", 2, "", "nested deeper than 100"),
    "does not fit": Predict((), '{"x": "a", "z": 1}', 2, "", 'x: expected number, got string "a"\nz: '),
    "no such endpoint": Predict(("--endpoint", "none"), "{}", 2, "", "none: not known; there is predict, rows"),
    "no such file": Predict(("/nowhere/a.json",), "", 2, "", "/nowhere/a.json: No such file"),
    "rows that a model refuses": Predict(
        ("--endpoint", "refused"), '{"x": 1}', 2, "", "the model does not take these rows: ValueError: 1"
    ),
    "raises": Predict((), '{"x": 13}', 1, "", "ValueError: unlucky"),
    "exits": Predict((), '{"x": 14}', 1, "", "SystemExit: 3"),
    "no JSON answer": Predict(("--endpoint", "bad"), '{"x": 13}', 1, "", "the answer has no JSON: answer: object"),
}


@pytest.mark.parametrize("case", PREDICTIONS.values(), ids=PREDICTIONS)
def test_predict__one_request__answers_or_says_why_not(say: Terminal, case: Predict) -> None:
    """The answer alone is on standard output; 2 is the caller's mistake and 1 the function's."""
    said = say("predict", *case.words, given=case.given.encode())
    assert (said.code, said.out) == (case.code, case.out)
    assert case.err in said.err


def test_predict__function_raised__shows_its_own_lines_alone(say: Terminal) -> None:
    """The traceback begins in the notebook's code."""
    said = say("predict", given=b'{"x": 13}')
    assert "serving.py" in said.err
    assert "single.py" not in said.err


def test_predict__from_file__reads_it(say: Terminal, tmp_path: Path) -> None:
    """A file does as well as standard input."""
    request = tmp_path / "request.json"
    request.write_text('{"x": 1, "y": 1}')
    assert say("predict", str(request)).out == "1.0\n"


def test_selftest__answers_are_the_notebooks__is_zero(say: Terminal) -> None:
    """Each endpoint with an example is asked; what was asked, expected and got is told."""
    said = say("selftest")
    assert said.code == 0
    assert [line.split()[:2] for line in said.out.splitlines() if line[:1] != " "] == [
        ["ok", "predict"],
        ["ok", "rows"],
        ["ok", "named"],
        ["ok", "total"],
    ]
    assert '  asked     {"x": 2.0}\n  expected  4.0\n  got       4.0\n' in said.out


OUTCOMES = {
    "nearly": ({"request": {"x": 2.0}, "response": 4.0000001}, (0, "ok  predict")),
    "differs": ({"request": {"x": 2.0}, "response": 5.0}, (1, "DIFFERS  predict")),
    "raises": ({"request": {"x": 13.0}, "response": 5.0}, (1, "FAILED  predict")),
    "does not fit": ({"request": {"z": 2.0}, "response": 5.0}, (1, "FAILED  predict")),
    "no example": (None, (0, "no example to ask")),
}


@pytest.mark.parametrize(("example", "came"), OUTCOMES.values(), ids=OUTCOMES)
def test_selftest__an_example__says_what_came_of_it(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    example: object,
    came: tuple[int, str],
) -> None:
    """1 for another answer and for an error, 0 else."""
    app = write_terminal_app(tmp_path / "app", endpoint("predict", example=example))
    said = Terminal(app, capfd, monkeypatch)("selftest")
    code, words = came
    assert said.code == code
    assert words in said.out


WORDS = {
    "unknown": (("bogus",), 2, "bogus: not known; there is serve, selftest, predict, batch"),
    "an option of nobody": (("--bogus",), 2, "--bogus: not known"),
    "serve with more": (("serve", "--more"), 2, "unrecognized arguments: --more"),
    "batch without files": (("batch",), 2, "IN, OUT"),
    "help": (("--help",), 0, "selftest"),
    "help of a word": (("batch", "--help"), 0, "--errors"),
    "version": (("--version",), 0, "predict, rows, named, total, later, bad, refused, post_say of small.ipynb"),
}


@pytest.mark.parametrize(("words", "code", "text"), WORDS.values(), ids=WORDS)
def test_words__said__do_what_they_are(say: Terminal, words: tuple[str, ...], code: int, text: str) -> None:
    """Words that are none end with 2 and the list of those that are."""
    said = say(*words)
    assert said.code == code
    assert text in said.out + said.err


def test_words__nothing_can_be_loaded__is_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is none is said in a line."""
    said = Terminal(tmp_path, capfd, monkeypatch)("selftest")
    assert said.code == 1
    assert said.err.startswith("cannot load model.json: ")


def test_serve__the_word__serves(app: Path) -> None:
    """What SageMaker says to a container, and what nobody says, are the same."""
    command = [sys.executable, "-m", "jupyter_containerize.runtime", "serve"]
    with started(app, command=command) as running:
        assert running.predict({"x": 2}) == (200, 4.0)


def test_process__selftest__is_told_as_exit_code(app: Path) -> None:
    """The image's own entry point takes words, and a server imports nothing of them."""
    command = [sys.executable, "-m", "jupyter_containerize.runtime"]
    done = subprocess.run(
        [*command, "predict"],
        cwd=ROOT,
        env=environment(app),
        input=b'{"x": 1, "name": "a"}',
        capture_output=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, 2.0)
    assert b"a word of the notebook's own" in done.stderr
    code = "import sys, jupyter_containerize.runtime.server; print([x for x in sys.modules if 'terminal' in x])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert found.stdout.strip() == b"[]"
