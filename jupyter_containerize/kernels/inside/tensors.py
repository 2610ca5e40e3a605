"""torch's tensors, put aside while their owner is pickled and written in the layout of safetensors.

Runs inside the kernel: the standard library and the kernel's torch, Python 3.9 or newer.
Source: the format's description in the safetensors project (8 bytes of length, JSON header, data without holes).
"""

from __future__ import annotations

import ctypes
import json
import struct
import sys
from typing import Any

from .runtime import runtime_module

_ALIGNED = 64


class Refused(Exception):
    """An object that must not be taken; its words say what to do."""


def device_of(tensor: Any) -> str:
    """Return where a tensor's numbers are: ``cpu``, ``cuda:0``."""
    return str(tensor.device)


class TensorWriter:
    """The tensors of one object: which share memory, which are taken, and the file of those."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self._owners: dict[int, set[int]] = {}
        self._seen: list[Any] = []
        self._storages: dict[int, int] = {}
        names = runtime_module("parts").TENSOR_KINDS
        self._kinds = {f"torch.{theirs}": name for name, theirs in names.items()}

    def look(self, tensor: Any) -> bool:
        """Note a tensor; return whether the file can hold all that it is."""
        if str(tensor.layout) != "torch.strided":
            return False
        storage = tensor.untyped_storage()
        self._owners.setdefault(storage.data_ptr(), set()).add(id(tensor))
        self._seen.append(tensor)
        torch = sys.modules["torch"]
        size = tensor.numel() * tensor.element_size()
        return (
            type(tensor) in {torch.Tensor, torch.nn.Parameter}
            and str(tensor.dtype) in self._kinds
            and tensor.is_contiguous()
            and size == storage.nbytes() > 0
            and tensor.is_leaf
            and not (tensor.is_conj() or tensor.is_neg())
            and not getattr(tensor, "_backward_hooks", None)
            and not vars(tensor)
        )

    def shared(self) -> frozenset[int]:
        """Return the ids of taken tensors that share memory with another one."""
        owners = (ids for ids in self._owners.values() if len(ids) > 1)
        shared = frozenset(owner for ids in owners for owner in ids)
        return shared & {id(tensor) for tensor in self.taken}

    def take(self, tensor: Any, part: str) -> tuple[Any, ...]:
        """Return what the pickle says of a tensor."""
        self.taken.append(tensor)
        is_parameter = type(tensor) is sys.modules["torch"].nn.Parameter
        return ("safetensors", part, str(len(self.taken) - 1), is_parameter, bool(tensor.requires_grad))

    def take_storage(self, storage: Any, part: str) -> tuple[Any, ...] | None:
        """Return what the pickle says of memory that tensors lie in; the same for the same memory."""
        untyped = storage.untyped()
        if untyped.nbytes() == 0:
            return None
        pointer = untyped.data_ptr()
        if pointer not in self._storages:
            self._storages[pointer] = len(self.taken)
            torch = sys.modules["torch"]
            self.taken.append(torch.empty(0, dtype=torch.uint8).set_(untyped))
        dtype = str(storage.dtype).partition(".")[2]
        return ("storage", part, str(self._storages[pointer]), dtype)

    def write(self, path: str) -> None:
        """Write the taken tensors, those of wide numbers first: so each begins at a multiple of its width."""
        ordered = sorted(enumerate(self.taken), key=lambda item: -item[1].element_size())
        header: dict[str, Any] = {}
        end = 0
        for number, tensor in ordered:
            start, end = end, end + tensor.numel() * tensor.element_size()
            kind = self._kinds[str(tensor.dtype)]
            header[str(number)] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [start, end]}
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-(8 + len(text)) % _ALIGNED)
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for _, tensor in ordered:
                size = tensor.numel() * tensor.element_size()
                file.write(memoryview((ctypes.c_char * size).from_address(tensor.data_ptr())))
