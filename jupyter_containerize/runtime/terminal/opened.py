"""The application folder, loaded; and what goes wrong, for somebody who reads it."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from ..errors import LoadFailed
from ..loading import Served, load, read_card
from ..problems import Problem
from ..routes import Endpoint
from .errors import CannotStart, UnknownEndpoint


def open_card(app: Path) -> Any:
    """Return what ``model.json`` says.

    Raises:
        CannotStart: it is not there, or no JSON.
    """
    try:
        return read_card(app)
    except LoadFailed as error:
        raise CannotStart(f"cannot load {error.part}: {error.reason}") from error


def open_app(app: Path) -> Served:
    """Return what the folder serves.

    Raises:
        CannotStart: it cannot be loaded.
    """
    try:
        return load(app)
    except LoadFailed as error:
        raise CannotStart(f"cannot load {error.part}: {error.reason}") from error


def endpoint_of(served: Served, name: str | None) -> Endpoint:
    """Return the endpoint of that symbol, route or name; the first one without any.

    Raises:
        UnknownEndpoint: there is none.
    """
    if name is None:
        return served.endpoints[0]
    for endpoint in served.endpoints:
        if name in {endpoint.symbol, endpoint.route, endpoint.route.lstrip("/"), endpoint.name}:
            return endpoint
    raise UnknownEndpoint(f"{name}: not known; there is {', '.join(item.symbol for item in served.endpoints)}")


def in_words(problem: Problem) -> str:
    """Return what is wrong with a value, in a line."""
    return f"{problem.field or 'the input'}: expected {problem.expected}, got {problem.got}"


def traced(error: BaseException, app: Path) -> str:
    """Return the traceback of what the notebook's code raised, from that code on and without our own frames."""
    folder = str(app)
    trace = error.__traceback__
    first = trace
    while first is not None and not first.tb_frame.f_code.co_filename.startswith(folder):
        first = first.tb_next
    return "".join(traceback.format_exception(type(error), error, first or trace)).rstrip()
