"""Words for what goes wrong with Cloud Native Buildpacks."""

from __future__ import annotations

from jupyter_containerize.cnb import errors as cnb
from jupyter_containerize.explain.words import Words, words


@words.register
def _(error: cnb.NotRebasable) -> Words:
    return Words(
        title="The image cannot be put on another base",
        saw=f"{error.reason[:1].upper()}{error.reason[1:]}.",
        todo="Build it again: a new build has the newest base.",
    )


@words.register
def _(error: cnb.RebaseRefused) -> Words:
    return Words(
        title="The new base does not fit the image",
        saw=f"{error.what}: {error.image or 'nothing'} in the image, {error.base or 'nothing'} in the new base.",
        todo="Take a base of the same kind, or build the image again on the new one.",
    )


@words.register
def _(error: cnb.BuildpackFolderTaken) -> Words:
    return Words(
        title="The folder has something else in it",
        saw=f"{error.folder} is not empty, and holds no buildpack of ours.",
        todo="Name a new folder.",
    )


@words.register
def _(error: cnb.LayersMixed) -> Words:
    return Words(
        title="The layers are in the wrong order",
        saw=f"{error.title} belongs to the base and lies above the application.",
        todo="This is our bug, not yours. Please report it with this message.",
    )
