"""Load an application folder with the runtime's own code, describe its function, and answer one request.

Runs in the kernel's interpreter, outside any kernel: the standard library and the runtime, Python 3.9 or newer.

    python answer.py RUNTIME_FOLDER CLOUDPICKLE_FOLDER APPLICATION_FOLDER REPORT
    python answer.py RUNTIME_FOLDER CLOUDPICKLE_FOLDER STANDBY

STANDBY, JSON, lets the process stay and answer for further serving code: see ``standby.py`` beside this file.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

_PACKAGE = "_jupyter_containerize_runtime"
_INSIDE = "_jupyter_containerize_inside"
# As long as the kernel that ran the notebook may take for the same.
_PROOF_SECONDS = 5.0


def main(runtime: str, cloudpickle: str, *asked: str) -> None:
    """Answer for an application folder, or for as many as come."""
    # This file's own folder was put first: a module of the notebook's may have the name of one of ours.
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != here]
    if importlib.util.find_spec("cloudpickle") is None:
        load_package("cloudpickle", cloudpickle)
    load_package(_PACKAGE, runtime)
    for name in ("loading", "binding", "encoding", "schema"):
        runtime_module(name)
    if len(asked) == 1:
        standby = load_file("_jupyter_containerize_standby", os.path.join(here, "standby.py"))
        standby.stay(sys.modules[__name__], asked[0])
    else:
        answer(*asked)


def answer(application: str, report: str) -> None:
    """Load the folder, and write what its function takes, gives and answers to the report."""
    loading, binding, encoding, schema = map(runtime_module, ("loading", "binding", "encoding", "schema"))
    served = loading.load(Path(application))
    with open(os.path.join(application, "model.json"), encoding="utf-8") as file:
        request = json.load(file)["endpoints"][0]["example"]["request"]
    answered = binding.call(served.function, served.signature, binding.read_body(served.signature, request))
    if inspect.isawaitable(answered) or inspect.isasyncgen(answered):
        raise TypeError("an asynchronous function is watched in a kernel")
    found = {"spec": schema.describe(served.function), "response": encoding.to_json(answered)}
    found.update(proofs(served.function, request, os.path.join(application, "baseline_again.json")))
    with open(report, "w", encoding="utf-8") as file:
        json.dump(found, file, allow_nan=False)


def proofs(function: Any, example: Any, kept: str) -> dict[str, Any]:
    """Return ``batch``, ``baseline`` and ``widths``: what is known of changed code from asking it, as after a run.

    It calls the function often, in a process that ends after this answer.

    Args:
        function: what serves.
        example: a request.
        kept: the file with what the baseline of the run left for this; there may be none.

    Raises:
        Changed: only a run can tell the baseline.
    """
    if _INSIDE not in sys.modules:
        load_package(_INSIDE, os.path.dirname(os.path.realpath(__file__)))
    names = ("asking", "batching", "widths")
    asking, batching, widths = (importlib.import_module(f"{_INSIDE}.{name}") for name in names)
    found: dict[str, Any] = {"batch": "", "widths": {"widths": {}, "inputs": {}}}
    namespace = vars(sys.modules["serving"])

    def prove() -> None:
        found["batch"] = batching.proved(function, example, namespace)["parameter"]

    def find() -> None:
        found["widths"] = widths.found_widths(function, example)

    asking.wait_for(prove, _PROOF_SECONDS)
    text = read_text(kept)
    again = importlib.import_module(f"{_INSIDE}.baseline").again if text else None
    baseline = again(text, function, namespace) if again is not None else None
    asking.wait_for(find, _PROOF_SECONDS)
    return {**found, "baseline": baseline}


def read_text(path: str) -> str:
    """Return what a file has, nothing if it is not there."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def runtime_module(name: str) -> Any:
    """Return a module of the runtime."""
    return importlib.import_module(f"{_PACKAGE}.{name}")


def load_package(name: str, folder: str) -> Any:
    """Return a package loaded from its folder, without the folder joining the path."""
    return load_file(name, os.path.join(folder, "__init__.py"), [folder])


def load_file(name: str, path: str, folders: list[str] | None = None) -> Any:
    """Return a module loaded from a file; ``folders`` are those of its submodules, if it is a package."""
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*sys.argv[1:])
