"""What the function answers that is made of a Kernel Gateway cell: the same as the cell in a kernel."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import Any

import pytest

from jupyter_containerize.analysis.bindings import read_bindings
from jupyter_containerize.analysis.entries.cell_source import cell_function, endpoint_source
from jupyter_containerize.analysis.entries.cells import annotated_cells, endpoints
from jupyter_containerize.analysis.statements import read_code
from tests.notebooks.made import notebook_of

_ASK = {"body": {"x": 3}, "args": {"name": ["a"]}, "path": {}, "headers": {}}

# Cells above the endpoint, its cells without their first line, and the answer.
ANSWERS: dict[str, tuple[list[str], list[str], str]] = {
    "printed": (["import json"], ["print(json.loads(REQUEST)['body']['x'])"], "3\n"),
    "printed twice": ([], ["print(1, 2, sep='-', end='')", "print('x')"], "1-2x\n"),
    "printed in a function of the cell": ([], ["def say(x):\n    print(x)\nsay(4)"], "4\n"),
    "shown": ([], ["[1, 'a']"], "[1, 'a']"),
    "a text that is shown": ([], ["'a' * 2"], "aa"),
    "nothing that is shown": ([], ["None"], ""),
    "printed before shown": ([], ["print(1)\n2"], "1\n"),
    "silenced": ([], ["2;"], ""),
    "no expression last": ([], ["2\nx = 1"], ""),
    "only the last cell shows": ([], ["2", "x = 1"], ""),
    "local names": ([], ["a = 1\nb = a + 1\nprint([a for a in range(b)], a)"], "[0, 1] 1\n"),
    "texts over lines": (
        [],
        ["a = '''x\n  y\n'''\ndef f():\n    '''doc\n\n    more'''\n    return a\nprint(f(), end='')"],
        "x\n  y\n",
    ),
    "an f-string over lines": ([], ["a = f'''x\n  {1 + 1}'''\nprint(a, end='')"], "x\n  2"),
    "a name of the notebook": (["k = 2"], ["print(k + 1)"], "3\n"),
    "a name that it changes": (["count = 0"], ["count += 1\nprint(count)"], "1\n"),
    "a name that a function declares": (
        ["total = 0"],
        ["def add():\n    global total\n    total += 1\nadd()\nprint(total)"],
        "1\n",
    ),
    "a name that a function of the notebook reads": (["k = 1\ndef f():\n    return k"], ["k = 5\nprint(f())"], "5\n"),
    "global at top level": (["k = 1"], ["global k\nk = k + 1\nprint(k)"], "2\n"),
    "a star import": ([], ["from math import *\nprint(floor(2.5))"], "2\n"),
    "a future import": ([], ["from __future__ import annotations\nprint(1)"], "1\n"),
    "an import": ([], ["import json as j\nprint(j.dumps(1))"], "1\n"),
    "a magic": ([], ["%matplotlib inline\nprint(1)"], "1\n"),
    "a class": ([], ["class A:\n    def f(self):\n        return 1\nprint(A().f())"], "1\n"),
    "awaited": (["import asyncio"], ["await asyncio.sleep(0)\nprint(1)"], "1\n"),
    "printed elsewhere": (["import io"], ["f = io.StringIO()\nprint(1, file=f)\nprint(f.getvalue())"], "1\n\n"),
    "nothing": ([], [""], ""),
    "a sample of the request": (
        ["REQUEST = '{}'\nimport json"],
        ["print(json.loads(REQUEST)['args'])"],
        "{'name': ['a']}\n",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_endpoint_source__cell__answers_as_in_a_kernel(name):
    """Compiled and asked, the function gives what the gateway would answer."""
    above, cells, expected = ANSWERS[name]
    namespace = _made([*above, *(f"# POST /a\n{cell}" for cell in cells)])
    assert _asked(namespace["post_a"]) == expected


def test_endpoint_source__state_of_the_notebook__lasts_from_request_to_request():
    """What the notebook binds, and an endpoint changes, is there for the next request and for other endpoints."""
    namespace = _made(["count = 0", "# POST /a\ncount += 1\nprint(count)", "# GET /b\nprint(count)"])
    assert [_asked(namespace["post_a"]), _asked(namespace["post_a"]), _asked(namespace["get_b"])] == [
        "1\n",
        "2\n",
        "2\n",
    ]


def test_endpoint_source__state_of_another_endpoint__is_shared():
    """One endpoint keeps, another looks."""
    namespace = _made(["# PUT /a\nkept = REQUEST\nprint(1)", "# GET /a\nprint(len(kept) > 0)"])
    _asked(namespace["put_a"])
    assert _asked(namespace["get_a"]) == "True\n"


def test_endpoint_source__name_of_its_own__is_not_shared():
    """A name that the notebook has only from trying the cell belongs to one request."""
    source = _source(["req = 1", "# POST /a\nimport json\nreq = json.loads(REQUEST)\nprint(req['body'])"], "post_a")
    assert "global" not in source


def test_endpoint_source__loop_variable__is_not_shared():
    """Two requests at once do not count with one variable."""
    source = _source(["for i in range(3):\n    pass", "# POST /a\nfor i in range(2):\n    print(i)"], "post_a")
    assert "global" not in source


def test_cell_function__given_names__are_global():
    """Whoever knows what is bound elsewhere says so."""
    code = read_code(notebook_of("# POST /a\nx = 1\ny = 2"))
    source = cell_function(code.statements, "post_a", elsewhere={"x", "z"})
    assert "    global x\n" in source


def test_cell_function__signature__is_that_of_a_served_function():
    """It takes the request's text and gives a text."""
    namespace = _made(["# POST /a\nprint(1)"])
    signature = inspect.signature(namespace["post_a"])
    assert str(signature) == "(REQUEST: str) -> str"
    assert namespace["post_a"].__doc__ == "Answer POST /a."


def test_endpoints__status_cells__belong_to_their_endpoint():
    """They are no part of what answers, and run no more than it does."""
    code = read_code(notebook_of("x = 1", "# POST /a\nprint(1)", "# ResponseInfo POST /a\nprint('{}')"))
    [endpoint] = endpoints(code)
    assert ([cell.index for cell in endpoint.cells], [cell.index for cell in endpoint.infos]) == ([2], [3])
    assert annotated_cells(code) == {2, 3}


def test_endpoint_source__unknown_symbol__is_a_lookup_error():
    """There is no endpoint to make it of."""
    with pytest.raises(LookupError):
        _source(["# POST /a\nprint(1)"], "post_b")


def _source(cells: list[str], symbol: str) -> str:
    code = read_code(notebook_of(*cells))
    return endpoint_source(code, read_bindings(code), symbol)


def _made(cells: list[str]) -> dict[str, Any]:
    """Run the cells that are no endpoints, and define the functions of those that are."""
    code = read_code(notebook_of(*cells))
    namespace: dict[str, Any] = {}
    for cell in code.cells:
        if cell.index not in annotated_cells(code):
            exec(cell.python or "", namespace)
    for endpoint in endpoints(code):
        source = endpoint_source(code, read_bindings(code), endpoint.symbol)
        exec(compile(source, "<endpoint>", "exec", dont_inherit=True), namespace)
    return namespace


def _asked(function: Any) -> str:
    answer = function(json.dumps(_ASK))
    return asyncio.run(answer) if inspect.iscoroutine(answer) else answer
