"""Keeps captured states, so that a notebook is not run again while nothing about it has changed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import unquote, urlsplit

import msgspec

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Location
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, Example, ServingSpec, StatePart
from jupyter_containerize.transport.disk import writing
from jupyter_containerize.transport.sealing import is_whole, sha256_of

logger = logging.getLogger(__name__)

# Raised when what a run takes along, or how it is kept, changes.
_FORMAT = "5"
_STATE = "state.json"
_HERE = Path(__file__).parent
# Of each field the type, for the reading of it.
_FIELDS = get_type_hints(CapturedState)
_PROGRAMS = (_HERE / "inside", _HERE.parent / "runtime")


def capture_key(code: Iterable[str], surroundings: str, *, symbol: str) -> str:
    """Return the sha256 hex of all that a run of the notebook is known to depend on.

    Args:
        code: what would run: the digest of a slice's run for the objects alone, and its source for the answers too.
        surroundings: what it would run in, as ``run_surroundings`` says it.
        symbol: what is served.
    """
    lines = [_FORMAT, symbol, surroundings, *(json.dumps(text) for text in code)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def run_surroundings(
    environment: KernelEnvironment,
    files: Mapping[str, Path],
    variables: Mapping[str, str] | None = None,
    cancel: CancelToken | None = None,
) -> str:
    """Return the sha256 hex of what a run depends on beside the notebook's own code.

    That is the kernel's Python and distributions, the content of ``files``, and our own programs that
    run in the kernel. Clocks, networks and files that no code names are not in it.

    Args:
        environment: of its kernel.
        files: files and folders that its code reads, by the path that code uses; missing ones count too.
        variables: of the environment, that are set for the run.
        cancel: asked while large files are read.

    Raises:
        Cancelled: asked for.
    """
    check = (cancel or CancelToken()).check
    lines = [environment.kernel, environment.executable]
    lines += [environment.python_version, environment.implementation, environment.platform]
    for item in environment.distributions:
        lines.append(f"{item.name}=={item.version}")
        lines += _local_source(item.direct_url, check)
    for name, path in sorted(files.items()):
        lines += _contents(name, path, check)
    lines += [f"{name}={json.dumps(value)}" for name, value in sorted((variables or {}).items())]
    for folder in _PROGRAMS:
        lines += _contents(folder.name, folder, check, suffix=".py")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def stored_state(key: str, cache: Path, cancel: CancelToken | None = None) -> CapturedState | None:
    """Return the state that a run with that key left, ``None`` if there is none that is whole.

    A file of it is only read if it was written to since it was checked.
    """
    check = (cancel or CancelToken()).check
    folder = cache / key
    try:
        state = _state_from_json((folder / _STATE).read_bytes(), folder)
        files = _files_of(state.objects)
        broken = [file.payload.name for file in files if not is_whole(file.payload, file.sha256, check=check)]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        logger.warning("kept state %s is not used: %s", folder, error)
        return None
    if broken:
        logger.warning("kept state %s is not used: changed on the disk: %s", folder, broken)
        return None
    return replace(state, reused=True, seconds=0.0)


def store_state(key: str, state: CapturedState, cache: Path) -> CapturedState:
    """Keep a state under a key and return it with its payloads there; an earlier one gives way.

    The folder appears under its name when it is complete.

    Raises:
        DiskFull, NotWritable: the cache cannot take it; nothing is left behind.
    """
    folder = cache / key
    making = cache / f".{key}.{secrets.token_hex(4)}"
    kept = replace(state, objects=tuple(_moved(item, folder) for item in state.objects))
    with writing(cache):
        cache.mkdir(parents=True, exist_ok=True)
        # Loading a pickle runs code, so nobody else may write here.
        making.mkdir(mode=0o700)
        try:
            for source, target in zip(_files_of(state.objects), _files_of(kept.objects), strict=True):
                _link_or_copy(source.payload, making / target.payload.name)
            (making / _STATE).write_bytes(_state_to_json(kept))
            _swap(making, folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return kept


def run_state(run_key: str, cache: Path, cancel: CancelToken | None = None) -> CapturedState | None:
    """Return the state that the last run with that key left, whatever the serving code was then."""
    try:
        key = (cache / f"{run_key}.run").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return stored_state(key, cache, cancel)


def remember_run(run_key: str, key: str, cache: Path) -> None:
    """Note under which key the state of a run is kept."""
    making = cache / f".{run_key}.{secrets.token_hex(4)}"
    with writing(cache):
        making.write_text(key, encoding="utf-8")
        making.replace(cache / f"{run_key}.run")


def _moved(item: CapturedObject, folder: Path) -> CapturedObject:
    parts = tuple(replace(part, payload=folder / part.name) for part in item.parts)
    return replace(item, payload=folder / f"{item.name}.pkl", parts=parts)


def _files_of(objects: Iterable[CapturedObject]) -> list[CapturedObject | StatePart]:
    files: list[CapturedObject | StatePart] = []
    for item in objects:
        files += [item, *item.parts]
    return files


def _link_or_copy(source: Path, target: Path) -> None:
    # A payload never changes once it is written, so one file can serve two states.
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def _swap(made: Path, folder: Path) -> None:
    # A folder that is not empty cannot be replaced in one step, so the old one steps aside.
    aside = made.with_name(f"{made.name}.old")
    if folder.exists():
        folder.rename(aside)
    made.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _local_source(url: str | None, check: Callable[[], None]) -> Iterator[str]:
    # An editable install changes without its version changing.
    if url is None:
        return
    yield url
    parts = urlsplit(url)
    if parts.scheme == "file":
        yield from _contents(url, Path(unquote(parts.path)), check, suffix=".py")


def _contents(name: str, path: Path, check: Callable[[], None], *, suffix: str = "") -> Iterator[str]:
    if path.is_dir():
        for file in sorted(_files(path, suffix)):
            yield f"{name}/{os.path.relpath(file, path)} {sha256_of(Path(file), check=check)}"
    elif path.is_file():
        yield f"{name} {sha256_of(path, check=check)}"
    else:
        yield f"{name} -"


# A project's own environments, history and byte code say nothing that versions and sources do not. Texts, not
# Paths: a project can have a hundred thousand files, most of them below node_modules.
_PASSED_OVER = frozenset({"__pycache__", "node_modules"})


def _files(folder: Path, suffix: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in _PASSED_OVER
            # A data folder's hidden part may be read; that of a project whose sources count (.git) is not.
            and not (suffix and name.startswith("."))
            and not os.path.exists(os.path.join(root, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118  # see above
        ]
        for name in names:
            path = os.path.join(root, name)  # noqa: PTH118  # see above
            if name.endswith(suffix) and os.path.isfile(path):  # noqa: PTH113  # see above
                yield path


def _state_to_json(state: CapturedState) -> bytes:
    return msgspec.json.encode(state, enc_hook=lambda path: path.name)


def _state_from_json(content: bytes, folder: Path) -> CapturedState:
    value = msgspec.json.decode(content)
    return CapturedState(**{name: _field(name, kind, value[name], folder) for name, kind in _FIELDS.items()})


def _field(name: str, kind: Any, value: Any, folder: Path) -> Any:
    # What JSON can say is a type that contains itself, which msgspec does not know.
    if name == "spec":
        return _spec(value)
    if name == "baseline":
        return value
    if name == "more":
        return tuple(map(_spec, value))
    return msgspec.convert(value, kind, dec_hook=lambda _, file: folder / Path(file).name)


def _spec(value: Mapping[str, Any]) -> ServingSpec:
    example = value["example"]
    if example is not None:
        example = Example(**{**example, "location": msgspec.convert(example["location"], Location)})
    return ServingSpec(**{**value, "example": example})
