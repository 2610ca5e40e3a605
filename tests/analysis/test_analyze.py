"""The facts of a notebook: imports, findings, files and local modules."""

# ruff: noqa: E501  # a cell reads best as one text

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_containerize.analysis import analyze, local_files, slice_for
from jupyter_containerize.domain.notebook import Analysis, Severity
from tests.notebooks.made import notebook_of

IMPORTS: dict[str, tuple[str, list[tuple[str, bool]]]] = {
    "plain": ("import numpy", [("numpy", False)]),
    "several": ("import os, xml.dom as d", [("os", False), ("xml.dom", False)]),
    "from": ("from sklearn.svm import SVC", [("sklearn.svm", False)]),
    "star": ("from math import *", [("math", False)]),
    "in a function": ("def f():\n    import numpy", [("numpy", False)]),
    "in a method": ("class A:\n    def f(self):\n        import numpy", [("numpy", False)]),
    "in a class": ("class A:\n    import numpy", [("numpy", False)]),
    "in try": ("try:\n    import a\nexcept ImportError:\n    import b", [("a", True), ("b", True)]),
    "in if": ("if True:\n    import a\nelse:\n    import b", [("a", True), ("b", True)]),
    "in with": ("with x:\n    import a", [("a", False)]),
    "in a loop": ("for x in y:\n    import a", [("a", True)]),
    "by name": ("importlib.import_module('a.b')", [("a.b", False)]),
    "by bare name": ("m = import_module('a', 'x')", [("a", False)]),
    "by __import__": ("def f():\n    return __import__('a')", [("a", False)]),
    "by a computed name": ("importlib.import_module(name)\n__import__('')", []),
    "by a relative name": ("importlib.import_module('.a', 'b')", []),
    "relative": ("from . import a\nfrom .b import c", []),
    "after a magic": ("%matplotlib inline\nimport a", [("a", False)]),
    "in %%time": ("%%time\nimport a", [("a", False)]),
    "in %%timeit": ("%%timeit\nimport a", [("a", False)]),
    "in %%bash": ("%%bash\nimport a", []),
    "in a string": ("'import a'", []),
    "beside what does not parse": ("import a\nprint 'x'\nimport b", [("a", False), ("b", False)]),
    "below an open bracket": ("x = (1\nimport a", [("a", False)]),
}


IMPORTS |= {
    "by another name": ("from importlib import import_module as load\nload('a')", [("importlib", False), ("a", False)]),
    "by importlib's other name": (
        "import importlib as il\nil.import_module('a')",
        [("importlib", False), ("a", False)],
    ),
    "for types only": ("if TYPE_CHECKING:\n    import a\nelse:\n    import b", [("b", False)]),
    "for types only, dotted": ("if typing.TYPE_CHECKING:\n    import a\nimport b", [("b", False)]),
    "not for types": ("if not TYPE_CHECKING:\n    import a", [("a", False)]),
    "to fill in": ("from a.___ import x\nimport ____", [("a", False)]),
    "extension": ("%load_ext a.b", [("a.b", False)]),
    "extension by hand": ("get_ipython().extension_manager.load_extension('a')", [("a", False)]),
    "IPython's extension": ("%load_ext autoreload\n%autoreload 2\n%load_ext storemagic", []),
    "moved extension": ("%load_ext cythonmagic", [("Cython", False)]),
    "unknown extension": ("%load_ext {name}\n%load_ext", []),
}


@pytest.mark.parametrize("name", IMPORTS)
def test_analyze__import__is_found(name):
    """Imports are found wherever they stand, and guarded ones are marked."""
    source, expected = IMPORTS[name]
    analysis = analyze(notebook_of(source), root=None)
    assert [(site.module, site.guarded) for site in analysis.imports] == expected


