"""Wheels for what has none on an index: installs of folders, archives and repositories, and source archives.

Whose files are installed as they are (all but editable installs) is packed again from these: that is what the running
kernel has, needs no network and runs nothing. What is not installed, or editable, is built by its own build backend, in
an isolated environment, from a copy. Either way the wheel is for any platform or it is refused: nothing is compiled for
another machine. Sources: PEP 517, PEP 610; uv's documentation, "Building distributions".
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import Distribution, Evidence
from jupyter_containerize.resolution.errors import CompiledSource, LocalInstall, SourceUnbuildable
from jupyter_containerize.resolution.index import PackageIndex
from jupyter_containerize.resolution.repack import Kernel, NotRepackable, place_wheel, repack
from jupyter_containerize.resolution.uv_process import run_uv
from jupyter_containerize.transport import redact, writing

# Raised when the same source would give another wheel.
_FORMAT = "1"
_EPOCH = "315532800"
_DETAIL_CHARACTERS = 4000
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
# The name of a program that is not there, which a build says when it wanted to compile.
_NO_COMPILER = "jupyter-containerize-compiles-nothing"
# What no source archive holds: others' files, caches, and what was made from the sources.
_LEFT_OUT = frozenset(
    {
        *(".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".eggs", ".idea", ".vscode"),
    }
)
_LEFT_OUT_AT_TOP = frozenset({"build", "dist", "env"})
# What a build may see of this process: where things are, and how to reach an index. No token of the user's.
_PASSED = frozenset(
    {
        *("PATH", "HOME", "LANG", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME"),
        *("NETRC", "UV_CACHE_DIR", "UV_CONFIG_FILE", "UV_OFFLINE", "UV_NATIVE_TLS", "UV_KEYRING_PROVIDER"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """Makes wheels and keeps them in ``folder``; ``index`` is where build backends come from."""

    folder: Path
    index: PackageIndex
    cancel: CancelToken

    def wheel_of(
        self, distribution: Distribution, kernel: Callable[[], Kernel], evidence: tuple[Evidence, ...] = ()
    ) -> Path:
        """Return a wheel of what the kernel has from elsewhere than an index; ``kernel`` is asked when needed.

        Raises:
            CompiledSource: it has compiled code.
            SourceUnbuildable: its build failed.
            LocalInstall: there is neither a source at hand nor all of the installed files.
            ResolverMissing, DiskFull, NotWritable, Cancelled
        """
        local = _local_path(distribution.direct_url or "")
        if local is not None and local.name.endswith(".whl") and local.is_file():
            return local
        with writing(self.folder):
            if not distribution.editable:
                try:
                    return repack(kernel(), distribution.name, self.folder)
                except NotRepackable:
                    pass
                except CompiledSource as error:
                    raise CompiledSource(error.distribution, error.version, error.file, evidence) from error
            if local is not None and local.exists():
                return self.build_wheel(local, name=distribution.name, version=distribution.version, evidence=evidence)
        raise LocalInstall(distribution.name, redact(distribution.direct_url or ""), evidence)

    def build_wheel(self, source: Path, *, name: str, version: str = "", evidence: tuple[Evidence, ...] = ()) -> Path:
        """Return the wheel of a folder or a source archive: the same source gives the same bytes.

        A source is known by a hash: an archive by its content; a folder by the names, modes and contents of all of its
        files but those of version control, caches and earlier builds, which is more than its source archive would
        hold. ``version`` is told to backends that would ask version control for it.

        Raises:
            CompiledSource: the wheel is for this machine.
            SourceUnbuildable: the build failed, or made no wheel of ``name``.
            ResolverMissing, DiskFull, NotWritable, Cancelled
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            key = hashlib.sha256(f"{_FORMAT} {name} {version} {self._hash(source)}".encode()).hexdigest()
            known = self.folder / f"{key}.json"
            place = _known(known, self.folder)
            if place is None:
                with tempfile.TemporaryDirectory(prefix=".building-", dir=self.folder) as scratch:
                    built = self._build(source, Path(scratch), name, version, evidence)
                    place = _normalised(built, name, evidence, self.folder)
                draft = known.with_name(f".{known.name}.{os.getpid()}")
                draft.write_text(json.dumps(str(place.relative_to(self.folder))), encoding="utf-8")
                draft.replace(known)
        return place

    def _build(self, source: Path, scratch: Path, name: str, version: str, evidence: tuple[Evidence, ...]) -> Path:
        if source.is_dir():
            copy = scratch / "source" / source.resolve().name
            self._copy(source, copy)
        else:
            copy = source
        made = scratch / "made"
        options = [
            *("build", "--wheel", "--out-dir", str(made), "--python", sys.executable, "--no-python-downloads"),
            *(("--no-index",) if self.index.no_index else ()),
            *("--no-create-gitignore", "--color", "never", "--no-progress", str(copy)),
        ]
        code, wrote, said = run_uv(options, folder=scratch, environ=self._environ(name, version), cancel=self.cancel)
        wheels = sorted(made.glob("*.whl"))
        if code != 0 or len(wheels) != 1:
            text = _USERINFO.sub("", f"{wrote}\n{said}".replace(str(scratch), "")).strip()
            if _NO_COMPILER in text:
                raise CompiledSource(name, version, source.name, evidence)
            raise SourceUnbuildable(
                name, str(source) if source.is_dir() else source.name, text[-_DETAIL_CHARACTERS:], evidence
            )
        return wheels[0]

    def _environ(self, name: str, version: str) -> dict[str, str]:
        passed = {key: value for key, value in os.environ.items() if key in _PASSED}
        # uv's own settings of indexes, whose passwords the build's isolated environment needs for its backend.
        passed |= {key: value for key, value in os.environ.items() if key.startswith(("UV_INDEX", "UV_DEFAULT_INDEX"))}
        passed |= {key: value for key, value in os.environ.items() if key in {"UV_EXTRA_INDEX_URL", "UV_FIND_LINKS"}}
        told = {}
        if version:
            suffix = canonicalize_name(name).upper().replace("-", "_")
            told = {
                f"SETUPTOOLS_SCM_PRETEND_VERSION_FOR_{suffix}": version,
                "PBR_VERSION": version,
                "PDM_BUILD_SCM_VERSION": version,
                "POETRY_DYNAMIC_VERSIONING_BYPASS": version,
            }
        return {
            **passed,
            **self.index.variables,
            **told,
            "SOURCE_DATE_EPOCH": _EPOCH,
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            # An optional extension is left out, and one that is not optional fails at once.
            **dict.fromkeys(
                ("CC", "CXX", "FC", "F77", "LD", "RUSTC", "CARGO"), "jupyter-containerize-compiles-nothing"
            ),
        }

    def _hash(self, source: Path) -> str:
        hasher = hashlib.sha256()
        if not source.is_dir():
            with source.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        for path, relative in self._files(source):
            mode = "x" if path.stat().st_mode & 0o100 else "-"
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            hasher.update(f"{relative}\0{mode}{digest}\n".encode())
        index = source / ".git/index"
        if index.is_file():
            # Backends that take what version control lists give another wheel when that list changes.
            hasher.update(hashlib.sha256(index.read_bytes()).digest())
        return hasher.hexdigest()

    def _files(self, source: Path) -> Iterator[tuple[Path, str]]:
        for folder, names, files in os.walk(source):
            top = Path(folder) == source
            names[:] = sorted(
                name
                for name in names
                if name not in _LEFT_OUT
                and not (top and name in _LEFT_OUT_AT_TOP)
                and not name.endswith(".egg-info")
                and not (Path(folder) / name / "pyvenv.cfg").exists()
            )
            for name in sorted(files):
                self.cancel.check()
                path = Path(folder) / name
                if path.is_file() and not name.endswith((".pyc", ".pyo")):
                    yield path, path.relative_to(source).as_posix()

    def _copy(self, source: Path, into: Path) -> None:
        # A backend writes beside the sources it builds from, which are the user's.
        into.mkdir(parents=True)
        for path, relative in self._files(source):
            target = into / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
        if (source / ".git").exists():
            (into / ".git").symlink_to((source / ".git").resolve())


