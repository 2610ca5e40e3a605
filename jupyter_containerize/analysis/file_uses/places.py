"""Tells what a text in code names: a URL, a path on one machine, or a path beside the notebook."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from jupyter_containerize.analysis.secrets import holds_secret
from jupyter_containerize.analysis.texts import Text

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]+):/+")
_FILE_URL = re.compile(r"file:/{2,3}", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_DRIVE_ROOT = re.compile(r"[A-Za-z]:")
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}(?:\.(?:gz|bz2|xz|zip))?\Z")
_GLOB = re.compile(r"[*?\[]")
# What is left to look at when each hole is taken out.
_HOLE = re.compile(r"\{[^{}]*\}")
_LONGEST = 1_000

# Not files of anybody: what the system makes up.
_SYSTEM = ("/dev/", "/proc/", "/sys/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a text names. ``text`` is fit to be shown.

    ``path`` is relative to the notebook's folder, or absolute; ``None`` for a URL, a pattern or what is
    known in parts only.
    """

    text: str
    path: str | None = None
    portable: bool = True
    url: bool = False


def place_of(text: Text, folder: str | None) -> Place | None:
    """Return what a text names, or ``None`` if it is no path at all.

    Args:
        text: The text, perhaps with holes.
        folder: The working folder right then, relative to the notebook's; ``None`` if that is not known.
    """
    raw = text.text.strip()
    if not _is_plausible(raw, text):
        return None
    raw = _FILE_URL.sub("/", raw, count=1)
    if url := _URL.match(raw):
        return Place(text=shown_url(raw), url=True, portable=url[1].lower() != "dbfs")
    raw = raw.removeprefix("file:")
    path = raw.replace("\\", "/")
    if _DRIVE.match(raw) or path.startswith("~"):
        return Place(text=raw, portable=False)
    if path.startswith("/"):
        known = text.complete and not _GLOB.search(path)
        return (
            None
            if path.startswith(_SYSTEM)
            else Place(text=raw, path=posixpath.normpath(path) if known else None, portable=False)
        )
    if not text.complete or _GLOB.search(path) or folder is None:
        return Place(text=raw)
    return Place(text=raw, path=posixpath.normpath(posixpath.join(folder, path)))


def looks_like_path(text: str) -> bool:
    """Tell whether a text that may be something else is a path: it ends or begins like one, or is a URL."""
    return text.startswith(("./", "../", "/", "~")) or bool(
        _ENDING.search(text) or _URL.match(text) or _DRIVE.match(text)
    )


def shown_url(url: str) -> str:
    """Return a URL without credentials, query and fragment, and without its path if that holds a token."""
    plain = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, slashes, rest = plain.partition("://")
    host, slash, path = rest.partition("/")
    if not slashes:
        return plain
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{'' if holds_secret(path) else path}"


def _is_plausible(raw: str, text: Text) -> bool:
    if not raw or len(raw) > _LONGEST or any(mark in raw for mark in "\n\r\0<>|"):
        return False
    if text.complete:
        return raw[0] not in "{[\"'" and raw != ":memory:"
    return any(character.isalnum() for character in _HOLE.sub("", raw))
