"""A preview in the forms that other tools read, each read back by whoever reads it."""

from __future__ import annotations

import json
import tomllib

import nbformat
import pytest
import yaml
from packaging.pylock import Pylock
from packaging.requirements import Requirement

from jupyter_containerize.lifecycle import (
    FORMATS,
    WRITABLE,
    PreviewOptions,
    formatted,
    preview_notebook,
    write_requirements,
)
from tests.resolution.small_wheels import make_wheel

ALONE = PreviewOptions(environment=False)
PYTHON = {"language_info": {"name": "python", "version": "3.11.4"}}
CELLS = (
    "import numpy\nimport sklearn.svm",
    "%pip install numpy==1.26.4 'scikit-learn>=1.2'",
    "!apt-get install -y graphviz",
)
WANTED = {"numpy==1.26.4", "scikit-learn>=1.2"}


@pytest.fixture
def path(write_notebook, tmp_path, monkeypatch):
    """Write a notebook with two wishes; a folder of wheels has them."""
    make_wheel(tmp_path / "links", "numpy", "1.26.4")
    make_wheel(tmp_path / "links", "scikit-learn", "1.4", requires=("numpy>=1.20",))
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return write_notebook(*CELLS, metadata=PYTHON)


def _requirements(text):
    return {line.partition("  #")[0] for line in text.splitlines() if line and not line.startswith("#")}


def _environment(text):
    (pip,) = [item["pip"] for item in yaml.safe_load(text)["dependencies"] if isinstance(item, dict)]
    return set(pip)


def _block(text):
    lines = text.splitlines()
    assert (lines[0], lines[-1]) == ("# /// script", "# ///")
    return set(
        tomllib.loads("\n".join(line.removeprefix("# ").removeprefix("#") for line in lines[1:-1]))["dependencies"]
    )


READERS = {"requirements": _requirements, "environment": _environment, "pep723": _block}


@pytest.mark.parametrize("form", READERS)
def test_formatted__wishes__read_back(path, form):
    """Each form says the same requirements."""
    text = formatted(preview_notebook(path, ALONE), form)
    assert text.endswith("\n")
    assert READERS[form](text) == WANTED
    assert all(Requirement(item) for item in WANTED)


def test_formatted__pylock__has_hashed_wheels(path):
    """A lock names every wheel with its hash, also of what is needed by what is asked for."""
    lock = Pylock.from_dict(tomllib.loads(formatted(preview_notebook(path, ALONE), "pylock")))
    assert {(str(item.name), str(item.version)) for item in lock.packages} == {
        ("numpy", "1.26.4"),
        ("scikit-learn", "1.4"),
    }
    assert all(wheel.hashes["sha256"] for item in lock.packages for wheel in item.wheels or ())


def test_formatted__every_form__is_tried_here():
    """A new form needs a case."""
    assert {*READERS, "pylock"} == set(FORMATS)


def test_formatted__environment__names_system_packages_and_python(path):
    """Conda cannot install Debian packages, so they are a comment."""
    text = formatted(preview_notebook(path, ALONE), "environment")
    assert "graphviz" in text.splitlines()[0]
    assert "python=3.11" in yaml.safe_load(text)["dependencies"]


def test_formatted__nothing_needed__still_legal(write_notebook):
    """A notebook without dependencies has empty forms that read."""
    found = preview_notebook(write_notebook("x = 1"), ALONE)
    assert _requirements(formatted(found, "requirements")) == set()
    assert _block(formatted(found, "pep723")) == set()
    assert yaml.safe_load(formatted(found, "environment"))["name"] == "n"


def test_formatted__unknown_form__is_a_bug(path):
    """The door offers only the forms that there are."""
    with pytest.raises(ValueError, match="poetry"):
        formatted(preview_notebook(path, ALONE), "poetry")


@pytest.mark.parametrize("form", WRITABLE)
def test_write__form__once_and_the_same_when_read_again(path, form):
    """What is written is a notebook still, says what was found, and a second time changes nothing."""
    found = preview_notebook(path, ALONE)
    sources = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
    assert write_requirements(path, found, form)
    once = path.read_bytes()
    nbformat.validate(nbformat.from_dict(json.loads(once)))
    assert not write_requirements(path, preview_notebook(path, ALONE), form)
    assert path.read_bytes() == once
    after = preview_notebook(path, ALONE)
    assert [(row.distribution, row.version, row.specifier) for row in after.dependencies] == [
        (row.distribution, row.version, row.specifier) for row in found.dependencies
    ]
    left = ["".join(cell["source"]) for cell in json.loads(once)["cells"]]
    assert [source for source in left if "/// script" not in source] == sources


@pytest.mark.parametrize("form", WRITABLE)
def test_write__command_is_gone__written_pins_hold(path, form):
    """What was written keeps the versions when the installation command is deleted."""
    write_requirements(path, preview_notebook(path, ALONE), form)
    content = json.loads(path.read_text())
    content["cells"] = [cell for cell in content["cells"] if "%pip" not in "".join(cell["source"])]
    path.write_text(json.dumps(content))
    rows = {row.distribution: (row.version, row.source) for row in preview_notebook(path, ALONE).dependencies}
    assert rows["numpy"] == ("1.26.4", form)
