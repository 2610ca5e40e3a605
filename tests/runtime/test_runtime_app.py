"""The application in this process: what no body and no function can make it do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest
import runtime_asking
from hint_cases import READABLE
from hypothesis import given, settings
from hypothesis import strategies as st
from test_runtime_schema import hinted

from jupyter_containerize.runtime import body
from jupyter_containerize.runtime.encoding import MAX_DEPTH
from jupyter_containerize.runtime.errors import NotJson

NOT_JSON = {
    "empty": (b"", "the body is empty"),
    "blank": (b" \n", "the body is empty"),
    "cut off": (b'{"a": ', "Expecting value at line 1, column 7"),
    "two values": (b"{} {}", "Extra data at line 1, column 4"),
    "nan": (b'{"a": NaN}', "NaN is not JSON; use null"),
    "infinity": (b"[-Infinity]", "-Infinity is not JSON; use null"),
    "overflow": (b'{"a": [1e999]}', "a number is too large"),
    "negative overflow": (b"-1e999", "a number is too large"),
    "twice": (b'{"a": {"b": 1, "b": 2}}', 'name "b" appears twice in an object'),
    "twice in an array": (b'[{"a": 1, "a": 2}]', 'name "a" appears twice in an object'),
    "twice by escape": (b'{"a": 1, "\\u0061": 2}', 'name "a" appears twice in an object'),
    "latin": (b'{"a": "\xe9"}', "not UTF-8 at byte 7"),
    "deep": (b"[" * 101 + b"]" * 101, "nested deeper than 100"),
    "very deep": (b"[" * 100_000 + b"]" * 100_000, "nested deeper than 100"),
    "many": (b"[" + b"[]," * 1_000_000 + b"[]]", "more than 1000000 arrays and objects"),
    "digits": (b"1" * 5000, "an integer has more digits than can be read"),
    "control character": (b'"\n"', "Invalid control character at at line 1, column 2"),
}


@pytest.mark.parametrize(("text", "reason"), NOT_JSON.values(), ids=NOT_JSON)
def test_parse__not_json__says_why(text: bytes, reason: str) -> None:
    """Each way of not being JSON has its reason, with a place where there is one."""
    with pytest.raises(NotJson) as caught:
        body.parse(text)
    assert caught.value.reason == reason


JSON_TEXTS = {
    "byte order mark": (b"\xef\xbb\xbf{}", {}),
    "deep enough": (b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, None),
    "many digits": (b"1" * 4000, int("1" * 4000)),
    "tiny": (b"1e-999", 0.0),
    "half a surrogate pair": (b'"\\ud800"', "\ud800"),
    "bare": (b"null", None),
}


@pytest.mark.parametrize(("text", "expected"), JSON_TEXTS.values(), ids=JSON_TEXTS)
def test_parse__json__is_read(text: bytes, expected: Any) -> None:
    """Unusual is not wrong."""
    value = body.parse(text)
    assert value == expected or expected is None


WRITTEN = {
    "umlaut": ("é", '"é"'.encode()),
    "half a surrogate pair": ("\ud800é", b'"\\ud800\\u00e9"'),
    "compact": ({"a": [1, 2]}, b'{"a":[1,2]}'),
}


@pytest.mark.parametrize(("value", "text"), WRITTEN.values(), ids=WRITTEN)
def test_write__value__is_utf_8(value: Any, text: bytes) -> None:
    """Text goes out readable, and what has no UTF-8 goes out escaped."""
    assert body.write(value) == text


class Typed(NamedTuple):
    """A hint's name and the application of the function that gives back what it gets."""

    name: str
    app: Any


APPS = [Typed(name, runtime_asking.serving(hinted(hint))) for name, (hint, _, _) in READABLE.items()]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
_SAMPLES = st.sampled_from([json.dumps(given) for _, _, pairs in READABLE.values() for given, _ in pairs])


@settings(deadline=None)
@given(typed=st.sampled_from(APPS), value=_JSON.map(json.dumps) | _SAMPLES)
def test_predict__any_value_for_a_typed_function__is_answered_or_refused(typed: Typed, value: str) -> None:
    """No value of JSON makes a function that gives back what it gets look broken."""
    status, _ = runtime_asking.predict(typed.app, b'{"value": %s}' % value.encode())
    assert status in {200, 400, 422}, typed.name


@settings(deadline=None)
@given(text=st.binary() | _JSON.map(json.dumps).map(str.encode))
def test_predict__any_bytes__are_answered_or_refused(text: bytes) -> None:
    """No bytes at all make the server look broken."""
    status, answer = runtime_asking.predict(APPS[0].app, text)
    assert status in {200, 400, 422}
    assert status == 200 or answer["status"] == status


async def _coroutine(x: float) -> float:
    return x


async def _failing(x: float) -> float:
    raise SystemExit(x)


async def _stream(x: float) -> AsyncIterator[float]:
    yield x
    yield 2 * x


def _broken_stream(x: float) -> Any:
    yield x
    raise KeyboardInterrupt


@dataclasses.dataclass
class _Model:
    factor: float

    def __call__(self, x: float) -> float:
        return self.factor * x

    def predict(self, x: float, /) -> float:
        return self.factor * x


FUNCTIONS: dict[str, tuple[Any, int, Any]] = {
    "coroutine": (_coroutine, 200, 3.0),
    "asynchronous generator": (_stream, 200, [3.0, 6.0]),
    "generator that fails": (_broken_stream, 500, None),
    "coroutine that exits": (_failing, 500, None),
    "method": (_Model(2.0).predict, 200, 6.0),
}


@pytest.mark.parametrize(("function", "status", "answer"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_predict__any_kind_of_function__is_called_to_its_end(function: Any, status: int, answer: Any) -> None:
    """Coroutines are awaited, generators read, and no exception gets through."""
    found, content = runtime_asking.predict(runtime_asking.serving(function), b'{"x": 3}')
    assert found == status
    assert status != 200 or content == answer


def test_ready__told_to_stop__is_not_ready_and_still_answers() -> None:
    """Between the signal and the end, health says no more while requests are still served."""
    app = runtime_asking.serving(_coroutine)
    app.stop()
    assert runtime_asking.ask(app, "GET", "/health/ready")[0] == 503
    assert runtime_asking.ask(app, "GET", "/health/live")[0] == 200
    assert runtime_asking.predict(app, b'{"x": 3}') == (200, 3.0)
