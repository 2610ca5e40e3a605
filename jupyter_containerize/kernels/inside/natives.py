"""Models and tensors that a pickle refers to, written in their libraries' own formats.

Runs inside the kernel: the standard library only, Python 3.9 or newer, and those libraries that the notebook has
loaded itself. The runtime's ``parts`` reads what is written here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from .archives import steady_archive
from .tensors import Refused, TensorWriter, device_of

Write = Callable[[str, Any], "tuple[Any, ...]"]


class Natives:
    """The parts of one object. ``libraries`` are those whose objects it looks for.

    Args:
        name: the object's; those of its parts begin with it.
        folder: gets the parts.
        left: ids of tensors that stay in the pickle.
    """

    def __init__(self, name: str, folder: str, left: frozenset[int] = frozenset()) -> None:
        self.name = name
        self.folder = folder
        self.parts: list[dict[str, str]] = []
        self.modules: set[str] = set()
        self.left = left
        self._tensors = TensorWriter()
        self._writers: dict[type, Write | None] = {}
        self._pids: dict[int | str, Any] = {}
        # An id says nothing once its object is gone.
        self._kept: list[Any] = []
        self._exact = (self._xgboost, self._lightgbm, self._catboost)
        self._known = [(library, kinds, write) for library, kinds, write in self._all() if kinds]
        self.libraries = {library for library, _, _ in self._known} - {"numpy"}

    @property
    def shared(self) -> frozenset[int]:
        """The ids of tensors that share memory with another one of the object."""
        return self._tensors.shared()

    def persistent_id(self, value: Any) -> Any:
        """Return what the pickle says instead of an object, ``None`` if it is to be pickled.

        Raises:
            Refused: it cannot be taken at all.
        """
        kind = type(value)
        if kind not in self._writers:
            self._writers[kind] = self._writer(kind)
        write = self._writers[kind]
        if write is None:
            return None
        if id(value) not in self._pids:
            self._pids[id(value)] = write(self._part_name(), value)
            self._kept.append(value)
        return self._pids[id(value)]

    def close(self) -> None:
        """Write the tensors."""
        if self._tensors.taken:
            name = f"{self.name}.safetensors"
            self._tensors.write(os.path.join(self.folder, name))
            self.parts.append({"name": name, "format": "safetensors"})
            self.modules.add("torch")

    def _part_name(self) -> str:
        return f"{self.name}.{len(self.parts)}"

    def _writer(self, kind: type) -> Write | None:
        for _, kinds, write in self._known:
            if kind in kinds or (write not in self._exact and issubclass(kind, kinds)):
                return write
        return None

    def _all(self) -> list[tuple[str, tuple[type, ...], Write]]:
        catboost = ("CatBoost", "CatBoostClassifier", "CatBoostRegressor", "CatBoostRanker")
        return [
            ("torch", loaded("torch", "Tensor"), self._tensor),
            ("torch", loaded("torch.storage", "TypedStorage"), self._storage),
            ("numpy", loaded("numpy", "dtype"), self._dtype),
            ("xgboost", loaded("xgboost", "Booster"), self._xgboost),
            ("lightgbm", loaded("lightgbm", "Booster"), self._lightgbm),
            ("catboost", loaded("catboost", *catboost), self._catboost),
            ("keras", loaded("keras", "Model") if major("keras") == "3" else (), self._keras),
        ]

    def _add(self, name: str, form: str, content: bytes | None, module: str) -> None:
        if content is not None:
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(content)
        self.parts.append({"name": name, "format": form})
        self.modules.add(module)

    def _tensor(self, _name: str, tensor: Any) -> Any:
        device = device_of(tensor)
        if device != "cpu":
            raise Refused(f"a tensor is on the device {device}: move it to the CPU first, with .cpu()")
        if not self._tensors.look(tensor) or id(tensor) in self.left:
            return None
        return self._tensors.take(tensor, f"{self.name}.safetensors")

    def _storage(self, _name: str, storage: Any) -> Any:
        # Of a tensor that is itself pickled: a view, or one of several over the same memory.
        return self._tensors.take_storage(storage, f"{self.name}.safetensors")

    def _dtype(self, _name: str, dtype: Any) -> Any:
        # By value: those of arrays that were read back are objects of their own, which would look like a difference.
        if dtype.kind not in "biufcOSUMm" or dtype.metadata is not None or dtype.hasobject != (dtype.kind == "O"):
            return None
        self.modules.add("numpy")
        return self._pids.setdefault(dtype.str, ("dtype", "", dtype.str))

    def _xgboost(self, name: str, booster: Any) -> Any:
        if vars(booster).keys() - {"handle"}:
            # Something of the user's own, which the model's file would lose.
            return None
        self._add(f"{name}.ubj", "xgboost-ubj", bytes(booster.save_raw(raw_format="ubj")), "xgboost")
        return ("xgboost-ubj", f"{name}.ubj", booster.save_config())

    def _lightgbm(self, name: str, booster: Any) -> Any:
        state = booster.__getstate__()
        text = state.pop("_handle", None)
        if not isinstance(text, str):
            return None
        self._add(f"{name}.txt", "lightgbm-text", text.encode("utf-8"), "lightgbm")
        return ("lightgbm-text", f"{name}.txt", state)

    def _catboost(self, name: str, model: Any) -> Any:
        state = dict(model.__getstate__())
        content = state.pop("__model", None)
        if not isinstance(content, bytes):
            return None
        self._add(f"{name}.cbm", "catboost-cbm", steady_catboost(type(model), content), "catboost")
        return ("catboost-cbm", f"{name}.cbm", type(model).__name__, state)

    def _keras(self, name: str, model: Any) -> Any:
        path = os.path.join(self.folder, f"{name}.keras")
        model.save(path)
        steady_archive(path)
        self._add(f"{name}.keras", "keras", None, "keras")
        self.modules.add(sys.modules["keras"].backend.backend())
        return ("keras", f"{name}.keras")


def steady_catboost(kind: Any, content: bytes) -> bytes:
    """Return CatBoost's bytes of a model without what is another in every run: a random id, and the time of day."""
    copy = kind.__new__(kind)
    copy.__setstate__({"__model": content})
    metadata = copy.get_metadata()
    for key in ("model_guid", "train_finish_time"):
        metadata[key] = ""
    return bytes(copy.__getstate__()["__model"])


def loaded(module: str, *names: str) -> tuple[type, ...]:
    """Return classes of a library that the notebook has loaded; none if it has not."""
    found = sys.modules.get(module)
    kinds = (getattr(found, name, None) for name in names)
    return tuple(kind for kind in kinds if isinstance(kind, type))


def major(module: str) -> str:
    """Return the first part of a loaded library's version."""
    return str(getattr(sys.modules.get(module), "__version__", "")).partition(".")[0]
