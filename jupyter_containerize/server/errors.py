"""What the Jupyter door refuses by itself, and the one place where errors become HTTP statuses.

UserError
├── BadRequest        a body or an argument that the API does not know
├── ImageInUse        a container of the image runs, so it cannot be deleted
├── NoDocument        the image has no bill of materials of that form
├── SettingLocked     the administrator fixed what the request wants otherwise
├── RegistryNotAllowed  the administrator lets images go to other registries alone
└── HttpRefused       Jupyter Server's own refusal: not logged in, not allowed, no such method
OutsideError
└── ContentsRefused   the contents manager would not give the notebook
InternalError
└── Unexpected        anything that nobody foresaw; the server's log has it under ``incident``
"""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from tornado.web import HTTPError

from jupyter_containerize.builds.errors import BuildNotFinished, BuildNotFound, HistoryUnusable
from jupyter_containerize.domain.errors import ContainerizeError, InternalError, OutsideError, UserError
from jupyter_containerize.kernels.live_errors import NoRunningKernel, SeveralKernels
from jupyter_containerize.notebooks.errors import NotebookNotFound
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.server.running_errors import NoSuchContainer, NotAsking, TooManyRunning


class BadRequest(UserError):
    """A request's ``field`` (empty: the whole body) is not ``expected`` (``a string``); ``saw`` says what it is."""

    code: ClassVar[str] = "JC-SERVER-01"

    def __init__(self, field: str, *, expected: str, saw: str) -> None:
        super().__init__(f"{field}: {saw}")
        self.field = field
        self.expected = expected
        self.saw = saw


class HttpRefused(UserError):
    """Jupyter Server answered with ``status`` before the request reached us; ``reason`` is its own word."""

    code: ClassVar[str] = "JC-SERVER-02"

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


class ImageInUse(UserError):
    """This server runs containers of the image ``name``; ``running`` are their ids."""

    code: ClassVar[str] = "JC-SERVER-05"

    def __init__(self, name: str, running: tuple[str, ...]) -> None:
        super().__init__(name, *running)
        self.name = name
        self.running = running


class NoDocument(UserError):
    """The image ``digest`` has no document of that ``form`` (``cyclonedx``, ``spdx``)."""

    code: ClassVar[str] = "JC-SERVER-06"

    def __init__(self, digest: str, form: str) -> None:
        super().__init__(f"{digest}: {form}")
        self.digest = digest
        self.form = form


class SettingLocked(UserError):
    """The administrator fixed the setting ``name`` to ``value``, and the request asks for another."""

    code: ClassVar[str] = "JC-SERVER-07"

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}: {value}")
        self.name = name
        self.value = value


class RegistryNotAllowed(UserError):
    """Images may be pushed to ``allowed`` (hosts, or hosts with the beginning of a path) alone, not to ``where``."""

    code: ClassVar[str] = "JC-SERVER-08"

    def __init__(self, where: str, allowed: tuple[str, ...]) -> None:
        super().__init__(where, *allowed)
        self.where = where
        self.allowed = allowed


class ContentsRefused(OutsideError):
    """The contents manager answered with ``status`` when asked for ``path``."""

    code: ClassVar[str] = "JC-SERVER-03"

    def __init__(self, path: str, status: int, reason: str) -> None:
        super().__init__(f"{path}: {status} {reason}")
        self.path = path
        self.status = status
        self.reason = reason


class Unexpected(InternalError):
    """Our bug; ``incident`` finds it in the server's log, and nothing more is told."""

    code: ClassVar[str] = "JC-SERVER-04"

    def __init__(self, incident: str) -> None:
        super().__init__(incident)
        self.incident = incident


# The first class that fits counts.
_STATUS: tuple[tuple[type[ContainerizeError], HTTPStatus], ...] = (
    (NotebookNotFound, HTTPStatus.NOT_FOUND),
    (BuildNotFound, HTTPStatus.NOT_FOUND),
    (NoSuchImage, HTTPStatus.NOT_FOUND),
    (NoDocument, HTTPStatus.NOT_FOUND),
    (BuildNotFinished, HTTPStatus.CONFLICT),
    (ImageInUse, HTTPStatus.CONFLICT),
    (NoSuchContainer, HTTPStatus.NOT_FOUND),
    (TooManyRunning, HTTPStatus.CONFLICT),
    (NotAsking, HTTPStatus.CONFLICT),
    (NoRunningKernel, HTTPStatus.CONFLICT),
    (SeveralKernels, HTTPStatus.CONFLICT),
    (SettingLocked, HTTPStatus.FORBIDDEN),
    (RegistryNotAllowed, HTTPStatus.FORBIDDEN),
    (HistoryUnusable, HTTPStatus.SERVICE_UNAVAILABLE),
    (UserError, HTTPStatus.BAD_REQUEST),
    (OutsideError, HTTPStatus.BAD_GATEWAY),
    (ContainerizeError, HTTPStatus.INTERNAL_SERVER_ERROR),
)


def status_of(error: ContainerizeError) -> int:
    """Return the HTTP status that says what kind of trouble an error is."""
    if isinstance(error, HttpRefused):
        return error.status
    return next(status for kind, status in _STATUS if isinstance(error, kind))


def refusal(error: HTTPError) -> HttpRefused:
    """Return Jupyter's own refusal as an error of ours, with the status's standard name if it gives no reason."""
    try:
        status = HTTPStatus(error.status_code)
    except ValueError:  # a number that no standard names
        status = HTTPStatus.INTERNAL_SERVER_ERROR
    return HttpRefused(status, error.log_message or error.reason or status.phrase)
