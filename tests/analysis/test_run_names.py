"""Which names are told to be used before, or without, anything that binds them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import jupyter_containerize
from jupyter_containerize.analysis import find_unbound
from jupyter_containerize.domain.notebook import Finding, Severity
from jupyter_containerize.notebooks import in_execution_order, parse_notebook, read_notebook
from tests.notebooks.made import content_of, notebook_of

REPOSITORY = Path(jupyter_containerize.__file__).parent.parent

# Cells, and what is told: the name, where it is used first, and the cell that binds it later.
TOLD: dict[str, tuple[list[str], list[tuple[str, str, int | None]]]] = {
    "nothing binds it": (["x = 1\ny = x + z"], [("z", "[1]:2", None)]),
    "a later cell binds it": (["print(x)", "1", "x = 1"], [("x", "[1]:1", 3)]),
    "a later cell imports it": (["a = np.zeros(3)", "import numpy as np"], [("np", "[1]:1", 2)]),
    "a later cell defines it": (["f(1)", "def f(x): return x"], [("f", "[1]:1", 2)]),
    "a later line binds it": (["print(x)\nx = 1"], [("x", "[1]:1", 1)]),
    "once, at its first use": (["print(x)\nx + 1", "x", "x = 1", "x = 2"], [("x", "[1]:1", 3)]),
    "several, by place": (["b\na", "c"], [("b", "[1]:1", None), ("a", "[1]:2", None), ("c", "[2]:1", None)]),
    "added to": (["count += 1"], [("count", "[1]:1", 0)]),
    "by what uses it": (["frame = frame.dropna()"], [("frame", "[1]:1", 0)]),
    "an item of it": (["frame['a'] = 1"], [("frame", "[1]:1", None)]),
    "deleted": (["del x"], [("x", "[1]:1", None)]),
    "a decorator": (["@app.get('/')\ndef f(): pass"], [("app", "[1]:1", None)]),
    "a default": (["def f(x=y): pass", "y = 1"], [("y", "[1]:1", 2)]),
    "a base": (["class A(B): pass"], [("B", "[1]:1", None)]),
    "a class body": (["class A:\n    x = y\n    z = x"], [("y", "[1]:2", None)]),
    "a name of a class, in its method": (
        ["class A:\n    x = 1\n    def f(self):\n        return x"],
        [("x", "[1]:4", None)],
    ),
    "a function, and nothing binds it": (["def f():\n    return z"], [("z", "[1]:2", None)]),
    "a function in a function": (["def f():\n    def g():\n        return z\n    return g"], [("z", "[1]:3", None)]),
    "a lambda": (["f = lambda x: x + z"], [("z", "[1]:1", None)]),
    "a branch, and nothing binds it": (["if 1 > 2:\n    z"], [("z", "[1]:2", None)]),
    "a loop": (["for i in range(3):\n    print(i, z)", "z = 1"], [("z", "[1]:2", 2)]),
    "a comprehension": (["[z for _ in range(3)]", "z = 1"], [("z", "[1]:1", 2)]),
    "of an iteration": (["[x for x in xs]"], [("xs", "[1]:1", None)]),
    "the name of a comprehension, after it": (["[x for x in [1]]\nx"], [("x", "[1]:2", None)]),
    "the name of a parameter, outside": (["def f(a): return a\na"], [("a", "[1]:2", None)]),
    "a format": (["print(f'{z:{w}}')"], [("w", "[1]:1", None), ("z", "[1]:1", None)]),
    "an annotation": (["def f(x: Table) -> None: pass"], [("Table", "[1]:1", None)]),
    "what Python 2 had": (["xrange(3)"], [("xrange", "[1]:1", None)]),
    "a guard that catches something else": (["try:\n    z\nexcept ValueError:\n    pass"], [("z", "[1]:2", None)]),
    "before a star": (["z", "from os import *", "z = 1"], [("z", "[1]:1", 3)]),
    "beside quiet magics": (["%matplotlib inline\n!ls\n%load_ext autoreload\nz"], [("z", "[1]:4", None)]),
    "beside a quiet cell magic": (["%%bash\nls", "z"], [("z", "[2]:1", None)]),
    "in a timed cell": (["%%time\nz"], [("z", "[1]:2", None)]),
    "a match": (["match z:\n    case [a]: print(a)"], [("z", "[1]:1", None)]),
    "beside modules of a network": (
        ["import torch\nm = torch.nn.ReLU()\nlist(m.modules())\nz"],
        [("z", "[1]:4", None)],
    ),
}

# Cells that run, or of which it cannot be told.
HEALTHY: dict[str, list[str]] = {
    "plain": ["import numpy as np\nx = 1", "np.sqrt(x)"],
    "builtins": ["print(len([]), __name__, NotImplemented, ExceptionGroup)"],
    "a notebook's own names": ["display(In, Out, _, __, _i, _12, _i12)\nget_ipython()\nexit"],
    "what a platform binds": ["spark.read.csv('a')\nsc\ndbutils.fs.ls('/')"],
    "bound later, used when called": ["def f():\n    return x", "x = 1", "f()"],
    "bound later, used by a lambda": ["f = lambda: x", "x = 1\nf()"],
    "bound later, used by a generator": ["g = (x for _ in range(3))", "x = 1\nlist(g)"],
    "a branch, bound later": ["again = False\nif again:\n    print(model)", "model = 1"],
    "one side alone, bound later": ["a = None\na and x\n1 if a else x", "x = 1"],
    "never taken": ["if False:\n    z\nwhile 0:\n    z"],
    "recursive": ["def f(n):\n    return f(n - 1) if n else 0"],
    "functions that know each other": ["def f():\n    return g()\n\ndef g():\n    return f()"],
    "a name of its own": ["def f(a, *b, c=1, **d):\n    e = a\n    for g in b:\n        pass\n    return e, g, c, d"],
    "of the function around it": [
        "def f():\n    a = 1\n    def g():\n        nonlocal a\n        a += 1\n    return a"
    ],
    "bound after its use in a function": [
        "def f():\n    while True:\n        if b:\n            return\n        b = 1"
    ],
    "global": ["def f():\n    global x\n    x = 1\nf()\nprint(x)"],
    "global, read before": ["def g():\n    x", "def f():\n    global x\n    x = 1"],
    "with": ["with open('a') as f, open('b') as (g, h):\n    f, g, h"],
    "for": ["for a, (b, *c) in []:\n    pass\na, b, c"],
    "assignments": ["a, (b, *c) = d = 1, [2]\n[e] = [1]\na, b, c, d, e"],
    "walrus": ["if (n := 3) > 2:\n    n\n[m := i for i in [1]]\nm"],
    "imports": ["import a.b, c as d\nfrom e import f as g, h\na, d, g, h"],
    "comprehensions": ["[x + y for x in [1] for y in range(x) if x < y]\n{k: v for k, v in {}.items()}"],
    "nested comprehensions": ["[[y for y in x] for x in [[1]]]"],
    "a comprehension in a class": ["class A:\n    n = 3\n    xs = [i for i in range(n)]"],
    "a class": ["class A:\n    x = 1\n    y = x\n    def f(self):\n        return __class__, A, super()"],
    "a match": ["match {'a': 1}:\n    case {'a': b, **c}: b, c\n    case [d, *e]: d, e\n    case int() as f: f"],
    "an exception": ["try:\n    pass\nexcept ValueError as error:\n    print(error)"],
    "tried": ["try:\n    x\nexcept NameError:\n    x = 1\nx"],
    "tried, all is caught": ["try:\n    z.start()\nexcept Exception:\n    pass", "try:\n    z\nexcept:\n    pass"],
    "tried, among others": ["try:\n    z\nexcept (KeyError, NameError):\n    pass"],
    "suppressed": ["import contextlib\nwith contextlib.suppress(NameError):\n    z"],
    "import tried": ["try:\n    import a\nexcept ImportError:\n    a = None\na"],
    "a star": ["from pylab import *\nplot(x)"],
    "a star, for functions before it": ["def f():\n    return plot(1)", "from pylab import *"],
    "exec": ["exec('x = 1')\nx"],
    "globals": ["globals()['x'] = 1", "x"],
    "globals, handed on": ["load(globals())\nx", "def load(g): pass"][::-1],
    "the shell's namespace": ["get_ipython().user_ns['x'] = 1\nx"],
    "pushed": ["ip = get_ipython()\nip.push({'x': 1})\nx"],
    "sys.modules": ["import sys\nsys.modules['__main__'].x = 1\nx"],
    "__main__": ["import __main__\n__main__.x = 1\nx"],
    "%run": ["%run other.ipynb\nx"],
    "%store": ["%store -r x\nx"],
    "%pylab": ["%pylab inline\nplot(x)"],
    "%load_ext": ["%load_ext kedro.ipython\ncatalog"],
    "unknown magic": ["%reload_kedro\ncontext"],
    "%time": ["%time x = 1\nx"],
    "%%time": ["%%time\nx = 1", "x"],
    "%%capture": ["%%capture --no-stderr out\nprint(1)", "out.show()"],
    "%%bash with an output": ["%%bash --out text\nls", "text"],
    "%%sql": ["%%sql result <<\nselect 1", "result"],
    "a command's output": ["files = !ls\nfiles", "!echo {files}"],
    "help": ["import os\nos?\nos.path??"],
    "sympy": ["import sympy\nsympy.var('a b')\na + b"],
    "sympy's session": ["from sympy import init_session", "init_session()\nx"],
    "does not parse": ["x = 1\ny = = 2", "y"],
    "in words": ["def f(x: 'Table') -> 'Frame': pass"],
    "annotations are not evaluated": ["from __future__ import annotations", "def f(x: Table): pass"],
    "annotations in functions": ["def f():\n    x: Table = 1\n    return x"],
    "an endpoint": ["# POST /score\nprint(json.dumps(REQUEST), x)", "import json\nx = 1"],
    "deleted and bound again": ["x = 1\ndel x\nx = 2\nx"],
    "deleted": ["x = 1\ndel x\nx"],
    "text": ["%%html\n<b>x</b>", "%%javascript\nx()"],
    "attributes and keywords": ["print('a'.upper(), sep='')\ndict(z=1)"],
}

# Newer than the Python that this may run on.
NEWER: dict[str, str] = {
    "type parameters": "def f[T](x: T) -> T:\n    return x\n\nclass A[T](list[T]):\n    x: T",
    "a type alias": "type Pair[T] = tuple[T, Other]\nPair",
}


def told(found: tuple[Finding, ...]) -> list[tuple[str, str]]:
    """Return the name and the place of each."""
    return [(item.message.split("'")[1], str(item.location).removeprefix("made.ipynb")) for item in found]


@pytest.mark.parametrize(("cells", "expected"), TOLD.values(), ids=TOLD)
def test_find_unbound__used_too_early_or_never_bound__told_once(cells, expected):
    """Each finding is a warning at the first use, names the cell that binds the name, and says one thing to do."""
    found = find_unbound(notebook_of(*cells))
    assert told(found) == [(name, place) for name, place, _ in expected]
    for finding, (name, place, binder) in zip(found, expected, strict=True):
        assert (finding.code, finding.severity) == ("JC-ANALYSIS-29", Severity.WARNING)
        if binder is None:
            assert (name in finding.hint, "nothing in the notebook" in finding.message) == (True, True)
        elif not binder:
            assert "nothing before that binds it" in finding.message
        elif place.startswith(f"[{binder}]"):
            assert "same cell" in finding.message
        else:
            assert (f"cell [{binder}]" in finding.message, f"cell [{binder}]" in finding.hint) == (True, True)


@pytest.mark.parametrize("cells", HEALTHY.values(), ids=HEALTHY)
def test_find_unbound__a_healthy_notebook__silent(cells):
    """What runs, and what may run for all that can be seen, is no finding."""
    assert told(find_unbound(notebook_of(*cells))) == []


@pytest.mark.parametrize("source", NEWER.values(), ids=NEWER)
def test_find_unbound__newer_syntax__silent(source):
    """The names of type parameters are the definition's own; an older Python does not parse them."""
    assert told(find_unbound(notebook_of(source))) == []


