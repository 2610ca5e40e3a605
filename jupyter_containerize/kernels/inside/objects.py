"""Pickle the objects that serving needs, from inside the kernel that ran the notebook.

The standard library and cloudpickle only, Python 3.9 or newer. cloudpickle is the kernel's own;
where it has none, the builder's is loaded from its files, without its folder joining ``sys.path``.
"""

from __future__ import annotations

import contextlib
import dis
import errno
import hashlib
import importlib
import importlib.util
import os
import pickletools
import sys
import types
import weakref
from collections.abc import Iterator
from typing import Any

PROTOCOL = 5
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_STRINGS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE")
_GETS = ("BINGET", "LONG_BINGET", "GET")
_PUTS = ("BINPUT", "LONG_BINPUT", "PUT")


def take_all(request: dict[str, Any]) -> dict[str, Any]:
    """Write ``NAME.pkl`` for each name, and return what the builder has to know.

    Request: names, into (folder), cloudpickle (folder of the builder's), notebook
    (path that code objects are said to come from), seed (text that dynamic classes are numbered by).
    """
    cloudpickle = load_cloudpickle(request["cloudpickle"])
    namespace = vars(sys.modules["__main__"])
    report: dict[str, Any] = {
        "cloudpickle_version": cloudpickle.__version__,
        "objects": [],
        "failed": [],
        "missing": [name for name in request["names"] if name not in namespace],
        "disk_full": False,
    }
    with steady_class_ids(request["seed"]):
        for name in request["names"]:
            if name in namespace:
                take(cloudpickle, name, namespace[name], request, report)
    return report


def load_cloudpickle(folder: str) -> Any:
    """Return the kernel's cloudpickle, else the builder's under the same name: pickles refer to it by name."""
    try:
        return importlib.import_module("cloudpickle")
    except ImportError:
        spec = importlib.util.spec_from_file_location(
            "cloudpickle", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )
        assert spec is not None
        assert spec.loader is not None
        module = sys.modules["cloudpickle"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@contextlib.contextmanager
def steady_class_ids(seed: str) -> Iterator[None]:
    """Make the ids that cloudpickle gives to classes of the notebook the same in every run.

    It draws them from uuid4, which would change the bytes of every run. They must differ between
    notebooks, because a process that loads two pickles takes one id for one class; hence the seed.
    """
    core: Any = importlib.import_module("cloudpickle.cloudpickle")
    if not (hasattr(core, "uuid") and hasattr(core, "_DYNAMIC_CLASS_TRACKER_BY_CLASS")):
        yield
        return
    count = iter(range(sys.maxsize))

    def uuid4() -> Any:
        digest = hashlib.sha256(f"{seed}:{next(count)}".encode()).hexdigest()
        return types.SimpleNamespace(hex=digest[:32])

    kept = core.uuid, core._DYNAMIC_CLASS_TRACKER_BY_CLASS
    core.uuid = types.SimpleNamespace(uuid4=uuid4)
    # A class that a process pool was sent during the run already has a random id.
    core._DYNAMIC_CLASS_TRACKER_BY_CLASS = weakref.WeakKeyDictionary()
    try:
        yield
    finally:
        core.uuid, core._DYNAMIC_CLASS_TRACKER_BY_CLASS = kept


def take(cloudpickle: Any, name: str, value: Any, request: dict[str, Any], report: dict[str, Any]) -> None:
    """Pickle one object and add it to the report, as taken or as failed."""
    path = os.path.join(request["into"], name + ".pkl")
    type_name = name_of(type(value))
    imported: set[str] = set()
    try:
        with open(path, "wb") as file:
            pickler_class(cloudpickle, request["notebook"], imported)(file, protocol=PROTOCOL).dump(value)
        with open(path, "rb") as file:
            modules = sorted(filter(findable, imported | referred(file)))
    except Exception as error:
        with contextlib.suppress(OSError):
            os.remove(path)
        if isinstance(error, OSError) and error.errno in _FULL:
            report["disk_full"] = True
        reason = str(error) or name_of(type(error))
        report["failed"].append({"name": name, "type_name": type_name, "reason": reason})
        return
    report["objects"].append({"name": name, "type_name": type_name, "modules": modules})


def name_of(kind: type) -> str:
    """Return the dotted name of a type."""
    return f"{kind.__module__}.{kind.__qualname__}"


def pickler_class(cloudpickle: Any, notebook: str, imported: set[str]) -> Any:
    """Return a cloudpickle pickler that notes modules in ``imported`` and makes code objects steady."""

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]  # known only in the kernel
        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, types.ModuleType):
                imported.add(obj.__name__)
            if isinstance(obj, types.CodeType):
                imported.update(imported_by(obj))
                # A cell's file name holds the kernel's process id, different in every run.
                return self.dispatch_table[types.CodeType](obj.replace(co_filename=notebook))
            return super().reducer_override(obj)

    return Pickler


def imported_by(code: types.CodeType) -> set[str]:
    """Return the modules that a function's code imports when it runs."""
    return {step.argval for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME" and step.argval}


def referred(file: Any) -> set[str]:
    """Return the modules whose attributes a pickle names: what loading it imports."""
    modules: set[str] = set()
    recent: list[str | None] = [None, None]
    memo: dict[int, str | None] = {}
    top: str | None = None
    argument: Any
    for opcode, argument, _ in pickletools.genops(file):
        name = opcode.name
        if name in _STRINGS:
            top = argument
            recent = [recent[1], top]
        elif name in _GETS:
            top = memo.get(int(argument))
            recent = [recent[1], top]
        elif name == "MEMOIZE":
            memo[len(memo)] = top
        elif name in _PUTS:
            memo[int(argument)] = top
        elif name != "FRAME":
            # The pickler writes module and name right before STACK_GLOBAL.
            if name == "STACK_GLOBAL" and recent[0]:
                modules.add(recent[0])
            elif name == "GLOBAL":
                modules.add(argument.partition(" ")[0])
            top = None
    return modules


def findable(module: str) -> bool:
    """Say whether loading can import the module: not ``__main__``, nor names that a library registers by itself."""
    top = module.partition(".")[0]
    if top in {"__main__", "builtins"}:
        return False
    try:
        return importlib.util.find_spec(top) is not None
    except (ImportError, ValueError):
        return False
