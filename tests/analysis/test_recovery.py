"""A cell that does not parse loses only the lines concerned."""

from __future__ import annotations

import pytest

from jupyter_containerize.analysis import analyze
from tests.notebooks.made import notebook_of

# Cell, and the lines and modules of the imports that must be found.
CELLS: dict[str, tuple[str, list[tuple[int, str]]]] = {
    "print in a function": ("def f():\n    print 'x'\n    import a", [(3, "a")]),
    "except in Python 2": ("try:\n    import a\nexcept ImportError, e:\n    import b", [(2, "a"), (4, "b")]),
    "exec, raise, backticks": ("def f():\n    exec 'x'\n    raise E, 'x'\n    y = `z`\n    import a", [(5, "a")]),
    "numbers and ur": ("def f():\n    x = 0777L\n    y = ur'a' <> x\n    import a", [(4, "a")]),
    "print to a file": ("def f():\n    print >>x, 'y'\n    print\n    import a", [(4, "a")]),
    "placeholder": ("def f():\n    import a\n    x = <your code>\n    import b", [(2, "a"), (4, "b")]),
    "placeholder in a call": ("def f():\n    g(1,\n      <your code>,\n      2)\n    import a", [(5, "a")]),
    "no body": ("def f():\n    # your code\n\nimport a", [(4, "a")]),
    "no body in a class": ("class A:\n    def f(self):\n\n    def g(self):\n        import a", [(5, "a")]),
    "import to fill in": ("from a.b import <what?>\nimport c as ...", [(1, "a.b"), (2, "c")]),
    "import with blanks": ("from a.___ import ___\nimport ___", [(1, "a")]),
    "open bracket": ("x = f(1,\nimport a\nimport b", [(2, "a"), (3, "b")]),
    "open bracket of an import": ("def f():\n    from a import (b,\n        c\n    import d", [(2, "a"), (4, "d")]),
    "import over lines": ("def f():\n    print 1\n    from a import (b,\n        c)\n    from d \\\n        import e", [
        (3, "a"), (5, "d"),
    ]),
    "prompts": ("In [3]: import a\n>>> import b\n>>> print 'x'", [(1, "a"), (2, "b")]),
    "a diff": ("+import a\n-import b\n import c", [(1, "a"), (3, "c")]),
    "conflict": ("<<<<<<< HEAD\nimport a\n=======\nimport b\n>>>>>>> x", [(2, "a"), (4, "b")]),
    "prose": ("We import the data from here.\nimport a\nfrom now on we use it", [(2, "a")]),
    "HTML": ("<p>\nimport a\n</p>", [(2, "a")]),
    "tabs and spaces": ("if x:\n\timport a\n        import b", [(2, "a"), (3, "b")]),
    "indented": ("  import a\n import b\nprint 'x'", [(1, "a"), (2, "b")]),
    "try without except": ("try:\n    import a\nimport b", [(2, "a"), (3, "b")]),
    "no-break spaces": ("def f():\n\u00a0\u00a0\u00a0\u00a0import\u00a0a", [(2, "a")]),
    "text over lines": ('def f():\n    """See\nimport no\n"""\n    print "x"\n    import a', [(6, "a")]),
    "comment": ("def f():\n    print 'x'\n    # import no\n    x = 'import no'", []),
    "all of it at once": ("print 'x'\nimport a\ny = (\nimport b\nz = <w>\nimport c", [(2, "a"), (4, "b"), (6, "c")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_analyze__cell_does_not_parse__keeps_its_imports(name):
    """Each import that can be read is found on its line, and there is one finding."""
    source, expected = CELLS[name]
    analysis = analyze(notebook_of(source), root=None)
    assert [(site.location.line, site.module) for site in analysis.imports] == expected
    assert sum(finding.code == "JC-ANALYSIS-11" for finding in analysis.findings) <= 1


def test_analyze__python2__is_called_so():
    """The finding of Python 2 says what it is; that of a slip does not."""
    analysis = analyze(notebook_of("print 'x'", "raise E, 'x'", "x = (("), root=None)
    assert [finding.message.partition(":")[0] for finding in analysis.findings] == [
        "Python 2",
        "Python 2",
        "This is not Python",
    ]


HOPELESS: dict[str, str] = {
    "open strings": "\n".join(f"line {number} '''" for number in range(3000)),
    "open brackets": "\n".join("f(" for _ in range(3000)),
    "one broken function": "def f():\n" + "\n".join(f"    a b {number}" for number in range(3000)),
    "prose": "\n".join("This is a sentence about nothing." for _ in range(3000)),
    "deep nesting": "x = " + "[" * 3000 + "]" * 3000,
    "deep attributes": "x" + ".a" * 20000,
    "long sum": "x = " + " + ".join(["1"] * 5000),
    "long path": "x = " + " / ".join(['"a"'] * 5000),
    "long elif": "if x: pass\n" + "\n".join("elif x: import a" for _ in range(900)),
    "deep blocks": "\n".join(" " * depth + "if x:" for depth in range(90)) + "\n" + " " * 90 + "import a",
    "quotes": "!pip install " + "'\"" * 5000,
    "dollars": "!pip install " + "$(`{" * 5000,
    "colons": "def f():\n    x = <>\n" + ":" * 20000,
}


@pytest.mark.parametrize("name", HOPELESS)
def test_analyze__hopeless_cell__ends(name):
    """No cell raises or takes work out of proportion to its size."""
    analyze(notebook_of("import a", HOPELESS[name]), root=None)