ALTERNATIVES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "another name": ("try:\n    import a\nexcept ImportError:\n    import b", [("a", ""), ("b", "a")]),
    "the same name": ("try:\n    import a as x\nexcept:\n    import b as x", [("a", ""), ("b", "a")]),
    "names from modules": (
        "try:\n    from a import x\n    from b import y\nexcept ModuleNotFoundError:\n    from c import y\n    import d",
        [("a", ""), ("b", ""), ("c", "b"), ("d", "")],
    ),
    "three": (
        "try:\n    import a\nexcept Exception:\n    try:\n        import b\n    except (OSError, ImportError):\n        import c",
        [("a", ""), ("b", "a"), ("c", "b")],
    ),
    "none": ("try:\n    import a\nexcept ImportError:\n    a = None", [("a", "")]),
    "another error": ("try:\n    import a\nexcept KeyError:\n    import b", [("a", ""), ("b", "")]),
    "after an installation": ("try:\n    import a\nexcept ImportError:\n    !pip install a\n    import a", [("a", ""), ("a", "")]),
    "of Python's own": ("try:\n    import a\nexcept ImportError:\n    import sys\n    sys.exit()", [("a", ""), ("sys", "")]),
}  # fmt: skip


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_analyze__failing_import__knows_what_replaces_it(name):
    """An import that stands in for a failed one says so; others in the handler do not."""
    source, expected = ALTERNATIVES[name]
    analysis = analyze(notebook_of(source), root=None)
    assert [(site.module, site.instead_of) for site in analysis.imports] == expected


def test_analyze__rules__say_how_it_is_imported():
    """A statement, a name in code and a magic are told apart."""
    analysis = analyze(notebook_of("import a\nimportlib.import_module('b')\n%load_ext c"), root=None)
    assert [site.rule for site in analysis.imports] == ["import", "import_module", "load_ext"]


def test_analyze__other_language__is_named():
    """A cell in another language is a finding; one that is text for elsewhere is not."""
    cells = ("import a", "%%R\nlibrary(x)", "%%bash\nls", "%%html\n<p>", "%%writefile x.py\nx", "%%javascript\nx")
    analysis = analyze(notebook_of(*cells), root=None)
    found = [finding for finding in analysis.findings if finding.code == "JC-ANALYSIS-17"]
    assert [(finding.location.cell, finding.severity) for finding in found if finding.location] == [
        (2, Severity.INFO),
        (3, Severity.INFO),
    ]


def test_analyze__python2_module__is_told_once():
    """A module that only Python 2 had is a finding, unless the code has another at hand."""
    cells = (
        "import urllib2",
        "import urllib2, cPickle",
        "try:\n    import Queue\nexcept ImportError:\n    import queue",
    )
    found = [
        finding for finding in analyze(notebook_of(*cells), root=None).findings if finding.code == "JC-ANALYSIS-18"
    ]
    assert [finding.message.split()[0] for finding in found] == ["urllib2", "cPickle"]


def test_analyze__imports__are_sorted_by_location():
    """Import sites come in the order of cells and lines, with the user's line numbers."""
    analysis = analyze(notebook_of("\n\n!ls \\\n -l\nimport b", "import a", "x = 1\nfrom c import d, e"), root=None)
    assert [(site.name, str(site.location), site.names) for site in analysis.imports] == [
        ("b", "made.ipynb[1]:5", ()),
        ("a", "made.ipynb[2]:1", ()),
        ("c", "made.ipynb[3]:2", ("d", "e")),
    ]


