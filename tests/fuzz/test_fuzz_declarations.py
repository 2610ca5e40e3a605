"""No file beside a notebook, however broken, makes us raise or hang: what cannot be read is a finding."""

# ruff: noqa: E501 - pieces of files, one a line

from __future__ import annotations

import random

import pytest

from tests.fuzz.making import changed_text
from tests.fuzz.one_input import TookTooLong, read_beside

pytestmark = pytest.mark.slow

_VARIANTS = 120

_PYPROJECT = """\
[project]
name = "x"
requires-python = ">=3.11"
dependencies = ["numpy>=1", "pandas[excel]~=2.0; python_version < '3.13'", "y @ git+https://user:pw@example.org/y.git@v1"]
[project.optional-dependencies]
extra = ["torch"]
[dependency-groups]
dev = ["pytest", {include-group = "docs"}]
docs = [{include-group = "dev"}]
[tool.poetry.dependencies]
python = "^3.9"
requests = {version = "^2.31", extras = ["socks"], optional = true}
local = {path = "../local", develop = true}
[[tool.uv.index]]
url = "https://example.org/simple"
"""
_ENVIRONMENT = """\
name: base
channels: [conda-forge, defaults]
dependencies:
  - python=3.9
  - numpy>=1.2,<2
  - conda-forge::pytorch=2.1.*=cuda*
  - pip
  - pip:
    - -r requirements.txt
    - scikit-learn==1.5.0
    - git+https://example.org/z.git#egg=z
"""
_LOCK = """\
version = 1
requires-python = ">=3.11"
[[package]]
name = "numpy"
version = "1.26.4"
source = { registry = "https://example.org/simple" }
wheels = [{ url = "https://example.org/n.whl", hash = "sha256:00" }]
[[package]]
name = "x"
source = { editable = "." }
[[packages]]
name = "pandas"
version = "2.2.0"
"""

FILES: dict[str, str] = {
    "requirements.txt": "# c\nnumpy==1.26.4 --hash=sha256:00\n-r more.txt\n-c none.txt\n-e git+https://u:p@example.org/a.git#egg=a\n"
    "pandas[excel]>=2 ; python_version<'3.12'\n./b.whl\n--index-url https://u:p@example.org/simple\nc \\\n  >=1\n",
    "pyproject.toml": _PYPROJECT,
    "environment.yml": _ENVIRONMENT,
    "environment.yaml": "a: &a [*a]\ndependencies: &x\n  - numpy\n  - pip: *x\n",
    "uv.lock": _LOCK,
    "pylock.toml": _LOCK.replace("version = 1", 'lock-version = "1.0"', 1),
    "poetry.lock": _LOCK,
    "Pipfile": '[packages]\nnumpy = "*"\nx = {git = "https://example.org/x.git", ref = "main"}\n[requires]\npython_version = "3.11"\n',
    "Pipfile.lock": '{"_meta": {}, "default": {"numpy": {"version": "==1.26.4", "extras": ["a"]}, "x": {"git": "u"}}, "develop": []}',
    "setup.cfg": "[metadata]\nname = x\n[options]\ninstall_requires =\n  numpy>=1\n  pandas\n",
    "setup.py": "from setuptools import setup\nsetup(install_requires=['numpy', f'x=={v}'] + more, extras_require={'a': ['b']})\n",
    "apt.txt": "graphviz # c\nlibgl1 x=1.2\n",
    "runtime.txt": "python-3.9\n",
    ".python-version": "3.11.4\n",
    "DESCRIPTION": "Package: x\nImports:\n    dplyr (>= 1.0),\n    ggplot2\n",
    "install.R": "install.packages(c('a', 'b'))\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_beside__mutated_file__nothing_raised_and_no_hang(name, tmp_path):
    """Every variant of the file is read, or leaves a finding, within three seconds."""
    failures = {}
    for number in range(_VARIANTS):
        chance = random.Random(f"{name} {number}")
        text = FILES[name]
        for _ in range(chance.randint(1, 4)):
            text = changed_text(text, chance)
        (tmp_path / name).write_bytes(text.encode(errors="surrogatepass"))
        try:
            read_beside(tmp_path)
        except (Exception, TookTooLong) as error:  # noqa: BLE001 - any exception is what we look for
            failures.setdefault(f"{type(error).__name__}: {error}"[:200], f"variant {number}: {text[:2000]!r}")
    assert not failures, "\n".join(f"{error}\n  {what}" for error, what in failures.items())


DEEP: dict[str, tuple[str, bytes]] = {
    "requirements that name themselves": ("requirements.txt", b"-r requirements.txt\n" * 500),
    "many requirements": ("requirements.txt", b"".join(b"p%d>=%d\n" % (n, n) for n in range(3000))),
    "continued lines": ("requirements.txt", b"\\\n" * 5000),
    "brackets": ("requirements.txt", b"a[" * 5000),
    "marker in brackets": ("requirements.txt", b"a; " + b"(" * 1000 + b"python_version > '3'" + b")" * 1000),
    "long version": ("requirements.txt", b"a==" + b"1." * 20_000),
    "toml arrays": ("pyproject.toml", b"[project]\ndependencies = " + b"[" * 5000),
    "toml closed arrays": ("pyproject.toml", b"[project]\ndependencies = " + b"[" * 400 + b"]" * 400),
    "toml dots": ("pyproject.toml", b"a." * 5000 + b"b = 1"),
    "toml headers": ("pyproject.toml", b"[a" + b".a" * 5000 + b"]"),
    "groups in a circle": ("pyproject.toml", b"[dependency-groups]\na=[{include-group='b'}]\nb=[{include-group='a'}]\n"),
    "groups that double": (
        "pyproject.toml",
        b"[dependency-groups]\n"
        + b"".join(b"g%d=[{include-group='g%d'},{include-group='g%d'}]\n" % (n, n + 1, n + 1) for n in range(40))
        + b"g40=['numpy']\n",
    ),
    "yaml lists": ("environment.yml", b"dependencies: " + b"[" * 5000),
    "yaml maps": ("environment.yml", b"dependencies: " + b"{a: " * 1000 + b"}" * 1000),
    "yaml dashes": ("environment.yml", b"- " * 5000),
    "yaml steps": ("environment.yml", b"".join(b" " * n + b"a:\n" for n in range(900))),
    "yaml that doubles": (
        "environment.yml",
        b"a0: &a0 [numpy]\n"
        + b"".join(b"a%d: &a%d [*a%d, *a%d]\n" % (n, n, n - 1, n - 1) for n in range(1, 40))
        + b"dependencies: *a39\n",
    ),
    "yaml tag": ("environment.yml", b"dependencies: !!python/object/apply:os.system ['true']\n"),
    "yaml in a circle": ("environment.yml", b"dependencies: &d\n  - pip: *d\n"),
    "json lists": ("Pipfile.lock", b'{"default": ' + b"[" * 100_000),
    "json number": ("Pipfile.lock", b'{"default": ' + b"9" * 5000 + b"}"),
    "calls in setup.py": ("setup.py", b"setup(install_requires=" + b"(" * 5000),
    "sums in setup.py": ("setup.py", b"setup(install_requires=" + b"['a'] + " * 3000 + b"[])"),
    "utf-16": ("requirements.txt", "numpy\n".encode("utf-16")),
    "nul": ("requirements.txt", b"num\x00py\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", DEEP)
def test_files_beside__big_or_deep_in_one_direction__nothing_raised_and_no_hang(case, tmp_path):
    """No direction makes us slow or breaks us."""
    name, content = DEEP[case]
    (tmp_path / name).write_bytes(content)
    read_beside(tmp_path)
