"""What serves, as a function: it is called as the notebook's own, and says truly what it takes."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, NamedTuple

import pytest

from jupyter_containerize.runtime.binding import bind
from jupyter_containerize.runtime.errors import TargetMissing, TargetUnusable
from jupyter_containerize.runtime.schema import describe
from jupyter_containerize.runtime.targets import function_of


class Model:
    """Doubles."""

    def predict(self, x: float) -> float:
        """Double a number."""
        return 2 * x


class Predictor:
    """Cog's way: set up once, then asked."""

    def setup(self) -> None:
        """Load."""
        self.factor = 3.0

    def predict(self, x: float) -> float:
        """Multiply."""
        return self.factor * x


class WithWeights(Predictor):
    """Cog's way, where weights may lie elsewhere."""

    def setup(self, weights: Any) -> None:  # type: ignore[override]
        """Load."""
        assert weights is None
        self.factor = 4.0


class NeedsArguments:
    """No class that can be made without being told how."""

    def __init__(self, path: str) -> None:
        self.path = path

    def predict(self) -> str:
        """Tell."""
        return self.path


class Pyfunc:
    """Counts words."""

    def load_context(self, context: Any) -> None:
        """Begin."""
        self.unit = len(context.artifacts) + 1

    def predict(self, context: Any, model_input: Any, params: Any = None) -> list[int]:
        """Count."""
        assert context.artifacts == {}
        assert params is None
        return [self.unit * len(row.split()) for row in model_input]


class NewPyfunc:
    """Without a context, as newer versions have it."""

    def predict(self, model_input: Any, params: Any) -> list[int]:
        """Count."""
        assert params is None
        return [len(row) for row in model_input]


def shout(text: str, *, times: int = 1) -> str:
    """Say it loud."""
    return text.upper() * times


def post_score(REQUEST: str) -> str:  # noqa: N803  # Kernel Gateway's name for it
    """What Kernel Gateway would serve."""
    return REQUEST


NAMESPACE: Mapping[str, Any] = types.MappingProxyType(
    {
        "shout": shout,
        "post_score": post_score,
        "model": Model(),
        "Predictor": Predictor,
        "WithWeights": WithWeights,
        "NeedsArguments": NeedsArguments,
        "Pyfunc": Pyfunc,
        "pyfunc": Pyfunc(),
        "new_pyfunc": NewPyfunc(),
        "number": 3,
        "outer": types.SimpleNamespace(inner=Model()),
    }
)


class Served(NamedTuple):
    """A target, a request, and its answer."""

    kind: str
    symbol: str
    request: dict[str, Any]
    answer: Any
    doc: str
    parameters: list[str]


SERVED = {
    "function": Served("function", "shout", {"text": "a", "times": 2}, "AA", "Say it loud.", ["text", "times"]),
    "method": Served("method", "model.predict", {"x": 2}, 4.0, "Double a number.", ["x"]),
    "deep method": Served("method", "outer.inner.predict", {"x": 2}, 4.0, "Double a number.", ["x"]),
    "class": Served("class", "Predictor.predict", {"x": 2}, 6.0, "Multiply.", ["x"]),
    "class, weights": Served("class", "WithWeights.predict", {"x": 2}, 8.0, "Multiply.", ["x"]),
    "class alone": Served("class", "Predictor", {"x": 2}, 6.0, "Multiply.", ["x"]),
    "pyfunc class": Served("pyfunc", "Pyfunc", {"rows": ["a b", "c"]}, [2, 1], "Count.", ["rows"]),
    "pyfunc instance": Served("pyfunc", "pyfunc", {"rows": ["a b", "c"]}, [2, 1], "Count.", ["rows"]),
    "pyfunc, no context": Served("pyfunc", "new_pyfunc", {"rows": ["ab"]}, [2], "Count.", ["rows"]),
    "cell": Served("cell", "post_score", {"REQUEST": "{}"}, "{}", "What Kernel Gateway would serve.", ["REQUEST"]),
}


@pytest.mark.parametrize("case", SERVED.values(), ids=SERVED)
def test_function_of__each_kind__answers_and_describes_itself(case: Served) -> None:
    """Schema and binding read the function as they read any other."""
    function = function_of(case.kind, case.symbol, NAMESPACE)
    description = describe(function)
    assert (list(description["inputs"]["properties"]), description["doc"]) == (case.parameters, case.doc)
    assert function(**bind(function, case.request)) == case.answer


UNUSABLE = {
    "not called": ("function", "number", "number (int) cannot serve: it cannot be called"),
    "no predict": ("pyfunc", "number", "number (int) cannot serve: it has no predict"),
    "no model": ("estimator", "number", "number (int) cannot serve: it has no predict"),
    "not made": ("class", "NeedsArguments.predict", "TypeError: "),
    "a job": ("job", "notebook", "serving a job is not known here"),
}


@pytest.mark.parametrize(("kind", "symbol", "words"), UNUSABLE.values(), ids=UNUSABLE)
def test_function_of__unusable__says_why(kind: str, symbol: str, words: str) -> None:
    """What cannot serve is said in words."""
    with pytest.raises(TargetUnusable) as caught:
        function_of(kind, symbol, NAMESPACE)
    assert words in str(caught.value)
    assert caught.value.symbol == symbol


MISSING = {
    "name": ("function", "nothing", "nothing"),
    "attribute": ("method", "model.nothing", "model.nothing"),
    "class": ("class", "Nothing.predict", "Nothing"),
    "estimator": ("estimator", "nothing", "nothing"),
}


@pytest.mark.parametrize(("kind", "symbol", "missing"), MISSING.values(), ids=MISSING)
def test_function_of__not_bound__says_what(kind: str, symbol: str, missing: str) -> None:
    """The part of the symbol that is not there is named."""
    with pytest.raises(TargetMissing) as caught:
        function_of(kind, symbol, NAMESPACE)
    assert (caught.value.missing, str(caught.value)) == (missing, f"has no {missing}")
