"""Notebooks of any age and shape become the same values; what is no notebook says so."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from jupyter_containerize.domain.errors import UserError
from jupyter_containerize.domain.notebook import CellKind
from jupyter_containerize.notebooks import parse_notebook, read_notebook, require_python
from jupyter_containerize.notebooks.errors import (
    NoCode,
    NotANotebook,
    NotebookNotFound,
    NotebookUnreadable,
    UnreadableJson,
    UnsupportedLanguage,
)
from tests.notebooks.made import content_of

# The files are not called .ipynb, so that linters of notebooks do not stumble over them.
HERE = Path(__file__).parent

BAD: dict[str, tuple[type[UserError], dict[str, object]]] = {
    "broken_json": (UnreadableJson, {"line": 3, "column": 26}),
    "merge_conflict": (UnreadableJson, {"line": 1, "column": 1}),
    "empty": (NotANotebook, {"saw": "an empty file"}),
    "list": (NotANotebook, {"saw": "JSON with a list at its root"}),
    "not_a_notebook": (NotANotebook, {"saw": "JSON without an nbformat version"}),
    "from_the_future": (NotANotebook, {"saw": "nbformat 5"}),
    "too_old": (NotANotebook, {"saw": "nbformat 2"}),
    "cells_not_a_list": (NotANotebook, {"saw": "a notebook without a list of cells"}),
    "no_code": (NoCode, {}),
    "binary": (NotANotebook, {"saw": "bytes that are not UTF-8 text"}),
}


@pytest.mark.parametrize("name", BAD)
def test_read_notebook__bad_file__says_what_it_saw(name):
    """Each bad file raises its own error, with the path and what was seen."""
    path = HERE / "bad" / f"{name}.notebook"
    kind, facts = BAD[name]
    with pytest.raises(kind) as caught:
        read_notebook(path)
    assert {"path": str(path), **facts}.items() <= vars(caught.value).items()


def test_read_notebook__bad_folder__is_covered_by_the_table():
    """Every bad file has an expectation."""
    assert {path.stem for path in (HERE / "bad").iterdir()} == set(BAD)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("missing.ipynb", NotebookNotFound), (".", NotANotebook), ("a\0b.ipynb", NotebookUnreadable)],
)
def test_read_notebook__no_file__says_why(path, kind, tmp_path):
    """A missing file, a folder and an impossible name are told apart."""
    with pytest.raises(kind):
        read_notebook(tmp_path / path)


def test_read_notebook__json_nested_too_deep__is_not_a_notebook(tmp_path):
    """JSON that exhausts the parser is an ordinary error."""
    path = tmp_path / "deep.ipynb"
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises((NotANotebook, UnreadableJson)):
        read_notebook(path)


def test_read_notebook__byte_order_mark__is_read(tmp_path):
    """A BOM, as some Windows editors write, does not matter."""
    path = tmp_path / "bom.ipynb"
    path.write_text('\ufeff{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}]}', encoding="utf-8")
    assert read_notebook(path).cells[0].source == "x = 1"


def test_read_notebook__version_3__is_upgraded():
    """Worksheets are flattened, headings become Markdown and inputs become sources."""
    notebook = read_notebook(HERE / "old" / "version_3.notebook")
    assert [cell.kind for cell in notebook.cells] == [
        CellKind.MARKDOWN,
        CellKind.CODE,
        CellKind.MARKDOWN,
        CellKind.CODE,
    ]
    assert notebook.cells[0].source == "## Prices"
    assert notebook.cells[1].source.startswith("import math\n%matplotlib inline\n")
    assert notebook.cells[1].tags == ("serve",)
    assert notebook.language == "python"


def test_parse_notebook__version_3_of_another_language__is_named():
    """Version 3 names the language in its cells."""
    cells = [{"cell_type": "code", "language": "julia", "input": "x = 1"}]
    content = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}
    assert parse_notebook(content, path="old.ipynb").language == "julia"


def test_parse_notebook__version_3_without_line_ends__has_lines():
    """The earliest files keep a list of lines without their ends."""
    cells = [
        {"cell_type": "code", "input": ["x = 1", "y = 2"]},
        {"cell_type": "heading", "level": 9, "source": ["a", "b"]},
        {"cell_type": "heading", "level": "2", "source": "c"},
    ]
    content = {"nbformat": 3, "worksheets": [None, {"cells": None}, {"cells": ["x", *cells]}]}
    sources = [cell.source for cell in parse_notebook(content, path="old.ipynb").cells]
    assert sources == ["x = 1\ny = 2", "###### a b", "# c"]


LANGUAGES: dict[str, tuple[object, list[str], str]] = {
    "language_info": ({"language_info": {"name": "python"}}, ["x <- 1"], "python"),
    "another case": ({"language_info": {"name": "Python"}}, ["x = 1"], "python"),
    "kernel language": ({"kernelspec": {"name": "mine", "language": "python"}}, ["x = 1"], "python"),
    "kernel name": ({"kernelspec": {"name": "python3"}}, ["%%R\nx <- 1"], "python"),
    "kernel name of R": ({"kernelspec": {"name": "ir"}}, ["x = 1"], "R"),
    "kernel name of Julia": ({"kernelspec": {"name": "julia-1.10"}}, ["x = 1"], "julia"),
    "nothing, Python": ({}, ["x = 1", "print 'old'", "!ls"], "python"),
    "nothing, only magics": ({}, ["%%bash\nls"], "python"),
    "nothing, unreadable": ({}, ["print 'old'", "print 'older'"], "python"),
    "nothing, R": ({}, ["library(dplyr)", "x <- c(1, 2)", "y <- x %>% sum"], "R"),
    "nothing, Python that compares": ({}, ["import math\nx <- math.pi"], "python"),
    "nothing, Julia": ({}, ["using DataFrames\nf(x) = 2x", "for i in 1:3\n  println(i)\nend"], "julia"),
    "R in small letters": ({"language_info": {"name": "r"}}, ["x = 1"], "R"),
    "Julia in capitals": ({"kernelspec": {"language": "Julia"}}, ["x = 1"], "julia"),
    "a language that we do not know": ({"language_info": {"name": "Wolfram"}}, ["x = 1"], "Wolfram"),
    "PySpark": (
        {"language_info": {"name": "pyspark", "mimetype": "text/x-python"}, "kernelspec": {"name": "pysparkkernel"}},
        ["x <- 1"],
        "python",
    ),
    "PySpark by its kernel": ({"kernelspec": {"name": "pysparkkernel", "language": ""}}, ["x <- 1"], "python"),
    "Spark": ({"kernelspec": {"name": "sparkkernel"}, "language_info": {"name": "scala"}}, ["x = 1"], "scala"),
    "SparkR": ({"kernelspec": {"name": "sparkrkernel"}, "language_info": {"name": "sparkR"}}, ["x = 1"], "R"),
    "SoS": ({"language_info": {"name": "sos", "mimetype": "text/x-sos"}}, ["x = 1"], "sos"),
    "a superset of Python": ({"language_info": {"name": "x", "mimetype": "text/x-python3"}}, ["x <- 1"], "python"),
    "xeus-python": ({"kernelspec": {"name": "xpython", "display_name": "Python 3.13 (XPython)"}}, ["x <- 1"], "python"),
    "a conda kernel": ({"kernelspec": {"name": "conda-env-pyr-py"}}, ["x <- 1"], "python"),
    "a conda kernel of R": ({"kernelspec": {"name": "conda-env-py-r"}}, ["x = 1"], "R"),
    "shown as Python": ({"kernelspec": {"name": "mine", "display_name": "Python [conda env:x]"}}, ["x <- 1"], "python"),
    "shown as R": ({"kernelspec": {"name": "mine", "display_name": "R [conda env:x]"}}, ["x = 1"], "R"),
    "a name that says nothing": ({"kernelspec": {"name": "tf", "language": "none"}}, ["library(x)"], "R"),
    "broken": ({"kernelspec": "python3", "language_info": ["python"]}, ["x = 1"], "python"),
    "not even a table": (["metadata"], ["x = 1"], "python"),
}


@pytest.mark.parametrize("name", LANGUAGES)
def test_parse_notebook__language__is_found(name):
    """Metadata wins, then the code, and Python where there is no sign of anything else."""
    metadata, sources, language = LANGUAGES[name]
    content = content_of(*sources, metadata=metadata)
    assert parse_notebook(content, path="made.ipynb").language == language


def test_read_notebook__another_language__has_no_python():
    """A notebook of R is read with its sources, and its cells are not taken for Python."""
    notebook = read_notebook(HERE / "other_language" / "r.notebook")
    assert notebook.language == "R"
    assert {(cell.python, cell.magic) for cell in notebook.code_cells} == {(None, "")}
    assert all(cell.source for cell in notebook.code_cells)


def test_require_python__another_language__is_unsupported():
    """A build refuses what a preview shows."""
    with pytest.raises(UnsupportedLanguage) as caught:
        require_python(parse_notebook(content_of("x", metadata={"language_info": {"name": "R"}}), path="r.ipynb"))
    assert (caught.value.path, caught.value.language) == ("r.ipynb", "R")
    require_python(parse_notebook(content_of("x"), path="python.ipynb"))


def test_parse_notebook__broken_parts__are_tolerated():
    """Anything beside the code may be missing or of the wrong type."""
    content = {
        "nbformat": 4,
        "metadata": None,
        "cells": [
            "not a cell",
            {"cell_type": "code", "source": ["a = 1\n", 7, "b = 2"], "metadata": {"tags": ["serve", None]}},
            {"cell_type": "code", "outputs": "none", "metadata": []},
            {"cell_type": "strange", "source": {"a": 1}},
        ],
    }
    cells = parse_notebook(content, path="made.ipynb").cells
    assert [(cell.kind, cell.source, cell.tags) for cell in cells] == [
        (CellKind.CODE, "a = 1\nb = 2", ("serve",)),
        (CellKind.CODE, "", ()),
        (CellKind.RAW, "", ()),
    ]


def test_parse_notebook__cell_ids__are_kept_or_made_the_same_each_time():
    """A missing, empty or repeated id becomes one that depends on the position only."""
    content = content_of("a", "b", "c", "d")
    for cell, cell_id in zip(content["cells"], ["first", "", "first", 4], strict=True):
        cell["id"] = cell_id
    ids = [cell.id for cell in parse_notebook(content, path="made.ipynb").cells]
    assert ids == ["first", "cell-2", "cell-3", "cell-4"]


def test_parse_notebook__digest__changes_with_code_only():
    """Outputs, counts, ids and the path do not change the digest; a source, its kind and the kernel do."""
    content = content_of("a = 1", "b = 2", metadata={"kernelspec": {"name": "python3"}})
    digest = parse_notebook(content, path="one.ipynb").digest

    ran = copy.deepcopy(content)
    ran["cells"][0] |= {"execution_count": 7, "id": "x", "outputs": [{"output_type": "stream", "text": "hi"}]}
    assert parse_notebook(ran, path="two.ipynb").digest == digest

    for change in ({"source": "a = 2"}, {"cell_type": "raw"}):
        changed = copy.deepcopy(content)
        changed["cells"][0] |= change
        assert parse_notebook(changed, path="one.ipynb").digest != digest
    other = content_of("a = 1", "b = 2", metadata={"kernelspec": {"name": "python310"}})
    assert parse_notebook(other, path="one.ipynb").digest != digest


def test_parse_notebook__content__is_not_changed():
    """The caller's JSON is left as it was."""
    content = {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}]}
    before = copy.deepcopy(content)
    parse_notebook(content, path="made.ipynb")
    assert content == before


def test_parse_notebook__lone_surrogate__has_a_digest():
    """JSON can say what UTF-8 cannot."""
    assert len(parse_notebook(content_of("x = '\ud800'"), path="made.ipynb").digest) == 64
