"""What can go wrong with Cloud Native Buildpacks.

UserError
├── NotRebasable           JC-CNB-01  the image does not say which of its layers are its base
├── RebaseRefused          JC-CNB-02  the new base does not fit the image
└── BuildpackFolderTaken   JC-CNB-03  the folder for a buildpack has something else in it
InternalError
└── LayersMixed            JC-CNB-04  a layer of the base lies above one of the application
"""

from __future__ import annotations

from pathlib import Path

from jupyter_containerize.domain.errors import InternalError, UserError


class NotRebasable(UserError):
    """The image's labels do not tell its base; ``reason`` says what is missing or wrong."""

    code = "JC-CNB-01"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RebaseRefused(UserError):
    """``what`` of the image is ``image``, and of the new base ``base``. Another base, or force, is the way out."""

    code = "JC-CNB-02"

    def __init__(self, what: str, image: str, base: str) -> None:
        super().__init__(f"{what}: {image!r} and {base!r}")
        self.what = what
        self.image = image
        self.base = base


class BuildpackFolderTaken(UserError):
    """``folder`` is not empty, and what it holds is no buildpack that we wrote."""

    code = "JC-CNB-03"

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


class LayersMixed(InternalError):
    """The layer ``title`` belongs to the base and lies above a layer that does not."""

    code = "JC-CNB-04"

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title
