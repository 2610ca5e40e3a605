"""The nbconvert exporter, with a worker that writes an archive of its own."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert.utils.exceptions import ConversionException
from traitlets import TraitError

from jupyter_containerize.exporter import NotExported, ServingImageExporter

# Writes what it was asked for in place of an image, or fails, or dies, as the notebook's text says.
WORKER = """
import json, os, sys
from pathlib import Path
request = json.loads(sys.stdin.readline())
notebook = Path(request["notebook"])
def say(**event): print(json.dumps(event), flush=True)
say(event="phase_started", phase="detect")
say(event="log_line", text="reading", level="warning")
if "fail" in notebook.read_text():
    problem = {"code": "JC-X-01", "title": "It broke", "saw": "a crack", "todo": "Mend it.", "details": "",
               "location": "iris.ipynb[3]:7", "exit_code": 2}
    say(event="build_failed", problem=problem)
    sys.exit(1)
if "die" in notebook.read_text():
    os.abort()
asked = {"notebook": str(notebook), "beside": sorted(os.listdir(notebook.parent)), "tag": request["tag"]}
asked |= {"state": request["state"]} if request["state"] else {}
Path(request["destination"].removeprefix("archive:")).write_bytes(b"tar:" + json.dumps(asked).encode())
say(event="build_done", report={})
"""


def _asked(output: bytes) -> dict[str, Any]:

    return dict(json.loads(output.removeprefix(b"tar:")))


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> ServingImageExporter:
    """Provide an exporter with the worker above."""
    monkeypatch.setattr(ServingImageExporter, "worker_command", (sys.executable, "-c", WORKER))
    return ServingImageExporter(tag="iris:1")


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """Save a notebook with a data file beside it."""
    (tmp_path / "data.csv").touch()
    file = tmp_path / "iris.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", id="c1")]), file)
    return file


def test_from_filename__saved_notebook__archive_built_beside_its_data(
    exporter: ServingImageExporter, notebook: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The notebook is built where it lies; the output is bytes; the build's lines are logged."""
    with caplog.at_level(logging.INFO):
        output, resources = exporter.from_filename(str(notebook))
    assert _asked(output) == {"notebook": str(notebook), "beside": ["data.csv", "iris.ipynb"], "tag": "iris:1"}
    assert resources["output_extension"] == ".tar"
    assert (resources["metadata"]["name"], resources["metadata"]["path"]) == ("iris", str(notebook.parent))
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "detect"),
        ("WARNING", "reading"),
    ]


def test_from_notebook_node__as_jupyter_server_calls_it__the_file_itself(
    exporter: ServingImageExporter, notebook: Path
) -> None:
    """Where the resources say which file it is, that file is built."""
    node = nbformat.read(notebook, as_version=4)
    metadata = {"name": "iris", "path": str(notebook.parent)}
    output, _ = exporter.from_notebook_node(node, resources={"metadata": metadata})
    assert _asked(output)["notebook"] == str(notebook)


def test_from_notebook_node__only_in_memory__a_copy_under_its_name(
    exporter: ServingImageExporter, notebook: Path
) -> None:
    """A notebook without a file is built from a copy that has nothing beside it and goes afterwards."""
    node = nbformat.read(notebook, as_version=4)
    output, _ = exporter.from_notebook_node(node, resources={"metadata": {"name": "../my iris"}})
    asked = _asked(output)
    assert asked["beside"] == ["my iris.ipynb"]
    assert not Path(asked["notebook"]).exists()


def test_from_file__stream__built(exporter: ServingImageExporter, notebook: Path) -> None:
    """What comes from a stream is built, too."""
    output, _ = exporter.from_file(io.StringIO(notebook.read_text(encoding="utf-8")))
    assert _asked(output)["beside"] == ["Notebook.ipynb"]


def test_from_filename__build_fails__the_problem_in_words(exporter: ServingImageExporter, tmp_path: Path) -> None:
    """A failed build is a ConversionException whose text has the problem's parts, one a line."""
    (tmp_path / "bad.ipynb").write_text("fail", encoding="utf-8")
    with pytest.raises(ConversionException) as caught:
        exporter.from_filename(str(tmp_path / "bad.ipynb"))
    assert str(caught.value).splitlines() == ["It broke", "iris.ipynb[3]:7", "a crack", "Mend it."]


def test_from_filename__worker_dies__told_with_the_signal(exporter: ServingImageExporter, tmp_path: Path) -> None:
    """A worker that dies gives a problem, not silence."""
    (tmp_path / "bad.ipynb").write_text("die", encoding="utf-8")
    with pytest.raises(NotExported, match="SIGABRT"):
        exporter.from_filename(str(tmp_path / "bad.ipynb"))


NBCONVERT = """
import sys
from nbconvert.nbconvertapp import main
from jupyter_containerize.exporter import ServingImageExporter
ServingImageExporter.worker_command = (sys.executable, "-c", sys.argv.pop(1))
main()
"""


def _nbconvert(file: Path) -> subprocess.CompletedProcess[str]:
    target = "jupyter_containerize.exporter.ServingImageExporter"  # as the entry point names it
    command = [sys.executable, "-c", NBCONVERT, WORKER, "--to", target, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def test_nbconvert__notebook__tar_beside_it(notebook: Path) -> None:
    """``jupyter nbconvert --to ...`` writes the archive's bytes beside the notebook."""
    result = _nbconvert(notebook)
    assert result.returncode == 0, result.stderr
    assert notebook.with_suffix(".tar").read_bytes().startswith(b"tar:")


def test_nbconvert__build_fails__words_and_no_stack_trace(tmp_path: Path) -> None:
    """The terminal shows what happened and what to do, exit code 1, and no .tar."""
    (tmp_path / "bad.ipynb").write_text("fail", encoding="utf-8")
    result = _nbconvert(tmp_path / "bad.ipynb")
    assert result.returncode == 1
    assert "It broke\niris.ipynb[3]:7\na crack\nMend it.\n" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "bad.tar").exists()


def test_from_filename__configured_state__is_asked_for(monkeypatch: pytest.MonkeyPatch, notebook: Path) -> None:
    """Where the objects come from can be configured; a running kernel cannot be, because an export knows none."""
    monkeypatch.setattr(ServingImageExporter, "worker_command", (sys.executable, "-c", WORKER))
    output, _ = ServingImageExporter(state="startup").from_filename(str(notebook))
    assert _asked(output)["state"] == "startup"
    with pytest.raises(TraitError):
        ServingImageExporter(state="live")
