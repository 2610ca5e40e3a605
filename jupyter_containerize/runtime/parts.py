"""One object of the notebook, read back from its files: a pickle, and the parts that it refers to.

    cloudpickle-5   a pickle of protocol 5; the parts hold what it does not
    npy             one numpy array, mapped into memory
    json            plain values, without any pickle
    skops           what skops reads, trusting nothing but scikit-learn's own types

A part is one of
    buffers         memory of arrays and frames: a table of places, then the bytes, each at a multiple of 64
    safetensors     torch's tensors in the layout of that name: the header's length, the header as JSON, the bytes
    xgboost-ubj, lightgbm-text, catboost-cbm, keras     a model as its own library writes it
Buffers and tensors are mapped copy on write: a start reads none of it twice, and workers share what nobody changes.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import mmap
import pickle
import struct
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .errors import LoadFailed

BUFFERS_MAGIC = b"jcbufs01"
# The names that safetensors has for kinds of numbers, and torch's own.
TENSOR_KINDS = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}
_CHUNK_BYTES = 1024 * 1024
_MAPPED_BYTES = 64 * 1024


def read_object(folder: Path, item: Mapping[str, Any]) -> Any:
    """Return the object that one entry of ``objects`` in ``model.json`` describes.

    Every file is checked against its hash before anything of it is loaded.

    Raises:
        LoadFailed: names the object, and says why.
        KeyError: the entry lacks what every entry has.
    """
    name, kind, path = item["name"], item["format"], folder / item["file"]
    parts = [(part["format"], folder / part["file"], part["sha256"]) for part in item.get("parts", ())]
    _check(name, path, item["sha256"])
    for _, part, sha256 in parts:
        _check(name, part, sha256)
    # "cloudpickle-5": the number is the pickle protocol, which the file itself says too.
    read = _READERS.get("cloudpickle" if kind.startswith("cloudpickle-") else kind)
    if read is None:
        raise LoadFailed(name, f"format {kind} is not known")
    try:
        return read(path, [(form, part) for form, part, _ in parts])
    except Exception as error:
        # Unpickling runs the libraries' own code, which may raise anything.
        said = "".join(traceback.format_exception_only(type(error), error)).strip()
        raise LoadFailed(name, said) from error


def sha256_of(path: Path) -> str:
    """Return a file's hash. Read in pieces: a model may be larger than half of the memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(_CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


def _check(name: str, path: Path, sha256: str) -> None:
    try:
        found = sha256_of(path)
    except OSError as error:
        raise LoadFailed(name, str(error)) from error
    if found != sha256:
        raise LoadFailed(name, f"sha256 of {path.name} is {found}, not {sha256}")


def _read_pickle(path: Path, parts: list[tuple[str, Path]]) -> Any:
    buffers = [part for kind, part in parts if kind == "buffers"]
    with path.open("rb") as file:
        return _Unpickler(
            file, buffers=_buffers(_mapped(buffers[0])) if buffers else (), parts={part.name: part for _, part in parts}
        ).load()


def _read_npy(path: Path, _parts: list[tuple[str, Path]]) -> Any:
    numpy = importlib.import_module("numpy")
    # numpy cannot map an empty array, and it is not worth it for a small one.
    mode = "c" if path.stat().st_size >= _MAPPED_BYTES else None
    return numpy.asarray(numpy.load(path, mmap_mode=mode, allow_pickle=False))


def _read_json(path: Path, _parts: list[tuple[str, Path]]) -> Any:
    return json.loads(path.read_bytes())


def _read_skops(path: Path, _parts: list[tuple[str, Path]]) -> Any:
    return importlib.import_module("skops.io").load(path, trusted=trusted(path))


def trusted(path: Path | str) -> list[str]:
    """Return the types in a file of skops that skops asks about, and that are scikit-learn's own: its trees."""
    found = importlib.import_module("skops.io").get_untrusted_types(file=path)
    return [name for name in found if name.startswith("sklearn.")]


_READERS: dict[str, Callable[..., Any]] = {
    "cloudpickle": _read_pickle,
    "npy": _read_npy,
    "json": _read_json,
    "skops": _read_skops,
}


