"""pyproject.toml, Pipfile, pixi.toml and setup.cfg say what a project needs when it runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.resolution.declared import files_beside
from jupyter_containerize.resolution.declared.named_entries import entry, versions
from jupyter_containerize.resolution.declared.requirement_files import split_stream
from jupyter_containerize.resolution.declared.source import Source


def _said(item):
    extras = f"[{','.join(item.extras)}]" if item.extras else ""
    url = f" @ {item.url}" if item.url else ""
    marker = f"; {item.marker}" if item.marker else ""
    return f"{item.location.line}: {item.name}{extras}{item.specifier}{url}{marker}"


PROJECT = """\
[build-system]
requires = ["hatchling"]

[project]
name = "study"
requires-python = ">=3.9"
dependencies = [
  "numpy>=1.2",  # why
  "pandas[excel]==2 ; python_version < '3.12'",
  "not a requirement",
]
[project.optional-dependencies]
test = ["pytest"]
[dependency-groups]
dev = ["ruff"]
[tool.poetry.dependencies]
scipy = "^1"
"""
POETRY = """\
[tool.poetry.dependencies]
python = "^3.9"
numpy = "^1.2.3"
"scikit-learn" = { version = "~1.2", extras = ["b", "a", "n o"] }
pandas = [{ version = "1.5.*", python = "<3.12" }, { version = "^2", markers = "sys_platform == 'linux'" }]
foo = { git = "https://me:pw@h/foo.git", rev = "abc" }
bar = { path = "../bar", develop = true }
baz = { url = "https://h/baz-1.zip" }
opt = { version = "1", optional = true }
many = "^1 || ^2"
[tool.poetry.group.dev.dependencies]
pytest = "*"
"""
PIPFILE = """\
[[source]]
url = "https://pypi.org/simple"
[packages]
numpy = "*"
requests = {extras = ["socks"], version = ">=2"}
Scikit_Learn = "==1.2"
sibling = {path = "lib", editable = true}
[dev-packages]
pytest = "*"
[requires]
python_version = "3.9"
"""
PIXI = """\
[workspace]
channels = ["conda-forge"]
[dependencies]
python = "3.11.*"
numpy = ">=1.2,<2"
PyTorch = { version = "2.1.*", channel = "pytorch" }
zlib = "*"
[pypi-dependencies]
flask = "==3.0"
local = { path = ".", editable = true }
[feature.test.dependencies]
pytest = "*"
"""
SETUP = """\
[metadata]
name = x
[options]
python_requires = >=3.8
install_requires =
    numpy>=1.2
    # no
    pandas; python_version < "3.12"  # why
[options.extras_require]
test = pytest
"""

FILES = {
    "project": ("pyproject.toml", PROJECT, ["8: numpy>=1.2", '9: pandas[excel]==2; python_version < "3.12"']),
    "poetry": (
        "pyproject.toml",
        POETRY,
        [
            "3: numpy<2,>=1.2.3",
            "4: scikit-learn[a,b]<1.3,>=1.2",
            '5: pandas==1.5.*; python_version < "3.12"',
            '5: pandas<3,>=2; sys_platform == "linux"',
            "6: foo @ git+https://h/foo.git@abc",
            "7: bar @ ../bar",
            "8: baz @ https://h/baz-1.zip",
            "10: many",
        ],
    ),
    "pixi in pyproject": (
        "pyproject.toml",
        '[tool.pixi.dependencies]\nnumpy = "1.2.*"\n[tool.pixi.pypi-dependencies]\nx = "*"',
        ["2: numpy==1.2.*", "4: x"],
    ),
    "pipfile": (
        "Pipfile",
        PIPFILE,
        ["4: numpy", "5: requests[socks]>=2", "6: scikit-learn==1.2", "7: sibling @ ./lib"],
    ),
    "pixi": (
        "pixi.toml",
        PIXI,
        ["5: numpy<2,>=1.2", "6: PyTorch==2.1.*", "7: zlib", "9: flask==3.0", "10: local @ ."],
    ),
    "setup.cfg": ("setup.cfg", SETUP, ["6: numpy>=1.2", '8: pandas; python_version < "3.12"']),
}


@pytest.mark.parametrize(("name", "text", "expected"), FILES.values(), ids=FILES)
def test_files_beside__project_file__declares_what_it_needs_to_run(name, text, expected, tmp_path):
    """What extras, tests and tools need is left out; lines are those of the file."""
    (tmp_path / name).write_text(text)
    declared, findings = files_beside(tmp_path)
    assert [_said(item) for item in declared] == expected
    assert {item.rule for item in declared} == {name}
    assert [item.code for item in findings] == ["JC-RESOLUTION-32"] * ("not a requirement" in text)


DYNAMIC = {
    "pyproject.toml": '[tool.setuptools.dynamic]\ndependencies = {file = ["needs.txt"]}',
    "setup.cfg": "[options]\ninstall_requires = file: needs.txt\n",
}


@pytest.mark.parametrize(("name", "text"), DYNAMIC.items(), ids=DYNAMIC)
def test_files_beside__names_a_requirements_file__follows_it(name, text, tmp_path):
    """Setuptools' way to take dependencies from a file is followed."""
    (tmp_path / name).write_text(text)
    (tmp_path / "needs.txt").write_text("numpy\n")
    declared, findings = files_beside(tmp_path)
    assert ([(item.name, str(item.location)) for item in declared], findings) == ([("numpy", "needs.txt:1")], ())


