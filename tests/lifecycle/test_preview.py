"""What reading a notebook tells, with its kernel and without; nothing is raised for what is wrong in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import jupyter_containerize
from jupyter_containerize.lifecycle import Preview, PreviewOptions, preview, preview_notebook
from jupyter_containerize.notebooks import parse_notebook
from jupyter_containerize.notebooks.errors import NotANotebook, NotebookNotFound
from tests.notebooks.made import content_of, notebook_of

ALONE = PreviewOptions(environment=False)
PREDICT = "def predict(x: float) -> float:\n    return numpy.float64(x)"
TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ0bC2dF4hJ6"  # made up


def _rows(found: Preview) -> dict[str, tuple[str | None, str]]:
    return {row.distribution: (row.version or row.specifier or None, row.source) for row in found.dependencies}


def test_preview__without_environment__no_kernel_is_asked(write_notebook):
    """The notebook and the files beside it answer; a kernel that is not there is no matter."""
    path = write_notebook("import numpy", metadata={"kernelspec": {"name": "gone", "language": "python"}})
    path.with_name("requirements.txt").write_text("numpy==1.26.4\nflask\n")
    found = preview_notebook(path, ALONE)
    assert _rows(found) == {"numpy": ("1.26.4", "requirements.txt")}
    assert (found.kernel, found.environment, found.python, found.python_source) == ("gone", None, None, "")
    assert [error.code for error in found.errors] == ["JC-ANALYSIS-01"]


def test_preview__missing_kernel__error_in_the_value_and_the_rest_from_the_notebook(write_notebook):
    """A kernel that is not installed leaves an error; dependencies, function and files are known all the same."""
    metadata = {"kernelspec": {"name": "gone", "language": "python"}}
    path = write_notebook("import numpy", PREDICT, "%pip install numpy==1.26.4", metadata=metadata)
    found = preview_notebook(path)
    assert [error.code for error in found.errors] == ["JC-KERNELS-01"]
    assert _rows(found) == {"numpy": ("1.26.4", "%pip")}
    assert found.serving is not None
    assert found.serving.symbol == "predict"


def test_preview__interpreter_that_is_named__is_asked_instead(write_notebook):
    """Another interpreter can stand in for the kernel."""
    metadata = {"kernelspec": {"name": "gone", "language": "python"}}
    path = write_notebook("import numpy", PREDICT, metadata=metadata)
    found = preview_notebook(path, PreviewOptions(python=Path(sys.executable)))
    assert found.errors == ()
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    assert _rows(found)["numpy"][1] == "kernel"


def test_preview__interpreter_that_is_none__error_in_the_value(write_notebook, tmp_path):
    """A path that leads to no Python is an error in words, and the notebook is read."""
    found = preview_notebook(write_notebook("import numpy"), PreviewOptions(python=tmp_path / "nothing"))
    assert "JC-KERNELS" in found.errors[-1].code
    assert _rows(found) == {"numpy": (None, "newest")}


OTHER_LANGUAGES = {
    "R": ({"kernelspec": {"name": "ir", "language": "R"}}, "library(dplyr)\nggplot2::qplot(1)", ("dplyr", "ggplot2")),
    "R without metadata": ({}, "library(dplyr)\nx <- 1", ("dplyr",)),
    "julia": ({"kernelspec": {"name": "julia-1.9", "language": "julia"}}, "using DataFrames\nprintln(1)", ()),
    "bash": ({"kernelspec": {"name": "bash", "language": "bash"}}, "pip install numpy\nls", ()),
}


@pytest.mark.parametrize(("metadata", "source", "packages"), OTHER_LANGUAGES.values(), ids=OTHER_LANGUAGES)
@pytest.mark.parametrize("options", [None, ALONE], ids=["kernel", "alone"])
def test_preview__other_language__read_and_said_not_to_be_built(write_notebook, metadata, source, packages, options):
    """What is not Python is previewed as far as it can be read; the one error says that it cannot be built."""
    found = preview_notebook(write_notebook(source, metadata=metadata), options)
    assert tuple(sorted(item.name for item in found.r_packages)) == packages
    assert [error.code for error in found.errors] == ["JC-NOTEBOOK-05"]
    assert (found.dependencies, found.serving, found.environment) == ((), None, None)


def test_preview__r_cell_in_python__both_are_read(write_notebook):
    """A %%R cell's packages are told beside the Python ones."""
    found = preview_notebook(write_notebook("import numpy", "%%R\nlibrary(dplyr)"), ALONE)
    assert [item.name for item in found.r_packages] == ["dplyr"]
    assert "numpy" in _rows(found)


