"""An environment.yml is read with its lines, and no YAML is too strange."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.domain.notebook import Manager
from jupyter_containerize.resolution.declared import files_beside
from jupyter_containerize.resolution.declared.environment_files import environment_of, python_of_environment
from jupyter_containerize.resolution.declared.requirement_files import split_stream
from jupyter_containerize.resolution.declared.source import Source

EXAMPLE = """\
name: study
channels: [conda-forge]
dependencies:
  - python=3.9  # the language
  - conda-forge::numpy=1.21.0=py39h_0
  - 'PyTorch>=1.9,<2'
  - pip
  - pip:
      - scikit-learn==1.2  # why
      - -r more.txt
      - git+https://h/r.git#egg=foo
variables: {A: 1}
"""


def _of(text):
    return split_stream(environment_of(Source(text=text, shown="environment.yml", rule="environment.yml")))


def test_files_beside__environment_file__declares_both_kinds(tmp_path):
    """Conda's entries keep their names, pip's are requirements; each has its line."""
    (tmp_path / "environment.yml").write_text(EXAMPLE)
    (tmp_path / "more.txt").write_text("\npandas\n")
    declared, findings = files_beside(tmp_path)
    assert findings == ()
    assert [(item.manager, f"{item.name}{item.specifier}", str(item.location), item.rule) for item in declared] == [
        (Manager.CONDA, "numpy==1.21.0", "environment.yml:5", "environment.yml"),
        (Manager.CONDA, "PyTorch<2,>=1.9", "environment.yml:6", "environment.yml"),
        (Manager.CONDA, "pip", "environment.yml:7", "environment.yml"),
        (Manager.PIP, "scikit-learn==1.2", "environment.yml:9", "environment.yml"),
        (Manager.PIP, "pandas", "more.txt:2", "requirements.txt"),
        (Manager.PIP, "foo", "environment.yml:11", "environment.yml"),
    ]
    assert python_of_environment(EXAMPLE) == "==3.9.*"


BROKEN = {
    "not YAML": ("a: [1\nb: 2", ["JC-RESOLUTION-31"], 2),
    "template": ("dependencies:\n{% if x %}\n- a", ["JC-RESOLUTION-31"], 2),
    "control character": ("a\x01", ["JC-RESOLUTION-31"], None),
    "half a letter": ("a: \ud800", ["JC-RESOLUTION-31"], None),
    "nested lists": ("[" * 100_000, ["JC-RESOLUTION-31"], 1),
    "nested in lines": ("- " * 50_000, ["JC-RESOLUTION-31"], 1),
    "nested mappings": ("dependencies: " + "{a: " * 5000, ["JC-RESOLUTION-31"], 1),
    "long": ("#" * 2_000_000, ["JC-RESOLUTION-31"], None),
    "odd entries": ("dependencies:\n- [numpy]\n- {apt: x}\n- =1\n- *x", ["JC-RESOLUTION-32"] * 4, 5),
    "odd entry": ("dependencies:\n- =1", ["JC-RESOLUTION-32"], 2),
    "odd entry under pip": ("dependencies:\n- pip:\n  - [a]", ["JC-RESOLUTION-32"], 3),
    "aliases": ("a: &a [x, x]\nb: &b [*a, *a]\ndependencies:\n- *b", ["JC-RESOLUTION-32"], 4),
}


@pytest.mark.parametrize(("text", "codes", "line"), BROKEN.values(), ids=BROKEN)
def test_environment_of__broken__is_a_finding_with_a_line(text, codes, line):
    """Broken, deep and long files are findings; nothing is raised and the process lives."""
    declared, findings = _of(text)
    assert declared == ()
    assert ([item.code for item in findings], findings[-1].location.line) == (codes, line)
    assert python_of_environment(text) == ""


EMPTY = ["", "# nothing", "just text", "- a", "dependencies:", "dependencies: numpy", "name: x", "dependencies: []"]


@pytest.mark.parametrize("text", EMPTY)
def test_environment_of__nothing_declared__is_nothing(text):
    """YAML that declares nothing is no fault."""
    assert _of(text) == ((), ())


def test_environment_of__many_aliases__cost_nothing():
    """Aliases are not unfolded."""
    levels = [f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]" for number in range(1, 30)]
    assert _of("\n".join(["a0: &a0 x", *levels, "dependencies: [numpy, *a29]"]))[0][0].name == "numpy"


@given(
    st.text()
    | st.lists(st.sampled_from(["dependencies:", "\n", "- ", "  ", "pip:", "x=1", "[", "{", "&a", "*a", "'"])).map(
        "".join
    )
)
def test_environment_of__any_text__raises_nothing(text):
    """Whatever the file holds, the answer is declarations and findings."""
    declared, findings = _of(text)
    assert all(item.location.path == "environment.yml" for item in (*declared, *findings))
