"""Take the objects that serving needs, from inside the kernel that ran the notebook.

Runs inside the kernel: the standard library and cloudpickle only, Python 3.9 or newer.
"""

from __future__ import annotations

import contextlib
import errno
import glob
import importlib
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .archives import steady_numbers
from .natives import Natives
from .pickling import Plain, Writer, load_cloudpickle, other_classes, steady_class_ids
from .references import findable, meaning, modules_of, referred
from .runtime import runtime_module
from .skew import skewed
from .tensors import Refused
from .trouble import name_of, trouble

FORMAT = "cloudpickle-5"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Kinds of numbers that numpy's own file format says completely.
_PLAIN_KINDS = "biufcSUMm"


def take_all(request: dict[str, Any]) -> dict[str, Any]:
    """Write ``NAME.pkl`` and its parts for each name, and return what the builder has to know.

    Request: names, served (kind and symbol of what the runtime makes a predict for), into (folder), strict (refuse
    what needs a pickle), cloudpickle (folder of the builder's), notebook (path that code objects are said to come
    from), seed (text that dynamic classes are numbered by).
    """
    cloudpickle = load_cloudpickle(request["cloudpickle"])
    namespace = vars(sys.modules["__main__"])
    report: dict[str, Any] = {
        "cloudpickle_version": cloudpickle.__version__,
        "objects": [],
        "failed": [],
        "pickled": [],
        "missing": [name for name in request["names"] if name not in namespace],
        "disk_full": False,
        "skewed": [],
    }
    writer = Writer(cloudpickle, request["into"], request["notebook"])
    with steady_class_ids(request["seed"]), same_random_state():
        for name in request["names"]:
            if name in namespace:
                take(writer, name, namespace[name], report, strict=request["strict"])
    for served in request["served"]:
        add_needs(served, namespace, report["objects"])
    report["skewed"] = skewed(module for item in report["objects"] for module in item["modules"])
    return report


def take(writer: Writer, name: str, value: Any, report: dict[str, Any], *, strict: bool) -> None:
    """Write one object and add it to the report, as taken or as failed."""
    type_name = name_of(type(value))
    try:
        if strict or is_array(value):
            found = without_pickle(os.path.join(writer.folder, name + ".pkl"), value)
            if isinstance(found, str):
                report["pickled"].append({"name": name, "type_name": type_name, "reason": found})
                return
        else:
            found = pickled(writer, name, value)
    except Exception as error:
        remove(writer.folder, name)
        if isinstance(error, OSError) and error.errno in _FULL:
            report["disk_full"] = True
        reason = str(error) or name_of(type(error))
        report["failed"].append(
            {"name": name, "type_name": type_name, "reason": reason, **trouble(name, value, writer.can)}
        )
        return
    report["objects"].append({"name": name, "type_name": type_name, **found})


def pickled(writer: Writer, name: str, value: Any) -> dict[str, Any]:
    """Pickle an object, with parts in formats of their own where it comes back from those as it was."""
    try:
        found = with_parts(writer, name, value)
    except Refused:
        raise
    except Exception:
        # A library that cannot write what it made; the pickle may still hold it, or says why not.
        found = None
    if found is None:
        remove(writer.folder, name)
        found = _written(writer, name, value, Plain())
    return found


def with_parts(writer: Writer, name: str, value: Any) -> dict[str, Any] | None:
    """Pickle an object with native parts; ``None`` if it has none, or does not come back from them as it was."""
    if not Natives(name, writer.folder).libraries:
        return None
    found = _natively(writer, name, value)
    is_native = any(part["format"] != "buffers" for part in found["parts"])
    return found if is_native and same_again(writer, name, found) else None


def _natively(writer: Writer, name: str, value: Any) -> dict[str, Any]:
    parts = Natives(name, writer.folder)
    found = _written(writer, name, value, parts)
    if parts.shared:
        # Which tensors share memory is known when all have been seen.
        remove(writer.folder, name)
        found = _written(writer, name, value, Natives(name, writer.folder, parts.shared))
    return found


def _written(writer: Writer, name: str, value: Any, parts: Any) -> dict[str, Any]:
    written, imported = writer.write(name, value, parts)
    with open(os.path.join(writer.folder, name + ".pkl"), "rb") as file:
        modules = modules_of(referred(file))
    return {"format": FORMAT, "modules": sorted(filter(findable, imported | modules)), "parts": written}