def test_preview__serving__says_what_the_function_needs(write_notebook):
    """What the function's code names is needed; what it does not name is not, if it uses no object."""
    found = preview_notebook(write_notebook("import numpy\nimport matplotlib.pyplot", PREDICT, "predict(1.0)"), ALONE)
    assert {row.distribution: row.serving for row in found.dependencies} == {"numpy": True, "matplotlib": False}


def test_preview__serving_with_an_object__is_not_known(write_notebook):
    """What loading an object needs is known only after the run."""
    source = "def predict(x: float) -> float:\n    return model.predict(numpy.array([x]))[0]"
    cells = ("import numpy\nimport sklearn.svm", "model = sklearn.svm.SVC()", source, "predict(1.0)")
    found = preview_notebook(write_notebook(*cells), ALONE)
    assert {row.distribution: row.serving for row in found.dependencies} == {"numpy": True, "scikit-learn": None}


def test_preview__nothing_to_serve__flags_are_empty(write_notebook):
    """Without a function nobody knows."""
    found = preview_notebook(write_notebook("import numpy"), ALONE)
    assert [row.serving for row in found.dependencies] == [None]


def test_preview__secrets__named_by_cell_and_never_copied(write_notebook):
    """A token in code, in an installation command or in an output is a finding; nothing of the value repeats it."""
    install = f"%pip install git+https://me:{TOKEN}@github.com/a/b.git"
    path = write_notebook(f"import numpy  # {TOKEN}", install, f"open('https://h/x?token={TOKEN}')", "1")
    content = json.loads(path.read_text())
    content["cells"][3]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": [f"key {TOKEN}\n"]}]
    path.write_text(json.dumps(content))
    found = preview_notebook(path, ALONE)
    cells = [item.location.cell for item in found.findings if item.code.startswith("JC-ANALYSIS") and item.location]
    assert {1, 2, 3, 4} <= set(cells)
    assert TOKEN not in repr(found)


FILES = {
    "pyproject.toml": '[project]\nname = "a"\nversion = "1"\nrequires-python = ">=3.9"\n',
    ".python-version": "3.10",
}
LAST_RUN = {"language_info": {"name": "python", "version": "3.8.5"}}
BLOCK = '# /// script\n# requires-python = "==3.12.*"\n# dependencies = ["numpy==2.1"]\n# ///'

# id -> cells, metadata, files beside; Python, its source
PYTHONS = {
    "block": ([BLOCK], LAST_RUN, FILES, ("3.12", "pep723")),
    "file with one version": (["1"], LAST_RUN, {".python-version": "3.10"}, ("3.10", ".python-version")),
    "file with a range, and another run": (
        ["1"],
        LAST_RUN,
        {"pyproject.toml": FILES["pyproject.toml"]},
        (">=3.9", "pyproject.toml"),
    ),
    "last run": (["1"], LAST_RUN, {}, ("3.8.5", "language_info")),
    "nobody": (["1"], {}, {}, (None, "")),
}


@pytest.mark.parametrize(("cells", "metadata", "files", "expected"), PYTHONS.values(), ids=PYTHONS)
def test_preview__python__says_who_asks_for_it(write_notebook, cells, metadata, files, expected):
    """Without a kernel, the notebook or a file beside it says which Python."""
    path = write_notebook(*cells, metadata=metadata)
    for name, text in files.items():
        path.with_name(name).write_text(text)
    found = preview_notebook(path, ALONE)
    assert (found.python, found.python_source) == expected


def test_preview__kernel__tells_its_python(write_notebook):
    """With a kernel, it is the kernel's, whatever a file asks for."""
    path = write_notebook(BLOCK, metadata={"kernelspec": {"name": "python3", "language": "python"}, **LAST_RUN})
    found = preview_notebook(path)
    assert (found.python, found.python_source) == (".".join(map(str, sys.version_info[:3])), "kernel")


def test_preview__no_folder__metadata_and_block_answer():
    """Work that lies in no folder of this machine is read as far as it goes."""
    options = PreviewOptions(environment=False, metadata={**LAST_RUN, "requirements": []})
    found = preview(
        notebook_of("import numpy", BLOCK.replace('# requires-python = "==3.12.*"\n', "")), root=None, options=options
    )
    assert _rows(found) == {"numpy": ("2.1", "pep723")}
    assert (found.python, found.python_source) == ("3.8.5", "language_info")


