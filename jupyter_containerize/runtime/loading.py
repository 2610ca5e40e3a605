"""The application folder, loaded: the notebook's objects, its serving code, and the functions to call.

The folder holds ``model.json`` (what is served, and the objects with their hashes), ``serving.py``
(imports and functions, which expect the objects as globals) and ``state/*``. Where nothing was captured
(``"state": "startup"``), ``serving.py`` has the training too, and running it makes the objects.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import notebook
from .errors import LoadFailed, TargetMissing, TargetUnusable
from .parts import read_object
from .routes import PREDICT, Endpoint, Routes, RouteTaken
from .schema import Signature, describe, read_signature
from .targets import function_of

# The module's name is the file's, so that a local module which imports it gets this one and not a second.
_MODULE = "serving"
_ORIGIN = ("notebook", "python", "versions")
_OTHERWISE: tuple[tuple[str, Any], ...] = (("variables", []), ("state", "run"), ("extras", []))


@dataclasses.dataclass(frozen=True)
class Served:
    """What is served, the primary endpoint first. ``description`` is what ``/schema`` says, as JSON values."""

    endpoints: tuple[Endpoint, ...]
    routes: Routes
    description: dict[str, Any]

    @property
    def symbol(self) -> str:
        """The primary endpoint's symbol."""
        return self.endpoints[0].symbol

    @property
    def title(self) -> str:
        """The notebook's name, else the symbol."""
        return Path(str(self.description.get("notebook") or "")).stem or self.symbol

    @property
    def function(self) -> Callable[..., Any]:
        """The primary endpoint's function."""
        return self.endpoints[0].function

    @property
    def signature(self) -> Signature:
        """What the primary endpoint's function takes."""
        return self.endpoints[0].signature


def load(app: Path) -> Served:
    """Load the folder: objects first (each checked against its hash), then the code, then the functions.

    The folder comes first on ``sys.path``, as the notebook's own folder did.

    Raises:
        LoadFailed: names the file or object, and why. The cause is chained.
    """
    lead_imports(app)
    card = read_card(app)
    try:
        listed = _listed(card)
        known = {key: card[key] for key in _ORIGIN}
        known |= {key: card.get(key, otherwise) for key, otherwise in _OTHERWISE}
        known["digest"] = os.environ.get("JUPYTER_CONTAINERIZE_NOTEBOOK_DIGEST", "")
        objects = {item["name"]: read_object(app, item) for item in card["objects"]}
    except (KeyError, TypeError) as error:
        raise LoadFailed("model.json", f"not as it should be: {error!r}") from error
    namespace = vars(run(app / "serving.py", objects, anew=known["state"] == "startup"))
    names = _model_names(str(card.get("notebook", "")), [item["symbol"] for item in listed])
    endpoints = tuple(_endpoint(namespace, name=name, **item) for name, item in zip(names, listed))
    try:
        routes = Routes(endpoints)
    except RouteTaken as error:
        raise LoadFailed("model.json", f"{error.route} is taken twice, or the server's own") from error
    first = endpoints[0].description
    primary = {key: first[key] for key in ("symbol", "doc", "inputs", "output", "example")}
    more = {"endpoints": [endpoint.description for endpoint in endpoints]}
    return Served(endpoints, routes, {**primary, **known, **more})


def lead_imports(app: Path) -> None:
    """Let the modules of the folder be imported before all others."""
    sys.path[:] = [str(app), *(entry for entry in sys.path if entry != str(app))]


def read_card(app: Path) -> Any:
    """Return what ``model.json`` says.

    Raises:
        LoadFailed: it is not there, or no JSON.
    """
    try:
        return json.loads((app / "model.json").read_bytes())
    except (OSError, ValueError) as error:
        raise LoadFailed("model.json", str(error)) from error


def run(path: Path, objects: Mapping[str, Any], *, anew: bool = False) -> types.ModuleType:
    """Run the serving code as a module that has the objects already.

    ``anew`` is for code that trains, too: there it is what it was in the notebook, ``__main__``.

    Raises:
        LoadFailed: with the line, the error's type and its words.
    """
    module = types.ModuleType("__main__" if anew else _MODULE)
    module.__file__ = str(path)
    vars(module).update(notebook.NAMES if anew else {})
    vars(module).update(objects)
    # Before it runs: dataclasses, pickle and inspect look a module up by name.
    sys.modules[_MODULE] = sys.modules[module.__name__] = module
    try:
        source = path.read_text(encoding="utf-8")
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102  # our purpose
    except (Exception, SystemExit) as error:
        raise LoadFailed("serving.py", _said(error, path)) from error
    # In the notebook they were bound after any star import that has the same name.
    vars(module).update(objects)
    return module


def _listed(card: Any) -> list[dict[str, Any]]:
    """Return the endpoints, at least one."""
    found = [
        {
            "symbol": item["symbol"],
            "kind": item.get("kind", "function"),
            "route": item.get("route", PREDICT),
            "method": item.get("method", "POST").upper(),
            "example": item.get("example"),
            "batch": (item.get("batch") or {}).get("parameter", ""),
            "widths": item.get("widths"),
        }
        for item in card["endpoints"]
    ]
    if not found:
        raise KeyError("endpoints")
    return found


def _model_names(notebook: str, symbols: Sequence[str]) -> list[str]:
    """Return the names of models: the notebook's for the primary endpoint, which platforms may call anything."""
    first = Path(notebook).stem or "model"
    return [first, *(symbol if symbol != first else f"{symbol}-{place}" for place, symbol in enumerate(symbols[1:], 2))]


def _endpoint(
    namespace: Mapping[str, Any],
    *,
    symbol: str,
    kind: str,
    route: str,
    method: str,
    example: Any,
    name: str,
    batch: str,
    widths: Mapping[str, Mapping[str, Any]] | None,
) -> Endpoint:
    try:
        function = function_of(kind, symbol, namespace)
    except (TargetMissing, TargetUnusable) as error:
        raise LoadFailed("serving.py", str(error)) from error
    described = {**describe(function, widths), "symbol": symbol, "kind": kind, "route": route, "method": method}
    described["example"] = example
    described["inputs"] = _with_examples(described["inputs"], example)
    signature = read_signature(function, widths)
    return Endpoint(symbol, function, signature, described, kind, route, method, name, batch)


def _with_examples(inputs: dict[str, Any], example: Any) -> dict[str, Any]:
    """Return the schema with what the notebook's own call gave for each parameter, for those who read it."""
    given = example.get("request") if isinstance(example, dict) else None
    if not isinstance(given, dict) or "properties" not in inputs:
        return inputs
    properties = {
        name: {**schema, "examples": [given[name]]} if name in given and isinstance(schema, dict) else schema
        for name, schema in inputs["properties"].items()
    }
    return {**inputs, "properties": properties}


def _said(error: BaseException, path: Path) -> str:
    """Return an error in a line: where in ``path`` it was raised, if there, its type and its words."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{''.join(traceback.format_exception_only(type(error), error)).strip()}"
