"""Keeps captured states, so that a notebook is not run again while nothing about it has changed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from jupyter_containerize.domain.environment import KernelEnvironment
from jupyter_containerize.domain.notebook import Finding, Location, Severity
from jupyter_containerize.domain.serving import CapturedObject, CapturedState, Example, ServingSpec
from jupyter_containerize.transport.disk import writing

logger = logging.getLogger(__name__)

# Raised when what a run takes along, or how it is kept, changes.
_FORMAT = "2"
_STATE = "state.json"
_HERE = Path(__file__).parent
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


def run_surroundings(environment: KernelEnvironment, files: Mapping[str, Path]) -> str:
    """Return the sha256 hex of what a run depends on beside the notebook's own code.

    That is the kernel's Python and distributions, the content of ``files``, and our own programs that
    run in the kernel. Clocks, networks and files that no code names are not in it.

    Args:
        environment: of its kernel.
        files: files and folders that its code reads, by the path that code uses; missing ones count too.
    """
    lines = [environment.kernel, environment.executable]
    lines += [environment.python_version, environment.implementation, environment.platform]
    for item in environment.distributions:
        lines.append(f"{item.name}=={item.version}")
        lines += _local_source(item.direct_url)
    for name, path in sorted(files.items()):
        lines += _contents(name, path)
    for folder in _PROGRAMS:
        lines += _contents(folder.name, folder, suffix=".py")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def stored_state(key: str, cache: Path) -> CapturedState | None:
    """Return the state that a run with that key left, ``None`` if there is none that is whole."""
    folder = cache / key
    try:
        value = json.loads((folder / _STATE).read_text(encoding="utf-8"))
        state = _state_from_json(value, folder)
        broken = [item.name for item in state.objects if _sha256(item.payload) != item.sha256]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
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
    with writing(cache):
        cache.mkdir(parents=True, exist_ok=True)
        # Loading a pickle runs code, so nobody else may write here.
        making.mkdir(mode=0o700)
        try:
            for item in state.objects:
                _link_or_copy(item.payload, making / f"{item.name}.pkl")
            (making / _STATE).write_text(json.dumps(_state_to_json(state)), encoding="utf-8")
            _swap(making, folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    objects = tuple(replace(item, payload=folder / f"{item.name}.pkl") for item in state.objects)
    return replace(state, objects=objects)


def run_state(run_key: str, cache: Path) -> CapturedState | None:
    """Return the state that the last run with that key left, whatever the serving code was then."""
    try:
        key = (cache / f"{run_key}.run").read_text(encoding="utf-8")
    except OSError:
        return None
    return stored_state(key, cache)


def remember_run(run_key: str, key: str, cache: Path) -> None:
    """Note under which key the state of a run is kept."""
    making = cache / f".{run_key}.{secrets.token_hex(4)}"
    with writing(cache):
        making.write_text(key, encoding="utf-8")
        making.replace(cache / f"{run_key}.run")


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


def _local_source(url: str | None) -> Iterator[str]:
    # An editable install changes without its version changing.
    if url is None:
        return
    yield url
    parts = urlsplit(url)
    if parts.scheme == "file":
        yield from _contents(url, Path(unquote(parts.path)), suffix=".py")


def _contents(name: str, path: Path, *, suffix: str = "") -> Iterator[str]:
    if path.is_dir():
        for file in sorted(_files(path, suffix)):
            yield f"{name}/{os.path.relpath(file, path)} {_sha256(Path(file))}"
    elif path.is_file():
        yield f"{name} {_sha256(path)}"
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


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _state_to_json(state: CapturedState) -> dict[str, Any]:
    objects = [{**asdict(item), "payload": None} for item in state.objects]
    return {**asdict(replace(state, objects=())), "objects": objects}


def _state_from_json(value: Mapping[str, Any], folder: Path) -> CapturedState:
    spec = value["spec"]
    return CapturedState(
        objects=tuple(_object_from_json(item, folder) for item in value["objects"]),
        cloudpickle_version=value["cloudpickle_version"],
        spec=ServingSpec(**{**spec, "example": _example_from_json(spec["example"])}),
        findings=tuple(_finding_from_json(item) for item in value["findings"]),
    )


def _object_from_json(item: Mapping[str, Any], folder: Path) -> CapturedObject:
    return CapturedObject(
        **{
            **item,
            "payload": folder / f"{item['name']}.pkl",
            "modules": tuple(item["modules"]),
            "parts": (),
            "location": _location_from_json(item["location"]),
        }
    )


def _example_from_json(item: Mapping[str, Any] | None) -> Example | None:
    if item is None:
        return None
    return Example(location=Location(**item["location"]), request=item["request"], response=item["response"])


def _finding_from_json(item: Mapping[str, Any]) -> Finding:
    return Finding(
        **{**item, "severity": Severity(item["severity"]), "location": _location_from_json(item["location"])}
    )


def _location_from_json(item: Mapping[str, Any] | None) -> Location | None:
    return None if item is None else Location(**item)
