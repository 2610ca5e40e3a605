"""A job image's process: its parameters, where it runs, what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from runtime_process import PATIENCE_SECONDS, ROOT, write_app

from jupyter_containerize.runtime.errors import BadParameter
from jupyter_containerize.runtime.parameters import VARIABLE, read_parameters, read_value

SOURCE = """from __future__ import annotations
import json, os, pickle, neighbour
alpha = 0.5
name: str = "nobody"
items = [1, 2]
label = f"{name}-{alpha}"

class Row:
    x: Undefined = 1

if __name__ == "__main__":
    display(pickle.loads(pickle.dumps(Row())).x, alpha)
    get_ipython().run_line_magic("matplotlib", "inline")
    print(json.dumps({"alpha": alpha, "name": name, "items": items, "label": label, "here": os.getcwd()}))
    print(open("data/numbers.txt").read(), neighbour.Y)
    open("data/result.txt", "w").write("made")
    if name == "broken":
        raise ValueError("no such person")
    if name == "stop":
        raise SystemExit("enough")
    if name == "three":
        raise SystemExit(3)
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A job's folder, with a data file and a local module."""
    job = {"parameters": ["alpha", "name", "items"], "parameters_end": 5}
    folder = write_app(tmp_path / "app", SOURCE, job=job, endpoints=[])
    (folder / "data").mkdir()
    (folder / "data" / "numbers.txt").write_text("1 2 3", encoding="utf-8")
    (folder / "neighbour.py").write_text("Y = 7\n", encoding="utf-8")
    return folder


