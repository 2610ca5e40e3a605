"""The .pyc files of an image's modules: what is handed to the Python that compiles them, and what comes back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from jupyter_containerize.buildpacks.compile_script import SIZE_BYTES, members
from jupyter_containerize.domain.image import EntryKind, LayerEntry


def bytecode_of(
    entries: Iterable[LayerEntry], *, below: str, folder: Path, compile_: Callable[[Path], None]
) -> list[LayerEntry]:
    """Return the .pyc files of the modules among the entries, those in the image's folder ``below``.

    What is in folders named ``tests`` stays as it is: a third of the files of numpy, scipy and scikit-learn, which no
    server imports. Whoever does gets them compiled in memory. ``folder`` is empty and stays until the entries were
    read; ``compile_`` is handed a bundle as ``compile_script.py`` takes it.
    """
    modules = sorted((entry for entry in entries if _is_module(entry, below)), key=lambda entry: entry.path)
    if not modules:
        return []
    bundle = folder / "modules"
    _write(modules, below, bundle)
    compile_(bundle)
    return list(_results(bundle, below))


def _is_module(entry: LayerEntry, below: str) -> bool:
    if entry.kind is not EntryKind.FILE or not entry.path.endswith(".py") or not entry.path.startswith(f"{below}/"):
        return False
    return "tests" not in entry.path[len(below) + 1 :].split("/")


def _write(modules: Iterable[LayerEntry], below: str, bundle: Path) -> None:
    rows = [b"%d %s" % (entry.size_bytes, os.fsencode(entry.path[len(below) + 1 :])) for entry in modules]
    index = b"\0".join(rows)
    with bundle.open("wb") as file:
        file.write(len(index).to_bytes(SIZE_BYTES, "little"))
        file.write(index)
        for entry in modules:
            if entry.open is not None:
                with entry.open() as source:
                    file.write(source.read())


def _results(bundle: Path, below: str) -> Iterator[LayerEntry]:
    number = 0
    while (result := bundle.with_name(f"{bundle.name}.{number}")).exists():
        for at, size, name in members(str(result)):
            path = f"{below}/{os.fsdecode(name)}"
            open_ = _opener(result, at, size)
            yield LayerEntry(path=path, kind=EntryKind.FILE, mode=0o644, size_bytes=size, open=open_)
        number += 1


def _opener(path: Path, at: int, size: int) -> Callable[[], BinaryIO]:
    def open_() -> BinaryIO:
        with path.open("rb") as file:
            file.seek(at)
            return BytesIO(file.read(size))

    return open_
