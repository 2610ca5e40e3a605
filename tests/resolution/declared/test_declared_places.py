"""Files are looked for in the notebook's folder and above it, and nowhere else."""

from __future__ import annotations

import pytest

from jupyter_containerize.resolution.declared import files_beside, python_asked


def _tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _names(folder, **options):
    declared, findings = files_beside(folder, **options)
    assert findings == ()
    return [(item.name, item.location.path) for item in declared]


FOLDERS = {
    "notebooks/deep/requirements.txt": "near",
    "notebooks/binder/environment.yml": "dependencies: [binder]",
    "notebooks/binder/apt.txt": "graphviz  # for plots",
    "requirements.txt": "top",
    "pyproject.toml": "[project]\ndependencies = ['project']",
    "other/requirements.txt": "elsewhere",
}


@pytest.fixture
def project(tmp_path):
    """Return a folder with files in several of its folders; above it is another file."""
    _tree(tmp_path, {"requirements.txt": "outside"})
    _tree(tmp_path / "project", FOLDERS)
    return tmp_path / "project"


ALL = [
    ("near", "requirements.txt"),
    ("binder", "../binder/environment.yml"),
    ("graphviz", "../binder/apt.txt"),
    ("top", "../../requirements.txt"),
    ("project", "../../pyproject.toml"),
]


def test_files_beside__repository__looks_up_to_its_folder(project):
    """Without a boundary the repository's folder is the highest; the nearest comes first."""
    (project / ".git").mkdir()
    assert _names(project / "notebooks/deep") == ALL


def test_files_beside__no_repository__looks_in_the_folder_only(project):
    """Without a boundary or a repository, only the notebook's folder is looked in."""
    assert _names(project / "notebooks/deep") == ALL[:1]


def test_files_beside__boundary__is_the_highest(project):
    """A boundary counts before a repository; one elsewhere leaves the notebook's folder."""
    (project / ".git").mkdir()
    assert _names(project / "notebooks/deep", boundary=project / "notebooks") == ALL[:3]
    assert _names(project / "notebooks/deep", boundary=project) == ALL
    assert _names(project / "notebooks/deep", boundary=project / "other") == ALL[:1]


def test_files_beside__deep__ends_after_eight_levels(tmp_path):
    """A repository that is further away than eight levels is not found."""
    (tmp_path / ".git").mkdir()
    _tree(tmp_path, {"requirements.txt": "top", "1/2/3/4/5/6/7/8/9/x": ""})
    assert _names(tmp_path / "1/2/3/4/5/6/7/8") == [("top", "../" * 8 + "requirements.txt")]
    assert _names(tmp_path / "1/2/3/4/5/6/7/8/9") == []


def test_files_beside__links__are_followed_inside_only(tmp_path):
    """A link to a file outside of the project is not opened, and said."""
    _tree(tmp_path, {"secret.txt": "secret", "project/real.txt": "real"})
    (tmp_path / "project/requirements.txt").symlink_to(tmp_path / "secret.txt")
    declared, findings = files_beside(tmp_path / "project")
    assert declared == ()
    assert [item.code for item in findings] == ["JC-RESOLUTION-33"]
    (tmp_path / "project/requirements.txt").unlink()
    (tmp_path / "project/requirements.txt").symlink_to("real.txt")
    (tmp_path / "linked").symlink_to(tmp_path / "project")
    assert _names(tmp_path / "linked") == [("real", "requirements.txt")]


RUNTIME = ["requirements.txt", "requirements-gpu.txt", "requirements_prod.txt", "requirements/base.txt"]
ASIDE = [
    "requirements-dev.txt",
    "requirements_test.txt",
    "requirements-docs.txt",
    "requirements.lint.txt",
    "requirements-min.txt",
    "requirements/tests.txt",
    "requirements/env_test.txt",
    "requirements/ci.txt",
    "requirements/constraints.txt",
    "constraints.txt",
    "notes.txt",
    "requirements.txt.bak",
    "test-requirements.txt",
]


def test_files_beside__many_requirements_files__takes_those_to_run_with(tmp_path):
    """What is for development, tests and documentation is left out; the plain name is first."""
    _tree(tmp_path, {name: f"d{number}" for number, name in enumerate([*RUNTIME, *ASIDE])})
    assert [path for _, path in _names(tmp_path)] == RUNTIME


def test_files_beside__one_names_the_other__is_read_once(tmp_path):
    """A requirements file that another one includes is not read again."""
    _tree(tmp_path, {"requirements.txt": "-r requirements/base.txt", "requirements/base.txt": "a"})
    assert _names(tmp_path) == [("a", "requirements/base.txt")]


def test_files_beside__no_folder__is_nothing(tmp_path):
    """A notebook that is not saved yet has nothing beside it."""
    assert files_beside(tmp_path / "nowhere") == ((), ())
    assert files_beside(tmp_path / "a\0b") == ((), ())


def test_files_beside__many_files__still_ends(tmp_path):
    """A folder of many files is looked through once."""
    for number in range(500):
        (tmp_path / f"image{number}.png").touch()
    (tmp_path / "requirements.txt").write_text("numpy")
    assert _names(tmp_path) == [("numpy", "requirements.txt")]