def run(app: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the job to its end, with its output below the application's folder's neighbour."""
    output = app.parent / "output"
    return subprocess.run(
        [sys.executable, "-m", "jupyter_containerize.runtime", *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "JUPYTER_CONTAINERIZE_APP": str(app),
            "JUPYTER_CONTAINERIZE_OUTPUT": str(output),
            # As in an image.
            "PYTHONDONTWRITEBYTECODE": "1",
            **(environment or {}),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_job__no_parameters__runs_as_the_notebook_did(app: Path) -> None:
    """The defaults are the notebook's; data is where it was; what is written stays in the output folder."""
    ran = run(app)
    assert (ran.returncode, ran.stderr) == (0, "")
    shown, alpha, said, data = ran.stdout.splitlines()
    assert (shown, alpha, data) == ("1", "0.5", "1 2 3 7")
    output = app.parent / "output"
    assert json.loads(said) == {
        "alpha": 0.5,
        "name": "nobody",
        "items": [1, 2],
        "label": "nobody-0.5",
        "here": str(output),
    }
    assert (output / "data" / "result.txt").read_text(encoding="utf-8") == "made"
    assert sorted(path.name for path in app.iterdir()) == ["data", "model.json", "neighbour.py", "serving.py", "state"]
    assert not (output / "serving.py").exists()


def test_job__parameters__replace_the_defaults_before_the_next_line(app: Path) -> None:
    """The command line goes before the environment, and a value is what papermill would make of it."""
    ran = run(
        app,
        "-p",
        "alpha",
        "-2",
        "-r",
        "name",
        "007",
        environment={VARIABLE: '{"items": [3], "name": "no", "alpha": 9}'},
    )
    assert ran.returncode == 0
    said = json.loads(ran.stdout.splitlines()[2])
    assert said["label"] == "007--2"
    assert (said["alpha"], said["name"], said["items"]) == (-2, "007", [3])


def test_job__no_output_folder__is_a_new_one(app: Path, tmp_path: Path) -> None:
    """Without a folder that was named it runs in one that nobody has."""
    ran = run(app, environment={"JUPYTER_CONTAINERIZE_OUTPUT": "", "TMPDIR": str(tmp_path)})
    here = Path(json.loads(ran.stdout.splitlines()[2])["here"])
    assert here.parent == tmp_path
    assert (here / "data" / "result.txt").exists()


def test_job__file_of_the_output_folder__goes_before_the_images(app: Path) -> None:
    """Who mounts a folder with another data file gets that one read."""
    folder = app.parent / "output" / "data"
    folder.mkdir(parents=True)
    (folder / "numbers.txt").write_text("4", encoding="utf-8")
    assert run(app).stdout.splitlines()[3] == "4 7"


class Ended(NamedTuple):
    """A job's arguments, its exit code, and what it says on standard error."""

    arguments: tuple[str, ...]
    code: int
    said: str


ENDED = {
    "raises": Ended(("-p", "name", "broken"), 1, "ValueError: no such person"),
    "says where": Ended(("-p", "name", "broken"), 1, 'serving.py", line 18, in <module>'),
    "stops with words": Ended(("-p", "name", "stop"), 1, "enough"),
    "stops with a code": Ended(("-p", "name", "three"), 3, ""),
    "unknown name": Ended(("-p", "beta", "1"), 2, "beta: no such parameter; there are alpha, name, items"),
    "unknown option": Ended(("--fast",), 2, "--fast: is no option"),
}


@pytest.mark.parametrize("ended", ENDED.values(), ids=ENDED)
def test_job__does_not_succeed__says_why_and_how(app: Path, ended: Ended) -> None:
    """The exit code tells a scheduler, standard error tells a person, without our own frames."""
    ran = run(app, *ended.arguments)
    assert ran.returncode == ended.code
    assert ended.said in ran.stderr
    assert "runtime" not in ran.stderr


def test_job__help__lists_the_parameters(app: Path) -> None:
    """Who has only the image can read what may be set."""
    ran = run(app, "--help")
    assert ran.returncode == 0
    assert "Run small.ipynb once." in ran.stdout
    assert "  alpha  0.5\n  name   'nobody'\n  items  [1, 2]\n" in ran.stdout


def test_job__code_is_no_python__cannot_start(app: Path) -> None:
    """A broken folder is a failure and no silence."""
    (app / "serving.py").write_text("alpha =\n", encoding="utf-8")
    ran = run(app)
    assert ran.returncode == 1
    assert "the job cannot start: SyntaxError" in ran.stderr


VALUES: dict[str, Any] = {
    "True": True,
    "false": False,
    "None": None,
    "null": None,
    "7": 7,
    "-7": -7,
    "1e-3": 0.001,
    "0.5": 0.5,
    "[1, 2": "[1, 2",
    "[1, 2]": [1, 2],
    '{"a": 1}': {"a": 1},
    '"a"': '"a"',
    "": "",
    "a b": "a b",
    "007x": "007x",
}


@pytest.mark.parametrize(("text", "value"), VALUES.items(), ids=VALUES)
def test_read_value__text__is_what_papermill_makes_of_it(text: str, value: Any) -> None:
    """Words, numbers and JSON are themselves, everything else is text."""
    read = read_value(text)
    assert (type(read), read) == (type(value), value)


def test_read_parameters__all_ways__the_nearest_goes_first() -> None:
    """The environment gives way to -y, and -y to -p and -r."""
    given = read_parameters(
        ["-r", "c", "1", "-y", '{"b": 2, "c": 2}', "-p", "d", "3"], {VARIABLE: '{"a": 0, "b": 0}'}, ["a", "b", "c", "d"]
    )
    assert given == {"a": 0, "b": 2, "c": "1", "d": 3}


BAD: dict[str, tuple[list[str], dict[str, str], str]] = {
    "no value": (["-p", "a"], {}, "wants a name and a value"),
    "no object": (["-y"], {}, "wants a JSON object"),
    "not json": (["-y", "a: 1"], {}, "wants a JSON object: "),
    "a list": (["-y", "[1]"], {}, "wants a JSON object with the parameters by name"),
    "environment": ([], {VARIABLE: "{"}, "wants a JSON object: "),
    "unknown": (["-p", "b", "1", "-p", "c", "1"], {}, "no such parameter; there are a"),
}


@pytest.mark.parametrize(("arguments", "environment", "expected"), BAD.values(), ids=BAD)
def test_read_parameters__bad__says_what_would_do(
    arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    """A parameter that cannot be meant is refused, not guessed."""
    with pytest.raises(BadParameter) as caught:
        read_parameters(arguments, environment, ["a"])
    assert caught.value.expected.startswith(expected)
