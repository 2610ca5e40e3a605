"""Words for what the Jupyter door refuses by itself."""

from __future__ import annotations

from http import HTTPStatus

from jupyter_containerize.explain import Words, words
from jupyter_containerize.server import errors

_TODO = {
    HTTPStatus.FORBIDDEN: "Log in to the Jupyter server again, or ask its administrator for access.",
    HTTPStatus.NOT_FOUND: "Check that the extension in the browser and the one in the server have the same version.",
    HTTPStatus.METHOD_NOT_ALLOWED: "Check the call against api/openapi.yaml.",
}


@words.register
def _(error: errors.BadRequest) -> Words:
    where = f"The field {error.field}" if error.field else "The body"
    return Words(
        title="The request cannot be understood",
        saw=f"{where} must be {error.expected}; it is {error.saw}.",
        todo="Correct the request. If it came from the JupyterLab extension, reload the page: "
        "the browser may have an older version than the server.",
    )


@words.register
def _(error: errors.HttpRefused) -> Words:
    return Words(
        title="The Jupyter server refused the request",
        saw=f"It answered {error.status}: {error.reason}.",
        todo=_TODO.get(error.status, "See the Jupyter server's log."),
    )


@words.register
def _(error: errors.ImageInUse) -> Words:
    count = "a container" if len(error.running) == 1 else f"{len(error.running)} containers"
    return Words(
        title="The image is running",
        saw=f"This server runs {count} of {error.name}.",
        todo="Stop it first, then delete the image.",
    )


@words.register
def _(error: errors.NoDocument) -> Words:
    return Words(
        title="The image has no bill of materials",
        saw=f"No layer of {error.digest} holds one in the form {error.form}.",
        todo="Build the image again: earlier versions wrote none, and neither do other tools.",
    )


@words.register
def _(error: errors.SettingLocked) -> Words:
    value = f"to {error.value}" if error.value else "to nothing"
    return Words(
        title="The administrator has fixed this setting",
        saw=f"{error.name} is fixed {value} on this server; the request asks for something else.",
        todo="Leave it out of the request, or ask the server's administrator.",
    )


@words.register
def _(error: errors.RegistryNotAllowed) -> Words:
    allowed = ", ".join(error.allowed) or "no registry at all"
    return Words(
        title="Images may not be pushed there",
        saw=f"{error.where} is not among the registries that the administrator of this server allows: {allowed}.",
        todo="Choose an allowed one, or ask the server's administrator.",
    )


@words.register
def _(error: errors.ContentsRefused) -> Words:
    return Words(
        title="The Jupyter server would not give the notebook",
        saw=f"It answered {error.status} for {error.path}: {error.reason}.",
        todo="Check that the notebook opens in Jupyter, then try again.",
    )


@words.register
def _(error: errors.Unexpected) -> Words:
    return Words(
        title="Something went wrong inside jupyter-containerize",
        saw=f"The Jupyter server's log has the details under incident {error.incident}.",
        todo="This is our bug, not yours. Please report it with those lines of the log.",
    )
