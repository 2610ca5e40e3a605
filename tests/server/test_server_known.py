"""What is kept between calls: what engines have, and what notebooks are."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import nbformat
import pytest

from jupyter_containerize.notebooks import read_notebook
from jupyter_containerize.server import notebook_digests
from jupyter_containerize.server.engines import FRESH_SECONDS, Engine
from jupyter_containerize.server.notebook_digests import NotebookDigests

LONG_SECONDS = 60.0


class Asked:
    """An engine that answers when the test lets it."""

    def __init__(self) -> None:
        self.answers = [frozenset({"first"}), frozenset({"second"})]
        self.may = threading.Event()
        self.times = 0

    def __call__(self) -> frozenset[str]:
        """Answer, in its own time."""
        self.may.wait()
        self.times += 1
        return self.answers[self.times - 1]


def test_engine__slow_for_the_second_time__old_answer_meanwhile() -> None:
    """Answers come when they come, until then it is said that more is to come; nobody asks twice at a time."""
    ask, now = Asked(), [0.0]
    engine = Engine(ask, clock=lambda: now[0])
    engine.begin()
    assert (engine.settled(0.0), engine.digests()) == (False, frozenset())
    ask.may.set()
    assert engine.settled(LONG_SECONDS)
    assert engine.digests() == {"first"}
    engine.begin()
    assert ask.times == 1
    ask.may.clear()
    now[0] += FRESH_SECONDS
    engine.begin()
    engine.begin()
    assert (engine.settled(0.0), engine.digests()) == (False, {"first"})
    ask.may.set()
    assert engine.settled(LONG_SECONDS)
    assert (engine.digests(), ask.times) == ({"second"}, 2)


def test_engine__has_nothing__asked_again_when_that_is_old() -> None:
    """Where no engine answers there are no images, and it may come up later."""
    calls: list[int] = []
    now = [0.0]
    engine = Engine(lambda: frozenset(calls.append(1) or ()), clock=lambda: now[0])
    for expected in (1, 1, 2):
        engine.begin()
        assert engine.settled(LONG_SECONDS)
        assert engine.digests() == frozenset()
        assert len(calls) == expected
        now[0] += FRESH_SECONDS * 0.6


@pytest.fixture
def notebooks(tmp_path: Path) -> list[Path]:
    """Save three notebooks."""
    places = [tmp_path / f"{name}.ipynb" for name in "abc"]
    for place in places:
        cells = [nbformat.v4.new_code_cell(f"x = '{place.stem}'", id="c1")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), place)
    return places


def test_notebook_digests__saved_again__read_again(notebooks: list[Path], tmp_path: Path) -> None:
    """A digest is that of the file as it is now; what is gone, or no notebook, has none."""
    known = NotebookDigests()
    (tmp_path / "broken.ipynb").write_text("{", encoding="utf-8")
    asked = [*notebooks, tmp_path / "broken.ipynb", tmp_path / "gone.ipynb"]
    assert known.of(asked) == ({place: read_notebook(place).digest for place in notebooks}, True)
    content = json.loads(notebooks[0].read_text())
    content["cells"][0]["source"] = "x = 'y'"
    notebooks[0].write_text(json.dumps(content))
    assert known.of(asked)[0][notebooks[0]] == read_notebook(notebooks[0]).digest


def test_notebook_digests__not_saved_since__not_read_again(notebooks: list[Path]) -> None:
    """A file of the same time and size is not opened."""
    known = NotebookDigests()
    before = known.of(notebooks)
    status = notebooks[0].stat()
    notebooks[0].write_bytes(b"x" * status.st_size)
    os.utime(notebooks[0], ns=(status.st_atime_ns, status.st_mtime_ns))
    assert known.of(notebooks) == before


def test_notebook_digests__no_patience__read_for_the_next_call(
    notebooks: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list never waits for many notebooks: they are read after it."""
    monkeypatch.setattr(notebook_digests, "PATIENCE_SECONDS", -1.0)
    known = NotebookDigests()
    assert known.of(notebooks) == ({}, False)
    assert known._reader is not None
    known._reader.join()
    found, complete = known.of(notebooks)
    assert (set(found), complete) == (set(notebooks), True)