def _mapped(path: Path) -> memoryview:
    """Return a file's bytes as memory that may be changed without the file changing."""
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))


def _buffers(memory: memoryview) -> list[memoryview]:
    """Return the buffers of a part, in the order of the pickle. Integers are of 8 bytes, little-endian."""
    if bytes(memory[:8]) != BUFFERS_MAGIC:
        raise ValueError("these are no buffers")
    (count,) = struct.unpack_from("<Q", memory, 8)
    places = struct.unpack_from(f"<{2 * count}Q", memory, 16)
    return [memory[start : start + length] for start, length in zip(places[::2], places[1::2])]


class _Unpickler(pickle.Unpickler):
    """Reads a pickle whose references are (kind, part's name, what else it takes)."""

    def __init__(self, file: Any, *, buffers: Any, parts: Mapping[str, Path]) -> None:
        super().__init__(file, buffers=buffers)
        self._parts = parts
        # What is referred to more than once is one object.
        self._made: dict[Any, Any] = {}
        self._tensors: dict[str, Tensors] = {}

    def persistent_load(self, pid: Any) -> Any:
        kind, part, *more = pid
        if kind == "dtype":
            return importlib.import_module("numpy").dtype(more[0])
        key = (part, more[0] if kind in {"safetensors", "storage"} else "")
        if key not in self._made:
            self._made[key] = self._make(kind, part, more)
        made = self._made[key]
        return made if kind != "storage" else _storage(made, more[1])

    def _make(self, kind: str, part: str, more: list[Any]) -> Any:
        if kind not in {"safetensors", "storage"}:
            return _MODELS[kind](self._parts[part], *more)
        if part not in self._tensors:
            self._tensors[part] = Tensors(_mapped(self._parts[part]))
        tensors = self._tensors[part]
        if kind == "storage":
            return tensors.tensor(more[0])
        return tensors.tensor(more[0], is_parameter=more[1], requires_grad=more[2])


class Tensors:
    """The tensors of one safetensors part."""

    def __init__(self, memory: memoryview) -> None:
        (length,) = struct.unpack_from("<Q", memory, 0)
        self._header = json.loads(bytes(memory[8 : 8 + length]))
        self._data = memory[8 + length :]

    def tensor(self, name: str, *, is_parameter: bool = False, requires_grad: bool = False) -> Any:
        """Return one tensor, over the mapped memory."""
        torch = importlib.import_module("torch")
        entry = self._header[name]
        start, end = entry["data_offsets"]
        dtype = getattr(torch, TENSOR_KINDS[entry["dtype"]])
        tensor = torch.frombuffer(self._data[start:end], dtype=dtype).reshape(entry["shape"])
        if is_parameter:
            return torch.nn.Parameter(tensor, requires_grad=requires_grad)
        return tensor.requires_grad_(requires_grad)


def _storage(tensor: Any, dtype: str) -> Any:
    """Return the memory of a tensor of bytes, as what views of another kind of number are made over."""
    torch = importlib.import_module("torch")
    untyped = tensor.untyped_storage()
    return torch.storage.TypedStorage(wrap_storage=untyped, dtype=getattr(torch, dtype), _internal=True)


def _xgboost(path: Path, config: str) -> Any:
    booster = importlib.import_module("xgboost").Booster()
    booster.load_model(bytearray(path.read_bytes()))
    booster.load_config(config)
    return booster


def _lightgbm(path: Path, state: dict[str, Any]) -> Any:
    kind = importlib.import_module("lightgbm").Booster
    booster = kind.__new__(kind)
    booster.__setstate__({**state, "_handle": path.read_bytes().decode("utf-8")})
    return booster


def _catboost(path: Path, class_name: str, state: dict[str, Any]) -> Any:
    kind = getattr(importlib.import_module("catboost"), class_name)
    model = kind.__new__(kind)
    model.__setstate__({**state, "__model": path.read_bytes()})
    return model


def _keras(path: Path) -> Any:
    return importlib.import_module("keras").saving.load_model(str(path))


_MODELS: dict[str, Callable[..., Any]] = {
    "xgboost-ubj": _xgboost,
    "lightgbm-text": _lightgbm,
    "catboost-cbm": _catboost,
    "keras": _keras,
}
