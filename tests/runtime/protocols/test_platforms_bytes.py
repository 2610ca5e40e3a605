"""Whatever JSON comes to the platforms' routes, it is predicted or refused with words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_asking import endpoint
from scored import area, scaled, spoken

from jupyter_containerize.runtime.errors import Refused
from jupyter_containerize.runtime.http.messages import Request
from jupyter_containerize.runtime.loading import Served
from jupyter_containerize.runtime.protocols import azure, sagemaker, vertex
from jupyter_containerize.runtime.routes import Routes
from jupyter_containerize.runtime.settings import Settings

_NAMES = [
    "dataframe_split",
    "dataframe_records",
    "instances",
    "inputs",
    "params",
    "parameters",
    "columns",
    "index",
    "data",
    "input_data",
    "rows",
    "by",
    "length",
    "width",
    "unit",
]
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=12,
)
_KINDS = ("application/json", "application/json; format=pandas-split", "application/json; format=pandas-records")


def handlers(function: Callable[..., Any]) -> list[Callable[[Request], Any]]:
    """Return what answers on each platform's route."""
    served_by = endpoint(function)
    served = Served((served_by,), Routes((served_by,)), served_by.description)
    routes = Settings(predict_route="/p")
    return [next(iter(module.routes(served, routes))).handler for module in (sagemaker, vertex, azure)]


HANDLERS = {function.__name__: handlers(function) for function in (area, scaled, spoken)}


@pytest.mark.parametrize("name", HANDLERS)
@given(
    value=_VALUES, kind=st.sampled_from(_KINDS), options=st.dictionaries(st.sampled_from(_NAMES), _VALUES, max_size=3)
)
@settings(max_examples=200, deadline=None)
def test_handlers__any_json__calls_or_refusal(name: str, value: Any, kind: str, options: dict[str, Any]) -> None:
    """Rows in any form are calls of the function, or the caller's mistake."""
    for body in (value, options):
        request = Request("POST", "/", "", [(b"content-type", kind.encode())], json.dumps(body).encode())
        for handler in HANDLERS[name]:
            refused = None
            try:
                handler(request)
            except Refused as error:
                refused = error
            assert refused is None or (400 <= refused.status < 500 and refused.detail)
