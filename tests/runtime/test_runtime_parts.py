"""One object is read back from its files, and nothing of them is loaded that is not the builder's."""

from __future__ import annotations

import hashlib
import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_containerize.runtime.errors import LoadFailed
from jupyter_containerize.runtime.parts import BUFFERS_MAGIC, read_object


def _entry(folder: Path, form: str, content: bytes, **parts: tuple[str, bytes]) -> dict[str, Any]:
    """Write an object's files and return its entry; ``parts`` are format and bytes by name."""
    (folder / "state").mkdir()
    (folder / "state" / "it.pkl").write_bytes(content)
    entry: dict[str, Any] = {"name": "it", "format": form, "parts": [], **_file("it.pkl", content)}
    for name, (kind, data) in parts.items():
        (folder / "state" / name).write_bytes(data)
        entry["parts"].append({"format": kind, **_file(name, data)})
    return entry


def _file(name: str, content: bytes) -> dict[str, str]:
    return {"file": f"state/{name}", "sha256": hashlib.sha256(content).hexdigest()}


def _with_buffers(value: Any) -> tuple[bytes, bytes]:
    """Return a pickle without its buffers, and the part that holds them."""
    buffers: list[pickle.PickleBuffer] = []
    content = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    places, data, end = [], b"", 16 + 16 * len(buffers)
    for raw in [buffer.raw() for buffer in buffers]:
        start = -(-(end + len(data)) // 64) * 64
        data = data.ljust(start - end, b"\0") + raw.tobytes()
        places += [start, raw.nbytes]
    return content, BUFFERS_MAGIC + struct.pack(f"<{1 + len(places)}Q", len(buffers), *places) + data


def _npy(value: Any, folder: Path) -> bytes:
    np.save(folder / "array.npy", value)
    return (folder / "array.npy").read_bytes()


ARRAYS = {
    "small": np.arange(6.0).reshape(2, 3),
    "large": np.arange(20_000.0).reshape(100, 200),
    "columns first": np.asfortranarray(np.arange(20_000).reshape(100, 200)),
    "empty": np.zeros((0, 3)),
    "one number": np.array(2.5),
    "texts": np.array(["a", "b"]),
    "times": np.array(["2026-01-01"], dtype="datetime64[D]"),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_read_object__npy__is_the_array_and_may_be_changed(array: Any, tmp_path: Path) -> None:
    """An array comes back as a plain array of the same kind; changing it changes no file."""
    content = _npy(array, tmp_path)
    found = read_object(tmp_path, _entry(tmp_path, "npy", content))
    assert type(found) is np.ndarray
    assert (found.dtype, found.shape, found.flags.f_contiguous) == (array.dtype, array.shape, array.flags.f_contiguous)
    np.testing.assert_array_equal(found, array)
    found[...] = 0
    assert (tmp_path / "state" / "it.pkl").read_bytes() == content


def test_read_object__pickle_with_buffers__maps_them(tmp_path: Path) -> None:
    """Arrays and frames over the mapped buffers are equal, may be changed, and leave the file alone."""
    frame = pd.DataFrame({"a": np.arange(50_000.0), "b": ["x"] * 50_000})
    content, part = _with_buffers({"frame": frame, "array": np.arange(9_000)})
    found = read_object(tmp_path, _entry(tmp_path, "cloudpickle-5", content, **{"it.buffers": ("buffers", part)}))
    pd.testing.assert_frame_equal(found["frame"], frame)
    found["array"][:] = 0
    found["frame"]["a"] = 1.0
    assert (tmp_path / "state" / "it.buffers").read_bytes() == part


PLAIN = {
    "json": ("json", json.dumps({"a": [1, None]}).encode(), {"a": [1, None]}),
    "a pickle alone": ("cloudpickle-5", pickle.dumps({"a": 1}), {"a": 1}),
}


@pytest.mark.parametrize(("form", "content", "value"), PLAIN.values(), ids=PLAIN)
def test_read_object__no_parts__is_what_the_file_says(form: str, content: bytes, value: Any, tmp_path: Path) -> None:
    """Cards without parts are read as well."""
    entry = _entry(tmp_path, form, content)
    assert read_object(tmp_path, entry) == value
    del entry["parts"]
    assert read_object(tmp_path, entry) == value


class _Referring(pickle.Pickler):
    def __init__(self, file: Any, pid: Any) -> None:
        super().__init__(file, protocol=5)
        self._pid = pid

    def persistent_id(self, value: Any) -> Any:
        return self._pid if isinstance(value, Path) else None


def _changed(name: str) -> Callable[[Path, dict[str, Any]], object]:
    return lambda folder, _: (folder / "state" / name).write_bytes(b"other")


def _gone(name: str) -> Callable[[Path, dict[str, Any]], object]:
    return lambda folder, _: (folder / "state" / name).unlink()


DAMAGES: dict[str, tuple[Callable[[Path, dict[str, Any]], object], str]] = {
    "another pickle": (_changed("it.pkl"), "sha256 of it.pkl is"),
    "another part": (_changed("it.buffers"), "sha256 of it.buffers is"),
    "no part": (_gone("it.buffers"), "it.buffers"),
    "an unknown format": (lambda _, entry: entry.update(format="dill"), "format dill is not known"),
}


@pytest.mark.parametrize(("damage", "words"), DAMAGES.values(), ids=DAMAGES)
def test_read_object__not_what_was_written__loads_nothing(
    damage: Callable[[Path, dict[str, Any]], object], words: str, tmp_path: Path
) -> None:
    """Every file is looked at before the pickle, which could run code, is read."""
    content, part = _with_buffers(np.arange(9_000))
    entry = _entry(tmp_path, "cloudpickle-5", content, **{"it.buffers": ("buffers", part)})
    damage(tmp_path, entry)
    with pytest.raises(LoadFailed) as caught:
        read_object(tmp_path, entry)
    assert caught.value.part == "it"
    assert words in caught.value.reason


PARTS = {
    "buffers that are none": ({"it.buffers": ("buffers", b"x" * 64)}, None, "these are no buffers"),
    "a library that is not there": (
        {"it.0.txt": ("lightgbm-text", b"x")},
        ("lightgbm-text", "it.0.txt", {}),
        "lightgbm",
    ),
    "a reference to nothing": ({}, ("keras", "it.0.keras"), "it.0.keras"),
}


@pytest.mark.parametrize(("parts", "pid", "words"), PARTS.values(), ids=PARTS)
def test_read_object__part_cannot_be_read__says_why(
    parts: dict[str, tuple[str, bytes]], pid: Any, words: str, tmp_path: Path
) -> None:
    """What a library raises while it reads is the reason, with the object's name."""
    with (tmp_path / "made").open("wb") as file:
        _Referring(file, pid).dump(Path("x") if pid else 1)
    entry = _entry(tmp_path, "cloudpickle-5", (tmp_path / "made").read_bytes(), **parts)
    with pytest.raises(LoadFailed) as caught:
        read_object(tmp_path, entry)
    assert caught.value.part == "it"
    assert words in caught.value.reason
