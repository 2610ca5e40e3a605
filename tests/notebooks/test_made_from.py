"""One digest for all that an image is made from: a notebook's code, and what it says of its image."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_containerize.notebooks import read_notebook, saved_digest
from tests.notebooks.made import content_of

Change = Callable[[dict[str, Any]], None]


def settings(**said: object) -> Change:
    """Return the change that makes the notebook say this of its image."""
    return lambda content: content["metadata"].update(containerize=said)


def tagged(*tags: str) -> Change:
    """Return the change that gives the first cell these tags."""
    return lambda content: content["cells"][0]["metadata"].update(tags=list(tags))


COUNTS: dict[str, Change] = {
    "a pin": settings(dependencies={"pin": {"numpy": "1.26.4"}}),
    "another pin": settings(dependencies={"pin": {"numpy": "1.26.3"}}),
    "one more distribution": settings(dependencies={"add": ["requests>=2"]}),
    "one more, of another version": settings(dependencies={"add": ["requests>=3"]}),
    "one kept out": settings(dependencies={"exclude": ["scipy"]}),
    "what serves": settings(serve="score"),
    "where objects come from": settings(state="startup"),
    "the order": settings(order="execution"),
    "a cell to drop": settings(drop=[1]),
    "a cell to keep": settings(keep=[1]),
    "made anew": settings(recreate="y"),
    "joined requests": settings(batch="rows"),
    "what the server does beside": settings(extras="grpc"),
    "tagged to be kept": tagged("containerize-keep", "serve"),
    "tagged to be made anew": tagged("startup"),
    "tagged to serve": tagged("serve"),
    "tagged as parameters": tagged("parameters"),
    "code": lambda content: content["cells"][0].update(source="x = 2"),
}
COUNTS_NOT: dict[str, Change] = {
    "outputs": lambda content: content["cells"][0].update(outputs=[{"output_type": "stream", "text": "a"}]),
    "other metadata": lambda content: content["metadata"].update(toc={"depth": 3}),
    "other tags": tagged("hide-input"),
    "settings that say nothing": settings(dependencies={"pin": {}, "exclude": []}),
    "settings that nobody understands": settings(nothing=1),
}


@pytest.fixture
def made(tmp_path: Path) -> Callable[[Change], Path]:
    """Save a notebook with a change, in a folder of its own."""

    def save(change: Change) -> Path:
        content = content_of("x = 1", "def predict(rows): return rows", metadata={}, minor=4)
        change(content)
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        place = folder / "a.ipynb"
        place.write_text(json.dumps(content), encoding="utf-8")
        return place

    return save


def test_saved_digest__what_counts__each_another(made):
    """Whatever changes the image changes the digest, each in another way."""
    digests = {saved_digest(made(change)) for change in (lambda _: None, *COUNTS.values())}
    assert len(digests) == len(COUNTS) + 1


@pytest.mark.parametrize("change", COUNTS.values(), ids=COUNTS)
def test_saved_digest__another_place__the_same(made, change):
    """Where the file lies says nothing."""
    assert saved_digest(made(change)) == saved_digest(made(change))


@pytest.mark.parametrize("change", COUNTS_NOT.values(), ids=COUNTS_NOT)
def test_saved_digest__nothing_that_counts__that_of_the_code(made, change):
    """What no build heeds leaves the digest of the notebook's code."""
    plain = made(lambda _: None)
    assert saved_digest(made(change)) == saved_digest(plain) == read_notebook(plain).digest
