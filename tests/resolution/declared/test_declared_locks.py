"""Lock files say which versions, exactly."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_containerize.domain.environment import LockedEnvironment, LockedPackage
from jupyter_containerize.resolution import to_pylock
from jupyter_containerize.resolution.declared import files_beside
from jupyter_containerize.resolution.declared.locks import pylock_of, uv_lock_of
from jupyter_containerize.resolution.declared.requirement_files import split_stream
from jupyter_containerize.resolution.declared.source import Source

UV = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "study"
version = "0.1.0"
source = { editable = "." }
dependencies = [
    { name = "numpy" },
]

[package.metadata]
requires-dist = [{ name = "numpy" }]

[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://pypi.org/simple" }
resolution-markers = [
    "python_full_version < '3.12'",
    "sys_platform == 'darwin'",
]
sdist = { url = "https://h/numpy-1.26.4.tar.gz", hash = "sha256:aa" }
wheels = [
    { url = "https://h/numpy-1.26.4-py3-none-any.whl", hash = "sha256:bb" },
]

[[package]]
name = "numpy"
version = "2.1.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "foo"
version = "1.0"
source = { git = "https://me:pw@h/foo.git?tag=v1#abc" }
"""
POETRY = """\
[[package]]
name = "numpy"
version = "1.26.4"
description = "Arrays [not] a = list"
optional = false
python-versions = ">=3.9"
groups = ["main", "dev"]
markers = "python_version < '3.12'"
files = [
    {file = "numpy-1.26.4.tar.gz", hash = "sha256:aa"},
]

[package.dependencies]
name = "x"

[package.extras]
test = ["pytest"]

[[package]]
name = "pytest"
version = "8.0"
optional = false
groups = ["dev"]

[[package]]
name = "old-dev"
version = "8.0"
category = "dev"
optional = false

[[package]]
name = "extra"
version = "8.0"
optional = true

[[package]]
name = "foo"
version = "1.0"
optional = false

[package.source]
type = "git"
url = "https://h/foo.git"
reference = "v1"
resolved_reference = "abc"

[[package]]
name = "here"
version = "1.0"
[package.source]
type = "directory"
url = "."

[metadata]
lock-version = "2.1"
"""
PYLOCK = """\
lock-version = "1.0"
created-by = "someone"

[[packages]]
name = "numpy"
version = "1.26.4"
marker = "sys_platform == 'linux'"
[[packages.wheels]]
name = "numpy-1.26.4-py3-none-any.whl"
[packages.wheels.hashes]
sha256 = "aa"

[[packages]]
name = "foo"
vcs = { type = "git", url = "https://h/foo.git", commit-id = "abc" }

[[packages]]
name = "bar"
[packages.archive]
url = "https://h/bar-1.zip"

[[packages]]
name = "here"
directory = { path = "." }
"""
PIPENV = json.dumps(
    {
        "_meta": {"sources": []},
        "default": {
            "numpy": {"version": "==1.26.4", "markers": "python_version < '3.12'", "hashes": ["sha256:aa"]},
            "requests": {"extras": ["socks"], "version": "==2.31"},
            "foo": {"git": "https://h/foo.git", "ref": "abc"},
        },
        "develop": {"pytest": {"version": "==8"}},
    },
    indent=4,
)

POETRY_FOO = False, POETRY.splitlines().index('name = "foo"') + 1

LOCKS = {
    "uv.lock": (
        UV,
        [
            ("numpy==1.26.4", 'python_full_version < "3.12" or sys_platform == "darwin"', "", True, 16),
            ("numpy==2.1.0", "", "", True, 29),
            ("foo", "", "git+https://h/foo.git@abc", False, 34),
        ],
    ),
    "poetry.lock": (
        POETRY,
        [
            ("numpy==1.26.4", 'python_version < "3.12"', "", True, 2),
            ("foo", "", "git+https://h/foo.git@abc", *POETRY_FOO),
        ],
    ),
    "pylock.toml": (
        PYLOCK,
        [
            ("numpy==1.26.4", 'sys_platform == "linux"', "", True, 5),
            ("foo", "", "git+https://h/foo.git@abc", False, 14),
            ("bar", "", "https://h/bar-1.zip", False, 18),
        ],
    ),
    "Pipfile.lock": (
        PIPENV,
        [
            ("numpy==1.26.4", 'python_version < "3.12"', "", True, 6),
            ("requests==2.31", "", "", True, 13),
            ("foo", "", "git+https://h/foo.git@abc", False, 19),
        ],
    ),
}


