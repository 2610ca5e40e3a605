"""What a preview is written as, whole, and that the tools' own readers take it."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from jupyter_containerize.domain.environment import Evidence
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.domain.serving import Dependency
from jupyter_containerize.resolution.declared import in_script_block
from jupyter_containerize.resolution.formats import environment, pep723, requirements


def _row(distribution, version=None, *evidence, **more):
    return Dependency(
        distribution=distribution, version=version, source="kernel", import_names=(), evidence=evidence, **more
    )


def _cell(rule, detail, cell):
    return Evidence(rule=rule, detail=detail, location=Location(path="n.ipynb", cell=cell, line=2))


ROWS = (
    _row("pandas", "2.2.3", _cell("import", "pandas", 2), _cell("import", "pandas.plotting", 5)),
    _row("pyarrow", None, _cell("hidden:read_parquet", "pd.read_parquet", 4), specifier=">=10"),
    _row(
        "requests",
        None,
        Evidence(
            rule="requirements.txt", detail="requests[socks]", location=Location(path="../requirements.txt", line=7)
        ),
        extras=("socks",),
    ),
    _row("scikit-learn", "1.5.2", _cell("import", "sklearn.svm", 3)),
    _row("torch", "2.1.0+cpu", _cell("import_module", "torch", 3)),
    _row("foo", "0.1", _cell("%pip", "git+https://h/foo.git@v1", 1), url="git+https://h/foo.git@v1"),
    _row("mine", "0.1", _cell("import", "mine", 1), url="file:///home/me/mine"),
    _row("odd", "2004d-x y", _cell("import", "odd", 1)),
    _row("older", "2004d", Evidence(rule="requires", detail="pandas")),
)

REQUIREMENTS = """\
# Python 3.11
pandas==2.2.3  # cell 2: import pandas, and 1 more
pyarrow>=10  # cell 4: hidden:read_parquet pd.read_parquet
requests[socks]  # ../requirements.txt, line 7: requirements.txt requests[socks]
scikit-learn==1.5.2  # cell 3: import sklearn.svm
torch==2.1.0  # cell 3: import torch
foo @ git+https://h/foo.git@v1  # cell 1: %pip git+https://h/foo.git@v1
# mine: installed from file:///home/me/mine
odd  # cell 1: import odd
older===2004d  # requires pandas
"""
ENVIRONMENT = """\
# Debian packages that it needs beside: graphviz libgl1
name: "my study"
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - scikit-learn==1.5.2  # cell 3: import sklearn.svm
  - pip:
      - pandas==2.2.3  # cell 2: import pandas, and 1 more
      - pyarrow>=10  # cell 4: hidden:read_parquet pd.read_parquet
      - requests[socks]  # ../requirements.txt, line 7: requirements.txt requests[socks]
      - torch==2.1.0  # cell 3: import torch
      - "foo @ git+https://h/foo.git@v1"  # cell 1: %pip git+https://h/foo.git@v1
      # mine: installed from file:///home/me/mine
      - odd  # cell 1: import odd
      - older===2004d  # requires pandas
"""
BLOCK = """\
# /// script
# requires-python = "==3.11.*"
# dependencies = [
#     "pandas==2.2.3",
#     "pyarrow>=10",
#     "requests[socks]",
#     "scikit-learn==1.5.2",
#     "torch==2.1.0",
#     "foo @ git+https://h/foo.git@v1",
#     # mine: installed from file:///home/me/mine
#     "odd",
#     "older===2004d",
# ]
# ///
"""


def test_requirements__rows__are_lines_with_their_reasons():
    """Each line is pinned if the row is, and says who asked."""
    assert requirements(ROWS, python="3.11") == REQUIREMENTS


def test_environment__rows__are_under_pip():
    """Python and what only conda has are conda's, all else is pip's."""
    text = environment(
        ROWS, python="3.11.7", name="my study", conda_only=["scikit-learn"], system_packages=["graphviz", "libgl1"]
    )
    assert text == ENVIRONMENT
    value = yaml.safe_load(text)
    assert value["dependencies"][:3] == ["python=3.11", "pip", "scikit-learn==1.5.2"]
    assert len(value["dependencies"][3]["pip"]) == 7


def test_pep723__rows__are_a_block():
    """The block is what our own reader, and the specification, take for one."""
    assert pep723(ROWS, python="3.11.7") == BLOCK
    block = in_script_block(BLOCK, Location(path="n.ipynb", cell=1))
    assert (len(block.declared), block.requires_python, block.findings) == (8, "==3.11.*", ())


PYTHONS = {"3.11": "==3.11.*", "3.11.7": "==3.11.*", ">=3.9": ">=3.9", "": None, "what": None}


@pytest.mark.parametrize(("python", "expected"), PYTHONS.items(), ids=PYTHONS)
def test_formats__no_rows__are_still_whole(python, expected):
    """A notebook that needs nothing has a block and an environment; any Python is written as what it is."""
    content = "".join(line.removeprefix("# ") for line in pep723((), python=python).splitlines(keepends=True)[1:-1])
    assert tomllib.loads(content) == {"dependencies": [], **({"requires-python": expected} if expected else {})}
    said = yaml.safe_load(environment((), python=python, name="on"))
    assert (said["name"], said["dependencies"][1:]) == ("on", ["pip"])
    assert said["dependencies"][0].startswith("python")
    assert requirements((), python="") == ""


TEXTS = st.text(max_size=12)
EVIDENCE = st.builds(
    Evidence,
    rule=TEXTS,
    detail=TEXTS,
    location=st.none() | st.builds(Location, path=TEXTS, cell=st.none() | st.integers(1, 9), line=st.none()),
)


@given(st.lists(EVIDENCE, max_size=2), st.none() | TEXTS, st.just("") | TEXTS | TEXTS.map("https://{}".format), TEXTS)
def test_formats__any_text__cannot_leave_its_line(evidence, version, url, python):
    """A version, an address or code that came from elsewhere adds no line to a file that is installed from."""
    rows = (_row("x", version, *evidence, url=url),)
    lines = requirements(rows, python=python).splitlines()
    real = [line for line in lines if not line.startswith("#")]
    assert len(real) <= 1
    for line in real:
        Requirement(re.split(r"\s#", line)[0])
    said = yaml.safe_load(environment(rows, python=python, name=python))
    assert set(said) == {"name", "channels", "dependencies"}
    assert len(in_script_block(pep723(rows, python=python), Location(path="n")).declared) == len(real)
