"""Values of the OCI world: digests, references, layers and images."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO, ClassVar, Self, TypeAlias

from jupyter_containerize.domain.errors import UserError


class IllegalReference(UserError):
    """An image name, tag or digest that breaks the grammar of the OCI distribution spec."""

    code = "JC-IMAGE-01"

    def __init__(self, text: str, part: str, allowed: str) -> None:
        super().__init__(text)
        self.text = text
        self.part = part
        self.allowed = allowed


class Digest(str):
    """``sha256:<64 hex>``: never changes. Source: OCI image-spec, "Digests"."""

    __slots__ = ()
    _GRAMMAR: ClassVar = re.compile(r"sha256:[0-9a-f]{64}")

    def __new__(cls, text: str) -> Self:  # noqa: D102  # the class says it
        if not cls._GRAMMAR.fullmatch(text):
            raise IllegalReference(text, "digest", "sha256: and 64 hexadecimal digits")
        return super().__new__(cls, text)

    @property
    def hex(self) -> str:
        """The 64 digits."""
        return self[len("sha256:") :]


class Tag(str):
    """A name that can be moved to another image. Source: OCI distribution-spec, "Pulling manifests"."""

    __slots__ = ()
    _GRAMMAR: ClassVar = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")

    def __new__(cls, text: str) -> Self:  # noqa: D102  # the class says it
        if not cls._GRAMMAR.fullmatch(text):
            raise IllegalReference(
                text, "tag", "letters, digits, '_', '.' and '-'; at most 128; not starting with '.' or '-'"
            )
        return super().__new__(cls, text)


_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_HOST = re.compile(r"(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An image's name: ``[host/]repository[:tag]``. ``host`` is ``None`` for a local image.

    As with Docker, the first component is a host only if it has a dot or a colon, or is
    ``localhost``.
    """

    repository: str
    tag: Tag
    host: str | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference; the tag defaults to ``latest``.

        Raises:
            IllegalReference: names the part that is wrong and what is allowed there.
        """
        host: str | None
        host, slash, rest = text.partition("/")
        if not slash or not ("." in host or ":" in host or host == "localhost"):
            host, rest = None, text
        repository, colon, tag = rest.rpartition(":")
        if not colon:
            repository, tag = rest, "latest"
        if host is not None and not _HOST.fullmatch(host):
            raise IllegalReference(text, "registry host", "a host name, and optionally ':' and a port")
        if not _REPOSITORY.fullmatch(repository):
            raise IllegalReference(
                text, "repository", "lower-case letters and digits, separated by '.', '_', '-' or '/'"
            )
        return cls(repository=repository, tag=Tag(tag), host=host)

    def __str__(self) -> str:
        host = "" if self.host is None else f"{self.host}/"
        return f"{host}{self.repository}:{self.tag}"


class LayerRole(StrEnum):
    """What a layer is for, bottom to top."""

    OS = "os"
    PYTHON = "python"
    DEPENDENCIES = "dependencies"
    RUNTIME = "runtime"
    CODE = "code"
    STATE = "state"


class EntryKind(StrEnum):
    """The kinds of file a layer can hold."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"


Gzipped: TypeAlias = Callable[[], Iterator[tuple[bytes, bytes | memoryview]]]
"""Gives a gzip member in pairs: the next bytes of it, and the next bytes of what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerEntry:
    """One file of a layer. Owner and times are the layer writer's business, not the entry's.

    ``path`` is relative to the root, with '/' and without a leading one. ``open`` gives the content
    of a FILE, exactly ``size_bytes`` of it; ``gzipped`` the same as one gzip member, where somebody compressed it
    already. ``link_target`` is a symlink's text, or the path of the earlier entry that a hard link names.
    """

    path: str
    kind: EntryKind
    mode: int
    size_bytes: int = 0
    link_target: str = ""
    open: Callable[[], BinaryIO] | None = None
    gzipped: Gzipped | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """One file to fetch for a layer; ``size_bytes`` is ``None`` when its index does not say."""

    url: str
    sha256: str
    size_bytes: int | None


class Compression(StrEnum):
    """How the blobs of layers are compressed."""

    GZIP = "gzip"
    """What every registry and engine reads."""
    ZSTD = "zstd"
    """Smaller and faster to unpack, for registries and engines that read it."""


class Bytecode(StrEnum):
    """Whether .pyc files are in the image."""

    HASHED = "hashed"
    """Beside every module, and never checked against its source."""
    OMIT = "omit"
    """None: a smaller image that starts slower."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOptions:
    """How layers are made. ``most`` is the number that an image may have with its base, at most 127.

    ``split_bytes``: a wheel whose files are larger is spread over several layers. ``strip`` are the names of the
    rules for files that serving never needs.
    """

    compression: Compression = Compression.GZIP
    bytecode: Bytecode = Bytecode.HASHED
    most: int = 30
    split_bytes: int = 1_000_000_000
    strip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPlan:
    """A piece of a layer that is made once and used in every layer that has it.

    ``key`` is the sha256 hex of all that its bytes depend on, ``sources`` and ``size_bytes`` as in a ``LayerPlan``.
    """

    key: str
    title: str
    size_bytes: int
    sources: tuple[str, ...]
    downloads: tuple[Download, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlan:
    """A layer being prepared: decided, not made.

    ``inputs`` is all that its bytes depend on, by name (``numpy`` -> ``numpy-2.3.1-...whl sha256...``), and
    ``cache_key`` the sha256 hex of that. ``slot`` stays the same from build to build (``wheels/numpy``), so that the
    inputs of two builds can be compared. ``sources`` are the names of what goes in (distributions, Debian packages,
    objects), ``size_bytes`` an estimate for progress: the bytes to download or copy. ``downloads`` lets the build
    fetch ahead. ``parts`` are put together in this order; a layer without parts is made in one go.
    """

    role: LayerRole
    title: str
    buildpack: str
    cache_key: str
    size_bytes: int
    sources: tuple[str, ...]
    slot: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    downloads: tuple[Download, ...] = ()
    parts: tuple[PartPlan, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A finished layer. ``digest`` and ``size_bytes`` are of the compressed blob, ``diff_id`` of the tar."""

    digest: Digest
    diff_id: Digest
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """How a container of the image starts. ``env``, ``labels`` and ``ports`` are sorted when written."""

    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    user: str = "65532:65532"
    working_dir: str = "/"
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A complete image. The bytes are kept: a digest is never recomputed from parsed JSON."""

    manifest_bytes: bytes
    config_bytes: bytes
    manifest_digest: Digest
    config_digest: Digest
    layers: tuple[Layer, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes to transfer for the whole image: manifest, config and compressed layers."""
        return len(self.manifest_bytes) + len(self.config_bytes) + sum(layer.size_bytes for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image of the local store as the listing shows it. ``tags`` are full references, sorted."""

    digest: Digest
    config_digest: Digest
    tags: tuple[str, ...]
    size_bytes: int
    created: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where an image went: its name there, and what the user types to run it."""

    reference: str
    run_command: str
