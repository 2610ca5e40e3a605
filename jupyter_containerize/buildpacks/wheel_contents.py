"""What a wheel puts where in the image's venv: read from its archive when a layer is written, never unpacked.

Source: PyPA specifications, "Binary distribution format" and "Recording installed projects".
"""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from installer import install
from installer.destinations import WheelDestination
from installer.records import Hash, RecordEntry, parse_record_file
from installer.scripts import Script
from installer.sources import WheelFile
from installer.utils import Scheme, construct_record_file, fix_shebang

from jupyter_containerize.buildpacks.errors import WheelBroken
from jupyter_containerize.buildpacks.protocol import VENV
from jupyter_containerize.buildpacks.wheel_archive import BROKEN, gzipped, open_wheel, opener
from jupyter_containerize.domain.environment import LockedPackage
from jupyter_containerize.domain.image import EntryKind, Gzipped, LayerEntry

_INTERPRETER = f"/{VENV}/bin/python"
_INSTALLER = b"jupyter-containerize\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelContents:
    """The files of one wheel as entries of the image: unsorted, without folders.

    ``left_out`` are the bytes that rules left out, by the rule's name.
    """

    entries: tuple[LayerEntry, ...]
    left_out: Mapping[str, int]


def read_wheel(
    path: Path, package: LockedPackage, *, site_packages: str, rule_of: Callable[[str], str]
) -> WheelContents:
    """Return what the wheel installs. The entries read from the file when they are opened.

    ``site_packages`` is relative to the venv; ``rule_of`` names the rule that leaves out a path below it, or none.

    Raises:
        WheelBroken: the archive is damaged, or is not what its RECORD says; also while an entry is read.
    """
    try:
        archive = open_wheel(path)
        # The store names files by digest, and installer reads the name of the distribution from the file's.
        archive.filename = package.filename
        source = WheelFile(archive)
        # The contents are known by the wheel's own hash.
        source.validate_record(validate_contents=False)
        rows = parse_record_file(source.read_dist_info("RECORD").splitlines())
        recorded = {row[0]: RecordEntry.from_elements(*row) for row in rows}
        destination = _Venv(archive, recorded, package, site_packages, rule_of)
        install(source, destination, additional_metadata={"INSTALLER": _INSTALLER})
    except (*BROKEN, FileExistsError) as error:
        raise WheelBroken(package.filename, str(error)) from error
    return WheelContents(entries=tuple(destination.entries.values()), left_out=destination.left_out)


class _Venv(WheelDestination):
    """Collects where files go, and reads of them only what has to be changed."""

    def __init__(
        self,
        archive: zipfile.ZipFile,
        recorded: Mapping[str, RecordEntry],
        package: LockedPackage,
        site_packages: str,
        rule_of: Callable[[str], str],
    ) -> None:
        self.entries: dict[str, LayerEntry] = {}
        self.left_out: dict[str, int] = {}
        self._archive = archive
        self._recorded = recorded
        self._filename = package.filename
        self._rule_of = rule_of
        self._folders = {
            "purelib": site_packages,
            "platlib": site_packages,
            "scripts": "bin",
            "data": ".",
            "headers": f"include/{package.name}",
        }

    def write_script(self, name: str, module: str, attr: str, section: str) -> RecordEntry:
        """Add the program of an entry point."""
        script_name, content = Script(name, module, attr, section).generate(_INTERPRETER, "posix")  # type: ignore[arg-type]  # installer's names of two texts
        return self._generated("scripts", script_name, content, executable=True)

    def write_file(self, scheme: Scheme, path: object, stream: BinaryIO, is_executable: bool) -> RecordEntry:  # noqa: FBT001  # installer's
        """Add a file of the wheel, or one that is written about it."""
        place = str(path)
        if scheme == "scripts":
            with fix_shebang(stream, _INTERPRETER) as changed:
                return self._generated(scheme, place, changed.read(), executable=is_executable)
        member = getattr(stream, "name", None)
        recorded = self._recorded.get(member) if isinstance(member, str) else None
        if member is None or recorded is None or recorded.hash_ is None:
            return self._generated(scheme, place, stream.read(), executable=is_executable)
        info = self._archive.getinfo(member)
        record = RecordEntry(place, recorded.hash_, info.file_size)
        rule = self._rule_of(self._below_site(scheme, place))
        if rule:
            self.left_out[rule] = self.left_out.get(rule, 0) + info.file_size
        else:
            self._add(
                scheme,
                place,
                info.file_size,
                opener(self._archive, info, self._filename),
                executable=is_executable,
                gzipped=gzipped(self._archive, info, self._filename),
            )
        return record

    def finalize_installation(
        self, scheme: Scheme, record_file_path: str, records: Iterable[tuple[Scheme, RecordEntry]]
    ) -> None:
        """Write RECORD: every file of the wheel that is in the image, and no other."""
        kept = [(of, record) for of, record in records if not self._rule_of(self._below_site(of, record.path))]

        def prefix(of: str) -> str | None:
            return None if of == scheme else posixpath.relpath(self._folders[of], self._folders[scheme]) + "/"

        with construct_record_file(kept, prefix) as stream:
            self._generated(scheme, record_file_path, stream.read())

    def _generated(self, scheme: str, path: str, content: bytes, *, executable: bool = False) -> RecordEntry:
        self._add(scheme, path, len(content), lambda: io.BytesIO(content), executable=executable)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return RecordEntry(path, Hash("sha256", digest), len(content))

    def _add(
        self,
        scheme: str,
        path: str,
        size_bytes: int,
        open_: Callable[[], BinaryIO],
        *,
        executable: bool,
        gzipped: Gzipped | None = None,
    ) -> None:
        place = f"{VENV}/{self._in_venv(scheme, path)}"
        if place in self.entries:
            raise FileExistsError(f"{path} is installed twice")
        mode = 0o755 if executable else 0o644
        self.entries[place] = LayerEntry(
            path=place, kind=EntryKind.FILE, mode=mode, size_bytes=size_bytes, open=open_, gzipped=gzipped
        )

    def _in_venv(self, scheme: str, path: str) -> str:
        parts = path.split("/")
        if path.startswith("/") or "\0" in path or any(part in {"", ".", ".."} for part in parts):
            raise ValueError(f"{path} leads out of its folder")
        return posixpath.normpath(posixpath.join(self._folders[scheme], path))

    def _below_site(self, scheme: str, path: str) -> str:
        """Return the path as RECORD has it: what is elsewhere begins with ``..``."""
        return posixpath.relpath(self._in_venv(scheme, path), self._folders["purelib"])