def test_preview__block__is_asked_before_files(write_notebook):
    """A PEP 723 block is the notebook's own word; a lock file beside it comes after."""
    path = write_notebook("import numpy", BLOCK)
    path.with_name("requirements.txt").write_text("numpy==1.26.4")
    assert _rows(preview_notebook(path, ALONE)) == {"numpy": ("2.1", "pep723")}


def test_preview__requirements_that_a_cell_names__are_read_once(write_notebook):
    """A file named in a command gives versions, and its bad lines are told once."""
    path = write_notebook("import numpy", "%pip install -r wishes.txt")
    path.with_name("wishes.txt").write_text("numpy==1.26.4\n???\n")
    found = preview_notebook(path, ALONE)
    assert _rows(found)["numpy"][0] == "1.26.4"
    codes = [item.code for item in found.findings]
    assert codes.count("JC-RESOLUTION-32") == 1


def test_preview__boundary__nothing_outside_is_read(write_notebook, tmp_path):
    """Files and modules above the boundary do not exist for a preview."""
    (tmp_path / "outside.py").write_text("import torch")
    (tmp_path / "requirements.txt").write_text("numpy==1.0")
    path = write_notebook(
        "import sys\nsys.path.append('..')\nimport outside\nimport numpy", "%pip install -r ../requirements.txt"
    )
    closed = preview_notebook(path, PreviewOptions(environment=False, boundary=path.parent))
    assert "torch" not in _rows(closed)
    assert _rows(closed)["numpy"] == (None, "newest")
    opened = preview_notebook(path, PreviewOptions(environment=False, boundary=tmp_path))
    assert _rows(opened)["torch"] == (None, "newest")
    assert _rows(opened)["numpy"] == ("1.0", "requirements.txt")


def test_preview__unreadable_cells__the_rest_counts(write_notebook):
    """A cell left blank for the reader, Python 2 and half a line do not hide the other lines."""
    cells = ("import numpy\nx = ...  # TODO\nx = = 1", "print 'old'\nimport pandas", "import scipy", "def f(:\n  pass")
    found = preview_notebook(write_notebook(*cells), ALONE)
    assert {"numpy", "pandas", "scipy"} <= set(_rows(found))
    assert "JC-ANALYSIS-11" in {item.code for item in found.findings}


BAD = {"nothing there": (None, NotebookNotFound), "no notebook": ("[]", NotANotebook)}


@pytest.mark.parametrize(("text", "error"), BAD.values(), ids=BAD)
def test_preview__no_notebook__raises(alone, tmp_path, text, error):
    """Only a file that is no notebook raises."""
    del alone
    if text is not None:
        (tmp_path / "n.ipynb").write_text(text)
    with pytest.raises(error):
        preview_notebook(tmp_path / "n.ipynb", ALONE)


def test_python_api__takes_texts_and_paths(write_notebook):
    """The documented function answers as the command does."""
    path = write_notebook("import numpy")
    assert _rows(jupyter_containerize.preview(str(path), environment=False)) == {"numpy": (None, "newest")}
    found = jupyter_containerize.preview(path, environment=False, boundary=path.parent)
    assert found.dependencies == preview_notebook(path, ALONE).dependencies
    assert jupyter_containerize.preview(path, python=Path(sys.executable)).python_source == "kernel"


def test_preview__metadata_of_odd_shapes__is_passed_over(alone):
    """Whatever stands in the metadata, nothing leaves."""
    del alone
    for odd in (1, [], {"language_info": 3, "kernelspec": []}, {"language_info": {"version": []}}, {"pip": "x"}):
        content = content_of("import numpy", metadata=odd)
        metadata = odd if isinstance(odd, dict) else {}
        options = PreviewOptions(environment=False, metadata=metadata)
        found = preview(parse_notebook(content, path="n.ipynb"), root=None, options=options)
        assert "numpy" in _rows(found)


def test_preview__files_and_variables__say_what_serving_names(write_notebook):
    """What only the exploration reads is no concern of the image."""
    path = write_notebook(
        "import os\nopen('explore.csv')\nos.environ['EXPLORE']",
        "def predict(x: int) -> str:\n    return open('serve.txt').read() + os.environ['MODEL']",
    )
    found = preview_notebook(path, ALONE)
    assert {item.text: item.serving for item in found.files} == {"explore.csv": False, "serve.txt": True}
    assert {item.name for item in found.variables} == {"EXPLORE", "MODEL"}
