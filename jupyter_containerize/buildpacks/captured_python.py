"""Which files of this machine a Python consists of: program, standard library, and the C libraries that they load."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jupyter_containerize.buildpacks import program
from jupyter_containerize.buildpacks.errors import GlibcTooNew, PythonNotCaptured
from jupyter_containerize.buildpacks.loading import Library, libraries_of
from jupyter_containerize.buildpacks.relocated import PREFIX, kept
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.transport import writing

# Modules of lib-dynload that a server does without, as Debian's base does: terminals, nis, tests, and databases that
# dbm has another format for.
_NOT_WANTED = re.compile(
    r"(_curses|_curses_panel|_dbm|_gdbm|nis|readline|_ctypes_test|_?xx(testfuzz|limited|subtype)\w*)\..*"
)
_GLIBC = re.compile(rb"GLIBC_2\.(\d+)\0")
# -S: whatever a venv's .pth files start has no part in the answer.
_QUESTION = """
import json, os, sys
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "prefix": sys.base_prefix,
    "exec_prefix": sys.base_exec_prefix,
    "library": os.path.dirname(os.__file__),
    "modules": [path for path in sys.path if path.endswith("lib-dynload")],
    "executable": os.path.realpath(sys.executable),
    "abi": getattr(sys, "abiflags", ""),
}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedFile:
    """A file or link of this machine, and its ``path`` in the image. ``size_bytes`` of a link is 0."""

    path: str
    source: Path
    size_bytes: int = 0
    executable: bool = False
    link_target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelPython:
    """An interpreter of this machine. ``files`` are sorted by path; ``digest`` is of all that they say.

    ``left_out`` are modules that do not load on this machine either.
    """

    version: str
    prefix: Path
    files: tuple[CapturedFile, ...]
    digest: str
    left_out: tuple[str, ...] = ()

    @property
    def executable(self) -> str:
        """The interpreter's absolute path in the image."""
        return f"/{PREFIX}/bin/python{'.'.join(self.version.split('.')[:2])}"


def capture_python(executable: str, *, glibc_minor: int, cache: Path, cancel: CancelToken) -> KernelPython:
    """Return what the interpreter behind ``executable``, which may be a venv's, consists of.

    ``glibc_minor`` is that of the image's base (36 for 2.36). ``cache`` is a folder of ours that keeps digests, by
    names, sizes and times of the files, so that the second time costs a look at the folder.

    Raises:
        PythonNotCaptured: it is not on this machine, is no CPython of Linux, or needs a library that is not found.
        GlibcTooNew: it was made for a newer system than the base.
        Cancelled, DiskFull, NotWritable
    """
    told = _ask(executable, cancel)
    minor = ".".join(told["version"].split(".")[:2])
    prefix = Path(told["prefix"])
    start = next(path for path in (prefix / "bin" / f"python{minor}", Path(told["executable"])) if path.is_file())
    if not Path(told["library"]).is_relative_to(prefix):
        raise PythonNotCaptured(executable, f"its library is not below {prefix}")
    files = {file.path: file for file in _own_files(told, prefix, minor, start.resolve())}
    left_out = []
    for file, libraries in _loaded(files.values(), start.resolve(), executable, prefix, cancel):
        if libraries is None:
            left_out.append(file.source.name)
            del files[file.path]
            continue
        for library in libraries:
            files.setdefault(*_placed(library, prefix))
    found = tuple(files[path] for path in sorted(files))
    digest, glibc = _digest(found, prefix, cache, cancel)
    for path, needed in glibc.items():
        if needed > glibc_minor:
            raise GlibcTooNew(str(files[path].source), f"2.{needed}", f"2.{glibc_minor}")
    return KernelPython(
        version=told["version"], prefix=prefix, files=found, digest=digest, left_out=tuple(sorted(left_out))
    )


def _ask(executable: str, cancel: CancelToken) -> dict[str, Any]:
    if sys.platform != "linux":
        raise PythonNotCaptured(executable, f"this is {sys.platform}, not Linux")
    try:
        finished = program.run((executable, "-I", "-S", "-c", _QUESTION), env=os.environ, cancel=cancel)
        told: dict[str, Any] = json.loads(finished.stdout)
    except OSError as error:
        raise PythonNotCaptured(executable, error.strerror or str(error)) from error
    except ValueError as error:
        said = finished.stderr.strip().rpartition("\n")[2]
        raise PythonNotCaptured(executable, said or "it does not say where it is") from error
    if told["implementation"] != "cpython":
        raise PythonNotCaptured(executable, f"it is {told['implementation']}, not CPython")
    if told["abi"]:
        # Wheels for it have another tag: a debug build, or one without the GIL.
        raise PythonNotCaptured(executable, f"its ABI is {told['abi']}")
    return told