BROKEN = {
    "toml": ("pyproject.toml", "[project]\nx = [", None),
    "template": ("pyproject.toml", "[project]\nname = {{ name }}", 2),
    "deep": ("pyproject.toml", "x = " + "[" * 100_000, None),
    "long number": ("Pipfile", "x = " + "1" * 10_000, None),
    "long": ("pixi.toml", "#" * 2_000_000, None),
    "ini": ("setup.cfg", "no section\n", 1),
}


@pytest.mark.parametrize(("name", "text", "line"), BROKEN.values(), ids=BROKEN)
def test_files_beside__broken_project_file__is_a_finding(name, text, line, tmp_path):
    """A broken file is named, with the line if its reader knows it; nothing is raised."""
    (tmp_path / name).write_text(text)
    declared, findings = files_beside(tmp_path)
    assert declared == ()
    assert [(item.code, item.location.path) for item in findings] == [("JC-RESOLUTION-31", name)]
    assert line is None or findings[0].location.line == line


ODD = [
    "project = 3",
    "[project]\ndependencies = 3",
    "[project]\ndependencies = [3, {}]",
    '[project]\ndependencies = {x = "1"}',
    "tool = []",
    "[tool]\npoetry = 1",
    "[tool.poetry]\ndependencies = []",
    "[tool.ruff]\nx = 1",
]


@pytest.mark.parametrize("text", ODD)
def test_files_beside__values_of_other_kinds__declare_nothing(text, tmp_path):
    """What has another shape than it should is left out."""
    (tmp_path / "pyproject.toml").write_text(text)
    assert files_beside(tmp_path) == ((), ())


# Source: Poetry, "Dependency specification".
VERSIONS = {
    "*": "",
    "": "",
    "^1.2.3": "<2,>=1.2.3",
    "^1.2": "<2,>=1.2",
    "^1": "<2,>=1",
    "^0.2.3": "<0.3,>=0.2.3",
    "^0.0.3": "<0.0.4,>=0.0.3",
    "^0.0": "<0.1,>=0.0",
    "^0": "<1,>=0",
    "~1.2.3": "<1.3,>=1.2.3",
    "~1.2": "<1.3,>=1.2",
    "~1": "<2,>=1",
    "~=1.2.3": "~=1.2.3",
    "1.2": "==1.2",
    "=1.2": "==1.2",
    "1.2.*": "==1.2.*",
    "!=1.2.*": "!=1.2.*",
    ">=3.6.*": ">=3.6",
    ">= 1, < 2": "<2,>=1",
    ">=1 <2": "<2,>=1",
    "^1.2, !=1.3": "!=1.3,<2,>=1.2",
    "===weird": "===weird",
    "^1 || ^2": None,
    "^1 | ^2": None,
    "latest": None,
    ">": None,
}


@pytest.mark.parametrize(("text", "expected"), VERSIONS.items(), ids=VERSIONS)
def test_versions__of_poetry__become_pep_440(text, expected):
    """Caret and tilde become ranges; what PEP 440 cannot say is none."""
    assert versions(text) == expected


VALUES = st.recursive(
    st.text(max_size=8) | st.integers() | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "git", "path", "url", "extras", "markers", "python", "rev"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=4))
def test_entry__any_table__raises_nothing(entries):
    """Whatever a table holds, the answer is declarations and findings."""
    for name, value in entries.items():
        split_stream(entry(name, value, Source(text="", shown="Pipfile", rule="Pipfile"), None))
