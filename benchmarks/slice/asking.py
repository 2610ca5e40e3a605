"""Runs inside the notebook's environment: asks its predict, and stands for the image in a process of its own.

Nothing here may import more than the standard library, apart from what the notebook itself brought.
In a kernel ``ask`` is called with its namespace; as a program, ``python asking.py STATE``, this file loads what ``ask``
stored, as the image would, and asks again.
"""

from __future__ import annotations

import io
import json
import pickle
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def ask(namespace: dict[str, Any], request: Mapping[str, Any]) -> None:
    """Answer every input of the request, write the answers to its file, and store the state if one is asked for.

    The request has ``inputs``, ``answers`` (a file), ``state`` (a file or nothing), ``live_in`` and ``source``.
    """
    found: dict[str, Any] = {}
    if request.get("state"):
        # First the state: a call may change it. The slice's kernel need not have predict, the serving code does.
        found.update(_stored(namespace, request))
        namespace = dict(namespace)
        exec(compile(request["source"], "serving.py", "exec"), namespace)
    found["answers"] = _answers(namespace, request["inputs"])
    Path(request["answers"]).write_text(json.dumps(found), encoding="utf-8")


def serve(path: str) -> dict[str, Any]:
    """Do what the image does: run the serving code with the stored objects; return the answers."""
    request = pickle.loads(Path(path).read_bytes())
    # The program's own module: functions of the notebook say that they are of ``__main__``.
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    modules: set[str] = set()
    main.__dict__.update({name: _Reader(data, modules).load() for name, data in request["objects"].items()})
    exec(compile(request["source"], "serving.py", "exec"), main.__dict__)
    return {"answers": _answers(main.__dict__, request["inputs"]), "modules": sorted(modules)}


def _answers(namespace: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]]) -> list[Any]:
    answers: list[Any] = []
    for given in inputs:
        try:
            answers.append(_plain(namespace["predict"](**given)))
        except Exception as error:  # noqa: BLE001  # whatever the notebook raises is its answer
            answers.append({"!": type(error).__name__, "text": str(error)[:300]})
    return answers


def _stored(namespace: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    objects: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for name in request["live_in"]:
        try:
            import cloudpickle  # noqa: PLC0415  # only the kernel has to have it

            objects[name] = cloudpickle.dumps(namespace[name], protocol=5)
        except Exception as error:  # noqa: BLE001  # as above
            refused[name] = f"{type(error).__name__}: {str(error)[:300]}"
    stored = {"objects": objects, "source": request["source"], "inputs": request["inputs"]}
    Path(request["state"]).write_bytes(pickle.dumps(stored))
    return {"refused": refused, "state_bytes": sum(map(len, objects.values()))}


class _Reader(pickle.Unpickler):
    """Loads a pickle and notes whose names it takes."""

    def __init__(self, data: bytes, modules: set[str]) -> None:
        super().__init__(io.BytesIO(data))
        self._modules = modules

    def find_class(self, module: str, name: str) -> Any:
        self._modules.add(module)
        found = super().find_class(module, name)
        if module.partition(".")[0] == "cloudpickle" and name == "subimport":

            def noted(wanted: str) -> Any:
                self._modules.add(wanted)
                return found(wanted)

            return noted
        return found


def _plain(value: Any) -> Any:  # noqa: PLR0911  # one line for each kind
    """Return an answer as JSON: arrays and frames as lists, numbers of every library as Python's."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return value.item() if hasattr(value, "item") else value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in (sorted(value, key=repr) if isinstance(value, set) else value)]
    for way in ("detach", "numpy"):
        if hasattr(value, way) and not hasattr(value, "iloc"):
            value = getattr(value, way)()
    if hasattr(value, "to_dict"):
        return _plain(value.to_dict())
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return repr(value)


if __name__ == "__main__":
    print("\n" + json.dumps(serve(sys.argv[1])))