UNREADABLE: dict[str, tuple[str, int, Severity]] = {
    "old print": ("x = 1\n\nprint 'x'\nprint 'y'", 3, Severity.WARNING),
    "open bracket": ("x = 1\ny = (2\n", 2, Severity.WARNING),
    "bad indent": ("x = 1\n  y = 2", 2, Severity.WARNING),
    "open string": ("x = '''\nabc", 1, Severity.WARNING),
    "in a function": ("def f():\n    return 1 1", 2, Severity.WARNING),
    "in predict": ("x = 1 1\ndef predict(x):\n    return 1 1", 3, Severity.ERROR),
    "lone surrogate": ("x = 1\ny = '\ud800'", 2, Severity.WARNING),
    "nul": ("x = 1\ny = '\0'", 2, Severity.WARNING),
    "too deep": ("x = 1\ny = " + "(" * 500 + ")" * 500, 2, Severity.WARNING),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_analyze__cell_does_not_parse__one_finding_with_its_line(name):
    """A bad cell gives one finding where the parser stopped; an error only if it hides what would serve."""
    source, line, severity = UNREADABLE[name]
    analysis = analyze(notebook_of("a = 1", source), root=None)
    [finding] = analysis.findings
    assert finding.location is not None
    assert (finding.location.cell, finding.location.line, finding.severity) == (2, line, severity)


def test_analyze__predict_is_also_defined_well__its_bad_twin_is_a_warning():
    """A broken definition does not matter when a good one is there."""
    analysis = analyze(notebook_of("def predict(x):\n    return 1 1", "def predict(x):\n    return 1"), root=None)
    assert [finding.severity for finding in analysis.findings] == [Severity.WARNING]


def test_analyze__invalid_escape__is_no_warning_of_ours():
    """What Python warns about in the user's code is not raised, warned or found here."""
    assert analyze(notebook_of("x = '\\d'\nx is 1"), root=None).findings == ()


def test_analyze__hopeless_cell__ends():
    """A long cell in which nothing parses costs bounded work."""
    analysis = analyze(notebook_of("\n".join(f"line {number} '''" for number in range(400))), root=None)
    assert len(analysis.findings) == 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a notebook's folder with data, modules and traps."""
    files = {
        "data/train.csv": "a",
        "data/.hidden": "h",
        "vocabulary.txt": "v",
        "model/weights.bin": "w",
        "helpers.py": "import json\nimport tools.text\nfrom third import party\nWORDS = 'words.txt'",
        "words.txt": "w",
        "tools/__init__.py": "from . import numbers",
        "tools/text.py": "from .deep import thing\nimport other_third",
        "tools/numbers.py": "import third.numbers",
        "tools/deep/__init__.py": "",
        "tools/deep/thing.py": "import tools.text",
        "tools/stop.json": "{}",
        "tools/__pycache__/text.pyc": "x",
        "tools/unused.py": "import never",
        "bare/features.py": "import bare_third",
        "bare/large.bin": "x",
        "random.py": "import shadow",
        "broken.py": "x = 1\nx x",
        "numpy/notes.txt": "no module here",
    }
    for name, text in files.items():
        path = tmp_path / "work" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "outside.txt").write_text("o", encoding="utf-8")
    (tmp_path / "work" / "link.txt").symlink_to(tmp_path / "outside.txt")
    return tmp_path / "work"


FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "file": ("open('vocabulary.txt')", ("vocabulary.txt",)),
    "dotted": ("open('./data/../data/train.csv')", ("data/train.csv",)),
    "any literal": ("NAME = 'vocabulary.txt'", ("vocabulary.txt",)),
    "joined by Path": ("from pathlib import Path\nPath('data') / 'train.csv'", ("data/train.csv",)),
    "joined by os.path": ("os.path.join('data', 'train.csv')", ("data/train.csv",)),
    "folder as argument": ("load('model')", ("model",)),
    "folder with a slash": ("x = 'model/'", ("model",)),
    "folder that may be a column": ("table['model']", ()),
    "missing": ("open('no_such.txt')", ()),
    "above": ("open('../outside.txt')", ()),
    "symlink to above": ("open('link.txt')", ()),
    "absolute": ("open('/etc/hostname')", ()),
    "the folder itself": ("open('.')\nopen('')", ()),
    "odd texts": ("open('a\\nb')\nopen('\\0')\nopen('x' * 5)\nopen('" + "y" * 5000 + "')", ()),
    "in an f-string": ("open(f'{x}vocabulary.txt')", ("vocabulary.txt",)),
}


@pytest.mark.parametrize("name", FILES)
def test_analyze__file_literal__is_found_inside_the_folder(name, folder):
    """Literals that name something in the folder are found; nothing outside of it ever is."""
    source, expected = FILES[name]
    assert analyze(notebook_of(source), root=folder).files == expected


def test_analyze__absolute_path_into_the_folder__is_made_relative(folder):
    """A path that the user wrote in full counts as well."""
    assert analyze(notebook_of(f"open({str(folder / 'vocabulary.txt')!r})"), root=folder).files == ("vocabulary.txt",)


MODULES: dict[str, tuple[str, dict[str, str], set[str]]] = {
    "module": (
        "import helpers",
        {
            "helpers": "helpers.py",
            "tools": "tools/__init__.py",
            "tools.deep": "tools/deep/__init__.py",
            "tools.deep.thing": "tools/deep/thing.py",
            "tools.numbers": "tools/numbers.py",
            "tools.text": "tools/text.py",
        },
        {"json", "third", "third.numbers", "other_third"},
    ),
    "module of a package": (
        "from tools import numbers",
        {"tools": "tools/__init__.py", "tools.numbers": "tools/numbers.py"},
        {"third.numbers"},
    ),
    "package without __init__": (
        "from bare import features",
        {"bare": "bare", "bare.features": "bare/features.py"},
        {"bare_third"},
    ),
    "package without __init__, dotted": (
        "import bare.features",
        {"bare": "bare", "bare.features": "bare/features.py"},
        {"bare_third"},
    ),
    "folder that is no package": ("import numpy", {}, set()),
    "standard library wins": ("import random", {}, set()),
    "not there": ("import nowhere.at_all", {}, set()),
}


