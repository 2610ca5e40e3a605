"""Load an application folder with the runtime's own code, describe its function, and answer one request.

Runs in the kernel's interpreter, outside any kernel: the standard library and the runtime, Python 3.9 or newer.

    python answer.py RUNTIME_FOLDER APPLICATION_FOLDER CLOUDPICKLE_FOLDER REPORT
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


def main(runtime: str, application: str, cloudpickle: str, report: str) -> None:
    """Write what the function takes, gives and answers to the report."""
    # This file's own folder was put first: a module of the notebook's may have the name of one of ours.
    here = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != here]
    if importlib.util.find_spec("cloudpickle") is None:
        load_package("cloudpickle", cloudpickle)
    load_package(_PACKAGE, runtime)
    loading, binding, encoding, schema = (
        importlib.import_module(f"{_PACKAGE}.{name}") for name in ("loading", "binding", "encoding", "schema")
    )
    served = loading.load(Path(application))
    with open(os.path.join(application, "model.json"), encoding="utf-8") as file:
        request = json.load(file)["endpoints"][0]["example"]["request"]
    answer = binding.call(served.function, served.signature, binding.read_body(served.signature, request))
    if inspect.isawaitable(answer) or inspect.isasyncgen(answer):
        raise TypeError("an asynchronous function is watched in a kernel")
    found = {"spec": schema.describe(served.function), "response": encoding.to_json(answer)}
    with open(report, "w", encoding="utf-8") as file:
        json.dump(found, file, allow_nan=False)


def load_package(name: str, folder: str) -> Any:
    """Return a package loaded from its folder, without the folder joining the path."""
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(*sys.argv[1:])
