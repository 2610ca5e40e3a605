"""Debian packages and a workbench, made by the tests."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from jupyter_containerize.buildpacks.protocol import BuildInputs
from jupyter_containerize.domain.build import CancelToken
from jupyter_containerize.domain.environment import LockedEnvironment, SystemPackage
from jupyter_containerize.domain.image import LayerEntry
from jupyter_containerize.domain.notebook import Slice
from jupyter_containerize.domain.serving import CapturedState, ServingSpec
from jupyter_containerize.resolution.debian import DebianBase
from jupyter_containerize.transport import Transport

COMPRESSORS: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".xz": lzma.compress,
}


def make_deb(
    files: Mapping[str, bytes | str],
    *,
    control: str = "Package: x\n",
    compression: str = ".xz",
    hidden: bool = False,
    shlibs: str = "",
) -> bytes:
    """Return a .deb: bytes are files, a text is a link's target, a path that ends in ``/`` is a folder.

    A file below a ``bin`` and the loader are executable; ``hidden`` leaves the digests out, ``shlibs`` are the
    libraries that it announces.
    """
    digests = "".join(
        f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}  {path}\n"
        for path, content in files.items()
        if isinstance(content, bytes)
    )
    meta: dict[str, bytes | str] = {"./control": control.encode()}
    if not hidden:
        meta["./md5sums"] = digests.encode()
    if shlibs:
        meta["./shlibs"] = shlibs.encode()
    compress = COMPRESSORS[compression]
    return ar(
        {
            "debian-binary": b"2.0\n",
            f"control.tar{compression}": compress(tar(meta)),
            f"data.tar{compression}": compress(tar({f"./{path}": content for path, content in files.items()})),
        }
    )


def tar(files: Mapping[str, bytes | str]) -> bytes:
    """Return a tar of the files."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            if path.endswith("/"):
                member.type, member.mode = tarfile.DIRTYPE, 0o700
                archive.addfile(member)
            elif isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                archive.addfile(member)
            else:
                member.size, member.mode = len(content), 0o755 if "bin/" in path or "/ld-linux" in path else 0o644
                archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def ar(members: Mapping[str, bytes]) -> bytes:
    """Return an ar archive."""
    made = b"!<arch>\n"
    for name, content in members.items():
        made += f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        made += content + b"\n" * (len(content) % 2)
    return made


class Bench:
    """A workbench that downloads into a folder."""

    def __init__(self, folder: Path) -> None:
        self.cancel = CancelToken()
        self._folder = folder
        self._transport = Transport()

    def fetch(self, url: str, *, sha256: str, size_bytes: int | None) -> Path:
        """Download unless it is there."""
        path = self._folder / sha256
        self._transport.download(
            url, path, sha256=sha256, size_bytes=size_bytes, on_bytes=lambda _: None, cancel=self.cancel
        )
        return path

    def scratch(self) -> Path:
        """Give a new folder, with a name of its own each time."""
        return Path(tempfile.mkdtemp(dir=self._folder))

    def compile(self, entries: Iterable[LayerEntry], *, below: str) -> list[LayerEntry]:
        """Refuse: the base's own layers do not ask for it."""
        raise AssertionError((entries, below))


def offered(folder: Path, debs: Mapping[str, bytes]) -> tuple[SystemPackage, ...]:
    """Put packages into a folder and return them as a base would name them, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    packages = []
    for name, content in sorted(debs.items()):
        path = folder / f"{name}.deb"
        path.write_bytes(content)
        packages.append(
            SystemPackage(
                name=name,
                version="1.0-1",
                architecture="amd64",
                url=path.as_uri(),
                sha256=hashlib.sha256(content).hexdigest(),
                size_bytes=len(content),
            )
        )
    return tuple(packages)


def base_of(packages: tuple[SystemPackage, ...]) -> DebianBase:
    """Return a base with those packages."""
    return DebianBase(
        glibc_minor=36,
        release="bookworm",
        version="12",
        fixes_until="2028-06-30",
        python_executable="/usr/bin/python3.11",
        packages=packages,
        stale=False,
    )


def inputs_of(packages: tuple[SystemPackage, ...], *, python: str = "/usr/bin/python3.11") -> BuildInputs:
    """Return inputs with those packages and nothing to serve."""
    minor = python.rpartition("python")[2]
    spec = ServingSpec(symbol="predict", doc="", inputs={}, output={}, example=None)
    return BuildInputs(
        python=python,
        environment=LockedEnvironment(
            python_minor=minor, platform="x86_64-manylinux_2_36", packages=(), system_packages=packages
        ),
        serving=Slice(symbol="predict", source="", live_in=(), imports=(), cells=(), example=None),
        state=CapturedState(objects=(), cloudpickle_version="3.1.1", spec=spec),
        labels={},
    )


def content_of(entry: LayerEntry) -> bytes:
    """Return what is in an entry; nothing for what is no file."""
    if entry.open is None:
        return b""
    with entry.open() as file:
        return file.read()
