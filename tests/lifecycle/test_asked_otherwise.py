"""A version that a cell asks for and the kernel does not have is told: the image has the kernel's."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from jupyter_containerize.domain.build import BuildRequest, CancelToken
from jupyter_containerize.lifecycle import PreviewOptions, preview_notebook
from jupyter_containerize.lifecycle.job import Job
from jupyter_containerize.lifecycle.understand import read, understand
from jupyter_containerize.lifecycle.watch import Watch
from jupyter_containerize.publishing import LocalStore

HAS = version("packaging")
SERVES = "import packaging\ndef predict(x: float) -> float:\n    return x"
CALL = "predict(2.0)"


def block(*wishes: str) -> str:
    """Return a cell with a PEP 723 block."""
    return f"# /// script\n# dependencies = {list(wishes)}\n# ///"


# A first cell, and what is told of it.
CASES: dict[str, tuple[str, list[tuple[str, int | None]]]] = {
    "another in a block": (block("packaging==99.1"), [("pep723 asks for packaging==99.1", 2)]),
    "another in a command": ("%pip install -q 'packaging<1'", [("%pip asks for packaging<1", 1)]),
    "the kernel's": (block(f"packaging=={HAS}", "packaging>=1"), []),
    "any": ("%pip install packaging", []),
    "for another system": (block("packaging==99.1; sys_platform == 'win32'"), []),
    "what the kernel lacks": (block("no-such-distribution==1.0"), []),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_understand__cell_asks_for_a_version__contradiction_is_told(
    write_notebook: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    """In a build and a plan as in a preview, with the place and both versions."""
    cell, expected = CASES[name]
    # What is asked for is never installed: it would be the kernel's of all tests.
    notebook = write_notebook(cell, SERVES, CALL)
    watch = Watch(lambda _: None, CancelToken())
    job = Job(request=BuildRequest(notebook=notebook), store=LocalStore(tmp_path / "store"), watch=watch)
    understood = understand(read(job), job)
    previewed = preview_notebook(notebook, PreviewOptions()).findings
    for findings in (understood.findings, previewed):
        found = [finding for finding in findings if finding.code == "JC-RESOLUTION-53"]
        assert [(item.message.rpartition(": ")[2], item.location and item.location.line) for item in found] == expected
        assert all(f"packaging {HAS}," in item.message for item in found)