@pytest.mark.parametrize("name", MODULES)
def test_analyze__local_module__is_followed(name, folder):
    """Modules beside the notebook are found through each other, and what they import is known."""
    source, modules, imports = MODULES[name]
    analysis = analyze(notebook_of(source), root=folder)
    outside = {site.module for site in analysis.imports if site.location.cell is None}
    assert dict(analysis.local_modules) == modules
    assert {module for module in outside if module.partition(".")[0] not in modules} == imports


def test_analyze__broken_local_module__is_a_finding(folder):
    """A module that does not parse is reported with its own line."""
    analysis = analyze(notebook_of("import broken"), root=folder)
    assert [str(finding.location) for finding in analysis.findings] == ["broken.py:2"]


def test_analyze__root_is_missing__has_no_files(tmp_path):
    """A folder that is not there has nothing in it."""
    analysis = analyze(notebook_of("import helpers\nopen('a')"), root=tmp_path / "gone")
    assert (analysis.files, analysis.local_modules) == ((), ())


def served_files(source: str, folder: Path) -> tuple[Analysis, tuple[str, ...], set[str]]:
    """Return the analysis, the files and the import names that serving ``predict`` needs."""
    notebook = notebook_of(*source.split("\n---\n"))
    analysis = analyze(notebook, root=folder)
    serving = slice_for(notebook, analysis, "predict")
    files = tuple(path for path, _ in local_files(analysis, serving, root=folder))
    return analysis, files, {site.name for site in serving.imports}


PACKAGE = (
    "tools/__init__.py",
    "tools/deep/__init__.py",
    "tools/deep/thing.py",
    "tools/numbers.py",
    "tools/stop.json",
    "tools/text.py",
    "tools/unused.py",
)

SERVED: dict[str, tuple[str, tuple[str, ...]]] = {
    "nothing": ("import helpers\nopen('vocabulary.txt')\n---\ndef predict(x):\n    return x", ()),
    "modules and what they name": (
        "import helpers\n---\ndef predict(x):\n    return helpers.f(x)",
        ("helpers.py", *PACKAGE, "words.txt"),
    ),
    "whole package": ("import tools.numbers\n---\ndef predict(x):\n    return tools.numbers.f(x)", PACKAGE),
    "only the module of a bare folder": (
        "from bare import features\n---\ndef predict(x):\n    return features.f(x)",
        ("bare/features.py",),
    ),
    "file that it opens": ("def predict(x):\n    return open('vocabulary.txt').read()", ("vocabulary.txt",)),
    "file that a helper opens": (
        "def read():\n    return open('./vocabulary.txt').read()\n---\ndef predict(x):\n    return read()",
        ("vocabulary.txt",),
    ),
    "folder that it names": ("def predict(x):\n    return load('data')", ("data/train.csv",)),
    "file in a captured name": (
        "import pathlib\nFILE = pathlib.Path('data') / 'train.csv'\n---\ndef predict(x):\n    return FILE.read_text()",
        ("data/train.csv",),
    ),
    "file that only training read": ("table = read('data/train.csv')\n---\ndef predict(x):\n    return table", ()),
}


@pytest.mark.parametrize("name", SERVED)
def test_local_files__serving_code__takes_what_it_needs(name, folder):
    """The image gets the modules that serving reaches and the files that it names, and no others."""
    source, expected = SERVED[name]
    assert served_files(source, folder)[1] == tuple(sorted(expected))


def test_slice_for__local_modules__bring_their_imports(folder):
    """What reached local modules import is needed as well; what others import is not."""
    source = "import helpers\nfrom bare import features\n---\ndef predict(x):\n    return helpers.f(x)"
    _, _, names = served_files(source, folder)
    assert names == {"helpers", "json", "tools", "third", "other_third"}
