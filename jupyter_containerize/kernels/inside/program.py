"""The one program that the builder calls inside a kernel: it loads the others from their folder and runs one of them.

Runs inside the kernel: the standard library only, Python 3.9 or newer. What is loaded stays in ``sys.modules`` under
names that begin with ``_jupyter_containerize``, which no import statement of a user has.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from typing import Any

_INSIDE = "_jupyter_containerize_inside"
_RUNTIME = "_jupyter_containerize_runtime"


def call(request_json: str) -> None:
    """Call a function of a module beside this one, and write what it returns to the report as JSON.

    Request: module, function, inside (our folder), runtime (the runtime's folder), report (file); the function gets
    all of it.
    """
    request = json.loads(request_json)
    load_package(_RUNTIME, request["runtime"])
    load_package(_INSIDE, request["inside"])
    module = importlib.import_module(f"{_INSIDE}.{request['module']}")
    answer = getattr(module, request["function"])(request)
    with open(request["report"], "w", encoding="utf-8") as file:
        json.dump(answer, file)


def load_package(name: str, folder: str) -> Any:
    """Return a package loaded from its folder, without the folder joining the path."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        name, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
