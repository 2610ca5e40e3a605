"""What is said of containers, without any: errors, snippets, and what is kept of those that ended."""

from __future__ import annotations

import ast
import shlex
from typing import Any

import pytest

from jupyter_containerize.domain.errors import ContainerizeError
from jupyter_containerize.explain import explain, words
from jupyter_containerize.server import running_errors, running_words
from jupyter_containerize.server.errors import status_of
from jupyter_containerize.server.running_snippets import MOST_CHARACTERS, Question, curl, python

BASE = "http://127.0.0.1:4000"
ERRORS: dict[str, tuple[ContainerizeError, int, str]] = {
    "unknown": (running_errors.NoSuchContainer("a1"), 404, "a1"),
    "one too many": (running_errors.TooManyRunning(1), 409, "a container"),
    "too many": (running_errors.TooManyRunning(4), 409, "4 containers"),
    "none allowed": (running_errors.TooManyRunning(0), 409, "administrator"),
    "starting": (running_errors.NotAsking("iris:1", "starting"), 409, "iris:1 is starting"),
    "stopped": (running_errors.NotAsking("iris:1", "stopped"), 409, "iris:1 is stopped"),
    "ended": (running_errors.ContainerEnded("iris:1", 3, "log"), 400, "exit code 3"),
    "killed at an engine": (running_errors.ContainerEnded("iris:1", 137, ""), 400, "memory"),
    "killed here": (running_errors.ContainerEnded("iris:1", -9, ""), 400, "memory"),
    "crashed": (running_errors.ContainerEnded("iris:1", 139, ""), 400, "crash"),
    "ended, nobody knows how": (running_errors.ContainerEnded("iris:1", None, ""), 400, "nobody knows"),
    "no answer": (running_errors.NoAnswer("iris:1", "none within 60 s"), 502, "none within 60 s"),
}


@pytest.mark.parametrize("case", ERRORS.values(), ids=ERRORS)
def test_explain__error_of_containers__its_status_and_its_words(case: tuple[ContainerizeError, int, str]) -> None:
    """Each has a status, says what we saw and what to do."""
    error, status, seen = case
    problem = explain(error)
    assert status_of(error) == status
    assert seen in problem.saw
    assert problem.title
    assert problem.todo
    assert problem.code.startswith("JC-RUN-")


def test_errors__compared_with_the_words__none_is_left_out() -> None:
    """A new error must get words, in the module that has them."""
    kinds = [kind for kind in vars(running_errors).values() if isinstance(kind, type) and hasattr(kind, "code")]
    assert {kind.__name__ for kind in kinds} == {type(error).__name__ for error, _, _ in ERRORS.values()}
    assert {words.dispatch(kind).__module__ for kind in kinds} == {running_words.__name__}


BODY: dict[str, Any] = {"x": [1.5, None, True], "name": "it's \u00fc"}
SNIPPETS: dict[str, tuple[Question, list[str], str]] = {
    "get": (
        Question(method="GET", path="/hello/a b", query={"q": "1&2"}),
        ["curl", f"{BASE}/hello/a%20b?q=1%262"],
        f"requests.get('{BASE}/hello/a%20b?q=1%262')",
    ),
    "post": (
        Question(method="POST", path="/predict", body=BODY),
        [
            *("curl", f"{BASE}/predict", "-H", "Content-Type: application/json"),
            *("-d", '{"x": [1.5, null, true], "name": "it\'s \u00fc"}'),
        ],
        f"requests.post('{BASE}/predict', json={BODY!r})",
    ),
    "null": (
        Question(method="POST", path="/predict", body=None),
        ["curl", f"{BASE}/predict", "-H", "Content-Type: application/json", "-d", "null"],
        f"requests.post('{BASE}/predict', data='null', headers={{'Content-Type': 'application/json'}})",
    ),
    "nothing sent": (
        Question(method="POST", path="/run"),
        ["curl", "-X", "POST", f"{BASE}/run"],
        f"requests.post('{BASE}/run')",
    ),
    "another method": (
        Question(method="PUT", path="/it", body=1),
        ["curl", "-X", "PUT", f"{BASE}/it", "-H", "Content-Type: application/json", "-d", "1"],
        f"requests.put('{BASE}/it', json=1)",
    ),
    "large": (
        Question(method="POST", path="/predict", body=MOST_CHARACTERS * "a"),
        ["curl", f"{BASE}/predict", "-H", "Content-Type: application/json", "-d", "@request.json"],
        'open("request.json", "rb")',
    ),
}


@pytest.mark.parametrize("case", SNIPPETS.values(), ids=SNIPPETS)
def test_snippets__question__the_same_request(case: tuple[Question, list[str], str]) -> None:
    """Both can be pasted as they are; quotes and spaces in the data do no harm."""
    question, command, call = case
    assert shlex.split(curl(question, BASE).replace("\\\n", "")) == command
    program = python(question, BASE)
    assert call in program
    ast.parse(program)