MANY = {
    "requirements.txt": "a\n" * 20_000,
    "environment.yml": "dependencies:\n" + "- a\n" * 20_000,
    "pyproject.toml": "[project]\ndependencies = [" + "'a'," * 20_000 + "]",
    "uv.lock": '[[package]]\nname = "a"\nversion = "1"\n' * 10_000,
    "setup.cfg": "[options]\ninstall_requires =\n" + " a\n" * 20_000,
}


@pytest.mark.parametrize(("name", "text"), MANY.items(), ids=MANY)
def test_files_beside__thousands_of_entries__are_cut_and_that_is_said(name, text, tmp_path):
    """No file written by people is as long; what was left out is said."""
    _tree(tmp_path, {name: text})
    declared, findings = files_beside(tmp_path)
    assert 1 <= len(declared) <= 5000
    assert [(item.code, item.location.path) for item in findings] == [("JC-RESOLUTION-31", name)]


def test_files_beside__a_key_of_thousands_of_parts__is_not_read(tmp_path):
    """TOML's reader would take minutes for it."""
    _tree(tmp_path, {"pyproject.toml": "a." * 200_000 + "a = 1"})
    assert [item.code for item in files_beside(tmp_path)[1]] == ["JC-RESOLUTION-31"]


INFO = {"language_info": {"name": "python", "version": "3.10.4"}}
ASKED = {
    "nothing": ({}, {}, "", None),
    "last run": ({}, INFO, "", ("3.10.4", "language_info")),
    "last run, pre-release": ({}, {"language_info": {"version": "3.12.0rc1"}}, "", ("3.12.0", "language_info")),
    "last run of another language": ({}, {"language_info": {"name": "R", "version": "3.6.1"}}, "", None),
    "odd metadata": ({}, {"language_info": {"name": 3, "version": []}}, "", None),
    "block": ({".python-version": "3.9"}, INFO, "==3.12.*", ("3.12", "pep723")),
    "block with a range": ({".python-version": "3.9"}, {}, ">=3.12", (">=3.12", "pep723")),
    "range that the last run is in": ({}, INFO, ">=3.9", ("3.10.4", "language_info")),
    "range that the last run is not in": ({}, INFO, ">=3.11", (">=3.11", "pep723")),
    "broken block": ({}, INFO, "whatever", ("3.10.4", "language_info")),
    "environment": ({"environment.yml": "dependencies: [python=3.9]"}, INFO, "", ("3.9", "environment.yml")),
    "environment exact": ({"environment.yaml": "dependencies: [python==3.9.1]"}, {}, "", ("3.9.1", "environment.yaml")),
    "environment range": (
        {"environment.yml": "dependencies: ['python>=3.8,<3.11']"},
        {},
        "",
        ("<3.11,>=3.8", "environment.yml"),
    ),
    "environment without": ({"environment.yml": "dependencies: [numpy]"}, INFO, "", ("3.10.4", "language_info")),
    "runtime.txt": ({"runtime.txt": "python-3.9.16\n"}, INFO, "", ("3.9.16", "runtime.txt")),
    "runtime.txt of R": ({"runtime.txt": "r-4.1-2022-01-01\n"}, {}, "", None),
    ".python-version": ({".python-version": "# mine\n3.11\n"}, INFO, "", ("3.11", ".python-version")),
    ".python-version of pyenv": ({".python-version": "my-env\n"}, INFO, "", ("3.10.4", "language_info")),
    "pyproject": ({"pyproject.toml": "[project]\nrequires-python='>=3.11'"}, {}, "", (">=3.11", "pyproject.toml")),
    "poetry": ({"pyproject.toml": "[tool.poetry.dependencies]\npython='^3.9'"}, {}, "", ("<4,>=3.9", "pyproject.toml")),
    "pixi": ({"pixi.toml": "[dependencies]\npython='3.11.*'"}, {}, "", ("3.11", "pixi.toml")),
    "Pipfile": ({"Pipfile": "[requires]\npython_version='3.8'"}, {}, "", ("3.8", "Pipfile")),
    "setup.cfg": ({"setup.cfg": "[options]\npython_requires = >=3.8"}, {}, "", (">=3.8", "setup.cfg")),
    "broken files": ({"setup.cfg": "x", "pyproject.toml": "[", "Pipfile": "[", "environment.yml": "["}, {}, "", None),
    "first of many": (
        {"environment.yml": "dependencies: [python=3.9]", "runtime.txt": "python-3.8"},
        {},
        "",
        ("3.9", "environment.yml"),
    ),
}


@pytest.mark.parametrize(("files", "metadata", "script", "expected"), ASKED.values(), ids=ASKED)
def test_python_asked__files_and_metadata__say_which(files, metadata, script, expected, tmp_path):
    """The nearest that names a Python counts; a range is narrowed by what the notebook last ran with."""
    _tree(tmp_path, files)
    assert python_asked(tmp_path, metadata, script_python=script) == expected


def test_python_asked__folder_above__is_found_and_named(tmp_path):
    """A file above is found as far as the boundary allows, and its path is relative to the notebook."""
    _tree(tmp_path, {".python-version": "3.9", "a/b/n.ipynb": ""})
    assert python_asked(tmp_path / "a/b", {}, boundary=tmp_path) == ("3.9", "../../.python-version")
    assert python_asked(tmp_path / "a/b", {}, boundary=tmp_path / "a") is None
    assert python_asked(tmp_path / "a\0b", {}) is None
