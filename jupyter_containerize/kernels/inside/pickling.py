"""A pickler for the notebook's objects: cloudpickle's, with steady bytes, and large parts beside the pickle.

Runs inside the kernel: the standard library and cloudpickle only, Python 3.9 or newer. cloudpickle is the kernel's
own; where it has none, the builder's is loaded from its files, without its folder joining ``sys.path``.
"""

from __future__ import annotations

import contextlib
import dis
import hashlib
import importlib
import os
import struct
import sys
import types
import weakref
from collections.abc import Iterator
from typing import Any

from .natives import Natives
from .program import load_package
from .runtime import runtime_module

PROTOCOL = 5
# Smaller ones stay in the pickle: a place of its own in the file costs more than it spares.
LEAST_BUFFER_BYTES = 64 * 1024
_ALIGNED = 64


class Plain:
    """What takes no part out of the pickle."""

    parts: tuple[dict[str, str], ...] = ()
    modules: frozenset[str] = frozenset()

    def persistent_id(self, _value: Any) -> None:
        """Return that the object is to be pickled."""

    def close(self) -> None:
        """Write nothing."""


class Writer:
    """Writes objects as files of one folder.

    Args:
        cloudpickle: the module.
        folder: gets the files.
        notebook: the path that code objects are said to come from.
    """

    def __init__(self, cloudpickle: Any, folder: str, notebook: str) -> None:
        self.cloudpickle = cloudpickle
        self.folder = folder
        self.notebook = notebook

    def write(self, name: str, value: Any, parts: Natives | Plain) -> tuple[list[dict[str, str]], set[str]]:
        """Write ``NAME.pkl`` and its parts; return the parts, and the modules that functions in it import."""
        imported: set[str] = set()
        buffers: list[Any] = []
        with open(os.path.join(self.folder, name + ".pkl"), "wb") as file:
            self.pickler(file, imported, buffers, parts).dump(value)
        parts.close()
        written = list(parts.parts)
        if buffers:
            written.append({"name": name + ".buffers", "format": "buffers"})
            write_buffers(os.path.join(self.folder, name + ".buffers"), buffers)
        return written, imported | parts.modules

    def pickler(self, file: Any, imported: set[str], buffers: list[Any], parts: Natives | Plain) -> Any:
        """Return a pickler that notes what functions import, and puts large buffers and native parts aside."""
        notebook = self.notebook

        def aside(buffer: Any) -> bool:
            """Return whether a buffer stays in the pickle."""
            if buffer.raw().nbytes < LEAST_BUFFER_BYTES:
                return True
            buffers.append(buffer)
            return False

        class Pickler(self.cloudpickle.CloudPickler):  # type: ignore[misc,name-defined]  # known only in the kernel
            def reducer_override(self, obj: Any) -> Any:
                if isinstance(obj, types.ModuleType):
                    imported.add(obj.__name__)
                if isinstance(obj, types.CodeType):
                    imported.update(imported_by(obj))
                    # A cell's file name holds the kernel's process id, different in every run.
                    return self.dispatch_table[types.CodeType](obj.replace(co_filename=notebook))
                return super().reducer_override(obj)

        if isinstance(parts, Natives) and parts.libraries:
            # The pickler asks for every object there is, so only where there may be something.
            Pickler.persistent_id = lambda _, obj: parts.persistent_id(obj)
        return Pickler(file, protocol=PROTOCOL, buffer_callback=aside)

    def can(self, value: Any) -> bool:
        """Return whether an object can be pickled."""
        with open(os.devnull, "wb") as nowhere:
            try:
                self.pickler(nowhere, set(), [], Plain()).dump(value)
            except Exception:
                return False
        return True


def write_buffers(path: str, buffers: list[Any]) -> None:
    """Write buffers as the runtime's ``parts`` reads them: magic, count, (offset, length) of each, the bytes."""
    raws = [buffer.raw() for buffer in buffers]
    places: list[int] = []
    end = 16 + 16 * len(raws)
    for raw in raws:
        start = -(-end // _ALIGNED) * _ALIGNED
        places += [start, raw.nbytes]
        end = start + raw.nbytes
    with open(path, "wb") as file:
        file.write(runtime_module("parts").BUFFERS_MAGIC + struct.pack(f"<Q{len(places)}Q", len(raws), *places))
        for start, raw in zip(places[::2], raws):
            file.write(bytes(start - file.tell()))
            file.write(raw)


def load_cloudpickle(folder: str) -> Any:
    """Return the kernel's cloudpickle, else the builder's under the same name: pickles refer to it by name."""
    try:
        return importlib.import_module("cloudpickle")
    except ImportError:
        return load_package("cloudpickle", folder)


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
        with other_classes():
            yield
    finally:
        core.uuid, core._DYNAMIC_CLASS_TRACKER_BY_CLASS = kept


@contextlib.contextmanager
def other_classes() -> Iterator[None]:
    """Let classes that are read from pickles be new ones.

    A class of the notebook would else be found by its id, and have its attributes set to those in the pickle.
    """
    core: Any = importlib.import_module("cloudpickle.cloudpickle")
    kept = getattr(core, "_DYNAMIC_CLASS_TRACKER_BY_ID", None)
    core._DYNAMIC_CLASS_TRACKER_BY_ID = weakref.WeakValueDictionary()
    try:
        yield
    finally:
        core._DYNAMIC_CLASS_TRACKER_BY_ID = kept


def imported_by(code: types.CodeType) -> set[str]:
    """Return the modules that a function's code imports when it runs."""
    return {step.argval for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME" and step.argval}
