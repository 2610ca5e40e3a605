"""Modules that a notebook finds beside it, above it, or writes itself."""

# ruff: noqa: E501  # a cell reads best as one text

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jupyter_containerize.analysis import analyze, local_files, slice_for
from jupyter_containerize.domain.notebook import Severity
from tests.notebooks.made import content_of, notebook_of


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Give a notebook's folder inside of a repository."""
    files = {
        "src/tool/__init__.py": "import tool_needs",
        "src/tool/deep.py": "from . import other\ndef f():\n    import maybe\n    import tool.lazy",
        "src/tool/other.py": "",
        "src/tool/lazy.py": "import lazy_needs",
        "shared.py": "import shared_needs",
        "notebooks/scripts/setup.py": "import setup_needs\nimport beside",
        "notebooks/scripts/beside.py": "",
        "notebooks/old.py": "print 'x'\nimport old_needs",
        "notebooks/part.ipynb": json.dumps(content_of("%matplotlib inline\nimport part_needs", "%%bash\nimport no")),
        "notebooks/loop/__init__.py": "import loop.a",
        "notebooks/loop/a.py": "import loop.b",
        "notebooks/loop/b.py": "import loop.a, loop_needs",
    }
    for name, text in files.items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "secret.py").write_text("import secret_needs", encoding="utf-8")
    (tmp_path / "repository/notebooks/leak.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "repository/notebooks/around").symlink_to(tmp_path / "repository/notebooks")
    return tmp_path / "repository" / "notebooks"


TOOL = {"tool": "../src/tool/__init__.py"}
SHARED = {"shared": "../shared.py"}

# Cells, local modules, and what is imported besides what the cells say.
SEARCHED: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "append": ("import sys\nsys.path.append('..')\nimport shared", SHARED, {"shared_needs"}),
    "insert": ("sys.path.insert(0, '../src')\nimport tool", TOOL, {"tool_needs"}),
    "extend": ("sys.path.extend(['x', '../src'])\nimport tool", TOOL, {"tool_needs"}),
    "added list": ("sys.path += ['../src']\nimport tool", TOOL, {"tool_needs"}),
    "new list": ("sys.path = ['../src'] + sys.path\nimport tool", TOOL, {"tool_needs"}),
    "joined": ("sys.path.append(os.path.join('..', 'src'))\nimport tool", TOOL, {"tool_needs"}),
    "abspath": ("sys.path.append(os.path.abspath(os.path.join(os.getcwd(), os.pardir)))\nimport shared", SHARED,
                {"shared_needs"}),
    "dirname": ("sys.path.append(os.path.dirname(os.path.abspath('')))\nimport shared", SHARED, {"shared_needs"}),
    "not a file": ("here = os.path.dirname(os.path.abspath('__file__'))\nsys.path.append(here + '/../src')\nimport tool",
                   TOOL, {"tool_needs"}),
    "pathlib": ("sys.path.append(str(Path.cwd().parent / 'src'))\nimport tool", TOOL, {"tool_needs"}),
    "resolved": ("sys.path.append(str(Path('..').resolve()))\nimport shared", SHARED, {"shared_needs"}),
    "parents": ("sys.path.append(f'{Path.cwd().parents[0]}/src')\nimport tool", TOOL, {"tool_needs"}),
    "by a name": ("p = os.path.abspath('..')\nif p not in sys.path:\n    sys.path.append(p)\nimport shared", SHARED,
                  {"shared_needs"}),
    "chdir": ("os.chdir('..')\nimport shared", SHARED, {"shared_needs"}),
    "%cd": ("%cd -q ..\nsys.path.append('src')\nimport tool", TOOL, {"tool_needs"}),
    "clone of itself": ("!git clone https://github.com/x/repository\n%cd repository\nimport shared", SHARED, {"shared_needs"}),
    "clone of another": ("!git clone https://github.com/x/other\n%cd other\nimport shared", {}, set()),
    "unknown": ("sys.path.append(x)\nsys.path.append(f(2))\nsys.path.append(__file__)\nimport shared", {}, set()),
    "a name of itself": ("p = p + '/..'\nsys.path.append(p)\nimport shared", {}, set()),
    "out of the boundary": ("sys.path.append('../..')\nimport secret", {}, set()),
    "symlink out of the boundary": ("import leak", {}, set()),
    "submodules": (
        "sys.path.append('../src')\nimport tool.deep",
        {**TOOL, "tool.deep": "../src/tool/deep.py", "tool.other": "../src/tool/other.py", "tool.lazy": "../src/tool/lazy.py"},
        {"tool_needs", "tool", "maybe", "tool.lazy", "lazy_needs"},
    ),
    "not installed, not searched": ("import tool, shared", {}, set()),
    "in a circle": ("import loop",
        {"loop": "loop/__init__.py", "loop.a": "loop/a.py", "loop.b": "loop/b.py"},
        {"loop.a", "loop.b", "loop_needs"},
    ),
    "symlink in a circle": ("import around.around.loop", {
        "around": "around", "around.around": "around/around", "around.around.loop": "around/around/loop/__init__.py",
        "loop": "loop/__init__.py", "loop.a": "loop/a.py", "loop.b": "loop/b.py",
    }, {"loop.a", "loop.b", "loop_needs"}),
    "Python 2 module": ("import old", {"old": "old.py"}, {"old_needs"}),
    "%run": ("%run scripts/setup.py", {}, {"setup_needs", "beside"}),
    "%run without suffix": ("%run -i 'scripts/setup'", {}, {"setup_needs", "beside"}),
    "%run of a notebook": ("%run ./part.ipynb", {}, {"part_needs"}),
    "%run of a module": ("%run -m scripts.setup", {}, set()),
    "%load": ("%load scripts/setup.py", {}, {"setup_needs", "beside"}),
    "%run of nothing": ("%run {x}\n%run\n%run gone.py\n%run ../../secret.py", {}, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", SEARCHED)
def test_analyze__search_path__is_followed(name, work):
    """Modules are found where the notebook's own code makes Python look, and nowhere else."""
    source, modules, imports = SEARCHED[name]
    analysis = analyze(notebook_of(source), root=work, boundary=work.parent)
    assert dict(analysis.local_modules) == modules
    assert {site.module for site in analysis.imports if site.location.cell is None} == imports


def test_analyze__module_outside__is_said_and_served_under_its_own_name(work):
    """Where the notebook found it is this machine's own; in the application it lies beside the serving code."""
    notebook = notebook_of(
        "import sys\nsys.path.append('..')\nimport shared", "def predict(x):\n    return shared.f(x)"
    )
    analysis = analyze(notebook, root=work)
    [finding] = [finding for finding in analysis.findings if finding.code == "JC-ANALYSIS-16"]
    assert (finding.severity, str(finding.location)) == (Severity.INFO, "made.ipynb[1]:3")
    serving = slice_for(notebook, analysis, "predict")
    assert local_files(analysis, serving, root=work) == (("shared.py", "../shared.py"),)


def test_local_files__package_outside__all_of_it(work):
    """A package's modules may import each other by any path."""
    package = work.parent / "lib" / "kit"
    package.mkdir(parents=True)
    for name in ("__init__.py", "one.py", "two.py"):
        (package / name).touch()
    notebook = notebook_of(
        "import sys\nsys.path.append('../lib')\nimport kit.one", "def predict(x):\n    return kit.one.f(x)"
    )
    analysis = analyze(notebook, root=work)
    found = local_files(analysis, slice_for(notebook, analysis, "predict"), root=work)
    assert found == tuple((f"kit/{name}", f"../lib/kit/{name}") for name in ("__init__.py", "one.py", "two.py"))


def test_local_files__module_that_an_object_needs__goes_along(work):
    """Loading a captured object imports its class's module, which the serving code need not name."""
    (work / "nets.py").touch()
    notebook = notebook_of("import nets\nmodel = nets.Net()", "def predict(x):\n    return model(x)")
    analysis = analyze(notebook, root=work)
    serving = slice_for(notebook, analysis, "predict")
    assert local_files(analysis, serving, root=work) == ()
    assert local_files(analysis, serving, root=work, modules=["nets", "numpy"]) == (("nets.py", "nets.py"),)


def test_analyze__import_only_inside_functions__guards_what_it_reaches(work):
    """What only a function of a local module imports is not sure to be needed, all the way down."""
    analysis = analyze(notebook_of("import sys\nsys.path.append('../src')\nimport tool.deep"), root=work)
    guarded = {site.module for site in analysis.imports if site.guarded}
    assert guarded == {"maybe", "tool.lazy", "lazy_needs"}


WRITTEN: dict[str, tuple[tuple[str, ...], tuple[str, ...], list[str]]] = {
    "imported": (("%%writefile helper.py\n\nimport a", "import helper"), ("helper",), ["a made.ipynb[1]:3"]),
    "%%file": (("%%file ./helper.py\nimport a", "import helper"), ("helper",), ["a made.ipynb[1]:2"]),
    "never imported": (("%%writefile helper.py\nimport a", "x = 1"), (), []),
    "run": (("%%writefile helper.py\nimport a", "%run helper.py"), (), ["a made.ipynb[1]:2"]),
    "package": (
        ("%%writefile box/__init__.py\n", "%%writefile box/task.py\nimport a", "from box import task"),
        ("box",),
        ["a made.ipynb[2]:2"],
    ),
    "package without __init__": (("%%writefile box/task.py\nimport a", "import box.task"), ("box",), ["a made.ipynb[1]:2"]),
    "folder that is no package": (("%%writefile numpy/task.py\nimport a", "import numpy"), (), []),
    "no Python": (("%%writefile Dockerfile\nimport a", "import Dockerfile"), (), []),
    "appended": (
        ("%%writefile helper.py\nimport a", "%%writefile -a helper.py\nimport b", "import helper"),
        ("helper",),
        ["a made.ipynb[1]:2", "b made.ipynb[2]:2"],
    ),
    "named": (("NAME = 'helper'\n", "%%writefile {NAME}.py\nimport a", "import helper"), ("helper",), ["a made.ipynb[2]:2"]),
    "unknown name": (("%%writefile {x}.py\nimport a", "import helper"), (), []),
    "outside": (("%%writefile ../helper.py\nimport a", "import helper"), (), []),
}  # fmt: skip


@pytest.mark.parametrize("rooted", [True, False])
@pytest.mark.parametrize("name", WRITTEN)
def test_analyze__written_module__counts_if_it_is_used(name, rooted, tmp_path):
    """A module that a cell writes is the notebook's own, and needs what it imports."""
    cells, written, imports = WRITTEN[name]
    analysis = analyze(notebook_of(*cells), root=tmp_path if rooted else None)
    found = [f"{site.module} {site.location}" for site in analysis.imports if site.module in {"a", "b"}]
    assert (analysis.written_modules, found, analysis.local_modules) == (written, imports, ())


@pytest.mark.parametrize(
    ("marks", "local"),
    [
        ({"pyproject.toml": "[project]\nname = 'tool'"}, False),
        ({"pyproject.toml": "[tool.poetry]\nname = 'other'"}, False),
        ({"setup.py": "from setuptools import setup\nsetup(name='tool')"}, False),
        ({"setup.cfg": "[metadata]\nname = tool"}, False),
        ({"pyproject.toml": "not toml"}, False),
        ({"pyproject.toml": "[tool.ruff]\nline-length = 120"}, True),
        ({}, False),
    ],
)
def test_analyze__project_around__is_local_only_without_a_name(marks, local, work):
    """A project with a name is a distribution; one without can only be found where it lies."""
    for name, text in marks.items():
        (work.parent / name).write_text(text, encoding="utf-8")
    analysis = analyze(notebook_of("import tool"), root=work, boundary=work.parent)
    assert dict(analysis.local_modules) == (TOOL if local else {})
