"""What the slice of an entry of each kind holds, and what the user's wishes make of it."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from jupyter_containerize.analysis import SliceOptions, analyze, choose, slice_for
from jupyter_containerize.domain.notebook import Slice
from jupyter_containerize.domain.serving import StateSource
from tests.analysis.entries.kind_cases import notebook_with
from tests.analysis.entry_slice_cases import AT_RANDOM, KEY, KINDS, PREDICT, UNDECORATED, VARIABLES, WISHES
from tests.analysis.running import ask, run_notebook, run_slice


def cut(*cells: str | tuple[str, str], symbols: tuple[str, ...] = (), **options: Any) -> Slice:
    """Return the slice of what serves in a notebook with these cells."""
    notebook = notebook_with(list(cells))
    analysis = analyze(notebook, root=None)
    return slice_for(notebook, analysis, choose(analysis, notebook, symbols=symbols), SliceOptions(**options))


def training(serving: Slice) -> str:
    """Return the cells and lines of the statements that run for the state: ``1:1 2:1``."""
    return _places(serving, "training")


def kept(serving: Slice) -> str:
    """Return those of the statements that are in the image."""
    return _places(serving, "serving")


def _places(serving: Slice, mark: str) -> str:
    places = (item.location for item in serving.statements if getattr(item, mark))
    return " ".join(f"{place.cell}:{place.line}" for place in places)


def codes(serving: Slice) -> list[str]:
    """Return the codes of the findings."""
    return [finding.code for finding in serving.findings]


@pytest.mark.parametrize("case", KINDS.values(), ids=KINDS)
def test_slice_for__entry_of_a_kind__holds_what_it_needs(case):
    """The objects, what runs to make them, what is in the image, and the notebook's own call."""
    serving = cut(*case.cells, **case.options)
    assert (serving.symbol, serving.live_in) == (case.symbol, case.live_in)
    assert (training(serving), kept(serving)) == (case.runs, case.serves)
    assert (serving.example and serving.example.arguments) == case.example
    ast.parse(serving.source)


@pytest.mark.parametrize("name", ["method", "class without a call", "estimator"])
def test_slice_for__program_of_a_kind__makes_the_objects(name):
    """Run alone, it binds all that is captured."""
    case = KINDS[name]
    serving = cut(*case.cells, **case.options)
    namespace: dict[str, Any] = {"__name__": "notebook"}
    for cell in serving.program:
        exec(cell.python or "", namespace)
    assert namespace.keys() >= {*serving.live_in}


def test_slice_for__cell__source_is_the_function_that_answers():
    """What the cell prints is the answer, with the objects that it names."""
    serving = cut(*KINDS["cell"].cells)
    namespace = run_slice(serving, {"k": 2})
    assert ask("""post_score('{"body": 21}')""", namespace) == "42\n"
    assert [cell.index for cell in serving.program] == [1, 3]
    assert "def post_score(REQUEST" in (serving.program[-1].python or "")


def test_slice_for__several_entries__share_objects():
    """The first is the slice's symbol, and each object is captured once."""
    serving = cut(
        "w = 2\nv = 3\nu = 4",
        ("def one(x):\n    return x * w", "serve"),
        ("def two(x):\n    return x * w * v", "serve"),
        "one(1)",
        "two(2)",
    )
    assert [entry.symbol for entry in serving.entries] == ["one", "two"]
    assert (serving.symbol, serving.live_in, training(serving)) == ("one", ("v", "w"), "1:1 1:2 2:1 3:1 4:1 5:1")
    assert [(call.symbol, call.arguments) for call in serving.examples] == [
        ("one", (("x", "1"),)),
        ("two", (("x", "2"),)),
    ]
    assert serving.example == serving.examples[0]


def test_slice_for__job__is_the_whole_notebook():
    """All statements are in the image in order, and none runs before."""
    serving = cut(
        "from __future__ import annotations\nimport json",
        ("n = 3\npath: str = 'a'", "parameters"),
        "double = n * 2\nprint(json.dumps(double))",
    )
    assert (serving.live_in, serving.program, training(serving)) == ((), (), "")
    assert kept(serving) == "1:1 1:2 2:1 2:2 3:1 3:2"
    assert serving.parameters == ("n", "path")
    # What a caller sets goes between the two.
    lines = serving.source.splitlines()
    head, tail = lines[: serving.parameters_end], lines[serving.parameters_end :]
    assert "path: str = 'a'" in head
    assert "double = n * 2" in tail
    namespace: dict[str, Any] = {}
    exec("\n".join([*head, "n = 5", *tail]), namespace)
    assert namespace["double"] == 10


def test_slice_for__job_without_parameters__has_none():
    """A notebook that is asked to be a job needs no cell for parameters."""
    serving = cut("n = 3", "print(n)", symbols=("notebook",))
    assert (serving.parameters, serving.parameters_end, kept(serving)) == ((), 0, "1:1 2:1")


@pytest.mark.parametrize("case", WISHES.values(), ids=WISHES)
def test_slice_for__wish__is_followed(case):
    """What the user keeps runs, what is dropped does not, and what is made anew is in the image."""
    serving = cut(*case.cells, **case.options)
    assert (serving.symbol, serving.live_in) == (case.symbol, case.live_in)
    assert (training(serving), kept(serving)) == (case.runs, case.serves)
    assert (serving.example and serving.example.arguments) == case.example


def test_slice_for__startup__answers_without_objects():
    """The source alone is the whole program."""
    case = WISHES["startup"]
    serving = cut(*case.cells, **case.options)
    assert ask("predict(2)", run_slice(serving, {})) == ask("predict(2)", run_notebook(notebook_with(case.cells))) == 6


