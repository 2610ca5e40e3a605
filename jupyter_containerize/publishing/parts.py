"""Parts of layers, made once on this machine and joined into the layers of every later build.

    STORE/parts/KEY        the part's blob: a complete layer, so that a layer of this part alone is a link to it
    STORE/parts/KEY.json   what ``oci.Part`` says of it, and what was left out when it was made

The record is written last: a blob without one counts for nothing. Two processes that make the same part at once both
finish, and the bytes are the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_containerize.domain.image import Compression, IllegalReference, Layer, LayerEntry
from jupyter_containerize.oci import ImageUnreadable, Part, join_parts, write_part
from jupyter_containerize.oci.canonical import from_json, to_json
from jupyter_containerize.oci.layout import appearing
from jupyter_containerize.publishing.records import layer_of, layer_record
from jupyter_containerize.transport.sealing import is_whole, seal, sha256_of


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPart:
    """A part and what is told of it. ``left_out`` are the bytes of each strip rule, by the rule's name."""

    part: Part
    left_out: Mapping[str, int] = field(default_factory=dict)


class Parts:
    """The parts of one store. ``scratch`` gives temporary folders on the same file system."""

    def __init__(self, root: Path, scratch: Callable[[], AbstractContextManager[Path]]) -> None:
        self._root = root
        self._scratch = scratch

    def path(self, key: str) -> Path:
        """Return where the part's blob is, or would be."""
        return self._root / key

    def find(self, key: str) -> KeptPart | None:
        """Return the part, if it is here and whole: it is read only if it was written to since it was made."""
        try:
            kept = _read(self._record(key).read_bytes())
        except (OSError, KeyError, TypeError, ImageUnreadable, IllegalReference):
            return None
        return kept if is_whole(self.path(key), kept.part.layer.digest.hex) else None

    def make(
        self,
        key: str,
        entries: Iterable[LayerEntry],
        compression: Compression,
        left_out: Mapping[str, int],
        check: Callable[[], None] = lambda: None,
    ) -> KeptPart:
        """Write a part and remember it under the key; nothing is kept of one that fails.

        ``left_out`` is read after the entries are: making them may fill it.

        Raises:
            LayerMisplanned: an entry breaks a promise.
        """
        with self._scratch() as folder:
            with (folder / "part").open("wb") as blob:
                part = write_part(entries, blob, compression, check=check)
            kept = KeptPart(part=part, left_out=dict(left_out))
            (folder / "part").chmod(0o644)
            seal(folder / "part")
            (folder / "part").replace(self.path(key))
            with appearing(self._record(key)) as file:
                file.write(_written(kept))
        return kept

    def join(
        self, keys: Sequence[str], into: Path, compression: Compression, check: Callable[[], None] = lambda: None
    ) -> Layer | None:
        """Write the layer of these parts to the new file ``into``; ``None`` where one is gone or damaged.

        No two of them have a file at the same path. A damaged part is removed, so that ``find`` tells which have to be
        made again. A layer of one part is the same file as the part.
        """
        found = [self.find(key) for key in keys]
        parts = [kept.part for kept in found if kept is not None]
        if len(parts) < len(keys):
            return None
        try:
            if len(parts) == 1:
                _link(self.path(keys[0]), into)
                return parts[0].layer
            with ExitStack() as files, into.open("xb") as blob:
                opened = [files.enter_context(self.path(key).open("rb")) for key in keys]
                return join_parts(list(zip(parts, opened, strict=True)), blob, compression, check=check)
        except FileNotFoundError:
            # Somebody cleaned up in this moment.
            pass
        except ImageUnreadable:
            # Damage that left the file's times alone; which of them it is, only their hashes tell.
            for key, part in zip(keys, parts, strict=True):
                if sha256_of(self.path(key)) != part.layer.digest.hex:
                    self.remove(key)
        into.unlink(missing_ok=True)
        return None

    def remove(self, key: str) -> None:
        """Forget a part."""
        for path in (self._record(key), self.path(key)):
            path.unlink(missing_ok=True)

    def _record(self, key: str) -> Path:
        return self._root / f"{key}.json"


class Owners:
    """Which part fills which path: two may fill one only with the same."""

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, str]] = {}

    def add(self, name: str, part: Part) -> tuple[str, str] | None:
        """Take a part's paths; return the first that another part fills with something else, and that part's name.

        Bytecode follows its source, and may differ by what was compiled beside it: any of them will do.
        """
        for path, content in part.files.items():
            if "/__pycache__/" in path:
                continue
            other, before = self._owners.setdefault(path, (name, content))
            if before != content:
                return path, other
        return None


def _link(part: Path, into: Path) -> None:
    try:
        into.hardlink_to(part)
    except OSError:
        # A file system without links; or another process has just put the same part in its place, which takes the
        # last name of the file that was to be linked. One that is gone for good is told by the copy.
        shutil.copyfile(part, into)


def _written(kept: KeptPart) -> bytes:
    part = kept.part
    return to_json(
        {
            **layer_record(part.layer),
            "body": part.body_bytes,
            "files": dict(part.files),
            "folders": dict(part.folders),
            "head": part.head_bytes,
            "leftOut": dict(kept.left_out),
            "plain": part.plain_bytes,
        }
    )


def _read(data: bytes) -> KeptPart:
    record = from_json("part record", data)
    part = Part(
        layer=layer_of(record),
        head_bytes=record["head"],
        body_bytes=record["body"],
        plain_bytes=record["plain"],
        folders=record["folders"],
        files=record["files"],
    )
    return KeptPart(part=part, left_out=record["leftOut"])
