"""Every error of the server and of the builds has words and a status."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest
from tornado.web import HTTPError

from jupyter_containerize.builds.errors import (
    BuildNotFinished,
    BuildNotFound,
    BuildTimedOut,
    HistoryUnusable,
    WorkerDied,
)
from jupyter_containerize.domain.errors import Cancelled, ContainerizeError
from jupyter_containerize.domain.image import IllegalReference
from jupyter_containerize.explain import explain, words
from jupyter_containerize.notebooks.errors import NotANotebook, NotebookNotFound, NotebookUnreadable
from jupyter_containerize.publishing.errors import NoSuchImage
from jupyter_containerize.server.errors import (
    BadRequest,
    ContentsRefused,
    HttpRefused,
    ImageInUse,
    NoDocument,
    RegistryNotAllowed,
    SettingLocked,
    Unexpected,
    refusal,
    status_of,
)

CASES: list[tuple[ContainerizeError, int, str]] = [
    (BuildNotFound("b1"), 404, "b1"),
    (BuildNotFinished("b1", "running"), 409, "running"),
    (WorkerDied(signal="SIGKILL"), 502, "memory"),
    (WorkerDied(exit_code=7), 502, "exit code 7"),
    (WorkerDied(reason="Cannot allocate memory"), 502, "Cannot allocate memory"),
    (HistoryUnusable(Path("builds.db"), "disk is full"), 503, "builds.db: disk is full"),
    (BuildTimedOut(90), 502, "90 seconds"),
    (SettingLocked("platforms", "linux/amd64"), 403, "platforms is fixed to linux/amd64"),
    (RegistryNotAllowed("ghcr.io/me/iris", ("registry.example.org",)), 403, "allows: registry.example.org"),
    (NotebookNotFound("a.ipynb"), 404, "a.ipynb"),
    (NotANotebook("a.txt", "a text"), 400, "a.txt"),
    (NotebookUnreadable("a.ipynb", "Permission denied"), 502, "Permission denied"),
    (IllegalReference("A:b", "repository", "lower case"), 400, "A:b"),
    (BadRequest("tag", expected="a string", saw="a list"), 400, "The field tag must be a string; it is a list."),
    (BadRequest("", expected="JSON", saw="nothing"), 400, "The body must be JSON; it is nothing."),
    (HttpRefused(HTTPStatus.FORBIDDEN, "Forbidden"), 403, "403: Forbidden"),
    (ContentsRefused("a.ipynb", 500, "broken drive"), 502, "broken drive"),
    (ImageInUse("iris:1", ("a", "b")), 409, "2 containers of iris:1"),
    (NoDocument("sha256:a", "spdx"), 404, "spdx"),
    (NoSuchImage("iris:1"), 404, "iris:1"),
    (Unexpected("abc"), 500, "incident abc"),
]


@pytest.mark.parametrize(("error", "status", "seen"), CASES, ids=lambda value: type(value).__name__)
def test_status_of__error__its_status_and_its_words(error: ContainerizeError, status: int, seen: str) -> None:
    """Each error has its HTTP status; its words name what we saw and what to do."""
    problem = explain(error)
    assert status_of(error) == status
    assert seen in problem.saw
    assert problem.title
    assert problem.todo
    assert words.dispatch(type(error)) is not words.dispatch(object)


def test_cases__compared_with_the_classes__none_is_left_out() -> None:
    """A new error of these two rooms must get words and a status."""
    rooms = ("jupyter_containerize.builds.errors", "jupyter_containerize.server.errors")
    ours = {kind for kind in _descendants(ContainerizeError) if kind.__module__ in rooms}
    assert ours <= {type(error) for error, _, _ in CASES}
    assert explain(Cancelled()).code == "JC-BUILD-01"


def _descendants(kind: type) -> set[type]:
    return {kind, *(item for child in kind.__subclasses__() for item in _descendants(child))}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (HTTPError(404), "Not Found"),
        (HTTPError(403, "not yours"), "not yours"),
        (HTTPError(400, reason="bad type"), "bad type"),
        (HTTPError(499), "Internal Server Error"),
    ],
)
def test_refusal__jupyters_own_error__its_reason_or_the_statuss_name(error: HTTPError, reason: str) -> None:
    """What Jupyter Server says is passed on; where it says nothing, the standard's name for the status."""
    assert refusal(error).reason == reason