def _local_path(url: str) -> Path | None:
    parts = urlsplit(url)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def _known(kept: Path, folder: Path) -> Path | None:
    try:
        place: Path = folder / json.loads(kept.read_bytes())
    except (OSError, ValueError, TypeError):
        return None
    return place if place.is_file() else None


def _normalised(wheel: Path, name: str, evidence: tuple[Evidence, ...], into: Path) -> Path:
    """Put the wheel in place with the same bytes whoever built it, if it is one for any platform."""
    try:
        found, version, _, tags = parse_wheel_filename(wheel.name)
        if any(tag.platform != "any" for tag in tags):
            raise CompiledSource(name, str(version), wheel.name, evidence)
        content: dict[str, tuple[bytes, bool]] = {}
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    content[member.filename] = (archive.read(member), bool(member.external_attr >> 16 & 0o100))
    except (InvalidWheelFilename, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceUnbuildable(name, wheel.name, str(error), evidence) from error
    records = [path for path in content if path.endswith(".dist-info/RECORD") and path.count("/") == 1]
    if found != canonicalize_name(name) or len(records) != 1:
        raise SourceUnbuildable(name, wheel.name, f"it is no wheel of {name}", evidence)
    del content[records[0]]
    return place_wheel(content, records[0].rpartition("/")[0], wheel.name, into)