def same_again(writer: Writer, name: str, found: dict[str, Any]) -> bool:
    """Say whether an object that is read back from its files gives the same files again."""
    parts = runtime_module("parts")
    with tempfile.TemporaryDirectory(dir=writer.folder) as folder:
        first = digests(writer.folder, name, found)
        item: dict[str, Any] = {
            "name": name,
            "file": f"{name}.pkl",
            "format": FORMAT,
            "sha256": first[f"{name}.pkl"][0],
        }
        item["parts"] = [
            {"file": part["name"], "format": part["format"], "sha256": first[part["name"]][0]}
            for part in found["parts"]
        ]
        with other_classes():
            value = parts.read_object(Path(writer.folder), item)
        second = _natively(Writer(writer.cloudpickle, folder, writer.notebook), name, value)
        return {key: seen for key, (_, seen) in first.items()} == {
            key: seen for key, (_, seen) in digests(folder, name, second).items()
        }


def digests(folder: str, name: str, found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return of each file its hash, and what must not change when it is read and written again."""
    parts = runtime_module("parts")
    result = {}
    for file in (f"{name}.pkl", *(part["name"] for part in found["parts"])):
        path = os.path.join(folder, file)
        sha256 = parts.sha256_of(Path(path))
        result[file] = (sha256, sha256)
        if file.endswith(".pkl"):
            with open(path, "rb") as content:
                result[file] = (sha256, meaning(content))
    return result


def add_needs(served: dict[str, str], namespace: dict[str, Any], objects: list[dict[str, Any]]) -> None:
    """Add to a model's modules what the function that the runtime makes for it imports."""
    first = served["symbol"].partition(".")[0]
    needs: tuple[str, ...] = ("pandas",) if "pandas" in sys.modules else ()
    if served["kind"] == "estimator":
        needs = ()
        # What is wrong with it is said when it is described.
        with contextlib.suppress(Exception):
            targets = runtime_module("targets")
            needs = targets.modules_of(targets.function_of("estimator", served["symbol"], namespace))
    for item in objects:
        if item["name"] == first:
            item["modules"] = sorted({*item["modules"], *filter(findable, needs)})


def is_array(value: Any) -> bool:
    """Say whether numpy's own file format can hold all that a value is."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(value) is not getattr(numpy, "ndarray", None):
        return False
    return value.dtype.kind in _PLAIN_KINDS and value.dtype.metadata is None


def without_pickle(path: str, value: Any) -> dict[str, Any] | str:
    """Write a value in a format that runs no code when it is read; return why not, if there is none."""
    if is_array(value):
        numpy = sys.modules["numpy"]
        with open(path, "wb") as file:
            numpy.lib.format.write_array(file, value, allow_pickle=False)
        return {"format": "npy", "modules": ["numpy"], "parts": []}
    if is_plain(value):
        with open(path, "w", encoding="utf-8") as text:
            json.dump(value, text, allow_nan=False)
        return {"format": "json", "modules": [], "parts": []}
    module = type(value).__module__.partition(".")[0]
    if module != "sklearn":
        return f"nothing but a pickle can hold a {name_of(type(value))}"
    try:
        skops = importlib.import_module("skops.io")
    except ImportError:
        return "the kernel has no skops, which writes models of scikit-learn without a pickle: pip install skops"
    skops.dump(value, path)
    steady_numbers(path)
    unknown = set(skops.get_untrusted_types(file=path)) - set(runtime_module("parts").trusted(path))
    if unknown:
        os.remove(path)
        return f"skops does not trust what it is made of: {', '.join(sorted(unknown))}"
    return {"format": "skops", "modules": ["skops.io", type(value).__module__], "parts": []}


def is_plain(value: Any) -> bool:
    """Say whether JSON gives a value back as it was."""
    if isinstance(value, dict) and type(value) is dict:
        return all(type(key) is str and is_plain(part) for key, part in value.items())
    if type(value) is list:
        return all(is_plain(part) for part in value)
    if type(value) is float:
        return value - value == 0
    return type(value) in {bool, int, str, type(None)}


def remove(folder: str, name: str) -> None:
    """Remove the files of one object."""
    for ending in (".pkl", ".*.ubj", ".*.txt", ".*.cbm", ".*.keras", ".safetensors", ".buffers"):
        for path in glob.glob(os.path.join(glob.escape(folder), name + ending)):
            with contextlib.suppress(OSError):
                os.remove(path)


@contextlib.contextmanager
def same_random_state() -> Iterator[None]:
    """Leave the global random generators as they were: a library may draw while it reads a model back."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    kept = random.getstate()
    theirs = numpy.random.get_state() if numpy is not None and hasattr(numpy, "random") else None
    torchs = torch.get_rng_state() if torch is not None and hasattr(torch, "get_rng_state") else None
    try:
        yield
    finally:
        random.setstate(kept)
        if numpy is not None and theirs is not None:
            numpy.random.set_state(theirs)
        if torch is not None and torchs is not None:
            torch.set_rng_state(torchs)