def _said(item):
    return f"{item.name}{item.specifier}", item.marker, item.url, item.exact, item.location.line


@pytest.mark.parametrize(("name", "text", "expected"), [(name, *case) for name, case in LOCKS.items()], ids=LOCKS)
def test_files_beside__lock__pins_exactly(name, text, expected, tmp_path):
    """Each pin is exact and has its line; the project itself, groups and extras are left out."""
    (tmp_path / name).write_text(text)
    declared, findings = files_beside(tmp_path)
    assert ([_said(item) for item in declared], findings) == (expected, ())
    assert {item.rule for item in declared} == {name}


def test_files_beside__named_pylock__is_one(tmp_path):
    """pylock.NAME.toml is a lock, too."""
    (tmp_path / "pylock.prod.toml").write_text(PYLOCK)
    assert {item.rule for item in files_beside(tmp_path)[0]} == {"pylock.toml"}


def test_pylock_of__our_own__reads_back():
    """What we write as pylock.toml we read."""
    package = LockedPackage(
        name="x", version="1.0", filename="x-1.0-py3-none-any.whl", url="https://h/x", sha256="aa", size_bytes=1
    )
    text = to_pylock(LockedEnvironment(python_minor="3.11", platform="x86_64-manylinux_2_36", packages=(package,)))
    declared, findings = split_stream(pylock_of(Source(text=text, shown="pylock.toml", rule="pylock.toml")))
    assert ([(item.name, item.specifier, item.exact) for item in declared], findings) == ([("x", "==1.0", True)], ())


HAND_MADE = {
    "compact": '[[package]]\nname="x"\nversion="1"\n',
    "indented": '[[package]]\n  name = "x"\n  version = "1"\n',
    "inline": 'package = [{ name = "x", version = "1" }]\n',
    "text of many lines": '[[package]]\nname = "x"\nversion = """\n1"""\n',
}


@pytest.mark.parametrize("text", HAND_MADE.values(), ids=HAND_MADE)
def test_uv_lock_of__not_as_tools_write__is_read_or_said(text):
    """A lock in another style gives the same pins, or none; never wrong ones."""
    declared, _ = split_stream(uv_lock_of(Source(text=text, shown="uv.lock", rule="uv.lock")))
    assert [(item.name, item.specifier) for item in declared] in ([("x", "==1")], [])


BROKEN = {
    "uv.lock": "[[package]\n",
    "poetry.lock": "<<<<<<< HEAD\n",
    "pylock.toml": "x = [\n",
    "Pipfile.lock": '{"default": {',
    "uv.lock with a conflict": UV.replace('version = "2.1.0"', '<<<<<<< HEAD\nversion = "2.1.0"\n>>>>>>> x'),
}


@pytest.mark.parametrize(("name", "text"), BROKEN.items(), ids=BROKEN)
def test_files_beside__broken_lock__is_a_finding(name, text, tmp_path):
    """A broken lock is named; nothing is raised."""
    name = name.partition(" ")[0]
    (tmp_path / name).write_text(text)
    declared, findings = files_beside(tmp_path)
    assert declared == ()
    assert [(item.code, item.location.path) for item in findings] == [("JC-RESOLUTION-31", name)]


def test_files_beside__nested_json__is_a_finding(tmp_path):
    """JSON that is nested too deep ends in a finding."""
    (tmp_path / "Pipfile.lock").write_text("[" * 200_000)
    assert [item.code for item in files_beside(tmp_path)[1]] == ["JC-RESOLUTION-31"]


@given(st.lists(st.sampled_from([*UV.splitlines(), *PYLOCK.splitlines(), "", "]", "x"])).map("\n".join))
def test_locks__any_lines__raise_nothing(text):
    """Whatever lines a lock has, the answer is declarations and findings."""
    for reader in (uv_lock_of, pylock_of):
        declared, findings = split_stream(reader(Source(text=text, shown="l", rule="l")))
        assert all(item.location.path == "l" for item in (*declared, *findings))
