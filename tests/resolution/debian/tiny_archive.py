"""A tiny Debian archive in a folder, signed with a key of its own."""

from __future__ import annotations

import hashlib
import lzma
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pysequoia
import requests

from jupyter_containerize.resolution.debian import DebianArchive
from jupyter_containerize.transport import NetworkUnreachable, Transport

CODENAME = "trixie"
PYTHON = "3.13"
SUITES = (CODENAME, f"{CODENAME}-updates", f"{CODENAME}-security")


@dataclass(frozen=True, kw_only=True)
class Package:
    """A paragraph of a Packages file."""

    name: str
    version: str = "1.0-1"
    depends: str = ""
    pre_depends: str = ""
    provides: str = ""
    source: str = ""

    def __str__(self) -> str:
        fields = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": "amd64",
            "Filename": f"pool/{self.name}_{self.version}.deb",
            "Size": "1000",
            "SHA256": hashlib.sha256(f"{self.name} {self.version}".encode()).hexdigest(),
            "Depends": self.depends,
            "Pre-Depends": self.pre_depends,
            "Provides": self.provides,
            "Source": self.source,
            "Description": "a package\n with a long text",
        }
        return "".join(f"{name}: {value}\n" for name, value in fields.items() if value)


@dataclass
class Mirror:
    """An archive in a folder. ``write`` makes it what the attributes say; ``contents`` is its index of files."""

    root: Path
    url: str
    key: pysequoia.Tsk
    requests: list[tuple[str, int]] = field(default_factory=list)
    packages: dict[str, list[Package]] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    contents: bytes | None = None
    change: Callable[[str, bytes], bytes] = lambda suite, message: message

    def archive(self) -> DebianArchive:
        """Return where it is and who signs it."""
        return DebianArchive(mirror=self.url, security_mirror=self.url, keys=(bytes(self.key.extract_certificate()),))

    def add(self, *packages: Package, suite: str = CODENAME) -> None:
        """Put packages in front of those that have no version of theirs in the suite yet."""
        names = {package.name for package in packages}
        self.packages[suite] = [*packages, *(old for old in self.packages.get(suite, []) if old.name not in names)]

    def write(self) -> Mirror:
        """Write and sign all three suites."""
        for suite in SUITES:
            self.write_suite(suite)
        return self

    def write_suite(self, suite: str) -> None:
        """Write and sign one suite; the lists of earlier writes stay."""
        index = lzma.compress("\n".join(map(str, self.packages.get(suite, []))).encode())
        digest = hashlib.sha256(index).hexdigest()
        folder = self.root / "dists" / suite
        by_hash = folder / "main/binary-amd64/by-hash/SHA256" / digest
        by_hash.parent.mkdir(parents=True, exist_ok=True)
        by_hash.write_bytes(index)
        fields = {"Suite": "stable", "Codename": suite, "Acquire-By-Hash": "yes"} | self.fields.get(suite, {})
        text = "".join(f"{name}: {value}\n" for name, value in fields.items())
        text += f"SHA256:\n {digest} {len(index)} main/binary-amd64/Packages.xz\n"
        if self.contents is not None:
            digest = hashlib.sha256(self.contents).hexdigest()
            place = folder / "main/by-hash/SHA256" / digest
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.contents)
            text += f" {digest} {len(self.contents)} main/Contents-amd64.gz\n"
        message = pysequoia.sign(self.key.signer(), text.encode(), mode=pysequoia.SignatureMode.CLEAR)
        path = folder / "InRelease"
        # HTTP tells changes by the second; ours come faster.
        time = path.stat().st_mtime + 10 if path.exists() else 1e9
        path.write_bytes(self.change(suite, bytes(message)))
        os.utime(path, (time, time))

    def packages_files(self) -> list[Path]:
        """Return the compressed indexes on disk."""
        return list(self.root.glob("dists/*/main/binary-amd64/by-hash/SHA256/*"))


def package(text: str, *, pre_depends: str = "") -> Package:
    """Read ``name;version;depends;provides``, the last two optional."""
    name, version, depends, provides = (*text.split(";"), "", "")[:4]
    return Package(name=name, version=version, depends=depends, provides=provides, pre_depends=pre_depends)


class Offline(Transport):
    """A transport that reaches nobody."""

    def open(self, method: str, url: str, **options: object) -> AbstractContextManager[requests.Response]:
        """Fail as a cable that is not plugged in does."""
        raise NetworkUnreachable("127.0.0.1", "network is unreachable")