def test_find_unbound__cell_that_is_to_fail__silent():
    """A cell tagged as raising shows an error on purpose."""
    content = content_of("z", "y")
    content["cells"][0]["metadata"]["tags"] = ["raises-exception"]
    assert told(find_unbound(parse_notebook(content, path="made.ipynb"))) == [("y", "[2]:1")]


def test_find_unbound__dropped_cell__as_if_it_were_not_there():
    """It neither uses nor binds."""
    notebook = notebook_of("z", "x = 1", "x")
    assert told(find_unbound(notebook, drop=(1, 2))) == [("x", "[3]:1")]


def test_find_unbound__execution_order__by_the_counts():
    """In the order in which its cells ran, a notebook that was run upwards is healthy."""
    content = content_of("print(x)", "x = 1")
    content["cells"][0]["execution_count"], content["cells"][1]["execution_count"] = 2, 1
    notebook = parse_notebook(content, path="made.ipynb")
    assert told(find_unbound(notebook)) == [("x", "[1]:1")]
    assert told(find_unbound(in_execution_order(notebook))) == []


def test_find_unbound__nested_deeply__no_failure():
    """Code that a program wrote may be deeper than a stack."""
    deep = "\n".join(" " * depth + "if x:" for depth in range(90)) + "\n" + " " * 90 + "pass"
    assert told(find_unbound(notebook_of("x = 1", deep))) == []
    assert told(find_unbound(notebook_of("x = 1", "+".join(["x"] * 3_000)))) == []


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("examples/**/*.ipynb")), ids=lambda path: path.stem)
def test_find_unbound__our_examples__silent(path):
    """They run from top to bottom."""
    assert told(find_unbound(read_notebook(path))) == []


def test_find_unbound__our_own_code__silent():
    """Each of our modules as a cell: code that a type checker has seen has no unbound name."""
    loud = {}
    for path in sorted((REPOSITORY / "jupyter_containerize").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "\n%" in source or "get_ipython" in source or not ast.parse(source).body:
            continue
        if found := told(find_unbound(notebook_of(source))):
            loud[str(path)] = found
    assert loud == {}
