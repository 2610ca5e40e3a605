"""What is known so far, while the code is read from top to bottom."""

from __future__ import annotations

import os
import posixpath
import stat

from jupyter_containerize.analysis.file_uses.places import Place
from jupyter_containerize.analysis.inside import Inside
from jupyter_containerize.domain.notebook import FileAccess, FileUse, Location, reading_order

_LONGEST_NAME = 255


class Record:
    """The uses found so far, and what the notebook has written up to here.

    ``folder`` is the working folder, relative to the notebook's; ``None`` once it cannot be told.
    ``writes_unknown`` says that files may have been written that reading the code does not show.
    ``tested`` are texts that the notebook asks for before it reads them.
    """

    def __init__(self, inside: Inside | None) -> None:
        self.folder: str | None = "."
        self.writes_unknown = False
        self.tested: set[str] = set()
        self.folders: set[str] = set()
        self.excused: set[tuple[str, Location]] = set()
        self._mentioned: set[str] = set()
        self._inside = inside
        self._uses: dict[tuple[str, FileAccess, Location], FileUse] = {}
        # Each written path, and every folder above one.
        self._written: set[str] = set()
        self._above_written: set[str] = set()

    def change_folder(self, to: str | None) -> None:
        """Note that relative paths begin elsewhere from now on."""
        if to is None or any(mark in to for mark in "${~\n") or to.startswith("-") or len(to) > _LONGEST_NAME:
            self.folder = None
        elif self.folder is None:
            self.folder = to if to.startswith("/") else None
        else:
            self.folder = posixpath.normpath(posixpath.join(self.folder, to.replace("\\", "/")))

    def exists(self, place: Place) -> bool:
        """Tell whether a place is there, as far as it may be looked at."""
        return self._status(place)[0] is True

    def add(self, place: Place, access: FileAccess, location: Location, *, creates: bool = False) -> None:
        """Note a use. ``creates`` says that the reader makes the file when there is none."""
        exists, size_bytes = self._status(place)
        if creates and access is FileAccess.READ and not exists:
            access = FileAccess.WRITE
        key = (place.text, access, location)
        if key not in self._uses:
            self._uses[key] = FileUse(
                text=place.text,
                access=access,
                location=location,
                path=self._beside(place.path),
                exists=exists,
                size_bytes=size_bytes,
                portable=place.portable,
                written_first=access is FileAccess.READ and self._is_written(place),
            )
            if self._may_be_written(place):
                self.excused.add((place.text, location))
        if access is FileAccess.WRITE:
            self._note_written(place)

    def mention(self, text: str) -> None:
        """Note a text that a function of which nothing is known got, and may take for a file's name."""
        if self.folder is not None and len(text) <= _LONGEST_NAME and not text.isspace():
            self._mentioned.add(posixpath.normpath(posixpath.join(self.folder, text)))

    def sorted_uses(self) -> tuple[FileUse, ...]:
        """Return all uses by location; those of one line in the order found."""
        return tuple(sorted(self._uses.values(), key=lambda use: reading_order(use.location)))

    def is_excused(self, use: FileUse) -> bool:
        """Tell whether a missing file may be there when the code runs."""
        return (use.text, use.location) in self.excused or use.text in self.tested

    def _beside(self, path: str | None) -> str | None:
        if path is None or not path.startswith("/"):
            return path
        if self._inside is None or not path.startswith(f"{self._inside.boundary}{os.sep}"):
            return None
        return os.path.relpath(path, self._inside.root).replace(os.sep, "/")

    def _status(self, place: Place) -> tuple[bool | None, int | None]:
        if self._inside is None or place.path is None:
            return None, None
        try:
            status = self._inside.stat(place.path)
        except LookupError:
            return None, None
        if status is None:
            return False, None
        return True, status.st_size if stat.S_ISREG(status.st_mode) else None

    def _note_written(self, place: Place) -> None:
        path = place.path
        if path is None:
            return
        # A folder that is only made holds nothing yet.
        if path not in self.folders:
            self._written.add(path)
        for _ in range(path.count("/")):
            path = posixpath.dirname(path)
            if path in self._above_written:
                break
            self._above_written.add(path)

    def _is_written(self, place: Place) -> bool:
        path = place.path
        if path is None:
            return False
        return path in self._above_written or any(part in self._written for part in _with_parents(path))

    def _may_be_written(self, place: Place) -> bool:
        if self.writes_unknown or place.path is None:
            return True
        return any(part in self.folders or part in self._mentioned for part in _with_parents(place.path))


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:end]) or "/" for end in range(1, len(parts) + 1)]
