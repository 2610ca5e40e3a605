"""A wheel of what is installed: exactly the files that the running kernel has.

Source: PyPA specifications, "Recording installed projects" and "Binary distribution format".
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import json
import os
import re
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from jupyter_containerize.resolution.errors import CompiledSource

# zip's first date; a wheel of ours has no other.
_DATE = (1980, 1, 1, 0, 0, 0)
_ASK = "import json, sys; print(json.dumps([sys.prefix, [p for p in sys.path if p]]))"
_ASK_SECONDS = 30
# Written by whoever installed it, about this installation alone.
_OF_INSTALLER = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json", "uv_cache.json", "uv_build.json"}
_COMPILED = re.compile(r".*\.(so(\.[^/]*)?|pyd|dylib|dll|a|lib)")


class NotRepackable(Exception):
    """The installed files are not all there, or some are no part of a wheel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """Where a kernel's interpreter has distributions."""

    prefix: Path
    path: tuple[str, ...]

    @classmethod
    def of(cls, executable: str) -> Kernel:
        """Ask the interpreter.

        Raises:
            NotRepackable: it does not answer.
        """
        try:
            said = subprocess.run(
                [executable, "-c", _ASK],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
                timeout=_ASK_SECONDS,
            )
            prefix, path = json.loads(said.stdout.splitlines()[-1])
        except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
            raise NotRepackable(str(error)) from error
        return cls(prefix=Path(prefix), path=tuple(path))


def repack(kernel: Kernel, name: str, into: Path) -> Path:
    """Write a wheel of an installed distribution below ``into`` and return its path: the same files, the same bytes.

    Raises:
        NotRepackable: it was not installed from a wheel, or its files are not all there.
        CompiledSource: it has compiled code, which is for this machine.
    """
    found = next(
        (
            item
            for item in importlib.metadata.distributions(path=list(kernel.path))
            if canonicalize_name(item.metadata["Name"] or "") == name
        ),
        None,
    )
    wheel = found.read_text("WHEEL") if found else None
    if found is None or wheel is None or not found.read_text("RECORD"):
        raise NotRepackable("not installed from a wheel")
    site = Path(str(found.locate_file("")))
    version = found.metadata["Version"]
    tags = HeaderParser().parsestr(wheel).get_all("Tag", [])
    files = _files(found, site, kernel.prefix, name, version)
    if not tags or any(not tag.endswith("-any") for tag in tags):
        raise CompiledSource(name, version, ", ".join(tags) or "a wheel without tags")
    stem = f"{_escaped(found.metadata['Name'])}-{_escaped(version)}"
    info = f"{stem}.dist-info"
    content = {re.sub(r"^[^/]+\.dist-info/", f"{info}/", path): data for path, data in files.items()}
    return place_wheel(content, info, f"{stem}-{_compressed(tags)}.whl", into)


def place_wheel(content: Mapping[str, tuple[bytes, bool]], info: str, filename: str, into: Path) -> Path:
    """Write a wheel of files (data, executable) with a RECORD of its own below ``into``, in a folder named by its hash.

    Nothing is compressed: zlib's versions give different bytes, and the file is for this machine.
    """
    record = "".join(f"{path},sha256={_digest(data)},{len(data)}\n" for path, (data, _) in sorted(content.items()))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for path, (data, executable) in (
            *sorted(content.items()),
            (f"{info}/RECORD", (f"{record}{info}/RECORD,,\n".encode(), False)),
        ):
            entry = zipfile.ZipInfo(path, _DATE)
            entry.create_system = 3
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            archive.writestr(entry, data)
    body = made.getvalue()
    place = into / hashlib.sha256(body).hexdigest()[:32] / filename
    if not (place.is_file() and place.stat().st_size == len(body)):
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{filename}.{os.getpid()}")
        draft.write_bytes(body)
        draft.replace(place)
    return place


def _files(
    found: importlib.metadata.Distribution, site: Path, prefix: Path, name: str, version: str
) -> dict[str, tuple[bytes, bool]]:
    """Return what goes into the wheel: data and whether it may be executed, by path."""
    commands = {item.name for item in found.entry_points if item.group in {"console_scripts", "gui_scripts"}}
    data_folder = f"{_escaped(found.metadata['Name'])}-{_escaped(version)}.data"
    content: dict[str, tuple[bytes, bool]] = {}
    for recorded in found.files or ():
        path = PurePosixPath(os.path.normpath(str(recorded)))
        if "__pycache__" in path.parts or path.suffix == ".pyc":
            continue
        if path.parent.suffix == ".dist-info" and path.name in _OF_INSTALLER:
            continue
        if _COMPILED.fullmatch(path.name):
            raise CompiledSource(name, version, str(path))
        source = site / path
        try:
            data, executable = source.read_bytes(), bool(source.stat().st_mode & 0o100)
        except OSError as error:
            raise NotRepackable(f"{path}: {error.strerror}") from error
        if ".." not in path.parts and not path.is_absolute():
            content[str(path)] = (data, executable)
            continue
        inside = PurePosixPath(
            os.path.relpath(os.path.realpath(source.parent) + f"/{source.name}", os.path.realpath(prefix))
        )
        if ".." in inside.parts:
            raise NotRepackable(f"{path} is outside of {prefix}")
        if inside.parent.name in {"bin", "Scripts"} and len(inside.parts) == 2:  # noqa: PLR2004  # folder and file
            if inside.stem not in commands and inside.name not in commands:
                # As a wheel has it: whoever installs it writes the interpreter's path.
                plain = re.sub(rb"^#![^\n]*python[^\n]*", b"#!python", data, count=1)
                content[f"{data_folder}/scripts/{inside.name}"] = (plain, True)
        else:
            content[f"{data_folder}/data/{inside}"] = (data, executable)
    return content


def _escaped(text: str) -> str:
    return re.sub(r"[-_.]+", "_", text).lower() if not re.match(r"\d", text) else text.replace("-", "_")


def _compressed(tags: list[str]) -> str:
    parts = [dict.fromkeys(column) for column in zip(*(tag.split("-") for tag in tags), strict=True)]
    return "-".join(".".join(part) for part in parts)


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