def test_slice_for__wish__reason_says_it():
    """The user reads what their word did."""
    serving = cut("print(1)", "w = 2", "print(2)", PREDICT, keep=(1,), drop=(3,))
    reasons = {item.location.cell: item.reason for item in serving.statements}
    assert (reasons[1], reasons[3]) == ("you keep its cell", "you drop its cell")


def test_slice_for__dropped_cell_that_another_needs__finding():
    """The build may fail, and this is why."""
    serving = cut("v = 2", "w = v + 1", PREDICT, drop=(1,))
    assert [finding.message for finding in serving.findings] == ["Cell 1 is dropped, but cell 2 needs 'v' of it"]
    assert codes(serving) == ["JC-ANALYSIS-32"]


def test_slice_for__nothing_left_out__finding():
    """Where something can read any name, all runs but what the user drops, and the user is told."""
    cells = ("exec('w = 2')", "print(1)", PREDICT)
    assert codes(cut(*cells)) == ["JC-ANALYSIS-31"]
    assert training(cut(*cells)) == "1:1 2:1 3:1"
    assert training(cut(*cells, drop=(2,))) == "1:1 3:1"


def test_slice_for__dropped_cell__as_if_it_were_not_there():
    """What was bound before counts again, and what lacks the cell is named."""
    cells = ("w = 2", "w = 5", PREDICT)
    assert training(cut(*cells, drop=(2,))) == "1:1 3:1"
    assert codes(cut(*cells, drop=(1, 2))) == ["JC-ANALYSIS-12", "JC-ANALYSIS-32"]
    reasons = {item.location.cell: item.reason for item in cut(*cells, drop=(2,)).statements}
    assert reasons[2] == "you drop its cell"


def test_slice_for__secret_in_the_serving_code__is_an_error_unless_allowed():
    """No secret goes into an image by accident."""
    secret = "def predict(x):\n    api_key = 'q8Zr41LmTTx90aPwE7bKd2Vu'{}\n    return x"
    assert codes(cut(secret.format(""))) == ["JC-ANALYSIS-34"]
    assert codes(cut(secret.format("  # pragma: allowlist secret"))) == []
    assert codes(cut("api_key = 'q8Zr41LmTTx90aPwE7bKd2Vu'", "def predict(x):\n    return x")) == []


def test_slice_for__secret_in_a_captured_object__is_an_error():
    """A key is no safer in a pickle than in code; nor is one that was given to a client."""
    key = "'q8Zr41LmTTx90aPwE7bKd2Vu'"
    assert codes(cut(f"api_key = {key}", "def predict(x):\n    return x, api_key")) == ["JC-ANALYSIS-34"]
    client = cut(
        "class Client:\n    pass", f"client = Client()\nclient.api_key = {key}", "def predict(x):\n    return client"
    )
    assert codes(client) == ["JC-ANALYSIS-34"]
    assert codes(cut(f"api_key = {key}\nw = len(api_key)", "def predict(x):\n    return x * w")) == []


def test_slice_for__recreate_what_is_not_bound__finding():
    """A name that is mistyped is not passed over in silence."""
    assert codes(cut("w = 2", PREDICT, recreate=("v",))) == ["JC-ANALYSIS-35"]


@pytest.mark.parametrize(("cells", "source", "live_in"), UNDECORATED.values(), ids=UNDECORATED)
def test_slice_for__decorator_of_a_web_framework__is_not_in_the_image(cells, source, live_in):
    """The function answers as it is; the application that it was registered with is neither there nor captured."""
    serving = cut(*cells)
    assert " ".join(line for line in serving.source.splitlines() if line.strip()) == " ".join(
        line for line in source.splitlines() if line.strip()
    )
    assert " ".join(serving.live_in) == live_in
    assert not {site.name for site in serving.imports} & {"fastapi", "flask"}


@pytest.mark.parametrize(("cells", "settings", "needed"), VARIABLES.values(), ids=VARIABLES)
def test_slice_for__environment_variable_that_the_notebook_sets__literal_goes_along(cells, settings, needed):
    """A literal is the notebook's own choice; a secret or what this machine computes is not the image's."""
    serving = cut(*cells)
    between = [place for place in kept(serving).split() if place not in {"1:1", f"{len(cells)}:1"}]
    assert " ".join(between) == settings
    assert tuple(variable.name for variable in serving.variables) == needed
    assert KEY not in serving.source


@pytest.mark.parametrize("options", [{"state": StateSource.STARTUP}, {"recreate": ("w",)}], ids=str)
def test_slice_for__secret_in_a_variable__never_in_the_image(options):
    """What starts in the container needs the variable, and gets it from whoever runs it."""
    serving = cut(
        "import os",
        f"os.environ['MODE'] = '{KEY}'",
        "def connect():\n    return os.environ['MODE']",
        "w = connect()",
        PREDICT,
        **options,
    )
    assert (serving.live_in, kept(serving)) == ((), "1:1 3:1 4:1 5:1")
    assert KEY not in serving.source
    assert [(variable.name, variable.required) for variable in serving.variables] == [("MODE", True)]


@pytest.mark.parametrize(("cells", "said"), AT_RANDOM.values(), ids=AT_RANDOM)
def test_slice_for__serving_code_that_draws__finding(cells, said):
    """The same request gets other answers, and the user is told so."""
    assert ("JC-ANALYSIS-33" in codes(cut(*cells))) is said
