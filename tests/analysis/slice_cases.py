"""What a slice keeps, by kind of statement. A new case needs a row, not a test."""

# ruff: noqa: E501  # a cell reads best as one text

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Case:
    """Cells, and what the slice of ``predict`` must be.

    ``defines`` are the functions kept, in order; ``imports`` the import statements kept, as text.
    ``ask`` is an expression that must have the same value in the notebook and in the slice; empty
    where the notebook itself cannot answer.
    """

    cells: tuple[str, ...]
    ask: str = "predict(3)"
    defines: tuple[str, ...] = ("predict",)
    live_in: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()


CASES: dict[str, Case] = {
    "nothing needed": Case(cells=("unused = 1", "def predict(x):\n    return x + 1")),
    # Values
    "assignment": Case(cells=("w = 2", "def predict(x):\n    return x * w"), live_in=("w",)),
    "last assignment": Case(cells=("w = 2", "def predict(x):\n    return x * w", "w = 5"), live_in=("w",)),
    "augmented": Case(cells=("w = 2\nw += 1", "def predict(x):\n    return x * w"), live_in=("w",)),
    "annotated": Case(cells=("w: int = 2", "def predict(x):\n    return x * w"), live_in=("w",)),
    "unpacked": Case(cells=("a, (b, *c) = 1, (2, 3)", "def predict(x):\n    return a, b, c"), live_in=("a", "b", "c")),
    "for target": Case(
        cells=("for i in [1, 2]:\n    last = i", "def predict(x):\n    return i + last"), live_in=("i", "last")
    ),
    "with target": Case(
        cells=(
            "import io\nwith io.StringIO('a') as f:\n    text = f.read()",
            "def predict(x):\n    return text, f.closed",
        ),
        live_in=("f", "text"),
    ),
    "walrus": Case(cells=("(w := 3)", "def predict(x):\n    return w"), live_in=("w",)),
    "walrus in a comprehension": Case(
        cells=("[w := i for i in [1, 2]]", "def predict(x):\n    return w"), live_in=("w",)
    ),
    "match target": Case(
        cells=("match [1, 2]:\n    case [a, *rest]:\n        pass", "def predict(x):\n    return a, rest"),
        live_in=("a", "rest"),
    ),
    "changed in place": Case(cells=("d = {}\nd['a'] = 1", "def predict(x):\n    return d['a']"), live_in=("d",)),
    "inside if": Case(cells=("if True:\n    w = 3\nelse:\n    w = 4", "def predict(x):\n    return w"), live_in=("w",)),
    "shell output": Case(cells=("lines = !ls", "def predict(x):\n    return lines"), live_in=("lines",)),
    "%time": Case(cells=("%time w = 3", "def predict(x):\n    return w"), live_in=("w",)),
    "%%time": Case(cells=("%%time\nw = 3", "def predict(x):\n    return w"), live_in=("w",)),
    "lambda": Case(
        cells=("w = 2\nscale = lambda x: x * w", "def predict(x):\n    return scale(x)"), live_in=("scale",)
    ),
    "class": Case(
        cells=("class Box:\n    def __init__(self, x):\n        self.x = x", "def predict(x):\n    return Box(x).x"),
        live_in=("Box",),
    ),
    "function inside if": Case(
        cells=("if True:\n    def twice(x):\n        return 2 * x", "def predict(x):\n    return twice(x)"),
        live_in=("twice",),
    ),
    # Imports
    "import": Case(cells=("import math", "def predict(x):\n    return math.sqrt(x)"), imports=("import math",)),
    "import as": Case(cells=("import math as m", "def predict(x):\n    return m.pi"), imports=("import math as m",)),
    "only the names used": Case(
        cells=(
            "import os, math, sys\nfrom json import (dumps,\n    loads)",
            "def predict(x):\n    return loads(str(math.floor(x)))",
        ),
        imports=("import math", "from json import loads"),
    ),
    "from import as": Case(
        cells=("from math import sqrt as root", "def predict(x):\n    return root(x)"),
        imports=("from math import sqrt as root",),
    ),
    "dotted imports": Case(
        cells=(
            "import os.path",
            "import xml.dom\nimport xml.sax",
            "def predict(x):\n    return xml.dom.__name__, xml.sax.__name__",
        ),
        imports=("import xml.dom", "import xml.sax"),
    ),
    "dotted import as": Case(
        cells=("import os.path as p", "def predict(x):\n    return p.join('a', 'b')"), imports=("import os.path as p",)
    ),
    "import twice": Case(
        cells=("import math", "import math", "def predict(x):\n    return math.pi"), imports=("import math",)
    ),
    "last import wins": Case(
        cells=("from json import loads as f", "from math import floor as f", "def predict(x):\n    return f(x)"),
        imports=("from math import floor as f",),
    ),
    "import over a value": Case(
        cells=("math = 1", "import math", "def predict(x):\n    return math.pi"), imports=("import math",)
    ),
    "value over an import": Case(
        cells=("import math", "math = 1", "def predict(x):\n    return math"), live_in=("math",)
    ),
    "module changed in place": Case(
        cells=("import types\ntypes.tuned = 1", "def predict(x):\n    return types.__name__"), imports=("import types",)
    ),
    "two on a line": Case(
        cells=("import math; w = 2", "def predict(x):\n    return math.floor(w)"),
        live_in=("w",),
        imports=("import math",),
    ),
    "star": Case(cells=("from math import *", "def predict(x):\n    return sqrt(x)"), imports=("from math import *",)),
    "star over a builtin": Case(
        cells=("from math import *", "def predict(x):\n    return pow(x, 2)"), imports=("from math import *",)
    ),
    "guarded import": Case(
        cells=(
            "try:\n    import no_such_thing as json\nexcept ImportError:\n    import json",
            "def predict(x):\n    return json.dumps(x)",
        ),
        imports=("import no_such_thing as json", "import json"),
    ),
    "guarded import with a flag": Case(
        cells=(
            "try:\n    import no_such_thing\n    fast = True\nexcept ImportError:\n    fast = False\n    print('slow')",
            "def predict(x):\n    return fast",
        ),
        imports=("import no_such_thing",),
    ),
    "guard that uses names": Case(
        cells=(
            "import sys\nif sys.version_info >= (3, 9):\n    from math import floor as f",
            "def predict(x):\n    return f(x)",
        ),
        imports=("import sys", "from math import floor as f"),
    ),
    "import, then a guarded one": Case(
        cells=(
            "import json",
            "try:\n    import no_such_thing as json\nexcept ImportError:\n    pass",
            "def predict(x):\n    return json.dumps(x)",
        ),
        imports=("import json", "import no_such_thing as json"),
    ),
    "guarded import that does more": Case(
        cells=(
            "try:\n    import json\n    w = len([1])\nexcept ImportError:\n    w = 0",
            "def predict(x):\n    return json.dumps(w)",
        ),
        live_in=("json", "w"),
    ),
    "import inside": Case(cells=("def predict(x):\n    import math\n    return math.pi",), imports=("import math",)),
    "future": Case(
        cells=(
            "x = 1",
            "from __future__ import annotations\nimport math",
            "def predict(x: float):\n    return math.pi",
        ),
        imports=("from __future__ import annotations", "import math"),
    ),
    "future below": Case(
        cells=("import math", "from __future__ import annotations", "def predict(x: float):\n    return math.pi"),
        imports=("from __future__ import annotations", "import math"),
    ),
    # Functions
    "helper": Case(
        cells=("w = 2\ndef scale(x):\n    return x * w", "def predict(x):\n    return scale(x)"),
        defines=("scale", "predict"),
        live_in=("w",),
    ),
    "helper below": Case(
        cells=("def predict(x):\n    return scale(x)", "def scale(x):\n    return 2 * x"), defines=("predict", "scale")
    ),
    "mutual recursion": Case(
        cells=(
            "def odd(n):\n    return n > 0 and even(n - 1)",
            "def even(n):\n    return n == 0 or odd(n - 1)",
            "def predict(x):\n    return odd(x)",
        ),
        defines=("odd", "even", "predict"),
    ),
    "last definition": Case(
        cells=(
            "def scale(x):\n    return 2 * x",
            "def predict(x):\n    return 0",
            "def scale(x):\n    return 3 * x",
            "def predict(x):\n    return scale(x)",
        ),
        defines=("scale", "predict"),
    ),
    "async": Case(
        cells=(
            "w = 2",
            "async def helper():\n    return w",
            "def predict(x):\n    try:\n        helper().send(None)\n    except StopIteration as stop:\n        return stop.value",
        ),
        defines=("helper", "predict"),
        live_in=("w",),
    ),
    "rebound by assignment": Case(
        cells=(
            "import functools",
            "def scale(x):\n    return 2 * x",
            "scale = functools.partial(scale, 4)",
            "def predict(x):\n    return scale()",
        ),
        live_in=("scale",),
    ),
    "itself rebound": Case(
        cells=("import functools", "def predict(x):\n    return 2 * x", "predict = functools.lru_cache(predict)"),
        defines=(),
        live_in=("predict",),
    ),
    "attribute set": Case(
        cells=("def predict(x):\n    return predict.w * x", "predict.w = 3"), defines=(), live_in=("predict",)
    ),
    "deleted and defined again": Case(cells=("w = 1\ndel w\nw = 2", "def predict(x):\n    return w"), live_in=("w",)),
    "decorator": Case(
        cells=("import functools as ft", "@ft.lru_cache(maxsize=None)\ndef predict(x):\n    return x"),
        imports=("import functools as ft",),
    ),
    "decorator of ours": Case(
        cells=("def loud(f):\n    return lambda x: f(x) + 1", "@loud\n@loud\ndef predict(x):\n    return x"),
        defines=("loud", "predict"),
    ),
    "default": Case(cells=("w = 2", "def predict(x, w=w):\n    return x * w"), live_in=("w",)),
    "default of its time": Case(
        cells=("w = 2", "def predict(x, w=w):\n    return x * w", "w = 5"), defines=(), live_in=("predict",)
    ),
    "default that calls an import": Case(
        cells=("import math", "def predict(x, w=math.floor(2.5)):\n    return x * w"), imports=("import math",)
    ),
    "default that calls on a value": Case(
        cells=("items = [1]", "def predict(x, n=len(items)):\n    return x * n", "items.append(2)"),
        defines=(),
        live_in=("predict",),
    ),
    "default of the earlier self": Case(
        cells=("def predict():\n    return 1", "def predict(x=predict):\n    return 2"),
        ask="predict()",
        defines=(),
        live_in=("predict",),
    ),
    "decorator that read a value since changed": Case(
        cells=(
            "w = 2\ndef plus(f):\n    now = w\n    return lambda x: f(x) + now",
            "@plus\ndef predict(x):\n    return x",
            "w = 5",
        ),
        defines=(),
        live_in=("predict",),
    ),
    "annotation by a class of ours": Case(
        cells=("class Box:\n    pass", "def predict(x: Box):\n    return x"), live_in=("Box",)
    ),
    "annotation since deleted": Case(
        cells=("Box = int", "def predict(x: Box):\n    return x", "del Box"), defines=(), live_in=("predict",)
    ),
    "import repeated below": Case(
        cells=("import functools", "@functools.lru_cache\ndef predict(x):\n    return x", "import functools"),
        imports=("import functools",),
    ),
    "keyword default and lambda": Case(
        cells=("w = 2\nv = 1", "def predict(x, *, f=lambda y: y + w):\n    return f(x) + v"), live_in=("v", "w")
    ),
    "annotation": Case(
        cells=(
            "import decimal\nfrom typing import List",
            "def predict(x: decimal.Decimal) -> List[int]:\n    return [x]",
        ),
        imports=("import decimal", "from typing import List"),
    ),
    "quoted annotation": Case(
        cells=(
            "import decimal",
            "def predict(x: 'decimal.Decimal', y: 'no such thing' = 1) -> 'Nothing':\n    return x",
        ),
        imports=("import decimal",),
    ),
    "singledispatch": Case(
        cells=(
            "from functools import singledispatch",
            "@singledispatch\ndef show(x):\n    return 'any'",
            "@show.register\ndef _(x: int):\n    return 'int'",
            "def predict(x):\n    return show(x)",
        ),
        defines=("show", "_", "predict"),
        imports=("from functools import singledispatch",),
    ),
    "method chain decorator": Case(
        cells=(
            "class App:\n    def get(self, f):\n        return f\napp = App()",
            "@app.get\ndef predict(x):\n    return x",
        ),
        live_in=("app",),
    ),
    # Scopes
    "local names": Case(
        cells=("x = y = z = 1", "def predict(x):\n    y = x\n    for z in [1]:\n        pass\n    return y + z")
    ),
    "comprehensions": Case(
        cells=("w = 2\ni = 9", "def predict(x):\n    return [i * w for i in range(x)], {i: j for i, j in [(1, 2)]}"),
        live_in=("w",),
    ),
    "nested function": Case(
        cells=(
            "w = 2\nv = 3",
            "def predict(x):\n    v = 1\n    def inner(y):\n        return y * w + v\n    return inner(x)",
        ),
        live_in=("w",),
    ),
    "nested class": Case(
        cells=(
            "w = 2\nx = 7",
            "def predict(x):\n    class Box:\n        v = w\n        def get(self):\n            return self.v + x\n    return Box().get()",
        ),
        live_in=("w",),
    ),
    "global read and written": Case(
        cells=("count = 0", "def predict(x):\n    global count\n    count += 1\n    return count"), live_in=("count",)
    ),
    "global bound by a function": Case(
        cells=("def load():\n    global model\n    model = 4", "load()", "def predict(x):\n    return model * x"),
        live_in=("model",),
    ),
    "global deleted again": Case(
        cells=("w = 1", "def predict(x):\n    global w\n    w = x\n    return w", "del w"),
        ask="",
        undefined=("w",),
    ),
    "global written only": Case(cells=("def predict(x):\n    global seen\n    seen = x\n    return x",)),
    "shadowed builtin": Case(cells=("sum = max", "def predict(x):\n    return sum([x, 1])"), live_in=("sum",)),
    "except name": Case(
        cells=(
            "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    w = str(error)",
            "def predict(x):\n    return w",
        ),
        live_in=("w",),
    ),
    # What cannot be seen
    "undefined": Case(cells=("def predict(x):\n    return missing(x)",), ask="", undefined=("missing",)),
    "deleted": Case(cells=("w = 1\ndel w", "def predict(x):\n    return w"), ask="", undefined=("w",)),
    "bound in %%timeit": Case(cells=("%%timeit\nw = 1", "def predict(x):\n    return w"), ask="", undefined=("w",)),
    "notebook only": Case(cells=("def predict(x):\n    display(x)",), ask="", undefined=("display",)),
    "exec": Case(cells=("exec('w = 3')", "def predict(x):\n    return w"), live_in=("w",)),
    "%run": Case(cells=("%run other.py", "def predict(x):\n    return from_other"), ask="", live_in=("from_other",)),
    "%%cython": Case(
        cells=("%%cython\ndef fast(x): return x", "def predict(x):\n    return fast(x)"), ask="", live_in=("fast",)
    ),
    "magics inside": Case(
        cells=(
            "def predict(x):\n    %matplotlib inline\n    if x:\n        !ls\n    %time y = 'é'; z = x\n    return y, z",
        )
    ),
    "unreadable cell": Case(
        cells=("import math\nprint 'old'\nw = 2", "def predict(x):\n    return math.floor(w)"),
        ask="",
        live_in=("w",),
        imports=("import math",),
    ),
    "unreadable function": Case(
        cells=("def broken(x):\n    return x x", "def predict(x):\n    return 1"), ask="predict(3)"
    ),
}