def _own_files(told: Mapping[str, Any], prefix: Path, minor: str, start: Path) -> Iterator[CapturedFile]:
    yield _file(f"{PREFIX}/bin/python{minor}", start)
    yield from _below(Path(told["library"]), prefix)
    for modules in map(Path, told["modules"]):
        # Distributions for several processors have them below another prefix.
        if not modules.is_relative_to(Path(told["library"])) and modules.is_relative_to(told["exec_prefix"]):
            yield from _below(modules, Path(told["exec_prefix"]))


def _below(folder: Path, prefix: Path) -> Iterator[CapturedFile]:
    for parent, inner, names in os.walk(folder):
        here = Path(parent).relative_to(prefix).as_posix()
        # With a slash: what is left out below a folder is told from the folder itself, which stays.
        inner[:] = [name for name in inner if kept(f"{here}/{name}") and not Path(parent, name).is_symlink()]
        for name in names:
            source = Path(parent, name)
            if not kept(f"{here}/{name}") or (source.parent.name == "lib-dynload" and _NOT_WANTED.fullmatch(name)):
                continue
            if source.is_symlink():
                target = str(source.readlink())
                # Others lead to this machine's own settings.
                if "/" not in target and source.exists():
                    yield CapturedFile(path=f"{PREFIX}/{here}/{name}", source=source, link_target=target)
            elif source.is_file():
                yield _file(f"{PREFIX}/{here}/{name}", source)


def _loaded(
    files: Iterable[CapturedFile], start: Path, executable: str, prefix: Path, cancel: CancelToken
) -> list[tuple[CapturedFile, tuple[Library, ...] | None]]:
    """Return each program and module with what it loads; ``None`` for a module that lacks something here."""
    found = []
    for file in files:
        cancel.check()
        if file.link_target or not (file.source == start or file.source.suffix == ".so"):
            continue
        libraries, missing = libraries_of(file.source, start, prefix)
        if missing and file.source == start:
            raise PythonNotCaptured(executable, f"it needs {missing}, which is not found")
        found.append((file, None if missing else libraries))
    return found


def _placed(library: Library, prefix: Path) -> tuple[str, CapturedFile]:
    place = f"{PREFIX}/{library.path.relative_to(prefix)}" if library.beside else f"usr/lib/{library.name}"
    return place, replace(_file(place, library.path), executable=False)


def _file(path: str, source: Path) -> CapturedFile:
    stat = source.stat()
    return CapturedFile(
        path=path, source=source, size_bytes=stat.st_size, executable=bool(stat.st_mode & 0o100 and "bin/" in path)
    )


def _digest(
    files: Iterable[CapturedFile], prefix: Path, cache: Path, cancel: CancelToken
) -> tuple[str, dict[str, int]]:
    """Return the digest of the files, and the minor version of glibc that each program and library needs, by path."""
    listing = [(*_said(file), str(file.source), file.source.lstat().st_mtime_ns) for file in files]
    name = hashlib.sha256(json.dumps([str(prefix), listing]).encode()).hexdigest()
    kept_at = cache / f"{name}.json"
    try:
        answer = json.loads(kept_at.read_bytes())
        return str(answer["digest"]), dict(answer["glibc"])
    except (OSError, ValueError, TypeError, KeyError):
        pass
    # The prefix is replaced in texts: another one gives other bytes.
    whole = hashlib.sha256(str(prefix).encode())
    glibc: dict[str, int] = {}
    for file in files:
        cancel.check()
        content = b"" if file.link_target else file.source.read_bytes()
        whole.update(json.dumps([*_said(file), hashlib.sha256(content).hexdigest()]).encode())
        if content.startswith(b"\x7fELF"):
            glibc[file.path] = max(map(int, _GLIBC.findall(content)), default=0)
    digest = whole.hexdigest()
    with writing(cache):
        cache.mkdir(parents=True, exist_ok=True)
        draft = kept_at.with_name(f".{name}.{os.getpid()}")
        draft.write_text(json.dumps({"digest": digest, "glibc": glibc}), "utf-8")
        draft.replace(kept_at)
    return digest, glibc


def _said(file: CapturedFile) -> tuple[str, int, bool, str]:
    return file.path, file.size_bytes, file.executable, file.link_target
