"""The application folder, loaded: the notebook's objects, its serving code, and the function to call.

The folder holds ``model.json`` (what is served, and the objects with their hashes), ``serving.py``
(imports and functions, which expect the objects as globals) and ``state/*.pkl``.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
import sys
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import LoadFailed
from .schema import Signature, describe, read_signature

# The module's name is the file's, so that a local module which imports it gets this one and not a second.
_MODULE = "serving"
_CHUNK_BYTES = 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Served:
    """What is served. ``description`` is what ``/schema`` says, as JSON values."""

    symbol: str
    function: Callable[..., Any]
    signature: Signature
    description: dict[str, Any]


def load(app: Path) -> Served:
    """Load the folder: objects first (each checked against its hash), then the code, then the function.

    The folder comes first on ``sys.path``, as the notebook's own folder did.

    Raises:
        LoadFailed: names the file or object, and why. The cause is chained.
    """
    sys.path[:] = [str(app), *(entry for entry in sys.path if entry != str(app))]
    card = _read_card(app / "model.json")
    try:
        symbol, listed = card["symbol"], card["objects"]
        known = {key: card[key] for key in ("example", "notebook", "python", "versions")}
        known["variables"] = card.get("variables", [])
        objects = {item["name"]: _read_object(app / item["file"], item) for item in listed}
    except (KeyError, TypeError) as error:
        raise LoadFailed("model.json", f"not as it should be: {error!r}") from error
    module = _run(app / "serving.py", objects)
    function = getattr(module, symbol, None)
    if not callable(function):
        raise LoadFailed("serving.py", f"has no function {symbol}")
    return Served(symbol, function, read_signature(function), {**describe(function), "symbol": symbol, **known})


def _read_card(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise LoadFailed("model.json", str(error)) from error


def _read_object(path: Path, item: dict[str, Any]) -> Any:
    name, kind = item["name"], item["format"]
    # "cloudpickle-5": the number is the pickle protocol, which the file itself says too.
    if kind.partition("-")[0] != "cloudpickle":
        raise LoadFailed(name, f"format {kind} is not known")
    try:
        found = _sha256(path)
    except OSError as error:
        raise LoadFailed(name, str(error)) from error
    if found != item["sha256"]:
        raise LoadFailed(name, f"sha256 is {found}, not {item['sha256']}")
    try:
        with path.open("rb") as file:
            return pickle.load(file)  # noqa: S301  # the hash says that it is the builder's
    except Exception as error:
        # Unpickling runs the libraries' own code, which may raise anything.
        raise LoadFailed(name, _said(error)) from error


def _sha256(path: Path) -> str:
    """Return a file's hash. Read in parts: a model may be larger than half of the memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _run(path: Path, objects: dict[str, Any]) -> types.ModuleType:
    """Run the serving code as a module that has the objects already."""
    module = types.ModuleType(_MODULE)
    module.__file__ = str(path)
    vars(module).update(objects)
    # Before it runs: dataclasses, pickle and inspect look a module up by name.
    sys.modules[_MODULE] = module
    try:
        source = path.read_text(encoding="utf-8")
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102  # our purpose
    except (Exception, SystemExit) as error:
        raise LoadFailed("serving.py", _said(error, path)) from error
    return module


def _said(error: BaseException, path: Path | None = None) -> str:
    """Return an error in a line: where in ``path`` it was raised, if there, its type and its words."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if path is not None and frame.filename == str(path)]
    where = f"line {lines[-1]}: " if lines else ""
    return f"{where}{''.join(traceback.format_exception_only(type(error), error)).strip()}"
